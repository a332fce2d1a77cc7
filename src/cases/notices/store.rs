//! The notice of a case, as kept and as shown.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::states::CaseStatus;
use super::super::types::model::PaperForm;
use crate::calendar::{Deadline, OfficeCalendar, Period};
use crate::clock::Moment;
use crate::db::{Conn, Id, JsonText, Tx};
use crate::error::Result;
use crate::office::Bilingual;
use crate::schema::{cases, late_requests, one_time_notices};
use crate::secrets::vault::Vault;
use crate::text_enum;

text_enum! {
    /// How the notice reached the person.
    pub enum GivenHow {
        Handed = "HANDED",
        Mail = "MAIL",
        Email = "EMAIL",
        Fax = "FAX",
        Phone = "PHONE",
        Online = "ONLINE",
    }
}

/// One missing paper.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoticeItem {
    /// Number on the notice, from 1.
    #[schema(minimum = 1)]
    pub n: i32,
    #[schema(max_length = 40)]
    pub document: String,
    pub name: Bilingual,
    pub form: PaperForm,
    /// Items with the same code here are alternatives: once one of them is in, the others are not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, nullable = false)]
    pub one_of: Option<String>,
    /// What to see to, in the clerk's words.
    #[schema(max_length = 500)]
    pub note: Option<String>,
    /// When it came in; `null` while it is missing.
    pub received_at: Option<Moment>,
}

/// One time that the notice was given: the first names all that is missing, a later one what a new fact made necessary.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoticeGiving {
    pub given_how: GivenHow,
    pub given_at: Moment,
    /// Period for handing in: `10WD`, `30D`, `1M`.
    #[schema(max_length = 10)]
    pub period: Option<String>,
    /// The fact that made further papers necessary.
    #[schema(max_length = 500)]
    pub new_fact: Option<String>,
}

/// The one-time notice of a case.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-HEMEI-000001-N", "given_how": "HANDED", "due_on": "2026-12-07",
    "due_at": "2026-12-07T23:59:59+08:00", "items": [{"n": 1, "document": "BIRTH_CERTIFICATE",
    "name": {"zh": "出生證明書", "en": "Birth certificate"}, "form": "HAND_IN", "note": null, "received_at": null}],
    "new_fact": null, "made_at": "2026-11-23T09:00:00+08:00", "complete": false,
    "givings": [{"given_how": "HANDED", "given_at": "2026-11-23T09:00:00+08:00", "period": "10WD", "new_fact": null}]
}))]
pub struct Notice {
    pub case_id: Id,
    #[schema(max_length = 60)]
    pub number: String,
    /// How it was given the last time.
    pub given_how: GivenHow,
    /// Until when the papers should be there: by the last giving, and by the office's days as they are now.
    pub due_on: NaiveDate,
    pub due_at: Moment,
    #[schema(max_items = 100)]
    pub items: Vec<NoticeItem>,
    /// Facts that came up afterwards and made further papers necessary.
    #[schema(max_length = 2000)]
    pub new_fact: Option<String>,
    /// When it was given the last time.
    pub made_at: Moment,
    /// Everything is in, of alternatives one.
    pub complete: bool,
    /// Each time that it was given, oldest first.
    #[schema(max_items = 100)]
    pub givings: Vec<NoticeGiving>,
}

impl Notice {
    /// Notes that it is given once more, for a period that ends then.
    pub fn give(&mut self, giving: NoticeGiving, due: &Deadline) {
        (self.given_how, self.made_at) = (giving.given_how, giving.given_at);
        (self.due_on, self.due_at) = (due.due_on, due.due_at);
        self.givings.push(giving);
    }

    /// The end of its period by the calendar. Of a notice from before periods were kept, the days until then.
    pub fn due(&self, calendar: &OfficeCalendar) -> Deadline {
        let from = self.made_at.date();
        let days = u16::try_from((self.due_on - from).num_days()).unwrap_or(1).max(1);
        let period = self.givings.last().and_then(|giving| giving.period.as_deref()?.parse().ok());
        Deadline::compute(calendar, from, period.unwrap_or(Period::Days(days)), &[])
    }

    /// Ticks what is there, and takes back what is not; a paper asked for anew is not the one that came in before.
    pub fn tick(&mut self, papers: &[String], now: Moment) {
        for n in 0..self.items.len() {
            let there = papers.contains(&self.items[n].document);
            let again = self.items[n + 1..].iter().any(|later| later.document == self.items[n].document);
            let item = &mut self.items[n];
            if there {
                item.received_at = item.received_at.or(Some(now));
            } else if !again {
                item.received_at = None;
            }
        }
    }

    pub fn is_complete(&self) -> bool {
        self.items.iter().all(|item| self.is_met(item))
    }

    /// Whether an item is in, or an alternative of it.
    pub fn is_met(&self, item: &NoticeItem) -> bool {
        item.received_at.is_some() || self.others(item).any(|other| other.received_at.is_some())
    }

    /// The alternatives of an item.
    pub fn others<'a>(&'a self, item: &'a NoticeItem) -> impl Iterator<Item = &'a NoticeItem> {
        self.items.iter().filter(|other| item.one_of.is_some() && other.one_of == item.one_of && other.n != item.n)
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = one_time_notices)]
struct Row {
    case_id: Id,
    number: String,
    given_how: GivenHow,
    due_on: NaiveDate,
    due_at: Moment,
    items: String,
    new_fact: Option<String>,
    made_at: Moment,
    givings: String,
}

