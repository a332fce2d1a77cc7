//! An application for a certificate: who may apply, for whom, by what channel.

use serde::Deserialize;
use utoipa::ToSchema;

use super::model::{CertificateScope, CertificateStatus, is_certificate, require_right};
use super::store::{self, Certificate, Names};
use crate::auth::{By, Reach};
use crate::cases;
use crate::cases::CaseTypes;
use crate::cases::states::CaseStatus;
use crate::cases::types::model::{CaseType, Relation};
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result, Text};
use crate::identified;
use crate::node::Node;
use crate::office::desk;
use crate::people::facts::Word;
use crate::people::protection::{self, Said};
use crate::people::store::Named;
use crate::people::{self, Identifier, Label, Name, Note, PersonInput, differences};
use crate::scheduling::services::Channel;

identified! {
    /// Who applies for a certificate: a human, an organisation or an agency.
    pub struct CertificateApplicant as CertificateApplicantBody {
        name: Name,
        /// One of the `applicants` of the kind.
        relation: Relation,
    }
}

/// An application for a certificate.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "TRANSCRIPT_ZH", "person": {"name": "王小美", "national_id": "N200000004"},
    "applicant": {"name": "王小美", "national_id": "N200000004", "relation": "SELF"}, "scope": "WHOLE", "purpose": "就學", "copies": 1
}))]
pub struct CertificateInput {
    /// Code of a case type of the groups CERTIFICATE and HOUSEHOLD_CERTIFICATE, or SEAL_CERT, DOOR_CERT.
    #[schema(min_length = 1, max_length = 40)]
    kind: String,
    /// Whose entry it shows.
    person: PersonInput,
    applicant: CertificateApplicant,
    #[serde(default = "person_only")]
    #[schema(default = "PERSON")]
    scope: CertificateScope,
    purpose: Note,
    /// Proof of the interest, from an interested person (戶籍法 §65).
    interest_proof: Option<Label>,
    #[schema(minimum = 1, maximum = 20)]
    copies: i32,
    /// Sheets of one copy, for fees by the sheet.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 200, default = 1)]
    sheets: i32,
    channel: Option<Channel>,
    #[schema(min_length = 1, max_length = 20)]
    service_point: Option<String>,
    /// The registration that it follows from.
    case_id: Option<Id>,
}

fn person_only() -> CertificateScope {
    CertificateScope::Person
}

fn one() -> i32 {
    1
}

impl CertificateInput {
    fn kind_on(&self, node: &Node, conn: &mut Conn, by: &By) -> Result<std::sync::Arc<CaseType>> {
        let catalogue = node.part::<CaseTypes>().at(conn)?;
        let found = catalogue.on(&self.kind, by.now.date()).filter(|t| is_certificate(&t.code, &t.rules));
        let text = || Text::new("不是可核發之證明種類", "this is no certificate of the office");
        found.cloned().ok_or_else(|| Error::field("/kind", "not_allowed", text()))
    }

    fn channel_of(&self, by: &By, kind: &CaseType) -> Result<Channel> {
        let usual = if by.reach == Reach::Own { Channel::Online } else { Channel::Counter };
        let channel = self.channel.unwrap_or(usual);
        let own = by.reach != Reach::Own || channel == Channel::Online;
        if own && kind.rules.channels.contains(&channel) {
            return Ok(channel);
        }
        Err(Error::field("/channel", "not_allowed", Text::new("此類證明不受理該管道", "it cannot be applied for this way")))
    }
}

impl CertificateInput {
    /// Refuses whoever applies without the right to it, or in somebody else's place.
    fn check_applicant(&self, tx: &mut Tx, node: &Node, by: &By, kind: &CaseType) -> Result<()> {
        require_right(&kind.rules, self.applicant.relation, self.interest_proof.is_some())?;
        let itself = self.applicant.relation == Relation::Oneself;
        if itself && self.applicant.national_id != self.person.national_id {
            let text = Text::new("本人申請者須為同一人", "SELF is the person themself");
            return Err(Error::field("/applicant/relation", "not_allowed", text));
        }
        if kind.code != "DOOR_CERT" {
            self.person.national_id.require_human("/person")?;
        }
        let subject = &self.person.national_id;
        // Of others than the applicant an entry of before there were numbers can be certified.
        if itself || !subject.is_historic() {
            subject.require_found("/person")?;
        }
        if by.reach == Reach::Own {
            let number = &self.applicant.national_id;
            let own = people::store::represented_as(tx, &node.vault, by, cases::store::PROXY_SCOPE, number)?;
            if own.is_none() {
                let text = Text::new("僅得為本人或委託人申請", "apply for yourself or for your principal");
                return Err(Error::field(number.pointer("/applicant"), "no_letter_of_proxy", text));
            }
        }
        Ok(())
    }

