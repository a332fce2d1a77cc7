//! The form: consent, agencies, deliveries; withdrawal; the citizen's receipt.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{self, ConsentBy, ConsentForm, DeliveryAct, DeliveryStatus, NoticeStatus, Payload};
use super::store::{self, Delivery, Notice};
use crate::agencies;
use crate::agencies::model::{Agency, DeliveryChannel, Trigger};
use crate::auth::policy::{
    CreateAgencyNotice, GetAgencyNotice, ListAgencyNotices, LookUpReceipt, ResendDelivery, WithdrawConsent,
};
use crate::auth::vault::random_secret;
use crate::auth::{By, May};
use crate::calendar::Moment;
use crate::cases;
use crate::cases::case::Case;
use crate::cases::fields::CaseFields;
use crate::cases::states::CaseAct;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::counters;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, page_of};
use crate::office::desk;
use crate::people;
use crate::schema::{agency_deliveries, agency_notices};
use crate::state::State;

/// The person's consent.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// When it was given; not in the future.
    at: Moment,
    by: ConsentBy,
    form: ConsentForm,
}

/// A form to accept.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "agencies": ["LOCAL_TAX", "LAND"], "consent": {"at": "2026-11-23T10:00:00+08:00", "by": "SELF", "form": "WRITTEN"}
}))]
pub struct AgencyNoticeInput {
    /// Agencies of the case's `notification`, as the person chose them.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_items = 1, max_items = 50)]
    agencies: Vec<String>,
    #[validate(nested)]
    consent: Consent,
}

/// A delivery as shown: no personal data.
#[derive(Serialize, ToSchema)]
pub struct DeliveryView {
    pub id: Id,
    #[schema(max_length = 40)]
    pub agency: String,
    pub channel: DeliveryChannel,
    pub status: DeliveryStatus,
    /// The day on which it should have been sent.
    pub due_on: NaiveDate,
    #[schema(minimum = 0)]
    pub attempts: i32,
    pub sent_at: Option<Moment>,
    pub acknowledged_at: Option<Moment>,
    /// When the agency said that it updated or rejected.
    pub answered_at: Option<Moment>,
    /// The agency's reason for a rejection.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

impl From<&Delivery> for DeliveryView {
    fn from(delivery: &Delivery) -> Self {
        Self {
            id: delivery.id,
            agency: delivery.agency_code.clone(),
            channel: delivery.channel,
            status: delivery.status,
            due_on: delivery.due_on,
            attempts: delivery.attempts,
            sent_at: delivery.sent_at,
            acknowledged_at: delivery.acknowledged_at,
            answered_at: delivery.answered_at,
            reason: delivery.reason.clone(),
        }
    }
}

/// A form with its deliveries.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-NOTICE-000001", "case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70",
    "trigger": "MOVE", "status": "ACCEPTED", "consent": {"at": "2026-11-23T10:00:00+08:00", "by": "SELF", "form": "WRITTEN"},
    "withdrawn_at": null, "created_at": "2026-11-23T10:00:00+08:00",
    "deliveries": [{"id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "agency": "LAND", "channel": "PULL", "status": "QUEUED",
        "due_on": "2026-11-23", "attempts": 0, "sent_at": null, "acknowledged_at": null, "answered_at": null, "reason": null}]
}))]
pub struct AgencyNotice {
    pub id: Id,
    #[schema(max_length = 40)]
    pub number: String,
    pub case_id: Id,
    pub trigger: Trigger,
    pub status: NoticeStatus,
    pub consent: ConsentView,
    pub withdrawn_at: Option<Moment>,
    pub created_at: Moment,
    #[schema(max_items = 50)]
    pub deliveries: Vec<DeliveryView>,
    /// With `number`, opens the receipt; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40)]
    pub receipt_secret: Option<String>,
}

/// The consent as shown.
#[derive(Serialize, ToSchema)]
pub struct ConsentView {
    at: Moment,
    by: ConsentBy,
    form: ConsentForm,
}

