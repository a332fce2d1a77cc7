//! What the public reads of petitions: texts without anybody, under keys that lead nowhere.

use actix_web::get;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::PublicationGround;
use super::policy::{GetPublishedPetition, ListPublishedPetitions};
use super::store::{self, Wanted};
use super::view::PublishedPetition;
use crate::auth::May;
use crate::contract::IdInPath;
use crate::error::Result;
use crate::http::{Listing, Page, Paging, Params, PathId, Reply};
use crate::node::Node;
use crate::petitions::model::{PetitionKind, PetitionLanguage, PetitionTopic};

/// Filters of what is published.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PublishedFilter {
    ground: Option<PublicationGround>,
    kind: Option<PetitionKind>,
    topic: Option<PetitionTopic>,
    /// In which the petition was answered.
    language: Option<PetitionLanguage>,
}

/// Lists published petitions.
///
/// For all, without an account, the newest month first; within a month in no order that tells anything. What is withdrawn, or may not be
/// public any more, is not there at once.
#[utoipa::path(tag = "Published petitions", operation_id = "list_published_petitions", params(PublishedFilter, Listing), responses(
    (status = 200, description = "A page of published petitions.", body = Page<PublishedPetition>),
))]
#[get("/v1/published-petitions")]
pub async fn list_published_petitions(
    may: May<ListPublishedPetitions>,
    node: Data<Node>,
    Params(query): Params<PublishedFilter>,
    paging: Paging,
) -> Result<Reply> {
    let PublishedFilter { ground, kind, topic, language } = query;
    let wanted = Wanted { ground, kind, topic, language, ..Wanted::default() };
    may.read(move |conn, _| {
        let page = store::published(conn, wanted, &paging)?;
        Ok(Reply::ok(&page.try_map(|row| PublishedPetition::of(&node, row))?)?.public())
    })
    .await
}

/// Shows a published petition.
///
/// For all, without an account.
#[utoipa::path(tag = "Published petitions", operation_id = "get_published_petition", params(IdInPath), responses(
    (status = 200, description = "The published petition.", body = PublishedPetition),
))]
#[get("/v1/published-petitions/{id}")]
pub async fn get_published_petition(may: May<GetPublishedPetition>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, _| {
        let published = store::published_one(conn, id.0)?;
        Ok(Reply::ok(&PublishedPetition::of(&node, published)?)?.public())
    })
    .await
}
