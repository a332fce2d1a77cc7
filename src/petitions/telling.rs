//! What petitioners are told, in their language, and by which means: by e-mail where the address is theirs, else by a letter, else
//! by telephone. None of it holds a text of the petition.

use super::acting::Open;
use super::model::{PetitionLanguage, PetitionNoticeKind, ReplyKind, ToldBy};
use super::petitioners::Decision;
use super::steps::{Extension, PetitionNotice, SentReply, Supplement};
use crate::calendar::NOON;
use crate::clock::Moment;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::mail::{self, Mail};
use crate::node::Node;
use crate::outgoing_letters::{self, Letter};
use crate::people::{Contact, Email, contacts};

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

    fn quoted(&self) -> Vec<&str> {
        self.quoted.iter().map(String::as_str).collect()
    }

    /// The same, in the place of what was told wrong.
    pub fn correcting(self, language: PetitionLanguage) -> Self {
        let (mark, first) = match language {
            PetitionLanguage::Chinese => ("更正：", "前次告知之內容有變更，請以本通知為準。\n"),
            PetitionLanguage::English => ("Correction: ", "What you were told before has changed. This takes its place.\n"),
        };
        Self { subject: format!("{mark}{}", self.subject), text: format!("{first}{}", self.text), ..self }
    }
}

