//! Petitions for publication: proposed from a petition that has ended, and read by whoever reads that.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::Datelike;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::finding::Public;
use super::model::{Bar, PublicationAct, PublicationGround, PublicationStatus};
use super::policy::{CreatePetitionPublication, GetPetitionPublication, ListPetitionPublications};
use super::source::Source;
use super::store::{self, Content, Publication, Wanted};
use super::view::{PetitionPublicationView, shown};
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::{Conn, Id, JsonText, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::http::{Listing, Page, Paging, Params, PathId, Reply, Valid};
use crate::node::Node;
use crate::petitions::counting::topic_of;
use crate::petitions::sight;
use crate::petitions::store::Petition;

/// Filters of the office's own list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PublicationFilter {
    status: Option<PublicationStatus>,
    petition_id: Option<Id>,
    ground: Option<PublicationGround>,
}

/// A petition that the caller reads as it was written.
pub fn readable(conn: &mut Conn, by: &By, id: Id) -> Result<Petition> {
    let (row, sight) = sight::find(conn, by, id)?;
    if sight.reads_original(&row) { Ok(row) } else { Err(Code::NOT_FOUND.into()) }
}

/// Lists petitions for publication.
///
/// Newest first, of petitions that the caller reads as they were written: drafts, what is published, and what was withdrawn.
#[utoipa::path(tag = "Published petitions", operation_id = "list_petition_publications", params(PublicationFilter, Listing), responses(
    (status = 200, description = "A page of petitions for publication.", body = Page<PetitionPublicationView>),
))]
#[get("/v1/petition-publications")]
pub async fn list_petition_publications(
    may: May<ListPetitionPublications>,
    node: Data<Node>,
    Params(query): Params<PublicationFilter>,
    paging: Paging,
) -> Result<Reply> {
    let wanted = Wanted { status: query.status, petition: query.petition_id, ground: query.ground, ..Wanted::default() };
    may.read(move |conn, by| {
        let page = store::page(conn, by, wanted, &paging)?;
        Reply::ok(&page.try_map(|row| PetitionPublicationView::of(conn, &node, by, row))?)
    })
    .await
}

/// Shows a petition for publication.
///
/// With the original, what is hidden of it, and what the machine has found and somebody has left open.
#[utoipa::path(tag = "Published petitions", operation_id = "get_petition_publication", params(IdInPath), responses(
    (status = 200, description = "The petition for publication.", body = PetitionPublicationView),
))]
#[get("/v1/petition-publications/{id}")]
pub async fn get_petition_publication(may: May<GetPetitionPublication>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let petition = store::petition_of(conn, id.0)?;
        readable(conn, by, petition)?;
        let publication = store::find(conn, id.0)?;
        shown(conn, &node, by, publication)
    })
    .await
}

/// What to publish.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"petition_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "ground": "OPEN_LETTER"}))]
pub struct PublicationInput {
    petition_id: Id,
    ground: PublicationGround,
}

/// Proposes to publish a petition.
///
/// One that was replied to on the merits, with its reply. What tells who petitions, whom it concerns, where somebody lives and how they are
/// reached is hidden to begin with: names however they are typed, the petition's number, numbers of people, accounts and cards, addresses of
/// houses, telephones, e-mail, in whichever script and disguise, and what its files are called, of those that were answered together with it
/// too. What may as well be innocent stands in `left_open`, to be looked at: seven digits and more that may be a count or a day, a lane, a
/// house without a road, and the office's own number and mailbox and those of other authorities. A machine knows neither strangers who are named in it nor places that tell of somebody:
/// whoever proposes it reads it, and says by PATCH what is hidden. Another person publishes it (`:publish`). What is confidential, still open,
/// or refused by its petitioner is not published (`publication_barred`, with the `rule`; 政府資訊公開法 §18).
#[utoipa::path(tag = "Published petitions", operation_id = "create_petition_publication", request_body = PublicationInput, responses(
    (status = 201, description = "The draft.", body = PetitionPublicationView),
    (status = 409, description = "`publication_barred`: it is not for the public, by the `rule`; `conflict`: one of the same petition stands already, as `standing_id` tells."),
))]
#[post("/v1/petition-publications")]
pub async fn create_petition_publication(
    may: May<CreatePetitionPublication>,
    node: Data<Node>,
    Valid(input): Valid<PublicationInput>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let publication = propose(tx, &node, by, &input)?;
        tx.record(publication.told(PublicationAct::Propose));
        let (path, version) = (publication.path(), publication.version);
        let view = PetitionPublicationView::of(tx, &node, by, publication)?;
        Ok(Reply::created(format!("/v1/{path}"), &view)?.version(version))
    })
    .await
}

fn propose(tx: &mut Tx, node: &Node, by: &By, input: &PublicationInput) -> Result<Publication> {
    let row = match readable(tx, by, input.petition_id) {
        Err(Error::Problem(problem)) if problem.code == Code::NOT_FOUND => {
            let text = Text::new("查無此陳情", "there is no such petition");
            return Err(Error::field("/petition_id", "unknown", text));
        }
        found => found?,
    };
    let handling = row.handling(&node.vault)?;
    let source = Source::of(tx, node, (&row, &handling))?.map_err(Bar::refusal)?;
    if let Some(standing) = store::standing(tx, &[row.id])?.first() {
        return Err(Error::stands(standing, ("此陳情已擬公開或已公開", "it is proposed or published already")));
    }
    let found = source.texts.found(&source.veil(), &Public::of(node));
    let spans = source.texts.checked(&found.hidden)?;
    let mut publication = Publication {
        id: Id::new(by.now),
        petition_id: row.id,
        public_id: Id::by_chance(month_of(by.now)),
        status: PublicationStatus::Draft,
        ground: input.ground,
        kind: row.kind,
        topic: topic_of(tx, row.id)?,
        language: row.language,
        content: String::new(),
        source: source.digest(&node.vault)?,
        written_by: JsonText::of::<[(); 0]>(&[])?,
        published_at: None,
        reason: String::new(),
        created_at: by.now,
        version: 1,
    };
    publication.put_reason(tx, "");
    publication.put_content(&node.vault, &Content { texts: source.texts, spans, found: found.all() })?;
    publication.write(by)?;
    store::insert(tx, &publication)?;
    Ok(publication)
}

/// The beginning of a month.
pub fn month_of(now: Moment) -> Moment {
    let day = now.date();
    Moment::start_of(day.with_day(1).unwrap_or(day))
}
