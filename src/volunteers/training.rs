//! A training as it is entered, and which hours it would judge otherwise.

use actix_web::web::Data;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entries::{Detail, VolunteerTraining, VolunteerTrainingKind};
use super::entry_acts::{grounds, require_unmerged};
use super::gate::Dated;
use super::hours::{VolunteerHourChange, changed_by};
use super::model::VolunteerCategory;
use super::store;
use crate::auth::May;
use crate::auth::policy::Action;
use crate::db::Id;
use crate::error::Result;
use crate::http::Reply;
use crate::node::Node;
use crate::people::{Label, Words};
use crate::states::in_own_matter;

/// A training to enter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "SPECIAL", "category": "GUIDANCE", "completed_on": "2026-03-14", "minutes": 360, "provider": "彰化縣志願服務推廣中心",
    "certificate": "彰志訓字第 115 號", "valid_until": null
}))]
pub struct VolunteerTrainingInput {
    kind: VolunteerTrainingKind,
    /// Of a SPECIAL training, and of a REFRESHER that renews the one of a category; a REFRESHER without one renews all.
    category: Option<VolunteerCategory>,
    /// Last day of the training, Asia/Taipei: it counts from that day on, whenever it is entered. Not after today.
    completed_on: NaiveDate,
    /// How long it took, in minutes: six hours are 360.
    #[schema(minimum = 1, maximum = 12000)]
    minutes: u32,
    provider: Option<Words>,
    /// Number of the certificate that was seen.
    certificate: Option<Label>,
    /// Last day of its validity; `null` where it does not run out.
    valid_until: Option<NaiveDate>,
    /// Only tell which hours would be judged otherwise.
    #[serde(default)]
    #[schema(default = false)]
    pub dry_run: bool,
}

impl VolunteerTrainingInput {
    /// The training that it says.
    pub fn said(&self) -> VolunteerTraining {
        VolunteerTraining {
            kind: self.kind,
            category: self.category,
            completed_on: self.completed_on,
            minutes: self.minutes,
            provider: self.provider.clone(),
            certificate: self.certificate.clone(),
            valid_until: self.valid_until,
        }
    }
}

/// What a training would change.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"dry_run": true, "changes": [{
    "hour_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "served_on": "2026-05-04",
    "before": {"verdict": "NOT_COUNTABLE", "reason": "BEFORE_TRAINING", "minutes": 0},
    "after": {"verdict": "COUNTABLE", "reason": null, "minutes": 180}
}]}))]
pub struct VolunteerTrainingEffect {
    dry_run: bool,
    /// Lines of hours that would be judged otherwise, in the order of their entering.
    #[schema(max_items = 100000)]
    changes: Vec<VolunteerHourChange>,
}

/// Tells which hours of a volunteer a training would judge otherwise, as it would be entered.
pub async fn try_training<A: Action>(may: May<A>, node: Data<Node>, id: Id, training: VolunteerTraining) -> Result<Reply> {
    may.write(move |tx, by| {
        let volunteer = store::find(tx, by, id)?;
        let detail = Detail::Training(training.clone());
        detail.act().keep_apart(&in_own_matter(tx, by, &[volunteer.person_id])?)?;
        require_unmerged(&volunteer)?;
        detail.check("", &grounds(tx, &node, by, &volunteer)?)?;
        let (from_on, until_on) = detail.days();
        let (kind, category, minutes) = (detail.kind(), detail.category(), detail.minutes());
        let dated = Dated { kind, category, from_on, until_on, minutes };
        let changes = changed_by(tx, &node, &volunteer, |facts| facts.dated.push(dated))?;
        Reply::ok(&VolunteerTrainingEffect { dry_run: true, changes })
    })
    .await
}
