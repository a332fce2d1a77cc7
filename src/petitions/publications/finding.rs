//! What of a text reads as an address, a number or a mailbox of somebody, whosever it is. What surely does is hidden to begin with; what may
//! as well be a count, a day, or what the office itself makes known is left to people, who are shown it.

mod boxes;
mod dwellings;
mod latin;
mod mailboxes;
mod numbers;
mod particulars;

use std::ops::Range;

use regex::Regex;

use crate::mail::MailSettings;
use crate::node::Node;
use crate::office::OfficeSettings;
use crate::people::Email;
use crate::petitions::signs::folded;

/// Where something stands that may tell of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub at: Range<usize>,
    /// It is nothing else.
    pub is_certain: bool,
}

/// By what the office itself is reached, as it is compared.
#[derive(Debug, Default)]
pub struct Public(Vec<Vec<char>>);

/// How the mailboxes of all authorities end, as it is compared: they are of an office more often than of somebody.
const OF_AUTHORITIES: &str = "govtw";

impl Public {
    pub fn of(node: &Node) -> Self {
        let (office, mail): (&OfficeSettings, &MailSettings) = (node.config.of(), node.config.of());
        let own = [office.office_telephone.as_str(), office.office_address.as_str()];
        let from = mail.from.iter().map(Email::expose);
        Self(own.into_iter().chain(from).map(folded).collect())
    }

    /// Whether the office may be reached by that: a telephone number is often said without its area.
    fn has(&self, told: &str) -> bool {
        let told_signs = folded(told);
        let is_of_authority = told_signs.iter().collect::<String>().ends_with(OF_AUTHORITIES);
        is_of_authority || self.0.iter().any(|own| own.ends_with(&told_signs))
    }
}

/// Where anything of it stands, in no order.
pub fn found(text: &str, public: &Public) -> Vec<Place> {
    let mut all = numbers::found(text);
    all.extend(dwellings::found(text));
    all.extend(mailboxes::found(text));
    let narrowed = Narrowed::of(text);
    all.extend(boxes::found(&narrowed));
    all.extend(latin::found(&narrowed));
    all.extend(particulars::found(&narrowed));
    for place in &mut all {
        place.is_certain &= !public.has(&text[place.at.clone()]);
    }
    all
}

/// A sign of ASCII, also where it is written wide, and one for all dashes, brackets and blanks that stand within a number.
fn narrow(c: char) -> char {
    let ascii = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    };
    match ascii {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{30fc}' | '\u{ff70}' => '-',
        '[' | '{' | '〔' | '【' => '(',
        ']' | '}' | '〕' | '】' => ')',
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => ' ',
        other => other,
    }
}

/// A pattern that is written here.
fn made(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern that is written here is one")
}

/// Digits and numerals in a pattern: as they are said one after another, and as they are counted.
const DIGIT: &str = "[0-9〇○零一二三四五六七八九壹貳贰參叁肆伍陸陆柒捌玖]";
const NUMERAL: &str = "[0-9〇○零一二三四五六七八九十廿卅百千壹貳贰參叁肆伍陸陆柒捌玖拾佰仟]";

/// A text with one sign for those that are written for one another ([`narrow`]), in which patterns are looked for.
struct Narrowed {
    text: String,
    /// Where each of its characters begins, and where that stands in the text as it is; and both ends.
    starts: Vec<(usize, usize)>,
}

impl Narrowed {
    fn of(text: &str) -> Self {
        let (mut narrowed, mut starts) = (String::with_capacity(text.len()), Vec::new());
        for (at, c) in text.char_indices() {
            starts.push((narrowed.len(), at));
            narrowed.push(narrow(c));
        }
        starts.push((narrowed.len(), text.len()));
        Self { text: narrowed, starts }
    }

    /// Where what begins and ends between its characters stands in the text as it is.
    fn place(&self, at: &Range<usize>) -> Range<usize> {
        let told = |at: usize| self.starts.binary_search_by_key(&at, |(own, _)| *own).map_or(0, |nth| self.starts[nth].1);
        told(at.start)..told(at.end)
    }
}

