//! What an operation's shape and its line of the policy imply: security, parameters, refusals, headers.

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder, SecurityRequirement};

use super::{parameters, problems};
use crate::auth::policy::Line;
use crate::error::Code;

const PROBLEM: &str = "application/problem+json";

/// Adds it all to one operation.
pub(super) fn add(operation: &mut Operation, method: &str, line: &Line, has_path_parameter: bool, codes: &[Code]) {
    operation.security = Some(if line.is_public() {
        Vec::new()
    } else {
        // Scopes belong to the OAuth 2.0 scheme; a bearer token is held to the same ones.
        vec![SecurityRequirement::new("bearer", [""; 0]), SecurityRequirement::new("oauth2", [line.scope])]
    });
    let acts = method == "POST" && !line.anew;
    let shape = Shape {
        public: line.is_public(),
        needs_key: line.needs_key,
        takes_key: acts,
        has_body: operation.request_body.is_some(),
        has_path_parameter,
        needs_version: has_parameter(operation, "If-Match"),
        pages: has_parameter(operation, "cursor"),
        acts,
        // Supervisors and scrapers get what is true of one moment only.
        keeps: method == "GET" && !line.uncounted,
    };
    if line.anew {
        let description = operation.description.get_or_insert_default();
        description.push_str("\n\nSent again it is answered anew: it takes no `Idempotency-Key`.");
    }
    let parameters = operation.parameters.get_or_insert_default();
    parameters.push(parameters::language().into());
    if shape.keeps {
        parameters.push(parameters::if_none_match().into());
    }
    if shape.takes_key {
        parameters.push(parameters::idempotency_key(shape.needs_key).into());
    }
    let refusals = shape.refusals();
    for (status, description) in &refusals {
        operation.responses.responses.entry((*status).to_owned()).or_insert_with(|| described(description));
    }
    if shape.keeps {
        let mut unchanged = ResponseBuilder::new()
            .description("Nothing has changed since the answer whose `ETag` stood in `If-None-Match`.")
            .build();
        if let Some(RefOr::T(whole)) = operation.responses.responses.get("200") {
            unchanged.headers = whole.headers.clone();
        }
        operation.responses.responses.insert("304".to_owned(), unchanged.into());
    }
    name_problems(operation, &refusals, codes);
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        for (name, component) in shape.headers(status, response.headers.contains_key("ETag")) {
            let reference = Ref::new(format!("#/components/headers/{component}"));
            response.headers.insert(name.to_owned(), RefOr::Ref(reference));
        }
    }
}

fn has_parameter(operation: &Operation, name: &str) -> bool {
    operation.parameters.iter().flatten().any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == name))
}

/// What decides how an operation can refuse.
struct Shape {
    public: bool,
    needs_key: bool,
    takes_key: bool,
    has_body: bool,
    has_path_parameter: bool,
    needs_version: bool,
    pages: bool,
    acts: bool,
    /// Whether callers may keep its answer and ask whether it still stands.
    keeps: bool,
}

impl Shape {
    /// Refusals by status, described; every code stands in back-quotes.
    fn refusals(&self) -> Vec<(&'static str, &'static str)> {
        let mut refusals = vec![match self.pages {
            true => (
                "400",
                "The request cannot be read, or a query parameter is wrong: `malformed`, `invalid_parameter`, `invalid_cursor`.",
            ),
            false => ("400", "The request cannot be read, or a query parameter is wrong: `malformed`, `invalid_parameter`."),
        }];
        if !self.public {
            refusals.extend([
                ("401", "No valid access token: `unauthenticated`."),
                (
                    "403",
                    "The role may not, or the scope is missing: `forbidden`, `insufficient_scope`, `password_change_required`.",
                ),
            ]);
        }
        if self.has_path_parameter {
            refusals.push(("404", "Nothing is there for the caller: `not_found`."));
        }
        if self.needs_version {
            refusals.push((
                "412",
                "The record has changed since it was read: `version_mismatch`; the `ETag` and `version` tell the version that stands.",
            ));
        }
        if self.needs_version || self.needs_key {
            refusals.push(("428", "`If-Match` or `Idempotency-Key` is missing: `precondition_required`."));
        }
        if self.has_body {
            refusals.extend([
                ("408", "The body came too slowly: `request_timeout`; the connection is closed."),
                ("413", "The body is larger than 64 KiB: `too_large`."),
                ("415", "The body is of another content type: `unsupported_media_type`."),
            ]);
        }
        match (self.has_body, self.acts) {
            (true, true) => refusals.push((
                "422",
                "A field breaks a rule: `invalid`; or the key was used for another request: `idempotency_mismatch`.",
            )),
            (true, false) => refusals.push(("422", "A field breaks a rule: `invalid`.")),
            (false, true) => refusals.push(("422", "The key was used for another request: `idempotency_mismatch`.")),
            (false, false) => {}
        }
        refusals.extend([
            ("429", "Too many requests: `rate_limited`; see `Retry-After`."),
            ("500", "A fault of ours: `internal`; quote the `trace_id`."),
            ("503", "The store takes no requests right now: `overloaded`, `store_unavailable`; see `Retry-After`."),
        ]);
        refusals
    }

