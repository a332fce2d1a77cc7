//! A notice, its deliveries, their states, and what a delivery says.

use std::collections::BTreeMap;

use chrono::Duration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::policy::{AcknowledgeDelivery, RejectDelivery, ResendDelivery, UpdateDelivery, WithdrawConsent};
use crate::agencies::model::{Agency, NoticeField, Trigger};
use crate::cases::fields::CaseFields;
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::http::Failure;
use crate::people::{Identifier, OtherIdentity};
use crate::{acts, text_enum};

text_enum! {
    /// States of a form, from those of its deliveries.
    pub enum NoticeStatus {
        Accepted = "ACCEPTED",
        Dispatched = "DISPATCHED",
        Completed = "COMPLETED",
        PartlyFailed = "PARTLY_FAILED",
        Cancelled = "CANCELLED",
    }
}

text_enum! {
    /// States of a delivery to one agency. DEAD: given up after ten retries, kept and resent by hand.
    pub enum DeliveryStatus {
        Queued = "QUEUED",
        Sent = "SENT",
        Acknowledged = "ACKNOWLEDGED",
        Updated = "UPDATED",
        Rejected = "REJECTED",
        Dead = "DEAD",
        Withdrawn = "WITHDRAWN",
    }
}

text_enum! {
    /// What a delivery tells: a change, as registered; what is right, after an earlier delivery told it wrong; or that the change was taken back, with what stands again as the new value.
    pub enum DeliveryKind {
        Change = "CHANGE",
        Correction = "CORRECTION",
        Revocation = "REVOCATION",
    }
}

acts! {
    /// Acts on a delivery. What was withdrawn with the revocation of its case goes on with the reinstatement. An acknowledgement that comes after the answer changes nothing: whoever answered has it.
    pub enum DeliveryAct on "agency_delivery" DeliveryStatus {
        Send "send" [] "changed" Anyone { Queued => Sent, Sent => Sent }
        Acknowledge "acknowledge" [AcknowledgeDelivery ":acknowledge"] "changed" Anyone { Queued => Acknowledged, Dead => Acknowledged, Sent => Acknowledged, Acknowledged => Acknowledged, Updated => Updated, Rejected => Rejected }
        Update "update" [UpdateDelivery ":update"] "changed" Anyone { Queued => Updated, Dead => Updated, Sent => Updated, Acknowledged => Updated, Rejected => Updated, Updated => Updated }
        Reject "reject" [RejectDelivery ":reject"] "changed" Anyone { Queued => Rejected, Dead => Rejected, Sent => Rejected, Acknowledged => Rejected, Rejected => Rejected }
        GiveUp "give-up" [] "changed" Anyone { Queued => Dead }
        Resend "resend" [ResendDelivery ":resend"] "changed" Anyone { Dead => Queued, Rejected => Queued }
        Amend "amend" [] "changed" Anyone { Queued => Queued }
        GoOn "go-on" [] "changed" Anyone { Withdrawn => Queued }
        Withdraw "withdraw-consent" [WithdrawConsent ":withdraw-consent"] "changed" Anyone { Queued => Withdrawn, Dead => Withdrawn }
    }
}

impl DeliveryAct {
    /// What an agency may say of a delivery that reached it.
    pub const OF_AGENCY: [Self; 3] = [Self::Acknowledge, Self::Update, Self::Reject];
    /// What the office's staff may do.
    pub const OF_STAFF: [Self; 2] = [Self::Resend, Self::Withdraw];

    /// The state after the act, or the refusal that names what is allowed to those who asked.
    pub fn asked_by(self, acts: &[Self], status: DeliveryStatus) -> Result<DeliveryStatus> {
        let allowed: Vec<&str> = acts.iter().filter(|act| act.after(status).is_some()).map(|act| act.line().name).collect();
        self.after(status).ok_or_else(|| Error::wrong_state(&allowed))
    }
}

text_enum! {
    /// Why an agency could not use a delivery, in a code that tells nothing of the person.
    pub enum RejectionCode {
        PersonUnknown = "PERSON_UNKNOWN",
        NoRecord = "NO_RECORD",
        DataMismatch = "DATA_MISMATCH",
        NotResponsible = "NOT_RESPONSIBLE",
        Other = "OTHER",
    }
}

text_enum! {
    /// How a call to an agency ended: it answered, with whatever status; or took too long; or no connection came about or it broke; or the address is none that the office calls; or there is no address, or no secret to sign with.
    pub enum CallOutcome {
        Answered = "answered",
        Timeout = "timeout",
        Connection = "connection",
        AddressRefused = "address_refused",
        NoAddress = "no_address",
        NoSecret = "no_secret",
    }
}

impl From<Failure> for CallOutcome {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Timeout => Self::Timeout,
            Failure::AddressRefused => Self::AddressRefused,
            Failure::Connection => Self::Connection,
        }
    }
}

