//! Dated facts of a volunteer: trainings, insurances, consents, certificates of service, appraisals, incidents. Each is what somebody has
//! seen on paper; none is inferred.

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::VolunteerCategory;
use super::policy::{
    CorrectVolunteerEntry, CreateVolunteerAppraisal, CreateVolunteerCertificate, CreateVolunteerConsent, CreateVolunteerIncident,
    CreateVolunteerInsurance, CreateVolunteerTraining, RestoreVolunteerEntry, WithdrawVolunteerEntry,
};
use crate::calendar::PartialDate;
use crate::error::{Error, Result, Text};
use crate::http::{coded, is_plausible};
use crate::people::{Label, Name, Note, Words};
use crate::{acts, text_enum};

text_enum! {
    /// What an entry is about.
    pub enum VolunteerEntryKind {
        BasicTraining = "BASIC_TRAINING",
        SpecialTraining = "SPECIAL_TRAINING",
        RefresherTraining = "REFRESHER_TRAINING",
        Insurance = "INSURANCE",
        Consent = "CONSENT",
        ServiceCertificate = "SERVICE_CERTIFICATE",
        Appraisal = "APPRAISAL",
        Incident = "INCIDENT",
    }
}

impl VolunteerEntryKind {
    pub const TRAININGS: [Self; 3] = [Self::BasicTraining, Self::SpecialTraining, Self::RefresherTraining];
    /// Those that can end, and keep somebody from serving then.
    pub const LASTING: [Self; 5] =
        [Self::BasicTraining, Self::SpecialTraining, Self::RefresherTraining, Self::Insurance, Self::Consent];
}

text_enum! {
    /// States of an entry.
    pub enum VolunteerEntryStatus {
        Standing = "STANDING",
        /// It was wrong, or is somebody else's
        Withdrawn = "WITHDRAWN",
    }
}

acts! {
    /// Acts on an entry of a volunteer; none is done by the volunteer themself.
    pub enum VolunteerEntryAct on "volunteer_entry" VolunteerEntryStatus {
        EnterTraining "enter" [CreateVolunteerTraining ""] "entered" Clerk apart [Unnamed, Subject] {}
        EnterInsurance "enter" [CreateVolunteerInsurance ""] "entered" Clerk apart [Unnamed, Subject] {}
        EnterConsent "enter" [CreateVolunteerConsent ""] "entered" Clerk apart [Unnamed, Subject] {}
        EnterCertificate "enter" [CreateVolunteerCertificate ""] "entered" Clerk apart [Unnamed, Subject] {}
        EnterAppraisal "enter" [CreateVolunteerAppraisal ""] "entered" Clerk apart [Unnamed, Subject] {}
        EnterIncident "enter" [CreateVolunteerIncident ""] "entered" Clerk apart [Unnamed, Subject] {}
        Correct "correct" [CorrectVolunteerEntry ":correct"] "corrected" Clerk apart [Unnamed, Subject] { Standing => Standing }
        Withdraw "withdraw" [WithdrawVolunteerEntry ":withdraw"] "withdrawn" Clerk apart [Unnamed, Subject] { Standing => Withdrawn }
        Restore "restore" [RestoreVolunteerEntry ":restore"] "restored" Clerk apart [Unnamed, Subject] { Withdrawn => Standing }
    }
}

text_enum! {
    /// Kinds of training (志願服務法 §9).
    pub enum VolunteerTrainingKind {
        /// 基礎訓練
        Basic = "BASIC",
        /// 特殊訓練, of one category
        Special = "SPECIAL",
        /// Renews a training that has run out
        Refresher = "REFRESHER",
    }
}

