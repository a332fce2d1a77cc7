//! How far a clock is to be trusted: the office goes by no clock that has jumped.
//!
//! The system's clock may be set wrong, by a person or a time server, and right again. Read beside it is a *steady*
//! clock, which counts on and which nobody sets. As long as both go at one pace, the system's clock is believed. When
//! they part, ahead or back, the last moment that was believed is counted on by the steady clock, until the system's
//! clock is right again, or has stood by its word for a stated while.

use std::time::Duration as Steady;

use chrono::Duration;

use super::Moment;

/// How far the clock may jump between two looks, or differ from the store's clock.
pub const TOLERANCE: Duration = Duration::seconds(60);

/// How long a store may have been at rest: past it, a start does not take the clock's word for the time.
const REST: Duration = Duration::days(3);

/// What is believed of a clock.
#[derive(Debug)]
pub struct Trust {
    /// A moment that was believed, and what the steady clock said then.
    sure: Moment,
    since: Steady,
    doubt: Option<Doubt>,
    /// How long a clock that has jumped must go steadily to be believed again; zero: it is always believed.
    settles_in: Steady,
}

/// What the clock says and nobody believes.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    /// What the clock said when it was first seen there, and what the steady clock said then.
    said: Moment,
    since: Steady,
    /// The store's clock says otherwise.
    contradicted: bool,
    /// It began with the process: nobody has counted how long the store had been at rest.
    at_start: bool,
}

fn length(steady: Steady) -> Duration {
    Duration::from_std(steady).unwrap_or(Duration::MAX)
}

fn are_apart(one: Moment, other: Moment) -> bool {
    (one - other).abs() > TOLERANCE
}

impl Trust {
    /// Believes what the clock says now.
    pub fn new(now: Moment, steady: Steady, settles_in: Steady) -> Self {
        Self { sure: now, since: steady, doubt: None, settles_in }
    }

    /// The moment by the steady clock.
    fn line(&self, steady: Steady) -> Moment {
        self.sure + length(steady.saturating_sub(self.since))
    }

    /// The moment by which the office goes, when the two clocks say this: `now` itself as long as the clock is believed.
    pub fn look(&mut self, now: Moment, steady: Steady) -> Moment {
        let line = self.line(steady);
        if self.settles_in.is_zero() || self.is_right(now, line) {
            if self.doubt.take().is_some() {
                tracing::warn!("the system's clock is trusted again");
            }
            return self.believe(now, steady);
        }
        let Some(doubt) = &mut self.doubt else {
            self.begin_doubt(Doubt { said: now, since: steady, contradicted: false, at_start: false });
            return line;
        };
        let gone = steady.saturating_sub(doubt.since);
        if are_apart(now, doubt.said + length(gone)) {
            // It jumped once more: the while begins anew.
            (doubt.said, doubt.since) = (now, steady);
        } else if gone >= self.settles_in && !doubt.contradicted {
            tracing::warn!("the system's clock has gone steadily since it jumped, and is trusted again");
            self.doubt = None;
            return self.believe(now, steady);
        }
        line
    }

    /// Whether the clock says what may be: after a start, whatever comes after a rest of usual length.
    fn is_right(&self, now: Moment, line: Moment) -> bool {
        match &self.doubt {
            None => !are_apart(now, line),
            Some(doubt) if doubt.at_start => !doubt.contradicted && now >= line - TOLERANCE && now <= line + REST,
            Some(doubt) => !doubt.contradicted && !are_apart(now, line),
        }
    }

    fn believe(&mut self, now: Moment, steady: Steady) -> Moment {
        (self.sure, self.since) = (now, steady);
        now
    }

    fn begin_doubt(&mut self, doubt: Doubt) {
        let (ahead_seconds, contradicted) = ((doubt.said - self.line(doubt.since)).num_seconds(), doubt.contradicted);
        tracing::error!(ahead_seconds, contradicted, "the system's clock is not trusted: the office goes by the steady clock");
        self.doubt = Some(doubt);
    }

    /// Whether it is trusted.
    pub fn is_trusted(&self) -> bool {
        self.doubt.is_none()
    }

    /// Whether nobody can tell the time: the clock is far past all that the store holds, and may be right or wrong.
    pub fn is_lost(&self, now: Moment, steady: Steady) -> bool {
        self.doubt.is_some_and(|doubt| doubt.at_start && now > self.line(steady) + REST)
    }

