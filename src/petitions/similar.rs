//! Petitions like one: of the same petitioner, with how they ended (行政程序法 §173 no. 2), and with a text like it.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::get;
use actix_web::web::Data;
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::ground::{Ground, looked_through};
use super::group;
use super::indexing::{places, texts};
use super::model::{FilingGround, PetitionKind, PetitionStatus};
use super::policy::GetSimilarPetitions;
use super::sight::{Sight, find};
use super::store::Petition;
use super::words::{self, Place, SPAN};
use crate::auth::May;
use crate::clock::Moment;
use crate::contract::IdInPath;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::http::{PathId, Reply};
use crate::node::Node;
use crate::schema::petitions;

/// Petitions that are shown at most, of either kind.
const SHOWN: usize = 50;
/// Petitions whose texts are compared at most: those that have most words in common.
const COMPARED: usize = 100;
/// Petitions that are in no index, or not yet, whose texts are compared: the newest that the caller sees.
const APART: i64 = 300;
/// Petitions of the same petitioner that are looked at, the newest.
const MOST: i64 = 100;
/// Words by which petitions are found whose texts are compared.
const SAMPLE: usize = 48;
/// From how many per cent on two texts are alike.
const ALIKE: usize = 40;

/// A petition like another.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "number": "115-P10482377", "status": "CLOSED", "kind": "INQUIRY",
    "subject": "門牌鬆脫", "received_at": "2026-10-12T09:00:00+08:00", "same_petitioner": true, "likeness_percent": 82,
    "answered_at": "2026-10-20T11:00:00+08:00", "closed_at": "2026-10-21T09:00:00+08:00", "filing_ground": null
}))]
pub struct SimilarPetition {
    id: Id,
    #[schema(max_length = 20)]
    number: String,
    status: PetitionStatus,
    kind: PetitionKind,
    /// `null` of a confidential one.
    #[schema(max_length = 200)]
    subject: Option<String>,
    received_at: Moment,
    /// Known to be of the same petitioner: by number, or by name with telephone or e-mail. Of confidential petitions only its
    /// custodian is told.
    same_petitioner: bool,
    /// How much of the shorter of the two texts stands in the other, as the caller reads them.
    #[schema(minimum = 0, maximum = 100)]
    likeness_percent: usize,
    /// When an answer on the merits that stands has gone out, as `earlier_ids` of `:file-without-reply` wants it; `null` where none has.
    answered_at: Option<Moment>,
    closed_at: Option<Moment>,
    /// On which ground it stayed without an answer.
    filing_ground: Option<FilingGround>,
}

/// Petitions like one.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"petition_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "items": []}))]
pub struct SimilarPetitions {
    /// Which one they are like.
    petition_id: Id,
    /// Those of the same petitioner first, newest first, then those with a text like it, likest first.
    #[schema(max_items = 50)]
    items: Vec<SimilarPetition>,
}

/// Lists petitions like one.
///
/// Of the same petitioner, with how they ended, and with a text of which at least two fifths are the same; of those that the caller
/// sees, as they read them.
#[utoipa::path(tag = "Petitions", operation_id = "get_similar_petitions", params(IdInPath), responses((status = 200, description = "The petitions like it.", body = SimilarPetitions)))]
#[get("/v1/petitions/{id}/similar")]
pub async fn get_similar_petitions(may: May<GetSimilarPetitions>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let (row, sight) = find(conn, by, id.0)?;
        let items = Comparison::of(conn, &node, &sight, &row)?.items(conn, &node, &sight)?;
        Reply::ok(&SimilarPetitions { petition_id: row.id, items })
    })
    .await
}

/// A petition that others are compared with.
struct Comparison<'r> {
    row: &'r Petition,
    /// What the caller reads of it.
    parts: BTreeSet<String>,
    /// Who petitions may be told to the caller.
    tells_who: bool,
}

impl<'r> Comparison<'r> {
    fn of(conn: &mut Conn, node: &Node, sight: &Sight, row: &'r Petition) -> Result<Self> {
        let tells_who = sight.reads_original(row);
        Ok(Self { row, parts: said(conn, node, sight, row)?, tells_who })
    }

    fn items(&self, conn: &mut Conn, node: &Node, sight: &Sight) -> Result<Vec<SimilarPetition>> {
        let mut all: BTreeMap<Id, Petition> = BTreeMap::new();
        for row in self.of_the_same(conn, sight)?.into_iter().chain(self.of_like_words(conn, node, sight)?) {
            all.insert(row.id, row);
        }
        let mut items = Vec::new();
        for row in all.into_values() {
            items.push(self.shown(conn, node, sight, row)?);
        }
        items.retain(|item| item.same_petitioner || item.likeness_percent >= ALIKE);
        let newest = |item: &SimilarPetition| (if item.same_petitioner { 0 } else { item.likeness_percent }, item.id);
        items.sort_by_key(|item| std::cmp::Reverse((item.same_petitioner, newest(item))));
        items.truncate(SHOWN);
        Ok(items)
    }

