//! Who sees which complaints on the spot: whom one is about sees nothing of it, by person and not by account, as with petitions; nor
//! does whoever is the complainant, or close to them, or whom a petition is kept from that came out of it. What somebody does not see
//! answers as if it were not there.

use chrono::Duration;
use diesel::prelude::*;

use super::model::{OnSiteFilter, OnSiteQueue, OnSiteStatus};
use super::store::{Complaint, KIND, path};
use crate::auth::By;
use crate::auth::whoever::kept_records;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow};
use crate::error::{Code, Result};
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::office::desk;
use crate::petitions::{sources, standing_for};
use crate::schema::{on_site_complaints as complaints, on_site_concerned as concerned, on_site_concerns as concerns};
use crate::states::are_own;
use crate::{find, read_page};

/// The complaints that are about whoever works with an account, by the rule of petitions; none where nobody knows who does.
fn about(conn: &mut Conn, account: Id) -> Result<Option<Vec<Id>>> {
    let named = concerns::table.filter(concerns::account_id.is_not_null());
    let mut named: Vec<Id> = named.select(concerns::account_id.assume_not_null()).distinct().load(conn)?;
    named.extend(concerned::table.select(concerned::account_id).distinct().load::<Id>(conn)?);
    let points = concerns::table.filter(concerns::service_point.is_not_null());
    let points: Vec<String> = points.select(concerns::service_point.assume_not_null()).distinct().load(conn)?;
    let Some((accounts, points)) = standing_for(conn, account, (named, points))? else { return Ok(None) };
    let theirs = concerns::account_id.assume_not_null().eq_any(accounts.clone());
    let found = concerns::table.filter(theirs.or(concerns::service_point.assume_not_null().eq_any(points)));
    let mut found: Vec<Id> = found.select(concerns::complaint_id).distinct().load(conn)?;
    let then = concerned::table.filter(concerned::account_id.eq_any(accounts));
    found.extend(then.select(concerned::complaint_id).distinct().load::<Id>(conn)?);
    Ok(Some(found))
}

/// What is hidden from somebody.
#[derive(Clone, Debug)]
struct Hidden {
    /// Complaints about them, and those that are kept from them with a petition that came out of each.
    complaints: Vec<Id>,
    /// The records of themselves, of their spouse and kin, and of whoever's data is closed to them.
    people: Vec<Id>,
}

/// What is hidden from the caller. `None` where all is, since nobody knows who works with the account.
fn hidden(conn: &mut Conn, by: &By) -> Result<Option<Hidden>> {
    let Some(account) = by.caller.account() else { return Ok(None) };
    let Some(mut complaints) = about(conn, account.id)? else { return Ok(None) };
    complaints.extend(sources::kept(conn, by, KIND)?);
    Ok(Some(Hidden { complaints, people: kept_records(conn, by)? }))
}

/// The complaints that the caller sees.
fn rows<'a>(by: &By, hidden: Option<Hidden>) -> complaints::BoxedQuery<'a, Backend> {
    let all = complaints::table.into_boxed();
    let Some(hidden) = hidden else { return all.filter(complaints::id.eq("")) };
    let all = all.narrow(desk::bound(by).map(str::to_owned), |point| complaints::service_point.eq(point));
    let of_others = complaints::person_id.is_null().or(complaints::person_id.assume_not_null().ne_all(hidden.people));
    all.filter(complaints::id.ne_all(hidden.complaints)).filter(of_others)
}

/// A complaint that the caller sees; any other is not there. Of two writes that find it one waits for the other.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<Complaint> {
    let found: Option<Complaint> = find!(conn, complaints::table.find(id).select(Complaint::as_select()))?;
    // Looked up either way, so that the answer takes as long.
    let hidden = hidden(conn, by)?;
    let seen: i64 = rows(by, hidden).filter(complaints::id.eq(id)).count().get_result(conn)?;
    match found.filter(|_| seen == 1) {
        // Of whom a number does not tell from somebody close to the caller, too.
        Some(found) if !are_own(conn, by, &[(&found.people()).into()])?.contains(&true) => Ok(found),
        _ => Err(Code::NOT_FOUND.into()),
    }
}

/// Whether a complaint, or a petition that came out of it, is about whoever works with an account, or nobody knows who does.
pub fn is_about(conn: &mut Conn, account: Id, id: Id) -> Result<bool> {
    Ok(about(conn, account)?.is_none_or(|theirs| theirs.contains(&id)) || sources::concern(conn, account, &path(id))?)
}

/// Those of a queue.
fn queue<'a>(
    rows: complaints::BoxedQuery<'a, Backend>,
    name: Option<OnSiteQueue>,
    now: Moment,
) -> complaints::BoxedQuery<'a, Backend> {
    let Some(name) = name else { return rows };
    let waits = complaints::status.eq(OnSiteStatus::AwaitingFollowUp);
    match name {
        OnSiteQueue::TakeoverLate => rows.filter(complaints::taken_over_at.is_null()).filter(complaints::takeover_due_at.lt(now)),
        OnSiteQueue::ToFollowUp => rows.filter(waits),
        OnSiteQueue::FollowUpOverdue => rows.filter(waits).filter(complaints::follow_up_due_at.lt(now)),
    }
}

/// A page of the complaints that match, the newest first.
pub fn list(conn: &mut Conn, by: &By, filter: &OnSiteFilter, paging: &Paging) -> Result<Page<Complaint>> {
    let hidden = hidden(conn, by)?;
    let matching = || -> complaints::BoxedQuery<'_, Backend> {
        let rows = queue(rows(by, hidden.clone()), filter.queue, by.now);
        rows.narrow(filter.status, |status| complaints::status.eq(status))
            .narrow(filter.service_point.clone(), |point| complaints::service_point.eq(point))
            .narrow(filter.from, |day| complaints::began_at.ge(Moment::start_of(day)))
            .narrow(filter.to, |day| complaints::began_at.lt(Moment::end_of(day)))
    };
    read_page!(conn, paging, matching, complaints::id desc, Complaint)
}

/// Whoever is to be called about a complaint, of those that the caller sees, by the day of the list.
pub fn awaiting(conn: &mut Conn, by: &By, day: chrono::NaiveDate) -> Result<Vec<Complaint>> {
    let hidden = hidden(conn, by)?;
    let waits = rows(by, hidden).filter(complaints::status.eq(OnSiteStatus::AwaitingFollowUp));
    let waits = waits.filter(complaints::person_id.is_not_null());
    let waits = waits.filter(complaints::follow_up_from.lt(Moment::start_of(day) + Duration::days(1)));
    Ok(waits.order(complaints::id).select(Complaint::as_select()).load(conn)?)
}

/// The subjects of lines of the audit log that the caller does not see.
pub fn unseen(conn: &mut Conn, _: &Node, by: &By) -> Result<Vec<String>> {
    let hidden = hidden(conn, by)?;
    let closed = hidden.as_ref().map(|hidden| hidden.complaints.clone()).unwrap_or_default();
    let all = complaints::table.filter(complaints::names_staff.eq(true).or(complaints::person_id.is_not_null()));
    let all = all.or_filter(complaints::id.eq_any(closed));
    let all: Vec<Id> = all.order(complaints::id).select(complaints::id).load(conn)?;
    let seen: Vec<Id> = rows(by, hidden).filter(complaints::id.eq_any(all.clone())).select(complaints::id).load(conn)?;
    Ok(all.into_iter().filter(|id| !seen.contains(id)).map(path).collect())
}
