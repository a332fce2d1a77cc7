//! Every rule by which somebody is judged for a shift, as of the day of the shift.

use std::collections::HashSet;

use chrono::{Datelike, Duration, NaiveDate, NaiveTime};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{SignupRule, SignupStatus};
use super::seats::{counts, has_room};
use super::settings::SignupSettings;
use super::store::{self, Duty};
use crate::calendar::{Part, Weekday};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Error, Problem, Result};
use crate::node::Node;
use crate::volunteers::attendance::suspended_by;
use crate::volunteers::gate::{Facts, VolunteerBlocker};
use crate::volunteers::model::Kept;
use crate::volunteers::shifts::model::ShiftKind;
use crate::volunteers::shifts::store::Shift;
use crate::volunteers::store::{self as volunteers, Volunteer};

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"code": "uninsured", "reason": "INSURANCE_EXPIRED", "signup_id": null}))]
pub struct ShiftBlocker {
    pub code: SignupRule,
    /// What keeps them from serving on the day of the shift.
    pub reason: Option<VolunteerBlocker>,
    /// The sign-up of theirs with which it conflicts.
    pub signup_id: Option<Id>,
}

impl ShiftBlocker {
    const fn of(code: SignupRule) -> Self {
        Self { code, reason: None, signup_id: None }
    }

    const fn beside(code: SignupRule, signup: Id) -> Self {
        Self { code, reason: None, signup_id: Some(signup) }
    }
}

/// Somebody who would serve, with all by which they are judged.
pub struct Applicant {
    pub row: Volunteer,
    pub kept: Kept,
    facts: Facts,
    /// Every record of theirs, by which they may be signed up.
    pub records: Vec<Id>,
}

impl Applicant {
    pub fn of(conn: &mut Conn, node: &Node, row: Volunteer) -> Result<Self> {
        let kept = row.kept(&node.vault)?;
        let facts = Facts::of(conn, node, &row, &kept)?;
        let merged = volunteers::merged_into(conn, row.id)?;
        let records = [row.id].into_iter().chain(merged.into_iter().map(|one| one.id)).collect();
        Ok(Self { row, kept, facts, records })
    }

    /// Nobody else gives them a seat, or takes one, until this write has ended.
    pub fn own(tx: &mut Tx, volunteer: Id) -> Result<()> {
        tx.own([format!("volunteers/{volunteer}/signups")])
    }

    /// The same, as they are once nobody else gives them a seat or changes them.
    pub fn alone(tx: &mut Tx, node: &Node, volunteer: Id) -> Result<Self> {
        Self::own(tx, volunteer)?;
        let row = volunteers::by_id(tx, volunteer)?.ok_or(Code::NOT_FOUND)?;
        Self::of(tx, node, row)
    }

    /// Whether they would sit beside a full member at a shift, and fill no seat.
    pub fn is_trainee_at(&self, shift: &Shift) -> bool {
        let found = self.facts.blockers(shift.category, shift.starts_at.date());
        shift.kind == ShiftKind::Volunteer && found.contains(&VolunteerBlocker::NotFullMember)
    }
}

/// What is asked of somebody and a shift.
pub struct Question<'q> {
    pub shift: &'q Shift,
    pub who: &'q Applicant,
    /// Sign-ups that are left out of account: those that would be given up for it.
    pub besides: &'q [Id],
    /// Whether they do it by themselves, within the windows of that.
    pub by_themself: bool,
    pub now: Moment,
}

/// What keeps somebody from a shift as of its day: a training asks for no training, and a learner sits beside.
fn of_gate(question: &Question<'_>) -> Vec<ShiftBlocker> {
    let (shift, who) = (question.shift, question.who);
    let found = who.facts.blockers(shift.category, shift.starts_at.date());
    let blocker = |reason: VolunteerBlocker| {
        let code = SignupRule::of(reason)?;
        let is_waived = shift.kind == ShiftKind::VolunteerTraining && code == SignupRule::TrainingMissing;
        (!is_waived).then_some(ShiftBlocker { code, reason: Some(reason), signup_id: None })
    };
    found.into_iter().filter_map(blocker).collect()
}

/// The first day of the month of a day, and that of the next one.
fn month_of(day: NaiveDate) -> (NaiveDate, NaiveDate) {
    let first = day.with_day(1).unwrap_or(day);
    (first, first.checked_add_months(chrono::Months::new(1)).unwrap_or(first))
}

/// What their other shifts keep them from.
fn of_others(conn: &mut Conn, settings: &SignupSettings, question: &Question<'_>) -> Result<Vec<ShiftBlocker>> {
    let (shift, who) = (question.shift, question.who);
    let (first, next) = month_of(shift.starts_at.date());
    let margin = Duration::days(3);
    let stretch = (Moment::start_of(first) - margin, Some(Moment::start_of(next) + margin));
    let mut others = store::duties(conn, &who.records, &SignupStatus::SEATED, stretch)?;
    others.retain(|duty| duty.signup.shift_id != shift.id && !question.besides.contains(&duty.signup.id));
    let mut found = Vec::new();
    let least = Duration::minutes(settings.least_rest_minutes.into());
    for Duty { signup, starts_at, ends_at } in &others {
        if *starts_at < shift.ends_at && shift.starts_at < *ends_at {
            found.push(ShiftBlocker::beside(SignupRule::Overlap, signup.id));
        } else if *starts_at < shift.ends_at + least && shift.starts_at < *ends_at + least {
            found.push(ShiftBlocker::beside(SignupRule::RestTooShort, signup.id));
        }
    }
    let day = shift.starts_at.date();
    let that_day = others.iter().filter(|duty| duty.starts_at.date() == day).count();
    if that_day >= settings.most_a_day as usize {
        found.push(ShiftBlocker::of(SignupRule::OneShiftADay));
    }
    let that_month = others.iter().filter(|duty| (first..next).contains(&duty.starts_at.date())).count();
    if who.kept.profile.most_shifts_a_month.is_some_and(|most| that_month >= most as usize) {
        found.push(ShiftBlocker::of(SignupRule::Quota));
    }
    Ok(found)
}

