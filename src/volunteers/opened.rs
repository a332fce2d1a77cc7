//! A volunteer who is acted upon: as they were found, changed, saved and told of, with both values of whatever is otherwise.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Value, json};

use super::binding;
use super::history::{self, VolunteerChange, changes, json_of};
use super::model::{Kept, VolunteerAct};
use super::store::{self, Volunteer};
use crate::auth::By;
use crate::db::{Id, Record, Tx};
use crate::error::Result;
use crate::http::IfMatch;
use crate::node::Node;

/// All of a volunteer of which both values are kept.
#[derive(Serialize)]
struct Compared<'a> {
    #[serde(flatten)]
    kept: &'a Kept,
    joined_on: NaiveDate,
    member_from: Option<NaiveDate>,
    merged_into_id: Option<Id>,
}

fn compared(row: &Volunteer, kept: &Kept) -> Result<Value> {
    let (joined_on, member_from, merged_into_id) = (row.joined_on, row.member_from, row.merged_into);
    let mut all = json_of(&Compared { kept, joined_on, member_from, merged_into_id })?;
    // How to reach them has lines of its own, which are masked.
    if let Some(members) = all.as_object_mut() {
        members.remove("given_contact");
    }
    Ok(all)
}

/// A volunteer who is acted upon.
pub struct Open {
    pub row: Volunteer,
    pub kept: Kept,
    before: Value,
}

impl Open {
    pub fn of(node: &Node, row: Volunteer) -> Result<Self> {
        let kept = row.kept(&node.vault)?;
        let before = compared(&row, &kept)?;
        Ok(Self { row, kept, before })
    }

    /// Whom the caller sees, at the version that they read.
    pub fn find(tx: &mut Tx, node: &Node, by: &By, (id, if_match): (Id, &IfMatch)) -> Result<Self> {
        let row = store::find(tx, by, id)?;
        if_match.check(row.version)?;
        Self::of(node, row)
    }

    /// What is otherwise than it was found.
    pub fn changed(&self) -> Result<Vec<VolunteerChange>> {
        Ok(changes(&self.before, &compared(&self.row, &self.kept)?))
    }

    /// Brings the row to what it says and is bound by, and lets the record into which it was merged follow.
    pub fn keep(&mut self, tx: &mut Tx, node: &Node, today: NaiveDate) -> Result<()> {
        self.row.keep(&node.vault, &self.kept)?;
        binding::follow(tx, &node.vault, (&mut self.row, &self.kept), today)
    }

    /// Saves and tells what was done.
    pub fn save(&mut self, tx: &mut Tx, node: &Node, act: VolunteerAct, why: &str) -> Result<()> {
        let today = tx.origin().at.date();
        self.keep(tx, node, today)?;
        store::save(tx, &mut self.row)?;
        note(tx, node, &self.row, act, (why, self.changed()?))?;
        binding::follow_up(tx, &node.vault, self.row.merged_into, today)
    }
}

/// Tells history and journal; the journal has no words of it.
pub fn note(
    tx: &mut Tx,
    node: &Node,
    row: &Volunteer,
    act: VolunteerAct,
    (why, changed): (&str, Vec<VolunteerChange>),
) -> Result<()> {
    history::tell(tx, &node.vault, (&row.path(), act.line().past), why, changed)?;
    let data = json!({"status": row.status, "member_from": row.member_from, "merged_into_id": row.merged_into});
    tx.record(Record::change(act.line().journal, row.path(), data).about(row.person_id).because(why));
    Ok(())
}
