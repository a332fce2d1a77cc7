//! Digests in the store: a row a month, what was frozen, and what was done; and what petitions count for.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::figures::CountedMonth;
use super::model::{DigestStatus, Fact, Span};
use super::month::Month;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow, Tx};
use crate::error::Result;
use crate::http::{Page, Paging, page_of};
use crate::petitions;
use crate::schema::{
    petition_digest_history as history, petition_digest_remarks as remarks, petition_digest_snapshots as snapshots,
    petition_digests as digests,
};
use crate::secrets::vault::Vault;
use crate::{find, prepared, save};

/// The digest of a month as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = digests, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Digest {
    pub id: Id,
    /// The first day of its month.
    pub month: NaiveDate,
    pub status: DigestStatus,
    /// How often it was frozen.
    pub revision: i32,
    pub submitted_by: Option<String>,
    pub submitted_at: Option<Moment>,
    /// Of the figures as they were submitted.
    pub submitted_hash: Option<String>,
    pub read_by: Option<String>,
    pub read_at: Option<Moment>,
    /// Sealed.
    pub remarks: Option<String>,
    /// The due day that was told of as near, and as passed: one that moves is told of again.
    pub warned_for: Option<NaiveDate>,
    pub overdue_for: Option<NaiveDate>,
    pub version: i32,
}

/// What the digest of a month is called in the journal.
pub fn path(month: Month) -> String {
    format!("digests/petitions/{month}")
}

impl Digest {
    /// Of a month that nobody has acted on.
    pub fn new(month: Month, now: Moment) -> Self {
        Self {
            id: Id::new(now),
            month: month.first_day(),
            status: DigestStatus::Live,
            revision: 0,
            submitted_by: None,
            submitted_at: None,
            submitted_hash: None,
            read_by: None,
            read_at: None,
            remarks: None,
            warned_for: None,
            overdue_for: None,
            version: 1,
        }
    }

    pub fn month(&self) -> Month {
        Month::of(self.month)
    }

    pub fn remarks_identity(&self) -> String {
        format!("petition_digests/{}/remarks", self.id)
    }
}

/// The digest of a month; one that nobody has acted on is as a new one. Of two writes that find its row one waits for the other.
pub fn of_month(conn: &mut Conn, month: Month, now: Moment) -> Result<(Digest, bool)> {
    let of_month = digests::table.filter(digests::month.eq(month.first_day()));
    let found: Option<Digest> = find!(conn, of_month.select(Digest::as_select()))?;
    let is_kept = found.is_some();
    Ok((found.unwrap_or_else(|| Digest::new(month, now)), is_kept))
}

/// Makes the row of a month, unless there is one.
pub fn insert(tx: &mut Tx, digest: &Digest) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(digests::table).values(digest).on_conflict_do_nothing(), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, digest: &mut Digest) -> Result<()> {
    save!(tx, digests, digest)
}

/// A page of the months that have a row, the newest first.
pub fn page(conn: &mut Conn, status: Option<DigestStatus>, paging: &Paging) -> Result<Page<Digest>> {
    let matching = || -> digests::BoxedQuery<'_, Backend> {
        digests::table.into_boxed().narrow(status, |status| digests::status.eq(status))
    };
    let total = paging.total(|| matching().count().get_result(conn))?;
    let position = |digest: &Digest| digest.month;
    let rest = matching().narrow(paging.after(position)?, |after| digests::month.lt(after));
    let rows = rest.order(digests::month.desc()).limit(paging.rows()).select(Digest::as_select()).load(conn)?;
    Ok(page_of(paging, rows, total, |digest| position(digest).to_string()))
}

/// Months that wait to be frozen, the oldest first.
pub fn waiting(conn: &mut Conn) -> Result<Vec<Digest>> {
    let rows = digests::table.filter(digests::status.eq_any(DigestStatus::WAITING)).order(digests::month);
    Ok(rows.select(Digest::as_select()).load(conn)?)
}

/// The last month that has a row.
pub fn last_month(conn: &mut Conn) -> Result<Option<Month>> {
    let last: Option<NaiveDate> = digests::table.order(digests::month.desc()).select(digests::month).first(conn).optional()?;
    Ok(last.map(Month::of))
}

