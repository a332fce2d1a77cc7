//! How names are written otherwise: which signs a veil takes for one, and how the letters of a name are spelled without their marks. It
//! is more than what names are judged by (`people/names.rs`): to hide too much tells nobody anything.

use std::collections::HashMap;
use std::iter::once;
use std::sync::LazyLock;

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::people::names;

/// Characters that are written for one another: simplified ones, everyday ones, and those of Japan. From OpenCC 1.4.1
/// (<https://github.com/BYVoid/OpenCC>, licensed under Apache-2.0): its tables `STCharacters`, `TWVariants` and `JPShinjitaiCharacters`,
/// with one character for all that they join; and by hand three of names that none of them has.
const ALIKE: &str = include_str!("../../reference/written_alike.csv");

static ONE: LazyLock<HashMap<char, char>> = LazyLock::new(|| names::variants_in(ALIKE));

/// Letters that are two where there are no such letters, or that two are written for.
const LETTERS: [(char, [char; 2]); 3] = [('æ', ['a', 'e']), ('œ', ['o', 'e']), ('þ', ['t', 'h'])];
/// Letters with a mark that are written as two, or without it: Müller, Mueller and Muller.
const MARKED: [(char, &str, &str); 5] =
    [('ä', "ae", "a"), ('ö', "oe", "o"), ('ü', "ue", "u"), ('ø', "oe", "o"), ('å', "aa", "a")];

/// What stands for a sign of a name among all that are written for it.
pub fn signs_for(c: char) -> impl Iterator<Item = char> {
    let two = LETTERS.iter().find(|(letter, _)| *letter == c).map(|(_, two)| *two);
    let [first, second] = two.map_or_else(|| [Some(ONE.get(&c).copied().unwrap_or(c)), None], |two| two.map(Some));
    once(first).chain(once(second)).flatten()
}

/// The spellings of a name whose letters have marks, or two letters for one with a mark.
pub fn spellings(name: &str) -> Vec<String> {
    let name = ComposingNormalizerBorrowed::new_nfc().normalize(&name.to_lowercase()).into_owned();
    let (mut long, mut short) = (name.clone(), name.clone());
    for (marked, two, one) in MARKED {
        (long, short) = (long.replace(marked, two), short.replace(two, one));
    }
    let mut all = vec![name, long, short];
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_leads_from_each_character_to_one() {
        assert_eq!(ONE.len(), ALIKE.lines().count() - 1, "a variant stands in the table twice");
        for (variant, character) in &*ONE {
            assert!(!ONE.contains_key(character), "{character} stands for {variant} and is a variant itself");
        }
    }

    #[test]
    fn addresses_are_read_by_the_characters_of_the_office() {
        for c in "縣市鄉鎮區村里鄰路街段巷弄號樓之室臺〇零一壹二貳三參四肆五伍六陸七柒八捌九玖十拾百佰千仟兩廿卅".chars()
        {
            assert_eq!(signs_for(c).collect::<String>(), c.to_string());
        }
    }
}
