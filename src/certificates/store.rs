//! Certificates in the store.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::acting::LetterSeen;
use super::model::{CertificateScope, CertificateStatus};
use super::reach::find;
use crate::accounts::{self, ProxyScope};
use crate::auth::whoever::account_of;
use crate::auth::{By, is_one_with};
use crate::cases;
use crate::cases::types::model::Relation;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::domain::Parting;
use crate::error::Result;
use crate::node::Node;
use crate::people::contacts;
use crate::people::facts::Paper;
use crate::scheduling::services::Channel;
use crate::schema::certificates;
use crate::secrets::vault::Vault;
use crate::states::{Part, keep_apart, require_supervisor};
use crate::{people, save};

/// A certificate as kept: the check code only as a hash.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = certificates, treat_none_as_null = true)]
pub struct Certificate {
    pub id: Id,
    pub kind: String,
    pub status: CertificateStatus,
    pub serial: Option<String>,
    pub check_code_hash: Option<String>,
    pub person_id: Id,
    pub applicant_id: Id,
    pub relation: Relation,
    pub channel: Channel,
    pub service_point: String,
    pub case_id: Option<Id>,
    pub scope: CertificateScope,
    /// Empty since it is sealed in `said`.
    pub purpose: String,
    /// None since it is sealed in `said`.
    pub interest_proof: Option<String>,
    pub copies: i32,
    pub sheets: i32,
    pub fee_twd: i32,
    /// Why it was refused, withdrawn or voided, sealed.
    pub reason: Option<String>,
    pub requested_by: String,
    pub requested_at: Moment,
    pub issued_by: Option<String>,
    pub issued_at: Option<Moment>,
    pub version: i32,
    pub voided_by: Option<String>,
    pub voided_at: Option<Moment>,
    /// How the application named its people, sealed; none for one of before that was kept.
    pub named: Option<String>,
    /// What the application said, sealed.
    pub said: Option<String>,
    /// Who came to the counter in the applicant's place.
    pub proxy_id: Option<Id>,
    /// The case with whose revocation it was voided, or the join of records with whose end it was.
    pub voided_with: Option<Id>,
}

/// How an application for a certificate named its people, and the papers by which they act for others and
/// show their right.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Names {
    pub person: String,
    pub applicant: String,
    #[serde(default)]
    pub proxy: Option<String>,
    #[serde(default)]
    pub letter: Option<LetterSeen>,
    #[serde(default)]
    pub representative_paper: Option<Paper>,
    /// Name and number of whoever consents by that paper.
    #[serde(default)]
    pub representative: Option<(String, String)>,
    /// The paper that shows whoever represents or consents to be the one.
    #[serde(default)]
    pub representative_proof: Option<Paper>,
    #[serde(default)]
    pub papers: Vec<String>,
}

impl Names {
    /// Takes out a paper that was found false, whatever it was shown for; whether it was shown.
    pub fn strike(&mut self, is_false: impl Fn(&Paper) -> bool) -> bool {
        let letter = self.letter.take_if(|letter| is_false(&letter.document)).is_some();
        let consent = self.representative_paper.take_if(|paper| is_false(paper)).is_some();
        let proof = self.representative_proof.take_if(|paper| is_false(paper)).is_some();
        letter || consent || proof
    }
}

/// What an application for a certificate said.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Said {
    pub purpose: String,
    pub interest_proof: Option<String>,
}

impl Said {
    pub fn seal(&self, vault: &Vault, id: Id) -> Result<String> {
        vault.seal_json(&format!("certificates/{id}/said"), self)
    }
}

/// How many rows of before a start seals at once.
const BATCH: i64 = 500;

/// Seals what applications of before said, which stood in the open.
pub fn seal_what_was_said(tx: &mut Tx, vault: &Vault, _: Moment) -> Result<()> {
    loop {
        let open = certificates::table.filter(certificates::said.is_null()).order(certificates::id).limit(BATCH);
        let open: Vec<(Id, String, Option<String>)> =
            open.select((certificates::id, certificates::purpose, certificates::interest_proof)).load(&mut **tx)?;
        let all = open.len() < usize::try_from(BATCH).unwrap_or_default();
        for (id, purpose, interest_proof) in open {
            let said = Said { purpose, interest_proof }.seal(vault, id)?;
            let set =
                (certificates::said.eq(said), certificates::purpose.eq(""), certificates::interest_proof.eq(None::<String>));
            diesel::update(certificates::table.find(id)).set(set).execute(&mut **tx)?;
        }
        if all {
            return Ok(());
        }
    }
}

