//! The edge: what happens around every request. Trace id, client address, security headers, metrics,
//! one log line, problem documents for every refusal, and a panic that costs one answer only.

mod connection;
mod incoming;
mod server;

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{
    ACCEPT_LANGUAGE, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ALLOW, CACHE_CONTROL, CONTENT_LANGUAGE,
    CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, ORIGIN, RETRY_AFTER, VARY,
    WWW_AUTHENTICATE,
};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError, web::Data};
use futures_util::FutureExt;

use crate::db::{Mode, Origin, Record};
use crate::error::{Allowance, Code, Error, Problem};
use crate::http::{Asked, ClientAddress, HeadOnly, Trace, refusal, write_allowance};
use crate::node::Node;
use connection::Connection;
use incoming::{is_too_large, let_through, may_stream, receive};
pub use server::serve_on;

/// Headers of answers that pages of other origins may read.
pub const EXPOSED: [&str; 16] = [
    "accept-ranges",
    "allow",
    "content-disposition",
    "content-language",
    "content-range",
    "etag",
    "location",
    "retry-after",
    "idempotency-replayed",
    "ratelimit",
    "ratelimit-policy",
    "upload-complete",
    "upload-length",
    "upload-offset",
    "www-authenticate",
    "x-request-id",
];

/// Wraps the whole application.
pub async fn edge(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let node = request.app_data::<Data<Node>>().expect("the application is built with its node").clone();
    let trace = Trace::of(request.headers());
    let address = ClientAddress::of(&request, node.config.forwarded_header, &node.config.trusted_proxies);
    request.extensions_mut().insert(trace.clone());
    request.extensions_mut().insert(address);
    let connection = Connection::of(&request);
    // Only a connection that has just ended can bring another request: one that stood behind the body that ended it.
    let smuggled = connection.as_ref().is_some_and(|connection| connection.takes_no_more());
    let _serving = connection.as_ref().map(Connection::serve);
    let method = request.method().clone();
    if method == Method::HEAD {
        // Answered as GET; the connection leaves the body out, and the handler its effects.
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(HeadOnly);
    }
    let route = node.contract.routes.pattern(request.path()).unwrap_or("unknown").to_owned();
    let origin = allowed_origin(&node, request.headers());
    let patience = Duration::from_secs(node.config.request_patience_seconds);
    let streamed = (!smuggled && node.contract.routes.streams(method.as_str(), request.path()))
        .then(|| let_through(&mut request, patience))
        .flatten();
    let received = match &streamed {
        _ if smuggled => Err(Code::MALFORMED.into()),
        Some(_) => Ok(()),
        None => receive(&mut request, connection.as_deref(), patience).await,
    };
    if let Err(error) = received {
        let problem = error.problem();
        report(&node, problem.code.status(), &method, &route, &trace, started);
        match connection {
            // Whoever still sends a body that is too large must first come to its end, or the answer does not get through.
            Some(connection) if problem.code == Code::TOO_LARGE => connection.drain(),
            Some(connection) => connection.end(),
            None => {}
        }
        return Err(Last { problem, trace, origin, closing: true }.into());
    }

    // Asked here, since the routes would take `/things/1:act` for a thing whose id is "1:act".
    let methods = node.contract.routes.methods(request.path());
    let takes = methods.is_empty() || method == Method::OPTIONS || methods.contains(&method.as_str());
    let answer = async {
        if !takes {
            let refusal = unknown_address(request.request().clone()).await;
            return Ok(request.into_response(refusal));
        }
        // Whoever hangs up ends the answer, not the act: one of several transactions is never left halfway.
        match actix_web::rt::spawn(next.call(request)).await {
            Ok(response) => response.map(ServiceResponse::map_into_boxed_body),
            Err(ended) => resume_unwind(ended.into_panic()),
        }
    };
    let outcome = AssertUnwindSafe(answer).catch_unwind().await;
    // Whoever still sends what the operation did not want must first come to its end, or the answer does not get through.
    if let Some(connection) = connection.as_ref().filter(|_| streamed.is_some_and(|read| !read.get())) {
        connection.drain();
    }
    let ended = connection.is_some_and(|connection| connection.takes_no_more());
    let problem = match outcome {
        Ok(Ok(response)) => {
            let untraced = is_untraced(&response);
            if !untraced {
                log_refusal(&response, &trace, &route);
            }
            if let Some(kept) = refusal_to_keep(&node, &response, &trace) {
                keep_refusal(&node, kept).await;
            }
            let mut response = finish(response, &trace);
            let stopping = node.stopping.load(Ordering::Relaxed);
            if ended || stopping {
                response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
            }
            if stopping {
                node.last_answers.fetch_add(1, Ordering::Relaxed);
            }
            if !untraced {
                report(&node, response.status(), &method, &route, &trace, started);
            }
            return Ok(response);
        }
        Ok(Err(error)) => problem_of(&error.error_response()),
        Err(_) => Problem::new(Code::INTERNAL),
    };
    report(&node, problem.code.status(), &method, &route, &trace, started);
    Err(Last { problem, trace, origin, closing: ended }.into())
}

