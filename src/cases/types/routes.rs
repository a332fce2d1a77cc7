//! Operations on case types.

use actix_web::web::Data;
use actix_web::{get, put};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::model::{CaseRules, CaseType};
use super::store;
use crate::auth::May;
use crate::bounded_list;
use crate::cases::CaseTypes;
use crate::cases::fields::RoleRule;
use crate::cases::policy::{GetCaseType, ListCaseTypeVersions, ListCaseTypes, UpdateCaseType};
use crate::contract::IfMatchHeader;
use crate::db::Record;
use crate::error::{Code, Error, Result, Text};
use crate::http::{BoundedListing, IfMatch, Params, PathText, Reply, Stretch, Valid, plausible_day};
use crate::node::Node;
use crate::people::Note;

/// A case type in one of its versions.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "code": "BIRTH", "version": 1, "valid_from": "2018-01-01", "name": {"zh": "出生登記", "en": "Birth registration"},
    "group": "PERSONAL_STATUS", "form": "BIRTH", "applicants": ["FATHER", "MOTHER"], "counts_in_k1_1": true, "period": "60D",
    "where": "ANY_OFFICE", "online": "LISTED", "channels": ["COUNTER"], "home_visit": false, "proxy": "ALLOWED",
    "notification_trigger": null, "ex_officio": "AFTER_REMINDER", "fee_twd": null, "time_limit": "SAME_VISIT", "law": "戶籍法 §6 §29 §48",
    "papers": [{"document": "ID_CARD", "name": {"zh": "申請人國民身分證", "en": "Applicant's national ID card"}, "form": "ORIGINAL", "when": "ALWAYS"}],
    "certainty": {"applicants": "law"}, "note": "",
    "party_roles": [
        {"roles": ["MOTHER"], "at_least": 0, "at_most": 1}, {"roles": ["FATHER"], "at_least": 0, "at_most": 1},
        {"roles": ["SUBJECT", "HOUSEHOLD_HEAD"], "at_least": 0, "at_most": null}
    ]
}))]
pub struct CaseTypeView {
    #[schema(max_length = 40, example = "BIRTH")]
    pub code: String,
    #[schema(minimum = 1)]
    pub version: i32,
    /// The first day on which cases begin under this version.
    pub valid_from: NaiveDate,
    #[serde(flatten)]
    pub rules: CaseRules,
    /// Which roles the `parties` of its cases have. Where that hangs on a case's `fields`, what fits any: of MARRIAGE exactly two are
    /// SPOUSE, or one where `spouse_name` names the other, who has no number; of PARENTAGE, GUARDIANSHIP, ASSISTANCE and
    /// PARENTAL_RIGHTS a case of the `event` REVOKED need name nobody beside the SUBJECT. One person in two roles that are two people's is refused (`same_person`).
    #[schema(max_items = 12)]
    pub party_roles: Vec<RoleRule>,
}

impl From<&CaseType> for CaseTypeView {
    fn from(one: &CaseType) -> Self {
        Self {
            code: one.code.clone(),
            version: one.version,
            valid_from: one.valid_from,
            rules: one.rules.clone(),
            party_roles: RoleRule::of(one, None),
        }
    }
}

bounded_list! {
    /// Case types.
    #[schema(example = json!({"items": [{
        "code": "BIRTH", "version": 1, "valid_from": "2018-01-01", "name": {"zh": "出生登記", "en": "Birth registration"},
        "group": "PERSONAL_STATUS", "form": "BIRTH", "applicants": ["FATHER", "MOTHER"], "counts_in_k1_1": true, "period": "60D",
        "where": "ANY_OFFICE", "online": "LISTED", "channels": ["COUNTER"], "home_visit": false, "proxy": "ALLOWED",
        "notification_trigger": null, "ex_officio": "AFTER_REMINDER", "fee_twd": null, "time_limit": "SAME_VISIT",
        "law": "戶籍法 §6 §29 §48", "papers": [], "certainty": {"applicants": "law"}, "note": "",
        "party_roles": [
            {"roles": ["MOTHER"], "at_least": 0, "at_most": 1}, {"roles": ["FATHER"], "at_least": 0, "at_most": 1},
            {"roles": ["SUBJECT", "HOUSEHOLD_HEAD"], "at_least": 0, "at_most": null}
        ]
    }], "next": null}))]
    pub struct CaseTypeList of CaseTypeView, at most 500
}

/// Which day's types.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OnDay {
    /// The day on which a case begins; today when absent.
    on: Option<NaiveDate>,
}

/// Lists the case types.
///
/// All 75 as they stand on a day: applicants, period, place, channels, proxy, fee, limit, papers and what they
/// set off at other agencies. Parts marked `assumed` are settings of the office.
#[utoipa::path(tag = "Cases", operation_id = "list_case_types", params(OnDay, BoundedListing), responses((status = 200, description = "Every case type.", body = CaseTypeList)))]
#[get("/v1/case-types")]
pub async fn list_case_types(
    may: May<ListCaseTypes>,
    node: Data<Node>,
    Params(query): Params<OnDay>,
    stretch: Stretch,
) -> Result<Reply> {
    plausible_day("on", query.on)?;
    may.read_for_all(move |conn, by| {
        let catalogue = node.part::<CaseTypes>().at(conn)?;
        let items = catalogue.all_on(query.on.unwrap_or(by.now.date())).into_iter().map(CaseTypeView::from).collect();
        let page = stretch.page(items, |one: &CaseTypeView| one.code.clone());
        Ok(Reply::ok(&CaseTypeList::from(page))?.public())
    })
    .await
}

