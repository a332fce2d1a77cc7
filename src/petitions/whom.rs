//! Petitions looked for by whoever brought them, who may have lost number and secret: by a name or a telephone number, of those alone that the
//! caller reads as they were written, so that no guess at who is behind another is answered. Names stand sealed and in no index: those of
//! all that the caller sees are opened, whoever is looked for.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use super::model::{PetitionChannel, PetitionFilter, PetitionKind, PetitionQueue, PetitionStatus};
use super::petitioners::Petitioner;
use super::sight::{Sight, known_to};
use super::store::petitioners_identity;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::found_by::records_reached_at;
use crate::people::{Name, Phone, names};
use crate::schema::petitions;

/// Which petitions to search for: all that is given must fit.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"petitioner": "王小明", "status": "ASSIGNED"}))]
pub struct PetitionSearch {
    status: Option<PetitionStatus>,
    kind: Option<PetitionKind>,
    channel: Option<PetitionChannel>,
    queue: Option<PetitionQueue>,
    /// Petitions in the charge of this account.
    handler_id: Option<Id>,
    confidential: Option<bool>,
    /// First day of receipt, Asia/Taipei.
    from: Option<NaiveDate>,
    /// Last day of receipt, included; not before `from`.
    to: Option<NaiveDate>,
    /// As `q` of `GET /v1/petitions`.
    #[schema(min_length = 1, max_length = 100, example = "門牌")]
    q: Option<String>,
    /// The whole name of one who petitions, however it is typed and with whichever variants of its characters. Found are petitions that the
    /// caller reads as they were written.
    petitioner: Option<Name>,
    /// A number at which they are reached; its extension is left out of account. Found as by `petitioner`.
    phone: Option<Phone>,
}

/// Who brought what is looked for.
#[derive(Clone, Debug, Default)]
pub struct Whom {
    petitioner: Option<Name>,
    phone: Option<Phone>,
}

impl PetitionSearch {
    pub fn parts(self) -> (PetitionFilter, Whom) {
        let Self { status, kind, channel, queue, handler_id, confidential, from, to, q, petitioner, phone } = self;
        (PetitionFilter { status, kind, channel, queue, handler_id, confidential, from, to, q }, Whom { petitioner, phone })
    }
}

impl Whom {
    pub fn is_anybody(&self) -> bool {
        self.petitioner.is_none() && self.phone.is_none()
    }

    /// The petitions that they brought, of those that the caller reads as they were written; `None` where nobody is looked for.
    pub fn brought(&self, conn: &mut Conn, node: &Node, sight: &Sight) -> Result<Option<Vec<Id>>> {
        if self.is_anybody() {
            return Ok(None);
        }
        let reached = self.phone.as_ref().map(|phone| records_reached_at(conn, &node.vault, "petitions", phone)).transpose()?;
        let named = self.petitioner.as_ref().map(|name| named(conn, node, sight, name.as_str())).transpose()?;
        let brought = match (reached, named) {
            (Some(reached), Some(named)) => reached.into_iter().filter(|id| named.contains(id)).collect(),
            (reached, named) => reached.or(named).unwrap_or_default(),
        };
        known_to(conn, sight, &brought).map(Some)
    }
}

/// The petitions that somebody sees, and one of whose petitioners has a name.
fn named(conn: &mut Conn, node: &Node, sight: &Sight, name: &str) -> Result<Vec<Id>> {
    let key = names::key(name);
    let rows: Vec<(Id, String)> = sight.rows().select((petitions::id, petitions::petitioners)).load(conn)?;
    let mut all = Vec::new();
    for (id, sealed) in rows {
        let petitioners: Vec<Petitioner> = node.vault.open_json(&petitioners_identity(id), sealed)?;
        all.extend(petitioners.iter().any(|one| names::key(&one.name) == key).then_some(id));
    }
    Ok(all)
}
