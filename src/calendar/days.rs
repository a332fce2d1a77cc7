//! Office days: the government's calendars as compiled in, the office's hours, closures, and days set by hand.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Weekday};
use serde::Serialize;
use utoipa::ToSchema;

use super::government::{GOVERNMENT, GovernmentDay, GovernmentDays};
use super::roc::roc_date;
use crate::clock::Moment;
use crate::text_enum;

text_enum! {
    /// What kind of day it is for the office.
    pub enum DayKind {
        /// An ordinary working day.
        Workday = "WORKDAY",
        /// A Saturday worked in full instead of another day (補行上班).
        MakeUpWorkday = "MAKE_UP_WORKDAY",
        /// A Saturday morning with extended service (週六上午延時服務).
        Extended = "EXTENDED",
        /// A holiday, its compensatory day or an adjusted day off.
        Holiday = "HOLIDAY",
        /// A weekend day (例假日).
        Rest = "REST",
        /// Closed by decision of the county head, such as for a typhoon.
        Closure = "CLOSURE",
    }
}

text_enum! {
    /// Which part of a day is closed.
    pub enum Part {
        Morning = "AM",
        Afternoon = "PM",
        All = "ALL",
    }
}

/// Office hours; a setting, since the plan does not give them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    pub opens: NaiveTime,
    pub closes: NaiveTime,
    /// Whether Saturday mornings have extended service.
    pub saturday: bool,
    pub saturday_opens: NaiveTime,
    pub saturday_closes: NaiveTime,
}

const fn hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).expect("a whole hour of the day")
}

/// Where a closed morning ends and a closed afternoon begins; noon cover lasts one hour from here.
pub const NOON: NaiveTime = hour(12);

impl Default for Hours {
    fn default() -> Self {
        Self { opens: hour(8), closes: hour(17), saturday: true, saturday_opens: hour(8), saturday_closes: hour(12) }
    }
}

/// A closed day or half day (天然災害停止上班及上課作業辦法).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    pub date: NaiveDate,
    pub part: Part,
    /// Service point that it is limited to; the whole office when absent.
    pub area: Option<String>,
    pub reason: String,
}

/// A day that a section chief or the director set by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayOverride {
    pub date: NaiveDate,
    pub kind: DayKind,
    pub opens: Option<NaiveTime>,
    pub closes: Option<NaiveTime>,
    pub reason: String,
}

/// One day of the office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({
    "date": "2026-11-25", "roc_date": "115-11-25", "kind": "WORKDAY", "opens": "08:00:00", "closes": "17:00:00",
    "noon_cover": true, "provisional": false, "note": null
}))]
pub struct OfficeDay {
    pub date: NaiveDate,
    /// The date in the ROC calendar.
    #[schema(max_length = 12)]
    pub roc_date: String,
    pub kind: DayKind,
    /// `HH:MM:SS`, Asia/Taipei; `null` when closed.
    #[schema(value_type = Option<String>, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$")]
    pub opens: Option<NaiveTime>,
    /// `HH:MM:SS`, Asia/Taipei; `null` when closed.
    #[schema(value_type = Option<String>, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$")]
    pub closes: Option<NaiveTime>,
    /// Counters stay open from 12:00 to 13:00 with fewer staff (中午彈性上班).
    pub noon_cover: bool,
    /// By the weekly rule, until the government's calendar of that year is loaded.
    pub provisional: bool,
    /// The calendar's own word, or the reason of a closure or of a day set by hand.
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// Days of the office, as one change of closures and overrides leaves them.
#[derive(Debug)]
pub struct OfficeCalendar {
    hours: Hours,
    /// Days loaded beside those compiled in.
    loaded: GovernmentDays,
    closures: BTreeMap<NaiveDate, Vec<Closure>>,
    overrides: BTreeMap<NaiveDate, DayOverride>,
}

impl OfficeCalendar {
    pub fn new(hours: Hours, closures: Vec<Closure>, overrides: Vec<DayOverride>) -> Self {
        let mut by_date: BTreeMap<NaiveDate, Vec<Closure>> = BTreeMap::new();
        for closure in closures {
            by_date.entry(closure.date).or_default().push(closure);
        }
        let overrides = overrides.into_iter().map(|day| (day.date, day)).collect();
        Self { hours, loaded: HashMap::new(), closures: by_date, overrides }
    }

