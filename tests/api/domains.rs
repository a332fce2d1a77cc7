//! A new domain is one `mod` and one line in `domains.rs`: all that it brings follows from its `Domain`.

use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::web::{self, Data};
use actix_web::{get, post};
use diesel::RunQueryDsl;
use huzheng::auth::May;
use huzheng::auth::policy::print;
use huzheng::config::Config;
use huzheng::db::{Mode, Tx, revise};
use huzheng::domain::{Domain, Domains, Timer, Turn, schema};
use huzheng::domains::ALL;
use huzheng::error::{self, Member, Shape, sometimes};
use huzheng::http::{Params, Reply};
use huzheng::node::Node;
use huzheng::settings::{Settings, Sources, count};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::support::TestApp;

huzheng::policy! {
    GetBell "get_bell" "" [];
    RingBell "ring_bell" "bell.write" alone key [Clerk Own];
}

const CRACK: Member =
    Member { name: "crack", meaning: ("裂痕", "Where it is cracked."), shape: Shape::Text { at_most: 20 }, example: "\"rim\"" };

huzheng::codes! {
    BELL_CRACKED "bell_cracked" 409
        "鐘已裂" "The bell is cracked"
        "請洽櫃檯。" "Ask at the counter."
        [sometimes(CRACK)];
}

huzheng::settings! {
    /// Bells
    /// 鐘
    pub struct BellSettings;

    /// How often a bell may be rung.
    /// 鐘可敲幾次。
    bell_rings: u32 = 1, count(["rings", "次"], 1..=9);
}

/// How often the bell was rung on this node.
#[derive(Default)]
struct Rung(AtomicU32);

/// A bell's tone.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Tone {
    High,
    Low,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BellQuery {
    /// The tone asked for.
    tone: Option<Tone>,
}

/// A bell.
#[derive(Serialize, ToSchema)]
struct Bell {
    rung: u32,
    #[schema(value_type = Object)]
    tone: Tone,
}

/// Describes the bell.
///
/// As it hangs.
#[utoipa::path(tag = "Bells", operation_id = "get_bell", params(BellQuery), responses((status = 200, description = "The bell.", body = Bell)))]
#[get("/v1/bell")]
async fn get_bell(_may: May<GetBell>, node: Data<Node>, Params(query): Params<BellQuery>) -> error::Result<Reply> {
    let rung = node.part::<Rung>().0.load(Ordering::Relaxed);
    Reply::ok(&Bell { rung, tone: query.tone.unwrap_or(Tone::Low) })
}

/// Rings the bell.
///
/// Once, or as often as the settings say; then it is cracked.
#[utoipa::path(tag = "Bells", operation_id = "ring_bell", responses(
    (status = 200, description = "It rings.", body = Bell),
    (status = 409, description = "`bell_cracked`: it rings no more."),
))]
#[post("/v1/bell:ring")]
async fn ring_bell(may: May<RingBell>, node: Data<Node>) -> error::Result<Reply> {
    may.write(move |_, _| {
        let rung = node.part::<Rung>().0.fetch_add(1, Ordering::Relaxed) + 1;
        if rung > node.config.of::<BellSettings>().bell_rings {
            return Err(error::Problem::new(BELL_CRACKED).with("crack", "rim").into());
        }
        Reply::ok(&Bell { rung, tone: Tone::High })
    })
    .await
}

/// Hangs a bell of this name, unless it hangs.
fn hang(tx: &mut Tx, name: &str) -> error::Result<()> {
    let there = format!("SELECT 1 FROM revisions WHERE name = '{name}'");
    let new = format!("INSERT INTO revisions (name, revision) SELECT '{name}', 0 WHERE NOT EXISTS ({there})");
    diesel::sql_query(new).execute(&mut **tx)?;
    Ok(())
}

/// All that the application is told of the domain.
static BELLS: Domain = Domain {
    tag: Some(("Bells", "What rings.")),
    acts: &[],
    policy: LINES,
    settings: Some(BellSettings::TABLE),
    routes: |operations| _ = operations.service(get_bell).service(ring_bell),
    pages: &[("/bells", || web::get().to(async || "a page of bells"))],
    schemas: &[schema::<Tone>],
    problems: CODES,
    seed: |tx, _, _| hang(tx, "bell"),
    sealed: &[],
    demo: |tx, _, _| hang(tx, "gong"),
    timers: &[Timer {
        name: "bells",
        seconds: 5,
        turn: Turn::Sweep {
            due: |_, node, _| Ok(node.part::<Rung>().0.load(Ordering::Relaxed) > 0),
            sweep: |tx, _, _| revise(tx, "bell"),
            mode: Mode::Alone,
        },
    }],
    follow_case: |_, _, _, _| Ok(()),
    follow_part: |_, _, _, _| Ok(false),
    judge_join: |_, _, _, _| Ok(()),
    judge_part: |_, _, _, _| Ok(()),
    deals_with: |_, _, _| Ok(false),
    follow_join: |_, _, _, _| Ok(()),
    follow_strike: |_, _, _, _| Ok(Vec::new()),
    follow_call: |_, _, _, _| Ok(()),
    recount: |_, _, _, _| Ok(()),
    calls: |_, _, _, _| Ok(Vec::new()),
    involved: |_, _, _| Ok(Vec::new()),
    unseen: |_, _, _| Ok(Vec::new()),
    nameless: |_, _, _| Ok(Vec::new()),
    parts: |node| node.give(Rung::default()),
};

