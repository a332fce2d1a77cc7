//! A line of hours: what it says, in which state it is, and what cannot be.

use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::policy::{
    AnswerHoursDispute, ConfirmHours, CorrectHours, CreateVolunteerHours, DisputeHours, JudgeHoursOverlap, RestoreHours,
    WithdrawHours,
};
use crate::clock::Moment;
use crate::error::{Error, Result, Text};
use crate::http::coded;
use crate::people::{Name, Note, Words};
use crate::volunteers::entries::not_after;
use crate::volunteers::model::VolunteerCategory;
use crate::{acts, text_enum};

text_enum! {
    /// States of a line of hours.
    pub enum VolunteerHourStatus {
        /// The volunteer's own check-in, for which nobody of the office vouches yet
        Claimed = "CLAIMED",
        /// Vouched for by a registrar
        Entered = "ENTERED",
        /// The volunteer says that it is right
        Confirmed = "CONFIRMED",
        /// The volunteer says that it is wrong
        Disputed = "DISPUTED",
        /// Another clerk has answered the dispute, and the line stands
        Answered = "ANSWERED",
        /// A correction stands for it
        Replaced = "REPLACED",
        /// Taken back
        Withdrawn = "WITHDRAWN",
    }
}

impl VolunteerHourStatus {
    /// Whether the line is one of those that say what is.
    pub const fn stands(self) -> bool {
        !matches!(self, Self::Replaced | Self::Withdrawn)
    }
}

acts! {
    /// Acts on a line of hours. Nobody registers, corrects or vouches for their own hours; a dispute is answered by another than whoever
    /// registered the line, and the volunteer alone says whether it is right.
    pub enum VolunteerHourAct on "volunteer_hours" VolunteerHourStatus {
        Enter "enter" [CreateVolunteerHours ""] "entered" Clerk apart [Unnamed, Subject] {}
        Claim "claim" [] "claimed" Anyone {}
        Vouch "confirm" [ConfirmHours ":confirm"] "vouched_for" Clerk apart [Unnamed, Subject] { Claimed => Entered }
        Confirm "confirm" [ConfirmHours ":confirm"] "confirmed" Anyone {
            Entered => Confirmed, Disputed => Confirmed, Answered => Confirmed
        }
        Dispute "dispute" [DisputeHours ":dispute"] "disputed" Anyone {
            Entered => Disputed, Confirmed => Disputed, Answered => Disputed
        }
        DisputeFor "dispute" [DisputeHours ":dispute"] "disputed" Clerk apart [Unnamed, Subject] {
            Entered => Disputed, Confirmed => Disputed, Answered => Disputed
        }
        Answer "answer-dispute" [AnswerHoursDispute ":answer-dispute"] "answered" Clerk apart [Unnamed, Clerk, Subject] {
            Disputed => Answered
        }
        Correct "correct" [CorrectHours ":correct"] "replaced" Clerk apart [Unnamed, Subject] {
            Claimed => Replaced, Entered => Replaced, Confirmed => Replaced, Answered => Replaced
        }
        CorrectDisputed "correct" [CorrectHours ":correct"] "replaced" Clerk apart [Unnamed, Clerk, Subject] { Disputed => Replaced }
        Withdraw "withdraw" [WithdrawHours ":withdraw"] "withdrawn" Clerk apart [Unnamed, Subject] {
            Claimed => Withdrawn, Entered => Withdrawn, Confirmed => Withdrawn, Answered => Withdrawn
        }
        WithdrawDisputed "withdraw" [WithdrawHours ":withdraw"] "withdrawn" Clerk apart [Unnamed, Clerk, Subject] {
            Disputed => Withdrawn
        }
        Restore "restore" [RestoreHours ":restore"] "restored" Clerk apart [Unnamed, Subject] { Withdrawn => Entered }
        Reopen "reopen" [] "restored" Anyone { Replaced => Entered }
        Supersede "supersede" [] "replaced" Anyone {
            Claimed => Replaced, Entered => Replaced, Confirmed => Replaced, Disputed => Replaced, Answered => Replaced
        }
        Strike "strike" [] "withdrawn" Anyone {
            Claimed => Withdrawn, Entered => Withdrawn, Confirmed => Withdrawn, Disputed => Withdrawn, Answered => Withdrawn
        }
        JudgeOverlap "judge-overlap" [JudgeHoursOverlap ":judge-overlap"] "overlap_judged" Clerk apart [Unnamed, Subject] {
            Claimed => Claimed, Entered => Entered, Confirmed => Confirmed, Disputed => Disputed, Answered => Answered
        }
    }
}

