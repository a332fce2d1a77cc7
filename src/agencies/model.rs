//! An agency: its names, what it takes, and how it is reached.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Moment;
use crate::error::{Error, Result, Text};
use crate::office::Bilingual;
use crate::text_enum;

text_enum! {
    /// What an agency is told of. MOVE, NAME and UID are sent on a person's consent; the others are duties or services of other kinds.
    pub enum Trigger {
        Move = "MOVE",
        Name = "NAME",
        Uid = "UID",
        Birth = "BIRTH",
        Death = "DEATH",
        Marriage = "MARRIAGE",
        Initial = "INITIAL",
        MoveOut = "MOVE_OUT",
        Passport = "PASSPORT",
    }
}

text_enum! {
    /// WEBHOOK: signed and pushed; PULL: the agency reads its queue; BATCH: a file per cadence.
    pub enum DeliveryChannel {
        Webhook = "WEBHOOK",
        Pull = "PULL",
        Batch = "BATCH",
    }
}

text_enum! {
    /// How often a batch is closed.
    pub enum Cadence {
        Daily = "DAILY",
        Weekly = "WEEKLY",
        Monthly = "MONTHLY",
    }
}

impl Cadence {
    /// First day of the period in which a day lies.
    pub fn period_start(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Daily => day,
            Self::Weekly => day.week(Weekday::Mon).first_day(),
            Self::Monthly => day.with_day(1).unwrap_or(day),
        }
    }

    /// The day whose first minute closes the period of a day.
    fn closes_on(self, day: NaiveDate) -> NaiveDate {
        let start = self.period_start(day);
        match self {
            Self::Daily => start + Days::new(1),
            Self::Weekly => start + Days::new(7),
            Self::Monthly => start + Months::new(1),
        }
    }
}

text_enum! {
    /// What a notice can carry: the number is the key by which the agency knows the person.
    pub enum NoticeField {
        /// National id or resident number; of whoever has none, `identified_by` says by what they are known
        IdNumber = "ID_NUMBER",
        Name = "NAME",
        OldName = "OLD_NAME",
        NewName = "NEW_NAME",
        OldAddress = "OLD_ADDRESS",
        NewAddress = "NEW_ADDRESS",
        OldIdNumber = "OLD_ID_NUMBER",
        NewIdNumber = "NEW_ID_NUMBER",
    }
}

impl Trigger {
    /// The fields that say what has changed; an agency gets those of them that it may have.
    pub fn fields(self) -> &'static [NoticeField] {
        use NoticeField::{IdNumber, Name, NewAddress, NewIdNumber, NewName, OldAddress, OldIdNumber, OldName};
        match self {
            Self::Move => &[IdNumber, Name, OldAddress, NewAddress],
            Self::Name => &[IdNumber, OldName, NewName],
            Self::Uid => &[OldIdNumber, NewIdNumber, Name],
            _ => &[],
        }
    }
}

/// An agency, as data.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": {"zh": "彰化縣和美地政事務所", "en": "Hemei Land Office, Changhua County"}, "kind": "land", "notification_partner": true,
    "updates": ["owner's address, name and ID number in the land register"], "triggers": ["MOVE", "NAME", "UID"],
    "fields": ["ID_NUMBER", "NAME", "OLD_ADDRESS", "NEW_ADDRESS"], "channel": "WEBHOOK",
    "webhook_url": "https://land.example.gov.tw/huzheng", "certainty": "plan", "note": ""
}))]
pub struct Agency {
    pub name: Bilingual,
    /// tax, land, health insurance …
    #[schema(min_length = 1, max_length = 40)]
    pub kind: String,
    /// Takes consented notices of changed registrations (跨機關通報).
    pub notification_partner: bool,
    /// What it updates, in words.
    #[schema(max_items = 20)]
    pub updates: Vec<String>,
    #[schema(max_items = 9)]
    pub triggers: Vec<Trigger>,
    /// The least that it needs (個資法 §5).
    #[schema(max_items = 8)]
    pub fields: Vec<NoticeField>,
    pub channel: DeliveryChannel,
    /// For BATCH.
    pub cadence: Option<Cadence>,
    /// For WEBHOOK: `https://…`. Hosts inside the office's network must be named in the settings. Shown to the
    /// administrator, the director and section chiefs alone.
    #[schema(min_length = 10, max_length = 300, format = "uri")]
    pub webhook_url: Option<String>,
    /// How sure the entry is: plan, law, found or assumed.
    #[schema(max_length = 200)]
    pub certainty: String,
    #[schema(max_length = 500)]
    pub note: String,
}

impl Agency {
    /// Whether its channel has what it needs.
    pub fn check(&self) -> Result<()> {
        let plain = |url: &String| url.starts_with("https://") || url.starts_with("http://");
        let missing = match self.channel {
            DeliveryChannel::Webhook if !self.webhook_url.as_ref().is_some_and(plain) => "/webhook_url",
            DeliveryChannel::Batch if self.cadence.is_none() => "/cadence",
            _ => return Ok(()),
        };
        Err(Error::field(missing, "required", Text::new("此傳送方式須有此欄位", "this channel needs it")))
    }

