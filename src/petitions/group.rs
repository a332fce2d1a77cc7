//! Petitions that are answered together: each keeps its number, secret, limit and petitioner, who is told by themself of what is
//! done with the one into which theirs is merged. As long as they are merged they are as secret as each other.

use diesel::prelude::*;

use super::acting::Open;
use super::handling::Handling;
use super::intake::PetitionTaken;
use super::model::{PetitionAct, PetitionStatus};
use super::naming;
use super::petitioners::Identity;
use super::sight::Sight;
use super::sources::records_of;
use super::store::{Petition, take_over_concerns};
use super::veil::Veil;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Result};
use crate::find;
use crate::node::Node;
use crate::people::contacts;
use crate::schema::petitions;
use crate::secrets::vault::random_secret;

/// Those merged into a petition, by when they came.
pub fn merged_into(conn: &mut Conn, main: Id) -> Result<Vec<Id>> {
    let merged = petitions::table.filter(petitions::merged_into.assume_not_null().eq(main));
    Ok(merged.order(petitions::id).select(petitions::id).load(conn)?)
}

/// Takes the petition with which one is answered before it, so that two acts on the same ones meet at the same row first.
pub fn take_main(tx: &mut Tx, id: Id) -> Result<()> {
    let main: Option<Option<Id>> = petitions::table.find(id).select(petitions::merged_into).first(&mut **tx).optional()?;
    if let Some(main) = main.flatten() {
        locked(tx, main)?;
    }
    Ok(())
}

fn locked(tx: &mut Tx, id: Id) -> Result<Petition> {
    let found: Option<Petition> = find!(&mut **tx, petitions::table.find(id).select(Petition::as_select()))?;
    found.ok_or_else(|| Code::NOT_FOUND.into())
}

fn opened(tx: &mut Tx, node: &Node, id: Id) -> Result<Open> {
    Open::of(node, (locked(tx, id)?, Sight::default()))
}

/// All that are merged into a petition, to be read.
pub fn members(tx: &mut Tx, node: &Node, main: Id) -> Result<Vec<Open>> {
    merged_into(tx, main)?.into_iter().map(|id| opened(tx, node, id)).collect()
}

/// When each answer on the merits that stands has gone out, of a petition that is answered: neither of one that is open again, be it by
/// itself or with the one into which it is merged, nor of one that was entered twice, which was answered once.
pub fn answers_of(conn: &mut Conn, row: &Petition, handling: &Handling) -> Result<Vec<Moment>> {
    let status = match row.merged_into {
        Some(main) => petitions::table.find(main).select(petitions::status).first(conn)?,
        None => row.status,
    };
    let is_answered = matches!(status, PetitionStatus::Replied | PetitionStatus::Closed) && !row.entered_twice;
    Ok(if is_answered { handling.answers_given().collect() } else { Vec::new() })
}

/// Whether nothing of a petition goes into the feed: of one of those that are answered together nothing does.
pub fn is_withheld(conn: &mut Conn, row: &Petition) -> Result<bool> {
    if row.is_withheld() {
        return Ok(true);
    }
    let main = row.merged_into.unwrap_or(row.id);
    let all = petitions::table.filter(petitions::id.eq(main).or(petitions::merged_into.assume_not_null().eq(main)));
    let secret = petitions::confidential.eq(true).or(petitions::guarded.eq(true)).or(petitions::names_staff.eq(true));
    let withheld: i64 = all.filter(secret).count().get_result(conn)?;
    Ok(withheld > 0)
}

/// What hides who is behind a petition, and behind those with which it has ever been answered: letters and replies may tell of them.
pub fn veil_of(conn: &mut Conn, node: &Node, row: &Petition, handling: &Handling) -> Result<Veil> {
    let mut veil = Veil::default();
    hide(conn, node, &mut veil, (row, handling))?;
    if !handling.together.is_empty() {
        let rows = petitions::table.filter(petitions::id.eq_any(handling.together.clone())).order(petitions::id);
        let others: Vec<Petition> = rows.select(Petition::as_select()).load(conn)?;
        for other in &others {
            hide(conn, node, &mut veil, (other, &other.handling(&node.vault)?))?;
        }
    }
    Ok(veil)
}

/// Hides who is behind one petition: as it stands, as it was said before, and as the records tell it out of which it came.
fn hide(conn: &mut Conn, node: &Node, veil: &mut Veil, (row, handling): (&Petition, &Handling)) -> Result<()> {
    veil.add(&Identity::of(conn, &node.vault, row)?);
    handling.told_before.iter().for_each(|identity| veil.add(identity));
    for record in records_of(conn, row.id)? {
        let contact = contacts::of(conn, &node.vault, &record)?;
        veil.add(&Identity { contact, ..Identity::default() });
    }
    Ok(())
}

/// Keeps at once with which petition one is answered, so that who is kept from it, and who is left, is asked of what it will be.
fn tie(tx: &mut Tx, id: Id, main: Option<Id>, status: PetitionStatus) -> Result<()> {
    let tied = (petitions::merged_into.eq(main), petitions::status.eq(status));
    diesel::update(petitions::table.find(id)).set(tied).execute(&mut **tx)?;
    Ok(())
}

