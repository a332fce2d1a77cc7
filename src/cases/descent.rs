//! Who can be whose parent: what a birth, an acknowledgment and an adoption find in the register.

use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use serde_json::json;

use super::fields::{CaseFields, Findings, PartyRole};
use super::hints::{HintKind, RegisterHint};
use super::kindred::Reading;
use super::kinship;
use super::marriages;
use super::place;
use super::states::CaseStatus;
use super::status::{Matter, Placed, Status};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{Fact, FactKind};
use crate::people::{self, Sex, joins};
use crate::schema::{case_parties, cases};

/// So many days before a birth the child was conceived, at the earliest and at the latest (民法 §1062).
pub const CONCEIVED: [u64; 2] = [302, 181];

/// What the register forbids.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    match matter.fields {
        CaseFields::Birth(_) => born_in_time(conn, node, matter, findings),
        CaseFields::Adoption(_) if matter.type_code == "ADOPTION" => may_adopt(conn, node, matter, findings),
        CaseFields::Common(_) if matter.type_code == "PARENTAGE" => {
            one_of_each(conn, node, matter, findings)?;
            may_acknowledge(conn, node, matter, findings)
        }
        _ => Ok(()),
    }
}

fn with(parties: &[Placed], role: PartyRole) -> impl Iterator<Item = (usize, Id)> {
    parties.iter().filter(move |(_, one, _)| *one == role).map(|(index, _, person)| (*index, *person))
}

