//! Whom a booking or a place on the waiting list is about.

use super::bookings::store::PROXY_SCOPE;
use super::services::Channel;
use super::waitlist;
use crate::auth::{By, Reach};
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result, Text};
use crate::node::Node;
use crate::people::chosen::{self, ByRecord};
use crate::people::facts::{Rank, Word};
use crate::people::protection;
use crate::people::store::{Named, Registered};
use crate::people::{self, KnownBy, PersonInput, names};

/// The person a request is about.
pub struct Applicant {
    pub id: Id,
    /// Name and number as shown, where the person is new and need not be read back.
    masks: Option<(String, KnownBy)>,
}

impl Applicant {
    pub fn known(id: Id) -> Self {
        Self { id, masks: None }
    }

    pub fn masks(self, conn: &mut Conn, node: &Node) -> Result<(String, KnownBy)> {
        self.masks.map_or_else(|| people::store::masked(conn, &node.vault, self.id), Ok)
    }
}

/// The person a request is about: named by staff, the principal of a proxy, else the caller. What staff are told says
/// nothing of the register. At the counter they see whom it is about; whoever only telephones or writes is kept as they call
/// themselves, so that nobody can book, or stay away, to another's account.
pub fn person_of(tx: &mut Tx, node: &Node, by: &By, (channel, named): (Channel, Option<&PersonInput>)) -> Result<Applicant> {
    if by.reach >= Reach::Office {
        let person = named.ok_or_else(|| Error::field("/person", "required", Text::new("請填申請人", "name the person")))?;
        person.national_id.require_human("/person")?;
        let source = format!("requests/{}", tx.origin().trace_id);
        let word = Word { rank: Rank::Claimed, source, paper: None, actor: by.caller.name(), now: by.now };
        let named = Named { name: person.name.as_str(), number: &person.national_id, birth_on: None };
        if channel != Channel::Counter {
            chosen::refuse(person.person_id, "/person")?;
            let id = people::store::claim(tx, &node.vault, &word, channel.as_str(), named)?;
            return Ok(Applicant::known(id));
        }
        protection::require_open(tx, &node.vault, by, [&person.national_id])?;
        let by_record = ByRecord { said: person.person_id, kept: None };
        let (id, new) = match chosen::find(tx, &node.vault, (named, "/person"), by_record)? {
            Some(known) => people::store::hear(tx, &node.vault, &word, &known, named).map(|record| (record, false))?,
            None => people::store::note(tx, &node.vault, &word, named)?,
        };
        people::holding::require_living(tx, id, &person.national_id.pointer("/person"))?;
        let masks = new.then(|| (people::mask_name(person.name.as_str()), KnownBy::masked(&person.national_id)));
        return Ok(Applicant { id, masks });
    }
    let own = by.caller.own_record();
    let Some(person) = named else {
        let own = own.ok_or_else(|| Error::field("/person", "required", Text::new("請填委託人", "name the principal")));
        return own.map(Applicant::known);
    };
    chosen::refuse(person.person_id, "/person")?;
    let text = Text::new("查無您對此人之有效委託書", "you hold no valid letter of proxy for this person");
    let found = people::store::represented_as(tx, &node.vault, by, PROXY_SCOPE, &person.national_id)?;
    found.map(Applicant::known).ok_or_else(|| Error::field(person.national_id.pointer("/person"), "no_letter_of_proxy", text))
}

/// Whoever is named to staff and was offered this very slot from the waiting list: they take it by whichever channel.
pub fn offered(tx: &mut Tx, node: &Node, by: &By, slot: &str, named: Option<&PersonInput>) -> Result<Option<Id>> {
    let Some(person) = named.filter(|_| by.reach >= Reach::Office) else { return Ok(None) };
    let is_meant =
        |one: &Registered| person.person_id.is_none_or(|id| one.has(id)) && names::passes_for(&one.name, person.name.as_str());
    for one in people::numbers::held(tx, &node.vault, &person.national_id)?.into_iter().filter(is_meant) {
        let offered = waitlist::offered(tx, one.id, slot)?;
        if offered.is_some() {
            return Ok(offered);
        }
    }
    Ok(None)
}
