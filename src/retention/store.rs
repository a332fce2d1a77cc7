//! Holds and disposals in the store.

use std::collections::{BTreeSet, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::keepers::{Asking, Bound, Ended, Keeper, Keepers, Parted};
use super::model::{DisposalStatus, HoldStatus, RetentionCategory};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Tx, in_parts};
use crate::error::{Code, Result};
use crate::node::Node;
use crate::schema::{calls, disposal_records as records, disposals, retention_holds as holds};
use crate::secrets::vault::Vault;
use crate::{find, prepared, save};

/// That a record is held back from disposal.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = holds, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Hold {
    pub id: Id,
    pub record: String,
    /// Sealed, as why it was lifted.
    pub reason: String,
    pub held_by: String,
    pub held_at: Moment,
    pub lifted_by: Option<String>,
    pub lifted_at: Option<Moment>,
    pub lifted_because: String,
    pub version: i32,
}

impl Hold {
    pub fn path(&self) -> String {
        format!("retention-holds/{}", self.id)
    }

    pub fn status(&self) -> HoldStatus {
        if self.lifted_at.is_some() { HoldStatus::Lifted } else { HoldStatus::Standing }
    }

    pub fn identity(&self, column: &str) -> String {
        format!("retention_holds/{}/{column}", self.id)
    }

    pub fn put_reason(&mut self, tx: &Tx, reason: &str) {
        self.reason = tx.seal_text(&self.identity("reason"), reason);
    }

    pub fn put_lifted_because(&mut self, tx: &Tx, reason: &str) {
        self.lifted_because = tx.seal_text(&self.identity("lifted_because"), reason);
    }
}

/// A disposal.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = disposals, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Disposal {
    pub id: Id,
    pub status: DisposalStatus,
    pub proposed_by: String,
    pub proposed_at: Moment,
    pub approved_by: Option<String>,
    pub approved_at: Option<Moment>,
    /// Of the archive authority's approval.
    pub document_number: Option<String>,
    pub document_on: Option<NaiveDate>,
    /// Until then the approval can be taken back.
    pub carried_out_from: Option<Moment>,
    pub carried_out_at: Option<Moment>,
    /// Why it was taken back, sealed.
    pub reason: String,
    pub version: i32,
}

impl Disposal {
    pub fn path(&self) -> String {
        format!("disposals/{}", self.id)
    }

    fn identity(&self) -> String {
        format!("disposals/{}/reason", self.id)
    }

    pub fn reason(&self, vault: &Vault) -> Result<String> {
        vault.open_text(&self.identity(), &self.reason)
    }

    pub fn put_reason(&mut self, tx: &Tx, reason: &str) {
        self.reason = tx.seal_text(&self.identity(), reason);
    }
}

/// A record of a disposal, as its register tells it.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = records, treat_none_as_default_value = false)]
pub struct DisposedRecord {
    pub disposal_id: Id,
    pub place: i32,
    pub record: String,
    pub number: String,
    pub category: RetentionCategory,
    pub ended_on: NaiveDate,
    pub erased_at: Option<Moment>,
    /// Why it was kept after all.
    pub kept_because: Option<String>,
}

/// The records of a kind that are due, with all that goes together with each: neither held nor bound, nor in a disposal that stands.
pub fn due(conn: &mut Conn, node: &Node, keeper: &Keeper, asking: &Asking<'_>) -> Result<Vec<Ended>> {
    let ended = (keeper.ended)(conn, node, asking)?;
    let ids: Vec<Id> = ended.iter().map(|one| one.id).collect();
    let bound = bound(conn, node, keeper, &ids)?;
    let paths: Vec<String> = ids.iter().map(|id| format!("{}/{id}", keeper.kind)).collect();
    let proposed = in_disposal(conn, &paths)?;
    let mut due = Vec::new();
    for one in ended {
        let path = format!("{}/{}", keeper.kind, one.id);
        let waits = bound.iter().any(|(id, _)| *id == one.id) || proposed.contains(&path);
        if waits {
            continue;
        }
        let with = together(conn, node, &path)?;
        if are_free(conn, node, asking, &with)? {
            due.push(one);
        }
    }
    Ok(due)
}

