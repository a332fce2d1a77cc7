//! Certificates in the store.

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;

use super::model::{CertificateScope, CertificateStatus};
use crate::auth::{By, Reach};
use crate::cases::store::PROXY_SCOPE;
use crate::cases::types::model::Relation;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Tx};
use crate::error::{Code, Result};
use crate::find;
use crate::http::Paging;
use crate::office::desk;
use crate::people;
use crate::scheduling::services::Channel;
use crate::schema::certificates;

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
}

/// A certificate within the caller's reach.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<Certificate> {
    let found: Option<Certificate> = find!(conn, certificates::table.find(id).select(Certificate::as_select()))?;
    let found = found.ok_or(Code::NOT_FOUND)?;
    let reached = match by.reach {
        Reach::Own => people::store::represented(conn, by, PROXY_SCOPE)?.contains(&found.applicant_id),
        _ => desk::sees(by, &found.service_point),
    };
    if reached { Ok(found) } else { Err(Code::NOT_FOUND.into()) }
}

/// A certificate by its serial.
pub fn by_serial(conn: &mut Conn, serial: &str) -> Result<Option<Certificate>> {
    Ok(certificates::table.filter(certificates::serial.eq(serial)).select(Certificate::as_select()).first(conn).optional()?)
}

pub fn insert(tx: &mut Tx, certificate: &Certificate) -> Result<()> {
    diesel::insert_into(certificates::table).values(certificate).execute(&mut **tx)?;
    Ok(())
}

/// Saves a changed certificate, counting its version up.
pub fn save(tx: &mut Tx, certificate: &mut Certificate) -> Result<()> {
    let before = certificate.version;
    certificate.version += 1;
    let row = certificates::table.find(certificate.id).filter(certificates::version.eq(before));
    match diesel::update(row).set(&*certificate).execute(&mut **tx)? {
        1 => Ok(()),
        _ => Err(Code::VERSION_MISMATCH.into()),
    }
}

/// Filters of the list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub kind: Option<String>,
    pub status: Option<CertificateStatus>,
    pub channel: Option<Channel>,
    /// Days of the application.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
}

/// A page of certificates, newest first.
pub fn list(conn: &mut Conn, by: &By, filter: &Filter, paging: &Paging) -> Result<(Vec<Certificate>, Option<i64>)> {
    let own = if by.reach == Reach::Own { Some(people::store::represented(conn, by, PROXY_SCOPE)?) } else { None };
    let matching = || -> certificates::BoxedQuery<'_, Backend> {
        let mut rows = certificates::table.into_boxed();
        if let Some(own) = &own {
            rows = rows.filter(certificates::applicant_id.eq_any(own.iter().map(ToString::to_string).collect::<Vec<_>>()));
        }
        if let Some(point) = desk::bound(by) {
            rows = rows.filter(certificates::service_point.eq(point.to_owned()));
        }
        if let Some(kind) = &filter.kind {
            rows = rows.filter(certificates::kind.eq(kind.clone()));
        }
        if let Some(status) = filter.status {
            rows = rows.filter(certificates::status.eq(status));
        }
        if let Some(channel) = filter.channel {
            rows = rows.filter(certificates::channel.eq(channel));
        }
        if let Some(from) = filter.from {
            rows = rows.filter(certificates::requested_at.ge(Moment::from_taipei(from, NaiveTime::MIN)));
        }
        if let Some(day) = filter.to.and_then(|day| day.succ_opt()) {
            rows = rows.filter(certificates::requested_at.lt(Moment::from_taipei(day, NaiveTime::MIN)));
        }
        rows
    };
    let total = if paging.include_total { Some(matching().count().get_result(conn)?) } else { None };
    let mut page = matching();
    if let Some(after) = &paging.after {
        page = page.filter(certificates::id.lt(after.clone()));
    }
    let rows = page.order(certificates::id.desc()).limit(paging.rows()).select(Certificate::as_select()).load(conn)?;
    Ok((rows, total))
}
