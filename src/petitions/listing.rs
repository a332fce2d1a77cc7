//! The list of petitions and its queues, of those that the caller sees.

use chrono::Duration;
use diesel::prelude::*;

use super::model::{PetitionFilter, PetitionQueue, PetitionStatus};
use super::searching::{self, Sought};
use super::settings::PetitionSettings;
use super::sight::Sight;
use super::store::Petition;
use super::view::PetitionSummary;
use super::whom::Whom;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow};
use crate::error::Result;
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::read_page;
use crate::schema::petitions;

/// A page of the petitions that match.
pub fn page(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    (filter, whom): (&PetitionFilter, &Whom),
    paging: &Paging,
) -> Result<Page<Petition>> {
    let sight = Sight::of(conn, by)?;
    let brought = whom.brought(conn, node, &sight)?;
    let soon = by.now + Duration::hours(node.config.of::<PetitionSettings>().due_soon_hours);
    let pressing = pressing(conn, filter.queue, by, soon)?;
    let sought = filter.q.as_deref().map(|text| Sought::of(&node.vault, text)).transpose()?;
    let matching = || -> petitions::BoxedQuery<'_, Backend> {
        let rows = queue(sight.rows(), filter.queue, by, (soon, &pressing));
        rows.narrow(filter.status, |status| petitions::status.eq(status))
            .narrow(filter.kind, |kind| petitions::kind.eq(kind))
            .narrow(filter.channel, |channel| petitions::channel.eq(channel))
            .narrow(filter.handler_id, |handler| petitions::handler.eq(handler.to_string()))
            .narrow(filter.confidential, |confidential| petitions::confidential.eq(confidential))
            .narrow(filter.from, |day| petitions::received_at.ge(Moment::start_of(day)))
            .narrow(filter.to, |day| petitions::received_at.lt(Moment::end_of(day)))
            .narrow(brought.as_ref(), |ids| petitions::id.eq_any(ids.clone()))
    };
    match &sought {
        Some(sought) => searching::page(conn, node, &sight, (sought, paging), matching),
        None => read_page!(conn, paging, matching, petitions::id desc, Petition),
    }
}

/// The running petitions that are due by the limit of another that is merged into them.
fn pressing(conn: &mut Conn, name: Option<PetitionQueue>, by: &By, soon: Moment) -> Result<Vec<Id>> {
    let merged = petitions::table.filter(petitions::status.eq(PetitionStatus::Merged)).into_boxed();
    let merged = match name {
        Some(PetitionQueue::DueSoon) => merged.filter(petitions::due_at.ge(by.now)).filter(petitions::due_at.lt(soon)),
        Some(PetitionQueue::Overdue) => merged.filter(petitions::due_at.lt(by.now)),
        _ => return Ok(Vec::new()),
    };
    let merged = merged.filter(petitions::closed_at.is_null());
    let mains: Vec<Id> = merged.select(petitions::merged_into.assume_not_null()).distinct().load(conn)?;
    let running = petitions::table.filter(petitions::id.eq_any(mains)).filter(petitions::status.eq_any(PetitionStatus::OPEN));
    Ok(running.order(petitions::id).select(petitions::id).load(conn)?)
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
    (soon, pressing): (Moment, &[Id]),
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
        PetitionQueue::ToPost => rows.filter(petitions::letter_at.is_not_null()),
        PetitionQueue::ToApprove => {
            rows.filter(petitions::status.eq_any([PetitionStatus::InApproval, PetitionStatus::FilingProposed]))
        }
        // By the index of limits alone, where nothing is merged.
        PetitionQueue::DueSoon if pressing.is_empty() => {
            rows.filter(running).filter(petitions::due_at.ge(by.now)).filter(petitions::due_at.lt(soon))
        }
        PetitionQueue::Overdue if pressing.is_empty() => rows.filter(running).filter(petitions::due_at.lt(by.now)),
        PetitionQueue::DueSoon => {
            let own = petitions::due_at
                .is_not_null()
                .and(petitions::due_at.assume_not_null().ge(by.now))
                .and(petitions::due_at.assume_not_null().lt(soon));
            rows.filter(running).filter(own.or(petitions::id.eq_any(pressing.to_vec())))
        }
        PetitionQueue::Overdue => {
            let own = petitions::due_at.is_not_null().and(petitions::due_at.assume_not_null().lt(by.now));
            rows.filter(running).filter(own.or(petitions::id.eq_any(pressing.to_vec())))
        }
    }
}
