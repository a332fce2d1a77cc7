//! What is attached to petitions: sent with one, with a supplement, or with the office's reply; and who reads it. What came with a
//! confidential petition may name whoever sent it, and so its handlers read none of it before its custodian has let them.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::acting::Open;
use super::handling::Handling;
use super::petitioners::Matter;
use super::policy::{GetPetition, GetPetitionAttachment};
use super::sight::{Sight, find};
use super::steps::SentReply;
use super::store::Petition;
use super::tracking::{PetitionKey, opened};
use super::veil::Veil;
use super::view::veil_for;
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::http::Valid;
use crate::node::Node;
use crate::text_enum;
use crate::uploads::{self, AttachmentInput, Attachments, Held, Holder, MediaType, Reading, Scan, UploadKind};

text_enum! {
    /// With what an attachment came.
    pub enum AttachmentPart {
        Petition = "PETITION",
        Supplement = "SUPPLEMENT",
        /// A draft of the office's, sent or not
        Reply = "REPLY",
    }
}

/// An attachment of a petition.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "upload_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "part": "PETITION", "name": "現場照片.jpg", "media_type": "image/jpeg",
    "size": 120400, "scan": "CLEAN", "attached_at": "2026-11-23T09:00:00+08:00", "readable": true, "struck": false
}))]
pub struct PetitionAttachment {
    upload_id: Id,
    part: AttachmentPart,
    /// `null` where the caller does not read it: a name tells of whoever chose it.
    #[schema(max_length = 200)]
    name: Option<String>,
    media_type: MediaType,
    /// Bytes.
    #[schema(minimum = 0)]
    size: i64,
    scan: Scan,
    attached_at: Moment,
    /// Whether the caller reads it by `/v1/uploads/{id}/content`.
    readable: bool,
    /// It came with a supplement that was struck.
    struck: bool,
}

/// An attachment of a reply, as the petitioner sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReplyAttachment {
    upload_id: Id,
    #[schema(max_length = 200)]
    name: String,
    media_type: MediaType,
    /// Bytes.
    #[schema(minimum = 0)]
    size: i64,
}

pub const HOLDER: Holder = Holder { kind: "petitions", reads };

/// Whether somebody who sees a petition reads an attachment of it.
fn is_readable(sight: &Sight, petition: &Petition, matter: &Matter, held: &Held) -> bool {
    let is_ours = held.part == AttachmentPart::Reply.as_str();
    is_ours || sight.reads_original(petition) || matter.shown_attachments.contains(&held.upload_id)
}

fn reads(conn: &mut Conn, node: &Node, by: &By, id: Id, held: &Held) -> Result<Option<Reading>> {
    if !by.caller.may(GetPetition::LINE) {
        return Ok(None);
    }
    let (petition, sight) = match find(conn, by, id) {
        Err(Error::Problem(problem)) if problem.code == Code::NOT_FOUND => return Ok(None),
        found => found?,
    };
    if !is_readable(&sight, &petition, &petition.matter(&node.vault)?, held) {
        return Ok(None);
    }
    let veil = veil_for(conn, node, (&petition, &sight, &petition.handling(&node.vault)?))?;
    let name = veil.map_or_else(|| held.name.clone(), |veil| veil.read(&held.name, &held.owner));
    Ok(Some(Reading { logged: petition.confidential.then_some("petition.attachment_read"), name }))
}

/// Attaches uploads to a part of a petition.
pub fn add(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    petition: &Petition,
    part: AttachmentPart,
    inputs: &[AttachmentInput],
) -> Result<Vec<Id>> {
    let (record, part) = (petition.path(), part.as_str());
    let to = Attachments { kind: UploadKind::Petition, record: &record, part, pointer: "/attachments" };
    uploads::attach(tx, node, by, &to, inputs)
}

/// What a draft is sent with: what is attached now, and what an earlier draft of the petition had.
pub fn of_draft(tx: &mut Tx, node: &Node, by: &By, open: &Open, inputs: &[AttachmentInput]) -> Result<Vec<Id>> {
    let drafted: Vec<Id> = drafted(&open.handling);
    let mut ids = Vec::new();
    for (n, input) in inputs.iter().enumerate() {
        if ids.contains(&input.upload_id) {
            let text = Text::new("重複列出", "it is named twice");
            return Err(Error::field(format!("/attachments/{n}/upload_id"), "duplicate", text));
        }
        if !drafted.contains(&input.upload_id) {
            let (record, pointer) = (open.row.path(), format!("/attachments/{n}"));
            let part = AttachmentPart::Reply.as_str();
            let to = Attachments { kind: UploadKind::Petition, record: &record, part, pointer: &pointer };
            uploads::attach_one(tx, node, by, &to, input)?;
        }
        ids.push(input.upload_id);
    }
    Ok(ids)
}

