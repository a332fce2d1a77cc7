//! What the register already says of the people of an application: names, days of birth, letters of proxy, earlier
//! changes; and the people whom it does not know yet.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;

use super::CaseSettings;
use super::beside;
use super::capacity::Roles;
use super::case::{Case, Party};
use super::circumstances;
use super::fields::{CaseFields, Form, PartyRole};
use super::input::{CaseInput, PartyInput, ProxyInput};
use super::meant::Meant;
use super::seals;
use super::states::CaseStatus;
use super::status::Placed;
use super::store;
use super::types::model::CaseType;
use crate::accounts::external::{self, ExternalSettings};
use crate::auth::standing::letter_for;
use crate::auth::{By, Reach};
use crate::calendar::PartialDate;
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result, Text};
use crate::node::Node;
use crate::people::chosen;
use crate::people::facts::{Rank, Word};
use crate::people::protection;
use crate::people::store::{Named, Registered};
use crate::people::{self, Identifier, Name, joins, names};
use crate::scheduling::services::Channel;
use crate::schema::cases;
use crate::states::require_anothers;

/// What the register knows of the people of an application, by number; nobody under a number that was looked up in vain.
/// Whoever applies for themselves meets only themselves and their principals in it: others are as they are named.
#[derive(Default)]
pub struct Known(BTreeMap<String, Option<Registered>>);

fn named<'a>(number: &'a Identifier, name: &'a Name, birth_on: Option<PartialDate>) -> Named<'a> {
    Named { name: name.as_str(), number, birth_on }
}

/// Those who are named, by their numbers.
fn numbers(input: &CaseInput) -> BTreeMap<String, Named<'_>> {
    let parties = input.parties.iter().map(|party| named(&party.national_id, &party.name, party.birth_on));
    let applicant = named(&input.applicant.national_id, &input.applicant.name, None);
    let others = input.proxy.iter().map(|proxy| named(&proxy.national_id, &proxy.name, None)).chain([applicant]);
    // The applicant is mostly one of the parties: each number is looked up once, found or not.
    others.chain(parties).map(|named| (named.number.expose(), named)).collect()
}

impl Known {
    pub fn of(conn: &mut Conn, node: &Node, by: &By, input: &CaseInput) -> Result<Self> {
        if by.reach == Reach::Own {
            input.refuse_records()?;
        }
        let mut known = BTreeMap::new();
        for (text, named) in numbers(input) {
            let number = named.number;
            let person = match by.reach {
                Reach::Own => match people::store::represented_as(conn, &node.vault, by, store::PROXY_SCOPE, number)? {
                    Some(id) => Some(people::store::record(conn, &node.vault, id, number)?),
                    None => None,
                },
                _ => {
                    let (of, by_record) = input.by_record(number);
                    chosen::find(conn, &node.vault, (named, &of), by_record)?
                }
            };
            known.insert(text, person);
        }
        Ok(Self(known))
    }

    /// Those whom a case means that was accepted, each by what it names them by: the records that it keeps.
    pub fn kept(conn: &mut Conn, node: &Node, input: &CaseInput) -> Result<Self> {
        let ids: Vec<Id> = input.kept.iter().map(|(_, id)| *id).collect();
        let joined = people::joins::records_of(conn, &ids)?;
        let mut known = BTreeMap::new();
        for (number, id) in &input.kept {
            let record = joined.get(id).copied().unwrap_or(*id);
            known.insert(number.expose(), Some(people::store::record(conn, &node.vault, record, number)?));
        }
        Ok(Self(known))
    }

    /// The register as whoever is not signed in meets it: closed.
    pub fn closed(input: &CaseInput) -> Result<Self> {
        input.refuse_records().map(|()| Self::default())
    }

