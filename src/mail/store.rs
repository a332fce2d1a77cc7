//! Mail in the store: its address, text and what came back sealed, and the rows that a caller sees.

use chrono::Duration;
use diesel::prelude::*;

use super::matters::{About, Matters};
use super::model::{Letter, MailOutcome, MailStatus, MailStop};
use super::settings::MailSettings;
use crate::auth::{By, Caller};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow, Tx};
use crate::error::{Code, Error, Result};
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::people::Email;
use crate::schema::mails;
use crate::secrets::vault::Vault;
use crate::{find, save};

/// A mail as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = mails, treat_none_as_null = true)]
pub struct Outgoing {
    pub id: Id,
    pub about: String,
    pub status: MailStatus,
    /// Sealed.
    pub address: String,
    /// Finds what goes to one address.
    pub address_index: String,
    /// Sealed; none once it is emptied.
    pub letter: Option<String>,
    /// How often it was sent at somebody's word, the first time included: each has a `Message-ID` of its own.
    pub round: i32,
    /// Tries of this round that have ended.
    pub attempts: i32,
    pub created_at: Moment,
    /// When this round began.
    pub asked_at: Moment,
    pub next_at: Moment,
    pub lease: Option<String>,
    pub leased_until: Option<Moment>,
    pub sent_at: Option<Moment>,
    pub last_outcome: Option<MailOutcome>,
    pub reply_code: Option<i32>,
    pub bounce_code: Option<String>,
    /// Sealed.
    pub bounce_text: Option<String>,
    /// Why it was stopped. It is not tried any more, also where a node holds it still.
    pub stop: Option<MailStop>,
    /// Sealed.
    pub stop_reason: Option<String>,
    pub version: i32,
}

/// The set of what goes to one address.
pub fn set_of(address_index: &str) -> String {
    format!("mail-addresses/{address_index}")
}

impl About for Outgoing {
    fn id(&self) -> Id {
        self.id
    }

    fn about(&self) -> &str {
        &self.about
    }
}

impl Outgoing {
    /// A new one, which waits.
    pub fn new(tx: &Tx, node: &Node, (about, to, letter): (&str, &Email, &Letter), now: Moment) -> Result<Self> {
        let id = Id::new(now);
        let mut mail = Self {
            id,
            about: about.to_owned(),
            status: MailStatus::Waiting,
            address: String::new(),
            address_index: String::new(),
            letter: Some(node.vault.seal_json(&letter_identity(id), letter)?),
            round: 0,
            attempts: 0,
            created_at: now,
            asked_at: now,
            next_at: now,
            lease: None,
            leased_until: None,
            sent_at: None,
            last_outcome: None,
            reply_code: None,
            bounce_code: None,
            bounce_text: None,
            stop: None,
            stop_reason: None,
            version: 1,
        };
        mail.address_to(tx, &node.vault, to);
        mail.begin(now);
        Ok(mail)
    }

    /// Puts it to the beginning of a round.
    pub fn begin(&mut self, now: Moment) {
        self.round += 1;
        (self.attempts, self.asked_at, self.next_at) = (0, now, now);
        (self.lease, self.leased_until, self.sent_at) = (None, None, None);
        (self.last_outcome, self.reply_code) = (None, None);
        (self.bounce_code, self.bounce_text) = (None, None);
        (self.stop, self.stop_reason) = (None, None);
    }