/// What a certificate is called in the journal, and its contact is kept under.
pub fn path(id: Id) -> String {
    format!("certificates/{id}")
}

fn identity(id: Id) -> String {
    format!("{}/named", path(id))
}

pub fn seal_names(vault: &Vault, id: Id, names: &Names) -> Result<String> {
    vault.seal_json(&identity(id), names)
}

impl Certificate {
    /// Everybody whom it names.
    pub fn people(&self) -> Vec<Id> {
        [self.person_id, self.applicant_id].into_iter().chain(self.proxy_id).collect()
    }

    /// Whom a letter of proxy must be of: whoever is represented. By the relation PROXY the applicant is the proxy.
    pub fn principal(&self) -> Id {
        if self.relation == Relation::Proxy { self.person_id } else { self.applicant_id }
    }

    /// The account that applied online.
    pub fn brought_by(&self) -> Option<Id> {
        account_of(&self.requested_by).filter(|_| self.channel == Channel::Online)
    }

    /// Says why it has ended.
    pub fn because(&mut self, tx: &Tx, why: &str) {
        self.reason = Some(tx.seal_text(&self.reason_identity(), why));
    }

    /// Why it has ended.
    pub fn why(&self, vault: &Vault) -> Result<Option<String>> {
        self.reason.as_ref().map(|kept| vault.open_text(&self.reason_identity(), kept)).transpose()
    }

    fn reason_identity(&self) -> String {
        format!("{}/reason", path(self.id))
    }

    /// What the application said.
    pub fn said(&self, vault: &Vault) -> Result<Said> {
        match &self.said {
            Some(said) => vault.open_json(&format!("certificates/{}/said", self.id), said.clone()),
            // Entered by a node of before, beside this one.
            None => Ok(Said { purpose: self.purpose.clone(), interest_proof: self.interest_proof.clone() }),
        }
    }

    /// How the application named its people: whoever sees it later learns nobody's new name from it.
    pub fn names(&self, conn: &mut Conn, vault: &Vault) -> Result<Names> {
        match &self.named {
            Some(named) => vault.open_json(&identity(self.id), named.clone()),
            None => Ok(Names {
                person: people::store::open(conn, vault, self.person_id)?.0,
                applicant: people::store::open(conn, vault, self.applicant_id)?.0,
                ..Names::default()
            }),
        }
    }
}

/// A certificate by its serial.
pub fn by_serial(conn: &mut Conn, serial: &str) -> Result<Option<Certificate>> {
    Ok(certificates::table.filter(certificates::serial.eq(serial)).select(Certificate::as_select()).first(conn).optional()?)
}

/// The applications that can still be issued: those that wait, and those that can be taken up again.
pub fn unissued(conn: &mut Conn) -> Result<Vec<Certificate>> {
    let open = [CertificateStatus::Requested, CertificateStatus::Refused, CertificateStatus::Withdrawn];
    let rows = certificates::table.filter(certificates::status.eq_any(open)).filter(certificates::named.is_not_null());
    Ok(rows.order(certificates::id).select(Certificate::as_select()).load(conn)?)
}

/// The certificates that were voided with a case.
pub fn voided_with(conn: &mut Conn, case: Id) -> Result<Vec<Certificate>> {
    let rows = certificates::table.filter(certificates::voided_with.eq(case.to_string()));
    let voided = rows.filter(certificates::status.eq(CertificateStatus::Voided)).order(certificates::id);
    Ok(voided.select(Certificate::as_select()).load(conn)?)
}

/// The issued certificates of some people since a moment.
pub fn issued_since(conn: &mut Conn, people: &[Id], since: Moment) -> Result<Vec<Certificate>> {
    let rows = certificates::table.filter(certificates::person_id.eq_any(people.iter().copied()));
    let rows = rows.filter(certificates::status.eq(CertificateStatus::Issued)).filter(certificates::issued_at.ge(since));
    Ok(rows.order(certificates::id).select(Certificate::as_select()).load(conn)?)
}

/// The issued certificates since a moment of some people, or that they have applied for.
pub fn issued_about(conn: &mut Conn, people: &[Id], since: Moment) -> Result<Vec<Certificate>> {
    let of = certificates::person_id.eq_any(people.to_vec()).or(certificates::applicant_id.eq_any(people.to_vec()));
    let rows = certificates::table.filter(of).filter(certificates::status.eq(CertificateStatus::Issued));
    let issued = rows.filter(certificates::issued_at.ge(since)).order(certificates::id);
    Ok(issued.select(Certificate::as_select()).load(conn)?)
}

