//! Letters of proxy that the dead have given: whoever relied on one must be told that it has ended (民法 §550).

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::auth::{By, Involved};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::domain::Call;
use crate::error::Result;
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::schema::{accounts, letters_of_proxy as letters};

/// Whoever gave a letter, and whoever holds it.
fn sides(conn: &mut Conn, _: &Node, call: &Call) -> Result<Involved> {
    let held = letters::table.inner_join(accounts::table.on(accounts::id.eq(letters::proxy_account_id)));
    let held = held.filter(letters::id.eq(call.key()?)).select((accounts::person_id, accounts::claimed_id));
    let (proven, said): (Option<Id>, Option<Id>) = held.first(conn)?;
    Ok(Involved { records: [call.person].into_iter().chain(proven).chain(said).collect(), numbers: Vec::new() })
}

/// The letters that run, to be listed where their principal has died.
pub fn of_day(conn: &mut Conn, _: &Node, _: &By, day: NaiveDate) -> Result<Vec<Call>> {
    let running = letters::table.filter(letters::revoked_at.is_null()).filter(letters::valid_to.ge(day)).order(letters::id);
    let columns = (letters::id, letters::principal_person_id, letters::created_at);
    let rows: Vec<(Id, Id, Moment)> = running.select(columns).load(conn)?;
    let call = |(id, person, at): (Id, Id, Moment)| {
        let (record, service_point) = (format!("letters-of-proxy/{id}"), SERVICE_POINTS[0].to_owned());
        Call { kind: None, contact: record.clone(), record, number: None, service_point, person, involved: sides, at }
    };
    Ok(rows.into_iter().map(call).collect())
}
