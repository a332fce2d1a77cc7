//! What the law puts on the checklist of every type that it fits, whatever a version of the type says.

use super::super::capacity::demand;
use super::model::{ALWAYS, CaseRules, PROXY_APPLIES, PaperForm, PaperRule, ProxyRule, Relation};
use crate::office::Bilingual;
use crate::people::capacity::Demand;

/// Somebody acts who wants the consent of their legal representative or assistant (民法 §15-2, §77).
pub const LIMITED_CAPACITY: &str = "LIMITED_CAPACITY";
/// The register cannot tell whether a legal representative or guardian is one.
pub const REPRESENTATIVE_UNKNOWN: &str = "REPRESENTATIVE_UNKNOWN";
/// Somebody under guardianship does what nobody can do for them, such as to marry (民法 §996).
pub const UNDER_GUARDIANSHIP: &str = "UNDER_GUARDIANSHIP";
/// The law presumes the mother's husband to be the father, and he is not named (民法 §1063).
pub const HUSBAND_PRESUMED: &str = "HUSBAND_PRESUMED";

/// Of a birth nobody is known as a parent (戶籍法 §49).
pub const NO_PARENTS: &str = "NO_PARENTS";

/// Circumstances that the register or the fields make: nobody names them.
const FROM_THE_REGISTER: [&str; 5] = [LIMITED_CAPACITY, REPRESENTATIVE_UNKNOWN, UNDER_GUARDIANSHIP, HUSBAND_PRESUMED, NO_PARENTS];

/// Whether a circumstance is one that the office alone sees.
pub fn is_from_the_register(circumstance: &str) -> bool {
    FROM_THE_REGISTER.contains(&circumstance)
}

/// Both parties have come, or their proxy has.
pub const BOTH_PRESENT: &str = "BOTH_PARTIES_PRESENT";

/// Lines that the law puts on the checklist of every type that they fit: code, name, form, circumstance.
const BY_LAW: [(&str, &str, &str, PaperForm, &str); 8] = [
    (BOTH_PRESENT, "雙方當事人親自到場", "Both parties present", PaperForm::Action, ALWAYS),
    ("POWER_OF_ATTORNEY", "委託書", "Letter of proxy", PaperForm::Original, PROXY_APPLIES),
    ("PROXY_ID", "受託人國民身分證", "Proxy's national ID card", PaperForm::Original, PROXY_APPLIES),
    (
        "LEGAL_REP_CONSENT",
        "法定代理人或輔助人同意書",
        "Consent of the legal representative or assistant",
        PaperForm::Original,
        LIMITED_CAPACITY,
    ),
    (
        "REPRESENTATIVE_PROOF",
        "法定代理權證明文件（戶口名簿、裁判書或約定書）",
        "Proof of legal representation: household certificate, court decision or agreement",
        PaperForm::Original,
        REPRESENTATIVE_UNKNOWN,
    ),
    (
        "UNDERSTANDING_PROOF",
        "具意思能力之證明文件",
        "Proof that the person understands the act",
        PaperForm::Original,
        UNDER_GUARDIANSHIP,
    ),
    (
        "PATERNITY_PROOF",
        "否認子女之訴確定判決或其他非婚生子女之證明文件",
        "Final judgment that denies the husband's paternity, or other proof that the child is not his",
        PaperForm::Original,
        HUSBAND_PRESUMED,
    ),
    (
        "FOUNDLING_PROOF",
        "警察機關或社會福利主管機關之棄嬰、無依兒童證明文件",
        "Paper of the police or the welfare authority on the child who was found",
        PaperForm::Original,
        NO_PARENTS,
    ),
];

/// Adds what the law asks for whatever a version of the type says: papers of a proxy, of a consent, of a legal
/// representative, who applies wherever somebody applies for themselves (民法 §76).
pub fn complete(rules: &mut CaseRules, code: &str) {
    let demand = demand(code);
    // Whoever cannot come registers a seal by a proxy, who says why (印鑑登記辦法 §5).
    if matches!(code, "SEAL_CHANGE" | "SEAL_REGISTER") && rules.proxy == ProxyRule::Never {
        rules.proxy = ProxyRule::Allowed;
    }
    let alone = rules.applicants.contains(&Relation::Oneself) && code != "PASSPORT_ID";
    if alone && !rules.applicants.contains(&Relation::LegalRepresentative) {
        rules.applicants.push(Relation::LegalRepresentative);
    }
    for (document, zh, en, form, when) in BY_LAW {
        let fits = match when {
            PROXY_APPLIES => rules.proxy != ProxyRule::Never || rules.applicants.contains(&Relation::Proxy),
            LIMITED_CAPACITY => !matches!(demand, Demand::Nothing | Demand::Duty),
            UNDER_GUARDIANSHIP => demand == Demand::Understanding,
            NO_PARENTS => code == "BIRTH",
            HUSBAND_PRESUMED => matches!(code, "BIRTH" | "PARENTAGE"),
            REPRESENTATIVE_UNKNOWN => {
                [Relation::LegalRepresentative, Relation::Guardian].iter().any(|one| rules.applicants.contains(one))
            }
            _ => rules.applicants.contains(&Relation::BothParties),
        };
        if fits && !rules.papers.iter().any(|paper| paper.document == document && paper.when == when) {
            let (document, when) = (document.to_owned(), when.to_owned());
            rules.papers.push(PaperRule { document, name: Bilingual::new(zh, en), form, when });
        }
    }
}
