//! A booking: its states, the moves between them, and how it is shown.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::services::{BookingRule, Channel};
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::Id;
use crate::error::{Code, Error, Problem, Result, Text, counted};
use crate::office::Bilingual;
use crate::people::{KnownBy, ShownContact};
use crate::scheduling::conflicts::Cause;
use crate::scheduling::policy::{
    CancelBooking, CheckInBooking, CompleteBooking, CreateBooking, MarkBookingNoShow, ReinstateBooking, RescheduleBooking,
    TakeBackBooking,
};
use crate::{acts, text_enum};

text_enum! {
    /// States of a booking; `HELD` and `MOVED` stand in the history only.
    pub enum BookingStatus {
        Held = "HELD",
        Booked = "BOOKED",
        CheckedIn = "CHECKED_IN",
        Done = "DONE",
        NoShow = "NO_SHOW",
        Cancelled = "CANCELLED",
        Moved = "MOVED",
    }
}

/// A booking as it is kept.
#[derive(Clone, Debug)]
pub struct Booking {
    pub id: Id,
    pub number: String,
    pub service_code: String,
    pub slot_id: String,
    pub starts_at: Moment,
    pub ends_at: Moment,
    pub status: BookingStatus,
    pub channel: Channel,
    pub person_id: Id,
    pub booked_by: String,
    pub resource: String,
    pub policy: BookingRule,
    /// An open conflict: the slot no longer stands.
    pub conflict: Option<ConflictNote>,
    pub sequence: i32,
    pub created_at: Moment,
    pub updated_at: Moment,
    pub version: i32,
}

acts! {
    /// Acts on a booking. An outcome that is recorded concludes it, checked in or not. No member of staff does any of it with a
    /// booking of their own, or of their spouse or kin (行政程序法 §32).
    pub enum BookingAct on "booking" BookingStatus {
        Create "create" [CreateBooking ""] "created" Anyone apart [Unnamed, Subject] {}
        Reschedule "reschedule" [RescheduleBooking ":reschedule"] "moved" Anyone apart [Unnamed, Subject] { Booked => Booked }
        Cancel "cancel" [CancelBooking ":cancel"] "cancelled" Anyone apart [Unnamed, Subject] { Booked => Cancelled }
        Reinstate "reinstate" [ReinstateBooking ":reinstate"] "reinstated" Anyone apart [Unnamed, Subject] { Cancelled => Booked }
        CheckIn "check-in" [CheckInBooking ":check-in"] "checked_in" Anyone apart [Unnamed, Subject] { Booked => CheckedIn }
        Complete "complete" [CompleteBooking ":complete"] "done" Anyone apart [Unnamed, Subject] { Booked => Done, CheckedIn => Done }
        NoShow "no-show" [MarkBookingNoShow ":no-show"] "no_show" Anyone apart [Unnamed, Subject] { Booked => NoShow }
        TakeBack "take-back" [TakeBackBooking ":take-back"] "taken_back" Anyone apart [Unnamed, Subject] {
            CheckedIn => Booked, Done => Booked, NoShow => Booked,
        }
        Conclude "conclude" [] "done" Anyone apart [Unnamed, Subject] { Booked => Done, CheckedIn => Done }
    }
}

