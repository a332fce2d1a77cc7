//! Who exercises the rights of a parent: of a guardianship, a ruling on these rights and an adoption the latest counts (民法 §1055,
//! §1077, §1091), an agreement of parents until they marry each other (§1089), and no ruling outlives the parentage on which it rests (§1063, §1083). All of it is judged where it is read, so
//! that it is one whatever was registered first.

use chrono::NaiveDate;
use serde_json::json;

use super::entries::{self, Registration};
use super::fields::{CaseFields, PartyRole};
use super::hints::{HintKind, MOST, RegisterHint};
use super::marriages;
use super::parents::{Parents, Part, adopted_after};
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
use crate::people::wards::{self, Birth, DECLARED};

/// The rights of a parent as the register has them on a day.
pub struct Rights {
    pub parents: Parents,
    /// Whom the ruling or the agreement that holds names.
    pub custodians: Vec<Id>,
    /// The days of the adoptions and the rulings that gave them to parents of a child, also where they have ended.
    given_on: Vec<NaiveDate>,
    /// The rulings and agreements that have ended by the law alone, each with its day.
    lapsed: Vec<(Id, NaiveDate)>,
    day: NaiveDate,
    of: Option<Id>,
}

impl Rights {
    pub fn of(conn: &mut Conn, node: &Node, (child, status): (Id, &Status), (day, of): (NaiveDate, Option<Id>)) -> Result<Self> {
        let parents = Parents::of(conn, node, status, (day, of))?;
        let adoptions = relations::adoptions(status).into_iter().map(|one| one.span.from).filter(|from| *from <= day);
        let (mut given_on, mut rulings, mut lapsed): (Vec<NaiveDate>, _, _) = (adoptions.collect(), Vec::new(), Vec::new());
        for ruling in status.of_kind(FactKind::Custody) {
            let Some((from, holder)) = ruling.valid_from.zip(ruling.other_id) else { continue };
            let baseless = baseless_since(conn, node, (child, status), (ruling, from, holder), of)?;
            if baseless.is_none() {
                given_on.push(from);
                rulings.push((ruling.id, holder));
            }
            let married = lapsed_on(conn, node, &parents, (ruling, from, holder), (day, of))?;
            let ends = [baseless, married, adopted_after(status, from, day)];
            lapsed.extend(ends.into_iter().flatten().min().map(|end| (ruling.id, end)));
        }
        let latest: Vec<Id> = status.latest(&[FactKind::Custody]).map(|fact| fact.id).collect();
        let has_lapsed = |ruling: Id| lapsed.iter().any(|(one, _)| *one == ruling);
        let holds = |(ruling, _): &&(Id, Id)| latest.contains(ruling) && !has_lapsed(*ruling);
        let custodians = rulings.iter().filter(holds).map(|(_, holder)| *holder).collect();
        let born = Birth::of(conn, &node.vault, child)?.filter(|born| born.rank == Rank::Registered);
        let is_grown = |on: NaiveDate| {
            let age = born.map(|born| wards::is_of_age(born.on, on));
            age.is_some_and(|age| age.yes && !age.is_rebuttable)
        };
        given_on.retain(|on| !is_grown(*on));
        Ok(Self { parents, custodians, given_on, lapsed, day, of })
    }

    /// On which day these rights were given to parents after a guardianship for their child's age, in the place of the guardian. One by
    /// a declaration lasts until a court revokes that (民法 §15).
    pub fn replaced_on(&self, guardianship: &Fact) -> Option<NaiveDate> {
        let is_for_age = guardianship.kind == FactKind::Guardianship && guardianship.value != json!(DECLARED);
        let later = self.given_on.iter().copied().filter(|day| is_for_age && guardianship.valid_from < Some(*day));
        later.min().filter(|_| guardianship.other_id.is_some())
    }

    /// Whether they were so given after the guardianship that is registered.
    pub fn replace_guardianship(&self, status: &Status) -> bool {
        status.latest(&CARE).any(|fact| self.replaced_on(fact).is_some())
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

/// What has ended of somebody by the law alone until a day, each with its own: agreements and rulings on the rights of a parent, and
/// guardianships in whose place these rights have come. What is obeyed ends so, and what is shown.
pub fn lapsed(conn: &mut Conn, node: &Node, child: Id, day: NaiveDate) -> Result<Vec<(Id, NaiveDate)>> {
    let status = Status::of(conn, node, child, None)?.until(day);
    let rights = Rights::of(conn, node, (child, &status), (day, None))?;
    let replaced = status.of_kind(FactKind::Guardianship).filter_map(|fact| Some((fact.id, rights.replaced_on(fact)?)));
    Ok(rights.lapsed.iter().copied().chain(replaced).collect())
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

/// Since when a ruling has no parentage on which it rests: it names somebody who was no parent then, or is none any more, as far as the
/// register tells. Of whom it never knew whether they are one, the paper told that was shown.
fn baseless_since(
    conn: &mut Conn,
    node: &Node,
    (child, status): (Id, &Status),
    (ruling, from, holder): (&Fact, NaiveDate, Id),
    of: Option<Id>,
) -> Result<Option<NaiveDate>> {
    let then = Parents::of(conn, node, status, (from, of))?;
    let parts = [PartyRole::Father, PartyRole::Mother].into_iter().filter(|role| ruling.value == json!(role));
    if parts.into_iter().any(|role| matches!(then.part(role, Some(holder)), Part::Rests | Part::Anothers)) {
        return Ok(Some(from));
    }
    if is_parent(status, holder) || !was_parent(conn, node, (child, holder), of)? {
        return Ok(None);
    }
    let ended = relations::adoptions(status).into_iter().filter(|adoption| adoption.by == holder);
    Ok(Some(ended.filter_map(|adoption| adoption.span.until).max().map_or(from, |until| until.max(from))))
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