/// The caller's origin, where its pages may read the answers.
fn allowed_origin(node: &Node, headers: &HeaderMap) -> Option<HeaderValue> {
    headers
        .get(ORIGIN)
        .filter(|origin| node.config.cors_origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()))
        .cloned()
}

/// Whether neither log nor metrics tell of a request: of a fault of ours they do, by which nothing was kept.
fn is_untraced<B>(response: &ServiceResponse<B>) -> bool {
    let untraced = response.request().extensions().get::<Asked>().is_some_and(|asked| asked.untraced);
    untraced && !response.status().is_server_error()
}

fn report(node: &Node, status: StatusCode, method: &Method, route: &str, trace: &Trace, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    node.metrics.observe(method.as_str(), route, status.as_str(), seconds);
    tracing::info!(
        target: "huzheng::access",
        trace_id = %trace.id, %method, route, status = status.as_u16(), milliseconds = (seconds * 1e4).round() / 10.0,
    );
}

/// One line for whoever was turned away: what was asked, from where, and why. Nothing that the caller typed stands in it:
/// in the place of a name there may be a password. Of an account that is there it is told which one was named.
fn log_refusal<B>(response: &ServiceResponse<B>, trace: &Trace, route: &str) {
    let extensions = response.request().extensions();
    let asked = extensions.get::<Asked>();
    let problem = response.response().extensions().get::<Problem>().cloned();
    let bad_token = asked.and_then(|asked| asked.bad_token.as_deref());
    let Some(reason) = bad_token.or_else(|| problem.as_ref().and_then(turned_away)) else { return };
    tracing::warn!(
        target: "huzheng::refused",
        trace_id = %trace.id,
        operation = asked.map_or(route, |asked| asked.operation),
        actor = asked.map_or("anonymous", |asked| asked.actor.as_str()),
        named = asked.and_then(|asked| asked.named.as_deref()),
        address = extensions.get::<ClientAddress>().map(tracing::field::display),
        reason,
    );
}

/// Why somebody was not let in, who had something to show for it.
fn turned_away(problem: &Problem) -> Option<&'static str> {
    match problem.code {
        Code::INVALID_CREDENTIALS | Code::INVALID_CLIENT | Code::INVALID_GRANT | Code::LOGIN_LOCKED => {
            Some(problem.code.as_str())
        }
        code if four_eyes(code).is_some() => Some(code.as_str()),
        Code::UNAUTHENTICATED if problem.members.contains_key("error") => Some("the token's holder no longer stands"),
        code if code.status() == StatusCode::FORBIDDEN => Some(code.as_str()),
        _ => None,
    }
}

/// How the journal tells that one person was kept from playing two parts, or from acting in their own matter.
fn four_eyes(code: Code) -> Option<&'static str> {
    match code {
        Code::OWN_REQUEST => Some("own_request.refused"),
        Code::SAME_PERSON => Some("same_person.refused"),
        Code::HOLDER_REQUIRED => Some("holder_required.refused"),
        Code::ASKER_GONE => Some("asker_gone.refused"),
        _ => None,
    }
}

