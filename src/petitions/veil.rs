//! What tells who is behind a confidential petition, and every text about it without that: names, numbers, ways to reach somebody, and
//! parts of them, however they are typed.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Serialize;
use serde_json::{Map, Value};

use super::alike;
use super::called::{self, shared_by_a_township};
use super::petitioners::Identity;
use super::signs::{address_signs, extent, folded, parts_of, places, signs, stands_alone, whole_number};
use crate::auth::hands::Tenure;
use crate::characters::numbers::{Kinds, numbers_in};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::people::Contact;

/// What stands in the place of what would tell somebody.
pub const GONE: &str = "＊＊＊";

/// Digits of a telephone number that tell of it, from its end.
const DIGITS: usize = 7;
/// Letters from which on a word tells of somebody by itself.
const WORD: usize = 3;
/// Letters and digits of a case's number from which on it is no part of anything else.
const CASE: usize = 6;

/// Members of a view in which nobody has written anything: enumerated values, keys, numbers that the office gives, rules of law, and who
/// of the office has done something. So are those that are a moment, a day or a key by their names ([`is_plain`]); whatever else is a
/// text is what somebody has said.
const PLAIN: [&str; 39] = [
    "id",
    "number",
    "status",
    "kind",
    "channel",
    "language",
    "topic",
    "service_point",
    "part",
    "media_type",
    "scan",
    "attachments",
    "by",
    "asked_by",
    "proposed_by",
    "what_by",
    "noted_by",
    "written_by",
    "sent_by",
    "told_by",
    "body_told_by",
    "remedies_told_by",
    "at",
    "on",
    "ground",
    "about",
    "split_into",
    "secret",
    "renewed_secret",
    "allowed_actions",
    "action",
    "actor",
    "rule",
    "date",
    "article",
    "next",
    "filing_ground",
    // Of a file, and of whom it concerns: hidden where it is looked up, by who has sent or said it.
    "name",
    "words",
];

/// Members that name whoever has written what stands beside them, and below them where nobody else is named; each with that which says
/// when.
const WRITERS: [(&str, &str); 7] = [
    ("by", "at"),
    ("asked_by", "asked_at"),
    ("proposed_by", "proposed_at"),
    ("written_by", "written_at"),
    ("sent_by", "at"),
    ("noted_by", "noted_at"),
    ("actor", "at"),
];

/// Who has written something, and when; `None` where that was not kept.
pub type Writer<'w> = (&'w str, Option<Moment>);

/// Who has written a member of something shown, where that says so.
fn writer_of<'m>(members: &'m Map<String, Value>, member: &str) -> Option<Writer<'m>> {
    let text = |member: &str| members.get(member).and_then(Value::as_str);
    let named = |(writer, at): &(&str, &str)| Some((text(writer)?, text(at).and_then(|at| at.parse().ok())));
    let own = match member {
        "what" => named(&("what_by", "what_at")),
        // With which a supplement has come.
        "text" => named(&("noted_by", "came_at")),
        _ => None,
    };
    own.or_else(|| WRITERS.iter().find_map(named))
}

fn is_plain(member: &str) -> bool {
    PLAIN.contains(&member) || ["_at", "_on", "_id", "_ids"].iter().any(|end| member.ends_with(end))
}

/// What would tell who is behind a petition, as it is compared.
#[derive(Debug, Default)]
pub struct Veil {
    /// Whatever stands before and behind it.
    anywhere: Vec<Vec<char>>,
    /// As a word of its own: what is a part of other words too.
    words: Vec<Vec<char>>,
    /// The ends of telephone numbers.
    phones: Vec<Vec<char>>,
    /// Each with how many of its signs everybody of the township shares.
    addresses: Vec<(Vec<char>, usize)>,
    /// The same as addresses are compared.
    dwellings: Vec<(Vec<char>, usize)>,
    /// When who wrote something was whoever reads through it: their own words are shown as they wrote them, so that nobody learns by what
    /// is hidden of them whether they have guessed it.
    own: Vec<Tenure>,
}

