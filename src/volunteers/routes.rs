//! Entering, reading and correcting volunteers.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::entries::not_after;
use super::expiring;
use super::history::{self, VolunteerHistoryLine};
use super::model::{Kept, VolunteerAct, VolunteerFilter, VolunteerPaper, VolunteerProfile, VolunteerQuery, VolunteerStatus};
use super::named::{VolunteerPerson, supervisor};
use super::opened::{Open, note};
use super::policy::{CreateVolunteer, GetVolunteer, ListVolunteerHistory, ListVolunteers, UpdateVolunteer};
use super::settings::VolunteerSettings;
use super::store::{self, Volunteer};
use super::timers::horizon;
use super::view::{VolunteerSummary, VolunteerView, applied, parts, shown, summaries, view};
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, JsonText, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, coded, patch, plausible_day};
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::people::{Contact, Note, contacts};
use crate::scheduling::Plans;

/// A volunteer to enter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "person": {"name": "王小明", "national_id": "A123456789", "birth_on": "1960-05-04"},
    "profile": {"background": "RETIREE", "languages": ["MANDARIN", "TAIWANESE"], "categories": ["GUIDANCE"]},
    "joined_on": "2026-11-20", "contact": {"phone": "0912345678"}
}))]
pub struct VolunteerInput {
    person: VolunteerPerson,
    profile: VolunteerProfile,
    /// Day on which they joined, Asia/Taipei; today where none is given, and not after it.
    joined_on: Option<NaiveDate>,
    /// Account of whoever is named to look after them (志願服務法 §11).
    supervisor_id: Option<Id>,
    card: Option<VolunteerPaper>,
    record_book: Option<VolunteerPaper>,
    contact: Option<Contact>,
}

/// What to correct of a volunteer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"record_book": {"number": "彰和志冊字第 21 號", "issued_on": "2026-03-02"}, "reason": "字號誤植"}))]
pub struct VolunteerPatch {
    /// In the place of all that it said.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    profile: Option<VolunteerProfile>,
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<Id>)]
    supervisor_id: Option<Option<Id>>,
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<VolunteerPaper>)]
    card: Option<Option<VolunteerPaper>>,
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<VolunteerPaper>)]
    record_book: Option<Option<VolunteerPaper>>,
    /// Not after today, nor after the first day as a full member.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    joined_on: Option<NaiveDate>,
    /// First day as a full member, of one who has become it (`:activate`).
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    member_from: Option<NaiveDate>,
    /// Why, for the history, which keeps both values.
    reason: Note,
}

/// Refuses what a profile says of service points that there are not.
pub fn check_profile(profile: &VolunteerProfile, at: &str) -> Result<()> {
    let unknown = profile.service_points.iter().position(|point| !SERVICE_POINTS.contains(&point.as_str()));
    unknown.map_or(Ok(()), |n| Err(Error::field(format!("{at}/service_points/{n}"), "unknown", coded("unknown").1)))
}

fn check_paper(paper: Option<&VolunteerPaper>, at: &str, by: &By) -> Result<()> {
    paper.map_or(Ok(()), |paper| not_after(at, "issued_on", paper.issued_on, by.now.date()))
}

/// Lists volunteers.
///
/// Newest first: to staff all, to volunteers their own record.
#[utoipa::path(tag = "Volunteers", operation_id = "list_volunteers", params(VolunteerFilter, Listing), responses(
    (status = 200, description = "A page of volunteers.", body = Page<VolunteerSummary>),
))]
#[get("/v1/volunteers")]
pub async fn list_volunteers(
    may: May<ListVolunteers>,
    node: Data<Node>,
    Params(query): Params<VolunteerFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let among = match query.expiring {
            Some(is_wanted) => {
                let plan = node.part::<Plans>().at(conn)?;
                let last = horizon(&plan.calendar, node.config.of::<VolunteerSettings>(), by.now.date());
                let ending = expiring::between(conn, &node, (by.now.date(), last))?;
                Some((ending.into_iter().map(|(_, volunteer)| volunteer).collect(), is_wanted))
            }
            None => None,
        };
        let page = store::list(conn, by, &query, among, &paging)?;
        let items = summaries(conn, &node, by, page.items)?;
        Reply::ok(&Page { items, next: page.next, total: page.total })
    })
    .await
}

