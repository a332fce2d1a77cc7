//! Invented people for trying the office out: accounts of every role, a proxy, integration clients.

pub mod cases;
mod people;

use std::fmt;

use chrono::{Days, NaiveDate};

use crate::accounts::{
    Duty, NamedHolder, NewAccount, NewClient, ProxyScope, add_client, create, insert_letter, insert_proof, seal_holder,
};
use crate::auth::Role;
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::config::Config;
use crate::db::{Id, Tx};
use crate::domain::Domains;
use crate::error::{Error, Result};
use crate::people::facts::{Rank, Word};
use crate::people::store::Named;
use crate::people::{IdNumber, Identifier, mask_name, store};
use crate::schema::accounts;
use crate::secrets::password;
use crate::secrets::vault::{Vault, random_secret};

/// What a newcomer is told once.
pub struct Welcome {
    password: String,
}

impl fmt::Display for Welcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "demo: invented people and data; this is shown once")?;
        writeln!(f, "  accounts  citizen1–9 proxy1 clerk1–4 reviewer1–2 chief1–2 director1 adviser1–2 volunteer1–9 admin1")?;
        writeln!(
            f,
            "  people    a child of citizen7 and citizen8, a deceased person, a foreigner, an organisation: see the README"
        )?;
        writeln!(f, "  clients   county agency-tax agency-land frontend (secret: the password)")?;
        writeln!(f, "  password  {}", self.password)
    }
}

/// Accounts by role: prefix, how many, role, service point.
const STAFF: [(&str, u8, Role); 8] = [
    ("proxy", 1, Role::Proxy),
    ("clerk", 4, Role::Clerk),
    ("reviewer", 2, Role::Reviewer),
    ("chief", 2, Role::Chief),
    ("director", 1, Role::Director),
    ("adviser", 2, Role::Adviser),
    ("volunteer", 9, Role::Volunteer),
    ("admin", 1, Role::Administrator),
];

/// The citizen whose identity is not proven.
const DECLARED: u8 = 9;

const FAMILY: [&str; 9] = ["王", "林", "陳", "黃", "張", "李", "吳", "劉", "蔡"];

/// Fills an empty store; `None` when there are accounts already.
pub fn seed(domains: Domains, tx: &mut Tx, config: &Config, vault: &Vault, now: Moment) -> Result<Option<Welcome>> {
    use diesel::prelude::*;
    let there: i64 = accounts::table.count().get_result(&mut **tx)?;
    if there > 0 {
        return Ok(None);
    }
    let secret = config.demo_password.clone().unwrap_or_else(|| random_secret(9));
    // One hash for all: they share the password, and thirty would take a newcomer's seconds.
    let hash = password::hash(&secret);
    let citizens = (1..=9u8).map(|number| citizen(tx, vault, &hash, number, now)).collect::<Result<Vec<Id>>>()?;
    if let [.., mother, father, _] = citizens.as_slice() {
        people::seed(tx, vault, (*mother, *father), now)?;
    }
    for (prefix, count, role) in STAFF {
        for number in 1..=count {
            let id = staff(tx, vault, &hash, (prefix, number, role), now)?;
            if let (Role::Proxy, Some(principal)) = (role, citizens.first().copied()) {
                proxy(tx, vault, id, number, now)?;
                let today = now.date();
                for scope in [ProxyScope::Booking, ProxyScope::Case] {
                    insert_letter(tx, Id::new(now), (id, principal), scope, (today, today + Days::new(180)), now)?;
                }
            }
        }
    }
    clients(domains, tx, vault, &secret, now)?;
    Ok(Some(Welcome { password: secret }))
}

