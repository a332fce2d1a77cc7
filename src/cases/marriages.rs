//! Marriages as the register holds them: from when to when, whom two of them bind at once, and what becomes of those.

use chrono::NaiveDate;

use super::case::Case;
use super::contradictions::Entry;
use super::entries;
use super::fields::{CaseFields, Findings, PartyRole};
use super::kindred::Reading;
use super::kinship;
use super::nationals;
use super::place::{self, Place};
use super::resting;
use super::span::Span;
use super::status::{Matter, Status, spouses};
use super::types::model::Relation;
use super::unnamed_spouse;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{FactKind, Turn};

/// The end of a marriage.
#[derive(Clone, Debug)]
struct Ending {
    /// From when on another marriage may follow.
    on: NaiveDate,
    /// The case by which the two have parted, `cases/{id}`; none where one of them has died: on that day it still stood.
    by: Option<String>,
}

/// A marriage of somebody, from its day to the day on which another may follow.
#[derive(Clone, Debug)]
struct Marriage {
    to: Option<Id>,
    from: NaiveDate,
    ending: Option<Ending>,
    /// The case that registered it: `cases/{id}`.
    source: String,
    turn: Turn,
}

impl Marriage {
    /// Whether it began before another: of two from one day, the one that was registered first.
    fn goes_before(&self, other: &Self) -> bool {
        self.turn < other.turn
    }

    fn until(&self) -> Option<NaiveDate> {
        self.ending.as_ref().map(|ending| ending.on)
    }

    fn span(&self) -> Span {
        Span { from: self.from, until: self.until() }
    }

    /// Whether it is a death that ends it.
    fn is_by_death(&self) -> bool {
        self.ending.as_ref().is_some_and(|ending| ending.by.is_none())
    }

    fn stands_on(&self, day: NaiveDate) -> bool {
        self.from <= day && (self.span().lasts_beyond(day) || self.is_by_death() && self.until() == Some(day))
    }

    /// Whether it stands where an entry does among those of its day.
    fn stands_at(&self, conn: &mut Conn, place: &Place) -> Result<bool> {
        if !place.is_after(conn, self.from, &self.source)? {
            return Ok(false);
        }
        match &self.ending {
            Some(Ending { on, by: Some(by) }) => Ok(!place.is_after(conn, *on, by)?),
            Some(Ending { on, by: None }) => Ok(place.day <= *on),
            None => Ok(true),
        }
    }
}

/// Those of some marriages that stand where an entry does.
fn standing_at<'m>(conn: &mut Conn, all: &'m [Marriage], place: &Place) -> Result<Vec<&'m Marriage>> {
    let mut standing = Vec::new();
    for marriage in all {
        if marriage.stands_at(conn, place)? {
            standing.push(marriage);
        }
    }
    Ok(standing)
}

/// The end of one of two that a case has let begin on a day: by divorce, or with the death of either. Of a divorce on that very day,
/// one that was registered later.
fn until(
    conn: &mut Conn,
    node: &Node,
    (status, to): (&Status, Option<Id>),
    (from, begun): (NaiveDate, &Turn),
    but: Option<Id>,
) -> Result<Option<Ending>> {
    let ends = status.of_kind(FactKind::MarriageEnd).filter(|end| end.other_id == to && end.turn() > *begun);
    let divorced = ends.min_by_key(|end| end.turn()).and_then(|end| Some((end.valid_from?, end.source.as_str())));
    let spouse = to.map(|to| Status::of(conn, node, to, but)).transpose()?;
    let deaths = [Some(status), spouse.as_ref()].into_iter().flatten().filter_map(Status::died_on);
    let widowed = deaths.filter(|died| *died >= from).min();
    let widowed = widowed.filter(|died| divorced.is_none_or(|(end, _)| *died < end));
    let parted = divorced.map(|(on, by)| Ending { on, by: Some(by.to_owned()) });
    Ok(widowed.map(|on| Ending { on, by: None }).or(parted))
}

