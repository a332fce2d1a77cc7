//! Entering a line of hours, and correcting one by another that stands for it.

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::{Said, VolunteerHourAct, VolunteerHourReporting, VolunteerHourStatus, VolunteerHours, VolunteerOverlap};
use super::policy::{CorrectHours, CreateVolunteerHours};
use super::reporting;
use super::store::{self, Line};
use super::view::{VolunteerHoursView, applied, compared, note, one};
use crate::auth::whoever::found_by;
use crate::auth::{By, Holder, May, Role, STAFF};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, JsonText, Tx};
use crate::error::{Error, Result};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, joins};
use crate::schema::accounts;
use crate::states::in_own_matter;
use crate::volunteers::history::changes;
use crate::volunteers::model::VolunteerStatus;
use crate::volunteers::store::{self as volunteers, Volunteer};

/// Whether somebody works in the office, by an account that is proven theirs or with which they are named to work.
fn is_staff(conn: &mut Conn, person: Id) -> Result<bool> {
    let records = joins::records(conn, person)?;
    let rows: Vec<(JsonText, Option<Id>, Option<JsonText>)> = accounts::table
        .filter(accounts::holder.is_not_null().or(accounts::person_id.is_not_null()))
        .select((accounts::roles, accounts::person_id, accounts::holder))
        .load(conn)?;
    let mut indexes = Vec::new();
    for (roles, proven, holder) in rows {
        let roles: Vec<Role> = roles.read()?;
        if !roles.iter().any(|role| STAFF.contains(role)) {
            continue;
        }
        if proven.is_some_and(|proven| records.contains(&proven)) {
            return Ok(true);
        }
        indexes.extend(holder.map(|holder| holder.read::<Holder>()).transpose()?.map(|holder| holder.index));
    }
    Ok(found_by(conn, &indexes)?.iter().any(|(_, record)| records.contains(record)))
}

/// A new line of a volunteer, for which the caller vouches.
fn line(conn: &mut Conn, node: &Node, by: &By, volunteer: &Volunteer, (said, at): (&VolunteerHours, &str)) -> Result<Line> {
    let time = said.check(at, is_staff(conn, volunteer.person_id)?, by.now)?;
    let mut line = Line {
        id: Id::new(by.now),
        volunteer_id: volunteer.id,
        status: VolunteerHourStatus::Entered,
        served_on: time.day,
        begins_at: None,
        ends_at: None,
        minutes: time.minutes,
        category: said.category,
        field: said.field,
        unit: said.unit(),
        kind: said.kind,
        presence: said.presence,
        is_paid: said.paid_time.unwrap_or(false),
        overlap: VolunteerOverlap::Unjudged,
        reporting: VolunteerHourReporting::NotDue,
        said: String::new(),
        source: None,
        stands_for: None,
        registrar: Some(by.caller.name()),
        registered_at: Some(by.now),
        entered_by: by.caller.name(),
        entered_at: by.now,
        version: 1,
    };
    line.put_time(time);
    let kept = Said {
        other_unit: said.other_unit.clone(),
        note: said.note.as_ref().map(|note| note.as_str().to_owned()),
        shift: None,
        excluded_minutes: said.time.excluded_minutes,
    };
    line.say(&node.vault, &kept)?;
    Ok(line)
}

/// Enters hours of a volunteer.
///
/// Actual service in whole minutes, without travel, by a day and how long or from when to when (志願服務證及服務紀錄冊管理辦法 §9); whoever
/// enters them vouches for them as registrar, and nobody for their own. Hours of another unit are entered from the record book.
#[utoipa::path(tag = "Volunteer hours", operation_id = "create_volunteer_hours", params(IdInPath), request_body = VolunteerHours, responses(
    (status = 201, description = "The line.", body = VolunteerHoursView),
    (status = 409, description = "`wrong_state`: the record was merged into another; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}/hours")]
