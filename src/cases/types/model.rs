//! A case type: who applies, where, by what channel, within what period, with which papers.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::super::fields::Form;
use super::by_law::{complete, is_from_the_register};
use super::checklist::{ALWAYS, EACH_PARTY, PROXY_APPLIES, PaperRule};
use crate::agencies::model::Trigger;
use crate::calendar::{Deadline, OfficeCalendar, Pause, Period};
use crate::clock::Moment;
use crate::error::Text;
use crate::office::Bilingual;
use crate::scheduling::services::Channel;
use crate::text_enum;

text_enum! {
    /// Who may apply, as the law names them.
    pub enum Relation {
        Acknowledged = "ACKNOWLEDGED",
        Acknowledger = "ACKNOWLEDGER",
        Adoptee = "ADOPTEE",
        Adopter = "ADOPTER",
        Agency = "AGENCY",
        Anyone = "ANYONE",
        Assistant = "ASSISTANT",
        AssistedPerson = "ASSISTED_PERSON",
        BirthApplicants = "BIRTH_APPLICANTS",
        BothParties = "BOTH_PARTIES",
        Carer = "CARER",
        ChildWelfareInstitution = "CHILD_WELFARE_INSTITUTION",
        Cohabitant = "COHABITANT",
        ExOfficio = "EX_OFFICIO",
        Father = "FATHER",
        Fosterer = "FOSTERER",
        Grandfather = "GRANDFATHER",
        Grandmother = "GRANDMOTHER",
        Guardian = "GUARDIAN",
        HouseholdHead = "HOUSEHOLD_HEAD",
        InterestedPerson = "INTERESTED_PERSON",
        LegalRepresentative = "LEGAL_REPRESENTATIVE",
        ListedPurposeApplicant = "LISTED_PURPOSE_APPLICANT",
        Manager = "MANAGER",
        Mother = "MOTHER",
        Occupant = "OCCUPANT",
        OneParty = "ONE_PARTY",
        OriginalApplicant = "ORIGINAL_APPLICANT",
        Owner = "OWNER",
        ParentOneOrBoth = "PARENT_ONE_OR_BOTH",
        Petitioner = "PETITIONER",
        PremisesManager = "PREMISES_MANAGER",
        PremisesOwner = "PREMISES_OWNER",
        Proxy = "PROXY",
        Relative = "RELATIVE",
        RelativeOfDeceased = "RELATIVE_OF_DECEASED",
        Residents = "RESIDENTS",
        Oneself = "SELF",
        Spouse = "SPOUSE",
        TownOffice = "TOWN_OFFICE",
        Undertaker = "UNDERTAKER",
    }
}

text_enum! {
    /// Which office takes the case.
    pub enum Place {
        AnyOffice = "ANY_OFFICE",
        RegisteredOffice = "REGISTERED_OFFICE",
        RegisteredOfficeOrListed = "REGISTERED_OFFICE_OR_LISTED",
        DestinationOffice = "DESTINATION_OFFICE",
        DestinationOfficeOrRegisteredOffice = "DESTINATION_OFFICE_OR_REGISTERED_OFFICE",
        OfficeOfPresentResidence = "OFFICE_OF_PRESENT_RESIDENCE",
        OriginalOffice = "ORIGINAL_OFFICE",
        OfficeOfResidence = "OFFICE_OF_RESIDENCE",
        OfficeOfArea = "OFFICE_OF_AREA",
    }
}

text_enum! {
    /// Whether it can be done online: YES as a whole; LISTED only where the ministry has announced it (戶籍法 §27) and this office takes it by its setting `listed_online`, beside the `channels`, as POST /v1/cases:check tells; BOOK an appointment only; NO.
    pub enum Online {
        Yes = "YES",
        Listed = "LISTED",
        Book = "BOOK",
        No = "NO",
    }
}

