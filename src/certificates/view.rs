//! A certificate as it is shown, and what the caller may do with it.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{CertificateAct, CertificateScope, CertificateStatus};
use super::store::{self, Certificate};
use crate::accounts::{IdentityLevel, identity_level};
use crate::auth::{By, Reach, Role, account_facts};
use crate::cases::types::model::Relation;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Code, Error, Problem, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::people::protection;
use crate::scheduling::services::Channel;
use crate::states::{Part, in_own_matter, parts_of};
use crate::{cases, people, view_of};

/// A certificate.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "kind": "TRANSCRIPT_ZH", "status": "ISSUED", "serial": "115-TRANSCRIPT_ZH-000001",
    "person": "王○美", "applicant": "王○美", "proxy": null, "relation": "SELF", "channel": "COUNTER", "service_point": "HEMEI", "case_id": null,
    "scope": "WHOLE", "purpose": "就學", "copies": 1, "sheets": 2, "fee_twd": 30, "reason": null,
    "requested_at": "2026-11-23T09:00:00+08:00", "issued_at": "2026-11-23T09:00:00+08:00", "voided_at": null, "outdated": false, "allowed_actions": [],
    "check_code": "0Yw8cI5mVn3r9kQp2sT7uA"
}))]
pub struct CertificateView {
    pub id: Id,
    #[schema(max_length = 40)]
    pub kind: String,
    pub status: CertificateStatus,
    /// Running number of the year and kind, from the issue on.
    #[schema(max_length = 60)]
    pub serial: Option<String>,
    /// As the application named them, masked.
    #[schema(max_length = 100)]
    pub person: String,
    /// As the application named them, masked.
    #[schema(max_length = 100)]
    pub applicant: String,
    /// Who applied online in the applicant's place, by a letter of proxy, masked; it is issued while the letter is in force.
    #[schema(max_length = 100)]
    pub proxy: Option<String>,
    /// How well the office knows the owner of the account that applied online; to staff only, and absent where staff took the
    /// application or the account is nobody's. For one that is only `DECLARED` whoever issues it looks at a paper.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub identity_level: Option<IdentityLevel>,
    pub relation: Relation,
    pub channel: Channel,
    #[schema(max_length = 20)]
    pub service_point: String,
    pub case_id: Option<Id>,
    pub scope: CertificateScope,
    #[schema(max_length = 500)]
    pub purpose: String,
    #[schema(minimum = 1)]
    pub copies: i32,
    #[schema(minimum = 1)]
    pub sheets: i32,
    /// New Taiwan dollars in all.
    #[schema(minimum = 0)]
    pub fee_twd: i32,
    /// Why it was refused or voided.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    pub requested_at: Moment,
    pub issued_at: Option<Moment>,
    pub voided_at: Option<Moment>,
    /// It is issued, and an entry of its person was corrected or revoked since: look whether it still shows what is right,
    /// and void it if not.
    pub outdated: bool,
    /// What the caller may do now.
    #[schema(value_type = Vec<CertificateAct>, max_items = 5)]
    pub allowed_actions: Vec<&'static str>,
    /// To be printed on the certificate; shown once, when it is issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, nullable = false)]
    pub check_code: Option<String>,
}

/// How well the office knows whoever applied online by themselves.
pub fn level_of(conn: &mut Conn, one: &Certificate) -> Result<Option<IdentityLevel>> {
    one.brought_by().map_or(Ok(None), |account| identity_level(conn, account))
}

/// Who applied online in the applicant's place, masked.
fn proxy_of(conn: &mut Conn, node: &Node, one: &Certificate) -> Result<Option<String>> {
    let Some(facts) = one.brought_by().map_or(Ok(None), |account| account_facts(conn, account))? else { return Ok(None) };
    let (proven, own) = (facts.person_id, [facts.person_id, facts.claimed_id].contains(&Some(one.applicant_id)));
    let proxy = proven.filter(|_| !own && facts.roles.contains(&Role::Proxy));
    proxy.map(|person| people::store::masked(conn, &node.vault, person).map(|(name, _)| name)).transpose()
}

