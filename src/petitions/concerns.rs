//! Whom a petition concerns, and what is put right in it: its record before it is signed, its secrecy, and by its custodian whom
//! it complains about. Whoever is named loses it at once.

use actix_web::patch;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::acting::{Open, conflict};
use super::attachments;
use super::correcting;
use super::counting::{put_topic, topic_of};
use super::group;
use super::model::{PetitionAct, PetitionChannel, PetitionKind, PetitionLanguage, PetitionStatus, PetitionTopic};
use super::naming;
use super::petitioners::{DecisionInput, PetitionerInput};
use super::policy::UpdatePetition;
use super::sight::find;
use super::store::{Concern, concerns_of};
use super::view::{PetitionView, shown};
use crate::accounts::staff::works_here;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result, Text, one_of};
use crate::http::{IfMatch, PathId, Reply, Valid, patch};
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::people::{Contact, Label, Note};
use crate::retention::require_kept;
use crate::text_enum;

text_enum! {
    /// Whom a petition concerns.
    pub enum ConcernKind {
        /// Somebody who works in the office, by their account
        Account = "ACCOUNT",
        /// Everybody at a service point
        ServicePoint = "SERVICE_POINT",
        /// Somebody else, in words
        Other = "OTHER",
    }
}

/// Somebody whom a petition concerns.
#[derive(Clone, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "OTHER", "words": "某戶政業者"}))]
pub struct ConcernInput {
    kind: ConcernKind,
    /// With ACCOUNT; said by staff alone.
    account_id: Option<Id>,
    /// With SERVICE_POINT: its code from GET /v1/office.
    #[schema(min_length = 1, max_length = 20)]
    service_point: Option<String>,
    /// With OTHER.
    words: Option<Label>,
}

/// The same, as it is shown.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"kind": "SERVICE_POINT", "account_id": null, "service_point": "HEMEI", "words": null}))]
pub struct ConcernView {
    kind: ConcernKind,
    account_id: Option<Id>,
    #[schema(max_length = 20)]
    service_point: Option<String>,
    #[schema(max_length = 100)]
    words: Option<String>,
}

impl From<Concern> for ConcernView {
    fn from(concern: Concern) -> Self {
        let none = |kind| Self { kind, account_id: None, service_point: None, words: None };
        match concern {
            Concern::Account(account) => Self { account_id: Some(account), ..none(ConcernKind::Account) },
            Concern::ServicePoint(point) => Self { service_point: Some(point), ..none(ConcernKind::ServicePoint) },
            Concern::Words(words) => Self { words: Some(words), ..none(ConcernKind::Other) },
        }
    }
}

impl From<&Concern> for ConcernInput {
    fn from(concern: &Concern) -> Self {
        let none = |kind| Self { kind, account_id: None, service_point: None, words: None };
        match concern {
            Concern::Account(account) => Self { account_id: Some(*account), ..none(ConcernKind::Account) },
            Concern::ServicePoint(point) => Self { service_point: Some(point.clone()), ..none(ConcernKind::ServicePoint) },
            Concern::Words(words) => Self { words: words.parse().ok(), ..none(ConcernKind::Other) },
        }
    }
}

/// Reads whom a petition concerns; only staff name accounts.
pub fn read(conn: &mut Conn, all: &[ConcernInput], by_staff: bool) -> Result<Vec<Concern>> {
    all.iter().enumerate().map(|(n, one)| one.read(conn, &format!("/concerns/{n}"), by_staff)).collect()
}

