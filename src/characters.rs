//! Which characters a text that somebody writes may hold: what cannot be seen, or turns the order in which the rest is
//! read, would show one thing and be another.

pub mod numbers;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, Ideographic};
use icu_properties::{CodePointMapData, CodePointSetData};

use self::numbers::Kinds;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Names, codes and numbers.
    Line,
    /// Sentences, which may have line breaks and tabs.
    Sentences,
}

/// Why a text is refused, as a code; `None` where nothing is wrong with its characters. An empty text is not blank.
pub fn fault(text: &str, layout: Layout) -> Option<&'static str> {
    let breaks = |c: char| layout == Layout::Sentences && matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(|c| c.is_control() && !breaks(c)) {
        return Some("control_characters");
    }
    if text.chars().any(is_unseen) {
        return Some("invisible_characters");
    }
    (!text.is_empty() && text.chars().all(is_blank)).then_some("blank")
}

/// What a text is for, as its schema says by [`RULE`]: what is refused beyond characters when somebody says it. What is kept
/// already stays readable, whatever a text was allowed to hold when it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// What somebody is called.
    Name,
    /// Kept in the open: reasons, remarks. Holds no numbers of people.
    Open,
    /// Kept sealed: of a paper, an address. Holds no national id and no resident number, which have members of their own.
    Sealed,
}

/// The member of a schema that names the rule of a text.
pub const RULE: &str = "x-text";

impl Rule {
    pub const ALL: [Self; 3] = [Self::Name, Self::Open, Self::Sealed];

    /// As a schema names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Open => "OPEN",
            Self::Sealed => "SEALED",
        }
    }

    /// Why a text is refused, as a code.
    pub fn fault(self, text: &str) -> Option<&'static str> {
        match self {
            Self::Name => no_name(text).then_some("not_a_name"),
            Self::Open => numbers::names_a_number(text, Kinds::All).then_some("personal_number"),
            Self::Sealed => numbers::names_a_number(text, Kinds::National).then_some("personal_number"),
        }
    }
}

/// Why a text that somebody says is refused: [`fault`], and what cannot be seen within it, stands for nothing, or is a mark
/// upon no letter.
pub fn said_fault(text: &str, layout: Layout) -> Option<&'static str> {
    let category = CodePointMapData::<GeneralCategory>::new();
    let filler = |c: char| is_blank(c) && !c.is_whitespace() && !is_variation_selector(c);
    let unassigned =
        |c: char| c == char::REPLACEMENT_CHARACTER || (category.get(c) == GeneralCategory::Unassigned && !is_ideograph(c));
    fault(text, layout).or_else(|| {
        let first = text.chars().find(|c| !is_blank(*c));
        if text.chars().any(filler) {
            Some("invisible_characters")
        } else if text.chars().any(unassigned) {
            Some("unassigned_characters")
        } else if first.is_some_and(|c| is_mark(category.get(c))) {
            Some("combining_characters")
        } else {
            None
        }
    })
}

fn is_mark(category: GeneralCategory) -> bool {
    matches!(category, GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark)
}

/// Whether a text is no name of a human or an organisation that a register would hold: without a letter, with digits, or with
/// signs that names are not written with. Roman numerals and 〇 are letters; ⿰ and its like describe a character that has no
/// code.
fn no_name(text: &str) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new();
    let is_letter = |c: char| {
        use GeneralCategory::{LetterNumber, LowercaseLetter, ModifierLetter, OtherLetter, TitlecaseLetter, UppercaseLetter};
        let letters = [UppercaseLetter, LowercaseLetter, TitlecaseLetter, ModifierLetter, OtherLetter, LetterNumber];
        // Radicals stand for the characters that they are, such as in what is copied out of a PDF.
        letters.contains(&category.get(c)) || is_ideograph(c) || matches!(c, '\u{2e80}'..='\u{2fd5}')
    };
    let is_sign = |c: char| {
        matches!(name_sign(c), '\'' | '·')
            || c.is_whitespace()
            || is_variation_selector(c)
            || matches!(c, ',' | '，' | '、' | '/' | '(' | ')' | '（' | '）' | '\u{2ff0}'..='\u{2fff}')
            || category.get(c) == GeneralCategory::DashPunctuation
            || is_mark(category.get(c))
    };
    !text.chars().any(is_letter) || !text.chars().all(|c| is_letter(c) || is_sign(c))
}

