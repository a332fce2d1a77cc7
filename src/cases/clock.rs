//! The office's clock on a case: when it ran, when it stood still and why.

use chrono::{Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::case::Case;
use super::states::CaseStatus;
use super::store::{Stop, pauses};
use super::types::model::CaseRules;
use crate::calendar::{Deadline, OfficeCalendar, Pause};
use crate::clock::Moment;
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
    pub from_at: Moment,
    /// `null` while it lasts.
    pub to_at: Option<Moment>,
    #[schema(max_length = 200)]
    pub why: String,
    /// The paragraph of law.
    #[schema(max_length = 60)]
    pub article: String,
}

/// The office's clock on a case, and the applicant's.
#[derive(Default, Serialize, ToSchema)]
#[schema(example = json!({
    "rule": "5_WORKDAYS", "due_at": "2026-12-02T23:59:59+08:00", "stopped": false, "working_days_used": 1, "working_days_left": 4,
    "stretches": [{"kind": "RUNNING", "from_at": "2026-11-23T09:00:00+08:00", "to_at": null, "why": "受理", "article": "行政程序法 §51"}],
    "legal": {"rule": "30D", "from_on": "2026-11-20", "ends_on": "2026-12-20", "due_on": "2026-12-21", "due_at": "2026-12-21T23:59:59+08:00", "provisional": false,
        "ledger": [{"date": "2026-11-20", "counted": false, "kind": "FIRST_DAY", "article": "行政程序法 §48 II"}]}
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
    /// The applicant's period of law (戶籍法 §48) with its ledger; `null` where the case has none.
    pub legal: Option<Deadline>,
}

const LIMIT: &str = "行政程序法 §51";

/// Days on which the clock stood still so far: a stop that lasts counts to today.
fn still(stops: &[Stop], today: NaiveDate) -> Vec<Pause> {
    let mut still = pauses(stops);
    let open = stops.iter().find(|(_, to, _, _)| to.is_none());
    still.extend(open.map(|(from, ..)| Pause { from: from.date() + Days::new(1), to: today }).filter(|p| p.from <= p.to));
    still
}

/// The office's limit as of today: it moves on with every day on which the clock stands still.
pub fn due_at(case: &Case, rules: &CaseRules, stops: &[Stop], calendar: &OfficeCalendar, now: Moment) -> Option<Moment> {
    match case.accepted_at {
        Some(start) if case.status == CaseStatus::AwaitingDocuments => {
            rules.due(calendar, start, &still(stops, now.date())).map(|due| due.at)
        }
        _ => case.due_at,
    }
}

impl CaseClock {
    pub fn of(case: &Case, rules: &CaseRules, stops: &[Stop], calendar: &OfficeCalendar, now: Moment) -> Self {
        let Some(start) = case.accepted_at else { return Self::default() };
        let closed = matches!(case.status, CaseStatus::Refused | CaseStatus::Withdrawn).then_some(case.updated_at);
        let end = case.registered_at.or(closed);
        let today = end.unwrap_or(now).date();
        let still = still(stops, today);
        let due_at = due_at(case, rules, stops, calendar, now);
        let runs = |day: NaiveDate| calendar.is_workday(day) && !still.iter().any(|p| p.from <= day && day <= p.to);
        let count = |from: NaiveDate, to: NaiveDate| -> u32 {
            let days = from.iter_days().skip(1).take_while(|day| *day <= to).filter(|day| runs(*day));
            u32::try_from(days.count()).unwrap_or(u32::MAX)
        };
        Self {
            rule: case.due_rule.clone(),
            stopped: stops.iter().any(|(_, to, _, _)| to.is_none()),
            working_days_used: count(start.date(), today),
            working_days_left: due_at.map_or(0, |due| count(today, due.date())),
            due_at,
            stretches: stretches(start, end, stops),
            legal: None,
        }
    }
}

fn stretches(start: Moment, end: Option<Moment>, stops: &[Stop]) -> Vec<Stretch> {
    let running = |from_at, to_at| Stretch {
        kind: StretchKind::Running,
        from_at,
        to_at,
        why: "受理".to_owned(),
        article: LIMIT.to_owned(),
    };
    let mut all = Vec::new();
    let mut from = Some(start);
    for (stop, go_on, why, article) in stops {
        if let Some(from) = from {
            all.push(running(from, Some(*stop)));
        }
        let (why, article) = (why.clone(), article.clone());
        all.push(Stretch { kind: StretchKind::Stopped, from_at: *stop, to_at: *go_on, why, article });
        from = *go_on;
    }
    if let Some(from) = from {
        all.push(running(from, end));
    }
    all
}
