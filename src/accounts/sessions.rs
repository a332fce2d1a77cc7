//! Log-in, refresh, log-out, passwords and registration.

use actix_web::post;
use actix_web::web::Data;
use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use validator::Validate;

use super::model::{Account, AccountStatus, NewAccount, UserView, check_password, is_username};
use super::store::{self, Rotation};
use crate::auth::keys::{OWN_CLIENT, TOKEN_SECONDS};
use crate::auth::policy::{ChangePassword, Login, Logout, RefreshLogin, RegisterCitizen, scopes};
use crate::auth::tokens::{Claims, Holder};
use crate::auth::{May, Role, password};
use crate::calendar::Moment;
use crate::db::{Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{Reply, Valid};
use crate::people::{self, Email, IdNumber, Phone, mask_name};
use crate::schema::revoked_tokens;
use crate::state::State;

/// Password hashes computed at a time: each needs 46 MiB.
static HASHING: Semaphore = Semaphore::const_new(2);

/// Runs password work off the reactor, a few at a time.
pub async fn hashing<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _turn = HASHING.acquire().await.map_err(|_| Error::from(Code::Overloaded))?;
    actix_web::web::block(work).await.map_err(|_| Error::from(Code::Overloaded))
}

/// User name and password.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "citizen1", "password": "a long password of yours"}))]
pub struct Credentials {
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    username: String,
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128, format = Password)]
    password: String,
}

/// Tokens of a log-in.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "access_token": "eyJ0eXAiOiJhdCtqd3Qi…", "token_type": "Bearer", "expires_in": 900,
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
    /// Good for one refresh; a second use ends the log-in.
    #[schema(max_length = 100)]
    refresh_token: String,
    #[schema(max_items = 11)]
    roles: Vec<Role>,
}

fn tokens(state: &State, account: &Account, client: &str, refresh_token: String, now: Moment) -> Result<Tokens> {
    let holder = Holder {
        sub: account.id.to_string(),
        client_id: client.to_owned(),
        scope: scopes(&account.roles).join(" "),
        roles: account.roles.iter().map(|role| role.as_str().to_owned()).collect(),
        epoch: account.epoch,
        booking_id: None,
        notice_id: None,
    };
    Ok(Tokens {
        access_token: state.keys.issue(state.config.issuer(), holder, now)?,
        token_type: "Bearer",
        expires_in: TOKEN_SECONDS,
        refresh_token,
        roles: account.roles.clone(),
    })
}

/// Logs in.
///
/// Unknown users and wrong passwords answer alike and take as long. Five failures lock the name for 15 minutes
/// (settings): 429 with `Retry-After`, whether the name exists or not.
#[utoipa::path(tag = "Identity", operation_id = "login", request_body = Credentials, responses(
    (status = 200, description = "Access and refresh token.", body = Tokens),
    (status = 401, description = "Wrong user name or password: `invalid_credentials`."),
    (status = 429, description = "`login_locked` or `rate_limited`; see `Retry-After`."),
))]
#[post("/v1/auth/login")]
pub async fn login(may: May<Login>, state: Data<State>, Valid(input): Valid<Credentials>) -> Result<Reply> {
    state.limits.login(&may.address())?;
    let (username, now) = (input.username.clone(), may.now());
    let subject = state.vault.blind_index("login", &input.username);
    let key = subject.clone();
    let (locked, found) =
        may.read(move |conn, _| Ok((store::locked_until(conn, &key, now)?, store::find_for_login(conn, &username)?))).await?;
    if let Some(until) = locked {
        let seconds = u64::try_from((until - now).num_seconds()).unwrap_or(0) + 1;
        return Err(Problem::new(Code::LoginLocked).retry_after(seconds).into());
    }
    let hash = found.as_ref().map(|(_, hash)| hash.clone());
    let text = input.password.clone();
    let right = hashing(move || match hash {
        Some(hash) => password::verify(&text, &hash),
        None => {
            password::verify_nobody(&text);
            false
        }
    })
    .await?;
    let account = found.map(|(account, _)| account).filter(|account| right && account.status == AccountStatus::Active);
    let Some(account) = account else {
        let (allowed, lock) = (state.config.login_failures, Duration::minutes(state.config.login_lock_minutes));
        may.write(move |tx, by| store::count_failure(tx, &subject, allowed, lock, by.now).map(|()| Reply::done())).await?;
        return Err(Code::InvalidCredentials.into());
    };
    may.write(move |tx, by| {
        store::clear_failures(tx, &subject)?;
        let refresh = store::start_family(tx, &state.vault, account.id, OWN_CLIENT, state.config.refresh_days, by.now)?;
        tx.record(Record::read("user.logged_in", format!("users/{}", account.id), ""));
        Reply::ok(&tokens(&state, &account, OWN_CLIENT, refresh, by.now)?)
    })
    .await
}

