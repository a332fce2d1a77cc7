//! Whether a line of hours counts, judged when it is read: by the days on which trainings were finished, and beside all other lines of the
//! volunteer, so that no minute counts twice.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{VolunteerHourKind, VolunteerHourStatus, VolunteerHourUnit, VolunteerOverlap};
use super::store::Line;
use crate::clock::Moment;
use crate::db::Id;
use crate::text_enum;
use crate::volunteers::gate::Facts;

text_enum! {
    /// Whether a line of hours counts.
    pub enum VolunteerHourVerdict {
        Countable = "COUNTABLE",
        /// It is not lost: something is to come first
        Waiting = "WAITING",
        NotCountable = "NOT_COUNTABLE",
    }
}

text_enum! {
    /// Why a line of hours does not count, or waits.
    pub enum VolunteerHourReason {
        /// Waits: the record book is to be issued, and the hours are entered in it then
        BookToCome = "BOOK_TO_COME",
        /// Waits: nobody of the office has vouched for it
        NotVouchedFor = "NOT_VOUCHED_FOR",
        /// Waits: the volunteer says that it is wrong
        Disputed = "DISPUTED",
        /// Waits: its times do not tell whether it overlaps another line, and nobody has judged it
        OverlapUnknown = "OVERLAP_UNKNOWN",
        /// All of it is in other lines
        Overlaps = "OVERLAPS",
        /// Before both trainings of the category were finished (志願服務法 §9)
        BeforeTraining = "BEFORE_TRAINING",
        /// Before the record book, where no day of a training is known
        BeforeBook = "BEFORE_BOOK",
        /// Before they were a full member
        NotFullMember = "NOT_FULL_MEMBER",
        Probation = "PROBATION",
        Training = "TRAINING",
        Meeting = "MEETING",
        PaidTime = "PAID_TIME",
        /// A correction stands for it
        Replaced = "REPLACED",
        Withdrawn = "WITHDRAWN",
    }
}

/// What a line of hours is judged to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"verdict": "WAITING", "reason": "BOOK_TO_COME", "minutes": 180}))]
pub struct VolunteerHourJudgement {
    pub verdict: VolunteerHourVerdict,
    /// `null` where it counts.
    pub reason: Option<VolunteerHourReason>,
    /// Minutes that count, or that would once what it waits for has come; less than the line's where another line has some of them.
    #[schema(minimum = 0, maximum = 1440)]
    pub minutes: i32,
}

/// A judged line: what it is, and its minutes day by day in Taipei.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    pub judgement: VolunteerHourJudgement,
    pub days: BTreeMap<NaiveDate, i32>,
}

/// By what a volunteer's lines are judged.
#[derive(Clone, Debug)]
pub struct Grounds {
    pub facts: Facts,
    /// Day on which their first record book was issued.
    pub book_on: Option<NaiveDate>,
}

impl Grounds {
    /// What keeps a line from being service at all, beside no other.
    fn reason_alone(&self, line: &Line) -> Option<VolunteerHourReason> {
        use VolunteerHourReason as Reason;
        match line.status {
            VolunteerHourStatus::Replaced => return Some(Reason::Replaced),
            VolunteerHourStatus::Withdrawn => return Some(Reason::Withdrawn),
            _ => {}
        }
        match line.kind {
            VolunteerHourKind::Training => return Some(Reason::Training),
            VolunteerHourKind::Meeting => return Some(Reason::Meeting),
            VolunteerHourKind::Probation => return Some(Reason::Probation),
            VolunteerHourKind::Service => {}
        }
        if line.is_paid {
            return Some(Reason::PaidTime);
        }
        // Another unit has judged its own by its own trainings and members.
        if line.unit == VolunteerHourUnit::Other {
            return None;
        }
        if self.facts.member_from.is_none_or(|member| line.served_on < member) {
            return Some(Reason::NotFullMember);
        }
        match line.category.and_then(|category| self.facts.trained_on(category)) {
            Some(trained) => (line.served_on < trained).then_some(Reason::BeforeTraining),
            None if self.facts.knows_training() => Some(Reason::BeforeTraining),
            None => match self.book_on {
                Some(book) => (line.served_on < book).then_some(Reason::BeforeBook),
                None => Some(Reason::BeforeTraining),
            },
        }
    }

    /// What a line waits for that would be service.
    fn waits_for(&self, line: &Line, is_unclear: bool) -> Option<VolunteerHourReason> {
        use VolunteerHourReason as Reason;
        match line.status {
            VolunteerHourStatus::Claimed => Some(Reason::NotVouchedFor),
            VolunteerHourStatus::Disputed => Some(Reason::Disputed),
            _ if is_unclear => Some(Reason::OverlapUnknown),
            _ => self.book_on.is_none().then_some(Reason::BookToCome),
        }
    }

