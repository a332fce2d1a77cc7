//! Knowledge answers and their versions in the store.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::content::{KnowledgeInput, LegalGround, searchable};
use super::model::{InquiryTopic, KnowledgeStatus};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, JsonText, Narrow, Tx};
use crate::error::{Code, Result};
use crate::http::{Page, Paging, page_of};
use crate::people::names;
use crate::schema::{knowledge_answers as answers, knowledge_versions as versions};
use crate::{find, prepared, read_page, save};

/// A knowledge answer as kept: what it says stands in its versions, and in its draft.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = answers, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct KnowledgeAnswer {
    pub id: Id,
    pub status: KnowledgeStatus,
    pub topic: InquiryTopic,
    pub owner: Id,
    pub draft: Option<JsonText>,
    /// Who wrote the draft, by their names in the journal.
    pub drafted_by: JsonText,
    /// Number of the latest version; 0 where none was published.
    pub latest: i32,
    pub review_due_on: Option<NaiveDate>,
    /// Why it is to be looked at, where a law has changed.
    pub review_reason: String,
    /// When whoever is in charge was told.
    pub told_at: Option<Moment>,
    pub created_at: Moment,
    pub version: i32,
}

/// One published version, which stays as it is.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = versions, treat_none_as_default_value = false)]
pub struct KnowledgeVersion {
    pub answer_id: Id,
    pub number: i32,
    pub body: JsonText,
    pub search: String,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    /// It was wrong while it stood: answers that cite it are looked at again.
    pub wrong: bool,
    pub published_at: Moment,
}

/// What an answer is called in the journal.
pub fn path(id: Id) -> String {
    format!("knowledge-answers/{id}")
}

impl KnowledgeAnswer {
    pub fn draft(&self) -> Result<Option<KnowledgeInput>> {
        self.draft.as_ref().map(JsonText::read).transpose()
    }

    /// Who wrote the draft, and when: the last time of each day.
    pub fn writers(&self) -> Result<Vec<(String, Moment)>> {
        self.drafted_by.read()
    }

    /// Writes the draft, or writes it anew.
    pub fn write(&mut self, draft: &KnowledgeInput, by: String, now: Moment) -> Result<()> {
        let mut writers = if self.draft.is_some() { self.writers()? } else { Vec::new() };
        // Accounts change hands: what is written on another day may be another's.
        writers.retain(|(writer, at)| *writer != by || at.date() != now.date());
        writers.push((by, now));
        (self.draft, self.drafted_by) = (Some(JsonText::of(draft)?), JsonText::of(&writers)?);
        if self.latest == 0 {
            self.topic = draft.topic;
        }
        self.owner = draft.owner_id.unwrap_or(self.owner);
        Ok(())
    }
}

/// An answer; of two writes that find it one waits for the other.
pub fn find(conn: &mut Conn, id: Id) -> Result<KnowledgeAnswer> {
    let found: Option<KnowledgeAnswer> = find!(conn, answers::table.find(id).select(KnowledgeAnswer::as_select()))?;
    found.ok_or_else(|| Code::NOT_FOUND.into())
}

pub fn insert(tx: &mut Tx, answer: &KnowledgeAnswer) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(answers::table).values(answer), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, answer: &mut KnowledgeAnswer) -> Result<()> {
    save!(tx, answers, answer)
}

/// Publishes a version: those before it end where it begins.
pub fn publish(tx: &mut Tx, version: &KnowledgeVersion) -> Result<()> {
    let before = versions::table.filter(versions::answer_id.eq(version.answer_id));
    let running = versions::valid_to.is_null().or(versions::valid_to.ge(version.valid_from));
    let last = version.valid_from.pred_opt().unwrap_or(version.valid_from);
    diesel::update(before.filter(running)).set(versions::valid_to.eq(Some(last))).execute(&mut **tx)?;
    prepared!(&mut **tx, diesel::insert_into(versions::table).values(version), execute)?;
    Ok(())
}

/// Notes that a version was wrong while it stood.
pub fn mark_wrong(tx: &mut Tx, id: Id, number: i32) -> Result<()> {
    diesel::update(versions::table.find((id, number))).set(versions::wrong.eq(true)).execute(&mut **tx)?;
    Ok(())
}

/// The version of an answer that is true on a day.
pub fn standing(conn: &mut Conn, id: Id, day: NaiveDate) -> Result<Option<KnowledgeVersion>> {
    let valid = versions::table.filter(versions::answer_id.eq(id)).filter(versions::valid_from.le(day));
    let valid = valid.filter(versions::valid_to.is_null().or(versions::valid_to.ge(day)));
    Ok(valid.order(versions::number.desc()).select(KnowledgeVersion::as_select()).first(conn).optional()?)
}

/// The latest version, whether its days have begun or not.
pub fn latest(conn: &mut Conn, answer: &KnowledgeAnswer) -> Result<Option<KnowledgeVersion>> {
    let found = versions::table.find((answer.id, answer.latest)).select(KnowledgeVersion::as_select());
    Ok(found.first(conn).optional()?)
}

