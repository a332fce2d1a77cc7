//! A shift: its states and acts, what it is, and what of it can be so.

use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::policy::{CancelShift, CreateShift, DeleteShift, RestoreShift, UpdateShift};
use crate::clock::Moment;
use crate::error::{Error, Result, Text};
use crate::http::{coded, is_plausible};
use crate::office::SERVICE_POINTS;
use crate::people::Words;
use crate::volunteers::model::VolunteerCategory;
use crate::{acts, text_enum};

text_enum! {
    /// States of a shift.
    pub enum ShiftStatus {
        Planned = "PLANNED",
        /// It does not take place: the office is closed, or somebody has called it off
        Cancelled = "CANCELLED",
        /// It was planned by mistake; no run of a template or import makes it again by itself
        Deleted = "DELETED",
        /// The batch that made it was undone
        Undone = "UNDONE",
    }
}

acts! {
    /// Acts on a shift.
    pub enum ShiftAct on "shift" ShiftStatus {
        Create "create" [CreateShift ""] "created" Anyone {}
        Add "add" [] "added" Anyone {}
        Update "update" [UpdateShift ""] "updated" Anyone { Planned => Planned }
        Change "change" [] "changed" Anyone { Planned => Planned }
        Cancel "cancel" [CancelShift ":cancel"] "cancelled" Anyone { Planned => Cancelled }
        Close "close" [] "closed" Anyone { Planned => Cancelled }
        Reopen "reopen" [] "reopened" Anyone { Cancelled => Planned }
        Delete "delete" [DeleteShift ""] "deleted" Anyone { Planned => Deleted, Cancelled => Deleted }
        Drop "drop" [] "dropped" Anyone { Planned => Deleted, Cancelled => Deleted }
        Restore "restore" [RestoreShift ":restore"] "restored" Anyone { Cancelled => Planned, Deleted => Planned }
        TakeBack "take-back" [] "taken_back" Anyone { Planned => Undone, Cancelled => Undone }
        Revive "revive" [] "revived" Anyone { Undone => Planned, Deleted => Planned }
    }
}

text_enum! {
    /// What a shift is for.
    pub enum ShiftKind {
        /// Volunteers serve
        Volunteer = "VOLUNTEER",
        /// Volunteers are trained: whoever comes needs no training yet, and it is no service
        VolunteerTraining = "VOLUNTEER_TRAINING",
    }
}

/// So many seats that whoever takes one needs a skill for, or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"skill": "手語", "seats": 1}))]
pub struct ShiftNeed {
    /// As it stands in the `skills` of a volunteer; `null` where anybody can do it.
    pub skill: Option<Words>,
    #[schema(minimum = 1, maximum = 50)]
    pub seats: u32,
}

/// A shift as it is planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "starts_at": "2026-12-07T08:30:00+08:00", "ends_at": "2026-12-07T12:00:00+08:00", "place": "一樓服務臺", "category": "GUIDANCE",
    "needs": [{"skill": null, "seats": 2}]
}))]
pub struct ShiftInput {
    /// To the full minute.
    pub starts_at: Moment,
    /// To the full minute; 15 minutes to 24 hours later, on the next day too.
    pub ends_at: Moment,
    pub place: Words,
    pub category: VolunteerCategory,
    #[schema(min_items = 1, max_items = 10)]
    pub needs: Vec<ShiftNeed>,
    #[serde(default = "serves")]
    #[schema(default = "VOLUNTEER")]
    pub kind: ShiftKind,
    /// Code from GET /v1/office of where it takes place: a closure of that service point cancels it. Without one only a closure of the
    /// whole office does.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 20)]
    pub service_point: Option<String>,
}

const fn serves() -> ShiftKind {
    ShiftKind::Volunteer
}

/// Refuses a service point that there is not, and needs of which two name one skill.
pub fn check_place_and_needs(point: Option<&str>, needs: &[ShiftNeed]) -> Result<()> {
    if point.is_some_and(|point| !SERVICE_POINTS.contains(&point)) {
        return Err(Error::field("/service_point", "unknown", coded("unknown").1));
    }
    for (index, need) in needs.iter().enumerate() {
        if needs.iter().take(index).any(|earlier| earlier.skill == need.skill) {
            let text = Text::new("同一專長僅得列一次", "each skill is named once");
            return Err(Error::field(format!("/needs/{index}/skill"), "duplicate", text));
        }
    }
    Ok(())
}

impl ShiftInput {
    pub fn check(&self) -> Result<()> {
        for (name, at) in [("starts_at", self.starts_at), ("ends_at", self.ends_at)] {
            let is_minute = at.naive_utc().and_utc().timestamp_micros().rem_euclid(60_000_000) == 0;
            if !is_minute || !is_plausible(at.date()) {
                let text = Text::new("應為合理之整分時刻", "a plausible moment, to the full minute");
                return Err(Error::field(format!("/{name}"), "range", text));
            }
        }
        let lasts = self.ends_at - self.starts_at;
        if lasts < Duration::minutes(15) || lasts > Duration::hours(24) {
            let text = Text::new("班次長度應為 15 分鐘至 24 小時", "a shift takes 15 minutes to 24 hours");
            return Err(Error::field("/ends_at", "range", text));
        }
        check_place_and_needs(self.service_point.as_deref(), &self.needs)
    }
}

/// Filters of the list of shifts.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ShiftFilter {
    /// Those in this state; what was deleted and undone is listed by its state alone.
    pub status: Option<ShiftStatus>,
    pub kind: Option<ShiftKind>,
    pub category: Option<VolunteerCategory>,
    /// First day, Asia/Taipei: those that end after it has begun.
    pub from: Option<NaiveDate>,
    /// Last day: those that begin before it has ended.
    pub to: Option<NaiveDate>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shift(starts: &str, ends: &str, needs: &serde_json::Value) -> ShiftInput {
        serde_json::from_value(json!({
            "starts_at": starts, "ends_at": ends, "place": "一樓服務臺", "category": "GUIDANCE", "needs": needs
        }))
        .unwrap()
    }

    #[test]
    fn a_shift_goes_on_across_midnight() {
        let needs = json!([{"skill": null, "seats": 2}, {"skill": "手語", "seats": 1}]);
        let night = shift("2026-12-07T22:00:00+08:00", "2026-12-08T06:00:00+08:00", &needs);
        assert!(night.check().is_ok());
        assert!(shift("2026-12-07T22:00:00+08:00", "2026-12-08T22:01:00+08:00", &needs).check().is_err(), "more than a day");
        assert!(shift("2026-12-07T22:00:00+08:00", "2026-12-07T06:00:00+08:00", &needs).check().is_err(), "backwards");
        assert!(shift("2026-12-07T22:00:30+08:00", "2026-12-08T06:00:00+08:00", &needs).check().is_err(), "no full minute");
    }

    #[test]
    fn a_skill_is_named_once() {
        let twice = json!([{"skill": "手語", "seats": 1}, {"skill": "手語", "seats": 1}]);
        assert!(shift("2026-12-07T08:00:00+08:00", "2026-12-07T12:00:00+08:00", &twice).check().is_err());
    }
}
