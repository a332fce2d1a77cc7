//! What a paper of the digest says, whichever way it is printed: a title, lines, sections with tables and charts, in one language.

use serde::Serialize;

use super::figures::{CountedMonth, DigestCount, DigestFigures, DigestRow};
use super::month::Month;
use super::view::PetitionDigest;
use super::words::{self, Word, word};
use crate::charts::{self, Caption, Chart, Series};
use crate::error::Language;

/// A table: its head, and rows that begin with what they are about.
#[derive(Serialize)]
pub struct Table {
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// A section.
#[derive(Serialize)]
pub struct Section {
    pub heading: String,
    pub notes: Vec<String>,
    pub charts: Vec<Chart>,
    pub tables: Vec<Table>,
}

/// A paper.
#[derive(Serialize)]
pub struct Paper {
    #[serde(skip)]
    pub language: Language,
    pub title: String,
    pub lines: Vec<String>,
    pub sections: Vec<Section>,
    pub hash: String,
    /// Who signs it.
    pub signs: Vec<String>,
}

/// The paper of a month, with the frozen months before it for the trend.
pub fn paper(digest: &PetitionDigest, earlier: &[(Month, CountedMonth)], language: Language) -> Paper {
    let say = |words: Word| word(language, words);
    let figures = &digest.figures;
    let mut sections = vec![overview(figures, language)];
    sections.extend([
        by("kind", ("依類別", "By kind"), &figures.by_kind, language),
        by("channel", ("依管道", "By channel"), &figures.by_channel, language),
        by("topic", ("依主題", "By topic"), &figures.by_topic, language),
        ages(&figures.pending_by_age, language),
    ]);
    if !earlier.is_empty() {
        sections.push(trend(digest, earlier, language));
    }
    sections.push(satisfied(digest, language));
    if let Some(remarks) = &digest.remarks {
        let heading = say(("主任批示", "Remarks of the director"));
        sections.push(Section { heading, notes: vec![remarks.clone()], charts: Vec::new(), tables: Vec::new() });
    }
    Paper {
        language,
        title: format!("{}　{}", words::office(language), say(("陳情案件月報", "Monthly digest of petitions"))),
        lines: lines(digest, language),
        sections,
        hash: digest.sha256.clone().unwrap_or_default(),
        signs: [("承辦人", "Clerk"), ("股長", "Section chief"), ("主任", "Director")].map(say).to_vec(),
    }
}

fn lines(digest: &PetitionDigest, language: Language) -> Vec<String> {
    let (from, to) = (digest.from_on, digest.to_on);
    let (period, revision) = (&digest.roc_period, digest.revision);
    let state = match (revision, digest.is_over) {
        (0, false) => ("月中即時統計，尚未定稿".to_owned(), "Live figures of a running month".to_owned()),
        (0, true) => ("即時統計，尚未定稿".to_owned(), "Live figures, not frozen yet".to_owned()),
        _ => (format!("第 {revision} 次定稿"), format!("Freezing no. {revision}")),
    };
    let mut all = vec![match language {
        Language::Chinese => format!("期間：{period}（{from} 至 {to}）。{}。", state.0),
        Language::English => format!("Period: {} ({from} to {to}). {}.", digest.month, state.1),
    }];
    if let Some(freezing) = digest.freezing() {
        all.push(match language {
            Language::Chinese => format!("定稿時間：{}", freezing.frozen_at()),
            Language::English => format!("Frozen at {}", freezing.frozen_at()),
        });
        all.extend(freezing.unfrozen_at().map(|at| match language {
            Language::Chinese => format!("本次定稿已於 {at} 撤銷，不再有效。"),
            Language::English => format!("This freezing was taken back at {at}, and does not stand any more."),
        }));
    }
    if digest.withdrawn {
        all.push(word(
            language,
            (
                "定稿後有案件不再為全體承辦人員所得閱覽，本表已剔除該等案件，故與定稿不同，亦不列雜湊值。",
                "Since it was frozen, petitions have ceased to be seen by everybody: this is counted without them, differs from what was \
                 frozen, and has no hash.",
            ),
        ));
    }
    all.push(word(
        language,
        (
            "本表不含保密案件、涉及本所同仁或服務據點之案件，及承辦陳情同仁本人或其親屬之案件。",
            "Without confidential petitions, those that concern staff or a service point, and those of staff who handle petitions or \
             of their kin.",
        ),
    ));
    all
}

fn overview(figures: &DigestFigures, language: Language) -> Section {
    let say = |words: Word| word(language, words);
    let days = |mean: &Option<String>| mean.clone().unwrap_or_else(|| "—".to_owned());
    let repeated = &figures.repeated;
    let rows: Vec<(Word, String)> = vec![
        (("收受", "Received"), figures.received.to_string()),
        (("重新受理", "Taken up again"), figures.reopened.to_string()),
        (("首次答復", "First replies"), figures.first_replied.to_string()),
        (("結案", "Closed"), figures.closed.to_string()),
        (("　其中逾期", "  of these late"), figures.closed_late.to_string()),
        (("延長期限", "Extended"), figures.extended.to_string()),
        (("月底未結", "Pending at the month's end"), figures.pending.to_string()),
        (("　其中逾期", "  of these late"), figures.pending_late.to_string()),
        (("首次答復平均日數", "Days to the first reply, mean"), days(&figures.first_reply_days)),
        (("結案平均日數", "Days to the end, mean"), days(&figures.closing_days)),
        (("採納建議", "Suggestions adopted"), figures.suggestions_adopted.to_string()),
        (("重複陳情人數", "Petitioners of several petitions"), repeated.petitioners.to_string()),
        (("　其陳情件數", "  petitions of theirs"), repeated.petitions.to_string()),
    ];
    let head = vec![say(("項目", "Figure")), say(("數值", "Value"))];
    let rows = rows.into_iter().map(|(name, value)| vec![say(name), value]).collect();
    let mut tables = vec![Table { head, rows }];
    if !figures.by_outcome.is_empty() {
        let head = vec![say(("結案方式", "Ended as")), say(("件數", "Petitions"))];
        let named = |row: &DigestCount| vec![words::outcome(&row.code, language), row.count.to_string()];
        tables.push(Table { head, rows: figures.by_outcome.iter().map(named).collect() });
    }
    Section { heading: say(("總覽", "Overview")), notes: Vec::new(), charts: Vec::new(), tables }
}

/// Received and closed by a code, as a chart and as a table.
fn by(id: &str, heading: Word, rows: &[DigestRow], language: Language) -> Section {
    let say = |words: Word| word(language, words);
    let names: Vec<String> = rows.iter().map(|row| words::code(&row.code, language)).collect();
    let series = |name: Word, value: fn(&DigestRow) -> u32| Series {
        name: say(name),
        values: rows.iter().map(|row| Some(value(row))).collect(),
    };
    let all = [
        series(("收受", "Received"), |row| row.received),
        series(("結案", "Closed"), |row| row.closed),
        series(("月底未結", "Pending"), |row| row.pending),
    ];
    let heading = say(heading);
    let told = |row: &DigestRow, name: &String| match language {
        Language::Chinese => format!("{name}：收受 {}、結案 {}、未結 {}", row.received, row.closed, row.pending),
        Language::English => format!("{name}: {} received, {} closed, {} pending", row.received, row.closed, row.pending),
    };
    let description = rows.iter().zip(&names).map(|(row, name)| told(row, name)).collect::<Vec<_>>().join("; ");
    let chart = charts::bars(Caption { id, title: &heading, description: &description }, &names, &all);
    let head = [
        ("項目", "Item"),
        ("收受", "Received"),
        ("結案", "Closed"),
        ("其中逾期", "Late"),
        ("延長期限", "Extended"),
        ("月底未結", "Pending"),
    ];
    let cells = |(row, name): (&DigestRow, &String)| {
        let numbers = [row.received, row.closed, row.closed_late, row.extended, row.pending].map(|number| number.to_string());
        [vec![name.clone()], numbers.to_vec()].concat()
    };
    let table = Table { head: head.map(say).to_vec(), rows: rows.iter().zip(&names).map(cells).collect() };
    Section { heading, notes: Vec::new(), charts: vec![chart], tables: vec![table] }
}

fn ages(rows: &[DigestCount], language: Language) -> Section {
    let say = |words: Word| word(language, words);
    let heading = say(("月底未結案件之日數", "Pending at the month's end, by days"));
    let names: Vec<String> = rows.iter().map(|row| words::code(&row.code, language)).collect();
    let values = rows.iter().map(|row| Some(row.count)).collect();
    let series = [Series { name: say(("件數", "Petitions")), values }];
    let description = rows.iter().zip(&names).map(|(row, name)| format!("{name}: {}", row.count)).collect::<Vec<_>>().join("; ");
    let chart = charts::bars(Caption { id: "age", title: &heading, description: &description }, &names, &series);
    Section { heading, notes: Vec::new(), charts: vec![chart], tables: Vec::new() }
}

/// Received and closed in the months up to this one; a month that is not frozen leaves a gap.
fn trend(digest: &PetitionDigest, earlier: &[(Month, CountedMonth)], language: Language) -> Section {
    let say = |words: Word| word(language, words);
    let this = Month::of(digest.from_on);
    let first = earlier.first().map_or(this, |(month, _)| *month);
    let mut months = Vec::new();
    let mut month = first;
    while month <= this {
        months.push(month);
        month = month.next();
    }
    let of = |month: &Month, value: fn(&DigestFigures) -> u32| {
        let frozen = || earlier.iter().find(|(one, _)| one == month).map(|(_, counted)| value(&counted.figures));
        if *month == this { Some(value(&digest.figures)) } else { frozen() }
    };
    let series = |name: Word, value: fn(&DigestFigures) -> u32| Series {
        name: say(name),
        values: months.iter().map(|month| of(month, value)).collect(),
    };
    let all = [series(("收受", "Received"), |one| one.received), series(("結案", "Closed"), |one| one.closed)];
    let names: Vec<String> = months.iter().map(|month| month.roc_period()).collect();
    let heading = say(("各月收受與結案", "Received and closed by month"));
    let number = |value: Option<u32>| value.map_or_else(|| "—".to_owned(), |value| value.to_string());
    let told = |(place, name): (usize, &String)| {
        let [received, closed] = all.each_ref().map(|one| number(one.values[place]));
        format!("{name}: {received} / {closed}")
    };
    let description = names.iter().enumerate().map(told).collect::<Vec<_>>().join("; ");
    let chart = charts::lines(Caption { id: "trend", title: &heading, description: &description }, &names, &all);
    Section { heading, notes: Vec::new(), charts: vec![chart], tables: Vec::new() }
}

fn satisfied(digest: &PetitionDigest, language: Language) -> Section {
    let say = |words: Word| word(language, words);
    let heading = say(("滿意度", "Satisfaction"));
    let none = |note: String| Section { heading: heading.clone(), notes: vec![note], charts: Vec::new(), tables: Vec::new() };
    let Some(satisfaction) = &digest.satisfaction else {
        let withdrawn = ("已有案件剔除，不予顯示。", "Not shown any more, since petitions were left out.");
        let live = ("定稿後顯示。", "Shown once the month is frozen.");
        return none(say(if digest.withdrawn { withdrawn } else { live }));
    };
    let least = satisfaction.least_ratings;
    let Some(ratings) = satisfaction.ratings else {
        return none(match language {
            Language::Chinese => format!("評分未達 {least} 件，不予顯示。"),
            Language::English => format!("Fewer than {least} ratings: not shown."),
        });
    };
    let mean = match (&satisfaction.mean_low, &satisfaction.mean_high) {
        (Some(low), Some(high)) if low == high => low.clone(),
        (Some(low), Some(high)) => format!("{low}–{high}"),
        _ => "—".to_owned(),
    };
    let mut rows = vec![vec![say(("評分件數", "Ratings")), ratings.to_string()], vec![say(("平均", "Mean")), mean]];
    for score in &satisfaction.scores {
        let points = score.score;
        let name = match language {
            Language::Chinese => format!("{points} 分"),
            Language::English => format!("{points} of 5"),
        };
        rows.push(vec![name, score.count.map_or_else(|| "—".to_owned(), |count| count.to_string())]);
    }
    let head = vec![say(("項目", "Figure")), say(("數值", "Value"))];
    let note = say(("「—」為隱藏之小數值，或無。", "— stands for a number that is hidden since it is small, or for none."));
    Section { heading, notes: vec![note], charts: Vec::new(), tables: vec![Table { head, rows }] }
}
