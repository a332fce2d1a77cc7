//! How far a clock is to be trusted: what cannot be undone never goes by a clock that has jumped forward.
//!
//! The system's clock may be set wrong, by a person or a time server, and right again. Read beside it is a *steady*
//! clock, which counts on since the process began and which nobody sets. As long as both go at one pace, the system's
//! clock is believed. When it runs ahead, the moment that has *surely* come is counted on by the steady clock, until
//! the system's clock is back, or has stood by its word for a stated while.

use std::time::Duration as Steady;

use chrono::Duration;

use super::Moment;

/// How far the clock may run ahead between two looks, or ahead of the store's clock.
const TOLERANCE: Duration = Duration::seconds(60);

/// How long a store may have been at rest: past it, a start does not take the clock's word for the time.
const REST: Duration = Duration::days(3);

/// What is believed of a clock.
#[derive(Debug)]
pub struct Trust {
    /// A moment that had surely come, and what the steady clock said then.
    sure: Moment,
    since: Steady,
    doubt: Option<Doubt>,
    /// How long a clock that has jumped must go steadily to be believed again; zero: it is always believed.
    settles_in: Steady,
}

/// A jump that is not believed.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    /// What the clock said when it was first seen there, and what the steady clock said then.
    said: Moment,
    since: Steady,
    /// The store's clock says otherwise.
    contradicted: bool,
}

fn length(steady: Steady) -> Duration {
    Duration::from_std(steady).unwrap_or(Duration::MAX)
}

impl Trust {
    /// Believes what the clock says now.
    pub fn new(now: Moment, steady: Steady, settles_in: Steady) -> Self {
        Self { sure: now, since: steady, doubt: None, settles_in }
    }

    /// The moment that has surely come, when the two clocks say this: `now` itself as long as the clock is believed.
    pub fn look(&mut self, now: Moment, steady: Steady) -> Moment {
        let line = self.sure + length(steady.saturating_sub(self.since));
        if self.settles_in.is_zero() || now <= line + TOLERANCE {
            if self.doubt.take().is_some() {
                tracing::warn!("the system's clock is trusted again");
            }
            return self.believe(now, steady);
        }
        let doubt = self.doubt.get_or_insert_with(|| {
            let ahead_seconds = (now - line).num_seconds();
            tracing::error!(ahead_seconds, "the system's clock has jumped ahead: what cannot be undone goes by the steady clock");
            Doubt { said: now, since: steady, contradicted: false }
        });
        let gone = steady.saturating_sub(doubt.since);
        if (now - (doubt.said + length(gone))).abs() > TOLERANCE {
            // It jumped once more: the while begins anew.
            (doubt.said, doubt.since) = (now, steady);
        } else if gone >= self.settles_in && !doubt.contradicted {
            tracing::warn!("the system's clock has gone steadily since it jumped, and is trusted again");
            self.doubt = None;
            return self.believe(now, steady);
        }
        line
    }

    fn believe(&mut self, now: Moment, steady: Steady) -> Moment {
        (self.sure, self.since) = (now, steady);
        now
    }

    /// Compares with the newest moment that the store holds, once at the start.
    pub fn resume(&mut self, newest: Moment, now: Moment, steady: Steady) {
        if now > newest + REST {
            (self.sure, self.since) = (newest, steady);
            self.look(now, steady);
        }
    }

    /// Compares with the clock of the store, where it has one of its own. A store that agrees ends no doubt: it may run
    /// on the same machine.
    pub fn compare(&mut self, store: Moment, now: Moment, steady: Steady) {
        let ahead = now > store + TOLERANCE;
        if ahead && self.doubt.is_none() {
            (self.sure, self.since) = (store, steady);
            self.look(now, steady);
        }
        if let Some(doubt) = &mut self.doubt {
            doubt.contradicted = ahead;
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
    fn a_clock_that_goes_on_or_back_or_ahead_a_little_is_believed() {
        let mut trust = begun();
        for (steady, now) in [(5, "23T09:00:05"), (10, "23T09:00:40"), (15, "23T08:00:00"), (20, "23T08:00:05")] {
            assert_eq!(trust.look(at(now), seconds(steady)), at(now));
        }
    }

    #[test]
    fn a_jump_is_not_believed_until_the_clock_has_gone_steadily_for_a_while() {
        let mut trust = begun();
        assert_eq!(trust.look(at("25T09:00:05"), seconds(5)), at("23T09:00:05"));
        assert_eq!(trust.look(at("25T09:59:05"), seconds(3545)), at("23T09:59:05"));
        assert_eq!(trust.look(at("25T10:00:05"), seconds(3605)), at("25T10:00:05"));
        assert_eq!(trust.look(at("25T10:00:10"), seconds(3610)), at("25T10:00:10"));
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
    fn without_a_while_every_jump_is_believed() {
        let mut trust = Trust::new(at("23T09:00:00"), seconds(0), Steady::ZERO);
        assert_eq!(trust.look(at("29T09:00:00"), seconds(5)), at("29T09:00:00"));
        trust.resume(at("01T09:00:00"), at("29T09:00:00"), seconds(5));
        trust.compare(at("01T09:00:00"), at("29T09:00:00"), seconds(5));
        assert_eq!(trust.look(at("29T09:00:05"), seconds(10)), at("29T09:00:05"));
    }

    #[test]
    fn after_a_long_rest_time_goes_on_from_the_newest_moment_in_the_store() {
        let mut trust = begun();
        trust.resume(at("20T09:00:01"), at("23T09:00:00"), seconds(0));
        assert_eq!(trust.look(at("23T09:00:05"), seconds(5)), at("23T09:00:05"), "three days are a long weekend");
        trust.resume(at("20T09:00:00"), at("23T09:00:10"), seconds(10));
        assert_eq!(trust.look(at("23T09:00:15"), seconds(15)), at("20T09:00:05"));
        assert_eq!(trust.look(at("23T10:00:10"), seconds(3610)), at("23T10:00:10"));
    }

    #[test]
    fn a_store_that_says_otherwise_is_believed_as_long_as_it_does() {
        let mut trust = begun();
        trust.compare(at("23T08:00:00"), at("23T09:00:00"), seconds(0));
        assert_eq!(trust.look(at("23T11:00:00"), seconds(7200)), at("23T10:00:00"), "even past the while");
        trust.compare(at("23T11:00:00"), at("23T11:00:05"), seconds(7205));
        assert_eq!(trust.look(at("23T11:00:10"), seconds(7210)), at("23T11:00:10"));
        assert_eq!(trust.look(at("25T11:00:15"), seconds(7215)), at("23T11:00:15"));
        trust.compare(at("25T11:00:15"), at("25T11:00:15"), seconds(7215));
        assert_eq!(trust.look(at("25T11:00:20"), seconds(7220)), at("23T11:00:20"), "it may run on the same machine");
    }
}
