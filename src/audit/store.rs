//! Reading the journal's audit lines.

use std::borrow::Cow;
use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::clock::Moment;
use crate::db::journal::{Line, OVER};
use crate::db::{Backend, Conn, Id, Narrow, SEALED, Tx, in_parts};
use crate::error::{Code, Error, Result};
use crate::http::{Page, Paging, page_of};
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

/// A line's number as it is told: whoever does not see all lines would read from two numbers how many stand between them.
pub fn id_of(vault: &Vault, line: &Line) -> String {
    vault.cover_number(NUMBER, line.seq)
}

/// What binds a line to all before it, as it is told: whoever could work its hash out would find by it what stands before the line, or that
/// something does of which they are not told.
pub fn told_hash(vault: &Vault, line: &Line) -> String {
    vault.blind_index("audit_log/hash", &line.hash)
}

/// What numbers of lines are covered for.
const NUMBER: &str = "audit_log/seq";

/// The record that a subject is of: of a refused request the subject is its address, which goes on behind the record's.
fn record_of(subject: &str) -> String {
    let record: Vec<&str> = subject.splitn(3, '/').take(2).collect();
    record.join("/")
}

/// What is kept of these records and has lines of its own: that one is held back from disposal, and the disposals in which one stands.
fn kept_of(conn: &mut Conn, records: &[String]) -> Result<Vec<String>> {
    in_parts(records, |some| {
        let holds: Vec<Id> = held::table.filter(held::record.eq_any(some)).order(held::id).select(held::id).load(conn)?;
        let disposals = disposed::table.filter(disposed::record.eq_any(some)).select(disposed::disposal_id).distinct();
        let disposals: Vec<Id> = disposals.load(conn)?;
        let holds = holds.into_iter().map(|id| format!("retention-holds/{id}"));
        Ok(holds.chain(disposals.into_iter().map(|id| format!("disposals/{id}"))).collect())
    })
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
    records.extend(in_parts(&subjects, |some| {
        let written: Vec<Id> = mails::table.filter(mails::about.eq_any(some)).select(mails::id).load(conn)?;
        let letters = outgoing_letters::table.filter(outgoing_letters::about.eq_any(some)).select(outgoing_letters::id);
        let letters: Vec<Id> = letters.load(conn)?;
        let attached: Vec<Id> =
            uploads::table.filter(uploads::record.assume_not_null().eq_any(some)).select(uploads::id).load(conn)?;
        let written = written.into_iter().map(|id| format!("mails/{id}"));
        let letters = letters.into_iter().map(|id| format!("outgoing-letters/{id}"));
        Ok(written.chain(letters).chain(attached.into_iter().map(|id| format!("uploads/{id}"))).collect())
    })?);
    let said: Vec<Id> = in_parts(&subjects, |some| {
        let said = people::table.filter(people::claimed_by.assume_not_null().eq_any(some));
        Ok(said.select(people::id).load(conn)?)
    })?;
    subjects.extend(said.into_iter().map(|id| format!("people/{id}")));
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

/// The subjects of those whose matters are left out.
fn closed_subjects(conn: &mut Conn, filter: &Filter) -> Result<BTreeSet<String>> {
    if filter.closed.is_empty() { Ok(BTreeSet::new()) } else { subjects(conn, &filter.closed) }
}

impl Filter {
    /// The lines that match, without what is about those whose matters are left out.
    fn lines<'a>(&'a self, closed: &'a BTreeSet<String>) -> audit_log::BoxedQuery<'a, Backend> {
        let mut lines = audit_log::table.into_boxed();
        if !self.unseen.is_empty() {
            lines = lines.filter(audit_log::subject.ne_all(self.unseen.iter().map(String::as_str)));
        }
        // To ask who acted is to be told it.
        if self.actor.is_some() && !self.nameless.is_empty() {
            lines = lines.filter(audit_log::subject.ne_all(self.nameless.iter().map(String::as_str)));
        }
        if !closed.is_empty() {
            let about = audit_log::person_id.is_null().or(audit_log::person_id.assume_not_null().ne_all(self.closed.clone()));
            let open = about.and(audit_log::subject.ne_all(closed.iter().map(String::as_str)));
            // Of somebody who is asked for by a filter nothing is told, not even that there is something.
            let told = if self.person.is_none() { self.told.clone() } else { Vec::new() };
            lines = lines.filter(open.or(audit_log::action.eq_any(told)));
        }
        lines
            .narrow(self.person, |person| audit_log::person_id.eq(person))
            .narrow(self.actor.as_ref(), |actor| audit_log::actor.eq(actor))
            .narrow(self.action.as_ref(), |action| audit_log::action.eq(action))
            .narrow(self.from, |from| audit_log::at.ge(from))
            .narrow(self.to, |to| audit_log::at.lt(to))
    }
}

/// A page of lines, newest first.
pub fn list(conn: &mut Conn, vault: &Vault, filter: &Filter, paging: &Paging) -> Result<Page<Line>> {
    let closed = closed_subjects(conn, filter)?;
    let number_of = |text: &str| vault.covered_number(NUMBER, text).ok_or_else(|| Error::from(Code::INVALID_CURSOR));
    let after = paging.after.as_deref().map(number_of).transpose()?;
    let total = paging.total(|| filter.lines(&closed).count().get_result(conn))?;
    let rest = filter.lines(&closed).narrow(after, |after| audit_log::seq.lt(after));
    let found = rest.order(audit_log::seq.desc()).limit(paging.rows()).select(Line::as_select()).load(conn)?;
    Ok(page_of(paging, found, total, |line| id_of(vault, line)))
}

/// The newest line that matches, of those before a number where one is given.
pub fn newest(conn: &mut Conn, filter: &Filter, before: Option<i64>) -> Result<Option<Line>> {
    let closed = closed_subjects(conn, filter)?;
    let lines = filter.lines(&closed).narrow(before, |before| audit_log::seq.lt(before));
    Ok(lines.order(audit_log::seq.desc()).select(Line::as_select()).first(conn).optional()?)
}

/// A line as its hash takes it, where it opens.
pub fn hashed<'a>(vault: &Vault, line: &'a Line) -> Option<Cow<'a, Line>> {
    line.as_hashed(|identity, kept| vault.open_text(identity, kept)).ok()
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

/// Walks the whole chain: the first line that does not follow from those before it.
pub fn first_broken(conn: &mut Conn, vault: &Vault) -> Result<Option<i64>> {
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
                return Ok(Some(seen + 1));
            }
            seen = line.seq;
            hash.clone_from(&line.hash);
        }
        if lines.is_empty() {
            return Ok((seen != end || hash != head).then_some(seen + 1));
        }
    }
}
