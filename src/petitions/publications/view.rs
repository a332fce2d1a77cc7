//! A petition for publication as the office sees it, and as the public reads it.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{PublicationAct, PublicationGround, PublicationStatus};
use super::redacting::{HiddenSpan, PublishedTexts, left_open};
use super::store::{Content, Publication};
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::http::Reply;
use crate::node::Node;
use crate::petitions::model::{PetitionKind, PetitionLanguage, PetitionTopic};
use crate::states::{Part, parts_of};
use crate::view_of;

/// A petition for publication, to the office.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "petition_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "status": "DRAFT",
    "ground": "OPEN_LETTER", "kind": "SUGGESTION", "topic": "DOOR_PLATES", "language": "zh",
    "original": {"subject": "巷口門牌鬆脫", "body": "我是王小明，巷口門牌鬆脫。", "reply": "依規定辦理。"},
    "shown": {"subject": "巷口門牌鬆脫", "body": "我是＊＊＊，巷口門牌鬆脫。", "reply": "依規定辦理。"},
    "hidden": [{"part": "BODY", "from": 2, "to": 5}], "left_open": [], "published_id": null, "published_at": null, "reason": "",
    "created_at": "2026-11-23T09:00:00+08:00", "allowed_actions": ["rewrite", "withdraw"]
}))]
pub struct PetitionPublicationView {
    id: Id,
    petition_id: Id,
    status: PublicationStatus,
    ground: PublicationGround,
    kind: PetitionKind,
    topic: Option<PetitionTopic>,
    language: PetitionLanguage,
    /// As it stood when it was proposed.
    original: PublishedTexts,
    /// As the public reads it.
    shown: PublishedTexts,
    /// What of the original is hidden, in order.
    #[schema(max_items = 1000)]
    hidden: Vec<HiddenSpan>,
    /// What the machine has found and is not hidden, since it may be innocent or somebody has decided so: whoever publishes it looks at these.
    #[schema(max_items = 1000)]
    left_open: Vec<HiddenSpan>,
    /// By what the public reads it, while it is published.
    published_id: Option<Id>,
    published_at: Option<Moment>,
    /// Why it was withdrawn, by somebody or since it may not be published any more; empty where it stands.
    #[schema(max_length = 500)]
    reason: String,
    created_at: Moment,
    /// What the caller may do now.
    #[schema(value_type = Vec<PublicationAct>, max_items = 10)]
    allowed_actions: Vec<&'static str>,
}

/// What the caller has to do with one by having said what is hidden.
fn parts(conn: &mut Conn, by: &By, publication: &Publication) -> Result<Vec<Part>> {
    let writers = publication.writers()?;
    parts_of(conn, &by.caller, writers.iter().map(|(writer, at)| (Part::Proposer, writer.as_str(), Some(*at))))
}

fn allowed(conn: &mut Conn, by: &By, publication: &Publication) -> Result<Vec<&'static str>> {
    let parts = parts(conn, by, publication)?;
    let acts = PublicationAct::possible(publication.status).filter(|act| act.line().is_granted(&by.caller));
    Ok(acts.filter(|act| act.keep_apart(&parts).is_ok()).map(|act| act.line().name).collect())
}

/// The state after an act, or the refusal that names what the caller may do.
pub fn applied(conn: &mut Conn, by: &By, publication: &Publication, act: PublicationAct) -> Result<PublicationStatus> {
    let Some(status) = act.after(publication.status) else {
        return Err(Error::wrong_state(&allowed(conn, by, publication)?));
    };
    act.keep_apart(&parts(conn, by, publication)?)?;
    Ok(status)
}

impl PetitionPublicationView {
    pub fn of(conn: &mut Conn, node: &Node, by: &By, row: Publication) -> Result<Self> {
        let Content { texts, spans, found } = row.content(&node.vault)?;
        let allowed_actions = allowed(conn, by, &row)?;
        let published_id = (row.status == PublicationStatus::Published).then_some(row.public_id);
        let reason = row.reason(&node.vault)?;
        let (shown, left_open) = (texts.without(&spans), left_open(&found, &spans));
        let (original, hidden) = (texts, spans);
        Ok(view_of!(PetitionPublicationView, row {
            id, petition_id, status, ground, kind, topic, language, published_at, created_at
        } original, shown, hidden, left_open, published_id, reason, allowed_actions))
    }
}

/// The answer that shows one.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, publication: Publication) -> Result<Reply> {
    let version = publication.version;
    Ok(Reply::ok(&PetitionPublicationView::of(conn, node, by, publication)?)?.version(version))
}

/// A petition with its reply, as the public reads it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a3d1e-5400-7c3e-9f00-3b1d2a4c5e6f", "ground": "OPEN_LETTER", "kind": "SUGGESTION", "topic": "DOOR_PLATES", "language": "zh",
    "subject": "巷口門牌鬆脫", "body": "我是＊＊＊，巷口門牌鬆脫。", "reply": "依規定辦理。", "month": "2026-11"
}))]
pub struct PublishedPetition {
    /// Its own: nothing leads from it to the petition.
    id: Id,
    ground: PublicationGround,
    kind: PetitionKind,
    topic: Option<PetitionTopic>,
    language: PetitionLanguage,
    /// Without what tells who somebody is (`＊＊＊`), as the next two.
    #[schema(max_length = 1000)]
    subject: String,
    #[schema(max_length = 30000)]
    body: String,
    #[schema(max_length = 30000)]
    reply: String,
    /// In which it was published, Asia/Taipei, `YYYY-MM`.
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}$", max_length = 7)]
    month: String,
}

impl PublishedPetition {
    pub fn of(node: &Node, row: Publication) -> Result<Self> {
        let Content { texts, spans, .. } = row.content(&node.vault)?;
        let PublishedTexts { subject, body, reply } = texts.without(&spans);
        let month = row.published_at.unwrap_or(row.created_at).date().format("%Y-%m").to_string();
        let id = row.public_id;
        Ok(view_of!(PublishedPetition, row { ground, kind, topic, language } id, subject, body, reply, month))
    }
}
