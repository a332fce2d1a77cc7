//! Short texts by length, without control characters, and addresses in the order of the register.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::id_number::IdNumber;
use super::masking::mask_name;
use crate::characters::{Layout, fault, is_blank, name_fault};

macro_rules! short_text {
    ($(#[doc = $doc:literal])+ $type:ident $max:literal $example:literal) => {
        $(#[doc = $doc])+
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $type(String);

        impl $type {
            const MAX: usize = $max;

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!("[", stringify!($type), "]"))
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some(1))
                    .max_length(Some(Self::MAX))
                    .description(Some(concat!($($doc),+).trim()))
                    .examples([serde_json::json!($example)])
                    .build()
                    .into()
            }
        }

        impl utoipa::ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
        }
    };
}

short_text!(
    /// A name as in the household register: 1 to 100 characters of any script, rare planes included (姓名條例 §2); an indigenous person's only name may be in the script of their language (§2 III). Kept as given; compared with the register's without regard to blanks, capitals, kinds of apostrophes and dots, and compatible forms, and not refused for variants of characters (黃, 黄). Not allowed: characters that are invisible, for private use or unassigned.
    Name 100 "王小明"
);
short_text!(
    /// A word or number of a paper: 1 to 100 characters.
    Label 100 "彰化地方法院 115 年度家調裁字第 12 號"
);
short_text!(
    /// A few sentences: 1 to 500 characters, without personal numbers.
    Note 500 "臨時有事"
);
short_text!(
    /// An address, 1 to 200 characters; within 和美鎮, 線西鄉 and 伸港鄉 its village must lie in its township and a house number (號) stand in it.
    Address 200 "彰化縣和美鎮和東里1鄰彰美路五段1號"
);

fn bounded(text: &str, max: usize) -> Result<String, &'static str> {
    if !(1..=max).contains(&text.chars().count()) {
        return Err("length");
    }
    fault(text, Layout::Line).map_or_else(|| Ok(text.trim().to_owned()), Err)
}

impl FromStr for Name {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = bounded(text, Self::MAX)?;
        name_fault(&name).map_or(Ok(Self(name)), Err)
    }
}

impl FromStr for Label {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        bounded(text, Self::MAX).map(Self)
    }
}

impl FromStr for Note {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = bounded(&text.replace(['\n', '\r', '\t'], " "), Self::MAX)?;
        if names_a_number(&text) { Err("personal_number") } else { Ok(Self(text)) }
    }
}

/// Whether a text holds a personal number, in whatever form its letters and digits are written, and with whatever is set between
/// them.
fn names_a_number(text: &str) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new();
    let mark = |c: &char| is_blank(*c) && !c.is_whitespace() || matches!(category.get(*c), GeneralCategory::NonspacingMark);
    let text = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let letters: Vec<char> = text.chars().filter(|c| !mark(c)).map(|c| plain_digit(c).to_ascii_uppercase()).collect();
    let is_word = |at: usize| letters.get(at).is_some_and(char::is_ascii_alphanumeric);
    let begins = |at: &usize| is_word(*at) && at.checked_sub(1).is_none_or(|before| !is_word(before));
    (0..letters.len()).filter(begins).any(|at| {
        let run = letters[at..].iter().take_while(|c| c.is_ascii_alphanumeric() || !c.is_alphanumeric());
        let run: String = run.filter(|c| c.is_ascii_alphanumeric()).collect();
        // With what follows, a number that is set apart by blanks ends with its tenth character.
        run.get(..10).is_some_and(|number| number.parse::<IdNumber>().is_ok() && ends_there(&letters[at..]))
    })
}

/// A decimal digit of whichever script as that of ASCII: those of a script stand together, from nought on.
fn plain_digit(c: char) -> char {
    let is_digit = |code: u32| {
        let category = CodePointMapData::<GeneralCategory>::new().get32(code);
        category == GeneralCategory::DecimalNumber
    };
    if c.is_ascii() || !is_digit(u32::from(c)) {
        return c;
    }
    let below = (1..10).take_while(|step| is_digit(u32::from(c) - step)).count();
    u32::try_from(below).ok().and_then(|value| char::from_digit(value, 10)).unwrap_or(c)
}

/// Whether no letter or digit follows right upon the tenth.
fn ends_there(letters: &[char]) -> bool {
    let tenth = letters.iter().enumerate().filter(|(_, c)| c.is_ascii_alphanumeric()).nth(9);
    tenth.is_some_and(|(at, _)| !letters.get(at + 1).is_some_and(char::is_ascii_alphanumeric))
}

impl Note {
    /// A reason that is kept: it stays readable whatever a reason was, or is, allowed to hold.
    pub fn from_store(text: String) -> Self {
        Self(text)
    }
}

