//! Seals (印鑑登記辦法): one a person. Which of them lives follows from the entries that stand, whichever of these was registered,
//! revoked or restored first: a registration or a change brings one, and it lives until it is changed or cancelled, and as long as its
//! person has not left, is alive and has the nationality (§2, §6).

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use serde_json::json;

use super::case::Case;
use super::effects::contradiction;
use super::entries::{self, Registration};
use super::fields::{CaseFields, Findings, Form, PartyRole};
use super::grounds;
use super::residence;
use super::states::CaseStatus;
use super::status::Matter;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::domain::Joining;
use crate::error::{Error, Result, Text};
use crate::node::Node;
use crate::people::joins;
use crate::schema::seals;
use crate::secrets::vault::Vault;
use crate::text_enum;

text_enum! {
    /// States of a seal: one ACTIVE a person (印鑑登記辦法 §2).
    pub enum SealStatus {
        Active = "ACTIVE",
        Changed = "CHANGED",
        Cancelled = "CANCELLED",
    }
}

const NOT_REGISTERED: (&str, &str) = ("查無有效之印鑑登記", "no seal of this person is registered");
const REGISTERED: (&str, &str) = ("已有印鑑登記，請辦理變更", "a seal is registered already: change it");
const CHANGED: (&str, &str) = ("其後另有印鑑登記，請先撤銷該登記", "a later entry has changed the seal: revoke that first");

/// Of whom a case of some fields ends the seal: on death, loss of nationality and moving out of the office's area, unless abroad
/// (印鑑登記辦法 §6); of nobody where a move stays within it.
fn ends_of(type_code: &str, fields: &CaseFields) -> &'static [PartyRole] {
    match fields {
        CaseFields::Nationality(_) if type_code == "NAT_LOSS" => &[PartyRole::Subject],
        CaseFields::Death(_) => &[PartyRole::Deceased],
        CaseFields::MoveOut(moved) if moved.leaves_the_area() => &[PartyRole::Subject, PartyRole::Member],
        _ => &[],
    }
}

/// Whether seals can follow from entries of a form.
fn touches(form: Form) -> bool {
    matches!(form, Form::Birth | Form::Death | Form::MoveIn | Form::MoveOut | Form::MoveWithin | Form::Nationality | Form::Seal)
}

/// What an entry does to the seal of its person.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Begin,
    Change,
    Cancel,
    End,
}

/// An entry among the others, in the order of their registration.
struct Step {
    place: (Moment, Id),
    does: Does,
}

impl Step {
    fn of(entry: &Registration, records: &[Id]) -> Option<Self> {
        let (type_code, roles) = (entry.case.type_code.as_str(), entry.roles(records));
        let ends = ends_of(type_code, &entry.fields);
        let does = match (&entry.fields, type_code) {
            (CaseFields::Seal(_), _) if !roles.contains(&PartyRole::Subject) => return None,
            (CaseFields::Seal(_), "SEAL_CANCEL") => Does::Cancel,
            (CaseFields::Seal(_), "SEAL_CHANGE") => Does::Change,
            (CaseFields::Seal(_), _) => Does::Begin,
            _ if roles.iter().any(|role| ends.contains(role)) => Does::End,
            _ => return None,
        };
        Some(Self { place: (entry.case.registered_at?, entry.case.id), does })
    }
}

/// What becomes of somebody's seals by the entries that stand; each by the case that has brought it.
#[derive(Default)]
struct Course {
    living: Option<Id>,
    /// How those that live no more have ended, and by which entry.
    ended: HashMap<Id, (SealStatus, Id)>,
    /// Entries that find no seal which they change or cancel, or one beside theirs.
    misplaced: Vec<Id>,
}

impl Course {
    fn of(mut steps: Vec<Step>) -> Self {
        let (mut course, mut last_end) = (Self::default(), None);
        steps.sort_by_key(|step| step.place);
        for Step { place: (_, case), does } in steps {
            let before = course.living.take();
            if before.is_some() != matches!(does, Does::Change | Does::Cancel) && does != Does::End {
                course.misplaced.push(case);
            }
            let brings = matches!(does, Does::Begin | Does::Change);
            let status = if brings { SealStatus::Changed } else { SealStatus::Cancelled };
            course.ended.extend(before.map(|before| (before, (status, case))));
            match (does, before, last_end) {
                // What had ended is not changed.
                (Does::Change, None, Some(by)) => {
                    course.ended.insert(case, (SealStatus::Cancelled, by));
                }
                (Does::Begin | Does::Change, ..) => course.living = Some(case),
                (Does::Cancel | Does::End, ..) => last_end = Some(case),
            }
        }
        course
    }

