//! What an application must be: its type's rules, its form's rules, its papers, its clocks. One judgement serves
//! the check, the intake, the edit and the acceptance.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

use super::case::ProxyLetter;
use super::fields::{CaseFields, Facts, Findings, PartyFacts, PartyRole};
use super::types::model::{CaseType, PaperRule, Place, ProxyRule, Relation};
use crate::auth::{By, Reach};
use crate::calendar::{Deadline, OfficeCalendar};
use crate::error::{Error, Result, Text};
use crate::http::is_plausible;
use crate::people::{IdNumber, Name, Note};
use crate::scheduling::services::Channel;

/// Somebody who takes part in a case.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "MOTHER", "name": "王小美", "national_id": "N200000004", "birth_on": "1995-05-04"}))]
pub struct PartyInput {
    pub role: PartyRole,
    pub name: Name,
    pub national_id: IdNumber,
    pub birth_on: Option<NaiveDate>,
}

/// Who applies.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "王小美", "national_id": "N200000004", "relation": "MOTHER"}))]
pub struct ApplicantInput {
    pub name: Name,
    pub national_id: IdNumber,
    /// One of the type's `applicants`.
    pub relation: Relation,
}

/// Who comes in the applicant's place, with a letter of proxy (戶籍法 §47).
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "林代理", "national_id": "N123456780", "reason": "申請人住院", "dated_on": "2026-11-20"}))]
pub struct ProxyInput {
    pub name: Name,
    pub national_id: IdNumber,
    /// Why the applicant does not come.
    pub reason: Note,
    /// Day of the letter.
    pub dated_on: NaiveDate,
}

/// An application: parties, papers and fields in one.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "type_code": "BIRTH", "channel": "COUNTER", "event_on": "2026-11-10",
    "parties": [
        {"role": "MOTHER", "name": "王小美", "national_id": "N200000004", "birth_on": "1995-05-04"},
        {"role": "FATHER", "name": "王大明", "national_id": "N123456780", "birth_on": "1993-02-11"}
    ],
    "applicant": {"name": "王小美", "national_id": "N200000004", "relation": "MOTHER"},
    "fields": {
        "kind": "BIRTH", "child_name": "王小安", "sex": "FEMALE", "surname_from": "FATHER", "birth_place": "HOSPITAL",
        "certificate_number": "出字第 1150001 號", "weight_g": 3150, "weeks": 39, "birth_order": 1, "multiple": 1
    },
    "papers": ["ID_CARD", "SEAL_OR_SIGNATURE", "HH_CERT", "PARENTS_ID", "SURNAME_AGREEMENT"], "circumstances": ["PARENTS_MARRIED"]
}))]
pub struct CaseInput {
    /// A type of GET /v1/case-types.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    pub type_code: String,
    /// How it reached the office; citizens' is ONLINE, the counter otherwise.
    pub channel: Option<Channel>,
    /// Service point that takes it; the clerk's own when absent.
    #[validate(length(min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20)]
    pub service_point: Option<String>,
    /// Taken for people registered with another office (異地辦理).
    #[serde(default)]
    pub off_site: bool,
    /// The first party is the person whom the case is about.
    #[validate(nested, length(min = 1, max = 30))]
    #[schema(min_items = 1, max_items = 30)]
    pub parties: Vec<PartyInput>,
    #[validate(nested)]
    pub applicant: ApplicantInput,
    #[validate(nested)]
    pub proxy: Option<ProxyInput>,
    /// Day of the event, or on which it became certain: the period of law runs from the day after.
    pub event_on: Option<NaiveDate>,
    /// By the `form` of the type.
    #[schema(value_type = CaseFields)]
    pub fields: Value,
    /// Codes of the papers that are there.
    #[serde(default)]
    #[validate(length(max = 60))]
    #[schema(max_items = 60)]
    pub papers: Vec<String>,
    /// Circumstances of the checklist that hold, such as `PARENTS_MARRIED`.
    #[serde(default)]
    #[validate(length(max = 60))]
    #[schema(max_items = 60)]
    pub circumstances: Vec<String>,
    /// Keep it as a draft; citizens' applications wait as drafts until a clerk accepts them.
    #[serde(default)]
    pub draft: bool,
    /// The cases shown by `possible_duplicate` are another matter; the verdict is remembered.
    #[serde(default)]
    pub confirm_not_duplicate: bool,
}

