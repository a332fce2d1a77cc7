//! Numbers of people that stand within a text, in whatever script, style and disguise their signs are written.

use std::ops::Range;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

use super::{is_blank, is_unseen};

const WEIGHTS: [u32; 11] = [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1];

/// The weights by which the digits of a personal number are added up, in words; the sum is a multiple of ten.
pub const RULE: &str = "The letter stands for two digits (A 10, B 11, C 12, D 13, E 14, F 15, G 16, H 17, J 18, K 19, L 20, \
    M 21, N 22, P 23, Q 24, R 25, S 26, T 27, U 28, V 29, X 30, Y 31, W 32, Z 33, I 34, O 35); a second letter, of a resident \
    number of before 2021, for the last of its two. These eleven digits times 1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1 add up to a \
    multiple of ten: of A123456789 it is 1·1 + 0·9 + 1·8 + 2·7 + 3·6 + 4·5 + 5·4 + 6·3 + 7·2 + 8·1 + 9·1 = 130.";

/// The two digits that stand for a letter.
fn letter(c: u8) -> Option<u32> {
    const NUMBERS: [u32; 26] =
        [10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33];
    c.is_ascii_uppercase().then(|| NUMBERS[usize::from(c - b'A')])
}

/// The sum of a personal number's eleven digits by their weights, of ten signs; `None` where they cannot be one.
pub fn weighted_sum(text: &[u8]) -> Option<u32> {
    let area = letter(*text.first()?)?;
    let mut digits = [0; 11];
    (digits[0], digits[1]) = (area / 10, area % 10);
    for (place, c) in text.iter().enumerate().skip(1) {
        *digits.get_mut(place + 1)? = match c {
            b'0'..=b'9' => u32::from(c - b'0'),
            b'A'..=b'D' if place == 1 => letter(*c)? % 10,
            _ => return None,
        };
    }
    Some(digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum())
}

/// Whether ten signs are a national id or a resident number: a letter, a sign of the sex, digits, and the check.
fn is_national(text: &[u8]) -> bool {
    let of_a_sex = matches!(text.get(1), Some(b'1' | b'2' | b'8' | b'9' | b'A'..=b'D'));
    text.len() == 10 && of_a_sex && weighted_sum(text).is_some_and(|sum| sum.is_multiple_of(10))
}

/// Which numbers are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinds {
    /// National ids and resident numbers.
    National,
    /// Those, mobile telephones, and what reads as a passport's number.
    All,
}

/// A sign of a text, folded: a letter or digit of ASCII where it is one in disguise.
struct Sign {
    c: char,
    /// Whether it is written as a numeral that is a word as well, which ends no number: 一, 〇.
    is_word: bool,
    at: Range<usize>,
}

impl Sign {
    fn is_part(&self) -> bool {
        self.c.is_ascii_alphanumeric()
    }

    /// Whether it goes on the word that a number would stand in.
    fn joins(&self) -> bool {
        self.is_part() && !self.is_word
    }
}

/// Whether a text holds a number of somebody.
pub fn names_a_number(text: &str, kinds: Kinds) -> bool {
    !numbers_in(text, kinds).is_empty()
}

/// Where in a text numbers of people stand, in order.
pub fn numbers_in(text: &str, kinds: Kinds) -> Vec<Range<usize>> {
    let signs: Vec<Sign> = signs(text).collect();
    let passport = kinds == Kinds::All && ["護照", "PASSPORT"].iter().any(|word| text.to_uppercase().contains(word));
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    while from < signs.len() {
        let begins = signs[from].is_part() && from.checked_sub(1).is_none_or(|before| !signs[before].joins());
        let end = if begins { number_at(&signs, from, kinds, passport) } else { None };
        if let Some(end) = end {
            found.push(signs[from].at.start..signs[end].at.end);
        }
        from = end.unwrap_or(from) + 1;
    }
    found
}

/// The place of the last sign of the number that begins at a place.
fn number_at(signs: &[Sign], from: usize, kinds: Kinds, passport: bool) -> Option<usize> {
    national_at(signs, from).or_else(|| {
        let before = signs[..from].iter().rev().find(|sign| !sign.c.is_whitespace());
        let is_of_paper = before.is_some_and(|sign| sign.c == '第');
        if kinds == Kinds::National || is_of_paper {
            None
        } else {
            mobile_at(signs, from).or_else(|| passport_at(signs, from, passport))
        }
    })
}

