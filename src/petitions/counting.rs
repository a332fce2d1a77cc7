//! Periods of petitions, each from a receipt or a reopening to its end, kept in the clear for whoever counts: a reopened petition has
//! a further one, and the first stays as it was in its month. An end that was a mistake is none, and its period goes on.

use std::collections::{BTreeMap, HashSet};

use diesel::dsl::exists;
use diesel::prelude::*;

use super::handling::Handling;
use super::model::{PetitionChannel, PetitionKind, PetitionStatus, PetitionTopic};
use super::sight::kept_from_some;
use super::steps::{Closing, SentReply};
use super::store::{Petition, REVEALED};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::schema::{petition_history as history, petition_periods as periods, petition_topics as topics, petitions};

/// A period as kept.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = periods, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct PetitionPeriod {
    pub petition_id: Id,
    /// 1 for the first.
    pub place: i32,
    /// Of the first the receipt, of others when it was taken up again.
    pub began_at: Moment,
    /// The limit; of a period that has ended that of then, by the calendar as it stands.
    pub due_at: Option<Moment>,
    pub first_reply_at: Option<Moment>,
    /// When the final reply was sent that stands.
    pub answered_at: Option<Moment>,
    pub extended_at: Option<Moment>,
    pub ended_at: Option<Moment>,
    pub ended_as: Option<PetitionStatus>,
}

/// A period as the handling of its petition tells it: the end that it has, and when one before it was put right.
struct Told<'h> {
    end: Option<&'h Closing>,
    undone_at: Option<Moment>,
}

/// The periods that a handling tells of. An end that was a mistake has ended none: that period goes on.
fn told<'h>(petition: &Petition, handling: &'h Handling) -> Vec<Told<'h>> {
    let mut all = Vec::new();
    let mut undone_at = None;
    for closing in &handling.closings {
        if closing.undone_at.is_some() {
            undone_at = closing.undone_at;
        } else {
            all.push(Told { end: Some(closing), undone_at: undone_at.take() });
        }
    }
    if petition.closed_at.is_none() {
        all.push(Told { end: None, undone_at });
    }
    all
}

impl Told<'_> {
    /// The same as a row. What came before it began, or after it ended, is another one's. It is answered by the last reply that stands, and
    /// not while it is open again.
    fn row(
        &self,
        petition: &Petition,
        handling: &Handling,
        (place, kept, now): (i32, Option<&PetitionPeriod>, Moment),
    ) -> PetitionPeriod {
        let began_at = if place == 1 { petition.received_at } else { kept.map_or(now, |kept| kept.began_at) };
        let is_within = |at: Moment| (place == 1 || at >= began_at) && self.end.is_none_or(|end| at <= end.at);
        let mut replies = handling.replies.iter().filter(|reply| is_within(reply.sent_at));
        let is_open = self.end.is_none() && PetitionStatus::OPEN.contains(&petition.status);
        let is_answer = |reply: &&SentReply| !is_open && reply.answers() && self.undone_at.is_none_or(|at| reply.sent_at >= at);
        let running = match self.end {
            Some(end) => end.period.checked_sub(1).and_then(|at| handling.periods.get(at)),
            None => handling.periods.last(),
        };
        PetitionPeriod {
            petition_id: petition.id,
            place,
            began_at,
            due_at: self.end.map_or(petition.due_at, |end| end.due_at),
            answered_at: replies.clone().rfind(is_answer).map(|reply| reply.sent_at),
            first_reply_at: replies.next().map(|reply| reply.sent_at),
            extended_at: running.and_then(|period| period.extended_at).filter(|at| is_within(*at)),
            ended_at: self.end.map(|end| end.at),
            ended_as: self.end.map(|end| end.status),
        }
    }
}

