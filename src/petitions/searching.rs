//! The search in petitions: rights tell what somebody looks through, the index where in it what is sought may stand, and the text
//! itself, as they read it, whether it does.

use diesel::prelude::*;

use super::ground::Ground;
use super::indexing::texts;
use super::sight::Sight;
use super::store::Petition;
use super::words::{Place, folded, sought};
use crate::characters::Rule;
use crate::db::{Backend, Conn, Id};
use crate::error::Result;
use crate::http::{Page, Paging, coded, page_of, parameter};
use crate::node::Node;
use crate::schema::petitions;
use crate::secrets::vault::Vault;

/// What somebody looks for.
pub struct Sought {
    folded: String,
    tokens: Vec<String>,
}

impl Sought {
    /// Refuses what is blank or holds numbers of people, which have no place in an address.
    pub fn of(vault: &Vault, text: &str) -> Result<Self> {
        let folded = folded(text);
        let fault = if folded.is_empty() { Some("blank") } else { Rule::Open.fault(text) };
        if let Some(code) = fault {
            return Err(parameter("q", code, coded(code).1));
        }
        let tokens = sought(vault, &folded);
        Ok(Self { folded, tokens })
    }

    /// Whether it stands in what somebody reads of a petition.
    fn stands_in(&self, conn: &mut Conn, node: &Node, sight: &Sight, row: &Petition) -> Result<bool> {
        let texts = texts(conn, node, row, sight.reads_original(row))?;
        Ok(texts.iter().any(|text| text.contains(&self.folded)))
    }
}

/// Petitions read at once.
const CHUNK: usize = 64;
/// Blocks asked for at once, at most.
const STRETCH: usize = 64;

/// A page of those that match and in which it stands, newest in the register first.
pub fn page<'q>(
    conn: &mut Conn,
    node: &Node,
    sight: &Sight,
    (sought, paging): (&Sought, &Paging),
    matching: impl Fn() -> petitions::BoxedQuery<'q, Backend>,
) -> Result<Page<Petition>> {
    let (mut total, mut found) = (0, Vec::new());
    let ground = Ground::of(conn, sight)?;
    let look = |conn: &mut Conn, before: Option<Place>, take: &mut dyn FnMut(Petition) -> bool| {
        walk(conn, &node.vault, (&ground, &sought.tokens), before, |conn, places| {
            for row in rows(conn, places, &matching)? {
                if sought.stands_in(conn, node, sight, &row)? && !take(row) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    };
    let before = start(conn, sight, paging)?;
    if paging.include_total {
        look(conn, None, &mut |_| {
            total += 1;
            true
        })?;
    }
    look(conn, before, &mut |row| {
        found.push(row);
        found.len() <= paging.limit
    })?;
    let total = paging.include_total.then_some(total);
    Ok(page_of(paging, found, total, |row| row.id.to_string()))
}

/// Before what a page begins: where the page before ended, whether the caller still sees what stands there or not. It goes by what they
/// see alone, so that a cursor which somebody makes up tells nothing.
fn start(conn: &mut Conn, sight: &Sight, paging: &Paging) -> Result<Option<Place>> {
    let Some(last) = paging.after(|row: &Petition| row.id)? else { return Ok(None) };
    let last: Id = last;
    let rest = sight.rows().filter(petitions::id.le(last)).order(petitions::id.desc());
    let newest: Option<(Id, i32, i32)> =
        rest.select((petitions::id, petitions::roc_year, petitions::register_number)).first(conn).optional()?;
    let Some((id, year, number)) = newest else { return Ok(Some(Place::FIRST)) };
    let place = Place::new(year, number);
    Ok(Some(if id == last { place } else { place.next() }))
}

/// Those of a few places of one block that match, newest first.
fn rows<'q>(
    conn: &mut Conn,
    places: &[Place],
    matching: impl Fn() -> petitions::BoxedQuery<'q, Backend>,
) -> Result<Vec<Petition>> {
    let Some(first) = places.first() else { return Ok(Vec::new()) };
    let numbers: Vec<i32> = places.iter().map(|place| place.register_number()).collect();
    let rows = matching().filter(petitions::roc_year.eq(first.roc_year())).filter(petitions::register_number.eq_any(numbers));
    Ok(rows.order(petitions::register_number.desc()).select(Petition::as_select()).load(conn)?)
}

/// Goes through all places of somebody's ground at which these tokens stand together or that are looked through themselves, newest first,
/// a few of one block at a time, as long as `take` goes on. What is asked hangs on the ground alone, and on what was taken.
fn walk(
    conn: &mut Conn,
    vault: &Vault,
    (ground, tokens): (&Ground, &[String]),
    before: Option<Place>,
    mut take: impl FnMut(&mut Conn, &[Place]) -> Result<bool>,
) -> Result<()> {
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let (mut blocks, mut most) = (ground.blocks_until(before), 1);
    while !blocks.is_empty() {
        let (some, rest) = blocks.split_at(most.min(blocks.len()));
        let mut all = ground.candidates(conn, vault, &tokens, some)?;
        all.retain(|place| before.is_none_or(|before| *place < before));
        for block in all.chunk_by(|one, other| one.block == other.block) {
            for few in block.chunks(CHUNK) {
                if !take(conn, few)? {
                    return Ok(());
                }
            }
        }
        (blocks, most) = (rest, (most * 4).min(STRETCH));
    }
    Ok(())
}
