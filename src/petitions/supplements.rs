//! A supplement that is asked for, while which the clock stands still once the request has reached the petitioner, and what comes, by
//! whichever channel; each put right where it was a mistake.

use actix_web::post;
use actix_web::web::Data;
use chrono::{Days, NaiveDate};
use serde::Deserialize;
use utoipa::ToSchema;

use super::acting::{Open, change, conflict};
use super::attachments::{self, AttachmentPart};
use super::correcting::require_anothers_word;
use super::model::{PetitionAct, PetitionNoticeKind, PetitionStatus};
use super::policy::{CorrectPetitionSupplementRequest, RequestPetitionSupplement, StrikePetitionSupplement, SupplementPetition};
use super::steps::{Supplement, SupplementCorrection, Undone};
use super::tellings::{ToldAbout, What};
use super::timers::locked;
use super::view::PetitionView;
use super::{group, told};
use crate::auth::{By, May};
use crate::calendar::Deadline;
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::Note;
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
/// The clock stands still (a setting, kept with the petition) from the day after that on which the request has reached the petitioner, a
/// mail that the relay has taken, a letter that was handed over or has had the days that a letter takes, a call: as long as it has not,
/// and where it comes back, the limit runs. It stands still to the day on which the supplement comes by any channel, or to its own last
/// day; then the rest runs, and the office answers on what it has. A limit that has passed is not made whole by it. Once
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
            require_due_day(input.due_on, by.now.date(), by.now.date())?;
            let plan = node.part::<Plans>().at(tx)?;
            let (due_on, due_at) = Deadline::of_day(&plan.calendar, input.due_on);
            open.handling.supplements.push(Supplement {
                asked_by: by.caller.name(),
                what: input.what.clone(),
                what_by: by.caller.name(),
                what_at: Some(by.now),
                set_on: Some(input.due_on),
                due_on,
                due_at: Some(due_at),
                period: open.handling.periods.len(),
                came_at: None,
                ..Supplement::letter(by.now, None, Vec::new())
            });
            let place = open.handling.supplements.len();
            told::tell(tx, node, open, (ToldAbout::Supplement, place), by.now)?;
            open.row.supplement_until = open.handling.open_until();
            Ok(String::new())
        },
    )
    .await
}

/// Refuses a last day on which nothing can be expected, or that is too far from the day on which a supplement was asked for.
fn require_due_day(due_on: NaiveDate, asked_on: NaiveDate, today: NaiveDate) -> Result<()> {
    if due_on <= today || due_on > asked_on + Days::new(LONGEST) {
        let text = Text::new("須晚於今日且在請求補充之日起 30 日內", "after today, and within 30 days from when it is asked for");
        return Err(Error::field("/due_on", "range", text));
    }
    Ok(())
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
        let letter = Supplement::letter(by.now, Some(input.text.clone()), attachments);
        let letter = Supplement { noted_by: by.caller.name(), ..letter };
        open.handling.take_in(&letter);
        open.row.supplement_until = None;
        pass_on(tx, node, by, open, letter)?;
        Ok(String::new())
    })
    .await
}

/// Lets what came to a merged petition stand in the one with which it is answered.
fn pass_on(tx: &mut Tx, node: &Node, by: &By, open: &mut Open, letter: Supplement) -> Result<()> {
    let Some(main) = open.row.merged_into else { return Ok(()) };
    if let Some(merge) = open.handling.merge.as_mut().filter(|merge| merge.before == PetitionStatus::AwaitingSupplement) {
        merge.before = PetitionStatus::Assigned;
    }
    let letter = Supplement { from_id: Some(open.row.id), ..letter };
    group::write_to(tx, node, by, main, (PetitionAct::TakeLetter, ""), |_, main| {
        main.handling.supplements.push(letter);
        Ok(())
    })
    .map(drop)
}

/// What is put right in a request for a supplement, or that nothing is asked for after all.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"what": "請敘明事件發生之時間、地點及在場人", "reason": "前次漏列在場人"}))]
pub struct SupplementRequestCorrection {
    /// What is missing, in the place of what was said.
    #[schema(min_length = 1, max_length = 2000)]
    what: Option<String>,
    /// Its last day, in the place of the one that was set: after today, and within 30 days from when it was asked for.
    due_on: Option<NaiveDate>,
    /// Nothing is asked for after all.
    #[serde(default)]
    #[schema(default = false)]
    cancel: bool,
    reason: Note,
}

impl SupplementRequestCorrection {
    fn check(&self) -> Result<()> {
        let says_more = self.what.is_some() || self.due_on.is_some();
        if self.cancel && says_more {
            return Err(Error::field("/cancel", "not_both", Text::new("二者擇一填寫", "give one of the two")));
        }
        if !self.cancel && !says_more {
            return Err(Error::field(
                "/what",
                "required",
                Text::new("請填更正後之內容或期限", "say what is asked for, or until when"),
            ));
        }
        Ok(())
    }

