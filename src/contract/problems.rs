//! Problem documents in the contract: a schema for each code, which clients narrow by `code`.

use utoipa::openapi::schema::{
    AllOfBuilder, ArrayBuilder, Components, Discriminator, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type,
};
use utoipa::openapi::{Content, KnownFormat, Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::sharing::pascal;
use crate::error::{Code, Language, Member, ProblemDocument, ProblemField, Shape};

/// Every problem document there is.
const ANY: &str = "Problem";

/// The schema of one code's problems.
fn name_of(code: Code) -> String {
    format!("{}Problem", pascal(code.as_str()))
}

/// Adds the common members, a schema for each code, and the choice among all of them.
pub(super) fn add(components: &mut Components, codes: &[Code]) {
    let schemas = &mut components.schemas;
    schemas.insert(ProblemDocument::name().into_owned(), ProblemDocument::schema());
    schemas.insert(ProblemField::name().into_owned(), ProblemField::schema());
    let described = "What a problem is, for programs: `GET /problems` explains each. New ones may come.";
    let names = codes.iter().map(|code| code.as_str());
    let code = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).description(Some(described));
    schemas.insert(Code::name().into_owned(), code.into());
    for code in codes {
        schemas.insert(name_of(*code), schema_of(*code));
    }
    let mut any = one_of(codes);
    if let Schema::OneOf(any) = &mut any {
        any.description = Some("A problem document (RFC 9457); `code` says which.".to_owned());
    }
    schemas.insert(ANY.to_owned(), any.into());
}

fn schema_of(code: Code) -> RefOr<Schema> {
    let mut own = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("code", ObjectBuilder::new().schema_type(Type::String).enum_values(Some([code.as_str()])));
    for carried in code.members() {
        own = own.property(carried.member.name, schema_of_member(&carried.member));
        if carried.always {
            own = own.required(carried.member.name);
        }
    }
    let title = code.title();
    AllOfBuilder::new()
        .item(Ref::from_schema_name(ProblemDocument::name()))
        .item(own)
        .description(Some(format!("{} ({}). {}", title.get(Language::English), code.status().as_u16(), code.remedy().en)))
        .examples([ProblemDocument::example(code)])
        .into()
}

fn schema_of_member(member: &Member) -> RefOr<Schema> {
    let text = |max| ObjectBuilder::new().schema_type(Type::String).max_length(Some(max));
    let format = |format| ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format)));
    let meaning = Some(member.meaning.1);
    let integer = |least: i32| ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).description(meaning).into();
    let list = |item: RefOr<Schema>, max| ArrayBuilder::new().items(item).max_items(Some(max)).description(meaning).into();
    match member.shape {
        Shape::Items { schema, at_most } => list(Ref::from_schema_name(schema).into(), at_most),
        Shape::Id => format(KnownFormat::Uuid).description(meaning).into(),
        Shape::Moment => format(KnownFormat::DateTime).description(meaning).into(),
        Shape::Seconds => integer(1),
        // Of what nobody has set yet it is 0.
        Shape::Version | Shape::Bytes => integer(0),
        Shape::Text { at_most } => text(at_most).description(meaning).into(),
        Shape::OneOf(names) => text(60).enum_values(Some(names.iter().copied())).description(meaning).into(),
    }
}

fn one_of(codes: &[Code]) -> Schema {
    let mut choice = Discriminator::new("code");
    let mut schema = OneOfBuilder::new();
    for code in codes {
        let reference = Ref::from_schema_name(name_of(*code));
        choice.mapping.insert(code.as_str().to_owned(), reference.ref_location.clone());
        schema = schema.item(reference);
    }
    schema.discriminator(Some(choice)).into()
}

/// The problems that an answer can be.
pub(super) fn content(codes: &[Code]) -> Content {
    let schema: RefOr<Schema> = match codes {
        [] => Ref::from_schema_name(ANY).into(),
        [code] => Ref::from_schema_name(name_of(*code)).into(),
        codes => one_of(codes).into(),
    };
    Content::new(Some(schema))
}

/// The codes that texts name in back-quotes, of one status, in the order of the table.
pub(super) fn named_in(codes: &[Code], texts: &[&str], status: &str) -> Vec<Code> {
    let named = |code: &Code| texts.iter().any(|text| text.contains(&format!("`{}`", code.as_str())));
    codes.iter().copied().filter(|code| code.status().as_str() == status && named(code)).collect()
}
