//! Settings of log-ins and passwords.

use chrono::Duration;

use crate::clock::Moment;
use crate::settings::{Fault, Values, count, days, hours, minutes};

crate::settings! {
    /// Log-ins and passwords
    /// 登入與密碼
    pub struct AccountSettings, contradictions;

    /// Days that a log-in lives without a password.
    /// 登入後免再輸入密碼的日數。
    refresh_days: i64 = 14, days(1..=90);

    /// Failed log-ins before the lock.
    /// 登入失敗幾次後鎖定。
    login_failures: i32 = 5, count(["failures", "次"], 1..=20);

    /// Minutes that the lock lasts.
    /// 鎖定的分鐘數。
    login_lock_minutes: i64 = 15, minutes(1..=1440);

    /// Days after which staff must change their password; 0: never.
    /// 同仁須變更密碼的日數；0 為不須。
    password_max_age_days: i64 = 180, days(0..=730);

    /// Days for which staff keep a password before they may change it again; 0: none.
    /// 同仁變更密碼後須滿幾日始得再次變更；0 為不限。
    password_min_age_days: i64 = 1, days(0..=30);

    /// Hours for which a password is good that somebody else has set.
    /// 他人所設密碼的有效時數。
    temporary_password_hours: i64 = 72, hours(1..=720);

    /// Minutes for which a code is good that its owner shows at a counter.
    /// 供臨櫃出示之代碼的有效分鐘數。
    identity_code_minutes: i64 = 10, minutes(1..=60);

    /// Days without a log-in after which a staff account is suspended at the next one; 0: never.
    /// 同仁帳號逾幾日未登入，於下次登入時停用；0 為不停用。
    idle_account_days: i64 = 180, days(0..=730);
}

impl AccountSettings {
    /// Until when a password is good that somebody else sets now.
    pub fn temporary_until(&self, now: Moment) -> Moment {
        now + Duration::hours(self.temporary_password_hours)
    }
}

fn contradictions(values: &Values) -> Vec<Fault> {
    let settings = values.of::<AccountSettings>();
    let (youngest, oldest) = (settings.password_min_age_days, settings.password_max_age_days);
    if oldest == 0 || youngest < oldest {
        return Vec::new();
    }
    let names = ["password_min_age_days", "password_max_age_days"];
    vec![Fault::between(&names, "password_min_age_days must be less than password_max_age_days")]
}
