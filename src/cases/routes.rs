//! Operations on cases: intake, lists, search, one case and its history.

use std::collections::BTreeMap;

use actix_web::web::Data;
use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::acts::{self, require_applicant};
use super::case::Case;
use super::counter;
use super::ex_officio::ExOfficioGround;
use super::faces::Sight;
use super::fields::CaseFields;
use super::input::{ApplicantInput, CaseInput, PartyInput, ProxyInput};
use super::listing::{self, Filter};
use super::mandates;
use super::notices;
use super::outside::keep_closed;
use super::policy::{CreateCase, GetCase, ListCases, RevealCase, SearchCases, UpdateCase};
use super::queues::QueueName;
use super::restore::restored;
use super::states::{CaseAct, CaseStatus};
use super::store;
use super::summary::{CaseSummary, summaries};
use super::types::store::CaseTypes;
use super::view::{self, CaseView};
use crate::auth::protection::closed_among;
use crate::auth::{By, May, Reach};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Record, Tx};
use crate::domain::case_path;
use crate::error::{Error, Result, Text};
use crate::http::{
    IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, known_code, ordered_days, parameter, patch, plausible_day,
};
use crate::node::Node;
use crate::office;
use crate::people::{self, IdNumber, Note, OtherIdentity, Reason, Words};
use crate::scheduling::services::Channel;

/// Takes an application.
///
/// Parties, papers and fields in one call; a clerk's is accepted, numbered and its clock started at once. What
/// may be the same case is shown first (`possible_duplicate` with `matches`). Papers may be missing: see
/// `missing_papers`, and give the one-time notice. Whoever is registered as under guardianship or under seven does not apply
/// themself (`no_capacity`), but their legal representative does (民法 §15, §75, §76); from seven to eighteen, and of seals under
/// assistance, the representative consents, by a paper or as a party of the case (民法 §15-2, §77). Who represents is what the
/// register says: no is refused (`not_representative`), where it cannot tell a paper is missing, and online it is refused.
/// A move is registered at the office of the place to which one moves; out of the country, and within a township, at that of the
/// register (戶籍法 §16–18, §26): an address of another office's area is refused with whose it is (`other_office`), and a move from
/// a township of this area in which the register, by the last move that it holds, does not have whoever moves
/// (`not_registered_there`). A house is numbered by the office of its area.
/// So too of whoever applies for, or is named in, what ties people (`party_mismatch`, `not_married`, `not_adopted`,
/// `not_registered`; the paper is RELATION_PROOF), and of kin, whom the law keeps from marrying, adopting or acknowledging each other
/// (`close_relative`; 民法 §983, §1065, §1073-1): a marriage or an adoption by the ties of its own day, whenever these and their ends
/// were entered; what becomes void by an entry is told in `register_hints`. A day of birth that the application says counts where the
/// register has none.
#[utoipa::path(tag = "Cases", operation_id = "create_case", request_body = CaseInput, responses(
    (status = 201, description = "The case.", body = CaseView),
    (status = 403, description = "`forbidden`; `stronger_login_required` with `acr_values`: online, where the setting `strong_log_in` names its type."),
    (status = 409, description = "`possible_duplicate` with `matches`; `ambiguous_person` with `candidates`, to staff only: several people have that number and are called so; `own_request`: it is about whoever acts; `protected`: the applicant or the proxy is barred from the data of whom they act for, or whose entry they ask for, or whom that shows or who lives with them (家庭暴力防治法 §14, §58-2; 跟蹤騷擾防制法 §12); to staff only; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/cases")]
pub async fn create_case(may: May<CreateCase>, node: Data<Node>, Valid(input): Valid<CaseInput>) -> Result<Reply> {
    may.write(move |tx, by| {
        let (case, named) = counter::take(tx, &node, by, input.clone())?;
        let view = view::view_new(tx, &node, by, &case, named)?;
        Ok(Reply::created(format!("/v1/cases/{}", case.id), &view)?.version(case.version))
    })
    .await
}

