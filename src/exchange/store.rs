//! Notices and deliveries in the store.

use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use serde_json::json;

use super::model::{
    CallOutcome, ConsentBy, ConsentForm, DeliveryAct, DeliveryKind, DeliveryStatus, NoticeStatus, Payload, RejectionCode,
};
use crate::agencies::model::{DeliveryChannel, Trigger};
use crate::auth::{By, Caller, Reach};
use crate::cases::{self, closed_cases};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Record, Tx};
use crate::error::{Code, Result};
use crate::node::Node;
use crate::office::desk;
use crate::people;
use crate::schema::{agency_deliveries, agency_notices, delivery_attempts};
use crate::secrets::vault::Vault;
use crate::{find, save};

/// A form as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = agency_notices)]
pub struct Notice {
    pub id: Id,
    pub number: String,
    pub case_id: Id,
    pub person_id: Id,
    pub service_point: String,
    pub trigger_code: Trigger,
    pub status: NoticeStatus,
    pub consent_at: Moment,
    pub consent_by: ConsentBy,
    pub consent_form: ConsentForm,
    pub withdrawn_at: Option<Moment>,
    pub receipt_hash: String,
    pub created_by: String,
    pub created_at: Moment,
    pub version: i32,
}

/// A delivery as kept, its payload sealed.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = agency_deliveries, treat_none_as_null = true)]
pub struct Delivery {
    pub id: Id,
    pub notice_id: Id,
    pub agency_code: String,
    pub person_id: Id,
    pub channel: DeliveryChannel,
    pub status: DeliveryStatus,
    pub payload: String,
    pub due_on: NaiveDate,
    pub attempts: i32,
    pub next_at: Moment,
    pub lease: Option<String>,
    pub leased_until: Option<Moment>,
    pub batch_id: Option<Id>,
    pub sent_at: Option<Moment>,
    pub acknowledged_at: Option<Moment>,
    pub answered_at: Option<Moment>,
    /// The agency's reason for a rejection, sealed.
    pub reason: Option<String>,
    pub version: i32,
    /// It was sent after its day.
    pub late: bool,
    /// How the last call ended.
    pub last_outcome: Option<CallOutcome>,
    pub reason_code: Option<RejectionCode>,
    /// Where it stands in the order of the acts that made deliveries.
    pub place: i64,
    pub kind: DeliveryKind,
    /// The delivery that told wrong what this one tells right.
    pub corrects: Option<Id>,
}

fn identity(id: Id) -> String {
    format!("agency_deliveries/{id}/payload")
}

impl Delivery {
    pub fn seal(vault: &Vault, id: Id, payload: &Payload) -> Result<String> {
        vault.seal_json(&identity(id), payload)
    }

    pub fn open(&self, vault: &Vault) -> Result<Payload> {
        vault.open_json(&identity(self.id), self.payload.clone())
    }

    pub fn reason_identity(&self) -> String {
        format!("agency_deliveries/{}/reason", self.id)
    }

    /// Nobody is sending it right now.
    pub fn is_free(&self, now: Moment) -> bool {
        self.leased_until.is_none_or(|until| until <= now)
    }

    /// Notes that it has left the office.
    pub fn mark_sent(&mut self, now: Moment) {
        if self.sent_at.is_none() {
            self.sent_at = Some(now);
            self.late = now.date() > self.due_on;
        }
    }

    /// Puts it back to the beginning of the queue's course. One attempt stays counted: whatever it told has reached the
    /// agency, and is told right if it proves wrong.
    pub fn mark_unsent(&mut self, now: Moment) {
        (self.attempts, self.next_at) = (1, now);
        (self.lease, self.leased_until, self.batch_id) = (None, None, None);
        (self.sent_at, self.late, self.acknowledged_at) = (None, false, None);
        (self.answered_at, self.reason, self.reason_code) = (None, None, None);
    }

    /// A call may have brought it to the agency, whatever became of the answer.
    pub fn may_have_arrived(&self) -> bool {
        match self.status {
            DeliveryStatus::Queued | DeliveryStatus::Dead | DeliveryStatus::Withdrawn => {
                self.attempts > 0 || self.lease.is_some()
            }
            _ => true,
        }
    }
}

