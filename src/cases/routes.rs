//! Operations on cases: intake, lists, search, one case and its history.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use chrono::{Days, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::desk;
use super::fields::CaseFields;
use super::intake::{ApplicantInput, CaseCheck, CaseInput, PartyInput, ProxyInput};
use super::states::{CaseAct, CaseStatus};
use super::store::{self, Filter};
use super::view::{self, CaseSummary, CaseView, Sight};
use crate::auth::May;
use crate::auth::policy::{
    CheckCase, CreateCase, GetCase, GetCaseClock, GetCaseHistory, ListCases, RevealCase, SearchCases, UpdateCase,
};
use crate::calendar::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Record};
use crate::error::{Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, page_of, parameter, plausible_day};
use crate::people::{self, IdNumber};
use crate::scheduling::services::Channel;
use crate::state::State;

/// Takes an application.
///
/// Parties, papers and fields in one call; a clerk's is accepted, numbered and its clock started at once. What
/// may be the same case is shown first (`possible_duplicate` with `matches`). Papers may be missing: see
/// `missing_papers`, and give the one-time notice.
#[utoipa::path(tag = "Cases", operation_id = "create_case", request_body = CaseInput, responses(
    (status = 201, description = "The case.", body = CaseView),
    (status = 409, description = "`possible_duplicate` with `matches`."),
))]
#[post("/v1/cases")]
pub async fn create_case(may: May<CreateCase>, state: Data<State>, Valid(input): Valid<CaseInput>) -> Result<Reply> {
    may.write_once(move |tx, by| {
        let case = desk::take(tx, &state, by, input.clone())?;
        let view = view::view(tx, &state, by, &case, Sight::Masked)?;
        Ok(Reply::created(format!("/v1/cases/{}", case.id), &view)?.version(case.version))
    })
    .await
}

/// Checks an application without keeping anything.
///
/// The same rules as the intake: broken ones are refused by name (422), and what follows is told: the version
/// of the type, lateness, proxy, fee and missing papers.
#[utoipa::path(tag = "Cases", operation_id = "check_case", request_body = CaseInput, responses((status = 200, description = "It breaks no rule.", body = CaseCheck)))]
#[post("/v1/cases:check")]
pub async fn check_case(may: May<CheckCase>, state: Data<State>, Valid(input): Valid<CaseInput>) -> Result<Reply> {
    may.read(move |conn, by| {
        let case_type = desk::type_for(&state, conn, by, &input.type_code)?;
        let by = crate::auth::By { reach: crate::auth::Reach::Any, ..by.clone() };
        let judged = desk::judge(&state, conn, &by, &input, &case_type)?;
        Reply::ok(&CaseCheck::from(judged))
    })
    .await
}

/// Filters of the list of cases.
#[derive(Clone, Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CaseFilter {
    status: Option<CaseStatus>,
    /// Code of the case type.
    #[serde(rename = "type")]
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    type_code: Option<String>,
    /// Account of the clerk in charge.
    clerk: Option<Id>,
    /// Account of the reviewer.
    reviewer: Option<Id>,
    channel: Option<Channel>,
    /// Office's limit before the end of this day.
    due_before: Option<NaiveDate>,
    /// Open and past the office's limit.
    overdue: Option<bool>,
    /// First day of receipt.
    from: Option<NaiveDate>,
    /// Last day of receipt.
    to: Option<NaiveDate>,
    /// One service point's cases.
    #[validate(length(min = 1, max = 20))]
    #[param(min_length = 1, max_length = 20)]
    service_point: Option<String>,
}

impl CaseFilter {
    fn filter(self, now: Moment) -> Result<Filter> {
        plausible_day("due_before", self.due_before)?;
        plausible_day("from", self.from)?;
        plausible_day("to", self.to)?;
        let end = |day: NaiveDate| Moment::from_taipei(day + Days::new(1), NaiveTime::MIN);
        let overdue = self.overdue.unwrap_or(false);
        if overdue && (self.status.is_some() || self.due_before.is_some()) {
            let text = Text::new("overdue 不得與 status、due_before 併用", "overdue goes without status and due_before");
            return Err(parameter("overdue", "not_allowed", text));
        }
        let open = overdue || (self.due_before.is_some() && self.status.is_none());
        Ok(Filter {
            service_point: self.service_point,
            statuses: if open { CaseStatus::OPEN.to_vec() } else { self.status.into_iter().collect() },
            type_code: self.type_code,
            clerk: self.clerk,
            reviewer: self.reviewer,
            channel: self.channel,
            due_before: if overdue { Some(now) } else { self.due_before.map(end) },
            from: self.from,
            to: self.to,
            ..Filter::default()
        })
    }
}

