//! The look at a content that is here whole: held against its digest, scanned, judged by what it is, and written anew. Whoever looks
//! holds a lease, so that a look that a restart has ended is taken up again.

use std::io;
use std::sync::Arc;

use chrono::Duration;
use tokio::sync::Semaphore;

use super::content;
use super::folder::{Folder, Stored};
use super::model::{Outcome, Scan, UploadRefusal, UploadStatus};
use super::routes::digest_index;
use super::scanner::{self, Scanned};
use super::settings::{Unscanned, UploadSettings};
use super::store::{self, Part, Upload};
use crate::db::{Id, Mode, Origin, Tx};
use crate::error::{Error, Result};
use crate::node::Node;
use crate::secrets::vault::random_secret;

/// Contents that are looked at in one moment: each is in memory as a whole.
const AT_ONCE: usize = 2;
/// Minutes for which whoever looks holds an upload.
const LEASE: i64 = 10;
/// Minutes until a scanner is asked again that did not answer.
const AGAIN: i64 = 1;

/// How many contents may be looked at in one moment; a part of the node.
pub struct Checks(Semaphore);

impl Default for Checks {
    fn default() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }
}

/// Looks at a content, unless somebody else does; the upload as it stands then, if it is there.
pub async fn check(node: &Arc<Node>, id: Id) -> Result<Option<Upload>> {
    let permit = node.part::<Checks>().0.acquire().await;
    let lease = random_secret(16);
    let Some((row, parts)) = claim(node, id, &lease).await? else {
        return node.db.read(move |conn| store::any(conn, id)).await;
    };
    let shared = Arc::clone(node);
    let looked = tokio::task::spawn_blocking(move || look(&shared, &row, &parts)).await;
    drop(permit);
    let (outcome, stored) = looked.map_err(|error| Error::internal("a look at an upload ended", error))?;
    settle(node, id, (lease, outcome), stored).await
}

/// Takes an upload that waits to be looked at.
async fn claim(node: &Arc<Node>, id: Id, lease: &str) -> Result<Option<(Upload, Vec<Part>)>> {
    let (now, lease) = (node.clock.now(), lease.to_owned());
    let claim = move |tx: &mut Tx| -> Result<Option<(Upload, Vec<Part>)>> {
        let Some(mut row) = store::any(tx, id)? else { return Ok(None) };
        if row.status != UploadStatus::Checking || row.checking_until.is_some_and(|until| until > now) {
            return Ok(None);
        }
        row.hold(lease.clone(), now + Duration::minutes(LEASE));
        store::save(tx, &mut row)?;
        Ok(Some((row, store::parts_of(tx, id)?)))
    };
    node.db.write(Origin::system("upload_check", now), Mode::Shared, claim).await
}

/// Writes down how the look ended, if the lease still holds.
async fn settle(node: &Arc<Node>, id: Id, (lease, outcome): (String, Outcome), stored: Option<Stored>) -> Result<Option<Upload>> {
    let now = node.clock.now();
    let settle = move |tx: &mut Tx| -> Result<(Option<Upload>, Vec<String>, bool)> {
        let Some(mut row) = store::any(tx, id)? else { return Ok((None, Vec::new(), false)) };
        if row.check_lease.as_ref() != Some(&lease) {
            return Ok((Some(row), Vec::new(), false));
        }
        row.settle(&outcome, now + Duration::minutes(AGAIN));
        let gone = if matches!(outcome, Outcome::Later) { Vec::new() } else { store::drop_parts(tx, id)? };
        store::save(tx, &mut row)?;
        Ok((Some(row), gone, true))
    };
    let (row, gone, is_settled) = node.db.write(Origin::system("upload_check", now), Mode::Shared, settle).await?;
    if let Some(stored) = stored.filter(|_| is_settled) {
        stored.keep();
    }
    let folder = Folder::of(node);
    gone.iter().for_each(|file| folder.remove(file));
    Ok(row)
}

/// What a content is found to be, with what is kept of it.
fn look(node: &Arc<Node>, row: &Upload, parts: &[Part]) -> (Outcome, Option<Stored>) {
    let folder = Folder::of(node);
    let whole = match gather(node, &folder, row, parts) {
        Ok(Some(whole)) => whole,
        Ok(None) => return (Outcome::Lost, None),
        Err(error) => {
            tracing::warn!(%error, "an upload cannot be read again; it is to be sent anew");
            return (Outcome::Lost, None);
        }
    };
    let scan = match scan(node, &whole) {
        Ok(scan) => scan,
        Err(outcome) => return (outcome, None),
    };
    let pixels = node.config.of::<UploadSettings>().megapixels * 1_000_000;
    let kept = match content::kept(row.media_type, whole, pixels) {
        Ok(kept) => kept,
        Err(refusal) => return (Outcome::Refused(refusal), None),
    };
    let write = || {
        let mut writer = folder.write(Arc::clone(&node.vault), row.id)?;
        writer.write(&kept)?;
        writer.finish()
    };
    match write() {
        Ok(stored) => (Outcome::Ready { file: stored.file.clone(), size: stored.size, scan }, Some(stored)),
        Err(error) => {
            tracing::error!(%error, "the folder of uploads cannot be used");
            (Outcome::Later, None)
        }
    }
}

/// The whole content; none where it has not the digest that was said.
fn gather(node: &Arc<Node>, folder: &Folder, row: &Upload, parts: &[Part]) -> io::Result<Option<Vec<u8>>> {
    let mut whole = Vec::with_capacity(usize::try_from(row.size).unwrap_or_default());
    for part in parts {
        folder.read(Arc::clone(&node.vault), row.id, &part.file, part.size)?.read_to(&mut whole)?;
    }
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &whole);
    Ok((digest_index(node, digest.as_ref()) == row.digest).then_some(whole))
}

/// Whether a content is free of viruses, as far as anybody could look; else what becomes of it.
fn scan(node: &Node, whole: &[u8]) -> std::result::Result<Scan, Outcome> {
    let settings: &UploadSettings = node.config.of();
    let Some(scanner) = &settings.scanner else { return Ok(Scan::Unchecked) };
    match scanner::scan(scanner, whole) {
        Ok(Scanned::Clean) => Ok(Scan::Clean),
        Ok(Scanned::Infected) => Err(Outcome::Refused(UploadRefusal::Infected)),
        Err(error) => {
            tracing::warn!(%error, "the virus scanner does not answer");
            if settings.unscanned == Unscanned::Accept { Ok(Scan::Unchecked) } else { Err(Outcome::Later) }
        }
    }
}