    /// Refuses staff a matter of their own, before the rules of intake ask the register for anything; and one of whom they are barred
    /// from before anybody is looked up by name; and of whom those live with.
    pub fn of_others(conn: &mut Conn, node: &Node, by: &By, input: &CaseInput) -> Result<Self> {
        protection::require_open(conn, &node.vault, by, numbers(input).into_values().map(|named| named.number))?;
        let known = Self::of(conn, node, by, input)?;
        let met: Vec<Id> = known.0.values().flatten().map(|person| person.id).collect();
        require_anothers(conn, by, &met)?;
        beside::require_open(conn, node, by, &met)?;
        Ok(known)
    }

    /// Makes whoever else acts on the people of an application wait, before anything is looked up of them.
    pub fn own(tx: &mut Tx, node: &Node, input: &CaseInput) -> Result<()> {
        people::numbers::own_numbers(tx, &node.vault, numbers(input).into_values().map(|named| named.number))?;
        store::own_named(tx, &node.vault, &input.fields)
    }

    pub fn person(&self, number: &Identifier) -> Option<&Registered> {
        self.0.get(&number.expose())?.as_ref()
    }

    pub fn id(&self, number: &Identifier) -> Option<Id> {
        self.person(number).map(|person| person.id)
    }

    /// Those of an application whom the register knows, each with its place.
    pub fn placed(&self, input: &CaseInput) -> Vec<Placed> {
        let parties = input.parties.iter().enumerate();
        parties.filter_map(|(n, party)| Some((n, party.role, self.id(&party.national_id)?))).collect()
    }

