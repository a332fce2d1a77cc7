//! Marriages as the register holds them: from when to when, whom two of them bind at once, and what becomes of those.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::case::Case;
use super::fields::{Findings, Form};
use super::problems::REGISTER_CONTRADICTS;
use super::status::{Matter, Status, placed, spouses};
use super::store;
use crate::auth::By;
use crate::db::{Conn, Id, Tx};
use crate::error::{Problem, Result};
use crate::node::Node;
use crate::people::facts::{self, FactKind, NewFact, Rank, Word};

/// A marriage of somebody, from its day to the day on which another may follow.
#[derive(Clone, Debug)]
struct Marriage {
    to: Option<Id>,
    from: NaiveDate,
    until: Option<NaiveDate>,
    /// The case that registered it: `cases/{id}`.
    source: String,
}

impl Marriage {
    fn meets(&self, other: &Self) -> bool {
        self.until.is_none_or(|until| other.from < until) && other.until.is_none_or(|until| self.from < until)
    }

    fn stands_on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

/// Until when a marriage of two lasts that began on a day: it ends by divorce, or with the death of either.
fn until(
    conn: &mut Conn,
    node: &Node,
    (status, to): (&Status, Option<Id>),
    from: NaiveDate,
    but: Option<Id>,
) -> Result<Option<NaiveDate>> {
    let ends = status.of_kind(FactKind::MarriageEnd).filter(|end| end.other_id == to).filter_map(|end| end.valid_from);
    let died = |status: &Status| status.died_on().and_then(|day| day.succ_opt());
    let spouse = to.map(|to| Status::of(conn, node, to, but)).transpose()?;
    let deaths = died(status).into_iter().chain(spouse.as_ref().and_then(died));
    Ok(ends.chain(deaths).filter(|end| *end >= from).min())
}

/// All marriages of somebody, but for what a case has registered.
fn of(conn: &mut Conn, node: &Node, status: &Status, but: Option<Id>) -> Result<Vec<Marriage>> {
    let mut all = Vec::new();
    for fact in status.of_kind(FactKind::Marriage) {
        let Some(from) = fact.valid_from else { continue };
        let until = until(conn, node, (status, fact.other_id), from, but)?;
        all.push(Marriage { to: fact.other_id, from, until, source: fact.source.clone() });
    }
    Ok(all)
}

/// Nobody marries while married, nor a parent or child (民法 §983, §985). One that is entered late may not reach into a later
/// one either: enter first how it ended.
pub fn free_to_marry(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let (from, spouses) = (matter.day(), spouses(matter));
    for (index, person) in &spouses {
        let to = spouses.iter().map(|(_, other)| *other).find(|other| other != person);
        let status = Status::of(conn, node, *person, matter.of)?;
        let until = until(conn, node, (&status, to), from, matter.of)?;
        let new = Marriage { to, from, until, source: String::new() };
        let pointer = format!("/parties/{index}/national_id");
        if of(conn, node, &status, matter.of)?.iter().any(|marriage| marriage.meets(&new)) {
            let (zh, en) = ("此人於該期間已登記有配偶", "the register says that this person is married at that time");
            findings.add(&pointer, "already_married", "民法 §985", zh, en);
        }
        if spouses.iter().any(|(_, other)| status.is_child_of(*other)) {
            findings.add(&pointer, "close_relative", "民法 §983", "直系血親或姻親不得結婚", "parent and child do not marry");
        }
    }
    Ok(())
}

/// Where the register knows to whom somebody is married on the day, it is the other party; and no marriage ends twice
/// (戶籍法 §34).
pub fn married_to_each_other(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let (day, spouses) = (matter.day(), spouses(matter));
    for (index, person) in &spouses {
        let status = Status::of(conn, node, *person, matter.of)?;
        let all = of(conn, node, &status, matter.of)?;
        let is_other = |marriage: &&Marriage| marriage.to.is_some_and(|to| spouses.iter().any(|(_, one)| *one == to));
        let standing: Vec<&Marriage> = all.iter().filter(|marriage| marriage.stands_on(day)).collect();
        let to_each_other = standing.iter().copied().any(|marriage| is_other(&marriage));
        if !to_each_other && (!standing.is_empty() || all.iter().any(|marriage| is_other(&marriage))) {
            let text = ("登記之配偶非此案他造", "the register says that this person is not married to the other party");
            findings.add(&format!("/parties/{index}/national_id"), "not_married", "戶籍法 §34", text.0, text.1);
        }
    }
    Ok(())
}

/// Two marriages of one person that the register would hold for the same time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "earlier_case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f",
    "earlier_from": "2010-03-01", "later_case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "later_from": "2026-11-23"
}))]
pub struct Contradiction {
    person_id: Id,
    earlier_case_id: Option<Id>,
    earlier_from: NaiveDate,
    later_case_id: Option<Id>,
    later_from: NaiveDate,
    #[serde(skip)]
    earlier_to: Option<Id>,
    #[serde(skip)]
    later_source: String,
}

