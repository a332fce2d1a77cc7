//! Which certificates rest on an entry: they are voided with it when it is revoked, and valid again once it is reinstated.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::model::CertificateAct;
use super::routes::{stand, tell, void};
use super::store::{self, Certificate};
use super::view::rests_on_nothing;
use crate::auth::By;
use crate::cases;
use crate::cases::case::Case;
use crate::cases::fields::{Form, PartyRole};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::domain::case_path;
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{self, Fact, FactKind, Rank};
use crate::people::joins;

/// Why a certificate is void that rests on a case.
const REVOKED: &str = "所憑之登記業經撤銷";

/// Voids what rests on a case that was revoked, and takes that back where it was reinstated: two people have decided on it.
pub fn follow_case(tx: &mut Tx, node: &Node, by: &By, case: Id) -> Result<()> {
    if !cases::store::is_revoked(tx, case)? {
        return reinstated(tx, node, case);
    }
    let found = cases::store::find(tx, node, by, case)?;
    for mut one in on_case(tx, node, &found)? {
        one.status = CertificateAct::VoidWithCase.apply(one.status)?;
        void(tx, by, &mut one, REVOKED);
        one.voided_with = Some(case);
        store::save(tx, &mut one)?;
        tell(tx, &one, CertificateAct::VoidWithCase, REVOKED);
    }
    Ok(())
}

/// Lets the certificates be valid again that were voided with a case, where the register holds what they certify.
fn reinstated(tx: &mut Tx, node: &Node, case: Id) -> Result<()> {
    for mut one in store::voided_with(tx, case)? {
        if rests_on_nothing(tx, &one)? || cases::require_held(tx, node, &one.kind, one.person_id).is_err() {
            continue;
        }
        one.status = CertificateAct::ReinstateWithCase.apply(one.status)?;
        stand(&mut one);
        store::save(tx, &mut one)?;
        tell(tx, &one, CertificateAct::ReinstateWithCase, "所憑之登記業經恢復");
    }
    Ok(())
}

/// The issued certificates that rest on a case: by its number, or since what they certify is its entry.
fn on_case(conn: &mut Conn, node: &Node, case: &Case) -> Result<Vec<Certificate>> {
    let mut resting = store::issued_for(conn, case.id)?;
    let Some(since) = case.registered_at else { return Ok(resting) };
    let child = cases::child_of(conn, node, case)?;
    let mut roles: HashMap<Id, (Id, PartyRole)> = HashMap::new();
    for party in cases::store::parties(conn, case.id)? {
        for record in joins::records(conn, party.person_id)? {
            roles.insert(record, (party.person_id, party.role));
        }
    }
    let people: Vec<Id> = roles.keys().copied().collect();
    let mut entries = Entries::default();
    for one in store::issued_since(conn, &people, since)? {
        if resting.iter().any(|other| other.id == one.id) {
            continue;
        }
        let (Some((person, role)), Some(issued_at)) = (roles.get(&one.person_id), one.issued_at) else { continue };
        if !cases::store::stood_at(conn, case.id, issued_at)? {
            continue;
        }
        let certifies =
            Some(*person) == child || certifies(conn, node, case, (&one.kind, *role), (*person, issued_at), &mut entries)?;
        if certifies {
            resting.push(one);
        }
    }
    Ok(resting)
}

/// Whether a case gives whom it is about the name, or the number, by which everything names them since.
fn gives_identity(form: Form, type_code: &str) -> bool {
    matches!(form, Form::Name | Form::Uid) || type_code == "INITIAL"
}

/// Whether a certificate of somebody certifies the entry of a case, or names them as they are called by that entry alone. Others
/// show among other things what has changed: they are outdated.
fn certifies(
    conn: &mut Conn,
    node: &Node,
    case: &Case,
    (kind, role): (&str, PartyRole),
    (person, issued_at): (Id, Moment),
    entries: &mut Entries,
) -> Result<bool> {
    match (Form::of_type(&case.type_code), role, kind) {
        (Form::Marriage, PartyRole::Spouse, "CERT_MARRIAGE") => {
            entries.is_last(conn, node, case, FactKind::Marriage, (person, issued_at))
        }
        (Form::Divorce, PartyRole::Spouse, "CERT_DIVORCE" | "CERT_MARRIAGE_END") => {
            entries.is_last(conn, node, case, FactKind::MarriageEnd, (person, issued_at))
        }
        (Form::Seal, PartyRole::Subject, "SEAL_CERT") => cases::had_seal(conn, case.id, issued_at),
        (form, PartyRole::Subject, _) if gives_identity(form, &case.type_code) => Ok(true),
        _ => Ok(cases::is_recorded(kind, &case.type_code, role)),
    }
}

/// What cases have registered of people, whether it stands or not: read once, however many certificates of theirs are judged by it.
#[derive(Default)]
struct Entries(HashMap<Id, Vec<Fact>>);

impl Entries {
    fn of(&mut self, conn: &mut Conn, node: &Node, person: Id) -> Result<&[Fact]> {
        let new = match self.0.entry(person) {
            Entry::Occupied(read) => return Ok(read.into_mut()),
            Entry::Vacant(new) => new,
        };
        let mut all = Vec::new();
        for record in joins::records(conn, person)? {
            all.extend(facts::all(conn, &node.vault, record)?);
        }
        all.retain(|fact| fact.rank == Rank::Registered);
        Ok(new.insert(all))
    }

    /// Whether a case's entry was the last one of its kind when a certificate was issued: that is the one which it certifies.
    fn is_last(
        &mut self,
        conn: &mut Conn,
        node: &Node,
        case: &Case,
        kind: FactKind,
        (person, issued_at): (Id, Moment),
    ) -> Result<bool> {
        let stood = |fact: &&Fact| {
            let stood = fact.recorded_at <= issued_at && fact.struck.as_ref().is_none_or(|strike| strike.at >= issued_at);
            fact.kind == kind && stood
        };
        let held = self.of(conn, node, person)?.iter().filter(stood);
        let last = held.max_by(|one, other| (one.valid_from, &one.source).cmp(&(other.valid_from, &other.source)));
        Ok(last.is_some_and(|fact| fact.source == case_path(case.id)))
    }
}
