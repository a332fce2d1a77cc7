//! A letter's states and acts, and what it says.

use serde::{Deserialize, Serialize};

use super::Letter;
use super::policy::{MarkOutgoingLetterPrinted, PrintOutgoingLetterAgain, SettleOutgoingLetter};
use crate::error::Language;
use crate::{acts, text_enum};

text_enum! {
    /// States of a letter: it waits to be printed, it was printed to be posted or handed over, or nobody need print it.
    pub enum OutgoingLetterStatus {
        ToPrint = "TO_PRINT",
        Printed = "PRINTED",
        Settled = "SETTLED",
    }
}

acts! {
    /// Acts on a letter. What was marked or settled by mistake is printed again.
    pub enum OutgoingLetterAct on "outgoing_letter" OutgoingLetterStatus {
        MarkPrinted "mark-printed" [MarkOutgoingLetterPrinted ":mark-printed"] "printed" Anyone apart [Unnamed, Subject] { ToPrint => Printed }
        Settle "settle" [SettleOutgoingLetter ":settle"] "settled" Anyone apart [Unnamed, Subject] { ToPrint => Settled }
        PrintAgain "print-again" [PrintOutgoingLetterAgain ":print-again"] "to_be_printed_again" Anyone apart [Unnamed, Subject] {
            Printed => ToPrint, Settled => ToPrint
        }
    }
}

/// What a letter says, as it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// As BCP 47 names it.
    pub language: String,
    pub recipient: String,
    pub subject: String,
    pub text: String,
}

impl Written {
    pub fn of(letter: &Letter<'_>) -> Self {
        Self {
            language: letter.language.tag().to_owned(),
            recipient: letter.recipient.to_owned(),
            subject: letter.subject.to_owned(),
            text: letter.text.replace("\r\n", "\n"),
        }
    }

    pub fn language(&self) -> Language {
        if self.language == Language::English.tag() { Language::English } else { Language::Chinese }
    }

    /// Whether two say the same, whoever they name.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.subject == other.subject && self.text == other.text
    }
}
