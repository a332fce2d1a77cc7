//! Where somebody lives by what an address says of it, however it is written: with numerals of either kind, a postcode in front, 之 or
//! a dash, with 臺 or 台, with the village and its neighbourhood or without, in a township that has another name by now. Two addresses
//! are of one dwelling, of two, or nobody can tell by them.

use std::collections::{BTreeMap, BTreeSet};

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
const NUMBERED: [Part; 7] =
    [Part::Section, Part::Lane, Part::Alley, Part::SubAlley, Part::House, Part::Floor, Part::Room];

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
}

impl Dwelling {
    pub fn of(address: &str) -> Self {
        let plain = signs(address);
        let (township, rest) = match Township::leading(&plain) {
            Some((township, rest)) => (Some(township), rest),
            None => (None, plain.as_str()),
        };
        let rest = numerals(rest);
        let (village, rest) = match village_of(township.as_ref(), &rest) {
            Some((village, rest)) => (Some(village), rest),
            None => (None, rest.as_str()),
        };
        let mut dwelling = Self { township, village, road: String::new(), parts: BTreeMap::new(), words: String::new() };
        let mut rest = rest;
        while !rest.is_empty() {
            rest = dwelling.take(rest);
        }
        dwelling
    }

    fn add(&mut self, part: Part, numbers: BTreeSet<String>) {
        self.parts.entry(part).or_default().extend(numbers);
    }

    /// Takes what has no number.
    fn say(&mut self, words: &str) {
        let is_past_road = self.parts.keys().any(|part| *part != Part::Neighbourhood);
        let said = if is_past_road { &mut self.words } else { &mut self.road };
        said.extend(words.chars().filter(|sign| *sign != SEPARATOR));
    }

    /// Takes the next part of an address; what follows it.
    fn take<'a>(&mut self, text: &'a str) -> &'a str {
        if self.parts.contains_key(&Part::House)
            && let Some((floor, rest)) = basement(text)
        {
            self.add(Part::Floor, BTreeSet::from([floor]));
            return rest;
        }
        let Some((numbers, rest)) = listed(text) else {
            let first = text.chars().next().map_or(0, char::len_utf8);
            self.say(&text[..first]);
            return &text[first..];
        };
        let Some((part, rest)) = ended(rest) else {
            // 號 is left out at the end.
            if rest.is_empty() && !self.parts.contains_key(&Part::House) {
                self.add(Part::House, numbers);
            } else {
                self.say(&text[..text.len() - rest.len()]);
            }
            return rest;
        };
        self.end(part, numbers, rest)
    }

    /// Takes a part, and the number of a unit in it, which may stand behind its sign; what follows.
    fn end<'a>(&mut self, part: Part, mut numbers: BTreeSet<String>, rest: &'a str) -> &'a str {
        let unit = rest.strip_prefix(BESIDE).and_then(number);
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

    pub fn compare(&self, other: &Self) -> Compared {
        let townships = match (&self.township, &other.township) {
            (Some(own), Some(theirs)) if own != theirs => Different,
            (Some(_), Some(_)) | (None, None) => Same,
            _ => Unclear,
        };
        let is_by_road = !self.road.is_empty() && !other.road.is_empty();
        let roads = match self.road == other.road {
            true => Same,
            false if is_by_road => Different,
            false => Unclear,
        };
        let words = if self.words == other.words { Same } else { Unclear };
        let neighbourhoods = if is_by_road { Same } else { self.compared_neighbourhoods(other) };
        let parts = NUMBERED.into_iter().map(|part| self.compared_part(other, part));
        let places = [townships, roads, words, neighbourhoods, self.compared_villages(other, is_by_road)];
        parts.chain(places).max().unwrap_or(Same)
    }
}

/// What stands between two of several.
const SEPARATOR: char = '、';

/// What stands before the number of a unit of a house.
const BESIDE: [char; 2] = ['之', '-'];

/// An address in one kind of signs: as names are compared, with one dash and one separator for all that are typed for them, and
/// in the characters of the register.
pub(super) fn signs(address: &str) -> String {
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
        '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '/' | '~' | '\u{301c}' | '〔' | '〕' | '【' | '】' | '「' | '」' | '『'
        | '』' => SEPARATOR,
        other => other,
    };
    names::key(address).chars().map(sign).collect()
}

/// What a sign is in a number.
enum Numeral {
    Digit(u64),
    Unit(u64),
    /// 廿 and 卅, which are two of them.
    Tens(u64),
}

fn numeral(sign: char) -> Option<Numeral> {
    const DIGITS: [&[char]; 10] = [
        &['〇', '零', '○'],
        &['一', '壹'],
        &['二', '貳'],
        &['三', '參'],
        &['四', '肆'],
        &['五', '伍'],
        &['六', '陸'],
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
        _ => Numeral::Digit(u64::try_from(DIGITS.iter().position(|signs| signs.contains(&sign))?).ok()?),
    })
}

/// A number in digits, without zeros in front.
fn digits(signs: &str) -> String {
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

/// A text with digits in the place of all numbers: 十二 and １２ are 12, also in the name of a road.
pub(super) fn numerals(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut run = String::new();
    for sign in text.chars() {
        if numeral(sign).is_some() {
            run.push(sign);
            continue;
        }
        if !run.is_empty() {
            plain.push_str(&digits(&run));
            run.clear();
        }
        plain.push(sign);
    }
    if !run.is_empty() {
        plain.push_str(&digits(&run));
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
            ("彰化縣和美鎮彰美路五段23號", "彰化縣和美鎮彰美路五段廿三號"),
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
            ("12 Rue de Rivoli, Paris", "14 Rue de Rivoli, Paris"),
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
            ("彰化縣和美鎮彰美路五段12號2樓之1", "彰化縣和美鎮彰美路五段12號2樓"),
            ("彰化縣線西鄉線西村9號", "彰化縣線西鄉9號"),
            ("彰化縣線西鄉線西村2鄰9號", "彰化縣線西鄉線西村3鄰9號"),
            ("彰化縣線西鄉線西村2鄰9號", "彰化縣線西鄉線西村和線路9號"),
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
        fn every_address_is_that_of_itself(address in "[彰化縣和美鎮東里線西村路段巷弄號樓之鄰0-9一二三十百、(F) -]{0,24}") {
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
