//! Operations on certificates.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::application::CertificateInput;
use super::model::{CertificateAct, CertificateFilter, CertificateScope, CertificateStatus};
use super::policy::{
    CreateCertificate, GetCertificate, IssueCertificate, ListCertificates, RefuseCertificate, ReinstateCertificate,
    VerifyCertificate, VoidCertificate,
};
use super::store::{self, Certificate};
use crate::auth::{By, May, Reach};
use crate::cases::types::model::Relation;
use crate::cases::{self, CaseTypes};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Error, Problem, Result};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, ordered_days};
use crate::node::Node;
use crate::people::{self, Reason};
use crate::scheduling::services::Channel;
use crate::secrets::vault::random_secret;
use crate::states::Part;
use crate::view_of;

/// A certificate.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "kind": "TRANSCRIPT_ZH", "status": "ISSUED", "serial": "115-TRANSCRIPT_ZH-000001",
    "person": "王○美", "applicant": "王○美", "relation": "SELF", "channel": "COUNTER", "service_point": "HEMEI", "case_id": null,
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
    /// Masked.
    #[schema(max_length = 100)]
    pub person: String,
    /// Masked.
    #[schema(max_length = 100)]
    pub applicant: String,
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

/// The parts that the caller has in a certificate.
fn parts(by: &By, one: &Certificate) -> Vec<Part> {
    let (me, held) = (by.caller.name(), [(&one.issued_by, Part::Clerk), (&one.voided_by, Part::Supervisor)]);
    held.into_iter().filter(|(held, _)| held.as_ref() == Some(&me)).map(|(_, part)| part).collect()
}

/// What the caller may do with a certificate now.
fn allowed(conn: &mut Conn, by: &By, one: &Certificate) -> Result<Vec<&'static str>> {
    if by.reach == Reach::Own {
        return Ok(Vec::new());
    }
    let revoked = rests_on_nothing(conn, one)?;
    let may = |act: &CertificateAct| {
        let stands = !matches!(act, CertificateAct::Issue | CertificateAct::Reinstate) || !revoked;
        act.line().is_granted(&by.caller) && stands && act.keep_apart(&parts(by, one)).is_ok()
    };
    Ok(CertificateAct::possible(one.status).filter(may).map(|act| act.line().name).collect())
}

/// Whether the case that it rests on was revoked.
fn rests_on_nothing(conn: &mut Conn, one: &Certificate) -> Result<bool> {
    one.case_id.map_or(Ok(false), |case| cases::store::is_revoked(conn, case))
}

/// The state after the act, or the refusal that names what the caller may do.
fn applied(conn: &mut Conn, by: &By, one: &Certificate, act: CertificateAct) -> Result<CertificateStatus> {
    let Some(status) = act.after(one.status) else { return Err(Error::wrong_state(&allowed(conn, by, one)?)) };
    act.keep_apart(&parts(by, one))?;
    Ok(status)
}

fn view(conn: &mut Conn, node: &Node, by: &By, one: Certificate, check_code: Option<String>) -> Result<CertificateView> {
    let outdated = one.status == CertificateStatus::Issued && !store::outdated(conn, &[one.id])?.is_empty();
    view_with(conn, node, by, one, outdated, check_code)
}

fn view_with(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    one: Certificate,
    outdated: bool,
    check_code: Option<String>,
) -> Result<CertificateView> {
    let (person, _) = people::store::masked(conn, &node.vault, one.person_id)?;
    let (applicant, _) = people::store::masked(conn, &node.vault, one.applicant_id)?;
    let allowed_actions = allowed(conn, by, &one)?;
    Ok(view_of!(CertificateView, one {
        id, kind, status, serial, relation, channel, service_point, case_id, scope, purpose, copies, sheets, fee_twd, reason,
        requested_at, issued_at, voided_at,
    } person, applicant, outdated, allowed_actions, check_code))
}

/// The answer that shows a certificate.
fn shown(conn: &mut Conn, node: &Node, by: &By, one: Certificate, check_code: Option<String>) -> Result<Reply> {
    let version = one.version;
    Ok(Reply::ok(&view(conn, node, by, one, check_code)?)?.version(version))
}

