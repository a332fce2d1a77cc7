//! Addresses in Latin letters, as they are transcribed (No. 12, Sec. 2, Hezuo Rd.) and as they are written elsewhere (12 Hezuo Road). With the
//! number of a house they are somebody's; a road, or a section of it, may be a place that is talked of.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{Narrowed, Place, made};

/// What parts the parts of an address.
const BETWEEN: &str = r"[ ,.]{0,3}";
/// A part with a number: of a house, a unit or a way, and of a floor.
const NUMBERED: &str = concat!(
    r"(?:(?:(?-u:\b)(?:no|nr|number|house|room|rm|apartment|apt|unit|flat|suite|ste|floor|fl|building|bldg|lane|ln|alley|aly|section|sec",
    r"|neighborhood|neighbourhood|nbhd|lin)[ .#]{0,3}|#)[0-9]+[a-z]?(?:[-/][0-9]+)*(?-u:\b)",
    r"|(?-u:\b)[0-9]+(?:st|nd|rd|th)? ?(?:floor|fl|f)(?-u:\b)(?:-[0-9]+)?)",
);
/// A word of a name.
const WORD: &str = r"[a-z\u{c0}-\u{24f}][a-z\u{c0}-\u{24f}'\u{2019}-]*\.?";
/// By which a house stands.
const WAY: &str = r"(?:road|rd|street|str|st|avenue|ave|av|boulevard|blvd|drive|dr|highway|hwy|lane|ln|alley|aly)(?-u:\b)";
/// What stands behind: a township, a county, a code, a country.
const BEHIND: &str = concat!(
    r"(?:[ ,.]{1,3}(?:[a-z'-]+ ){0,2}[a-z'-]+ (?:village|vil|township|twp|district|dist|city|county|cty|town)(?-u:\b)\.?)*",
    r"(?:[ ,.]{1,3}[0-9]{3,6}(?-u:\b))?(?:[ ,.]{1,3}taiwan(?-u:\b))?(?: ?\(?r\.?o\.?c\.?\)?)?",
);

/// Parts with a number before a named way, a number before one, and a number behind one.
static ADDRESSES: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    let name = format!("(?P<name>(?-u:\\b)(?:{WORD} ){{1,4}}){WAY}");
    let numbers = format!("{NUMBERED}(?:{BETWEEN}{NUMBERED})*");
    [
        made(&format!("(?i){numbers}{BETWEEN}{name}(?:{BETWEEN}{NUMBERED})*{BEHIND}")),
        made(&format!("(?i)(?:{NUMBERED}{BETWEEN})*(?-u:\\b)[0-9]+[a-z]?(?:-[0-9]+)? {name}(?:{BETWEEN}{NUMBERED})*{BEHIND}")),
        made(&format!("(?i){name}{BETWEEN}(?:{numbers}|[0-9]+(?:-[0-9]+)?(?-u:\\b)){BEHIND}")),
    ]
});
/// The number of a house or of what lies in it.
static HOUSE: LazyLock<Regex> = LazyLock::new(|| {
    made(
        r"(?i)^[0-9]|#[0-9]|(?-u:\b)(?:no|nr|number|house|room|rm|apartment|apt|unit|flat|suite|ste|floor|fl)[ .#]{0,3}[0-9]|[0-9](?:st|nd|rd|th)? ?(?:floor|fl|f)(?-u:\b)",
    )
});
/// What stands in sentences and in no name of a road.
const OF_SENTENCES: [&str; 48] = [
    "a", "an", "the", "this", "that", "these", "those", "of", "on", "in", "at", "to", "by", "for", "from", "with", "and", "or",
    "is", "are", "was", "were", "be", "been", "has", "had", "have", "my", "our", "your", "their", "his", "her", "its", "near",
    "along", "off", "into", "over", "across", "people", "meters", "metres", "days", "which", "where", "when", "as",
];

/// Where they stand, in no order.
pub fn found(text: &Narrowed) -> Vec<Place> {
    let mut all = Vec::new();
    for (nth, pattern) in ADDRESSES.iter().enumerate() {
        all.extend(pattern.captures_iter(&text.text).filter_map(|found| judged(text, &found, nth == 0)));
    }
    all
}

/// What was found is, where its name is one. Before a name there may stand other words of its sentence, if no number does.
fn judged(text: &Narrowed, found: &Captures<'_>, has_sign: bool) -> Option<Place> {
    let (whole, name) = (found.get(0)?, found.name("name")?);
    let named: Vec<&str> = name.as_str().trim_end().split(' ').collect();
    let is_of_sentence = |word: &&str| OF_SENTENCES.contains(&word.trim_end_matches('.').to_lowercase().as_str());
    let leads = named.iter().rposition(is_of_sentence).map_or(0, |last| last + 1);
    let (before, own) = named.split_at(leads);
    if own.is_empty() || leads > 0 && name.start() > whole.start() {
        return None;
    }
    let start = whole.start() + before.iter().map(|word| word.len() + 1).sum::<usize>();
    let told = &text.text[start..whole.end()];
    let is_named = own.iter().all(|word| word.starts_with(char::is_uppercase));
    Some(Place { at: text.place(&(start..whole.end())), is_certain: HOUSE.is_match(told) && (has_sign || is_named) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(&str, bool)> {
        found(&Narrowed::of(text)).into_iter().map(|place| (&text[place.at], place.is_certain)).collect()
    }

    #[test]
    fn an_address_with_its_house_is_somebodys_in_latin_letters_too() {
        for written in [
            "No. 12, Sec. 2, Hezuo Rd",
            "No.12, Sec.2, Hezuo Rd",
            "No 12 Hezuo Road",
            "no. 12, hezuo rd",
            "No. 12-1, Ln. 100, Zhongshan N. Rd",
            "No. 12, Aly. 5, Ln. 100, Sec. 3, Zhongshan Rd",
            "5F., No. 12, Zhangmei Rd",
            "12F-3, No. 5, Heping E. Rd",
            "Rm. 3, 5F, No. 12, Zhangmei Rd",
            "3rd Floor, 12 Zhangmei Road",
            "12 Hezuo Road",
            "221B Baker Street",
            "Apt. 5, 12 Main St",
            "Hezuo Road No. 12",
            "Hezuo Rd., Sec. 2, No. 12",
            "Ｎｏ． １２， Ｈｅｚｕｏ Ｒｄ",
            "No. 12, Hezuo Rd., Hemei Township, Changhua County 508, Taiwan (R.O.C.)",
            "#12 Zhongshan Road",
        ] {
            for text in [format!("他住在{written}，很吵"), format!("He lives at {written}; it is loud")] {
                let is_it = |(place, is_certain): &(&str, bool)| *is_certain && place.contains(written);
                assert!(told(&text).iter().any(is_it), "{written}: {:?}", told(&text));
            }
        }
    }

    #[test]
    fn a_way_alone_may_be_a_place_that_is_talked_of() {
        for place in ["Sec. 2, Hezuo Rd.", "Lane 100, Zhongshan Road"] {
            assert!(!told(place).is_empty() && told(place).iter().all(|(_, is_certain)| !is_certain), "{:?}", told(place));
        }
        for innocent in [
            "Hezuo Road is closed",
            "Counter No. 12 is on the road",
            "2 people crossed the street",
            "section 12 of the act",
            "on the 2nd floor",
            "5 days",
            "No. 12 was called",
            "the road has 3 holes",
            "Form 3 of the office",
        ] {
            assert_eq!(told(innocent), [], "{innocent}");
        }
    }
}
