//! What whoever asked is told, in their language, by which means, and whether it has gone out. None of it holds the question.

use super::acts::Open;
use super::model::{GivenAnswer, Gone, InquiryToldBy};
use super::store::Inquiry;
use crate::clock::Moment;
use crate::db::Tx;
use crate::error::{Language, Result};
use crate::mail::{self, Mail, MailNews, MailStatus, MailStop};
use crate::node::Node;
use crate::people::{Contact, contacts};

/// By which means an answer reaches whoever asked; what corrects another one was never told in the first conversation.
fn means(inquiry: &Inquiry, contact: Option<&Contact>, (corrects, mail_fails): (bool, bool)) -> InquiryToldBy {
    if inquiry.channel.is_spoken() && !corrects {
        return InquiryToldBy::Spoken;
    }
    match contact {
        Some(contact) if contact.email.is_some() && !mail_fails && inquiry.mail_proven => InquiryToldBy::Mail,
        Some(contact) if contact.email.is_some() && !mail_fails => InquiryToldBy::MailNotice,
        Some(contact) if contact.phone.is_some() || !contact.other_phones.is_empty() => InquiryToldBy::Call,
        _ => InquiryToldBy::Tracking,
    }
}

/// Tells whoever asked the answer that stands from now on.
pub fn tell(tx: &mut Tx, node: &Node, open: &mut Open, now: Moment) -> Result<()> {
    let corrects = corrects(open);
    let inquiry = &open.row;
    let Some(answer) = open.handling.answers.last_mut() else { return Ok(()) };
    let contact = contacts::of(tx, &node.vault, &inquiry.path())?;
    let means = means(inquiry, contact.as_ref(), (corrects, open.handling.mail_fails));
    let language = inquiry.language.language();
    let message = match means {
        InquiryToldBy::Mail => Some(whole(language, &inquiry.number, answer, corrects)),
        InquiryToldBy::MailNotice => Some(notice(language, &inquiry.number, &node.config.issuer(), corrects)),
        _ => None,
    };
    (answer.told_by, answer.mail_id) = (means, None);
    answer.told_at = matches!(means, InquiryToldBy::Spoken | InquiryToldBy::Tracking).then_some(now);
    if let (Some((subject, text)), Some(to)) = (message, contact.as_ref().and_then(|contact| contact.email.as_ref())) {
        let quoted: Vec<&str> = [answer.text.as_str()].into_iter().chain(answer.laws.iter().map(String::as_str)).collect();
        let about = inquiry.path();
        let mail = Mail { to, language, subject, text: &text, quoted: &quoted, about: &about };
        answer.mail_id = Some(mail::send(tx, node, &mail)?);
    }
    open.row.call_at = (means == InquiryToldBy::Call).then_some(now);
    Ok(())
}

/// Whether the answer that stands takes the place of one that whoever asked was told.
pub fn corrects(open: &Open) -> bool {
    open.handling.corrects()
}

/// Writes a mail with the answer that stands anew, where it has not gone out and would say otherwise now whether it corrects one that was
/// told: what became of that one is another thing than it was.
pub fn tell_as_heard(tx: &mut Tx, node: &Node, open: &mut Open, corrected: bool, now: Moment) -> Result<()> {
    let is_waiting = |answer: &GivenAnswer| answer.told_at.is_none() && answer.mail_id.is_some();
    if corrected == corrects(open) || !stands(open) || !open.handling.answers.last().is_some_and(is_waiting) {
        return Ok(());
    }
    take_back(tx, node, open, now)?;
    // What could not be stopped in time has gone out as it was.
    if open.handling.answers.last().is_some_and(is_waiting) { tell(tx, node, open, now) } else { Ok(()) }
}

/// Stops the answer that stands as far as it has not gone out, and no call is to be made with it.
pub fn take_back(tx: &mut Tx, node: &Node, open: &mut Open, now: Moment) -> Result<()> {
    open.row.call_at = None;
    let Some(answer) = open.handling.answers.last_mut() else { return Ok(()) };
    if let Some(mail) = answer.mail_id.filter(|_| answer.told_at.is_none())
        && !mail::stop(tx, node, mail, MailStop::Outdated)?
    {
        // The relay may have it.
        answer.told_at = Some(now);
    }
    Ok(())
}

/// Whether an inquiry has an answer that stands, and is to be told.
fn stands(open: &Open) -> bool {
    open.handling.tells(open.row.status)
}

/// Tells the answer that stands again, where it went by a way that was wrong.
pub fn tell_again(
    tx: &mut Tx,
    node: &Node,
    open: &mut Open,
    (before, after): (Option<&Contact>, &Contact),
    now: Moment,
) -> Result<()> {
    let none = Contact::default();
    let before = before.unwrap_or(&none);
    let is_other_mail = before.email != after.email;
    open.handling.mail_fails &= !is_other_mail;
    let Some(answer) = open.handling.answers.last().filter(|_| stands(open)).cloned() else { return Ok(()) };
    let is_other_phone = (&before.phone, &before.other_phones) != (&after.phone, &after.other_phones);
    let is_wrong = match answer.told_by {
        InquiryToldBy::Spoken => false,
        InquiryToldBy::Mail | InquiryToldBy::MailNotice => is_other_mail,
        InquiryToldBy::Call if answer.told_at.is_some() => is_other_phone,
        // A call that is to be made goes to the number that there is now.
        InquiryToldBy::Call => is_other_mail,
        InquiryToldBy::Tracking => true,
    };
    if !is_wrong {
        return Ok(());
    }
    if let Some(mail) = answer.mail_id {
        mail::stop(tx, node, mail, MailStop::AddressCorrected)?;
        open.handling.astray.push(mail);
        if let (Some(told_at), Some(to)) = (answer.told_at, before.email.clone()) {
            let place = open.handling.answers.len();
            open.handling.gone.push(Gone { mail_id: mail, place, to, told_by: answer.told_by, told_at });
        }
    }
    if brings_back(open, after) { Ok(()) } else { tell(tx, node, open, now) }
}

