//! Telephone numbers as people write them, read into E.164 with the extension apart (RFC 3966).

use std::sync::LazyLock;

use icu_normalizer::ComposingNormalizerBorrowed;
use phonenumber::metadata::{DATABASE, Descriptor};
use phonenumber::{Mode, Type};

/// What leads out of Taiwan when it is dialled, longest first.
const ABROAD: [&str; 9] = ["002", "005", "006", "007", "009", "016", "017", "019", "00"];

/// Numbers at which somebody can be reached.
const KINDS: [Type; 8] =
    [Type::FixedLine, Type::Mobile, Type::TollFree, Type::SharedCost, Type::PersonalNumber, Type::Voip, Type::Uan, Type::Pager];

const MOST_OF_EXTENSION: usize = 6;

/// The number in E.164, with `;ext=` where there is an extension; `None` where nobody could dial it.
pub(super) fn read(text: &str) -> Option<String> {
    let text = ComposingNormalizerBorrowed::new_nfkc().normalize(text).to_lowercase();
    let (main, extension) = parted(&text)?;
    let number = e164(&digits(main)?)?;
    Some(extension.map_or_else(|| number.clone(), |extension| format!("{number};ext={extension}")))
}

/// The number and its extension, by whatever sets the one off from the other.
fn parted(text: &str) -> Option<(&str, Option<&str>)> {
    let marks = [";ext=", "extension", "ext.", "ext", "分機", "轉", "#", "x"];
    let Some((at, mark)) = marks.iter().find_map(|mark| text.find(mark).map(|at| (at, mark))) else { return Some((text, None)) };
    let extension = text[at + mark.len()..].trim_matches([' ', ':', '.']);
    let fits = (1..=MOST_OF_EXTENSION).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_digit());
    fits.then_some((text[..at].trim_end_matches([' ', ',', '(']), Some(extension)))
}

/// The digits, after a plus where there is one, without what people set between them.
fn digits(text: &str) -> Option<String> {
    let is_between = |c: &char| matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let plain: String = text.chars().filter(|c| !is_between(c)).collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(plain)
}

fn e164(plain: &str) -> Option<String> {
    if let Some(number) = plain.strip_prefix('+') {
        return international(number);
    }
    if let Some(number) = plain.strip_prefix("886").and_then(taiwanese) {
        return Some(number);
    }
    if let Some(number) = plain.strip_prefix('0').filter(|number| !number.starts_with('0')).and_then(national) {
        return Some(number);
    }
    // 0061 … may be 006 and 1 …, or 00 and 61 …: what can be read in two ways is not guessed.
    let mut ways = ABROAD.iter().filter_map(|prefix| international(plain.strip_prefix(prefix)?));
    let first = ways.next()?;
    ways.all(|other| other == first).then_some(first)
}

/// A number after its plus: by our own rules where it is Taiwanese.
fn international(number: &str) -> Option<String> {
    match number.strip_prefix("886") {
        Some(rest) => taiwanese(rest),
        None => foreign(number),
    }
}

/// What stands behind 886; the 0 of dialling within Taiwan may have stayed.
fn taiwanese(rest: &str) -> Option<String> {
    national(rest.strip_prefix('0').unwrap_or(rest))
}

/// A Taiwanese number without its first 0: mobile, landline or toll-free by length, or by internet (070).
fn national(number: &str) -> Option<String> {
    let fits = match number.as_bytes().first()? {
        b'9' => number.len() == 9,
        b'7' if number.starts_with("70") && number.len() == 10 => true,
        b'2'..=b'8' => (8..=9).contains(&number.len()),
        _ => false,
    };
    fits.then(|| format!("+886{number}"))
}

/// A number of another country, as long as its numbers are. Whether it is one in use changes too often to refuse it.
fn foreign(number: &str) -> Option<String> {
    if !(7..=16).contains(&number.len()) {
        return None;
    }
    let read = phonenumber::parse(None, format!("+{number}")).ok()?;
    let kept = phonenumber::format(&read).mode(Mode::E164).to_string();
    // What leads to a number within its country is dropped; what is kept must be read as itself.
    if kept.len() <= number.len() {
        return foreign(&kept[1..]).filter(|again| *again == kept);
    }
    let code = read.code().value();
    let length = kept.len() - format!("+{code}").len();
    let countries = DATABASE.by_code(&code)?;
    let fits = countries.iter().any(|country| {
        let kinds = KINDS.iter().filter_map(|kind| country.descriptors().get(*kind));
        kinds.flat_map(Descriptor::possible_length).any(|possible| usize::from(*possible) == length)
    });
    (fits && kept.len() <= 16).then_some(kept)
}

