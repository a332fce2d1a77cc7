//! Honours: their families and grades, and the states of one that was granted.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::policy::{
    ApproveVolunteerHonour, CreateVolunteerHonour, RejectVolunteerHonour, RestoreVolunteerHonour, WithdrawVolunteerHonour,
};
use crate::error::{Error, Result, Text};
use crate::http::coded;
use crate::people::{Label, Note};
use crate::volunteers::entries::{in_order, not_after, plausible};
use crate::{acts, text_enum};

text_enum! {
    /// Families of honours. Hours that one family has used are not used for another.
    pub enum HonourFamily {
        /// 志願服務榮譽卡 (志願服務法 §20): uses its years and hours up
        HonourCard = "HONOUR_CARD",
        /// 志願服務績效證明書: uses its years and hours up
        PerformanceCertificate = "PERFORMANCE_CERTIFICATE",
        /// 內政業務志願服務獎勵: all hours in the fields of interior affairs, each grade once
        MinistryBadge = "MINISTRY_BADGE",
        /// 志願服務獎勵 of the central government: all hours, each grade once
        NationalAward = "NATIONAL_AWARD",
    }
}

text_enum! {
    /// Grades of badges and awards.
    pub enum HonourGrade {
        /// 銅
        Bronze = "BRONZE",
        /// 銀
        Silver = "SILVER",
        /// 金
        Gold = "GOLD",
    }
}

impl HonourFamily {
    /// Whether its grants use hours up for the next one.
    pub const fn uses_up(self) -> bool {
        matches!(self, Self::HonourCard | Self::PerformanceCertificate)
    }

    /// Whether it asks for a certificate of performance.
    pub const fn wants_certificate(self) -> bool {
        !self.uses_up()
    }

    /// The grades that it has.
    pub const fn grades(self) -> &'static [Option<HonourGrade>] {
        if self.uses_up() { &[None] } else { &[Some(HonourGrade::Bronze), Some(HonourGrade::Silver), Some(HonourGrade::Gold)] }
    }

    /// Refuses a grade where it has none, and none where it has some.
    pub fn check_grade(self, grade: Option<HonourGrade>) -> Result<()> {
        let code = match (self.uses_up(), grade) {
            (true, Some(_)) => "not_allowed",
            (false, None) => "required",
            _ => return Ok(()),
        };
        Err(Error::field("/grade", code, coded(code).1))
    }
}

text_enum! {
    /// States of an honour.
    pub enum HonourStatus {
        /// Entered, and approved by nobody yet
        Proposed = "PROPOSED",
        Granted = "GRANTED",
        /// Whoever was to approve it has not
        Rejected = "REJECTED",
        /// It was never granted, or is somebody else's
        Withdrawn = "WITHDRAWN",
    }
}

acts! {
    /// Acts on an honour of a volunteer. Another approves it than whoever entered it, and nobody for themself.
    pub enum VolunteerHonourAct on "volunteer_honour" HonourStatus {
        Enter "enter" [CreateVolunteerHonour ""] "entered" Proposer apart [Unnamed, Subject] {}
        Approve "approve" [ApproveVolunteerHonour ":approve"] "approved" Supervisor apart [Unnamed, Remaining, Proposer, Subject] {
            Proposed => Granted
        }
        Reject "reject" [RejectVolunteerHonour ":reject"] "rejected" Supervisor apart [Unnamed, Proposer, Subject] { Proposed => Rejected }
        Withdraw "withdraw" [WithdrawVolunteerHonour ":withdraw"] "withdrawn" Supervisor apart [Unnamed, Subject] {
            Proposed => Withdrawn, Granted => Withdrawn
        }
        Restore "restore" [RestoreVolunteerHonour ":restore"] "restored" Proposer apart [Unnamed, Subject] {
            Withdrawn => Proposed, Rejected => Proposed
        }
    }
}

/// An honour that was granted, as its paper says.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "family": "HONOUR_CARD", "grade": null, "granted_on": "2026-11-02", "expires_on": "2029-11-01", "reviewed_on": "2026-10-20",
    "counts_from": "2026-11-03", "number": "彰志榮字第 115 號"
}))]
pub struct VolunteerHonourInput {
    pub family: HonourFamily,
    /// Of badges and awards, and of no other.
    pub grade: Option<HonourGrade>,
    /// Asia/Taipei; not after today.
    pub granted_on: NaiveDate,
    /// Last day of its validity; required of a card.
    pub expires_on: Option<NaiveDate>,
    /// Day on which the hours were reviewed for it; not after the grant.
    pub reviewed_on: Option<NaiveDate>,
    /// First day whose hours count for the next one of a card or a certificate, as the county has told it, since counties read the rule in
    /// different ways. Where none is given, it is worked out by the rule that the answer of `GET …/honours` names.
    pub counts_from: Option<NaiveDate>,
    /// Number of the paper.
    pub number: Option<Label>,
    pub note: Option<Note>,
}

impl VolunteerHonourInput {
    /// Refuses what cannot be.
    pub fn check(&self, today: NaiveDate) -> Result<()> {
        self.family.check_grade(self.grade)?;
        not_after("", "granted_on", self.granted_on, today)?;
        in_order("", "expires_on", self.granted_on, self.expires_on)?;
        if self.family == HonourFamily::HonourCard && self.expires_on.is_none() {
            return Err(Error::field("/expires_on", "required", coded("required").1));
        }
        if let Some(reviewed) = self.reviewed_on {
            not_after("", "reviewed_on", reviewed, self.granted_on)?;
        }
        let Some(counts_from) = self.counts_from else { return Ok(()) };
        plausible("", "counts_from", counts_from)?;
        if self.family.uses_up() {
            return Ok(());
        }
        let text = Text::new("獎章及獎勵累計全部時數", "badges and awards count all hours");
        Err(Error::field("/counts_from", "not_allowed", text))
    }
}
