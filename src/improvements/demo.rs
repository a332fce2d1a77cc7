//! A handful of invented opinions, and an improvement that came of one.

use chrono::Days;

use super::effect::ImprovementMeasure;
use super::items::{self, Improvement, end_of};
use super::model::{ImprovementStatus, ImprovementTopic, OpinionSource, OpinionStatus, OpinionTone};
use super::opinions::{self, Opinion};
use crate::accounts::id_of;
use crate::calendar::{Hours, OfficeCalendar};
use crate::clock::Moment;
use crate::db::{Id, Tx};
use crate::error::{Error, Result};
use crate::secrets::vault::Vault;

/// Source, tone, where it was heard, what was said.
const OPINIONS: [(OpinionSource, OpinionTone, &str, &str); 3] = [
    (OpinionSource::Press, OpinionTone::Negative, "地方日報", "尖峰時段洽公等候過長。"),
    (OpinionSource::Outreach, OpinionTone::Positive, "和美鎮社區座談", "到府服務很方便。"),
    (OpinionSource::Other, OpinionTone::Neutral, "意見箱", "希望增設機車停車格。"),
];

pub fn seed(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<()> {
    let Some(clerk) = id_of(tx, "clerk2")? else { return Ok(()) };
    let improvement = improvement(tx, vault, now, clerk)?;
    for (place, (source, tone, origin, text)) in OPINIONS.into_iter().enumerate() {
        let is_taken_up = place == 0;
        let mut row = Opinion {
            id: Id::new(now),
            status: if is_taken_up { OpinionStatus::TakenUp } else { OpinionStatus::Open },
            source,
            said_on: now.date(),
            topic: ImprovementTopic::Service,
            tone,
            said: String::new(),
            owner: None,
            petition_id: None,
            improvement_id: is_taken_up.then_some(improvement),
            entered_by: format!("accounts/{clerk}"),
            created_at: now,
            version: 1,
        };
        let said = opinions::Said { origin: Some(origin.to_owned()), text: text.to_owned(), response: None, reason: None };
        row.put_said(vault, &said)?;
        opinions::insert(tx, &row)?;
    }
    Ok(())
}

fn improvement(tx: &mut Tx, vault: &Vault, now: Moment, clerk: Id) -> Result<Id> {
    let word = |text: &str| text.parse().map_err(|rule| Error::Internal(format!("a demo word is refused: {rule}")));
    let calendar = OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new());
    let due_on = now.date() + Days::new(30);
    let mut row = Improvement {
        id: Id::new(now),
        status: ImprovementStatus::Proposed,
        topic: ImprovementTopic::Service,
        said: String::new(),
        owner: clerk,
        proposed_by: format!("accounts/{clerk}"),
        done_by: None,
        done_at: None,
        due_on,
        due_at: end_of(&calendar, due_on),
        overdue_at: None,
        created_at: now,
        version: 1,
    };
    let said = items::Said {
        title: "增設線上取號".to_owned(),
        cause: "尖峰時段等候過長".to_owned(),
        plan: "於官網提供線上取號".to_owned(),
        measured: ImprovementMeasure { measure: word("平均等候時間")?, unit: word("分鐘")?, before: 18 },
        result: None,
        after: None,
        checked: None,
        reason: None,
        told: Vec::new(),
    };
    row.put_said(vault, &said)?;
    items::insert(tx, &row)?;
    Ok(row.id)
}
