//! Settings of sign-ups.

use crate::settings::{count, days, minutes};

crate::settings! {
    /// Sign-ups of volunteers
    /// 志工報名
    pub struct SignupSettings;

    /// Days before a shift from which on volunteers sign up by themselves.
    /// 班次開始前幾日起開放志工自行報名。
    opens_days as "signups.opens_days": u32 = 60, days(1..=366);

    /// Minutes before a shift until which volunteers sign up by themselves.
    /// 班次開始前幾分鐘止，志工得自行報名。
    closes_minutes as "signups.closes_minutes": u32 = 60, minutes(0..=10080);

    /// Minutes before a shift until which volunteers cancel, decline a place and swap by themselves, and whoever waits is promoted.
    /// 班次開始前幾分鐘止，志工得自行取消、婉拒遞補及換班，並辦理遞補。
    cutoff_minutes as "signups.cutoff_minutes": u32 = 1440, minutes(0..=20160);

    /// Minutes of rest at least between two shifts of a volunteer.
    /// 志工兩班次之間至少休息幾分鐘。
    least_rest_minutes as "signups.least_rest_minutes": u32 = 480, minutes(0..=2880);

    /// Shifts of a volunteer that begin on one day, at most.
    /// 志工同一日最多開始幾個班次。
    most_a_day as "signups.most_a_day": u32 = 1, count(["shifts", "班次"], 1..=5);
}
