//! Applications to have an entry revoked (撤銷登記, 戶籍法 §23): which case they mean. The entry itself is revoked by two people, as
//! any other.

use diesel::prelude::*;

use super::case::{Case, Party};
use super::entries::{self, Registration};
use super::fields::{CaseFields, CommonFields, Findings, PartyRole};
use super::states::CaseStatus;
use super::status::{Matter, placed};
use super::store;
use super::types::model::Relation;
use crate::auth::whoever::records_of;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Code, Problem, Result, Text};
use crate::node::Node;
use crate::schema::{case_parties, cases};

/// The states of an application by which nothing was asked for in the end.
const UNASKED: [CaseStatus; 3] = [CaseStatus::Draft, CaseStatus::Refused, CaseStatus::Withdrawn];

/// Why an application cannot be registered yet.
pub enum Revoked {
    /// It does not say which entry.
    NotNamed,
    /// The entry stands.
    NotYet,
}

/// A case of that number that was registered, and how it stands.
fn registered(conn: &mut Conn, number: &str) -> Result<Option<(Id, CaseStatus)>> {
    let case = cases::table.filter(cases::number.eq(number)).filter(cases::registered_at.is_not_null());
    Ok(case.select((cases::id, cases::status)).first(conn).optional()?)
}

/// What an application waits for.
pub fn awaited(conn: &mut Conn, application: &CommonFields) -> Result<Option<Revoked>> {
    let Some(number) = &application.revokes else {
        return Ok(application.before.is_none().then_some(Revoked::NotNamed));
    };
    let is_revoked = registered(conn, number.as_str())?.is_some_and(|(_, status)| status == CaseStatus::Revoked);
    Ok((!is_revoked).then_some(Revoked::NotYet))
}

/// The case that is named was registered of one of those whom the application names.
pub fn check(conn: &mut Conn, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let CaseFields::Common(CommonFields { revokes: Some(number), .. }) = matter.fields else { return Ok(()) };
    let is_theirs = match registered(conn, number.as_str())? {
        Some((id, _)) => {
            let parties = store::parties(conn, id)?;
            let people = placed(conn, &parties)?;
            people.iter().any(|(_, _, one)| matter.parties.iter().any(|(_, _, other)| one == other))
        }
        None => false,
    };
    let text =
        ("查無此案號之登記，或其當事人非此案當事人", "no case of that number was registered of anybody whom this one names");
    findings.unless(is_theirs, "/fields/revokes", "not_registered", "戶籍法 §23", text.0, text.1);
    Ok(())
}

/// By whom the revocation of a case of that number was applied for until it fell: they know of it. Whoever comes for somebody has
/// applied for them as well.
pub fn applicants(conn: &mut Conn, node: &Node, (number, parties): (&str, &[Party]), fell: Moment) -> Result<Vec<Id>> {
    let ids: Vec<Id> = parties.iter().map(|party| party.person_id).collect();
    let records: Vec<Id> = records_of(conn, &ids)?.into_values().flatten().collect();
    let of_them = case_parties::table.filter(case_parties::person_id.eq_any(records)).select(case_parties::case_id);
    let asking = cases::table.filter(cases::id.eq_any(of_them)).filter(cases::type_code.eq("REVOCATION"));
    let asking = asking.filter(cases::status.ne_all(UNASKED)).filter(cases::received_at.le(fell));
    let asking: Vec<Case> = asking.select(Case::as_select()).load(conn)?;
    let mut knowing = Vec::new();
    for one in asking {
        if store::open_fields(&node.vault, &one)?["revokes"] != number {
            continue;
        }
        knowing.extend([one.applicant_id].into_iter().chain(one.proxy_id));
        if is_for_others(one.relation) {
            let subjects = store::parties(conn, one.id)?.into_iter().filter(|party| party.role == PartyRole::Subject);
            knowing.extend(subjects.map(|party| party.person_id));
        }
    }
    Ok(records_of(conn, &knowing)?.into_values().flatten().collect())
}

/// Whether an applicant applies for all whom the application is about.
fn is_for_others(relation: Relation) -> bool {
    matches!(relation, Relation::BothParties | Relation::Guardian | Relation::LegalRepresentative | Relation::Proxy)
}

/// Refuses to let an entry stand again under the application by which it was revoked: that is revoked first.
pub fn require_none(conn: &mut Conn, node: &Node, case: &Case) -> Result<()> {
    let mut asking = Vec::new();
    for party in store::parties(conn, case.id)? {
        let of_them = entries::of_human(conn, &node.vault, party.person_id, |one| one.type_code == "REVOCATION")?;
        let is_meant = |one: &Registration| match &one.fields {
            CaseFields::Common(CommonFields { revokes: Some(number), .. }) => case.number.as_deref() == Some(number.as_str()),
            _ => false,
        };
        asking.extend(of_them.iter().filter(|one| is_meant(one)).map(Registration::source));
    }
    asking.sort_unstable();
    asking.dedup();
    if asking.is_empty() {
        return Ok(());
    }
    let told = entries::told(conn, &asking)?;
    let (zh, en) = (
        format!("撤銷本登記之申請仍存，請先撤銷該登記：{}", told.join("、")),
        format!("the application by which this entry was revoked stands: revoke that first: {}", told.join(", ")),
    );
    let problem = Problem::new(Code::CONFLICT).detail(zh.clone(), en.clone());
    Err(problem.field("/status", "later_entry", Text::new(zh, en)).into())
}