/// A training that was finished.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "SPECIAL", "category": "GUIDANCE", "completed_on": "2026-03-14", "minutes": 360, "provider": "彰化縣志願服務推廣中心",
    "certificate": "彰志訓字第 115 號", "valid_until": null
}))]
pub struct VolunteerTraining {
    pub kind: VolunteerTrainingKind,
    /// Of a SPECIAL training, and of a REFRESHER that renews the one of a category; a REFRESHER without one renews all.
    pub category: Option<VolunteerCategory>,
    /// Last day of the training, Asia/Taipei: it counts from that day on, whenever it is entered. Not after today.
    pub completed_on: NaiveDate,
    /// How long it took, in minutes: six hours are 360.
    #[schema(minimum = 1, maximum = 12000)]
    pub minutes: u32,
    pub provider: Option<Words>,
    /// Number of the certificate that was seen.
    pub certificate: Option<Label>,
    /// Last day of its validity; `null` where it does not run out.
    pub valid_until: Option<NaiveDate>,
}

/// An accident insurance (志願服務法 §16).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"insurer": "示範產物保險", "policy": "1150001", "from_on": "2026-01-01", "to_on": "2026-12-31"}))]
pub struct VolunteerInsurance {
    pub insurer: Words,
    /// Number of the policy.
    pub policy: Label,
    /// First day, Asia/Taipei.
    pub from_on: NaiveDate,
    /// Last day; not after that on which the volunteer passes the age up to which the insurer insures (`volunteers.insured_up_to_age`).
    pub to_on: NaiveDate,
}

text_enum! {
    /// By what right somebody consents for a minor.
    pub enum VolunteerConsentRelation {
        Parent = "PARENT",
        Guardian = "GUARDIAN",
    }
}

/// The consent of a minor's legal representative (民法 §77), as whoever enters it has seen it on paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "representative": "王大明", "relation": "PARENT", "document": "家長同意書", "seen_on": "2026-09-01", "from_on": "2026-09-01",
    "to_on": null
}))]
pub struct VolunteerConsent {
    pub representative: Name,
    pub relation: VolunteerConsentRelation,
    /// The paper on which they consent.
    pub document: Label,
    /// Day on which the paper was seen, Asia/Taipei; not after today.
    pub seen_on: NaiveDate,
    pub from_on: NaiveDate,
    /// Last day; `null` where it holds until the volunteer is of age.
    pub to_on: Option<NaiveDate>,
}

/// A certificate of service (志願服務法 §17).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "彰和戶志證字第 115-3 號", "issued_on": "2026-11-20", "from_on": "2026-04-01", "to_on": "2026-10-31"}))]
pub struct VolunteerServiceCertificate {
    /// Given once.
    pub number: Words,
    /// Day of its issue, Asia/Taipei; not after today.
    pub issued_on: NaiveDate,
    /// First day of the service that it certifies: as a full member.
    pub from_on: NaiveDate,
    /// Last day, included; not after its issue.
    pub to_on: NaiveDate,
}

text_enum! {
    /// What an appraisal came to.
    pub enum VolunteerAppraisalResult {
        Excellent = "EXCELLENT",
        Good = "GOOD",
        Fair = "FAIR",
        Poor = "POOR",
    }
}

/// An appraisal (志願服務法 §19).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"appraised_on": "2026-11-20", "from_on": "2026-01-01", "to_on": "2026-10-31", "result": "GOOD", "remark": "服務熱心"}))]
pub struct VolunteerAppraisal {
    /// Day of the appraisal, Asia/Taipei; not after today.
    pub appraised_on: NaiveDate,
    /// The days that it is about, both included.
    pub from_on: NaiveDate,
    pub to_on: NaiveDate,
    pub result: VolunteerAppraisalResult,
    pub remark: Option<Note>,
}

text_enum! {
    /// Who or what was harmed on duty.
    pub enum VolunteerHarm {
        Nobody = "NOBODY",
        /// The volunteer themself
        Volunteer = "VOLUNTEER",
        /// Somebody else, for which the office pays (志願服務法 §22 I)
        Others = "OTHERS",
        Property = "PROPERTY",
    }
}

