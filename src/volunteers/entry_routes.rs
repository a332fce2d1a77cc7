//! Trainings, insurances, consents, certificates, appraisals and incidents of a volunteer: listed and entered, each kind at an address of
//! its own.

use actix_web::web::Data;
use actix_web::{get, post};

use super::entries::{
    Detail, VolunteerAppraisal, VolunteerConsent, VolunteerEntryKind, VolunteerIncident, VolunteerInsurance,
    VolunteerServiceCertificate,
};
use super::entry_acts::{enter, list};
use super::entry_view::VolunteerEntryView;
use super::policy::{
    CreateVolunteerAppraisal, CreateVolunteerCertificate, CreateVolunteerConsent, CreateVolunteerIncident,
    CreateVolunteerInsurance, CreateVolunteerTraining, ListVolunteerAppraisals, ListVolunteerCertificates, ListVolunteerConsents,
    ListVolunteerIncidents, ListVolunteerInsurances, ListVolunteerTrainings,
};
use super::training::{VolunteerTrainingEffect, VolunteerTrainingInput, try_training};
use crate::auth::May;
use crate::contract::IdInPath;
use crate::error::Result;
use crate::http::{Listing, Page, Paging, PathId, Reply, Valid};
use crate::node::Node;

/// Lists the trainings of a volunteer.
///
/// Basic, special and refresher trainings, in the order of their entering; withdrawn ones too.
#[utoipa::path(tag = "Volunteers", operation_id = "list_volunteer_trainings", params(IdInPath, Listing), responses(
    (status = 200, description = "A page of trainings.", body = Page<VolunteerEntryView>),
))]
#[get("/v1/volunteers/{id}/trainings")]
pub async fn list_volunteer_trainings(
    may: May<ListVolunteerTrainings>,
    node: Data<Node>,
    id: PathId,
    paging: Paging,
) -> Result<Reply> {
    list(may, node, (id.0, &VolunteerEntryKind::TRAININGS), paging).await
}

/// Enters a training of a volunteer.
///
/// By the day on which it was finished (志願服務法 §9): one that is entered late counts from that day on, and hours that were served since
/// are judged anew. With `dry_run` nothing changes, and 200 tells which lines of hours would be judged otherwise.
#[utoipa::path(tag = "Volunteers", operation_id = "create_volunteer_training", params(IdInPath), request_body = VolunteerTrainingInput, responses(
    (status = 200, description = "A dry run: what would be judged otherwise.", body = VolunteerTrainingEffect),
    (status = 201, description = "The training.", body = VolunteerEntryView),
    (status = 409, description = "`wrong_state`: the record was merged into another; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}/trainings")]
pub async fn create_volunteer_training(
    may: May<CreateVolunteerTraining>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<VolunteerTrainingInput>,
) -> Result<Reply> {
    if input.dry_run {
        return try_training(may, node, id.0, input.said()).await;
    }
    enter(may, node, id.0, Detail::Training(input.said())).await
}

/// Lists the insurances of a volunteer.
///
/// In the order of their entering; withdrawn ones too.
#[utoipa::path(tag = "Volunteers", operation_id = "list_volunteer_insurances", params(IdInPath, Listing), responses(
    (status = 200, description = "A page of insurances.", body = Page<VolunteerEntryView>),
))]
#[get("/v1/volunteers/{id}/insurances")]
pub async fn list_volunteer_insurances(
    may: May<ListVolunteerInsurances>,
    node: Data<Node>,
    id: PathId,
    paging: Paging,
) -> Result<Reply> {
    list(may, node, (id.0, &[VolunteerEntryKind::Insurance]), paging).await
}

/// Enters an insurance of a volunteer.
///
/// A volunteer is insured on the days that are entered (志願服務法 §16), and on no other.
#[utoipa::path(tag = "Volunteers", operation_id = "create_volunteer_insurance", params(IdInPath), request_body = VolunteerInsurance, responses(
    (status = 201, description = "The insurance.", body = VolunteerEntryView),
    (status = 409, description = "`wrong_state`: the record was merged into another; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}/insurances")]
pub async fn create_volunteer_insurance(
    may: May<CreateVolunteerInsurance>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<VolunteerInsurance>,
) -> Result<Reply> {
    enter(may, node, id.0, Detail::Insurance(input)).await
}

/// Lists the consents for a volunteer.
///
/// Those of the legal representatives of a minor, in the order of their entering; withdrawn ones too.
#[utoipa::path(tag = "Volunteers", operation_id = "list_volunteer_consents", params(IdInPath, Listing), responses(
    (status = 200, description = "A page of consents.", body = Page<VolunteerEntryView>),
))]
#[get("/v1/volunteers/{id}/consents")]
pub async fn list_volunteer_consents(
    may: May<ListVolunteerConsents>,
    node: Data<Node>,
    id: PathId,
    paging: Paging,
) -> Result<Reply> {
    list(may, node, (id.0, &[VolunteerEntryKind::Consent]), paging).await
}

