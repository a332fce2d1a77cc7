//! Which characters a text that somebody writes may hold: what cannot be seen, or turns the order in which the rest is
//! read, would show one thing and be another.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, Ideographic};
use icu_properties::{CodePointMapData, CodePointSetData};

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
            GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark
                if previous.is_none_or(is_blank) =>
            {
                Some("combining_characters")
            }
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
}
