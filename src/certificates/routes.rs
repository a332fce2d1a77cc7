//! Operations on certificates.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::acting;
use super::application::{CertificateInput, chosen_of};
use super::consent::OfRepresentative;
use super::entitled::require_first;
use super::model::{CertificateAct, CertificateFilter, CertificateStatus};
use super::outdated;
use super::policy::{
    CreateCertificate, GetCertificate, IssueCertificate, ListCertificates, ReinstateCertificate, VerifyCertificate,
    VoidCertificate,
};
use super::protected::{bar, require_open, told};
use super::reach;
use super::resting;
use super::store::{self, Certificate};
use super::view::{CertificateView, applied, beside, level_of, shown, taken, view, view_with};
use crate::accounts::{self, IdentityLevel, IdentityPaper};
use crate::auth::policy::Action;
use crate::auth::{By, May, Reach};
use crate::cases::{self, CaseTypes};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Record, Tx};
use crate::error::{Code, Problem, Result};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, ordered_days};
use crate::node::Node;
use crate::people::chosen::{self, ChosenRecord};
use crate::people::facts::{FactKind, Rank, Word};
use crate::people::papers::{RepresentativePaper, RepresentativeProof};
use crate::people::store::Registered;
use crate::people::{self, Reason, Representative, contacts, differences};
use crate::secrets::vault::random_secret;
use crate::states::require_anothers;

/// Gives a certificate its serial and its check code.
fn issue(tx: &mut Tx, node: &Node, by: &By, certificate: &mut Certificate) -> Result<String> {
    if certificate.kind == "SEAL_CERT" {
        cases::require_seal(tx, Some(certificate.person_id), "/person/national_id")?;
    }
    cases::require_here(tx, node, &certificate.kind, certificate.person_id)?;
    cases::require_held(tx, node, &certificate.kind, certificate.person_id)?;
    require_first(tx, node, certificate, by.now)?;
    let year = by.now.roc_year();
    let next = tx.next_number(&format!("certificates/{year}/{}", certificate.kind))?;
    let check_code = random_secret(16);
    certificate.serial = Some(format!("{year}-{}-{next:06}", certificate.kind));
    certificate.check_code_hash = Some(node.vault.secret_hash(&check_code));
    (certificate.issued_by, certificate.issued_at) = (Some(by.caller.name()), Some(by.now));
    Ok(check_code)
}

pub fn tell(tx: &mut Tx, certificate: &Certificate, act: CertificateAct, why: &str) {
    let event = json!({
        "kind": certificate.kind, "status": certificate.status, "serial": certificate.serial,
        "channel": certificate.channel, "service_point": certificate.service_point,
    });
    let record = Record::change(act.line().journal, store::path(certificate.id), event);
    tx.record(record.about(certificate.person_id).because(why));
}

/// Lets a voided certificate stand as it was.
pub fn stand(one: &mut Certificate) {
    (one.reason, one.voided_by, one.voided_at, one.voided_with) = (None, None, None, None);
}

pub fn void(tx: &Tx, by: &By, one: &mut Certificate, why: &str) {
    one.because(tx, why);
    (one.voided_by, one.voided_at) = (Some(by.caller.name()), Some(by.now));
}

/// Changes one certificate: found within reach, at the version that the caller read, judged while nobody else acts on its
/// person, saved, told and shown, with the check code if the act gives it one.
pub(super) async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    id: Id,
    if_match: IfMatch,
    act: CertificateAct,
    why: Option<Reason>,
    effect: impl Fn(&mut Tx, &Node, &By, &mut Certificate, &str) -> Result<Option<String>> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut one = reach::find(tx, &node, by, id)?;
        if_match.check(one.version)?;
        people::numbers::own(tx, &[one.person_id])?;
        one.status = applied(tx, &node, by, &one, act)?;
        let why = why.as_ref().map_or("", Reason::as_str);
        let check_code = effect(tx, &node, by, &mut one, why)?;
        store::save(tx, &mut one)?;
        tell(tx, &one, act, why);
        shown(tx, &node, by, one, check_code)
    })
    .await
}

