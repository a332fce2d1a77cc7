//! What a reinstated entry presupposes: while that is revoked it does not stand again, whichever of the two was taken back first.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

use super::case::Case;
use super::entries::{self, is_of_status};
use super::fields::{CaseFields, Findings, Form, PartyRole};
use super::states::CaseStatus;
use super::status::{Placed, held, placed};
use super::store;
use crate::db::{Conn, Id};
use crate::domain::case_path;
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::people::facts::{self, Fact, FactKind, Rank};
use crate::people::joins;
use crate::schema::{case_parties, cases};

/// A relation that an entry ends or builds on: of which kind, of whom, and to whom; to whomever where nobody is named.
struct Presupposed {
    kind: FactKind,
    of: Id,
    to: Vec<Id>,
}

/// The relations that an entry presupposes of its people.
fn relations(case: &Case, fields: &CaseFields, parties: &[Placed]) -> Vec<Presupposed> {
    let with = |role: PartyRole| -> Vec<Id> {
        parties.iter().filter(|(_, one, _)| *one == role).map(|(_, _, person)| *person).collect()
    };
    let to_each_other = |people: Vec<Id>| -> Vec<Presupposed> {
        let others = |of: Id| people.iter().copied().filter(|one| *one != of).collect();
        people.iter().map(|of| Presupposed { kind: FactKind::Marriage, of: *of, to: others(*of) }).collect()
    };
    let to_anybody = |kind: FactKind| -> Vec<Presupposed> {
        with(PartyRole::Subject).into_iter().map(|of| Presupposed { kind, of, to: Vec::new() }).collect()
    };
    let ends = matches!(fields, CaseFields::Common(common) if common.ends());
    match case.type_code.as_str() {
        _ if Form::of_type(&case.type_code) == Form::Divorce => to_each_other(with(PartyRole::Spouse)),
        "ADOPTION" if with(PartyRole::Adopter).len() > 1 => to_each_other(with(PartyRole::Adopter)),
        "ADOPTION_END" => {
            let to = with(PartyRole::Adopter);
            let child = |of| Presupposed { kind: FactKind::Parent, of, to: to.clone() };
            with(PartyRole::Adoptee).into_iter().map(child).collect()
        }
        "ASSISTANCE" if ends => to_anybody(FactKind::Assistance),
        "GUARDIANSHIP" if ends => to_anybody(FactKind::Guardianship),
        "NAME_SPOUSE" => to_anybody(FactKind::Marriage),
        "PARENTAL_RIGHTS" if ends => to_anybody(FactKind::Custody),
        _ => Vec::new(),
    }
}

/// The revoked case that registered a relation, where none of the kind stands; nothing where the register never had one.
fn revoked_relation(conn: &mut Conn, node: &Node, wanted: &Presupposed, day: NaiveDate) -> Result<Option<String>> {
    let to = joins::all_records(conn, &wanted.to)?;
    let is_wanted = |fact: &Fact| {
        let is_begin = match fact.kind {
            FactKind::Parent => fact.value == json!(PartyRole::Adopter),
            FactKind::Marriage => true,
            _ => fact.other_id.is_some(),
        };
        let is_to = to.is_empty() || fact.other_id.is_none_or(|other| to.contains(&other));
        fact.kind == wanted.kind && fact.rank == Rank::Registered && is_begin && is_to
    };
    let mut known = Vec::new();
    for record in joins::records(conn, wanted.of)? {
        known.extend(facts::all(conn, &node.vault, record)?);
    }
    known.retain(|fact| is_wanted(fact) && fact.valid_from.is_none_or(|from| from <= day));
    if known.iter().any(|fact| fact.struck.is_none()) {
        return Ok(None);
    }
    for fact in known.into_iter().rev() {
        if entries::case_of(&fact.source).map_or(Ok(false), |id| store::is_revoked(conn, id))? {
            return Ok(Some(fact.source));
        }
    }
    Ok(None)
}

/// The revoked birth of somebody, where no other stands.
fn revoked_birth(conn: &mut Conn, person: Id, but: Id) -> Result<Option<String>> {
    let own = case_parties::table
        .filter(case_parties::person_id.eq_any(joins::records(conn, person)?))
        .filter(case_parties::role.eq(PartyRole::Subject))
        .select(case_parties::case_id);
    let births = cases::table.filter(cases::id.eq_any(own)).filter(cases::type_code.eq("BIRTH")).filter(cases::id.ne(but));
    let births: Vec<(Id, CaseStatus)> = births.order(cases::id).select((cases::id, cases::status)).load(conn)?;
    if births.iter().any(|(_, status)| matches!(status, CaseStatus::Registered | CaseStatus::Corrected)) {
        return Ok(None);
    }
    let revoked = births.iter().rev().find(|(_, status)| *status == CaseStatus::Revoked);
    Ok(revoked.map(|(id, _)| case_path(*id)))
}

/// Refuses to reinstate an entry as long as one is revoked on which it rested.
pub fn require(conn: &mut Conn, node: &Node, case: &Case, fields: &CaseFields) -> Result<()> {
    let parties = store::parties(conn, case.id)?;
    let parties = placed(conn, &parties)?;
    let day = held(case, fields, case.event_on, Vec::new(), case.received_at).day();
    let mut revoked: Vec<String> = Vec::new();
    for wanted in relations(case, fields, &parties) {
        revoked.extend(revoked_relation(conn, node, &wanted, day)?);
    }
    if is_of_status(&case.type_code) && Form::of_type(&case.type_code) != Form::Seal {
        for (_, _, person) in &parties {
            revoked.extend(revoked_birth(conn, *person, case.id)?);
        }
    }
    revoked.sort_unstable();
    revoked.dedup();
    if revoked.is_empty() {
        return Ok(());
    }
    let told = entries::told(conn, &revoked)?;
    let zh = format!("本登記所憑之登記業經撤銷，請先恢復：{}", told.join("、"));
    let en = format!("what this entry presupposes is revoked: reinstate that first: {}", told.join(", "));
    let mut findings = Findings::default();
    findings.add("/status", "not_registered", "戶籍法 §23", &zh, &en);
    let problem = Problem::new(Code::CONFLICT).detail("本登記所憑之登記業經撤銷", "what this entry presupposes is revoked");
    Err(Problem { errors: findings.0, ..problem }.into())
}
