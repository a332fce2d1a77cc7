//! Applications in the store, as far as the caller sees them.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::model::VolunteerApplicationStatus;
use crate::auth::protection::{closed_to, is_closed_to};
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow, Tx};
use crate::domain::Parting;
use crate::error::{Code, Error, Result};
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::people::{self, Contact, numbers};
use crate::schema::volunteer_applications as applications;
use crate::secrets::vault::Vault;
use crate::volunteers::merging::move_to;
use crate::volunteers::model::VolunteerProfile;
use crate::volunteers::store as records;
use crate::{find, prepared, read_page, save, text_enum};

text_enum! {
    /// By whom an application was brought.
    pub enum Brought {
        /// By the office, for whoever came or called.
        Office = "OFFICE",
        /// By the owner of an account, who is proven.
        Owner = "OWNER",
        /// By whoever said so.
        Anybody = "ANYBODY",
    }
}

/// An application as kept: its secret only as a hash.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = applications, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Application {
    pub id: Id,
    pub status: VolunteerApplicationStatus,
    pub plan_id: Id,
    /// Whoever applies by an account of their own; else the record of what was said of them, until somebody has met them.
    pub person_id: Id,
    /// A keyed hash of their number, by which those of one identity are found.
    pub identity_index: String,
    pub brought: Brought,
    pub secret_hash: String,
    /// Sealed.
    pub said: String,
    pub applied_by: String,
    pub applied_at: Moment,
    pub decided_by: Option<String>,
    pub decided_at: Option<Moment>,
    pub volunteer_id: Option<Id>,
    pub version: i32,
}

/// What an application says, as it is kept sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    pub profile: VolunteerProfile,
    pub motive: Option<String>,
    /// Why it was refused, withdrawn or opened again, last.
    pub reason: Option<String>,
    /// How to reach them, as whoever applied has said it; what the office has learned since stands beside it.
    #[serde(default)]
    pub given_contact: Option<Contact>,
}

const KIND: &str = "volunteer-applications";

/// What an application is called in the journal, and its contact is kept under.
pub fn path(id: Id) -> String {
    format!("{KIND}/{id}")
}

impl Application {
    pub fn path(&self) -> String {
        path(self.id)
    }

    fn identity(&self) -> String {
        format!("volunteer_applications/{}/said", self.id)
    }

    pub fn said(&self, vault: &Vault) -> Result<Said> {
        vault.open_json(&self.identity(), self.said.clone())
    }

    pub fn say(&mut self, vault: &Vault, said: &Said) -> Result<()> {
        self.said = vault.seal_json(&self.identity(), said)?;
        Ok(())
    }
}

pub fn insert(tx: &mut Tx, application: &Application) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(applications::table).values(application), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, application: &mut Application) -> Result<()> {
    save!(tx, applications, application)
}

/// An application, whoever asks.
pub fn by_id(conn: &mut Conn, id: Id) -> Result<Option<Application>> {
    Ok(find!(conn, applications::table.find(id).select(Application::as_select()))?)
}

/// An application that the caller sees: whoever sent it with their account, and the office. Any other is not there. Of two writes that
/// find one, one waits for the other.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<Application> {
    let found = by_id(conn, id)?.ok_or(Code::NOT_FOUND)?;
    let is_seen = match by.reach {
        Reach::Own => by.caller.did((&found.applied_by, found.applied_at)),
        _ => !is_closed_to(conn, by, &[found.person_id])?,
    };
    if is_seen { Ok(found) } else { Err(Code::NOT_FOUND.into()) }
}

/// Filters of the list of applications.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct VolunteerApplicationFilter {
    pub status: Option<VolunteerApplicationStatus>,
    /// Those by this recruitment plan.
    pub plan_id: Option<Id>,
}

/// A page of the applications that match and that the caller sees, the newest first.
pub fn list(conn: &mut Conn, by: &By, filter: &VolunteerApplicationFilter, paging: &Paging) -> Result<Page<Application>> {
    let closed = closed_to(conn, by)?;
    let matching = || -> applications::BoxedQuery<'_, Backend> {
        let rows = applications::table.filter(applications::person_id.ne_all(closed.clone())).into_boxed();
        let own = (by.reach == Reach::Own).then(|| by.caller.name());
        let rows = rows.narrow(own.clone(), |name| applications::applied_by.eq(name));
        rows.narrow(own.and_then(|_| by.caller.held_since()), |since| applications::applied_at.ge(since))
            .narrow(filter.status, |status| applications::status.eq(status))
            .narrow(filter.plan_id, |plan| applications::plan_id.eq(plan))
    };
    read_page!(conn, paging, matching, applications::id desc, Application)
}

