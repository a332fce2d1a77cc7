//! Categories of records with how long each is kept; disposals and holds with their states.

use chrono::{Datelike, NaiveDate};

use super::policy::{ApproveDisposal, CreateDisposal, CreateRetentionHold, LiftRetentionHold, TakeBackDisposal};
use super::settings::RetentionSettings;
use crate::clock::Moment;
use crate::{acts, text_enum};

text_enum! {
    /// What a record is to its retention: the kind of a petition, or another kind of record.
    pub enum RetentionCategory {
        Suggestion = "SUGGESTION",
        /// A petition that asks about rules
        PetitionInquiry = "PETITION_INQUIRY",
        Report = "REPORT",
        Rights = "RIGHTS",
        /// An inquiry at the counter, by phone, by mail or over the API
        Inquiry = "INQUIRY",
        /// A complaint on the spot
        OnSiteComplaint = "ON_SITE_COMPLAINT",
    }
}

impl RetentionCategory {
    const fn years(self, settings: &RetentionSettings) -> u32 {
        match self {
            Self::Suggestion => settings.suggestion_years,
            Self::PetitionInquiry => settings.petition_inquiry_years,
            Self::Report => settings.report_years,
            Self::Rights => settings.rights_years,
            Self::Inquiry => settings.inquiry_years,
            Self::OnSiteComplaint => settings.on_site_years,
        }
    }

    /// The first day on which what ended on a day is due: whole calendar years after the one in which it ended.
    pub fn due_on(self, settings: &RetentionSettings, ended_on: NaiveDate) -> NaiveDate {
        new_year(ended_on.year().saturating_add_unsigned(self.years(settings)).saturating_add(1))
    }

    /// What ended before this moment is due on a day.
    pub fn ended_before(self, settings: &RetentionSettings, today: NaiveDate) -> Moment {
        Moment::start_of(new_year(today.year().saturating_sub_unsigned(self.years(settings))))
    }
}

fn new_year(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MAX)
}

text_enum! {
    /// States of a disposal.
    pub enum DisposalStatus {
        Proposed = "PROPOSED",
        /// By the archive authority's word; it is carried out once its grace is over
        Approved = "APPROVED",
        CarriedOut = "CARRIED_OUT",
        TakenBack = "TAKEN_BACK",
    }
}

acts! {
    /// Acts on a disposal. What one person proposes, another approves.
    pub enum DisposalAct on "disposal" DisposalStatus {
        Propose "propose" [CreateDisposal ""] "proposed" Proposer {}
        Approve "approve" [ApproveDisposal ":approve"] "approved" Supervisor apart [Unnamed, Proposer, Remaining] { Proposed => Approved }
        TakeBack "take-back" [TakeBackDisposal ":take-back"] "taken_back" Anyone { Proposed => TakenBack, Approved => TakenBack }
        CarryOut "carry-out" [] "carried_out" Anyone { Approved => CarriedOut }
    }
}

text_enum! {
    /// Whether a record is held back from disposal.
    pub enum HoldStatus {
        Standing = "STANDING",
        Lifted = "LIFTED",
    }
}

acts! {
    /// Acts on a hold.
    pub enum HoldAct on "retention_hold" HoldStatus {
        Hold "hold" [CreateRetentionHold ""] "held" Anyone {}
        Lift "lift" [LiftRetentionHold ":lift"] "lifted" Anyone { Standing => Lifted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_whole_calendar_years_after_the_end() {
        let settings = RetentionSettings::default();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for category in RetentionCategory::ALL {
            for (ended, last) in [("2020-01-01", 2020), ("2020-12-31", 2020), ("2021-06-15", 2021)] {
                let due = category.due_on(&settings, day(ended));
                assert_eq!(due, new_year(last + i32::try_from(category.years(&settings)).unwrap() + 1));
                let is_due = |today: NaiveDate| Moment::start_of(day(ended)) < category.ended_before(&settings, today);
                assert!(is_due(due) && !is_due(due.pred_opt().unwrap()), "{category:?} {ended}");
            }
        }
    }
}
