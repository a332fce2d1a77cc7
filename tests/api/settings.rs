//! Settings: every one of every table, within its range and beyond it, in the environment, in the file and as a flag.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use huzheng::config::Config;
use huzheng::domains::ALL;
use huzheng::settings::{Mark, Setting, Sources};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cases;
use crate::process::command;
use crate::settings_values::{NEVER, NO_NUMBER, OTHERS};
use crate::support::{PASSWORD, TestApp, WEDNESDAY_9};

fn settings() -> impl Iterator<Item = &'static Setting> {
    ALL.settings().into_iter().flat_map(|table| table.settings)
}

/// Values that the setting cannot have.
fn wrong(setting: &Setting) -> Vec<String> {
    let other = OTHERS.iter().find(|(name, ..)| *name == setting.name);
    let bounds = (setting.shape)().bounds;
    assert!(other.is_some() || bounds.is_some(), "{} is in no list", setting.name);
    let beyond = bounds.map_or_else(Vec::new, |(low, high)| {
        let beyond = NO_NUMBER.iter().map(ToString::to_string).chain([(high + 1).to_string()]);
        beyond.chain(low.checked_sub(1).map(|number| number.to_string())).collect()
    });
    let own = other.iter().flat_map(|(_, _, wrong)| *wrong).map(ToString::to_string);
    // Longer than any text may be.
    beyond.into_iter().chain(own).chain(NEVER.map(str::to_owned)).chain(["x".repeat(5000)]).collect()
}

/// Values that it can have.
fn right(setting: &Setting) -> Vec<String> {
    let other = OTHERS.iter().find(|(name, ..)| *name == setting.name).map_or(&[][..], |(_, right, _)| *right);
    let ends = (setting.shape)().bounds.into_iter().flat_map(|(low, high)| [low, high]);
    ends.map(|number| number.to_string()).chain(other.iter().map(ToString::to_string)).collect()
}

fn load(environment: &[(String, String)]) -> Result<Config, String> {
    let environment = environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
    Config::load(&Sources { environment, ..Sources::default() }, &ALL.settings()).map_err(|faults| faults.to_string())
}

/// Some settings by their names in the file, with values.
type These<'a> = &'a [(&'a str, &'a str)];

/// With these in the environment.
fn load_these(these: These) -> Result<Config, String> {
    let variable = |name: &str| format!("HUZHENG_{}", name.replace('.', "_").to_uppercase());
    load(&these.iter().map(|(name, value)| (variable(name), (*value).to_owned())).collect::<Vec<_>>())
}

#[test]
fn every_setting_has_a_name_a_sentence_and_a_range_of_its_own() {
    let mut names: Vec<String> = settings().map(Setting::variable).collect();
    names.sort();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all, "each variable belongs to one setting");
    for setting in settings() {
        assert!(setting.en.ends_with('.') && setting.zh.ends_with('。'), "{} is explained by a sentence", setting.name);
        let shape = (setting.shape)();
        assert!(!shape.rule.en.is_empty() && !shape.rule.zh.is_empty(), "{}", setting.name);
        assert!(shape.bounds.is_none_or(|(low, high)| low < high && high < 1_000_000), "{}", setting.name);
    }
    for (name, ..) in OTHERS {
        assert!(settings().any(|setting| setting.name == name), "{name} is no setting");
    }
}

#[test]
fn every_setting_takes_what_is_within_its_range() {
    for setting in settings() {
        for value in right(setting) {
            let refused = load(&[(setting.variable(), value.clone())]).err().unwrap_or_default();
            assert!(!refused.contains("must be") || !refused.contains("HUZHENG_"), "{} = {value:?}: {refused}", setting.name);
        }
    }
}

#[test]
fn every_setting_refuses_by_its_name_what_is_beyond_its_range() {
    for setting in settings() {
        for value in wrong(setting) {
            let refused = load(&[(setting.variable(), value.clone())]).err();
            let named = format!("{} ({}) must be {}", setting.name, setting.variable(), (setting.shape)().rule.en);
            let refused = refused.unwrap_or_else(|| panic!("{} = {value:?} is taken", setting.name));
            assert!(refused.contains(&named), "{} = {value:?}: {refused}", setting.name);
        }
    }
}

