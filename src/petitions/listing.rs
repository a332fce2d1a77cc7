//! The list of petitions and its queues, of those that the caller sees.

use chrono::Duration;
use diesel::prelude::*;

use super::model::{PetitionFilter, PetitionQueue, PetitionStatus};
use super::settings::PetitionSettings;
use super::sight::Sight;
use super::store::Petition;
use super::view::PetitionSummary;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow};
use crate::error::Result;
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::read_page;
use crate::schema::petitions;

/// A page of the petitions that match.
pub fn page(conn: &mut Conn, node: &Node, by: &By, filter: &PetitionFilter, paging: &Paging) -> Result<Page<Petition>> {
    let sight = Sight::of(conn, by)?;
    let soon = by.now + Duration::hours(node.config.of::<PetitionSettings>().due_soon_hours);
    let matching = || -> petitions::BoxedQuery<'_, Backend> {
        let rows = queue(sight.rows(), filter.queue, by, soon);
        rows.narrow(filter.status, |status| petitions::status.eq(status))
            .narrow(filter.kind, |kind| petitions::kind.eq(kind))
            .narrow(filter.channel, |channel| petitions::channel.eq(channel))
            .narrow(filter.handler_id, |handler| petitions::handler.eq(handler.to_string()))
            .narrow(filter.confidential, |confidential| petitions::confidential.eq(confidential))
            .narrow(filter.from, |day| petitions::received_at.ge(Moment::start_of(day)))
            .narrow(filter.to, |day| petitions::received_at.lt(Moment::end_of(day)))
    };
    read_page!(conn, paging, matching, petitions::id desc, Petition)
}

/// These petitions as a list shows them, by id.
pub fn summaries(conn: &mut Conn, node: &Node, ids: &[Id]) -> Result<Vec<PetitionSummary>> {
    let rows = petitions::table.filter(petitions::id.eq_any(ids.to_vec())).order(petitions::id);
    let rows: Vec<Petition> = rows.select(Petition::as_select()).load(conn)?;
    rows.into_iter().map(|row| PetitionSummary::of(node, row)).collect()
}

/// Those of a queue.
fn queue<'a>(
    rows: petitions::BoxedQuery<'a, Backend>,
    name: Option<PetitionQueue>,
    by: &By,
    soon: Moment,
) -> petitions::BoxedQuery<'a, Backend> {
    let Some(name) = name else { return rows };
    let running = petitions::status.eq_any(PetitionStatus::OPEN);
    match name {
        PetitionQueue::Mine => {
            let me = by.caller.account().map(|account| account.id.to_string()).unwrap_or_default();
            rows.filter(petitions::handler.eq(me)).filter(petitions::status.eq_any(PetitionStatus::OPEN))
        }
        PetitionQueue::ToScreen => rows.filter(petitions::status.eq_any([PetitionStatus::Screening, PetitionStatus::Quarantine])),
        PetitionQueue::ToAssign => {
            let open = petitions::status.eq_any(PetitionStatus::OPEN).and(petitions::status.ne(PetitionStatus::FilingProposed));
            rows.filter(open).filter(petitions::handler.is_null())
        }
        PetitionQueue::ToApprove => {
            rows.filter(petitions::status.eq_any([PetitionStatus::InApproval, PetitionStatus::FilingProposed]))
        }
        PetitionQueue::DueSoon => rows.filter(running).filter(petitions::due_at.ge(by.now)).filter(petitions::due_at.lt(soon)),
        PetitionQueue::Overdue => rows.filter(running).filter(petitions::due_at.lt(by.now)),
    }
}