/// All marriages of somebody, but for what a case has registered.
fn of(conn: &mut Conn, node: &Node, status: &Status, but: Option<Id>) -> Result<Vec<Marriage>> {
    let mut all = Vec::new();
    for fact in status.of_kind(FactKind::Marriage) {
        let Some(from) = fact.valid_from else { continue };
        let turn = fact.turn();
        let ending = until(conn, node, (status, fact.other_id), (from, &turn), but)?;
        all.push(Marriage { to: fact.other_id, from, ending, source: fact.source.clone(), turn });
    }
    Ok(all)
}

/// The marriages of somebody that stand at once, two by two, the earlier one first.
pub fn at_once(conn: &mut Conn, node: &Node, status: &Status) -> Result<Vec<(Entry, Entry)>> {
    let all = of(conn, node, status, None)?;
    let pairs = all.iter().flat_map(|one| all.iter().map(move |other| (one, other)));
    let pairs = pairs.filter(|(one, other)| one.goes_before(other) && one.span().meets(other.span()));
    let entry = |one: &Marriage| Entry { other: one.to, from: one.from, source: one.source.clone() };
    Ok(pairs.map(|(one, other)| (entry(one), entry(other))).collect())
}

/// Whom somebody is or was married to, and whether that has ended otherwise than by death.
pub fn all_of(conn: &mut Conn, node: &Node, person: Id, but: Option<Id>) -> Result<Vec<(Id, bool)>> {
    let status = Status::of(conn, node, person, but)?;
    let all = of(conn, node, &status, but)?.into_iter();
    Ok(all.filter_map(|one| Some((one.to?, one.ending.is_some() && !one.is_by_death()))).collect())
}

/// Whom somebody is or was married to, since when there is affinity by it, and what has ended that: a divorce, and no death
/// (民法 §971).
pub fn affinities(conn: &mut Conn, node: &Node, status: &Status, but: Option<Id>) -> Result<Vec<(Id, Turn, Option<Turn>)>> {
    let mut found = Vec::new();
    for marriage in of(conn, node, status, but)? {
        let Some(to) = marriage.to else { continue };
        let ended = match &marriage.ending {
            Some(Ending { on, by: Some(by) }) => Some(place::turn(conn, entries::case_of(by), *on)?),
            _ => None,
        };
        found.push((to, marriage.turn, ended));
    }
    Ok(found)
}

/// Whether the register says that two are married to each other on a day.
pub fn are_married(conn: &mut Conn, node: &Node, pair: (Id, Id), day: NaiveDate) -> Result<bool> {
    are_married_but(conn, node, pair, day, None)
}

/// The same, but for what a case has registered.
pub fn are_married_but(conn: &mut Conn, node: &Node, (one, other): (Id, Id), day: NaiveDate, but: Option<Id>) -> Result<bool> {
    let status = Status::of(conn, node, one, but)?;
    Ok(of(conn, node, &status, but)?.iter().any(|marriage| marriage.to == Some(other) && marriage.stands_on(day)))
}

/// The same of where an entry stands among those of its day.
pub fn are_married_at(conn: &mut Conn, node: &Node, (one, other): (Id, Id), place: &Place, but: Option<Id>) -> Result<bool> {
    let status = Status::of(conn, node, one, but)?;
    let all = of(conn, node, &status, but)?;
    Ok(standing_at(conn, &all, place)?.iter().any(|marriage| marriage.to == Some(other)))
}

/// To whom somebody is married where an entry stands, as a case is judged; to whoever has no number as `None`.
pub fn spouses_at(conn: &mut Conn, node: &Node, person: Id, place: &Place, but: Option<Id>) -> Result<Vec<Option<Id>>> {
    let status = Status::of(conn, node, person, but)?;
    let all = of(conn, node, &status, but)?;
    Ok(standing_at(conn, &all, place)?.iter().map(|marriage| marriage.to).collect())
}

