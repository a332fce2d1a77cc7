//! Volunteers in the store, as far as the caller sees them.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::{Kept, VolunteerBackground, VolunteerFilter, VolunteerStatus};
use crate::auth::protection::{closed_to, is_closed_to};
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, JsonText, Narrow, Tx};
use crate::error::{Code, Error, Result};
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::people::{joins, numbers};
use crate::schema::volunteers;
use crate::secrets::vault::Vault;
use crate::states::{Part, in_own_matter};
use crate::{find, prepared, read_page, save};

/// A volunteer as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = volunteers, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Volunteer {
    pub id: Id,
    pub status: VolunteerStatus,
    pub person_id: Id,
    pub background: VolunteerBackground,
    /// Lists, as JSON, by which volunteers are found.
    pub languages: JsonText,
    pub categories: JsonText,
    /// Sealed.
    pub said: String,
    pub joined_on: NaiveDate,
    /// First day as a full member.
    pub member_from: Option<NaiveDate>,
    /// Last day of a suspension that was given one.
    pub suspended_until: Option<NaiveDate>,
    pub merged_into: Option<Id>,
    pub entered_by: String,
    pub entered_at: Moment,
    pub version: i32,
}

/// How the paths of volunteers begin.
pub const KIND: &str = "volunteers";

/// What a volunteer is called in the journal, and their contact is kept under.
pub fn path(id: Id) -> String {
    format!("{KIND}/{id}")
}

impl Volunteer {
    pub fn path(&self) -> String {
        path(self.id)
    }

    fn identity(&self) -> String {
        format!("{KIND}/{}/said", self.id)
    }

    pub fn kept(&self, vault: &Vault) -> Result<Kept> {
        vault.open_json(&self.identity(), self.said.clone())
    }

    pub fn keep(&mut self, vault: &Vault, kept: &Kept) -> Result<()> {
        self.said = vault.seal_json(&self.identity(), kept)?;
        self.background = kept.profile.background;
        self.languages = JsonText::of(&kept.profile.languages)?;
        self.categories = JsonText::of(&kept.profile.categories)?;
        Ok(())
    }
}

pub fn insert(tx: &mut Tx, volunteer: &Volunteer) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(volunteers::table).values(volunteer), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, volunteer: &mut Volunteer) -> Result<()> {
    save!(tx, volunteers, volunteer)
}

/// A volunteer whom the caller sees: volunteers themselves alone. Any other is not there. Of two writes that find one, one waits for the
/// other.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<Volunteer> {
    let found = by_id(conn, id)?.ok_or(Code::NOT_FOUND)?;
    let is_seen = match by.reach {
        // An account is of the record of which it is proven, whatever that is joined to.
        Reach::Own => by.caller.person_id() == Some(found.person_id),
        _ => !is_closed_to(conn, by, &[found.person_id])?,
    };
    if is_seen { Ok(found) } else { Err(Code::NOT_FOUND.into()) }
}

/// Whether somebody of the office would look at what is said of themself, or of somebody close to them.
pub fn is_own_matter(conn: &mut Conn, by: &By, person: Id) -> Result<bool> {
    Ok(in_own_matter(conn, by, &[person])?.contains(&Part::Subject))
}

/// Keeps from whoever works in the office what was said of themself as a volunteer, as it is kept from other volunteers.
pub fn require_anothers_record(conn: &mut Conn, by: &By, person: Id) -> Result<()> {
    if is_own_matter(conn, by, person)? { Err(Code::OWN_REQUEST.into()) } else { Ok(()) }
}

/// A volunteer, whoever asks.
pub fn by_id(conn: &mut Conn, id: Id) -> Result<Option<Volunteer>> {
    Ok(find!(conn, volunteers::table.find(id).select(Volunteer::as_select()))?)
}

/// The records of a human that are merged into no other, whichever of their people's records they are of.
pub fn of_person(conn: &mut Conn, person: Id) -> Result<Vec<Volunteer>> {
    let records = joins::records(conn, person)?;
    let theirs = volunteers::table.filter(volunteers::person_id.eq_any(records)).filter(volunteers::merged_into.is_null());
    Ok(theirs.order(volunteers::id).select(Volunteer::as_select()).load(conn)?)
}

/// The records as volunteers of these records of people that are merged into no other.
pub fn of_records(conn: &mut Conn, records: &[Id]) -> Result<Vec<Id>> {
    let theirs = volunteers::table.filter(volunteers::person_id.eq_any(records)).filter(volunteers::merged_into.is_null());
    Ok(theirs.order(volunteers::id).select(volunteers::id).load(conn)?)
}

