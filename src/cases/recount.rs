//! Limits counted anew when the office's days change: the office's, that for handing in papers, and the applicant's.

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::case::Case;
use super::fields::CaseFields;
use super::intake;
use super::notices;
use super::states::CaseStatus;
use super::store;
use super::types::model::{CaseType, Catalogue};
use super::types::store::CaseTypes;
use crate::calendar::OfficeCalendar;
use crate::clock::Moment;
use crate::db::{Id, Record, Tx};
use crate::domain::case_path;
use crate::error::{Error, Result};
use crate::node::Node;
use crate::schema::cases;
use crate::text_enum;

text_enum! {
    /// Which limit of a case: the office's for its work, that for handing in missing papers, or the applicant's period of law.
    pub enum CaseLimit {
        Office = "OFFICE",
        Papers = "PAPERS",
        Legal = "LEGAL",
    }
}

impl CaseLimit {
    /// How the history and the journal tell that it moved.
    const fn moved(self) -> (&'static str, &'static str) {
        match self {
            Self::Office => ("due_moved", "case.due_moved"),
            Self::Papers => ("notice_due_moved", "case.notice_due_moved"),
            Self::Legal => ("legal_due_moved", "case.legal_due_moved"),
        }
    }
}

/// A limit of a case that ends at another time than before.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-HEMEI-000001", "limit": "OFFICE",
    "before": "2026-11-25T23:59:59+08:00", "after": "2026-11-26T23:59:59+08:00"
}))]
pub struct MovedDeadline {
    /// The case.
    id: Id,
    #[schema(max_length = 40)]
    number: Option<String>,
    limit: CaseLimit,
    before: Moment,
    after: Moment,
}

/// Counts limits anew by a calendar, of those that end on `from` or later.
struct Recount<'a> {
    node: &'a Node,
    calendar: &'a OfficeCalendar,
    from: NaiveDate,
    dry_run: bool,
    now: Moment,
    moved: Vec<MovedDeadline>,
}

/// Finds the limits that the calendar moves, of those that end on `from` or later; unless it is a dry run, sets the new ones.
pub fn recount(
    tx: &mut Tx,
    node: &Node,
    calendar: &OfficeCalendar,
    from: NaiveDate,
    dry_run: bool,
    now: Moment,
) -> Result<Vec<MovedDeadline>> {
    let catalogue = node.part::<CaseTypes>().at(tx)?;
    let mut recount = Recount { node, calendar, from, dry_run, now, moved: Vec::new() };
    recount.office(tx, &catalogue)?;
    recount.papers(tx)?;
    recount.legal(tx, &catalogue)?;
    Ok(recount.moved)
}

fn type_of<'a>(catalogue: &'a Catalogue, case: &Case) -> Result<&'a CaseType> {
    let found = catalogue.version(&case.type_code, case.type_version);
    Ok(found.ok_or_else(|| Error::Internal(format!("case {} has a type that is gone", case.id)))?)
}

impl Recount<'_> {
    fn office(&mut self, tx: &mut Tx, catalogue: &Catalogue) -> Result<()> {
        let open: Vec<Case> = cases::table
            .filter(cases::status.eq_any(CaseStatus::OPEN))
            .filter(cases::due_at.ge(Moment::start_of(self.from)))
            .order(cases::id)
            .select(Case::as_select())
            .load(&mut **tx)?;
        for mut case in open {
            let (Some(accepted_at), Some(before)) = (case.accepted_at, case.due_at) else { continue };
            let pauses = store::pauses(&store::stops(tx, case.id)?);
            let due = type_of(catalogue, &case)?.rules.due(self.calendar, accepted_at, &pauses);
            let Some(due) = due.filter(|due| due.at != before) else { continue };
            case.due_at = Some(due.at);
            self.put(tx, case, CaseLimit::Office, (before, due.at))?;
        }
        Ok(())
    }

    fn papers(&mut self, tx: &mut Tx) -> Result<()> {
        for mut notice in notices::store::due_from(tx, &self.node.vault, self.from)? {
            let (due, before) = (notice.due(self.calendar), notice.due_at);
            if due.due_at == before || notice.complete {
                continue;
            }
            if !self.dry_run {
                (notice.due_on, notice.due_at) = (due.due_on, due.due_at);
                notices::store::update(tx, &notice)?;
            }
            let case: Case = cases::table.find(notice.case_id).select(Case::as_select()).first(&mut **tx)?;
            self.put(tx, case, CaseLimit::Papers, (before, due.due_at))?;
        }
        Ok(())
    }

    /// The applicant's, also of cases that are registered: whether one was late follows from it.
    fn legal(&mut self, tx: &mut Tx, catalogue: &Catalogue) -> Result<()> {
        let nothing = [CaseStatus::Withdrawn, CaseStatus::Refused, CaseStatus::Revoked];
        let bound: Vec<Case> = cases::table
            .filter(cases::legal_due_on.ge(self.from))
            .filter(cases::status.ne_all(nothing))
            .order(cases::id)
            .select(Case::as_select())
            .load(&mut **tx)?;
        for mut case in bound {
            let Some(before) = case.legal_due_on else { continue };
            let case_type = type_of(catalogue, &case)?;
            let form = CaseFields::kept(case_type.rules.form, &store::open_fields(&self.node.vault, &case)?).ok();
            let legal = form.and_then(|form| intake::legal(case_type, self.calendar, &form, case.event_on));
            let is_late = |at: Moment| case.received_at > at;
            // Noon may become the end of the same day.
            let Some(legal) = legal.filter(|legal| legal.due_on != before || is_late(legal.due_at) != case.late) else {
                continue;
            };
            let before = Moment::from_taipei(before, NaiveTime::from_hms_opt(23, 59, 59).expect("a time of day"));
            case.legal_due_on = Some(legal.due_on);
            case.late = case.received_at > legal.due_at;
            self.put(tx, case, CaseLimit::Legal, (before, legal.due_at))?;
        }
        Ok(())
    }

    /// Notes a limit that has moved, and keeps and tells it.
    fn put(&mut self, tx: &mut Tx, mut case: Case, limit: CaseLimit, (before, after): (Moment, Moment)) -> Result<()> {
        self.moved.push(MovedDeadline { id: case.id, number: case.number.clone(), limit, before, after });
        if self.dry_run {
            return Ok(());
        }
        store::save(tx, &mut case, self.now)?;
        let (past, journal) = limit.moved();
        let actor = tx.origin().actor.clone();
        store::add_line(tx, &case, past, &actor, "", self.now)?;
        let event = json!({"number": case.number, "before": before, "after": after, "service_point": case.service_point});
        tx.record(Record::change(journal, case_path(case.id), event).about(case.person_id));
        Ok(())
    }
}
