//! Whom to call about petitions: who has no other way to be told of what was done.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::correcting::require_anothers_word;
use super::model::ToldBy;
use super::sight::Sight;
use super::store::Petition;
use super::tellings::{Telling, TellingStatus};
use super::{group, mails, outcomes};
use crate::auth::{By, Involved};
use crate::calls::reached_on;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::domain::{Call, CallKind, CallNews, Whom};
use crate::error::Result;
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::schema::{accounts, petitions};

/// Those whom the caller may know, of petitions that they read as they were written: whoever is to be told something by no other way, from
/// then on until they are reached or need not be told any more; and whoever was reached that day.
pub fn of_day(conn: &mut Conn, node: &Node, by: &By, day: NaiveDate) -> Result<Vec<Call>> {
    let sight = Sight::of(conn, by)?;
    let waiting = sight.rows().filter(petitions::call_at.lt(Moment::end_of(day)));
    let waiting: Vec<Petition> = waiting.order(petitions::id).select(Petition::as_select()).load(conn)?;
    let done: Vec<(Id, Moment)> = reached_on(conn, CallKind::Petition, day)?;
    let reached = sight.rows().filter(petitions::id.eq_any(done.iter().map(|(id, _)| *id).collect::<Vec<Id>>()));
    let reached: Vec<Petition> = reached.order(petitions::id).select(Petition::as_select()).load(conn)?;
    let moments = |row: &Petition| done.iter().filter(|(id, _)| *id == row.id).map(|(_, at)| *at).collect::<Vec<Moment>>();
    let mut rows: Vec<(Petition, Moment)> = Vec::new();
    for row in reached {
        rows.extend(moments(&row).into_iter().map(|at| (row.clone(), at)));
    }
    for row in waiting {
        // Something has come up since whoever was reached was called.
        if let Some(at) = row.call_at.filter(|at| !moments(&row).contains(at)) {
            rows.push((row, at));
        }
    }
    let handlers: Vec<Id> = rows.iter().filter_map(|(row, _)| row.handler).collect();
    let points = accounts::table.filter(accounts::id.eq_any(handlers)).select((accounts::id, accounts::service_point));
    let points: HashMap<Id, Option<String>> = points.load::<(Id, Option<String>)>(conn)?.into_iter().collect();
    let mut all = Vec::new();
    for (row, at) in rows.into_iter().filter(|(row, _)| sight.reads_original(row)) {
        let point = row.handler.and_then(|handler| points.get(&handler).cloned().flatten());
        let name = row.petitioners(&node.vault)?.into_iter().next().map(|one| one.name);
        all.push(Call {
            kind: Some(CallKind::Petition),
            record: row.path(),
            contact: Some(row.path()),
            service_point: point.unwrap_or_else(|| SERVICE_POINTS[0].to_owned()),
            whom: Whom::Named(name.unwrap_or_default()),
            at,
            withheld: group::is_withheld(conn, &row)?,
            number: Some(row.number),
        });
    }
    Ok(all)
}

/// The petitioners of each.
pub fn involved(conn: &mut Conn, node: &Node, calls: &[&Call]) -> Result<Vec<Involved>> {
    calls.iter().map(|call| mails::involved(conn, node, call.key()?)).collect()
}

/// Notes whom a call has told what waited to be told by it, when it was made, or that it has told nobody after all. A day that has passed, by
/// which a limit ends later, is noted as one of a letter is.
pub fn follow(tx: &mut Tx, node: &Node, by: &By, news: &CallNews<'_>) -> Result<()> {
    let Some(id) = news.key_of(CallKind::Petition).filter(|_| news.was_reached != news.is_reached) else { return Ok(()) };
    let Some(mut open) = outcomes::taken(tx, node, id)? else { return Ok(()) };
    let (now, due_before) = (tx.origin().at, open.row.due_at);
    let status = if news.is_reached { TellingStatus::Waiting } else { TellingStatus::Told };
    let is_meant = |one: &Telling| one.told_by == ToldBy::Call && one.status == status && one.at <= news.about_at;
    let of_latest = open.handling.tellings.iter().filter(|one| is_meant(one)).filter_map(|one| one.told_at).max();
    let meant = (0..).zip(&open.handling.tellings).filter(|(_, one)| is_meant(one) && one.told_at == of_latest);
    let meant: Vec<usize> = meant.map(|(at, _)| at).collect();
    for at in meant {
        if news.is_reached {
            // Nobody was told anything before it was to be told.
            let told_at = open.handling.tellings.get(at).map_or(news.at, |one| one.at.max(news.at));
            _ = outcomes::arrive(tx, node, &mut open, at, (told_at, told_at.date()))?;
        } else {
            outcomes::await_again(&mut open, at);
        }
    }
    if open.handling.tellings.is_empty() {
        open.row.call_at = Some(news.about_at).filter(|_| !news.is_reached);
    }
    open.recount(tx, node)?;
    if news.is_reached && news.at.date() < now.date() && open.row.due_at > due_before {
        open.sight = Sight::of(tx, by)?;
        require_anothers_word(by, &open)?;
    }
    open.put_told(tx, node)
}
