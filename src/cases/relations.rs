//! Who is whose parent, adopter, guardian, assistant: what a case makes of it, since when, and what may not be at once.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::case::Party;
use super::contradictions::Entry;
use super::fields::{CaseFields, CommonFields, Findings, PartyRole, RelationEvent, apart, related};
use super::marriages;
use super::place::{self, Place};
use super::span::Span;
use super::status::{Matter, NewStatus, Status};
use crate::calendar::PartialDate;
use crate::db::{Conn, Id};
use crate::domain::case_path;
use crate::error::Result;
use crate::node::Node;
use crate::people;
use crate::people::facts::{Fact, FactKind, Turn};
use crate::people::wards::DECLARED;

/// The kind of fact that a type without a form of its own makes of its subject.
fn kind_of(type_code: &str) -> Option<FactKind> {
    match type_code {
        "GUARDIANSHIP" => Some(FactKind::Guardianship),
        "ASSISTANCE" => Some(FactKind::Assistance),
        "PARENTAGE" => Some(FactKind::Parent),
        "PARENTAL_RIGHTS" => Some(FactKind::Custody),
        _ => None,
    }
}

/// What a case of a type makes of the relations of those who have a part in it, and which part.
pub fn made(
    conn: &mut Conn,
    node: &Node,
    type_code: &str,
    (fields, parties): (&CaseFields, &[Party]),
    day: NaiveDate,
) -> Result<Option<(PartyRole, Vec<NewStatus>)>> {
    Ok(match fields {
        CaseFields::Adoption(_) => {
            let adopters = parties.iter().filter(|party| party.role == PartyRole::Adopter);
            let adopters: Vec<Id> = adopters.map(|party| party.person_id).collect();
            Some((PartyRole::Adoptee, of_adoption(type_code, &adopters, day)))
        }
        CaseFields::Common(common) => {
            let made = of(conn, node, type_code, (common, parties), day)?;
            (!made.is_empty()).then_some((PartyRole::Subject, made))
        }
        _ => None,
    })
}

/// What a case says of its subject and others: each with their role; where the relation ends, the end alone.
fn of(
    conn: &mut Conn,
    node: &Node,
    type_code: &str,
    (common, parties): (&CommonFields, &[Party]),
    day: NaiveDate,
) -> Result<Vec<NewStatus>> {
    let (Some(kind), Some((roles, _))) = (kind_of(type_code), related(type_code)) else { return Ok(Vec::new()) };
    if let Some(end) = common.event.filter(|event| *event == RelationEvent::Revoked) {
        return Ok(vec![(kind, json!(end), None, day)]);
    }
    let since = match kind {
        FactKind::Parent => born_on(conn, node, parties)?.unwrap_or(day),
        _ => day,
    };
    let others = parties.iter().filter(|party| roles.contains(&party.role));
    let said = |role: PartyRole| if common.by_declaration { json!(DECLARED) } else { json!(role) };
    Ok(others.map(|party| (kind, said(party.role), Some(party.person_id), since)).collect())
}

/// The birth of the subject, to which an acknowledgment reaches back (民法 §1069).
fn born_on(conn: &mut Conn, node: &Node, parties: &[Party]) -> Result<Option<NaiveDate>> {
    let Some(child) = parties.iter().find(|party| party.role == PartyRole::Subject) else { return Ok(None) };
    Ok(people::store::birth_on(conn, &node.vault, child.person_id)?.map(PartialDate::earliest))
}

/// What an adoption, or its end, says of whoever is adopted.
fn of_adoption(type_code: &str, adopters: &[Id], day: NaiveDate) -> Vec<NewStatus> {
    let (kind, value) = match type_code {
        "ADOPTION" => (FactKind::Parent, json!(PartyRole::Adopter)),
        _ => (FactKind::ParentEnd, Value::Null),
    };
    adopters.iter().map(|adopter| (kind, value.clone(), Some(*adopter), day)).collect()
}

/// An adoption, from its day to the day on which it ended.
pub struct Adoption {
    pub by: Id,
    pub span: Span,
    /// The case that registered it: `cases/{id}`.
    pub source: String,
    turn: Turn,
}

impl Adoption {
    /// Whether it has not ended.
    pub fn stands(&self) -> bool {
        self.span.until.is_none()
    }
}

/// What ends an adoption by somebody that a case has let begin: of an end on that very day, one that was registered later.
pub fn end_of(status: &Status, by: Id, begun: &Turn) -> Option<Turn> {
    let ends = status.of_kind(FactKind::ParentEnd).filter(|end| end.other_id == Some(by));
    ends.map(Fact::turn).filter(|end| end > begun).min()
}

/// The day on which it ends.
fn until(status: &Status, by: Id, begun: &Turn) -> Option<NaiveDate> {
    end_of(status, by, begun).and_then(|end| end.day())
}

