//! The results of a survey: what its answers say without telling who gave one.
//!
//! All that is shown follows from tables of which [`protected`] has hidden what is small. A share or a mean of a table with hidden
//! numbers is shown as the range in which it lies, so that it tells no more than the table does.

use serde::Serialize;
use utoipa::ToSchema;

use super::counting::{AnswerBox, Tally};
use super::form::{SurveyInput, SurveyItem, SurveyItemKind, SurveyWording};
use super::model::{Readings, SurveyChannel, SurveyStatus};
use super::suppression::{extremes, protected};
use crate::db::Id;

/// Ranges into which the numbers of an item are sorted at most.
const BANDS: i64 = 5;

/// A range, of which both ends are one where nothing is hidden; numbers with two decimals, as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SurveyEstimate {
    /// The least that it can be by the numbers that are shown.
    #[schema(max_length = 12, example = "87.00")]
    low: String,
    /// The most that it can be by the numbers that are shown.
    #[schema(max_length = 12, example = "87.00")]
    high: String,
    /// Lower end of the confidence interval.
    #[schema(max_length = 12, example = "79.02")]
    confidence_low: String,
    /// Upper end of the confidence interval.
    #[schema(max_length = 12, example = "92.24")]
    confidence_high: String,
}

/// One number of an item's distribution.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SurveyCell {
    /// A rating (`1` to `5`), the code of an option, or a range of numbers (`0..9`).
    #[schema(max_length = 60)]
    value: String,
    /// How many chose it; `null` where that is hidden, be it few or none.
    count: Option<u32>,
    /// The same of all answers to the survey, in per cent with two decimals; hidden with the number.
    #[schema(max_length = 6, example = "47.00")]
    percent: Option<String>,
}

/// The results of one item.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SurveyItemResults {
    #[schema(max_length = 30)]
    code: String,
    kind: SurveyItemKind,
    wording: SurveyWording,
    required: bool,
    /// The distribution; empty for words.
    #[schema(max_items = 20)]
    cells: Vec<SurveyCell>,
    /// How many left the item out, of one that may be left out and asks for one thing; `null` where that is hidden.
    unanswered: Option<u32>,
    /// Of a rating: the share of the satisfied (the top boxes) among those who answered, in per cent; `null` where it is hidden.
    satisfied_percent: Option<SurveyEstimate>,
    /// Of a rating or a number: the mean among those who answered; `null` where it is hidden.
    mean: Option<SurveyEstimate>,
    /// Of words: whether enough were written with tokens of the office or on paper to be read (GET …/items/{code}/texts), until they are deleted.
    has_texts: bool,
}

/// How many answers came in on one way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SurveyChannelCount {
    channel: SurveyChannel,
    /// `null` where that is hidden, be it few or none.
    count: Option<u32>,
}

/// The results of a survey.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "survey_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "CLOSED", "answers": 100, "issued": 160, "response_percent": "62.50",
    "least_answers": 5, "satisfied_from": 4, "confidence_percent": 95,
    "channels": [{"channel": "TOKEN", "count": 80}, {"channel": "PAPER", "count": 20}],
    "items": [{
        "code": "OVERALL", "kind": "RATING", "required": true,
        "wording": {"zh": "整體而言，您對本所服務是否滿意？", "en": "All in all, are you satisfied with our service?"},
        "cells": [
            {"value": "1", "count": null, "percent": null}, {"value": "2", "count": null, "percent": null},
            {"value": "3", "count": 10, "percent": "10.00"}, {"value": "4", "count": 40, "percent": "40.00"}, {"value": "5", "count": 47, "percent": "47.00"}
        ],
        "unanswered": null, "satisfied_percent": {"low": "87.00", "high": "87.00", "confidence_low": "79.02", "confidence_high": "92.24"},
        "mean": {"low": "4.28", "high": "4.31", "confidence_low": "4.12", "confidence_high": "4.46"}, "has_texts": false
    }]
}))]
pub struct SurveyResults {
    survey_id: Id,
    status: SurveyStatus,
    /// All answers; `null` below `least_answers`, and with it everything else.
    answers: Option<u32>,
    /// Tokens that the office has given out: issued, or mailed with an invitation that the relay has taken and that did not come back
    /// before the results were first shown.
    issued: u32,
    /// Answers with one of these, on paper too, of those that were given out, in per cent with two decimals; `null` where the
    /// answers are hidden or anybody could draw a token.
    #[schema(max_length = 6, example = "62.50")]
    response_percent: Option<String>,
    /// What every number stands for at least (setting `survey_least_answers` when the survey opened).
    least_answers: u32,
    /// Points from which a rating counts as satisfied (setting `survey_satisfied_from` when the survey opened).
    satisfied_from: u32,
    /// Level of the confidence intervals: Wilson's of shares, by the normal distribution of means (setting
    /// `survey_confidence_percent` when the survey opened).
    confidence_percent: u32,
    /// By the ways that there were: `OPEN` where anybody could draw a token.
    #[schema(max_items = 3)]
    channels: Vec<SurveyChannelCount>,
    #[schema(max_items = 30)]
    items: Vec<SurveyItemResults>,
}

