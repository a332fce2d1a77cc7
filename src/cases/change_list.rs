//! A case's corrections, revocations and reinstatements, as listed.

use actix_web::get;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::changes::{ChangeKind, ChangeStatus, FieldChange, opened, opened_reason};
use super::fields;
use super::outside::{HIDDEN, hides_words};
use super::policy::{ApproveCaseChange, ListCaseChanges};
use super::store;
use crate::auth::policy::Action;
use crate::auth::{By, May, Role, told};
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::{Id, JsonText};
use crate::error::Result;
use crate::http::{Listing, Page, Paging, PathId, Reply, page_of};
use crate::node::Node;
use crate::people::mask_numbers;
use crate::schema::case_changes;
use crate::secrets::vault::Vault;

/// A change of a case.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "kind": "CORRECT", "status": "PROPOSED", "changes": [{"pointer": "/fields/birth_order", "value": 2}],
    "papers": [], "reason": "出生證明書登載第二胎", "office_error": true, "proposed_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71",
    "proposed_at": "2026-11-24T09:00:00+08:00", "approvable_by": ["CHF", "DIR"], "decided_by": null, "decided_at": null
}))]
pub struct CaseChangeView {
    pub id: Id,
    pub kind: ChangeKind,
    pub status: ChangeStatus,
    /// Personal values are masked.
    #[schema(max_items = 20)]
    pub changes: Vec<FieldChange>,
    /// Codes of the papers that were shown for it.
    #[schema(max_items = 60)]
    pub papers: Vec<String>,
    #[schema(max_length = 500)]
    pub reason: String,
    pub office_error: bool,
    #[schema(max_length = 60)]
    pub proposed_by: String,
    pub proposed_at: Moment,
    /// Roles of which another person, who is not concerned either, may approve or reject it; empty once it is decided.
    #[schema(max_items = 13)]
    pub approvable_by: Vec<Role>,
    #[schema(max_length = 60)]
    pub decided_by: Option<String>,
    pub decided_at: Option<Moment>,
}

type Row = (Id, ChangeKind, ChangeStatus, String, JsonText, String, bool, String, Moment, Option<String>, Option<Moment>);

/// Lists a case's corrections, revocations and reinstatements.
///
/// Proposed, approved and rejected ones, oldest first; to staff whose own or relative's matter it is (行政程序法 §32), without what they
/// say.
#[utoipa::path(tag = "Cases", operation_id = "list_case_changes", params(IdInPath, Listing), responses((status = 200, description = "A page of changes.", body = Page<CaseChangeView>)))]
#[get("/v1/cases/{id}/changes")]
pub async fn list_case_changes(may: May<ListCaseChanges>, node: Data<Node>, id: PathId, paging: Paging) -> Result<Reply> {
    may.read(move |conn, by| {
        let case = store::find(conn, &node, by, id.0)?;
        let of_case = || case_changes::table.filter(case_changes::case_id.eq(case.id));
        let total = paging.total(|| of_case().count().get_result(conn))?;
        let rows: Vec<Row> = of_case()
            .filter(case_changes::id.gt(paging.after.clone().unwrap_or_default()))
            .order(case_changes::id)
            .limit(paging.rows())
            .select((
                case_changes::id,
                case_changes::kind,
                case_changes::status,
                case_changes::body,
                case_changes::papers,
                case_changes::reason,
                case_changes::office_error,
                case_changes::proposed_by,
                case_changes::proposed_at,
                case_changes::decided_by,
                case_changes::decided_at,
            ))
            .load(conn)?;
        let is_hidden = hides_words(conn, &node, by, &case)?;
        let shown = |row| {
            let mut shown = shown(&node.vault, by, row)?;
            if is_hidden {
                shown.changes.iter_mut().for_each(|change| change.value = HIDDEN.into());
                HIDDEN.clone_into(&mut shown.reason);
            }
            Ok(shown)
        };
        let changes = rows.into_iter().map(shown).collect::<Result<Vec<CaseChangeView>>>()?;
        Reply::ok(&page_of(&paging, changes, total, |change: &CaseChangeView| change.id.to_string()))
    })
    .await
}

fn shown(
    vault: &Vault,
    by: &By,
    (id, kind, status, body, papers, reason, office_error, proposed_by, proposed_at, decided_by, decided_at): Row,
) -> Result<CaseChangeView> {
    let mut changes = opened(vault, id, body)?;
    for change in &mut changes {
        let name = change.pointer.rsplit('/').next().unwrap_or("").to_owned();
        let shown = fields::masked(&json!({ name.clone(): change.value }));
        change.value = shown[&name].clone();
    }
    let reason = told(by, mask_numbers(&opened_reason(vault, id, &reason)?));
    let approvable_by = if status == ChangeStatus::Proposed { ApproveCaseChange::LINE.roles() } else { Vec::new() };
    Ok(CaseChangeView {
        id,
        kind,
        status,
        changes,
        papers: papers.read()?,
        reason,
        office_error,
        proposed_by,
        proposed_at,
        approvable_by,
        decided_by,
        decided_at,
    })
}
