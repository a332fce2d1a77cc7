//! Moving in, out and within the area; house numbers.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CaseFields, Facts, Findings, HouseNumberKind, MoveInKind, MoveOutKind, MoveWithinKind, NoRules};
use crate::people::{Address, Label, Name};
use crate::text_enum;

text_enum! {
    /// Whether everybody of the household moves: then its head applies (戶籍法 §41).
    pub enum MoveExtent {
        WholeHousehold = "WHOLE_HOUSEHOLD",
        Members = "MEMBERS",
    }
}

fn apart(from: &Address, to: &Address, findings: &mut Findings) {
    let is_elsewhere = !from.is_that_of(to);
    findings.unless(is_elsewhere, "/fields/to_address", "not_allowed", "戶籍法 §16", "與原址相同", "it is the old address");
}

/// Moving-in 遷入登記 (戶籍法 §17, §26, §41) from another township, or from abroad, to one of the office's area; `event_on` is the
/// day of moving.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "MOVE_IN", "from_address": "臺中市北區三民路一段2號", "to_address": "彰化縣和美鎮和東里1鄰彰美路五段1號",
    "extent": "MEMBERS", "household_head": "王大明", "new_household": false
}))]
pub struct MoveInFields {
    pub kind: MoveInKind,
    pub from_address: Address,
    pub to_address: Address,
    pub extent: MoveExtent,
    /// Head of the household at the new address.
    pub household_head: Name,
    /// A household of its own is made at the new address.
    pub new_household: bool,
}

impl NoRules for MoveInFields {}

/// Moving-out 遷出登記 (戶籍法 §16, §26, §41, §42) to another township, at the office of either place; out of the country, at that of
/// the register.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "MOVE_OUT", "from_address": "彰化縣和美鎮和東里1鄰彰美路五段1號", "extent": "MEMBERS", "abroad": true, "left_on": "2024-10-01"
}))]
pub struct MoveOutFields {
    pub kind: MoveOutKind,
    pub from_address: Address,
    /// Where to, within the country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_address: Option<Address>,
    pub extent: MoveExtent,
    /// Out of the country.
    pub abroad: bool,
    /// The day of leaving the country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_on: Option<NaiveDate>,
}

impl MoveOutFields {
    /// Whether it leads to another office's area within the country.
    pub fn leaves_the_area(&self) -> bool {
        let to = self.to_address.as_ref().and_then(Address::township);
        !self.abroad && !to.is_some_and(|township| township.is_own())
    }

    pub(super) fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
        let text = ("國內遷出須填新址；出境須填出境日", "a new address within the country, or the day of leaving it");
        let known = if self.abroad { self.left_on.is_some() } else { self.to_address.is_some() };
        findings.unless(known, "/fields/to_address", "required", "戶籍法 §16", text.0, text.1);
        if let Some(left) = self.left_on {
            let gone = left.checked_add_months(chrono::Months::new(24)).is_some_and(|day| day <= facts.today);
            findings.unless(
                gone,
                "/fields/left_on",
                "range",
                "戶籍法 §16 III",
                "出境未滿二年",
                "two years abroad have not passed",
            );
        }
    }
}

/// Address alteration within one township of the office's area 住址變更登記 (戶籍法 §18, §41).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "MOVE_WITHIN", "from_address": "彰化縣和美鎮和西里2鄰彰新路100巷5號", "to_address": "彰化縣和美鎮和東里1鄰彰美路五段1號",
    "extent": "WHOLE_HOUSEHOLD", "household_head": "王大明", "new_household": true
}))]
pub struct MoveWithinFields {
    pub kind: MoveWithinKind,
    pub from_address: Address,
    pub to_address: Address,
    pub extent: MoveExtent,
    pub household_head: Name,
    /// A household of its own is made at the new address.
    pub new_household: bool,
}

impl NoRules for MoveWithinFields {}

impl CaseFields {
    /// Refuses a move to the address from which it is, as it is taken: how that is written tells nothing.
    pub(super) fn check_places(&self, findings: &mut Findings) {
        match self {
            Self::MoveIn(moved) => apart(&moved.from_address, &moved.to_address, findings),
            Self::MoveOut(MoveOutFields { from_address, to_address: Some(to), .. }) => apart(from_address, to, findings),
            Self::MoveWithin(moved) => apart(&moved.from_address, &moved.to_address, findings),
            _ => {}
        }
    }

    /// Whether whoever moves makes a household of their own, or joins one, at an address of the area.
    pub fn makes_household(&self) -> Option<bool> {
        match self {
            Self::MoveIn(moved) => Some(moved.new_household),
            Self::MoveWithin(moved) => Some(moved.new_household),
            _ => None,
        }
    }

    /// Whether everybody of a household moves.
    pub fn moves_household(&self) -> bool {
        let extent = match self {
            Self::MoveIn(moved) => moved.extent,
            Self::MoveOut(moved) => moved.extent,
            Self::MoveWithin(moved) => moved.extent,
            _ => return false,
        };
        extent == MoveExtent::WholeHousehold
    }

    /// Who is the head of the household to which somebody moves.
    pub fn household_head(&self) -> Option<&Name> {
        match self {
            Self::MoveIn(moved) => Some(&moved.household_head),
            Self::MoveWithin(moved) => Some(&moved.household_head),
            _ => None,
        }
    }
}

text_enum! {
    /// What is asked about a house number.
    pub enum HouseNumberAct {
        Assign = "ASSIGN",
        Add = "ADD",
        Change = "CHANGE",
        Merge = "MERGE",
        Abolish = "ABOLISH",
        Certify = "CERTIFY",
    }
}

/// House numbers and their certificates 門牌編釘、門牌證明 (道路命名及門牌編釘自治法規).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "HOUSE_NUMBER", "act": "ASSIGN", "address": "彰化縣和美鎮和東里1鄰彰美路五段1號", "building_permit": "115 彰府建字第 00123 號"}))]
pub struct HouseNumberFields {
    pub kind: HouseNumberKind,
    pub act: HouseNumberAct,
    pub address: Address,
    /// Licence of the building, for a first number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub building_permit: Option<Label>,
}

impl HouseNumberFields {
    pub(super) fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
        let fits = match facts.type_code {
            "DOOR_NEW" => matches!(self.act, HouseNumberAct::Assign | HouseNumberAct::Add),
            "DOOR_CERT" => self.act == HouseNumberAct::Certify,
            _ => matches!(self.act, HouseNumberAct::Change | HouseNumberAct::Merge | HouseNumberAct::Abolish),
        };
        findings.unless(fits, "/fields/act", "not_allowed", "", "與案件類別不符", "it belongs to another case type");
    }
}
