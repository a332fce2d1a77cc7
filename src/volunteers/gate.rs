//! What keeps a volunteer from serving in a category on a day: every blocker, by the days on which trainings were finished and not by
//! those on which they were entered.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::binding;
use super::entries::VolunteerEntryKind;
use super::entry_store::{self, Entry};
use super::model::{AbsenceKind, Kept, VolunteerAbsence, VolunteerCategory};
use super::settings::VolunteerSettings;
use super::store::{self, Volunteer};
use crate::calendar::PartialDate;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people;
use crate::people::holding::{self, Death};
use crate::people::wards::is_of_age;
use crate::secrets::vault::Vault;
use crate::text_enum;

text_enum! {
    /// What keeps a volunteer from serving on a day.
    pub enum VolunteerBlocker {
        /// They had not joined yet
        NotJoined = "NOT_JOINED",
        /// The register has their death: from the day after it, and from the day on which it became known at the latest
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
        /// No basic training was as long as it must be (`volunteers.basic_training_minutes`)
        BasicTrainingTooShort = "BASIC_TRAINING_TOO_SHORT",
        /// No special training of the category was finished by then (志願服務法 §9)
        SpecialTrainingMissing = "SPECIAL_TRAINING_MISSING",
        SpecialTrainingExpired = "SPECIAL_TRAINING_EXPIRED",
        /// No special training of the category was as long as it must be (`volunteers.special_training_minutes`)
        SpecialTrainingTooShort = "SPECIAL_TRAINING_TOO_SHORT",
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
    #[schema(max_items = 17)]
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
    /// How long a training took.
    pub minutes: Option<u32>,
}

impl Dated {
    pub fn of(vault: &Vault, entry: &Entry) -> Result<Self> {
        let is_training = VolunteerEntryKind::TRAININGS.contains(&entry.kind);
        let minutes = if is_training { entry.detail(vault)?.minutes() } else { None };
        let (kind, category, from_on, until_on) = (entry.kind, entry.category, entry.from_on, entry.until_on);
        Ok(Self { kind, category, from_on, until_on, minutes })
    }

    fn covers(&self, day: NaiveDate) -> bool {
        self.from_on <= day && self.until_on.is_none_or(|last| day <= last)
    }
}

/// All by which it is judged.
#[derive(Clone, Debug)]
pub struct Facts {
    pub born: Option<PartialDate>,
    pub died: Option<Death>,
    pub joined_on: NaiveDate,
    pub member_from: Option<NaiveDate>,
    pub categories: Vec<VolunteerCategory>,
    pub absences: Vec<VolunteerAbsence>,
    pub dated: Vec<Dated>,
    /// How long a basic and a special training take at least.
    pub least_minutes: (u32, u32),
}

/// Whether something that one must have is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Has {
    Never,
    /// It was there, and none of it was long enough.
    Short,
    Once,
    Now,
}

impl Facts {
    /// Of a volunteer, with what the records say that were merged into them.
    pub fn of(conn: &mut Conn, node: &Node, volunteer: &Volunteer, kept: &Kept) -> Result<Self> {
        let merged = store::merged_into(conn, volunteer.id)?;
        let all = || [volunteer].into_iter().chain(&merged);
        let records: Vec<Id> = all().map(|one| one.id).collect();
        let entries = entry_store::lasting(conn, &records)?;
        let member_from = volunteer.member_from.and_then(|_| all().filter_map(|one| one.member_from).min());
        let settings = node.config.of::<VolunteerSettings>();
        Ok(Self {
            born: people::store::birth_on(conn, &node.vault, volunteer.person_id)?,
            died: holding::death(conn, volunteer.person_id)?,
            joined_on: all().map(|one| one.joined_on).min().unwrap_or(volunteer.joined_on),
            member_from,
            categories: kept.profile.categories.clone(),
            absences: binding::absences(conn, &node.vault, (volunteer.id, kept))?,
            dated: entries.iter().map(|entry| Dated::of(&node.vault, entry)).collect::<Result<_>>()?,
            least_minutes: (settings.basic_training_minutes, settings.special_training_minutes),
        })
    }

