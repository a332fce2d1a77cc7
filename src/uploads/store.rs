//! Uploads in the store: rows, the parts in which they came, and how much room they take.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::model::{MediaType, Scan, UploadKind, UploadRefusal, UploadStatus};
use super::portion::Key;
use crate::auth::{By, Caller};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Result};
use crate::node::Node;
use crate::schema::{upload_parts as parts, uploads};
use crate::secrets::vault::Vault;
use crate::{find, prepared, save};

/// An upload as kept: its secret and its digest only as keyed hashes.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = uploads, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Upload {
    pub id: Id,
    pub kind: UploadKind,
    pub status: UploadStatus,
    /// `accounts/{id}`, `clients/{id}` or `anonymous`.
    pub owner: String,
    /// Keyed hash of the address of whoever has no account.
    pub address_index: String,
    pub secret_hash: Option<String>,
    /// Sealed.
    pub name: String,
    pub media_type: MediaType,
    /// Bytes that it has as it is sent.
    pub size: i64,
    pub digest: String,
    pub received: i64,
    /// The file with what is kept of it, once that is checked.
    pub file: Option<String>,
    pub file_size: Option<i64>,
    pub scan: Option<Scan>,
    pub refusal: Option<UploadRefusal>,
    pub check_lease: Option<String>,
    /// Looked at by whoever holds the lease until then; without one, not before.
    pub checking_until: Option<Moment>,
    /// The record to which it is attached: `petitions/{id}`.
    pub record: Option<String>,
    /// The part of that record, in the words of its domain.
    pub part: Option<String>,
    pub created_at: Moment,
    pub expires_at: Moment,
    pub attached_at: Option<Moment>,
    pub version: i32,
}

/// A file in which bytes of an upload came, from where it begins.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = parts)]
pub struct Part {
    pub upload_id: Id,
    pub begins: i64,
    pub file: String,
    pub size: i64,
}

/// Who sends without an account.
pub const ANONYMOUS: &str = "anonymous";

pub fn name_identity(id: Id) -> String {
    format!("uploads/{id}/name")
}

impl Upload {
    /// What it is called, with the ending of its type; numbers of people in it are masked.
    pub fn shown_name(&self, vault: &Vault) -> Result<String> {
        let said = crate::people::mask_numbers(&vault.open_text(&name_identity(self.id), &self.name)?);
        Ok(self.media_type.called(&said))
    }

    /// Whether it is the caller's own: by their account, since they hold it, or by its secret.
    fn is_of(&self, vault: &Vault, caller: &Caller, key: &Key) -> bool {
        // Compared either way, so that the answer takes as long.
        let has_key = vault.is_secret(key.text(), self.secret_hash.as_deref().unwrap_or_default());
        if self.owner == ANONYMOUS { has_key } else { caller.did((&self.owner, self.created_at)) }
    }
}

pub fn insert(tx: &mut Tx, upload: &Upload) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(uploads::table).values(upload), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, upload: &mut Upload) -> Result<()> {
    save!(tx, uploads, upload)
}

/// An upload by its id, whosever it is.
pub fn any(conn: &mut Conn, id: Id) -> Result<Option<Upload>> {
    Ok(find!(conn, uploads::table.find(id).select(Upload::as_select()))?)
}

/// An upload of the caller's that is attached to nothing and has not run out; any other is not there.
pub fn own(conn: &mut Conn, node: &Node, by: &By, id: Id, key: &Key) -> Result<Upload> {
    let found = any(conn, id)?;
    let is_own =
        |upload: &Upload| upload.is_of(&node.vault, &by.caller, key) && upload.record.is_none() && !upload.is_expired(by.now);
    found.filter(is_own).ok_or_else(|| Code::NOT_FOUND.into())
}