/// The line of the journal for whoever was kept apart: what they asked for, and of which record. Of one that is asked for over
/// and over the journal keeps the first in an hour.
fn refusal_to_keep<B>(node: &Node, response: &ServiceResponse<B>, trace: &Trace) -> Option<(Origin, Record)> {
    let action = four_eyes(response.response().extensions().get::<Problem>()?.code)?;
    let extensions = response.request().extensions();
    let (asked, address) = (extensions.get::<Asked>()?, extensions.get::<ClientAddress>()?);
    let path = response.request().path();
    let record = path.strip_prefix("/v1/").unwrap_or(path);
    let subject: String = record.split(':').next().unwrap_or(record).chars().take(LONGEST_SUBJECT).collect();
    if !node.limits.keeps_refusal(&asked.actor, &format!("{} {subject} {action}", asked.operation)) {
        return None;
    }
    let origin = Origin {
        operation: asked.operation,
        actor: asked.actor.clone(),
        client: asked.client.clone(),
        address: address.to_string(),
        trace_id: trace.id.clone(),
        at: node.clock.now(),
    };
    Some((origin, Record::read(action, subject, "")))
}

/// Characters of a line's subject.
const LONGEST_SUBJECT: usize = 200;

/// Writes that somebody was refused in a transaction of its own: what they tried is undone. The answer does not hang on it.
async fn keep_refusal(node: &Node, (origin, record): (Origin, Record)) {
    let kept = node.db.write(origin, Mode::Shared, move |tx| {
        tx.record(record.clone());
        Ok(())
    });
    if let Err(error) = kept.await {
        tracing::warn!(target: "huzheng::refused", %error, "a refusal is not in the audit log");
    }
}

/// Writes refusals as problem documents and adds the headers that every answer carries.
fn finish(mut response: ServiceResponse<BoxBody>, trace: &Trace) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let problem = response.response_mut().extensions_mut().remove::<Problem>();
    let mut limit = response.request().extensions().get::<Allowance>().cloned();
    if status.is_client_error() || status.is_server_error() {
        let ours = problem.is_some();
        let is_json = response.headers().get(CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"application/json"));
        if ours || !is_json {
            let problem = problem.unwrap_or_else(|| Problem::new(code_of(status)));
            limit = problem.limit.clone().or(limit);
            let headers = response.headers().clone();
            response = response.map_body(|head, _| {
                head.headers.clear();
                write_problem(&mut head.headers, &problem, trace)
            });
            // What another origin may read was decided before.
            for (name, value) in headers.iter().filter(|(name, _)| outlives_problem(name)) {
                response.headers_mut().append(name.clone(), value.clone());
            }
        }
    }
    if let Some(limit) = limit {
        write_allowance(&limit, response.headers_mut());
    }
    security_headers(response.headers_mut(), trace);
    response
}

fn outlives_problem(name: &HeaderName) -> bool {
    [ALLOW, VARY].contains(name) || name.as_str().starts_with("access-control-")
}

fn retry_after(problem: &Problem) -> Option<u64> {
    problem.members.get("retry_after").and_then(serde_json::Value::as_u64)
}

/// How long a content is of which a part was asked for that lies behind its end (RFC 9110 §15.5.17).
fn whole_size(problem: &Problem) -> Option<String> {
    problem.members.get("content_size").map(|size| format!("bytes */{size}"))
}

fn write_problem(headers: &mut HeaderMap, problem: &Problem, trace: &Trace) -> BoxBody {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(trace.language.tag()));
    headers.insert(VARY, HeaderValue::from(ACCEPT_LANGUAGE));
    if let Some(seconds) = retry_after(problem) {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(range) = whole_size(problem).and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(CONTENT_RANGE, range);
    }
    if let Some(version) = standing_version(problem).and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        headers.insert(ETAG, version);
    }
    if let Some(challenge) = challenge(problem).and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    let document = problem.document(trace.language, &trace.id);
    BoxBody::new(serde_json::to_vec(&document).expect("a problem document is plain data"))
}

/// The tag of the record as it stands, for a caller who named an older version of it.
fn standing_version(problem: &Problem) -> Option<String> {
    let version = problem.members.get("version").filter(|_| problem.code == Code::VERSION_MISMATCH)?;
    version.as_i64().map(|version| format!("\"v{version}\""))
}

