//! Log-in, refresh and log-out.

use actix_web::post;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::AccountSettings;
use super::attempts::Attempt;
use super::families::{self, LoginMethod, Means, Rotation, Session};
use super::links::end_everything;
use super::model::{Account, AccountAct};
use super::passwords::hashing;
use super::policy::{Login, Logout, RefreshLogin};
use super::store;
use crate::auth::policy::Action;
use crate::auth::standing::may_be_used;
use crate::auth::{May, Role};
use crate::clock::Moment;
use crate::db::{Id, Record, Tx};
use crate::domain::Domains;
use crate::error::{Code, Result};
use crate::http::{Reply, Valid};
use crate::node::Node;
use crate::schema::revoked_tokens;
use crate::secrets::keys::{OWN_CLIENT, TOKEN_SECONDS};
use crate::secrets::password;
use crate::secrets::tokens::{Claims, Holder};

/// User name and password.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "ming-hua", "password": "Grün-Tee-um-vier"}))]
pub struct Credentials {
    #[schema(min_length = 1, max_length = 40)]
    username: String,
    #[schema(min_length = 1, max_length = 128, format = Password)]
    password: String,
}

/// Tokens of a log-in.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "access_token": "eyJ0eXAiOiJhdCtqd3Qi…", "token_type": "Bearer", "expires_in": 900, "scope": "booking.read booking.write",
    "refresh_token": "q0mS3b2ZkR7xw1nC4vT8aA…", "roles": ["CIT"]
}))]
pub struct Tokens {
    /// JWT (RFC 9068), for `Authorization: Bearer`.
    #[schema(max_length = 4096)]
    access_token: String,
    #[schema(max_length = 10)]
    token_type: &'static str,
    /// Seconds that the access token lives.
    #[schema(minimum = 1, maximum = 900)]
    expires_in: i64,
    /// Scopes of the access token, separated by spaces.
    #[schema(max_length = 4096)]
    scope: String,
    /// Good for one refresh; a second use ends the log-in.
    #[schema(max_length = 100)]
    refresh_token: String,
    #[schema(max_items = 11)]
    roles: Vec<Role>,
}

/// Tokens for a log-in.
pub fn tokens(node: &Node, account: &Account, session: Session, now: Moment) -> Result<Tokens> {
    let scope = node.part::<Domains>().scopes(&account.roles).join(" ");
    let holder = Holder {
        sub: account.id.to_string(),
        client_id: session.client,
        scope: scope.clone(),
        roles: account.roles.iter().map(|role| role.as_str().to_owned()).collect(),
        epoch: account.epoch,
        sid: Some(session.family.to_string()),
        acr: session.means.acr,
        booking_id: None,
        notice_id: None,
    };
    Ok(Tokens {
        access_token: node.keys.issue(node.config.issuer(), holder, now)?,
        token_type: "Bearer",
        expires_in: TOKEN_SECONDS,
        scope,
        refresh_token: session.refresh_token,
        roles: account.roles.clone(),
    })
}

/// Logs in.
///
/// Unknown users and wrong passwords answer alike and take as long. Five failures lock the name for 15 minutes
/// (settings): 429 with `Retry-After`, whether the name exists or not. Staff whose password has grown old must change
/// it first; staff accounts that lay idle are suspended, and a password that somebody else set is good for some
/// hours only (settings).
#[utoipa::path(tag = "Identity", operation_id = "login", request_body = Credentials, responses(
    (status = 200, description = "Access and refresh token.", body = Tokens),
    (status = 401, description = "Wrong user name or password, or the account is not to be used: `invalid_credentials`."),
    (status = 429, description = "`login_locked` or `rate_limited`; see `Retry-After`."),
))]
#[post("/v1/auth/login")]
pub async fn login(may: May<Login>, node: Data<Node>, Valid(input): Valid<Credentials>) -> Result<Reply> {
    node.limits.login(&may.address())?;
    logged_in(&may, node, input.username, input.password).await
}

/// Tokens for a user name and its password; whoever calls this has taken an attempt from the address's allowance.
pub async fn logged_in<A: Action>(may: &May<A>, node: Data<Node>, username: String, text: String) -> Result<Reply> {
    let attempt = Attempt::reserve(may, &node, &username).await?;
    let found = may.read(move |conn, _| store::find_for_login(conn, &username)).await?;
    let hash = found.as_ref().map(|(_, hash)| hash.clone());
    let right = hashing(move || match hash {
        Some(hash) => password::verify(&text, &hash),
        None => {
            password::verify_nobody(&text);
            false
        }
    })
    .await?;
    let outcome = match found {
        Some((account, _)) if right => {
            let reply = may.write(move |tx, by| admit(tx, &node, &account, &Means::PASSWORD, by.now)).await;
            reply.and_then(|reply| reply.or_refuse(|| Code::INVALID_CREDENTIALS))
        }
        _ => Err(Code::INVALID_CREDENTIALS.into()),
    };
    attempt.close(may, outcome.is_ok()).await?;
    outcome
}

