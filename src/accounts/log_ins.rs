//! One's own log-ins: which there are, and the end of one or of all others.

use std::collections::HashMap;

use actix_web::{get, post};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::families::{self, LoginMethod, Means};
use super::policy::{EndOtherSessions, EndSession, ListSessions};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::{Backend, Conn, Id, Record};
use crate::error::{Code, Result};
use crate::http::{Listing, Page, Paging, PathId, Reply};
use crate::read_page;
use crate::schema::{refresh_families, refresh_tokens};

/// One of the caller's log-ins that goes on.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "client_id": "huzheng", "method": "PASSWORD", "acr": null, "begun_at": "2026-11-23T09:00:00+08:00",
    "last_used_at": "2026-11-23T09:14:00+08:00", "expires_at": "2026-12-07T09:00:00+08:00", "is_this_one": true
}))]
pub struct LoginSession {
    id: Id,
    /// The client through which it was made: `huzheng` is the office's own.
    #[schema(max_length = 100)]
    client_id: String,
    method: LoginMethod,
    /// How strongly, in the words of the external identity provider.
    #[schema(max_length = 200)]
    acr: Option<String>,
    begun_at: Moment,
    /// When it last drew an access token, which is good for a quarter of an hour.
    last_used_at: Moment,
    expires_at: Moment,
    /// Whether this request comes from it.
    is_this_one: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = refresh_families)]
struct Row {
    id: Id,
    client_id: String,
    created_at: Moment,
    expires_at: Moment,
    #[diesel(embed)]
    means: Means,
}

fn account_of(by: &By) -> Result<Id> {
    Ok(by.caller.account().ok_or(Code::FORBIDDEN)?.id)
}

/// The log-in that a request comes from.
pub fn this_one<A: Action>(may: &May<A>) -> Option<Id> {
    may.claims().and_then(|claims| claims.sid.as_deref()).and_then(|sid| sid.parse().ok())
}

/// An account's log-ins that go on.
fn live(account: Id, now: Moment) -> refresh_families::BoxedQuery<'static, Backend> {
    refresh_families::table
        .filter(refresh_families::account_id.eq(account))
        .filter(refresh_families::revoked_at.is_null())
        .filter(refresh_families::expires_at.gt(now))
        .into_boxed()
}

/// When each of these log-ins last drew tokens.
fn last_used(conn: &mut Conn, families: &[Id]) -> Result<HashMap<Id, Moment>> {
    let drawn = refresh_tokens::table
        .filter(refresh_tokens::family_id.eq_any(families))
        .order(refresh_tokens::issued_at.asc())
        .select((refresh_tokens::family_id, refresh_tokens::issued_at));
    Ok(drawn.load::<(Id, Moment)>(conn)?.into_iter().collect())
}

/// Lists one's own log-ins.
///
/// Those that go on, the newest first; `is_this_one` marks the one that asks. One that is unknown to its owner is ended by
/// POST /v1/me/sessions/{id}:end, and the password changed. A client has no log-ins (403 `forbidden`).
#[utoipa::path(tag = "Identity", operation_id = "list_sessions", params(Listing), responses((status = 200, description = "A page of log-ins, the newest first.", body = Page<LoginSession>)))]
#[get("/v1/me/sessions")]
pub async fn list_sessions(may: May<ListSessions>, paging: Paging) -> Result<Reply> {
    let this_one = this_one(&may);
    may.read(move |conn, by| {
        let account = account_of(by)?;
        let page = read_page!(conn, &paging, || live(account, by.now), refresh_families::id desc, Row)?;
        let ids: Vec<Id> = page.items.iter().map(|row| row.id).collect();
        let used = last_used(conn, &ids)?;
        Reply::ok(&page.map(|row| LoginSession {
            id: row.id,
            client_id: row.client_id,
            method: row.means.method,
            acr: row.means.acr,
            begun_at: row.created_at,
            last_used_at: used.get(&row.id).copied().unwrap_or(row.created_at),
            expires_at: row.expires_at,
            is_this_one: this_one == Some(row.id),
        }))
    })
    .await
}

/// Ends one of one's own log-ins.
///
/// At once, with its refresh tokens and its access tokens; another's log-in, or one that has ended, is 404. A client has no
/// log-ins (403 `forbidden`): its token ends by POST /v1/auth/logout.
#[utoipa::path(tag = "Identity", operation_id = "end_session", params(IdInPath), responses((status = 204, description = "The log-in is ended.")))]
#[post("/v1/me/sessions/{id}:end")]
pub async fn end_session(may: May<EndSession>, id: PathId) -> Result<Reply> {
    may.write(move |tx, by| {
        let account = account_of(by)?;
        if !families::revoke_own(tx, account, id.0, by.now)? {
            return Err(Code::NOT_FOUND.into());
        }
        tx.record(Record::read("user.session_ended", format!("users/{account}"), ""));
        Ok(Reply::done())
    })
    .await
}

/// Ends all other log-ins of one's own.
///
/// The one that asks goes on. A client has no log-ins (403 `forbidden`).
#[utoipa::path(tag = "Identity", operation_id = "end_other_sessions", responses((status = 204, description = "No other log-in goes on.")))]
#[post("/v1/me/sessions:end-others")]
pub async fn end_other_sessions(may: May<EndOtherSessions>) -> Result<Reply> {
    let this_one = this_one(&may);
    may.write(move |tx, by| {
        let account = account_of(by)?;
        families::revoke_others(tx, account, this_one.ok_or(Code::FORBIDDEN)?, by.now)?;
        tx.record(Record::read("user.other_sessions_ended", format!("users/{account}"), ""));
        Ok(Reply::done())
    })
    .await
}
