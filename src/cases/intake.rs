//! What an application must be: its type's rules, its form's rules, its papers, its clocks. One judgement serves
//! the check, the intake, the edit, the acceptance and the correction.

use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::Value;

use super::ages;
use super::case::ProxyLetter;
use super::circumstances::{Seen, Sights};
use super::fees::fee;
use super::fields::{CaseFields, Facts, Findings, Form, PartyFacts, RoleRule};
use super::input::{CaseInput, PartyInput};
use super::jurisdiction;
use super::named::Names;
use super::types::by_law::is_from_the_register;
use super::types::checklist::{PaperRule, missing};
use super::types::model::{CaseRules, CaseType, ProxyRule, Relation};
use crate::auth::{By, Reach};
use crate::calendar::{Deadline, OfficeCalendar};
use crate::clock::Moment;
use crate::error::{Code, Error, Result, Text, counted};
use crate::http::{coded, is_plausible};
use crate::scheduling::services::Channel;

/// An application that breaks no rule, with what follows from it.
pub struct Judged {
    pub case_type: Arc<CaseType>,
    pub channel: Channel,
    /// The fields as they are kept.
    pub fields: Value,
    /// The same, read; `None` for a draft that is not yet whole.
    pub form: Option<CaseFields>,
    pub legal: Option<Deadline>,
    pub late: bool,
    pub proxy: Option<ProxyLetter>,
    pub fee_twd: Option<i32>,
    /// Circumstances of the checklist that hold: those that were named, and those that the office sees for itself.
    pub circumstances: Vec<String>,
    pub missing: Vec<PaperRule>,
    /// Where a rule of age hangs on a day of birth that is known in part.
    pub asked: Vec<String>,
}

impl Judged {
    /// The circumstances that are kept: those that were named, and those that the register made on the day; the others follow
    /// from what the case says.
    pub fn kept_circumstances(&self, named: &[String]) -> Vec<String> {
        let named = named.iter().filter(|one| !is_from_the_register(one));
        named.chain(self.circumstances.iter().filter(|one| is_from_the_register(one))).cloned().collect()
    }
}

/// As what an application is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// As it is taken.
    Taken,
    /// It is in the register already: what was judged when it was said is judged no more.
    Registered,
    /// It is in the register already, and a correction of it is judged: by the rules by which it was taken.
    Corrected,
}

impl Stage {
    pub const fn is_registered(self) -> bool {
        matches!(self, Self::Registered | Self::Corrected)
    }

    /// Whether rules count of what was said when it was taken, and is not judged of whatever stands in the register.
    pub const fn is_judged_whole(self) -> bool {
        matches!(self, Self::Taken | Self::Corrected)
    }
}

/// What an application was found to say, and to break.
struct Found {
    findings: Findings,
    form: Option<CaseFields>,
    frame: (Channel, Option<ProxyLetter>),
    circumstances: Vec<String>,
}

/// What the judgement rests on beside the application itself.
pub struct Ground<'a> {
    pub case_type: &'a Arc<CaseType>,
    pub calendar: &'a OfficeCalendar,
    /// Types that the ministry has announced for online use.
    pub listed_online: &'a [String],
    /// Days after which a letter of proxy is too old.
    pub letter_days: i64,
    /// When the office received it.
    pub received_at: Moment,
    /// When it accepted it; of a draft, now.
    pub acts_on: NaiveDate,
    /// Changes of name for a special reason that the register knows.
    pub special_changes: u8,
    pub stage: Stage,
    /// Circumstances that the register makes of its people.
    pub seen: Vec<&'static str>,
    /// What the register tells of their family.
    pub family: Vec<&'static str>,
    /// The parties whose day of birth the application itself says.
    pub said_births: Vec<usize>,
}

impl CaseInput {
    /// Judges the application; every broken rule is named.
    pub fn judge(&self, ground: &Ground<'_>, by: &By) -> Result<Judged> {
        let Found { mut findings, form, frame, circumstances } = self.examined(ground, by)?;
        let asked = std::mem::take(&mut findings.1);
        Names::of(self).pointed(findings).into_result()?;
        // Fields that cannot be read are a finding.
        let form = form.ok_or(Code::INVALID)?;
        let fields = serde_json::to_value(&form).map_err(|e| Error::internal("fields cannot be written as JSON", e))?;
        Ok(Judged { asked, ..self.judged(ground, frame, (fields, Some(form)), circumstances) })
    }

