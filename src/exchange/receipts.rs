//! The citizen's receipt: number and secret open the form, and a token for it alone.

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::policy::LookUpReceipt;
use super::store::Notice;
use super::view::{self, AgencyNotice};
use crate::auth::standing::receipt_stands;
use crate::auth::{By, Caller, May, Reach, Role};
use crate::cases::mandates::is_lost;
use crate::db::Id;
use crate::domain::Domains;
use crate::error::{Code, Result};
use crate::http::{Reply, Valid};
use crate::node::Node;
use crate::schema::agency_notices;
use crate::secrets::keys::{OWN_CLIENT, TOKEN_SECONDS};
use crate::secrets::tokens::Holder;

/// What opens a receipt.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "115-NOTICE-000001", "secret": "0Yw8cI5mVn3r9kQp2sT7uA"}))]
pub struct ReceiptInput {
    #[schema(min_length = 1, max_length = 40)]
    number: String,
    #[schema(min_length = 1, max_length = 60)]
    secret: String,
}

/// A form by its receipt, and a token for it alone.
#[derive(Serialize, ToSchema)]
pub struct Receipt {
    #[serde(flatten)]
    notice: AgencyNotice,
    /// Reads this form at `receipt_url`, and nothing else.
    #[schema(max_length = 4096)]
    access_token: String,
    #[schema(max_length = 10)]
    token_type: &'static str,
    /// Seconds that the token lives.
    #[schema(minimum = 1)]
    expires_in: i64,
}

/// Where a form's receipt opens.
pub fn address(node: &Node, notice: Id) -> String {
    format!("{}/v1/agency-notices/{notice}", node.config.issuer())
}

fn holder(node: &Node, notice: Id) -> Holder {
    Holder {
        sub: "receipt".to_owned(),
        client_id: OWN_CLIENT.to_owned(),
        scope: node.part::<Domains>().scopes(&[Role::ReceiptHolder]).join(" "),
        roles: vec![Role::ReceiptHolder.as_str().to_owned()],
        epoch: 0,
        sid: None,
        acr: None,
        booking_id: None,
        notice_id: Some(notice.to_string()),
    }
}

/// Shows a form by its receipt.
///
/// Number and secret travel in the body; the answer holds the state at each agency and no personal data, and a
/// token with which the form can be read at `receipt_url` for a while. Wrong pairs answer 404, and attempts are
/// limited. A receipt that an account was given is good as long as it acts for the applicant: not after the end of its letter of
/// proxy or of its proof, nor of the mandate by which a legal representative applied; the token ends with it.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "look_up_receipt", request_body = ReceiptInput, responses(
    (status = 200, description = "The form and its token.", body = Receipt),
    (status = 404, description = "No form has this number and secret: `not_found`."),
))]
#[post("/v1/agency-notices:receipt")]
pub async fn look_up_receipt(may: May<LookUpReceipt>, node: Data<Node>, Valid(input): Valid<ReceiptInput>) -> Result<Reply> {
    node.limits.receipt(&may.address())?;
    may.read(move |conn, by| {
        let found = agency_notices::table.filter(agency_notices::number.eq(&input.number));
        let found = found.select(Notice::as_select()).first(conn).optional()?;
        let genuine = |notice: &Notice| node.vault.is_secret(&input.secret, &notice.receipt_hash);
        let notice = found.filter(genuine).ok_or(Code::NOT_FOUND)?;
        let given = (notice.case_id, notice.created_by.as_str());
        if !receipt_stands(conn, notice.id, by.now.date())? || is_lost(conn, &node, given, by.now.date())? {
            return Err(Code::NOT_FOUND.into());
        }
        let reader = By { caller: Caller::Receipt(notice.id), reach: Reach::Own, ..by.clone() };
        let mut shown = view::of(conn, &node.vault, &reader, &notice)?;
        shown.receipt_url = Some(address(&node, notice.id));
        let access_token = node.keys.issue(node.config.issuer(), holder(&node, notice.id), by.now)?;
        Reply::ok(&Receipt { notice: shown, access_token, token_type: "Bearer", expires_in: TOKEN_SECONDS })
    })
    .await
}
