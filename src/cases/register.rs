//! What the register already says of the people of an application: names, days of birth, letters of proxy, earlier
//! changes; and the people whom it does not know yet.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde_json::Value;

use super::case::{Case, Party};
use super::fields::{CaseFields, Findings, Form, NameReason, PartyRole};
use super::input::{CaseInput, ProxyInput};
use super::seals;
use super::states::CaseStatus;
use super::store;
use super::types::model::CaseType;
use crate::auth::By;
use crate::calendar::PartialDate;
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result, Text};
use crate::node::Node;
use crate::people::store::Registered;
use crate::people::{self, IdNumber, Name, names};
use crate::schema::cases;

/// What the register knows of the people of an application, by number; nobody under a number that was looked up in vain.
#[derive(Default)]
pub struct Known(BTreeMap<String, Option<Registered>>);

impl Known {
    pub fn of(conn: &mut Conn, node: &Node, input: &CaseInput) -> Result<Self> {
        let parties = input.parties.iter().map(|party| &party.national_id);
        let others = input.proxy.iter().map(|proxy| &proxy.national_id).chain([&input.applicant.national_id]);
        // The applicant is mostly one of the parties: each number is looked up once, found or not.
        let numbers: BTreeMap<&str, &IdNumber> = parties.chain(others).map(|number| (number.expose(), number)).collect();
        let mut known = BTreeMap::new();
        for (text, number) in numbers {
            known.insert(text.to_owned(), people::store::known(conn, &node.vault, number)?);
        }
        Ok(Self(known))
    }

    /// Makes whoever else acts on the people of an application wait, before anything is looked up of them.
    pub fn own(tx: &mut Tx, node: &Node, input: &CaseInput) -> Result<()> {
        let parties = input.parties.iter().map(|party| &party.national_id);
        let others = input.proxy.iter().map(|proxy| &proxy.national_id).chain([&input.applicant.national_id]);
        people::store::own_numbers(tx, &node.vault, parties.chain(others))
    }

    fn person(&self, number: &IdNumber) -> Option<&Registered> {
        self.0.get(number.expose())?.as_ref()
    }

    pub fn id(&self, number: &IdNumber) -> Option<Id> {
        self.person(number).map(|person| person.id)
    }

    /// The name in the register, or the one given for somebody whom it does not know.
    fn name<'a>(&'a self, number: &IdNumber, given: &'a Name) -> &'a str {
        self.person(number).map_or(given.as_str(), |person| &person.name)
    }

    /// Refuses a name that is not the register's. The words are the same for everybody: they tell nothing.
    pub fn check_names(&self, input: &CaseInput, form: Option<&CaseFields>) -> Result<()> {
        let mut findings = Findings::default();
        let mut check = |pointer: &str, registered: &str, given: &Name| {
            if !names::passes_for(registered, given.as_str()) {
                let text = ("姓名與統一編號不符", "name and number do not match");
                findings.add(pointer, "name_mismatch", "", text.0, text.1);
            }
        };
        for (index, party) in input.parties.iter().enumerate() {
            let registered = self.name(&party.national_id, &party.name);
            match form {
                // What changes is the name itself: the old one stands in the fields.
                Some(CaseFields::Name(names)) if party.role == PartyRole::Subject => {
                    check("/fields/old_name", registered, &names.old_name);
                }
                _ => check(&format!("/parties/{index}/name"), registered, &party.name),
            }
        }
        let applicant = &input.applicant;
        check("/applicant/name", self.name(&applicant.national_id, &applicant.name), &applicant.name);
        if let Some(proxy) = &input.proxy {
            check("/proxy/name", self.name(&proxy.national_id, &proxy.name), &proxy.name);
        }
        findings.into_result()
    }

    /// Fills in what the office knows already: days of birth, and how the register writes the name that is to change.
    pub fn complete(&self, conn: &mut Conn, node: &Node, input: &mut CaseInput) -> Result<()> {
        self.enter_old_name(input);
        for party in input.parties.iter_mut().filter(|party| party.birth_on.is_none()) {
            if let Some(id) = self.id(&party.national_id) {
                party.birth_on = people::store::birth_on(conn, &node.vault, id)?;
            }
        }
        Ok(())
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
        let varies = |(pointer, number, given): (String, &IdNumber, &Name)| {
            let likeness = names::compare(&self.person(number)?.name, given.as_str());
            (likeness == names::Likeness::Variants).then_some(pointer)
        };
        parties.chain(applicant).chain(proxy).filter_map(varies).collect()
    }

