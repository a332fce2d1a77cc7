//! An upload as it is shown to whoever sent it, with the headers of the draft by which clients go on.

use actix_web::body::BoxBody;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{MediaType, Scan, UploadKind, UploadRefusal, UploadStatus};
use super::store::Upload;
use crate::clock::Moment;
use crate::db::Id;
use crate::error::Result;
use crate::http::Reply;
use crate::node::Node;
use crate::view_of;

/// An upload.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "kind": "PETITION", "status": "OPEN", "name": "現場照片.jpg",
    "media_type": "image/jpeg", "size": 183500, "upload_offset": 65536, "scan": null, "refusal": null,
    "created_at": "2026-11-23T09:00:00+08:00", "expires_at": "2026-11-24T09:00:00+08:00"
}))]
pub struct UploadView {
    pub id: Id,
    pub kind: UploadKind,
    pub status: UploadStatus,
    /// Without folders, and with the ending of its `media_type`: what ends otherwise is given `.jpg`, `.png`, `.pdf` or `.txt` behind what
    /// it ends with. Numbers of people in it are masked.
    #[schema(max_length = 200)]
    pub name: String,
    pub media_type: MediaType,
    /// Bytes that it has as it is sent.
    #[schema(minimum = 1)]
    pub size: i64,
    /// Bytes that have come: the next part begins there.
    #[schema(minimum = 0)]
    pub upload_offset: i64,
    /// Once it is `READY`.
    pub scan: Option<Scan>,
    /// Why its content is not taken.
    pub refusal: Option<UploadRefusal>,
    pub created_at: Moment,
    /// Until then it must be attached, or it is deleted.
    pub expires_at: Moment,
}

impl UploadView {
    pub fn of(node: &Node, row: &Upload) -> Result<Self> {
        let (name, upload_offset) = (row.shown_name(&node.vault)?, row.received);
        Ok(
            view_of!(UploadView, row { id, kind, status, media_type, size, scan, refusal, created_at, expires_at } name, upload_offset),
        )
    }
}

/// An answer that shows an upload, with the headers of the draft.
pub struct Shown {
    reply: Reply,
    received: i64,
    size: i64,
}

impl Shown {
    /// As it stands, after an act.
    pub fn of(node: &Node, row: &Upload) -> Result<Self> {
        Ok(Self { reply: Reply::ok(&UploadView::of(node, row)?)?, received: row.received, size: row.size })
    }

    /// As it is read, with its tag.
    pub fn tagged(mut self, row: &Upload) -> Self {
        self.reply = self.reply.version(row.version);
        self
    }
}

impl Responder for Shown {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = self.reply.respond_to(request);
        let mut put = |name: &'static str, value: HeaderValue| {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        };
        put("upload-offset", HeaderValue::from(self.received));
        put("upload-length", HeaderValue::from(self.size));
        put("upload-complete", HeaderValue::from_static(if self.received == self.size { "?1" } else { "?0" }));
        response
    }
}