/// Ten signs with whatever is set between them; no letter or digit follows right upon the tenth.
fn national_at(signs: &[Sign], from: usize) -> Option<usize> {
    let run = signs.iter().enumerate().skip(from).take_while(|(_, sign)| sign.is_part() || !sign.c.is_alphanumeric());
    let parts: Vec<(usize, u8)> = run.filter_map(|(at, sign)| Some((at, ascii(sign)?))).take(10).collect();
    let text: Vec<u8> = parts.iter().map(|(_, c)| *c).collect();
    let (end, _) = *parts.last()?;
    (is_national(&text) && ends(signs, end)).then_some(end)
}

/// A Taiwanese mobile number, at home or with 886, its digits set apart by two signs at most.
fn mobile_at(signs: &[Sign], from: usize) -> Option<usize> {
    let is_between = |c: char| matches!(c, '-' | '.' | '·' | '(' | ')' | '‧' | '・') || c.is_whitespace() || is_dash(c);
    let (mut digits, mut last, mut gap) = (String::new(), from, 0);
    for (at, sign) in signs.iter().enumerate().skip(from) {
        match ascii(sign) {
            Some(c) if c.is_ascii_digit() => {
                digits.push(char::from(c));
                (last, gap) = (at, 0);
            }
            None if gap < 2 && is_between(sign.c) => gap += 1,
            _ => break,
        }
        let own = digits.strip_prefix("886").map_or(digits.as_str(), |rest| rest);
        let own = own.strip_prefix('0').unwrap_or(own);
        if own.len() == 9 && own.starts_with('9') && digits.len() > 9 {
            return ends(signs, last).then_some(last);
        }
    }
    None
}

/// One letter and seven or eight digits, or two and seven, in one word; eight or nine digits where a passport is spoken of.
fn passport_at(signs: &[Sign], from: usize, passport: bool) -> Option<usize> {
    let word: Vec<u8> = signs[from..].iter().map_while(ascii).take(12).collect();
    let letters = word.iter().take_while(|c| c.is_ascii_uppercase()).count();
    let digits = word[letters..].iter().take_while(|c| c.is_ascii_digit()).count();
    let rest = &word[letters + digits..];
    let ends = rest.is_empty() || matches!(rest, [c] if c.is_ascii_uppercase());
    let fits = matches!((letters, digits), (1, 7 | 8) | (2, 7)) || (passport && letters == 0 && matches!(digits, 8 | 9));
    (ends && fits).then_some(from + word.len() - 1)
}

fn ascii(sign: &Sign) -> Option<u8> {
    u8::try_from(sign.c).ok().filter(u8::is_ascii_alphanumeric)
}

fn ends(signs: &[Sign], last: usize) -> bool {
    signs.get(last + 1).is_none_or(|next| !next.joins())
}

fn is_dash(c: char) -> bool {
    CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::DashPunctuation
}

/// The signs of a text without marks and what cannot be seen.
fn signs(text: &str) -> impl Iterator<Item = Sign> {
    let (nfkd, category) = (DecomposingNormalizerBorrowed::new_nfkd(), CodePointMapData::<GeneralCategory>::new());
    let is_mark = move |c: char| {
        use GeneralCategory::{EnclosingMark, Format, NonspacingMark};
        (is_blank(c) && !c.is_whitespace()) || is_unseen(c) || matches!(category.get(c), NonspacingMark | EnclosingMark | Format)
    };
    text.char_indices().flat_map(move |(at, c)| {
        let whole = nfkd.normalize(c.encode_utf8(&mut [0; 4])).into_owned();
        let place = at..at + c.len_utf8();
        let parts: Vec<char> = whole.chars().filter(|c| !is_mark(*c)).collect();
        parts.into_iter().map(move |part| {
            let (folded, is_word) = folded(part);
            Sign { c: folded, is_word, at: place.clone() }
        })
    })
}

/// A sign as that of ASCII which it is or is drawn like, and whether it is a word.
fn folded(c: char) -> (char, bool) {
    const WORDS: [&str; 10] = ["〇零", "一壹", "二貳", "三參", "四肆", "五伍", "六陸", "七柒", "八捌", "九玖"];
    if c.is_ascii() {
        return (c.to_ascii_uppercase(), false);
    }
    let word = WORDS.iter().zip('0'..).find(|(words, _)| words.contains(c));
    if let Some((_, digit)) = word {
        return (digit, true);
    }
    (digit(c).or_else(|| latin(c)).unwrap_or(c), false)
}