impl ConcernInput {
    fn read(&self, conn: &mut Conn, at: &str, by_staff: bool) -> Result<Concern> {
        let given = [
            ("account_id", ConcernKind::Account, self.account_id.is_some()),
            ("service_point", ConcernKind::ServicePoint, self.service_point.is_some()),
            ("words", ConcernKind::Other, self.words.is_some()),
        ];
        for (member, kind, is_given) in given {
            if is_given != (kind == self.kind) {
                let (code, text) = if is_given {
                    ("not_allowed", Text::new("與 kind 不符", "it does not belong to this kind"))
                } else {
                    ("required", Text::new("此欄位為必填", "this field is required"))
                };
                return Err(Error::field(format!("{at}/{member}"), code, text));
            }
        }
        if let Some(account) = self.account_id {
            if !by_staff || !works_here(conn, account)? {
                let text = Text::new("應為本所同仁之帳號", "the account of somebody who works in the office");
                return Err(Error::field(format!("{at}/account_id"), "not_allowed", text));
            }
            return Ok(Concern::Account(account));
        }
        if let Some(point) = &self.service_point {
            if !SERVICE_POINTS.contains(&point.as_str()) {
                return Err(Error::field(format!("{at}/service_point"), "unknown", one_of(&SERVICE_POINTS)));
            }
            return Ok(Concern::ServicePoint(point.clone()));
        }
        Ok(Concern::Words(self.words.as_ref().map(|words| words.as_str().to_owned()).unwrap_or_default()))
    }
}

/// Whether any of these names somebody who works in the office, or a part of it.
pub fn name_staff(all: &[Concern]) -> bool {
    all.iter().any(Concern::is_staff)
}

/// What to put right in a petition.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"subject": "遷入登記應備文件"}))]
pub struct PetitionPatch {
    /// Of a spoken one only before its record is signed (行政程序法 §169); of the mailbox never: the petitioner has written it.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    pub subject: Option<String>,
    /// As `subject`.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 10000, nullable = false)]
    pub body: Option<String>,
    /// What handlers read in the place of the subject of a confidential petition; by its custodian.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    shown_subject: Option<String>,
    /// What handlers read in the place of the text of a confidential petition; by its custodian.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 10000, nullable = false)]
    shown_body: Option<String>,
    /// Which of the attachments handlers of a confidential petition may read, in the place of those of before; by its custodian. An
    /// attachment may name whoever sent it: none is shown before it was looked at.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(max_items = 100, nullable = false)]
    pub shown_attachments: Option<Vec<Id>>,
    /// Kept secret from now on; `false` proposes that it be so no more, by its custodian with a reason, for `approve_lifting` by another.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    pub confidential: Option<bool>,
    /// A whistleblower's from now on (公益揭弊者保護法 §15): it is confidential, and its custodian's alone until they release it; `false`
    /// proposes that it be so no more, as with `confidential`.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    pub whistleblower: Option<bool>,
    /// Decides on the `lifting` that another has proposed.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    pub approve_lifting: Option<bool>,
    /// Why it shall be less secret, does not concern whoever is taken out of `concerns`, or was taken down wrongly: required of each.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    pub reason: Option<Note>,
    /// Whom it concerns, in the place of whoever stood there; of a confidential petition by its custodian. An empty list says
    /// that it concerns nobody of the office. Whoever has named somebody of the office does not take them out again: another does, who
    /// looks after the petition or supervises. What stands veiled in `words` is sent back as it is read.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(max_items = 20, nullable = false)]
    concerns: Option<Vec<ConcernInput>>,
    /// Who petitions; `null` where nobody has signed it. Of a confidential one by its custodian, as the next two. What was told by letter or
    /// telephone stays with whom it has told, in whichever place, and with those who are named no more; whoever stands in their place, or is
    /// named for the first time, is told what still stands, and a letter that has not gone out goes to the right name.
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<PetitionerInput>)]
    pub petitioner: Option<Option<PetitionerInput>>,
    /// The others of a group; see `petitioner`.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(max_items = 20, nullable = false)]
    pub others: Option<Vec<PetitionerInput>>,
    /// In the place of all that was given before. What went by a way that was wrong and still stands is told again, be it a reply, the
    /// remedies, a supplement that is awaited, an extension, a transfer, a withdrawal or an appeal; what has not gone out is stopped. Where
    /// another e-mail address waits to be confirmed, a new code goes there and that of before is good no more.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    pub contact: Option<Contact>,
    /// Until something is drafted. Its period is counted from the same day; a report of wrongdoing goes to its custodian.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    pub kind: Option<PetitionKind>,
    /// What waits to go out is written anew in it, but for a reply, which somebody must translate: a draft is drafted anew, and a reply that
    /// was sent stays in its own `language`. Taken up again by `:reopen`, it is answered in the right one.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    pub language: Option<PetitionLanguage>,
    /// A spoken one stays spoken, and a written one written.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    pub channel: Option<PetitionChannel>,
    /// Day on which it came, at most a year before it was taken down. Of one that is taken for an appeal its petitioner is told it right.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    pub received_on: Option<NaiveDate>,
    /// The body that sent it on; `null` where none did: what was told of its filing to a wrong one is told to the right one. Of a
    /// confidential one by its custodian, who alone reads it.
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<Label>)]
    pub forwarded_by: Option<Option<Label>>,
    /// The decision against which it turns: the remedies are told at once, and told right where they were told of another. Of a
    /// confidential one by its custodian, who alone reads it.
    #[serde(default, deserialize_with = "patch::set_or_clear")]
    #[schema(value_type = Option<DecisionInput>)]
    pub against_decision: Option<Option<DecisionInput>>,
    /// The petitioner does not want it to be published, or does after all, as they have said: what is published disappears at once.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    refuses_publication: Option<bool>,
    /// What it is about, in the place of what was said before.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    topic: Option<PetitionTopic>,
}

