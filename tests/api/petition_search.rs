//! The search in petitions finds what a look at every text would find, of what somebody sees, as they read it; and what is like a
//! petition is shown with how it ended.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use huzheng::petitions::folded;
use serde_json::{Value, json};

use crate::petitions::{Taken, act, assign, get, hand_over, letter, replied, take, with};
use crate::support::{Answer, TestApp, person};

fn id(petition: &Taken) -> String {
    petition.path.rsplit('/').next().unwrap().to_owned()
}

fn ask(app: &TestApp, user: &str, text: &str, rest: &str) -> Answer {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", text).finish();
    app.get(&format!("/v1/petitions?{query}{rest}")).user(user).send()
}

fn ids(answer: &Answer) -> Vec<String> {
    let items = answer.expect(200)["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// All that somebody finds, newest first.
fn found(app: &TestApp, user: &str, text: &str) -> Vec<String> {
    ids(&ask(app, user, text, "&limit=100"))
}

fn saying(app: &TestApp, subject: &str, body: &str) -> Taken {
    take(app, Some("clerk1"), &with(with(letter("SUGGESTION"), "subject", json!(subject)), "body", json!(body)))
}

#[test]
fn a_word_is_found_in_subject_text_and_reply_whether_the_index_has_it_yet_or_not() {
    let app = TestApp::new();
    let petition = saying(&app, "龜毛的櫃檯", "建議於\n臺階旁裝扶手，Ｗｉ－Ｆｉ亦請改善。𠮷野家旁");
    let other = saying(&app, "路燈", "不亮");
    for round in ["before", "after"] {
        for text in ["龜毛", "龜", "扶手", "台階", "建議於臺階", "wi-fi", "WI-FI亦", "𠮷", "𠮷野", "裝扶手，"]
        {
            assert_eq!(found(&app, "chief1", text), [id(&petition)], "{round}: {text}");
        }
        for text in ["吉野", "櫃檯建議", "扶亦", "無此詞"] {
            assert!(found(&app, "chief1", text).is_empty(), "{round}: {text}");
        }
        app.take_in_words();
    }
    assign(&app, &other, "clerk2");
    replied(&app, &other, "FINAL");
    for _ in 0..2 {
        assert_eq!(found(&app, "chief1", "依規定辦理"), [id(&other)], "a reply");
        app.take_in_words();
    }
    assert_eq!(found(&app, "clerk2", "路燈"), [id(&other)], "a clerk finds what is in their charge");
    assert!(found(&app, "clerk2", "龜毛").is_empty());
}

#[test]
fn an_edit_is_followed_and_rows_of_before_are_taken_in() {
    let app = TestApp::new();
    let spoken = with(with(letter("SUGGESTION"), "channel", json!("COUNTER")), "subject", json!("舊字樣"));
    let petition = take(&app, Some("clerk1"), &spoken);
    app.take_in_words();
    let tag = get(&app, "clerk1", &petition.path).etag().to_owned();
    let change = json!({"subject": "新字樣"});
    app.call("PATCH", &petition.path).user("clerk1").if_match(&tag).json(&change).send().expect(200);
    for _ in 0..2 {
        assert!(found(&app, "clerk1", "舊字").is_empty());
        assert_eq!(found(&app, "clerk1", "新字"), [id(&petition)]);
        app.take_in_words();
    }
    // As a store of before the index has them.
    app.sql("DELETE FROM petition_words");
    app.sql("DELETE FROM petition_indexed");
    app.sql("UPDATE petitions SET unsearched = TRUE");
    assert_eq!(found(&app, "clerk1", "新字"), [id(&petition)]);
    app.take_in_words();
    assert_eq!(found(&app, "clerk1", "新字"), [id(&petition)]);
    let left = app.contents()["petition_words"].len();
    assert!(left > 0);
    app.take_in_words();
    assert_eq!(app.contents()["petition_words"].len(), left, "what is taken in twice is there once");
}

#[test]
fn pages_and_counts_are_of_what_somebody_sees() {
    let app = TestApp::new();
    let (mut open, mut secret) = (Vec::new(), String::new());
    for n in 0..14 {
        let body = with(letter("SUGGESTION"), "subject", json!(format!("龜裂第{n}處")));
        let petition = take(&app, Some("clerk1"), &with(body, "confidential", json!(n % 2 == 1)));
        if n % 2 == 0 {
            open.insert(0, id(&petition));
        } else {
            secret = id(&petition);
        }
        if n == 7 {
            app.take_in_words();
        }
    }
    for _ in 0..2 {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = ask(&app, "clerk1", "龜裂", &format!("&limit=3&include_total=true{cursor}"));
            assert_eq!(page.expect(200)["total"], 7);
            let items = ids(&page);
            assert!(items.len() == 3 || page.body["next"].is_null(), "a page is full whatever lies between: {}", page.text);
            seen.extend(items);
            let Some(next) = page.body["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, open);
        let made_up = |id: &str| {
            let own = ask(&app, "clerk1", "龜裂", "&limit=3").expect(200)["next"].as_str().unwrap().to_owned();
            let mut cursor: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(own).unwrap()).unwrap();
            cursor["p"] = json!(id);
            let cursor = URL_SAFE_NO_PAD.encode(cursor.to_string());
            ask(&app, "clerk1", "龜裂", &format!("&limit=3&cursor={cursor}"))
        };
        assert_eq!(ids(&made_up(&open[2])), open[3..6], "the control");
        // One that they do not see is answered as one that is not there.
        let (rest, last) = secret.split_at(secret.len() - 1);
        let nobodys = format!("{rest}{}", if last == "0" { "1" } else { "0" });
        assert_eq!((ids(&made_up(&secret)), ids(&made_up(&nobodys))), (open[..3].to_vec(), open[..3].to_vec()));
        assert!(ids(&made_up("019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f")).is_empty());
        made_up("019a5c3e").refused(400, "invalid_cursor");
        assert_eq!(ask(&app, "chief2", "龜裂", "&include_total=true").expect(200)["total"], 14, "the custodian sees all");
        let some = ask(&app, "chief2", "龜裂", "&confidential=true&include_total=true&status=RECEIVED&kind=SUGGESTION");
        assert_eq!(some.expect(200)["total"], 7);
        app.take_in_words();
    }
}

#[test]
fn a_petition_is_found_again_by_who_brought_it_and_no_guess_at_who_is_behind_a_secret_one_is_answered() {
    let app = TestApp::new();
    let body = with(letter("SUGGESTION"), "petitioner", json!({"name": "趙子龍"}));
    let body = with(body, "contact", json!({"phone": "0912345678"}));
    let open = take(&app, Some("clerk1"), &body);
    let secret = take(&app, Some("clerk1"), &with(body, "confidential", json!(true)));
    let search = |user: &str, body: Value| ids(&app.post("/v1/petitions:search").user(user).json(&body).send());
    for whom in [
        json!({"petitioner": "趙子龍"}),
        json!({"phone": "0912345678"}),
        json!({"petitioner": "趙子龍", "phone": "0912345678", "q": "門牌"}),
    ] {
        assert_eq!(search("chief1", whom.clone()), [id(&open)], "{whom}");
        assert!(search("chief2", whom.clone()).contains(&id(&secret)), "its custodian reads it as it was written: {whom}");
    }
    for other in [json!({"petitioner": "趙子"}), json!({"petitioner": "趙子龍", "phone": "0987654321"})] {
        assert_eq!(search("chief2", other.clone()), [""; 0], "{other}");
    }
    let log = app.get("/v1/audit-log?action=petition.searched").user("director1").send().expect(200)["items"].clone();
    assert!(log[0]["fields"].as_str().unwrap().ends_with("petitioners,contact") && !log.to_string().contains("趙子龍"), "{log}");
}

#[test]
fn a_search_by_post_answers_as_the_list_does_and_leaves_no_word_in_the_log() {
    let app = TestApp::new();
    let all: Vec<String> = (0..5).map(|n| id(&saying(&app, &format!("龜裂第{n}處"), "請修"))).collect();
    take(&app, Some("clerk1"), &with(with(letter("SUGGESTION"), "subject", json!("龜裂")), "confidential", json!(true)));
    let search =
        |user: &str, query: &str, body: &Value| app.post(&format!("/v1/petitions:search{query}")).user(user).json(body).send();
    for user in ["clerk1", "clerk2", "chief1", "chief2"] {
        for (query, body) in [
            ("q=%E9%BE%9C%E8%A3%82", json!({"q": "龜裂"})),
            ("q=%E9%BE%9C%E8%A3%82&confidential=true", json!({"q": "龜裂", "confidential": true})),
            ("status=RECEIVED&kind=SUGGESTION", json!({"status": "RECEIVED", "kind": "SUGGESTION"})),
            ("queue=TO_ASSIGN&from=2026-11-01", json!({"queue": "TO_ASSIGN", "from": "2026-11-01"})),
            ("", json!({})),
        ] {
            let listed = app.get(&format!("/v1/petitions?include_total=true&limit=100&{query}")).user(user).send();
            let found = search(user, "?include_total=true&limit=100", &body);
            assert_eq!(found.expect(200), listed.expect(200), "{user}: {query}");
        }
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = search("clerk1", &format!("?limit=2{cursor}"), &json!({"q": "龜裂"}));
        seen.extend(ids(&page));
        let Some(next) = page.body["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, all.iter().rev().cloned().collect::<Vec<_>>());
    let log = app.get("/v1/audit-log?action=petition.searched&limit=100").user("director1").send();
    let lines = log.expect(200)["items"].as_array().unwrap();
    assert!(lines.len() >= 8 && lines.iter().all(|line| line["subject"] == "petitions"), "{}", log.text);
    assert!(!app.contents()["audit_log"].iter().any(|row| row.contains("龜裂")));
    assert_eq!(search("chief1", "", &json!({"q": " "})).refused(422, "invalid")["errors"][0]["pointer"], "/q");
    let days = json!({"from": "2026-11-23", "to": "2026-11-22"});
    assert_eq!(search("chief1", "", &days).refused(422, "invalid")["errors"][0]["pointer"], "/to");
    search("chief1", "?q=x", &json!({})).refused(400, "invalid_parameter");
    search("citizen1", "", &json!({"q": "龜裂"})).refused(403, "forbidden");
}

#[test]
fn a_page_goes_on_where_the_one_before_ended_though_that_has_become_secret() {
    let app = TestApp::new();
    let mut all: Vec<String> = (0..7).map(|n| id(&saying(&app, &format!("龜裂第{n}處"), "請修"))).collect();
    all.reverse();
    app.take_in_words();
    let first = ask(&app, "clerk1", "龜裂", "&limit=3");
    assert_eq!(ids(&first), all[..3]);
    let path = format!("/v1/petitions/{}", all[2]);
    let tag = get(&app, "chief2", &path).etag().to_owned();
    app.call("PATCH", &path).user("chief2").if_match(&tag).json(&json!({"confidential": true})).send().expect(200);
    for _ in 0..2 {
        let next = first.body["next"].as_str().unwrap();
        assert_eq!(ids(&ask(&app, "clerk1", "龜裂", &format!("&limit=3&cursor={next}"))), all[3..6]);
        app.take_in_words();
    }
}

/// Which tokens stand in which blocks.
fn indexed(app: &TestApp) -> BTreeSet<String> {
    let rows = app.contents()["petition_words"].clone();
    rows.iter().map(|row| row.rsplit_once(',').unwrap().0.to_owned()).collect()
}

#[test]
fn the_index_knows_what_stands_and_nothing_of_what_is_secret() {
    let app = TestApp::new();
    app.take_in_words();
    let before = indexed(&app);
    let secret = with(with(letter("SUGGESTION"), "confidential", json!(true)), "body", json!("鱻麤龘靐齉"));
    take(&app, Some("clerk1"), &secret);
    take(&app, Some("clerk1"), &with(letter("REPORT"), "body", json!("鱻麤龘靐齉")));
    app.take_in_words();
    assert_eq!(indexed(&app), before);
    let spoken = with(with(letter("SUGGESTION"), "channel", json!("COUNTER")), "subject", json!("鱻麤"));
    let petition = take(&app, Some("clerk1"), &spoken);
    app.take_in_words();
    let with_it = indexed(&app);
    assert!(with_it.is_superset(&before) && with_it.len() > before.len(), "the control");
    let patch = |user: &str, body: &Value| {
        let tag = get(&app, user, &petition.path).etag().to_owned();
        app.call("PATCH", &petition.path).user(user).if_match(&tag).json(body).send().expect(200);
        app.take_in_words();
        indexed(&app)
    };
    let without = patch("clerk1", &json!({"subject": "龘靐"}));
    assert_eq!(with_it.len(), without.len());
    assert!(with_it.difference(&without).count() >= 3, "what does not stand any more is taken out");
    act(&app, "clerk1", &petition, "sign", &json!({})).expect(200);
    app.take_in_words();
    assert_eq!(patch("chief2", &json!({"confidential": true})), before, "all of one that has become secret is");
    let all = found(&app, "chief2", "龘靐");
    assert_eq!((all.len(), &all[0]), (3, &id(&petition)), "its custodian finds it still, beside the secret ones of before");
}

#[test]
fn a_confidential_petition_is_searched_as_its_reader_reads_it() {
    let app = TestApp::new();
    let body = with(letter("SUGGESTION"), "body", json!("我是王小明，看見承辦人收受餽贈。"));
    let petition = take(&app, Some("clerk1"), &with(body, "confidential", json!(true)));
    for _ in 0..2 {
        assert_eq!(found(&app, "chief1", "收受餽贈"), [id(&petition)]);
        assert!(found(&app, "chief1", "王小明").is_empty(), "who petitions is told by no search");
        assert_eq!(found(&app, "chief2", "王小明"), [id(&petition)], "its custodian reads the original");
        assert_eq!(found(&app, "chief1", "我是＊＊＊"), [id(&petition)]);
        assert!(found(&app, "clerk1", "餽贈").is_empty());
        app.take_in_words();
    }
    let tag = get(&app, "chief2", &petition.path).etag().to_owned();
    let shown = json!({"shown_body": "陳情人指稱收禮。"});
    app.call("PATCH", &petition.path).user("chief2").if_match(&tag).json(&shown).send().expect(200);
    for _ in 0..2 {
        assert!(found(&app, "chief1", "餽贈").is_empty());
        assert_eq!((found(&app, "chief1", "收禮"), found(&app, "chief2", "餽贈")), (vec![id(&petition)], vec![id(&petition)]));
        app.take_in_words();
    }
}

#[test]
fn what_is_looked_for_is_neither_blank_nor_somebodys_number() {
    let app = TestApp::new();
    let number = person(1)["national_id"].as_str().unwrap().to_owned();
    for (text, code) in
        [("", "length"), ("　 ", "blank"), (number.as_str(), "personal_number"), ("0912345678", "personal_number")]
    {
        let refused = ask(&app, "chief1", text, "");
        let fields = refused.fields();
        assert!(fields.iter().any(|(at, _)| at == "?q"), "{text}: {}", refused.text);
        assert!(code != "personal_number" || fields[0].1 == code, "{}", refused.text);
        assert!(text.trim().is_empty() || !refused.text.contains(text), "an error repeats no number");
    }
    let long: String = std::iter::repeat_n('長', 101).collect();
    assert_eq!(ask(&app, "chief1", &long, "").fields()[0].0, "?q");
    let last: String = std::iter::repeat_n('長', 100).collect();
    let petition = saying(&app, "x", &last);
    app.take_in_words();
    assert_eq!(found(&app, "chief1", &last), [id(&petition)]);
    let cursor = "&cursor=eyJwIjoieCIsImYiOiJ4In0";
    ask(&app, "chief1", "長", cursor).refused(400, "invalid_cursor");
    ask(&app, "citizen1", "長", "").refused(403, "forbidden");
}

#[test]
fn the_index_holds_no_text_in_the_clear_and_equal_words_are_equal_tokens_alone() {
    let app = TestApp::new();
    saying(&app, "甲", "龜");
    saying(&app, "乙", "龜");
    app.take_in_words();
    let rows = app.contents()["petition_words"].clone();
    // 門牌 and the like of the demo are there, too.
    assert!(rows.iter().all(|row| row.is_ascii()), "{rows:?}");
    let places: BTreeSet<&str> = rows.iter().map(|row| row.split(',').next_back().unwrap_or_default()).collect();
    assert_eq!(places.len(), rows.len(), "nobody tells without the key which words stand in the same petitions");
}

/// Numbers that look like chance, and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % u64::from(most)) as u32
    }

    /// A character of some script or plane; few of each, so that texts have some in common.
    fn character(&mut self) -> char {
        let ranges = [
            ('戶', 6),
            ('台', 2),
            ('臺', 1),
            ('黃', 1),
            ('黄', 1),
            ('\u{3400}', 4),
            ('\u{20000}', 4),
            ('\u{2f800}', 4),
            ('\u{30000}', 4),
            ('\u{f900}', 6),
            ('Ａ', 4),
            ('a', 4),
            ('ㄅ', 4),
            ('か', 4),
            ('😀', 4),
            ('，', 1),
            (' ', 1),
        ];
        let (first, count) = ranges[self.below(ranges.len() as u32) as usize];
        char::from_u32(first as u32 + self.below(count)).unwrap()
    }

    fn text(&mut self, most: u32) -> String {
        let length = 1 + self.below(most);
        (0..length).map(|_| self.character()).collect()
    }
}

#[test]
fn a_search_finds_what_a_look_at_every_text_finds() {
    let app = TestApp::new();
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for n in 0..48 {
        let (subject, body) = (format!("戶{}", chance.text(8)), format!("籍{}", chance.text(30)));
        let petition = saying(&app, &subject, &body);
        let read = get(&app, "chief1", &petition.path).expect(200).clone();
        let texts = ["subject", "body"].map(|member| folded(read[member].as_str().unwrap()));
        all.insert(0, (id(&petition), texts.to_vec()));
        if n == 31 {
            app.take_in_words();
        }
    }
    let mut hits = 0;
    for round in 0..2 {
        for _ in 0..60 {
            let text = chance.text(3);
            let sought = folded(&text);
            if sought.is_empty() {
                continue;
            }
            let stands = |(_, texts): &&(String, Vec<String>)| texts.iter().any(|text| text.contains(&sought));
            let wanted: Vec<String> = all.iter().filter(stands).map(|(id, _)| id.clone()).collect();
            let own: Vec<String> =
                found(&app, "chief1", &text).into_iter().filter(|id| all.iter().any(|(one, _)| one == id)).collect();
            assert_eq!(own, wanted, "{round}: {text:?}");
            hits += wanted.len();
        }
        app.take_in_words();
    }
    assert!(hits > 100, "{hits}");
}

fn similar(app: &TestApp, user: &str, petition: &Taken) -> Vec<Value> {
    get(app, user, &format!("{}/similar", petition.path)).expect(200)["items"].as_array().unwrap().clone()
}

#[test]
fn repeated_letters_of_one_petitioner_show_how_they_ended() {
    let app = TestApp::new();
    let of = |number: u32, subject: &str, body: &str| {
        let mut input = with(letter("INQUIRY"), "petitioner", person(number));
        (input["subject"], input["body"]) = (json!(subject), json!(body));
        take(&app, Some("clerk1"), &input)
    };
    let (subject, body) = ("巷口路樹傾斜", "彰美路五段巷口之路樹傾斜，請儘速修剪以策安全。");
    let answered = of(1, subject, body);
    assign(&app, &answered, "clerk2");
    replied(&app, &answered, "FINAL");
    hand_over(&app, "clerk2", &answered);
    let withdrawn = of(1, "櫃檯服務", "等候時間過長。");
    act(&app, "chief1", &withdrawn, "withdraw", &json!({"reason": "陳情人撤回"})).expect(200);
    let neighbours = of(2, "路樹", "彰美路五段巷口之路樹傾斜，請儘速修剪。");
    let unlike = of(3, "規費", "規費溢收，請查明退還。");
    let again = of(1, subject, body);
    for _ in 0..2 {
        let items = similar(&app, "chief1", &again);
        let shown: Vec<(&str, bool)> =
            items.iter().map(|item| (item["id"].as_str().unwrap(), item["same_petitioner"].as_bool().unwrap())).collect();
        let (withdrawn, answered, neighbours) = (id(&withdrawn), id(&answered), id(&neighbours));
        assert_eq!(shown, [(withdrawn.as_str(), true), (answered.as_str(), true), (neighbours.as_str(), false)]);
        assert!(items[0]["answered_at"].is_null() && items[0]["status"] == "WITHDRAWN");
        assert!(items[1]["answered_at"].is_string() && items[1]["likeness_percent"] == 100);
        assert!(!items.iter().any(|item| item["id"] == json!(id(&unlike))));
        app.take_in_words();
    }
    assign(&app, &again, "clerk2");
    let own: Vec<Value> = similar(&app, "clerk2", &again).iter().map(|item| item["id"].clone()).collect();
    assert_eq!(own, [json!(id(&answered))], "a clerk is shown what they see, and no more");
    get(&app, "clerk3", &format!("{}/similar", again.path)).refused(404, "not_found");
}

#[test]
fn what_is_like_a_confidential_petition_tells_nobody_whose_it_is() {
    let app = TestApp::new();
    let of = |confidential: bool, body: &str| {
        let mut input = with(letter("SUGGESTION"), "petitioner", person(1));
        (input["confidential"], input["body"], input["subject"]) = (json!(confidential), json!(body), json!("事由"));
        take(&app, Some("clerk1"), &input)
    };
    let (secret, open) = (of(true, "承辦人收受餽贈，請查辦。"), of(false, "停車場太小。"));
    for (one, other) in [(&secret, &open), (&open, &secret)] {
        let told: Vec<Value> = similar(&app, "chief1", one).iter().map(|item| item["id"].clone()).collect();
        assert!(!told.contains(&json!(id(other))), "{told:?}");
        let custodians = similar(&app, "chief2", one);
        let shown = custodians.iter().find(|item| item["id"] == json!(id(other))).unwrap();
        assert_eq!(shown["same_petitioner"], true);
    }
    let like = of(true, "停車場太小。");
    assert!(!similar(&app, "clerk1", &open).iter().any(|item| item["id"] == json!(id(&like))), "whoever does not see it");
    let seen = similar(&app, "chief1", &open);
    let seen = seen.iter().find(|item| item["id"] == json!(id(&like))).unwrap();
    assert_eq!((&seen["same_petitioner"], &seen["subject"]), (&json!(false), &Value::Null), "by its text alone");
}

#[test]
fn what_is_like_a_petition_tells_nobody_what_stands_in_a_text_that_they_do_not_read() {
    let app = TestApp::new();
    let (read, secret) = ("承辦人於辦公室收受餽贈，請查明處理。", "證人林罕名住水尾路。");
    let body = with(with(letter("SUGGESTION"), "body", json!(format!("{read}{secret}"))), "confidential", json!(true));
    let petition = take(&app, Some("clerk1"), &body);
    let tag = get(&app, "chief2", &petition.path).etag().to_owned();
    let shown = json!({"shown_body": read});
    app.call("PATCH", &petition.path).user("chief2").if_match(&tag).json(&shown).send().expect(200);
    app.take_in_words();
    let own = take(&app, Some("chief1"), &with(with(letter("SUGGESTION"), "channel", json!("PHONE")), "subject", json!("一")));
    let is_like = |filler: u32, guess: &str| {
        let filler: String = (0..filler).filter_map(|n| char::from_u32(0x5000 + n)).collect();
        let tag = get(&app, "chief1", &own.path).etag().to_owned();
        let body = json!({"body": format!("{read}{filler}{guess}")});
        app.call("PATCH", &own.path).user("chief1").if_match(&tag).json(&body).send().expect(200);
        similar(&app, "chief1", &own).iter().any(|item| item["id"] == json!(id(&petition)))
    };
    let mut listed = 0;
    for filler in (0..120).step_by(4) {
        let (right, wrong) = (is_like(filler, secret), is_like(filler, "誰人張無此宅火頭巷。"));
        assert_eq!(right, wrong, "{filler}");
        listed += usize::from(right);
    }
    assert!(listed > 0, "the control");
}