/// The versions of an answer, by number.
pub fn versions_of(conn: &mut Conn, id: Id, paging: &Paging) -> Result<Page<KnowledgeVersion>> {
    let rows = || versions::table.filter(versions::answer_id.eq(id));
    let total = paging.total(|| rows().count().get_result(conn))?;
    let rest = rows().filter(versions::number.gt(paging.after_number())).order(versions::number).limit(paging.rows());
    let found = rest.select(KnowledgeVersion::as_select()).load(conn)?;
    Ok(page_of(paging, found, total, |version: &KnowledgeVersion| version.number.to_string()))
}

/// What is looked for among what is published.
pub struct Wanted<'q> {
    pub words: Option<&'q str>,
    pub topic: Option<InquiryTopic>,
    pub day: NaiveDate,
}

/// A page of what is published and true on a day, one version an answer.
pub fn published(conn: &mut Conn, wanted: &Wanted<'_>, paging: &Paging) -> Result<Page<KnowledgeVersion>> {
    let (day, pattern) = (wanted.day, wanted.words.map(|words| format!("%{}%", searchable(words))));
    let matching = || -> versions::BoxedQuery<'_, Backend> {
        let topics = wanted.topic.map_or_else(|| InquiryTopic::ALL.to_vec(), |topic| vec![topic]);
        let open = answers::table.filter(answers::status.eq(KnowledgeStatus::Published)).filter(answers::topic.eq_any(topics));
        let valid = versions::table.filter(versions::answer_id.eq_any(open.select(answers::id)));
        let valid = valid.filter(versions::valid_from.le(day)).into_boxed();
        valid
            .filter(versions::valid_to.is_null().or(versions::valid_to.ge(day)))
            .narrow(pattern.clone(), |pattern| versions::search.like(pattern))
    };
    read_page!(conn, paging, matching, versions::answer_id desc, KnowledgeVersion)
}

/// What the office's own list goes by.
pub struct Kept {
    pub status: Option<KnowledgeStatus>,
    pub topic: Option<InquiryTopic>,
    pub owner: Option<Id>,
    /// Those that are to be looked at by then.
    pub due_by: Option<NaiveDate>,
}

/// A page of all answers, whatever their state.
pub fn kept(conn: &mut Conn, wanted: &Kept, paging: &Paging) -> Result<Page<KnowledgeAnswer>> {
    let matching = || -> answers::BoxedQuery<'_, Backend> {
        let rows = answers::table.into_boxed();
        rows.narrow(wanted.status, |status| answers::status.eq(status))
            .narrow(wanted.topic, |topic| answers::topic.eq(topic))
            .narrow(wanted.owner, |owner| answers::owner.eq(owner))
            .narrow(wanted.due_by, |day| {
                answers::review_due_on.assume_not_null().le(day).and(answers::status.eq(KnowledgeStatus::Published))
            })
    };
    read_page!(conn, paging, matching, answers::id desc, KnowledgeAnswer)
}

/// Published answers of which some version that is true now or later rests on a law.
pub fn resting_on(conn: &mut Conn, law: &str, day: NaiveDate) -> Result<Vec<Id>> {
    let open = answers::table.filter(answers::status.eq(KnowledgeStatus::Published)).select(answers::id);
    let rows = versions::table.filter(versions::answer_id.eq_any(open));
    let rows = rows.filter(versions::valid_to.is_null().or(versions::valid_to.ge(day))).order(versions::answer_id);
    let rows: Vec<KnowledgeVersion> = rows.select(KnowledgeVersion::as_select()).load(conn)?;
    let law = names::folded(law);
    let mut found = Vec::new();
    for row in rows {
        let grounds: Vec<LegalGround> = row.body.read::<KnowledgeInput>()?.legal_grounds;
        if grounds.iter().any(|ground| names::folded(ground.law.as_str()) == law) && found.last() != Some(&row.answer_id) {
            found.push(row.answer_id);
        }
    }
    Ok(found)
}

/// Published answers that are to be looked at and of which nobody was told yet.
pub fn untold(conn: &mut Conn, day: NaiveDate) -> Result<Vec<Id>> {
    let open = answers::table.filter(answers::status.eq(KnowledgeStatus::Published)).filter(answers::told_at.is_null());
    let due = open.filter(answers::review_due_on.assume_not_null().le(day));
    Ok(due.order(answers::id).select(answers::id).limit(200).load(conn)?)
}

/// Notes that whoever is in charge was told, which is no change of the answer.
pub fn note_told(tx: &mut Tx, id: Id, now: Moment) -> Result<()> {
    diesel::update(answers::table.find(id)).set(answers::told_at.eq(Some(now))).execute(&mut **tx)?;
    Ok(())
}

/// Whether a version was found wrong; `None` where none of that number was published. Within a write nobody finds it wrong meanwhile.
pub fn is_wrong(conn: &mut Conn, id: Id, number: i32) -> Result<Option<bool>> {
    Ok(find!(conn, versions::table.find((id, number)).select(versions::wrong))?)
}
