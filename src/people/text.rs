//! Short texts by length, without control characters, and addresses in the order of the register.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::dwelling::{Compared, Dwelling};
use super::masking::mask_name;
use super::townships::{Township, fault_within_the_area};
use crate::characters::{Layout, RULE, Rule, fault, name_fault};

macro_rules! short_text {
    ($(#[doc = $doc:literal])+ $type:ident $rule:ident $max:literal $example:literal) => {
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
                    .extensions(Some(ExtensionsBuilder::new().add(RULE, Rule::$rule.as_str()).build()))
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
    /// A name as in the household register: 1 to 100 characters of any script, rare planes included (姓名條例 §2); an indigenous person's only name may be in the script of their language (§2 III). Kept as given; compared with the register's without regard to blanks, capitals, kinds of apostrophes and dots, and compatible forms, and not refused for variants of characters (黃, 黄). Of letters, with the apostrophes, dots, hyphens, commas and brackets of names; digits and symbols are refused (`not_a_name`). Not allowed: characters that are invisible, for private use or unassigned.
    Name Name 100 "王小明"
);
short_text!(
    /// A name in Latin letters, as the passport has it: 1 to 100 characters, with blanks, hyphens, apostrophes, dots and commas (姓名條例 §4). A fact of its own beside the name.
    RomanisedName Name 100 "WANG, HSIAO-MING"
);
short_text!(
    /// A word or number of a paper: 1 to 100 characters, kept sealed. A national id or resident number is refused (`personal_number`), however it is written: it has a member of its own.
    Label Sealed 100 "彰化地方法院 115 年度家調裁字第 12 號"
);
short_text!(
    /// A few sentences: 1 to 500 characters, without numbers of people, however they are written: national ids, resident numbers, passports, mobile telephones (`personal_number`).
    Note Open 500 "臨時有事"
);
short_text!(
    /// A few words that are kept in the open: 1 to 100 characters, without numbers of people, as in a note.
    Words Open 100 "個資法 §16"
);
short_text!(
    /// An address, 1 to 200 characters; within 和美鎮, 線西鄉 and 伸港鄉 its village must lie in its township and a house number (號) stand in it.
    Address Sealed 200 "彰化縣和美鎮和東里1鄰彰美路五段1號"
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

impl FromStr for RomanisedName {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = bounded(text, Self::MAX)?;
        let is_letter = |c: char| c.is_ascii_alphabetic() || (matches!(c, '\u{c0}'..='\u{24f}') && c.is_alphabetic());
        let is_latin = |c: char| is_letter(c) || matches!(c, ' ' | '-' | '\'' | '\u{2019}' | '.' | ',');
        if name.chars().all(is_latin) && name.chars().any(is_letter) { Ok(Self(name)) } else { Err("not_a_name") }
    }
}

impl FromStr for Words {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        bounded(text, Self::MAX).map(Self)
    }
}

impl FromStr for Note {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        bounded(&text.replace(['\n', '\r', '\t'], " "), Self::MAX).map(Self)
    }
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

impl FromStr for Address {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = bounded(text, Self::MAX)?;
        fault_within_the_area(&text).map_or(Ok(Self(text)), Err)
    }
}

impl Address {
    /// The township in which it lies; `None` where it names none, as abroad.
    pub fn township(&self) -> Option<Township> {
        Township::of(&self.0)
    }

    /// What it says of where somebody lives, however it is written.
    pub fn dwelling(&self) -> Dwelling {
        Dwelling::of(&self.0)
    }

    /// Whether it is surely the address of another dwelling too: the same one, written in whichever way.
    pub fn is_that_of(&self, other: &Self) -> bool {
        self == other || self.dwelling().compare(&other.dwelling()) == Compared::Same
    }

    pub fn masked(&self) -> String {
        mask_address(&self.0)
    }
}

/// To the village, where it is one of ours; else to the end of the first 鄉鎮市區.
pub fn mask_address(address: &str) -> String {
    let within =
        |mark: &[char]| address.char_indices().find(|(at, c)| *at > 0 && mark.contains(c)).map(|(at, c)| at + c.len_utf8());
    let end = within(&['里', '村']).or_else(|| within(&['鄉', '鎮', '市', '區']));
    end.map_or_else(|| "***".to_owned(), |end| format!("{}***", &address[..end]))
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
    fn names_of_rare_planes_are_names() {
        assert!("𠮷𡈽明".parse::<Name>().is_ok());
        assert!("a\u{7}b".parse::<Name>().is_err());
    }
}