/// Refuses a second record of a human, whichever of their numbers names them; nobody else enters one until this write has ended.
pub fn require_first(tx: &mut Tx, person: Id) -> Result<()> {
    numbers::own(tx, &[person])?;
    match of_person(tx, person)?.first() {
        None => Ok(()),
        Some(standing) => Err(Error::stands(standing.id, ("此人已有志工紀錄", "this person has a record as a volunteer"))),
    }
}

/// The records that were merged into one itself.
pub fn merged_at_once(conn: &mut Conn, id: Id) -> Result<Vec<Volunteer>> {
    let merged = volunteers::table.filter(volunteers::merged_into.assume_not_null().eq(id)).order(volunteers::id);
    Ok(merged.select(Volunteer::as_select()).load(conn)?)
}

/// The records for which one stands: that were merged into it, or into one of these.
pub fn merged_into(conn: &mut Conn, id: Id) -> Result<Vec<Volunteer>> {
    let (mut all, mut next) = (Vec::new(), vec![id]);
    while let Some(id) = next.pop() {
        let merged = merged_at_once(conn, id)?;
        next.extend(merged.iter().map(|one| one.id));
        all.extend(merged);
    }
    Ok(all)
}

/// The record that stands for one, or that one itself.
pub fn standing_for(conn: &mut Conn, id: Id) -> Result<Option<Volunteer>> {
    let mut next = Some(id);
    let mut found = None;
    while let Some(id) = next {
        let row: Option<Volunteer> = volunteers::table.find(id).select(Volunteer::as_select()).first(conn).optional()?;
        next = row.as_ref().and_then(|row| row.merged_into);
        found = row;
    }
    Ok(found)
}

/// Refuses to let a record be live beside another of the same human; nobody else lets one be until this write has ended.
pub fn require_alone(tx: &mut Tx, row: &Volunteer) -> Result<()> {
    numbers::own(tx, &[row.person_id])?;
    let other = of_person(tx, row.person_id)?.into_iter().find(|other| other.id != row.id && other.status.is_live());
    match other {
        None => Ok(()),
        Some(standing) => {
            let text = ("此人另有有效之志工紀錄，請先併入", "this person is a volunteer by another record: merge the two");
            Err(Error::stands(standing.id, text))
        }
    }
}

/// How a code stands in a list that is kept as JSON.
fn holding(code: &str) -> String {
    format!("%\"{code}\"%")
}

/// A page of the volunteers that match, the newest first; `among` are those of whom something expires.
pub fn list(
    conn: &mut Conn,
    by: &By,
    filter: &VolunteerFilter,
    among: Option<(Vec<Id>, bool)>,
    paging: &Paging,
) -> Result<Page<Volunteer>> {
    let closed = closed_to(conn, by)?;
    let own: Option<Vec<Id>> = (by.reach == Reach::Own).then(|| by.caller.person_id().into_iter().collect());
    let matching = || -> volunteers::BoxedQuery<'_, Backend> {
        let rows = volunteers::table.filter(volunteers::person_id.ne_all(closed.clone())).into_boxed();
        let rows = rows.narrow(own.clone(), |own| volunteers::person_id.eq_any(own));
        let rows = match filter.status {
            Some(status) => rows.filter(volunteers::status.eq(status)),
            None => rows.filter(volunteers::merged_into.is_null()),
        };
        let rows = match among.clone() {
            Some((ids, true)) => rows.filter(volunteers::id.eq_any(ids)),
            Some((ids, false)) => rows.filter(volunteers::id.ne_all(ids)),
            None => rows,
        };
        rows.narrow(filter.background, |background| volunteers::background.eq(background))
            .narrow(filter.category, |category| volunteers::categories.like(holding(category.as_str())))
            .narrow(filter.language, |language| volunteers::languages.like(holding(language.as_str())))
    };
    read_page!(conn, paging, matching, volunteers::id desc, Volunteer)
}

/// The subjects of lines of the audit log that the caller does not see: of volunteers whose data is closed to them.
pub fn unseen(conn: &mut Conn, _: &Node, by: &By) -> Result<Vec<String>> {
    let closed = closed_to(conn, by)?;
    let rows = volunteers::table.filter(volunteers::person_id.eq_any(closed)).order(volunteers::id);
    let rows: Vec<Id> = rows.select(volunteers::id).load(conn)?;
    Ok(rows.into_iter().map(path).collect())
}
