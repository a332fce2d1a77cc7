//! One error type, one problem document (RFC 9457), and what a code is.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

mod codes;
mod document;
mod members;

pub use document::{ProblemDocument, ProblemField};
pub use members::{ALLOWED_ACTION, Carried, Member, Shape, always, sometimes};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The language of titles and details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    Chinese,
    English,
}

impl Language {
    /// As BCP 47 names it.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-TW",
            Self::English => "en",
        }
    }
}

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub zh: Cow<'static, str>,
    pub en: Cow<'static, str>,
}

impl Text {
    pub fn new(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }
}

/// As many characters of names as a sentence lists.
const LISTED: usize = 300;

/// That one of these names is asked for: as many as a sentence holds, then that there are more.
pub fn one_of(names: &[&str]) -> Text {
    let mut length = 0;
    let listed = names.iter().take_while(|name| {
        length += name.chars().count() + 2;
        length <= LISTED
    });
    let count = listed.count().max(1);
    let list = |between: &str| {
        let more = if count < names.len() { [between, "…"].concat() } else { String::new() };
        names.iter().take(count).copied().collect::<Vec<_>>().join(between) + &more
    };
    Text::new(format!("應為 {} 之一", list("、")), format!("one of {}", list(", ")))
}

/// A number of things in English: `1 day`, `2 days`.
pub fn counted(number: impl fmt::Display, one: &str) -> String {
    let number = number.to_string();
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {one}{plural}")
}

/// What a problem is, for programs: stable, explained at `GET /problems`, and typed in the contract.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code(&'static Meaning);

/// What a code says.
#[derive(PartialEq, Eq)]
pub struct Meaning {
    pub name: &'static str,
    pub status: u16,
    /// In Chinese and English.
    pub title: (&'static str, &'static str),
    pub remedy: (&'static str, &'static str),
    pub members: &'static [Carried],
}

impl Code {
    pub const fn new(meaning: &'static Meaning) -> Self {
        Self(meaning)
    }

