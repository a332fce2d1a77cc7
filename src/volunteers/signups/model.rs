//! States and acts of a sign-up, the rules that it is judged by, and the filters of the list.

use serde::Deserialize;
use utoipa::IntoParams;

use super::policy::{AcceptPlace, AcceptSwapRequest, CancelSignup, CreateSignup, DeclinePlace};
use super::problems::{
    ALREADY_SIGNED_UP, CONSENT_MISSING, NOT_OPEN_YET, ONE_SHIFT_A_DAY, OVERLAP, QUOTA, REST_TOO_SHORT, SHIFT_FULL, SUSPENDED,
    TOO_LATE, TRAINING_MISSING, UNAVAILABLE, UNINSURED,
};
use crate::db::Id;
use crate::error::Code;
use crate::volunteers::attendance::policy::{CheckInSignup, CheckOutSignup, ExcuseSignup, MarkNoShow, UndoAttendance};
use crate::volunteers::gate::VolunteerBlocker;
use crate::{acts, text_enum};

text_enum! {
    /// States of a sign-up.
    pub enum SignupStatus {
        /// Has a seat, or sits beside as a trainee
        Placed = "PLACED",
        /// Has a seat that became free: it is theirs, and until the cut-off they may decline it
        Offered = "OFFERED",
        /// Waits for a seat
        Waiting = "WAITING",
        Cancelled = "CANCELLED",
        /// The seat that became free was not wanted
        Declined = "DECLINED",
        /// The office took it back: they do not serve any more, or the shift has fewer seats
        Released = "RELEASED",
        /// Passed on to somebody else
        Swapped = "SWAPPED",
        CheckedIn = "CHECKED_IN",
        /// Was there, and has left
        Served = "SERVED",
        NoShow = "NO_SHOW",
        /// Could not come, and has said so before the shift began
        Excused = "EXCUSED",
    }
}

impl SignupStatus {
    /// Those that have a seat.
    pub const SEATED: [Self; 4] = [Self::Placed, Self::Offered, Self::CheckedIn, Self::Served];
    /// Those that are to come or wait for it.
    pub const COMING: [Self; 3] = [Self::Placed, Self::Offered, Self::Waiting];
    /// Those of which one volunteer has one at a shift.
    pub const STANDING: [Self; 7] =
        [Self::Placed, Self::Offered, Self::Waiting, Self::CheckedIn, Self::Served, Self::NoShow, Self::Excused];

    pub fn is_seated(self) -> bool {
        Self::SEATED.contains(&self)
    }
}

acts! {
    /// Acts on a sign-up.
    pub enum SignupAct on "signup" SignupStatus {
        SignUp "sign-up" [CreateSignup ""] "signed_up" Anyone {}
        Wait "wait" [CreateSignup ""] "waiting" Anyone {}
        Force "force" [CreateSignup ""] "forced" Anyone {}
        TakeOver "take-over" [AcceptSwapRequest ""] "taken_over" Anyone {}
        Promote "promote" [] "promoted" Anyone { Waiting => Offered }
        AcceptPlace "accept-place" [AcceptPlace ":accept-place"] "accepted" Anyone { Offered => Placed }
        DeclinePlace "decline-place" [DeclinePlace ":decline-place"] "declined" Anyone { Offered => Declined }
        Cancel "cancel" [CancelSignup ":cancel"] "cancelled" Anyone { Placed => Cancelled, Offered => Cancelled, Waiting => Cancelled }
        Release "release" [] "released" Anyone { Placed => Released, Offered => Released, Waiting => Released }
        HandOver "hand-over" [] "handed_over" Anyone { Placed => Swapped, Offered => Swapped }
        CheckIn "check-in" [CheckInSignup ":check-in"] "checked_in" Anyone { Placed => CheckedIn, Offered => CheckedIn }
        CheckOut "check-out" [CheckOutSignup ":check-out"] "checked_out" Anyone { CheckedIn => Served, Served => Served }
        Close "close" [] "closed" Anyone { CheckedIn => Served }
        NoShow "no-show" [MarkNoShow ":no-show"] "missed" Anyone { Placed => NoShow, Offered => NoShow }
        Excuse "excuse" [ExcuseSignup ":excuse"] "excused" Anyone { Placed => Excused, Offered => Excused }
        Undo "undo" [UndoAttendance ":undo"] "undone" Anyone {
            Served => CheckedIn, CheckedIn => Placed, NoShow => Placed, Excused => Placed
        }
    }
}