/// Other applications of the identity by which one is known.
pub fn alike(conn: &mut Conn, one: &Application) -> Result<Vec<Application>> {
    let alike = applications::table.filter(applications::identity_index.eq(&one.identity_index));
    let alike = alike.filter(applications::id.ne(one.id)).order(applications::id).limit(100);
    Ok(alike.select(Application::as_select()).load(conn)?)
}

/// Refuses a second open application: to the office of whoever has one there, or by their own account; to the owner of an account their own.
/// What somebody else has said of the same number stands in nobody's way.
pub fn require_alone(conn: &mut Conn, one: &Application) -> Result<()> {
    let open = applications::table.filter(applications::identity_index.eq(&one.identity_index));
    let open = open.filter(applications::status.eq(VolunteerApplicationStatus::Open)).filter(applications::id.ne(one.id));
    let open = open.order(applications::id).into_boxed::<Backend>();
    let open = match one.brought {
        Brought::Office => open.filter(applications::brought.eq_any([Brought::Office, Brought::Owner])),
        Brought::Owner | Brought::Anybody => open.filter(applications::person_id.eq(one.person_id)),
    };
    match open.select(applications::id).first::<Id>(conn).optional()? {
        None => Ok(()),
        Some(standing) => Err(Error::stands(standing, ("此人已有待審之報名", "an application of this person is open"))),
    }
}

/// Who took, and who decided on, the applications that made a volunteer, and when.
pub fn hands_of(conn: &mut Conn, volunteer: Id) -> Result<Vec<(String, Moment)>> {
    let rows = applications::table.filter(applications::volunteer_id.assume_not_null().eq(volunteer)).order(applications::id);
    let rows: Vec<Application> = rows.select(Application::as_select()).load(conn)?;
    let mut hands = Vec::new();
    for row in rows {
        hands.extend(row.decided_by.zip(row.decided_at));
        if row.brought == Brought::Office {
            hands.push((row.applied_by, row.applied_at));
        }
    }
    Ok(hands)
}

/// Follows what an application said of a person, once their paper was seen, and is found to mean another: so does the volunteer whom it made.
pub fn follow_part(tx: &mut Tx, node: &Node, by: &By, parting: &Parting<'_>) -> Result<bool> {
    let id = parting.source.strip_prefix("volunteer-applications/").and_then(|id| id.parse().ok());
    let Some(row) = id.map_or(Ok(None), |id| by_id(tx, id))? else { return Ok(false) };
    let Some(volunteer) = row.volunteer_id.map_or(Ok(None), |id| records::by_id(tx, id))? else { return Ok(false) };
    if volunteer.person_id != parting.from {
        return Ok(false);
    }
    records::find(tx, by, volunteer.id)?;
    move_to(tx, node, volunteer, parting)?;
    Ok(true)
}

/// The records of the volunteer whom the number of an application finds.
pub fn volunteers_of(conn: &mut Conn, vault: &Vault, one: &Application) -> Result<Vec<Id>> {
    let person = numbers::meant_by(conn, vault, one.person_id)?.unwrap_or(one.person_id);
    Ok(records::of_person(conn, person)?.into_iter().map(|volunteer| volunteer.id).collect())
}

/// Where the open applications of somebody stand, below `/v1/`.
pub fn open_of(conn: &mut Conn, vault: &Vault, person: Id) -> Result<Vec<String>> {
    let (_, number) = people::store::open(conn, vault, person)?;
    let open = applications::table.filter(applications::identity_index.eq(numbers::index(vault, &number)));
    let open = open.filter(applications::status.eq(VolunteerApplicationStatus::Open)).order(applications::id);
    let open: Vec<Id> = open.select(applications::id).load(conn)?;
    Ok(open.into_iter().map(path).collect())
}

/// The subjects of lines of the audit log that the caller does not see: of applications by somebody whose data is closed to them.
pub fn unseen(conn: &mut Conn, _: &Node, by: &By) -> Result<Vec<String>> {
    let closed = closed_to(conn, by)?;
    let rows = applications::table.filter(applications::person_id.eq_any(closed)).order(applications::id);
    let rows: Vec<Id> = rows.select(applications::id).load(conn)?;
    Ok(rows.into_iter().map(path).collect())
}
