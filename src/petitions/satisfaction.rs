//! How a petitioner rates the answer: by nature not anonymous, and kept from whom it rates.

use std::collections::HashSet;

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::acting::conflict;
use super::handling::Handling;
use super::model::PetitionAct;
use super::policy::RatePetition;
use super::store::{Petition, actors_of};
use super::tracking::{PetitionKey, opened};
use crate::auth::{By, May, is_one_with};
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::{Conn, Id, Record};
use crate::error::{Code, Result};
use crate::http::{PathId, Reply, Valid};
use crate::node::Node;
use crate::prepared;
use crate::schema::petition_ratings as ratings;
use crate::secrets::vault::Vault;

/// How somebody rates the answer to their petition.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "115-P48210375", "secret": "0Yw8cI5mVn3r9kQp2sT7uA", "score": 5, "comment": "說明清楚"}))]
pub struct PetitionRatingInput {
    #[schema(min_length = 1, max_length = 40)]
    number: String,
    #[schema(min_length = 1, max_length = 60)]
    secret: String,
    /// 1, very dissatisfied, to 5, very satisfied.
    #[schema(minimum = 1, maximum = 5)]
    score: u8,
    #[schema(min_length = 1, max_length = 1000)]
    comment: Option<String>,
}

/// A rating.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"score": 5, "comment": "說明清楚", "at": "2026-12-02T10:00:00+08:00"}))]
pub struct PetitionRating {
    #[schema(minimum = 1, maximum = 5)]
    score: u8,
    #[schema(max_length = 1000)]
    comment: Option<String>,
    at: Moment,
}

/// Rates the answer to a petition.
///
/// By number and secret, once for each final reply: the latest one is rated. It is not anonymous, since the petition is its writer's; whoever had a hand in
/// the answer, by handling, drafting, approving, returning or sending it, is not shown it.
#[utoipa::path(tag = "Petitions", operation_id = "rate_petition", params(IdInPath), request_body = PetitionRatingInput, responses(
    (status = 201, description = "It is noted.", body = PetitionRating),
    (status = 404, description = "No petition has this id, number and secret: `not_found`."),
    (status = 409, description = "`conflict`: there is no final reply yet, or the latest was rated already."),
))]
#[post("/v1/petitions/{id}/satisfaction")]
pub async fn rate_petition(
    may: May<RatePetition>,
    node: Data<Node>,
    id: PathId,
    Valid(input): Valid<PetitionRatingInput>,
) -> Result<Reply> {
    node.limits.receipt(&may.address())?;
    may.write(move |tx, by| {
        let key = PetitionKey { number: input.number.clone(), secret: input.secret.clone() };
        let row = opened(tx, &node, &key)?;
        if row.id != id.0 {
            return Err(Code::NOT_FOUND.into());
        }
        // Which of its final replies: one that was taken up again is rated anew.
        let reply = i32::try_from(row.handling(&node.vault)?.final_replies().count()).unwrap_or(i32::MAX);
        if reply == 0 {
            return Err(conflict("尚未答復", "there is no final reply yet"));
        }
        let rating = PetitionRating { score: input.score, comment: input.comment.clone(), at: by.now };
        let body = node.vault.seal_json(&identity(row.id, reply), &rating)?;
        let values = (
            ratings::petition_id.eq(row.id),
            ratings::reply.eq(reply),
            ratings::body.eq(body),
            ratings::rated_at.eq(Some(by.now)),
        );
        let made = prepared!(&mut **tx, diesel::insert_into(ratings::table).values(values).on_conflict_do_nothing(), execute)?;
        if made == 0 {
            return Err(conflict("已評價", "it was rated already"));
        }
        tx.record(Record::read("petition.rated", row.path(), ""));
        Reply::created(format!("/v1/petitions/{}", row.id), &rating)
    })
    .await
}

fn identity(id: Id, reply: i32) -> String {
    // As it was while a petition had one rating.
    if reply == 1 { format!("petition_ratings/{id}") } else { format!("petition_ratings/{id}/{reply}") }
}

/// How the answers to these petitions were rated within a stretch of time: points from 1 to 5, which say of none whose they are.
pub fn scores(conn: &mut Conn, vault: &Vault, (from, before): (Moment, Moment), among: &HashSet<Id>) -> Result<Vec<u8>> {
    let rows = ratings::table.filter(ratings::rated_at.ge(from)).filter(ratings::rated_at.lt(before));
    let rows = rows.order((ratings::petition_id, ratings::reply));
    let rows: Vec<(Id, i32, String)> = rows.select((ratings::petition_id, ratings::reply, ratings::body)).load(conn)?;
    let open = |(id, reply, body): (Id, i32, String)| Ok(vault.open_json::<PetitionRating>(&identity(id, reply), body)?.score);
    rows.into_iter().filter(|(id, ..)| among.contains(id)).map(open).collect()
}

/// The latest rating of a petition, for a supervisor who had no hand in its answer.
pub fn rating_for(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    (row, handling): (&Petition, &Handling),
) -> Result<Option<PetitionRating>> {
    if !by.caller.supervises() {
        return Ok(None);
    }
    let handler = row.handler.map(|handler| format!("accounts/{handler}"));
    let drafts = handling.drafts.iter().map(|draft| (draft.by.as_str(), Some(draft.at)));
    let answered = actors_of(conn, row.id, &PetitionAct::ANSWERING.map(|act| act.line().past))?;
    let hands = answered.iter().chain(&handling.answered_by).map(|(actor, at)| (actor.as_str(), Some(*at)));
    for done in drafts.chain(hands).chain(handler.iter().map(|handler| (handler.as_str(), None))) {
        if is_one_with(conn, &by.caller, done)? {
            return Ok(None);
        }
    }
    let kept = ratings::table.filter(ratings::petition_id.eq(row.id)).order(ratings::reply.desc());
    let kept: Option<(i32, String)> = kept.select((ratings::reply, ratings::body)).first(conn).optional()?;
    kept.map(|(reply, kept)| node.vault.open_json(&identity(row.id, reply), kept)).transpose()
}
