//! The honours of a volunteer: read with what their hours give a claim to, and entered.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::model::{HonourFamily, HonourStatus, VolunteerHonourAct, VolunteerHonourInput};
use super::policy::{CreateVolunteerHonour, GetVolunteerHonour, GetVolunteerHonours};
use super::settings::HonourSettings;
use super::standing::{HonourStanding, Record};
use super::store::{self, Honour, Said};
use super::view::{VolunteerHonourView, note, view};
use crate::auth::{By, May};
use crate::contract::IdInPath;
use crate::db::{Id, Tx};
use crate::error::{Error, Result};
use crate::http::{Params, PathId, Reply, Valid, plausible_day};
use crate::node::Node;
use crate::states::in_own_matter;
use crate::volunteers::history::{changes, json_of};
use crate::volunteers::model::VolunteerStatus;
use crate::volunteers::store::{self as volunteers, Volunteer};

/// On which day a volunteer would apply.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct HonourQuery {
    /// The day, Asia/Taipei; today when absent.
    on: Option<NaiveDate>,
}

/// The honours of a volunteer, and what their hours give a claim to.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"volunteer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "on": "2026-11-23", "standings": [], "grants": []}))]
pub struct VolunteerHonours {
    volunteer_id: Id,
    on: NaiveDate,
    /// A card, a certificate, and each grade of badge and award.
    #[schema(max_items = 8)]
    standings: Vec<HonourStanding>,
    /// What was entered, in the order of its days; what was rejected and withdrawn too.
    #[schema(max_items = 1000)]
    grants: Vec<VolunteerHonourView>,
}

/// Shows the honours of a volunteer.
///
/// What was granted, and for each family and grade what counts, what earlier grants of that family have used, what is missing, and what
/// applying today or on another day (`on`) would lose (志願服務法 §20; 內政業務志願服務獎勵辦法; 志願服務獎勵辦法 §3, §5). Volunteers see
/// their own alone.
#[utoipa::path(tag = "Volunteer honours", operation_id = "get_volunteer_honours", params(IdInPath, HonourQuery), responses(
    (status = 200, description = "The honours.", body = VolunteerHonours),
))]
#[get("/v1/volunteers/{id}/honours")]
pub async fn get_volunteer_honours(
    may: May<GetVolunteerHonours>,
    node: Data<Node>,
    id: PathId,
    Params(query): Params<HonourQuery>,
) -> Result<Reply> {
    plausible_day("on", query.on)?;
    may.read(move |conn, by| {
        let volunteer = volunteers::find(conn, by, id.0)?;
        let (on, today) = (query.on.unwrap_or(by.now.date()), by.now.date());
        let record = Record::of(conn, &node, &volunteer)?;
        let standings = record.all(node.config.of::<HonourSettings>(), (on, today));
        let found = store::of_volunteer(conn, &volunteer)?;
        let grants = found.into_iter().map(|honour| view(conn, &node, by, honour, volunteer.person_id));
        let grants = grants.collect::<Result<_>>()?;
        Reply::ok(&VolunteerHonours { volunteer_id: volunteer.id, on, standings, grants })
    })
    .await
}

/// Shows an honour of a volunteer.
///
/// As its paper says, and who has approved it.
#[utoipa::path(tag = "Volunteer honours", operation_id = "get_volunteer_honour", params(IdInPath), responses((status = 200, description = "The honour.", body = VolunteerHonourView)))]
#[get("/v1/volunteer-honours/{id}")]
pub async fn get_volunteer_honour(may: May<GetVolunteerHonour>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let (honour, volunteer) = store::find(conn, by, id.0)?;
        let version = honour.version;
        Ok(Reply::ok(&view(conn, &node, by, honour, volunteer.person_id)?)?.version(version))
    })
    .await
}

/// Enters an honour of a volunteer.
///
/// As its paper says; another approves it. The day from which hours count for the next card or certificate is the one that the county has
/// told, or where it has told none the one that the rule gives: the day after the later of the review and the end of the card before.
#[utoipa::path(tag = "Volunteer honours", operation_id = "create_volunteer_honour", params(IdInPath), request_body = VolunteerHonourInput, responses(
    (status = 201, description = "The honour.", body = VolunteerHonourView),
    (status = 409, description = "`wrong_state`: the record was merged into another; `conflict` with `standing_id`: it is entered already; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}/honours")]
pub async fn create_volunteer_honour(
    may: May<CreateVolunteerHonour>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<VolunteerHonourInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let volunteer = volunteers::find(tx, by, id.0)?;
        VolunteerHonourAct::Enter.keep_apart(&in_own_matter(tx, by, &[volunteer.person_id])?)?;
        if volunteer.status == VolunteerStatus::Merged {
            return Err(Error::wrong_state(&[]));
        }
        input.check(by.now.date())?;
        let honour = input.honour(tx, &node, by, &volunteer)?;
        store::require_first(tx, &volunteer, &honour)?;
        store::insert(tx, &honour)?;
        let said = json!({
            "family": honour.family, "grade": honour.grade, "granted_on": honour.granted_on, "expires_on": honour.expires_on,
            "reviewed_on": honour.reviewed_on, "counts_from": honour.counts_from, "number": input.number, "note": input.note
        });
        let entered = changes(&json!({}), &json_of(&said)?);
        note(tx, &node, (&volunteer, &honour), VolunteerHonourAct::Enter, ("", entered))?;
        let address = format!("/v1/{}", honour.path());
        Ok(Reply::created(address, &view(tx, &node, by, honour, volunteer.person_id)?)?.version(1))
    })
    .await
}

impl VolunteerHonourInput {
    fn honour(&self, tx: &mut Tx, node: &Node, by: &By, volunteer: &Volunteer) -> Result<Honour> {
        let proposed =
            if self.counts_from.is_none() && self.family.uses_up() { Some(self.propose(tx, node, volunteer)?) } else { None };
        let mut honour = Honour {
            id: Id::new(by.now),
            volunteer_id: volunteer.id,
            status: HonourStatus::Proposed,
            family: self.family,
            grade: self.grade,
            granted_on: self.granted_on,
            expires_on: self.expires_on,
            reviewed_on: self.reviewed_on,
            counts_from: self.counts_from.or(proposed),
            said: String::new(),
            entered_by: by.caller.name(),
            entered_at: by.now,
            decided_by: None,
            decided_at: None,
            version: 1,
        };
        let text = |text: &str| text.to_owned();
        let said = Said {
            number: self.number.as_ref().map(|number| text(number.as_str())),
            note: self.note.as_ref().map(|note| text(note.as_str())),
            counts_by: proposed.map(|_| node.config.of::<HonourSettings>().window_name(self.family)),
        };
        honour.say(&node.vault, &said)?;
        Ok(honour)
    }

    /// First day whose hours count for the next one, by the rule.
    fn propose(&self, tx: &mut Tx, node: &Node, volunteer: &Volunteer) -> Result<NaiveDate> {
        let earlier = store::of_volunteer(tx, volunteer)?.into_iter().filter(|honour| {
            honour.status == HonourStatus::Granted
                && honour.family == HonourFamily::HonourCard
                && honour.granted_on < self.granted_on
        });
        let before = earlier.filter_map(|honour| honour.expires_on).max();
        let reviewed = self.reviewed_on.unwrap_or(self.granted_on);
        Ok(node.config.of::<HonourSettings>().counts_from(self.family, (reviewed, before)))
    }
}
