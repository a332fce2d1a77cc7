//! The form: consent, agencies, deliveries; withdrawal.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::model::{self, ConsentBy, ConsentForm, DeliveryAct, DeliveryKind, DeliveryStatus, NoticeStatus, Payload};
use super::policy::{GetAgencyNotice, ListAgencyNotices, WithdrawConsent};
use super::receipts;
use super::store::{self, Delivery, Notice};
use super::view::{self, AgencyNotice};
use crate::agencies;
use crate::agencies::model::{Agency, DeliveryChannel, Trigger};
use crate::auth::{By, May, Reach};
use crate::cases;
use crate::cases::CreateAgencyNotice;
use crate::cases::case::Case;
use crate::cases::fields::CaseFields;
use crate::cases::states::CaseAct;
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Backend, Conn, Id, Narrow, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid};
use crate::node::Node;
use crate::office::desk;
use crate::people;
use crate::people::capacity::{self, Demand, Manner};
use crate::people::protection;
use crate::read_page;
use crate::schema::{agency_deliveries, agency_notices};
use crate::secrets::vault::random_secret;

/// The person's consent.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// When it was given: not before the day on which the case was received, and not in the future.
    at: Moment,
    by: ConsentBy,
    form: ConsentForm,
}

impl Consent {
    /// Given between the case's receipt and now.
    fn check(&self, case: &Case, now: Moment) -> Result<()> {
        let refused = |zh, en| Err(Error::field("/consent/at", "range", Text::new(zh, en)));
        if self.at > now {
            return refused("同意時間不得晚於現在", "it lies in the future");
        }
        if self.at.date() < case.received_at.date() {
            return refused("同意不得早於案件受理日", "it lies before the day on which the case was received");
        }
        Ok(())
    }
}

impl Consent {
    /// Refuses the word of somebody who has no capacity, as registered facts say (民法 §13, §15, §75); what the register holds of
    /// another is not told to whoever applied.
    fn require_capacity(&self, conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<()> {
        let is_told = by.reach != Reach::Own || by.caller.own_records().contains(&case.person_id);
        if self.by != ConsentBy::Oneself || !is_told {
            return Ok(());
        }
        let can = capacity::of(conn, &node.vault, case.person_id, by.now.date())?;
        match can.manner(Demand::Capacity) {
            Manner::Represented(limit) => Err(limit.refusal("/consent/by").into()),
            _ => Ok(()),
        }
    }
}

/// A form to accept.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "agencies": ["LOCAL_TAX", "LAND"], "consent": {"at": "2026-11-23T00:00:00+08:00", "by": "SELF", "form": "WRITTEN"}
}))]
pub struct AgencyNoticeInput {
    /// Agencies of the case's `notification`, as the person chose them.
    #[schema(min_items = 1, max_items = 50)]
    agencies: Vec<String>,
    consent: Consent,
}

fn deaf(pointer: String, is_known: bool) -> Error {
    let (code, text) = if is_known {
        ("not_allowed", Text::new("此機關不受理該項通報", "this agency does not hear of such changes"))
    } else {
        ("unknown", Text::new("應為 GET /v1/agencies 所列之機關代碼", "an agency's code from GET /v1/agencies"))
    };
    Error::field(pointer, code, text)
}

impl AgencyNoticeInput {
    /// The agencies by code, each once, each one that hears of the trigger and was not told of the case before.
    fn chosen(&self, tx: &mut Tx, case: &Case, trigger: Trigger) -> Result<Vec<(String, Agency)>> {
        let told = cases::agencies_told(tx, case.id)?;
        let all = agencies::store::all(tx)?;
        let mut chosen: Vec<(String, Agency)> = Vec::new();
        for (index, code) in self.agencies.iter().enumerate() {
            let pointer = format!("/agencies/{index}");
            let hears = |(known, agency, _): &&(String, Agency, i32)| known == code && agency.hears(trigger);
            let Some((_, agency, _)) = all.iter().find(hears) else {
                return Err(deaf(pointer, all.iter().any(|(known, ..)| known == code)));
            };
            if told.contains(code) {
                let text = Text::new("已通報此機關", "this agency has been told of this case");
                let standing = store::notice_to(tx, case.id, code)?;
                return Err(Problem::new(Code::CONFLICT).field(pointer, "taken", text).with("standing_id", standing).into());
            }
            if chosen.iter().all(|(known, _)| known != code) {
                chosen.push((code.clone(), agency.clone()));
            }
        }
        Ok(chosen)
    }
}

/// Accepts a notification form.
///
/// For moves and changes of name or number, once registered: the person chooses the agencies and consents once.
/// A party who is not the applicant cannot consent for the others. One form, one delivery an agency, sent the same day and never while the caller waits. The answer holds
/// `receipt_secret`, shown this once. Each accepted form counts as one in K4-2.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "create_agency_notice", params(IdInPath), request_body = AgencyNoticeInput, responses(
    (status = 201, description = "The form with its deliveries.", body = AgencyNotice),
    (status = 409, description = "`wrong_state`: the case is not registered, or sets nothing off; `conflict`: an agency was told already, by the form `standing_id`, or a change of the case waits for a decision; `own_request`: it is about whoever acts, for the office; `ask_at_counter`: whoever began it is not known as the applicant; `protected`: whoever applied is barred from the person's data; to staff only; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/cases/{id}/agency-notices")]
