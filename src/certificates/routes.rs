//! Operations on certificates.

use actix_web::web::Data;
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{CertificateAct, CertificateScope, CertificateStatus, fee, is_certificate, require_right};
use super::store::{self, Certificate, Filter};
use crate::auth::policy::{
    CreateCertificate, GetCertificate, IssueCertificate, ListCertificates, RefuseCertificate, VerifyCertificate,
};
use crate::auth::vault::random_secret;
use crate::auth::{By, May, Reach};
use crate::calendar::Moment;
use crate::cases;
use crate::cases::types::model::{CaseType, Relation};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::counters;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, page_of};
use crate::office::desk;
use crate::people::{self, IdNumber, Label, Name, Note, PersonInput};
use crate::scheduling::services::Channel;
use crate::state::State;

/// Who applies for a certificate.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateApplicant {
    name: Name,
    national_id: IdNumber,
    /// One of the `applicants` of the kind.
    relation: Relation,
}

/// An application for a certificate.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "TRANSCRIPT_ZH", "person": {"name": "王小美", "national_id": "N200000004"},
    "applicant": {"name": "王小美", "national_id": "N200000004", "relation": "SELF"}, "scope": "WHOLE", "purpose": "就學", "copies": 1
}))]
pub struct CertificateInput {
    /// Code of a case type of the groups CERTIFICATE and HOUSEHOLD_CERTIFICATE, or SEAL_CERT, DOOR_CERT.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    kind: String,
    /// Whose entry it shows.
    #[validate(nested)]
    person: PersonInput,
    #[validate(nested)]
    applicant: CertificateApplicant,
    #[serde(default = "person_only")]
    #[schema(default = "PERSON")]
    scope: CertificateScope,
    purpose: Note,
    /// Proof of the interest, from an interested person (戶籍法 §65).
    interest_proof: Option<Label>,
    #[validate(range(min = 1, max = 20))]
    #[schema(minimum = 1, maximum = 20)]
    copies: i32,
    /// Sheets of one copy, for fees by the sheet.
    #[serde(default = "one")]
    #[validate(range(min = 1, max = 200))]
    #[schema(minimum = 1, maximum = 200, default = 1)]
    sheets: i32,
    channel: Option<Channel>,
    #[validate(length(min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20)]
    service_point: Option<String>,
    /// The registration that it follows from.
    case_id: Option<Id>,
}

fn person_only() -> CertificateScope {
    CertificateScope::Person
}

fn one() -> i32 {
    1
}

/// A certificate.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "kind": "TRANSCRIPT_ZH", "status": "ISSUED", "serial": "115-TRANSCRIPT_ZH-000001",
    "person": "王○美", "applicant": "王○美", "relation": "SELF", "channel": "COUNTER", "service_point": "HEMEI", "case_id": null,
    "scope": "WHOLE", "purpose": "就學", "copies": 1, "sheets": 2, "fee_twd": 30, "reason": null,
    "requested_at": "2026-11-23T09:00:00+08:00", "issued_at": "2026-11-23T09:00:00+08:00", "allowed_actions": [],
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
    /// Why it was refused.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    pub requested_at: Moment,
    pub issued_at: Option<Moment>,
    #[schema(max_items = 5)]
    pub allowed_actions: Vec<&'static str>,
    /// To be printed on the certificate; shown once, when it is issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40)]
    pub check_code: Option<String>,
}

fn view(conn: &mut Conn, state: &State, by: &By, one: Certificate, check_code: Option<String>) -> Result<CertificateView> {
    let (person, _) = people::store::masked(conn, &state.vault, one.person_id)?;
    let (applicant, _) = people::store::masked(conn, &state.vault, one.applicant_id)?;
    let staff = by.reach != Reach::Own;
    Ok(CertificateView {
        allowed_actions: if staff { CertificateAct::allowed(one.status) } else { Vec::new() },
        id: one.id,
        kind: one.kind,
        status: one.status,
        serial: one.serial,
        person,
        applicant,
        relation: one.relation,
        channel: one.channel,
        service_point: one.service_point,
        case_id: one.case_id,
        scope: one.scope,
        purpose: one.purpose,
        copies: one.copies,
        sheets: one.sheets,
        fee_twd: one.fee_twd,
        reason: one.reason,
        requested_at: one.requested_at,
        issued_at: one.issued_at,
        check_code,
    })
}

