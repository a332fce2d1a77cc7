//! What keeps a volunteer from serving in a category on a day: every blocker, by the days on which trainings were finished and not by
//! those on which they were entered.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::entries::VolunteerEntryKind;
use super::entry_store;
use super::model::{AbsenceKind, Kept, VolunteerAbsence, VolunteerCategory};
use super::store::{self, Volunteer};
use crate::calendar::PartialDate;
use crate::db::Conn;
use crate::error::Result;
use crate::people::wards::is_of_age;
use crate::people::{self, holding};
use crate::secrets::vault::Vault;
use crate::text_enum;

text_enum! {
    /// What keeps a volunteer from serving on a day.
    pub enum VolunteerBlocker {
        /// They had not joined yet
        NotJoined = "NOT_JOINED",
        /// The register has their death
        Deceased = "DECEASED",
        Retired = "RETIRED",
        Suspended = "SUSPENDED",
        /// In training or on probation: such a one learns beside a full member, and takes no place of one
        NotFullMember = "NOT_FULL_MEMBER",
        /// The category is none of theirs
        CategoryNotHeld = "CATEGORY_NOT_HELD",
        /// No basic training was finished by then (志願服務法 §9)
        BasicTrainingMissing = "BASIC_TRAINING_MISSING",
        BasicTrainingExpired = "BASIC_TRAINING_EXPIRED",
        /// No special training of the category was finished by then (志願服務法 §9)
        SpecialTrainingMissing = "SPECIAL_TRAINING_MISSING",
        SpecialTrainingExpired = "SPECIAL_TRAINING_EXPIRED",
        /// No insurance was ever entered (志願服務法 §16)
        InsuranceMissing = "INSURANCE_MISSING",
        /// None covers the day
        InsuranceExpired = "INSURANCE_EXPIRED",
        /// A minor, and no legal representative has consented
        ConsentMissing = "CONSENT_MISSING",
        /// A minor, and no consent covers the day
        ConsentExpired = "CONSENT_EXPIRED",
        /// Nobody can tell whether they are a minor: the day of birth is unknown, or known in part
        AgeUnknown = "AGE_UNKNOWN",
    }
}

/// Whether a volunteer may serve in a category on a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "category": "GUIDANCE", "on": "2026-11-23", "ready": false, "blockers": ["INSURANCE_EXPIRED"], "counts_from": "2026-04-01"
}))]
pub struct VolunteerReadiness {
    pub category: VolunteerCategory,
    pub on: NaiveDate,
    /// Nothing keeps them from it.
    pub ready: bool,
    #[schema(max_items = 15)]
    pub blockers: Vec<VolunteerBlocker>,
    /// First day on which what they do in the category is service: both trainings are finished and they are a full member (志願服務法 §9).
    /// `null` as long as something of it is missing; whether there is a record book yet does not matter.
    pub counts_from: Option<NaiveDate>,
}

/// A training, an insurance or a consent that stands.
#[derive(Clone, Copy, Debug)]
pub struct Dated {
    pub kind: VolunteerEntryKind,
    pub category: Option<VolunteerCategory>,
    pub from_on: NaiveDate,
    pub until_on: Option<NaiveDate>,
}

impl Dated {
    fn covers(&self, day: NaiveDate) -> bool {
        self.from_on <= day && self.until_on.is_none_or(|last| day <= last)
    }
}

/// All by which it is judged.
#[derive(Clone, Debug)]
pub struct Facts {
    pub born: Option<PartialDate>,
    pub is_deceased: bool,
    pub joined_on: NaiveDate,
    pub member_from: Option<NaiveDate>,
    pub categories: Vec<VolunteerCategory>,
    pub absences: Vec<VolunteerAbsence>,
    pub dated: Vec<Dated>,
}

/// Whether something that one must have is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Has {
    Never,
    Once,
    Now,
}

impl Facts {
    /// Of a volunteer, with what the records say that were merged into them.
    pub fn of(conn: &mut Conn, vault: &Vault, volunteer: &Volunteer, kept: &Kept) -> Result<Self> {
        let merged = store::merged_into(conn, volunteer.id)?;
        let all = || [volunteer].into_iter().chain(&merged);
        let records: Vec<_> = all().map(|one| one.id).collect();
        let dated = entry_store::lasting(conn, &records)?.into_iter().map(|entry| Dated {
            kind: entry.kind,
            category: entry.category,
            from_on: entry.from_on,
            until_on: entry.until_on,
        });
        Ok(Self {
            born: people::store::birth_on(conn, vault, volunteer.person_id)?,
            is_deceased: holding::is_deceased(conn, volunteer.person_id)?,
            joined_on: all().map(|one| one.joined_on).min().unwrap_or(volunteer.joined_on),
            member_from: all().filter_map(|one| one.member_from).min(),
            categories: kept.profile.categories.clone(),
            absences: kept.absences.clone(),
            dated: dated.collect(),
        })
    }

