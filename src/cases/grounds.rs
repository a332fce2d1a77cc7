//! What an entry presupposes: while that is revoked it is neither registered nor reinstated, whichever of the two came first.

use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;

use super::case::Case;
use super::entries::{self, OF_PARENTAGE};
use super::fields::{CaseFields, Findings, Form, NameReason, PartyRole};
use super::nationals;
use super::place::Place;
use super::states::CaseStatus;
use super::status::{Placed, Status, held, placed};
use super::store;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::case_path;
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::people::facts::{self, Fact, FactKind, Rank};
use crate::people::joins;
use crate::schema::{case_parties, cases};

/// A relation that an entry ends or builds on: of which kind, of whom, and to whom; to whomever where nobody is named.
struct Presupposed {
    law: &'static str,
    kind: FactKind,
    of: Id,
    to: Vec<Id>,
}

/// The relations that an entry presupposes of its people.
fn relations(case: &Case, fields: &CaseFields, parties: &[Placed]) -> Vec<Presupposed> {
    let with = |role: PartyRole| -> Vec<Id> {
        parties.iter().filter(|(_, one, _)| *one == role).map(|(_, _, person)| *person).collect()
    };
    let to_each_other = |law, people: Vec<Id>| -> Vec<Presupposed> {
        let others = |of: Id| people.iter().copied().filter(|one| *one != of).collect();
        people.iter().map(|of| Presupposed { law, kind: FactKind::Marriage, of: *of, to: others(*of) }).collect()
    };
    let to_anybody = |law, kind: FactKind, role: PartyRole| -> Vec<Presupposed> {
        with(role).into_iter().map(|of| Presupposed { law, kind, of, to: Vec::new() }).collect()
    };
    let ends = matches!(fields, CaseFields::Common(common) if common.ends());
    let is_of_stepchild = matches!(fields, CaseFields::Adoption(adoption) if adoption.adopts_spouses_child);
    let is_by_parentage = matches!(fields, CaseFields::Name(names) if names.reason == NameReason::AdoptionOrParentage);
    match case.type_code.as_str() {
        _ if Form::of_type(&case.type_code) == Form::Divorce => to_each_other("戶籍法 §34", with(PartyRole::Spouse)),
        _ if is_by_parentage => to_anybody("姓名條例 §8、§9", FactKind::Parent, PartyRole::Subject),
        "ADOPTION" if is_of_stepchild => to_anybody("民法 §1073、§1074", FactKind::Marriage, PartyRole::Adopter),
        "ADOPTION" if with(PartyRole::Adopter).len() > 1 => to_each_other("民法 §1074", with(PartyRole::Adopter)),
        "ADOPTION_END" => {
            let to = with(PartyRole::Adopter);
            let child = |of| Presupposed { law: "民法 §1080", kind: FactKind::Parent, of, to: to.clone() };
            with(PartyRole::Adoptee).into_iter().map(child).collect()
        }
        "ASSISTANCE" if ends => to_anybody("民法 §15-1", FactKind::Assistance, PartyRole::Subject),
        "GUARDIANSHIP" if ends => to_anybody("民法 §14", FactKind::Guardianship, PartyRole::Subject),
        "NAME_SPOUSE" => to_anybody("民法 §1000", FactKind::Marriage, PartyRole::Subject),
        "NAT_RESTORE" => to_anybody("國籍法 §15", FactKind::Nationality, PartyRole::Subject),
        "PARENTAL_RIGHTS" if ends => to_anybody("民法 §1055", FactKind::Custody, PartyRole::Subject),
        _ => Vec::new(),
    }
}

/// That the parents have parted who have agreed on who exercises their rights.
fn of_agreement(conn: &mut Conn, node: &Node, case: &Case, fields: &CaseFields, parties: &[Placed]) -> Result<Vec<Presupposed>> {
    let is_agreed = matches!(fields, CaseFields::Common(common) if !common.ends() && !common.is_ruled());
    let mut found = Vec::new();
    if case.type_code != "PARENTAL_RIGHTS" || !is_agreed {
        return Ok(found);
    }
    for (_, _, child) in parties.iter().filter(|(_, role, _)| *role == PartyRole::Subject) {
        let status = Status::of(conn, node, *child, None)?;
        let parents: Vec<Id> = status.of_kind(FactKind::Parent).filter_map(|fact| fact.other_id).collect();
        for (_, _, of) in parties.iter().filter(|(_, _, person)| parents.contains(person)) {
            let to: Vec<Id> = parents.iter().copied().filter(|parent| parent != of).collect();
            if !to.is_empty() {
                found.push(Presupposed { law: "民法 §1055", kind: FactKind::MarriageEnd, of: *of, to });
            }
        }
    }
    Ok(found)
}

