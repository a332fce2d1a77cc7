//! Petitions for publication in the store.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{PublicationAct, PublicationGround, PublicationStatus};
use super::redacting::{HiddenSpan, PublishedTexts};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, JsonText, Narrow, Record, Tx, in_parts};
use crate::error::{Code, Result};
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::petitions::counting::topic_of;
use crate::petitions::model::{PetitionKind, PetitionLanguage, PetitionStatus, PetitionTopic};
use crate::petitions::sight;
use crate::petitions::store::Petition;
use crate::schema::{petition_publications as publications, petitions};
use crate::secrets::vault::Vault;
use crate::{find, prepared, read_page, save};

/// A petition for publication as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = publications, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Publication {
    pub id: Id,
    pub petition_id: Id,
    /// By what the public reads it, once it is published: it tells the month and no more.
    pub public_id: Id,
    pub status: PublicationStatus,
    pub ground: PublicationGround,
    pub kind: PetitionKind,
    pub topic: Option<PetitionTopic>,
    pub language: PetitionLanguage,
    /// Sealed.
    pub content: String,
    /// What it was made of, as a keyed hash.
    pub source: String,
    /// Who has said what is hidden, by their names in the journal, and when.
    pub written_by: JsonText,
    pub published_at: Option<Moment>,
    /// Why it was withdrawn, sealed.
    pub reason: String,
    pub created_at: Moment,
    pub version: i32,
}

/// What it says, and what of it is hidden.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Content {
    pub texts: PublishedTexts,
    pub spans: Vec<HiddenSpan>,
    /// What the machine has found when it was proposed.
    pub found: Vec<HiddenSpan>,
}

/// What one is called in the journal.
pub fn path(id: Id) -> String {
    format!("petition-publications/{id}")
}

impl Publication {
    pub fn path(&self) -> String {
        path(self.id)
    }

    /// An act on it as the journal has it, without what it says.
    pub fn told(&self, act: PublicationAct) -> Record {
        Record::change(act.line().journal, self.path(), json!({"status": self.status, "ground": self.ground}))
    }

    fn identity(&self, column: &str) -> String {
        format!("petition_publications/{}/{column}", self.id)
    }

    pub fn content(&self, vault: &Vault) -> Result<Content> {
        vault.open_json(&self.identity("content"), self.content.clone())
    }

    pub fn put_content(&mut self, vault: &Vault, content: &Content) -> Result<()> {
        self.content = vault.seal_json(&self.identity("content"), content)?;
        Ok(())
    }

    pub fn reason(&self, vault: &Vault) -> Result<String> {
        vault.open_text(&self.identity("reason"), &self.reason)
    }

    pub fn put_reason(&mut self, tx: &Tx, reason: &str) {
        self.reason = tx.seal_text(&self.identity("reason"), reason);
    }

    pub fn writers(&self) -> Result<Vec<(String, Moment)>> {
        self.written_by.read()
    }

    /// By what it is found, as its petition has it today; whether that is otherwise than it was.
    pub fn classify(&mut self, conn: &mut Conn, petition: &Petition) -> Result<bool> {
        let before = (self.kind, self.topic, self.language);
        (self.kind, self.topic, self.language) = (petition.kind, topic_of(conn, petition.id)?, petition.language);
        Ok(before != (self.kind, self.topic, self.language))
    }

    /// Notes that somebody has said what is hidden.
    pub fn write(&mut self, by: &By) -> Result<()> {
        let (name, now) = (by.caller.name(), by.now);
        let mut writers = self.writers()?;
        // Accounts change hands: what is written on another day may be another's.
        writers.retain(|(writer, at)| *writer != name || at.date() != now.date());
        writers.push((name, now));
        self.written_by = JsonText::of(&writers)?;
        Ok(())
    }
}

pub fn insert(tx: &mut Tx, publication: &Publication) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(publications::table).values(publication), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, publication: &mut Publication) -> Result<()> {
    save!(tx, publications, publication)
}

/// One, whoever sees it; of two writes that find it one waits for the other.
pub fn find(conn: &mut Conn, id: Id) -> Result<Publication> {
    let found: Option<Publication> = find!(conn, publications::table.find(id).select(Publication::as_select()))?;
    found.ok_or_else(|| Code::NOT_FOUND.into())
}

/// Of which petition one is.
pub fn petition_of(conn: &mut Conn, id: Id) -> Result<Id> {
    let found: Option<Id> = publications::table.find(id).select(publications::petition_id).first(conn).optional()?;
    found.ok_or_else(|| Code::NOT_FOUND.into())
}

