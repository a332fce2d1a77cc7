//! By what callers say that somebody is known: a number, or what they say in its place.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::id_number::IdNumber;
use super::identifier::{ForeignPaper, Identifier, NoNumber, NoNumberReason, PaperKind};
use super::masking::mask_middle;
use super::names;
use crate::error::{Error, Result, Text};
use crate::http::coded;
use crate::text_enum;

/// By what somebody without a national id or resident number is known.
///
/// `FOREIGN_PAPER` wants `country`, `paper` and `number`; `ORGANISATION` a business number 統一編號 and `AGENCY` an agency code
/// 機關代碼 as `number`; `NO_NUMBER` a `reason`. The eight digits of a business number times 1, 2, 1, 2, 1, 2, 4, 1 give products
/// whose digits add up to a multiple of five (of 00000016: 4 + 6); where the seventh digit is 7, one less than that does as well. Whoever is known by nothing is known within the one request alone: no search
/// finds them again by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "FOREIGN_PAPER", "country": "VNM", "paper": "PASSPORT", "number": "C1234567"}))]
pub struct OtherIdentity {
    pub(super) kind: IdentityKind,
    /// Who issued the paper: ISO 3166-1 alpha-3, or as in the machine-readable zone of the passport (XXA for the stateless; D
    /// for Germany, kept as DEU). A Taiwanese identity card is no foreign paper; a Taiwanese passport of somebody without a
    /// household registration can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 3, pattern = "^[A-Z]{1,3}$")]
    pub(super) country: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) paper: Option<PaperKind>,
    /// Letters and digits; blanks and hyphens between them do not count. What reads as a national id or resident number is
    /// refused: it is given as `national_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 3, max_length = 30, pattern = "^[0-9A-Za-z][0-9A-Za-z -]*$")]
    pub(super) number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<NoNumberReason>,
}

text_enum! {
    /// By what somebody without a personal number is known.
    pub enum IdentityKind {
        ForeignPaper = "FOREIGN_PAPER",
        Organisation = "ORGANISATION",
        Agency = "AGENCY",
        NoNumber = "NO_NUMBER",
    }
}

/// Why what a caller says identifies nobody: the member, and the code of the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unidentified(pub &'static str, pub &'static str);

impl fmt::Display for Unidentified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "member `{}`: {}", self.0, self.1)
    }
}

/// Countries of ISO 3166-1, and codes that ICAO Doc 9303 adds.
const COUNTRIES: &str = "ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR BHS BIH BLM BLR \
    BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK \
    DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG \
    HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA \
    LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC \
    NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB \
    SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI \
    URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE GBD GBN GBO GBP GBS RKS EUE UNO UNA UNK XXA XXB XXC XXX";

impl Identifier {
    /// By what a caller says that somebody of a name is known: a number, or else what stands in its place.
    pub fn of(number: Option<IdNumber>, other: Option<&OtherIdentity>, name: &str) -> std::result::Result<Self, Unidentified> {
        match (number, other) {
            (Some(number), None) => Ok(Self::Number(number)),
            (None, Some(other)) => other.identifier(name),
            (Some(_), Some(_)) => Err(Unidentified("identified_by", "not_both")),
            (None, None) => Err(Unidentified("national_id", "required")),
        }
    }

    /// What a caller would say: the number, or what stands in its place.
    pub fn said(&self) -> (Option<IdNumber>, Option<OtherIdentity>) {
        let other = |kind| OtherIdentity { kind, country: None, paper: None, number: None, reason: None };
        match self {
            Self::Number(number) => (Some(number.clone()), None),
            Self::Paper(paper) => {
                let (country, number) = (Some(paper.country.clone()), Some(paper.number.clone()));
                (None, Some(OtherIdentity { country, paper: Some(paper.paper), number, ..other(IdentityKind::ForeignPaper) }))
            }
            Self::Organisation(number) => {
                (None, Some(OtherIdentity { number: Some(number.to_string()), ..other(IdentityKind::Organisation) }))
            }
            Self::Agency(code) => (None, Some(OtherIdentity { number: Some(code.to_string()), ..other(IdentityKind::Agency) })),
            Self::Nothing(nothing) => {
                (None, Some(OtherIdentity { reason: Some(nothing.reason), ..other(IdentityKind::NoNumber) }))
            }
        }
    }
}

