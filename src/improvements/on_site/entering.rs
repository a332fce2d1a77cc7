//! Entering a complaint on the spot, and putting right what was entered.

use actix_web::web::Data;
use actix_web::{patch, post};
use chrono::Duration;
use serde::Deserialize;
use utoipa::ToSchema;

use super::model::{OnSiteAct, OnSiteStatus, Said};
use super::policy::{CreateOnSiteComplaint, UpdateOnSiteComplaint};
use super::settings::OnSiteSettings;
use super::sight;
use super::store::{self, Complaint, put_concerns};
use super::view::{OnSiteComplaintView, note, shown, view};
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid, is_plausible, patch};
use crate::node::Node;
use crate::office::desk;
use crate::people::{Contact, contacts};
use crate::petitions::{ConcernInput, PetitionerInput, concern_also, name_staff, read_concerns};

/// A complaint on the spot to enter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"what": "等候逾一小時未獲受理", "complainant": {"name": "王小明"}, "contact": {"phone": "0912345678"}}))]
pub struct OnSiteComplaintInput {
    /// Where it happens: a code from GET /v1/office; the caller's own where none is given.
    #[schema(min_length = 1, max_length = 20)]
    service_point: Option<String>,
    /// When it began, where that is not now: a supervisor takes over within minutes of it.
    began_at: Option<Moment>,
    /// What is complained about, sealed.
    #[schema(min_length = 1, max_length = 5000)]
    what: String,
    /// Who complains, where they say so.
    complainant: Option<PetitionerInput>,
    /// How to reach them for the follow-up call.
    contact: Option<Contact>,
    /// Whom it is about. They see nothing of it.
    #[serde(default)]
    #[schema(max_items = 20)]
    concerns: Vec<ConcernInput>,
}

/// What to put right in a complaint.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"what": "等候逾一小時未獲受理，且無人說明"}))]
pub struct OnSiteComplaintPatch {
    /// Not after any step that stands.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    began_at: Option<Moment>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 5000, nullable = false)]
    what: Option<String>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    complainant: Option<PetitionerInput>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    contact: Option<Contact>,
    /// Whom it is about, in the place of whoever stood there. Whoever is named sees nothing more of it, nor of a petition that came out
    /// of it; from a petition a name is taken out in the petition itself.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(max_items = 20, nullable = false)]
    concerns: Option<Vec<ConcernInput>>,
}

fn check_began(at: Moment, now: Moment) -> Result<()> {
    if at > now || !is_plausible(at.date()) {
        return Err(Error::field("/began_at", "range", Text::new("不得晚於現在", "not after now")));
    }
    Ok(())
}

fn unnamed() -> Error {
    Error::field("/complainant", "required", Text::new("請填聯絡對象", "name whom to ask for"))
}

/// Enters a complaint on the spot.
///
/// At once or afterwards, with its own time. From then on every step is entered (`/steps`): calmed and led to the consultation room, taken
/// over by a supervisor within five minutes (a setting), recorded, solved at once or made a petition, the result noted, and a call within three
/// working days (a setting). Whom it is about, by person and not by account, sees nothing of it; and it is kept from whoever a petition is
/// kept from that came out of it, where that is secret from whoever does not read it as it was written.
#[utoipa::path(tag = "On-site complaints", operation_id = "create_on_site_complaint", request_body = OnSiteComplaintInput, responses(
    (status = 201, description = "The complaint, as it was entered.", body = OnSiteComplaintView),
))]
#[post("/v1/on-site-complaints")]
pub async fn create_on_site_complaint(
    may: May<CreateOnSiteComplaint>,
    node: Data<Node>,
    Valid(input): Valid<OnSiteComplaintInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let complaint = input.enter(tx, &node, by)?;
        note(tx, &complaint, OnSiteAct::Enter.line().journal, "")?;
        let (address, version) = (format!("/v1/on-site-complaints/{}", complaint.id), complaint.version);
        Ok(Reply::created(address, &view(tx, &node, by, complaint, None)?)?.version(version))
    })
    .await
}

