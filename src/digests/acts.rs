//! What becomes of the digest of a month: submitted by a clerk, frozen by a section chief who is another person, read by the
//! director, whose remarks are put right, and taken back.

use std::collections::BTreeMap;

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::figures::{CountedMonth, DigestSatisfaction};
use super::model::{DigestAct, Span};
use super::month::{Month, MonthInPath};
use super::policy::{
    CorrectPetitionDigestRemarks, FreezePetitionDigest, MarkPetitionDigestRead, ReturnPetitionDigest, SubmitPetitionDigest,
    UnfreezePetitionDigest,
};
use super::problems::FIGURES_CHANGED;
use super::reading::{live, require_begun, require_sight};
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
        // Figures change without a version: whoever stands for them names all that they saw.
        if matches!(act, DigestAct::Submit | DigestAct::Freeze) {
            if_match.shown(digest.version, &shown(tx, &node, by, (month, None))?)?;
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
/// By a clerk with the duty PETITIONS, once the month is over. What they saw is kept by its hash: `If-Match` is the whole tag of the digest
/// as they read it, and neither `*` nor a version alone, so that what has changed since is 412. A section chief freezes what was submitted,
/// and where the figures change in between they are submitted again.
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

/// Satisfaction with the month, and the petitions of which it is: fixed with its first freezing, since a second reading of other petitions
/// would tell by the difference what the first one hides.
fn satisfaction(tx: &mut Tx, node: &Node, by: &By, digest: &Digest) -> Result<(Option<DigestSatisfaction>, Vec<Id>)> {
    if let Some(first) = store::snapshots_of(tx, digest.id)?.first() {
        return Ok((first.counted(&node.vault)?.satisfaction, first.rated(&node.vault)?));
    }
    let span = Span::of(digest.month(), by.now);
    let kept = petitions::kept_from_some(tx, by.now)?;
    let all = petitions::rated(tx, &node.vault, (span.from, span.before), &kept)?;
    let mut unshown: BTreeMap<Id, Vec<u8>> = BTreeMap::new();
    for (supervisor, score) in all.iter().flat_map(|one| one.kept_from.iter().map(move |by| (*by, one.score))) {
        unshown.entry(supervisor).or_default().push(score);
    }
    let (scores, unshown): (Vec<u8>, Vec<Vec<u8>>) = (all.iter().map(|one| one.score).collect(), unshown.into_values().collect());
    let least = node.config.of::<DigestSettings>().digest_least_ratings;
    let mut ids: Vec<Id> = all.iter().map(|one| one.petition).collect();
    ids.dedup();
    Ok((Some(DigestSatisfaction::of(&scores, &unshown, least)), ids))
}

/// Freezes the digest of a month.
///
/// By a section chief, who is another person than whoever submitted it, as it was seen: `If-Match` is the whole tag of the digest as they
/// read it. Its figures are what was submitted: where they have changed since, 409 `figures_changed`. From then on it shows what was frozen, with its
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
        let (satisfaction, rated) = satisfaction(tx, node, by, digest)?;
        let counted = CountedMonth { satisfaction, ..counted };
        let frozen = (by.caller.name(), by.now);
        let snapshot = Snapshot::new(&node.vault, (&*digest, revision), frozen, (&counted, &facts, &rated))?;
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
        remark(tx, by, digest, (remarks.as_deref(), ""))?;
        (digest.read_by, digest.read_at) = (Some(by.caller.name()), Some(by.now));
        Ok(())
    })
    .await
}

/// Keeps what the director remarks, beside what was remarked before.
fn remark(tx: &mut Tx, by: &By, digest: &mut Digest, (remarks, reason): (Option<&str>, &str)) -> Result<()> {
    digest.remarks = remarks.map(|remarks| tx.seal_text(&digest.remarks_identity(), remarks));
    store::add_remarks(tx, digest, remarks, &by.caller.name(), (reason, by.now))
}

/// What the director remarks in the place of what stands there.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"remarks": "逾期案件請於月會檢討", "reason": "誤植會議名稱"}))]
pub struct DigestRemarksCorrection {
    /// None where nothing is remarked after all.
    remarks: Option<Note>,
    reason: Note,
}

/// Puts the remarks on a month right.
///
/// By the director, with the reason, on a month that was read: what was remarked before stays readable (`all_remarks`), and nothing else of
/// the digest changes.
#[utoipa::path(tag = "Petition digests", operation_id = "correct_petition_digest_remarks", params(MonthInPath, IfMatchHeader), request_body = DigestRemarksCorrection, responses(
    (status = 200, description = "The digest.", body = PetitionDigest),
    (status = 404, description = "The month has not begun, or is none: `not_found`."),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it was not read."),
))]
#[post("/v1/digests/petitions/{month}:correct-remarks")]
pub async fn correct_petition_digest_remarks(
    may: May<CorrectPetitionDigestRemarks>,
    node: Data<Node>,
    month: PathText<Month>,
    if_match: IfMatch,
    Valid(input): Valid<DigestRemarksCorrection>,
) -> Result<Reply> {
    let why = input.reason.as_str().to_owned();
    change(may, node, (month.0, if_match, DigestAct::CorrectRemarks), why, move |tx, _, by, digest| {
        remark(tx, by, digest, (input.remarks.as_ref().map(Note::as_str), input.reason.as_str()))
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
