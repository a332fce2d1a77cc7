//! Vectors of what counts, and that no minute is lost or counted twice.

use chrono::Duration;
use proptest::prelude::*;

use super::*;
use crate::volunteers::entries::VolunteerEntryKind;
use crate::volunteers::gate::Dated;
use crate::volunteers::hours::model::{VolunteerField, VolunteerHourReporting, VolunteerPresence};
use crate::volunteers::model::VolunteerCategory;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn dated(kind: VolunteerEntryKind, category: Option<VolunteerCategory>, on: &str) -> Dated {
    Dated { kind, category, from_on: day(on), until_on: None, minutes: Some(360) }
}

/// Trained on 14 March, a full member since April, with a book since June.
fn grounds() -> Grounds {
    let facts = Facts {
        born: None,
        died: None,
        joined_on: day("2026-01-05"),
        member_from: Some(day("2026-04-01")),
        categories: vec![VolunteerCategory::Guidance],
        absences: Vec::new(),
        dated: vec![
            dated(VolunteerEntryKind::BasicTraining, None, "2026-02-01"),
            dated(VolunteerEntryKind::SpecialTraining, Some(VolunteerCategory::Guidance), "2026-03-14"),
        ],
        least_minutes: (360, 360),
    };
    Grounds { facts, book_on: Some(day("2026-06-01")) }
}

fn whole_day(on: &str, minutes: i32) -> Line {
    let at: Moment = "2026-11-23T09:00:00+08:00".parse().unwrap();
    Line {
        id: Id::new(at),
        volunteer_id: Id::new(at),
        status: VolunteerHourStatus::Entered,
        served_on: day(on),
        begins_at: None,
        ends_at: None,
        minutes,
        category: Some(VolunteerCategory::Guidance),
        field: VolunteerField::Household,
        unit: VolunteerHourUnit::Own,
        kind: VolunteerHourKind::Service,
        presence: VolunteerPresence::SeenByClerk,
        is_paid: false,
        overlap: VolunteerOverlap::Unjudged,
        reporting: VolunteerHourReporting::NotReported,
        said: String::new(),
        source: None,
        stands_for: None,
        registrar: Some("accounts/1".to_owned()),
        registered_at: Some(at),
        entered_by: "accounts/1".to_owned(),
        entered_at: at,
        version: 1,
    }
}

fn timed(begins: &str, minutes: i64) -> Line {
    let begins: Moment = begins.parse().unwrap();
    let mut line = whole_day("2026-06-01", i32::try_from(minutes).unwrap());
    line.served_on = begins.date();
    (line.begins_at, line.ends_at) = (Some(begins), Some(begins + Duration::minutes(minutes)));
    line
}

/// Reason and minutes of each line, in their order.
fn told(grounds: &Grounds, lines: &[Line]) -> Vec<(Option<VolunteerHourReason>, i32)> {
    let judged = grounds.judge(lines);
    lines.iter().map(|line| (judged[&line.id].judgement.reason, judged[&line.id].judgement.minutes)).collect()
}

#[test]
fn hours_count_once_trained_and_a_full_member() {
    use VolunteerHourReason as Reason;
    let mut grounds = grounds();
    let lines = [whole_day("2026-03-31", 60), whole_day("2026-04-01", 60), whole_day("2026-05-31", 60)];
    let counted = [(Some(Reason::NotFullMember), 0), (None, 60), (None, 60)];
    assert_eq!(told(&grounds, &lines), counted, "also before the day of the book");
    grounds.facts.member_from = Some(day("2026-02-15"));
    let early = [whole_day("2026-03-13", 60), whole_day("2026-03-14", 60)];
    assert_eq!(told(&grounds, &early), [(Some(Reason::BeforeTraining), 0), (None, 60)]);
    grounds.book_on = None;
    assert_eq!(told(&grounds, &early)[1], (Some(Reason::BookToCome), 60), "waits, and is not lost");
    grounds.facts.dated.clear();
    assert_eq!(told(&grounds, &early)[1], (Some(Reason::BeforeTraining), 0));
    grounds.book_on = Some(day("2026-03-14"));
    assert_eq!(told(&grounds, &early), [(Some(Reason::BeforeBook), 0), (None, 60)], "the book where no training is known");
}