text_enum! {
    /// Field of voluntary service. Badges of the Ministry of the Interior count the fields of interior affairs alone (內政業務志願服務獎勵辦法),
    /// which are CIVIL to IMMIGRATION; national awards count all.
    pub enum VolunteerField {
        /// 民政
        Civil = "CIVIL",
        /// 戶政
        Household = "HOUSEHOLD",
        /// 役政
        Conscription = "CONSCRIPTION",
        /// 地政
        Land = "LAND",
        /// 警政
        Police = "POLICE",
        /// 消防
        Fire = "FIRE",
        /// 營建
        Construction = "CONSTRUCTION",
        /// 移民
        Immigration = "IMMIGRATION",
        /// 社會福利
        SocialWelfare = "SOCIAL_WELFARE",
        /// 教育
        Education = "EDUCATION",
        /// 文化
        Culture = "CULTURE",
        /// 環境保護
        Environment = "ENVIRONMENT",
        /// 衛生
        Health = "HEALTH",
        /// 交通
        Transport = "TRANSPORT",
        Other = "OTHER",
    }
}

impl VolunteerField {
    /// Whether it is one of interior affairs.
    pub const fn is_interior(self) -> bool {
        use VolunteerField as Field;
        matches!(
            self,
            Field::Civil
                | Field::Household
                | Field::Conscription
                | Field::Land
                | Field::Police
                | Field::Fire
                | Field::Construction
                | Field::Immigration
        )
    }
}

text_enum! {
    /// Where hours were served.
    pub enum VolunteerHourUnit {
        /// This office
        Own = "OWN",
        /// Another unit, which has stamped them in the record book
        Other = "OTHER",
    }
}

text_enum! {
    /// What was done. Service alone counts; the rest is attendance.
    pub enum VolunteerHourKind {
        Service = "SERVICE",
        Training = "TRAINING",
        Meeting = "MEETING",
        /// Learning beside a full member
        Probation = "PROBATION",
    }
}

text_enum! {
    /// How it is known that the volunteer was there.
    pub enum VolunteerPresence {
        /// They checked in by themselves
        OwnCheckIn = "OWN_CHECK_IN",
        /// The registrar saw them
        SeenByClerk = "SEEN_BY_CLERK",
        /// Entered with many others, without a check-in
        Bulk = "BULK",
        /// From a sheet, or from the record book
        FromPaper = "FROM_PAPER",
    }
}

text_enum! {
    /// What somebody has judged of a line of which nobody can tell by its times whether it overlaps another one.
    pub enum VolunteerOverlap {
        Unjudged = "UNJUDGED",
        /// It is other service than that of all other lines
        Apart = "APART",
        /// It is service that another line has already
        Same = "SAME",
    }
}

text_enum! {
    /// Where a line stands with the ministry's system.
    pub enum VolunteerHourReporting {
        /// It is none that this office reports: no service, another unit's, or taken back before it was reported
        NotDue = "NOT_DUE",
        NotReported = "NOT_REPORTED",
        Reported = "REPORTED",
        /// The system has refused it
        Refused = "REFUSED",
        /// It was reported, and has been corrected or taken back since: it is to be put right there
        ToCorrect = "TO_CORRECT",
    }
}

/// When somebody served: a day and how long, or from when to when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"begins_at": "2026-11-20T09:00:00+08:00", "ends_at": "2026-11-20T12:00:00+08:00", "excluded_minutes": 0}))]
pub struct VolunteerTime {
    /// Day of the service, Asia/Taipei, where no times are known; not after today.
    pub day: Option<NaiveDate>,
    /// How long it was on that day, in minutes, without travel.
    #[schema(minimum = 1, maximum = 1440)]
    pub minutes: Option<i32>,
    /// To the full minute. It may be before midnight and the end after it: each day has its own minutes.
    pub begins_at: Option<Moment>,
    /// Not in the future, and at most 24 hours after the beginning.
    pub ends_at: Option<Moment>,
    /// Breaks and travel between the two, in minutes, which are no service.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1439, default = 0)]
    pub excluded_minutes: i32,
}

/// The day on which it began, from when to when, and the minutes that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    pub day: NaiveDate,
    pub span: Option<(Moment, Moment)>,
    pub minutes: i32,
}

impl VolunteerTime {
    /// What it says, or why it cannot be.
    pub fn read(&self, at: &str, now: Moment) -> Result<Time> {
        let required = |member: &str| Error::field(format!("{at}/{member}"), "required", coded("required").1);
        let not_allowed = |member: &str| Error::field(format!("{at}/{member}"), "not_allowed", coded("not_allowed").1);
        match (self.day, self.begins_at) {
            (None, None) => Err(required("day")),
            (Some(_), Some(_)) => Err(Error::field(format!("{at}/day"), "not_both", coded("not_both").1)),
            (Some(day), None) => {
                if self.ends_at.is_some() {
                    return Err(not_allowed("ends_at"));
                }
                if self.excluded_minutes != 0 {
                    return Err(not_allowed("excluded_minutes"));
                }
                not_after(at, "day", day, now.date())?;
                Ok(Time { day, span: None, minutes: self.minutes.ok_or_else(|| required("minutes"))? })
            }
            (None, Some(begins)) => {
                if self.minutes.is_some() {
                    return Err(not_allowed("minutes"));
                }
                span(at, (begins, self.ends_at.ok_or_else(|| required("ends_at"))?), self.excluded_minutes, now)
            }
        }
    }
}