/// A digit of whichever script or ring as that of ASCII.
fn digit(c: char) -> Option<char> {
    let is_decimal = |code: u32| CodePointMapData::<GeneralCategory>::new().get32(code) == GeneralCategory::DecimalNumber;
    let code = u32::from(c);
    if is_decimal(code) {
        // Those of a script stand together, from nought on.
        let below = (1..10).take_while(|step| is_decimal(code - step)).count();
        return u32::try_from(below).ok().and_then(|value| char::from_digit(value, 10));
    }
    let ringed = [(0x24f5, 1), (0x2776, 1), (0x2780, 1), (0x278a, 1)];
    let value = ringed.iter().find_map(|(first, value)| (*first..first + 9).contains(&code).then(|| code - first + value));
    let nought = matches!(code, 0x24ff | 0x1f10b | 0x1f10c).then_some(0);
    value.or(nought).and_then(|value| char::from_digit(value, 10))
}

/// A letter that is drawn like one of ours.
fn latin(c: char) -> Option<char> {
    /// Each capital with what is taken for it: Cyrillic, Greek, Cherokee, small capitals.
    const ALIKE: [&str; 26] = [
        "АаΑαᎪᴀ",
        "ВвΒβᏴʙ",
        "СсϹϲᏟᴄ",
        "ᎠᴅԀԁ",
        "ЕеΕεᎬᴇ",
        "Ϝϝꜰ",
        "ɢᏀԌ",
        "НнΗᎻʜ",
        "ІіΙιɪӀ",
        "ЈјͿᎫᴊ",
        "КкΚκᏦᴋ",
        "Ꮮʟ",
        "МмΜᎷᴍ",
        "Νɴ",
        "ОоΟοᴏ",
        "РрΡρᏢᴘ",
        "Ԛԛ",
        "Ꮢʀ",
        "ЅѕᏚꜱ",
        "ТтΤτᎢᴛ",
        "ᴜՍ",
        "ᏙᴠѵѴν",
        "ԜԝᎳᴡ",
        "ХхΧχ",
        "УуΥυүҮʏ",
        "ΖᏃᴢ",
    ];
    let code = u32::from(c);
    let styled = [(0x1f150, 26), (0x1f170, 26), (0x1f1e6, 26)];
    let place = styled.iter().find_map(|(first, count)| (*first..first + count).contains(&code).then(|| code - first));
    let place = place.or_else(|| ALIKE.iter().position(|alike| alike.contains(c)).and_then(|at| u32::try_from(at).ok()));
    place.and_then(|place| char::from_u32(u32::from('A') + place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_personal_number_is_found_in_every_disguise() {
        for text in [
            "申請人A123456789改名",
            "a123456789",
            "Ａ１２３４５６７８９",
            "no. N200000004.",
            "A1234 56789 改名",
            "A123-456-789",
            "a 1 2 3 4 5 6 7 8 9",
            "A·1·2·3·4·5·6·7·8·9",
            "A①②③④⑤⑥⑦⑧⑨",
            "A❶❷❸❹❺❻❼❽❾",
            "A١٢٣٤٥٦٧٨٩",
            "𝐀𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
            "Ⓐ123,456,789",
            "🅰123456789",
            "А123456789",
            "Α123456789",
            "Á123456789",
            "A1\u{20e3}23456789",
            "A123\u{301}456\u{fe0f}789",
            "A123\u{e0041}456789",
            "A1234\u{3164}56789",
            "A一二三四五六七八九",
            "十二A123456789",
        ] {
            assert!(names_a_number(text, Kinds::National), "{text}");
        }
    }

    #[test]
    fn numbers_of_cases_papers_and_houses_are_none_of_people() {
        for text in [
            "A123456788",
            "出字第 1150001 號",
            "115-HEMEI-000001",
            "XA1234567890",
            "A1234 567890",
            "A 12 樓 3456789",
            "製證字第0910001234號",
            "每日 09:30-10:30 11/3 起",
            "彰化地方法院 115 年度家調裁字第 12 號",
            "04-7551234",
            "統一編號 04595257",
            "AB12345678",
        ] {
            assert!(!names_a_number(text, Kinds::All), "{text}");
        }
    }

    #[test]
    fn mobile_telephones_and_passports_are_found_in_what_stands_in_the_open() {
        for text in [
            "請撥0912345678",
            "0912-345-678",
            "０９１２　３４５　６７８",
            "+886 912 345 678",
            "886-(0)912-345-678",
            "護照C1234567",
            "ＡＡ1234567",
            "P1234567A",
            "護照號碼 300000001",
        ] {
            assert!(names_a_number(text, Kinds::All), "{text}");
            assert!(!names_a_number(text, Kinds::National), "{text}");
        }
    }

    #[test]
    fn a_number_is_found_where_it_stands() {
        let text = "甲A①23456789、乙0912345678。";
        let found: Vec<&str> = numbers_in(text, Kinds::All).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["A①23456789", "0912345678"]);
    }
}
