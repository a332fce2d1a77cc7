//! Improvement items as they are written, kept and found.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::effect::ImprovementMeasure;
use super::model::{ImprovementFilter, ImprovementStatus, ImprovementTopic};
use super::store::improvement_path;
use crate::calendar::OfficeCalendar;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow, Tx};
use crate::error::{Code, Result};
use crate::http::{Page, Paging};
use crate::petitions::ToldBy;
use crate::schema::improvement_items as items;
use crate::secrets::vault::Vault;
use crate::{find, prepared, read_page, save};

/// An improvement item as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = items, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Improvement {
    pub id: Id,
    pub status: ImprovementStatus,
    pub topic: ImprovementTopic,
    /// Sealed.
    pub said: String,
    pub owner: Id,
    pub proposed_by: String,
    pub done_by: Option<String>,
    pub done_at: Option<Moment>,
    /// The last day, as it was said.
    pub due_on: NaiveDate,
    /// Its end: of that day, or of the next working day.
    pub due_at: Moment,
    pub overdue_at: Option<Moment>,
    pub created_at: Moment,
    pub version: i32,
}

/// A petitioner who was told of an adoption, or of its end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub petition_id: Id,
    pub adopted: bool,
    pub told_by: ToldBy,
    pub at: Moment,
}

/// What an improvement item says, and what was done with it, as it is kept sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    pub title: String,
    pub cause: String,
    pub plan: String,
    pub measured: ImprovementMeasure,
    /// What came of it, and what was measured afterwards.
    pub result: Option<String>,
    pub after: Option<i64>,
    /// Who checked it, and when.
    pub checked: Option<(String, Moment)>,
    /// Why its last day moved, it was returned, dropped or opened again, last.
    pub reason: Option<String>,
    /// Who was told what, in order.
    pub told: Vec<Told>,
}

impl Said {
    /// The petitioners who believe that what they suggest is being carried out.
    pub fn believing(&self) -> Vec<Id> {
        let mut believing = Vec::new();
        for told in &self.told {
            believing.retain(|one| *one != told.petition_id);
            if told.adopted {
                believing.push(told.petition_id);
            }
        }
        believing
    }
}

impl Improvement {
    pub fn path(&self) -> String {
        improvement_path(self.id)
    }

    fn identity(&self) -> String {
        format!("improvement_items/{}/said", self.id)
    }

    pub fn said(&self, vault: &Vault) -> Result<Said> {
        vault.open_json(&self.identity(), self.said.clone())
    }

    pub fn put_said(&mut self, vault: &Vault, said: &Said) -> Result<()> {
        self.said = vault.seal_json(&self.identity(), said)?;
        Ok(())
    }

    /// Sets its last day: a limit does not end on a day on which the office is closed.
    pub fn due(&mut self, calendar: &OfficeCalendar, day: NaiveDate) {
        let due_at = end_of(calendar, day);
        if due_at != self.due_at {
            self.overdue_at = None;
        }
        (self.due_on, self.due_at) = (day, due_at);
    }
}

/// The end of a last day by the calendar: of that day, or of the next working day.
pub fn end_of(calendar: &OfficeCalendar, day: NaiveDate) -> Moment {
    Moment::end_of(calendar.workday_from(day)) - chrono::Duration::seconds(1)
}

/// An improvement item; of two writes that find it one waits for the other.
pub fn find(conn: &mut Conn, id: Id) -> Result<Improvement> {
    let found: Option<Improvement> = find!(conn, items::table.find(id).select(Improvement::as_select()))?;
    found.ok_or_else(|| Code::NOT_FOUND.into())
}

pub fn insert(tx: &mut Tx, item: &Improvement) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(items::table).values(item), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, item: &mut Improvement) -> Result<()> {
    save!(tx, items, item)
}

/// Those that are to be carried out and whose end is before a moment.
pub fn overdue<'a>(now: Moment) -> items::BoxedQuery<'a, Backend> {
    let running = items::table.filter(items::status.eq_any(ImprovementStatus::RUNNING));
    running.filter(items::due_at.lt(now)).into_boxed()
}

/// A page of the improvement items that match, the newest first.
pub fn list(conn: &mut Conn, now: Moment, filter: &ImprovementFilter, paging: &Paging) -> Result<Page<Improvement>> {
    let matching = || -> items::BoxedQuery<'_, Backend> {
        let rows = if filter.overdue == Some(true) { overdue(now) } else { items::table.into_boxed() };
        rows.narrow(filter.status, |status| items::status.eq(status))
            .narrow(filter.topic, |topic| items::topic.eq(topic))
            .narrow(filter.owner_id, |owner| items::owner.eq(owner))
            .narrow(filter.overdue.filter(|overdue| !overdue), |_| {
                items::due_at.ge(now).or(items::status.ne_all(ImprovementStatus::RUNNING))
            })
            .narrow(filter.from, |day| items::due_on.ge(day))
            .narrow(filter.to, |day| items::due_on.le(day))
    };
    read_page!(conn, paging, matching, items::id desc, Improvement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Hours;

    #[test]
    fn a_last_day_that_is_none_of_work_ends_with_the_next_that_is() {
        let calendar = OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new());
        let end = |day: &str| end_of(&calendar, day.parse().unwrap()).to_string();
        assert_eq!(end("2026-11-27"), "2026-11-27T23:59:59+08:00");
        assert_eq!(end("2026-11-28"), "2026-11-30T23:59:59+08:00");
    }

    #[test]
    fn whoever_was_told_that_it_is_dropped_believes_it_no_more() {
        let (one, other) =
            (Id::new("2026-11-23T09:00:00+08:00".parse().unwrap()), Id::new("2026-11-24T09:00:00+08:00".parse().unwrap()));
        let told = |petition_id: Id, adopted: bool| Told {
            petition_id,
            adopted,
            told_by: ToldBy::Tracking,
            at: "2026-11-24T09:00:00+08:00".parse().unwrap(),
        };
        let measured = ImprovementMeasure { measure: "件數".parse().unwrap(), unit: "件".parse().unwrap(), before: 1 };
        let said = |told: Vec<Told>| Said {
            title: String::new(),
            cause: String::new(),
            plan: String::new(),
            measured: measured.clone(),
            result: None,
            after: None,
            checked: None,
            reason: None,
            told,
        };
        assert_eq!(said(vec![told(one, true), told(other, true), told(one, false)]).believing(), [other]);
        assert_eq!(said(vec![told(one, true), told(one, false), told(one, true)]).believing(), [one]);
    }
}