    /// The rules that it breaks.
    pub fn flaws(&self, ground: &Ground<'_>, by: &By) -> Result<Findings> {
        Ok(self.examined(ground, by)?.findings)
    }

    fn examined(&self, ground: &Ground<'_>, by: &By) -> Result<Found> {
        let stage = ground.stage;
        // What a correction changes is read with the change.
        let read: fn(Form, &Value) -> Result<CaseFields> =
            if stage.is_registered() { CaseFields::kept } else { CaseFields::read };
        let mut findings = Findings::default();
        let form = findings.taking(read(ground.case_type.rules.form, &self.fields))?;
        let frame = self.check_frame((ground, form.as_ref()), by, &mut findings);
        self.check_applicant(ground, form.as_ref(), &mut findings);
        self.check_ex_officio(ground, by, form.as_ref(), &mut findings);
        self.check_ages(ground, &mut findings);
        self.check_event(ground, form.as_ref(), &mut findings);
        self.check_births(ground, &mut findings);
        self.check_identities(ground, &mut findings);
        let circumstances = self.circumstances_on(ground, form.as_ref());
        let parties: Vec<PartyFacts> = self.parties.iter().map(PartyInput::facts).collect();
        let facts = Facts {
            type_code: &self.type_code,
            relation: self.applicant.relation,
            special_changes: ground.special_changes,
            event_on: self.event_on.filter(|day| is_plausible(*day)),
            today: ground.received_at.date(),
            effective_from: if stage.is_registered() { ground.received_at.date() } else { ground.acts_on },
            parties: &parties,
            by_proxy: self.is_by_proxy(),
            circumstances: &circumstances,
        };
        findings.roles(&facts, &RoleRule::of(ground.case_type, form.as_ref()));
        self.check_spouses(ground.case_type, &mut findings);
        if let Some(form) = &form {
            form.check(&facts, &mut findings);
            if stage.is_judged_whole() {
                form.check_new(&facts, &mut findings);
                ages::require_known(self, form, facts.today, &mut findings);
            }
        }
        if stage.is_registered() {
            // What of it a correction changes is judged by what the register knows of whom it means (`ages`).
            findings.0.retain(|finding| finding.code != "too_young");
        }
        Ok(Found { findings, form, frame, circumstances })
    }

    /// Judges the shape of a draft only: what is there must fit, what is missing may come.
    pub fn sketch(&self, ground: &Ground<'_>, by: &By) -> Result<Judged> {
        let mut findings = Findings::default();
        let form = findings.taking(CaseFields::sketch(ground.case_type.rules.form, &self.fields))?.flatten();
        let (channel, proxy) = self.check_frame((ground, form.as_ref()), by, &mut findings);
        if self.event_on.is_some_and(|day| !is_plausible(day)) {
            let (_, words) = coded("year");
            findings.add("/event_on", "range", "", &words.zh, &words.en);
        }
        Names::of(self).pointed(findings).into_result()?;
        let circumstances = self.circumstances_on(ground, form.as_ref());
        Ok(self.judged(ground, (channel, proxy), (self.fields.clone(), form), circumstances))
    }

    fn judged(
        &self,
        ground: &Ground<'_>,
        (channel, proxy): (Channel, Option<ProxyLetter>),
        (fields, form): (Value, Option<CaseFields>),
        circumstances: Vec<String>,
    ) -> Judged {
        let rules = &ground.case_type.rules;
        let legal = form.as_ref().and_then(|form| legal(ground.case_type, ground.calendar, form, self.event_on));
        let count = |member: &str| fields[member].as_i64().and_then(|n| i32::try_from(n).ok()).filter(|n| *n > 0).unwrap_or(1);
        let fee_twd = rules.fee_twd.map(|one| fee(&self.type_code, Some(one), count("copies"), count("sheets")));
        Judged {
            case_type: Arc::clone(ground.case_type),
            channel,
            late: legal.as_ref().is_some_and(|legal| ground.received_at > legal.due_at),
            legal,
            fee_twd,
            missing: missing(rules.papers_for(&circumstances, self.brought_by()), &self.papers),
            circumstances,
            proxy,
            fields,
            form,
            asked: Vec::new(),
        }
    }

