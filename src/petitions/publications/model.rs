//! A petition for publication: why it is published, its states, the acts between them, and what keeps it from the public.

use super::policy::{
    CreatePetitionPublication, PublishPetitionPublication, UpdatePetitionPublication, WithdrawPetitionPublication,
};
use super::problems::PUBLICATION_BARRED;
use crate::error::{Error, Problem, Text};
use crate::{acts, text_enum};

text_enum! {
    /// As what a petition and its reply are published.
    pub enum PublicationGround {
        /// An open letter, which the office answers to all
        OpenLetter = "OPEN_LETTER",
        /// What others ask as well
        FrequentQuestion = "FREQUENT_QUESTION",
        /// Somebody has asked that it be disclosed (政府資訊公開法 §9–§18)
        Disclosure = "DISCLOSURE",
    }
}

text_enum! {
    /// States of a petition for publication.
    pub enum PublicationStatus {
        Draft = "DRAFT",
        Published = "PUBLISHED",
        /// By somebody with a reason, or by itself since it may not be published any more: it is begun anew
        Withdrawn = "WITHDRAWN",
    }
}

acts! {
    /// Acts on a petition for publication. Whoever has said what is hidden does not publish it.
    pub enum PublicationAct on "petition_publication" PublicationStatus {
        Propose "propose" [CreatePetitionPublication ""] "proposed" Proposer {}
        Rewrite "rewrite" [UpdatePetitionPublication ""] "rewritten" Proposer { Draft => Draft }
        Publish "publish" [PublishPetitionPublication ":publish"] "published" Supervisor apart [Unnamed, Proposer, Remaining] {
            Draft => Published
        }
        Withdraw "withdraw" [WithdrawPetitionPublication ":withdraw"] "withdrawn" Anyone { Draft => Withdrawn, Published => Withdrawn }
        Fall "fall" [] "fell" Anyone { Draft => Withdrawn, Published => Withdrawn }
    }
}

/// Which rule keeps a petition from the public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    Confidential,
    Open,
    NoReply,
    Refused,
    Changed,
}

impl Bar {
    const fn rule(self) -> &'static str {
        match self {
            Self::Confidential => "CONFIDENTIAL",
            Self::Open => "OPEN",
            Self::NoReply => "NO_REPLY",
            Self::Refused => "REFUSED",
            Self::Changed => "CHANGED",
        }
    }

    /// In words, with the article.
    pub fn told(self) -> Text {
        let (zh, en) = match self {
            Self::Confidential => (
                "此陳情或與其併案者應予保密（行政程序法 §170 II、政府資訊公開法 §18 I ⑥）",
                "it, or one that is answered together with it, is confidential (行政程序法 §170 II, 政府資訊公開法 §18 I no. 6)",
            ),
            Self::Open => (
                "此陳情尚未辦結（政府資訊公開法 §18 I ③）",
                "it is still open: what is said before a decision is not public (政府資訊公開法 §18 I no. 3)",
            ),
            Self::NoReply => ("此陳情無有效之答復", "no reply on the merits stands that could be published with it"),
            Self::Refused => (
                "陳情人不同意公開（政府資訊公開法 §18 I ⑥）",
                "its petitioner, or one of those that are answered together, refuses (政府資訊公開法 §18 I no. 6)",
            ),
            Self::Changed => (
                "陳情、答復、分類或所涉之人已更正，請重新擬具",
                "what it says, its reply, its classification, or whom it names was put right since: propose it anew",
            ),
        };
        Text::new(zh, en)
    }

    pub fn refusal(self) -> Error {
        let Text { zh, en } = self.told();
        Problem::new(PUBLICATION_BARRED).detail(zh, en).with("rule", self.rule()).into()
    }
}
