//! What was judged at an earlier step of a case is judged again where it is acted upon: by those whom the case means by then, and by
//! the letters, mandates and marks of that day.

use super::case::Case;
use super::counter::{self, letter_ended};
use super::input::CaseInput;
use super::mandates;
use super::named;
use super::protected;
use super::register::Known;
use super::representation::represents;
use super::status;
use super::store;
use super::types::checklist::PaperRule;
use crate::auth::whoever::account_of;
use crate::auth::{By, account_facts};
use crate::db::{Conn, Id};
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::people::differences;
use crate::people::facts::FactKind;
use crate::people::{self, joins};
use crate::scheduling::services::Channel;

/// The account outside the office that began a case.
fn begun_online(conn: &mut Conn, case: &Case) -> Result<Option<Id>> {
    Ok(account_of(&store::begun_by_whom(conn, case)?).filter(|_| case.channel == Channel::Online))
}

/// Whom an account has a right to act for by a record that it applied by: the human of that record, or where it has only said whose
/// it is whoever that has been proven to be since; of others whom it has only named nobody in particular.
pub fn entitled_by(conn: &mut Conn, account: Id, record: Id) -> Result<Option<Id>> {
    if !people::store::is_claimed(conn, record)? {
        return Ok(Some(record));
    }
    let owner = account_facts(conn, account)?.filter(|owner| owner.claimed_id == Some(record));
    Ok(owner.and_then(|owner| owner.person_id))
}

/// Refuses to take for those by whose records an account applied somebody else, who has their number and the name that was given.
pub fn require_meant(conn: &mut Conn, node: &Node, case: &Case, (input, known): (&CaseInput, &Known)) -> Result<()> {
    let Some(account) = begun_online(conn, case)? else { return Ok(()) };
    let mut found = Vec::new();
    for (of, number, kept) in input.kept_at() {
        let Some(entitled) = entitled_by(conn, account, kept)? else { continue };
        let theirs = joins::records(conn, entitled)?;
        if known.id(number).is_none_or(|met| !theirs.contains(&met)) {
            let person = people::store::record(conn, &node.vault, entitled, number)?;
            found.push(differences::of(conn, &person, format!("{of}/name"), FactKind::Name)?);
        }
    }
    differences::unsettled(found).map_or(Ok(()), |problem| Err(problem.into()))
}

/// Refuses to go on with a case that was begun online by a letter of proxy which is in force no more, or asks by a mandate of law that
/// has ended for an entry that is handed out; what the marks of today refuse; and what would have been refused at its intake, as the
/// register has come to say since of the day of its acceptance. The papers that are not there, for which there is cause by that.
pub fn require_still(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<Vec<PaperRule>> {
    let today = by.now.date();
    if case.is_by_proxy() && begun_online(conn, case)?.is_some() && !store::is_brought(conn, case, today)? {
        return Err(letter_ended());
    }
    let certifies = counter::own_type(node, conn, case)?.is_certificate();
    if certifies && represents(&case.type_code, case.relation) && mandates::has_ended(conn, node, case, today)? {
        let (zh, en) = ("法定代理權已消滅", "whoever applied is the legal representative no more");
        return Err(Problem::new(Code::CONFLICT).detail(zh, en).into());
    }
    protected::obey_still(conn, node, by, case)?;
    let (found, missing) = counter::judged_since(conn, node, by, case)?;
    status::refuse(found, named::of(conn, node, case.id)?.as_ref())?;
    Ok(missing)
}

/// The same of a case that is to stand again, and hands out an entry.
pub fn require_still_open(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<()> {
    let certifies = counter::own_type(node, conn, case)?.is_certificate();
    if certifies { protected::obey_still(conn, node, by, case) } else { Ok(()) }
}
