//! Keeps the index of words: a timer takes in what was saved since, and takes out what does not stand any more. It knows open petitions
//! alone; whatever else, and what it has not taken in yet, is looked through itself, so that a search is right at any moment.

use std::collections::{BTreeMap, HashMap};
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
use crate::schema::{petition_indexed as indexed, petition_words, petitions};
use crate::secrets::vault::{Sealed, Vault};

/// Petitions taken in at once.
const BATCH: i64 = 500;
/// Tokens that one statement asks for.
const ASKED: usize = 500;

/// The words of a petition as it was read, beside those that the index has of it.
struct Taken {
    id: Id,
    version: i32,
    place: Place,
    /// What the index was told of it, as it is kept; nothing of one that is not in it.
    before: Option<String>,
    /// What it is told now; nothing of one that is secret.
    texts: Option<Vec<String>>,
    added: Vec<String>,
    removed: Vec<String>,
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

/// Open ones that were saved since, and those in the index that have become secret.
fn unsearched(conn: &mut Conn, node: &Node) -> Result<Vec<Taken>> {
    let is_open = petitions::confidential.eq(false).and(petitions::guarded.eq(false));
    let rows = petitions::table
        .left_join(indexed::table.on(indexed::petition_id.eq(petitions::id)))
        .filter(petitions::unsearched.eq(true))
        .filter(is_open.or(indexed::petition_id.nullable().is_not_null()))
        .order((petitions::roc_year, petitions::register_number))
        .limit(BATCH)
        .select((Petition::as_select(), indexed::texts.nullable()));
    let rows: Vec<(Petition, Option<String>)> = rows.load(conn)?;
    rows.into_iter().map(|(row, before)| taken(conn, node, &row, before)).collect()
}

fn taken(conn: &mut Conn, node: &Node, row: &Petition, before: Option<String>) -> Result<Taken> {
    let told = before.clone().map(|kept| node.vault.open_json::<Vec<String>>(&texts_identity(row.id), kept)).transpose()?;
    let texts = if row.is_secret() { None } else { Some(texts(conn, node, row, true)?) };
    let (was, is) = (words::parts(told.iter().flatten()), words::parts(texts.iter().flatten()));
    let (added, removed) = (words::tokens(&node.vault, is.difference(&was)), words::tokens(&node.vault, was.difference(&is)));
    Ok(Taken { id: row.id, version: row.version, place: Place::of(row), before, texts, added, removed })
}

/// What can be found of a petition, folded: subject, text and replies, as they were written or as its handler reads them.
pub fn texts(conn: &mut Conn, node: &Node, row: &Petition, original: bool) -> Result<Vec<String>> {
    let (mut matter, handling) = (row.matter(&node.vault)?, row.handling(&node.vault)?);
    let mut veil = None;
    if !original {
        veil = Some(group::veil_of(conn, node, row, &handling)?);
        matter = matter.for_handlers();
    }
    let replies = handling.replies.iter().map(|reply| &reply.text);
    let texts = [&matter.subject, &matter.body].into_iter().chain(replies);
    Ok(texts.map(|text| veil.as_ref().map_or_else(|| folded(text), |veil| folded(&veil.hide(text)))).collect())
}

/// Places in a block that come to a token, and that leave it.
#[derive(Default)]
struct Changed {
    added: Vec<u16>,
    removed: Vec<u16>,
}

fn put(tx: &mut Tx, vault: &Vault, all: &[Taken]) -> Result<()> {
    tx.own(["petition_words"])?;
    let ids: Vec<Id> = all.iter().map(|one| one.id).collect();
    let known = indexed::table.filter(indexed::petition_id.eq_any(ids));
    let known: Vec<(Id, String)> = known.select((indexed::petition_id, indexed::texts)).load(&mut **tx)?;
    let known: HashMap<Id, String> = known.into_iter().collect();
    // What another node has taken in meanwhile is taken in at the next turn, if it was saved again.
    let all: Vec<&Taken> = all.iter().filter(|one| known.get(&one.id) == one.before.as_ref()).collect();
    let mut blocks: BTreeMap<i32, BTreeMap<&str, Changed>> = BTreeMap::new();
    for one in &all {
        let block = blocks.entry(one.place.block).or_default();
        one.added.iter().for_each(|token| block.entry(token).or_default().added.push(one.place.at));
        one.removed.iter().for_each(|token| block.entry(token).or_default().removed.push(one.place.at));
    }
    for (block, tokens) in blocks {
        put_block(tx, vault, block, &tokens)?;
    }
    all.into_iter().try_for_each(|one| note(tx, vault, one))
}

/// Notes what the index has of a petition by now.
fn note(tx: &mut Tx, vault: &Vault, one: &Taken) -> Result<()> {
    let kept = indexed::table.find(one.id);
    let Some(texts) = &one.texts else {
        diesel::delete(kept).execute(&mut **tx)?;
        return Ok(());
    };
    let texts = vault.seal_json(&texts_identity(one.id), texts)?;
    if one.before.is_some() {
        prepared!(&mut **tx, diesel::update(kept).set(indexed::texts.eq(&texts)), execute)?;
    } else {
        let row = (indexed::petition_id.eq(one.id), indexed::texts.eq(&texts));
        prepared!(&mut **tx, diesel::insert_into(indexed::table).values(row), execute)?;
    }
    // What was saved meanwhile is taken in at the next turn.
    let as_read = petitions::table.find(one.id).filter(petitions::version.eq(one.version));
    diesel::update(as_read).set(petitions::unsearched.eq(false)).execute(&mut **tx)?;
    Ok(())
}

fn texts_identity(id: Id) -> String {
    format!("petition_indexed/{id}/texts")
}

fn put_block(tx: &mut Tx, vault: &Vault, block: i32, changed: &BTreeMap<&str, Changed>) -> Result<()> {
    let tokens: Vec<&str> = changed.keys().copied().collect();
    for some in tokens.chunks(ASKED) {
        let kept = places(tx, vault, some, &[block])?;
        let kept: BTreeMap<&str, &Places> = kept.iter().map(|(token, _, places)| (token.as_str(), places)).collect();
        for &token in some {
            let Some(changed) = changed.get(token) else { continue };
            let mut places = kept.get(token).map_or_else(Places::none, |places| (*places).clone());
            let left = changed.removed.iter().filter(|at| places.remove(**at)).count();
            let came = changed.added.iter().filter(|at| places.add(**at)).count();
            if left + came > 0 {
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
    let kept = petition_words::table.find((token, block));
    if places.is_empty() {
        diesel::delete(kept).execute(&mut **tx)?;
        return Ok(());
    }
    let sealed = vault.seal(&identity(token, block), &places.written()).into_stored();
    if is_there {
        prepared!(&mut **tx, diesel::update(kept).set(petition_words::places.eq(&sealed)), execute)?;
    } else {
        let row = (petition_words::token.eq(token), petition_words::block.eq(block), petition_words::places.eq(&sealed));
        prepared!(&mut **tx, diesel::insert_into(petition_words::table).values(row), execute)?;
    }
    Ok(())
}

/// Which petitions of a block have a token.
fn open(vault: &Vault, token: &str, block: i32, sealed: String) -> Result<Places> {
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