fn refuses(mut command: std::process::Command, folder: &Path) -> String {
    let Output { status, stderr, .. } = command.current_dir(folder).stderr(Stdio::piped()).output().unwrap();
    let complaint = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{complaint}");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "no store is made");
    complaint
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_nothing_is_made() {
    let folder = TempDir::new().unwrap();
    for round in 0..6 {
        let mut by_environment = command(folder.path());
        let mut by_flag = command(folder.path());
        for setting in settings() {
            let all = wrong(setting);
            let value = &all[round % all.len()];
            by_environment.env(setting.variable(), value);
            by_flag.env_remove(setting.variable());
            by_flag.args(setting.flag().map(|flag| format!("--{flag}={value}")));
        }
        // What depends on files that stand beside this crate has none to be wrong about here.
        let elsewhere = ["Cargo.toml", "sqlite:src", "src"];
        let (told, told_of_flags) = (refuses(by_environment, folder.path()), refuses(by_flag, folder.path()));
        for setting in settings() {
            let all = wrong(setting);
            if elsewhere.contains(&all[round % all.len()].as_str()) {
                continue;
            }
            assert!(told.contains(&format!("{} ({})", setting.name, setting.variable())), "{}: {told}", setting.name);
            if let Some(flag) = setting.flag() {
                assert!(told_of_flags.contains(&format!("{} (--{flag})", setting.name)), "{}: {told_of_flags}", setting.name);
            }
        }
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused_by_their_names() {
    let (far, moment) = ("0.0.0.0:80", "2026-11-23T09:00:00+08:00");
    let (host, from) = (("mail.host", "relay.example"), ("mail.from", "office@office.example"));
    let cases: [(These, &[&str]); 16] = [
        (&[("uploads.unscanned", "refuse")], &["uploads.unscanned", "uploads.scanner"]),
        (&[host], &["mail.host", "mail.from"]),
        (&[host, from, ("mail.user", "office")], &["mail.user", "mail.password", "mail.password_file"]),
        (&[host, from, ("mail.password", "a secret of ours")], &["mail.user", "mail.password"]),
        (&[host, from, ("mail.tls", "none")], &["mail.tls", "mail.host"]),
        (&[("listen", far), ("demo", "false")], &["listen", "trusted_proxies"]),
        (&[("listen", far), ("demo", "true"), ("trusted_proxies", "10.0.0.1")], &["demo", "listen"]),
        (&[("demo", "false"), ("rate_limit", "off")], &["rate_limit", "demo"]),
        (&[("demo", "false"), ("clock_start", moment)], &["clock_start", "demo"]),
        (
            &[("listen", far), ("trusted_proxies", "10.0.0.1"), ("public_url", "http://office.test")],
            &["public_url", "https://", "listen"],
        ),
        (
            &[("password_min_age_days", "30"), ("password_max_age_days", "30")],
            &["password_min_age_days", "password_max_age_days"],
        ),
        (&[("hours.opens", "17:00")], &["hours.opens", "hours.closes"]),
        (&[("hours.saturday_closes", "08:00")], &["hours.saturday_opens", "hours.saturday_closes"]),
        (&[("delivery_retry_seconds", "60,30")], &["delivery_retry_seconds"]),
        (&[("lease_seconds", "50")], &["lease_seconds", "outbound_timeout_seconds"]),
        (&[("lease_seconds", "300"), ("outbound_timeout_seconds", "60")], &["lease_seconds", "outbound_timeout_seconds"]),
    ];
    for (these, named) in cases {
        let refused = load_these(these).unwrap_err();
        assert_eq!(refused.lines().count(), 2, "one fault: {refused}");
        assert!(named.iter().all(|name| refused.contains(name)), "{these:?}: {refused}");
    }
    let sound: [These; 6] = [
        &[host, from, ("mail.user", "office"), ("mail.password", "a secret of ours"), ("mail.tls", "implicit")],
        &[("mail.host", "::1"), from, ("mail.tls", "none")],
        &[("listen", far), ("trusted_proxies", "10.0.0.1"), ("public_url", "https://office.test")],
        &[("password_min_age_days", "30"), ("password_max_age_days", "0")],
        &[("lease_seconds", "301"), ("outbound_timeout_seconds", "60")],
        &[("demo", "true"), ("rate_limit", "off"), ("clock_start", moment)],
    ];
    for these in sound {
        load_these(these).unwrap();
    }
    let several = load_these(&[("demo", "false"), ("rate_limit", "off"), ("lease_seconds", "50"), ("hours.opens", "17:00")]);
    assert_eq!(several.unwrap_err().lines().count(), 4);
    let broken = load_these(&[("lease_seconds", "50"), ("outbound_timeout_seconds", "0")]).unwrap_err();
    assert!(!broken.contains("more than 5 times"), "a setting that cannot be read contradicts none: {broken}");
}

/// A provider as it is set up whole.
const PROVIDER: [(&str, &str); 5] = [
    ("external.issuer", "https://id.example"),
    ("external.client_id", "huzheng"),
    ("external.client_secret", "a secret of ours"),
    ("external.redirect_uris", "https://front.example/back"),
    ("external.acr_values", "device,certificate"),
];

#[test]
fn an_identity_provider_is_set_up_whole_or_not_at_all() {
    load_these(&PROVIDER).unwrap();
    let one_fault = |these: These, named: &[&str]| {
        let refused = load_these(these).unwrap_err();
        assert_eq!(refused.lines().count(), 2, "one fault: {refused}");
        assert!(named.iter().all(|name| refused.contains(name)) && !refused.contains("secret of ours"), "{these:?}: {refused}");
    };
    for (name, value) in &PROVIDER[1..] {
        let without: Vec<_> = PROVIDER.into_iter().filter(|(other, _)| other != name).collect();
        one_fault(&without, &[name, "external.issuer"]);
        one_fault(&[(name, value)], &[name, "external.issuer"]);
    }
    let with = |name: &'static str, value: &'static str| {
        let others = PROVIDER.into_iter().filter(|(other, _)| *other != name);
        others.chain([(name, value)]).collect::<Vec<_>>()
    };
    for name in ["external.login_acr", "external.proof_acr", "external.apply_acr", "external.high_acr"] {
        one_fault(&with(name, "password"), &[name, "external.acr_values"]);
        load_these(&with(name, "device")).unwrap();
    }
    one_fault(&with("external.acr_values", "device,device"), &["external.acr_values", "once"]);
    let inside = with("external.issuer", "http://127.0.0.1:9000");
    one_fault(&inside, &["external.issuer", "outbound_allow"]);
    load_these(&[inside.as_slice(), &[("outbound_allow", "127.0.0.1:9000")]].concat()).unwrap();
}

#[test]
#[cfg(unix)]
fn the_secret_at_a_provider_may_stand_in_a_file_that_nobody_else_reads() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("client.secret");
    let path = file.to_str().unwrap();
    let others = || PROVIDER.into_iter().filter(|(name, _)| *name != "external.client_secret");
    let load = || load_these(&others().chain([("external.client_secret_file", path)]).collect::<Vec<_>>());
    fs::write(&file, "a secret of ours\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(load().unwrap_err().contains("external.client_secret_file"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(!load().unwrap().changed().join("\n").contains("secret of ours"));
    let twice = load_these(&PROVIDER.into_iter().chain([("external.client_secret_file", path)]).collect::<Vec<_>>());
    assert!(twice.unwrap_err().contains("and not both"));
}

#[test]
fn the_file_is_held_to_the_same_and_gives_no_value_away() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("office.toml");
    let load = |text: &str, environment: &[(&str, &str)], flags: &[(&'static str, &str)]| {
        fs::write(&path, text).unwrap();
        let environment = environment.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let flags = flags.iter().map(|(name, value)| (*name, value.into())).collect();
        let sources = Sources { file: Some(path.clone()), environment, flags };
        Config::load(&sources, &ALL.settings()).map_err(|faults| faults.to_string())
    };
    let text = "readers = 3\nwriters = \"5\"\ncors_origins = []\nmetrics_allow = [\"10.0.0.1\", \"::1\"]\n\
                [hours]\nopens = 09:00:00\nsaturday = false\n";
    let config = load(text, &[("HUZHENG_WRITERS", "6")], &[("writers", "7")]).unwrap();
    assert_eq!((config.readers, config.writers, config.metrics_allow.len()), (3, 7, 2), "flags outweigh the rest");
    let changed = ["readers = 3", "writers = 7", "metrics_allow = 10.0.0.1,::1", "hours.opens = 09:00", "hours.saturday = false"];
    assert!(changed.iter().all(|line| config.changed().contains(&(*line).to_owned())), "{:?}", config.changed());
    assert_eq!(load("readers = 3\n", &[("HUZHENG_READERS", "4")], &[]).unwrap().readers, 4);
    let place = path.display();
    for (text, complaint) in [
        ("readers = 0", format!("readers ({place}) must be a whole number of connections from 1 to 64")),
        ("readers = 99999999999999999999999", format!("readers ({place}) must be")),
        ("readers = 2.0", format!("readers ({place}) must be")),
        ("readers = [2]", format!("readers ({place}) must be")),
        ("readers = {}", format!("readers ({place}) must be")),
        ("cors_origins = [[\"https://a.example\"]]", format!("cors_origins ({place}) must be")),
        ("login_failure = 3", format!("login_failure ({place}) is no setting; did you mean login_failures?")),
        ("[hours]\nopen = 1", format!("hours.open ({place}) is no setting; did you mean hours.opens?")),
        ("[colours]", format!("colours ({place}) is no setting")),
        ("READERS = 3", format!("READERS ({place}) is no setting; did you mean readers?")),
        ("\nmaster_key = \"my secret", format!("{place} cannot be read: line 2")),
    ] {
        let refused = load(text, &[], &[]).unwrap_err();
        assert!(refused.contains(&complaint) && !refused.contains("my secret"), "{text}: {refused}");
    }
    let missing = Sources { file: Some(folder.path().join("none.toml")), ..Sources::default() };
    assert!(Config::load(&missing, &ALL.settings()).unwrap_err().to_string().contains("none.toml cannot be read"));
    let twice = load("", &[("HUZHENG_READERS", "3"), ("huzheng_readers", "4")], &[]);
    assert!(twice.unwrap_err().contains("readers (huzheng_readers) is set twice"));
}

#[test]
fn a_check_lists_what_is_changed_and_no_secret() {
    let folder = TempDir::new().unwrap();
    let mut command = command(folder.path());
    command.args(["check", "--due-soon-hours", "48"]).env("HUZHENG_DATABASE_URL", "sqlite:./office.db");
    let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
    for line in ["due_soon_hours = 48", "database_url = sqlite:./office.db", "demo_password = (set)", "demo = true"] {
        assert!(said.lines().any(|said| said == line), "{line}: {said}");
    }
    assert!(!said.contains(PASSWORD) && !said.contains("readers"), "{said}");
    let config = load_these(&[("database_url", "postgres://user:secret@db.test/office?password=secret")]).unwrap();
    assert_eq!(
        config.changed().iter().find(|line| line.contains("db.test")).unwrap(),
        "database_url = postgres://db.test/office"
    );
}

#[test]
fn help_lists_every_flag_with_its_range_and_default() {
    let folder = TempDir::new().unwrap();
    let help = |flag: &str| {
        let output = command(folder.path()).arg(flag).output().unwrap();
        assert!(output.status.success());
        // Lines may be folded anywhere.
        String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let (long, short) = (help("--help"), help("-h"));
    for setting in settings() {
        let Some(flag) = setting.flag() else {
            assert!(!long.contains(&format!("--{} ", setting.name.replace('_', "-"))) && long.contains(setting.name));
            continue;
        };
        let shape = (setting.shape)();
        assert!(long.contains(&format!("--{flag}")), "{flag}: {long}");
        assert!(long.contains(&format!("[{}; default: {}]", shape.rule.en, (setting.default)().en)), "{flag}: {long}");
        assert_eq!(short.contains(&format!("--{flag} ")), setting.is(Mark::Common), "{flag}: {short}");
    }
}

#[test]
fn the_office_works_at_either_end_of_every_range() {
    let ends: [fn((u64, u64)) -> u64; 2] = [|(low, _)| low, |(_, high)| high];
    for end in ends {
        let numbers = settings().filter_map(|setting| Some((setting.variable(), end((setting.shape)().bounds?).to_string())));
        let mut extreme = load(&numbers.collect::<Vec<_>>()).unwrap();
        let app = TestApp::with(
            |config| {
                // The store and the allowances are the suite's own.
                (extreme.data_dir, extreme.database_url) = (config.data_dir.clone(), config.database_url.clone());
                (extreme.readers, extreme.writers, extreme.rate_limit) = (config.readers, config.writers, config.rate_limit);
                (extreme.demo, extreme.public_url) = (config.demo, config.public_url.clone());
                *config = extreme;
            },
            "",
        );
        let booked = app.book("citizen1", WEDNESDAY_9);
        let case = cases::take(&app, "clerk1", &cases::birth(1));
        case.expect(201);
        for days in [1, 40, 400] {
            app.tick();
            app.deliver();
            let wrong = json!({"username": "clerk2", "password": "not the right one"});
            let login = |body: &Value| app.post("/v1/auth/login").json(body).send();
            // After so long some must change their password first, and some are suspended: refused, but by a rule.
            let token = |name: &str| {
                let answer = login(&json!({"username": name, "password": PASSWORD}));
                assert!(answer.status < 500, "{}", answer.text);
                answer.body["access_token"].as_str().unwrap_or("none").to_owned()
            };
            let (citizen, clerk) = (token("citizen1"), token("clerk1"));
            let join = format!("/v1/consultations/{}/join", booked["id"].as_str().unwrap());
            let answers = [
                app.get(&join).bearer(&citizen).send(),
                login(&wrong),
                login(&wrong),
                app.get("/v1/queues").bearer(&clerk).send(),
                app.post("/v1/cases:check").bearer(&clerk).json(&cases::birth(2)).send(),
                app.get("/v1/deadlines/preview?from=2026-11-23&rule=INQUIRY").send(),
            ];
            for answer in answers {
                assert!(answer.status < 500, "{}", answer.text);
            }
            app.advance(chrono::Duration::days(days));
        }
    }
}

/// The list of settings of a README; column 0 is English, 1 Chinese.
fn listed(language: usize) -> String {
    let heads = ["| Setting | Meaning | Values | Default |", "| 設定 | 意義 | 可用的值 | 預設 |"];
    let no_flag = [" No flag.", "無旗標。"];
    let mut text = String::new();
    for table in ALL.settings() {
        text += &format!("\n**{}**\n\n{}\n|---|---|---|---|\n", table.title[language], heads[language]);
        for setting in table.settings {
            let (rule, default) = ((setting.shape)().rule, (setting.default)());
            let said = |text: huzheng::error::Text| [text.en, text.zh][language].replace('|', "\\|");
            let meaning = [setting.en, setting.zh][language];
            let secret = if setting.is(Mark::Secret) { no_flag[language] } else { "" };
            text += &format!("| `{}` | {meaning}{secret} | {} | {} |\n", setting.name, said(rule), said(default));
        }
    }
    text
}

#[test]
fn the_readmes_list_every_setting() {
    let (begin, end) = ("<!-- settings: UPDATE=1 cargo test readmes -->\n", "\n<!-- end of settings -->");
    for (language, name) in ["README.md", "README.zh-TW.md"].into_iter().enumerate() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let readme = fs::read_to_string(&path).unwrap();
        let (before, rest) = readme.split_once(begin).expect("the list begins at its mark");
        let (list, after) = rest.split_once(end).expect("the list ends at its mark");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, format!("{before}{begin}{}{end}{after}", listed(language))).unwrap();
        } else {
            assert_eq!(list, listed(language), "{name} is out of date: UPDATE=1 cargo test readmes");
        }
    }
}
