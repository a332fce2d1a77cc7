//! Seals that a move within the office's area has ended, before it ended none (印鑑登記辦法 §6): they stand again, unless something
//! else has ended them by now. The migration has marked what a move has ended; a start, which can open where it led to, looks at
//! each once.

use diesel::prelude::*;

use super::case::Case;
use super::effects::ends_seal;
use super::fields::{CaseFields, Form, PartyRole};
use super::states::CaseStatus;
use super::{seals as registered, store};
use crate::clock::Moment;
use crate::db::{Id, Tx};
use crate::error::Result;
use crate::people::joins;
use crate::schema::{case_parties, cases, seals};
use crate::secrets::vault::Vault;

/// A seal that is to be judged: whose, when it ended, and by which case.
type Marked = (Id, Id, Option<Moment>, Option<String>);

/// Judges what is marked.
pub fn restore(tx: &mut Tx, vault: &Vault) -> Result<()> {
    let marked = seals::table.filter(seals::judge_anew).order(seals::id);
    let marked: Vec<Marked> = marked.select((seals::id, seals::person_id, seals::ended_at, seals::ended_by)).load(&mut **tx)?;
    for (seal, person, ended_at, ended_by) in marked {
        diesel::update(seals::table.find(seal)).set(seals::judge_anew.eq(false)).execute(&mut **tx)?;
        let (Some(at), Some(by)) = (ended_at, ended_by.and_then(|by| by.parse::<Id>().ok())) else { continue };
        let case: Case = cases::table.find(by).select(Case::as_select()).first(&mut **tx)?;
        if !is_ended_from(tx, vault, person, (at, by))? && !registered::has_seal(tx, person)? {
            registered::stand(tx, &case, (seal, person))?;
        }
    }
    Ok(())
}

/// Whether a case that stands ends the seal of somebody: one that was registered at a moment or later, or the one that ended it.
fn is_ended_from(tx: &mut Tx, vault: &Vault, person: Id, (from, by): (Moment, Id)) -> Result<bool> {
    let records = joins::records(tx, person)?;
    let theirs = case_parties::table.inner_join(cases::table.on(cases::id.eq(case_parties::case_id)));
    let theirs = theirs.filter(case_parties::person_id.eq_any(records));
    let theirs = theirs.filter(cases::registered_at.ge(from).or(cases::id.eq(by)));
    let theirs = theirs.filter(cases::status.eq_any([CaseStatus::Registered, CaseStatus::Corrected]));
    let theirs: Vec<(PartyRole, Case)> = theirs.select((case_parties::role, Case::as_select())).load(&mut **tx)?;
    for (role, case) in theirs {
        let fields = CaseFields::kept(Form::of_type(&case.type_code), &store::open_fields(vault, &case)?);
        // What is not to be read may have ended it.
        if fields.map_or(true, |fields| ends_seal(&case.type_code, &fields, role)) {
            return Ok(true);
        }
    }
    Ok(false)
}
