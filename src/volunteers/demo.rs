//! Invented volunteers behind the accounts volunteer1 to volunteer9, one of each kind that an office meets.

use chrono::{Datelike, Days, NaiveDate};

use super::entries::{
    Detail, VolunteerConsent, VolunteerConsentRelation, VolunteerEntryKind, VolunteerInsurance, VolunteerTraining,
    VolunteerTrainingKind,
};
use super::entry_store::{self, Entry};
use super::history;
use super::model::{
    AbsenceKind, Kept, VolunteerAbsence, VolunteerAct, VolunteerBackground, VolunteerCategory, VolunteerPaper, VolunteerProfile,
    status_by,
};
use super::store::{self, Volunteer};
use crate::accounts::{id_of, insert_proof};
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::db::{Id, JsonText, Tx};
use crate::error::{Error, Result};
use crate::people::contacts::SpokenLanguage;
use crate::people::facts::{Rank, Word};
use crate::people::store::{Named, meet};
use crate::people::{Contact, IdNumber, Identifier, contacts};
use crate::secrets::vault::Vault;

/// One of the demo's volunteers, by what is particular about them.
struct Demo {
    family: &'static str,
    background: VolunteerBackground,
    language: SpokenLanguage,
    category: VolunteerCategory,
    born: i32,
    is_member: bool,
    has_special: bool,
    has_book: bool,
    has_consent: bool,
    absence: Option<AbsenceKind>,
    /// The insurance ends in ten days.
    ends_soon: bool,
}

const MEMBER: Demo = Demo {
    family: "周",
    background: VolunteerBackground::Citizen,
    language: SpokenLanguage::Taiwanese,
    category: VolunteerCategory::Guidance,
    born: 1962,
    is_member: true,
    has_special: true,
    has_book: true,
    has_consent: false,
    absence: None,
    ends_soon: false,
};

const VOLUNTEERS: [Demo; 9] = [
    Demo { background: VolunteerBackground::CivicGroup, ..MEMBER },
    Demo { family: "阮", language: SpokenLanguage::Vietnamese, category: VolunteerCategory::Interpreting, born: 1988, ..MEMBER },
    // A minor with consent.
    Demo { family: "許", background: VolunteerBackground::Pupil, born: 2010, has_consent: true, ..MEMBER },
    // No record book yet.
    Demo { family: "鄭", background: VolunteerBackground::Retiree, born: 1956, has_book: false, ..MEMBER },
    Demo { family: "謝", absence: Some(AbsenceKind::Suspended), ..MEMBER },
    Demo { family: "洪", ends_soon: true, category: VolunteerCategory::FormFilling, ..MEMBER },
    // Trainees.
    Demo {
        family: "郭",
        background: VolunteerBackground::Student,
        born: 2004,
        is_member: false,
        has_special: false,
        has_book: false,
        ..MEMBER
    },
    Demo { family: "曾", language: SpokenLanguage::Hakka, is_member: false, has_book: false, ..MEMBER },
    Demo { family: "賴", background: VolunteerBackground::Retiree, born: 1948, absence: Some(AbsenceKind::Retired), ..MEMBER },
];

fn malformed(what: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a demo volunteer is malformed: {what}"))
}

fn day(year: i32, month: u32, day: u32) -> Result<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| malformed("a date"))
}

