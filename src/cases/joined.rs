//! What two records of one human must not say together, and what others must not have registered by it once they are two humans': the
//! rules of registration hold for joins and their ends as well.

use std::borrow::Cow;

use super::entries::{self, Registration};
use super::fields::Findings;
use super::guarded::{self, Wards};
use super::kindred::Reading;
use super::kinship;
use super::marriages;
use super::posthumous;
use super::relations;
use super::status::{self, Matter, Status};
use super::store;
use super::voided::{self, Union};
use crate::auth::By;
use crate::db::{Id, Tx};
use crate::error::{Code, FieldError, Problem, Result, Text};
use crate::node::Node;
use crate::people::facts::{Fact, FactKind};
use crate::people::joins;

/// What contradicts, with the cases that have registered it.
#[derive(Default)]
struct Found {
    findings: Findings,
    sources: Vec<String>,
}

impl Found {
    fn names(&self, source: &str) -> bool {
        self.sources.iter().any(|one| one == source)
    }

    fn add(&mut self, code: &'static str, law: &str, (zh, en): (&str, &str), sources: &[&str]) {
        let cases = sources.join(", ");
        self.sources.extend(sources.iter().map(|source| (*source).to_owned()));
        self.findings.add("/into_person_id", code, law, &format!("{zh}：{cases}"), &format!("{en}: {cases}"));
    }
}

/// Refuses to let one human have what two records say, where the register says that of nobody; nor does it let others become kin by it
/// on the day of whose marriage or adoption they must not have been.
pub fn judge_join(tx: &mut Tx, node: &Node, by: &By, (record, into): (Id, Id)) -> Result<()> {
    kinship::own_ties(tx)?;
    let wards = Wards::of(tx, node, &[record, into], by.now.date())?;
    let mut free = Vec::new();
    for union in voided::across(tx, node, (record, into))? {
        if union.bar(tx, node, Reading::default())?.is_none() {
            free.push(union);
        }
    }
    joins::as_one(tx, (record, into), |tx| judge_one(tx, node, into, (&free, &wards)))
}

/// The same once the two are one, with the marriages and adoptions of others that nothing forbids as long as they are two, and the wards
/// whom it can concern.
fn judge_one(tx: &mut Tx, node: &Node, human: Id, (free, wards): (&[Union], &Wards)) -> Result<()> {
    let status = Status::of(tx, node, human, None)?;
    let mut found = Found::default();
    of_oneself(&status, human, &mut found);
    in_two_parts(&status, None, &mut found);
    for other in joins::naming(tx, human, &PARTS.map(|(kind, _)| kind))? {
        in_two_parts(&Status::of(tx, node, other, None)?, Some(human), &mut found);
    }
    after_death(tx, node, &status, human, &mut found)?;
    for (one, other) in marriages::at_once(tx, node, &status)? {
        found.add("already_married", "民法 §985", ("同時有二婚姻登記", "two marriages at once"), &[&one.source, &other.source]);
    }
    for marriage in status.of_kind(FactKind::Marriage) {
        let Some(spouse) = marriage.other_id.filter(|spouse| *spouse != human) else { continue };
        let turn = marriage.turn();
        let bar = kinship::bars_marriage(tx, node, ((human, spouse), true), &turn, Reading::default())?;
        if let Some((law, zh, en)) = bar {
            found.add("close_relative", law, (zh, en), &[&marriage.source]);
        }
    }
    if let Some(sources) = kinship::descends_from_itself(tx, node, human)? {
        let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
        let text = ("將成為自己之直系血親", "one human would descend from themself");
        found.add("close_relative", "民法 §967", text, &sources);
    }
    for union in free {
        let bar = union.as_joined(tx)?.bar(tx, node, Reading::default())?;
        if let Some((law, zh, en)) = bar.filter(|_| !found.names(&union.source)) {
            found.add("close_relative", law, (zh, en), &[&union.source]);
        }
    }
    for (one, other) in relations::adoptions_at_once(tx, node, &status)? {
        let text = ("同時為二人之養子女", "adopted by two at once");
        found.add("already_adopted", "民法 §1075", text, &[&one.source, &other.source]);
    }
    for source in wards.brought(tx, node)? {
        found.add("later_entry", guarded::LAW, guarded::BESIDE, &[&source]);
    }
    if found.findings.0.is_empty() {
        return Ok(());
    }
    let text = (
        "併入後登記將互相牴觸；請先更正或撤銷有誤之案件",
        "the register would contradict itself: correct or revoke the wrong case first",
    );
    Err(Problem { errors: found.findings.0, ..Problem::new(Code::CONFLICT).detail(text.0, text.1) }.into())
}