/// A form within the caller's reach.
pub fn find(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<Notice> {
    let found: Option<Notice> = find!(conn, agency_notices::table.find(id).select(Notice::as_select()))?;
    let found = found.ok_or(Code::NOT_FOUND)?;
    let reached = match (&by.caller, by.reach) {
        (Caller::Receipt(notice), _) => {
            let given = (found.case_id, found.created_by.as_str());
            *notice == found.id && !cases::mandates::is_lost(conn, node, given, by.now.date())?
        }
        (_, Reach::Own) => {
            let principals = people::store::principals(conn, by, cases::store::PROXY_SCOPE)?;
            let brought = principals.contains(&found.person_id) && cases::store::find(conn, node, by, found.case_id).is_ok();
            brought || by.caller.own_records().contains(&found.person_id)
        }
        _ => desk::sees(by, &found.service_point) && !closed_cases(conn, node, by)?.contains(&found.case_id),
    };
    if reached { Ok(found) } else { Err(Code::NOT_FOUND.into()) }
}

/// Makes whoever else acts on these agencies' deliveries wait: what may be sent hangs on what was queued before.
pub fn own_lane<S: AsRef<str>>(tx: &mut Tx, agencies: impl IntoIterator<Item = S>) -> Result<()> {
    tx.own(agencies.into_iter().map(|code| format!("agencies/{}", code.as_ref())))
}

/// A form's deliveries, in the order in which they were made.
pub fn deliveries(conn: &mut Conn, notice: Id) -> Result<Vec<Delivery>> {
    let rows = agency_deliveries::table.filter(agency_deliveries::notice_id.eq(notice)).order(agency_deliveries::place);
    Ok(rows.select(Delivery::as_select()).load(conn)?)
}

/// A case's forms, oldest first.
pub fn notices_of(conn: &mut Conn, case: Id) -> Result<Vec<Notice>> {
    let rows = agency_notices::table.filter(agency_notices::case_id.eq(case)).order(agency_notices::id);
    Ok(rows.select(Notice::as_select()).load(conn)?)
}

/// The form by which an agency was told of a case, or will be.
pub fn notice_to(conn: &mut Conn, case: Id, agency: &str) -> Result<Id> {
    let deliveries =
        agency_deliveries::table.inner_join(agency_notices::table.on(agency_notices::id.eq(agency_deliveries::notice_id)));
    let told = deliveries.filter(agency_notices::case_id.eq(case)).filter(agency_deliveries::agency_code.eq(agency.to_owned()));
    let told = told.filter(agency_deliveries::status.ne(DeliveryStatus::Withdrawn)).order(agency_notices::id);
    Ok(told.select(agency_notices::id).first(conn)?)
}

/// The agency whose client calls.
pub fn agency_of(by: &By) -> Result<String> {
    match &by.caller {
        Caller::Client(client) => client.agency_code.clone().ok_or_else(|| Code::FORBIDDEN.into()),
        _ => Err(Code::FORBIDDEN.into()),
    }
}

/// Whether a delivery is void: the consent was withdrawn or the case revoked, or another one tells it right by now. What
/// tells an agency right rests on no consent: whoever was told wrong is told right (個資法 §11).
pub fn void() -> Box<dyn BoxableExpression<agency_deliveries::table, Backend, SqlType = Bool>> {
    let withdrawn = agency_notices::withdrawn_at.is_not_null();
    let void = agency_notices::table
        .filter(agency_notices::id.eq(agency_deliveries::notice_id))
        .filter(withdrawn.or(agency_notices::case_id.eq_any(cases::store::revoked())))
        .select(agency_notices::id);
    let corrections = diesel::alias!(agency_deliveries as corrections);
    let corrected = corrections
        .filter(corrections.field(agency_deliveries::corrects).eq(agency_deliveries::id.nullable()))
        .select(corrections.field(agency_deliveries::id));
    Box::new(agency_deliveries::corrects.is_null().and(exists(void)).or(exists(corrected)))
}

/// The forms of cases that are closed to the caller.
pub fn closed(conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<Id>> {
    let cases = closed_cases(conn, node, by)?;
    Ok(agency_notices::table.filter(agency_notices::case_id.eq_any(cases)).select(agency_notices::id).load(conn)?)
}

/// Leaves the deliveries of the caller's service point.
pub fn within<'a>(rows: agency_deliveries::BoxedQuery<'a, Backend>, by: &By) -> agency_deliveries::BoxedQuery<'a, Backend> {
    let Some(point) = desk::bound(by) else { return rows };
    let notices = agency_notices::table.filter(agency_notices::service_point.eq(point.to_owned())).select(agency_notices::id);
    rows.filter(agency_deliveries::notice_id.eq_any(notices))
}

