//! What the law puts on the checklist of every type that it fits, whatever a version of the type says.

use super::super::capacity::demand;
use super::alternatives;
use super::checklist::{ALWAYS, PROXY_APPLIES, PaperRule};
use super::model::{CaseRules, PaperForm, ProxyRule, Relation};
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

/// The father of a birth is one by acknowledgment: the mother is not known to be married to him (民法 §1065).
pub const BY_ACKNOWLEDGMENT: &str = "BY_ACKNOWLEDGMENT";
/// Fatherhood is a court's finding, as it must be once the father has died (民法 §1067).
pub const BY_COURT_DECISION: &str = "BY_COURT_DECISION";
/// A child is called by an indigenous people's custom (姓名條例 §1): its name shows neither parent's surname.
pub const INDIGENOUS_NAME: &str = "INDIGENOUS_NAME";

/// Of a birth nobody is known as a parent (戶籍法 §49).
pub const NO_PARENTS: &str = "NO_PARENTS";

/// The register cannot tell whether those whom a case ties, or no longer ties, are what they are named as.
pub const RELATION_UNKNOWN: &str = "RELATION_UNKNOWN";
/// A guardian marries the ward (民法 §984).
pub const GUARDIAN_MARRIES_WARD: &str = "GUARDIAN_MARRIES_WARD";
/// A child gets a guardian whose parents the register has, and who live (民法 §1091).
pub const PARENTS_LIVE: &str = "PARENTS_LIVE";

/// One party applies where two can: the other need not be there (戶籍法 §33).
pub const ONE_PARTY_APPLIES: &str = "ONE_PARTY_APPLIES";

/// Others than the person apply, and show their interest (戶籍法 §45, §46, §65).
pub const INTERESTED: &str = "APPLICANT_IS_AN_INTERESTED_PERSON";

/// A relative of the dead asks for the photograph of somebody whose death the register does not have (身分證辦法 §39).
pub const DEATH_UNREGISTERED: &str = "DEATH_UNREGISTERED";

/// Somebody applies as the head of a household for the certificate of another's (身分證辦法 §29).
pub const ANOTHER_IS_THE_HEAD: &str = "ANOTHER_IS_THE_HEAD";

/// A letter of proxy from abroad, from the forces, from a prison or from isolation, attested there (印鑑登記辦法 §5).
pub const LETTER_ATTESTED: &str = "ABROAD_OR_IN_AN_INSTITUTION";

/// Whom a case is about has no card of theirs yet: nobody under fourteen has one unless they asked for it (戶籍法 §57).
pub const WITHOUT_CARD: &str = "WITHOUT_CARD";

/// Whoever applies has no national ID card: no national, or not yet again, no human, or under fourteen (戶籍法 §57).
pub const APPLICANT_WITHOUT_CARD: &str = "APPLICANT_WITHOUT_CARD";

/// A marriage that stands by the law of where it was concluded: what shows it there takes the place of an agreement.
pub const MARRIED_ABROAD: &str = "MARRIED_ABROAD";

/// Somebody comes into a household that is there already: its head consents, or hands over its certificate.
pub const JOINS_A_HOUSEHOLD: &str = "JOINS_A_HOUSEHOLD";
/// Whoever applies is of no household that the case is about, and has none of its papers: an undertaker, a manager of premises, an
/// institution, or a foreigner who parts from a national, or is somebody's guardian.
pub const OUTSIDE_THE_HOUSEHOLD: &str = "OUTSIDE_THE_HOUSEHOLD";

/// Somebody moves in from abroad, where no household and no card of theirs lasts (戶籍法 §17).
pub const BACK_FROM_ABROAD: &str = "BACK_FROM_ABROAD";

/// Somebody of twelve or more who was born in the country and never registered has a household for the first time (戶籍法 §15).
pub const BORN_IN_THE_COUNTRY: &str = "BORN_IN_THE_COUNTRY";

/// Whoever acquires the nationality is the spouse of a national (國籍法 §4 I).
pub const SPOUSE_OF_A_NATIONAL: &str = "SPOUSE_OF_A_NATIONAL";

/// Whoever acquires the nationality is under age, unmarried, and a national's child (國籍法 §4 II).
pub const CHILD_OF_A_NATIONAL: &str = "CHILD_OF_A_NATIONAL";

/// A child under age takes the other parent's surname, as both parents agree in writing (民法 §1059).
pub const SURNAME_AGREED: &str = "SURNAME_AGREED";