/// Lists cases.
///
/// Newest first; staff of a branch desk see their own service point's, citizens and proxies their own. People
/// are masked. To find a person's cases use POST /v1/cases:search.
#[utoipa::path(tag = "Cases", operation_id = "list_cases", params(CaseFilter, Listing), responses((status = 200, description = "A page of cases.", body = Page<CaseSummary>)))]
#[get("/v1/cases")]
pub async fn list_cases(
    may: May<ListCases>,
    state: Data<State>,
    Params(query): Params<CaseFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let mut filter = query.filter(by.now)?;
        if by.reach == crate::auth::Reach::Own {
            filter.people = Some(people::store::represented(conn, by, store::PROXY_SCOPE)?);
        }
        let (cases, total) = store::list(conn, by, &filter, &paging)?;
        let summaries = view::summaries(conn, &state, cases)?;
        Reply::ok(&page_of(&paging, summaries, total, |summary| summary.id.to_string()))
    })
    .await
}

/// Whose cases to look for.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"national_id": "N200000004", "reason": "民眾臨櫃查詢"}))]
pub struct CaseSearch {
    /// A number that the person has or had.
    national_id: IdNumber,
    /// Why; kept with the log of the read.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// A person's cases.
#[derive(Serialize, ToSchema)]
pub struct CasesOfPerson {
    /// The person of today, whichever of their numbers was given; `null` when the office knows nobody by it.
    pub person_id: Option<Id>,
    /// The number given is not the one of today.
    pub former_number: bool,
    /// The newest 100.
    #[schema(max_items = 100)]
    pub items: Vec<CaseSummary>,
}

/// Looks for a person's cases.
///
/// By a number that the person has or once had; the number travels in the body, and the read is logged with
/// its reason. The same bounds as for the list hold.
#[utoipa::path(tag = "Cases", operation_id = "search_cases", request_body = CaseSearch, responses((status = 200, description = "The person's cases.", body = CasesOfPerson)))]
#[post("/v1/cases:search")]
pub async fn search_cases(may: May<SearchCases>, state: Data<State>, Valid(search): Valid<CaseSearch>) -> Result<Reply> {
    may.write(move |tx, by| {
        let Some(person) = people::store::find(tx, &state.vault, &search.national_id)? else {
            return Reply::ok(&CasesOfPerson { person_id: None, former_number: false, items: Vec::new() });
        };
        let filter = Filter { people: Some(vec![person]), ..Filter::default() };
        let (mut cases, _) = store::list(tx, by, &filter, &Paging::first(100))?;
        cases.truncate(100);
        let former_number = !people::store::is_current(tx, &state.vault, person, &search.national_id)?;
        tx.record(Record::read("person.searched", format!("people/{person}"), "cases").about(person).because(&*search.reason));
        let items = view::summaries(tx, &state, cases)?;
        Reply::ok(&CasesOfPerson { person_id: Some(person), former_number, items })
    })
    .await
}

/// Shows a case.
///
/// People and places are masked; `allowed_actions` tells what the caller can do now.
#[utoipa::path(tag = "Cases", operation_id = "get_case", params(IdInPath), responses((status = 200, description = "The case.", body = CaseView)))]
#[get("/v1/cases/{id}")]
pub async fn get_case(may: May<GetCase>, state: Data<State>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let case = store::find(conn, by, id.0)?;
        Ok(Reply::ok(&view::view(conn, &state, by, &case, Sight::Masked)?)?.version(case.version))
    })
    .await
}

