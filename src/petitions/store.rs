//! Petitions in the store.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::handling::Handling;
use super::model::{PetitionChannel, PetitionKind, PetitionLanguage, PetitionStatus};
use super::petitioners::{Matter, Petitioner};
use super::veil::Veil;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::http::Paging;
use crate::schema::{
    accounts, cases, petition_concerned as concerned, petition_concerns as concerns, petition_history as history,
    petition_people, petitions,
};
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
    /// Empty where nobody has it yet: it concerned whoever took it.
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
    /// When it was first taken in for handling.
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
    /// The last moment of any of its limits: a change of the calendar finds it by this.
    pub limits_until: Option<Moment>,
    /// Since when its petitioner is to be told something by telephone: the last of what waits.
    pub call_at: Option<Moment>,
    /// Since when a letter waits to be posted: the first.
    pub letter_at: Option<Moment>,
    pub version: i32,
    /// Its custodian's alone until it is released, or until one that needs no release is entered.
    pub guarded: bool,
    /// The petition with which it is answered.
    pub merged_into: Option<Id>,
    /// Its words are not in the index as they stand: it was saved since, or is secret.
    pub unsearched: bool,
    /// It is the same one as that with which it is answered, and was entered twice by mistake.
    pub entered_twice: bool,
    /// When its retention had ended and what it says was erased.
    pub erased_at: Option<Moment>,
}

/// What a petition is called in the journal, and its contact is kept under.
pub fn path(id: Id) -> String {
    format!("petitions/{id}")
}

