//! That no answer to a survey can be joined to whoever gave it, nor to its token: by the store, the journal, stored answers, the log
//! or the metrics.

use std::collections::BTreeMap;

use diesel::RunQueryDsl;
use serde_json::{Value, json};

use crate::cases::{birth, registered};
use crate::known::field;
use crate::process::{Server, command};
use crate::support::TestApp;
use crate::surveys::{act, answer, closed, drafted, form, opened, rating, tokens, why};

type Contents = BTreeMap<String, Vec<String>>;

const CANARY: &str = "窗口旁的盆栽很美";

/// What happened to the store between two looks: tables, and how many rows are gone and new.
fn trail(before: &Contents, after: &Contents) -> Vec<(String, usize, usize)> {
    let without = |some: &[String], others: &[String]| {
        let mut left = others.to_vec();
        let is_left = |row: &&String| match left.iter().position(|other| other == *row) {
            Some(place) => {
                left.swap_remove(place);
                false
            }
            None => true,
        };
        some.iter().filter(is_left).count()
    };
    let none = Vec::new();
    let changed = after.iter().map(|(table, rows)| {
        let old = before.get(table).unwrap_or(&none);
        (table.clone(), without(old, rows), without(rows, old))
    });
    changed.filter(|(_, gone, new)| gone + new > 0).collect()
}

/// Tables in which a text stands in the clear.
fn holding(contents: &Contents, text: &str) -> Vec<String> {
    let holds = |(_, rows): &(&String, &Vec<String>)| rows.iter().any(|row| row.contains(text));
    contents.iter().filter(holds).map(|(table, _)| table.clone()).collect()
}

/// All that the store holds, once the journal is numbered.
fn looked(app: &TestApp) -> Contents {
    app.get("/v1/audit-log?limit=1").user("director1").send().expect(200);
    app.contents()
}

fn words(text: &str) -> Value {
    json!([{"item": "OVERALL", "rating": 2}, {"item": "WORDS", "text": text}])
}

#[test]
fn an_answer_changes_one_row_of_the_whole_store() {
    let app = TestApp::new();
    let survey = opened(&app, &form());
    let slips = tokens(&app, &survey, 2);
    app.token("citizen1");
    app.token("clerk1");
    let mut before = looked(&app);
    let one_row = vec![("survey_boxes".to_owned(), 1, 1)];
    // Signed in, with all by which a request can be known again, and a second time.
    let key = uuid::Uuid::new_v4().to_string();
    for status in [204, 409] {
        let call = app.post(&format!("{survey}/responses")).user("citizen1").key(&key).header("X-Request-Id", &key);
        let sent = call.json(&json!({"token": slips[0], "answers": words(CANARY)})).send();
        assert_eq!(sent.status, status, "{}", sent.text);
        assert!(!sent.headers.contains_key("idempotency-replayed") && !sent.headers.contains_key("location"));
        let after = app.contents();
        assert_eq!(trail(&before, &after), if status == 204 { one_row.clone() } else { Vec::new() });
        before = after;
    }
    let paper = json!({"token": slips[1], "answers": words(CANARY)});
    app.post(&format!("{survey}/paper-responses")).user("clerk1").key(&key).json(&paper).send().expect(204);
    let after = app.contents();
    assert_eq!(trail(&before, &after), one_row);
    let secrets = [CANARY, &slips[0], &slips[0][17..], &slips[1], &key];
    for secret in secrets {
        assert_eq!(holding(&after, secret), [""; 0], "{secret}");
    }
}

#[test]
fn a_trail_that_is_laid_on_purpose_is_found() {
    let app = TestApp::new();
    app.sql("CREATE TABLE trail (token TEXT, words TEXT)");
    let survey = opened(&app, &form());
    let token = tokens(&app, &survey, 1).remove(0);
    let before = looked(&app);
    answer(&app, &survey, &token, &words(CANARY)).expect(204);
    app.sql(&format!("INSERT INTO trail (token, words) VALUES ('{token}', '{CANARY}')"));
    let after = app.contents();
    assert_eq!(trail(&before, &after), [("survey_boxes".to_owned(), 1, 1), ("trail".to_owned(), 0, 1)]);
    assert_eq!((holding(&after, &token), holding(&after, CANARY)), (vec!["trail".to_owned()], vec!["trail".to_owned()]));
}

#[test]
fn drawing_a_token_leaves_nothing_and_issuing_one_no_token() {
    let app = TestApp::new();
    let mut to_all = form();
    to_all["open_to_all"] = json!(true);
    let survey = opened(&app, &to_all);
    app.token("citizen1");
    let before = looked(&app);
    let drawn = app.post(&format!("{survey}/open-tokens")).user("citizen1").send().expect(200)["token"].clone();
    assert!(trail(&before, &app.contents()).is_empty());
    let issued = tokens(&app, &survey, 3);
    for token in issued.iter().map(String::as_str).chain(drawn.as_str()) {
        assert_eq!(holding(&looked(&app), token), [""; 0]);
    }
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows: i64,
}