/// Nobody is their own spouse, parent or guardian.
fn of_oneself(status: &Status, human: Id, found: &mut Found) {
    let laws = [
        (FactKind::Marriage, "民法 §982"),
        (FactKind::Parent, "民法 §967"),
        (FactKind::Guardianship, "民法 §1098"),
        (FactKind::Assistance, "民法 §15-1"),
        (FactKind::Custody, "民法 §1084"),
    ];
    for (kind, law) in laws {
        if let Some(fact) = status.of_kind(kind).find(|fact| fact.other_id == Some(human)) {
            let text = ("登記之相對人為同一人", "registered with the same human as the other party");
            found.add("same_person", law, text, &[&fact.source]);
        }
    }
}

/// Relations in which two people have parts, with their law.
const PARTS: [(FactKind, &str); 4] = [
    (FactKind::Parent, "民法 §967、§1073-1"),
    (FactKind::Guardianship, "民法 §1112-1"),
    (FactKind::Assistance, "民法 §1113-1"),
    (FactKind::Custody, "民法 §1089"),
];

/// Nobody is mother and father of one child, or parent and adopter, or two of the guardians whom one ruling names; of whomever
/// it is, or of one human alone.
fn in_two_parts(status: &Status, of: Option<Id>, found: &mut Found) {
    for (kind, law) in PARTS {
        let parts: Vec<&Fact> = status.of_kind(kind).filter(|fact| fact.other_id.is_some()).collect();
        for (n, one) in parts.iter().enumerate().filter(|(_, one)| of.is_none() || one.other_id == of) {
            let is_apart = |other: &&&Fact| one.source == other.source || kind == FactKind::Parent && one.value != other.value;
            let mut others = parts[n + 1..].iter().filter(|other| one.other_id == other.other_id).filter(is_apart);
            if let Some(other) = others.next() {
                let text = ("同一人登記為父母、收養人或監護人中之二人", "one human as two of the parents, adopters or guardians");
                let sources = [one.source.as_str(), other.source.as_str()];
                found.add("same_person", law, text, if sources[0] == sources[1] { &sources[..1] } else { &sources[..] });
            }
        }
    }
}

/// Nobody dies on two days, or does anything afterwards.
fn after_death(tx: &mut Tx, node: &Node, status: &Status, human: Id, found: &mut Found) -> Result<()> {
    let Some(died_on) = status.died_on() else { return Ok(()) };
    let is_later = |fact: &&Fact| fact.valid_from.is_some_and(|day| day > died_on);
    if let Some(other) = status.of_kind(FactKind::Death).find(is_later) {
        let text = ("二件死亡登記日期不同", "two deaths on different days");
        found.add("already_registered", "戶籍法 §14", text, &[&other.source]);
    }
    let entries = posthumous::entries(tx, node, (human, died_on), None)?;
    let sources: Vec<String> = entries.iter().map(Registration::source).collect();
    if !sources.is_empty() {
        let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
        found.add("later_entry", "民法 §6", ("死亡後另有登記", "entries after the death"), &sources);
    }
    Ok(())
}

/// Relations by which entries of somebody rest on what is registered of another.
const TIES: [FactKind; 5] =
    [FactKind::Marriage, FactKind::Parent, FactKind::Guardianship, FactKind::Assistance, FactKind::Custody];

