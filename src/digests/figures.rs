//! The figures of a month: sums over what each petition counts for, their hash, and satisfaction, of which nothing small is shown.

use std::collections::{BTreeMap, HashMap};

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::model::{DigestMeasure, Fact, PendingAge};
use super::month::Month;
use crate::error::{Error, Result};
use crate::petitions::{PetitionChannel, PetitionKind, PetitionStatus, PetitionTopic};
use crate::surveys::suppression::{extremes, protected};

/// The figures of one kind, channel or topic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DigestRow {
    /// The code of the kind, channel or topic; `NONE` where no topic was said.
    #[schema(max_length = 20, example = "INQUIRY")]
    pub code: String,
    pub received: u32,
    pub closed: u32,
    pub closed_late: u32,
    pub extended: u32,
    pub pending: u32,
}

/// How many petitions a code has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DigestCount {
    #[schema(max_length = 20, example = "CLOSED")]
    pub code: String,
    pub count: u32,
}

/// Petitioners from whom two petitions or more were received in the month: how many, and of none who.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RepeatedPetitioners {
    pub petitioners: u32,
    /// The petitions that they sent.
    pub petitions: u32,
}

/// What was counted in a month.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DigestFigures {
    pub received: u32,
    /// Taken up again: each has a further period, which is counted by itself.
    pub reopened: u32,
    /// Replied to for the first time.
    pub first_replied: u32,
    /// Ended, in whichever way.
    pub closed: u32,
    /// Of these, whose final reply, or whose end where there was none, came after the limit.
    pub closed_late: u32,
    pub extended: u32,
    /// Neither answered nor ended at the month's end.
    pub pending: u32,
    /// Of these, whose limit had passed.
    pub pending_late: u32,
    /// From receipt (or reopening) to the first reply, the mean of those that had it in the month: days of 24 hours with two decimals, as
    /// text; `null` where none had.
    #[schema(max_length = 12, example = "3.25")]
    pub first_reply_days: Option<String>,
    /// From receipt (or reopening) to the end, likewise.
    #[schema(max_length = 12, example = "5.50")]
    pub closing_days: Option<String>,
    /// Suggestions that the office adopted.
    pub suggestions_adopted: u32,
    pub repeated: RepeatedPetitioners,
    #[schema(max_items = 4)]
    pub by_kind: Vec<DigestRow>,
    #[schema(max_items = 8)]
    pub by_channel: Vec<DigestRow>,
    #[schema(max_items = 11)]
    pub by_topic: Vec<DigestRow>,
    /// Those closed, by the state in which they ended.
    #[schema(max_items = 20)]
    pub by_outcome: Vec<DigestCount>,
    /// Those pending, by days since receipt or reopening.
    #[schema(max_items = 5)]
    pub pending_by_age: Vec<DigestCount>,
}

/// A mean with two decimals, rounded half up: `sum` of so many parts of one, over `count`.
fn mean(sum: i64, count: usize, parts: i64) -> Option<String> {
    let whole = i64::try_from(count).ok().filter(|count| *count > 0)? * parts;
    let hundredths = (sum * 100 + whole / 2) / whole;
    Some(format!("{}.{:02}", hundredths / 100, hundredths % 100))
}

const DAY: i64 = 86_400;

fn mean_days(seconds: impl Iterator<Item = i64>) -> Option<String> {
    let all: Vec<i64> = seconds.collect();
    mean(all.iter().sum(), all.len(), DAY)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// One row for each code, in the order of the contract.
fn rows<'c>(facts: &[&Fact], codes: impl Iterator<Item = &'c str>, code: impl Fn(&Fact) -> &'static str) -> Vec<DigestRow> {
    let mut found: HashMap<&str, DigestRow> = HashMap::new();
    for fact in facts {
        let row = found.entry(code(fact)).or_default();
        for measure in &fact.measures {
            match measure {
                DigestMeasure::Received => row.received += 1,
                DigestMeasure::Closed => row.closed += 1,
                DigestMeasure::ClosedLate => row.closed_late += 1,
                DigestMeasure::Extended => row.extended += 1,
                DigestMeasure::Pending => row.pending += 1,
                _ => {}
            }
        }
    }
    codes.map(|code| DigestRow { code: code.to_owned(), ..found.remove(code).unwrap_or_default() }).collect()
}

