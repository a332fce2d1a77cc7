//! Letters of proxy that the dead have given: whoever relied on one must be told that it has ended (民法 §550).

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::Call;
use crate::error::Result;
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::schema::letters_of_proxy as letters;

/// The letters that run, to be listed where their principal has died.
pub fn of_day(conn: &mut Conn, _: &Node, _: &By, day: NaiveDate) -> Result<Vec<Call>> {
    let running = letters::table.filter(letters::revoked_at.is_null()).filter(letters::valid_to.ge(day)).order(letters::id);
    let columns = (letters::id, letters::principal_person_id, letters::created_at);
    let rows: Vec<(Id, Id, Moment)> = running.select(columns).load(conn)?;
    let call = |(id, person, at): (Id, Id, Moment)| {
        let (record, service_point) = (format!("letters-of-proxy/{id}"), SERVICE_POINTS[0].to_owned());
        Call { kind: None, contact: record.clone(), record, number: None, service_point, person, at }
    };
    Ok(rows.into_iter().map(call).collect())
}
