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

    /// The day on which both trainings of a category were first finished, however late they were entered.
    pub fn trained_on(&self, category: VolunteerCategory) -> Option<NaiveDate> {
        let first = |kind: VolunteerEntryKind, category: Option<VolunteerCategory>| {
            let finished =
                self.dated.iter().filter(|one| one.kind == kind && one.category == category && self.is_long_enough(one));
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
    pub fn counts_from(&self, category: VolunteerCategory) -> Option<NaiveDate> {
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
#[path = "gate_tests.rs"]
mod tests;
