//! Certificates in the store.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{CertificateFilter, CertificateScope, CertificateStatus};
use crate::auth::whoever::account_of;
use crate::auth::{By, is_one_with};
use crate::cases;
use crate::cases::ChangeStatus;
use crate::cases::types::model::Relation;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow, Tx};
use crate::domain::Parting;
use crate::error::{Code, Problem, Result};
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::office::desk;
use crate::people::facts::Rank;
use crate::scheduling::services::Channel;
use crate::schema::{case_changes, case_parties, cases as case_entries, certificates, facts};
use crate::secrets::vault::Vault;
use crate::{find, people, read_page, save};

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
    pub purpose: String,
    pub interest_proof: Option<String>,
    pub copies: i32,
    pub sheets: i32,
    pub fee_twd: i32,
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
}

/// How an application for a certificate named its people.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Names {
    pub person: String,
    pub applicant: String,
}

fn identity(id: Id) -> String {
    format!("certificates/{id}/named")
}

pub fn seal_names(vault: &Vault, id: Id, names: &Names) -> Result<String> {
    vault.seal_json(&identity(id), names)
}

impl Certificate {
    /// The account that applied online.
    pub fn brought_by(&self) -> Option<Id> {
        account_of(&self.requested_by).filter(|_| self.channel == Channel::Online)
    }

    /// How the application named its people: whoever sees it later learns nobody's new name from it.
    pub fn names(&self, conn: &mut Conn, vault: &Vault) -> Result<Names> {
        match &self.named {
            Some(named) => vault.open_json(&identity(self.id), named.clone()),
            None => Ok(Names {
                person: people::store::open(conn, vault, self.person_id)?.0,
                applicant: people::store::open(conn, vault, self.applicant_id)?.0,
            }),
        }
    }
}

/// What a caller has applied for: whatever their own person has, and by a letter in force what they asked for themselves.
struct Applied {
    own: Vec<Id>,
    principals: Vec<Id>,
    name: String,
}

impl Applied {
    /// `None` for those who reach more than their own.
    fn of(conn: &mut Conn, by: &By) -> Result<Option<Self>> {
        let Some(own) = cases::store::own_people(by) else { return Ok(None) };
        let principals = people::store::principals(conn, by, cases::store::PROXY_SCOPE)?;
        Ok(Some(Self { own, principals, name: by.caller.name() }))
    }

    fn holds(&self, one: &Certificate) -> bool {
        let brought = self.principals.contains(&one.applicant_id) && one.requested_by == self.name;
        brought || self.own.contains(&one.applicant_id)
    }
}

/// A certificate within the caller's reach.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<Certificate> {
    let found: Option<Certificate> = find!(conn, certificates::table.find(id).select(Certificate::as_select()))?;
    let found = found.ok_or(Code::NOT_FOUND)?;
    let reached = match Applied::of(conn, by)? {
        Some(applied) => applied.holds(&found),
        None => desk::sees(by, &found.service_point),
    };
    if reached { Ok(found) } else { Err(Code::NOT_FOUND.into()) }
}

/// A certificate by its serial.
pub fn by_serial(conn: &mut Conn, serial: &str) -> Result<Option<Certificate>> {
    Ok(certificates::table.filter(certificates::serial.eq(serial)).select(Certificate::as_select()).first(conn).optional()?)
}

/// The issued certificates that rest on a case.
pub fn issued_for(conn: &mut Conn, case: Id) -> Result<Vec<Certificate>> {
    let rows = certificates::table.filter(certificates::case_id.eq(case.to_string()));
    let issued = rows.filter(certificates::status.eq(CertificateStatus::Issued)).order(certificates::id);
    Ok(issued.select(Certificate::as_select()).load(conn)?)
}

