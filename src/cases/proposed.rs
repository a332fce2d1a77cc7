//! An application as a correction proposes it: whom it names, adds and takes out, and whom the office means by them.

use super::case::{Case, Party};
use super::input::{CaseInput, PartyInput};
use super::lineup::Lineup;
use super::named::{Face, Names};
use super::status::{self, Placed};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::chosen::{self, ByRecord};
use crate::people::store::{Named, Registered};
use crate::people::{names, numbers};

/// An application with the corrections of it.
pub struct Proposed {
    pub input: CaseInput,
    /// Whom it adds and takes out.
    pub lineup: Lineup,
    /// How it named those until now who stay in it, and all others.
    pub before: Names,
}

/// Whom a proposal means by its parties.
pub struct People {
    /// Each in its role of now; in the place of somebody whom the office does not know yet somebody else of the case.
    pub parties: Vec<Party>,
    /// The places of those whom the office does not know yet.
    pub unknown: Vec<usize>,
}

impl People {
    /// Those whom the office knows, each as the record to which theirs was joined.
    pub fn placed(&self, conn: &mut Conn) -> Result<Vec<Placed>> {
        let mut placed = status::placed(conn, &self.parties)?;
        placed.retain(|(index, ..)| !self.unknown.contains(index));
        Ok(placed)
    }
}

/// Whom a corrected name and number mean, in place of whom they meant, by the record of that number; `None` for somebody whom the
/// office does not know yet. A name tells apart those who truly have one number.
pub fn whom(conn: &mut Conn, node: &Node, (old, new): (&Face, &Face), current: Id) -> Result<Option<Id>> {
    if old.national_id != new.national_id {
        return numbers::known_record(conn, &node.vault, named_as(new));
    }
    if old.name == new.name {
        return Ok(Some(current));
    }
    let holders = numbers::holders(conn, &node.vault, &new.national_id)?;
    let is_called = |holder: &Registered| !holder.has(current) && names::passes_for(&holder.name, new.name.as_str());
    match holders.iter().find(|holder| holders.len() > 1 && is_called(holder)) {
        Some(other) => numbers::record_meant(conn, &node.vault, other, named_as(new)).map(|record| Some(record.id)),
        None => Ok(Some(current)),
    }
}

pub fn named_as(face: &Face) -> Named<'_> {
    Named { name: face.name.as_str(), number: &face.national_id, birth_on: face.birth_on }
}

impl Proposed {
    /// Those of the parties as kept who stay, each in its role of now.
    pub fn staying(&self, conn: &mut Conn, case: &Case) -> Result<Vec<Party>> {
        let mut parties = self.lineup.kept(conn, case)?;
        for (party, given) in parties.iter_mut().zip(&self.input.parties) {
            party.role = given.role;
        }
        Ok(parties)
    }

    /// How each party was named, and is named now, beside the party as kept.
    pub fn faces<'f>(&'f self, after: &'f Names) -> impl Iterator<Item = (&'f Face, &'f Face)> {
        self.before.parties.iter().zip(&after.parties)
    }

    /// The parties whom it adds, each with its place.
    pub fn added<'f>(&'f self, after: &'f Names) -> impl Iterator<Item = (usize, &'f Face)> {
        after.parties.iter().enumerate().skip(self.before.parties.len())
    }

    /// Whom the office means by somebody who is added, by the record of their number, as far as it knows them.
    pub fn known(&self, conn: &mut Conn, node: &Node, (index, face): (usize, &Face)) -> Result<Option<Id>> {
        let by_record = ByRecord { said: self.input.parties[index].person_id, kept: None };
        let known = chosen::find(conn, &node.vault, (named_as(face), &format!("/parties/{index}")), by_record)?;
        known.map(|person| numbers::record_meant(conn, &node.vault, &person, named_as(face)).map(|record| record.id)).transpose()
    }

    /// Whom it means by its parties; the child whom a birth has made stands last.
    pub fn people(&self, conn: &mut Conn, node: &Node, case: &Case, after: &Names) -> Result<People> {
        let (mut parties, mut unknown) = (self.staying(conn, case)?, Vec::new());
        for (index, (party, faces)) in parties.iter_mut().zip(self.faces(after)).enumerate() {
            match whom(conn, node, faces, party.person_id)? {
                Some(id) => party.person_id = id,
                None => unknown.push(index),
            }
        }
        for (index, face) in self.added(after) {
            let known = self.known(conn, node, (index, face))?;
            unknown.extend(known.is_none().then_some(index));
            parties.push(Party { role: self.input.parties[index].role, person_id: known.unwrap_or(case.person_id) });
        }
        parties.extend(self.lineup.made(conn, case)?);
        Ok(People { parties, unknown })
    }

    /// Whom it means by its applicant, as far as the office knows them.
    pub fn applicant(&self, conn: &mut Conn, node: &Node, case: &Case, after: &Names) -> Result<Option<Id>> {
        whom(conn, node, (&self.before.applicant, &after.applicant), case.applicant_id)
    }

    /// Whom it means by whoever comes for the applicant, as far as the office knows them.
    pub fn proxy(&self, conn: &mut Conn, node: &Node, case: &Case, after: &Names) -> Result<Option<Id>> {
        match self.proxies(after).zip(case.proxy_id) {
            Some((faces, current)) => whom(conn, node, faces, current),
            None => Ok(case.proxy_id),
        }
    }

    /// How whoever comes for the applicant was named, and is named now.
    pub fn proxies<'f>(&'f self, after: &'f Names) -> Option<(&'f Face, &'f Face)> {
        self.before.proxy.as_ref().zip(after.proxy.as_ref())
    }

    /// Whether somebody else asks for it from now on, or for somebody else, or as something else.
    pub fn asks_otherwise(&self, conn: &mut Conn, case: &Case, after: &Names) -> Result<bool> {
        let is_another = |(old, new): (&Face, &Face)| old.national_id != new.national_id;
        let is_moved = self.faces(after).any(is_another) || is_another((&self.before.applicant, &after.applicant));
        if is_moved || self.proxies(after).is_some_and(is_another) || self.lineup.is_other() {
            return Ok(true);
        }
        let roles = self.lineup.kept(conn, case)?.into_iter().zip(&self.input.parties);
        Ok(case.relation != self.input.applicant.relation || roles.into_iter().any(|(party, given)| party.role != given.role))
    }

    /// The places of those who stand in it anew, or in another part.
    pub fn new_places(&self, conn: &mut Conn, case: &Case, after: &Names) -> Result<Vec<usize>> {
        let roles = self.lineup.kept(conn, case)?.into_iter().zip(&self.input.parties);
        let stay = self.faces(after).zip(roles).enumerate();
        let is_new = |((old, new), (party, given)): &((&Face, &Face), (Party, &PartyInput))| {
            old.national_id != new.national_id || party.role != given.role
        };
        let moved = stay.filter(|(_, one)| is_new(one)).map(|(place, _)| place);
        Ok(moved.chain(self.added(after).map(|(place, _)| place)).collect())
    }

    /// Whether somebody is called otherwise from now on: a mark may know them by it.
    pub fn calls_otherwise(&self, after: &Names) -> bool {
        let called = |face: &Face| (face.name.clone(), face.romanised_name.clone());
        let is_renamed = |(old, new): (&Face, &Face)| called(old) != called(new);
        self.faces(after).chain(self.proxies(after)).any(is_renamed) || is_renamed((&self.before.applicant, &after.applicant))
    }
}
