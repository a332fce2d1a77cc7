//! Whom an entry shows beside whom it is of, and whose mark therefore closes it to whoever is barred: those of the household, relatives,
//! and where somebody lives who is registered at the same address (家庭暴力防治法 §14 I ⑫, §58-2; 跟蹤騷擾防制法 §12).

use std::collections::HashSet;
use std::mem::take;
use std::rc::Rc;

use chrono::NaiveDate;

use super::certifiable::{DIVORCE, END_748, KINSHIP};
use super::heads;
use super::households::{self, Homes, Household};
use super::marriages;
use crate::auth::protection::{closed_to, is_closed_to};
use crate::auth::{By, Reach, kin};
use crate::db::{Conn, Id};
use crate::error::{Code, Result};
use crate::node::Node;
use crate::people::protection::{Inquirer, barred_from};
use crate::people::{found_by, joins, numbers};

/// Who of a household stands in an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// Whom it is of, or the part that concerns whoever asks.
    Part,
    /// Everybody of the household.
    Household,
    /// Everybody who ever was, with where they went.
    Former,
}

impl Shows {
    /// Whom a certificate of a type and scope shows.
    pub fn of(type_code: &str, scope: Option<&str>) -> Self {
        match scope {
            _ if matches!(type_code, "RECORD_COPY" | "RECORD_VIEW") => Self::Former,
            Some("CANCELLED") => Self::Former,
            Some("WHOLE") => Self::Household,
            _ if type_code.starts_with("HC_") => Self::Household,
            _ => Self::Part,
        }
    }
}

/// Those of whose marriage to somebody the register says that it has ended, or that it stands.
fn spouses(conn: &mut Conn, node: &Node, person: Id, has_ended: bool) -> Result<Vec<Id>> {
    let told = marriages::all_of(conn, node, person, None)?.into_iter().filter(|(_, ended)| *ended == has_ended);
    joins::all_records(conn, &told.map(|(spouse, _)| spouse).collect::<Vec<_>>())
}

/// Those of whom a certificate of a marriage, or of its end, tells: of one that stands or of one that has ended, and where there is
/// none, of any.
fn certified(conn: &mut Conn, node: &Node, (person, own): (Id, &HashSet<Id>), has_ended: bool) -> Result<Vec<Id>> {
    let told = spouses(conn, node, person, has_ended)?;
    if told.is_empty() { Ok(kin::spouses(conn, own)?.into_iter().collect()) } else { Ok(told) }
}

/// Those related to somebody whom an entry of a type shows, whether they live with them or not: of kinship all relatives, of a
/// marriage or its end the spouses; in somebody's transcript and household certificate stands to whom they are married. To
/// themselves the latter tells nothing.
fn relatives(conn: &mut Conn, node: &Node, (kind, shows): (&str, Shows), (person, is_own): (Id, bool)) -> Result<Vec<Id>> {
    let own: HashSet<Id> = joins::records(conn, person)?.into_iter().collect();
    let mut shown: Vec<Id> = match kind {
        KINSHIP => kin::of(conn, &own.iter().copied().collect::<Vec<_>>())?.into_iter().collect(),
        "CERT_MARRIAGE_RECORD" => kin::spouses(conn, &own)?.into_iter().collect(),
        "CERT_MARRIAGE" => certified(conn, node, (person, &own), false)?,
        DIVORCE | END_748 => certified(conn, node, (person, &own), true)?,
        _ if !is_own && (kind.starts_with("TRANSCRIPT_") || kind.starts_with("HC_")) => spouses(conn, node, person, false)?,
        _ => Vec::new(),
    };
    if shows == Shows::Former {
        shown.extend(households::ever_with(conn, node, person)?);
    }
    Ok(shown)
}

/// Those from whose data whoever asks is barred, each with their household, and the household of whoever asks.
struct Guarded {
    own: Vec<Id>,
    home: Option<Rc<Household>>,
    people: Vec<(Id, Rc<Household>)>,
}