text_enum! {
    /// Whether a proxy may apply: ALLOWED with a letter; WITH_APPROVAL for good reason and with the office's approval (戶籍法 §47); NEVER.
    pub enum ProxyRule {
        Allowed = "ALLOWED",
        WithApproval = "WITH_APPROVAL",
        Never = "NEVER",
    }
}

text_enum! {
    /// When the office enters it without an application (逕為登記): AFTER_REMINDER §48-2, WITHOUT_REMINDER §48-1, COURT_ONLY §48-2 no. 9.
    pub enum ExOfficio {
        AfterReminder = "AFTER_REMINDER",
        WithoutReminder = "WITHOUT_REMINDER",
        CourtOnly = "COURT_ONLY",
    }
}

text_enum! {
    /// How long the office may take; nothing published means two months (行政程序法 §51).
    pub enum TimeLimit {
        SameVisit = "SAME_VISIT",
        SameDay = "SAME_DAY",
        AtOnce = "AT_ONCE",
        ThreeWorkdays = "3_WORKDAYS",
        FiveWorkdays = "5_WORKDAYS",
        SevenWorkdays = "7_WORKDAYS",
        ThreeWorkdaysToDispatch = "3_WORKDAYS_TO_DISPATCH",
        Forwarded = "FORWARDED",
        Project = "PROJECT",
        TwoMonths = "TWO_MONTHS",
    }
}

impl TimeLimit {
    /// The limit as a period; `None` where there is none, zero working days for the day itself.
    pub fn period(self) -> Option<Option<Period>> {
        match self {
            Self::SameVisit | Self::SameDay | Self::AtOnce => Some(None),
            Self::ThreeWorkdays | Self::ThreeWorkdaysToDispatch | Self::Forwarded => Some(Some(Period::WorkingDays(3))),
            Self::FiveWorkdays => Some(Some(Period::WorkingDays(5))),
            Self::SevenWorkdays => Some(Some(Period::WorkingDays(7))),
            Self::TwoMonths => Some(Some(Period::Months(2))),
            Self::Project => None,
        }
    }
}

text_enum! {
    /// How a paper is handed over: ORIGINAL shown and given back, HAND_IN kept by the office, COPY, ACTION to be done on the spot.
    pub enum PaperForm {
        Original = "ORIGINAL",
        HandIn = "HAND_IN",
        Copy = "COPY",
        Action = "ACTION",
    }
}

text_enum! {
    /// Family of case types.
    pub enum Group {
        PersonalStatus = "PERSONAL_STATUS",
        Initial = "INITIAL",
        Movement = "MOVEMENT",
        Household = "HOUSEHOLD",
        Birthplace = "BIRTHPLACE",
        Name = "NAME",
        Correction = "CORRECTION",
        Other = "OTHER",
        IdCard = "ID_CARD",
        HouseholdCertificate = "HOUSEHOLD_CERTIFICATE",
        Certificate = "CERTIFICATE",
        Seal = "SEAL",
        Nationality = "NATIONALITY",
        Addressing = "ADDRESSING",
        Passport = "PASSPORT",
        Statistics = "STATISTICS",
        Service = "SERVICE",
    }
}

