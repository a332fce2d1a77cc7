//! Where somebody lives by what an address says of it, however it is written: with numerals of either kind, a postcode in front, 之 or
//! a dash, with 臺 or 台, with the village and its neighbourhood or without, in a township that has another name by now. Two addresses
//! are of one dwelling, of two, or nobody can tell by them. That they are two is told by those alone of which every sign has its place, in
//! the order in which addresses are written: what can be read in two ways, or not at all, or is left out, tells it to nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::zip;

use super::address_signs::{BESIDE, GAP, SEPARATOR, UP_TO, is_numeral, leading_digits, listed, number, numerals, signs};
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
    /// What has a number behind 之: of a floor, or of a house in the place of its floor.
    Unit,
    /// What is called a room, and numbered otherwise.
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
}

/// All parts but the neighbourhood, which is no part of a number on a road.
const NUMBERED: [Part; 8] =
    [Part::Section, Part::Lane, Part::Alley, Part::SubAlley, Part::House, Part::Floor, Part::Unit, Part::Room];

/// What an address says of where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dwelling {
    township: Option<Township>,
    village: Option<String>,
    /// The road, or the place that stands for one.
    road: String,
    /// The numbers of each part: one that is 12之1 as `12-1`.
    parts: BTreeMap<Part, BTreeSet<String>>,
    /// What stands behind the road and is none of these, as the name of a lane.
    words: String,
    /// Something in it can be read in two ways, or in none, or not in its place: by that it is no other dwelling than any.
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
        let (road, lane) = (dwelling.road.as_str(), dwelling.words.as_str());
        let is_read = is_name(road) && (lane.is_empty() || is_name(lane) && lane.ends_with('巷'));
        dwelling.is_vague |= !is_read || !dwelling.parts.contains_key(&Part::House);
        dwelling
    }

    /// Adds a part; one that is there twice, or behind another that it goes before, may be of two.
    fn add(&mut self, part: Part, numbers: BTreeSet<String>) {
        self.is_vague |= self.parts.keys().next_back().is_some_and(|last| *last >= part);
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
            && let Some((part, number, rest)) = basement(text)
        {
            self.add(part, BTreeSet::from([number]));
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
        // 1-2樓 may be two floors, and 12-14號 two houses and what is between them.
        self.is_vague |= said.contains('-') && numbers.iter().any(|number| is_rising(number));
        if part != Part::Floor {
            return self.end(part, numbers, rest);
        }
        // Of no house it may be the house: 12 2樓, 12之1 2樓.
        self.is_vague |= !self.parts.contains_key(&Part::House);
        // 2之1樓 is 2樓之1.
        let (units, floors): (Vec<String>, Vec<String>) = numbers.into_iter().partition(|number| number.contains('-'));
        let units: Vec<(&str, &str)> = units.iter().filter_map(|number| number.split_once('-')).collect();
        let floors = floors.into_iter().chain(units.iter().map(|(floor, _)| (*floor).to_owned())).collect();
        let rest = self.end(part, floors, rest);
        if !units.is_empty() {
            self.add(Part::Unit, units.iter().map(|(_, unit)| (*unit).to_owned()).collect());
        }
        rest
    }

    /// Takes a part, and the number of a unit in it, which may stand behind its sign; what follows. Of 12號-14號 the one is no unit of
    /// the other; of 12號之12樓 nobody can tell which is the unit and which the floor.
    fn end<'a>(&mut self, part: Part, mut numbers: BTreeSet<String>, rest: &'a str) -> &'a str {
        let is_dashed = rest.starts_with('-');
        let unit =
            rest.strip_prefix(BESIDE).and_then(number).filter(|(_, rest)| ended(rest).is_none_or(|(next, _)| next != part));
        self.is_vague |= unit.as_ref().is_some_and(|(_, rest)| ended(rest).is_some());
        let (unit, rest) = match unit {
            Some((unit, rest)) if matches!(part, Part::House | Part::Floor) => (Some(unit), rest),
            _ => (None, rest),
        };
        if let (Part::House, Some(unit)) = (part, &unit) {
            numbers = numbers.into_iter().map(|house| format!("{house}-{unit}")).collect();
            self.is_vague |= is_dashed && numbers.iter().any(|number| is_rising(number));
        }
        self.add(part, numbers);
        if let (Part::Floor, Some(unit)) = (part, unit) {
            self.add(Part::Unit, BTreeSet::from([unit]));
        }
        rest
    }

    fn compared_part(&self, other: &Self, part: Part) -> Compared {
        match (self.parts.get(&part), other.parts.get(&part)) {
            (None, None) => Same,
            (Some(own), Some(theirs)) if own == theirs => Same,
            (Some(own), Some(theirs)) if own.is_disjoint(theirs) => Different,
            _ => Unclear,
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
        let has_road = !self.road.is_empty() || !other.road.is_empty();
        match (&self.village, &other.village) {
            (Some(own), Some(theirs)) if own == theirs => Same,
            (Some(own), Some(theirs)) if has_road || may_be_one(own, theirs) => Unclear,
            (Some(_), Some(_)) => Different,
            (None, None) => Same,
            _ if is_by_road => Same,
            _ => Unclear,
        }
    }

    /// The roads: what ends alike may name a village or a place before it that the other leaves out, as a lane may leave out its road, and
    /// what does not end as roads do is not the name of one alone.
    fn compared_roads(&self, other: &Self) -> Compared {
        let shared = zip(self.road.chars().rev(), other.road.chars().rev()).take_while(|(own, theirs)| own == theirs).count();
        let [own, theirs] = [self, other].map(|one| format!("{}{}", one.village.as_deref().unwrap_or_default(), one.road));
        let are_like = shared >= ROAD || may_be_one(&self.road, &other.road) || may_be_one(&own, &theirs);
        let are = |ends: &[char]| [self, other].into_iter().all(|one| one.road.ends_with(ends));
        match self.road == other.road {
            true => Same,
            false if !are_like && (are(&ROADS) || are(&['巷'])) => Different,
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

/// How the names of roads end, but for lanes.
const ROADS: [char; 3] = ['路', '街', '道'];
/// As many signs as a road has at least with the place before it: those that share so many at their ends may be one.
const ROAD: usize = 3;

/// What joins two places or two numbers, or belongs to a number: in no name of a road.
const JOINING: [char; 12] = ['及', '與', '或', '附', '至', '之', '號', '樓', '室', '段', '弄', '鄰'];

/// Whether a text is a name alone, or nothing: letters, and in that of a road numbers as in 三民一路, none of them behind a road as those of
/// houses are.
fn is_name(text: &str) -> bool {
    let is_of_name = |sign: char| (sign.is_alphabetic() || sign.is_ascii_digit()) && !JOINING.contains(&sign);
    let mut signs = zip(text.chars(), text.chars().skip(1));
    let is_numbered = signs.any(|(sign, next)| next.is_ascii_digit() && (ROADS.contains(&sign) || sign == '巷'));
    let is_road = text.ends_with(ROADS) || text.ends_with('巷');
    text.chars().all(is_of_name) && !is_numbered && (is_road || !text.contains(|sign: char| sign.is_ascii_digit()))
}

/// Whether the one of two names is the other with some of its signs left out.
pub(super) fn may_be_one(one: &str, other: &str) -> bool {
    let is_within = |short: &str, long: &str| {
        let mut signs = long.chars();
        short.chars().all(|sign| signs.any(|next| next == sign))
    };
    is_within(one, other) || is_within(other, one)
}

/// Whether the number of a unit is greater than that of which it is one, as in 12-14.
fn is_rising(number: &str) -> bool {
    let value = |digits: &str| digits.parse::<u64>().ok();
    number.split_once('-').is_some_and(|(of, unit)| value(of) < value(unit))
}

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

/// The part that ends where a text begins, and what follows: 2F is 2樓.
fn ended(text: &str) -> Option<(Part, &str)> {
    let sign = text.chars().next()?;
    let rest = &text[sign.len_utf8()..];
    let is_floor = sign == 'f' && !rest.starts_with(|next: char| next.is_ascii_alphabetic());
    let part = if is_floor { Some(Part::Floor) } else { Part::ended_by(sign) };
    part.map(|part| (part, rest))
}

/// The floor below the ground with which a text begins, and what follows: B1, 地下一樓, 地下室. B1室 is a room of that number.
fn basement(text: &str) -> Option<(Part, String, &str)> {
    let is_named = text.starts_with("地下");
    let rest = text.strip_prefix("地下").or_else(|| text.strip_prefix('b'))?;
    let (floor, rest) = match leading_digits(rest) {
        Some((floor, rest)) => (Some(floor), rest),
        None if is_named => (None, rest),
        None => return None,
    };
    let number = format!("地下{}", floor.unwrap_or("1"));
    match ended(rest) {
        Some((Part::Room, rest)) if floor.is_some() => Some((Part::Room, number, rest)),
        Some((Part::Floor | Part::Room, rest)) => Some((Part::Floor, number, rest)),
        _ => Some((Part::Floor, number, rest)),
    }
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
            (HOME, "彰化縣線西鄉線西村1鄰彰美路五段12號"),
            (HOME, "彰化縣和美鎮和東里1鄰彰美路五段100巷13號"),
            ("彰化縣和美鎮彰美路五段平安巷6號", "彰化縣和美鎮彰美路五段平安巷8號"),
            ("彰化縣和美鎮彰美路五段平安巷6號", "彰化縣和美鎮彰美路五段8號"),
            ("彰化縣和美鎮平安巷6號", "彰化縣和美鎮和樂巷6號"),
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
            (HOME, "彰化縣和美鎮和東里1鄰彰美路五段100巷12號"),
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
            ("彰化縣和美鎮彰美路五段12號", "彰化縣和美鎮彰美路五段12-14號"),
            ("彰化縣和美鎮彰美路五段12號2樓之1", "彰化縣和美鎮彰美路五段12號2樓201室"),
            ("彰化縣和美鎮彰美路五段12號地下一樓", "彰化縣和美鎮彰美路五段12號B1室"),
            ("彰化縣和美鎮彰美路五段12號3樓地下2", "彰化縣和美鎮彰美路五段12號3樓B2室"),
            ("彰化縣和美鎮彰美路五段平安巷6號", "彰化縣和美鎮平安巷6號"),
            ("彰化縣和美鎮彰美路五段平安巷6號", "平安巷6號"),
            ("彰化縣和美鎮彰美路平安巷6號", "彰化縣和美鎮彰美路6號"),
            ("新竹縣新竹市中正路9號", "新竹市北區中正路9號"),
            ("嘉義縣嘉義市中山路9號", "嘉義市東區中山路9號"),
            ("丸之內3丁目2番1號", "3丁目2-1"),
            ("彰化縣線西鄉線西村9號", "彰化縣線西鄉和線路12及14號"),
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

    #[test]
    fn two_numbers_that_are_joined_in_whichever_way_tell_nobody_of_two_dwellings() {
        for road in ["彰化縣和美鎮彰美路五段", "彰化縣和美鎮三民路", "彰化縣線西鄉線西村", "彰美路五段100巷", ""]
        {
            let of = |end: &str| format!("{road}{end}");
            for joined in ["及", "&", "與", "和", ".", "_", "#", "/", "+", "或", "又", "跟", "至", "~"] {
                assert_eq!(compared(&of("12號"), &of(&format!("12{joined}14號"))), Unclear, "{road} {joined}");
                assert_eq!(compared(&of("12號2樓"), &of(&format!("12號2{joined}3樓"))), Unclear, "{road} {joined}");
            }
            for (one, other) in [("12之1號", "12/1號"), ("12號附1", "12附1號"), ("12之1號", "12附1號"), ("12號", "12_1號")]
            {
                assert_eq!(compared(&of(one), &of(other)), Unclear, "{road} {one} {other}");
            }
        }
    }

    /// The parts of an address, one after another.
    fn written_parts() -> impl Strategy<Value = Vec<String>> {
        let some = |all: &[&'static str]| prop::sample::select(all.to_vec());
        let place = some(&["", "彰化縣和美鎮", "彰化縣線西鄉", "和美鎮", "臺中市北區", "新北市板橋區", "新竹縣竹北市"]);
        let village = some(&["", "和東里", "和東里1鄰", "線西村", "頂犁村", "四張里"]);
        let road = some(&["", "彰美路", "三民路", "中正一路", "臺灣大道", "平安巷"]);
        let numbers = |most: u32| prop::option::of(1..most);
        let lanes = (numbers(9), some(&["", "平安巷"]), numbers(300), numbers(30));
        let house = (1u32..300, numbers(20), prop::option::of((1u32..20, numbers(9))), prop::option::of(101u32..999));
        (place, village, road, lanes, house).prop_map(|(place, village, road, lanes, house)| {
            let (section, named, lane, alley) = lanes;
            let (house, unit, floor, room) = house;
            let part = |number: Option<u32>, sign: char| number.map(|number| format!("{number}{sign}")).unwrap_or_default();
            let unit = unit.map(|unit| format!("之{unit}")).unwrap_or_default();
            let floor = floor.map(|(floor, unit)| match unit {
                Some(unit) => format!("{floor}樓之{unit}"),
                None => format!("{floor}樓"),
            });
            // 之1 and the number of a room behind it would be one number.
            let room = room.filter(|_| floor.as_ref().is_none_or(|floor| floor.ends_with('樓')));
            let said = [place, village, road].map(ToOwned::to_owned).into_iter();
            let said = said.chain([part(section, '段'), named.to_owned(), part(lane, '巷'), part(alley, '弄')]);
            said.chain([format!("{house}{unit}號"), floor.unwrap_or_default(), part(room, '室')]).collect()
        })
    }

    const SIGNS: [char; 40] = [
        '、', '/', '.', '_', '#', '&', '+', '(', ' ', '~', '-', '及', '與', '和', '或', '附', '之', '第', '至', '路', '街', '道',
        '巷', '弄', '段', '號', '樓', '室', '里', '村', '鄰', '鄉', '鎮', '市', '區', '縣', '東', '大', '新', 'A',
    ];

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
        fn a_sign_more_or_less_and_a_part_left_out_tell_nobody_of_two_dwellings(
            parts in written_parts(), sign in prop::sample::select(SIGNS.to_vec()), at in any::<prop::sample::Index>(),
        ) {
            let address = parts.concat();
            let signs: Vec<char> = address.chars().collect();
            let at = at.index(signs.len() + 1);
            let is_number = |place: Option<usize>| place.and_then(|place| signs.get(place)).is_some_and(|one| is_numeral(*one));
            let mut written: Vec<String> = Vec::new();
            // What stands between two numbers, or is one, makes other numbers.
            if !(is_number(at.checked_sub(1)) && is_number(Some(at))) {
                written.push([&signs[..at], &[sign], &signs[at..]].concat().into_iter().collect());
            }
            if at < signs.len() && !is_number(Some(at)) && !(is_number(at.checked_sub(1)) && is_number(Some(at + 1))) {
                written.push([&signs[..at], &signs[at + 1..]].concat().into_iter().collect());
            }
            let left = at % parts.len();
            written.push([&parts[..left], &parts[left + 1..]].concat().concat());
            let whole = Dwelling::of(&address);
            for other in written {
                prop_assert_ne!(whole.compare(&Dwelling::of(&other)), Different, "{} {}", address, other);
            }
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