    /// Judges all lines of a volunteer, each beside the others. Of two that overlap, the one that does not wait has the minutes, and of
    /// two that are alike in this, the one that was entered first.
    pub fn judge(&self, lines: &[Line]) -> BTreeMap<Id, Judged> {
        let mut judged = BTreeMap::new();
        let mut serving = Vec::new();
        for line in lines {
            match self.reason_alone(line) {
                Some(reason) => _ = judged.insert(line.id, not_countable(reason)),
                None => serving.push(line),
            }
        }
        let touched: Vec<(Id, NaiveDate, NaiveDate)> =
            serving.iter().map(|line| (line.id, line.served_on, last_day(line))).collect();
        let is_unclear = |line: &Line| {
            let has_company =
                || touched.iter().any(|(id, first, last)| *id != line.id && *first <= line.served_on && line.served_on <= *last);
            let is_untimed = line.span().is_none() && line.overlap == VolunteerOverlap::Unjudged;
            is_untimed && (line.unit == VolunteerHourUnit::Other || has_company())
        };
        let mut waiting: Vec<(&Line, Option<VolunteerHourReason>)> =
            serving.into_iter().map(|line| (line, self.waits_for(line, is_unclear(line)))).collect();
        waiting.sort_by_key(|(line, reason)| (is_provisional(*reason), line.id));
        let mut taken: Vec<(Moment, Moment)> = Vec::new();
        for (line, reason) in waiting {
            judged.insert(line.id, judge_beside(line, reason, &mut taken));
        }
        judged
    }
}

/// Whether what a line waits for may show that it is none.
fn is_provisional(reason: Option<VolunteerHourReason>) -> bool {
    use VolunteerHourReason as Reason;
    matches!(reason, Some(Reason::NotVouchedFor | Reason::Disputed | Reason::OverlapUnknown))
}

fn not_countable(reason: VolunteerHourReason) -> Judged {
    let judgement = VolunteerHourJudgement { verdict: VolunteerHourVerdict::NotCountable, reason: Some(reason), minutes: 0 };
    Judged { judgement, days: BTreeMap::new() }
}

/// The last day on which a line was.
fn last_day(line: &Line) -> NaiveDate {
    line.span().map_or(line.served_on, |(_, ends)| (ends - Duration::minutes(1)).date())
}

/// Gives a line those of its minutes that no line before it has.
fn judge_beside(line: &Line, reason: Option<VolunteerHourReason>, taken: &mut Vec<(Moment, Moment)>) -> Judged {
    let mut days = BTreeMap::new();
    match line.span() {
        Some(span) => {
            let mut left = i64::from(line.minutes);
            for (day, minutes) in free(span, taken).into_iter().flat_map(by_day) {
                let given = minutes.min(left);
                left -= given;
                if given > 0 {
                    *days.entry(day).or_insert(0) += i32::try_from(given).unwrap_or(i32::MAX);
                }
            }
            taken.push(span);
        }
        None if line.overlap == VolunteerOverlap::Same => {}
        None => _ = days.insert(line.served_on, line.minutes),
    }
    let minutes: i32 = days.values().sum();
    if minutes == 0 {
        return not_countable(VolunteerHourReason::Overlaps);
    }
    let verdict = if reason.is_some() { VolunteerHourVerdict::Waiting } else { VolunteerHourVerdict::Countable };
    Judged { judgement: VolunteerHourJudgement { verdict, reason, minutes }, days }
}

/// What of a span none of the others covers.
fn free(span: (Moment, Moment), taken: &[(Moment, Moment)]) -> Vec<(Moment, Moment)> {
    let mut left = vec![span];
    for (begins, ends) in taken.iter().copied() {
        let around = |(from, to): (Moment, Moment)| [(from, to.min(begins)), (from.max(ends), to)];
        left = left.into_iter().flat_map(around).filter(|(from, to)| from < to).collect();
    }
    left
}

/// The minutes of a span, day by day.
fn by_day((begins, ends): (Moment, Moment)) -> Vec<(NaiveDate, i64)> {
    let mut days = Vec::new();
    let mut from = begins;
    while from < ends {
        let to = ends.min(Moment::end_of(from.date()));
        days.push((from.date(), (to - from).num_minutes()));
        from = to;
    }
    days
}

#[cfg(test)]
#[path = "judging_tests.rs"]
mod tests;
