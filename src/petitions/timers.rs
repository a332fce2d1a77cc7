//! What petitions do by themselves: those that nobody confirms are screened, supplements lapse, limits are told of once.

use chrono::Duration;
use diesel::dsl::exists;
use diesel::prelude::*;
use serde_json::json;

use super::acting::Open;
use super::group;
use super::model::{PetitionAct, PetitionStatus};
use super::settings::PetitionSettings;
use super::sight::Sight;
use super::store::Petition;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Record, Tx};
use crate::error::Result;
use crate::find;
use crate::node::Node;
use crate::scheduling::Plans;
use crate::schema::petitions;

/// Petitions worked off in one turn.
const TURN: i64 = 200;

/// Who acts.
const SYSTEM: &str = "system";

fn unconfirmed<'a>(now: Moment) -> petitions::BoxedQuery<'a, Backend> {
    let waiting = petitions::table.filter(petitions::status.eq(PetitionStatus::AwaitingConfirmation));
    waiting.filter(petitions::confirm_until.le(now)).into_boxed()
}

fn lapsed<'a>(now: Moment) -> petitions::BoxedQuery<'a, Backend> {
    let waiting = petitions::table.filter(petitions::status.eq(PetitionStatus::AwaitingSupplement));
    waiting.filter(petitions::supplement_until.le(now)).into_boxed()
}

/// Those whose limit comes before a moment, of which nobody was told: running ones, and those that are answered with a running one.
fn untold<'a>(before: Moment, overdue: bool) -> [petitions::BoxedQuery<'a, Backend>; 2] {
    let mains = diesel::alias!(petitions as mains);
    let main = mains
        .filter(mains.field(petitions::id).eq(petitions::merged_into.assume_not_null()))
        .filter(mains.field(petitions::status).eq_any(PetitionStatus::OPEN))
        .select(mains.field(petitions::id));
    let running = petitions::table.filter(petitions::status.eq_any(PetitionStatus::OPEN)).into_boxed();
    let merged = petitions::table.filter(petitions::status.eq(PetitionStatus::Merged)).filter(exists(main)).into_boxed();
    [running, merged].map(|rows: petitions::BoxedQuery<'a, Backend>| {
        let near = rows.filter(petitions::due_at.lt(before));
        if overdue { near.filter(petitions::overdue_at.is_null()) } else { near.filter(petitions::warned_at.is_null()) }
    })
}

/// The limits to tell of: what they come before, and whether they have passed.
fn told(node: &Node, now: Moment) -> [(Moment, bool, &'static str); 2] {
    let soon = now + Duration::hours(node.config.of::<PetitionSettings>().due_soon_hours);
    [(soon, false, "petition.due_soon"), (now, true, "petition.overdue")]
}

fn is_open_now(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    Ok(node.part::<Plans>().at(conn)?.calendar.is_open_at(now.date(), now.time()))
}

/// Whether anything is due: limits are told of within office hours.
pub fn any_due(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    let mut due = |rows: petitions::BoxedQuery<'static, Backend>| -> Result<bool> {
        let first: Option<Id> = rows.select(petitions::id).first(conn).optional()?;
        Ok(first.is_some())
    };
    if due(unconfirmed(now))? || due(lapsed(now))? {
        return Ok(true);
    }
    for rows in told(node, now).into_iter().flat_map(|(before, overdue, _)| untold(before, overdue)) {
        if due(rows)? {
            return is_open_now(conn, node, now);
        }
    }
    Ok(false)
}

/// Works off what is due.
pub fn work_off(tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
    let ids = |tx: &mut Tx, rows: petitions::BoxedQuery<'static, Backend>| -> Result<Vec<Id>> {
        Ok(rows.order(petitions::id).select(petitions::id).limit(TURN).load(&mut **tx)?)
    };
    for id in ids(tx, unconfirmed(now))? {
        let act = |open: &Open| {
            if open.row.needs_custody() { PetitionAct::LeaveReportUnconfirmed } else { PetitionAct::LeaveUnconfirmed }
        };
        by_itself(tx, node, id, now, act)?;
    }
    for id in ids(tx, lapsed(now))? {
        by_itself(tx, node, id, now, |_| PetitionAct::LetSupplementLapse)?;
    }
    if is_open_now(tx, node, now)? {
        for (before, overdue, action) in told(node, now) {
            for rows in untold(before, overdue) {
                for id in ids(tx, rows)? {
                    tell(tx, id, now, (before, overdue, action))?;
                }
            }
        }
    }
    Ok(())
}

pub fn locked(tx: &mut Tx, id: Id) -> Result<Option<Petition>> {
    Ok(find!(&mut **tx, petitions::table.find(id).select(Petition::as_select()))?)
}

/// Lets a petition go on by itself, unless another has acted on it meanwhile.
fn by_itself(tx: &mut Tx, node: &Node, id: Id, now: Moment, act: impl Fn(&Open) -> PetitionAct) -> Result<()> {
    let Some(row) = locked(tx, id)? else { return Ok(()) };
    let mut open = Open::of(node, (row, Sight::default()))?;
    let act = act(&open);
    let Some(status) = act.after(open.row.status) else { return Ok(()) };
    open.row.status = status;
    (open.row.confirm_hash, open.row.confirm_until, open.row.supplement_until) = (None, None, None);
    open.recount(tx, node)?;
    open.save(tx, node, act, SYSTEM, ("", now))
}

/// Whether a petition is to be answered still, by itself or with another.
fn is_running(conn: &mut Conn, row: &Petition) -> Result<bool> {
    let status = match row.merged_into {
        Some(main) => petitions::table.find(main).select(petitions::status).first(conn)?,
        None => row.status,
    };
    Ok(PetitionStatus::OPEN.contains(&status))
}

/// Tells once that a limit comes near or has passed; what is withheld stands in the queues of those who see it alone.
fn tell(tx: &mut Tx, id: Id, now: Moment, (before, overdue, action): (Moment, bool, &'static str)) -> Result<()> {
    let Some(row) = locked(tx, id)? else { return Ok(()) };
    let is_told = if overdue { row.overdue_at } else { row.warned_at }.is_some();
    if is_told || !is_running(tx, &row)? || row.due_at.is_none_or(|due| due >= before) {
        return Ok(());
    }
    let found = petitions::table.find(id);
    if overdue {
        diesel::update(found).set(petitions::overdue_at.eq(Some(now))).execute(&mut **tx)?;
    } else {
        diesel::update(found).set(petitions::warned_at.eq(Some(now))).execute(&mut **tx)?;
    }
    if !group::is_withheld(tx, &row)? {
        let event = json!({"number": row.number, "handler": row.handler, "due_at": row.due_at});
        tx.record(Record::change(action, row.path(), event));
    }
    Ok(())
}
