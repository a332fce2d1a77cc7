//! Attendance of a whole shift at once, as rows or as lines that were pasted: the same body shows what it does and does it.

use actix_web::post;
use actix_web::web::Data;
use chrono::NaiveTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::marking::{self, Witness};
use super::policy::MarkAttendance;
use crate::auth::protection::is_closed_to;
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{Reply, Valid, unknown_at};
use crate::node::Node;
use crate::people::{self, Note};
use crate::states::require_anothers;
use crate::text_enum;
use crate::volunteers::hours::model::VolunteerPresence;
use crate::volunteers::shifts::model::ShiftStatus;
use crate::volunteers::shifts::store::{self as shifts, Shift};
use crate::volunteers::signups::model::{SignupAct, SignupStatus};
use crate::volunteers::signups::store as signup_store;
use crate::volunteers::signups::view::require_possible;

text_enum! {
    /// What is said of somebody who was signed up.
    pub enum AttendanceOutcome {
        Served = "SERVED",
        NoShow = "NO_SHOW",
    }
}

/// What is said of one sign-up.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"signup_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "outcome": "SERVED"}))]
pub struct AttendanceRow {
    signup_id: Id,
    outcome: AttendanceOutcome,
    /// When they came; the beginning of the shift when absent. Of those who served alone.
    from: Option<Moment>,
    /// When they left; the end of the shift when absent.
    to: Option<Moment>,
}

/// Attendance at a shift.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "shift_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "lines": "王小明,SERVED,08:30,12:00\n陳大文,NO_SHOW", "reason": "簽到表",
    "from_paper": true, "dry_run": true
}))]
pub struct AttendanceBulk {
    shift_id: Id,
    /// Either rows,
    #[schema(min_items = 1, max_items = 500)]
    rows: Option<Vec<AttendanceRow>>,
    /// or lines of `name or id of the sign-up,outcome,from,to`, the times as `HH:MM` of Asia/Taipei and optional, as they are pasted from a
    /// table; commas or tabs. A `to` that is not after `from` is of the next day.
    #[schema(min_length = 1, max_length = 50000)]
    lines: Option<String>,
    reason: Note,
    /// From a sheet that they signed.
    #[serde(default)]
    #[schema(default = false)]
    from_paper: bool,
    /// Only tell what it does.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

/// What is marked of one sign-up.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "signup_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "outcome": "SERVED", "from": "2026-12-07T08:30:00+08:00",
    "to": "2026-12-07T12:00:00+08:00"
}))]
pub struct AttendanceMark {
    signup_id: Id,
    outcome: AttendanceOutcome,
    /// Of those who served.
    from: Option<Moment>,
    to: Option<Moment>,
}

/// What is marked.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"dry_run": true, "marks": []}))]
pub struct AttendanceEffect {
    /// Nothing was changed.
    dry_run: bool,
    #[schema(max_items = 500)]
    marks: Vec<AttendanceMark>,
}

fn malformed(index: usize) -> Error {
    let text =
        Text::new("每行應為「姓名或報名代碼,SERVED 或 NO_SHOW,起,訖」", "each line is `name or id,SERVED or NO_SHOW,from,to`");
    Error::field(format!("/lines/{index}"), "pattern", text)
}

/// The moment of a time of day, on the first day of a shift or on the next one, whichever comes after another moment.
fn moment_of(shift: &Shift, said: &str, after: Option<Moment>) -> Option<Moment> {
    let time = NaiveTime::parse_from_str(said, "%H:%M").ok()?;
    let at = Moment::from_taipei(shift.starts_at.date(), time);
    let is_next = after.is_some_and(|after| at <= after);
    Some(if is_next { at + chrono::Duration::days(1) } else { at })
}

/// Whom a line means: a sign-up by its id, or by the name of whoever it is of, where one alone has it. Nobody whose data is closed to the
/// caller is found.
fn meant(conn: &mut Conn, node: &Node, by: &By, (shift, said): (&Shift, &str), index: usize) -> Result<Id> {
    if let Ok(id) = said.parse() {
        return Ok(id);
    }
    let mut found = Vec::new();
    for signup in signup_store::of_shift(conn, shift.id, &SignupStatus::STANDING)? {
        let person = signup_store::volunteer_of(conn, &signup)?.person_id;
        let is_named = people::store::open(conn, &node.vault, person)?.0 == said;
        if is_named && !is_closed_to(conn, by, &[person])? {
            found.push(signup.id);
        }
    }
    match found[..] {
        [one] => Ok(one),
        _ => {
            let text = Text::new("查無此人，或有同名者，請改用報名代碼", "nobody, or more than one, has that name: use the id");
            Err(Error::field(format!("/lines/{index}"), "unknown", text))
        }
    }
}

