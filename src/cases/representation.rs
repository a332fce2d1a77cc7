//! Who may act for somebody as their legal representative or guardian, as far as the register tells. Where it does not, the
//! papers of the type's checklist do.

use super::fields::{Findings, PartyRole};
use super::status::{Matter, Status};
use super::types::model::Relation;
use crate::calendar::PartialDate;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people;
use crate::people::facts::FactKind;

/// Refuses whom the register says not to represent the subject: a guardian goes before parents, a court's word on parental
/// rights before parentage (民法 §1055, §1089), and both end at the 18th birthday (民法 §12).
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
        && Status::of(conn, node, applicant, matter.of)?.of_kind(FactKind::Guardianship).next().is_some()
    {
        refuse("民法 §15", "申請人已登記受監護", "the register says that the applicant is under guardianship themself");
        return Ok(());
    }
    let status = Status::of(conn, node, subject, matter.of)?;
    let named = |kind: FactKind| -> Vec<Id> { status.of_kind(kind).filter_map(|fact| fact.other_id).collect() };
    let guardians = named(FactKind::Guardianship);
    if !guardians.is_empty() {
        if !guardians.iter().any(is_applicant) {
            refuse("民法 §1098", "登記之監護人為他人", "the register names somebody else as the guardian");
        }
        return Ok(());
    }
    if !is_minors {
        return Ok(());
    }
    let today = PartialDate::Day(matter.received_at.date());
    let age = people::store::birth_on(conn, &node.vault, subject)?.map(|born| born.age_on(today).reaches(18));
    if age.is_some_and(|of_age| of_age.yes && !of_age.is_rebuttable) {
        refuse("民法 §12", "當事人已成年", "the subject is of age");
        return Ok(());
    }
    let custodians = named(FactKind::Custody);
    if !custodians.is_empty() && !custodians.iter().any(is_applicant) {
        let (zh, en) = ("登記之權利義務行使人為他人", "the register names somebody else to exercise the rights of a parent");
        refuse("民法 §1089", zh, en);
    }
    Ok(())
}

fn subject(matter: &Matter<'_>) -> Option<Id> {
    matter.parties.iter().find(|(_, role, _)| *role == PartyRole::Subject).map(|(_, _, person)| *person)
}
