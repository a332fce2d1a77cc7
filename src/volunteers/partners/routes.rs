//! Entering, reading and correcting promotion partners.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::model::{PromotionPartnerAct, PromotionPartnerOffice, PromotionPartnerStatus};
use super::policy::{
    CreatePromotionPartner, GetPromotionPartner, ListPromotionPartnerHistory, ListPromotionPartners, UpdatePromotionPartner,
};
use super::store::{self, Partner, PromotionPartnerFilter, Said};
use super::view::{PromotionPartnerView, applied, shown, view};
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Record, Tx};
use crate::error::{Error, Result};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, coded, known_code, patch, plausible_day};
use crate::node::Node;
use crate::people::{Contact, Name, Note, contacts, is_village};
use crate::volunteers::entries::{in_order, plausible};
use crate::volunteers::history::{self, VolunteerHistoryLine, changes, json_of};

/// A promotion partner to enter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "office": "VILLAGE_HEAD", "village_code": "10007030-002", "name": "林里長", "from_on": "2022-12-25", "until_on": "2026-12-24",
    "contact": {"phone": "0912345678"}
}))]
pub struct PromotionPartnerInput {
    office: PromotionPartnerOffice,
    /// Code of the village: `10007030-002`.
    #[schema(min_length = 1, max_length = 20)]
    village_code: String,
    /// Of a neighbourhood head, and of no other.
    #[schema(minimum = 1, maximum = 99)]
    neighbourhood: Option<i32>,
    name: Name,
    /// First day of the term of office, Asia/Taipei.
    from_on: NaiveDate,
    /// Its last day, included.
    until_on: Option<NaiveDate>,
    contact: Option<Contact>,
    note: Option<Note>,
}

/// What to correct of a promotion partner.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"until_on": "2026-12-24", "reason": "任期誤植"}))]
pub struct PromotionPartnerPatch {
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    name: Option<Name>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 20, nullable = false)]
    village_code: Option<String>,
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 99)]
    neighbourhood: Option<Option<i32>>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    from_on: Option<NaiveDate>,
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<NaiveDate>)]
    until_on: Option<Option<NaiveDate>>,
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<Note>)]
    note: Option<Option<Note>>,
    /// Why, for the history, which keeps both values.
    reason: Note,
}

/// All that can be corrected of a partner, as it is compared.
#[derive(Serialize)]
struct Correctable<'a> {
    #[serde(flatten)]
    said: &'a Said,
    village_code: &'a str,
    neighbourhood: Option<i32>,
    from_on: NaiveDate,
    until_on: Option<NaiveDate>,
}

impl<'a> Correctable<'a> {
    fn of(row: &'a Partner, said: &'a Said) -> Self {
        let (village_code, neighbourhood) = (row.village_code.as_str(), row.neighbourhood);
        Self { said, village_code, neighbourhood, from_on: row.from_on, until_on: row.until_on }
    }
}

/// Tells history and journal.
pub fn note(
    tx: &mut Tx,
    node: &Node,
    row: &Partner,
    act: PromotionPartnerAct,
    (why, changed): (&str, Vec<history::VolunteerChange>),
) -> Result<()> {
    history::tell(tx, &node.vault, (&row.path(), act.line().past), why, changed)?;
    let data = json!({"status": row.status, "office": row.office, "village_code": row.village_code});
    tx.record(Record::change(act.line().journal, row.path(), data).about(row.person_id).because(why));
    Ok(())
}

/// Refuses a village that there is not, a neighbourhood where there is none, and days that are in no order.
fn check(row: &Partner) -> Result<()> {
    if !is_village(&row.village_code) {
        return Err(Error::field("/village_code", "unknown", coded("unknown").1));
    }
    let (is_wanted, is_given) = (row.office == PromotionPartnerOffice::NeighbourhoodHead, row.neighbourhood.is_some());
    if is_wanted != is_given {
        let code = if is_wanted { "required" } else { "not_allowed" };
        return Err(Error::field("/neighbourhood", code, coded(code).1));
    }
    plausible("", "from_on", row.from_on)?;
    in_order("", "until_on", row.from_on, row.until_on)?;
    in_order("", "ended_on", row.from_on, row.ended_on)
}

/// Lists promotion partners.
///
/// Newest first, with how to reach them: a contact list by village (`village_code`) and day (`on`).
#[utoipa::path(tag = "Promotion partners", operation_id = "list_promotion_partners", params(PromotionPartnerFilter, Listing), responses(
    (status = 200, description = "A page of promotion partners.", body = Page<PromotionPartnerView>),
))]
#[get("/v1/promotion-partners")]
pub async fn list_promotion_partners(
    may: May<ListPromotionPartners>,
    node: Data<Node>,
    Params(query): Params<PromotionPartnerFilter>,
    paging: Paging,
) -> Result<Reply> {
    plausible_day("on", query.on)?;
    known_code("village_code", query.village_code.as_deref().is_none_or(is_village))?;
    may.read(move |conn, by| {
        let page = store::list(conn, by, &query, &paging)?;
        Reply::ok(&page.try_map(|row| view(conn, &node, by, row))?)
    })
    .await
}

