//! The lines of a type's checklist, and which of them a case asks for: by its circumstances, and by whom it is brought to the counter.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::fields::Form;
use super::by_law::{
    APPLICANT_WITHOUT_CARD, BACK_FROM_ABROAD, BORN_IN_THE_COUNTRY, BOTH_PRESENT, BY_COURT_DECISION, CHILD_OF_A_NATIONAL,
    MARRIED_ABROAD, NO_PARENTS, ONE_PARTY_APPLIES, OUTSIDE_THE_HOUSEHOLD, SPOUSE_OF_A_NATIONAL, WITHOUT_CARD,
};
use super::model::{CaseRules, PaperForm, Relation};
use crate::office::Bilingual;

/// One line of a checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperRule {
    /// Code of the paper.
    #[schema(min_length = 1, max_length = 40, example = "ID_CARD")]
    pub document: String,
    pub name: Bilingual,
    pub form: PaperForm,
    /// The circumstance under which it is asked for: `ALWAYS`, `EACH_PARTY` (always, of every party), `PROXY_APPLIES`, one that the register makes (`LIMITED_CAPACITY`, `REPRESENTATIVE_UNKNOWN`, `UNDER_GUARDIANSHIP`, `HUSBAND_PRESUMED`, `BY_ACKNOWLEDGMENT`, `RELATION_UNKNOWN`, `GUARDIAN_MARRIES_WARD`, `PARENTS_LIVE`, `NO_PARENTS`, `DEATH_UNREGISTERED`), or one to name in `circumstances`. What is asked for always falls away under a circumstance in which nobody has it: `WITHOUT_CARD` (whom it is about is under fourteen, 戶籍法 §57), `APPLICANT_WITHOUT_CARD` (under fourteen, no national or not yet again, or no human), `OUTSIDE_THE_HOUSEHOLD` (an undertaker, a manager of premises, an institution, a foreigner who parts from a national or is a guardian), `NO_PARENTS`, which the law waives: `SPOUSE_OF_A_NATIONAL`, `CHILD_OF_A_NATIONAL` (國籍法 §4), or in which another paper takes its place: `BY_COURT_DECISION`, `MARRIED_ABROAD`, `BACK_FROM_ABROAD`, `BORN_IN_THE_COUNTRY`.
    #[schema(min_length = 1, max_length = 100, example = "PARENTS_MARRIED")]
    pub when: String,
    /// Papers of a checklist that have the same code here are alternatives, of which one is always asked for: the one whose
    /// circumstance holds, or any of them where none does. Among missing papers each of them stands until one is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 40, example = "PROOF_OF_DEATH")]
    pub one_of: Option<String>,
}

pub const ALWAYS: &str = "ALWAYS";
pub const PROXY_APPLIES: &str = "PROXY_APPLIES";
/// Asked for always, of every party.
pub const EACH_PARTY: &str = "EACH_PARTY";

/// What whoever applies shows of themselves: of nobody where the office enters a case by itself.
const SHOWN_IN_PERSON: [&str; 8] =
    ["DECEASED_ID", "HH_CERT", "ID_CARD", "NEW_HOUSE_HH_CERT", "OLD_ID_CARD", "PARENTS_ID", "PHOTO", "SEAL_OR_SIGNATURE"];

