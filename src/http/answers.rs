//! Idempotency-Key: the first answer is kept in the transaction that it tells of, and given again.

use actix_web::web::Bytes;
use chrono::Duration;
use diesel::prelude::*;
use serde::Deserialize;

use super::Reply;
use crate::clock::Moment;
use crate::db::{Conn, Record, Tx};
use crate::error::{Code, Error, Result};
use crate::schema::stored_answers as answers;
use crate::secrets::vault::{Sealed, Vault};
use crate::{each, prepared};

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

    fn reads_identity(&self) -> String {
        format!("{}/reads", self.identity())
    }
}

/// Tag, location, media type, and what older rows lack: the caller's standing when the answer was given, and the reads that
/// were logged with it, sealed.
#[derive(Deserialize)]
struct Headers(Option<String>, Option<String>, String, #[serde(default)] Option<String>, #[serde(default)] Option<String>);

/// An answer as its row keeps it; empty while the request is under way.
#[derive(AsChangeset, Insertable, Default)]
#[diesel(table_name = answers)]
struct StoredAnswer {
    status: i32,
    headers: String,
    body: String,
}

impl StoredAnswer {
    fn of(vault: &Vault, retry: &Retry, (standing, reads): (&str, Option<String>), reply: &Reply) -> Result<Self> {
        let body = std::str::from_utf8(&reply.body).map_err(|e| Error::internal("an answer is not text", e))?;
        Ok(Self {
            status: i32::from(reply.status),
            headers: serde_json::json!([reply.etag, reply.location, reply.content_type, standing, reads]).to_string(),
            body: vault.seal(&retry.identity(), body).into_stored(),
        })
    }

    fn headers(&self) -> Result<Headers> {
        serde_json::from_str(&self.headers).map_err(|e| Error::internal("a stored answer cannot be read", e))
    }

    /// Refuses a caller who sees less, or other things, than when the answer was given.
    fn require_standing(self, standing: &str) -> Result<Self> {
        match self.headers()?.3 {
            Some(then) if then != standing => Err(Code::IDEMPOTENCY_MISMATCH.into()),
            _ => Ok(self),
        }
    }

    /// The reads that were logged when the answer was given.
    fn reads(&self, vault: &Vault, retry: &Retry) -> Result<Vec<Record>> {
        let sealed = self.headers()?.4;
        sealed.map_or_else(|| Ok(Vec::new()), |sealed| vault.open_json(&retry.reads_identity(), sealed))
    }

    fn reply(self, vault: &Vault, retry: &Retry) -> Result<Reply> {
        let Headers(etag, location, content_type, ..) = self.headers()?;
        let body = vault
            .open(&retry.identity(), &Sealed::from_stored(self.body))
            .map_err(|e| Error::internal("a stored answer cannot be opened", e))?;
        Ok(Reply {
            status: u16::try_from(self.status).unwrap_or(500),
            body: Bytes::from(body),
            content_type: if content_type.is_empty() { "" } else { "application/json" },
            etag,
            location,
            replayed: true,
            public: false,
            momentary: false,
        })
    }
}

/// Runs `f` unless this request was answered before; then gives that answer again, to whoever still stands as then and sees as after it
/// what it tells of, and logs again whatever `f` had logged as read: data that are seen twice are read twice.
pub fn once(
    tx: &mut Tx,
    vault: &Vault,
    retry: &Retry,
    standing: &str,
    seen: impl Fn(&mut Tx) -> Result<String>,
    f: impl FnOnce(&mut Tx) -> Result<Reply>,
) -> Result<Reply> {
    let alone = tx.is_alone();
    // Beside other writers the insert is the lock: a second request with this key waits for the first one's commit.
    if (alone || insert(tx, retry, StoredAnswer::default())? == 0)
        && let Some(answer) = stored(tx, retry)?
    {
        let answer = answer.require_standing(&format!("{standing}{}", seen(tx)?))?;
        answer.reads(vault, retry)?.into_iter().for_each(|read| tx.record(read));
        return answer.reply(vault, retry);
    }
    let noted = tx.noted().len();
    let reply = f(tx)?;
    let reads: Vec<&Record> = tx.noted().iter().skip(noted).filter(|record| record.event.is_none()).collect();
    let reads = (!reads.is_empty()).then(|| vault.seal_json(&retry.reads_identity(), &reads)).transpose()?;
    let standing = format!("{standing}{}", seen(tx)?);
    let answer = StoredAnswer::of(vault, retry, (&standing, reads), &reply)?;
    if alone {
        insert(tx, retry, answer)?;
    } else {
        prepared!(&mut **tx, diesel::update(answers::table.find((&retry.caller, &retry.key))).set(&answer), execute)?;
    }
    Ok(reply)
}

/// The answer that this request got before, where it had nothing to tell: whoever has ended their own log-in by it may
/// ask again, though they no longer stand.
pub fn done_before(conn: &mut Conn, vault: &Vault, retry: &Retry) -> Result<Option<Reply>> {
    let answer = match stored(conn, retry) {
        Err(Error::Problem(_)) => None,
        answer => answer?,
    };
    let reply = answer.map(|answer| answer.reply(vault, retry)).transpose()?;
    Ok(reply.filter(|reply| reply.status == 204 || reply.is_refused()))
}

fn insert(tx: &mut Tx, retry: &Retry, answer: StoredAnswer) -> Result<usize> {
    let key = (answers::caller.eq(&retry.caller), answers::idempotency_key.eq(&retry.key), answers::request.eq(&retry.request));
    let row = (key, answers::stored_at.eq(tx.origin().at), answer);
    Ok(prepared!(&mut **tx, diesel::insert_into(answers::table).values(row).on_conflict_do_nothing(), execute)?)
}

/// The answer that the request with this key got; no other request may use the key.
fn stored(conn: &mut Conn, retry: &Retry) -> Result<Option<StoredAnswer>> {
    let columns = (answers::request, answers::status, answers::headers, answers::body);
    let row = answers::table.find((&retry.caller, &retry.key)).select(columns);
    let row: Option<(String, i32, String, String)> = each!(conn, c => row.first(c)).optional()?;
    match row {
        Some((request, ..)) if request != retry.request => Err(Code::IDEMPOTENCY_MISMATCH.into()),
        row => Ok(row.map(|(_, status, headers, body)| StoredAnswer { status, headers, body })),
    }
}

/// How long an answer is kept: keys are promised for a day.
const KEPT_HOURS: i64 = 24;

/// Whether any answer is old enough to be forgotten.
pub fn any_old(conn: &mut Conn, now: Moment) -> Result<bool> {
    let old = answers::table.filter(answers::stored_at.lt(now - Duration::hours(KEPT_HOURS)));
    Ok(old.select(answers::stored_at).first::<Moment>(conn).optional()?.is_some())
}

/// Forgets old answers.
pub fn purge(tx: &mut Tx, now: Moment) -> Result<usize> {
    Ok(diesel::delete(answers::table.filter(answers::stored_at.lt(now - Duration::hours(KEPT_HOURS)))).execute(&mut **tx)?)
}