impl OtherIdentity {
    /// Kind, country, paper and number, as a file has them in its columns.
    pub fn cells(self) -> [String; 4] {
        let paper = self.paper.map(|paper| paper.to_string());
        [self.kind.to_string(), self.country.unwrap_or_default(), paper.unwrap_or_default(), self.number.unwrap_or_default()]
    }

    fn identifier(&self, name: &str) -> std::result::Result<Identifier, Unidentified> {
        match self.kind {
            IdentityKind::ForeignPaper => {
                let country = as_kept(wanted("identified_by/country", self.country.clone())?);
                let paper = wanted("identified_by/paper", self.paper)?;
                let number = self.only_number()?;
                if !COUNTRIES.split_whitespace().any(|code| code == country) {
                    return Err(Unidentified("identified_by/country", "unknown"));
                }
                if country == "TWN" && paper == PaperKind::IdentityCard {
                    return Err(Unidentified("identified_by/paper", "national_paper"));
                }
                if number.len() < 3 {
                    return Err(Unidentified("identified_by/number", "length"));
                }
                Ok(Identifier::Paper(ForeignPaper { country, paper, number }))
            }
            IdentityKind::Organisation => {
                self.no_paper()?;
                self.only_number()?.parse().map(Identifier::Organisation).map_err(wrong_number)
            }
            IdentityKind::Agency => {
                self.no_paper()?;
                self.only_number()?.parse().map(Identifier::Agency).map_err(wrong_number)
            }
            IdentityKind::NoNumber => {
                self.no_paper()?;
                let reason = wanted("identified_by/reason", self.reason)?;
                unwanted("identified_by/number", self.number.as_ref())?;
                Ok(Identifier::Nothing(NoNumber { reason, nth: 1, name: names::folded(name) }))
            }
        }
    }

    fn no_paper(&self) -> std::result::Result<(), Unidentified> {
        unwanted("identified_by/country", self.country.as_ref())?;
        unwanted("identified_by/paper", self.paper.as_ref())
    }

    /// The number without what people set between its signs; where there is one, nobody says why there is none. A personal
    /// number is no paper's: whoever has one is known by it alone, so that nobody is somebody else under another heading.
    fn only_number(&self) -> std::result::Result<String, Unidentified> {
        let number = wanted("identified_by/number", self.number.as_ref())?;
        unwanted("identified_by/reason", self.reason.as_ref())?;
        let number = number.chars().filter(|c| !matches!(c, ' ' | '-')).collect::<String>().to_ascii_uppercase();
        if number.parse::<IdNumber>().is_ok() {
            return Err(wrong_number("national_number"));
        }
        Ok(number)
    }
}

/// The passport's own code of Germany is one letter; the country is one, whichever code is read.
fn as_kept(country: String) -> String {
    if country == "D" { "DEU".to_owned() } else { country }
}

fn wanted<T>(member: &'static str, said: Option<T>) -> std::result::Result<T, Unidentified> {
    said.ok_or(Unidentified(member, "required"))
}

fn unwanted<T>(member: &'static str, said: Option<&T>) -> std::result::Result<(), Unidentified> {
    if said.is_none() { Ok(()) } else { Err(Unidentified(member, "not_allowed")) }
}

fn wrong_number(rule: &'static str) -> Unidentified {
    Unidentified("identified_by/number", rule)
}

impl Identifier {
    /// The pointer to the member by which a caller gives it, of somebody at a pointer.
    pub fn pointer(&self, of: &str) -> String {
        let member = if self.number().is_some() { "national_id" } else { "identified_by" };
        format!("{of}/{member}")
    }

