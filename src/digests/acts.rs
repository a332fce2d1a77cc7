//! What becomes of the digest of a month: submitted by a clerk, frozen by a section chief who is another person, read by the
//! director, and taken back.

use std::collections::HashSet;

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::figures::{CountedMonth, DigestSatisfaction};
use super::model::{DigestAct, Fact, Span};
use super::month::{Month, MonthInPath};
use super::policy::{
    FreezePetitionDigest, MarkPetitionDigestRead, ReturnPetitionDigest, SubmitPetitionDigest, UnfreezePetitionDigest,
};
use super::problems::FIGURES_CHANGED;
use super::reading::{live, open, require_begun, require_sight};
use super::settings::DigestSettings;
use super::store::{self, Digest, Snapshot};
use super::view::{PetitionDigest, applied, shown};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::IfMatchHeader;
use crate::db::{Id, Record, Tx};
use crate::error::Result;
use crate::http::{IfMatch, PathText, Reply, Valid};
use crate::node::Node;
use crate::people::{Note, OptionalReason, Reason};
use crate::petitions;

/// Changes the digest of one month: at the version that the caller read, judged, saved, told and shown.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (month, if_match, act): (Month, IfMatch, DigestAct),
    why: String,
    effect: impl Fn(&mut Tx, &Node, &By, &mut Digest) -> Result<()> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        require_sight(tx, by)?;
        require_begun(month, by.now)?;
        let (mut digest, is_kept) = store::of_month(tx, month, by.now)?;
        if act == DigestAct::Freeze {
            if_match.seen(digest.version)?;
        } else {
            if_match.check(digest.version)?;
        }
        let status = applied(tx, by, &digest, act)?;
        if !is_kept {
            store::insert(tx, &digest)?;
        }
        effect(tx, &node, by, &mut digest)?;
        digest.status = status;
        store::save(tx, &mut digest)?;
        store::add_line(tx, digest.id, act.line().past, &by.caller.name(), (&why, by.now))?;
        let event = json!({"month": month.to_string(), "status": digest.status, "revision": digest.revision});
        tx.record(Record::change(act.line().journal, store::path(month), event).because(why.clone()));
        shown(tx, &node, by, (month, None))
    })
    .await
}

/// Submits the digest of a month.
///
/// By a clerk with the duty PETITIONS, once the month is over. What they saw is kept by its hash: a section chief freezes that, and where
/// the figures change in between they are submitted again.
#[utoipa::path(tag = "Petition digests", operation_id = "submit_petition_digest", params(MonthInPath, IfMatchHeader), request_body = OptionalReason, responses(
    (status = 200, description = "The digest.", body = PetitionDigest),
    (status = 404, description = "The month has not begun, or is none: `not_found`."),
    (status = 409, description = "`month_not_over`; `wrong_state` with `allowed_actions`: it is frozen."),
))]
#[post("/v1/digests/petitions/{month}:submit")]
pub async fn submit_petition_digest(
    may: May<SubmitPetitionDigest>,
    node: Data<Node>,
    month: PathText<Month>,
    if_match: IfMatch,
    Valid(note): Valid<OptionalReason>,
) -> Result<Reply> {
    let why = note.text().to_owned();
    change(may, node, (month.0, if_match, DigestAct::Submit), why, |tx, _, by, digest| {
        let (counted, _) = live(tx, digest.month(), by.now)?;
        digest.submitted_hash = Some(counted.hash(digest.month(), digest.revision + 1)?);
        (digest.submitted_by, digest.submitted_at) = (Some(by.caller.name()), Some(by.now));
        Ok(())
    })
    .await
}

fn forget_submission(digest: &mut Digest) {
    (digest.submitted_by, digest.submitted_at, digest.submitted_hash) = (None, None, None);
}

/// Takes the submission of a digest back, or returns it.
///
/// By a clerk or a section chief, with the reason; then its figures are looked through again.
#[utoipa::path(tag = "Petition digests", operation_id = "return_petition_digest", params(MonthInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The digest.", body = PetitionDigest),
    (status = 404, description = "The month has not begun, or is none: `not_found`."),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/digests/petitions/{month}:return")]
pub async fn return_petition_digest(
    may: May<ReturnPetitionDigest>,
    node: Data<Node>,
    month: PathText<Month>,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, (month.0, if_match, DigestAct::Return), why.as_str().to_owned(), |_, _, _, digest| {
        forget_submission(digest);
        Ok(())
    })
    .await
}

