//! A letter's states and acts, and what it says.

use serde::{Deserialize, Serialize};

use super::Letter;
use super::policy::{MarkOutgoingLetterPrinted, PrintOutgoingLetterAgain, StopOutgoingLetter};
use crate::error::Language;
use crate::mail::with_plain_ends;
use crate::{acts, text_enum};

text_enum! {
    /// States of a letter: it waits to be printed, it was printed to be posted or handed over, it was, it came back; or it was stopped before it went out, and does not.
    pub enum OutgoingLetterStatus {
        ToPrint = "TO_PRINT",
        Printed = "PRINTED",
        Sent = "SENT",
        Returned = "RETURNED",
        Stopped = "STOPPED",
    }
}

acts! {
    /// Acts on a letter. What was marked, or stopped by hand, by mistake is printed again. That it went out, came back, or did not go out after all, its record notes.
    pub enum OutgoingLetterAct on "outgoing_letter" OutgoingLetterStatus {
        MarkPrinted "mark-printed" [MarkOutgoingLetterPrinted ":mark-printed"] "printed" Anyone apart [Unnamed, Subject] { ToPrint => Printed }
        PrintAgain "print-again" [PrintOutgoingLetterAgain ":print-again"] "to_be_printed_again" Anyone apart [Unnamed, Subject] {
            Printed => ToPrint, Stopped => ToPrint
        }
        Stop "stop" [StopOutgoingLetter ":stop"] "stopped" Anyone apart [Unnamed, Subject] { ToPrint => Stopped, Printed => Stopped }
        Send "send" [] "sent" Anyone { ToPrint => Sent, Printed => Sent, Stopped => Sent, Returned => Sent }
        Return "return" [] "returned" Anyone { Sent => Returned }
        TakeBack "take-back" [] "not_sent" Anyone { Sent => Printed, Returned => Printed }
    }
}

/// What a letter says, as it is sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Written {
    /// As BCP 47 names it.
    pub language: String,
    pub recipient: String,
    /// Whether it goes to the address for delivery that the record keeps.
    pub to_contact: bool,
    /// That address as it was when the letter went out; none before.
    pub address: Option<String>,
    pub subject: String,
    pub text: String,
}

impl Written {
    pub fn of(letter: &Letter<'_>) -> Self {
        Self {
            language: letter.language.tag().to_owned(),
            recipient: letter.recipient.to_owned(),
            to_contact: letter.to_contact,
            address: None,
            subject: letter.subject.to_owned(),
            text: with_plain_ends(letter.text),
        }
    }

    pub fn language(&self) -> Language {
        if self.language == Language::English.tag() { Language::English } else { Language::Chinese }
    }
}
