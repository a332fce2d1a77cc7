//! Whom to call about inquiries: those who are told an answer, or what was wrong with one, and are reached by no e-mail address.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::acts::Open;
use super::model::{GivenAnswer, InquiryStatus, InquiryToldBy};
use super::store::{self, KIND, path};
use super::telling;
use super::timers::locked;
use crate::auth::By;
use crate::calls::reached_on;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::domain::{Call, CallKind, CallNews, Whom};
use crate::error::Result;
use crate::node::Node;
use crate::petitions::sources;
use crate::schema::inquiries;

/// Those who are to be told an answer, from then on until they are reached; and whoever was reached that day. But for what is kept from the
/// caller with a petition.
pub fn of_day(conn: &mut Conn, _: &Node, by: &By, day: NaiveDate) -> Result<Vec<Call>> {
    type Row = (Id, String, String, Id, Option<Moment>);
    let done = reached_on(conn, CallKind::Answer, day)?;
    let reached: Vec<Id> = done.iter().map(|(id, _)| *id).collect();
    let told = [InquiryStatus::Answered, InquiryStatus::Checked, InquiryStatus::Petition];
    let told = inquiries::table.filter(inquiries::status.eq_any(told));
    let told = told.filter(inquiries::id.ne_all(sources::kept(conn, by, KIND)?));
    let waits = inquiries::call_at.is_not_null().and(inquiries::call_at.assume_not_null().lt(Moment::end_of(day)));
    let named = told.filter(inquiries::person_id.is_not_null()).filter(waits.or(inquiries::id.eq_any(reached)));
    let columns =
        (inquiries::id, inquiries::number, inquiries::service_point, inquiries::person_id.assume_not_null(), inquiries::call_at);
    let rows: Vec<Row> = named.order(inquiries::id).select(columns).load(conn)?;
    let mut all = Vec::new();
    for (id, number, service_point, person, call_at) in rows {
        let withheld = sources::is_withheld(conn, &path(id))?;
        let waiting = call_at.filter(|at| *at < Moment::end_of(day));
        let called = done.iter().filter(|(one, at)| *one == id && Some(*at) != waiting).map(|(_, at)| *at);
        all.extend(called.chain(waiting).map(|at| Call {
            kind: Some(CallKind::Answer),
            record: path(id),
            contact: Some(path(id)),
            number: Some(number.clone()),
            service_point: service_point.clone(),
            whom: Whom::Person(person),
            at,
            withheld,
        }));
    }
    Ok(all)
}

/// Notes that a call has told the answer that stands, or has told nobody after all.
pub fn follow(tx: &mut Tx, node: &Node, _: &By, news: &CallNews<'_>) -> Result<()> {
    let Some(id) = news.key_of(CallKind::Answer).filter(|_| news.was_reached != news.is_reached) else { return Ok(()) };
    let Some(row) = locked(tx, id)? else { return Ok(()) };
    let mut open = Open { handling: row.handling(&node.vault)?, row };
    let now = tx.origin().at;
    let is_answered = open.handling.tells(open.row.status);
    let corrected = telling::corrects(&open);
    let last = open.handling.answers.len();
    let is_by_call = |answer: &GivenAnswer| answer.told_by == InquiryToldBy::Call;
    if news.is_reached {
        let standing = open.handling.answers.last_mut().filter(|answer| is_answered && is_by_call(answer));
        let Some(answer) = standing else { return Ok(()) };
        (answer.told_at, open.row.call_at) = (Some(news.at.max(answer.entered_at)), None);
    } else {
        // The call has told the answer that stood when it was made: another one may stand since.
        let was_told =
            |answer: &GivenAnswer| is_by_call(answer) && answer.told_at.is_some() && answer.entered_at <= news.about_at;
        let Some(nth) = open.handling.answers.iter().rposition(was_told) else { return Ok(()) };
        open.handling.answers[nth].told_at = None;
        if is_answered && nth + 1 == last {
            open.row.call_at = Some(news.about_at);
        }
    }
    telling::tell_as_heard(tx, node, &mut open, corrected, now)?;
    open.row.put_handling(&node.vault, &open.handling)?;
    store::save_told(tx, &open.row)
}
