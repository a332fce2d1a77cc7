//! Settings of honours: the rules by the days since which they are in force.

use chrono::{Datelike, NaiveDate};

use super::rules::{HonourRule, YearDay};
use crate::settings::{choice, list, parsed};

/// How the next window of a card begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardWindow {
    /// On the day after the later of the review and the end of the card before.
    AfterLater,
    /// On the day after the review.
    AfterReview,
}

const WINDOWS: &[(&str, CardWindow)] = &[("after_later", CardWindow::AfterLater), ("after_review", CardWindow::AfterReview)];

const RULE: [&str; 2] = [
    "a rule such as 2001-01-20:3y:300h: the day since which it is in force, years, and the hours of each grade, as 1500h/2000h/2500h",
    "規定，如 2001-01-20:3y:300h：施行日、年數及各等級時數，如 1500h/2000h/2500h",
];

const DAY: [&str; 2] = ["a day of the year such as 06-30", "月日，如 06-30"];

fn year_day(text: &str) -> Option<YearDay> {
    // Of a leap year, so that a day that some years lack is found and refused.
    let day: NaiveDate = format!("2000-{text}").parse().ok()?;
    let day = YearDay { month: day.month(), day: day.day() };
    (day.to_string() == text && text != "02-29").then_some(day)
}

fn rule(grades: usize) -> impl Fn(&str) -> Option<HonourRule> {
    move |text| text.parse().ok().filter(|rule: &HonourRule| rule.hours.len() == grades)
}

fn of_one(text: &str) -> Option<HonourRule> {
    rule(1)(text)
}

fn of_three(text: &str) -> Option<HonourRule> {
    rule(3)(text)
}

/// A rule in force since the Volunteer Service Act is.
fn since_the_act(years: u32, hours: &[i32]) -> Vec<HonourRule> {
    let from_on = NaiveDate::from_ymd_opt(2001, 1, 20).unwrap_or_default();
    vec![HonourRule { from_on, years, hours: hours.to_vec() }]
}

crate::settings! {
    /// Honours of volunteers
    /// 志工獎勵
    pub struct HonourSettings;

    /// Years and hours that an honour card asks for (志願服務法 §20), by the day since which each rule is in force.
    /// 榮譽卡所需年資及時數（志願服務法第 20 條），依各規定施行日。
    card_rules as "honours.card_rules": Vec<HonourRule> = since_the_act(3, &[300]), list(20, parsed("RULE", RULE, of_one, HonourRule::to_string));

    /// Years and hours that a certificate of performance asks for, by the day since which each rule is in force.
    /// 績效證明書所需年資及時數，依各規定施行日。
    certificate_rules as "honours.certificate_rules": Vec<HonourRule> = since_the_act(1, &[150]), list(20, parsed("RULE", RULE, of_one, HonourRule::to_string));

    /// Hours that the three badges of the Ministry of the Interior ask for, by the day since which each rule is in force.
    /// 內政業務志願服務獎章三等級所需時數，依各規定施行日。
    badge_rules as "honours.badge_rules": Vec<HonourRule> = since_the_act(0, &[1500, 2000, 2500]), list(20, parsed("RULE", RULE, of_three, HonourRule::to_string));

    /// Hours that the three national awards ask for, by the day since which each rule is in force.
    /// 全國志願服務獎勵三等級所需時數，依各規定施行日。
    award_rules as "honours.award_rules": Vec<HonourRule> = since_the_act(0, &[3000, 5000, 8000]), list(20, parsed("RULE", RULE, of_three, HonourRule::to_string));

    /// How the next window of a card begins where the county has told nothing else: after_later, on the day after the later of the review and the end of the card before; after_review, on the day after the review.
    /// 縣市未另行告知時，次一榮譽卡起算方式：after_later 自審查日與原卡屆滿日較後者之次日；after_review 自審查日之次日。
    card_window as "honours.card_window": CardWindow = CardWindow::AfterLater, choice(WINDOWS);

    /// Last day of the year on which volunteers apply for a badge.
    /// 志工申請內政業務獎章之末日。
    badge_deadline as "honours.badge_deadline": YearDay = YearDay { month: 1, day: 31 }, parsed("DAY", DAY, year_day, YearDay::to_string);

    /// Last day of the year on which papers for a national award are handed in.
    /// 全國獎勵送件之末日。
    award_deadline as "honours.award_deadline": YearDay = YearDay { month: 6, day: 30 }, parsed("DAY", DAY, year_day, YearDay::to_string);

    /// Last day of the year whose hours count for the next national award.
    /// 全國獎勵時數計算之截止日。
    award_cut_off as "honours.award_cut_off": YearDay = YearDay { month: 5, day: 31 }, parsed("DAY", DAY, year_day, YearDay::to_string);
}
