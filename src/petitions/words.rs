//! What the search in petitions goes by: texts folded alike however they were typed, cut into single characters and pairs of them,
//! each known by a keyed hash; and where in the register these stand.

use std::collections::BTreeSet;

use super::store::Petition;
use crate::people::names;
use crate::secrets::vault::Vault;

/// A text as texts are compared: names are two with 台 and 臺, words of the office one.
pub fn folded(text: &str) -> String {
    names::key(text).chars().map(|c| if c == '台' { '臺' } else { c }).collect()
}

/// Characters of a token's hash: two that fall together give a candidate more, and no wrong hit.
const TOKEN: usize = 11;

fn token(vault: &Vault, part: &str) -> String {
    let mut hash = vault.blind_index("petitions/words", part);
    hash.truncate(TOKEN);
    hash
}

fn pairs(folded: &str) -> impl Iterator<Item = String> {
    folded.chars().zip(folded.chars().skip(1)).map(|(one, other)| String::from_iter([one, other]))
}

/// The characters and pairs of folded texts, none of which reaches from one text into another.
pub fn parts<'t>(folded: impl IntoIterator<Item = &'t String>) -> BTreeSet<String> {
    folded.into_iter().flat_map(|text| text.chars().map(String::from).chain(pairs(text))).collect()
}

/// The tokens of parts.
pub fn tokens<'p>(vault: &Vault, parts: impl IntoIterator<Item = &'p String>) -> Vec<String> {
    parts.into_iter().map(|part| token(vault, part)).collect()
}

/// The most tokens of a question that the index is asked for: more leave hardly fewer candidates.
const ASKED: usize = 24;

/// The tokens that a text has in which a folded one stands.
pub fn sought(vault: &Vault, folded: &str) -> Vec<String> {
    let pairs: BTreeSet<String> = pairs(folded).collect();
    if pairs.is_empty() {
        return vec![token(vault, folded)];
    }
    pairs.iter().take(ASKED).map(|pair| token(vault, pair)).collect()
}

/// How alike two sets of parts are, in per cent: what they share of what the smaller one has, but a tenth of the larger one at
/// least, so that a few words are not like everything.
pub fn likeness(one: &BTreeSet<String>, other: &BTreeSet<String>) -> usize {
    let (smaller, larger) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let shared = smaller.iter().filter(|part| larger.contains(*part)).count();
    shared * 100 / smaller.len().max(larger.len() / 10).max(1)
}

/// Petitions of a block, which follow each other in the register of a year.
pub const SPAN: i32 = 4096;
/// Blocks of a year at most.
const BLOCKS: i32 = 10_000;

/// Where a petition stands in the register: block, and place in it. A higher one is a newer petition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub block: i32,
    pub at: u16,
}

impl Place {
    /// Before every petition.
    pub const FIRST: Self = Self { block: 0, at: 0 };

    pub fn new(roc_year: i32, register_number: i32) -> Self {
        let at = u16::try_from(register_number % SPAN).unwrap_or_default();
        Self { block: roc_year * BLOCKS + (register_number / SPAN).min(BLOCKS - 1), at }
    }

    pub fn of(row: &Petition) -> Self {
        Self::new(row.roc_year, row.register_number)
    }

    /// What is right behind it.
    pub fn next(self) -> Self {
        Self { at: self.at + 1, ..self }
    }

    pub fn roc_year(self) -> i32 {
        self.block / BLOCKS
    }

    pub fn register_number(self) -> i32 {
        self.block % BLOCKS * SPAN + i32::from(self.at)
    }
}

/// A set of places within a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places(Box<[u64; SPAN as usize / 64]>);

impl Places {
    pub fn none() -> Self {
        Self(Box::new([0; SPAN as usize / 64]))
    }

