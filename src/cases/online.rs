//! What somebody who applies by their own account must be: able to act, a proxy whose letter is in force, or the legal
//! representative whom the register itself names.

use super::capacity;
use super::case::Case;
use super::fields::Findings;
use super::input::CaseInput;
use super::named::Names;
use super::register::Known;
use super::representation;
use super::store::{PROXY_SCOPE, begun_by_whom};
use super::types::model::Relation;
use crate::accounts::{self, IdentityLevel};
use crate::auth::By;
use crate::auth::whoever::account_of;
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result, Text};
use crate::node::Node;
use crate::people::facts::{Paper, Rank, Word};
use crate::people::store::Named;
use crate::people::{self, Identifier};
use crate::scheduling::services::Channel;

/// Refuses whoever may not apply online for whom the application is about. What the register holds of others is not asked.
pub fn require(conn: &mut Conn, node: &Node, by: &By, input: &CaseInput, known: &Known) -> Result<()> {
    let Some(person) = input.person() else { return Ok(()) };
    let (relation, applicant) = (input.applicant.relation, known.id(&input.applicant.national_id));
    if relation == Relation::Proxy {
        let pointer = format!("/parties/{}", input.about());
        require_letter(conn, by, known.id(&person.national_id), (&person.national_id, &pointer))?;
    }
    let part = representation::part_of_represented(&input.type_code);
    let represented = input.parties.iter().filter(|party| party.role == part);
    let represented: Vec<Named<'_>> = represented
        .map(|party| Named { name: party.name.as_str(), number: &party.national_id, birth_on: party.birth_on })
        .collect();
    representation::require_online(conn, node, by, (&input.type_code, relation, applicant), &represented)?;
    let (parties, mut findings) = (known.placed(input), Findings::default());
    let roles = known.roles(input, &parties, by.now.date(), None);
    capacity::check(conn, node, (&roles, None), &mut findings)?;
    Names::of(input).pointed(findings).into_result()
}

/// Refuses whoever applies by the relation PROXY and holds no letter in force of whom it is about.
pub fn require_letter(conn: &mut Conn, by: &By, person: Option<Id>, (number, of): (&Identifier, &str)) -> Result<()> {
    let principals = people::store::principals(conn, by, PROXY_SCOPE)?;
    if person.is_some_and(|person| principals.contains(&person)) {
        return Ok(());
    }
    let text = Text::new("查無有效之委託書（戶籍法 §47）", "no letter of proxy of this person is in force (戶籍法 §47)");
    Err(Error::field(number.pointer(of), "no_letter_of_proxy", text))
}

/// How well the office knows the owner of the account that began a case online; `None` where the account is nobody's.
pub fn level_of(conn: &mut Conn, case: &Case) -> Result<Option<IdentityLevel>> {
    let account = account_of(&begun_by_whom(conn, case)?).filter(|_| case.channel == Channel::Online);
    account.map_or(Ok(None), |account| accounts::level_under(conn, account, case.applicant_id))
}

/// Refuses to accept a case of somebody who only says who they are, before a clerk has looked at their paper.
pub fn require_paper(conn: &mut Conn, case: &Case, document: Option<&Paper>) -> Result<()> {
    accounts::require_paper(level_of(conn, case)?, document)
}

/// Enters who the applicant is by the paper that a clerk has looked at: it falls with that paper.
pub fn see(
    tx: &mut Tx,
    node: &Node,
    word: &Word<'_>,
    (input, applicant): (&CaseInput, Id),
    document: Option<&Paper>,
) -> Result<()> {
    if document.is_none() {
        return Ok(());
    }
    let number = &input.applicant.national_id;
    let birth_on = input.parties.iter().find(|party| party.national_id == *number).and_then(|party| party.birth_on);
    let known = people::store::record(tx, &node.vault, applicant, number)?;
    let by_paper = Word { rank: Rank::Seen, paper: document, ..word.clone() };
    let named = Named { name: input.applicant.name.as_str(), number, birth_on };
    people::store::hear(tx, &node.vault, &by_paper, &known, named).map(drop)
}