    /// Whichever seal lives has ended by an entry.
    fn end(&mut self, by: Option<Id>) {
        if let Some(by) = by
            && let Some(living) = self.living.take()
        {
            self.ended.insert(living, (SealStatus::Cancelled, by));
        }
    }
}

/// A seal as it is kept.
#[derive(Queryable, Selectable)]
#[diesel(table_name = seals)]
struct Seal {
    id: Id,
    person_id: Id,
    status: SealStatus,
    case_id: Id,
    registered_at: Moment,
    ended_by: Option<String>,
}

/// The seals of some records: of each case the one that stands, or was entered last.
fn kept(conn: &mut Conn, records: &[Id]) -> Result<Vec<Seal>> {
    let own = seals::table.filter(seals::person_id.eq_any(records.iter().copied())).order(seals::id);
    let mut all: Vec<Seal> = own.select(Seal::as_select()).load(conn)?;
    all.reverse();
    all.sort_by_key(|seal| seal.status != SealStatus::Active);
    let mut seen = HashSet::new();
    all.retain(|seal| seen.insert(seal.case_id));
    Ok(all)
}

/// A case that has changed, and whether it stands from now on, whatever is kept of it yet.
type Turned<'a> = (&'a Case, bool);

/// The entries from which the seals of a human follow.
fn standing(conn: &mut Conn, vault: &Vault, human: Id, turned: Option<Turned<'_>>) -> Result<Vec<Registration>> {
    let of_seals = |case: &Case| touches(Form::of_type(&case.type_code));
    let mut all =
        entries::of_human(conn, vault, human, |case| of_seals(case) && turned.is_none_or(|(turned, _)| turned.id != case.id))?;
    if let Some((case, true)) = turned {
        all.push(Registration::opened(conn, vault, case.clone())?);
    }
    Ok(all)
}

/// What ends every seal of somebody as long as it stands, whenever it was registered: their death, the loss of the nationality that
/// was not restored since, a move away from which they have not come back; and that the register has no birth of theirs any more.
fn ender(
    conn: &mut Conn,
    human: Id,
    (records, entries): (&[Id], &[Registration]),
    turned: Option<Turned<'_>>,
) -> Result<Option<Id>> {
    let ends = |one: &&Registration| {
        let ends = ends_of(&one.case.type_code, &one.fields);
        one.roles(records).iter().any(|role| ends.contains(role))
    };
    let place = |one: &&Registration| (one.day(), one.case.registered_at, one.case.id);
    let is_of = |one: &Registration, form: Form| Form::of_type(&one.case.type_code) == form;
    let died = entries.iter().filter(|one| is_of(one, Form::Death)).find(ends);
    let national = entries.iter().filter(|one| is_of(one, Form::Nationality)).max_by_key(place).filter(ends);
    let moved = entries.iter().filter(|one| residence::moves(one, records)).max_by_key(place).filter(ends);
    if let Some(one) = died.or(national).or(moved) {
        return Ok(Some(one.case.id));
    }
    let mut births = grounds::births_of(conn, human)?;
    for (id, status) in &mut births {
        if let Some((_, stands)) = turned.filter(|(case, _)| case.id == *id) {
            *status = if stands { CaseStatus::Registered } else { CaseStatus::Revoked };
        }
    }
    let revoked = births.iter().rfind(|(_, status)| *status == CaseStatus::Revoked).map(|(id, _)| *id);
    Ok(revoked.filter(|_| births.iter().all(|(_, status)| *status == CaseStatus::Revoked)))
}

/// How somebody's seals stand by the entries, and those that are kept of before there were such entries.
fn course(conn: &mut Conn, human: Id, (entries, kept): (&[Registration], &[Seal]), turned: Option<Turned<'_>>) -> Result<Course> {
    let records = joins::records(conn, human)?;
    let mut steps: Vec<Step> = entries.iter().filter_map(|entry| Step::of(entry, &records)).collect();
    for seal in kept {
        if Form::of_type(&entries::case(conn, seal.case_id)?.type_code) != Form::Seal {
            steps.push(Step { place: (seal.registered_at, seal.case_id), does: Does::Begin });
        }
    }
    let mut course = Course::of(steps);
    course.end(ender(conn, human, (&records, entries), turned)?);
    Ok(course)
}

