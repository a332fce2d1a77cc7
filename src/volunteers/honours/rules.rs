//! The rules of honours, pure: what a volunteer's hours give on a day, what is missing, and what applying then would lose.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};

use super::model::{HonourFamily, HonourGrade};
use super::settings::{CardWindow, HonourSettings};

/// Days by which the pace goes.
const YEAR: u64 = 365;

/// A rule: since when it is in force, how many years it asks for, and how many hours for each grade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HonourRule {
    pub from_on: NaiveDate,
    pub years: u32,
    pub hours: Vec<i32>,
}

impl fmt::Display for HonourRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours: Vec<String> = self.hours.iter().map(|hours| format!("{hours}h")).collect();
        write!(f, "{}:{}y:{}", self.from_on, self.years, hours.join("/"))
    }
}

impl FromStr for HonourRule {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split(':');
        let (Some(day), Some(years), Some(hours), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(());
        };
        let years: u32 = years.strip_suffix('y').and_then(|years| years.parse().ok()).ok_or(())?;
        let hours = hours.split('/').map(|one| one.strip_suffix('h').and_then(|one| one.parse().ok()));
        let hours: Vec<i32> = hours.collect::<Option<_>>().ok_or(())?;
        let rule = Self { from_on: day.parse().map_err(|_| ())?, years, hours };
        let is_rising = rule.hours.windows(2).all(|pair| pair[0] < pair[1]);
        let fits = rule.years <= 50 && is_rising && rule.hours.iter().all(|hours| (1..=100_000).contains(hours));
        if fits && rule.to_string() == text { Ok(rule) } else { Err(()) }
    }
}

/// A day that every year has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearDay {
    pub month: u32,
    pub day: u32,
}

impl fmt::Display for YearDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl YearDay {
    /// The first one from a day on.
    pub fn from(self, day: NaiveDate) -> Option<NaiveDate> {
        let of = |year| NaiveDate::from_ymd_opt(year, self.month, self.day);
        of(day.year()).filter(|found| *found >= day).or_else(|| of(day.year() + 1))
    }
}

/// Minutes that count, day by day; those in the fields of interior affairs beside all.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    pub all: BTreeMap<NaiveDate, i32>,
    pub interior: BTreeMap<NaiveDate, i32>,
}

impl Counted {
    fn of(&self, family: HonourFamily) -> &BTreeMap<NaiveDate, i32> {
        if family == HonourFamily::MinistryBadge { &self.interior } else { &self.all }
    }
}

/// A grant that stands, as far as the next one goes by it.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    pub family: HonourFamily,
    pub grade: Option<HonourGrade>,
    pub granted_on: NaiveDate,
    pub expires_on: Option<NaiveDate>,
    pub counts_from: Option<NaiveDate>,
}

/// All by which somebody's honours are judged.
pub struct Claim<'c> {
    pub settings: &'c HonourSettings,
    /// The day on which they were first trained, and a full member.
    pub serves_from: Option<NaiveDate>,
    pub counted: &'c Counted,
    /// In the order of their days.
    pub grants: &'c [Grant],
    pub today: NaiveDate,
}

/// What a claim comes to on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub rule: String,
    pub window_from: Option<NaiveDate>,
    pub hours_until: NaiveDate,
    pub needed: i32,
    pub counted: i32,
    pub used: i32,
    pub years_reached_on: Option<NaiveDate>,
    pub is_granted: bool,
    pub wants_certificate: bool,
    pub is_eligible: bool,
    pub would_lose: i32,
    pub would_lose_days: i64,
    pub loses_nothing_from: Option<NaiveDate>,
    pub earliest_on: Option<NaiveDate>,
    pub next_deadline: Option<NaiveDate>,
}

impl HonourSettings {
    fn rules(&self, family: HonourFamily) -> &[HonourRule] {
        match family {
            HonourFamily::HonourCard => &self.card_rules,
            HonourFamily::PerformanceCertificate => &self.certificate_rules,
            HonourFamily::MinistryBadge => &self.badge_rules,
            HonourFamily::NationalAward => &self.award_rules,
        }
    }

