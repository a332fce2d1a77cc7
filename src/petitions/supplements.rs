//! A supplement that is asked for, while which the clock stands still, and what comes, by whichever channel.

use actix_web::post;
use actix_web::web::Data;
use chrono::{Days, NaiveDate};
use serde::Deserialize;
use utoipa::ToSchema;

use super::acting::{Open, change, conflict};
use super::attachments::{self, AttachmentPart};
use super::model::{PetitionAct, PetitionStatus, ToldBy};
use super::policy::{RequestPetitionSupplement, SupplementPetition};
use super::steps::Supplement;
use super::view::PetitionView;
use super::{group, telling};
use crate::auth::{By, May};
use crate::calendar::Deadline;
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::Tx;
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::scheduling::Plans;
use crate::uploads::AttachmentInput;

/// Days within which a supplement is due at most.
const LONGEST: u64 = 30;

/// What is missing.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"what": "請敘明事件發生之時間、地點", "due_on": "2026-12-04"}))]
pub struct SupplementRequest {
    /// As the petitioner is told it.
    #[schema(min_length = 1, max_length = 2000)]
    what: String,
    /// Its last day, after today and within 30 days. On one on which nothing can be handed in it ends on the next working day, on a
    /// Saturday on Monday noon (行政程序法 §48 IV), and it follows the office's days. After it, the clock runs whether it has come or not.
    due_on: NaiveDate,
}

/// Asks the petitioner for a supplement.
///
/// The clock stands still from the day after (a setting, kept with the petition) to the day on which it comes by any channel, or to
/// its own last day; then the rest runs, and the office answers on what it has. A limit that has passed is not made whole by it. Once
/// in a period by whoever is in charge; again by a supervisor, who is not whoever has asked before. Where a change of the office's
/// days moves its last day, the petitioner is told.
#[utoipa::path(tag = "Petitions", operation_id = "request_petition_supplement", params(IdInPath, IfMatchHeader), request_body = SupplementRequest, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: the limit has passed; `same_person`: whoever asked before does not ask again in the same period."),
))]
#[post("/v1/petitions/{id}:request-supplement")]
pub async fn request_petition_supplement(
    may: May<RequestPetitionSupplement>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<SupplementRequest>,
) -> Result<Reply> {
    change(
        may,
        node,
        id.0,
        if_match,
        |_| PetitionAct::RequestSupplement,
        move |tx, node, by, open| {
            let today = by.now.date();
            if input.due_on <= today || input.due_on > today + Days::new(LONGEST) {
                let text = Text::new("須晚於今日且在 30 日內", "after today and within 30 days");
                return Err(Error::field("/due_on", "range", text));
            }
            if open.row.due_at.is_some_and(|due| due < by.now) {
                return Err(conflict(
                    "期限已過，不得以補充停止計算",
                    "the limit has passed, and a supplement does not make it whole",
                ));
            }
            let plan = node.part::<Plans>().at(tx)?;
            let (due_on, due_at) = Deadline::of_day(&plan.calendar, input.due_on);
            let mut asked = Supplement {
                asked_at: by.now,
                asked_by: by.caller.name(),
                what: input.what.clone(),
                set_on: Some(input.due_on),
                due_on,
                due_at: Some(due_at),
                told_by: ToldBy::Tracking,
                came_at: None,
                text: None,
                attachments: Vec::new(),
                from_id: None,
                split_into: None,
            };
            let words = telling::supplement(open.row.language, &open.row.number, &asked);
            asked.told_by = telling::tell(tx, node, open, &words, by.now)?;
            open.handling.supplements.push(asked);
            if let Some(period) = open.handling.periods.last_mut() {
                period.stops.push((today, due_on));
            }
            open.row.supplement_until = Some(due_at);
            Ok(String::new())
        },
    )
    .await
}

/// What came.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "事件發生於 11 月 20 日上午，於一樓服務臺。"}))]
pub struct SupplementInput {
    #[schema(min_length = 1, max_length = 10000)]
    text: String,
    /// Uploads of the kind `PETITION` that came with it.
    #[serde(default)]
    #[schema(max_items = 10)]
    attachments: Vec<AttachmentInput>,
}

/// Notes a supplement that came.
///
/// By whichever channel, asked for or not, in whichever state before its answer; one that was awaited lets the clock run on. What comes
/// to the number of a merged petition stands in the one with which it is answered, too.
#[utoipa::path(tag = "Petitions", operation_id = "supplement_petition", params(IdInPath, IfMatchHeader), request_body = SupplementInput, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/petitions/{id}:supplement")]
pub async fn supplement_petition(
    may: May<SupplementPetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<SupplementInput>,
) -> Result<Reply> {
    let choose = |open: &Open| match open.row.status {
        PetitionStatus::Merged => PetitionAct::PassOn,
        _ => PetitionAct::Supplement,
    };
    change(may, node, id.0, if_match, choose, move |tx, node, by, open| {
        let attachments = attachments::add(tx, node, by, &open.row, AttachmentPart::Supplement, &input.attachments)?;
        let letter = Supplement { attachments, ..come(by.now, &input.text) };
        if let Some(awaited) = open.handling.awaited() {
            (awaited.came_at, awaited.text, awaited.attachments) =
                (letter.came_at, letter.text.clone(), letter.attachments.clone());
            open.handling.go_on(by.now.date());
        } else {
            open.handling.supplements.push(letter.clone());
        }
        open.row.supplement_until = None;
        pass_on(tx, node, by, open, letter)?;
        Ok(String::new())
    })
    .await
}

/// What came without being asked for.
fn come(now: Moment, text: &str) -> Supplement {
    Supplement {
        asked_at: now,
        asked_by: String::new(),
        what: String::new(),
        set_on: None,
        due_on: now.date(),
        due_at: None,
        told_by: ToldBy::Tracking,
        came_at: Some(now),
        text: Some(text.to_owned()),
        attachments: Vec::new(),
        from_id: None,
        split_into: None,
    }
}

/// Lets what came to a merged petition stand in the one with which it is answered.
fn pass_on(tx: &mut Tx, node: &Node, by: &By, open: &mut Open, letter: Supplement) -> Result<()> {
    let Some(main) = open.row.merged_into else { return Ok(()) };
    if let Some(merge) = open.handling.merge.as_mut().filter(|merge| merge.before == PetitionStatus::AwaitingSupplement) {
        merge.before = PetitionStatus::Assigned;
    }
    let letter = Supplement { from_id: Some(open.row.id), ..letter };
    group::write_to(tx, node, by, main, (PetitionAct::TakeLetter, ""), |_, main| {
        main.handling.take_letter(letter);
        Ok(())
    })
    .map(drop)
}
