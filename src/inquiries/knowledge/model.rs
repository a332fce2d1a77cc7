//! A knowledge answer: its topic and states, and the acts between them.

use super::policy::{
    ConfirmKnowledgeAnswer, CreateKnowledgeAnswer, DiscardKnowledgeDraft, PublishKnowledgeAnswer, RestoreKnowledgeAnswer,
    UpdateKnowledgeAnswer, WithdrawKnowledgeAnswer,
};
use crate::{acts, text_enum};

text_enum! {
    /// What an inquiry, or an answer to a frequent question, is about.
    pub enum InquiryTopic {
        /// Registrations of birth, marriage, death, moves …
        Registration = "REGISTRATION",
        /// 國民身分證
        NationalIdCard = "NATIONAL_ID_CARD",
        /// 戶口名簿、戶籍謄本
        Transcript = "TRANSCRIPT",
        /// 印鑑
        Seal = "SEAL",
        /// 姓名
        Name = "NAME",
        /// 國籍、歸化
        Nationality = "NATIONALITY",
        /// 門牌
        HouseNumber = "HOUSE_NUMBER",
        /// Hours, fees, bookings and places
        Service = "SERVICE",
        Other = "OTHER",
    }
}

text_enum! {
    /// States of a knowledge answer.
    pub enum KnowledgeStatus {
        /// Never published
        Draft = "DRAFT",
        /// A version of it is published; another may be in draft beside it
        Published = "PUBLISHED",
        /// Shown by no list; its versions stay readable
        Withdrawn = "WITHDRAWN",
    }
}

acts! {
    /// Acts on a knowledge answer. Whoever wrote a draft does not publish it.
    pub enum KnowledgeAct on "knowledge_answer" KnowledgeStatus {
        Draft "draft" [CreateKnowledgeAnswer ""] "drafted" Proposer {}
        Rewrite "rewrite" [UpdateKnowledgeAnswer ""] "rewritten" Proposer { Draft => Draft, Published => Published }
        Publish "publish" [PublishKnowledgeAnswer ":publish"] "published" Supervisor apart [Unnamed, Proposer, Remaining] {
            Draft => Published, Published => Published
        }
        DiscardDraft "discard-draft" [DiscardKnowledgeDraft ":discard-draft"] "draft_discarded" Anyone { Published => Published }
        Confirm "confirm" [ConfirmKnowledgeAnswer ":confirm"] "confirmed" Reviewer { Published => Published }
        Withdraw "withdraw" [WithdrawKnowledgeAnswer ":withdraw"] "withdrawn" Anyone { Draft => Withdrawn, Published => Withdrawn }
        Restore "restore" [RestoreKnowledgeAnswer ":restore"] "restored" Anyone { Withdrawn => Published }
        RestoreDraft "restore" [RestoreKnowledgeAnswer ":restore"] "draft_restored" Anyone { Withdrawn => Draft }
    }
}

impl KnowledgeAct {
    /// Whether an act fits an answer by what stands in it beside its state: a draft, and versions that were published.
    pub fn fits(self, has_draft: bool, was_published: bool) -> bool {
        match self {
            Self::Publish | Self::DiscardDraft => has_draft,
            Self::Restore => was_published,
            Self::RestoreDraft => !was_published,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_published_is_restored_as_a_draft() {
        let restored = |published| {
            let acts = [KnowledgeAct::Restore, KnowledgeAct::RestoreDraft].into_iter();
            acts.filter(|act| act.fits(true, published))
                .filter_map(|act| act.after(KnowledgeStatus::Withdrawn))
                .collect::<Vec<_>>()
        };
        assert_eq!(restored(true), [KnowledgeStatus::Published]);
        assert_eq!(restored(false), [KnowledgeStatus::Draft]);
    }
}
