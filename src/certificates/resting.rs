//! Which certificates rest on an entry: they are voided with it when it is revoked, and valid again once it is reinstated.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::model::CertificateAct;
use super::routes::{stand, tell, void};
use super::store::{self, Certificate};
use super::view::{rests_on_nothing, revoked};
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

/// Lets the certificates be valid again that were voided with a case, where the register holds what they certify; one that rests on
/// another case which is revoked waits for that.
fn reinstated(tx: &mut Tx, node: &Node, case: Id) -> Result<()> {
    for mut one in store::voided_with(tx, case)? {
        if let Some(other) = revoked_under(tx, node, &one)? {
            one.voided_with = Some(other);
            store::save(tx, &mut one)?;
            continue;
        }
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
    let base = Base::of(conn, node, case)?;
    let people: Vec<Id> = base.roles.keys().copied().collect();
    let mut entries = Entries::default();
    for one in store::issued_since(conn, &people, since)? {
        if !resting.iter().any(|other| other.id == one.id) && base.bears(conn, node, &one, &mut entries)? {
            resting.push(one);
        }
    }
    Ok(resting)
}

/// Refuses to let a certificate be valid again that rests on a revoked case, whatever it was voided for.
pub fn require_standing(conn: &mut Conn, node: &Node, one: &Certificate) -> Result<()> {
    if revoked_under(conn, node, one)?.is_some() { Err(revoked()) } else { Ok(()) }
}

/// A revoked case on which a certificate rests.
fn revoked_under(conn: &mut Conn, node: &Node, one: &Certificate) -> Result<Option<Id>> {
    let mut entries = Entries::default();
    for case in cases::revoked_of(conn, one.person_id)? {
        let is_named = one.case_id == Some(case.id);
        if is_named || Base::of(conn, node, &case)?.bears(conn, node, one, &mut entries)? {
            return Ok(Some(case.id));
        }
    }
    Ok(None)
}

/// A case as certificates rest on it: whom it names, in all their records.
struct Base<'a> {
    case: &'a Case,
    child: Option<Id>,
    roles: HashMap<Id, (Id, PartyRole)>,
}

impl<'a> Base<'a> {
    fn of(conn: &mut Conn, node: &Node, case: &'a Case) -> Result<Self> {
        let mut roles = HashMap::new();
        for party in cases::store::parties(conn, case.id)? {
            for record in joins::records(conn, party.person_id)? {
                roles.insert(record, (party.person_id, party.role));
            }
        }
        Ok(Self { case, child: cases::child_of(conn, node, case)?, roles })
    }

    /// Whether a certificate was issued while the entry stood, and certifies it.
    fn bears(&self, conn: &mut Conn, node: &Node, one: &Certificate, entries: &mut Entries) -> Result<bool> {
        let (Some((person, role)), Some(issued_at)) = (self.roles.get(&one.person_id), one.issued_at) else { return Ok(false) };
        let is_before = self.case.registered_at.is_some_and(|since| since <= issued_at);
        if !is_before || !cases::store::stood_at(conn, self.case.id, issued_at)? {
            return Ok(false);
        }
        Ok(Some(*person) == self.child || certifies(conn, node, self.case, (&one.kind, *role), (*person, issued_at), entries)?)
    }
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
