//! Periods of petitions, each from a receipt or a reopening to its end, kept in the clear for whoever counts: a reopened petition has
//! a further one, and the first stays as it was in its month.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::handling::Handling;
use super::model::{PetitionChannel, PetitionKind, PetitionStatus, PetitionTopic, ReplyKind};
use super::store::Petition;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Tx};
use crate::error::Result;
use crate::schema::{petition_history as history, petition_periods as periods, petition_topics as topics, petitions};

/// A period as kept.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = periods, treat_none_as_null = true)]
pub struct PetitionPeriod {
    pub petition_id: Id,
    /// 1 for the first.
    pub place: i32,
    /// Of the first the receipt, of others the reopening.
    pub began_at: Moment,
    /// The limit; of a period that has ended as it was then.
    pub due_at: Option<Moment>,
    pub first_reply_at: Option<Moment>,
    /// When the final reply was sent.
    pub answered_at: Option<Moment>,
    pub extended_at: Option<Moment>,
    pub ended_at: Option<Moment>,
    pub ended_as: Option<PetitionStatus>,
}

impl PetitionPeriod {
    fn new(petition_id: Id, place: i32, began_at: Moment) -> Self {
        let (due_at, first_reply_at, answered_at) = (None, None, None);
        Self {
            petition_id,
            place,
            began_at,
            due_at,
            first_reply_at,
            answered_at,
            extended_at: None,
            ended_at: None,
            ended_as: None,
        }
    }

    /// Notes what was replied and extended since it began.
    fn follow(&mut self, handling: &Handling) {
        let replies = || handling.replies.iter().filter(|reply| self.place == 1 || reply.sent_at >= self.began_at);
        let first = replies().next().map(|reply| reply.sent_at);
        let answered = replies().find(|reply| reply.kind == ReplyKind::Final).map(|reply| reply.sent_at);
        (self.first_reply_at, self.answered_at) = (first, answered);
        // One that ends by a reopening keeps the extension that it had.
        self.extended_at = handling.extension.as_ref().and_then(|one| one.approved_at).or(self.extended_at);
    }
}

fn of_petition(conn: &mut Conn, id: Id, place: i32) -> Result<Option<PetitionPeriod>> {
    let found = periods::table.filter(periods::petition_id.eq(id)).filter(periods::place.eq(place));
    Ok(found.select(PetitionPeriod::as_select()).first(conn).optional()?)
}

/// Keeps the periods of a petition as its handling tells them; its row is locked.
pub fn keep(tx: &mut Tx, petition: &Petition, handling: &Handling, now: Moment) -> Result<()> {
    let ended = i32::try_from(handling.closings.len()).unwrap_or(i32::MAX);
    if let Some(closing) = handling.closings.last() {
        let kept = of_petition(tx, petition.id, ended)?;
        if kept.as_ref().is_none_or(|period| period.ended_at.is_none()) {
            let begun = if ended == 1 { petition.received_at } else { now };
            let mut period = kept.clone().unwrap_or_else(|| PetitionPeriod::new(petition.id, ended, begun));
            period.follow(handling);
            period.due_at = closing.due_at;
            (period.ended_at, period.ended_as) = (Some(closing.at), Some(closing.status));
            put(tx, kept.as_ref(), &period)?;
        }
    }
    if petition.closed_at.is_none() {
        let place = ended.saturating_add(1);
        let kept = of_petition(tx, petition.id, place)?;
        let begun = if place == 1 { petition.received_at } else { now };
        let mut period = kept.clone().unwrap_or_else(|| PetitionPeriod::new(petition.id, place, begun));
        period.follow(handling);
        period.due_at = petition.due_at;
        put(tx, kept.as_ref(), &period)?;
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
    status: PetitionStatus,
}

impl CountedPetition {
    /// One of which only the key matters.
    #[cfg(test)]
    pub fn invented(id: Id) -> Self {
        let (kind, channel, status) = (PetitionKind::Inquiry, PetitionChannel::Letter, PetitionStatus::Received);
        Self { id, kind, channel, petitioner_index: None, confidential: false, names_staff: false, status }
    }

    /// Whether everybody sees it who handles petitions, but for those whose own matter it is.
    pub fn is_open(&self) -> bool {
        !(self.confidential || self.names_staff || self.kind == PetitionKind::Report && self.status.is_early())
    }
}

/// Petitions that nobody has confirmed or signed yet have not come in.
const NOT_IN: [PetitionStatus; 2] = [PetitionStatus::AwaitingConfirmation, PetitionStatus::AwaitingSignature];

/// A period with its petition and what that is about.
pub type Counted = (PetitionPeriod, CountedPetition, Option<PetitionTopic>);

/// The periods that a stretch of time touches, by clear columns alone.
pub fn touching(conn: &mut Conn, from: Moment, before: Moment) -> Result<Vec<Counted>> {
    let rows = periods::table
        .inner_join(petitions::table.on(petitions::id.eq(periods::petition_id)))
        .left_join(topics::table.on(topics::petition_id.eq(periods::petition_id)))
        .filter(petitions::status.ne_all(NOT_IN))
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
        .order(petitions::id);
    Ok(rows.select((CountedPetition::as_select(), topics::topic.nullable())).load(conn)?)
}

/// The number of each of these petitions, and when it was last acted on.
pub fn last_acts(conn: &mut Conn, ids: &[Id]) -> Result<BTreeMap<Id, (String, Moment)>> {
    let mut all = BTreeMap::new();
    for some in ids.chunks(1000) {
        let lines = history::table
            .inner_join(petitions::table.on(petitions::id.eq(history::petition_id)))
            .filter(history::petition_id.eq_any(some.to_vec()))
            .order((history::petition_id, history::line))
            .select((history::petition_id, petitions::number, history::at));
        let lines: Vec<(Id, String, Moment)> = lines.load(conn)?;
        all.extend(lines.into_iter().map(|(id, number, at)| (id, (number, at))));
    }
    Ok(all)
}

/// The first petition that everybody sees who handles petitions: when it was received.
pub fn first_received(conn: &mut Conn) -> Result<Option<Moment>> {
    let open: petitions::BoxedQuery<'_, Backend> = petitions::table.into_boxed();
    let open = open.filter(petitions::confidential.eq(false)).filter(petitions::names_staff.eq(false));
    let open = open.filter(petitions::status.ne_all(PetitionStatus::EARLY)).order(petitions::received_at);
    Ok(open.select(petitions::received_at).first(conn).optional()?)
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