/// Whether an upload is the caller's own and attached to a record.
pub fn has_attached(conn: &mut Conn, node: &Node, by: &By, (id, key): (Id, &Key)) -> Result<bool> {
    let found = any(conn, id)?;
    Ok(found.is_some_and(|upload| upload.record.is_some() && upload.is_of(&node.vault, &by.caller, key)))
}

/// Sizes of what somebody has that waits unattached.
pub fn waiting(conn: &mut Conn, owner: &str, address_index: &str) -> Result<Vec<i64>> {
    let rows = uploads::table.filter(uploads::record.is_null()).filter(uploads::owner.eq(owner));
    let rows = rows.filter(uploads::address_index.eq(address_index));
    Ok(rows.select(uploads::size).load(conn)?)
}

/// How much room all take.
pub fn total(conn: &mut Conn) -> Result<i64> {
    let sum = diesel::dsl::sql::<BigInt>("COALESCE(CAST(SUM(COALESCE(file_size, size)) AS BIGINT), 0)");
    Ok(uploads::table.select(sum).first(conn)?)
}

pub fn add_part(tx: &mut Tx, part: &Part) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(parts::table).values(part), execute)?;
    Ok(())
}

/// The parts of an upload in their order.
pub fn parts_of(conn: &mut Conn, id: Id) -> Result<Vec<Part>> {
    let rows = parts::table.filter(parts::upload_id.eq(id)).order(parts::begins);
    Ok(rows.select(Part::as_select()).load(conn)?)
}

/// Forgets the parts of an upload; their files, to be removed once that is committed.
pub fn drop_parts(tx: &mut Tx, id: Id) -> Result<Vec<String>> {
    let files = parts_of(tx, id)?.into_iter().map(|part| part.file).collect();
    diesel::delete(parts::table.filter(parts::upload_id.eq(id))).execute(&mut **tx)?;
    Ok(files)
}

/// Deletes an upload whose row is locked; its files, to be removed once that is committed.
pub fn delete(tx: &mut Tx, upload: Upload) -> Result<Vec<String>> {
    let mut files = drop_parts(tx, upload.id)?;
    files.extend(upload.file);
    diesel::delete(uploads::table.find(upload.id)).execute(&mut **tx)?;
    Ok(files)
}

/// Deletes all that is attached to a record; their files, to be removed once that is committed.
pub fn forget(tx: &mut Tx, record: &str) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for upload in of_record(tx, record)? {
        files.extend(delete(tx, upload)?);
    }
    Ok(files)
}

/// Keys of uploads that have run out.
pub fn expired(conn: &mut Conn, now: Moment, most: i64) -> Result<Vec<Id>> {
    let rows = uploads::table.filter(uploads::record.is_null()).filter(uploads::expires_at.le(now));
    Ok(rows.order(uploads::id).limit(most).select(uploads::id).load(conn)?)
}

/// Keys of uploads that wait to be looked at, and that nobody looks at now.
pub fn to_check(conn: &mut Conn, now: Moment, most: i64) -> Result<Vec<Id>> {
    let rows = uploads::table.filter(uploads::status.eq(UploadStatus::Checking));
    let rows = rows.filter(uploads::checking_until.is_null().or(uploads::checking_until.le(now)));
    Ok(rows.order(uploads::id).limit(most).select(uploads::id).load(conn)?)
}

/// Every file that a row names.
pub fn files(conn: &mut Conn) -> Result<Vec<String>> {
    let kept = uploads::table.filter(uploads::file.is_not_null()).select(uploads::file.assume_not_null());
    let mut files: Vec<String> = kept.load(conn)?;
    files.extend(parts::table.select(parts::file).load::<String>(conn)?);
    Ok(files)
}

/// What is attached to a record, in the order in which it was sent.
pub fn of_record(conn: &mut Conn, record: &str) -> Result<Vec<Upload>> {
    let rows = uploads::table.filter(uploads::record.eq(record)).order(uploads::id);
    Ok(rows.select(Upload::as_select()).load(conn)?)
}
