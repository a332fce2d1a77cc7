//! Taking contents: whole by PUT, in parts by PATCH. What has come stands sealed on disk before its row says so, each part in a file
//! of its own, so that two who send at once cannot mix, and a restart in the middle loses no more than what it interrupts.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{patch, put};

use super::checking::check;
use super::folder::{Folder, Stored, beside};
use super::model::UploadStatus;
use super::policy::{AppendUpload, PutUpload};
use super::portion::{Content, Key, PartHeaders, Portion, WholeHeaders};
use super::problems::DIGEST_MISMATCH;
use super::store::{self, Part, Upload};
use super::view::{Shown, UploadView};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::IdInPath;
use crate::db::{Id, Tx};
use crate::error::{Code, Problem, Result, Text};
use crate::http::{PathId, refusal};
use crate::node::Node;

/// Sends the whole content of an upload.
///
/// In one request. Where the connection is lost, what has come is kept, unless more was there before: go on by PATCH at the
/// `upload_offset` that GET tells, or send it whole again. Once all is here it is held against its digest, scanned, looked at and
/// written anew: `READY`, or `REFUSED` with a reason; `CHECKING` where that takes longer. The same content sent again changes nothing.
///
/// Taken are JPEG and PNG, which are decoded and written anew without anything of a camera, a place or what stands behind the image;
/// PDF without programs, files within it, encryption and links that lead elsewhere than to the web (`http`, `https`) or to mail (`mailto`), of which the metadata stays; and text in UTF-8.
#[utoipa::path(tag = "Uploads", operation_id = "put_upload", params(IdInPath, WholeHeaders),
    request_body(content = Content, content_type = "application/octet-stream", description = "The content."),
    responses(
        (status = 200, description = "The upload.", body = UploadView, headers(
            ("Upload-Offset" = i64, description = "Bytes that have come."),
            ("Upload-Length" = i64, description = "Bytes of the whole content."),
            ("Upload-Complete" = String, description = "`?1` where all have come, else `?0`."),
        )),
        (status = 409, description = "Another request was quicker: `upload_offset_mismatch`."),
        (status = 413, description = "It is longer than the upload's size: `too_large`."),
        (status = 422, description = "It has not the digest that was said, and none of it is kept: `digest_mismatch`."),
    ))]
#[put("/v1/uploads/{id}")]
pub async fn put_upload(may: May<PutUpload>, node: Data<Node>, id: PathId, key: Key, portion: Portion) -> Result<Shown> {
    portion.require("application/octet-stream")?;
    receive(&may, &node, (id.0, key), portion, true).await
}

/// Sends the next part of an upload.
///
/// At the offset that it has (IETF draft-ietf-httpbis-resumable-upload-10): 409 with the right `upload_offset` where the part begins
/// elsewhere. Of two that are sent at once one is taken. What came before a connection was lost is kept. With the last part the
/// content is looked at, as by PUT; where the whole has not the digest that was said, it begins anew at 0.
#[utoipa::path(tag = "Uploads", operation_id = "append_upload", params(IdInPath, PartHeaders),
    request_body(content = Content, content_type = "application/partial-upload", description = "The bytes from the offset on."),
    responses(
        (status = 200, description = "The upload.", body = UploadView, headers(
            ("Upload-Offset" = i64, description = "Bytes that have come."),
            ("Upload-Length" = i64, description = "Bytes of the whole content."),
            ("Upload-Complete" = String, description = "`?1` where all have come, else `?0`."),
        )),
        (status = 409, description = "The part does not begin where the upload goes on: `upload_offset_mismatch`."),
        (status = 413, description = "It is longer than what is missing: `too_large`."),
        (status = 422, description = "The part, or the whole, has not the digest that was said: `digest_mismatch`."),
    ))]
#[patch("/v1/uploads/{id}")]
pub async fn append_upload(may: May<AppendUpload>, node: Data<Node>, id: PathId, key: Key, portion: Portion) -> Result<Shown> {
    portion.require("application/partial-upload")?;
    if portion.offset.is_none() {
        let text = Text::new("請填已收到之位元組數", "say how many bytes have come before");
        return Err(Problem::new(Code::MALFORMED).field("#Upload-Offset", "required", text).into());
    }
    receive(&may, &node, (id.0, key), portion, false).await
}

/// Takes a portion; a whole one begins at 0, whatever has come before.
async fn receive<A: Action>(
    may: &May<A>,
    node: &Data<Node>,
    (id, key): (Id, Key),
    portion: Portion,
    whole: bool,
) -> Result<Shown> {
    let (shared, own_key) = (node.clone(), key.clone());
    let row = may.read(move |conn, by| store::own(conn, &shared, by, id, &own_key)).await?;
    let begins = if whole { 0 } else { portion.offset.unwrap_or_default() };
    // The same bytes sent twice: they are here.
    if row.status != UploadStatus::Open && (whole || begins == row.size) {
        return Shown::of(node, &row);
    }
    if !whole {
        row.goes_on_at(begins)?;
    }
    let missing = row.left_from(begins);
    portion.fits(missing)?;
    let (stored, cut) = portion.store(node, id, missing).await?;
    let row = if stored.size == 0 { row } else { take(may, node, (id, key), stored, (begins, whole)).await? };
    if let Some(cut) = cut {
        return Err(refusal(&cut));
    }
    if row.status != UploadStatus::Checking {
        return Shown::of(node, &row);
    }
    let row = check(&Arc::<Node>::clone(node), id).await?.ok_or(Code::NOT_FOUND)?;
    if row.status == UploadStatus::Open {
        return Err(DIGEST_MISMATCH.into());
    }
    Shown::of(node, &row)
}

/// Lets the row say what stands in the folder, unless another was quicker.
async fn take<A: Action>(
    may: &May<A>,
    node: &Data<Node>,
    (id, key): (Id, Key),
    stored: Stored,
    (begins, whole): (i64, bool),
) -> Result<Upload> {
    let (shared, part) = (node.clone(), Part { upload_id: id, begins, file: stored.file.clone(), size: stored.size });
    let write = move |tx: &mut Tx, by: &By| -> Result<(Upload, Vec<String>)> {
        let mut row = store::own(tx, &shared, by, id, &key)?;
        row.goes_on_at(if whole { row.received } else { begins })?;
        // What has come before is kept where it is more.
        if whole && part.size < row.received {
            return Ok((row, vec![part.file.clone()]));
        }
        let gone = if whole { store::drop_parts(tx, id)? } else { Vec::new() };
        store::add_part(tx, &part)?;
        row.receive(begins + part.size);
        store::save(tx, &mut row)?;
        Ok((row, gone))
    };
    let (row, gone) = may.write_beside(write).await?;
    stored.keep();
    let folder = Folder::of(node);
    beside(move || {
        gone.iter().for_each(|file| folder.remove(file));
        Ok(())
    })
    .await?;
    Ok(row)
}
