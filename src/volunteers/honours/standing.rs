//! What a volunteer's hours give a claim to on a day, family by family and grade by grade.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{HonourFamily, HonourGrade, HonourStatus};
use super::rules::{Claim, Counted, Found, Grant};
use super::settings::HonourSettings;
use super::store;
use crate::db::Conn;
use crate::error::Result;
use crate::node::Node;
use crate::volunteers::hours::judging::VolunteerHourVerdict;
use crate::volunteers::hours::ledger::{self, Ledger};
use crate::volunteers::store::Volunteer;

/// What a volunteer's hours give a claim to on a day.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "family": "HONOUR_CARD", "grade": null, "rule": "honours.card_rules after_later 2001-01-20:3y:300h", "granted": false,
    "eligible": false, "window_from": "2026-04-01", "hours_until": "2026-11-23", "counted_minutes": 9000, "used_minutes": 0,
    "missing_minutes": 9000, "years_reached_on": "2029-04-01", "certificate_missing": false, "would_lose_minutes": 0,
    "would_lose_days": 0, "loses_nothing_from": null, "earliest_on": "2029-04-01", "next_deadline": null
}))]
pub struct HonourStanding {
    pub family: HonourFamily,
    pub grade: Option<HonourGrade>,
    /// The rule that was gone by: the setting, the rule that is in force on the day, and how the next window of a card begins.
    #[schema(max_length = 200)]
    pub rule: String,
    /// It was granted already, of those that are given once.
    pub granted: bool,
    /// Applying on the day would succeed, as far as the ledger tells.
    pub eligible: bool,
    /// First day whose hours count; `null` where all do.
    pub window_from: Option<NaiveDate>,
    /// Last day whose hours count for what is applied for on the day.
    pub hours_until: NaiveDate,
    /// Minutes that count for it: of a badge in the fields of interior affairs alone.
    #[schema(minimum = 0)]
    pub counted_minutes: i32,
    /// Minutes that earlier grants of this family have used, or that lie between their windows and serve none.
    #[schema(minimum = 0)]
    pub used_minutes: i32,
    #[schema(minimum = 0)]
    pub missing_minutes: i32,
    /// Day on which the years are reached that it asks for; `null` where none are known to run.
    pub years_reached_on: Option<NaiveDate>,
    /// The certificate of performance that it asks for was not granted.
    pub certificate_missing: bool,
    /// Minutes that would serve no card if one were applied for on the day: what is known of the days until the last one ends, and what
    /// the pace of the last 365 days lets expect of them.
    #[schema(minimum = 0)]
    pub would_lose_minutes: i32,
    /// The days on which these lie.
    #[schema(minimum = 0)]
    pub would_lose_days: i64,
    /// Applying on this day loses nothing; `null` where applying on any day does not.
    pub loses_nothing_from: Option<NaiveDate>,
    /// First day on which years and hours are reached, at the pace of the last 365 days; `null` where they are not at this pace.
    pub earliest_on: Option<NaiveDate>,
    /// The next day until which it is to be applied for; of a card the day on which the last one ends.
    pub next_deadline: Option<NaiveDate>,
}

impl HonourStanding {
    fn of(family: HonourFamily, grade: Option<HonourGrade>, found: Found) -> Self {
        Self {
            family,
            grade,
            rule: found.rule,
            granted: found.is_granted,
            eligible: found.is_eligible,
            window_from: found.window_from,
            hours_until: found.hours_until,
            counted_minutes: found.counted,
            used_minutes: found.used,
            missing_minutes: (found.needed - found.counted).max(0),
            years_reached_on: found.years_reached_on,
            certificate_missing: found.wants_certificate,
            would_lose_minutes: found.would_lose,
            would_lose_days: found.would_lose_days,
            loses_nothing_from: found.loses_nothing_from,
            earliest_on: found.earliest_on,
            next_deadline: found.next_deadline,
        }
    }
}

/// A volunteer's ledger and grants, by which claims are judged.
pub struct Record {
    pub ledger: Ledger,
    pub counted: Counted,
    pub grants: Vec<Grant>,
    pub serves_from: Option<NaiveDate>,
    pub has_book: bool,
}

impl Record {
    pub fn of(conn: &mut Conn, node: &Node, volunteer: &Volunteer) -> Result<Self> {
        let (standing, _) = ledger::standing(conn, volunteer)?;
        let grounds = ledger::grounds(conn, node, &standing)?;
        let ledger = Ledger::of(conn, node, &standing)?;
        let mut counted = Counted::default();
        for line in &ledger.lines {
            let Some(judged) = ledger.judged.get(&line.id) else { continue };
            if judged.judgement.verdict != VolunteerHourVerdict::Countable {
                continue;
            }
            for (day, minutes) in &judged.days {
                *counted.all.entry(*day).or_insert(0) += minutes;
                if line.field.is_interior() {
                    *counted.interior.entry(*day).or_insert(0) += minutes;
                }
            }
        }
        let honours = store::of_volunteer(conn, &standing)?;
        let granted = honours.iter().filter(|honour| honour.status == HonourStatus::Granted);
        let trained = grounds.facts.categories.iter().filter_map(|category| grounds.facts.trained_on(*category)).min();
        let first_counted = counted.all.keys().next().copied();
        let serves_from = trained.zip(grounds.facts.member_from).map(|(trained, member)| trained.max(member));
        Ok(Self {
            grants: granted.map(store::Honour::grant).collect(),
            // Years at another unit count from the first hours that it has stamped.
            serves_from: serves_from.into_iter().chain(first_counted).min(),
            has_book: grounds.book_on.is_some(),
            ledger,
            counted,
        })
    }

    /// What one family and grade come to on a day.
    pub fn find(
        &self,
        settings: &HonourSettings,
        (family, grade): (HonourFamily, Option<HonourGrade>),
        (on, today): (NaiveDate, NaiveDate),
    ) -> Option<HonourStanding> {
        let (serves_from, counted, grants) = (self.serves_from, &self.counted, self.grants.as_slice());
        let claim = Claim { settings, serves_from, counted, grants, today };
        claim.find(family, grade, on).map(|found| HonourStanding::of(family, grade, found))
    }

    /// What all families and grades come to on a day.
    pub fn all(&self, settings: &HonourSettings, days: (NaiveDate, NaiveDate)) -> Vec<HonourStanding> {
        let each = HonourFamily::ALL.iter().flat_map(|family| family.grades().iter().map(|grade| (*family, *grade)));
        each.filter_map(|kind| self.find(settings, kind, days)).collect()
    }
}
