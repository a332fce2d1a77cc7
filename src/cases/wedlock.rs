//! Whose child by the law a birth or an acknowledgment makes: the husband's, or of whoever acknowledges it, or whom a court names once
//! the father has died.

use chrono::{Days, NaiveDate};

use super::circumstances::Sights;
use super::descent::{self, CONCEIVED};
use super::entries::{self, Registration};
use super::family::{Family, PARENTS_MARRIED};
use super::fields::{CaseFields, PartyRole};
use super::hints::{HintKind, MOST, RegisterHint};
use super::life;
use super::marriages;
use super::status::{Matter, Status, placed, spouses};
use super::store;
use super::types::by_law::{BY_ACKNOWLEDGMENT, BY_COURT_DECISION};
use super::unnamed_spouse;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::joins;

/// The register cannot tell whether the parents are married to each other: it knows no marriage of either, or one of them is married
/// to somebody who is known by name alone.
const WEDLOCK_UNKNOWN: &str = "WEDLOCK_UNKNOWN";
/// The father had died before he could be entered.
const FATHER_DIED: &str = "FATHER_DIED";

/// What the register tells of the father of a birth or an acknowledgment.
pub fn told(conn: &mut Conn, node: &Node, family: &Family<'_>) -> Result<Vec<&'static str>> {
    let mut found = Vec::new();
    let last = match family.type_code {
        "BIRTH" if family.is_met => {
            match are_married(conn, node, family)? {
                Some(true) => return Ok(found),
                Some(false) => found.push(BY_ACKNOWLEDGMENT),
                None => found.push(WEDLOCK_UNKNOWN),
            }
            family.today
        }
        "PARENTAGE" => family.event_on.unwrap_or(family.today),
        _ => return Ok(found),
    };
    for father in family.with(PartyRole::Father) {
        if Status::of(conn, node, father, family.of)?.died_on().is_some_and(|died| died < last) {
            found.push(FATHER_DIED);
        }
    }
    Ok(found)
}

/// The first day on which a child can have been conceived.
fn conceived(born: NaiveDate) -> NaiveDate {
    born.checked_sub_days(Days::new(CONCEIVED[0])).unwrap_or(born)
}

/// Whether the parents were married to each other when the child was conceived, or since (民法 §1061, §1064); `None` where the
/// register cannot tell.
fn are_married(conn: &mut Conn, node: &Node, family: &Family<'_>) -> Result<Option<bool>> {
    let Some(born) = family.event_on else { return Ok(None) };
    let conceived = conceived(born);
    let [mother, father] = [PartyRole::Mother, PartyRole::Father].map(|role| family.with(role).first().copied());
    let mut is_any = false;
    for (person, spouse) in [(mother, father), (father, mother)] {
        let Some(person) = person else { continue };
        for to in marriages::between(conn, node, person, (conceived, family.today), family.of)? {
            match to {
                None => return Ok(None),
                to if to == spouse => return Ok(Some(true)),
                _ => {}
            }
        }
        is_any |= !marriages::all_of(conn, node, person, family.of)?.is_empty();
    }
    Ok(is_any.then_some(false))
}

/// The papers of a birth that show a father otherwise than as the mother's husband.
const SHOWN: [&str; 2] = ["ACK_PROOF", "COURT_RULING"];

/// Whether a registered birth names the father as the mother's husband and no paper shows him as one, so far as the register has them
/// married to each other without what one case has registered (民法 §1061, §1063, §1064).
pub fn is_husbands(conn: &mut Conn, node: &Node, birth: &Registration, but: Option<Id>) -> Result<bool> {
    let papers: Vec<String> = birth.case.papers.read()?;
    let parents = [PartyRole::Mother, PartyRole::Father].map(|role| birth.with(role).first().copied());
    let ([Some(mother), Some(father)], Some(born)) = (parents, birth.case.event_on) else { return Ok(false) };
    if papers.iter().any(|paper| SHOWN.contains(&paper.as_str())) {
        return Ok(false);
    }
    let father = joins::last(conn, father)?;
    let span = (conceived(born), birth.case.received_at.date());
    Ok(marriages::between(conn, node, mother, span, but)?.contains(&Some(father)))
}

/// The births that name two as the parents, as the register has them.
pub fn births_of(conn: &mut Conn, node: &Node, (one, other): (Id, Id)) -> Result<Vec<Registration>> {
    let records = joins::records(conn, other)?;
    let is_parent = |role: &PartyRole| matches!(role, PartyRole::Mother | PartyRole::Father);
    let mut births = entries::of_human(conn, &node.vault, one, |case| case.type_code == "BIRTH")?;
    let own = joins::records(conn, one)?;
    births.retain(|birth| [&own, &records].into_iter().all(|records| birth.roles(records).iter().any(is_parent)));
    Ok(births)
}

/// The day on which marriages end by an application, and whose they are.
pub fn ended(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<(NaiveDate, Vec<(Id, Id)>)> {
    let mut pairs = Vec::new();
    if let CaseFields::Death(death) = matter.fields {
        for (_, _, deceased) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Deceased) {
            let all = marriages::all_of(conn, node, *deceased, matter.of)?.into_iter();
            pairs.extend(all.map(|(spouse, _)| (*deceased, spouse)));
        }
        return Ok((life::last_day(matter, death), pairs));
    }
    match spouses(matter)[..] {
        [(_, one), (_, other)] => pairs.push((one, other)),
        [(_, one)] => pairs.extend(unnamed_spouse::of(conn, node, matter)?.map(|other| (one, other))),
        _ => {}
    }
    Ok((matter.day(), pairs))
}

/// What a clerk should look at: a marriage ends, and a child who was conceived after that day has the husband as the father by it.
pub fn hints(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Vec<RegisterHint>> {
    let (day, pairs) = ended(conn, node, matter)?;
    let mut children = Vec::new();
    for pair in pairs {
        for birth in births_of(conn, node, pair)? {
            let is_after = birth.case.event_on.is_some_and(|born| conceived(born) > day);
            if is_after && is_husbands(conn, node, &birth, matter.of)? {
                children.extend(birth.with(PartyRole::Subject));
            }
        }
    }
    children.sort_unstable();
    children.dedup();
    children.truncate(MOST);
    let pointer = marriages::day_pointer(matter.fields);
    let hint = RegisterHint { person_ids: children, ..RegisterHint::at(pointer, HintKind::FatherByMarriage) };
    Ok(if hint.person_ids.is_empty() { Vec::new() } else { vec![hint] })
}

/// Children of whom the law presumes another father, or one at all, once a marriage has not ended by an entry, or not before a day
/// (民法 §1062, §1063): by those who were married to each other.
pub fn presumed_without(
    conn: &mut Conn,
    node: &Node,
    (case, until): (Id, Option<NaiveDate>),
    pairs: &[(Id, Id)],
) -> Result<Vec<Id>> {
    let mut children = Vec::new();
    for mother in pairs.iter().flat_map(|(one, other)| [*one, *other]) {
        let records = joins::records(conn, mother)?;
        let mut births = entries::of_human(conn, &node.vault, mother, |one| one.type_code == "BIRTH")?;
        births.retain(|birth| birth.roles(&records).contains(&PartyRole::Mother));
        for birth in births {
            let Some(born) = birth.case.event_on.filter(|born| until.is_none_or(|until| conceived(*born) <= until)) else {
                continue;
            };
            let parties = store::parties(conn, birth.case.id)?;
            let parties = placed(conn, &parties)?;
            let names_father = parties.iter().any(|(_, role, _)| *role == PartyRole::Father);
            let names = ("BIRTH", parties.as_slice(), names_father);
            if descent::presumes_another(conn, node, names, Some(born), Some(case))?
                && !descent::presumes_another(conn, node, names, Some(born), None)?
            {
                children.extend(birth.with(PartyRole::Subject));
            }
        }
    }
    children.sort_unstable();
    children.dedup();
    children.truncate(MOST);
    Ok(children)
}

impl Sights<'_> {
    /// By which way a father is one, where it is not as the mother's husband.
    pub(super) fn fatherhood(&self, named: &[String]) -> Option<&'static str> {
        let tells = |one: &str| self.family.contains(&one);
        let is_named = |one: &str| named.iter().any(|named| named == one);
        if matches!(self.form, Some(CaseFields::Common(_))) {
            return tells(FATHER_DIED).then_some(BY_COURT_DECISION);
        }
        let is_father = self.parties.iter().any(|party| party.role == PartyRole::Father);
        let is_apart = tells(BY_ACKNOWLEDGMENT) || tells(WEDLOCK_UNKNOWN) && !is_named(PARENTS_MARRIED);
        let is_ruled = tells(FATHER_DIED) || is_named(BY_COURT_DECISION);
        (is_father && is_apart).then_some(if is_ruled { BY_COURT_DECISION } else { BY_ACKNOWLEDGMENT })
    }
}
