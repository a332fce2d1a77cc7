//! Reads a PDF as somebody does who has not made it: its text, what it says of itself, and its fonts. What a font draws by two glyphs, as
//! Noto Sans draws ż, it reads twice: it does not look at what stands in the place of both.

use std::collections::BTreeSet;

use hayro_interpret::font::Glyph;
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::hayro_syntax::object::{Dict, Name, Object, Stream};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, GlyphDrawMode, Image, InterpreterCache, InterpreterSettings, Paint, PathDrawMode,
    SoftMask, interpret_page,
};
use kurbo::{Affine, BezPath, Point, Rect};

/// What a PDF shows and says.
#[derive(Debug)]
pub struct Reading {
    /// The text of each page, a line each.
    pub pages: Vec<String>,
    /// Its metadata (XMP).
    pub metadata: String,
    /// Each font by its name, without the mark of its subset, and whether it is embedded.
    pub fonts: BTreeSet<(String, bool)>,
    /// Texts that stand for what is no text.
    pub alternatives: Vec<String>,
    /// The kinds of its structure: `P`, `Table`, `Figure` …
    pub structure: BTreeSet<String>,
}

impl Reading {
    pub fn of(pdf: &[u8]) -> Self {
        let pdf = Pdf::new(pdf.to_vec()).expect("it is a PDF");
        let mut reading = Self {
            pages: pages(&pdf),
            metadata: String::new(),
            fonts: BTreeSet::new(),
            alternatives: Vec::new(),
            structure: BTreeSet::new(),
        };
        for object in pdf.objects() {
            match object {
                Object::Stream(stream) => reading.note_metadata(&stream),
                Object::Dict(dict) => reading.note(&dict),
                _ => {}
            }
        }
        reading
    }

    /// Everything that it shows, without ends of lines.
    pub fn text(&self) -> String {
        self.pages.concat().replace('\n', "")
    }

    fn note_metadata(&mut self, stream: &Stream<'_>) {
        if name(stream.dict(), "Type").as_deref() == Some("Metadata") {
            self.metadata = String::from_utf8(stream.decoded().expect("it is decoded").into_owned()).expect("XMP is UTF-8");
        }
    }

    fn note(&mut self, dict: &Dict<'_>) {
        match name(dict, "Type").as_deref() {
            Some("FontDescriptor") => {
                let called = name(dict, "FontName").unwrap_or_default();
                let called = called.split_once('+').map_or(called.as_str(), |(_, called)| called).to_owned();
                let embedded = ["FontFile", "FontFile2", "FontFile3"].iter().any(|file| dict.contains_key(file));
                self.fonts.insert((called, embedded));
            }
            Some("StructElem") => {
                self.structure.extend(name(dict, "S"));
                let alternative = dict.get::<hayro_interpret::hayro_syntax::object::String<'_>>("Alt");
                self.alternatives.extend(alternative.map(|text| told(text.as_bytes())));
            }
            _ => {}
        }
    }
}

fn name(dict: &Dict<'_>, key: &str) -> Option<String> {
    dict.get::<Name<'_>>(key).map(|name| name.as_str().to_owned())
}

/// A text string (ISO 32000-1 §7.9.2.2).
fn told(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, text @ ..] => {
            let units: Vec<u16> = text.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).expect("it is UTF-16")
        }
        _ => String::from_utf8(bytes.to_vec()).expect("it is ASCII"),
    }
}

fn pages(pdf: &Pdf) -> Vec<String> {
    let cache = InterpreterCache::new();
    let read = |page| {
        let mut context =
            Context::new(Affine::IDENTITY, Rect::new(0.0, 0.0, 1.0, 1.0), &cache, pdf.xref(), InterpreterSettings::default());
        let mut lines = Lines::default();
        interpret_page(page, &mut context, &mut lines);
        lines.text
    };
    pdf.pages().iter().map(read).collect()
}

/// Text in the order in which it is drawn; a line ends where the next sign stands lower or higher.
#[derive(Default)]
struct Lines {
    text: String,
    height: Option<f64>,
}

impl Device<'_> for Lines {
    fn draw_glyph(&mut self, glyph: &Glyph<'_>, at: Affine, within: Affine, _: &Paint<'_>, _: &GlyphDrawMode) {
        let height = (at * within * Point::ORIGIN).y;
        if self.height.is_some_and(|last| (last - height).abs() > 1.0) {
            self.text.push('\n');
        }
        self.height = Some(height);
        match glyph.as_unicode().expect("every sign tells what it stands for") {
            BfString::Char(c) => self.text.push(c),
            BfString::String(text) => self.text.push_str(&text),
        }
    }

    fn set_soft_mask(&mut self, _: Option<SoftMask<'_>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn draw_path(&mut self, _: &BezPath, _: Affine, _: &Paint<'_>, _: &PathDrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'_>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'_, '_>, _: Affine) {}
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