impl Guarded {
    /// `None` where whoever asks is barred from nobody, as nearly everybody is.
    fn from(
        conn: &mut Conn,
        node: &Node,
        (homes, day): (&mut Homes<'_>, NaiveDate),
        asking: Inquirer<'_>,
    ) -> Result<Option<Self>> {
        let closed = barred_from(conn, &node.vault, day, asking)?;
        if closed.is_empty() {
            return Ok(None);
        }
        let people = closed.into_iter().map(|person| Ok((person, homes.household(conn, person)?))).collect::<Result<_>>()?;
        let record = asking.record(conn, &node.vault)?;
        let own = record.map_or(Ok(Vec::new()), |record| joins::records(conn, record))?;
        let home = record.map(|record| homes.household(conn, record)).transpose()?;
        Ok(Some(Self { own, home, people }))
    }

    /// Those from whose data the caller is barred: by a record of theirs, or of staff as whoever holds the account.
    fn of_caller(conn: &mut Conn, node: &Node, homes: &mut Homes<'_>, by: &By) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        let closed = closed_to(conn, by)?;
        if !closed.is_empty() {
            let people = closed.into_iter().map(|person| Ok((person, homes.household(conn, person)?))).collect::<Result<_>>()?;
            found.push(Self { own: by.caller.own_records(), home: None, people });
        }
        for own in by.caller.own_records().into_iter().filter(|_| by.reach == Reach::Own) {
            found.extend(Self::from(conn, node, (&mut *homes, by.now.date()), Inquirer::Record(own))?);
        }
        Ok(found)
    }

    /// Whether whoever asks surely lives where the protected one does, and is told nothing by that address.
    fn knows(&self, theirs: &Household) -> bool {
        self.home.as_ref().is_some_and(|home| home.is_at(theirs))
    }

    /// Those of them whose place the entry of somebody gives away: they live in one household; or it has the same address alone, but
    /// is a relative's, with whom whoever looks for them looks first. Of neighbours it tells nothing.
    fn placed(&self, conn: &mut Conn, homes: &mut Homes<'_>, (person, theirs): (Id, &Household)) -> Result<Vec<Id>> {
        let mut placed = Vec::new();
        for (protected, household) in &self.people {
            if self.own.contains(&person) || self.knows(household) {
                continue;
            }
            let is_kin = theirs.may_be_at(household) && homes.kin(conn, household.own())?.contains(&person);
            if is_kin || theirs.is_that_of(household) {
                placed.push(*protected);
            }
        }
        Ok(placed)
    }
}

/// Those from whose data whoever asks is barred, and whom an entry of some people shows beside these, or where they live.
pub fn shown(
    conn: &mut Conn,
    node: &Node,
    (homes, day): (&mut Homes<'_>, NaiveDate),
    (kind, shows, of): (&str, Shows, &[Id]),
    asking: Inquirer<'_>,
) -> Result<Vec<Id>> {
    let Some(guarded) = Guarded::from(conn, node, (&mut *homes, day), asking)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for one in of {
        let Some(person) = numbers::meant_by(conn, &node.vault, *one)? else { continue };
        let is_own = guarded.own.contains(&person);
        let related = relatives(conn, node, (kind, shows), (person, is_own))?;
        let theirs = homes.household(conn, person)?;
        found.extend(guarded.placed(conn, homes, (person, &theirs))?);
        for (protected, household) in &guarded.people {
            let is_housed = shows != Shows::Part && theirs.is_that_of(household);
            if is_housed || related.contains(protected) {
                found.push(*protected);
            }
        }
    }
    Ok(found)
}

/// Whether one of these people is closed to the caller, who works in the office: they are barred from their data, or from that of whom
/// they live with.
pub fn is_closed(conn: &mut Conn, node: &Node, by: &By, people: &[Id]) -> Result<bool> {
    if closed_to(conn, by)?.is_empty() {
        return Ok(false);
    }
    Ok(is_closed_to(conn, by, people)? || !living_beside_hidden(conn, node, by, people)?.is_empty())
}

/// Refuses the caller, who works in the office, a matter of one of these people that is closed to them.
pub fn require_open(conn: &mut Conn, node: &Node, by: &By, people: &[Id]) -> Result<()> {
    if is_closed(conn, node, by, people)? { Err(Code::OWN_REQUEST.into()) } else { Ok(()) }
}

/// All records of those from whose data the caller is barred, who works in the office, and of those with whom they live: by what
/// entries say of the protected ones, of their kin, and of whoever names a head of their household, or of those who do.
pub fn all_closed(conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<Id>> {
    let mut all = closed_to(conn, by)?;
    let (mut near, mut heads, mut homes) = (Vec::new(), Vec::new(), Homes::on(node, by.now.date()));
    for protected in &all {
        let home = homes.household(conn, *protected)?;
        near.extend(home.others());
        heads.extend(home.names(conn, node)?);
        near.extend(homes.kin(conn, home.own())?.iter());
    }
    let mut seen: HashSet<Id> = all.iter().copied().collect();
    while !heads.is_empty() {
        near.extend(naming(conn, node, &heads)?);
        let mut met = joins::all_records(conn, &take(&mut near))?;
        met.retain(|one| seen.insert(*one));
        let beside = beside_hidden(conn, node, &mut homes, by, &met)?;
        heads = found_by::names_ever(conn, &node.vault, &beside)?;
        all.extend(beside);
    }
    Ok(all)
}

/// Everybody whom moves name that name one of these as the head of the household, or whom entries name beside others of these names.
fn naming(conn: &mut Conn, node: &Node, heads: &[String]) -> Result<Vec<Id>> {
    let mut found = heads::naming(conn, &node.vault, heads)?;
    for head in heads {
        for namesake in found_by::people_ever_named(conn, &node.vault, head)? {
            found.extend(households::housed_with(conn, node, namesake)?);
        }
    }
    Ok(found)
}

/// Those of these people who live where somebody does from whose data the caller is barred: what tells of their place tells of that.
pub fn living_beside_hidden(conn: &mut Conn, node: &Node, by: &By, people: &[Id]) -> Result<Vec<Id>> {
    beside_hidden(conn, node, &mut Homes::on(node, by.now.date()), by, people)
}

fn beside_hidden(conn: &mut Conn, node: &Node, homes: &mut Homes<'_>, by: &By, people: &[Id]) -> Result<Vec<Id>> {
    let mut found = Vec::new();
    for guarded in Guarded::of_caller(conn, node, homes, by)? {
        for one in people {
            let Some(person) = numbers::meant_by(conn, &node.vault, *one)? else { continue };
            let theirs = homes.household(conn, person)?;
            if !guarded.placed(conn, homes, (person, &theirs))?.is_empty() {
                found.push(*one);
            }
        }
    }
    Ok(found)
}