/// Filters of the list of cases.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CaseFilter {
    /// Cases that have this status.
    status: Option<CaseStatus>,
    /// Code of the case type: the `type_code` of a case.
    #[serde(rename = "type")]
    #[param(min_length = 1, max_length = 40)]
    type_code: Option<String>,
    /// Account of the clerk in charge; no case is found so of which that is hidden from the caller.
    clerk_id: Option<Id>,
    /// Account of the reviewer, likewise.
    reviewer_id: Option<Id>,
    /// Cases in which this person takes part, as whom they are about, applicant or proxy; outside the office one's own and one's
    /// principals' only. As by `service_point`, no case is found that is hidden from the caller (`service_point` is `***`).
    person_id: Option<Id>,
    /// Cases that came by this channel.
    channel: Option<Channel>,
    /// Office's limit before the end of this day, Asia/Taipei; without `status`, of cases whose clock runs.
    due_before: Option<NaiveDate>,
    /// The cases of a work queue, as GET /v1/queues counts them; for the office alone.
    queue: Option<QueueName>,
    /// The clock runs, and the office's limit has passed.
    overdue: Option<bool>,
    /// First day of receipt, Asia/Taipei.
    from: Option<NaiveDate>,
    /// Last day of receipt, included; not before `from`.
    to: Option<NaiveDate>,
    /// Cases of this service point, by its code in GET /v1/office, but for those that do not show theirs; a branch desk sees its own
    /// whatever it asks for.
    #[param(min_length = 1, max_length = 20)]
    service_point: Option<String>,
}

impl CaseFilter {
    fn filter(self, by: &By, node: &Node) -> Result<Filter> {
        plausible_day("due_before", self.due_before)?;
        ordered_days(self.from, self.to)?;
        let overdue = self.overdue.unwrap_or(false);
        if overdue && (self.status.is_some() || self.due_before.is_some()) {
            let text = Text::new("overdue 不得與 status、due_before 併用", "overdue goes without status and due_before");
            return Err(parameter("overdue", "not_allowed", text));
        }
        let whole = overdue || self.status.is_some() || self.due_before.is_some() || self.clerk_id.is_some();
        let base = match self.queue {
            Some(_) if whole || self.reviewer_id.is_some() => {
                let text = Text::new(
                    "queue 僅得與 type、channel、from、to、service_point 併用",
                    "queue goes with type, channel, from, to and service_point only",
                );
                return Err(parameter("queue", "not_allowed", text));
            }
            Some(_) if by.reach == Reach::Own => {
                let text = Text::new("queue 僅供本所人員使用", "the work queues are the office's");
                return Err(parameter("queue", "not_allowed", text));
            }
            Some(queue) => queue.filter(by, node),
            None if overdue => QueueName::Overdue.filter(by, node),
            None => {
                let running = self.due_before.is_some() && self.status.is_none();
                Filter {
                    statuses: if running { CaseStatus::RUNNING.to_vec() } else { self.status.into_iter().collect() },
                    due_before: self.due_before.map(Moment::end_of),
                    ..Filter::default()
                }
            }
        };
        Ok(Filter {
            service_point: self.service_point,
            type_code: self.type_code,
            clerk: self.clerk_id.or(base.clerk),
            reviewer: self.reviewer_id,
            person: self.person_id,
            channel: self.channel,
            from: self.from,
            to: self.to,
            ..base
        })
    }
}

