//! What is hidden of a text: stretches of its characters, as the machine finds them and as people put them right.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::characters::numbers::{Kinds, numbers_in};
use crate::error::{Error, Result, Text};
use crate::http::coded;
use crate::petitions::veil::{GONE, Veil};
use crate::text_enum;

text_enum! {
    /// A text of a petition for publication.
    pub enum PublishedPart {
        Subject = "SUBJECT",
        Body = "BODY",
        Reply = "REPLY",
    }
}

/// The texts of a petition for publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublishedTexts {
    #[schema(max_length = 200)]
    pub subject: String,
    #[schema(max_length = 10000)]
    pub body: String,
    /// Of the reply on the merits that stands.
    #[schema(max_length = 10000)]
    pub reply: String,
}

/// A stretch of a text that is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"part": "BODY", "from": 2, "to": 5}))]
pub struct HiddenSpan {
    pub part: PublishedPart,
    /// Place of its first character, from 0: Unicode code points, not bytes, nor the units of UTF-16.
    #[schema(minimum = 0, maximum = 10000)]
    pub from: u32,
    /// Place behind its last character.
    #[schema(minimum = 1, maximum = 10000)]
    pub to: u32,
}

impl HiddenSpan {
    fn covers(&self, other: &Self) -> bool {
        self.part == other.part && self.from <= other.from && other.to <= self.to
    }
}

impl PublishedTexts {
    fn of(&self, part: PublishedPart) -> &str {
        match part {
            PublishedPart::Subject => &self.subject,
            PublishedPart::Body => &self.body,
            PublishedPart::Reply => &self.reply,
        }
    }

    /// What the machine finds: all that a veil hides, and whatever else reads as an e-mail address or a telephone number.
    pub fn found(&self, veil: &Veil) -> Vec<HiddenSpan> {
        let mut all = Vec::new();
        for part in PublishedPart::ALL {
            let text = self.of(*part);
            let places = veil.found(text).into_iter().chain(mails(text)).chain(telephones(text));
            all.extend(places.map(|place| HiddenSpan {
                part: *part,
                from: counted(&text[..place.start]),
                to: counted(&text[..place.end]),
            }));
        }
        joined(all)
    }

    /// These stretches in order, each once; those that lie outside their text are refused, and so is what leaves a number of somebody open.
    pub fn checked(&self, spans: &[HiddenSpan]) -> Result<Vec<HiddenSpan>> {
        for (n, span) in spans.iter().enumerate() {
            if span.to <= span.from || span.to > counted(self.of(span.part)) {
                let text = Text::new("須在該文字之內，且 from 小於 to", "within its text, and `from` before `to`");
                return Err(Error::field(format!("/hidden/{n}/to"), "range", text));
            }
        }
        let spans = joined(spans.to_vec());
        let shown = self.without(&spans);
        if PublishedPart::ALL.iter().any(|part| !numbers_in(shown.of(*part), Kinds::All).is_empty()) {
            return Err(Error::field("/hidden", "personal_number", coded("personal_number").1));
        }
        Ok(spans)
    }

    /// What is left of them.
    pub fn without(&self, spans: &[HiddenSpan]) -> Self {
        let left = |part: PublishedPart| {
            let (mut shown, mut rest) = (String::new(), self.of(part).chars());
            let mut at = 0;
            for span in spans.iter().filter(|span| span.part == part) {
                let (open, hidden) = (span.from.saturating_sub(at) as usize, (span.to - span.from) as usize);
                shown.extend(rest.by_ref().take(open));
                shown.push_str(GONE);
                rest.by_ref().take(hidden).for_each(drop);
                at = span.to;
            }
            shown.extend(rest);
            shown
        };
        Self { subject: left(PublishedPart::Subject), body: left(PublishedPart::Body), reply: left(PublishedPart::Reply) }
    }
}

/// Those of what was found that no stretch covers.
pub fn left_open(found: &[HiddenSpan], spans: &[HiddenSpan]) -> Vec<HiddenSpan> {
    found.iter().filter(|one| !spans.iter().any(|span| span.covers(one))).copied().collect()
}

fn counted(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// In order, and as one where they touch.
fn joined(mut spans: Vec<HiddenSpan>) -> Vec<HiddenSpan> {
    spans.sort_unstable();
    let mut all: Vec<HiddenSpan> = Vec::new();
    for span in spans {
        match all.last_mut().filter(|last| last.part == span.part && span.from <= last.to) {
            Some(last) => last.to = last.to.max(span.to),
            None => all.push(span),
        }
    }
    all
}

/// A sign of ASCII, also where it is written wide, and one for all dashes, brackets and blanks that stand within a number.
fn narrow(c: char) -> char {
    let ascii = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    };
    match ascii {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{30fc}' | '\u{ff70}' => '-',
        '[' | '{' | '〔' | '【' => '(',
        ']' | '}' | '〕' | '】' => ')',
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => ' ',
        other => other,
    }
}