/// Applies for a certificate.
///
/// A clerk's is issued at once, with serial and check code; citizens' and proxies' wait for the office. One of kinship waits
/// (`REQUESTED`) for another than the clerk who took it (親等關聯辦法 §10), and one of a marriage, or its end, of which the register
/// knows nothing for a section chief or the director (戶籍法 §66-1): `:issue` gives it. What the register does not hold is certified
/// of nobody, as by a case: 422 `not_national` of whoever has no household registration and is named by no entry. Others
/// than the person show their interest, and are given the part that concerns them (戶籍法 §65); whoever applies by another right
/// shows the `papers` that a case of the kind asks for. The `case_id` is of a registration that stands, an entry of the person or the applicant. Whoever is registered as under
/// guardianship or under seven does not apply themself (`no_capacity`): their legal representative does, at a counter by the
/// register or a `representative_paper`, online by the register alone and by a PROVEN account, until the first minute of the
/// 18th birthday; from seven on a minor applies with the representative's consent (民法 §13, §15, §75–§77). A proxy at a counter
/// shows the `letter` (戶籍法 §47). Fees by 戶政規費收費標準.
#[utoipa::path(tag = "Certificates", operation_id = "create_certificate", request_body = CertificateInput, responses(
    (status = 201, description = "The certificate.", body = CertificateView),
    (status = 403, description = "`forbidden`; `stronger_login_required` with `acr_values`: online, where the setting `strong_log_in` names its kind."),
    (status = 409, description = "`conflict`: the register does not hold what it certifies, or it is a first one (HC_FIRST) of whoever has one; to staff only: `identity_unsettled` with `differences`: a number is somebody's who is called otherwise; `ambiguous_person` with `candidates`: it is several people's who are called so; `own_request`: it is about whoever issues it; `protected`: the applicant is barred from the person's data (家庭暴力防治法 §14, §58-2; 跟蹤騷擾防制法 §12); `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/certificates")]
pub async fn create_certificate(
    may: May<CreateCertificate>,
    node: Data<Node>,
    Valid(input): Valid<CertificateInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut certificate = input.applied(tx, &node, by)?;
        if by.reach != Reach::Own {
            // By now there is a record of everybody, which may be like that of whom a mark protects.
            require_open(tx, &node, by, &certificate)?;
        }
        certificate.status = taken(tx, &node, by, &certificate)?;
        let at_once = certificate.status == CertificateStatus::Issued;
        let check_code = if at_once { Some(issue(tx, &node, by, &mut certificate)?) } else { None };
        store::insert(tx, &certificate)?;
        if let Some(contact) = &input.contact {
            contacts::put(tx, &node.vault, &store::path(certificate.id), contact)?;
        }
        tell(tx, &certificate, if at_once { CertificateAct::Issue } else { CertificateAct::Request }, "");
        let (id, version) = (certificate.id, certificate.version);
        let shown = view(tx, &node, by, certificate, check_code)?;
        Ok(Reply::created(format!("/v1/certificates/{id}"), &shown)?.version(version))
    })
    .await
}

