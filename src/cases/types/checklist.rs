//! Which lines of a type's checklist a case asks for: by its circumstances, and by whom it is brought to the counter.

use super::by_law::{BOTH_PRESENT, NO_PARENTS, ONE_PARTY_APPLIES};
use super::model::{ALWAYS, CaseRules, EACH_PARTY, PROXY_APPLIES, PaperRule, Relation};

/// What whoever applies shows of themselves: of nobody where the office enters a case by itself.
const SHOWN_IN_PERSON: [&str; 8] =
    ["DECEASED_ID", "HH_CERT", "ID_CARD", "NEW_HOUSE_HH_CERT", "OLD_ID_CARD", "PARENTS_ID", "PHOTO", "SEAL_OR_SIGNATURE"];

/// What a birth is shown by where a parent is known.
const OF_PARENTS: [&str; 2] = ["BIRTH_CERTIFICATE", "PARENTS_ID"];

/// By whom a case is brought to the counter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum BroughtBy {
    Applicant,
    Proxy,
    /// Nobody: the office enters it by itself.
    Office,
}

impl BroughtBy {
    pub fn of(relation: Relation, by_proxy: bool) -> Self {
        match relation {
            _ if by_proxy => Self::Proxy,
            Relation::ExOfficio => Self::Office,
            _ => Self::Applicant,
        }
    }
}

impl CaseRules {
    /// Papers that these circumstances ask for.
    pub fn papers_for<'a>(&'a self, circumstances: &'a [String], by: BroughtBy) -> impl Iterator<Item = &'a PaperRule> {
        let is_shown = move |paper: &&PaperRule| by != BroughtBy::Office || !SHOWN_IN_PERSON.contains(&paper.document.as_str());
        self.papers.iter().filter(is_shown).filter(move |paper| match paper.when.as_str() {
            ALWAYS if OF_PARENTS.contains(&paper.document.as_str()) => !circumstances.iter().any(|c| c == NO_PARENTS),
            ALWAYS if paper.document == BOTH_PRESENT => !circumstances.iter().any(|c| c == ONE_PARTY_APPLIES),
            ALWAYS | EACH_PARTY => true,
            PROXY_APPLIES => by == BroughtBy::Proxy,
            other => circumstances.iter().any(|c| c == other),
        })
    }
}