fn revoked() -> Error {
    let (zh, en) = ("所憑之登記業經撤銷", "the registration that it rests on was revoked");
    Problem::new(Code::CONFLICT).detail(zh, en).into()
}

/// Gives a certificate its serial and its check code.
fn issue(tx: &mut Tx, node: &Node, by: &By, certificate: &mut Certificate) -> Result<String> {
    certificate.status = applied(tx, by, certificate, CertificateAct::Issue)?;
    if rests_on_nothing(tx, certificate)? {
        return Err(revoked());
    }
    if certificate.kind == "SEAL_CERT" {
        cases::require_seal(tx, Some(certificate.person_id), "/person/national_id")?;
    }
    let year = by.now.roc_year();
    let next = tx.next_number(&format!("certificates/{year}/{}", certificate.kind))?;
    let check_code = random_secret(16);
    certificate.serial = Some(format!("{year}-{}-{next:06}", certificate.kind));
    certificate.check_code_hash = Some(node.vault.secret_hash(&check_code));
    (certificate.issued_by, certificate.issued_at) = (Some(by.caller.name()), Some(by.now));
    Ok(check_code)
}

fn tell(tx: &mut Tx, certificate: &Certificate, act: CertificateAct, why: &str) {
    let event = json!({
        "kind": certificate.kind, "status": certificate.status, "serial": certificate.serial,
        "channel": certificate.channel, "service_point": certificate.service_point,
    });
    let record = Record::change(act.line().journal, format!("certificates/{}", certificate.id), event);
    tx.record(record.about(certificate.person_id).because(why));
}

/// Voids what rests on a case that was revoked: two people have decided on that.
pub fn follow_case(tx: &mut Tx, _: &Node, by: &By, case: Id) -> Result<()> {
    if !cases::store::is_revoked(tx, case)? {
        return Ok(());
    }
    for mut one in store::issued_for(tx, case)? {
        let why = "所憑之登記業經撤銷";
        one.status = CertificateAct::VoidWithCase.apply(one.status)?;
        void(by, &mut one, why);
        store::save(tx, &mut one)?;
        tell(tx, &one, CertificateAct::VoidWithCase, why);
    }
    Ok(())
}

fn void(by: &By, one: &mut Certificate, why: &str) {
    one.reason = Some(why.to_owned());
    (one.voided_by, one.voided_at) = (Some(by.caller.name()), Some(by.now));
}

/// Applies for a certificate.
///
/// A clerk's is issued at once, with serial and check code; citizens' and proxies' wait for the office. Others
/// than the person show their interest (戶籍法 §65). Fees by 戶政規費收費標準.
#[utoipa::path(tag = "Certificates", operation_id = "create_certificate", request_body = CertificateInput, responses((status = 201, description = "The certificate.", body = CertificateView)))]
#[post("/v1/certificates")]
pub async fn create_certificate(
    may: May<CreateCertificate>,
    node: Data<Node>,
    Valid(input): Valid<CertificateInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut certificate = input.applied(tx, &node, by)?;
        let at_once = by.reach != Reach::Own;
        let check_code = if at_once { Some(issue(tx, &node, by, &mut certificate)?) } else { None };
        store::insert(tx, &certificate)?;
        tell(tx, &certificate, if at_once { CertificateAct::Issue } else { CertificateAct::Request }, "");
        let (id, version) = (certificate.id, certificate.version);
        let shown = view(tx, &node, by, certificate, check_code)?;
        Ok(Reply::created(format!("/v1/certificates/{id}"), &shown)?.version(version))
    })
    .await
}

