//! A petition as it is shown: of a confidential one the matter and not the person.

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::acting::Open;
use super::attachments::{PetitionAttachment, shown_to};
use super::concerns::ConcernView;
use super::counting::topic_of;
use super::custody::countys;
use super::group;
use super::handling::Handling;
use super::intake::PetitionTaken;
use super::model::{PetitionAct, PetitionChannel, PetitionKind, PetitionLanguage, PetitionStatus, PetitionTopic, ToldBy};
use super::petitioners::{Decision, Petitioner};
use super::satisfaction::{PetitionRating, rating_for};
use super::sight::Sight;
use super::steps::{Adoption, Closing, Draft, Extension, Filing, Lifting, PetitionNotice, SentReply, Supplement, Transfer};
use super::store::{Petition, hands_of, named_in};
use super::tellings::Telling;
use super::veil::Veil;
use crate::auth::{By, Role};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::http::Reply;
use crate::node::Node;
use crate::people::{ShownContact, contacts};
use crate::schema::petitions;
use crate::view_of;

/// A petition in a list. Of a confidential one the subject is left out.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-P48210375", "status": "ASSIGNED", "kind": "INQUIRY",
    "channel": "MAILBOX", "language": "zh", "confidential": false, "subject": "遷入登記應備文件",
    "handler_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "received_at": "2026-11-23T09:00:00+08:00",
    "registered_at": "2026-11-23T09:10:00+08:00", "due_at": "2026-12-02T23:59:59+08:00", "first_reply_at": null, "closed_at": null
}))]
pub struct PetitionSummary {
    pub id: Id,
    /// What people quote it by: random within the year.
    #[schema(max_length = 20)]
    pub number: String,
    pub status: PetitionStatus,
    pub kind: PetitionKind,
    pub channel: PetitionChannel,
    pub language: PetitionLanguage,
    pub confidential: bool,
    #[schema(max_length = 200)]
    pub subject: Option<String>,
    /// Account of whoever is in charge.
    pub handler_id: Option<Id>,
    pub received_at: Moment,
    pub registered_at: Option<Moment>,
    pub due_at: Option<Moment>,
    pub first_reply_at: Option<Moment>,
    pub closed_at: Option<Moment>,
}

impl PetitionSummary {
    pub fn of(node: &Node, row: Petition) -> Result<Self> {
        let subject = if row.confidential { None } else { Some(row.matter(&node.vault)?.subject) };
        let handler_id = row.handler;
        Ok(view_of!(PetitionSummary, row {
            id, number, status, kind, channel, language, confidential, received_at, registered_at, due_at, first_reply_at, closed_at
        } subject, handler_id))
    }
}

