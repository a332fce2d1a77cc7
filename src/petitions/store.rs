//! Petitions in the store.

use diesel::prelude::*;

use super::handling::Handling;
use super::model::{PetitionChannel, PetitionKind, PetitionLanguage, PetitionStatus};
use super::petitioners::{Matter, Petitioner};
use crate::auth::Role;
use crate::clock::Moment;
use crate::db::{Conn, Id, JsonText, Tx};
use crate::error::Result;
use crate::http::Paging;
use crate::schema::{accounts, cases, petition_concerns as concerns, petition_history as history, petition_people, petitions};
use crate::secrets::vault::{Vault, random_digits};
use crate::{prepared, save};

/// A petition as kept: its secret only as a hash.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = petitions, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Petition {
    pub id: Id,
    /// Random within the year: gaps in it tell nothing.
    pub number: String,
    pub roc_year: i32,
    pub register_number: i32,
    pub secret_hash: String,
    pub status: PetitionStatus,
    pub kind: PetitionKind,
    pub channel: PetitionChannel,
    pub language: PetitionLanguage,
    pub confidential: bool,
    pub whistleblower: bool,
    /// It concerns accounts or service points of the office.
    pub names_staff: bool,
    /// The custodian has said whom it concerns.
    pub concerns_settled: bool,
    /// By what further petitions of the same petitioner are known.
    pub petitioner_index: Option<String>,
    /// Sealed, as the next two.
    pub matter: String,
    pub petitioners: String,
    pub handling: String,
    pub taken_by: String,
    pub received_at: Moment,
    /// When its period began first.
    pub registered_at: Option<Moment>,
    pub confirm_hash: Option<String>,
    pub confirm_until: Option<Moment>,
    /// When the awaited supplement lapses.
    pub supplement_until: Option<Moment>,
    pub handler: Option<Id>,
    pub due_at: Option<Moment>,
    pub first_reply_at: Option<Moment>,
    pub closed_at: Option<Moment>,
    pub warned_at: Option<Moment>,
    pub overdue_at: Option<Moment>,
    pub version: i32,
    /// The petition with which it is answered.
    pub merged_into: Option<Id>,
    /// Saved since its words were taken into the index.
    pub unsearched: bool,
}

/// What a petition is called in the journal, and its contact is kept under.
pub fn path(id: Id) -> String {
    format!("petitions/{id}")
}

impl Petition {
    pub fn path(&self) -> String {
        path(self.id)
    }

    fn identity(&self, column: &str) -> String {
        format!("petitions/{}/{column}", self.id)
    }

    pub fn matter(&self, vault: &Vault) -> Result<Matter> {
        vault.open_json(&self.identity("matter"), self.matter.clone())
    }

    /// Who petitions: the first one is the representative of a group.
    pub fn petitioners(&self, vault: &Vault) -> Result<Vec<Petitioner>> {
        vault.open_json(&self.identity("petitioners"), self.petitioners.clone())
    }

    pub fn handling(&self, vault: &Vault) -> Result<Handling> {
        vault.open_json(&self.identity("handling"), self.handling.clone())
    }

    pub fn put_matter(&mut self, vault: &Vault, matter: &Matter) -> Result<()> {
        self.matter = vault.seal_json(&self.identity("matter"), matter)?;
        Ok(())
    }

    pub fn put_petitioners(&mut self, vault: &Vault, petitioners: &[Petitioner]) -> Result<()> {
        self.petitioners = vault.seal_json(&self.identity("petitioners"), &petitioners)?;
        Ok(())
    }

    pub fn put_handling(&mut self, vault: &Vault, handling: &Handling) -> Result<()> {
        self.handling = vault.seal_json(&self.identity("handling"), handling)?;
        Ok(())
    }

    /// Nothing of it goes into the feed, where it would be counted.
    pub fn is_withheld(&self) -> bool {
        self.confidential || self.names_staff || self.kind == PetitionKind::Report && self.status.is_early()
    }
}

pub fn insert(tx: &mut Tx, petition: &Petition) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(petitions::table).values(petition), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, petition: &mut Petition) -> Result<()> {
    petition.unsearched = true;
    save!(tx, petitions, petition)
}

/// A number that no petition has: random, so that gaps between those that somebody sees tell nothing.
pub fn free_number(conn: &mut Conn, roc_year: i32) -> Result<String> {
    loop {
        let number = format!("{roc_year}-P{}", random_digits(8));
        let there: i64 = petitions::table.filter(petitions::number.eq(&number)).count().get_result(conn)?;
        if there == 0 {
            return Ok(number);
        }
    }
}

pub fn by_number(conn: &mut Conn, number: &str) -> Result<Option<Petition>> {
    let found = petitions::table.filter(petitions::number.eq(number)).select(Petition::as_select());
    Ok(found.first(conn).optional()?)
}

/// The case of a number, for the decision against which a petition turns.
pub fn case_of(conn: &mut Conn, number: &str) -> Result<Option<Id>> {
    Ok(cases::table.filter(cases::number.eq(number)).select(cases::id).first(conn).optional()?)
}

