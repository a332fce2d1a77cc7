//! What is hidden of a text: stretches of its characters, as the machine finds them and as people put them right.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::finding::{self, Public};
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
    fn meets(&self, other: &Self) -> bool {
        self.part == other.part && self.from < other.to && other.from < self.to
    }

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

    /// What the machine finds: all that a veil hides, and whatever else reads as an address, a number or a mailbox of somebody.
    pub fn found(&self, veil: &Veil, public: &Public) -> Found {
        let (mut hidden, mut open) = (Vec::new(), Vec::new());
        for part in PublishedPart::ALL {
            let text = self.of(*part);
            let span = |place: Range<usize>| HiddenSpan {
                part: *part,
                from: counted(&text[..place.start]),
                to: counted(&text[..place.end]),
            };
            hidden.extend(veil.found(text).into_iter().map(span));
            let (certain, others): (Vec<_>, Vec<_>) =
                finding::found(text, public).into_iter().partition(|place| place.is_certain);
            hidden.extend(certain.into_iter().map(|place| span(place.at)));
            open.extend(others.into_iter().map(|place| span(place.at)));
        }
        Found::of(hidden, open)
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

/// What the machine finds in texts.
#[derive(Debug)]
pub struct Found {
    /// What it hides to begin with.
    pub hidden: Vec<HiddenSpan>,
    /// What may be innocent: people decide.
    open: Vec<HiddenSpan>,
}

impl Found {
    /// What is hidden of something is hidden whole: half a number is a number still.
    fn of(hidden: Vec<HiddenSpan>, open: Vec<HiddenSpan>) -> Self {
        let (mut hidden, mut open) = (joined(hidden), joined(open));
        while let Some(at) = open.iter().position(|one| hidden.iter().any(|span| span.meets(one))) {
            hidden.push(open.remove(at));
            hidden = joined(hidden);
        }
        Self { hidden, open }
    }

    /// All of it.
    pub fn all(&self) -> Vec<HiddenSpan> {
        let mut all: Vec<HiddenSpan> = self.hidden.iter().chain(&self.open).copied().collect();
        all.sort_unstable();
        all
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(body: &str) -> PublishedTexts {
        PublishedTexts { subject: "門牌".to_owned(), body: body.to_owned(), reply: "已修復。".to_owned() }
    }

    fn found(texts: &PublishedTexts) -> Found {
        texts.found(&Veil::default(), &Public::default())
    }

    #[test]
    fn what_may_be_innocent_is_left_open_and_what_is_hidden_is_hidden_whole() {
        let counts = texts("共計12345678件，20261123。門牌12號。");
        assert!(found(&counts).hidden.is_empty());
        assert_eq!(left_open(&found(&counts).all(), &[]).len(), 3);
        for whole in ["012-345678901234", "4111-1111-1111-1111", "彰化市中山路二段100巷5弄6之1號"] {
            let texts = texts(&format!("他是{whole}，請查"));
            assert_eq!(texts.without(&found(&texts).hidden).body, format!("他是{GONE}，請查"), "{whole}");
            assert!(left_open(&found(&texts).all(), &found(&texts).hidden).is_empty(), "{whole}");
        }
        let span = |from, to| HiddenSpan { part: PublishedPart::Body, from, to };
        let half = Found::of(vec![span(4, 6)], vec![span(0, 5), span(8, 9)]);
        assert_eq!((half.hidden.as_slice(), half.open.as_slice()), ([span(0, 6)].as_slice(), [span(8, 9)].as_slice()));
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
            let shown = texts.without(&found(&texts).hidden);
            assert_eq!(shown.body, format!("請洽{GONE}。門牌12號，115年11月23日。"), "{told}");
        }
        let two = texts("04-7551234/04-7551235");
        assert_eq!(two.without(&found(&two).hidden).body, format!("{GONE}/{GONE}"));
        let plain = texts("115-000123 號函，民國 115 年 11 月 23 日 10:30-11:30，@櫃檯");
        assert!(found(&plain).hidden.is_empty());
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
        assert!(texts.checked(&found(&texts).hidden).is_ok());
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
