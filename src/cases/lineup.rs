//! Who is a party of a registered case from a correction on: those who were left out of it are added, and those who do not belong to
//! it are taken out (戶籍法 §22, 錯誤或脫漏).

use serde_json::json;

use super::births;
use super::case::{Case, Party};
use super::changes::FieldChange;
use super::entries;
use super::fields::{CaseFields, Findings, Form, PartyRole};
use super::input::CaseInput;
use super::residence;
use super::status::{self, Matter, Status};
use super::store;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::node::Node;
use crate::people::facts::FactKind;
use crate::people::joins;

const PARTIES: &str = "/parties/";

/// Changes as they are judged: each pointer as the case keeps it, and the places that those get who are added.
pub struct Settled {
    pub changes: Vec<FieldChange>,
    added: Vec<usize>,
}

/// Whoever is added stands after those whom the case has named: by the pointer `/parties/-` (RFC 6902), or by the next place of those
/// that the case shows.
pub fn settled(conn: &mut Conn, case: &Case, named: usize, changes: &[FieldChange]) -> Result<Settled> {
    let shown = store::parties(conn, case.id)?.len();
    let mut changes = births::of_child(conn, case, named, changes)?;
    let mut added = Vec::new();
    for change in &mut changes {
        let Some(place) = change.pointer.strip_prefix(PARTIES) else { continue };
        if place == "-" || place == (shown + added.len()).to_string() {
            let place = named + added.len();
            change.pointer = format!("{PARTIES}{place}");
            added.push(place);
        }
    }
    Ok(Settled { changes, added })
}

impl Settled {
    /// Whether somebody is added at a place.
    pub fn adds(&self, place: usize) -> bool {
        self.added.contains(&place)
    }
}

/// A pointer with another place in the place of that of a party; `None` where the party has none.
fn replaced(pointer: &str, place: impl FnOnce(usize) -> Option<usize>) -> Option<String> {
    let Some(rest) = pointer.strip_prefix(PARTIES) else { return Some(pointer.to_owned()) };
    let (number, member) = rest.split_once('/').map_or((rest, None), |(number, member)| (number, Some(member)));
    let Ok(number) = number.parse::<usize>() else { return Some(pointer.to_owned()) };
    let place = place(number)?;
    Some(member.map_or(format!("{PARTIES}{place}"), |member| format!("{PARTIES}{place}/{member}")))
}

/// Whom a correction adds and takes out.
pub struct Lineup {
    /// How many parties the case has named until now.
    named: usize,
    /// The places of those who are taken out.
    out: Vec<usize>,
    /// How many are added.
    added: usize,
}

impl Lineup {
    pub fn of(before: &CaseInput, settled: &Settled, out: Vec<usize>) -> Self {
        Self { named: before.parties.len(), out, added: settled.added.len() }
    }

    fn without<T>(&self, all: impl IntoIterator<Item = T>) -> Vec<T> {
        let all = all.into_iter().enumerate().filter(|(place, _)| !self.out.contains(place));
        all.map(|(_, one)| one).collect()
    }

    /// An application without those who are taken out.
    pub fn left(&self, mut input: CaseInput) -> CaseInput {
        input.parties = self.without(std::mem::take(&mut input.parties));
        input
    }

    /// How many of those whom the case has named stay in it: they stand first, and whoever is added after them.
    pub fn staying(&self) -> usize {
        self.named - self.out.len()
    }

    /// Whether somebody is added or taken out.
    pub fn is_other(&self) -> bool {
        !self.out.is_empty() || self.added > 0
    }

    /// Whether somebody who is added stands at a place.
    fn adds(&self, place: usize) -> bool {
        (self.staying()..self.staying() + self.added).contains(&place)
    }

    /// Those who stay, as the case keeps them.
    pub fn kept(&self, conn: &mut Conn, case: &Case) -> Result<Vec<Party>> {
        Ok(self.without(store::parties(conn, case.id)?.into_iter().take(self.named)))
    }

    /// The child whom a birth has made: it stands last, and is no party that the case has named.
    pub fn made(&self, conn: &mut Conn, case: &Case) -> Result<Vec<Party>> {
        Ok(store::parties(conn, case.id)?.split_off(self.named))
    }

    /// Tells what is wrong at the places that the caller knows.
    pub fn told(&self, error: Error) -> Error {
        let Error::Problem(mut problem) = error else { return error };
        for found in &mut problem.errors {
            found.pointer = self.known_at(&found.pointer);
        }
        Error::Problem(problem)
    }

    /// Where the caller knows what stands at a pointer into the case as corrected: at the places of the case as it stands, and after
    /// them of those who are added.
    pub fn known_at(&self, pointer: &str) -> String {
        let staying: Vec<usize> = self.without(0..self.named);
        let known = |place: usize| Some(staying.get(place).copied().unwrap_or(place + self.out.len()));
        replaced(pointer, known).unwrap_or_else(|| pointer.to_owned())
    }