    /// Refuses organisations and agencies where only a human can stand.
    pub fn require_human(&self, of: &str) -> Result<()> {
        if self.is_human() { Ok(()) } else { Err(Error::field(self.pointer(of), "not_allowed", ONLY_HUMAN)) }
    }

    /// Refuses whoever is known by nothing where the office must find them again.
    pub fn require_found(&self, of: &str) -> Result<()> {
        let text = Text::new("須以統一編號或證件識別", "somebody is wanted who is known by a number or a paper");
        if self.finds() { Ok(()) } else { Err(Error::field(self.pointer(of), "required", text)) }
    }
}

/// Why an organisation is refused.
pub const ONLY_HUMAN: Text = Text { zh: Cow::Borrowed("須為自然人"), en: Cow::Borrowed("only a human can stand here") };

/// What a caller said in the place of a number, as shown to those who need not know it: organisations are public.
pub fn mask_said(said: &Value) -> Value {
    let Ok(mut other) = OtherIdentity::deserialize(said) else { return if said.is_null() { Value::Null } else { "***".into() } };
    if other.kind == IdentityKind::ForeignPaper {
        other.number = other.number.map(|number| mask_middle(&number, 2, 2));
    }
    json!(other)
}

/// Reads a member that takes a personal number alone.
pub fn only_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Identifier, D::Error> {
    IdNumber::deserialize(deserializer).map(Identifier::Number)
}

/// Whom a search names, by a number or what stands in its place; whoever is known by nothing cannot be looked for.
pub fn searched(number: Option<&IdNumber>, other: Option<&OtherIdentity>) -> Result<Identifier> {
    let found = match Identifier::of(number.cloned(), other, "") {
        Ok(known) if !known.finds() => Err(Unidentified("identified_by/kind", "not_allowed")),
        found => found,
    };
    found.map_err(|Unidentified(member, rule)| Error::field(format!("/{member}"), rule, coded(rule).1))
}