/// The rows that pasted lines say.
fn parsed(conn: &mut Conn, node: &Node, by: &By, (shift, lines): (&Shift, &str)) -> Result<Vec<AttendanceRow>> {
    let mut rows = Vec::new();
    for (index, line) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split([',', '\t', '，']).map(str::trim).collect();
        let [who, outcome, ..] = cells[..] else { return Err(malformed(index)) };
        let outcome = AttendanceOutcome::ALL.iter().find(|one| one.as_str() == outcome).ok_or_else(|| malformed(index))?;
        let cell = |place: usize| cells.get(place).copied().filter(|text| !text.is_empty());
        let time = |place: usize, after: Option<Moment>| match cell(place) {
            None => Ok(None),
            Some(said) => moment_of(shift, said, after).map(Some).ok_or_else(|| malformed(index)),
        };
        let from = time(2, None)?;
        let to = time(3, from)?;
        rows.push(AttendanceRow { signup_id: meant(conn, node, by, (shift, who), index)?, outcome: *outcome, from, to });
    }
    if rows.len() > 500 {
        return Err(Error::field("/lines", "max_items", Text::new("至多 500 行", "500 lines at most")));
    }
    Ok(rows)
}

/// Marks the attendance of a shift.
///
/// Of many at once, as rows or as pasted lines, with a reason; the lines of hours say that it was in bulk, or from a sheet. All of it is done, or
/// none: the first row that cannot be is refused. With `dry_run` nothing changes: the same body shows what it does and does it.
#[utoipa::path(tag = "Sign-ups", operation_id = "mark_attendance", request_body = AttendanceBulk, responses(
    (status = 200, description = "What is marked, or in a dry run would be.", body = AttendanceEffect),
    (status = 409, description = "`wrong_state`: the shift does not take place, or a sign-up is marked otherwise already; `own_request`: nobody of the office marks their own, or that of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/signups:bulk")]
pub async fn mark_attendance(may: May<MarkAttendance>, node: Data<Node>, Valid(input): Valid<AttendanceBulk>) -> Result<Reply> {
    if input.rows.is_some() == input.lines.is_some() {
        let text = Text::new("rows 與 lines 應擇一", "either `rows` or `lines`");
        return Err(Error::field("/rows", "required", text));
    }
    may.write(move |tx, by| {
        let shift = shifts::find(tx, by, input.shift_id).map_err(unknown_at("/shift_id"))?;
        if shift.status != ShiftStatus::Planned {
            return Err(Error::wrong_state(&[]));
        }
        let rows = match (&input.rows, &input.lines) {
            (Some(rows), _) => rows.clone(),
            (None, Some(lines)) => parsed(tx, &node, by, (&shift, lines))?,
            (None, None) => Vec::new(),
        };
        let presence = if input.from_paper { VolunteerPresence::FromPaper } else { VolunteerPresence::Bulk };
        let how = (Witness::of(by, presence), input.reason.as_str(), input.dry_run);
        let mut marks = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            let is_twice = rows.iter().take(index).any(|earlier| earlier.signup_id == row.signup_id);
            if is_twice {
                let text = Text::new("重複", "each sign-up once");
                return Err(Error::field(format!("/rows/{index}/signup_id"), "duplicate", text));
            }
            let at = format!("/rows/{index}");
            marks.push(mark(tx, &node, by, (&shift, row), &how).map_err(|refusal| refusal.within(&at))?);
        }
        Reply::ok(&AttendanceEffect { dry_run: input.dry_run, marks })
    })
    .await
}

fn mark(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    (shift, row): (&Shift, &AttendanceRow),
    how: &(Witness, &str, bool),
) -> Result<AttendanceMark> {
    let (witness, why, dry_run) = (&how.0, how.1, how.2);
    let (mut signup, of, volunteer) = signup_store::find(tx, by, row.signup_id).map_err(unknown_at("/signup_id"))?;
    if of.id != shift.id {
        return Err(Error::field("/signup_id", "unknown", Text::new("非此班次之報名", "no sign-up for this shift")));
    }
    require_anothers(tx, by, &[volunteer.person_id])?;
    let has_served = row.outcome == AttendanceOutcome::Served;
    let from = has_served.then(|| row.from.unwrap_or(shift.starts_at));
    let to = has_served.then(|| row.to.unwrap_or(shift.ends_at));
    let done = AttendanceMark { signup_id: signup.id, outcome: row.outcome, from, to };
    let act = if has_served { SignupAct::CheckIn } else { SignupAct::NoShow };
    require_possible(node, by, (&signup, shift), act)?;
    if let (Some(from), Some(to)) = (from, to) {
        marking::require_times(node, (shift, by.now), (from, to))?;
        if !dry_run {
            marking::check_in(tx, node, (&mut signup, shift), from, (witness, why))?;
            marking::check_out(tx, node, (&mut signup, shift), to, why)?;
        }
    } else if by.now < shift.starts_at {
        return Err(Error::wrong_state(&[]));
    } else if !dry_run {
        marking::miss(tx, node, (&mut signup, shift), why)?;
    }
    Ok(done)
}
