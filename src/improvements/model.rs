//! Opinion items and improvement items: where they come from, their states, and the acts between them.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use super::policy::{
    AdoptImprovementItem, CheckImprovementItem, CompleteImprovementItem, CreateImprovementItem, CreateOpinionItem,
    DropImprovementItem, ReopenImprovementItem, ReopenOpinionItem, SetOpinionItemAside, UpdateImprovementItem, UpdateOpinionItem,
};
use crate::db::Id;
use crate::{acts, text_enum};

text_enum! {
    /// Where an opinion was heard.
    pub enum OpinionSource {
        /// 剪報
        Press = "PRESS",
        /// At an event in the community 參加社區活動
        Outreach = "OUTREACH",
        /// In the words of a survey; nothing tells whose they are
        Survey = "SURVEY",
        /// Suggested in a petition
        Petition = "PETITION",
        Inquiry = "INQUIRY",
        /// In a complaint on the spot
        OnSite = "ON_SITE",
        Other = "OTHER",
    }
}

text_enum! {
    /// What an opinion, or an improvement, is about.
    pub enum ImprovementTopic {
        /// How people are served
        Service = "SERVICE",
        /// How something is done, and how long it takes
        Procedure = "PROCEDURE",
        /// Rooms, signs, equipment, parking
        Facilities = "FACILITIES",
        /// Website and online services
        Online = "ONLINE",
        /// Laws and rules
        Law = "LAW",
        Other = "OTHER",
    }
}

text_enum! {
    /// How an opinion speaks of the office.
    pub enum OpinionTone {
        Positive = "POSITIVE",
        Neutral = "NEUTRAL",
        Negative = "NEGATIVE",
    }
}

text_enum! {
    /// States of an opinion item.
    pub enum OpinionStatus {
        Open = "OPEN",
        /// An improvement item came of it
        TakenUp = "TAKEN_UP",
        /// Answered, and nothing is to be changed
        Answered = "ANSWERED",
        /// Nothing comes of it
        SetAside = "SET_ASIDE",
    }
}

acts! {
    /// Acts on an opinion item.
    pub enum OpinionAct on "opinion_item" OpinionStatus {
        Enter "enter" [CreateOpinionItem ""] "entered" Anyone {}
        Update "update" [UpdateOpinionItem ""] "updated" Anyone {
            Open => Open, TakenUp => TakenUp, Answered => Answered, SetAside => SetAside
        }
        Answer "update" [UpdateOpinionItem ""] "answered" Anyone { Open => Answered }
        TakeUp "take-up" [CreateImprovementItem ""] "taken_up" Anyone { Open => TakenUp, Answered => TakenUp }
        SetAside "set-aside" [SetOpinionItemAside ":set-aside"] "set_aside" Supervisor { Open => SetAside }
        Reopen "reopen" [ReopenOpinionItem ":reopen"] "reopened" Anyone { SetAside => Open, Answered => Open }
    }
}

text_enum! {
    /// States of an improvement item.
    pub enum ImprovementStatus {
        /// Written, and waits for another's word
        Proposed = "PROPOSED",
        /// It is to be carried out
        Adopted = "ADOPTED",
        /// Carried out, and its effect measured
        Done = "DONE",
        /// Another has seen that it is
        Checked = "CHECKED",
        Dropped = "DROPPED",
    }
}

acts! {
    /// Acts on an improvement item. What one person proposes, another adopts; what one carries out, another checks.
    pub enum ImprovementAct on "improvement_item" ImprovementStatus {
        Propose "propose" [CreateImprovementItem ""] "proposed" Proposer {}
        Update "update" [UpdateImprovementItem ""] "updated" Anyone { Proposed => Proposed, Adopted => Adopted }
        Adopt "adopt" [AdoptImprovementItem ":adopt"] "adopted" Supervisor apart [Unnamed, Proposer, Remaining] { Proposed => Adopted }
        Complete "complete" [CompleteImprovementItem ":complete"] "completed" Clerk { Adopted => Done }
        Check "check" [CheckImprovementItem ":check"] "checked" Checker apart [Unnamed, Clerk] { Done => Checked }
        Return "check" [CheckImprovementItem ":check"] "returned" Checker apart [Unnamed, Clerk] { Done => Adopted }
        Drop "drop" [DropImprovementItem ":drop"] "dropped" Supervisor { Proposed => Dropped, Adopted => Dropped }
        Reopen "reopen" [ReopenImprovementItem ":reopen"] "reopened" Supervisor {
            Dropped => Proposed, Done => Adopted, Checked => Adopted
        }
    }
}

impl ImprovementStatus {
    /// Those in which it is still to be carried out.
    pub const RUNNING: [Self; 2] = [Self::Proposed, Self::Adopted];
}

/// Filters of the list of opinion items.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OpinionFilter {
    pub status: Option<OpinionStatus>,
    pub source: Option<OpinionSource>,
    pub topic: Option<ImprovementTopic>,
    pub tone: Option<OpinionTone>,
    /// Those in the charge of this account.
    pub owner_id: Option<Id>,
    /// Those of which this improvement came.
    pub improvement_item_id: Option<Id>,
    /// First day on which it was said, Asia/Taipei.
    pub from: Option<NaiveDate>,
    /// Last day, included; not before `from`.
    pub to: Option<NaiveDate>,
}

/// Filters of the list of improvement items.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ImprovementFilter {
    pub status: Option<ImprovementStatus>,
    pub topic: Option<ImprovementTopic>,
    /// Those in the charge of this account.
    pub owner_id: Option<Id>,
    /// Those that are to be carried out, and whose last day has passed.
    pub overdue: Option<bool>,
    /// First last day, Asia/Taipei.
    pub from: Option<NaiveDate>,
    /// Last one, included; not before `from`.
    pub to: Option<NaiveDate>,
}