/// An application that breaks no rule, with what follows from it.
pub struct Judged {
    pub case_type: Arc<CaseType>,
    pub channel: Channel,
    pub fields: CaseFields,
    pub legal: Option<Deadline>,
    pub late: bool,
    pub proxy: Option<ProxyLetter>,
    pub fee_twd: Option<i32>,
    pub missing: Vec<PaperRule>,
}

/// What the judgement rests on beside the application itself.
pub struct Ground<'a> {
    pub case_type: &'a Arc<CaseType>,
    pub calendar: &'a OfficeCalendar,
    /// Types that the ministry has announced for online use.
    pub listed_online: &'a [String],
    /// The day on which the office received it.
    pub received_on: NaiveDate,
}

impl CaseInput {
    /// Judges the application; every broken rule is named.
    pub fn judge(&self, ground: &Ground<'_>, by: &By) -> Result<Judged> {
        let rules = &ground.case_type.rules;
        let fields = CaseFields::read(rules.form, &self.fields)?;
        let mut findings = Findings::default();
        let channel = self.channel(ground, by, &mut findings);
        self.check_applicant(ground.case_type, &mut findings);
        self.check_papers(ground.case_type, &mut findings);
        let proxy = self.check_proxy(ground.case_type, ground.received_on, &mut findings);
        let facts: Vec<PartyFacts> = self.parties.iter().map(PartyInput::facts).collect();
        let event_on = self.check_event(ground, &mut findings);
        let facts = Facts {
            type_code: &self.type_code,
            event_on,
            today: ground.received_on,
            parties: &facts,
            by_proxy: proxy.is_some(),
            circumstances: &self.circumstances,
        };
        fields.check(&facts, &mut findings);
        findings.into_result()?;
        let legal = rules.legal_period().zip(event_on).map(|(period, day)| Deadline::compute(ground.calendar, day, period, &[]));
        Ok(Judged {
            case_type: Arc::clone(ground.case_type),
            channel,
            late: legal.as_ref().is_some_and(|legal| ground.received_on > legal.due_on),
            legal,
            fee_twd: rules.fee_twd.map(|fee| fee * copies(&self.fields)),
            missing: missing(rules.papers_for(&self.circumstances, proxy.is_some()), &self.papers),
            proxy,
            fields,
        })
    }

    fn channel(&self, ground: &Ground<'_>, by: &By, findings: &mut Findings) -> Channel {
        let usual = if by.reach == Reach::Own { Channel::Online } else { Channel::Counter };
        let channel = self.channel.unwrap_or(usual);
        let listed = channel == Channel::Online && ground.listed_online.contains(&self.type_code);
        if !listed && !ground.case_type.rules.channels.contains(&channel) {
            let en = "this type cannot be applied for this way";
            findings.add("/channel", "not_allowed", "戶籍法 §27", "此類案件不受理該管道", en);
        }
        if by.reach == Reach::Own && channel != Channel::Online {
            findings.add("/channel", "not_allowed", "", "民眾自行申請為 ONLINE", "citizens apply ONLINE");
        }
        let elsewhere = [Place::AnyOffice, Place::RegisteredOfficeOrListed, Place::DestinationOffice];
        if self.off_site && !elsewhere.contains(&ground.case_type.rules.place) {
            let law = "戶籍法 §26";
            findings.add("/off_site", "not_allowed", law, "此類案件須由原戶籍地受理", "the registered office takes this type");
        }
        channel
    }

    fn check_applicant(&self, case_type: &CaseType, findings: &mut Findings) {
        let allowed = &case_type.rules.applicants;
        let fits = allowed.is_empty() || allowed.contains(&Relation::Anyone) || allowed.contains(&self.applicant.relation);
        if !fits {
            let list = allowed.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(", ");
            let (zh, en) = (format!("申請人資格應為 {list}"), format!("the applicant must be one of {list}"));
            findings.add("/applicant/relation", "not_allowed", &case_type.rules.law, &zh, &en);
        }
    }

    fn check_papers(&self, case_type: &CaseType, findings: &mut Findings) {
        let known: Vec<&str> = case_type.rules.papers.iter().map(|p| p.document.as_str()).collect();
        for (index, paper) in self.papers.iter().enumerate() {
            if !known.contains(&paper.as_str()) {
                let pointer = format!("/papers/{index}");
                findings.add(&pointer, "not_allowed", "", "不在應備文件清單", "it is not on the checklist");
            }
        }
        let circumstances = case_type.rules.circumstances();
        for (index, one) in self.circumstances.iter().enumerate() {
            if !circumstances.contains(&one.as_str()) {
                let list = circumstances.join(", ");
                let (zh, en) = (format!("應為 {list}"), format!("one of {list}"));
                findings.add(&format!("/circumstances/{index}"), "not_allowed", "", &zh, &en);
            }
        }
    }