    /// Headers of the answers of a status, with their names among the components; `tagged` where the handler itself says
    /// that the answer is a record.
    fn headers(&self, status: &str, tagged: bool) -> Vec<(&'static str, &'static str)> {
        let mut headers = vec![("RateLimit", "RateLimit"), ("RateLimit-Policy", "RateLimitPolicy")];
        match status {
            "200" | "206" | "304" if self.keeps => headers.push(("ETag", "ETag")),
            "200" if self.needs_version || tagged => headers.push(("ETag", "NewETag")),
            "201" => headers.extend([("ETag", "CreatedETag"), ("Location", "Location")]),
            "412" => headers.push(("ETag", "StandingETag")),
            "401" => headers.push(("WWW-Authenticate", "WWWAuthenticate")),
            "403" => headers.push(("WWW-Authenticate", "ScopeChallenge")),
            "429" | "503" => headers.push(("Retry-After", "RetryAfter")),
            _ => {}
        }
        match status.as_bytes() {
            [b'2', ..] if self.takes_key => headers.push(("Idempotency-Replayed", "IdempotencyReplayed")),
            [b'4' | b'5', ..] => headers.extend([("Content-Language", "ContentLanguage"), ("Vary", "Vary")]),
            _ => {}
        }
        headers
    }
}

fn described(description: &str) -> RefOr<Response> {
    ResponseBuilder::new().description(description).build().into()
}

/// Gives every refusal its problem documents: those that its own description names, and those that the shape implies.
fn name_problems(operation: &mut Operation, implied: &[(&str, &str)], codes: &[Code]) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if !status.starts_with(['4', '5']) || !response.content.is_empty() {
            continue;
        }
        let implied = implied.iter().find(|(implied, _)| implied == status).map_or("", |(_, description)| description);
        let named = problems::named_in(codes, &[&response.description, implied], status);
        response.content.insert(PROBLEM.to_owned(), problems::content(&named).into());
    }
}

/// The headers that answers share, by the names that they have among the components. Those whose description begins with
/// "Only" are not on every answer.
pub(super) fn headers() -> Vec<(&'static str, Header)> {
    let of = |kind: Type, minimum: Option<i32>, description: &str| {
        let schema = ObjectBuilder::new().schema_type(kind).minimum(minimum);
        HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build()
    };
    let text = |description| of(Type::String, None, description);
    let seconds = "Seconds until a retry makes sense.";
    vec![
        ("ContentLanguage", text("Language of the problem: `zh-TW` or `en`.")),
        ("CreatedETag", text("Version of what was made, or of the record that `If-Match` named, for `If-Match`.")),
        ("ETag", text("Version of the record, for `If-Match`, and of what is shown of it now, for `If-None-Match`.")),
        ("IdempotencyReplayed", text("Only on an answer that is given again to the same request with the same key: `true`.")),
        ("Location", text("Address of the new resource.")),
        ("NewETag", text("The record's new version, for `If-Match`.")),
        (
            "RateLimit",
            text(
                "Only where requests are counted: what is left of the allowance and the seconds until it is renewed: `\"default\";r=599;t=1`.",
            ),
        ),
        (
            "RateLimitPolicy",
            text(
                "Only where requests are counted: the allowance and the seconds for which it is given: `\"default\";q=600;w=60`.",
            ),
        ),
        ("RetryAfter", of(Type::Integer, Some(1), seconds)),
        ("ScopeChallenge", text("Only with `insufficient_scope`: the scope that the token lacks (RFC 6750).")),
        (
            "StandingETag",
            text("Only where the record stands still: its version now, for `If-Match`, once its changes have been read."),
        ),
        ("Vary", text("`accept-language`: the problem is written in the caller's language.")),
        ("WWWAuthenticate", text("What the caller is asked for (RFC 6750, RFC 7617).")),
    ]
}
