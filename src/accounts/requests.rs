//! What was asked for an account by one person and waits for the approval of another.

use super::model::{Account, Duty};
use crate::auth::{Caller, Role};
use crate::db::Conn;
use crate::error::Result;
use crate::states::{Part, parts_of};

/// What waits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requested {
    pub roles: Option<Vec<Role>>,
    pub duties: Option<Vec<Duty>>,
    /// `Some(None)`: to be an account of the whole office.
    pub service_point: Option<Option<String>>,
    /// Hash of a first password, of which the asker has seen one half.
    pub password: Option<String>,
    /// The other half, sealed: the approver's.
    pub half: Option<String>,
    /// Who asked, by their names in the journal: none of them approves.
    pub by: Vec<String>,
}

impl Requested {
    pub fn waits(&self) -> bool {
        self.roles.is_some() || self.duties.is_some() || self.service_point.is_some() || self.password.is_some()
    }

    /// Notes who asked; nobody, where nothing waits any more.
    pub fn asked_by(&mut self, name: &str) {
        if !self.waits() {
            self.by.clear();
        } else if !self.by.iter().any(|asker| asker == name) {
            self.by.push(name.to_owned());
        }
    }

    /// The askers as they are kept.
    pub fn askers(&self) -> Option<String> {
        (!self.by.is_empty()).then(|| self.by.join(" "))
    }
}

/// The parts that a caller has in what is asked for.
pub fn parts(conn: &mut Conn, account: &Account, caller: &Caller) -> Result<Vec<Part>> {
    let own = account.actor();
    let asked = account.requested.by.iter().map(|asker| (Part::Proposer, asker.as_str()));
    parts_of(conn, caller, asked.chain([(Part::Subject, own.as_str())]))
}