impl Booking {
    /// What this caller can do with it now, by the names of the actions.
    pub fn allowed_actions(&self, by: &By) -> Vec<&'static str> {
        let is_allowed = |act: &BookingAct| act.line().is_granted(&by.caller) && self.is_time(*act, by);
        let allowed = BookingAct::possible(self.status).filter(is_allowed);
        allowed.map(|act| act.line().name).collect()
    }

    /// Whether its time is now: notice for the holder's own change, unless the slot is gone anyway.
    fn is_time(&self, act: BookingAct, by: &By) -> bool {
        let late = self.starts_at + chrono::Duration::minutes(i64::from(self.policy.late_minutes));
        let notice = |minutes| by.now + chrono::Duration::minutes(minutes) <= self.starts_at;
        match act {
            BookingAct::Reschedule => by.reach >= Reach::Office || self.conflict.is_some() || notice(self.policy.move_notice()),
            BookingAct::Cancel => by.reach >= Reach::Office || self.conflict.is_some() || notice(self.policy.cancel_notice()),
            BookingAct::CheckIn => self.conflict.is_none() && by.now.date() == self.starts_at.date() && by.now <= late,
            BookingAct::Complete | BookingAct::Conclude => self.conflict.is_none() && by.now >= self.starts_at,
            BookingAct::NoShow => self.conflict.is_none() && by.now >= late,
            BookingAct::Reinstate => by.now < self.starts_at,
            BookingAct::Create | BookingAct::TakeBack => true,
        }
    }

    /// The state after an act; refused where state or time is wrong, with what is allowed instead.
    fn allow(&self, act: BookingAct, by: &By) -> Result<BookingStatus> {
        let next = act.after(self.status).ok_or_else(|| Error::wrong_state(&self.allowed_actions(by)))?;
        if self.is_time(act, by) {
            return Ok(next);
        }
        let late = self.policy.late_minutes;
        let before = |minutes| {
            (format!("須於時段開始 {minutes} 分鐘前為之"), format!("only until {} before the slot", counted(minutes, "minute")))
        };
        let (zh, en) = match act {
            // Nobody can come, or fail to come, to an office that is closed, or once they have died.
            _ if self.conflict.is_some() => {
                let (zh, en) = match self.conflict.as_ref().map(|conflict| conflict.cause) {
                    Some(Cause::Death) => {
                        ("預約人已登記死亡，請取消或改期", "whoever it is for has died: cancel the booking or move it")
                    }
                    _ => ("該時段已不存在，請改期或取消", "the slot no longer stands: move the booking or cancel it"),
                };
                (zh.to_owned(), en.to_owned())
            }
            BookingAct::Reschedule => before(self.policy.move_notice()),
            BookingAct::Cancel => before(self.policy.cancel_notice()),
            BookingAct::Reinstate => ("須於時段開始前為之".to_owned(), "only until the slot begins".to_owned()),
            BookingAct::CheckIn => (
                format!("僅於當日至時段開始後 {late} 分鐘內得報到"),
                format!("only on the day, until {} after the start", counted(late, "minute")),
            ),
            BookingAct::NoShow => {
                (format!("時段開始 {late} 分鐘後始得登記未到"), format!("only from {} after the start", counted(late, "minute")))
            }
            _ => ("須於時段開始後為之".to_owned(), "only from the start of the slot on".to_owned()),
        };
        Err(Problem::new(Code::WRONG_STATE).detail(zh, en).with("allowed_actions", self.allowed_actions(by)).into())
    }

    /// Moves the state on; every change counts the version and the calendar's SEQUENCE.
    fn turned(mut self, status: BookingStatus, now: Moment) -> Self {
        self.status = status;
        self.version += 1;
        self.sequence += 1;
        self.updated_at = now;
        self
    }

    pub fn cancel(self, by: &By) -> Result<Self> {
        let next = self.allow(BookingAct::Cancel, by)?;
        Ok(Self { conflict: None, ..self.turned(next, by.now) })
    }

    /// The channel that staff move it through: their own, whatever the first one was.
    pub fn channel_for_staff(&self) -> Channel {
        if self.channel == Channel::Online { Channel::Counter } else { self.channel }
    }

    /// Whether it may move at all; the new slot is judged by the booking rules.
    pub fn may_move(&self, by: &By) -> Result<()> {
        self.allow(BookingAct::Reschedule, by).map(drop)
    }

    /// Whether its cancellation may be taken back at all; its slot is judged by the booking rules.
    pub fn may_stand_again(&self, by: &By) -> Result<()> {
        self.allow(BookingAct::Reinstate, by).map(drop)
    }

    /// Takes over the new slot, or its own anew.
    pub fn moved_to(self, slot: &super::super::plan::Slot, resource: &str, now: Moment) -> Self {
        let mut moved = self.turned(BookingStatus::Booked, now);
        slot.id.clone_into(&mut moved.slot_id);
        resource.clone_into(&mut moved.resource);
        (moved.starts_at, moved.ends_at) = (slot.starts_at, slot.ends_at);
        moved.conflict = None;
        moved
    }

    /// Checks a person in, on the day and until the slot is forfeited.
    pub fn check_in(self, by: &By) -> Result<Self> {
        let next = self.allow(BookingAct::CheckIn, by)?;
        Ok(self.turned(next, by.now))
    }

    pub fn complete(self, by: &By) -> Result<Self> {
        let next = self.allow(BookingAct::Complete, by)?;
        Ok(self.turned(next, by.now))
    }

    /// Closes it with an outcome, checked in or not: over video nobody stands at the counter. `None` when it is
    /// done already.
    pub fn conclude(&self, by: &By) -> Result<Option<Self>> {
        if self.status == BookingStatus::Done {
            return Ok(None);
        }
        let next = self.allow(BookingAct::Conclude, by)?;
        Ok(Some(self.clone().turned(next, by.now)))
    }

    /// Takes back a check-in, a completion or a no-show that was noted by mistake.
    pub fn take_back(self, by: &By) -> Result<Self> {
        let next = self.allow(BookingAct::TakeBack, by)?;
        Ok(self.turned(next, by.now))
    }

    /// A no-show that was none, since the office turned out to be closed.
    pub fn excused(self, now: Moment) -> Self {
        self.turned(BookingStatus::Booked, now)
    }

    /// Notes that nobody came, once the slot is forfeited.
    pub fn no_show(self, by: &By) -> Result<Self> {
        let next = self.allow(BookingAct::NoShow, by)?;
        Ok(self.turned(next, by.now))
    }
}