/// Asks whoever has an address to confirm a petition.
pub fn confirmation(language: PetitionLanguage, link: &str, code: &str, days: i64) -> Words {
    words(
        language,
        (
            "請確認您的陳情",
            format!(
                "本所收到以此信箱提出之陳情。請於 {days} 日內開啟下列網址並按「確認」；如非您本人所提，請勿理會。\n\n{link}\n\n確認碼：{code}\n"
            ),
        ),
        (
            "Please confirm your petition",
            format!(
                "The office has received a petition that names this address. Within {days} days, please open \
                 the link below and press \"Confirm\"; if it was not you, do nothing.\n\n{link}\n\nCode: {code}\n"
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
pub fn reply(language: PetitionLanguage, number: &str, reply: &SentReply) -> Words {
    let mut text = format!("{number}\n\n{}\n", reply.text);
    let chinese = language == PetitionLanguage::Chinese;
    if let Some(ground) = &reply.legal_ground {
        text.push_str(&if chinese { format!("\n法令依據：{ground}\n") } else { format!("\nLegal ground: {ground}\n") });
    }
    if let Some(remedies) = &reply.remedies {
        text.push_str(&if chinese { format!("\n救濟方式：{remedies}\n") } else { format!("\nRemedies: {remedies}\n") });
    }
    let (zh, en) = match reply.kind {
        ReplyKind::Final => ("陳情案件答復", "Reply to your petition"),
        ReplyKind::Partial => ("陳情案件部分答復", "Partial reply to your petition"),
        ReplyKind::Interim => ("陳情案件辦理情形", "How far your petition has come"),
    };
    words(language, (zh, text.clone()), (en, text))
        .quoting([&reply.text].into_iter().chain(&reply.legal_ground).chain(&reply.remedies))
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
    let Supplement { what, due_on, due_at, .. } = supplement;
    let at_noon = due_at.is_some_and(|due_at| due_at.time() == NOON);
    let (zh_noon, en_noon) = if at_noon { (" 中午 12 時", " at noon") } else { ("", "") };
    words(
        language,
        ("請補充陳情資料", format!("陳情案號 {number}：請於 {due_on}{zh_noon}（含）前補充：{what}\n")),
        ("Please add to your petition", format!("Petition {number}: please send by {due_on}{en_noon}: {what}\n")),
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

/// Tells that a petition is with the office again.
pub fn back(language: PetitionLanguage, number: &str, from: &str) -> Words {
    words(
        language,
        ("陳情案件續由本所辦理", format!("陳情案號 {number} 前告知移送 {from}，現已由本所續行辦理。\n")),
        (
            "Your petition is with us again",
            format!(
                "You were told that petition {number} was sent to {from}. It is with the office again, which goes on with it.\n"
            ),
        ),
    )
    .quoting([&from.to_owned()])
}

/// Tells that a petition was withdrawn at the petitioner's word.
pub fn withdrawn(language: PetitionLanguage, number: &str) -> Words {
    words(
        language,
        ("陳情案件已撤回", format!("陳情案號 {number} 已依您的意思撤回。如您並未撤回，請即告知本所，將續行辦理。\n")),
        (
            "Your petition is withdrawn",
            format!(
                "Petition {number} is withdrawn, as you have asked. If you have not, tell the office, which then goes on with it.\n"
            ),
        ),
    )
}

/// Tells that a petition is taken up again: on new facts, or because its end was a mistake.
pub fn taken_up(language: PetitionLanguage, number: &str, on_new_facts: bool) -> Words {
    let (zh, en) = if on_new_facts {
        ("因有新事證，重新辦理。", "is taken up again on new facts.")
    } else {
        ("前次之處理係屬誤辦，現續行辦理，原期限不變。", "goes on within its old limit: what was done last was a mistake.")
    };
    words(
        language,
        ("陳情案件續行辦理", format!("陳情案號 {number} {zh}\n")),
        ("Your petition is taken up again", format!("Petition {number} {en}\n")),
    )
}

/// Tells that a petition is answered together with others on the same matter, and nothing of these.
pub fn merged(language: PetitionLanguage, number: &str) -> Words {
    words(
        language,
        ("陳情案件併案辦理", format!("陳情案號 {number} 與同一事由之陳情併案辦理，仍以本案號、原期限個別答復您。\n")),
        (
            "Your petition is answered together with others",
            format!(
                "Petition {number} is handled together with others on the same matter. You are answered by yourself, under this \
                 number and within the same limit.\n"
            ),
        ),
    )
}

/// Tells that a petition is answered by itself again.
pub fn unmerged(language: PetitionLanguage, number: &str) -> Words {
    words(
        language,
        ("陳情案件單獨辦理", format!("陳情案號 {number} 已改為單獨辦理，原期限不變。\n")),
        (
            "Your petition is handled by itself again",
            format!("Petition {number} is not handled together with others any more. Its limit stays as it was.\n"),
        ),
    )
}

/// Tells that a petition is taken for an appeal (訴願法 §14, §57).
pub fn appeal(language: PetitionLanguage, number: &str, received_at: Moment) -> Words {
    let day = received_at.date();
    words(
        language,
        (
            "陳情案件以訴願辦理",
            format!("陳情案號 {number} 視為提起訴願，以 {day} 收受為準（訴願法 §14）。請於 30 日內補送訴願書（訴願法 §57）。\n"),
        ),
        (
            "Your petition is taken for an appeal",
            format!(
                "Petition {number} is taken for an appeal, received on {day} (訴願法 §14). Please hand in the written appeal \
                 (訴願書) within 30 days (訴願法 §57).\n"
            ),
        ),
    )
}

/// Tells that what the office has kept of a petition was put right.
pub fn corrected(language: PetitionLanguage, number: &str) -> Words {
    words(
        language,
        (
            "陳情案件登錄資料更正",
            format!("陳情案號 {number} 之登錄資料已更正。更正後之內容、期限及辦理情形，請以案號及查詢碼查閱。\n"),
        ),
        (
            "What we keep of your petition was put right",
            format!(
                "What the office keeps of petition {number} was put right. Number and secret show what stands now, and its limit.\n"
            ),
        ),
    )
}

/// By which means the representative of a petition can be told something now, and how they are reached.
pub fn way(conn: &mut Conn, node: &Node, open: &Open) -> Result<(ToldBy, Option<Contact>)> {
    let contact = contacts::of(conn, &node.vault, &open.row.path())?;
    let told_by = contact.as_ref().map_or(ToldBy::Tracking, |contact| {
        // Anyone may have typed an address that nobody has confirmed.
        if contact.email.is_some() && open.handling.mail_proven {
            ToldBy::Mail
        } else if contact.address.is_some() {
            ToldBy::Letter
        } else if contact.phone.is_some() || !contact.other_phones.is_empty() {
            ToldBy::Call
        } else {
            ToldBy::Tracking
        }
    });
    Ok((told_by, contact))
}

/// Tells the representative of a petition something, and by which means that is done: whoever is to be told by telephone stands in
/// the call list from now on.
pub fn tell(tx: &mut Tx, node: &Node, open: &mut Open, words: &Words, now: Moment) -> Result<ToldBy> {
    let (told_by, contact) = way(tx, node, open)?;
    match (told_by, contact.and_then(|contact| contact.email)) {
        (ToldBy::Mail, Some(to)) => send(tx, node, open, &to, words)?,
        (ToldBy::Letter, _) => write(tx, node, open, 0, words)?,
        (ToldBy::Call, _) => open.row.call_at = Some(now),
        _ => {}
    }
    Ok(told_by)
}

/// Writes a letter about a petition to one of those who have made it, by their place in the group.
pub fn write(tx: &mut Tx, node: &Node, open: &Open, place: usize, words: &Words) -> Result<()> {
    let (language, about) = (open.row.language.language(), open.row.path());
    let nobody = match open.row.language {
        PetitionLanguage::Chinese => "陳情人",
        PetitionLanguage::English => "The petitioner",
    };
    let petitioners = open.row.petitioners(&node.vault)?;
    let recipient = petitioners.get(place).map_or(nobody, |petitioner| petitioner.name.as_str());
    let place = i32::try_from(place).unwrap_or(i32::MAX);
    let quoted = words.quoted();
    let Words { subject, text, .. } = words;
    outgoing_letters::write(tx, node, &Letter { about: &about, place, recipient, language, subject, text, quoted: &quoted })
}

/// Tells the representative of something and notes it.
pub fn notify(
    tx: &mut Tx,
    node: &Node,
    open: &mut Open,
    (about, words): (PetitionNoticeKind, &Words),
    now: Moment,
) -> Result<()> {
    let told_by = tell(tx, node, open, words, now)?;
    open.handling.notices.push(PetitionNotice { about, at: now, told_by });
    Ok(())
}

/// Sends a message about a petition.
pub fn send(tx: &mut Tx, node: &Node, open: &Open, to: &Email, words: &Words) -> Result<()> {
    let language = open.row.language.language();
    let about = open.row.path();
    let quoted = words.quoted();
    mail::send(tx, node, &Mail { to, language, subject: &words.subject, text: &words.text, quoted: &quoted, about: &about })?;
    Ok(())
}