/// Lists certificates.
///
/// Newest first; citizens and proxies see their own, a branch desk its own. People are masked. Staff who are barred from the data of
/// somebody whom one names, or of whom these live with, do not find it, wherever it was applied for (家庭暴力防治法 §14).
#[utoipa::path(tag = "Certificates", operation_id = "list_certificates", params(CertificateFilter, Listing), responses((
    status = 200, description = "A page of certificates.", body = Page<CertificateView>, example = json!({"items": [{
        "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "kind": "TRANSCRIPT_ZH", "status": "ISSUED", "serial": "115-TRANSCRIPT_ZH-000001",
        "person": "王○美", "applicant": "王○美", "proxy": null, "contact": null, "relation": "SELF", "channel": "COUNTER", "service_point": "HEMEI", "case_id": null,
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
        let page = reach::list(conn, &node, by, &query, &paging)?;
        let mut beside = beside(conn, &node, by, &page.items)?;
        let shown = page.try_map(|one| {
            let beside = beside.remove(&one.id).unwrap_or_default();
            view_with(conn, &node, by, one, beside, None)
        });
        Reply::ok(&shown?)
    })
    .await
}

/// Shows a certificate.
///
/// As a record of its issue: the certificate itself is the paper. To staff who are barred from the data of somebody whom it names, or
/// of whom these live with, there is none (404).
#[utoipa::path(tag = "Certificates", operation_id = "get_certificate", params(IdInPath), responses((status = 200, description = "The certificate.", body = CertificateView)))]
#[get("/v1/certificates/{id}")]
pub async fn get_certificate(may: May<GetCertificate>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let one = reach::find(conn, &node, by, id.0)?;
        shown(conn, &node, by, one, None)
    })
    .await
}

/// What was looked at before a certificate is issued.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"document": {"kind": "ID_CARD", "number": "製證字第 1150001234 號"}}))]
pub struct CertificateIssue {
    /// The applicant's paper, as a clerk has seen it; required where their account is only `DECLARED`.
    document: Option<IdentityPaper>,
    /// The paper on which the applicant's legal representative or assistant consents (LEGAL_REP_CONSENT), as a clerk has seen
    /// it; required where the applicant is under eighteen, or under assistance and it is of a seal (民法 §15-2, §77). Of
    /// whoever applies as the representative, a proof of who they are.
    representative_paper: Option<RepresentativePaper>,
    /// Whose consent that paper is: refused where the register says that they do not represent the applicant, and required where a
    /// protection mark stands on the applicant, also on what was taken before that; then by a number or a paper.
    representative: Option<Representative>,
    /// The paper that shows the `representative` to be the one to consent: required where the register cannot tell.
    representative_proof: Option<RepresentativeProof>,
    /// Of several people who truly have the person's number and name the one who is meant.
    person: Option<ChosenRecord>,
    /// As the person; where somebody applied for themselves either says it of both.
    applicant: Option<ChosenRecord>,
}

/// Issues a certificate that was applied for.
///
/// The answer holds the check code, shown this once, to be printed on it. What was taken at a counter another issues than whoever
/// took it. Where the account that applied only says who its owner is (`identity_level` is `DECLARED`), the clerk looks at the
/// applicant's paper first and names it: 422 `required` at `/document` otherwise. What the office knows by that paper falls with it.
#[utoipa::path(tag = "Certificates", operation_id = "issue_certificate", params(IdInPath, IfMatchHeader), request_body = CertificateIssue, responses(
    (status = 200, description = "The issued certificate.", body = CertificateView),
    (status = 403, description = "`forbidden`, also to a clerk: it is of a marriage of which the register knows nothing, and a section chief or the director issues it (戶籍法 §66-1)."),
    (status = 409, description = "`wrong_state` with `allowed_actions`, `same_person`: whoever took the application does not issue it; or `conflict`: the registration that it rests on was revoked or is of others by a correction, the register does not hold what it certifies, the applicant or the proxy has died or has no capacity, or a legal representative is none any more, or the letter of proxy by which it was applied for, online or on record at a counter, is no longer in force; `identity_unsettled` with `differences`: the number is somebody's who is called otherwise, `ambiguous_person` with `candidates`: it is several people's who are called so, `own_request`: it is about whoever issues it, or `protected`: the applicant is barred from the person's data: refuse it; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/certificates/{id}:issue")]
