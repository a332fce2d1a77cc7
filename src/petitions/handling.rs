//! All that was done with a petition, as it is kept sealed: its periods, and the steps of its handling.

use serde::{Deserialize, Serialize};

use super::model::{PetitionNoticeKind, PetitionStatus, ReplyKind, ToldBy};
use super::periods::RunningPeriod;
use super::petitioners::Identity;
use super::steps::{
    Adoption, Approval, Closing, Draft, Ended, Extension, Filing, Lifting, Merge, PetitionNotice, SentReply, Supplement,
    Transfer, Undone,
};
use super::tellings::{Telling, ToldAbout, What};
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
    /// What told who is behind it before it was put right, or tells it in the record out of which it came: letters and replies may
    /// hold it still.
    #[serde(default)]
    pub told_before: Vec<Identity>,
    /// Whom it was told, or is to be, by which ways.
    #[serde(default)]
    pub tellings: Vec<Telling>,
    /// The ways that were found not to reach the petitioner, until how they are reached is put right.
    #[serde(default)]
    pub fails: Vec<ToldBy>,
}

impl Handling {
    /// Notes what told who is behind it and is said otherwise now.
    pub fn keep_told(&mut self, identity: Identity) {
        if !self.told_before.contains(&identity) {
            self.told_before.push(identity);
        }
    }

    /// Leaves out that it is the same as another one, for whoever is not told who petitions: it is answered together with others.
    pub fn leave_double_out(&mut self) {
        for notice in self.notices.iter_mut().filter(|notice| notice.about == PetitionNoticeKind::EnteredTwice) {
            notice.about = PetitionNoticeKind::Merged;
        }
        let steps = self.supplements.iter_mut().map(|asked| &mut asked.told_by);
        let steps = steps.chain(self.remedies.iter_mut().map(|(_, told_by)| told_by));
        let steps = steps.chain(self.extension.iter_mut().filter_map(|given| given.told_by.as_mut()));
        let replies = self.replies.iter_mut().flat_map(|reply| &mut reply.told_by);
        let notices = self.notices.iter_mut().map(|notice| &mut notice.told_by);
        let adoptions = self.adoptions.iter_mut().map(|said| &mut said.told_by);
        for told_by in steps.chain(replies).chain(notices).chain(adoptions).filter(|told_by| **told_by == ToldBy::Once) {
            *told_by = ToldBy::Tracking;
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

    /// Place of the supplement that was asked for last, from 1.
    pub fn asked_place(&self) -> Option<usize> {
        self.supplements.iter().rposition(Supplement::is_asked).map(|nth| nth + 1)
    }

    /// The supplement that was asked for last.
    pub fn asked_supplement(&self) -> Option<&Supplement> {
        self.supplements.iter().rev().find(|supplement| supplement.is_asked())
    }

    /// Place of the supplement that is awaited, from 1.
    pub fn awaited_place(&self) -> Option<usize> {
        self.asked_place().filter(|_| self.awaited().is_some())
    }

    /// The supplement that is awaited.
    pub fn awaited(&self) -> Option<&Supplement> {
        self.asked_supplement().filter(|asked| asked.came_at.is_none())
    }

    /// Changes a supplement that was asked for, and lets the stop that it makes follow.
    pub fn change_supplement(&mut self, place: usize, change: impl FnOnce(&mut Supplement)) {
        let Some(asked) = place.checked_sub(1).and_then(|nth| self.supplements.get_mut(nth)) else { return };
        let before = asked.stop();
        change(asked);
        let (after, period) = (asked.stop(), asked.period);
        if before == after {
            return;
        }
        for running in &mut self.periods {
            if let Some(at) = running.stops.iter().position(|stop| Some(*stop) == before) {
                running.stops.remove(at);
                break;
            }
        }
        let running = match period.checked_sub(1) {
            Some(nth) => self.periods.get_mut(nth),
            None => self.periods.last_mut(),
        };
        if let Some(running) = running {
            running.stops.extend(after);
        }
    }

    /// Lets the day from which a supplement counts as asked follow what its petitioner was told.
    pub fn put_reached(&mut self, what: What) {
        let reached_on = self.reached_on(what);
        if what.0 == ToldAbout::Supplement {
            self.change_supplement(what.1, |asked| asked.reached_on = reached_on);
        }
    }

    /// Strikes what came: where it was asked for, it is awaited again, and what came stays readable beside it.
    pub fn strike(&mut self, place: usize, undone: Undone) {
        let Some(letter) = place.checked_sub(1).and_then(|nth| self.supplements.get_mut(nth)) else { return };
        if letter.what.is_empty() {
            letter.struck = Some(undone);
            return;
        }
        let Supplement { came_at, text, attachments, noted_by, .. } = letter.clone();
        self.change_supplement(place, Supplement::take_out);
        if let Some(came_at) = came_at {
            let came = Supplement::letter(came_at, text, attachments);
            self.supplements.push(Supplement { struck: Some(undone), noted_by, ..came });
        }
    }

    /// The supplement that was asked for last, where it has stopped today's period.
    pub fn stopping_supplement(&self) -> Option<&Supplement> {
        let is_of_today = |asked: &&Supplement| match asked.period {
            0 => self.periods.last().is_some_and(|period| !period.stops.is_empty()),
            period => period == self.periods.len(),
        };
        self.asked_supplement().filter(is_of_today).filter(|asked| asked.stop().is_some())
    }

    /// Moves the last day of the supplement that was asked for last to where the calendar has it, with the stop that it makes;
    /// whether it moved.
    pub fn recount_supplement(&mut self, calendar: &OfficeCalendar) -> bool {
        let Some(place) = self.asked_place() else { return false };
        let Some(set_on) = self.asked_supplement().and_then(|asked| asked.set_on) else { return false };
        let (due_on, due_at) = Deadline::of_day(calendar, set_on);
        if self.asked_supplement().is_some_and(|asked| asked.due_at == Some(due_at)) {
            return false;
        }
        self.change_supplement(place, |asked| (asked.due_on, asked.due_at) = (due_on, Some(due_at)));
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

    /// The latest answer on the merits, where it stands; and how many there were: by that ratings are kept.
    pub fn rated_reply(&self) -> (usize, Option<&SentReply>) {
        let all = self.replies.iter().filter(|reply| reply.kind == ReplyKind::Final);
        let latest = all.clone().next_back().filter(|reply| reply.answers());
        (all.count(), latest)
    }

    /// Takes the latest answer on the merits back, which was a mistake: of which that is, where there is one.
    pub fn take_back_reply(&mut self, now: Moment) -> Option<usize> {
        let nth = self.replies.iter().rposition(SentReply::answers)?;
        self.replies.get_mut(nth)?.taken_back_at = Some(now);
        Some(nth + 1)
    }

    /// Notes that the answer which it has had together with others since it was merged with them answers it no more.
    pub fn cease_reply(&mut self, merged_at: Option<Moment>, now: Moment) {
        let is_shared = |reply: &&mut SentReply| reply.answers() && merged_at.is_none_or(|at| reply.sent_at >= at);
        self.replies.iter_mut().filter(is_shared).for_each(|reply| reply.ceased_at = Some(now));
    }

    /// An extension that waits for another's word.
    pub fn asked_extension(&self) -> Option<&Extension> {
        self.extension.as_ref().filter(|extension| extension.approved_at.is_none())
    }
}
