//! Values that settings have and cannot have.

/// The largest number of 64 bits.
const HUGE: &str = "9223372036854775807";

/// What no setting is.
pub const NEVER: [&str; 5] = ["", " ", "\t", " x", "x\u{7}"];

/// What no number is.
pub const NO_NUMBER: [&str; 12] =
    ["-1", "-9223372036854775808", HUGE, "18446744073709551616", "1.0", "1e1", "0x1", "+1", "１", "1 ", "1s", "one"];

/// A setting, some of its values, and some that it cannot have.
pub type Values = (&'static str, &'static [&'static str], &'static [&'static str]);

/// Settings that are no numbers.
pub const OTHERS: [Values; 78] = [
    (
        "listen",
        &["127.0.0.1:0", "[::1]:8080"],
        &["8080", "localhost:8080", "127.0.0.1", "127.0.0.1:65536", "127.0.0.1:-1", "256.0.0.1:80", "-1", HUGE, "anywhere"],
    ),
    (
        "database_url",
        &["sqlite:./x.db", "postgres://user:secret@db.test:5432/office"],
        &[
            "x.db",
            "mysql://x",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:file:x.db?mode=memory",
            "sqlite:file::memory:",
            "sqlite:src",
            "sqlite:x/",
            "sqlite://x.db",
            "sqlite: x.db",
            "postgres://",
            "postgres://a b/c",
            "-1",
            HUGE,
        ],
    ),
    ("print.fonts_dir", &["print/fonts", "./print/fonts"], &["print/src", "Cargo.toml", "print/none", "/dev/null", "-1", HUGE]),
    ("data_dir", &["./data", "/var/lib/huzheng"], &["Cargo.toml", "/dev/null"]),
    ("demo", &["true", "false", "on", "OFF", "yes", "no", "1", "0"], &["-1", "2", "perhaps", HUGE]),
    ("demo_password", &["eightish"], &["seventy"]),
    (
        "clock_start",
        &["2000-01-01T00:00:00+08:00", "2026-11-23T01:00:00Z"],
        &[
            "1999-12-31T23:59:59+08:00",
            "2100-01-01T00:00:00+08:00",
            "2026-02-30T09:00:00+08:00",
            "2026-11-23T09:00:00",
            "2026-11-23",
            "-1",
            HUGE,
            "now",
        ],
    ),
    ("rate_limit", &["on", "off"], &["0", "-1", "true", HUGE, "sometimes"]),
    (
        "petitions.confirm_page",
        &["https://front.example/petitions/confirm", "http://127.0.0.1:8080/confirm"],
        &[
            "https://front.example/confirm/",
            "https://front.example/confirm#x",
            "https://front.example/confirm?x=1",
            "confirm",
            "",
        ],
    ),
    (
        "survey_page",
        &["https://front.example/surveys/answer", "http://127.0.0.1:8080/answer"],
        &["https://front.example/answer/", "https://front.example/answer#x", "https://front.example/answer?x=1", "answer", ""],
    ),
    (
        "public_url",
        &["https://office.example", "http://127.0.0.1:8080", "https://[::1]:8443/api"],
        &[
            "https://office.example/",
            "ftp://office.example",
            "https://user:word@office.example",
            "https://office.example#part",
            "https://office.example?x=1",
            "https://office.example:0",
            "https://office.example:65536",
            "https://office example",
            "https://office..example",
            "https://*.example",
            "https://1.2.3.256",
            "https://",
            "office.example",
            "-1",
            HUGE,
        ],
    ),
    (
        "trusted_proxies",
        &["10.0.0.0/8", "127.0.0.1,::1", "fc00::/7", "none"],
        &["0.0.0.0/0", "::/0", "10.0.0.1,0.0.0.0/0", "10.0.0.0/7", "10.0.0.0/33", "10.0.0.1,", "10.0.0.1, ::1", "*", "-1", HUGE],
    ),
    ("forwarded_header", &["X-Forwarded-For", "Forwarded"], &["X-Real-IP", "-1", HUGE]),
    (
        "cors_origins",
        &["https://front.example,http://localhost:5173", "capacitor://localhost", "none"],
        &[
            "*",
            "https://*.example",
            "https://front.example/",
            "https://front.example/app",
            "HTTPS://front.example",
            "https://Front.example",
            "https://front.example:443",
            "http://front.example:80",
            "https://user@front.example",
            "https://front.example#part",
            "https://a.example,,https://b.example",
            "front.example",
            "null",
            "-1",
            HUGE,
        ],
    ),
    ("metrics_allow", &["0.0.0.0/0", "::1", "none"], &["everybody", "10.0.0.0/33", "10.0.0.1;10.0.0.2", "-1", HUGE]),
    (
        "master_key",
        &["dGhlIGtleSBvZiBhbiBvZmZpY2UgaW4gYSB0ZXN0ISE="],
        &["the key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "dGhlIGtleSBvZiBhbiBvZmZpY2U=", "-1", HUGE],
    ),
    ("master_key_file", &["./master.key"], &["src"]),
    (
        "log",
        &["info", "WARN", "huzheng=debug,warn", "actix_web::server=trace"],
        &["huzheng", "inf", "huzheng=", "=info", "info,", "huzheng=loud", "info warn", "[span]=info", "-1", HUGE],
    ),
    (
        "outbound_allow",
        &["127.0.0.1:9101,hooks.example", "[::1]:80", "none"],
        &[
            "https://hooks.example",
            "hooks.example/",
            "*.example",
            "a b",
            "hooks.example:0",
            "hooks.example:65536",
            "::1",
            "-1",
            HUGE,
        ],
    ),
    (
        "external.issuer",
        &["https://id.example", "https://id.example/realms/one/", "http://127.0.0.1:9"],
        &[
            "https://id.example//",
            "https://id.example?x=1",
            "https://user@id.example",
            "id.example",
            "ftp://id.example",
            "-1",
            HUGE,
        ],
    ),
    ("external.client_id", &["huzheng", "office 1"], &[]),
    ("external.client_secret", &["a secret of ours"], &[]),
    ("external.client_secret_file", &[], &["src", "Cargo.toml", "no-such-file", "-1"]),
    (
        "external.redirect_uris",
        &["https://front.example/back,tw.example.app:/back", "http://localhost:5173/back", "http://[::1]/back", "none"],
        &[
            "http://front.example/back",
            "https://front.example/back#part",
            "https://user@front.example/back",
            "app:/back",
            "javascript:alert(1)",
            "https://front.example/a b",
            "https://a.example,,https://b.example",
            "front.example",
            "-1",
            HUGE,
        ],
    ),
    ("external.scopes", &["profile,national_id", "none"], &["profile email", "profile,,email", "profile,"]),
    ("external.acr_values", &["password,urn:example:certificate", "none"], &["a b", "a,,b", "a,"]),
    ("external.login_acr", WORDS, NO_WORDS),
    ("external.proof_acr", WORDS, NO_WORDS),
    ("external.apply_acr", WORDS, NO_WORDS),
    ("external.high_acr", WORDS, NO_WORDS),
    ("external.number_claim", &["national_id", "https://id.example/number"], &["sub", "iss"]),
    ("external.name_claim", &["name", "姓名"], &["nonce", "aud"]),
    ("external.birth_claim", &["birthdate"], &["exp", "acr"]),
    (
        "join_url_template",
        &["https://meet.example/{room}?token={token}", "http://127.0.0.1:9/{room}/{token}"],
        &[
            "https://meet.example/{room}",
            "https://meet.example/{token}",
            "http://meet.example/{room}/{token}",
            "https://meet.example/{room}/{token}/{name}",
            "https://{room}@meet.example/{token}",
            "javascript:{room}{token}",
            "{room}{token}",
            "-1",
            HUGE,
        ],
    ),
    ("listed_online", &["BIRTH,MARRIAGE", "none"], &["birth", "BIRTH,", "NO_SUCH_TYPE", "-1", HUGE]),
    (
        "strong_log_in",
        &["REGISTRATIONS,CERTIFICATES", "BIRTH", "TRANSCRIPT_ZH,MOVE_IN", "none"],
        &["registrations", "REGISTRATIONS,", "NO_SUCH_TYPE", "-1", HUGE],
    ),
    ("notice_period", PERIODS, NO_PERIODS),
    ("inquiry_period", LIMITS, NO_LIMITS),
    ("suggestion_period", LIMITS, NO_LIMITS),
    ("report_period", LIMITS, NO_LIMITS),
    ("rights_period", LIMITS, NO_LIMITS),
    ("inquiries.online_period", LIMITS, NO_LIMITS),
    ("inquiries.mailbox_period", LIMITS, NO_LIMITS),
    ("inquiries.email_period", LIMITS, NO_LIMITS),
    ("on_site.follow_up_period", LIMITS, NO_LIMITS),
    ("improvements.period", PERIODS, NO_PERIODS),
    ("volunteers.expiry_period", PERIODS, NO_PERIODS),
    ("honours.card_rules", RULES, NO_RULES),
    ("honours.certificate_rules", RULES, NO_RULES),
    ("honours.badge_rules", GRADED_RULES, NO_RULES),
    ("honours.award_rules", GRADED_RULES, NO_RULES),
    ("honours.card_window", &["after_later", "after_review"], &["-1", "2", HUGE, "later"]),
    ("honours.badge_deadline", YEAR_DAYS, NO_YEAR_DAYS),
    ("honours.award_deadline", YEAR_DAYS, NO_YEAR_DAYS),
    ("honours.award_cut_off", YEAR_DAYS, NO_YEAR_DAYS),
    ("petitions.supplement_stops_clock", &["true", "false"], &["-1", "2", HUGE, "sometimes"]),
    ("uploads.folder", &["./uploads", "/var/lib/uploads"], &["Cargo.toml", "/dev/null"]),
    (
        "uploads.scanner",
        &["127.0.0.1:3310", "clamd.office.example:3310", "[::1]:3310", "unix:/run/clamav/clamd.ctl"],
        &["127.0.0.1", "[::1]", "clamd:0", "clamd:65536", "http://clamd:3310", "unix:", "unix:clamd.ctl", ":3310", "-1", HUGE],
    ),
    ("uploads.unscanned", &["accept", "refuse"], &["0", "true", "-1", HUGE]),
    ("digest_due_moves", &["next", "before", "stays"], &["-1", "2", HUGE, "later"]),
    ("rebuttal_period", PERIODS, NO_PERIODS),
    ("hours.opens", TIMES, NO_TIMES),
    ("hours.closes", TIMES, NO_TIMES),
    ("hours.saturday", &["true", "false"], &["-1", "2", HUGE, "sometimes"]),
    ("hours.saturday_opens", TIMES, NO_TIMES),
    ("hours.saturday_closes", TIMES, NO_TIMES),
    ("office_telephone", &["04-7560000 #12", "+886 4 7560000"], &["12", "-1", "04-756000x", "the porter"]),
    ("office_address", &["彰化縣和美鎮彰美路五段二號"], &[]),
    ("office_address_en", &["No. 2, Sec. 5, Zhangmei Rd."], &[]),
    (
        "mail.host",
        &["mail.office.example", "localhost", "192.0.2.1", "::1"],
        &["mail.office.example:25", "[::1]:25", "smtp://mail.example", "a b", "-1:25"],
    ),
    ("mail.tls", &["starttls", "implicit", "none"], &["-1", "on", "tls", HUGE]),
    ("mail.user", &["office", "office@office.example"], &[]),
    ("mail.password", &["a secret of ours"], &[]),
    ("mail.password_file", &[], &["src", "Cargo.toml", "no-such-file", "-1"]),
    ("mail.from", ADDRESSES, NO_ADDRESSES),
    ("mail.reply_to", ADDRESSES, NO_ADDRESSES),
    (
        "mail.bounces",
        &["bounces+{id}@office.example", "{id}@bounces.office.example"],
        &["bounces@office.example", "b@{id}.example", "{id}{id}@office.example", "b+{id}{x}@office.example", "{id}", "-1", HUGE],
    ),
    (
        "delivery_retry_seconds",
        &["1,2,3", "none"],
        &[
            "60,",
            "60, 300",
            "60;300",
            "60,604801",
            "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
        ],
    ),
];

const ADDRESSES: &[&str] = &["office@office.example", "no-reply+1@mail.office.example"];
const NO_ADDRESSES: &[&str] = &["office", "@office.example", "office@", "a b@office.example", "所@office.example", "-1", HUGE];
const WORDS: &[&str] = &["device", "urn:example:certificate"];
const NO_WORDS: &[&str] = &["a b", "a,b", "證"];
const PERIODS: &[&str] = &["1D", "90D", "64WD", "3M"];
const NO_PERIODS: &[&str] =
    &["0D", "91D", "65WD", "4M", "1Y", "-1D", "01D", "10", "10 WD", "10wd", "9223372036854775807D", "-1", HUGE];
const RULES: &[&str] = &["2001-01-20:3y:300h", "2001-01-20:0y:1h,2027-01-01:50y:100000h", "none"];
const GRADED_RULES: &[&str] = &["2001-01-20:0y:1h/2h/3h", "2001-01-20:3y:300h/400h/500h,2027-01-01:0y:1500h/2000h/2500h", "none"];
const NO_RULES: &[&str] =
    &["2001-01-20", "2001-1-20:3y:300h", "2001-01-20:3y:0h", "2001-01-20:51y:300h", "2001-01-20:3y:300h/200h/100h", "-1", HUGE];
const YEAR_DAYS: &[&str] = &["01-01", "02-28", "12-31"];
const NO_YEAR_DAYS: &[&str] = &["02-29", "13-01", "1-31", "06-31", "2026-06-30", "-1", HUGE];
const LIMITS: &[&str] = &["1D", "30D", "30WD"];
const NO_LIMITS: &[&str] =
    &["0D", "31D", "31WD", "1M", "1Y", "-1D", "01D", "10", "10 WD", "10wd", "9223372036854775807D", "-1", HUGE];
const TIMES: &[&str] = &["00:00", "08:30", "23:59"];
const NO_TIMES: &[&str] = &["24:00", "08:60", "08:00:30", "8", "noon", "-1", HUGE];