fn view(conn: &mut Conn, notice: &Notice) -> Result<AgencyNotice> {
    let deliveries = store::deliveries(conn, notice.id)?;
    // The state follows the deliveries; the row's own may be a step behind within this transaction.
    let statuses: Vec<DeliveryStatus> = deliveries.iter().map(|d| d.status).collect();
    Ok(AgencyNotice {
        id: notice.id,
        number: notice.number.clone(),
        case_id: notice.case_id,
        trigger: notice.trigger_code,
        status: NoticeStatus::of(&statuses),
        consent: ConsentView { at: notice.consent_at, by: notice.consent_by, form: notice.consent_form },
        withdrawn_at: notice.withdrawn_at,
        created_at: notice.created_at,
        deliveries: deliveries.iter().map(DeliveryView::from).collect(),
        receipt_secret: None,
    })
}

impl AgencyNoticeInput {
    /// The agencies by code, each once, each one that hears of the trigger and was not told of the case before.
    fn chosen(&self, tx: &mut Tx, case: &Case, trigger: Trigger) -> Result<Vec<(String, Agency)>> {
        let told: Vec<String> = agency_deliveries::table
            .inner_join(agency_notices::table.on(agency_notices::id.eq(agency_deliveries::notice_id)))
            .filter(agency_notices::case_id.eq(case.id))
            .filter(agency_deliveries::status.ne(DeliveryStatus::Withdrawn))
            .select(agency_deliveries::agency_code)
            .load(&mut **tx)?;
        let all = agencies::store::all(tx)?;
        let mut chosen: Vec<(String, Agency)> = Vec::new();
        for (index, code) in self.agencies.iter().enumerate() {
            let pointer = format!("/agencies/{index}");
            let hears = |(known, agency, _): &&(String, Agency, i32)| known == code && agency.hears(trigger);
            let Some((_, agency, _)) = all.iter().find(hears) else {
                let text = Text::new("此機關不受理該項通報", "this agency does not hear of such changes");
                return Err(Error::field(pointer, "not_allowed", text));
            };
            if told.contains(code) {
                let text = Text::new("已通報此機關", "this agency has been told of this case");
                return Err(Problem::new(Code::Conflict).field(pointer, "taken", text).into());
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
/// One form, one delivery an agency, sent the same day and never while the caller waits. The answer holds
/// `receipt_secret`, shown this once. Each accepted form counts as one in K4-2.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "create_agency_notice", params(IdInPath), request_body = AgencyNoticeInput, responses(
    (status = 201, description = "The form with its deliveries.", body = AgencyNotice),
    (status = 409, description = "`wrong_state`: the case is not registered, or sets nothing off; `conflict`: an agency was told already."),
))]
#[post("/v1/cases/{id}/agency-notices")]
pub async fn create_agency_notice(
    may: May<CreateAgencyNotice>,
    state: Data<State>,
    id: PathId,
    Valid(input): Valid<AgencyNoticeInput>,
) -> Result<Reply> {
    may.write_once(move |tx, by| {
        let case = cases::store::find(tx, by, id.0)?;
        let case_type = cases::own_type(&state, tx, &case)?;
        let standing = CaseAct::Notify.after(case.status).is_some();
        let trigger = case_type.rules.notification_trigger.filter(|_| standing);
        let Some(trigger) = trigger else {
            return Err(Error::wrong_state(&cases::allowed(tx, &state, by, &case)?));
        };
        if input.consent.at > by.now {
            return Err(Error::field("/consent/at", "range", Text::new("同意時間不得晚於現在", "it lies in the future")));
        }
        let chosen = input.chosen(tx, &case, trigger)?;
        let secret = random_secret(16);
        let notice = accept(tx, &state, by, &case, trigger, &input.consent, &secret)?;
        let (name, number) = people::store::open(tx, &state.vault, case.person_id)?;
        let fields = CaseFields::read(case_type.rules.form, &cases::store::open_fields(&state.vault, &case)?)?;
        let facts = model::facts(&fields, &name, number.expose());
        for (code, agency) in &chosen {
            let payload = Payload::of(trigger, case.event_on, &facts, agency);
            queue(tx, &state, by, &notice, code, agency, &payload)?;
        }
        let mut shown = view(tx, &notice)?;
        shown.receipt_secret = Some(secret);
        Ok(Reply::created(format!("/v1/agency-notices/{}", notice.id), &shown)?.version(notice.version))
    })
    .await
}

fn accept(tx: &mut Tx, state: &State, by: &By, case: &Case, trigger: Trigger, consent: &Consent, secret: &str) -> Result<Notice> {
    let year = counters::roc_year(by.now);
    let next = counters::next(tx, &format!("agency-notices/{year}"))?;
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
        receipt_hash: state.vault.secret_hash(secret),
        created_by: by.caller.name(),
        created_at: by.now,
        version: 1,
    };
    diesel::insert_into(agency_notices::table).values(&notice).execute(&mut **tx)?;
    let event = json!({"number": notice.number, "case_id": case.id, "trigger": trigger});
    tx.record(Record::change("agency_notice.accepted", format!("agency-notices/{}", notice.id), event).about(case.person_id));
    Ok(notice)
}

