//! Members of a case that can be corrected: what stands there, what is put in its place, and the lines that the record book keeps.

use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::book::Line;
use super::fields::{Form, PartyRole};
use super::frame::Frame;
use super::input::{CaseInput, PartyInput};
use crate::calendar::PartialDate;
use crate::error::{Error, Result};
use crate::http::{coded, read_member};
use crate::people::{IdNumber, Identifier, Name, OtherIdentity, RomanisedName, Unidentified};

/// A member that can be corrected.
#[derive(Clone, Copy, PartialEq)]
pub enum Target<'a> {
    /// By its pointer within the fields.
    Field(&'a str),
    EventOn,
    Relation,
    /// How it was taken, by which letter of proxy, and why the office enters it.
    Frame(Frame),
    Name(Whose),
    /// By what somebody is known: one fact of theirs, whichever of its two members says it.
    Identity(Whose, Said),
    PartyBirth(usize),
    RomanisedName(usize),
    Role(usize),
    /// A whole party: who was left out, such as the spouse of a marriage who was known by name alone, or does not belong to it.
    Party(usize),
}

#[derive(Clone, Copy, PartialEq)]
pub enum Whose {
    Applicant,
    Proxy,
    Party(usize),
}

/// The member that says by what somebody is known.
#[derive(Clone, Copy, PartialEq)]
pub enum Said {
    Number,
    Other,
}

impl Said {
    const BOTH: [Self; 2] = [Self::Number, Self::Other];

    const fn member(self) -> &'static str {
        match self {
            Self::Number => "national_id",
            Self::Other => "identified_by",
        }
    }

    /// Whether it is the member that says this.
    pub fn says(self, known: &Identifier) -> bool {
        known.number().is_some() == (self == Self::Number)
    }

    fn value(self, known: &Identifier) -> Option<Value> {
        let (number, other) = known.said();
        match self {
            Self::Number => Some(number.as_ref().map(IdNumber::expose).into()),
            Self::Other => serde_json::to_value(other).ok(),
        }
    }
}

impl Whose {
    fn name(self, input: &CaseInput) -> Option<&Name> {
        match self {
            Self::Applicant => Some(&input.applicant.name),
            Self::Proxy => input.proxy.as_ref().map(|proxy| &proxy.name),
            Self::Party(n) => input.parties.get(n).map(|party| &party.name),
        }
    }

    /// All whom an application names.
    fn all(input: &CaseInput) -> impl Iterator<Item = Self> {
        let proxy = input.proxy.as_ref().map(|_| Self::Proxy);
        (0..input.parties.len()).map(Self::Party).chain([Self::Applicant]).chain(proxy)
    }

    /// Where their name stands.
    fn name_pointer(self) -> String {
        match self {
            Self::Applicant => "/applicant/name".to_owned(),
            Self::Proxy => "/proxy/name".to_owned(),
            Self::Party(n) => format!("/parties/{n}/name"),
        }
    }

    fn put_name(self, input: &mut CaseInput, name: Name) -> Option<()> {
        match self {
            Self::Applicant => input.applicant.name = name,
            Self::Proxy => input.proxy.as_mut()?.name = name,
            Self::Party(n) => input.parties.get_mut(n)?.name = name,
        }
        Some(())
    }

    pub fn known(self, input: &CaseInput) -> Option<&Identifier> {
        match self {
            Self::Applicant => Some(&input.applicant.national_id),
            Self::Proxy => input.proxy.as_ref().map(|proxy| &proxy.national_id),
            Self::Party(n) => input.parties.get(n).map(|party| &party.national_id),
        }
    }

    /// Lets somebody be known by what a caller says of whoever has their name.
    pub fn put_known(self, input: &mut CaseInput, known: impl FnOnce(&Name) -> Result<Identifier>) -> Result<()> {
        match self {
            Self::Applicant => input.applicant.national_id = known(&input.applicant.name)?,
            Self::Proxy => {
                if let Some(proxy) = &mut input.proxy {
                    proxy.national_id = known(&proxy.name)?;
                }
            }
            Self::Party(n) => {
                if let Some(party) = input.parties.get_mut(n) {
                    party.national_id = known(&party.name)?;
                }
            }
        }
        Ok(())
    }
}

