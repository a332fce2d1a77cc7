//! E-mail addresses: as they are typed, in letters of any script (RFC 6531), and as they are written so that no machine reads them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Place, made, narrow, runs};

/// Blanks, brackets, Latin letters and digits, and letters of other scripts.
const BLANK: &str = "[ \\t\u{a0}\u{2000}-\u{200a}\u{202f}\u{3000}]";
const OPEN: &str = "[(\\[{<（［｛＜〔【「]";
const CLOSE: &str = "[)\\]}>）］｝＞〕】」]";
const PLAIN: &str = "[A-Za-z0-9Ａ-Ｚａ-ｚ０-９\u{c0}-\u{24f}\u{1e00}-\u{1eff}]";
const OTHER: &str = "[\u{370}-\u{6ff}\u{900}-\u{e7f}\u{1f00}-\u{1fff}\u{3041}-\u{30fa}\u{3400}-\u{9fff}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{20000}-\u{3fffd}]";

/// With a sign that is nothing else.
static SURE: LazyLock<Regex> = LazyLock::new(|| {
    mailbox(&format!(
        "{BLANK}*(?:[@＠﹫]|{OPEN}{BLANK}*(?:[aAａＡ][tTｔＴ]|[@＠]|小老鼠){BLANK}*{CLOSE}|小老鼠|[_#*][aA][tT][_#*]){BLANK}*"
    ))
});
/// With a word that stands in sentences, too.
static WORD: LazyLock<Regex> = LazyLock::new(|| mailbox(&format!("{BLANK}+[aA][tT]{BLANK}+")));
/// What stands for a dot in the second.
static DOT: LazyLock<Regex> = LazyLock::new(|| made("[dD][oO][tT]|點|点"));

/// A mailbox, what stands for its sign, and a host of two parts at least.
fn mailbox(sign: &str) -> Regex {
    let dot = format!(
        "(?:{BLANK}*{OPEN}{BLANK}*(?:[dD][oO][tT]|點|点|[.．]){BLANK}*{CLOSE}{BLANK}*|{BLANK}+[dD][oO][tT]{BLANK}+|[.．｡。點点])"
    );
    let word = format!("(?:{PLAIN}|[_%+＿％＋－-])+");
    let (first, label) = (format!("(?:{PLAIN}(?:{PLAIN}|[－-])*|{OTHER}{{1,12}}?)"), format!("{PLAIN}(?:{PLAIN}|[－-])*"));
    // A full stop of a sentence is one of a host where a host goes on behind it.
    let others = format!("[.．｡]{OTHER}{{1,12}}|。(?:台灣|臺灣|中國|中国|香港)");
    made(&format!("(?:{word}(?:{dot}{word})*|{OTHER}{{1,8}}){sign}{first}(?:{dot}{label}|{others})+"))
}

/// Where they stand, in no order.
pub fn found(text: &str) -> Vec<Place> {
    let mut all: Vec<Place> = typed(text).into_iter().map(|at| Place { at, is_certain: true }).collect();
    all.extend(SURE.find_iter(text).map(|found| Place { at: found.range(), is_certain: true }));
    all.extend(WORD.find_iter(text).map(|found| Place { at: found.range(), is_certain: DOT.is_match(found.as_str()) }));
    all
}

/// Those that are typed as they are.
fn typed(text: &str) -> Vec<Range<usize>> {
    let mut all = runs(text, |c| c.is_ascii_alphanumeric() || "@._%+-".contains(c));
    all.retain(|place| {
        let word: String = text[place.clone()].chars().map(narrow).collect();
        let mut parts = word.trim_matches('.').split('@');
        matches!((parts.next(), parts.next()), (Some(local), Some(host)) if !local.is_empty() && host.contains('.'))
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(&str, bool)> {
        found(text).into_iter().map(|place| (&text[place.at], place.is_certain)).collect()
    }

    #[test]
    fn mailboxes_are_found_in_any_script_and_however_they_are_disguised() {
        for mailbox in [
            "chen.li+x@example.org",
            "chen(at)example.org",
            "chen [at] example [dot] org",
            "chen（at）example.org",
            "chen ＠ example.org",
            "chen小老鼠example點org",
            "chen at example dot org",
            "li(dot)chen(at)example(dot)org",
            "陳@例子.台灣",
            "陳@例子。台灣",
            "müller@bücher.example",
        ] {
            let text = format!("：{mailbox}，謝謝。");
            assert!(told(&text).contains(&(mailbox, true)), "{mailbox}: {:?}", told(&text));
        }
        assert_eq!(told("look at example.org"), [("look at example.org", false)]);
        for innocent in ["@櫃檯", "民眾@櫃檯。謝謝", "at 9.30", "看點書"] {
            assert_eq!(told(innocent), [], "{innocent}");
        }
    }
}
