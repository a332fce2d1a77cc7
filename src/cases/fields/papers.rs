//! Cards, household certificates, transcripts, seals, passports, and the common set.

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::types::model::Relation;
use super::status::whole;
use super::{
    CardKind, CommonKind, Facts, Findings, HouseholdCertificateKind, NoRules, PartyRole, PassportKind, SealCertificateKind,
    SealKind, TranscriptKind,
};
use crate::calendar::OfAge;
use crate::people::{IdNumber, Identifier, Label, Note, is_village};
use crate::text_enum;

/// National ID card: first, replacement, re-issue (戶籍法 §57–§61; 身分證辦法 §9–§23).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "ID_CARD", "photo_taken_on": "2026-10-01", "loss_report_number": "115-001234"}))]
pub struct CardFields {
    pub kind: CardKind,
    /// The photograph's day; at most two years ago.
    pub photo_taken_on: NaiveDate,
    /// Report of the loss, for a re-issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_report_number: Option<Label>,
}

impl CardFields {
    pub(super) fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
        findings.past(facts, "/fields/photo_taken_on", self.photo_taken_on);
        let fresh = self.photo_taken_on.checked_add_months(Months::new(24)).is_some_and(|day| day >= facts.today);
        findings.unless(fresh, "/fields/photo_taken_on", "range", "身分證辦法 §9", "相片須為二年內", "at most two years old");
        let reported = facts.type_code != "ID_REISSUE" || self.loss_report_number.is_some();
        findings.unless(
            reported,
            "/fields/loss_report_number",
            "required",
            "身分證辦法 §14",
            "補領須先掛失",
            "report the loss first",
        );
        let text = ("未滿 14 歲由法定代理人申請", "under 14 the legal representative applies");
        let is_represented = facts.relation == Relation::LegalRepresentative;
        let led = is_represented || facts.with(PartyRole::LegalRepresentative).count() > 0;
        for born in facts.with(PartyRole::Subject).filter_map(|p| p.birth_on).filter(|_| !led) {
            let age = born.age_on(facts.today).reaches(14);
            findings.unless_age(age, "/parties", "parties", "戶籍法 §57", text);
        }
        let in_person = facts.type_code != "ID_FIRST" || !facts.by_proxy;
        findings.unless(
            in_person,
            "/proxy",
            "not_allowed",
            "戶籍法 §60",
            "初領須親自為之",
            "the first card is asked for in person",
        );
    }
}

/// Household certificate 戶口名簿 (戶籍法 §56, §63).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "HOUSEHOLD_CERTIFICATE", "copies": 1, "with_notes": true}))]
pub struct HouseholdCertificateFields {
    pub kind: HouseholdCertificateKind,
    #[schema(minimum = 1, maximum = 10)]
    pub copies: u8,
    /// With the notes (記事).
    pub with_notes: bool,
}

impl NoRules for HouseholdCertificateFields {}

text_enum! {
    /// What a transcript shows.
    pub enum TranscriptScope {
        Person = "PERSON",
        Part = "PART",
        Whole = "WHOLE",
        Cancelled = "CANCELLED",
    }
}

/// Transcript 戶籍謄本 (戶籍法 §65, §66).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "TRANSCRIPT", "scope": "WHOLE", "purpose": "繼承登記", "copies": 1}))]
pub struct TranscriptFields {
    pub kind: TranscriptKind,
    /// An interested person is not given WHOLE (戶籍法 §65).
    pub scope: TranscriptScope,
    pub purpose: Note,
    /// Proof of the interest, from an interested person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interest_proof: Option<Label>,
    #[schema(minimum = 1, maximum = 20)]
    pub copies: u8,
    /// Sheets of one copy, for the fee; one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 200)]
    pub sheets: Option<u8>,
}

impl TranscriptFields {
    pub(super) fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
        let shown = facts.relation != Relation::InterestedPerson || self.interest_proof.is_some();
        let text = ("利害關係人須附證明", "an interested person shows proof");
        findings.unless(shown, "/fields/interest_proof", "required", "戶籍法 §65", text.0, text.1);
        let in_part = facts.relation != Relation::InterestedPerson || self.scope != TranscriptScope::Whole;
        let text = ("利害關係人僅得申請與其有利害關係部分之謄本", "an interested person is given the part that concerns them");
        findings.unless(in_part, "/fields/scope", "not_allowed", "戶籍法 §65", text.0, text.1);
    }
}

/// Seal: registration, change, cancellation 印鑑 (印鑑登記辦法 §2–§7).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "SEAL", "village_code": "10007030-002"}))]
pub struct SealFields {
    pub kind: SealKind,
    /// The village under which the slip is filed.
    #[schema(min_length = 1, max_length = 20, example = "10007030-002")]
    pub village_code: String,
    /// Why a proxy comes, in one of the cases of 印鑑登記辦法 §5: such as serious illness, with a doctor's or the village head's
    /// letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy_reason: Option<Note>,
}

