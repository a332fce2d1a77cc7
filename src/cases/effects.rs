//! What a registration changes beyond the case: names, numbers, seals; and how it is taken back.

use serde_json::json;

use super::case::{Case, Party};
use super::counter;
use super::fields::{CaseFields, CommonFields, Form, PartyRole};
use super::former_names;
use super::grounds;
use super::guarded::Wards;
use super::named::{self, Face};
use super::reinstatements;
use super::representation;
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
use crate::people::{self, IdNumber, Identifier, Name, overruled};

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
    /// Only what is registered can be certified.
    CertifySeal,
}

impl Effect {
    pub fn of(fields: &CaseFields) -> Self {
        match fields {
            CaseFields::Name(names) => Self::Rename { from: names.old_name.clone(), to: names.new_name.clone() },
            CaseFields::Uid(numbers) => {
                Self::Renumber { from: numbers.old_number.clone().into(), to: numbers.new_number.clone().into() }
            }
            CaseFields::Common(CommonFields { new_number: Some(to), .. }) => Self::Number { to: to.clone().into() },
            CaseFields::SealCertificate(_) => Self::CertifySeal,
            _ => Self::Nothing,
        }
    }

    pub fn carry_out(&self, tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
        match self {
            Self::Nothing => Ok(()),
            Self::Rename { to, .. } => give_name(tx, node, by, case, to),
            Self::Renumber { to, .. } => renumber(tx, node, by, case, to),
            Self::Number { to } => {
                require_unnumbered(tx, node, case)?;
                renumber(tx, node, by, case, to)
            }
            Self::CertifySeal if seals::has_seal(tx, case.person_id)? => Ok(()),
            Self::CertifySeal => Err(contradiction("查無有效之印鑑登記", "no seal of this person is registered")),
        }
    }

