//! What was done with a petition, as it is kept sealed: its periods and stops, drafts and replies, proposals and closings.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{FilingGround, PetitionNoticeKind, PetitionStatus, ReplyKind, ToldBy};
use super::veil::Veil;
use crate::calendar::{Deadline, OfficeCalendar, Pause, Period};
use crate::clock::Moment;
use crate::db::Id;
use crate::error::{Error, Result};

/// All that was done with a petition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Handling {
    /// The last one is today's.
    pub periods: Vec<RunningPeriod>,
    pub supplements: Vec<Supplement>,
    pub drafts: Vec<Draft>,
    pub approval: Option<Approval>,
    pub replies: Vec<SentReply>,
    pub extension: Option<Extension>,
    pub transfer: Option<Transfer>,
    pub filing: Option<Filing>,
    /// When the remedies against a decision were told, and by which means.
    pub remedies: Option<(Moment, ToldBy)>,
    pub closings: Vec<Closing>,
    /// Who ended it last.
    #[serde(default)]
    pub ended: Option<Ended>,
    #[serde(default)]
    pub notices: Vec<PetitionNotice>,
    /// The latest draft that was taken back with whoever wrote or approved it.
    #[serde(default)]
    pub recalled: usize,
    pub lifting: Option<Lifting>,
    /// What became of the suggestion, as the petitioner was told.
    #[serde(default)]
    pub adoptions: Vec<Adoption>,
    /// The e-mail address was proven by its code, or given to a clerk.
    pub mail_proven: bool,
    /// How it was before it was merged.
    pub merge: Option<Merge>,
    /// The petitions with which it is answered together, or ever was, or of which it is a piece: what is said in one tells of others.
    #[serde(default)]
    pub together: Vec<Id>,
    /// The petition of which it is a piece.
    #[serde(default)]
    pub split_from: Option<Id>,
    /// Who had a hand in a reply that it had together with others, and when.
    #[serde(default)]
    pub answered_by: Vec<(String, Moment)>,
}

/// A period as it was counted from the day it began, by the settings of that day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunningPeriod {
    pub rule: String,
    pub from_on: NaiveDate,
    pub stops_clock: bool,
    pub extended_by: Option<u16>,
    #[serde(default)]
    pub extended_at: Option<Moment>,
    /// While which a supplement was awaited: from the day on which it was asked to that on which it came, or its last one.
    pub stops: Vec<(NaiveDate, NaiveDate)>,
    /// While it was with another body: from the day on which it was sent to that on which it came back.
    #[serde(default)]
    pub away: Vec<(NaiveDate, NaiveDate)>,
}

impl RunningPeriod {
    pub fn new(period: Period, from_on: NaiveDate, stops_clock: bool) -> Self {
        Self {
            rule: period.to_string(),
            from_on,
            stops_clock,
            extended_by: None,
            extended_at: None,
            stops: Vec::new(),
            away: Vec::new(),
        }
    }

    /// The stops that had begun by a day; all of them where none is given.
    fn pauses(&self, by: Option<NaiveDate>) -> Vec<Pause> {
        // The day on which it is asked counts still, that on which it comes no more.
        let whole = |(asked, to): &(NaiveDate, NaiveDate)| Pause { from: *asked + Days::new(1), to: *to };
        let stops = self.stops.iter().filter(|_| self.stops_clock).chain(&self.away);
        let begun = stops.filter(|(asked, _)| by.is_none_or(|by| *asked <= by));
        begun.map(whole).filter(|pause| pause.from <= pause.to).collect()
    }

    fn period(&self) -> Result<Period> {
        self.rule.parse().map_err(|_| Error::Internal(format!("{} is no period", self.rule)))
    }

    /// Its end, with every day that counted.
    pub fn deadline(&self, calendar: &OfficeCalendar) -> Result<Deadline> {
        self.deadline_as_of(calendar, None)
    }

    /// The end that it had on a day, by stops and an extension of until then; by the calendar as it stands now.
    fn deadline_as_of(&self, calendar: &OfficeCalendar, by: Option<NaiveDate>) -> Result<Deadline> {
        let pauses = self.pauses(by);
        let plain = Deadline::compute(calendar, self.from_on, self.period()?, &pauses);
        let was_given = by.is_none_or(|by| self.extended_at.is_none_or(|at| at.date() <= by));
        let extended_by = self.extended_by.filter(|_| was_given);
        Ok(extended_by.map_or(plain.clone(), |days| plain.extend(calendar, Period::Days(days), &pauses)))
    }

