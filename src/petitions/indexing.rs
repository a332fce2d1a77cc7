//! Keeps the index of words: a timer takes in what was saved since. Whatever it has not taken in yet is looked through itself, so
//! that a search is right at any moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use diesel::prelude::*;
use futures_util::future::LocalBoxFuture;

use super::group;
use super::store::Petition;
use super::words::{self, Place, Places, folded};
use crate::db::{Conn, Id, Mode, Origin, Tx};
use crate::error::{Error, Result};
use crate::node::Node;
use crate::prepared;
use crate::schema::{petition_words, petitions};
use crate::secrets::vault::{Sealed, Vault};

/// Petitions taken in at once.
const BATCH: i64 = 500;
/// Tokens that one statement asks for.
const ASKED: usize = 500;

/// The words of a petition as it was read.
struct Taken {
    id: Id,
    version: i32,
    place: Place,
    tokens: Vec<String>,
}

/// Takes in what was saved since the last turn.
pub fn keep_up(node: Arc<Node>) -> LocalBoxFuture<'static, Result<()>> {
    Box::pin(async move {
        loop {
            let (now, shared) = (node.clock.now(), Arc::clone(&node));
            let all = node.db.read(move |conn| unsearched(conn, &shared)).await?;
            let is_last = all.len() < usize::try_from(BATCH).unwrap_or_default();
            if !all.is_empty() {
                let shared = Arc::clone(&node);
                let put = move |tx: &mut Tx| put(tx, &shared.vault, &all);
                node.db.write(Origin::system("timer", now), Mode::Shared, put).await?;
            }
            if is_last {
                return Ok(());
            }
        }
    })
}

fn unsearched(conn: &mut Conn, node: &Node) -> Result<Vec<Taken>> {
    let rows = petitions::table.filter(petitions::unsearched.eq(true));
    let rows = rows.order((petitions::roc_year, petitions::register_number)).limit(BATCH);
    let rows: Vec<Petition> = rows.select(Petition::as_select()).load(conn)?;
    rows.iter().map(|row| taken(conn, node, row)).collect()
}

fn taken(conn: &mut Conn, node: &Node, row: &Petition) -> Result<Taken> {
    let mut texts = texts(conn, node, row, true)?;
    if row.confidential {
        texts.extend(self::texts(conn, node, row, false)?);
    }
    let parts = words::parts(&texts);
    Ok(Taken { id: row.id, version: row.version, place: Place::of(row), tokens: words::tokens(&node.vault, &parts) })
}

/// What can be found of a petition, folded: subject, text and replies, as they were written or as its handler reads them.
pub fn texts(conn: &mut Conn, node: &Node, row: &Petition, original: bool) -> Result<Vec<String>> {
    let (mut matter, mut handling) = (row.matter(&node.vault)?, row.handling(&node.vault)?);
    if !original {
        let veil = group::veil_of(conn, node, row, &handling)?;
        matter = matter.veiled(&veil);
        handling.veil(&veil);
    }
    let replies = handling.replies.iter().map(|reply| &reply.text);
    Ok([&matter.subject, &matter.body].into_iter().chain(replies).map(|text| folded(text)).collect())
}

fn put(tx: &mut Tx, vault: &Vault, all: &[Taken]) -> Result<()> {
    tx.own(["petition_words"])?;
    let mut blocks: BTreeMap<i32, BTreeMap<&str, Vec<u16>>> = BTreeMap::new();
    for one in all {
        let block = blocks.entry(one.place.block).or_default();
        for token in &one.tokens {
            block.entry(token).or_default().push(one.place.at);
        }
    }
    for (block, tokens) in blocks {
        put_block(tx, vault, block, &tokens)?;
    }
    for one in all {
        // What was saved meanwhile is taken in at the next turn.
        let as_read = petitions::table.find(one.id).filter(petitions::version.eq(one.version));
        diesel::update(as_read).set(petitions::unsearched.eq(false)).execute(&mut **tx)?;
    }
    Ok(())
}

