//! Reading the journal's audit lines.

use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::journal::Line;
use crate::db::{Backend, Conn, Id, Narrow};
use crate::error::Result;
use crate::http::{Page, Paging};
use crate::read_page;
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
pub fn list(conn: &mut Conn, filter: &Filter, paging: &Paging) -> Result<Page<Line>> {
    let matching = || -> audit_log::BoxedQuery<'_, Backend> {
        let lines = audit_log::table.into_boxed();
        lines
            .narrow(filter.person, |person| audit_log::person_id.eq(person))
            .narrow(filter.actor.as_ref(), |actor| audit_log::actor.eq(actor))
            .narrow(filter.action.as_ref(), |action| audit_log::action.eq(action))
            .narrow(filter.from, |from| audit_log::at.ge(from))
            .narrow(filter.to, |to| audit_log::at.lt(to))
    };
    let page = read_page!(conn, paging, matching, audit_log::seq desc, Line)?;
    Ok(page)
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
