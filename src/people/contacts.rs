//! How to reach somebody in a matter: one piece for bookings, the waiting list, cases and certificates, each by its record.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::found_by::put_phones;
use super::text::mask_address;
use super::{Email, Note, Phone, Reason, store};
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Error, Result, Text};
use crate::schema::{contact_phones, contacts};
use crate::secrets::vault::Vault;
use crate::{prepared, text_enum};

text_enum! {
    /// The language in which somebody wants to be spoken to.
    pub enum SpokenLanguage {
        Mandarin = "MANDARIN",
        Taiwanese = "TAIWANESE",
        Hakka = "HAKKA",
        /// A language of the indigenous peoples
        Indigenous = "INDIGENOUS",
        /// Taiwan Sign Language: not by telephone
        Sign = "SIGN",
        English = "ENGLISH",
        Vietnamese = "VIETNAMESE",
        Indonesian = "INDONESIAN",
        Thai = "THAI",
        Filipino = "FILIPINO",
        Burmese = "BURMESE",
        Khmer = "KHMER",
        Japanese = "JAPANESE",
        Korean = "KOREAN",
        Other = "OTHER",
    }
}

/// How to reach the person; at least one way, or the reason why there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone": "0912345678", "language": "TAIWANESE"}))]
pub struct Contact {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Where else to call, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 3)]
    pub other_phones: Vec<Phone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Address for delivery (送達): where post reaches the person, of whichever country; a post-office box is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200)]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<SpokenLanguage>,
    /// Why the person cannot be reached.
    #[schema(min_length = 1, max_length = 200)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub none_reason: Option<String>,
}

impl Contact {
    /// At least one way, or a reason.
    pub fn check(&self) -> Result<()> {
        let ways = [self.phone.is_some(), self.email.is_some(), self.address.is_some(), self.none_reason.is_some()];
        if ways.contains(&true) || !self.other_phones.is_empty() {
            return Ok(());
        }
        let text = Text::new(
            "請填 phone、email 或 address，或於 none_reason 說明無聯絡方式之原因",
            "give phone, email or address, or the reason in none_reason",
        );
        Err(Error::field("/contact", "required", text))
    }

    /// As it is shown: whole to whoever has said it and by a logged reveal, else with its middles hidden.
    pub fn shown(&self, whole: bool) -> ShownContact {
        let phone = |phone: &Phone| if whole { phone.expose().to_owned() } else { phone.masked() };
        let email = |email: &Email| if whole { email.expose().to_owned() } else { email.masked() };
        let address = |address: &String| if whole { address.clone() } else { mask_address(address) };
        ShownContact {
            phone: self.phone.as_ref().map(phone),
            other_phones: self.other_phones.iter().map(phone).collect(),
            email: self.email.as_ref().map(email),
            address: self.address.as_ref().map(address),
            language: self.language,
            none_reason: self.none_reason.clone(),
            masked: !whole,
        }
    }
}

/// Refuses a contact that names no way and no reason, where one is given.
pub fn check(contact: Option<&Contact>) -> Result<()> {
    contact.map_or(Ok(()), Contact::check)
}

/// How to reach somebody, as it is shown: whole to whoever it is about or has said it, to staff masked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShownContact {
    /// In E.164 where it is whole.
    #[schema(max_length = 40)]
    pub phone: Option<String>,
    #[schema(max_items = 3)]
    pub other_phones: Vec<String>,
    #[schema(max_length = 254)]
    pub email: Option<String>,
    #[schema(max_length = 203)]
    pub address: Option<String>,
    pub language: Option<SpokenLanguage>,
    #[schema(max_length = 200)]
    pub none_reason: Option<String>,
    /// Middles are hidden; `:reveal-contact` of the record shows them to whoever must call, and is logged.
    pub masked: bool,
}

/// How to reach somebody from now on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"contact": {"phone": "0912345678", "language": "TAIWANESE"}, "reason": "當事人來電更正"}))]
pub struct ContactChange {
    /// In place of all that was given before.
    pub contact: Contact,
    /// Why; required of staff.
    reason: Option<Note>,
}

impl ContactChange {
    /// The reason, where whoever changes it need give one.
    pub fn reason(&self, by: &By) -> Result<&str> {
        let reason = self.reason.as_ref().map(Note::as_str);
        if reason.is_none() && by.reach != Reach::Own {
            return Err(Error::field("/reason", "required", Text::new("請敘明更正原因", "say why it is changed")));
        }
        Ok(reason.unwrap_or(""))
    }

