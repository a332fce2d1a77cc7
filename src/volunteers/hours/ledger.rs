//! All hours of a volunteer, with those of the records that were merged into theirs, and what they are judged to be.

use std::collections::BTreeMap;

use super::judging::{Grounds, Judged};
use super::store::{self, Line};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::volunteers::gate::Facts;
use crate::volunteers::store::{self as volunteers, Volunteer};

/// The lines of one human, judged.
pub struct Ledger {
    pub lines: Vec<Line>,
    pub judged: BTreeMap<Id, Judged>,
}

/// The record that stands for a volunteer, and all records of theirs.
pub fn standing(conn: &mut Conn, volunteer: &Volunteer) -> Result<(Volunteer, Vec<Id>)> {
    let into = volunteer.merged_into.map_or(Ok(None), |into| volunteers::by_id(conn, into))?;
    let standing = into.unwrap_or_else(|| volunteer.clone());
    let merged = volunteers::merged_into(conn, standing.id)?.into_iter().map(|one| one.id);
    let records = [standing.id].into_iter().chain(merged).collect();
    Ok((standing, records))
}

/// By what the hours of the human are judged for whom a record stands.
pub fn grounds(conn: &mut Conn, node: &Node, standing: &Volunteer) -> Result<Grounds> {
    let kept = standing.kept(&node.vault)?;
    let facts = Facts::of(conn, node, standing, &kept)?;
    let mut books = vec![kept.record_book];
    for one in volunteers::merged_into(conn, standing.id)? {
        books.push(one.kept(&node.vault)?.record_book);
    }
    let book_on = books.into_iter().flatten().map(|book| book.issued_on).min();
    Ok(Grounds { facts, book_on })
}

impl Ledger {
    /// Of a human, by any record of theirs.
    pub fn of(conn: &mut Conn, node: &Node, volunteer: &Volunteer) -> Result<Self> {
        let (standing, records) = standing(conn, volunteer)?;
        let grounds = grounds(conn, node, &standing)?;
        let lines = store::of_records(conn, &records)?;
        let judged = grounds.judge(&lines);
        Ok(Self { lines, judged })
    }
}