    fn check_proxy(&self, case_type: &CaseType, today: NaiveDate, findings: &mut Findings) -> Option<ProxyLetter> {
        let proxy = self.proxy.as_ref()?;
        if case_type.rules.proxy == ProxyRule::Never {
            findings.add("/proxy", "not_allowed", &case_type.rules.law, "不得委託他人", "no proxy may apply");
        }
        if proxy.national_id == self.applicant.national_id {
            findings.add(
                "/proxy/national_id",
                "same_person",
                "戶籍法 §47",
                "代理人不得為申請人本人",
                "the applicant is no proxy",
            );
        }
        if !is_plausible(proxy.dated_on) || proxy.dated_on > today {
            findings.add("/proxy/dated_on", "range", "", "委託書日期不得晚於今日", "the letter lies after today");
        }
        Some(ProxyLetter {
            reason: proxy.reason.as_str().to_owned(),
            dated_on: proxy.dated_on,
            needs_approval: case_type.rules.proxy == ProxyRule::WithApproval,
            approved_by: None,
            approved_at: None,
        })
    }

    fn check_event(&self, ground: &Ground<'_>, findings: &mut Findings) -> Option<NaiveDate> {
        match self.event_on {
            Some(day) if !is_plausible(day) || day > ground.received_on => {
                findings.add("/event_on", "range", "", "事件日不得晚於今日", "the event lies after today");
                None
            }
            None if ground.case_type.rules.period.is_some() => {
                findings.add("/event_on", "required", "戶籍法 §48", "須填事件發生或確定日", "the period of law runs from it");
                None
            }
            day => day,
        }
    }

    /// Refuses what nobody may hold in their own name: citizens apply for themselves or their principals.
    pub fn require_own(&self, own: bool) -> Result<()> {
        let text = Text::new("僅得為本人或委託人申請", "apply for yourself or for your principal");
        if own { Ok(()) } else { Err(Error::field("/applicant/national_id", "no_letter_of_proxy", text)) }
    }
}

impl PartyInput {
    fn facts(&self) -> PartyFacts {
        PartyFacts { role: self.role, number: self.national_id.clone(), birth_on: self.birth_on }
    }
}

/// Copies asked for, where the form counts them.
fn copies(fields: &Value) -> i32 {
    fields["copies"].as_i64().and_then(|n| i32::try_from(n).ok()).unwrap_or(1)
}

/// Papers asked for that are not there.
pub fn missing<'a>(wanted: impl Iterator<Item = &'a PaperRule>, there: &[String]) -> Vec<PaperRule> {
    wanted.filter(|paper| !there.contains(&paper.document)).cloned().collect()
}

/// What a check tells, with nothing saved.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "type_code": "BIRTH", "type_version": 1, "late": false, "legal_due_on": "2027-01-11", "fee_twd": null,
    "proxy": "ALLOWED", "proxy_needs_approval": false, "missing_papers": []
}))]
pub struct CaseCheck {
    #[schema(max_length = 40)]
    pub type_code: String,
    #[schema(minimum = 1)]
    pub type_version: i32,
    /// After the period of law: still accepted, a fine may follow (戶籍法 §48, §79).
    pub late: bool,
    /// Last day of the period of law.
    pub legal_due_on: Option<NaiveDate>,
    /// New Taiwan dollars in all.
    #[schema(minimum = 0)]
    pub fee_twd: Option<i32>,
    /// Whether a proxy may apply.
    pub proxy: ProxyRule,
    /// The proxy named here needs the office's approval.
    pub proxy_needs_approval: bool,
    /// Everything on the checklist that is not there.
    #[schema(max_items = 60)]
    pub missing_papers: Vec<PaperRule>,
}

impl From<Judged> for CaseCheck {
    fn from(judged: Judged) -> Self {
        Self {
            type_code: judged.case_type.code.clone(),
            type_version: judged.case_type.version,
            late: judged.late,
            legal_due_on: judged.legal.map(|legal| legal.due_on),
            fee_twd: judged.fee_twd,
            proxy: judged.case_type.rules.proxy,
            proxy_needs_approval: judged.proxy.is_some_and(|proxy| proxy.needs_approval),
            missing_papers: judged.missing,
        }
    }
}