    /// Whether it ends within so many days in all, stops not counted.
    pub fn is_within(&self, calendar: &OfficeCalendar, longest: u16) -> Result<bool> {
        let most = Deadline::compute(calendar, self.from_on, Period::Days(longest), &self.pauses(None));
        Ok(self.deadline(calendar)?.ends_on <= most.ends_on)
    }
}

/// A supplement that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Supplement {
    pub asked_at: Moment,
    /// Who asked; empty where it came unasked, or was asked before this was kept.
    #[serde(default)]
    #[schema(max_length = 60)]
    pub asked_by: String,
    /// Empty where it came unasked.
    #[schema(max_length = 2000)]
    pub what: String,
    /// The last day that was set.
    #[serde(default)]
    pub set_on: Option<NaiveDate>,
    /// Its last day, Asia/Taipei, by the office's days (行政程序法 §48 IV): after it, the clock runs whether it has come or not.
    pub due_on: NaiveDate,
    /// The last second of `due_on`, or noon where a Saturday was moved to Monday.
    #[serde(default)]
    pub due_at: Option<Moment>,
    pub told_by: ToldBy,
    pub came_at: Option<Moment>,
    /// What came.
    #[schema(max_length = 10000)]
    pub text: Option<String>,
    /// Uploads that came with it.
    #[serde(default)]
    #[schema(max_items = 10, required = true)]
    pub attachments: Vec<Id>,
    /// The merged petition to whose number it came.
    pub from_id: Option<Id>,
    /// The petition of its own that was made of it.
    pub split_into: Option<Id>,
}

/// What a petition was before it was merged into another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    pub before: PetitionStatus,
    pub handler: Option<Id>,
}

/// A reply in the other language, for those who petition in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Please bring your national identity card and your household certificate.", "legal_ground": "Household Registration Act §17"}))]
pub struct ReplyTranslation {
    #[schema(min_length = 1, max_length = 10000)]
    pub text: String,
    /// Where the reply names one.
    #[schema(min_length = 1, max_length = 500)]
    pub legal_ground: Option<String>,
    /// Where the reply tells of them.
    #[schema(min_length = 1, max_length = 1000)]
    pub remedies: Option<String>,
}

/// A draft of a reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Draft {
    /// Counts the drafts of the petition, from 1: an approval names it.
    #[schema(minimum = 1)]
    pub version: usize,
    pub kind: ReplyKind,
    #[schema(max_length = 10000)]
    pub text: String,
    #[schema(max_length = 500)]
    pub legal_ground: Option<String>,
    #[schema(max_length = 1000)]
    pub remedies: Option<String>,
    /// Uploads that are sent with it.
    #[serde(default)]
    #[schema(max_items = 10, required = true)]
    pub attachments: Vec<Id>,
    /// In the other language, for those who petition in it and are answered together.
    pub translation: Option<ReplyTranslation>,
    /// Who wrote it.
    #[schema(max_length = 60)]
    pub by: String,
    pub at: Moment,
}

impl Draft {
    /// As somebody reads it who petitions in the other language.
    pub fn translated(self) -> Self {
        match self.translation.clone() {
            Some(ReplyTranslation { text, legal_ground, remedies }) => Self { text, legal_ground, remedies, ..self },
            None => self,
        }
    }
}

/// That a suggestion was adopted by the office, or is dropped after all, as the petitioner was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Adoption {
    pub adopted: bool,
    pub at: Moment,
    pub told_by: ToldBy,
}

/// Who approved which draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    pub draft: usize,
    pub by: String,
    pub at: Moment,
}

/// A reply that was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SentReply {
    pub kind: ReplyKind,
    #[schema(max_length = 10000)]
    pub text: String,
    #[schema(max_length = 500)]
    pub legal_ground: Option<String>,
    #[schema(max_length = 1000)]
    pub remedies: Option<String>,
    /// Uploads that were sent with it.
    #[serde(default)]
    #[schema(max_items = 10, required = true)]
    pub attachments: Vec<Id>,
    pub sent_at: Moment,
    /// Each petitioner of a group is told apart from the others, in their order.
    #[schema(max_items = 21)]
    pub told_by: Vec<ToldBy>,
}

/// The one extension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Extension {
    #[schema(minimum = 1, maximum = 30)]
    pub days: u16,
    /// As the petitioner is told it.
    #[schema(max_length = 500)]
    pub reason: String,
    #[schema(max_length = 60)]
    pub asked_by: String,
    pub asked_at: Moment,
    /// When another approved it, which sends the reason to the petitioner.
    pub approved_at: Option<Moment>,
    pub told_by: Option<ToldBy>,
}