    fn is_long_enough(&self, one: &Dated) -> bool {
        let least = match one.kind {
            VolunteerEntryKind::BasicTraining => self.least_minutes.0,
            VolunteerEntryKind::SpecialTraining => self.least_minutes.1,
            _ => 0,
        };
        one.minutes.unwrap_or(0) >= least
    }

    fn training(&self, kind: VolunteerEntryKind, category: Option<VolunteerCategory>, day: NaiveDate) -> Has {
        let theirs = |one: &&Dated| one.kind == kind && one.category == category && one.from_on <= day;
        let (finished, short): (Vec<&Dated>, Vec<&Dated>) =
            self.dated.iter().filter(theirs).partition(|one| self.is_long_enough(one));
        let Some(first) = finished.iter().map(|one| one.from_on).min() else {
            return if short.is_empty() { Has::Never } else { Has::Short };
        };
        let renews = |one: &&Dated| {
            let is_of_it = one.category.is_none() || one.category == category;
            one.kind == VolunteerEntryKind::RefresherTraining && is_of_it && one.from_on >= first
        };
        let stands = finished.into_iter().chain(self.dated.iter().filter(renews)).any(|one| one.covers(day));
        if stands { Has::Now } else { Has::Once }
    }

    fn basic(&self, day: NaiveDate) -> Has {
        self.training(VolunteerEntryKind::BasicTraining, None, day)
    }

    fn special(&self, category: VolunteerCategory, day: NaiveDate) -> Has {
        self.training(VolunteerEntryKind::SpecialTraining, Some(category), day)
    }

