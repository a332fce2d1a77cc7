//! A booking without an account: number and secret open it, and nothing else.

use actix_web::post;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::BookingView;
use super::store;
use super::view::view;
use crate::auth::standing::booking_secret_stands;
use crate::auth::{By, Caller, May, Reach, Role};
use crate::db::Record;
use crate::domain::Domains;
use crate::error::{Code, Result};
use crate::http::{Reply, Valid};
use crate::node::Node;
use crate::scheduling::policy::LookUpBooking;
use crate::secrets::keys::{OWN_CLIENT, TOKEN_SECONDS};
use crate::secrets::tokens::Holder;

/// Number and secret of a booking.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "B115-7K3QX-9M2XA", "secret": "q0mS3b2ZkR7xw1nC4vT8aA"}))]
pub struct LookUpInput {
    #[schema(min_length = 1, max_length = 20)]
    number: String,
    #[schema(min_length = 16, max_length = 64)]
    secret: String,
}

/// A booking and a token for it alone.
#[derive(Serialize, ToSchema)]
pub struct LookUp {
    booking: BookingView,
    /// Reads, moves and cancels this booking, and nothing else.
    #[schema(max_length = 4096)]
    access_token: String,
    #[schema(max_length = 10)]
    token_type: &'static str,
    /// Seconds that the token lives.
    #[schema(minimum = 1)]
    expires_in: i64,
}

/// Finds a booking without an account.
///
/// By its number and 128-bit secret, both in the body. Wrong pairs answer 404, and attempts are limited. A secret that an account
/// was given is good as long as the right by which it booked: not after the end of the letter of proxy or of the proof, nor, of
/// what was booked before its owner was proven, after that; the token ends with it.
#[utoipa::path(tag = "Booking", operation_id = "look_up_booking", request_body = LookUpInput, responses(
    (status = 200, description = "The booking and its token.", body = LookUp),
    (status = 404, description = "No booking has this number and secret: `not_found`."),
))]
#[post("/v1/bookings:lookup")]
pub async fn look_up_booking(may: May<LookUpBooking>, node: Data<Node>, Valid(input): Valid<LookUpInput>) -> Result<Reply> {
    node.limits.login(&may.address())?;
    may.write(move |tx, by| {
        let id = store::find_by_secret(tx, &node.vault, &input.number, &input.secret)?.ok_or(Code::NOT_FOUND)?;
        if !booking_secret_stands(tx, id, by.now.date())? {
            return Err(Code::NOT_FOUND.into());
        }
        let holder = By { caller: Caller::Booking(id), reach: Reach::Own, ..by.clone() };
        let booking = store::find(tx, &node, &holder, id)?;
        tx.record(Record::read("booking.read", format!("bookings/{id}"), "booking").about(booking.person_id));
        let token = Holder {
            sub: "booking".to_owned(),
            client_id: OWN_CLIENT.to_owned(),
            scope: node.part::<Domains>().scopes(&[Role::BookingHolder]).join(" "),
            roles: vec![Role::BookingHolder.as_str().to_owned()],
            epoch: 0,
            sid: None,
            acr: None,
            booking_id: Some(id.to_string()),
            notice_id: None,
        };
        let shown = view(tx, &node, &holder, &booking)?;
        let access_token = node.keys.issue(node.config.issuer(), token, by.now)?;
        Reply::ok(&LookUp { booking: shown, access_token, token_type: "Bearer", expires_in: TOKEN_SECONDS })
    })
    .await
}
