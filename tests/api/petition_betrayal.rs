//! Random petitions, roles and acts: whatever is done with a petition, whoever it is kept from is answered as by an office that does not
//! have it, on every road, in every list and count, in the log and in every problem.

use serde_json::{Value, json};

use crate::petition_merging::{id, merge};
use crate::petition_secrecy::{NOWHERE, USERS, is_nothing_to, lists, roads};
use crate::petitions::{Taken, account, act, draft, get, letter, send, take, with};
use crate::support::{Answer, TestApp};

/// Draws that come again by their seed.
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// A petition, and what is known of it by whoever watches over the office. Its custodian, chief2, is never accused.
struct Watched {
    petition: Taken,
    accused: Vec<&'static str>,
    is_secret: bool,
    /// A report, or a whistleblower's.
    waits: bool,
}

impl Watched {
    /// Whether somebody is surely kept from it, as it stands.
    fn is_kept_from(&self, user: &str, state: &Value) -> bool {
        let works = ["clerk1", "clerk2", "clerk3", "clerk4", "chief1", "chief2", "director1"].contains(&user);
        if !works || self.accused.contains(&user) {
            return true;
        }
        if user == "chief2" {
            return false;
        }
        let is_handler = state["handler"] == user;
        let is_guarded =
            self.waits && !state["released"].as_bool().unwrap() || state["status"] == "AWAITING_SIGNATURE" && self.is_secret;
        let leads = ["chief1", "director1"].contains(&user);
        let is_taker = user == "clerk4" && state["status"] == "AWAITING_SIGNATURE";
        match (is_guarded, self.is_secret) {
            (true, _) => !is_taker,
            (false, true) => !is_handler && !leads,
            (false, false) => !is_handler && !leads && user != "clerk1" && !is_taker,
        }
    }
}

/// Of what kind a petition is, and how secret: what decides who sees it.
#[derive(Clone)]
struct Kind {
    kind: &'static str,
    whistleblower: bool,
    confidential: bool,
    accused: Vec<&'static str>,
}

impl Kind {
    fn drawn(draws: &mut Draws) -> Self {
        let kind = draws.one(&["REPORT", "RIGHTS", "SUGGESTION", "INQUIRY"]);
        let whistleblower = draws.below(3) == 0;
        let accused = ["clerk2", "clerk3", "chief1", "director1"].into_iter().filter(|_| draws.below(3) == 0).collect();
        Self { kind, whistleblower, confidential: kind == "REPORT" || draws.below(2) == 0, accused }
    }
}

fn taken(app: &TestApp, draws: &mut Draws, of: &Kind, sign: &str) -> Watched {
    let Kind { kind, whistleblower, confidential, accused } = of.clone();
    let channel = draws.one(&["LETTER", "PHONE", "MAILBOX", "EMAIL"]);
    let concerns: Value = accused.iter().map(|user| json!({"kind": "ACCOUNT", "account_id": account(app, user)})).collect();
    let mut body = with(with(letter(kind), "channel", json!(channel)), "concerns", concerns);
    (body["whistleblower"], body["confidential"]) = (json!(whistleblower), json!(confidential));
    body["body"] = json!(format!("{}：{sign}。", body["body"].as_str().unwrap()));
    let petition = take(app, Some("clerk4"), &body);
    let waits = kind == "REPORT" || whistleblower;
    Watched { petition, accused, is_secret: confidential || whistleblower, waits }
}

