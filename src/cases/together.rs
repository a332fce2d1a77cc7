//! Who takes part together with whom a case is about: by their own word, by that of the head of the household, or of whoever acts for
//! them (戶籍法 §40, §41, §43).

use super::capacity::Roles;
use super::fields::{Findings, Form, PartyRole};
use super::representation::{self, Answer, Claim};
use super::store::PROXY_SCOPE;
use super::types::model::Relation;
use crate::auth::standing::is_entrusted;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;

/// Whether somebody in this part of a case of a type takes part by the word of whoever applies by this relation: the head applies for
/// whoever is of the household.
pub fn by_word_of(type_code: &str, relation: Relation, role: PartyRole) -> bool {
    let by_head = matches!(relation, Relation::ExOfficio | Relation::HouseholdHead);
    // A household certificate is of all who are of the household.
    role == PartyRole::Member && !by_head && Form::of_type(type_code) != Form::HouseholdCertificate
}

/// What the register says of whoever applies for each who takes part by their word, by their place; `None` of somebody whom it does
/// not know.
pub fn answers(conn: &mut Conn, node: &Node, roles: &Roles<'_>) -> Result<Vec<(usize, Option<Answer>)>> {
    let mut said = Vec::with_capacity(roles.together.len());
    for (index, member) in &roles.together {
        let answer = member.map(|member| acts_for(conn, node, roles, member)).transpose()?;
        said.push((*index, answer));
    }
    Ok(said)
}

fn acts_for(conn: &mut Conn, node: &Node, roles: &Roles<'_>, member: Id) -> Result<Answer> {
    if let Some(applicant) = roles.applicant
        && (applicant == member || is_entrusted(conn, applicant, (member, PROXY_SCOPE), roles.day)?)
    {
        return Ok(Answer::Yes);
    }
    let relation = Relation::LegalRepresentative;
    representation::answer(conn, node, Claim { subject: member, by: roles.applicant, relation, day: roles.day, of: roles.of })
}

/// Refuses whoever takes part by the word of somebody who, as the register says, does not act for them.
pub fn check(conn: &mut Conn, node: &Node, roles: &Roles<'_>, findings: &mut Findings) -> Result<()> {
    for (index, said) in answers(conn, node, roles)? {
        if let Some(Answer::No(law, zh, en)) = said {
            let zh = format!("申請人不得為此人申請：{zh}（{law}）；請由本人、戶長（HOUSEHOLD_HEAD）或受其書面委託之人申請");
            let en = format!(
                "whoever applies does not act for them: {en} ({law}); they apply themselves, or the head of the household (HOUSEHOLD_HEAD), or whoever has a letter of proxy of theirs"
            );
            findings.add(&format!("/parties/{index}/national_id"), "party_mismatch", "戶籍法 §40、§41、§43", &zh, &en);
        }
    }
    Ok(())
}
