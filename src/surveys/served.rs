//! Whoever had a service, and whether they are invited to a survey after it.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use diesel::prelude::*;

use super::choices::has_refused;
use super::model::SurveyedService;
use super::settings::SurveySettings;
use crate::auth::protection::{numbers_by, protected};
use crate::auth::standing::{DEATH, registered_of};
use crate::cases;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::domain::case_path;
use crate::error::Result;
use crate::node::Node;
use crate::people::{Email, contacts, joins};
use crate::petitions;
use crate::scheduling::bookings::store as bookings;
use crate::schema::survey_asked as asked;

/// Somebody who had a service and has an e-mail address.
pub struct Served {
    pub service: SurveyedService,
    pub id: Id,
    pub email: Email,
    /// Records of whoever had it.
    people: Vec<Id>,
    /// Records of those who may be they.
    namesakes: Vec<Id>,
    /// Indexes of numbers that they have said.
    numbers: Vec<String>,
}

/// Everybody who had a service on a day, as its records stand now.
pub fn on(conn: &mut Conn, node: &Node, service: SurveyedService, day: NaiveDate) -> Result<Vec<Served>> {
    let (from, before) = (Moment::start_of(day), Moment::end_of(day));
    let rows: Vec<(Id, String, Vec<Id>)> = match service {
        SurveyedService::BookingDone => {
            let done = bookings::done_within(conn, from, before)?.into_iter();
            done.map(|(id, person)| (id, bookings::path(id), vec![person])).collect()
        }
        SurveyedService::CaseRegistered => {
            let registered = cases::store::registered_within(conn, from, before)?.into_iter();
            registered.map(|(id, applicant, proxy)| (id, case_path(id), [applicant].into_iter().chain(proxy).collect())).collect()
        }
        SurveyedService::PetitionReplied => {
            let answered = petitions::answered_within(conn, node, from, before)?.into_iter();
            let served = answered.map(|petitions::Answered { id, email, numbers, people, namesakes }| Served {
                service,
                id,
                email,
                people,
                namesakes,
                numbers,
            });
            return Ok(served.collect());
        }
    };
    let mut reached = contacts::of_all(conn, &node.vault, &rows.iter().map(|(_, path, _)| path.clone()).collect::<Vec<_>>())?;
    let served = rows.into_iter().filter_map(|(id, path, people)| {
        let email = reached.remove(&path)?.email?;
        Some(Served { service, id, email, people, namesakes: Vec::new(), numbers: Vec::new() })
    });
    Ok(served.collect())
}

impl Served {
    /// Whether they may be invited: they live, no protection mark stands on them or may, and they have not said no.
    pub fn may_be_asked(&self, conn: &mut Conn, node: &Node, today: NaiveDate) -> Result<bool> {
        let all: Vec<Id> = self.people.iter().chain(&self.namesakes).copied().collect();
        let is_free = protected(conn, &all, today)?.is_empty() && registered_of(conn, &self.people, DEATH)?.is_empty();
        Ok(is_free && !has_refused(conn, &node.vault, &self.email)?)
    }

    /// As what it is kept that they were asked: an address, records and numbers, each as a keyed hash.
    pub fn known_as(&self, conn: &mut Conn, node: &Node) -> Result<BTreeSet<String>> {
        let records = joins::all_records(conn, &self.people)?;
        let numbers = numbers_by(conn, &records)?;
        let address = format!("address/{}", self.email.expose().to_ascii_lowercase());
        let records = records.iter().map(|record| format!("record/{record}"));
        let numbers = self.numbers.iter().chain(&numbers).map(|number| format!("number/{number}"));
        let all = records.chain(numbers).chain([address]);
        Ok(all.map(|name| node.vault.blind_index("surveys/asked", &name)).collect())
    }
}

/// The first day on which whoever was asked is not asked again.
fn resting_since(node: &Node, today: NaiveDate) -> NaiveDate {
    let days = u64::try_from(node.config.of::<SurveySettings>().survey_rest_days).unwrap_or(0);
    today.checked_sub_days(Days::new(days)).unwrap_or(today)
}

/// Whether somebody who is known so was asked so lately that they are not asked again.
pub fn was_asked(conn: &mut Conn, node: &Node, known_as: &BTreeSet<String>, today: NaiveDate) -> Result<bool> {
    let lately = asked::table.filter(asked::who.eq_any(known_as)).filter(asked::asked_on.gt(resting_since(node, today)));
    Ok(lately.count().get_result::<i64>(conn)? > 0)
}

/// Keeps who was asked on a day, in the order of their hashes, and forgets who may be asked again.
pub fn note_asked(tx: &mut Tx, node: &Node, all: &BTreeSet<String>, today: NaiveDate) -> Result<()> {
    let rested = asked::table.filter(asked::asked_on.le(resting_since(node, today)));
    diesel::delete(rested).execute(&mut **tx)?;
    for who in all {
        diesel::delete(asked::table.find(who)).execute(&mut **tx)?;
        diesel::insert_into(asked::table).values((asked::who.eq(who), asked::asked_on.eq(today))).execute(&mut **tx)?;
    }
    Ok(())
}