/// A body whose `national_id` gives way to `identified_by` where somebody has no number. The struct holds what identifies them
/// as its `national_id`; its schema, and what is read, is that of the body.
#[macro_export]
macro_rules! identified {
    ($(#[doc = $doc:literal])* $(#[schema($($schema:tt)*)])? pub struct $name:ident as $body:ident {
        $($(#[$attribute:meta])* $visibility:vis $field:ident: $type:ty,)*
    }) => {
        $(#[doc = $doc])*
        #[derive(serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        $(#[schema($($schema)*)])?
        struct $body {
            $($(#[$attribute])* $field: $type,)*
            /// This or `identified_by` is required, and only one of them.
            national_id: Option<$crate::people::IdNumber>,
            /// In the place of `national_id`, for whoever has none: one of the two is required.
            identified_by: Option<$crate::people::OtherIdentity>,
        }

        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($visibility $field: $type,)*
            /// By what they are known.
            pub national_id: $crate::people::Identifier,
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                let body = $body::deserialize(deserializer)?;
                let said = (body.national_id, body.identified_by.as_ref());
                let identity = $crate::people::Identifier::of(said.0, said.1, body.name.as_str());
                let national_id = identity.map_err(serde::de::Error::custom)?;
                Ok(Self { $($field: body.$field,)* national_id })
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                <$body as utoipa::PartialSchema>::schema()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
                <$body as utoipa::ToSchema>::schemas(schemas);
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(text: &str) -> OtherIdentity {
        serde_json::from_str(text).unwrap()
    }

    fn read(text: &str) -> std::result::Result<Identifier, Unidentified> {
        Identifier::of(None, Some(&other(text)), "阮氏明")
    }

    #[test]
    fn what_is_kept_is_read_as_it_was() {
        for text in [
            r#"{"kind":"FOREIGN_PAPER","country":"VNM","paper":"PASSPORT","number":"c 123-4567"}"#,
            r#"{"kind":"FOREIGN_PAPER","country":"TWN","paper":"PASSPORT","number":"300000001"}"#,
            r#"{"kind":"ORGANISATION","number":"04595257"}"#,
            r#"{"kind":"AGENCY","number":"376480000A"}"#,
            r#"{"kind":"NO_NUMBER","reason":"NOT_YET_GIVEN"}"#,
        ] {
            let identity = read(text).unwrap();
            assert_eq!(identity.expose().parse::<Identifier>().unwrap(), identity, "{text}");
            let (number, said) = identity.said();
            assert_eq!(Identifier::of(number, said.as_ref(), "阮氏明").unwrap(), identity, "{text}");
        }
        let number: Identifier = "A123456789".parse().unwrap();
        assert_eq!(number, "A123456789".parse::<IdNumber>().unwrap());
    }

    #[test]
    fn each_kind_wants_its_own_members() {
        for (text, member, code) in [
            (r#"{"kind":"FOREIGN_PAPER","paper":"PASSPORT","number":"C1234567"}"#, "identified_by/country", "required"),
            (r#"{"kind":"FOREIGN_PAPER","country":"VNM","number":"C1234567"}"#, "identified_by/paper", "required"),
            (r#"{"kind":"FOREIGN_PAPER","country":"VNM","paper":"PASSPORT"}"#, "identified_by/number", "required"),
            (
                r#"{"kind":"FOREIGN_PAPER","country":"ABC","paper":"PASSPORT","number":"C1234567"}"#,
                "identified_by/country",
                "unknown",
            ),
            (r#"{"kind":"ORGANISATION","number":"04595258"}"#, "identified_by/number", "check_digit"),
            (r#"{"kind":"ORGANISATION","number":"04595257","country":"TWN"}"#, "identified_by/country", "not_allowed"),
            (
                r#"{"kind":"FOREIGN_PAPER","country":"JPN","paper":"OTHER","number":"a12-345 6789"}"#,
                "identified_by/number",
                "national_number",
            ),
            (
                r#"{"kind":"FOREIGN_PAPER","country":"TWN","paper":"IDENTITY_CARD","number":"1234567"}"#,
                "identified_by/paper",
                "national_paper",
            ),
            (r#"{"kind":"AGENCY","number":"A123456789"}"#, "identified_by/number", "national_number"),
            (r#"{"kind":"NO_NUMBER"}"#, "identified_by/reason", "required"),
            (r#"{"kind":"NO_NUMBER","reason":"UNKNOWN","number":"1234"}"#, "identified_by/number", "not_allowed"),
        ] {
            assert_eq!(read(text).unwrap_err(), Unidentified(member, code), "{text}");
        }
        let number: IdNumber = "A123456789".parse().unwrap();
        let both = other(r#"{"kind":"NO_NUMBER","reason":"UNKNOWN"}"#);
        assert_eq!(Identifier::of(Some(number), Some(&both), "王明").unwrap_err().1, "not_both");
        assert_eq!(Identifier::of(None, None, "王明").unwrap_err(), Unidentified("national_id", "required"));
    }

    #[test]
    fn germany_is_one_country_by_either_code() {
        let of = |country: &str| {
            read(&format!(r#"{{"kind":"FOREIGN_PAPER","country":"{country}","paper":"PASSPORT","number":"C01X00T47"}}"#))
        };
        assert_eq!(of("D").unwrap(), of("DEU").unwrap());
        assert_eq!(of("E").unwrap_err(), Unidentified("identified_by/country", "unknown"));
    }

    #[test]
    fn two_without_a_number_are_told_apart_by_their_names() {
        let nothing = other(r#"{"kind":"NO_NUMBER","reason":"UNKNOWN"}"#);
        let of = |name| Identifier::of(None, Some(&nothing), name).unwrap();
        assert_eq!(of("阮氏明"), of("阮氏明"));
        assert_ne!(of("阮氏明"), of("阮氏香"));
        assert_eq!(of("阮氏明").masked(), "NO_NUMBER UNKNOWN");
        let second = of("阮氏明").as_nth(2).unwrap();
        assert_ne!(second, of("阮氏明"));
        assert_eq!(second.expose().parse::<Identifier>().unwrap(), second);
    }
}