    /// Puts the contact of a record in the place of what was given before, and tells that it was done.
    pub fn put(&self, tx: &mut Tx, vault: &Vault, by: &By, of: &Matter<'_>) -> Result<()> {
        self.contact.check()?;
        let reason = self.reason(by)?;
        put(tx, vault, of.record, &self.contact)?;
        let changed = if of.withheld {
            Record::read(of.changed, of.record.to_owned(), "")
        } else {
            Record::change(of.changed, of.record.to_owned(), json!({}))
        };
        tx.record(changed.about(of.person).because(reason));
        Ok(())
    }
}

/// A record, and whom to reach in it.
pub struct Matter<'a> {
    pub record: &'a str,
    pub person: Id,
    /// How the journal tells that the contact was changed, and that it was shown whole.
    pub changed: &'static str,
    pub revealed: &'static str,
    /// What is shown then.
    pub shows: &'static str,
    /// Nothing of it goes into the feed, where a gap would tell of it.
    pub withheld: bool,
}

/// What is shown whole of a matter to whoever must call.
pub const NAME_AND_CONTACT: &str = "name,contact";

/// Whom to call, and how.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"name": "王明華", "contact": {
    "phone": "+886912345678", "other_phones": [], "email": null, "address": null, "language": "TAIWANESE", "none_reason": null, "masked": false
}}))]
pub struct RevealedContact {
    #[schema(max_length = 100)]
    name: String,
    /// `null` where nobody has said how to reach them.
    contact: Option<ShownContact>,
}

/// Shows the contact of a record whole, with the name of whom to ask for: logged with the reason.
pub fn reveal(tx: &mut Tx, vault: &Vault, of: &Matter<'_>, why: &Reason) -> Result<RevealedContact> {
    let (name, _) = store::open(tx, vault, of.person)?;
    let contact = self::of(tx, vault, of.record)?;
    let read = Record::read(of.revealed, of.record.to_owned(), of.shows).about(of.person);
    tx.record(read.because(why.as_str()));
    Ok(RevealedContact { name, contact: contact.map(|contact| contact.shown(true)) })
}

/// Whether the contact of a matter is the caller's own to read and to change from outside the office: the matter is theirs, or
/// they have brought it.
pub fn is_own(by: &By, person: Id, made: (&str, Moment)) -> bool {
    by.reach == Reach::Own && (by.caller.own_records().contains(&person) || by.caller.did(made))
}

fn identity(record: &str) -> String {
    format!("{record}/contact")
}

/// Keeps how to reach somebody in a record's matter, in place of what was kept before.
pub fn put(tx: &mut Tx, vault: &Vault, record: &str, contact: &Contact) -> Result<()> {
    let body = vault.seal_json(&identity(record), contact)?;
    let phones = Some(put_phones(tx, vault, record, contact)?);
    let row = (contacts::record.eq(record), contacts::body.eq(&body), contacts::phones.eq(phones));
    let made = prepared!(&mut **tx, diesel::insert_into(contacts::table).values(row).on_conflict_do_nothing(), execute)?;
    if made == 0 {
        let set = (contacts::body.eq(&body), contacts::phones.eq(phones));
        diesel::update(contacts::table.find(record)).set(set).execute(&mut **tx)?;
    }
    Ok(())
}

/// Forgets how to reach somebody in a record's matter, and by which numbers it is found.
pub fn forget(tx: &mut Tx, record: &str) -> Result<()> {
    diesel::delete(contact_phones::table.filter(contact_phones::record.eq(record))).execute(&mut **tx)?;
    diesel::delete(contacts::table.find(record)).execute(&mut **tx)?;
    Ok(())
}

/// How to reach somebody in a record's matter, where it was said.
pub fn of(conn: &mut Conn, vault: &Vault, record: &str) -> Result<Option<Contact>> {
    Ok(of_all(conn, vault, &[record.to_owned()])?.remove(record))
}

/// The same of many records, by record.
pub fn of_all(conn: &mut Conn, vault: &Vault, records: &[String]) -> Result<HashMap<String, Contact>> {
    let kept = contacts::table.filter(contacts::record.eq_any(records)).select((contacts::record, contacts::body));
    let rows: Vec<(String, String)> = kept.load(conn)?;
    let open = |(record, body): (String, String)| {
        let contact = vault.open_json(&identity(&record), body)?;
        Ok((record, contact))
    };
    rows.into_iter().map(open).collect()
}