/// Shows a promotion partner.
///
/// With the term of office, and how to reach them.
#[utoipa::path(tag = "Promotion partners", operation_id = "get_promotion_partner", params(IdInPath), responses((status = 200, description = "The promotion partner.", body = PromotionPartnerView)))]
#[get("/v1/promotion-partners/{id}")]
pub async fn get_promotion_partner(may: May<GetPromotionPartner>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let row = store::find(conn, by, id.0)?;
        shown(conn, &node, by, row)
    })
    .await
}

/// Lists what was done with a promotion partner.
///
/// In order, with reasons and both values of whatever was corrected.
#[utoipa::path(tag = "Promotion partners", operation_id = "list_promotion_partner_history", params(IdInPath, Listing), responses(
    (status = 200, description = "A page of the history.", body = Page<VolunteerHistoryLine>),
))]
#[get("/v1/promotion-partners/{id}/history")]
pub async fn list_promotion_partner_history(
    may: May<ListPromotionPartnerHistory>,
    node: Data<Node>,
    id: PathId,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let row = store::find(conn, by, id.0)?;
        Reply::ok(&history::list(conn, &node.vault, &row.path(), &paging)?)
    })
    .await
}

/// Enters a promotion partner.
///
/// With the term of office; a village, and a neighbourhood, has one head on a day.
#[utoipa::path(tag = "Promotion partners", operation_id = "create_promotion_partner", request_body = PromotionPartnerInput, responses(
    (status = 201, description = "The promotion partner.", body = PromotionPartnerView),
    (status = 409, description = "`conflict` with `standing_id`: somebody else holds that office on one of the days."),
))]
#[post("/v1/promotion-partners")]
pub async fn create_promotion_partner(
    may: May<CreatePromotionPartner>,
    node: Data<Node>,
    Valid(input): Valid<PromotionPartnerInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let row = input.enter(tx, &node, by)?;
        note(tx, &node, &row, PromotionPartnerAct::Enter, ("", Vec::new()))?;
        Ok(Reply::created(format!("/v1/{}", row.path()), &view(tx, &node, by, row)?)?.version(1))
    })
    .await
}

impl PromotionPartnerInput {
    fn enter(&self, tx: &mut Tx, node: &Node, by: &By) -> Result<Partner> {
        contacts::check(self.contact.as_ref())?;
        let id = Id::new(by.now);
        let mut row = Partner {
            id,
            status: PromotionPartnerStatus::Current,
            office: self.office,
            village_code: self.village_code.clone(),
            neighbourhood: self.neighbourhood,
            person_id: store::record(tx, &node.vault, by, id, &self.name)?,
            said: String::new(),
            from_on: self.from_on,
            until_on: self.until_on,
            ended_on: None,
            entered_by: by.caller.name(),
            entered_at: by.now,
            version: 1,
        };
        check(&row)?;
        store::require_alone(tx, &row)?;
        let note = self.note.as_ref().map(|note| note.as_str().to_owned());
        row.say(&node.vault, &Said { name: self.name.as_str().to_owned(), note })?;
        store::insert(tx, &row)?;
        if let Some(contact) = &self.contact {
            contacts::put(tx, &node.vault, &row.path(), contact)?;
        }
        Ok(row)
    }
}

/// Corrects a promotion partner.
///
/// With a reason; the history keeps both values. Another head of the village is a partner of their own.
#[utoipa::path(tag = "Promotion partners", operation_id = "update_promotion_partner", params(IdInPath, IfMatchHeader), request_body = PromotionPartnerPatch, responses(
    (status = 200, description = "The promotion partner.", body = PromotionPartnerView),
    (status = 409, description = "`conflict` with `standing_id`: somebody else holds that office on one of the days."),
))]
#[patch("/v1/promotion-partners/{id}")]
pub async fn update_promotion_partner(
    may: May<UpdatePromotionPartner>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<PromotionPartnerPatch>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = store::find(tx, by, id.0)?;
        if_match.check(row.version)?;
        row.status = applied(by, &row, PromotionPartnerAct::Update)?;
        let mut said = row.said(&node.vault)?;
        let before = json_of(&Correctable::of(&row, &said))?;
        change.put(tx, &node, by, (&mut row, &mut said))?;
        let changed = changes(&before, &json_of(&Correctable::of(&row, &said))?);
        if !changed.is_empty() {
            row.say(&node.vault, &said)?;
            store::save(tx, &mut row)?;
            note(tx, &node, &row, PromotionPartnerAct::Update, (change.reason.as_str(), changed))?;
        }
        shown(tx, &node, by, row)
    })
    .await
}

impl PromotionPartnerPatch {
    fn put(&self, tx: &mut Tx, node: &Node, by: &By, (row, said): (&mut Partner, &mut Said)) -> Result<()> {
        patch::put(&mut row.village_code, self.village_code.clone());
        patch::put(&mut row.neighbourhood, self.neighbourhood);
        patch::put(&mut row.from_on, self.from_on);
        patch::put(&mut row.until_on, self.until_on);
        patch::put(&mut said.note, self.note.clone().map(|note| note.map(|note| note.as_str().to_owned())));
        check(row)?;
        store::require_alone(tx, row)?;
        if let Some(name) = self.name.as_ref().filter(|name| name.as_str() != said.name) {
            row.person_id = store::record(tx, &node.vault, by, row.id, name)?;
            name.as_str().clone_into(&mut said.name);
        }
        Ok(())
    }
}