fn drafted(handling: &Handling) -> Vec<Id> {
    handling.drafts.iter().flat_map(|draft| draft.attachments.iter().copied()).collect()
}

/// Refuses ids that are none of a petition's attachments.
pub fn require(conn: &mut Conn, node: &Node, petition: &Petition, at: &str, ids: &[Id]) -> Result<()> {
    let all = uploads::attached(conn, node, &petition.path())?;
    match ids.iter().position(|id| !all.iter().any(|held| held.upload_id == *id)) {
        Some(n) => Err(Error::field(format!("{at}/{n}"), "unknown", Text::new("非本案附件", "no attachment of the petition"))),
        None => Ok(()),
    }
}

/// The attachments of a petition as somebody sees them who sees it.
pub fn shown_to(
    conn: &mut Conn,
    node: &Node,
    (sight, petition, matter): (&Sight, &Petition, &Matter),
    (handling, veil): (&Handling, Option<&Veil>),
) -> Result<Vec<PetitionAttachment>> {
    let struck = handling.supplements.iter().filter(|letter| letter.struck.is_some());
    let struck: Vec<Id> = struck.flat_map(|letter| letter.attachments.iter().copied()).collect();
    let shown = |held: Held| {
        let readable = is_readable(sight, petition, matter, &held);
        let part = held
            .part
            .parse::<AttachmentPart>()
            .map_err(|error| Error::internal("an attachment is of no part of a petition", error))?;
        let Held { upload_id, media_type, size, scan, attached_at, name, owner, .. } = held;
        let name = readable.then(|| veil.map_or_else(|| name.clone(), |veil| veil.read(&name, &owner)));
        let struck = struck.contains(&upload_id);
        Ok(PetitionAttachment { upload_id, part, name, media_type, size, scan, attached_at, readable, struck })
    };
    uploads::attached(conn, node, &petition.path())?.into_iter().map(shown).collect()
}

/// What was sent with replies, also where they answered several petitions together and it is attached to another of them.
pub fn sent_with(conn: &mut Conn, node: &Node, replies: &[SentReply]) -> Result<Vec<ReplyAttachment>> {
    let mut sent: Vec<Id> = Vec::new();
    for id in replies.iter().flat_map(|reply| reply.attachments.iter().copied()) {
        if !sent.contains(&id) {
            sent.push(id);
        }
    }
    let shown = |Held { upload_id, name, media_type, size, .. }: Held| ReplyAttachment { upload_id, name, media_type, size };
    Ok(uploads::named(conn, node, &sent)?.into_iter().map(shown).collect())
}

/// An attachment of a reply, and by what its petition is followed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "number": "115-P48210375", "secret": "0Yw8cI5mVn3r9kQp2sT7uA", "upload_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"
}))]
pub struct ReplyAttachmentKey {
    #[schema(min_length = 1, max_length = 40)]
    number: String,
    #[schema(min_length = 1, max_length = 60)]
    secret: String,
    upload_id: Id,
}

/// Reads an attachment of a reply.
///
/// By whoever has number and secret of the petition, which travel in the body; what `:track` names. A wrong number, a wrong secret and
/// what was not sent answer alike, and attempts are limited. It comes as a file to be kept.
#[utoipa::path(tag = "Petitions", operation_id = "get_petition_attachment", request_body = ReplyAttachmentKey, responses(
    (status = 200, description = "The content.", content(
        (String = "image/jpeg"), (String = "image/png"), (String = "application/pdf"), (String = "text/plain"),
    )),
    (status = 404, description = "No petition has this number and secret, or nothing of that id was sent with its replies: `not_found`."),
))]
#[post("/v1/petitions:attachment")]
pub async fn get_petition_attachment(
    may: May<GetPetitionAttachment>,
    node: Data<Node>,
    request: HttpRequest,
    Valid(key): Valid<ReplyAttachmentKey>,
) -> Result<HttpResponse> {
    node.limits.receipt(&may.address())?;
    let (shared, id) = (node.clone(), key.upload_id);
    may.read(move |conn, _| {
        let petition = opened(conn, &shared, &PetitionKey { number: key.number, secret: key.secret })?;
        let replies = petition.handling(&shared.vault)?.replies;
        let is_sent = replies.iter().any(|reply| reply.attachments.contains(&id));
        if is_sent { Ok(()) } else { Err(Code::NOT_FOUND.into()) }
    })
    .await?;
    uploads::of_record(&node, id, &request).await
}
