//! Lists the folder of migrations for the program, in order of their names.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=migrations");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo tells where the package is");
    let folder = Path::new(&root).join("migrations");
    let entries = fs::read_dir(&folder).expect("the folder of migrations is there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("it can be read").file_name().into_string().expect("ASCII")).collect();
    names.sort();
    let mut list = "[\n".to_owned();
    for name in names {
        let text = folder.join(&name).join("up.sql");
        println!("cargo::rerun-if-changed={}", text.display());
        writeln!(list, "    Migration {{ name: {name:?}, text: include_str!({text:?}) }},").expect("a string takes everything");
    }
    list.push(']');
    let target = env::var("OUT_DIR").expect("cargo tells where to write");
    fs::write(Path::new(&target).join("migrations.rs"), list).expect("the list can be written");
}