impl<'a> Target<'a> {
    pub fn of(pointer: &'a str) -> Option<Self> {
        if let Some(frame) = Frame::of(pointer) {
            return Some(Self::Frame(frame));
        }
        let parts: Vec<&str> = pointer.split('/').skip(1).collect();
        let (whose, member) = match parts.as_slice() {
            ["fields", _, ..] => return pointer.strip_prefix("/fields").map(Self::Field),
            ["event_on"] => return Some(Self::EventOn),
            ["applicant", "relation"] => return Some(Self::Relation),
            ["parties", n] => return place(n).map(Self::Party),
            ["parties", n, "birth_on"] => return place(n).map(Self::PartyBirth),
            ["parties", n, "romanised_name"] => return place(n).map(Self::RomanisedName),
            ["parties", n, "role"] => return place(n).map(Self::Role),
            ["applicant", member] => (Whose::Applicant, *member),
            ["proxy", member] => (Whose::Proxy, *member),
            ["parties", n, member] => (Whose::Party(place(n)?), *member),
            _ => return None,
        };
        let said = Said::BOTH.into_iter().find(|said| said.member() == member);
        said.map(|said| Self::Identity(whose, said)).or_else(|| (member == "name").then_some(Self::Name(whose)))
    }

    /// The value that stands there; `None` where the case has no such member.
    pub fn value(&self, input: &CaseInput) -> Option<Value> {
        match self {
            Self::Field(pointer) => {
                let (parent, name) = pointer.rsplit_once('/')?;
                let parent = input.fields.pointer(parent)?.as_object()?;
                Some(parent.get(name).cloned().unwrap_or(Value::Null))
            }
            Self::EventOn => serde_json::to_value(input.event_on).ok(),
            Self::Relation => serde_json::to_value(input.applicant.relation).ok(),
            Self::Frame(frame) => frame.value(input),
            Self::Name(whose) => serde_json::to_value(whose.name(input)?).ok(),
            Self::Identity(whose, said) => said.value(whose.known(input)?),
            Self::PartyBirth(n) => serde_json::to_value(input.parties.get(*n)?.birth_on).ok(),
            Self::RomanisedName(n) => serde_json::to_value(&input.parties.get(*n)?.romanised_name).ok(),
            Self::Role(n) => serde_json::to_value(input.parties.get(*n)?.role).ok(),
            // Nobody, until they are named.
            Self::Party(n) => input.parties.get(*n).map_or(Some(Value::Null), shown),
        }
    }

    /// The place of the party whose member it is, or who it is as a whole.
    fn party(&self) -> Option<usize> {
        match self {
            Self::Name(Whose::Party(n)) | Self::Identity(Whose::Party(n), _) => Some(*n),
            Self::PartyBirth(n) | Self::RomanisedName(n) | Self::Role(n) | Self::Party(n) => Some(*n),
            Self::Field(_) | Self::EventOn | Self::Relation | Self::Frame(_) | Self::Name(_) | Self::Identity(..) => None,
        }
    }

    /// Whether one of two is a whole party, and the other a member of it.
    pub fn is_part_of(&self, other: &Self) -> bool {
        let is_whole = |one: &Self| matches!(one, Self::Party(_));
        self.party().is_some() && self.party() == other.party() && (is_whole(self) || is_whole(other))
    }

