//! What a consultation asks for and what comes of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::Weekday;
use crate::clock::Moment;
use crate::db::Id;
use crate::scheduling::bookings::model::Booking;
use crate::text_enum;

/// Codes of the two services in which legal advice is given.
pub const CONSULTATION: &str = "LEGAL_CONSULTATION";
pub const REFERRAL_DESK: &str = "LEGAL_REFERRAL";

text_enum! {
    /// What the advice is about.
    pub enum Topic {
        Family = "FAMILY",
        Inheritance = "INHERITANCE",
        Land = "LAND",
        Debt = "DEBT",
        Tenancy = "TENANCY",
        Labour = "LABOUR",
        Traffic = "TRAFFIC",
        Criminal = "CRIMINAL",
        Other = "OTHER",
    }
}

text_enum! {
    /// How a consultation ended.
    pub enum OutcomeResult {
        Advised = "ADVISED",
        Referred = "REFERRED",
        NoShow = "NO_SHOW",
        Conflict = "CONFLICT",
    }
}

/// What LEGAL_CONSULTATION asks of whoever books it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"topic": "INHERITANCE", "summary": "繼承登記問題", "opponent": "陳大文"}))]
pub struct ConsultationAnswers {
    pub topic: Topic,
    /// The question in a few words, for the adviser; kept encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 500)]
    pub summary: Option<String>,
    /// Name or number of the other party; only a keyed hash of it is kept, for conflicts of interest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 100)]
    pub opponent: Option<String>,
}

/// A county adviser.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "name": "林律師", "account_id": null, "weekdays": ["MON", "WED"], "active": true}))]
pub struct Adviser {
    pub id: Id,
    #[schema(max_length = 100)]
    pub name: String,
    /// Account with the role LEG.
    pub account_id: Option<Id>,
    /// Days on the rota unless it says otherwise.
    #[schema(max_items = 7)]
    pub weekdays: Vec<Weekday>,
    pub active: bool,
}

/// When a join link works, and for whom it was made.
pub struct JoinWindow {
    pub opens_at: Moment,
    pub closes_at: Moment,
}

impl JoinWindow {
    pub fn of(booking: &Booking, margin_minutes: i64) -> Self {
        let margin = chrono::Duration::minutes(margin_minutes);
        Self { opens_at: booking.starts_at - margin, closes_at: booking.ends_at + margin }
    }

    pub fn holds(&self, now: Moment) -> bool {
        self.opens_at <= now && now < self.closes_at
    }
}
