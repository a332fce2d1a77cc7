//! An application for a certificate: who may apply, for whom, by what channel.

use serde::Deserialize;
use utoipa::ToSchema;

use super::acting::{self, CertificateProxy, LetterShown, REPRESENTATIVE_PAPER};
use super::consent::{self, OfRepresentative};
use super::entitled::{self, Shown};
use super::model::{CertificateScope, CertificateStatus, require_right};
use super::store::{self, Certificate, Names, Said};
use crate::auth::{By, Reach};
use crate::cases;
use crate::cases::CaseTypes;
use crate::cases::case::Case;
use crate::cases::entitlement::Asking;
use crate::cases::fields::PartyRole;
use crate::cases::protected::{Application, shows_household};
use crate::cases::representation;
use crate::cases::states::CaseStatus;
use crate::cases::types::model::{CaseType, ProxyRule, Relation};
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result, Text};
use crate::identified;
use crate::node::Node;
use crate::office::desk;
use crate::people::chosen::{self, ByRecord};
use crate::people::facts::Word;
use crate::people::papers::{RepresentativePaper, RepresentativeProof};
use crate::people::protection::{self, Inquirer};
use crate::people::store::{Named, Registered};
use crate::people::{self, Contact, Identifier, Label, Name, Note, PersonInput, Representative, contacts, differences, names};
use crate::scheduling::services::Channel;
use crate::states::require_anothers;

identified! {
    /// Who applies for a certificate: a human, an organisation or an agency.
    pub struct CertificateApplicant as CertificateApplicantBody {
        name: Name,
        /// One of the `applicants` of the kind.
        relation: Relation,
        /// As the person's; by the relation SELF either says it of both.
        person_id: Option<Id>,
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
    /// Who comes to a counter in the applicant's place; by the relation PROXY the applicant is the proxy of the person.
    proxy: Option<CertificateProxy>,
    /// The letter of a proxy, as a clerk has seen it: required at a counter where somebody is one, by either way, and no letter
    /// on record of them is in force.
    letter: Option<LetterShown>,
    /// The paper of a legal representative, guardian or assistant, as a clerk has seen it: their consent (LEGAL_REP_CONSENT)
    /// where the applicant is under eighteen, also as somebody's parent, or under assistance and it is of a seal (民法 §15-2, §77);
    /// a proof of who they are, of one of the other kinds, where they apply and the register cannot tell.
    representative_paper: Option<RepresentativePaper>,
    /// Whose consent that paper is: refused where the register says that they do not represent the applicant
    /// (`not_representative`), and required where a protection mark stands on the applicant, since whoever is barred from their data
    /// consents to nothing for them (家庭暴力防治法 §14, §58-2; 跟蹤騷擾防制法 §12); then by a number or a paper.
    representative: Option<Representative>,
    /// The paper that shows the `representative`, or whoever applies as one, to be the legal representative, guardian or assistant:
    /// required where the register cannot tell that the one who is named consents for the applicant (民法 §1086, §1098).
    representative_proof: Option<RepresentativeProof>,
    /// An interested person is not given WHOLE (戶籍法 §65).
    #[serde(default = "person_only")]
    #[schema(default = "PERSON")]
    scope: CertificateScope,
    purpose: Note,
    /// Proof of the interest, from an interested person (戶籍法 §65): the INTEREST_PROOF of the checklist.
    interest_proof: Option<Label>,
    /// Papers by which the applicant shows their right to it, by their codes on the checklist of the kind, as a clerk has seen them:
    /// PURPOSE_PROOF for data on kinship (戶籍法 §65-1); KIN_PROOF of a relative of the dead, and DEATH_CERTIFICATE where the
    /// register has no death (身分證辦法 §39); OWNER_PROOF for the number of a house; HEAD_PROOF where the head of the household is
    /// another than the `person` (身分證辦法 §29).
    #[serde(default)]
    #[schema(max_items = 60)]
    papers: Vec<String>,
    /// Copies, each with its fee.
    #[schema(minimum = 1, maximum = 20)]
    copies: i32,
    /// Sheets of one copy, for fees by the sheet.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 200, default = 1)]
    sheets: i32,
    channel: Option<Channel>,
    /// Service point that issues it; the clerk's own when absent.
    #[schema(min_length = 1, max_length = 20)]
    service_point: Option<String>,
    /// The registration that it follows from: one that stands, of the person or the applicant themselves.
    case_id: Option<Id>,
    /// How to tell the applicant that it is ready; changed afterwards by PUT /v1/certificates/{id}/contact.
    pub(super) contact: Option<Contact>,
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
        let found = catalogue.on(&self.kind, by.now.date()).filter(|t| t.is_certificate());
        let text = || Text::new("不是可核發之證明種類", "this is no certificate of the office");
        found.cloned().ok_or_else(|| Error::field("/kind", "unknown", text()))
    }

    fn channel_of(&self, by: &By, kind: &CaseType) -> Result<Channel> {
        let usual = if by.reach == Reach::Own { Channel::Online } else { Channel::Counter };
        let channel = self.channel.unwrap_or(usual);
        let own = by.reach != Reach::Own || channel == Channel::Online;
        if !own {
            return Err(Error::field("/channel", "not_allowed", Text::new("民眾自行申請為 ONLINE", "citizens apply ONLINE")));
        }
        if kind.rules.channels.contains(&channel) {
            return Ok(channel);
        }
        let (pointer, text) = kind.rules.channel_flaw(channel, self.channel.is_some(), "/kind");
        Err(Error::field(pointer, "not_allowed", text))
    }
}

