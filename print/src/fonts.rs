//! The fonts: those that are compiled in, then those of a folder; and what of a text they can show.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::{fmt, fs, io};

use ttf_parser::{Face, Permissions};
use typst::foundations::Bytes;
use typst::text::{Font, FontBook, FontStretch, FontStyle, FontVariant, FontWeight, is_default_ignorable};
use typst::utils::LazyHash;
use unicode_segmentation::UnicodeSegmentation;

/// Noto Sans TC for Chinese, and Noto Sans for the letters of names from elsewhere and of the indigenous languages (ʉ, ḻ, ṟ).
static COMPILED_IN: LazyLock<Arc<Fonts>> = LazyLock::new(|| {
    let files: [&'static [u8]; 4] = [
        include_bytes!("../fonts/NotoSansTC-Regular.ttf"),
        include_bytes!("../fonts/NotoSansTC-Bold.ttf"),
        include_bytes!("../fonts/NotoSans-Regular.ttf"),
        include_bytes!("../fonts/NotoSans-Bold.ttf"),
    ];
    Arc::new(Fonts::of(files.into_iter().flat_map(|file| Font::iter(Bytes::new(file))).collect()))
});

/// The weights that templates use.
const WEIGHTS: [FontWeight; 2] = [FontWeight::REGULAR, FontWeight::BOLD];

/// Stands, before its code point, for a character that no font has.
pub const MISSING: char = '⬚';

/// Characters without a break from which on a run may be broken anywhere: less than the narrowest line holds.
const UNBROKEN: usize = 24;
/// Where a line may end, without a sign of its own.
const BREAK: char = '\u{200b}';

/// Fonts in the order in which they are asked for a character.
pub struct Fonts {
    pub(crate) book: LazyHash<FontBook>,
    pub(crate) all: Vec<Font>,
    families: Vec<Family>,
}

/// The fonts of one name.
struct Family {
    name: String,
    /// What all of them have that stand for the weights of templates, in order.
    characters: Vec<u32>,
}

impl Family {
    fn of(book: &FontBook, name: &str) -> Self {
        let face = |weight: &FontWeight| {
            let variant = FontVariant::new(FontStyle::Normal, *weight, FontStretch::NORMAL);
            book.select(&name.to_lowercase(), variant).and_then(|face| book.info(face))
        };
        let faces = WEIGHTS.iter().filter_map(face).map(|info| info.coverage.iter().collect::<BTreeSet<u32>>());
        let common = faces.reduce(|one, other| one.intersection(&other).copied().collect()).unwrap_or_default();
        // What is private to whoever made a font means nothing elsewhere, and may not stand in what is archived.
        let characters = common.into_iter().filter(|code| !is_private(*code)).collect();
        Self { name: name.to_owned(), characters }
    }

    fn has(&self, characters: &str) -> bool {
        characters.chars().all(|c| self.characters.binary_search(&c.into()).is_ok())
    }
}

impl fmt::Debug for Fonts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.families()).finish()
    }
}

/// Why the fonts of a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FontsFault {
    #[error("{path} cannot be read")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{0} is no font that may be embedded")]
    NoFont(PathBuf),
    #[error("{0} holds no font (.ttf, .otf, .ttc, .otc)")]
    Empty(PathBuf),
}

impl Fonts {
    pub fn compiled_in() -> Arc<Self> {
        Arc::clone(&COMPILED_IN)
    }

