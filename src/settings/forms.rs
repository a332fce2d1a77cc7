//! The forms that a setting's value can have: numbers within bounds, one of some words, texts that are parsed, lists.

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::Given;
use crate::calendar::Period;
use crate::error::Text;

/// What a value looks like, for people, and the bounds of its numbers.
pub struct Shape {
    /// Goes on from "it must be".
    pub rule: Text,
    /// Stands for the value in `--help`.
    pub noun: &'static str,
    /// The value that a flag without one has.
    pub alone: Option<&'static str>,
    /// The smallest and the largest number, where it is one.
    pub bounds: Option<(u64, u64)>,
}

impl Shape {
    fn new(noun: &'static str, rule: Text) -> Self {
        Self { rule, noun, alone: None, bounds: None }
    }
}

/// How a setting's value is read, checked and shown.
pub trait Form {
    type Value;

    fn shape(&self) -> Shape;

    /// The value of a text; `None` when it has not the form.
    fn parse(&self, text: &str) -> Option<Self::Value>;

    /// The value of what a source gives.
    fn read(&self, given: &Given) -> Option<Self::Value> {
        match given {
            Given::One(text) => self.parse(text),
            Given::Many(_) | Given::Neither => None,
        }
    }

    fn show(&self, value: &Self::Value) -> Text;
}

fn same(text: impl Display) -> Text {
    Text::new(text.to_string(), text.to_string())
}

/// A whole number within bounds, both of them allowed, and what it counts.
pub struct Whole<T> {
    bounds: RangeInclusive<T>,
    noun: &'static str,
    unit: [&'static str; 2],
}

pub fn seconds<T>(bounds: RangeInclusive<T>) -> Whole<T> {
    Whole { bounds, noun: "SECONDS", unit: ["seconds", "秒"] }
}

pub fn minutes<T>(bounds: RangeInclusive<T>) -> Whole<T> {
    Whole { bounds, noun: "MINUTES", unit: ["minutes", "分鐘"] }
}

pub fn hours<T>(bounds: RangeInclusive<T>) -> Whole<T> {
    Whole { bounds, noun: "HOURS", unit: ["hours", "小時"] }
}

pub fn days<T>(bounds: RangeInclusive<T>) -> Whole<T> {
    Whole { bounds, noun: "DAYS", unit: ["days", "日"] }
}

/// A number of other things, named in English and in Chinese.
pub fn count<T>(unit: [&'static str; 2], bounds: RangeInclusive<T>) -> Whole<T> {
    Whole { bounds, noun: "N", unit }
}

impl<T: Copy + PartialOrd + Display + TryInto<u64> + TryFrom<u64>> Form for Whole<T> {
    type Value = T;

    fn shape(&self) -> Shape {
        let (low, high, [en, zh]) = (*self.bounds.start(), *self.bounds.end(), self.unit);
        let text =
            Text::new(format!("{low} 至 {high} 的整數（單位：{zh}）"), format!("a whole number of {en} from {low} to {high}"));
        Shape { bounds: low.try_into().ok().zip(high.try_into().ok()), ..Shape::new(self.noun, text) }
    }

    fn parse(&self, text: &str) -> Option<T> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<u64>().ok().filter(|_| digits)?;
        T::try_from(number).ok().filter(|number| self.bounds.contains(number))
    }

    fn show(&self, value: &T) -> Text {
        same(value)
    }
}

/// One of some words.
pub struct Choice<T: 'static>(&'static [(&'static str, T)], Option<&'static str>);

pub fn choice<T>(words: &'static [(&'static str, T)]) -> Choice<T> {
    Choice(words, None)
}

/// `true` or `false`, also in the other words for them that people write.
pub fn switch() -> Choice<bool> {
    const WORDS: &[(&str, bool)] = &[
        ("true", true),
        ("false", false),
        ("on", true),
        ("off", false),
        ("yes", true),
        ("no", false),
        ("1", true),
        ("0", false),
    ];
    Choice(WORDS, Some("true"))
}

impl<T: Copy + PartialEq> Choice<T> {
    /// The first word for each value.
    fn words(&self) -> Vec<&'static str> {
        let is_first = |(index, (_, value)): &(usize, &(&str, T))| !self.0[..*index].iter().any(|(_, other)| other == value);
        self.0.iter().enumerate().filter(is_first).map(|(_, (word, _))| *word).collect()
    }
}

impl<T: Copy + PartialEq> Form for Choice<T> {
    type Value = T;

    fn shape(&self) -> Shape {
        let words = self.words();
        let rule = Text::new(words.join(" 或 "), words.join(" or "));
        Shape { alone: self.1, ..Shape::new("WORD", rule) }
    }

    fn parse(&self, text: &str) -> Option<T> {
        self.0.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, value)| *value)
    }

    fn show(&self, value: &T) -> Text {
        same(self.0.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word))
    }
}