/// Does something at random by somebody at random, allowed or not.
fn step(app: &TestApp, draws: &mut Draws, petition: &Taken) -> Answer {
    let user = draws.one(&["clerk1", "clerk2", "clerk3", "clerk4", "chief1", "chief2", "chief2", "chief2", "director1"]);
    let handler = draws.one(&["clerk2", "clerk3", "clerk1"]);
    let acts: [(&str, Value); 23] = [
        ("sign", json!({})),
        ("screen", json!({"accept": true, "reason": "內容具體"})),
        ("screen", json!({"accept": true, "reason": "對象已設定"})),
        ("assign", json!({"handler_id": account(app, handler)})),
        ("assign", json!({"handler_id": account(app, handler)})),
        ("request-supplement", json!({"what": "請敘明地點", "due_on": "2026-12-04"})),
        ("supplement", json!({"text": "地點在一樓"})),
        ("draft-reply", draft("FINAL")),
        ("approve-reply", json!({"draft": 1, "approve": true})),
        ("reply", json!({})),
        ("extend", json!({"days": 5, "reason": "須查證"})),
        ("withdraw", json!({"reason": "撤回"})),
        ("reopen", json!({"new_facts": "新事證"})),
        ("transfer", json!({"to": "彰化縣政府", "reason": "非本所權責"})),
        ("transfer-back", json!({"reason": "退回"})),
        ("close", json!({})),
        ("unsign", json!({"reason": "簽名人非本人"})),
        ("correct-supplement-request", json!({"what": "請敘明時間", "reason": "漏列"})),
        ("correct-supplement-request", json!({"cancel": true, "reason": "誤登"})),
        ("strike-supplement", json!({"supplement": 1, "reason": "誤登"})),
        ("note-letters", json!({"tellings": [1], "outcome": "POSTED"})),
        ("revoke-extension", json!({"reason": "誤核"})),
        ("reopen", json!({"mistake": "誤辦"})),
    ];
    let place = draws.below(acts.len() + 2);
    if let Some((name, body)) = acts.get(place) {
        return act(app, user, petition, name, body);
    }
    // Whom it concerns is settled, or what everybody sees of the office changes.
    if place == acts.len() {
        let known = get(app, "chief2", &petition.path).body["concerns"].clone();
        let named = |one: &Value| json!({"kind": one["kind"], "account_id": one["account_id"]});
        let concerns: Value = known.as_array().map(|all| all.iter().map(named).collect()).unwrap_or_default();
        let tag = get(app, "chief2", &petition.path).headers.get("etag").cloned().unwrap_or_else(|| "\"v1\"".to_owned());
        let settled = json!({"concerns": if concerns.is_null() { json!([]) } else { concerns }});
        return app.call("PATCH", &petition.path).user("chief2").if_match(&tag).json(&settled).send();
    }
    let body = json!({"date": "2026-12-23", "part": "ALL", "reason": "颱風停止上班"});
    app.post("/v1/calendar/closures").user("chief1").once().json(&body).send()
}

/// Its state as the store has it: what no caller is asked for.
fn state(app: &TestApp, petition: &Taken, released: bool) -> Value {
    let shown =
        ["chief2", "director1", "chief1"].iter().map(|user| get(app, user, &petition.path)).find(|shown| shown.status == 200);
    let Some(shown) = shown else { return json!({"status": "", "handler": "", "released": released}) };
    let names = ["clerk1", "clerk2", "clerk3"];
    let handler = names.iter().find(|user| shown.body["handler_id"] == account(app, user));
    json!({"status": shown.body["status"], "handler": handler.unwrap_or(&""), "released": released})
}

#[test]
fn nothing_that_is_done_with_a_petition_betrays_it_to_whoever_it_is_kept_from() {
    let (mut kept, mut seen) = (0, 0);
    for seed in 0..4 {
        let mut draws = Draws(seed * 7919 + 1);
        let app = TestApp::new();
        // What everybody may see is there before.
        send(&app, Some("clerk1"), &letter("INQUIRY")).expect(201);
        let mut before: Vec<_> = USERS.iter().map(|user| lists(&app, user)).collect();
        let kind = Kind::drawn(&mut draws);
        let watched = taken(&app, &mut draws, &kind, "門牌鬆脫");
        let mut released = false;
        for turn in 0..15 {
            let answer = step(&app, &mut draws, &watched.petition);
            assert!(answer.status < 500, "{seed} {turn}: {}", answer.text);
            if answer.headers.get("location").is_some_and(|made| made.contains("/closures/")) {
                // What ends on the day on which the office closes ends on the next, of every petition.
                let next = |text: &str| text.replace("\"due_at\":\"2026-12-23T", "\"due_at\":\"2026-12-24T");
                before.iter_mut().flatten().for_each(|(_, text)| *text = next(text));
            }
            let history =
                ["chief2", "director1", "chief1"].map(|user| get(&app, user, &format!("{}/history", watched.petition.path)));
            released |= history.iter().any(|lines| lines.text.contains("\"released\""));
            if turn % 5 != 4 {
                continue;
            }
            let state = state(&app, &watched.petition, released);
            for (user, before) in USERS.iter().zip(&before) {
                if watched.is_kept_from(user, &state) {
                    is_nothing_to(&app, user, &watched.petition, before);
                    kept += 1;
                } else {
                    seen += usize::from(get(&app, user, &watched.petition.path).status == 200);
                }
            }
        }
    }
    assert!(kept > 50 && seen >= 8, "{kept} {seen}");
}

/// What the one of two petitions says, and the other does not.
const SIGNS: [&str; 2] = ["巷口鐵牌鏽蝕", "櫃檯號碼燈故障"];

/// Merges the one into the other, or takes that back, by somebody at random.
fn join(app: &TestApp, draws: &mut Draws, all: &[Watched; 2]) -> Answer {
    let user = draws.one(&["chief1", "chief2", "chief2", "chief2", "director1"]);
    let is_merged = |one: &&Watched| get(app, "chief2", &one.petition.path).body["merged_into_id"].is_string();
    if let Some(merged) = all.iter().find(is_merged) {
        return act(app, user, &merged.petition, "unmerge", &json!({"reason": "並非同一事由"}));
    }
    let one = draws.below(2);
    merge(app, user, &all[one].petition, &id(&all[1 - one].petition))
}