/// Shows a volunteer.
///
/// With what keeps them from serving in each of their categories, today or on another day (`on`): every blocker, judged by the days on
/// which trainings were finished, insurances and consents hold, and not by those on which they were entered (志願服務法 §9, §16).
/// Volunteers see their own record alone.
#[utoipa::path(tag = "Volunteers", operation_id = "get_volunteer", params(IdInPath, VolunteerQuery), responses(
    (status = 200, description = "The volunteer.", body = VolunteerView),
))]
#[get("/v1/volunteers/{id}")]
pub async fn get_volunteer(
    may: May<GetVolunteer>,
    node: Data<Node>,
    id: PathId,
    Params(query): Params<VolunteerQuery>,
) -> Result<Reply> {
    plausible_day("on", query.on)?;
    may.read(move |conn, by| {
        let row = store::find(conn, by, id.0)?;
        let (version, on) = (row.version, query.on.unwrap_or(by.now.date()));
        Ok(Reply::ok(&view(conn, &node, by, row, on)?)?.version(version))
    })
    .await
}

/// Lists what was done with a volunteer.
///
/// In order, with reasons and both values of whatever was corrected, of their entries too; to nobody their own.
#[utoipa::path(tag = "Volunteers", operation_id = "list_volunteer_history", params(IdInPath, Listing), responses(
    (status = 200, description = "A page of the history.", body = Page<VolunteerHistoryLine>),
    (status = 409, description = "`own_request`: it is of the caller, or of somebody close to them."),
))]
#[get("/v1/volunteers/{id}/history")]
pub async fn list_volunteer_history(
    may: May<ListVolunteerHistory>,
    node: Data<Node>,
    id: PathId,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let row = store::find(conn, by, id.0)?;
        store::require_anothers_record(conn, by, row.person_id)?;
        Reply::ok(&history::list(conn, &node.vault, &row.path(), &paging)?)
    })
    .await
}

/// Enters a volunteer.
///
/// A trainee, by the paper that they show. Of one human there is one record, by whichever of their numbers they are named; whoever has
/// retired is reinstated (`:reinstate`).
#[utoipa::path(tag = "Volunteers", operation_id = "create_volunteer", request_body = VolunteerInput, responses(
    (status = 201, description = "The volunteer.", body = VolunteerView),
    (status = 409, description = "`conflict` with `standing_id`: they have a record already; `identity_unsettled` with `differences`: the number is somebody's who is called otherwise; `ambiguous_person` with `candidates`; `own_request`: it is the caller themself or close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers")]
pub async fn create_volunteer(may: May<CreateVolunteer>, node: Data<Node>, Valid(input): Valid<VolunteerInput>) -> Result<Reply> {
    may.write(move |tx, by| {
        let row = input.enter(tx, &node, by)?;
        note(tx, &node, &row, VolunteerAct::Enter, ("", Vec::new()))?;
        let address = format!("/v1/volunteers/{}", row.id);
        let shown = view(tx, &node, by, row, by.now.date())?;
        Ok(Reply::created(address, &shown)?.version(1))
    })
    .await
}

impl VolunteerInput {
    fn enter(&self, tx: &mut Tx, node: &Node, by: &By) -> Result<Volunteer> {
        let today = by.now.date();
        let joined_on = self.joined_on.unwrap_or(today);
        not_after("", "joined_on", joined_on, today)?;
        check_profile(&self.profile, "/profile")?;
        check_paper(self.card.as_ref(), "/card", by)?;
        check_paper(self.record_book.as_ref(), "/record_book", by)?;
        contacts::check(self.contact.as_ref())?;
        let supervisor_id = supervisor(tx, by, self.supervisor_id)?;
        let id = Id::new(by.now);
        let person = self.person.meet(tx, node, by, store::path(id))?;
        let kept = Kept {
            supervisor_id,
            card: self.card.clone(),
            record_book: self.record_book.clone(),
            given_contact: self.contact.clone(),
            ..Kept::new(self.profile.clone())
        };
        let row = make(tx, node, by, (id, person), (joined_on, &kept))?;
        if let Some(contact) = &self.contact {
            contacts::put(tx, &node.vault, &row.path(), contact)?;
        }
        Ok(row)
    }
}

