//! Inquiries in the store, as far as the caller sees them.

use diesel::prelude::*;

use super::knowledge::InquiryTopic;
use super::model::{Asked, Handling, InquiryChannel, InquiryFilter, InquiryQueue, InquiryStatus};
use crate::auth::protection::{closed_to, is_closed_to};
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow, Tx};
use crate::error::{Code, Result};
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::office::desk;
use crate::petitions::{PetitionLanguage, sources};
use crate::schema::{inquiries, inquiry_citations as cited};
use crate::secrets::vault::{Vault, random_digits};
use crate::{find, prepared, read_page, save};

/// An inquiry as kept: its secret only as a hash.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = inquiries, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Inquiry {
    pub id: Id,
    pub number: String,
    pub secret_hash: String,
    pub status: InquiryStatus,
    pub channel: InquiryChannel,
    pub topic: InquiryTopic,
    pub language: PetitionLanguage,
    pub service_point: String,
    /// Sealed, as the next one.
    pub said: String,
    pub handling: String,
    /// The record of whoever asks, where they say who they are.
    pub person_id: Option<Id>,
    /// Who entered it: the account of whoever asks over the API, or of a member of staff.
    pub asked_by: String,
    /// The e-mail address is known to be theirs.
    pub mail_proven: bool,
    pub asked_at: Moment,
    /// Within what it is answered, as the setting was when it was asked.
    pub rule: String,
    pub due_at: Moment,
    /// When it was answered first.
    pub answered_at: Option<Moment>,
    /// Since when its answer is known to rest on what was wrong.
    pub recheck_at: Option<Moment>,
    /// Since when somebody is to be called with its answer.
    pub call_at: Option<Moment>,
    /// The petition that was made of it last.
    pub petition_id: Option<Id>,
    pub overdue_at: Option<Moment>,
    pub version: i32,
    /// When its retention had ended and what it says was erased.
    pub erased_at: Option<Moment>,
}

/// How the paths of inquiries begin.
pub const KIND: &str = "inquiries";

/// What an inquiry is called in the journal, and its contact is kept under.
pub fn path(id: Id) -> String {
    format!("{KIND}/{id}")
}

impl Inquiry {
    pub fn path(&self) -> String {
        path(self.id)
    }

    fn identity(&self, column: &str) -> String {
        format!("inquiries/{}/{column}", self.id)
    }

    pub fn asked(&self, vault: &Vault) -> Result<Asked> {
        vault.open_json(&self.identity("said"), self.said.clone())
    }

    pub fn handling(&self, vault: &Vault) -> Result<Handling> {
        vault.open_json(&self.identity("handling"), self.handling.clone())
    }

    pub fn put_asked(&mut self, vault: &Vault, asked: &Asked) -> Result<()> {
        self.said = vault.seal_json(&self.identity("said"), asked)?;
        Ok(())
    }

    pub fn put_handling(&mut self, vault: &Vault, handling: &Handling) -> Result<()> {
        self.handling = vault.seal_json(&self.identity("handling"), handling)?;
        Ok(())
    }

    /// Whoever it names.
    pub fn people(&self) -> Vec<Id> {
        self.person_id.into_iter().collect()
    }
}

pub fn insert(tx: &mut Tx, inquiry: &Inquiry) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(inquiries::table).values(inquiry), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, inquiry: &mut Inquiry) -> Result<()> {
    save!(tx, inquiries, inquiry)
}

/// Saves what has become of what was told, by the version that stands; its row is locked.
pub fn save_told(tx: &mut Tx, inquiry: &Inquiry) -> Result<()> {
    prepared!(&mut **tx, diesel::update(inquiries::table.find(inquiry.id)).set(inquiry), execute)?;
    Ok(())
}

/// A number that no inquiry has: random, so that it tells nothing of how many there are.
pub fn free_number(conn: &mut Conn, roc_year: i32) -> Result<String> {
    loop {
        let number = format!("{roc_year}-Q{}", random_digits(8));
        let there: i64 = inquiries::table.filter(inquiries::number.eq(&number)).count().get_result(conn)?;
        if there == 0 {
            return Ok(number);
        }
    }
}

pub fn by_number(conn: &mut Conn, number: &str) -> Result<Option<Inquiry>> {
    let found = inquiries::table.filter(inquiries::number.eq(number)).select(Inquiry::as_select());
    Ok(found.first(conn).optional()?)
}

/// Whether an inquiry lies within the caller's reach: from outside what they have asked themselves, within the office what stands at
/// their desk, names nobody whose data is closed to them, and is not kept from them with a petition that came out of it.
fn is_seen(conn: &mut Conn, by: &By, inquiry: &Inquiry) -> Result<bool> {
    if by.reach == Reach::Own {
        return Ok(by.caller.did((&inquiry.asked_by, inquiry.asked_at)));
    }
    let is_within = desk::sees(by, &inquiry.service_point) && !is_closed_to(conn, by, &inquiry.people())?;
    Ok(is_within && !sources::is_kept(conn, by, &inquiry.path())?)
}

