//! Advisers, the rota and the records of consultations in the store.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{Adviser, OutcomeResult, Topic};
use crate::calendar::Weekday;
use crate::clock::Moment;
use crate::db::{Conn, Id, JsonText, Record, Tx};
use crate::error::{Code, Error, Result};
use crate::people::names;
use crate::prepared;
use crate::scheduling::bookings::model::BookingStatus;
use crate::schema::{advisers, bookings, consultations, rota};
use crate::secrets::vault::Vault;

/// Adds an adviser.
pub fn insert_adviser(tx: &mut Tx, name: &str, account: Option<Id>, weekdays: &[u8], now: Moment) -> Result<Id> {
    let id = Id::new(now);
    let row = (
        advisers::id.eq(id),
        advisers::name.eq(name),
        advisers::account_id.eq(account),
        advisers::weekdays.eq(JsonText::of(&weekdays)?),
        advisers::active.eq(true),
        advisers::created_at.eq(now),
        advisers::version.eq(1),
    );
    diesel::insert_into(advisers::table).values(row).execute(&mut **tx)?;
    crate::scheduling::plan_changed(tx)?;
    Ok(id)
}

/// The adviser whose account this is already.
pub fn adviser_of(conn: &mut Conn, account: Id) -> Result<Option<Id>> {
    Ok(advisers::table.filter(advisers::account_id.eq(account)).select(advisers::id).first(conn).optional()?)
}

/// All advisers, by id.
pub fn all_advisers(conn: &mut Conn) -> Result<Vec<Adviser>> {
    let rows: Vec<(Id, String, Option<Id>, JsonText, bool)> = advisers::table
        .order(advisers::id)
        .select((advisers::id, advisers::name, advisers::account_id, advisers::weekdays, advisers::active))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, name, account_id, weekdays, active)| {
            let numbers: Vec<u8> = weekdays.read()?;
            let weekdays = numbers.iter().filter_map(|number| Weekday::ALL.get(usize::from(*number))).copied().collect();
            Ok(Adviser { id, name, account_id, weekdays, active })
        })
        .collect()
}

/// The rota of one date as set by hand: who sits, why, and its version; `None` when it follows the weekdays.
pub fn rota_of(conn: &mut Conn, vault: &Vault, date: NaiveDate) -> Result<Option<(Vec<Id>, String, i32)>> {
    let row: Option<(JsonText, String, i32)> =
        rota::table.find(date).select((rota::adviser_ids, rota::reason, rota::version)).first(conn).optional()?;
    row.map(|(ids, reason, version)| Ok((ids.read()?, vault.open_text(&reason_identity(date), &reason)?, version))).transpose()
}

fn reason_identity(date: NaiveDate) -> String {
    format!("rota/{date}/reason")
}

/// Sets who sits on a date.
pub fn put_rota(tx: &mut Tx, date: NaiveDate, ids: &[Id], reason: &str, version: i32, now: Moment) -> Result<()> {
    diesel::delete(rota::table.find(date)).execute(&mut **tx)?;
    let row = (
        rota::on_date.eq(date),
        rota::adviser_ids.eq(JsonText::of(&ids)?),
        rota::reason.eq(tx.seal_text(&reason_identity(date), reason)),
        rota::updated_at.eq(now),
        rota::version.eq(version),
    );
    diesel::insert_into(rota::table).values(row).execute(&mut **tx)?;
    crate::scheduling::plan_changed(tx)
}

/// The hash under which somebody is known by name or number, and the one by which rows hold them that were written before
/// names were folded.
#[derive(Clone)]
pub struct PartyIndex {
    pub index: String,
    former: String,
}

impl PartyIndex {
    /// Of a name or number in capitals, as names are compared.
    pub fn of(vault: &Vault, party: &str) -> Self {
        let hash = |text: &str| {
            let plain: String = text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect();
            vault.blind_index("consultations/party", &plain)
        };
        Self { index: hash(&names::folded(party)), former: hash(party) }
    }

    fn kept(index: String) -> Self {
        Self { former: index.clone(), index }
    }

    fn both(&self) -> [&str; 2] {
        [&self.index, &self.former]
    }
}

/// The hashes under which the two sides of a consultation are known.
pub struct Parties {
    pub client: PartyIndex,
    pub client_name: PartyIndex,
    pub opponent: Option<PartyIndex>,
}

/// The two sides of a consultation that is booked already.
pub fn parties_of(conn: &mut Conn, booking: Id) -> Result<Parties> {
    let (client, client_name, opponent): (String, String, Option<String>) = consultations::table
        .find(booking)
        .select((consultations::client_index, consultations::client_name_index, consultations::opponent_index))
        .first(conn)?;
    let kept = PartyIndex::kept;
    Ok(Parties { client: kept(client), client_name: kept(client_name), opponent: opponent.map(kept) })
}