fn queue(tx: &mut Tx, state: &State, by: &By, notice: &Notice, code: &str, agency: &Agency, payload: &Payload) -> Result<()> {
    let id = Id::new(by.now);
    let delivery = Delivery {
        id,
        notice_id: notice.id,
        agency_code: code.to_owned(),
        person_id: notice.person_id,
        channel: agency.channel,
        status: DeliveryStatus::Queued,
        payload: Delivery::seal(&state.vault, id, payload)?,
        due_on: by.now.date(),
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
    };
    diesel::insert_into(agency_deliveries::table).values(&delivery).execute(&mut **tx)?;
    Ok(())
}

/// Filters of the list of forms.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AgencyNoticeFilter {
    status: Option<NoticeStatus>,
    case_id: Option<Id>,
}

/// Lists notification forms.
///
/// Newest first, with the state of every delivery; a branch desk sees its own.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "list_agency_notices", params(AgencyNoticeFilter, Listing), responses((status = 200, description = "A page of forms.", body = Page<AgencyNotice>)))]
#[get("/v1/agency-notices")]
pub async fn list_agency_notices(
    may: May<ListAgencyNotices>,
    Params(query): Params<AgencyNoticeFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let matching = || {
            let mut rows = agency_notices::table.into_boxed();
            if let Some(point) = desk::bound(by) {
                rows = rows.filter(agency_notices::service_point.eq(point.to_owned()));
            }
            if let Some(status) = query.status {
                rows = rows.filter(agency_notices::status.eq(status));
            }
            if let Some(case) = query.case_id {
                rows = rows.filter(agency_notices::case_id.eq(case.to_string()));
            }
            rows
        };
        let total = if paging.include_total { Some(matching().count().get_result(conn)?) } else { None };
        let mut page = matching();
        if let Some(after) = &paging.after {
            page = page.filter(agency_notices::id.lt(after.clone()));
        }
        let rows = page.order(agency_notices::id.desc()).limit(paging.rows()).select(Notice::as_select()).load(conn)?;
        let views = rows.iter().map(|notice| view(conn, notice)).collect::<Result<Vec<_>>>()?;
        Reply::ok(&page_of(&paging, views, total, |notice| notice.id.to_string()))
    })
    .await
}

/// Shows a notification form.
///
/// To staff, to the person and their proxy; without an account the receipt shows the same.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "get_agency_notice", params(IdInPath), responses((status = 200, description = "The form.", body = AgencyNotice)))]
#[get("/v1/agency-notices/{id}")]
pub async fn get_agency_notice(may: May<GetAgencyNotice>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let notice = store::find(conn, by, id.0)?;
        Ok(Reply::ok(&view(conn, &notice)?)?.version(notice.version))
    })
    .await
}

/// What opens a receipt.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "115-NOTICE-000001", "secret": "0Yw8cI5mVn3r9kQp2sT7uA"}))]
pub struct ReceiptInput {
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    number: String,
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60)]
    secret: String,
}

/// Shows a form by its receipt.
///
/// Number and secret travel in the body; the answer holds the state at each agency and no personal data.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "look_up_receipt", request_body = ReceiptInput, responses(
    (status = 200, description = "The form.", body = AgencyNotice),
    (status = 404, description = "No form has this number and secret: `not_found`."),
))]
#[post("/v1/agency-notices:receipt")]
pub async fn look_up_receipt(may: May<LookUpReceipt>, state: Data<State>, Valid(input): Valid<ReceiptInput>) -> Result<Reply> {
    state.limits.login(&may.address())?;
    may.read(move |conn, _| {
        let found = agency_notices::table.filter(agency_notices::number.eq(&input.number));
        let found = found.select(Notice::as_select()).first(conn).optional()?;
        let genuine = |notice: &Notice| state.vault.is_secret(&input.secret, &notice.receipt_hash);
        let notice = found.filter(genuine).ok_or(Code::NotFound)?;
        Reply::ok(&view(conn, &notice)?)
    })
    .await
}

