//! What uploads do by themselves: contents that nobody looked at are looked at, what is attached to nothing runs out, and files that
//! no row names are removed.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::Duration;
use futures_util::future::LocalBoxFuture;

use super::checking::check;
use super::folder::{Folder, beside};
use super::store;
use crate::clock::Moment;
use crate::db::{Mode, Origin, Tx};
use crate::error::Result;
use crate::node::Node;

/// Uploads that are worked off in one turn.
const TURN: i64 = 100;
/// Hours after which a file is removed that no row names: longer than any request takes to send one.
const STRAY: i64 = 2;

/// Files that no row names, and since when they are known to; a part of the node.
#[derive(Default)]
pub struct Strays(Mutex<HashMap<String, Moment>>);

/// Looks at contents that wait; by itself, since other timers do not wait for it.
pub fn check_waiting(node: Arc<Node>) -> LocalBoxFuture<'static, Result<()>> {
    Box::pin(async move {
        actix_web::rt::spawn(async move {
            if let Err(error) = check_all(&node).await {
                tracing::warn!(%error, "looking at uploads stopped; the next turn goes on");
            }
        });
        Ok(())
    })
}

/// Deletes what has run out.
pub fn tidy(node: Arc<Node>) -> LocalBoxFuture<'static, Result<()>> {
    Box::pin(async move { expire(&node).await })
}

/// Removes files that no row names.
pub fn tidy_files(node: Arc<Node>) -> LocalBoxFuture<'static, Result<()>> {
    Box::pin(async move { remove_strays(&node).await })
}

/// One turn of all three.
pub async fn turn(node: &Arc<Node>) -> Result<()> {
    check_all(node).await?;
    expire(node).await?;
    remove_strays(node).await
}

async fn check_all(node: &Arc<Node>) -> Result<()> {
    let now = node.clock.now();
    for id in node.db.read(move |conn| store::to_check(conn, now, TURN)).await? {
        check(node, id).await?;
    }
    Ok(())
}

async fn expire(node: &Arc<Node>) -> Result<()> {
    let now = node.clock.now();
    let due = node.db.read(move |conn| store::expired(conn, now, TURN)).await?;
    if due.is_empty() {
        return Ok(());
    }
    let write = move |tx: &mut Tx| -> Result<Vec<String>> {
        let mut files = Vec::new();
        for id in &due {
            // Attached meanwhile, or gone.
            let Some(row) = store::any(tx, *id)?.filter(|row| row.is_expired(now)) else { continue };
            files.extend(store::delete(tx, row)?);
        }
        Ok(files)
    };
    let files = node.db.write(Origin::system("uploads", now), Mode::Shared, write).await?;
    remove_files(node, files).await
}

/// Removes files that no row names any more, once that is committed.
pub async fn remove_files(node: &Arc<Node>, files: Vec<String>) -> Result<()> {
    let folder = Folder::of(node);
    beside(move || {
        files.iter().for_each(|file| folder.remove(file));
        Ok(())
    })
    .await
}

/// A file is there before its row, and so the folder is looked at first; what was no row's at two looks, hours apart, is none's.
async fn remove_strays(node: &Arc<Node>) -> Result<()> {
    let folder = Folder::of(node);
    let listed = folder.clone();
    let names = beside(move || listed.names()).await?;
    let known: HashSet<String> = node.db.read(|conn| Ok(store::files(conn)?.into_iter().collect())).await?;
    let now = node.clock.now();
    let gone: Vec<String> = {
        let mut strays = node.part::<Strays>().0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::take(&mut *strays);
        let found = names.into_iter().filter(|name| !known.contains(name));
        *strays =
            found.map(|name| (before.get(&name).copied().unwrap_or(now), name)).map(|(since, name)| (name, since)).collect();
        strays.iter().filter(|(_, since)| **since + Duration::hours(STRAY) <= now).map(|(name, _)| name.clone()).collect()
    };
    remove_files(node, gone).await
}
