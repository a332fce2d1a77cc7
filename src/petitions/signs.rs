//! The signs of a text as they are compared where somebody might be told of by it, and what stands where among them.

use std::ops::Range;
use std::sync::LazyLock;

use super::alike;
use crate::people::address_signs::{digits, is_numeral};
use crate::people::names;

/// Signs of an address that tell of it in a row.
const TELLING: usize = 4;
/// Signs of an address in Latin letters that tell of it in a row: more than a common word has.
const TELLING_LATIN: usize = 9;

/// A sign of a text as it is compared, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Sign {
    pub c: char,
    pub at: Range<usize>,
}

/// Letters and digits of a text as they are compared: without blanks and points, in small letters, one for all characters that are
/// written for one another, and numerals as digits.
pub fn signs(text: &str) -> Vec<Sign> {
    signed(text, |_| None)
}

/// The same, with some characters as the number that each of them is.
fn signed(text: &str, number: impl Fn(char) -> Option<u32>) -> Vec<Sign> {
    let mut signs = Vec::new();
    for (at, c) in text.char_indices() {
        let place = at..at + c.len_utf8();
        if let Some(number) = number(c) {
            signs.extend(number.to_string().chars().map(|c| Sign { c, at: place.clone() }));
            continue;
        }
        if c.is_ascii() {
            signs.extend(c.is_ascii_alphanumeric().then(|| Sign { c: c.to_ascii_lowercase(), at: place }));
            continue;
        }
        let spelled = names::spelled(c.encode_utf8(&mut [0; 4]));
        let parts = spelled.chars().flat_map(alike::signs_for).filter(|c| c.is_alphanumeric() && !POINTS.contains(c)).map(plain);
        signs.extend(parts.map(|c| Sign { c, at: place.clone() }));
    }
    signs
}

/// Points between the parts of a name that are letters of other scripts.
const POINTS: [char; 3] = ['\u{318d}', '\u{1427}', '\u{a78f}'];

/// A character as that which is written for it in names and addresses as well.
fn plain(c: char) -> char {
    const DIGITS: [&str; 10] = ["〇零", "一壹", "二貳", "三參", "四肆", "五伍", "六陸", "七柒", "八捌", "九玖"];
    DIGITS.iter().zip('0'..='9').find(|(words, _)| words.contains(c)).map_or(c, |(_, digit)| digit)
}

pub fn folded(text: &str) -> Vec<char> {
    signs(text).into_iter().map(|sign| sign.c).collect()
}

/// A Roman numeral that is one character (Ⅻ).
fn roman(c: char) -> Option<u32> {
    let code = u32::from(c);
    [0x2160, 0x2170].iter().find(|first| (**first..**first + 12).contains(&code)).map(|first| code - first + 1)
}

/// What some write before the number of a house and others do not, as it is compared.
static BEFORE_HOUSES: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| ["門牌號碼", "門牌號", "門牌", "的"].map(folded).to_vec());
/// Behind which the number of a house stands.
static WAYS: LazyLock<Vec<char>> = LazyLock::new(|| folded("路街道段巷弄村里"));

/// Leaves out what stands between a road and the number of a house (仁愛路的12號, 仁愛路門牌12號).
fn leave_out_words(signs: &[Sign]) -> Vec<Sign> {
    let (mut all, mut rest): (Vec<Sign>, &[Sign]) = (Vec::new(), signs);
    while !rest.is_empty() {
        if all.last().is_some_and(|last| WAYS.contains(&last.c)) {
            let house = behind_words(rest);
            // Only before a number: else it is a word of the text.
            if house.first().is_some_and(|sign| sign.c.is_ascii_digit()) {
                rest = house;
            }
        }
        all.extend(rest.first().cloned());
        rest = &rest[1..];
    }
    all
}