/// Withdraws the consent.
///
/// What has not been sent is not sent; the answer shows which agencies had it already. When all had it, there is
/// nothing to withdraw (`wrong_state`).
#[utoipa::path(tag = "Notification of other agencies", operation_id = "withdraw_consent", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The form.", body = AgencyNotice),
    (status = 409, description = "`wrong_state`: everything has been sent."),
))]
#[post("/v1/agency-notices/{id}:withdraw-consent")]
pub async fn withdraw_consent(may: May<WithdrawConsent>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut notice = store::find(tx, by, id.0)?;
        if_match.check(notice.version)?;
        let mut withdrawn = 0;
        for mut delivery in store::deliveries(tx, notice.id)? {
            // What a worker holds may be on its way.
            let Some(status) = DeliveryAct::Withdraw.after(delivery.status).filter(|_| delivery.is_free(by.now)) else {
                continue;
            };
            delivery.status = status;
            store::save(tx, &mut delivery, DeliveryAct::Withdraw)?;
            withdrawn += 1;
        }
        if withdrawn == 0 {
            return Err(Error::wrong_state(&[]));
        }
        diesel::update(agency_notices::table.find(notice.id))
            .set((agency_notices::withdrawn_at.eq(Some(by.now)), agency_notices::version.eq(agency_notices::version + 1)))
            .execute(&mut **tx)?;
        let event = json!({"number": notice.number, "withdrawn": withdrawn});
        tx.record(
            Record::change("agency_notice.withdrawn", format!("agency-notices/{}", notice.id), event).about(notice.person_id),
        );
        notice = store::find(tx, by, id.0)?;
        Ok(Reply::ok(&view(tx, &notice)?)?.version(notice.version))
    })
    .await
}

/// Sends a dead letter again.
///
/// Under the same id, with ten new retries. When the agency has since been told something newer of the same
/// person, it is refused (`conflict`): the old would undo the new.
#[utoipa::path(tag = "Notification of other agencies", operation_id = "resend_delivery", params(IdInPath), responses(
    (status = 200, description = "The delivery, queued.", body = DeliveryView),
    (status = 409, description = "`wrong_state`: it is not dead; `conflict`: something newer was sent."),
))]
#[post("/v1/agency-deliveries/{id}:resend")]
pub async fn resend_delivery(may: May<ResendDelivery>, id: PathId) -> Result<Reply> {
    may.write(move |tx, by| {
        let found = agency_deliveries::table.find(id.0).select(Delivery::as_select()).first(&mut **tx).optional()?;
        let mut delivery: Delivery = found.ok_or(Code::NotFound)?;
        let notice = store::find(tx, by, delivery.notice_id)?;
        delivery.status = DeliveryAct::Resend.apply(delivery.status)?;
        let newer: i64 = agency_deliveries::table
            .inner_join(agency_notices::table.on(agency_notices::id.eq(agency_deliveries::notice_id)))
            .filter(agency_deliveries::agency_code.eq(&delivery.agency_code))
            .filter(agency_deliveries::person_id.eq(delivery.person_id))
            .filter(agency_deliveries::id.gt(delivery.id))
            .filter(agency_notices::trigger_code.eq(notice.trigger_code))
            .filter(agency_deliveries::sent_at.is_not_null())
            .count()
            .get_result(&mut **tx)?;
        if newer > 0 {
            let refusal =
                Problem::new(Code::Conflict).detail("該機關已收到較新之通報", "the agency has been told something newer");
            return Err(refusal.into());
        }
        (delivery.attempts, delivery.next_at) = (0, by.now);
        (delivery.lease, delivery.leased_until) = (None, None);
        store::save(tx, &mut delivery, DeliveryAct::Resend)?;
        Reply::ok(&DeliveryView::from(&delivery))
    })
    .await
}