/// A refresh token.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "q0mS3b2ZkR7xw1nC4vT8aA"}))]
pub struct Refresh {
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    refresh_token: String,
}

/// Gets new tokens for a refresh token.
///
/// The old one is used up; using it again ends the whole log-in, since then two parties have it. After a lost
/// connection send the same request with the same Idempotency-Key.
#[utoipa::path(tag = "Identity", operation_id = "refresh_login", request_body = Refresh, responses(
    (status = 200, description = "New access and refresh token.", body = Tokens),
    (status = 401, description = "Unknown, expired, revoked or used: `unauthenticated`."),
))]
#[post("/v1/auth/refresh")]
pub async fn refresh_login(may: May<RefreshLogin>, state: Data<State>, Valid(input): Valid<Refresh>) -> Result<Reply> {
    let reply = may.write(move |tx, by| refreshed(tx, &state, &input.refresh_token, by.now)).await?;
    // A reuse must be kept, so it leaves the transaction as an answer and becomes a refusal here.
    if reply.status == 204 { Err(Code::Unauthenticated.into()) } else { Ok(reply) }
}

/// New tokens; 204 stands for a token that is no good.
pub fn refreshed(tx: &mut Tx, state: &State, token: &str, now: Moment) -> Result<Reply> {
    match store::rotate(tx, &state.vault, token, now)? {
        Rotation::Next { account, client, token } => {
            let account = store::find(tx, account)?;
            if account.status != AccountStatus::Active {
                return Ok(Reply::done());
            }
            Reply::ok(&tokens(state, &account, &client, token, now)?)
        }
        Rotation::Reused | Rotation::Unknown => Ok(Reply::done()),
    }
}

/// Logs out.
///
/// The refresh tokens of all the account's log-ins are revoked and this access token ends at once.
#[utoipa::path(tag = "Identity", operation_id = "logout", responses((status = 204, description = "Logged out.")))]
#[post("/v1/auth/logout")]
pub async fn logout(may: May<Logout>) -> Result<Reply> {
    let claims = may.claims().cloned();
    may.write(move |tx, by| {
        if let (Some(account), Some(claims)) = (by.caller.account(), &claims) {
            store::revoke_families(tx, account.id, by.now)?;
            revoke_access(tx, claims)?;
            tx.record(Record::read("user.logged_out", format!("users/{}", account.id), ""));
        }
        Ok(Reply::done())
    })
    .await
}

/// Ends one access token before its time.
pub fn revoke_access(tx: &mut Tx, claims: &Claims) -> Result<()> {
    use diesel::prelude::*;
    let expires_at = Moment::from_timestamp(claims.exp).unwrap_or(tx.origin().at);
    let row = (revoked_tokens::jti.eq(&claims.jti), revoked_tokens::expires_at.eq(expires_at));
    let conn: &mut crate::db::Conn = tx;
    crate::each!(conn, c => diesel::insert_into(revoked_tokens::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

/// The present and the new password.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_password": "the old one of yours", "new_password": "Grün-Tee-um-vier"}))]
pub struct PasswordChange {
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 1, max_length = 128, format = Password)]
    current_password: String,
    /// 12 to 128 characters of at least three kinds; none of the last three.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 12, max_length = 128, format = Password)]
    new_password: String,
}

/// Changes one's own password.
///
/// All log-ins of the account end, this one too.
#[utoipa::path(tag = "Identity", operation_id = "change_password", request_body = PasswordChange, responses(
    (status = 204, description = "The new password is in force."),
    (status = 422, description = "`invalid`: the present password is wrong, or the new one breaks a rule."),
))]
#[post("/v1/auth/password")]
pub async fn change_password(may: May<ChangePassword>, state: Data<State>, Valid(input): Valid<PasswordChange>) -> Result<Reply> {
    let (account, hashes) = may
        .read(|conn, by| {
            let id = by.caller.account().ok_or(Code::Forbidden)?.id;
            Ok((store::find(conn, id)?, store::remembered_passwords(conn, id)?))
        })
        .await?;
    state.limits.login(&account.id.to_string())?;
    check_password("/new_password", &account.username, &input.new_password)?;
    let outcome = hashing(move || {
        if !hashes.first().is_some_and(|hash| password::verify(&input.current_password, hash)) {
            return Err(Error::field(
                "/current_password",
                "wrong",
                Text::new("目前的密碼不正確", "the present password is wrong"),
            ));
        }
        if hashes.iter().any(|hash| password::verify(&input.new_password, hash)) {
            return Err(Error::field("/new_password", "reused", crate::http::coded("reused").1));
        }
        Ok(password::hash(&input.new_password))
    })
    .await?;
    let hash = outcome?;
    may.write(move |tx, by| store::set_password(tx, account.id, &hash, false, by.now).map(|()| Reply::done())).await
}

