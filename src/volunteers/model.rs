//! A volunteer: their states and acts, what is said of them, and the filters of the list.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::policy::{
    ActivateVolunteer, CorrectVolunteerAbsence, CreateVolunteer, DeactivateVolunteer, MergeVolunteer, ReinstateVolunteer,
    RetireVolunteer, SuspendVolunteer, UnmergeVolunteer, UpdateVolunteer,
};
use crate::calendar::{Part, Weekday};
use crate::db::Id;
use crate::people::contacts::SpokenLanguage;
use crate::people::{Contact, Label, Note, Words};
use crate::{acts, text_enum};

text_enum! {
    /// States of a volunteer.
    pub enum VolunteerStatus {
        /// In training or on probation: learns beside others, and what they do is no service yet
        Trainee = "TRAINEE",
        /// A full member from a day on
        Active = "ACTIVE",
        Suspended = "SUSPENDED",
        Retired = "RETIRED",
        /// The same human as another record, which stands for both
        Merged = "MERGED",
    }
}

impl VolunteerStatus {
    /// Whether somebody is a volunteer by such a record: of one human one is, and no other.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Trainee | Self::Active | Self::Suspended)
    }
}

acts! {
    /// Acts on a volunteer. Whoever entered a volunteer does not make them a full member, and none of it is done for the office by the
    /// volunteer themself; a suspension that was given an end is lifted by itself.
    pub enum VolunteerAct on "volunteer" VolunteerStatus {
        Enter "enter" [CreateVolunteer ""] "entered" Clerk apart [Unnamed, Subject] {}
        Update "update" [UpdateVolunteer ""] "updated" Anyone apart [Unnamed, Subject] {
            Trainee => Trainee, Active => Active, Suspended => Suspended, Retired => Retired
        }
        Activate "activate" [ActivateVolunteer ":activate"] "activated" Supervisor apart [Unnamed, Clerk, Subject] { Trainee => Active }
        Deactivate "deactivate" [DeactivateVolunteer ":deactivate"] "deactivated" Supervisor apart [Unnamed, Subject] { Active => Trainee }
        Suspend "suspend" [SuspendVolunteer ":suspend"] "suspended" Supervisor apart [Unnamed, Subject] {
            Trainee => Suspended, Active => Suspended
        }
        Retire "retire" [RetireVolunteer ":retire"] "retired" Supervisor apart [Unnamed, Subject] {
            Trainee => Retired, Active => Retired, Suspended => Retired
        }
        Reinstate "reinstate" [ReinstateVolunteer ":reinstate"] "reinstated" Supervisor apart [Unnamed, Subject] {
            Suspended => Active, Retired => Active
        }
        ReinstateTrainee "reinstate" [ReinstateVolunteer ":reinstate"] "reinstated" Supervisor apart [Unnamed, Subject] {
            Suspended => Trainee, Retired => Trainee
        }
        CorrectAbsence "correct-absence" [CorrectVolunteerAbsence ":correct-absence"] "absence_corrected" Supervisor apart [Unnamed, Subject] {
            Trainee => Trainee, Active => Active, Suspended => Suspended, Retired => Retired, Merged => Merged
        }
        CorrectAbsenceToServing "correct-absence" [CorrectVolunteerAbsence ":correct-absence"] "absence_corrected" Supervisor apart [Unnamed, Subject] {
            Suspended => Active, Retired => Active
        }
        CorrectAbsenceToLearning "correct-absence" [CorrectVolunteerAbsence ":correct-absence"] "absence_corrected" Supervisor apart [Unnamed, Subject] {
            Suspended => Trainee, Retired => Trainee
        }
        CorrectAbsenceToSuspended "correct-absence" [CorrectVolunteerAbsence ":correct-absence"] "absence_corrected" Supervisor apart [Unnamed, Subject] {
            Trainee => Suspended, Active => Suspended, Retired => Suspended
        }
        CorrectAbsenceToRetired "correct-absence" [CorrectVolunteerAbsence ":correct-absence"] "absence_corrected" Supervisor apart [Unnamed, Subject] {
            Trainee => Retired, Active => Retired, Suspended => Retired
        }
        EndSuspension "end-suspension" [] "reinstated" Anyone { Suspended => Active }
        EndSuspensionOfTrainee "end-suspension" [] "reinstated" Anyone { Suspended => Trainee }
        Merge "merge" [MergeVolunteer ":merge"] "merged" Supervisor apart [Unnamed, Subject] {
            Trainee => Merged, Active => Merged, Suspended => Merged, Retired => Merged
        }
        UnmergeTrainee "unmerge" [UnmergeVolunteer ":unmerge"] "unmerged" Supervisor apart [Unnamed, Subject] { Merged => Trainee }
        UnmergeActive "unmerge" [UnmergeVolunteer ":unmerge"] "unmerged" Supervisor apart [Unnamed, Subject] { Merged => Active }
        UnmergeSuspended "unmerge" [UnmergeVolunteer ":unmerge"] "unmerged" Supervisor apart [Unnamed, Subject] { Merged => Suspended }
        UnmergeRetired "unmerge" [UnmergeVolunteer ":unmerge"] "unmerged" Supervisor apart [Unnamed, Subject] { Merged => Retired }
    }
}

