//! Applications for certificates that come to nothing: refused, withdrawn, and taken up again.

use actix_web::post;
use actix_web::web::Data;

use super::model::CertificateAct;
use super::policy::{RefuseCertificate, ReopenCertificate, WithdrawCertificate};
use super::protected::told;
use super::routes::change;
use super::view::CertificateView;
use crate::auth::{May, Reach};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::Reason;

/// Refuses a certificate that was applied for.
///
/// With the reason that the applicant is shown. Where a protection mark keeps them from it they are shown the words that stand
/// for having no right to it, whatever the reason, which the audit log keeps.
#[utoipa::path(tag = "Certificates", operation_id = "refuse_certificate", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The refused application.", body = CertificateView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is about whoever acts; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/certificates/{id}:refuse")]
pub async fn refuse_certificate(
    may: May<RefuseCertificate>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, CertificateAct::Refuse, Some(why), |tx, node, by, one, why| {
        let told = told(tx, node, by, one, why)?;
        one.because(tx, told);
        Ok(None)
    })
    .await
}

/// Withdraws an application for a certificate.
///
/// One that was applied for by mistake, or is wanted no longer: by whoever applied or their proxy through a front-end, else by
/// a clerk on their wish, with the reason, until it is issued; an issued one is voided (`:void`). No fee is due. Where a protection
/// mark keeps the applicant from it they are shown other words than the office's, as where it is refused.
#[utoipa::path(tag = "Certificates", operation_id = "withdraw_certificate", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The withdrawn application.", body = CertificateView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is about whoever acts for the office; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/certificates/{id}:withdraw")]
pub async fn withdraw_certificate(
    may: May<WithdrawCertificate>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, CertificateAct::Withdraw, Some(why), |tx, node, by, one, why| {
        // Whoever withdraws by themselves is told nothing that they have not said.
        let told = if by.reach == Reach::Own { why } else { told(tx, node, by, one, why)? };
        one.because(tx, told);
        Ok(None)
    })
    .await
}

/// Takes up a refused or withdrawn application for a certificate again.
///
/// By a supervisor, with the reason: it was refused by mistake, or its withdrawal was not the applicant's wish. It waits for
/// its issue again, and is judged anew by then.
#[utoipa::path(tag = "Certificates", operation_id = "reopen_certificate", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The application, waiting as before.", body = CertificateView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is about whoever acts; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/certificates/{id}:reopen")]
pub async fn reopen_certificate(
    may: May<ReopenCertificate>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, CertificateAct::Reopen, Some(why), |_, _, _, one, _| {
        one.reason = None;
        Ok(None)
    })
    .await
}
