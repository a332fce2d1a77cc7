//! Rate limits by caller, with the `RateLimit` headers of the IETF draft 11.

use std::net::Ipv6Addr;
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::error::{Allowance, Code, Problem, Result};

type Keyed = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// Requests a minute by caller; off only in demo load tests.
pub struct Limits {
    general: Option<(Keyed, u32)>,
    login: Option<(Keyed, u32)>,
    receipt: Option<(Keyed, u32)>,
    /// Refusals that the journal keeps, by what was refused to whom, and by whom it was refused to.
    refusals: (DefaultKeyedRateLimiter<String>, DefaultKeyedRateLimiter<String>),
}

const WINDOW: Duration = Duration::from_secs(60);
/// Time in which one refusal is kept once.
const ONCE_IN: Duration = Duration::from_secs(3600);
/// Refusals of one caller that are kept in that time.
const KEPT: NonZeroU32 = NonZeroU32::new(60).expect("it is more than none");

impl Limits {
    /// `None` switches a limit off; receipts have an allowance of their own, as large as that of log-ins.
    pub fn new(general: Option<u32>, login: Option<u32>) -> Self {
        let one_of_a_kind = Quota::with_period(ONCE_IN).expect("it is more than no time").allow_burst(NonZeroU32::MIN);
        let refusals = (RateLimiter::keyed(one_of_a_kind), RateLimiter::keyed(Quota::per_hour(KEPT)));
        Self { general: general.map(keyed), login: login.map(keyed), receipt: login.map(keyed), refusals }
    }

    /// Whether the journal keeps that something was refused to a caller: the same once an hour, and of one caller no more than 60
    /// an hour, so that nobody fills it by asking again.
    pub fn keeps_refusal(&self, caller: &str, what: &str) -> bool {
        let (of_a_kind, of_a_caller) = &self.refusals;
        of_a_kind.check_key(&format!("{caller} {what}")).is_ok() && of_a_caller.check_key(&caller.to_owned()).is_ok()
    }

    /// Takes one request from a caller's allowance.
    pub fn general(&self, caller: &str) -> Result<Option<Allowance>> {
        take(self.general.as_ref(), "default", caller)
    }

    /// Takes one attempt from an address's allowance of log-ins.
    pub fn login(&self, address: &str) -> Result<Option<Allowance>> {
        take(self.login.as_ref(), "login", address)
    }

    /// Takes one attempt from an address's allowance of look-ups by receipt.
    pub fn receipt(&self, address: &str) -> Result<Option<Allowance>> {
        take(self.receipt.as_ref(), "receipt", address)
    }

    /// Forgets callers who have been quiet.
    pub fn tidy(&self) {
        for (limiter, _) in self.general.iter().chain(&self.login).chain(&self.receipt) {
            limiter.retain_recent();
        }
        self.refusals.0.retain_recent();
        self.refusals.1.retain_recent();
    }
}

fn keyed(per_minute: u32) -> (Keyed, u32) {
    let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
    (RateLimiter::keyed(quota).with_middleware::<StateInformationMiddleware>(), per_minute)
}

fn take(limit: Option<&(Keyed, u32)>, policy: &'static str, caller: &str) -> Result<Option<Allowance>> {
    let Some((limiter, quota)) = limit else { return Ok(None) };
    match limiter.check_key(&party(caller)) {
        Ok(state) => {
            let remaining = state.remaining_burst_capacity();
            let spent = u64::from(quota.saturating_sub(remaining));
            let reset = (spent * WINDOW.as_secs()).div_ceil(u64::from(*quota));
            Ok(Some(Allowance { policy, quota: *quota, window: WINDOW.as_secs(), remaining, reset }))
        }
        Err(refused) => {
            let reset = refused.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
            let allowance = Allowance { policy, quota: *quota, window: WINDOW.as_secs(), remaining: 0, reset };
            Err(Problem { limit: Some(allowance), ..Problem::new(Code::RATE_LIMITED).retry_after(reset) }.into())
        }
    }
}

/// Who shares an allowance: an account, an address, or a network of IPv6 that one party has to itself.
pub fn party(caller: &str) -> String {
    let Ok(address) = caller.parse::<Ipv6Addr>() else { return caller.to_owned() };
    let network = u128::from(address) >> 64 << 64;
    format!("{}/64", Ipv6Addr::from(network))
}

/// Writes `RateLimit-Policy` and `RateLimit`.
pub fn write_allowance(allowance: &Allowance, headers: &mut HeaderMap) {
    let Allowance { policy, quota, window, remaining, reset } = allowance;
    let mut put = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("ratelimit-policy", format!("\"{policy}\";q={quota};w={window}"));
    put("ratelimit", format!("\"{policy}\";r={remaining};t={reset}"));
}
