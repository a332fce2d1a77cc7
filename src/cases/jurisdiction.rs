//! Which office registers a move, or numbers a house: by the townships in which its addresses lie (戶籍法 §16–18, §26).

use super::fields::{CaseFields, Findings, HouseNumberFields, MoveInFields, MoveOutFields, MoveWithinFields};
use super::input::CaseInput;
use super::types::model::{CaseType, Place};
use crate::people::{Address, Township, is_own_township};

const FROM: &str = "/fields/from_address";
const TO: &str = "/fields/to_address";

/// Notes that an address lies in another office's area, and in whose.
fn anothers(township: &Township, pointer: &str, law: &str, findings: &mut Findings) {
    let office = township.office();
    let (zh, en) = (format!("非本所轄區，應向{office}申請"), format!("this is not the office's area: {office} registers it"));
    findings.add(pointer, "other_office", law, &zh, &en);
}

/// The township of an address that must name one.
fn named(address: &Address, pointer: &str, law: &str, findings: &mut Findings) -> Option<Township> {
    let township = address.township();
    if township.is_none() {
        findings.add(pointer, "township", law, "地址須載明縣市及鄉鎮市區", "name the county and the township");
    }
    township
}

/// The township of an address that must lie in the office's area.
fn own(address: &Address, pointer: &str, law: &str, findings: &mut Findings) -> Option<Township> {
    let township = named(address, pointer, law, findings)?;
    if !township.is_own() {
        anothers(&township, pointer, law, findings);
        return None;
    }
    Some(township)
}

/// At the office of the place to which one moves, and from another township.
fn move_in(moved: &MoveInFields, findings: &mut Findings) {
    let to = own(&moved.to_address, TO, "戶籍法 §17、§26", findings);
    if to.is_some() && to == moved.from_address.township() {
        let (zh, en) =
            ("同一鄉鎮市區內遷徙，應為住址變更登記", "within one township it is an address alteration: ADDRESS_CHANGE");
        findings.add(TO, "not_allowed", "戶籍法 §18", zh, en);
    }
}

/// Within one township of the area.
fn move_within(moved: &MoveWithinFields, findings: &mut Findings) {
    const LAW: &str = "戶籍法 §18、§26";
    let (from, to) = (own(&moved.from_address, FROM, LAW, findings), own(&moved.to_address, TO, LAW, findings));
    if from.is_some() && to.is_some() && from != to {
        let (zh, en) = ("遷入他鄉鎮市區，應為遷入登記", "to another township it is a moving-in: MOVE_IN");
        findings.add(TO, "not_allowed", "戶籍法 §17", zh, en);
    }
}

/// Within the country at the office of either place, to another township; out of it at the office of the register.
fn move_out(moved: &MoveOutFields, findings: &mut Findings) {
    const LAW: &str = "戶籍法 §16、§26";
    let to = moved.to_address.as_ref().filter(|_| !moved.abroad).and_then(Address::township);
    if to.as_ref().is_some_and(Township::is_own) {
        if to == moved.from_address.township() {
            let (zh, en) =
                ("同一鄉鎮市區內遷徙，應為住址變更登記", "within one township it is an address alteration: ADDRESS_CHANGE");
            findings.add(TO, "not_allowed", "戶籍法 §18", zh, en);
        }
        return;
    }
    let from = own(&moved.from_address, FROM, LAW, findings);
    if from.is_some()
        && to.is_none()
        && !moved.abroad
        && let Some(to) = &moved.to_address
    {
        named(to, TO, LAW, findings);
    }
}

/// By the office of the place where the house stands.
fn house(house: &HouseNumberFields, findings: &mut Findings) {
    own(&house.address, "/fields/address", "道路命名及門牌編釘自治法規", findings);
}

/// Refuses what another office registers, and one kind of move for another.
pub fn check(fields: &CaseFields, findings: &mut Findings) {
    match fields {
        CaseFields::MoveIn(moved) => move_in(moved, findings),
        CaseFields::MoveOut(moved) => move_out(moved, findings),
        CaseFields::MoveWithin(moved) => move_within(moved, findings),
        CaseFields::HouseNumber(number) => house(number, findings),
        _ => {}
    }
}

/// The address from which somebody moves.
pub fn left(fields: &CaseFields) -> Option<&Address> {
    match fields {
        CaseFields::MoveIn(moved) => Some(&moved.from_address),
        CaseFields::MoveOut(moved) => Some(&moved.from_address),
        CaseFields::MoveWithin(moved) => Some(&moved.from_address),
        _ => None,
    }
}

impl CaseInput {
    /// Refuses to take off site what another office takes, and an area of the register that is none, or none of another office.
    pub(super) fn check_place(&self, case_type: &CaseType, form: Option<&CaseFields>, findings: &mut Findings) {
        const LAW: &str = "戶籍法 §26";
        let elsewhere = [
            Place::AnyOffice,
            Place::RegisteredOfficeOrListed,
            Place::DestinationOffice,
            Place::DestinationOfficeOrRegisteredOffice,
        ];
        if self.off_site && !elsewhere.contains(&case_type.rules.place) {
            findings.add("/off_site", "not_allowed", LAW, "此類案件須由原戶籍地受理", "the registered office takes this type");
        }
        let left = form.and_then(left).and_then(Address::township);
        match &self.registered_area {
            None if self.off_site => {
                findings.add("/registered_area", "required", LAW, "異地辦理須填戶籍地", "name the township of the register");
            }
            Some(_) if !self.off_site => {
                findings.add("/registered_area", "not_allowed", "", "僅異地辦理填寫", "it belongs to a case taken off site");
            }
            Some(area) if !area.as_str().ends_with(['鄉', '鎮', '市', '區']) => {
                findings.add("/registered_area", "pattern", "", "須至鄉鎮市區", "name it down to the township or district");
            }
            Some(area) if is_own_township(area.as_str()) => {
                findings.add("/registered_area", "not_allowed", "", "為本所轄區", "it is this office's own area");
            }
            Some(area) if Township::of(area.as_str()).zip(left).is_some_and(|(area, left)| area != left) => {
                let (zh, en) = ("與遷出地之鄉鎮市區不符", "it is not the township from which they move");
                findings.add("/registered_area", "not_allowed", LAW, zh, en);
            }
            _ => {}
        }
    }
}