/// All adoptions of somebody.
pub fn adoptions(status: &Status) -> Vec<Adoption> {
    let adopted = status.of_kind(FactKind::Parent).filter(|fact| fact.value == json!(PartyRole::Adopter));
    let adoption = |fact: &Fact| {
        let (by, from, turn) = (fact.other_id?, fact.valid_from?, fact.turn());
        Some(Adoption { by, span: Span { from, until: until(status, by, &turn) }, source: fact.source.clone(), turn })
    };
    adopted.filter_map(adoption).collect()
}

/// Whether somebody is the child of another on a day: by birth or acknowledgment, or by an adoption that stands.
pub fn is_child_of(status: &Status, parent: Id, day: NaiveDate) -> bool {
    let stands = |one: &Adoption| one.by == parent && one.span.from <= day && one.span.lasts_beyond(day);
    let is_natural = |fact: &Fact| fact.other_id == Some(parent) && fact.value != json!(PartyRole::Adopter);
    status.of_kind(FactKind::Parent).any(is_natural) || adoptions(status).iter().any(stands)
}

/// Whether two adoptions are by one person or two who are not married to each other (民法 §1074, §1075).
fn exclude(conn: &mut Conn, node: &Node, one: &Adoption, other: &Adoption) -> Result<bool> {
    if one.source == other.source || !one.span.meets(other.span) {
        return Ok(false);
    }
    let later = if one.turn < other.turn { other } else { one };
    let place = Place::of_source(conn, &later.source, later.span.from)?;
    Ok(one.by == other.by || !marriages::are_married_at(conn, node, (one.by, other.by), &place, None)?)
}

/// Adoptions of somebody that exclude each other, two by two, the earlier one first; of two cases one pair, whoever of a couple
/// adopted by them.
pub fn adoptions_at_once(conn: &mut Conn, node: &Node, status: &Status) -> Result<Vec<(Entry, Entry)>> {
    let mut all = adoptions(status);
    all.sort_by(|one, other| one.turn.cmp(&other.turn));
    let entry = |one: &Adoption| Entry { other: Some(one.by), from: one.span.from, source: one.source.clone() };
    let mut found: Vec<(Entry, Entry)> = Vec::new();
    for (n, one) in all.iter().enumerate() {
        for other in &all[n + 1..] {
            let is_told = found.iter().any(|(a, b)| (&a.source, &b.source) == (&one.source, &other.source));
            if !is_told && exclude(conn, node, one, other)? {
                found.push((entry(one), entry(other)));
            }
        }
    }
    Ok(found)
}

/// What the register forbids of relations: one human as two parties, whichever numbers name them, and two adoptions at once.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let is_pair = |one: PartyRole, other: PartyRole| {
        apart(matter.type_code).iter().any(|pair| *pair == (one, other) || *pair == (other, one))
    };
    for (n, (index, role, person)) in matter.parties.iter().enumerate() {
        if matter.parties[..n].iter().any(|(_, other, before)| before == person && is_pair(*role, *other)) {
            findings.two_parties(*index);
        }
    }
    for (_, _, deceased) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Deceased) {
        for (person, pointer) in [(matter.applicant, "/applicant/national_id"), (matter.proxy, "/proxy/national_id")] {
            let text = ("死亡者本人不得為申請人或代理人", "the deceased neither applies nor is a proxy");
            findings.unless(person != Some(*deceased), pointer, "same_person", "戶籍法 §36", text.0, text.1);
        }
    }
    if !matches!(matter.fields, CaseFields::Adoption(_)) || matter.type_code != "ADOPTION" {
        return Ok(());
    }
    let with = |role: PartyRole| matter.parties.iter().filter(move |(_, one, _)| *one == role);
    for (index, _, child) in with(PartyRole::Adoptee) {
        let status = Status::of(conn, node, *child, matter.of)?;
        let (standing, from) = (adoptions(&status), matter.day());
        // Whoever the register does not know is nobody's spouse in it.
        let mut is_taken = matter.strangers.iter().any(|(_, party)| party.role == PartyRole::Adopter)
            && standing.iter().any(|one| one.span.lasts_beyond(from));
        for (_, _, by) in with(PartyRole::Adopter) {
            let (turn, source) = (place::turn(conn, matter.of, from)?, matter.of.map(case_path).unwrap_or_default());
            let new = Adoption { by: *by, span: Span { from, until: until(&status, *by, &turn) }, source, turn };
            for one in &standing {
                is_taken = is_taken || exclude(conn, node, one, &new)?;
            }
        }
        if is_taken {
            let text = (
                "此人已登記為他人收養；除夫妻外，一人不得同時為二人之養子女，請先為終止收養登記",
                "the register says that somebody has adopted this person: nobody but spouses adopts one person at once; register its end first",
            );
            findings.add(&format!("/parties/{index}/national_id"), "already_adopted", "民法 §1075", text.0, text.1);
        }
    }
    Ok(())
}
