//! What is left of an inquiry whose retention has ended: the row by which it is counted.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;
use serde_json::json;

use super::model::{Asked, Handling, InquiryAct, InquiryStatus};
use super::store::{self, Hidden, Inquiry, KIND, path, within};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow, Tx, in_parts};
use crate::error::Result;
use crate::find;
use crate::node::Node;
use crate::petitions::{bound_by_open, sources, with_source};
use crate::retention::{Asking, Bound, Ended, Keeper, MOST, RetentionCategory};
use crate::schema::{audit_log, inquiries};

/// Whoever does not read what came out of one as it was written does not see it.
pub const KEEPER: Keeper = Keeper { kind: KIND, ended, bound, with, seen, known: seen, erase };

/// An inquiry has ended with the last act upon it, but for one that opens it again.
fn ended(conn: &mut Conn, _: &Node, asking: &Asking<'_>) -> Result<Vec<Ended>> {
    let category = RetentionCategory::Inquiry;
    let before = asking.ended_before(category);
    let rows: inquiries::BoxedQuery<'_, Backend> = match asking.by {
        Some(by) => within(by, Hidden::from(conn, by)?),
        None => inquiries::table.into_boxed(),
    };
    let rows = rows.filter(inquiries::status.ne(InquiryStatus::Open)).filter(inquiries::erased_at.is_null());
    let rows = rows.filter(inquiries::asked_at.lt(before)).narrow(asking.ids, |ids| inquiries::id.eq_any(ids.to_vec()));
    let rows = rows.order(inquiries::id).limit(MOST).select((inquiries::id, inquiries::number, inquiries::asked_at));
    let rows: Vec<(Id, String, Moment)> = rows.load(conn)?;
    let paths: Vec<String> = rows.iter().map(|(id, ..)| path(*id)).collect();
    let acts: Vec<&str> = InquiryAct::ALL.iter().map(|act| act.line().journal).collect();
    let lines: Vec<(String, Option<Moment>)> = in_parts(&paths, |some| {
        let lines = audit_log::table.filter(audit_log::subject.eq_any(some)).filter(audit_log::action.eq_any(acts.clone()));
        Ok(lines.group_by(audit_log::subject).select((audit_log::subject, max(audit_log::at))).load(conn)?)
    })?;
    let last: HashMap<String, Moment> = lines.into_iter().filter_map(|(subject, at)| Some((subject, at?))).collect();
    let whole = |(id, number, asked_at): (Id, String, Moment)| {
        let at = last.get(&path(id)).copied().unwrap_or(asked_at);
        (at < before).then(|| Ended { id, number, category, ended_on: at.date() })
    };
    Ok(rows.into_iter().filter_map(whole).collect())
}

fn bound(conn: &mut Conn, node: &Node, ids: &[Id]) -> Result<Vec<(Id, Bound)>> {
    let mut all = bound_by_open(conn, node, ids, |conn, id| sources::petitions_of(conn, &path(id)))?;
    let own = inquiries::table.filter(inquiries::id.eq_any(ids.to_vec())).order(inquiries::id);
    for row in own.select(Inquiry::as_select()).load::<Inquiry>(conn)? {
        // Whoever was told something wrong is told right first.
        let owes = row.handling(&node.vault)?.owes_right(row.status);
        all.extend(owes.then_some((row.id, Bound::Open)));
    }
    Ok(all)
}

fn with(conn: &mut Conn, _: &Node, id: Id) -> Result<Vec<String>> {
    with_source(conn, &path(id))
}

fn seen(conn: &mut Conn, by: &By, ids: &[Id]) -> Result<Vec<Id>> {
    let rows = within(by, Hidden::from(conn, by)?).filter(inquiries::id.eq_any(ids.to_vec()));
    Ok(rows.select(inquiries::id).load(conn)?)
}

fn erase(tx: &mut Tx, node: &Node, id: Id) -> Result<()> {
    let found: Option<Inquiry> = find!(&mut **tx, inquiries::table.find(id).select(Inquiry::as_select()))?;
    let Some(mut row) = found else { return Ok(()) };
    row.put_asked(&node.vault, &Asked { question: String::new(), asker: None })?;
    row.put_handling(&node.vault, &Handling::default())?;
    (row.secret_hash, row.asked_by, row.person_id) = (String::new(), "anonymous".to_owned(), None);
    (row.call_at, row.recheck_at, row.erased_at) = (None, None, Some(tx.origin().at));
    store::save(tx, &mut row)?;
    let told = sources::told(tx, "inquiry.erased", row.path(), json!({"number": row.number, "status": row.status}))?;
    tx.record(told);
    Ok(())
}
