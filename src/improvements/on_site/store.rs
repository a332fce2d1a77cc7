//! Complaints on the spot and their steps in the store.

use diesel::prelude::*;

use super::flow::Standing;
use super::model::{OnSiteStatus, OnSiteStepKind, Said};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::petitions::{Concern, points_in, sources, who_stands};
use crate::schema::{
    on_site_complaints as complaints, on_site_concerned as concerned, on_site_concerns as concerns, on_site_steps as steps,
};
use crate::secrets::vault::{Vault, random_digits};
use crate::{prepared, save};

/// A complaint as kept.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = complaints, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Complaint {
    pub id: Id,
    pub number: String,
    pub status: OnSiteStatus,
    pub service_point: String,
    /// Sealed.
    pub said: String,
    /// The record of whoever complained, where they say who they are.
    pub person_id: Option<Id>,
    /// It is about accounts or service points of the office.
    pub names_staff: bool,
    pub taken_by: String,
    pub began_at: Moment,
    /// The last moment for a supervisor to take over, as the setting was when it began.
    pub takeover_due_at: Moment,
    pub taken_over_at: Option<Moment>,
    /// When the result was noted, from which the follow-up call is due.
    pub follow_up_from: Option<Moment>,
    /// Within what, as the setting was when it began.
    pub follow_up_rule: String,
    pub follow_up_due_at: Option<Moment>,
    pub takeover_told_at: Option<Moment>,
    pub overdue_at: Option<Moment>,
    pub version: i32,
}

/// A step as kept; one that was taken back stays.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = steps, treat_none_as_default_value = false)]
pub struct Step {
    pub complaint_id: Id,
    pub line: i32,
    pub step: OnSiteStepKind,
    /// Its kind while it stands: one of each kind does.
    pub standing: Option<OnSiteStepKind>,
    pub happened_at: Moment,
    /// Whoever did it: `accounts/{id}`.
    pub done_by: String,
    pub entered_at: Moment,
    pub entered_by: String,
    /// Sealed: what is said of it, and why it was taken back.
    pub words: String,
    pub petition_id: Option<Id>,
    pub struck_at: Option<Moment>,
    pub struck_by: Option<String>,
}

/// How the paths of complaints begin.
pub const KIND: &str = "on-site-complaints";

/// What a complaint is called in the journal, and its contact is kept under.
pub fn path(id: Id) -> String {
    format!("{KIND}/{id}")
}

/// What is said of a step, and why it was taken back.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct StepWords {
    pub note: Option<String>,
    pub struck_because: Option<String>,
}

impl Complaint {
    pub fn path(&self) -> String {
        path(self.id)
    }

    fn identity(&self) -> String {
        format!("on_site_complaints/{}/said", self.id)
    }

    pub fn said(&self, vault: &Vault) -> Result<Said> {
        vault.open_json(&self.identity(), self.said.clone())
    }

    pub fn put_said(&mut self, vault: &Vault, said: &Said) -> Result<()> {
        self.said = vault.seal_json(&self.identity(), said)?;
        Ok(())
    }

    /// Whether nothing of it goes into the feed: it is about those who work here, or a petition is withheld that came out of it.
    pub fn is_withheld(&self, conn: &mut Conn) -> Result<bool> {
        Ok(self.names_staff || sources::is_withheld(conn, &self.path())?)
    }

    /// Whoever it names as having complained.
    pub fn people(&self) -> Vec<Id> {
        self.person_id.into_iter().collect()
    }
}

fn words_identity(id: Id, line: i32) -> String {
    format!("on_site_steps/{id}/{line}/words")
}

impl Step {
    pub fn words(&self, vault: &Vault) -> Result<StepWords> {
        vault.open_json(&words_identity(self.complaint_id, self.line), self.words.clone())
    }

    pub fn put_words(&mut self, vault: &Vault, words: &StepWords) -> Result<()> {
        self.words = vault.seal_json(&words_identity(self.complaint_id, self.line), words)?;
        Ok(())
    }
}

/// The steps that stand, each with its moment.
pub fn standing(all: &[Step]) -> Vec<Standing> {
    all.iter().filter_map(|step| step.standing.map(|kind| (kind, step.happened_at))).collect()
}

pub fn insert(tx: &mut Tx, complaint: &Complaint) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(complaints::table).values(complaint), execute)?;
    Ok(())
}

pub fn save(tx: &mut Tx, complaint: &mut Complaint) -> Result<()> {
    save!(tx, complaints, complaint)
}

/// A number that no complaint has: random, so that gaps in it tell nothing of those that somebody does not see.
pub fn free_number(conn: &mut Conn, roc_year: i32) -> Result<String> {
    loop {
        let number = format!("{roc_year}-S{}", random_digits(8));
        let there: i64 = complaints::table.filter(complaints::number.eq(&number)).count().get_result(conn)?;
        if there == 0 {
            return Ok(number);
        }
    }
}

/// Every step of a complaint, in the order in which they were entered.
pub fn steps_of(conn: &mut Conn, id: Id) -> Result<Vec<Step>> {
    let rows = steps::table.filter(steps::complaint_id.eq(id)).order(steps::line);
    Ok(rows.select(Step::as_select()).load(conn)?)
}

/// Adds a step; the complaint's row is locked, so that no two get one number.
pub fn add_step(tx: &mut Tx, step: &Step) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(steps::table).values(step), execute)?;
    Ok(())
}

/// Strikes a step, which stays readable.
pub fn strike(tx: &mut Tx, step: &Step, by: &str, now: Moment) -> Result<()> {
    let none: Option<OnSiteStepKind> = None;
    let struck = (steps::standing.eq(none), steps::struck_at.eq(Some(now)), steps::struck_by.eq(Some(by)));
    let row = steps::table.find((step.complaint_id, step.line));
    diesel::update(row).set((struck, steps::words.eq(&step.words))).execute(&mut **tx)?;
    Ok(())
}

/// Puts whom a complaint is about in the place of whoever stood there; what names others in words stands with the complaint. Whoever
/// stands at a service point that is named stays concerned wherever they go.
pub fn put_concerns(tx: &mut Tx, id: Id, all: &[Concern]) -> Result<()> {
    let points = points_in(all);
    let there = who_stands(tx, &points)?;
    let gone = concerned::table.filter(concerned::complaint_id.eq(id)).filter(concerned::service_point.ne_all(points));
    diesel::delete(gone).execute(&mut **tx)?;
    for (account, point) in there {
        let row = (concerned::complaint_id.eq(id), concerned::service_point.eq(point), concerned::account_id.eq(account));
        prepared!(&mut **tx, diesel::insert_into(concerned::table).values(row).on_conflict_do_nothing(), execute)?;
    }
    diesel::delete(concerns::table.filter(concerns::complaint_id.eq(id))).execute(&mut **tx)?;
    for (place, concern) in (0..).zip(all) {
        let (account, point) = match concern {
            Concern::Account(account) => (Some(account.to_string()), None),
            Concern::ServicePoint(point) => (None, Some(point.clone())),
            Concern::Words(_) => continue,
        };
        let row = (
            concerns::complaint_id.eq(id),
            concerns::place.eq(place),
            concerns::account_id.eq(account),
            concerns::service_point.eq(point),
        );
        prepared!(&mut **tx, diesel::insert_into(concerns::table).values(row), execute)?;
    }
    Ok(())
}