/// What a case type demands and allows, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseRules {
    pub name: Bilingual,
    pub group: Group,
    /// Which set of fields a case has.
    pub form: Form,
    #[schema(max_items = 41)]
    pub applicants: Vec<Relation>,
    /// Counts in the accuracy of registrations (K1-1).
    pub counts_in_k1_1: bool,
    /// Period of law from the day after the event, `30D` or `60D` (戶籍法 §48).
    #[serde(default, deserialize_with = "period")]
    #[schema(max_length = 10, pattern = "^[1-9][0-9]*(D|WD|M|Y)$", example = "30D")]
    pub period: Option<String>,
    #[serde(rename = "where")]
    pub place: Place,
    pub online: Online,
    /// How an application may reach the office by itself. `online` LISTED adds ONLINE for as long as the ministry has announced it.
    #[schema(min_items = 1, max_items = 7)]
    pub channels: Vec<Channel>,
    pub home_visit: bool,
    pub proxy: ProxyRule,
    pub notification_trigger: Option<Trigger>,
    /// Whether the office enters it by itself: with the applicant's relation `EX_OFFICIO`, which stands beside `applicants`.
    pub ex_officio: Option<ExOfficio>,
    /// New Taiwan dollars a copy, card or sheet; `null` where nothing is charged.
    #[schema(minimum = 0, maximum = 100_000)]
    pub fee_twd: Option<i32>,
    pub time_limit: TimeLimit,
    /// Articles that the type rests on.
    #[schema(max_length = 300)]
    pub law: String,
    /// The whole checklist of the one-time notice (戶籍法施行細則 §20).
    #[schema(max_items = 60)]
    pub papers: Vec<PaperRule>,
    /// How sure each part is: `law`, `found`, `plan` or `assumed`.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub certainty: BTreeMap<String, String>,
    #[schema(max_length = 1000)]
    pub note: String,
}

/// Reads a period of law, which keeps the text in which it is written.
fn period<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(reader)?;
    let fits = text.as_deref().is_none_or(|text| text.parse::<Period>().is_ok());
    if fits { Ok(text) } else { Err(serde::de::Error::custom("pattern")) }
}

/// When the office must be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub rule: &'static str,
    pub at: Moment,
}

impl CaseRules {
    /// That it is not applied for through a channel: told where the caller named it, or else where they chose what they want.
    pub fn channel_flaw(&self, channel: Channel, is_named: bool, chosen_at: &'static str) -> (&'static str, Text) {
        let list = |between: &str| self.channels.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(between);
        let (zh, en) = (
            format!("此類案件不受理 {channel}，受理管道：{}", list("、")),
            format!("it is not applied for by {channel}, but by {}", list(", ")),
        );
        (if is_named { "/channel" } else { chosen_at }, Text::new(zh, en))
    }

    /// The period of law.
    pub fn legal_period(&self) -> Option<Period> {
        self.period.as_deref().and_then(|text| text.parse().ok())
    }

    /// When the office must be done with a case accepted at that moment.
    pub fn due(&self, calendar: &OfficeCalendar, accepted_at: Moment, pauses: &[Pause]) -> Option<Due> {
        let at = match self.time_limit.period()? {
            Some(period) => Deadline::compute(calendar, accepted_at.date(), period, pauses).due_at,
            None => {
                let paused: u64 = pauses.iter().map(|p| (p.to - p.from).num_days() as u64 + 1).sum();
                let day = calendar.workday_from(accepted_at.date() + Days::new(paused));
                Moment::from_taipei(day, chrono::NaiveTime::from_hms_opt(23, 59, 59).expect("a time of day"))
            }
        };
        Some(Due { rule: self.time_limit.as_str(), at })
    }

    /// Whether the law lets somebody of this relation apply.
    pub fn admits(&self, relation: Relation) -> bool {
        relation == Relation::ExOfficio && self.ex_officio.is_some()
            || self.applicants.is_empty()
            || self.applicants.contains(&Relation::Anyone)
            || self.applicants.contains(&relation)
    }

    /// Who may apply, in words.
    pub fn applicants_in_words(&self) -> Text {
        let list = self.applicants.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(", ");
        Text::new(format!("申請人資格應為 {list}"), format!("the applicant must be one of {list}"))
    }

    /// The first line of the checklist that stands there before.
    pub fn repeated_paper(&self) -> Option<usize> {
        let same = |a: &PaperRule, b: &PaperRule| a.document == b.document && a.when == b.when;
        (1..self.papers.len()).find(|n| self.papers[..*n].iter().any(|before| same(before, &self.papers[*n])))
    }