/// To whom somebody was married on the day of an entry, by a marriage that began before it, whether or not it had ended by then;
/// likewise.
pub fn spouses_until(conn: &mut Conn, node: &Node, person: Id, place: &Place, but: Option<Id>) -> Result<Vec<Option<Id>>> {
    let status = Status::of(conn, node, person, but)?;
    let mut spouses = Vec::new();
    for marriage in of(conn, node, &status, but)? {
        let has_lasted = marriage.until().is_none_or(|until| place.day <= until);
        if has_lasted && place.is_after(conn, marriage.from, &marriage.source)? {
            spouses.push(marriage.to);
        }
    }
    Ok(spouses)
}

/// On which day two have first married each other from one day to another, as a case is judged.
pub fn married_on(
    conn: &mut Conn,
    node: &Node,
    (one, other): (Id, Id),
    (from, to): (NaiveDate, NaiveDate),
    but: Option<Id>,
) -> Result<Option<NaiveDate>> {
    let status = Status::of(conn, node, one, but)?;
    let all = of(conn, node, &status, but)?.into_iter().filter(|marriage| marriage.to == Some(other));
    Ok(all.map(|marriage| marriage.from).filter(|day| (from..=to).contains(day)).min())
}

/// Whether two are married to each other on a day, or marry each other after it, as far as another case has registered it.
pub fn are_married_from(conn: &mut Conn, node: &Node, (one, other): (Id, Id), day: NaiveDate, but: Option<Id>) -> Result<bool> {
    let status = Status::of(conn, node, one, but)?;
    let all = of(conn, node, &status, but)?.into_iter().filter(|marriage| marriage.to == Some(other));
    Ok(all.into_iter().any(|marriage| marriage.from > day || marriage.stands_on(day)))
}

/// Whether two are married to each other on a day; `None` where the register cannot tell: it knows no marriages of either, or that
/// of one to somebody who has no number. Whoever it does not know at all is nobody whom it has as a spouse.
pub fn are_known_as_married(
    conn: &mut Conn,
    node: &Node,
    (one, other): (Id, Option<Id>),
    day: NaiveDate,
) -> Result<Option<bool>> {
    let mut is_any = false;
    for (person, spouse) in [(Some(one), other), (other, Some(one))] {
        let Some(person) = person else { continue };
        let status = Status::of(conn, node, person, None)?;
        let all = of(conn, node, &status, None)?;
        let mut standing = all.iter().filter(|marriage| marriage.stands_on(day)).peekable();
        if standing.peek().is_some_and(|marriage| marriage.to.is_none()) {
            return Ok(None);
        }
        if spouse.is_some() && standing.any(|marriage| marriage.to == spouse) {
            return Ok(Some(true));
        }
        is_any |= !all.is_empty();
    }
    Ok(is_any.then_some(false))
}

/// To whom somebody was married at some time from one day to another; to whoever has no number as `None`.
pub fn between(
    conn: &mut Conn,
    node: &Node,
    person: Id,
    (from, to): (NaiveDate, NaiveDate),
    but: Option<Id>,
) -> Result<Vec<Option<Id>>> {
    let status = Status::of(conn, node, person, but)?;
    let all = of(conn, node, &status, but)?.into_iter();
    Ok(all.filter(|one| one.from <= to && one.until().is_none_or(|until| from <= until)).map(|one| one.to).collect())
}

/// Refuses whoever applies as the spouse where the register has somebody else as such (戶籍法 §36).
pub fn is_the_spouse(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let about = matter.about();
    let one = matter.parties.iter().find(|(index, ..)| *index == about).filter(|_| matter.relation == Some(Relation::Spouse));
    let Some((_, _, person)) = one else { return Ok(()) };
    let status = Status::of(conn, node, *person, matter.of)?;
    let mut spouses = of(conn, node, &status, matter.of)?;
    // Whoever was the spouse on the day on which they applied had the right to.
    spouses.retain(|marriage| marriage.ending.is_none() || marriage.is_by_death() || marriage.stands_on(matter.acts_on));
    let fits = spouses.iter().any(|marriage| marriage.to.is_none() || marriage.to == matter.applicant);
    let text = ("登記之配偶為他人", "the register names somebody else as the spouse");
    findings.unless(spouses.is_empty() || fits, "/applicant/relation", "party_mismatch", "戶籍法 §36", text.0, text.1);
    Ok(())
}

