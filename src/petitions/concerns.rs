//! Whom a petition concerns, and what is put right in it: its record before it is signed, its secrecy, and by its custodian whom
//! it complains about. Whoever is named loses it at once.

use actix_web::patch;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::acting::Open;
use super::attachments;
use super::group;
use super::intake::PetitionTaken;
use super::model::{PetitionAct, PetitionStatus};
use super::policy::UpdatePetition;
use super::sight::{concerns, find};
use super::store::{Concern, concerns_of, put_concerns, works_here};
use super::view::{PetitionView, shown};
use crate::auth::whoever::account_of;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Error, Result, Text, one_of};
use crate::http::{IfMatch, PathId, Reply, Valid, patch};
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::people::Label;
use crate::secrets::vault::random_secret;
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
#[derive(Clone, Debug, Deserialize, ToSchema)]
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
    all.iter().any(|concern| !matches!(concern, Concern::Words(_)))
}

/// What to put right in a petition.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"subject": "遷入登記應備文件"}))]
pub struct PetitionPatch {
    /// Only before the record is signed (行政程序法 §169).
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    subject: Option<String>,
    /// Only before the record is signed.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 10000, nullable = false)]
    body: Option<String>,
    /// What handlers read in the place of the text of a confidential petition; by its custodian.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(min_length = 1, max_length = 10000, nullable = false)]
    shown_body: Option<String>,
    /// Which of the attachments handlers of a confidential petition may read, in the place of those of before; by its custodian. An
    /// attachment may name whoever sent it: none is shown before it was looked at.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(max_items = 100, nullable = false)]
    shown_attachments: Option<Vec<Id>>,
    /// Kept secret from now on; by its custodian it may be opened again.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    confidential: Option<bool>,
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    whistleblower: Option<bool>,
    /// Whom it concerns, in the place of whoever stood there; of a confidential petition by its custodian. An empty list says
    /// that it concerns nobody of the office.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(max_items = 20, nullable = false)]
    concerns: Option<Vec<ConcernInput>>,
}

/// Puts a petition right.
///
/// The record of a spoken one before it is signed; whether it is secret; and whom it concerns. Whoever it concerns, by whichever of
/// their accounts, or works at a service point that it concerns, sees nothing more of it from then on: where they had taken it
/// themselves, the secret that they know ends, and `renewed_secret` is handed to the petitioner. Where its handler is one of them
/// the petition is theirs no more and waits to be assigned. Petitions that are merged into it become as secret as it, and are kept from
/// the same people.
#[utoipa::path(tag = "Petitions", operation_id = "update_petition", params(IdInPath, IfMatchHeader), request_body = PetitionPatch, responses(
    (status = 200, description = "The petition, as it was last seen where it concerns the caller.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: the record is signed."),
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
        if_match.check(open.row.version)?;
        if PetitionAct::Update.after(open.row.status).is_none() {
            return Err(Error::wrong_state(&open.allowed(tx, by)?));
        }
        let before = (open.row.clone(), concerns_of(tx, &node.vault, open.row.id)?);
        change.put(tx, &node, by, &mut open)?;
        let is_same = before.1 == concerns_of(tx, &node.vault, open.row.id)?
            && (before.0.confidential, before.0.whistleblower) == (open.row.confidential, open.row.whistleblower)
            && before.0.concerns_settled == open.row.concerns_settled
            && before.0.matter(&node.vault)? == open.row.matter(&node.vault)?;
        if is_same {
            return shown(tx, &node, by, Open { row: before.0, ..open });
        }
        open.save(tx, &node, PetitionAct::Update, &by.caller.name(), ("", by.now))?;
        let is_renamed = before.1 != concerns_of(tx, &node.vault, open.row.id)?;
        keep_alike(tx, &node, by, &mut open, is_renamed)?;
        shown(tx, &node, by, open)
    })
    .await
}

