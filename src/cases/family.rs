//! What the register tells of a family that a checklist hangs on: parents who are married, children under age of two spouses.

use chrono::{Days, NaiveDate};

use super::descent::CONCEIVED;
use super::fields::PartyRole;
use super::marriages;
use super::relations;
use super::status::{Placed, Status};
use super::types::model::CaseRules;
use super::wedlock;
use crate::calendar::PartialDate;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::FactKind;
use crate::people::{self, joins};

/// The parents of a birth are married: they agree in writing on the child's surname (民法 §1059).
pub const PARENTS_MARRIED: &str = "PARENTS_MARRIED";
/// Spouses who part by agreement have a child under age: they agree on its care (民法 §1055).
pub const MINOR_CHILDREN: &str = "MINOR_CHILDREN";

/// Those of an application whom the office knows, and its days.
pub struct Family<'a> {
    pub type_code: &'a str,
    /// Whether the office has met its people: of a draft it has only heard of them.
    pub is_met: bool,
    pub parties: &'a [Placed],
    pub event_on: Option<NaiveDate>,
    /// The day of receipt.
    pub today: NaiveDate,
    pub of: Option<Id>,
}

impl Family<'_> {
    pub(super) fn with(&self, role: PartyRole) -> Vec<Id> {
        self.parties.iter().filter(|(_, one, _)| *one == role).map(|(_, _, person)| *person).collect()
    }

    /// Circumstances of a type that the register tells; of whom the office does not know it tells nothing.
    pub fn circumstances(&self, conn: &mut Conn, node: &Node, rules: &CaseRules) -> Result<Vec<&'static str>> {
        let possible = rules.circumstances();
        let mut found = Vec::new();
        if possible.contains(&PARENTS_MARRIED) && self.are_parents_married(conn, node)? {
            found.push(PARENTS_MARRIED);
        }
        if possible.contains(&MINOR_CHILDREN) && self.has_minor_children(conn, node)? {
            found.push(MINOR_CHILDREN);
        }
        found.extend(wedlock::told(conn, node, self)?);
        Ok(found)
    }

    /// When the child was conceived, or since (民法 §1061, §1064).
    fn are_parents_married(&self, conn: &mut Conn, node: &Node) -> Result<bool> {
        let (mothers, fathers) = (self.with(PartyRole::Mother), self.with(PartyRole::Father));
        let Some(((mother, father), born)) = mothers.first().zip(fathers.first()).zip(self.event_on) else { return Ok(false) };
        let conceived = born.checked_sub_days(Days::new(CONCEIVED[0])).unwrap_or(born);
        Ok(marriages::between(conn, node, *mother, (conceived, self.today), self.of)?.contains(&Some(*father)))
    }

    fn has_minor_children(&self, conn: &mut Conn, node: &Node) -> Result<bool> {
        let [one, other] = self.with(PartyRole::Spouse)[..] else { return Ok(false) };
        for child in joins::naming(conn, one, &[FactKind::Parent])? {
            let status = Status::of(conn, node, child, self.of)?;
            let is_theirs = |parent| relations::is_child_of(&status, parent, self.today);
            if status.died_on().is_some() || !is_theirs(one) || !is_theirs(other) {
                continue;
            }
            let born = people::store::birth_on(conn, &node.vault, child)?;
            if born.is_some_and(|born| !born.age_on(PartialDate::Day(self.today)).reaches(18).yes) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
