//! A promotion partner as they are shown.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{PromotionPartnerAct, PromotionPartnerOffice, PromotionPartnerStatus};
use super::store::{Partner, Said};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::people::{ShownContact, contacts, village_name};
use crate::view_of;

/// A promotion partner.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "CURRENT", "office": "VILLAGE_HEAD", "village_code": "10007030-002",
    "village": "和美鎮和東里", "neighbourhood": null, "name": "林里長", "contact": null, "note": null, "from_on": "2022-12-25",
    "until_on": "2026-12-24", "ended_on": null, "in_office": true, "entered_at": "2026-11-23T09:00:00+08:00",
    "allowed_actions": ["update", "end"]
}))]
pub struct PromotionPartnerView {
    id: Id,
    status: PromotionPartnerStatus,
    office: PromotionPartnerOffice,
    #[schema(max_length = 20)]
    village_code: String,
    /// Township and village.
    #[schema(max_length = 40)]
    village: Option<String>,
    /// Of a neighbourhood head.
    #[schema(minimum = 1)]
    neighbourhood: Option<i32>,
    /// Whole: they hold a public office.
    #[schema(max_length = 100)]
    name: String,
    /// How to reach them, masked.
    contact: Option<ShownContact>,
    #[schema(max_length = 500)]
    note: Option<String>,
    /// First day of the term of office, Asia/Taipei.
    from_on: NaiveDate,
    /// Its last day, included.
    until_on: Option<NaiveDate>,
    /// The last day in office where the term ended before that.
    ended_on: Option<NaiveDate>,
    /// Whether they hold the office today.
    in_office: bool,
    entered_at: Moment,
    /// What the caller may do now.
    #[schema(value_type = Vec<PromotionPartnerAct>, max_items = 3)]
    allowed_actions: Vec<&'static str>,
}

fn allowed(by: &By, status: PromotionPartnerStatus) -> Vec<&'static str> {
    let acts = PromotionPartnerAct::possible(status).filter(|act| act.line().is_granted(&by.caller));
    let mut names: Vec<&'static str> = acts.map(|act| act.line().name).collect();
    names.dedup();
    names
}

/// The state after an act, or the refusal that names what the caller may do.
pub fn applied(by: &By, partner: &Partner, act: PromotionPartnerAct) -> Result<PromotionPartnerStatus> {
    act.after(partner.status).ok_or_else(|| Error::wrong_state(&allowed(by, partner.status)))
}

/// A partner as the caller sees them.
pub fn view(conn: &mut Conn, node: &Node, by: &By, row: Partner) -> Result<PromotionPartnerView> {
    let allowed_actions = allowed(by, row.status);
    let contact = contacts::of(conn, &node.vault, &row.path())?.map(|contact| contact.shown(false));
    let Said { name, note } = row.said(&node.vault)?;
    let (village, in_office) = (village_name(&row.village_code), row.holds_office_on(by.now.date()));
    Ok(view_of!(PromotionPartnerView, row {
        id, status, office, village_code, neighbourhood, from_on, until_on, ended_on, entered_at
    } village, name, contact, note, in_office, allowed_actions))
}

/// The answer that shows a partner.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, row: Partner) -> Result<Reply> {
    let version = row.version;
    Ok(Reply::ok(&view(conn, node, by, row)?)?.version(version))
}
