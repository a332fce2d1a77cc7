//! The gate by its days: what keeps somebody from serving, and from when service counts.

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn dated(kind: VolunteerEntryKind, category: Option<VolunteerCategory>, from: &str, until: Option<&str>) -> Dated {
    Dated { kind, category, from_on: day(from), until_on: until.map(day), minutes: Some(360) }
}

/// Trained by March, a full member since April, insured for the year.
fn ready() -> Facts {
    use VolunteerEntryKind::{BasicTraining, Insurance, SpecialTraining};
    Facts {
        born: Some(PartialDate::Day(day("1970-01-01"))),
        died: None,
        joined_on: day("2026-01-05"),
        member_from: Some(day("2026-04-01")),
        categories: vec![VolunteerCategory::Guidance],
        absences: Vec::new(),
        dated: vec![
            dated(BasicTraining, None, "2026-02-01", None),
            dated(SpecialTraining, Some(VolunteerCategory::Guidance), "2026-03-14", Some("2026-10-31")),
            dated(Insurance, None, "2026-01-01", Some("2026-12-31")),
        ],
        least_minutes: (360, 360),
    }
}

fn blockers(facts: &Facts, on: &str) -> Vec<&'static str> {
    facts.blockers(VolunteerCategory::Guidance, day(on)).into_iter().map(VolunteerBlocker::as_str).collect()
}

#[test]
fn each_day_has_its_own_blockers() {
    let facts = ready();
    assert!(blockers(&facts, "2026-04-01").is_empty());
    assert_eq!(blockers(&facts, "2026-03-31"), ["NOT_FULL_MEMBER"]);
    assert_eq!(blockers(&facts, "2026-03-13"), ["NOT_FULL_MEMBER", "SPECIAL_TRAINING_MISSING"]);
    assert!(blockers(&facts, "2026-10-31").is_empty());
    assert_eq!(blockers(&facts, "2026-11-01"), ["SPECIAL_TRAINING_EXPIRED"]);
    assert_eq!(blockers(&facts, "2027-01-01"), ["SPECIAL_TRAINING_EXPIRED", "INSURANCE_EXPIRED"]);
    let before = ["NOT_JOINED", "NOT_FULL_MEMBER", "BASIC_TRAINING_MISSING", "SPECIAL_TRAINING_MISSING", "INSURANCE_EXPIRED"];
    assert_eq!(blockers(&facts, "2025-12-31"), before);
}

#[test]
fn service_counts_from_the_last_of_both_trainings_and_full_membership() {
    let mut facts = ready();
    assert_eq!(facts.counts_from(VolunteerCategory::Guidance), Some(day("2026-04-01")));
    facts.member_from = Some(day("2026-02-15"));
    assert_eq!(facts.counts_from(VolunteerCategory::Guidance), Some(day("2026-03-14")));
    assert_eq!(facts.counts_from(VolunteerCategory::Interpreting), None, "no training of that category");
    facts.member_from = None;
    assert_eq!(facts.counts_from(VolunteerCategory::Guidance), None);
}

#[test]
fn a_refresher_renews_what_was_finished_before_it() {
    let mut facts = ready();
    facts.dated.push(dated(VolunteerEntryKind::RefresherTraining, None, "2026-11-10", Some("2027-11-09")));
    assert_eq!(blockers(&facts, "2026-11-09"), ["SPECIAL_TRAINING_EXPIRED"]);
    assert!(blockers(&facts, "2026-11-10").is_empty());
    facts.dated.remove(1);
    assert_eq!(blockers(&facts, "2026-11-10"), ["SPECIAL_TRAINING_MISSING"], "nothing that it could renew");
}

#[test]
fn a_minor_needs_a_consent_until_the_day_of_coming_of_age() {
    let mut facts = ready();
    facts.born = Some(PartialDate::Day(day("2008-10-01")));
    assert_eq!(blockers(&facts, "2026-09-30"), ["CONSENT_MISSING"]);
    assert!(blockers(&facts, "2026-10-01").is_empty(), "eighteen on that day");
    facts.dated.push(dated(VolunteerEntryKind::Consent, None, "2026-05-01", Some("2026-08-31")));
    assert!(blockers(&facts, "2026-08-31").is_empty());
    assert_eq!(blockers(&facts, "2026-09-01"), ["CONSENT_EXPIRED"]);
    facts.born = Some(PartialDate::Year(2008));
    assert_eq!(blockers(&facts, "2026-09-01"), ["AGE_UNKNOWN"]);
}

#[test]
fn a_training_that_was_too_short_is_none() {
    let mut facts = ready();
    facts.dated[0].minutes = Some(359);
    facts.dated[1].minutes = Some(300);
    assert_eq!(blockers(&facts, "2026-04-01"), ["BASIC_TRAINING_TOO_SHORT", "SPECIAL_TRAINING_TOO_SHORT"]);
    assert_eq!(facts.counts_from(VolunteerCategory::Guidance), None);
    facts.least_minutes = (359, 300);
    assert!(blockers(&facts, "2026-04-01").is_empty());
}

#[test]
fn the_dead_have_served_until_they_died() {
    let mut facts = ready();
    facts.died = Some(Death { last_day: day("2026-05-10"), known_on: day("2026-05-20") });
    assert!(blockers(&facts, "2026-05-10").is_empty());
    assert_eq!(blockers(&facts, "2026-05-11"), ["DECEASED"]);
    // Of an unknown day: as late as it can have been, and from the day on which it was known.
    facts.died = Some(Death { last_day: day("2026-05-31"), known_on: day("2026-05-20") });
    assert!(blockers(&facts, "2026-05-19").is_empty());
    assert_eq!(blockers(&facts, "2026-05-20"), ["DECEASED"]);
}

#[test]
fn what_ends_goes_on_only_without_a_gap() {
    use VolunteerEntryKind::{Consent, Insurance, RefresherTraining};
    let mut facts = ready();
    let goes_on = |facts: &Facts, place: usize| facts.goes_on_after(&facts.dated[place]);
    assert!(!goes_on(&facts, 2));
    facts.dated.push(dated(Insurance, None, "2027-01-02", Some("2027-12-31")));
    assert!(!goes_on(&facts, 2), "a day without insurance");
    facts.dated.push(dated(Insurance, None, "2026-12-31", Some("2027-01-31")));
    assert!(goes_on(&facts, 2));
    assert!(!goes_on(&facts, 1));
    facts.dated.push(dated(RefresherTraining, None, "2026-10-31", Some("2027-10-30")));
    assert!(goes_on(&facts, 1), "renewed on the last day");
    assert!(!goes_on(&facts, 5), "nothing renews it in its turn");
    facts.born = Some(PartialDate::Day(day("2008-10-01")));
    facts.dated.push(dated(Consent, None, "2026-05-01", Some("2026-09-30")));
    assert!(goes_on(&facts, 6), "of age on the day after");
}

#[test]
fn a_suspension_counts_on_its_own_days() {
    let mut facts = ready();
    let (from_on, until_on) = (day("2026-06-01"), Some(day("2026-06-30")));
    facts.absences.push(VolunteerAbsence { kind: AbsenceKind::Suspended, from_on, until_on });
    assert_eq!(blockers(&facts, "2026-06-30"), ["SUSPENDED"]);
    assert!(blockers(&facts, "2026-05-31").is_empty() && blockers(&facts, "2026-07-01").is_empty());
}
