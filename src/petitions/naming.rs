//! Who says whom a petition concerns. To name somebody is a claim, which keeps them away at once, but never hides the petition from
//! everybody; that it does not concern them is said by another than whoever has named them.

use diesel::prelude::*;

use super::acting::Open;
use super::concerns::{ConcernInput, act_between, custodians_alone, name_staff, read};
use super::custody::{is_kept_from, is_nobodys};
use super::group;
use super::model::{PetitionAct, PetitionChannel, PetitionStatus};
use super::sight::{Sight, bound, concerns, together};
use super::sources::petitions_of;
use super::store::{Concern, Named, Petition, concerns_of, named_in, put_concerns};
use super::timers::locked;
use super::veil::Veil;
use super::view::veil_for;
use crate::accounts::staff::works_here;
use crate::auth::whoever::{account_of, is_of};
use crate::auth::{By, Involved, has_holder, is_one_with};
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::node::Node;
use crate::people::Note;
use crate::schema::petition_people as people;
use crate::secrets::vault::random_secret;

/// Says anew whom a petition concerns. Whom it comes to concern loses it, with all that is under way of theirs.
pub fn put(tx: &mut Tx, node: &Node, by: &By, open: &mut Open, (said, why): (&[ConcernInput], Option<&Note>)) -> Result<()> {
    let has_custody = open.sight.has_custody(&open.row);
    let known = named_in(tx, &node.vault, open.row.id)?;
    let veil = veil_for(tx, node, (&open.row, &open.sight, &open.handling))?;
    let all = as_meant(read(tx, said, true)?, &known, veil.as_ref())?;
    let is_known = |concern: &Concern| known.iter().any(|named| named.concern == *concern);
    let adds = all.iter().any(|concern| !is_known(concern));
    let removed: Vec<&Named> = known.iter().filter(|named| !all.contains(&named.concern)).collect();
    let takes_out = removed.iter().any(|named| named.concern.is_staff());
    let is_unread = |named: &&Named| veil.as_ref().is_some_and(|veil| as_read(&named.concern, veil) != named.concern);
    let reaches = has_custody || by.caller.supervises() && !removed.iter().any(is_unread);
    if open.row.confidential && !has_custody && (adds || !reaches && !removed.is_empty()) {
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
    if adds {
        require_somebody_left(tx, by, open.row.id)?;
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

/// As somebody reads it who reads the petition through a veil.
fn as_read(concern: &Concern, veil: &Veil) -> Concern {
    match concern {
        Concern::Words(words) => Concern::Words(veil.hide(words)),
        other => other.clone(),
    }
}

/// Whom somebody means: words that they read through a veil and send back are those that stand there, and no others are, so that nobody
/// learns by guessing what is hidden.
fn as_meant(said: Vec<Concern>, known: &[Named], veil: Option<&Veil>) -> Result<Vec<Concern>> {
    let Some(veil) = veil else { return Ok(said) };
    let mut left: Vec<&Concern> = known.iter().map(|named| &named.concern).filter(|concern| !concern.is_staff()).collect();
    let meant = |concern: Concern| {
        if concern.is_staff() {
            return Ok(concern);
        }
        let place = left.iter().position(|one| as_read(one, veil) == concern);
        place.map(|place| left.remove(place).clone()).ok_or_else(|| custodians_alone("/concerns"))
    };
    said.into_iter().map(meant).collect()
}

/// Refuses to name so many that nobody is left to look after a petition.
fn require_somebody_left(conn: &mut Conn, by: &By, id: Id) -> Result<()> {
    if is_nobodys(conn, by.now, id)? {
        let text =
            Text::new("無人可承辦：縣府尚無陳情保管人", "nobody would be left to look after it, in the office or at the county");
        return Err(Error::field("/concerns", "not_allowed", text));
    }
    Ok(())
}

/// Lets the petitions that came out of a record concern whom that is about, too: they lose them at once. A secret that one of them knows
/// ends; whoever looks after the petition hands over another.
pub fn take_over(tx: &mut Tx, node: &Node, by: &By, (record, about): (&str, &[Concern])) -> Result<()> {
    for id in petitions_of(tx, record)? {
        group::take_main(tx, id)?;
        let Some(row) = locked(tx, id)? else { continue };
        let mut open = Open::of(node, (row, Sight::default()))?;
        let mut all = concerns_of(tx, &node.vault, id)?;
        let more: Vec<Concern> = about.iter().filter(|concern| !all.contains(concern)).cloned().collect();
        if more.is_empty() {
            continue;
        }
        all.extend(more);
        put_concerns(tx, &node.vault, id, &all)?;
        open.row.names_staff = name_staff(&all);
        require_somebody_left(tx, by, id)?;
        if concerns_taker(tx, &open)? {
            open.row.secret_hash.clear();
        }
        let main = open.row.merged_into;
        keep_away_and_save(tx, node, by, open, true)?;
        if let Some(main) = main.map_or(Ok(None), |main| locked(tx, main))? {
            keep_away_and_save(tx, node, by, Open::of(node, (main, Sight::default()))?, false)?;
        }
        keep_away_from_pieces(tx, node, by, id)?;
    }
    Ok(())
}

/// Takes back what is under way of whomever a petition is kept from where it is a piece of another one, or that is a piece of it.
pub fn keep_away_from_pieces(tx: &mut Tx, node: &Node, by: &By, id: Id) -> Result<()> {
    let group = together(tx, vec![id])?;
    for other in bound(tx, vec![id])?.into_iter().filter(|other| !group.contains(other)) {
        if let Some(row) = locked(tx, other)? {
            keep_away_and_save(tx, node, by, Open::of(node, (row, Sight::default()))?, false)?;
        }
    }
    Ok(())
}

/// Takes back what is under way of whomever a petition is kept from, and saves it where that was anything, or where it is different
/// already.
fn keep_away_and_save(tx: &mut Tx, node: &Node, by: &By, mut open: Open, is_different: bool) -> Result<()> {
    let before = (open.row.status, open.row.handler, open.handling.clone());
    keep_away(tx, node, by, &mut open)?;
    if !is_different && before == (open.row.status, open.row.handler, open.handling.clone()) {
        return Ok(());
    }
    open.recount(tx, node)?;
    let act = act_between(open.before, open.row.status);
    open.save(tx, node, act, &by.caller.name(), ("", by.now))?;
    group::keep_alike(tx, node, by, &open)
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

/// The account of whoever of the office has taken a petition, by whichever channel, or made it of a piece of another, and so knows its
/// secret; nobody where it is their own, by its number.
pub fn taker(conn: &mut Conn, open: &Open) -> Result<Option<Id>> {
    let Some(account) = account_of(&open.row.taken_by) else { return Ok(None) };
    let is_for_another = open.row.channel != PetitionChannel::Mailbox || open.handling.split_from.is_some();
    if !is_for_another && !works_here(conn, account)? {
        return Ok(None);
    }
    let numbers = people::table.filter(people::petition_id.eq(open.row.id)).select(people::number_index).load(conn)?;
    let petitioners = Involved { numbers, ..Involved::default() };
    let is_own = is_of(conn, account, &petitioners, open.row.received_at.date())?;
    Ok((!is_own).then_some(account))
}

/// Whether it concerns whoever has taken it.
pub fn concerns_taker(conn: &mut Conn, open: &Open) -> Result<bool> {
    taker(conn, open)?.map_or(Ok(false), |taker| concerns(conn, taker, open.row.id))
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
