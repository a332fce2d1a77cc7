//! The messages that petitioners are mailed or posted, in their language, each as it stands now, and to whom letters go. None of them
//! holds a text of the petition.

use super::acting::Open;
use super::model::{PetitionLanguage, PetitionNoticeKind, ReplyKind};
use super::petitioners::Decision;
use super::steps::{Extension, SentReply, Supplement};
use super::tellings::{BODY, REPRESENTATIVE, ToldAbout, What};
use super::{bodies, heard};
use crate::calendar::NOON;
use crate::clock::Moment;
use crate::error::Result;
use crate::node::Node;

/// Subject and text of a message, in which language, and what people have written that stands in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    pub language: PetitionLanguage,
    pub subject: String,
    pub text: String,
    pub quoted: Vec<String>,
}

fn words(language: PetitionLanguage, zh: (&str, String), en: (&str, String)) -> Words {
    let (subject, text) = match language {
        PetitionLanguage::Chinese => zh,
        PetitionLanguage::English => en,
    };
    Words { language, subject: subject.to_owned(), text, quoted: Vec::new() }
}

impl Words {
    fn quoting<'q>(self, quoted: impl IntoIterator<Item = &'q String>) -> Self {
        Self { quoted: quoted.into_iter().cloned().collect(), ..self }
    }

    pub fn quoted(&self) -> Vec<&str> {
        self.quoted.iter().map(String::as_str).collect()
    }

    /// The same, in the place of what was told wrong.
    fn correcting(self) -> Self {
        let (mark, first) = match self.language {
            PetitionLanguage::Chinese => ("更正：", "前次告知之內容有變更，請以本通知為準。\n"),
            PetitionLanguage::English => ("Correction: ", "What you were told before has changed. This takes its place.\n"),
        };
        Self { subject: format!("{mark}{}", self.subject), text: format!("{first}{}", self.text), ..self }
    }
}

/// The message about something to whoever has a place, as it stands now: it says so where it takes the place of what they were told before.
/// None where it goes by no mail or letter.
pub fn message(node: &Node, open: &Open, what: What, petitioner: usize) -> Result<Option<Words>> {
    let corrects = heard::corrects(node, open, what, petitioner)?;
    let words = if petitioner == BODY { bodies::message(open, what) } else { first(node, open, what)? };
    Ok(words.map(|words| if corrects { words.correcting() } else { words }))
}

/// The message to a petitioner, as if they were told it for the first time.
fn first(node: &Node, open: &Open, (about, place): What) -> Result<Option<Words>> {
    let (language, number, handling) = (open.row.language, open.row.number.as_str(), &open.handling);
    let nth = place.saturating_sub(1);
    let decision = open.row.matter(&node.vault)?.against_decision;
    Ok(match about {
        ToldAbout::Confirmation | ToldAbout::Filing => None,
        ToldAbout::Remedies => decision.map(|decision| remedies(language, number, &decision)),
        ToldAbout::Supplement => handling.supplements.get(nth).map(|asked| supplement(language, number, asked)),
        ToldAbout::Reply => handling.replies.get(nth).map(|sent| reply(sent.language.unwrap_or(language), number, sent)),
        ToldAbout::Extension => handling.extension.as_ref().map(|given| extension(language, number, given)),
        ToldAbout::Transfer => handling.transfer.as_ref().map(|sent| transfer(language, number, &sent.to)),
        ToldAbout::Adoption => handling.adoptions.get(nth).map(|said| adoption(language, number, said.adopted)),
        ToldAbout::Notice => handling.notices.get(nth).and_then(|told| notice(open, told.about, decision.as_ref())),
    })
}

