//! What is left of opinion items, and of the improvement items that came of them, once the petition is erased out of which they came: that
//! they were, when, of which topic, and what was measured. Whom the petition is kept from these are kept from still.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::model::ImprovementStatus;
use super::opinions::Opinion;
use super::{items, opinions};
use crate::db::{Conn, Id, Record, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::retention::Offshoots;
use crate::schema::{improvement_items, opinion_items};

pub const OFFSHOOTS: Offshoots = Offshoots { unfinished, erase };

fn petition_of(record: &str) -> Option<Id> {
    record.strip_prefix("petitions/")?.parse().ok()
}

/// Petitions of which an improvement comes that is still to be carried out: whoever does that reads what it says.
fn unfinished(conn: &mut Conn, records: &[String]) -> Result<Vec<String>> {
    let petitions: Vec<Id> = records.iter().filter_map(|record| petition_of(record)).collect();
    let running = improvement_items::table.filter(improvement_items::status.eq_any(ImprovementStatus::RUNNING));
    let from = opinion_items::table.filter(opinion_items::petition_id.assume_not_null().eq_any(petitions));
    let from = from.filter(opinion_items::improvement_id.assume_not_null().eq_any(running.select(improvement_items::id)));
    let from: Vec<Id> = from.select(opinion_items::petition_id.assume_not_null()).distinct().load(conn)?;
    Ok(from.into_iter().map(|id| format!("petitions/{id}")).collect())
}

fn erase(tx: &mut Tx, node: &Node, record: &str) -> Result<()> {
    let Some(petition) = petition_of(record) else { return Ok(()) };
    let rows = opinion_items::table.filter(opinion_items::petition_id.assume_not_null().eq(petition)).order(opinion_items::id);
    let rows: Vec<Opinion> = rows.select(Opinion::as_select()).load(&mut **tx)?;
    let mut made = BTreeSet::new();
    for mut row in rows {
        row.put_said(&node.vault, &opinions::Said { origin: None, text: String::new(), response: None, reason: None })?;
        opinions::save(tx, &mut row)?;
        tx.record(Record::read("opinion_item.erased", row.path(), ""));
        made.extend(row.improvement_id);
    }
    for id in made {
        let mut item = items::find(tx, id)?;
        let said = item.said(&node.vault)?;
        let empty = String::new;
        let said = items::Said { title: empty(), cause: empty(), plan: empty(), result: None, reason: None, ..said };
        item.put_said(&node.vault, &said)?;
        items::save(tx, &mut item)?;
        tx.record(Record::read("improvement_item.erased", item.path(), ""));
    }
    Ok(())
}