/// Gives a certificate its serial and its check code.
fn issue(tx: &mut Tx, state: &State, by: &By, certificate: &mut Certificate) -> Result<String> {
    certificate.status = CertificateAct::Issue.apply(certificate.status)?;
    if certificate.kind == "SEAL_CERT" {
        cases::require_seal(tx, certificate.person_id)?;
    }
    let year = counters::roc_year(by.now);
    let next = counters::next(tx, &format!("certificates/{year}/{}", certificate.kind))?;
    let check_code = random_secret(16);
    certificate.serial = Some(format!("{year}-{}-{next:06}", certificate.kind));
    certificate.check_code_hash = Some(state.vault.secret_hash(&check_code));
    (certificate.issued_by, certificate.issued_at) = (Some(by.caller.name()), Some(by.now));
    Ok(check_code)
}

fn tell(tx: &mut Tx, certificate: &Certificate, action: &'static str) {
    let event = json!({
        "kind": certificate.kind, "status": certificate.status, "serial": certificate.serial,
        "channel": certificate.channel, "service_point": certificate.service_point,
    });
    tx.record(Record::change(action, format!("certificates/{}", certificate.id), event).about(certificate.person_id));
}

impl CertificateInput {
    fn kind_on(&self, state: &State, conn: &mut Conn, by: &By) -> Result<std::sync::Arc<CaseType>> {
        let catalogue = state.case_types.at(conn)?;
        let found = catalogue.on(&self.kind, by.now.date()).filter(|t| is_certificate(&t.code, &t.rules));
        let text = || Text::new("不是可核發之證明種類", "this is no certificate of the office");
        found.cloned().ok_or_else(|| Error::field("/kind", "not_allowed", text()))
    }

    fn channel_of(&self, by: &By, kind: &CaseType) -> Result<Channel> {
        let usual = if by.reach == Reach::Own { Channel::Online } else { Channel::Counter };
        let channel = self.channel.unwrap_or(usual);
        let own = by.reach != Reach::Own || channel == Channel::Online;
        if own && kind.rules.channels.contains(&channel) {
            return Ok(channel);
        }
        Err(Error::field("/channel", "not_allowed", Text::new("此類證明不受理該管道", "it cannot be applied for this way")))
    }
}