    fn training(&self, kind: VolunteerEntryKind, category: Option<VolunteerCategory>, day: NaiveDate) -> Has {
        let theirs = |one: &&Dated| one.kind == kind && one.category == category && one.from_on <= day;
        let finished: Vec<&Dated> = self.dated.iter().filter(theirs).collect();
        let Some(first) = finished.iter().map(|one| one.from_on).min() else { return Has::Never };
        let renews = |one: &&Dated| {
            let is_of_it = one.category.is_none() || one.category == category;
            one.kind == VolunteerEntryKind::RefresherTraining && is_of_it && one.from_on >= first
        };
        let stands = finished.into_iter().chain(self.dated.iter().filter(renews)).any(|one| one.covers(day));
        if stands { Has::Now } else { Has::Once }
    }

    fn covered(&self, kind: VolunteerEntryKind, day: NaiveDate) -> Has {
        let mut any = Has::Never;
        for one in self.dated.iter().filter(|one| one.kind == kind) {
            any = if one.covers(day) { return Has::Now } else { Has::Once };
        }
        any
    }

    fn is_minor(&self, day: NaiveDate) -> Option<bool> {
        let of_age = is_of_age(self.born?, day);
        (!of_age.is_rebuttable).then_some(!of_age.yes)
    }

    /// Every blocker of one who would serve in a category on a day.
    pub fn blockers(&self, category: VolunteerCategory, day: NaiveDate) -> Vec<VolunteerBlocker> {
        use VolunteerBlocker as Blocker;
        let is_away = |kind| self.absences.iter().any(|absence| absence.kind == kind && absence.covers(day));
        let lacks = |has: Has, missing, expired| match has {
            Has::Never => Some(missing),
            Has::Once => Some(expired),
            Has::Now => None,
        };
        let consent = match self.is_minor(day) {
            Some(false) => None,
            Some(true) => lacks(self.covered(VolunteerEntryKind::Consent, day), Blocker::ConsentMissing, Blocker::ConsentExpired),
            None => Some(Blocker::AgeUnknown),
        };
        let basic = self.training(VolunteerEntryKind::BasicTraining, None, day);
        let special = self.training(VolunteerEntryKind::SpecialTraining, Some(category), day);
        let insurance = self.covered(VolunteerEntryKind::Insurance, day);
        let found = [
            (day < self.joined_on).then_some(Blocker::NotJoined),
            self.is_deceased.then_some(Blocker::Deceased),
            is_away(AbsenceKind::Retired).then_some(Blocker::Retired),
            is_away(AbsenceKind::Suspended).then_some(Blocker::Suspended),
            self.member_from.is_none_or(|member| day < member).then_some(Blocker::NotFullMember),
            (!self.categories.contains(&category)).then_some(Blocker::CategoryNotHeld),
            lacks(basic, Blocker::BasicTrainingMissing, Blocker::BasicTrainingExpired),
            lacks(special, Blocker::SpecialTrainingMissing, Blocker::SpecialTrainingExpired),
            lacks(insurance, Blocker::InsuranceMissing, Blocker::InsuranceExpired),
            consent,
        ];
        found.into_iter().flatten().collect()
    }

    /// The day on which both trainings of a category were first finished, however late they were entered.
    pub fn trained_on(&self, category: VolunteerCategory) -> Option<NaiveDate> {
        let first = |kind: VolunteerEntryKind, category: Option<VolunteerCategory>| {
            let finished = self.dated.iter().filter(|one| one.kind == kind && one.category == category);
            finished.map(|one| one.from_on).min()
        };
        let basic = first(VolunteerEntryKind::BasicTraining, None)?;
        let special = first(VolunteerEntryKind::SpecialTraining, Some(category))?;
        Some(basic.max(special))
    }

    /// Whether the day of any training is known.
    pub fn knows_training(&self) -> bool {
        self.dated.iter().any(|one| VolunteerEntryKind::TRAININGS.contains(&one.kind))
    }

    /// The day from which on service in a category counts, however late its trainings were entered.
    fn counts_from(&self, category: VolunteerCategory) -> Option<NaiveDate> {
        Some(self.trained_on(category)?.max(self.member_from?))
    }

