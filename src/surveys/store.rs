//! Surveys in the store: the form, and the one box that holds all that is kept of its answers.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::counting::AnswerBox;
use super::form::SurveyInput;
use super::model::{Readings, SurveyStatus};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, JsonText, Narrow, Tx};
use crate::error::{Code, Error, Result};
use crate::http::{Page, Paging};
use crate::schema::{survey_boxes, surveys};
use crate::secrets::vault::Vault;
use crate::{find, read_page, save};

/// A survey as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = surveys, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Survey {
    pub id: Id,
    pub status: SurveyStatus,
    pub form: JsonText,
    pub opens_on: NaiveDate,
    pub closes_on: NaiveDate,
    /// Everybody who wrote it, by their names in the journal.
    pub written_by: JsonText,
    pub opened_by: Option<String>,
    pub created_at: Moment,
    pub opened_at: Option<Moment>,
    pub closed_at: Option<Moment>,
    /// By what its results are read, from its opening on.
    pub readings: Option<JsonText>,
    pub results_shown: bool,
    pub words_deleted_on: Option<NaiveDate>,
    pub version: i32,
    /// The last day about whose services was asked, from its opening on; none where it sends no invitations.
    pub asked_through: Option<NaiveDate>,
    pub invitations_paused_at: Option<Moment>,
    /// Invitations that have gone out and did not come back.
    pub invited: i32,
}

/// What a survey is called in the journal.
pub fn path(id: Id) -> String {
    format!("surveys/{id}")
}

impl Survey {
    /// A new draft.
    pub fn draft(form: &SurveyInput, by: String, now: Moment) -> Result<Self> {
        Ok(Self {
            id: Id::new(now),
            status: SurveyStatus::Draft,
            form: JsonText::of(form)?,
            opens_on: form.opens_on,
            closes_on: form.closes_on,
            written_by: JsonText::of(&[(by, now)])?,
            opened_by: None,
            created_at: now,
            opened_at: None,
            closed_at: None,
            readings: None,
            results_shown: false,
            words_deleted_on: None,
            version: 1,
            asked_through: None,
            invitations_paused_at: None,
            invited: 0,
        })
    }

    /// What it asks. Its last day is the row's own: a survey that is opened again may have another.
    pub fn form(&self) -> Result<SurveyInput> {
        Ok(SurveyInput { closes_on: self.closes_on, ..self.form.read()? })
    }

    /// Rewrites a draft.
    pub fn write(&mut self, form: &SurveyInput, by: String, now: Moment) -> Result<()> {
        let mut writers = self.writers()?;
        // Accounts change hands: what is written on another day may be another's.
        writers.retain(|(writer, at)| *writer != by || at.date() != now.date());
        writers.push((by, now));
        (self.form, self.written_by) = (JsonText::of(form)?, JsonText::of(&writers)?);
        (self.opens_on, self.closes_on) = (form.opens_on, form.closes_on);
        Ok(())
    }

    /// Who wrote it, and when: the last time of each day.
    pub fn writers(&self) -> Result<Vec<(String, Moment)>> {
        self.written_by.read()
    }

    /// Whether it sends invitations, as long as it is open.
    pub fn invites(&self) -> bool {
        self.asked_through.is_some() && self.invitations_paused_at.is_none()
    }

    /// Lets it, where it sends invitations, ask about no services of before a day.
    pub fn ask_from(&mut self, day: NaiveDate) {
        self.asked_through = self.asked_through.map(|through| through.max(day.pred_opt().unwrap_or(day)));
    }

    /// How many tokens were given out and invitations have gone out.
    pub fn issued(&self, kept: &AnswerBox) -> u32 {
        kept.issued.saturating_add(u32::try_from(self.invited).unwrap_or(0))
    }

    /// By what its results are read; a draft has none yet.
    pub fn readings(&self) -> Result<Readings> {
        let kept = self.readings.as_ref().ok_or_else(|| Error::Internal(format!("{} has no readings", path(self.id))))?;
        kept.read()
    }
}

/// A survey; of two writes that find it one waits for the other.
pub fn find(conn: &mut Conn, id: Id) -> Result<Survey> {
    let found: Option<Survey> = find!(conn, surveys::table.find(id).select(Survey::as_select()))?;
    found.ok_or_else(|| Code::NOT_FOUND.into())
}

pub fn insert(tx: &mut Tx, survey: &Survey) -> Result<()> {
    diesel::insert_into(surveys::table).values(survey).execute(&mut **tx)?;
    Ok(())
}

pub fn save(tx: &mut Tx, survey: &mut Survey) -> Result<()> {
    save!(tx, surveys, survey)
}