/// A person as shown in lists: enough to recognise, not to find.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MaskedPerson {
    /// To whoever has no more than the booking's secret, the booking's own.
    pub id: Id,
    /// Family and last given name, the rest hidden.
    #[schema(max_length = 100, example = "王○明")]
    pub name: String,
    #[serde(flatten)]
    pub known_by: KnownBy,
}

/// One line of a booking's history; lines are added, never changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HistoryLine {
    pub at: Moment,
    pub status: BookingStatus,
    #[schema(max_length = 80)]
    pub slot_id: String,
    #[schema(max_length = 500)]
    pub reason: String,
}

/// A booking as clients see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Booking, example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "B115-7K3QX-9M2XA", "service_code": "LEGAL_CONSULTATION",
    "slot_id": "LEGAL_CONSULTATION-20261125T0900", "starts_at": "2026-11-25T09:00:00+08:00", "ends_at": "2026-11-25T09:30:00+08:00",
    "status": "BOOKED", "channel": "ONLINE",
    "person": {"id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "name": "王○明", "national_id": "A12*****89"},
    "contact": {"phone": "0912***678", "other_phones": [], "email": null, "address": null, "language": null, "none_reason": null, "masked": true},
    "place": {"zh": "視訊", "en": "By video"}, "join_url": "/v1/consultations/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f/join",
    "conflict": null, "allowed_actions": ["reschedule", "cancel"],
    "history": [{"at": "2026-11-23T09:00:00+08:00", "status": "BOOKED", "slot_id": "LEGAL_CONSULTATION-20261125T0900", "reason": ""}]
}))]
pub struct BookingView {
    pub id: Id,
    /// Number to quote at the counter or on the telephone.
    #[schema(max_length = 20)]
    pub number: String,
    #[schema(max_length = 40)]
    pub service_code: String,
    #[schema(max_length = 80)]
    pub slot_id: String,
    pub starts_at: Moment,
    pub ends_at: Moment,
    pub status: BookingStatus,
    pub channel: Channel,
    pub person: MaskedPerson,
    /// How to reach the person: whole to whoever it is about or has made it, masked to others.
    pub contact: ShownContact,
    pub place: Bilingual,
    /// Where a video meeting's link is to be had when its time comes.
    #[schema(max_length = 200)]
    pub join_url: Option<String>,
    /// The rule under which it was booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub policy: Option<BookingRule>,
    /// A closure or change has hit the slot; an equal one may be kept.
    pub conflict: Option<ConflictNote>,
    /// What the caller can do with it now: by role, state and time.
    #[schema(value_type = Vec<BookingAct>, max_items = 8)]
    pub allowed_actions: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 100, nullable = false)]
    pub history: Option<Vec<HistoryLine>>,
    /// Only in the answer to its creation: proves, with the number, whose booking it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 43, nullable = false)]
    pub secret: Option<String>,
}

/// Why a booked slot no longer stands, and what is kept in its place.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConflictNote {
    pub id: Id,
    pub cause: Cause,
    /// An equal slot, kept until the booking moves there or is cancelled.
    #[schema(max_length = 80)]
    pub reserved_slot_id: Option<String>,
}

/// Which bookings a caller may see or change.
#[derive(Clone, Debug)]
pub enum Scope {
    All,
    /// Of these persons: the caller, and the principals of letters in force.
    Own(Vec<Id>),
    /// Of these resources: those that an account stands for by a roster.
    Resources(Vec<String>),
    One(Id),
    Nothing,
}

impl Scope {
    pub fn holds(&self, booking: &Booking) -> bool {
        match self {
            Self::All => true,
            Self::Own(persons) => persons.contains(&booking.person_id),
            Self::Resources(resources) => resources.contains(&booking.resource),
            Self::One(id) => booking.id == *id,
            Self::Nothing => false,
        }
    }
}

/// The channel that a caller books through; only staff name another than ONLINE.
pub fn channel_of(by: &By, wanted: Option<Channel>) -> Result<Channel> {
    let staff = by.reach >= Reach::Office;
    match (staff, wanted) {
        (true, Some(Channel::Online)) => {
            let text = Text::new("承辦人代辦不得填 ONLINE", "staff book through another channel than ONLINE");
            Err(Error::field("/channel", "not_allowed", text))
        }
        (true, wanted) => Ok(wanted.unwrap_or(Channel::Counter)),
        (false, None | Some(Channel::Online)) => Ok(Channel::Online),
        (false, Some(_)) => {
            Err(Error::field("/channel", "not_allowed", Text::new("線上申請應為 ONLINE", "a citizen's channel here is ONLINE")))
        }
    }
}
