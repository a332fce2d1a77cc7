//! A household is registered initially of whoever has never been in the register (戶籍法 §15), and so once.

use super::entries::{self, Registration};
use super::fields::{Findings, Form, PartyRole};
use super::states::CaseStatus;
use super::status::Matter;
use crate::db::{Conn, Id};
use crate::domain::case_path;
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{FactKind, Rank};
use crate::people::joins;

/// Refuses the initial registration of somebody whom the register has already. One that stands is corrected whatever followed it.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    if matter.type_code != "INITIAL" || !matter.is_new && stands(conn, matter.of)? {
        return Ok(());
    }
    for (index, _, person) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Subject) {
        let text = (
            "此人已設有戶籍；登記有誤者請辦更正登記，遷入者請辦遷入登記",
            "the register has this person already: correct what is wrong in it, or register a moving-in",
        );
        let is_free = !is_registered(conn, node, *person, matter.of)?;
        findings.unless(is_free, &format!("/parties/{index}/national_id"), "already_registered", "戶籍法 §15", text.0, text.1);
    }
    Ok(())
}

fn stands(conn: &mut Conn, case: Option<Id>) -> Result<bool> {
    let Some(case) = case else { return Ok(false) };
    Ok(matches!(entries::case(conn, case)?.status, CaseStatus::Registered | CaseStatus::Corrected))
}

/// Whether somebody is in the register by another case: born, registered initially, or with a day of birth that was registered.
fn is_registered(conn: &mut Conn, node: &Node, person: Id, but: Option<Id>) -> Result<bool> {
    let records = joins::records(conn, person)?;
    let begins = |one: &Registration| {
        let is_such = one.case.type_code == "INITIAL" || Form::of_type(&one.case.type_code) == Form::Birth;
        is_such && one.roles(&records).contains(&PartyRole::Subject)
    };
    if entries::naming(conn, node, person, but)?.iter().any(begins) {
        return Ok(true);
    }
    let own = but.map(case_path);
    let born = joins::standing(conn, &node.vault, person, &[FactKind::BirthOn])?;
    Ok(born.iter().any(|fact| fact.rank == Rank::Registered && Some(&fact.source) != own.as_ref()))
}
