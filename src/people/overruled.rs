//! What a paper or a correction has overruled: whoever said it still does, and it stands again where nothing is left that took its
//! place.

use diesel::prelude::*;

use super::facts::{self, FactKind, NewFact, Rank, Strikes, Word, standing, strike};
use crate::clock::Moment;
use crate::db::{Id, Tx};
use crate::error::Result;
use crate::schema::facts as table;
use crate::secrets::vault::Vault;

/// Strikes what was only said or seen of somebody and says otherwise, whoever entered it: a paper, or two people by a
/// correction, have settled it.
pub fn overrule(
    tx: &mut Tx,
    vault: &Vault,
    (person, kind, value): (Id, FactKind, &str),
    (actor, why, now): (&str, &str, Moment),
) -> Result<()> {
    for fact in standing(tx, vault, person, &[kind])? {
        if fact.rank != Rank::Registered && fact.value.as_str() != Some(value) {
            strike(tx, vault, &Strikes::One(fact.id), (actor, why, now))?;
            let struck = table::table.filter(table::id.eq(fact.id.to_string()));
            diesel::update(struck).set(table::overruled.eq(Some(true))).execute(&mut **tx)?;
        }
    }
    Ok(())
}

/// Forgets what a source has said of a kind that was overruled: it says something else by now.
pub(super) fn forget(tx: &mut Tx, (person, kind): (Id, FactKind), source: &str) -> Result<()> {
    let own = table::table.filter(table::overruled.is_not_null()).filter(table::person_id.eq(person));
    let own = own.filter(table::kind.eq(kind)).filter(table::source.eq(source.to_owned()));
    diesel::update(own).set(table::overruled.eq(None::<bool>)).execute(&mut **tx)?;
    Ok(())
}

/// After facts were struck: what rests on the same is forgotten, and of whom nothing stands any more that took its place what was
/// overruled stands again.
pub(super) fn follow(tx: &mut Tx, vault: &Vault, which: &Strikes<'_>, people: &[Id], now: Moment) -> Result<()> {
    let kept = table::table.filter(table::overruled.is_not_null()).into_boxed();
    let fallen = match which {
        Strikes::One(_) | Strikes::Kinds(..) => return Ok(()),
        // What a case has seen stands, whatever becomes of what it has registered.
        Strikes::Registered(_) => None,
        Strikes::Source(source) => Some(kept.filter(table::source.eq((*source).to_owned()))),
        Strikes::Of(source, person) => {
            Some(kept.filter(table::source.eq((*source).to_owned())).filter(table::person_id.eq(person.to_string())))
        }
        Strikes::Paper(index) => Some(kept.filter(table::document_index.eq((*index).to_owned()))),
    };
    if let Some(fallen) = fallen {
        let fallen: Vec<Id> = fallen.select(table::id).load(&mut **tx)?;
        let fallen = table::table.filter(table::id.eq_any(fallen));
        diesel::update(fallen).set(table::overruled.eq(None::<bool>)).execute(&mut **tx)?;
    }
    people.iter().try_for_each(|person| stand_again(tx, vault, *person, now))
}

fn stand_again(tx: &mut Tx, vault: &Vault, person: Id, now: Moment) -> Result<()> {
    let overruled = facts::overruled_of(tx, vault, person)?;
    if overruled.is_empty() {
        return Ok(());
    }
    let kinds: Vec<FactKind> = overruled.iter().map(|fact| fact.kind).collect();
    let held = standing(tx, vault, person, &kinds)?;
    for fact in overruled.into_iter().filter(|fact| !held.iter().any(|one| one.kind == fact.kind)) {
        let word =
            Word { rank: fact.rank, source: fact.source.clone(), paper: fact.paper.as_ref(), actor: fact.actor.clone(), now };
        let said =
            NewFact { person, kind: fact.kind, value: fact.value.clone(), other: fact.other_id, valid_from: fact.valid_from };
        facts::say(tx, vault, &word, &said)?;
        forget(tx, (person, fact.kind), &fact.source)?;
    }
    Ok(())
}
