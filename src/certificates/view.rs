//! A certificate as it is shown, and what the caller may do with it.

use std::collections::HashMap;
use std::slice;

use serde::Serialize;
use utoipa::ToSchema;

use super::acting::LetterSeen;
use super::model::{CertificateAct, CertificateScope, CertificateStatus};
use super::outdated;
use super::resting;
use super::store::{self, Certificate, Names};
use crate::accounts::{IdentityLevel, level_under};
use crate::auth::{By, Reach};
use crate::cases::types::model::Relation;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Code, Error, Problem, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::people::facts::{FactKind, Paper};
use crate::people::{ShownContact, contacts};
use crate::scheduling::services::Channel;
use crate::states::{Part, in_own_matter, parts_of};
use crate::{cases, people, view_of};

/// A certificate.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "kind": "TRANSCRIPT_ZH", "status": "ISSUED", "serial": "115-TRANSCRIPT_ZH-000001",
    "person": "王○美", "applicant": "王○美", "proxy": null, "contact": null, "relation": "SELF", "channel": "COUNTER", "service_point": "HEMEI", "case_id": null,
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
    /// As the application named them, likewise.
    #[schema(max_length = 100)]
    pub applicant: String,
    /// Who applied in the applicant's place, by a letter of proxy, masked; what was applied for online is issued while the letter
    /// is in force.
    #[schema(max_length = 100)]
    pub proxy: Option<String>,
    /// The letter of a proxy as a clerk has seen it; to staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub letter: Option<LetterSeen>,
    /// The paper of a legal representative, guardian or assistant as a clerk has seen it; to staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub representative_paper: Option<Paper>,
    /// Whose consent that paper is, masked; to staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, nullable = false)]
    pub representative: Option<String>,
    /// The paper that shows whoever represents or consents to be the one; to staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub representative_proof: Option<Paper>,
    /// Papers by which the applicant has shown their right to it, by their codes on the kind's checklist; to staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 60, nullable = false)]
    pub papers: Option<Vec<String>>,
    /// How to tell the applicant that it is ready: to them and to whoever applied for them whole, to staff masked; `null` where
    /// nobody has said it.
    pub contact: Option<ShownContact>,
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
    /// New Taiwan dollars in all, due for its issue: nothing is due for what is refused or withdrawn.
    #[schema(minimum = 0)]
    pub fee_twd: i32,
    /// Why it was refused, withdrawn or voided.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    pub requested_at: Moment,
    pub issued_at: Option<Moment>,
    pub voided_at: Option<Moment>,
    /// It is issued, and an entry of its person was corrected or revoked since: look whether it still shows what is right,
    /// and void it if not. Outside the office it is told of oneself and of whom one acts for by a letter; whoever has the paper asks
    /// POST /v1/certificates:verify.
    pub outdated: bool,
    /// What the caller may do now.
    #[schema(value_type = Vec<CertificateAct>, max_items = 5)]
    pub allowed_actions: Vec<&'static str>,
    /// To be printed on the certificate; shown once, when it is issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, nullable = false)]
    pub check_code: Option<String>,
    /// What its person is called in Latin letters, to be printed on one in English (姓名條例 §4); shown with the check code, and
    /// absent where no passport was seen: `:settle` of the person enters it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100, nullable = false)]
    pub romanised_name: Option<String>,
}

/// Somebody of whom no name was kept.
const NOBODY: &str = "○";

/// The kind that is printed in English.
const ENGLISH: &str = "TRANSCRIPT_EN";

/// How well the office knows whoever applied online by themselves.
pub fn level_of(conn: &mut Conn, one: &Certificate) -> Result<Option<IdentityLevel>> {
    one.brought_by().map_or(Ok(None), |account| level_under(conn, account, one.applicant_id))
}

/// What is known of a certificate beside its row.
#[derive(Default)]
pub struct Beside {
    outdated: bool,
    /// Who applied online in the applicant's place.
    proxy: Option<Id>,
    proxy_name: Option<String>,
}

