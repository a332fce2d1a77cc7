//! Seals (印鑑登記辦法): one a person, registered, changed and cancelled by cases.

use diesel::prelude::*;
use serde_json::json;

use super::case::Case;
use super::effects::contradiction;
use super::fields::{CaseFields, Findings, PartyRole};
use super::status::Matter;
use super::store;
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Error, Result, Text};
use crate::schema::seals;
use crate::text_enum;

text_enum! {
    /// States of a seal: one ACTIVE a person (印鑑登記辦法 §2).
    pub enum SealStatus {
        Active = "ACTIVE",
        Changed = "CHANGED",
        Cancelled = "CANCELLED",
    }
}

/// Ends the seals of a case's parties of some roles.
pub fn end_of_parties(tx: &mut Tx, case: &Case, roles: &[PartyRole], now: Moment) -> Result<()> {
    for party in store::parties(tx, case.id)?.into_iter().filter(|party| roles.contains(&party.role)) {
        end(tx, case, party.person_id, SealStatus::Cancelled, now)?;
    }
    Ok(())
}

/// Ends whichever seal a person has with a case.
pub fn end_of(tx: &mut Tx, case: &Case, person: Id, now: Moment) -> Result<()> {
    end(tx, case, person, SealStatus::Cancelled, now).map(drop)
}

fn tell(tx: &mut Tx, case: &Case, person: Id, action: &'static str) {
    tx.record(Record::change(action, format!("people/{person}"), json!({"case_id": case.id})).about(person));
}

const NOT_REGISTERED: (&str, &str) = ("查無有效之印鑑登記", "no seal of this person is registered");
const REGISTERED: (&str, &str) = ("已有印鑑登記，請辦理變更", "a seal is registered already: change it");

fn not_registered() -> Error {
    contradiction(NOT_REGISTERED.0, NOT_REGISTERED.1)
}

fn registered_already() -> Error {
    contradiction(REGISTERED.0, REGISTERED.1)
}

/// Ends a person's seal; whether they had one.
fn end(tx: &mut Tx, case: &Case, person: Id, status: SealStatus, now: Moment) -> Result<bool> {
    let active = seals::table.filter(seals::person_id.eq(person)).filter(seals::status.eq(SealStatus::Active));
    let change = (seals::status.eq(status), seals::ended_at.eq(Some(now)), seals::ended_by.eq(Some(case.id.to_string())));
    let ended = diesel::update(active).set(change).execute(&mut **tx)? > 0;
    if ended {
        tell(tx, case, person, "seal.ended");
    }
    Ok(ended)
}

/// Carries out a seal case: first registration, change or cancellation, by its type; registered since a moment.
pub fn register(tx: &mut Tx, case: &Case, village_code: &str, (since, now): (Moment, Moment)) -> Result<()> {
    let person = case.person_id;
    let ends = match case.type_code.as_str() {
        "SEAL_CANCEL" => Some(SealStatus::Cancelled),
        "SEAL_CHANGE" => Some(SealStatus::Changed),
        _ => None,
    };
    match ends {
        Some(status) if !end(tx, case, person, status, now)? => {
            return Err(not_registered());
        }
        Some(SealStatus::Cancelled) => return Ok(()),
        None if has_seal(tx, person)? => {
            return Err(registered_already());
        }
        _ => {}
    }
    let row = (
        seals::id.eq(Id::new(now)),
        seals::person_id.eq(person),
        seals::status.eq(SealStatus::Active),
        seals::village_code.eq(Some(village_code)),
        seals::case_id.eq(case.id),
        seals::registered_at.eq(since),
    );
    diesel::insert_into(seals::table).values(row).execute(&mut **tx)?;
    tell(tx, case, person, "seal.registered");
    Ok(())
}

/// Takes back what a case did to seals: its own is cancelled, those that it ended stand again.
pub fn take_back(tx: &mut Tx, case: &Case, now: Moment) -> Result<()> {
    let own = seals::table.filter(seals::case_id.eq(case.id));
    let changed: i64 = own.filter(seals::status.eq(SealStatus::Changed)).count().get_result(&mut **tx)?;
    if changed > 0 {
        return Err(contradiction("該印鑑已有後續變更，請先處理後案", "the seal was changed since: take that back first"));
    }
    let ended =
        (seals::status.eq(SealStatus::Cancelled), seals::ended_at.eq(Some(now)), seals::ended_by.eq(Some(case.id.to_string())));
    if diesel::update(own).set(ended).execute(&mut **tx)? > 0 {
        tell(tx, case, case.person_id, "seal.ended");
    }
    restore_ended(tx, case)
}