impl SealFields {
    pub(super) fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
        let text = ("無此村里", "there is no such village");
        findings.unless(is_village(&self.village_code), "/fields/village_code", "unknown", "", text.0, text.1);
        let told = !facts.by_proxy || self.proxy_reason.is_some();
        findings.unless(told, "/fields/proxy_reason", "required", "印鑑登記辦法 §5", "代理須敘明原因", "say why a proxy comes");
    }
}

/// Certificate of seal registration 印鑑證明 (印鑑登記辦法 §8).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "SEAL_CERTIFICATE", "purpose": "不動產登記", "copies": 2}))]
pub struct SealCertificateFields {
    pub kind: SealCertificateKind,
    pub purpose: Note,
    #[schema(minimum = 1, maximum = 20)]
    pub copies: u8,
}

impl NoRules for SealCertificateFields {}

text_enum! {
    /// The document that proves who stands at the counter.
    pub enum SeenDocument {
        IdCard = "ID_CARD",
        HealthCard = "HEALTH_CARD",
        DrivingLicence = "DRIVING_LICENCE",
        StudentCard = "STUDENT_CARD",
        Other = "OTHER",
    }
}

/// Identity check for a first passport 首次申辦護照人別確認 (護照條例施行細則).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "PASSPORT", "document": "ID_CARD", "photo_matches": true, "present": true}))]
pub struct PassportFields {
    pub kind: PassportKind,
    pub document: SeenDocument,
    /// Whether face and photograph match; a mismatch is told to a supervisor at once.
    pub photo_matches: bool,
    /// The applicant stands at the counter.
    pub present: bool,
}

impl PassportFields {
    pub(super) fn check(&self, _: &Facts<'_>, findings: &mut Findings) {
        findings.unless(self.present, "/fields/present", "required", "護照條例", "須本人到場", "the person must be present");
    }
}

text_enum! {
    /// What is registered of a guardianship, an assistance or the rights of a parent.
    pub enum RelationEvent {
        /// 宣告、選定、約定、酌定: it begins; likewise where nothing is said
        Declared = "DECLARED",
        /// 改定、變更: others take the place of those of before (民法 §1055, §1106-1)
        Changed = "CHANGED",
        /// 撤銷、廢止、終止: it ends (民法 §14, §15-1)
        Revoked = "REVOKED",
    }
}

/// The common set, for types without a form of their own. Of these, an acknowledgment (PARENTAGE) names the child as SUBJECT and
/// the parent as FATHER or MOTHER; PARENTAL_RIGHTS the child as SUBJECT and whoever exercises them as FATHER or MOTHER;
/// GUARDIANSHIP and ASSISTANCE whoever is under it as SUBJECT and the guardian or assistant as GUARDIAN (戶籍法 §7, §11–§13). Of
/// these three the one from the latest `event_on` holds, in the place of what was registered before; one whose `event` is
/// REVOKED ends it and needs no other party than the SUBJECT: whoever is registered as the guardian, the assistant or a parent
/// applies, or whose guardianship or assistance it was. What is CHANGED stands on that day. Of a guardianship, a ruling on the
/// rights of a parent and an adoption the latest counts; while an adoption stands the rights are the adopters', and of the natural
/// parents' the adopter's spouse's alone (民法 §1077). Nobody under age has an assistant (民法 §15-1). An acknowledgment before the
/// birth takes effect with it (民法 §7, §1065): its `event_on` is the day of birth.
///
/// `matter`, `before` and `after` are words for the record and enter nothing by themselves. Of BIRTHDATE_CORRECTION the corrected day
/// stands in the SUBJECT's `birth_on` (an `after` that is another day is refused: `party_mismatch`). PARENT_NAME_CORRECTION notes how
/// a parent's name was written: what a parent is called is their own entry (NAME_CORRECTION of the parent), and who the parent is
/// follows from the case that registered it (its `:correct`).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "COMMON", "matter": "職業註記更正", "before": "農", "after": "教師"}))]
pub struct CommonFields {
    pub kind: CommonKind,
    /// What is applied for.
    pub matter: Note,
    /// The entry until now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Note>,
    /// The entry that is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Note>,
    /// Court ruling, certificate or other ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<Label>,
    /// The number that an initial registration (INITIAL) gives to whoever had none, or a resident number (統一證號), once it is
    /// assigned: without it the case is not submitted (戶籍法 §15; 身分證辦法 §4).
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "whole")]
    pub new_number: Option<IdNumber>,
    /// Of GUARDIANSHIP, ASSISTANCE and PARENTAL_RIGHTS: whether it begins, changes or ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<RelationEvent>,
    /// Of REVOCATION: the number of the case whose entry never was or is void (戶籍法 §23). It is revoked by two people
    /// (`:revoke`) before this application is submitted; of an entry that is no case of this office `before` says what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "115-HEMEI-000001")]
    pub revokes: Option<Label>,
    /// Of GUARDIANSHIP: a court has declared it (監護宣告, 民法 §14) of somebody who was under age on `event_on`, so that it takes their
    /// capacity and lasts when they come of age. Without it the guardianship of whoever was under age then is for their age (民法
    /// §1091), and is over when they come of age; of whoever was of age it is by a declaration always.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_declaration: bool,
}