    /// Puts a value there, which the caller gave at a pointer.
    pub fn set(&self, input: &mut CaseInput, (at, value): (&str, &Value)) -> Result<()> {
        match self {
            Self::Identity(whose, Said::Other) => whose.put_known(input, |name| identity(at, value, name))?,
            Self::Frame(frame) => frame.set(input, (at, value))?,
            Self::Party(_) => {
                let party: PartyInput = read_member(at, value)?;
                let lacks_spouse = lacks_spouse(input);
                // The child of a birth is whom it makes, and is corrected where the birth says it.
                let is_child = Form::of_type(&input.type_code) == Form::Birth && party.role == PartyRole::Subject;
                if is_child || lacks_spouse && party.role != PartyRole::Spouse {
                    return Err(Error::field(format!("{at}/role"), "not_allowed", coded("not_allowed").1));
                }
                input.parties.push(party);
                if let Some(fields) = input.fields.as_object_mut().filter(|_| lacks_spouse) {
                    fields.retain(|name, _| !SPOUSE_BY_NAME.contains(&name.as_str()));
                }
            }
            _ => {
                let wrong = || Error::field(at, "invalid_type", coded("invalid_type").1);
                if let Self::Name(whose) = self
                    && whose.known(input).is_none_or(Identifier::is_human)
                {
                    read_member::<Name>(at, value)?;
                }
                if matches!(self, Self::RomanisedName(_)) && !value.is_null() {
                    read_member::<RomanisedName>(at, value)?;
                }
                self.put(input, value).ok_or_else(wrong)?;
            }
        }
        input.tell_apart();
        Ok(())
    }

    /// Puts a value there; `None` where it is not of the member's type.
    fn put(&self, input: &mut CaseInput, value: &Value) -> Option<()> {
        match self {
            Self::Field(pointer) => {
                let (parent, name) = pointer.rsplit_once('/')?;
                input.fields.pointer_mut(parent)?.as_object_mut()?.insert(name.to_owned(), value.clone());
            }
            Self::EventOn => input.event_on = read::<Option<NaiveDate>>(value)?,
            Self::Relation => input.applicant.relation = read(value)?,
            Self::Name(whose) => whose.put_name(input, read(value)?)?,
            Self::Identity(whose, Said::Number) => {
                let number = read::<IdNumber>(value)?;
                whose.put_known(input, |_| Ok(number.into())).ok()?;
            }
            Self::Identity(_, Said::Other) | Self::Party(_) | Self::Frame(_) => return None,
            Self::PartyBirth(n) => input.parties.get_mut(*n)?.birth_on = read::<Option<PartialDate>>(value)?,
            Self::RomanisedName(n) => input.parties.get_mut(*n)?.romanised_name = read::<Option<RomanisedName>>(value)?,
            Self::Role(n) => input.parties.get_mut(*n)?.role = read(value)?,
        }
        Some(())
    }

    /// Whether another target is the same member, or says the same fact by another one.
    pub fn says_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Identity(one, _), Self::Identity(other, _)) => one == other,
            (one, other) => one == other,
        }
    }

    /// The members that have changed: of what somebody is known by both, where it is of another kind now.
    pub fn lines(&self, pointer: &str, before: &CaseInput, after: &CaseInput) -> Vec<Line> {
        let members: Vec<(String, Self)> = match self {
            Self::Identity(whose, _) => {
                let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
                Said::BOTH.map(|said| (format!("{parent}/{}", said.member()), Self::Identity(*whose, said))).into()
            }
            Self::Party(_) => {
                let named = SPOUSE_BY_NAME.map(|name| (format!("/fields/{name}"), Self::Field(by_name(name))));
                [(pointer.to_owned(), *self)].into_iter().chain(named).collect()
            }
            _ => vec![(pointer.to_owned(), *self)],
        };
        let line = |(pointer, member): (String, Self)| {
            let (before, after) = (member.value(before)?, member.value(after)?);
            (before != after).then_some(Line { pointer, before, after })
        };
        members.into_iter().filter_map(line).collect()
    }
}

/// The members by which a marriage names a spouse who is no party.
const SPOUSE_BY_NAME: [&str; 2] = ["spouse_name", "spouse_nationality"];

fn by_name(member: &str) -> &'static str {
    if member == SPOUSE_BY_NAME[0] { "/spouse_name" } else { "/spouse_nationality" }
}

