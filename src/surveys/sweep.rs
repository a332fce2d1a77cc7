//! What surveys do by themselves: they invite whoever had a service, they close after their last day, and their words are deleted in time.

use chrono::Duration;

use super::acts::tell;
use super::invitations;
use super::model::SurveyAct;
use super::settings::SurveySettings;
use super::store::{self, Survey};
use super::view::ends_on;
use crate::clock::Moment;
use crate::db::{Conn, Record, Tx};
use crate::error::Result;
use crate::node::Node;
use crate::scheduling::Plans;

/// Surveys whose last day is over, by the calendar as it stands.
fn ended(conn: &mut Conn, node: &Node, now: Moment) -> Result<Vec<Survey>> {
    let past = store::past(conn, now.date())?;
    if past.is_empty() {
        return Ok(past);
    }
    let plan = node.part::<Plans>().at(conn)?;
    Ok(past.into_iter().filter(|survey| ends_on(&plan.calendar, survey) < now.date()).collect())
}

fn with_old_words(conn: &mut Conn, node: &Node, now: Moment) -> Result<Vec<Survey>> {
    store::with_old_words(conn, now - Duration::days(node.config.of::<SurveySettings>().survey_words_kept_days))
}

pub fn any_due(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    let is_ended = !ended(conn, node, now)?.is_empty() || !with_old_words(conn, node, now)?.is_empty();
    Ok(is_ended || !invitations::due(conn, node, now)?.is_empty() || invitations::any_to_forget(conn, node, now)?)
}

pub fn sweep(tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
    for mut survey in ended(tx, node, now)? {
        survey.status = SurveyAct::End.apply(survey.status)?;
        survey.closed_at = Some(now);
        store::save(tx, &mut survey)?;
        invitations::stop(tx, node, survey.id)?;
        tell(tx, node, &survey, SurveyAct::End, "")?;
    }
    for survey in invitations::due(tx, node, now)? {
        invitations::send(tx, node, &survey, now)?;
    }
    invitations::forget(tx, node, now)?;
    for mut survey in with_old_words(tx, node, now)? {
        let mut kept = store::open_box(tx, &node.vault, survey.id)?;
        if kept.forget_words() {
            store::save_box(tx, &node.vault, survey.id, &kept)?;
        }
        survey.words_deleted_on = Some(now.date());
        store::save(tx, &mut survey)?;
        tx.record(Record::change("survey.words_deleted", store::path(survey.id), serde_json::json!({})));
    }
    Ok(())
}