fn put_block(tx: &mut Tx, vault: &Vault, block: i32, added: &BTreeMap<&str, Vec<u16>>) -> Result<()> {
    let tokens: Vec<&str> = added.keys().copied().collect();
    for some in tokens.chunks(ASKED) {
        let kept = places(tx, vault, some, &[block])?;
        let kept: BTreeMap<&str, &Places> = kept.iter().map(|(token, _, places)| (token.as_str(), places)).collect();
        for &token in some {
            let mut places = kept.get(token).map_or_else(Places::none, |places| (*places).clone());
            let news = added.get(token).into_iter().flatten().filter(|at| places.add(**at)).count();
            if news > 0 {
                write(tx, vault, (token, block), &places, kept.contains_key(token))?;
            }
        }
    }
    Ok(())
}

fn identity(token: &str, block: i32) -> String {
    format!("petition_words/{token}/{block}/places")
}

fn write(tx: &mut Tx, vault: &Vault, (token, block): (&str, i32), places: &Places, is_there: bool) -> Result<()> {
    let sealed = vault.seal(&identity(token, block), &places.written()).into_stored();
    if is_there {
        let kept = petition_words::table.find((token, block));
        prepared!(&mut **tx, diesel::update(kept).set(petition_words::places.eq(&sealed)), execute)?;
    } else {
        let row = (petition_words::token.eq(token), petition_words::block.eq(block), petition_words::places.eq(&sealed));
        prepared!(&mut **tx, diesel::insert_into(petition_words::table).values(row), execute)?;
    }
    Ok(())
}

/// Which petitions of a block have a token.
pub fn open(vault: &Vault, token: &str, block: i32, sealed: String) -> Result<Places> {
    let identity = identity(token, block);
    let text = vault.open(&identity, &Sealed::from_stored(sealed));
    let text = text.map_err(|cause| Error::Internal(format!("{identity} cannot be read: {cause}")))?;
    Ok(Places::read(&text))
}

/// Which petitions of these blocks have these tokens.
pub fn places(conn: &mut Conn, vault: &Vault, tokens: &[&str], blocks: &[i32]) -> Result<Vec<(String, i32, Places)>> {
    let rows = petition_words::table.filter(petition_words::token.eq_any(tokens)).filter(petition_words::block.eq_any(blocks));
    let columns = (petition_words::token, petition_words::block, petition_words::places);
    let rows: Vec<(String, i32, String)> = rows.select(columns).load(conn)?;
    let open = |(token, block, sealed): (String, i32, String)| {
        let places = open(vault, &token, block, sealed)?;
        Ok((token, block, places))
    };
    rows.into_iter().map(open).collect()
}

/// The newest blocks before one in which any petition has a token, newest first.
pub fn blocks(conn: &mut Conn, vault: &Vault, token: &str, before: i32, most: i64) -> Result<Vec<(i32, Places)>> {
    let rows = petition_words::table.filter(petition_words::token.eq(token)).filter(petition_words::block.lt(before));
    let rows = rows.order(petition_words::block.desc()).limit(most);
    let rows: Vec<(i32, String)> = rows.select((petition_words::block, petition_words::places)).load(conn)?;
    rows.into_iter().map(|(block, sealed)| Ok((block, self::open(vault, token, block, sealed)?))).collect()
}

/// Where petitions stand that are not taken in yet.
pub fn fresh(conn: &mut Conn) -> Result<BTreeSet<Place>> {
    let rows = petitions::table.filter(petitions::unsearched.eq(true));
    let rows: Vec<(i32, i32)> = rows.select((petitions::roc_year, petitions::register_number)).load(conn)?;
    Ok(rows.into_iter().map(|(year, number)| Place::new(year, number)).collect())
}

/// Every block in which any petition has one of these tokens, newest first.
pub fn blocks_of(conn: &mut Conn, tokens: &[&str]) -> Result<Vec<i32>> {
    let rows = petition_words::table.filter(petition_words::token.eq_any(tokens));
    Ok(rows.select(petition_words::block).distinct().order(petition_words::block.desc()).load(conn)?)
}