/// Merges a petition into another: what is under way of whoever is kept from it is taken back there, too.
pub fn take_in(tx: &mut Tx, node: &Node, by: &By, open: &mut Open, (main, why): (Id, &str)) -> Result<()> {
    let others = members(tx, node, main)?;
    let id = open.row.id;
    tie(tx, id, Some(main), open.row.status)?;
    let main = write_to(tx, node, by, main, (PetitionAct::TakeIn, why), |tx, main| {
        main.handling.join(id);
        naming::keep_away(tx, node, by, main)
    })?;
    open.handling.join(main.row.id);
    (open.row.merged_into, open.row.handler) = (Some(main.row.id), main.row.handler);
    for mut other in others {
        open.handling.join(other.row.id);
        other.handling.join(id);
        align(tx, node, &main, &mut other)?;
        other.save(tx, node, PetitionAct::Follow, &by.caller.name(), ("", by.now))?;
    }
    Ok(())
}

/// Takes a petition out of the one into which it was merged.
pub fn let_go(tx: &mut Tx, node: &Node, by: &By, open: &mut Open, why: &str) -> Result<()> {
    tie(tx, open.row.id, None, open.row.status)?;
    if let Some(main) = open.row.merged_into.take() {
        write_to(tx, node, by, main, (PetitionAct::LetGo, why), |_, _| Ok(()))?;
    }
    Ok(())
}

/// Lets all that are merged into a petition follow what was done with it; what `each` leaves as it was is not saved.
pub fn follow(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    (main, act, why): (Id, PetitionAct, &str),
    mut each: impl FnMut(&mut Tx, &mut Open) -> Result<bool>,
) -> Result<()> {
    for mut member in members(tx, node, main)? {
        if each(tx, &mut member)? {
            member.row.status = act.apply(member.row.status)?;
            member.recount(tx, node)?;
            member.save(tx, node, act, &by.caller.name(), (why, by.now))?;
        }
    }
    Ok(())
}

/// Lets those that are merged into a petition be as secret as it, and in the same charge.
pub fn keep_alike(tx: &mut Tx, node: &Node, by: &By, main: &Open) -> Result<()> {
    follow(tx, node, by, (main.row.id, PetitionAct::Follow, ""), |tx, member| align(tx, node, main, member))
}

/// Whether anything is different now. What a petitioner has asked for, or said of whom it concerns, stays.
fn align(tx: &mut Tx, node: &Node, main: &Open, member: &mut Open) -> Result<bool> {
    let secrecy = |row: &Petition| (row.confidential, row.guarded, row.concerns_settled, row.names_staff, row.handler);
    let before = secrecy(&member.row);
    let mut names_more = false;
    (member.row.guarded, member.row.handler) = (main.row.guarded, main.row.handler);
    if main.row.confidential {
        member.row.confidential = true;
        member.row.concerns_settled |= main.row.concerns_settled;
        member.row.names_staff |= main.row.names_staff;
        names_more = take_over_concerns(tx, &node.vault, member.row.id, main.row.id)?;
    }
    Ok(names_more || before != secrecy(&member.row))
}

/// Those merged into a petition that concern whoever has taken them for somebody else.
pub fn of_their_takers(tx: &mut Tx, node: &Node, main: Id) -> Result<Vec<Id>> {
    let mut theirs = Vec::new();
    for member in members(tx, node, main)? {
        if naming::concerns_taker(tx, &member)? {
            theirs.push(member.row.id);
        }
    }
    Ok(theirs)
}

/// Puts other secrets in the place of those that somebody knows whom the petition has come to concern, to be handed to each petitioner.
pub fn renew_secrets(tx: &mut Tx, node: &Node, by: &By, main: &Open, known: &[Id]) -> Result<Vec<PetitionTaken>> {
    let mut renewed = Vec::new();
    if main.row.confidential && !main.sight.has_custody(&main.row) {
        return Ok(renewed);
    }
    follow(tx, node, by, (main.row.id, PetitionAct::Follow, ""), |tx, member| {
        let becomes_takers = !known.contains(&member.row.id) && naming::concerns_taker(tx, member)?;
        if !becomes_takers && !member.row.secret_hash.is_empty() {
            return Ok(false);
        }
        let secret = random_secret(16);
        member.row.secret_hash = node.vault.secret_hash(&secret);
        renewed.push(PetitionTaken { number: member.row.number.clone(), secret: Some(secret) });
        Ok(true)
    })?;
    Ok(renewed)
}

/// Changes the petition with which others are answered, by an act upon one of them.
pub fn write_to(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    main: Id,
    (act, why): (PetitionAct, &str),
    change: impl FnOnce(&mut Tx, &mut Open) -> Result<()>,
) -> Result<Open> {
    let mut main = opened(tx, node, main)?;
    main.row.status = act.apply(main.row.status)?;
    change(tx, &mut main)?;
    main.save(tx, node, act, &by.caller.name(), (why, by.now))?;
    Ok(main)
}
