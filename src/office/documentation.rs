//! The documentation page: Swagger UI over the contract, out of this binary, whatever the reader's network.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue, LOCATION};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use utoipa_swagger_ui::{Config, serve};

use crate::error::{Code, Error};
use crate::http::Document;
use crate::node::Node;

/// What the page is made of, with the types that browsers want to hear.
const FILES: [(&str, &str); 8] = [
    ("index.html", "text/html; charset=utf-8"),
    ("swagger-ui.css", "text/css; charset=utf-8"),
    ("index.css", "text/css; charset=utf-8"),
    ("swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ("swagger-ui-standalone-preset.js", "text/javascript; charset=utf-8"),
    ("swagger-initializer.js", "text/javascript; charset=utf-8"),
    ("favicon-32x32.png", "image/png"),
    ("favicon-16x16.png", "image/png"),
];

/// Swagger UI styles itself inline; its scripts are files of ours.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

static PAGE: LazyLock<HashMap<&str, Document>> = LazyLock::new(|| {
    let config = Config::new(["/docs/openapi.json"])
        .doc_expansion("none")
        .default_models_expand_depth(-1)
        .deep_linking(true)
        .display_request_duration(true)
        .filter(true)
        .persist_authorization(false)
        .validator_url("none");
    let config = Arc::new(config);
    let file = |(name, content_type)| {
        let file = serve(name, Arc::clone(&config)).ok().flatten()?;
        let policy = HeaderValue::from_static(POLICY);
        Some((name, Document::new(content_type, file.bytes.into_owned()).with(CONTENT_SECURITY_POLICY, policy)))
    };
    FILES.into_iter().filter_map(file).collect()
});

/// Leads to the page.
pub async fn redirect() -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header((LOCATION, "/docs/")).finish()
}

/// One file of the page.
pub async fn page(request: HttpRequest, node: web::Data<Node>, file: web::Path<String>) -> HttpResponse {
    if *file == "openapi.json" {
        return node.contract.page.answer(&request);
    }
    let name = if file.is_empty() { "index.html" } else { file.as_str() };
    match PAGE.get(name) {
        Some(document) => document.answer(&request),
        None => Error::from(Code::NOT_FOUND).error_response(),
    }
}
