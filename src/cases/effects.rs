//! What a registration changes beyond the case: names, numbers, seals.

use diesel::prelude::*;
use serde_json::json;

use super::case::Case;
use super::desk;
use super::fields::{CaseFields, PartyRole};
use super::store;
use crate::auth::By;
use crate::calendar::Moment;
use crate::db::{Id, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::people;
use crate::schema::seals;
use crate::state::State;
use crate::text_enum;

text_enum! {
    /// States of a seal: one ACTIVE a person (印鑑登記辦法 §2).
    pub enum SealStatus {
        Active = "ACTIVE",
        Changed = "CHANGED",
        Cancelled = "CANCELLED",
    }
}

/// Carries out what follows from a case that has just passed its review.
pub fn registered(tx: &mut Tx, state: &State, by: &By, case: &Case) -> Result<()> {
    let case_type = desk::own_type(state, tx, case)?;
    let fields = CaseFields::read(case_type.rules.form, &store::open_fields(&state.vault, case)?)?;
    match &fields {
        CaseFields::Name(names) => {
            people::store::rename(tx, &state.vault, case.person_id, names.new_name.as_str())?;
            tx.record(Record::change("person.renamed", format!("people/{}", case.person_id), json!({})).about(case.person_id));
        }
        CaseFields::Uid(numbers) => {
            people::store::change_number(tx, &state.vault, case.person_id, &numbers.new_number, case.id, by.now)?;
            tx.record(Record::change("person.renumbered", format!("people/{}", case.person_id), json!({})).about(case.person_id));
        }
        // A seal ends by itself on death and on moving out of the area (印鑑登記辦法 §6).
        CaseFields::Death(_) => end_seals_of(tx, case, PartyRole::Deceased, by.now)?,
        CaseFields::MoveOut(fields) if !fields.abroad => {
            end_seals_of(tx, case, PartyRole::Subject, by.now)?;
            end_seals_of(tx, case, PartyRole::Member, by.now)?;
        }
        CaseFields::Seal(seal) => register_seal(tx, case, &seal.village_code, by.now)?,
        _ => {}
    }
    Ok(())
}

fn end_seals_of(tx: &mut Tx, case: &Case, role: PartyRole, now: Moment) -> Result<()> {
    for party in store::parties(tx, case.id)?.into_iter().filter(|party| party.role == role) {
        end_seal(tx, case, party.person_id, SealStatus::Cancelled, now)?;
    }
    Ok(())
}

/// Ends a person's seal; whether they had one.
fn end_seal(tx: &mut Tx, case: &Case, person: Id, status: SealStatus, now: Moment) -> Result<bool> {
    let active = seals::table.filter(seals::person_id.eq(person)).filter(seals::status.eq(SealStatus::Active));
    let change = (seals::status.eq(status), seals::ended_at.eq(Some(now)), seals::ended_by.eq(Some(case.id.to_string())));
    let ended = diesel::update(active).set(change).execute(&mut **tx)? > 0;
    if ended {
        let event = json!({"status": status, "case_id": case.id});
        tx.record(Record::change("seal.ended", format!("people/{person}"), event).about(person));
    }
    Ok(ended)
}

fn register_seal(tx: &mut Tx, case: &Case, village_code: &str, now: Moment) -> Result<()> {
    let conflict = |zh: &'static str, en: &'static str| -> Error { Problem::new(Code::Conflict).detail(zh, en).into() };
    let person = case.person_id;
    match case.type_code.as_str() {
        "SEAL_CANCEL" => {
            if !end_seal(tx, case, person, SealStatus::Cancelled, now)? {
                return Err(conflict("查無有效之印鑑登記", "no seal of this person is registered"));
            }
            return Ok(());
        }
        "SEAL_CHANGE" => {
            if !end_seal(tx, case, person, SealStatus::Changed, now)? {
                return Err(conflict("查無有效之印鑑登記", "no seal of this person is registered"));
            }
        }
        _ if has_seal(tx, person)? => {
            return Err(conflict("已有印鑑登記，請辦理變更", "a seal is registered already: change it"));
        }
        _ => {}
    }
    let row = (
        seals::id.eq(Id::new(now)),
        seals::person_id.eq(person),
        seals::status.eq(SealStatus::Active),
        seals::village_code.eq(Some(village_code)),
        seals::case_id.eq(case.id),
        seals::registered_at.eq(now),
    );
    diesel::insert_into(seals::table).values(row).execute(&mut **tx)?;
    tx.record(Record::change("seal.registered", format!("people/{person}"), json!({"case_id": case.id})).about(person));
    Ok(())
}

/// Whether a person has a seal registered.
pub fn has_seal(tx: &mut Tx, person: Id) -> Result<bool> {
    let active = seals::table.filter(seals::person_id.eq(person)).filter(seals::status.eq(SealStatus::Active));
    let count: i64 = active.count().get_result(&mut **tx)?;
    Ok(count > 0)
}

/// Refuses a certificate of a seal that is not registered.
pub fn require_seal(tx: &mut Tx, person: Id) -> Result<()> {
    if has_seal(tx, person)? {
        return Ok(());
    }
    let text = Text::new("查無有效之印鑑登記", "no seal of this person is registered");
    Err(Error::field("/person/national_id", "not_registered", text))
}
