//! What the contract bounds, bounded: bodies and parameters are judged by the schemas of their own types, so that what is
//! stated there is what is checked. Types with a rule of their own keep it; this judges lengths, numbers, patterns, and the
//! characters of every text.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use regex::Regex;
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, ToSchema};

use super::params::coded;
use super::valid::{printable, shape_error};
use crate::characters::{Layout, RULE, Rule, said_fault};
use crate::error::{FieldError, Text};

/// A text that may be longer than this is one of sentences.
const LONGEST_LINE: u64 = 200;

/// The schema of a type, with those to which it refers.
pub(super) struct Bounds {
    whole: Value,
    named: HashMap<String, Value>,
}

/// Each type's bounds, worked out once.
static KNOWN: LazyLock<RwLock<HashMap<TypeId, Arc<Bounds>>>> = LazyLock::new(RwLock::default);

/// Each pattern of a schema, compiled once.
static PATTERNS: LazyLock<RwLock<HashMap<String, Arc<Regex>>>> = LazyLock::new(RwLock::default);

impl Bounds {
    /// Of a body.
    pub(super) fn of_body<T: ToSchema + 'static>() -> Arc<Self> {
        Self::of::<T>(|| {
            let mut named = Vec::new();
            T::schemas(&mut named);
            let named = named.into_iter().map(|(name, schema)| (name, plain(&schema))).collect();
            Self { whole: plain(&T::schema()), named }
        })
    }

    /// Of query parameters.
    pub(super) fn of_query<T: IntoParams + 'static>() -> Arc<Self> {
        Self::of::<T>(|| {
            let parameters = T::into_params(|| None).into_iter();
            let members = parameters.filter_map(|parameter| Some((parameter.name, plain(&parameter.schema?))));
            let whole = Map::from_iter([("properties".to_owned(), Value::Object(members.collect()))]);
            Self { whole: Value::Object(whole), named: HashMap::new() }
        })
    }

    fn of<T: 'static>(make: impl FnOnce() -> Self) -> Arc<Self> {
        let id = TypeId::of::<T>();
        if let Some(known) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Arc::clone(known);
        }
        let made = Arc::new(make());
        Arc::clone(KNOWN.write().unwrap_or_else(PoisonError::into_inner).entry(id).or_insert(made))
    }

    /// The value without the members that are `null` and may be missing: both say the same. In a PATCH they do not, since
    /// `null` clears a member of the record there.
    pub(super) fn without_null(&self, mut value: Value, is_patch: bool) -> Value {
        match &mut value {
            Value::Object(members) if is_patch => self.strip_members(&self.whole, members),
            value => self.strip(&self.whole, value),
        }
        value
    }

    fn strip(&self, schema: &Value, value: &mut Value) {
        match value {
            Value::Array(items) => {
                for part in self.parts(schema) {
                    items.iter_mut().for_each(|item| self.strip(&part["items"], item));
                }
            }
            Value::Object(members) => {
                for part in self.parts(schema) {
                    let may_miss = |name: &String| !part["properties"][name].is_null() && !has(&part["required"], name);
                    members.retain(|name, member| !(member.is_null() && may_miss(name)));
                }
                self.strip_members(schema, members);
            }
            _ => {}
        }
    }

    fn strip_members(&self, schema: &Value, members: &mut Map<String, Value>) {
        for part in self.parts(schema) {
            members.iter_mut().for_each(|(name, member)| self.strip(&part["properties"][name], member));
        }
    }

    /// Every bound that a value breaks.
    pub(super) fn broken(&self, value: &Value) -> Vec<FieldError> {
        let mut found = Vec::new();
        self.judge(&self.whole, value, "", &mut found);
        found
    }

    /// Every bound that the pairs of a form or a query break.
    pub(super) fn broken_by_pairs(&self, text: &str) -> Vec<FieldError> {
        let (mut found, mut members) = (Vec::new(), Map::new());
        for (name, text) in form_urlencoded::parse(text.as_bytes()) {
            let kind = &self.whole["properties"][&*name]["type"];
            let is_number = ["integer", "number"].iter().any(|number| kind == number || has(kind, number));
            let value = match text.parse() {
                Ok(number) if is_number => Value::Number(number),
                // A reader of numbers takes more than JSON does: 05, +5.
                Err(_) if is_number => {
                    found.push(shape_error(&format!("/{}", printable(&name)), "invalid type, expected a number"));
                    Value::Null
                }
                _ => Value::String(text.into_owned()),
            };
            members.insert(name.into_owned(), value);
        }
        found.extend(self.broken(&Value::Object(members)));
        found
    }

    /// The plain schemas that a value must all fit. Where a schema leaves a real choice there are none: whoever makes the
    /// choice reads the member into a type of its own.
    fn parts<'s>(&'s self, schema: &'s Value) -> Vec<&'s Value> {
        if let Some(name) = schema["$ref"].as_str() {
            let named = name.rsplit('/').next().and_then(|name| self.named.get(name));
            return named.map_or_else(Vec::new, |named| self.parts(named));
        }
        let mut choices = list(schema, "oneOf").filter(|choice| choice["type"] != "null");
        match (choices.next(), choices.next()) {
            (Some(only), None) => self.parts(only),
            (Some(_), Some(_)) => Vec::new(),
            _ if schema["allOf"].is_array() => list(schema, "allOf").flat_map(|part| self.parts(part)).collect(),
            _ => vec![schema],
        }
    }

    fn judge(&self, schema: &Value, value: &Value, at: &str, found: &mut Vec<FieldError>) {
        for part in self.parts(schema) {
            match value {
                Value::String(text) => {
                    let fault = text_fault(part, text, has_own_rule(schema));
                    found.extend(fault.map(|(code, text)| FieldError::new(at, code, text)));
                }
                Value::Number(number) => {
                    let fault = outside(part, ["minimum", "maximum"], number.as_f64().unwrap_or(f64::NAN));
                    let text = fault.map(|(zh, en)| Text::new(format!("數值須為 {zh}"), format!("the number must be {en}")));
                    found.extend(text.map(|text| FieldError::new(at, "range", text)));
                }
                Value::Array(items) => {
                    let fault = length_fault(part, ["minItems", "maxItems"], items.len());
                    found.extend(fault.map(|text| FieldError::new(at, "length", text)));
                    items.iter().enumerate().for_each(|(n, item)| self.judge(&part["items"], item, &format!("{at}/{n}"), found));
                }
                Value::Object(members) => self.judge_members(part, members, at, found),
                Value::Bool(_) | Value::Null => {}
            }
        }
    }

    /// All that is wrong with a value which its type does not take: a reader stops at the first such member. A choice among
    /// schemas that a member of the value makes is made.
    pub(super) fn misshapen(&self, value: &Value) -> Vec<FieldError> {
        let mut found = Vec::new();
        self.shape(&self.whole, value, "", &mut found);
        found
    }

    fn shape(&self, schema: &Value, value: &Value, at: &str, found: &mut Vec<FieldError>) {
        let chosen = self.chosen(schema, value);
        let parts = chosen.map_or_else(|| self.parts(schema), |chosen| vec![chosen]);
        for part in &parts {
            if let Some(message) = misfit(part, value) {
                found.push(shape_error(at, &message));
                continue;
            }
            match value {
                Value::Array(items) => {
                    items.iter().enumerate().for_each(|(n, item)| self.shape(&part["items"], item, &format!("{at}/{n}"), found));
                }
                Value::Object(members) => {
                    let is_closed = parts.len() == 1 && part["additionalProperties"] == false;
                    let missing = list(part, "required").filter_map(Value::as_str).filter(|name| !members.contains_key(*name));
                    found.extend(missing.map(|name| shape_error(at, &format!("missing field `{name}`"))));
                    for (name, member) in members {
                        let known = &part["properties"][name];
                        if known.is_null() && is_closed {
                            found.push(shape_error(at, &format!("unknown field `{}`", printable(name))));
                        }
                        self.shape(known, member, &format!("{at}/{}", printable(name)), found);
                    }
                }
                _ => {}
            }
        }
        if let Some(chosen) = chosen {
            self.judge(chosen, value, at, found);
        }
    }

    /// The one of several schemas that a member of the value names.
    fn chosen<'s>(&'s self, schema: &'s Value, value: &Value) -> Option<&'s Value> {
        let named = |reference: &str| reference.rsplit('/').next().and_then(|name| self.named.get(name));
        if let Some(reference) = schema["$ref"].as_str() {
            return self.chosen(named(reference)?, value);
        }
        let choice = &schema["discriminator"];
        let name = value[choice["propertyName"].as_str()?].as_str()?;
        named(choice["mapping"][name].as_str()?)
    }

    /// Puts what the contract shows in the place of a member that was refused, and takes out one that it does not know; whether
    /// it could.
    pub(super) fn mend(&self, value: &mut Value, at: &str) -> bool {
        let Some((parent, name)) = at.rsplit_once('/') else { return false };
        let sample = self.schema_at(value, at).map(|schema| self.sample(schema));
        match (value.pointer_mut(parent), sample) {
            (Some(Value::Object(members)), None) => members.remove(name).is_some(),
            (Some(Value::Object(members)), Some(Some(sample))) => {
                members.insert(name.to_owned(), sample);
                true
            }
            (Some(Value::Array(items)), Some(Some(sample))) => {
                let Some(place) = name.parse::<usize>().ok().and_then(|place| items.get_mut(place)) else { return false };
                *place = sample;
                true
            }
            _ => false,
        }
    }

    /// The schema of a member, by its pointer; none of one that the contract does not know.
    fn schema_at<'s>(&'s self, whole: &Value, at: &str) -> Option<&'s Value> {
        let (mut schema, mut value) = (&self.whole, whole);
        for name in at.split('/').skip(1) {
            let parts = self.chosen(schema, value).map_or_else(|| self.parts(schema), |chosen| vec![chosen]);
            let within = |part: &'s Value| if value.is_array() { &part["items"] } else { &part["properties"][name] };
            schema = parts.into_iter().map(within).find(|member| !member.is_null())?;
            value = value.pointer(&format!("/{name}")).unwrap_or(&Value::Null);
        }
        Some(schema)
    }

    /// A value as the contract shows it, or the plainest one.
    fn sample(&self, schema: &Value) -> Option<Value> {
        let parts = self.parts(schema);
        let part = parts.first()?;
        let shown = [&part["example"], &part["examples"][0], &part["enum"][0], &part["minimum"]];
        if let Some(shown) = shown.into_iter().find(|shown| !shown.is_null()) {
            return Some(shown.clone());
        }
        let is = |kind: &str| part["type"] == kind || has(&part["type"], kind);
        match part["format"].as_str() {
            Some("date") => Some("2000-01-01".into()),
            _ if is("string") => Some("x".into()),
            _ if is("integer") || is("number") => Some(0.into()),
            _ if is("boolean") => Some(false.into()),
            _ if is("array") => Some(Value::Array(Vec::new())),
            _ => None,
        }
    }

    fn judge_members(&self, schema: &Value, members: &Map<String, Value>, at: &str, found: &mut Vec<FieldError>) {
        for (name, member) in members {
            let at = format!("{at}/{}", printable(name));
            let (own, others) = (&schema["properties"][name], &schema["additionalProperties"]);
            if own.is_null() && others.is_object() {
                // A name that the caller chooses is a text as well.
                found.extend(said_fault(name, Layout::Line).map(|code| FieldError::new(at.clone(), code, coded(code).1)));
                self.judge(others, member, &at, found);
            } else {
                let before = found.len();
                self.judge(own, member, &at, found);
                if is_organisation(members) {
                    // Organisations are called as no human is: 7-Eleven, 3M.
                    let judged = found.split_off(before);
                    found.extend(judged.into_iter().filter(|error| error.code != "not_a_name"));
                }
            }
        }
    }
}

