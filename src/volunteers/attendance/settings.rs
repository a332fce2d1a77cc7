//! Settings of attendance.

use crate::settings::{count, days, minutes};

crate::settings! {
    /// Attendance of volunteers
    /// 志工出勤
    pub struct AttendanceSettings;

    /// Minutes before a shift from which on volunteers are checked in.
    /// 班次開始前幾分鐘起得簽到。
    early_minutes as "attendance.early_minutes": u32 = 30, minutes(0..=240);

    /// Minutes after a shift until which volunteers are checked out; then it is done by itself, at the end of the shift.
    /// 班次結束後幾分鐘止得簽退；逾時由系統以班次結束時刻簽退。
    late_minutes as "attendance.late_minutes": u32 = 120, minutes(0..=1440);

    /// Missed shifts that suspend a volunteer.
    /// 停止排班之缺席次數。
    no_shows as "attendance.no_shows": u32 = 3, count(["missed shifts", "次缺席"], 1..=20);

    /// Days within which so many shifts are missed.
    /// 計算缺席次數之期間（日）。
    no_show_days as "attendance.no_show_days": u32 = 180, days(1..=730);

    /// Days for which such a volunteer is not signed up, after the day of the last missed shift.
    /// 自末次缺席次日起停止排班之日數。
    suspension_days as "attendance.suspension_days": u32 = 60, days(1..=730);
}