/// A petition.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-P48210375", "status": "RECEIVED", "kind": "INQUIRY",
    "channel": "MAILBOX", "language": "zh", "topic": "REGISTRATION", "confidential": false, "whistleblower": false, "with_county": false,
    "subject": "遷入登記應備文件",
    "body": "請問遷入登記應備哪些文件？", "petitioners": ["王○明"], "contact": null, "concerns": [], "concerns_settled": false,
    "against_decision": null, "forwarded_by": null, "handler_id": null, "merged_into_id": null, "merged_ids": [], "received_at": "2026-11-23T09:00:00+08:00",
    "registered_at": "2026-11-23T09:10:00+08:00", "due_at": "2026-12-02T23:59:59+08:00", "first_reply_at": null, "closed_at": null,
    "attachments": [], "draft": null, "approved_draft": null, "supplements": [], "replies": [], "extension": null, "transfer": null,
    "filing": null, "lifting": null,
    "remedies_told_at": null, "remedies_told_by": null, "notices": [], "tellings": [], "closings": [], "adoptions": [], "entered_twice": false, "refuses_publication": false, "rating": null, "allowed_actions": ["assign"]
}))]
pub struct PetitionView {
    pub id: Id,
    /// What people quote it by: random within the year.
    #[schema(max_length = 20)]
    pub number: String,
    pub status: PetitionStatus,
    pub kind: PetitionKind,
    pub channel: PetitionChannel,
    pub language: PetitionLanguage,
    /// What it is about; `null` until staff have said it.
    pub topic: Option<PetitionTopic>,
    /// Its reads are logged, and whoever handles it reads the matter without the person.
    pub confidential: bool,
    /// Under the Public Interest Whistleblower Protection Act (公益揭弊者保護法 §15).
    pub whistleblower: bool,
    /// It accuses everybody of the office who could look after it, and is left to the county's ethics unit.
    pub with_county: bool,
    /// Of a confidential one, but for the custodian, without what tells who is behind it, as every text below.
    #[schema(max_length = 200)]
    pub subject: String,
    /// To the last character; see `subject`.
    #[schema(max_length = 10000)]
    pub body: String,
    /// Names, masked: the representative of a group first. `null` where the petition is confidential: see `:reveal`.
    #[schema(max_items = 21)]
    pub petitioners: Option<Vec<String>>,
    /// How to reach them, masked; `null` where the petition is confidential.
    pub contact: Option<ShownContact>,
    #[schema(max_items = 100)]
    pub concerns: Vec<ConcernView>,
    /// Whether the custodian has said whom it concerns.
    pub concerns_settled: bool,
    /// Of a confidential one `null`, but for the custodian, as `forwarded_by`: see `:reveal`.
    pub against_decision: Option<Decision>,
    /// The body that sent it on.
    #[schema(max_length = 100)]
    pub forwarded_by: Option<String>,
    pub handler_id: Option<Id>,
    /// The petition with which it is answered; `null` where it is answered by itself, or the caller does not see that one.
    pub merged_into_id: Option<Id>,
    /// Those that are answered with this one, by when they came: each keeps its number, limit and petitioner.
    #[schema(max_items = 100)]
    pub merged_ids: Vec<Id>,
    pub received_at: Moment,
    /// When it was first taken in for handling; its limit is counted from `received_at`.
    pub registered_at: Option<Moment>,
    /// The limit of today's period.
    pub due_at: Option<Moment>,
    pub first_reply_at: Option<Moment>,
    pub closed_at: Option<Moment>,
    /// All that is attached to it, in the order in which it was sent; read by `/v1/uploads/{id}/content`.
    #[schema(max_items = 1000)]
    pub attachments: Vec<PetitionAttachment>,
    /// The latest draft.
    pub draft: Option<Draft>,
    /// Version of the draft that stands approved.
    #[schema(minimum = 1)]
    pub approved_draft: Option<usize>,
    #[schema(max_items = 100)]
    pub supplements: Vec<Supplement>,
    #[schema(max_items = 100)]
    pub replies: Vec<SentReply>,
    pub extension: Option<Extension>,
    pub transfer: Option<Transfer>,
    pub filing: Option<Filing>,
    /// That it shall be less secret, as its custodian has proposed it; another decides.
    pub lifting: Option<Lifting>,
    /// When the petitioner was told how to appeal against the decision (訴願法 §14): once that has gone out.
    pub remedies_told_at: Option<Moment>,
    pub remedies_told_by: Option<ToldBy>,
    /// Of what else the petitioner is told, and by which means.
    #[schema(max_items = 200)]
    pub notices: Vec<PetitionNotice>,
    /// What the petitioner is told, each by one way, and whether it has gone out: what was told counts once it has. Letters that wait are to
    /// be printed (GET /v1/outgoing-letters) and posted (`:note-letters`), calls stand in GET /v1/call-list, mails in GET /v1/mails.
    #[schema(max_items = 2000)]
    pub tellings: Vec<Telling>,
    #[schema(max_items = 100)]
    pub closings: Vec<Closing>,
    /// That what it suggests was adopted, or is dropped after all, as the petitioner is told.
    #[schema(max_items = 100)]
    pub adoptions: Vec<Adoption>,
    /// It is the same one as that into which it is merged, and was entered twice by mistake; of a confidential one its custodian is told
    /// so, and whoever else reads it that it is answered together with others: both are one petitioner's.
    pub entered_twice: bool,
    /// Its petitioner does not want it to be published.
    pub refuses_publication: bool,
    /// How the petitioner rates the latest answer that they have rated: to supervisors who had no hand in it.
    pub rating: Option<PetitionRating>,
    /// To whoever must hand it over, once: the secret that took the place of the one that somebody knows whom it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, nullable = false)]
    pub renewed_secret: Option<String>,
    /// The same for those who wrote petitions that are merged into this one: each is handed their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 100)]
    pub renewed_secrets: Vec<PetitionTaken>,
    /// What the caller could do now.
    #[schema(value_type = Vec<PetitionAct>, max_items = 40)]
    pub allowed_actions: Vec<&'static str>,
}

