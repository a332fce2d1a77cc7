//! What a petitioner is told, as it is kept: of what, by which way, and whether it has gone out.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::handling::Handling;
use super::model::{PetitionNoticeKind, ToldBy};
use crate::clock::Moment;
use crate::db::Id;
use crate::people::Contact;
use crate::text_enum;

text_enum! {
    /// Of what somebody is told.
    pub enum ToldAbout {
        /// The code by which it is confirmed
        Confirmation = "CONFIRMATION",
        /// How to appeal against the decision
        Remedies = "REMEDIES",
        /// What they are asked to add: one of `supplements`
        Supplement = "SUPPLEMENT",
        /// One of `replies`
        Reply = "REPLY",
        Extension = "EXTENSION",
        Transfer = "TRANSFER",
        /// One of `adoptions`
        Adoption = "ADOPTION",
        /// One of `notices`
        Notice = "NOTICE",
        /// That it stays without an answer: to the body that had sent it on
        Filing = "FILING",
    }
}

text_enum! {
    /// Whether somebody was told.
    pub enum TellingStatus {
        /// The relay has not taken the mail yet, the letter is to be posted, the call is to be made
        Waiting = "WAITING",
        /// The relay has taken the mail, the letter was posted or handed over, they were reached by telephone, or `:track` shows it
        Told = "TOLD",
        /// The mail was given up or came back, or the letter did: it is told by the next way
        Failed = "FAILED",
        /// It went, or may have gone, by a way that was found to be a wrong one: what still stands is told again. Where that is found to
        /// have been the right one it has told them after all
        Astray = "ASTRAY",
        /// It did not go out: it is no longer so, was told by another way, or was stopped by hand
        Stopped = "STOPPED",
    }
}

/// That somebody is told of something by one way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = PetitionTelling)]
pub struct Telling {
    /// Counts the tellings of the petition, from 1.
    #[schema(minimum = 1)]
    pub number: usize,
    pub about: ToldAbout,
    /// Which of them, in their order, from 1.
    #[schema(minimum = 1)]
    pub place: usize,
    /// Whom it tells: which petitioner, as they are named now, the representative being 1; 0 is the body that had sent the petition on.
    /// `null` where it was somebody who is named no more.
    #[schema(minimum = 0)]
    pub petitioner: Option<usize>,
    pub told_by: ToldBy,
    pub status: TellingStatus,
    /// Since when they are to be told.
    pub at: Moment,
    /// When it went out; of a letter the beginning of the day, where that is not today.
    pub told_at: Option<Moment>,
    /// Day on which it counts as having reached them: of a letter that was posted some days later (a setting).
    pub reached_on: Option<NaiveDate>,
    /// The mail (`GET /v1/mails/{id}`).
    pub mail_id: Option<Id>,
    /// The letter (`GET /v1/outgoing-letters/{id}`); `null` too of one that was to be posted before the office kept letters.
    #[serde(default)]
    pub letter_id: Option<Id>,
    /// Of what is asked for, and of the remedies: until when something can be handed in, as it tells it. `null` where that was not kept, and
    /// of the remedies to whoever is not told who petitions: the decision tells it.
    #[serde(default)]
    pub until_at: Option<Moment>,
}

/// Of what somebody is told: of which kind, and which of them, from 1.
pub type What = (ToldAbout, usize);

/// The place of the body that had sent a petition on, among those who are told.
pub const BODY: usize = 0;
/// That of the representative, before the others of a group.
pub const REPRESENTATIVE: usize = 1;

impl Telling {
    pub fn what(&self) -> What {
        (self.about, self.place)
    }

    /// Whether the other tells the same to the same one.
    pub fn tells_as(&self, other: &Self) -> bool {
        (self.what(), self.petitioner) == (other.what(), other.petitioner)
    }

    pub fn is_of(&self, what: What, petitioner: usize) -> bool {
        (self.what(), self.petitioner) == (what, Some(petitioner))
    }

    /// Whether it tells the representative, or has told them.
    pub fn is_representatives(&self) -> bool {
        self.petitioner == Some(REPRESENTATIVE)
    }

    /// Whether it goes by a way that there is for whom it tells: nobody is their own representative, who alone has the secret.
    pub fn fits(&self) -> bool {
        match self.told_by {
            ToldBy::Representative => !self.is_representatives(),
            ToldBy::Tracking => self.petitioner.is_none_or(|place| place <= REPRESENTATIVE),
            _ => true,
        }
    }

    /// Whether it has gone out, or is going to.
    pub fn lives(&self) -> bool {
        matches!(self.status, TellingStatus::Waiting | TellingStatus::Told)
    }

    /// Whether it has told somebody by a way of the office's.
    pub fn has_told(&self) -> bool {
        self.status == TellingStatus::Told && matches!(self.told_by, ToldBy::Mail | ToldBy::Letter | ToldBy::Call)
    }

    /// Whether nothing was sent to them themself.
    pub fn is_shown(&self) -> bool {
        matches!(self.told_by, ToldBy::Tracking | ToldBy::Representative)
    }