    /// Whether what was there by something that ends goes on the day after it: by whatever covers that day, without a gap.
    pub fn goes_on_after(&self, one: &Dated) -> bool {
        let Some(next) = one.until_on.and_then(|last| last.succ_opt()) else { return true };
        let goes_on = |has: Has| has == Has::Now;
        match (one.kind, one.category) {
            (VolunteerEntryKind::BasicTraining, _) => goes_on(self.basic(next)),
            (VolunteerEntryKind::SpecialTraining | VolunteerEntryKind::RefresherTraining, Some(category)) => {
                goes_on(self.special(category, next))
            }
            (VolunteerEntryKind::RefresherTraining, None) => {
                // What was never finished is not renewed either.
                let lapses = |has: Has| has == Has::Once;
                !lapses(self.basic(next)) && !self.categories.iter().any(|category| lapses(self.special(*category, next)))
            }
            (VolunteerEntryKind::Consent, _) if self.is_minor(next) == Some(false) => true,
            (kind, _) => goes_on(self.covered(kind, next)),
        }
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
            Has::Never | Has::Short => Some(missing),
            Has::Once => Some(expired),
            Has::Now => None,
        };
        let lacks_training =
            |has: Has, missing, expired, short| if has == Has::Short { Some(short) } else { lacks(has, missing, expired) };
        let consent = match self.is_minor(day) {
            Some(false) => None,
            Some(true) => lacks(self.covered(VolunteerEntryKind::Consent, day), Blocker::ConsentMissing, Blocker::ConsentExpired),
            None => Some(Blocker::AgeUnknown),
        };
        let basic = lacks_training(
            self.basic(day),
            Blocker::BasicTrainingMissing,
            Blocker::BasicTrainingExpired,
            Blocker::BasicTrainingTooShort,
        );
        let special = lacks_training(
            self.special(category, day),
            Blocker::SpecialTrainingMissing,
            Blocker::SpecialTrainingExpired,
            Blocker::SpecialTrainingTooShort,
        );
        let insurance = self.covered(VolunteerEntryKind::Insurance, day);
        let found = [
            (day < self.joined_on).then_some(Blocker::NotJoined),
            self.died.is_some_and(|death| death.bars(day)).then_some(Blocker::Deceased),
            is_away(AbsenceKind::Retired).then_some(Blocker::Retired),
            is_away(AbsenceKind::Suspended).then_some(Blocker::Suspended),
            self.member_from.is_none_or(|member| day < member).then_some(Blocker::NotFullMember),
            (!self.categories.contains(&category)).then_some(Blocker::CategoryNotHeld),
            basic,
            special,
            lacks(insurance, Blocker::InsuranceMissing, Blocker::InsuranceExpired),
            consent,
        ];
        found.into_iter().flatten().collect()
    }

    /// The day from which on service in a category counts, however late its trainings were entered.
    pub fn counts_from(&self, category: VolunteerCategory) -> Option<NaiveDate> {
        let first = |kind: VolunteerEntryKind, category: Option<VolunteerCategory>| {
            let finished =
                self.dated.iter().filter(|one| one.kind == kind && one.category == category && self.is_long_enough(one));
            finished.map(|one| one.from_on).min()
        };
        let basic = first(VolunteerEntryKind::BasicTraining, None)?;
        let special = first(VolunteerEntryKind::SpecialTraining, Some(category))?;
        Some(basic.max(special).max(self.member_from?))
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
        Dated { kind, category, from_on: day(from), until_on: until.map(day), minutes: Some(360) }
    }

    /// Trained by March, a full member since April, insured for the year.
    fn ready() -> Facts {
        use VolunteerEntryKind::{BasicTraining, Insurance, SpecialTraining};
        Facts {
            born: Some(PartialDate::Day(day("1970-01-01"))),
            died: None,
            joined_on: day("2026-01-05"),
            member_from: Some(day("2026-04-01")),
            categories: vec![VolunteerCategory::Guidance],
            absences: Vec::new(),
            dated: vec![
                dated(BasicTraining, None, "2026-02-01", None),
                dated(SpecialTraining, Some(VolunteerCategory::Guidance), "2026-03-14", Some("2026-10-31")),
                dated(Insurance, None, "2026-01-01", Some("2026-12-31")),
            ],
            least_minutes: (360, 360),
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
    fn a_training_that_was_too_short_is_none() {
        let mut facts = ready();
        facts.dated[0].minutes = Some(359);
        facts.dated[1].minutes = Some(300);
        assert_eq!(blockers(&facts, "2026-04-01"), ["BASIC_TRAINING_TOO_SHORT", "SPECIAL_TRAINING_TOO_SHORT"]);
        assert_eq!(facts.counts_from(VolunteerCategory::Guidance), None);
        facts.least_minutes = (359, 300);
        assert!(blockers(&facts, "2026-04-01").is_empty());
    }

    #[test]
    fn the_dead_have_served_until_they_died() {
        let mut facts = ready();
        facts.died = Some(Death { last_day: day("2026-05-10"), known_on: day("2026-05-20") });
        assert!(blockers(&facts, "2026-05-10").is_empty());
        assert_eq!(blockers(&facts, "2026-05-11"), ["DECEASED"]);
        // Of an unknown day: as late as it can have been, and from the day on which it was known.
        facts.died = Some(Death { last_day: day("2026-05-31"), known_on: day("2026-05-20") });
        assert!(blockers(&facts, "2026-05-19").is_empty());
        assert_eq!(blockers(&facts, "2026-05-20"), ["DECEASED"]);
    }

    #[test]
    fn what_ends_goes_on_only_without_a_gap() {
        use VolunteerEntryKind::{Consent, Insurance, RefresherTraining};
        let mut facts = ready();
        let goes_on = |facts: &Facts, place: usize| facts.goes_on_after(&facts.dated[place]);
        assert!(!goes_on(&facts, 2));
        facts.dated.push(dated(Insurance, None, "2027-01-02", Some("2027-12-31")));
        assert!(!goes_on(&facts, 2), "a day without insurance");
        facts.dated.push(dated(Insurance, None, "2026-12-31", Some("2027-01-31")));
        assert!(goes_on(&facts, 2));
        assert!(!goes_on(&facts, 1));
        facts.dated.push(dated(RefresherTraining, None, "2026-10-31", Some("2027-10-30")));
        assert!(goes_on(&facts, 1), "renewed on the last day");
        assert!(!goes_on(&facts, 5), "nothing renews it in its turn");
        facts.born = Some(PartialDate::Day(day("2008-10-01")));
        facts.dated.push(dated(Consent, None, "2026-05-01", Some("2026-09-30")));
        assert!(goes_on(&facts, 6), "of age on the day after");
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
