//! Attaching uploads to records: each once, by whoever sent it, in the transaction of the act; and the domains that tell who reads
//! what is attached to theirs.

use serde::Deserialize;
use utoipa::ToSchema;

use super::model::{MediaType, Scan, UploadKind, UploadStatus};
use super::portion::Key;
use super::store::{self, Upload};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::node::Node;

/// An upload to attach: `READY`, the caller's own, and attached to nothing yet.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"upload_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"}))]
pub struct AttachmentInput {
    pub upload_id: Id,
    /// Of one that was begun without an account.
    #[schema(min_length = 1, max_length = 60)]
    pub secret: Option<String>,
}

/// A part of a record to which uploads are attached.
#[derive(Clone, Copy)]
pub struct Attachments<'a> {
    pub kind: UploadKind,
    /// `petitions/{id}`
    pub record: &'a str,
    /// In the words of the domain.
    pub part: &'a str,
    /// The member of the body that names them.
    pub pointer: &'a str,
}

/// What is attached to a record.
pub struct Held {
    pub upload_id: Id,
    /// Who has sent it.
    pub owner: String,
    pub part: String,
    /// Numbers of people in it are masked.
    pub name: String,
    pub media_type: MediaType,
    /// Bytes of what is kept.
    pub size: i64,
    pub scan: Scan,
    pub attached_at: Moment,
}

/// Attaches uploads to a part of a record.
pub fn attach(tx: &mut Tx, node: &Node, by: &By, to: &Attachments<'_>, inputs: &[AttachmentInput]) -> Result<Vec<Id>> {
    for (n, input) in inputs.iter().enumerate() {
        let pointer = format!("{}/{n}", to.pointer);
        attach_one(tx, node, by, &Attachments { pointer: &pointer, ..*to }, input)?;
    }
    Ok(inputs.iter().map(|input| input.upload_id).collect())
}

/// Attaches the upload that a member of the body names.
pub fn attach_one(tx: &mut Tx, node: &Node, by: &By, to: &Attachments<'_>, input: &AttachmentInput) -> Result<()> {
    let refused = |code, zh: &'static str, en: &'static str| {
        Err(Error::field(format!("{}/upload_id", to.pointer), code, Text::new(zh, en)))
    };
    let mut row = match store::own(tx, node, by, input.upload_id, &Key::of(input.secret.as_deref())) {
        Err(Error::Problem(problem)) if problem.code == Code::NOT_FOUND => {
            return refused("unknown", "查無可附加之上傳", "there is no such upload that could be attached");
        }
        found => found?,
    };
    match row.status {
        UploadStatus::Refused => return refused("refused", "此上傳之內容不予收受", "the content of the upload is not taken"),
        UploadStatus::Open | UploadStatus::Checking => {
            return refused("not_ready", "此上傳尚未完成", "the upload is not ready yet");
        }
        UploadStatus::Ready => {}
    }
    if row.kind != to.kind {
        return refused("not_allowed", "此上傳非為此用途", "the upload is for something else");
    }
    (row.record, row.part, row.attached_at) = (Some(to.record.to_owned()), Some(to.part.to_owned()), Some(by.now));
    store::save(tx, &mut row)
}

/// What is attached to a record, in the order in which it was sent.
pub fn attached(conn: &mut Conn, node: &Node, record: &str) -> Result<Vec<Held>> {
    store::of_record(conn, record)?.iter().map(|row| held(node, row)).collect()
}

/// Uploads that are attached to some record, by their ids.
pub fn named(conn: &mut Conn, node: &Node, ids: &[Id]) -> Result<Vec<Held>> {
    let mut all = Vec::new();
    for id in ids {
        if let Some(row) = store::any(conn, *id)?.filter(|row| row.record.is_some()) {
            all.push(held(node, &row)?);
        }
    }
    Ok(all)
}

/// An upload as its record's domain knows it.
pub(super) fn held(node: &Node, row: &Upload) -> Result<Held> {
    let lacks = || Error::Internal(format!("uploads/{} is attached to nothing", row.id));
    Ok(Held {
        upload_id: row.id,
        owner: row.owner.clone(),
        part: row.part.clone().ok_or_else(lacks)?,
        name: row.shown_name(&node.vault)?,
        media_type: row.media_type,
        size: row.file_size.ok_or_else(lacks)?,
        scan: row.scan.ok_or_else(lacks)?,
        attached_at: row.attached_at.ok_or_else(lacks)?,
    })
}

/// How somebody reads what is attached to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// By which word the audit log is told under the record, where it is.
    pub logged: Option<&'static str>,
    /// What it is called to them.
    pub name: String,
}

/// The records of one kind to which uploads are attached.
#[derive(Clone, Copy)]
pub struct Holder {
    /// As their paths begin: `petitions`.
    pub kind: &'static str,
    /// How the caller reads what is attached to one of them; `None` where it is not there for them.
    pub reads: fn(&mut Conn, &Node, &By, Id, &Held) -> Result<Option<Reading>>,
}

/// All kinds; a part of the node, to which domains add theirs. What is attached to records of which no domain tells is read by
/// nobody.
#[derive(Default)]
pub struct Holders(Vec<Holder>);

impl Holders {
    pub fn add(&mut self, holder: Holder) {
        self.0.push(holder);
    }

    /// How the caller reads what is attached to the record of a path.
    pub(super) fn reads(&self, conn: &mut Conn, node: &Node, by: &By, (record, held): (&str, &Held)) -> Result<Option<Reading>> {
        let parted = record.split_once('/').and_then(|(kind, id)| Some((kind, id.parse::<Id>().ok()?)));
        let (kind, id) = parted.ok_or_else(|| Error::Internal("an upload is attached to no record".to_owned()))?;
        match self.0.iter().find(|holder| holder.kind == kind) {
            Some(holder) => (holder.reads)(conn, node, by, id, held),
            None => Ok(None),
        }
    }
}