pub fn seed(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<()> {
    let Some(clerk) = id_of(tx, "clerk1")? else { return Ok(()) };
    for (place, demo) in (1..).zip(&VOLUNTEERS) {
        let Some(account) = id_of(tx, &format!("volunteer{place}"))? else { continue };
        let person = person(tx, vault, (account, place), demo, now)?;
        let row = volunteer(tx, vault, (clerk, person), demo, now)?;
        for detail in details(demo, now.date())? {
            let mut entry = Entry::new(vault, (format!("accounts/{clerk}"), now), row.id, &detail)?;
            // It was told of already.
            entry.warned_at = (demo.ends_soon && entry.kind == VolunteerEntryKind::Insurance).then_some(now);
            entry_store::insert(tx, &entry)?;
        }
    }
    Ok(())
}

/// Whoever is behind an account, whose identity is proven.
fn person(tx: &mut Tx, vault: &Vault, (account, place): (Id, u32), demo: &Demo, now: Moment) -> Result<Id> {
    let number = IdNumber::make(&format!("N196000{place:02}")).map(Identifier::from).ok_or_else(|| malformed("a number"))?;
    let word = Word { rank: Rank::Seen, source: format!("accounts/{account}"), paper: None, actor: "system".to_owned(), now };
    let name = format!("{}志工", demo.family);
    let born = PartialDate::Day(day(demo.born, 5, 4)?);
    let (person, _) = meet(tx, vault, &word, Named { name: &name, number: &number, birth_on: Some(born) })?;
    insert_proof(tx, account, person, now)?;
    Ok(person)
}

fn volunteer(tx: &mut Tx, vault: &Vault, (clerk, person): (Id, Id), demo: &Demo, now: Moment) -> Result<Volunteer> {
    let today = now.date();
    let paper = |number: &str| -> Result<VolunteerPaper> {
        let number = format!("{number}第 {} 號", demo.family).parse().map_err(malformed)?;
        Ok(VolunteerPaper { number, issued_on: day(today.year() - 1, 6, 1)? })
    };
    let absence = |kind| VolunteerAbsence { kind, from_on: today, until_on: None };
    let phone = "0912345678".parse().map_err(malformed)?;
    let contact = Contact { phone: Some(phone), ..Contact::default() };
    let kept = Kept {
        profile: VolunteerProfile {
            background: demo.background,
            group_name: None,
            languages: vec![SpokenLanguage::Mandarin, demo.language],
            skills: Vec::new(),
            categories: vec![demo.category],
            availability: Vec::new(),
            service_points: Vec::new(),
            most_shifts_a_month: Some(4),
            wishes: None,
        },
        supervisor_id: Some(clerk),
        card: if demo.is_member { Some(paper("彰和志證字")?) } else { None },
        record_book: if demo.has_book { Some(paper("彰和志冊字")?) } else { None },
        absences: demo.absence.map(absence).into_iter().collect(),
        lifted: Vec::new(),
        given_contact: Some(contact.clone()),
    };
    let member_from = if demo.is_member { Some(day(today.year() - 1, 4, 1)?) } else { None };
    let mut row = Volunteer {
        id: Id::new(now),
        status: status_by(&kept.absences, member_from, today),
        person_id: person,
        background: demo.background,
        languages: JsonText::of(&kept.profile.languages)?,
        categories: JsonText::of(&kept.profile.categories)?,
        said: String::new(),
        joined_on: day(today.year() - 1, 1, 5)?,
        member_from,
        suspended_until: None,
        merged_into: None,
        entered_by: format!("accounts/{clerk}"),
        entered_at: now,
        version: 1,
    };
    row.keep(vault, &kept)?;
    store::insert(tx, &row)?;
    contacts::put(tx, vault, &row.path(), &contact)?;
    history::tell(tx, vault, (&row.path(), VolunteerAct::Enter.line().past), "", Vec::new())?;
    Ok(row)
}

/// The dated facts of one of them.
fn details(demo: &Demo, today: NaiveDate) -> Result<Vec<Detail>> {
    let word = |text: &str| text.parse().map_err(malformed);
    let before = today.year() - 1;
    let training = |kind, category, completed_on| VolunteerTraining {
        kind,
        category,
        completed_on,
        minutes: 360,
        provider: None,
        certificate: None,
        valid_until: None,
    };
    let mut all = vec![Detail::Training(training(VolunteerTrainingKind::Basic, None, day(before, 2, 1)?))];
    if demo.has_special {
        let special = training(VolunteerTrainingKind::Special, Some(demo.category), day(before, 3, 14)?);
        all.push(Detail::Training(special));
    }
    let to_on = if demo.ends_soon { today + Days::new(10) } else { day(today.year() + 1, 12, 31)? };
    all.push(Detail::Insurance(VolunteerInsurance {
        insurer: word("示範產物保險")?,
        policy: "1150001".parse().map_err(malformed)?,
        from_on: day(before, 1, 5)?,
        to_on,
    }));
    if demo.has_consent {
        all.push(Detail::Consent(VolunteerConsent {
            representative: format!("{}家長", demo.family).parse().map_err(malformed)?,
            relation: VolunteerConsentRelation::Parent,
            document: "家長同意書".parse().map_err(malformed)?,
            seen_on: day(before, 1, 5)?,
            from_on: day(before, 1, 5)?,
            to_on: None,
        }));
    }
    Ok(all)
}