    /// What must fit in a draft as well: channel and place, papers, proxy.
    fn check_frame(
        &self,
        (ground, form): (&Ground<'_>, Option<&CaseFields>),
        by: &By,
        findings: &mut Findings,
    ) -> (Channel, Option<ProxyLetter>) {
        let channel = self.check_channel(ground, by, findings);
        self.check_place(ground.case_type, form, findings);
        if let Some(form) = form.filter(|_| ground.stage.is_judged_whole()) {
            jurisdiction::check(form, findings);
        }
        self.check_papers(ground.case_type, findings);
        (channel, self.check_proxy(ground, findings))
    }

    fn check_channel(&self, ground: &Ground<'_>, by: &By, findings: &mut Findings) -> Channel {
        let usual = if by.reach == Reach::Own { Channel::Online } else { Channel::Counter };
        let channel = self.channel.unwrap_or(usual);
        let listed = channel == Channel::Online && ground.listed_online.contains(&self.type_code);
        if !listed && !ground.case_type.rules.channels.contains(&channel) {
            let (pointer, text) = ground.case_type.rules.channel_flaw(channel, self.channel.is_some(), "/type_code");
            findings.add(pointer, "not_allowed", "戶籍法 §27", &text.zh, &text.en);
        }
        if by.reach == Reach::Own && channel != Channel::Online {
            findings.add("/channel", "not_allowed", "", "民眾自行申請為 ONLINE", "citizens apply ONLINE");
        }
        channel
    }

    fn check_papers(&self, case_type: &CaseType, findings: &mut Findings) {
        let known: Vec<&str> = case_type.rules.papers.iter().map(|p| p.document.as_str()).collect();
        for (index, paper) in self.papers.iter().enumerate() {
            if !known.contains(&paper.as_str()) {
                let pointer = format!("/papers/{index}");
                findings.add(&pointer, "unknown", "", "不在應備文件清單", "it is not on the checklist");
            }
        }
        let circumstances = case_type.rules.circumstances();
        for (index, one) in self.circumstances.iter().enumerate() {
            // Those that the register makes stand in a case as it is kept, and are found anew.
            if !circumstances.contains(&one.as_str()) && !is_from_the_register(one) {
                let list = circumstances.join(", ");
                let (zh, en) = (format!("應為 {list}"), format!("one of {list}"));
                findings.add(&format!("/circumstances/{index}"), "unknown", "", &zh, &en);
            }
        }
    }

    fn check_proxy(&self, ground: &Ground<'_>, findings: &mut Findings) -> Option<ProxyLetter> {
        let (proxy, rules, today) = (self.proxy.as_ref()?, &ground.case_type.rules, ground.received_at.date());
        if rules.proxy == ProxyRule::Never {
            findings.add("/proxy", "not_allowed", &rules.law, "不得委託他人", "no proxy may apply");
        } else if self.applicant.relation == Relation::Proxy {
            let text = ("申請人即為代理人，不得再委託他人", "the applicant is the proxy already");
            findings.add("/proxy", "not_allowed", "民法 §537", text.0, text.1);
        }
        if proxy.national_id == self.applicant.national_id {
            let text = ("代理人不得為申請人本人", "the applicant is no proxy");
            findings.add("/proxy/national_id", "same_person", "戶籍法 §47", text.0, text.1);
        }
        if self.is_deceased(&proxy.national_id) {
            let text = ("死亡者本人不得為代理人", "the deceased is no proxy");
            findings.add("/proxy/national_id", "same_person", "戶籍法 §36", text.0, text.1);
        }
        if self.is_on_both_sides(&proxy.national_id) {
            let text = ("代理人不得兼為他造當事人之代理", "nobody who is the other party stands for the applicant as well");
            findings.add("/proxy/national_id", "same_person", "民法 §106", text.0, text.1);
        }
        if let Some((code, text)) = letter_flaw(proxy.dated_on, today, ground.letter_days) {
            findings.add("/proxy/dated_on", code, "", &text.zh, &text.en);
        }
        Some(ProxyLetter {
            reason: proxy.reason.as_str().to_owned(),
            dated_on: proxy.dated_on,
            needs_approval: rules.proxy == ProxyRule::WithApproval,
            approved_by: None,
            approved_at: None,
        })
    }

    fn check_event(&self, ground: &Ground<'_>, form: Option<&CaseFields>, findings: &mut Findings) {
        let by_form = form.and_then(|form| form.legal_period(self.event_on));
        let bound = ground.case_type.rules.period.is_some() || by_form.is_some();
        let needs_registration = form.is_some_and(|form| form.needs_registration(self.event_on));
        let received_on = ground.received_at.date();
        let last = if needs_registration { received_on.max(ground.acts_on) } else { received_on };
        match self.event_on {
            Some(day) if !is_plausible(day) || day > last => {
                findings.add("/event_on", "range", "", "事件日不得晚於今日", "the event lies after today");
            }
            None if bound => {
                findings.add("/event_on", "required", "戶籍法 §48", "須填事件發生或確定日", "the period of law runs from it");
            }
            _ => {}
        }
    }

    fn check_births(&self, ground: &Ground<'_>, findings: &mut Findings) {
        for (index, party) in self.parties.iter().enumerate() {
            if party.birth_on.is_some_and(|born| born.earliest() > ground.received_at.date()) {
                let text = ("出生日期不得晚於今日", "the birth lies after today");
                findings.add(&format!("/parties/{index}/birth_on"), "range", "", text.0, text.1);
            }
        }
    }

    /// The circumstances that hold of it, by what the judgement rests on.
    fn circumstances_on(&self, ground: &Ground<'_>, form: Option<&CaseFields>) -> Vec<String> {
        let told = (ground.family.clone(), ground.seen.as_slice());
        self.circumstances_with(&ground.case_type.rules, form, told, ground.received_at.date())
    }

    /// The circumstances that were named, and those that the people, the fields and what the register tells make.
    pub(super) fn circumstances_with(
        &self,
        rules: &CaseRules,
        form: Option<&CaseFields>,
        (family, seen): (Vec<&'static str>, &[&'static str]),
        today: NaiveDate,
    ) -> Vec<String> {
        let parties = self.parties.iter();
        let parties = parties.map(|party| Seen { role: party.role, number: &party.national_id, birth_on: party.birth_on });
        let parties = parties.collect();
        let type_code = self.type_code.as_str();
        let sights = Sights { type_code, parties, form, family, asking: self.asking(), event_on: self.event_on, today };
        let named: Vec<String> = self.circumstances.iter().filter(|one| !is_from_the_register(one)).cloned().collect();
        let mut all = sights.with(&named, rules);
        all.extend(self.seen_with((seen, rules), today).into_iter().map(str::to_owned));
        all
    }