/// Enters a consent for a volunteer.
///
/// By whoever has seen the paper on which the legal representative of a minor consents (民法 §77).
#[utoipa::path(tag = "Volunteers", operation_id = "create_volunteer_consent", params(IdInPath), request_body = VolunteerConsent, responses(
    (status = 201, description = "The consent.", body = VolunteerEntryView),
    (status = 409, description = "`wrong_state`: the record was merged into another; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}/consents")]
pub async fn create_volunteer_consent(
    may: May<CreateVolunteerConsent>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<VolunteerConsent>,
) -> Result<Reply> {
    enter(may, node, id.0, Detail::Consent(input)).await
}

/// Lists the certificates of a volunteer.
///
/// Certificates of service (志願服務法 §17), in the order of their entering; withdrawn ones too.
#[utoipa::path(tag = "Volunteers", operation_id = "list_volunteer_certificates", params(IdInPath, Listing), responses(
    (status = 200, description = "A page of certificates.", body = Page<VolunteerEntryView>),
))]
#[get("/v1/volunteers/{id}/certificates")]
pub async fn list_volunteer_certificates(
    may: May<ListVolunteerCertificates>,
    node: Data<Node>,
    id: PathId,
    paging: Paging,
) -> Result<Reply> {
    list(may, node, (id.0, &[VolunteerEntryKind::ServiceCertificate]), paging).await
}

/// Enters a certificate of a volunteer.
///
/// A certificate of service (志願服務法 §17), for days from the first as a full member on; its number is given once.
#[utoipa::path(tag = "Volunteers", operation_id = "create_volunteer_certificate", params(IdInPath), request_body = VolunteerServiceCertificate, responses(
    (status = 201, description = "The certificate.", body = VolunteerEntryView),
    (status = 409, description = "`wrong_state`: the record was merged into another; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}/certificates")]
pub async fn create_volunteer_certificate(
    may: May<CreateVolunteerCertificate>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<VolunteerServiceCertificate>,
) -> Result<Reply> {
    enter(may, node, id.0, Detail::Certificate(input)).await
}

/// Lists the appraisals of a volunteer.
///
/// In the order of their entering; withdrawn ones too.
#[utoipa::path(tag = "Volunteers", operation_id = "list_volunteer_appraisals", params(IdInPath, Listing), responses(
    (status = 200, description = "A page of appraisals.", body = Page<VolunteerEntryView>),
))]
#[get("/v1/volunteers/{id}/appraisals")]
pub async fn list_volunteer_appraisals(
    may: May<ListVolunteerAppraisals>,
    node: Data<Node>,
    id: PathId,
    paging: Paging,
) -> Result<Reply> {
    list(may, node, (id.0, &[VolunteerEntryKind::Appraisal]), paging).await
}

/// Enters an appraisal of a volunteer.
///
/// The regular one (志願服務法 §19).
#[utoipa::path(tag = "Volunteers", operation_id = "create_volunteer_appraisal", params(IdInPath), request_body = VolunteerAppraisal, responses(
    (status = 201, description = "The appraisal.", body = VolunteerEntryView),
    (status = 409, description = "`wrong_state`: the record was merged into another; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}/appraisals")]
pub async fn create_volunteer_appraisal(
    may: May<CreateVolunteerAppraisal>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<VolunteerAppraisal>,
) -> Result<Reply> {
    enter(may, node, id.0, Detail::Appraisal(input)).await
}

/// Lists the incidents of a volunteer.
///
/// To staff alone, and to nobody their own, since they can tell of others; in the order of their entering, withdrawn ones too.
#[utoipa::path(tag = "Volunteers", operation_id = "list_volunteer_incidents", params(IdInPath, Listing), responses(
    (status = 200, description = "A page of incidents.", body = Page<VolunteerEntryView>),
    (status = 409, description = "`own_request`: they are of the caller, or of somebody close to them."),
))]
#[get("/v1/volunteers/{id}/incidents")]
pub async fn list_volunteer_incidents(
    may: May<ListVolunteerIncidents>,
    node: Data<Node>,
    id: PathId,
    paging: Paging,
) -> Result<Reply> {
    list(may, node, (id.0, &[VolunteerEntryKind::Incident]), paging).await
}

/// Enters an incident of a volunteer.
///
/// What happened on duty, whom it harmed, and what the office has paid for it (志願服務法 §22).
#[utoipa::path(tag = "Volunteers", operation_id = "create_volunteer_incident", params(IdInPath), request_body = VolunteerIncident, responses(
    (status = 201, description = "The incident.", body = VolunteerEntryView),
    (status = 409, description = "`wrong_state`: the record was merged into another; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}/incidents")]
pub async fn create_volunteer_incident(
    may: May<CreateVolunteerIncident>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<VolunteerIncident>,
) -> Result<Reply> {
    enter(may, node, id.0, Detail::Incident(input)).await
}