/// A log-in of an account whose owner has shown that they are. The account may have changed while that was looked at.
pub fn admit(tx: &mut Tx, node: &Node, then: &Account, means: &Means, now: Moment) -> Result<Reply> {
    let (account, settings) = (store::find(tx, then.id)?, node.config.of::<AccountSettings>());
    let changed = account.epoch != then.epoch;
    let lapsed = means.method == LoginMethod::Password && account.password_has_lapsed(now);
    if !may_be_used(tx, account.id)? || changed || lapsed {
        return Err(Code::INVALID_CREDENTIALS.into());
    }
    let idle = account.is_idle(settings.idle_account_days, now);
    if idle {
        tx.own(["administrators"])?;
    }
    if idle && store::last_of(tx, &account)?.is_empty() {
        let account = account.lie_idle(now);
        store::update(tx, &account)?;
        end_everything(tx, account.id, now)?;
        let suspended = Record::change(AccountAct::Suspend.line().journal, format!("users/{}", account.id), event_data(&account));
        tx.record(suspended.because("idle"));
        return Ok(Reply::refused());
    }
    let must_change = account.must_change_password || account.password_is_old(settings.password_max_age_days, now);
    store::note_login(tx, account.id, must_change, now)?;
    let session = families::start(tx, &node.vault, account.id, OWN_CLIENT, means, settings.refresh_days, now)?;
    tx.record(Record::read("user.logged_in", format!("users/{}", account.id), ""));
    Reply::ok(&tokens(node, &account, session, now)?)
}

/// A refresh token.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "q0mS3b2ZkR7xw1nC4vT8aA"}))]
pub struct Refresh {
    #[schema(min_length = 1, max_length = 100)]
    refresh_token: String,
}

/// Gets new tokens for a refresh token.
///
/// The old one is used up; using it again ends the whole log-in with its access tokens, since then two parties have
/// it. After a lost
/// connection send the same request with the same Idempotency-Key.
#[utoipa::path(tag = "Identity", operation_id = "refresh_login", request_body = Refresh, responses(
    (status = 200, description = "New access and refresh token.", body = Tokens),
    (status = 401, description = "Unknown, expired, revoked or used: `unauthenticated`."),
))]
#[post("/v1/auth/refresh")]
pub async fn refresh_login(may: May<RefreshLogin>, node: Data<Node>, Valid(input): Valid<Refresh>) -> Result<Reply> {
    let reply = may.write(move |tx, by| refreshed(tx, &node, &input.refresh_token, by.now)).await;
    reply?.or_refuse(|| Code::UNAUTHENTICATED)
}

/// New tokens, unless the token is no good.
pub fn refreshed(tx: &mut Tx, node: &Node, token: &str, now: Moment) -> Result<Reply> {
    match families::rotate(tx, &node.vault, token, now)? {
        Rotation::Next { account, session } => {
            let account = store::find(tx, account)?;
            if !may_be_used(tx, account.id)? {
                return Ok(Reply::refused());
            }
            Reply::ok(&tokens(node, &account, session, now)?)
        }
        Rotation::Reused | Rotation::Unknown => Ok(Reply::refused()),
    }
}

/// Logs out.
///
/// The log-in that this access token comes from ends at once, with its refresh tokens and all its access tokens;
/// other log-ins of the account go on. A client's access token ends alone.
#[utoipa::path(tag = "Identity", operation_id = "logout", responses((status = 204, description = "Logged out.")))]
#[post("/v1/auth/logout")]
pub async fn logout(may: May<Logout>) -> Result<Reply> {
    let claims = may.claims().cloned();
    may.write(move |tx, by| {
        if let Some(claims) = &claims {
            end(tx, claims, by.now)?;
            tx.record(match by.caller.account() {
                Some(account) => Record::read("user.logged_out", format!("users/{}", account.id), ""),
                None => Record::read("token.revoked", by.caller.name(), ""),
            });
        }
        Ok(Reply::done())
    })
    .await
}

/// Ends the log-in of an access token, or a token that belongs to none.
pub fn end(tx: &mut Tx, claims: &Claims, now: Moment) -> Result<()> {
    match claims.sid.as_deref().and_then(|sid| sid.parse::<Id>().ok()) {
        Some(family) => families::revoke(tx, family, now),
        None => revoke_access(tx, claims),
    }
}

/// Ends one access token before its time.
fn revoke_access(tx: &mut Tx, claims: &Claims) -> Result<()> {
    use diesel::prelude::*;
    let expires_at = Moment::from_timestamp(claims.exp).unwrap_or(tx.origin().at);
    let row = (revoked_tokens::jti.eq(&claims.jti), revoked_tokens::expires_at.eq(expires_at));
    let conn: &mut crate::db::Conn = tx;
    crate::each!(conn, c => diesel::insert_into(revoked_tokens::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

/// What the feed says of an account.
pub fn event_data(account: &Account) -> serde_json::Value {
    json!({"status": account.status, "roles": account.roles})
}
