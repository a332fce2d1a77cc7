//! Vectors of windows and grades.

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// So many hours on each of these days, in the fields of interior affairs.
fn counted(days: &[(&str, i32)]) -> Counted {
    let all: BTreeMap<NaiveDate, i32> = days.iter().map(|(on, hours)| (day(on), hours * 60)).collect();
    Counted { interior: all.clone(), all }
}

fn card(granted: &str, expires: &str, counts_from: &str) -> Grant {
    let (granted_on, expires_on, counts_from) = (day(granted), Some(day(expires)), Some(day(counts_from)));
    Grant { family: HonourFamily::HonourCard, grade: None, granted_on, expires_on, counts_from }
}

fn given(family: HonourFamily, grade: Option<HonourGrade>, on: &str) -> Grant {
    Grant { family, grade, granted_on: day(on), expires_on: None, counts_from: family.uses_up().then(|| day(on)) }
}

fn find(counted: &Counted, grants: &[Grant], (family, grade): (HonourFamily, Option<HonourGrade>), on: &str) -> Found {
    let settings = HonourSettings::default();
    let (serves_from, today) = (Some(day("2020-04-01")), day("2026-11-23"));
    Claim { settings: &settings, serves_from, counted, grants, today }.find(family, grade, day(on)).unwrap()
}

const CARD: (HonourFamily, Option<HonourGrade>) = (HonourFamily::HonourCard, None);

#[test]
fn a_card_asks_for_three_years_and_three_hundred_hours() {
    let hours = counted(&[("2021-01-01", 200), ("2022-06-01", 100)]);
    let early = find(&hours, &[], CARD, "2023-03-31");
    assert_eq!((early.is_eligible, early.counted, early.needed), (false, 18_000, 18_000), "the years are missing");
    assert_eq!((early.years_reached_on, early.earliest_on), (Some(day("2023-04-01")), Some(day("2023-04-01"))));
    assert!(find(&hours, &[], CARD, "2023-04-01").is_eligible);
    let few = counted(&[("2021-01-01", 299)]);
    let found = find(&few, &[], CARD, "2026-11-23");
    assert_eq!((found.is_eligible, found.earliest_on), (false, None), "nothing was served in the last year");
}

#[test]
fn hours_before_the_window_are_used_by_that_family_alone() {
    let hours = counted(&[("2021-01-01", 400), ("2023-04-10", 50), ("2024-01-01", 100)]);
    let grants = [card("2023-04-10", "2026-04-09", "2023-04-11")];
    let next = find(&hours, &grants, CARD, "2026-04-10");
    assert_eq!((next.counted, next.used), (6000, 27_000));
    assert_eq!(next.years_reached_on, Some(day("2026-04-11")));
    let certificate = find(&hours, &grants, (HonourFamily::PerformanceCertificate, None), "2026-04-10");
    assert_eq!((certificate.counted, certificate.used, certificate.is_eligible), (33_000, 0, true));
    let badge = find(&hours, &grants, (HonourFamily::MinistryBadge, Some(HonourGrade::Bronze)), "2026-04-10");
    assert_eq!((badge.counted, badge.used), (33_000, 0));
}

#[test]
fn who_renews_early_loses_the_hours_until_the_old_card_ends() {
    let hours = counted(&[("2023-05-01", 300), ("2026-03-01", 40), ("2026-04-09", 8), ("2026-04-10", 5)]);
    let grants = [card("2023-04-10", "2026-04-09", "2023-04-11")];
    let early = find(&hours, &grants, CARD, "2026-02-28");
    assert_eq!((early.would_lose, early.would_lose_days), (48 * 60, 40));
    assert_eq!(early.loses_nothing_from, Some(day("2026-04-09")));
    let on_its_last_day = find(&hours, &grants, CARD, "2026-04-09");
    assert_eq!((on_its_last_day.would_lose, on_its_last_day.would_lose_days), (0, 0));
    let settings = HonourSettings::default();
    let next = |reviewed: &str, before: Option<&str>| {
        settings.counts_from(HonourFamily::HonourCard, (day(reviewed), before.map(day))).to_string()
    };
    assert_eq!(next("2026-02-28", Some("2026-04-09")), "2026-04-10", "the old card ends later");
    assert_eq!(next("2026-05-02", Some("2026-04-09")), "2026-05-03", "the review is later");
    assert_eq!(next("2023-04-10", None), "2023-04-11");
}

#[test]
fn what_the_county_has_told_goes_before_the_rule() {
    let hours = counted(&[("2023-04-01", 100), ("2023-06-01", 200)]);
    let grants = [card("2023-04-10", "2026-04-09", "2023-04-01")];
    assert_eq!(find(&hours, &grants, CARD, "2026-04-10").counted, 18_000);
}

#[test]
fn badges_count_interior_affairs_and_awards_all_fields() {
    let mut hours = counted(&[("2021-01-01", 1500)]);
    hours.all.insert(day("2022-01-01"), 1500 * 60);
    let certificate = given(HonourFamily::PerformanceCertificate, None, "2022-02-01");
    let badge = |grade, grants: &[Grant]| find(&hours, grants, (HonourFamily::MinistryBadge, Some(grade)), "2023-01-15");
    assert!(!badge(HonourGrade::Bronze, &[]).is_eligible, "the certificate is missing");
    assert!(badge(HonourGrade::Bronze, &[certificate]).is_eligible);
    assert_eq!(badge(HonourGrade::Silver, &[certificate]).counted, 1500 * 60);
    let award = find(&hours, &[certificate], (HonourFamily::NationalAward, Some(HonourGrade::Bronze)), "2023-01-15");
    assert_eq!((award.is_eligible, award.counted), (true, 3000 * 60));
    let once =
        badge(HonourGrade::Bronze, &[certificate, given(HonourFamily::MinistryBadge, Some(HonourGrade::Bronze), "2022-12-01")]);
    assert_eq!((once.is_granted, once.is_eligible, once.earliest_on), (true, false, None), "each grade once");
}

#[test]
fn the_cut_off_of_an_awards_hours_is_not_the_day_of_its_papers() {
    let hours = counted(&[("2026-05-31", 10), ("2026-06-01", 10)]);
    let award = |on| find(&hours, &[], (HonourFamily::NationalAward, Some(HonourGrade::Bronze)), on);
    let june = award("2026-06-30");
    assert_eq!((june.counted, june.hours_until, june.next_deadline), (600, day("2026-05-31"), Some(day("2026-06-30"))));
    let july = award("2026-07-01");
    assert_eq!((july.counted, july.next_deadline), (1200, Some(day("2027-06-30"))));
}

#[test]
fn a_rule_is_gone_by_from_the_day_since_which_it_is_in_force() {
    let mut settings = HonourSettings::default();
    settings.card_rules.push("2027-01-01:2y:200h".parse().unwrap());
    let hours = counted(&[("2021-01-01", 200)]);
    let claim = Claim {
        settings: &settings,
        serves_from: Some(day("2020-04-01")),
        counted: &hours,
        grants: &[],
        today: day("2026-11-23"),
    };
    let needed = |on: &str| claim.find(HonourFamily::HonourCard, None, day(on)).unwrap().needed;
    assert_eq!((needed("2026-12-31"), needed("2027-01-01")), (18_000, 12_000));
    for wrong in ["2027-1-1:2y:200h", "2027-01-01:2:200h", "2027-01-01:2y:200h/100h", "2027-01-01:2y", "2027-01-01:2y:0h"] {
        assert!(wrong.parse::<HonourRule>().is_err(), "{wrong}");
    }
}
