//! Who petitions and what about, as it is said and kept; and the version of it that tells nobody.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::Petition;
use crate::auth::By;
use crate::calendar::{Deadline, OfficeCalendar, Period};
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result};
use crate::http::coded;
use crate::people::facts::{Rank, Word};
use crate::people::store::Named;
use crate::people::{
    Contact, IdNumber, Identifier, Name, OtherIdentity, Unidentified, contacts, mask_name, names, numbers, store,
};
use crate::secrets::vault::Vault;

/// Somebody who petitions: by name, and by whatever else they choose to say.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "王小明"}))]
pub struct PetitionerInput {
    /// Real name of a human, or that of an organisation.
    name: Name,
    /// This, `identified_by`, or none of them.
    national_id: Option<IdNumber>,
    /// A foreign paper, or the business number 統一編號 of an organisation.
    identified_by: Option<OtherIdentity>,
}

/// The same, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Petitioner {
    pub name: String,
    /// By what they are known; none where they did not say.
    pub number: Option<String>,
}

impl PetitionerInput {
    /// As it is kept, at a pointer of the body.
    pub fn kept(&self, at: &str) -> Result<Petitioner> {
        let number = match (&self.national_id, &self.identified_by) {
            (None, None) => None,
            (number, other) => {
                let known = Identifier::of(number.clone(), other.as_ref(), self.name.as_str());
                let refused = |Unidentified(member, rule)| Error::field(format!("{at}/{member}"), rule, coded(rule).1);
                Some(known.map_err(refused)?).filter(Identifier::finds)
            }
        };
        Ok(Petitioner { name: self.name.as_str().to_owned(), number: number.map(|number| number.expose()) })
    }
}

impl Petitioner {
    pub fn identifier(&self) -> Option<Identifier> {
        self.number.as_ref().and_then(|number| number.parse().ok())
    }

    /// The index under which the people of that number are found.
    pub fn index(&self, vault: &Vault) -> Option<String> {
        self.identifier().map(|number| numbers::index(vault, &number))
    }

    /// The record of what is said of them in a matter: no number finds it, and it says nothing of whoever has theirs.
    pub fn record(&self, tx: &mut Tx, vault: &Vault, by: &By, source: String) -> Result<Id> {
        let number = self.identifier().unwrap_or_else(|| Identifier::not_told(&self.name));
        let word = Word { rank: Rank::Claimed, source: source.clone(), paper: None, actor: by.caller.name(), now: by.now };
        let named = Named { name: &self.name, number: &number, birth_on: None };
        store::claim(tx, vault, &word, &source, named)
    }

    pub fn masked(&self) -> String {
        if self.identifier().is_some_and(|number| !number.is_human()) { self.name.clone() } else { mask_name(&self.name) }
    }
}

/// By what two petitions are known to be of one petitioner: a number, else a name with the same telephone or e-mail; none where
/// nobody can tell.
pub fn same_petitioner(vault: &Vault, petitioner: Option<&Petitioner>, contact: Option<&Contact>) -> Option<String> {
    let petitioner = petitioner?;
    if let Some(index) = petitioner.index(vault) {
        return Some(index);
    }
    let phone = contact.and_then(|contact| contact.phone.as_ref()).map(|phone| phone.expose().to_owned());
    let mail = contact.and_then(|contact| contact.email.as_ref()).map(|email| email.expose().to_ascii_lowercase());
    let way = phone.or(mail)?;
    Some(vault.blind_index("petitions/petitioner", &format!("{} {way}", names::folded(&petitioner.name))))
}

/// The decision of the office against which a petition turns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"case_number": "115-HEMEI-000001", "received_on": "2026-11-20"}))]
pub struct DecisionInput {
    /// Number of the case.
    #[schema(min_length = 1, max_length = 40)]
    pub case_number: String,
    /// Day on which the decision was received: the thirty days for an appeal are counted from it (訴願法 §14).
    pub received_on: NaiveDate,
}

/// The decision as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    #[schema(max_length = 40)]
    pub case_number: String,
    pub received_on: NaiveDate,
    /// The case of that number, where there is one.
    pub case_id: Option<Id>,
    /// Last day for an appeal (訴願法 §14).
    pub appeal_until_on: NaiveDate,
}

/// The last day for an appeal against a decision that was received on a day (訴願法 §14).
pub fn appeal_until_on(calendar: &OfficeCalendar, received_on: NaiveDate) -> NaiveDate {
    Deadline::compute(calendar, received_on, Period::Days(30), &[]).due_on
}

/// What a petition says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Matter {
    pub subject: String,
    pub body: String,
    pub against_decision: Option<Decision>,
    /// The body that sent it on.
    pub forwarded_by: Option<String>,
    /// What handlers of a confidential petition read in the place of its subject and its text, where the custodian has written it.
    pub shown_subject: Option<String>,
    pub shown_body: Option<String>,
    /// Attachments of a confidential petition that its custodian has let its handlers see.
    #[serde(default)]
    pub shown_attachments: Vec<Id>,
}

impl Matter {
    /// What there is to be read of it for whoever handles a confidential petition; a [`super::veil::Veil`] goes over it. The original
    /// stays as it is.
    pub fn for_handlers(self) -> Self {
        Self {
            subject: self.shown_subject.unwrap_or(self.subject),
            body: self.shown_body.unwrap_or(self.body),
            // The number of a case finds whom it is of, and few know who sends what on.
            against_decision: None,
            forwarded_by: None,
            shown_subject: None,
            shown_body: None,
            shown_attachments: self.shown_attachments,
        }
    }
}

/// What tells who is behind a petition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    pub petitioners: Vec<Petitioner>,
    pub contact: Option<Contact>,
    /// The case of the decision against which it turns.
    pub case_number: Option<String>,
    /// The body that sent it on.
    pub forwarded_by: Option<String>,
}

impl Identity {
    /// As it stands.
    pub fn of(conn: &mut Conn, vault: &Vault, petition: &Petition) -> Result<Self> {
        let matter = petition.matter(vault)?;
        Ok(Self {
            petitioners: petition.petitioners(vault)?,
            contact: contacts::of(conn, vault, &petition.path())?,
            case_number: matter.against_decision.map(|decision| decision.case_number),
            forwarded_by: matter.forwarded_by,
        })
    }
}