impl Name {
    /// A name that the register holds: it stays readable whatever a name was, or is, allowed to be.
    pub fn from_register(name: String) -> Self {
        Self(name)
    }

    pub fn masked(&self) -> String {
        mask_name(&self.0)
    }
}

/// A village by code and name.
type Village = (String, String);

/// Villages by township, from the ministry's list.
static VILLAGES: LazyLock<Vec<(String, Vec<Village>)>> = LazyLock::new(|| {
    let list: serde_json::Value = serde_json::from_str(include_str!("../../reference/villages.json")).expect("the list is JSON");
    let text = |value: &serde_json::Value, member: &str| value[member].as_str().unwrap_or_default().to_owned();
    let all = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let village = |value: &serde_json::Value| (text(value, "full_code"), text(value, "name_zh"));
    all(&list["townships"])
        .iter()
        .map(|town| (text(town, "name_zh"), all(&town["villages"]).iter().map(village).collect()))
        .collect()
});

/// Whether a code is that of one of the area's villages.
pub fn is_village(code: &str) -> bool {
    VILLAGES.iter().any(|(_, villages)| villages.iter().any(|(known, _)| known == code))
}

const COUNTY: &str = "彰化縣";

impl FromStr for Address {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = bounded(text, Self::MAX)?;
        let Some(rest) = text.strip_prefix(COUNTY) else { return Ok(Self(text)) };
        // 和美鄉 for 和美鎮: the name is ours, the kind is not.
        let same_name = |town: &str| rest.starts_with(&town.chars().take(2).collect::<String>());
        let Some((town, villages)) = VILLAGES.iter().find(|(town, _)| same_name(town)) else { return Ok(Self(text)) };
        let rest = rest.strip_prefix(town.as_str()).ok_or("township")?;
        if !villages.iter().any(|(_, village)| rest.starts_with(village.as_str())) {
            return Err("village");
        }
        if !rest.contains('號') {
            return Err("house_number");
        }
        Ok(Self(text))
    }
}

impl Address {
    /// To the village, where it is one of ours; else to the end of the first 鄉鎮市區.
    pub fn masked(&self) -> String {
        let within =
            |mark: &[char]| self.0.char_indices().find(|(at, c)| *at > 0 && mark.contains(c)).map(|(at, c)| at + c.len_utf8());
        let end = within(&['里', '村']).or_else(|| within(&['鄉', '鎮', '市', '區']));
        end.map_or_else(|| "***".to_owned(), |end| format!("{}***", &self.0[..end]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_area_are_checked_against_the_list() {
        for text in [
            "彰化縣和美鎮和東里1鄰彰美路五段1號",
            "彰化縣線西鄉線西村2鄰和線路100巷5號",
            "彰化縣伸港鄉新港村3鄰中山路10號之1二樓",
            "臺北市大安區和平東路一段1號",
            "彰化縣鹿港鎮中山路",
        ] {
            assert!(text.parse::<Address>().is_ok(), "{text}");
        }
        for (text, reason) in [
            ("彰化縣和美鎮線西村1鄰和線路1號", "village"),
            ("彰化縣和美鄉和東里1鄰彰美路1號", "township"),
            ("彰化縣和美鎮和東里彰美路", "house_number"),
            ("", "length"),
        ] {
            assert_eq!(text.parse::<Address>().unwrap_err(), reason, "{text}");
        }
    }

    #[test]
    fn an_address_is_masked_to_the_village() {
        assert_eq!("彰化縣和美鎮和東里1鄰彰美路五段1號".parse::<Address>().unwrap().masked(), "彰化縣和美鎮和東里***");
        assert_eq!("臺北市大安區和平東路1號".parse::<Address>().unwrap().masked(), "臺北市***");
    }

    #[test]
    fn a_note_holds_no_personal_number() {
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
            "A١٢٣٤٥٦٧٨٩",
            "Ⓐ123,456,789",
            "A123\u{301}456\u{fe0f}789",
        ] {
            assert_eq!(text.parse::<Note>().unwrap_err(), "personal_number", "{text}");
        }
        for text in ["A123456788", "出字第 1150001 號", "115-HEMEI-000001", "XA1234567890", "A1234 567890", "A 12 樓 3456789"]
        {
            assert!(text.parse::<Note>().is_ok(), "{text}");
        }
    }

    #[test]
    fn villages_are_known_by_code() {
        assert!(is_village("10007030-002") && !is_village("10007030-999"));
    }

    #[test]
    fn names_of_rare_planes_are_names() {
        assert!("𠮷𡈽明".parse::<Name>().is_ok());
        assert!("a\u{7}b".parse::<Name>().is_err());
    }
}
