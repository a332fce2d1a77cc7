//! Moments in Taipei's zone, ROC years, and the clock: the only reader of the system's time.

mod steady;
mod trust;

use std::fmt;
use std::ops::{Add, Sub};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration as Steady;

use chrono::{DateTime, Datelike, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeZone, Utc};
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

pub use trust::TOLERANCE;
use trust::Trust;

/// Seconds by which two nodes may differ whose clocks are trusted: each by the tolerance from the store's.
pub const APART: i64 = 2 * TOLERANCE.num_seconds();

/// Asia/Taipei: UTC+8, no daylight saving.
pub const TAIPEI: FixedOffset = FixedOffset::east_opt(8 * 3600).expect("eight hours are an offset");

/// The ROC year of a Gregorian one; negative years count back from 1911 (前1 is -1).
pub fn roc_year(year: i32) -> i32 {
    if year >= 1912 { year - 1911 } else { year - 1912 }
}

/// A moment, to the microsecond; shown with the offset +08:00.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Timestamp)]
pub struct Moment(NaiveDateTime);

impl Moment {
    /// The ROC year in which it lies.
    pub fn roc_year(self) -> i32 {
        roc_year(self.date().year())
    }

    /// The moment of a UTC time, cut to the microsecond that both databases keep.
    pub fn from_naive_utc(utc: NaiveDateTime) -> Self {
        let micros = utc.and_utc().timestamp_micros();
        Self(DateTime::from_timestamp_micros(micros).map_or(utc, |at| at.naive_utc()))
    }

    pub fn from_taipei(date: NaiveDate, time: NaiveTime) -> Self {
        Self::from_naive_utc(date.and_time(time) - Duration::hours(8))
    }

    /// The beginning of a day.
    pub fn start_of(day: NaiveDate) -> Self {
        Self::from_taipei(day, NaiveTime::MIN)
    }

    /// The end of a day, which is the beginning of the next one.
    pub fn end_of(day: NaiveDate) -> Self {
        Self::start_of(day) + Duration::days(1)
    }

    /// Seconds since 1970.
    pub fn from_timestamp(seconds: i64) -> Option<Self> {
        DateTime::from_timestamp(seconds, 0).map(|at| Self(at.naive_utc()))
    }

    pub fn naive_utc(self) -> NaiveDateTime {
        self.0
    }

    pub fn as_naive_utc(&self) -> &NaiveDateTime {
        &self.0
    }

    /// Seconds since 1970.
    pub fn timestamp(self) -> i64 {
        self.0.and_utc().timestamp()
    }

    /// The same moment as Taipei's clocks show it.
    pub fn in_taipei(self) -> DateTime<FixedOffset> {
        TAIPEI.from_utc_datetime(&self.0)
    }

    /// The day in Taipei.
    pub fn date(self) -> NaiveDate {
        self.in_taipei().date_naive()
    }

    /// The time of day in Taipei.
    pub fn time(self) -> NaiveTime {
        self.in_taipei().time()
    }
}

impl Add<Duration> for Moment {
    type Output = Self;
    fn add(self, length: Duration) -> Self {
        Self::from_naive_utc(self.0 + length)
    }
}

impl Sub<Duration> for Moment {
    type Output = Self;
    fn sub(self, length: Duration) -> Self {
        Self::from_naive_utc(self.0 - length)
    }
}

impl Sub for Moment {
    type Output = Duration;
    fn sub(self, earlier: Self) -> Duration {
        self.0 - earlier.0
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_taipei().to_rfc3339_opts(SecondsFormat::AutoSi, false))
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Moment {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| "moment")?;
        Ok(Self::from_naive_utc(at.with_timezone(&Utc).naive_utc()))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Moment {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A moment (RFC 3339). Answers carry the offset +08:00; requests may use any."))
            .examples([serde_json::json!("2026-11-25T09:00:00+08:00")])
            .build()
            .into()
    }
}

impl utoipa::ToSchema for Moment {
    fn name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }
}

/// Where the time comes from: the system, a demo's own start, or a test's hand.
///
/// A clock whose time is set on purpose (a demo's, a test's) is trusted; the system's is watched, see [`Trust`].
#[derive(Clone)]
pub struct Clock(Arc<Watched>);

struct Watched {
    source: Source,
    begun: Steady,
    trust: Mutex<Trust>,
}

enum Source {
    System,
    From(Moment),
    /// What it says, and how far the steady clock beside it has gone.
    Fixed(Mutex<(Moment, Steady)>),
}

