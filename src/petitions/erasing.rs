//! What is left of a petition whose retention has ended: the row by which it is counted, its periods, and whom it is kept from.

use diesel::prelude::*;

use super::acting::note;
use super::handling::Handling;
use super::model::{PetitionAct, PetitionKind, PetitionStatus};
use super::petitioners::Matter;
use super::settled::{is_settled, settled_on};
use super::sight::{self, Sight};
use super::sources::{petitions_of, records_of};
use super::steps::SentReply;
use super::store::{self, Petition, put_people};
use super::tellings::{Telling, TellingStatus, ToldAbout};
use super::timers::locked;
use super::{indexing, publications, satisfaction};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::retention::{Asking, Bound, Ended, Keeper, MOST, RetentionCategory};
use crate::schema::{petition_concerns as concerns, petitions};

pub const KEEPER: Keeper = Keeper { kind: "petitions", ended, bound, with, seen, known: sight::known, erase };

/// Who brought it, once that is erased.
const ANONYMOUS: &str = "anonymous";

/// States in which a petition has ended, once it is closed.
const ENDED: [PetitionStatus; 5] = [
    PetitionStatus::Closed,
    PetitionStatus::Filed,
    PetitionStatus::Withdrawn,
    PetitionStatus::Transferred,
    PetitionStatus::Merged,
];

const fn category(kind: PetitionKind) -> RetentionCategory {
    match kind {
        PetitionKind::Suggestion => RetentionCategory::Suggestion,
        PetitionKind::Inquiry => RetentionCategory::PetitionInquiry,
        PetitionKind::Report => RetentionCategory::Report,
        PetitionKind::Rights => RetentionCategory::Rights,
    }
}

fn ended(conn: &mut Conn, node: &Node, asking: &Asking<'_>) -> Result<Vec<Ended>> {
    let sight = asking.by.map(|by| Sight::of(conn, by)).transpose()?;
    let mut all = Vec::new();
    for kind in PetitionKind::ALL {
        let category = category(*kind);
        let rows: petitions::BoxedQuery<'_, Backend> = sight.as_ref().map_or_else(|| petitions::table.into_boxed(), Sight::rows);
        let rows = rows.filter(petitions::kind.eq(*kind)).filter(petitions::status.eq_any(ENDED));
        let rows = rows.filter(petitions::erased_at.is_null());
        let rows = rows.filter(petitions::closed_at.assume_not_null().lt(asking.ended_before(category)));
        let rows = rows.narrow(asking.ids, |ids| petitions::id.eq_any(ids.to_vec()));
        let columns = (petitions::id, petitions::number, petitions::closed_at.assume_not_null());
        let rows = rows.order(petitions::closed_at).limit(MOST).select(columns);
        let rows: Vec<(Id, String, Moment)> = rows.load(conn)?;
        all.extend(rows.into_iter().map(|(id, number, at)| Ended { id, number, category, ended_on: at.date() }));
        all.extend(settled(conn, node, asking, (*kind, sight.as_ref()))?);
    }
    Ok(all)
}

/// Those of a kind that were replied to, and that nobody has closed, though nothing has come for long enough.
fn settled(
    conn: &mut Conn,
    node: &Node,
    asking: &Asking<'_>,
    (kind, sight): (PetitionKind, Option<&Sight>),
) -> Result<Vec<Ended>> {
    let category = category(kind);
    let before = asking.ended_before(category);
    let rows: petitions::BoxedQuery<'_, Backend> = sight.map_or_else(|| petitions::table.into_boxed(), Sight::rows);
    let replied = petitions::status.eq_any([PetitionStatus::Replied, PetitionStatus::Merged]);
    let rows = rows.filter(petitions::kind.eq(kind)).filter(replied).filter(petitions::closed_at.is_null());
    let rows = rows.filter(petitions::erased_at.is_null()).filter(petitions::first_reply_at.assume_not_null().lt(before));
    let rows = rows.narrow(asking.ids, |ids| petitions::id.eq_any(ids.to_vec()));
    let rows: Vec<Petition> = rows.order(petitions::first_reply_at).limit(MOST).select(Petition::as_select()).load(conn)?;
    let mut all = Vec::new();
    for row in rows {
        let ended_on = settled_on(conn, node, &row)?.filter(|last| Moment::end_of(*last) <= before);
        all.extend(ended_on.map(|ended_on| Ended { id: row.id, number: row.number, category, ended_on }));
    }
    Ok(all)
}

/// Of these petitions those with which something is open still: ever answered together with it, a piece of it, or of which it is one; those
/// whose end has not gone out to whoever petitioned; and those that an open petition cites.
fn bound(conn: &mut Conn, node: &Node, ids: &[Id]) -> Result<Vec<(Id, Bound)>> {
    let mut all = bound_by_open(conn, node, ids, |conn, id| ever_together(conn, node, vec![id]))?;
    let own = petitions::table.filter(petitions::id.eq_any(ids.to_vec())).order(petitions::id);
    for row in own.select(Petition::as_select()).load::<Petition>(conn)? {
        let owes = owes_its_end(&row.handling(&node.vault)?);
        all.extend(owes.then_some((row.id, Bound::Open)));
    }
    let open = petitions::table.filter(petitions::status.eq_any(PetitionStatus::OPEN)).order(petitions::id);
    let open: Vec<Petition> = open.select(Petition::as_select()).load(conn)?;
    for row in open {
        let cited = row.handling(&node.vault)?.filing.map(|filing| filing.earlier_ids).unwrap_or_default();
        all.extend(cited.into_iter().filter(|id| ids.contains(id)).map(|id| (id, Bound::Cited)));
    }
    Ok(all)
}

