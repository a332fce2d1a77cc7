//! What every act on an inquiry goes through; and the acts that are no answer.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::{Handling, InquiryAct};
use super::policy::{CheckInquiryAnswer, CloseInquiry, OpenPetitionFromInquiry, ReopenInquiry};
use super::store::{self, Inquiry};
use super::telling;
use super::view::{InquiryView, applied, shown, view};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, Reason, contacts};
use crate::petitions::PetitionInput;
use crate::petitions::sources::{self, Source};

/// An inquiry that is acted upon.
pub struct Open {
    pub row: Inquiry,
    pub handling: Handling,
}

impl Open {
    /// Finds one at the version that the caller read, and lets it go to the state after an act.
    fn at(tx: &mut Tx, node: &Node, by: &By, (id, if_match, act): (Id, &IfMatch, InquiryAct)) -> Result<Self> {
        let mut row = store::find(tx, by, id)?;
        // Whoever looks at what another has written names what they saw.
        if act == InquiryAct::Check {
            if_match.seen(row.version)?;
        } else {
            if_match.check(row.version)?;
        }
        let handling = row.handling(&node.vault)?;
        row.status = applied(tx, by, (&row, &handling), act)?;
        Ok(Self { row, handling })
    }

    /// Saves it, with a line of the journal.
    fn save(&mut self, tx: &mut Tx, node: &Node, act: InquiryAct, why: &str) -> Result<()> {
        self.row.put_handling(&node.vault, &self.handling)?;
        store::save(tx, &mut self.row)?;
        let data = json!({"number": self.row.number, "status": self.row.status, "answered_at": self.row.answered_at});
        let told = sources::told(tx, act.line().journal, self.row.path(), data)?;
        tx.record(told.because(why));
        Ok(())
    }
}

/// Changes one inquiry: found as far as the caller sees, judged, saved, told and shown. What somebody does not see any more is not
/// shown either by an answer that was kept.
pub async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, act): (Id, IfMatch, InquiryAct),
    why: String,
    effect: impl Fn(&mut Tx, &Node, &By, &mut Open) -> Result<()> + Send + 'static,
) -> Result<Reply> {
    may.read(move |conn, by| store::find(conn, by, id).map(drop)).await?;
    may.write(move |tx, by| {
        let mut open = Open::at(tx, &node, by, (id, &if_match, act))?;
        effect(tx, &node, by, &mut open)?;
        open.save(tx, &node, act, &why)?;
        shown(tx, &node, by, open.row)
    })
    .await
}

/// Checks the answer to an inquiry.
///
/// By a section chief or the director who has not given it, as it was seen; one that is wrong is put right (`:correct`).
#[utoipa::path(tag = "Inquiries", operation_id = "check_inquiry_answer", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The checked inquiry.", body = InquiryView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `same_person`: whoever gave the answer does not check it; `own_request`: it is a matter of the caller's own; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/inquiries/{id}:check")]
pub async fn check_inquiry_answer(
    may: May<CheckInquiryAnswer>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
) -> Result<Reply> {
    change(may, node, (id.0, if_match, InquiryAct::Check), String::new(), |_, _, by, open| {
        open.handling.checked = Some((by.caller.name(), by.now));
        open.row.recheck_at = None;
        Ok(())
    })
    .await
}

/// Closes an inquiry without an answer.
///
/// With the reason, such as that whoever asked has gone, or has asked twice. One that was opened again, and of which whoever asked was told an
/// answer, is answered first: they were told it, and are told right.
#[utoipa::path(tag = "Inquiries", operation_id = "close_inquiry", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The closed inquiry.", body = InquiryView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: whoever asked was told an answer that does not stand, and none that does; `own_request`: it is a matter of the caller's own."),
))]
#[post("/v1/inquiries/{id}:close")]
pub async fn close_inquiry(
    may: May<CloseInquiry>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let why = why.as_str().to_owned();
    change(may, node, (id.0, if_match, InquiryAct::Close), why.clone(), move |_, _, _, open| {
        open.handling.reason = Some(why.clone());
        Ok(())
    })
    .await
}

/// Opens an inquiry again.
///
/// With the reason: what was closed, answered or made a petition of by mistake. What was answered stays readable, and is stopped where it has
/// not gone out; whoever was told it is told by the next answer that it was wrong. A petition that was opened is withdrawn by itself, and
/// stays named here: whoever it is kept from is kept from the inquiry.
#[utoipa::path(tag = "Inquiries", operation_id = "reopen_inquiry", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The open inquiry.", body = InquiryView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is a matter of the caller's own."),
))]
#[post("/v1/inquiries/{id}:reopen")]
pub async fn reopen_inquiry(
    may: May<ReopenInquiry>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let why = why.as_str().to_owned();
    change(may, node, (id.0, if_match, InquiryAct::Reopen), why.clone(), move |tx, node, by, open| {
        open.handling.reason = Some(why.clone());
        open.handling.checked = None;
        open.handling.taken_back = open.handling.answers.len();
        telling::take_back(tx, node, open, by.now)
    })
    .await
}

/// The petition as which an inquiry goes on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "reason": "詢問人要求查明承辦過程",
    "petition": {"kind": "RIGHTS", "subject": "申請過程查明", "body": "請查明本人申請遷入登記之辦理過程。", "petitioner": {"name": "王小明"}}
}))]
pub struct InquiryPetition {
    reason: Note,
    /// Its channel follows that of the inquiry where none is given.
    petition: PetitionInput,
}

/// Makes a petition of an inquiry.
///
/// With the reason. The petition is taken as by `POST /v1/petitions`, and goes on by itself; `petition` of the answer has, this once,
/// by what whoever asked follows it. From then on the inquiry is kept from whoever the petition is kept from, and where that is secret
/// from whoever does not read it as it was written: on every road, as if it were not there.
#[utoipa::path(tag = "Inquiries", operation_id = "open_petition_from_inquiry", params(IdInPath, IfMatchHeader), request_body = InquiryPetition, responses(
    (status = 200, description = "The inquiry, with number and secret of the petition.", body = InquiryView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is a matter of the caller's own."),
))]
#[post("/v1/inquiries/{id}:open-petition")]
pub async fn open_petition_from_inquiry(
    may: May<OpenPetitionFromInquiry>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<InquiryPetition>,
) -> Result<Reply> {
    may.read(move |conn, by| store::require_not_about(conn, by, id.0)).await?;
    may.write(move |tx, by| {
        let act = InquiryAct::OpenPetition;
        let mut open = Open::at(tx, &node, by, (id.0, &if_match, act))?;
        let channel = input.petition.channel.unwrap_or(open.row.channel.of_petition());
        let petition = PetitionInput { channel: Some(channel), ..input.petition.clone() };
        let person = open.row.asked(&node.vault)?.asker;
        let contact = contacts::of(tx, &node.vault, &open.row.path())?;
        let source = Source { record: open.row.path(), person, contact };
        let (petition_id, taken) = petition.open(tx, &node, by, &source).map_err(|refused| refused.within("/petition"))?;
        open.row.petition_id = Some(petition_id);
        // What puts right what they were told is told them still.
        open.row.call_at = open.row.call_at.filter(|_| open.handling.owes_right(open.row.status));
        open.handling.reason = Some(input.reason.as_str().to_owned());
        open.save(tx, &node, act, input.reason.as_str())?;
        let version = open.row.version;
        Ok(Reply::ok(&view(tx, &node, by, open.row, Some(taken))?)?.version(version))
    })
    .await
}
