//! What stands around a content on the wire: the secret of whoever has no account, where a part begins, what its digest is; and the
//! content itself, written to the folder as it comes.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpRequest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use serde_json::json;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr, Required};

use super::folder::{Folder, Stored, Writer, beside};
use super::model::too_long;
use crate::db::Id;
use crate::error::{Code, Error, Problem, Result, Text};
use crate::node::Node;

/// The header with the secret of an upload that was begun without an account.
const SECRET: &str = "Upload-Secret";
const OFFSET: &str = "Upload-Offset";
const COMPLETE: &str = "Upload-Complete";
const DIGEST: &str = "Content-Digest";

/// Bytes that are gathered before they are written.
const BATCH: usize = 256 * 1024;

/// The secret that a caller sends, if any.
#[derive(Clone, Debug, Default)]
pub struct Key(Option<String>);

impl Key {
    pub fn of(secret: Option<&str>) -> Self {
        Self(secret.map(str::to_owned))
    }

    pub fn text(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

impl FromRequest for Key {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(text(request.headers(), SECRET))))
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A content, or a part of one, as it comes in.
pub struct Portion {
    pub offset: Option<i64>,
    /// The length that is stated; none of a chunked one.
    pub length: Option<i64>,
    /// Whether it says that it is the last part, or that it is not.
    pub completes: Option<bool>,
    digest: Option<Vec<u8>>,
    media_type: String,
    body: Payload,
}

impl FromRequest for Portion {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Self::read(request.headers(), payload.take()))
    }
}

fn malformed(name: &str, zh: &'static str, en: &'static str) -> Error {
    Problem::new(Code::MALFORMED).field(format!("#{name}"), "pattern", Text::new(zh, en)).into()
}

/// The SHA-256 of a digest field (RFC 9530), if it has one; `Err` where it is none of such a field's form.
pub fn sha256(field: &str) -> std::result::Result<Option<Vec<u8>>, ()> {
    for member in field.split(',') {
        let (name, value) = member.trim().split_once('=').ok_or(())?;
        let encoded = value.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).ok_or(())?;
        let digest = STANDARD.decode(encoded).map_err(|_| ())?;
        if name == "sha-256" {
            return if digest.len() == 32 { Ok(Some(digest)) } else { Err(()) };
        }
    }
    Ok(None)
}

