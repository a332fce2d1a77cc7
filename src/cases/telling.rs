//! Which agencies were told of a case, and which may yet be.

use diesel::prelude::*;

use crate::agencies;
use crate::agencies::model::Trigger;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::schema::{agency_deliveries, agency_notices};

/// Agencies that were told of a case, or will be: those whose deliveries were all withdrawn were not.
pub fn agencies_told(conn: &mut Conn, case: Id) -> Result<Vec<String>> {
    let deliveries = agency_deliveries::table
        .inner_join(agency_notices::table.on(agency_notices::id.eq(agency_deliveries::notice_id)))
        .filter(agency_notices::case_id.eq(case))
        .filter(agency_deliveries::status.ne("WITHDRAWN"));
    Ok(deliveries.select(agency_deliveries::agency_code).distinct().load(conn)?)
}

/// Whether any agency that hears of the trigger was not told of the case.
pub fn any_untold(conn: &mut Conn, case: Id, trigger: Trigger) -> Result<bool> {
    let told = agencies_told(conn, case)?;
    Ok(agencies::store::hearing(conn, trigger)?.iter().any(|code| !told.contains(code)))
}