impl PetitionPatch {
    fn put(&self, tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<()> {
        self.put_text(tx, node, by, open)?;
        let has_custody = open.sight.has_custody(open.row.id);
        if let Some(confidential) = self.confidential {
            if !confidential && open.row.confidential && !has_custody {
                return Err(custodians_alone("/confidential"));
            }
            open.row.confidential = confidential;
        }
        patch::put(&mut open.row.whistleblower, self.whistleblower);
        let Some(all) = &self.concerns else { return Ok(()) };
        if open.row.confidential && !has_custody {
            return Err(custodians_alone("/concerns"));
        }
        let all = read(tx, all, true)?;
        let is_known = all == concerns_of(tx, &node.vault, open.row.id)?;
        if is_known && (open.row.concerns_settled || !has_custody) {
            return Ok(());
        }
        if !is_known {
            put_concerns(tx, open.row.id, &all)?;
        }
        open.row.names_staff = name_staff(&all);
        open.row.concerns_settled |= has_custody;
        open.renewed_secret = renew_secret(tx, node, open)?;
        if let Some(handler) = open.row.handler
            && concerns(tx, handler, open.row.id)?
        {
            open.row.handler = None;
            tx.record(Record::read("petition.handler_kept_away", open.row.path(), ""));
        }
        Ok(())
    }

    fn put_text(&self, tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<()> {
        let is_record = self.subject.is_some() || self.body.is_some();
        if is_record && open.row.status != PetitionStatus::AwaitingSignature {
            return Err(Error::wrong_state(&open.allowed(tx, by)?));
        }
        if self.shown_body.is_some() && !open.sight.has_custody(open.row.id) {
            return Err(custodians_alone("/shown_body"));
        }
        if let Some(shown) = &self.shown_attachments {
            if !open.sight.has_custody(open.row.id) {
                return Err(custodians_alone("/shown_attachments"));
            }
            attachments::require(tx, node, &open.row, "/shown_attachments", shown)?;
        }
        let mut matter = open.row.matter(&node.vault)?;
        patch::put(&mut matter.shown_attachments, self.shown_attachments.clone());
        patch::put(&mut matter.subject, self.subject.clone());
        patch::put(&mut matter.body, self.body.clone());
        matter.shown_body = self.shown_body.clone().or(matter.shown_body);
        if matter != open.row.matter(&node.vault)? {
            open.row.put_matter(&node.vault, &matter)?;
        }
        Ok(())
    }
}

/// Keeps those that are merged into a petition as secret as it, and from the same people.
fn keep_alike(tx: &mut Tx, node: &Node, by: &By, open: &mut Open, is_renamed: bool) -> Result<()> {
    let all = concerns_of(tx, &node.vault, open.row.id)?;
    let mut renewed = Vec::new();
    group::follow(tx, node, by, (open.row.id, PetitionAct::Follow, ""), |tx, member| {
        let known = concerns_of(tx, &node.vault, member.row.id)?;
        let before = (member.row.confidential, member.row.concerns_settled, member.row.handler);
        let now = (open.row.confidential, open.row.concerns_settled, open.row.handler);
        if open.row.confidential && known != all {
            put_concerns(tx, member.row.id, &all)?;
            member.row.names_staff = open.row.names_staff;
        } else if before == now && !is_renamed {
            return Ok(false);
        }
        (member.row.confidential, member.row.concerns_settled, member.row.handler) = now;
        if is_renamed {
            let number = member.row.number.clone();
            renewed.extend(renew_secret(tx, node, member)?.map(|secret| PetitionTaken { number, secret }));
        }
        Ok(true)
    })?;
    open.renewed_secrets = renewed;
    Ok(())
}

/// Puts another secret in the place of one that its taker knows, where it concerns them.
fn renew_secret(tx: &mut Tx, node: &Node, open: &mut Open) -> Result<Option<String>> {
    let Some(taker) = account_of(&open.row.taken_by) else { return Ok(None) };
    if !concerns(tx, taker, open.row.id)? {
        return Ok(None);
    }
    let secret = random_secret(16);
    open.row.secret_hash = node.vault.secret_hash(&secret);
    Ok(Some(secret))
}

fn custodians_alone(at: &str) -> Error {
    Error::field(at, "not_allowed", Text::new("須由保管人辦理", "the custodian of the petition does it"))
}
