//! What a paper or a correction has overruled: whoever said it still does, and it stands again where nothing is left that took its
//! place. What fell with the revocation of an entry stands again with that.

use diesel::prelude::*;

use super::facts::{self, FactKind, Rank, Strikes, standing, strike};
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

/// Forgets what a source has said of a kind that was overruled, or fell with an entry: it says something else by now.
pub(super) fn forget(tx: &mut Tx, (person, kind): (Id, FactKind), source: &str) -> Result<()> {
    let kept = table::overruled.is_not_null().or(table::struck_with.is_not_null());
    let own = table::table.filter(kept).filter(table::person_id.eq(person));
    let own = own.filter(table::kind.eq(kind)).filter(table::source.eq(source.to_owned()));
    let forgotten = (table::overruled.eq(None::<bool>), table::struck_with.eq(None::<String>));
    diesel::update(own).set(forgotten).execute(&mut **tx)?;
    Ok(())
}

/// Lets stand again what fell with the revocation of an entry, `cases/{id}`, but for what that has said anew already.
pub fn stand_with(tx: &mut Tx, vault: &Vault, entry: &str, now: Moment) -> Result<()> {
    for fact in facts::struck_with(tx, vault, entry)? {
        let standing = standing(tx, vault, fact.person_id, &[fact.kind])?;
        let says_so =
            |one: &facts::Fact| (&one.source, one.rank as u8, one.other_id) == (&fact.source, fact.rank as u8, fact.other_id);
        if !standing.iter().any(says_so) {
            facts::enter_again(tx, vault, &fact, now)?;
            facts::project(tx, vault, fact.person_id)?;
        }
    }
    let fallen = table::table.filter(table::struck_with.eq(entry.to_owned()));
    diesel::update(fallen).set(table::struck_with.eq(None::<String>)).execute(&mut **tx)?;
    Ok(())
}

/// After facts were struck: what rests on the same is forgotten, and of whom nothing stands any more that took its place what was
/// overruled stands again.
pub(super) fn follow(tx: &mut Tx, vault: &Vault, which: &Strikes<'_>, people: &[Id], now: Moment) -> Result<()> {
    let kept = table::overruled.is_not_null().or(table::struck_with.is_not_null());
    let kept = table::table.filter(kept).into_boxed();
    let fallen = match which {
        Strikes::One(_) | Strikes::Kinds(..) => return Ok(()),
        // What a case has seen stands, whatever becomes of what it has registered.
        Strikes::Registered(_) => None,
        Strikes::Source(source) => Some(kept.filter(table::source.eq((*source).to_owned()))),
        Strikes::Of(source, person) => {
            Some(kept.filter(table::source.eq((*source).to_owned())).filter(table::person_id.eq(person.to_string())))
        }
        Strikes::Paper(index) => Some(kept.filter(table::document_index.eq((*index).to_owned()))),
        Strikes::PaperOf(index, person) | Strikes::Settled(index, person) => {
            Some(kept.filter(table::document_index.eq((*index).to_owned())).filter(table::person_id.eq(person.to_string())))
        }
    };
    if let Some(fallen) = fallen {
        let fallen: Vec<Id> = fallen.select(table::id).load(&mut **tx)?;
        let fallen = table::table.filter(table::id.eq_any(fallen));
        let forgotten = (table::overruled.eq(None::<bool>), table::struck_with.eq(None::<String>));
        diesel::update(fallen).set(forgotten).execute(&mut **tx)?;
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
        facts::enter_again(tx, vault, &fact, now)?;
        forget(tx, (person, fact.kind), &fact.source)?;
    }
    Ok(())
}