fn identity(case: Id, column: &str) -> String {
    format!("one_time_notices/{case}/{column}")
}

impl Row {
    fn open(self, vault: &Vault) -> Result<Notice> {
        let text = |column: &str, kept: &str| vault.open_text(&identity(self.case_id, column), kept);
        let mut notice = Notice {
            case_id: self.case_id,
            number: self.number,
            given_how: self.given_how,
            due_on: self.due_on,
            due_at: self.due_at,
            items: JsonText::from_store(text("items", &self.items)?).read()?,
            new_fact: self.new_fact.as_deref().map(|fact| text("new_fact", fact)).transpose()?,
            made_at: self.made_at,
            complete: false,
            givings: JsonText::from_store(text("givings", &self.givings)?).read()?,
        };
        notice.complete = notice.is_complete();
        Ok(notice)
    }
}

/// Notices whose papers open cases wait for until a day or later.
pub fn due_from(conn: &mut Conn, vault: &Vault, day: NaiveDate) -> Result<Vec<Notice>> {
    let open = cases::table.filter(cases::status.eq_any(CaseStatus::OPEN)).select(cases::id);
    let rows = one_time_notices::table
        .filter(one_time_notices::due_on.ge(day))
        .filter(one_time_notices::case_id.eq_any(open))
        .order(one_time_notices::case_id);
    let rows: Vec<Row> = rows.select(Row::as_select()).load(conn)?;
    rows.into_iter().map(|row| row.open(vault)).collect()
}

/// The notice of a case, if one was given.
pub fn of_case(conn: &mut Conn, vault: &Vault, case: Id) -> Result<Option<Notice>> {
    let row: Option<Row> = one_time_notices::table.find(case).select(Row::as_select()).first(conn).optional()?;
    row.map(|row| row.open(vault)).transpose()
}

/// Whether a notice was given of a case.
pub fn is_given(conn: &mut Conn, case: Id) -> Result<bool> {
    Ok(one_time_notices::table.find(case).count().get_result::<i64>(conn)? > 0)
}

/// The last day of a notice, as long as its period runs and papers are still to come.
pub fn waits_until(conn: &mut Conn, vault: &Vault, case: Id, now: Moment) -> Result<Option<NaiveDate>> {
    let notice = of_case(conn, vault, case)?.filter(|notice| !notice.complete && now <= notice.due_at);
    Ok(notice.map(|notice| notice.due_on))
}

/// What a notice says, as its columns keep it: the papers with the clerk's words, and the facts that made further ones necessary.
fn sealed(tx: &Tx, notice: &Notice) -> Result<(String, Option<String>, String)> {
    let text = |column: &str, text: &str| tx.seal_text(&identity(notice.case_id, column), text);
    let new_fact = notice.new_fact.as_deref().map(|fact| text("new_fact", fact));
    let items = text("items", JsonText::of(&notice.items)?.as_str());
    Ok((items, new_fact, text("givings", JsonText::of(&notice.givings)?.as_str())))
}

/// Keeps a new notice.
pub fn insert(tx: &mut Tx, notice: &Notice, by: &str) -> Result<()> {
    let (items, new_fact, givings) = sealed(tx, notice)?;
    let row = (
        one_time_notices::case_id.eq(notice.case_id),
        one_time_notices::number.eq(&notice.number),
        one_time_notices::given_how.eq(notice.given_how),
        one_time_notices::due_on.eq(notice.due_on),
        one_time_notices::due_at.eq(notice.due_at),
        one_time_notices::items.eq(items),
        one_time_notices::new_fact.eq(new_fact),
        one_time_notices::made_by.eq(by),
        one_time_notices::made_at.eq(notice.made_at),
        one_time_notices::givings.eq(givings),
    );
    diesel::insert_into(one_time_notices::table).values(row).execute(&mut **tx)?;
    Ok(())
}

/// Keeps what has come in, what a new fact added, or a limit that the office's days have moved.
pub fn update(tx: &mut Tx, notice: &Notice) -> Result<()> {
    let (items, new_fact, givings) = sealed(tx, notice)?;
    diesel::update(one_time_notices::table.find(notice.case_id))
        .set((
            one_time_notices::items.eq(items),
            one_time_notices::new_fact.eq(new_fact),
            one_time_notices::due_on.eq(notice.due_on),
            one_time_notices::due_at.eq(notice.due_at),
            one_time_notices::given_how.eq(notice.given_how),
            one_time_notices::made_at.eq(notice.made_at),
            one_time_notices::givings.eq(givings),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Counts a paper that was asked for after the one notice, and refused.
pub fn count_late_request(tx: &mut Tx, case: Id, clerk: &str, now: Moment) -> Result<()> {
    let row = (
        late_requests::id.eq(Id::new(now)),
        late_requests::case_id.eq(case),
        late_requests::clerk.eq(clerk),
        late_requests::refused.eq(true),
        late_requests::at.eq(now),
    );
    diesel::insert_into(late_requests::table).values(row).execute(&mut **tx)?;
    Ok(())
}