/// Where a petition was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Transfer {
    #[schema(max_length = 100)]
    pub to: String,
    pub with_identity: bool,
    /// The petitioner's consent, or the duty by which the identity goes along.
    #[schema(max_length = 500)]
    pub identity_ground: Option<String>,
    #[schema(max_length = 500)]
    pub reason: String,
    pub at: Moment,
    pub told_by: ToldBy,
    /// By what it came back, where that body has had it.
    #[serde(default)]
    pub returned: Option<Returned>,
}

/// By what a petition came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PetitionReturned)]
pub struct Returned {
    /// Number of the other body's letter.
    #[schema(max_length = 100)]
    pub letter: String,
    /// Day on which it came.
    pub on: NaiveDate,
}

/// That a petition shall stay without an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Filing {
    pub ground: FilingGround,
    /// The petitions in which the matter was answered.
    #[schema(max_items = 20)]
    pub earlier_ids: Vec<Id>,
    #[schema(max_items = 20)]
    pub sent_also_to: Vec<String>,
    #[schema(max_length = 500)]
    pub reason: String,
    #[schema(max_length = 60)]
    pub proposed_by: String,
    pub proposed_at: Moment,
    pub approved_at: Option<Moment>,
    /// By which means the body that had sent it on was told.
    pub body_told_by: Option<ToldBy>,
}

/// That the petitioner was told of something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PetitionNotice {
    pub about: PetitionNoticeKind,
    pub at: Moment,
    pub told_by: ToldBy,
}

/// Who ended a petition, when, and in which state it was before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    pub by: String,
    pub at: Moment,
    pub from: PetitionStatus,
}

/// That a petition shall be less secret than it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Lifting {
    /// It shall be confidential no more.
    pub confidential: bool,
    /// It shall not be a whistleblower's any more.
    pub whistleblower: bool,
    #[schema(max_length = 500)]
    pub reason: String,
    #[schema(max_length = 60)]
    pub proposed_by: String,
    pub proposed_at: Moment,
}

/// An end of a petition: it stays as it was in its month, whatever comes afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Closing {
    pub status: PetitionStatus,
    pub at: Moment,
    /// The limit that it had then, by the calendar as it stands: a day that is closed afterwards moves it.
    pub due_at: Option<Moment>,
    /// Which of its periods it ended, from 1; 0 where that was not kept.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub period: usize,
    /// When it was put right, where it was a mistake.
    #[serde(default)]
    pub undone_at: Option<Moment>,
}

impl Handling {
    /// Hides in every text of it what tells who is behind the petition.
    pub fn veil(&mut self, veil: &Veil) {
        for supplement in &mut self.supplements {
            veil.hide_in(&mut supplement.what);
            veil.hide_in_any(&mut supplement.text);
        }
        for Draft { text, legal_ground, remedies, translation, .. } in &mut self.drafts {
            veil.hide_in(text);
            veil.hide_in_any(legal_ground);
            veil.hide_in_any(remedies);
            if let Some(ReplyTranslation { text, legal_ground, remedies }) = translation {
                veil.hide_in(text);
                veil.hide_in_any(legal_ground);
                veil.hide_in_any(remedies);
            }
        }
        for SentReply { text, legal_ground, remedies, .. } in &mut self.replies {
            veil.hide_in(text);
            veil.hide_in_any(legal_ground);
            veil.hide_in_any(remedies);
        }
        if let Some(extension) = &mut self.extension {
            veil.hide_in(&mut extension.reason);
        }
        if let Some(transfer) = &mut self.transfer {
            veil.hide_in(&mut transfer.reason);
            veil.hide_in_any(&mut transfer.identity_ground);
        }
        if let Some(filing) = &mut self.filing {
            veil.hide_in(&mut filing.reason);
            // All are one petitioner's.
            filing.earlier_ids.clear();
        }
        if let Some(lifting) = &mut self.lifting {
            veil.hide_in(&mut lifting.reason);
        }
    }

    /// Notes a petition with which it is answered.
    pub fn join(&mut self, other: Id) {
        if !self.together.contains(&other) {
            self.together.push(other);
        }
    }

    /// Whether a supplement is awaited in a state: of a merged petition where it was before.
    pub fn awaits(&self, status: PetitionStatus) -> bool {
        let before = self.merge.as_ref().map(|merge| merge.before);
        [Some(status), before].contains(&Some(PetitionStatus::AwaitingSupplement))
    }

    /// The limit as it stands.
    pub fn deadline(&self, calendar: &OfficeCalendar) -> Result<Option<Deadline>> {
        self.periods.last().map(|period| period.deadline(calendar)).transpose()
    }

    pub fn draft(&self) -> Option<&Draft> {
        self.drafts.last().filter(|draft| draft.version > self.recalled)
    }