/// What a change of a case would let stand against each other.
fn contradictions(conn: &mut Conn, node: &Node, case: &Case) -> Result<Vec<Contradiction>> {
    let parties = store::parties(conn, case.id)?;
    let mut people: Vec<Id> = placed(conn, &parties)?.into_iter().map(|(_, _, person)| person).collect();
    for person in people.clone() {
        let status = Status::of(conn, node, person, None)?;
        people.extend(status.of_kind(FactKind::Marriage).filter_map(|fact| fact.other_id));
    }
    people.sort_unstable();
    people.dedup();
    let case_of = |source: &str| source.strip_prefix("cases/").and_then(|id| id.parse().ok());
    let mut found = Vec::new();
    for person_id in people {
        let status = Status::of(conn, node, person_id, None)?;
        let mut all = of(conn, node, &status, None)?;
        all.sort_by_key(|marriage| marriage.from);
        for (index, earlier) in all.iter().enumerate() {
            for later in all[index + 1..].iter().filter(|later| later.to != earlier.to && later.meets(earlier)) {
                found.push(Contradiction {
                    person_id,
                    earlier_case_id: case_of(&earlier.source),
                    earlier_from: earlier.from,
                    later_case_id: case_of(&later.source),
                    later_from: later.from,
                    earlier_to: earlier.to,
                    later_source: later.source.clone(),
                });
            }
        }
    }
    Ok(found)
}

/// After a change of a case: where two marriages of somebody would stand at once, whoever approves it has to say that they
/// have seen both. The earlier one then stays ended by the later one, and stands again if that is revoked.
pub fn settle(tx: &mut Tx, node: &Node, by: &By, case: &Case, confirmed: bool) -> Result<()> {
    let touches = matches!(Form::of_type(&case.type_code), Form::Death | Form::Marriage | Form::Divorce);
    let found = if touches { contradictions(tx, node, case)? } else { Vec::new() };
    if found.is_empty() {
        return Ok(());
    }
    if !confirmed {
        return Err(Problem::new(REGISTER_CONTRADICTS).with("contradictions", found).into());
    }
    for one in found {
        let cause = json!({"cause": format!("cases/{}", case.id)});
        let word =
            Word { rank: Rank::Registered, source: one.later_source.clone(), paper: None, actor: by.caller.name(), now: by.now };
        let sides = [(Some(one.person_id), one.earlier_to), (one.earlier_to, Some(one.person_id))];
        for (person, other) in sides.into_iter().filter_map(|(person, other)| Some((person?, other))) {
            let (kind, valid_from) = (FactKind::MarriageEnd, Some(one.later_from));
            facts::enter(tx, &node.vault, &word, &NewFact { person, kind, value: cause.clone(), other, valid_from })?;
        }
    }
    Ok(())
}
