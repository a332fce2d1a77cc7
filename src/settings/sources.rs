//! Where settings come from: file, environment and flags, in rising order of weight, and what they give.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use config::{ConfigError, File, FileFormat, Map, Value, ValueKind};

use super::{Fault, Form, Mark, Setting, Table, plain};

/// The file that is read when none is named.
const FILE: &str = "huzheng.toml";
pub(super) const PREFIX: &str = "huzheng_";

/// How alike an unknown name and a known one must be for the known one to be meant.
const ALIKE: f64 = 0.9;

/// What settings are read from.
#[derive(Default)]
pub struct Sources {
    /// The file that the command line names.
    pub file: Option<PathBuf>,
    pub environment: Vec<(OsString, OsString)>,
    /// Values of flags by the names of their settings.
    pub flags: Vec<(&'static str, OsString)>,
}

/// What the sources say of one setting.
pub enum Given {
    One(String),
    Many(Vec<String>),
    /// Something that no setting has, such as a list of lists.
    Neither,
}

impl Given {
    fn of(kind: ValueKind) -> Self {
        let ValueKind::Array(items) = kind else { return text(kind).map_or(Self::Neither, Self::One) };
        items.into_iter().map(|item| text(item.kind)).collect::<Option<_>>().map_or(Self::Neither, Self::Many)
    }
}

fn text(kind: ValueKind) -> Option<String> {
    match kind {
        ValueKind::Array(_) | ValueKind::Table(_) | ValueKind::Nil => None,
        plain => Some(plain.to_string()),
    }
}

/// What is given, and what was found wrong with it.
#[derive(Default)]
pub struct Reading {
    given: HashMap<&'static str, Given>,
    pub(crate) faults: Vec<Fault>,
    /// Something is set that nobody sets who only tries the product out.
    pub(crate) in_earnest: bool,
}

impl Reading {
    /// The value of a setting, or its default when it is not given or not of its form.
    pub fn take<F: Form>(&mut self, name: &'static str, form: &F, default: F::Value) -> F::Value {
        let Some(given) = self.given.remove(name) else { return default };
        form.read(&given).unwrap_or_else(|| {
            self.faults.push(Fault::of(name, &form.shape().rule.en));
            default
        })
    }
}

/// Every setting of some tables by its name as one word.
struct Known(HashMap<String, &'static Setting>);

impl Known {
    fn of(tables: &[&'static Table]) -> Self {
        Self(tables.iter().flat_map(|table| table.settings).map(|setting| (plain(setting.name), setting)).collect())
    }

    fn unknown(&self, name: &str) -> Fault {
        let word = plain(name);
        let likeness = |setting: &&&Setting| strsim::jaro_winkler(&word, &plain(setting.name));
        let nearest = self.0.values().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let meant = nearest.filter(|setting| likeness(setting) >= ALIKE);
        let hint = meant.map(|setting| format!("; did you mean {}?", setting.name)).unwrap_or_default();
        Fault::about(format!("{name} is no setting{hint}"))
    }
}

impl Sources {
    /// The environment of this process, and what its command line says.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<(&'static str, OsString)>) -> Self {
        Self { file, environment: std::env::vars_os().collect(), flags }
    }

    /// What is given for the settings of some tables.
    pub(crate) fn read(&self, tables: &[&'static Table]) -> Reading {
        let (known, mut reading) = (Known::of(tables), Reading::default());
        reading.in_earnest = self.file.is_some() || Path::new(FILE).exists();
        let mut builder = config::Config::builder();
        builder = match &self.file {
            Some(path) => builder.add_source(File::from(path.as_path()).format(FileFormat::Toml)),
            None => builder.add_source(File::new(FILE, FileFormat::Toml).required(false)),
        };
        for (name, value) in self.variables(&known, &mut reading.faults).into_iter().chain(self.flags.iter().cloned()) {
            reading.in_earnest |= known.0.get(&plain(name)).is_none_or(|setting| !setting.is(Mark::Trial));
            // Taken as it stands: each setting's own form reads it, so that a password of digits stays one.
            match value.into_string() {
                Ok(text) => builder = builder.set_override(name, text).expect("a setting's name is a path"),
                Err(_) => reading.faults.push(Fault::of(name, "text in UTF-8")),
            }
        }
        match builder.build().and_then(|built| config::Source::collect(&built)) {
            Ok(values) => sort("", values, &known, &mut reading),
            Err(error) => reading.faults.push(Fault::about(without_values(&error))),
        }
        reading
    }

    /// The environment's settings by their names in the file.
    fn variables(&self, known: &Known, faults: &mut Vec<Fault>) -> Vec<(&'static str, OsString)> {
        let mut found: Vec<(&'static str, OsString)> = Vec::new();
        for (variable, value) in &self.environment {
            let name = variable.to_string_lossy().to_lowercase();
            let Some(name) = name.strip_prefix(PREFIX) else { continue };
            match known.0.get(&plain(name)) {
                None => faults.push(known.unknown(name)),
                Some(setting) if found.iter().any(|(other, _)| *other == setting.name) => {
                    faults.push(Fault::between(&[setting.name], &format!("{} is set twice in the environment", setting.name)));
                }
                Some(setting) => found.push((setting.name, value.clone())),
            }
        }
        found
    }
}

/// Sorts what the sources give by settings, through the file's tables.
fn sort(within: &str, values: Map<String, Value>, known: &Known, reading: &mut Reading) {
    for (key, value) in values {
        let name = format!("{within}{key}");
        if let ValueKind::Table(table) = value.kind {
            sort(&format!("{name}."), table, known, reading);
        } else if let Some(setting) = known.0.get(&name.replace('.', "_")).filter(|setting| setting.name == name) {
            reading.given.insert(setting.name, Given::of(value.kind));
        } else {
            reading.faults.push(known.unknown(&name));
        }
    }
}

/// What is wrong with the file, without the values in the line that the parser shows.
fn without_values(error: &ConfigError) -> String {
    let text = error.to_string();
    let lines = text.lines().filter_map(|line| match line.split_once(" | ") {
        Some((number, shown)) => shown.split_once('=').map(|(name, _)| format!("{number} | {name}= …")),
        None => (!line.trim_end().ends_with('|')).then(|| line.to_owned()),
    });
    lines.collect::<Vec<_>>().join("\n  ")
}
