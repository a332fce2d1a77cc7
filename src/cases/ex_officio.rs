//! What the office enters without an application 逕為登記 (戶籍法 §48-1, §48-2): of which types, after which demand, and that a
//! supervisor looks at it.

use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::case::Case;
use super::fields::{CaseFields, Findings};
use super::input::CaseInput;
use super::intake::{self, Ground};
use super::types::model::{ExOfficio, Relation};
use crate::auth::{By, Reach};
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Problem, Result};
use crate::http::is_plausible;
use crate::node::Node;
use crate::people::{Identifier, Label, Note};
use crate::schema::case_ex_officio;

/// At least so many days to follow a demand (戶籍法施行細則 §19).
const DEMANDED_DAYS: u64 = 7;

/// A written demand to apply 催告, which nobody has followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "彰和戶字第1150000456號", "dated_on": "2026-11-02", "until_on": "2026-11-10"}))]
pub struct WrittenDemand {
    /// Number of the letter.
    pub number: Label,
    /// Its day, after the period of law.
    pub dated_on: NaiveDate,
    /// The last day to apply, 7 days later at least; it has passed when the office enters the case.
    pub until_on: NaiveDate,
}

/// Why the office enters a case by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "reason": "逾期未申請，經催告仍不申請", "demand": {"number": "彰和戶字第1150000456號", "dated_on": "2026-11-02", "until_on": "2026-11-10"}
}))]
pub struct ExOfficioGround {
    pub reason: Note,
    /// Of a type that the office enters at once (`WITHOUT_REMINDER`) there need be none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demand: Option<WrittenDemand>,
}

impl CaseInput {
    /// Refuses what the office may not enter by itself, or not yet.
    pub(super) fn check_ex_officio(&self, ground: &Ground<'_>, by: &By, form: Option<&CaseFields>, findings: &mut Findings) {
        if self.applicant.relation != Relation::ExOfficio {
            let text = ("僅 relation 為 EX_OFFICIO 者填寫", "it belongs to a case whose applicant's relation is EX_OFFICIO");
            findings.unless(self.ex_officio.is_none(), "/ex_officio", "not_allowed", "", text.0, text.1);
            return;
        }
        if by.reach == Reach::Own {
            let text = ("逕為登記由戶政事務所為之", "the office alone enters a case ex officio");
            findings.add("/applicant/relation", "not_allowed", "戶籍法 §48-2", text.0, text.1);
        }
        let Some(kind) = ground.case_type.rules.ex_officio else { return };
        let text = ("逕為登記無代理人", "nobody applies by proxy for the office");
        findings.unless(self.proxy.is_none(), "/proxy", "not_allowed", "戶籍法 §48-2", text.0, text.1);
        let is_agency = matches!(self.applicant.national_id, Identifier::Agency(_));
        let text =
            ("逕為登記之申請人為機關（identified_by 之 AGENCY）", "the applicant is the office, an AGENCY in identified_by");
        findings.unless(is_agency, "/applicant/national_id", "not_allowed", "戶籍法 §48-2", text.0, text.1);
        let law = if kind == ExOfficio::WithoutReminder { "戶籍法 §48-1" } else { "戶籍法 §48-2" };
        let demand = match &self.ex_officio {
            None => {
                let text = ("須敘明逕為登記之原因", "say why the office enters it by itself");
                return findings.add("/ex_officio", "required", law, text.0, text.1);
            }
            Some(why) => why.demand.as_ref(),
        };
        let is_ruled = |form: &CaseFields| !matches!(form, CaseFields::Common(common) if !common.is_ruled());
        if kind == ExOfficio::CourtOnly && !form.is_none_or(is_ruled) {
            let text = ("須經法院裁判確定、調解或和解成立", "it rests on a final ruling, a mediation or a settlement: name it");
            findings.add("/fields/ground", "required", "戶籍法 §48-2 ⑨", text.0, text.1);
        }
        match demand {
            None if kind != ExOfficio::WithoutReminder => {
                let text = ("須先以書面催告", "a written demand that nobody followed comes first");
                findings.add("/ex_officio/demand", "required", law, text.0, text.1);
            }
            Some(demand) if !ground.stage.is_registered() => self.check_demand(ground, form, demand, findings),
            _ => {}
        }
    }

    /// A demand comes after the period of law, leaves seven days, and has run out.
    fn check_demand(&self, ground: &Ground<'_>, form: Option<&CaseFields>, demand: &WrittenDemand, findings: &mut Findings) {
        let today = ground.received_at.date();
        let legal = form.and_then(|form| intake::legal(ground.case_type, ground.calendar, form, self.event_on));
        let after_period = legal.is_none_or(|legal| demand.dated_on > legal.due_on);
        let is_dated = is_plausible(demand.dated_on) && demand.dated_on <= today && after_period;
        let text =
            ("催告日應在法定期間屆滿後、今日以前", "the demand is of a day after the period of law and no later than today");
        findings.unless(is_dated, "/ex_officio/demand/dated_on", "range", "戶籍法 §48", text.0, text.1);
        let least = demand.dated_on.checked_add_days(Days::new(DEMANDED_DAYS));
        let leaves_time = least.is_some_and(|least| demand.until_on >= least);
        let text = ("催告期間不得少於 7 日", "a demand leaves seven days at least");
        findings.unless(leaves_time, "/ex_officio/demand/until_on", "range", "戶籍法施行細則 §19", text.0, text.1);
        if leaves_time && demand.until_on >= today {
            let text = ("催告期間尚未屆滿", "there is still time to follow the demand");
            findings.add("/ex_officio/demand/until_on", "range", "戶籍法 §48-2", text.0, text.1);
        }
    }
}

fn identity(case: Id) -> String {
    format!("case_ex_officio/{case}/body")
}

/// Keeps why the office enters a case, in place of what was kept before.
pub fn keep(tx: &mut Tx, node: &Node, case: Id, ground: Option<&ExOfficioGround>) -> Result<()> {
    diesel::delete(case_ex_officio::table.find(case)).execute(&mut **tx)?;
    let Some(ground) = ground else { return Ok(()) };
    let body = node.vault.seal_json(&identity(case), ground)?;
    let row = (case_ex_officio::case_id.eq(case), case_ex_officio::body.eq(&body));
    diesel::insert_into(case_ex_officio::table).values(row).execute(&mut **tx)?;
    Ok(())
}

/// Why the office enters a case, where it does.
pub fn of(conn: &mut Conn, node: &Node, case: &Case) -> Result<Option<ExOfficioGround>> {
    if case.relation != Relation::ExOfficio {
        return Ok(None);
    }
    let kept = case_ex_officio::table.find(case.id).select(case_ex_officio::body);
    let body: Option<String> = kept.first(conn).optional()?;
    body.map(|body| node.vault.open_json(&identity(case.id), body)).transpose()
}

/// Lets only a supervisor register what the office enters by itself.
pub fn require_supervisor(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<()> {
    if by.caller.supervises() || of(conn, node, case)?.is_none() {
        return Ok(());
    }
    let (zh, en) = (
        "逕為登記須由股長或主任核對後登記（戶籍法 §48-2）",
        "what the office enters ex officio is registered by a section chief or the director (戶籍法 §48-2)",
    );
    Err(Problem::new(Code::FORBIDDEN).detail(zh, en).into())
}