    /// Lets it have reached nobody.
    pub fn put(&mut self, status: TellingStatus) {
        (self.status, self.told_at, self.reached_on) = (status, None, None);
    }
}

impl Handling {
    /// The way that is noted beside what somebody is told.
    pub fn way_of(&mut self, (about, place): What, petitioner: usize) -> Option<&mut ToldBy> {
        let nth = place.checked_sub(1)?;
        match about {
            // Replies alone have a way for each of a group.
            _ if about != ToldAbout::Reply && petitioner > REPRESENTATIVE => None,
            ToldAbout::Confirmation => None,
            ToldAbout::Remedies => self.remedies.as_mut().map(|(_, told_by)| told_by),
            ToldAbout::Supplement => self.supplements.get_mut(nth).map(|asked| &mut asked.told_by),
            ToldAbout::Reply => {
                let told_by = &mut self.replies.get_mut(nth)?.told_by;
                told_by.resize(told_by.len().max(petitioner), ToldBy::Tracking);
                told_by.get_mut(petitioner.checked_sub(1)?)
            }
            ToldAbout::Extension => self.extension.as_mut().map(|given| given.told_by.get_or_insert(ToldBy::Tracking)),
            ToldAbout::Transfer => self.transfer.as_mut().map(|sent| &mut sent.told_by),
            ToldAbout::Adoption => self.adoptions.get_mut(nth).map(|said| &mut said.told_by),
            ToldAbout::Notice => self.notices.get_mut(nth).map(|notice| &mut notice.told_by),
            ToldAbout::Filing => self.filing.as_mut().map(|filing| filing.body_told_by.get_or_insert(ToldBy::Letter)),
        }
    }

    pub fn put_way(&mut self, what: What, petitioner: usize, told_by: ToldBy) {
        if let Some(way) = self.way_of(what, petitioner) {
            *way = told_by;
        }
    }

    /// Since when something stands of which there is one at a time.
    fn stands_since(&self, about: ToldAbout) -> Option<Moment> {
        match about {
            ToldAbout::Remedies => self.remedies.map(|(at, _)| at),
            ToldAbout::Extension => self.extension.as_ref().and_then(|given| given.approved_at),
            ToldAbout::Transfer => self.transfer.as_ref().map(|sent| sent.at),
            ToldAbout::Filing => self.filing.as_ref().and_then(|filing| filing.approved_at),
            ToldAbout::Confirmation | ToldAbout::Supplement | ToldAbout::Reply | ToldAbout::Adoption | ToldAbout::Notice => None,
        }
    }

    /// Whether a telling is of what stands now, and not of what stood in its place before.
    pub fn is_of_now(&self, telling: &Telling) -> bool {
        self.stands_since(telling.about).is_none_or(|since| telling.at >= since)
    }

    /// By which way somebody can be told something who was told it by these in vain.
    pub fn way_to(&self, contact: &Contact, in_vain: &[ToldBy]) -> ToldBy {
        let can = |way: ToldBy, is_there: bool| is_there && !self.fails.contains(&way) && !in_vain.contains(&way);
        // Anyone may have typed an address that nobody has confirmed.
        if can(ToldBy::Mail, contact.email.is_some() && self.mail_proven) {
            ToldBy::Mail
        } else if can(ToldBy::Letter, contact.address.is_some()) {
            ToldBy::Letter
        } else if can(ToldBy::Call, contact.phone.is_some() || !contact.other_phones.is_empty()) {
            ToldBy::Call
        } else {
            ToldBy::Tracking
        }
    }

    /// Whether there is a way by which nothing has failed yet to reach somebody.
    pub fn reaches(&self, contact: &Contact) -> bool {
        let holds = |way: ToldBy, is_there: bool| is_there && !self.fails.contains(&way);
        holds(ToldBy::Mail, contact.email.is_some())
            || holds(ToldBy::Letter, contact.address.is_some())
            || holds(ToldBy::Call, contact.phone.is_some() || !contact.other_phones.is_empty())
    }

    /// Day on which any of these has reached the petitioner first.
    pub fn reached_on(&self, all: &[What]) -> Option<NaiveDate> {
        let is_told = |one: &&Telling| all.contains(&one.what()) && one.is_representatives() && one.status == TellingStatus::Told;
        self.tellings.iter().filter(is_told).filter_map(|one| one.reached_on).min()
    }

    /// Until when the petitioner was told last that something of these can be handed in: `Some(None)` where that was not kept, `None` where
    /// they were told nothing.
    pub fn told_until(&self, all: &[What]) -> Option<Option<Moment>> {
        let mut of = self.tellings.iter().filter(|one| all.contains(&one.what())).peekable();
        // What was told before tellings were kept was told.
        let is_unknown = of.peek().is_none();
        let told = of.filter(|one| one.is_representatives() && one.status == TellingStatus::Told);
        let told = told.max_by_key(|one| self.went_out(one));
        told.map(|one| one.until_at).or_else(|| is_unknown.then_some(None))
    }