    /// The rule of a family that is in force on a day.
    fn rule(&self, family: HonourFamily, on: NaiveDate) -> Option<&HonourRule> {
        self.rules(family).iter().filter(|rule| rule.from_on <= on).max_by_key(|rule| rule.from_on)
    }

    /// What the rules of a family are called, and how its window begins.
    pub fn window_name(&self, family: HonourFamily) -> String {
        let name = match family {
            HonourFamily::HonourCard => "honours.card_rules",
            HonourFamily::PerformanceCertificate => "honours.certificate_rules",
            HonourFamily::MinistryBadge => "honours.badge_rules",
            HonourFamily::NationalAward => "honours.award_rules",
        };
        match (family, self.card_window) {
            (HonourFamily::HonourCard, CardWindow::AfterLater) => format!("{name} after_later"),
            (HonourFamily::HonourCard, CardWindow::AfterReview) => format!("{name} after_review"),
            _ => name.to_owned(),
        }
    }

    /// First day whose hours count for the next grant, as far as nobody has said it.
    pub fn counts_from(&self, family: HonourFamily, (reviewed, before): (NaiveDate, Option<NaiveDate>)) -> NaiveDate {
        let is_after_later = family == HonourFamily::HonourCard && self.card_window == CardWindow::AfterLater;
        let last = if is_after_later { before.map_or(reviewed, |before| before.max(reviewed)) } else { reviewed };
        last + Days::new(1)
    }
}

fn years_after(day: NaiveDate, years: u32) -> Option<NaiveDate> {
    day.checked_add_months(Months::new(years.checked_mul(12)?))
}

fn between(minutes: &BTreeMap<NaiveDate, i32>, from: Option<NaiveDate>, to: NaiveDate) -> i32 {
    let found = minutes.iter().filter(|(day, _)| from.is_none_or(|from| from <= **day) && **day <= to);
    found.map(|(_, minutes)| *minutes).sum()
}