    /// The supplement that is awaited.
    pub fn awaited(&mut self) -> Option<&mut Supplement> {
        self.supplements.last_mut().filter(|supplement| supplement.came_at.is_none())
    }

    /// Notes a letter that came to a petition merged into this one: what is awaited of its own petitioner stays awaited.
    pub fn take_letter(&mut self, letter: Supplement) {
        let place = self.supplements.len() - usize::from(self.supplements.last().is_some_and(|last| last.came_at.is_none()));
        self.supplements.insert(place, letter);
    }

    /// Ends the stop of today's period with the day on which the supplement came, if that is before its due day.
    pub fn go_on(&mut self, on: NaiveDate) {
        if let Some(stop) = self.periods.last_mut().and_then(|period| period.stops.last_mut()) {
            stop.1 = stop.1.min(on);
        }
    }

    /// The supplement that was asked for last.
    pub fn asked_supplement(&self) -> Option<&Supplement> {
        self.supplements.iter().rev().find(|supplement| !supplement.what.is_empty())
    }

    /// The same, where it has stopped today's period.
    pub fn stopping_supplement(&self) -> Option<&Supplement> {
        self.asked_supplement().filter(|_| self.periods.last().is_some_and(|period| !period.stops.is_empty()))
    }

    /// Moves the last day of the supplement that was asked for last to where the calendar has it, with the stop that it makes;
    /// whether it moved.
    pub fn recount_supplement(&mut self, calendar: &OfficeCalendar) -> bool {
        let Some(asked) = self.supplements.iter_mut().rev().find(|supplement| !supplement.what.is_empty()) else { return false };
        let Some(set_on) = asked.set_on else { return false };
        let (due_on, due_at) = Deadline::of_day(calendar, set_on);
        if asked.due_at == Some(due_at) {
            return false;
        }
        (asked.due_on, asked.due_at) = (due_on, Some(due_at));
        let to = asked.came_at.map_or(due_on, |came_at| due_on.min(came_at.date()));
        let stops = self.periods.last_mut().and_then(|period| period.stops.last_mut());
        if let Some(stop) = stops.filter(|stop| stop.0 == asked.asked_at.date()) {
            stop.1 = to;
        }
        true
    }

    /// Counts anew which limits it had when it ended; whether any moved.
    pub fn recount_closings(&mut self, calendar: &OfficeCalendar) -> Result<bool> {
        let mut moved = false;
        for closing in &mut self.closings {
            let Some(period) = closing.period.checked_sub(1).and_then(|place| self.periods.get(place)) else { continue };
            let due_at = Some(period.deadline_as_of(calendar, Some(closing.at.date()))?.due_at);
            moved |= due_at != closing.due_at;
            closing.due_at = due_at;
        }
        Ok(moved)
    }

    /// The last moment of any limit that it has or had.
    pub fn limits_until(&self, due_at: Option<Moment>) -> Option<Moment> {
        let ended = self.closings.iter().filter_map(|closing| closing.due_at);
        let asked = self.asked_supplement().and_then(|supplement| supplement.due_at);
        ended.chain(asked).chain(due_at).max()
    }

    /// Whether it ended in an answer on the merits.
    pub fn is_answered(&self) -> bool {
        self.final_replies().next().is_some()
    }

    /// The answers on the merits, in order.
    pub fn final_replies(&self) -> impl Iterator<Item = &SentReply> {
        self.replies.iter().filter(|reply| reply.kind == ReplyKind::Final)
    }

    /// An extension that waits for another's word.
    pub fn asked_extension(&self) -> Option<&Extension> {
        self.extension.as_ref().filter(|extension| extension.approved_at.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Hours;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_stop_holds_the_clock_from_the_day_after_it_to_the_day_on_which_the_supplement_comes() {
        let calendar = OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new());
        let mut period = RunningPeriod::new(Period::WorkingDays(7), day("2026-11-23"), true);
        let due = |period: &RunningPeriod| period.deadline(&calendar).unwrap().due_on.to_string();
        assert_eq!(due(&period), "2026-12-02");
        period.stops.push((day("2026-11-24"), day("2026-11-26")));
        assert_eq!(due(&period), "2026-12-04");
        period.stops_clock = false;
        assert_eq!(due(&period), "2026-12-02");
    }

    #[test]
    fn an_extension_of_working_days_is_bound_by_the_days_in_all() {
        let calendar = OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new());
        let mut period = RunningPeriod::new(Period::WorkingDays(30), day("2026-11-23"), true);
        period.extended_by = Some(30);
        assert!(!period.is_within(&calendar, 60).unwrap());
        period.extended_by = Some(10);
        assert!(period.is_within(&calendar, 60).unwrap());
    }
}