/// Those of these certificates that are issued and show a person of whom an entry was corrected or revoked since: one that names
/// them, or has named them by mistake, so that what it registered of them is struck.
pub fn outdated(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Id>> {
    let changed = certificates::table
        .inner_join(case_parties::table.on(case_parties::person_id.eq(certificates::person_id)))
        .inner_join(case_entries::table.on(case_entries::id.eq(case_parties::case_id)))
        .inner_join(case_changes::table.on(case_changes::case_id.eq(case_entries::id)))
        .filter(certificates::id.eq_any(ids.iter().copied()))
        .filter(certificates::status.eq(CertificateStatus::Issued))
        .filter(case_entries::registered_at.le(certificates::issued_at))
        .filter(case_changes::status.eq(ChangeStatus::Approved))
        .filter(case_changes::decided_at.gt(certificates::issued_at));
    let mut outdated: Vec<Id> = changed.select(certificates::id).distinct().load(conn)?;
    let struck = certificates::table
        .inner_join(facts::table.on(facts::person_id.eq(certificates::person_id)))
        .filter(certificates::id.eq_any(ids.iter().copied()))
        .filter(certificates::status.eq(CertificateStatus::Issued))
        .filter(facts::rank.eq(Rank::Registered))
        .filter(facts::source.like("cases/%"))
        .filter(facts::recorded_at.le(certificates::issued_at.assume_not_null()))
        .filter(facts::struck_at.assume_not_null().gt(certificates::issued_at.assume_not_null()));
    outdated.extend(struck.select(certificates::id).distinct().load::<Id>(conn)?);
    Ok(outdated)
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

/// A page of the certificates within the caller's reach, the newest first.
pub fn list(conn: &mut Conn, by: &By, filter: &CertificateFilter, paging: &Paging) -> Result<Page<Certificate>> {
    let applied = Applied::of(conn, by)?;
    let matching = || matching(filter, by, applied.as_ref());
    read_page!(conn, paging, matching, certificates::id desc, Certificate)
}

/// What the caller reaches of a list: citizens and proxies what they have applied for, a branch desk its own.
fn matching<'a>(
    filter: &'a CertificateFilter,
    by: &'a By,
    applied: Option<&'a Applied>,
) -> certificates::BoxedQuery<'a, Backend> {
    let rows = certificates::table.into_boxed();
    let brought = |applied: &'a Applied| {
        let asked = certificates::requested_by.eq(applied.name.as_str());
        asked.and(certificates::applicant_id.eq_any(applied.principals.iter().copied()))
    };
    rows.narrow(applied, |applied| certificates::applicant_id.eq_any(applied.own.iter().copied()).or(brought(applied)))
        .narrow(desk::bound(by), |point| certificates::service_point.eq(point))
        .narrow(filter.kind.as_ref(), |kind| certificates::kind.eq(kind))
        .narrow(filter.status, |status| certificates::status.eq(status))
        .narrow(filter.case_id, |case| certificates::case_id.eq(case.to_string()))
        .narrow(filter.channel, |channel| certificates::channel.eq(channel))
        .narrow(filter.from, |day| certificates::requested_at.ge(Moment::start_of(day)))
        .narrow(filter.to, |day| certificates::requested_at.lt(Moment::end_of(day)))
}

/// Refuses to move a certificate alone: a supervisor moves what another has issued, and what somebody applied for by an account
/// of theirs stays.
fn require_movable(conn: &mut Conn, by: &By, one: &Certificate) -> Result<()> {
    if one.brought_by().is_some() {
        return Err(cases::applied_online());
    }
    if !by.caller.supervises() {
        let (zh, en) = ("已核發之證明須由股長或主任移列", "a section chief or the director moves what was issued");
        return Err(Problem::new(Code::FORBIDDEN).detail(zh, en).into());
    }
    let issued = one.issued_by.as_deref().map_or(Ok(false), |name| is_one_with(conn, &by.caller, name))?;
    if issued { Err(Code::SAME_PERSON.into()) } else { Ok(()) }
}

/// Moves certificates that mean another person, or rest on a case that does; whether there were any.
pub fn follow_part(tx: &mut Tx, _: &Node, by: &By, parting: &Parting<'_>) -> Result<bool> {
    let id = |kind: &str| parting.source.strip_prefix(kind).and_then(|id| id.parse::<Id>().ok());
    let rows = certificates::table.into_boxed();
    let rows = match (id("cases/"), id("certificates/")) {
        (Some(case), _) => rows.filter(certificates::case_id.eq(case.to_string())),
        (_, Some(id)) => rows.filter(certificates::id.eq(id)),
        _ => return Ok(false),
    };
    let found: Vec<Certificate> = rows.order(certificates::id).select(Certificate::as_select()).load(&mut **tx)?;
    let mut any = false;
    for mut one in found.into_iter().filter(|one| [one.person_id, one.applicant_id].contains(&parting.from)) {
        (one.person_id, one.applicant_id) = (parting.moved(one.person_id), parting.moved(one.applicant_id));
        find(tx, by, one.id)?;
        if id("certificates/").is_some() {
            require_movable(tx, by, &one)?;
        }
        save(tx, &mut one)?;
        any = true;
    }
    Ok(any)
}