impl Veil {
    #[cfg(test)]
    pub fn of(identity: &Identity) -> Self {
        let mut veil = Self::default();
        veil.add(identity);
        veil
    }

    /// Hides whoever this tells of, too.
    pub fn add(&mut self, identity: &Identity) {
        for petitioner in &identity.petitioners {
            self.add_name(&petitioner.name);
            let number = petitioner.identifier().map(|number| number.expose());
            self.anywhere.extend(number.iter().filter_map(|number| number.rsplit(' ').next()).map(folded));
        }
        if let Some(number) = identity.case_number.as_deref().map(folded) {
            let patterns = if number.len() < CASE { &mut self.words } else { &mut self.anywhere };
            patterns.push(number);
        }
        if let Some(body) = identity.forwarded_by.as_deref().map(folded) {
            self.anywhere.extend(called::core_of(&body));
            self.anywhere.push(body);
        }
        if let Some(contact) = &identity.contact {
            self.add_contact(contact);
        }
    }

    fn add_contact(&mut self, contact: &Contact) {
        for phone in contact.phone.iter().chain(&contact.other_phones) {
            let number = phone.expose().split(';').next().unwrap_or_default();
            let digits = folded(number);
            self.phones.push(digits[digits.len().saturating_sub(DIGITS)..].to_vec());
        }
        if let Some(email) = &contact.email {
            let (local, domain) = email.expose().split_once('@').unwrap_or((email.expose(), ""));
            // What stands behind a plus sign goes to the same mailbox as without it.
            let mailbox = local.split('+').next().unwrap_or_default();
            self.anywhere.extend([folded(email.expose()), folded(&format!("{mailbox}{domain}"))]);
            self.words.extend([folded(local), folded(mailbox)]);
        }
        if let Some(address) = &contact.address {
            let folded = folded(address);
            let shared = shared_by_a_township(&folded);
            self.addresses.push((folded, shared));
            let dwelling: Vec<char> = address_signs(address).into_iter().map(|sign| sign.c).collect();
            let shared = shared_by_a_township(&dwelling);
            self.dwellings.push((dwelling, shared));
        }
    }

    /// Hides a whole phrase, such as what a file is called.
    pub fn add_phrase(&mut self, phrase: &str) {
        self.anywhere.push(folded(phrase));
    }

