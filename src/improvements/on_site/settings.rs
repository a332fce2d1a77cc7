//! Settings of complaints on the spot.

use crate::calendar::Period;
use crate::petitions::limit;
use crate::settings::minutes;

crate::settings! {
    /// On-site complaints
    /// 現場申訴
    pub struct OnSiteSettings;

    /// Minutes within which a supervisor takes over.
    /// 主管應於幾分鐘內接手。
    takeover_minutes as "on_site.takeover_minutes": i64 = 5, minutes(1..=60);

    /// Minutes after which a step counts as entered afterwards.
    /// 步驟發生後逾幾分鐘登錄視為補登。
    entered_late_minutes as "on_site.entered_late_minutes": i64 = 30, minutes(0..=1440);

    /// Period for the follow-up call after the result.
    /// 處理結果後回訪電話的期間。
    follow_up_period as "on_site.follow_up_period": Period = Period::WorkingDays(3), limit();
}