/// Whether a fact stands no more, since a moment.
fn is_struck_since(fact: &Fact, since: Moment) -> bool {
    fact.struck.as_ref().is_some_and(|strike| strike.at > since)
}

/// The case that registered a relation and is revoked since a moment, where none of the kind stands; nothing where the
/// register never had one.
fn revoked_relation(
    conn: &mut Conn,
    node: &Node,
    wanted: &Presupposed,
    (place, since): (&Place, Moment),
) -> Result<Option<String>> {
    let to = joins::all_records(conn, &wanted.to)?;
    let is_wanted = |fact: &Fact| {
        let is_begin = match fact.kind {
            FactKind::Parent => to.is_empty() || fact.value == json!(PartyRole::Adopter),
            FactKind::Nationality => fact.value == json!(nationals::LOST),
            FactKind::Marriage => true,
            _ => fact.other_id.is_some(),
        };
        let is_to = to.is_empty() || fact.other_id.is_none_or(|other| to.contains(&other));
        fact.kind == wanted.kind && fact.rank == Rank::Registered && is_begin && is_to
    };
    let mut known = Vec::new();
    for record in joins::records(conn, wanted.of)? {
        for fact in facts::all(conn, &node.vault, record)?.into_iter().filter(&is_wanted) {
            let is_before = fact.valid_from.map(|from| place.is_after(conn, from, &fact.source)).transpose()?;
            known.extend((is_before != Some(false)).then_some(fact));
        }
    }
    if wanted.kind == FactKind::Parent {
        // Nobody takes another name because they were born.
        let births = births_of(conn, wanted.of)?;
        known.retain(|fact| !births.iter().any(|(birth, _)| fact.source == format!("cases/{birth}")));
    }
    if known.iter().any(|fact| fact.struck.is_none()) {
        return Ok(None);
    }
    for fact in known.into_iter().rev().filter(|fact| is_struck_since(fact, since)) {
        if entries::case_of(&fact.source).map_or(Ok(false), |id| store::is_revoked(conn, id))? {
            return Ok(Some(fact.source));
        }
    }
    Ok(None)
}

/// The births that cases have registered of somebody, in the order of their receipt.
pub fn births_of(conn: &mut Conn, person: Id) -> Result<Vec<(Id, CaseStatus)>> {
    let own = case_parties::table
        .filter(case_parties::person_id.eq_any(joins::records(conn, person)?))
        .filter(case_parties::role.eq(PartyRole::Subject))
        .select(case_parties::case_id);
    let births = cases::table.filter(cases::id.eq_any(own)).filter(cases::type_code.eq("BIRTH"));
    Ok(births.order(cases::id).select((cases::id, cases::status)).load(conn)?)
}

/// The birth of somebody that is revoked since a moment, where no other stands.
fn revoked_birth(conn: &mut Conn, node: &Node, person: Id, but: Id, since: Moment) -> Result<Option<String>> {
    let mut births = births_of(conn, person)?;
    births.retain(|(id, _)| *id != but);
    if births.iter().any(|(_, status)| matches!(status, CaseStatus::Registered | CaseStatus::Corrected)) {
        return Ok(None);
    }
    let revoked = births.iter().rev().find(|(_, status)| *status == CaseStatus::Revoked);
    let Some(source) = revoked.map(|(id, _)| case_path(*id)) else { return Ok(None) };
    let mut made = Vec::new();
    for record in joins::records(conn, person)? {
        made.extend(facts::all(conn, &node.vault, record)?);
    }
    let is_meant = made.iter().any(|fact| fact.source == source && fact.kind == FactKind::Sex && is_struck_since(fact, since));
    Ok(is_meant.then_some(source))
}