    /// The whole name, in any order of its words and however it is spelled, and what somebody is called by of it.
    pub fn add_name(&mut self, name: &str) {
        let (whole, spellings) = (folded(name), alike::spellings(name));
        let parts: BTreeSet<Vec<char>> = spellings.iter().flat_map(|name| called::parts_of(name)).collect();
        let is_latin = |part: &[char]| part.iter().all(|c| c.is_ascii() || called::is_latin(*c));
        if is_latin(&whole) {
            spellings.iter().for_each(|name| self.add_words(name));
        } else {
            let written: Vec<char> = whole.iter().copied().filter(|c| !called::is_latin(*c)).collect();
            self.anywhere.extend(called::called(&written));
            self.anywhere.push(whole);
        }
        let (words, others): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| is_latin(part));
        self.words.extend(words.into_iter().filter(|word| word.len() >= WORD));
        self.anywhere.extend(others.iter().flat_map(|part| called::called(part)));
    }

    /// A name of Latin letters: whole, with either name first, and its words, by themselves or some of them written as one (Dela Cruz,
    /// DelaCruz).
    fn add_words(&mut self, name: &str) {
        let words: Vec<Vec<char>> = name.split_whitespace().map(folded).filter(|word| !word.is_empty()).collect();
        if words.len() < 2 {
            self.words.extend(words);
            return;
        }
        self.anywhere.push(words.iter().rev().flatten().copied().collect());
        for at in 0..words.len() {
            let (before, after) = words.split_at(at);
            self.anywhere.push(after.iter().chain(before).flatten().copied().collect());
            let runs = (1..=words.len() - at).map(|length| words[at..at + length].concat());
            self.words.extend(runs.filter(|word| word.len() >= WORD));
        }
    }

    /// A text without what would tell somebody.
    pub fn hide(&self, text: &str) -> String {
        without(text, self.found(text))
    }

    /// Where in a text something stands that would tell somebody, in no order.
    pub fn found(&self, text: &str) -> Vec<Range<usize>> {
        let signs = signs(text);
        let mut found: Vec<Range<usize>> = numbers_in(text, Kinds::All);
        for pattern in &self.anywhere {
            found.extend(places(&signs, pattern).map(|place| extent(&signs, place)));
        }
        for pattern in &self.words {
            let alone = places(&signs, pattern).filter(|place| stands_alone(text, &signs, place));
            found.extend(alone.map(|place| extent(&signs, place)));
        }
        for digits in &self.phones {
            found.extend(places(&signs, digits).map(|place| extent(&signs, whole_number(&signs, place))));
        }
        for (address, shared) in &self.addresses {
            found.extend(parts_of(&signs, address, *shared).into_iter().map(|place| extent(&signs, place)));
        }
        let signs = if self.dwellings.is_empty() { Vec::new() } else { address_signs(text) };
        for (dwelling, shared) in &self.dwellings {
            found.extend(parts_of(&signs, dwelling, *shared).into_iter().map(|place| extent(&signs, place)));
        }
        found
    }

    /// A view without it: every text in it, whichever member it is, but for those in which nobody has written anything.
    pub fn over(&self, view: &impl Serialize) -> Result<Value> {
        let mut shown = serde_json::to_value(view).map_err(|error| Error::internal("a view of a petition is no JSON", error))?;
        self.hide_in(&mut shown, "", false);
        Ok(shown)
    }

    fn hide_in(&self, value: &mut Value, member: &str, is_own: bool) {
        match value {
            Value::String(text) if !is_own && !is_plain(member) => *text = self.hide(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in(item, member, is_own)),
            Value::Object(members) => {
                let writer = |member: &String| writer_of(members, member).map_or(is_own, |writer| self.is_own(writer));
                let own: Vec<bool> = members.keys().map(writer).collect();
                members.iter_mut().zip(own).for_each(|((member, value), is_own)| self.hide_in(value, member, is_own));
            }
            _ => {}
        }
    }

    /// Lets whoever wrote in these times read their own words.
    pub fn read_by(&mut self, own: Vec<Tenure>) {
        self.own = own;
    }

    fn is_own(&self, (writer, at): Writer<'_>) -> bool {
        self.own.iter().any(|tenure| tenure.covers(writer, at))
    }

    /// What somebody has written, as it is read through it.
    pub fn read(&self, text: &str, writer: Writer<'_>) -> String {
        if self.is_own(writer) { text.to_owned() } else { self.hide(text) }
    }
}