/// What is known of some certificates beside their rows.
pub fn beside(conn: &mut Conn, node: &Node, by: &By, all: &[Certificate]) -> Result<HashMap<Id, Beside>> {
    let issued: Vec<Id> = all.iter().filter(|one| one.status == CertificateStatus::Issued).map(|one| one.id).collect();
    let outdated = if issued.is_empty() { Vec::new() } else { outdated::among(conn, &issued)? };
    // Nobody who is barred learns, by what is told or by how long it takes, whether anything has become of whom they are barred from.
    let own = match by.reach {
        Reach::Own => Some(people::store::represented(conn, by, cases::store::PROXY_SCOPE)?),
        _ => None,
    };
    let is_told = |one: &Certificate| own.as_ref().is_none_or(|own| own.contains(&one.person_id));
    let proxies = store::proxies(conn, all)?;
    let people: Vec<Id> = proxies.values().copied().collect();
    let names = if people.is_empty() { HashMap::new() } else { people::store::masked_all(conn, &node.vault, &people)? };
    let beside = |one: &Certificate| {
        let proxy = proxies.get(&one.id).copied();
        let proxy_name = proxy.and_then(|person| names.get(&person)).map(|(name, _)| name.clone());
        let outdated = outdated.contains(&one.id) && is_told(one);
        (one.id, Beside { outdated, proxy, proxy_name })
    };
    Ok(all.iter().map(beside).collect())
}

/// The parts that the caller has in a certificate, for which somebody may have applied in the applicant's place.
fn parts(conn: &mut Conn, by: &By, one: &Certificate, proxy: Option<Id>) -> Result<Vec<Part>> {
    let held = [(Part::Clerk, &one.issued_by, one.issued_at), (Part::Supervisor, &one.voided_by, one.voided_at)];
    let held = held.into_iter().filter_map(|(part, name, at)| name.as_deref().map(|name| (part, name, at)));
    // Whoever took an application has worked on it; whoever applied online is whom it is about.
    let asked = if one.brought_by().is_some() { Part::Subject } else { Part::Clerk };
    let mut parts = parts_of(conn, &by.caller, held.chain([(asked, one.requested_by.as_str(), Some(one.requested_at))]))?;
    let whom: Vec<Id> = one.people().into_iter().chain(proxy).collect();
    parts.extend(in_own_matter(conn, by, &whom)?);
    Ok(parts)
}

/// What the caller may do with a certificate now.
fn allowed(conn: &mut Conn, node: &Node, by: &By, one: &Certificate, proxy: Option<Id>) -> Result<Vec<&'static str>> {
    let mut names = Vec::new();
    let parts = if by.reach == Reach::Own { Vec::new() } else { parts(conn, by, one, proxy)? };
    for act in CertificateAct::possible(one.status) {
        // Whoever applied may think better of it; all else is the office's.
        let is_theirs = by.reach != Reach::Own || act == CertificateAct::Withdraw;
        if is_theirs && act.line().is_granted(&by.caller) && obstacle(conn, node, by, one, (act, &parts))?.is_none() {
            names.push(act.line().name);
        }
    }
    Ok(names)
}

/// What keeps the caller from an act that the state allows: a part in the certificate, a case that was revoked, or that a
/// supervisor looks into what it certifies.
fn obstacle(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    one: &Certificate,
    (act, parts): (CertificateAct, &[Part]),
) -> Result<Option<Error>> {
    if let Err(refusal) = act.keep_apart(parts) {
        return Ok(Some(refusal));
    }
    let stands_again = matches!(act, CertificateAct::Issue | CertificateAct::Reinstate);
    if stands_again && rests_on_nothing(conn, one)? {
        return Ok(Some(revoked()));
    }
    if act == CertificateAct::Issue && one.case_id.is_some() && resting::is_anothers(conn, node, one)? {
        return Ok(Some(resting::anothers()));
    }
    let is_new = act == CertificateAct::Issue && !by.caller.supervises();
    if is_new && cases::second_look(conn, node, &one.kind, one.person_id)? == Some(cases::SecondLook::Supervisor) {
        let (zh, en) = cases::MARRIAGE_UNKNOWN;
        return Ok(Some(Problem::new(Code::FORBIDDEN).detail(zh, en).into()));
    }
    Ok(None)
}

/// Whether the case that it rests on, or was voided with, was revoked.
pub fn rests_on_nothing(conn: &mut Conn, one: &Certificate) -> Result<bool> {
    let mut bases = [one.case_id, one.voided_with].into_iter().flatten();
    bases.try_fold(false, |revoked, case| Ok(revoked || cases::store::is_revoked(conn, case)?))
}

/// That what a certificate rests on was revoked.
pub fn revoked() -> Error {
    let (zh, en) = ("所憑之登記業經撤銷", "the registration that it rests on was revoked");
    Problem::new(Code::CONFLICT).detail(zh, en).into()
}