/// A delivery of a form within the caller's reach.
pub fn find_delivery(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<(Delivery, Notice)> {
    let found: Option<Delivery> = find!(conn, agency_deliveries::table.find(id).select(Delivery::as_select()))?;
    let delivery = found.ok_or(Code::NOT_FOUND)?;
    let notice = find(conn, node, by, delivery.notice_id)?;
    Ok((delivery, notice))
}

/// A delivery, if it is the agency's own and may have reached it.
pub fn own_delivery(conn: &mut Conn, by: &By, id: Id) -> Result<Delivery> {
    let agency = agency_of(by)?;
    let found: Option<Delivery> = find!(conn, agency_deliveries::table.find(id).select(Delivery::as_select()))?;
    found.filter(|d| d.agency_code == agency && d.may_have_arrived()).ok_or_else(|| Code::NOT_FOUND.into())
}

/// Saves a changed delivery and brings its form's state up to date.
pub fn save(tx: &mut Tx, delivery: &mut Delivery, act: DeliveryAct) -> Result<()> {
    save!(tx, agency_deliveries, &mut *delivery)?;
    // The form's state is made of all its deliveries, which several agencies answer at once.
    tx.own([format!("agency-notices/{}", delivery.notice_id)])?;
    let status = status_of(&deliveries(tx, delivery.notice_id)?);
    diesel::update(agency_notices::table.find(delivery.notice_id).filter(agency_notices::status.ne(status)))
        .set((agency_notices::status.eq(status), agency_notices::version.eq(agency_notices::version + 1)))
        .execute(&mut **tx)?;
    let event = json!({"notice_id": delivery.notice_id, "agency": delivery.agency_code, "status": delivery.status, "act": act.line().name});
    let subject = format!("agency-deliveries/{}", delivery.id);
    tx.record(Record::change(act.line().journal, subject, event).about(delivery.person_id));
    Ok(())
}

/// The state of a form: that of its deliveries, without those that another one has told right.
pub fn status_of(deliveries: &[Delivery]) -> NoticeStatus {
    let last = |one: &&Delivery| deliveries.iter().all(|other| other.corrects != Some(one.id));
    let statuses: Vec<DeliveryStatus> = deliveries.iter().filter(last).map(|one| one.status).collect();
    NoticeStatus::of(&statuses)
}

/// Whether a delivery is void.
pub fn is_void(conn: &mut Conn, delivery: Id) -> Result<bool> {
    let found: i64 = agency_deliveries::table.find(delivery).filter(void()).count().get_result(conn)?;
    Ok(found > 0)
}

/// Notes an attempt to send.
pub fn note_attempt(tx: &mut Tx, delivery: &Delivery, outcome: CallOutcome, http_status: Option<u16>, now: Moment) -> Result<()> {
    let made: i64 =
        delivery_attempts::table.filter(delivery_attempts::delivery_id.eq(delivery.id)).count().get_result(&mut **tx)?;
    let row = (
        delivery_attempts::delivery_id.eq(delivery.id),
        delivery_attempts::attempt.eq(i32::try_from(made).unwrap_or(i32::MAX - 1) + 1),
        delivery_attempts::at.eq(now),
        delivery_attempts::outcome.eq(outcome),
        delivery_attempts::http_status.eq(http_status.map(i32::from)),
    );
    diesel::insert_into(delivery_attempts::table).values(row).execute(&mut **tx)?;
    Ok(())
}
