//! Cases as lists show them.

use serde::Serialize;
use utoipa::ToSchema;

use super::case::Case;
use super::named;
use super::outside::{HIDDEN, NOBODY, hidden_among};
use super::states::CaseStatus;
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people;
use crate::scheduling::services::Channel;

/// A case in a list.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-HEMEI-000001", "type_code": "BIRTH", "status": "IN_REVIEW",
    "channel": "COUNTER", "service_point": "HEMEI", "person": "王○美", "received_at": "2026-11-23T09:00:00+08:00",
    "due_at": "2026-11-23T23:59:59+08:00", "late": false, "clerk_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "reviewer_id": null, "version": 2
}))]
pub struct CaseSummary {
    pub id: Id,
    /// `null` for a draft, and where the service point is hidden.
    #[schema(max_length = 40)]
    pub number: Option<String>,
    #[schema(max_length = 40)]
    pub type_code: String,
    pub status: CaseStatus,
    pub channel: Channel,
    /// `***` to a party who is barred from the data of another and does not apply themself.
    #[schema(max_length = 20)]
    pub service_point: String,
    /// Name of the person whom it is about, as the case has it, masked.
    #[schema(max_length = 100)]
    pub person: String,
    pub received_at: Moment,
    /// The office's limit; `null` while the clock stands still.
    pub due_at: Option<Moment>,
    pub late: bool,
    /// `null` too where the service point is hidden, which it would tell.
    pub clerk_id: Option<Id>,
    /// Likewise.
    pub reviewer_id: Option<Id>,
    /// For `If-Match`: `"v{version}"`.
    #[schema(minimum = 1)]
    pub version: i32,
}

/// Cases for a list: the person as the case named them, whoever they are today. To staff nothing of whom they are barred from.
pub fn summaries(conn: &mut Conn, node: &Node, by: &By, mut cases: Vec<Case>) -> Result<Vec<CaseSummary>> {
    let hidden = hidden_among(conn, node, by, &cases)?;
    cases.retain(|case| by.reach == Reach::Own || !hidden.contains(&case.id));
    let named = named::subjects(conn, node, &cases)?;
    // Cases of before names were kept.
    let mut others: Vec<Id> = cases.iter().filter(|case| !named.contains_key(&case.id)).map(|case| case.person_id).collect();
    if by.reach == Reach::Own {
        let own = by.caller.own_records();
        others.retain(|person| own.contains(person));
    }
    let known = people::store::masked_all(conn, &node.vault, &others)?;
    let name = |case: &Case| match named.get(&case.id) {
        Some(name) => people::mask_name(name),
        None => known.get(&case.person_id).map_or_else(|| NOBODY.to_owned(), |(name, _)| name.clone()),
    };
    let summary = |case: Case| CaseSummary {
        person: name(&case),
        id: case.id,
        number: case.number.filter(|_| !hidden.contains(&case.id)),
        type_code: case.type_code,
        status: case.status,
        channel: case.channel,
        service_point: if hidden.contains(&case.id) { HIDDEN.to_owned() } else { case.service_point },
        received_at: case.received_at,
        due_at: case.due_at.filter(|_| case.status != CaseStatus::AwaitingDocuments),
        late: case.late,
        clerk_id: case.clerk.filter(|_| !hidden.contains(&case.id)),
        reviewer_id: case.reviewer.filter(|_| !hidden.contains(&case.id)),
        version: case.version,
    };
    Ok(cases.into_iter().map(summary).collect())
}