/// The office with bells: what the one line would make.
fn with_bells() -> Domains {
    Domains(ALL.0.iter().copied().chain([&BELLS]).collect::<Vec<_>>().leak())
}

#[test]
fn the_routes_of_a_new_domain_answer_under_its_policy() {
    let app = TestApp::of(with_bells());
    let ring = || app.post("/v1/bell:ring");
    ring().once().send().refused(401, "unauthenticated");
    ring().user("chief1").once().send().refused(403, "forbidden");
    ring().user("clerk1").send().refused(428, "precondition_required");
    assert_eq!(ring().user("clerk1").key("k1").send().expect(200), &json!({"rung": 1, "tone": "HIGH"}));
    let again = ring().user("clerk1").key("k1").send();
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let cracked = ring().user("clerk1").once().send();
    assert_eq!(cracked.refused(409, "bell_cracked")["crack"], "rim");
    app.get("/v1/bell?tune=LOW").send().refused(400, "invalid_parameter");
    assert_eq!(app.get("/v1/bell?tone=LOW").send().expect(200), &json!({"rung": 2, "tone": "LOW"}));
    assert_eq!(app.get("/bells").send().text, "a page of bells");
    let server = app.get("/.well-known/oauth-authorization-server").send();
    assert!(server.expect(200)["scopes_supported"].as_array().unwrap().contains(&json!("bell.write")));
    let meaning = app.get("/problems/bell-cracked").send();
    assert_eq!(meaning.expect(200)["members"][0]["name"], "crack");
}

#[test]
fn a_new_domain_seeds_the_store_and_follows_the_clock() {
    let app = TestApp::of(with_bells());
    let rows = |name: &str| {
        let revisions = app.contents().remove("revisions").unwrap();
        revisions.into_iter().filter(|row| row.contains(name)).collect::<Vec<_>>()
    };
    assert_eq!((rows("bell").len(), rows("gong").len()), (1, 1));
    let before = rows("bell");
    app.tick();
    assert_eq!(rows("bell"), before);
    app.post("/v1/bell:ring").user("clerk1").once().send().expect(200);
    app.tick();
    assert_ne!(rows("bell"), before);
}

#[test]
fn the_contract_and_the_policy_have_what_a_new_domain_says() {
    let contract = serde_json::to_value(huzheng::contract::of(with_bells())).unwrap();
    let last = |member: &Value| member.as_array().unwrap().last().unwrap().clone();
    assert_eq!(last(&contract["tags"]), json!({"name": "Bells", "description": "What rings."}));
    let ring = &contract["paths"]["/v1/bell:ring"]["post"];
    assert_eq!(ring["security"][1]["oauth2"], json!(["bell.write"]));
    let parameters = ring["parameters"].as_array().unwrap();
    assert!(parameters.iter().any(|p| p["name"] == "Idempotency-Key" && p["required"] == true));
    let problem = &ring["responses"]["409"]["content"]["application/problem+json"]["schema"];
    assert_eq!(problem["$ref"], "#/components/schemas/BellCrackedProblem");
    let schemas = &contract["components"]["schemas"];
    assert_eq!(schemas["Tone"]["enum"], json!(["HIGH", "LOW"]));
    assert_eq!(schemas["BellCrackedProblem"]["allOf"][1]["properties"]["crack"]["maxLength"], 20);
    assert!(schemas["ProblemCode"]["enum"].as_array().unwrap().contains(&json!("bell_cracked")));
    let policy = print(with_bells().policy());
    assert!(policy.ends_with("ring_bell                      bell.write           alone key CLK Own\n"), "{policy}");
    assert!(policy.starts_with(&print(ALL.policy())));
}

#[test]
fn the_settings_of_a_new_domain_are_read_refused_and_used() {
    let load = |value: &str| {
        let environment = vec![("HUZHENG_BELL_RINGS".into(), value.into())];
        Config::load(&Sources { environment, ..Sources::default() }, &with_bells().settings())
    };
    let refused = load("10").unwrap_err().to_string();
    assert!(refused.contains("bell_rings (HUZHENG_BELL_RINGS) must be a whole number of rings from 1 to 9"), "{refused}");
    let rings = load("2").unwrap().of::<BellSettings>().bell_rings;
    let app = TestApp::of_with(with_bells(), |config| config.of_mut::<BellSettings>().bell_rings = rings);
    let ring = || app.post("/v1/bell:ring").user("clerk1").once().send();
    assert_eq!((ring().status, ring().status), (200, 200));
    ring().refused(409, "bell_cracked");
}
