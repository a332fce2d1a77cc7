//! Mandates that end by themselves: what somebody began as a legal representative or guardian is no longer theirs to follow once
//! the register, or the day of birth that is known, says that they are none any more (民法 §12, §14, §1098); nor is what a proxy
//! applied for once no letter is in force (民法 §549, §550).

use chrono::NaiveDate;
use diesel::prelude::*;

use super::about::enters;
use super::case::{Case, Party};
use super::fields::PartyRole;
use super::listing::{self, Filter};
use super::protected::concerns_others;
use super::representation::{Answer, Claim, acted_for, answer, consents_as, represents};
use super::status;
use super::store;
use super::types::model::Relation;
use crate::auth::standing::{acts_for, is_entrusted};
use crate::auth::whoever::account_of;
use crate::auth::{By, Reach};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people;
use crate::people::{joins, numbers, protection, wards};
use crate::schema::{case_parties, cases};

/// Relations by which somebody acts for another, as long as they may.
pub const BY_MANDATE: [Relation; 3] = [Relation::LegalRepresentative, Relation::Guardian, Relation::Proxy];

/// Whether a mandate of this relation, in a matter of this type about somebody, has ended by a day. Of whom the register cannot tell
/// that somebody represents them, a parent does until the 18th birthday that is known, whoever has said it.
pub fn is_over(
    conn: &mut Conn,
    node: &Node,
    (kind, relation): (&str, Relation),
    (subject, by): (Id, Id),
    day: NaiveDate,
) -> Result<bool> {
    let is_proxy = relation == Relation::Proxy;
    if !is_proxy && !represents(kind, relation) {
        return Ok(false);
    }
    let subject = numbers::meant_by(conn, &node.vault, subject)?.unwrap_or(subject);
    let (subject, by) = (joins::last(conn, subject)?, joins::last(conn, by)?);
    if subject == by {
        return Ok(false);
    }
    if is_proxy {
        for principal in joins::records(conn, subject)? {
            if is_entrusted(conn, by, (principal, store::PROXY_SCOPE), day)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    match answer(conn, node, Claim { subject, by: Some(by), relation, day, of: None })? {
        Answer::Yes => Ok(false),
        Answer::No(..) | Answer::Deceased => Ok(true),
        Answer::Unknown if relation == Relation::LegalRepresentative => {
            let born = people::store::birth_on(conn, &node.vault, subject)?;
            Ok(born.is_some_and(|born| born.age_on(day).reaches(18).yes))
        }
        Answer::Unknown => wards::is_over(conn, &node.vault, subject, day),
    }
}

/// Whether somebody's mandate of this relation has ended by a day for all those of a case for whom they act.
fn is_over_for_all(
    conn: &mut Conn,
    node: &Node,
    (case, parties): (&Case, &[Party]),
    (relation, by): (Relation, Id),
    day: NaiveDate,
) -> Result<bool> {
    let placed = status::placed(conn, parties)?;
    let by = joins::last(conn, by)?;
    let mut whom = match relation {
        Relation::Proxy => Vec::new(),
        _ => acted_for(conn, node, (&case.type_code, &placed), (Some(by), Some(case.id)))?,
    };
    if whom.is_empty() {
        // Whoever gave a letter is whom it is about.
        whom.push(case.person_id);
    }
    for one in whom {
        if !is_over(conn, node, (&case.type_code, relation), (one, by), day)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether whoever applied for a case did so by a mandate that has ended by a day.
pub fn has_ended(conn: &mut Conn, node: &Node, case: &Case, day: NaiveDate) -> Result<bool> {
    if case.relation != Relation::Proxy && !represents(&case.type_code, case.relation) {
        return Ok(false);
    }
    let parties = store::parties(conn, case.id)?;
    is_over_for_all(conn, node, (case, &parties), (case.relation, case.applicant_id), day)
}

/// Whether a party sees the case on a day: whoever takes part as somebody's representative alone does as long as the mandate lasts,
/// and whoever is none of whom something is entered as long as no mark bars them from one of the others.
pub fn sees(conn: &mut Conn, node: &Node, case: &Case, part: (&Party, &[Party]), day: NaiveDate) -> Result<bool> {
    Ok(!is_past(conn, node, case, part, day)? && !is_kept_off(conn, node, case, part, day)?)
}

/// Whether a party takes part as somebody's representative alone, by a mandate that has ended by a day.
fn is_past(conn: &mut Conn, node: &Node, case: &Case, (party, parties): (&Party, &[Party]), day: NaiveDate) -> Result<bool> {
    let Some(relation) = consents_as(&case.type_code, party.role) else { return Ok(false) };
    is_over_for_all(conn, node, (case, parties), (relation, party.person_id), day)
}

/// Whether a party takes part as somebody's representative alone, or is named beside those of whom something is entered, such as the head
/// into whose household they move, and is barred from the data of one of the others: the office hears them, and they are sent and
/// shown nothing of the case (家庭暴力防治法 §14, §58-2; 跟蹤騷擾防制法 §12).
fn is_kept_off(conn: &mut Conn, node: &Node, case: &Case, (party, parties): (&Party, &[Party]), day: NaiveDate) -> Result<bool> {
    let is_beside = !concerns_others(&case.type_code) && !enters(&case.type_code, party.role);
    if consents_as(&case.type_code, party.role).is_none() && !is_beside {
        return Ok(false);
    }
    let others: Vec<Id> = case.people(parties).into_iter().filter(|person| *person != party.person_id).collect();
    Ok(!protection::barred_among(conn, &node.vault, day, (party.person_id, &others))?.is_empty())
}

/// The cases of the caller, of those that the filter leaves, that they no longer reach.
pub fn ended(conn: &mut Conn, node: &Node, by: &By, filter: &Filter) -> Result<Vec<Id>> {
    if by.reach != Reach::Own {
        return Ok(Vec::new());
    }
    let beside = case_parties::table.filter(case_parties::role.ne(PartyRole::Subject));
    let beside = beside.filter(case_parties::person_id.eq_any(by.caller.own_records())).select(case_parties::case_id);
    let theirs = listing::matching(by, filter).filter(cases::relation.eq_any(BY_MANDATE).or(cases::id.eq_any(beside)));
    let theirs: Vec<Case> = theirs.select(Case::as_select()).load(conn)?;
    let mut ended = Vec::new();
    for case in theirs {
        if !store::reaches(conn, node, by, &case)? {
            ended.push(case.id);
        }
    }
    Ok(ended)
}

/// All of the caller's cases that they no longer reach: what was answered about them before is not theirs any more.
pub fn of_caller(conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<Id>> {
    let filter = Filter::of_caller(conn, by)?;
    ended(conn, node, by, &filter)
}

/// Whether what an account was given in a case, such as a receipt, has ended with the mandate by which it applied. What the office
/// gave stays, and so does what the account was given for its own person.
pub fn is_lost(conn: &mut Conn, node: &Node, (case, given_to): (Id, &str), day: NaiveDate) -> Result<bool> {
    let Some(account) = account_of(given_to) else { return Ok(false) };
    let case: Case = cases::table.find(case).select(Case::as_select()).first(conn)?;
    Ok(has_ended(conn, node, &case, day)? && !acts_for(conn, account, (case.person_id, store::PROXY_SCOPE), day)?)
}