    /// The application as it is kept.
    pub fn applied(&self, tx: &mut Tx, node: &Node, by: &By) -> Result<Certificate> {
        let kind = self.kind_on(node, tx, by)?;
        people::numbers::own_numbers(tx, &node.vault, [&self.person.national_id, &self.applicant.national_id])?;
        self.check_applicant(tx, node, by, &kind)?;
        let service_point = desk::chosen(by, self.service_point.as_deref())?;
        let channel = self.channel_of(by, &kind)?;
        if let Some(case) = self.case_id {
            let refused = |code, zh, en| Error::field("/case_id", code, Text::new(zh, en));
            let found =
                cases::store::find(tx, by, case).map_err(|_| refused("not_found", "查無此案件", "there is no such case"))?;
            if found.status == CaseStatus::Revoked {
                return Err(refused("not_allowed", "該登記業經撤銷", "this registration was revoked"));
            }
        }
        if by.reach != Reach::Own {
            let (person, applicant) = (&self.person, &self.applicant);
            let said = Said { name: person.name.as_str(), number: &person.national_id };
            let asks = Said { name: applicant.name.as_str(), number: &applicant.national_id };
            protection::require_open(tx, &node.vault, by.now.date(), (said, &[asks]))?;
            let named = [
                ("/person/name", person.name.as_str(), &person.national_id),
                ("/applicant/name", applicant.name.as_str(), &applicant.national_id),
            ];
            differences::require_none(tx, &node.vault, &named)?;
        }
        let id = Id::new(by.now);
        let word = cases::word(by, format!("certificates/{id}"), channel);
        let person_id = meet(tx, node, by, &word, (self.person.name.as_str(), &self.person.national_id))?;
        let applicant = &self.applicant;
        let applicant_id = meet(tx, node, by, &word, (applicant.name.as_str(), &applicant.national_id))?;
        people::holding::require_living(tx, applicant_id, &applicant.national_id.pointer("/applicant"))?;
        let named = Names { person: self.person.name.as_str().to_owned(), applicant: applicant.name.as_str().to_owned() };
        Ok(Certificate {
            id,
            kind: self.kind.clone(),
            status: CertificateStatus::Requested,
            serial: None,
            check_code_hash: None,
            person_id,
            applicant_id,
            relation: self.applicant.relation,
            channel,
            service_point,
            case_id: self.case_id,
            scope: self.scope,
            purpose: self.purpose.as_str().to_owned(),
            interest_proof: self.interest_proof.as_ref().map(|proof| proof.as_str().to_owned()),
            copies: self.copies,
            sheets: self.sheets,
            fee_twd: cases::fee(&self.kind, kind.rules.fee_twd, self.copies, self.sheets),
            reason: None,
            requested_by: by.caller.name(),
            requested_at: by.now,
            issued_by: None,
            issued_at: None,
            version: 1,
            voided_by: None,
            voided_at: None,
            named: Some(store::seal_names(&node.vault, id, &named)?),
        })
    }
}

/// The person who is named: to the office whoever has the number; to whoever applies for themselves only their own and their
/// principals, others are as they are named until the office meets them.
fn meet(tx: &mut Tx, node: &Node, by: &By, word: &Word<'_>, (name, number): (&str, &Identifier)) -> Result<Id> {
    let named = Named { name, number, birth_on: None };
    if by.reach != Reach::Own {
        return people::store::meet(tx, &node.vault, word, named).map(|(id, _)| id);
    }
    match people::store::represented_as(tx, &node.vault, by, cases::store::PROXY_SCOPE, number)? {
        Some(id) => Ok(id),
        None => people::store::claim(tx, &node.vault, word, &word.actor, named),
    }
}