/// Lets the seals of people follow from the entries that stand, where a case is registered, corrected, revoked or restored.
pub fn follow(tx: &mut Tx, vault: &Vault, turned: Turned<'_>, people: &[Id], now: Moment) -> Result<()> {
    let (case, _) = turned;
    if !touches(Form::of_type(&case.type_code)) {
        return Ok(());
    }
    people.iter().try_for_each(|person| project(tx, vault, (*person, case.id), Some(turned), now))
}

/// Lets the seals of those follow whose records were joined, or parted: of one human one lives.
pub fn follow_join(tx: &mut Tx, node: &Node, by: &By, joining: &Joining) -> Result<()> {
    for record in [joining.record, joining.into] {
        let records = joins::records(tx, record)?;
        if let Some(last) = kept(tx, &records)?.into_iter().max_by_key(|seal| seal.registered_at) {
            project(tx, &node.vault, (record, last.case_id), None, by.now)?;
        }
    }
    Ok(())
}

/// Lets somebody's seals follow from the entries that stand; what changes is told with a case.
pub fn project(tx: &mut Tx, vault: &Vault, (human, with): (Id, Id), turned: Option<Turned<'_>>, now: Moment) -> Result<()> {
    let records = joins::records(tx, human)?;
    let kept = kept(tx, &records)?;
    if kept.is_empty() && turned.is_none_or(|(case, _)| Form::of_type(&case.type_code) != Form::Seal) {
        return Ok(());
    }
    let entries = standing(tx, vault, human, turned)?;
    let course = course(tx, human, (&entries, &kept), turned)?;
    // One seal lives: whichever ends goes first.
    let (ending, others): (Vec<&Seal>, Vec<&Seal>) = kept.iter().partition(|seal| course.living != Some(seal.case_id));
    for seal in ending.into_iter().chain(others) {
        put(tx, seal, (course.living, course.ended.get(&seal.case_id).copied()), (with, now))?;
    }
    for entry in &entries {
        let CaseFields::Seal(fields) = &entry.fields else { continue };
        let (case, village) = (&entry.case, Some(fields.village_code.as_str()));
        if kept.iter().any(|seal| seal.case_id == case.id) {
            let own = seals::table.filter(seals::case_id.eq(case.id));
            diesel::update(own).set(seals::village_code.eq(village)).execute(&mut **tx)?;
            continue;
        }
        let ended = course.ended.get(&case.id).copied();
        if course.living != Some(case.id) && ended.is_none() {
            continue;
        }
        let row = (
            seals::id.eq(Id::new(now)),
            seals::person_id.eq(case.person_id),
            seals::status.eq(ended.map_or(SealStatus::Active, |(status, _)| status)),
            seals::village_code.eq(village),
            seals::case_id.eq(case.id),
            seals::registered_at.eq(case.registered_at.unwrap_or(now)),
            seals::ended_at.eq(ended.map(|_| now)),
            seals::ended_by.eq(ended.map(|(_, by)| by.to_string())),
        );
        diesel::insert_into(seals::table).values(row).execute(&mut **tx)?;
        if ended.is_none() {
            tell(tx, with, case.person_id, "seal.registered");
        }
    }
    Ok(())
}

/// Lets a seal live, or have ended as the entries say; one whose own entry stands no more has ended by that.
fn put(
    tx: &mut Tx,
    seal: &Seal,
    (living, ended): (Option<Id>, Option<(SealStatus, Id)>),
    (with, now): (Id, Moment),
) -> Result<()> {
    let is_active = seal.status == SealStatus::Active;
    if living == Some(seal.case_id) {
        if is_active {
            return Ok(());
        }
        let stands =
            (seals::status.eq(SealStatus::Active), seals::ended_at.eq(None::<Moment>), seals::ended_by.eq(None::<String>));
        diesel::update(seals::table.find(seal.id)).set(stands).execute(&mut **tx)?;
        tell(tx, with, seal.person_id, if with == seal.case_id { "seal.registered" } else { "seal.restored" });
        return Ok(());
    }
    let (status, by) = ended.unwrap_or((SealStatus::Cancelled, seal.case_id));
    let by = Some(by.to_string());
    if (status, &by) != (seal.status, &seal.ended_by) {
        diesel::update(seals::table.find(seal.id)).set((seals::status.eq(status), seals::ended_by.eq(by))).execute(&mut **tx)?;
    }
    if is_active {
        diesel::update(seals::table.find(seal.id)).set(seals::ended_at.eq(Some(now))).execute(&mut **tx)?;
        tell(tx, with, seal.person_id, "seal.ended");
    }
    Ok(())
}