/// Whether two petitions are answered together, and the states of both, as their custodian sees them.
fn states(app: &TestApp, all: &[Watched; 2], released: [bool; 2]) -> (bool, [Value; 2]) {
    let is_merged = all.iter().any(|one| get(app, "chief2", &one.petition.path).expect(200)["merged_into_id"].is_string());
    (is_merged, [0, 1].map(|one| state(app, &all[one].petition, released[one])))
}

/// Whether somebody is surely kept from the one of two petitions: from both, where they are answered together.
fn is_kept_from(all: &[Watched; 2], one: usize, user: &str, (is_merged, states): &(bool, [Value; 2])) -> bool {
    if !is_merged {
        return all[one].is_kept_from(user, &states[one]);
    }
    // Released or not is said of the petition with which both are answered.
    let as_released = |state: &Value| json!({"status": "MERGED", "handler": state["handler"], "released": true});
    let handles = states.iter().any(|state| state["handler"] == user);
    (0..2).any(|of| all[of].is_kept_from(user, &as_released(&states[of])) && (all[of].accused.contains(&user) || !handles))
}

/// How often all was kept from somebody, the one of two alone, and how often two were merged or parted.
fn answered_together(alike: bool) -> (usize, usize, usize) {
    let (mut kept, mut apart, mut merges) = (0, 0, 0);
    for seed in (0..6).filter(|seed| (seed % 2 == 0) == alike) {
        let mut draws = Draws(seed * 104_729 + 3);
        let app = TestApp::new();
        let mut before: Vec<_> = USERS.iter().map(|user| lists(&app, user)).collect();
        // Two that are kept from the same people can be answered together; others surely stay apart.
        let first = Kind::drawn(&mut draws);
        let second = if alike { first.clone() } else { Kind::drawn(&mut draws) };
        let all = [(&first, SIGNS[0]), (&second, SIGNS[1])].map(|(kind, sign)| taken(&app, &mut draws, kind, sign));
        for one in &all {
            act(&app, "chief2", &one.petition, "sign", &json!({}));
            act(&app, "chief2", &one.petition, "screen", &json!({"accept": true, "reason": "內容具體"}));
        }
        let mut released = [false; 2];
        for turn in 0..18 {
            let one = draws.below(2);
            let is_joining = draws.below(3) == 0 || turn % 6 == 0;
            let answer = if is_joining { join(&app, &mut draws, &all) } else { step(&app, &mut draws, &all[one].petition) };
            assert!(answer.status < 500, "{seed} {turn}: {}", answer.text);
            merges += usize::from(is_joining && answer.status == 200);
            if answer.headers.get("location").is_some_and(|made| made.contains("/closures/")) {
                let next = |text: &str| text.replace("\"due_at\":\"2026-12-23T", "\"due_at\":\"2026-12-24T");
                before.iter_mut().flatten().for_each(|(_, text)| *text = next(text));
            }
            for (is_released, watched) in released.iter_mut().zip(&all) {
                let history = get(&app, "chief2", &format!("{}/history", watched.petition.path));
                *is_released |= history.text.contains("\"released\"");
            }
            if turn % 6 != 5 {
                continue;
            }
            let states = states(&app, &all, released);
            for (user, before) in USERS.iter().zip(&before) {
                match [0, 1].map(|one| is_kept_from(&all, one, user, &states)) {
                    [true, true] => {
                        all.iter().for_each(|one| is_nothing_to(&app, user, &one.petition, before));
                        kept += 1;
                    }
                    [false, false] => {}
                    [is_first, _] => {
                        let (hidden, open) = if is_first { (0, 1) } else { (1, 0) };
                        let (petition, other) = (&all[hidden].petition, &all[open].petition);
                        assert_eq!(roads(&app, user, &petition.path), roads(&app, user, NOWHERE), "{seed} {turn} {user}");
                        for path in [other.path.clone(), format!("{}/history", other.path), "/v1/petitions".to_owned()] {
                            let shown = get(&app, user, &path).text;
                            let telling = [id(petition), petition.number.clone(), SIGNS[hidden].to_owned()];
                            assert!(!telling.iter().any(|sign| shown.contains(sign)), "{seed} {turn} {user} {path}: {shown}");
                        }
                        apart += 1;
                    }
                }
            }
        }
    }
    (kept, apart, merges)
}

#[test]
fn nothing_that_is_answered_together_betrays_the_one_to_whoever_it_is_kept_from() {
    let (kept, _, merges) = answered_together(true);
    assert!(kept > 20 && merges >= 5, "{kept} {merges}");
}

#[test]
fn of_two_that_are_kept_from_different_people_neither_betrays_the_other() {
    let (kept, apart, _) = answered_together(false);
    assert!(kept > 20 && apart >= 5, "{kept} {apart}");
}