/// The issued certificates that name a case.
pub fn issued_for(conn: &mut Conn, case: Id) -> Result<Vec<Certificate>> {
    let rows = certificates::table.filter(certificates::case_id.eq(case.to_string()));
    let issued = rows.filter(certificates::status.eq(CertificateStatus::Issued)).order(certificates::id);
    Ok(issued.select(Certificate::as_select()).load(conn)?)
}

/// Who applied online for these certificates in the applicants' places, by certificate.
pub fn proxies(conn: &mut Conn, all: &[Certificate]) -> Result<HashMap<Id, Id>> {
    let brought = |one: &Certificate| Some((one.id, (one.brought_by()?, one.applicant_id)));
    let brought: Vec<(Id, (Id, Id))> = all.iter().filter_map(brought).collect();
    let given: Vec<(Id, Id)> = brought.iter().map(|(_, given)| *given).collect();
    let found = accounts::proxies(conn, ProxyScope::Case, &given)?;
    Ok(brought.into_iter().filter_map(|(id, given)| Some((id, *found.get(&given)?))).collect())
}

/// Everybody whom a certificate names, and whoever applied online in the applicant's place.
pub fn everybody(conn: &mut Conn, one: &Certificate) -> Result<Vec<Id>> {
    let proxy = proxies(conn, std::slice::from_ref(one))?.remove(&one.id);
    Ok(one.people().into_iter().chain(proxy).collect())
}

/// Whether a service point has a certificate that shows one of these records, or that one of them has applied for.
pub fn deals_with(conn: &mut Conn, service_point: &str, records: &[Id]) -> Result<bool> {
    let theirs =
        certificates::person_id.eq_any(records.iter().copied()).or(certificates::applicant_id.eq_any(records.iter().copied()));
    let own = certificates::table.filter(certificates::service_point.eq(service_point)).filter(theirs);
    Ok(own.count().get_result::<i64>(conn)? > 0)
}

pub fn insert(tx: &mut Tx, certificate: &Certificate) -> Result<()> {
    diesel::insert_into(certificates::table).values(certificate).execute(&mut **tx)?;
    Ok(())
}

pub fn save(tx: &mut Tx, certificate: &mut Certificate) -> Result<()> {
    save!(tx, certificates, certificate)
}

/// Refuses to move a certificate, alone or with the case on which it rests: a supervisor moves what another has issued, and what
/// somebody applied for by an account of theirs stays.
fn require_movable(conn: &mut Conn, by: &By, one: &Certificate) -> Result<()> {
    if one.brought_by().is_some() {
        return Err(cases::applied_online());
    }
    require_supervisor(by)?;
    let issued = one.issued_by.as_deref().map_or(Ok(false), |name| is_one_with(conn, &by.caller, (name, one.issued_at)))?;
    keep_apart(if issued { &[Part::Clerk] } else { &[] }, &[Part::Clerk])
}

/// Moves certificates that mean another person, or rest on a case that does; whether there were any.
pub fn follow_part(tx: &mut Tx, node: &Node, by: &By, parting: &Parting<'_>) -> Result<bool> {
    let id = |kind: &str| parting.source.strip_prefix(kind).and_then(|id| id.parse::<Id>().ok());
    let rows = certificates::table.into_boxed();
    let rows = match (id("cases/"), id("certificates/")) {
        (Some(case), _) => rows.filter(certificates::case_id.eq(case.to_string())),
        (_, Some(id)) => rows.filter(certificates::id.eq(id)),
        _ => return Ok(false),
    };
    let found: Vec<Certificate> = rows.order(certificates::id).select(Certificate::as_select()).load(&mut **tx)?;
    let mut any = false;
    for mut one in found.into_iter().filter(|one| one.people().contains(&parting.from)) {
        find(tx, node, by, one.id)?;
        require_movable(tx, by, &one)?;
        if one.applicant_id == parting.from {
            // How to reach the one tells nobody how to reach the other.
            contacts::forget(tx, &path(one.id))?;
        }
        (one.person_id, one.applicant_id) = (parting.moved(one.person_id), parting.moved(one.applicant_id));
        one.proxy_id = one.proxy_id.map(|proxy| parting.moved(proxy));
        save(tx, &mut one)?;
        any = true;
    }
    Ok(any)
}