/// Why somebody needs to see everything.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "核對申請書"}))]
pub struct RevealReason {
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Shows a case whole.
///
/// Names, numbers and addresses unmasked, for those who work on it; logged with the reason.
#[utoipa::path(tag = "Cases", operation_id = "reveal_case", params(IdInPath), request_body = RevealReason, responses((status = 200, description = "The case, unmasked.", body = CaseView)))]
#[post("/v1/cases/{id}:reveal")]
pub async fn reveal_case(may: May<RevealCase>, state: Data<State>, id: PathId, Valid(why): Valid<RevealReason>) -> Result<Reply> {
    may.write(move |tx, by| {
        let case = store::find(tx, by, id.0)?;
        let subject = format!("cases/{}", case.id);
        tx.record(
            Record::read("case.revealed", subject, "parties,applicant,proxy,fields").about(case.person_id).because(&*why.reason),
        );
        Ok(Reply::ok(&view::view(tx, &state, by, &case, Sight::Whole)?)?.version(case.version))
    })
    .await
}

/// What changes; absent members stay.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"papers": ["ID_CARD", "SEAL_OR_SIGNATURE", "HH_CERT", "BIRTH_CERTIFICATE", "PARENTS_ID"]}))]
pub struct CasePatch {
    #[validate(nested, length(min = 1, max = 30))]
    #[schema(min_items = 1, max_items = 30)]
    parties: Option<Vec<PartyInput>>,
    #[validate(nested)]
    applicant: Option<ApplicantInput>,
    #[validate(nested)]
    proxy: Option<ProxyInput>,
    event_on: Option<NaiveDate>,
    #[schema(value_type = Option<CaseFields>)]
    fields: Option<Value>,
    #[validate(length(max = 60))]
    #[schema(max_items = 60)]
    papers: Option<Vec<String>>,
    #[validate(length(max = 60))]
    #[schema(max_items = 60)]
    circumstances: Option<Vec<String>>,
}

impl CasePatch {
    fn apply(self, input: &mut CaseInput) {
        fn set<T>(to: &mut T, from: Option<T>) {
            if let Some(from) = from {
                *to = from;
            }
        }
        set(&mut input.parties, self.parties);
        set(&mut input.applicant, self.applicant);
        set(&mut input.fields, self.fields);
        set(&mut input.papers, self.papers);
        set(&mut input.circumstances, self.circumstances);
        input.proxy = self.proxy.or(input.proxy.take());
        input.event_on = self.event_on.or(input.event_on);
    }
}

/// Changes a case that is not yet under review.
///
/// Judged anew as on the day of its receipt; the clerk in charge or a supervisor only.
#[utoipa::path(tag = "Cases", operation_id = "update_case", params(IdInPath, IfMatchHeader), request_body = CasePatch, responses(
    (status = 200, description = "The case.", body = CaseView),
    (status = 409, description = "`wrong_state` with `allowed_actions`, or `assigned_to_other`."),
))]
#[patch("/v1/cases/{id}")]
pub async fn update_case(
    may: May<UpdateCase>,
    state: Data<State>,
    id: PathId,
    if_match: IfMatch,
    Valid(patch): Valid<CasePatch>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut case = store::find(tx, by, id.0)?;
        if_match.check(case.version)?;
        CaseAct::Edit.apply(case.status)?;
        desk::in_charge(by, &mut case)?;
        let mut input = desk::restored(tx, &state, &case)?;
        patch.clone().apply(&mut input);
        desk::edit(tx, &state, by, &mut case, &input)?;
        store::save(tx, &mut case, by.now)?;
        desk::told(tx, by, &case, "case.edited", "")?;
        Ok(Reply::ok(&view::view(tx, &state, by, &case, Sight::Masked)?)?.version(case.version))
    })
    .await
}

/// One line of a case's history.
#[derive(Serialize, ToSchema)]
pub struct CaseHistoryLine {
    #[schema(minimum = 1)]
    pub line: i32,
    pub at: Moment,
    /// What happened: `accepted`, `submitted`, `returned` …
    #[schema(max_length = 40)]
    pub action: String,
    /// State after it.
    pub status: CaseStatus,
    /// `accounts/{id}`.
    #[schema(max_length = 60)]
    pub actor: String,
    #[schema(max_length = 500)]
    pub reason: String,
}

/// A case's history.
#[derive(Serialize, ToSchema)]
pub struct CaseHistory {
    #[schema(max_items = 1000)]
    pub items: Vec<CaseHistoryLine>,
}

/// Shows a case's history.
///
/// Every act in order, with actor and reason; lines are only ever added.
#[utoipa::path(tag = "Cases", operation_id = "get_case_history", params(IdInPath), responses((status = 200, description = "The history.", body = CaseHistory)))]
#[get("/v1/cases/{id}/history")]
pub async fn get_case_history(may: May<GetCaseHistory>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let case = store::find(conn, by, id.0)?;
        let line = |(line, at, action, status, actor, reason)| CaseHistoryLine { line, at, action, status, actor, reason };
        let items = store::history(conn, case.id)?.into_iter().map(line).collect();
        Reply::ok(&CaseHistory { items })
    })
    .await
}

/// Shows a case's clock.
///
/// Running and stopped stretches, why, by which article, and the days used and left of the office's limit.
#[utoipa::path(tag = "Cases", operation_id = "get_case_clock", params(IdInPath), responses((status = 200, description = "The clock.", body = super::clock::CaseClock)))]
#[get("/v1/cases/{id}/clock")]
pub async fn get_case_clock(may: May<GetCaseClock>, state: Data<State>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let case = store::find(conn, by, id.0)?;
        let case_type = desk::own_type(&state, conn, &case)?;
        let stops = store::stops(conn, case.id)?;
        let plan = state.plans.at(conn)?;
        Reply::ok(&super::clock::CaseClock::of(&case, &case_type.rules, &stops, &plan.calendar, by.now))
    })
    .await
}