/// Nobody marries while married, nor their near kin (民法 §983, §985). One that is entered late may not reach into a later
/// one either: enter first how it ended.
pub fn free_to_marry(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let (from, spouses) = (matter.day(), spouses(matter));
    let turn = place::turn(conn, matter.of, from)?;
    for (index, person) in &spouses {
        let to = spouses.iter().map(|(_, other)| *other).find(|other| other != person);
        let status = Status::of(conn, node, *person, matter.of)?;
        let ending = until(conn, node, (&status, to), (from, &turn), matter.of)?;
        let new = Span { from, until: ending.map(|ending| ending.on) };
        let pointer = format!("/parties/{index}/national_id");
        if of(conn, node, &status, matter.of)?.iter().any(|marriage| marriage.span().meets(new)) {
            let (zh, en) = ("此人於該期間已登記有配偶", "the register says that this person is married at that time");
            findings.add(&pointer, "already_married", "民法 §985", zh, en);
        }
    }
    let [(_, one), (index, other)] = spouses.as_slice() else { return Ok(()) };
    let reading = Reading::but(matter.of);
    if let Some((law, zh, en)) = kinship::bars_marriage(conn, node, ((*one, *other), !matter.is_new), &turn, reading)? {
        findings.add(&format!("/parties/{index}/national_id"), "close_relative", law, zh, en);
    }
    Ok(())
}

/// Whether the end of the marriage that a case has registered stands, entered by another case.
pub fn has_divorce(conn: &mut Conn, node: &Node, case: &Case) -> Result<bool> {
    Ok(!resting::ends_of_marriage(conn, node, case)?.is_empty())
}

/// Whether a marriage is with the other party of a divorce; where only one is named, with somebody who is known by name alone, or
/// whom it need not name.
fn is_with(marriage: &Marriage, matter: &Matter<'_>, (spouses, unnamed): (&[(usize, Id)], Option<Id>)) -> bool {
    let strangers = matter.strangers.iter().filter(|(_, party)| party.role == PartyRole::Spouse);
    match marriage.to {
        Some(to) => unnamed == Some(to) || spouses.iter().any(|(_, one)| *one == to),
        None => spouses.len() + strangers.count() == 1,
    }
}

/// Where the register knows to whom somebody is married on the day, it is the other party; and no marriage ends twice
/// (戶籍法 §34).
pub fn married_to_each_other(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let place = Place::of(conn, matter.of, matter.day())?;
    let (spouses, unnamed) = (spouses(matter), unnamed_spouse::of(conn, node, matter)?);
    let mut later_ends = Vec::new();
    for (index, person) in &spouses {
        let status = Status::of(conn, node, *person, matter.of)?;
        let all = of(conn, node, &status, matter.of)?;
        let standing = standing_at(conn, &all, &place)?;
        let is_it = |marriage: &Marriage| is_with(marriage, matter, (&spouses, unnamed));
        // The two may marry each other again: of what they have begun since nobody can tell what ended before it.
        let is_known = !standing.is_empty() || all.iter().any(|one| one.from <= place.day && is_it(one));
        if is_known && !standing.iter().any(|marriage| is_it(marriage)) {
            let text = if standing.iter().any(|marriage| marriage.to.is_none()) {
                (
                    "登記之配偶僅有姓名；請先更正結婚登記，載明配偶身分",
                    "the register knows the spouse by name alone: correct the marriage first to say who that is (`/parties/1`)",
                )
            } else if all.iter().any(|one| one.from <= place.day && is_it(one)) {
                (
                    "此婚姻於該日已不存續：已登記離婚、終止，或一方已登記死亡",
                    "this marriage does not stand any more on that day: its end, or the death of either, is registered",
                )
            } else if spouses.len() + matter.strangers.len() == 1 {
                (
                    "登記之配偶有統一編號，請將雙方均列為當事人（role 為 SPOUSE）",
                    "the register has a spouse with a number: name both as parties of the role SPOUSE",
                )
            } else {
                ("登記之配偶非此案他造", "the register says that this person is not married to the other party")
            };
            findings.add(&format!("/parties/{index}/national_id"), "not_married", "戶籍法 §34", text.0, text.1);
        }
        let standing = standing.into_iter().filter(|marriage| is_it(marriage));
        later_ends.extend(standing.filter_map(|marriage| ended_by(&status, marriage)));
    }
    later_ends.sort_unstable();
    later_ends.dedup();
    if !later_ends.is_empty() {
        let told = entries::told(conn, &later_ends)?;
        let zh = format!("此婚姻於該日後已登記離婚或終止；請先撤銷或更正該登記：{}", told.join("、"));
        let en = format!("this marriage has ended by a later entry: revoke or correct that first: {}", told.join(", "));
        findings.add(day_pointer(matter.fields), "later_entry", "戶籍法 §34", &zh, &en);
    }
    Ok(())
}

