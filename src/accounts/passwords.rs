//! Passwords: the work of hashing, and the change of one's own.

use std::sync::Arc;

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::AccountSettings;
use super::attempts::Attempt;
use super::choice;
use super::model::Account;
use super::policy::ChangePassword;
use super::store;
use crate::auth::May;
use crate::clock::Moment;
use crate::error::{Code, Error, Problem, Result, Text, counted};
use crate::http::{Reply, Valid, coded};
use crate::node::Node;
use crate::secrets::password;

/// Password hashes computed at a time: each needs 46 MiB.
static HASHING: Semaphore = Semaphore::const_new(2);

/// Runs password work off the reactor, a few at a time.
pub async fn hashing<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _turn = HASHING.acquire().await.map_err(|_| Error::from(Code::OVERLOADED))?;
    actix_web::web::block(work).await.map_err(|_| Error::from(Code::OVERLOADED))
}

/// The present and the new password.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_password": "the old one of yours", "new_password": "Grün-Tee-um-vier"}))]
pub struct PasswordChange {
    #[schema(min_length = 1, max_length = 128, format = Password)]
    current_password: String,
    /// 12 to 128 characters of at least three kinds; none of the last three, and none that is soon guessed from the usual
    /// lists or from one's own data.
    #[schema(min_length = 12, max_length = 128, format = Password)]
    new_password: String,
}

/// Changes one's own password.
///
/// All log-ins of the account end, this one too. Wrong guesses at the present password count as failed log-ins. A
/// client has none (403 `forbidden`): POST /v1/clients/{id}:rotate-secret gives it a new secret.
#[utoipa::path(tag = "Identity", operation_id = "change_password", request_body = PasswordChange, responses(
    (status = 204, description = "The new password is in force."),
    (status = 422, description = "`invalid`: the present password is wrong, or the new one breaks a rule."),
    (status = 429, description = "`login_locked` or `rate_limited`; see `Retry-After`."),
))]
#[post("/v1/auth/password")]
pub async fn change_password(may: May<ChangePassword>, node: Data<Node>, Valid(input): Valid<PasswordChange>) -> Result<Reply> {
    let wrong = || Error::field("/current_password", "wrong", Text::new("目前的密碼不正確", "the present password is wrong"));
    if let Some(done) = may.done_before().await? {
        return done.or_refuse(wrong);
    }
    let vault = Arc::clone(&node.vault);
    let (account, owner, hashes) = may
        .read(move |conn, by| {
            let id = by.caller.account().ok_or(Code::FORBIDDEN)?.id;
            let account = store::find(conn, id)?;
            let owner = store::owner(conn, &vault, &account)?;
            Ok((account, owner, store::remembered_passwords(conn, id)?))
        })
        .await?;
    node.limits.login(&account.id.to_string())?;
    check_age(&account, &node, may.now())?;
    choice::checked("/new_password", owner, input.new_password.clone()).await?;
    let attempt = Attempt::reserve(&may, &node, &account.username).await?;
    let (present, current) = (input.current_password, hashes.first().cloned().unwrap_or_default());
    let right = hashing(move || password::verify(&present, &current)).await?;
    if !right {
        let refused = may.write(move |tx, by| attempt.fail(tx, by.now).map(|()| Reply::refused())).await;
        return refused?.or_refuse(wrong);
    }
    attempt.close(&may, true).await?;
    let new = input.new_password;
    let hash = hashing(move || {
        let reused = hashes.iter().any(|hash| password::verify(&new, hash));
        (!reused).then(|| password::hash(&new))
    });
    let hash = hash.await?.ok_or_else(|| Error::field("/new_password", "reused", coded("reused").1))?;
    may.write(move |tx, by| {
        // Whoever changed it while this request looked at the present one has ended the log-in.
        if store::find(tx, account.id)?.epoch != account.epoch {
            return Err(Problem::invalid_token().into());
        }
        store::set_password(tx, account.id, &hash, None, by.now).map(|()| Reply::done())
    })
    .await
}

/// Refuses to change a password that was chosen a moment ago, lest the last three be gone through at once.
fn check_age(account: &Account, node: &Node, now: Moment) -> Result<()> {
    let days = node.config.of::<AccountSettings>().password_min_age_days;
    if !account.password_is_new(days, now) {
        return Ok(());
    }
    let text =
        Text::new(format!("變更後須滿 {days} 日始得再次變更"), format!("it was changed less than {} ago", counted(days, "day")));
    Err(Error::field("/new_password", "too_recent", text))
}
