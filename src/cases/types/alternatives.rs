//! Papers of which the law asks for one or another: whoever applies owes one of them, whatever circumstances are named.

use super::model::CaseRules;

/// The alternatives of a type: by which code they belong together, and which papers they are.
const ALTERNATIVES: [(&str, &str, &[&str]); 10] = [
    // 戶籍法施行細則 §13 no. 10
    ("ADDRESS_CHANGE", "PROOF_OF_RESIDENCE", &["RESIDENCE_PROOF", "NEW_HOUSE_HH_CERT"]),
    // 民法 §1080
    ("ADOPTION_END", "PROOF_OF_ADOPTION_END", &["ADOPTION_END_PAPER", "COURT_RULING"]),
    // 戶籍法 §14; 戶籍法施行細則 §13 no. 8, §14
    ("DEATH", "PROOF_OF_DEATH", &["DEATH_CERTIFICATE", "FOREIGN_PAPERS", "DEATH_NOTIFICATION"]),
    // 戶籍法 §34
    ("DIVORCE_COURT", "PROOF_OF_DIVORCE", &["COURT_RULING", "MEDIATION_RECORD"]),
    // As offices ask for a first card: the household certificate, or a paper with a photograph.
    ("ID_FIRST", "PROOF_OF_IDENTITY", &["HH_CERT", "SECOND_PHOTO_ID"]),
    // 身分證辦法 §15
    ("ID_REISSUE", "PROOF_OF_IDENTITY", &["HH_CERT", "SECOND_PHOTO_ID"]),
    // 戶籍法施行細則 §9-1
    ("INITIAL", "PROOF_OF_RESIDENCE", &["RESIDENCE_PROOF", "NEW_HOUSE_HH_CERT"]),
    // 戶籍法施行細則 §13 no. 10
    ("MOVE_IN", "PROOF_OF_RESIDENCE", &["RESIDENCE_PROOF", "NEW_HOUSE_HH_CERT"]),
    // 戶籍法 §13
    ("PARENTAL_RIGHTS", "PROOF_OF_PARENTAL_RIGHTS", &["PARENTAL_AGREEMENT", "COURT_RULING"]),
    // By age, one shows the card or the household certificate.
    ("PASSPORT_ID", "PROOF_OF_IDENTITY", &["ID_CARD", "HH_CERT"]),
];

/// Marks the lines of a type's checklist that are alternatives; those of a version's own stay as they are.
pub fn group(rules: &mut CaseRules, code: &str) {
    for (_, group, documents) in ALTERNATIVES.iter().filter(|(of, ..)| *of == code) {
        for paper in rules.papers.iter_mut().filter(|paper| documents.contains(&paper.document.as_str())) {
            paper.one_of.get_or_insert_with(|| (*group).to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::checklist::{ALWAYS, BroughtBy};
    use super::super::reference::first_types;
    use super::ALTERNATIVES;

    #[test]
    fn every_alternative_stands_once_on_the_checklist_of_its_type() {
        let types = first_types();
        for (code, group, documents) in ALTERNATIVES {
            let one = types.iter().find(|one| one.code == code).unwrap();
            let grouped = one.rules.papers.iter().filter(|paper| paper.one_of.as_deref() == Some(group));
            let mut grouped: Vec<&str> = grouped.map(|paper| paper.document.as_str()).collect();
            let mut expected = documents.to_vec();
            grouped.sort_unstable();
            expected.sort_unstable();
            assert_eq!(grouped, expected, "{code}");
        }
    }

    #[test]
    fn a_circumstance_tells_which_alternative_is_asked_for() {
        let types = first_types();
        for (code, group, documents) in ALTERNATIVES {
            let rules = &types.iter().find(|one| one.code == code).unwrap().rules;
            let asked = |circumstances: &[String]| {
                let papers = rules.papers_for(circumstances, BroughtBy::Applicant);
                papers.filter(|paper| paper.one_of.as_deref() == Some(group)).cloned().collect::<Vec<_>>()
            };
            let all = asked(&[]);
            assert_eq!(all.len(), documents.len(), "{code}");
            for paper in all.iter().filter(|paper| paper.when != ALWAYS) {
                assert_eq!(asked(std::slice::from_ref(&paper.when)), std::slice::from_ref(paper), "{code}");
            }
        }
    }
}
