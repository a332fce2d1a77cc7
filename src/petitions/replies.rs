//! A reply: drafted by one, approved by another, and sent.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::acting::{Open, change, conflict};
use super::model::{PetitionAct, PetitionKind, PetitionStatus, ReplyKind};
use super::policy::{ApprovePetitionReply, DraftPetitionReply, ReplyToPetition};
use super::steps::{Approval, Draft, ReplyTranslation, SentReply};
use super::store::actors_of;
use super::view::PetitionView;
use super::{attachments, group, told};
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::Tx;
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::Note;
use crate::uploads::AttachmentInput;

/// A draft of a reply.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "FINAL", "text": "遷入登記請攜帶國民身分證、印章及戶口名簿，至本所任一服務據點辦理。", "legal_ground": "戶籍法 §17"
}))]
pub struct ReplyDraft {
    kind: ReplyKind,
    /// In the language of the petition.
    #[schema(min_length = 1, max_length = 10000)]
    text: String,
    /// Required of a final reply, but to a suggestion.
    #[schema(min_length = 1, max_length = 500)]
    legal_ground: Option<String>,
    /// How it can be appealed against, or what else can be done (行政程序法 §172): required of a final reply on the protection of
    /// rights, or against a decision.
    #[schema(min_length = 1, max_length = 1000)]
    remedies: Option<String>,
    /// Uploads of the kind `PETITION` that are sent with it: seen by whoever approves it, and those too of an earlier draft of the
    /// petition that go on.
    #[serde(default)]
    #[schema(max_items = 10)]
    attachments: Vec<AttachmentInput>,
    /// The same in the other language: required where a petition in it is merged into this one.
    translation: Option<ReplyTranslation>,
}

impl ReplyDraft {
    /// Refuses a draft that does not do for one of those who are answered by it.
    fn check_for_all(&self, tx: &mut Tx, node: &Node, open: &Open) -> Result<()> {
        let mut needs_other = false;
        self.check(open.row.kind, open.row.matter(&node.vault)?.against_decision.is_some())?;
        for member in group::members(tx, node, open.row.id)? {
            self.check(member.row.kind, member.row.matter(&node.vault)?.against_decision.is_some())?;
            needs_other |= member.row.language != open.row.language;
        }
        let required = |at: &str, zh: &'static str, en: &'static str| Err(Error::field(at, "required", Text::new(zh, en)));
        match &self.translation {
            None if needs_other => {
                required("/translation", "併案之陳情使用另一語言", "a petition in the other language is merged into it")
            }
            Some(other) if other.legal_ground.is_none() && self.legal_ground.is_some() => {
                required("/translation/legal_ground", "譯文亦須敘明法令依據", "the translation names the legal ground, too")
            }
            Some(other) if other.remedies.is_none() && self.remedies.is_some() => {
                required("/translation/remedies", "譯文亦須告知救濟方式", "the translation tells of the remedies, too")
            }
            _ => Ok(()),
        }
    }

    fn check(&self, kind: PetitionKind, against_decision: bool) -> Result<()> {
        if self.kind != ReplyKind::Final {
            return Ok(());
        }
        if self.legal_ground.is_none() && kind != PetitionKind::Suggestion {
            return Err(Error::field(
                "/legal_ground",
                "required",
                Text::new("答復須敘明法令依據", "a reply names its legal ground"),
            ));
        }
        if self.remedies.is_none() && (kind == PetitionKind::Rights || against_decision) {
            let text = Text::new("須告知救濟方式（行政程序法 §172）", "it says what can be done against it (行政程序法 §172)");
            return Err(Error::field("/remedies", "required", text));
        }
        Ok(())
    }
}

/// Drafts a reply.
///
/// A new draft takes the place of the one before, and of its approval. It must do for each petition that is merged into this one: by
/// what its kind asks for, and in its language.
#[utoipa::path(tag = "Petitions", operation_id = "draft_petition_reply", params(IdInPath, IfMatchHeader), request_body = ReplyDraft, responses(
    (status = 200, description = "The petition with the draft.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/petitions/{id}:draft-reply")]
pub async fn draft_petition_reply(
    may: May<DraftPetitionReply>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<ReplyDraft>,
) -> Result<Reply> {
    change(
        may,
        node,
        id.0,
        if_match,
        |_| PetitionAct::Draft,
        move |tx, node, by, open| {
            input.check_for_all(tx, node, open)?;
            let attachments = attachments::of_draft(tx, node, by, open, &input.attachments)?;
            open.handling.approval = None;
            open.handling.drafts.push(Draft {
                version: open.handling.drafts.len() + 1,
                kind: input.kind,
                language: Some(open.row.language),
                text: input.text.clone(),
                legal_ground: input.legal_ground.clone(),
                remedies: input.remedies.clone(),
                attachments,
                translation: input.translation.clone(),
                by: by.caller.name(),
                at: by.now,
            });
            Ok(String::new())
        },
    )
    .await
}

/// A word on a draft.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"draft": 1, "approve": true}))]
pub struct ReplyApproval {
    /// Version of the draft that was seen.
    #[schema(minimum = 1)]
    draft: usize,
    /// Else it goes back to whoever is in charge, with a reason.
    approve: bool,
    reason: Option<Note>,
}

