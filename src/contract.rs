//! The contract: what the handlers say of themselves, plus what holds for every operation.
//! Security, preconditions, retries and refusals follow from the policy and from the operation's shape.

use std::collections::BTreeMap;

use serde_json::json;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ArrayItems, Object, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder, SecurityRequirement};
use utoipa::{OpenApi as _, ToSchema};

use crate::auth::policy::{Line, TABLE};
use crate::error::ProblemDocument;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Huzheng 戶政",
        description = include_str!("contract.md"),
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        contact(name = "Hemei Household Registration Office 彰化縣和美戶政事務所")
    ),
    servers((url = "http://127.0.0.1:8080", description = "The office on this machine")),
    components(schemas(ProblemDocument, crate::consultations::ConsultationAnswers, crate::exchange::LedgerState)),
    tags(
        (name = "Office", description = "The office itself: its names, services, health and the meaning of its problems."),
        (name = "Identity", description = "Log-in, tokens, accounts, integration clients and letters of proxy."),
        (name = "Calendar", description = "Office days, closures and periods of law, in Asia/Taipei."),
        (name = "Booking", description = "Slots, holds, bookings and the waiting list: one engine for everything booked."),
        (name = "Legal consultation", description = "Legal advice by video, Monday, Wednesday and Friday 09:00–11:30, and referrals to the town office."),
        (name = "Cases", description = "Registrations, cards and certificates: types as data, intake, one-time notices, review, corrections, queues."),
        (name = "Certificates", description = "Transcripts, household and seal certificates: application, issue, serial, proof that one is genuine."),
        (name = "Quality", description = "Spot checks, the two record books, the error ledger."),
        (name = "Notification of other agencies", description = "Telling tax, land, motor vehicle, health insurance and other agencies, on a person's consent (跨機關通報)."),
        (name = "Audit", description = "Who did or read what, when, from where and why; append-only and hash-chained."),
    )
)]
struct Frame;

/// Operations that refuse a request without an Idempotency-Key.
const RETRY_REQUIRED: [&str; 8] = [
    "create_hold",
    "create_booking",
    "reschedule_booking",
    "join_waitlist",
    "create_referral",
    "create_case",
    "create_certificate",
    "create_agency_notice",
];

/// The frame into which the router collects the handlers.
pub fn frame() -> OpenApi {
    let mut api = Frame::openapi();
    let components = api.components.get_or_insert_default();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("Access token from POST /v1/auth/login: RFC 9068, ES256, at most 15 minutes."))
        .build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let scopes: Scopes = Scopes::from_iter(scopes_in_words());
    let flow = Flow::ClientCredentials(ClientCredentials::new("/v1/oauth/token", scopes));
    components.add_security_scheme("client", SecurityScheme::OAuth2(OAuth2::new([flow])));
    api
}

fn scopes_in_words() -> Vec<(String, String)> {
    let mut scopes: Vec<&str> = TABLE.iter().map(|line| line.scope).filter(|scope| !scope.is_empty()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    let word = |scope: &str| {
        let (what, how) = scope.split_once('.').unwrap_or((scope, ""));
        let how = match how {
            "read" => "Read",
            "approve" => "Approve",
            _ => "Create and change",
        };
        format!("{how}: {what}")
    };
    scopes.into_iter().map(|scope| (scope.to_owned(), word(scope))).collect()
}

/// Adds to every operation what its shape and the policy imply.
pub fn complete(mut api: OpenApi) -> OpenApi {
    for (path, item) in &mut api.paths.paths {
        let has_path_parameter = path.contains('{');
        for (method, operation) in operations(item) {
            let id = operation.operation_id.clone().unwrap_or_default();
            let line = TABLE.iter().find(|line| line.operation == id);
            let line = line.unwrap_or_else(|| panic!("{id} is in no line of the policy"));
            complete_one(operation, method, line, has_path_parameter);
        }
    }
    if let Some(components) = &mut api.components {
        write_out_flattened(&mut components.schemas);
        refer_to_items(&mut components.schemas);
    }
    free_bodies(&mut api);
    let text = serde_json::to_string(&api).expect("the contract is plain data");
    if let Some(components) = &mut api.components {
        components.schemas.retain(|name, _| text.contains(&format!("\"#/components/schemas/{name}\"")));
    }
    api
}

/// The schema that a reference names.
fn named<'s>(schemas: &'s BTreeMap<String, RefOr<Schema>>, reference: &Ref) -> Option<&'s RefOr<Schema>> {
    schemas.get(reference.ref_location.rsplit('/').next()?)
}

