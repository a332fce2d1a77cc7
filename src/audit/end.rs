//! The last lines of the audit log: enough to see at a start whether its end was cut off or written over.

use diesel::prelude::*;

use super::store::hashed;
use crate::db::Conn;
use crate::db::journal::Line;
use crate::error::Result;
use crate::schema::{audit_log, journal_head};
use crate::secrets::vault::Vault;

/// Lines that are looked at.
const LINES: i64 = 1000;

/// The first of the last lines that does not follow from the one before it, or the line that should be the last one and
/// is not; `None` when all is well.
pub fn broken_near_end(conn: &mut Conn, vault: &Vault) -> Result<Option<i64>> {
    let head = journal_head::table.filter(journal_head::id.eq(1)).select((journal_head::seq, journal_head::hash));
    let Some((end, hash)) = head.first::<(i64, String)>(conn).optional()? else { return Ok(Some(1)) };
    let mut lines: Vec<Line> =
        audit_log::table.order(audit_log::seq.desc()).limit(LINES + 1).select(Line::as_select()).load(conn)?;
    lines.reverse();
    let follows = |line: &Line, before: &str| hashed(vault, line).is_some_and(|line| line.hash == line.chained_to(before));
    let first = lines.first().filter(|line| line.seq == 1 && !follows(line, ""));
    let broken = lines.windows(2).find(|pair| pair[1].seq != pair[0].seq + 1 || !follows(&pair[1], &pair[0].hash));
    let last = lines.last().map_or((0, ""), |line| (line.seq, line.hash.as_str()));
    let cut = (last != (end, hash.as_str())).then_some(last.0 + 1);
    Ok(first.map(|line| line.seq).or_else(|| broken.map(|pair| pair[0].seq + 1)).or(cut))
}
