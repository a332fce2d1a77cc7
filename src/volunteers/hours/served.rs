//! Hours that attendance at a shift has brought about: entered once a source, put right with it, and struck with it. They keep what they
//! need of the shift, and outlive it.

use chrono::Duration;
use serde_json::json;

use super::entering::{add, replace};
use super::model::{
    Said, VolunteerField, VolunteerHourAct, VolunteerHourKind, VolunteerHourReporting, VolunteerHourStatus, VolunteerHourUnit,
    VolunteerOverlap, VolunteerPresence,
};
use super::reporting;
use super::store::{self, Line};
use super::view::note;
use crate::auth::whoever::{account_of, whoever};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Result};
use crate::node::Node;
use crate::volunteers::model::VolunteerCategory;
use crate::volunteers::store::{self as volunteers, Volunteer};

/// Attendance that stands.
#[derive(Clone, Debug)]
pub struct Served<'s> {
    pub volunteer: Id,
    pub category: VolunteerCategory,
    /// Cut to full minutes.
    pub begins_at: Moment,
    /// At most 24 hours later.
    pub ends_at: Moment,
    /// SERVICE of a full member, PROBATION of one who sits beside them.
    pub kind: VolunteerHourKind,
    pub presence: VolunteerPresence,
    /// Who vouches for it, as the journal names them: `accounts/{id}`. Nobody where the volunteer checked in by themself: the line is then
    /// CLAIMED, until somebody of the office confirms it.
    pub registrar: Option<&'s str>,
    /// What it comes from, such as `signups/{id}`: of one source one line stands.
    pub source: &'s str,
    /// What the shift is called, for whoever reads the line when the shift is gone.
    pub place: &'s str,
}

/// Cut to the full minute.
fn minute(at: Moment) -> Moment {
    at - Duration::microseconds(at.naive_utc().and_utc().timestamp_micros().rem_euclid(60_000_000))
}

/// Whoever vouches for a line that is not their own.
fn registrar_of_another<'s>(conn: &mut Conn, named: Option<&'s str>, person: Id, now: Moment) -> Result<Option<&'s str>> {
    let Some(account) = named.and_then(account_of) else { return Ok(None) };
    let who = whoever(conn, account, &[])?;
    let is_own = who.unnamed.contains(&account) || who.is_concerned(conn, &[person].as_slice().into(), now.date())?;
    Ok(named.filter(|_| !is_own))
}

impl Served<'_> {
    fn line(&self, tx: &mut Tx, node: &Node, volunteer: &Volunteer) -> Result<Line> {
        let (entered_by, now) = (tx.origin().actor.clone(), tx.origin().at);
        let registrar = registrar_of_another(tx, self.registrar, volunteer.person_id, now)?;
        let (begins, ends) = (minute(self.begins_at), minute(self.ends_at));
        let mut line = Line {
            id: Id::new(now),
            volunteer_id: volunteer.id,
            status: if registrar.is_some() { VolunteerHourStatus::Entered } else { VolunteerHourStatus::Claimed },
            served_on: begins.date(),
            begins_at: Some(begins),
            ends_at: Some(ends),
            minutes: i32::try_from((ends - begins).num_minutes()).unwrap_or(i32::MAX),
            category: Some(self.category),
            field: VolunteerField::Household,
            unit: VolunteerHourUnit::Own,
            kind: self.kind,
            presence: self.presence,
            is_paid: false,
            overlap: VolunteerOverlap::Unjudged,
            reporting: VolunteerHourReporting::NotDue,
            said: String::new(),
            source: Some(self.source.to_owned()),
            stands_for: None,
            registrar: registrar.map(ToOwned::to_owned),
            registered_at: registrar.map(|_| now),
            entered_by,
            entered_at: now,
            version: 1,
        };
        let shift = json!({"place": self.place, "starts_at": begins, "ends_at": ends, "category": self.category});
        line.say(&node.vault, &Said { shift: Some(shift), ..Said::default() })?;
        Ok(line)
    }
}

/// Whether a line says what attendance says still, and who vouches for it is known where it is known now.
fn agrees(line: &Line, with: &Line) -> bool {
    let said = |line: &Line| (line.volunteer_id, line.begins_at, line.ends_at, line.category, line.kind, line.presence);
    said(line) == said(with) && (line.registrar.is_some() || with.registrar.is_none())
}

/// Enters the hours of attendance. Told the same again it changes nothing; told otherwise of the same source, it corrects by a new line.
/// Gives the line that stands, or nothing where not a whole minute was served.
pub fn enter_served(tx: &mut Tx, node: &Node, served: &Served<'_>, why: &str) -> Result<Option<Id>> {
    let volunteer = volunteers::by_id(tx, served.volunteer)?.ok_or(Code::NOT_FOUND)?;
    if minute(served.ends_at) <= minute(served.begins_at) {
        strike_served(tx, node, served.source, why)?;
        return Ok(None);
    }
    let mut line = served.line(tx, node, &volunteer)?;
    let act = if line.registrar.is_some() { VolunteerHourAct::Enter } else { VolunteerHourAct::Claim };
    match store::of_source(tx, served.source)? {
        None => add(tx, node, (&volunteer, &mut line), act, why)?,
        Some(standing) if agrees(&standing, &line) => return Ok(Some(standing.id)),
        Some(mut before) => {
            let Some(status) = VolunteerHourAct::Supersede.after(before.status) else { return Ok(Some(before.id)) };
            replace(tx, node, (&volunteer, &mut before, &mut line), (VolunteerHourAct::Supersede, status), why)?;
        }
    }
    Ok(Some(line.id))
}

/// Strikes the hours of attendance that stands no more; tells whether any stood. A shift that is changed or deleted strikes none.
pub fn strike_served(tx: &mut Tx, node: &Node, source: &str, why: &str) -> Result<bool> {
    let Some(mut line) = store::of_source(tx, source)? else { return Ok(false) };
    let Some(status) = VolunteerHourAct::Strike.after(line.status) else { return Ok(false) };
    let volunteer = volunteers::by_id(tx, line.volunteer_id)?.ok_or(Code::NOT_FOUND)?;
    line.status = status;
    reporting::settle(tx, &mut line)?;
    store::save(tx, &mut line)?;
    note(tx, node, (&volunteer, &line), VolunteerHourAct::Strike, (why, Vec::new()))?;
    Ok(true)
}
