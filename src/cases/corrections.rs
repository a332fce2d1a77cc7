//! What a correction changes: members of the case by pointer, judged anew by the rules of its receipt.

use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::book::Line;
use super::case::Case;
use super::changes::FieldChange;
use super::counter;
use super::effects;
use super::fields::{Form, PartyRole};
use super::input::{CaseInput, PartyInput};
use super::intake::Judged;
use super::named::{self, Names};
use super::restore::as_registered;
use super::status;
use super::store;
use crate::auth::By;
use crate::calendar::PartialDate;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result, Text};
use crate::node::Node;

/// A member that can be corrected.
enum Target<'a> {
    /// By its pointer within the fields.
    Field(&'a str),
    EventOn,
    Relation,
    PartyName(usize),
    PartyBirth(usize),
}

impl<'a> Target<'a> {
    fn of(pointer: &'a str) -> Option<Self> {
        let parts: Vec<&str> = pointer.split('/').skip(1).collect();
        match parts.as_slice() {
            ["fields", _, ..] => pointer.strip_prefix("/fields").map(Self::Field),
            ["event_on"] => Some(Self::EventOn),
            ["applicant", "relation"] => Some(Self::Relation),
            ["parties", n, "name"] => n.parse().ok().map(Self::PartyName),
            ["parties", n, "birth_on"] => n.parse().ok().map(Self::PartyBirth),
            _ => None,
        }
    }

    /// The value that stands there; `None` where the case has no such member.
    fn value(&self, input: &CaseInput) -> Option<Value> {
        match self {
            Self::Field(pointer) => {
                let (parent, name) = pointer.rsplit_once('/')?;
                let parent = input.fields.pointer(parent)?.as_object()?;
                Some(parent.get(name).cloned().unwrap_or(Value::Null))
            }
            Self::EventOn => serde_json::to_value(input.event_on).ok(),
            Self::Relation => serde_json::to_value(input.applicant.relation).ok(),
            Self::PartyName(n) => serde_json::to_value(&correctable(input, *n)?.name).ok(),
            Self::PartyBirth(n) => serde_json::to_value(input.parties.get(*n)?.birth_on).ok(),
        }
    }

    /// Puts a value there; `None` where it is not of the member's type.
    fn set(&self, input: &mut CaseInput, value: &Value) -> Option<()> {
        match self {
            Self::Field(pointer) => {
                let (parent, name) = pointer.rsplit_once('/')?;
                input.fields.pointer_mut(parent)?.as_object_mut()?.insert(name.to_owned(), value.clone());
            }
            Self::EventOn => input.event_on = read::<Option<NaiveDate>>(value)?,
            Self::Relation => input.applicant.relation = read(value)?,
            Self::PartyName(n) => input.parties.get_mut(*n)?.name = read(value)?,
            Self::PartyBirth(n) => input.parties.get_mut(*n)?.birth_on = read::<Option<PartialDate>>(value)?,
        }
        Some(())
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

/// A party whose name can be corrected: the subject of a change of name has it in the fields.
fn correctable(input: &CaseInput, n: usize) -> Option<&PartyInput> {
    let renamed = Form::of_type(&input.type_code) == Form::Name;
    input.parties.get(n).filter(|party| !renamed || party.role != PartyRole::Subject)
}

/// A case as it stands corrected, and the lines for the record book.
pub struct Corrected {
    input: CaseInput,
    judged: Judged,
    /// The parties of before, in their order.
    parties: Vec<PartyInput>,
    pub lines: Vec<Line>,
}

/// Corrects members of a case; refuses what changes nothing, and what its form forbids.
pub fn corrected(conn: &mut Conn, node: &Node, by: &By, case: &Case, changes: &[FieldChange]) -> Result<Corrected> {
    let before = as_registered(conn, node, case)?;
    let mut input = before.clone();
    let mut lines = Vec::with_capacity(changes.len());
    for (index, change) in changes.iter().enumerate() {
        let refused = |member: &str, code: &'static str, zh: &'static str, en: &'static str| {
            Error::field(format!("/changes/{index}/{member}"), code, Text::new(zh, en))
        };
        let unknown = || refused("pointer", "unknown_field", "案件無此欄位或不得更正", "there is no such member to correct");
        let target = Target::of(&change.pointer).ok_or_else(unknown)?;
        let old = target.value(&before).ok_or_else(unknown)?;
        if changes[..index].iter().any(|other| other.pointer == change.pointer) {
            return Err(refused("pointer", "duplicate", "欄位重複", "this member is named twice"));
        }
        let wrong = || refused("value", "invalid_type", "型別不符", "the value is not of the member's type");
        target.set(&mut input, &change.value).ok_or_else(wrong)?;
        if old == change.value {
            return Err(refused("value", "unchanged", "與現有登載相同", "this is what stands there already"));
        }
        lines.push(Line { pointer: change.pointer.clone(), before: old, after: change.value.clone() });
    }
    let judged = counter::judge_again(conn, node, by, case, &input)?;
    Ok(Corrected { input, judged, parties: before.parties, lines })
}

impl Corrected {
    /// Puts the corrections into the case, the register, and what follows from the case.
    pub fn put_into(&self, tx: &mut Tx, node: &Node, by: &By, case: &mut Case) -> Result<()> {
        let form = self.judged.form.as_ref().ok_or_else(|| Error::Internal(format!("case {} has no form", case.id)))?;
        effects::corrected(tx, node, by, case, form)?;
        let people = store::parties(tx, case.id)?;
        for ((old, new), party) in self.parties.iter().zip(&self.input.parties).zip(people) {
            if old.name != new.name {
                effects::called(tx, node, by, case, (&party, &new.name))?;
            }
            if old.birth_on != new.birth_on {
                effects::born(tx, node, by, case, (&party, new.birth_on))?;
            }
        }
        named::keep(tx, node, case.id, &Names::of(&self.input))?;
        case.event_on = self.input.event_on;
        case.relation = self.input.applicant.relation;
        case.fields = store::seal_fields(&node.vault, case.id, &self.judged.fields)?;
        case.late = self.judged.late;
        case.legal_due_on = self.judged.legal.as_ref().map(|legal| legal.due_on);
        status::withdraw(tx, node, by, case)?;
        status::enter(tx, node, by, case, form)
    }
}