/// Stands for the topic of petitions of which none was said.
const NO_TOPIC: &str = "NONE";

/// The petitioners of two petitions or more among those received.
fn repeaters(facts: &[&Fact]) -> HashMap<u32, u32> {
    let mut by_petitioner: HashMap<u32, u32> = HashMap::new();
    for petitioner in facts.iter().filter(|fact| fact.counts(DigestMeasure::Received)).filter_map(|fact| fact.petitioner) {
        *by_petitioner.entry(petitioner).or_default() += 1;
    }
    by_petitioner.retain(|_, petitions| *petitions > 1);
    by_petitioner
}

/// Those that count for a measure; of what is repeated it hangs on the others that are looked at.
pub fn counted<'f>(facts: &[&'f Fact], measure: DigestMeasure) -> Vec<&'f Fact> {
    if measure != DigestMeasure::Repeated {
        return facts.iter().copied().filter(|fact| fact.counts(measure)).collect();
    }
    let repeaters = repeaters(facts);
    let is_theirs = |fact: &&Fact| {
        fact.counts(DigestMeasure::Received) && fact.petitioner.is_some_and(|petitioner| repeaters.contains_key(&petitioner))
    };
    facts.iter().copied().filter(is_theirs).collect()
}

impl DigestFigures {
    /// The sums over what petitions count for.
    pub fn of(facts: &[&Fact]) -> Self {
        let count = |measure| number(counted(facts, measure).len());
        let repeaters = repeaters(facts);
        let of_all = |facts: &[&Fact], all: &[&'static str], code: fn(&Fact) -> Option<&'static str>| -> Vec<DigestCount> {
            let mut found: HashMap<&str, u32> = HashMap::new();
            facts.iter().filter_map(|fact| code(fact)).for_each(|code| *found.entry(code).or_default() += 1);
            let counts = all.iter().map(|code| DigestCount { code: (*code).to_owned(), count: found.remove(code).unwrap_or(0) });
            counts.collect()
        };
        let ages: Vec<&str> = PendingAge::ALL.iter().map(|age| age.as_str()).collect();
        let ends: Vec<&str> = PetitionStatus::ALL.iter().map(|status| status.as_str()).collect();
        let mut by_outcome = of_all(facts, &ends, |fact| fact.outcome.map(PetitionStatus::as_str));
        by_outcome.retain(|row| row.count > 0);
        Self {
            received: count(DigestMeasure::Received),
            reopened: count(DigestMeasure::Reopened),
            first_replied: count(DigestMeasure::FirstReplied),
            closed: count(DigestMeasure::Closed),
            closed_late: count(DigestMeasure::ClosedLate),
            extended: count(DigestMeasure::Extended),
            pending: count(DigestMeasure::Pending),
            pending_late: count(DigestMeasure::PendingLate),
            first_reply_days: mean_days(facts.iter().filter_map(|fact| fact.first_reply)),
            closing_days: mean_days(facts.iter().filter_map(|fact| fact.closing)),
            suggestions_adopted: count(DigestMeasure::Adopted),
            repeated: RepeatedPetitioners { petitioners: number(repeaters.len()), petitions: repeaters.values().sum() },
            by_kind: rows(facts, PetitionKind::ALL.iter().map(|kind| kind.as_str()), |fact| fact.kind.as_str()),
            by_channel: rows(facts, PetitionChannel::ALL.iter().map(|channel| channel.as_str()), |fact| fact.channel.as_str()),
            by_topic: rows(facts, PetitionTopic::ALL.iter().map(|topic| topic.as_str()).chain([NO_TOPIC]), |fact| {
                fact.topic.map_or(NO_TOPIC, PetitionTopic::as_str)
            }),
            by_outcome,
            pending_by_age: of_all(facts, &ages, |fact| fact.age.map(PendingAge::as_str)),
        }
    }
}

/// How many gave so many points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DigestScore {
    #[schema(minimum = 1, maximum = 5)]
    pub score: u8,
    /// `null` where that is hidden, be it few or none.
    pub count: Option<u32>,
}

