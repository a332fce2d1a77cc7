//! Whether a member may be missing or null. What clients send as JSON may be left out or null, which says the same; what they
//! receive is always there, null where there is nothing, unless its type says `nullable = false`: then it may be missing. What
//! goes both ways may be left out or null as well, and is left out where it is received. A form knows no null. In the body of a
//! PATCH alone null and a missing member say two things: what is missing stays, null clears what may be empty.

use std::collections::BTreeSet;

use serde_json::Value;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ArrayItems, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr};

use super::operations;

/// Says it for every member of every schema.
pub(super) fn say_presence(api: &mut OpenApi) {
    let body = |operation: &Operation| serde_json::to_value(&operation.request_body).expect("the contract is plain data");
    let sent = named(api, body);
    let forms = named(api, |operation| body(operation)["content"]["application/x-www-form-urlencoded"].take());
    let patches = patches(api);
    let Some(components) = &mut api.components else { return };
    for (name, schema) in components.schemas.iter_mut().filter(|(name, _)| !patches.contains(*name)) {
        let way = match sent.contains(name) {
            true if forms.contains(name) => Way::Form,
            true => Way::Sent,
            false => Way::Received,
        };
        say_in(schema, way);
    }
}

/// Which way a schema goes.
#[derive(Clone, Copy)]
enum Way {
    /// As JSON, whether or not it is received too.
    Sent,
    /// In a form, which knows no null.
    Form,
    Received,
}

/// Names of the schemas that stand in a part of any operation.
fn named(api: &mut OpenApi, part: impl Fn(&Operation) -> Value) -> BTreeSet<String> {
    let mut names = Vec::new();
    for item in api.paths.paths.values_mut() {
        for (_, operation) in operations(item) {
            collect(&part(operation), &mut names);
        }
    }
    let schemas = api.components.as_ref().map(|components| &components.schemas);
    let mut sent = BTreeSet::new();
    while let Some(name) = names.pop() {
        if let Some(schema) = schemas.and_then(|schemas| schemas.get(&name))
            && sent.insert(name)
        {
            collect(&serde_json::to_value(schema).expect("the contract is plain data"), &mut names);
        }
    }
    sent
}

/// Names of the schemas that are bodies of a PATCH.
fn patches(api: &OpenApi) -> BTreeSet<String> {
    let mut names = Vec::new();
    for operation in api.paths.paths.values().filter_map(|item| item.patch.as_ref()) {
        collect(&serde_json::to_value(&operation.request_body).expect("the contract is plain data"), &mut names);
    }
    names.into_iter().collect()
}

/// Adds the names of the schemas to which anything within refers.
fn collect(within: &Value, names: &mut Vec<String>) {
    match within {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            names.extend(reference.and_then(|reference| reference.strip_prefix("#/components/schemas/")).map(ToOwned::to_owned));
            members.values().for_each(|member| collect(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        _ => {}
    }
}

fn say_in(schema: &mut RefOr<Schema>, way: Way) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => say_of_object(object, way),
        Schema::Array(list) => {
            if let ArrayItems::RefOrSchema(items) = &mut list.items {
                say_in(items, way);
            }
        }
        Schema::OneOf(choice) => choice.items.iter_mut().for_each(|item| say_in(item, way)),
        Schema::AllOf(parts) => parts.items.iter_mut().for_each(|item| say_in(item, way)),
        Schema::AnyOf(choice) => choice.items.iter_mut().for_each(|item| say_in(item, way)),
        _ => {}
    }
}

fn say_of_object(object: &mut Object, way: Way) {
    let mut required = Vec::new();
    for (name, member) in &mut object.properties {
        say_in(member, way);
        let mut is_required = object.required.contains(name);
        match way {
            Way::Sent if !is_required => allow_null(member),
            Way::Form if !is_required && is_nullable(member) => forbid_null(member),
            Way::Received if !is_required && is_nullable(member) => is_required = true,
            _ => {}
        }
        if is_required {
            required.push(name.clone());
        }
    }
    object.required = required;
}

fn is_nullable(schema: &RefOr<Schema>) -> bool {
    let has_null = |kind: &SchemaType| matches!(kind, SchemaType::Array(kinds) if kinds.contains(&Type::Null));
    match schema {
        RefOr::T(Schema::Object(object)) => has_null(&object.schema_type),
        RefOr::T(Schema::Array(list)) => has_null(&list.schema_type),
        RefOr::T(Schema::OneOf(choice)) => choice.items.iter().any(is_null),
        _ => false,
    }
}

/// Whether a choice is that of null alone.
fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

/// Says that a member may be null: of a plain type among its types, else as a choice.
fn allow_null(schema: &mut RefOr<Schema>) {
    if is_nullable(schema) || is_any(schema) {
        return;
    }
    let with_null = |kind: &mut SchemaType| match kind {
        SchemaType::Type(only) => *kind = SchemaType::Array(vec![only.clone(), Type::Null]),
        SchemaType::Array(kinds) => kinds.push(Type::Null),
        SchemaType::AnyValue => {}
    };
    match schema {
        RefOr::T(Schema::Object(object)) if object.enum_values.is_none() => with_null(&mut object.schema_type),
        RefOr::T(Schema::Array(list)) => with_null(&mut list.schema_type),
        RefOr::T(Schema::OneOf(choice)) if choice.discriminator.is_none() => choice.items.push(null()),
        other => {
            let known = std::mem::replace(other, null());
            let mut choice = OneOfBuilder::new().item(null()).build();
            choice.items.push(known);
            *other = RefOr::T(Schema::OneOf(choice));
        }
    }
}

/// Null alone.
fn null() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Null).build().into()
}

/// Whether a member may be any value.
fn is_any(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::AnyValue)
}

fn forbid_null(schema: &mut RefOr<Schema>) {
    let without_null = |kind: &mut SchemaType| {
        if let SchemaType::Array(kinds) = kind {
            kinds.retain(|kind| *kind != Type::Null);
            if let [only] = kinds.as_slice() {
                *kind = SchemaType::Type(only.clone());
            }
        }
    };
    match schema {
        RefOr::T(Schema::Object(object)) => without_null(&mut object.schema_type),
        RefOr::T(Schema::Array(list)) => without_null(&mut list.schema_type),
        RefOr::T(Schema::OneOf(choice)) => {
            choice.items.retain(|item| !is_null(item));
            if choice.items.len() == 1
                && let Some(mut only) = choice.items.pop()
            {
                if let RefOr::Ref(reference) = &mut only
                    && let Some(description) = choice.description.take()
                {
                    reference.description = description;
                }
                *schema = only;
            }
        }
        _ => {}
    }
}
