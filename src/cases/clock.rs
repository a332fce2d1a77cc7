//! The office's clock on a case: when it ran, when it stood still and why.

use chrono::{Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::case::Case;
use super::store::{Stop, pauses};
use super::types::model::CaseRules;
use crate::calendar::{Moment, OfficeCalendar};
use crate::text_enum;

text_enum! {
    /// Whether the clock ran.
    pub enum StretchKind {
        Running = "RUNNING",
        Stopped = "STOPPED",
    }
}

/// A stretch of time.
#[derive(Serialize, ToSchema)]
pub struct Stretch {
    pub kind: StretchKind,
    pub from: Moment,
    /// `null` while it lasts.
    pub to: Option<Moment>,
    #[schema(max_length = 200)]
    pub why: String,
    /// The paragraph of law.
    #[schema(max_length = 60)]
    pub article: String,
}

/// The office's clock on a case.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "rule": "5_WORKDAYS", "due_at": "2026-12-02T23:59:59+08:00", "stopped": false, "working_days_used": 1, "working_days_left": 4,
    "stretches": [{"kind": "RUNNING", "from": "2026-11-23T09:00:00+08:00", "to": null, "why": "受理", "article": "行政程序法 §51"}]
}))]
pub struct CaseClock {
    /// The limit of the type; `null` where there is none.
    #[schema(max_length = 40)]
    pub rule: Option<String>,
    pub due_at: Option<Moment>,
    /// The clock stands still now.
    pub stopped: bool,
    /// Working days on which it ran, from the day after the acceptance to today or to the end.
    #[schema(minimum = 0)]
    pub working_days_used: u32,
    /// Working days until the limit, today not counted; 0 when it has passed.
    #[schema(minimum = 0)]
    pub working_days_left: u32,
    #[schema(max_items = 200)]
    pub stretches: Vec<Stretch>,
}

const LIMIT: &str = "行政程序法 §51";

impl CaseClock {
    pub fn of(case: &Case, rules: &CaseRules, stops: &[Stop], calendar: &OfficeCalendar, now: Moment) -> Self {
        let Some(start) = case.accepted_at else {
            return Self {
                rule: None,
                due_at: None,
                stopped: false,
                working_days_used: 0,
                working_days_left: 0,
                stretches: Vec::new(),
            };
        };
        let end = case.registered_at;
        let stopped = stops.iter().any(|(_, to, _, _)| to.is_none());
        let mut still = pauses(stops);
        if let Some((from, ..)) = stops.iter().find(|(_, to, _, _)| to.is_none()) {
            still.push(crate::calendar::Pause { from: from.date() + Days::new(1), to: now.date() });
        }
        let due_at = match stopped {
            // What is left after the days of standing still so far.
            true => {
                rules.due(calendar, start, &still.iter().copied().filter(|p| p.from <= p.to).collect::<Vec<_>>()).map(|d| d.at)
            }
            false => case.due_at,
        };
        let runs = |day: NaiveDate| calendar.is_workday(day) && !still.iter().any(|p| p.from <= day && day <= p.to);
        let count = |from: NaiveDate, to: NaiveDate| -> u32 {
            let days = from.iter_days().skip(1).take_while(|day| *day <= to).filter(|day| runs(*day));
            u32::try_from(days.count()).unwrap_or(u32::MAX)
        };
        let today = end.unwrap_or(now).date();
        Self {
            rule: case.due_rule.clone(),
            stopped,
            working_days_used: count(start.date(), today),
            working_days_left: due_at.map_or(0, |due| count(today, due.date())),
            due_at,
            stretches: stretches(start, end, stops),
        }
    }
}

fn stretches(start: Moment, end: Option<Moment>, stops: &[Stop]) -> Vec<Stretch> {
    let running =
        |from, to| Stretch { kind: StretchKind::Running, from, to, why: "受理".to_owned(), article: LIMIT.to_owned() };
    let mut all = Vec::new();
    let mut from = Some(start);
    for (stop, go_on, why, article) in stops {
        if let Some(from) = from {
            all.push(running(from, Some(*stop)));
        }
        let (why, article) = (why.clone(), article.clone());
        all.push(Stretch { kind: StretchKind::Stopped, from: *stop, to: *go_on, why, article });
        from = *go_on;
    }
    if let Some(from) = from {
        all.push(running(from, end));
    }
    all
}
