//! Entries in the store, as far as the caller sees their volunteer.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::entries::{Detail, VolunteerEntryKind, VolunteerEntryStatus};
use super::model::VolunteerCategory;
use super::store::{self, Volunteer};
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::http::{Page, Paging};
use crate::schema::volunteer_entries as entries;
use crate::secrets::vault::Vault;
use crate::{find, prepared, read_page, save};

/// An entry as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = entries, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Entry {
    pub id: Id,
    pub volunteer_id: Id,
    pub kind: VolunteerEntryKind,
    pub category: Option<VolunteerCategory>,
    pub status: VolunteerEntryStatus,
    pub from_on: NaiveDate,
    pub until_on: Option<NaiveDate>,
    /// The number of a certificate, which is given once.
    pub number: Option<String>,
    /// Sealed.
    pub said: String,
    /// When it was told that it ends soon.
    pub warned_at: Option<Moment>,
    pub entered_by: String,
    pub entered_at: Moment,
    pub version: i32,
}

impl Entry {
    pub fn new(vault: &Vault, (entered_by, entered_at): (String, Moment), volunteer: Id, detail: &Detail) -> Result<Self> {
        let (from_on, until_on) = detail.days();
        let mut entry = Self {
            id: Id::new(entered_at),
            volunteer_id: volunteer,
            kind: detail.kind(),
            category: None,
            status: VolunteerEntryStatus::Standing,
            from_on,
            until_on,
            number: None,
            said: String::new(),
            warned_at: None,
            entered_by,
            entered_at,
            version: 1,
        };
        entry.say(vault, detail)?;
        Ok(entry)
    }

    pub fn path(&self) -> String {
        format!("volunteer-entries/{}", self.id)
    }

    fn identity(&self) -> String {
        format!("volunteer_entries/{}/said", self.id)
    }

    pub fn detail(&self, vault: &Vault) -> Result<Detail> {
        vault.open_json(&self.identity(), self.said.clone())
    }

    pub fn say(&mut self, vault: &Vault, detail: &Detail) -> Result<()> {
        let (from_on, until_on) = detail.days();
        // What ends on another day is warned about anew.
        if until_on != self.until_on {
            self.warned_at = None;
        }
        (self.kind, self.category, self.number) = (detail.kind(), detail.category(), detail.number());
        (self.from_on, self.until_on) = (from_on, until_on);
        self.said = vault.seal_json(&self.identity(), detail)?;
        Ok(())
    }
}

pub fn insert(tx: &mut Tx, entry: &Entry) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(entries::table).values(entry), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, entry: &mut Entry) -> Result<()> {
    save!(tx, entries, entry)
}

/// An entry whose volunteer the caller sees, with them; volunteers see nothing of incidents, which can tell of others, whoever else they are. Of two writes that
/// find one, one waits for the other.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<(Entry, Volunteer)> {
    let found: Option<Entry> = find!(conn, entries::table.find(id).select(Entry::as_select()))?;
    let entry = found.ok_or(Code::NOT_FOUND)?;
    let volunteer = store::find(conn, by, entry.volunteer_id)?;
    let is_own = by.reach == Reach::Own || store::is_own_matter(conn, by, volunteer.person_id)?;
    if is_own && entry.kind == VolunteerEntryKind::Incident {
        return Err(Code::NOT_FOUND.into());
    }
    Ok((entry, volunteer))
}

/// Refuses a number that another entry has that stands, at a pointer of the body; nobody else gives one until this write has ended.
pub fn require_free_number(tx: &mut Tx, at: &str, number: Option<&str>, of: Option<Id>) -> Result<()> {
    let Some(number) = number else { return Ok(()) };
    tx.own(["volunteer-certificates"])?;
    let holder = entries::table.filter(entries::number.assume_not_null().eq(number)).filter(entries::number.is_not_null());
    let holder = holder.filter(entries::status.eq(VolunteerEntryStatus::Standing));
    let holders: Vec<Id> = holder.select(entries::id).load(&mut **tx)?;
    if holders.iter().all(|holder| Some(*holder) == of) {
        return Ok(());
    }
    Err(Error::field(format!("{at}/number"), "taken", Text::new("此字號已核發", "a certificate has this number already")))
}

/// The keys of a volunteer and of the records that were merged into them.
pub fn records_of(conn: &mut Conn, volunteer: Id) -> Result<Vec<Id>> {
    let merged = store::merged_into(conn, volunteer)?.into_iter().map(|one| one.id);
    Ok([volunteer].into_iter().chain(merged).collect())
}

/// A page of a volunteer's entries of some kinds, in the order of their entering, withdrawn ones too; with those of merged records.
pub fn list(conn: &mut Conn, volunteer: Id, kinds: &[VolunteerEntryKind], paging: &Paging) -> Result<Page<Entry>> {
    let records = records_of(conn, volunteer)?;
    let matching = || -> entries::BoxedQuery<'_, Backend> {
        let rows = entries::table.filter(entries::volunteer_id.eq_any(records.clone()));
        rows.filter(entries::kind.eq_any(kinds.to_vec())).into_boxed()
    };
    read_page!(conn, paging, matching, entries::id asc, Entry)
}

/// The entries of these records that stand and by which it is judged whether somebody may serve.
pub fn lasting(conn: &mut Conn, records: &[Id]) -> Result<Vec<Entry>> {
    let rows = entries::table.filter(entries::volunteer_id.eq_any(records.to_vec()));
    let rows = rows.filter(entries::status.eq(VolunteerEntryStatus::Standing));
    let rows = rows.filter(entries::kind.eq_any(VolunteerEntryKind::LASTING)).order(entries::id);
    Ok(rows.select(Entry::as_select()).load(conn)?)
}
