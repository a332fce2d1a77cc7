//! Opinion items as they are written, kept and found; one that came out of a petition is seen by whoever reads that as it
//! was written.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{ImprovementTopic, OpinionFilter, OpinionSource, OpinionStatus, OpinionTone};
use super::store::opinion_path;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow, Tx};
use crate::error::{Code, Result};
use crate::http::{Page, Paging};
use crate::petitions;
use crate::schema::opinion_items as items;
use crate::secrets::vault::Vault;
use crate::{find, prepared, read_page, save};

/// An opinion item as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = items, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Opinion {
    pub id: Id,
    pub status: OpinionStatus,
    pub source: OpinionSource,
    pub said_on: NaiveDate,
    pub topic: ImprovementTopic,
    pub tone: OpinionTone,
    /// Sealed.
    pub said: String,
    pub owner: Option<Id>,
    pub petition_id: Option<Id>,
    pub improvement_id: Option<Id>,
    pub entered_by: String,
    pub created_at: Moment,
    pub version: i32,
}

/// What an opinion item says, as it is kept sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The newspaper, the event, the survey.
    pub origin: Option<String>,
    pub text: String,
    /// What was answered, or is done about it.
    pub response: Option<String>,
    /// Why it was set aside or opened again, last.
    pub reason: Option<String>,
}

impl Opinion {
    pub fn path(&self) -> String {
        opinion_path(self.id)
    }

    fn identity(&self) -> String {
        format!("opinion_items/{}/said", self.id)
    }

    pub fn said(&self, vault: &Vault) -> Result<Said> {
        vault.open_json(&self.identity(), self.said.clone())
    }

    pub fn put_said(&mut self, vault: &Vault, said: &Said) -> Result<()> {
        self.said = vault.seal_json(&self.identity(), said)?;
        Ok(())
    }
}

pub fn insert(tx: &mut Tx, item: &Opinion) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(items::table).values(item), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, item: &mut Opinion) -> Result<()> {
    save!(tx, items, item)
}

/// The petitions out of which an opinion came and which the caller does not read as they were written.
pub fn unseen_petitions(conn: &mut Conn, by: &By) -> Result<Vec<Id>> {
    let from = items::table.filter(items::petition_id.is_not_null());
    let from: Vec<Id> = from.select(items::petition_id.assume_not_null()).distinct().load(conn)?;
    let known = petitions::known(conn, by, &from)?;
    Ok(from.into_iter().filter(|id| !known.contains(id)).collect())
}

/// An opinion item that the caller sees; any other is not there. Of two writes that find it one waits for the other.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<Opinion> {
    let found: Option<Opinion> = find!(conn, items::table.find(id).select(Opinion::as_select()))?;
    let unseen = unseen_petitions(conn, by)?;
    let found = found.filter(|one| one.petition_id.is_none_or(|petition| !unseen.contains(&petition)));
    found.ok_or_else(|| Code::NOT_FOUND.into())
}

/// A page of the opinion items that match and that the caller sees, the newest first.
pub fn list(conn: &mut Conn, by: &By, filter: &OpinionFilter, paging: &Paging) -> Result<Page<Opinion>> {
    let unseen = unseen_petitions(conn, by)?;
    let matching = || -> items::BoxedQuery<'_, Backend> {
        let rows = items::table.into_boxed();
        rows.filter(items::petition_id.is_null().or(items::petition_id.assume_not_null().ne_all(unseen.clone())))
            .narrow(filter.status, |status| items::status.eq(status))
            .narrow(filter.source, |source| items::source.eq(source))
            .narrow(filter.topic, |topic| items::topic.eq(topic))
            .narrow(filter.tone, |tone| items::tone.eq(tone))
            .narrow(filter.owner_id, |owner| items::owner.assume_not_null().eq(owner))
            .narrow(filter.improvement_item_id, |one| items::improvement_id.assume_not_null().eq(one))
            .narrow(filter.from, |day| items::said_on.ge(day))
            .narrow(filter.to, |day| items::said_on.le(day))
    };
    read_page!(conn, paging, matching, items::id desc, Opinion)
}

/// The opinion items of which an improvement came, each with the petition out of which it came itself.
pub fn behind(conn: &mut Conn, improvement: Id) -> Result<Vec<(Id, Option<Id>)>> {
    let rows = items::table.filter(items::improvement_id.assume_not_null().eq(improvement)).order(items::id);
    Ok(rows.select((items::id, items::petition_id)).load(conn)?)
}