/// What is asked for always, but for the circumstance in which nobody has it, or another paper takes its place.
const BUT_FOR: [(&str, &str); 17] = [
    ("ACK_PROOF", BY_COURT_DECISION),
    ("BIRTH_CERTIFICATE", NO_PARENTS),
    (BOTH_PRESENT, ONE_PARTY_APPLIES),
    ("DECEASED_ID", OUTSIDE_THE_HOUSEHOLD),
    ("DECEASED_ID", WITHOUT_CARD),
    ("HH_CERT", BACK_FROM_ABROAD),
    ("HH_CERT", OUTSIDE_THE_HOUSEHOLD),
    ("ID_CARD", APPLICANT_WITHOUT_CARD),
    ("LANGUAGE_PROOF", CHILD_OF_A_NATIONAL),
    ("LIVELIHOOD_PROOF", CHILD_OF_A_NATIONAL),
    ("LIVELIHOOD_PROOF", SPOUSE_OF_A_NATIONAL),
    ("MARRIAGE_PAPER", MARRIED_ABROAD),
    ("OLD_ID_CARD", BACK_FROM_ABROAD),
    ("OLD_ID_CARD", WITHOUT_CARD),
    ("PARENTS_ID", NO_PARENTS),
    ("PHOTO", WITHOUT_CARD),
    ("SETTLEMENT_PERMIT", BORN_IN_THE_COUNTRY),
];

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
    /// Whether something that is asked for always falls away under a circumstance. Whoever asks for a card, or for a nationality, is
    /// asked for the photograph and the card at every age.
    pub fn hangs_on(&self, circumstance: &str) -> bool {
        let is_of_cards = circumstance == WITHOUT_CARD && matches!(self.form, Form::IdCard | Form::Nationality);
        !is_of_cards && self.papers.iter().any(|paper| paper.when == ALWAYS && falls_under(paper, circumstance))
    }

    /// Papers that these circumstances ask for; of alternatives those that fit, any one of which suffices.
    pub fn papers_for<'a>(&'a self, circumstances: &'a [String], by: BroughtBy) -> impl Iterator<Item = &'a PaperRule> {
        let is_shown = move |paper: &&PaperRule| by != BroughtBy::Office || !SHOWN_IN_PERSON.contains(&paper.document.as_str());
        let is_asked = move |paper: &&PaperRule| match &paper.one_of {
            Some(_) => self.is_alternative(paper, circumstances, by),
            None => holds(paper, circumstances, by),
        };
        self.papers.iter().filter(is_shown).filter(is_asked)
    }

    /// Whether an alternative is among those that fit: by a circumstance, or all where none tells them apart. What the office
    /// enters by itself it asks nobody to prove by what is shown in person (戶籍法施行細則 §14).
    fn is_alternative(&self, paper: &PaperRule, circumstances: &[String], by: BroughtBy) -> bool {
        let is_told = |paper: &PaperRule| circumstances.contains(&paper.when);
        let mut group = self.papers.iter().filter(|other| other.one_of == paper.one_of);
        if group.clone().any(is_told) {
            return is_told(paper);
        }
        by != BroughtBy::Office || !group.any(|other| SHOWN_IN_PERSON.contains(&other.document.as_str()))
    }
}

/// Whether a paper that is asked for always falls away under a circumstance.
fn falls_under(paper: &PaperRule, circumstance: &str) -> bool {
    BUT_FOR.iter().any(|(document, one)| paper.document == *document && circumstance == *one)
}

/// Whether what a paper is asked for under holds.
fn holds(paper: &PaperRule, circumstances: &[String], by: BroughtBy) -> bool {
    let is_named = |circumstance: &str| circumstances.iter().any(|one| one == circumstance);
    match paper.when.as_str() {
        ALWAYS => !circumstances.iter().any(|one| falls_under(paper, one)),
        EACH_PARTY => true,
        PROXY_APPLIES => by == BroughtBy::Proxy,
        other => is_named(other),
    }
}

/// Papers asked for that are not there; of alternatives none, once one of them is. A legal representative who is present consents.
pub fn missing<'a>(wanted: impl Iterator<Item = &'a PaperRule>, there: &[String]) -> Vec<PaperRule> {
    let has = |document: &str| there.iter().any(|paper| paper == document);
    let is_there = |paper: &PaperRule| has(&paper.document) || paper.document == "LEGAL_REP_CONSENT" && has("LEGAL_REP_PRESENT");
    let wanted: Vec<&PaperRule> = wanted.collect();
    let is_met =
        |paper: &PaperRule| paper.one_of.is_some() && wanted.iter().any(|other| other.one_of == paper.one_of && is_there(other));
    wanted.iter().filter(|paper| !is_there(paper) && !is_met(paper)).map(|paper| (*paper).clone()).collect()
}
