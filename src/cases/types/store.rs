//! Versions of case types in the store, kept in memory as long as their revision stands.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{CaseRules, CaseType, Catalogue};
use super::reference::first_types;
use crate::calendar::Moment;
use crate::db::{Conn, Failures, JsonText, Tx};
use crate::error::{Code, Result};
use crate::schema::{case_types, revisions};

/// The catalogue of the last revision that this node has read.
#[derive(Default)]
pub struct CaseTypes {
    failures: Failures,
    /// With the count of failed commits before it was read.
    last: Mutex<Option<(u64, Arc<Catalogue>)>>,
}

const REVISION: &str = "case_types";

impl CaseTypes {
    pub fn new(failures: Failures) -> Self {
        Self { failures, last: Mutex::new(None) }
    }

    /// The catalogue as this connection sees it.
    pub fn at(&self, conn: &mut Conn) -> Result<Arc<Catalogue>> {
        let failures = self.failures.count();
        let revision: i64 = revisions::table.find(REVISION).select(revisions::revision).first(conn)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, catalogue)) = last.as_ref().filter(|(count, kept)| (*count, kept.revision) == (failures, revision)) {
            return Ok(Arc::clone(catalogue));
        }
        let catalogue = Arc::new(read(conn, revision)?);
        *last = Some((failures, Arc::clone(&catalogue)));
        Ok(catalogue)
    }
}

fn read(conn: &mut Conn, revision: i64) -> Result<Catalogue> {
    let rows: Vec<(String, i32, NaiveDate, JsonText)> =
        case_types::table.select((case_types::code, case_types::version, case_types::valid_from, case_types::body)).load(conn)?;
    let types = rows
        .into_iter()
        .map(|(code, version, valid_from, body)| Ok(CaseType { code, version, valid_from, rules: body.read::<CaseRules>()? }))
        .collect::<Result<_>>()?;
    Ok(Catalogue::new(revision, types))
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
            Code::VersionMismatch.into()
        }
        other => crate::error::Error::from(other),
    })?;
    let revision = revisions::table.find(REVISION);
    diesel::update(revision).set(revisions::revision.eq(revisions::revision + 1)).execute(&mut **tx)?;
    Ok(())
}

/// Puts the first versions into an empty store.
pub fn seed(tx: &mut Tx, now: Moment) -> Result<()> {
    let count: i64 = case_types::table.count().get_result(&mut **tx)?;
    if count > 0 {
        return Ok(());
    }
    for case_type in first_types() {
        insert(tx, &case_type, "first version", "system", now)?;
    }
    Ok(())
}
