//! Marriages of a man and a woman (民法 §972, §980) and of two of one sex (司法院釋字第七四八號解釋施行法 §2): each ends by its own
//! registration.

use super::fields::{Findings, PartyRole};
use super::named;
use super::status::{Matter, Status};
use super::store;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::FactKind;
use crate::people::{self, Sex};

/// Whether two are married, or were, as two of one sex: as their numbers told when the marriage was registered, whatever number
/// either has since; of a marriage that the register does not have as they tell today. `None` where they do not tell.
pub fn is_of_one_sex(conn: &mut Conn, node: &Node, (one, other): (Id, Id)) -> Result<Option<bool>> {
    let status = Status::of(conn, node, one, None)?;
    let weddings = status.of_kind(FactKind::Marriage).filter(|fact| fact.other_id == Some(other));
    let latest = weddings.max_by_key(|fact| (fact.valid_from, fact.source.clone()));
    let case = latest.and_then(|fact| fact.source.strip_prefix("cases/")?.parse::<Id>().ok());
    let sexes = match case {
        Some(case) => as_registered(conn, node, case)?,
        None => Vec::new(),
    };
    if let [one, other] = sexes.as_slice() {
        return Ok(Some(one == other));
    }
    let mut today = |person: Id| -> Result<Option<Sex>> { Ok(people::store::open(conn, &node.vault, person)?.1.sex()) };
    let (one, other) = (today(one)?, today(other)?);
    Ok(one.zip(other).map(|(one, other)| one == other))
}

/// The sexes that the numbers of the spouses told when a marriage was registered.
fn as_registered(conn: &mut Conn, node: &Node, case: Id) -> Result<Vec<Sex>> {
    let Some(names) = named::of(conn, node, case)? else { return Ok(Vec::new()) };
    let parties = store::parties(conn, case)?;
    let spouses = parties.iter().zip(&names.parties).filter(|(party, _)| party.role == PartyRole::Spouse);
    Ok(spouses.filter_map(|(_, face)| face.national_id.sex()).collect())
}

/// Refuses to end the marriage of a man and a woman as one of two of one sex.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    if matter.type_code != "MARRIAGE_END_748" {
        return Ok(());
    }
    let known: Vec<Id> =
        matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Spouse).map(|(_, _, person)| *person).collect();
    let is_of_one_sex = if let [one, other] = known[..] {
        is_of_one_sex(conn, node, (one, other))?
    } else {
        let strangers = matter.strangers.iter().filter(|(_, party)| party.role == PartyRole::Spouse);
        let mut sexes: Vec<Option<Sex>> = strangers.map(|(_, party)| party.national_id.sex()).collect();
        for person in known {
            sexes.push(people::store::open(conn, &node.vault, person)?.1.sex());
        }
        if let [Some(one), Some(other)] = sexes[..] { Some(one == other) } else { None }
    };
    let text = (
        "終止結婚登記限相同性別二人之婚姻；一男一女者請辦理離婚登記",
        "this is for a marriage of two of one sex: a man and a woman register a divorce",
    );
    let fits = is_of_one_sex != Some(false);
    findings.unless(fits, "/type_code", "not_allowed", "司法院釋字第七四八號解釋施行法 §2", text.0, text.1);
    Ok(())
}