#[test]
fn in_postgresql_no_other_row_is_of_the_transaction_of_an_answer() {
    let app = TestApp::new();
    if !app.uses_postgres() {
        return;
    }
    let survey = opened(&app, &form());
    let token = tokens(&app, &survey, 1).remove(0);
    answer(&app, &survey, &token, &rating(5)).expect(204);
    let of_it = format!("(SELECT xmin FROM survey_boxes WHERE survey_id = '{}')", survey.rsplit('/').next().unwrap());
    let mut conn = app.stranger();
    let mut count = |table: &str| {
        let query = format!("SELECT count(*) AS rows FROM {table} WHERE xmin = {of_it}");
        let counts: Vec<Count> = diesel::sql_query(query).load(&mut conn).unwrap();
        counts[0].rows
    };
    for table in app.contents().keys() {
        assert_eq!(count(table), i64::from(table == "survey_boxes"), "{table}");
    }
}

#[test]
fn the_files_of_the_store_hold_no_words_in_the_clear() {
    let app = TestApp::new();
    if app.uses_postgres() {
        return;
    }
    let survey = opened(&app, &form());
    let slips = tokens(&app, &survey, 6);
    for slip in &slips {
        answer(&app, &survey, slip, &words(CANARY)).expect(204);
    }
    for name in ["huzheng.db", "huzheng.db-wal"] {
        let Ok(bytes) = std::fs::read(app.folder.path().join(name)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(CANARY) && slips.iter().all(|slip| !text.contains(slip)), "{name}");
    }
}

