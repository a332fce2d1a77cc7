//! Whoever has an interest in what stands without its registration applies for it where nobody lives whom the law names before them
//! (戶籍法 §45): as far as the register tells.

use super::fields::{CaseFields, Findings, PartyRole};
use super::households::Homes;
use super::status::{Matter, Status};
use super::types::by_law::applies_in_want;
use crate::auth::kin;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::FactKind;
use crate::people::joins;

/// Parts of those who apply themselves for what a case of a type enters.
const THEMSELVES: [PartyRole; 5] =
    [PartyRole::Adoptee, PartyRole::Adopter, PartyRole::Father, PartyRole::Mother, PartyRole::Spouse];

/// Refuses whoever has an interest where somebody lives who applies by the law, on the day of the acceptance: of what is corrected
/// later as well.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let is_asked = matter.relation.is_some_and(|relation| applies_in_want(matter.type_code, relation));
    if is_asked && does_anybody_apply(conn, node, matter)? {
        let (zh, en) = (
            "登記尚有應為申請之人（當事人、配偶、親屬或同戶之人）生存，應由其申請；其不申請者，經催告後由戶政事務所逕為登記",
            "the register has somebody living who applies by the law, a party, a spouse, a relative or one of the household: they do, and where they do not follow a demand the office enters it by itself",
        );
        findings.add("/applicant/relation", "not_allowed", "戶籍法 §45、§48-2", zh, en);
    }
    Ok(())
}

/// Whether somebody lives who applies before whoever has an interest, as far as the register has them. Of whom it knows nothing it
/// has no death.
fn does_anybody_apply(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<bool> {
    if matter.strangers.iter().any(|(_, party)| THEMSELVES.contains(&party.role)) {
        return Ok(true);
    }
    let own = matter.parties.iter().filter(|(_, role, _)| THEMSELVES.contains(role)).map(|(_, _, person)| *person);
    let mut all: Vec<Id> = own.collect();
    if let CaseFields::Birth(_) = matter.fields {
        for parent in all.clone() {
            let grandparents = Status::of(conn, node, parent, matter.of)?;
            all.extend(grandparents.of_kind(FactKind::Parent).filter_map(|fact| fact.other_id));
        }
    }
    for (_, _, deceased) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Deceased) {
        let records = joins::records(conn, *deceased)?;
        let kin = kin::of(conn, &records)?.into_iter().filter(|one| !records.contains(one));
        all.extend(kin);
        all.extend(Homes::on(node, matter.day()).household(conn, *deceased)?.others());
    }
    for person in all {
        if Status::of(conn, node, person, matter.of)?.until(matter.acts_on).died_on().is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}