/// What the contract says of a number's form.
pub(super) static PATTERN: LazyLock<String> = LazyLock::new(|| {
    let digit = "[0-9０-９]";
    let between = "[ .()-]{0,2}";
    let more = |count: &str| format!("({between}{digit}){count}");
    let taiwanese = format!("([9９]{}|[2-8２-８]{}|[7７]{between}[0０]{})", more("{8}"), more("{7,8}"), more("{8}"));
    let own = format!("\\(?([+＋]?[8８][8８][6６]{between}|[0０]){between}{taiwanese}");
    let foreign = format!("([+＋]|[0０]([0０][25679２５６７９]?|[1１][679６７９])){between}[1-9１-９]{}", more("{6,14}"));
    let extension = format!("( ?(#|＃|;ext=|ext\\.?|x|分機|轉) ?{digit}{{1,{MOST_OF_EXTENSION}}})?");
    format!("^({own}|{foreign}){extension}$")
});

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::string::string_regex;

    use super::*;

    #[test]
    fn taiwanese_numbers_become_e164() {
        for (text, kept) in [
            ("0912345678", "+886912345678"),
            ("0912 345 678", "+886912345678"),
            ("0912-345-678", "+886912345678"),
            ("０９１２－３４５－６７８", "+886912345678"),
            ("886912345678", "+886912345678"),
            ("00886 912 345 678", "+886912345678"),
            ("002-886-912-345-678", "+886912345678"),
            ("04-7551234", "+88647551234"),
            ("(04) 755-1234", "+88647551234"),
            ("（０４）７５５１２３４", "+88647551234"),
            ("+886-4-755-1234", "+88647551234"),
            ("+886 (0)4 755 1234", "+88647551234"),
            ("04.755.1234", "+88647551234"),
            ("02-2345-6789", "+886223456789"),
            ("0800-000-123", "+886800000123"),
            ("070-1234-5678", "+8867012345678"),
            ("04-7551234#12", "+88647551234;ext=12"),
            ("04-7551234 ext. 123", "+88647551234;ext=123"),
            ("04-7551234 Ext 123", "+88647551234;ext=123"),
            ("04-7551234 分機 123", "+88647551234;ext=123"),
            ("04-7551234轉９", "+88647551234;ext=9"),
            ("(04)755-1234 ＃１２", "+88647551234;ext=12"),
            ("04-7551234 (分機:12", "+88647551234;ext=12"),
            ("tel 04", ""),
        ] {
            assert_eq!(read(text).unwrap_or_default(), kept, "{text}");
        }
    }

    #[test]
    fn numbers_of_other_countries_become_e164() {
        for (text, kept) in [
            ("+81 90-1234-5678", "+819012345678"),
            ("+44 (0)20 7946 0958", "+442079460958"),
            ("002 1 650 253 0000", "+16502530000"),
            ("009-84-24-3825-2916", "+842438252916"),
            ("00 49 30 901820", "+4930901820"),
            ("0061 2 9374 4000", "+61293744000"),
            ("+39 06 698 1", "+39066981"),
            ("+1 (650) 253-0000 x12", "+16502530000;ext=12"),
            ("＋８５２ ２８２９ ３８３３", "+85228293833"),
        ] {
            assert_eq!(read(text).as_deref(), Some(kept), "{text}");
        }
    }

    #[test]
    fn a_number_is_long_enough_without_what_is_dialled_within_its_country() {
        assert_eq!(read("+43 0 1000"), None);
        assert_eq!(read("+44 (0)20 7946 0958").as_deref(), Some("+442079460958"));
    }

    #[test]
    fn what_nobody_can_dial_is_refused() {
        for text in [
            "",
            "+",
            "0",
            "091234567",
            "09123456789",
            "7551234",
            "04755123",
            "047551234567",
            "0912345678x",
            "0912345678#",
            "0912345678#1234567",
            "0912/345678",
            "12345678",
            "+0912345678",
            "+999 12345678",
            "+1 650 253",
            "+81",
            "0912345678 #a",
            "٠٩١٢٣٤٥٦٧٨",
            "+886 12345678",
            "++886912345678",
            "110",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_was_kept_is_read_as_it_is() {
        for kept in ["+886912345678", "+88647551234", "+886812345678", "+88647551234;ext=12", "+819012345678", "+39066981"] {
            assert_eq!(read(kept).as_deref(), Some(kept));
        }
    }

    fn pattern(part: &str) -> String {
        part.trim_start_matches('^').trim_end_matches('$').to_owned()
    }

    proptest! {
        #[test]
        fn what_the_contract_says_of_taiwanese_numbers_is_read(text in string_regex(&pattern(&PATTERN)).unwrap()) {
            let kept = read(&text);
            let is_taiwanese = kept.as_deref().is_some_and(|kept| kept.starts_with("+886"));
            if let Some(kept) = kept {
                prop_assert_eq!(read(&kept), Some(kept.clone()), "{}", text);
            }
            let plain = ComposingNormalizerBorrowed::new_nfkc().normalize(&text).to_lowercase();
            let plain = parted(&plain).and_then(|(main, _)| digits(main)).unwrap();
            let leads_abroad = plain.starts_with('+') || ABROAD.iter().any(|prefix| plain.starts_with(prefix));
            prop_assert!(is_taiwanese || leads_abroad, "{}", text);
        }

        #[test]
        fn any_digits_behind_any_prefix_are_read_or_refused(text in "(\\+|00)[0-9]{0,17}") {
            let _ = read(&text);
        }
    }
}