    /// Whether a node may be handing it over now.
    pub fn is_on_its_way(&self, now: Moment) -> bool {
        self.leased_until.is_some_and(|until| until > now)
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

    pub fn address_to(&mut self, tx: &Tx, vault: &Vault, to: &Email) {
        self.address = tx.seal_text(&self.identity("address"), to.expose());
        self.address_index = vault.blind_index("mails/address", &to.expose().to_ascii_lowercase());
    }

    /// Keeps what came back.
    pub fn bounced(&mut self, tx: &Tx, code: &str, text: Option<&str>) {
        self.bounce_code = Some(code.to_owned());
        self.bounce_text = text.map(|text| tx.seal_text(&self.identity("bounce_text"), text));
    }

    fn identity(&self, member: &str) -> String {
        format!("mails/{}/{member}", self.id)
    }

    pub fn to(&self, vault: &Vault) -> Result<Email> {
        let address = vault.open_text(&self.identity("address"), &self.address)?;
        address.parse().map_err(|_| Error::Internal(format!("{} is no address", self.identity("address"))))
    }

    /// What it says, until that is emptied.
    pub fn open(&self, vault: &Vault) -> Result<Option<Letter>> {
        self.letter.clone().map(|letter| vault.open_json(&letter_identity(self.id), letter)).transpose()
    }

    /// What came back, with the address masked in it.
    pub fn bounce_text(&self, vault: &Vault) -> Result<Option<String>> {
        let Some(kept) = &self.bounce_text else { return Ok(None) };
        let (text, to) = (vault.open_text(&self.identity("bounce_text"), kept)?, self.to(vault)?);
        Ok(Some(masked_within(&text, &to)))
    }
}

/// A text in which an address is masked wherever it stands, in whichever letters.
fn masked_within(text: &str, address: &Email) -> String {
    let (plain, wanted) = (text.to_ascii_lowercase(), address.expose().to_ascii_lowercase());
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for (at, found) in plain.match_indices(&wanted) {
        shown.push_str(&text[from..at]);
        shown.push_str(&address.masked());
        from = at + found.len();
    }
    shown + &text[from..]
}

fn letter_identity(id: Id) -> String {
    format!("mails/{id}/letter")
}

pub fn insert(tx: &mut Tx, mail: &Outgoing) -> Result<()> {
    diesel::insert_into(mails::table).values(mail).execute(&mut **tx)?;
    Ok(())
}

pub fn save(tx: &mut Tx, mail: &mut Outgoing) -> Result<()> {
    save!(tx, mails, mail)
}

/// Deletes all mail about a record.
pub fn forget(tx: &mut Tx, about: &str) -> Result<()> {
    diesel::delete(mails::table.filter(mails::about.eq(about))).execute(&mut **tx)?;
    Ok(())
}

/// A mail, whoever asks.
pub fn by_id(conn: &mut Conn, id: Id) -> Result<Option<Outgoing>> {
    Ok(find!(conn, mails::table.find(id).select(Outgoing::as_select()))?)
}

/// The record that a mail is about.
pub fn about(conn: &mut Conn, id: Id) -> Result<Option<String>> {
    Ok(mails::table.find(id).select(mails::about).first(conn).optional()?)
}

/// A mail about a record that the caller sees; any, where a machine of the relay's calls, which is shown no record.
pub fn find(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<Outgoing> {
    let mail = by_id(conn, id)?.ok_or(Code::NOT_FOUND)?;
    let is_machine = matches!(by.caller, Caller::Client(_));
    let seen = is_machine || !node.part::<Matters>().seen(conn, node, by, &[mail.about.as_str()].into())?.is_empty();
    if seen { Ok(mail) } else { Err(Code::NOT_FOUND.into()) }
}

/// What is looked for in the list.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub about: Option<String>,
    pub status: Option<MailStatus>,
}

impl Wanted {
    fn matching(&self) -> mails::BoxedQuery<'_, Backend> {
        mails::table
            .into_boxed()
            .narrow(self.about.as_ref(), |about| mails::about.eq(about))
            .narrow(self.status, |status| mails::status.eq(status))
    }
}

/// A page of the mail that the caller sees, the newest first.
pub fn list(conn: &mut Conn, node: &Node, by: &By, wanted: &Wanted, paging: &Paging) -> Result<Page<Outgoing>> {
    let records = |conn: &mut Conn| -> Result<Vec<String>> { Ok(wanted.matching().select(mails::about).load(conn)?) };
    let rows = |conn: &mut Conn, after: Option<Id>, most: i64| -> Result<Vec<Outgoing>> {
        let rest = wanted.matching().narrow(after, |after| mails::id.lt(after)).order(mails::id.desc());
        Ok(rest.limit(most).select(Outgoing::as_select()).load(conn)?)
    };
    node.part::<Matters>().page(conn, (node, by), paging, records, rows)
}

/// What can be claimed: waiting, due, held by no node, and not stopped.
pub fn due(now: Moment) -> mails::BoxedQuery<'static, Backend> {
    mails::table
        .filter(mails::status.eq(MailStatus::Waiting))
        .filter(mails::stop.is_null())
        .filter(mails::next_at.le(now))
        .filter(mails::leased_until.is_null().or(mails::leased_until.le(now)))
        .into_boxed()
}

/// When what went to an address within the hour went, the first first, and how much is on its way there.
pub fn within_the_hour(conn: &mut Conn, mail: &Outgoing, now: Moment) -> Result<(Vec<Moment>, usize)> {
    let others = || mails::table.filter(mails::address_index.eq(&mail.address_index)).filter(mails::id.ne(mail.id));
    let sent = others().filter(mails::sent_at.gt(now - Duration::hours(1))).order(mails::sent_at);
    let sent: Vec<Option<Moment>> = sent.select(mails::sent_at).load(conn)?;
    let held = others().filter(mails::status.eq(MailStatus::Waiting)).filter(mails::leased_until.gt(now));
    let held: i64 = held.count().get_result(conn)?;
    Ok((sent.into_iter().flatten().collect(), usize::try_from(held).unwrap_or(usize::MAX)))
}

/// Lets a mail wait until a moment.
pub fn put_off(tx: &mut Tx, id: Id, until: Moment) -> Result<()> {
    let change = (mails::next_at.eq(until), mails::version.eq(mails::version + 1));
    diesel::update(mails::table.find(id)).set(change).execute(&mut **tx)?;
    Ok(())
}

/// Claims a mail until a moment, unless another node was quicker, or somebody has stopped it.
pub fn claim(tx: &mut Tx, id: Id, lease: &str, (now, until): (Moment, Moment)) -> Result<bool> {
    let free = mails::leased_until.is_null().or(mails::leased_until.le(now));
    let row = mails::table.find(id).filter(mails::status.eq(MailStatus::Waiting)).filter(mails::stop.is_null()).filter(free);
    let change = (mails::lease.eq(Some(lease)), mails::leased_until.eq(Some(until)), mails::version.eq(mails::version + 1));
    Ok(diesel::update(row).set(change).execute(&mut **tx)? == 1)
}

