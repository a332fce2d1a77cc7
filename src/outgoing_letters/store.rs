//! Letters in the store, sealed, and the rows that a caller sees.

use diesel::prelude::*;

use super::model::{OutgoingLetterStatus, Written};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow, Tx};
use crate::error::{Code, Result};
use crate::http::{Page, Paging};
use crate::mail::{About, MailStop, Matters};
use crate::node::Node;
use crate::schema::outgoing_letters as letters;
use crate::secrets::vault::Vault;
use crate::{find, save};

/// A letter as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = letters, treat_none_as_null = true)]
pub struct OutgoingLetter {
    pub id: Id,
    pub about: String,
    pub status: OutgoingLetterStatus,
    /// Sealed.
    pub letter: String,
    pub created_at: Moment,
    /// When it was marked as printed last, or noted to have gone out without.
    pub printed_at: Option<Moment>,
    /// Why it was stopped.
    pub stop: Option<MailStop>,
    /// Sealed.
    pub stop_reason: Option<String>,
    pub version: i32,
}

impl About for OutgoingLetter {
    fn id(&self) -> Id {
        self.id
    }

    fn about(&self) -> &str {
        &self.about
    }
}

impl OutgoingLetter {
    /// A new one, which waits to be printed.
    pub fn new(node: &Node, about: &str, written: &Written, now: Moment) -> Result<Self> {
        let mut row = Self {
            id: Id::new(now),
            about: about.to_owned(),
            status: OutgoingLetterStatus::ToPrint,
            letter: String::new(),
            created_at: now,
            printed_at: None,
            stop: None,
            stop_reason: None,
            version: 1,
        };
        row.put(&node.vault, written)?;
        Ok(row)
    }

    fn identity(&self, member: &str) -> String {
        format!("outgoing_letters/{}/{member}", self.id)
    }

    pub fn open(&self, vault: &Vault) -> Result<Written> {
        vault.open_json(&self.identity("letter"), self.letter.clone())
    }

    pub fn put(&mut self, vault: &Vault, written: &Written) -> Result<()> {
        self.letter = vault.seal_json(&self.identity("letter"), written)?;
        Ok(())
    }

    /// Keeps why somebody has stopped it.
    pub fn stopped(&mut self, tx: &Tx, reason: &str) {
        self.stop = Some(MailStop::ByHand);
        self.stop_reason = Some(tx.seal_text(&self.identity("stop_reason"), reason));
    }

    /// Why somebody has stopped it.
    pub fn stop_reason(&self, vault: &Vault) -> Result<Option<String>> {
        self.stop_reason.as_ref().map(|kept| vault.open_text(&self.identity("stop_reason"), kept)).transpose()
    }

    /// Whether nothing but somebody's word keeps it, who can take that back.
    pub fn can_go(&self) -> bool {
        self.stop.is_none_or(|stop| stop == MailStop::ByHand)
    }

    pub fn has_gone_out(&self) -> bool {
        matches!(self.status, OutgoingLetterStatus::Sent | OutgoingLetterStatus::Returned)
    }
}

pub fn insert(tx: &mut Tx, letter: &OutgoingLetter) -> Result<()> {
    diesel::insert_into(letters::table).values(letter).execute(&mut **tx)?;
    Ok(())
}

pub fn save(tx: &mut Tx, letter: &mut OutgoingLetter) -> Result<()> {
    save!(tx, letters, letter)
}

/// Deletes all letters about a record.
pub fn forget(tx: &mut Tx, about: &str) -> Result<()> {
    diesel::delete(letters::table.filter(letters::about.eq(about))).execute(&mut **tx)?;
    Ok(())
}

/// A letter, whoever asks.
pub fn by_id(conn: &mut Conn, id: Id) -> Result<Option<OutgoingLetter>> {
    Ok(find!(conn, letters::table.find(id).select(OutgoingLetter::as_select()))?)
}

/// The record that a letter is about.
pub fn about(conn: &mut Conn, id: Id) -> Result<Option<String>> {
    Ok(letters::table.find(id).select(letters::about).first(conn).optional()?)
}

/// A letter about a record whose post the caller sees.
pub fn find(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<OutgoingLetter> {
    let letter = by_id(conn, id)?.ok_or(Code::NOT_FOUND)?;
    let seen = node.part::<Matters>().seen(conn, node, by, &[letter.about.as_str()].into())?;
    if seen.is_empty() { Err(Code::NOT_FOUND.into()) } else { Ok(letter) }
}

/// What is looked for in the list.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub about: Option<String>,
    pub status: Option<OutgoingLetterStatus>,
}

impl Wanted {
    fn matching(&self) -> letters::BoxedQuery<'_, Backend> {
        letters::table
            .into_boxed()
            .narrow(self.about.as_ref(), |about| letters::about.eq(about))
            .narrow(self.status, |status| letters::status.eq(status))
    }
}

/// A page of the letters that the caller sees, the newest first.
pub fn list(conn: &mut Conn, node: &Node, by: &By, wanted: &Wanted, paging: &Paging) -> Result<Page<OutgoingLetter>> {
    let records = |conn: &mut Conn| -> Result<Vec<String>> { Ok(wanted.matching().select(letters::about).load(conn)?) };
    let rows = |conn: &mut Conn, after: Option<Id>, most: i64| -> Result<Vec<OutgoingLetter>> {
        let rest = wanted.matching().narrow(after, |after| letters::id.lt(after)).order(letters::id.desc());
        Ok(rest.limit(most).select(OutgoingLetter::as_select()).load(conn)?)
    };
    node.part::<Matters>().page(conn, (node, by), paging, records, rows)
}
