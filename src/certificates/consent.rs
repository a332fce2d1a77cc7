//! Who consents for an applicant who does not ask alone: judged by what the register has of them, and named where a protection mark
//! stands on the applicant, since whoever is barred from somebody's data consents to nothing for them.

use chrono::NaiveDate;

use super::acting::REPRESENTATIVE_PAPER;
use super::store::Certificate;
use crate::auth::By;
use crate::cases::capacity::demand;
use crate::cases::protected::hangs_on_consent;
use crate::cases::representation::{self, Answer, Claim, represents};
use crate::cases::types::model::Relation;
use crate::db::{Conn, Id};
use crate::error::{Error, Result, Text};
use crate::identified;
use crate::node::Node;
use crate::people::capacity::{self, Manner};
use crate::people::chosen::{self, ByRecord};
use crate::people::facts::Paper;
use crate::people::protection::{Inquirer, bar_of};
use crate::people::store::Named;
use crate::people::{Identifier, Name};

identified! {
    /// The legal representative, guardian or assistant who consents by the `representative_paper`: a human.
    pub struct CertificateRepresentative as CertificateRepresentativeBody {
        pub name: Name,
        /// Of several people who truly have that number and name the one who is meant, as `candidates` of `ambiguous_person` lists
        /// them.
        pub person_id: Option<Id>,
    }
}

impl CertificateRepresentative {
    /// As it is kept, sealed: name and number.
    pub fn kept(&self) -> (String, String) {
        (self.name.as_str().to_owned(), self.national_id.expose())
    }
}

/// Whoever was named so before.
pub fn reopened((name, number): &(String, String)) -> Result<(String, Identifier)> {
    Ok((name.clone(), number.parse().map_err(|e| Error::internal("a stored number is wrong", e))?))
}

/// Refuses a consent of whoever is barred from the data of the applicant or the person, of whoever does not represent the applicant
/// as the register has it, and of nobody where a mark hangs on it.
pub fn require(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    one: &Certificate,
    (paper, representative): (Option<&Paper>, Option<&CertificateRepresentative>),
) -> Result<()> {
    let day = by.now.date();
    let Some(representative) = representative else {
        let consents = paper.is_some() && !represents(&one.kind, one.relation);
        return match hangs_on_consent(conn, node, (&one.kind, one.principal()), day)? {
            Some(text) if consents => Err(Error::field("/representative", "required", text)),
            _ => Ok(()),
        };
    };
    representative.national_id.require_human("/representative")?;
    let named = Named { name: representative.name.as_str(), number: &representative.national_id, birth_on: None };
    let by_record = ByRecord { said: representative.person_id, kept: None };
    let known = chosen::find(conn, &node.vault, (named, "/representative"), by_record)?.map(|known| known.id);
    for of in [one.principal(), one.person_id] {
        if let Some(bar) = bar_of(conn, &node.vault, day, (of, &[Inquirer::of(known, named)]))? {
            return Err(bar.refusal());
        }
    }
    require_representative(conn, node, one, (named, known, paper), day)
}

/// Refuses whoever consents for an applicant who wants a consent, and is not the one to give it; where the register cannot tell, the
/// paper does.
fn require_representative(
    conn: &mut Conn,
    node: &Node,
    one: &Certificate,
    (named, by, paper): (Named<'_>, Option<Id>, Option<&Paper>),
    day: NaiveDate,
) -> Result<()> {
    let subject = one.principal();
    let manner = capacity::of(conn, &node.vault, subject, day)?.manner(demand(&one.kind));
    if !matches!(manner, Manner::WithConsent(_)) {
        return Ok(());
    }
    let claim = Claim { subject, by, relation: Relation::LegalRepresentative, day, of: None };
    let said = representation::consent(conn, node, claim)?;
    if let Some((code, law, zh, en)) = said.refusal() {
        let text = Text::new(format!("{zh}（{law}）"), format!("{en} ({law})"));
        return Err(Error::field(named.number.pointer("/representative"), code, text));
    }
    match said {
        Answer::Unknown if paper.is_none() => {
            let text = Text::new("請出示同意權人之證明文件（民法 §77）", "show the paper of whoever consents (民法 §77)");
            Err(Error::field(REPRESENTATIVE_PAPER, "required", text))
        }
        _ => Ok(()),
    }
}