/// Lists certificates.
///
/// Newest first; citizens and proxies see their own, a branch desk its own. People are masked.
#[utoipa::path(tag = "Certificates", operation_id = "list_certificates", params(CertificateFilter, Listing), responses((
    status = 200, description = "A page of certificates.", body = Page<CertificateView>, example = json!({"items": [{
        "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "kind": "TRANSCRIPT_ZH", "status": "ISSUED", "serial": "115-TRANSCRIPT_ZH-000001",
        "person": "王○美", "applicant": "王○美", "relation": "SELF", "channel": "COUNTER", "service_point": "HEMEI", "case_id": null,
        "scope": "WHOLE", "purpose": "就學", "copies": 1, "sheets": 2, "fee_twd": 30, "reason": null,
        "requested_at": "2026-11-23T09:00:00+08:00", "issued_at": "2026-11-23T09:00:00+08:00", "voided_at": null, "outdated": false, "allowed_actions": []
    }], "next": null}),
)))]
#[get("/v1/certificates")]
pub async fn list_certificates(
    may: May<ListCertificates>,
    node: Data<Node>,
    Params(query): Params<CertificateFilter>,
    paging: Paging,
) -> Result<Reply> {
    ordered_days(query.from, query.to)?;
    may.read(move |conn, by| {
        node.part::<CaseTypes>().check_filter(conn, "kind", query.kind.as_deref())?;
        let page = store::list(conn, by, &query, &paging)?;
        let ids: Vec<Id> = page.items.iter().map(|one| one.id).collect();
        let outdated = store::outdated(conn, &ids)?;
        let shown = page.try_map(|one| {
            let outdated = outdated.contains(&one.id);
            view_with(conn, &node, by, one, outdated, None)
        });
        Reply::ok(&shown?)
    })
    .await
}

/// Shows a certificate.
///
/// As a record of its issue: the certificate itself is the paper.
#[utoipa::path(tag = "Certificates", operation_id = "get_certificate", params(IdInPath), responses((status = 200, description = "The certificate.", body = CertificateView)))]
#[get("/v1/certificates/{id}")]
pub async fn get_certificate(may: May<GetCertificate>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let one = store::find(conn, by, id.0)?;
        shown(conn, &node, by, one, None)
    })
    .await
}

/// Issues a certificate that was applied for.
///
/// The answer holds the check code, shown this once, to be printed on it.
#[utoipa::path(tag = "Certificates", operation_id = "issue_certificate", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The issued certificate.", body = CertificateView),
    (status = 409, description = "`wrong_state` with `allowed_actions`, or `conflict`: the registration that it rests on was revoked."),
))]
#[post("/v1/certificates/{id}:issue")]
pub async fn issue_certificate(may: May<IssueCertificate>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut one = store::find(tx, by, id.0)?;
        if_match.check(one.version)?;
        people::store::own(tx, &[one.person_id])?;
        let check_code = issue(tx, &node, by, &mut one)?;
        store::save(tx, &mut one)?;
        tell(tx, &one, CertificateAct::Issue, "");
        shown(tx, &node, by, one, Some(check_code))
    })
    .await
}

/// Refuses a certificate that was applied for.
///
/// With the reason that the applicant is shown.
#[utoipa::path(tag = "Certificates", operation_id = "refuse_certificate", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The refused application.", body = CertificateView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/certificates/{id}:refuse")]
pub async fn refuse_certificate(
    may: May<RefuseCertificate>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut one = store::find(tx, by, id.0)?;
        if_match.check(one.version)?;
        one.status = applied(tx, by, &one, CertificateAct::Refuse)?;
        one.reason = Some(why.as_str().to_owned());
        store::save(tx, &mut one)?;
        tell(tx, &one, CertificateAct::Refuse, why.as_str());
        shown(tx, &node, by, one, None)
    })
    .await
}

/// Voids an issued certificate.
///
/// For a misprint, the wrong person, or an entry that no longer stands; with a reason, and never by whoever issued it.
/// `:verify` then says that it was voided. Certificates that rest on a case are voided with it when it is revoked.
#[utoipa::path(tag = "Certificates", operation_id = "void_certificate", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The voided certificate.", body = CertificateView),
    (status = 409, description = "`wrong_state` with `allowed_actions`, or `same_person`: whoever issued it does not void it."),
))]
#[post("/v1/certificates/{id}:void")]
pub async fn void_certificate(
    may: May<VoidCertificate>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut one = store::find(tx, by, id.0)?;
        if_match.check(one.version)?;
        one.status = applied(tx, by, &one, CertificateAct::Void)?;
        void(by, &mut one, why.as_str());
        store::save(tx, &mut one)?;
        tell(tx, &one, CertificateAct::Void, why.as_str());
        shown(tx, &node, by, one, None)
    })
    .await
}

