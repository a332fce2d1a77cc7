//! The node's clock beside those of the store: the newest moment that it holds, and the time by its own clock.

use chrono::Duration;
use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::{self, Conn, Mode, Origin};
use crate::error::Result;
use crate::node::Node;
use crate::schema::{audit_log, clock_mark};

/// How far the mark may lie behind.
const MARK_EVERY: Duration = Duration::minutes(1);

fn mark(conn: &mut Conn) -> Result<Option<Moment>> {
    Ok(clock_mark::table.filter(clock_mark::id.eq(1)).select(clock_mark::at).first(conn)?)
}

/// The newest moment that the store holds: the mark, or the last line of the audit log where no mark was set yet.
pub fn newest(conn: &mut Conn) -> Result<Option<Moment>> {
    match mark(conn)? {
        Some(at) => Ok(Some(at)),
        None => Ok(audit_log::table.order(audit_log::seq.desc()).select(audit_log::at).first(conn).optional()?),
    }
}

/// One turn of the timer: compares the node's clock with the store's, and moves the mark on.
pub async fn compare(node: &Node) -> Result<()> {
    let (mark, store) = node.db.read(|conn| Ok((mark(conn)?, db::store_time(conn)?))).await?;
    if let Some(store) = store {
        node.clock.compare(store);
    }
    let now = node.clock.now();
    if mark.is_some_and(|mark| (now - mark).abs() < MARK_EVERY) {
        return Ok(());
    }
    let moved = move |tx: &mut db::Tx| {
        let row = clock_mark::table.filter(clock_mark::id.eq(1));
        diesel::update(row).set(clock_mark::at.eq(Some(now))).execute(&mut **tx)?;
        Ok(())
    };
    node.db.write(Origin::system("timer", now), Mode::Shared, moved).await
}