    /// Where in the case as corrected what stands at a pointer into the case as it stands; `None` of those who are taken out.
    pub fn corrected_at(&self, pointer: &str) -> Option<String> {
        let corrected = |place: usize| {
            let added = if place < self.named { 0 } else { self.added };
            let is_out = self.out.contains(&place);
            (!is_out).then(|| place - self.out.iter().filter(|out| **out < place).count() + added)
        };
        replaced(pointer, corrected)
    }

    /// What was found of the case as it stands, at the places of the case as corrected.
    pub fn carried(&self, mut findings: Findings) -> Findings {
        findings.0.retain_mut(|found| {
            let corrected = self.corrected_at(&found.pointer);
            let stays = corrected.is_some();
            found.pointer = corrected.unwrap_or_default();
            stays
        });
        findings
    }

    /// Refuses to add whom the register forbids by the rules of the intake, as those look at whoever is new in it; and to add or take
    /// out somebody on whom later entries rest.
    pub fn obey(&self, conn: &mut Conn, node: &Node, case: &Case, matter: &Matter<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        self.obey_moves(conn, node, case, matter, &mut findings)?;
        if self.added == 0 {
            return Ok(findings);
        }
        let is_of_new = |pointer: &str| {
            let place = pointer.strip_prefix(PARTIES).and_then(|rest| rest.split('/').next());
            place.and_then(|place| place.parse().ok()).is_some_and(|place| self.adds(place))
        };
        let found = status::findings(conn, node, matter)?.0.into_iter();
        findings.0.extend(found.filter(|found| is_of_new(&found.pointer)));
        if let CaseFields::Birth(_) = matter.fields {
            let strangers = matter.strangers.iter().map(|(place, party)| (*place, party.role));
            let parties = matter.parties.iter().map(|(place, role, _)| (*place, *role));
            for part in parties.chain(strangers).filter(|(place, _)| self.adds(*place)) {
                obey_parentage(conn, node, matter, part, &mut findings)?;
            }
        }
        Ok(findings)
    }

    /// Nobody is taken out of a move who has moved on since, nor added to one that does not fit between theirs.
    fn obey_moves(&self, conn: &mut Conn, node: &Node, case: &Case, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
        if !matches!(Form::of_type(matter.type_code), Form::MoveIn | Form::MoveOut | Form::MoveWithin) {
            return Ok(());
        }
        let added = matter.parties.iter().filter(|(place, ..)| self.adds(*place)).copied().collect();
        residence::check(conn, node, &Matter { parties: added, ..matter.clone() }, findings)?;
        let parties = store::parties(conn, case.id)?;
        for place in &self.out {
            let Some(person) = parties.get(*place).map(|party| party.person_id) else { continue };
            if let Some(next) = moved_on(conn, node, person, matter)? {
                let told = entries::told(conn, &[next])?.join("");
                let zh = format!("此人其後另有遷徙登記，請先更正或撤銷該登記：{told}");
                let en = format!("they have moved on since: correct or revoke that entry first: {told}");
                findings.add("/parties", "later_entry", "戶籍法 §16–18", &zh, &en);
            }
        }
        Ok(())
    }
}

/// Nobody is added to a birth as a parent whose part another entry has given to somebody since.
fn obey_parentage(
    conn: &mut Conn,
    node: &Node,
    matter: &Matter<'_>,
    (place, role): (usize, PartyRole),
    findings: &mut Findings,
) -> Result<()> {
    for (_, _, child) in matter.parties.iter().filter(|(_, one, _)| *one == PartyRole::Subject) {
        let status = Status::of(conn, node, *child, matter.of)?;
        let given = status.of_kind(FactKind::Parent).filter(|fact| fact.value == json!(role));
        let sources: Vec<String> = given.map(|fact| fact.source.clone()).collect();
        if !sources.is_empty() {
            let told = entries::told(conn, &sources)?.join("、");
            let zh = format!("其後已登記他人為父或母，請先更正或撤銷該登記：{told}");
            let en = format!("a later entry has registered a parent of this part: correct or revoke that first: {told}");
            findings.add(&format!("{PARTIES}{place}/national_id"), "later_entry", "民法 §1063、§1065", &zh, &en);
        }
    }
    Ok(())
}

/// The next registered move of somebody after a matter.
fn moved_on(conn: &mut Conn, node: &Node, person: Id, matter: &Matter<'_>) -> Result<Option<String>> {
    let records = joins::records(conn, person)?;
    let all = entries::naming(conn, node, person, matter.of)?;
    let next = all.iter().filter(|one| residence::moves(one, &records) && one.day() >= matter.day());
    Ok(next.min_by_key(|one| one.day()).map(entries::Registration::source))
}
