//! The signs of an address as they are compared: one for all that are written for it, and digits for numbers of whichever kind.

use std::collections::BTreeSet;

use super::names;

/// What stands between two of several.
pub(super) const SEPARATOR: char = '、';

/// What stands between the first of several and the last.
pub(super) const UP_TO: char = '至';

/// What keeps two numbers apart that stand side by side, in the place of a blank.
pub(super) const GAP: char = '␣';

/// What stands before the number of a unit of a house.
pub(super) const BESIDE: [char; 2] = ['之', '-'];

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
        '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '〔' | '〕' | '【' | '】' | '「' | '」' | '『' | '』' => {
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
pub(super) fn leading_digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// The number with which a text begins, with those of its units, and what follows.
pub(super) fn number(text: &str) -> Option<(String, &str)> {
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
pub(super) fn listed(text: &str) -> Option<(BTreeSet<String>, &str)> {
    let (first, mut rest) = number(text)?;
    let mut all = BTreeSet::from([first]);
    while let Some((next, after)) = rest.strip_prefix(SEPARATOR).and_then(number) {
        all.insert(next);
        rest = after;
    }
    Some((all, rest))
}