/// Whether all of these records are due by their age, whoever sees them, and nothing keeps them.
fn are_free(conn: &mut Conn, node: &Node, asking: &Asking<'_>, paths: &[String]) -> Result<bool> {
    for parted in paths.iter().filter_map(|path| Parted::of(path)) {
        let Some(keeper) = node.part::<Keepers>().of(&parted.kind) else { continue };
        let ids = [parted.id];
        let has_ended = !(keeper.ended)(conn, node, &asking.of_all(&ids))?.is_empty();
        if !has_ended || !bound(conn, node, &keeper, &ids)?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// All records that one goes together with, by whichever others, of which something is left.
pub fn together(conn: &mut Conn, node: &Node, record: &str) -> Result<Vec<String>> {
    let keepers = node.part::<Keepers>();
    let (mut all, mut open) = (BTreeSet::new(), vec![record.to_owned()]);
    while let Some(one) = open.pop() {
        let with = keepers.with(conn, node, &one)?;
        let gone = erased(conn, &with)?;
        for other in with {
            if other != record && !gone.contains(&other) && all.insert(other.clone()) {
                open.push(other);
            }
        }
    }
    Ok(all.into_iter().collect())
}

/// Those of some records of which nothing is left.
pub fn erased(conn: &mut Conn, paths: &[String]) -> Result<HashSet<String>> {
    let all = in_parts(paths, |some| {
        let gone = records::table.filter(records::erased_at.is_not_null()).filter(records::record.eq_any(some));
        Ok(gone.select(records::record).load(conn)?)
    })?;
    Ok(all.into_iter().collect())
}

/// Those of some records that are kept though they are due by their age, each with what keeps it.
pub fn bound(conn: &mut Conn, node: &Node, keeper: &Keeper, ids: &[Id]) -> Result<Vec<(Id, Bound)>> {
    in_parts(ids, |some| {
        let paths: Vec<String> = some.iter().map(|id| format!("{}/{id}", keeper.kind)).collect();
        let held = holds::table.filter(holds::record.eq_any(&paths)).filter(holds::lifted_at.is_null());
        let held: HashSet<String> = held.select(holds::record).load::<String>(conn)?.into_iter().collect();
        let those = |paths_of: &HashSet<String>, bound| {
            let those = some.iter().zip(&paths).filter(|(_, path)| paths_of.contains(*path));
            those.map(|(id, _)| (*id, bound)).collect::<Vec<_>>()
        };
        let mut all = those(&held, Bound::Held);
        for offshoots in node.part::<Keepers>().offshoots() {
            let unfinished: HashSet<String> = (offshoots.unfinished)(conn, &paths)?.into_iter().collect();
            all.extend(those(&unfinished, Bound::Open));
        }
        all.extend((keeper.bound)(conn, node, some)?);
        Ok(all)
    })
}

/// Those of some records that stand in a disposal which is proposed or approved.
fn in_disposal(conn: &mut Conn, paths: &[String]) -> Result<HashSet<String>> {
    let all = in_parts(paths, |some| {
        let standing = disposals::status.eq_any([DisposalStatus::Proposed, DisposalStatus::Approved]);
        let standing = disposals::table.filter(standing).select(disposals::id);
        let rows = records::table.filter(records::disposal_id.eq_any(standing)).filter(records::record.eq_any(some));
        Ok(rows.select(records::record).load(conn)?)
    })?;
    Ok(all.into_iter().collect())
}

pub fn insert_hold(tx: &mut Tx, hold: &Hold) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(holds::table).values(hold), execute)?;
    Ok(())
}

pub fn save_hold(tx: &mut Tx, hold: &mut Hold) -> Result<()> {
    save!(tx, holds, hold)
}