text_enum! {
    /// A rule by which a sign-up is judged; in the order in which the first one names the refusal.
    pub enum SignupRule {
        AlreadySignedUp = "already_signed_up",
        /// Suspended, retired, deceased, or not joined yet
        Suspended = "suspended",
        TrainingMissing = "training_missing",
        Uninsured = "uninsured",
        ConsentMissing = "consent_missing",
        Overlap = "overlap",
        RestTooShort = "rest_too_short",
        OneShiftADay = "one_shift_a_day",
        Quota = "quota",
        Unavailable = "unavailable",
        NotOpenYet = "not_open_yet",
        TooLate = "too_late",
        /// No seat is free that they can take
        ShiftFull = "shift_full",
    }
}

impl SignupRule {
    /// The code of the refusal.
    pub const fn code(self) -> Code {
        match self {
            Self::AlreadySignedUp => ALREADY_SIGNED_UP,
            Self::Suspended => SUSPENDED,
            Self::TrainingMissing => TRAINING_MISSING,
            Self::Uninsured => UNINSURED,
            Self::ConsentMissing => CONSENT_MISSING,
            Self::Overlap => OVERLAP,
            Self::RestTooShort => REST_TOO_SHORT,
            Self::OneShiftADay => ONE_SHIFT_A_DAY,
            Self::Quota => QUOTA,
            Self::Unavailable => UNAVAILABLE,
            Self::NotOpenYet => NOT_OPEN_YET,
            Self::TooLate => TOO_LATE,
            Self::ShiftFull => SHIFT_FULL,
        }
    }

    /// Whether a supervisor may put somebody on a shift in spite of it, with a reason: neither what the law asks for, nor a seat that is not
    /// there.
    pub const fn yields(self) -> bool {
        match self {
            Self::RestTooShort | Self::OneShiftADay | Self::Quota | Self::Unavailable | Self::NotOpenYet | Self::TooLate => true,
            Self::AlreadySignedUp
            | Self::Suspended
            | Self::TrainingMissing
            | Self::Uninsured
            | Self::ConsentMissing
            | Self::Overlap
            | Self::ShiftFull => false,
        }
    }

    /// The rule that something which keeps somebody from serving breaks; none for a trainee, who sits beside.
    pub const fn of(blocker: VolunteerBlocker) -> Option<Self> {
        use VolunteerBlocker as Blocker;
        match blocker {
            Blocker::NotFullMember => None,
            Blocker::NotJoined | Blocker::Deceased | Blocker::Retired | Blocker::Suspended => Some(Self::Suspended),
            Blocker::CategoryNotHeld
            | Blocker::BasicTrainingMissing
            | Blocker::BasicTrainingExpired
            | Blocker::BasicTrainingTooShort
            | Blocker::SpecialTrainingMissing
            | Blocker::SpecialTrainingExpired
            | Blocker::SpecialTrainingTooShort => Some(Self::TrainingMissing),
            Blocker::InsuranceMissing | Blocker::InsuranceExpired => Some(Self::Uninsured),
            Blocker::ConsentMissing | Blocker::ConsentExpired | Blocker::AgeUnknown => Some(Self::ConsentMissing),
        }
    }
}

/// Filters of the list of sign-ups.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SignupFilter {
    pub shift_id: Option<Id>,
    pub volunteer_id: Option<Id>,
    pub status: Option<SignupStatus>,
}