/// Whether an object says that it is an organisation or an agency.
fn is_organisation(members: &Map<String, Value>) -> bool {
    let kind = members.get("identified_by").and_then(|other| other["kind"].as_str());
    matches!(kind, Some("ORGANISATION" | "AGENCY"))
}

fn plain(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).expect("a schema is plain data")
}

/// What serde would say of a value that is of another type than its schema's, or no name out of its list.
fn misfit(schema: &Value, value: &Value) -> Option<String> {
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        _ => value.is_null(),
    };
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        kinds => kinds.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    };
    let wanted = kinds.iter().find(|kind| **kind != "null")?;
    if !value.is_null() && !kinds.iter().copied().any(is) {
        let article = if matches!(*wanted, "object" | "array" | "integer") { "an" } else { "a" };
        return Some(format!("invalid type, expected {article} {wanted}"));
    }
    let names: Vec<&str> = list(schema, "enum").filter_map(Value::as_str).collect();
    let misses = value.as_str().is_some_and(|name| !names.is_empty() && !names.contains(&name));
    misses.then(|| format!("unknown variant, expected one of `{}`", names.join("`, `")))
}

fn list<'v>(schema: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    schema[name].as_array().into_iter().flatten()
}

fn has(list: &Value, name: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|one| one == name))
}

