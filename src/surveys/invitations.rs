//! Invitations by e-mail after a service: those of a day in one batch on the next, in an order that is by chance. Nothing joins whoever was
//! invited to their token: it stands in the mail alone, whose text is gone once the relay has it.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate, Timelike};
use serde_json::json;
use uuid::Uuid;

use super::choices::code_of;
use super::form::SurveyInput;
use super::model::SurveyChannel;
use super::served::{self, Served};
use super::settings::SurveySettings;
use super::store::{self, Survey};
use super::tokens::{new_token, record_index};
use super::view::{ends_on, takes_answers};
use crate::auth::Involved;
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Language, Result};
use crate::mail::{self, Mail, MailNews, MailStatus, MailStop, Matter};
use crate::node::Node;
use crate::people::Email;
use crate::scheduling::Plans;
use crate::secrets::vault::random_digits;

/// Mail about surveys: nobody is shown to whom any went, and the feed tells of none.
pub const MATTER: Matter = Matter {
    withheld: |_, _| Ok(true),
    take: |tx, id| store::find(tx, id).map(drop),
    follow,
    ..Matter::of("surveys", |_, _, _, _| Ok(Vec::new()), |_, _, _| Ok(Involved::default()))
};

/// Counts an invitation once it has gone out, and not where it comes back; its token is then in the mailbox alone.
fn follow(tx: &mut Tx, _: &Node, id: Id, news: &MailNews) -> Result<()> {
    match news.status {
        MailStatus::Sent => {
            store::count_invited(tx, id, 1)?;
            mail::empty_text(tx, news.mail_id)
        }
        MailStatus::Bounced => {
            store::count_invited(tx, id, -1)?;
            mail::remove(tx, news.mail_id)
        }
        MailStatus::Failed | MailStatus::Stopped => mail::remove(tx, news.mail_id),
        MailStatus::Waiting | MailStatus::Settled => Ok(()),
    }
}

/// Stops what waits of a survey's invitations. What is on its way already is followed when that is known.
pub fn stop(tx: &mut Tx, node: &Node, survey: Id) -> Result<()> {
    for waiting in mail::waiting(tx, &store::path(survey))? {
        if mail::stop(tx, node, waiting, MailStop::Outdated)? {
            mail::remove(tx, waiting)?;
        }
    }
    Ok(())
}

/// Surveys that have to ask about the services of a day that is over.
pub fn due(conn: &mut Conn, node: &Node, now: Moment) -> Result<Vec<Survey>> {
    let (today, hour) = (now.date(), now.time().hour());
    let asking = match today.pred_opt() {
        Some(yesterday) if hour >= node.config.of::<SurveySettings>().survey_invitation_hour => store::asking(conn, yesterday)?,
        _ => Vec::new(),
    };
    if asking.is_empty() {
        return Ok(asking);
    }
    let plan = node.part::<Plans>().at(conn)?;
    Ok(asking.into_iter().filter(|survey| takes_answers(&plan.calendar, survey, today)).collect())
}

/// Invites whoever had a service of a survey on the next day about which it has not asked, in the transaction that notes that it has.
pub fn send(tx: &mut Tx, node: &Node, survey: &Survey, now: Moment) -> Result<()> {
    let Some(day) = survey.asked_through.and_then(|through| through.succ_opt()) else { return Ok(()) };
    store::note_asked(tx, survey.id, day)?;
    let invited = choose(tx, node, survey, (day, now.date()))?;
    if invited.is_empty() {
        return Ok(());
    }
    let plan = node.part::<Plans>().at(tx)?;
    let until = ends_on(&plan.calendar, survey);
    let form = survey.form()?;
    for email in &invited {
        write(tx, node, (survey.id, &form, until), email)?;
    }
    let count = json!({"count": invited.len()});
    tx.record(Record::change("survey.invitations_written", store::path(survey.id), count));
    Ok(())
}

