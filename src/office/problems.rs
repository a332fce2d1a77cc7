//! What the problems mean: every code, in Chinese and English, with what to do and what it carries.

use actix_web::get;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Bilingual;
use super::policy::{GetProblem, ListProblems};
use crate::auth::May;
use crate::bounded_list;
use crate::domain::Domains;
use crate::error::{Code, ProblemDocument, Result, Text};
use crate::http::{BoundedListing, PathText, Reply, Stretch};

/// What a problem's code means and what to do.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "code": "possible_duplicate", "type": "/problems/possible-duplicate", "status": 409,
    "title": {"zh": "可能為重複案件", "en": "This may be the same case as another"},
    "remedy": {
        "zh": "matches 列出相近案件；確認非重複者請帶 confirm_not_duplicate 重送。",
        "en": "`matches` lists the cases; send `confirm_not_duplicate` when it is another matter."
    },
    "members": [{"name": "matches", "always": true, "meaning": {"zh": "相近的案件", "en": "The cases that this may be."}}],
    "document": {
        "type": "/problems/possible-duplicate", "title": "可能為重複案件", "status": 409, "code": "possible_duplicate",
        "detail": "可能為重複案件", "errors": [], "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "matches": []
    }
}))]
pub struct ProblemMeaning {
    #[schema(value_type = Code)]
    code: &'static str,
    /// The `type` of its documents, which leads here.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", max_length = 80)]
    kind: String,
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened.
    title: Bilingual,
    /// What the caller can do about it.
    remedy: Bilingual,
    /// What its documents carry beside the common members.
    #[schema(max_items = 20)]
    members: Vec<ProblemMember>,
    /// A document of this code.
    #[schema(value_type = Problem)]
    document: Value,
}

/// A further member of a problem document.
#[derive(Serialize, ToSchema)]
pub struct ProblemMember {
    #[schema(max_length = 40)]
    name: &'static str,
    /// Whether every document of the code has it.
    always: bool,
    meaning: Bilingual,
}

/// Every problem of the application, by code.
pub struct Problems(Vec<Code>);

impl Problems {
    pub fn of(domains: Domains) -> Self {
        let mut all = domains.problems();
        all.sort_by_key(|code| code.as_str());
        Self(all)
    }
}

/// Stands for the choice among all problem documents, which the contract makes.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its name is used")]
struct Problem {}

fn both(text: &Text) -> Bilingual {
    Bilingual::new(&text.zh, &text.en)
}

impl From<Code> for ProblemMeaning {
    fn from(code: Code) -> Self {
        let members = code.members().iter().map(|carried| ProblemMember {
            name: carried.member.name,
            always: carried.always,
            meaning: both(&carried.member.meaning()),
        });
        Self {
            code: code.as_str(),
            kind: code.address(),
            status: code.status().as_u16(),
            title: both(&code.title()),
            remedy: both(&code.remedy()),
            members: members.collect(),
            document: ProblemDocument::example(code),
        }
    }
}

bounded_list! {
    /// Every problem.
    pub struct ProblemList of ProblemMeaning, at most 500
}

/// Lists every problem.
///
/// By code: what it means, its status, what to do, and the members that its documents carry.
#[utoipa::path(tag = "Office", operation_id = "list_problems", params(BoundedListing), responses((status = 200, description = "Every problem, by code.", body = ProblemList)))]
#[get("/problems")]
pub async fn list_problems(may: May<ListProblems>, stretch: Stretch) -> Result<Reply> {
    let all = may.node().part::<Problems>().0.iter().map(|code| ProblemMeaning::from(*code)).collect();
    let page = stretch.page(all, |meaning: &ProblemMeaning| meaning.code.to_owned());
    Ok(Reply::ok(&ProblemList::from(page))?.public())
}

/// Explains a problem's code.
///
/// The `type` of every problem document leads here.
#[utoipa::path(tag = "Office", operation_id = "get_problem", params(
    ("code" = String, Path, description = "The problem's code, with hyphens or underscores.", min_length = 1, max_length = 60, example = "slot-taken"),
), responses((status = 200, description = "What it means and what to do.", body = ProblemMeaning)))]
#[get("/problems/{code}")]
pub async fn get_problem(may: May<GetProblem>, code: PathText<String>) -> Result<Reply> {
    let name = code.0.replace('-', "_");
    let all = &may.node().part::<Problems>().0;
    let place = all.binary_search_by_key(&name.as_str(), |code| code.as_str()).map_err(|_| Code::NOT_FOUND)?;
    Ok(Reply::ok(&ProblemMeaning::from(all[place]))?.public())
}
