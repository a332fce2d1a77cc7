//! Certificates of joined records that are two humans': while these were joined, what is registered of either held for both. Those that
//! were issued of the one and certify the other's, or to the one as the representative that the other is, are void once they are parted.

use super::acting::{Meets, representation_flaw};
use super::resting::{Base, Entries, void_with};
use super::store::{self, Certificate};
use crate::auth::By;
use crate::cases;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::domain::Joining;
use crate::error::{Code, Error, Problem, Result};
use crate::node::Node;
use crate::people::joins;

/// Why a certificate is void that speaks of two humans as of one.
const PARTED: &str = "所憑之紀錄合併業經拆分，與當事人無涉";

/// Voids what rests on a join that has ended, in its name.
pub fn follow_join(tx: &mut Tx, node: &Node, by: &By, joining: &Joining) -> Result<()> {
    let Some((join, since)) = joining.ended else { return Ok(()) };
    let pair = (joining.record, joining.into);
    let mut resting = joins::as_one(tx, pair, |tx| of_the_other(tx, node, joining.record, since))?;
    for one in by_the_other(tx, node, pair, since)? {
        if !resting.iter().any(|other| other.id == one.id) {
            resting.push(one);
        }
    }
    void_with(tx, by, (join, PARTED), resting)
}

/// That the records are two humans' of which a certificate spoke as of one.
pub fn parted() -> Error {
    let en = "the records that it rests on were joined, and are two humans': it is not of its person";
    Problem::new(Code::CONFLICT).detail(PARTED, en).into()
}

/// While a record is joined to others: the certificates of either that were issued meanwhile and certify what is registered of the
/// other.
fn of_the_other(conn: &mut Conn, node: &Node, record: Id, since: Moment) -> Result<Vec<Certificate>> {
    let records = joins::records(conn, record)?;
    let others: Vec<Id> = records.iter().copied().filter(|one| *one != record).collect();
    let cases = cases::standing_of(conn, record)?;
    let bases = cases.iter().map(|case| Base::of(conn, node, case)).collect::<Result<Vec<_>>>()?;
    let (mut entries, mut found) = (Entries::default(), Vec::new());
    for one in store::issued_since(conn, &records, since)? {
        let own: &[Id] = if one.person_id == record { &[record] } else { &others };
        for base in &bases {
            if base.is_of_others(conn, node, (&one, own), &mut entries)? {
                found.push(one);
                break;
            }
        }
    }
    Ok(found)
}

/// Whether somebody's right to a certificate as a representative is not, or no more, what the register has on the day of its issue.
fn has_flaw(conn: &mut Conn, node: &Node, one: &Certificate) -> Result<bool> {
    let Some(issued_at) = one.issued_at else { return Ok(false) };
    let shown = Meets::kept(&one.names(conn, &node.vault)?);
    let is_online = one.brought_by().is_some();
    Ok(representation_flaw(conn, node, one, (shown, is_online), issued_at.date())?.is_some())
}

/// Those of these certificates to which a representative has a right or has none.
fn of_right(conn: &mut Conn, node: &Node, all: Vec<Certificate>, is_there: bool) -> Result<Vec<Certificate>> {
    let mut found = Vec::new();
    for one in all {
        if has_flaw(conn, node, &one)? != is_there {
            found.push(one);
        }
    }
    Ok(found)
}

/// The certificates that were issued of one of two records, or to one of them, by a right that is the other's.
fn by_the_other(tx: &mut Tx, node: &Node, (record, into): (Id, Id), since: Moment) -> Result<Vec<Certificate>> {
    let mut both = joins::records(tx, into)?;
    both.push(record);
    let issued = store::issued_about(tx, &both, since)?;
    let joined = joins::as_one(tx, (record, into), |tx| of_right(tx, node, issued, true))?;
    of_right(tx, node, joined, false)
}