/// The halves of days that a shift takes part of.
fn halves(shift: &Shift) -> Vec<(Weekday, Part)> {
    let noon = NaiveTime::MIN + Duration::hours(12);
    let days = shift.starts_at.date().iter_days().take_while(|day| Moment::start_of(*day) < shift.ends_at);
    let halves = days.flat_map(|day| {
        let noon = Moment::from_taipei(day, noon);
        let of_day = [(Part::Morning, Moment::start_of(day), noon), (Part::Afternoon, noon, Moment::end_of(day))];
        let taken = of_day.into_iter().filter(|(_, from, to)| shift.starts_at < *to && *from < shift.ends_at);
        taken.map(move |(part, ..)| (Weekday::of(day), part)).collect::<Vec<_>>()
    });
    halves.collect()
}

/// Whether somebody can come to all of a shift: whoever has said nothing of it can.
pub fn can_come(kept: &Kept, shift: &Shift) -> bool {
    let times = &kept.profile.availability;
    let covers = |(weekday, part): &(Weekday, Part)| {
        times.iter().any(|time| time.weekday == *weekday && (time.part == *part || time.part == Part::All))
    };
    times.is_empty() || halves(shift).iter().all(covers)
}

/// What the time of asking keeps them from.
fn of_windows(settings: &SignupSettings, question: &Question<'_>) -> Option<ShiftBlocker> {
    let (starts, now) = (question.shift.starts_at, question.now);
    if now >= question.shift.ends_at {
        return Some(ShiftBlocker::of(SignupRule::TooLate));
    }
    if !question.by_themself {
        return None;
    }
    if now < starts - Duration::days(settings.opens_days.into()) {
        return Some(ShiftBlocker::of(SignupRule::NotOpenYet));
    }
    (now >= starts - Duration::minutes(settings.closes_minutes.into())).then(|| ShiftBlocker::of(SignupRule::TooLate))
}

/// Every rule that somebody breaks who would have a seat at a shift; the one that names the refusal comes first.
pub fn blockers(conn: &mut Conn, node: &Node, question: &Question<'_>) -> Result<Vec<ShiftBlocker>> {
    let settings = node.config.of::<SignupSettings>();
    let (shift, who) = (question.shift, question.who);
    let mut found = of_gate(question);
    let missed = suspended_by(conn, node, &who.records, shift.starts_at.date())?;
    found.extend(missed.map(|signup| ShiftBlocker::beside(SignupRule::Suspended, signup)));
    let same = store::of_shift(conn, shift.id, &SignupStatus::STANDING)?;
    let same = same.iter().find(|one| who.records.contains(&one.volunteer_id) && !question.besides.contains(&one.id));
    found.extend(same.map(|one| ShiftBlocker::beside(SignupRule::AlreadySignedUp, one.id)));
    found.extend(of_others(conn, settings, question)?);
    if !can_come(&who.kept, shift) {
        found.push(ShiftBlocker::of(SignupRule::Unavailable));
    }
    found.extend(of_windows(settings, question));
    if !who.is_trainee_at(shift) && !has_room(conn, node, shift, question.besides, Some(&who.kept))? {
        found.push(ShiftBlocker::of(SignupRule::ShiftFull));
    }
    found.sort_by_key(|blocker| SignupRule::ALL.iter().position(|rule| *rule == blocker.code));
    let mut seen = HashSet::new();
    found.retain(|blocker| seen.insert((blocker.code, blocker.reason, blocker.signup_id)));
    Ok(found)
}

/// The refusal by what is broken: by the first of it, with all and with fresh counts.
pub fn refusal(conn: &mut Conn, shift: &Shift, found: &[ShiftBlocker]) -> Result<Error> {
    let Some(first) = found.first() else { return Ok(Error::wrong_state(&[])) };
    let counts = [counts(conn, shift)?];
    Ok(Problem::new(first.code.code()).with("blockers", found).with("counts", counts).into())
}

/// Refuses where the time is over until which volunteers do such a thing by themselves.
pub fn require_before_cutoff(conn: &mut Conn, node: &Node, shift: &Shift, now: Moment) -> Result<()> {
    if is_before_cutoff(node, shift, now) {
        return Ok(());
    }
    Err(refusal(conn, shift, &[ShiftBlocker::of(SignupRule::TooLate)])?)
}

/// Whether seats that become free are still given to whoever waits, and may be declined.
pub fn is_before_cutoff(node: &Node, shift: &Shift, now: Moment) -> bool {
    now < shift.starts_at - Duration::minutes(node.config.of::<SignupSettings>().cutoff_minutes.into())
}
