//! Beginning an upload, looking how far it has come, and giving it up.

use actix_web::web::Data;
use actix_web::{delete, get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::folder::{Folder, beside};
use super::model::{MediaType, UploadKind, UploadStatus, base_name};
use super::policy::{CreateUpload, DeleteUpload, GetUpload};
use super::portion::{Key, SecretHeader, sha256};
use super::problems::UPLOAD_QUOTA_EXCEEDED;
use super::settings::{UploadSettings, bytes};
use super::store::{self, ANONYMOUS, Upload, name_identity};
use super::view::{Shown, UploadView};
use crate::auth::{By, May};
use crate::contract::IdInPath;
use crate::db::{Id, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{PathId, Reply, Valid, party};
use crate::node::Node;
use crate::secrets::vault::random_secret;

/// An upload to begin.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "PETITION", "name": "現場照片.jpg", "media_type": "image/jpeg", "size": 183500,
    "digest": "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
}))]
pub struct UploadInput {
    kind: UploadKind,
    /// Name of the file; folders before it are left out, and where it does not end as the `media_type` does it is shown with that ending
    /// (`收據.hta` of a text as `收據.hta.txt`). Kept sealed.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    media_type: MediaType,
    /// Bytes of the whole content.
    #[schema(minimum = 1)]
    size: i64,
    /// SHA-256 of the whole content, as `Content-Digest` writes it (RFC 9530).
    #[schema(min_length = 54, max_length = 54, pattern = "^sha-256=:[A-Za-z0-9+/]{43}=:$")]
    digest: String,
}

/// An upload that has begun.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "upload": {
        "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "kind": "PETITION", "status": "OPEN", "name": "現場照片.jpg",
        "media_type": "image/jpeg", "size": 183500, "upload_offset": 0, "scan": null, "refusal": null,
        "created_at": "2026-11-23T09:00:00+08:00", "expires_at": "2026-11-24T09:00:00+08:00"
    },
    "secret": "0Yw8cI5mVn3r9kQp2sT7uA"
}))]
pub struct UploadBegun {
    upload: UploadView,
    /// Shown this once, to whoever has no account: it goes on, and attaches, by it, in the header `Upload-Secret` and in bodies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, nullable = false)]
    secret: Option<String>,
}

/// Begins an upload.
///
/// By anybody: with an account for that account alone, else by the secret that the answer shows once. The content follows by PUT,
/// whole, or by PATCH, in parts (IETF draft-ietf-httpbis-resumable-upload-10, without its interim responses). It is deleted after a
/// day by a setting unless it is attached to a record. Size, and how many may wait, are settings (20 MiB, 20 uploads).
#[utoipa::path(tag = "Uploads", operation_id = "create_upload", request_body = UploadInput, responses(
    (status = 201, description = "The upload, with its secret.", body = UploadBegun),
    (status = 409, description = "The caller has too much that waits, or the office no room: `upload_quota_exceeded`."),
))]
#[post("/v1/uploads")]
pub async fn create_upload(may: May<CreateUpload>, node: Data<Node>, Valid(input): Valid<UploadInput>) -> Result<Reply> {
    let address = party(&may.address());
    may.write(move |tx, by| {
        let (row, secret) = input.begin(tx, &node, by, &address)?;
        Reply::created(format!("/v1/uploads/{}", row.id), &UploadBegun { upload: UploadView::of(&node, &row)?, secret })
    })
    .await
}

impl UploadInput {
    fn begin(&self, tx: &mut Tx, node: &Node, by: &By, address: &str) -> Result<(Upload, Option<String>)> {
        let settings: &UploadSettings = node.config.of();
        let most = bytes(settings.mebibytes);
        if self.size > most {
            let text = Text::new(format!("至多 {most} 位元組"), format!("at most {most} bytes"));
            return Err(Error::field("/size", "range", text));
        }
        let Ok(Some(digest)) = sha256(&self.digest) else {
            return Err(Error::field("/digest", "pattern", Text::new("須為 sha-256=:…:", "sha-256=:…:")));
        };
        let owner = by.caller.name();
        let secret = (owner == ANONYMOUS).then(|| random_secret(16));
        let index = secret.as_ref().map(|_| node.vault.blind_index("uploads/address", address)).unwrap_or_default();
        self.require_room(tx, settings, (&owner, &index))?;
        let id = Id::new(by.now);
        let row = Upload {
            id,
            kind: self.kind,
            status: UploadStatus::Open,
            owner,
            address_index: index,
            secret_hash: secret.as_ref().map(|secret| node.vault.secret_hash(secret)),
            name: tx.seal_text(&name_identity(id), &base_name(&self.name)),
            media_type: self.media_type,
            size: self.size,
            digest: digest_index(node, &digest),
            received: 0,
            file: None,
            file_size: None,
            scan: None,
            refusal: None,
            check_lease: None,
            checking_until: None,
            record: None,
            part: None,
            created_at: by.now,
            expires_at: by.now + Duration::hours(settings.unattached_hours),
            attached_at: None,
            version: 1,
        };
        store::insert(tx, &row)?;
        Ok((row, secret))
    }

