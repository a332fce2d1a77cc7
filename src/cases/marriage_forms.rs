//! By which law a marriage was concluded, the Civil Code or that for two of one sex, and by which type it therefore ends.

use super::entries;
use super::fields::{Findings, PartyRole};
use super::marriages;
use super::named;
use super::status::{Matter, Status, spouses};
use super::store;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::FactKind;
use crate::people::{self, Sex};

/// A marriage by the Civil Code ends by a divorce that is agreed on, that of two of one sex by its termination.
pub fn ends_by_its_law(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let (is_of_one_sex, law, text) = match matter.type_code {
        "DIVORCE_AGREED" => (
            true,
            "司法院釋字第七四八號解釋施行法 §16",
            (
                "此婚姻為相同性別二人所成立，合意終止者請辦終止結婚登記（MARRIAGE_END_748）",
                "this is a marriage of two of one sex, which is terminated by agreement: apply for MARRIAGE_END_748",
            ),
        ),
        "MARRIAGE_END_748" => (
            false,
            "民法 §1049",
            (
                "此婚姻依民法成立，兩願離婚者請辦兩願離婚登記（DIVORCE_AGREED）",
                "this is a marriage by the Civil Code, which ends by a divorce that is agreed on: apply for DIVORCE_AGREED",
            ),
        ),
        _ => return Ok(()),
    };
    if matter.relation.is_some() && ends_one_of_one_sex(conn, node, matter)? == Some(is_of_one_sex) {
        findings.add("/type_code", "not_allowed", law, text.0, text.1);
    }
    Ok(())
}

/// Whether the marriage that a divorce ends is of two of one sex.
fn ends_one_of_one_sex(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Option<bool>> {
    let wedding = marriages::registered_by(conn, node, matter)?;
    if let Some(wedding) = wedding.as_deref().and_then(entries::case_of) {
        return then(conn, node, wedding);
    }
    let mut sexes = Vec::new();
    for (_, person) in spouses(matter) {
        sexes.push(people::numbers::sex_of_all(conn, &node.vault, person)?);
    }
    let strangers = matter.strangers.iter().filter(|(_, party)| party.role == PartyRole::Spouse);
    sexes.extend(strangers.map(|(_, party)| party.national_id.sex()));
    Ok(alike(&sexes))
}

/// The case that registered the latest marriage of two.
fn wedding_of(conn: &mut Conn, node: &Node, (one, other): (Id, Id)) -> Result<Option<Id>> {
    let status = Status::of(conn, node, one, None)?;
    let weddings = status.of_kind(FactKind::Marriage).filter(|fact| fact.other_id == Some(other));
    let latest = weddings.max_by_key(|fact| fact.turn());
    Ok(latest.and_then(|fact| entries::case_of(&fact.source)))
}

/// Whether two who are married, or were, are of one sex, as far as it can be told: by the numbers that they had when it was
/// registered, whatever number either has since; of a marriage that the register does not have, where all numbers of each agree.
pub fn are_of_one_sex(conn: &mut Conn, node: &Node, pair: (Id, Id)) -> Result<Option<bool>> {
    if let Some(wedding) = wedding_of(conn, node, pair)?
        && let Some(told) = then(conn, node, wedding)?
    {
        return Ok(Some(told));
    }
    let mut sex = |person| people::numbers::sex_of_all(conn, &node.vault, person);
    Ok(alike(&[sex(pair.0)?, sex(pair.1)?]))
}

/// Whether two who marry now are of one sex.
pub fn marry_in_one_sex(conn: &mut Conn, node: &Node, (one, other): (Id, Id)) -> Result<Option<bool>> {
    let mut today = |person: Id| -> Result<Option<Sex>> { Ok(people::store::open(conn, &node.vault, person)?.1.sex()) };
    Ok(alike(&[today(one)?, today(other)?]))
}

/// Whether those whom a case has married were of one sex.
fn then(conn: &mut Conn, node: &Node, case: Id) -> Result<Option<bool>> {
    let Some(names) = named::of(conn, node, case)? else { return Ok(None) };
    let parties = store::parties(conn, case)?;
    let spouses = parties.iter().zip(&names.parties).filter(|(party, _)| party.role == PartyRole::Spouse);
    let sexes: Vec<Option<Sex>> = spouses.map(|(_, face)| face.national_id.sex()).collect();
    Ok(alike(&sexes))
}

fn alike(sexes: &[Option<Sex>]) -> Option<bool> {
    match sexes {
        [Some(one), Some(other)] => Some(one == other),
        _ => None,
    }
}