    /// Adds a place; whether it was new.
    pub fn add(&mut self, at: u16) -> bool {
        let Some(word) = self.0.get_mut(usize::from(at) / 64) else { return false };
        let bit = 1 << (at % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Takes a place out; whether it was there.
    pub fn remove(&mut self, at: u16) -> bool {
        let Some(word) = self.0.get_mut(usize::from(at) / 64) else { return false };
        let bit = 1 << (at % 64);
        let was_there = *word & bit != 0;
        *word &= !bit;
        was_there
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Leaves what is in both.
    pub fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0.iter()).for_each(|(word, other)| *word &= other);
    }

    pub fn iter(&self) -> impl Iterator<Item = u16> {
        (0..).step_by(64).zip(self.0.iter()).flat_map(|(first, word)| {
            let rest = |word: &u64| Some(word & word.wrapping_sub(1));
            let left = std::iter::successors(Some(*word), rest).take_while(|word| *word != 0);
            left.map(move |word| first + u16::try_from(word.trailing_zeros()).unwrap_or_default())
        })
    }

    /// As a text: each place by its distance from the one before, as a character of that number.
    pub fn written(&self) -> String {
        let mut before = 0;
        let mut distance = |at: u16| {
            let distance = u32::from(at) + 1 - before;
            before = u32::from(at) + 1;
            char::from_u32(distance)
        };
        self.iter().filter_map(&mut distance).collect()
    }

    pub fn read(text: &str) -> Self {
        let mut places = Self::none();
        let mut next = 0;
        for distance in text.chars() {
            next += u32::from(distance);
            places.add(u16::try_from(next.saturating_sub(1)).unwrap_or(u16::MAX));
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::*;
    use crate::secrets::vault::MasterKey;

    fn vault() -> Vault {
        Vault::new(&MasterKey::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap())
    }

    #[test]
    fn a_word_is_one_however_it_is_typed() {
        for (a, b) in [("台灣", "臺灣"), ("Ｗｉ－Ｆｉ", "wi-fi"), ("戶\n籍", "戶籍"), ("葛\u{e0100}城", "葛城"), ("黄色", "黃色")]
        {
            assert_eq!(folded(a), folded(b), "{a} {b}");
        }
        assert_ne!(folded("𠮷"), folded("吉"));
    }

    #[test]
    fn a_token_is_of_this_office_alone_and_tells_no_length() {
        let other = Vault::new(&MasterKey::from_base64("AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap());
        assert_ne!(sought(&vault(), "戶籍"), sought(&other, "戶籍"));
        assert!(sought(&vault(), "戶").iter().chain(&sought(&vault(), "戶籍")).all(|token| token.len() == TOKEN));
    }

    #[test]
    fn a_place_is_found_again_and_follows_the_register() {
        for (year, number) in [(115, 1), (115, 4095), (115, 4096), (116, 200_000)] {
            let place = Place::new(year, number);
            assert_eq!((place.roc_year(), place.register_number()), (year, number));
        }
        assert!(Place::new(115, 4096) > Place::new(115, 4095) && Place::new(116, 1) > Place::new(115, 200_000));
    }

    #[test]
    fn a_few_words_are_not_like_everything() {
        let of = |text: &str| parts(&[folded(text)]);
        assert_eq!(likeness(&of("門牌鬆脫請修"), &of("門牌鬆脫請修")), 100);
        let long: String = ('一'..='丟').collect();
        assert!(likeness(&of("一"), &of(&long)) < 30);
        assert_eq!(likeness(&of("門牌"), &of("規費")), 0);
    }

    proptest! {
        #[test]
        fn what_stands_in_a_text_has_only_tokens_of_it(text in "[一-鿿𠀀-𪛟 a-zA-Z，。👍]{1,40}", from in 0usize..40, length in 1usize..8) {
            let whole = folded(&text);
            let part: String = whole.chars().skip(from).take(length).collect();
            prop_assume!(!part.is_empty());
            let all = tokens(&vault(), &parts(&[whole]));
            for token in sought(&vault(), &part) {
                prop_assert!(all.contains(&token));
            }
        }

        #[test]
        fn places_are_read_as_they_were_written(all in btree_set(0..SPAN as u16, 0..300)) {
            let mut places = Places::none();
            all.iter().for_each(|at| assert!(places.add(*at)));
            prop_assert_eq!(Places::read(&places.written()), places.clone());
            prop_assert_eq!(places.iter().collect::<Vec<_>>(), all.iter().copied().collect::<Vec<_>>());
            all.iter().for_each(|at| assert!(!places.is_empty() && places.remove(*at) && !places.remove(*at)));
            prop_assert!(places.is_empty());
        }
    }
}
