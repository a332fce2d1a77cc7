//! Settings of the spot checks.

use crate::calendar::Period;
use crate::settings::{count, period};

crate::settings! {
    /// Quality
    /// 品質
    pub struct QualitySettings;

    /// Cases of each clerk that a month's spot checks draw at least.
    /// 每月抽查每位承辦人的最低件數。
    spot_checks_per_clerk: i32 = 5, count(["cases", "件"], 1..=100);

    /// Period in which a clerk is heard on a finding, before it can be upheld without a rebuttal.
    /// 抽查認定有誤後，承辦人陳述意見的期間；屆滿前未陳述者不得逕予維持。
    rebuttal_period: Period = Period::WorkingDays(7), period();
}