    /// Whom an application means, with those of its parties whom the register knows.
    pub fn meant<'a>(&self, input: &CaseInput, parties: &'a [Placed]) -> Meant<'a> {
        let proxy = input.proxy.as_ref().and_then(|proxy| self.id(&proxy.national_id));
        Meant { parties, applicant: self.id(&input.applicant.national_id), proxy }
    }

    /// The people of an application as the rules of capacity see them.
    pub fn roles<'a>(&self, input: &'a CaseInput, parties: &'a [Placed], day: NaiveDate, of: Option<Id>) -> Roles<'a> {
        Roles::of_input(input, (self.id(&input.applicant.national_id), parties), day, of)
    }

    /// The application with the days of birth that the office knows: a day that it has seen goes before what is said.
    pub fn completed(&self, input: &CaseInput) -> CaseInput {
        let mut input = input.clone();
        for party in &mut input.parties {
            let part = (input.type_code.as_str(), party.role);
            party.birth_on = circumstances::birth_on(part, party.birth_on, self.person(&party.national_id));
        }
        input
    }

    /// Puts the register's form of the old name in the place of the one that was typed, so that it is what a revocation
    /// restores.
    pub fn enter_old_name(&self, input: &mut CaseInput) {
        if Form::of_type(&input.type_code) != Form::Name {
            return;
        }
        let subject = input.parties.iter().find(|party| party.role == PartyRole::Subject);
        let registered = subject.and_then(|party| self.person(&party.national_id)).map(|person| &person.name);
        if let (Some(registered), Some(Value::String(typed))) = (registered, input.fields.get_mut("old_name"))
            && names::passes_for(registered, typed)
        {
            typed.clone_from(registered);
        }
    }

    /// Where the application writes a name with variants of the register's characters.
    pub fn variant_names(&self, input: &CaseInput) -> Vec<String> {
        let parties = input.parties.iter().enumerate();
        let parties = parties.map(|(index, party)| (format!("/parties/{index}/name"), &party.national_id, &party.name));
        let one = &input.applicant;
        let applicant = [("/applicant/name".to_owned(), &one.national_id, &one.name)];
        let proxy = input.proxy.iter().map(|one| ("/proxy/name".to_owned(), &one.national_id, &one.name));
        let varies = |(pointer, number, given): (String, &Identifier, &Name)| {
            let likeness = names::compare(&self.person(number)?.name, given.as_str());
            (likeness == names::Likeness::Variants).then_some(pointer)
        };
        parties.chain(applicant).chain(proxy).filter_map(varies).collect()
    }

    fn meet(&mut self, tx: &mut Tx, node: &Node, by: &By, word: &Word<'_>, named: Named<'_>) -> Result<Id> {
        let (text, vault) = (named.number.expose(), &node.vault);
        let id = match self.0.get(&text) {
            Some(Some(person)) if by.reach == Reach::Own => return Ok(person.id),
            Some(Some(person)) => return people::store::hear(tx, vault, word, person, named),
            _ if by.reach == Reach::Own => people::store::claim(tx, vault, word, &word.actor, named)?,
            Some(None) => people::store::note(tx, vault, word, named)?.0,
            None => people::store::meet(tx, vault, word, named)?.0,
        };
        self.0.insert(text, Some(people::store::as_named(id, named, word.rank)));
        Ok(id)
    }

    /// Everybody of an application by id; those whom the register does not know are noted.
    pub fn people(mut self, tx: &mut Tx, node: &Node, by: &By, word: &Word<'_>, input: &CaseInput) -> Result<People> {
        let mut parties = Vec::with_capacity(input.parties.len());
        let old_name = Form::of_type(&input.type_code) == Form::Name;
        let old_name: Option<Name> =
            input.fields.get("old_name").filter(|_| old_name).and_then(|name| name.as_str()?.parse().ok());
        for party in &input.parties {
            // What changes is the name itself: the old one stands in the fields.
            let name = old_name.as_ref().filter(|_| party.role == PartyRole::Subject).unwrap_or(&party.name);
            let named = Named { name: name.as_str(), number: &party.national_id, birth_on: party.birth_on };
            parties.push(Party { role: party.role, person_id: self.meet(tx, node, by, word, named)? });
        }
        let mut other =
            |name: &Name, number| self.meet(tx, node, by, word, Named { name: name.as_str(), number, birth_on: None });
        // What an applicant who is a party is called has been said of the party.
        let one = &input.applicant;
        let is_applicant = |party: &PartyInput| party.national_id == one.national_id && party.name == one.name;
        let place = input.parties.iter().position(is_applicant).filter(|_| old_name.is_none());
        let applicant = match place.and_then(|place| parties.get(place)) {
            Some(party) => party.person_id,
            None => other(&one.name, &one.national_id)?,
        };
        let proxy = input.proxy.as_ref().map(|one| other(&one.name, &one.national_id)).transpose()?;
        Ok(People { parties, applicant, proxy })
    }
}

/// By whose word a record names people: at the counter a clerk has their papers at hand.
pub fn word<'a>(by: &By, source: String, channel: Channel) -> Word<'a> {
    let seen = by.reach != Reach::Own && channel == Channel::Counter;
    let rank = if seen { Rank::Seen } else { Rank::Claimed };
    Word { rank, source, paper: None, actor: by.caller.name(), now: by.now }
}

/// Names and numbers by person.
pub type Faces = BTreeMap<Id, (String, Identifier)>;

/// The people of an application by id.
pub struct People {
    pub parties: Vec<Party>,
    pub applicant: Id,
    pub proxy: Option<Id>,
}

impl People {
    /// Everybody.
    pub fn all(&self) -> Vec<Id> {
        self.parties.iter().map(|party| party.person_id).chain([self.applicant]).chain(self.proxy).collect()
    }

    /// Those whose case it is, but for those whom nothing finds in another one.
    pub fn principals(&self, input: &CaseInput) -> Vec<Id> {
        let named = self.parties.iter().zip(&input.parties).filter(|(_, given)| given.national_id.finds());
        named.filter(|(party, _)| party.role.is_principal()).map(|(party, _)| party.person_id).collect()
    }
}