    /// With calendars of other years, or of the same years anew.
    pub fn with_days(mut self, days: Vec<GovernmentDay>) -> Self {
        self.loaded.extend(days.into_iter().map(|day| (day.date, day)));
        self
    }

    fn government(&self, date: NaiveDate) -> Option<&GovernmentDay> {
        self.loaded.get(&date).or_else(|| GOVERNMENT.get(&date))
    }

    /// Adds a closure, for a trial of what it would touch.
    pub fn close(&mut self, closure: Closure) {
        self.closures.entry(closure.date).or_default().push(closure);
    }

    /// Closures of the office as such, and of one service point.
    fn closures_in<'c>(&'c self, point: Option<&'c str>, date: NaiveDate) -> impl Iterator<Item = &'c Closure> {
        let all = self.closures.get(&date).into_iter().flatten();
        all.filter(move |closure| closure.area.is_none() || closure.area.as_deref() == point)
    }

    /// Whether a closure of a service point, or of the whole office, takes any of a stretch.
    pub fn closes_any_of(&self, point: Option<&str>, (from, to): (Moment, Moment)) -> bool {
        from.date().iter_days().take_while(|day| Moment::start_of(*day) < to).any(|day| {
            let (begins, noon, ends) = (Moment::start_of(day), Moment::from_taipei(day, NOON), Moment::end_of(day));
            self.closures_in(point, day).any(|closure| {
                let closed = match closure.part {
                    Part::Morning => (begins, noon),
                    Part::Afternoon => (noon, ends),
                    Part::All => (begins, ends),
                };
                from < closed.1 && closed.0 < to
            })
        })
    }

    /// Sets a day by hand, for a trial of what it would touch.
    pub fn set(&mut self, day: DayOverride) {
        self.overrides.insert(day.date, day);
    }

    /// Kind by the government's calendar and the weekly rule alone.
    fn by_rule(&self, date: NaiveDate) -> (DayKind, bool) {
        let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        match self.government(date) {
            Some(day) if day.worked && weekend => (DayKind::MakeUpWorkday, false),
            Some(day) if day.worked => (DayKind::Workday, false),
            Some(day) if weekend && matches!(day.word.as_str(), "" | "例假日") => (DayKind::Rest, false),
            Some(_) => (DayKind::Holiday, false),
            None if weekend => (DayKind::Rest, true),
            None => (DayKind::Workday, true),
        }
    }

    /// Whether a Saturday has extended service: not within a long holiday (three days off or more).
    fn is_extended(&self, date: NaiveDate) -> bool {
        if !self.hours.saturday || date.weekday() != Weekday::Sat || self.by_rule(date).0 != DayKind::Rest {
            return false;
        }
        let off = |day: NaiveDate| !matches!(self.by_rule(day).0, DayKind::Workday | DayKind::MakeUpWorkday);
        let (friday, monday) = (date - Days::new(1), date + Days::new(2));
        !off(friday) && !off(monday)
    }

    pub(super) fn kind_and_hours(&self, point: Option<&str>, date: NaiveDate) -> (DayKind, Option<(NaiveTime, NaiveTime)>) {
        let hours = &self.hours;
        let (kind, open) = match self.overrides.get(&date) {
            Some(day) => (day.kind, day.opens.zip(day.closes)),
            None if self.is_extended(date) => (DayKind::Extended, None),
            None => (self.by_rule(date).0, None),
        };
        let usual = match kind {
            DayKind::Workday | DayKind::MakeUpWorkday => Some((hours.opens, hours.closes)),
            DayKind::Extended => Some((hours.saturday_opens, hours.saturday_closes)),
            DayKind::Holiday | DayKind::Rest | DayKind::Closure => None,
        };
        let mut open = usual.map(|usual| open.unwrap_or(usual));
        for closure in self.closures_in(point, date) {
            open = match (closure.part, open) {
                (Part::Morning, Some((from, to))) => Some((from.max(NOON), to)),
                (Part::Afternoon, Some((from, to))) => Some((from, to.min(NOON))),
                _ => None,
            };
        }
        let open = open.filter(|(from, to)| from < to);
        let closed = usual.is_some() && open.is_none();
        (if closed { DayKind::Closure } else { kind }, open)
    }

