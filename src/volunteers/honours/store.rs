//! Honours and lists of proposals in the store.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{HonourFamily, HonourGrade, HonourStatus};
use super::rules::Grant;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Tx, in_parts};
use crate::error::{Code, Error, Result};
use crate::http::{Page, Paging};
use crate::schema::{volunteer_honour_batches as batches, volunteer_honours as honours};
use crate::secrets::vault::Vault;
use crate::volunteers::hours::ledger;
use crate::volunteers::store::{self as volunteers, Volunteer};
use crate::{find, prepared, read_page, save};

/// An honour as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = honours, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Honour {
    pub id: Id,
    pub volunteer_id: Id,
    pub status: HonourStatus,
    pub family: HonourFamily,
    pub grade: Option<HonourGrade>,
    pub granted_on: NaiveDate,
    pub expires_on: Option<NaiveDate>,
    pub reviewed_on: Option<NaiveDate>,
    pub counts_from: Option<NaiveDate>,
    /// Sealed.
    pub said: String,
    pub entered_by: String,
    pub entered_at: Moment,
    pub decided_by: Option<String>,
    pub decided_at: Option<Moment>,
    pub version: i32,
}

/// What of an honour is kept sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Said {
    pub number: Option<String>,
    pub note: Option<String>,
    /// Whether the county has told `counts_from`, or the rule of that name gives it.
    pub counts_by: Option<String>,
}

impl Honour {
    pub fn path(&self) -> String {
        format!("volunteer-honours/{}", self.id)
    }

    fn identity(&self) -> String {
        format!("volunteer_honours/{}/said", self.id)
    }

    pub fn said(&self, vault: &Vault) -> Result<Said> {
        vault.open_json(&self.identity(), self.said.clone())
    }

    pub fn say(&mut self, vault: &Vault, said: &Said) -> Result<()> {
        self.said = vault.seal_json(&self.identity(), said)?;
        Ok(())
    }

    /// What the next one goes by.
    pub const fn grant(&self) -> Grant {
        let Self { family, grade, granted_on, expires_on, counts_from, .. } = *self;
        Grant { family, grade, granted_on, expires_on, counts_from }
    }
}

pub fn insert(tx: &mut Tx, honour: &Honour) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(honours::table).values(honour), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, honour: &mut Honour) -> Result<()> {
    save!(tx, honours, honour)
}

/// An honour whose volunteer the caller sees, with them. Of two writes that find one, one waits for the other.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<(Honour, Volunteer)> {
    let found: Option<Honour> = find!(conn, honours::table.find(id).select(Honour::as_select()))?;
    let honour = found.ok_or(Code::NOT_FOUND)?;
    let volunteer = volunteers::find(conn, by, honour.volunteer_id)?;
    Ok((honour, volunteer))
}

/// All honours of a human, by any record of theirs, in the order of their days.
pub fn of_volunteer(conn: &mut Conn, volunteer: &Volunteer) -> Result<Vec<Honour>> {
    let (_, records) = ledger::standing(conn, volunteer)?;
    let mut found: Vec<Honour> = in_parts(&records, |part| {
        let rows = honours::table.filter(honours::volunteer_id.eq_any(part.iter().copied()));
        Ok(rows.select(Honour::as_select()).load(conn)?)
    })?;
    found.sort_by_key(|honour| (honour.granted_on, honour.id));
    Ok(found)
}

/// Refuses a second grant of what is given once, to whichever record of the human; nobody else enters one until this write has ended.
pub fn require_first(tx: &mut Tx, volunteer: &Volunteer, honour: &Honour) -> Result<()> {
    let (standing, _) = ledger::standing(tx, volunteer)?;
    tx.own([format!("volunteer-honours/{}", standing.id)])?;
    let is_same = |other: &&Honour| {
        let stands = matches!(other.status, HonourStatus::Proposed | HonourStatus::Granted);
        let is_alike = other.family == honour.family && other.grade == honour.grade;
        // A badge is given once; a card once a day.
        stands && other.id != honour.id && is_alike && (!honour.family.uses_up() || other.granted_on == honour.granted_on)
    };
    match of_volunteer(tx, volunteer)?.iter().find(is_same) {
        None => Ok(()),
        Some(standing) => Err(Error::stands(standing.id, ("已有同一獎勵之紀錄", "the same honour is entered already"))),
    }
}

/// A list of proposals as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = batches, treat_none_as_default_value = false)]
pub struct Batch {
    pub id: Id,
    pub family: HonourFamily,
    pub grade: Option<HonourGrade>,
    pub judged_on: NaiveDate,
    /// Sealed.
    pub said: String,
    pub made_by: String,
    pub made_at: Moment,
}

impl Batch {
    pub fn identity(&self) -> String {
        format!("volunteer_honour_batches/{}/said", self.id)
    }
}

pub fn insert_batch(tx: &mut Tx, batch: &Batch) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(batches::table).values(batch), execute)?;
    Ok(())
}

pub fn find_batch(conn: &mut Conn, id: Id) -> Result<Batch> {
    let found: Option<Batch> = find!(conn, batches::table.find(id).select(Batch::as_select()))?;
    found.ok_or_else(|| Code::NOT_FOUND.into())
}

/// A page of lists, the newest first.
pub fn list_batches(conn: &mut Conn, paging: &Paging) -> Result<Page<Batch>> {
    let matching = || -> batches::BoxedQuery<'_, Backend> { batches::table.into_boxed() };
    read_page!(conn, paging, matching, batches::id desc, Batch)
}