pub async fn issue_certificate(
    may: May<IssueCertificate>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<CertificateIssue>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, CertificateAct::Issue, None, move |tx, node, by, one, _| {
        meet_named(tx, node, by, one, &input)?;
        let shown = OfRepresentative {
            paper: input.representative_paper.as_ref(),
            proof: input.representative_proof.as_ref(),
            representative: input.representative.as_ref(),
        };
        acting::require(tx, node, by, one, shown)?;
        // One's own matter by another record than the one that was named.
        let everybody = store::everybody(tx, one)?;
        require_anothers(tx, by, &everybody)?;
        issue(tx, node, by, one).map(Some)
    })
    .await
}

/// Meets those whom an application names, if that is who they are: what somebody applied for online shows whoever has that
/// number. By their own paper the applicant is seen.
fn meet_named(tx: &mut Tx, node: &Node, by: &By, one: &mut Certificate, input: &CertificateIssue) -> Result<()> {
    let (vault, document) = (&node.vault, input.document.as_deref());
    acting::require_mandate(tx, node, by, one)?;
    let (person, applicant) = (people::store::open(tx, vault, one.person_id)?, people::store::open(tx, vault, one.applicant_id)?);
    people::numbers::own_numbers(tx, vault, [&person.1, &applicant.1])?;
    let level = level_of(tx, one)?;
    // Whoever only says who they are is known by the paper, and by nothing before it is looked at.
    let is_known = document.is_some() || level != Some(IdentityLevel::Declared);
    let key = |record: &Option<ChosenRecord>| record.as_ref().map(|record| record.person_id);
    let said = chosen_of(one.person_id == one.applicant_id, (key(&input.person), key(&input.applicant)))?;
    let known = chosen::by_record(tx, vault, (one.person_id, "/person"), said.0)?;
    let known_applicant = if is_known { chosen::by_record(tx, vault, (one.applicant_id, "/applicant"), said.1)? } else { None };
    // As the application named them, by an account of their own or in somebody's place.
    let names = one.names(tx, vault)?;
    let mut named = vec![("/person", names.person.as_str(), known.as_ref())];
    named.extend(is_known.then_some(("/applicant", names.applicant.as_str(), known_applicant.as_ref())));
    differences::require_theirs(tx, &named, &[one.person_id, one.applicant_id])?;
    if is_known && let Some(account) = one.brought_by() {
        require_entitled(tx, node, account, (one.applicant_id, known_applicant.as_ref()))?;
    }
    accounts::require_paper(level, document)?;
    let word = cases::word(by, format!("certificates/{}", one.id), one.channel);
    let by_paper = Word { rank: Rank::Seen, paper: document, ..word.clone() };
    let applicant = match document {
        Some(_) => people::store::meant(tx, vault, &by_paper, (one.applicant_id, known_applicant.as_ref()))?,
        None => one.applicant_id,
    };
    if people::holding::is_deceased(tx, applicant)? {
        let (zh, en) = ("申請人已登記死亡", "the register says that the applicant has died");
        return Err(Problem::new(Code::CONFLICT).detail(zh, en).into());
    }
    one.person_id = people::store::meant(tx, vault, &word, (one.person_id, known.as_ref()))?;
    require_open(tx, node, by, one)
}

/// Refuses to take for the owner of an account, who is proven by now, somebody else of whom it spoke before as its owner.
fn require_entitled(tx: &mut Tx, node: &Node, account: Id, (record, met): (Id, Option<&Registered>)) -> Result<()> {
    let Some(entitled) = cases::again::entitled_by(tx, account, record)? else { return Ok(()) };
    let theirs = people::joins::records(tx, entitled)?;
    if met.is_some_and(|met| theirs.contains(&met.id)) {
        return Ok(());
    }
    let number = people::store::open(tx, &node.vault, entitled)?.1;
    let person = people::store::record(tx, &node.vault, entitled, &number)?;
    let difference = differences::of(tx, &person, "/applicant".to_owned(), FactKind::Name)?;
    differences::unsettled(vec![difference]).map_or(Ok(()), |problem| Err(problem.into()))
}