/// Service from a moment to another, less what is none.
pub fn span(at: &str, (begins, ends): (Moment, Moment), excluded: i32, now: Moment) -> Result<Time> {
    let fault = |member: &str, zh: &'static str, en: &'static str| {
        Err(Error::field(format!("{at}/{member}"), "range", Text::new(zh, en)))
    };
    not_after(at, "begins_at", begins.date(), now.date())?;
    for (member, moment) in [("begins_at", begins), ("ends_at", ends)] {
        if moment.naive_utc().and_utc().timestamp_micros() % 60_000_000 != 0 {
            return fault(member, "應為整分", "to the full minute");
        }
    }
    if ends <= begins || ends - begins > Duration::hours(24) {
        return fault("ends_at", "應晚於起時，且至多 24 小時", "after the beginning, by 24 hours at most");
    }
    if ends > now {
        return fault("ends_at", "不得晚於現在", "not in the future");
    }
    let minutes = i32::try_from((ends - begins).num_minutes()).unwrap_or(i32::MAX) - excluded;
    if minutes < 1 {
        return fault("excluded_minutes", "扣除後應有餘", "less than all of it");
    }
    Ok(Time { day: begins.date(), span: Some((begins, ends)), minutes })
}

/// Another unit, as the record book names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "彰化縣消防局和美分隊", "registrar": "陳登錄"}))]
pub struct VolunteerOtherUnit {
    pub name: Words,
    /// Who has stamped the hours there (志願服務證及服務紀錄冊管理辦法 §9).
    pub registrar: Name,
}

/// A line of hours: actual service, without travel (志願服務證及服務紀錄冊管理辦法 §9).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "time": {"begins_at": "2026-11-20T09:00:00+08:00", "ends_at": "2026-11-20T12:00:00+08:00"}, "category": "GUIDANCE",
    "field": "HOUSEHOLD", "kind": "SERVICE", "presence": "SEEN_BY_CLERK"
}))]
pub struct VolunteerHours {
    pub time: VolunteerTime,
    /// Required for this office's hours.
    pub category: Option<VolunteerCategory>,
    pub field: VolunteerField,
    /// The other unit at which they were served; this office where none is given. Such hours are entered from the record book
    /// (`FROM_PAPER`).
    pub other_unit: Option<VolunteerOtherUnit>,
    pub kind: VolunteerHourKind,
    pub presence: VolunteerPresence,
    /// Whether it was time for which they were paid: such time is no voluntary service. Required of one who works in the office.
    pub paid_time: Option<bool>,
    /// Where it was, and what was done.
    pub note: Option<Note>,
}

impl VolunteerHours {
    pub const fn unit(&self) -> VolunteerHourUnit {
        if self.other_unit.is_some() { VolunteerHourUnit::Other } else { VolunteerHourUnit::Own }
    }

    /// What it says of the time, or what of it cannot be.
    pub fn check(&self, at: &str, works_here: bool, now: Moment) -> Result<Time> {
        let time = self.time.read(&format!("{at}/time"), now)?;
        if self.other_unit.is_some() && self.presence != VolunteerPresence::FromPaper {
            let text =
                Text::new("他單位時數應依紀錄冊登錄（FROM_PAPER）", "another unit's hours are entered from the record book");
            return Err(Error::field(format!("{at}/presence"), "not_allowed", text));
        }
        if self.other_unit.is_none() && self.category.is_none() {
            return Err(Error::field(format!("{at}/category"), "required", coded("required").1));
        }
        if works_here && self.paid_time.is_none() {
            let text = Text::new("本所同仁應載明是否為支薪時間", "say of one who works in the office whether they were paid");
            return Err(Error::field(format!("{at}/paid_time"), "required", text));
        }
        Ok(time)
    }
}

/// What of a line is kept sealed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    pub other_unit: Option<VolunteerOtherUnit>,
    pub note: Option<String>,
    /// What the shift was called, where and when, as it was then.
    pub shift: Option<serde_json::Value>,
    pub excluded_minutes: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[test]
    fn time_across_midnight_is_of_the_day_on_which_it_began() {
        let now = at("2026-11-23T09:00:00+08:00");
        let night = (at("2026-11-20T22:00:00+08:00"), at("2026-11-21T02:00:00+08:00"));
        let time = span("", night, 30, now).unwrap();
        assert_eq!((time.day.to_string().as_str(), time.minutes), ("2026-11-20", 210));
        assert!(span("", (night.1, night.0), 0, now).is_err(), "ends before it begins");
        assert!(span("", night, 240, now).is_err(), "nothing is left");
        assert!(span("", (night.0, night.0 + Duration::hours(25)), 0, now).is_err());
        assert!(span("", (at("2026-11-23T08:00:00+08:00"), at("2026-11-23T09:01:00+08:00")), 0, now).is_err(), "the future");
        assert!(span("", (night.0 + Duration::seconds(1), night.1), 0, now).is_err(), "whole minutes");
    }
}