/// Applies for a certificate.
///
/// A clerk's is issued at once, with serial and check code; citizens' and proxies' wait for the office. Others
/// than the person show their interest (戶籍法 §65). Fees by 戶政規費收費標準.
#[utoipa::path(tag = "Certificates", operation_id = "create_certificate", request_body = CertificateInput, responses((status = 201, description = "The certificate.", body = CertificateView)))]
#[post("/v1/certificates")]
pub async fn create_certificate(
    may: May<CreateCertificate>,
    state: Data<State>,
    Valid(input): Valid<CertificateInput>,
) -> Result<Reply> {
    may.write_once(move |tx, by| {
        let kind = input.kind_on(&state, tx, by)?;
        require_right(&kind.rules, input.applicant.relation, input.interest_proof.is_some())?;
        let itself = input.applicant.relation == Relation::Oneself;
        if itself && input.applicant.national_id != input.person.national_id {
            let text = Text::new("本人申請者須為同一人", "SELF is the person themself");
            return Err(Error::field("/applicant/relation", "not_allowed", text));
        }
        let service_point = desk::chosen(by, input.service_point.as_deref())?;
        let channel = input.channel_of(by, &kind)?;
        if by.reach == Reach::Own {
            let number = people::store::find(tx, &state.vault, &input.applicant.national_id)?;
            let represented = people::store::represented(tx, by, cases::store::PROXY_SCOPE)?;
            if !number.is_some_and(|id| represented.contains(&id)) {
                let text = Text::new("僅得為本人或委託人申請", "apply for yourself or for your principal");
                return Err(Error::field("/applicant/national_id", "no_letter_of_proxy", text));
            }
        }
        if let Some(case) = input.case_id {
            cases::store::find(tx, by, case)
                .map_err(|_| Error::field("/case_id", "not_found", Text::new("查無此案件", "there is no such case")))?;
        }
        let find = |tx: &mut Tx, name: &str, number: &IdNumber| {
            people::store::find_or_create(tx, &state.vault, name, number, None, by.now)
        };
        let person_id = find(tx, &input.person.name, &input.person.national_id)?;
        let applicant_id = find(tx, input.applicant.name.as_str(), &input.applicant.national_id)?;
        let mut certificate = Certificate {
            id: Id::new(by.now),
            kind: input.kind.clone(),
            status: CertificateStatus::Requested,
            serial: None,
            check_code_hash: None,
            person_id,
            applicant_id,
            relation: input.applicant.relation,
            channel,
            service_point,
            case_id: input.case_id,
            scope: input.scope,
            purpose: input.purpose.as_str().to_owned(),
            interest_proof: input.interest_proof.as_ref().map(|proof| proof.as_str().to_owned()),
            copies: input.copies,
            sheets: input.sheets,
            fee_twd: fee(&input.kind, kind.rules.fee_twd, input.copies, input.sheets),
            reason: None,
            requested_by: by.caller.name(),
            requested_at: by.now,
            issued_by: None,
            issued_at: None,
            version: 1,
        };
        let at_once = by.reach != Reach::Own;
        let check_code = if at_once { Some(issue(tx, &state, by, &mut certificate)?) } else { None };
        store::insert(tx, &certificate)?;
        tell(tx, &certificate, if at_once { "certificate.issued" } else { "certificate.requested" });
        let (id, version) = (certificate.id, certificate.version);
        let shown = view(tx, &state, by, certificate, check_code)?;
        Ok(Reply::created(format!("/v1/certificates/{id}"), &shown)?.version(version))
    })
    .await
}

/// Filters of the list of certificates.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CertificateFilter {
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    kind: Option<String>,
    status: Option<CertificateStatus>,
    /// By this channel: mail, telephone and online ones count in K6-1.
    channel: Option<Channel>,
}

/// Lists certificates.
///
/// Newest first; citizens and proxies see their own, a branch desk its own. People are masked.
#[utoipa::path(tag = "Certificates", operation_id = "list_certificates", params(CertificateFilter, Listing), responses((status = 200, description = "A page of certificates.", body = Page<CertificateView>)))]
#[get("/v1/certificates")]
pub async fn list_certificates(
    may: May<ListCertificates>,
    state: Data<State>,
    Params(query): Params<CertificateFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let filter = Filter { kind: query.kind, status: query.status, channel: query.channel };
        let (rows, total) = store::list(conn, by, &filter, &paging)?;
        let views = rows.into_iter().map(|one| view(conn, &state, by, one, None)).collect::<Result<Vec<_>>>()?;
        Reply::ok(&page_of(&paging, views, total, |one| one.id.to_string()))
    })
    .await
}

/// Shows a certificate.
///
/// As a record of its issue: the certificate itself is the paper.
#[utoipa::path(tag = "Certificates", operation_id = "get_certificate", params(IdInPath), responses((status = 200, description = "The certificate.", body = CertificateView)))]
#[get("/v1/certificates/{id}")]
pub async fn get_certificate(may: May<GetCertificate>, state: Data<State>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let one = store::find(conn, by, id.0)?;
        let version = one.version;
        Ok(Reply::ok(&view(conn, &state, by, one, None)?)?.version(version))
    })
    .await
}

