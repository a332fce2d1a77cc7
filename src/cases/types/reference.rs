//! Reads the reference tables that are compiled in.

use chrono::NaiveDate;
use serde_json::Value;

use super::super::fields::Form;
use super::checklist::PaperRule;
use super::model::{CaseRules, CaseType, ProxyRule, TimeLimit};
use crate::office::Bilingual;
use crate::scheduling::services::Channel;

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("reference tables are JSON")
}

fn one_of<T: std::str::FromStr>(value: &Value) -> T {
    let text = value.as_str().expect("a code of the reference tables");
    text.parse().unwrap_or_else(|_| panic!("{text} is unknown"))
}

fn optional<T: std::str::FromStr>(value: &Value) -> Option<T> {
    (!value.is_null()).then(|| one_of(value))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// `parents married` → `PARENTS_MARRIED`, `§5` → `5`.
fn circumstance(words: &str) -> String {
    let plain: String = words.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { ' ' }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join("_")
}

/// The types as they come with the product.
pub fn first_types() -> Vec<CaseType> {
    let types = json(include_str!("../../../reference/case_types.json"));
    let papers = json(include_str!("../../../reference/required_documents.json"));
    let list = types["case_types"].as_array().expect("a list of types");
    list.iter().map(|one| case_type(one, &papers)).collect()
}

fn case_type(one: &Value, papers: &Value) -> CaseType {
    let code = text(&one["code"]);
    let rules = CaseRules {
        name: Bilingual::new(&text(&one["name_zh"]), &text(&one["name_en"])),
        group: one_of(&one["group"]),
        form: Form::of_type(&code),
        applicants: one["applicants"].as_array().expect("applicants").iter().map(one_of).collect(),
        counts_in_k1_1: one["counts_in_k1_1"].as_bool().unwrap_or(false),
        period: one["period_days"].as_u64().map(|days| format!("{days}D")),
        place: one_of(&one["where"]),
        online: one_of(&one["online"]),
        channels: channels(one),
        home_visit: one["home_visit"].as_bool().unwrap_or(false),
        proxy: proxy(&code, one),
        notification_trigger: optional(&one["notification_trigger"]),
        ex_officio: optional(&one["ex_officio"]),
        fee_twd: one["fee_twd"].as_i64().and_then(|fee| i32::try_from(fee).ok()),
        time_limit: one["time_limit"].as_str().map_or(TimeLimit::TwoMonths, |_| one_of(&one["time_limit"])),
        law: text(&one["law"]),
        papers: checklist(&papers["checklists"][&code], &papers["documents"]),
        certainty: serde_json::from_value(one["certainty"].clone()).expect("certainty by part"),
        note: text(&one["note"]),
    };
    let valid_from = NaiveDate::from_ymd_opt(2018, 1, 1).expect("the plan's first day");
    CaseType::new(code, 1, valid_from, rules)
}

/// The counter always; post and fax where post is allowed, the others where the whole can be done online.
fn channels(one: &Value) -> Vec<Channel> {
    let mut channels = vec![Channel::Counter];
    if one["post"].as_bool().unwrap_or(false) {
        channels.extend([Channel::Mail, Channel::Fax]);
    }
    match one["online"].as_str() {
        Some("YES") => channels.extend([Channel::Online, Channel::Email, Channel::Phone]),
        _ if one["home_visit"].as_bool().unwrap_or(false) => channels.push(Channel::Phone),
        _ => {}
    }
    channels
}

/// 戶籍法 §47: these five need the office's approval; the law names no way for the others.
fn proxy(code: &str, one: &Value) -> ProxyRule {
    const APPROVED: [&str; 5] = ["PARENTAGE", "ADOPTION_END", "MARRIAGE", "MARRIAGE_END_748", "DIVORCE_AGREED"];
    match (one["proxy"].as_bool(), APPROVED.contains(&code)) {
        (Some(true), _) => ProxyRule::Allowed,
        (_, true) => ProxyRule::WithApproval,
        _ => ProxyRule::Never,
    }
}

fn checklist(lines: &Value, documents: &Value) -> Vec<PaperRule> {
    let lines = lines.as_array().cloned().unwrap_or_default();
    let rule = |line: &Value| {
        let document = text(&line["document"]);
        let names = &documents[&document];
        PaperRule {
            name: Bilingual::new(&text(&names["name_zh"]), &text(&names["name_en"])),
            form: one_of(&line["form"]),
            when: circumstance(&text(&line["when"])),
            document,
            one_of: None,
        }
    };
    lines.iter().map(rule).collect()
}