/// Voids an issued certificate.
///
/// For one that was issued by mistake, a misprint, the wrong person, or an entry that no longer stands; with a reason, and
/// never by whoever issued it. Its applicant sees the reason; where a protection mark keeps them from it, other words.
/// `:verify` then says that it was voided. Certificates that rest on a case are voided with it when it is revoked: those
/// that name it, those that certify its entry, a marriage, its end, a change of name, a move, a seal, and those that name their
/// person by a name or a number that it gave, or are of whoever's birth it was; they are valid again once it is reinstated. So are
/// those of somebody whom a correction takes out of it, until another one puts them back; and, once the records of two humans are parted
/// that were taken for one, those of the one by an entry or a right that is the other's. Others that show what has changed, or what is
/// another's, are `outdated`.
#[utoipa::path(tag = "Certificates", operation_id = "void_certificate", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The voided certificate.", body = CertificateView),
    (status = 409, description = "`wrong_state` with `allowed_actions`, or `same_person`: whoever issued it does not void it; `own_request`: it is about whoever acts; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/certificates/{id}:void")]
pub async fn void_certificate(
    may: May<VoidCertificate>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, CertificateAct::Void, Some(why), |tx, node, by, one, why| {
        let told = told(tx, node, by, one, why)?;
        void(tx, by, one, told);
        Ok(None)
    })
    .await
}

/// Reinstates a voided certificate.
///
/// For one that was voided by mistake; with a reason, and never by whoever voided it. One that rests on a revoked case
/// stays void until that is reinstated, one that rests on an entry from which a correction has taken its person until they are
/// put back, and one that speaks of two humans as of one as long as they are parted.
#[utoipa::path(tag = "Certificates", operation_id = "reinstate_certificate", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The certificate, issued as before.", body = CertificateView),
    (status = 409, description = "`wrong_state` with `allowed_actions`, `same_person`: whoever voided it does not reinstate it, or `conflict`: the registration that it rests on was revoked or is of others by a correction, or since their records were parted, the register does not hold what it certifies, or a first one was given since; `own_request`: it is about whoever acts; `protected`: the applicant is barred from the person's data; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/certificates/{id}:reinstate")]
pub async fn reinstate_certificate(
    may: May<ReinstateCertificate>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, id.0, if_match, CertificateAct::Reinstate, Some(why), |tx, node, by, one, _| {
        require_open(tx, node, by, one)?;
        cases::require_held(tx, node, &one.kind, one.person_id)?;
        require_first(tx, node, one, one.issued_at.unwrap_or(by.now))?;
        resting::require_standing(tx, node, one)?;
        stand(one);
        Ok(None)
    })
    .await
}

/// What stands on the paper.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"serial": "115-TRANSCRIPT_ZH-000001", "check_code": "0Yw8cI5mVn3r9kQp2sT7uA"}))]
pub struct CertificateProof {
    /// As printed: `115-TRANSCRIPT_ZH-000001`.
    #[schema(min_length = 1, max_length = 60)]
    serial: String,
    /// As printed; capitals count.
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
    /// An entry of its person was corrected or revoked since: ask for a new one. Not told where the applicant must not know.
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
    may.read(move |conn, by| {
        let found = store::by_serial(conn, &proof.serial)?;
        let genuine =
            |one: &Certificate| one.check_code_hash.as_deref().is_some_and(|hash| node.vault.is_secret(&proof.check_code, hash));
        let found = found.filter(genuine);
        let outdated = found.as_ref().map_or(Ok(Vec::new()), |one| outdated::among(conn, &[one.id]))?;
        // Whoever was barred since learns nothing by a paper of before.
        let barred = found.as_ref().map_or(Ok(None), |one| bar(conn, &node, by, one))?;
        let outdated = !outdated.is_empty() && barred.is_none();
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
