//! What two records of one human must not say together: the rules of registration hold for joins as well.

use super::entries::Registration;
use super::fields::Findings;
use super::kinship;
use super::marriages;
use super::posthumous;
use super::relations;
use super::status::Status;
use crate::db::{Id, Tx};
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::people::facts::{Fact, FactKind};
use crate::people::joins;

/// What contradicts, with the cases that have registered it.
struct Found(Findings);

impl Found {
    fn add(&mut self, code: &'static str, law: &str, (zh, en): (&str, &str), sources: &[&str]) {
        let cases = sources.join(", ");
        self.0.add("/into_person_id", code, law, &format!("{zh}：{cases}"), &format!("{en}: {cases}"));
    }
}

/// Refuses to let one human have what two records say, where the register says that of nobody.
pub fn judge_join(tx: &mut Tx, node: &Node, human: Id) -> Result<()> {
    let status = Status::of(tx, node, human, None)?;
    let mut found = Found(Findings::default());
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
        if let Some((law, zh, en)) = kinship::bars_marriage(tx, node, ((human, spouse), true), None)? {
            found.add("close_relative", law, (zh, en), &[&marriage.source]);
        }
    }
    for parent in status.of_kind(FactKind::Parent) {
        let Some(other) = parent.other_id.filter(|other| *other != human) else { continue };
        if Status::of(tx, node, other, None)?.is_child_of(human) {
            let text = ("二人互為父母子女", "each of two is the other's child");
            found.add("close_relative", "民法 §967", text, &[&parent.source]);
        }
    }
    for (one, other) in relations::adoptions_at_once(tx, node, &status)? {
        let text = ("同時為二人之養子女", "adopted by two at once");
        found.add("already_adopted", "民法 §1075", text, &[&one.source, &other.source]);
    }
    if found.0.0.is_empty() {
        return Ok(());
    }
    let text = (
        "併入後登記將互相牴觸；請先更正或撤銷有誤之案件",
        "the register would contradict itself: correct or revoke the wrong case first",
    );
    Err(Problem { errors: found.0.0, ..Problem::new(Code::CONFLICT).detail(text.0, text.1) }.into())
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