/// Where signs stand that are joined to each other, as a rule takes them.
fn runs(text: &str, takes: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| takes(narrow(*c))) {
        let end = at + c.len_utf8();
        match all.last_mut().filter(|last| last.end == at) {
            Some(last) => last.end = end,
            None => all.push(at..end),
        }
    }
    all
}

/// Where e-mail addresses stand.
fn mails(text: &str) -> Vec<Range<usize>> {
    let mut all = runs(text, |c| c.is_ascii_alphanumeric() || "@._%+-".contains(c));
    all.retain(|place| {
        let word: String = text[place.clone()].chars().map(narrow).collect();
        let mut parts = word.trim_matches('.').split('@');
        matches!((parts.next(), parts.next()), (Some(local), Some(host)) if !local.is_empty() && host.contains('.'))
    });
    all
}

/// Where telephone numbers stand: eight to twelve digits that begin with an area's or a country's code, and in which others may stand than
/// between two of them.
fn telephones(text: &str) -> Vec<Range<usize>> {
    let mut all = telephones_with(text, "+-() ");
    all.extend(telephones_with(text, "+-() /.·‧・_"));
    all
}

/// Those in which these signs stand between digits.
fn telephones_with(text: &str, signs: &str) -> Vec<Range<usize>> {
    let mut all = runs(text, |c| c.is_ascii_digit() || signs.contains(c));
    all.retain_mut(|place| {
        let run = &text[place.clone()];
        let is_sign = |c: char| c.is_ascii_digit() || c == '+' || c == '(';
        let first = run.char_indices().find(|(_, c)| is_sign(narrow(*c))).map(|(at, _)| at);
        let last = run.char_indices().rfind(|(_, c)| narrow(*c).is_ascii_digit()).map(|(at, c)| at + c.len_utf8());
        let Some((first, last)) = first.zip(last).filter(|(first, last)| first < last) else { return false };
        let signs: String = run[first..last].chars().map(narrow).collect();
        let digits = signs.chars().filter(char::is_ascii_digit).count();
        *place = place.start + first..place.start + last;
        (8..=12).contains(&digits) && ["0", "(0", "+"].iter().any(|start| signs.starts_with(start))
    });
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(body: &str) -> PublishedTexts {
        PublishedTexts { subject: "門牌".to_owned(), body: body.to_owned(), reply: "已修復。".to_owned() }
    }

    #[test]
    fn ways_to_reach_somebody_are_found_whosever_they_are() {
        for told in [
            "li.si+x@mail.example.org",
            "ａｂｃ＠example.tw",
            "04-7551234",
            "(04) 755-1234",
            "０４７５５１２３４",
            "+886 4 755 1234",
            "0987/654/321",
            "0987ー654ー321",
            "0987.654.321",
            "[04]7551234",
            "【04】755－1234",
            "04\u{3000}755\u{a0}1234",
        ] {
            let texts = texts(&format!("請洽{told}。門牌12號，115年11月23日。"));
            let shown = texts.without(&texts.found(&Veil::default()));
            assert_eq!(shown.body, format!("請洽{GONE}。門牌12號，115年11月23日。"), "{told}");
        }
        let two = texts("04-7551234/04-7551235");
        assert_eq!(two.without(&two.found(&Veil::default())).body, format!("{GONE}/{GONE}"));
        let plain = texts("115-000123 號函，民國 115 年 11 月 23 日 10:30-11:30，@櫃檯");
        assert!(plain.found(&Veil::default()).is_empty());
    }

    #[test]
    fn stretches_are_counted_in_characters_and_lie_within_their_text() {
        let texts = texts("𠮷野家的王小明說");
        let span = |from, to| HiddenSpan { part: PublishedPart::Body, from, to };
        let spans = texts.checked(&[span(5, 7), span(4, 6)]).unwrap();
        assert_eq!(spans, [span(4, 7)]);
        assert_eq!(texts.without(&spans).body, format!("𠮷野家的{GONE}說"));
        for wrong in [span(3, 3), span(5, 4), span(0, 9)] {
            assert!(texts.checked(&[wrong]).is_err(), "{wrong:?}");
        }
        assert_eq!(left_open(&[span(4, 6), span(7, 8)], &spans), [span(7, 8)]);
    }

    #[test]
    fn no_number_of_somebody_is_left_open() {
        let texts = texts("我是A123456789");
        assert!(texts.checked(&[]).is_err());
        assert!(texts.checked(&texts.found(&Veil::default())).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_not_hidden_stays_as_it_is(before in "\\PC{0,20}", hidden in "\\PC{1,20}", after in "\\PC{0,20}") {
            let texts = texts(&format!("{before}{hidden}{after}"));
            let from = counted(&before);
            let span = HiddenSpan { part: PublishedPart::Body, from, to: from + counted(&hidden) };
            prop_assert_eq!(texts.without(&[span]).body, format!("{before}{GONE}{after}"));
        }
    }
}
