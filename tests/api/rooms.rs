//! The floors of the code: every import goes down. What else a file may not name follows from where it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use huzheng::domains::ALL;

/// The top-level modules by floor, from the bottom. A file names modules of lower floors, and such of its own floor as
/// make no circle.
const FLOORS: [&[&str]; 14] = [
    &["characters", "clock", "error", "schema"],
    &["db"],
    &["calendar", "config", "secrets", "settings"],
    &["charts", "http"],
    &["node"],
    &["auth"],
    &["domain", "states"],
    &["contract", "edge"],
    &["app"],
    &["accounts", "agencies", "audit", "mail", "office", "outgoing_letters", "people", "print", "retention", "uploads"],
    &["scheduling"],
    &[
        "calls",
        "cases",
        "certificates",
        "consultations",
        "digests",
        "exchange",
        "improvements",
        "inquiries",
        "office_days",
        "petitions",
        "quality",
        "surveys",
        "volunteers",
    ],
    &["demo", "domains"],
    &["lib", "main", "start"],
];

/// A file's path below `src` and its text.
type Source = (String, String);

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rust = files(&root).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs"));
    let mut sources: Vec<_> =
        rust.map(|path| (path.strip_prefix(&root).unwrap().display().to_string(), fs::read_to_string(&path).unwrap())).collect();
    sources.sort();
    sources
}

/// The top-level module in which a file stands.
fn module_of(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Every path in a file that starts at the crate, with groups written out.
fn paths(text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    for (at, start) in code.match_indices("crate::") {
        follow(&code[at + start.len()..], "", &mut found);
    }
    found
}

/// Reads one path, or a group of them, that goes on after `before`; gives what stands behind it.
fn follow<'t>(text: &'t str, before: &str, found: &mut Vec<String>) -> &'t str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start_matches([' ', '\n', ',']);
            match rest.strip_prefix('}') {
                Some(behind) => return behind,
                None if rest.is_empty() => return rest,
                None => rest = follow(rest, before, found),
            }
        }
    }
    // A sign that begins no name is taken for one, so that the reader moves on.
    let name = |(at, c): &(usize, char)| *at == 0 || c.is_alphanumeric() || *c == '_';
    let end = text.char_indices().take_while(name).map(|(at, c)| at + c.len_utf8()).last().unwrap_or(0);
    let (name, rest) = text.split_at(end);
    let path = if before.is_empty() { name.to_owned() } else { format!("{before}::{name}") };
    if let Some(deeper) = rest.strip_prefix("::").filter(|deeper| !deeper.starts_with('<')) {
        return follow(deeper, &path, found);
    }
    found.push(path);
    match rest.trim_start().strip_prefix("as ") {
        Some(name) => name.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'),
        None => rest,
    }
}

/// Macros that the crate exports, with the module that defines each.
fn macros(sources: &[Source]) -> BTreeMap<&str, &str> {
    let mut all = BTreeMap::new();
    for (file, text) in sources {
        for defined in text.split("#[macro_export]\nmacro_rules! ").skip(1) {
            all.insert(defined.split(' ').next().unwrap(), module_of(file));
        }
    }
    all
}

/// What breaks the rule of the floors, in words.
fn faults(floors: &[&[&str]], sources: &[Source]) -> Vec<String> {
    let floor = |module: &str| floors.iter().position(|floor| floor.contains(&module));
    let macros = macros(sources);
    let mut faults = BTreeSet::new();
    let mut beside: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in sources {
        let module = module_of(file);
        let Some(own) = floor(module) else {
            faults.insert(format!("{module} stands on no floor"));
            continue;
        };
        for path in paths(text) {
            let first = path.split("::").next().unwrap();
            let named = macros.get(first).copied().unwrap_or(first);
            match floor(named) {
                _ if named == module => {}
                None => _ = faults.insert(format!("{file} names {path}, which stands on no floor")),
                Some(other) if other > own => _ = faults.insert(format!("{file} names {path}, which is above it")),
                Some(other) if other == own => _ = beside.entry(module).or_default().insert(named.to_owned()),
                Some(_) => {}
            }
        }
    }
    faults.extend(circles(&beside));
    faults.into_iter().collect()
}

/// Modules of one floor that reach themselves again.
fn circles(beside: &BTreeMap<&str, BTreeSet<String>>) -> Vec<String> {
    let reaches_itself = |module: &&&str| {
        let (mut met, mut next) = (BTreeSet::new(), vec![**module]);
        while let Some(one) = next.pop() {
            let named = beside.get(one).into_iter().flatten().map(String::as_str);
            next.extend(named.filter(|name| met.insert(*name)));
        }
        met.contains(**module)
    };
    beside.keys().filter(reaches_itself).map(|module| format!("{module} is in a circle")).collect()
}

#[test]
fn every_import_goes_down() {
    assert_eq!(faults(&FLOORS, &sources()), [""; 0]);
}