fn citizen(tx: &mut Tx, vault: &Vault, hash: &str, number: u8, now: Moment) -> Result<Id> {
    let name = format!("{}示範", FAMILY[usize::from(number - 1)]);
    let stem = format!("N{}9900{number}77", 1 + number % 2);
    let id_number = IdNumber::make(&format!("{stem:0<9}"))
        .map(Identifier::from)
        .ok_or_else(|| Error::Internal("a demo number is malformed".to_owned()))?;
    let birth_on = NaiveDate::from_ymd_opt(1960 + i32::from(number) * 4, 5, 4).map(PartialDate::Day);
    let mut account = NewAccount::active(&format!("citizen{number}"), &mask_name(&name), &[Role::Citizen], hash.to_owned());
    let id = Id::new(now);
    account.id = Some(id);
    let owner = format!("accounts/{id}");
    let word = Word { rank: Rank::Claimed, source: owner.clone(), paper: None, actor: owner, now };
    let named = Named { name: &name, number: &id_number, birth_on };
    // The last one has not been to a counter yet.
    if number == DECLARED {
        let claim = store::claim(tx, vault, &word, &word.actor, named)?;
        account.claimed_id = Some(claim);
        create(tx, &account, now)?;
        return Ok(claim);
    }
    let seen = Word { rank: Rank::Seen, ..word };
    let (person, _) = store::meet(tx, vault, &seen, named)?;
    create(tx, &account, now)?;
    insert_proof(tx, id, person, now)?;
    Ok(person)
}

/// Gives a proxy's account its person: whoever acts for others is somebody.
fn proxy(tx: &mut Tx, vault: &Vault, account: Id, number: u8, now: Moment) -> Result<()> {
    let id_number = IdNumber::make(&format!("N1980000{number}")).map(Identifier::from);
    let id_number = id_number.ok_or_else(|| Error::Internal("a demo number is malformed".to_owned()))?;
    let word = Word { rank: Rank::Seen, source: format!("accounts/{account}"), paper: None, actor: "system".to_owned(), now };
    let named = Named { name: "何代理", number: &id_number, birth_on: None };
    let (person, _) = store::meet(tx, vault, &word, named)?;
    insert_proof(tx, account, person, now)
}

fn staff(tx: &mut Tx, vault: &Vault, hash: &str, (prefix, number, role): (&str, u8, Role), now: Moment) -> Result<Id> {
    let mut account = NewAccount::active(&format!("{prefix}{number}"), &format!("{prefix} {number}"), &[role], hash.to_owned());
    let points = crate::office::SERVICE_POINTS;
    if matches!(role, Role::Clerk | Role::Reviewer | Role::Chief) {
        // The first two are at the main office, the others at the branch desks.
        let point = usize::from(number.saturating_sub(2)) % points.len();
        account.service_point = Some(points[point].to_owned());
    }
    account.duties = duties(prefix, number);
    let id = Id::new(now);
    account.id = Some(id);
    if !matches!(role, Role::Proxy | Role::Volunteer) {
        account.holder = Some(seal_holder(vault, id, &holder(number, role)?)?);
    }
    create(tx, &account, now)
}

/// The duties of some: handling petitions, and looking after reports of wrongdoing.
fn duties(prefix: &str, number: u8) -> Vec<Duty> {
    match (prefix, number) {
        ("clerk" | "chief" | "director", 1) => vec![Duty::Petitions],
        ("chief", 2) => vec![Duty::PetitionCustodian],
        _ => Vec::new(),
    }
}

/// Who works with an account of staff.
fn holder(number: u8, role: Role) -> Result<NamedHolder> {
    let place = STAFF.iter().position(|(_, _, other)| *other == role).unwrap_or_default();
    let named = IdNumber::make(&format!("N2970{place}00{number}"))
        .map(Identifier::from)
        .zip(format!("{}同仁", FAMILY[place]).parse().ok());
    let (national_id, name) = named.ok_or_else(|| Error::Internal("a demo person is malformed".to_owned()))?;
    Ok(NamedHolder { name, national_id })
}

fn clients(domains: Domains, tx: &mut Tx, vault: &Vault, secret: &str, now: Moment) -> Result<()> {
    let known: [(&str, Option<&str>, &[Role]); 4] = [
        ("county", None, &[Role::County]),
        ("agency-tax", Some("LOCAL_TAX"), &[Role::Partner]),
        ("agency-land", Some("LAND"), &[Role::Partner]),
        ("frontend", None, &[]),
    ];
    for (name, agency, roles) in known {
        let client = NewClient {
            name: name.to_owned(),
            agency_code: agency.map(ToOwned::to_owned),
            roles: Some(roles.to_vec()),
            scopes: domains.scopes(roles).into_iter().map(ToOwned::to_owned).collect(),
            expires_on: now.date() + Days::new(365),
        };
        add_client(tx, vault, &client, secret, now)?;
    }
    Ok(())
}