/// Notes that the results were shown, which is no change of the survey.
pub fn note_shown(tx: &mut Tx, id: Id) -> Result<()> {
    diesel::update(surveys::table.find(id)).set(surveys::results_shown.eq(true)).execute(&mut **tx)?;
    Ok(())
}

/// Counts an invitation that has gone out, or one less that came back; once the results were shown no more.
pub fn count_invited(tx: &mut Tx, id: Id, more: i32) -> Result<()> {
    let unseen = surveys::table.find(id).filter(surveys::results_shown.eq(false));
    diesel::update(unseen).set(surveys::invited.eq(surveys::invited + more)).execute(&mut **tx)?;
    Ok(())
}

/// Notes about the services of which day was asked, which is no change of the survey.
pub fn note_asked(tx: &mut Tx, id: Id, day: NaiveDate) -> Result<()> {
    diesel::update(surveys::table.find(id)).set(surveys::asked_through.eq(day)).execute(&mut **tx)?;
    Ok(())
}

/// Surveys that send invitations, or did.
pub fn inviting(conn: &mut Conn) -> Result<Vec<Id>> {
    Ok(surveys::table.filter(surveys::asked_through.is_not_null()).order(surveys::id).select(surveys::id).load(conn)?)
}

/// Open surveys that send invitations and have not asked about the services of a day.
pub fn asking(conn: &mut Conn, day: NaiveDate) -> Result<Vec<Survey>> {
    let open = surveys::table.filter(surveys::status.eq(SurveyStatus::Open)).filter(surveys::invitations_paused_at.is_null());
    let asking = open.filter(surveys::asked_through.lt(day)).order(surveys::id);
    Ok(asking.select(Survey::as_select()).load(conn)?)
}

/// A page of surveys, the newest first; only those that everybody sees, or all.
pub fn list(conn: &mut Conn, (status, all): (Option<SurveyStatus>, bool), paging: &Paging) -> Result<Page<Survey>> {
    let public = SurveyStatus::ALL.iter().copied().filter(|status| status.is_public()).collect::<Vec<_>>();
    let matching = || -> surveys::BoxedQuery<'_, Backend> {
        let rows = surveys::table.into_boxed();
        rows.narrow((!all).then_some(public.clone()), |public| surveys::status.eq_any(public))
            .narrow(status, |status| surveys::status.eq(status))
    };
    read_page!(conn, paging, matching, surveys::id desc, Survey)
}

/// Open surveys whose last day is before a day.
pub fn past(conn: &mut Conn, today: NaiveDate) -> Result<Vec<Survey>> {
    let open = surveys::table.filter(surveys::status.eq(SurveyStatus::Open)).filter(surveys::closes_on.lt(today));
    Ok(open.order(surveys::id).select(Survey::as_select()).load(conn)?)
}

/// Surveys that closed before a moment and still have words.
pub fn with_old_words(conn: &mut Conn, before: Moment) -> Result<Vec<Survey>> {
    let ended = [SurveyStatus::Closed, SurveyStatus::Archived];
    let old = surveys::table.filter(surveys::status.eq_any(ended)).filter(surveys::words_deleted_on.is_null());
    let old = old.filter(surveys::closed_at.lt(before));
    Ok(old.order(surveys::id).select(Survey::as_select()).load(conn)?)
}

fn box_identity(id: Id) -> String {
    format!("survey_boxes/{id}/kept")
}

/// The box of a survey that was opened; within a write nobody else adds to it meanwhile.
pub fn open_box(conn: &mut Conn, vault: &Vault, id: Id) -> Result<AnswerBox> {
    let kept: Option<String> = find!(conn, survey_boxes::table.find(id).select(survey_boxes::kept))?;
    kept.map_or_else(|| Ok(AnswerBox::default()), |kept| vault.open_json(&box_identity(id), kept))
}

/// Puts an empty box beside a survey that opens.
pub fn insert_box(tx: &mut Tx, vault: &Vault, id: Id) -> Result<()> {
    let kept = vault.seal_json(&box_identity(id), &AnswerBox::default())?;
    let row = (survey_boxes::survey_id.eq(id), survey_boxes::kept.eq(kept));
    diesel::insert_into(survey_boxes::table).values(row).execute(&mut **tx)?;
    Ok(())
}

/// Writes the whole box: the one row that an answer leaves. What stood there before is forgotten: two boxes that follow each other
/// would tell what came between them.
pub fn save_box(tx: &mut Tx, vault: &Vault, id: Id, kept: &AnswerBox) -> Result<()> {
    tx.forget_past("survey_boxes");
    let kept = vault.seal_json(&box_identity(id), kept)?;
    diesel::update(survey_boxes::table.find(id)).set(survey_boxes::kept.eq(kept)).execute(&mut **tx)?;
    Ok(())
}