/// A citizen who wants an account.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "username": "ming-hua", "password": "Grün-Tee-um-vier", "name": "王明華", "national_id": "A123456789",
    "birth_on": "1990-05-04", "phone": "0912345678"
}))]
pub struct Registration {
    /// 3 to 40 of a–z, 0–9, hyphen and underscore.
    #[validate(length(min = 3, max = 40))]
    #[schema(min_length = 3, max_length = 40, pattern = "^[a-z0-9_-]{3,40}$")]
    username: String,
    /// 12 to 128 characters of at least three kinds.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 12, max_length = 128, format = Password)]
    password: String,
    /// Full name as in the household register.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    national_id: IdNumber,
    birth_on: NaiveDate,
    phone: Option<Phone>,
    email: Option<Email>,
}

/// Refuses user names outside the form.
pub fn check_username(username: &str) -> Result<()> {
    if is_username(username) {
        return Ok(());
    }
    let text = Text::new("3 至 40 個 a–z、0–9、- 或 _", "3 to 40 of a–z, 0–9, hyphen and underscore");
    Err(Error::field("/username", "pattern", text))
}

/// Registers a citizen.
///
/// One account a person: a number that has one answers 409. The number is checked by its check digit, kept
/// encrypted and never shown whole.
#[utoipa::path(tag = "Identity", operation_id = "register_citizen", request_body = Registration, responses(
    (status = 201, description = "The account is active.", body = UserView),
    (status = 409, description = "`conflict`: the user name or the person has an account."),
))]
#[post("/v1/auth/register")]
pub async fn register_citizen(may: May<RegisterCitizen>, state: Data<State>, Valid(input): Valid<Registration>) -> Result<Reply> {
    state.limits.login(&may.address())?;
    check_username(&input.username)?;
    check_password("/password", &input.username, &input.password)?;
    let today = may.now().date();
    if input.birth_on > today || (today - input.birth_on).num_days() > 140 * 366 {
        return Err(Error::field("/birth_on", "range", Text::new("出生日期不合理", "the date of birth is not plausible")));
    }
    let text = input.password.clone();
    let password_hash = hashing(move || password::hash(&text)).await?;
    may.write(move |tx, by| {
        let person =
            people::store::find_or_create(tx, &state.vault, &input.name, &input.national_id, Some(input.birth_on), by.now)?;
        let mut new = NewAccount::active(&input.username, &mask_name(&input.name), &[Role::Citizen], password_hash.clone());
        new.person_id = Some(person);
        let seal = |field: &str, text: &str| state.vault.seal(&format!("accounts/{person}/{field}"), text).into_stored();
        new.phone = input.phone.as_ref().map(|phone| seal("phone", phone.expose()));
        new.email = input.email.as_ref().map(|email| seal("email", email.expose()));
        let id = store::create(tx, &new, by.now)?;
        let account = store::find(tx, id)?;
        Reply::created("/v1/me".to_owned(), &UserView::from(&account))
    })
    .await
}

/// What the feed says of an account.
pub fn told(account: &Account) -> serde_json::Value {
    json!({"status": account.status, "roles": account.roles})
}