/// An inquiry that the caller sees; any other is not there. Of two writes that find it one waits for the other.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<Inquiry> {
    let found: Option<Inquiry> = find!(conn, inquiries::table.find(id).select(Inquiry::as_select()))?;
    match found {
        Some(found) if is_seen(conn, by, &found)? => Ok(found),
        _ => Err(Code::NOT_FOUND.into()),
    }
}

/// Refuses whoever a petition concerns that came out of an inquiry: what they were answered before is not shown to them again.
pub fn require_not_about(conn: &mut Conn, by: &By, id: Id) -> Result<()> {
    let account = by.caller.account().map(|account| account.id);
    let is_about = account.map_or(Ok(false), |account| sources::concern(conn, account, &path(id)))?;
    if is_about { Err(Code::NOT_FOUND.into()) } else { Ok(()) }
}

/// What is hidden of inquiries from somebody who works in the office.
#[derive(Clone, Debug)]
pub struct Hidden {
    /// Whose data is closed to them.
    people: Vec<Id>,
    /// Kept from them with a petition that came out of each.
    inquiries: Vec<Id>,
}

impl Hidden {
    pub fn from(conn: &mut Conn, by: &By) -> Result<Self> {
        Ok(Self { people: closed_to(conn, by)?, inquiries: sources::kept(conn, by, KIND)? })
    }
}

/// The inquiries that the caller sees.
pub fn within<'a>(by: &By, hidden: Hidden) -> inquiries::BoxedQuery<'a, Backend> {
    let rows = inquiries::table.into_boxed();
    if by.reach == Reach::Own {
        let rows = rows.filter(inquiries::asked_by.eq(by.caller.name()));
        return rows.narrow(by.caller.held_since(), |since| inquiries::asked_at.ge(since));
    }
    let rows = rows.narrow(desk::bound(by).map(str::to_owned), |point| inquiries::service_point.eq(point));
    let rows = rows.filter(inquiries::person_id.is_null().or(inquiries::person_id.assume_not_null().ne_all(hidden.people)));
    rows.filter(inquiries::id.ne_all(hidden.inquiries))
}

/// The subjects of lines of the audit log that the caller does not see: of inquiries that are kept from them with a petition, or that name
/// somebody whose data is closed to them.
pub fn unseen(conn: &mut Conn, _: &Node, by: &By) -> Result<Vec<String>> {
    let Hidden { people, inquiries: mut hidden } = Hidden::from(conn, by)?;
    let named = inquiries::table.filter(inquiries::person_id.assume_not_null().eq_any(people));
    hidden.extend(named.order(inquiries::id).select(inquiries::id).load::<Id>(conn)?);
    Ok(hidden.into_iter().map(path).collect())
}

/// Those of a queue.
fn queue<'a>(
    rows: inquiries::BoxedQuery<'a, Backend>,
    name: Option<InquiryQueue>,
    now: Moment,
) -> inquiries::BoxedQuery<'a, Backend> {
    let Some(name) = name else { return rows };
    let open = inquiries::status.eq(InquiryStatus::Open);
    match name {
        InquiryQueue::ToAnswer => rows.filter(open),
        InquiryQueue::Overdue => rows.filter(open).filter(inquiries::due_at.lt(now)),
        InquiryQueue::ToCheck => rows.filter(inquiries::status.eq(InquiryStatus::Answered)),
        InquiryQueue::ToRecheck => {
            let answered = inquiries::status.eq_any([InquiryStatus::Answered, InquiryStatus::Checked]);
            rows.filter(answered).filter(inquiries::recheck_at.is_not_null())
        }
    }
}

/// A page of the inquiries that match, the newest first.
pub fn list(conn: &mut Conn, by: &By, filter: &InquiryFilter, paging: &Paging) -> Result<Page<Inquiry>> {
    let hidden = Hidden::from(conn, by)?;
    let matching = || -> inquiries::BoxedQuery<'_, Backend> {
        let rows = queue(within(by, hidden.clone()), filter.queue, by.now);
        rows.narrow(filter.status, |status| inquiries::status.eq(status))
            .narrow(filter.channel, |channel| inquiries::channel.eq(channel))
            .narrow(filter.topic, |topic| inquiries::topic.eq(topic))
            .narrow(filter.cites_id, |answer| {
                inquiries::id.eq_any(cited::table.filter(cited::answer_id.eq(answer)).select(cited::inquiry_id))
            })
            .narrow(filter.from, |day| inquiries::asked_at.ge(Moment::start_of(day)))
            .narrow(filter.to, |day| inquiries::asked_at.lt(Moment::end_of(day)))
    };
    read_page!(conn, paging, matching, inquiries::id desc, Inquiry)
}
