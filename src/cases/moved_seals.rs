//! Seals that a move within the office's area has ended, before it ended none (印鑑登記辦法 §6): they stand again, unless something
//! else has ended them by now. The migration has marked what a move has ended; a start, which can open where it led to, looks at
//! each once.

use diesel::prelude::*;

use super::seals as registered;
use crate::clock::Moment;
use crate::db::{Id, Tx};
use crate::error::{Error, Result};
use crate::schema::seals;
use crate::secrets::vault::Vault;

/// Judges what is marked.
pub fn restore(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<()> {
    let marked = seals::table.filter(seals::judge_anew).order(seals::id);
    let marked: Vec<(Id, Id, Option<String>)> = marked.select((seals::id, seals::person_id, seals::ended_by)).load(&mut **tx)?;
    for (seal, person, ended_by) in marked {
        diesel::update(seals::table.find(seal)).set(seals::judge_anew.eq(false)).execute(&mut **tx)?;
        let Some(by) = ended_by.and_then(|by| by.parse().ok()) else { continue };
        match registered::project(tx, vault, (person, by), None, now) {
            // What is not to be read may have ended it.
            Ok(()) | Err(Error::Problem(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
