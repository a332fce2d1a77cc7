//! Who exercises the rights of a parent: of a guardianship, a ruling on these rights and an adoption the latest counts (民法 §1055,
//! §1077, §1091), an agreement of parents until they marry each other (§1089), and no ruling outlives the parentage on which it rests (§1063, §1083). All of it is judged where it is read, so
//! that it is one whatever was registered first.

use chrono::NaiveDate;
use serde_json::json;

use super::entries::{self, Registration};
use super::fields::{CaseFields, PartyRole};
use super::hints::{HintKind, MOST, RegisterHint};
use super::marriages;
use super::parents::{Parents, Part, adopted_on};
use super::relations;
use super::representation::{Answer, living};
use super::status::{Matter, Status, spouses};
use crate::db::{Conn, Id};
use crate::domain::case_path;
use crate::error::Result;
use crate::node::Node;
use crate::people;
use crate::people::facts::{self, Fact, FactKind, Rank};
use crate::people::holding::CARE;
use crate::people::joins;
use crate::people::wards::DECLARED;

/// The rights of a parent as the register has them on a day.
pub struct Rights {
    pub parents: Parents,
    /// Whom the ruling or the agreement that holds names.
    pub custodians: Vec<Id>,
    /// The latest day of an adoption or a ruling that gave them to parents, also where it has ended.
    given_on: Option<NaiveDate>,
    day: NaiveDate,
    of: Option<Id>,
}

impl Rights {
    pub fn of(conn: &mut Conn, node: &Node, (child, status): (Id, &Status), (day, of): (NaiveDate, Option<Id>)) -> Result<Self> {
        let parents = Parents::of(conn, node, status, (day, of))?;
        let (mut rulings, mut lapsed) = (Vec::new(), Vec::new());
        for ruling in status.of_kind(FactKind::Custody) {
            if let Some((from, holder)) = ruling.valid_from.zip(ruling.other_id)
                && rests_on_parentage(conn, node, (child, status), (ruling, from, holder), of)?
            {
                rulings.push((ruling.id, from, holder));
                if lapsed_on(conn, node, &parents, (ruling, from, holder), (day, of))?.is_some() {
                    lapsed.push(ruling.id);
                }
            }
        }
        let adopted = adopted_on(status, day);
        let latest: Vec<Id> = status.latest(&[FactKind::Custody]).map(|fact| fact.id).collect();
        let holds = |(ruling, from, _): &&(Id, NaiveDate, Id)| {
            latest.contains(ruling) && !lapsed.contains(ruling) && adopted <= Some(*from)
        };
        let custodians = rulings.iter().filter(holds).map(|(.., holder)| *holder).collect();
        let adoptions = relations::adoptions(status).into_iter().map(|one| one.span.from).filter(|from| *from <= day);
        let given_on = adoptions.chain(rulings.iter().map(|(_, from, _)| *from)).max();
        Ok(Self { parents, custodians, given_on, day, of })
    }

    /// Whether these rights were given to parents after the guardianship that is registered. One by a declaration lasts until a court
    /// revokes that (民法 §15).
    pub fn replace_guardianship(&self, status: &Status) -> bool {
        let is_for_age = |fact: &Fact| fact.kind == FactKind::Guardianship && fact.value != json!(DECLARED);
        status.latest(&CARE).any(|fact| is_for_age(fact) && fact.valid_from < self.given_on)
    }

    /// Whether somebody lives who exercises them.
    pub fn are_exercised(&self, conn: &mut Conn, node: &Node) -> Result<bool> {
        let holders = [self.custodians.clone(), self.parents.all()].concat();
        Ok(!living(conn, node, self.of, holders)?.is_empty())
    }

    /// Whether somebody exercises them alone. The dead do not: then the other parent does (民法 §1089).
    pub fn answer(&self, conn: &mut Conn, node: &Node, by: Option<Id>) -> Result<Answer> {
        let custodians = living(conn, node, self.of, self.custodians.clone())?;
        if by.is_some_and(|by| custodians.contains(&by)) {
            return Ok(Answer::Yes);
        }
        if !custodians.is_empty() {
            return Ok(Answer::No(
                "民法 §1089",
                "登記之權利義務行使人為他人",
                "the register names somebody else to exercise the rights of a parent",
            ));
        }
        match by {
            Some(by) if self.parents.has(by) => Ok(if self.acts_alone(conn, node, by)? { Answer::Yes } else { Answer::Unknown }),
            Some(by) if self.parents.may_have(by) => Ok(Answer::Unknown),
            _ if self.parents.are_adopters() && self.are_exercised(conn, node)? => Ok(Answer::No(
                "民法 §1077",
                "登記有收養人，本生父母之權利義務停止",
                "the register names adopters, and the rights of the natural parents are suspended",
            )),
            _ => Ok(Answer::Unknown),
        }
    }

