//! Guardianships. That of somebody under age gives them a representative, takes none of the capacity that their age leaves them,
//! and is over when they come of age (民法 §12, §13, §1091, §1098); that under a declaration takes all of it, until a court revokes
//! the declaration (§14, §15).

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;
use serde_json::json;

use super::facts::{Fact, FactKind, Rank, known_in, standing_in};
use super::{holding, joins};
use crate::calendar::{OfAge, PartialDate};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::schema::facts;
use crate::secrets::vault::Vault;

/// What a guardianship is that was declared of somebody under age: it lasts when they come of age.
pub const DECLARED: &str = "DECLARED";

/// How many rows of before a start fills at once.
const BATCH: i64 = 500;

/// A day of birth that a case has registered, or a clerk has seen on a paper.
#[derive(Clone, Copy)]
pub struct Birth {
    pub on: PartialDate,
    pub rank: Rank,
}

impl Birth {
    /// Today's among facts; what is only said is none.
    pub fn among(facts: &[Fact]) -> Option<Self> {
        let fact = holding::todays(facts, FactKind::BirthOn).filter(|fact| fact.rank.is_above(Rank::Claimed))?;
        Some(Self { on: PartialDate::from_register(fact.value.as_str()?)?, rank: fact.rank })
    }

    /// Somebody's, whichever of their records has it.
    pub fn of(conn: &mut Conn, vault: &Vault, person: Id) -> Result<Option<Self>> {
        let records = joins::records(conn, person)?;
        Ok(Self::among(&known_in(conn, vault, &records, &[FactKind::BirthOn])?))
    }
}

/// At which age somebody came of age on a day (民法 §12).
fn majority(day: NaiveDate) -> u8 {
    let is_lowered = NaiveDate::from_ymd_opt(2023, 1, 1).is_some_and(|since| day >= since);
    if is_lowered { 18 } else { 20 }
}

/// Whether somebody is of age on a day.
pub fn is_of_age(born: PartialDate, day: NaiveDate) -> OfAge {
    born.age_on(day).reaches(i64::from(majority(day)))
}

/// The day on which somebody comes of age.
fn of_age_on(born: PartialDate) -> NaiveDate {
    let born = born.presumed();
    let birthday = |years: u8| {
        let year = born.year() + i32::from(years);
        born.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 3, 1)).unwrap_or(born)
    };
    let (eighteenth, twentieth) = (birthday(18), birthday(20));
    match NaiveDate::from_ymd_opt(2023, 1, 1) {
        Some(lowered) if eighteenth < lowered => twentieth.min(lowered),
        _ => eighteenth,
    }
}

/// Whether a fact is the guardianship of somebody who was under age when it began.
pub fn is_of_minor(ruling: &Fact, born: Option<Birth>) -> bool {
    let begun = born.zip(ruling.valid_from).is_some_and(|(born, day)| !is_of_age(born.on, day).yes);
    ruling.kind == FactKind::Guardianship && ruling.other_id.is_some() && ruling.value != json!(DECLARED) && begun
}

/// Whether a guardianship is over since its ward has come of age; rebuttable where no case has registered the day of birth.
pub fn has_ended(ruling: &Fact, born: Option<Birth>, day: NaiveDate) -> Option<OfAge> {
    let born = born.filter(|_| is_of_minor(ruling, born))?;
    let age = is_of_age(born.on, day);
    let is_rebuttable = age.is_rebuttable || born.rank != Rank::Registered;
    age.yes.then_some(OfAge { is_rebuttable, ..age })
}

/// Whether somebody's guardianship is over since they have come of age.
pub fn is_over(conn: &mut Conn, vault: &Vault, person: Id, day: NaiveDate) -> Result<bool> {
    let records = joins::records(conn, person)?;
    let kinds = [FactKind::BirthOn, FactKind::Guardianship, FactKind::Assistance];
    let facts = known_in(conn, vault, &records, &kinds)?;
    let born = Birth::among(&facts);
    let rulings: Vec<Fact> = facts.into_iter().filter(|fact| fact.rank == Rank::Registered).collect();
    Ok(holding::latest(&rulings, &holding::CARE).any(|ruling| has_ended(ruling, born, day).is_some()))
}

/// The day on which a guardianship was over, among all facts of its ward, where it has come.
pub fn ended_on(ruling: &Fact, all: &[Fact], today: NaiveDate) -> Option<NaiveDate> {
    let standing: Vec<Fact> = all.iter().filter(|fact| fact.struck.is_none()).cloned().collect();
    let born = Birth::among(&standing);
    has_ended(ruling, born, today).and(born).map(|born| of_age_on(born.on))
}

/// Lets what is kept of somebody's guardianships for those who have no key follow from their day of birth.
pub fn refresh(tx: &mut Tx, vault: &Vault, person: Id) -> Result<()> {
    let records = joins::records(tx, person)?;
    let rulings = standing_in(tx, vault, &records, &[FactKind::Guardianship])?;
    if rulings.is_empty() {
        return Ok(());
    }
    let born = Birth::of(tx, vault, person)?;
    for ruling in rulings {
        let of_minor = Some(is_of_minor(&ruling, born));
        diesel::update(facts::table.find(ruling.id)).set(facts::of_minor.eq(of_minor)).execute(&mut **tx)?;
    }
    Ok(())
}

/// Fills what is kept of guardianships of before.
pub fn fill(tx: &mut Tx, vault: &Vault, _: Moment) -> Result<()> {
    loop {
        let open = facts::table.filter(facts::kind.eq(FactKind::Guardianship)).filter(facts::struck_at.is_null());
        let open = open.filter(facts::of_minor.is_null()).order(facts::id).limit(BATCH);
        let wards: Vec<Id> = open.select(facts::person_id).load(&mut **tx)?;
        if wards.is_empty() {
            return Ok(());
        }
        for ward in wards {
            refresh(tx, vault, ward)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn somebody_comes_of_age_by_the_law_of_the_day() {
        for (born, of_age) in [
            ("2008-05-05", "2026-05-05"),
            ("2005-01-01", "2023-01-01"),
            ("2003-06-01", "2023-01-01"),
            ("2001-06-01", "2021-06-01"),
            ("2008-02-29", "2026-03-01"),
        ] {
            let born = PartialDate::Day(day(born));
            assert_eq!(of_age_on(born), day(of_age), "{born}");
            assert!(is_of_age(born, day(of_age)).yes && !is_of_age(born, day(of_age).pred_opt().unwrap()).yes, "{born}");
        }
    }
}
