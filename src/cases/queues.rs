//! Work queues with counts and clocks, and the timer that tells once when a limit comes near or has passed.

use actix_web::get;
use actix_web::web::Data;
use chrono::Duration;
use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::CaseSettings;
use super::listing::{self, Filter};
use super::outside::keep_closed;
use super::policy::ListQueues;
use super::states::CaseStatus;
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Record, Tx};
use crate::domain::case_path;
use crate::error::Result;
use crate::http::{BoundedListing, Reply, Stretch};
use crate::node::Node;
use crate::scheduling::Plans;
use crate::schema::cases;
use crate::{bounded_list, text_enum};

text_enum! {
    /// A queue, within what the caller may see.
    pub enum QueueName {
        /// Open and in my charge
        Mine = "MINE",
        /// Drafts, citizens' applications among them, that nobody has accepted
        ToAccept = "TO_ACCEPT",
        /// Under review, not mine as a clerk nor taken by another reviewer
        ToReview = "TO_REVIEW",
        /// A correction or revocation waits that somebody else has proposed
        ToApprove = "TO_APPROVE",
        /// Sent back to me
        Returned = "RETURNED",
        /// The clock stands still until papers come
        AwaitingDocuments = "AWAITING_DOCUMENTS",
        /// The clock runs, the office's limit comes near
        DueSoon = "DUE_SOON",
        /// The clock runs, the office's limit has passed
        Overdue = "OVERDUE",
    }
}

/// A queue.
#[derive(Serialize, ToSchema)]
pub struct Queue {
    pub queue: QueueName,
    #[schema(minimum = 0)]
    pub count: i64,
    /// The earliest limit among its cases.
    pub next_due_at: Option<Moment>,
    /// Parameters of GET /v1/cases that list it.
    #[schema(max_length = 200)]
    pub list: String,
}

bounded_list! {
    /// Every queue, as the answer's `Date` has them.
    #[schema(example = json!({"items": [{"queue": "MINE", "count": 3, "next_due_at": "2026-11-23T23:59:59+08:00", "list": "queue=MINE"}], "next": null}))]
    pub struct Queues of Queue, at most 20
}

/// Shows the work queues.
///
/// All of them with counts and the next limit in one call, within the same bounds as the list of cases.
#[utoipa::path(tag = "Cases", operation_id = "list_queues", params(BoundedListing), responses((status = 200, description = "The queues.", body = Queues)))]
#[get("/v1/queues")]
pub async fn list_queues(may: May<ListQueues>, node: Data<Node>, stretch: Stretch) -> Result<Reply> {
    may.read(move |conn, by| {
        let queues = QueueName::ALL.iter().map(|name| queue(conn, &node, by, *name)).collect::<Result<_>>()?;
        Reply::ok(&Queues::from(stretch.page(queues, Queue::place)))
    })
    .await
}

impl Queue {
    /// Its place in the list.
    fn place(&self) -> String {
        format!("{:02}", QueueName::ALL.iter().take_while(|name| **name != self.queue).count())
    }
}

impl QueueName {
    /// The cases of the queue: one filter for its count and for its list.
    pub fn filter(self, by: &By, node: &Node) -> Filter {
        let me = by.caller.account().map(|account| account.id);
        let soon = by.now + Duration::hours(node.config.of::<CaseSettings>().due_soon_hours);
        let one = |status: CaseStatus| Filter { statuses: vec![status], ..Filter::default() };
        let running = || Filter { statuses: CaseStatus::RUNNING.to_vec(), ..Filter::default() };
        match self {
            Self::Mine => Filter { clerk: me, statuses: CaseStatus::OPEN.to_vec(), ..Filter::default() },
            Self::ToAccept => one(CaseStatus::Draft),
            Self::ToReview => Filter { reviewable_by: me, ..one(CaseStatus::InReview) },
            Self::ToApprove => Filter { proposed_to: Some(by.caller.name()), ..Filter::default() },
            Self::Returned => Filter { clerk: me, ..one(CaseStatus::Returned) },
            Self::AwaitingDocuments => one(CaseStatus::AwaitingDocuments),
            // The clock of a case that waits for papers stands still.
            Self::DueSoon => Filter { due_from: Some(by.now), due_before: Some(soon), ..running() },
            Self::Overdue => Filter { due_before: Some(by.now), ..running() },
        }
    }
}

fn queue(conn: &mut Conn, node: &Node, by: &By, name: QueueName) -> Result<Queue> {
    let mut filter = name.filter(by, node);
    keep_closed(conn, node, by, &mut filter)?;
    let matching = listing::matching(by, &filter);
    let (count, next_due_at): (i64, Option<Moment>) = matching.select((count_star(), min(cases::due_at))).first(conn)?;
    let next_due_at = next_due_at.filter(|_| name != QueueName::AwaitingDocuments);
    Ok(Queue { queue: name, count, next_due_at, list: format!("queue={name}") })
}

/// Cases told of in one turn of the timer.
const TURN: i64 = 200;

fn untold<'a>(before: Moment, overdue: bool) -> cases::BoxedQuery<'a, Backend> {
    let query = cases::table.filter(cases::status.eq_any(CaseStatus::RUNNING)).filter(cases::due_at.lt(before)).into_boxed();
    if overdue { query.filter(cases::overdue_at.is_null()) } else { query.filter(cases::warned_at.is_null()) }
}

/// Whether a limit has come near or passed that nobody was told of, within office hours.
pub fn any_untold(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    let plan = node.part::<Plans>().at(conn)?;
    if !plan.calendar.is_open_at(now.date(), now.time()) {
        return Ok(false);
    }
    let soon = now + Duration::hours(node.config.of::<CaseSettings>().due_soon_hours);
    for (before, overdue) in [(soon, false), (now, true)] {
        let first: Option<Id> = untold(before, overdue).select(cases::id).first(conn).optional()?;
        if first.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

type Told = (Option<Moment>, Id, Option<String>, String, Option<Id>);

/// Tells, once each, of limits that come near or have passed.
pub fn tell(tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
    let soon = now + Duration::hours(node.config.of::<CaseSettings>().due_soon_hours);
    for (before, overdue, action) in [(soon, false, "case.due_soon"), (now, true, "case.overdue")] {
        let near: Vec<Id> = untold(before, overdue).order(cases::due_at).select(cases::id).limit(TURN).load(&mut **tx)?;
        // Asked again by the statement that claims them: others act on cases, and other nodes tell of them.
        let near = cases::table.filter(cases::id.eq_any(near)).filter(cases::due_at.lt(before));
        let near = near.filter(cases::status.eq_any(CaseStatus::RUNNING));
        let told = (cases::due_at, cases::id, cases::number, cases::service_point, cases::clerk);
        let mut rows: Vec<Told> = if overdue {
            let near = near.filter(cases::overdue_at.is_null());
            diesel::update(near).set(cases::overdue_at.eq(Some(now))).returning(told).get_results(&mut **tx)?
        } else {
            let near = near.filter(cases::warned_at.is_null());
            diesel::update(near).set(cases::warned_at.eq(Some(now))).returning(told).get_results(&mut **tx)?
        };
        rows.sort_by_key(|(due_at, id, ..)| (*due_at, *id));
        for (due_at, id, number, service_point, clerk) in rows {
            let event = json!({"number": number, "service_point": service_point, "clerk": clerk, "due_at": due_at});
            tx.record(Record::change(action, case_path(id), event));
        }
    }
    Ok(())
}