    /// Whether the register tells that a parent acts alone: there is no other, the other has died, or the two are married to each
    /// other. Of parents who have parted a paper tells (民法 §1055).
    fn acts_alone(&self, conn: &mut Conn, node: &Node, own: Id) -> Result<bool> {
        let others = self.parents.others(own);
        if others.is_empty() {
            return Ok(self.parents.is_alone(own));
        }
        for other in living(conn, node, self.of, others)? {
            if !marriages::are_married(conn, node, (own, other), self.day)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether parents have agreed on who exercises these rights; what it cannot tell of a court has ruled on.
fn is_agreed(conn: &mut Conn, node: &Node, rights: &Fact) -> Result<bool> {
    let Some(id) = entries::case_of(&rights.source) else { return Ok(false) };
    let case = entries::case(conn, id)?;
    let one = Registration::opened(conn, &node.vault, case)?;
    Ok(matches!(&one.fields, CaseFields::Common(common) if !common.is_ruled()))
}

/// On which day an agreement of parents has ended: it is for those who are not married to each other, and the two have married since
/// (民法 §1055, §1069-1, §1089), whether or not they have parted again. What a court has ruled holds until that is changed.
fn lapsed_on(
    conn: &mut Conn,
    node: &Node,
    parents: &Parents,
    (rights, from, holder): (&Fact, NaiveDate, Id),
    (day, of): (NaiveDate, Option<Id>),
) -> Result<Option<NaiveDate>> {
    let mut married_on = None;
    for other in parents.others(holder) {
        let day = marriages::married_on(conn, node, (holder, other), (from, day), of)?;
        married_on = married_on.into_iter().chain(day).min();
    }
    Ok(if married_on.is_some() && is_agreed(conn, node, rights)? { married_on } else { None })
}

/// The agreements on the rights of a parent over somebody that have ended by a day, each with its own.
pub fn lapsed(conn: &mut Conn, node: &Node, child: Id, day: NaiveDate) -> Result<Vec<(Id, NaiveDate)>> {
    let status = Status::of(conn, node, child, None)?;
    let parents = Parents::of(conn, node, &status, (day, None))?;
    let mut found = Vec::new();
    for rights in status.of_kind(FactKind::Custody) {
        let Some((from, holder)) = rights.valid_from.zip(rights.other_id) else { continue };
        let lapsed_on = lapsed_on(conn, node, &parents, (rights, from, holder), (day, None))?;
        found.extend(lapsed_on.map(|day| (rights.id, day)));
    }
    Ok(found)
}

/// What a clerk should look at: two marry each other of whose child under age a court has given one alone these rights.
pub fn hints(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Vec<RegisterHint>> {
    let spouses = spouses(matter);
    let (CaseFields::Marriage(_), &[(_, one), (_, other)]) = (matter.fields, spouses.as_slice()) else { return Ok(Vec::new()) };
    let (day, mut children) = (matter.day(), Vec::new());
    for child in joins::naming(conn, one, &[FactKind::Parent])? {
        let status = Status::of(conn, node, child, matter.of)?;
        let is_theirs = |parent| relations::is_child_of(&status, parent, day);
        if status.died_on().is_some() || !is_theirs(one) || !is_theirs(other) {
            continue;
        }
        let born = people::store::birth_on(conn, &node.vault, child)?;
        let custodians = Rights::of(conn, node, (child, &status), (day, matter.of))?.custodians;
        let is_of_one = matches!(custodians[..], [holder] if holder == one || holder == other);
        if !is_of_one || born.is_none_or(|born| born.age_on(day).reaches(18).yes) {
            continue;
        }
        // What the two have agreed on ends with their marriage.
        let mut is_ruled = false;
        for rights in status.latest(&[FactKind::Custody]) {
            is_ruled |= !is_agreed(conn, node, rights)?;
        }
        children.extend(is_ruled.then_some(child));
    }
    children.truncate(MOST);
    let hint = |person_ids| RegisterHint { person_ids, ..RegisterHint::at("/parties", HintKind::CustodyOfOne) };
    Ok(if children.is_empty() { Vec::new() } else { vec![hint(children)] })
}

/// Whether a ruling names somebody who was, and still is, a parent as far as the register tells. Of whom it never knew whether they
/// are one, the paper told that was shown.
fn rests_on_parentage(
    conn: &mut Conn,
    node: &Node,
    (child, status): (Id, &Status),
    (ruling, from, holder): (&Fact, NaiveDate, Id),
    of: Option<Id>,
) -> Result<bool> {
    let then = Parents::of(conn, node, status, (from, of))?;
    let parts = [PartyRole::Father, PartyRole::Mother].into_iter().filter(|role| ruling.value == json!(role));
    if parts.into_iter().any(|role| matches!(then.part(role, Some(holder)), Part::Rests | Part::Anothers)) {
        return Ok(false);
    }
    Ok(is_parent(status, holder) || !was_parent(conn, node, (child, holder), of)?)
}

/// Whether somebody is a parent by birth or by an adoption that has not ended, whether or not their rights rest.
fn is_parent(status: &Status, person: Id) -> bool {
    let mut parentage = status.of_kind(FactKind::Parent).filter(|fact| fact.other_id == Some(person));
    parentage.any(|fact| fact.value != json!(PartyRole::Adopter))
        || relations::adoptions(status).iter().any(|adoption| adoption.by == person && adoption.stands())
}

/// Whether a case has ever registered somebody as a parent, also one that was revoked since.
fn was_parent(conn: &mut Conn, node: &Node, (child, person): (Id, Id), of: Option<Id>) -> Result<bool> {
    let (own, theirs) = (of.map(case_path), joins::records(conn, person)?);
    for record in joins::records(conn, child)? {
        let mut all = facts::all(conn, &node.vault, record)?.into_iter();
        if all.any(|fact| {
            let is_registered = fact.rank == Rank::Registered && Some(&fact.source) != own.as_ref();
            is_registered && fact.kind == FactKind::Parent && fact.other_id.is_some_and(|other| theirs.contains(&other))
        }) {
            return Ok(true);
        }
    }
    Ok(false)
}
