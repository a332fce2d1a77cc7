//! What petitioners are told, in their language, and by which means: by e-mail where the address is theirs, else by a letter.
//! None of it holds a text of the petition.

use super::acting::Open;
use super::handling::{Draft, Extension, Supplement};
use super::model::{PetitionLanguage, ReplyKind, ToldBy};
use super::petitioners::Decision;
use crate::db::Tx;
use crate::error::Result;
use crate::mail::{self, Mail};
use crate::node::Node;
use crate::people::{Email, contacts};

/// Subject and text of a message, and what people have written that stands in it.
pub struct Words {
    pub subject: String,
    pub text: String,
    quoted: Vec<String>,
}

fn words(language: PetitionLanguage, zh: (&str, String), en: (&str, String)) -> Words {
    let (subject, text) = match language {
        PetitionLanguage::Chinese => zh,
        PetitionLanguage::English => en,
    };
    Words { subject: subject.to_owned(), text, quoted: Vec::new() }
}

impl Words {
    fn quoting<'q>(self, quoted: impl IntoIterator<Item = &'q String>) -> Self {
        Self { quoted: quoted.into_iter().cloned().collect(), ..self }
    }
}

/// Asks whoever has an address to confirm a petition.
pub fn confirmation(language: PetitionLanguage, address: &str, code: &str, days: i64) -> Words {
    words(
        language,
        (
            "請確認您的陳情",
            format!(
                "本所收到以此信箱提出之陳情。請於 {days} 日內以下列網址及確認碼確認；如非您本人所提，請勿理會。\n\n{address}\n確認碼：{code}\n"
            ),
        ),
        (
            "Please confirm your petition",
            format!(
                "The office has received a petition that names this address. Please confirm it within {days} days at the address below \
                 with this code; if it was not you, do nothing.\n\n{address}\nCode: {code}\n"
            ),
        ),
    )
}

/// Tells of the remedies against a decision, at once (訴願法 §14).
pub fn remedies(language: PetitionLanguage, number: &str, decision: &Decision) -> Words {
    let until = decision.appeal_until_on;
    words(
        language,
        (
            "訴願教示",
            format!(
                "陳情案號 {number}：如不服本所之行政處分，得於收受之次日起 30 日內（至 {until} 止）向本所提起訴願（訴願法 §14）。\
                 本陳情之收受日得視為不服之表示。\n"
            ),
        ),
        (
            "Your right of appeal",
            format!(
                "Petition {number}: a decision of the office can be appealed against within 30 days from the day after it was received, \
                 until {until} (訴願法 §14), by an appeal handed in at the office. The day of receipt of this petition can count.\n"
            ),
        ),
    )
}

/// A reply, whole.
pub fn reply(language: PetitionLanguage, number: &str, draft: &Draft) -> Words {
    let mut text = format!("{number}\n\n{}\n", draft.text);
    let chinese = language == PetitionLanguage::Chinese;
    if let Some(ground) = &draft.legal_ground {
        text.push_str(&if chinese { format!("\n法令依據：{ground}\n") } else { format!("\nLegal ground: {ground}\n") });
    }
    if let Some(remedies) = &draft.remedies {
        text.push_str(&if chinese { format!("\n救濟方式：{remedies}\n") } else { format!("\nRemedies: {remedies}\n") });
    }
    let (zh, en) = match draft.kind {
        ReplyKind::Final => ("陳情案件答復", "Reply to your petition"),
        ReplyKind::Partial => ("陳情案件部分答復", "Partial reply to your petition"),
        ReplyKind::Interim => ("陳情案件辦理情形", "How far your petition has come"),
    };
    words(language, (zh, text.clone()), (en, text))
        .quoting([&draft.text].into_iter().chain(&draft.legal_ground).chain(&draft.remedies))
}

/// Tells of an extension with its reason.
pub fn extension(language: PetitionLanguage, number: &str, extension: &Extension) -> Words {
    let Extension { days, reason, .. } = extension;
    words(
        language,
        ("陳情案件延長辦理期限", format!("陳情案號 {number} 延長 {days} 日。理由：{reason}\n")),
        ("More time for your petition", format!("The limit of petition {number} is {days} days longer. Reason: {reason}\n")),
    )
    .quoting([reason])
}

/// Asks for a supplement.
pub fn supplement(language: PetitionLanguage, number: &str, supplement: &Supplement) -> Words {
    let Supplement { what, due_on, .. } = supplement;
    words(
        language,
        ("請補充陳情資料", format!("陳情案號 {number}：請於 {due_on} 前補充：{what}\n")),
        ("Please add to your petition", format!("Petition {number}: please send by {due_on}: {what}\n")),
    )
    .quoting([what])
}

/// Tells that a petition was sent to the competent body (行政程序法 §172).
pub fn transfer(language: PetitionLanguage, number: &str, to: &str) -> Words {
    words(
        language,
        ("陳情案件移送", format!("陳情案號 {number} 已移送 {to} 辦理（行政程序法 §172）。\n")),
        ("Your petition was passed on", format!("Petition {number} was sent to {to}, which is competent (行政程序法 §172).\n")),
    )
    .quoting([&to.to_owned()])
}

/// Tells that what a petition suggests was adopted, or is dropped after all.
pub fn adoption(language: PetitionLanguage, number: &str, adopted: bool) -> Words {
    let (zh, en) = if adopted {
        ("所提建議業經本所採納，列入改善事項辦理。", "what you suggest was adopted and is being carried out.")
    } else {
        ("所提建議前經採納，嗣後未能續辦，特此更正。", "what you suggest had been adopted, but is not carried out after all.")
    };
    words(
        language,
        ("您的建議辦理情形", format!("陳情案號 {number}：{zh}\n")),
        ("What became of your suggestion", format!("Petition {number}: {en}\n")),
    )
}

/// Tells the representative of a petition something, and by which means that is done.
pub fn tell(tx: &mut Tx, node: &Node, open: &Open, words: &Words) -> Result<ToldBy> {
    let Some(contact) = contacts::of(tx, &node.vault, &open.row.path())? else { return Ok(ToldBy::Tracking) };
    // Anyone may have typed an address that nobody has confirmed.
    if let Some(to) = contact.email.as_ref().filter(|_| open.handling.mail_proven) {
        send(tx, node, open, to, words)?;
        return Ok(ToldBy::Mail);
    }
    Ok(if contact.address.is_some() { ToldBy::Letter } else { ToldBy::Tracking })
}

/// Sends a message about a petition.
pub fn send(tx: &mut Tx, node: &Node, open: &Open, to: &Email, words: &Words) -> Result<()> {
    let language = open.row.language.language();
    let about = open.row.path();
    let quoted: Vec<&str> = words.quoted.iter().map(String::as_str).collect();
    mail::send(tx, node, &Mail { to, language, subject: &words.subject, text: &words.text, quoted: &quoted, about: &about })?;
    Ok(())
}
