//! By what right somebody applies: the circumstances that their relation makes, and the papers that prove it. One rule for cases and
//! for certificates.

use super::types::by_law::{ANOTHER_IS_THE_HEAD, DEATH_UNREGISTERED, INTERESTED, LETTER_ATTESTED};
use super::types::checklist::{BroughtBy, PaperRule, missing};
use super::types::model::{CaseRules, Relation};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::people::{Identifier, holding};

/// Kin are given the photograph of the dead (身分證辦法 §39).
const DEAD_RELATIVE: &str = "PHOTOGRAPH_OF_A_DEAD_RELATIVE";
/// Whoever owns the premises ends a delivery address there.
const OWNER_ENDS: &str = "PREMISES_OWNER_ENDS_IT";
/// Statistics for others than an agency.
const PRIVATE: &str = "PRIVATE_APPLICANT";
/// Who registers a seal by a proxy, unless abroad or in an institution (印鑑登記辦法 §5).
const CANNOT_COME: &str = "SERIOUS_ILLNESS_OR_CANNOT_WALK";

/// Papers that prove a right, beside those of identity, of a mandate and of the fee, and the law that asks for each.
const PROOFS: [(&str, &str); 6] = [
    ("DEATH_CERTIFICATE", "身分證辦法 §39"),
    ("HEAD_PROOF", "身分證辦法 §29"),
    ("INTEREST_PROOF", "戶籍法 §65"),
    ("KIN_PROOF", "身分證辦法 §39"),
    ("OWNER_PROOF", "道路命名及門牌編釘自治法規"),
    ("PURPOSE_PROOF", "戶籍法 §65-1"),
];

/// Who applies, and about whom.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    pub relation: Relation,
    pub applicant: &'a Identifier,
    pub subject: Option<&'a Identifier>,
    pub is_by_proxy: bool,
}

impl Asking<'_> {
    /// Whether a circumstance of a checklist follows from it, beside those that were named.
    pub fn makes(&self, circumstance: &str, named: &[String]) -> bool {
        match circumstance {
            INTERESTED => self.relation == Relation::InterestedPerson,
            DEAD_RELATIVE => self.relation == Relation::RelativeOfDeceased,
            OWNER_ENDS => self.relation == Relation::PremisesOwner,
            PRIVATE => self.relation == Relation::Anyone && self.applicant.is_human(),
            ANOTHER_IS_THE_HEAD => {
                self.relation == Relation::HouseholdHead && self.subject.is_some_and(|subject| subject != self.applicant)
            }
            CANNOT_COME => self.is_by_proxy && !named.iter().any(|one| one == LETTER_ATTESTED),
            _ => false,
        }
    }

    /// The first proof of the right on a type's checklist that is not there, with the law that asks for it.
    pub fn unproven(
        &self,
        conn: &mut Conn,
        rules: &CaseRules,
        (subject, shown): (Id, &[String]),
    ) -> Result<Option<(PaperRule, &'static str)>> {
        let made = rules.circumstances().into_iter().filter(|one| self.makes(one, &[]));
        let mut circumstances: Vec<String> = made.map(str::to_owned).collect();
        if is_death_unregistered(conn, self.relation, Some(subject))? {
            circumstances.push(DEATH_UNREGISTERED.to_owned());
        }
        let wanted = rules.papers_for(&circumstances, BroughtBy::of(self.relation, self.is_by_proxy));
        let law = |paper: &PaperRule| PROOFS.iter().find(|(proof, _)| *proof == paper.document).map(|(_, law)| *law);
        Ok(missing(wanted, shown).into_iter().find_map(|paper| law(&paper).map(|law| (paper, law))))
    }
}

/// Whether somebody asks as a relative of the dead for one whose death the register does not have.
pub fn is_death_unregistered(conn: &mut Conn, relation: Relation, subject: Option<Id>) -> Result<bool> {
    let asks = relation == Relation::RelativeOfDeceased;
    Ok(asks && !subject.map_or(Ok(false), |subject| holding::is_deceased(conn, subject))?)
}