/// Says that a body of which no member is required may be left out.
fn free_bodies(api: &mut OpenApi) {
    let schemas = api.components.as_ref().map(|components| &components.schemas);
    let is_free = |schema: &RefOr<Schema>| {
        let RefOr::Ref(schema) = schema else { return false };
        let named = schemas.and_then(|schemas| named(schemas, schema));
        matches!(named, Some(RefOr::T(Schema::Object(object))) if object.required.is_empty() && !object.properties.is_empty())
    };
    for item in api.paths.paths.values_mut() {
        for (_, operation) in operations(item) {
            let Some(RefOr::T(body)) = &mut operation.request_body else { continue };
            let free =
                |content: &RefOr<Content>| matches!(content, RefOr::T(content) if content.schema.as_ref().is_some_and(is_free));
            if body.content.values().all(free) {
                body.required = Some(Required::False);
            }
        }
    }
}

/// Lets `Page_X` refer to `X`, so that generated clients know the two for the same.
fn refer_to_items<'s>(schemas: impl IntoIterator<Item = (&'s String, &'s mut RefOr<Schema>)>) {
    for (name, schema) in schemas {
        let Some(item) = name.strip_prefix("Page_") else { continue };
        if let RefOr::T(Schema::Object(page)) = schema
            && let Some(RefOr::T(Schema::Array(list))) = page.properties.get_mut("items")
        {
            list.items = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(item).into()));
        }
    }
}

/// Writes flattened members out: beside a closed schema, `allOf` would admit nothing.
fn write_out_flattened(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let known = schemas.clone();
    for schema in schemas.values_mut() {
        let RefOr::T(Schema::AllOf(parts)) = schema else { continue };
        let mut whole = Object::new();
        (whole.description, whole.example) = (parts.description.clone(), parts.example.clone());
        for part in &parts.items {
            let part = match part {
                RefOr::Ref(part) => named(&known, part),
                part => Some(part),
            };
            if let Some(RefOr::T(Schema::Object(part))) = part {
                whole.properties.extend(part.properties.clone());
                whole.required.extend(part.required.clone());
            }
        }
        *schema = whole.into();
    }
}

/// The operations of one address with their methods.
pub fn operations(item: &mut PathItem) -> Vec<(&'static str, &mut Operation)> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    [("GET", get), ("POST", post), ("PUT", put), ("PATCH", patch), ("DELETE", delete)]
        .into_iter()
        .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
        .collect()
}

fn complete_one(operation: &mut Operation, method: &str, line: &Line, has_path_parameter: bool) {
    operation.security = Some(if line.is_public() {
        Vec::new()
    } else {
        vec![SecurityRequirement::new("bearer", [line.scope]), SecurityRequirement::new("client", [line.scope])]
    });
    let has_body = operation.request_body.is_some();
    let parameters = operation.parameters.get_or_insert_default();
    parameters.push(language().into());
    if method == "GET" {
        parameters.push(if_none_match().into());
    }
    if method == "POST" && line.operation != "issue_client_token" {
        parameters.push(idempotency_key(RETRY_REQUIRED.contains(&line.operation)).into());
    }
    let needs_version = parameters.iter().any(|p| matches!(p, RefOr::T(p) if p.name == "If-Match"));
    let mut refusals = vec![(
        "400",
        "The request cannot be read, or a query parameter is wrong: `malformed`, `invalid_parameter`, `invalid_cursor`.",
    )];
    if line.is_public() {
        refusals.push(("503", "The store takes no requests right now: `overloaded`, `store_unavailable`; see `Retry-After`."));
    } else {
        refusals.extend([
            ("401", "No valid access token: `unauthenticated`."),
            ("403", "The role may not, or the scope is missing: `forbidden`, `insufficient_scope`, `password_change_required`."),
            ("503", "The store takes no requests right now: `overloaded`, `store_unavailable`; see `Retry-After`."),
        ]);
    }
    if has_path_parameter {
        refusals.push(("404", "Nothing is there for the caller: `not_found`."));
    }
    if needs_version {
        refusals.push(("412", "The record has changed since it was read: `version_mismatch`."));
    }
    if needs_version || RETRY_REQUIRED.contains(&line.operation) {
        refusals.push(("428", "`If-Match` or `Idempotency-Key` is missing: `precondition_required`."));
    }
    if has_body {
        refusals.extend([
            ("408", "The body came too slowly: `request_timeout`; the connection is closed."),
            ("413", "The body is larger than 64 KiB: `too_large`."),
            ("415", "The body is of another content type: `unsupported_media_type`."),
            ("422", "A field breaks a rule: `invalid`; or the key was used for another request: `idempotency_mismatch`."),
        ]);
    } else if method == "POST" {
        refusals.push(("422", "The key was used for another request: `idempotency_mismatch`."));
    }
    refusals.extend([
        ("429", "Too many requests: `rate_limited`; see `Retry-After`."),
        ("500", "A fault of ours: `internal`; quote the `trace_id`."),
    ]);
    for (status, description) in refusals {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| refusal(description));
    }
    if method == "GET" {
        let unchanged = "Nothing has changed since the answer whose `ETag` stood in `If-None-Match`.";
        operation.responses.responses.insert("304".to_owned(), refusal(unchanged));
    }
    describe_refusals(operation);
    add_headers(operation, method, needs_version);
}

