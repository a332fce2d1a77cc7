//! Which characters a text that somebody writes may hold: what cannot be seen, or turns the order in which the rest is
//! read, would show one thing and be another.

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
fn is_blank(c: char) -> bool {
    let is_variant = matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
    is_variant || c.is_whitespace() || matches!(c, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
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
}
