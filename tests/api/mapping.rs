//! Answers and records with everything taken out that chance makes: ids become numbers in the order of their first
//! appearance, secrets a word.

use std::collections::BTreeMap;

use serde_json::Value;

/// Members whose text is chance.
const CHANCE: [&str; 9] =
    ["secret", "second_half", "check_code", "receipt_secret", "initial_password", "client_secret", "hash", "next", "receipt_url"];

/// The ids of one store, numbered.
#[derive(Default)]
pub struct Ids {
    numbers: BTreeMap<String, usize>,
    ids: Vec<String>,
}

fn is_id(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_digit() || (b'a'..=b'f').contains(&b),
        })
}

/// Rewrites every id that stands in a text.
fn rewritten(text: &str, mut id: impl FnMut(&str) -> String) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(first) = rest.chars().next() {
        match rest.get(..36).filter(|part| is_id(part)) {
            Some(part) => {
                out.push_str(&id(part));
                rest = &rest[36..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

impl Ids {
    /// The id as its number; a new one gets the next.
    fn number(&mut self, id: &str) -> String {
        let next = self.ids.len();
        let number = *self.numbers.entry(id.to_owned()).or_insert(next);
        if number == next {
            self.ids.push(id.to_owned());
        }
        format!("#{number}")
    }

    /// The id as its number, where it has one.
    fn known(&self, id: &str) -> String {
        self.numbers.get(id).map_or_else(|| "#?".to_owned(), |number| format!("#{number}"))
    }

    /// The id that has the same number in another store; none of this store's stays.
    pub fn translated(&self, text: &str, other: &Self) -> String {
        rewritten(text, |id| {
            let number = self.numbers.get(id).unwrap_or_else(|| panic!("{id} is used before it appears: {text}"));
            other.ids[*number].clone()
        })
    }

    /// A document with its new ids numbered.
    pub fn numbered(&mut self, document: &Value) -> Value {
        let sorted = sorted(document, &|id| self.known(id));
        plain(&sorted, &mut |id| self.number(id))
    }

    /// A document with known ids numbered, and the others left out.
    pub fn shown(&self, document: &Value) -> Value {
        plain(&sorted(document, &|id| self.known(id)), &mut |id| self.known(id))
    }
}

/// With the members of lists in an order that does not hang on ids.
fn sorted(document: &Value, known: &dyn Fn(&str) -> String) -> Value {
    match document {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| sorted(item, known)).collect();
            items.sort_by_cached_key(|item| plain(item, &mut |id| known(id)).to_string());
            Value::Array(items)
        }
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), sorted(value, known))).collect(),
        other => other.clone(),
    }
}

fn plain(document: &Value, id: &mut dyn FnMut(&str) -> String) -> Value {
    match document {
        Value::String(text) => Value::String(rewritten(text, &mut *id)),
        Value::Array(items) => items.iter().map(|item| plain(item, id)).collect(),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                let by_chance = CHANCE.contains(&name.as_str()) || is_drawn_number(name, value);
                let value = if by_chance && value.is_string() { Value::from("chance") } else { plain(value, id) };
                (name.clone(), value)
            };
            members.iter().map(member).collect()
        }
        other => other.clone(),
    }
}

/// Numbers of bookings are chance; those that run are drawn beside the act, in an order of their own (that none is missing
/// and none comes twice is put to the test in `serial`).
fn is_drawn_number(name: &str, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let runs = || text.split('-').any(|run| run.len() == 6 && run.bytes().all(|b| b.is_ascii_digit()));
    (name == "number" && (text.starts_with('B') || runs())) || (name == "serial" && runs())
}
