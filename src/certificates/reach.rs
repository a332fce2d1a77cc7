//! How far a caller reaches: what they have applied for, by themselves or by a mandate, or what their desk has taken.

use diesel::prelude::*;

use super::model::CertificateFilter;
use super::store::{Certificate, everybody, path};
use crate::accounts;
use crate::auth::By;
use crate::cases;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow};
use crate::error::{Code, Result};
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::office::desk;
use crate::scheduling::services::Channel;
use crate::schema::certificates;
use crate::{find, people, read_page};

/// What a caller has applied for: whatever their own person has, and by a letter in force what they asked for themselves.
struct Applied {
    own: Vec<Id>,
    principals: Vec<Id>,
    name: String,
}

impl Applied {
    /// `None` for those who reach more than their own.
    fn of(conn: &mut Conn, by: &By) -> Result<Option<Self>> {
        let Some(own) = cases::store::own_people(by) else { return Ok(None) };
        let principals = people::store::principals(conn, by, cases::store::PROXY_SCOPE)?;
        Ok(Some(Self { own, principals, name: by.caller.name() }))
    }

    fn holds(&self, one: &Certificate) -> bool {
        let brought = self.principals.contains(&one.applicant_id) && one.requested_by == self.name;
        brought || self.own.contains(&one.applicant_id)
    }
}

/// A certificate within the caller's reach.
pub fn find(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<Certificate> {
    let found: Option<Certificate> = find!(conn, certificates::table.find(id).select(Certificate::as_select()))?;
    let found = found.ok_or(Code::NOT_FOUND)?;
    let reached = match Applied::of(conn, by)? {
        Some(applied) => applied.holds(&found) && !has_ended(conn, node, by, &found)?,
        // To whoever is barred from one of those whom it names, or of whom these live with, there is none, wherever it was applied for.
        None => {
            let whom = everybody(conn, &found)?;
            desk::sees(by, &found.service_point) && !cases::is_closed(conn, node, by, &whom)?
        }
    };
    if reached { Ok(found) } else { Err(Code::NOT_FOUND.into()) }
}

/// Whether whoever applied for a certificate did so by a mandate that has ended.
fn has_ended(conn: &mut Conn, node: &Node, by: &By, one: &Certificate) -> Result<bool> {
    let whom = (one.person_id, one.applicant_id);
    cases::mandates::is_over(conn, node, (&one.kind, one.relation), whom, by.now.date())
}

/// The certificates of the caller that they no longer reach, since the mandate by which they were applied for has ended.
pub fn ended(conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<Id>> {
    let Some(applied) = Applied::of(conn, by)? else { return Ok(Vec::new()) };
    let brought = certificates::applicant_id.eq_any(applied.principals.iter().copied());
    let brought = brought.and(certificates::requested_by.eq(&applied.name));
    let theirs = certificates::table.filter(certificates::relation.eq_any(cases::mandates::BY_MANDATE));
    let theirs = theirs.filter(certificates::applicant_id.eq_any(applied.own.iter().copied()).or(brought));
    let theirs: Vec<Certificate> = theirs.select(Certificate::as_select()).load(conn)?;
    let mut ended = Vec::new();
    for one in theirs {
        if has_ended(conn, node, by, &one)? {
            ended.push(one.id);
        }
    }
    Ok(ended)
}

/// The certificates that are not there to the caller, who works in the office: they name somebody whose data is closed to them, or such
/// a person has applied for them online in the applicant's place.
pub fn closed(conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<Id>> {
    let whom = cases::all_closed(conn, node, by)?;
    if whom.is_empty() {
        return Ok(Vec::new());
    }
    let came = certificates::proxy_id.assume_not_null().eq_any(whom.iter().map(Id::to_string).collect::<Vec<_>>());
    let brought = certificates::requested_by.eq_any(accounts::names_of(conn, &whom)?);
    let brought = brought.and(certificates::channel.eq(Channel::Online));
    let named = certificates::person_id.eq_any(whom.clone()).or(certificates::applicant_id.eq_any(whom));
    Ok(certificates::table.filter(named.or(came).or(brought)).select(certificates::id).load(conn)?)
}

/// The same as the subjects of lines in the audit log.
pub fn unseen(conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<String>> {
    Ok(closed(conn, node, by)?.into_iter().map(path).collect())
}

/// A page of the certificates within the caller's reach, the newest first.
pub fn list(conn: &mut Conn, node: &Node, by: &By, filter: &CertificateFilter, paging: &Paging) -> Result<Page<Certificate>> {
    let applied = Applied::of(conn, by)?;
    let mut ended = ended(conn, node, by)?;
    ended.extend(closed(conn, node, by)?);
    let matching = || matching(filter, by, applied.as_ref()).filter(certificates::id.ne_all(ended.iter().copied()));
    read_page!(conn, paging, matching, certificates::id desc, Certificate)
}

/// What the caller reaches of a list: citizens and proxies what they have applied for, a branch desk its own.
fn matching<'a>(
    filter: &'a CertificateFilter,
    by: &'a By,
    applied: Option<&'a Applied>,
) -> certificates::BoxedQuery<'a, Backend> {
    let rows = certificates::table.into_boxed();
    let brought = |applied: &'a Applied| {
        let asked = certificates::requested_by.eq(applied.name.as_str());
        asked.and(certificates::applicant_id.eq_any(applied.principals.iter().copied()))
    };
    rows.narrow(applied, |applied| certificates::applicant_id.eq_any(applied.own.iter().copied()).or(brought(applied)))
        .narrow(desk::bound(by), |point| certificates::service_point.eq(point))
        .narrow(filter.kind.as_ref(), |kind| certificates::kind.eq(kind))
        .narrow(filter.status, |status| certificates::status.eq(status))
        .narrow(filter.case_id, |case| certificates::case_id.eq(case.to_string()))
        .narrow(filter.channel, |channel| certificates::channel.eq(channel))
        .narrow(filter.from, |day| certificates::requested_at.ge(Moment::start_of(day)))
        .narrow(filter.to, |day| certificates::requested_at.lt(Moment::end_of(day)))
}
