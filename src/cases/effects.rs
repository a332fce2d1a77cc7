//! What a registration changes beyond the case: names, numbers, seals; and how it is taken back.

use serde_json::json;

use super::case::{Case, Party};
use super::counter;
use super::fields::{CaseFields, CommonFields, PartyRole};
use super::named::{self, Face};
use super::reinstatements;
use super::seals;
use super::status;
use super::store;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::domain::case_path;
use crate::error::{Code, Error, Problem, Result};
use crate::node::Node;
use crate::people::facts::{self, FactKind, NewFact, Rank, Word};
use crate::people::store::Named;
use crate::people::{self, IdNumber, Identifier, Name, holding, names};

/// What follows from the fields of a case.
#[derive(PartialEq, Eq)]
pub enum Effect {
    Nothing,
    Rename {
        from: Name,
        to: Name,
    },
    Renumber {
        from: Identifier,
        to: Identifier,
    },
    /// An initial registration gives a number to whoever had none, or a resident number.
    Number {
        to: Identifier,
    },
    Seal {
        village_code: String,
    },
    /// A seal ends by itself on death, loss of nationality and moving out of the office's area, unless abroad (印鑑登記辦法 §6): of
    /// nobody, where a move stays within it.
    EndSeals(&'static [PartyRole]),
    /// Only what is registered can be certified.
    CertifySeal,
    /// Somebody is there by it; a seal of theirs ends with it when it is revoked.
    Born,
}

impl Effect {
    pub fn of(type_code: &str, fields: &CaseFields) -> Self {
        match fields {
            CaseFields::Nationality(_) if type_code == "NAT_LOSS" => Self::EndSeals(&[PartyRole::Subject]),
            CaseFields::Name(names) => Self::Rename { from: names.old_name.clone(), to: names.new_name.clone() },
            CaseFields::Uid(numbers) => {
                Self::Renumber { from: numbers.old_number.clone().into(), to: numbers.new_number.clone().into() }
            }
            CaseFields::Common(CommonFields { new_number: Some(to), .. }) => Self::Number { to: to.clone().into() },
            CaseFields::Death(_) => Self::EndSeals(&[PartyRole::Deceased]),
            CaseFields::MoveOut(moved) if moved.leaves_the_area() => Self::EndSeals(&[PartyRole::Subject, PartyRole::Member]),
            CaseFields::MoveOut(_) => Self::EndSeals(&[]),
            CaseFields::Seal(seal) => Self::Seal { village_code: seal.village_code.clone() },
            CaseFields::SealCertificate(_) => Self::CertifySeal,
            CaseFields::Birth(_) => Self::Born,
            _ => Self::Nothing,
        }
    }

    pub fn carry_out(&self, tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
        match self {
            Self::Nothing => Ok(()),
            Self::Born => seals::restore_ended(tx, case),
            Self::Rename { from, to } => rename(tx, node, by, case, from, to),
            Self::Renumber { from, to } => {
                require_number(tx, node, case, from)?;
                renumber(tx, node, by, case, to)
            }
            Self::Number { to } => {
                require_unnumbered(tx, node, case)?;
                renumber(tx, node, by, case, to)
            }
            Self::Seal { village_code } => seals::register(tx, case, village_code, (since(by, case), by.now)),
            Self::EndSeals(roles) => seals::end_of_parties(tx, case, roles, by.now),
            Self::CertifySeal if seals::has_seal(tx, case.person_id)? => Ok(()),
            Self::CertifySeal => Err(contradiction("查無有效之印鑑登記", "no seal of this person is registered")),
        }
    }

