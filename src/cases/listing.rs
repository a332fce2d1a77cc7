//! Which cases a caller reaches, and those of them that a list shows.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::case::Case;
use super::changes::ChangeStatus;
use super::states::CaseStatus;
use super::store::{PROXY_SCOPE, begun_by, own_people};
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow};
use crate::error::Result;
use crate::http::{Page, Paging};
use crate::office::desk;
use crate::people;
use crate::read_page;
use crate::scheduling::services::Channel;
use crate::schema::{case_changes, case_history, case_parties, cases};

/// Filters of the list of cases.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub service_point: Option<String>,
    pub statuses: Vec<CaseStatus>,
    pub type_code: Option<String>,
    pub clerk: Option<Id>,
    pub unassigned: bool,
    pub reviewer: Option<Id>,
    pub channel: Option<Channel>,
    pub due_before: Option<Moment>,
    pub due_from: Option<Moment>,
    /// Cases that this account can review: another's, and with no other reviewer.
    pub reviewable_by: Option<Id>,
    /// Cases of which a change waits for a decision that this caller has not proposed.
    pub proposed_to: Option<String>,
    /// Days on which the office received the case.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    /// Cases in which this person takes part.
    pub person: Option<Id>,
    /// Cases in which one of these takes part.
    pub people: Option<Vec<Id>>,
    /// With `people`: and those that this caller began.
    pub begun_by: Option<String>,
    /// With `people`: and those that a proxy brings.
    pub brought: Brought,
    /// All but these, of which the caller has lost the mandate, or which the other filters must not find for them.
    pub ended: Vec<Id>,
}

impl Filter {
    /// What the caller reaches.
    pub fn of_caller(conn: &mut Conn, by: &By) -> Result<Self> {
        let (people, begun_by, brought) = (own_people(by), begun_by(by), Brought::of(conn, by)?);
        Ok(Self { people, begun_by, brought, ..Self::default() })
    }
}

/// What a proxy brings: cases of these principals that name them, or that they began.
#[derive(Clone, Debug, Default)]
pub struct Brought {
    principals: Vec<Id>,
    proxy: Vec<String>,
    name: String,
    /// Since when what is done in that name is done by the caller.
    since: Option<Moment>,
}

impl Brought {
    pub fn of(conn: &mut Conn, by: &By) -> Result<Self> {
        if by.reach != Reach::Own {
            return Ok(Self::default());
        }
        let proxy = by.caller.own_records().iter().map(ToString::to_string).collect();
        let (name, since) = (by.caller.name(), by.caller.held_since());
        Ok(Self { principals: people::store::principals(conn, by, PROXY_SCOPE)?, proxy, name, since })
    }
}

/// What the filters and the caller's bounds leave.
pub fn matching<'a>(by: &'a By, filter: &'a Filter) -> cases::BoxedQuery<'a, Backend> {
    let all: cases::BoxedQuery<'a, Backend> = cases::table.into_boxed();
    let rows = match filter.statuses.as_slice() {
        [] => all,
        [one] => all.filter(cases::status.eq(*one)),
        many => all.filter(cases::status.eq_any(many.iter().copied())),
    };
    let rows = rows
        .narrow(desk::bound(by).or(filter.service_point.as_deref()), |point| cases::service_point.eq(point))
        .narrow(filter.type_code.as_ref(), |code| cases::type_code.eq(code))
        .narrow(filter.clerk, |clerk| cases::clerk.eq(clerk))
        .narrow(filter.unassigned.then_some(()), |()| cases::clerk.is_null())
        .narrow(filter.reviewer, |reviewer| cases::reviewer.eq(reviewer))
        .narrow(filter.channel, |channel| cases::channel.eq(channel))
        .narrow(filter.due_before, |before| cases::due_at.lt(before))
        .narrow(filter.due_from, |from| cases::due_at.ge(from))
        .narrow(filter.reviewable_by, |me| cases::clerk.ne(me).and(cases::reviewer.is_null().or(cases::reviewer.eq(me))))
        .narrow(filter.proposed_to.as_ref(), |me| {
            let waiting = case_changes::table.filter(case_changes::status.eq(ChangeStatus::Proposed));
            cases::id.eq_any(waiting.filter(case_changes::proposed_by.ne(me)).select(case_changes::case_id))
        })
        .narrow((!filter.ended.is_empty()).then_some(&filter.ended), |ended| cases::id.ne_all(ended.iter().copied()))
        .narrow(filter.from, |day| cases::id.ge(Id::first(Moment::start_of(day))))
        .narrow(filter.to, |day| cases::id.lt(Id::first(Moment::end_of(day))));
    let rows = rows.narrow(filter.person, |person| {
        let party = case_parties::table.filter(case_parties::person_id.eq(person)).select(case_parties::case_id);
        cases::applicant_id.eq(person).or(cases::proxy_id.eq(Some(person.to_string()))).or(cases::id.eq_any(party))
    });
    // One list of theirs: PostgreSQL reads all cases where a list of ids stands beside another condition with `OR`.
    rows.narrow(filter.people.as_deref(), |people| {
        let theirs =
            case_parties::table.filter(case_parties::person_id.eq_any(people.iter().copied())).select(case_parties::case_id);
        let applied = diesel::alias!(cases as applied);
        let applied =
            applied.filter(applied.field(cases::applicant_id).eq_any(people.iter().copied())).select(applied.field(cases::id));
        let since = filter.brought.since.unwrap_or_else(|| Moment::start_of(NaiveDate::default()));
        let begun = case_history::table
            .filter(case_history::line.eq(1))
            .filter(case_history::actor.eq(filter.begun_by.as_deref().unwrap_or_default()))
            .filter(case_history::at.ge(since));
        let brought = &filter.brought;
        let entrusted = diesel::alias!(cases as entrusted);
        let entrusted = entrusted
            .filter(entrusted.field(cases::applicant_id).eq_any(brought.principals.iter().copied()))
            .select(entrusted.field(cases::id));
        let first = diesel::alias!(case_history as first);
        let started = first
            .filter(first.field(case_history::line).eq(1))
            .filter(first.field(case_history::actor).eq(brought.name.as_str()))
            .filter(first.field(case_history::at).ge(since))
            .filter(first.field(case_history::case_id).eq_any(entrusted))
            .select(first.field(case_history::case_id));
        let named = diesel::alias!(cases as named);
        let named = named
            .filter(named.field(cases::applicant_id).eq_any(brought.principals.iter().copied()))
            .filter(named.field(cases::proxy_id).eq_any(brought.proxy.iter().map(String::as_str)))
            .select(named.field(cases::id));
        cases::id.eq_any(theirs.union(applied).union(begun.select(case_history::case_id)).union(started).union(named))
    })
}

/// A page of cases in the order of their receipt, newest first.
pub fn list(conn: &mut Conn, by: &By, filter: &Filter, paging: &Paging) -> Result<Page<Case>> {
    read_page!(conn, paging, || matching(by, filter), cases::id desc, Case)
}