/// A text with a mark in the place of these parts of it.
fn without(text: &str, mut found: Vec<Range<usize>>) -> String {
    found.sort_by_key(|place| (place.start, place.end));
    let (mut shown, mut from) = (String::with_capacity(text.len()), 0);
    for place in found {
        if place.start >= from {
            shown.push_str(&text[from..place.start]);
            shown.push_str(GONE);
        }
        from = from.max(place.end);
    }
    shown.push_str(&text[from..]);
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::petitions::petitioners::Petitioner;

    fn veil(name: &str, contact: &str) -> Veil {
        let petitioners = vec![Petitioner { name: name.to_owned(), number: None }];
        let contact = Some(serde_json::from_str(contact).unwrap());
        Veil::of(&Identity { petitioners, contact, ..Identity::default() })
    }

    fn ming() -> Veil {
        veil(
            "王大明",
            r#"{"phone": "0912345678", "other_phones": ["04-7551234"], "email": "ming.wang@example.org",
                "address": "臺北市大安區和平東路一段1號"}"#,
        )
    }

    #[test]
    fn what_tells_somebody_is_hidden_however_it_is_typed() {
        for told in [
            "王大明",
            "王 大 明",
            "王\u{3000}大．明",
            "王\u{200b}大\u{200b}明",
            "大明",
            "MING.WANG@EXAMPLE.ORG",
            "ｍｉｎｇ．ｗａｎｇ＠ｅｘａｍｐｌｅ．ｏｒｇ",
            "ming.wang @ example.org",
            "Ming Wang",
            "0912345678",
            "0912-345-678",
            "０９１２３４５６７８",
            "+886 912 345 678",
            "〇九一二三四五六七八",
            "04-7551234",
            "7551234",
            "755-1234",
            "A123456789",
            "和平東路一段1號",
            "台北市大安區和平東路1段１號",
            "和平東路",
        ] {
            let shown = ming().hide(&format!("證人（{told}）說，看見收受餽贈。"));
            assert!(
                !shown.contains(told) && shown.contains("證人（") && shown.ends_with("）說，看見收受餽贈。"),
                "{told}: {shown}"
            );
            let left: Vec<char> = folded(&shown.replace("證人", "").replace("說，看見收受餽贈", ""));
            assert!(left.is_empty() || told.contains("大安區"), "{told}: {shown}");
        }
    }

    #[test]
    fn an_address_is_hidden_whole_however_its_numbers_are_written() {
        let veil = veil("王大明", r#"{"address": "彰化縣和美鎮和東里1鄰彰美路五段12之1號2樓"}"#);
        for told in [
            "彰美路五段12之1號2樓",
            "彰美路五段十二之一號二樓",
            "彰美路5段12-1號2F",
            "彰美路伍段拾貳之壹號",
            "彰化縣和美鎮和東里一鄰彰美路５段１２－１號",
            "彰美路五段的12之1號2樓",
            "彰美路五段門牌12之1號2樓",
            "彰美路五段的門牌號碼Ⅻ之Ⅰ號",
        ] {
            assert_eq!(veil.hide(&format!("住在{told}。")), format!("住在{GONE}。"), "{told}");
        }
        assert_eq!(veil.hide("十二月二十日，之一為二。12F"), "十二月二十日，之一為二。12F");
    }

    #[test]
    fn latin_names_are_hidden_in_either_order_and_by_a_word() {
        let veil = veil("John Smith", r#"{"none_reason": "x"}"#);
        for told in ["John smith", "SMITH, JOHN", "Ｊｏｈｎ Ｓｍｉｔｈ", "Mr. Smith", "john"] {
            assert!(
                !veil.hide(told).to_lowercase().contains("smith") && !veil.hide(told).to_lowercase().contains("john"),
                "{told}"
            );
        }
        assert_eq!(veil.hide("the blacksmith and Johnson"), "the blacksmith and Johnson");
    }

    /// What is left of texts in the clear.
    fn left(name: &str, texts: &[&str]) -> Vec<String> {
        let veil = veil(name, r#"{"none_reason": "x"}"#);
        texts.iter().map(|text| veil.hide(text)).filter(|shown| !shown.contains(GONE)).collect()
    }

    #[test]
    fn the_parts_of_a_name_of_several_are_hidden_by_themselves() {
        for name in [
            "瓦歷斯‧諾幹",
            "瓦歷斯·諾幹",
            "瓦歷斯・諾幹",
            "瓦歷斯．諾幹",
            "瓦歷斯•諾幹",
            "瓦歷斯ㆍ諾幹",
            "瓦歷斯 諾幹",
            "瓦歷斯諾幹",
        ] {
            let told = ["瓦歷斯", "瓦歷斯先生", "諾幹", "瓦歷斯諾幹", "瓦歷斯 ‧ 諾幹", "瓦歷斯．諾幹君"];
            assert_eq!(left(name, &told), [""; 0], "{name}");
        }
        assert_eq!(left("巴奈‧庫穗‧母路", &["巴奈", "庫穗", "母路女士", "巴奈庫穗"]), [""; 0]);
        assert_eq!(left("巴奈庫穗母路", &["巴奈", "奈庫穗", "母路女士", "巴奈庫穗"]), [""; 0]);
        assert_eq!(left("王陳大明", &["大明", "王陳", "陳大明", "王陳女士"]), [""; 0]);
        assert_eq!(left("王大明 David Wang", &["王大明", "大明", "david", "Mr. Wang"]), [""; 0]);
        assert_eq!(left("Jean-Luc O'Brien", &["Jean", "LUC", "Jean-Luc", "OBrien", "O'Brien", "Brien"]), [""; 0]);
        assert_eq!(left("Nguyễn Thị Hoa", &["Nguyễn Thị Hoa", "Hoa Nguyễn", "Ms. Nguyễn", "Hoa"]), [""; 0]);
        assert_eq!(left("王大明", &["王先生", "明天下大雨"]), ["王先生", "明天下大雨"], "what is everybody's is nobody's");
    }

    #[test]
    fn names_are_hidden_in_whichever_characters_they_are_written() {
        for (name, told) in [
            ("陳國華", ["陈国华", "陳国華", "陳國华", "国华", "國華"]),
            ("曹學丙", ["曹学丙", "曹學丙", "学丙", "曹 学 丙", "曹．学丙"]),
            ("會雙點", ["会双点", "会双點", "双点", "雙点", "双點"]),
            ("禮體號", ["礼体号", "礼體号", "体号", "體号", "体號"]),
            ("張實鐵", ["张实铁", "張実鉄", "实铁", "実鉄", "実鐵"]),
            ("劉萬黃", ["刘万黄", "劉万黃", "万黄", "萬黄", "万黃"]),
            ("许𠮷", ["許吉", "許𠮷", "许吉", "許 吉", "許・吉"]),
            ("林高崎", ["林髙﨑", "林髙崎", "髙﨑", "高﨑", "林高﨑"]),
        ] {
            assert_eq!(left(name, &told), [""; 0], "{name}");
        }
        assert_eq!(left("陳國華", &["國樺", "全國華語"]), ["國樺"]);
        assert_eq!(left("示範国际股份有限公司", &["示範國際", "示範國際公司"]), [""; 0]);
        let home = veil("王大明", r#"{"address": "彰化縣和美鎮和東里1鄰彰美路五段12之1號2樓"}"#);
        for told in ["彰美路五段12之1号2楼", "彰美路五段十二之一号二樓"] {
            assert_eq!(home.hide(told), GONE, "{told}");
        }
    }

    #[test]
    fn latin_names_are_hidden_however_they_are_spelled() {
        for (name, told) in [
            ("Maria Dela Cruz", ["DelaCruz", "Dela Cruz", "dela-cruz", "MariaDelaCruz", "Cruz"]),
            ("Van der Berg Anna", ["Vanderberg", "Anna Vanderberg", "van der Berg", "Derberg", "Anna van der Berg"]),
            ("Jürgen Müller", ["Juergen Mueller", "Jurgen Muller", "Mueller", "JUERGEN", "Müller, Jürgen"]),
            ("Juergen Mueller", ["Jürgen Müller", "Jurgen Muller", "Müller", "Ju\u{308}rgen", "Muller"]),
            ("Bjørn Åse", ["Bjoern Aase", "Bjorn Ase", "Bjoern", "Aase", "BJØRN"]),
            ("Nguyễn Thị Hoa", ["Nguyen Thi Hoa", "NGUYEN THI HOA", "Nguyen", "Thi Hoa", "NguyenThiHoa"]),
            ("Nguyen Thi Hoa", ["Nguyễn Thị Hoa", "Nguyễn", "Thị", "Nguye\u{302}\u{303}n", "NguyễnThịHoa"]),
            ("Đỗ Thị Đào", ["Do Thi Dao", "Thi Dao", "Dao", "DO THI DAO", "Đào"]),
            ("Ægir Þór", ["Aegir Thor", "Aegir", "Thor", "Ægir", "ÞÓR"]),
        ] {
            assert_eq!(left(name, &told), [""; 0], "{name}");
        }
        let tells_nobody = ["the crusade", "vanderbilt", "a mule", "thicket"];
        for name in ["Maria Dela Cruz", "Van der Berg Anna", "Jürgen Müller", "Nguyễn Thị Hoa"] {
            assert_eq!(left(name, &tells_nobody), tells_nobody, "{name}");
        }
    }

    #[test]
    fn an_address_is_hidden_with_and_without_what_is_added_behind_its_mailbox() {
        let veil = veil("王大明", r#"{"email": "chou.entzu+hz@gmail.com"}"#);
        for told in
            ["chou.entzu+hz@gmail.com", "chou.entzu@gmail.com", "chou.entzu", "chouentzu", "Chou.Entzu", "chouentzu@gmail.com"]
        {
            assert_eq!(veil.hide(&format!("（{told}）")), format!("（{GONE}）"), "{told}");
        }
        assert_eq!(veil.hide("someone@gmail.com"), "someone@gmail.com");
    }

    #[test]
    fn bodies_are_hidden_without_their_legal_form_too() {
        let told = ["示範食品股份有限公司", "示範食品", "示範食品公司", "示範公司", "示範食品(股)公司"];
        assert_eq!(left("示範食品股份有限公司", &told), [""; 0]);
        assert_eq!(left("示範食品股份有限公司", &["本公司食品示範"]), ["本公司食品示範"]);
        assert_eq!(left("社團法人彰化縣示範關懷協會", &["示範關懷協會", "彰化縣示範關懷協會", "示範關懷"]), [""; 0]);
        assert_eq!(left("社團法人彰化縣示範關懷協會", &["彰化縣政府"]), ["彰化縣政府"]);
        assert_eq!(left("王大明商行", &["王大明", "大明", "王大明商行"]), [""; 0]);
        let sent_on = Identity { forwarded_by: Some("王立委國會辦公室".to_owned()), ..Identity::default() };
        assert_eq!(Veil::of(&sent_on).hide("由王立委轉來"), "由＊＊＊轉來");
    }

    #[test]
    fn what_tells_nobody_stays_as_it_is() {
        for text in ["看見承辦人於 11 月 20 日收受餽贈。𠮷👍", "臺北市大安區之公所", "明天下大雨"]
        {
            assert_eq!(ming().hide(text), text);
        }
        assert_eq!(Veil::default().hide("王大明"), "王大明");
    }

    #[test]
    fn a_view_is_hidden_whole_but_for_what_nobody_has_written() {
        let view = json!({
            "number": "115-P0912345678", "subject": "王大明檢舉", "closed_at": "0912345678", "told_by": ["MAIL"], "handler_id": null,
            "replies": [{"text": "致王大明", "attachments": ["0912345678"], "new": {"letters": ["大明", 7]}}]
        });
        let shown = json!({
            "number": "115-P0912345678", "subject": "＊＊＊檢舉", "closed_at": "0912345678", "told_by": ["MAIL"], "handler_id": null,
            "replies": [{"text": "致＊＊＊", "attachments": ["0912345678"], "new": {"letters": ["＊＊＊", 7]}}]
        });
        assert_eq!(ming().over(&view).unwrap(), shown);
    }

    #[test]
    fn the_decision_and_the_body_that_sent_it_on_are_hidden_too() {
        let told = |case: &str| Identity {
            case_number: Some(case.to_owned()),
            forwarded_by: Some("監察院".to_owned()),
            ..Identity::default()
        };
        let text = "不服 115-hemei-000001，監察院轉來；第 12 號窗口，1234";
        assert_eq!(Veil::of(&told("115-HEMEI-000001")).hide(text), "不服 ＊＊＊，＊＊＊轉來；第 12 號窗口，1234");
        assert_eq!(Veil::of(&told("12")).hide(text), "不服 115-hemei-000001，＊＊＊轉來；第 ＊＊＊ 號窗口，1234");
    }

    proptest! {
        #[test]
        fn a_name_is_found_in_any_text_and_the_text_stays_readable(before in "\\PC{0,30}", after in "\\PC{0,30}") {
            let shown = ming().hide(&format!("{before}王大明{after}"));
            prop_assert!(!folded(&shown).windows(3).any(|three| three == ['王', '大', '明']));
            prop_assert!(shown.contains(GONE));
        }
    }
}
