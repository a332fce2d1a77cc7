//! Reading the journal's audit lines.

use std::borrow::Cow;
use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::journal::{Line, OVER};
use crate::db::{Backend, Conn, Id, Narrow, SEALED, Tx};
use crate::error::Result;
use crate::http::{Page, Paging};
use crate::read_page;
use crate::schema::{
    audit_log, case_parties as parties, cases, certificates, disposal_records as disposed, journal_head, mails, outgoing_letters,
    people, protection_marks as marks, retention_holds as held, uploads,
};
use crate::secrets::vault::Vault;

/// Filters of the audit log.
#[derive(Debug, Default)]
pub struct Filter {
    pub person: Option<Id>,
    pub actor: Option<String>,
    pub action: Option<String>,
    pub from: Option<Moment>,
    pub to: Option<Moment>,
    /// Whose matters are left out.
    pub closed: Vec<Id>,
    /// What is told of them all the same, without what it is about: by the action.
    pub told: Vec<&'static str>,
    /// Subjects that are left out.
    pub unseen: Vec<String>,
    /// Subjects of lines that do not tell who acted.
    pub nameless: Vec<String>,
}

/// The record that a subject is of: of a refused request the subject is its address, which goes on behind the record's.
fn record_of(subject: &str) -> String {
    let record: Vec<&str> = subject.splitn(3, '/').take(2).collect();
    record.join("/")
}

/// What is kept of these records and has lines of its own: that one is held back from disposal, and the disposals in which one stands.
fn kept_of(conn: &mut Conn, records: &[String]) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for some in records.chunks(1000) {
        let holds: Vec<Id> = held::table.filter(held::record.eq_any(some)).order(held::id).select(held::id).load(conn)?;
        all.extend(holds.into_iter().map(|id| format!("retention-holds/{id}")));
        let disposals = disposed::table.filter(disposed::record.eq_any(some)).select(disposed::disposal_id).distinct();
        all.extend(disposals.load::<Id>(conn)?.into_iter().map(|id| format!("disposals/{id}")));
    }
    Ok(all)
}

/// These subjects, and all others that are about one of them: the addresses of refused requests, mail and letters about it and what is
/// attached to it, how long it is kept, and what it says of somebody.
pub fn about(conn: &mut Conn, mut subjects: Vec<String>) -> Result<Vec<String>> {
    if subjects.is_empty() {
        return Ok(subjects);
    }
    let refused = audit_log::table.filter(audit_log::action.like("%.refused")).select(audit_log::subject).distinct();
    let refused: Vec<String> = refused.load(conn)?;
    let kept = kept_of(conn, &subjects)?;
    subjects.extend(kept);
    let own: BTreeSet<String> = subjects.iter().cloned().collect();
    let mut records = own.clone();
    for some in subjects.chunks(1000) {
        let written: Vec<Id> = mails::table.filter(mails::about.eq_any(some)).select(mails::id).load(conn)?;
        records.extend(written.into_iter().map(|id| format!("mails/{id}")));
        let letters = outgoing_letters::table.filter(outgoing_letters::about.eq_any(some)).select(outgoing_letters::id);
        records.extend(letters.load::<Id>(conn)?.into_iter().map(|id| format!("outgoing-letters/{id}")));
        let attached: Vec<Id> =
            uploads::table.filter(uploads::record.assume_not_null().eq_any(some)).select(uploads::id).load(conn)?;
        records.extend(attached.into_iter().map(|id| format!("uploads/{id}")));
    }
    for some in subjects.clone().chunks(1000) {
        let said = people::table.filter(people::claimed_by.assume_not_null().eq_any(some)).select(people::id);
        subjects.extend(said.load::<Id>(conn)?.into_iter().map(|id| format!("people/{id}")));
    }
    subjects.extend(refused.into_iter().filter(|subject| !own.contains(subject) && records.contains(&record_of(subject))));
    Ok(subjects)
}

/// The subjects of all lines that are about these people: their records, what a line about one of them names, and what somebody was
/// refused of these.
fn subjects(conn: &mut Conn, people: &[Id]) -> Result<BTreeSet<String>> {
    let whose = || people.iter().copied();
    let paths = |kind: &'static str, ids: Vec<Id>| ids.into_iter().map(move |id| format!("{kind}/{id}"));
    let mut subjects: BTreeSet<String> = paths("people", people.to_vec()).collect();
    let marked = marks::table.filter(marks::person_id.eq_any(whose())).select(marks::id);
    subjects.extend(paths("protection-marks", marked.load(conn)?));
    let named = parties::table.filter(parties::person_id.eq_any(whose())).select(parties::case_id);
    subjects.extend(paths("cases", named.load(conn)?));
    let applied = cases::table.filter(cases::applicant_id.eq_any(whose())).select(cases::id);
    subjects.extend(paths("cases", applied.load(conn)?));
    let certified = certificates::table.filter(certificates::applicant_id.eq_any(whose())).select(certificates::id);
    subjects.extend(paths("certificates", certified.load(conn)?));
    let told = audit_log::table.filter(audit_log::person_id.assume_not_null().eq_any(whose()));
    subjects.extend(told.select(audit_log::subject).distinct().load::<String>(conn)?);
    let refused = audit_log::table.filter(audit_log::person_id.is_null()).filter(audit_log::action.like("%.refused"));
    let is_theirs = |subject: &String| subjects.contains(&record_of(subject));
    let refused: Vec<String> = refused.select(audit_log::subject).distinct().load(conn)?;
    let refused: Vec<String> = refused.into_iter().filter(is_theirs).collect();
    subjects.extend(refused);
    Ok(subjects)
}

