//! Letters of proxy that the dead have given: whoever relied on one must be told that it has ended (民法 §550).

use std::collections::HashMap;

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

/// Whoever gave each letter, and whoever holds it.
pub fn involved(conn: &mut Conn, _: &Node, calls: &[&Call]) -> Result<Vec<Involved>> {
    let keys = calls.iter().map(|call| call.key()).collect::<Result<Vec<Id>>>()?;
    let held = letters::table.inner_join(accounts::table.on(accounts::id.eq(letters::proxy_account_id)));
    let held = held.filter(letters::id.eq_any(keys.iter().copied()));
    let held: Vec<(Id, Option<Id>, Option<Id>)> =
        held.select((letters::id, accounts::person_id, accounts::claimed_id)).load(conn)?;
    let holders: HashMap<Id, [Option<Id>; 2]> = held.into_iter().map(|(id, proven, said)| (id, [proven, said])).collect();
    let sides = |(call, key): (&&Call, Id)| {
        let holder = holders.get(&key).into_iter().flatten().flatten().copied();
        Involved { records: holder.chain([call.person]).collect(), ..Involved::default() }
    };
    Ok(calls.iter().zip(keys).map(sides).collect())
}

/// The letters that run, to be listed where their principal has died.
pub fn of_day(conn: &mut Conn, _: &Node, _: &By, day: NaiveDate) -> Result<Vec<Call>> {
    let running = letters::table.filter(letters::revoked_at.is_null()).filter(letters::valid_to.ge(day)).order(letters::id);
    let columns = (letters::id, letters::principal_person_id, letters::created_at);
    let rows: Vec<(Id, Id, Moment)> = running.select(columns).load(conn)?;
    let call = |(id, person, at): (Id, Id, Moment)| {
        let (record, service_point) = (format!("letters-of-proxy/{id}"), SERVICE_POINTS[0].to_owned());
        Call { kind: None, contact: Some(record.clone()), record, number: None, service_point, person, at }
    };
    Ok(rows.into_iter().map(call).collect())
}