    /// Those that are compiled in, and those of a folder in the order of their files' names. Folders in it are not looked into.
    ///
    /// # Errors
    /// See [`FontsFault`]: a file that looks like a font and is none is told, not left out.
    pub fn with_folder(folder: &Path) -> Result<Self, FontsFault> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| FontsFault::Unreadable { path, source }
        };
        let entries = fs::read_dir(folder).map_err(unreadable(folder))?;
        let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>().map_err(unreadable(folder))?;
        paths.retain(|path| is_font(path));
        paths.sort();
        if paths.is_empty() {
            return Err(FontsFault::Empty(folder.to_owned()));
        }
        let mut all = COMPILED_IN.all.clone();
        for path in paths {
            let file = fs::read(&path).map_err(unreadable(&path))?;
            let before = all.len();
            all.extend(Font::iter(Bytes::new(file)).filter(may_be_embedded));
            if all.len() == before {
                return Err(FontsFault::NoFont(path));
            }
        }
        Ok(Self::of(all))
    }

    fn of(all: Vec<Font>) -> Self {
        let book = FontBook::from_fonts(&all);
        let mut families: Vec<Family> = Vec::new();
        for font in &all {
            let name = &font.info().family;
            if families.iter().all(|family| family.name != *name) {
                families.push(Family::of(&book, name));
            }
        }
        Self { book: LazyHash::new(book), all, families }
    }

    /// The names of the families, in their order.
    pub fn families(&self) -> impl Iterator<Item = &str> {
        self.families.iter().map(|family| family.name.as_str())
    }

    /// Whether there are others than those that are compiled in.
    pub(crate) fn are_more(&self) -> bool {
        self.all.len() > COMPILED_IN.all.len()
    }

    /// Whether one family has all of these characters, in each weight.
    fn have(&self, characters: &str) -> bool {
        self.families.iter().any(|family| family.has(characters))
    }

    /// Whether a character is printed as it is.
    pub fn has(&self, c: char) -> bool {
        self.have(c.encode_utf8(&mut [0; 4]))
    }

    /// A text as it is printed. What a reader counts as one character is shown by one font; where none has it all, each sign of it that
    /// none has is named by its code point. Signs without a look of their own (variation selectors, joiners) go, tabs are blanks,
    /// lines end with `\n`, and a run that is wider than a line may be broken.
    pub fn printable(&self, text: &str) -> String {
        breakable(&self.drawable(text))
    }

    /// The same of a text that is not set in lines, such as a drawing: it is broken nowhere.
    pub(crate) fn drawable(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        for character in visible(text).graphemes(true) {
            if character == "\n" || self.have(character) && !joins_others(character) {
                shown.push_str(character);
            } else {
                self.show_apart(character, &mut shown);
            }
        }
        shown
    }

    /// Shows the first of some signs where a font has it, and names those that would join it.
    fn show_apart(&self, signs: &str, shown: &mut String) {
        for (at, c) in signs.char_indices() {
            let sign = &signs[at..at + c.len_utf8()];
            if at == 0 && self.have(sign) && !joins_others(sign) {
                shown.push(c);
            } else {
                shown.push_str(&format!("{MISSING}U+{:04X}", u32::from(c)));
            }
        }
    }
}

/// The signs of a text that can be seen, and blanks.
fn visible(text: &str) -> String {
    let lines = text.replace("\r\n", "\n");
    let sign = |c| match c {
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\t' => Some(' '),
        c => (!c.is_control() && !is_default_ignorable(c)).then_some(c),
    };
    lines.chars().filter_map(sign).collect()
}

/// Whether a character makes one of itself and of what a template puts before or behind it.
fn joins_others(character: &str) -> bool {
    ["字", character, "字"].concat().graphemes(true).count() != 3
}

/// A text in which no run is wider than a line.
fn breakable(text: &str) -> String {
    let mut broken = String::with_capacity(text.len());
    let mut run = 0;
    for character in text.graphemes(true) {
        let joins = character.chars().all(|c| !c.is_whitespace() && u32::from(c) < 0x2e80);
        run = if joins { run + 1 } else { 0 };
        if run > UNBROKEN && run % UNBROKEN == 1 {
            broken.push(BREAK);
        }
        broken.push_str(character);
    }
    broken
}

fn is_private(code: u32) -> bool {
    matches!(code, 0xe000..=0xf8ff | 0xf_0000..=0x10_ffff)
}

fn is_font(path: &Path) -> bool {
    let ends = path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
    ends.is_some_and(|end| ["ttf", "otf", "ttc", "otc"].contains(&end.as_str()))
}

/// Whether a font lets itself be embedded, and has outlines: one of images alone would make every printout unprintable.
fn may_be_embedded(font: &Font) -> bool {
    Face::parse(font.data(), font.index()).is_ok_and(|face| {
        let tables = face.tables();
        let is_outlined = tables.glyf.is_some() || tables.cff.is_some() || tables.cff2.is_some();
        is_outlined && face.permissions() != Some(Permissions::Restricted)
    })
}