    /// Circumstances that a case can name, other than those the office sees for itself.
    pub fn circumstances(&self) -> Vec<&str> {
        let can_be_named = |when: &&str| ![ALWAYS, PROXY_APPLIES, EACH_PARTY].contains(when) && !is_from_the_register(when);
        let mut all: Vec<&str> = self.papers.iter().map(|p| p.when.as_str()).filter(can_be_named).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// One version of a type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseType {
    pub code: String,
    pub version: i32,
    /// The first day on which cases begin under this version.
    pub valid_from: NaiveDate,
    #[serde(flatten)]
    pub rules: CaseRules,
}

impl CaseType {
    /// A version, with what the law adds to it.
    pub fn new(code: String, version: i32, valid_from: NaiveDate, mut rules: CaseRules) -> Self {
        complete(&mut rules, &code);
        Self { code, version, valid_from, rules }
    }

    /// Whether it is a certificate that is issued here.
    pub fn is_certificate(&self) -> bool {
        let group = matches!(self.rules.group, Group::Certificate | Group::HouseholdCertificate);
        group || matches!(self.code.as_str(), "SEAL_CERT" | "DOOR_CERT")
    }
}

/// All versions of all types, by code.
#[derive(Debug, Default)]
pub struct Catalogue {
    types: BTreeMap<String, Vec<std::sync::Arc<CaseType>>>,
}

impl Catalogue {
    pub fn new(all: Vec<CaseType>) -> Self {
        let mut types: BTreeMap<String, Vec<std::sync::Arc<CaseType>>> = BTreeMap::new();
        for version in all {
            types.entry(version.code.clone()).or_default().push(std::sync::Arc::new(version));
        }
        types.values_mut().for_each(|versions| versions.sort_by_key(|t| t.version));
        Self { types }
    }

    /// The version in force on a day: the latest made of those that have begun.
    pub fn on(&self, code: &str, day: NaiveDate) -> Option<&std::sync::Arc<CaseType>> {
        self.types.get(code)?.iter().rev().find(|t| t.valid_from <= day)
    }

    /// The period of law of a type on a day, or in its first version before that; `None` where it has none.
    pub fn legal_period(&self, code: &str, day: NaiveDate) -> Option<Period> {
        let first = || self.types.get(code)?.first();
        self.on(code, day).or_else(first)?.rules.legal_period()
    }

    /// One version: a case keeps the one that it began under.
    pub fn version(&self, code: &str, version: i32) -> Option<&std::sync::Arc<CaseType>> {
        self.types.get(code)?.iter().find(|t| t.version == version)
    }

    /// The newest version, whether it has begun or not.
    pub fn newest(&self, code: &str) -> Option<&std::sync::Arc<CaseType>> {
        self.types.get(code)?.last()
    }

    /// Every version of a type, the first one first.
    pub fn versions(&self, code: &str) -> &[std::sync::Arc<CaseType>] {
        self.types.get(code).map_or(&[], Vec::as_slice)
    }

    /// Every type as on a day.
    pub fn all_on(&self, day: NaiveDate) -> Vec<&CaseType> {
        self.types.keys().filter_map(|code| self.on(code, day)).map(AsRef::as_ref).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference::first_types;
    use super::*;

    #[test]
    fn all_75_types_are_whole() {
        let types = first_types();
        assert_eq!(types.len(), 75);
        assert_eq!(types.iter().filter(|t| t.rules.counts_in_k1_1).count(), 38);
        for one in &types {
            assert!(one.rules.papers.iter().all(|p| !p.name.zh.is_empty()), "{}", one.code);
        }
    }

    #[test]
    fn a_case_keeps_the_version_in_force_on_its_day() {
        let mut types = first_types();
        let mut next = types[0].clone();
        next.version = 2;
        next.valid_from = "2027-01-01".parse().unwrap();
        types.push(next);
        let catalogue = Catalogue::new(types);
        let on = |day: &str| catalogue.on("BIRTH", day.parse().unwrap()).unwrap().version;
        assert_eq!((on("2026-12-31"), on("2027-01-01")), (1, 2));
        assert!(catalogue.on("BIRTH", "2017-12-31".parse().unwrap()).is_none());
    }
}