/// Refuses to part two records as long as entries of others stand that rest on the one having been the other: who was married to
/// somebody who lives has married again (民法 §985), whose parent lives has a guardian (§1091), and what else of those to whom either
/// is tied, or with whom an entry names them, the register forbids from now on. Each is corrected or revoked first, and whom it is of
/// is told of that.
pub fn judge_part(tx: &mut Tx, node: &Node, by: &By, (record, into): (Id, Id)) -> Result<()> {
    let mut found = forbidden(tx, node, by, [record, into])?;
    if !found.is_empty() {
        let before = joins::as_one(tx, (record, into), |tx| forbidden(tx, node, by, [record, into]))?;
        found.retain(|one| !before.contains(one));
    }
    if found.is_empty() {
        return Ok(());
    }
    let mut errors = Vec::new();
    for Forbidden { source, code, zh, en } in found {
        let case = entries::told(tx, &[source])?.join("");
        let told = Text::new(format!("{zh}：{case}"), format!("{en}: {case}"));
        errors.push(FieldError::new("/joined_into", code, told));
    }
    let text = (
        "合併期間他人依該紀錄所為之登記將互相牴觸；請先更正或撤銷各該登記",
        "entries of others rest on the records having been one human's: correct or revoke those first",
    );
    Err(Problem { errors, ..Problem::new(Code::CONFLICT).detail(text.0, text.1) }.into())
}

/// An entry that the register forbids, and why.
#[derive(PartialEq)]
struct Forbidden {
    source: String,
    code: Cow<'static, str>,
    zh: String,
    en: String,
}

/// What the register forbids of the entries of those to whom one of two records is tied, beside entries of their own: as these stand,
/// each in its place, whoever acted in them.
fn forbidden(tx: &mut Tx, node: &Node, by: &By, two: [Id; 2]) -> Result<Vec<Forbidden>> {
    let own = joins::all_records(tx, &two)?;
    let mut found = Vec::new();
    for one in entries_beside(tx, node, &own)? {
        let parties = store::parties(tx, one.case.id)?;
        let held = status::held(&one.case, &one.fields, one.case.event_on, status::placed(tx, &parties)?, by.now);
        let findings = status::findings(tx, node, &Matter { is_restored: true, ..held })?;
        found.extend(findings.0.into_iter().map(|broken| Forbidden {
            source: one.source(),
            code: broken.code,
            zh: broken.detail.zh.into_owned(),
            en: broken.detail.en.into_owned(),
        }));
    }
    let mut children = two.to_vec();
    for parent in two {
        children.extend(joins::naming(tx, parent, &[FactKind::Parent])?);
    }
    children.sort_unstable();
    children.dedup();
    for child in children {
        for source in guarded::beside_parents(tx, node, (child, by.now.date()))? {
            let (zh, en) = (
                "尚有行使親權之父母，無監護之必要（民法 §1091）",
                "a parent lives who exercises their rights, and there is a guardian (民法 §1091)",
            );
            found.push(Forbidden { source, code: "later_entry".into(), zh: zh.to_owned(), en: en.to_owned() });
        }
    }
    Ok(found)
}

/// The entries of status of those who stand with somebody in an entry, or in a relation, that name none of their records.
fn entries_beside(tx: &mut Tx, node: &Node, own: &[Id]) -> Result<Vec<Registration>> {
    let mut near = Vec::new();
    for record in own {
        let cases: Vec<Id> = entries::standing_of(tx, *record)?.iter().map(|case| case.id).collect();
        near.extend(store::parties_of(tx, &cases)?.into_iter().map(|(_, person)| person));
        near.extend(joins::naming(tx, *record, &TIES)?);
        let status = Status::of(tx, node, *record, None)?;
        near.extend(TIES.iter().flat_map(|kind| status.of_kind(*kind)).filter_map(|fact| fact.other_id));
    }
    let mut near = joins::last_of(tx, &near)?;
    near.sort_unstable();
    near.dedup();
    let mut found: Vec<Registration> = Vec::new();
    for person in near.into_iter().filter(|person| !own.contains(person)) {
        for one in entries::naming(tx, node, person, None)? {
            let is_known = found.iter().any(|other| other.case.id == one.case.id);
            if !is_known && one.is_of_status() && one.roles(own).is_empty() {
                found.push(one);
            }
        }
    }
    Ok(found)
}
