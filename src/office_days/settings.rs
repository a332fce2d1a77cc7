//! Settings of the limits that petitions have.

use crate::calendar::Period;
use crate::settings::period;

crate::settings! {
    /// Petitions
    /// 陳情
    pub struct PetitionSettings;

    /// Period for answering an inquiry about rules.
    /// 答復法令查詢的期間。
    inquiry_period: Period = Period::WorkingDays(7), period();

    /// Period for answering a suggestion.
    /// 答復建議的期間。
    suggestion_period: Period = Period::Days(15), period();

    /// Period for answering a report of wrongdoing.
    /// 答復舉發違失的期間。
    report_period: Period = Period::Days(30), period();

    /// Period for answering a petition for the protection of rights.
    /// 答復權益維護陳情的期間。
    rights_period: Period = Period::Days(30), period();
}