/// A petition as the caller sees it, before a veil goes over it.
fn view(conn: &mut Conn, node: &Node, by: &By, open: Open) -> Result<(PetitionView, Option<Veil>)> {
    let allowed_actions = open.allowed(conn, node, by)?;
    let (merged_into_id, merged_ids) = (seen_main(conn, &open)?, seen_members(conn, &open)?);
    let Open { mut row, mut handling, sight, renewed_secret, renewed_secrets, .. } = open;
    let mut matter = row.matter(&node.vault)?;
    let people = row.petitioners(&node.vault)?;
    let contact = contacts::of(conn, &node.vault, &row.path())?;
    leave_unseen_out(conn, &sight, &mut handling)?;
    let veil = veil_for(conn, node, (&row, &sight, &handling))?;
    let attachments = shown_to(conn, node, (&sight, &row, &matter), (&handling, veil.as_ref()))?;
    if veil.is_none() {
        leave_unknown_out(conn, &sight, &mut handling)?;
    } else {
        matter = matter.for_handlers();
        // All are one petitioner's, and so are both of what was entered twice.
        handling.filing.iter_mut().for_each(|filing| filing.earlier_ids.clear());
        row.entered_twice = false;
        handling.leave_double_out();
        handling.leave_appeal_out();
    }
    let (subject, body) = (matter.subject, matter.body);
    let with_county = by.caller.has_role(Role::County) && countys(conn, by.now)?.contains(&row.id);
    let is_open = !row.confidential;
    let petitioners = is_open.then(|| people.iter().map(Petitioner::masked).collect());
    let contact = contact.filter(|_| is_open).map(|contact| contact.shown(false));
    let concerns = named_in(conn, &node.vault, row.id)?.into_iter().map(|named| named.read(veil.as_ref()).into()).collect();
    let rating = rating_for(conn, node, by, (&row, &handling))?;
    let (draft, approved_draft) = (handling.draft().cloned(), handling.approval.as_ref().map(|approval| approval.draft));
    let remedies_told_by = handling.remedies.map(|(_, told_by)| told_by);
    let remedies_told_at = handling.remedies.and_then(|_| handling.remedies_told_at());
    let (topic, handler_id) = (topic_of(conn, row.id)?, row.handler);
    let (supplements, replies, extension) = (handling.supplements, handling.replies, handling.extension);
    let (transfer, filing, lifting) = (handling.transfer, handling.filing, handling.lifting);
    let (closings, notices, tellings, adoptions) = (handling.closings, handling.notices, handling.tellings, handling.adoptions);
    let (against_decision, forwarded_by) = (matter.against_decision, matter.forwarded_by);
    let refuses_publication = matter.refuses_publication;
    let view = view_of!(PetitionView, row {
        id, number, status, kind, channel, language, confidential, whistleblower, concerns_settled, received_at, registered_at, due_at,
        first_reply_at, closed_at, entered_twice
    } topic, with_county, subject, body, petitioners, contact, concerns, against_decision, forwarded_by, handler_id, merged_into_id, merged_ids,
        attachments, draft, approved_draft, supplements, replies, extension, transfer, filing, lifting, remedies_told_at, remedies_told_by, notices, tellings, closings, adoptions, refuses_publication, rating, renewed_secret,
        renewed_secrets, allowed_actions);
    Ok((view, veil))
}

