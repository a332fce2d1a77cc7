//! What a fact of somebody is: its kind, how sure the office is of it, the paper on which it stands, and whose word it is.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Label;
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::db::Id;
use crate::secrets::vault::Vault;
use crate::text_enum;

text_enum! {
    /// How sure the office is of a fact.
    pub enum Rank {
        /// Somebody says so
        Claimed = "CLAIMED",
        /// A clerk has seen it on a paper
        Seen = "SEEN",
        /// A case has registered it
        Registered = "REGISTERED",
    }
}

impl Rank {
    /// Whether it says more than another.
    pub fn is_above(self, other: Self) -> bool {
        self as u8 > other as u8
    }
}

text_enum! {
    /// What a fact is about.
    pub enum FactKind {
        Name = "NAME",
        BirthOn = "BIRTH_ON",
        Sex = "SEX",
        /// Died, or declared dead, on `valid_from`
        Death = "DEATH",
        /// Married to `other_person_id` from `valid_from` on
        Marriage = "MARRIAGE",
        /// No longer married to `other_person_id` from `valid_from` on
        MarriageEnd = "MARRIAGE_END",
        /// Child of `other_person_id`, who is the MOTHER, the FATHER or the ADOPTER as `value` says
        Parent = "PARENT",
        /// No longer child of `other_person_id` from `valid_from` on
        ParentEnd = "PARENT_END",
        /// Under guardianship of `other_person_id` from `valid_from` on, in the place of any guardian or assistant of before; of
        /// nobody any more where `value` is REVOKED
        Guardianship = "GUARDIANSHIP",
        /// Under assistance of `other_person_id`, likewise
        Assistance = "ASSISTANCE",
        /// `other_person_id` exercises the rights of a parent, in the place of whoever did before; the parents again where
        /// `value` is REVOKED
        Custody = "CUSTODY",
        /// ROC, or LOST
        Nationality = "NATIONALITY",
    }
}

/// A paper on which something stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "ID_CARD", "number": "製證字第 1150001234 號"}))]
pub struct Paper {
    /// As in a checklist: ID_CARD, PASSPORT, HH_CERT …
    #[schema(min_length = 1, max_length = 40, pattern = "^[A-Z][A-Z0-9_]{0,39}$")]
    pub kind: String,
    pub number: Label,
}

impl Paper {
    /// The index under which all that rests on a paper is found.
    pub fn index(&self, vault: &Vault) -> String {
        let plain: String = self.number.as_str().chars().filter(|c| !c.is_whitespace()).collect();
        vault.blind_index("facts/document", &format!("{}/{}", self.kind, plain.to_uppercase()))
    }
}

/// Whose word a fact is: how sure it makes it, what it rests on, who entered it and when.
#[derive(Clone, Debug)]
pub struct Word<'a> {
    pub rank: Rank,
    /// `cases/{id}`, `bookings/{id}`, `identity-proofs/{id}`.
    pub source: String,
    pub paper: Option<&'a Paper>,
    pub actor: String,
    pub now: Moment,
}

/// A fact to enter.
#[derive(Clone, Debug)]
pub struct NewFact {
    pub person: Id,
    pub kind: FactKind,
    pub value: Value,
    pub other: Option<Id>,
    pub valid_from: Option<NaiveDate>,
}

impl NewFact {
    /// A name.
    pub fn name(person: Id, name: &str) -> Self {
        Self { person, kind: FactKind::Name, value: name.into(), other: None, valid_from: None }
    }

    /// A day of birth.
    pub fn birth_on(person: Id, day: PartialDate) -> Self {
        Self { person, kind: FactKind::BirthOn, value: day.to_string().into(), other: None, valid_from: None }
    }
}

/// A fact as it is kept, opened.
#[derive(Clone, Debug)]
pub struct Fact {
    pub id: Id,
    pub person_id: Id,
    pub kind: FactKind,
    pub rank: Rank,
    pub value: Value,
    pub other_id: Option<Id>,
    pub valid_from: Option<NaiveDate>,
    pub source: String,
    pub paper: Option<Paper>,
    pub actor: String,
    pub recorded_at: Moment,
    pub struck: Option<Strike>,
}

/// Why a fact does not stand any more.
#[derive(Clone, Debug)]
pub struct Strike {
    pub at: Moment,
    pub by: String,
    pub why: String,
}