/// How petitioners rated answers in the month, of petitions that all see who see the digest. Nothing of it is shown under
/// `least_ratings`, and of small numbers as much is hidden that none can be worked out: neither by somebody who reads no rating, nor by a
/// supervisor who reads those of answers in which they had no hand, and subtracts them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DigestSatisfaction {
    /// What any number stands for at least (setting `digest_least_ratings` when the month was first frozen).
    pub least_ratings: u32,
    /// All ratings; `null` where they are too few.
    pub ratings: Option<u32>,
    #[schema(max_items = 5)]
    pub scores: Vec<DigestScore>,
    /// The least that the mean can be by the numbers that are shown, with two decimals, as text; `null` where they are too few.
    #[schema(max_length = 6, example = "4.20")]
    pub mean_low: Option<String>,
    /// The most that the mean can be.
    #[schema(max_length = 6, example = "4.35")]
    pub mean_high: Option<String>,
}

impl DigestSatisfaction {
    /// Of all scores, and of those that some supervisors are not shown, each apart: whoever reads the others subtracts them from what is
    /// shown.
    pub fn of(scores: &[u8], unshown: &[Vec<u8>], least: u32) -> Self {
        let cells = points(scores);
        let sum: u32 = cells.iter().sum();
        // Whoever is shown all has nothing to work out, and whoever is shown none of them reads no more than the table.
        let parts: Vec<[u32; 5]> =
            unshown.iter().filter(|part| !part.is_empty() && part.len() < scores.len()).map(|part| points(part)).collect();
        let is_shown = sum >= least && parts.iter().all(|part| part.iter().sum::<u32>() >= least);
        let has_small = |cells: &[u32; 5]| cells.iter().any(|count| *count < least);
        let tells_parts = !parts.is_empty() && (has_small(&cells) || parts.iter().any(has_small));
        let shown = if is_shown && !tells_parts { protected(&cells, least) } else { vec![None; cells.len()] };
        let points = |table: &Vec<u32>| -> i64 { (1i64..).zip(table).map(|(score, count)| score * i64::from(*count)).sum() };
        let means: Vec<i64> = if is_shown { extremes(&shown, sum).iter().map(points).collect() } else { Vec::new() };
        let mean_of = |points: Option<&i64>| mean(*points?, usize::try_from(sum).ok()?, 1);
        Self {
            least_ratings: least,
            ratings: is_shown.then_some(sum),
            mean_low: mean_of(means.iter().min()),
            mean_high: mean_of(means.iter().max()),
            scores: (1u8..).zip(shown).map(|(score, count)| DigestScore { score, count }).collect(),
        }
    }
}

/// How many gave one point, two, and so on to five.
fn points(scores: &[u8]) -> [u32; 5] {
    [1u8, 2, 3, 4, 5].map(|score| number(scores.iter().filter(|one| **one == score).count()))
}

/// What is hashed when a month is frozen: what everybody sees who sees its digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountedMonth {
    pub figures: DigestFigures,
    pub satisfaction: Option<DigestSatisfaction>,
}

