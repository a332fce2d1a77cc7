//! What knowledge answers do by themselves: whoever is in charge is told once that one is to be looked at, in office hours.

use serde_json::json;

use super::store;
use crate::clock::Moment;
use crate::db::{Conn, Record, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::scheduling::Plans;

pub fn any_due(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    let is_open = node.part::<Plans>().at(conn)?.calendar.is_open_at(now.date(), now.time());
    Ok(is_open && !store::untold(conn, now.date())?.is_empty())
}

pub fn tell(tx: &mut Tx, _: &Node, now: Moment) -> Result<()> {
    for id in store::untold(tx, now.date())? {
        let answer = store::find(tx, id)?;
        if answer.told_at.is_some() {
            continue;
        }
        store::note_told(tx, id, now)?;
        let data = json!({"owner_id": answer.owner, "review_due_on": answer.review_due_on});
        tx.record(Record::change("knowledge_answer.review_due", store::path(id), data));
    }
    Ok(())
}
