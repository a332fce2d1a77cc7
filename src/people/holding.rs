//! What holds today of what is known of people.

use super::facts::{Fact, FactKind, Rank};
use crate::auth::standing::{DEATH, registered_of};
use crate::db::{Conn, Id};
use crate::error::{Error, Result, Text};

/// Which of the facts that stand is today's: the highest rank; of registered ones that from the latest day, entered last; of
/// others the first, until somebody settles which is right.
pub fn todays(facts: &[Fact], kind: FactKind) -> Option<&Fact> {
    let rank = facts.iter().filter(|fact| fact.kind == kind).map(|fact| fact.rank as u8).max()?;
    let mut best = facts.iter().filter(|fact| fact.kind == kind && fact.rank as u8 == rank);
    if rank == Rank::Registered as u8 { best.max_by_key(|fact| (fact.valid_from, fact.id)) } else { best.next() }
}

/// All that hold today of the facts that stand: of what somebody can have but one of, today's; of spouses, parents and guardians
/// every one whose relation has not ended.
pub fn all(facts: &[Fact]) -> Vec<Id> {
    let held = |kind: &FactKind| -> Vec<Id> {
        match kind {
            FactKind::Marriage => relations(facts, FactKind::Marriage, Some(FactKind::MarriageEnd)),
            FactKind::Parent => relations(facts, FactKind::Parent, Some(FactKind::ParentEnd)),
            FactKind::MarriageEnd | FactKind::ParentEnd | FactKind::Guardianship | FactKind::Assistance | FactKind::Custody => {
                relations(facts, *kind, None)
            }
            _ => todays(facts, *kind).map(|fact| fact.id).into_iter().collect(),
        }
    };
    FactKind::ALL.iter().flat_map(held).collect()
}

fn relations(facts: &[Fact], kind: FactKind, end: Option<FactKind>) -> Vec<Id> {
    let rank = facts.iter().filter(|fact| fact.kind == kind).map(|fact| fact.rank as u8).max();
    let ended = |one: &Fact| {
        let ends = facts.iter().filter(|fact| Some(fact.kind) == end && fact.other_id == one.other_id);
        ends.into_iter().any(|end| end.valid_from >= one.valid_from)
    };
    let all = facts.iter().filter(|fact| fact.kind == kind && Some(fact.rank as u8) == rank && !ended(fact));
    all.map(|fact| fact.id).collect()
}

/// Whether a case has registered that somebody has died, in whichever of their records.
pub fn is_deceased(conn: &mut Conn, person: Id) -> Result<bool> {
    Ok(!registered_of(conn, &[person], DEATH)?.is_empty())
}

/// Refuses to do something for somebody whose death is registered (民法 §6).
pub fn require_living(conn: &mut Conn, person: Id, pointer: &'static str) -> Result<()> {
    if is_deceased(conn, person)? {
        return Err(Error::field(
            pointer,
            "person_deceased",
            Text::new("此人已登記死亡（民法 §6）", "the register says that this person has died (民法 §6)"),
        ));
    }
    Ok(())
}
