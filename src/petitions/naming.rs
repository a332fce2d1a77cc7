//! Who says whom a petition concerns. To name somebody is a claim, which keeps them away at once, but never hides the petition from
//! everybody; that it does not concern them is said by another than whoever has named them.

use super::acting::Open;
use super::concerns::{ConcernInput, custodians_alone, name_staff, read};
use super::custody::{is_kept_from, is_nobodys};
use super::model::{PetitionAct, PetitionChannel, PetitionStatus};
use super::sight::concerns;
use super::store::{Concern, Named, Petition, named_in, put_concerns};
use crate::auth::whoever::account_of;
use crate::auth::{By, has_holder, is_one_with};
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::node::Node;
use crate::people::Note;
use crate::secrets::vault::random_secret;

/// Says anew whom a petition concerns. Whom it comes to concern loses it, with all that is under way of theirs.
pub fn put(tx: &mut Tx, node: &Node, by: &By, open: &mut Open, (said, why): (&[ConcernInput], Option<&Note>)) -> Result<()> {
    let has_custody = open.sight.has_custody(&open.row);
    let all = read(tx, said, true)?;
    let known = named_in(tx, &node.vault, open.row.id)?;
    let is_known = |concern: &Concern| known.iter().any(|named| named.concern == *concern);
    let adds = all.iter().any(|concern| !is_known(concern));
    let removed: Vec<&Named> = known.iter().filter(|named| !all.contains(&named.concern)).collect();
    let takes_out = removed.iter().any(|named| named.concern.is_staff());
    if open.row.confidential && !has_custody && (adds || !by.caller.supervises() && !removed.is_empty()) {
        return Err(custodians_alone("/concerns"));
    }
    if takes_out {
        require_another(tx, by, has_custody, &removed)?;
        if why.is_none() {
            let text = Text::new("移除對象須敘明理由", "say why it does not concern whoever is left out");
            return Err(Error::field("/reason", "required", text));
        }
    }
    let was_takers = concerns_taker(tx, open)?;
    if adds || !removed.is_empty() || all.len() != known.len() {
        put_concerns(tx, &node.vault, open.row.id, &all)?;
    }
    open.row.names_staff = name_staff(&all);
    open.row.concerns_settled |= has_custody;
    if adds && is_nobodys(tx, by.now, open.row.id)? {
        let text =
            Text::new("無人可承辦：縣府尚無陳情保管人", "nobody would be left to look after it, in the office or at the county");
        return Err(Error::field("/concerns", "not_allowed", text));
    }
    let becomes_takers = !was_takers && concerns_taker(tx, open)?;
    let may_hand_over = has_custody || !open.row.confidential;
    if may_hand_over && (becomes_takers || open.row.secret_hash.is_empty()) {
        let secret = random_secret(16);
        open.row.secret_hash = node.vault.secret_hash(&secret);
        open.renewed_secret = Some(secret);
    }
    recall(tx, node, by, open)
}

/// Refuses whoever has named somebody to take them out again, and whoever neither supervises nor looks after the petition.
fn require_another(conn: &mut Conn, by: &By, has_custody: bool, removed: &[&Named]) -> Result<()> {
    if !has_custody && !by.caller.supervises() {
        return Err(custodians_alone("/concerns"));
    }
    if !has_holder(conn, &by.caller.name())? {
        return Err(Code::HOLDER_REQUIRED.into());
    }
    for named in removed.iter().filter(|named| named.concern.is_staff()) {
        let Some((name, at)) = &named.by else { continue };
        if is_one_with(conn, &by.caller, (name.as_str(), *at))? {
            return Err(Code::SAME_PERSON.into());
        }
    }
    Ok(())
}

/// The account of whoever has taken a petition for somebody else, or made it of a piece of another, and so knows its secret.
pub fn taker(open: &Open) -> Option<Id> {
    let is_for_another = open.row.channel != PetitionChannel::Mailbox || open.handling.split_from.is_some();
    account_of(&open.row.taken_by).filter(|_| is_for_another)
}

/// Whether it concerns whoever has taken it for somebody else.
pub fn concerns_taker(conn: &mut Conn, open: &Open) -> Result<bool> {
    taker(open).map_or(Ok(false), |taker| concerns(conn, taker, open.row.id))
}

/// Takes back what is under way of whomever a petition is kept from.
pub fn keep_away(tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<()> {
    recall(tx, node, by, open)?;
    if let Some(handler) = open.row.handler
        && is_kept_from(tx, by.now, handler, open.row.id)?
    {
        open.row.handler = None;
        tx.record(Record::read("petition.handler_kept_away", open.row.path(), ""));
    }
    Ok(())
}

/// Whether it concerns whoever acts by a name.
fn is_accused(conn: &mut Conn, row: &Petition, name: &str) -> Result<bool> {
    account_of(name).map_or(Ok(false), |account| concerns(conn, account, row.id))
}

/// Takes back what is under way of whomever it concerns: their charge, draft and approval, and what they have proposed.
pub fn recall(tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<()> {
    if let Some(handler) = open.row.handler
        && concerns(tx, handler, open.row.id)?
    {
        open.row.handler = None;
        tx.record(Record::read("petition.handler_kept_away", open.row.path(), ""));
    }
    let draft = open.handling.draft().map(|draft| draft.by.clone());
    let approval = open.handling.approval.as_ref().map(|approval| approval.by.clone());
    for name in draft.iter().chain(&approval) {
        if is_accused(tx, &open.row, name)? {
            open.handling.recalled = open.handling.drafts.len();
            open.handling.approval = None;
            if open.row.status != PetitionStatus::FilingProposed {
                open.row.status = PetitionAct::Recall.after(open.row.status).unwrap_or(open.row.status);
            }
        }
    }
    let asked = open.handling.asked_extension().map(|asked| asked.asked_by.clone());
    if let Some(name) = asked
        && is_accused(tx, &open.row, &name)?
    {
        open.handling.extension = None;
    }
    let proposed = open.handling.filing.as_ref().filter(|filing| filing.approved_at.is_none());
    if let Some(name) = proposed.map(|filing| filing.proposed_by.clone())
        && is_accused(tx, &open.row, &name)?
    {
        open.handling.filing = None;
        open.row.status = PetitionAct::Recall.after(open.row.status).unwrap_or(open.row.status);
        open.receive(tx, node, by.now)?;
    }
    let lifted = open.handling.lifting.as_ref().map(|lifting| lifting.proposed_by.clone());
    if let Some(name) = lifted
        && is_accused(tx, &open.row, &name)?
    {
        open.handling.lifting = None;
    }
    Ok(())
}