    /// Refuses what does not follow on what stood in the register in the place of the case among others: what was entered later says
    /// nothing of it, so that entries are corrected and restored in any order.
    pub fn require_place(&self, conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<()> {
        match self {
            Self::Rename { from, .. } => former_names::require(conn, node, by, case, from),
            Self::Renumber { from, .. } => {
                people::numbers::require_before(conn, &node.vault, case.person_id, from, (since(by, case), case.id))
            }
            _ => Ok(()),
        }
    }

    fn take_back(&self, tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
        match self {
            Self::Nothing | Self::CertifySeal => Ok(()),
            Self::Rename { from, to } => take_back_name(tx, node, by, case, from, to),
            Self::Renumber { from, to } => {
                people::numbers::take_number(tx, &node.vault, case.person_id, (to, from), case.id, by.now)?;
                tell(tx, case, "person.renumbered");
                Ok(())
            }
            Self::Number { to } => {
                let names = named::of(tx, node, case.id)?.ok_or_else(|| Error::Internal("a case names nobody".to_owned()))?;
                let (_, before) = names
                    .faces(case, &store::parties(tx, case.id)?)
                    .remove(&case.person_id)
                    .ok_or_else(|| Error::Internal("a case does not name whom it is about".to_owned()))?;
                people::numbers::take_number(tx, &node.vault, case.person_id, (to, &before), case.id, by.now)?;
                tell(tx, case, "person.renumbered");
                Ok(())
            }
        }
    }
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
    let since = since(by, case);
    if rank(case, party.role, FactKind::Name) == Rank::Registered {
        facts::replace_as_of(tx, &node.vault, &word(by, case), since, &NewFact::name(person.id, name.as_str()))?;
    }
    if let Some(day) = face.birth_on.filter(|_| rank(case, party.role, FactKind::BirthOn) == Rank::Registered) {
        facts::replace_as_of(tx, &node.vault, &word(by, case), since, &NewFact::birth_on(person.id, day))?;
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
    let (word, since) = (Word { rank: rank(case, role, kind), ..word(by, case) }, since(by, case));
    let Some(value) = value else { return facts::retract(tx, &node.vault, &word, person, kind) };
    facts::found(tx, &node.vault, person)?;
    overruled::overrule(tx, &node.vault, (person, kind, &value), (&word.actor, "登記更正", by.now))?;
    let fact = NewFact { person, kind, value: value.into(), other: None, valid_from: None };
    facts::replace_as_of(tx, &node.vault, &word, since, &fact)
}

/// By a case's word: what it registers.
pub fn word<'a>(by: &By, case: &Case) -> Word<'a> {
    Word { rank: Rank::Registered, source: case_path(case.id), paper: None, actor: by.caller.name(), now: by.now }
}

/// When what a case registers has its place among other entries: at its registration, however late that is corrected or restored.
pub fn since(by: &By, case: &Case) -> Moment {
    case.registered_at.unwrap_or(by.now)
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
    let named = party_ids(tx, case)?;
    let wards = Wards::of_entry(tx, node, (case, &named), by.now.date())?;
    name_parties(tx, node, by, case)?;
    let fields = entered(tx, node, case)?;
    grounds::require_still(tx, node, case, &fields)?;
    seals::require_place(tx, &node.vault, case)?;
    match Effect::of(&fields) {
        Effect::Rename { from, .. } => {
            let (today, _) = people::store::open(tx, &node.vault, case.person_id)?;
            former_names::require_called(Some(&today), &from)?;
        }
        effect => effect.require_place(tx, node, by, case)?,
    }
    carry_out(tx, node, by, case)?;
    status::enter(tx, node, by, case, (&fields, true))?;
    wards.require_none_new(tx, node, case)?;
    representation::require_living(tx, node, case)?;
    let people = party_ids(tx, case)?;
    seals::follow(tx, &node.vault, (case, true), &people, by.now)
}

/// Those whom a case names as its parties.
pub fn party_ids(conn: &mut Conn, case: &Case) -> Result<Vec<Id>> {
    Ok(store::parties(conn, case.id)?.into_iter().map(|party| party.person_id).collect())
}

/// Whether something else follows from other fields of a case than from its own.
pub fn differ(tx: &mut Tx, node: &Node, case: &Case, after: &CaseFields) -> Result<bool> {
    Ok(Effect::of(&entered(tx, node, case)?) != Effect::of(after))
}

/// Refuses to propose what nobody could approve: a correction to other fields of the same people, or a revocation.
pub fn foresee(conn: &mut Conn, node: &Node, by: &By, case: &Case, corrected: Option<&CaseFields>) -> Result<()> {
    let before = Effect::of(&entered(conn, node, case)?);
    let after = corrected.map(Effect::of);
    if after.as_ref() == Some(&before) {
        return Ok(());
    }
    if let Effect::Renumber { to, .. } | Effect::Number { to } = &before {
        people::numbers::require_theirs(conn, &node.vault, case.person_id, to)?;
    }
    let Some(after) = after else { return Ok(()) };
    match (&before, &after) {
        // What a later case takes for the name or the number of before is what its papers showed.
        (Effect::Rename { from: was, .. }, Effect::Rename { from, .. }) if was != from => {
            former_names::require_known(conn, node, by, case, from)
        }
        (Effect::Renumber { from: was, .. }, Effect::Renumber { from, .. }) if was != from => {
            after.require_place(conn, node, by, case)
        }
        (Effect::Renumber { to: given, .. }, Effect::Renumber { to, .. }) if given != to => {
            people::numbers::require_free(conn, &node.vault, to)
        }
        _ => Ok(()),
    }
}

/// Puts right what a case has given, in its place; whether that is all which follows from it. All else is taken back and given anew.
pub fn put_right(tx: &mut Tx, node: &Node, by: &By, case: &Case, after: &CaseFields) -> Result<bool> {
    let (before, after) = (Effect::of(&entered(tx, node, case)?), Effect::of(after));
    match (&before, &after) {
        (Effect::Renumber { to: given, .. }, Effect::Renumber { to, .. })
        | (Effect::Number { to: given }, Effect::Number { to }) => {
            if given != to {
                people::numbers::correct_number(tx, &node.vault, case.person_id, (given, to), case.id, since(by, case))?;
                tell(tx, case, "person.renumbered");
            }
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Whether a fact is the name that a case has given.
fn has_given(case: &Case, name: &Name, fact: &facts::Fact) -> bool {
    let is_own = fact.source == case_path(case.id) && fact.rank == Rank::Registered;
    is_own && fact.value.as_str() == Some(name.as_str())
}

/// Refuses a case whose fields do not follow on what stood in the register in its place.
pub fn require_place(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<()> {
    seals::require_place(conn, &node.vault, case)?;
    Effect::of(&entered(conn, node, case)?).require_place(conn, node, by, case)
}

/// Takes back what followed from a case beside status.
pub fn take_back(tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
    Effect::of(&entered(tx, node, case)?).take_back(tx, node, by, case)
}

/// Carries out what follows from a case beside status.
pub fn carry_out(tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
    Effect::of(&entered(tx, node, case)?).carry_out(tx, node, by, case)
}

/// Takes back all that followed from a case.
pub fn revoked(tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
    take_back(tx, node, by, case)?;
    let people = party_ids(tx, case)?;
    seals::follow(tx, &node.vault, (case, false), &people, by.now)?;
    let word = word(by, case);
    let own = (&facts::Strikes::Registered(&word.source), word.source.as_str());
    facts::strike_with(tx, &node.vault, own, (&word.actor, REVOKED, by.now))?;
    let is_birth = Form::of_type(&case.type_code) == Form::Birth;
    match is_birth.then(|| reinstatements::child(tx, node, case)).transpose()?.flatten() {
        Some(child) => unborn(tx, node, &word, child),
        None => Ok(()),
    }
}

/// Why facts are struck with the revocation of an entry.
const REVOKED: &str = "登記撤銷";

/// Strikes what others have said since of whoever a birth has entered that is revoked: they were known by it alone. It stands again
/// with the birth.
fn unborn(tx: &mut Tx, node: &Node, word: &Word<'_>, child: Id) -> Result<()> {
    let all = facts::all(tx, &node.vault, child)?;
    let Some(since) = all.iter().filter(|fact| fact.source == word.source).map(|fact| fact.id).min() else { return Ok(()) };
    let is_said = |fact: &&facts::Fact| {
        let is_called = matches!(fact.kind, FactKind::Name | FactKind::BirthOn);
        is_called && fact.rank != Rank::Registered && fact.struck.is_none() && fact.id > since && fact.source != word.source
    };
    for fact in all.iter().filter(is_said) {
        let one = (&facts::Strikes::One(fact.id), word.source.as_str());
        facts::strike_with(tx, &node.vault, one, (&word.actor, REVOKED, word.now))?;
    }
    Ok(())
}

/// What a case says, as it is kept.
pub fn entered(conn: &mut Conn, node: &Node, case: &Case) -> Result<CaseFields> {
    let case_type = counter::own_type(node, conn, case)?;
    CaseFields::kept(case_type.rules.form, &store::open_fields(&node.vault, case)?)
}
