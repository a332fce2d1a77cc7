//! A digest: its states, the acts between them, and what a petition counts for in a month.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::month::Month;
use super::policy::{
    CorrectPetitionDigestRemarks, FreezePetitionDigest, MarkPetitionDigestRead, ReturnPetitionDigest, SubmitPetitionDigest,
    UnfreezePetitionDigest,
};
use crate::clock::Moment;
use crate::db::Id;
use crate::petitions::{CountedPetition, PetitionChannel, PetitionKind, PetitionPeriod, PetitionStatus, PetitionTopic};
use crate::{acts, text_enum};

text_enum! {
    /// States of the digest of a month.
    pub enum DigestStatus {
        /// Counted anew whenever it is read
        Live = "LIVE",
        /// A clerk has looked through it and submits it
        Submitted = "SUBMITTED",
        /// A section chief has frozen it
        Frozen = "FROZEN",
        /// The director has read it
        Read = "READ",
    }
}

impl DigestStatus {
    pub fn is_frozen(self) -> bool {
        matches!(self, Self::Frozen | Self::Read)
    }

    /// It still waits to be frozen.
    pub const WAITING: [Self; 2] = [Self::Live, Self::Submitted];
}

acts! {
    /// Acts on the digest of a month. Whoever submits it does not freeze it; what was frozen is taken back by the director alone, and
    /// stays as it was beside what is frozen afterwards.
    pub enum DigestAct on "digest" DigestStatus {
        Submit "submit" [SubmitPetitionDigest ":submit"] "submitted" Clerk { Live => Submitted, Submitted => Submitted }
        Return "return" [ReturnPetitionDigest ":return"] "returned" Anyone { Submitted => Live }
        Freeze "freeze" [FreezePetitionDigest ":freeze"] "frozen" Supervisor apart [Unnamed, Clerk] { Submitted => Frozen }
        MarkRead "mark-read" [MarkPetitionDigestRead ":mark-read"] "read" Anyone { Frozen => Read }
        CorrectRemarks "correct-remarks" [CorrectPetitionDigestRemarks ":correct-remarks"] "remarks_corrected" Anyone { Read => Read }
        Unfreeze "unfreeze" [UnfreezePetitionDigest ":unfreeze"] "unfrozen" Anyone { Frozen => Live, Read => Live }
    }
}

text_enum! {
    /// What a digest counts. A petition that is taken up again has a further period, which is counted by itself.
    pub enum DigestMeasure {
        /// Received in the month
        Received = "RECEIVED",
        /// Taken up again in the month
        Reopened = "REOPENED",
        /// Replied to in the month for the first time in its period
        FirstReplied = "FIRST_REPLIED",
        /// Its period ended in the month, in whichever way
        Closed = "CLOSED",
        /// The same, its final reply (or, without one, its end) after its limit
        ClosedLate = "CLOSED_LATE",
        /// Its limit was extended in the month
        Extended = "EXTENDED",
        /// A suggestion that the office adopted in the month
        Adopted = "ADOPTED",
        /// Neither answered nor ended at the month's end
        Pending = "PENDING",
        /// The same, its limit passed
        PendingLate = "PENDING_LATE",
        /// Received in the month from a petitioner from whom another one was
        Repeated = "REPEATED",
    }
}

text_enum! {
    /// How long a petition is pending at the month's end, in days from its receipt or reopening.
    pub enum PendingAge {
        UpTo7 = "UP_TO_7",
        UpTo15 = "UP_TO_15",
        UpTo30 = "UP_TO_30",
        UpTo60 = "UP_TO_60",
        Over60 = "OVER_60",
    }
}

impl PendingAge {
    fn of(days: i64) -> Self {
        match days {
            ..=7 => Self::UpTo7,
            8..=15 => Self::UpTo15,
            16..=30 => Self::UpTo30,
            31..=60 => Self::UpTo60,
            _ => Self::Over60,
        }
    }
}

/// What one period of a petition counts for in a month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub petition: Id,
    /// Which of its periods; 0 for what hangs on none.
    pub place: i32,
    pub kind: PetitionKind,
    pub channel: PetitionChannel,
    pub topic: Option<PetitionTopic>,
    pub measures: Vec<DigestMeasure>,
    /// Seconds from receipt to the first reply, where that was in the month.
    pub first_reply: Option<i64>,
    /// Seconds from receipt to the end, where that was in the month.
    pub closing: Option<i64>,
    pub outcome: Option<PetitionStatus>,
    pub age: Option<PendingAge>,
    /// Whoever petitions, by a number within the month.
    pub petitioner: Option<u32>,
    /// Counted in the figures that everybody sees who sees the digest.
    pub open: bool,
}

/// The stretch that is counted: the month, as far as it has gone.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub from: Moment,
    pub before: Moment,
}

impl Span {
    /// Of a month that runs up to this moment, with what happens in it.
    pub fn of(month: Month, now: Moment) -> Self {
        Self { from: month.start(), before: month.end().min(now + Duration::microseconds(1)) }
    }