    /// Stable name for programs.
    pub const fn as_str(self) -> &'static str {
        self.0.name
    }

    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.0.status).expect("codes have valid statuses")
    }

    /// What happened.
    pub fn title(self) -> Text {
        Text::new(self.0.title.0, self.0.title.1)
    }

    /// What the caller can do about it.
    pub fn remedy(self) -> Text {
        Text::new(self.0.remedy.0, self.0.remedy.1)
    }

    /// The further members that a problem of this code can carry.
    pub const fn members(self) -> &'static [Carried] {
        self.0.members
    }

    /// Whether its problems can carry a member of this name.
    pub fn carries(self, name: &str) -> bool {
        self.members().iter().any(|carried| carried.member.name == name)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One rule that one field breaks.
#[derive(Clone, Debug)]
pub struct FieldError {
    /// JSON Pointer into the body or the stored record, `?name` for a query parameter, `#Name` for a header.
    pub pointer: String,
    pub code: Cow<'static, str>,
    pub detail: Text,
}

impl FieldError {
    pub fn new(pointer: impl Into<String>, code: impl Into<Cow<'static, str>>, detail: Text) -> Self {
        Self { pointer: pointer.into(), code: code.into(), detail }
    }
}

/// How much of an allowance is left, or that nothing is; told in the response's headers.
#[derive(Clone, Debug)]
pub struct Allowance {
    pub policy: &'static str,
    pub quota: u32,
    /// Seconds for which the quota is given.
    pub window: u64,
    pub remaining: u32,
    /// Seconds until it is whole again.
    pub reset: u64,
}

/// What a request met, before it has a language.
#[derive(Clone, Debug)]
pub struct Problem {
    pub code: Code,
    pub detail: Option<Text>,
    pub errors: Vec<FieldError>,
    /// Further members, as [`Code::members`] lists them.
    pub members: Map<String, Value>,
    /// The allowance that refused the request.
    pub limit: Option<Allowance>,
    /// What the audit log is told of the refusal, though all else that the request did is undone.
    pub noted: Option<Noted>,
}

/// A line that a refusal leaves in the audit log.
#[derive(Clone, Debug)]
pub struct Noted {
    /// Past tense with the resource.
    pub action: &'static str,
    /// Path of the resource below `/v1/`.
    pub subject: String,
    /// Key of the person whose data was asked for.
    pub person: String,
}

impl Problem {
    pub fn new(code: Code) -> Self {
        let problem = Self { code, detail: None, errors: Vec::new(), members: Map::new(), limit: None, noted: None };
        match code {
            Code::OVERLOADED => problem.retry_after(1),
            Code::STORE_UNAVAILABLE => problem.retry_after(5),
            // As RFC 6749 §5.2 names them.
            Code::INVALID_CLIENT | Code::INVALID_GRANT => problem.with("error", code.as_str()),
            _ => problem,
        }
    }

    /// A token was sent and is no good (RFC 6750 §3.1).
    pub fn invalid_token() -> Self {
        Self::new(Code::UNAUTHENTICATED).with("error", "invalid_token")
    }

    /// Says what happened in this very case.
    pub fn detail(mut self, zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(Text::new(zh, en));
        self
    }

    /// Names a field and the rule that it breaks.
    pub fn field(mut self, pointer: impl Into<String>, code: &'static str, detail: Text) -> Self {
        self.errors.push(FieldError::new(pointer, code, detail));
        self
    }

    /// Adds a member that belongs to the code.
    pub fn with<T: Serialize>(mut self, name: &str, value: T) -> Self {
        debug_assert!(self.code.carries(name), "{} carries no {name}: see where the code is defined", self.code.as_str());
        let value = serde_json::to_value(value).expect("problem members are plain data");
        self.members.insert(name.to_owned(), value);
        self
    }

    /// Seconds until a retry makes sense; sent as `Retry-After` too.
    pub fn retry_after(self, seconds: u64) -> Self {
        self.with("retry_after", seconds)
    }
}

/// Whatever stops a request.
#[derive(Debug)]
pub enum Error {
    Problem(Box<Problem>),
    Store(diesel::result::Error),
    /// A job panicked; the panic hook has logged it.
    Panicked,
    Internal(String),
}

impl From<FieldError> for Error {
    fn from(broken: FieldError) -> Self {
        Problem { errors: vec![broken], ..Problem::new(Code::INVALID) }.into()
    }
}

impl Error {
    /// A fault of ours, told to the log and not to the caller.
    pub fn internal(what: &str, cause: impl fmt::Display) -> Self {
        Self::Internal(format!("{what}: {cause}"))
    }

    /// One field that breaks a rule of the domain.
    pub fn field(pointer: impl Into<String>, code: &'static str, detail: Text) -> Self {
        Problem::new(Code::INVALID).field(pointer, code, detail).into()
    }

    /// The same of a body that stands within another one, at a pointer.
    pub fn within(self, at: &str) -> Self {
        match self {
            Self::Problem(mut problem) => {
                for field in problem.errors.iter_mut().filter(|field| field.pointer.starts_with('/')) {
                    field.pointer.insert_str(0, at);
                }
                Self::Problem(problem)
            }
            other => other,
        }
    }

    /// A record that stands already, where there is room for one.
    pub fn stands(id: impl Serialize, (zh, en): (&'static str, &'static str)) -> Self {
        Problem::new(Code::CONFLICT).detail(zh, en).with("standing_id", id).into()
    }

    /// A state that does not allow the action, with those that it does allow.
    pub fn wrong_state(allowed: &[&str]) -> Self {
        Problem::new(Code::WRONG_STATE).with("allowed_actions", allowed).into()
    }

    /// The problem document's content; faults of ours are logged here, once.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Problem(problem) => (**problem).clone(),
            Self::Store(diesel::result::Error::NotFound) => Problem::new(Code::NOT_FOUND),
            Self::Panicked => Problem::new(Code::INTERNAL),
            Self::Store(error) => {
                tracing::error!(%error, "the store refused a statement");
                Problem::new(Code::INTERNAL)
            }
            Self::Internal(error) => {
                tracing::error!(%error, "internal error");
                Problem::new(Code::INTERNAL)
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problem(problem) => {
                f.write_str(&problem.code.title().en)?;
                problem.errors.iter().try_for_each(|error| write!(f, "; {}", error.detail.en))
            }
            Self::Store(error) => error.fmt(f),
            Self::Panicked => f.write_str("panicked"),
            Self::Internal(error) => f.write_str(error),
        }
    }
}

impl std::error::Error for Error {}

impl actix_web::ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.problem().code.status()
    }

    /// Carries the problem in the response; the edge writes it out in the caller's language.
    fn error_response(&self) -> actix_web::HttpResponse {
        let problem = self.problem();
        let mut response = actix_web::HttpResponse::new(problem.code.status());
        response.extensions_mut().insert(problem);
        response
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Problem::new(code).into()
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error)
    }
}