/// Lists cases.
///
/// Newest first; staff of a branch desk see their own service point's, citizens and proxies their own. By a letter of the scope
/// `CASE` in force a proxy sees what they began for the principal, and what names them as the proxy: nothing else of the
/// principal's (戶籍法 §47). People are masked. To find a person's cases use POST /v1/cases:search. Staff who are barred from somebody's
/// data find no case that names them or whoever lives with them, wherever it was taken (家庭暴力防治法 §14).
#[utoipa::path(tag = "Cases", operation_id = "list_cases", params(CaseFilter, Listing), responses((
    status = 200, description = "A page of cases.", body = Page<CaseSummary>, example = json!({"items": [{
        "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-HEMEI-000001", "type_code": "BIRTH", "status": "IN_REVIEW",
        "channel": "COUNTER", "service_point": "HEMEI", "person": "王○美", "received_at": "2026-11-23T09:00:00+08:00",
        "due_at": "2026-11-23T23:59:59+08:00", "late": false, "clerk_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "reviewer_id": null, "version": 2
    }], "next": null}),
)))]
#[get("/v1/cases")]
pub async fn list_cases(
    may: May<ListCases>,
    node: Data<Node>,
    Params(query): Params<CaseFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        node.part::<CaseTypes>().check_filter(conn, "type", query.type_code.as_deref())?;
        let point = query.service_point.as_deref();
        known_code("service_point", point.is_none_or(|point| office::SERVICE_POINTS.contains(&point)))?;
        let own = Filter::of_caller(conn, by)?;
        let ended = mandates::ended(conn, &node, by, &own)?;
        let (people, begun_by, brought) = (own.people, own.begun_by, own.brought);
        let mut filter = Filter { people, begun_by, brought, ended, ..query.filter(by, &node)? };
        keep_closed(conn, &node, by, &mut filter)?;
        let Page { items, next, total } = listing::list(conn, by, &filter, &paging)?;
        Reply::ok(&Page { items: summaries(conn, &node, by, items)?, next, total })
    })
    .await
}

/// Whose cases to look for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"national_id": "N200000004", "reason": "民眾臨櫃查詢"}))]
pub struct CaseSearch {
    /// A number that the person has or had.
    national_id: Option<IdNumber>,
    /// In the place of `national_id`: a foreign paper, an organisation or an agency; one of the two is required.
    identified_by: Option<OtherIdentity>,
    /// Why; kept with the log of the read.
    reason: Note,
}

/// A person's cases.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "former_number": false, "items": [{
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-HEMEI-000001", "type_code": "BIRTH", "status": "REGISTERED",
    "channel": "COUNTER", "service_point": "HEMEI", "person": "王○美", "received_at": "2026-11-23T09:00:00+08:00",
    "due_at": "2026-11-23T23:59:59+08:00", "late": false, "clerk_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71",
    "reviewer_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "version": 3
}], "next": null}))]
pub struct CasesOfPerson {
    /// The person of today, whichever of their numbers was given; `null` when the office, or the branch desk that
    /// asks, knows nobody by it.
    pub person_id: Option<Id>,
    /// The number given is not the one of today.
    pub former_number: bool,
    /// The newest first.
    #[schema(max_items = 100)]
    pub items: Vec<CaseSummary>,
    /// Cursor of the next page; `null` on the last one.
    #[schema(max_length = 400)]
    pub next: Option<String>,
    /// Number of all cases, only with `include_total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, nullable = false)]
    pub total: Option<i64>,
}

impl CasesOfPerson {
    /// What is said of a number by which nobody is known.
    fn nobody(paging: &Paging) -> Self {
        let total = paging.include_total.then_some(0);
        Self { person_id: None, former_number: false, items: Vec::new(), next: None, total }
    }
}