/// A page of lines, newest first, without what is about those whose matters are left out.
pub fn list(conn: &mut Conn, filter: &Filter, paging: &Paging) -> Result<Page<Line>> {
    let closed = if filter.closed.is_empty() { BTreeSet::new() } else { subjects(conn, &filter.closed)? };
    let matching = || -> audit_log::BoxedQuery<'_, Backend> {
        let mut lines = audit_log::table.into_boxed();
        if !filter.unseen.is_empty() {
            lines = lines.filter(audit_log::subject.ne_all(filter.unseen.iter().map(String::as_str)));
        }
        // To ask who acted is to be told it.
        if filter.actor.is_some() && !filter.nameless.is_empty() {
            lines = lines.filter(audit_log::subject.ne_all(filter.nameless.iter().map(String::as_str)));
        }
        if !closed.is_empty() {
            let about = audit_log::person_id.is_null().or(audit_log::person_id.assume_not_null().ne_all(filter.closed.clone()));
            let open = about.and(audit_log::subject.ne_all(closed.iter().map(String::as_str)));
            // Of somebody who is asked for by a filter nothing is told, not even that there is something.
            let told = if filter.person.is_none() { filter.told.clone() } else { Vec::new() };
            lines = lines.filter(open.or(audit_log::action.eq_any(told)));
        }
        lines
            .narrow(filter.person, |person| audit_log::person_id.eq(person))
            .narrow(filter.actor.as_ref(), |actor| audit_log::actor.eq(actor))
            .narrow(filter.action.as_ref(), |action| audit_log::action.eq(action))
            .narrow(filter.from, |from| audit_log::at.ge(from))
            .narrow(filter.to, |to| audit_log::at.lt(to))
    };
    let page = read_page!(conn, paging, matching, audit_log::seq desc, Line)?;
    Ok(page)
}

/// A line as its hash takes it, where it opens.
pub fn hashed<'a>(vault: &Vault, line: &'a Line) -> Option<Cow<'a, Line>> {
    line.as_hashed(|identity, kept| vault.open_text(identity, kept)).ok()
}

/// How far the chain holds.
pub struct Proof {
    pub lines: i64,
    pub head: String,
    /// The first line that does not follow from those before it.
    pub first_broken_line: Option<i64>,
}

/// Lines read at a time.
const STEP: i64 = 1000;

/// How many lines of before a start seals at once.
const BATCH: i64 = 500;

/// Seals the purposes of lines that were written in the clear; their hashes, and so their places in the chain, stay.
pub fn seal_purposes(tx: &mut Tx, _: &Vault, _: Moment) -> Result<()> {
    // As the index has it that finds them.
    let open = format!("purpose <> '' AND substr(purpose, 1, 7) <> '{SEALED}' AND substr(purpose, 1, 5) <> '{OVER}'");
    loop {
        let open = audit_log::table.filter(diesel::dsl::sql::<diesel::sql_types::Bool>(&open));
        let open: Vec<Line> = open.limit(BATCH).select(Line::as_select()).load(&mut **tx)?;
        if open.is_empty() {
            return Ok(());
        }
        for line in open {
            let sealed = format!("{OVER}{}", tx.seal_text(&line.identity(), &line.purpose));
            let row = audit_log::table.find(line.seq);
            diesel::update(row).set(audit_log::purpose.eq(sealed)).execute(&mut **tx)?;
        }
    }
}

/// Walks the whole chain.
pub fn verify(conn: &mut Conn, vault: &Vault) -> Result<Proof> {
    let (end, head): (i64, String) =
        journal_head::table.filter(journal_head::id.eq(1)).select((journal_head::seq, journal_head::hash)).first(conn)?;
    let (mut seen, mut hash) = (0, String::new());
    loop {
        let lines: Vec<Line> = audit_log::table
            .filter(audit_log::seq.gt(seen))
            .order(audit_log::seq)
            .limit(STEP)
            .select(Line::as_select())
            .load(conn)?;
        for line in &lines {
            // What does not open was changed.
            let follows = hashed(vault, line).is_some_and(|line| line.hash == line.chained_to(&hash));
            if line.seq != seen + 1 || !follows {
                return Ok(Proof { lines: end, head, first_broken_line: Some(seen + 1) });
            }
            seen = line.seq;
            hash.clone_from(&line.hash);
        }
        if lines.is_empty() {
            let first_broken_line = (seen != end || hash != head).then_some(seen + 1);
            return Ok(Proof { lines: end, head, first_broken_line });
        }
    }
}