impl Portion {
    fn read(headers: &HeaderMap, body: Payload) -> Result<Self> {
        let is_number = |text: &str| (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = |text: &str| text.parse::<i64>().ok().filter(|_| is_number(text));
        let offset = text(headers, OFFSET).map(|text| number(text).ok_or(text)).transpose();
        let offset = offset.map_err(|_| malformed(OFFSET, "須為位元組數", "a number of bytes"))?;
        let completes = match text(headers, COMPLETE) {
            None => None,
            Some("?1") => Some(true),
            Some("?0") => Some(false),
            Some(_) => return Err(malformed(COMPLETE, "須為 ?1 或 ?0", "?1 or ?0")),
        };
        let digest = text(headers, DIGEST).map_or(Ok(None), sha256);
        let digest = digest.map_err(|()| malformed(DIGEST, "須為 sha-256=:…:（RFC 9530）", "sha-256=:…: (RFC 9530)"))?;
        let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(number);
        let media_type = text(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Ok(Self { offset, length, completes, digest, media_type, body })
    }

    /// Refuses another media type than the operation's.
    pub fn require(&self, media_type: &'static str) -> Result<()> {
        if self.media_type == media_type {
            return Ok(());
        }
        Err(Problem::new(Code::UNSUPPORTED_MEDIA_TYPE)
            .detail(format!("請以 Content-Type: {media_type} 傳送"), format!("send Content-Type: {media_type}"))
            .into())
    }

    /// Refuses one that says of itself what cannot be, where so many bytes are missing.
    pub fn fits(&self, missing: i64) -> Result<()> {
        if self.length.is_some_and(|length| length > missing) {
            return Err(too_long(missing));
        }
        match (self.completes, self.length) {
            (Some(completes), Some(length)) if completes != (length == missing) => {
                Err(malformed(COMPLETE, "與長度不符", "it does not go with the length"))
            }
            _ => Ok(()),
        }
    }

    /// Writes it to the folder; with it, what cut it off. One that was cut off keeps what came, and is held to no digest.
    pub async fn store(mut self, node: &Node, upload: Id, most: i64) -> Result<(Stored, Option<PayloadError>)> {
        let (folder, vault) = (Folder::of(node), std::sync::Arc::clone(&node.vault));
        let mut writer = beside(move || folder.write(vault, upload)).await?;
        let (mut waiting, mut seen, mut cut) = (BytesMut::new(), 0, None);
        while let Some(chunk) = self.body.next().await {
            match chunk {
                Ok(chunk) => {
                    seen += i64::try_from(chunk.len()).unwrap_or(i64::MAX);
                    waiting.extend_from_slice(&chunk);
                }
                Err(error) => {
                    cut = Some(error);
                    break;
                }
            }
            if seen > most {
                return Err(too_long(most));
            }
            if waiting.len() >= BATCH {
                writer = written(writer, waiting.split()).await?;
            }
        }
        let writer = written(writer, waiting).await?;
        let stored = beside(move || writer.finish()).await?;
        if cut.is_none() && self.digest.as_ref().is_some_and(|digest| *digest != stored.digest) {
            return Err(super::problems::DIGEST_MISMATCH.into());
        }
        Ok((stored, cut))
    }
}

async fn written(mut writer: Writer, bytes: BytesMut) -> Result<Writer> {
    beside(move || writer.write(&bytes).map(|()| writer)).await
}

fn header(name: &str, required: bool, description: &str, example: &str) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(200)).build();
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(if required { Required::True } else { Required::False })
        .description(Some(description))
        .schema(Some(schema))
        .example(Some(json!(example)))
        .build()
}

fn secret_header() -> Parameter {
    header(SECRET, false, "Of an upload that was begun without an account: its secret.", "0Yw8cI5mVn3r9kQp2sT7uA")
}

/// `Upload-Secret`, for handlers that take a [`Key`].
pub struct SecretHeader;

impl utoipa::IntoParams for SecretHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![secret_header()]
    }
}

fn digest_header() -> Parameter {
    let example = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
    header(DIGEST, false, "SHA-256 of this request's content (RFC 9530): what has another one is not kept.", example)
}

/// A content, or a part of one, as the contract tells of it.
pub struct Content;

impl utoipa::PartialSchema for Content {
    fn schema() -> RefOr<Schema> {
        let bytes = SchemaFormat::KnownFormat(KnownFormat::Binary);
        let one = ObjectBuilder::new().schema_type(Type::String).format(Some(bytes)).description(Some("Bytes."));
        one.examples([json!("門牌鬆脫之位置說明")]).build().into()
    }
}

impl utoipa::ToSchema for Content {
    fn name() -> std::borrow::Cow<'static, str> {
        "Content".into()
    }
}

/// The headers of a whole content.
pub struct WholeHeaders;

impl utoipa::IntoParams for WholeHeaders {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![secret_header(), digest_header()]
    }
}

/// The headers of a part.
pub struct PartHeaders;

impl utoipa::IntoParams for PartHeaders {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let complete = "`?1` where it is the last part, `?0` where it is not; without it, the size decides.";
        vec![
            secret_header(),
            header(OFFSET, true, "Where the part begins: the bytes that have come before, as GET tells them.", "65536"),
            header(COMPLETE, false, complete, "?1"),
            digest_header(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_field_is_read_by_its_form() {
        let right = "sha-512=:AAAA:, sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
        assert_eq!(sha256(right).unwrap().map(|digest| digest.len()), Some(32));
        assert_eq!(sha256("sha-512=:AAAA:"), Ok(None));
        for wrong in ["", "sha-256", "sha-256=AAAA", "sha-256=:AAAA:", "sha-256=:?:"] {
            assert_eq!(sha256(wrong), Err(()), "{wrong}");
        }
    }
}