/// A cell before anything of it is hidden: its name, the numbers that it stands for, and how many there are.
struct Cell {
    value: String,
    low: f64,
    high: f64,
    count: u32,
}

/// With two decimals, and without the sign of a negative nothing.
fn decimals(value: f64) -> String {
    let text = format!("{value:.2}");
    if text == "-0.00" { "0.00".to_owned() } else { text }
}

fn percent(part: u32, whole: u32) -> String {
    decimals(100.0 * f64::from(part) / f64::from(whole))
}

/// The deviate of the normal distribution within which so many per cent lie (Abramowitz and Stegun 26.2.23).
fn deviate(confidence_percent: u32) -> f64 {
    let tail = (1.0 - f64::from(confidence_percent) / 100.0) / 2.0;
    let t = (-2.0 * tail.ln()).sqrt();
    t - (2.515_517 + 0.802_853 * t + 0.010_328 * t * t) / (1.0 + 1.432_788 * t + 0.189_269 * t * t + 0.001_308 * t * t * t)
}

impl SurveyEstimate {
    /// What encloses estimates of all tables that are possible, each with its confidence interval.
    fn enclosing(all: impl Iterator<Item = (f64, f64, f64, f64)>) -> Option<Self> {
        let widest = all.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1), a.2.min(b.2), a.3.max(b.3)))?;
        Some(Self {
            low: decimals(widest.0),
            high: decimals(widest.1),
            confidence_low: decimals(widest.2),
            confidence_high: decimals(widest.3),
        })
    }

    /// A share in per cent with Wilson's interval.
    fn share(part: u32, whole: u32, z: f64) -> (f64, f64, f64, f64) {
        let (n, p) = (f64::from(whole), f64::from(part) / f64::from(whole));
        let (middle, scale) = (p + z * z / (2.0 * n), 1.0 + z * z / n);
        let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        let share = 100.0 * p;
        let (low, high) = (100.0 * (middle - half) / scale, 100.0 * (middle + half) / scale);
        (share, share, low.max(0.0), high.min(100.0))
    }

    /// A mean of cells with its interval, which stays within what can be answered.
    fn mean(cells: &[Cell], counts: &[u32], z: f64) -> Option<(f64, f64, f64, f64)> {
        let n: f64 = counts.iter().copied().map(f64::from).sum();
        if n < 2.0 {
            return None;
        }
        let of = |value: fn(&Cell) -> f64| {
            let mean = cells.iter().zip(counts).map(|(cell, count)| value(cell) * f64::from(*count)).sum::<f64>() / n;
            let squares = cells.iter().zip(counts).map(|(cell, count)| (value(cell) - mean).powi(2) * f64::from(*count));
            (mean, z * (squares.sum::<f64>() / (n - 1.0) / n).sqrt())
        };
        let ((low, half_low), (high, half_high)) = (of(|cell| cell.low), of(|cell| cell.high));
        let least = cells.iter().map(|cell| cell.low).fold(f64::INFINITY, f64::min);
        let most = cells.iter().map(|cell| cell.high).fold(f64::NEG_INFINITY, f64::max);
        Some((low, high, (low - half_low).max(least), (high + half_high).min(most)))
    }
}

