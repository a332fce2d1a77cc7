//! What is left of a complaint on the spot whose retention has ended: the row by which it is counted, its steps without words, and whom it is
//! kept from.

use diesel::dsl::max;
use diesel::prelude::*;
use serde_json::json;

use super::model::{OnSiteStatus, Said};
use super::sight;
use super::store::{self, Complaint, KIND, StepWords, path};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id, Narrow, Record, Tx};
use crate::error::Result;
use crate::find;
use crate::node::Node;
use crate::petitions::{Concern, bound_by_open, sources, with_source};
use crate::retention::{Asking, Bound, Ended, Keeper, MOST, RetentionCategory};
use crate::schema::{on_site_complaints as complaints, on_site_steps as steps};

/// Whoever does not read what came out of one as it was written does not see it.
pub const KEEPER: Keeper = Keeper { kind: KIND, ended, bound, with, seen, known: seen, erase };

/// A complaint has ended with the last step that was entered.
fn ended(conn: &mut Conn, _: &Node, asking: &Asking<'_>) -> Result<Vec<Ended>> {
    let category = RetentionCategory::OnSiteComplaint;
    let before = asking.ended_before(category);
    let rows = sight::all(conn, asking.by)?.filter(complaints::status.eq(OnSiteStatus::Closed));
    let rows = rows.filter(complaints::erased_at.is_null()).filter(complaints::began_at.lt(before));
    let rows = rows.narrow(asking.ids, |ids| complaints::id.eq_any(ids.to_vec()));
    let rows = rows.order(complaints::id).limit(MOST).select((complaints::id, complaints::number, complaints::began_at));
    let rows: Vec<(Id, String, Moment)> = rows.load(conn)?;
    let mut all = Vec::new();
    for (id, number, began_at) in rows {
        let last = steps::table.filter(steps::complaint_id.eq(id)).select(max(steps::entered_at));
        let at = last.first::<Option<Moment>>(conn)?.unwrap_or(began_at);
        if at < before {
            all.push(Ended { id, number, category, ended_on: at.date() });
        }
    }
    Ok(all)
}

fn bound(conn: &mut Conn, node: &Node, ids: &[Id]) -> Result<Vec<(Id, Bound)>> {
    bound_by_open(conn, node, ids, |conn, id| sources::petitions_of(conn, &path(id)))
}

fn with(conn: &mut Conn, _: &Node, id: Id) -> Result<Vec<String>> {
    with_source(conn, &path(id))
}

fn seen(conn: &mut Conn, by: &By, ids: &[Id]) -> Result<Vec<Id>> {
    let rows = sight::all(conn, Some(by))?.filter(complaints::id.eq_any(ids.to_vec()));
    Ok(rows.select(complaints::id).load(conn)?)
}

fn erase(tx: &mut Tx, node: &Node, id: Id) -> Result<()> {
    let found: Option<Complaint> = find!(&mut **tx, complaints::table.find(id).select(Complaint::as_select()))?;
    let Some(mut row) = found else { return Ok(()) };
    let concerns: Vec<Concern> = row.said(&node.vault)?.concerns.into_iter().filter(Concern::is_staff).collect();
    row.put_said(&node.vault, &Said { what: String::new(), complainant: None, concerns })?;
    (row.person_id, row.erased_at) = (None, Some(tx.origin().at));
    store::save(tx, &mut row)?;
    for mut step in store::steps_of(tx, id)? {
        step.put_words(&node.vault, &StepWords::default())?;
        let kept = steps::table.find((step.complaint_id, step.line));
        diesel::update(kept).set(steps::words.eq(&step.words)).execute(&mut **tx)?;
    }
    let event = json!({"number": row.number, "status": row.status});
    let action = "on_site_complaint.erased";
    let withheld = row.is_withheld(tx)?;
    tx.record(if withheld { Record::read(action, row.path(), "") } else { Record::change(action, row.path(), event) });
    Ok(())
}