/// A freezing.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = snapshots, treat_none_as_default_value = false)]
pub struct Snapshot {
    pub digest_id: Id,
    pub revision: i32,
    pub frozen_by: String,
    pub frozen_at: Moment,
    pub sha256: String,
    /// Sealed, as the next.
    counted: String,
    facts: String,
    pub unfrozen_at: Option<Moment>,
    /// The petitions whose ratings make up its satisfaction, sealed; not known of one that was frozen before this was kept.
    rated: Option<String>,
}

impl Snapshot {
    pub fn new(
        vault: &Vault,
        (digest, revision): (&Digest, i32),
        (frozen_by, frozen_at): (String, Moment),
        (counted, facts, rated): (&CountedMonth, &[Fact], &[Id]),
    ) -> Result<Self> {
        let sha256 = counted.hash(digest.month(), revision)?;
        let identity = |column| identity(digest.id, revision, column);
        let (counted, facts) = (vault.seal_json(&identity("counted"), counted)?, vault.seal_json(&identity("facts"), &facts)?);
        let rated = Some(vault.seal_json(&identity("rated"), &rated)?);
        Ok(Self { digest_id: digest.id, revision, frozen_by, frozen_at, sha256, counted, facts, unfrozen_at: None, rated })
    }

    /// The figures that were hashed.
    pub fn counted(&self, vault: &Vault) -> Result<CountedMonth> {
        vault.open_json(&identity(self.digest_id, self.revision, "counted"), self.counted.clone())
    }

    /// The petitions whose ratings make up its satisfaction.
    pub fn rated(&self, vault: &Vault) -> Result<Vec<Id>> {
        let rated = self.rated.clone().map(|kept| vault.open_json(&identity(self.digest_id, self.revision, "rated"), kept));
        Ok(rated.transpose()?.unwrap_or_default())
    }

    /// What each petition counted for.
    pub fn facts(&self, vault: &Vault) -> Result<Vec<Fact>> {
        vault.open_json(&identity(self.digest_id, self.revision, "facts"), self.facts.clone())
    }
}

fn identity(digest: Id, revision: i32, column: &str) -> String {
    format!("petition_digest_snapshots/{digest}/{revision}/{column}")
}

pub fn insert_snapshot(tx: &mut Tx, snapshot: &Snapshot) -> Result<()> {
    diesel::insert_into(snapshots::table).values(snapshot).execute(&mut **tx)?;
    Ok(())
}

/// Notes that a freezing was taken back, which stays as it was.
pub fn note_unfrozen(tx: &mut Tx, digest: &Digest, now: Moment) -> Result<()> {
    let row = snapshots::table.find((digest.id, digest.revision));
    diesel::update(row).set(snapshots::unfrozen_at.eq(Some(now))).execute(&mut **tx)?;
    Ok(())
}

/// Every freezing of a month, the first one first.
pub fn snapshots_of(conn: &mut Conn, digest: Id) -> Result<Vec<Snapshot>> {
    let rows = snapshots::table.filter(snapshots::digest_id.eq(digest)).order(snapshots::revision);
    Ok(rows.select(Snapshot::as_select()).load(conn)?)
}

/// The freezings of months before one that stand, the oldest month first: so many months back.
pub fn earlier(conn: &mut Conn, month: Month, months: u32) -> Result<Vec<(Month, Snapshot)>> {
    let rows = snapshots::table
        .inner_join(digests::table.on(digests::id.eq(snapshots::digest_id)))
        .filter(digests::month.ge(month.before(months).first_day()))
        .filter(digests::month.lt(month.first_day()))
        .filter(snapshots::unfrozen_at.is_null())
        .order(digests::month)
        .select((digests::month, Snapshot::as_select()));
    let rows: Vec<(NaiveDate, Snapshot)> = rows.load(conn)?;
    Ok(rows.into_iter().map(|(month, snapshot)| (Month::of(month), snapshot)).collect())
}

/// What was remarked: on which freezing, what, who, when, and why in the place of what stood there.
pub type RemarksRow = (i32, Option<String>, String, Moment, String);

fn said_identity(digest: Id, place: i32, column: &str) -> String {
    format!("petition_digest_remarks/{digest}/{place}/{column}")
}