/// Who is invited after the services of a day: each once, drawn by chance, and no more than the survey takes answers.
fn choose(tx: &mut Tx, node: &Node, survey: &Survey, (day, today): (NaiveDate, NaiveDate)) -> Result<Vec<Email>> {
    let settings = node.config.of::<SurveySettings>();
    let mut all: Vec<Served> = Vec::new();
    for service in survey.form()?.sent_after {
        all.extend(served::on(tx, node, service, day)?);
    }
    all.sort_by_cached_key(|_| Uuid::new_v4());
    let mut kept = store::open_box(tx, &node.vault, survey.id)?;
    let waiting = u32::try_from(mail::waiting(tx, &store::path(survey.id))?.len()).unwrap_or(u32::MAX);
    let out = survey.issued(&kept).saturating_add(waiting);
    let room = usize::try_from(settings.survey_answers_at_most.saturating_sub(out)).unwrap_or(usize::MAX);
    let (mut invited, mut asked, mut met) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for one in all {
        if invited.len() >= room {
            break;
        }
        // Whoever had two services that day is drawn once.
        let known_as = one.known_as(tx, node)?;
        let is_another = known_as.is_disjoint(&met);
        met.extend(known_as.iter().cloned());
        if !is_another || served::was_asked(tx, node, &known_as, today)? || !one.may_be_asked(tx, node, today)? {
            continue;
        }
        let index = record_index(&node.vault, survey.id, (one.service, one.id));
        if is_drawn(settings.survey_invited_percent) && kept.invited.insert(index) {
            asked.extend(known_as);
            invited.push(one.email);
        }
    }
    if !invited.is_empty() {
        served::note_asked(tx, node, &asked, today)?;
        store::save_box(tx, &node.vault, survey.id, &kept)?;
    }
    Ok(invited)
}

/// Whether somebody is among so many of a hundred.
fn is_drawn(percent: u32) -> bool {
    random_digits(2).parse::<u32>().is_ok_and(|drawn| drawn < percent)
}

/// Writes one invitation: it says nothing of the service, nor of whoever had it.
fn write(tx: &mut Tx, node: &Node, (survey, form, until): (Id, &SurveyInput, NaiveDate), to: &Email) -> Result<()> {
    let token = new_token(&node.vault, survey, SurveyChannel::Token);
    let code = code_of(&node.vault, to);
    let page = node.config.of::<SurveySettings>().survey_page.clone();
    let page = page.unwrap_or_else(|| format!("{}/surveys/answer", node.config.issuer()));
    // What stands behind the `#` is not sent to any server, and so in no log.
    let link = format!("{page}#{survey}.{token}.{code}");
    let (zh, en) = (plain(&form.title.zh), plain(&form.title.en));
    let text = format!(
        "您好：\n\n您最近曾洽本所辦理業務，誠摯邀請您填寫「{zh}」，至 {until} 止：\n\n{link}\n\n作答代碼：{token}\n\n\
         本問卷不具名，代碼僅得使用一次；本所無從得知何人作答、作答為何。如不願再受邀，請於同一網頁點選，\
         或告知本所（婉拒碼：{code}）。\n\n\
         ----\n\nYou recently came to us for a service. We invite you to answer \"{en}\", until {until}, by the link above.\n\
         The survey is anonymous, and the code ({token}) is good for one answer: the office cannot learn who has answered, nor what.\n\
         If you want no more invitations, choose so on the same page, or tell the office (code: {code}).\n"
    );
    let (subject, quoted) = ("邀請您填寫問卷 / An invitation to a survey", [zh.as_str(), en.as_str()]);
    let about = store::path(survey);
    mail::send(tx, node, &Mail { to, language: Language::Chinese, subject, text: &text, quoted: &quoted, about: &about })
        .map(drop)
}

/// Words as they stand in one line of a mail.
fn plain(words: &str) -> String {
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn forgotten(conn: &mut Conn, node: &Node, now: Moment) -> Result<Vec<Id>> {
    let days = Duration::days(node.config.of::<SurveySettings>().survey_bounce_days);
    let inviting: Vec<String> = store::inviting(conn)?.into_iter().map(store::path).collect();
    mail::sent_before(conn, &inviting, now - days)
}

/// Whether it is kept to which address an invitation went that is not expected to come back any more.
pub fn any_to_forget(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    Ok(!forgotten(conn, node, now)?.is_empty())
}

/// Forgets to which addresses these went.
pub fn forget(tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
    forgotten(tx, node, now)?.into_iter().try_for_each(|mail| mail::remove(tx, mail))
}