/// Whether the answer on the merits, that it was sent on or filed, or what puts something right is still to go out to somebody; or the answer has reached nobody at all.
fn owes_its_end(handling: &Handling) -> bool {
    let of_its_end = [ToldAbout::Reply, ToldAbout::Transfer, ToldAbout::Filing];
    let is_owed = |one: &Telling| of_its_end.contains(&one.about) || handling.puts_right(one.what());
    let waits = |one: &Telling| is_owed(one) && one.status == TellingStatus::Waiting;
    let answer = handling.replies.iter().rposition(SentReply::answers).map(|nth| (ToldAbout::Reply, nth + 1));
    let mut answered = handling.tellings.iter().filter(|one| Some(one.what()) == answer).peekable();
    // What was sent before tellings were kept was told.
    let is_kept = answered.peek().is_some();
    handling.tellings.iter().any(waits) || is_kept && !answered.any(|one| one.status == TellingStatus::Told)
}

/// Of these records those with which a petition goes that has not ended, be it closed or over, or is under appeal: nobody tells the office
/// of its end.
pub fn bound_by_open(
    conn: &mut Conn,
    node: &Node,
    ids: &[Id],
    mut petitions_of: impl FnMut(&mut Conn, Id) -> Result<Vec<Id>>,
) -> Result<Vec<(Id, Bound)>> {
    let (mut all, today) = (Vec::new(), node.clock.now().date());
    for id in ids {
        let others = petitions_of(conn, *id)?;
        let open = petitions::closed_at.is_null().or(petitions::status.eq(PetitionStatus::Appeal));
        let open = petitions::table.filter(petitions::id.eq_any(others)).filter(open).order(petitions::id);
        for row in open.select(Petition::as_select()).load::<Petition>(conn)? {
            if row.status == PetitionStatus::Appeal || !is_settled(conn, node, &row, today)? {
                all.push((*id, Bound::Open));
                break;
            }
        }
    }
    Ok(all)
}

/// These petitions, and all that one of them was ever answered together with, or of which it is a piece, by whichever others: what is said
/// in one tells of another.
fn ever_together(conn: &mut Conn, node: &Node, ids: Vec<Id>) -> Result<Vec<Id>> {
    let (mut all, mut next) = (Vec::new(), ids);
    while !next.is_empty() {
        all.append(&mut next);
        all = sight::bound(conn, all)?;
        let rows = petitions::table.filter(petitions::id.eq_any(all.clone())).order(petitions::id);
        let rows: Vec<Petition> = rows.select(Petition::as_select()).load(conn)?;
        for row in rows {
            next.extend(row.handling(&node.vault)?.together.into_iter().filter(|other| !all.contains(other)));
        }
    }
    Ok(all)
}

/// What goes together with a petition: what hides who is behind each of these is told by all, so that none is erased while another is to
/// be read, and by the inquiries and complaints out of which they came.
fn with(conn: &mut Conn, node: &Node, id: Id) -> Result<Vec<String>> {
    let group = ever_together(conn, node, vec![id])?;
    let mut all: Vec<String> = group.iter().copied().map(store::path).collect();
    for one in group {
        all.extend(records_of(conn, one)?);
    }
    Ok(all)
}

/// What goes together with a record of another kind, out of which petitions came: these.
pub fn with_source(conn: &mut Conn, record: &str) -> Result<Vec<String>> {
    Ok(petitions_of(conn, record)?.into_iter().map(store::path).collect())
}

fn seen(conn: &mut Conn, by: &By, ids: &[Id]) -> Result<Vec<Id>> {
    Ok(sight::seen(conn, by, ids)?.into_iter().collect())
}

/// Erases what a petition says, who petitions, and all that was done with it. Whom it concerns of the office stays, by which it is kept from
/// them still; and that two of one month were one petitioner's, by a name that tells nobody.
fn erase(tx: &mut Tx, node: &Node, id: Id) -> Result<()> {
    let Some(mut row) = locked(tx, id)? else { return Ok(()) };
    indexing::take_out(tx, node, &row)?;
    row.put_matter(&node.vault, &Matter::default())?;
    row.put_petitioners(&node.vault, &[])?;
    row.put_handling(&node.vault, &Handling::default())?;
    let month = row.received_at.date().format("%Y-%m").to_string();
    let unnamed = |index: String| node.vault.blind_index("petitions/erased", &format!("{month} {index}"));
    row.petitioner_index = row.petitioner_index.take().map(unnamed);
    (row.secret_hash, row.confirm_hash, row.taken_by) = (String::new(), None, ANONYMOUS.to_owned());
    (row.confirm_until, row.supplement_until, row.limits_until) = (None, None, None);
    (row.call_at, row.letter_at, row.erased_at) = (None, None, Some(tx.origin().at));
    store::save(tx, &mut row)?;
    put_people(tx, &node.vault, id, &[])?;
    let in_words = concerns::table.filter(concerns::petition_id.eq(id)).filter(concerns::words.is_not_null());
    diesel::delete(in_words).execute(&mut **tx)?;
    store::forget_words_of_history(tx, id, &PetitionAct::ENTERING.map(|act| act.line().past), ANONYMOUS)?;
    satisfaction::forget_comments(tx, &node.vault, id)?;
    publications::forget(tx, id)?;
    note(tx, &row, "petition.erased", "")
}
