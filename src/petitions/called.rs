//! What people and bodies are called by of their names: parts of them, and what is left of a body's without its legal form.

use super::veil::{Sign, folded, signs};

/// Signs of a name from which on it may be a body's, or of several parts.
const LONG: usize = 5;
/// How bodies begin and end by their legal form, the longer ones first.
const LEADS: [&str; 4] = ["公益社團法人", "社團法人", "財團法人", "法人"];
const FORMS: [&str; 20] = [
    "股份有限公司",
    "有限公司",
    "無限公司",
    "兩合公司",
    "公司",
    "有限合夥",
    "企業社",
    "企業行",
    "商行",
    "商號",
    "工作室",
    "聯合事務所",
    "事務所",
    "國會辦公室",
    "辦公室",
    "服務處",
    "基金會",
    "合作社",
    "協會",
    "診所",
];

/// Whether a sign is a letter of the Latin script, as it is compared.
pub fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

/// The parts of a name that a blank, a point, or another script keeps apart.
pub fn parts_of(name: &str) -> Vec<Vec<char>> {
    let mut parts: Vec<Vec<char>> = Vec::new();
    let mut last: Option<Sign> = None;
    for sign in signs(name) {
        let goes_on = last.as_ref().is_some_and(|last| {
            let is_next = last.at.end == sign.at.start || last.at == sign.at;
            is_next && is_latin(last.c) == is_latin(sign.c)
        });
        match parts.last_mut().filter(|_| goes_on) {
            Some(part) => part.push(sign.c),
            None => parts.push(vec![sign.c]),
        }
        last = Some(sign);
    }
    parts
}

/// The last two characters of a name that has more.
fn given_of(name: &[char]) -> Option<Vec<char>> {
    (name.len() > 2).then(|| name[name.len() - 2..].to_vec())
}

/// What a body is called by without its legal form, where it is one.
pub fn core_of(name: &[char]) -> Option<Vec<char>> {
    let behind = LEADS.iter().find_map(|lead| name.strip_prefix(folded(lead).as_slice()));
    let rest = behind.unwrap_or(name);
    let core = FORMS.iter().find_map(|form| rest.strip_suffix(folded(form).as_slice())).or(behind)?;
    (core.len() > 1).then(|| core.to_vec())
}

/// How many signs of an address name its county and township.
pub fn shared_by_a_township(address: &[char]) -> usize {
    let county = address.iter().take(4).position(|c| matches!(c, '縣' | '市')).map_or(0, |at| at + 1);
    let rest = address[county..].iter().take(5).position(|c| matches!(c, '鄉' | '鎮' | '市' | '區'));
    county + rest.map_or(0, |at| at + 1)
}

/// What somebody is called by of a name that is written without blanks. A given name has two characters or more, a compound surname leaves
/// one of the two; and of what is longer nobody knows where it is parted (瓦歷斯諾幹), so that three in a row tell of it.
pub fn called(name: &[char]) -> Vec<Vec<char>> {
    let mut called = vec![name.to_vec()];
    if let Some(core) = core_of(name) {
        let (local, company) = (without_township(&core).to_vec(), folded("公司"));
        called.extend((2..=local.len()).map(|length| [&local[..length], company.as_slice()].concat()));
        called.extend(given_of(&local).filter(|_| local.len() == 3));
        called.extend([local, core]);
    } else {
        let local = without_township(name);
        called.extend(given_of(local));
        if local.len() > 3 {
            called.push(local[..2].to_vec());
            called.extend(local.windows(3).map(<[char]>::to_vec));
        }
    }
    // One of numerals is every number too.
    called.retain(|part| !part.iter().all(char::is_ascii));
    called
}

/// A long name without the county and the township with which it begins.
fn without_township(name: &[char]) -> &[char] {
    if name.len() > LONG { &name[shared_by_a_township(name)..] } else { name }
}
