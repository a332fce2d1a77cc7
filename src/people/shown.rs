//! By what somebody is known, as answers show it: the members of a body in which it is sent.

use serde::Serialize;
use utoipa::ToSchema;

use super::id_number::IdNumber;
use super::identifier::{Identifier, NoNumberReason, PaperKind};
use super::masking::mask_middle;
use super::said::IdentityKind;

/// What stands in the place of a number, with the members of what callers send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"kind": "FOREIGN_PAPER", "country": "VNM", "paper": "PASSPORT", "number": "C1****67"}))]
pub struct ShownIdentity {
    kind: IdentityKind,
    /// Who issued the paper; of a FOREIGN_PAPER.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 3, nullable = false)]
    country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    paper: Option<PaperKind>,
    /// Of a paper masked, but where people are shown whole: `C1****67`. Organisations and agencies are public.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 30, nullable = false)]
    number: Option<String>,
    /// Of NO_NUMBER.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<NoNumberReason>,
}

/// By what somebody is known: one of the two members, as it is sent; neither of whoever is known by the name alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct KnownBy {
    /// National id or resident number, masked but where people are shown whole: A12*****89. Absent for whoever has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10, nullable = false, example = "A12*****89")]
    pub national_id: Option<String>,
    /// In the place of `national_id`, for whoever has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub identified_by: Option<ShownIdentity>,
}

impl KnownBy {
    /// As shown to those who need not know it.
    pub fn masked(known: &Identifier) -> Self {
        Self::of(known, IdNumber::masked, |number| mask_middle(number, 2, 2))
    }

    /// As shown to those who may know it.
    pub fn whole(known: &Identifier) -> Self {
        Self::of(known, |number| number.expose().to_owned(), ToOwned::to_owned)
    }

    fn of(known: &Identifier, shown: impl Fn(&IdNumber) -> String, paper: impl Fn(&str) -> String) -> Self {
        let (number, other) = known.said();
        let identified_by = other.map(|other| ShownIdentity {
            number: other.number.map(|number| if known.is_foreign() { paper(&number) } else { number }),
            kind: other.kind,
            country: other.country,
            paper: other.paper,
            reason: other.reason,
        });
        Self { national_id: number.as_ref().map(shown), identified_by }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::people::OtherIdentity;

    #[test]
    fn what_is_shown_has_the_members_of_what_is_sent() {
        for (kept, masked) in [
            (
                "VNM PASSPORT C1234567",
                json!({"kind": "FOREIGN_PAPER", "country": "VNM", "paper": "PASSPORT", "number": "C1****67"}),
            ),
            ("ORGANISATION 04595257", json!({"kind": "ORGANISATION", "number": "04595257"})),
            ("NO_NUMBER UNKNOWN 阮氏明", json!({"kind": "NO_NUMBER", "reason": "UNKNOWN"})),
        ] {
            let known: Identifier = kept.parse().unwrap();
            assert_eq!(json!(KnownBy::masked(&known)), json!({"identified_by": masked}), "{kept}");
            let said = json!(KnownBy::whole(&known))["identified_by"].clone();
            let read: OtherIdentity = serde_json::from_value(said).unwrap();
            assert_eq!(Identifier::of(None, Some(&read), "阮氏明").unwrap(), known, "{kept}");
        }
        let number: Identifier = "A123456789".parse().unwrap();
        assert_eq!(json!(KnownBy::masked(&number)), json!({"national_id": "A12*****89"}));
        assert_eq!(json!(KnownBy::whole(&number)), json!({"national_id": "A123456789"}));
    }
}