    /// Refuses what goes beyond the caller's share of the room, or the office's; judged one after another.
    fn require_room(&self, tx: &mut Tx, settings: &UploadSettings, (owner, index): (&str, &str)) -> Result<()> {
        tx.own(["uploads"])?;
        let waiting = store::waiting(tx, owner, index)?;
        let size: i64 = waiting.iter().sum();
        let full = |zh: &'static str, en: &'static str| Err(Problem::new(UPLOAD_QUOTA_EXCEEDED).detail(zh, en).into());
        if waiting.len() >= settings.waiting || size + self.size > bytes(settings.waiting_mebibytes) {
            return full("未附加之上傳已達上限", "too many uploads, or too large ones, wait unattached");
        }
        if store::total(tx)? + self.size > bytes(settings.total_mebibytes) {
            return full("本所上傳空間已滿", "the office has no room for more uploads");
        }
        Ok(())
    }
}

/// What a digest is compared by: a keyed hash, so that the store tells nobody which known file it is.
pub fn digest_index(node: &Node, digest: &[u8]) -> String {
    node.vault.blind_index("uploads/digest", &STANDARD.encode(digest))
}

/// Shows an upload.
///
/// To whoever sent it, until it is attached: then the record shows it. `Upload-Offset` says where the next part begins; HEAD answers
/// the same headers. An upload of somebody else's, and one that has run out, answer as if there were none.
#[utoipa::path(tag = "Uploads", operation_id = "get_upload", params(IdInPath, SecretHeader), responses(
    (status = 200, description = "The upload.", body = UploadView, headers(
        ("Upload-Offset" = i64, description = "Bytes that have come."),
        ("Upload-Length" = i64, description = "Bytes of the whole content."),
        ("Upload-Complete" = String, description = "`?1` where all have come, else `?0`."),
    )),
))]
#[get("/v1/uploads/{id}")]
pub async fn get_upload(may: May<GetUpload>, node: Data<Node>, id: PathId, key: Key) -> Result<Shown> {
    may.read(move |conn, by| {
        let row = store::own(conn, &node, by, id.0, &key)?;
        Ok(Shown::of(&node, &row)?.tagged(&row))
    })
    .await
}

/// Gives an upload up.
///
/// By whoever sent it, until it is attached; its content is removed at once. Sent again it is answered alike. What is attached stays with
/// its record, and is taken back there.
#[utoipa::path(tag = "Uploads", operation_id = "delete_upload", params(IdInPath, SecretHeader), responses(
    (status = 204, description = "It is gone, or was never there for the caller."),
    (status = 409, description = "`conflict`: it is attached to a record."),
))]
#[delete("/v1/uploads/{id}")]
pub async fn delete_upload(may: May<DeleteUpload>, node: Data<Node>, id: PathId, key: Key) -> Result<Reply> {
    let folder = Folder::of(&node);
    let files = may
        .write_beside(move |tx, by| match store::own(tx, &node, by, id.0, &key) {
            Ok(row) => store::delete(tx, row),
            Err(Error::Problem(_)) if store::has_attached(tx, &node, by, (id.0, &key))? => {
                let (zh, en) = ("已附於案件，請於該案處理", "it is attached to a record: it is taken back there");
                Err(Problem::new(Code::CONFLICT).detail(zh, en).into())
            }
            Err(Error::Problem(_)) => Ok(Vec::new()),
            Err(error) => Err(error),
        })
        .await?;
    beside(move || {
        files.iter().for_each(|file| folder.remove(file));
        Ok(())
    })
    .await?;
    Ok(Reply::done())
}
