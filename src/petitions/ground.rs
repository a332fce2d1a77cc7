//! Where somebody looks for words: what of the index is theirs, and what they look through themselves. It is settled by what they see,
//! before it is known what they look for, so that nothing that they do not see is found, counted or fetched, nor takes time.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::indexing::places;
use super::sight::Sight;
use super::words::{Place, Places};
use crate::db::{Backend, Conn};
use crate::error::Result;
use crate::schema::petitions;
use crate::secrets::vault::Vault;

/// Where somebody looks for words.
pub struct Ground {
    /// All blocks in which something can stand, the newest first.
    blocks: Vec<i32>,
    /// Whether the index is asked: by whoever sees what is open to the office.
    asks_index: bool,
    /// What the index has in these and is not for them, or not as it has it.
    outside: BTreeSet<Place>,
    /// What they see and is looked through itself.
    apart: BTreeSet<Place>,
}

/// What somebody sees and looks through themselves: what is secret, and what was saved since the index took it in; all, where they do not
/// see what is open to the office.
pub fn looked_through<'q>(sight: &Sight) -> petitions::BoxedQuery<'q, Backend> {
    if sight.is_wide() { sight.rows().filter(petitions::unsearched.eq(true)) } else { sight.rows() }
}

fn placed(conn: &mut Conn, rows: petitions::BoxedQuery<'_, Backend>) -> Result<BTreeSet<Place>> {
    let rows: Vec<(i32, i32)> = rows.select((petitions::roc_year, petitions::register_number)).load(conn)?;
    Ok(rows.into_iter().map(|(year, number)| Place::new(year, number)).collect())
}

/// The blocks of the register, the newest first.
fn registered(conn: &mut Conn) -> Result<Vec<i32>> {
    let (mut blocks, mut before) = (Vec::new(), i32::MAX);
    loop {
        let rows = petitions::table.filter(petitions::roc_year.lt(before));
        let rows = rows.order((petitions::roc_year.desc(), petitions::register_number.desc()));
        let last: Option<(i32, i32)> = rows.select((petitions::roc_year, petitions::register_number)).first(conn).optional()?;
        let Some((year, number)) = last else { return Ok(blocks) };
        blocks.extend((Place::new(year, 0).block..=Place::new(year, number).block).rev());
        before = year;
    }
}

impl Ground {
    pub fn of(conn: &mut Conn, sight: &Sight) -> Result<Self> {
        let apart = placed(conn, looked_through(sight))?;
        if !sight.is_wide() {
            let mut blocks: Vec<i32> = apart.iter().rev().map(|place| place.block).collect();
            blocks.dedup();
            return Ok(Self { blocks, asks_index: false, outside: BTreeSet::new(), apart });
        }
        let hidden = sight.hidden().unwrap_or_default().to_vec();
        let outside = petitions::table.filter(petitions::unsearched.eq(true).or(petitions::id.eq_any(hidden)));
        let outside = placed(conn, outside.into_boxed())?;
        Ok(Self { blocks: registered(conn)?, asks_index: true, outside, apart })
    }

    /// The blocks up to that of a place.
    pub fn blocks_until(&self, before: Option<Place>) -> &[i32] {
        let newer = self.blocks.iter().take_while(|block| before.is_some_and(|before| **block > before.block)).count();
        &self.blocks[newer..]
    }

    /// The blocks in which the index is asked.
    pub fn indexed(&self) -> &[i32] {
        if self.asks_index { &self.blocks } else { &[] }
    }

    /// Whether the index may say of a place what stands there.
    pub fn has(&self, place: Place) -> bool {
        !self.outside.contains(&place)
    }

    /// Where in these blocks all of these tokens stand, and what is looked through itself, the newest first.
    pub fn candidates(&self, conn: &mut Conn, vault: &Vault, tokens: &[&str], blocks: &[i32]) -> Result<Vec<Place>> {
        let mut all: BTreeSet<Place> = self.apart.iter().copied().filter(|place| blocks.contains(&place.block)).collect();
        let mut kept: BTreeMap<i32, Vec<Places>> = BTreeMap::new();
        if self.asks_index {
            for (_, block, places) in places(conn, vault, tokens, blocks)? {
                kept.entry(block).or_default().push(places);
            }
        }
        for (block, lists) in kept.into_iter().filter(|(_, lists)| lists.len() == tokens.len()) {
            let mut lists = lists.into_iter();
            let Some(mut together) = lists.next() else { continue };
            lists.for_each(|list| together.keep(&list));
            all.extend(together.iter().map(|at| Place { block, at }).filter(|place| self.has(*place)));
        }
        Ok(all.into_iter().rev().collect())
    }
}