pub async fn create_agency_notice(
    may: May<CreateAgencyNotice>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<AgencyNoticeInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let case = cases::store::find(tx, &node, by, id.0)?;
        if by.reach == Reach::Own {
            cases::require_applicant(tx, &node, by, &case)?;
        }
        cases::require_uninvolved(tx, &node, by, &case)?;
        require_open(tx, &node, by, (&case, input.consent.by))?;
        let case_type = cases::own_type(&node, tx, &case)?;
        let standing = CaseAct::Notify.after(case.status).is_some();
        let trigger = case_type.rules.notification_trigger.filter(|_| standing);
        let Some(trigger) = trigger else {
            return Err(Error::wrong_state(&cases::allowed(tx, &node, by, &case)?));
        };
        cases::require_settled(tx, &case)?;
        input.consent.check(&case, by.now)?;
        input.consent.require_capacity(tx, &node, by, &case)?;
        let chosen = input.chosen(tx, &case, trigger)?;
        store::own_lane(tx, chosen.iter().map(|(code, _)| code))?;
        let secret = random_secret(16);
        let notice = accept(tx, &node, by, &case, trigger, &input.consent, &secret)?;
        let (name, number) = people::store::open(tx, &node.vault, case.person_id)?;
        let fields = CaseFields::kept(case_type.rules.form, &cases::store::open_fields(&node.vault, &case)?)?;
        let facts = model::facts(&fields, &name, &number);
        // Due on the day of the registration, or of a consent that came later.
        let consented_on = notice.consent_at.date();
        let due_on = cases::notices_due_on(&case).map_or(consented_on, |due_on| due_on.max(consented_on));
        for (code, agency) in &chosen {
            let payload = Payload::of(trigger, case.event_on, &facts, agency);
            let way = (agency.channel, agency.due_on(due_on, by.now.date()));
            queue(tx, &node, by, &notice, code, way, &payload, (DeliveryKind::Change, None))?;
        }
        let mut shown = view::of(tx, &node.vault, by, &notice)?;
        shown.receipt_secret = Some(secret);
        shown.receipt_url = Some(receipts::address(&node, notice.id));
        Ok(Reply::created(format!("/v1/agency-notices/{}", notice.id), &shown)?.version(notice.version))
    })
    .await
}

/// Refuses to tell agencies of somebody at the word of whoever is barred from their data: staff are told why, others what a party
/// who has not applied is told.
fn require_open(tx: &mut Tx, node: &Node, by: &By, (case, consents): (&Case, ConsentBy)) -> Result<()> {
    let is_outside = by.reach == Reach::Own;
    if !is_outside && consents == ConsentBy::Oneself {
        return Ok(());
    }
    let askers: Vec<Id> = [case.applicant_id].into_iter().chain(case.proxy_id).collect();
    if !is_outside {
        let bar = protection::between(tx, &node.vault, by.now.date(), (case.person_id, &askers))?;
        return bar.map_or(Ok(()), |bar| Err(bar.refusal()));
    }
    let mut is_closed = false;
    for asker in askers {
        is_closed |= !protection::barred_among(tx, &node.vault, by.now.date(), (asker, &[case.person_id]))?.is_empty();
    }
    if is_closed { Err(Code::FORBIDDEN.into()) } else { Ok(()) }
}

fn accept(tx: &mut Tx, node: &Node, by: &By, case: &Case, trigger: Trigger, consent: &Consent, secret: &str) -> Result<Notice> {
    let year = by.now.roc_year();
    let next = tx.next_number(&format!("agency-notices/{year}"))?;
    let notice = Notice {
        id: Id::new(by.now),
        number: format!("{year}-NOTICE-{next:06}"),
        case_id: case.id,
        person_id: case.person_id,
        service_point: case.service_point.clone(),
        trigger_code: trigger,
        status: NoticeStatus::Accepted,
        consent_at: consent.at,
        consent_by: consent.by,
        consent_form: consent.form,
        withdrawn_at: None,
        receipt_hash: node.vault.secret_hash(secret),
        created_by: by.caller.name(),
        created_at: by.now,
        version: 1,
    };
    diesel::insert_into(agency_notices::table).values(&notice).execute(&mut **tx)?;
    let event = json!({"number": notice.number, "case_id": case.id, "trigger": trigger});
    tx.record(Record::change("agency_notice.accepted", format!("agency-notices/{}", notice.id), event).about(case.person_id));
    Ok(notice)
}

