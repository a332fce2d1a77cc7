//! A complaint on the spot as it is shown, with its steps.

use chrono::Duration;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::flow;
use super::model::{OnSiteAct, OnSiteStatus, OnSiteStepKind};
use super::settings::OnSiteSettings;
use super::store::{self, Complaint, Step};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::Result;
use crate::http::Reply;
use crate::node::Node;
use crate::people::{ShownContact, contacts};
use crate::petitions::{self, ConcernView, PetitionTaken, Petitioner};
use crate::view_of;

/// A step of a complaint on the spot.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "line": 1, "step": "TAKEN_OVER", "happened_at": "2026-11-23T09:04:00+08:00", "done_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71",
    "entered_at": "2026-11-23T09:05:00+08:00", "entered_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "entered_late": false,
    "out_of_order": false, "late": false, "note": null, "petition_id": null, "taken_back_at": null, "taken_back_by": null,
    "taken_back_because": null
}))]
pub struct OnSiteStep {
    /// Counts the steps in the order in which they were entered, from 1.
    #[schema(minimum = 1)]
    line: i32,
    step: OnSiteStepKind,
    /// When it happened, Asia/Taipei.
    happened_at: Moment,
    /// Who did it: `accounts/{id}`.
    #[schema(max_length = 60)]
    done_by: String,
    entered_at: Moment,
    #[schema(max_length = 60)]
    entered_by: String,
    /// Entered more than `on_site.entered_late_minutes` after it happened.
    entered_late: bool,
    /// It happened before a step that comes earlier in the flow.
    out_of_order: bool,
    /// After its limit: the taking over, and the follow-up call.
    late: bool,
    #[schema(max_length = 5000)]
    note: Option<String>,
    /// The petition that was opened, to whoever reads it as it was written.
    petition_id: Option<Id>,
    /// When it was taken back: it stands no more.
    taken_back_at: Option<Moment>,
    #[schema(max_length = 60)]
    taken_back_by: Option<String>,
    #[schema(max_length = 500)]
    taken_back_because: Option<String>,
}

/// A complaint on the spot in a list.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-S48210375", "status": "OPEN", "service_point": "HEMEI",
    "began_at": "2026-11-23T09:00:00+08:00", "takeover_due_at": "2026-11-23T09:05:00+08:00", "taken_over_at": null,
    "follow_up_due_at": null
}))]
pub struct OnSiteSummary {
    id: Id,
    #[schema(max_length = 20)]
    number: String,
    status: OnSiteStatus,
    #[schema(max_length = 20)]
    service_point: String,
    began_at: Moment,
    /// The last moment for a supervisor to take over.
    takeover_due_at: Moment,
    taken_over_at: Option<Moment>,
    /// The last moment for the follow-up call, once the result is noted; it follows the office's days.
    follow_up_due_at: Option<Moment>,
}

impl From<Complaint> for OnSiteSummary {
    fn from(row: Complaint) -> Self {
        view_of!(
            OnSiteSummary,
            row { id, number, status, service_point, began_at, takeover_due_at, taken_over_at, follow_up_due_at }
        )
    }
}

/// A complaint on the spot.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-S48210375", "status": "OPEN", "service_point": "HEMEI",
    "what": "等候逾一小時未獲受理", "complainant": "王○明", "contact": null, "concerns": [], "taken_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71",
    "began_at": "2026-11-23T09:00:00+08:00", "takeover_due_at": "2026-11-23T09:05:00+08:00", "taken_over_at": null,
    "follow_up_due_at": null, "steps": [], "missing": ["CALMED", "TAKEN_OVER", "RECORDED", "SOLVED", "RESULT_NOTED", "FOLLOWED_UP"],
    "allowed_actions": ["update", "step", "take-back"]
}))]
pub struct OnSiteComplaintView {
    id: Id,
    /// What people quote it by: random within the year.
    #[schema(max_length = 20)]
    number: String,
    status: OnSiteStatus,
    #[schema(max_length = 20)]
    service_point: String,
    #[schema(max_length = 5000)]
    what: String,
    /// The name of whoever complains, masked; `null` where they do not say it.
    #[schema(max_length = 100)]
    complainant: Option<String>,
    /// How to reach them, masked; `:reveal-contact` shows it whole.
    contact: Option<ShownContact>,
    #[schema(max_items = 20)]
    concerns: Vec<ConcernView>,
    #[schema(max_length = 60)]
    taken_by: String,
    began_at: Moment,
    /// The last moment for a supervisor to take over.
    takeover_due_at: Moment,
    taken_over_at: Option<Moment>,
    /// The last moment for the follow-up call, once the result is noted; it follows the office's days.
    follow_up_due_at: Option<Moment>,
    /// In the order in which they were entered.
    #[schema(max_items = 10000)]
    steps: Vec<OnSiteStep>,
    /// What is still to be done; SOLVED stands for PETITION_OPENED too.
    #[schema(max_items = 6)]
    missing: Vec<OnSiteStepKind>,
    /// By what the petition is followed that was opened: once, to be handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    petition: Option<PetitionTaken>,
    /// What the caller may do now.
    #[schema(value_type = Vec<OnSiteAct>, max_items = 4)]
    allowed_actions: Vec<&'static str>,
}