/// Refuses to carry a seal case out anew where a seal stands against it, or none is there to be changed or cancelled.
pub fn foresee(conn: &mut Conn, case: &Case) -> Result<()> {
    match (case.type_code.as_str(), has_seal(conn, case.person_id)?) {
        ("SEAL_CHANGE" | "SEAL_CANCEL", false) => Err(not_registered()),
        ("SEAL_CHANGE" | "SEAL_CANCEL", true) | (_, false) => Ok(()),
        (_, true) => Err(registered_already()),
    }
}

/// What an application for a seal finds in the register: none to change or to cancel, or one already.
pub fn check(conn: &mut Conn, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let CaseFields::Seal(_) = matter.fields else { return Ok(()) };
    let known = matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Subject);
    let strangers = matter.strangers.iter().filter(|(_, party)| party.role == PartyRole::Subject);
    let subjects = known.map(|(index, _, person)| (*index, Some(*person))).chain(strangers.map(|(index, _)| (*index, None)));
    for (index, person) in subjects {
        let pointer = format!("/parties/{index}/national_id");
        if findings.0.iter().any(|found| found.pointer == pointer) {
            continue;
        }
        let has_seal = person.map_or(Ok(false), |person| has_seal(conn, person))?;
        match (matter.type_code, has_seal) {
            ("SEAL_CHANGE" | "SEAL_CANCEL", false) => {
                findings.add(&pointer, "not_registered", "印鑑登記辦法 §2", NOT_REGISTERED.0, NOT_REGISTERED.1);
            }
            ("SEAL_REGISTER", true) => {
                findings.add(&pointer, "already_registered", "印鑑登記辦法 §2", REGISTERED.0, REGISTERED.1);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Puts right in which village the seal of a case is kept, whatever became of it since.
pub fn put_village(tx: &mut Tx, case: &Case, village_code: &str) -> Result<()> {
    let own = seals::table.filter(seals::case_id.eq(case.id));
    diesel::update(own).set(seals::village_code.eq(Some(village_code))).execute(&mut **tx)?;
    Ok(())
}

/// Lets the seals stand again that a case has ended; in the place of one that was registered since, it has ended by that.
pub fn restore_ended(tx: &mut Tx, case: &Case) -> Result<()> {
    let others = seals::table.filter(seals::ended_by.eq(case.id.to_string())).filter(seals::case_id.ne(case.id));
    let rows: Vec<(Id, Id)> = others.select((seals::id, seals::person_id)).load(&mut **tx)?;
    for (seal, person) in rows {
        let active = seals::table.filter(seals::person_id.eq(person)).filter(seals::status.eq(SealStatus::Active));
        if let Some(next) = active.select(seals::case_id).first::<Id>(&mut **tx).optional()? {
            let changed = (seals::status.eq(SealStatus::Changed), seals::ended_by.eq(Some(next.to_string())));
            diesel::update(seals::table.find(seal)).set(changed).execute(&mut **tx)?;
            continue;
        }
        stand(tx, case, (seal, person))?;
    }
    Ok(())
}

/// Lets a seal of somebody stand again that a case has ended.
pub fn stand(tx: &mut Tx, case: &Case, (seal, person): (Id, Id)) -> Result<()> {
    let stands = (seals::status.eq(SealStatus::Active), seals::ended_at.eq(None::<Moment>), seals::ended_by.eq(None::<String>));
    diesel::update(seals::table.find(seal)).set(stands).execute(&mut **tx)?;
    tell(tx, case, person, "seal.restored");
    Ok(())
}

/// Whether a person has a seal registered.
pub fn has_seal(conn: &mut Conn, person: Id) -> Result<bool> {
    let active = seals::table.filter(seals::person_id.eq(person)).filter(seals::status.eq(SealStatus::Active));
    let count: i64 = active.count().get_result(conn)?;
    Ok(count > 0)
}

/// Whether the seal that a case registered stood at a moment.
pub fn had_seal(conn: &mut Conn, case: Id, at: Moment) -> Result<bool> {
    let own = seals::table.filter(seals::case_id.eq(case)).filter(seals::registered_at.le(at));
    let stood = own.filter(seals::ended_at.is_null().or(seals::ended_at.assume_not_null().ge(at)));
    Ok(stood.count().get_result::<i64>(conn)? > 0)
}

/// Refuses a certificate of a seal that is not registered; `pointer` names the person.
pub fn require_seal(conn: &mut Conn, person: Option<Id>, pointer: &str) -> Result<()> {
    if person.map_or(Ok(false), |person| has_seal(conn, person))? {
        return Ok(());
    }
    let text = Text::new("查無有效之印鑑登記", "no seal of this person is registered");
    Err(Error::field(pointer, "not_registered", text))
}