/// The case by which a marriage has ended otherwise than by a death, or by the next marriage of one of the two.
fn ended_by(status: &Status, marriage: &Marriage) -> Option<String> {
    let mut ends = status.of_kind(FactKind::MarriageEnd).filter(|end| end.other_id == marriage.to && end.value.is_null());
    let by = marriage.ending.as_ref().and_then(|ending| ending.by.as_deref());
    ends.find(|end| Some(end.source.as_str()) == by).map(|end| end.source.clone())
}

/// Where a case says the day on which a relation begins or ends.
pub fn day_pointer(fields: &CaseFields) -> &'static str {
    match fields {
        CaseFields::Adoption(adoption) if adoption.final_on.is_some() => "/fields/final_on",
        CaseFields::Divorce(divorce) if divorce.final_on.is_some() => "/fields/final_on",
        CaseFields::Death(_) => "/fields/died_on",
        CaseFields::Nationality(_) => nationals::PERMITTED_ON,
        _ => "/event_on",
    }
}

/// What registered the marriage that a divorce ends, `cases/{id}`, where the register knows one.
pub fn registered_by(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Option<String>> {
    let place = Place::of(conn, matter.of, matter.day())?;
    let (spouses, unnamed) = (spouses(matter), unnamed_spouse::of(conn, node, matter)?);
    for (_, person) in &spouses {
        let status = Status::of(conn, node, *person, matter.of)?;
        let all = of(conn, node, &status, matter.of)?;
        let standing = standing_at(conn, &all, &place)?;
        if let Some(marriage) = standing.into_iter().find(|one| is_with(one, matter, (&spouses, unnamed))) {
            return Ok(Some(marriage.source.clone()));
        }
    }
    Ok(None)
}

/// Whether the register knows a marriage that a divorce ends.
pub fn are_known(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<bool> {
    Ok(registered_by(conn, node, matter)?.is_some())
}

/// Since when somebody has been in the marriage that stands where an entry does, as a case is judged.
pub fn since(conn: &mut Conn, node: &Node, person: Id, place: &Place, but: Option<Id>) -> Result<Option<NaiveDate>> {
    let status = Status::of(conn, node, person, but)?;
    let all = of(conn, node, &status, but)?;
    Ok(standing_at(conn, &all, place)?.iter().map(|marriage| marriage.from).max())
}

/// Whether the register knows any marriage of somebody.
pub fn are_any_known(conn: &mut Conn, node: &Node, person: Id, but: Option<Id>) -> Result<bool> {
    Ok(Status::of(conn, node, person, but)?.of_kind(FactKind::Marriage).next().is_some())
}
