//! Settings of volunteers.

use crate::calendar::Period;
use crate::settings::{count, minutes, period};

crate::settings! {
    /// Volunteers
    /// 志工
    pub struct VolunteerSettings;

    /// Period before the end of a training, an insurance or a consent within which it is listed and warned about.
    /// 訓練、保險或同意屆滿前列示及提醒的期間。
    expiry_period as "volunteers.expiry_period": Period = Period::WorkingDays(20), period();

    /// Age up to which the insurer insures volunteers: an insurance ends on the day before the next birthday.
    /// 保險公司承保志工的最高年齡；保險至次一生日前一日止。
    insured_up_to_age as "volunteers.insured_up_to_age": u32 = 80, count(["years of age", "歲"], 16..=120);

    /// Minutes that a basic training takes at least; a shorter one is none.
    /// 基礎訓練的最低時數（分鐘）；時數不足者不予採認。
    basic_training_minutes as "volunteers.basic_training_minutes": u32 = 360, minutes(1..=12000);

    /// Minutes that a special training takes at least; a shorter one is none.
    /// 特殊訓練的最低時數（分鐘）；時數不足者不予採認。
    special_training_minutes as "volunteers.special_training_minutes": u32 = 360, minutes(1..=12000);
}