    /// Whether it hears of a trigger on a person's consent.
    pub fn hears(&self, trigger: Trigger) -> bool {
        self.notification_partner && self.triggers.contains(&trigger)
    }

    /// Whether another form of it would tell it more, or tell it elsewhere: that takes two people.
    pub fn opens(&self, wanted: &Self) -> bool {
        let told = |agency: &Self| (agency.notification_partner, agency.triggers.clone(), agency.fields.clone());
        let reached = |agency: &Self| (agency.channel, agency.webhook_url.clone());
        told(self) != told(wanted) || reached(self) != reached(wanted)
    }

    /// The day by which a delivery must go: the one on which it is due, or the closing of the batch that it waits
    /// for since a day.
    pub fn due_on(&self, due_on: NaiveDate, since: NaiveDate) -> NaiveDate {
        let batched = self.cadence.filter(|_| self.channel == DeliveryChannel::Batch);
        batched.map_or(due_on, |cadence| due_on.max(cadence.closes_on(since)))
    }
}

/// An agency as it is to be.
#[derive(Serialize, ToSchema)]
pub struct RequestedAgency {
    #[serde(flatten)]
    agency: Agency,
}

/// An agency with its code.
#[derive(Serialize, ToSchema)]
pub struct AgencyView {
    #[schema(max_length = 40, example = "LAND")]
    pub code: String,
    #[serde(flatten)]
    pub agency: Agency,
    /// A change that waits for approval; shown to the administrator, the director and section chiefs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub requested: Option<RequestedAgency>,
    /// `true` where a new secret waits for approval; shown to the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub requested_secret: Option<bool>,
}

impl AgencyView {
    /// As everyone may see it: without the address at which it is called.
    pub fn open(code: String, mut agency: Agency) -> Self {
        agency.webhook_url = None;
        Self { code, agency, requested: None, requested_secret: None }
    }

    /// As those see it who ask for changes and approve them.
    pub fn whole(code: String, agency: Agency, waiting: Waiting) -> Self {
        Self {
            code,
            agency,
            requested_secret: waiting.secret.map(|_| true),
            requested: waiting.agency.map(|agency| RequestedAgency { agency }),
        }
    }
}

/// What was asked for an agency and waits for another's approval.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    pub agency: Option<Agency>,
    /// A new secret, sealed.
    pub secret: Option<String>,
    /// Who asked, by their names in the journal: none of them approves.
    pub by: Vec<String>,
    /// When the first of them did; not known of what was asked for before that was kept.
    pub at: Option<Moment>,
}

impl Waiting {
    pub fn is_empty(&self) -> bool {
        self.agency.is_none() && self.secret.is_none()
    }

    /// Notes who asked; nobody, where nothing waits any more.
    pub fn asked_by(&mut self, name: &str, now: Moment) {
        if self.is_empty() {
            self.by.clear();
        } else if !self.by.iter().any(|asker| asker == name) {
            self.at = if self.by.is_empty() { Some(now) } else { self.at };
            self.by.push(name.to_owned());
        }
    }
}

/// The agencies as they come with the product.
pub fn first_agencies() -> Vec<(String, Agency)> {
    use serde_json::Value;
    let list: Value = serde_json::from_str(include_str!("../../reference/agencies.json")).expect("the list is JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let agency = |one: &Value| {
        let triggers: Vec<Trigger> = serde_json::from_value(one["triggers"].clone()).expect("known triggers");
        let mut fields: Vec<NoticeField> = triggers.iter().flat_map(|t| t.fields()).copied().collect();
        // The old address tells nobody but the land office where its owner was entered.
        if one["kind"] != "land" {
            fields.retain(|field| *field != NoticeField::OldAddress);
        }
        fields.sort_unstable();
        fields.dedup();
        let agency = Agency {
            name: Bilingual::new(&text(&one["name_zh"]), &text(&one["name_en"])),
            kind: text(&one["kind"]),
            notification_partner: one["notification_partner"].as_bool().unwrap_or(false),
            updates: serde_json::from_value(one["updates"].clone()).expect("words"),
            triggers,
            fields,
            channel: DeliveryChannel::Pull,
            cadence: None,
            webhook_url: None,
            certainty: text(&one["certainty"]),
            note: text(&one["note"]),
        };
        (text(&one["code"]), agency)
    };
    list["agencies"].as_array().expect("a list").iter().map(agency).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_due_at_its_closing_and_everything_else_on_its_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let mut agency = first_agencies().remove(0).1;
        agency.channel = DeliveryChannel::Batch;
        // 2026-11-25 is a Wednesday.
        for (cadence, closing) in
            [(Cadence::Daily, "2026-11-26"), (Cadence::Weekly, "2026-11-30"), (Cadence::Monthly, "2026-12-01")]
        {
            agency.cadence = Some(cadence);
            assert_eq!(agency.due_on(day("2026-11-25"), day("2026-11-25")), day(closing), "{cadence}");
        }
        agency.channel = DeliveryChannel::Pull;
        assert_eq!(agency.due_on(day("2026-11-25"), day("2026-11-25")), day("2026-11-25"));
    }
}
