//! Where settings come from: file, environment and flags, in rising order of weight, and what they give.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::{Fault, Form, Mark, Setting, Table, plain};

/// The file that is read when none is named.
const FILE: &str = "huzheng.toml";
/// How the names of variables begin, in lower case.
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

/// What a source says of one setting.
pub enum Given {
    One(String),
    Many(Vec<String>),
    /// Something that no setting has, such as a list of lists.
    Neither,
}

impl Given {
    fn of(value: &DeValue) -> Self {
        match value {
            DeValue::Array(items) => {
                items.iter().map(|item| text(item.get_ref())).collect::<Option<_>>().map_or(Self::Neither, Self::Many)
            }
            one => text(one).map_or(Self::Neither, Self::One),
        }
    }
}

/// A value as the file has it: each setting's own form reads it.
fn text(value: &DeValue) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => (number.radix() == 10).then(|| number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(switch) => Some(switch.to_string()),
        DeValue::Datetime(moment) => Some(moment.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// What is given and where, and what was found wrong with it.
#[derive(Default)]
pub struct Reading {
    given: HashMap<&'static str, (Given, String)>,
    pub faults: Vec<Fault>,
    /// Something is set that nobody sets who only tries the product out.
    pub in_earnest: bool,
}

impl Reading {
    /// The value of a setting, or its default when it is not given or not of its form.
    pub fn take<F: Form>(&mut self, name: &'static str, form: &F, default: F::Value) -> F::Value {
        let Some((given, place)) = self.given.remove(name) else { return default };
        form.read(&given).unwrap_or_else(|| {
            self.faults.push(Fault::of(name, &place, &form.shape().rule.en));
            default
        })
    }

    fn put(&mut self, setting: &Setting, value: &OsStr, place: String) {
        self.in_earnest |= !setting.is(Mark::Trial);
        match value.to_str() {
            Some(text) => _ = self.given.insert(setting.name, (Given::One(text.to_owned()), place)),
            None => self.faults.push(Fault::of(setting.name, &place, "text in UTF-8")),
        }
    }
}

/// Every setting of some tables by its name as one word.
struct Known(HashMap<String, &'static Setting>);

impl Known {
    fn of(tables: &[&'static Table]) -> Self {
        Self(tables.iter().flat_map(|table| table.settings).map(|setting| (plain(setting.name), setting)).collect())
    }

    /// Whether any setting stands in a table of the file.
    fn lead_into(&self, table: &str) -> bool {
        self.0.values().any(|setting| setting.name.starts_with(table))
    }

    fn unknown(&self, name: &str, place: &str) -> Fault {
        let word = plain(name);
        let likeness = |setting: &&&Setting| strsim::jaro_winkler(&word, &plain(setting.name));
        let nearest = self.0.values().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let meant = nearest.filter(|setting| likeness(setting) >= ALIKE);
        let hint = meant.map(|setting| format!("; did you mean {}?", setting.name)).unwrap_or_default();
        Fault::about(format!("{name} ({place}) is no setting{hint}"))
    }
}

impl Sources {
    /// The environment of this process, and what its command line says.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<(&'static str, OsString)>) -> Self {
        Self { file, environment: std::env::vars_os().collect(), flags }
    }

    /// What is given for the settings of some tables.
    pub fn read(&self, tables: &[&'static Table]) -> Reading {
        let (known, mut reading) = (Known::of(tables), Reading::default());
        let usual = Path::new(FILE);
        if let Some(file) = self.file.as_deref().or_else(|| usual.exists().then_some(usual)) {
            reading.in_earnest = true;
            read_file(file, &known, &mut reading);
        }
        self.read_environment(&known, &mut reading);
        for (name, value) in &self.flags {
            if let Some(setting) = known.0.get(&plain(name)) {
                reading.put(setting, value, format!("--{}", setting.flag().unwrap_or_default()));
            }
        }
        reading
    }

    fn read_environment(&self, known: &Known, reading: &mut Reading) {
        let mut found: Vec<&str> = Vec::new();
        for (variable, value) in &self.environment {
            let variable = variable.to_string_lossy();
            let lower = variable.to_lowercase();
            let Some(name) = lower.strip_prefix(PREFIX) else { continue };
            match known.0.get(&plain(name)) {
                None => {
                    reading.in_earnest = true;
                    reading.faults.push(known.unknown(name, &variable));
                }
                Some(setting) if found.contains(&setting.name) => {
                    let text = format!("{} ({variable}) is set twice in the environment", setting.name);
                    reading.faults.push(Fault::between(&[setting.name], text));
                }
                Some(setting) => {
                    found.push(setting.name);
                    reading.put(setting, value, variable.into_owned());
                }
            }
        }
    }
}

fn read_file(file: &Path, known: &Known, reading: &mut Reading) {
    let place = file.display().to_string();
    match fs::read_to_string(file) {
        Err(cause) => reading.faults.push(Fault::about(format!("the file of settings {place} cannot be read: {cause}"))),
        Ok(text) => match DeTable::parse(&text) {
            Ok(table) => sort("", table.get_ref(), &place, known, reading),
            // The parser's own text shows the line, in which there may be a secret.
            Err(error) => {
                let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
                let (line, message) = (before.matches('\n').count() + 1, error.message());
                reading.faults.push(Fault::about(format!("the file of settings {place} cannot be read: line {line}: {message}")));
            }
        },
    }
}

/// Sorts what the file gives by settings, through its tables.
fn sort(within: &str, values: &DeTable, place: &str, known: &Known, reading: &mut Reading) {
    for (key, value) in values {
        let name = format!("{within}{}", key.get_ref());
        let deeper = format!("{name}.");
        if let Some(setting) = known.0.get(&plain(&name)).filter(|setting| setting.name == name) {
            reading.given.insert(setting.name, (Given::of(value.get_ref()), place.to_owned()));
        } else if let Some(table) = value.get_ref().as_table().filter(|_| known.lead_into(&deeper)) {
            sort(&deeper, table, place, known, reading);
        } else {
            reading.faults.push(known.unknown(&name, place));
        }
    }
}
