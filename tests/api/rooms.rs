//! The rooms of the code keep to themselves: what a file may name follows from where it stands.

use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rust = files(&root).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs"));
    rust.map(|path| (path.strip_prefix(&root).unwrap().display().to_string(), fs::read_to_string(&path).unwrap())).collect()
}

/// Folder or file name, and what it never names.
const NEVER: [(&str, &[&str]); 8] = [
    ("routes.rs", &["diesel::", "crate::schema", "Utc::now", "SystemTime"]),
    ("model.rs", &["diesel::", "actix_web", "crate::schema", "Conn,", "&mut Conn"]),
    ("store.rs", &["actix_web", "auth::policy"]),
    ("auth/", &["crate::scheduling", "crate::accounts", "crate::consultations", "crate::people"]),
    ("http/", &["crate::scheduling", "crate::accounts", "crate::consultations", "crate::people"]),
    ("calendar/", &["crate::scheduling", "crate::accounts", "crate::consultations", "actix_web"]),
    ("db/", &["crate::scheduling", "crate::accounts", "crate::consultations", "crate::people", "actix_web"]),
    ("scheduling/", &["crate::consultations", "crate::accounts", "crate::office_days"]),
];

#[test]
fn no_room_names_what_is_not_its_own() {
    for (name, text) in sources() {
        for (room, never) in NEVER {
            if !name.starts_with(room) && !name.ends_with(&format!("/{room}")) {
                continue;
            }
            for word in never {
                assert!(!text.contains(word), "{name} names {word}");
            }
        }
    }
}

#[test]
fn only_the_store_names_an_engine() {
    for (name, text) in sources() {
        if !name.starts_with("db/") {
            assert!(!text.contains("SqliteConnection") && !text.contains("PgConnection"), "{name} names an engine");
        }
    }
}

#[test]
fn only_the_clock_reads_the_systems_time() {
    for (name, text) in sources() {
        if name != "calendar/clock.rs" {
            assert!(!text.contains("Utc::now") && !text.contains("Local::now"), "{name} reads the system's clock");
        }
    }
}