/// What a refused caller is asked for (RFC 6750 §3, RFC 7617).
fn challenge(problem: &Problem) -> Option<String> {
    let member = |name: &str| problem.members.get(name).and_then(serde_json::Value::as_str);
    match problem.code {
        Code::INVALID_CLIENT => Some("Basic realm=\"huzheng\"".to_owned()),
        Code::INSUFFICIENT_SCOPE => {
            let scope = member("scope").unwrap_or_default();
            Some(format!("Bearer realm=\"huzheng\", error=\"insufficient_scope\", scope=\"{scope}\""))
        }
        code if code.status() == StatusCode::UNAUTHORIZED => {
            let error = member("error").map(|error| format!(", error=\"{error}\"")).unwrap_or_default();
            Some(format!("Bearer realm=\"huzheng\"{error}"))
        }
        _ => None,
    }
}

fn security_headers(headers: &mut HeaderMap, trace: &Trace) {
    let mut put = |name: &'static str, value: &'static str| {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    };
    put("x-content-type-options", "nosniff");
    put("referrer-policy", "no-referrer");
    put("x-frame-options", "DENY");
    put("cross-origin-resource-policy", "cross-origin");
    // Pages for people bring their own.
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        headers.insert(CONTENT_SECURITY_POLICY, nothing);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(id) = HeaderValue::from_str(&trace.request) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
}

fn problem_of(response: &HttpResponse) -> Problem {
    response.extensions().get::<Problem>().cloned().unwrap_or_else(|| Problem::new(code_of(response.status())))
}

/// The code for a status that the framework chose by itself.
fn code_of(status: StatusCode) -> Code {
    match status {
        StatusCode::NOT_FOUND => Code::NOT_FOUND,
        StatusCode::METHOD_NOT_ALLOWED => Code::METHOD_NOT_ALLOWED,
        StatusCode::NOT_ACCEPTABLE => Code::NOT_ACCEPTABLE,
        StatusCode::REQUEST_TIMEOUT => Code::REQUEST_TIMEOUT,
        StatusCode::PAYLOAD_TOO_LARGE => Code::TOO_LARGE,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UNSUPPORTED_MEDIA_TYPE,
        StatusCode::SERVICE_UNAVAILABLE => Code::STORE_UNAVAILABLE,
        status if status.is_client_error() => Code::MALFORMED,
        _ => Code::INTERNAL,
    }
}

/// The answer when no response is left to write on: after a panic or an error of the framework.
#[derive(Debug)]
struct Last {
    problem: Problem,
    trace: Trace,
    origin: Option<HeaderValue>,
    /// Nothing more is taken from the connection.
    closing: bool,
}

impl std::fmt::Display for Last {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.problem.code.as_str())
    }
}

impl ResponseError for Last {
    fn status_code(&self) -> StatusCode {
        self.problem.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status_code());
        if self.closing {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        let body = write_problem(response.headers_mut(), &self.problem, &self.trace);
        security_headers(response.headers_mut(), &self.trace);
        if let Some(origin) = &self.origin {
            response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            if let Ok(names) = HeaderValue::from_str(&EXPOSED.join(", ")) {
                response.headers_mut().insert(ACCESS_CONTROL_EXPOSE_HEADERS, names);
            }
            response.headers_mut().append(VARY, HeaderValue::from(ORIGIN));
        }
        response.set_body(body)
    }
}

/// Lets a caller send its body who asks first, unless it says that the body is too large.
fn invited(request: actix_http::Request) -> Result<actix_http::Request, actix_http::Response<BoxBody>> {
    if !is_too_large(request.headers()) || may_stream(request.headers()) {
        return Ok(request);
    }
    let problem = refusal(&PayloadError::Overflow).problem();
    let last = Last { problem, trace: Trace::of(request.headers()), origin: None, closing: true };
    Err(last.error_response().into())
}

/// Answers addresses that no route takes: 405 with `Allow` where another method would do, else 404.
pub async fn unknown_address(request: HttpRequest) -> HttpResponse {
    let node = request.app_data::<Data<Node>>().expect("the application is built with its node");
    let allowed = node.contract.routes.methods(request.path());
    if allowed.is_empty() {
        return Error::from(Code::NOT_FOUND).error_response();
    }
    let mut response = Error::from(Code::METHOD_NOT_ALLOWED).error_response();
    if let Ok(value) = HeaderValue::from_str(&allowed.join(", ")) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}
