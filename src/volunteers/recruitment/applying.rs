//! Applying to volunteer: by anybody over the API, by staff for whoever comes; and reading what was applied for.

use actix_web::web::Data;
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::applications::{self, Application, Brought, Said, VolunteerApplicationFilter};
use super::model::{VolunteerApplicationAct, VolunteerApplicationStatus};
use super::plans::{self, is_staff};
use super::policy::{
    CreateVolunteerApplication, GetVolunteerApplication, ListVolunteerApplicationHistory, ListVolunteerApplications,
};
use super::view::{VolunteerApplicationView, shown, view};
use crate::auth::policy::Reach;
use crate::auth::{By, May};
use crate::contract::IdInPath;
use crate::db::{Id, Record, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{Listing, Page, Paging, Params, PathId, Reply, Valid, coded, unknown_at};
use crate::node::Node;
use crate::people::facts::{Rank, Word};
use crate::people::{self, Contact, Identifier, Note, chosen, contacts, numbers, protection};
use crate::secrets::vault::random_secret;
use crate::states::require_anothers;
use crate::volunteers::history::{self, VolunteerHistoryLine};
use crate::volunteers::model::VolunteerProfile;
use crate::volunteers::named::VolunteerPerson;
use crate::volunteers::routes::check_profile;
use crate::volunteers::store as records;

/// An application to volunteer.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "plan_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f",
    "person": {"name": "王小明", "national_id": "A123456789", "birth_on": "1990-05-04"},
    "profile": {"background": "CITIZEN", "languages": ["MANDARIN"], "categories": ["GUIDANCE"]},
    "motive": "想為鄉里服務", "contact": {"phone": "0912345678"}
}))]
pub struct VolunteerApplicationInput {
    /// A recruitment plan by which people may apply today.
    plan_id: Id,
    /// Who applies; the owner of the account where none is given.
    person: Option<VolunteerPerson>,
    profile: VolunteerProfile,
    motive: Option<Note>,
    contact: Option<Contact>,
}

/// By what it is read without an account how far an application has come.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "secret": "0Yw8cI5mVn3r9kQp2sT7uA"}))]
pub struct VolunteerApplicationTaken {
    id: Id,
    /// Shown this once; whoever has it reads with `:track` how far the application has come.
    #[schema(max_length = 40)]
    secret: String,
}

/// Tells history and journal.
pub fn note(tx: &mut Tx, node: &Node, row: &Application, act: VolunteerApplicationAct, why: &str) -> Result<()> {
    history::tell(tx, &node.vault, (&row.path(), act.line().past), why, Vec::new())?;
    let data = json!({"status": row.status, "plan_id": row.plan_id, "volunteer_id": row.volunteer_id});
    tx.record(Record::change(act.line().journal, row.path(), data).about(row.person_id).because(why));
    Ok(())
}

/// Applies to volunteer.
///
/// By anybody, with or without an account, and by staff for whoever comes; by a recruitment plan that was published (志願服務法 §6). A second
/// application by one account for its owner is refused as long as the first is open, and to staff one for somebody for whom the office has
/// taken one, or who has applied by an account that is proven to be theirs. What anybody else says of a number keeps nobody from applying,
/// nobody learns by it of whoever has that number, and the office finds them all.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "create_volunteer_application", request_body = VolunteerApplicationInput, responses(
    (status = 201, description = "By what it is followed.", body = VolunteerApplicationTaken),
    (status = 409, description = "`conflict` with `standing_id`: an application of this identity is open; `own_request`: to staff, it is the caller themself or somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteer-applications")]
pub async fn create_volunteer_application(
    may: May<CreateVolunteerApplication>,
    node: Data<Node>,
    Valid(input): Valid<VolunteerApplicationInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let secret = random_secret(16);
        let row = input.enter(tx, &node, by, &secret)?;
        note(tx, &node, &row, VolunteerApplicationAct::Apply, "")?;
        Reply::created(format!("/v1/{}", row.path()), &VolunteerApplicationTaken { id: row.id, secret })
    })
    .await
}

impl VolunteerApplicationInput {
    /// By which number whoever applies is known, and the record under which they do where it is the caller's own.
    fn identity(&self, tx: &mut Tx, node: &Node, by: &By) -> Result<(Identifier, Option<Id>)> {
        let own = by.caller.own_record().filter(|_| !is_staff(by) && self.person.is_none());
        if let Some(own) = own {
            return Ok((people::store::open(tx, &node.vault, own)?.1, Some(own)));
        }
        let required = || Error::field("/person", "required", coded("required").1);
        let person = self.person.as_ref().ok_or_else(required)?;
        person.national_id.require_human("/person")?;
        person.national_id.require_found("/person")?;
        if !is_staff(by) {
            chosen::refuse(person.person_id, "/person")?;
        }
        Ok((person.national_id.clone(), None))
    }

