//! Names compared: what is one name however it was typed, and what is one name written with variants of its characters.
//! Names themselves are kept as they were given.

use std::collections::HashMap;
use std::iter::zip;
use std::sync::LazyLock;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use crate::characters::{is_variation_selector, name_sign};

/// Characters of one meaning and sound that are written in two ways, from the Unihan database of Unicode 10.0 (UAX #38):
/// those of its links `kZVariant`, `kSemanticVariant` and `kSimplifiedVariant` between which a register and a keyboard
/// differ. Pairs that are surnames of their own (涂 and 塗, 余 and 餘, 台 and 臺) are left out.
const VARIANTS: &str = include_str!("../../reference/variant_characters.csv");

/// Each variant with the character that stands for all of its kind.
static KINDS: LazyLock<HashMap<char, char>> = LazyLock::new(|| variants_in(VARIANTS));

/// The characters of a table by their variants, which stand behind them in its lines.
pub fn variants_in(table: &str) -> HashMap<char, char> {
    let pair = |line: &str| {
        let mut columns = line.split(',').map(|column| column.chars().next().expect("a character"));
        Some((columns.next()?, columns.next()?))
    };
    table.lines().skip(1).filter_map(pair).map(|(character, variant)| (variant, character)).collect()
}

/// How two names stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// One name, typed in one way or another.
    Same,
    /// One name but for variants of its characters, such as 黃 and 黄: a difference to be shown, and no ground to refuse.
    Variants,
    Different,
}

/// Compares a name with the register's.
pub fn compare(registered: &str, given: &str) -> Likeness {
    let (registered, given) = (folded(registered), folded(given));
    if registered == given {
        return Likeness::Same;
    }
    let alike = registered.chars().count() == given.chars().count()
        && zip(registered.chars(), given.chars()).all(|(one, other)| kind(one) == kind(other));
    if alike { Likeness::Variants } else { Likeness::Different }
}

/// Whether two names are one, however they were typed.
pub fn same_name(a: &str, b: &str) -> bool {
    compare(a, b) == Likeness::Same
}

/// Whether a name may pass for the register's: the same, or written with variants of its characters.
pub fn passes_for(registered: &str, given: &str) -> bool {
    compare(registered, given) != Likeness::Different
}

/// What all names have in common that may pass for one another.
pub fn key(name: &str) -> String {
    folded(name).chars().map(kind).collect()
}

/// A name by its letters alone, and Latin ones without accents (TRẦN, TRAN): passports, registers and people set blanks, dots and
/// accents as they like. What may pass for one another is spelled alike.
pub fn spelled(name: &str) -> String {
    let key = key(name);
    let parts = DecomposingNormalizerBorrowed::new_nfkd().normalize(&key);
    let plain: String = parts.chars().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')).map(without_stroke).collect();
    let plain = ComposingNormalizerBorrowed::new_nfc().normalize(&plain);
    let letters: String = plain.chars().filter(|c| c.is_alphanumeric()).collect();
    if letters.is_empty() { key } else { letters }
}

/// A Latin letter that no accent makes another one of, as it is written where there is no such letter.
fn without_stroke(c: char) -> char {
    match c {
        'đ' | 'ð' => 'd',
        'ħ' => 'h',
        'ı' => 'i',
        'ł' => 'l',
        'ø' => 'o',
        'ŧ' => 't',
        other => other,
    }
}

/// Whether two names may mean one human: both are spelled alike.
pub fn mean_one(one: &str, other: &str) -> bool {
    spelled(one) == spelled(other)
}

fn kind(c: char) -> char {
    KINDS.get(&c).copied().unwrap_or(c)
}

