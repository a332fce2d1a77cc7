//! A digest that was frozen and read, of the month before the last one; the last one waits.

use super::figures::{CountedMonth, DigestSatisfaction};
use super::model::{DigestAct, DigestStatus};
use super::month::Month;
use super::reading::live;
use super::settings::DigestSettings;
use super::store::{self, Digest, Snapshot};
use crate::accounts::id_of;
use crate::calendar::{Hours, OfficeCalendar};
use crate::clock::Moment;
use crate::db::Tx;
use crate::error::Result;
use crate::secrets::vault::Vault;

pub fn seed(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<()> {
    let last = Month::of(now.date()).before(1);
    let month = last.before(1);
    let mut names = Vec::new();
    for username in ["clerk1", "chief1", "director1"] {
        names.extend(id_of(tx, username)?.map(|id| format!("accounts/{id}")));
    }
    let [clerk, chief, director] = names.as_slice() else { return Ok(()) };
    let mut digest = Digest::new(month, now);
    let (counted, facts) = live(tx, month, now)?;
    digest.submitted_hash = Some(counted.hash(month, 1)?);
    (digest.submitted_by, digest.submitted_at) = (Some(clerk.clone()), Some(now));
    let counted = CountedMonth { satisfaction: Some(DigestSatisfaction::of(&[], &[], 5)), ..counted };
    let snapshot = Snapshot::new(vault, (&digest, 1), (chief.clone(), now), (&counted, &facts, &[]))?;
    (digest.read_by, digest.read_at) = (Some(director.clone()), Some(now));
    (digest.status, digest.revision, digest.version) = (DigestStatus::Read, 1, 4);
    let remarks = "已閱。無障礙坡道請併年度修繕評估。";
    digest.remarks = Some(tx.seal_text(&digest.remarks_identity(), remarks));
    store::insert(tx, &digest)?;
    store::insert_snapshot(tx, &snapshot)?;
    store::add_remarks(tx, &digest, Some(remarks), director, ("", now))?;
    for (act, by) in [(DigestAct::Submit, clerk), (DigestAct::Freeze, chief), (DigestAct::MarkRead, director)] {
        store::add_line(tx, digest.id, act.line().past, by, ("", now))?;
    }
    let mut waiting = Digest::new(last, now);
    let settings = DigestSettings::default();
    let calendar = OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new());
    let due_on = last.due_on(&calendar, settings.digest_due_day, settings.digest_due_moves);
    // Nobody is told in a demo's first minute of what was due before it began.
    waiting.overdue_for = (due_on < now.date()).then_some(due_on);
    store::insert(tx, &waiting)
}
