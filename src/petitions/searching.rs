//! The search in petitions: the index tells where what is sought may stand, rights which of these somebody sees, and the text itself,
//! as they read it, whether it does.

use diesel::prelude::*;

use super::indexing::{blocks, fresh, places, texts};
use super::sight::Sight;
use super::store::Petition;
use super::words::{Place, Places, folded, sought};
use crate::characters::Rule;
use crate::db::{Backend, Conn, Id};
use crate::error::{Code, Result};
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
const STRETCH: i64 = 64;

/// A page of those that match and in which it stands, newest in the register first.
pub fn page<'q>(
    conn: &mut Conn,
    node: &Node,
    sight: &Sight,
    (sought, paging): (&Sought, &Paging),
    matching: impl Fn() -> petitions::BoxedQuery<'q, Backend>,
) -> Result<Page<Petition>> {
    let (mut total, mut found) = (0, Vec::new());
    let look = |conn: &mut Conn, before: Option<Place>, take: &mut dyn FnMut(Petition) -> bool| {
        walk(conn, &node.vault, &sought.tokens, before, |conn, places| {
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

/// Where the page before ended: at a petition that the caller sees still, so that a cursor which somebody makes up tells nothing.
fn start(conn: &mut Conn, sight: &Sight, paging: &Paging) -> Result<Option<Place>> {
    let Some(last) = paging.after(|row: &Petition| row.id)? else { return Ok(None) };
    let last: Id = last;
    let place = sight.rows().filter(petitions::id.eq(last)).select((petitions::roc_year, petitions::register_number));
    let place: Option<(i32, i32)> = place.first(conn).optional()?;
    let (year, number) = place.ok_or(Code::INVALID_CURSOR)?;
    Ok(Some(Place::new(year, number)))
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

/// Goes through all places at which these tokens stand together, and those that the index does not know yet, newest first, a few of
/// one block at a time, as long as `take` goes on.
pub fn walk(
    conn: &mut Conn,
    vault: &Vault,
    tokens: &[String],
    before: Option<Place>,
    mut take: impl FnMut(&mut Conn, &[Place]) -> Result<bool>,
) -> Result<()> {
    let Some((first, others)) = tokens.split_first() else { return Ok(()) };
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let fresh = fresh(conn)?;
    let (mut ceiling, mut most) = (before.map_or(i32::MAX, |place| place.block + 1), 1);
    loop {
        let kept = blocks(conn, vault, first, ceiling, most)?;
        let floor = kept.last().map(|(block, _)| *block);
        let mut all = together(conn, vault, kept, &others)?;
        all.extend(fresh.iter().filter(|place| place.block < ceiling && floor.is_none_or(|floor| place.block >= floor)));
        all.retain(|place| before.is_none_or(|before| *place < before));
        all.sort_unstable_by(|one, other| other.cmp(one));
        all.dedup();
        for block in all.chunk_by(|one, other| one.block == other.block) {
            for few in block.chunks(CHUNK) {
                if !take(conn, few)? {
                    return Ok(());
                }
            }
        }
        let Some(floor) = floor else { return Ok(()) };
        (ceiling, most) = (floor, (most * 4).min(STRETCH));
    }
}

/// The places in these blocks at which all other tokens stand, too.
fn together(conn: &mut Conn, vault: &Vault, mut kept: Vec<(i32, Places)>, others: &[&str]) -> Result<Vec<Place>> {
    if !others.is_empty() && !kept.is_empty() {
        let numbers: Vec<i32> = kept.iter().map(|(block, _)| *block).collect();
        let theirs = places(conn, vault, others, &numbers)?;
        kept.retain_mut(|(block, places)| {
            let here: Vec<&Places> = theirs.iter().filter(|(_, of, _)| *of == *block).map(|(.., other)| other).collect();
            here.iter().for_each(|other| places.keep(other));
            here.len() == others.len()
        });
    }
    Ok(kept.iter().flat_map(|(block, places)| places.iter().map(|at| Place { block: *block, at })).collect())
}