/// Keeps by which numbers the petitioners are known.
pub fn put_people(tx: &mut Tx, vault: &Vault, id: Id, petitioners: &[Petitioner]) -> Result<()> {
    for (place, petitioner) in (0..).zip(petitioners) {
        let Some(index) = petitioner.index(vault) else { continue };
        let row =
            (petition_people::petition_id.eq(id), petition_people::place.eq(place), petition_people::number_index.eq(index));
        prepared!(&mut **tx, diesel::insert_into(petition_people::table).values(row), execute)?;
    }
    Ok(())
}

/// Whom a petition concerns: an account, a service point, or somebody in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concern {
    Account(Id),
    ServicePoint(String),
    Words(String),
}

fn words_identity(id: Id, place: i32) -> String {
    format!("petition_concerns/{id}/{place}/words")
}

/// Puts whom a petition concerns in the place of whoever stood there.
pub fn put_concerns(tx: &mut Tx, id: Id, all: &[Concern]) -> Result<()> {
    diesel::delete(concerns::table.filter(concerns::petition_id.eq(id))).execute(&mut **tx)?;
    for (place, concern) in (0..).zip(all) {
        let (account, point, words) = match concern {
            Concern::Account(account) => (Some(account.to_string()), None, None),
            Concern::ServicePoint(point) => (None, Some(point.clone()), None),
            Concern::Words(words) => (None, None, Some(tx.seal_text(&words_identity(id, place), words))),
        };
        let row = (
            concerns::petition_id.eq(id),
            concerns::place.eq(place),
            concerns::account_id.eq(account),
            concerns::service_point.eq(point),
            concerns::words.eq(words),
        );
        prepared!(&mut **tx, diesel::insert_into(concerns::table).values(row), execute)?;
    }
    Ok(())
}

/// Whom a petition concerns.
pub fn concerns_of(conn: &mut Conn, vault: &Vault, id: Id) -> Result<Vec<Concern>> {
    type Row = (i32, Option<Id>, Option<String>, Option<String>);
    let rows = concerns::table.filter(concerns::petition_id.eq(id)).order(concerns::place);
    let rows: Vec<Row> =
        rows.select((concerns::place, concerns::account_id, concerns::service_point, concerns::words)).load(conn)?;
    let open = |(place, account, point, words): Row| match (account, point, words) {
        (Some(account), ..) => Ok(Concern::Account(account)),
        (_, Some(point), _) => Ok(Concern::ServicePoint(point)),
        (.., words) => Ok(Concern::Words(vault.open_text(&words_identity(id, place), &words.unwrap_or_default())?)),
    };
    rows.into_iter().map(open).collect()
}

/// Whether an account is of somebody who works in the office, whether it may still be used or not.
pub fn works_here(conn: &mut Conn, account: Id) -> Result<bool> {
    let roles: Option<JsonText> = accounts::table.find(account).select(accounts::roles).first(conn).optional()?;
    let roles: Vec<Role> = roles.map_or_else(|| Ok(Vec::new()), |roles| roles.read())?;
    let outside = [Role::Citizen, Role::Proxy];
    Ok(roles.iter().any(|role| !outside.contains(role)))
}

/// A line of the history: number, moment, what, state after it, who, why.
pub type HistoryRow = (i32, Moment, String, PetitionStatus, String, String);

fn reason_identity(id: Id, line: i32) -> String {
    format!("petition_history/{id}/{line}/reason")
}

/// Adds a line; the petition's row is locked, so that no two get one number.
pub fn add_line(tx: &mut Tx, petition: &Petition, action: &str, actor: &str, (reason, now): (&str, Moment)) -> Result<()> {
    let line = count_lines(tx, petition.id)? + 1;
    let line = i32::try_from(line).unwrap_or(i32::MAX);
    let row = (
        history::petition_id.eq(petition.id),
        history::line.eq(line),
        history::at.eq(now),
        history::action.eq(action),
        history::status.eq(petition.status),
        history::actor.eq(actor),
        history::reason.eq(tx.seal_text(&reason_identity(petition.id, line), reason)),
    );
    prepared!(&mut **tx, diesel::insert_into(history::table).values(row), execute)?;
    Ok(())
}

pub fn count_lines(conn: &mut Conn, id: Id) -> Result<i64> {
    Ok(history::table.filter(history::petition_id.eq(id)).count().get_result(conn)?)
}

/// The lines of a page.
pub fn lines(conn: &mut Conn, vault: &Vault, id: Id, paging: &Paging) -> Result<Vec<HistoryRow>> {
    let rows = history::table.filter(history::petition_id.eq(id)).filter(history::line.gt(paging.after_number()));
    let rows = rows.order(history::line).limit(paging.rows());
    let columns = (history::line, history::at, history::action, history::status, history::actor, history::reason);
    let rows: Vec<HistoryRow> = rows.select(columns).load(conn)?;
    let open = |(line, at, action, status, actor, reason): HistoryRow| {
        let reason = vault.open_text(&reason_identity(id, line), &reason)?;
        Ok((line, at, action, status, actor, reason))
    };
    rows.into_iter().map(open).collect()
}
