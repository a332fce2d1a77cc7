//! What tells who is behind a confidential petition, and every text about it without that: names, numbers, ways to reach somebody, and
//! parts of them, however they are typed.

use std::ops::Range;

use super::petitioners::Petitioner;
use crate::characters::numbers::{Kinds, numbers_in};
use crate::people::{Contact, names};

/// What stands in the place of what would tell somebody.
const GONE: &str = "＊＊＊";

/// Signs of an address that tell of it in a row.
const TELLING: usize = 4;
/// Signs of an address in Latin letters that tell of it in a row: more than a common word has.
const TELLING_LATIN: usize = 9;
/// Digits of a telephone number that tell of it, from its end.
const DIGITS: usize = 7;
/// Letters from which on a word tells of somebody by itself.
const WORD: usize = 3;

/// A sign of a text as it is compared, and where it stands.
#[derive(Clone, Debug, PartialEq)]
struct Sign {
    c: char,
    at: Range<usize>,
}

/// Letters and digits of a text as they are compared: without blanks and points, in small letters, one for all variants of a
/// character, and numerals as digits.
fn signs(text: &str) -> Vec<Sign> {
    let mut signs = Vec::new();
    for (at, c) in text.char_indices() {
        let place = at..at + c.len_utf8();
        if c.is_ascii() {
            signs.extend(c.is_ascii_alphanumeric().then(|| Sign { c: c.to_ascii_lowercase(), at: place }));
            continue;
        }
        let spelled = names::spelled(c.encode_utf8(&mut [0; 4]));
        let parts = spelled.chars().filter(|c| c.is_alphanumeric()).map(plain);
        signs.extend(parts.map(|c| Sign { c, at: place.clone() }));
    }
    signs
}

/// A character as that which is written for it in names and addresses as well.
fn plain(c: char) -> char {
    const DIGITS: [&str; 10] = ["〇零", "一壹", "二貳", "三參", "四肆", "五伍", "六陸", "七柒", "八捌", "九玖"];
    if c == '台' {
        return '臺';
    }
    DIGITS.iter().zip('0'..='9').find(|(words, _)| words.contains(c)).map_or(c, |(_, digit)| digit)
}

fn folded(text: &str) -> Vec<char> {
    signs(text).into_iter().map(|sign| sign.c).collect()
}

/// What would tell who is behind a petition, as it is compared.
#[derive(Debug, Default)]
pub struct Veil {
    /// Whatever stands before and behind it.
    anywhere: Vec<Vec<char>>,
    /// As a word of its own: what is a part of other words too.
    words: Vec<Vec<char>>,
    /// The ends of telephone numbers.
    phones: Vec<Vec<char>>,
    /// Each with how many of its signs everybody of the township shares.
    addresses: Vec<(Vec<char>, usize)>,
}

impl Veil {
    #[cfg(test)]
    pub fn of(petitioners: &[Petitioner], contact: Option<&Contact>) -> Self {
        let mut veil = Self::default();
        veil.add(petitioners, contact);
        veil
    }

    /// Hides these, too.
    pub fn add(&mut self, petitioners: &[Petitioner], contact: Option<&Contact>) {
        for petitioner in petitioners {
            self.add_name(&petitioner.name);
            let number = petitioner.identifier().map(|number| number.expose());
            self.anywhere.extend(number.iter().filter_map(|number| number.rsplit(' ').next()).map(folded));
        }
        let Some(contact) = contact else { return };
        for phone in contact.phone.iter().chain(&contact.other_phones) {
            let number = phone.expose().split(';').next().unwrap_or_default();
            let digits = folded(number);
            self.phones.push(digits[digits.len().saturating_sub(DIGITS)..].to_vec());
        }
        if let Some(email) = &contact.email {
            let local = email.expose().split('@').next().unwrap_or_default();
            self.anywhere.push(folded(email.expose()));
            self.words.push(folded(local));
        }
        if let Some(address) = &contact.address {
            let folded = folded(address);
            let shared = shared_by_a_township(&folded);
            self.addresses.push((folded, shared));
        }
    }