/// The state after the act, or the refusal that names what the caller may do.
pub fn applied(conn: &mut Conn, node: &Node, by: &By, one: &Certificate, act: CertificateAct) -> Result<CertificateStatus> {
    let proxy = store::proxies(conn, slice::from_ref(one))?.remove(&one.id);
    let Some(status) = act.after(one.status) else { return Err(Error::wrong_state(&allowed(conn, node, by, one, proxy)?)) };
    // Whoever applied is no member of staff, and the parts are those of the office's acts.
    let parts = if by.reach == Reach::Own { Vec::new() } else { parts(conn, by, one, proxy)? };
    obstacle(conn, node, by, one, (act, &parts))?.map_or(Ok(status), Err)
}

/// What becomes of an application that the caller has taken: it waits for whoever looks at it beside them, else it is issued at
/// once by them.
pub fn taken(conn: &mut Conn, node: &Node, by: &By, one: &Certificate) -> Result<CertificateStatus> {
    if by.reach == Reach::Own {
        return Ok(CertificateStatus::Requested);
    }
    let proxy = store::proxies(conn, slice::from_ref(one))?.remove(&one.id);
    CertificateAct::Request.keep_apart(&parts(conn, by, one, proxy)?)?;
    if rests_on_nothing(conn, one)? {
        return Err(revoked());
    }
    let waits = cases::second_look(conn, node, &one.kind, one.person_id)?.is_some();
    Ok(if waits { CertificateStatus::Requested } else { CertificateStatus::Issued })
}

/// A certificate as the caller sees it.
pub fn view(conn: &mut Conn, node: &Node, by: &By, one: Certificate, check_code: Option<String>) -> Result<CertificateView> {
    let beside = beside(conn, node, by, slice::from_ref(&one))?.remove(&one.id).unwrap_or_default();
    view_with(conn, node, by, one, beside, check_code)
}

/// The same, where it is known already what is known of it beside its row.
pub fn view_with(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    one: Certificate,
    beside: Beside,
    check_code: Option<String>,
) -> Result<CertificateView> {
    let is_staff = by.reach != Reach::Own;
    let names = match &one.named {
        // Of before names were kept: the register's name of today is not theirs to see who are outside the office.
        None if !is_staff => Names { person: NOBODY.to_owned(), applicant: NOBODY.to_owned(), ..Names::default() },
        _ => one.names(conn, &node.vault)?,
    };
    let allowed_actions = allowed(conn, node, by, &one, beside.proxy)?;
    let (person, applicant) = (people::mask_name(&names.person), people::mask_name(&names.applicant));
    let reason = one.why(&node.vault)?;
    let purpose = people::mask_numbers(&one.said(&node.vault)?.purpose);
    let romanised_name = if check_code.is_some() && one.kind == ENGLISH {
        people::holding::todays_text(conn, &node.vault, one.person_id, FactKind::RomanisedName)?
    } else {
        None
    };
    let identity_level = if is_staff { level_of(conn, &one)? } else { None };
    let papers = is_staff.then_some(names.papers);
    let (letter, representative_paper) = (names.letter.filter(|_| is_staff), names.representative_paper.filter(|_| is_staff));
    let representative_proof = names.representative_proof.filter(|_| is_staff);
    let representative = names.representative.filter(|_| is_staff).map(|(name, _)| people::mask_name(&name));
    let outdated = beside.outdated;
    let proxy = names.proxy.as_deref().map(people::mask_name).or(beside.proxy_name);
    let whole = contacts::is_own(by, one.applicant_id, (&one.requested_by, one.requested_at));
    let contact = contacts::of(conn, &node.vault, &store::path(one.id))?.map(|contact| contact.shown(whole));
    Ok(view_of!(CertificateView, one {
        id, kind, status, serial, relation, channel, service_point, case_id, scope, copies, sheets, fee_twd,
        requested_at, issued_at, voided_at,
    } reason, purpose, person, applicant, proxy, letter, representative_paper, representative, representative_proof, papers, contact, identity_level, outdated, allowed_actions,
        check_code, romanised_name))
}

/// The answer that shows a certificate.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, one: Certificate, check_code: Option<String>) -> Result<Reply> {
    let version = one.version;
    Ok(Reply::ok(&view(conn, node, by, one, check_code)?)?.version(version))
}
