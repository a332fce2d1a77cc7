//! The list of records that are due for disposal.

use actix_web::get;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::keepers::{Asking, Keepers};
use super::model::RetentionCategory;
use super::policy::ListDueRecords;
use super::settings::RetentionSettings;
use super::store;
use crate::auth::May;
use crate::bounded_list;
use crate::error::Result;
use crate::http::{BoundedListing, Params, Reply, Stretch};
use crate::node::Node;

bounded_list! {
    /// Records that are due for disposal, those that ended first of all.
    pub struct DueRecords of DueRecord, at most 1000
}

/// Filters of what is due.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DueFilter {
    category: Option<RetentionCategory>,
}

/// A record that is due for disposal.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "record": "petitions/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "number": "115-P48210375", "category": "SUGGESTION",
    "ended_on": "2026-11-25", "due_on": "2032-01-01"
}))]
pub struct DueRecord {
    #[schema(max_length = 80)]
    record: String,
    #[schema(max_length = 40)]
    number: String,
    category: RetentionCategory,
    /// Day on which it ended, Asia/Taipei.
    ended_on: NaiveDate,
    /// First day on which it is due.
    due_on: NaiveDate,
}

/// Lists records that are due for disposal.
///
/// Of those that the caller sees: petitions, inquiries and complaints on the spot that ended so many whole calendar years ago as the
/// settings say for their category, from 1 January on. What is held back, what is under appeal, what is answered together with an open
/// petition or came out of one, a petition whose end has not gone out to whoever petitioned (a letter that was never posted) or of which an
/// improvement comes that is still to be carried out, what an open petition cites as an earlier answer, and what stands in a disposal already is not due. At most
/// 1,000 of each kind: the others follow once these are disposed of.
#[utoipa::path(tag = "Retention", operation_id = "list_due_records", params(DueFilter, BoundedListing), responses(
    (status = 200, description = "What is due.", body = DueRecords),
))]
#[get("/v1/due-records")]
pub async fn list_due_records(
    may: May<ListDueRecords>,
    node: Data<Node>,
    Params(query): Params<DueFilter>,
    stretch: Stretch,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let (today, settings) = (by.now.date(), node.config.of::<RetentionSettings>());
        let mut all = Vec::new();
        for keeper in node.part::<Keepers>().all() {
            let asking = Asking::due(&node, today, Some(by), None);
            for one in store::due(conn, &node, keeper, &asking)? {
                all.push(DueRecord {
                    record: format!("{}/{}", keeper.kind, one.id),
                    number: one.number,
                    category: one.category,
                    ended_on: one.ended_on,
                    due_on: one.category.due_on(settings, one.ended_on),
                });
            }
        }
        all.retain(|one| query.category.is_none_or(|category| category == one.category));
        all.sort_by_key(position);
        all.truncate(1000);
        Reply::ok(&DueRecords::from(stretch.page(all, position)))
    })
    .await
}

fn position(one: &DueRecord) -> String {
    format!("{} {}", one.ended_on, one.record)
}