/// Tells the journal; of a complaint that is withheld nothing goes into the feed.
pub fn note(tx: &mut Tx, row: &Complaint, action: &'static str, why: &str) -> Result<()> {
    let record = if row.is_withheld(tx)? {
        Record::read(action, row.path(), "")
    } else {
        Record::change(action, row.path(), json!({"number": row.number, "status": row.status}))
    };
    tx.record(record.because(why));
    Ok(())
}

/// A complaint as the caller sees it.
pub fn view(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    row: Complaint,
    petition: Option<PetitionTaken>,
) -> Result<OnSiteComplaintView> {
    let (said, kept) = (row.said(&node.vault)?, store::steps_of(conn, row.id)?);
    let standing = store::standing(&kept);
    let opened: Vec<Id> = kept.iter().filter_map(|step| step.petition_id).collect();
    let known = petitions::known(conn, by, &opened)?;
    let late_after = Duration::minutes(node.config.of::<OnSiteSettings>().entered_late_minutes);
    let mut steps = Vec::new();
    for step in kept {
        let late = match step.step {
            OnSiteStepKind::TakenOver => step.happened_at > row.takeover_due_at,
            OnSiteStepKind::FollowedUp => row.follow_up_due_at.is_some_and(|due| step.happened_at > due),
            _ => false,
        };
        let out_of_order = step.standing.is_some() && flow::is_out_of_order(&standing, (step.step, step.happened_at));
        let entered_late = step.entered_at - step.happened_at > late_after;
        steps.push(shown_step(node, step, (entered_late, out_of_order, late), &known)?);
    }
    let contact = contacts::of(conn, &node.vault, &row.path())?.map(|contact| contact.shown(false));
    let acts = OnSiteAct::possible(row.status).filter(|act| act.line().is_granted(&by.caller));
    let allowed_actions = acts.map(|act| act.line().name).collect();
    let complainant = said.complainant.as_ref().map(Petitioner::masked);
    let concerns = said.concerns.into_iter().map(ConcernView::from).collect();
    let (what, missing) = (said.what, flow::missing(&standing));
    Ok(view_of!(OnSiteComplaintView, row {
        id, number, status, service_point, taken_by, began_at, takeover_due_at, taken_over_at, follow_up_due_at
    } what, complainant, contact, concerns, steps, missing, petition, allowed_actions))
}

fn shown_step(
    node: &Node,
    step: Step,
    (entered_late, out_of_order, late): (bool, bool, bool),
    known: &[Id],
) -> Result<OnSiteStep> {
    let words = step.words(&node.vault)?;
    let petition_id = step.petition_id.filter(|id| known.contains(id));
    let (taken_back_at, taken_back_by, taken_back_because) = (step.struck_at, step.struck_by, words.struck_because);
    let Step { line, step, happened_at, done_by, entered_at, entered_by, .. } = step;
    let note = words.note;
    Ok(OnSiteStep {
        line,
        step,
        happened_at,
        done_by,
        entered_at,
        entered_by,
        entered_late,
        out_of_order,
        late,
        note,
        petition_id,
        taken_back_at,
        taken_back_by,
        taken_back_because,
    })
}

/// The answer that shows a complaint.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, row: Complaint) -> Result<Reply> {
    let version = row.version;
    Ok(Reply::ok(&view(conn, node, by, row, None)?)?.version(version))
}
