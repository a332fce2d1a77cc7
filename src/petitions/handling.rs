//! All that was done with a petition, as it is kept sealed: its periods, and the steps of its handling.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::heard::{Mending, Said};
use super::model::{PetitionNoticeKind, PetitionStatus, ReplyKind, ToldBy};
use super::periods::RunningPeriod;
use super::petitioners::Identity;
use super::readers::Former;
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
    /// Replies of those with which it was taken for one, entered twice, which its petitioner is still to be told by themself: their places.
    #[serde(default)]
    pub owed: Vec<usize>,
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
    /// What each of them says, and where it goes.
    #[serde(default)]
    pub said: Vec<Said>,
    /// What notices undo or put right.
    #[serde(default)]
    pub mendings: Vec<Mending>,
    /// Who were told something and are named no more.
    #[serde(default)]
    pub formers: Vec<Former>,
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
    pub fn put_reached(&mut self, (about, place): What) {
        let place = match about {
            ToldAbout::Supplement => Some(place),
            ToldAbout::Notice => self.asked_place(),
            _ => None,
        };
        // What was asked before tellings were kept has reached them.
        let Some(place) = place.filter(|place| !self.is_untraced(&[(ToldAbout::Supplement, *place)])) else { return };
        // What was asked last has reached them by what put it right, too.
        let is_last = self.asked_place() == Some(place);
        let request = if is_last { self.request(place) } else { vec![(ToldAbout::Supplement, place)] };
        let reached_on = self.reached_on(&request);
        self.change_supplement(place, |asked| asked.reached_on = reached_on);
    }

    /// Places of what is asked for and has not come, the last one, and any other that may come still on a day: where a supplement was
    /// struck there are several.
    pub fn open_places(&self, on: NaiveDate) -> Vec<usize> {
        let last = self.awaited_place();
        let open = (1..).zip(&self.supplements).filter(|(_, one)| one.is_open());
        open.filter(|(place, one)| Some(*place) == last || one.due_on >= on).map(|(place, _)| place).collect()
    }

    /// The last moment of what is asked for and has not come.
    pub fn open_until(&self) -> Option<Moment> {
        self.supplements.iter().filter(|one| one.is_open()).filter_map(|one| one.due_at).max()
    }

    /// Whether the clock stands still on a day, since something is asked for.
    pub fn is_stopped(&self, on: NaiveDate) -> bool {
        self.supplements.iter().any(|one| one.is_open() && one.due_on >= on && one.stop().is_some())
    }

    /// Notes what came: it answers all that is asked for, and stands with what was asked for last; unasked by itself.
    pub fn take_in(&mut self, came: &Supplement) {
        let Some(last) = self.awaited_place() else {
            self.supplements.push(came.clone());
            return;
        };
        for place in self.open_places(came.due_on) {
            self.change_supplement(
                place,
                |asked| {
                    if place == last { asked.take_in(came.clone()) } else { asked.came_at = came.came_at }
                },
            );
        }
    }

    /// Strikes what came: where it was asked for, it is awaited again, unless something has come since by which it is answered, and so is
    /// what else it had answered; what came stays readable beside it.
    pub fn strike(&mut self, place: usize, undone: Undone) {
        let Some(letter) = place.checked_sub(1).and_then(|nth| self.supplements.get_mut(nth)) else { return };
        if letter.what.is_empty() {
            letter.struck = Some(undone);
            return;
        }
        let Supplement { came_at, text, attachments, noted_by, .. } = letter.clone();
        self.change_supplement(place, Supplement::take_out);
        let Some(came_at) = came_at else { return };
        let beside = |one: &Supplement| one.is_asked() && one.text.is_none() && one.came_at == Some(came_at);
        let beside = (1..).zip(&self.supplements).filter(|(_, one)| beside(one)).map(|(place, _)| place);
        let places: Vec<usize> = beside.chain([place]).collect();
        for place in places {
            let since = self.supplements.iter().skip(place).filter(|one| one.is_asked() && one.text.is_some());
            let since = since.filter_map(|one| one.came_at).min();
            self.change_supplement(place, |asked| asked.came_at = since);
        }
        let came = Supplement::letter(came_at, text, attachments);
        self.supplements.push(Supplement { struck: Some(undone), noted_by, ..came });
    }

    /// The supplement that was asked for last of those that have stopped today's period.
    pub fn stopping_supplement(&self) -> Option<&Supplement> {
        let is_of_today = |asked: &Supplement| match asked.period {
            0 => self.periods.last().is_some_and(|period| !period.stops.is_empty()),
            period => period == self.periods.len(),
        };
        self.supplements.iter().rev().find(|one| one.is_asked() && is_of_today(one) && one.stop().is_some())
    }

    /// Moves the last days of the supplement that was asked for last, and of whatever else has not come, to where the calendar has them,
    /// with the stops that they make; the places of those that moved. A day that was told is moved to none that has passed.
    pub fn recount_supplements(&mut self, calendar: &OfficeCalendar, now: Moment) -> Vec<usize> {
        let last = self.asked_place();
        let asked = (1..).zip(&self.supplements).filter(|(place, one)| Some(*place) == last || one.is_open());
        let days = asked.filter_map(|(place, one)| Some((place, one.due_at, Deadline::of_day(calendar, one.set_on?))));
        let stays = |place: usize, before: Option<Moment>, due_at: Moment| {
            before == Some(due_at) || before.is_some_and(|before| self.keeps_to(&self.request(place), (before, due_at, now)))
        };
        let moved =
            days.filter(|(place, before, (_, due_at))| !stays(*place, *before, *due_at)).map(|(place, _, day)| (place, day));
        let moved: Vec<(usize, (NaiveDate, Moment))> = moved.collect();
        for (place, (due_on, due_at)) in &moved {
            self.change_supplement(*place, |asked| (asked.due_on, asked.due_at) = (*due_on, Some(*due_at)));
        }
        moved.into_iter().map(|(place, _)| place).collect()
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
        let asked = self.supplements.iter().filter(|one| one.is_asked()).filter_map(|one| one.due_at).max();
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

    /// Notes that the answer which it has had together with others since it was merged with them answers it no more: which these are.
    pub fn cease_reply(&mut self, merged_at: Option<Moment>, now: Moment) -> Vec<usize> {
        let mut ceased = Vec::new();
        for (place, reply) in (1..).zip(&mut self.replies) {
            if reply.answers() && merged_at.is_none_or(|at| reply.sent_at >= at) {
                reply.ceased_at = Some(now);
                ceased.push(place);
            }
        }
        ceased
    }

    /// Notes that replies, which answer it no more, were to be told with the petition for which it was taken: its petitioner is told them.
    pub fn owe(&mut self, ceased: &[usize]) {
        let is_untold = |place: &&usize| {
            let reply = place.checked_sub(1).and_then(|nth| self.replies.get(nth));
            reply.is_some_and(|reply| reply.told_by.contains(&ToldBy::Once))
        };
        self.owed = ceased.iter().filter(is_untold).copied().collect();
    }

    /// An extension that waits for another's word.
    pub fn asked_extension(&self) -> Option<&Extension> {
        self.extension.as_ref().filter(|extension| extension.approved_at.is_none())
    }
}
