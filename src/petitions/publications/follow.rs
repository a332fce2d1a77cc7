//! What is published disappears with what it is made of: as soon as its petition is secret, open again or withdrawn, or anything of it was
//! put right.

use super::model::{Bar, PublicationAct, PublicationStatus};
use super::source::Source;
use super::store;
use crate::db::Tx;
use crate::error::Result;
use crate::node::Node;
use crate::petitions::group::others_of;
use crate::petitions::handling::Handling;
use crate::petitions::store::Petition;

/// Follows a petition that was saved, within the same transaction, with those that are answered together with it.
pub fn follow(tx: &mut Tx, node: &Node, row: &Petition, handling: &Handling) -> Result<()> {
    let ids: Vec<_> = handling.together.iter().copied().chain([row.id]).collect();
    for id in store::standing(tx, &ids)? {
        let mut publication = store::find(tx, id)?;
        let Some(after) = PublicationAct::Fall.after(publication.status) else { continue };
        let others = if publication.petition_id == row.id { Vec::new() } else { others_of(tx, handling)? };
        let other = others.into_iter().find(|other| other.id == publication.petition_id);
        let petition = other.as_ref().unwrap_or(row);
        let found = match &other {
            Some(other) => Source::of(tx, node, (other, &other.handling(&node.vault)?))?,
            None => Source::of(tx, node, (row, handling))?,
        };
        // A draft is classified as it is published.
        let is_published = publication.status == PublicationStatus::Published;
        let bar = match found {
            Err(bar) => bar,
            Ok(source) if source.digest(&node.vault)? != publication.source => Bar::Changed,
            Ok(_) if is_published && publication.clone().classify(tx, petition)? => Bar::Changed,
            Ok(_) => continue,
        };
        let told = bar.told();
        publication.status = after;
        publication.put_reason(tx, &told.zh);
        store::save(tx, &mut publication)?;
        tx.record(publication.told(PublicationAct::Fall));
    }
    Ok(())
}
