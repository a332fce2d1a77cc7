//! The days for which a relation stands, by which two of them stand at once.

use chrono::NaiveDate;

/// From the first day on, to the day on which it had ended; a span without an end lasts.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub from: NaiveDate,
    pub until: Option<NaiveDate>,
}

impl Span {
    pub fn lasts_beyond(self, day: NaiveDate) -> bool {
        self.until.is_none_or(|until| day < until)
    }

    /// Whether two have a day in common: one may begin on the day on which the other had ended.
    pub fn meets(self, other: Self) -> bool {
        self.lasts_beyond(other.from) && other.lasts_beyond(self.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, until: Option<&str>) -> Span {
        Span { from: from.parse().unwrap(), until: until.map(|day| day.parse().unwrap()) }
    }

    #[test]
    fn spans_meet_where_they_have_a_day_in_common() {
        let first = span("2020-01-01", Some("2022-06-30"));
        assert!(!first.meets(span("2022-06-30", None)) && !span("2022-06-30", None).meets(first));
        assert!(first.meets(span("2022-06-29", None)) && span("2019-01-01", None).meets(first));
        assert!(first.meets(span("2021-01-01", Some("2021-02-01"))));
        assert!(first.lasts_beyond("2022-06-29".parse().unwrap()) && !first.lasts_beyond("2022-06-30".parse().unwrap()));
    }
}
