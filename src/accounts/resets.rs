//! Forgotten passwords: anybody says that a user name's is, and is told nothing of whether there is such an account. Those
//! who may give a new password, two together, see of whom that was said.

use actix_web::http::StatusCode;
use actix_web::post;
use actix_web::web::Data;
use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::AccountSettings;
use super::model::AccountStatus;
use super::policy::CreatePasswordReset;
use crate::auth::May;
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::each;
use crate::error::Result;
use crate::http::{Reply, Valid};
use crate::node::Node;
use crate::schema::{accounts, password_resets as resets};

/// Whose password is forgotten.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordResetInput, example = json!({"username": "ming-hua"}))]
pub struct Forgotten {
    #[schema(min_length = 1, max_length = 40)]
    username: String,
}

/// That it was heard.
#[derive(Serialize, ToSchema)]
#[schema(as = PasswordReset, example = json!({"kept_until": "2026-11-26T09:00:00+08:00"}))]
pub struct Heard {
    /// Until when it is kept, if there is such an account.
    kept_until: Moment,
}

/// Says that a password is forgotten.
///
/// Answered alike, whether there is such an account or not; it changes nothing of one, whose present password is good as
/// before. An administrator sees it (`reset_asked_at`, GET /v1/users?reset_asked=true) and asks for a new password, and the
/// director or a section chief approves (POST /v1/users/{id}:reset-password, …:approve): each has one half, and gives it to
/// the holder in person. Citizens come to a counter with the identity card by which they were proven. It is kept as long as a
/// password that others set is good (a setting).
#[utoipa::path(tag = "Identity", operation_id = "create_password_reset", request_body = Forgotten, responses(
    (status = 202, description = "It was heard.", body = Heard),
    (status = 429, description = "`rate_limited`; see `Retry-After`."),
))]
#[post("/v1/auth/password-resets")]
pub async fn create_password_reset(
    may: May<CreatePasswordReset>,
    node: Data<Node>,
    Valid(input): Valid<Forgotten>,
) -> Result<Reply> {
    node.limits.login(&may.address())?;
    may.write(move |tx, by| {
        let subject = node.vault.blind_index("password_reset", &input.username);
        let named = accounts::table.filter(accounts::username.eq(&input.username));
        let account: Option<Id> =
            named.filter(accounts::status.eq(AccountStatus::Active)).select(accounts::id).first(&mut **tx).optional()?;
        let row = (resets::subject.eq(subject), resets::account_id.eq(account), resets::asked_at.eq(by.now));
        let conn: &mut Conn = tx;
        let again = (resets::account_id.eq(account), resets::asked_at.eq(by.now));
        each!(conn, c => {
            diesel::insert_into(resets::table).values(row).on_conflict(resets::subject).do_update().set(again).execute(c)
        })?;
        // One line for every name: the log tells no more than the answer.
        tx.record(Record::change("password_reset.asked", "login".to_owned(), json!({})));
        let kept_until = node.config.of::<AccountSettings>().temporary_until(by.now);
        Ok(Reply::ok(&Heard { kept_until })?.with_status(StatusCode::ACCEPTED))
    })
    .await
}

/// When it was said of an account that its password is forgotten.
pub fn asked_at(conn: &mut Conn, account: Id) -> Result<Option<Moment>> {
    let asked = resets::table.filter(resets::account_id.eq(account.to_string()));
    Ok(asked.select(resets::asked_at).first(conn).optional()?)
}

/// Accounts of which it was said.
#[diesel::dsl::auto_type]
pub fn asking() -> _ {
    resets::table.filter(resets::account_id.is_not_null()).select(resets::account_id.assume_not_null())
}

/// Forgets it of an account that has a new password.
pub fn drop_of(tx: &mut Tx, account: Id) -> Result<()> {
    diesel::delete(resets::table.filter(resets::account_id.eq(account.to_string()))).execute(&mut **tx)?;
    Ok(())
}

/// What was said before this moment is kept no longer.
fn oldest(node: &Node, now: Moment) -> Moment {
    now - Duration::hours(node.config.of::<AccountSettings>().temporary_password_hours)
}

/// Whether anything is kept too long: anybody makes rows by inventing names.
pub fn any_over(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    let over = resets::table.filter(resets::asked_at.le(oldest(node, now)));
    let first: Option<String> = over.select(resets::subject).first(conn).optional()?;
    Ok(first.is_some())
}

/// Forgets what is kept too long.
pub fn forget(tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
    diesel::delete(resets::table.filter(resets::asked_at.le(oldest(node, now)))).execute(&mut **tx)?;
    Ok(())
}
