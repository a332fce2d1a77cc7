//! Which lines of hours would be judged otherwise by other facts.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::judging::VolunteerHourJudgement;
use super::{ledger, store};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::volunteers::gate::Facts;
use crate::volunteers::store::Volunteer;

/// A line of hours that is judged otherwise.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "hour_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "served_on": "2026-05-04",
    "before": {"verdict": "NOT_COUNTABLE", "reason": "BEFORE_TRAINING", "minutes": 0},
    "after": {"verdict": "COUNTABLE", "reason": null, "minutes": 180}
}))]
pub struct VolunteerHourChange {
    hour_id: Id,
    served_on: NaiveDate,
    before: VolunteerHourJudgement,
    after: VolunteerHourJudgement,
}

/// The lines of a volunteer that other facts would judge otherwise.
pub fn changed_by(
    conn: &mut Conn,
    node: &Node,
    volunteer: &Volunteer,
    change: impl FnOnce(&mut Facts),
) -> Result<Vec<VolunteerHourChange>> {
    let (standing, records) = ledger::standing(conn, volunteer)?;
    let mut grounds = ledger::grounds(conn, node, &standing)?;
    let lines = store::of_records(conn, &records)?;
    let before = grounds.judge(&lines);
    change(&mut grounds.facts);
    let after = grounds.judge(&lines);
    let compared = lines.iter().filter_map(|line| {
        let (before, after) = (&before.get(&line.id)?.judgement, &after.get(&line.id)?.judgement);
        let change =
            || VolunteerHourChange { hour_id: line.id, served_on: line.served_on, before: before.clone(), after: after.clone() };
        (before != after).then(change)
    });
    Ok(compared.collect())
}