fn tell(tx: &mut Tx, case: Id, person: Id, action: &'static str) {
    tx.record(Record::change(action, format!("people/{person}"), json!({"case_id": case})).about(person));
}

/// Refuses a seal case where the entries leave it no seal to change or to cancel in its place, or one beside its own.
pub fn require_place(conn: &mut Conn, vault: &Vault, case: &Case) -> Result<()> {
    if Form::of_type(&case.type_code) != Form::Seal {
        return Ok(());
    }
    let records = joins::records(conn, case.person_id)?;
    let kept = kept(conn, &records)?;
    let mut misplaced = |stands: bool| -> Result<Vec<Id>> {
        let turned = Some((case, stands));
        let entries = standing(conn, vault, case.person_id, turned)?;
        Ok(course(conn, case.person_id, (&entries, &kept), turned)?.misplaced)
    };
    let (with, without) = (misplaced(true)?, misplaced(false)?);
    let Some(other) = with.into_iter().find(|one| !without.contains(one)) else { return Ok(()) };
    let (zh, en) = match case.type_code.as_str() {
        "SEAL_CHANGE" | "SEAL_CANCEL" if other == case.id => NOT_REGISTERED,
        "SEAL_CHANGE" | "SEAL_CANCEL" => CHANGED,
        _ => REGISTERED,
    };
    Err(contradiction(zh, en))
}

/// What an application for a seal finds in the register: none to change or to cancel, or one already.
pub fn check(conn: &mut Conn, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let CaseFields::Seal(_) = matter.fields else { return Ok(()) };
    let known = matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Subject);
    let strangers = matter.strangers.iter().filter(|(_, party)| party.role == PartyRole::Subject);
    let subjects = known.map(|(index, _, person)| (*index, Some(*person))).chain(strangers.map(|(index, _)| (*index, None)));
    for (index, person) in subjects {
        let pointer = format!("/parties/{index}/national_id");
        if findings.0.iter().any(|found| found.pointer == pointer) {
            continue;
        }
        let has_seal = person.map_or(Ok(false), |person| has_seal(conn, person))?;
        match (matter.type_code, has_seal) {
            ("SEAL_CHANGE" | "SEAL_CANCEL", false) => {
                findings.add(&pointer, "not_registered", "印鑑登記辦法 §2", NOT_REGISTERED.0, NOT_REGISTERED.1);
            }
            ("SEAL_REGISTER", true) => {
                findings.add(&pointer, "already_registered", "印鑑登記辦法 §2", REGISTERED.0, REGISTERED.1);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a person has a seal registered.
pub fn has_seal(conn: &mut Conn, person: Id) -> Result<bool> {
    let own = seals::table.filter(seals::person_id.eq_any(joins::records(conn, person)?));
    let active: i64 = own.filter(seals::status.eq(SealStatus::Active)).count().get_result(conn)?;
    Ok(active > 0)
}

/// Whether the seal that a case registered of somebody stood at a moment.
pub fn had_seal(conn: &mut Conn, (case, person): (Id, Id), at: Moment) -> Result<bool> {
    let own = seals::table.filter(seals::case_id.eq(case)).filter(seals::registered_at.le(at));
    let own = own.filter(seals::person_id.eq_any(joins::records(conn, person)?));
    let stood = own.filter(seals::ended_at.is_null().or(seals::ended_at.assume_not_null().ge(at)));
    Ok(stood.count().get_result::<i64>(conn)? > 0)
}

/// Refuses a certificate of a seal that is not registered; `pointer` names the person.
pub fn require_seal(conn: &mut Conn, person: Option<Id>, pointer: &str) -> Result<()> {
    if person.map_or(Ok(false), |person| has_seal(conn, person))? {
        return Ok(());
    }
    Err(Error::field(pointer, "not_registered", Text::new(NOT_REGISTERED.0, NOT_REGISTERED.1)))
}
