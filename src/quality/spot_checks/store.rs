//! Spot checks in the store.

use diesel::prelude::*;

use super::super::model::SpotCheckStatus;
use super::SpotCheckFilter;
use crate::auth::{By, Reach};
use crate::cases::closed_cases;
use crate::cases::errors::{ErrorSource, Finding};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, JsonText, Narrow, Tx};
use crate::error::{Code, Result};
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::office::desk;
use crate::schema::spot_checks;
use crate::secrets::vault::Vault;
use crate::{find, read_page, save};

/// A spot check as kept.
#[derive(Clone, Debug, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = spot_checks, treat_none_as_null = true)]
pub struct Row {
    pub id: Id,
    pub draw_id: Id,
    pub case_id: Id,
    pub clerk: Id,
    pub service_point: String,
    pub stratum: String,
    pub status: SpotCheckStatus,
    pub checker: Option<Id>,
    /// Sealed, as what the clerk and the supervisor say to it.
    pub finding: Option<String>,
    pub rebuttal: Option<String>,
    pub ruling: Option<String>,
    pub error_id: Option<Id>,
    pub updated_at: Moment,
    pub version: i32,
    pub source: Option<ErrorSource>,
    pub found_at: Option<Moment>,
}

fn identity(id: Id, column: &str) -> String {
    format!("spot_checks/{id}/{column}")
}

impl Row {
    /// A text as one of its columns keeps it.
    pub fn seal(&self, tx: &Tx, column: &str, text: &str) -> Option<String> {
        Some(tx.seal_text(&identity(self.id, column), text))
    }

    /// What one of its columns keeps.
    pub fn open(&self, vault: &Vault, column: &str, kept: Option<&String>) -> Result<Option<String>> {
        kept.map(|kept| vault.open_text(&identity(self.id, column), kept)).transpose()
    }

    /// What was found.
    pub fn found(&self, vault: &Vault) -> Result<Option<Finding>> {
        self.open(vault, "finding", self.finding.as_ref())?.map(|text| JsonText::from_store(text).read()).transpose()
    }
}

/// The account of whoever asks.
pub fn own(by: &By) -> Result<Id> {
    Ok(by.caller.account().ok_or(Code::FORBIDDEN)?.id)
}

/// A spot check within reach: clerks see those of their own cases, a branch desk those of its service point.
pub fn find(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<Row> {
    let found: Option<Row> = find!(conn, spot_checks::table.find(id).select(Row::as_select()))?;
    let found = found.ok_or(Code::NOT_FOUND)?;
    let reached = if by.reach == Reach::Assigned { found.clerk == own(by)? } else { desk::sees(by, &found.service_point) };
    if reached && !closed_cases(conn, node, by)?.contains(&found.case_id) { Ok(found) } else { Err(Code::NOT_FOUND.into()) }
}

pub fn save(tx: &mut Tx, row: &mut Row) -> Result<()> {
    save!(tx, spot_checks, row)
}

/// A page of the spot checks within the caller's reach, in the order of the draw.
pub fn list(conn: &mut Conn, node: &Node, by: &By, filter: &SpotCheckFilter, paging: &Paging) -> Result<Page<Row>> {
    let clerk = if by.reach == Reach::Assigned { Some(own(by)?) } else { filter.clerk_id };
    let closed = closed_cases(conn, node, by)?;
    let matching = || -> spot_checks::BoxedQuery<'_, Backend> {
        let rows = spot_checks::table.filter(spot_checks::case_id.ne_all(closed.iter().copied())).into_boxed();
        rows.narrow(filter.status, |status| spot_checks::status.eq(status))
            .narrow(filter.draw_id, |draw| spot_checks::draw_id.eq(draw))
            .narrow(clerk, |clerk| spot_checks::clerk.eq(clerk))
            .narrow(desk::bound(by), |point| spot_checks::service_point.eq(point))
    };
    read_page!(conn, paging, matching, spot_checks::id asc, Row)
}