    /// Puts a request right, and tells the petitioner what is asked for now: in the place of what they were told, where that has gone out.
    fn put(&self, tx: &mut Tx, node: &Node, by: &By, open: &mut Open, place: usize) -> Result<()> {
        let Some(asked) = open.handling.awaited().cloned() else { return Ok(()) };
        let mut set_on = asked.set_on.unwrap_or(asked.due_on);
        if let Some(due_on) = self.due_on {
            require_due_day(due_on, asked.asked_at.date(), by.now.date())?;
            set_on = due_on;
        }
        let plan = node.part::<Plans>().at(tx)?;
        let (due_on, due_at) = Deadline::of_day(&plan.calendar, set_on);
        let before = (asked.what.clone(), asked.what_by.clone(), asked.what_at);
        let (what, what_by, what_at) = self.what.clone().map_or(before, |what| (what, by.caller.name(), Some(by.now)));
        let Supplement { what: said, what_by: said_by, what_at: said_at, due_on: was_due, .. } = asked;
        let undone = undone(by, &self.reason);
        let correction = SupplementCorrection { what: said, what_by: said_by, what_at: said_at, due_on: was_due, undone };
        let due_before = open.row.due_at;
        open.handling.change_supplement(place, |asked| {
            asked.corrections.push(correction);
            (asked.what, asked.what_by, asked.what_at) = (what, what_by, what_at);
            (asked.set_on, asked.due_on, asked.due_at) = (Some(set_on), due_on, Some(due_at));
        });
        open.row.supplement_until = open.handling.open_until();
        require_not_later(tx, node, by, open, due_before)?;
        let request = open.handling.request(place);
        if told::take_back(tx, node, open, &request)?.is_empty() {
            return told::tell(tx, node, open, (ToldAbout::Supplement, place), by.now).map(drop);
        }
        told::notify(tx, node, open, PetitionNoticeKind::SupplementCorrected, by.now)
    }
}

fn undone(by: &By, reason: &Note) -> Undone {
    Undone { at: by.now, by: by.caller.name(), reason: reason.as_str().to_owned() }
}

/// Refuses a change by which the limit ends later to whoever is in charge, or does not supervise.
fn require_not_later(tx: &mut Tx, node: &Node, by: &By, open: &mut Open, before: Option<Moment>) -> Result<()> {
    open.recount(tx, node)?;
    if open.row.due_at > before { require_anothers_word(by, open) } else { Ok(()) }
}

/// Puts a request for a supplement right, or takes it back.
///
/// While it waits, with a reason: what was asked before stays readable. A request that has not gone out is stopped, and goes out as it is
/// now; whoever was told it is told right. Taken back, it has never stopped the clock. A correction by which the limit ends later is made
/// by a supervisor who is not in charge of it.
#[utoipa::path(tag = "Petitions", operation_id = "correct_petition_supplement_request", params(IdInPath, IfMatchHeader), request_body = SupplementRequestCorrection, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/petitions/{id}:correct-supplement-request")]
pub async fn correct_petition_supplement_request(
    may: May<CorrectPetitionSupplementRequest>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<SupplementRequestCorrection>,
) -> Result<Reply> {
    input.check()?;
    let cancel = input.cancel;
    let choose = move |_: &Open| if cancel { PetitionAct::CancelRequest } else { PetitionAct::CorrectRequest };
    change(may, node, id.0, if_match, choose, move |tx, node, by, open| {
        let Some(place) = open.handling.awaited_place() else { return Ok(input.reason.as_str().to_owned()) };
        if input.cancel {
            let places = open.handling.open_places(by.now.date());
            let request: Vec<What> = places.iter().flat_map(|place| open.handling.request(*place)).collect();
            for place in places {
                open.handling.change_supplement(place, |asked| asked.cancelled = Some(undone(by, &input.reason)));
            }
            open.row.supplement_until = None;
            told::undo(tx, node, open, (PetitionNoticeKind::SupplementCancelled, &request), by.now)?;
        } else {
            input.put(tx, node, by, open, place)?;
        }
        Ok(input.reason.as_str().to_owned())
    })
    .await
}

/// Which supplement was noted by mistake.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"supplement": 1, "reason": "誤登，係他案之補充"}))]
pub struct SupplementStriking {
    /// Its place among `supplements`, from 1.
    #[schema(minimum = 1)]
    supplement: usize,
    reason: Note,
}