/// Advisers who advised the other side, or for whom this person was the other side, in what took place or still stands; and
/// those who have found themselves in conflict with this person before.
pub fn barred_advisers(conn: &mut Conn, parties: &Parties) -> Result<Vec<Id>> {
    let heard = || {
        let heard = [BookingStatus::Booked, BookingStatus::CheckedIn, BookingStatus::Done];
        let heard = bookings::table.filter(bookings::status.eq_any(heard)).select(bookings::id);
        consultations::table.filter(consultations::booking_id.eq_any(heard))
    };
    let sides = [&parties.client, &parties.client_name].map(PartyIndex::both).concat();
    let was_opponent = consultations::opponent_index.eq_any(sides);
    let mut barred: Vec<Id> = heard().filter(was_opponent).select(consultations::adviser_id).distinct().load(conn)?;
    let in_conflict = consultations::table
        .filter(consultations::client_index.eq(&parties.client.index))
        .filter(consultations::result.eq(OutcomeResult::Conflict));
    barred.extend(in_conflict.select(consultations::adviser_id).distinct().load::<Id>(conn)?);
    if let Some(opponent) = parties.opponent.as_ref().map(PartyIndex::both) {
        let advised: Vec<Id> = heard()
            .filter(consultations::client_index.eq_any(opponent).or(consultations::client_name_index.eq_any(opponent)))
            .select(consultations::adviser_id)
            .distinct()
            .load(conn)?;
        barred.extend(advised);
    }
    Ok(barred)
}

/// Keeps what a consultation needs beside its booking.
pub fn insert_consultation(tx: &mut Tx, booking: Id, adviser: &str, topic: Topic, parties: &Parties) -> Result<()> {
    let row = (
        consultations::booking_id.eq(booking),
        consultations::adviser_id.eq(adviser),
        consultations::client_index.eq(&parties.client.index),
        consultations::client_name_index.eq(&parties.client_name.index),
        consultations::opponent_index.eq(parties.opponent.as_ref().map(|opponent| &opponent.index)),
        consultations::topic.eq(topic),
        consultations::version.eq(1),
    );
    prepared!(&mut **tx, diesel::insert_into(consultations::table).values(row), execute)?;
    Ok(())
}

/// Follows a booking to another adviser.
pub fn set_adviser(tx: &mut Tx, booking: Id, adviser: &str) -> Result<()> {
    diesel::update(consultations::table.find(booking)).set(consultations::adviser_id.eq(adviser)).execute(&mut **tx)?;
    Ok(())
}

/// An outcome to record; no transcript is kept.
pub struct Outcome<'a> {
    pub result: OutcomeResult,
    pub minutes: i32,
    pub note: Option<String>,
    pub by: &'a str,
}

/// Records the outcome, once.
pub fn record_outcome(tx: &mut Tx, booking: Id, outcome: &Outcome<'_>, now: Moment) -> Result<()> {
    let open = consultations::table.find(booking).filter(consultations::result.is_null());
    let changed = diesel::update(open)
        .set((
            consultations::result.eq(Some(outcome.result)),
            consultations::minutes.eq(Some(outcome.minutes)),
            consultations::note.eq(&outcome.note),
            consultations::recorded_by.eq(Some(outcome.by)),
            consultations::recorded_at.eq(Some(now)),
            consultations::version.eq(consultations::version + 1),
        ))
        .execute(&mut **tx)?;
    if changed == 1 { Ok(()) } else { Err(Error::wrong_state(&[])) }
}

/// Strikes an outcome, if one was recorded; another may be recorded then. The log has both.
pub fn strike_outcome(tx: &mut Tx, booking: Id) -> Result<()> {
    let recorded = consultations::table.find(booking).filter(consultations::result.is_not_null());
    let struck = diesel::update(recorded)
        .set((
            consultations::result.eq(None::<OutcomeResult>),
            consultations::minutes.eq(None::<i32>),
            consultations::note.eq(None::<String>),
            consultations::recorded_by.eq(None::<String>),
            consultations::recorded_at.eq(None::<Moment>),
            consultations::version.eq(consultations::version + 1),
        ))
        .execute(&mut **tx)?;
    if struck == 1 {
        tx.record(Record::change("consultation.struck", format!("consultations/{booking}"), serde_json::json!({})));
    }
    Ok(())
}

/// The topic of a consultation; 404 for bookings of other services.
pub fn topic(conn: &mut Conn, booking: Id) -> Result<Topic> {
    let topic: Option<Topic> = consultations::table.find(booking).select(consultations::topic).first(conn).optional()?;
    topic.ok_or_else(|| Code::NOT_FOUND.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::vault::MasterKey;

    #[test]
    fn rows_of_before_names_were_folded_are_found() {
        let key = MasterKey::from_base64("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        let vault = Vault::new(&key);
        // Capitals without blanks were hashed.
        let before = |plain: &str| vault.blind_index("consultations/party", plain);
        for (party, plain) in [("林 示範", "林示範"), ("a123456789", "A123456789"), ("John Smith", "JOHNSMITH")] {
            assert_eq!(PartyIndex::of(&vault, party).both(), [&before(plain), &before(plain)], "{party}");
        }
        assert!(PartyIndex::of(&vault, "夏曼・藍波 安").both().contains(&before("夏曼・藍波安").as_str()));
        assert_eq!(PartyIndex::of(&vault, "夏曼・藍波 安").index, PartyIndex::of(&vault, "夏曼‧藍波安").index);
    }
}