/// By which records a request says who its person and its applicant are: where they are one, what it says of the one it says of both.
pub fn chosen_of(is_one: bool, (person, applicant): (Option<Id>, Option<Id>)) -> Result<(Option<Id>, Option<Id>)> {
    if !is_one {
        return Ok((person, applicant));
    }
    if person.zip(applicant).is_some_and(|(person, applicant)| person != applicant) {
        let text = Text::new("本人申請者須為同一人", "SELF is the person themself");
        return Err(Error::field("/applicant/person_id", "not_allowed", text));
    }
    Ok((person.or(applicant), applicant.or(person)))
}

/// Those whom the office means by the people of an application, as far as it knows them.
#[derive(Default)]
struct Known {
    person: Option<Registered>,
    applicant: Option<Registered>,
    proxy: Option<Registered>,
}

impl Known {
    fn people(&self) -> Vec<Id> {
        [&self.person, &self.applicant, &self.proxy].into_iter().flatten().map(|one| one.id).collect()
    }
}

impl CertificateInput {
    /// Refuses whoever applies without the right to it, or in somebody else's place.
    fn check_applicant(&self, tx: &mut Tx, node: &Node, by: &By, kind: &CaseType) -> Result<()> {
        require_right(&kind.rules, self.applicant.relation, self.scope)?;
        self.shown(by).check(kind)?;
        self.check_proxy(by, kind)?;
        let itself = self.applicant.relation == Relation::Oneself;
        if self.applicant.relation == Relation::InterestedPerson {
            self.applicant.national_id.require_found("/applicant")?;
        }
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
            if self.applicant.relation == Relation::Proxy {
                let person = people::store::represented_as(tx, &node.vault, by, cases::store::PROXY_SCOPE, subject)?;
                cases::online::require_letter(tx, by, person, (subject, "/person"))?;
            }
            let claim = (kind.code.as_str(), self.applicant.relation, own);
            representation::require_online(
                tx,
                node,
                by,
                claim,
                &[Named { name: self.person.name.as_str(), number: subject, birth_on: None }],
            )?;
        }
        Ok(())
    }

    fn of_representative(&self) -> OfRepresentative<'_> {
        OfRepresentative {
            paper: self.representative_paper.as_ref(),
            proof: self.representative_proof.as_ref(),
            representative: self.representative.as_ref(),
        }
    }

    fn shown(&self, by: &By) -> Shown<'_> {
        Shown { papers: &self.papers, interest: self.interest_proof.is_some(), is_online: by.reach == Reach::Own }
    }

    /// Refuses whoever does not prove their right, and a case that is none of theirs.
    fn check_right(&self, conn: &mut Conn, by: &By, (kind, case): (&CaseType, Option<&Case>), one: &Certificate) -> Result<()> {
        let asking = Asking {
            relation: self.applicant.relation,
            applicant: &self.applicant.national_id,
            subject: Some(&self.person.national_id),
            is_by_proxy: self.proxy.is_some() || self.applicant.relation == Relation::Proxy,
        };
        self.shown(by).require(conn, kind, &asking, one.person_id)?;
        case.map_or(Ok(()), |case| entitled::require_theirs(conn, case, one))
    }

    /// The case on which it is to rest.
    fn case(&self, conn: &mut Conn, node: &Node, by: &By) -> Result<Option<Case>> {
        let Some(case) = self.case_id else { return Ok(None) };
        let refused = |code, zh, en| Error::field("/case_id", code, Text::new(zh, en));
        let found =
            cases::store::find(conn, node, by, case).map_err(|_| refused("not_found", "查無此案件", "there is no such case"))?;
        match found.status {
            CaseStatus::Registered | CaseStatus::Corrected => Ok(Some(found)),
            CaseStatus::Revoked => Err(refused("not_allowed", "該登記業經撤銷", "this registration was revoked")),
            _ => Err(refused("not_allowed", "該案件尚未登記", "this case is not registered")),
        }
    }

    /// Refuses a proxy where none may come, and papers and records that only a clerk can tell of.
    fn check_proxy(&self, by: &By, kind: &CaseType) -> Result<()> {
        if by.reach == Reach::Own {
            chosen::refuse(self.person.person_id, "/person")?;
            chosen::refuse(self.applicant.person_id, "/applicant")?;
        }
        let shown = [
            ("/proxy", self.proxy.is_some()),
            ("/letter", self.letter.is_some()),
            (REPRESENTATIVE_PAPER, self.representative_paper.is_some()),
            ("/papers", !self.papers.is_empty()),
            ("/representative", self.representative.is_some()),
            ("/representative_proof", self.representative_proof.is_some()),
        ];
        if let Some((pointer, _)) = shown.into_iter().find(|(_, is_there)| *is_there && by.reach == Reach::Own) {
            let text = Text::new("僅臨櫃申請時填寫", "it belongs to an application at a counter");
            return Err(Error::field(pointer, "not_allowed", text));
        }
        let Some(proxy) = &self.proxy else { return Ok(()) };
        proxy.national_id.require_human("/proxy")?;
        if kind.rules.proxy == ProxyRule::Never || self.applicant.relation == Relation::Proxy {
            let text = Text::new("不得再委託他人", "nobody comes in this applicant's place");
            return Err(Error::field("/proxy", "not_allowed", text));
        }
        if proxy.national_id == self.applicant.national_id {
            let text = Text::new("代理人不得為申請人本人（民法 §106）", "the applicant is no proxy (民法 §106)");
            return Err(Error::field(proxy.national_id.pointer("/proxy"), "same_person", text));
        }
        Ok(())
    }

    /// Refuses whoever cannot apply, or not for whom they do, or without a paper that they need: each at the member that the
    /// caller gave.
    fn check_acting(&self, conn: &mut Conn, node: &Node, by: &By, one: &Certificate) -> Result<()> {
        let (is_own, today, paper) = (by.reach == Reach::Own, by.now.date(), self.representative_paper.as_ref());
        let names = one.names(conn, &node.vault)?;
        let shown = acting::Meets::kept(&names);
        acting::require_fitting(conn, node, one, paper, today)?;
        let mut flaw = acting::capacity_flaw(conn, node, one, shown, today)?;
        if is_own {
            // The clerk who issues it looks at the paper.
            flaw = flaw.filter(|flaw| flaw.pointer != REPRESENTATIVE_PAPER);
        } else {
            acting::require_letter(conn, node, one, self.letter.as_ref(), today)?;
            if flaw.is_none() {
                flaw = acting::representation_flaw(conn, node, one, (shown, false), today)?;
            }
        }
        let Some(mut flaw) = flaw else {
            let consents = (&names, self.representative.as_ref());
            return if is_own { Ok(()) } else { consent::require(conn, node, by, one, consents) };
        };
        let proxy = self.proxy.as_ref().map(|proxy| ("/proxy", &proxy.national_id));
        let people = [("/person", &self.person.national_id), ("/applicant", &self.applicant.national_id)];
        if let Some((of, number)) = people.into_iter().chain(proxy).find(|(of, _)| flaw.pointer == *of) {
            flaw.pointer = number.pointer(of);
        }
        Err(flaw.into())
    }

    /// Whom the office means by those whom it names, as far as it knows them; nobody where somebody applies for themselves.
    fn known(&self, conn: &mut Conn, node: &Node, by: &By) -> Result<Known> {
        if by.reach == Reach::Own {
            return Ok(Known::default());
        }
        let is_one = self.applicant.relation == Relation::Oneself;
        let (person_id, applicant_id) = chosen_of(is_one, (self.person.person_id, self.applicant.person_id))?;
        let mut find = |of: &str, name: &Name, number: &Identifier, said: Option<Id>| {
            let named = Named { name: name.as_str(), number, birth_on: None };
            chosen::find(conn, &node.vault, (named, of), ByRecord { said, kept: None })
        };
        let proxy = self.proxy.as_ref();
        Ok(Known {
            person: find("/person", &self.person.name, &self.person.national_id, person_id)?,
            applicant: find("/applicant", &self.applicant.name, &self.applicant.national_id, applicant_id)?,
            proxy: proxy.map_or(Ok(None), |one| find("/proxy", &one.name, &one.national_id, one.person_id))?,
        })
    }

    /// Refuses two names of one number, whether the office knows whoever has it or not: one human has one name.
    fn require_one_name(&self) -> Result<()> {
        let person = ("/person", &self.person.name, &self.person.national_id);
        let applicant = ("/applicant", &self.applicant.name, &self.applicant.national_id);
        let proxy = self.proxy.iter().map(|proxy| ("/proxy", &proxy.name, &proxy.national_id));
        let named: Vec<(&str, &Name, &Identifier)> = [person, applicant].into_iter().chain(proxy).collect();
        for (place, (of, name, number)) in named.iter().enumerate() {
            let mut alike = named[..place].iter().filter(|(.., other)| other == number);
            if alike.any(|(_, other, _)| !names::mean_one(other.as_str(), name.as_str())) {
                let text = Text::new(
                    "同一統一編號之人姓名不一致",
                    "the same number stands with another name in this application: one human has one name",
                );
                return Err(Error::field(format!("{of}/name"), "party_mismatch", text));
            }
        }
        Ok(())
    }

    /// Refuses staff what the applicant or their proxy is barred from, and a proxy who is barred from the applicant's data.
    fn require_open(&self, conn: &mut Conn, node: &Node, by: &By, known: &Known) -> Result<()> {
        fn inquirer<'a>(known: Option<&Registered>, name: &'a Name, number: &'a Identifier) -> Inquirer<'a> {
            Inquirer::of(known.map(|known| known.id), Named { name: name.as_str(), number, birth_on: None })
        }
        let application = Application {
            type_code: &self.kind,
            certifies: true,
            shows_household: shows_household(&self.kind, Some(self.scope.as_str())),
            relation: self.applicant.relation,
            applicant: inquirer(known.applicant.as_ref(), &self.applicant.name, &self.applicant.national_id),
            proxies: self.proxy.iter().map(|one| inquirer(known.proxy.as_ref(), &one.name, &one.national_id)).collect(),
            parties: known.person.iter().map(|person| (0, PartyRole::Subject, person.id)).collect(),
            // Whoever consents is asked for once it is known whether the applicant needs it.
            consenting: Vec::new(),
            of: None,
        };
        application.require_open(conn, node, by.now.date())
    }

    /// The application as it is kept.
    pub fn applied(&self, tx: &mut Tx, node: &Node, by: &By) -> Result<Certificate> {
        contacts::check(self.contact.as_ref())?;
        let kind = self.kind_on(node, tx, by)?;
        let named = [&self.person.national_id, &self.applicant.national_id];
        let named = named.into_iter().chain(self.proxy.iter().map(|one| &one.national_id));
        people::numbers::own_numbers(tx, &node.vault, named.clone())?;
        protection::require_open(tx, &node.vault, by, named)?;
        self.check_applicant(tx, node, by, &kind)?;
        cases::require_strong_log_in(node, by, &kind)?;
        let service_point = desk::chosen(by, self.service_point.as_deref())?;
        let channel = self.channel_of(by, &kind)?;
        let case = self.case(tx, node, by)?;
        let known = self.known(tx, node, by)?;
        require_anothers(tx, by, &known.people())?;
        cases::require_open(tx, node, by, &known.people())?;
        if by.reach != Reach::Own {
            self.require_open(tx, node, by, &known)?;
        }
        let mut named = vec![
            ("/person/name", self.person.name.as_str(), known.person.as_ref()),
            ("/applicant/name", self.applicant.name.as_str(), known.applicant.as_ref()),
        ];
        named.extend(self.proxy.iter().map(|proxy| ("/proxy/name", proxy.name.as_str(), known.proxy.as_ref())));
        differences::require_known(tx, &named)?;
        self.require_one_name()?;
        let id = Id::new(by.now);
        let word = cases::word(by, format!("certificates/{id}"), channel);
        let person_id = meet(tx, node, by, &word, (self.person.name.as_str(), &self.person.national_id, known.person))?;
        let applicant = &self.applicant;
        let applicant_id = meet(tx, node, by, &word, (applicant.name.as_str(), &applicant.national_id, known.applicant))?;
        people::holding::require_living(tx, applicant_id, &applicant.national_id.pointer("/applicant"))?;
        let proxy = self.proxy.as_ref().map(|proxy| (proxy.name.as_str(), &proxy.national_id));
        let proxy_id = proxy.map(|(name, number)| meet(tx, node, by, &word, (name, number, known.proxy))).transpose()?;
        if let Some((proxy_id, (_, number))) = proxy_id.zip(proxy) {
            people::holding::require_living(tx, proxy_id, &number.pointer("/proxy"))?;
        }
        let named = Names {
            person: self.person.name.as_str().to_owned(),
            applicant: applicant.name.as_str().to_owned(),
            proxy: proxy.map(|(name, _)| name.to_owned()),
            letter: self.letter.as_ref().map(LetterShown::seen),
            papers: self.papers.clone(),
            ..self.of_representative().over(Names::default())
        };
        let said = Said {
            purpose: self.purpose.as_str().to_owned(),
            interest_proof: self.interest_proof.as_ref().map(|proof| proof.as_str().to_owned()),
        };
        let certificate = Certificate {
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
            purpose: String::new(),
            interest_proof: None,
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
            said: Some(said.seal(&node.vault, id)?),
            proxy_id,
            voided_with: None,
        };
        if by.reach != Reach::Own {
            let person = (certificate.person_id, &self.person.national_id);
            cases::require_entered(tx, node, &self.kind, person, "/person")?;
        }
        self.check_right(tx, by, (&kind, case.as_ref()), &certificate)?;
        self.check_acting(tx, node, by, &certificate)?;
        Ok(certificate)
    }
}

/// The person who is named: to the office whoever has the number; to whoever applies for themselves only their own and their
/// principals, others are as they are named until the office meets them.
fn meet(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    word: &Word<'_>,
    (name, number, known): (&str, &Identifier, Option<Registered>),
) -> Result<Id> {
    let named = Named { name, number, birth_on: None };
    if by.reach != Reach::Own {
        return match known {
            Some(known) => people::store::hear(tx, &node.vault, word, &known, named),
            // The one may be the other, whom the office has noted a moment ago.
            None => people::store::meet(tx, &node.vault, word, named).map(|(id, _)| id),
        };
    }
    match people::store::represented_as(tx, &node.vault, by, cases::store::PROXY_SCOPE, number)? {
        Some(id) => Ok(id),
        None => people::store::claim(tx, &node.vault, word, &word.actor, named),
    }
}