pub async fn create_volunteer_hours(
    may: May<CreateVolunteerHours>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<VolunteerHours>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let volunteer = volunteers::find(tx, by, id.0)?;
        VolunteerHourAct::Enter.keep_apart(&in_own_matter(tx, by, &[volunteer.person_id])?)?;
        if volunteer.status == VolunteerStatus::Merged {
            return Err(Error::wrong_state(&[]));
        }
        let mut line = line(tx, &node, by, &volunteer, (&input, ""))?;
        add(tx, &node, (&volunteer, &mut line), VolunteerHourAct::Enter, "")?;
        shown(tx, &node, by, line)
    })
    .await
}

/// Adds a line, and tells what it says.
pub fn add(tx: &mut Tx, node: &Node, (volunteer, line): (&Volunteer, &mut Line), act: VolunteerHourAct, why: &str) -> Result<()> {
    reporting::settle(tx, line)?;
    store::insert(tx, line)?;
    let entered = changes(&json!({}), &compared(&node.vault, line)?);
    note(tx, node, (volunteer, line), act, (why, entered))
}

fn shown(tx: &mut Tx, node: &Node, by: &By, line: Line) -> Result<Reply> {
    let address = format!("/v1/{}", line.path());
    Ok(Reply::created(address, &one(tx, node, by, line)?)?.version(1))
}

/// What a line should have said.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "hours": {
        "time": {"begins_at": "2026-11-20T09:00:00+08:00", "ends_at": "2026-11-20T11:30:00+08:00"}, "category": "GUIDANCE",
        "field": "HOUSEHOLD", "kind": "SERVICE", "presence": "SEEN_BY_CLERK"
    }, "reason": "訖時誤植"
}))]
pub struct VolunteerHoursCorrection {
    /// In the place of all that it says.
    hours: VolunteerHours,
    reason: Note,
}

/// Corrects a line of hours.
///
/// With a reason, by a new line that stands for it: nothing is overwritten. Of a disputed line another does so than its registrar. Where the
/// line was reported to the ministry's system, it is to be put right there (`TO_CORRECT`).
#[utoipa::path(tag = "Volunteer hours", operation_id = "correct_hours", params(IdInPath, IfMatchHeader), request_body = VolunteerHoursCorrection, responses(
    (status = 201, description = "The line that stands for it.", body = VolunteerHoursView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `same_person`: a disputed line is not its registrar's to correct; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/hours/{id}:correct")]
pub async fn correct_hours(
    may: May<CorrectHours>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<VolunteerHoursCorrection>,
) -> Result<Reply> {
    const ACTS: &[VolunteerHourAct] = &[VolunteerHourAct::Correct, VolunteerHourAct::CorrectDisputed];
    may.write(move |tx, by| {
        let (mut before, volunteer) = store::find(tx, by, id.0)?;
        if_match.check(before.version)?;
        let (act, status) = applied(tx, by, (&before, volunteer.person_id), ACTS)?;
        let mut after = line(tx, &node, by, &volunteer, (&input.hours, "/hours"))?;
        let why = input.reason.as_str();
        replace(tx, &node, (&volunteer, &mut before, &mut after), (act, status), why)?;
        shown(tx, &node, by, after)
    })
    .await
}

/// Lets a line stand for another one, of whose source it is, and whose shift it keeps.
pub fn replace(
    tx: &mut Tx,
    node: &Node,
    (volunteer, before, after): (&Volunteer, &mut Line, &mut Line),
    (act, status): (VolunteerHourAct, VolunteerHourStatus),
    why: &str,
) -> Result<()> {
    before.status = status;
    reporting::settle(tx, before)?;
    store::save(tx, before)?;
    note(tx, node, (volunteer, before), act, (why, Vec::new()))?;
    (after.stands_for, after.source) = (Some(before.id), before.source.clone());
    let mut said = after.said(&node.vault)?;
    if said.shift.is_none() {
        said.shift = before.said(&node.vault)?.shift;
        after.say(&node.vault, &said)?;
    }
    add(tx, node, (volunteer, after), VolunteerHourAct::Enter, why)
}
