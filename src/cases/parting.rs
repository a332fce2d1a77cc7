//! Cases that were taken in the name of the wrong one of two people move to the other.

use diesel::prelude::*;

use super::counter;
use super::entries;
use super::named;
use super::states::CaseAct;
use super::store;
use crate::auth::By;
use crate::db::Tx;
use crate::domain::{Parting, case_path};
use crate::error::{Code, Error, Problem, Result};
use crate::node::Node;
use crate::people::contacts;
use crate::scheduling::services::Channel;
use crate::schema::case_parties;

/// What somebody applied for by an account of theirs is nobody else's.
pub fn applied_online() -> Error {
    let (zh, en) =
        ("線上申請案屬申請帳號本人，不得移列", "what was applied for online is whoever's account it is: it is not moved");
    Problem::new(Code::CONFLICT).detail(zh, en).into()
}

/// Moves a case, where it is one that names the person; whether it was. It is work on the case, by whoever is in charge of it: it
/// names its people anew, and goes back to its clerk where it was under review. A draft is its applicant's, and what is
/// registered takes two people.
pub fn follow_part(tx: &mut Tx, node: &Node, by: &By, parting: &Parting<'_>) -> Result<bool> {
    let Some(id) = entries::case_of(parting.source) else { return Ok(false) };
    let mut case = store::find_to_act(tx, node, by, id)?;
    let parties = store::parties(tx, id)?;
    let among = parties.iter().any(|party| party.person_id == parting.from);
    if !among && ![Some(case.applicant_id), case.proxy_id].contains(&Some(parting.from)) {
        return Ok(false);
    }
    let Some(next) = CaseAct::Part.after(case.status) else {
        let (zh, en) = (
            "草稿及已結案之案件不得移列；已登記者請循更正（:correct），變更統一編號者請撤銷後重新登記",
            "a draft stays, and so does a closed case; correct a registered one (:correct), and revoke one that changed a number",
        );
        return Err(Problem::new(Code::CONFLICT).detail(zh, en).into());
    };
    if case.channel == Channel::Online {
        return Err(applied_online());
    }
    counter::in_charge(tx, node, by, &mut case)?;
    named::mean(tx, node, &case, parting)?;
    if case.applicant_id == parting.from {
        // How to reach the one tells nobody how to reach the other.
        contacts::forget(tx, &case_path(case.id))?;
    }
    (case.person_id, case.applicant_id) = (parting.moved(case.person_id), parting.moved(case.applicant_id));
    case.proxy_id = case.proxy_id.map(|id| parting.moved(id));
    case.status = next;
    let party = case_parties::table.filter(case_parties::case_id.eq(id)).filter(case_parties::person_id.eq(parting.from));
    diesel::update(party).set(case_parties::person_id.eq(parting.to)).execute(&mut **tx)?;
    store::save(tx, &mut case, by.now)?;
    counter::record_act(tx, by, &case, CaseAct::Part, parting.reason)?;
    Ok(true)
}
