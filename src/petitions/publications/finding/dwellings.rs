//! Addresses: chains of a road, a lane, a house and its floor (路、巷、弄、號、樓), or of a village and its houses (里、鄰、號), in whichever
//! script their numbers are written. A house with what it stands by is somebody's; a lane or a house alone may be a place that is talked of.

use std::sync::LazyLock;

use super::Place;
use crate::petitions::signs::{Sign, address_signs, folded};

/// What has a number before it.
static NUMBERED: LazyLock<Vec<char>> = LazyLock::new(|| folded("鄰段巷弄衖號樓室"));
/// What has a name before it, and by which a house stands.
static WAYS: LazyLock<Vec<char>> = LazyLock::new(|| folded("路街道巷弄里村"));
/// What has a name before it, and in which these lie.
static TOWNSHIPS: LazyLock<Vec<char>> = LazyLock::new(|| folded("縣市鄉鎮區"));
static HOUSE: LazyLock<Vec<char>> = LazyLock::new(|| folded("號"));
static FLOOR: LazyLock<Vec<char>> = LazyLock::new(|| folded("樓"));
/// Parts of a road: with a floor they are an address too, and one of the others alone may be somebody's.
static ON_A_ROAD: LazyLock<Vec<char>> = LazyLock::new(|| folded("段巷弄衖"));
static ALONE: LazyLock<Vec<char>> = LazyLock::new(|| folded("巷弄衖鄰號"));
/// What stands in no name: words before an address.
static BEFORE_NAMES: LazyLock<Vec<char>> = LazyLock::new(|| folded("在住於至到是我他她你您們從往址寄為年月日時"));
/// What stands before and behind the number of a letter, a day or a desk (字第12號, 3月5號, 12號窗口).
static BEFORE_OTHERS: LazyLock<Vec<char>> = LazyLock::new(|| folded("第字月地建案編"));
static BEHIND_OTHERS: LazyLock<Vec<char>> = LazyLock::new(|| folded("函令公窗櫃解議提機線車案出"));

/// Signs of a name at most: of a road, and of what lies around it.
const ROAD_NAME: usize = 4;
const TOWNSHIP_NAME: usize = 3;
/// What parts sentences, over which no address goes on.
const BREAKS: &str = "，。；：！？,;:!?\n\r「」『』《》";
/// Characters between two signs of an address at most.
const GAP: usize = 6;

/// A text as addresses are read in it.
struct Reading<'t> {
    text: &'t str,
    signs: Vec<Sign>,
}

/// Where they stand, in no order.
pub fn found(text: &str) -> Vec<Place> {
    let reading = Reading { text, signs: address_signs(text) };
    let (mut all, mut at) = (Vec::new(), 0);
    while at < reading.signs.len() {
        let (end, units) = reading.chain(at);
        if !units.is_empty() {
            all.extend(reading.judged(at, end, &units));
        }
        at = end.max(at + 1);
    }
    all
}

