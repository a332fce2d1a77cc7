//! Settings of the office's hours.

use chrono::{NaiveTime, Timelike};

use crate::calendar::Hours;
use crate::settings::{Fault, Values, parsed, switch};

const TIME: [&str; 2] = ["a time of day in whole minutes, such as 08:00", "整分的時刻，如 08:00"];

fn time(text: &str) -> Option<NaiveTime> {
    let whole_minutes = |time: &NaiveTime| time.second() == 0 && time.nanosecond() == 0;
    text.parse().ok().filter(whole_minutes).filter(|_| text.trim() == text)
}

fn shown(time: &NaiveTime) -> String {
    time.format("%H:%M").to_string()
}

crate::settings! {
    /// Office hours
    /// 辦公時間
    pub struct SchedulingSettings, contradictions;

    /// When the office opens on working days.
    /// 工作日開始時間。
    opens as "hours.opens": NaiveTime = Hours::default().opens, parsed("TIME", TIME, time, shown);

    /// When the office closes on working days.
    /// 工作日結束時間。
    closes as "hours.closes": NaiveTime = Hours::default().closes, parsed("TIME", TIME, time, shown);

    /// Whether Saturday mornings have extended service.
    /// 週六上午是否延時服務。
    saturday as "hours.saturday": bool = Hours::default().saturday, switch();

    /// When extended service begins on Saturdays.
    /// 週六延時服務開始時間。
    saturday_opens as "hours.saturday_opens": NaiveTime = Hours::default().saturday_opens, parsed("TIME", TIME, time, shown);

    /// When extended service ends on Saturdays.
    /// 週六延時服務結束時間。
    saturday_closes as "hours.saturday_closes": NaiveTime = Hours::default().saturday_closes, parsed("TIME", TIME, time, shown);
}

impl SchedulingSettings {
    pub fn hours(&self) -> Hours {
        Hours {
            opens: self.opens,
            closes: self.closes,
            saturday: self.saturday,
            saturday_opens: self.saturday_opens,
            saturday_closes: self.saturday_closes,
        }
    }
}

fn contradictions(values: &Values) -> Vec<Fault> {
    let hours = values.of::<SchedulingSettings>();
    let pairs: [(_, [&'static str; 2]); 2] = [
        (hours.opens < hours.closes, ["hours.opens", "hours.closes"]),
        (hours.saturday_opens < hours.saturday_closes, ["hours.saturday_opens", "hours.saturday_closes"]),
    ];
    let reversed = pairs.into_iter().filter(|(in_order, _)| !in_order);
    reversed.map(|(_, names)| Fault::between(&names, format!("{} must be before {}", names[0], names[1]))).collect()
}
