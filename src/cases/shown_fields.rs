//! The schema of a case's fields as answers show them: one of each form, told apart by `kind`. Of a draft some may be missing, and what
//! is masked, or hidden from whoever must not know it, is no more what a rule of its text asks for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use utoipa::openapi::schema::{AnyOfBuilder, ArrayItems, Discriminator, Object, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::fields::CaseFields;

/// The fields of a case as answers show them.
pub struct ShownFields;

type Known = BTreeMap<String, RefOr<Schema>>;

/// What tells the forms apart.
const KIND: &str = "kind";

/// The schemas of the forms, and all to which they refer.
fn known() -> Known {
    let mut all = Vec::new();
    CaseFields::schemas(&mut all);
    all.into_iter().collect()
}

/// The forms by their kind: what the schema of each is called.
fn forms() -> Vec<(String, String)> {
    let RefOr::T(Schema::OneOf(forms)) = CaseFields::schema() else { return Vec::new() };
    let kinds = forms.discriminator.map(|discriminator| discriminator.mapping).unwrap_or_default();
    kinds.into_iter().map(|(kind, form)| (kind, name_in(&form).to_owned())).collect()
}

fn name_in(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

fn shown_name(form: &str) -> String {
    format!("Shown{form}")
}

/// A form as it is shown.
fn form(known: &Known, name: &str) -> Option<Object> {
    let RefOr::T(Schema::Object(form)) = known.get(name)? else { return None };
    let mut shown = form.clone();
    (shown.required, shown.additional_properties) = (vec![KIND.to_owned()], None);
    for (_, member) in shown.properties.iter_mut().filter(|(name, _)| *name != KIND) {
        let nothing = ObjectBuilder::new().schema_type(Type::Null);
        *member = RefOr::T(Schema::AnyOf(AnyOfBuilder::new().item(as_shown(known, member)).item(nothing).build()));
    }
    Some(shown)
}

/// A member as it is shown: of a text no more is asked than its length, names in an enumeration stay.
fn as_shown(known: &Known, member: &RefOr<Schema>) -> RefOr<Schema> {
    match member {
        RefOr::T(schema) => RefOr::T(loosened(known, schema)),
        RefOr::Ref(reference) => match known.get(name_in(&reference.ref_location)) {
            Some(RefOr::T(Schema::Object(object))) if object.enum_values.is_none() => {
                RefOr::T(loosened(known, &Schema::Object(object.clone())))
            }
            _ => member.clone(),
        },
    }
}

fn loosened(known: &Known, schema: &Schema) -> Schema {
    let mut schema = schema.clone();
    match &mut schema {
        Schema::Object(object) if object.enum_values.is_none() => {
            (object.pattern, object.min_length) = (None, None);
            object.properties.values_mut().for_each(|member| *member = as_shown(known, member));
        }
        Schema::Array(list) => {
            if let ArrayItems::RefOrSchema(items) = &mut list.items {
                **items = as_shown(known, items);
            }
        }
        Schema::OneOf(choice) => choice.items.iter_mut().for_each(|item| *item = as_shown(known, item)),
        _ => {}
    }
    schema
}

impl PartialSchema for ShownFields {
    fn schema() -> RefOr<Schema> {
        let reference = |form: &str| Ref::from_schema_name(shown_name(form));
        let kinds = forms();
        let mapping = kinds.iter().map(|(kind, form)| (kind.clone(), reference(form).ref_location));
        let mut choice = OneOfBuilder::new()
            .description(Some("What the case says, by the form of its type; of a draft as far as it is there."))
            .discriminator(Some(Discriminator::with_mapping(KIND, mapping)));
        for (_, form) in &kinds {
            choice = choice.item(reference(form));
        }
        RefOr::T(Schema::OneOf(choice.build()))
    }
}

impl ToSchema for ShownFields {
    fn name() -> Cow<'static, str> {
        "ShownFields".into()
    }

    fn schemas(all: &mut Vec<(String, RefOr<Schema>)>) {
        let known = known();
        let shown = forms().into_iter().filter_map(|(_, name)| Some((shown_name(&name), form(&known, &name)?.into())));
        all.extend(shown);
        all.extend(known);
        all.push((CaseFields::name().into_owned(), CaseFields::schema()));
    }
}
