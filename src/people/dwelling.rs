//! Where somebody lives by what an address says of it, however it is written: with numerals of either kind, a postcode in front, 之 or
//! a dash, with 臺 or 台, with the village and its neighbourhood or without, in a township that has another name by now. Two addresses
//! are of one dwelling, of two, or nobody can tell by them. What can be read in two ways, or not at all, tells nobody that they are two.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::zip;

use super::names;
use super::townships::{Township, village_of};

/// How two addresses stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compared {
    /// They are of one dwelling.
    Same,
    /// They may be: the one says less than the other, or what it says is no part of an address.
    Unclear,
    Different,
}

use Compared::{Different, Same, Unclear};

/// What has a number in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Neighbourhood,
    Section,
    Lane,
    Alley,
    SubAlley,
    House,
    Floor,
    Room,
}

impl Part {
    /// The part whose numbers end with a sign.
    fn ended_by(sign: char) -> Option<Self> {
        match sign {
            '鄰' => Some(Self::Neighbourhood),
            '段' => Some(Self::Section),
            '巷' => Some(Self::Lane),
            '弄' => Some(Self::Alley),
            '衖' => Some(Self::SubAlley),
            '號' => Some(Self::House),
            '樓' => Some(Self::Floor),
            '室' => Some(Self::Room),
            _ => None,
        }
    }

    /// What it tells where the one address has it and the other has not: a house in a lane is not the one of that number on the road.
    fn left_out(self) -> Compared {
        match self {
            Self::Lane | Self::Alley | Self::SubAlley => Different,
            _ => Unclear,
        }
    }
}

/// All parts but the neighbourhood, which is no part of a number on a road.
const NUMBERED: [Part; 7] = [Part::Section, Part::Lane, Part::Alley, Part::SubAlley, Part::House, Part::Floor, Part::Room];

/// What an address says of where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dwelling {
    township: Option<Township>,
    village: Option<String>,
    /// The road, or the place that stands for one.
    road: String,
    /// The numbers of each part: one that is 12之1 as `12-1`.
    parts: BTreeMap<Part, BTreeSet<String>>,
    /// What stands behind the road and is none of these.
    words: String,
    /// Something in it can be read in two ways, or in none: by that it is no other dwelling than any.
    is_vague: bool,
}

impl Dwelling {
    pub fn of(address: &str) -> Self {
        let plain = signs(address);
        let (township, rest) = match Township::leading(&plain) {
            Some((township, rest)) => (Some(township), rest),
            None => (None, plain.as_str()),
        };
        let is_vague = is_foreign(rest);
        let rest = numerals(rest);
        let (village, rest) = match village_of(township.as_ref(), &rest) {
            Some((village, rest)) => (Some(village), rest),
            None => (None, rest.as_str()),
        };
        let (road, words) = (String::new(), String::new());
        let mut dwelling = Self { township, village, road, parts: BTreeMap::new(), words, is_vague };
        let mut rest = rest;
        while !rest.is_empty() {
            rest = dwelling.take(rest);
        }
        dwelling
    }

    fn add(&mut self, part: Part, numbers: BTreeSet<String>) {
        self.parts.entry(part).or_default().extend(numbers);
    }

    fn is_past_road(&self) -> bool {
        self.parts.keys().any(|part| *part != Part::Neighbourhood)
    }

    /// Takes what has no number.
    fn say(&mut self, words: &str) {
        let said = if self.is_past_road() { &mut self.words } else { &mut self.road };
        said.extend(words.chars().filter(|sign| *sign != SEPARATOR));
    }