#[test]
fn a_certificate_that_is_filed_late_judges_past_lines_by_the_day_of_the_training() {
    let mut grounds = grounds();
    let special = grounds.facts.dated.remove(1);
    let line = [whole_day("2026-05-04", 60)];
    assert_eq!(told(&grounds, &line), [(Some(VolunteerHourReason::BeforeTraining), 0)]);
    grounds.facts.dated.push(special);
    assert_eq!(told(&grounds, &line), [(None, 60)]);
}

#[test]
fn attendance_is_not_service() {
    use VolunteerHourReason as Reason;
    let of = |kind, is_paid| Line { kind, is_paid, ..whole_day("2026-06-02", 60) };
    let lines = [
        of(VolunteerHourKind::Training, false),
        of(VolunteerHourKind::Meeting, false),
        of(VolunteerHourKind::Probation, false),
        of(VolunteerHourKind::Service, true),
    ];
    let reasons: Vec<_> = told(&grounds(), &lines).into_iter().filter_map(|(reason, _)| reason).collect();
    assert_eq!(reasons, [Reason::Training, Reason::Meeting, Reason::Probation, Reason::PaidTime]);
}

#[test]
fn what_overlaps_counts_once_and_midnight_parts_days() {
    use VolunteerHourReason as Reason;
    let lines = [
        timed("2026-06-02T22:00:00+08:00", 240),
        timed("2026-06-03T01:00:00+08:00", 120),
        timed("2026-06-02T23:00:00+08:00", 60),
    ];
    assert_eq!(told(&grounds(), &lines), [(None, 240), (None, 60), (Some(Reason::Overlaps), 0)]);
    let judged = grounds().judge(&lines);
    let days: Vec<_> = judged[&lines[0].id].days.iter().map(|(day, minutes)| (day.to_string(), *minutes)).collect();
    assert_eq!(days, [("2026-06-02".to_owned(), 120), ("2026-06-03".to_owned(), 120)]);
}

#[test]
fn what_cannot_be_tested_for_overlap_waits_for_a_person() {
    use VolunteerHourReason as Reason;
    let other = Line { unit: VolunteerHourUnit::Other, category: None, ..whole_day("2026-06-02", 60) };
    assert_eq!(told(&grounds(), std::slice::from_ref(&other)), [(Some(Reason::OverlapUnknown), 60)]);
    let apart = Line { overlap: VolunteerOverlap::Apart, ..other.clone() };
    assert_eq!(told(&grounds(), &[apart]), [(None, 60)]);
    let same = Line { overlap: VolunteerOverlap::Same, ..other };
    assert_eq!(told(&grounds(), &[same]), [(Some(Reason::Overlaps), 0)]);
    let own = [whole_day("2026-06-02", 60), timed("2026-06-02T09:00:00+08:00", 60)];
    assert_eq!(told(&grounds(), &own), [(Some(Reason::OverlapUnknown), 60), (None, 60)]);
}

#[test]
fn a_line_that_is_doubtful_takes_no_minutes_from_one_that_is_not() {
    use VolunteerHourReason as Reason;
    let doubtful = Line { status: VolunteerHourStatus::Disputed, ..timed("2026-06-02T09:00:00+08:00", 60) };
    let lines = [doubtful, timed("2026-06-02T09:00:00+08:00", 60)];
    assert_eq!(told(&grounds(), &lines), [(Some(Reason::Overlaps), 0), (None, 60)]);
}

proptest! {
    /// Of lines that all could count, exactly the minutes that any of them covers count, whatever their order.
    #[test]
    fn no_minute_is_lost_or_counted_twice(spans in prop::collection::vec((0i64..4320, 1i64..1440), 1..12)) {
        let start: Moment = "2026-06-02T00:00:00+08:00".parse().unwrap();
        let lines: Vec<Line> = spans.iter().map(|(at, minutes)| timed(&(start + Duration::minutes(*at)).to_string(), *minutes)).collect();
        let covered = (0..6000i64).filter(|minute| spans.iter().any(|(at, long)| at <= minute && *minute < at + long)).count();
        let judged = grounds().judge(&lines);
        let counted: i32 = judged.values().map(|one| one.judgement.minutes).sum();
        prop_assert_eq!(usize::try_from(counted).unwrap(), covered);
        for one in judged.values() {
            prop_assert_eq!(one.days.values().sum::<i32>(), one.judgement.minutes);
            prop_assert!(one.days.values().all(|minutes| *minutes <= 1440));
        }
    }
}