    fn take_back(&self, tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
        match self {
            Self::Nothing | Self::CertifySeal => Ok(()),
            Self::Born => match reinstatements::child(tx, node, case)? {
                Some(child) => seals::end_of(tx, case, child, by.now),
                None => Ok(()),
            },
            Self::Rename { from, to } => take_back_name(tx, node, by, case, from, to),
            Self::Renumber { from, to } => {
                require_number(tx, node, case, to)?;
                people::numbers::take_number(tx, &node.vault, case.person_id, (to, from), case.id, by.now)?;
                tell(tx, case, "person.renumbered");
                Ok(())
            }
            Self::Number { to } => {
                require_number(tx, node, case, to)?;
                let names = named::of(tx, node, case.id)?.ok_or_else(|| Error::Internal("a case names nobody".to_owned()))?;
                let (_, before) = names
                    .faces(case, &store::parties(tx, case.id)?)
                    .remove(&case.person_id)
                    .ok_or_else(|| Error::Internal("a case does not name whom it is about".to_owned()))?;
                people::numbers::take_number(tx, &node.vault, case.person_id, (to, &before), case.id, by.now)?;
                tell(tx, case, "person.renumbered");
                Ok(())
            }
            Self::Seal { .. } | Self::EndSeals(_) => seals::take_back(tx, case, by.now),
        }
    }
}

/// Whether a case of a type that says so ends the seal of whoever has a role in it.
pub fn ends_seal(type_code: &str, fields: &CaseFields, role: PartyRole) -> bool {
    matches!(Effect::of(type_code, fields), Effect::EndSeals(roles) if roles.contains(&role))
}

/// What the register holds contradicts what is to be entered.
pub fn contradiction(zh: &'static str, en: &'static str) -> Error {
    Problem::new(Code::CONFLICT).detail(zh, en).into()
}

fn tell(tx: &mut Tx, case: &Case, action: &'static str) {
    tx.record(Record::change(action, format!("people/{}", case.person_id), json!({"case_id": case.id})).about(case.person_id));
}

fn renumber(tx: &mut Tx, node: &Node, by: &By, case: &Case, to: &Identifier) -> Result<()> {
    people::numbers::change_number(tx, &node.vault, case.person_id, to, case.id, since(by, case))?;
    tell(tx, case, "person.renumbered");
    Ok(())
}

/// Gives the person another name, as long as the register says what the case takes for the name of now.
fn rename(tx: &mut Tx, node: &Node, by: &By, case: &Case, from: &Name, to: &Name) -> Result<()> {
    let (name, _) = people::store::open(tx, &node.vault, case.person_id)?;
    require_name(Some(&name), from)?;
    give_name(tx, node, by, case, to)
}

/// Enters the name that a case gives, from the day of its registration on.
pub fn give_name(tx: &mut Tx, node: &Node, by: &By, case: &Case, to: &Name) -> Result<()> {
    let since = since(by, case);
    facts::found(tx, &node.vault, case.person_id)?;
    let fact = NewFact { valid_from: Some(since.date()), ..NewFact::name(case.person_id, to.as_str()) };
    facts::enter_as_of(tx, &node.vault, &word(by, case), since, &fact)?;
    facts::project(tx, &node.vault, case.person_id)?;
    tell(tx, case, "person.renamed");
    Ok(())
}

/// Takes back the name that a case has given: what stands without it is today's again.
fn take_back_name(tx: &mut Tx, node: &Node, by: &By, case: &Case, from: &Name, to: &Name) -> Result<()> {
    let (word, person) = (word(by, case), case.person_id);
    facts::found(tx, &node.vault, person)?;
    let named = facts::standing(tx, &node.vault, person, &[FactKind::Name])?;
    match named.iter().find(|fact| has_given(case, to, fact)) {
        Some(fact) => {
            facts::strike(tx, &node.vault, &facts::Strikes::One(fact.id), (&word.actor, "登記更正或撤銷", by.now))?;
        }
        // It was given before facts were kept.
        None => {
            let fact = NewFact { valid_from: Some(by.now.date()), ..NewFact::name(person, from.as_str()) };
            facts::enter(tx, &node.vault, &word, &fact)?;
            facts::project(tx, &node.vault, person)?;
        }
    }
    tell(tx, case, "person.renamed");
    Ok(())
}

/// What a case says of its parties beside its own effect: two have seen by its papers who they are.
fn name_parties(tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
    let Some(names) = named::of(tx, node, case.id)? else { return Ok(()) };
    let fields = entered(tx, node, case)?;
    for (party, face) in store::parties(tx, case.id)?.into_iter().zip(&names.parties) {
        name_party(tx, node, by, case, (&party, face), &fields)?;
    }
    Ok(())
}

/// The name of the subject of a change of name until then.
pub fn called(fields: &CaseFields, role: PartyRole) -> Option<&Name> {
    match fields {
        CaseFields::Name(names) if role == PartyRole::Subject => Some(&names.old_name),
        _ => None,
    }
}

/// Strikes what a case says of people whom it named by mistake.
pub fn unsaid(tx: &mut Tx, node: &Node, by: &By, case: &Case, people: &[Id]) -> Result<()> {
    let word = word(by, case);
    for person in people {
        facts::strike(tx, &node.vault, &facts::Strikes::Of(&word.source, *person), (&word.actor, "案件誤載", by.now))?;
    }
    Ok(())
}

/// What a case says of one of its parties; the subject of a change of name is called as until then.
pub fn name_party(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    case: &Case,
    (party, face): (&Party, &Face),
    fields: &CaseFields,
) -> Result<()> {
    let name = called(fields, party.role).unwrap_or(&face.name);
    let named = Named { name: name.as_str(), number: &face.national_id, birth_on: face.birth_on };
    let person = people::store::record(tx, &node.vault, party.person_id, &face.national_id)?;
    let seen = Word { rank: Rank::Seen, ..word(by, case) };
    people::store::hear(tx, &node.vault, &seen, &person, named)?;
    if let Some(romanised) = &face.romanised_name {
        let value = Some(romanised.as_str().to_owned());
        said(tx, node, by, case, (person.id, party.role), (FactKind::RomanisedName, value))?;
    }
    if rank(case, party.role, FactKind::Name) == Rank::Registered {
        facts::replace(tx, &node.vault, &word(by, case), &NewFact::name(person.id, name.as_str()))?;
    }
    if let Some(day) = face.birth_on.filter(|_| rank(case, party.role, FactKind::BirthOn) == Rank::Registered) {
        facts::replace(tx, &node.vault, &word(by, case), &NewFact::birth_on(person.id, day))?;
    }
    Ok(())
}

pub fn rank(case: &Case, role: PartyRole, kind: FactKind) -> Rank {
    named::rank_of(&case.type_code, role, kind)
}

/// Puts a corrected name or day of birth in the place of what the case has said of somebody in a role, or strikes that. What was
/// seen otherwise elsewhere goes with it: two people have looked at the papers.
pub fn said(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    case: &Case,
    (person, role): (Id, PartyRole),
    (kind, value): (FactKind, Option<String>),
) -> Result<()> {
    let word = Word { rank: rank(case, role, kind), ..word(by, case) };
    let Some(value) = value else { return facts::retract(tx, &node.vault, &word, person, kind) };
    facts::found(tx, &node.vault, person)?;
    holding::overrule(tx, &node.vault, (person, kind, &value), (&word.actor, "登記更正", by.now))?;
    let fact = NewFact { person, kind, value: value.into(), other: None, valid_from: None };
    facts::replace(tx, &node.vault, &word, &fact)
}

/// By a case's word: what it registers.
pub fn word<'a>(by: &By, case: &Case) -> Word<'a> {
    Word { rank: Rank::Registered, source: case_path(case.id), paper: None, actor: by.caller.name(), now: by.now }
}

/// When what a case registers has its place among other entries: at its registration, however late that is corrected or restored.
pub fn since(by: &By, case: &Case) -> Moment {
    case.registered_at.unwrap_or(by.now)
}

pub fn require_number(conn: &mut Conn, node: &Node, case: &Case, number: &Identifier) -> Result<()> {
    if people::numbers::is_current(conn, &node.vault, case.person_id, number)? {
        return Ok(());
    }
    Err(contradiction("統一編號已有變更，無法還原或登載", "the number in the register is another one by now"))
}

/// Refuses to give a number to somebody who has a national's by now.
pub fn require_unnumbered(conn: &mut Conn, node: &Node, case: &Case) -> Result<()> {
    let (_, known) = people::store::open(conn, &node.vault, case.person_id)?;
    if known.number().is_some_and(IdNumber::is_national) {
        return Err(contradiction("當事人已有統一編號", "the person has a number already"));
    }
    Ok(())
}

/// Carries out what follows from a case that has just passed its review.
pub fn registered(tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
    name_parties(tx, node, by, case)?;
    carry_out(tx, node, by, case)?;
    let fields = entered(tx, node, case)?;
    status::enter(tx, node, by, case, (&fields, true))
}

/// Whether something else follows from other fields of a case than from its own.
pub fn differ(tx: &mut Tx, node: &Node, case: &Case, after: &CaseFields) -> Result<bool> {
    Ok(Effect::of(&case.type_code, &entered(tx, node, case)?) != Effect::of(&case.type_code, after))
}

/// Refuses to propose what nobody could approve, since a later entry stands on this one: a correction to other fields of the same
/// people, or a revocation.
pub fn foresee(conn: &mut Conn, node: &Node, case: &Case, corrected: Option<&CaseFields>) -> Result<()> {
    let before = Effect::of(&case.type_code, &entered(conn, node, case)?);
    let after = corrected.map(|fields| Effect::of(&case.type_code, fields));
    if after.as_ref() == Some(&before) {
        return Ok(());
    }
    if let Effect::Renumber { to, .. } | Effect::Number { to } = &before {
        require_number(conn, node, case, to)?;
    }
    match (&before, &after) {
        (Effect::Rename { to: given, .. }, Some(Effect::Rename { from, .. })) => {
            // What was only seen goes with the correction, which two people make by a paper.
            let mut others = facts::standing(conn, &node.vault, case.person_id, &[FactKind::Name])?;
            others.retain(|fact| fact.rank == Rank::Registered && !has_given(case, given, fact));
            require_name(holding::todays(&others, FactKind::Name).and_then(|fact| fact.value.as_str()), from)
        }
        (Effect::Renumber { from: number, .. }, Some(Effect::Renumber { from, .. })) if number != from => {
            Err(contradiction("統一編號已有變更，無法還原或登載", "the number in the register is another one by now"))
        }
        (Effect::Renumber { to: given, .. }, Some(Effect::Renumber { to, .. })) if given != to => {
            people::numbers::require_free(conn, &node.vault, to)
        }
        _ => Ok(()),
    }
}

/// Whether a fact is the name that a case has given.
fn has_given(case: &Case, name: &Name, fact: &facts::Fact) -> bool {
    let is_own = fact.source == case_path(case.id) && fact.rank == Rank::Registered;
    is_own && fact.value.as_str() == Some(name.as_str())
}

/// Refuses where the name of now is not the one that a case takes for it.
pub fn require_name(today: Option<&str>, from: &Name) -> Result<()> {
    if today.is_none_or(|name| names::passes_for(name, from.as_str())) {
        return Ok(());
    }
    Err(contradiction(
        "登記之姓名已由他案變更，無法還原或登載；請先更正或撤銷該案",
        "another case has changed the name in the register: correct or revoke that one first",
    ))
}

/// Takes back what followed from a case beside status.
pub fn take_back(tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
    Effect::of(&case.type_code, &entered(tx, node, case)?).take_back(tx, node, by, case)
}

/// Carries out what follows from a case beside status.
pub fn carry_out(tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
    Effect::of(&case.type_code, &entered(tx, node, case)?).carry_out(tx, node, by, case)
}

/// Takes back all that followed from a case.
pub fn revoked(tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
    take_back(tx, node, by, case)?;
    let word = word(by, case);
    facts::strike(tx, &node.vault, &facts::Strikes::Registered(&word.source), (&word.actor, "登記撤銷", by.now)).map(drop)
}

/// What a case says, as it is kept.
pub fn entered(conn: &mut Conn, node: &Node, case: &Case) -> Result<CaseFields> {
    let case_type = counter::own_type(node, conn, case)?;
    CaseFields::kept(case_type.rules.form, &store::open_fields(&node.vault, case)?)
}