    /// Takes a sign that stands for no number; what follows. One between two numbers that are no unit of each other may say from where
    /// to where, and a numeral that is left is of a number that nobody writes so.
    fn take_sign<'a>(&mut self, text: &'a str) -> &'a str {
        let Some(sign) = text.chars().next() else { return text };
        let (said, rest) = text.split_at(sign.len_utf8());
        self.is_vague |= is_numeral(sign) || self.is_past_road() && (sign == UP_TO || BESIDE.contains(&sign));
        self.say(said);
        rest
    }

    /// Takes the next part of an address; what follows it.
    fn take<'a>(&mut self, text: &'a str) -> &'a str {
        if let Some(rest) = without_filling(text) {
            return rest;
        }
        if self.parts.contains_key(&Part::House)
            && let Some((floor, rest)) = basement(text)
        {
            self.add(Part::Floor, BTreeSet::from([floor]));
            return rest;
        }
        let Some((numbers, rest)) = listed(text) else { return self.take_sign(text) };
        let said = &text[..text.len() - rest.len()];
        let Some((part, rest)) = ended(rest) else {
            // 號 is left out at the end.
            if rest.is_empty() && !self.parts.contains_key(&Part::House) {
                self.add(Part::House, numbers);
            } else {
                // Two numbers side by side are two, or one; and between two there may be others.
                self.is_vague |= rest.starts_with([GAP, UP_TO]);
                self.say(said);
            }
            return rest;
        };
        if part != Part::Floor {
            return self.end(part, numbers, rest);
        }
        // Of no house it may be the house: 12 2樓, 12之1 2樓.
        self.is_vague |= !self.parts.contains_key(&Part::House);
        let floors = self.floors(numbers, said.contains('-'));
        self.end(part, floors, rest)
    }

    /// Takes the rooms of floors whose numbers have them: 2之1樓 is 2樓之1; 1-2樓 may be two floors.
    fn floors(&mut self, numbers: BTreeSet<String>, is_dashed: bool) -> BTreeSet<String> {
        let mut floors = BTreeSet::new();
        for number in numbers {
            let Some((floor, room)) = number.split_once('-') else {
                floors.insert(number);
                continue;
            };
            let value = |digits: &str| digits.parse::<u64>().ok();
            self.is_vague |= is_dashed && value(floor) < value(room);
            floors.insert(floor.to_owned());
            self.add(Part::Room, BTreeSet::from([room.to_owned()]));
        }
        floors
    }

    /// Takes a part, and the number of a unit in it, which may stand behind its sign; what follows. Of 12號-14號 the one is no unit of
    /// the other; of 12號之12樓 nobody can tell which is the unit and which the floor.
    fn end<'a>(&mut self, part: Part, mut numbers: BTreeSet<String>, rest: &'a str) -> &'a str {
        let unit =
            rest.strip_prefix(BESIDE).and_then(number).filter(|(_, rest)| ended(rest).is_none_or(|(next, _)| next != part));
        self.is_vague |= unit.as_ref().is_some_and(|(_, rest)| ended(rest).is_some());
        let (unit, rest) = match unit {
            Some((unit, rest)) if matches!(part, Part::House | Part::Floor) => (Some(unit), rest),
            _ => (None, rest),
        };
        match (part, unit) {
            (Part::House, Some(unit)) => numbers = numbers.into_iter().map(|house| format!("{house}-{unit}")).collect(),
            (Part::Floor, Some(unit)) => self.add(Part::Room, BTreeSet::from([unit])),
            _ => {}
        }
        self.add(part, numbers);
        rest
    }

    fn compared_part(&self, other: &Self, part: Part) -> Compared {
        match (self.parts.get(&part), other.parts.get(&part)) {
            (None, None) => Same,
            (Some(own), Some(theirs)) if own == theirs => Same,
            (Some(own), Some(theirs)) if own.is_disjoint(theirs) => Different,
            (Some(_), Some(_)) => Unclear,
            _ => part.left_out(),
        }
    }

    /// The neighbourhoods of a place without roads: they number no houses, and are drawn anew.
    fn compared_neighbourhoods(&self, other: &Self) -> Compared {
        let told = [self, other].map(|one| one.parts.get(&Part::Neighbourhood));
        match told {
            [Some(own), Some(theirs)] if own != theirs => Unclear,
            _ => Same,
        }
    }

    /// The villages: of houses that are numbered along a road they are no part of the number, and have had other borders.
    fn compared_villages(&self, other: &Self, is_by_road: bool) -> Compared {
        match (&self.village, &other.village) {
            (Some(own), Some(theirs)) if own != theirs && is_by_road => Unclear,
            (Some(own), Some(theirs)) if own != theirs => Different,
            (Some(_), Some(_)) | (None, None) => Same,
            _ if is_by_road => Same,
            _ => Unclear,
        }
    }

    /// The roads: what ends alike may name a village or a place before it that the other leaves out, and what does not end as roads do
    /// is not the name of one alone.
    fn compared_roads(&self, other: &Self) -> Compared {
        let shared = zip(self.road.chars().rev(), other.road.chars().rev()).take_while(|(own, theirs)| own == theirs).count();
        let end_alike = shared >= ROAD || self.road.ends_with(&other.road) || other.road.ends_with(&self.road);
        let are_roads = [self, other].into_iter().all(|one| one.road.ends_with(ROADS));
        match self.road == other.road {
            true => Same,
            false if are_roads && !end_alike => Different,
            false => Unclear,
        }
    }

    pub fn compare(&self, other: &Self) -> Compared {
        let townships = match (&self.township, &other.township) {
            (Some(own), Some(theirs)) => own.compare(theirs),
            (None, None) => Same,
            _ => Unclear,
        };
        let is_by_road = !self.road.is_empty() && !other.road.is_empty();
        let roads = self.compared_roads(other);
        let words = if self.words == other.words { Same } else { Unclear };
        let neighbourhoods = if is_by_road { Same } else { self.compared_neighbourhoods(other) };
        let parts = NUMBERED.into_iter().map(|part| self.compared_part(other, part));
        let places = [roads, words, neighbourhoods, self.compared_villages(other, is_by_road)];
        let read = parts.chain(places).max().unwrap_or(Same);
        let within = if self.is_vague || other.is_vague { read.min(Unclear) } else { read };
        within.max(townships)
    }
}

