//! An entry as it is shown, and what the caller may do with it.

use serde::Serialize;
use utoipa::ToSchema;

use super::entries::{
    Detail, VolunteerAppraisal, VolunteerConsent, VolunteerEntryAct, VolunteerEntryKind, VolunteerEntryStatus, VolunteerIncident,
    VolunteerInsurance, VolunteerServiceCertificate, VolunteerTraining,
};
use super::entry_store::Entry;
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::secrets::vault::Vault;
use crate::states::in_own_matter;
use crate::view_of;

/// An entry of a volunteer: of its members `training` to `incident` it has the one of its kind.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "volunteer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "kind": "INSURANCE",
    "status": "STANDING", "insurance": {"insurer": "示範產物保險", "policy": "1150001", "from_on": "2026-01-01", "to_on": "2026-12-31"},
    "entered_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "entered_at": "2026-01-05T09:00:00+08:00",
    "allowed_actions": ["correct", "withdraw"]
}))]
pub struct VolunteerEntryView {
    id: Id,
    /// The record of which it was entered, also where that was merged into another.
    volunteer_id: Id,
    kind: VolunteerEntryKind,
    status: VolunteerEntryStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    training: Option<VolunteerTraining>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    insurance: Option<VolunteerInsurance>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    consent: Option<VolunteerConsent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    certificate: Option<VolunteerServiceCertificate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    appraisal: Option<VolunteerAppraisal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    incident: Option<VolunteerIncident>,
    /// Who entered it, and saw its paper: `accounts/{id}`.
    #[schema(max_length = 60)]
    entered_by: String,
    entered_at: Moment,
    /// What the caller may do now.
    #[schema(value_type = Vec<VolunteerEntryAct>, max_items = 3)]
    allowed_actions: Vec<&'static str>,
}

/// What the caller may do with an entry of somebody now.
fn allowed(conn: &mut Conn, by: &By, entry: &Entry, person: Id) -> Result<Vec<&'static str>> {
    if by.reach == Reach::Own {
        return Ok(Vec::new());
    }
    let parts = in_own_matter(conn, by, &[person])?;
    let acts = VolunteerEntryAct::possible(entry.status).filter(|act| act.line().is_granted(&by.caller));
    Ok(acts.filter(|act| act.keep_apart(&parts).is_ok()).map(|act| act.line().name).collect())
}

/// The state after an act, or the refusal that names what the caller may do.
pub fn applied(conn: &mut Conn, by: &By, (entry, person): (&Entry, Id), act: VolunteerEntryAct) -> Result<VolunteerEntryStatus> {
    let Some(status) = act.after(entry.status) else { return Err(Error::wrong_state(&allowed(conn, by, entry, person)?)) };
    act.keep_apart(&in_own_matter(conn, by, &[person])?)?;
    Ok(status)
}

/// An entry of somebody as the caller sees it.
pub fn entry_view(conn: &mut Conn, vault: &Vault, by: &By, entry: Entry, person: Id) -> Result<VolunteerEntryView> {
    let allowed_actions = allowed(conn, by, &entry, person)?;
    let detail = entry.detail(vault)?;
    let mut shown = view_of!(VolunteerEntryView, entry {
        id, volunteer_id, kind, status, entered_by, entered_at
    } training: None, insurance: None, consent: None, certificate: None, appraisal: None, incident: None, allowed_actions);
    match detail {
        Detail::Training(training) => shown.training = Some(training),
        Detail::Insurance(insurance) => shown.insurance = Some(insurance),
        Detail::Consent(consent) => shown.consent = Some(consent),
        Detail::Certificate(certificate) => shown.certificate = Some(certificate),
        Detail::Appraisal(appraisal) => shown.appraisal = Some(appraisal),
        Detail::Incident(incident) => shown.incident = Some(incident),
    }
    Ok(shown)
}
