//! Who has the rights of a parent on a day, as far as the register tells: by birth or acknowledgment, or by an adoption, during
//! which those of the natural parents rest but for one who is or was the adopter's spouse (民法 §1077).

use chrono::NaiveDate;
use serde_json::json;

use super::fields::PartyRole;
use super::marriages;
use super::relations::{self, Adoption};
use super::status::Status;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::FactKind;

/// Somebody's parents on a day.
pub struct Parents {
    natural: Vec<(PartyRole, Id)>,
    /// Of the adoptions that stand.
    adopters: Vec<Id>,
    /// The adopters' spouses when they adopted.
    spouses_then: Vec<Id>,
    /// Their spouses then or since.
    spouses: Vec<Id>,
}

/// Whether somebody has the rights of a parent in a part.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Theirs,
    /// They rest while an adoption stands, or are the adopters' alone.
    Rests,
    /// Somebody else is the parent of this part.
    Anothers,
    Unknown,
}

impl Parents {
    pub fn of(conn: &mut Conn, node: &Node, status: &Status, (day, of): (NaiveDate, Option<Id>)) -> Result<Self> {
        let natural = [PartyRole::Father, PartyRole::Mother].into_iter().flat_map(|role| {
            let of_role = status.of_kind(FactKind::Parent).filter(move |fact| fact.value == json!(role));
            of_role.filter_map(move |fact| Some((role, fact.other_id?)))
        });
        let mut parents =
            Self { natural: natural.collect(), adopters: Vec::new(), spouses_then: Vec::new(), spouses: Vec::new() };
        for adoption in standing(status, day) {
            let from = adoption.span.from;
            let mut wed = |to| marriages::between(conn, node, adoption.by, (from, to), of);
            parents.spouses_then.extend(wed(from)?.into_iter().flatten());
            parents.spouses.extend(wed(day)?.into_iter().flatten());
            parents.adopters.push(adoption.by);
        }
        Ok(parents)
    }

    pub fn are_adopters(&self) -> bool {
        !self.adopters.is_empty()
    }

    fn is_natural(&self, person: Id) -> bool {
        self.natural.iter().any(|(_, parent)| *parent == person)
    }

    /// Whether a natural parent's rights go on: no adoption stands, or one by their spouse.
    fn goes_on(&self, parent: Id) -> bool {
        self.adopters.is_empty() || self.spouses.contains(&parent)
    }

    /// All who have the rights of a parent.
    pub fn all(&self) -> Vec<Id> {
        let natural = self.natural.iter().map(|(_, parent)| *parent).filter(|parent| self.goes_on(*parent));
        let natural = natural.filter(|parent| !self.adopters.contains(parent));
        natural.chain(self.adopters.iter().copied()).collect()
    }

    pub fn has(&self, person: Id) -> bool {
        self.all().contains(&person)
    }

    /// Whether an adopter's spouse could be a parent whom the register does not have: it knows no two by birth.
    pub fn may_have(&self, person: Id) -> bool {
        self.natural.len() < 2 && self.spouses.contains(&person) && !self.is_natural(person)
    }

    /// Whether somebody is a natural parent whose rights rest.
    pub fn rest_of(&self, person: Id) -> bool {
        self.is_natural(person) && !self.has(person)
    }

    /// Who else has these rights beside one of them. Whoever adopted alone while married adopted the spouse's child (民法 §1074).
    pub fn others(&self, own: Id) -> Vec<Id> {
        let presumed = self.spouses_then.iter().copied().filter(|spouse| self.may_have(*spouse));
        let mut others: Vec<Id> = self.all().into_iter().chain(presumed).filter(|parent| *parent != own).collect();
        others.sort_unstable();
        others.dedup();
        others
    }

    /// Whether one of whom no other parent is known has these rights alone: an adopter, or the mother.
    pub fn is_alone(&self, own: Id) -> bool {
        self.are_adopters() || self.natural.contains(&(PartyRole::Mother, own))
    }

    /// Whether somebody has these rights as the father or the mother.
    pub fn part(&self, role: PartyRole, person: Option<Id>) -> Part {
        let is_theirs = |one: Id| self.adopters.contains(&one) || self.natural.contains(&(role, one)) && self.goes_on(one);
        match person {
            Some(one) if is_theirs(one) => Part::Theirs,
            Some(one) if self.may_have(one) => Part::Unknown,
            Some(one) if self.rest_of(one) => Part::Rests,
            _ if self.adopters.len() > 1 => Part::Rests,
            _ if self.natural.iter().any(|(one, _)| *one == role) => Part::Anothers,
            _ => Part::Unknown,
        }
    }
}

fn standing(status: &Status, day: NaiveDate) -> Vec<Adoption> {
    let mut all = relations::adoptions(status);
    all.retain(|one| one.span.from <= day && one.span.lasts_beyond(day));
    all
}

/// The day of the first adoption after another day that stands on a later one.
pub fn adopted_after(status: &Status, from: NaiveDate, day: NaiveDate) -> Option<NaiveDate> {
    standing(status, day).into_iter().map(|one| one.span.from).filter(|adopted| *adopted > from).min()
}
