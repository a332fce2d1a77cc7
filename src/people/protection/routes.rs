//! Operations on protection marks: all of them for staff alone, and none in a matter of their own.

use actix_web::web::Data;
use actix_web::{get, patch, post};

use super::super::policy::{
    ConfirmProtectionMark, CreateProtectionMark, GetProtectionMark, KeepProtectionMark, LiftProtectionMark, ListProtectionMarks,
    RevealProtectionMark, UpdateProtectionMark,
};
use super::super::{Reason, joins, numbers, store as people};
use super::model::{MarkAct, MarkInput, MarkPatch, MarkStatus};
use super::store::{self, Content, Mark};
use super::view::{ProtectionMark, Sight, applied, listed, require_dealing, shown, with_history};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, PathId, Reply, Valid, coded};
use crate::node::Node;
use crate::states::require_anothers;

/// Lists the protection marks on a person.
///
/// In whichever of their records, those that were lifted or have ended too, the newest first. Whom they bar is masked, and each look
/// is logged. Nobody
/// looks into marks in a matter of their own, nor of whom they are barred from, and a branch desk only into those of whom it has a
/// matter at hand (`forbidden`); the same holds of all acts on a mark but its entry, which protects at once wherever it is asked for.
#[utoipa::path(tag = "People", operation_id = "list_protection_marks", params(IdInPath, Listing), responses(
    (status = 200, description = "A page of marks.", body = Page<ProtectionMark>),
    (status = 409, description = "`own_request`: it is about the caller."),
))]
#[get("/v1/people/{id}/protection-marks")]
pub async fn list_protection_marks(may: May<ListProtectionMarks>, node: Data<Node>, id: PathId, paging: Paging) -> Result<Reply> {
    may.write_beside(move |tx, by| {
        people::require(tx, id.0)?;
        require_anothers(tx, by, &[id.0])?;
        require_dealing(tx, &node, by, id.0)?;
        let page = store::list(tx, id.0, &paging)?;
        tx.record(Record::read("protection_mark.listed", format!("people/{}", id.0), "marks").about(id.0));
        Reply::ok(&page.try_map(|mark| listed(tx, &node, by, mark))?)
    })
    .await
}

/// Shows a protection mark with its history.
///
/// Whom it bars is masked, and each look is logged.
#[utoipa::path(tag = "People", operation_id = "get_protection_mark", params(IdInPath), responses(
    (status = 200, description = "The mark.", body = ProtectionMark),
    (status = 409, description = "`own_request`: it is about the caller."),
))]
#[get("/v1/protection-marks/{id}")]
pub async fn get_protection_mark(may: May<GetProtectionMark>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.write_beside(move |tx, by| {
        let mark = store::find(tx, id.0)?;
        require_anothers(tx, by, &[mark.person_id])?;
        require_dealing(tx, &node, by, mark.person_id)?;
        let read = Record::read("protection_mark.read", format!("protection-marks/{}", mark.id), "mark");
        tx.record(read.about(mark.person_id));
        shown(tx, &node, by, mark, Sight::Masked)
    })
    .await
}

/// Shows a protection mark whole.
///
/// Whom it bars by names and numbers, with its history, for those who may see marks, and for nobody in a matter of their own;
/// logged with the reason. What it shows of `barred` can be sent back in a PATCH.
#[utoipa::path(tag = "People", operation_id = "reveal_protection_mark", params(IdInPath), request_body = Reason, responses(
    (status = 200, description = "The mark, unmasked.", body = ProtectionMark, headers(("ETag" = String, description = "The mark's version."))),
    (status = 409, description = "`own_request`: it is about the caller."),
))]
#[post("/v1/protection-marks/{id}:reveal")]
pub async fn reveal_protection_mark(
    may: May<RevealProtectionMark>,
    node: Data<Node>,
    id: PathId,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mark = store::find(tx, id.0)?;
        require_anothers(tx, by, &[mark.person_id])?;
        require_dealing(tx, &node, by, mark.person_id)?;
        let read = Record::read("protection_mark.revealed", format!("protection-marks/{}", mark.id), "barred");
        tx.record(read.about(mark.person_id).because(why.as_str()));
        shown(tx, &node, by, mark, Sight::Whole)
    })
    .await
}

/// Refuses to bar people from their own data.
fn require_others(conn: &mut Conn, node: &Node, person: Id, content: &Content) -> Result<()> {
    let own = joins::records(conn, person)?;
    for (index, one) in content.barred.iter().enumerate() {
        let Some(number) = &one.number else { continue };
        if numbers::holders(conn, &node.vault, number)?.iter().any(|holder| own.contains(&holder.id)) {
            let text = Text::new("受保護者不得為被限制之人", "this is whom the mark protects");
            return Err(Error::field(number.pointer(&format!("/barred/{index}")), "same_person", text));
        }
    }
    Ok(())
}