    /// The whole name, in either order of its words, and what somebody is called by of it.
    fn add_name(&mut self, name: &str) {
        let words: Vec<Vec<char>> = name.split_whitespace().map(folded).filter(|word| !word.is_empty()).collect();
        let whole = words.concat();
        if whole.iter().all(char::is_ascii) {
            if words.len() > 1 {
                self.anywhere.extend([whole, words.iter().rev().flatten().copied().collect()]);
                self.words.extend(words.into_iter().filter(|word| word.len() >= WORD));
            } else {
                self.words.extend(words);
            }
        } else {
            self.anywhere.push(whole.clone());
            // A given name has two characters or more; a compound surname leaves one of the two.
            let given = whole[whole.len().saturating_sub(2)..].to_vec();
            // One of numerals is every number too.
            let tells = (3..=5).contains(&whole.len()) && !given.iter().all(char::is_ascii);
            self.anywhere.extend(tells.then_some(given));
        }
    }

    /// A text without what would tell somebody.
    pub fn hide(&self, text: &str) -> String {
        let signs = signs(text);
        let mut found: Vec<Range<usize>> = numbers_in(text, Kinds::All);
        for pattern in &self.anywhere {
            found.extend(places(&signs, pattern).map(|place| extent(&signs, place)));
        }
        for pattern in &self.words {
            let alone = places(&signs, pattern).filter(|place| stands_alone(text, &signs, place));
            found.extend(alone.map(|place| extent(&signs, place)));
        }
        for digits in &self.phones {
            found.extend(places(&signs, digits).map(|place| extent(&signs, whole_number(&signs, place))));
        }
        for (address, shared) in &self.addresses {
            found.extend(parts_of(&signs, address, *shared).into_iter().map(|place| extent(&signs, place)));
        }
        without(text, found)
    }

    pub fn hide_in(&self, text: &mut String) {
        *text = self.hide(text);
    }

    pub fn hide_in_any(&self, text: &mut Option<String>) {
        if let Some(text) = text {
            self.hide_in(text);
        }
    }
}

/// How many signs of an address name its county and township.
fn shared_by_a_township(address: &[char]) -> usize {
    let county = address.iter().take(4).position(|c| matches!(c, '縣' | '市')).map_or(0, |at| at + 1);
    let rest = address[county..].iter().take(5).position(|c| matches!(c, '鄉' | '鎮' | '市' | '區'));
    county + rest.map_or(0, |at| at + 1)
}

/// Where a pattern stands among signs.
fn places<'a>(signs: &'a [Sign], pattern: &'a [char]) -> impl Iterator<Item = Range<usize>> + 'a {
    let ends = if pattern.len() < 2 { 0 } else { (signs.len() + 1).saturating_sub(pattern.len()) };
    let is_there = move |at: &usize| signs[*at..].iter().zip(pattern).all(|(sign, c)| sign.c == *c);
    (0..ends).filter(is_there).map(|at| at..at + pattern.len())
}

/// Where signs stand in their text.
fn extent(signs: &[Sign], place: Range<usize>) -> Range<usize> {
    signs[place.start].at.start..signs[place.end - 1].at.end
}

/// Whether no letter or digit stands right before or behind.
fn stands_alone(text: &str, signs: &[Sign], place: &Range<usize>) -> bool {
    let at = extent(signs, place.clone());
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    !joins(text[..at.start].chars().next_back()) && !joins(text[at.end..].chars().next())
}

/// A number with the digits before its end.
fn whole_number(signs: &[Sign], place: Range<usize>) -> Range<usize> {
    let before = signs[..place.start].iter().rev().take_while(|sign| sign.c.is_ascii_digit()).count();
    place.start - before.min(8)..place.end
}