/// A mother lives on the day of a birth, and a child dies no earlier.
fn born_in_time(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let Some(born) = matter.event_on else { return Ok(()) };
    for (index, role, person) in &matter.parties {
        let died = Status::of(conn, node, *person, matter.of)?.died_on();
        if died.is_none_or(|died| died >= born) {
            continue;
        }
        match role {
            PartyRole::Mother => {
                let (zh, en) = ("出生日晚於母之登記死亡日", "the register says that the mother had died before the birth");
                findings.add(&format!("/parties/{index}/national_id"), "person_deceased", "民法 §6", zh, en);
            }
            PartyRole::Subject => {
                let (zh, en) = (
                    "此人於該日前已登記死亡；請核對日期，或先更正、撤銷死亡登記",
                    "the register has the death of this person before that day: look at the day, or correct or revoke the death first",
                );
                findings.add("/event_on", "later_entry", "民法 §6", zh, en);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Nobody adopts whom the law keeps from it as their kin.
fn may_adopt(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let turn = place::turn(conn, matter.of, matter.day())?;
    for (_, child) in with(&matter.parties, PartyRole::Adoptee) {
        for (index, adopter) in with(&matter.parties, PartyRole::Adopter) {
            let bar = kinship::bars_adoption(conn, node, (adopter, child), &turn, Reading::but(matter.of))?;
            if let Some((law, zh, en)) = bar {
                findings.add(&format!("/parties/{index}/national_id"), "close_relative", law, zh, en);
            }
        }
    }
    Ok(())
}

/// Nobody is acknowledged twice by one parent, nor by their own spouse or descendant.
fn may_acknowledge(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let Some((_, child)) = with(&matter.parties, PartyRole::Subject).next() else { return Ok(()) };
    let status = Status::of(conn, node, child, matter.of)?;
    for role in [PartyRole::Father, PartyRole::Mother] {
        for (index, parent) in with(&matter.parties, role) {
            let pointer = format!("/parties/{index}/national_id");
            let is_known = |fact: &Fact| fact.other_id == Some(parent) && fact.value == json!(role);
            if status.of_kind(FactKind::Parent).any(is_known) {
                let (zh, en) = ("已登記為其父或母", "the register has this parent already");
                findings.add(&pointer, "already_registered", "民法 §1065；戶籍法 §7", zh, en);
            } else if let Some((law, zh, en)) = kinship::bars_parentage(conn, node, (parent, child), matter.of)? {
                findings.add(&pointer, "close_relative", law, zh, en);
            }
        }
    }
    Ok(())
}

/// Nobody has two fathers or two mothers by birth: another one is acknowledged once a court has denied the first.
fn one_of_each(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let Some((_, child)) = with(&matter.parties, PartyRole::Subject).next() else { return Ok(()) };
    let status = Status::of(conn, node, child, matter.of)?;
    for (role, code) in [(PartyRole::Father, "already_has_father"), (PartyRole::Mother, "already_has_mother")] {
        let known: Vec<Id> =
            status.of_kind(FactKind::Parent).filter(|fact| fact.value == json!(role)).filter_map(|fact| fact.other_id).collect();
        let strangers = matter.strangers.iter().filter(|(_, party)| party.role == role).map(|(index, _)| (*index, None));
        let named = with(&matter.parties, role).map(|(index, person)| (index, Some(person)));
        for (index, person) in named.chain(strangers) {
            if known.is_empty() || person.is_some_and(|person| known.contains(&person)) {
                continue;
            }
            let (zh, en) = (
                "此人已登記他人為父或母；須經法院否認子女之訴等裁判確定，先更正或撤銷該登記",
                "the register names another parent of this part: a court denies that first, by which that entry is corrected or revoked",
            );
            findings.add(&format!("/parties/{index}/national_id"), code, "民法 §1063、§1065", zh, en);
        }
    }
    Ok(())
}

/// The mother of a birth or of whoever is acknowledged, and the day of the birth.
fn mother(
    conn: &mut Conn,
    node: &Node,
    (type_code, parties): (&str, &[Placed]),
    event_on: Option<NaiveDate>,
    of: Option<Id>,
) -> Result<Option<(Id, NaiveDate)>> {
    match type_code {
        "BIRTH" => Ok(with(parties, PartyRole::Mother).next().map(|(_, mother)| mother).zip(event_on)),
        "PARENTAGE" => {
            let Some((_, child)) = with(parties, PartyRole::Subject).next() else { return Ok(None) };
            let status = Status::of(conn, node, child, of)?;
            let mut mothers = status.of_kind(FactKind::Parent).filter(|fact| fact.value == json!(PartyRole::Mother));
            Ok(mothers.find_map(|fact| fact.other_id.zip(fact.valid_from)))
        }
        _ => Ok(None),
    }
}

/// Whether the law presumes another father than the one who is named, or one where none is: the mother was married when the child
/// was conceived (民法 §1062, §1063).
pub fn presumes_another(
    conn: &mut Conn,
    node: &Node,
    (type_code, parties, names_father): (&str, &[Placed], bool),
    event_on: Option<NaiveDate>,
    of: Option<Id>,
) -> Result<bool> {
    let Some((mother, born)) = mother(conn, node, (type_code, parties), event_on, of)? else { return Ok(false) };
    if type_code == "PARENTAGE" && !names_father {
        return Ok(false);
    }
    let father = with(parties, PartyRole::Father).next().map(|(_, father)| father);
    let [from, to] = CONCEIVED.map(|days| born.checked_sub_days(Days::new(days)).unwrap_or(born));
    let mut is_presumed = false;
    for husband in marriages::between(conn, node, mother, (from, to), of)? {
        let is_woman = match husband {
            Some(spouse) => people::store::open(conn, &node.vault, spouse)?.1.sex() == Some(Sex::Female),
            None => false,
        };
        // Of a husband who is known by his name alone nobody can tell whether he is the one who is named.
        let is_named = names_father && (husband.is_none() || husband == father);
        if is_named {
            return Ok(false);
        }
        is_presumed |= !is_woman;
    }
    Ok(is_presumed)
}

/// Whether another birth of a mother is registered less than 181 days before or after one, and not with it: no child is conceived
/// and born in that time (民法 §1062 I), unless a paper proves it (§1062 II).
fn is_too_close(conn: &mut Conn, (mother, born): (Id, NaiveDate), of: Option<Id>) -> Result<bool> {
    let named = case_parties::table.filter(case_parties::role.eq(PartyRole::Mother));
    let named = named.filter(case_parties::person_id.eq_any(joins::records(conn, mother)?)).select(case_parties::case_id);
    let births = cases::table.filter(cases::type_code.eq("BIRTH")).filter(cases::id.eq_any(named));
    let births = births.filter(cases::status.eq_any([CaseStatus::Registered, CaseStatus::Corrected]));
    let births: Vec<(Id, Option<NaiveDate>)> = births.select((cases::id, cases::event_on)).load(conn)?;
    let mut others = births.into_iter().filter(|(case, _)| Some(*case) != of).filter_map(|(_, day)| day);
    Ok(others.any(|other| (2..CONCEIVED[1]).contains(&(other - born).num_days().unsigned_abs())))
}

/// The hints of a birth that comes too close to another one of the mother.
pub fn close_births(conn: &mut Conn, matter: &Matter<'_>) -> Result<Vec<RegisterHint>> {
    let (CaseFields::Birth(_), Some(born)) = (matter.fields, matter.event_on) else { return Ok(Vec::new()) };
    for (_, mother) in with(&matter.parties, PartyRole::Mother) {
        if is_too_close(conn, (mother, born), matter.of)? {
            return Ok(vec![RegisterHint::at("/event_on", HintKind::BirthTooClose)]);
        }
    }
    Ok(Vec::new())
}

/// What a clerk should look at: a father whom the law presumes, and one who had died too long before.
pub fn hints(conn: &mut Conn, node: &Node, matter: &Matter<'_>, named: &[PartyRole]) -> Result<Vec<RegisterHint>> {
    let mut found = close_births(conn, matter)?;
    let names_father = named.contains(&PartyRole::Father);
    let names = (matter.type_code, matter.parties.as_slice(), names_father);
    if presumes_another(conn, node, names, matter.event_on, matter.of)? {
        found.push(RegisterHint::at("/parties", HintKind::HusbandPresumed));
    }
    let (CaseFields::Birth(_), Some(born)) = (matter.fields, matter.event_on) else { return Ok(found) };
    for (index, father) in with(&matter.parties, PartyRole::Father) {
        let died = Status::of(conn, node, father, matter.of)?.died_on();
        if died.and_then(|died| died.checked_add_days(Days::new(CONCEIVED[0]))).is_some_and(|last| last < born) {
            found.push(RegisterHint::at(format!("/parties/{index}"), HintKind::FatherDiedBefore));
        }
    }
    Ok(found)
}
