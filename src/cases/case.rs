//! A case as it is kept.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::fields::PartyRole;
use super::states::CaseStatus;
use super::types::checklist::BroughtBy;
use super::types::model::Relation;
use crate::clock::Moment;
use crate::db::{Id, JsonText};
use crate::error::Result;
use crate::scheduling::services::Channel;
use crate::schema::cases;
use crate::secrets::vault::Vault;

/// A case, its personal parts sealed.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = cases, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Case {
    pub id: Id,
    /// Running number of its year and service point, from the acceptance on.
    pub number: Option<String>,
    pub type_code: String,
    pub type_version: i32,
    pub status: CaseStatus,
    pub channel: Channel,
    pub service_point: String,
    pub off_site: bool,
    /// Where its people are registered, when it is taken off site; sealed.
    pub registered_area: Option<String>,
    /// The person whom the case is about, of its parties.
    pub person_id: Id,
    pub applicant_id: Id,
    pub relation: Relation,
    pub proxy_id: Option<Id>,
    /// The letter and, where the law wants it, the office's approval.
    /// The letter of proxy, sealed.
    pub proxy: Option<String>,
    pub event_on: Option<NaiveDate>,
    pub fields: String,
    pub papers: JsonText,
    pub circumstances: JsonText,
    pub received_at: Moment,
    pub accepted_at: Option<Moment>,
    pub late: bool,
    pub legal_due_on: Option<NaiveDate>,
    pub due_rule: Option<String>,
    pub due_at: Option<Moment>,
    pub registered_at: Option<Moment>,
    pub fee_twd: Option<i32>,
    pub clerk: Option<Id>,
    pub reviewer: Option<Id>,
    pub warned_at: Option<Moment>,
    pub overdue_at: Option<Moment>,
    pub updated_at: Moment,
    pub version: i32,
}

/// A party as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    pub role: PartyRole,
    pub person_id: Id,
}

/// A letter of proxy shown with a case, and the approval that some types want (戶籍法 §47).
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct ProxyLetter {
    pub reason: String,
    pub dated_on: NaiveDate,
    pub needs_approval: bool,
    pub approved_by: Option<String>,
    pub approved_at: Option<Moment>,
}

impl ProxyLetter {
    /// Whether the office has yet to approve it.
    pub fn waits(&self) -> bool {
        self.needs_approval && self.approved_by.is_none()
    }
}

impl Case {
    /// Whether somebody comes in another's place: a proxy whom it names, or who applies by that relation.
    pub fn is_by_proxy(&self) -> bool {
        self.proxy_id.is_some() || self.relation == Relation::Proxy
    }

    /// By whom it is brought to the counter.
    pub fn brought_by(&self) -> BroughtBy {
        BroughtBy::of(self.relation, self.is_by_proxy())
    }

    /// Everybody whom it names, beside and among its parties, each once.
    pub fn people(&self, parties: &[Party]) -> Vec<Id> {
        let parties = parties.iter().map(|party| party.person_id);
        let mut all: Vec<Id> = parties.chain([self.person_id, self.applicant_id]).chain(self.proxy_id).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Where its people are registered, when it is taken off site: the office there is to be told.
    pub fn area(&self, vault: &Vault) -> Result<Option<String>> {
        let open = |kept: &String| vault.open_text(&Self::area_identity(self.id), kept);
        self.registered_area.as_ref().map(open).transpose()
    }

    /// The name under which that is sealed.
    pub fn area_identity(id: Id) -> String {
        format!("cases/{id}/registered_area")
    }

    /// The name under which the personal parts are sealed.
    pub fn identity(id: Id) -> String {
        format!("cases/{id}/fields")
    }
}
