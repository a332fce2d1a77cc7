//! Office days, closures, periods of law and ROC dates; days are decided in Asia/Taipei.

mod days;
mod deadlines;
mod government;
mod office_time;
mod partial;
mod roc;
pub mod store;
mod weekday;

pub use days::{Closure, DayKind, DayOverride, Hours, NOON, OfficeCalendar, OfficeDay, Part};
pub use deadlines::{Deadline, LedgerKind, LedgerLine, Pause, Period};
pub use government::{GovernmentDay, parse_government_days};
pub use partial::{Age, OfAge, PartialDate, YEARS};
pub use roc::{period_bounds, roc_date};
pub use weekday::Weekday;
