//! A case as answers show it.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::{AdditionalProperties, AnyOfBuilder, ObjectBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::fields::{CaseFields, Form, PartyRole};
use super::hints::RegisterHint;
use super::states::{CaseAct, CaseStatus};
use super::types::model::{PaperRule, Relation};
use crate::agencies::model::Trigger;
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::db::Id;
use crate::people::differences::IdentityDifference;
use crate::scheduling::services::Channel;

/// A party as shown.
#[derive(Serialize, ToSchema)]
pub struct PartyView {
    pub role: PartyRole,
    pub person_id: Id,
    /// Masked: 王○明.
    #[schema(max_length = 100)]
    pub name: String,
    /// Masked: A12*****89.
    /// Or what stands in its place: `VNM PASSPORT C1****67`, `ORGANISATION 04595257`, `NO_NUMBER UNKNOWN`.
    #[schema(max_length = 60)]
    pub national_id: String,
    /// As far as it is known; only where people are shown whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub birth_on: Option<PartialDate>,
    /// Who they are today, where that is another name or number than this case's; to staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub today: Option<PersonOfToday>,
}

/// A person as the office knows them now.
#[derive(Serialize, ToSchema)]
pub struct PersonOfToday {
    #[schema(max_length = 100)]
    pub name: String,
    /// Or what stands in its place: `VNM PASSPORT C1****67`, `ORGANISATION 04595257`, `NO_NUMBER UNKNOWN`.
    #[schema(max_length = 60)]
    pub national_id: String,
}

/// The applicant as shown.
#[derive(Serialize, ToSchema)]
pub struct ApplicantView {
    pub person_id: Id,
    #[schema(max_length = 100)]
    pub name: String,
    /// Or what stands in its place: `VNM PASSPORT C1****67`, `ORGANISATION 04595257`, `NO_NUMBER UNKNOWN`.
    #[schema(max_length = 60)]
    pub national_id: String,
    pub relation: Relation,
}

/// The proxy as shown, with the letter and the approval.
#[derive(Serialize, ToSchema)]
pub struct ProxyView {
    pub person_id: Id,
    #[schema(max_length = 100)]
    pub name: String,
    /// Why the applicant does not come.
    #[schema(max_length = 500)]
    pub reason: String,
    pub dated_on: NaiveDate,
    /// The office must approve this proxy (戶籍法 §47).
    pub needs_approval: bool,
    /// Who approved: `accounts/{id}`.
    #[schema(max_length = 60)]
    pub approved_by: Option<String>,
    pub approved_at: Option<Moment>,
}

/// When the office must be done.
#[derive(Serialize, ToSchema)]
pub struct DueView {
    /// The limit of the type: SAME_VISIT, 5_WORKDAYS …
    #[schema(max_length = 40)]
    pub rule: String,
    /// As of now: it moves on while the clock stands still; see `/clock`.
    pub at: Moment,
}

/// Agencies to be told.
#[derive(Serialize, ToSchema)]
pub struct NotificationView {
    pub trigger: Trigger,
    /// Agencies that take notices of this kind; the person chooses and consents.
    #[schema(max_items = 50)]
    pub agencies: Vec<String>,
    /// The notices go out on the day of the consent.
    pub due_on: NaiveDate,
}

/// The fields of a case as answers show them.
struct ShownFields;

impl PartialSchema for ShownFields {
    fn schema() -> RefOr<Schema> {
        let draft = ObjectBuilder::new()
            .description(Some("Of a draft, as far as they are there."))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)));
        let draft = draft.property("kind", Form::schema()).required("kind");
        let whole = Ref::from_schema_name(CaseFields::name());
        RefOr::T(Schema::AnyOf(AnyOfBuilder::new().item(whole).item(draft).build()))
    }
}

impl ToSchema for ShownFields {
    fn name() -> Cow<'static, str> {
        "ShownFields".into()
    }

    fn schemas(all: &mut Vec<(String, RefOr<Schema>)>) {
        CaseFields::schemas(all);
        all.push((CaseFields::name().into_owned(), CaseFields::schema()));
    }
}

