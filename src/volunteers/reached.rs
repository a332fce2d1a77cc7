//! How to reach somebody, of whom a history is kept: what stood there before, who changed it, when and why. It is kept whole, sealed, and
//! shown masked.

use serde_json::{Value, json};

use super::history::{self, VolunteerChange, json_of};
use crate::auth::By;
use crate::db::Tx;
use crate::error::Result;
use crate::node::Node;
use crate::people::contacts::{self, Matter};
use crate::people::{Contact, ContactChange};

/// Where a history tells of it.
pub const POINTER: &str = "/contact";

/// How a history tells that it was changed.
const CHANGED: &str = "contact_changed";

/// Puts how to reach somebody in the place of what was kept, and keeps both.
pub fn replace(tx: &mut Tx, node: &Node, (record, contact): (&str, &Contact), why: &str) -> Result<()> {
    let before = contacts::of(tx, &node.vault, record)?;
    contacts::put(tx, &node.vault, record, contact)?;
    tell(tx, node, (record, before.as_ref(), contact), why)
}

/// As a caller changes it.
pub fn change(tx: &mut Tx, node: &Node, by: &By, of: &Matter<'_>, change: &ContactChange) -> Result<()> {
    let before = contacts::of(tx, &node.vault, of.record)?;
    change.put(tx, &node.vault, by, of)?;
    tell(tx, node, (of.record, before.as_ref(), &change.contact), change.reason(by)?)
}

fn tell(tx: &mut Tx, node: &Node, (record, before, after): (&str, Option<&Contact>, &Contact), why: &str) -> Result<()> {
    if before == Some(after) {
        return Ok(());
    }
    let before = before.map_or(Ok(Value::Null), json_of)?;
    let changed = VolunteerChange { pointer: POINTER.to_owned(), before, after: json_of(after)? };
    history::tell(tx, &node.vault, (record, CHANGED), why, vec![changed])
}

/// A change as a history shows it.
pub fn masked(change: VolunteerChange) -> VolunteerChange {
    if change.pointer != POINTER {
        return change;
    }
    let mask = |value: Value| match serde_json::from_value::<Contact>(value) {
        Ok(contact) => json!(contact.shown(false)),
        Err(_) => Value::Null,
    };
    VolunteerChange { pointer: change.pointer, before: mask(change.before), after: mask(change.after) }
}