/// Adds what a director has remarked on the freezing that stands, which takes the place of what was remarked before.
pub fn add_remarks(tx: &mut Tx, digest: &Digest, said: Option<&str>, by: &str, (reason, now): (&str, Moment)) -> Result<()> {
    let there: i64 = remarks::table.filter(remarks::digest_id.eq(digest.id)).count().get_result(&mut **tx)?;
    let place = i32::try_from(there + 1).unwrap_or(i32::MAX);
    let row = (
        remarks::digest_id.eq(digest.id),
        remarks::place.eq(place),
        remarks::revision.eq(digest.revision),
        remarks::remarks.eq(said.map(|said| tx.seal_text(&said_identity(digest.id, place, "remarks"), said))),
        remarks::said_by.eq(by),
        remarks::said_at.eq(now),
        remarks::reason.eq(tx.seal_text(&said_identity(digest.id, place, "reason"), reason)),
    );
    prepared!(&mut **tx, diesel::insert_into(remarks::table).values(row), execute)?;
    Ok(())
}

/// All that was remarked on a month, in order.
pub fn remarks_of(conn: &mut Conn, vault: &Vault, digest: Id) -> Result<Vec<RemarksRow>> {
    type Kept = (i32, i32, Option<String>, String, Moment, String);
    let rows = remarks::table.filter(remarks::digest_id.eq(digest)).order(remarks::place);
    let columns = (remarks::place, remarks::revision, remarks::remarks, remarks::said_by, remarks::said_at, remarks::reason);
    let rows: Vec<Kept> = rows.select(columns).load(conn)?;
    let open = |(place, revision, said, by, at, reason): Kept| {
        let said = said.map(|said| vault.open_text(&said_identity(digest, place, "remarks"), &said)).transpose()?;
        Ok((revision, said, by, at, vault.open_text(&said_identity(digest, place, "reason"), &reason)?))
    };
    rows.into_iter().map(open).collect()
}

/// A line of the history: number, moment, what, who, why.
pub type HistoryRow = (i32, Moment, String, String, String);

fn reason_identity(digest: Id, line: i32) -> String {
    format!("petition_digest_history/{digest}/{line}/reason")
}

/// Adds a line; the digest's row is locked, or written alone.
pub fn add_line(tx: &mut Tx, digest: Id, action: &str, actor: &str, (reason, now): (&str, Moment)) -> Result<()> {
    let there: i64 = history::table.filter(history::digest_id.eq(digest)).count().get_result(&mut **tx)?;
    let line = i32::try_from(there + 1).unwrap_or(i32::MAX);
    let row = (
        history::digest_id.eq(digest),
        history::line.eq(line),
        history::at.eq(now),
        history::action.eq(action),
        history::actor.eq(actor),
        history::reason.eq(tx.seal_text(&reason_identity(digest, line), reason)),
    );
    diesel::insert_into(history::table).values(row).execute(&mut **tx)?;
    Ok(())
}

/// The latest lines, the oldest of them first.
pub fn lines(conn: &mut Conn, vault: &Vault, digest: Id, most: i64) -> Result<Vec<HistoryRow>> {
    let rows = history::table.filter(history::digest_id.eq(digest)).order(history::line.desc()).limit(most);
    let columns = (history::line, history::at, history::action, history::actor, history::reason);
    let mut rows: Vec<HistoryRow> = rows.select(columns).load(conn)?;
    rows.reverse();
    let open = |(line, at, action, actor, reason): HistoryRow| {
        let reason = vault.open_text(&reason_identity(digest, line), &reason)?;
        Ok((line, at, action, actor, reason))
    };
    rows.into_iter().map(open).collect()
}

/// What petitions count for in a month as far as it has gone: of those that touch it, by clear columns, without opening one.
pub fn facts(conn: &mut Conn, month: Month, now: Moment) -> Result<Vec<Fact>> {
    let span = Span::of(month, now);
    let kept_from_some = petitions::kept_from_some(conn, now)?;
    let mut petitioners: HashMap<String, u32> = HashMap::new();
    let mut all = Vec::new();
    for (period, petition, topic) in petitions::touching(conn, span.from, span.before)? {
        let mut fact = Fact::of(span, &period, &petition, topic);
        if fact.measures.is_empty() {
            continue;
        }
        fact.petitioner = petition.petitioner_index.map(|index| {
            let next = u32::try_from(petitioners.len()).unwrap_or(u32::MAX);
            *petitioners.entry(index).or_insert(next)
        });
        all.push(fact);
    }
    for (petition, topic) in petitions::adopted(conn, span.from, span.before)? {
        all.push(Fact::adopted(&petition, topic, true));
    }
    // A count that all see who see the digest has nothing in it that is kept from one of them.
    all.iter_mut().for_each(|fact| fact.open &= !kept_from_some.contains(&fact.petition));
    Ok(all)
}