    fn has(self, at: Option<Moment>) -> bool {
        at.is_some_and(|at| self.from <= at && at < self.before)
    }

    fn has_come(self, at: Option<Moment>) -> bool {
        at.is_some_and(|at| at < self.before)
    }
}

impl Fact {
    /// What a period counts for.
    pub fn of(span: Span, period: &PetitionPeriod, petition: &CountedPetition, topic: Option<PetitionTopic>) -> Self {
        let began = period.began_at;
        let took = |at: Option<Moment>| at.filter(|_| span.has(at)).map(|at| (at - began).num_seconds().max(0));
        let (first_reply, closing) = (took(period.first_reply_at), took(period.ended_at));
        let is_late = |at: Option<Moment>| at.zip(period.due_at).is_some_and(|(at, due)| at > due);
        let pending = began < span.before && !span.has_come(period.ended_at) && !span.has_come(period.answered_at);
        let holds = [
            (DigestMeasure::Received, period.place == 1 && span.has(Some(began))),
            (DigestMeasure::Reopened, period.place > 1 && span.has(Some(began))),
            (DigestMeasure::FirstReplied, first_reply.is_some()),
            (DigestMeasure::Closed, closing.is_some()),
            (DigestMeasure::ClosedLate, closing.is_some() && is_late(period.answered_at.or(period.ended_at))),
            (DigestMeasure::Extended, span.has(period.extended_at)),
            (DigestMeasure::Pending, pending),
            (DigestMeasure::PendingLate, pending && is_late(Some(span.before))),
        ];
        Self {
            place: period.place,
            measures: holds.into_iter().filter(|(_, holds)| *holds).map(|(measure, _)| measure).collect(),
            first_reply,
            closing,
            outcome: period.ended_as.filter(|_| closing.is_some()),
            age: pending.then(|| PendingAge::of((span.before - began).num_days())),
            ..Self::adopted(petition, topic, false)
        }
    }

    /// That a suggestion was adopted, whenever its period ended.
    pub fn adopted(petition: &CountedPetition, topic: Option<PetitionTopic>, adopted: bool) -> Self {
        Self {
            petition: petition.id,
            place: 0,
            kind: petition.kind,
            channel: petition.channel,
            topic,
            measures: adopted.then_some(DigestMeasure::Adopted).into_iter().collect(),
            first_reply: None,
            closing: None,
            outcome: None,
            age: None,
            petitioner: None,
            open: petition.is_open(),
        }
    }

    pub fn counts(&self, measure: DigestMeasure) -> bool {
        self.measures.contains(&measure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Moment> {
        Some(format!("{text}:00+08:00").parse().unwrap())
    }

    fn period() -> PetitionPeriod {
        PetitionPeriod {
            petition_id: Id::new(at("2026-10-05T09:00").unwrap()),
            place: 1,
            began_at: at("2026-10-05T09:00").unwrap(),
            due_at: at("2026-10-20T23:59"),
            first_reply_at: None,
            answered_at: None,
            extended_at: None,
            ended_at: None,
            ended_as: None,
        }
    }

    fn measures(month: &str, now: &str, period: &PetitionPeriod) -> Vec<&'static str> {
        let span = Span::of(month.parse().unwrap(), at(now).unwrap());
        let petition = CountedPetition::invented(period.petition_id);
        let fact = Fact::of(span, period, &petition, None);
        fact.measures.into_iter().map(DigestMeasure::as_str).collect()
    }

    #[test]
    fn a_petition_counts_in_each_month_for_what_happened_in_it() {
        let replied = PetitionPeriod {
            first_reply_at: at("2026-11-02T09:00"),
            answered_at: at("2026-11-02T09:00"),
            ended_at: at("2026-12-01T09:00"),
            ended_as: Some(PetitionStatus::Closed),
            ..period()
        };
        let later = "2027-01-05T09:00";
        assert_eq!(measures("2026-09", later, &replied), [""; 0]);
        assert_eq!(measures("2026-10", later, &replied), ["RECEIVED", "PENDING", "PENDING_LATE"]);
        assert_eq!(measures("2026-11", later, &replied), ["FIRST_REPLIED"]);
        assert_eq!(measures("2026-12", later, &replied), ["CLOSED", "CLOSED_LATE"]);
        assert_eq!(measures("2027-01", later, &replied), [""; 0]);
    }

    #[test]
    fn a_running_month_is_counted_as_far_as_it_has_gone() {
        assert_eq!(measures("2026-10", "2026-10-06T09:00", &period()), ["RECEIVED", "PENDING"]);
        assert_eq!(measures("2026-10", "2026-10-21T09:00", &period()), ["RECEIVED", "PENDING", "PENDING_LATE"]);
        let again = PetitionPeriod { place: 2, extended_at: at("2026-10-07T09:00"), ..period() };
        assert_eq!(measures("2026-10", "2026-10-08T09:00", &again), ["REOPENED", "EXTENDED", "PENDING"]);
    }
}