impl CountedMonth {
    /// SHA-256 in lower-case hex of the members `figures`, `month`, `revision` and `satisfaction` of the answer as one JSON object in the
    /// canonical form of RFC 8785: members sorted by name, no white space. All its numbers are whole.
    pub fn hash(&self, month: Month, revision: i32) -> Result<String> {
        let whole = json!({
            "month": month.to_string(), "revision": revision, "figures": self.figures, "satisfaction": self.satisfaction
        });
        let text = canonical(&whole)?;
        Ok(digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// JSON in the canonical form of RFC 8785, of values whose numbers are whole and whose members have ASCII names.
fn canonical(value: &serde_json::Value) -> Result<String> {
    use serde_json::Value;
    let all = |parts: Result<Vec<String>>| Ok::<_, Error>(parts?.join(","));
    Ok(match value {
        Value::Object(members) => {
            let sorted: BTreeMap<&String, &Value> = members.iter().collect();
            let parts = sorted.into_iter().map(|(name, value)| Ok(format!("{}:{}", quoted(name)?, canonical(value)?)));
            format!("{{{}}}", all(parts.collect())?)
        }
        Value::Array(items) => format!("[{}]", all(items.iter().map(canonical).collect())?),
        Value::String(text) => quoted(text)?,
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    })
}

fn quoted(text: &str) -> Result<String> {
    serde_json::to_string(text).map_err(|e| Error::internal("a text cannot be written", e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_rounded_half_up_to_two_decimals() {
        assert_eq!(mean_days([DAY, 2 * DAY].into_iter()), Some("1.50".to_owned()));
        assert_eq!(mean_days([DAY, DAY, DAY + 1296].into_iter()), Some("1.01".to_owned()));
        assert_eq!(mean_days(std::iter::empty()), None);
    }

    #[test]
    fn the_canonical_form_sorts_members_and_has_no_white_space() {
        let value = json!({"b": [1, null, {"d": "a\"b\n", "c": true}], "a": "月"});
        assert_eq!(canonical(&value).unwrap(), r#"{"a":"月","b":[1,null,{"c":true,"d":"a\"b\n"}]}"#);
    }

    #[test]
    fn few_ratings_are_hidden_and_a_mean_tells_no_more_than_the_table() {
        let few = DigestSatisfaction::of(&[5, 5, 5, 5], &[], 5);
        assert_eq!((few.ratings, few.mean_low), (None, None));
        assert!(few.scores.iter().all(|score| score.count.is_none()));
        let even = DigestSatisfaction::of(&[[4; 10], [5; 10]].concat(), &[], 5);
        assert!(even.scores.iter().all(|score| score.count.is_none()), "none of the three small ones can be told to be empty");
        assert_eq!((even.ratings, even.mean_low.as_deref(), even.mean_high.as_deref()), (Some(20), Some("1.00"), Some("5.00")));
        let all = [vec![1; 1], vec![2; 2], vec![3; 6], vec![4; 20], vec![5; 21]].concat();
        let some = DigestSatisfaction::of(&all, &[all.clone(), Vec::new()], 5);
        let counts: Vec<Option<u32>> = some.scores.iter().map(|score| score.count).collect();
        assert_eq!(counts, [None, None, Some(6), Some(20), Some(21)]);
        assert_eq!((some.mean_low.as_deref(), some.mean_high.as_deref()), (Some("4.12"), Some("4.18")));
    }
    #[test]
    fn nobody_works_out_by_the_ratings_that_they_read_how_their_own_answers_were_rated() {
        let full = [vec![1; 12], vec![2; 12], vec![3; 12], vec![4; 12], vec![5; 12]].concat();
        let counts = |all: &[u8], own: &[u8]| -> (Option<u32>, Vec<Option<u32>>) {
            let shown = DigestSatisfaction::of(all, &[own.to_vec()], 5);
            (shown.ratings, shown.scores.iter().map(|score| score.count).collect())
        };
        assert_eq!(counts(&full, &[3]), (None, vec![None; 5]), "one of theirs is the difference");
        assert_eq!(counts(&full, &[3, 3, 3, 3, 3]), (Some(60), vec![None; 5]), "all of theirs are alike");
        let many = [vec![1; 5], vec![2; 5], vec![3; 5], vec![4; 5], vec![5; 5]].concat();
        assert_eq!(counts(&full, &many), (Some(60), vec![Some(12); 5]));
        let uneven = [vec![1; 2], vec![2; 2], vec![3; 20], vec![4; 20], vec![5; 20]].concat();
        assert_eq!(
            counts(&uneven, &[3, 3, 3, 4, 4, 1]),
            (Some(64), vec![None; 5]),
            "what is hidden is less for who reads the others"
        );
    }
}
