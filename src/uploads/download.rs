//! Reading contents: as files to be kept and never to be shown by a browser, to those whom their record is shown.

use std::sync::Arc;

use actix_web::body::SizedStream;
use actix_web::get;
use actix_web::http::header::{
    CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue,
    HeaderValue, TryIntoHeaderValue,
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
#[utoipa::path(tag = "Uploads", operation_id = "get_upload_content", params(IdInPath), responses((
    status = 200, description = "The content.", content(
        (String = "image/jpeg"), (String = "image/png"), (String = "application/pdf"), (String = "text/plain"),
    ),
    headers(("Content-Disposition" = String, description = "`attachment`, with the name of the file (RFC 8187).")),
)))]
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
    let etag = (request.method() == Method::GET).then(|| format!("\"{}\"", row.id));
    let reply = Reply { etag, ..Reply::file(row.media_type.as_str(), Vec::new()) };
    let mut response = reply.respond_to(request);
    if response.status() != StatusCode::OK {
        return Ok(response);
    }
    let (folder, vault, id) = (Folder::of(node), Arc::clone(&node.vault), row.id);
    let reader = beside(move || folder.read(vault, id, &file, size)).await?;
    let disposition = disposition(name)?;
    response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    let parts = try_unfold(reader, |mut reader| async move {
        let (part, reader) = beside(move || Ok((reader.more()?, reader))).await?;
        Ok::<_, Error>(part.map(|part| (Bytes::from(part), reader)))
    });
    let size = u64::try_from(size).unwrap_or_default();
    Ok(response.set_body(SizedStream::new(size, parts)).map_into_boxed_body())
}

/// That the content is a file to be kept, and what it is called.
fn disposition(name: String) -> Result<HeaderValue> {
    let name = ExtendedValue { charset: Charset::Ext("UTF-8".to_owned()), language_tag: None, value: name.into_bytes() };
    let whole =
        ContentDisposition { disposition: DispositionType::Attachment, parameters: vec![DispositionParam::FilenameExt(name)] };
    whole.try_into_value().map_err(|error| Error::internal("a file cannot be named", error))
}