    /// Whether a last moment stands, though the calendar has an earlier one by now: the petitioner was told it, and the other one has passed,
    /// so that they can keep to it no more.
    pub fn keeps_to(&self, all: &[What], (before, after, now): (Moment, Moment, Moment)) -> bool {
        let is_told = self.told_until(all).is_some_and(|told| told.is_none_or(|told| told == before));
        after < before && after <= now && is_told
    }

    /// The notices of these kinds.
    pub fn notices_about(&self, kinds: &[PetitionNoticeKind]) -> Vec<What> {
        let places = (1..).zip(&self.notices).filter(|(_, notice)| kinds.contains(&notice.about));
        places.map(|(place, _)| (ToldAbout::Notice, place)).collect()
    }

    /// The request for a supplement, and what was told of it since.
    pub fn request(&self, place: usize) -> Vec<What> {
        let kinds = [PetitionNoticeKind::SupplementMoved, PetitionNoticeKind::SupplementCorrected];
        let asked_at = place.checked_sub(1).and_then(|nth| self.supplements.get(nth)).map(|asked| asked.asked_at);
        let mut all = vec![(ToldAbout::Supplement, place)];
        all.extend(self.notices_about(&kinds).into_iter().filter(|(_, place)| {
            let notice = place.checked_sub(1).and_then(|nth| self.notices.get(nth));
            notice.zip(asked_at).is_some_and(|(notice, asked_at)| notice.at >= asked_at)
        }));
        all
    }

    /// Whether the petitioner was told a later last day of what they are asked for than there is.
    pub fn knows_later(&self, place: usize) -> bool {
        let due_at = place.checked_sub(1).and_then(|nth| self.supplements.get(nth)).and_then(|asked| asked.due_at);
        self.told_until(&self.request(place)).is_some_and(|told| told.is_none() || told > due_at)
    }

    /// Until when something can be handed in, of what is told.
    pub fn until(&self, (about, place): What, appeal_until_at: Option<Moment>) -> Option<Moment> {
        use PetitionNoticeKind as Kind;
        let nth = place.checked_sub(1)?;
        match about {
            ToldAbout::Remedies => appeal_until_at,
            ToldAbout::Supplement => self.supplements.get(nth)?.due_at,
            ToldAbout::Notice => match self.notices.get(nth)?.about {
                Kind::AppealMoved => appeal_until_at,
                Kind::SupplementMoved | Kind::SupplementCorrected => self.asked_supplement()?.due_at,
                _ => None,
            },
            _ => None,
        }
    }

    /// Leaves the last day for an appeal out, for whoever is not told who petitions: the day of a decision tells whom it is of.
    pub fn leave_appeal_out(&mut self) {
        let remedies = self.told_remedies();
        self.tellings.iter_mut().filter(|one| remedies.contains(&one.what())).for_each(|one| one.until_at = None);
    }

    /// What is told of the remedies.
    pub fn told_remedies(&self) -> Vec<What> {
        let mut all = vec![(ToldAbout::Remedies, 1)];
        all.extend(self.notices_about(&[PetitionNoticeKind::AppealMoved]));
        all
    }

    /// When the petitioner was told the remedies, by the latest word on it.
    pub fn remedies_told_at(&self) -> Option<Moment> {
        let is_it =
            |one: &&Telling| one.about == ToldAbout::Remedies && one.is_representatives() && one.status != TellingStatus::Stopped;
        let theirs: Vec<&Telling> = self.tellings.iter().filter(is_it).collect();
        if theirs.is_empty() {
            // As it was before tellings were kept.
            return self.remedies.map(|(at, _)| at);
        }
        if theirs.iter().any(|one| one.status == TellingStatus::Waiting) {
            return None;
        }
        let told = theirs.into_iter().filter(|one| one.status == TellingStatus::Told && self.is_of_now(one));
        told.max_by_key(|one| self.went_out(one)).and_then(|one| one.told_at)
    }

    /// When each answer on the merits that stands has gone out to the representative, in their order.
    pub fn answers_given(&self) -> impl Iterator<Item = Moment> {
        let stand = (1..).zip(&self.replies).filter(|(_, reply)| reply.answers());
        stand.filter_map(|(place, reply)| {
            let mut tellings = self.tellings.iter().filter(|one| one.is_of((ToldAbout::Reply, place), REPRESENTATIVE)).peekable();
            // Before tellings were kept, what was sent had gone out.
            let is_unknown = tellings.peek().is_none();
            let told = tellings.filter(|one| one.status == TellingStatus::Told).filter_map(|one| one.told_at).min();
            told.or_else(|| is_unknown.then_some(reply.sent_at))
        })
    }

    /// Since when the first of what waits to be told by a way does, and the last.
    pub fn waits(&self, way: ToldBy) -> Option<(Moment, Moment)> {
        let waiting = self.tellings.iter().filter(|one| one.status == TellingStatus::Waiting && one.told_by == way);
        let moments: Vec<Moment> = waiting.map(|one| one.at).collect();
        moments.iter().min().copied().zip(moments.iter().max().copied())
    }
}