/// Where signs stand that are joined to each other, as a rule takes them.
fn runs(text: &str, takes: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| takes(narrow(*c))) {
        let end = at + c.len_utf8();
        match all.last_mut().filter(|last| last.end == at) {
            Some(last) => last.end = end,
            None => all.push(at..end),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is surely of somebody, and what may be.
    fn told(text: &str, public: &Public) -> (Vec<String>, Vec<String>) {
        let (certain, others): (Vec<Place>, Vec<Place>) = found(text, public).into_iter().partition(|place| place.is_certain);
        let words = |places: Vec<Place>| places.into_iter().map(|place| text[place.at].to_owned()).collect();
        (words(certain), words(others))
    }

    #[test]
    fn what_is_found_stands_where_it_is_written() {
        for written in ["Ｐ．Ｏ． Ｂｏｘ １２", "帳號：〇一二三四五六", "Ｎｏ． １２， Ｈｅｚｕｏ Ｒｄ．", "ＡＢＣ－１２３４"]
        {
            let text = format!("：𠮷{written}　及");
            let (certain, others) = told(&text, &Public::default());
            let is_it = |one: &String| written.starts_with(one.as_str()) || written.ends_with(one.as_str()) || one == written;
            assert!(certain.iter().chain(&others).any(is_it), "{written}: {certain:?} {others:?}");
        }
    }

    #[test]
    fn what_the_office_itself_makes_known_is_left_to_people() {
        let public = Public(["04-7560000", "service@hemei.example.org"].map(folded).to_vec());
        for own in ["04-7560000", "電話7560000", "service@hemei.example.org", "SERVICE ＠ hemei.example.org", "a@hemei.gov.tw"]
        {
            let (certain, others) = told(&format!("請洽{own}。"), &public);
            assert!(certain.is_empty() && !others.is_empty(), "{own}: {certain:?} {others:?}");
        }
        assert!(!told("請洽04-7560001。", &public).0.is_empty());
    }

    /// A number as somebody may write it.
    fn spelled(number: u32, style: u8) -> String {
        let digits = number.to_string();
        let with = |signs: &str| {
            let signs: Vec<char> = signs.chars().collect();
            digits.chars().filter_map(|c| signs.get(c.to_digit(10)? as usize)).collect()
        };
        match style {
            0 => digits,
            1 => with("０１２３４５６７８９"),
            2 => with("〇一二三四五六七八九"),
            3 => with("零壹貳參肆伍陸柒捌玖"),
            _ => with("零壹贰叁肆伍陆柒捌玖"),
        }
    }

    proptest! {
        #[test]
        fn an_address_is_found_whole_however_its_numbers_are_written(
            road in prop::sample::select(vec!["中山路", "和平東路", "三民街", "彰美路五段", "和平巷", "和東里1鄰"]),
            city in prop::sample::select(vec!["", "彰化市", "彰化縣和美鎮", "臺北市大安區"]),
            (lane, house, style) in (1_u32..1000, 1_u32..1000, 0_u8..5),
            form in 0_u8..4,
        ) {
            let (lane, house) = (spelled(lane, style), spelled(house, style));
            let rest = match form {
                0 => format!("{house}號"),
                1 => format!("{lane}巷{house}號"),
                2 => format!("{lane}巷{lane}弄{house}之1號"),
                _ => format!("{house}号{lane}楼"),
            };
            let address = format!("{city}{road}{rest}");
            let text = format!("他住在{address}，常有噪音。");
            let (certain, _) = told(&text, &Public::default());
            prop_assert!(certain.iter().any(|place| place.contains(&address)), "{} {:?}", address, certain);
            prop_assert!(certain.iter().all(|place| !place.contains("常有噪音")), "{:?}", certain);
        }

        #[test]
        fn a_number_of_somebody_is_found_whole_however_it_is_written(
            local in 2_000_000_u32..9_999_999, account in 100_000_000_u32..999_999_999, style in 0_u8..5,
        ) {
            let local = spelled(local, style);
            let long = spelled(account, style) + &spelled(account, style);
            for number in [local.clone(), format!("0{local}"), long] {
                let (certain, others) = told(&format!("共{number}，如上。"), &Public::default());
                prop_assert!(certain.iter().chain(&others).any(|place| place.contains(&number)), "{}", number);
                prop_assert_eq!(certain.is_empty(), number == local, "{}", number);
            }
            let (certain, _) = told(&format!("請電{local}。"), &Public::default());
            prop_assert!(certain.contains(&local), "{}", local);
        }

        #[test]
        fn any_text_can_be_looked_through(text in "\\PC{0,60}") {
            for place in found(&text, &Public::default()) {
                prop_assert!(text.get(place.at.clone()).is_some_and(|told| !told.is_empty()));
            }
        }
    }
}