/// How the names of roads end.
const ROADS: [char; 4] = ['路', '街', '道', '巷'];
/// As many signs as a road has at least with the place before it: those that share so many at their ends may be one.
const ROAD: usize = 3;

/// What stands between two of several.
const SEPARATOR: char = '、';

/// What stands between the first of several and the last.
const UP_TO: char = '至';

/// What keeps two numbers apart that stand side by side, in the place of a blank.
pub(super) const GAP: char = '␣';

/// What stands before the number of a unit of a house.
const BESIDE: [char; 2] = ['之', '-'];

/// What stands before the number of a house and tells nothing, and what keeps numbers apart: what follows.
fn without_filling(text: &str) -> Option<&str> {
    let numbered = text.strip_prefix('第').filter(|rest| rest.starts_with(|sign: char| sign.is_ascii_digit()));
    numbered.or_else(|| text.strip_prefix("門牌號碼")).or_else(|| text.strip_prefix("門牌")).or_else(|| text.strip_prefix(GAP))
}

/// Whether an address is written in letters of another script, which nobody reads into parts.
fn is_foreign(text: &str) -> bool {
    let is_letter = |sign: char| sign.is_alphabetic() && sign < '\u{2e80}';
    zip(text.chars(), text.chars().skip(1)).any(|(one, next)| is_letter(one) && is_letter(next))
}

/// An address in one kind of signs: as names are compared, with one dash and one separator for all that are typed for them, and
/// in the characters of the register. A blank stays between two numbers, as a gap.
pub(super) fn signs(address: &str) -> String {
    let marked: String = address.chars().map(|sign| if sign.is_whitespace() { GAP } else { sign }).collect();
    let marked: Vec<char> = register_signs(&marked).chars().collect();
    let mut plain = String::with_capacity(address.len());
    let mut gap_behind = None;
    for sign in marked {
        if sign == GAP {
            gap_behind = plain.chars().next_back();
            continue;
        }
        let is_between = gap_behind.take().is_some_and(is_numeral) && is_numeral(sign);
        plain.extend(is_between.then_some(GAP));
        plain.push(sign);
    }
    register_signs(&plain)
}

fn register_signs(address: &str) -> String {
    let sign = |sign: char| match sign {
        '台' => '臺',
        '庄' => '莊',
        '号' => '號',
        '楼' | '层' | '層' => '樓',
        '区' => '區',
        '县' | '県' => '縣',
        '乡' => '鄉',
        '镇' => '鎮',
        '邻' => '鄰',
        '缐' => '線',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{30fc}' => '-',
        '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '/' | '〔' | '〕' | '【' | '】' | '「' | '」' | '『' | '』' => {
            SEPARATOR
        }
        '~' | '\u{301c}' | '到' => UP_TO,
        other => other,
    };
    names::key(address).chars().map(sign).collect()
}

/// What a sign is in a number.
enum Numeral {
    Digit(u64),
    Unit(u64),
    /// 廿, 卅 and 卌, which are several of them.
    Tens(u64),
}