/// The cells of an item that asks for one thing.
fn cells_of(item: &SurveyItem, tally: &Tally) -> Vec<Cell> {
    let count = |value: &str| tally.cells.get(value).copied().unwrap_or(0);
    match item.kind {
        SurveyItemKind::Rating => (1..=5u32)
            .map(|rating| {
                let value = rating.to_string();
                Cell { count: count(&value), value, low: f64::from(rating), high: f64::from(rating) }
            })
            .collect(),
        SurveyItemKind::SingleChoice | SurveyItemKind::MultipleChoice => {
            item.choices().map(|code| Cell { value: code.to_owned(), low: 0.0, high: 0.0, count: count(code) }).collect()
        }
        SurveyItemKind::Number => bands(item, tally),
        SurveyItemKind::Text => Vec::new(),
    }
}

/// The numbers of an item, sorted into ranges as equal as can be.
fn bands(item: &SurveyItem, tally: &Tally) -> Vec<Cell> {
    let (low, high) = item.bounds();
    let (first, span) = (i64::from(low), i64::from(high) - i64::from(low) + 1);
    let count = BANDS.min(span);
    let start = |band: i64| first + span * band / count;
    let as_number = |number: i64| f64::from(i32::try_from(number).unwrap_or_default());
    (0..count)
        .map(|band| {
            let (from, to) = (start(band), start(band + 1) - 1);
            let within = |(value, _): &(&String, &u32)| value.parse().is_ok_and(|number: i64| (from..=to).contains(&number));
            Cell {
                value: format!("{from}..{to}"),
                low: as_number(from),
                high: as_number(to),
                count: tally.cells.iter().filter(within).map(|(_, count)| count).sum(),
            }
        })
        .collect()
}

/// Works out the results of one item among so many answers.
struct Reader<'a> {
    readings: &'a Readings,
    answers: u32,
    z: f64,
}

impl Reader<'_> {
    fn cells(&self, cells: &[Cell], counts: &[Option<u32>]) -> Vec<SurveyCell> {
        let shown = |(cell, count): (&Cell, &Option<u32>)| SurveyCell {
            value: cell.value.clone(),
            count: *count,
            percent: count.map(|count| percent(count, self.answers)),
        };
        cells.iter().zip(counts).map(shown).collect()
    }

    fn item(&self, item: &SurveyItem, tally: &Tally) -> SurveyItemResults {
        let mut results = SurveyItemResults {
            code: item.code.clone(),
            kind: item.kind,
            wording: item.wording.clone(),
            required: item.required,
            cells: Vec::new(),
            unanswered: None,
            satisfied_percent: None,
            mean: None,
            has_texts: item.kind == SurveyItemKind::Text && self.are_enough(tally),
        };
        let cells = cells_of(item, tally);
        match item.kind {
            SurveyItemKind::Text => {}
            // Each option is a table of its own: chosen, or not.
            SurveyItemKind::MultipleChoice => {
                let chosen = |cell: &Cell| {
                    let table = [cell.count, self.answers.saturating_sub(cell.count)];
                    protected(&table, self.readings.least_answers)[0]
                };
                results.cells = self.cells(&cells, &cells.iter().map(chosen).collect::<Vec<_>>());
            }
            SurveyItemKind::Rating | SurveyItemKind::SingleChoice | SurveyItemKind::Number => {
                self.one_of(item, &cells, &mut results);
            }
        }
        results
    }

    /// Whether there are as many words as must be read together, of which nobody can have written all but one: whoever draws tokens
    /// of a survey that is open to all may write the others, and know whose words are left.
    fn are_enough(&self, tally: &Tally) -> bool {
        tally.given_out >= self.readings.least_answers && self.answers >= self.readings.least_answers
    }

    /// The results of an item that asks for one thing: who left it out is a number of its table like any other.
    fn one_of(&self, item: &SurveyItem, cells: &[Cell], results: &mut SurveyItemResults) {
        let mut counts: Vec<u32> = cells.iter().map(|cell| cell.count).collect();
        if !item.required {
            counts.push(self.answers.saturating_sub(counts.iter().sum()));
        }
        let shown = protected(&counts, self.readings.least_answers);
        results.cells = self.cells(cells, &shown);
        results.unanswered = shown.get(cells.len()).copied().flatten();
        let tables = || extremes(&shown, self.answers).into_iter();
        let answered = |table: &[u32]| table[..cells.len()].iter().sum::<u32>();
        let is_satisfied = |cell: &Cell| cell.low >= f64::from(self.readings.satisfied_from);
        let satisfied = |table: &[u32]| {
            let counted = cells.iter().zip(table).filter(|(cell, _)| is_satisfied(cell));
            counted.map(|(_, count)| count).sum::<u32>()
        };
        let something = shown[..cells.len()].iter().any(Option::is_some);
        if item.kind == SurveyItemKind::Rating && something {
            let shares = tables().filter(|table| answered(table) > 0);
            let shares = shares.map(|table| SurveyEstimate::share(satisfied(&table), answered(&table), self.z));
            results.satisfied_percent = SurveyEstimate::enclosing(shares);
        } else if item.kind == SurveyItemKind::Rating && item.required {
            // Where the table tells nothing, two numbers may: the satisfied, and the others.
            let boxes = [satisfied(&counts), self.answers.saturating_sub(satisfied(&counts))];
            let of_two = protected(&boxes, self.readings.least_answers)[0];
            let share = of_two.map(|part| SurveyEstimate::share(part, self.answers, self.z));
            results.satisfied_percent = SurveyEstimate::enclosing(share.into_iter());
        }
        if item.kind != SurveyItemKind::SingleChoice && something {
            let means = tables().filter_map(|table| SurveyEstimate::mean(cells, &table[..cells.len()], self.z));
            results.mean = SurveyEstimate::enclosing(means);
        }
    }
}