/// Issues a certificate that was applied for.
///
/// The answer holds the check code, shown this once, to be printed on it.
#[utoipa::path(tag = "Certificates", operation_id = "issue_certificate", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The issued certificate.", body = CertificateView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/certificates/{id}:issue")]
pub async fn issue_certificate(may: May<IssueCertificate>, state: Data<State>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut one = store::find(tx, by, id.0)?;
        if_match.check(one.version)?;
        let check_code = issue(tx, &state, by, &mut one)?;
        store::save(tx, &mut one)?;
        tell(tx, &one, "certificate.issued");
        let version = one.version;
        Ok(Reply::ok(&view(tx, &state, by, one, Some(check_code))?)?.version(version))
    })
    .await
}

/// Why it is refused.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "未附利害關係證明"}))]
pub struct CertificateRefusal {
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Refuses a certificate that was applied for.
///
/// With the reason that the applicant is shown.
#[utoipa::path(tag = "Certificates", operation_id = "refuse_certificate", params(IdInPath, IfMatchHeader), request_body = CertificateRefusal, responses(
    (status = 200, description = "The refused application.", body = CertificateView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/certificates/{id}:refuse")]
pub async fn refuse_certificate(
    may: May<RefuseCertificate>,
    state: Data<State>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<CertificateRefusal>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut one = store::find(tx, by, id.0)?;
        if_match.check(one.version)?;
        one.status = CertificateAct::Refuse.apply(one.status)?;
        one.reason = Some(why.reason.clone());
        store::save(tx, &mut one)?;
        tell(tx, &one, "certificate.refused");
        let version = one.version;
        Ok(Reply::ok(&view(tx, &state, by, one, None)?)?.version(version))
    })
    .await
}

/// What stands on the paper.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"serial": "115-TRANSCRIPT_ZH-000001", "check_code": "0Yw8cI5mVn3r9kQp2sT7uA"}))]
pub struct CertificateProof {
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60)]
    serial: String,
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60)]
    check_code: String,
}

/// Whether it is genuine; no names.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"genuine": true, "kind": "TRANSCRIPT_ZH", "issued_on": "2026-11-23", "copies": 1, "service_point": "HEMEI"}))]
pub struct CertificateVerdict {
    genuine: bool,
    #[schema(max_length = 40)]
    kind: Option<String>,
    issued_on: Option<chrono::NaiveDate>,
    #[schema(minimum = 1)]
    copies: Option<i32>,
    #[schema(max_length = 20)]
    service_point: Option<String>,
}

/// Proves a certificate.
///
/// For anyone who holds the paper: serial and check code together tell whether the office issued it. The answer
/// names nobody.
#[utoipa::path(tag = "Certificates", operation_id = "verify_certificate", request_body = CertificateProof, responses((status = 200, description = "The verdict.", body = CertificateVerdict)))]
#[post("/v1/certificates:verify")]
pub async fn verify_certificate(
    may: May<VerifyCertificate>,
    state: Data<State>,
    Valid(proof): Valid<CertificateProof>,
) -> Result<Reply> {
    state.limits.login(&may.address())?;
    may.read(move |conn, _| {
        let found = store::by_serial(conn, &proof.serial)?;
        let genuine =
            |one: &Certificate| one.check_code_hash.as_deref().is_some_and(|hash| state.vault.is_secret(&proof.check_code, hash));
        let found = found.filter(genuine);
        Reply::ok(&CertificateVerdict {
            genuine: found.is_some(),
            kind: found.as_ref().map(|one| one.kind.clone()),
            issued_on: found.as_ref().and_then(|one| one.issued_at).map(Moment::date),
            copies: found.as_ref().map(|one| one.copies),
            service_point: found.map(|one| one.service_point),
        })
    })
    .await
}