/// What stands behind the words with which signs begin, of those that some write before the number of a house.
fn behind_words(mut signs: &[Sign]) -> &[Sign] {
    let begins =
        |signs: &[Sign], word: &[char]| signs.len() >= word.len() && signs.iter().zip(word).all(|(sign, c)| sign.c == *c);
    while let Some(word) = BEFORE_HOUSES.iter().find(|word| begins(signs, word)) {
        signs = &signs[word.len()..];
    }
    signs
}

/// The same as addresses are compared: each number by its value (十二, Ⅻ and 12), without what stands before that of a house (門牌12號) or
/// of a unit (12之1 and 12-1), and with one sign for a floor.
pub fn address_signs(text: &str) -> Vec<Sign> {
    let (mut plain, mut run): (Vec<Sign>, Vec<Sign>) = (Vec::new(), Vec::new());
    for sign in signed(text, roman) {
        let goes_on = run.last().is_none_or(|last| last.at.end == sign.at.start);
        if !goes_on || !is_numeral(sign.c) {
            end_number(&mut plain, &mut run);
        }
        let to = if is_numeral(sign.c) { &mut run } else { &mut plain };
        to.push(sign);
    }
    end_number(&mut plain, &mut run);
    let plain = leave_out_words(&plain);
    let all = plain.clone();
    let is_digit = |at: Option<usize>| at.and_then(|at| all.get(at)).is_some_and(|sign| sign.c.is_ascii_digit());
    let stays = |at: usize| all[at].c != '之' || at == 0 || !is_digit(Some(at + 1));
    let is_floor = |at: usize| {
        let is_word = all.get(at + 1).is_some_and(|next| next.c.is_ascii_alphabetic());
        all[at].c == 'f' && is_digit(at.checked_sub(1)) && !is_word
    };
    let as_floor = |(at, sign): (usize, Sign)| if is_floor(at) { Sign { c: '樓', ..sign } } else { sign };
    plain.into_iter().enumerate().filter(|(at, _)| stays(*at)).map(as_floor).collect()
}

/// Puts a number behind other signs by its value, where it is not written in digits alone.
fn end_number(plain: &mut Vec<Sign>, run: &mut Vec<Sign>) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
    if run.iter().all(|sign| sign.c.is_ascii_digit()) {
        plain.append(run);
        return;
    }
    let (at, written) = (first.at.start..last.at.end, run.iter().map(|sign| sign.c).collect::<String>());
    plain.extend(digits(&written).chars().map(|c| Sign { c, at: at.clone() }));
    run.clear();
}

/// Where a pattern stands among signs.
pub fn places<'a>(signs: &'a [Sign], pattern: &'a [char]) -> impl Iterator<Item = Range<usize>> + 'a {
    let ends = if pattern.len() < 2 { 0 } else { (signs.len() + 1).saturating_sub(pattern.len()) };
    let is_there = move |at: &usize| signs[*at..].iter().zip(pattern).all(|(sign, c)| sign.c == *c);
    (0..ends).filter(is_there).map(|at| at..at + pattern.len())
}

/// Where signs stand in their text.
pub fn extent(signs: &[Sign], place: Range<usize>) -> Range<usize> {
    signs[place.start].at.start..signs[place.end - 1].at.end
}

/// Whether no letter or digit stands right before or behind.
pub fn stands_alone(text: &str, signs: &[Sign], place: &Range<usize>) -> bool {
    let at = extent(signs, place.clone());
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    !joins(text[..at.start].chars().next_back()) && !joins(text[at.end..].chars().next())
}

/// A number with the digits before its end.
pub fn whole_number(signs: &[Sign], place: Range<usize>) -> Range<usize> {
    let before = signs[..place.start].iter().rev().take_while(|sign| sign.c.is_ascii_digit()).count();
    place.start - before.min(8)..place.end
}

/// The longest parts of an address that stand among signs and tell more than its township.
pub fn parts_of(signs: &[Sign], address: &[char], shared: usize) -> Vec<Range<usize>> {
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
