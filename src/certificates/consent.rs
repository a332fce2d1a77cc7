//! Who consents for an applicant who does not ask alone: named where a protection mark stands on the applicant, since whoever is
//! barred from somebody's data consents to nothing for them.

use super::store::Certificate;
use crate::auth::By;
use crate::cases::protected::hangs_on_consent;
use crate::cases::representation::represents;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::identified;
use crate::node::Node;
use crate::people::facts::Paper;
use crate::people::protection::{Inquirer, bar_of};
use crate::people::store::Named;
use crate::people::{Identifier, Name};

identified! {
    /// The legal representative, guardian or assistant who consents by the `representative_paper`: a human.
    pub struct CertificateRepresentative as CertificateRepresentativeBody {
        pub name: Name,
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

/// Refuses a consent of whoever is barred from the data of the applicant or the person, and of nobody where that hangs on it.
pub fn require_open(
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
    for of in [one.principal(), one.person_id] {
        if let Some(bar) = bar_of(conn, &node.vault, day, (of, &[Inquirer::Named(named)]))? {
            return Err(bar.refusal());
        }
    }
    Ok(())
}
