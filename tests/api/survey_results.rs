//! Results in which nobody can be found: nothing of too few, nothing by subtraction, nothing by two views.

use std::collections::BTreeSet;

use huzheng::surveys::SurveySettings;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};
use crate::surveys::{act, answer, closed, drafted, form, opened, rating, tokens, why};

fn results(app: &TestApp, survey: &str) -> Answer {
    app.get(&format!("{survey}/results")).user("chief1").send()
}

/// A closed survey with these answers.
fn answered(app: &TestApp, answers: &[Value]) -> String {
    let survey = opened(app, &form());
    for (token, answers) in tokens(app, &survey, answers.len()).iter().zip(answers) {
        answer(app, &survey, token, answers).expect(204);
    }
    closed(app, &survey);
    survey
}

fn ratings(counts: [usize; 5]) -> Vec<Value> {
    (1u32..).zip(counts).flat_map(|(points, count)| vec![rating(points); count]).collect()
}

fn item<'a>(results: &'a Value, code: &str) -> &'a Value {
    results["items"].as_array().unwrap().iter().find(|item| item["code"] == code).unwrap()
}

fn counts(item: &Value) -> Vec<Option<u64>> {
    item["cells"].as_array().unwrap().iter().map(|cell| cell["count"].as_u64()).collect()
}

#[test]
fn nothing_is_shown_while_a_survey_is_open_and_nothing_of_less_than_five_answers() {
    let app = TestApp::new();
    let survey = opened(&app, &form());
    for token in &tokens(&app, &survey, 4) {
        answer(&app, &survey, token, &rating(5)).expect(204);
    }
    results(&app, &survey).refused(409, "results_withheld");
    app.get(&format!("{survey}/items/WORDS/texts")).user("chief1").send().refused(409, "results_withheld");
    closed(&app, &survey);
    let few = results(&app, &survey);
    assert_eq!((&few.expect(200)["answers"], &few.body["items"]), (&Value::Null, &json!([])));
    assert!(few.body["response_percent"].is_null());
    assert!(few.body["channels"].as_array().unwrap().iter().all(|channel| channel["count"].is_null()), "{}", few.text);
}

#[test]
fn small_numbers_are_hidden_empty_ones_alike_and_large_ones_are_shown() {
    let app = TestApp::new();
    let survey = answered(&app, &ratings([1, 2, 10, 20, 17]));
    let shown = results(&app, &survey).expect(200).clone();
    assert_eq!((&shown["answers"], &shown["response_percent"]), (&json!(50), &json!("100.00")));
    let overall = item(&shown, "OVERALL");
    assert_eq!(counts(overall), [None, None, Some(10), Some(20), Some(17)]);
    assert_eq!(overall["satisfied_percent"]["low"], "74.00");
    assert_eq!(overall["satisfied_percent"]["high"], "74.00");
    // Three people chose 1 or 2: the mean is known within what that leaves open.
    assert_eq!((&overall["mean"]["low"], &overall["mean"]["high"]), (&json!("3.96"), &json!("4.02")));
    // Nobody answered the others: hidden alike.
    assert!(counts(item(&shown, "HOW")).iter().all(Option::is_none));
}

#[test]
fn one_small_number_hides_all_and_the_two_boxes_tell_what_they_may() {
    let app = TestApp::new();
    let survey = answered(&app, &ratings([0, 6, 7, 8, 9]));
    let shown = results(&app, &survey).expect(200).clone();
    let overall = item(&shown, "OVERALL");
    assert_eq!((counts(overall), &overall["mean"]), (vec![None; 5], &Value::Null));
    assert_eq!(overall["satisfied_percent"]["low"], "56.67");
    let survey = answered(&app, &ratings([0, 0, 0, 0, 12]));
    let shown = results(&app, &survey).expect(200).clone();
    let overall = item(&shown, "OVERALL");
    assert_eq!((counts(overall), &overall["mean"], &overall["satisfied_percent"]), (vec![None; 5], &Value::Null, &Value::Null));
}