fn numeral(sign: char) -> Option<Numeral> {
    const DIGITS: [&[char]; 10] = [
        &['〇', '零', '○'],
        &['一', '壹'],
        &['二', '貳', '贰', '兩', '两'],
        &['三', '參', '叁', '参'],
        &['四', '肆'],
        &['五', '伍'],
        &['六', '陸', '陆'],
        &['七', '柒'],
        &['八', '捌'],
        &['九', '玖'],
    ];
    Some(match sign {
        '0'..='9' => Numeral::Digit(u64::from(sign.to_digit(10)?)),
        '十' | '拾' => Numeral::Unit(10),
        '百' | '佰' => Numeral::Unit(100),
        '千' | '仟' => Numeral::Unit(1000),
        '廿' => Numeral::Tens(20),
        '卅' => Numeral::Tens(30),
        '卌' => Numeral::Tens(40),
        _ => Numeral::Digit(u64::try_from(DIGITS.iter().position(|signs| signs.contains(&sign))?).ok()?),
    })
}

/// Whether a sign stands in a number, written in whichever way.
pub fn is_numeral(sign: char) -> bool {
    numeral(sign).is_some()
}

/// A number in digits, without zeros in front.
pub fn digits(signs: &str) -> String {
    let numerals = || signs.chars().filter_map(numeral);
    if numerals().all(|one| matches!(one, Numeral::Digit(_))) {
        let value = |one: Numeral| match one {
            Numeral::Digit(value) | Numeral::Unit(value) | Numeral::Tens(value) => value.to_string(),
        };
        let digits: String = numerals().map(value).collect();
        let significant = digits.trim_start_matches('0');
        return if significant.is_empty() { "0".to_owned() } else { significant.to_owned() };
    }
    let (mut total, mut open) = (0u64, None::<u64>);
    for one in numerals() {
        match one {
            Numeral::Digit(digit) => open = Some(open.unwrap_or(0).saturating_mul(10).saturating_add(digit)),
            Numeral::Unit(unit) => total = total.saturating_add(open.take().unwrap_or(1).saturating_mul(unit)),
            Numeral::Tens(tens) => total = total.saturating_add(open.take().unwrap_or(0)).saturating_add(tens),
        }
    }
    total.saturating_add(open.unwrap_or(0)).to_string()
}

/// Whether signs are a number as numbers are written: digits alone; or each unit less than the one before it, behind one digit at the
/// most, with a zero where one is left out. 一百五 is 105 to some and 150 to others, and 十二三 are two numbers.
fn is_written_so(signs: &str) -> bool {
    let all: Vec<Numeral> = signs.chars().filter_map(numeral).collect();
    if all.iter().all(|one| matches!(one, Numeral::Digit(_))) {
        return true;
    }
    let (mut last, mut has_zero, mut open) = (u64::MAX, false, false);
    for one in all {
        let unit = match one {
            Numeral::Digit(0) if !open => {
                has_zero = true;
                continue;
            }
            Numeral::Digit(_) if !open => {
                open = true;
                continue;
            }
            Numeral::Unit(unit) => unit,
            Numeral::Tens(_) if !open => 10,
            Numeral::Digit(_) | Numeral::Tens(_) => return false,
        };
        if unit >= last {
            return false;
        }
        (last, has_zero, open) = (unit, false, false);
    }
    !open && !has_zero || open && (last == 10 || has_zero)
}

/// Puts digits in the place of a number; one that nobody writes so stays as it is.
fn end_run(plain: &mut String, run: &mut String) {
    let number = if is_written_so(run) { digits(run) } else { run.clone() };
    plain.push_str(&number);
    run.clear();
}

/// A text with digits in the place of all numbers: 十二 and １２ are 12, also in the name of a road. Of 1二 the one is a number and the
/// other is the next.
pub(super) fn numerals(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut run = String::new();
    for sign in text.chars() {
        let is_digit = |sign: char| matches!(numeral(sign), Some(Numeral::Digit(_)));
        let last = run.chars().next_back();
        let is_next = last.is_some_and(|last| {
            let is_other = last.is_ascii_digit() != sign.is_ascii_digit();
            is_numeral(sign) && is_other && (is_digit(last) && is_digit(sign) || sign.is_ascii_digit())
        });
        if last.is_some() && (is_next || !is_numeral(sign)) {
            end_run(&mut plain, &mut run);
        }
        plain.extend(is_next.then_some(GAP));
        let to = if is_numeral(sign) { &mut run } else { &mut plain };
        to.push(sign);
    }
    if !run.is_empty() {
        end_run(&mut plain, &mut run);
    }
    plain
}

