//! A step back: a case is recalled from its review, or taken up again after it was refused or withdrawn.

use actix_web::post;
use actix_web::web::Data;

use super::acts::step;
use super::policy::{RecallCase, ReopenCase};
use super::states::CaseAct;
use super::view::CaseView;
use crate::auth::May;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::Reason;

/// Recalls a case from review.
///
/// By its clerk or a supervisor, with the reason, before it is reviewed: it is with the clerk again.
#[utoipa::path(tag = "Cases", operation_id = "recall_case", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The case, with its clerk.", body = CaseView),
    (status = 409, description = "`wrong_state` with `allowed_actions`, or `assigned_to_other`; `own_request`: it is about whoever acts; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/cases/{id}:recall")]
pub async fn recall_case(
    may: May<RecallCase>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    step(may, node, (id.0, if_match), (CaseAct::Recall, why), |_, _, _, _| Ok(())).await
}

/// Takes up a refused or withdrawn case again.
///
/// By a supervisor, with the reason: it was refused by mistake, or its withdrawal was not the applicant's wish. It is a draft
/// again, to be corrected where it was wrong, and judged anew when it is accepted (`:accept`): the clock starts then, and the
/// number that it had stays.
#[utoipa::path(tag = "Cases", operation_id = "reopen_case", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The draft.", body = CaseView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is about whoever acts; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/cases/{id}:reopen")]
pub async fn reopen_case(
    may: May<ReopenCase>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    step(may, node, (id.0, if_match), (CaseAct::Reopen, why), |_, _, _, case| {
        (case.due_rule, case.due_at, case.warned_at, case.overdue_at) = (None, None, None, None);
        Ok(())
    })
    .await
}
