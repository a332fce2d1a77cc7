//! How a petitioner rates the answer: by nature not anonymous, and kept from whom it rates.

use std::collections::{BTreeSet, HashSet};

use actix_web::post;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::acting::conflict;
use super::handling::Handling;
use super::model::PetitionAct;
use super::policy::RatePetition;
use super::sight::supervisors;
use super::store::{Petition, actors_of};
use super::tracking::{PetitionKey, opened};
use crate::auth::whoever::{account_of, whoever};
use crate::auth::{By, Caller, May, is_one_with};
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Result};
use crate::http::{PathId, Reply, Valid};
use crate::node::Node;
use crate::prepared;
use crate::schema::{petition_ratings as ratings, petitions};
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
/// By number and secret, once for each final reply: the latest one is rated, as long as it stands. It is not anonymous, since the
/// petition is its writer's; whoever had a hand in the answer, by handling, drafting, approving, returning or sending it, is not shown it.
/// The rating of a reply that was taken back afterwards is set aside: it is neither shown nor counted.
#[utoipa::path(tag = "Petitions", operation_id = "rate_petition", params(IdInPath), request_body = PetitionRatingInput, responses(
    (status = 201, description = "It is noted.", body = PetitionRating),
    (status = 404, description = "No petition has this id, number and secret: `not_found`."),
    (status = 409, description = "`conflict`: there is no final reply yet, or the latest was taken back, or was one together with others from which the petition was taken out, or was rated already."),
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
        let handling = row.handling(&node.vault)?;
        let (reply, latest) = handling.rated_reply();
        if latest.is_none() {
            return Err(conflict(
                "尚未答復，或答復已不作數",
                "there is no final reply yet, or the latest does not stand any more",
            ));
        }
        let reply = i32::try_from(reply).unwrap_or(i32::MAX);
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

/// Sets the rating of a reply aside that was taken back: which of the final replies it was.
pub fn set_aside(tx: &mut Tx, id: Id, reply: usize, now: Moment) -> Result<()> {
    let rated = ratings::table.find((id, i32::try_from(reply).unwrap_or(i32::MAX)));
    diesel::update(rated).set(ratings::set_aside_at.eq(Some(now))).execute(&mut **tx)?;
    Ok(())
}

fn identity(id: Id, reply: i32) -> String {
    // As it was while a petition had one rating.
    if reply == 1 { format!("petition_ratings/{id}") } else { format!("petition_ratings/{id}/{reply}") }
}

/// A rating, with the supervisors who are not shown it.
pub struct Rated {
    pub petition: Id,
    /// From 1 to 5.
    pub score: u8,
    pub kept_from: Vec<Id>,
}

/// How answers were rated within a stretch of time, of petitions that are neither withheld nor among these.
pub fn rated(conn: &mut Conn, vault: &Vault, (from, before): (Moment, Moment), kept: &HashSet<Id>) -> Result<Vec<Rated>> {
    let rows = ratings::table
        .inner_join(petitions::table.on(petitions::id.eq(ratings::petition_id)))
        .filter(ratings::rated_at.ge(from))
        .filter(ratings::rated_at.lt(before))
        .filter(ratings::set_aside_at.is_null())
        .filter(petitions::confidential.eq(false))
        .filter(petitions::names_staff.eq(false))
        .filter(petitions::guarded.eq(false))
        .order((ratings::petition_id, ratings::reply));
    let rows: Vec<(i32, String, Petition)> = rows.select((ratings::reply, ratings::body, Petition::as_select())).load(conn)?;
    let mut all = Vec::new();
    for (reply, body, row) in rows.into_iter().filter(|(.., row)| !kept.contains(&row.id)) {
        let score = vault.open_json::<PetitionRating>(&identity(row.id, reply), body)?.score;
        let hands = hands_in(conn, &row, &row.handling(vault)?)?;
        all.push((Rated { petition: row.id, score, kept_from: Vec::new() }, hands));
    }
    keep_from_hands(conn, &mut all)?;
    Ok(all.into_iter().map(|(rated, _)| rated).collect())
}

/// Notes which supervisors are not shown a rating, since they had a hand in the answer.
fn keep_from_hands(conn: &mut Conn, all: &mut [(Rated, Vec<Hand>)]) -> Result<()> {
    let named = all.iter().flat_map(|(_, hands)| hands).filter_map(|(name, _)| account_of(name));
    let named: Vec<(Id, Option<Moment>)> = named.collect::<BTreeSet<Id>>().into_iter().map(|id| (id, None)).collect();
    for facts in supervisors(conn)? {
        let (account, caller) = (facts.id, Caller::Account(facts));
        // Who may be them at any time at all; of the others nobody needs to ask.
        let likely = whoever(conn, account, &named)?.accounts;
        for (rated, hands) in all.iter_mut() {
            let is_likely = |hand: &&Hand| account_of(&hand.0).is_some_and(|id| likely.contains(&id));
            let hands: Vec<Hand> = hands.iter().filter(is_likely).cloned().collect();
            if has_hand(conn, &caller, &hands)? {
                rated.kept_from.push(account);
            }
        }
    }
    Ok(())
}

/// Somebody who had a hand in an answer, and when.
type Hand = (String, Option<Moment>);

/// Who had a hand in the answer to a petition, by handling, drafting, approving, returning or sending it.
fn hands_in(conn: &mut Conn, row: &Petition, handling: &Handling) -> Result<Vec<Hand>> {
    let drafts = handling.drafts.iter().map(|draft| (draft.by.clone(), Some(draft.at)));
    let answered = actors_of(conn, row.id, &PetitionAct::ANSWERING.map(|act| act.line().past))?;
    let hands = answered.into_iter().chain(handling.answered_by.iter().cloned()).map(|(actor, at)| (actor, Some(at)));
    let handler = row.handler.map(|handler| (format!("accounts/{handler}"), None));
    Ok(drafts.chain(hands).chain(handler).collect())
}

fn has_hand(conn: &mut Conn, caller: &Caller, hands: &[Hand]) -> Result<bool> {
    for (name, at) in hands {
        if is_one_with(conn, caller, (name.as_str(), *at))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The latest rating of a petition that stands, for a supervisor who had no hand in its answer.
pub fn rating_for(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    (row, handling): (&Petition, &Handling),
) -> Result<Option<PetitionRating>> {
    if !by.caller.supervises() {
        return Ok(None);
    }
    let hands = hands_in(conn, row, handling)?;
    if has_hand(conn, &by.caller, &hands)? {
        return Ok(None);
    }
    let kept = ratings::table.filter(ratings::petition_id.eq(row.id)).filter(ratings::set_aside_at.is_null());
    let kept = kept.order(ratings::reply.desc());
    let kept: Option<(i32, String)> = kept.select((ratings::reply, ratings::body)).first(conn).optional()?;
    kept.map(|(reply, kept)| node.vault.open_json(&identity(row.id, reply), kept)).transpose()
}
