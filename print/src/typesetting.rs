//! From a printout to its PDF: the world that typst sees, in which nothing is but the template, what printouts share, fonts and data.

use std::fmt;
use std::sync::LazyLock;

use chrono::{Datelike, Timelike};
use serde_json::{Map, Value, json};
use typst::comemo;
use typst::diag::{FileError, FileResult, SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Dict, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use super::{Fonts, Language, Printout};

/// What printouts share.
static OFFICE: LazyLock<Source> =
    LazyLock::new(|| Source::new(file("/office.typ"), include_str!("../templates/office.typ").to_owned()));

/// Where every template stands: only one is looked at for a printout.
static TEMPLATE: LazyLock<FileId> = LazyLock::new(|| file("/template.typ"));

/// The member of data that is a drawing.
const DRAWING: &str = "svg";

fn file(path: &str) -> FileId {
    let path = VirtualPath::new(path).expect("it is one of two that are written here");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

/// What cannot be printed: a fault of its template, or of what fills it. It tells where, and no word of the printout.
#[derive(Debug, thiserror::Error)]
pub struct Unprintable {
    template: &'static str,
    line: Option<usize>,
    fault: String,
}

impl fmt::Display for Unprintable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { template, line, fault } = self;
        match line {
            Some(line) => write!(f, "{template}, line {line}: {fault}"),
            None => write!(f, "{template}: {fault}"),
        }
    }
}

impl Unprintable {
    fn of(template: &'static str, fault: impl ToString) -> Self {
        Self { template, line: None, fault: fault.to_string() }
    }

    /// What typst quotes may be a word that was to be printed.
    fn found(printout: &Printout, desk: &Desk<'_>, found: &[SourceDiagnostic]) -> Self {
        let first = found.first();
        let fault = first.map_or("", |first| first.message.as_str());
        let in_template = first.and_then(|first| Some((first.span.id()?, desk.range(first.span)?)));
        let line = in_template
            .filter(|(id, _)| *id == *TEMPLATE)
            .map(|(_, range)| printout.template.text[..range.start].matches('\n').count() + 1);
        let told: Vec<&str> = fault.split('`').step_by(2).collect();
        Self { template: printout.template.name, line, fault: told.join("…") }
    }
}

/// What typst sees.
struct Desk<'a> {
    library: LazyHash<Library>,
    fonts: &'a Fonts,
    template: Source,
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.fonts.book
    }

    fn main(&self) -> FileId {
        *TEMPLATE
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let known = [&self.template, &*OFFICE].into_iter().find(|source| source.id() == id);
        known.cloned().ok_or_else(|| FileError::AccessDenied)
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.all.get(index).cloned()
    }

    /// No printout asks what day it is: what it says of days, its record says.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// Every text of a value as it can be printed.
fn printable(fonts: &Fonts, value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(fonts.printable(text)),
        Value::Array(items) => items.iter().map(|item| printable(fonts, item)).collect(),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                let shown = match value {
                    Value::String(drawing) if name == DRAWING => Value::String(fonts.drawable(drawing)),
                    value => printable(fonts, value),
                };
                (name.clone(), shown)
            };
            Value::Object(members.iter().map(member).collect::<Map<_, _>>())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn inputs(fonts: &Fonts, printout: &Printout) -> Result<Dict, Unprintable> {
    let families: Vec<&str> = fonts.families().collect();
    let inputs = json!({
        "title": fonts.printable(&printout.title),
        "author": fonts.printable(&printout.author),
        "chinese": printout.language == Language::Chinese,
        "fonts": families,
        "data": printable(fonts, &printout.data),
    });
    serde_json::from_value(inputs).map_err(|fault| Unprintable::of(printout.template.name, fault))
}

fn options(printout: &Printout) -> Result<PdfOptions, Unprintable> {
    let of = |fault: &str| Unprintable::of(printout.template.name, fault);
    let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1]);
    let at = printout.made_at;
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    let (month, day) = (small(at.month()), small(at.day()));
    let (hour, minute, second) = (small(at.hour()), small(at.minute()), small(at.second()));
    let moment = Datetime::from_ymd_hms(at.year(), month, day, hour, minute, second);
    let timestamp = moment.and_then(|moment| Timestamp::new_local(moment, at.offset().local_minus_utc() / 60));
    Ok(PdfOptions {
        // Of which nothing is kept but a hash.
        ident: Smart::Custom(format!("{} {at} {}", printout.template.name, printout.data)),
        creator: Smart::Custom(Some("Huzheng".to_owned())),
        timestamp: Some(timestamp.ok_or_else(|| of("it was made at no moment that a PDF can tell"))?),
        standards: standards.map_err(|_| of("the standards contradict each other"))?,
        ..PdfOptions::default()
    })
}

pub fn print(fonts: &Fonts, printout: &Printout) -> Result<Vec<u8>, Unprintable> {
    let options = options(printout)?;
    let library = Library::builder().with_inputs(inputs(fonts, printout)?).build();
    let template = Source::new(*TEMPLATE, printout.template.text.to_owned());
    let desk = Desk { library: LazyHash::new(library), fonts, template };
    let Warned { output, .. } = typst::compile::<PagedDocument>(&desk);
    let printed = output.and_then(|document| typst_pdf::pdf(&document, &options));
    // What is remembered of a printout would help the same one alone, and must not stay in memory.
    comemo::evict(0);
    printed.map_err(|found| Unprintable::found(printout, &desk, &found))
}