impl NoticeStatus {
    /// The form's state, as its deliveries stand.
    pub fn of(deliveries: &[DeliveryStatus]) -> Self {
        use DeliveryStatus::{Acknowledged, Dead, Queued, Rejected, Sent, Updated, Withdrawn};
        let any = |wanted: &[DeliveryStatus]| deliveries.iter().any(|status| wanted.contains(status));
        if !any(&[Queued, Sent, Acknowledged, Updated, Rejected, Dead]) {
            return Self::Cancelled;
        }
        if any(&[Queued]) {
            return if any(&[Sent, Acknowledged, Updated, Rejected]) { Self::Dispatched } else { Self::Accepted };
        }
        if any(&[Rejected, Dead]) {
            return Self::PartlyFailed;
        }
        if any(&[Sent, Acknowledged]) {
            Self::Dispatched
        } else {
            debug_assert!(any(&[Updated, Withdrawn]));
            Self::Completed
        }
    }
}

text_enum! {
    /// Who consented.
    pub enum ConsentBy {
        Oneself = "SELF",
        LegalRepresentative = "LEGAL_REPRESENTATIVE",
        Proxy = "PROXY",
    }
}

text_enum! {
    /// How.
    pub enum ConsentForm {
        Written = "WRITTEN",
        Oral = "ORAL",
        Online = "ONLINE",
    }
}

/// What one agency is told: the fields that it may have.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "trigger": "MOVE", "event_on": "2026-11-20",
    "fields": {"ID_NUMBER": "A123456789", "NAME": "王小明", "NEW_ADDRESS": "彰化縣和美鎮和東里1鄰彰美路五段1號"}
}))]
pub struct Payload {
    pub trigger: Trigger,
    /// Day of the event, as registered.
    pub event_on: Option<chrono::NaiveDate>,
    /// Values by field; only what the agency may have.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub fields: BTreeMap<NoticeField, String>,
    /// By what the person is known, in the place of `ID_NUMBER`, who has no national id or resident number: an agency that may have
    /// the number has it whole. Absent for everybody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub identified_by: Option<OtherIdentity>,
}

/// Everything that a notice of a case could say.
pub struct Told {
    pub fields: BTreeMap<NoticeField, String>,
    pub identified_by: Option<OtherIdentity>,
}

/// Everything that a notice of a case could say. What stands in the place of a number is no number.
pub fn facts(fields: &CaseFields, name: &str, known: &Identifier) -> Told {
    let (number, identified_by) = known.said();
    let mut facts = BTreeMap::from([(NoticeField::Name, name.to_owned())]);
    facts.extend(number.map(|number| (NoticeField::IdNumber, number.expose().to_owned())));
    let mut set = |field, value: &str| facts.insert(field, value.to_owned());
    match fields {
        CaseFields::MoveIn(moved) => {
            set(NoticeField::OldAddress, moved.from_address.as_str());
            set(NoticeField::NewAddress, moved.to_address.as_str());
        }
        CaseFields::MoveWithin(moved) => {
            set(NoticeField::OldAddress, moved.from_address.as_str());
            set(NoticeField::NewAddress, moved.to_address.as_str());
        }
        CaseFields::Name(names) => {
            set(NoticeField::OldName, names.old_name.as_str());
            set(NoticeField::NewName, names.new_name.as_str());
        }
        CaseFields::Uid(numbers) => {
            set(NoticeField::OldIdNumber, numbers.old_number.expose());
            set(NoticeField::NewIdNumber, numbers.new_number.expose());
        }
        _ => {}
    }
    Told { fields: facts, identified_by }
}

/// What stands again once a change is taken back: the old value is the new one.
pub fn taken_back(told: Told) -> Told {
    let Told { fields: mut facts, identified_by } = told;
    use NoticeField::{NewAddress, NewIdNumber, NewName, OldAddress, OldIdNumber, OldName};
    for (old, new) in [(OldAddress, NewAddress), (OldName, NewName), (OldIdNumber, NewIdNumber)] {
        if let (Some(former), Some(taken)) = (facts.remove(&old), facts.remove(&new)) {
            facts.extend([(old, taken), (new, former)]);
        }
    }
    Told { fields: facts, identified_by }
}

impl Payload {
    /// Leaves what the trigger needs and the agency may have.
    pub fn of(trigger: Trigger, event_on: Option<chrono::NaiveDate>, told: &Told, agency: &Agency) -> Self {
        let wanted = |field: &NoticeField| trigger.fields().contains(field) && agency.fields.contains(field);
        let identified_by = told.identified_by.clone().filter(|_| wanted(&NoticeField::IdNumber));
        let fields =
            told.fields.iter().filter(|(field, _)| wanted(field)).map(|(field, value)| (*field, value.clone())).collect();
        Self { trigger, event_on, fields, identified_by }
    }