    /// Those of the same petitioner. That a confidential one is of them tells who it is: only whoever reads it as it was written
    /// learns of it.
    fn of_the_same(&self, conn: &mut Conn, sight: &Sight) -> Result<Vec<Petition>> {
        let Some(index) = self.row.petitioner_index.as_ref().filter(|_| self.tells_who) else { return Ok(Vec::new()) };
        let rows = sight.rows().filter(petitions::petitioner_index.assume_not_null().eq(index.clone()));
        let rows = rows.filter(petitions::id.ne(self.row.id)).order(petitions::id.desc()).limit(MOST);
        let rows: Vec<Petition> = rows.select(Petition::as_select()).load(conn)?;
        Ok(rows.into_iter().filter(|row| sight.reads_original(row)).collect())
    }

    /// Those that have most words of a sample in common, and the newest that the index does not know: what the caller does not see, or
    /// reads otherwise than it was written, is neither counted nor looked at.
    fn of_like_words(&self, conn: &mut Conn, node: &Node, sight: &Sight) -> Result<Vec<Petition>> {
        let mut sample: Vec<String> = words::tokens(&node.vault, self.parts.iter().filter(|part| part.chars().count() > 1));
        // By their hashes, so that of two like texts the same ones are chosen.
        sample.sort_unstable();
        sample.truncate(SAMPLE);
        let sample: Vec<&str> = sample.iter().map(String::as_str).collect();
        let (ground, mut counted) = (Ground::of(conn, sight)?, Vec::new());
        for block in ground.indexed() {
            counted.extend(most_in(conn, node, (&ground, &sample), *block)?);
        }
        counted.sort_unstable_by(|one, other| other.cmp(one));
        let apart = looked_through(sight).filter(petitions::id.ne(self.row.id)).order(petitions::id.desc()).limit(APART);
        let mut rows: Vec<Petition> = apart.select(Petition::as_select()).load(conn)?;
        let enough = rows.len() + COMPARED;
        for some in counted.chunks(COMPARED) {
            rows.extend(self.seen_at(conn, sight, some)?);
            if rows.len() >= enough {
                break;
            }
        }
        rows.truncate(enough);
        Ok(rows)
    }

    /// Those at these places that the caller sees, in their order.
    fn seen_at(&self, conn: &mut Conn, sight: &Sight, counted: &[(usize, Place)]) -> Result<Vec<Petition>> {
        let mut places: Vec<Place> = counted.iter().map(|(_, place)| *place).collect();
        places.sort_unstable();
        let mut rows: Vec<Petition> = Vec::new();
        for year in places.chunk_by(|one, other| one.roc_year() == other.roc_year()) {
            let numbers: Vec<i32> = year.iter().map(|place| place.register_number()).collect();
            let found = sight.rows().filter(petitions::register_number.eq_any(numbers)).filter(petitions::id.ne(self.row.id));
            let found = found.filter(petitions::roc_year.eq(year.first().map_or(0, |place| place.roc_year())));
            rows.extend(found.select(Petition::as_select()).load::<Petition>(conn)?);
        }
        rows.sort_by_key(|row| counted.iter().position(|(_, place)| *place == Place::of(row)));
        Ok(rows)
    }

    fn shown(&self, conn: &mut Conn, node: &Node, sight: &Sight, row: Petition) -> Result<SimilarPetition> {
        let likeness_percent = words::likeness(&self.parts, &said(conn, node, sight, &row)?);
        let handling = row.handling(&node.vault)?;
        let subject = if row.confidential { None } else { Some(row.matter(&node.vault)?.subject) };
        let same = row.petitioner_index.is_some() && row.petitioner_index == self.row.petitioner_index;
        let answered_at = group::answers_of(conn, &row, &handling)?.into_iter().next();
        Ok(SimilarPetition {
            same_petitioner: same && self.tells_who && sight.reads_original(&row),
            answered_at,
            filing_ground: handling.filing.filter(|filing| filing.approved_at.is_some()).map(|filing| filing.ground),
            id: row.id,
            number: row.number,
            status: row.status,
            kind: row.kind,
            subject,
            received_at: row.received_at,
            likeness_percent,
            closed_at: row.closed_at,
        })
    }
}

/// What somebody reads that a petition says, in its parts.
fn said(conn: &mut Conn, node: &Node, sight: &Sight, row: &Petition) -> Result<BTreeSet<String>> {
    let texts = texts(conn, node, row, sight.reads_original(row))?;
    // Replies are much alike.
    Ok(words::parts(texts.iter().take(2)))
}

/// Those of a block of somebody's ground that have a third of these tokens at least.
fn most_in(conn: &mut Conn, node: &Node, (ground, sample): (&Ground, &[&str]), block: i32) -> Result<Vec<(usize, Place)>> {
    let mut counts = [0; SPAN as usize];
    for (_, _, places) in places(conn, &node.vault, sample, &[block])? {
        places.iter().for_each(|at| counts[usize::from(at)] += 1);
    }
    let many = (0..).zip(counts).filter(|(_, count)| *count > 0 && *count * 3 >= sample.len());
    Ok(many.map(|(at, count)| (count, Place { block, at })).filter(|(_, place)| ground.has(*place)).collect())
}