/// What hides who is behind a petition from somebody who does not read it as it was written.
pub fn veil_for(conn: &mut Conn, node: &Node, (row, sight, handling): (&Petition, &Sight, &Handling)) -> Result<Option<Veil>> {
    if sight.reads_original(row) {
        return Ok(None);
    }
    let mut veil = group::veil_of(conn, node, row, handling)?;
    let mut hands = hands_of(conn, row.id)?;
    hands.extend(handling.replies.iter().filter_map(|reply| reply.written_by.clone()));
    hands.extend(named_in(conn, &node.vault, row.id)?.into_iter().filter_map(|named| named.by).map(|(name, _)| name));
    veil.read_by(sight.own_hands(conn, &hands)?);
    Ok(Some(veil))
}

/// Something of a petition as it is shown: through its veil, where there is one.
pub fn covered(veil: Option<&Veil>, view: &impl Serialize) -> Result<Reply> {
    veil.map_or_else(|| Reply::ok(view), |veil| Reply::ok(&veil.over(view)?))
}

/// The one into which a petition is merged, where the caller sees it.
fn seen_main(conn: &mut Conn, open: &Open) -> Result<Option<Id>> {
    let Some(main) = open.row.merged_into else { return Ok(None) };
    Ok(open.sight.rows().filter(petitions::id.eq(main)).select(petitions::id).first(conn).optional()?)
}

/// Those that are merged into a petition, as far as the caller sees them.
fn seen_members(conn: &mut Conn, open: &Open) -> Result<Vec<Id>> {
    let merged = open.sight.rows().filter(petitions::merged_into.assume_not_null().eq(open.row.id));
    Ok(merged.order(petitions::id).select(petitions::id).load(conn)?)
}

/// Leaves those petitions out of the supplements that the caller does not see: to which one came, or which was made of one.
fn leave_unseen_out(conn: &mut Conn, sight: &Sight, handling: &mut Handling) -> Result<()> {
    let letters = handling.supplements.iter();
    let named: Vec<Id> = letters.flat_map(|letter| letter.from_id.iter().chain(&letter.split_into)).copied().collect();
    if named.is_empty() {
        return Ok(());
    }
    let seen: Vec<Id> = sight.rows().filter(petitions::id.eq_any(named)).select(petitions::id).load(conn)?;
    for letter in &mut handling.supplements {
        letter.from_id = letter.from_id.filter(|id| seen.contains(id));
        letter.split_into.retain(|id| seen.contains(id));
    }
    Ok(())
}

/// Leaves those earlier petitions out of a proposed filing of which the caller does not know who has written them: all are one
/// petitioner's.
fn leave_unknown_out(conn: &mut Conn, sight: &Sight, handling: &mut Handling) -> Result<()> {
    let Some(filing) = handling.filing.as_mut().filter(|filing| !filing.earlier_ids.is_empty()) else { return Ok(()) };
    let rows = sight.rows().filter(petitions::id.eq_any(filing.earlier_ids.clone())).select(Petition::as_select());
    let known: Vec<Petition> = rows.load(conn)?;
    filing.earlier_ids.retain(|id| known.iter().any(|row| row.id == *id && sight.reads_original(row)));
    Ok(())
}

/// The answer that shows a petition.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, open: Open) -> Result<Reply> {
    let version = open.row.version;
    let (view, veil) = view(conn, node, by, open)?;
    Ok(covered(veil.as_ref(), &view)?.version(version))
}