/// A hold of a record that the caller sees.
pub fn find_hold(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<Hold> {
    let found: Option<Hold> = find!(conn, holds::table.find(id).select(Hold::as_select()))?;
    let found = found.ok_or(Code::NOT_FOUND)?;
    let seen = node.part::<Keepers>().seen(conn, by, std::slice::from_ref(&found.record))?;
    if seen.is_empty() { Err(Code::NOT_FOUND.into()) } else { Ok(found) }
}

/// Empties what was said of an erased record: why it was held back and that was lifted, and why disposals in which it stood were taken
/// back. Who did it stays, and when.
pub fn forget_reasons(tx: &mut Tx, record: &str) -> Result<()> {
    let of_it = holds::table.filter(holds::record.eq(record)).order(holds::id).select(Hold::as_select());
    let of_it: Vec<Hold> = of_it.load(&mut **tx)?;
    for mut hold in of_it {
        hold.put_reason(tx, "");
        hold.put_lifted_because(tx, "");
        save_hold(tx, &mut hold)?;
    }
    let with_it = records::table.filter(records::record.eq(record)).select(records::disposal_id);
    let taken_back = disposals::table.filter(disposals::status.eq(DisposalStatus::TakenBack));
    let taken_back = taken_back.filter(disposals::id.eq_any(with_it)).order(disposals::id).select(Disposal::as_select());
    let taken_back: Vec<Disposal> = taken_back.load(&mut **tx)?;
    for mut disposal in taken_back {
        disposal.put_reason(tx, "");
        save(tx, &mut disposal)?;
    }
    Ok(())
}

/// Deletes what was noted of calls about a record: whose they were.
pub fn forget_calls(tx: &mut Tx, record: &str) -> Result<()> {
    diesel::delete(calls::table.filter(calls::record.eq(record))).execute(&mut **tx)?;
    Ok(())
}

/// The hold of a record that stands.
pub fn standing_hold(conn: &mut Conn, record: &str) -> Result<Option<Id>> {
    let standing = holds::table.filter(holds::record.eq(record)).filter(holds::lifted_at.is_null());
    Ok(standing.select(holds::id).first(conn).optional()?)
}

/// The holds of records that the caller sees.
pub fn seen_holds(conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<Id>> {
    let all: Vec<(Id, String)> = holds::table.order(holds::id).select((holds::id, holds::record)).load(conn)?;
    let paths: Vec<String> = all.iter().map(|(_, record)| record.clone()).collect();
    let seen: HashSet<String> = node.part::<Keepers>().seen(conn, by, &paths)?.into_iter().collect();
    Ok(all.into_iter().filter(|(_, record)| seen.contains(record)).map(|(id, _)| id).collect())
}

pub fn insert(tx: &mut Tx, disposal: &Disposal, of: &[DisposedRecord]) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(disposals::table).values(disposal), execute)?;
    for record in of {
        prepared!(&mut **tx, diesel::insert_into(records::table).values(record), execute)?;
    }
    Ok(())
}

pub fn save(tx: &mut Tx, disposal: &mut Disposal) -> Result<()> {
    save!(tx, disposals, disposal)
}

/// A disposal by its id, whoever sees it.
pub fn any(conn: &mut Conn, id: Id) -> Result<Option<Disposal>> {
    Ok(find!(conn, disposals::table.find(id).select(Disposal::as_select()))?)
}

/// A disposal of which the caller sees every record; any other is not there.
pub fn find(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<Disposal> {
    let found = any(conn, id)?.ok_or(Code::NOT_FOUND)?;
    if seen(conn, node, by, Some(id))?.contains(&id) { Ok(found) } else { Err(Code::NOT_FOUND.into()) }
}

/// The disposals, or that one, of which the caller sees every record.
pub fn seen(conn: &mut Conn, node: &Node, by: &By, one: Option<Id>) -> Result<Vec<Id>> {
    let rows: records::BoxedQuery<'_, Backend> = match one {
        Some(id) => records::table.filter(records::disposal_id.eq(id)).into_boxed(),
        None => records::table.into_boxed(),
    };
    let rows: Vec<(Id, String)> = rows.order(records::disposal_id).select((records::disposal_id, records::record)).load(conn)?;
    let paths: Vec<String> = rows.iter().map(|(_, record)| record.clone()).collect();
    let seen: HashSet<String> = node.part::<Keepers>().seen(conn, by, &paths)?.into_iter().collect();
    let mut ids: Vec<Id> = rows.iter().map(|(id, _)| *id).collect();
    ids.dedup();
    let hidden: HashSet<Id> = rows.into_iter().filter(|(_, record)| !seen.contains(record)).map(|(id, _)| id).collect();
    ids.retain(|id| !hidden.contains(id));
    Ok(ids)
}

/// The records of a disposal, in its order.
pub fn records_of(conn: &mut Conn, id: Id) -> Result<Vec<DisposedRecord>> {
    let rows = records::table.filter(records::disposal_id.eq(id)).order(records::place);
    Ok(rows.select(DisposedRecord::as_select()).load(conn)?)
}

/// Notes what has become of a record of a disposal.
pub fn note(tx: &mut Tx, record: &DisposedRecord, erased_at: Option<Moment>, kept_because: Option<&str>) -> Result<()> {
    let row = records::table.find((record.disposal_id, record.place));
    diesel::update(row).set((records::erased_at.eq(erased_at), records::kept_because.eq(kept_because))).execute(&mut **tx)?;
    Ok(())
}

/// The approved disposals whose grace is over.
pub fn to_carry_out(conn: &mut Conn, now: Moment) -> Result<Vec<Id>> {
    let rows = disposals::table.filter(disposals::status.eq(DisposalStatus::Approved));
    let rows = rows.filter(disposals::carried_out_from.assume_not_null().le(now));
    Ok(rows.order(disposals::id).select(disposals::id).load(conn)?)
}
