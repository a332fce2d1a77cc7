//! Who consents for an applicant who does not ask alone, and by which papers: judged as whoever consents to a case is.

use super::acting::Meets;
use super::store::{self, Certificate, Names};
use crate::auth::{By, Consent};
use crate::cases::capacity::{self, Roles};
use crate::cases::fields::PartyRole;
use crate::cases::protected::hangs_on_consent;
use crate::cases::representation::{self, represents};
use crate::cases::types::model::Relation;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::node::Node;
use crate::people::consents::{self, Consenting, REPRESENTATIVE, refuse_proof};
use crate::people::facts::Paper;
use crate::people::papers::{RepresentativePaper, RepresentativeProof};
use crate::people::{Identifier, Representative, joins};

/// What a request shows of whoever represents the applicant, or consents for them.
#[derive(Clone, Copy, Debug, Default)]
pub struct OfRepresentative<'a> {
    pub paper: Option<&'a RepresentativePaper>,
    pub proof: Option<&'a RepresentativeProof>,
    pub representative: Option<&'a Representative>,
}

impl OfRepresentative<'_> {
    /// Adds it to what is kept: whoever is named instead of another consents by papers of their own.
    pub fn over(&self, kept: Names) -> Names {
        let named = self.representative.map(Representative::kept);
        let is_another = kept.representative.is_some() && named.is_some() && kept.representative != named;
        let (paper, proof) = if is_another { (None, None) } else { (kept.representative_paper, kept.representative_proof) };
        let new = |paper: Option<&Paper>| paper.cloned();
        Names {
            representative_paper: new(self.paper.map(|paper| &**paper)).or(paper),
            representative_proof: new(self.proof.map(|proof| &**proof)).or(proof),
            representative: named.or(kept.representative),
            ..kept
        }
    }

    /// Whether it shows anything.
    pub fn is_there(&self) -> bool {
        self.paper.is_some() || self.proof.is_some() || self.representative.is_some()
    }
}

/// Whoever was named so before.
pub fn reopened((name, number): &(String, String)) -> Result<(String, Identifier)> {
    Ok((name.clone(), number.parse().map_err(|e| Error::internal("a stored number is wrong", e))?))
}

/// Refuses a consent of whoever is barred from the data of the applicant or the person, of whoever does not represent the applicant
/// as the register has it or a paper shows, and of nobody where a mark hangs on it. By all that was shown until now.
pub fn require(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    one: &Certificate,
    (names, said): (&Names, Option<&Representative>),
) -> Result<()> {
    let (day, meets) = (by.now.date(), Meets::kept(names));
    let Some((name, number)) = names.representative.as_ref().map(reopened).transpose()? else {
        refuse_proof(names.representative_proof.is_some() && !represents(&one.kind, one.relation))?;
        return match hangs_on_consent(conn, node, (&one.kind, one.principal()), day)? {
            Some(text) => Err(Error::field(REPRESENTATIVE, "required", text)),
            None => Ok(()),
        };
    };
    let person_id = said.and_then(|said| said.person_id);
    let consenting = Consenting { name: &name, number: &number, person_id, is_proven: meets.proves };
    let whose = [one.principal(), one.person_id];
    consents::require(conn, &node.vault, (consenting, &whose), day, |conn, known| judged(conn, node, one, known, by))
}

/// What the register says of somebody who consents, as a party of a case would.
fn judged(conn: &mut Conn, node: &Node, one: &Certificate, known: Option<Id>, by: &By) -> Result<Consent> {
    let day = by.now.date();
    let (principal, applicant) = (joins::last(conn, one.principal())?, joins::last(conn, one.applicant_id)?);
    // Nobody consents to what they do themself.
    if known == Some(principal) {
        return representation::told_of_consent(conn, node, (principal, known), day);
    }
    let parties = [(0, PartyRole::Subject, joins::last(conn, one.person_id)?)];
    let roles = Roles {
        type_code: &one.kind,
        relation: one.relation,
        applicant: Some(applicant),
        parties: &parties,
        about: 0,
        consenting: vec![(1, Relation::LegalRepresentative, known)],
        together: Vec::new(),
        ends: false,
        day,
        of: None,
    };
    let said = capacity::consents(conn, node, &roles)?.into_iter().find_map(|(_, said)| said);
    Ok(said.map_or(Consent::Untold, representation::Answer::of_consent))
}

/// Keeps what a clerk has seen of a consent.
pub fn keep(node: &Node, one: &mut Certificate, names: &Names) -> Result<()> {
    one.named = Some(store::seal_names(&node.vault, one.id, names)?);
    Ok(())
}
