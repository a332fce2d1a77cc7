//! How to reach the applicant for a certificate: put right, and shown whole to whoever must call.

use actix_web::web::Data;
use actix_web::{post, put};

use super::policy::{ChangeCertificateContact, RevealCertificateContact};
use super::reach;
use super::store::{self, Certificate};
use super::view::{CertificateView, shown};
use crate::auth::{May, Reach};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::error::{Code, Result};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::contacts::{self, Matter, NAME_AND_CONTACT};
use crate::people::{ContactChange, Reason, RevealedContact};
use crate::states::require_anothers;

fn matter<'a>(record: &'a str, one: &Certificate) -> Matter<'a> {
    Matter {
        record,
        person: one.applicant_id,
        changed: "certificate.contact_changed",
        revealed: "certificate.contact_revealed",
        shows: NAME_AND_CONTACT,
        withheld: false,
    }
}

/// Changes how to reach the applicant for a certificate.
///
/// By the applicant or the account that applied, and by a clerk with a reason; in whichever state it is. What is sent takes the
/// place of all that was given before.
#[utoipa::path(tag = "Certificates", operation_id = "change_certificate_contact", params(IdInPath, IfMatchHeader), request_body = ContactChange, responses(
    (status = 200, description = "The certificate with its contact.", body = CertificateView),
    (status = 409, description = "`own_request`: it names whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[put("/v1/certificates/{id}/contact")]
pub async fn change_certificate_contact(
    may: May<ChangeCertificateContact>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<ContactChange>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut one = reach::find(tx, &node, by, id.0)?;
        if_match.check(one.version)?;
        let everybody = store::everybody(tx, &one)?;
        require_anothers(tx, by, &everybody)?;
        if by.reach == Reach::Own && !contacts::is_own(by, one.applicant_id, &one.requested_by) {
            return Err(Code::FORBIDDEN.into());
        }
        change.put(tx, &node.vault, by, &matter(&store::path(one.id), &one))?;
        store::save(tx, &mut one)?;
        shown(tx, &node, by, one, None)
    })
    .await
}

/// Shows whole how to reach the applicant for a certificate.
///
/// With the name to ask for, for whoever must call; logged with the reason.
#[utoipa::path(tag = "Certificates", operation_id = "reveal_certificate_contact", params(IdInPath), request_body = Reason, responses(
    (status = 200, description = "Whom to call, and how.", body = RevealedContact),
    (status = 409, description = "`own_request`: it names whoever asks, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/certificates/{id}:reveal-contact")]
pub async fn reveal_certificate_contact(
    may: May<RevealCertificateContact>,
    node: Data<Node>,
    id: PathId,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let one = reach::find(tx, &node, by, id.0)?;
        let everybody = store::everybody(tx, &one)?;
        require_anothers(tx, by, &everybody)?;
        Reply::ok(&contacts::reveal(tx, &node.vault, &matter(&store::path(one.id), &one), &why)?)
    })
    .await
}