/// Lets the answer that stands have been told after all, where it went to an address that was taken for a wrong one and is theirs; whether it
/// was.
fn brings_back(open: &mut Open, after: &Contact) -> bool {
    let place = open.handling.answers.len();
    let is_it = |gone: &Gone| gone.place == place && Some(&gone.to) == after.email.as_ref();
    let Some(nth) = open.handling.gone.iter().position(is_it) else { return false };
    let gone = open.handling.gone.remove(nth);
    open.handling.astray.retain(|mail| *mail != gone.mail_id);
    if let Some(answer) = open.handling.answers.last_mut() {
        (answer.told_by, answer.told_at, answer.mail_id) = (gone.told_by, Some(gone.told_at), Some(gone.mail_id));
    }
    open.row.call_at = None;
    true
}

/// Notes that a mail with an answer has gone out, or has reached nobody: then whoever asked is called, where there is a number. Whether
/// somebody is told otherwise by it.
pub fn follow(tx: &mut Tx, node: &Node, open: &mut Open, news: &MailNews) -> Result<bool> {
    let corrected = corrects(open);
    let is_told_otherwise = note(tx, node, open, news)?;
    if is_heard_last(open, news) {
        tell(tx, node, open, news.at)?;
        return Ok(true);
    }
    tell_as_heard(tx, node, open, corrected, news.at)?;
    Ok(is_told_otherwise)
}

/// Whether a mail has told whoever asked an answer that does not stand, after they were told the one that does: they are told it again.
fn is_heard_last(open: &Open, news: &MailNews) -> bool {
    let went = news.status == MailStatus::Sent && !open.handling.astray.contains(&news.mail_id);
    let Some((last, before)) = open.handling.answers.split_last() else { return false };
    let is_former = before.iter().any(|answer| answer.mail_id == Some(news.mail_id));
    went && is_former && stands(open) && last.told_at.is_some_and(|told_at| told_at <= news.at)
}

fn note(tx: &mut Tx, node: &Node, open: &mut Open, news: &MailNews) -> Result<bool> {
    let is_it = |answer: &GivenAnswer| answer.mail_id == Some(news.mail_id);
    let is_standing = stands(open) && open.handling.answers.last().is_some_and(is_it);
    let Some(answer) = open.handling.answers.iter_mut().find(|answer| is_it(answer)) else { return Ok(false) };
    match news.status {
        MailStatus::Sent => {
            // What was to be told otherwise meanwhile need not be.
            answer.told_by = if open.row.mail_proven { InquiryToldBy::Mail } else { InquiryToldBy::MailNotice };
            answer.told_at = Some(news.at);
            open.handling.mail_fails &= !news.is_to_record;
            open.row.call_at = open.row.call_at.filter(|_| !is_standing);
        }
        MailStatus::Waiting => answer.told_at = None,
        MailStatus::Settled => {}
        MailStatus::Failed | MailStatus::Bounced | MailStatus::Stopped => {
            answer.told_at = None;
            open.handling.mail_fails |= news.fails_address;
            if is_standing {
                let contact = contacts::of(tx, &node.vault, &open.row.path())?;
                answer.told_by = means(&open.row, contact.as_ref(), (true, true));
                answer.told_at = (answer.told_by == InquiryToldBy::Tracking).then_some(news.at);
                open.row.call_at = (answer.told_by == InquiryToldBy::Call).then_some(news.at);
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn subject(language: Language, corrects: bool) -> &'static str {
    match (language, corrects) {
        (Language::Chinese, false) => "您的詢問已答復",
        (Language::Chinese, true) => "更正先前之答復",
        (Language::English, false) => "Answer to your question",
        (Language::English, true) => "Our earlier answer was wrong",
    }
}

fn whole(language: Language, number: &str, answer: &GivenAnswer, corrects: bool) -> (&'static str, String) {
    let laws = answer.laws.join("；");
    let mut text = match (language, corrects) {
        (Language::Chinese, false) => format!("詢問編號 {number}\n\n"),
        (Language::Chinese, true) => format!("詢問編號 {number}：本所先前之答復有誤，謹致歉意，請以下列答復為準。\n\n"),
        (Language::English, false) => format!("Inquiry {number}\n\n"),
        (Language::English, true) => {
            format!("Inquiry {number}: our earlier answer was wrong, and we are sorry for it. Please go by this one.\n\n")
        }
    };
    text.push_str(&answer.text);
    text.push('\n');
    if !laws.is_empty() {
        let title = if language == Language::Chinese { "依據：" } else { "Legal ground: " };
        text.push_str(&format!("\n{title}{laws}\n"));
    }
    (subject(language, corrects), text)
}

fn notice(language: Language, number: &str, issuer: &str, corrects: bool) -> (&'static str, String) {
    let text = match language {
        Language::Chinese => {
            format!("詢問編號 {number} 已有答復，請以編號及密碼查閱：{issuer}/v1/inquiries:track\n如非您本人所詢，請勿理會。\n")
        }
        Language::English => format!(
            "There is an answer to inquiry {number}: read it with number and secret at {issuer}/v1/inquiries:track. If it was not you \
             who asked, do nothing.\n"
        ),
    };
    (subject(language, corrects), text)
}
