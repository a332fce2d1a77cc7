//! Telephone numbers, and whatever else has so many digits that it may be somebody's: of an account, a card, a telephone without its area.

use std::ops::Range;

use super::{Place, narrow, runs};
use crate::people::address_signs::{self, is_numeral};
use crate::petitions::signs::signs;

/// Signs that stand between the digits of one number.
const WITHIN: &str = "+-() ";
/// Those of a telephone number, where others do not stand.
const WITHIN_TELEPHONES: &str = "+-() /.·‧・_";
/// Digits of a local telephone number: what has fewer is a count.
const FEWEST: usize = 7;
/// Digits of a telephone number with area and country.
const TELEPHONE: usize = 12;
/// Signs between two digits at most.
const GAP: usize = 3;
/// Signs before a number in which a word says what it is.
const NEAR: usize = 8;

/// What stands before a number of somebody.
const WORDS: [&str; 25] = [
    "電話", "来电", "來電", "致電", "請電", "回電", "打電", "電洽", "請洽", "撥", "手機", "行動", "市話", "傳真", "專線", "帳號",
    "帳戶", "卡號", "證號", "TEL", "PHONE", "FAX", "MOBILE", "CALL", "LINE",
];

/// Digits with signs between them.
struct Run {
    at: Range<usize>,
    groups: Vec<String>,
}

/// Where they stand, in no order.
pub fn found(text: &str) -> Vec<Place> {
    let mut all: Vec<Place> = telephones(text).into_iter().map(|at| Place { at, is_certain: true }).collect();
    for run in digits(text, WITHIN) {
        all.extend(judged(text, &run));
    }
    for run in digits(text, WITHIN_TELEPHONES).iter().filter(|run| run.groups.concat().len() <= TELEPHONE) {
        all.extend(judged(text, run));
    }
    all
}

/// The digits of a text, in whichever script they are written.
fn digits(text: &str, within: &str) -> Vec<Run> {
    let mut all: Vec<Run> = Vec::new();
    for (c, sign) in signs(text).into_iter().filter_map(|sign| Some((digit(sign.c)?, sign))) {
        let gap = |last: &Run| text.get(last.at.end..sign.at.start).unwrap_or_default();
        let goes_on = |last: &Run| gap(last).chars().all(|c| within.contains(narrow(c))) && gap(last).chars().count() <= GAP;
        match all.last_mut().filter(|last| goes_on(last)) {
            Some(last) => {
                if gap(last).is_empty() {
                    last.groups.last_mut().into_iter().for_each(|group| group.push(c));
                } else {
                    last.groups.push(c.to_string());
                }
                last.at.end = sign.at.end;
            }
            None => all.push(Run { at: sign.at, groups: vec![c.to_string()] }),
        }
    }
    all
}

/// A character as the digit that it is.
fn digit(c: char) -> Option<char> {
    if c.is_ascii_digit() {
        return Some(c);
    }
    is_numeral(c).then(|| address_signs::digits(c.encode_utf8(&mut [0; 4])))?.parse().ok()
}

/// What a run of digits is, where it is long enough to be anything of somebody.
fn judged(text: &str, run: &Run) -> Option<Place> {
    let number = run.groups.concat();
    if number.len() < FEWEST || are_days(&run.groups) {
        return None;
    }
    let before = &text[..run.at.start];
    let opening = before.chars().next_back().filter(|c| {
        let is_closed = text[run.at.clone()].chars().any(|c| narrow(c) == ')');
        narrow(*c) == '+' || narrow(*c) == '(' && is_closed
    });
    let has_code = number.starts_with('0') || number.starts_with("886") || opening.is_some_and(|c| narrow(c) == '+');
    let is_account = number.len() >= TELEPHONE && run.groups.iter().any(|group| group.len() >= 4);
    let is_mobile = number.len() == 9 && number.starts_with('9');
    let is_certain =
        has_code && number.len() > FEWEST || is_account || is_mobile || is_parted_as_local(&run.groups) || is_named(before);
    let start = run.at.start - opening.map_or(0, char::len_utf8);
    Some(Place { at: start..run.at.end, is_certain })
}

/// Whether a word before it says that somebody is reached or paid by it.
fn is_named(before: &str) -> bool {
    let near: Vec<char> = before.chars().rev().take(NEAR).map(narrow).collect();
    let near: String = near.into_iter().rev().flat_map(char::to_uppercase).collect();
    WORDS.iter().any(|word| near.contains(word))
}

/// As local telephone numbers are parted: no area, and no year in front.
fn is_parted_as_local(groups: &[String]) -> bool {
    let [exchange, line] = groups else { return false };
    let is_year = matches!(exchange.parse(), Ok(1900..=2100_u32)) && exchange.len() == 4;
    matches!(exchange.len(), 3 | 4) && line.len() == 4 && !exchange.starts_with(['0', '1']) && !is_year
}

/// Whether digits are days with their signs between them, of either calendar.
fn are_days(groups: &[String]) -> bool {
    let number = |text: &String| text.parse::<u32>().unwrap_or_default();
    let is_day = |day: &[String]| {
        let [year, month, day] = [number(&day[0]), number(&day[1]), number(&day[2])];
        (matches!(year, 50..=200) || matches!(year, 1900..=2100)) && (1..=12).contains(&month) && (1..=31).contains(&day)
    };
    groups.len().is_multiple_of(3) && groups.chunks(3).all(is_day)
}

/// Where telephone numbers stand: eight to twelve digits that begin with an area's or a country's code, and in which others may stand than
/// between two of them.
fn telephones(text: &str) -> Vec<Range<usize>> {
    let mut all = telephones_with(text, WITHIN);
    all.extend(telephones_with(text, WITHIN_TELEPHONES));
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
        (8..=TELEPHONE).contains(&digits) && ["0", "(0", "+"].iter().any(|start| signs.starts_with(start))
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(&str, bool)> {
        let mut all: Vec<(&str, bool)> = found(text).into_iter().map(|place| (&text[place.at], place.is_certain)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    #[test]
    fn numbers_of_somebody_are_found_whole_and_what_may_be_a_count_is_left_to_people() {
        for number in [
            "888-7777",
            "2345 6789",
            "012-345678901234",
            "1234-5678-9012-3456",
            "４１１１１１１１１１１１１１１１",
            "零肆柒伍伍壹贰叁肆",
            "+886 4 755 1234",
            "912345678",
        ] {
            assert!(told(&format!("另有{number}在")).contains(&(number, true)), "{number}: {:?}", told(number));
        }
        assert!(told("請電8887777").contains(&("8887777", true)));
        for number in ["8887777", "12345678", "20261123", "1151123", "2026-1123"] {
            assert_eq!(told(&format!("共計{number}件")), [(number, false)]);
        }
        for innocent in ["123456件", "115.11.23-115.12.05", "2026/11/23", "115年11月23日", "1,234,567元", "10:30-11:30"] {
            assert_eq!(told(innocent), [], "{innocent}");
        }
    }
}
