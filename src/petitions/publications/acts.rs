//! What becomes of a petition for publication: what is hidden is said, it is published by another, and withdrawn.

use actix_web::web::Data;
use actix_web::{patch, post};
use serde::Deserialize;
use utoipa::ToSchema;

use super::model::{Bar, PublicationAct, PublicationGround};
use super::policy::{PublishPetitionPublication, UpdatePetitionPublication, WithdrawPetitionPublication};
use super::redacting::HiddenSpan;
use super::routes::{month_of, readable};
use super::source::Source;
use super::store::{self, Publication};
use super::view::{PetitionPublicationView, applied, shown};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid, patch};
use crate::node::Node;
use crate::people::Reason;
use crate::petitions::store::Petition;

/// Changes one: at the version that the caller read, judged, saved, told and shown; what changes nothing leaves no trace.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, act): (Id, IfMatch, PublicationAct),
    why: String,
    effect: impl Fn(&mut Tx, &By, &Petition, &mut Publication) -> Result<bool> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let petition = store::petition_of(tx, id)?;
        let petition = readable(tx, by, petition)?;
        let mut publication = store::find(tx, id)?;
        if act == PublicationAct::Publish {
            if_match.seen(publication.version)?;
        } else {
            if_match.check(publication.version)?;
        }
        publication.status = applied(tx, by, &publication, act)?;
        if !effect(tx, by, &petition, &mut publication)? {
            return shown(tx, &node, by, publication);
        }
        store::save(tx, &mut publication)?;
        tx.record(publication.told(act).because(why.as_str()));
        shown(tx, &node, by, publication)
    })
    .await
}

/// What is hidden of a petition for publication.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ground": "FREQUENT_QUESTION"}))]
pub struct PublicationPatch {
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(nullable = false)]
    ground: Option<PublicationGround>,
    /// All stretches that are hidden, in the place of those of before: what is added, and what stays. What the machine has found and is
    /// taken out is shown to whoever publishes it (`left_open`); a number of somebody is never taken out.
    #[serde(default, deserialize_with = "patch::set")]
    #[schema(max_items = 1000, nullable = false)]
    hidden: Option<Vec<HiddenSpan>>,
}

/// Says what is hidden of a petition for publication.
///
/// Until it is published.
#[utoipa::path(tag = "Published petitions", operation_id = "update_petition_publication", params(IdInPath, IfMatchHeader), request_body = PublicationPatch, responses(
    (status = 200, description = "The draft.", body = PetitionPublicationView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is published, or withdrawn."),
))]
#[patch("/v1/petition-publications/{id}")]
pub async fn update_petition_publication(
    may: May<UpdatePetitionPublication>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<PublicationPatch>,
) -> Result<Reply> {
    let shared = node.clone();
    change(may, node, (id.0, if_match, PublicationAct::Rewrite), String::new(), move |_, by, _, publication| {
        let (ground, mut content) = (publication.ground, publication.content(&shared.vault)?);
        let hidden = input.hidden.as_ref().map(|hidden| content.texts.checked(hidden)).transpose()?;
        let hidden = hidden.filter(|hidden| *hidden != content.spans);
        patch::put(&mut publication.ground, input.ground);
        if hidden.is_none() && publication.ground == ground {
            return Ok(false);
        }
        patch::put(&mut content.spans, hidden);
        publication.put_content(&shared.vault, &content)?;
        publication.write(by).map(|()| true)
    })
    .await
}

/// Publishes a petition with its reply.
///
/// By a section chief or the director who has said nothing of what is hidden, as it was seen: `If-Match` names the version, and `*` none. It
/// is read by everybody from then on, by a key of its own. As soon as the petition becomes confidential, is taken up again, or loses its
/// reply, as its petitioner refuses, or as anything of it is put right, its topic and its language too, it disappears by itself.
#[utoipa::path(tag = "Published petitions", operation_id = "publish_petition_publication", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "It is published.", body = PetitionPublicationView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `publication_barred`: it is not for the public, by the `rule`; `own_request`: whoever has said what is hidden does not publish it; `asker_gone`; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/petition-publications/{id}:publish")]
pub async fn publish_petition_publication(
    may: May<PublishPetitionPublication>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
) -> Result<Reply> {
    let shared = node.clone();
    change(may, node, (id.0, if_match, PublicationAct::Publish), String::new(), move |tx, by, petition, publication| {
        let handling = petition.handling(&shared.vault)?;
        let source = Source::of(tx, &shared, (petition, &handling))?.map_err(Bar::refusal)?;
        if source.digest(&shared.vault)? != publication.source {
            return Err(Bar::Changed.refusal());
        }
        publication.classify(tx, petition)?;
        (publication.public_id, publication.published_at) = (Id::by_chance(month_of(by.now)), Some(by.now));
        Ok(true)
    })
    .await
}

/// Withdraws a petition for publication.
///
/// With the reason, whether it is published or not: nobody reads it any more. It can be proposed anew.
#[utoipa::path(tag = "Published petitions", operation_id = "withdraw_petition_publication", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "It is withdrawn.", body = PetitionPublicationView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it is withdrawn already."),
))]
#[post("/v1/petition-publications/{id}:withdraw")]
pub async fn withdraw_petition_publication(
    may: May<WithdrawPetitionPublication>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let reason = why.as_str().to_owned();
    let kept = reason.clone();
    change(may, node, (id.0, if_match, PublicationAct::Withdraw), reason, move |tx, _, _, publication| {
        publication.put_reason(tx, &kept);
        Ok(true)
    })
    .await
}