/// What petitioners are sealed for.
pub fn petitioners_identity(id: Id) -> String {
    format!("petitions/{id}/petitioners")
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
        vault.open_json(&petitioners_identity(self.id), self.petitioners.clone())
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

    /// Whether its custodian releases it before the office sees it.
    pub fn needs_custody(&self) -> bool {
        self.kind == PetitionKind::Report || self.whistleblower
    }

    /// Whether it is kept from the office at large: its words are in no index.
    pub fn is_secret(&self) -> bool {
        self.confidential || self.guarded
    }

    /// Nothing of it goes into the feed, where it would be counted.
    pub fn is_withheld(&self) -> bool {
        self.confidential || self.names_staff || self.guarded
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

/// Saves what has become of what was told, by the version that stands; its row is locked.
pub fn save_told(tx: &mut Tx, petition: &Petition) -> Result<()> {
    prepared!(&mut **tx, diesel::update(petitions::table.find(petition.id)).set(petition), execute)?;
    Ok(())
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

/// Keeps by which numbers the petitioners are known, in the place of who stood there.
pub fn put_people(tx: &mut Tx, vault: &Vault, id: Id, petitioners: &[Petitioner]) -> Result<()> {
    diesel::delete(petition_people::table.filter(petition_people::petition_id.eq(id))).execute(&mut **tx)?;
    for (place, petitioner) in (0..).zip(petitioners) {
        let Some(index) = petitioner.index(vault) else { continue };
        let row =
            (petition_people::petition_id.eq(id), petition_people::place.eq(place), petition_people::number_index.eq(index));
        prepared!(&mut **tx, diesel::insert_into(petition_people::table).values(row), execute)?;
    }
    Ok(())
}

/// Whom a petition concerns: an account, a service point, or somebody in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Concern {
    Account(Id),
    ServicePoint(String),
    Words(String),
}

/// Somebody whom a petition concerns, and who has said so; `None` where that was not kept.
pub struct Named {
    pub concern: Concern,
    pub by: Option<(String, Option<Moment>)>,
}

impl Named {
    /// As somebody reads it who reads the petition through a veil: what they have said themselves as they said it.
    pub fn read(&self, veil: Option<&Veil>) -> Concern {
        let by = self.by.as_ref().map_or(("", None), |(name, at)| (name.as_str(), *at));
        match (&self.concern, veil) {
            (Concern::Words(words), Some(veil)) => Concern::Words(veil.read(words, by)),
            (other, _) => other.clone(),
        }
    }
}

impl Concern {
    /// Whether it is of the office.
    pub fn is_staff(&self) -> bool {
        !matches!(self, Self::Words(_))
    }
}

fn words_identity(id: Id, place: i32) -> String {
    format!("petition_concerns/{id}/{place}/words")
}

/// Puts whom a petition concerns in the place of whoever stood there. Who has named somebody stays, as does who stood at a service
/// point when it was named.
pub fn put_concerns(tx: &mut Tx, vault: &Vault, id: Id, all: &[Concern]) -> Result<()> {
    let known = named_in(tx, vault, id)?;
    let said = (tx.origin().actor.clone(), Some(tx.origin().at));
    let named = |concern: &Concern| {
        let before = known.iter().find(|named| named.concern == *concern);
        let by = before.map_or_else(|| Some(said.clone()), |named| named.by.clone());
        Named { concern: concern.clone(), by }
    };
    put_named(tx, id, &all.iter().map(named).collect::<Vec<_>>())
}

/// Adds whom another petition concerns, each with who has said so, and who stood there then; whether it concerns anybody more.
pub fn take_over_concerns(tx: &mut Tx, vault: &Vault, id: Id, from: Id) -> Result<bool> {
    let mut all = named_in(tx, vault, id)?;
    let before = all.len();
    for named in named_in(tx, vault, from)? {
        if !all.iter().any(|one| one.concern == named.concern) {
            all.push(named);
        }
    }
    if all.len() == before {
        return Ok(false);
    }
    put_named(tx, id, &all)?;
    let stood = concerned::table.filter(concerned::petition_id.eq(from)).order((concerned::service_point, concerned::account_id));
    let stood: Vec<(Id, String)> = stood.select((concerned::account_id, concerned::service_point)).load(&mut **tx)?;
    put_who_stood(tx, id, &stood)?;
    Ok(true)
}

fn put_named(tx: &mut Tx, id: Id, all: &[Named]) -> Result<()> {
    keep_who_stands(tx, id, all)?;
    diesel::delete(concerns::table.filter(concerns::petition_id.eq(id))).execute(&mut **tx)?;
    for (place, Named { concern, by }) in (0..).zip(all) {
        let (account, point, words) = match concern {
            Concern::Account(account) => (Some(account.to_string()), None, None),
            Concern::ServicePoint(point) => (None, Some(point.clone()), None),
            Concern::Words(words) => (None, None, Some(tx.seal_text(&words_identity(id, place), words))),
        };
        let (named_by, named_at) = by.clone().unzip();
        let row = (
            concerns::petition_id.eq(id),
            concerns::place.eq(place),
            concerns::account_id.eq(account),
            concerns::service_point.eq(point),
            concerns::words.eq(words),
            concerns::named_by.eq(named_by),
            concerns::named_at.eq(named_at.flatten()),
        );
        prepared!(&mut **tx, diesel::insert_into(concerns::table).values(row), execute)?;
    }
    Ok(())
}

/// The service points among these.
pub fn points_in<'c>(all: impl IntoIterator<Item = &'c Concern>) -> Vec<String> {
    let point = |concern: &Concern| match concern {
        Concern::ServicePoint(point) => Some(point.clone()),
        _ => None,
    };
    all.into_iter().filter_map(point).collect()
}

/// Whoever stands at some service points now, each with theirs.
pub fn who_stands(conn: &mut Conn, points: &[String]) -> Result<Vec<(Id, String)>> {
    let there = accounts::table.filter(accounts::service_point.assume_not_null().eq_any(points.to_vec())).order(accounts::id);
    Ok(there.select((accounts::id, accounts::service_point.assume_not_null())).load(conn)?)
}

/// Whoever stands at the service points that are named stays concerned wherever they go; those of points that are named no more do not.
fn keep_who_stands(tx: &mut Tx, id: Id, all: &[Named]) -> Result<()> {
    let points = points_in(all.iter().map(|named| &named.concern));
    let there = who_stands(tx, &points)?;
    let gone = concerned::table.filter(concerned::petition_id.eq(id)).filter(concerned::service_point.ne_all(points));
    diesel::delete(gone).execute(&mut **tx)?;
    put_who_stood(tx, id, &there)
}

fn put_who_stood(tx: &mut Tx, id: Id, stood: &[(Id, String)]) -> Result<()> {
    for (account, point) in stood {
        let row = (concerned::petition_id.eq(id), concerned::service_point.eq(point), concerned::account_id.eq(account));
        prepared!(&mut **tx, diesel::insert_into(concerned::table).values(row).on_conflict_do_nothing(), execute)?;
    }
    Ok(())
}

/// Whom a petition concerns.
pub fn concerns_of(conn: &mut Conn, vault: &Vault, id: Id) -> Result<Vec<Concern>> {
    Ok(named_in(conn, vault, id)?.into_iter().map(|named| named.concern).collect())
}

/// Whom a petition concerns, each with who has said so.
pub fn named_in(conn: &mut Conn, vault: &Vault, id: Id) -> Result<Vec<Named>> {
    type Row = (i32, Option<Id>, Option<String>, Option<String>, Option<String>, Option<Moment>);
    let rows = concerns::table.filter(concerns::petition_id.eq(id)).order(concerns::place);
    let columns =
        (concerns::place, concerns::account_id, concerns::service_point, concerns::words, concerns::named_by, concerns::named_at);
    let rows: Vec<Row> = rows.select(columns).load(conn)?;
    let open = |(place, account, point, words, by, at): Row| {
        let concern = match (account, point, words) {
            (Some(account), ..) => Concern::Account(account),
            (_, Some(point), _) => Concern::ServicePoint(point),
            (.., words) => Concern::Words(vault.open_text(&words_identity(id, place), &words.unwrap_or_default())?),
        };
        Ok(Named { concern, by: by.map(|by| (by, at)) })
    };
    rows.into_iter().map(open).collect()
}

/// How the history tells that somebody was told who petitions.
pub const REVEALED: &str = "revealed";

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

/// Erases why each thing was done, and who did what in these words.
pub fn forget_words_of_history(tx: &mut Tx, id: Id, actions: &[&str], actor: &str) -> Result<()> {
    let lines = history::table.filter(history::petition_id.eq(id));
    let lines: Vec<(i32, String)> = lines.order(history::line).select((history::line, history::action)).load(&mut **tx)?;
    for (line, action) in lines {
        let (row, reason) = (history::table.find((id, line)), tx.seal_text(&reason_identity(id, line), ""));
        if actions.contains(&action.as_str()) {
            diesel::update(row).set((history::reason.eq(reason), history::actor.eq(actor))).execute(&mut **tx)?;
        } else {
            diesel::update(row).set(history::reason.eq(reason)).execute(&mut **tx)?;
        }
    }
    Ok(())
}

/// When a petition was taken down.
pub fn taken_at(conn: &mut Conn, id: Id) -> Result<Moment> {
    Ok(history::table.find((id, 1)).select(history::at).first(conn)?)
}

/// Who has acted on a petition in one of these ways, and when.
pub fn actors_of(conn: &mut Conn, id: Id, actions: &[&str]) -> Result<Vec<(String, Moment)>> {
    let done = history::table.filter(history::petition_id.eq(id)).filter(history::action.eq_any(actions.to_vec()));
    Ok(done.order(history::line).select((history::actor, history::at)).load(conn)?)
}

/// Who has had a hand in a petition, by name.
pub fn hands_of(conn: &mut Conn, id: Id) -> Result<Vec<String>> {
    Ok(history::table.filter(history::petition_id.eq(id)).select(history::actor).distinct().load(conn)?)
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
