//! Mail about inquiries: who sees that it went out, whom it concerns, and what follows from what becomes of it.

use diesel::prelude::*;
use serde_json::json;

use super::acts::Open;
use super::model::InquiryStatus;
use super::store::{self, Hidden, Inquiry, KIND, path, within};
use super::telling;
use super::timers::locked;
use crate::auth::{By, Involved};
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::mail::{MailNews, Matter};
use crate::node::Node;
use crate::people::{Email, contacts};
use crate::petitions::sources;
use crate::schema::inquiries;

pub const MATTER: Matter = Matter { address: Some(address), withheld, take, stands, follow, ..Matter::of(KIND, seen, involved) };

fn seen(conn: &mut Conn, _: &Node, by: &By, ids: &[Id]) -> Result<Vec<Id>> {
    let hidden = Hidden::from(conn, by)?;
    let rows = within(by, hidden).filter(inquiries::id.eq_any(ids.to_vec()));
    Ok(rows.order(inquiries::id).select(inquiries::id).load(conn)?)
}

fn address(conn: &mut Conn, node: &Node, id: Id) -> Result<Option<Email>> {
    Ok(contacts::of(conn, &node.vault, &path(id))?.and_then(|contact| contact.email))
}

/// Those of which nothing goes into the feed, as of a petition that came out of them.
fn withheld(conn: &mut Conn, id: Id) -> Result<bool> {
    sources::is_withheld(conn, &path(id))
}

fn involved(conn: &mut Conn, _: &Node, id: Id) -> Result<Involved> {
    let person: Option<Option<Id>> = inquiries::table.find(id).select(inquiries::person_id).first(conn).optional()?;
    Ok(Involved::from(&person.flatten().into_iter().collect::<Vec<Id>>()))
}

fn take(tx: &mut Tx, id: Id) -> Result<()> {
    locked(tx, id).map(drop)
}

/// Whether the answer that a mail tells stands, and did not go to a wrong address.
fn stands(conn: &mut Conn, node: &Node, id: Id, mail: Id) -> Result<bool> {
    let row: Option<Inquiry> = inquiries::table.find(id).select(Inquiry::as_select()).first(conn).optional()?;
    let Some(row) = row else { return Ok(true) };
    let handling = row.handling(&node.vault)?;
    if handling.astray.contains(&mail) {
        return Ok(false);
    }
    let Some(nth) = handling.answers.iter().position(|answer| answer.mail_id == Some(mail)) else { return Ok(true) };
    let is_answered = matches!(row.status, InquiryStatus::Answered | InquiryStatus::Checked | InquiryStatus::Petition);
    Ok(is_answered && nth + 1 == handling.answers.len() && nth >= handling.taken_back)
}

fn follow(tx: &mut Tx, node: &Node, id: Id, news: &MailNews) -> Result<()> {
    let Some(row) = locked(tx, id)? else { return Ok(()) };
    let mut open = Open { handling: row.handling(&node.vault)?, row };
    let is_told_otherwise = telling::follow(tx, node, &mut open, news)?;
    open.row.put_handling(&node.vault, &open.handling)?;
    if !is_told_otherwise {
        return store::save_told(tx, &open.row);
    }
    store::save(tx, &mut open.row)?;
    let data = json!({"number": open.row.number, "status": open.row.status});
    let told = sources::told(tx, "inquiry.told_otherwise", open.row.path(), data)?;
    tx.record(told);
    Ok(())
}