/// Those of these petitions that are not withdrawn.
pub fn standing(conn: &mut Conn, petitions: &[Id]) -> Result<Vec<Id>> {
    let of_these = publications::table.filter(publications::petition_id.eq_any(petitions.to_vec()));
    let standing = of_these.filter(publications::status.ne(PublicationStatus::Withdrawn));
    Ok(standing.order(publications::id).select(publications::id).load(conn)?)
}

/// Deletes all of a petition, of which nothing is left that could be published.
pub fn forget(tx: &mut Tx, petition: Id) -> Result<()> {
    diesel::delete(publications::table.filter(publications::petition_id.eq(petition))).execute(&mut **tx)?;
    Ok(())
}

/// What lists go by.
#[derive(Clone, Copy, Default)]
pub struct Wanted {
    pub status: Option<PublicationStatus>,
    pub petition: Option<Id>,
    pub ground: Option<PublicationGround>,
    pub kind: Option<PetitionKind>,
    pub topic: Option<PetitionTopic>,
    pub language: Option<PetitionLanguage>,
}

impl Wanted {
    fn of<'a>(self, rows: publications::BoxedQuery<'a, Backend>) -> publications::BoxedQuery<'a, Backend> {
        rows.narrow(self.status, |status| publications::status.eq(status))
            .narrow(self.petition, |petition| publications::petition_id.eq(petition.to_string()))
            .narrow(self.ground, |ground| publications::ground.eq(ground))
            .narrow(self.kind, |kind| publications::kind.eq(kind))
            .narrow(self.topic, |topic| publications::topic.assume_not_null().eq(topic))
            .narrow(self.language, |language| publications::language.eq(language))
    }
}

/// A page of those whose petitions the caller sees, and reads as they were written.
pub fn page(conn: &mut Conn, by: &By, wanted: Wanted, paging: &Paging) -> Result<Page<Publication>> {
    let of_some: Vec<Id> = publications::table.select(publications::petition_id).distinct().load(conn)?;
    let seen = sight::known(conn, by, &of_some)?;
    let matching = || -> publications::BoxedQuery<'_, Backend> {
        wanted.of(publications::table.filter(publications::petition_id.eq_any(seen.clone())).into_boxed())
    };
    read_page!(conn, paging, matching, publications::id desc, Publication)
}

/// What the public reads: what is published, of petitions that are neither secret nor open again.
fn public<'a>() -> publications::BoxedQuery<'a, Backend> {
    let ended = petitions::status.eq_any([PetitionStatus::Replied, PetitionStatus::Closed]);
    let secret = petitions::confidential.eq(true).or(petitions::guarded.eq(true)).or(petitions::whistleblower.eq(true));
    let open = petitions::table.filter(ended).filter(diesel::dsl::not(secret)).select(petitions::id);
    let shown = publications::table.filter(publications::status.eq(PublicationStatus::Published));
    shown.filter(publications::petition_id.eq_any(open)).into_boxed()
}

/// A page of what the public reads, the newest month first.
pub fn published(conn: &mut Conn, wanted: Wanted, paging: &Paging) -> Result<Page<Publication>> {
    let matching = || wanted.of(public());
    read_page!(conn, paging, matching, publications::public_id desc, Publication)
}

/// One that the public reads.
pub fn published_one(conn: &mut Conn, id: Id) -> Result<Publication> {
    let found = public().filter(publications::public_id.eq(id)).select(Publication::as_select());
    let found: Option<Publication> = found.first(conn).optional()?;
    found.ok_or_else(|| Code::NOT_FOUND.into())
}

/// The subjects of lines of the audit log about these petitions for publication, by those of their petitions.
fn of_petitions(conn: &mut Conn, subjects: &[String]) -> Result<Vec<String>> {
    let ids: Vec<Id> = subjects.iter().filter_map(|subject| subject.rsplit('/').next()?.parse().ok()).collect();
    let all: Vec<Id> = in_parts(&ids, |some| {
        let rows = publications::table.filter(publications::petition_id.eq_any(some.to_vec())).order(publications::id);
        Ok(rows.select(publications::id).load(conn)?)
    })?;
    Ok(all.into_iter().map(path).collect())
}

/// The subjects of lines of the audit log that the caller does not see: of petitions that they do not see.
pub fn unseen(conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<String>> {
    let subjects = sight::unseen(conn, node, by)?;
    of_petitions(conn, &subjects)
}

/// The subjects of lines of the audit log that do not tell who acted, from where and why.
pub fn nameless(conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<String>> {
    let subjects = sight::nameless(conn, node, by)?;
    of_petitions(conn, &subjects)
}