/// Puts a petition right.
///
/// What was taken down wrongly: the record of a spoken one before it is signed, all else afterwards too, with a `reason`. A petitioner
/// who was told something else is told right. A correction by which the limit ends later is made by a supervisor who is not in charge
/// of it. And whether it is secret, what it is about, and whom it concerns, in every state from its receipt on. Whoever reads a member
/// veiled does not write it (422 `not_allowed`).
///
/// Whoever it concerns, by whichever of their accounts, or works at a service point that it concerns, sees nothing more of it from then
/// on, nor of the inquiry or complaint out of which it came, nor of what it is a piece of, nor of its pieces: where they had taken it
/// themselves, the secret that they know ends, and `renewed_secret` is handed to the petitioner; so it is where nobody was given one
/// yet. What is theirs of it is taken back: the charge, a draft that they wrote or approved, and what they have proposed. Nobody can name
/// so many that nobody is left: what concerns everybody of the office who could look after it is left to the county's ethics unit
/// (`with_county`), an account of the county with the duty PETITION_CUSTODIAN; where there is none, 422.
///
/// Petitions that are merged into it become as secret as it, and where it is confidential concern whomever it does
/// (`renewed_secrets`). How secret it is falls by no change while others are merged. Of a merged one what was taken down wrongly is put
/// right; how secret it is, whom it concerns and its language are changed in the one with which it is answered.
#[utoipa::path(tag = "Petitions", operation_id = "update_petition", params(IdInPath, IfMatchHeader), request_body = PetitionPatch, responses(
    (status = 200, description = "The petition, as it was last seen where it concerns the caller.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: the record is signed, or the petition is answered, so that its kind stands; `same_person`: whoever has named somebody does not take them out; `own_request`: whoever proposes that it be less secret does not decide; `asker_gone`: whoever proposed it holds no office any more; `holder_required`: nobody knows who works with the account; `conflict`: nothing was proposed, others are merged into it, or it is merged itself and this is changed in the one with which it is answered."),
))]
#[patch("/v1/petitions/{id}")]
pub async fn update_petition(
    may: May<UpdatePetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<PetitionPatch>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut open = Open::of(&node, find(tx, by, id.0)?)?;
        if change.approve_lifting.is_some() {
            if_match.seen(open.row.version)?;
        } else {
            if_match.check(open.row.version)?;
        }
        require_kept(open.row.erased_at)?;
        let [correct, update] = [PetitionAct::Correct, PetitionAct::Update].map(|act| act.after(open.row.status));
        if correct.or(update).is_none() {
            return Err(Error::wrong_state(&open.allowed(tx, &node, by)?));
        }
        if open.row.status == PetitionStatus::Merged && change.is_shared() {
            return Err(conflict("已併案，請於主案變更", "it is merged: change this in the one with which it is answered"));
        }
        let handling = open.handling.clone();
        let known = group::of_their_takers(tx, &node, open.row.id)?;
        let before = (open.row.clone(), concerns_of(tx, &node.vault, open.row.id)?);
        let topic_before = topic_of(tx, open.row.id)?;
        let is_corrected = change.put(tx, &node, by, &mut open)?;
        let is_same = !is_corrected
            && before.1 == concerns_of(tx, &node.vault, open.row.id)?
            && (before.0.confidential, before.0.whistleblower) == (open.row.confidential, open.row.whistleblower)
            && before.0.concerns_settled == open.row.concerns_settled
            && before.0.secret_hash == open.row.secret_hash
            && topic_before == topic_of(tx, open.row.id)?
            && handling == open.handling
            && before.0.matter(&node.vault)? == open.row.matter(&node.vault)?;
        if is_same {
            return shown(tx, &node, by, Open { row: before.0, ..open });
        }
        let act = act_between(before.0.status, open.row.status);
        open.recount(tx, &node)?;
        open.save(tx, &node, act, &by.caller.name(), (&change.why(), by.now))?;
        group::keep_alike(tx, &node, by, &open)?;
        if change.concerns.is_some() {
            open.renewed_secrets = group::renew_secrets(tx, &node, by, &open, &known)?;
            naming::keep_away_from_pieces(tx, &node, by, open.row.id)?;
        }
        shown(tx, &node, by, open)
    })
    .await
}

