//! Versions of case types in the store, kept in memory as long as their revision stands.

use std::sync::Arc;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{CaseRules, CaseType, Catalogue};
use super::reference::first_types;
use crate::clock::Moment;
use crate::db::{Conn, Failures, JsonText, Revised, Tx, revise};
use crate::error::{Code, Result};
use crate::http::known_code;
use crate::schema::case_types;
use crate::secrets::vault::Vault;

const REVISION: &str = "case_types";

/// The catalogue in force.
pub struct CaseTypes(Revised<Catalogue>);

impl CaseTypes {
    pub fn new(failures: Failures) -> Self {
        Self(Revised::new(REVISION, failures))
    }

    /// The catalogue as this connection sees it.
    pub fn at(&self, conn: &mut Conn) -> Result<Arc<Catalogue>> {
        self.0.at(conn, read)
    }

    /// Refuses a filter `name` by a type that is not there.
    pub fn check_filter(&self, conn: &mut Conn, name: &str, code: Option<&str>) -> Result<()> {
        let Some(code) = code else { return Ok(()) };
        known_code(name, !self.at(conn)?.versions(code).is_empty())
    }
}

fn read(conn: &mut Conn) -> Result<Catalogue> {
    let rows: Vec<(String, i32, NaiveDate, JsonText)> =
        case_types::table.select((case_types::code, case_types::version, case_types::valid_from, case_types::body)).load(conn)?;
    let types = rows
        .into_iter()
        .map(|(code, version, valid_from, body)| Ok(CaseType::new(code, version, valid_from, body.read::<CaseRules>()?)))
        .collect::<Result<_>>()?;
    Ok(Catalogue::new(types))
}

/// Adds a version.
pub fn insert(tx: &mut Tx, case_type: &CaseType, reason: &str, by: &str, now: Moment) -> Result<()> {
    let row = (
        case_types::code.eq(&case_type.code),
        case_types::version.eq(case_type.version),
        case_types::valid_from.eq(case_type.valid_from),
        case_types::body.eq(JsonText::of(&case_type.rules)?),
        case_types::reason.eq(reason),
        case_types::created_by.eq(by),
        case_types::created_at.eq(now),
    );
    let made = diesel::insert_into(case_types::table).values(row).execute(&mut **tx);
    made.map_err(|error| match error {
        diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _) => {
            Code::VERSION_MISMATCH.into()
        }
        other => crate::error::Error::from(other),
    })?;
    revise(tx, REVISION)
}

/// Puts the first versions into an empty store.
pub fn seed(tx: &mut Tx, _: &Vault, now: Moment) -> Result<()> {
    let count: i64 = case_types::table.count().get_result(&mut **tx)?;
    if count > 0 {
        return Ok(());
    }
    for case_type in first_types() {
        insert(tx, &case_type, "first version", "system", now)?;
    }
    Ok(())
}
