//! Who petitions and what about, as it is said and kept; and the version of it that tells nobody.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::By;
use crate::db::{Id, Tx};
use crate::error::{Error, Result};
use crate::http::coded;
use crate::people::facts::{Rank, Word};
use crate::people::store::Named;
use crate::people::{Contact, IdNumber, Identifier, Name, OtherIdentity, Unidentified, mask_name, names, numbers, store};
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

/// What a petition says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matter {
    pub subject: String,
    pub body: String,
    pub against_decision: Option<Decision>,
    /// The body that sent it on.
    pub forwarded_by: Option<String>,
    /// What handlers of a confidential petition read in the place of its text, where the custodian has written it.
    pub shown_body: Option<String>,
}

/// What stands in the place of what would tell somebody.
const GONE: &str = "＊＊＊";

impl Matter {
    /// Subject and text without the names, numbers and addresses of the petitioners: what the handler of a confidential petition
    /// reads. The original stays as it is.
    pub fn telling_nobody(&self, petitioners: &[Petitioner], contact: Option<&Contact>) -> (String, String) {
        let mut told: Vec<String> = petitioners.iter().map(|one| one.name.clone()).collect();
        told.extend(petitioners.iter().filter_map(Petitioner::identifier).filter_map(|known| {
            known
                .number()
                .map(|number| number.expose().to_owned())
                .or_else(|| known.expose().rsplit(' ').next().map(str::to_owned))
        }));
        if let Some(contact) = contact {
            let phones = contact.phone.iter().chain(&contact.other_phones);
            told.extend(
                phones
                    .flat_map(|phone| {
                        let whole = phone.expose().to_owned();
                        let local = whole.strip_prefix("+886").map(|rest| format!("0{rest}"));
                        [Some(whole), local]
                    })
                    .flatten(),
            );
            told.extend(contact.email.iter().map(|email| email.expose().to_owned()));
            told.extend(contact.address.clone());
        }
        let hide =
            |text: &str| told.iter().filter(|one| !one.is_empty()).fold(text.to_owned(), |text, one| text.replace(one, GONE));
        let body = self.shown_body.clone().unwrap_or_else(|| crate::people::mask_numbers(&hide(&self.body)));
        (crate::people::mask_numbers(&hide(&self.subject)), body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_handler_reads_names_nobody() {
        let matter = Matter {
            subject: "王小明檢舉".to_owned(),
            body: "我是王小明，電話 0912345678，信箱 ming@example.org，看見承辦人收受餽贈。𠮷👍".to_owned(),
            against_decision: None,
            forwarded_by: None,
            shown_body: None,
        };
        let petitioner = Petitioner { name: "王小明".to_owned(), number: None };
        let contact: Contact = serde_json::from_str(r#"{"phone": "0912345678", "email": "ming@example.org"}"#).unwrap();
        let (subject, body) = matter.telling_nobody(&[petitioner], Some(&contact));
        assert_eq!(subject, "＊＊＊檢舉");
        for told in ["王小明", "0912345678", "ming@example.org"] {
            assert!(!body.contains(told), "{body}");
        }
        assert!(body.contains("看見承辦人收受餽贈") && body.ends_with("𠮷👍"), "{body}");
    }
}