    fn find_or_note(&mut self, tx: &mut Tx, node: &Node, by: &By, person: (&Name, &IdNumber), birth: Birth) -> Result<Id> {
        let (name, number) = person;
        let id = match self.0.get(number.expose()) {
            Some(Some(person)) => return Ok(person.id),
            Some(None) => people::store::note(tx, &node.vault, name.as_str(), number, birth, by.now)?.0,
            None => return people::store::find_or_create(tx, &node.vault, name.as_str(), number, birth, by.now),
        };
        let noted = Registered { id, name: name.as_str().to_owned(), number: number.clone(), is_current: true };
        self.0.insert(number.expose().to_owned(), Some(noted));
        Ok(id)
    }

    /// Everybody of an application by id; those whom the register does not know are noted.
    pub fn people(mut self, tx: &mut Tx, node: &Node, by: &By, input: &CaseInput) -> Result<People> {
        let mut parties = Vec::with_capacity(input.parties.len());
        for party in &input.parties {
            let person_id = self.find_or_note(tx, node, by, (&party.name, &party.national_id), party.birth_on)?;
            parties.push(Party { role: party.role, person_id });
        }
        let one = &input.applicant;
        let applicant = self.find_or_note(tx, node, by, (&one.name, &one.national_id), None)?;
        let proxy = match &input.proxy {
            Some(one) => Some(self.find_or_note(tx, node, by, (&one.name, &one.national_id), None)?),
            None => None,
        };
        Ok(People { parties, applicant, proxy, faces: self.faces() })
    }

    /// Those who were named by their number of today, with name and number.
    fn faces(self) -> Faces {
        let current = self.0.into_values().flatten().filter(|person| person.is_current);
        current.map(|person| (person.id, (person.name, person.number))).collect()
    }
}

/// Names and numbers by person.
pub type Faces = BTreeMap<Id, (String, IdNumber)>;

type Birth = Option<PartialDate>;

/// The people of an application by id.
pub struct People {
    pub parties: Vec<Party>,
    pub applicant: Id,
    pub proxy: Option<Id>,
    /// Of those whose name and number are known already.
    pub faces: Faces,
}

impl People {
    /// Those whose case it is.
    pub fn principals(&self) -> Vec<Id> {
        self.parties.iter().filter(|p| p.role.is_principal()).map(|p| p.person_id).collect()
    }
}

/// Puts into the application whoever applies for somebody else, with the letter that the office has on record.
pub fn name_proxy(conn: &mut Conn, node: &Node, by: &By, input: &mut CaseInput, applicant: Id) -> Result<()> {
    let Some(account) = by.caller.account().filter(|account| account.person_id != Some(applicant)) else { return Ok(()) };
    let letter = people::store::letter(conn, account.id, applicant, store::PROXY_SCOPE, by.now.date())?;
    let Some(dated_on) = letter else { return Ok(()) };
    let given = input.proxy.take();
    let Some(person) = account.person_id else {
        let text = Text::new("代理人帳號未登記身分，請填代理人", "the proxy's account names no person: say who applies");
        let proxy = given.ok_or_else(|| Error::field("/proxy", "required", text))?;
        input.proxy = Some(ProxyInput { dated_on, ..proxy });
        return Ok(());
    };
    let (name, national_id) = people::store::open(conn, &node.vault, person)?;
    if given.as_ref().is_some_and(|proxy| proxy.national_id != national_id) {
        let text = Text::new("代理人須為登入者本人", "the proxy is whoever is signed in");
        return Err(Error::field("/proxy/national_id", "not_allowed", text));
    }
    let reason = match given {
        Some(proxy) => proxy.reason,
        None => "依委託書代為申請".parse().map_err(|_| Error::Internal("this note is none".to_owned()))?,
    };
    input.proxy = Some(ProxyInput { name: Name::from_register(name), national_id, reason, dated_on });
    Ok(())
}

/// How often a person's name was changed for a special reason, before a case that changes it.
pub fn special_changes(conn: &mut Conn, node: &Node, form: Form, person: Option<Id>, of: Option<&Case>) -> Result<u8> {
    let Some(person) = person.filter(|_| form == Form::Name) else { return Ok(0) };
    let mut query = cases::table
        .filter(cases::person_id.eq(person.to_string()))
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
        let fields = CaseFields::read(Form::Name, &store::open_fields(&node.vault, &case)?)?;
        let special = matches!(fields, CaseFields::Name(names) if names.reason == NameReason::SpecialReason);
        count = count.saturating_add(u8::from(special));
    }
    Ok(count)
}

/// Refuses what the register must hold before it can be certified.
pub fn require_entry(conn: &mut Conn, case_type: &CaseType, subject: Option<Id>) -> Result<()> {
    if case_type.rules.form != Form::SealCertificate {
        return Ok(());
    }
    seals::require_seal(conn, subject, "/parties/0/national_id")
}