/// Why a name is refused, beyond what every line is: it is read by other offices and in other years, and in print.
pub fn name_fault(text: &str) -> Option<&'static str> {
    let (category, ignorable) =
        (CodePointMapData::<GeneralCategory>::new(), CodePointSetData::new::<DefaultIgnorableCodePoint>());
    let mut before = None;
    let mut judge = |c: char| {
        let previous = before.replace(c);
        let follows_ideograph = previous.is_some_and(is_ideograph);
        if is_variation_selector(c) {
            return (!follows_ideograph).then_some("invisible_characters");
        }
        match category.get(c) {
            GeneralCategory::PrivateUse => Some("private_use_characters"),
            GeneralCategory::Unassigned if !is_ideograph(c) => Some("unassigned_characters"),
            _ if c == char::REPLACEMENT_CHARACTER => Some("unassigned_characters"),
            _ if ignorable.contains(c) || c == '\u{2800}' => Some("invisible_characters"),
            // An accent of nothing.
            mark if is_mark(mark) && previous.is_none_or(is_blank) => Some("combining_characters"),
            _ => None,
        }
    };
    fault(text, Layout::Line).or_else(|| text.chars().find_map(&mut judge))
}

/// Planes 2 and 3 are kept for ideographs: each edition of Unicode assigns some, maybe after this program was made.
fn is_ideograph(c: char) -> bool {
    CodePointSetData::new::<Ideographic>().contains(c) || matches!(c, '\u{20000}'..='\u{3ffff}')
}

/// What chooses a variant of the character before it, and is nothing without one.
pub fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Marks of direction, without width, of other lines, or of tags, and what is no character. Variants of a sign are none of
/// these: names are written with them.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fdd0}'..='\u{fdef}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}'
            | '\u{e01f0}'..='\u{e0fff}'
    ) || u32::from(c) & 0xfffe == 0xfffe
}