/// Refusals that a handler names itself get the problem document as their content.
fn describe_refusals(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let refused = status.starts_with('4') || status.starts_with('5');
        if let RefOr::T(response) = response
            && refused
            && response.content.is_empty()
        {
            response.content.insert("application/problem+json".to_owned(), problem_content().into());
        }
    }
}

fn refusal(description: &str) -> RefOr<Response> {
    ResponseBuilder::new().description(description).build().into()
}

fn problem_content() -> Content {
    Content::new(Some(Ref::from_schema_name(ProblemDocument::name())))
}

fn add_headers(operation: &mut Operation, method: &str, versioned: bool) {
    let text = |description: &str| {
        HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).description(Some(description)).build()
    };
    let seconds = || {
        let whole = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
        HeaderBuilder::new().schema(Some(whole)).description(Some("Seconds until a retry makes sense.")).build()
    };
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        match status.as_str() {
            "200" | "304" if method == "GET" => {
                response
                    .headers
                    .insert("ETag".to_owned(), text("Version of the answer, for `If-None-Match` and `If-Match`.").into());
            }
            "200" if versioned => {
                response.headers.insert("ETag".to_owned(), text("The record's new version, for `If-Match`.").into());
            }
            "201" => {
                response
                    .headers
                    .insert("ETag".to_owned(), text("The record's version, where it has one, for `If-Match`.").into());
                response.headers.insert("Location".to_owned(), text("Address of the new resource.").into());
            }
            "429" | "503" => {
                response.headers.insert("Retry-After".to_owned(), seconds().into());
            }
            _ => {}
        }
    }
}

fn language() -> Parameter {
    let values = ObjectBuilder::new().schema_type(Type::String).max_length(Some(200)).default(Some(json!("zh-TW"))).build();
    ParameterBuilder::new()
        .name("Accept-Language")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("Language of problem documents: `zh-TW` or `en`."))
        .schema(Some(values))
        .example(Some(json!("zh-TW")))
        .build()
}

fn if_none_match() -> Parameter {
    let tag = ObjectBuilder::new().schema_type(Type::String).max_length(Some(1000)).build();
    ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("`ETag` of an answer that the caller has kept: 304 when it still stands."))
        .schema(Some(tag))
        .example(Some(json!("\"v1\"")))
        .build()
}

fn idempotency_key(required: bool) -> Parameter {
    let key = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(200))
        .pattern(Some("^[!-~]+$"))
        .build();
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(if required { Required::True } else { Required::False })
        .description(Some(
            "A key of the caller's choice, new for each request. The same request sent again with it within 24 hours has one effect and gets the same answer, marked `Idempotency-Replayed: true`.",
        ))
        .schema(Some(key))
        .example(Some(json!("5f1d3c1e-1df4-4a35-8b05-3d5bb0d5a2f1")))
        .build()
}

/// `If-Match`, for handlers that take it.
pub struct IfMatchHeader;

impl utoipa::IntoParams for IfMatchHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![if_match(Required::True, "`ETag` of the record as the caller read it.")]
    }
}

/// `If-Match`, for handlers that check it only where it is sent.
pub struct IfMatchIfSent;

impl utoipa::IntoParams for IfMatchIfSent {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![if_match(Required::False, "`ETag` of the record as the caller read it; checked where it is sent.")]
    }
}

fn if_match(required: Required, description: &str) -> Parameter {
    let tag = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(100)).build();
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(description))
        .schema(Some(tag))
        .example(Some(json!("\"v1\"")))
        .build()
}

/// `id` in the path, for handlers that take a `PathId`.
pub struct IdInPath;

impl utoipa::IntoParams for IdInPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let id = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Uuid)))
            .build();
        vec![
            ParameterBuilder::new()
                .name("id")
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .description(Some("Id of the resource."))
                .schema(Some(id))
                .example(Some(json!("019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f")))
                .build(),
        ]
    }
}