impl CommonFields {
    /// Whether a relation ends by it.
    pub fn ends(&self) -> bool {
        self.event == Some(RelationEvent::Revoked)
    }

    /// Whether it names a court's ruling or another ground.
    pub fn is_ruled(&self) -> bool {
        self.ground.is_some()
    }

    /// An initial registration gives a national's number to whoever has none, of the sex that a resident number tells.
    fn check_number(&self, facts: &Facts<'_>, findings: &mut Findings) {
        let Some(new) = &self.new_number else { return };
        let (pointer, subject) = ("/fields/new_number", facts.with(PartyRole::Subject).next().map(|party| &party.number));
        let has_none = subject.is_some_and(|number| !number.number().is_some_and(IdNumber::is_national));
        let text = ("僅初設戶籍且當事人尚無統一編號者填寫", "for an initial registration of somebody without a number");
        let fits = facts.type_code == "INITIAL" && has_none;
        findings.unless(fits, pointer, "not_allowed", "戶籍法 §15", text.0, text.1);
        if fits {
            let same = new.is_national() && subject.and_then(Identifier::sex).is_none_or(|sex| sex == new.sex());
            let text = (
                "應為國民身分證統一編號，其性別碼與統一證號相符",
                "it is a national's id number, and tells the sex that the resident number tells",
            );
            findings.unless(same, pointer, "pattern", "身分證辦法 §3", text.0, text.1);
        }
    }

    pub(super) fn check(&self, facts: &Facts<'_>, findings: &mut Findings) {
        self.check_number(facts, findings);
        let text = ("僅撤銷登記填寫", "for a revocation registration");
        let fits = self.revokes.is_none() || facts.type_code == "REVOCATION";
        findings.unless(fits, "/fields/revokes", "not_allowed", "戶籍法 §23", text.0, text.1);
        let may_change = matches!(facts.type_code, "GUARDIANSHIP" | "ASSISTANCE" | "PARENTAL_RIGHTS");
        let text = ("僅監護、輔助、未成年子女權利義務登記填寫", "for guardianship, assistance and the rights of a parent");
        findings.unless(self.event.is_none() || may_change, "/fields/event", "not_allowed", "戶籍法 §11", text.0, text.1);
        let declares = !self.by_declaration || facts.type_code == "GUARDIANSHIP" && !self.ends();
        let text = ("僅因監護宣告而設置之監護登記填寫", "for a guardianship that begins, or changes, by a declaration");
        findings.unless(declares, "/fields/by_declaration", "not_allowed", "民法 §14", text.0, text.1);
        findings.distinct(facts);
        if facts.type_code == "PARENTAL_RIGHTS" {
            let text = (
                "未成年子女權利義務由父母行使負擔；監護人請辦監護登記（GUARDIANSHIP）",
                "the rights of a parent are a parent's: register a guardian as GUARDIANSHIP",
            );
            for (index, _) in facts.placed(PartyRole::Guardian) {
                findings.add(&format!("/parties/{index}/role"), "not_allowed", "戶籍法 §11、§13", text.0, text.1);
            }
        }
        if facts.type_code == "PARENTAL_RIGHTS" && !self.ends() {
            for (index, child) in facts.placed(PartyRole::Subject) {
                let Some(age) = child.birth_on.map(|born| born.age_on(facts.event()).reaches(18)) else { continue };
                let minor = OfAge { yes: !age.yes, ..age };
                let text =
                    ("當事人已成年，無父母權利義務之行使負擔", "the subject is of age: nobody exercises the rights of a parent");
                findings.unless_age(minor, &format!("/parties/{index}/birth_on"), "range", "民法 §12", text);
            }
        }
        if facts.type_code == "ASSISTANCE" && !self.ends() {
            for (index, subject) in facts.placed(PartyRole::Subject) {
                let Some(age) = subject.birth_on.map(|born| born.age_on(facts.event()).reaches(18)) else { continue };
                let text = (
                    "未成年人之行為由法定代理人代為或同意，無輔助宣告之適用",
                    "nobody under age has an assistant: the legal representative acts for them, or consents",
                );
                findings.unless_age(age, &format!("/parties/{index}/birth_on"), "too_young", "民法 §15-1", text);
            }
        }
        if facts.type_code == "BIRTHDATE_CORRECTION" {
            for (index, subject) in facts.placed(PartyRole::Subject) {
                let text = ("請填更正後之出生年月日", "name the corrected day of birth");
                let pointer = format!("/parties/{index}/birth_on");
                findings.unless(subject.birth_on.is_some(), &pointer, "required", "戶籍法 §22", text.0, text.1);
            }
        }
        if facts.type_code == "PARENTAGE" {
            let born = facts.with(PartyRole::Subject).find_map(|party| party.birth_on);
            findings.parents(facts, born, |index| format!("/parties/{index}/birth_on"));
        }
    }
}