/// Satisfaction with the month: fixed with its first freezing, since a second reading of other petitions would tell by the difference what
/// the first one hides.
fn satisfaction(tx: &mut Tx, node: &Node, by: &By, digest: &Digest, facts: &[Fact]) -> Result<Option<DigestSatisfaction>> {
    if let Some(first) = store::snapshot(tx, digest.id, 1)? {
        return Ok(first.counted(&node.vault)?.satisfaction);
    }
    let span = Span::of(digest.month(), by.now);
    let rated: HashSet<Id> = open(facts).into_iter().map(|fact| fact.petition).collect();
    let scores = petitions::scores(tx, &node.vault, (span.from, span.before), &rated)?;
    Ok(Some(DigestSatisfaction::of(&scores, node.config.of::<DigestSettings>().digest_least_ratings)))
}

/// Freezes the digest of a month.
///
/// By a section chief, who is another person than whoever submitted it, as it was seen: `If-Match` names the version, and `*` none. Its
/// figures are what was submitted: where they have changed since, 409 `figures_changed`. From then on it shows what was frozen, with its
/// hash, and what has changed since beside it.
#[utoipa::path(tag = "Petition digests", operation_id = "freeze_petition_digest", params(MonthInPath, IfMatchHeader), request_body = OptionalReason, responses(
    (status = 200, description = "The frozen digest.", body = PetitionDigest),
    (status = 404, description = "The month has not begun, or is none: `not_found`."),
    (status = 409, description = "`figures_changed`; `wrong_state` with `allowed_actions`; `same_person`: whoever submitted it does not freeze it; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/digests/petitions/{month}:freeze")]
pub async fn freeze_petition_digest(
    may: May<FreezePetitionDigest>,
    node: Data<Node>,
    month: PathText<Month>,
    if_match: IfMatch,
    Valid(note): Valid<OptionalReason>,
) -> Result<Reply> {
    let why = note.text().to_owned();
    change(may, node, (month.0, if_match, DigestAct::Freeze), why, |tx, node, by, digest| {
        let (counted, facts) = live(tx, digest.month(), by.now)?;
        let revision = digest.revision + 1;
        if digest.submitted_hash != Some(counted.hash(digest.month(), revision)?) {
            return Err(FIGURES_CHANGED.into());
        }
        let satisfaction = satisfaction(tx, node, by, digest, &facts)?;
        let counted = CountedMonth { satisfaction, ..counted };
        let frozen = (by.caller.name(), by.now);
        let snapshot = Snapshot::new(&node.vault, (&*digest, revision), frozen, (&counted, &facts))?;
        store::insert_snapshot(tx, &snapshot)?;
        digest.revision = revision;
        Ok(())
    })
    .await
}

/// What the director remarks.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"remarks": "逾期案件請於週會檢討"}))]
pub struct DigestReading {
    remarks: Option<Note>,
}

/// Marks the digest of a month as read.
///
/// By the director, with remarks.
#[utoipa::path(tag = "Petition digests", operation_id = "mark_petition_digest_read", params(MonthInPath, IfMatchHeader), request_body = DigestReading, responses(
    (status = 200, description = "The digest.", body = PetitionDigest),
    (status = 404, description = "The month has not begun, or is none: `not_found`."),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is not frozen, or was read already."),
))]
#[post("/v1/digests/petitions/{month}:mark-read")]
pub async fn mark_petition_digest_read(
    may: May<MarkPetitionDigestRead>,
    node: Data<Node>,
    month: PathText<Month>,
    if_match: IfMatch,
    Valid(input): Valid<DigestReading>,
) -> Result<Reply> {
    let remarks = input.remarks.as_ref().map(|remarks| remarks.as_str().to_owned());
    let why = remarks.clone().unwrap_or_default();
    change(may, node, (month.0, if_match, DigestAct::MarkRead), why, move |tx, _, by, digest| {
        digest.remarks = remarks.as_ref().map(|remarks| tx.seal_text(&digest.remarks_identity(), remarks));
        (digest.read_by, digest.read_at) = (Some(by.caller.name()), Some(by.now));
        Ok(())
    })
    .await
}

/// Takes the freezing of a month back.
///
/// By the director, with the reason. What was frozen stays and can be read with `revision`; the month is counted as it stands until it is
/// submitted and frozen again.
#[utoipa::path(tag = "Petition digests", operation_id = "unfreeze_petition_digest", params(MonthInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The digest, counted as it stands.", body = PetitionDigest),
    (status = 404, description = "The month has not begun, or is none: `not_found`."),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is not frozen."),
))]
#[post("/v1/digests/petitions/{month}:unfreeze")]
pub async fn unfreeze_petition_digest(
    may: May<UnfreezePetitionDigest>,
    node: Data<Node>,
    month: PathText<Month>,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, (month.0, if_match, DigestAct::Unfreeze), why.as_str().to_owned(), |tx, _, by, digest| {
        store::note_unfrozen(tx, digest, by.now)?;
        forget_submission(digest);
        (digest.read_by, digest.read_at, digest.remarks) = (None, None, None);
        Ok(())
    })
    .await
}