impl VolunteerAct {
    /// The act that parts a merged record again, by the state in which it was.
    pub const fn unmerge(before: VolunteerStatus) -> Self {
        match before {
            VolunteerStatus::Active => Self::UnmergeActive,
            VolunteerStatus::Suspended => Self::UnmergeSuspended,
            VolunteerStatus::Retired => Self::UnmergeRetired,
            VolunteerStatus::Trainee | VolunteerStatus::Merged => Self::UnmergeTrainee,
        }
    }
}

text_enum! {
    /// From where a volunteer comes.
    pub enum VolunteerBackground {
        CivicGroup = "CIVIC_GROUP",
        Retiree = "RETIREE",
        /// At a school below the university
        Pupil = "PUPIL",
        Student = "STUDENT",
        Citizen = "CITIZEN",
    }
}

text_enum! {
    /// What a volunteer does in the office; none of it opens anybody's record to them.
    pub enum VolunteerCategory {
        /// Receives and guides those who come 引導服務
        Guidance = "GUIDANCE",
        /// Helps to fill in forms 協助填寫申請書
        FormFilling = "FORM_FILLING",
        /// Interprets 通譯
        Interpreting = "INTERPRETING",
        /// Makes laws and services known 法令宣導
        Promotion = "PROMOTION",
    }
}

/// When a volunteer can come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"weekday": "MON", "part": "AM"}))]
pub struct VolunteerAvailability {
    pub weekday: Weekday,
    pub part: Part,
}

/// What somebody brings and can do as a volunteer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "background": "CIVIC_GROUP", "group_name": "和美志工隊", "languages": ["MANDARIN", "TAIWANESE"], "skills": ["手語"],
    "categories": ["GUIDANCE"], "availability": [{"weekday": "MON", "part": "AM"}], "service_points": ["HEMEI"],
    "most_shifts_a_month": 4, "wishes": "希望與同隊志工同班"
}))]
pub struct VolunteerProfile {
    pub background: VolunteerBackground,
    /// The group, school or former employer.
    pub group_name: Option<Words>,
    #[schema(min_items = 1, max_items = 15)]
    pub languages: Vec<SpokenLanguage>,
    #[serde(default)]
    #[schema(max_items = 20)]
    pub skills: Vec<Words>,
    /// Each is served in once its trainings are finished.
    #[schema(min_items = 1, max_items = 4)]
    pub categories: Vec<VolunteerCategory>,
    #[serde(default)]
    #[schema(max_items = 21)]
    pub availability: Vec<VolunteerAvailability>,
    /// Where they prefer to serve: codes from GET /v1/office.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub service_points: Vec<String>,
    #[schema(minimum = 1, maximum = 31)]
    pub most_shifts_a_month: Option<u32>,
    pub wishes: Option<Note>,
}

/// A card or a book that was handed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "彰和戶志字第 12 號", "issued_on": "2026-03-02"}))]
pub struct VolunteerPaper {
    pub number: Label,
    /// Day of its issue, Asia/Taipei; not after today.
    pub issued_on: NaiveDate,
}

text_enum! {
    /// Why somebody does not serve.
    pub enum AbsenceKind {
        Suspended = "SUSPENDED",
        Retired = "RETIRED",
    }
}

/// Days on which somebody does not serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"kind": "SUSPENDED", "from_on": "2026-11-23", "until_on": null}))]
pub struct VolunteerAbsence {
    pub kind: AbsenceKind,
    pub from_on: NaiveDate,
    /// The last day; `null` where none is known yet.
    pub until_on: Option<NaiveDate>,
}

impl VolunteerAbsence {
    pub fn covers(self, day: NaiveDate) -> bool {
        self.from_on <= day && self.until_on.is_none_or(|last| day <= last)
    }
}

/// From when on what kept somebody from serving by a merged record does so no more: that record itself keeps it, for when they are parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lift {
    pub record_id: Id,
    pub on: NaiveDate,
}