impl Reading<'_> {
    /// What stands between a sign and the one before it.
    fn gap(&self, at: usize) -> &str {
        let before = at.checked_sub(1).and_then(|before| self.signs.get(before));
        let gap = before.zip(self.signs.get(at)).and_then(|(before, sign)| self.text.get(before.at.end..sign.at.start));
        gap.unwrap_or_default()
    }

    /// Whether a sign goes on what the one before it is of.
    fn joins(&self, at: usize) -> bool {
        at > 0 && !self.gap(at).contains(|c: char| BREAKS.contains(c)) && self.gap(at).chars().count() <= GAP
    }

    fn is_digit(&self, at: usize) -> bool {
        self.signs.get(at).is_some_and(|sign| sign.c.is_ascii_digit())
    }

    /// Whether a sign is one of these, and joined to the one before it.
    fn is_one_of(&self, at: usize, marks: &[char]) -> bool {
        self.joins(at) && self.signs.get(at).is_some_and(|sign| marks.contains(&sign.c))
    }

    /// Behind the digits that stand from a place on.
    fn behind_digits(&self, from: usize) -> usize {
        let goes_on = |at: &usize| self.is_digit(*at) && (*at == from || self.joins(*at));
        (from..self.signs.len()).take_while(goes_on).last().map_or(from, |last| last + 1)
    }

    /// The numbered parts that stand from a place on, and where they end.
    fn chain(&self, from: usize) -> (usize, Vec<char>) {
        let (mut end, mut units) = (from, Vec::new());
        while end == from || self.joins(end) {
            let unit = self.behind_digits(end);
            if unit == end || !self.is_one_of(unit, &NUMBERED) {
                break;
            }
            units.push(self.signs[unit].c);
            end = unit + 1;
        }
        let is_house = units.last().is_some_and(|unit| HOUSE.contains(unit) || FLOOR.contains(unit));
        // 12號之1.
        let is_beside = is_house && self.is_digit(end) && self.gap(end).contains(['之', '-', '－', '—', '–']);
        (if is_beside { self.behind_digits(end) } else { end }, units)
    }

    /// Where the names begin that stand right before a place, and whether a way is one of them.
    fn names_before(&self, from: usize) -> (usize, bool) {
        let (mut start, mut has_way) = (from, false);
        while start > 0 && self.joins(start) {
            let mark = start - 1;
            let c = self.signs[mark].c;
            if NUMBERED.contains(&c) && mark > 0 && self.is_digit(mark - 1) && self.joins(mark) {
                let digits = (0..mark).rev().take_while(|at| self.is_digit(*at) && (*at + 1 == mark || self.joins(*at + 1)));
                start = digits.last().unwrap_or(mark);
                continue;
            }
            let (is_way, is_township) = (WAYS.contains(&c), TOWNSHIPS.contains(&c));
            if !is_way && !is_township {
                break;
            }
            let longest = if is_way { ROAD_NAME } else { TOWNSHIP_NAME };
            let name = (0..mark).rev().take(longest).take_while(|at| self.joins(*at + 1) && is_of_name(self.signs[*at].c));
            let Some(first) = name.last() else { break };
            (start, has_way) = (first, has_way || is_way);
        }
        (start, has_way)
    }

    /// What numbered parts are with the names before them.
    fn judged(&self, from: usize, end: usize, units: &[char]) -> Option<Place> {
        let (start, has_way) = self.names_before(from);
        let has = |marks: &[char]| units.iter().any(|unit| marks.contains(unit));
        let is_chain = units.len() + usize::from(has_way) > 1;
        let is_certain = is_chain && (has(&HOUSE) || has(&FLOOR) && (has_way || has(&ON_A_ROAD)));
        let is_other = from > 0 && self.joins(from) && BEFORE_OTHERS.contains(&self.signs[from - 1].c)
            || self.is_one_of(end, &BEHIND_OTHERS);
        if !is_chain && (!has(&ALONE) || is_other) {
            return None;
        }
        let (first, last) = (self.signs.get(start)?, self.signs.get(end.checked_sub(1)?)?);
        Some(Place { at: first.at.start..last.at.end, is_certain })
    }
}

fn is_of_name(c: char) -> bool {
    let is_mark = WAYS.contains(&c) || TOWNSHIPS.contains(&c) || NUMBERED.contains(&c);
    !is_mark && !BEFORE_NAMES.contains(&c) && !c.is_ascii_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(&str, bool)> {
        found(text).into_iter().map(|place| (&text[place.at], place.is_certain)).collect()
    }

    #[test]
    fn a_house_with_what_it_stands_by_is_somebodys() {
        for address in [
            "彰化市中山路二段100巷5弄6之1號",
            "中山路二段的12號",
            "和平東路１段十二之一號二樓",
            "彰化縣和美鎮和東里一鄰彰美路伍段拾貳號",
            "頂庄村12號之3",
            "三民街5号3楼",
            "復興路 12 號",
            "中山路復興巷12號",
            "彰美路五段3樓",
        ] {
            let text = format!("他住在{address}，很吵");
            assert!(told(&text).contains(&(address, true)), "{address}: {:?}", told(&text));
        }
    }

    #[test]
    fn what_may_be_a_place_that_is_talked_of_is_left_to_people() {
        for place in ["門牌12號", "彰美路二段", "100巷", "和東里1鄰"] {
            let text = format!("此為{place}，請修");
            assert!(!told(&text).is_empty() && told(&text).iter().all(|(_, is_certain)| !is_certain), "{:?}", told(&text));
        }
        for innocent in
            ["第12號窗口", "府民戶字第115號函", "3月5號下午", "二樓會議室", "道路不平", "115年，3人", "網路申辦", "12號窗口"]
        {
            assert_eq!(told(innocent), [], "{innocent}");
        }
    }
}