/// Makes a trainee of a person who has no record yet.
pub fn make(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    (id, person): (Id, Id),
    (joined_on, kept): (NaiveDate, &Kept),
) -> Result<Volunteer> {
    store::require_first(tx, person)?;
    let mut row = Volunteer {
        id,
        status: VolunteerStatus::Trainee,
        person_id: person,
        background: kept.profile.background,
        languages: JsonText::of(&kept.profile.languages)?,
        categories: JsonText::of(&kept.profile.categories)?,
        said: String::new(),
        joined_on,
        member_from: None,
        suspended_until: None,
        merged_into: None,
        entered_by: by.caller.name(),
        entered_at: by.now,
        version: 1,
    };
    row.keep(&node.vault, kept)?;
    store::insert(tx, &row)?;
    Ok(row)
}

/// Corrects a volunteer.
///
/// With a reason, whatever state they are in; the history keeps both values.
#[utoipa::path(tag = "Volunteers", operation_id = "update_volunteer", params(IdInPath, IfMatchHeader), request_body = VolunteerPatch, responses(
    (status = 200, description = "The volunteer.", body = VolunteerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: the record was merged; `same_person`: whoever entered them, took their application or decided on it does not say since when they are a full member; `own_request`: it is the caller's own, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[patch("/v1/volunteers/{id}")]
pub async fn update_volunteer(
    may: May<UpdateVolunteer>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<VolunteerPatch>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut open = Open::find(tx, &node, by, (id.0, &if_match))?;
        applied(tx, &node, by, (&open.row, &open.kept), VolunteerAct::Update)?;
        if change.member_from.is_some_and(|member| open.row.member_from != Some(member)) {
            // Since when somebody is a full member is said by nobody who may not make them one.
            VolunteerAct::Activate.keep_apart(&parts(tx, by, &open.row)?)?;
        }
        change.put(tx, by, &mut open.row, &mut open.kept)?;
        if !open.changed()?.is_empty() {
            open.save(tx, &node, VolunteerAct::Update, change.reason.as_str())?;
        }
        shown(tx, &node, by, open.row)
    })
    .await
}

impl VolunteerPatch {
    fn put(&self, tx: &mut Tx, by: &By, row: &mut Volunteer, kept: &mut Kept) -> Result<()> {
        if let Some(profile) = &self.profile {
            check_profile(profile, "/profile")?;
        }
        check_paper(self.card.as_ref().and_then(Option::as_ref), "/card", by)?;
        check_paper(self.record_book.as_ref().and_then(Option::as_ref), "/record_book", by)?;
        patch::put(&mut kept.profile, self.profile.clone());
        patch::put(&mut kept.card, self.card.clone());
        patch::put(&mut kept.record_book, self.record_book.clone());
        if let Some(named) = self.supervisor_id.filter(|named| *named != kept.supervisor_id) {
            kept.supervisor_id = supervisor(tx, by, named)?;
        }
        if let Some(member) = self.member_from {
            if row.member_from.is_none() {
                let text = Text::new("尚非正式志工，請以 :activate 辦理", "no full member yet: `:activate` makes one");
                return Err(Error::field("/member_from", "not_allowed", text));
            }
            row.member_from = Some(member);
        }
        patch::put(&mut row.joined_on, self.joined_on);
        not_after("", "joined_on", row.joined_on, by.now.date())?;
        row.member_from.map_or(Ok(()), |member| check_member_from(member, row.joined_on, by))
    }
}

/// Refuses a first day as a full member that lies before the volunteer joined, or after today.
pub fn check_member_from(member: NaiveDate, joined_on: NaiveDate, by: &By) -> Result<()> {
    not_after("", "member_from", member, by.now.date())?;
    if member >= joined_on {
        return Ok(());
    }
    Err(Error::field("/member_from", "range", Text::new("不得早於加入日", "not before the day of joining")))
}