/// Whoever asks for a card is known by another paper with a photograph.
const TO_CONFIRM_IDENTITY: &str = "TO_CONFIRM_IDENTITY";

/// Circumstances that the register makes, or who applies: nobody names them.
const FROM_THE_REGISTER: [&str; 11] = [
    LIMITED_CAPACITY,
    REPRESENTATIVE_UNKNOWN,
    UNDER_GUARDIANSHIP,
    HUSBAND_PRESUMED,
    BY_ACKNOWLEDGMENT,
    NO_PARENTS,
    RELATION_UNKNOWN,
    GUARDIAN_MARRIES_WARD,
    PARENTS_LIVE,
    ONE_PARTY_APPLIES,
    DEATH_UNREGISTERED,
];

/// Whether a circumstance is one that the office alone sees.
pub fn is_from_the_register(circumstance: &str) -> bool {
    FROM_THE_REGISTER.contains(&circumstance)
}

/// Whoever has certified a death has told the office (戶籍法 §14).
const RECEIVED_BY_NOTIFICATION: &str = "RECEIVED_BY_NOTIFICATION";

/// Both parties have come, or their proxy has.
pub const BOTH_PRESENT: &str = "BOTH_PARTIES_PRESENT";

/// Lines that the law puts on the checklist of every type that they fit: code, name, form, circumstance.
const BY_LAW: [(&str, &str, &str, PaperForm, &str); 28] = [
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
    ("ACK_PROOF", "認領證明文件", "Proof of acknowledgment", PaperForm::Original, BY_ACKNOWLEDGMENT),
    (
        "COURT_RULING",
        "法院裁判書及確定證明書",
        "Court decision and certificate that it is final",
        PaperForm::Original,
        BY_COURT_DECISION,
    ),
    (
        "INDIGENOUS_PROOF",
        "原住民身分證明文件或從姓約定書",
        "Proof of Indigenous status or surname agreement",
        PaperForm::Original,
        INDIGENOUS_NAME,
    ),
    (
        "FOUNDLING_PROOF",
        "警察機關或社會福利主管機關之棄嬰、無依兒童證明文件",
        "Paper of the police or the welfare authority on the child who was found",
        PaperForm::Original,
        NO_PARENTS,
    ),
    (
        "DEATH_NOTIFICATION",
        "檢察或醫療機關之死亡通報資料",
        "Notification of the death by the prosecutor or the hospital",
        PaperForm::Copy,
        RECEIVED_BY_NOTIFICATION,
    ),
    (
        "RELATION_PROOF",
        "親子、夫妻、收養、監護或輔助關係證明文件（戶口名簿、裁判書）",
        "Proof of parentage, marriage, adoption, guardianship or assistance: household certificate, court decision",
        PaperForm::Original,
        RELATION_UNKNOWN,
    ),
    (
        "PARENTS_CONSENT",
        "受監護人父母之同意書",
        "Consent of the ward's parents to the marriage with the guardian",
        PaperForm::Original,
        GUARDIAN_MARRIES_WARD,
    ),
    (
        "GUARDIANSHIP_GROUND",
        "設置監護人之依據（法院裁判、後死父母之遺囑或父母之委託書）",
        "Ground for a guardian: court ruling, will of the last parent, or mandate of the parents",
        PaperForm::Original,
        PARENTS_LIVE,
    ),
    (
        "DEATH_CERTIFICATE",
        "死亡證明書或相驗屍體證明書",
        "Death certificate or autopsy certificate",
        PaperForm::Original,
        DEATH_UNREGISTERED,
    ),
    (
        "SECOND_PHOTO_ID",
        "其他附相片之身分證件",
        "Another identity document with photograph",
        PaperForm::Original,
        TO_CONFIRM_IDENTITY,
    ),
    ("INTEREST_PROOF", "利害關係證明文件", "Proof of the interest", PaperForm::Original, INTERESTED),
    ("HEAD_CONSENT", "戶長同意書", "Consent of the household head", PaperForm::Original, JOINS_A_HOUSEHOLD),
    ("HEAD_PROOF", "戶長身分證明文件", "Proof of being the head of the household", PaperForm::Original, ANOTHER_IS_THE_HEAD),
    ("NO_RECORD_CERT", "無犯罪紀錄證明", "Certificate of no criminal record", PaperForm::Original, ALWAYS),
    ("LIVELIHOOD_PROOF", "生活保障無虞證明", "Proof of livelihood", PaperForm::Original, ALWAYS),
    (
        "RELATION_PROOF",
        "與國民之婚姻關係證明文件（戶口名簿）",
        "Proof of the marriage with a national: household certificate",
        PaperForm::Original,
        SPOUSE_OF_A_NATIONAL,
    ),
    (
        "RELATION_PROOF",
        "與國民之親子或收養關係證明文件（戶口名簿、裁判書）",
        "Proof of being a national's child: household certificate, court decision",
        PaperForm::Original,
        CHILD_OF_A_NATIONAL,
    ),
    (
        "ENTRY_PAPER",
        "我國護照或入國證明文件",
        "Passport of the Republic of China, or entry paper",
        PaperForm::Original,
        BACK_FROM_ABROAD,
    ),
    ("BIRTH_CERTIFICATE", "在國內出生之證明文件", "Proof of the birth in the country", PaperForm::Original, BORN_IN_THE_COUNTRY),
    (
        "SURNAME_AGREEMENT",
        "父母變更子女姓氏約定書",
        "Agreement of both parents on the child's surname",
        PaperForm::Original,
        SURNAME_AGREED,
    ),
    (
        "ATTESTED_LETTER",
        "經驗證，或由部隊、矯正機關或隔離治療機構核轉或證明之委任書",
        "Letter of proxy that was attested abroad, or by the unit, the prison or the hospital",
        PaperForm::Original,
        LETTER_ATTESTED,
    ),
];