/// How the outbox stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing {
    pub waiting: i64,
    /// When the mail was asked for that has waited longest.
    pub oldest: Option<Moment>,
    /// Given up or come back, and not yet settled or sent again.
    pub failed: i64,
    pub any_due: bool,
}

pub fn standing(conn: &mut Conn, now: Moment) -> Result<Standing> {
    use diesel::dsl::{count_star, min};
    let waiting = mails::table.filter(mails::status.eq(MailStatus::Waiting));
    let (waiting, oldest) = waiting.select((count_star(), min(mails::asked_at))).first(conn)?;
    let failed = mails::table.filter(mails::status.eq_any([MailStatus::Failed, MailStatus::Bounced]));
    let failed = failed.count().get_result(conn)?;
    let first: Option<Id> = due(now).select(mails::id).first(conn).optional()?;
    Ok(Standing { waiting, oldest, failed, any_due: first.is_some() })
}

/// Mail about a record that waits.
pub fn waiting(conn: &mut Conn, about: &str) -> Result<Vec<Id>> {
    let waiting = mails::table.filter(mails::about.eq(about)).filter(mails::status.eq(MailStatus::Waiting));
    Ok(waiting.order(mails::id).select(mails::id).load(conn)?)
}

/// Empties the text of a mail that no longer waits, and forgets it where the engine holds it still.
pub fn empty_text(tx: &mut Tx, id: Id) -> Result<()> {
    tx.forget_past("mails");
    let mail = mails::table.find(id).filter(mails::status.ne(MailStatus::Waiting));
    let change = (mails::letter.eq(None::<String>), mails::version.eq(mails::version + 1));
    diesel::update(mail).set(change).execute(&mut **tx)?;
    Ok(())
}

/// Removes a mail that no longer waits, and forgets it where the engine holds it still.
pub fn remove(tx: &mut Tx, id: Id) -> Result<()> {
    tx.forget_past("mails");
    diesel::delete(mails::table.find(id).filter(mails::status.ne(MailStatus::Waiting))).execute(&mut **tx)?;
    Ok(())
}

/// Mail about some records that the relay had taken before a moment.
pub fn sent_before(conn: &mut Conn, about: &[String], before: Moment) -> Result<Vec<Id>> {
    let sent = mails::table.filter(mails::about.eq_any(about)).filter(mails::status.eq(MailStatus::Sent));
    Ok(sent.filter(mails::sent_at.lt(before)).order(mails::id).select(mails::id).load(conn)?)
}

fn abandoned(now: Moment) -> mails::BoxedQuery<'static, Backend> {
    let stopped = mails::table.filter(mails::status.eq(MailStatus::Waiting)).filter(mails::stop.is_not_null());
    stopped.filter(mails::leased_until.is_null().or(mails::leased_until.le(now))).into_boxed()
}

/// Whether a mail was stopped while it was on its way, and whoever held it has not come back.
pub fn any_abandoned(conn: &mut Conn, _: &Node, now: Moment) -> Result<bool> {
    let first: Option<Id> = abandoned(now).select(mails::id).first(conn).optional()?;
    Ok(first.is_some())
}

/// Those mails.
pub fn all_abandoned(conn: &mut Conn, now: Moment) -> Result<Vec<Id>> {
    Ok(abandoned(now).order(mails::id).select(mails::id).load(conn)?)
}

fn written_before(node: &Node, now: Moment) -> Moment {
    now - Duration::days(node.config.of::<MailSettings>().text_days)
}

/// Whether a text is kept that must be no longer.
pub fn any_to_empty(conn: &mut Conn, node: &Node, now: Moment) -> Result<bool> {
    let old = mails::table.filter(mails::letter.is_not_null()).filter(mails::status.ne(MailStatus::Waiting));
    let first: Option<Id> =
        old.filter(mails::created_at.lt(written_before(node, now))).select(mails::id).first(conn).optional()?;
    Ok(first.is_some())
}

/// Empties the texts whose time is over.
pub fn empty(tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
    let old = mails::table.filter(mails::letter.is_not_null()).filter(mails::status.ne(MailStatus::Waiting));
    let old = old.filter(mails::created_at.lt(written_before(node, now)));
    let change = (mails::letter.eq(None::<String>), mails::bounce_text.eq(None::<String>), mails::version.eq(mails::version + 1));
    diesel::update(old).set(change).execute(&mut **tx)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_masked_wherever_it_stands() {
        let address: Email = "someone@example.org".parse().unwrap();
        let text = "550 5.1.1 <SomeOne@example.org>: 查無此人 someone@EXAMPLE.org";
        assert_eq!(masked_within(text, &address), "550 5.1.1 <s***@example.org>: 查無此人 s***@example.org");
        assert_eq!(masked_within("no such user", &address), "no such user");
    }
}