/// Finds those whom a mark bars from now on, and ends what they hold.
fn bind(tx: &mut Tx, node: &Node, by: &By, mark: &Mark, content: &Content) -> Result<()> {
    store::find_by(tx, &node.vault, mark.id, &content.barred)?;
    store::revoke_letters(tx, &node.vault, mark, &content.barred, by.now)
}

/// Enters a protection mark.
///
/// By an order of a court (家庭暴力防治法 §14, 跟蹤騷擾防制法 §12) or the victim's own bar of named relatives (家庭暴力防治法 §58-2).
/// It protects at once, in all records of the person, and until the end of its last day; another person confirms it
/// (`:confirm`). Whoever is barred is known in all of their records and by former numbers too, or by the name alone where no
/// number is known. They get no certificate of the person's or of whoever lives with them, none that shows the person as kin, as a
/// spouse or in a household, act for them neither as a proxy nor as a legal representative, and see no place of theirs in cases of both: staff are told `protected`, everybody else what anybody without a right is
/// told, and letters of proxy that they hold rest, or are revoked where they are known by the name alone. `staff` tells which of the
/// staff it means, and by what: whoever is meant by the name alone keeps away at once too, and another person confirms that they are
/// meant. By one person's word it shuts no last supervisor out: as long as nobody has confirmed it, and no section chief or director
/// but whoever entered it would be left to decide on it, by this mark and the others on the person, it holds against everybody but
/// supervisors (`in_force` of `staff`). The audit log shows supervisors who are shut out that a mark was entered or changed, when and by
/// whom, and nothing else of it. The same ground, order
/// and people are entered once (`conflict`), as long as that mark stands: correct its last day.
#[utoipa::path(tag = "People", operation_id = "create_protection_mark", params(IdInPath), request_body = MarkInput, responses(
    (status = 201, description = "The mark, in force.", body = ProtectionMark),
    (status = 409, description = "`conflict`: the record is of somebody's word alone, or such a mark stands already, `standing_id`; `own_request`: it is about the caller."),
))]
#[post("/v1/people/{id}/protection-marks")]
pub async fn create_protection_mark(
    may: May<CreateProtectionMark>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<MarkInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        people::require_record(tx, id.0)?;
        require_anothers(tx, by, &[id.0])?;
        let content = input.read(by.now.date())?;
        require_others(tx, &node, id.0, &content)?;
        let (from_on, until_on) = input.days();
        let mut mark = Mark {
            id: Id::new(by.now),
            person_id: id.0,
            status: MarkStatus::Standing,
            ground: input.ground(),
            from_on,
            until_on,
            body: String::new(),
            entered_by: by.caller.name(),
            entered_at: by.now,
            confirmed_by: None,
            confirmed_at: None,
            lift_asked_by: None,
            lift_asked_at: None,
            lifted_by: None,
            lifted_at: None,
            version: 1,
        };
        if let Some(standing) = store::same(tx, &node.vault, &mark, &content, by.now.date())? {
            return Err(Error::stands(standing, ("已有相同之註記", "a mark of this ground, order and people stands already")));
        }
        mark.say(&node.vault, &content)?;
        store::insert(tx, &mark)?;
        bind(tx, &node, by, &mark, &content)?;
        store::tell(tx, &node.vault, &mark, MarkAct::Enter, (&by.caller.name(), &content.reason, by.now))?;
        let address = format!("/v1/protection-marks/{}", mark.id);
        Ok(Reply::created(address, &with_history(tx, &node, by, mark, Sight::Masked)?)?.version(1))
    })
    .await
}

/// Changes one mark: at the version that the caller read, judged, saved, told and shown; where the effect changes nothing it is
/// only shown.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, acts): (Id, IfMatch, &'static [MarkAct]),
    why: String,
    effect: impl Fn(&mut Tx, &Node, &By, &mut Mark, MarkAct) -> Result<bool> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut mark = store::find(tx, id)?;
        if_match.check(mark.version)?;
        require_dealing(tx, &node, by, mark.person_id)?;
        let (act, next) = applied(tx, by, &mark, acts)?;
        if matches!(act, MarkAct::Confirm | MarkAct::Lift) {
            if_match.seen(mark.version)?;
        }
        let before = mark.clone();
        mark.status = next;
        if !effect(tx, &node, by, &mut mark, act)? {
            return shown(tx, &node, by, before, Sight::Masked);
        }
        store::save(tx, &mut mark)?;
        store::tell(tx, &node.vault, &mark, act, (&by.caller.name(), &why, by.now))?;
        shown(tx, &node, by, mark, Sight::Masked)
    })
    .await
}

