//! The consent to a letter of proxy of somebody who does not give it alone: shown at a counter, and judged as a consent to a case is.

use diesel::prelude::*;

use super::letters::LetterInput;
use crate::auth::{By, Consent, Mandates, Reach};
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result, Text};
use crate::node::Node;
use crate::people::capacity::{self, Demand, Manner};
use crate::people::consents::{self, Consenting, REPRESENTATIVE, REPRESENTATIVE_PROOF, refuse_proof, who_consents};
use crate::people::facts::Paper;
use crate::people::{Representative, numbers};
use crate::schema::letters_of_proxy as letters;

/// Where the paper of a legal representative is wanted.
const REPRESENTATIVE_PAPER: &str = "/representative_paper";

/// Refuses a principal who can give no letter, or gives one without the consent that they need, as registered facts say (民法
/// §15, §75, §77); and to the office a proxy who has no capacity (民法 §550), of whom nobody else is told.
pub fn require_capacity(conn: &mut Conn, node: &Node, by: &By, input: &LetterInput, (principal, proxy): (Id, Id)) -> Result<()> {
    let (is_own, today) = (by.reach == Reach::Own, by.now.date());
    let shown = [
        (REPRESENTATIVE_PAPER, input.representative_paper.is_some()),
        (REPRESENTATIVE, input.representative.is_some()),
        (REPRESENTATIVE_PROOF, input.representative_proof.is_some()),
    ];
    if let Some((pointer, _)) = shown.into_iter().find(|(_, is_there)| is_own && *is_there) {
        let text = Text::new("同意書須臨櫃出示", "show the consent at a counter");
        return Err(Error::field(pointer, "not_allowed", text));
    }
    let manner = capacity::of(conn, &node.vault, principal, today)?.manner(Demand::Capacity);
    match manner {
        Manner::Represented(limit) => return Err(limit.refusal(input.principal.national_id.pointer("/principal")).into()),
        Manner::WithConsent(limit) if input.representative_paper.is_none() => {
            return Err(limit.without_consent(REPRESENTATIVE_PAPER).into());
        }
        _ => {}
    }
    if is_own {
        return Ok(());
    }
    require_consent(conn, node, by, input, (principal, manner))?;
    match capacity::of(conn, &node.vault, proxy, today)?.manner(Demand::Duty) {
        Manner::Represented(limit) => Err(limit.refusal("/proxy_username").into()),
        _ => Ok(()),
    }
}

fn require_consent(conn: &mut Conn, node: &Node, by: &By, input: &LetterInput, whose: (Id, Manner)) -> Result<()> {
    let (day, proof) = (by.now.date(), input.representative_proof.is_some());
    let Some(one) = &input.representative else {
        refuse_proof(proof)?;
        let text = who_consents(conn, whose, day)?;
        return text.map_or(Ok(()), |text| Err(Error::field(REPRESENTATIVE, "required", text)));
    };
    let (name, number, person_id) = (one.name.as_str(), &one.national_id, one.person_id);
    let consenting = Consenting { name, number, person_id, is_proven: proof };
    let (principal, _) = whose;
    consents::require(conn, &node.vault, (consenting, &[principal]), day, |conn, known| {
        let mandates = node.part_if_given::<Mandates>();
        mandates.map_or(Ok(Consent::Untold), |mandates| mandates.consent(conn, node, (principal, known), day))
    })
}

/// Keeps who gave a letter, the papers on which it and a consent to it were seen, and whose consent that is.
pub fn keep_ground(tx: &mut Tx, node: &Node, by: &By, id: Id, input: &LetterInput) -> Result<()> {
    let identity = |column: &str| format!("letters_of_proxy/{id}/{column}");
    let sealed =
        |paper: Option<&Paper>, column: &str| paper.map(|paper| node.vault.seal_json(&identity(column), paper)).transpose();
    let paper = input.document.as_deref();
    let (consent, proof) = (input.representative_paper.as_deref(), input.representative_proof.as_deref());
    let representative = input.representative.as_ref();
    let kept = representative.map(Representative::kept);
    let ground = (
        letters::given_by.eq(Some(by.caller.name())),
        letters::document.eq(sealed(paper, "document")?),
        letters::document_index.eq(paper.map(|paper| paper.index(&node.vault))),
        letters::consent_document.eq(sealed(consent, "consent_document")?),
        letters::consent_index.eq(consent.map(|paper| paper.index(&node.vault))),
        letters::representative.eq(kept.map(|kept| node.vault.seal_json(&identity("representative"), &kept)).transpose()?),
        letters::representative_index.eq(representative.map(|one| numbers::index(&node.vault, &one.national_id))),
        letters::proof_document.eq(sealed(proof, "proof_document")?),
        letters::proof_index.eq(proof.map(|paper| paper.index(&node.vault))),
    );
    diesel::update(letters::table.find(id)).set(ground).execute(&mut **tx)?;
    Ok(())
}
