//! All that was done with a petition, as it is kept sealed: its periods, and the steps of its handling.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::model::{PetitionStatus, ReplyKind, ToldBy};
use super::periods::RunningPeriod;
use super::steps::{
    Adoption, Approval, Closing, Draft, Ended, Extension, Filing, Lifting, Merge, PetitionNotice, ReplyTranslation, SentReply,
    Supplement, Transfer,
};
use super::veil::Veil;
use crate::calendar::{Deadline, OfficeCalendar};
use crate::clock::Moment;
use crate::db::Id;
use crate::error::Result;

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