/// Approves the draft of a reply, or returns it.
///
/// By another than whoever wrote it, by person and not by account; `If-Match` and `draft` name what was seen.
#[utoipa::path(tag = "Petitions", operation_id = "approve_petition_reply", params(IdInPath, IfMatchHeader), request_body = ReplyApproval, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `same_person`: whoever wrote the draft does not approve it; `holder_required`: nobody knows who works with the account; `conflict`: there is another draft by now."),
))]
#[post("/v1/petitions/{id}:approve-reply")]
pub async fn approve_petition_reply(
    may: May<ApprovePetitionReply>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<ReplyApproval>,
) -> Result<Reply> {
    if !input.approve && input.reason.is_none() {
        return Err(Error::field("/reason", "required", Text::new("退回須敘明理由", "say why it is returned")));
    }
    let approve = input.approve;
    let choose = move |_: &Open| if approve { PetitionAct::ApproveReply } else { PetitionAct::ReturnReply };
    change(may, node, id.0, if_match, choose, move |_, _, by, open| {
        if open.handling.draft().map(|draft| draft.version) != Some(input.draft) {
            return Err(conflict("草稿已更新，請重新閱覽", "there is another draft by now: read it first"));
        }
        open.handling.approval = input.approve.then(|| Approval { draft: input.draft, by: by.caller.name(), at: by.now });
        Ok(input.reason.as_ref().map(|why| why.as_str().to_owned()).unwrap_or_default())
    })
    .await
}

/// How a reply is sent.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"close": false}))]
pub struct ReplySending {
    /// Closes the petition in the same act, where the reply is a final one.
    #[serde(default)]
    #[schema(default = false)]
    close: bool,
}

/// Sends the approved reply.
///
/// By e-mail where the representative has confirmed an address, else it is a letter to be printed, else they are called; each other
/// petitioner of a group has a letter of their own where there is an address, else they are told by the representative. Whom a mail does
/// not reach is told by the next way (`tellings`). Whoever wrote a
/// petition that is merged into it is told in the same way by themself: with their own number and in their own language. What is
/// attached to it is read by number and secret (`/v1/petitions:attachment`). The first reply of any kind is the first reply of the
/// petition, whether it closes in the same act or not. After a partial or interim one it stays with whoever is in charge. A draft in
/// another language than the petition is said to be in since is not sent.
#[utoipa::path(tag = "Petitions", operation_id = "reply_to_petition", params(IdInPath, IfMatchHeader), request_body = ReplySending, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: the draft is not in the petitioner's language."),
))]
#[post("/v1/petitions/{id}:reply")]
pub async fn reply_to_petition(
    may: May<ReplyToPetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<ReplySending>,
) -> Result<Reply> {
    let choose = |open: &Open| match open.handling.draft().map(|draft| draft.kind) {
        Some(ReplyKind::Partial | ReplyKind::Interim) => PetitionAct::ReplyInPart,
        _ => PetitionAct::Reply,
    };
    change(may, node, id.0, if_match, choose, move |tx, node, by, open| {
        let Some(mut draft) = open.handling.draft().cloned() else { return Ok(String::new()) };
        draft.language.get_or_insert(open.row.language);
        let Some(own) = draft.clone().in_language(open.row.language) else {
            return Err(conflict(
                "草稿非以陳情人之語言撰寫，請重新擬稿",
                "it is not written in the petitioner's language: draft it anew",
            ));
        };
        let is_final = draft.kind == ReplyKind::Final;
        if input.close && !is_final {
            let text = Text::new("部分或進度答復不結案", "only a final reply closes it");
            return Err(Error::field("/close", "not_allowed", text));
        }
        send(tx, node, by.now, open, own)?;
        open.handling.approval = None;
        if input.close {
            open.row.status = PetitionAct::Close.apply(open.row.status)?;
            open.end(by);
        } else if is_final {
            open.ended_by(by);
        }
        share(tx, node, by, open, &draft)?;
        Ok(String::new())
    })
    .await
}

/// Sends it to each of those who are answered together with a petition.
fn share(tx: &mut Tx, node: &Node, by: &By, open: &Open, draft: &Draft) -> Result<()> {
    let status = open.row.status;
    let mut hands = actors_of(tx, open.row.id, &PetitionAct::ANSWERING.map(|act| act.line().past))?;
    hands.push((by.caller.name(), by.now));
    group::follow(tx, node, by, (open.row.id, PetitionAct::ShareReply, ""), |tx, member| {
        let reply = draft.clone().in_language(member.row.language).unwrap_or_else(|| draft.clone());
        send(tx, node, by.now, member, reply)?;
        member.handling.answered_by.extend(hands.iter().cloned());
        match status {
            PetitionStatus::Closed => member.end(by),
            PetitionStatus::Replied => member.ended_by(by),
            _ => {}
        }
        Ok(true)
    })
}

/// Sends a reply to whoever wrote one petition.
fn send(tx: &mut Tx, node: &Node, now: Moment, open: &mut Open, reply: Draft) -> Result<()> {
    let Draft { kind, language, text, legal_ground, remedies, attachments, by, at, .. } = reply;
    open.handling.replies.push(SentReply {
        kind,
        language,
        text,
        legal_ground,
        remedies,
        attachments,
        written_by: Some(by),
        written_at: Some(at),
        sent_at: now,
        told_by: Vec::new(),
        taken_back_at: None,
        ceased_at: None,
    });
    let place = open.handling.replies.len();
    told::tell_all(tx, node, open, place, now)?;
    open.row.first_reply_at = open.row.first_reply_at.or(Some(now));
    Ok(())
}
