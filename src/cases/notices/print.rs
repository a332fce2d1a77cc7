//! The notice on paper: as lines of text, and as what is printed.

use chrono::NaiveDate;
use huzheng_print::{Printout, Template};
use serde::Serialize;

use super::super::case::Case;
use super::super::types::model::{CaseRules, PaperForm};
use super::store::{Notice, NoticeItem};
use crate::calendar::roc_date;
use crate::clock::Moment;
use crate::error::{Language, Result};
use crate::office;
use crate::print;

const TEMPLATE: Template = Template { name: "one-time notice", text: include_str!("notice.typ") };

/// What the notice says on paper.
#[derive(Serialize)]
pub struct Page {
    #[serde(skip)]
    title: String,
    #[serde(skip)]
    made_at: Moment,
    /// What it is about, and whom: a name and what it names.
    about: Vec<(&'static str, String)>,
    request: &'static str,
    items: Vec<Item>,
    new_fact: Option<String>,
    /// Until when, and by which law.
    terms: Vec<(&'static str, String)>,
    closing: &'static str,
}

/// A paper that is asked for.
#[derive(Serialize)]
struct Item {
    n: i32,
    received: bool,
    name: String,
    form: &'static str,
    /// The numbers of its alternatives.
    or: Vec<i32>,
    note: Option<String>,
}

fn form_in_words(form: PaperForm) -> &'static str {
    match form {
        PaperForm::Original => "正本（驗畢發還）",
        PaperForm::HandIn => "正本（收存）",
        PaperForm::Copy => "影本",
        PaperForm::Action => "當場辦理",
    }
}

fn in_words(day: NaiveDate) -> String {
    format!("民國 {}", roc_date(day))
}

/// Writes the notice out.
pub fn page(case: &Case, rules: &CaseRules, notice: &Notice, applicant: &str) -> Page {
    let item = |item: &NoticeItem| Item {
        n: item.n,
        received: item.received_at.is_some(),
        name: item.name.zh.clone(),
        form: form_in_words(item.form),
        or: notice.others(item).map(|other| other.n).collect(),
        note: item.note.clone(),
    };
    Page {
        title: format!("{}　一次告知單", office::name().zh),
        made_at: notice.made_at,
        about: vec![
            ("編號", notice.number.clone()),
            ("申請事項", rules.name.zh.clone()),
            ("案件編號", case.number.clone().unwrap_or_default()),
            ("申請人", applicant.to_owned()),
            ("受理日期", in_words(case.received_at.date())),
        ],
        request: "您申辦之案件尚缺下列文件，請於期限前一次補齊：",
        items: notice.items.iter().map(item).collect(),
        new_fact: notice.new_fact.clone(),
        terms: vec![
            ("補正期限", format!("{}（{}）", in_words(notice.due_on), notice.due_on)),
            ("告知日期", in_words(notice.made_at.date())),
            ("法令依據", "戶籍法施行細則第20條".to_owned()),
        ],
        closing: "逾期未補正者，本所得駁回申請；文件補齊後請洽原承辦人。",
    }
}

impl Item {
    fn lines(&self) -> Vec<String> {
        let tick = if self.received { "■" } else { "□" };
        let others: Vec<String> = self.or.iter().map(ToString::to_string).collect();
        let choice = if others.is_empty() { String::new() } else { format!("（與第 {} 項擇一）", others.join("、")) };
        let mut lines = vec![format!("{tick} {}. {}　{}{choice}", self.n, self.name, self.form)];
        lines.extend(self.note.iter().map(|note| format!("　　說明：{note}")));
        lines
    }
}

fn named((name, value): &(&str, String)) -> String {
    format!("{name}：{value}")
}

impl Page {
    /// Plain text, one line each.
    pub fn text(&self) -> String {
        let mut lines = vec![self.title.clone(), String::new()];
        lines.extend(self.about.iter().map(named));
        lines.extend([String::new(), self.request.to_owned(), String::new()]);
        lines.extend(self.items.iter().flat_map(Item::lines));
        lines.extend(self.new_fact.iter().flat_map(|fact| [String::new(), format!("新增文件之事由：{fact}")]));
        lines.push(String::new());
        lines.extend(self.terms.iter().map(named));
        lines.extend([self.closing.to_owned(), String::new()]);
        lines.join("\n")
    }

    /// The same, to be printed: of the moment at which the notice was given.
    pub fn printout(&self) -> Result<Printout> {
        print::printout(TEMPLATE, Language::Chinese, self.title.clone(), self.made_at, self)
    }
}