    /// Whether they may serve in each of their categories on a day.
    pub fn readiness(&self, on: NaiveDate) -> Vec<VolunteerReadiness> {
        let of = |category: &VolunteerCategory| {
            let blockers = self.blockers(*category, on);
            let counts_from = self.counts_from(*category);
            VolunteerReadiness { category: *category, on, ready: blockers.is_empty(), blockers, counts_from }
        };
        self.categories.iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn dated(kind: VolunteerEntryKind, category: Option<VolunteerCategory>, from: &str, until: Option<&str>) -> Dated {
        Dated { kind, category, from_on: day(from), until_on: until.map(day) }
    }

    /// Trained by March, a full member since April, insured for the year.
    fn ready() -> Facts {
        use VolunteerEntryKind::{BasicTraining, Insurance, SpecialTraining};
        Facts {
            born: Some(PartialDate::Day(day("1970-01-01"))),
            is_deceased: false,
            joined_on: day("2026-01-05"),
            member_from: Some(day("2026-04-01")),
            categories: vec![VolunteerCategory::Guidance],
            absences: Vec::new(),
            dated: vec![
                dated(BasicTraining, None, "2026-02-01", None),
                dated(SpecialTraining, Some(VolunteerCategory::Guidance), "2026-03-14", Some("2026-10-31")),
                dated(Insurance, None, "2026-01-01", Some("2026-12-31")),
            ],
        }
    }

    fn blockers(facts: &Facts, on: &str) -> Vec<&'static str> {
        facts.blockers(VolunteerCategory::Guidance, day(on)).into_iter().map(VolunteerBlocker::as_str).collect()
    }

    #[test]
    fn each_day_has_its_own_blockers() {
        let facts = ready();
        assert!(blockers(&facts, "2026-04-01").is_empty());
        assert_eq!(blockers(&facts, "2026-03-31"), ["NOT_FULL_MEMBER"]);
        assert_eq!(blockers(&facts, "2026-03-13"), ["NOT_FULL_MEMBER", "SPECIAL_TRAINING_MISSING"]);
        assert!(blockers(&facts, "2026-10-31").is_empty());
        assert_eq!(blockers(&facts, "2026-11-01"), ["SPECIAL_TRAINING_EXPIRED"]);
        assert_eq!(blockers(&facts, "2027-01-01"), ["SPECIAL_TRAINING_EXPIRED", "INSURANCE_EXPIRED"]);
        let before = ["NOT_JOINED", "NOT_FULL_MEMBER", "BASIC_TRAINING_MISSING", "SPECIAL_TRAINING_MISSING", "INSURANCE_EXPIRED"];
        assert_eq!(blockers(&facts, "2025-12-31"), before);
    }

    #[test]
    fn service_counts_from_the_last_of_both_trainings_and_full_membership() {
        let mut facts = ready();
        assert_eq!(facts.counts_from(VolunteerCategory::Guidance), Some(day("2026-04-01")));
        facts.member_from = Some(day("2026-02-15"));
        assert_eq!(facts.counts_from(VolunteerCategory::Guidance), Some(day("2026-03-14")));
        assert_eq!(facts.counts_from(VolunteerCategory::Interpreting), None, "no training of that category");
        facts.member_from = None;
        assert_eq!(facts.counts_from(VolunteerCategory::Guidance), None);
    }

    #[test]
    fn a_refresher_renews_what_was_finished_before_it() {
        let mut facts = ready();
        facts.dated.push(dated(VolunteerEntryKind::RefresherTraining, None, "2026-11-10", Some("2027-11-09")));
        assert_eq!(blockers(&facts, "2026-11-09"), ["SPECIAL_TRAINING_EXPIRED"]);
        assert!(blockers(&facts, "2026-11-10").is_empty());
        facts.dated.remove(1);
        assert_eq!(blockers(&facts, "2026-11-10"), ["SPECIAL_TRAINING_MISSING"], "nothing that it could renew");
    }

    #[test]
    fn a_minor_needs_a_consent_until_the_day_of_coming_of_age() {
        let mut facts = ready();
        facts.born = Some(PartialDate::Day(day("2008-10-01")));
        assert_eq!(blockers(&facts, "2026-09-30"), ["CONSENT_MISSING"]);
        assert!(blockers(&facts, "2026-10-01").is_empty(), "eighteen on that day");
        facts.dated.push(dated(VolunteerEntryKind::Consent, None, "2026-05-01", Some("2026-08-31")));
        assert!(blockers(&facts, "2026-08-31").is_empty());
        assert_eq!(blockers(&facts, "2026-09-01"), ["CONSENT_EXPIRED"]);
        facts.born = Some(PartialDate::Year(2008));
        assert_eq!(blockers(&facts, "2026-09-01"), ["AGE_UNKNOWN"]);
    }

    #[test]
    fn a_suspension_counts_on_its_own_days() {
        let mut facts = ready();
        let (from_on, until_on) = (day("2026-06-01"), Some(day("2026-06-30")));
        facts.absences.push(VolunteerAbsence { kind: AbsenceKind::Suspended, from_on, until_on });
        assert_eq!(blockers(&facts, "2026-06-30"), ["SUSPENDED"]);
        assert!(blockers(&facts, "2026-05-31").is_empty() && blockers(&facts, "2026-07-01").is_empty());
    }
}
