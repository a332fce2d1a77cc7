//! Settings of improvements.

use crate::calendar::Period;
use crate::settings::period;

crate::settings! {
    /// Improvements
    /// 興革事項
    pub struct ImprovementSettings;

    /// Period for an improvement for which no other last day is said.
    /// 未指定期限之改善事項的辦理期間。
    improvement_period as "improvements.period": Period = Period::Days(30), period();
}