/// Shows a case type.
///
/// With its whole checklist, the form that `fields` of its cases take, and the roles of their parties (`party_roles`).
#[utoipa::path(tag = "Cases", operation_id = "get_case_type", params(
    ("code" = String, Path, description = "The type's code.", min_length = 1, max_length = 40, example = "BIRTH"), OnDay,
), responses((status = 200, description = "The case type.", body = CaseTypeView)))]
#[get("/v1/case-types/{code}")]
pub async fn get_case_type(
    may: May<GetCaseType>,
    node: Data<Node>,
    code: PathText<String>,
    Params(query): Params<OnDay>,
) -> Result<Reply> {
    plausible_day("on", query.on)?;
    may.read_for_all(move |conn, by| {
        let catalogue = node.part::<CaseTypes>().at(conn)?;
        let day = query.on.unwrap_or(by.now.date());
        let found = catalogue.on(&code.0, day).ok_or(Code::NOT_FOUND)?;
        Ok(Reply::ok(&CaseTypeView::from(found.as_ref()))?.version(found.version).public())
    })
    .await
}

/// Lists the versions of a case type.
///
/// The first one first, those to come included; a new version follows the last one and names its `ETag`, `"v{version}"`.
#[utoipa::path(tag = "Cases", operation_id = "list_case_type_versions", params(
    ("code" = String, Path, description = "The type's code.", min_length = 1, max_length = 40, example = "BIRTH"), BoundedListing,
), responses((status = 200, description = "Every version.", body = CaseTypeList)))]
#[get("/v1/case-types/{code}/versions")]
pub async fn list_case_type_versions(
    may: May<ListCaseTypeVersions>,
    node: Data<Node>,
    code: PathText<String>,
    stretch: Stretch,
) -> Result<Reply> {
    may.read_for_all(move |conn, _| {
        let catalogue = node.part::<CaseTypes>().at(conn)?;
        let items: Vec<_> = catalogue.versions(&code.0).iter().map(|one| CaseTypeView::from(one.as_ref())).collect();
        if items.is_empty() {
            return Err(Code::NOT_FOUND.into());
        }
        let page = stretch.page(items, |one: &CaseTypeView| format!("{:010}", one.version));
        Ok(Reply::ok(&CaseTypeList::from(page))?.public())
    })
    .await
}

/// A new version of a case type.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "valid_from": "2027-01-01", "reason": "內政部公告新增線上申辦項目",
    "rules": {
        "name": {"zh": "出生登記", "en": "Birth registration"}, "group": "PERSONAL_STATUS", "form": "BIRTH",
        "applicants": ["FATHER", "MOTHER"], "counts_in_k1_1": true, "period": "60D", "where": "ANY_OFFICE", "online": "YES",
        "channels": ["COUNTER", "ONLINE"], "home_visit": false, "proxy": "ALLOWED",
        "ex_officio": "AFTER_REMINDER", "time_limit": "SAME_VISIT", "law": "戶籍法 §6 §29 §48",
        "papers": [{"document": "ID_CARD", "name": {"zh": "申請人國民身分證", "en": "Applicant's national ID card"}, "form": "ORIGINAL", "when": "ALWAYS"}],
        "certainty": {"applicants": "law"}, "note": ""
    }
}))]
pub struct CaseTypeInput {
    /// The first day on which cases begin under it; not before today.
    valid_from: NaiveDate,
    /// Why, for the history: a ministry notice, a decision of the office.
    reason: Note,
    rules: CaseRules,
}

/// Makes a new version of a case type.
///
/// It holds from its first day on; cases already begun keep the version that they began under.
#[utoipa::path(tag = "Cases", operation_id = "update_case_type", params(
    ("code" = String, Path, description = "The type's code.", min_length = 1, max_length = 40, example = "BIRTH"), IfMatchHeader,
), request_body = CaseTypeInput, responses((status = 200, description = "The new version.", body = CaseTypeView)))]
#[put("/v1/case-types/{code}")]
pub async fn update_case_type(
    may: May<UpdateCaseType>,
    node: Data<Node>,
    code: PathText<String>,
    if_match: IfMatch,
    Valid(input): Valid<CaseTypeInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let catalogue = node.part::<CaseTypes>().at(tx)?;
        let newest = catalogue.newest(&code.0).ok_or(Code::NOT_FOUND)?;
        if_match.check(newest.version)?;
        if input.valid_from < by.now.date() || input.valid_from < newest.valid_from {
            let text = Text::new("不得早於今日或前一版本的生效日", "not before today, nor before the version that it follows");
            return Err(Error::field("/valid_from", "range", text));
        }
        if input.rules.form != newest.rules.form {
            return Err(Error::field(
                "/rules/form",
                "not_allowed",
                Text::new("欄位組不得變更", "the set of fields cannot change"),
            ));
        }
        if let Some(twice) = input.rules.repeated_paper() {
            let text = Text::new("同一文件與情形重複", "this paper stands there for the same circumstance already");
            return Err(Error::field(format!("/rules/papers/{twice}"), "duplicate", text));
        }
        let next = CaseType::new(code.0.clone(), newest.version + 1, input.valid_from, input.rules.clone());
        store::insert(tx, &next, input.reason.as_str(), &by.caller.name(), by.now)?;
        let event = json!({"version": next.version, "valid_from": next.valid_from});
        tx.record(Record::change("case_type.changed", format!("case-types/{}", next.code), event).because(input.reason.as_str()));
        Ok(Reply::ok(&CaseTypeView::from(&next))?.version(next.version))
    })
    .await
}
