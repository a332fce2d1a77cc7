//! By what somebody is known: a personal number, or what stands in its place for whoever has none.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::id_number::{IdNumber, Sex};
use super::masking::mask_middle;
use super::organisations::{AgencyCode, BusinessNumber};
use crate::text_enum;

/// By what somebody is known.
#[derive(Clone, PartialEq, Eq)]
pub enum Identifier {
    Number(IdNumber),
    Paper(ForeignPaper),
    Organisation(BusinessNumber),
    Agency(AgencyCode),
    /// Known by nothing but their name, within one request.
    Nothing(NoNumber),
}

text_enum! {
    /// Kinds of papers of people without a Taiwanese number.
    pub enum PaperKind {
        Passport = "PASSPORT",
        /// 入出境許可證
        EntryPermit = "ENTRY_PERMIT",
        /// Of refugees and stateless people
        TravelDocument = "TRAVEL_DOCUMENT",
        /// Identity card of another country
        IdentityCard = "IDENTITY_CARD",
        Other = "OTHER",
    }
}

text_enum! {
    /// Why somebody has no number to tell.
    pub enum NoNumberReason {
        /// It comes with an initial registration (戶籍法 §6, §15)
        NotYetGiven = "NOT_YET_GIVEN",
        /// Entries of before there were numbers
        BeforeNumbers = "BEFORE_NUMBERS",
        /// There are no papers, and nobody knows it
        Unknown = "UNKNOWN",
        /// Whoever calls or writes does not tell it, and need not
        NotTold = "NOT_TOLD",
    }
}

/// What stands for the country in the machine-readable zone of a stateless person's paper (ICAO Doc 9303).
const STATELESS: &str = "XXA";

/// A paper of another country, or of somebody whom no register has.
#[derive(Clone, PartialEq, Eq)]
pub struct ForeignPaper {
    pub(super) country: String,
    pub(super) paper: PaperKind,
    pub(super) number: String,
}

/// Somebody who is known by their name alone.
#[derive(Clone, PartialEq, Eq)]
pub struct NoNumber {
    pub(super) reason: NoNumberReason,
    /// Which one it is of those of one request who are known by the same name: the first, the second …
    pub(super) nth: u8,
    /// In the form in which names are compared.
    pub(super) name: String,
}

impl ForeignPaper {
    /// Who issued it.
    pub fn country(&self) -> &str {
        &self.country
    }
}

impl Identifier {
    /// As it is kept, sealed: a number as it is, all else behind its kind.
    pub fn expose(&self) -> String {
        match self {
            Self::Number(number) => number.expose().to_owned(),
            Self::Paper(paper) => format!("{} {} {}", paper.country, paper.paper.as_str(), paper.number),
            Self::Organisation(number) => format!("ORGANISATION {number}"),
            Self::Agency(code) => format!("AGENCY {code}"),
            Self::Nothing(NoNumber { reason, nth: 1, name }) => format!("NO_NUMBER {} {name}", reason.as_str()),
            Self::Nothing(NoNumber { reason, nth, name }) => format!("NO_NUMBER {nth} {} {name}", reason.as_str()),
        }
    }

    /// As shown to those who need not know it. Organisations are public.
    pub fn masked(&self) -> String {
        match self {
            Self::Number(number) => number.masked(),
            Self::Paper(paper) => {
                format!("{} {} {}", paper.country, paper.paper.as_str(), mask_middle(&paper.number, 2, 2))
            }
            Self::Organisation(_) | Self::Agency(_) => self.expose(),
            Self::Nothing(nothing) => format!("NO_NUMBER {}", nothing.reason.as_str()),
        }
    }

    /// As shown to those who may know it.
    pub fn shown(&self) -> String {
        match self {
            Self::Nothing(_) => self.masked(),
            known => known.expose(),
        }
    }

    /// What stands in the place of a number that is still to be given.
    pub fn not_yet_given(name: &str) -> Self {
        Self::Nothing(NoNumber { reason: NoNumberReason::NotYetGiven, nth: 1, name: super::names::folded(name) })
    }

    /// What stands in the place of a number that somebody of a name does not tell.
    pub fn not_told(name: &str) -> Self {
        Self::Nothing(NoNumber { reason: NoNumberReason::NotTold, nth: 1, name: super::names::folded(name) })
    }

    pub fn number(&self) -> Option<&IdNumber> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The sex that it tells, where it tells any.
    pub fn sex(&self) -> Option<Sex> {
        self.number().map(IdNumber::sex)
    }

    /// Whether it is a human's, not an organisation's.
    pub fn is_human(&self) -> bool {
        !matches!(self, Self::Organisation(_) | Self::Agency(_))
    }

    /// Whether it is a paper of another country.
    pub fn is_foreign(&self) -> bool {
        matches!(self, Self::Paper(_))
    }

    /// Whether it is a paper that refugees and stateless people have.
    pub fn is_of_the_stateless(&self) -> bool {
        matches!(self, Self::Paper(paper) if paper.paper == PaperKind::TravelDocument || paper.country == STATELESS)
    }

    /// Whether it is of an entry of before there were numbers.
    pub fn is_historic(&self) -> bool {
        matches!(self, Self::Nothing(nothing) if nothing.reason == NoNumberReason::BeforeNumbers)
    }

    /// Of somebody known by nothing but a name: the same, as the one who stands at a place among those of that name.
    pub fn as_nth(&self, nth: u8) -> Option<Self> {
        match self {
            Self::Nothing(nothing) => Some(Self::Nothing(NoNumber { nth, ..nothing.clone() })),
            _ => None,
        }
    }

    /// Whether it finds somebody again, beyond the one request.
    pub fn finds(&self) -> bool {
        !matches!(self, Self::Nothing(_))
    }
}

impl From<IdNumber> for Identifier {
    fn from(number: IdNumber) -> Self {
        Self::Number(number)
    }
}

impl PartialEq<IdNumber> for Identifier {
    fn eq(&self, number: &IdNumber) -> bool {
        self.number() == Some(number)
    }
}

/// As it was kept.
impl FromStr for Identifier {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((kind, rest)) = text.split_once(' ') else { return text.parse().map(Self::Number).map_err(|_| "number") };
        match kind {
            "ORGANISATION" => rest.parse().map(Self::Organisation),
            "AGENCY" => rest.parse().map(Self::Agency),
            "NO_NUMBER" => {
                let (nth, rest) = match rest.split_once(' ').map(|(nth, rest)| (nth.parse(), rest)) {
                    Some((Ok(nth), rest)) => (nth, rest),
                    _ => (1, rest),
                };
                let (reason, name) = rest.split_once(' ').ok_or("no_number")?;
                let reason = reason.parse().map_err(|_| "no_number")?;
                Ok(Self::Nothing(NoNumber { reason, nth, name: name.to_owned() }))
            }
            country => {
                let (paper, number) = rest.split_once(' ').ok_or("paper")?;
                let paper = paper.parse().map_err(|_| "paper")?;
                Ok(Self::Paper(ForeignPaper { country: country.to_owned(), paper, number: number.to_owned() }))
            }
        }
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl<'de> Deserialize<'de> for Identifier {
    /// As it was kept, in what is sealed.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Identifier {
    /// Masked: it never leaves by serialising a struct that happens to hold it.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.masked())
    }
}