/// Something that happened on duty (志願服務法 §22).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "happened_on": "2026-11-20", "what": "搬運桌椅時碰倒盆栽", "harm": "PROPERTY", "compensation_twd": 800, "gross_fault": false
}))]
pub struct VolunteerIncident {
    /// Asia/Taipei; not after today.
    pub happened_on: NaiveDate,
    #[schema(min_length = 1, max_length = 2000)]
    pub what: String,
    pub harm: VolunteerHarm,
    /// What the office has paid, in New Taiwan dollars; `null` as long as nothing is settled.
    #[schema(minimum = 0, maximum = 100000000)]
    pub compensation_twd: Option<i64>,
    /// By intent or gross fault, so that the office has recourse (志願服務法 §22 II); `null` as long as nobody has judged it.
    pub gross_fault: Option<bool>,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    Training(VolunteerTraining),
    Insurance(VolunteerInsurance),
    Consent(VolunteerConsent),
    Certificate(VolunteerServiceCertificate),
    Appraisal(VolunteerAppraisal),
    Incident(VolunteerIncident),
}

/// By what an entry is judged.
#[derive(Clone, Copy, Debug)]
pub struct Grounds {
    pub today: NaiveDate,
    pub born: Option<PartialDate>,
    pub member_from: Option<NaiveDate>,
    pub insured_up_to_age: u32,
}

impl Detail {
    pub const fn kind(&self) -> VolunteerEntryKind {
        match self {
            Self::Training(training) => match training.kind {
                VolunteerTrainingKind::Basic => VolunteerEntryKind::BasicTraining,
                VolunteerTrainingKind::Special => VolunteerEntryKind::SpecialTraining,
                VolunteerTrainingKind::Refresher => VolunteerEntryKind::RefresherTraining,
            },
            Self::Insurance(_) => VolunteerEntryKind::Insurance,
            Self::Consent(_) => VolunteerEntryKind::Consent,
            Self::Certificate(_) => VolunteerEntryKind::ServiceCertificate,
            Self::Appraisal(_) => VolunteerEntryKind::Appraisal,
            Self::Incident(_) => VolunteerEntryKind::Incident,
        }
    }

