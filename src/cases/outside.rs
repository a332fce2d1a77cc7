//! A case as those outside the office see it. People of whom they spoke have keys of their own in it, so that nobody learns
//! that two numbers are one human, and whoever is barred from somebody's data (家庭暴力防治法 §14, §58-2; 跟蹤騷擾防制法 §12)
//! sees no place of theirs.

use serde_json::Value;

use super::case::{Case, Party};
use super::store;
use crate::auth::{By, Reach};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::{self, Identifier, KnownBy, names, protection};

/// What somebody outside the office sees otherwise in a case.
pub struct Outside {
    /// The caller's own records.
    caller: Vec<Id>,
    /// These, and their principals'.
    own: Vec<Id>,
    /// What the keys of all others go by.
    account: String,
    case: Id,
    /// Whether one of the case's people is hidden from the caller.
    pub hides_places: bool,
}

/// The name of somebody of whom nothing was kept but who they are today.
pub const NOBODY: &str = "○";

/// Name and number of somebody of whom nothing was kept but who they are today.
pub fn nobody() -> (String, KnownBy) {
    (NOBODY.to_owned(), KnownBy { national_id: Some("**********".to_owned()), ..KnownBy::default() })
}

impl Outside {
    /// `None` for those who work in the office, or check it.
    pub fn of(conn: &mut Conn, node: &Node, by: &By, case: &Case, parties: &[Party]) -> Result<Option<Self>> {
        if by.reach != Reach::Own {
            return Ok(None);
        }
        let own = people::store::represented(conn, by, store::PROXY_SCOPE)?;
        let others: Vec<Id> = case.people(parties).into_iter().filter(|id| !own.contains(id)).collect();
        let hides_places = !protection::hidden_from(conn, &node.vault, by, &others)?.is_empty();
        Ok(Some(Self { caller: by.caller.own_records(), own, account: by.caller.name(), case: case.id, hides_places }))
    }

    /// Whether somebody is the caller, who sees their own data whole.
    pub fn is_caller(&self, person: Id) -> bool {
        self.caller.contains(&person)
    }

    pub fn is_own(&self, person: Id) -> bool {
        self.own.contains(&person)
    }

    /// The key of somebody: their record's to those who are, or act for, them; else one that is the same for this account
    /// wherever it names the same number and name.
    pub fn key(&self, node: &Node, person: Id, named: Option<&(String, Identifier)>) -> Id {
        if self.is_own(person) {
            return person;
        }
        let said = match named {
            Some((name, number)) => format!("{} {} {}", self.account, number.expose(), names::folded(name)),
            None => format!("{} {} {person}", self.account, self.case),
        };
        Id::standing_for(&node.vault.blind_index("cases/outside", &said))
    }
}

/// Hides all that tells where somebody lives, or with whom, from whoever is barred from knowing it.
pub fn without_places(value: &Value) -> Value {
    const PLACES: [&str; 5] = ["from_address", "to_address", "address", "household_head", "place"];
    match value {
        Value::Object(members) => {
            let shown = |name: &String, member: &Value| match member {
                Value::String(_) if PLACES.contains(&name.as_str()) => "***".into(),
                other => without_places(other),
            };
            members.iter().map(|(name, member)| (name.clone(), shown(name, member))).collect()
        }
        Value::Array(items) => items.iter().map(without_places).collect(),
        other => other.clone(),
    }
}