/// The parts that the caller has in a certificate.
fn parts(conn: &mut Conn, by: &By, one: &Certificate) -> Result<Vec<Part>> {
    let held = [(Part::Clerk, &one.issued_by), (Part::Supervisor, &one.voided_by)];
    let held = held.into_iter().filter_map(|(part, name)| name.as_deref().map(|name| (part, name)));
    let mut parts = parts_of(conn, &by.caller, held)?;
    parts.extend(in_own_matter(conn, by, &[one.person_id, one.applicant_id])?);
    Ok(parts)
}

/// What the caller may do with a certificate now.
fn allowed(conn: &mut Conn, by: &By, one: &Certificate) -> Result<Vec<&'static str>> {
    let mut names = Vec::new();
    if by.reach == Reach::Own {
        return Ok(names);
    }
    for act in CertificateAct::possible(one.status) {
        if act.line().is_granted(&by.caller) && obstacle(conn, by, one, act)?.is_none() {
            names.push(act.line().name);
        }
    }
    Ok(names)
}

/// What keeps the caller from an act that the state allows: a part in the certificate, or a case that was revoked.
fn obstacle(conn: &mut Conn, by: &By, one: &Certificate, act: CertificateAct) -> Result<Option<Error>> {
    if let Err(refusal) = act.keep_apart(&parts(conn, by, one)?) {
        return Ok(Some(refusal));
    }
    let stands_again = matches!(act, CertificateAct::Issue | CertificateAct::Reinstate);
    Ok(if stands_again && rests_on_nothing(conn, one)? { Some(revoked()) } else { None })
}

/// Whether the case that it rests on was revoked.
fn rests_on_nothing(conn: &mut Conn, one: &Certificate) -> Result<bool> {
    one.case_id.map_or(Ok(false), |case| cases::store::is_revoked(conn, case))
}

fn revoked() -> Error {
    let (zh, en) = ("所憑之登記業經撤銷", "the registration that it rests on was revoked");
    Problem::new(Code::CONFLICT).detail(zh, en).into()
}

/// The state after the act, or the refusal that names what the caller may do.
pub fn applied(conn: &mut Conn, by: &By, one: &Certificate, act: CertificateAct) -> Result<CertificateStatus> {
    let Some(status) = act.after(one.status) else { return Err(Error::wrong_state(&allowed(conn, by, one)?)) };
    obstacle(conn, by, one, act)?.map_or(Ok(status), Err)
}

/// A certificate as the caller sees it.
pub fn view(conn: &mut Conn, node: &Node, by: &By, one: Certificate, check_code: Option<String>) -> Result<CertificateView> {
    let outdated = one.status == CertificateStatus::Issued && !store::outdated(conn, &[one.id])?.is_empty();
    view_with(conn, node, by, one, outdated, check_code)
}

/// The same, where it is known already whether it is outdated.
pub fn view_with(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    one: Certificate,
    outdated: bool,
    check_code: Option<String>,
) -> Result<CertificateView> {
    let is_outside = by.reach == Reach::Own;
    let names = if is_outside && one.named.is_none() { None } else { Some(one.names(conn, &node.vault)?) };
    // To those outside the office nobody of before names were kept: the register's name of today is not theirs to see.
    let (person, applicant) = names.map_or_else(
        || ("○".to_owned(), "○".to_owned()),
        |names| (people::mask_name(&names.person), people::mask_name(&names.applicant)),
    );
    // Nor whether anything has become of whom they are barred from.
    let outdated = outdated && (!is_outside || protection::hidden_from(conn, &node.vault, by, &[one.person_id])?.is_empty());
    let proxy = proxy_of(conn, node, &one)?;
    let allowed_actions = allowed(conn, by, &one)?;
    let identity_level = if is_outside { None } else { level_of(conn, &one)? };
    Ok(view_of!(CertificateView, one {
        id, kind, status, serial, relation, channel, service_point, case_id, scope, purpose, copies, sheets, fee_twd, reason,
        requested_at, issued_at, voided_at,
    } person, applicant, proxy, identity_level, outdated, allowed_actions, check_code))
}

/// The answer that shows a certificate.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, one: Certificate, check_code: Option<String>) -> Result<Reply> {
    let version = one.version;
    Ok(Reply::ok(&view(conn, node, by, one, check_code)?)?.version(version))
}
