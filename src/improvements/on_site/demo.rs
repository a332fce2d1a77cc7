//! An invented complaint on the spot that went through every step.

use chrono::Duration;

use super::model::{OnSiteStatus, OnSiteStepKind, Said};
use super::settings::OnSiteSettings;
use super::steps::follow;
use super::store::{self, Complaint, Step, StepWords};
use crate::accounts::id_of;
use crate::calendar::{Hours, OfficeCalendar};
use crate::clock::Moment;
use crate::db::{Id, Tx};
use crate::error::Result;
use crate::office::SERVICE_POINTS;
use crate::secrets::vault::Vault;

/// Each step: minutes after the beginning, who did it, and what is said of it.
const STEPS: [(OnSiteStepKind, i64, &str, Option<&str>); 6] = [
    (OnSiteStepKind::Calmed, 1, "clerk1", None),
    (OnSiteStepKind::TakenOver, 4, "chief1", None),
    (OnSiteStepKind::Recorded, 10, "chief1", Some("民眾表示叫號後無人受理，等候逾一小時。")),
    (OnSiteStepKind::Solved, 20, "chief1", Some("當場補辦完成並致歉。")),
    (OnSiteStepKind::ResultNoted, 25, "chief1", Some("叫號系統已修正。")),
    (OnSiteStepKind::FollowedUp, 50, "clerk1", Some("民眾表示滿意。")),
];

pub fn seed(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<()> {
    let began_at = now - Duration::minutes(60);
    let settings = OnSiteSettings::default();
    let id = Id::new(now);
    let mut steps = Vec::new();
    for (line, (step, minutes, user, note)) in (1..).zip(STEPS) {
        let name = id_of(tx, user)?.map_or_else(|| "system".to_owned(), |account| format!("accounts/{account}"));
        let happened_at = began_at + Duration::minutes(minutes);
        let mut step = Step {
            complaint_id: id,
            line,
            step,
            standing: Some(step),
            happened_at,
            done_by: name.clone(),
            entered_at: happened_at,
            entered_by: name,
            words: String::new(),
            petition_id: None,
            struck_at: None,
            struck_by: None,
        };
        step.put_words(vault, &StepWords { note: note.map(str::to_owned), struck_because: None })?;
        steps.push(step);
    }
    let mut complaint = Complaint {
        id,
        number: store::free_number(tx, now.roc_year())?,
        status: OnSiteStatus::Open,
        service_point: SERVICE_POINTS[0].to_owned(),
        said: String::new(),
        person_id: None,
        names_staff: false,
        taken_by: "system".to_owned(),
        began_at,
        takeover_due_at: began_at + Duration::minutes(settings.takeover_minutes),
        taken_over_at: None,
        follow_up_from: None,
        follow_up_rule: settings.follow_up_period.to_string(),
        follow_up_due_at: None,
        takeover_told_at: None,
        erased_at: None,
        overdue_at: None,
        version: 1,
    };
    follow(&mut complaint, &steps, &OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new()))?;
    let said = Said { what: "叫號後無人受理".to_owned(), complainant: None, concerns: Vec::new() };
    complaint.put_said(vault, &said)?;
    store::insert(tx, &complaint)?;
    steps.iter().try_for_each(|step| store::add_step(tx, step))
}