/// A name as names are compared: in NFKC, without blanks, selectors of variants and capitals, with one apostrophe and one
/// dot for all that are typed for them.
pub fn folded(name: &str) -> String {
    let normalizer = ComposingNormalizerBorrowed::new_nfkc();
    // Before NFKC, which takes ´ for a blank with an accent.
    let signs: String = name.chars().filter(|c| !is_variation_selector(*c)).map(name_sign).collect();
    // In small letters at last, as ẞ has no other capital and ß has two.
    let small = |c: char| c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let plain = normalizer.normalize(&signs);
    let plain: String = plain.chars().flat_map(small).map(name_sign).filter(|c| !c.is_whitespace()).collect();
    normalizer.normalize(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_name_is_one_however_it_is_typed() {
        for (a, b) in [
            ("\u{2fa6}城武", "金城武"),
            ("\u{f90a}城武", "金城武"),
            ("葛\u{e0100}城", "葛城"),
            ("王 小明", "王小明"),
            ("王\u{3000}小明", "王小明"),
            ("夏曼‧藍波安", "夏曼·藍波安"),
            ("夏曼・藍波安", "夏曼•藍波安"),
            ("夏曼．藍波安", "夏曼‧藍波安"),
            ("Yawi'Nokan", "Yawi’Nokan"),
            ("Yawiʼ Nokan", "YAWI` NOKAN"),
            ("Yawi´Nokan", "yawi＇nokan"),
            ("Ｌｉｎ", "Lin"),
            ("Łe\u{301}cki", "ŁÉCKI"),
            ("Straße", "STRASSE"),
            ("STRAẞE", "strasse"),
        ] {
            assert!(same_name(a, b), "{a} {b}: {} {}", folded(a), folded(b));
        }
    }

    #[test]
    fn names_of_two_people_are_two() {
        for (a, b) in [
            ("\u{fa23}木", "\u{7f51}木"),
            ("王小明", "王小民"),
            ("王小明", "王小明明"),
            ("夏曼·藍波安", "夏曼藍波安"),
            ("涂明", "塗明"),
            ("余明", "餘明"),
            ("𠮷田", "吉田"),
        ] {
            assert_eq!(compare(a, b), Likeness::Different, "{a} {b}");
        }
    }

    #[test]
    fn variants_of_a_character_differ_and_pass() {
        for (registered, given) in [("黃溫", "黄温"), ("黄小明", "黃 小明"), ("吳彥", "呉彦"), ("戶", "戸"), ("户", "戸")]
        {
            assert_eq!(compare(registered, given), Likeness::Variants, "{registered} {given}");
            assert!(passes_for(registered, given) && !same_name(registered, given));
            assert_eq!(key(registered), key(given));
        }
    }

    #[test]
    fn names_that_mean_one_human_are_spelled_alike() {
        for (one, other) in [
            ("TRẦN VĂN DEMO", "Tran Van Demo"),
            ("Đặng Thị Hoa", "DANG THI HOA"),
            ("阿布斯·瓦旦", "阿布斯瓦旦"),
            ("LIN, YUAN-HSING", "Lin Yuan Hsing"),
            ("黃溫", "黄 温"),
            ("王小明 Yawi’Nokan", "王小明yawinokan"),
        ] {
            assert!(mean_one(one, other), "{one} {other}: {} {}", spelled(one), spelled(other));
        }
        for (one, other) in [("TRAN VAN DEMO", "TRAN VAN DEMI"), ("涂明", "塗明"), ("ガ", "カ"), ("阿布斯", "阿布斯瓦旦")]
        {
            assert!(!mean_one(one, other), "{one} {other}");
        }
        assert!(!spelled("·").is_empty());
    }

    #[test]
    fn the_table_leads_from_each_variant_to_one_character() {
        let rows = VARIANTS.lines().count() - 1;
        assert_eq!(KINDS.len(), rows, "a variant stands in the table twice");
        for (variant, character) in &*KINDS {
            assert!(!KINDS.contains_key(character), "{character} stands for {variant} and is a variant itself");
            assert_ne!(folded(&variant.to_string()), folded(&character.to_string()), "{variant} is {character} already");
        }
    }

    proptest! {
        #[test]
        fn folding_a_folded_name_changes_nothing(name in "\\PC{0,12}") {
            let once = folded(&name);
            prop_assert_eq!(folded(&once), once);
        }
    }
}
