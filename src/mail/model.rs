//! A mail's states and acts, what it says, what its texts may not hold, and when it is tried again.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::Mail;
use super::policy::{ReportBounce, ResendMail, SettleMail, StopMail};
use crate::error::{Error, Result};
use crate::{acts, text_enum};

text_enum! {
    /// States of a mail: it waits to be handed over, the relay has taken it, it was given up, it came back; somebody has seen to it that came back or was given up, such as by a letter; or it was stopped before it went out, and does not.
    pub enum MailStatus {
        Waiting = "WAITING",
        Sent = "SENT",
        Failed = "FAILED",
        Bounced = "BOUNCED",
        Settled = "SETTLED",
        Stopped = "STOPPED",
    }
}

text_enum! {
    /// Why a mail or a letter was stopped.
    pub enum MailStop {
        /// What it says is no longer so
        Outdated = "OUTDATED",
        /// The address was corrected, and what still stands is told anew
        AddressCorrected = "ADDRESS_CORRECTED",
        /// By a member of staff, who says why
        ByHand = "BY_HAND",
    }
}

acts! {
    /// Acts on a mail. What is settled, or stopped by hand, by mistake is reported or sent again.
    pub enum MailAct on "mail" MailStatus {
        Send "send" [] "sent" Anyone { Waiting => Sent }
        GiveUp "give-up" [] "failed" Anyone { Waiting => Failed }
        ReportBounce "report-bounce" [ReportBounce ":report-bounce"] "bounced" Anyone { Sent => Bounced, Settled => Bounced }
        Resend "resend" [ResendMail ":resend"] "resent" Anyone apart [Unnamed, Subject] {
            Sent => Waiting, Failed => Waiting, Bounced => Waiting, Settled => Waiting, Stopped => Waiting
        }
        Stop "stop" [StopMail ":stop"] "stopped" Anyone apart [Unnamed, Subject] { Waiting => Stopped }
        Settle "settle" [SettleMail ":settle"] "settled" Anyone apart [Unnamed, Subject] { Failed => Settled, Bounced => Settled }
    }
}

text_enum! {
    /// How the last try to hand a mail over ended: the relay took it; refused it for good (`reply_code` 5xx) or for now (4xx); refused the office as its sender, or the office's log-in; offered no TLS, or a certificate that is none; no connection came about, or it broke; or no mail can be written to the address. All but the first, the second and the last are tried again.
    pub enum MailOutcome {
        Accepted = "ACCEPTED",
        Refused = "REFUSED",
        Deferred = "DEFERRED",
        SenderRefused = "SENDER_REFUSED",
        LogInRefused = "LOG_IN_REFUSED",
        NoTls = "NO_TLS",
        NoConnection = "NO_CONNECTION",
        Unaddressable = "UNADDRESSABLE",
    }
}

impl MailOutcome {
    /// Whether another try would end alike.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Accepted | Self::Refused | Self::Unaddressable)
    }
}

/// What a mail says, as it is sealed.
#[derive(Serialize, Deserialize)]
pub struct Letter {
    /// As BCP 47 names it.
    pub language: String,
    pub subject: String,
    pub text: String,
}

impl Letter {
    pub fn of(mail: &Mail<'_>) -> Self {
        let text = with_plain_ends(mail.text);
        Self { language: mail.language.tag().to_owned(), subject: mail.subject.to_owned(), text }
    }
}

/// Characters of a subject, at most.
const MOST_OF_SUBJECT: usize = 500;

/// A text of which each line ends alike, whichever way it was typed.
pub fn with_plain_ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// A text with a mark in the place of what people have written in it, also where the words of the one stand within those of another.
fn own(text: &str, quoted: &[&str]) -> String {
    let mut is_quoted = vec![false; text.len()];
    for words in quoted.iter().map(|words| with_plain_ends(words.trim())).filter(|words| !words.is_empty()) {
        text.match_indices(&words).for_each(|(at, _)| is_quoted[at..at + words.len()].fill(true));
    }
    text.char_indices().map(|(at, c)| if is_quoted[at] && c != '\n' { '\u{fffc}' } else { c }).collect()
}

/// Whether a text holds a placeholder that nobody has filled in: `{…}` within a line, `{{`, `<<…>>` within a line.
fn has_placeholder(text: &str) -> bool {
    let holds =
        |open: &str, close: &str| text.lines().any(|line| line.split_once(open).is_some_and(|(_, rest)| rest.contains(close)));
    text.contains("{{") || holds("{", "}") || holds("<<", ">>")
}

/// Refuses texts that nobody could mean: with a placeholder, with control characters (in a subject also those that end a line, which
/// would begin another header), or empty.
pub fn require_filled(subject: &str, text: &str, quoted: &[&str]) -> Result<()> {
    let fault = |what: &str| Err(Error::Internal(format!("a mail's text is refused: {what}")));
    if subject.trim().is_empty() || text.trim().is_empty() {
        return fault("it is empty");
    }
    if subject.chars().count() > MOST_OF_SUBJECT {
        return fault("its subject is too long");
    }
    if subject.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return fault("a control character stands in the subject");
    }
    let text = with_plain_ends(text);
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return fault("a control character stands in it");
    }
    if has_placeholder(subject) || has_placeholder(&own(&text, quoted)) {
        return fault("a placeholder was not filled in");
    }
    Ok(())
}

/// How long to wait after so many tries in vain: a minute, then twice as long each time, at most six hours.
pub fn pause(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(10);
    Duration::seconds((60_i64 << doublings).min(6 * 3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_an_unfilled_placeholder_is_refused() {
        for text in ["您好 {name}：", "{{ name", "案號 <<number>>", "{0}", "a {\"b\": 1}", "第一行\n第二行 {}"] {
            assert!(require_filled("通知", text, &[]).is_err(), "{text}");
            assert!(text.contains('\n') || require_filled(text, "內文", &[]).is_err(), "{text}");
        }
        for text in ["您好，王小明：", "a { b", "a } b { c", "x << y", "{\n}", "價格 <100> 元", "𠮷野家 👍\n\t第二行\r\n"]
        {
            require_filled("通知", text, &[]).unwrap();
        }
    }

    #[test]
    fn what_people_have_written_is_no_placeholder() {
        require_filled("通知", "理由：{以上皆是}", &["{以上皆是}"]).unwrap();
        assert!(require_filled("通知", "{姓名}：{以上皆是}", &["{以上皆是}"]).is_err());
        // However lines end, and where the words of the one stand within those of another.
        require_filled("通知", "一\n{二}\n三", &["一\r{二}\r\n三 "]).unwrap();
        require_filled("通知", "如說明。依據：戶籍法 {如說明}", &["如說明", "戶籍法 {如說明}"]).unwrap();
        assert!(require_filled("通知", "您好 {姓名}", &["姓名"]).is_err());
    }

    #[test]
    fn no_subject_begins_another_header() {
        for subject in ["通知\r\nBcc: someone@example.org", "a\nb", "a\rb", "a\u{0}", "a\u{2028}b", "", " "] {
            assert!(require_filled(subject, "內文", &[]).is_err(), "{subject:?}");
        }
        assert!(require_filled("通知", "a\u{0}b", &[]).is_err());
        require_filled("通知", "a\rb", &[]).unwrap();
        assert!(require_filled("通知", " \n", &[]).is_err());
    }

    #[test]
    fn pauses_grow_to_six_hours() {
        let minutes: Vec<i64> = [1, 2, 3, 9, 10, 1000, i32::MAX].into_iter().map(|n| pause(n).num_minutes()).collect();
        assert_eq!(minutes, [1, 2, 4, 256, 360, 360, 360]);
    }
}
