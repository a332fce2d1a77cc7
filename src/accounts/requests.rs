//! What was asked for an account by one person and waits for the approval of another.

use super::model::{Account, AccountStatus, Duty};
use super::roles::SUPERVISORS;
use super::store;
use crate::auth::{Caller, Holder, Role, hands};
use crate::clock::Moment;
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
    /// Sealed, as the name in force is.
    pub name: Option<String>,
    pub holder: Option<Holder>,
    /// To be suspended or reinstated.
    pub status: Option<AccountStatus>,
    /// Hash of a first password, of which the asker has seen one half.
    pub password: Option<String>,
    /// The other half, sealed: the approver's.
    pub half: Option<String>,
    /// Who asked, by their names in the journal: none of them approves.
    pub by: Vec<String>,
    /// When the first of them did; not known of what was asked for before that was kept.
    pub at: Option<Moment>,
}

impl Requested {
    pub fn waits(&self) -> bool {
        self.status.is_some() || self.opens()
    }

    /// Whether more waits than a suspension or its end.
    pub fn opens(&self) -> bool {
        let rights = self.roles.is_some() || self.duties.is_some() || self.service_point.is_some();
        rights || self.name.is_some() || self.holder.is_some() || self.password.is_some()
    }

    /// Forgets a suspension, or its end, that waits.
    pub fn drop_status(&mut self) {
        self.status = None;
        if !self.waits() {
            self.by.clear();
        }
    }

    /// Notes who asked; nobody, where nothing waits any more.
    pub fn asked_by(&mut self, name: &str, now: Moment) {
        if !self.waits() {
            self.by.clear();
        } else if !self.by.iter().any(|asker| asker == name) {
            self.at = if self.by.is_empty() { Some(now) } else { self.at };
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
    if !account.requested.waits() {
        return Ok(vec![Part::Bystander]);
    }
    let own = account.actor();
    let at = account.requested.at;
    let asked = account.requested.by.iter().map(|asker| (Part::Proposer, asker.as_str(), at));
    let mut parts = parts_of(conn, caller, asked.chain([(Part::Subject, own.as_str(), at)]))?;
    // Whoever is to hold it gets what is asked for as well.
    if let Some(holder) = &account.requested.holder {
        parts.extend(hands::is_to(conn, caller, holder)?.then_some(Part::Subject));
    }
    if !decides(conn, &account.requested, caller)? {
        parts.push(Part::Bystander);
    }
    Ok(parts)
}

/// Whether a request is one that a caller decides on: for supervisors every one is. Administrators decide on suspensions, and
/// stand in for supervisors as long as none serves whose account tells who works with it.
fn decides(conn: &mut Conn, requested: &Requested, caller: &Caller) -> Result<bool> {
    if caller.supervises() {
        return Ok(true);
    }
    if !caller.has_role(Role::Administrator) || !requested.opens() {
        return Ok(caller.has_role(Role::Administrator));
    }
    let is_known = |account: &Account| account.holder.is_some() || account.person_id.is_some();
    Ok(!store::serving(conn, &SUPERVISORS)?.iter().any(is_known))
}
