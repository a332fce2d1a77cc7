//! Cases that were taken in the name of the wrong one of two people move to the other.

use diesel::prelude::*;
use serde_json::json;

use super::counter::supervises;
use super::fields::Form;
use super::store;
use crate::auth::By;
use crate::db::{Id, Record, Tx};
use crate::domain::Parting;
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::schema::{case_parties, seals};

/// Moves a case, where it is one that names the person; whether it was.
pub fn follow_part(tx: &mut Tx, _: &Node, by: &By, parting: &Parting<'_>) -> Result<bool> {
    let Some(id) = parting.source.strip_prefix("cases/").and_then(|id| id.parse::<Id>().ok()) else { return Ok(false) };
    let mut case = store::find_to_act(tx, by, id)?;
    let parties = store::parties(tx, id)?;
    let among = parties.iter().any(|party| party.person_id == parting.from);
    if !among && ![Some(case.applicant_id), case.proxy_id].contains(&Some(parting.from)) {
        return Ok(false);
    }
    if case.registered_at.is_some() {
        if !supervises(by) {
            let (zh, en) = ("已登記之案件須由主管為之", "a registered case is parted by a supervisor");
            return Err(Problem::new(Code::FORBIDDEN).detail(zh, en).into());
        }
        if Form::of_type(&case.type_code) == Form::Uid {
            let (zh, en) = ("變更統一編號之登記請撤銷後重新登記", "a case that changed a number is revoked and entered anew");
            return Err(Problem::new(Code::CONFLICT).detail(zh, en).into());
        }
    }
    (case.person_id, case.applicant_id) = (parting.moved(case.person_id), parting.moved(case.applicant_id));
    case.proxy_id = case.proxy_id.map(|id| parting.moved(id));
    let party = case_parties::table.filter(case_parties::case_id.eq(id)).filter(case_parties::person_id.eq(parting.from));
    diesel::update(party).set(case_parties::person_id.eq(parting.to)).execute(&mut **tx)?;
    let seal = seals::table.filter(seals::case_id.eq(id)).filter(seals::person_id.eq(parting.from));
    diesel::update(seal).set(seals::person_id.eq(parting.to)).execute(&mut **tx)?;
    store::save(tx, &mut case, by.now)?;
    tx.record(Record::change("case.parted", format!("cases/{id}"), json!({"person_id": parting.to})).about(parting.to));
    Ok(true)
}
