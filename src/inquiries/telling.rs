//! What whoever asked is told, in their language, and by which means. None of it holds the question.

use super::model::{GivenAnswer, InquiryToldBy};
use super::store::Inquiry;
use crate::db::Tx;
use crate::error::{Language, Result};
use crate::mail::{self, Mail};
use crate::node::Node;
use crate::people::{Contact, contacts};

/// By which means an answer reaches whoever asked; what corrects another one was never told in the first conversation.
fn means(inquiry: &Inquiry, contact: Option<&Contact>, corrects: bool) -> InquiryToldBy {
    if inquiry.channel.is_spoken() && !corrects {
        return InquiryToldBy::Spoken;
    }
    match contact {
        Some(contact) if contact.email.is_some() && inquiry.mail_proven => InquiryToldBy::Mail,
        Some(contact) if contact.email.is_some() => InquiryToldBy::MailNotice,
        Some(contact) if contact.phone.is_some() || !contact.other_phones.is_empty() => InquiryToldBy::Call,
        _ => InquiryToldBy::Tracking,
    }
}

/// Tells whoever asked the answer that stands from now on.
pub fn tell(tx: &mut Tx, node: &Node, inquiry: &Inquiry, answer: &GivenAnswer, corrects: bool) -> Result<InquiryToldBy> {
    let contact = contacts::of(tx, &node.vault, &inquiry.path())?;
    let means = means(inquiry, contact.as_ref(), corrects);
    let Some(to) = contact.as_ref().and_then(|contact| contact.email.as_ref()) else { return Ok(means) };
    let language = inquiry.language.language();
    let (subject, text) = match means {
        InquiryToldBy::Mail => whole(language, &inquiry.number, answer, corrects),
        InquiryToldBy::MailNotice => notice(language, &inquiry.number, &node.config.issuer(), corrects),
        _ => return Ok(means),
    };
    let quoted: Vec<&str> = [answer.text.as_str()].into_iter().chain(answer.laws.iter().map(String::as_str)).collect();
    mail::send(tx, node, &Mail { to, language, subject, text: &text, quoted: &quoted, about: &inquiry.path() })?;
    Ok(means)
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