/// Spaces of every width, letters that are drawn as one, and variants of nothing.
pub fn is_blank(c: char) -> bool {
    is_variation_selector(c) || c.is_whitespace() || matches!(c, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
}

/// Apostrophes, marks of a glottal stop and accents typed for one; dots between the parts of a name.
pub fn name_sign(c: char) -> char {
    match c {
        '\''
        | '`'
        | '´'
        | '\u{2b9}'..='\u{2bf}'
        | '\u{2c8}'
        | '\u{2ca}'
        | '\u{2cb}'
        | '\u{384}'
        | '\u{55a}'
        | '\u{1fbd}'
        | '\u{1fbf}'
        | '\u{1fef}'
        | '\u{1ffd}'
        | '\u{2018}'
        | '\u{2019}'
        | '\u{201b}'
        | '\u{2032}'
        | '\u{2035}'
        | '\u{a78b}'
        | '\u{a78c}'
        | '\u{ff07}'
        | '\u{ff40}' => '\'',
        '.' | '\u{b7}' | '\u{387}' | '\u{16eb}' | '\u{2022}' | '\u{2024}' | '\u{2027}' | '\u{2219}' | '\u{22c5}' | '\u{25cf}'
        | '\u{2e31}' | '\u{30fb}' | '\u{a78f}' | '\u{fe52}' | '\u{ff0e}' | '\u{ff65}' => '·',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for (text, code) in [
            ("王\u{0}明", "control_characters"),
            ("王\u{7f}明", "control_characters"),
            ("王\u{85}明", "control_characters"),
            ("王\n明", "control_characters"),
            ("王\u{202e}明", "invisible_characters"),
            ("王\u{2066}明", "invisible_characters"),
            ("王\u{200b}明", "invisible_characters"),
            ("\u{feff}王明", "invisible_characters"),
            ("王明\u{e0041}", "invisible_characters"),
            ("王\u{34f}明", "invisible_characters"),
            ("王明\u{1fffe}", "invisible_characters"),
            ("\u{fe0f}", "blank"),
            (" \u{e0100}", "blank"),
            (" ", "blank"),
            ("\u{3000}\u{a0}", "blank"),
            ("\u{3164}", "blank"),
        ] {
            assert_eq!(fault(text, Layout::Line), Some(code), "{text:?}");
        }
    }

    #[test]
    fn what_people_write_is_taken() {
        for text in ["", "王小明", "𠮷𡈽明", "葛\u{e0100}城", "Yawi·Nokan", "O'Brien-Łęcki 3", "ใจดี", "नमस्ते", "👍🏽", "é e\u{301}"]
        {
            assert_eq!(fault(text, Layout::Line), None, "{text:?}");
        }
        assert_eq!(fault("第一行\r\n\t第二行", Layout::Sentences), None);
        assert_eq!(fault("\n\t", Layout::Sentences), Some("blank"));
    }

    #[test]
    fn a_name_is_of_characters_that_others_can_read() {
        for (name, code) in [
            ("王\u{202e}明", "invisible_characters"),
            ("王\u{200d}明", "invisible_characters"),
            ("王\u{3164}明", "invisible_characters"),
            ("王\u{2800}明", "invisible_characters"),
            ("Wang\u{fe0f}", "invisible_characters"),
            ("王\u{2ffff}", "invisible_characters"),
            ("王\u{7}明", "control_characters"),
            ("王\u{e000}明", "private_use_characters"),
            ("王\u{f0000}明", "private_use_characters"),
            ("王\u{fffd}明", "unassigned_characters"),
            ("王\u{378}", "unassigned_characters"),
            ("\u{3000}", "blank"),
        ] {
            assert_eq!(name_fault(name), Some(code), "{name:?}");
        }
    }

    #[test]
    fn names_of_every_script_and_plane_are_names() {
        for name in [
            "王 小明",
            "𠮷𡈽明",
            "葛\u{e0100}城",
            "神\u{fe00}",
            "\u{323b0}\u{3347a}",
            "\u{fa23}",
            "Yawi’ Nokan",
            "ʼAʼo",
            "夏曼‧藍波安",
        ] {
            assert_eq!(name_fault(name), None, "{name:?}");
        }
    }

    #[test]
    fn names_are_of_letters() {
        for name in [
            "王小明",
            "Yawi’ Nokan",
            "ʼAʼo",
            "Yawi`Nokan",
            "夏曼‧藍波安",
            "夏曼●藍波安",
            "Łęcki-O'Brien Jr.",
            "Henry III",
            "亨利Ⅲ",
            "〇",
            "𠮷𡈽明",
            "\u{323b0}\u{3347a}",
            "葛\u{e0100}城",
            "ใจดี",
            "नमस्ते",
            "Kumar a/l Raju",
            "王小明（Yawi）",
            "⿰亻王明",
            "\u{2fa6}小明",
        ] {
            assert_eq!(Rule::Name.fault(name), None, "{name}");
        }
        for name in ["123", "王小明2", "王①", "王👍", "☆☆", "王○明", "a@b", "·", "''", "王+明", "王½", "A1"]
        {
            assert_eq!(Rule::Name.fault(name), Some("not_a_name"), "{name}");
        }
    }

    #[test]
    fn what_is_said_has_no_fillers_and_begins_with_a_letter() {
        for (text, code) in [
            ("補\u{3164}件", "invisible_characters"),
            ("補\u{2800}件", "invisible_characters"),
            ("補\u{115f}件", "invisible_characters"),
            ("補\u{1160}件", "invisible_characters"),
            ("補\u{ffa0}件", "invisible_characters"),
            ("補件\u{e0041}", "invisible_characters"),
            ("補\u{378}件", "unassigned_characters"),
            ("補\u{fffd}件", "unassigned_characters"),
            ("\u{301}補件", "combining_characters"),
            (" \u{301}補件", "combining_characters"),
        ] {
            assert_eq!(said_fault(text, Layout::Sentences), Some(code), "{text:?}");
        }
        assert_eq!(said_fault("補件 e\u{301} ❤\u{fe0f}", Layout::Sentences), None);
    }
}
