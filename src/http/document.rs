//! Public documents that stay the same while the process runs: compressed once, tagged, kept by caches.
//! Nothing else is compressed: beside what a caller sends, the size of an answer would tell what it holds (BREACH).

use std::io::Write;
use std::sync::OnceLock;

use actix_web::http::header::{
    ACCEPT_ENCODING, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, Encoding, Header,
    HeaderName, HeaderValue, VARY,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::reply::none_match;

/// One document in both forms.
pub struct Document {
    content_type: &'static str,
    plain: Bytes,
    gzip: OnceLock<Bytes>,
    tag: String,
    /// Whether it stands beside the same in other languages.
    speaks: bool,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Document {
    pub fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let plain = body.into();
        let tag = URL_SAFE_NO_PAD.encode(&digest(&SHA256, &plain).as_ref()[..12]);
        Self { content_type, plain, gzip: OnceLock::new(), tag, speaks: false, headers: Vec::new() }
    }

    /// Says that it is in this language, and that another caller may get it in another one.
    pub fn in_language(mut self, language: &'static str) -> Self {
        self.speaks = true;
        self.with(CONTENT_LANGUAGE, HeaderValue::from_static(language))
    }

    /// Adds a header to every answer with it.
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The document, or 304 where the caller has it; either form has a tag of its own.
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let compressed = takes_gzip(request);
        let tag = if compressed { format!("\"{}-gzip\"", self.tag) } else { format!("\"{}\"", self.tag) };
        let unchanged = none_match(request, &tag);
        let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response.insert_header((ETAG, tag));
        response.insert_header((CACHE_CONTROL, "public, no-cache"));
        // One line: layers further out keep the first one only.
        response.insert_header((VARY, if self.speaks { "accept-encoding, accept-language" } else { "accept-encoding" }));
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        if unchanged {
            return response.finish();
        }
        response.insert_header((CONTENT_TYPE, self.content_type));
        if !compressed {
            return response.body(self.plain.clone());
        }
        response.insert_header((CONTENT_ENCODING, "gzip"));
        response.body(self.gzip.get_or_init(|| compress(&self.plain)).clone())
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let forms = [Encoding::gzip(), Encoding::identity()];
    request.headers().contains_key(ACCEPT_ENCODING)
        && AcceptEncoding::parse(request).is_ok_and(|accepted| accepted.negotiate(forms.iter()) == Some(Encoding::gzip()))
}

fn compress(plain: &[u8]) -> Bytes {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    let written = writer.write_all(plain).and_then(|()| writer.finish());
    written.expect("memory takes what is written").into()
}