/// By which act a petition goes from one state to another where something in it is changed.
pub fn act_between(was: PetitionStatus, is: PetitionStatus) -> PetitionAct {
    match (was, is) {
        (PetitionStatus::AwaitingSignature, _) => PetitionAct::Correct,
        _ if was == is => PetitionAct::Update,
        (_, PetitionStatus::Quarantine) => PetitionAct::Quarantine,
        _ => PetitionAct::Recall,
    }
}

impl PetitionPatch {
    /// Puts it in its place; whether it puts right what was taken down.
    fn put(&self, tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<bool> {
        self.put_text(tx, node, by, open)?;
        let is_corrected = correcting::put(self, tx, node, by, open)?;
        if let Some(topic) = self.topic {
            put_topic(tx, open.row.id, topic)?;
        }
        self.put_secrecy(tx, node, by, open)?;
        Ok(is_corrected)
    }

    /// Whether it changes what a merged petition has together with the one with which it is answered.
    fn is_shared(&self) -> bool {
        let secrecy = self.confidential.is_some() || self.whistleblower.is_some() || self.approve_lifting.is_some();
        secrecy || self.concerns.is_some() || self.language.is_some()
    }

    fn put_secrecy(&self, tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<()> {
        self.decide_on_lifting(tx, by, open)?;
        self.put_marks(tx, by, open)?;
        let Some(all) = &self.concerns else { return Ok(()) };
        naming::put(tx, node, by, open, (all.as_slice(), self.reason.as_ref()))
    }

    fn put_text(&self, tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<()> {
        let is_record = self.subject.is_some() || self.body.is_some();
        if is_record && open.row.channel.is_oral() && open.row.status != PetitionStatus::AwaitingSignature {
            return Err(Error::wrong_state(&open.allowed(tx, node, by)?));
        }
        for (at, is_given) in [("/shown_subject", self.shown_subject.is_some()), ("/shown_body", self.shown_body.is_some())] {
            if is_given && !open.sight.has_custody(&open.row) {
                return Err(custodians_alone(at));
            }
        }
        if let Some(shown) = &self.shown_attachments {
            if !open.sight.has_custody(&open.row) {
                return Err(custodians_alone("/shown_attachments"));
            }
            attachments::require(tx, node, &open.row, "/shown_attachments", shown)?;
        }
        let mut matter = open.row.matter(&node.vault)?;
        patch::put(&mut matter.shown_attachments, self.shown_attachments.clone());
        patch::put(&mut matter.refuses_publication, self.refuses_publication);
        matter.shown_subject = self.shown_subject.clone().or(matter.shown_subject);
        matter.shown_body = self.shown_body.clone().or(matter.shown_body);
        if matter != open.row.matter(&node.vault)? {
            open.row.put_matter(&node.vault, &matter)?;
        }
        Ok(())
    }
}

/// Refuses whoever does not look after the petition.
pub fn custodians_alone(at: &str) -> Error {
    Error::field(at, "not_allowed", Text::new("須由保管人辦理", "the custodian of the petition does it"))
}