/// Ends on the day before what keeps somebody from serving on a day; what began on it never was.
pub fn return_on(absences: &mut Vec<VolunteerAbsence>, day: NaiveDate) {
    let last = day.pred_opt().unwrap_or(day);
    for absence in absences.iter_mut().filter(|absence| absence.covers(day)) {
        absence.until_on = Some(last);
    }
    absences.retain(|absence| absence.until_on.is_none_or(|last| absence.from_on <= last));
}

/// The state in which somebody is by what keeps them from serving.
pub fn status_by(absences: &[VolunteerAbsence], member_from: Option<NaiveDate>, day: NaiveDate) -> VolunteerStatus {
    let kept_away = |kind| absences.iter().any(|absence| absence.kind == kind && absence.covers(day));
    match member_from {
        _ if kept_away(AbsenceKind::Retired) => VolunteerStatus::Retired,
        _ if kept_away(AbsenceKind::Suspended) => VolunteerStatus::Suspended,
        Some(_) => VolunteerStatus::Active,
        None => VolunteerStatus::Trainee,
    }
}

/// The last day of all suspensions in which somebody is on a day, where each has one.
pub fn suspended_until(absences: &[VolunteerAbsence], day: NaiveDate) -> Option<NaiveDate> {
    let standing = absences.iter().filter(|absence| absence.kind == AbsenceKind::Suspended && absence.covers(day));
    let ends: Vec<NaiveDate> = standing.map(|absence| absence.until_on).collect::<Option<_>>()?;
    ends.into_iter().max()
}

/// What is kept of a volunteer, sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub profile: VolunteerProfile,
    /// Account of whoever is named to look after them (志願服務法 §11).
    pub supervisor_id: Option<Id>,
    pub card: Option<VolunteerPaper>,
    pub record_book: Option<VolunteerPaper>,
    /// In the order of their beginning.
    pub absences: Vec<VolunteerAbsence>,
    #[serde(default)]
    pub lifted: Vec<Lift>,
    /// How to reach them, as they have said it themselves.
    #[serde(default)]
    pub given_contact: Option<Contact>,
}

impl Kept {
    /// Of whoever begins.
    pub const fn new(profile: VolunteerProfile) -> Self {
        Self {
            profile,
            supervisor_id: None,
            card: None,
            record_book: None,
            absences: Vec::new(),
            lifted: Vec::new(),
            given_contact: None,
        }
    }
}

/// Filters of the list of volunteers.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct VolunteerFilter {
    /// Those in this state; merged records are listed by `MERGED` alone.
    pub status: Option<VolunteerStatus>,
    pub background: Option<VolunteerBackground>,
    pub category: Option<VolunteerCategory>,
    pub language: Option<SpokenLanguage>,
    /// Those of whom a training, an insurance or a consent ends within `volunteers.expiry_period`, and nothing that stands goes on
    /// after it.
    pub expiring: Option<bool>,
}

/// On which day what keeps a volunteer from serving is judged.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct VolunteerQuery {
    /// The day, Asia/Taipei; today when absent.
    pub on: Option<NaiveDate>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn whoever_returns_was_away_until_the_day_before() {
        let away = |kind, from: &str| VolunteerAbsence { kind, from_on: day(from), until_on: None };
        let mut all = vec![away(AbsenceKind::Suspended, "2026-11-20"), away(AbsenceKind::Retired, "2026-11-23")];
        assert_eq!(status_by(&all, None, day("2026-11-23")), VolunteerStatus::Retired);
        return_on(&mut all, day("2026-11-23"));
        assert_eq!(status_by(&all, None, day("2026-11-23")), VolunteerStatus::Trainee);
        assert_eq!(status_by(&all, Some(day("2026-01-05")), day("2026-11-22")), VolunteerStatus::Suspended);
        assert_eq!(all.len(), 1, "retired and back on one day");
    }

    #[test]
    fn of_two_suspensions_the_later_end_counts() {
        let until = |last: Option<&str>| VolunteerAbsence {
            kind: AbsenceKind::Suspended,
            from_on: day("2026-11-20"),
            until_on: last.map(day),
        };
        let today = day("2026-11-23");
        assert_eq!(suspended_until(&[until(Some("2026-11-25")), until(Some("2026-11-30"))], today), Some(day("2026-11-30")));
        assert_eq!(suspended_until(&[until(Some("2026-11-25")), until(None)], today), None);
        assert_eq!(suspended_until(&[until(Some("2026-11-22"))], today), None);
    }
}