impl Claim<'_> {
    /// The last day whose hours count for what is applied for on a day.
    fn hours_until(&self, family: HonourFamily, on: NaiveDate) -> NaiveDate {
        if family != HonourFamily::NationalAward {
            return on;
        }
        // The papers of a year are of the hours up to its cut-off, until they are due; later ones of the next year's.
        let due = self.settings.award_deadline.from(on).unwrap_or(on);
        let YearDay { month, day } = self.settings.award_cut_off;
        let cut_off = NaiveDate::from_ymd_opt(due.year(), month, day);
        cut_off.map_or(on, |cut_off| cut_off.min(on))
    }

    /// Minutes in the 365 days up to today.
    fn pace(&self, family: HonourFamily) -> i64 {
        let from = self.today - Days::new(YEAR - 1);
        i64::from(between(self.counted.of(family), Some(from), self.today))
    }

    /// The day on which so many minutes are reached: by what has been served, or at the pace of the last year.
    fn reached_on(&self, family: HonourFamily, from: Option<NaiveDate>, needed: i32) -> Option<NaiveDate> {
        let mut sum = 0;
        for (day, minutes) in self.counted.of(family).iter().filter(|(day, _)| from.is_none_or(|from| from <= **day)) {
            sum += minutes;
            if sum >= needed {
                return Some(*day);
            }
        }
        let pace = self.pace(family);
        if pace <= 0 {
            return None;
        }
        let days = u64::try_from(i64::from(needed - sum) * 365 / pace + 1).ok()?;
        let start = from.map_or(self.today, |from| from.max(self.today));
        // Nobody serves for a hundred years.
        (days <= 100 * YEAR).then(|| start + Days::new(days))
    }

    /// What a family and grade come to on a day; nothing where no rule is in force.
    pub fn find(&self, family: HonourFamily, grade: Option<HonourGrade>, on: NaiveDate) -> Option<Found> {
        let rule = self.settings.rule(family, on)?;
        let place = grade.map_or(0, |grade| grade as usize);
        let needed = rule.hours.get(place)?.saturating_mul(60);
        let before = self.grants.iter().filter(|grant| grant.family == family && grant.granted_on <= on);
        let last = before.clone().max_by_key(|grant| grant.granted_on);
        let is_granted = !family.uses_up() && before.clone().any(|grant| grant.grade == grade);
        let told = last.filter(|_| family.uses_up()).and_then(|grant| grant.counts_from);
        let window_from = if family.uses_up() { told.or(self.serves_from) } else { None };
        let hours_until = self.hours_until(family, on);
        let minutes = self.counted.of(family);
        let counted = between(minutes, window_from, hours_until);
        let used = told.and_then(|from| from.pred_opt()).map_or(0, |until| between(minutes, None, until.min(hours_until)));
        let years_from = if family.uses_up() { window_from } else { self.serves_from };
        let years_reached_on = years_from.and_then(|from| years_after(from, rule.years));
        let has_certificate =
            self.grants.iter().any(|grant| grant.family == HonourFamily::PerformanceCertificate && grant.granted_on <= on);
        let wants_certificate = family.wants_certificate() && !has_certificate;
        let has_years = rule.years == 0 || years_reached_on.is_some_and(|day| day <= on);
        let is_eligible = !is_granted && !wants_certificate && has_years && counted >= needed;
        let reached = self.reached_on(family, window_from, needed);
        let earliest_on = match (reached, years_reached_on) {
            _ if is_granted => None,
            (Some(hours), Some(years)) if rule.years > 0 => Some(hours.max(years)),
            (Some(hours), _) if rule.years == 0 => Some(hours),
            _ => None,
        };
        let (would_lose, would_lose_days, loses_nothing_from) = self.loss(family, last, on);
        Some(Found {
            rule: format!("{} {rule}", self.settings.window_name(family)),
            window_from,
            hours_until,
            needed,
            counted,
            used,
            years_reached_on,
            is_granted,
            wants_certificate,
            is_eligible,
            would_lose,
            would_lose_days,
            loses_nothing_from,
            earliest_on,
            next_deadline: self.deadline(family, on),
        })
    }

    /// Minutes, known or at the pace of the last year, that serve no card where one is applied for before the last one ends; on how many
    /// days; and the day from which nothing is lost.
    fn loss(&self, family: HonourFamily, last: Option<&Grant>, on: NaiveDate) -> (i32, i64, Option<NaiveDate>) {
        let is_lossy = family == HonourFamily::HonourCard && self.settings.card_window == CardWindow::AfterLater;
        let Some(ends) = last.and_then(|grant| grant.expires_on).filter(|_| is_lossy) else { return (0, 0, None) };
        if ends <= on {
            return (0, 0, Some(ends));
        }
        let known = between(self.counted.of(family), on.succ_opt(), ends);
        let expected_days = (ends - on.max(self.today)).num_days().max(0);
        let expected = i32::try_from(self.pace(family) * expected_days / 365).unwrap_or(i32::MAX);
        (known.saturating_add(expected), (ends - on).num_days(), Some(ends))
    }

    fn deadline(&self, family: HonourFamily, on: NaiveDate) -> Option<NaiveDate> {
        match family {
            HonourFamily::MinistryBadge => self.settings.badge_deadline.from(on),
            HonourFamily::NationalAward => self.settings.award_deadline.from(on),
            // A card is renewed before it ends; a certificate is asked for at any time.
            HonourFamily::HonourCard => {
                let cards = self.grants.iter().filter(|grant| grant.family == family && grant.granted_on <= on);
                cards.max_by_key(|grant| grant.granted_on)?.expires_on.filter(|ends| *ends >= on)
            }
            HonourFamily::PerformanceCertificate => None,
        }
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