/// Keeps the periods of a petition as its handling tells them, whenever it is saved; its row is locked.
pub fn keep(tx: &mut Tx, petition: &Petition, handling: &Handling) -> Result<()> {
    let now = tx.origin().at;
    if was_never_in(petition, handling) {
        diesel::delete(periods::table.filter(periods::petition_id.eq(petition.id))).execute(&mut **tx)?;
        return Ok(());
    }
    let kept = periods::table.filter(periods::petition_id.eq(petition.id)).order(periods::place);
    let kept: Vec<PetitionPeriod> = kept.select(PetitionPeriod::as_select()).load(&mut **tx)?;
    for (place, told) in (1..).zip(told(petition, handling)) {
        let kept = kept.iter().find(|kept| kept.place == place);
        put(tx, kept, &told.row(petition, handling, (place, kept, now)))?;
    }
    Ok(())
}

fn put(tx: &mut Tx, kept: Option<&PetitionPeriod>, period: &PetitionPeriod) -> Result<()> {
    match kept {
        None => _ = diesel::insert_into(periods::table).values(period).execute(&mut **tx)?,
        Some(kept) if kept == period => {}
        Some(_) => {
            let row = periods::table.find((period.petition_id, period.place));
            diesel::update(row).set(period).execute(&mut **tx)?;
        }
    }
    Ok(())
}

/// What a count goes by of a petition.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = petitions)]
pub struct CountedPetition {
    pub id: Id,
    pub kind: PetitionKind,
    pub channel: PetitionChannel,
    pub petitioner_index: Option<String>,
    confidential: bool,
    names_staff: bool,
    guarded: bool,
}

impl CountedPetition {
    /// One of which only the key matters.
    #[cfg(test)]
    pub fn invented(id: Id) -> Self {
        let (kind, channel) = (PetitionKind::Inquiry, PetitionChannel::Letter);
        Self { id, kind, channel, petitioner_index: None, confidential: false, names_staff: false, guarded: false }
    }

    /// Whether everybody sees it who handles petitions, but for those whose own matter it is.
    pub fn is_open(&self) -> bool {
        !(self.confidential || self.names_staff || self.guarded)
    }
}

/// Petitions that nobody has confirmed or signed yet have not come in.
const NOT_IN: [PetitionStatus; 2] = [PetitionStatus::AwaitingConfirmation, PetitionStatus::AwaitingSignature];

/// Whether a petition was withdrawn before it had come in: it has no period, and counts nowhere, as before.
fn was_never_in(petition: &Petition, handling: &Handling) -> bool {
    let from = handling.ended.as_ref().map(|ended| ended.from);
    petition.status == PetitionStatus::Withdrawn && from.is_some_and(|from| NOT_IN.contains(&from))
}

/// A period with its petition and what that is about.
pub type Counted = (PetitionPeriod, CountedPetition, Option<PetitionTopic>);

/// The periods that a stretch of time touches, by clear columns alone. What was entered twice by mistake is one petition.
pub fn touching(conn: &mut Conn, from: Moment, before: Moment) -> Result<Vec<Counted>> {
    let rows = periods::table
        .inner_join(petitions::table.on(petitions::id.eq(periods::petition_id)))
        .left_join(topics::table.on(topics::petition_id.eq(periods::petition_id)))
        .filter(petitions::status.ne_all(NOT_IN))
        .filter(petitions::entered_twice.eq(false))
        .filter(periods::began_at.lt(before))
        .filter(periods::ended_at.is_null().or(periods::ended_at.ge(from)))
        .order((periods::petition_id, periods::place));
    let columns = (PetitionPeriod::as_select(), CountedPetition::as_select(), topics::topic.nullable());
    Ok(rows.select(columns).load(conn)?)
}

/// How the history tells that a suggestion was adopted, and that it is dropped after all.
const ADOPTED: &str = "suggestion_adopted";
const DROPPED: &str = "suggestion_dropped";