/// To whom a letter goes by their place: a petitioner, who may have given no name, or the body that had sent the petition on. None where
/// nobody stands there any more.
pub fn recipient(node: &Node, open: &Open, place: Option<usize>) -> Result<Option<String>> {
    let nobody = match open.row.language {
        PetitionLanguage::Chinese => "陳情人",
        PetitionLanguage::English => "The petitioner",
    };
    let place = match place {
        None => return Ok(None),
        Some(BODY) => return Ok(open.row.matter(&node.vault)?.forwarded_by),
        Some(place) => place,
    };
    let named = open.row.petitioners(&node.vault)?.into_iter().nth(place - REPRESENTATIVE).map(|petitioner| petitioner.name);
    Ok(named.or_else(|| (place == REPRESENTATIVE).then(|| nobody.to_owned())))
}

fn notice(open: &Open, about: PetitionNoticeKind, decision: Option<&Decision>) -> Option<Words> {
    use PetitionNoticeKind as Kind;
    let (language, number, handling) = (open.row.language, open.row.number.as_str(), &open.handling);
    match about {
        Kind::TransferredBack => {
            handling.transfer.as_ref().map(|sent| back(language, number, (sent.to.as_str(), open.row.status.is_counted())))
        }
        Kind::Withdrawn => Some(withdrawn(language, number)),
        Kind::Reopened | Kind::TakenUpAgain => {
            Some(taken_up(language, number, (about == Kind::Reopened, open.row.status.is_counted())))
        }
        Kind::Appeal => Some(appeal(language, number, open.row.received_at)),
        Kind::Corrected => Some(corrected(language, number)),
        Kind::AppealMoved => decision.map(|decision| remedies(language, number, decision)),
        Kind::SupplementMoved | Kind::SupplementCorrected => {
            handling.asked_supplement().map(|asked| supplement(language, number, asked))
        }
        Kind::SupplementCancelled => Some(supplement_cancelled(language, number)),
        Kind::ExtensionRevoked => Some(extension_revoked(language, number)),
        Kind::Merged => Some(merged(language, number)),
        Kind::Unmerged => Some(unmerged(language, number, handling.replies.iter().any(|reply| reply.ceased_at.is_some()))),
        Kind::EnteredTwice => Some(entered_twice(language, number)),
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
fn remedies(language: PetitionLanguage, number: &str, decision: &Decision) -> Words {
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
fn reply(language: PetitionLanguage, number: &str, reply: &SentReply) -> Words {
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
fn extension(language: PetitionLanguage, number: &str, extension: &Extension) -> Words {
    let Extension { days, reason, .. } = extension;
    words(
        language,
        ("陳情案件延長辦理期限", format!("陳情案號 {number} 延長 {days} 日。理由：{reason}\n")),
        ("More time for your petition", format!("The limit of petition {number} is {days} days longer. Reason: {reason}\n")),
    )
    .quoting([reason])
}

/// Asks for a supplement.
fn supplement(language: PetitionLanguage, number: &str, supplement: &Supplement) -> Words {
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
fn transfer(language: PetitionLanguage, number: &str, to: &str) -> Words {
    words(
        language,
        ("陳情案件移送", format!("陳情案號 {number} 已移送 {to} 辦理（行政程序法 §172）。\n")),
        ("Your petition was passed on", format!("Petition {number} was sent to {to}, which is competent (行政程序法 §172).\n")),
    )
    .quoting([&to.to_owned()])
}

/// Tells that what a petition suggests was adopted, or is dropped after all.
fn adoption(language: PetitionLanguage, number: &str, adopted: bool) -> Words {
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
fn back(language: PetitionLanguage, number: &str, (from, goes_on): (&str, bool)) -> Words {
    let (zh, en) = if goes_on {
        ("現已由本所續行辦理。", "It is with the office again, which goes on with it.")
    } else {
        (
            "業由本所辦理；目前辦理情形，請以案號及查詢碼查閱。",
            "It came back to the office. Number and secret show what has become of it.",
        )
    };
    words(
        language,
        ("陳情案件續由本所辦理", format!("陳情案號 {number} 前告知移送 {from}，{zh}\n")),
        ("Your petition is with us again", format!("You were told that petition {number} was sent to {from}. {en}\n")),
    )
    .quoting([&from.to_owned()])
}

/// Tells that a petition was withdrawn at the petitioner's word.
fn withdrawn(language: PetitionLanguage, number: &str) -> Words {
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

/// Tells that a petition is taken up again: on new facts, or because its end was a mistake; where it has ended otherwise since, that alone.
fn taken_up(language: PetitionLanguage, number: &str, (on_new_facts, goes_on): (bool, bool)) -> Words {
    let (zh, en) = match (on_new_facts, goes_on) {
        (true, _) => ("因有新事證，重新辦理。", "is taken up again on new facts."),
        (false, true) => {
            ("前次之處理係屬誤辦，現續行辦理，原期限不變。", "goes on within its old limit: what was done last was a mistake.")
        }
        (false, false) => (
            "先前告知之處理係屬誤辦，特此更正；目前辦理情形，請以案號及查詢碼查閱。",
            "had not ended as you were told: that was a mistake. Number and secret show what has become of it.",
        ),
    };
    words(
        language,
        ("陳情案件續行辦理", format!("陳情案號 {number} {zh}\n")),
        ("Your petition is taken up again", format!("Petition {number} {en}\n")),
    )
}

/// Tells that a petition is answered together with others on the same matter, and nothing of these.
fn merged(language: PetitionLanguage, number: &str) -> Words {
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

/// Tells that a petition is answered by itself again, and that an answer which it had together with others answers it no more.
fn unmerged(language: PetitionLanguage, number: &str, was_answered: bool) -> Words {
    let (zh, en) = if was_answered {
        (
            "前併案所為之答復不作為本案之答復，本所將另行答復。",
            " The answer that was given together with them does not count; you are answered anew.",
        )
    } else {
        ("", "")
    };
    words(
        language,
        ("陳情案件單獨辦理", format!("陳情案號 {number} 已改為單獨辦理，原期限不變。{zh}\n")),
        (
            "Your petition is handled by itself again",
            format!("Petition {number} is not handled together with others any more. Its limit stays as it was.{en}\n"),
        ),
    )
}

/// Tells that a petition is taken for an appeal (訴願法 §14, §57).
fn appeal(language: PetitionLanguage, number: &str, received_at: Moment) -> Words {
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
fn corrected(language: PetitionLanguage, number: &str) -> Words {
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

/// Tells that nothing is asked for after all.
fn supplement_cancelled(language: PetitionLanguage, number: &str) -> Words {
    words(
        language,
        ("無須補充陳情資料", format!("陳情案號 {number}：前次請您補充資料係屬誤辦，無須補充。\n")),
        (
            "You need not add to your petition",
            format!("Petition {number}: you were asked to send something by mistake. Nothing need be sent.\n"),
        ),
    )
}

/// Tells that the limit is not longer after all.
fn extension_revoked(language: PetitionLanguage, number: &str) -> Words {
    words(
        language,
        ("陳情案件未延長辦理期限", format!("陳情案號 {number} 前次告知延長辦理期限係屬誤辦，仍依原期限辦理。\n")),
        (
            "No more time for your petition",
            format!("Petition {number}: you were told by mistake that its limit is longer. It is the one that it was before.\n"),
        ),
    )
}

/// Tells that a petition was entered twice, where something was told under the number of which nothing more comes.
fn entered_twice(language: PetitionLanguage, number: &str) -> Words {
    words(
        language,
        ("陳情案件重複登錄", format!("陳情案號 {number} 係本所就您同一陳情重複登錄，後續均以先前之案號告知，不另重複通知。\n")),
        (
            "Your petition was entered twice",
            format!(
                "Petition {number} is one of yours that the office has entered twice by mistake. It is answered once, under the other \
                 number.\n"
            ),
        ),
    )
}