/// Strikes a supplement that was noted by mistake.
///
/// Such as one of another petition: with a reason. It stays readable as struck, with what is attached to it, and counts for nothing; what was
/// asked for is awaited again, as long as its last day has not passed, and the petitioner is asked again where the request had not gone
/// out. Where the limit ends later by it, by a supervisor who is not in charge. What came to the number of a merged petition is struck
/// there, and so in the one with which it is answered.
#[utoipa::path(tag = "Petitions", operation_id = "strike_petition_supplement", params(IdInPath, IfMatchHeader), request_body = SupplementStriking, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: it was struck already, or a petition was made of it."),
))]
#[post("/v1/petitions/{id}:strike-supplement")]
pub async fn strike_petition_supplement(
    may: May<StrikePetitionSupplement>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<SupplementStriking>,
) -> Result<Reply> {
    change(
        may,
        node,
        id.0,
        if_match,
        |_| PetitionAct::StrikeSupplement,
        move |tx, node, by, open| {
            let letter = letter(open, input.supplement)?;
            let due_before = open.row.due_at;
            open.handling.strike(input.supplement, undone(by, &input.reason));
            await_again(open, by.now);
            require_not_later(tx, node, by, open, due_before)?;
            told::tell_owed(tx, node, open, |about| about == ToldAbout::Supplement, by.now)?;
            strike_in_main(tx, node, by, open, (&letter, &input.reason))?;
            Ok(input.reason.as_str().to_owned())
        },
    )
    .await
}

/// The supplement that came, where it can be struck.
fn letter(open: &Open, place: usize) -> Result<Supplement> {
    let at = |code, zh: &'static str, en: &'static str| Error::field("/supplement", code, Text::new(zh, en));
    let letter = place.checked_sub(1).and_then(|nth| open.handling.supplements.get(nth)).filter(|one| one.holds_letter());
    let letter = letter.ok_or_else(|| at("unknown", "無此補充", "no such supplement has come"))?;
    if letter.from_id.is_some() {
        return Err(at("not_allowed", "該函屬併入之陳情，請於該案註銷", "it came to a merged petition: strike it there"));
    }
    if letter.struck.is_some() {
        return Err(conflict("該補充已註銷", "it was struck already"));
    }
    if !letter.split_into.is_empty() {
        return Err(conflict("該補充已另立一案", "a petition was made of this supplement"));
    }
    Ok(letter.clone())
}

/// What keeps somebody from striking any of the supplements: that none has come that can be struck, or that by each the limit would end
/// later, which is another's word.
pub fn unstrikeable(conn: &mut Conn, node: &Node, by: &By, open: &Open) -> Result<Option<Error>> {
    let last = open.handling.supplements.len().max(1);
    let places: Vec<usize> = (1..=last).filter(|place| letter(open, *place).is_ok()).collect();
    if places.is_empty() {
        return Ok(letter(open, last).err());
    }
    let Err(refusal) = require_anothers_word(by, open) else { return Ok(None) };
    if !open.row.status.is_counted() {
        return Ok(None);
    }
    let plan = node.part::<Plans>().at(conn)?;
    for place in places {
        let mut handling = open.handling.clone();
        handling.strike(place, Undone { at: by.now, by: String::new(), reason: String::new() });
        if handling.deadline(&plan.calendar)?.map(|deadline| deadline.due_at) <= open.row.due_at {
            return Ok(None);
        }
    }
    Ok(Some(refusal))
}

/// Awaits what was asked for again, as long as its last day has not passed.
fn await_again(open: &mut Open, now: Moment) {
    let due_at = open.handling.awaited().and_then(|_| open.handling.open_until()).filter(|due_at| *due_at > now);
    let Some(due_at) = due_at else { return };
    open.row.status = PetitionAct::AwaitSupplementAgain.after(open.row.status).unwrap_or(open.row.status);
    if let Some(merge) = &mut open.handling.merge {
        merge.before = PetitionAct::AwaitSupplementAgain.after(merge.before).unwrap_or(merge.before);
    }
    open.row.supplement_until = Some(due_at).filter(|_| open.handling.awaits(open.row.status));
}

/// Strikes a letter to the number of a merged petition in the one with which it is answered, too.
fn strike_in_main(tx: &mut Tx, node: &Node, by: &By, open: &Open, (letter, why): (&Supplement, &Note)) -> Result<()> {
    let Some(main) = open.row.merged_into else { return Ok(()) };
    let is_it = |one: &Supplement| {
        let is_same = (one.came_at, &one.text, &one.attachments) == (letter.came_at, &letter.text, &letter.attachments);
        is_same && one.from_id == Some(open.row.id) && one.struck.is_none()
    };
    let Some(row) = locked(tx, main)? else { return Ok(()) };
    if !row.handling(&node.vault)?.supplements.iter().any(is_it) {
        return Ok(());
    }
    group::write_to(tx, node, by, main, (PetitionAct::StrikeLetter, why.as_str()), |_, main| {
        if let Some(passed_on) = main.handling.supplements.iter_mut().find(|one| is_it(one)) {
            passed_on.struck = Some(undone(by, why));
        }
        Ok(())
    })
    .map(drop)
}
