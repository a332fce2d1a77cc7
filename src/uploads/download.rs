//! Reading contents: as files to be kept and never to be shown by a browser, to those whom their record is shown.

use std::sync::Arc;

use actix_web::body::SizedStream;
use actix_web::get;
use actix_web::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_SECURITY_POLICY, Charset, ContentDisposition, DispositionParam,
    DispositionType, ExtendedValue, HeaderValue, TryIntoHeaderValue,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, Responder};
use futures_util::stream::try_unfold;

use super::attaching::{Holders, Reading, held};
use super::folder::{Folder, beside};
use super::policy::GetUploadContent;
use super::portion::Key;
use super::store::{self, Upload};
use super::stretch::{self, RangeHeaders};
use crate::auth::{By, May};
use crate::contract::IdInPath;
use crate::db::{Conn, Id, Record};
use crate::error::{Code, Error, Result};
use crate::http::{PathId, Reply};
use crate::node::Node;

/// Should a browser show a content all the same, nothing in it runs, loads or sends anything.
const SANDBOX: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// Reads a content.
///
/// What is attached is read by those whom its record is shown, by the rules of that record and under the name that they read there, and the
/// reading is logged where the record is confidential; before that by whoever sent it. Of an image that is the one that was written anew. It comes as a file to be kept.
/// A download that broke off goes on by `Range` (RFC 9110 §14), with the `ETag` of what came before as `If-Range`.
#[utoipa::path(tag = "Uploads", operation_id = "get_upload_content", params(IdInPath, RangeHeaders), responses(
    (status = 200, description = "The content.", content(
        (String = "image/jpeg"), (String = "image/png"), (String = "application/pdf"), (String = "text/plain"),
    ),
    headers(
        ("Content-Disposition" = String, description = "`attachment`, with the name of the file (RFC 8187)."),
        ("Accept-Ranges" = String, description = "`bytes`."),
    )),
    (status = 206, description = "The part that was asked for.", content(
        (String = "image/jpeg"), (String = "image/png"), (String = "application/pdf"), (String = "text/plain"),
    ),
    headers(("Content-Range" = String, description = "Which bytes of how many: `bytes 65536-183499/183500`."))),
    (status = 416, description = "The range lies behind the end: `range_not_satisfiable`; `Content-Range` tells the size."),
))]
#[get("/v1/uploads/{id}/content")]
pub async fn get_upload_content(
    may: May<GetUploadContent>,
    node: Data<Node>,
    id: PathId,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let shared = node.clone();
    let (row, reading) = may.read(move |conn, by| readable(conn, &shared, by, id.0)).await?;
    if let (Some(action), Some(record)) = (reading.logged, row.record.clone()) {
        may.write_beside(move |tx, _| {
            tx.record(Record::read(action, record.clone(), "attachments"));
            Ok(())
        })
        .await?;
    }
    give(&node, &row, reading.name, &request).await
}

/// An upload whose content the caller reads, and how.
fn readable(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<(Upload, Reading)> {
    let row = store::any(conn, id)?.filter(|row| row.file.is_some()).ok_or(Code::NOT_FOUND)?;
    let Some(record) = row.record.clone() else {
        let row = store::own(conn, node, by, id, &Key::default())?;
        let name = row.shown_name(&node.vault)?;
        return Ok((row, Reading { logged: None, name }));
    };
    let reading = node.part::<Holders>().reads(conn, node, by, (&record, &held(node, &row)?))?;
    Ok((row, reading.ok_or(Code::NOT_FOUND)?))
}

/// Gives the content of an attached upload to somebody of whom the domain of its record knows that they may read it.
pub async fn of_record(node: &Data<Node>, id: Id, request: &HttpRequest) -> Result<HttpResponse> {
    let found = node.db.read(move |conn| Ok(store::any(conn, id)?.filter(|row| row.record.is_some()))).await?;
    let row = found.ok_or(Code::NOT_FOUND)?;
    let name = row.shown_name(&node.vault)?;
    give(node, &row, name, request).await
}

/// The answer with the content, under a name: read, opened and sent part by part.
async fn give(node: &Data<Node>, row: &Upload, name: String, request: &HttpRequest) -> Result<HttpResponse> {
    let (Some(file), Some(size)) = (row.file.clone(), row.file_size) else { return Err(Code::NOT_FOUND.into()) };
    // What is asked for by POST is no resource that could be asked for again by its tag.
    let is_resource = request.method() == Method::GET;
    let tag = format!("\"{}\"", row.id);
    let etag = is_resource.then(|| tag.clone());
    let reply = Reply { etag, ..Reply::file(row.media_type.as_str(), Vec::new()) };
    let mut response = reply.respond_to(request);
    if response.status() != StatusCode::OK {
        return Ok(response);
    }
    let whole = u64::try_from(size).unwrap_or_default();
    let part = stretch::wanted(request, &tag, whole)?;
    if is_resource {
        response.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
    if let Some(part) = &part {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let told = format!("bytes {}-{}/{whole}", part.start, part.end.saturating_sub(1));
        let told = HeaderValue::from_str(&told).map_err(|error| Error::internal("a range cannot be told", error))?;
        response.headers_mut().insert(CONTENT_RANGE, told);
    }
    let part = part.unwrap_or(0..whole);
    let (folder, vault, id) = (Folder::of(node), Arc::clone(&node.vault), row.id);
    let from = part.start;
    let reader = beside(move || {
        let mut reader = folder.read(vault, id, &file, size)?;
        let over = reader.pass(from)?;
        Ok((reader, over))
    });
    let (reader, over) = reader.await?;
    let disposition = disposition(row.media_type.called(&name))?;
    response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    let (length, to_the_end) = (part.end - part.start, part.end == whole);
    let parts = try_unfold((reader, over, length), move |(mut reader, over, left)| async move {
        // What goes to the end is read on, so that it is known to be that.
        if left == 0 && !to_the_end {
            return Ok(None);
        }
        let (read, reader) = beside(move || Ok((reader.more()?, reader))).await?;
        let Some(read) = read else { return Ok::<_, Error>(None) };
        let mut bytes = Bytes::from(read).split_off(over);
        bytes.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        let left = left.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(Some((bytes, (reader, 0, left))))
    });
    Ok(response.set_body(SizedStream::new(length, parts)).map_into_boxed_body())
}

/// That the content is a file to be kept, and what it is called.
fn disposition(name: String) -> Result<HeaderValue> {
    let name = ExtendedValue { charset: Charset::Ext("UTF-8".to_owned()), language_tag: None, value: name.into_bytes() };
    let whole =
        ContentDisposition { disposition: DispositionType::Attachment, parameters: vec![DispositionParam::FilenameExt(name)] };
    whole.try_into_value().map_err(|error| Error::internal("a file cannot be named", error))
}