/// Queues what an agency is told.
#[allow(clippy::too_many_arguments)]
pub fn queue(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    notice: &Notice,
    code: &str,
    (channel, due_on): (DeliveryChannel, NaiveDate),
    payload: &Payload,
    (kind, corrects): (DeliveryKind, Option<Id>),
) -> Result<()> {
    let id = Id::new(by.now);
    let delivery = Delivery {
        id,
        notice_id: notice.id,
        agency_code: code.to_owned(),
        person_id: notice.person_id,
        channel,
        status: DeliveryStatus::Queued,
        payload: Delivery::seal(&node.vault, id, payload)?,
        due_on,
        attempts: 0,
        next_at: by.now,
        lease: None,
        leased_until: None,
        batch_id: None,
        sent_at: None,
        acknowledged_at: None,
        answered_at: None,
        reason: None,
        version: 1,
        late: false,
        last_outcome: None,
        reason_code: None,
        place: tx.next_place()?,
        kind,
        corrects,
    };
    diesel::insert_into(agency_deliveries::table).values(&delivery).execute(&mut **tx)?;
    Ok(())
}

/// Filters of the list of forms.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AgencyNoticeFilter {
    /// Notices that have this status.
    status: Option<NoticeStatus>,
    /// Notices of this case.
    case_id: Option<Id>,
}

/// Lists notification forms.
///
/// Newest first, with the state of every delivery; a branch desk sees its own.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "list_agency_notices", params(AgencyNoticeFilter, Listing), responses((status = 200, description = "A page of forms.", body = Page<AgencyNotice>)))]
#[get("/v1/agency-notices")]
pub async fn list_agency_notices(
    may: May<ListAgencyNotices>,
    node: Data<Node>,
    Params(query): Params<AgencyNoticeFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let closed = store::closed(conn, &node, by)?;
        let matching = || -> agency_notices::BoxedQuery<'_, Backend> {
            let rows = agency_notices::table.filter(agency_notices::id.ne_all(closed.iter().copied())).into_boxed();
            rows.narrow(desk::bound(by), |point| agency_notices::service_point.eq(point))
                .narrow(query.status, |status| agency_notices::status.eq(status))
                .narrow(query.case_id, |case| agency_notices::case_id.eq(case))
        };
        let page = read_page!(conn, &paging, matching, agency_notices::id desc, Notice)?;
        Reply::ok(&page.try_map(|notice| view::of(conn, &node.vault, by, &notice))?)
    })
    .await
}

/// Shows a notification form.
///
/// To staff, to the person and their proxy; and to whoever holds the receipt, with the token of `:receipt`: then
/// without the case and without the words of a rejection.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "get_agency_notice", params(IdInPath), responses((status = 200, description = "The form.", body = AgencyNotice)))]
#[get("/v1/agency-notices/{id}")]
pub async fn get_agency_notice(may: May<GetAgencyNotice>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let notice = store::find(conn, &node, by, id.0)?;
        Ok(Reply::ok(&view::of(conn, &node.vault, by, &notice)?)?.version(notice.version))
    })
    .await
}

/// Withdraws the consent.
///
/// What has not been sent is not sent; what is under way just now is ended unless the call succeeds. The answer
/// shows which agencies had it already: they are not told anew, nor again, unless what they were told proves wrong: then
/// they are told right (個資法 §11).
#[utoipa::path(tag = "Notification of other agencies", operation_id = "withdraw_consent", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The form.", body = AgencyNotice),
    (status = 409, description = "`wrong_state`: it was withdrawn before; `own_request`: the case is about whoever acts, for the office; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/agency-notices/{id}:withdraw-consent")]
pub async fn withdraw_consent(may: May<WithdrawConsent>, node: Data<Node>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let notice = store::find(tx, &node, by, id.0)?;
        if_match.check(notice.version)?;
        if notice.withdrawn_at.is_some() {
            return Err(Error::wrong_state(&[]));
        }
        let case = cases::store::find(tx, &node, by, notice.case_id)?;
        cases::require_uninvolved(tx, &node, by, &case)?;
        let mut withdrawn = 0;
        for mut delivery in store::deliveries(tx, notice.id)?.into_iter().filter(|delivery| delivery.corrects.is_none()) {
            // What a worker holds may be on its way: the worker ends it.
            let Some(status) = DeliveryAct::Withdraw.after(delivery.status).filter(|_| delivery.is_free(by.now)) else {
                continue;
            };
            delivery.status = status;
            store::save(tx, &mut delivery, DeliveryAct::Withdraw)?;
            withdrawn += 1;
        }
        diesel::update(agency_notices::table.find(notice.id))
            .set((agency_notices::withdrawn_at.eq(Some(by.now)), agency_notices::version.eq(agency_notices::version + 1)))
            .execute(&mut **tx)?;
        let event = json!({"number": notice.number, "withdrawn": withdrawn});
        tx.record(
            Record::change("agency_notice.withdrawn", format!("agency-notices/{}", notice.id), event).about(notice.person_id),
        );
        let notice = store::find(tx, &node, by, id.0)?;
        Ok(Reply::ok(&view::of(tx, &node.vault, by, &notice)?)?.version(notice.version))
    })
    .await
}
