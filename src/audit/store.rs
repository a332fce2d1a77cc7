//! Reading the journal's audit lines.

use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::journal::Line;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::http::Paging;
use crate::schema::{audit_log, journal_head};

/// Filters of the audit log.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub person: Option<Id>,
    pub actor: Option<String>,
    pub action: Option<String>,
    pub from: Option<Moment>,
    pub to: Option<Moment>,
}

/// A page of lines, newest first.
pub fn list(conn: &mut Conn, filter: &Filter, paging: &Paging) -> Result<(Vec<Line>, Option<i64>)> {
    let matching = || {
        let mut query = audit_log::table.into_boxed();
        if let Some(person) = filter.person {
            query = query.filter(audit_log::person_id.eq(person.to_string()));
        }
        if let Some(actor) = &filter.actor {
            query = query.filter(audit_log::actor.eq(actor.clone()));
        }
        if let Some(action) = &filter.action {
            query = query.filter(audit_log::action.eq(action.clone()));
        }
        if let Some(from) = filter.from {
            query = query.filter(audit_log::at.ge(from));
        }
        if let Some(to) = filter.to {
            query = query.filter(audit_log::at.lt(to));
        }
        query
    };
    let total = if paging.include_total { Some(matching().count().get_result(conn)?) } else { None };
    let mut page = matching();
    if let Some(before) = paging.after.as_deref().and_then(|text| text.parse::<i64>().ok()) {
        page = page.filter(audit_log::seq.lt(before));
    }
    let lines = page.order(audit_log::seq.desc()).limit(paging.rows()).select(Line::as_select()).load(conn)?;
    Ok((lines, total))
}

/// How far the chain holds.
pub struct Proof {
    pub lines: i64,
    pub head: String,
    /// The first line that does not follow from those before it.
    pub first_broken_line: Option<i64>,
}

/// Lines read at a time.
const STEP: i64 = 1000;

/// Walks the whole chain.
pub fn verify(conn: &mut Conn) -> Result<Proof> {
    let (end, head): (i64, String) =
        journal_head::table.filter(journal_head::id.eq(1)).select((journal_head::seq, journal_head::hash)).first(conn)?;
    let (mut seen, mut hash) = (0, String::new());
    loop {
        let lines: Vec<Line> = audit_log::table
            .filter(audit_log::seq.gt(seen))
            .order(audit_log::seq)
            .limit(STEP)
            .select(Line::as_select())
            .load(conn)?;
        for line in &lines {
            if line.seq != seen + 1 || line.hash != line.chained_to(&hash) {
                return Ok(Proof { lines: end, head, first_broken_line: Some(seen + 1) });
            }
            seen = line.seq;
            hash.clone_from(&line.hash);
        }
        if lines.is_empty() {
            let first_broken_line = (seen != end || hash != head).then_some(seen + 1);
            return Ok(Proof { lines: end, head, first_broken_line });
        }
    }
}