impl OnSiteComplaintInput {
    fn enter(&self, tx: &mut Tx, node: &Node, by: &By) -> Result<Complaint> {
        let began_at = self.began_at.unwrap_or(by.now);
        check_began(began_at, by.now)?;
        contacts::check(self.contact.as_ref())?;
        if self.contact.is_some() && self.complainant.is_none() {
            return Err(unnamed());
        }
        let complainant = self.complainant.as_ref().map(|one| one.kept("/complainant")).transpose()?;
        let concerns = read_concerns(tx, &self.concerns, true)?;
        let settings = node.config.of::<OnSiteSettings>();
        let id = Id::new(by.now);
        let source = store::path(id);
        let person_id = complainant.as_ref().map(|one| one.record(tx, &node.vault, by, source)).transpose()?;
        let mut complaint = Complaint {
            id,
            number: store::free_number(tx, by.now.roc_year())?,
            status: OnSiteStatus::Open,
            service_point: desk::chosen(by, self.service_point.as_deref())?,
            said: String::new(),
            person_id,
            names_staff: name_staff(&concerns),
            taken_by: by.caller.name(),
            began_at,
            takeover_due_at: began_at + Duration::minutes(settings.takeover_minutes),
            taken_over_at: None,
            follow_up_from: None,
            follow_up_rule: settings.follow_up_period.to_string(),
            follow_up_due_at: None,
            takeover_told_at: None,
            overdue_at: None,
            version: 1,
        };
        complaint.put_said(&node.vault, &Said { what: self.what.clone(), complainant, concerns: concerns.clone() })?;
        store::insert(tx, &complaint)?;
        put_concerns(tx, id, &concerns)?;
        if let Some(contact) = &self.contact {
            contacts::put(tx, &node.vault, &complaint.path(), contact)?;
        }
        Ok(complaint)
    }
}

/// Puts a complaint on the spot right.
///
/// In whichever state: when it began, what it is about, who complains and how to reach them, and whom it is about, who sees nothing more
/// of it from then on, nor of what came out of it.
#[utoipa::path(tag = "On-site complaints", operation_id = "update_on_site_complaint", params(IdInPath, IfMatchHeader), request_body = OnSiteComplaintPatch, responses(
    (status = 200, description = "The complaint, as it was last seen where it is about the caller.", body = OnSiteComplaintView),
))]
#[patch("/v1/on-site-complaints/{id}")]
pub async fn update_on_site_complaint(
    may: May<UpdateOnSiteComplaint>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<OnSiteComplaintPatch>,
) -> Result<Reply> {
    may.read(move |conn, by| sight::find(conn, by, id.0).map(drop)).await?;
    may.write(move |tx, by| {
        let mut complaint = sight::find(tx, by, id.0)?;
        if_match.check(complaint.version)?;
        if change.put(tx, &node, by, &mut complaint)? {
            store::save(tx, &mut complaint)?;
            note(tx, &complaint, OnSiteAct::Update.line().journal, "")?;
        }
        shown(tx, &node, by, complaint)
    })
    .await
}

impl OnSiteComplaintPatch {
    /// Puts it into the complaint; whether anything is other than it was.
    fn put(&self, tx: &mut Tx, node: &Node, by: &By, complaint: &mut Complaint) -> Result<bool> {
        let before = complaint.said(&node.vault)?;
        let mut said = before.clone();
        let mut changed = self.put_began(tx, by, complaint)?;
        patch::put(&mut said.what, self.what.clone());
        if let Some(complainant) = &self.complainant {
            said.complainant = Some(complainant.kept("/complainant")?);
        }
        if let Some(contact) = &self.contact {
            contact.check()?;
            if said.complainant.is_none() {
                return Err(unnamed());
            }
            if contacts::of(tx, &node.vault, &complaint.path())?.as_ref() != Some(contact) {
                contacts::put(tx, &node.vault, &complaint.path(), contact)?;
                changed = true;
            }
        }
        if let Some(concerns) = &self.concerns {
            said.concerns = read_concerns(tx, concerns, true)?;
        }
        if said == before {
            return Ok(changed);
        }
        if said.complainant != before.complainant {
            let source = complaint.path();
            let record = said.complainant.as_ref().map(|one| one.record(tx, &node.vault, by, source)).transpose()?;
            complaint.person_id = record;
        }
        if said.concerns != before.concerns {
            put_concerns(tx, complaint.id, &said.concerns)?;
            complaint.names_staff = name_staff(&said.concerns);
            concern_also(tx, node, by, (&complaint.path(), &said.concerns))?;
        }
        complaint.put_said(&node.vault, &said)?;
        Ok(true)
    }

    /// When it began: the limit for taking over moves with it.
    fn put_began(&self, tx: &mut Tx, by: &By, complaint: &mut Complaint) -> Result<bool> {
        let Some(at) = self.began_at.filter(|at| *at != complaint.began_at) else { return Ok(false) };
        check_began(at, by.now)?;
        let standing = store::standing(&store::steps_of(tx, complaint.id)?);
        if standing.iter().any(|(_, step)| *step < at) {
            let text = Text::new("不得晚於已登錄之步驟", "not after a step that stands");
            return Err(Error::field("/began_at", "range", text));
        }
        let within = complaint.takeover_due_at - complaint.began_at;
        (complaint.began_at, complaint.takeover_due_at, complaint.takeover_told_at) = (at, at + within, None);
        Ok(true)
    }
}

/// Whom a complaint is about, as a petition that comes out of it says it.
pub fn concerns_of(said: &Said) -> Vec<ConcernInput> {
    said.concerns.iter().map(ConcernInput::from).collect()
}