    /// The day with everything that is known of it.
    pub fn day(&self, date: NaiveDate) -> OfficeDay {
        self.day_in(None, date)
    }

    /// The day of one service point, or of the office as such.
    pub fn day_in(&self, point: Option<&str>, date: NaiveDate) -> OfficeDay {
        let (kind, open) = self.kind_and_hours(point, date);
        let closures = self.closures_in(point, date);
        let reasons =
            self.overrides.get(&date).map(|day| day.reason.clone()).into_iter().chain(closures.map(|c| c.reason.clone()));
        let reason = reasons.reduce(|all, one| format!("{all}; {one}"));
        let word = self.government(date).map(|day| day.word.clone()).filter(|word| !word.is_empty());
        OfficeDay {
            date,
            roc_date: roc_date(date),
            kind,
            opens: open.map(|(from, _)| from),
            closes: open.map(|(_, to)| to),
            noon_cover: open.is_some_and(|(from, to)| from <= NOON && to > NOON),
            provisional: self.is_provisional(date),
            note: reason.or(word),
        }
    }

    /// By the weekly rule alone: the government's calendar of that year is not loaded.
    pub fn is_provisional(&self, date: NaiveDate) -> bool {
        self.by_rule(date).1 && !self.overrides.contains_key(&date)
    }

    /// A working day in the sense of the law: Saturday's extended service is none.
    pub fn is_workday(&self, date: NaiveDate) -> bool {
        self.is_workday_in(None, date)
    }

    /// A working day of one service point, or of the office as such.
    pub fn is_workday_in(&self, point: Option<&str>, date: NaiveDate) -> bool {
        matches!(self.kind_and_hours(point, date).0, DayKind::Workday | DayKind::MakeUpWorkday)
    }

    /// Whether a service point is open for the whole stretch.
    pub fn is_open_in(&self, point: Option<&str>, date: NaiveDate, from: NaiveTime, to: NaiveTime) -> bool {
        self.kind_and_hours(point, date).1.is_some_and(|(opens, closes)| opens <= from && to <= closes && from < to)
    }

    /// Whether the office is open at a moment of a day.
    pub fn is_open_at(&self, date: NaiveDate, time: NaiveTime) -> bool {
        self.kind_and_hours(None, date).1.is_some_and(|(opens, closes)| opens <= time && time < closes)
    }

    /// Whether a half of the day is closed for the whole office.
    pub fn is_half_closed(&self, date: NaiveDate, half: Part) -> bool {
        self.closures_in(None, date).any(|closure| closure.part == half)
    }

    /// A working day that is one to its end: its afternoon is not closed.
    pub fn is_workday_to_its_end(&self, date: NaiveDate) -> bool {
        self.is_workday(date) && !self.is_half_closed(date, Part::Afternoon)
    }

    /// The first day on or after a date that is a working day to its end.
    pub fn workday_from(&self, date: NaiveDate) -> NaiveDate {
        date.iter_days().take(400).find(|day| self.is_workday_to_its_end(*day)).unwrap_or(date)
    }

