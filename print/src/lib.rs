//! Printouts as PDF: made by typst from templates and fonts that are compiled in, archivable (PDF/A-2a) and readable aloud (PDF/UA-1).
//!
//! What a printout says is data (`sys.inputs`), never source text, so that no word of it can be taken for a command. A character that
//! no font has is printed as ⬚ with its code point. The same printout is the same bytes, whenever and wherever it is made.

mod fonts;
mod typesetting;

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

pub use fonts::{Fonts, FontsFault};
pub use typesetting::Unprintable;

/// The language in which a printout is written and read aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Chinese as it is written in Taiwan.
    Chinese,
    English,
}

/// How a printout looks: a text of typst that is compiled in. It may import `/office.typ`, where what printouts share stands, and nothing
/// else.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// By which faults name it.
    pub name: &'static str,
    pub text: &'static str,
}

/// What is to be printed.
#[derive(Clone, Debug)]
pub struct Printout {
    pub template: Template,
    pub language: Language,
    /// What readers show as its title.
    pub title: String,
    /// Who has written it.
    pub author: String,
    /// When it was made: by the record, so that it is the same whenever it is printed.
    pub made_at: DateTime<FixedOffset>,
    /// What it says: an object, as `sys.inputs.data`. A member `svg` is a drawing, for `chart` of `/office.typ`.
    pub data: Value,
}

/// Prints with some fonts.
#[derive(Clone, Debug)]
pub struct Printer {
    fonts: Arc<Fonts>,
}

impl Printer {
    /// With the fonts that are compiled in.
    pub fn new() -> Self {
        Self { fonts: Fonts::compiled_in() }
    }

    /// With those of a folder as well, for characters that the others lack.
    ///
    /// # Errors
    /// [`FontsFault`] where the folder cannot be read, or holds no font that may be embedded.
    pub fn with_folder(folder: &Path) -> Result<Self, FontsFault> {
        Ok(Self { fonts: Arc::new(Fonts::with_folder(folder)?) })
    }

    pub fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    /// What was given as PDF. It keeps one core busy for some milliseconds: not for a thread on which others wait. Where a font of the folder
    /// makes it unprintable, it is printed without that folder.
    ///
    /// # Errors
    /// [`Unprintable`], which is a fault of the template or of whoever filled it.
    pub fn print(&self, printout: &Printout) -> Result<Vec<u8>, Unprintable> {
        match typesetting::print(&self.fonts, printout) {
            Err(_) if self.fonts.are_more() => typesetting::print(&Fonts::compiled_in(), printout),
            printed => printed,
        }
    }
}

impl Default for Printer {
    fn default() -> Self {
        Self::new()
    }
}