    fn enter(&self, tx: &mut Tx, node: &Node, by: &By, secret: &str) -> Result<Application> {
        let plan = plans::find(tx, by, self.plan_id).map_err(unknown_at("/plan_id"))?;
        if !plan.takes(by.now.date()) {
            let text = Text::new("該計畫今日未受理報名", "nobody applies by this plan today");
            return Err(Error::field("/plan_id", "not_allowed", text));
        }
        check_profile(&self.profile, "/profile")?;
        contacts::check(self.contact.as_ref())?;
        let (number, own) = self.identity(tx, node, by)?;
        numbers::own_numbers(tx, &node.vault, [&number])?;
        let identity_index = numbers::index(&node.vault, &number);
        let brought = match own {
            _ if is_staff(by) => Brought::Office,
            Some(own) if by.caller.person_id() == Some(own) => Brought::Owner,
            _ => Brought::Anybody,
        };
        // Everybody may apply, each for themself; whoever of the office takes an application acts on somebody else's.
        let office = (brought == Brought::Office).then(|| By { reach: Reach::Any, ..by.clone() });
        if let Some(office) = &office {
            protection::require_open(tx, &node.vault, office, [&number])?;
        }
        let id = Id::new(by.now);
        let source = applications::path(id);
        let person_id = match (own, &self.person) {
            (Some(own), _) => own,
            (None, None) => return Err(Error::field("/person", "required", coded("required").1)),
            (None, Some(person)) => {
                let actor = by.caller.name();
                let word = Word { rank: Rank::Claimed, source: source.clone(), paper: None, actor, now: by.now };
                people::store::claim(tx, &node.vault, &word, &source, person.named())?
            }
        };
        let mut row = Application {
            id,
            status: VolunteerApplicationStatus::Open,
            plan_id: plan.id,
            person_id,
            identity_index,
            brought,
            secret_hash: node.vault.secret_hash(secret),
            said: String::new(),
            applied_by: by.caller.name(),
            applied_at: by.now,
            decided_by: None,
            decided_at: None,
            volunteer_id: None,
            version: 1,
        };
        let motive = self.motive.as_ref().map(|motive| motive.as_str().to_owned());
        let given_contact = self.contact.clone();
        row.say(&node.vault, &Said { profile: self.profile.clone(), motive, reason: None, given_contact })?;
        applications::require_alone(tx, &row)?;
        if let Some(office) = &office {
            require_anothers(tx, office, &[row.person_id])?;
        }
        applications::insert(tx, &row)?;
        if let Some(contact) = &self.contact {
            contacts::put(tx, &node.vault, &row.path(), contact)?;
        }
        Ok(row)
    }
}

/// Lists applications to volunteer.
///
/// Newest first: to the office all, to others those that they sent with their account.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "list_volunteer_applications", params(VolunteerApplicationFilter, Listing), responses(
    (status = 200, description = "A page of applications.", body = Page<VolunteerApplicationView>),
))]
#[get("/v1/volunteer-applications")]
pub async fn list_volunteer_applications(
    may: May<ListVolunteerApplications>,
    node: Data<Node>,
    Params(query): Params<VolunteerApplicationFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let page = applications::list(conn, by, &query, &paging)?;
        Reply::ok(&page.try_map(|row| view(conn, &node, by, row))?)
    })
    .await
}

/// Shows an application to volunteer.
///
/// To staff with other applications of the same number, and the record as a volunteer of whoever has it.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "get_volunteer_application", params(IdInPath), responses((status = 200, description = "The application.", body = VolunteerApplicationView)))]
#[get("/v1/volunteer-applications/{id}")]
pub async fn get_volunteer_application(may: May<GetVolunteerApplication>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let row = applications::find(conn, by, id.0)?;
        shown(conn, &node, by, row)
    })
    .await
}

/// Lists what was done with an application to volunteer.
///
/// In order, with reasons.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "list_volunteer_application_history", params(IdInPath, Listing), responses(
    (status = 200, description = "A page of the history.", body = Page<VolunteerHistoryLine>),
    (status = 409, description = "`own_request`: it is of the caller, or of somebody close to them."),
))]
#[get("/v1/volunteer-applications/{id}/history")]
pub async fn list_volunteer_application_history(
    may: May<ListVolunteerApplicationHistory>,
    node: Data<Node>,
    id: PathId,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let row = applications::find(conn, by, id.0)?;
        records::require_anothers_record(conn, by, row.person_id)?;
        Reply::ok(&history::list(conn, &node.vault, &row.path(), &paging)?)
    })
    .await
}