/// Looks for a person's cases.
///
/// By a number that the person has or once had, with those of records that were joined to theirs; where several people truly
/// have the number, the cases of all. The number travels in the body, and the read is logged with
/// its reason. The same bounds as for the list hold; staff who are barred from somebody's data find nothing by their number, and no
/// case that names them or whoever lives with them.
#[utoipa::path(tag = "Cases", operation_id = "search_cases", params(Listing), request_body = CaseSearch, responses((status = 200, description = "A page of the person's cases.", body = CasesOfPerson)))]
#[post("/v1/cases:search")]
pub async fn search_cases(
    may: May<SearchCases>,
    node: Data<Node>,
    paging: Paging,
    Valid(search): Valid<CaseSearch>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let known = people::searched(search.national_id.as_ref(), search.identified_by.as_ref())?;
        let mut holders = people::numbers::holders(tx, &node.vault, &known)?;
        let ids: Vec<Id> = holders.iter().map(|holder| holder.id).collect();
        let closed = closed_among(tx, by, &ids)?;
        holders.retain(|holder| !closed.contains(&holder.id));
        let Some(first) = holders.first() else {
            return Reply::ok(&CasesOfPerson::nobody(&paging));
        };
        let (person, former_number) = (first.id, !first.is_current);
        let all: Vec<Id> = holders.iter().map(|holder| holder.id).collect();
        let mut filter = Filter { people: Some(people::joins::all_records(tx, &all)?), ..Filter::default() };
        keep_closed(tx, &node, by, &mut filter)?;
        let Page { items: cases, next, total } = listing::list(tx, by, &filter, &paging)?;
        tx.record(
            Record::read("person.searched", format!("people/{person}"), "cases").about(person).because(search.reason.as_str()),
        );
        if cases.is_empty() && paging.after.is_none() && office::desk::bound(by).is_some() {
            return Reply::ok(&CasesOfPerson::nobody(&paging));
        }
        let items = summaries(tx, &node, by, cases)?;
        Reply::ok(&CasesOfPerson { person_id: Some(person), former_number, items, next, total })
    })
    .await
}

/// Shows a case.
///
/// People and places are masked, but for names and numbers of whoever asks; `allowed_actions` tells what the caller can do now. To
/// staff who are barred from the data of somebody whom it names, or of whom these live with, there is none (404).
#[utoipa::path(tag = "Cases", operation_id = "get_case", params(IdInPath), responses((status = 200, description = "The case.", body = CaseView)))]
#[get("/v1/cases/{id}")]
pub async fn get_case(may: May<GetCase>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let case = store::find(conn, &node, by, id.0)?;
        Ok(Reply::ok(&view::view(conn, &node, by, &case, Sight::Masked)?)?.version(case.version))
    })
    .await
}

/// Shows a case whole.
///
/// Names, numbers and addresses unmasked, for those who work on it, and for nobody in a matter of their own; logged with the
/// reason.
#[utoipa::path(tag = "Cases", operation_id = "reveal_case", params(IdInPath), request_body = Reason, responses(
    (status = 200, description = "The case, unmasked.", body = CaseView, headers(("ETag" = String, description = "The case's version."))),
    (status = 409, description = "`own_request`: it is about the caller."),
))]
#[post("/v1/cases/{id}:reveal")]
pub async fn reveal_case(may: May<RevealCase>, node: Data<Node>, id: PathId, Valid(why): Valid<Reason>) -> Result<Reply> {
    may.write(move |tx, by| {
        let case = store::find(tx, &node, by, id.0)?;
        counter::require_uninvolved(tx, &node, by, &case)?;
        let subject = case_path(case.id);
        let read = Record::read("case.revealed", subject, "parties,applicant,proxy,contact,fields").about(case.person_id);
        tx.record(read.because(why.as_str()));
        Ok(Reply::ok(&view::view(tx, &node, by, &case, Sight::Whole)?)?.version(case.version))
    })
    .await
}

/// What changes; `null` takes the registered area, the proxy, the ground of an entry ex officio or the day of the event away.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"papers": ["ID_CARD", "SEAL_OR_SIGNATURE", "HH_CERT", "BIRTH_CERTIFICATE", "PARENTS_ID"]}))]
pub struct CasePatch {
    /// How it reached the office; what was begun online stays ONLINE, and nothing else becomes it (`not_allowed`).
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    channel: Option<Channel>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    off_site: Option<bool>,
    /// As in the application; `null` where it is not taken off site.
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<Words>, example = "臺中市北區")]
    registered_area: Option<Option<Words>>,
    /// All of them, in the place of those of before.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_items = 1, max_items = 30, nullable = false)]
    parties: Option<Vec<PartyInput>>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    applicant: Option<ApplicantInput>,
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<ProxyInput>)]
    proxy: Option<Option<ProxyInput>>,
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<ExOfficioGround>)]
    ex_officio: Option<Option<ExOfficioGround>>,
    /// As in the application; `null` where there is none.
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<NaiveDate>)]
    event_on: Option<Option<NaiveDate>>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(value_type = Option<CaseFields>, nullable = false)]
    fields: Option<BTreeMap<String, Value>>,
    /// Codes of all papers that are there now.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(max_items = 60, nullable = false)]
    papers: Option<Vec<String>>,
    /// All circumstances of the checklist that hold.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(max_items = 60, nullable = false)]
    circumstances: Option<Vec<String>>,
}

