//! Schemas and bodies put right after the handlers have told theirs.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::openapi::schema::{ArrayItems, Object, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{Content, KnownFormat, OpenApi, Ref, RefOr, Required};

use super::operations;
use crate::domain::Domains;
use crate::states::Table;

/// Every name that `allowed_actions` of a refusal may hold, whatever the record.
pub(super) fn allowed_action(domains: Domains) -> RefOr<Schema> {
    let names: BTreeSet<&str> = domains.acts().flat_map(Table::actions).collect();
    let described = "What may be done with a record; the record's own schema lists what its kind knows.";
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).description(Some(described)).into()
}

/// The schema that a reference names.
fn named<'s>(schemas: &'s BTreeMap<String, RefOr<Schema>>, reference: &Ref) -> Option<&'s RefOr<Schema>> {
    schemas.get(reference.ref_location.rsplit('/').next()?)
}

/// Says that a body of which no member is required may be left out.
pub(super) fn free_bodies(api: &mut OpenApi) {
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
pub(super) fn refer_to_items<'s>(schemas: impl IntoIterator<Item = (&'s String, &'s mut RefOr<Schema>)>) {
    for (name, schema) in schemas {
        let Some(item) = name.strip_prefix("Page_") else { continue };
        if let RefOr::T(Schema::Object(page)) = schema
            && let Some(RefOr::T(Schema::Array(list))) = page.properties.get_mut("items")
        {
            list.items = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(item).into()));
        }
    }
}

/// Lets every page refer to one cursor and one total.
pub(super) fn share_pages(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let mut shared = BTreeMap::new();
    for schema in schemas.values_mut() {
        let RefOr::T(Schema::Object(page)) = schema else { continue };
        if !page.properties.contains_key("items") || !page.properties.contains_key("next") {
            continue;
        }
        for (member, name) in [("next", "NextCursor"), ("total", "Total")] {
            let Some(property) = page.properties.get_mut(member) else { continue };
            let own = std::mem::replace(property, Ref::from_schema_name(name).into());
            shared.entry(name.to_owned()).or_insert(own);
        }
    }
    schemas.append(&mut shared);
}

/// Writes flattened members out: beside a closed schema, `allOf` would admit nothing.
pub(super) fn write_out_flattened(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let known = schemas.clone();
    for schema in schemas.values_mut() {
        let RefOr::T(Schema::AllOf(parts)) = schema else { continue };
        let mut whole = Object::new();
        (whole.description, whole.example) = (parts.description.clone(), parts.example.clone());
        parts.items.iter().for_each(|part| take_members(&mut whole, part, &known));
        *schema = whole.into();
    }
}

/// Adds the members of a part, which may be flattened itself.
fn take_members(whole: &mut Object, part: &RefOr<Schema>, known: &BTreeMap<String, RefOr<Schema>>) {
    match part {
        RefOr::Ref(part) => {
            if let Some(part) = named(known, part) {
                take_members(whole, part, known);
            }
        }
        RefOr::T(Schema::Object(part)) => {
            whole.properties.extend(part.properties.clone());
            whole.required.extend(part.required.clone());
        }
        RefOr::T(Schema::AllOf(parts)) => parts.items.iter().for_each(|part| take_members(whole, part, known)),
        RefOr::T(_) => {}
    }
}

/// Says of every answer that is no JSON that it is a file: text as it stands, or bytes.
pub(super) fn files(api: &mut OpenApi) {
    for item in api.paths.paths.values_mut() {
        for (_, operation) in operations(item) {
            for response in operation.responses.responses.values_mut() {
                let RefOr::T(response) = response else { continue };
                for (media_type, content) in &mut response.content {
                    let RefOr::T(content) = content else { continue };
                    if !media_type.ends_with("json") {
                        content.schema = Some(file(media_type).into());
                        // The text of a binary file would be no file.
                        content.example = content.example.take().filter(|_| media_type.starts_with("text/"));
                    }
                }
            }
        }
    }
}

fn file(media_type: &str) -> Object {
    let file = ObjectBuilder::new().schema_type(Type::String);
    if media_type.starts_with("text/") {
        return file.build();
    }
    let bytes = SchemaFormat::KnownFormat(KnownFormat::Binary);
    file.format(Some(bytes)).content_media_type(media_type).build()
}