/// A case. Other people's data is masked; POST /v1/cases/{id}:reveal shows it whole and is logged.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-HEMEI-000001", "type_code": "BIRTH", "type_version": 1,
    "status": "ACCEPTED", "channel": "COUNTER", "service_point": "HEMEI", "off_site": false, "registered_area": null,
    "registered_office": null, "parties": [{"role": "MOTHER", "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "name": "王○美", "national_id": "N20*****04"}],
    "applicant": {"person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "name": "王○美", "national_id": "N20*****04", "relation": "MOTHER"},
    "proxy": null, "event_on": "2026-11-10", "received_at": "2026-11-23T09:00:00+08:00", "accepted_at": "2026-11-23T09:00:00+08:00",
    "due": {"rule": "SAME_VISIT", "at": "2026-11-23T23:59:59+08:00"}, "legal_due_on": "2027-01-11", "late": false,
    "clerk_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "reviewer_id": null,
    "fields": {"kind": "BIRTH", "child_name": "王○安", "sex": "FEMALE", "surname_from": "FATHER", "birth_place": "HOSPITAL",
        "certificate_number": "出字第 1150001 號", "weight_g": 3150, "weeks": 39, "birth_order": 1, "multiple": 1},
    "papers": ["ID_CARD"], "circumstances": [], "missing_papers": [], "fee_twd": null, "notification": null, "registered_at": null,
    "allowed_actions": ["edit", "assign", "one-time-notice", "withdraw", "refuse"], "updated_at": "2026-11-23T09:00:00+08:00"
}))]
pub struct CaseView {
    pub id: Id,
    /// ROC year, service point and running number without gaps; `null` for a draft.
    #[schema(max_length = 40)]
    pub number: Option<String>,
    #[schema(max_length = 40)]
    pub type_code: String,
    #[schema(minimum = 1)]
    pub type_version: i32,
    pub status: CaseStatus,
    pub channel: Channel,
    #[schema(max_length = 20)]
    pub service_point: String,
    pub off_site: bool,
    /// Township in which its people are registered, when it is taken off site.
    #[schema(max_length = 100)]
    pub registered_area: Option<String>,
    /// The office that is to be told of it then.
    #[schema(max_length = 110)]
    pub registered_office: Option<String>,
    #[schema(max_items = 30)]
    pub parties: Vec<PartyView>,
    pub applicant: ApplicantView,
    pub proxy: Option<ProxyView>,
    pub event_on: Option<NaiveDate>,
    pub received_at: Moment,
    pub accepted_at: Option<Moment>,
    pub due: Option<DueView>,
    /// Last day of the applicant's period of law (戶籍法 §48).
    pub legal_due_on: Option<NaiveDate>,
    /// Received after that day.
    pub late: bool,
    /// Account of the clerk in charge.
    pub clerk_id: Option<Id>,
    /// Account of the reviewer.
    pub reviewer_id: Option<Id>,
    #[schema(value_type = ShownFields)]
    pub fields: Value,
    /// Codes of the papers that are there.
    #[schema(max_items = 60)]
    pub papers: Vec<String>,
    #[schema(max_items = 60)]
    pub circumstances: Vec<String>,
    /// Papers of the checklist that are not there.
    #[schema(max_items = 60)]
    pub missing_papers: Vec<PaperRule>,
    #[schema(minimum = 0)]
    pub fee_twd: Option<i32>,
    /// Who must hear of it, once it is registered.
    pub notification: Option<NotificationView>,
    pub registered_at: Option<Moment>,
    /// Where it names people otherwise than the office has seen or registered them; told to staff only. Settle it by the paper
    /// (POST /v1/people/{id}:settle) or mend the case: it cannot go to review before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 70, nullable = false)]
    pub identity_differences: Option<Vec<IdentityDifference>>,
    /// What the register does not know and a clerk should look at once more, until the case is registered; told to staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 10, nullable = false)]
    pub register_hints: Option<Vec<RegisterHint>>,
    /// What the caller may do now, by the part of the address that follows the case's; `edit` is its PATCH.
    #[schema(value_type = Vec<CaseAct>, max_items = 20)]
    pub allowed_actions: Vec<&'static str>,
    pub updated_at: Moment,
}

/// A case in a list.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-HEMEI-000001", "type_code": "BIRTH", "status": "IN_REVIEW",
    "channel": "COUNTER", "service_point": "HEMEI", "person": "王○美", "received_at": "2026-11-23T09:00:00+08:00",
    "due_at": "2026-11-23T23:59:59+08:00", "late": false, "clerk_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "reviewer_id": null, "version": 2
}))]
pub struct CaseSummary {
    pub id: Id,
    #[schema(max_length = 40)]
    pub number: Option<String>,
    #[schema(max_length = 40)]
    pub type_code: String,
    pub status: CaseStatus,
    pub channel: Channel,
    #[schema(max_length = 20)]
    pub service_point: String,
    /// Name of the person whom it is about, as the case has it, masked.
    #[schema(max_length = 100)]
    pub person: String,
    pub received_at: Moment,
    /// The office's limit; `null` while the clock stands still.
    pub due_at: Option<Moment>,
    pub late: bool,
    pub clerk_id: Option<Id>,
    pub reviewer_id: Option<Id>,
    /// For `If-Match`: `"v{version}"`.
    #[schema(minimum = 1)]
    pub version: i32,
}
