//! What cases say of those whom they name is kept as a fact of each case's own. Of before only the first source's word was kept: a
//! start says again what cases say that stand.

use diesel::prelude::*;

use super::case::Case;
use super::effects::called;
use super::entries;
use super::fields::{CaseFields, Form};
use super::named;
use super::states::CaseStatus;
use super::store;
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::db::{Id, Tx};
use crate::domain::case_path;
use crate::error::Result;
use crate::people::facts::{self, Fact, FactKind, NewFact, Rank, Word};
use crate::people::{holding, names};
use crate::scheduling::services::Channel;
use crate::schema::case_named;
use crate::secrets::vault::Vault;

/// How many cases of before a start looks at at once.
const BATCH: i64 = 500;

/// States in which nobody is known by what a case says: its people are not met yet, or what it said was struck.
const UNHEARD: [CaseStatus; 3] = [CaseStatus::Draft, CaseStatus::Refused, CaseStatus::Withdrawn];

/// Says again what cases of before say of their people.
pub fn fill(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<()> {
    loop {
        let open = case_named::table.filter(case_named::said.is_null()).order(case_named::case_id).limit(BATCH);
        let open: Vec<Id> = open.select(case_named::case_id).load(&mut **tx)?;
        if open.is_empty() {
            return Ok(());
        }
        for id in open {
            say_again(tx, vault, id, now)?;
            diesel::update(case_named::table.find(id)).set(case_named::said.eq(Some(true))).execute(&mut **tx)?;
        }
    }
}

fn say_again(tx: &mut Tx, vault: &Vault, id: Id, now: Moment) -> Result<()> {
    let case = entries::case(tx, id)?;
    let Some(names) = named::kept(tx, vault, id)?.filter(|_| !UNHEARD.contains(&case.status)) else { return Ok(()) };
    let fields = match Form::of_type(&case.type_code) {
        Form::Name => Some(CaseFields::kept(Form::Name, &store::open_fields(vault, &case)?)?),
        _ => None,
    };
    let counter = case.channel == Channel::Counter;
    let rank = |seen: bool| if seen || counter { Rank::Seen } else { Rank::Claimed };
    for (party, face) in store::parties(tx, id)?.into_iter().zip(&names.parties) {
        let name = fields.as_ref().and_then(|fields| called(fields, party.role)).unwrap_or(&face.name);
        let said = (name.as_str(), face.birth_on);
        say(tx, vault, &case, (party.person_id, rank(case.registered_at.is_some()), now), said)?;
    }
    say(tx, vault, &case, (case.applicant_id, rank(false), now), (names.applicant.name.as_str(), None))?;
    if let Some((proxy, face)) = case.proxy_id.zip(names.proxy.as_ref()) {
        say(tx, vault, &case, (proxy, rank(false), now), (face.name.as_str(), None))?;
    }
    Ok(())
}

/// Says of somebody what agrees with what is known of them, or where nothing is known any more; what says otherwise was kept.
fn say(
    tx: &mut Tx,
    vault: &Vault,
    case: &Case,
    (person, rank, now): (Id, Rank, Moment),
    (name, birth_on): (&str, Option<PartialDate>),
) -> Result<()> {
    let source = case_path(case.id);
    let all = facts::ever(tx, vault, &[person], &[FactKind::Name, FactKind::BirthOn])?;
    let (standing, struck): (Vec<Fact>, Vec<Fact>) = all.into_iter().partition(|fact| fact.struck.is_none());
    let mut said = Vec::new();
    for (kind, value) in [(FactKind::Name, Some(name.to_owned())), (FactKind::BirthOn, birth_on.map(|day| day.to_string()))] {
        let Some(value) = value else { continue };
        let is_own = |fact: &&Fact| fact.kind == kind && fact.source == source;
        let known = holding::todays(&standing, kind).and_then(|fact| fact.value.as_str());
        let is_kept = standing.iter().any(|fact| is_own(&fact)) || known.is_some() && struck.iter().any(|fact| is_own(&fact));
        let agrees = |known: &str| if kind == FactKind::Name { names::passes_for(known, &value) } else { known == value };
        if !is_kept && known.is_none_or(agrees) {
            // The register's form of a name stays.
            said.push((kind, known.unwrap_or(&value).to_owned()));
        }
    }
    let word = Word { rank, source, paper: None, actor: "system".to_owned(), now };
    for (kind, value) in &said {
        let fact = NewFact { person, kind: *kind, value: value.clone().into(), other: None, valid_from: None };
        facts::say(tx, vault, &word, &fact)?;
    }
    if said.is_empty() { Ok(()) } else { facts::project(tx, vault, person) }
}
