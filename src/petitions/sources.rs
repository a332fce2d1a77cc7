//! Out of which records petitions came: inquiries, complaints on the spot, and petitions of which they are pieces. Secrecy reaches back
//! to these: whoever a petition is kept from is kept from what it came out of, and what tells who is behind a secret one is for whoever
//! reads it as it was written.

use diesel::prelude::*;
use serde_json::Value;

use super::group;
use super::petitioners::{Identity, Petitioner};
use super::sight::{Sight, concerns, known_to};
use super::store::{Petition, path};
use crate::accounts::staff::works_here;
use crate::auth::By;
use crate::auth::whoever::account_of;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::Result;
use crate::people::Contact;
use crate::prepared;
use crate::schema::{petition_sources as sources, petitions};

/// What a petition comes out of.
pub struct Source {
    /// `inquiries/{id}` …
    pub record: String,
    /// Who is named there, and how they are reached.
    pub person: Option<Petitioner>,
    pub contact: Option<Contact>,
}

impl Source {
    /// What it tells of whoever is behind the petition.
    pub fn identity(&self) -> Identity {
        Identity { petitioners: self.person.iter().cloned().collect(), contact: self.contact.clone(), ..Identity::default() }
    }
}

/// Keeps out of which record a petition came.
pub fn note(tx: &mut Tx, petition: Id, record: &str) -> Result<()> {
    let row = (sources::petition_id.eq(petition), sources::record.eq(record));
    prepared!(&mut **tx, diesel::insert_into(sources::table).values(row).on_conflict_do_nothing(), execute)?;
    Ok(())
}

/// The petitions that came out of a record, by when they came.
pub fn petitions_of(conn: &mut Conn, record: &str) -> Result<Vec<Id>> {
    let rows = sources::table.filter(sources::record.eq(record)).order(sources::petition_id);
    Ok(rows.select(sources::petition_id).load(conn)?)
}

/// The records out of which a petition came.
pub fn records_of(conn: &mut Conn, petition: Id) -> Result<Vec<String>> {
    let rows = sources::table.filter(sources::petition_id.eq(petition)).order(sources::record);
    Ok(rows.select(sources::record).load(conn)?)
}

/// The key in a record's path, where it is one of that kind.
fn key(record: &str, kind: &str) -> Option<Id> {
    record.strip_prefix(kind)?.strip_prefix('/')?.parse().ok()
}

/// The petitions of which these are pieces, and the pieces of these.
pub fn pieces(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Id>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let whole = sources::table.filter(sources::petition_id.eq_any(ids.to_vec())).filter(sources::record.like("petitions/%"));
    let whole: Vec<String> = whole.select(sources::record).load(conn)?;
    let paths: Vec<String> = ids.iter().copied().map(path).collect();
    let cut: Vec<Id> = sources::table.filter(sources::record.eq_any(paths)).select(sources::petition_id).load(conn)?;
    let mut all: Vec<Id> = whole.iter().filter_map(|record| key(record, "petitions")).chain(cut).collect();
    all.retain(|id| !ids.contains(id));
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// Which records are asked for.
enum Asked<'a> {
    Kind(&'a str),
    One(&'a str),
}

/// Those of some records that are kept from the caller, since a petition came out of each that is: one that they are kept from, or that
/// is secret and that they do not read as it was written.
fn kept_among(conn: &mut Conn, by: &By, asked: &Asked<'_>) -> Result<Vec<String>> {
    let sight = Sight::of(conn, by)?;
    let came = sources::table.inner_join(petitions::table.on(petitions::id.eq(sources::petition_id))).into_boxed();
    let came = match asked {
        Asked::Kind(kind) => came.filter(sources::record.like(format!("{kind}/%"))),
        Asked::One(record) => came.filter(sources::record.eq((*record).to_owned())),
    };
    let came = match sight.hidden() {
        Some(hidden) => {
            let secret = petitions::confidential.eq(true).or(petitions::guarded.eq(true));
            came.filter(secret.or(petitions::id.eq_any(hidden.to_vec())))
        }
        None => came,
    };
    let came: Vec<(Id, String)> = came.order(sources::record).select((petitions::id, sources::record)).load(conn)?;
    let ids: Vec<Id> = came.iter().map(|(id, _)| *id).collect();
    let known = known_to(conn, &sight, &ids)?;
    let mut kept: Vec<String> = came.into_iter().filter(|(id, _)| !known.contains(id)).map(|(_, record)| record).collect();
    kept.dedup();
    Ok(kept)
}

/// The records of a kind that are kept from the caller with a petition.
pub fn kept(conn: &mut Conn, by: &By, kind: &str) -> Result<Vec<Id>> {
    let kept = kept_among(conn, by, &Asked::Kind(kind))?;
    Ok(kept.iter().filter_map(|record| key(record, kind)).collect())
}

/// Whether a record is kept from the caller with a petition.
pub fn is_kept(conn: &mut Conn, by: &By, record: &str) -> Result<bool> {
    Ok(!petitions_of(conn, record)?.is_empty() && !kept_among(conn, by, &Asked::One(record))?.is_empty())
}

/// Whether a petition that came out of a record concerns whoever works with an account.
pub fn concern(conn: &mut Conn, account: Id, record: &str) -> Result<bool> {
    for petition in petitions_of(conn, record)? {
        if concerns(conn, account, petition)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a petition that came out of a record concerns whoever of the office has entered that, and so knows its secret.
pub fn concern_whoever_entered(conn: &mut Conn, entered_by: &str, record: &str) -> Result<bool> {
    let Some(account) = account_of(entered_by) else { return Ok(false) };
    Ok(works_here(conn, account)? && concern(conn, account, record)?)
}

/// Whether nothing of a record goes into the feed, as of a petition that came out of it.
pub fn is_withheld(conn: &mut Conn, record: &str) -> Result<bool> {
    let ids = petitions_of(conn, record)?;
    if ids.is_empty() {
        return Ok(false);
    }
    let rows = petitions::table.filter(petitions::id.eq_any(ids)).order(petitions::id).select(Petition::as_select());
    let rows: Vec<Petition> = rows.load(conn)?;
    for row in rows {
        if group::is_withheld(conn, &row)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A line of the journal about a record, told to the feed where the petitions that came out of it may be.
pub fn told(conn: &mut Conn, action: &'static str, record: String, event: Value) -> Result<Record> {
    Ok(if is_withheld(conn, &record)? { Record::read(action, record, "") } else { Record::change(action, record, event) })
}