    /// Refuses what nobody may hold in their own name: citizens apply for themselves or their principals.
    pub fn require_own(&self, own: bool) -> Result<()> {
        let text = Text::new("僅得為本人或委託人申請", "apply for yourself or for your principal");
        let pointer = || self.applicant.national_id.pointer("/applicant");
        if own { Ok(()) } else { Err(Error::field(pointer(), "no_letter_of_proxy", text)) }
    }
}

impl PartyInput {
    fn facts(&self) -> PartyFacts {
        let (name, number) = (self.name.as_str().to_owned(), self.national_id.clone());
        PartyFacts { role: self.role, name, number, birth_on: self.birth_on }
    }
}

/// The applicant's period of law, from the day of the event.
pub fn legal(
    case_type: &CaseType,
    calendar: &OfficeCalendar,
    form: &CaseFields,
    event_on: Option<NaiveDate>,
) -> Option<Deadline> {
    let day = event_on.filter(|day| is_plausible(*day))?;
    let period = form.legal_period(Some(day)).or_else(|| case_type.rules.legal_period())?;
    Some(Deadline::compute(calendar, day, period, &[]))
}

/// What is wrong with the day of a letter of proxy, which may be so many days old.
pub fn letter_flaw(dated_on: NaiveDate, today: NaiveDate, days: i64) -> Option<(&'static str, Text)> {
    if !is_plausible(dated_on) || dated_on > today {
        return Some(("range", Text::new("委託書日期不得晚於今日", "the letter lies after today")));
    }
    let text = || Text::new(format!("委託書逾 {days} 日"), format!("the letter is older than {}", counted(days, "day")));
    ((today - dated_on).num_days() > days).then(|| ("too_old", text()))
}
