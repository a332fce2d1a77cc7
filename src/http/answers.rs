//! Idempotency-Key: the first answer is kept in the transaction that it tells of, and given again.

use actix_web::web::Bytes;
use chrono::Duration;
use diesel::prelude::*;

use super::Reply;
use crate::auth::vault::{Sealed, Vault};
use crate::calendar::Moment;
use crate::db::{Conn, Keep, Tx};
use crate::each;
use crate::error::{Code, Error, Result};
use crate::schema::stored_answers as answers;

/// A request that may come twice.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Whose key it is: the same key of another caller is another key.
    pub caller: String,
    pub key: String,
    /// Keyed hash of method, address, version and body.
    pub request: String,
}

impl Retry {
    fn identity(&self) -> String {
        format!("stored_answers/{}/{}", self.caller, self.key)
    }
}

#[derive(Insertable)]
#[diesel(table_name = answers)]
struct Row<'a> {
    caller: &'a str,
    idempotency_key: &'a str,
    request: &'a str,
    status: i32,
    headers: &'a str,
    body: &'a str,
    stored_at: Moment,
}

/// Runs `f` unless this request was answered before; then gives that answer again.
pub fn once(tx: &mut Tx, vault: &Vault, retry: &Retry, f: impl FnOnce(&mut Tx) -> Result<Reply>) -> Result<Reply> {
    let row = Row {
        caller: &retry.caller,
        idempotency_key: &retry.key,
        request: &retry.request,
        status: 0,
        headers: "",
        body: "",
        stored_at: tx.origin().at,
    };
    let conn: &mut Conn = tx;
    // The insert is the lock: a second request with this key waits here for the first one's commit.
    let first = each!(conn, c => diesel::insert_into(answers::table).values(&row).on_conflict_do_nothing().kept().execute(c))?;
    if first == 0 {
        return stored(tx, vault, retry);
    }
    let reply = f(tx)?;
    let body = std::str::from_utf8(&reply.body).map_err(|e| Error::internal("an answer is not text", e))?;
    let headers = serde_json::json!([reply.etag, reply.location, reply.content_type]).to_string();
    diesel::update(answers::table.find((&retry.caller, &retry.key)))
        .set((
            answers::status.eq(i32::from(reply.status)),
            answers::headers.eq(headers),
            answers::body.eq(vault.seal(&retry.identity(), body).as_str()),
        ))
        .kept()
        .execute(&mut **tx)?;
    Ok(reply)
}

fn stored(conn: &mut Conn, vault: &Vault, retry: &Retry) -> Result<Reply> {
    let (request, status, headers, body): (String, i32, String, String) = answers::table
        .find((&retry.caller, &retry.key))
        .select((answers::request, answers::status, answers::headers, answers::body))
        .first(conn)?;
    if request != retry.request {
        return Err(Code::IdempotencyMismatch.into());
    }
    let (etag, location, content_type): (Option<String>, Option<String>, String) =
        serde_json::from_str(&headers).map_err(|e| Error::internal("a stored answer cannot be read", e))?;
    let body = vault
        .open(&retry.identity(), &Sealed::from_stored(body))
        .map_err(|e| Error::internal("a stored answer cannot be opened", e))?;
    Ok(Reply {
        status: u16::try_from(status).unwrap_or(500),
        body: Bytes::from(body),
        content_type: if content_type.is_empty() { "" } else { "application/json" },
        etag,
        location,
        replayed: true,
        public: false,
    })
}

/// Forgets answers older than a day; keys are promised for that long.
pub fn purge(tx: &mut Tx, now: Moment) -> Result<usize> {
    Ok(diesel::delete(answers::table.filter(answers::stored_at.lt(now - Duration::hours(24)))).execute(&mut **tx)?)
}