#[test]
fn an_import_that_goes_up_and_a_circle_are_found() {
    let source = |file: &str, text: &str| (file.to_owned(), text.to_owned());
    let floors: [&[&str]; 2] = [&["base", "ground"], &["left", "right", "top"]];
    let sound = [
        source("base.rs", "#[macro_export]\nmacro_rules! give {\n    () => { $crate::ground::x() };\n}"),
        source("ground/mod.rs", "// crate::top is above\nfn f() {}"),
        source("left.rs", "use crate::ground::{self, a::{b as c, d}};\nfn f() { crate::right::x() }"),
        source("right/store.rs", "use crate::base::*;\ncrate::give!();"),
        source("top.rs", "use crate::{give, left, right::store};"),
    ];
    assert_eq!(faults(&floors, &sound), [""; 0]);
    let with = |file: &str, text: &str| {
        let mut all = sound.to_vec();
        all.push(source(file, text));
        faults(&floors, &all)
    };
    assert_eq!(with("ground/up.rs", "use crate::{ground, top::x};"), ["ground/up.rs names top::x, which is above it"]);
    assert_eq!(with("ground/up.rs", "fn f() -> crate::left::X {}"), ["ground/up.rs names left::X, which is above it"]);
    assert_eq!(with("ground/up.rs", "crate::give!();"), ["base is in a circle", "ground is in a circle"]);
    let circle = ["left is in a circle", "right is in a circle", "top is in a circle"];
    assert_eq!(with("right/mod.rs", "fn f() { crate::top::x::<crate::base::Y>() }"), circle);
    assert_eq!(with("new.rs", ""), ["new stands on no floor"]);
    assert_eq!(with("left/x.rs", "use crate::old::X;"), ["left/x.rs names old::X, which stands on no floor"]);
}

#[test]
fn no_domain_names_the_routes_of_another() {
    let domains = FLOORS[9..12].concat();
    let operations: BTreeSet<&str> = ALL.policy().map(|line| line.operation).collect();
    for (file, text) in sources() {
        for path in paths(&text) {
            let parts: Vec<&str> = path.split("::").collect();
            let another = domains.contains(&parts[0]) && parts[0] != module_of(&file);
            let routes = parts.contains(&"routes") || parts.iter().any(|part| operations.contains(part));
            assert!(!(another && routes), "{file} names {path}");
        }
    }
}

/// File, or folder, and what it never names.
const NEVER: [(&str, &[&str]); 5] = [
    ("model.rs", &["diesel::", "actix_web", "crate::schema", "Conn,", "&mut Conn"]),
    ("store.rs", &["actix_web", "policy::"]),
    ("routes.rs", &["diesel::", "crate::schema"]),
    ("calendar/", &["actix_web"]),
    ("db/", &["actix_web"]),
];

/// File, or folder, and what nothing else names: an engine, and the system's clock.
const ALONE: [(&str, &[&str]); 2] =
    [("db/", &["SqliteConnection", "PgConnection"]), ("clock.rs", &["Utc::now", "Local::now", "SystemTime"])];

#[test]
fn no_file_names_what_is_not_its_own() {
    for (file, text) in sources() {
        let stands_in = |place: &str| file.starts_with(place) || file.ends_with(&format!("/{place}"));
        let foreign = NEVER.iter().filter(|(place, _)| stands_in(place));
        let foreign = foreign.chain(ALONE.iter().filter(|(place, _)| !file.starts_with(place)));
        for word in foreign.flat_map(|(_, words)| *words) {
            assert!(!text.contains(word), "{file} names {word}");
        }
    }
}

/// What the engine of booking must not know: who it is that can be booked, and the domain that knows.
const UNKNOWN_TO_THE_ENGINE: [&str; 3] = ["adviser", "consultation", "律師"];

/// What it shows of them because the contract has fixed it: roles in the policy, a code and an address among the examples
/// and answers, and the code of a service.
const FIXED_BY_THE_CONTRACT: [&str; 5] =
    ["Adviser Assigned", "Adviser Own", "`adviser_conflict`", "\"join_url\": \"/v1/consultations/", "LEGAL_CONSULTATION"];

/// Lines of the engine that know too much.
fn knowing(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for (file, text) in sources.iter().filter(|(file, _)| file.starts_with("scheduling/")) {
        for line in text.lines() {
            let rest = FIXED_BY_THE_CONTRACT.iter().fold(line.to_owned(), |line, fixed| line.replace(fixed, "")).to_lowercase();
            if UNKNOWN_TO_THE_ENGINE.iter().any(|word| rest.contains(word)) {
                found.push(format!("{file}: {}", line.trim()));
            }
        }
    }
    found
}

#[test]
fn the_engine_of_booking_knows_no_adviser() {
    let sources = sources();
    assert_eq!(knowing(&sources), [""; 0]);
    for fixed in FIXED_BY_THE_CONTRACT {
        let shown = sources.iter().any(|(file, text)| file.starts_with("scheduling/") && text.contains(fixed));
        assert!(shown, "{fixed} is shown no more: take it off the list");
    }
}

#[test]
fn an_engine_that_knows_an_adviser_is_found() {
    let source = |file: &str, text: &str| (file.to_owned(), text.to_owned());
    let found = |file: &str, text: &str| knowing(&[source(file, text)]);
    let fixed = "ListBookings [Adviser Assigned];\n/// 409 `adviser_conflict`\n\"join_url\": \"/v1/consultations/1/join\"";
    assert_eq!(found("scheduling/policy.rs", fixed), [""; 0]);
    assert_eq!(found("consultations/store.rs", "advisers::table"), [""; 0]);
    for line in ["use crate::schema::advisers;", "/// An adviser's time.", "\"ADVISERS\"", "crate::consultations::x()", "無律師"]
    {
        assert_eq!(
            found("scheduling/bookings/store.rs", &format!("\n  {line}")),
            [format!("scheduling/bookings/store.rs: {line}")]
        );
    }
}