    /// Compares with the newest moment that the store holds and with the store's own clock, once at the start.
    pub fn resume(&mut self, newest: Option<Moment>, store: Option<Moment>, now: Moment, steady: Steady) {
        if self.settles_in.is_zero() {
            return;
        }
        let may_be = |at: &Moment| newest.is_none_or(|newest| *at >= newest - TOLERANCE);
        // Of two clocks that disagree the one is taken by which less has run out.
        let earliest = [Some(now), store].into_iter().flatten().filter(may_be).min();
        let line = match (earliest, newest) {
            (Some(at), Some(newest)) if at > newest + REST => newest,
            (at, newest) => at.or(newest).unwrap_or(now),
        };
        self.believe(line, steady);
        let contradicted = store.is_some_and(|store| are_apart(now, store));
        if contradicted || are_apart(now, line) {
            self.begin_doubt(Doubt { said: now, since: steady, contradicted, at_start: true });
        }
        if self.is_lost(now, steady) {
            tracing::error!("the clock is days past all that the database holds: no acts are taken until it is trusted");
        }
    }

    /// Compares with the clock of the store, where it has one of its own. A store that agrees ends no doubt: it may run
    /// on the same machine. One that disagrees moves nothing: it may have jumped itself.
    pub fn compare(&mut self, store: Moment, now: Moment, steady: Steady) {
        if self.settles_in.is_zero() {
            return;
        }
        self.look(now, steady);
        let contradicted = are_apart(now, store);
        match &mut self.doubt {
            Some(doubt) => doubt.contradicted = contradicted,
            None if contradicted => self.begin_doubt(Doubt { said: now, since: steady, contradicted, at_start: false }),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Steady = Steady::from_secs(3600);

    fn at(text: &str) -> Moment {
        format!("2026-11-{text}+08:00").parse().unwrap()
    }

    fn seconds(count: u64) -> Steady {
        Steady::from_secs(count)
    }

    fn begun() -> Trust {
        Trust::new(at("23T09:00:00"), seconds(0), HOUR)
    }

    #[test]
    fn a_clock_that_goes_on_or_a_little_ahead_or_back_is_believed() {
        let mut trust = begun();
        for (steady, now) in [(5, "23T09:00:05"), (10, "23T09:00:40"), (15, "23T08:59:55"), (20, "23T09:00:00")] {
            assert_eq!(trust.look(at(now), seconds(steady)), at(now));
        }
    }

    #[test]
    fn a_jump_is_not_believed_until_the_clock_has_gone_steadily_for_a_while() {
        for (jumped, later, settled, on) in [
            ("25T09:00:05", "25T09:59:05", "25T10:00:05", "25T10:00:10"),
            ("22T09:00:05", "22T09:59:05", "22T10:00:05", "22T10:00:10"),
        ] {
            let mut trust = begun();
            assert_eq!(trust.look(at(jumped), seconds(5)), at("23T09:00:05"));
            assert_eq!(trust.look(at(later), seconds(3545)), at("23T09:59:05"));
            assert!(!trust.is_trusted());
            assert_eq!(trust.look(at(settled), seconds(3605)), at(settled));
            assert_eq!(trust.look(at(on), seconds(3610)), at(on));
            assert!(trust.is_trusted());
        }
    }

    #[test]
    fn a_clock_that_comes_back_is_believed_at_once_and_one_that_jumps_on_waits_anew() {
        let mut trust = begun();
        trust.look(at("25T09:00:05"), seconds(5));
        assert_eq!(trust.look(at("23T09:00:10"), seconds(10)), at("23T09:00:10"));
        trust.look(at("25T09:00:15"), seconds(15));
        trust.look(at("27T09:30:15"), seconds(1815));
        assert_eq!(trust.look(at("27T10:00:20"), seconds(3620)), at("23T10:00:20"));
        assert_eq!(trust.look(at("27T10:30:15"), seconds(5415)), at("27T10:30:15"));
    }

    #[test]
    fn a_clock_that_falls_back_and_is_set_right_is_believed_at_once() {
        let mut trust = begun();
        assert_eq!(trust.look(at("23T08:00:05"), seconds(5)), at("23T09:00:05"));
        assert!(!trust.is_trusted());
        assert_eq!(trust.look(at("23T09:00:10"), seconds(10)), at("23T09:00:10"));
        assert!(trust.is_trusted());
    }

    #[test]
    fn without_a_while_every_jump_is_believed() {
        let mut trust = Trust::new(at("23T09:00:00"), seconds(0), Steady::ZERO);
        assert_eq!(trust.look(at("29T09:00:00"), seconds(5)), at("29T09:00:00"));
        trust.resume(Some(at("01T09:00:00")), Some(at("02T09:00:00")), at("29T09:00:00"), seconds(5));
        trust.compare(at("01T09:00:00"), at("29T09:00:00"), seconds(5));
        assert_eq!(trust.look(at("29T09:00:05"), seconds(10)), at("29T09:00:05"));
        assert!(trust.is_trusted());
    }

    #[test]
    fn after_a_long_rest_nobody_can_tell_the_time() {
        let mut trust = begun();
        trust.resume(Some(at("20T09:00:00")), None, at("23T09:00:00"), seconds(0));
        assert_eq!(trust.look(at("23T09:00:05"), seconds(5)), at("23T09:00:05"), "three days are a long weekend");
        trust.resume(Some(at("20T09:00:00")), None, at("23T09:00:10"), seconds(10));
        assert_eq!(trust.look(at("23T09:00:15"), seconds(15)), at("20T09:00:05"));
        assert!(trust.is_lost(at("23T09:00:15"), seconds(15)));
        assert_eq!(trust.look(at("23T10:00:10"), seconds(3610)), at("23T10:00:10"));
        assert!(!trust.is_lost(at("23T10:00:10"), seconds(3610)));
        trust.resume(Some(at("20T09:00:00")), None, at("27T09:00:00"), seconds(4000));
        assert_eq!(trust.look(at("20T11:00:00"), seconds(4010)), at("20T11:00:00"), "set right, whatever the rest was");
        assert!(trust.is_trusted());
    }

    #[test]
    fn a_start_goes_by_no_clock_that_lies_behind_what_the_store_holds() {
        let mut trust = begun();
        trust.resume(Some(at("24T09:00:00")), None, at("23T09:00:00"), seconds(0));
        assert_eq!(trust.look(at("23T09:00:05"), seconds(5)), at("24T09:00:05"));
        assert!(!trust.is_trusted() && !trust.is_lost(at("23T09:00:05"), seconds(5)));
        assert_eq!(trust.look(at("24T12:00:00"), seconds(10)), at("24T12:00:00"));
        assert!(trust.is_trusted());
    }

    #[test]
    fn of_a_clock_and_a_store_that_disagree_at_a_start_the_earlier_that_may_be_is_taken() {
        for (now, store, taken) in [
            ("25T09:00:00", "23T09:00:00", "23T09:00:00"),
            ("23T09:00:00", "25T09:00:00", "23T09:00:00"),
            ("22T07:00:00", "23T09:00:00", "23T09:00:00"),
            ("23T09:00:00", "22T07:00:00", "23T09:00:00"),
        ] {
            let mut trust = begun();
            trust.resume(Some(at("22T09:00:00")), Some(at(store)), at(now), seconds(0));
            assert_eq!(trust.look(at(now), seconds(0)), at(taken), "{now} {store}");
            assert!(!trust.is_trusted());
        }
    }

    #[test]
    fn a_clock_is_not_trusted_as_long_as_the_store_says_otherwise() {
        for store in ["23T08:00", "23T10:00"] {
            let mut trust = begun();
            trust.compare(at(&format!("{store}:05")), at("23T09:00:05"), seconds(5));
            assert!(!trust.is_trusted());
            assert_eq!(trust.look(at("23T11:00:00"), seconds(7200)), at("23T11:00:00"), "the store may have jumped");
            assert!(!trust.is_trusted(), "even past the while");
            trust.compare(at("23T11:00:00"), at("23T11:00:05"), seconds(7205));
            assert_eq!(trust.look(at("23T11:00:10"), seconds(7210)), at("23T11:00:10"));
            assert!(trust.is_trusted());
        }
    }

    #[test]
    fn a_store_that_jumps_with_the_clock_ends_no_doubt() {
        let mut trust = begun();
        assert_eq!(trust.look(at("25T09:00:05"), seconds(5)), at("23T09:00:05"));
        trust.compare(at("25T09:00:10"), at("25T09:00:10"), seconds(10));
        assert_eq!(trust.look(at("25T09:00:15"), seconds(15)), at("23T09:00:15"), "it may run on the same machine");
    }
}