/// Types by which what is registered is altered, corrected, revoked or annulled: whoever has an interest in it applies as well, and
/// shows it (戶籍法 §46).
const CHANGES: [&str; 6] = ["ALTERATION", "ANNULMENT", "CORRECTION", "NAME_CORRECTION", "PARENT_NAME_CORRECTION", "REVOCATION"];

/// Who applies by law beside those whom a version of the type names: one party of a marriage that stands without its registration
/// (戶籍法 §33), whoever is under guardianship no longer, and of what is corrected whoever applied for the entry, or has an interest
/// in it, where the person does not or cannot (§46): of the dead nobody else does.
const ADMITTED: [(&str, Relation); 10] = [
    ("BIRTHDATE_CORRECTION", Relation::InterestedPerson),
    ("BIRTHDATE_CORRECTION", Relation::OriginalApplicant),
    ("GUARDIANSHIP", Relation::Oneself),
    ("MARRIAGE", Relation::OneParty),
    ("NAME_CORRECTION", Relation::OriginalApplicant),
    ("OTHER_LAW", Relation::InterestedPerson),
    ("OTHER_LAW", Relation::OriginalApplicant),
    ("PARENT_NAME_CORRECTION", Relation::OriginalApplicant),
    ("UID_CORRECTION", Relation::InterestedPerson),
    ("UID_CORRECTION", Relation::OriginalApplicant),
];

/// What stands without its registration, so that it is entered also where nobody lives whom §29 to §36 name: then whoever has an
/// interest applies (戶籍法 §45).
const BY_INTEREST: [&str; 6] = ["ADOPTION", "ADOPTION_END", "BIRTH", "DEATH", "DIVORCE_COURT", "MARRIAGE"];

/// Whether somebody of this relation applies for a case of a type because nobody does whom the law names before them.
pub fn applies_in_want(type_code: &str, relation: Relation) -> bool {
    relation == Relation::InterestedPerson && BY_INTEREST.contains(&type_code)
}

/// Whether the law admits somebody of this relation to a type, whatever a version of it says.
fn is_admitted(type_code: &str, relation: Relation) -> bool {
    ADMITTED.contains(&(type_code, relation)) || applies_in_want(type_code, relation)
}

/// What nobody does in another's place: a passport is asked for in person, a marriage is concluded and a divorce agreed by the two
/// themselves; and of a guardianship the guardian applies.
const IN_PERSON: [&str; 6] =
    ["DIVORCE_AGREED", "GUARDIANSHIP", "MARRIAGE", "MARRIAGE_BOOKING", "MARRIAGE_END_748", "PASSPORT_ID"];

/// Whether somebody of this relation applies in a matter of their own, so that whoever represents them can.
fn is_own(relation: Relation) -> bool {
    use Relation::{Acknowledged, Adoptee, AssistedPerson, HouseholdHead, OneParty, Oneself};
    matches!(relation, Acknowledged | Adoptee | AssistedPerson | HouseholdHead | OneParty | Oneself)
}

