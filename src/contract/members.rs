//! Whether a member may be missing or null, never both: what clients send may be left out and is never null; what they
//! receive is always there, null where there is nothing, unless its type says `nullable = false`: then it may be missing.
//! In the body of a PATCH alone both say something: what is missing stays, null clears what may be empty.

use std::collections::BTreeSet;

use serde_json::Value;
use utoipa::openapi::schema::{ArrayItems, Object, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr};

use super::operations;

/// Says it for every member of every schema.
pub(super) fn say_presence(api: &mut OpenApi) {
    let (sent, patches) = (sent(api), patches(api));
    let Some(components) = &mut api.components else { return };
    for (name, schema) in components.schemas.iter_mut().filter(|(name, _)| !patches.contains(*name)) {
        say_in(schema, sent.contains(name));
    }
}

/// Names of the schemas that stand in bodies of requests.
fn sent(api: &mut OpenApi) -> BTreeSet<String> {
    let mut names = Vec::new();
    for item in api.paths.paths.values_mut() {
        for (_, operation) in operations(item) {
            collect(&serde_json::to_value(&operation.request_body).expect("the contract is plain data"), &mut names);
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

fn say_in(schema: &mut RefOr<Schema>, is_sent: bool) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => say_of_object(object, is_sent),
        Schema::Array(list) => {
            if let ArrayItems::RefOrSchema(items) = &mut list.items {
                say_in(items, is_sent);
            }
        }
        Schema::OneOf(choice) => choice.items.iter_mut().for_each(|item| say_in(item, is_sent)),
        Schema::AllOf(parts) => parts.items.iter_mut().for_each(|item| say_in(item, is_sent)),
        Schema::AnyOf(choice) => choice.items.iter_mut().for_each(|item| say_in(item, is_sent)),
        _ => {}
    }
}

fn say_of_object(object: &mut Object, is_sent: bool) {
    let mut required = Vec::new();
    for (name, member) in &mut object.properties {
        say_in(member, is_sent);
        let mut is_required = object.required.contains(name);
        if !is_required && is_nullable(member) {
            match is_sent {
                true => forbid_null(member),
                false => is_required = true,
            }
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