/// A row of numbers by chance, always the same.
fn by_chance(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

/// Every table of so many cells with that sum, each cell as it is shown or, where it is hidden, below the bound.
fn possible(shown: &[Option<u64>], sum: u64) -> Vec<Vec<u64>> {
    let Some((first, rest)) = shown.split_first() else { return if sum == 0 { vec![Vec::new()] } else { Vec::new() } };
    let choices: Vec<u64> = first.map_or_else(|| (0..=sum).collect(), |count| vec![count]);
    let with = |count: u64| {
        let tables = if count <= sum { possible(rest, sum - count) } else { Vec::new() };
        tables.into_iter().map(move |rest| [vec![count], rest].concat())
    };
    choices.into_iter().flat_map(with).collect()
}

#[test]
fn of_random_answers_no_hidden_number_follows_from_what_is_shown() {
    let app = TestApp::new();
    let mut seed = 7;
    for round in 0..6 {
        let count = 5 + by_chance(&mut seed, 14);
        let liked = 1 + by_chance(&mut seed, 4);
        let one = |seed: &mut u64| {
            let points = (liked + by_chance(seed, 3)).min(5);
            let mut given = vec![json!({"item": "OVERALL", "rating": points})];
            if by_chance(seed, 3) > 0 {
                let how = if by_chance(seed, 2) == 0 { "COUNTER" } else { "ONLINE" };
                given.push(json!({"item": "HOW", "choices": [how]}));
            }
            if by_chance(seed, 2) > 0 {
                given.push(json!({"item": "MINUTES", "number": by_chance(seed, 121)}));
            }
            Value::Array(given)
        };
        let answers: Vec<Value> = (0..count).map(|_| one(&mut seed)).collect();
        let shown = results(&app, &answered(&app, &answers)).expect(200).clone();
        for code in ["OVERALL", "HOW", "MINUTES"] {
            let item = item(&shown, code);
            let mut cells = counts(item);
            if item["required"] == false {
                cells.push(item["unanswered"].as_u64());
            }
            assert!(cells.iter().flatten().all(|count| *count >= 5), "{round} {item}");
            let tables = possible(&cells, count);
            for place in (0..cells.len()).filter(|place| cells[*place].is_none()) {
                let values: BTreeSet<u64> = tables.iter().map(|table| table[place]).collect();
                assert!(values.contains(&0) && values.len() > 1, "{round} {code} {place}: {item}");
            }
        }
    }
}

#[test]
fn every_view_is_the_same_and_after_the_first_no_answer_is_added() {
    let app = TestApp::new();
    let survey = opened(&app, &form());
    let slips = tokens(&app, &survey, 12);
    for token in &slips[..6] {
        answer(&app, &survey, token, &rating(5)).expect(204);
    }
    closed(&app, &survey);
    answer(&app, &survey, &slips[6], &rating(1)).refused(409, "survey_not_open");
    // Nobody has looked yet.
    act(&app, "chief1", &survey, ":reopen", &why()).expect(200);
    for token in &slips[6..11] {
        answer(&app, &survey, token, &rating(4)).expect(204);
    }
    closed(&app, &survey);
    let first = results(&app, &survey).expect(200).clone();
    assert_eq!(first["answers"], 11);
    let seen = app.get(&survey).user("chief1").send().expect(200).clone();
    assert_eq!((&seen["results_shown"], &seen["allowed_actions"]), (&json!(true), &json!(["archive"])));
    act(&app, "chief1", &survey, ":reopen", &why()).refused(409, "results_shown");
    app.advance(chrono::Duration::days(30));
    app.tick();
    assert_eq!(*results(&app, &survey).expect(200), first);
    act(&app, "chief1", &survey, ":archive", &Value::Null).expect(200);
    let mut archived = results(&app, &survey).expect(200).clone();
    archived["status"] = json!("CLOSED");
    assert_eq!(archived, first);
}

#[test]
fn other_settings_of_later_show_no_other_numbers() {
    let app = TestApp::with(|config| config.of_mut::<SurveySettings>().survey_least_answers = 8, "");
    let survey = answered(&app, &ratings([0, 0, 0, 3, 4]));
    assert!(results(&app, &survey).expect(200)["answers"].is_null());
    assert_eq!(results(&app, &survey).body["least_answers"], 8);
}

#[test]
fn ways_of_answering_are_counted_and_small_ones_hidden() {
    let app = TestApp::new();
    let survey = opened(&app, &form());
    for (n, token) in tokens(&app, &survey, 20).iter().enumerate() {
        let body = json!({"token": token, "answers": rating(5)});
        let paper = n < 6;
        let path = format!("{survey}/{}", if paper { "paper-responses" } else { "responses" });
        let call = app.post(&path);
        let call = if paper { call.user("clerk1") } else { call };
        call.json(&body).send().expect(204);
    }
    closed(&app, &survey);
    let shown = results(&app, &survey).expect(200).clone();
    assert_eq!(shown["channels"], json!([{"channel": "TOKEN", "count": 14}, {"channel": "PAPER", "count": 6}]));
    for user in ["clerk1", "director1"] {
        app.get(&format!("{survey}/results")).user(user).send().expect(200);
    }
    app.get(&format!("{survey}/results")).bearer(&app.client_token("county")).send().expect(200);
    app.get(&format!("{survey}/results")).user("citizen1").send().refused(403, "forbidden");
    let draft = drafted(&app, &form());
    app.get(&format!("{draft}/results")).user("clerk1").send().refused(409, "results_withheld");
    app.get(&format!("{draft}/results")).bearer(&app.client_token("county")).send().refused(404, "not_found");
    app.get(&format!("{survey}/items/WORDS/texts")).user("clerk1").send().refused(403, "forbidden");
}

#[test]
fn words_are_read_from_five_on_in_pages_and_deleted_in_time() {
    let app = TestApp::with(|config| config.of_mut::<SurveySettings>().survey_words_kept_days = 30, "");
    let said = |n: usize| json!([{"item": "OVERALL", "rating": 5}, {"item": "WORDS", "text": format!("意見{}", ["甲", "乙", "丙", "丁", "戊", "己"][n])}]);
    let texts = |survey: &str, query: &str| {
        app.get(&format!("{survey}/items/WORDS/texts{query}")).user("director1").send().expect(200).clone()
    };
    let few = answered(&app, &[said(0), said(1), said(2), said(3), rating(5), rating(4)]);
    assert_eq!(texts(&few, "?include_total=true"), json!({"items": [], "next": null, "total": 0}));
    let survey = answered(&app, &(0..6).map(said).collect::<Vec<_>>());
    app.get(&format!("{survey}/items/NOTHING/texts")).user("director1").send().refused(404, "not_found");
    let (mut found, mut query) = (Vec::new(), "?limit=4".to_owned());
    loop {
        let page = texts(&survey, &query);
        found.extend(page["items"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=4&cursor={next}");
    }
    let found: BTreeSet<String> = found.into_iter().collect();
    assert_eq!(found.len(), 6);
    let before = results(&app, &survey).expect(200).clone();
    app.advance(chrono::Duration::days(31));
    app.tick();
    assert_eq!(texts(&survey, "")["items"], json!([]));
    assert_eq!(*results(&app, &survey).expect(200), before, "the numbers stay");
}

#[test]
fn words_are_not_read_where_all_others_may_be_of_whoever_draws_tokens() {
    let app = TestApp::new();
    let mut to_all = form();
    to_all["open_to_all"] = json!(true);
    let said = |text: &str| json!([{"item": "OVERALL", "rating": 5}, {"item": "WORDS", "text": text}]);
    let of = |slips: usize| {
        let survey = opened(&app, &to_all);
        for token in &tokens(&app, &survey, slips) {
            answer(&app, &survey, token, &said("等候過久")).expect(204);
        }
        for _ in 0..5 {
            let drawn = app.post(&format!("{survey}/open-tokens")).send().expect(200)["token"].as_str().unwrap().to_owned();
            answer(&app, &survey, &drawn, &said("自己所寫")).expect(204);
        }
        closed(&app, &survey);
        let words = app.get(&format!("{survey}/items/WORDS/texts")).user("director1").send().expect(200)["items"].clone();
        let shown = item(results(&app, &survey).expect(200), "WORDS")["has_texts"].clone();
        (words.as_array().unwrap().len(), shown)
    };
    assert_eq!(of(1), (0, json!(false)));
    assert_eq!(of(5), (10, json!(true)));
}

#[test]
fn the_demo_has_an_open_survey_with_answers_and_a_draft() {
    let app = TestApp::new();
    let all = app.get("/v1/surveys").user("chief1").send().expect(200)["items"].clone();
    let statuses: BTreeSet<&str> = all.as_array().unwrap().iter().map(|survey| survey["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, BTreeSet::from(["DRAFT", "OPEN"]));
    let open = all.as_array().unwrap().iter().find(|survey| survey["status"] == "OPEN" && survey["open_to_all"] == true).unwrap();
    let survey = format!("/v1/surveys/{}", open["id"].as_str().unwrap());
    closed(&app, &survey);
    assert_eq!(results(&app, &survey).expect(200)["answers"], 24);
}