/// The last entry before a name that says whose child somebody is, where it is revoked since a moment: the name was taken
/// because of it.
fn revoked_parentage(conn: &mut Conn, node: &Node, (case, person): (&Case, Id), since: Moment) -> Result<Option<String>> {
    let is_before = |one: &Case| {
        let at = one.registered_at.filter(|at| case.registered_at.is_none_or(|own| *at <= own));
        OF_PARENTAGE.contains(&one.type_code.as_str()) && at.is_some()
    };
    let mut all: Vec<Case> = entries::of_human(conn, &node.vault, person, is_before)?.into_iter().map(|one| one.case).collect();
    all.extend(entries::revoked_of(conn, person)?.into_iter().filter(is_before));
    let last = all.into_iter().max_by_key(|one| (one.registered_at, one.id));
    let Some(source) = last.filter(|one| one.status == CaseStatus::Revoked).map(|one| case_path(one.id)) else {
        return Ok(None);
    };
    let kinds = [FactKind::Parent, FactKind::ParentEnd];
    let records = joins::records(conn, person)?;
    let made = facts::ever(conn, &node.vault, &records, &kinds)?;
    let is_meant = made.iter().any(|fact| fact.source == source && is_struck_since(fact, since));
    Ok(is_meant.then_some(source))
}

/// Entries on which a case rests and which are revoked since a moment, each with the article.
fn revoked(conn: &mut Conn, node: &Node, case: &Case, fields: &CaseFields, since: Moment) -> Result<Vec<(String, &'static str)>> {
    let parties = store::parties(conn, case.id)?;
    let parties = placed(conn, &parties)?;
    let day = held(case, fields, case.event_on, Vec::new(), case.received_at).day();
    let place = Place::of(conn, Some(case.id), day)?;
    let mut found = Vec::new();
    let agreed = of_agreement(conn, node, case, fields, &parties)?;
    for wanted in relations(case, fields, &parties).into_iter().chain(agreed) {
        let source = revoked_relation(conn, node, &wanted, (&place, since))?;
        found.extend(source.map(|source| (source, wanted.law)));
    }
    let is_by_parentage = matches!(fields, CaseFields::Name(names) if names.reason == NameReason::AdoptionOrParentage);
    for (_, _, person) in parties.iter().filter(|(_, role, _)| is_by_parentage && *role == PartyRole::Subject) {
        let source = revoked_parentage(conn, node, (case, *person), since)?;
        found.extend(source.map(|source| (source, "姓名條例 §8、§9")));
    }
    if entries::presupposes_birth(&case.type_code) {
        for (_, _, person) in &parties {
            let source = revoked_birth(conn, node, *person, case.id, since)?;
            found.extend(source.map(|source| (source, "民法 §6")));
        }
    }
    found.sort_unstable();
    found.dedup_by(|one, other| one.0 == other.0);
    Ok(found)
}

/// Refuses with the entries that are revoked.
fn refuse(conn: &mut Conn, revoked: Vec<(String, &'static str)>, (zh, en): (&'static str, &'static str)) -> Result<()> {
    if revoked.is_empty() {
        return Ok(());
    }
    let mut findings = Findings::default();
    for (source, law) in revoked {
        let told = entries::told(conn, &[source])?.join("");
        findings.add("/status", "not_registered", law, &format!("{zh}：{told}"), &format!("{en}: {told}"));
    }
    Err(Problem { errors: findings.0, ..Problem::new(Code::CONFLICT).detail(zh, en) }.into())
}

/// Refuses to reinstate an entry as long as one is revoked on which it rested: what was revoked before it was taken its own papers have
/// shown.
pub fn require(conn: &mut Conn, node: &Node, case: &Case, fields: &CaseFields) -> Result<()> {
    // Of what was revoked at that very moment nobody can tell.
    let since = case.received_at - Duration::milliseconds(1);
    let revoked = revoked(conn, node, case, fields, since)?;
    let text = ("本登記所憑之登記業經撤銷，請先恢復", "what this entry presupposes is revoked: reinstate that first");
    refuse(conn, revoked, text)
}

/// Refuses to register a case of which an entry that it rests on was revoked since it was taken.
pub fn require_still(conn: &mut Conn, node: &Node, case: &Case, fields: &CaseFields) -> Result<()> {
    let revoked = revoked(conn, node, case, fields, case.received_at)?;
    let text = (
        "本案所憑之登記於受理後業經撤銷，未恢復前不得登記",
        "what this case presupposes was revoked since it was taken: it is not registered unless that is reinstated",
    );
    refuse(conn, revoked, text)
}
