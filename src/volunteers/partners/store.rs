//! Promotion partners as they are kept and found.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::model::{PromotionPartnerOffice, PromotionPartnerStatus};
use crate::auth::By;
use crate::auth::protection::{closed_to, is_closed_to};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow, Tx};
use crate::error::{Code, Error, Result};
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::people::facts::{Rank, Word};
use crate::people::store::{Named, claim};
use crate::people::{Identifier, Name};
use crate::schema::promotion_partners as partners;
use crate::secrets::vault::Vault;
use crate::{find, prepared, read_page, save};

/// A promotion partner as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = partners, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Partner {
    pub id: Id,
    pub status: PromotionPartnerStatus,
    pub office: PromotionPartnerOffice,
    pub village_code: String,
    pub neighbourhood: Option<i32>,
    /// The record of what is said of them: no number finds it.
    pub person_id: Id,
    /// Sealed.
    pub said: String,
    pub from_on: NaiveDate,
    pub until_on: Option<NaiveDate>,
    pub ended_on: Option<NaiveDate>,
    pub entered_by: String,
    pub entered_at: Moment,
    pub version: i32,
}

/// What is kept of a promotion partner, sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    pub name: String,
    pub note: Option<String>,
}

const KIND: &str = "promotion-partners";

/// What a partner is called in the journal, and their contact is kept under.
pub fn path(id: Id) -> String {
    format!("{KIND}/{id}")
}

impl Partner {
    pub fn path(&self) -> String {
        path(self.id)
    }

    fn identity(&self) -> String {
        format!("promotion_partners/{}/said", self.id)
    }

    pub fn said(&self, vault: &Vault) -> Result<Said> {
        vault.open_json(&self.identity(), self.said.clone())
    }

    pub fn say(&mut self, vault: &Vault, said: &Said) -> Result<()> {
        self.said = vault.seal_json(&self.identity(), said)?;
        Ok(())
    }

    /// The last day in office, as far as it is known.
    pub fn last_day(&self) -> Option<NaiveDate> {
        self.ended_on.or(self.until_on)
    }

    pub fn holds_office_on(&self, day: NaiveDate) -> bool {
        self.status != PromotionPartnerStatus::Withdrawn && self.from_on <= day && self.last_day().is_none_or(|last| day <= last)
    }
}

/// The record of what is said of somebody as a partner.
pub fn record(tx: &mut Tx, vault: &Vault, by: &By, id: Id, name: &Name) -> Result<Id> {
    let (source, number) = (path(id), Identifier::not_told(name.as_str()));
    let word = Word { rank: Rank::Claimed, source: source.clone(), paper: None, actor: by.caller.name(), now: by.now };
    claim(tx, vault, &word, &source, Named { name: name.as_str(), number: &number, birth_on: None })
}

pub fn insert(tx: &mut Tx, partner: &Partner) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(partners::table).values(partner), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, partner: &mut Partner) -> Result<()> {
    save!(tx, partners, partner)
}

/// A partner whose data is not closed to the caller; any other is not there. Of two writes that find one, one waits for the other.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<Partner> {
    let found: Option<Partner> = find!(conn, partners::table.find(id).select(Partner::as_select()))?;
    let found = found.ok_or(Code::NOT_FOUND)?;
    if is_closed_to(conn, by, &[found.person_id])? { Err(Code::NOT_FOUND.into()) } else { Ok(found) }
}

/// Refuses a second head of one village or neighbourhood on one day; nobody else enters one of the village until this write has ended.
pub fn require_alone(tx: &mut Tx, partner: &Partner) -> Result<()> {
    tx.own([format!("{KIND}/of/{}", partner.village_code)])?;
    let same =
        partners::table.filter(partners::village_code.eq(&partner.village_code)).filter(partners::office.eq(partner.office));
    let same = same.filter(partners::id.ne(partner.id)).filter(partners::status.ne(PromotionPartnerStatus::Withdrawn));
    let same = same.order(partners::id).select(Partner::as_select());
    let same: Vec<Partner> = same.load(&mut **tx)?;
    let meets = |other: &&Partner| {
        other.neighbourhood == partner.neighbourhood
            && other.last_day().is_none_or(|last| partner.from_on <= last)
            && partner.last_day().is_none_or(|last| other.from_on <= last)
    };
    match same.iter().find(meets) {
        None => Ok(()),
        Some(other) => Err(Error::stands(other.id, ("任期內已有他人在任", "somebody else holds that office on one of the days"))),
    }
}

/// Filters of the list of promotion partners.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PromotionPartnerFilter {
    /// Code of the village: `10007030-002`.
    #[param(min_length = 1, max_length = 20)]
    pub village_code: Option<String>,
    pub office: Option<PromotionPartnerOffice>,
    /// Those in this state; those who were entered by mistake are listed by `WITHDRAWN` alone.
    pub status: Option<PromotionPartnerStatus>,
    /// Those in office on a day, Asia/Taipei.
    pub on: Option<NaiveDate>,
}

/// A page of the partners that match, the newest first.
pub fn list(conn: &mut Conn, by: &By, filter: &PromotionPartnerFilter, paging: &Paging) -> Result<Page<Partner>> {
    let closed = closed_to(conn, by)?;
    let matching = || -> partners::BoxedQuery<'_, Backend> {
        let rows = partners::table.filter(partners::person_id.ne_all(closed.clone())).into_boxed();
        let rows = match filter.status {
            Some(status) => rows.filter(partners::status.eq(status)),
            None => rows.filter(partners::status.ne(PromotionPartnerStatus::Withdrawn)),
        };
        rows.narrow(filter.village_code.as_deref(), |village| partners::village_code.eq(village))
            .narrow(filter.office, |office| partners::office.eq(office))
            .narrow(filter.on, |day| partners::from_on.le(day))
            .narrow(filter.on, |day| partners::until_on.is_null().or(partners::until_on.assume_not_null().ge(day)))
            .narrow(filter.on, |day| partners::ended_on.is_null().or(partners::ended_on.assume_not_null().ge(day)))
    };
    read_page!(conn, paging, matching, partners::id desc, Partner)
}

/// The subjects of lines of the audit log that the caller does not see: of partners whose data is closed to them.
pub fn unseen(conn: &mut Conn, _: &Node, by: &By) -> Result<Vec<String>> {
    let closed = closed_to(conn, by)?;
    let rows = partners::table.filter(partners::person_id.eq_any(closed)).order(partners::id);
    let rows: Vec<Id> = rows.select(partners::id).load(conn)?;
    Ok(rows.into_iter().map(path).collect())
}
