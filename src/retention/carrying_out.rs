//! Carries out disposals whose grace is over: what still is due is erased, with its contacts, mail, letters and files, and neither engine keeps what
//! stood there before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use serde_json::json;

use super::keepers::{Asking, Bound, Keepers, Parted};
use super::model::DisposalAct;
use super::store::{self, DisposedRecord};
use crate::clock::Moment;
use crate::db::{Id, Mode, Origin, Record, Tx};
use crate::error::Result;
use crate::http::forget_holding;
use crate::node::Node;
use crate::people::contacts;
use crate::{mail, outgoing_letters, people, uploads};

/// Tables of which nothing is left of what stood there before.
const ERASED: [&str; 26] = [
    "petitions",
    "petition_words",
    "petition_indexed",
    "petition_people",
    "petition_concerns",
    "petition_history",
    "petition_ratings",
    "petition_publications",
    "opinion_items",
    "improvement_items",
    "inquiries",
    "on_site_complaints",
    "on_site_steps",
    "contacts",
    "contact_phones",
    "calls",
    "retention_holds",
    "disposals",
    "mails",
    "outgoing_letters",
    "uploads",
    "people",
    "facts",
    "people_names",
    "former_id_numbers",
    "stored_answers",
];

/// Carries out what is due.
pub fn carry_out(node: Arc<Node>) -> LocalBoxFuture<'static, Result<()>> {
    Box::pin(async move {
        let now = node.clock.now();
        for id in node.db.read(move |conn| store::to_carry_out(conn, now)).await? {
            let shared = Arc::clone(&node);
            let write = move |tx: &mut Tx| carry_out_one(tx, &shared, id, now);
            let files = node.db.write(Origin::system("timer", now), Mode::Alone, write).await?;
            uploads::remove_files(&node, files).await?;
        }
        Ok(())
    })
}

/// Carries out one disposal; the files that are to be removed once that is committed.
fn carry_out_one(tx: &mut Tx, node: &Node, id: Id, now: Moment) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let Some(mut disposal) = store::any(tx, id)? else { return Ok(files) };
    // Another node was quicker, or it was taken back.
    let Some(status) = DisposalAct::CarryOut.after(disposal.status) else { return Ok(files) };
    let records = store::records_of(tx, id)?;
    let kept = kept(tx, node, &records, now)?;
    for record in &records {
        match kept.get(&record.record).copied() {
            Some(why) => store::note(tx, record, None, Some(why))?,
            None => files.extend(erase(tx, node, record, now)?),
        }
    }
    let erased = store::records_of(tx, id)?.into_iter().filter(|one| one.erased_at.is_some());
    forget_holding(tx, &node.vault, &erased.flat_map(|one| [one.number, key_of(&one.record)]).collect::<Vec<_>>())?;
    (disposal.status, disposal.carried_out_at) = (status, Some(now));
    store::save(tx, &mut disposal)?;
    ERASED.into_iter().for_each(|table| tx.forget_past(table));
    tx.record(Record::change(DisposalAct::CarryOut.line().journal, disposal.path(), json!({"status": disposal.status})));
    Ok(files)
}

/// The key in a record's path.
fn key_of(record: &str) -> String {
    record.rsplit('/').next().unwrap_or(record).to_owned()
}

/// Those of these records that are kept after all, each with why; and with each of them those that go together with it.
fn kept(tx: &mut Tx, node: &Node, records: &[DisposedRecord], now: Moment) -> Result<BTreeMap<String, &'static str>> {
    let keepers = node.part::<Keepers>();
    let mut all = BTreeMap::new();
    for keeper in keepers.all() {
        let is_own = |parted: &Parted| parted.kind == keeper.kind;
        let id = |record: &DisposedRecord| Parted::of(&record.record).filter(is_own).map(|parted| parted.id);
        let own: Vec<(Id, &String)> = records.iter().filter_map(|one| Some((id(one)?, &one.record))).collect();
        let ids: Vec<Id> = own.iter().map(|(id, _)| *id).collect();
        if ids.is_empty() {
            continue;
        }
        let asking = Asking::due(node, now.date(), None, Some(&ids));
        let due: BTreeSet<Id> = (keeper.ended)(tx, node, &asking)?.into_iter().map(|one| one.id).collect();
        let bound = store::bound(tx, node, keeper, &ids)?;
        for (id, record) in own {
            let bound = bound.iter().find(|(of, _)| *of == id).map(|(_, bound)| bound.as_str());
            let why = bound.or((!due.contains(&id)).then_some("NOT_DUE"));
            all.extend(why.map(|why| (record.clone(), why)));
        }
    }
    // One that goes together with what is kept, or with what nobody has proposed, is kept with it.
    for record in records {
        let with = store::together(tx, node, &record.record)?;
        let is_left = |other: &String| all.contains_key(other) || !records.iter().any(|one| one.record == *other);
        if !all.contains_key(&record.record) && with.iter().any(is_left) {
            all.insert(record.record.clone(), Bound::Together.as_str());
        }
    }
    Ok(all)
}

/// Erases one record.
fn erase(tx: &mut Tx, node: &Node, record: &DisposedRecord, now: Moment) -> Result<Vec<String>> {
    let keeper = Parted::of(&record.record).and_then(|parted| Some((node.part::<Keepers>().of(&parted.kind)?, parted.id)));
    let Some((keeper, id)) = keeper else { return Ok(Vec::new()) };
    (keeper.erase)(tx, node, id)?;
    for offshoots in node.part::<Keepers>().offshoots() {
        (offshoots.erase)(tx, node, &record.record)?;
    }
    contacts::forget(tx, &record.record)?;
    store::forget_reasons(tx, &record.record)?;
    store::forget_calls(tx, &record.record)?;
    mail::forget(tx, &record.record)?;
    outgoing_letters::forget(tx, &record.record)?;
    people::store::forget_claims(tx, &record.record)?;
    let files = uploads::forget(tx, &record.record)?;
    store::note(tx, record, Some(now), None)?;
    Ok(files)
}