#[test]
fn one_line_tells_that_a_survey_closed_with_how_many_answers_in_full_fives() {
    let app = TestApp::new();
    let survey = opened(&app, &form());
    let slips = tokens(&app, &survey, 8);
    let lines = || {
        let log = app.get("/v1/audit-log?limit=100").user("director1").send().expect(200)["items"].clone();
        let about = log.as_array().unwrap().iter().filter(|line| line["subject"] == survey["/v1/".len()..]);
        about.map(|line| line["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let before = lines();
    for slip in &slips[..7] {
        answer(&app, &survey, slip, &rating(4)).expect(204);
    }
    assert_eq!(lines(), before);
    closed(&app, &survey);
    assert_eq!(lines().len(), before.len() + 1);
    assert!(lines().contains(&"survey.closed".to_owned()));
    let told = app.contents().remove("events").unwrap();
    let told: Vec<&String> = told.iter().filter(|row| row.contains("answers_at_least")).collect();
    assert!(told.len() == 1 && told[0].replace('"', "").contains("answers_at_least:5"), "{told:?}");
}

#[test]
fn from_the_opening_on_neither_the_questions_nor_the_anonymity_change() {
    let app = TestApp::new();
    let survey = drafted(&app, &form());
    let tag = app.get(&survey).user("chief1").send().etag().to_owned();
    for anonymous in [true, false] {
        let mut named = form();
        named["anonymous"] = json!(anonymous);
        let told = app.call("PUT", &survey).user("chief1").if_match(&tag).json(&named).send();
        assert_eq!(told.fields(), [field("/anonymous", "unknown_field")]);
    }
    act(&app, "director1", &survey, ":open", &Value::Null).expect(200);
    let put = || {
        let tag = app.get(&survey).user("chief1").send().etag().to_owned();
        app.call("PUT", &survey).user("chief1").if_match(&tag).json(&form()).send()
    };
    put().refused(409, "wrong_state");
    closed(&app, &survey);
    put().refused(409, "wrong_state");
    act(&app, "chief1", &survey, ":reopen", &why()).expect(200);
    put().refused(409, "wrong_state");
    assert_eq!(app.get(&survey).send().expect(200)["anonymous"], true);
}

#[test]
fn the_metrics_count_no_answer() {
    let app = TestApp::new();
    let survey = opened(&app, &form());
    let slips = tokens(&app, &survey, 1);
    answer(&app, &survey, &slips[0], &rating(5)).expect(204);
    answer(&app, &survey, &slips[0], &rating(5)).refused(409, "already_answered");
    let figures = app.get("/metrics").send();
    assert!(figures.text.contains("/v1/surveys/{id}/tokens"), "{}", figures.text);
    assert!(!figures.text.contains("/v1/surveys/{id}/responses"), "{}", figures.text);
}

#[test]
fn a_real_server_logs_no_answer() {
    let folder = tempfile::TempDir::new().unwrap();
    let log = folder.path().join("log");
    let mut command = command(folder.path());
    command.stderr(std::fs::File::create(&log).unwrap()).env("HUZHENG_LOG", "debug");
    let server = Server::run(command).0;
    let key = || uuid::Uuid::new_v4().to_string();
    let [chief, director, clerk] = ["chief1", "director1", "clerk1"].map(|user| server.token_of(user));
    let send = |token: &str, path: &str, body: Value| server.send_at("\"v1\"", "POST", path, token, &key(), &body).unwrap();
    let made = send(&chief, "/v1/surveys", form());
    assert_eq!(made.0, 201, "{}", made.1);
    let survey = format!("/v1/surveys/{}", made.1["id"].as_str().unwrap());
    assert_eq!(send(&director, &format!("{survey}:open"), json!({})).0, 200);
    let slip = send(&clerk, &format!("{survey}/tokens"), json!({"count": 1})).1["tokens"][0].as_str().unwrap().to_owned();
    let body = json!({"token": slip, "answers": words(CANARY)});
    let path = format!("{survey}/responses");
    // With a good token, a bad one, and a second time.
    let citizen = server.token_of("citizen1");
    for (token, status) in [(citizen.as_str(), 204), ("not.a.token", 409), (clerk.as_str(), 409)] {
        assert_eq!(send(token, &path, body.clone()).0, status);
    }
    drop(server);
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(said.contains("/v1/surveys/{id}/tokens"), "there is a log");
    for secret in ["/responses", "answer_survey", CANARY, &slip] {
        assert!(!said.contains(secret), "{secret}");
    }
}

/// A stretch of a survey's sealed box that no other has.
fn mark_of(app: &TestApp, survey: &str) -> String {
    let id = survey.rsplit('/').next().unwrap();
    let boxes = app.contents().remove("survey_boxes").unwrap();
    let own = boxes.iter().find(|row| row.contains(id)).unwrap();
    let sealed = own.split('\'').max_by_key(|text| text.len()).unwrap();
    // Its first letters, among which is its chance, stand in one piece.
    sealed[..60].to_owned()
}

#[test]
fn the_files_of_the_store_keep_no_box_of_before() {
    let app = TestApp::on_sqlite();
    let survey = opened(&app, &form());
    let slips = tokens(&app, &survey, 12);
    let mut before = Vec::new();
    for slip in &slips {
        before.push(mark_of(&app, &survey));
        // Long enough for pages of their own, and of another length each time.
        answer(&app, &survey, slip, &words(&CANARY.repeat(1 + before.len()))).expect(204);
    }
    let now = mark_of(&app, &survey);
    let file = app.database_file();
    let files = [file.clone(), file.with_extension("db-wal")];
    let kept = |text: &str| {
        let holds = |bytes: Vec<u8>| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        files.iter().filter_map(|file| std::fs::read(file).ok()).any(holds)
    };
    let left = || before.iter().filter(|text| kept(text)).count();
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while left() > 0 && std::time::Instant::now() < patience {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(left(), 0, "of {} boxes", before.len());
    assert!(kept(&now), "the box of now is found where those of before are looked for");
}

#[derive(diesel::QueryableByName)]
struct Vacuums {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    vacuums: i64,
}

#[test]
fn postgresql_clears_the_boxes_of_before() {
    let app = TestApp::new();
    if !app.uses_postgres() {
        return;
    }
    let survey = opened(&app, &form());
    let slips = tokens(&app, &survey, 3);
    for slip in &slips {
        answer(&app, &survey, slip, &rating(5)).expect(204);
    }
    let mut conn = app.stranger();
    let mut vacuums = || {
        let query = "SELECT vacuum_count AS vacuums FROM pg_stat_user_tables WHERE relname = 'survey_boxes'";
        let rows: Vec<Vacuums> = diesel::sql_query(query).load(&mut conn).unwrap();
        rows[0].vacuums
    };
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while vacuums() == 0 && std::time::Instant::now() < patience {
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert!(vacuums() > 0);
}

#[test]
fn whom_a_survey_invited_stands_in_no_row_of_its_own() {
    let app = TestApp::new();
    let survey = opened(&app, &form());
    let cases = [1, 2].map(|number| registered(&app, &birth(number))["id"].clone());
    let issue = |id: &Value| {
        let body = json!({"record": {"service": "CASE_REGISTERED", "id": id}});
        app.post(&format!("{survey}/tokens")).user("clerk1").once().json(&body).send()
    };
    let before = looked(&app);
    for id in &cases {
        issue(id).expect(200);
        issue(id).refused(409, "already_invited");
    }
    let after = looked(&app);
    let told = trail(&before, &after);
    let boxes: Vec<_> = told.iter().filter(|(table, ..)| table.starts_with("survey")).collect();
    assert_eq!(boxes, [&("survey_boxes".to_owned(), 1, 1)]);
    for id in &cases {
        assert!(!holding(&after, id.as_str().unwrap()).iter().any(|table| table.starts_with("survey")));
    }
}