/// Whether a text is of a type with a name, which knows itself how its text may be written.
fn has_own_rule(schema: &Value) -> bool {
    let choices = ["oneOf", "allOf"].into_iter().flat_map(|name| list(schema, name));
    choices.chain([schema]).any(|one| one["$ref"].is_string())
}

/// What is wrong with a text. Passwords may hold any character, and how short they may be is judged with all else that
/// makes one good; a name out of a list is judged by the list.
fn text_fault(schema: &Value, text: &str, has_own_rule: bool) -> Option<(&'static str, Text)> {
    if schema["enum"].is_array() {
        return None;
    }
    let is_password = schema["format"] == "password";
    let lengths = ["minLength", "maxLength"].map(|name| if is_password && name == "minLength" { "" } else { name });
    if let Some(text) = length_fault(schema, lengths, text.chars().count()) {
        return Some(("length", text));
    }
    let layout =
        if schema["maxLength"].as_u64().is_some_and(|max| max > LONGEST_LINE) { Layout::Sentences } else { Layout::Line };
    let rule = schema[RULE].as_str().and_then(|name| Rule::ALL.into_iter().find(|rule| rule.as_str() == name));
    let fault = said_fault(text, layout).or_else(|| rule?.fault(text)).filter(|_| !is_password);
    let pattern = schema["pattern"].as_str().filter(|_| !has_own_rule);
    let misfit = || pattern.filter(|pattern| !fits(pattern, text)).map(|_| "pattern");
    fault.or_else(misfit).map(|code| (code, coded(code).1))
}