/// The suggestions that were adopted within a stretch of time and not dropped within it again.
pub fn adopted(conn: &mut Conn, from: Moment, before: Moment) -> Result<Vec<(CountedPetition, Option<PetitionTopic>)>> {
    let lines = history::table.filter(history::action.eq_any([ADOPTED, DROPPED]));
    let lines = lines.filter(history::at.ge(from)).filter(history::at.lt(before));
    let lines = lines.order((history::petition_id, history::line)).select((history::petition_id, history::action));
    let mut last: BTreeMap<Id, String> = BTreeMap::new();
    last.extend(lines.load::<(Id, String)>(conn)?);
    let ids: Vec<Id> = last.into_iter().filter(|(_, action)| action == ADOPTED).map(|(id, _)| id).collect();
    let rows = petitions::table
        .left_join(topics::table.on(topics::petition_id.eq(petitions::id)))
        .filter(petitions::id.eq_any(ids))
        .filter(petitions::entered_twice.eq(false))
        .order(petitions::id);
    Ok(rows.select((CountedPetition::as_select(), topics::topic.nullable())).load(conn)?)
}

/// The number of each of these petitions, and when it was last acted on; to be told who petitions is no act.
pub fn last_acts(conn: &mut Conn, ids: &[Id]) -> Result<BTreeMap<Id, (String, Moment)>> {
    let mut all = BTreeMap::new();
    for some in ids.chunks(ASKED) {
        let lines = history::table
            .inner_join(petitions::table.on(petitions::id.eq(history::petition_id)))
            .filter(history::petition_id.eq_any(some.to_vec()))
            .filter(history::action.ne(REVEALED))
            .order((history::petition_id, history::line))
            .select((history::petition_id, petitions::number, history::at));
        let lines: Vec<(Id, String, Moment)> = lines.load(conn)?;
        all.extend(lines.into_iter().map(|(id, number, at)| (id, (number, at))));
    }
    Ok(all)
}

/// Petitions that are asked for at once.
const ASKED: usize = 1000;

/// The first petition that everybody sees who handles petitions: when it was received.
pub fn first_received(conn: &mut Conn, now: Moment) -> Result<Option<Moment>> {
    let kept = kept_from_some(conn, now)?;
    let mut passed = 0;
    loop {
        let open = petitions::table.filter(petitions::confidential.eq(false)).filter(petitions::names_staff.eq(false));
        let open = open.filter(petitions::guarded.eq(false)).filter(petitions::status.ne_all(NOT_IN));
        let open = open.filter(exists(periods::table.filter(periods::petition_id.eq(petitions::id))));
        let rows = open.order((petitions::received_at, petitions::id)).offset(passed).limit(50);
        let rows: Vec<(Id, Moment)> = rows.select((petitions::id, petitions::received_at)).load(conn)?;
        if rows.is_empty() {
            return Ok(None);
        }
        if let Some((_, at)) = rows.iter().find(|(id, _)| !kept.contains(id)) {
            return Ok(Some(*at));
        }
        passed += 50;
    }
}

/// Those of these petitions that everybody sees who handles petitions.
pub fn still_open(conn: &mut Conn, now: Moment, ids: &[Id]) -> Result<HashSet<Id>> {
    let mut all = HashSet::new();
    if ids.is_empty() {
        return Ok(all);
    }
    let kept = kept_from_some(conn, now)?;
    for some in ids.chunks(ASKED) {
        let rows = petitions::table.filter(petitions::id.eq_any(some.to_vec())).order(petitions::id);
        let rows: Vec<CountedPetition> = rows.select(CountedPetition::as_select()).load(conn)?;
        all.extend(rows.into_iter().filter(|row| row.is_open() && !kept.contains(&row.id)).map(|row| row.id));
    }
    Ok(all)
}

/// What a petition is about.
pub fn topic_of(conn: &mut Conn, id: Id) -> Result<Option<PetitionTopic>> {
    Ok(topics::table.find(id).select(topics::topic).first(conn).optional()?)
}

/// Says what a petition is about, in the place of what was said before.
pub fn put_topic(tx: &mut Tx, id: Id, topic: PetitionTopic) -> Result<()> {
    let row = (topics::petition_id.eq(id), topics::topic.eq(topic));
    diesel::delete(topics::table.find(id)).execute(&mut **tx)?;
    diesel::insert_into(topics::table).values(row).execute(&mut **tx)?;
    Ok(())
}
