//! Members of a case's fields that name people, their numbers or places: what is masked, and whose numbers stand there.

use serde_json::Value;

use crate::people::IdNumber;

/// Members of a case's fields that name a person, a number or a place.
const PERSONAL: [(&str, Mask); 16] = [
    ("name", Mask::Name),
    ("old_name", Mask::Name),
    ("new_name", Mask::Name),
    ("old_surname", Mask::Name),
    ("new_surname", Mask::Name),
    ("romanised_name", Mask::Name),
    ("child_name", Mask::Name),
    ("spouse_name", Mask::Name),
    ("household_head", Mask::Name),
    ("from_address", Mask::Address),
    ("to_address", Mask::Address),
    ("address", Mask::Address),
    ("old_number", Mask::Number),
    ("new_number", Mask::Number),
    ("national_id", Mask::Number),
    ("identified_by", Mask::Identity),
];

#[derive(Clone, Copy)]
enum Mask {
    Name,
    Address,
    Number,
    Identity,
}

/// Hides personal members wherever they stand, and numbers of people within texts, as they are shown to those who need not know them.
pub fn masked(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), masked_member(name, member))).collect(),
        Value::Array(items) => items.iter().map(masked).collect(),
        Value::String(text) => crate::people::mask_numbers(text).into(),
        other => other.clone(),
    }
}

fn masked_member(name: &str, member: &Value) -> Value {
    let mask = PERSONAL.iter().find(|(personal, _)| *personal == name).map(|(_, mask)| *mask);
    match (mask, member.as_str()) {
        (Some(Mask::Name), Some(text)) => crate::people::mask_name(text).into(),
        (Some(Mask::Identity), _) => crate::people::mask_said(member),
        (Some(Mask::Number), Some(text)) => text.parse::<IdNumber>().map_or_else(|_| "***".to_owned(), |n| n.masked()).into(),
        (Some(Mask::Address), Some(text)) => {
            text.parse::<crate::people::Address>().map_or_else(|_| "***".to_owned(), |a| a.masked()).into()
        }
        _ => masked(member),
    }
}

/// The personal numbers that stand in the fields of a case, of witnesses and whoever else they name, as far as they are such.
pub fn numbers(value: &Value) -> Vec<IdNumber> {
    match value {
        Value::Object(members) => members.iter().flat_map(|(name, member)| numbers_of(name, member)).collect(),
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        _ => Vec::new(),
    }
}

fn numbers_of(name: &str, member: &Value) -> Vec<IdNumber> {
    let is_number = PERSONAL.iter().any(|(personal, mask)| *personal == name && matches!(mask, Mask::Number));
    match member.as_str().filter(|_| is_number) {
        Some(text) => text.parse().into_iter().collect(),
        None => numbers(member),
    }
}