/// Corrects a protection mark.
///
/// The order, further people, a later last day: never so that it protects less (`narrows`): for that enter another mark and lift
/// this one. A lifting that was asked for falls, and so does the confirmation.
#[utoipa::path(tag = "People", operation_id = "update_protection_mark", params(IdInPath, IfMatchHeader), request_body = MarkPatch, responses(
    (status = 200, description = "The mark.", body = ProtectionMark),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is lifted; `own_request`: it is about the caller."),
))]
#[patch("/v1/protection-marks/{id}")]
pub async fn update_protection_mark(
    may: May<UpdateProtectionMark>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<MarkPatch>,
) -> Result<Reply> {
    let why = input.reason().unwrap_or_default().to_owned();
    change(may, node, (id.0, if_match, &[MarkAct::Correct]), why, move |tx, node, by, mark, _| {
        let said = mark.content(&node.vault)?;
        let (until_on, content) = input.apply((mark.ground, mark.until_on, &said), by.now.date())?;
        if (until_on, &content) == (mark.until_on, &said) {
            return Ok(false);
        }
        if input.reason().is_none() {
            return Err(Error::field("/reason", "required", coded("required").1));
        }
        require_others(tx, node, mark.person_id, &content)?;
        mark.until_on = until_on;
        mark.say(&node.vault, &content)?;
        (mark.entered_by, mark.entered_at) = (by.caller.name(), by.now);
        (mark.confirmed_by, mark.confirmed_at) = (None, None);
        (mark.lift_asked_by, mark.lift_asked_at) = (None, None);
        bind(tx, node, by, mark, &content)?;
        Ok(true)
    })
    .await
}

/// Confirms a protection mark.
///
/// By another person than whoever entered it, or corrected it last, who has looked at the order or the application.
#[utoipa::path(tag = "People", operation_id = "confirm_protection_mark", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The mark, confirmed.", body = ProtectionMark),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is confirmed already, or lifted; `own_request`: the caller has entered it, or it is about them; `holder_required`."),
))]
#[post("/v1/protection-marks/{id}:confirm")]
pub async fn confirm_protection_mark(
    may: May<ConfirmProtectionMark>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, (id.0, if_match, &[MarkAct::Confirm]), why.as_str().to_owned(), |_, _, by, mark, _| {
        (mark.confirmed_by, mark.confirmed_at) = (Some(by.caller.name()), Some(by.now));
        Ok(true)
    })
    .await
}

/// Lifts a protection mark.
///
/// By two people: the first call asks, and the mark stands on; a section chief or the director, another person, lifts it by the
/// same call at the new version. Where marks that are confirmed have left no section chief or director who may decide, a member of staff
/// does, another than whoever asked and whoever entered it; where they shut some out, one of any service point may. `:keep` takes the asking back. What was lifted is entered anew where it was wrong.
#[utoipa::path(tag = "People", operation_id = "lift_protection_mark", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The mark, `LIFT_ASKED` or `LIFTED`.", body = ProtectionMark),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is lifted already; `own_request`: the caller has asked for it, or entered it and is no supervisor, or it is about them; `holder_required`; `asker_gone`: take the asking back by `:keep`."),
))]
#[post("/v1/protection-marks/{id}:lift")]
pub async fn lift_protection_mark(
    may: May<LiftProtectionMark>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let acts = &[MarkAct::AskLift, MarkAct::Lift];
    change(may, node, (id.0, if_match, acts), why.as_str().to_owned(), |_, _, by, mark, act| {
        let done = (Some(by.caller.name()), Some(by.now));
        if act == MarkAct::Lift {
            (mark.lifted_by, mark.lifted_at) = done;
        } else {
            (mark.lift_asked_by, mark.lift_asked_at) = done;
        }
        Ok(true)
    })
    .await
}

/// Keeps a protection mark that somebody has asked to lift.
///
/// By whoever asked, who takes it back, or by anybody else, who refuses it.
#[utoipa::path(tag = "People", operation_id = "keep_protection_mark", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The mark, which stands on.", body = ProtectionMark),
    (status = 409, description = "`wrong_state` with `allowed_actions`: nobody has asked to lift it; `own_request`: it is about the caller."),
))]
#[post("/v1/protection-marks/{id}:keep")]
pub async fn keep_protection_mark(
    may: May<KeepProtectionMark>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, (id.0, if_match, &[MarkAct::Keep]), why.as_str().to_owned(), |_, _, _, mark, _| {
        (mark.lift_asked_by, mark.lift_asked_at) = (None, None);
        Ok(true)
    })
    .await
}
