//! The form and its deliveries as shown: no personal data.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{CallOutcome, ConsentBy, ConsentForm, DeliveryKind, DeliveryStatus, NoticeStatus, RejectionCode};
use super::store::{self, Delivery, Notice};
use crate::agencies::model::{DeliveryChannel, Trigger};
use crate::auth::{By, Caller};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::secrets::vault::Vault;

/// A delivery as shown: no personal data.
#[derive(Serialize, ToSchema)]
pub struct DeliveryView {
    pub id: Id,
    #[schema(max_length = 40)]
    pub agency_code: String,
    pub channel: DeliveryChannel,
    pub status: DeliveryStatus,
    /// The day on which it should have been sent.
    pub due_on: NaiveDate,
    #[schema(minimum = 0)]
    pub attempts: i32,
    pub sent_at: Option<Moment>,
    pub acknowledged_at: Option<Moment>,
    /// When the agency said that it updated or rejected.
    pub answered_at: Option<Moment>,
    /// The agency's reason for a rejection; not by receipt.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// The reason's code.
    pub reason_code: Option<RejectionCode>,
    /// How the last call ended.
    pub last_outcome: Option<CallOutcome>,
    pub kind: DeliveryKind,
    /// The earlier delivery that told wrong what this one tells right.
    pub corrects: Option<Id>,
}

impl DeliveryView {
    pub fn of(vault: &Vault, delivery: &Delivery) -> Result<Self> {
        let open = |sealed: &String| vault.open_text(&delivery.reason_identity(), sealed);
        Ok(Self {
            id: delivery.id,
            agency_code: delivery.agency_code.clone(),
            channel: delivery.channel,
            status: delivery.status,
            due_on: delivery.due_on,
            attempts: delivery.attempts,
            sent_at: delivery.sent_at,
            acknowledged_at: delivery.acknowledged_at,
            answered_at: delivery.answered_at,
            reason: delivery.reason.as_ref().map(open).transpose()?,
            reason_code: delivery.reason_code,
            last_outcome: delivery.last_outcome,
            kind: delivery.kind,
            corrects: delivery.corrects,
        })
    }
}

/// A form with its deliveries.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-NOTICE-000001", "case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70",
    "trigger": "MOVE", "status": "ACCEPTED", "consent": {"at": "2026-11-23T10:00:00+08:00", "by": "SELF", "form": "WRITTEN"},
    "withdrawn_at": null, "created_at": "2026-11-23T10:00:00+08:00",
    "deliveries": [{"id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "agency_code": "LAND", "channel": "PULL", "status": "QUEUED",
        "due_on": "2026-11-23", "attempts": 0, "sent_at": null, "acknowledged_at": null, "answered_at": null, "reason": null,
        "reason_code": null, "last_outcome": null, "kind": "CHANGE", "corrects": null}]
}))]
pub struct AgencyNotice {
    pub id: Id,
    #[schema(max_length = 40)]
    pub number: String,
    /// Not by receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub case_id: Option<Id>,
    pub trigger: Trigger,
    pub status: NoticeStatus,
    pub consent: ConsentView,
    pub withdrawn_at: Option<Moment>,
    pub created_at: Moment,
    /// In the order of their making: first one an agency, later ones where an agency is told right.
    #[schema(max_items = 1000)]
    pub deliveries: Vec<DeliveryView>,
    /// With `number`, opens the receipt; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, nullable = false)]
    pub receipt_secret: Option<String>,
    /// Where the receipt opens, with the token of `:receipt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400, format = "uri", nullable = false)]
    pub receipt_url: Option<String>,
}

/// The consent as shown.
#[derive(Serialize, ToSchema)]
pub struct ConsentView {
    at: Moment,
    by: ConsentBy,
    form: ConsentForm,
}

/// The form as the caller may see it.
pub fn of(conn: &mut Conn, vault: &Vault, by: &By, notice: &Notice) -> Result<AgencyNotice> {
    let deliveries = store::deliveries(conn, notice.id)?;
    // The state follows the deliveries; the row's own may be a step behind within this transaction.
    let by_receipt = matches!(by.caller, Caller::Receipt(_));
    let shown = |delivery: &Delivery| {
        let shown = DeliveryView::of(vault, delivery)?;
        Ok(if by_receipt { DeliveryView { reason: None, ..shown } } else { shown })
    };
    Ok(AgencyNotice {
        id: notice.id,
        number: notice.number.clone(),
        case_id: Some(notice.case_id).filter(|_| !by_receipt),
        trigger: notice.trigger_code,
        status: store::status_of(&deliveries),
        consent: ConsentView { at: notice.consent_at, by: notice.consent_by, form: notice.consent_form },
        withdrawn_at: notice.withdrawn_at,
        created_at: notice.created_at,
        deliveries: deliveries.iter().map(shown).collect::<Result<_>>()?,
        receipt_secret: None,
        receipt_url: None,
    })
}