/// Whether the words of an item may be read.
pub fn are_words_shown(readings: &Readings, kept: &AnswerBox, item: &str) -> bool {
    Reader { readings, answers: kept.answers(), z: 0.0 }.are_enough(&kept.tally(item))
}

/// What is shown of the answers to a survey that has closed; of too few nothing.
pub fn of(survey_id: Id, status: SurveyStatus, form: &SurveyInput, readings: &Readings, kept: &AnswerBox) -> SurveyResults {
    let answers = kept.answers();
    let is_shown = answers >= readings.least_answers;
    let reader = Reader { readings, answers, z: deviate(readings.confidence_percent) };
    // A way that there was none of is no number.
    let ways: Vec<SurveyChannel> =
        SurveyChannel::ALL.iter().copied().filter(|way| *way != SurveyChannel::Open || form.open_to_all).collect();
    let counts: Vec<u32> = ways.iter().map(|way| kept.channels.get(way).copied().unwrap_or(0)).collect();
    let counts = if is_shown { protected(&counts, readings.least_answers) } else { vec![None; counts.len()] };
    let channels = ways.into_iter().zip(counts).map(|(channel, count)| SurveyChannelCount { channel, count }).collect();
    let is_counted = is_shown && !form.open_to_all && kept.issued > 0;
    let response_percent = is_counted.then(|| percent(answers, kept.issued));
    let items = form.items.iter().filter(|_| is_shown).map(|item| reader.item(item, &kept.tally(&item.code))).collect();
    SurveyResults {
        survey_id,
        status,
        answers: is_shown.then_some(answers),
        issued: kept.issued,
        response_percent,
        least_answers: readings.least_answers,
        satisfied_from: readings.satisfied_from,
        confidence_percent: readings.confidence_percent,
        channels,
        items,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviates_are_those_of_the_tables() {
        for (percent, known) in [(80, 1.2816), (90, 1.6449), (95, 1.9600), (99, 2.5758)] {
            assert!((deviate(percent) - known).abs() < 1e-3, "{percent}");
        }
    }

    #[test]
    fn wilsons_interval_stays_within_all() {
        let (share, _, low, high) = SurveyEstimate::share(87, 100, 1.96);
        assert_eq!([share, low, high].map(decimals), ["87.00", "79.02", "92.24"]);
        assert_eq!(decimals(SurveyEstimate::share(20, 20, 1.96).3), "100.00");
    }
}