    /// The member of a body that says it.
    pub const fn member(&self) -> &'static str {
        match self {
            Self::Training(_) => "training",
            Self::Insurance(_) => "insurance",
            Self::Consent(_) => "consent",
            Self::Certificate(_) => "certificate",
            Self::Appraisal(_) => "appraisal",
            Self::Incident(_) => "incident",
        }
    }

    pub const fn act(&self) -> VolunteerEntryAct {
        match self {
            Self::Training(_) => VolunteerEntryAct::EnterTraining,
            Self::Insurance(_) => VolunteerEntryAct::EnterInsurance,
            Self::Consent(_) => VolunteerEntryAct::EnterConsent,
            Self::Certificate(_) => VolunteerEntryAct::EnterCertificate,
            Self::Appraisal(_) => VolunteerEntryAct::EnterAppraisal,
            Self::Incident(_) => VolunteerEntryAct::EnterIncident,
        }
    }

    pub const fn category(&self) -> Option<VolunteerCategory> {
        match self {
            Self::Training(training) => training.category,
            _ => None,
        }
    }

    /// How long a training took.
    pub const fn minutes(&self) -> Option<u32> {
        match self {
            Self::Training(training) => Some(training.minutes),
            _ => None,
        }
    }

    /// The number that is given once.
    pub fn number(&self) -> Option<String> {
        match self {
            Self::Certificate(certificate) => Some(certificate.number.as_str().to_owned()),
            _ => None,
        }
    }

    /// From when it holds, and its last day.
    pub const fn days(&self) -> (NaiveDate, Option<NaiveDate>) {
        match self {
            Self::Training(training) => (training.completed_on, training.valid_until),
            Self::Insurance(insurance) => (insurance.from_on, Some(insurance.to_on)),
            Self::Consent(consent) => (consent.from_on, consent.to_on),
            Self::Certificate(certificate) => (certificate.issued_on, None),
            Self::Appraisal(appraisal) => (appraisal.appraised_on, None),
            Self::Incident(incident) => (incident.happened_on, None),
        }
    }

    /// Refuses days that cannot be, at a pointer of the body.
    pub fn check(&self, at: &str, grounds: &Grounds) -> Result<()> {
        let today = grounds.today;
        match self {
            Self::Training(training) => {
                let wants_category = training.kind == VolunteerTrainingKind::Special;
                if wants_category && training.category.is_none() {
                    return Err(Error::field(format!("{at}/category"), "required", coded("required").1));
                }
                if training.kind == VolunteerTrainingKind::Basic && training.category.is_some() {
                    return Err(Error::field(format!("{at}/category"), "not_allowed", coded("not_allowed").1));
                }
                not_after(at, "completed_on", training.completed_on, today)?;
                in_order(at, "valid_until", training.completed_on, training.valid_until)
            }
            Self::Insurance(insurance) => {
                plausible(at, "from_on", insurance.from_on)?;
                in_order(at, "to_on", insurance.from_on, Some(insurance.to_on))?;
                let too_old = grounds.born.and_then(|born| passes_age(born, grounds.insured_up_to_age));
                if too_old.is_some_and(|day| insurance.to_on >= day) {
                    let zh = format!("承保年齡至 {} 歲，保險至次一生日前一日止", grounds.insured_up_to_age);
                    let en =
                        format!("insured up to the age of {}: to the day before the next birthday", grounds.insured_up_to_age);
                    return Err(Error::field(format!("{at}/to_on"), "range", Text::new(zh, en)));
                }
                Ok(())
            }
            Self::Consent(consent) => {
                not_after(at, "seen_on", consent.seen_on, today)?;
                plausible(at, "from_on", consent.from_on)?;
                in_order(at, "to_on", consent.from_on, consent.to_on)
            }
            Self::Certificate(certificate) => {
                not_after(at, "issued_on", certificate.issued_on, today)?;
                if grounds.member_from.is_none_or(|member| certificate.from_on < member) {
                    let text = Text::new("服務期間自成為正式志工起算", "service begins with full membership");
                    return Err(Error::field(format!("{at}/from_on"), "range", text));
                }
                in_order(at, "to_on", certificate.from_on, Some(certificate.to_on))?;
                not_after(at, "to_on", certificate.to_on, certificate.issued_on)
            }
            Self::Appraisal(appraisal) => {
                not_after(at, "appraised_on", appraisal.appraised_on, today)?;
                plausible(at, "from_on", appraisal.from_on)?;
                in_order(at, "to_on", appraisal.from_on, Some(appraisal.to_on))?;
                not_after(at, "to_on", appraisal.to_on, appraisal.appraised_on)
            }
            Self::Incident(incident) => not_after(at, "happened_on", incident.happened_on, today),
        }
    }
}

/// The birthday on which somebody is older than the age up to which they are insured.
fn passes_age(born: PartialDate, age: u32) -> Option<NaiveDate> {
    born.presumed().checked_add_months(Months::new(age.saturating_add(1).saturating_mul(12)))
}

pub fn plausible(at: &str, member: &str, day: NaiveDate) -> Result<()> {
    if is_plausible(day) { Ok(()) } else { Err(Error::field(format!("{at}/{member}"), "range", coded("year").1)) }
}

/// Refuses a day after another.
pub fn not_after(at: &str, member: &str, day: NaiveDate, last: NaiveDate) -> Result<()> {
    plausible(at, member, day)?;
    if day <= last {
        return Ok(());
    }
    let text = Text::new(format!("不得晚於 {last}"), format!("not after {last}"));
    Err(Error::field(format!("{at}/{member}"), "range", text))
}

/// Refuses a last day before the first.
pub fn in_order(at: &str, member: &str, first: NaiveDate, last: Option<NaiveDate>) -> Result<()> {
    let Some(last) = last else { return Ok(()) };
    plausible(at, member, last)?;
    if first <= last {
        return Ok(());
    }
    Err(Error::field(format!("{at}/{member}"), "range", Text::new("不得早於起日", "not before the first day")))
}