/// Puts into the application whoever applies for somebody else, with the letter that the office has on record.
pub fn name_proxy(conn: &mut Conn, node: &Node, by: &By, input: &mut CaseInput, applicant: Id) -> Result<()> {
    let Some(account) = by.caller.account().filter(|account| account.person_id != Some(applicant)) else { return Ok(()) };
    let letter = letter_for(conn, account.id, (applicant, store::PROXY_SCOPE), by.now.date())?;
    let Some(dated_on) = letter.map(|letter| letter.valid_from) else { return Ok(()) };
    let given = input.proxy.take();
    let Some(person) = account.person_id else {
        let text = Text::new("代理人帳號未登記身分，請填代理人", "the proxy's account names no person: say who applies");
        let proxy = given.ok_or_else(|| Error::field("/proxy", "required", text))?;
        input.proxy = Some(ProxyInput { dated_on, ..proxy });
        return Ok(());
    };
    let (name, national_id) = people::store::open(conn, &node.vault, person)?;
    let is_own =
        given.as_ref().map_or(Ok(true), |proxy| people::numbers::is_of(conn, &node.vault, person, &proxy.national_id))?;
    if !is_own {
        let text = Text::new("代理人須為登入者本人", "the proxy is whoever is signed in");
        let pointer = given.map_or_else(String::new, |proxy| proxy.national_id.pointer("/proxy"));
        return Err(Error::field(pointer, "not_allowed", text));
    }
    let reason = match given {
        Some(proxy) => proxy.reason,
        None => "依委託書代為申請".parse().map_err(|_| Error::Internal("this note is none".to_owned()))?,
    };
    input.proxy = Some(ProxyInput { name: Name::from_register(name), national_id, reason, dated_on, person_id: None });
    Ok(())
}

/// Whether somebody applies online by a strong log-in only (戶籍法 §28), where people can log in so.
pub fn asks_strong_log_in(node: &Node, case_type: &CaseType) -> bool {
    let by_law = node.config.of::<CaseSettings>().asks_strong_log_in(case_type);
    by_law && node.config.of::<ExternalSettings>().issuer.is_some()
}

/// Refuses whoever applies for themselves or a principal by a weaker log-in than the type asks for.
pub fn require_strong_log_in(node: &Node, by: &By, case_type: &CaseType) -> Result<()> {
    let asked = by.reach == Reach::Own && asks_strong_log_in(node, case_type);
    if asked { external::require_strong_log_in(node, by) } else { Ok(()) }
}

/// How often a person's name was changed for a special reason, before a case that changes it.
pub fn special_changes(conn: &mut Conn, node: &Node, form: Form, person: Option<Id>, of: Option<&Case>) -> Result<u8> {
    let Some(person) = person.filter(|_| form == Form::Name) else { return Ok(0) };
    let records = joins::records(conn, person)?;
    let mut query = cases::table
        .filter(cases::person_id.eq_any(records))
        .filter(cases::type_code.like("NAME%"))
        .filter(cases::status.eq_any([CaseStatus::Registered, CaseStatus::Corrected]))
        .into_boxed();
    if let Some(case) = of {
        query = query.filter(cases::id.ne(case.id.to_string()));
        if let Some(at) = case.registered_at {
            query = query.filter(cases::registered_at.lt(at));
        }
    }
    let mut count = 0u8;
    for case in query.select(Case::as_select()).load(conn)? {
        let fields = CaseFields::kept(Form::Name, &store::open_fields(&node.vault, &case)?)?;
        let special = matches!(fields, CaseFields::Name(names) if names.reason.counts(&case.type_code));
        count = count.saturating_add(u8::from(special));
    }
    Ok(count)
}

/// Refuses what the register must hold before it can be certified.
pub fn require_entry(conn: &mut Conn, case_type: &CaseType, (input, subject): (&CaseInput, Option<Id>)) -> Result<()> {
    if case_type.rules.form != Form::SealCertificate {
        return Ok(());
    }
    seals::require_seal(conn, subject, &format!("/parties/{}/national_id", input.about()))
}