/// Whether a text fits a pattern of our own contract.
fn fits(pattern: &str, text: &str) -> bool {
    let known = PATTERNS.read().unwrap_or_else(PoisonError::into_inner).get(pattern).map(Arc::clone);
    let known = known.unwrap_or_else(|| {
        let made = Arc::new(Regex::new(pattern).expect("a pattern of the contract is one"));
        let mut all = PATTERNS.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(pattern.to_owned()).or_insert(made))
    });
    known.is_match(text)
}

fn length_fault(schema: &Value, names: [&str; 2], length: usize) -> Option<Text> {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let (zh, en) = outside(schema, names, length.into())?;
    Some(Text::new(format!("長度須為 {zh}"), format!("the length must be {en}")))
}

/// The bounds in words, where a number lies outside them.
fn outside(schema: &Value, names: [&str; 2], number: f64) -> Option<(String, String)> {
    let [(least, min), (most, max)] = names.map(|name| (schema[name].as_f64(), &schema[name]));
    if least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most) {
        return None;
    }
    Some(match (least, most) {
        (Some(_), Some(_)) => (format!("{min} 至 {max}"), format!("{min} to {max}")),
        (Some(_), None) => (format!("至少 {min}"), format!("at least {min}")),
        _ => (format!("至多 {max}"), format!("at most {max}")),
    })
}
