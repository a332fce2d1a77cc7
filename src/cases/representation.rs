//! Who may act for somebody as their legal representative or guardian, as far as the register tells. Where it does not, the
//! papers of the type's checklist do.

use super::fields::{Findings, PartyRole};
use super::marriages;
use super::relations::{self, Adoption};
use super::status::{Matter, Status};
use super::types::model::Relation;
use crate::calendar::PartialDate;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people;
use crate::people::facts::{Fact, FactKind};
use crate::people::holding::CARE;

/// Refuses whom the register says not to represent the subject: a guardian goes before parents, of a court's word on parental
/// rights and an adoption the later one before parentage (民法 §1055, §1077, §1089), and both end at the 18th birthday (民法
/// §12). The dead represent nobody.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let Some(subject) = subject(matter) else { return Ok(()) };
    let is_minors = matter.relation == Some(Relation::LegalRepresentative);
    if (!is_minors && matter.relation != Some(Relation::Guardian)) || matter.type_code == "GUARDIANSHIP" {
        return Ok(());
    }
    let mut refuse = |law, zh, en| findings.add("/applicant/relation", "not_representative", law, zh, en);
    // Somebody whom the office does not know is nobody whom the register names.
    let is_applicant = |person: &Id| matter.applicant == Some(*person);
    if let Some(applicant) = matter.applicant
        && Status::of(conn, node, applicant, matter.of)?.latest(&CARE).any(is_guardianship)
    {
        refuse("民法 §15", "申請人已登記受監護", "the register says that the applicant is under guardianship themself");
        return Ok(());
    }
    let status = Status::of(conn, node, subject, matter.of)?;
    let named: Vec<Id> = status.latest(&CARE).filter(|fact| is_guardianship(fact)).filter_map(|fact| fact.other_id).collect();
    let guardians = living(conn, node, matter, named)?;
    if !guardians.is_empty() {
        if !guardians.iter().any(is_applicant) {
            refuse("民法 §1098", "登記之監護人為他人", "the register names somebody else as the guardian");
        }
        return Ok(());
    }
    if !is_minors {
        if status.latest(&CARE).any(|fact| fact.other_id.is_none()) {
            refuse("民法 §14", "登記之監護業已撤銷", "the register says that the guardianship was revoked");
        }
        return Ok(());
    }
    let today = PartialDate::Day(matter.received_at.date());
    let age = people::store::birth_on(conn, &node.vault, subject)?.map(|born| born.age_on(today).reaches(18));
    if age.is_some_and(|of_age| of_age.yes && !of_age.is_rebuttable) {
        refuse("民法 §12", "當事人已成年", "the subject is of age");
        return Ok(());
    }
    let ruling = |fact: &Fact| Some((fact.valid_from?, fact.other_id));
    let rulings: Vec<_> = status.latest(&[FactKind::Custody]).filter_map(ruling).collect();
    let adoptions: Vec<_> = relations::adoptions(&status).into_iter().filter(Adoption::stands).collect();
    let adopted_on = adoptions.iter().map(|adoption| adoption.from).max();
    if adopted_on > rulings.iter().map(|(from, _)| *from).max() {
        let adopters = living(conn, node, matter, adoptions.iter().map(|adoption| adoption.by).collect())?;
        if !adopters.is_empty() && !adopters.iter().any(is_applicant) && !is_spouse_of(conn, node, matter, &adopters)? {
            let (zh, en) = (
                "登記有收養人，本生父母之權利義務停止",
                "the register names adopters, and the rights of the natural parents are suspended",
            );
            refuse("民法 §1077", zh, en);
        }
        return Ok(());
    }
    let custodians = living(conn, node, matter, rulings.into_iter().filter_map(|(_, by)| by).collect())?;
    if !custodians.is_empty() && !custodians.iter().any(is_applicant) {
        let (zh, en) = ("登記之權利義務行使人為他人", "the register names somebody else to exercise the rights of a parent");
        refuse("民法 §1089", zh, en);
    }
    Ok(())
}

fn is_guardianship(fact: &Fact) -> bool {
    fact.kind == FactKind::Guardianship && fact.other_id.is_some()
}

/// Those who have not died as far as the register says.
fn living(conn: &mut Conn, node: &Node, matter: &Matter<'_>, people: Vec<Id>) -> Result<Vec<Id>> {
    let mut living = Vec::with_capacity(people.len());
    for person in people {
        if Status::of(conn, node, person, matter.of)?.died_on().is_none() {
            living.push(person);
        }
    }
    Ok(living)
}

/// Whether the applicant is married to an adopter: a parent whose spouse adopts the child stays one (民法 §1077).
fn is_spouse_of(conn: &mut Conn, node: &Node, matter: &Matter<'_>, adopters: &[Id]) -> Result<bool> {
    let Some(applicant) = matter.applicant else { return Ok(false) };
    let day = matter.received_at.date();
    for adopter in adopters {
        if marriages::are_married(conn, node, (applicant, *adopter), day)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn subject(matter: &Matter<'_>) -> Option<Id> {
    matter.parties.iter().find(|(_, role, _)| *role == PartyRole::Subject).map(|(_, _, person)| *person)
}
