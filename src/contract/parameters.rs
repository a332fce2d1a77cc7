//! Parameters that many operations share. Conditional headers and keys carry no example: one sent as it stands would
//! break the call.

use serde_json::json;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, Required};

fn header(name: &str, required: Required, description: &str, schema: Object) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(description))
        .schema(Some(schema))
}

fn text(min: usize, max: usize) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(min)).max_length(Some(max))
}

pub(super) fn language() -> Parameter {
    let values = ObjectBuilder::new().schema_type(Type::String).max_length(Some(200)).default(Some(json!("zh-TW"))).build();
    let description = "Language of problem documents: `zh-TW` or `en`.";
    header("Accept-Language", Required::False, description, values).example(Some(json!("zh-TW"))).build()
}

pub(super) fn if_none_match() -> Parameter {
    let tag = ObjectBuilder::new().schema_type(Type::String).max_length(Some(1000)).build();
    let description = "`ETag` of an answer that the caller has kept: 304 when it still stands.";
    header("If-None-Match", Required::False, description, tag).build()
}

pub(super) fn idempotency_key(required: bool) -> Parameter {
    let description = "A key of the caller's choice, new for each request. The same request sent again with it within 24 hours has one effect and gets the same answer, marked `Idempotency-Replayed: true`.";
    let required = if required { Required::True } else { Required::False };
    header("Idempotency-Key", required, description, text(1, 200).pattern(Some("^[!-~]+$")).build()).build()
}

/// `If-Match`, for handlers that take it.
pub struct IfMatchHeader;

impl utoipa::IntoParams for IfMatchHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description =
            "`ETag` of the record as the caller read it. `*` stands for any version and overwrites whatever came in between.";
        vec![header("If-Match", Required::True, description, text(1, 100).build()).build()]
    }
}

/// `id` in the path, for handlers that take a `PathId`.
pub struct IdInPath;

impl utoipa::IntoParams for IdInPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Uuid);
        let id = ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build();
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
