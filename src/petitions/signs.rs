//! The signs of a text as they are compared where somebody might be told of by it, and what stands where among them.

use std::ops::Range;

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
    let mut signs = Vec::new();
    for (at, c) in text.char_indices() {
        let place = at..at + c.len_utf8();
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

/// The same as addresses are compared: each number by its value (十二 and 12), without what stands before that of a unit (12之1 and
/// 12-1), and with one sign for a floor.
pub fn address_signs(text: &str) -> Vec<Sign> {
    let (mut plain, mut run): (Vec<Sign>, Vec<Sign>) = (Vec::new(), Vec::new());
    for sign in signs(text) {
        let goes_on = run.last().is_none_or(|last| last.at.end == sign.at.start);
        if !goes_on || !is_numeral(sign.c) {
            end_number(&mut plain, &mut run);
        }
        let to = if is_numeral(sign.c) { &mut run } else { &mut plain };
        to.push(sign);
    }
    end_number(&mut plain, &mut run);
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