/// The digits with which a text begins, and what follows.
fn leading_digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// The number with which a text begins, with those of its units, and what follows.
fn number(text: &str) -> Option<(String, &str)> {
    let (first, mut rest) = leading_digits(text)?;
    let mut number = first.to_owned();
    while let Some((unit, after)) = rest.strip_prefix(BESIDE).and_then(leading_digits) {
        number.push('-');
        number.push_str(unit);
        rest = after;
    }
    Some((number, rest))
}

/// The numbers with which a text begins, one after another, and what follows.
fn listed(text: &str) -> Option<(BTreeSet<String>, &str)> {
    let (first, mut rest) = number(text)?;
    let mut all = BTreeSet::from([first]);
    while let Some((next, after)) = rest.strip_prefix(SEPARATOR).and_then(number) {
        all.insert(next);
        rest = after;
    }
    Some((all, rest))
}

/// The part that ends where a text begins, and what follows: 2F is 2樓.
fn ended(text: &str) -> Option<(Part, &str)> {
    let sign = text.chars().next()?;
    let rest = &text[sign.len_utf8()..];
    let is_floor = sign == 'f' && !rest.starts_with(|next: char| next.is_ascii_alphabetic());
    let part = if is_floor { Some(Part::Floor) } else { Part::ended_by(sign) };
    part.map(|part| (part, rest))
}