/// Adds what the law asks for whatever a version of the type says: papers of a proxy, of a consent, of a legal
/// representative, who applies wherever somebody applies in a matter of their own (民法 §76); and which of the papers are
/// alternatives.
pub fn complete(rules: &mut CaseRules, code: &str) {
    let demand = demand(code);
    // Whoever cannot come registers a seal by a proxy, who says why (印鑑登記辦法 §5).
    if matches!(code, "SEAL_CHANGE" | "SEAL_REGISTER") && rules.proxy == ProxyRule::Never {
        rules.proxy = ProxyRule::Allowed;
    }
    let mut admitted: Vec<Relation> = Relation::ALL.iter().copied().filter(|one| is_admitted(code, *one)).collect();
    if !IN_PERSON.contains(&code) && rules.applicants.iter().any(|one| is_own(*one)) {
        admitted.push(Relation::LegalRepresentative);
    }
    admitted.retain(|one| !rules.applicants.contains(one));
    rules.applicants.extend(admitted);
    for (document, zh, en, form, when) in BY_LAW {
        let fits = match when {
            PROXY_APPLIES => rules.proxy != ProxyRule::Never || rules.applicants.contains(&Relation::Proxy),
            LIMITED_CAPACITY => !matches!(demand, Demand::Nothing | Demand::Duty),
            UNDER_GUARDIANSHIP => demand == Demand::Understanding,
            // A nationality is restored by whoever behaves and can keep themselves (國籍法 §15).
            ALWAYS if document != BOTH_PRESENT => code == "NAT_RESTORE",
            BACK_FROM_ABROAD => code == "MOVE_IN",
            BORN_IN_THE_COUNTRY => code == "INITIAL",
            SPOUSE_OF_A_NATIONAL | CHILD_OF_A_NATIONAL => code == "NAT_ACQUIRE",
            SURNAME_AGREED => code == "NAME_SURNAME",
            BY_COURT_DECISION => matches!(code, "BIRTH" | "NAME_SURNAME"),
            BY_ACKNOWLEDGMENT | INDIGENOUS_NAME | NO_PARENTS => code == "BIRTH",
            RECEIVED_BY_NOTIFICATION => code == "DEATH",
            HUSBAND_PRESUMED => matches!(code, "BIRTH" | "PARENTAGE"),
            RELATION_UNKNOWN => {
                matches!(code, "ADOPTION" | "ADOPTION_END" | "ASSISTANCE" | "GUARDIANSHIP" | "PARENTAL_RIGHTS")
            }
            GUARDIAN_MARRIES_WARD => code == "MARRIAGE",
            PARENTS_LIVE => code == "GUARDIANSHIP",
            DEATH_UNREGISTERED => rules.applicants.contains(&Relation::RelativeOfDeceased),
            // Of a move, and an initial registration, the certificate of the household that is joined shows it.
            JOINS_A_HOUSEHOLD => code == "HOUSEHOLD_MERGE",
            ANOTHER_IS_THE_HEAD => matches!(code, "HC_FIRST" | "HC_REISSUE" | "HC_REPLACE"),
            TO_CONFIRM_IDENTITY => code == "ID_FIRST",
            LETTER_ATTESTED => matches!(code, "SEAL_CHANGE" | "SEAL_REGISTER"),
            INTERESTED => {
                let changes = CHANGES.contains(&code) && rules.applicants.contains(&Relation::InterestedPerson);
                changes || is_admitted(code, Relation::InterestedPerson)
            }
            REPRESENTATIVE_UNKNOWN => {
                // Whoever applies for another, and whoever consents as a party.
                let represents = [Relation::LegalRepresentative, Relation::Guardian];
                let wants_consent = !matches!(demand, Demand::Nothing | Demand::Duty);
                wants_consent || represents.iter().any(|one| rules.applicants.contains(one))
            }
            _ => rules.applicants.contains(&Relation::BothParties),
        };
        if fits && !rules.papers.iter().any(|paper| paper.document == document && paper.when == when) {
            let (document, when) = (document.to_owned(), when.to_owned());
            rules.papers.push(PaperRule { document, name: Bilingual::new(zh, en), form, when, one_of: None });
        }
    }
    alternatives::group(rules, code);
}
