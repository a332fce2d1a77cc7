//! The problem document as clients read it, in one language.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use super::{Code, Language, Problem, Text};

/// As many broken rules as one answer names.
const MOST_ERRORS: usize = 100;

/// As many characters as the texts of one answer have, and those of one of its broken rules.
const LONGEST: [usize; 2] = [1000, 500];

/// A text within the bound of its schema, whatever it lists.
fn within(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// The contract lists the names, once it knows all domains.
impl utoipa::PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).into()
    }
}

impl ToSchema for Code {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ProblemCode")
    }
}

/// A problem document (RFC 9457): what every refused or failed request answers.
///
/// These members are in every one; further ones depend on `code`.
#[derive(Serialize, ToSchema)]
#[schema(as = ProblemBase)]
pub struct ProblemDocument {
    /// Address of the explanation, in Chinese and English.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", max_length = 80)]
    kind: String,
    /// What happened, in the language of the request.
    #[schema(max_length = 200)]
    title: String,
    /// The HTTP status again.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// Stable name for programs.
    #[schema(value_type = Code)]
    code: &'static str,
    /// What happened in this very case.
    #[schema(max_length = 1000)]
    detail: String,
    /// Each field that breaks a rule.
    #[schema(max_items = 100)]
    errors: Vec<ProblemField>,
    /// Quote this when asking for help.
    #[schema(max_length = 36)]
    trace_id: String,
    #[serde(flatten)]
    #[schema(ignore)]
    members: Map<String, Value>,
}

/// One rule that one field breaks.
#[derive(Serialize, ToSchema)]
pub struct ProblemField {
    /// JSON Pointer into the body, `?name` for a query parameter, `#Name` for a header, `{name}` for a part of the path. A
    /// pointer to no member of the body is one into the stored record that is acted on, as GET shows it.
    #[schema(max_length = 200)]
    pointer: String,
    /// Stable name of the rule.
    #[schema(max_length = 60)]
    code: String,
    /// The rule in words; never the value that broke it.
    #[schema(max_length = 500)]
    detail: String,
}

impl Code {
    /// Address of the explanation, which is the `type` of its documents.
    pub fn address(self) -> String {
        format!("/problems/{}", self.as_str().replace('_', "-"))
    }
}

impl ProblemDocument {
    /// A document of this code as the contract shows it.
    pub fn example(code: Code) -> Value {
        let mut problem = Problem::new(code);
        for carried in code.members().iter().filter(|carried| carried.always) {
            problem = problem.with(carried.member.name, carried.member.example());
        }
        if code == Code::INVALID {
            problem = problem.field("/birth_on", "date", Text::new("日期須為 YYYY-MM-DD", "a date is YYYY-MM-DD"));
        }
        let document = problem.document(Language::Chinese, "4bf92f3577b34da6a3ce929d0e0e4736");
        serde_json::to_value(document).expect("a problem document is plain data")
    }
}

impl Problem {
    /// The document in one language.
    pub fn document(&self, language: Language, trace_id: &str) -> ProblemDocument {
        let title = self.code.title();
        let detail = self.detail.as_ref().unwrap_or(&title);
        ProblemDocument {
            kind: self.code.address(),
            title: title.get(language).to_owned(),
            status: self.code.status().as_u16(),
            code: self.code.as_str(),
            detail: within(detail.get(language), LONGEST[0]),
            errors: self
                .errors
                .iter()
                .take(MOST_ERRORS)
                .map(|e| ProblemField {
                    pointer: e.pointer.clone(),
                    code: e.code.to_string(),
                    detail: within(e.detail.get(language), LONGEST[1]),
                })
                .collect(),
            trace_id: trace_id.to_owned(),
            members: self.members.clone(),
        }
    }
}
