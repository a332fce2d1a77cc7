//! What a petition for publication is made of: its texts, and all that tells who petitions or whom it concerns.

use serde::Serialize;

use super::model::Bar;
use super::redacting::PublishedTexts;
use crate::accounts::names_behind;
use crate::clock::Moment;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::node::Node;
use crate::petitions::group::{identities, others_of};
use crate::petitions::handling::Handling;
use crate::petitions::model::{PetitionChannel, PetitionStatus};
use crate::petitions::petitioners::Identity;
use crate::petitions::store::{Concern, Petition, concerns_of};
use crate::petitions::veil::Veil;
use crate::secrets::vault::Vault;
use crate::uploads;

/// What a petition for publication is made of.
#[derive(Serialize)]
pub struct Source {
    pub texts: PublishedTexts,
    identities: Vec<Identity>,
    concerns: Vec<String>,
    files: Vec<String>,
    /// How each came, and when.
    receipts: Vec<(PetitionChannel, Moment)>,
    numbers: Vec<String>,
}

/// What a file is called without its ending: it may have one of its sender's before that of its type.
fn without_ending(name: &str) -> Option<&str> {
    let is_ending = |ending: &str| !ending.is_empty() && ending.chars().all(|c| c.is_ascii_alphabetic());
    name.rsplit_once('.').filter(|(stem, ending)| !stem.is_empty() && is_ending(ending)).map(|(stem, _)| stem)
}

impl Source {
    /// Of a petition as it stands, or what keeps it from the public: by what it is, and by those that are answered together with it.
    pub fn of(conn: &mut Conn, node: &Node, (row, handling): (&Petition, &Handling)) -> Result<Result<Self, Bar>> {
        let others = others_of(conn, handling)?;
        if others.iter().chain([row]).any(|one| one.is_secret() || one.whistleblower) {
            return Ok(Err(Bar::Confidential));
        }
        if row.status.is_counted() {
            return Ok(Err(Bar::Open));
        }
        let is_answered = matches!(row.status, PetitionStatus::Replied | PetitionStatus::Closed);
        let Some(reply) = handling.rated_reply().1.filter(|_| is_answered) else { return Ok(Err(Bar::NoReply)) };
        let matter = row.matter(&node.vault)?;
        let mut refuses = matter.refuses_publication;
        let texts = PublishedTexts { subject: matter.subject, body: matter.body, reply: reply.text.clone() };
        let mut source = Self {
            texts,
            identities: identities(conn, node, (row, handling))?,
            concerns: Vec::new(),
            files: Vec::new(),
            receipts: Vec::new(),
            numbers: Vec::new(),
        };
        source.add(conn, node, row)?;
        for other in &others {
            refuses |= other.matter(&node.vault)?.refuses_publication;
            let handling = other.handling(&node.vault)?;
            source.identities.extend(identities(conn, node, (other, &handling))?);
            source.add(conn, node, other)?;
        }
        Ok(if refuses { Err(Bar::Refused) } else { Ok(source) })
    }

    /// Adds whom a petition concerns, what its files are called, how and when it came, and its number.
    fn add(&mut self, conn: &mut Conn, node: &Node, petition: &Petition) -> Result<()> {
        self.receipts.push((petition.channel, petition.received_at));
        self.numbers.push(petition.number.clone());
        for concern in concerns_of(conn, &node.vault, petition.id)? {
            match concern {
                Concern::Words(words) => self.concerns.push(words),
                Concern::Account(account) => self.concerns.extend(names_behind(conn, &node.vault, account)?),
                Concern::ServicePoint(_) => {}
            }
        }
        self.files.extend(uploads::attached(conn, node, &petition.path())?.into_iter().map(|held| held.name));
        Ok(())
    }

    /// What hides all of them.
    pub fn veil(&self) -> Veil {
        let mut veil = Veil::default();
        self.identities.iter().for_each(|identity| veil.add(identity));
        self.concerns.iter().for_each(|name| veil.add_name(name));
        for file in &self.files {
            std::iter::successors(Some(file.as_str()), |name| without_ending(name)).for_each(|name| veil.add_phrase(name));
        }
        for number in &self.numbers {
            // Without its year, and without its letter too.
            let own = number.rsplit('-').next().unwrap_or(number);
            [number.as_str(), own, own.trim_start_matches(char::is_alphabetic)]
                .into_iter()
                .for_each(|number| veil.add_phrase(number));
        }
        veil
    }

    /// By what it is known whether any of it was put right since.
    pub fn digest(&self, vault: &Vault) -> Result<String> {
        let text =
            serde_json::to_string(self).map_err(|error| Error::internal("a petition for publication is no JSON", error))?;
        Ok(vault.blind_index("petition_publications/source", &text))
    }
}
