//! What an application must say while it is one, and an entry that stands already is not asked for.

use super::{CaseFields, CommonFields, Facts, Findings, PartyRole};
use crate::calendar::PartialDate;

impl CaseFields {
    /// Judges an application by what is asked of new ones alone.
    pub fn check_new(&self, facts: &Facts<'_>, findings: &mut Findings) {
        match self {
            Self::Name(name) => name.check_change(facts.type_code, findings),
            Self::MoveIn(_) | Self::MoveOut(_) | Self::MoveWithin(_) => self.check_places(findings),
            Self::Common(common) if facts.type_code == "BIRTHDATE_CORRECTION" => common.check_birthday(facts, findings),
            _ => {}
        }
    }
}

impl CommonFields {
    /// The corrected day of birth is the subject's: words that name another one would not be entered.
    fn check_birthday(&self, facts: &Facts<'_>, findings: &mut Findings) {
        let said = self.after.as_ref().and_then(|after| after.as_str().parse::<PartialDate>().ok());
        let day = facts.with(PartyRole::Subject).find_map(|party| party.birth_on);
        let text = (
            "與當事人之 birth_on 不符：更正後之出生年月日填於當事人之 birth_on",
            "it differs from the subject's birth_on, in which the corrected day of birth stands",
        );
        let fits = said.zip(day).is_none_or(|(said, day)| said == day);
        findings.unless(fits, "/fields/after", "party_mismatch", "戶籍法 §22", text.0, text.1);
    }
}
