//! Invented people without an account, one of each kind that an office meets: a child with both parents, somebody who has died,
//! a foreigner without a number, an organisation.

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::db::{Id, Tx};
use crate::error::{Error, Result};
use crate::people::facts::{self, FactKind, NewFact, Rank, Word};
use crate::people::store::{Named, meet};
use crate::people::{IdNumber, Identifier, OtherIdentity};
use crate::secrets::vault::Vault;

/// Where it stands that they are in the register: in no case of this office.
const SOURCE: &str = "register";

/// A child of citizen7 and citizen8, born in 2015.
const CHILD: (&str, &str) = ("劉小示範", "N19901077");
/// Somebody who has died in 2025.
const DECEASED: (&str, &str) = ("蔡故示範", "N19902077");
const FOREIGNER: &str = "NGUYEN THI DEMO";
const ORGANISATION: &str = "示範股份有限公司";

/// Enters them; the parents are the mother and the father.
pub fn seed(tx: &mut Tx, vault: &Vault, parents: (Id, Id), now: Moment) -> Result<()> {
    let registered = word(Rank::Registered, now);
    let born = day(2015, 5, 4)?;
    let child = enter(tx, vault, &registered, CHILD, born)?;
    for (part, parent) in [("MOTHER", parents.0), ("FATHER", parents.1)] {
        add(tx, vault, &registered, (child, FactKind::Parent), (json!(part), Some(parent)), born)?;
    }
    let deceased = enter(tx, vault, &registered, DECEASED, day(1941, 2, 3)?)?;
    let died = day(2025, 11, 20)?;
    add(tx, vault, &registered, (deceased, FactKind::Death), (json!(PartialDate::Day(died)), None), died)?;
    let seen = word(Rank::Seen, now);
    let passport = json!({"kind": "FOREIGN_PAPER", "country": "VNM", "paper": "PASSPORT", "number": "C0000001"});
    let company = json!({"kind": "ORGANISATION", "number": "00000016"});
    for (name, other, birth_on) in [(FOREIGNER, passport, Some(day(1990, 5, 4)?)), (ORGANISATION, company, None)] {
        let number = other_identity(name, other)?;
        meet(tx, vault, &seen, Named { name, number: &number, birth_on: birth_on.map(PartialDate::Day) })?;
    }
    Ok(())
}

fn word(rank: Rank, now: Moment) -> Word<'static> {
    Word { rank, source: SOURCE.to_owned(), paper: None, actor: "system".to_owned(), now }
}

fn enter(tx: &mut Tx, vault: &Vault, word: &Word<'_>, (name, stem): (&str, &str), born: NaiveDate) -> Result<Id> {
    let number = IdNumber::make(stem).map(Identifier::from).ok_or_else(malformed)?;
    meet(tx, vault, word, Named { name, number: &number, birth_on: Some(PartialDate::Day(born)) }).map(|(id, _)| id)
}

fn add(
    tx: &mut Tx,
    vault: &Vault,
    word: &Word<'_>,
    (person, kind): (Id, FactKind),
    (value, other): (Value, Option<Id>),
    from: NaiveDate,
) -> Result<()> {
    facts::enter(tx, vault, word, &NewFact { person, kind, value, other, valid_from: Some(from) })?;
    Ok(())
}

fn other_identity(name: &str, said: Value) -> Result<Identifier> {
    let said: OtherIdentity = serde_json::from_value(said).map_err(|_| malformed())?;
    Identifier::of(None, Some(&said), name).map_err(|_| malformed())
}

fn day(year: i32, month: u32, day: u32) -> Result<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(malformed)
}

fn malformed() -> Error {
    Error::Internal("a demo person is malformed".to_owned())
}
