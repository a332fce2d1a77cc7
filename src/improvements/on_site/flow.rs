//! The flow of a complaint on the spot: which steps are still to be done, what state follows, and what came out of order.

use super::model::{OnSiteStatus, OnSiteStepKind};
use crate::clock::Moment;

/// The order of the flow. A complaint is solved at once or goes on as a petition.
const ORDER: [&[OnSiteStepKind]; 6] = [
    &[OnSiteStepKind::Calmed],
    &[OnSiteStepKind::TakenOver],
    &[OnSiteStepKind::Recorded],
    &[OnSiteStepKind::Solved, OnSiteStepKind::PetitionOpened],
    &[OnSiteStepKind::ResultNoted],
    &[OnSiteStepKind::FollowedUp],
];

/// A step that stands.
pub type Standing = (OnSiteStepKind, Moment);

/// The steps that are still to be done: of two that stand for each other the first.
pub fn missing(standing: &[Standing]) -> Vec<OnSiteStepKind> {
    let is_done = |either: &&[OnSiteStepKind]| standing.iter().any(|(kind, _)| either.contains(kind));
    ORDER.iter().filter(|either| !is_done(either)).filter_map(|either| either.first().copied()).collect()
}

/// The state that follows from the steps that stand.
pub fn status(standing: &[Standing]) -> OnSiteStatus {
    if missing(standing).is_empty() {
        OnSiteStatus::Closed
    } else if standing.iter().any(|(kind, _)| *kind == OnSiteStepKind::ResultNoted) {
        OnSiteStatus::AwaitingFollowUp
    } else {
        OnSiteStatus::Open
    }
}

/// Whether a step happened before one that comes earlier in the flow.
pub fn is_out_of_order(standing: &[Standing], (kind, at): Standing) -> bool {
    let place = |kind: OnSiteStepKind| ORDER.iter().position(|either| either.contains(&kind));
    let Some(own) = place(kind) else { return false };
    standing.iter().any(|(other, then)| place(*other).is_some_and(|other| other < own) && *then > at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use OnSiteStepKind::{Calmed, FollowedUp, PetitionOpened, PoliceCalled, Recorded, ResultNoted, Solved, TakenOver};

    fn at(minute: u32) -> Moment {
        format!("2026-11-23T09:{minute:02}:00+08:00").parse().unwrap()
    }

    fn all(kinds: &[OnSiteStepKind]) -> Vec<Standing> {
        (0..).zip(kinds).map(|(minute, kind)| (*kind, at(minute))).collect()
    }

    #[test]
    fn a_complaint_is_closed_by_every_step_of_the_flow_whatever_their_order() {
        assert_eq!(status(&[]), OnSiteStatus::Open);
        assert_eq!(missing(&[]), [Calmed, TakenOver, Recorded, Solved, ResultNoted, FollowedUp]);
        assert_eq!(status(&all(&[Calmed, TakenOver, PoliceCalled])), OnSiteStatus::Open);
        let awaiting = all(&[TakenOver, Recorded, PetitionOpened, ResultNoted]);
        assert_eq!((status(&awaiting), missing(&awaiting)), (OnSiteStatus::AwaitingFollowUp, vec![Calmed, FollowedUp]));
        let whole = all(&[FollowedUp, ResultNoted, Solved, Recorded, TakenOver, Calmed]);
        assert_eq!(status(&whole), OnSiteStatus::Closed);
    }

    #[test]
    fn what_happened_before_an_earlier_step_is_out_of_order() {
        let standing = all(&[Calmed, TakenOver, Recorded]);
        assert!(!is_out_of_order(&standing, (Solved, at(3))));
        assert!(is_out_of_order(&standing, (Solved, at(1))));
        assert!(!is_out_of_order(&standing, (PoliceCalled, at(0))));
        assert!(!is_out_of_order(&all(&[Solved]), (PetitionOpened, at(0))));
    }
}
