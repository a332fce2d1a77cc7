//! Agencies in the store.

use chrono::Duration;
use diesel::prelude::*;

use super::model::{Agency, Trigger, Waiting, first_agencies};
use crate::clock::Moment;
use crate::db::{Conn, JsonText, Tx};
use crate::error::{Code, Error, Result};
use crate::http::known_code;
use crate::schema::agencies;
use crate::secrets::vault::{Sealed, Vault};

/// Every agency, by code.
pub fn all(conn: &mut Conn) -> Result<Vec<(String, Agency, i32)>> {
    let rows: Vec<(String, JsonText, i32)> =
        agencies::table.order(agencies::code).select((agencies::code, agencies::body, agencies::version)).load(conn)?;
    rows.into_iter().map(|(code, body, version)| Ok((code, body.read()?, version))).collect()
}

/// One agency with its version.
pub fn find(conn: &mut Conn, code: &str) -> Result<(Agency, i32)> {
    let row: Option<(JsonText, i32)> =
        agencies::table.find(code).select((agencies::body, agencies::version)).first(conn).optional()?;
    let (body, version) = row.ok_or(Code::NOT_FOUND)?;
    Ok((body.read()?, version))
}

/// Refuses a filter by an agency that is not there.
pub fn check_filter(conn: &mut Conn, code: Option<&str>) -> Result<()> {
    let Some(code) = code else { return Ok(()) };
    let found: i64 = agencies::table.filter(agencies::code.eq(code)).count().get_result(conn)?;
    known_code("agency", found > 0)
}

/// Codes of the agencies that hear of a trigger.
pub fn hearing(conn: &mut Conn, trigger: Trigger) -> Result<Vec<String>> {
    Ok(all(conn)?.into_iter().filter(|(_, agency, _)| agency.hears(trigger)).map(|(code, ..)| code).collect())
}

/// Writes a changed agency.
pub fn save(tx: &mut Tx, code: &str, agency: &Agency, version: i32, now: Moment) -> Result<()> {
    diesel::update(agencies::table.find(code))
        .set((agencies::body.eq(JsonText::of(agency)?), agencies::updated_at.eq(now), agencies::version.eq(version)))
        .execute(&mut **tx)?;
    Ok(())
}

fn identity(code: &str) -> String {
    format!("agencies/{code}/secret")
}

/// Hours for which the secret before the last rotation signs too.
const OVERLAP_HOURS: i64 = 24;

/// A secret as it is kept, in force or waiting.
pub fn seal_secret(vault: &Vault, code: &str, secret: &str) -> String {
    vault.seal(&identity(code), secret).into_stored()
}

/// A secret that was sealed.
pub fn open_secret(vault: &Vault, code: &str, sealed: String) -> Result<String> {
    let opened = vault.open(&identity(code), &Sealed::from_stored(sealed));
    opened.map_err(|e| Error::internal("an agency's secret does not open", e))
}

/// What waits for an agency.
pub fn waiting(conn: &mut Conn, code: &str) -> Result<Waiting> {
    let columns = (agencies::requested, agencies::requested_secret, agencies::requested_by, agencies::requested_at);
    type Row = (Option<JsonText>, Option<String>, Option<String>, Option<Moment>);
    let row: Option<Row> = agencies::table.find(code).select(columns).first(conn).optional()?;
    let (agency, secret, by, at) = row.ok_or(Code::NOT_FOUND)?;
    let by = by.iter().flat_map(|names| names.split(' ')).map(ToOwned::to_owned).collect();
    Ok(Waiting { agency: agency.map(|text| text.read()).transpose()?, secret, by, at })
}

/// Writes what waits for an agency.
pub fn set_waiting(tx: &mut Tx, code: &str, waiting: &Waiting) -> Result<()> {
    diesel::update(agencies::table.find(code))
        .set((
            agencies::requested.eq(waiting.agency.as_ref().map(JsonText::of).transpose()?),
            agencies::requested_secret.eq(&waiting.secret),
            agencies::requested_by.eq((!waiting.by.is_empty()).then(|| waiting.by.join(" "))),
            agencies::requested_at.eq(waiting.at.filter(|_| !waiting.by.is_empty())),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Puts a sealed secret in force, which signs what is sent to an agency; the one before it signs beside it for a day.
pub fn set_secret(tx: &mut Tx, code: &str, sealed: String, now: Moment) -> Result<()> {
    diesel::update(agencies::table.find(code))
        .set((
            agencies::previous_secret.eq(agencies::secret),
            agencies::previous_until.eq(Some(now + Duration::hours(OVERLAP_HOURS))),
            agencies::secret.eq(Some(sealed)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The secrets that sign what is sent to an agency now, newest first.
pub fn secrets(conn: &mut Conn, vault: &Vault, code: &str, now: Moment) -> Result<Vec<String>> {
    type Row = (Option<String>, Option<String>, Option<Moment>);
    let (current, previous, until): Row =
        agencies::table.find(code).select((agencies::secret, agencies::previous_secret, agencies::previous_until)).first(conn)?;
    let previous = previous.filter(|_| until.is_some_and(|until| now < until));
    current.into_iter().chain(previous).map(|text| open_secret(vault, code, text)).collect()
}

/// Puts the first agencies into an empty store.
pub fn seed(tx: &mut Tx, _: &Vault, now: Moment) -> Result<()> {
    let count: i64 = agencies::table.count().get_result(&mut **tx)?;
    if count > 0 {
        return Ok(());
    }
    for (code, agency) in first_agencies() {
        let row = (
            agencies::code.eq(code),
            agencies::body.eq(JsonText::of(&agency)?),
            agencies::updated_at.eq(now),
            agencies::version.eq(1),
        );
        diesel::insert_into(agencies::table).values(row).execute(&mut **tx)?;
    }
    Ok(())
}