    /// The first day after which no more than so many working days have begun by a date, that included: what stands for so many working
    /// days after its own is of then or later.
    pub fn back_by_workdays(&self, date: NaiveDate, most: usize) -> NaiveDate {
        let (mut first, mut begun) = (date, 0);
        // Years on end without a working day are nobody's calendar.
        for _ in 0..400 {
            begun += usize::from(self.is_workday(first));
            let Some(before) = first.pred_opt().filter(|_| begun <= most) else { break };
            first = before;
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> OfficeCalendar {
        OfficeCalendar::new(Hours::default(), Vec::new(), Vec::new())
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_governments_days_are_known() {
        let calendar = calendar();
        for (date, kind) in [
            ("2018-03-31", DayKind::MakeUpWorkday),
            ("2018-12-22", DayKind::MakeUpWorkday),
            ("2021-09-11", DayKind::MakeUpWorkday),
            ("2026-01-01", DayKind::Holiday),
            ("2026-11-25", DayKind::Workday),
            ("2026-11-28", DayKind::Extended),
            ("2026-11-29", DayKind::Rest),
        ] {
            assert_eq!(calendar.day(day(date)).kind, kind, "{date}");
        }
        let off = |year| day(&format!("{year}-01-01")).iter_days().take_while(move |d| d.year() == year);
        let closed = |year| off(year).filter(|d| !calendar.is_workday(*d)).count();
        assert_eq!([2018, 2019, 2020, 2021, 2026, 2027].map(closed), [115, 115, 115, 116, 120, 121]);
    }

    #[test]
    fn other_years_go_by_the_week_and_say_so() {
        let monday = calendar().day(day("2030-06-03"));
        assert!(monday.provisional && monday.kind == DayKind::Workday);
        assert!(!calendar().day(day("2026-11-25")).provisional);
    }

    #[test]
    fn a_loaded_year_is_no_longer_provisional() {
        let days = |year: i32| (0..365).map(move |n| day(&format!("{year}-01-01")) + Days::new(n));
        let text =
            |year: i32| days(year).map(|d| format!("{d},{},\n", d.weekday().num_days_from_monday() < 5)).collect::<String>();
        let year = format!("date,is_workday,note\n{}", text(2030)).replace("2030-06-03,true,", "2030-06-03,false,地方慶典");
        let calendar = calendar().with_days(super::super::parse_government_days(&year).unwrap());
        let monday = calendar.day(day("2030-06-03"));
        assert_eq!((monday.kind, monday.provisional, monday.note.as_deref()), (DayKind::Holiday, false, Some("地方慶典")));
        assert!(calendar.is_provisional(day("2031-01-01")));
    }

    #[test]
    fn what_stands_for_some_working_days_stands_over_a_long_holiday() {
        let first = |date: &str, most: usize| calendar().back_by_workdays(day(date), most).to_string();
        assert_eq!(first("2026-11-25", 0), "2026-11-25");
        assert_eq!(first("2026-11-25", 2), "2026-11-23");
        assert_eq!(first("2026-11-30", 1), "2026-11-27", "over the week-end");
        assert_eq!(first("2026-11-29", 0), "2026-11-27");
        let mut closed = calendar();
        let date = day("2026-11-24");
        closed.close(Closure { date, part: Part::All, area: None, reason: "颱風".to_owned() });
        assert_eq!(closed.back_by_workdays(day("2026-11-25"), 1), day("2026-11-23"));
        assert_eq!(first("2027-02-11", 1), "2027-02-03", "over the New Year");
    }

    #[test]
    fn a_closed_service_point_leaves_the_office_open() {
        let mut calendar = calendar();
        let date = day("2026-11-25");
        calendar.close(Closure { date, part: Part::All, area: Some("XIANXI".to_owned()), reason: "停電".to_owned() });
        assert!(calendar.is_workday(date) && calendar.is_workday_in(Some("HEMEI"), date));
        assert!(!calendar.is_workday_in(Some("XIANXI"), date));
        assert_eq!((calendar.day(date).note, calendar.day_in(Some("XIANXI"), date).kind), (None, DayKind::Closure));
    }

    #[test]
    fn a_saturday_in_a_long_holiday_has_no_extended_service() {
        // Friday 2026-02-27 stands in for 28 February, a Saturday.
        assert_eq!(calendar().day(day("2026-02-28")).opens, None);
    }

    #[test]
    fn a_closed_morning_leaves_the_afternoon() {
        let mut calendar = calendar();
        let date = day("2026-11-25");
        calendar.close(Closure { date, part: Part::Morning, area: None, reason: "颱風".to_owned() });
        let half = calendar.day(date);
        assert_eq!((half.kind, half.opens, half.closes), (DayKind::Workday, Some(hour(12)), Some(hour(17))));
        calendar.close(Closure { date, part: Part::Afternoon, area: None, reason: "颱風".to_owned() });
        assert_eq!(calendar.day(date).kind, DayKind::Closure);
        assert!(!calendar.is_workday(date));
    }

    #[test]
    fn a_day_set_by_hand_beats_the_calendar_and_a_closure_beats_both() {
        let mut calendar = calendar();
        let date = day("2026-11-29");
        calendar.set(DayOverride {
            date,
            kind: DayKind::Workday,
            opens: Some(hour(9)),
            closes: Some(hour(12)),
            reason: "選舉".to_owned(),
        });
        assert_eq!(calendar.day(date).opens, Some(hour(9)));
        calendar.close(Closure { date, part: Part::All, area: None, reason: "颱風".to_owned() });
        assert_eq!(calendar.day(date).kind, DayKind::Closure);
    }
}