/// The floor below the ground with which a text begins, and what follows: B1, 地下一樓, 地下室.
fn basement(text: &str) -> Option<(String, &str)> {
    let is_named = text.starts_with("地下");
    let rest = text.strip_prefix("地下").or_else(|| text.strip_prefix('b'))?;
    let (floor, rest) = match leading_digits(rest) {
        Some((floor, rest)) => (floor, rest),
        None if is_named => ("1", rest),
        None => return None,
    };
    let rest = ended(rest).filter(|(part, _)| matches!(part, Part::Floor | Part::Room)).map_or(rest, |(_, rest)| rest);
    Some((format!("地下{floor}"), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn compared(one: &str, other: &str) -> Compared {
        let (one, other) = (Dwelling::of(one), Dwelling::of(other));
        assert_eq!(one.compare(&other), other.compare(&one), "{one:?} {other:?}");
        one.compare(&other)
    }

    const HOME: &str = "彰化縣和美鎮和東里1鄰彰美路五段12號";

    #[test]
    fn one_dwelling_is_one_however_its_address_is_written() {
        for written in [
            "彰化縣和美鎮和東里1鄰彰美路5段12號",
            "彰化縣和美鎮和東里一鄰彰美路五段十二號",
            "彰化縣和美鎮和東里０１鄰彰美路５段１２號",
            "彰化縣和美鎮和東里彰美路五段一二號",
            "彰化縣和美鎮和東里彰美路伍段拾貳號",
            "508彰化縣和美鎮和東里1鄰彰美路五段12號",
            "508005 彰化縣 和美鎮 和東里 1鄰 彰美路五段 12號",
            "(508)彰化縣和美鎮和東里1鄰彰美路五段12號",
            "臺灣省彰化縣和美鎮和東里1鄰彰美路五段12號",
            "台灣彰化縣和美鎮和東里1鄰彰美路五段12號",
            "彰化縣和美鎮彰美路五段12號",
            "彰化縣和美鎮3鄰彰美路五段12號",
            "彰化縣和美鎭和東里1隣彰美路五段12号",
            "和美鎮彰美路五段12號",
        ] {
            assert_eq!(compared(HOME, written), Same, "{written}: {:?}", Dwelling::of(written));
        }
        for (one, other) in [
            ("彰化縣和美鎮彰美路五段12之1號", "彰化縣和美鎮彰美路五段12-1號"),
            ("彰化縣和美鎮彰美路五段12之1號", "彰化縣和美鎮彰美路五段12號之1"),
            ("彰化縣和美鎮彰美路五段12之1號", "彰化縣和美鎮彰美路五段十二號之一"),
            ("彰化縣和美鎮彰美路五段12之1號", "彰化縣和美鎮彰美路五段12—1號"),
            ("彰化縣和美鎮彰美路五段12號2樓", "彰化縣和美鎮彰美路五段12號2F"),
            ("彰化縣和美鎮彰美路五段12號2樓", "彰化縣和美鎮彰美路五段12號二層"),
            ("彰化縣和美鎮彰美路五段12號2樓", "彰化縣和美鎮彰美路五段12號２Ｆ"),
            ("彰化縣和美鎮彰美路五段12號2樓之3", "彰化縣和美鎮彰美路五段12號2F-3"),
            ("彰化縣和美鎮彰美路五段12號(2樓)", "彰化縣和美鎮彰美路五段12號2樓"),
            ("彰化縣和美鎮彰美路五段12號地下1樓", "彰化縣和美鎮彰美路五段12號B1"),
            ("彰化縣和美鎮彰美路五段12號地下室", "彰化縣和美鎮彰美路五段12號B1F"),
            ("彰化縣線西鄉和線路100巷5弄6號", "彰化縣綫西鄉和綫路一百巷五弄六號"),
            ("彰化縣線西鄉和線路123巷6號", "彰化縣線西鄉和線路一百二十三巷6號"),
            ("彰化縣線西鄉和線路100巷5弄6號", "彰化縣線西鄉和線路5弄100巷6號"),
            ("彰化縣和美鎮彰美路五段12、14號", "彰化縣和美鎮彰美路五段14,12號"),
            ("彰化縣和美鎮彰美路五段12、14號", "彰化縣和美鎮彰美路五段12號、14號"),
            ("彰化縣和美鎮彰美路五段23號", "彰化縣和美鎮彰美路五段廿三號"),
            ("彰化縣和美鎮彰美路五段23號", "彰化縣和美鎮彰美路五段贰拾叁號"),
            ("彰化縣和美鎮三民一路9號", "彰化縣和美鎮三民1路9號"),
            ("彰化縣和美鎮新庄里2鄰9號", "彰化縣和美鎮新莊里9號"),
            ("彰化縣和美鎮四張里9號", "彰化縣和美鎮４張里9號"),
            ("彰化縣和美鎮鎮平里中山路9號", "彰化縣和美鎮中山路9號"),
            ("臺中縣大里市中興路一段9號", "台中市大里區中興路1段9號"),
            ("臺北縣板橋市文化路一段9號", "新北市板橋區文化路一段9號"),
            ("臺南縣新市鄉中山路9號", "臺南市新市區中山路9號"),
            ("桃園縣平鎮市中豐路9號", "桃園市平鎮區中豐路9號"),
            ("高雄縣三民鄉平和巷9號", "高雄市那瑪夏區平和巷9號"),
            ("彰化縣員林鎮中正路9號", "彰化縣員林市中正路9號"),
            ("臺中市北區三民路一段2號", "404 臺中市北區三民路一段2號"),
            ("臺中市大里區大里路12號", "臺中市大里區大元里大里路12號"),
            ("12 Rue de Rivoli, Paris", "12 rue de Rivoli Paris"),
            ("彰化縣和美鎮彰美路五段12之1號2樓", "彰化縣和美鎮彰美路五段12號之1二樓"),
            ("彰化縣和美鎮彰美路五段12之1號2樓", "彰化縣和美鎮彰美路五段12號之一2樓"),
            ("彰化縣和美鎮彰美路五段12之1號2樓", "彰化縣和美鎮彰美路五段12號之1 2樓"),
            ("彰化縣和美鎮彰美路五段12之1號2樓", "彰化縣和美鎮彰美路五段12號之1　２Ｆ"),
            ("彰化縣和美鎮彰美路五段12之1號2樓", "彰化縣和美鎮彰美路五段12號之1，2樓"),
            ("彰化縣和美鎮彰美路五段12號2樓之1", "彰化縣和美鎮彰美路五段12號2之1樓"),
            ("彰化縣和美鎮彰美路五段12號2樓之1", "彰化縣和美鎮彰美路五段12號2-1樓"),
            ("彰化縣和美鎮彰美路五段12號2樓之1", "彰化縣和美鎮彰美路五段12號2-1F"),
            ("彰化縣和美鎮彰美路12號", "彰化縣和美鎮彰美路第12號"),
            ("彰化縣和美鎮彰美路12號", "彰化縣和美鎮彰美路門牌12號"),
            ("彰化縣和美鎮彰美路12號", "彰化縣和美鎮彰美路門牌號碼第十二號"),
            ("彰化縣和美鎮彰美路42號", "彰化縣和美鎮彰美路卌二號"),
            ("彰化縣和美鎮彰美路200號", "彰化縣和美鎮彰美路兩百號"),
            ("彰化縣和美鎮彰美路123號", "彰化縣和美鎮彰美路百廿三號"),
            ("嘉義縣吳鳳鄉中正村9號", "嘉義縣阿里山鄉中正村9號"),
            ("屏東縣三地鄉行政街9號", "屏東縣三地門鄉行政街9號"),
            ("臺南市中區民生路9號", "臺南市中西區民生路9號"),
            ("臺南市西區民生路9號", "臺南市中西區民生路9號"),
            ("臺北縣內湖鄉成功路9號", "臺北市內湖區成功路9號"),
        ] {
            assert_eq!(compared(one, other), Same, "{one} {other}: {:?} {:?}", Dwelling::of(one), Dwelling::of(other));
        }
    }

    #[test]
    fn two_dwellings_are_two_however_alike_their_addresses_are() {
        for (one, other) in [
            (HOME, "彰化縣和美鎮和東里1鄰彰美路五段13號"),
            (HOME, "彰化縣和美鎮和東里1鄰彰美路五段12之1號"),
            (HOME, "彰化縣和美鎮和東里1鄰彰美路四段12號"),
            (HOME, "彰化縣和美鎮和西里1鄰彰新路五段12號"),
            (HOME, "彰化縣和美鎮和東里1鄰彰美路五段100巷12號"),
            (HOME, "彰化縣線西鄉線西村1鄰彰美路五段12號"),
            ("彰化縣和美鎮彰美路五段12之1號", "彰化縣和美鎮彰美路五段121號"),
            ("彰化縣和美鎮彰美路五段12號2樓", "彰化縣和美鎮彰美路五段12號3樓"),
            ("彰化縣和美鎮彰美路五段12號2樓之1", "彰化縣和美鎮彰美路五段12號2樓之2"),
            ("彰化縣和美鎮彰美路五段12號1樓", "彰化縣和美鎮彰美路五段12號B1"),
            ("彰化縣線西鄉和線路100巷5弄6號", "彰化縣線西鄉和線路100巷6弄5號"),
            ("彰化縣線西鄉線西村9號", "彰化縣線西鄉頂犁村9號"),
            ("臺中市北區三民路一段2號", "臺中市西區三民路一段2號"),
            ("新竹縣竹北市中正路9號", "新竹市北區中正路9號"),
            ("彰化縣和美鎮三民路9號", "彰化縣和美鎮四民路9號"),
            ("彰化縣和美鎮彰美路五段12號之1 2樓", "彰化縣和美鎮彰美路五段12號之1 3樓"),
            ("彰化縣和美鎮彰美路五段12號2之1樓", "彰化縣和美鎮彰美路五段12號2樓之2"),
            ("臺北市士林區中山北路9號", "臺北市北投區中山北路9號"),
        ] {
            assert_eq!(compared(one, other), Different, "{one} {other}: {:?} {:?}", Dwelling::of(one), Dwelling::of(other));
        }
    }

    #[test]
    fn nobody_can_tell_by_an_address_that_says_less() {
        for (one, other) in [
            (HOME, "彰化縣和美鎮和東里1鄰彰美路五段12號2樓"),
            (HOME, "彰化縣和美鎮和東里彰美路12號"),
            (HOME, "彰化縣和美鎮和東里彰美路五段"),
            (HOME, "彰化縣和美鎮和西里1鄰彰美路五段12號"),
            (HOME, "彰美路五段12號"),
            (HOME, "彰化縣和美鎮和東里1鄰彰美路五段12號（國小旁）"),
            ("彰化縣和美鎮彰美路五段12、14號", "彰化縣和美鎮彰美路五段12號"),
            ("彰化縣和美鎮彰美路五段12號-14號", "彰化縣和美鎮彰美路五段12號"),
            // A village of before stands in no list.
            (HOME, "彰化縣和美鎮和舊里1鄰彰美路五段12號"),
            ("彰化縣和美鎮和舊里彰美路五段12號", "彰化縣和美鎮彰美路五段12號"),
            ("彰化縣和美鎮彰美路五段12號2樓之1", "彰化縣和美鎮彰美路五段12號2樓"),
            ("彰化縣線西鄉線西村9號", "彰化縣線西鄉9號"),
            ("彰化縣線西鄉線西村2鄰9號", "彰化縣線西鄉線西村3鄰9號"),
            ("彰化縣線西鄉線西村2鄰9號", "彰化縣線西鄉線西村和線路9號"),
            // What can be read in two ways.
            ("彰化縣和美鎮彰美路五段12之1號2樓", "彰化縣和美鎮彰美路五段12號之一二樓"),
            ("彰化縣和美鎮彰美路五段12之1號2樓", "彰化縣和美鎮彰美路五段12號之12樓"),
            ("彰化縣和美鎮彰美路五段12之1號2樓", "彰化縣和美鎮彰美路五段12之1 2樓"),
            ("彰化縣和美鎮彰美路五段12之10號2樓", "彰化縣和美鎮彰美路五段12號之十二樓"),
            ("彰化縣和美鎮彰美路五段12號", "彰化縣和美鎮彰美路五段1 2號"),
            ("彰化縣和美鎮彰美路五段12號2樓", "彰化縣和美鎮彰美路五段12號1-2樓"),
            ("彰化縣和美鎮彰美路五段12號2樓", "彰化縣和美鎮彰美路五段12號1樓至3樓"),
            ("彰化縣和美鎮彰美路五段14號", "彰化縣和美鎮彰美路五段12~16號"),
            ("彰化縣和美鎮彰美路105號", "彰化縣和美鎮彰美路一百五號"),
            ("彰化縣和美鎮彰美路150號", "彰化縣和美鎮彰美路一百五號"),
            ("彰化縣和美鎮彰美路12號", "彰化縣和美鎮彰美路邊12號"),
            ("彰化縣和美鎮甲社區彰美路12號", "彰化縣和美鎮乙社區彰美路12號"),
            (HOME, "No. 12, Sec. 5, Zhangmei Rd., Hemei Township, Changhua County 508, Taiwan (R.O.C.)"),
            (HOME, "彰化縣和美鎮No. 12, Sec. 5, Zhangmei Rd."),
            ("12 Rue de Rivoli, Paris", "14 Rue de Rivoli, Paris"),
            ("臺北市古亭區羅斯福路9號", "臺北市中正區羅斯福路9號"),
            ("臺北市松山區永吉路9號", "臺北市信義區永吉路9號"),
            ("臺北縣木柵鄉指南路9號", "臺北市文山區指南路9號"),
        ] {
            assert_eq!(compared(one, other), Unclear, "{one} {other}: {:?} {:?}", Dwelling::of(one), Dwelling::of(other));
        }
    }

    /// A number as it is written with digits, and with numerals.
    fn written(number: u32) -> String {
        const SIGNS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
        let sign = |digit: u32| SIGNS[usize::try_from(digit).unwrap_or_default()];
        let (hundreds, tens, ones) = (number / 100, number / 10 % 10, number % 10);
        let mut text = String::new();
        if hundreds > 0 {
            text.extend([sign(hundreds), '百']);
        }
        match (tens, ones) {
            (0, 0) => {}
            (0, ones) if hundreds > 0 => text.extend(['零', sign(ones)]),
            (0, ones) => text.push(sign(ones)),
            (tens, ones) => {
                text.extend([sign(tens), '十']);
                text.extend((ones > 0).then(|| sign(ones)));
            }
        }
        text
    }

    proptest! {
        #[test]
        fn what_is_written_in_plain_signs_and_digits_is_so_already(address in "\\PC{0,24}") {
            let once = signs(&address);
            prop_assert_eq!(signs(&once), once.clone());
            let plain = numerals(&once);
            prop_assert_eq!(numerals(&plain), plain);
            prop_assert_eq!(Dwelling::of(&once), Dwelling::of(&address));
        }

        #[test]
        fn every_address_is_that_of_itself(address in "[彰化縣和美鎮東里線西村路段巷弄號樓之鄰第至0-9一二三十百兩卌、(FNo) -]{0,24}") {
            let dwelling = Dwelling::of(&address);
            prop_assert_eq!(dwelling.compare(&dwelling), Same);
        }

        #[test]
        fn numbers_are_what_they_say(lane in 1u32..1000, house in 1u32..1000, unit in 1u32..100, floor in 1u32..100) {
            let digits = format!("彰化縣和美鎮和東里彰美路{lane}巷{house}之{unit}號{floor}樓");
            let dashed = format!("台灣省彰化縣和美鎮彰美路{lane}巷{house}-{unit}號{floor}F");
            let [lane, house, unit, floor] = [lane, house, unit, floor].map(written);
            let numerals = format!("508 彰化縣和美鎮和東里1鄰彰美路{lane}巷{house}號之{unit}（{floor}層）");
            for written in [&dashed, &numerals] {
                prop_assert_eq!(Dwelling::of(&digits).compare(&Dwelling::of(written)), Same);
            }
        }
    }
}