/// When a fixed clock that has gone on by itself is believed again.
const SETTLES_IN: Steady = Steady::from_secs(3600);

impl Source {
    /// What the clock says, and what the steady clock beside it says.
    fn read(&self, begun: Steady) -> (Moment, Steady) {
        let steady = steady::counted().saturating_sub(begun);
        match self {
            Self::System => (Moment::from_naive_utc(Utc::now().naive_utc()), steady),
            Self::From(start) => (*start + Duration::from_std(steady).unwrap_or_default(), steady),
            Self::Fixed(hands) => *hands.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

impl Clock {
    /// The system's clock; after a jump forward it is believed once it has gone steadily for that while, or at once
    /// when that is zero.
    pub fn system(settles_in: Steady) -> Self {
        Self::of(Source::System, settles_in)
    }

    /// Starts at a moment and runs on.
    pub fn starting_at(start: Moment) -> Self {
        Self::of(Source::From(start), Steady::ZERO)
    }

    /// Stands still until it is set or advanced.
    pub fn fixed(at: Moment) -> Self {
        Self::of(Source::Fixed(Mutex::new((at, Steady::ZERO))), SETTLES_IN)
    }

    fn of(source: Source, settles_in: Steady) -> Self {
        let begun = steady::counted();
        let (now, steady) = source.read(begun);
        Self(Arc::new(Watched { source, begun, trust: Mutex::new(Trust::new(now, steady, settles_in)) }))
    }

    /// The moment by which the office goes: what the clock says as long as it is trusted, else the last moment that was
    /// trusted, counted on by the steady clock.
    pub fn now(&self) -> Moment {
        self.watch(|_, _, _| ()).1
    }

    /// How far the clock runs ahead of what the office goes by, or behind it (negative); `None` as long as it is trusted.
    pub fn astray(&self) -> Option<Duration> {
        let mut trusted = true;
        let (said, now) = self.watch(|trust, said, steady| {
            trust.look(said, steady);
            trusted = trust.is_trusted();
        });
        (!trusted).then(|| said - now)
    }

    /// Whether nobody can tell the time: after a start, where the clock is days past all that the store holds.
    pub fn is_lost(&self) -> bool {
        let mut lost = false;
        self.watch(|trust, said, steady| {
            trust.look(said, steady);
            lost = trust.is_lost(said, steady);
        });
        lost
    }

    /// Looks at the clock: what it says, and what the office goes by.
    fn watch(&self, first: impl FnOnce(&mut Trust, Moment, Steady)) -> (Moment, Moment) {
        let mut trust = self.0.trust.lock().unwrap_or_else(PoisonError::into_inner);
        let (said, steady) = self.0.source.read(self.0.begun);
        first(&mut trust, said, steady);
        (said, trust.look(said, steady))
    }

    /// Compares with the newest moment that the store holds and with the store's own clock, once at the start.
    pub fn resume(&self, newest: Option<Moment>, store: Option<Moment>) {
        self.watch(|trust, said, steady| trust.resume(newest, store, said, steady));
    }

    /// Compares with the clock of the store.
    pub fn compare(&self, store: Moment) {
        if matches!(self.0.source, Source::System) {
            self.watch(|trust, said, steady| trust.compare(store, said, steady));
        }
    }

    /// Sets a fixed clock on purpose; a running one is left alone.
    pub fn set(&self, to: Moment) {
        self.put(|_| to);
    }

    /// Lets a fixed clock go on by itself, as the system's does: so far it says, so far went the steady clock.
    pub fn go_on(&self, said: Duration, steady: Steady) {
        if let Source::Fixed(hands) = &self.0.source {
            let mut hands = hands.lock().unwrap_or_else(PoisonError::into_inner);
            *hands = (hands.0 + said, hands.1 + steady);
        }
    }

    /// Moves a fixed clock on, on purpose; a running one is left alone.
    pub fn advance(&self, by: Duration) {
        self.put(|said| said + by);
    }

    fn put(&self, to: impl FnOnce(Moment) -> Moment) {
        if let Source::Fixed(hands) = &self.0.source {
            let mut trust = self.0.trust.lock().unwrap_or_else(PoisonError::into_inner);
            let mut hands = hands.lock().unwrap_or_else(PoisonError::into_inner);
            hands.0 = to(hands.0);
            *trust = Trust::new(hands.0, hands.1, SETTLES_IN);
        }
    }
}