/// The longest parts of an address that stand among signs and tell more than its township.
fn parts_of(signs: &[Sign], address: &[char], shared: usize) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < signs.len() {
        let run = |from: usize| signs[at..].iter().zip(&address[from..]).take_while(|(sign, c)| sign.c == **c).count();
        let telling = |(from, length): &(usize, usize)| {
            let part = &address[*from..from + length];
            let least = if part.iter().all(char::is_ascii) { TELLING_LATIN } else { TELLING };
            *length >= least && from + length > shared
        };
        let longest = (0..address.len()).map(|from| (from, run(from))).filter(telling).map(|(_, length)| length).max();
        found.extend(longest.map(|length| at..at + length));
        at += longest.unwrap_or(1);
    }
    found
}

/// A text with a mark in the place of these parts of it.
fn without(text: &str, mut found: Vec<Range<usize>>) -> String {
    found.sort_by_key(|place| (place.start, place.end));
    let (mut shown, mut from) = (String::with_capacity(text.len()), 0);
    for place in found {
        if place.start >= from {
            shown.push_str(&text[from..place.start]);
            shown.push_str(GONE);
        }
        from = from.max(place.end);
    }
    shown.push_str(&text[from..]);
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn veil(name: &str, contact: &str) -> Veil {
        let petitioner = Petitioner { name: name.to_owned(), number: None };
        Veil::of(&[petitioner], Some(&serde_json::from_str(contact).unwrap()))
    }

    fn ming() -> Veil {
        veil(
            "王大明",
            r#"{"phone": "0912345678", "other_phones": ["04-7551234"], "email": "ming.wang@example.org",
                "address": "臺北市大安區和平東路一段1號"}"#,
        )
    }

    #[test]
    fn what_tells_somebody_is_hidden_however_it_is_typed() {
        for told in [
            "王大明",
            "王 大 明",
            "王\u{3000}大．明",
            "王\u{200b}大\u{200b}明",
            "大明",
            "MING.WANG@EXAMPLE.ORG",
            "ｍｉｎｇ．ｗａｎｇ＠ｅｘａｍｐｌｅ．ｏｒｇ",
            "ming.wang @ example.org",
            "Ming Wang",
            "0912345678",
            "0912-345-678",
            "０９１２３４５６７８",
            "+886 912 345 678",
            "〇九一二三四五六七八",
            "04-7551234",
            "7551234",
            "755-1234",
            "A123456789",
            "和平東路一段1號",
            "台北市大安區和平東路1段１號",
            "和平東路",
        ] {
            let shown = ming().hide(&format!("證人（{told}）說，看見收受餽贈。"));
            assert!(
                !shown.contains(told) && shown.contains("證人（") && shown.ends_with("）說，看見收受餽贈。"),
                "{told}: {shown}"
            );
            let left: Vec<char> = folded(&shown.replace("證人", "").replace("說，看見收受餽贈", ""));
            assert!(left.is_empty() || told.contains("大安區"), "{told}: {shown}");
        }
    }

    #[test]
    fn latin_names_are_hidden_in_either_order_and_by_a_word() {
        let veil = veil("John Smith", r#"{"none_reason": "x"}"#);
        for told in ["John smith", "SMITH, JOHN", "Ｊｏｈｎ Ｓｍｉｔｈ", "Mr. Smith", "john"] {
            assert!(
                !veil.hide(told).to_lowercase().contains("smith") && !veil.hide(told).to_lowercase().contains("john"),
                "{told}"
            );
        }
        assert_eq!(veil.hide("the blacksmith and Johnson"), "the blacksmith and Johnson");
    }

    #[test]
    fn what_tells_nobody_stays_as_it_is() {
        for text in ["看見承辦人於 11 月 20 日收受餽贈。𠮷👍", "臺北市大安區之公所", "明天下大雨"]
        {
            assert_eq!(ming().hide(text), text);
        }
        assert_eq!(Veil::default().hide("王大明"), "王大明");
    }

    proptest! {
        #[test]
        fn a_name_is_found_in_any_text_and_the_text_stays_readable(before in "\\PC{0,30}", after in "\\PC{0,30}") {
            let shown = ming().hide(&format!("{before}王大明{after}"));
            prop_assert!(!folded(&shown).windows(3).any(|three| three == ['王', '大', '明']));
            prop_assert!(shown.contains(GONE));
        }
    }
}
