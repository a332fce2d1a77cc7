//! The check of an application, with nothing kept.

use actix_web::post;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::counter;
use super::duplicates::{Likeness, PossibleDuplicate};
use super::fields::PartyRole;
use super::hints::{self, RegisterHint};
use super::input::CaseInput;
use super::intake::Judged;
use super::named::Names;
use super::policy::{CheckCase, CreateCase};
use super::register;
use super::types::checklist::PaperRule;
use super::types::model::ProxyRule;
use crate::auth::policy::Action;
use crate::auth::protection::is_closed_to;
use crate::auth::{By, May, Reach};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::http::{Reply, Valid};
use crate::node::Node;
use crate::people;
use crate::people::differences::IdentityDifference;

/// What a check tells, with nothing saved.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "type_code": "BIRTH", "type_version": 1, "late": false, "legal_due_on": "2027-01-11", "fee_twd": null,
    "proxy": "ALLOWED", "proxy_needs_approval": false, "strong_log_in": false, "circumstances": [], "missing_papers": [], "variant_names": [],
    "identity_differences": [], "register_hints": [], "possible_duplicates": []
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
    /// Online it is applied for by a log-in of a certain strength only (戶籍法 §28): `stronger_login_required` otherwise.
    pub strong_log_in: bool,
    /// Circumstances of the checklist that hold: those that were named, and those that the office sees for itself, such as a
    /// party who is known by a foreign paper.
    #[schema(max_items = 60)]
    pub circumstances: Vec<String>,
    /// Everything on the checklist that is not there.
    #[schema(max_items = 60)]
    pub missing_papers: Vec<PaperRule>,
    /// Where a name is written with variants of the register's characters (黃, 黄), by pointer: the register's form is what
    /// is printed. Told to staff only.
    #[schema(max_items = 32)]
    pub variant_names: Vec<String>,
    /// Where it names people otherwise than the office has seen or registered them, as the case would show it; told to staff only.
    #[schema(max_items = 70)]
    pub identity_differences: Vec<IdentityDifference>,
    /// What the register does not know and a clerk should look at once more; told to staff only.
    #[schema(max_items = 10)]
    pub register_hints: Vec<RegisterHint>,
    /// Cases that may be the same; told to staff only.
    #[schema(max_items = 20)]
    pub possible_duplicates: Vec<PossibleDuplicate>,
}

/// What staff are told of the people of an application, and nobody else.
#[derive(Default)]
struct ToldToStaff {
    variant_names: Vec<String>,
    identity_differences: Vec<IdentityDifference>,
    register_hints: Vec<RegisterHint>,
}

impl CaseCheck {
    fn of(judged: Judged, told: ToldToStaff, possible_duplicates: Vec<PossibleDuplicate>, strong_log_in: bool) -> Self {
        Self {
            strong_log_in,
            register_hints: told.register_hints,
            identity_differences: told.identity_differences,
            type_code: judged.case_type.code.clone(),
            type_version: judged.case_type.version,
            late: judged.late,
            legal_due_on: judged.legal.map(|legal| legal.due_on),
            fee_twd: judged.fee_twd,
            proxy: judged.case_type.rules.proxy,
            proxy_needs_approval: judged.proxy.is_some_and(|proxy| proxy.needs_approval),
            circumstances: judged.circumstances,
            missing_papers: judged.missing,
            variant_names: told.variant_names,
            possible_duplicates,
        }
    }
}

/// Checks an application without keeping anything.
///
/// The same rules as the intake by the same caller: broken ones are refused by name (422), and what follows is
/// told: the version of the type, lateness, proxy, fee and missing papers; to staff also what may be the same case, and
/// whom it names otherwise than the office knows them. With `draft` it is judged as a draft, by its shape only: members of `fields`
/// may be missing.
/// Without a log-in the register is not asked, and the counter is the usual channel.
#[utoipa::path(tag = "Cases", operation_id = "check_case", request_body = CaseInput, responses(
    (status = 200, description = "It breaks no rule.", body = CaseCheck),
    (status = 409, description = "To staff only: `ambiguous_person` with `candidates`: several people have that number and are called so; `own_request`: it is about whoever would take it; `protected`: the applicant or the proxy is barred from the data of whom they act for, or whose entry they ask for (家庭暴力防治法 §14, §58-2; 跟蹤騷擾防制法 §12); `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/cases:check")]
pub async fn check_case(may: May<CheckCase>, node: Data<Node>, Valid(input): Valid<CaseInput>) -> Result<Reply> {
    may.read(move |conn, by| {
        let by = By { reach: CreateCase::LINE.reach(by.caller.roles()).unwrap_or(Reach::Any), ..by.clone() };
        let examined = counter::examine(conn, &node, &by, input)?;
        let duplicates = duplicates(conn, &node, &by, &examined)?;
        let told = if by.reach == Reach::Office { told(conn, &node, &by, &examined)? } else { ToldToStaff::default() };
        let strong_log_in = register::asks_strong_log_in(&node, &examined.judged.case_type);
        Reply::ok(&CaseCheck::of(examined.judged, told, duplicates, strong_log_in))
    })
    .await
}

fn told(conn: &mut Conn, node: &Node, by: &By, examined: &counter::Examined) -> Result<ToldToStaff> {
    let (input, known, people) = (&examined.input, &examined.known, examined.people());
    // Whoever is barred from the data of one of them is shown no more of it than by the case.
    let identity_differences = if is_closed_to(conn, by, &people)? {
        Vec::new()
    } else {
        let placed = known.placed(input);
        let records = people::store::records(conn, &node.vault, &people)?;
        let said = (input.type_code.as_str(), examined.judged.form.as_ref());
        known.meant(input, &placed).differences(conn, said, &Names::of(input), &records)?
    };
    Ok(ToldToStaff {
        variant_names: known.variant_names(input),
        identity_differences,
        register_hints: hints::of_new(conn, node, examined, by.now)?,
    })
}

fn duplicates(conn: &mut Conn, node: &Node, by: &By, examined: &counter::Examined) -> Result<Vec<PossibleDuplicate>> {
    if by.reach != Reach::Office {
        return Ok(Vec::new());
    }
    let input = &examined.input;
    let principals = input.parties.iter().filter(|party| PartyRole::is_principal(party.role));
    let people: Vec<Id> = principals.filter_map(|party| examined.known.id(&party.national_id)).collect();
    let likeness = Likeness::of((&input.type_code, input.event_on), by.now, None, &examined.judged);
    likeness.matches(conn, node, by, &people)
}