/// Whether a marriage knows one of its spouses by name alone.
fn lacks_spouse(input: &CaseInput) -> bool {
    Form::of_type(&input.type_code) == Form::Marriage && input.parties.len() == 1 && input.fields["spouse_name"].is_string()
}

/// A party as the record book keeps them.
fn shown(party: &PartyInput) -> Option<Value> {
    let said = |said: Said| said.value(&party.national_id);
    Some(json!({
        "role": party.role, "name": party.name, "birth_on": party.birth_on, "romanised_name": party.romanised_name,
        "national_id": said(Said::Number)?, "identified_by": said(Said::Other)?
    }))
}

/// What stands in the place of a number.
fn identity(at: &str, value: &Value, name: &Name) -> Result<Identifier> {
    let said: OtherIdentity = read_member(at, value)?;
    Identifier::of(None, Some(&said), name.as_str()).map_err(|Unidentified(member, rule)| {
        Error::field(format!("{at}{}", member.trim_start_matches("identified_by")), rule, coded(rule).1)
    })
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

/// A place in a list, written as RFC 6901 has it: without signs and leading zeros.
fn place(text: &str) -> Option<usize> {
    text.parse().ok().filter(|place: &usize| place.to_string() == text)
}

/// Where the name stands that the subject of a change of name had until then.
const OLD_NAME: &str = "/old_name";

/// Those who are named as a target names somebody: everywhere by the same name, and known by the same.
fn meant(target: &Target<'_>, input: &CaseInput) -> Vec<Whose> {
    let first = match target {
        Target::Name(whose) => Some(*whose),
        Target::Field(OLD_NAME) if Form::of_type(&input.type_code) == Form::Name => subject(input),
        _ => None,
    };
    let Some(first) = first else { return Vec::new() };
    let is_same = |other: &Whose| other.name(input) == first.name(input) && other.known(input) == first.known(input);
    Whose::all(input).filter(is_same).collect()
}

/// Whether a name is of somebody else from now on.
fn is_moved(target: &Target<'_>, before: &CaseInput, input: &CaseInput) -> bool {
    matches!(target, Target::Name(whose) if whose.known(input) != whose.known(before))
}

fn subject(input: &CaseInput) -> Option<Whose> {
    input.parties.iter().position(|party| party.role == PartyRole::Subject).map(Whose::Party)
}

/// Lets whoever is named more than once in a case have one corrected name in all places, each with its line; `Err` is a target
/// that gives somebody another name than an earlier one does.
pub fn name_alike<'a>(
    named: &[Target<'a>],
    before: &CaseInput,
    input: &mut CaseInput,
) -> std::result::Result<Vec<Line>, Target<'a>> {
    let mut lines = Vec::new();
    for target in named {
        let everywhere = meant(target, before);
        let is_new = |name: &Value| Some(name) != target.value(before).as_ref();
        let Some(name) = target.value(input).filter(|name| !everywhere.is_empty() && is_new(name)) else { continue };
        let mut places: Vec<(String, Target<'a>)> =
            everywhere.iter().map(|whose| (whose.name_pointer(), Target::Name(*whose))).collect();
        if Form::of_type(&input.type_code) == Form::Name && subject(before).is_some_and(|one| everywhere.contains(&one)) {
            places.push((format!("/fields{OLD_NAME}"), Target::Field(OLD_NAME)));
        }
        if is_moved(target, before, input) {
            continue;
        }
        for (pointer, place) in places.into_iter().filter(|(_, place)| place != target) {
            if is_moved(&place, before, input) {
                continue;
            }
            match (named.contains(&place), place.value(input).as_ref() == Some(&name)) {
                (true, true) => {}
                (true, false) => return Err(place),
                (false, _) => {
                    place.put(input, &name);
                    lines.extend(place.lines(&pointer, before, input));
                }
            }
        }
    }
    Ok(lines)
}