/// A text that a function reads and another one shows.
pub struct Parsed<T> {
    noun: &'static str,
    rule: [&'static str; 2],
    parse: fn(&str) -> Option<T>,
    show: fn(&T) -> String,
}

/// The rule stands in English and in Chinese.
pub fn parsed<T>(noun: &'static str, rule: [&'static str; 2], parse: fn(&str) -> Option<T>, show: fn(&T) -> String) -> Parsed<T> {
    Parsed { noun, rule, parse, show }
}

impl<T> Form for Parsed<T> {
    type Value = T;

    fn shape(&self) -> Shape {
        let [en, zh] = self.rule;
        Shape::new(self.noun, Text::new(zh, en))
    }

    fn parse(&self, text: &str) -> Option<T> {
        (self.parse)(text)
    }

    fn show(&self, value: &T) -> Text {
        same((self.show)(value))
    }
}

/// A text of one line with no space at its ends, of so many characters at most.
pub fn plain_text(text: &str, most: usize) -> Option<String> {
    let fits = (1..=most).contains(&text.chars().count());
    (fits && text.trim() == text && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// One word of visible ASCII characters without a comma, such as a scope.
pub fn word(text: &str) -> Option<String> {
    let fits = (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    fits.then(|| text.to_owned())
}

/// The name of a claim in a token: any text but the registered names of what a token says of itself.
pub fn claim_name(text: &str) -> Option<String> {
    let own = ["iss", "sub", "aud", "azp", "exp", "nbf", "iat", "jti", "nonce", "acr", "amr", "auth_time", "at_hash"];
    plain_text(text, 100).filter(|text| !own.contains(&text.as_str()))
}

fn is_short(period: &Period) -> bool {
    match period {
        Period::Days(days) => *days <= 90,
        Period::WorkingDays(days) => *days <= 64,
        Period::Months(months) => *months <= 3,
        Period::Years(_) => false,
    }
}

/// A period of law that ends within about three months.
pub fn period() -> Parsed<Period> {
    const RULE: [&str; 2] = [
        "a period such as 10WD, 30D or 1M, of at most 90 days, 64 working days or 3 months",
        "期間，如 10WD、30D 或 1M，至多 90 日、64 個工作日或 3 個月",
    ];
    parsed("PERIOD", RULE, |text| text.parse().ok().filter(is_short), Period::to_string)
}

/// An empty list outside of the file.
const NONE: &str = "none";

/// Several values: an array in the file, separated by commas elsewhere.
pub struct List<F> {
    most: usize,
    item: F,
}

/// A list of at most so many.
pub fn list<F: Form>(most: usize, item: F) -> List<F> {
    List { most, item }
}

impl<F: Form> List<F> {
    fn all<'a>(&self, items: impl Iterator<Item = &'a str>) -> Option<Vec<F::Value>> {
        let items: Vec<F::Value> = items.map(|item| self.item.parse(item)).collect::<Option<_>>()?;
        (items.len() <= self.most).then_some(items)
    }
}

impl<F: Form> Form for List<F> {
    type Value = Vec<F::Value>;

    fn shape(&self) -> Shape {
        let (most, item) = (self.most, self.item.shape());
        let zh = format!("至多 {most} 項，每項：{}", item.rule.zh);
        let en = format!("a list of at most {most}, each {}", item.rule.en);
        Shape { bounds: item.bounds, ..Shape::new("LIST", Text::new(zh, en)) }
    }

    fn parse(&self, text: &str) -> Option<Self::Value> {
        if text == NONE { Some(Vec::new()) } else { self.all(text.split(',')) }
    }

    fn read(&self, given: &Given) -> Option<Self::Value> {
        match given {
            Given::One(text) => self.parse(text),
            Given::Many(items) => self.all(items.iter().map(String::as_str)),
            Given::Neither => None,
        }
    }

    fn show(&self, value: &Self::Value) -> Text {
        if value.is_empty() {
            return Text::new("無（none）", NONE);
        }
        let items: Vec<String> = value.iter().map(|item| self.item.show(item).en.into_owned()).collect();
        same(items.join(","))
    }
}

/// A value that may be absent.
pub struct Optional<F> {
    form: F,
    absent: [&'static str; 2],
}

/// What holds without a value is said in English and in Chinese.
pub fn optional<F: Form>(form: F, absent: [&'static str; 2]) -> Optional<F> {
    Optional { form, absent }
}

impl<F: Form> Form for Optional<F> {
    type Value = Option<F::Value>;

    fn shape(&self) -> Shape {
        self.form.shape()
    }

    fn parse(&self, text: &str) -> Option<Self::Value> {
        self.form.parse(text).map(Some)
    }

    fn read(&self, given: &Given) -> Option<Self::Value> {
        self.form.read(given).map(Some)
    }

    fn show(&self, value: &Self::Value) -> Text {
        let [en, zh] = self.absent;
        value.as_ref().map_or_else(|| Text::new(zh, en), |value| self.form.show(value))
    }
}