impl CasePatch {
    fn apply(self, input: &mut CaseInput) {
        input.channel = self.channel.or(input.channel);
        patch::put(&mut input.off_site, self.off_site);
        patch::put(&mut input.registered_area, self.registered_area);
        patch::put(&mut input.parties, self.parties);
        patch::put(&mut input.applicant, self.applicant);
        patch::put(&mut input.fields, self.fields.map(|fields| fields.into_iter().collect()));
        patch::put(&mut input.papers, self.papers);
        patch::put(&mut input.circumstances, self.circumstances);
        patch::put(&mut input.proxy, self.proxy);
        patch::put(&mut input.ex_officio, self.ex_officio);
        patch::put(&mut input.event_on, self.event_on);
    }
}

/// Changes a case that is not yet under review.
///
/// Judged anew as on the day of its receipt, a draft by its shape only; by the clerk in charge or a supervisor, a
/// draft by its applicant or their proxy too, who may say in it whom they may apply for (`no_letter_of_proxy`), as in a new one. Papers that come in are ticked on the one-time notice.
#[utoipa::path(tag = "Cases", operation_id = "update_case", params(IdInPath, IfMatchHeader), request_body = CasePatch, responses(
    (status = 200, description = "The case.", body = CaseView),
    (status = 403, description = "`forbidden`; `stronger_login_required` with `acr_values`: as for an application."),
    (status = 409, description = "`wrong_state` with `allowed_actions`, or `assigned_to_other`; `ambiguous_person` with `candidates`, to staff only: several people have that number and are called so; `own_request`: it is about whoever acts; `ask_at_counter`: whoever began it is not known as the applicant; `protected`: the applicant or the proxy is barred from the data of whom they act for, or whose entry they ask for, or whom that shows or who lives with them (家庭暴力防治法 §14, §58-2; 跟蹤騷擾防制法 §12); to staff only; `holder_required`: nobody knows who works with the account."),
))]
#[patch("/v1/cases/{id}")]
pub async fn update_case(
    may: May<UpdateCase>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(patch): Valid<CasePatch>,
) -> Result<Reply> {
    acts::change(may, node, id.0, if_match, move |tx, node, by, case| {
        let (shown, before) = (case.clone(), restored(tx, node, case)?);
        may_edit(tx, node, by, case)?;
        let mut input = before.clone();
        patch.clone().apply(&mut input);
        if input == before {
            *case = shown;
            return Ok(None);
        }
        input.draft = case.status == CaseStatus::Draft;
        counter::edit(tx, node, by, case, &mut input)?;
        notices::routes::tick_from_case(tx, node, case, by.now)?;
        Ok(Some((CaseAct::Edit, String::new())))
    })
    .await
}

/// Refuses whoever may not edit: the applicant a draft only, staff what is theirs.
fn may_edit(tx: &mut Tx, node: &Node, by: &By, case: &mut Case) -> Result<()> {
    let next = CaseAct::Edit.apply(case.status)?;
    if by.reach != Reach::Own {
        return counter::in_charge(tx, node, by, case);
    }
    require_applicant(tx, node, by, case)?;
    if next == CaseStatus::Draft { Ok(()) } else { Err(Error::wrong_state(&[])) }
}
