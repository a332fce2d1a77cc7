//! What somebody did in person, as the office noted it beside its cases: they kept an appointment, proved who they are, gave a letter of
//! proxy or consented to one, or asked for a certificate. Of the dead it refuses all of it (`holding::require_living`); a death that is
//! learned later is held against it (民法 §6).

use chrono::NaiveDate;
use diesel::prelude::*;

use super::joins;
use crate::auth::protection::numbers_by;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::schema::{bookings, certificates, identity_proofs, letters_of_proxy as letters, people};

/// Whether somebody did any of it after a day, in whichever of their records. What was noted by mistake and undone nobody did.
pub fn acted_after(conn: &mut Conn, person: Id, day: NaiveDate) -> Result<bool> {
    let (records, since) = (joins::records(conn, person)?, Moment::end_of(day));
    let numbers = numbers_by(conn, &records)?;
    // Whoever books by telephone only says who they are, and comes all the same.
    let said = people::table.filter(people::claimed_index.assume_not_null().eq_any(numbers.clone())).select(people::id);
    let came: Vec<Id> = records.iter().copied().chain(said.load::<Id>(conn)?).collect();
    let came = bookings::table.filter(bookings::person_id.eq_any(came)).filter(bookings::status.eq("DONE"));
    let came = came.filter(bookings::starts_at.ge(since)).count();
    let proven = identity_proofs::table.filter(identity_proofs::person_id.eq_any(records.clone()));
    let proven = proven.filter(identity_proofs::status.ne("UNDONE")).filter(identity_proofs::proven_at.ge(since)).count();
    let consented = letters::representative_index.assume_not_null().eq_any(numbers);
    let given = letters::table.filter(letters::principal_person_id.eq_any(records.clone()).or(consented));
    let given = given.filter(letters::created_at.ge(since)).count();
    let brought = certificates::proxy_id.assume_not_null().eq_any(records.iter().map(Id::to_string).collect::<Vec<_>>());
    let asked = certificates::table.filter(certificates::applicant_id.eq_any(records).or(brought));
    let asked = asked.filter(certificates::status.ne("VOIDED")).filter(certificates::requested_at.ge(since)).count();
    let all: [i64; 4] = [came.get_result(conn)?, proven.get_result(conn)?, given.get_result(conn)?, asked.get_result(conn)?];
    Ok(all.iter().any(|found| *found > 0))
}