    /// Whether it says anything else than what was told before.
    pub fn contradicts(&self, told: &Self) -> bool {
        let differs = |(field, value): (&NoticeField, &String)| told.fields.get(field).is_some_and(|before| before != value);
        let is_known = told.identified_by.is_some() || told.fields.contains_key(&NoticeField::IdNumber);
        let known_otherwise = is_known && (self.identified_by.is_some() || told.identified_by.is_some());
        let known_otherwise = known_otherwise && self.identified_by != told.identified_by;
        self.event_on != told.event_on || known_otherwise || self.fields.iter().any(differs)
    }
}

/// When to try again after so many failed attempts, a tenth sooner or later by chance; `None`: give up.
pub fn next_attempt(retry_seconds: &[i64], failed: i32, now: Moment, chance: f64) -> Option<Moment> {
    let seconds = usize::try_from(failed - 1).ok().and_then(|index| retry_seconds.get(index))?;
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
    let milliseconds = ((seconds * 1000) as f64 * (0.9 + 0.2 * chance)) as i64;
    Some(now + Duration::milliseconds(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_retries_take_about_three_days() {
        let start: Moment = "2026-11-23T09:00:00+08:00".parse().unwrap();
        let retries = super::super::ExchangeSettings::default().delivery_retry_seconds;
        let mut at = start;
        for failed in 1..=10 {
            at = next_attempt(&retries, failed, at, 0.5).unwrap();
        }
        let hours = (at.timestamp() - start.timestamp()) / 3600;
        assert!((66..=78).contains(&hours), "{hours} hours");
        assert!(next_attempt(&retries, 11, at, 0.5).is_none());
    }

    #[test]
    fn what_stands_in_the_place_of_a_number_is_told_as_that_and_to_whom_may_have_the_number() {
        let fields = serde_json::json!({
            "kind": "MOVE_IN", "from_address": "臺中市北區三民路一段2號", "to_address": "彰化縣和美鎮和東里1鄰彰美路五段1號",
            "extent": "MEMBERS", "household_head": "王大明", "new_household": false
        });
        let fields = CaseFields::kept(crate::cases::fields::Form::MoveIn, &fields).unwrap();
        let told = |known: &str| facts(&fields, "NGUYEN THI MINH", &known.parse().unwrap());
        let (paper, number) = (told("VNM PASSPORT C1234567"), told("A123456789"));
        assert!(!paper.fields.contains_key(&NoticeField::IdNumber) && number.identified_by.is_none());
        assert_eq!(number.fields[&NoticeField::IdNumber], "A123456789");
        let other = paper.identified_by.clone().unwrap();
        assert_eq!(other.cells(), ["FOREIGN_PAPER", "VNM", "PASSPORT", "C1234567"].map(ToOwned::to_owned));
        let payload = |told: &Told, may: &[NoticeField]| Payload {
            trigger: Trigger::Move,
            event_on: None,
            fields: told.fields.clone(),
            identified_by: told.identified_by.clone().filter(|_| may.contains(&NoticeField::IdNumber)),
        };
        let (mut wrong, right) = (payload(&number, &[NoticeField::IdNumber]), payload(&paper, &[NoticeField::IdNumber]));
        assert!(right.contradicts(&wrong) && wrong.contradicts(&right) && !right.contradicts(&right));
        wrong.fields.remove(&NoticeField::IdNumber);
        assert!(!right.contradicts(&wrong), "whoever was not told the number is not told another");
    }

    #[test]
    fn a_refusal_names_what_the_caller_may_do() {
        let refused = |act: DeliveryAct, acts: &[DeliveryAct], status| match act.asked_by(acts, status) {
            Err(Error::Problem(problem)) => problem.members["allowed_actions"].clone(),
            other => panic!("{other:?}"),
        };
        let agency = refused(DeliveryAct::Reject, &DeliveryAct::OF_AGENCY, DeliveryStatus::Updated);
        assert_eq!(agency, serde_json::json!(["acknowledge", "update"]));
        let staff = refused(DeliveryAct::Resend, &DeliveryAct::OF_STAFF, DeliveryStatus::Queued);
        assert_eq!(staff, serde_json::json!(["withdraw-consent"]));
    }

    #[test]
    fn a_form_stands_as_its_deliveries_do() {
        use DeliveryStatus::{Acknowledged, Dead, Queued, Updated, Withdrawn};
        for (deliveries, status) in [
            (vec![Queued, Queued], NoticeStatus::Accepted),
            (vec![Queued, Acknowledged], NoticeStatus::Dispatched),
            (vec![Acknowledged, Updated], NoticeStatus::Dispatched),
            (vec![Updated, Withdrawn], NoticeStatus::Completed),
            (vec![Updated, Dead], NoticeStatus::PartlyFailed),
            (vec![Withdrawn], NoticeStatus::Cancelled),
        ] {
            assert_eq!(NoticeStatus::of(&deliveries), status, "{deliveries:?}");
        }
    }
}