/// Reinstates a voided certificate.
///
/// For one that was voided by mistake; with a reason, and never by whoever voided it. One that rests on a revoked case
/// stays void.
#[utoipa::path(tag = "Certificates", operation_id = "reinstate_certificate", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The certificate, issued as before.", body = CertificateView),
    (status = 409, description = "`wrong_state` with `allowed_actions`, `same_person`: whoever voided it does not reinstate it, or `conflict`: the registration that it rests on was revoked."),
))]
#[post("/v1/certificates/{id}:reinstate")]
pub async fn reinstate_certificate(
    may: May<ReinstateCertificate>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut one = store::find(tx, by, id.0)?;
        if_match.check(one.version)?;
        let status = applied(tx, by, &one, CertificateAct::Reinstate)?;
        if rests_on_nothing(tx, &one)? {
            return Err(revoked());
        }
        (one.status, one.reason, one.voided_by, one.voided_at) = (status, None, None, None);
        store::save(tx, &mut one)?;
        tell(tx, &one, CertificateAct::Reinstate, why.as_str());
        shown(tx, &node, by, one, None)
    })
    .await
}

/// What stands on the paper.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"serial": "115-TRANSCRIPT_ZH-000001", "check_code": "0Yw8cI5mVn3r9kQp2sT7uA"}))]
pub struct CertificateProof {
    #[schema(min_length = 1, max_length = 60)]
    serial: String,
    #[schema(min_length = 1, max_length = 60)]
    check_code: String,
}

/// Whether it is genuine; no names.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "genuine": true, "voided_on": null, "outdated": false, "kind": "TRANSCRIPT_ZH", "issued_on": "2026-11-23", "copies": 1, "service_point": "HEMEI"
}))]
pub struct CertificateVerdict {
    /// The office issued it, and it was not voided since.
    genuine: bool,
    /// The day on which the office voided it.
    voided_on: Option<NaiveDate>,
    /// An entry of its person was corrected or revoked since: ask for a new one.
    outdated: bool,
    #[schema(max_length = 40)]
    kind: Option<String>,
    issued_on: Option<NaiveDate>,
    #[schema(minimum = 1)]
    copies: Option<i32>,
    #[schema(max_length = 20)]
    service_point: Option<String>,
}

/// Proves a certificate.
///
/// For anyone who holds the paper: serial and check code together tell whether the office issued it, and whether it was
/// voided since. The answer names nobody.
#[utoipa::path(tag = "Certificates", operation_id = "verify_certificate", request_body = CertificateProof, responses((status = 200, description = "The verdict.", body = CertificateVerdict)))]
#[post("/v1/certificates:verify")]
pub async fn verify_certificate(
    may: May<VerifyCertificate>,
    node: Data<Node>,
    Valid(proof): Valid<CertificateProof>,
) -> Result<Reply> {
    node.limits.login(&may.address())?;
    may.read(move |conn, _| {
        let found = store::by_serial(conn, &proof.serial)?;
        let genuine =
            |one: &Certificate| one.check_code_hash.as_deref().is_some_and(|hash| node.vault.is_secret(&proof.check_code, hash));
        let found = found.filter(genuine);
        let outdated = found.as_ref().map_or(Ok(Vec::new()), |one| store::outdated(conn, &[one.id]))?;
        let outdated = !outdated.is_empty();
        Reply::ok(&CertificateVerdict {
            genuine: found.as_ref().is_some_and(|one| one.status == CertificateStatus::Issued),
            voided_on: found.as_ref().and_then(|one| one.voided_at).map(Moment::date),
            outdated,
            kind: found.as_ref().map(|one| one.kind.clone()),
            issued_on: found.as_ref().and_then(|one| one.issued_at).map(Moment::date),
            copies: found.as_ref().map(|one| one.copies),
            service_point: found.map(|one| one.service_point),
        })
    })
    .await
}
