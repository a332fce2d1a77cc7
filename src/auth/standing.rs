//! Whether a token's holder still stands at the moment of the act: suspension and revocation work at once.

use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::caller::{AccountFacts, Caller, ClientFacts};
use super::policy::{Line, Role};
use super::protection::barred_account;
use super::whoever::records_of;
use crate::clock::Moment;
use crate::db::{Conn, Id, JsonText};
use crate::each;
use crate::error::{Code, Problem, Result};
use crate::schema::{accounts, clients, facts, letters_of_proxy as letters, refresh_families, revoked_tokens};
use crate::secrets::tokens::Claims;

/// Looks the caller up; 401 when the account or client no longer stands behind the token.
pub fn standing(conn: &mut Conn, claims: Option<&Claims>, line: &Line, now: Moment) -> Result<Caller> {
    let Some(claims) = claims else { return Ok(Caller::Anonymous) };
    match holder(conn, claims, line, now)? {
        Some(caller) => Ok(caller),
        // Whoever may not be somebody may still do what everyone may.
        None if line.is_public() => Ok(Caller::Anonymous),
        None => Err(Problem::invalid_token().into()),
    }
}

/// Whether the holder of these claims stands, for introspection.
pub fn stands(conn: &mut Conn, claims: &Claims, now: Moment) -> Result<bool> {
    const LOOK: Line = Line::new("introspect_token", "", &[]);
    Ok(holder(conn, claims, &LOOK, now)?.is_some())
}

fn holder(conn: &mut Conn, claims: &Claims, line: &Line, now: Moment) -> Result<Option<Caller>> {
    if let Some(booking) = &claims.booking_id {
        return Ok(booking.parse().ok().map(Caller::Booking));
    }
    if let Some(notice) = &claims.notice_id {
        return Ok(notice.parse().ok().map(Caller::Receipt));
    }
    let Ok(id) = claims.sub.parse::<Id>() else { return Ok(None) };
    if claims.sub == claims.client_id { client(conn, id, claims, now) } else { account(conn, id, claims, line) }
}

fn account(conn: &mut Conn, id: Id, claims: &Claims, line: &Line) -> Result<Option<Caller>> {
    type Row = (String, i64, bool, JsonText, JsonText, Option<Id>, Option<Id>, Option<String>, bool, bool);
    let Some(sid) = &claims.sid else { return Ok(None) };
    let log_in = refresh_families::table.find(sid).filter(refresh_families::revoked_at.is_null());
    let account = accounts::table.find(id).select((
        accounts::status,
        accounts::epoch,
        accounts::must_change_password,
        accounts::roles,
        accounts::duties,
        accounts::person_id,
        accounts::claimed_id,
        accounts::service_point,
        exists(revoked_tokens::table.find(&claims.jti)),
        exists(log_in),
    ));
    let row: Option<Row> = each!(conn, c => account.first(c)).optional()?;
    let Some((status, epoch, must_change, roles, duties, person_id, claimed_id, service_point, revoked, logged_in)) = row else {
        return Ok(None);
    };
    if status != "ACTIVE" || epoch != claims.epoch || revoked || !logged_in || has_died(conn, person_id)? {
        return Ok(None);
    }
    if must_change && !line.is_public() && !line.before_password_change {
        return Err(Code::PASSWORD_CHANGE_REQUIRED.into());
    }
    let (roles, duties, acr) = (roles.read()?, duties.read()?, claims.acr.clone());
    let facts = AccountFacts { id, roles, duties, person_id, claimed_id, service_point, acr };
    Ok(Some(Caller::Account(facts)))
}

fn client(conn: &mut Conn, id: Id, claims: &Claims, now: Moment) -> Result<Option<Caller>> {
    type Row = (String, i64, NaiveDate, JsonText, Option<String>, bool);
    let client = clients::table.find(id).select((
        clients::status,
        clients::epoch,
        clients::expires_on,
        clients::roles,
        clients::agency_code,
        exists(revoked_tokens::table.find(&claims.jti)),
    ));
    let row: Option<Row> = each!(conn, c => client.first(c)).optional()?;
    let Some((status, epoch, expires_on, roles, agency_code, revoked)) = row else { return Ok(None) };
    if status != "ACTIVE" || epoch != claims.epoch || expires_on < now.date() || revoked {
        return Ok(None);
    }
    Ok(Some(Caller::Client(ClientFacts { id, roles: roles.read()?, agency_code })))
}

/// An account's facts, if it is active: for what is not asked for with an access token.
pub fn account_facts(conn: &mut Conn, id: Id) -> Result<Option<AccountFacts>> {
    type Row = (JsonText, JsonText, Option<Id>, Option<Id>, Option<String>);
    let row: Option<Row> = accounts::table
        .find(id)
        .filter(accounts::status.eq("ACTIVE"))
        .select((accounts::roles, accounts::duties, accounts::person_id, accounts::claimed_id, accounts::service_point))
        .first(conn)
        .optional()?;
    let Some((roles, duties, person_id, claimed_id, service_point)) = row else { return Ok(None) };
    if has_died(conn, person_id)? {
        return Ok(None);
    }
    let (roles, duties) = (roles.read()?, duties.read()?);
    Ok(Some(AccountFacts { id, roles, duties, person_id, claimed_id, service_point, acr: None }))
}

/// What ends somebody's log-in.
pub const DEATH: &[&str] = &["DEATH"];

/// Those of these people of whom a case has registered something that stands, of one of these kinds, in whichever of their
/// records.
pub fn registered_of(conn: &mut Conn, people: &[Id], kinds: &[&str]) -> Result<Vec<Id>> {
    let humans = records_of(conn, people)?;
    let records: Vec<Id> = humans.values().flatten().copied().collect();
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let facts = facts::table.filter(facts::person_id.eq_any(records)).filter(facts::rank.eq("REGISTERED"));
    let facts = facts.filter(facts::kind.eq_any(kinds.iter().copied())).filter(facts::struck_at.is_null());
    let found: Vec<Id> = facts.select(facts::person_id).distinct().load(conn)?;
    let is_found = |(_, records): &(Id, Vec<Id>)| records.iter().any(|record| found.contains(record));
    Ok(humans.into_iter().filter(is_found).map(|(person, _)| person).collect())
}

/// Those of these people who are under guardianship: of all rulings of guardianship and assistance the latest holds, and one
/// that names nobody is their end.
fn wards_of(conn: &mut Conn, people: &[Id]) -> Result<Vec<Id>> {
    let humans = records_of(conn, people)?;
    let records: Vec<Id> = humans.values().flatten().copied().collect();
    let facts = facts::table.filter(facts::person_id.eq_any(records)).filter(facts::rank.eq("REGISTERED"));
    let facts = facts.filter(facts::kind.eq_any(["GUARDIANSHIP", "ASSISTANCE"])).filter(facts::struck_at.is_null());
    type Ruling = (Id, Option<NaiveDate>, String, String, Option<Id>);
    let found: Vec<Ruling> =
        facts.select((facts::person_id, facts::valid_from, facts::source, facts::kind, facts::other_id)).load(conn)?;
    let is_ward = |(_, records): &(Id, Vec<Id>)| {
        let own = found.iter().filter(|(person, ..)| records.contains(person));
        let last = own.max_by(|one, other| (one.1, &one.2).cmp(&(other.1, &other.2)));
        last.is_some_and(|(_, _, _, kind, guardian)| kind == "GUARDIANSHIP" && guardian.is_some())
    };
    Ok(humans.into_iter().filter(is_ward).map(|(person, _)| person).collect())
}

/// Whether a case has registered the death of an account's owner.
fn has_died(conn: &mut Conn, owner: Option<Id>) -> Result<bool> {
    owner.map_or(Ok(false), |owner| registered_of(conn, &[owner], DEATH).map(|died| !died.is_empty()))
}

/// A letter of proxy in force.
#[derive(Queryable, Selectable)]
#[diesel(table_name = letters)]
pub struct Letter {
    pub id: Id,
    pub principal_person_id: Id,
    pub scope: String,
    pub valid_from: NaiveDate,
}

/// The letters of proxy in force on a day that an account holds: they end with either side's death or guardianship, and rest
/// as long as whoever holds the account is barred from the principal's data.
pub fn letters_of(conn: &mut Conn, account: Id, day: NaiveDate) -> Result<Vec<Letter>> {
    let held = letters::table.filter(letters::proxy_account_id.eq(account)).filter(letters::revoked_at.is_null());
    let held = held.filter(letters::valid_from.le(day)).filter(letters::valid_to.ge(day));
    let mut held: Vec<Letter> = held.order(letters::id).select(Letter::as_select()).load(conn)?;
    let owner: Option<Option<Id>> = accounts::table.find(account).select(accounts::person_id).first(conn).optional()?;
    let owner = owner.flatten();
    let sides: Vec<Id> = held.iter().map(|letter| letter.principal_person_id).chain(owner).collect();
    // What somebody gave another the right to do for them, and what they do for another, ends with either (民法 §550).
    let mut ended = Vec::new();
    if !held.is_empty() {
        ended = registered_of(conn, &sides, DEATH)?;
        ended.extend(wards_of(conn, &sides)?);
    }
    let is_ended = |side: Id| ended.contains(&side);
    held.retain(|letter| !is_ended(letter.principal_person_id) && !owner.is_some_and(is_ended));
    let principals: Vec<Id> = held.iter().map(|letter| letter.principal_person_id).collect();
    let barred = barred_account(conn, account, &principals, day)?;
    held.retain(|letter| !barred.contains(&letter.principal_person_id));
    Ok(held)
}

/// The letter of proxy in force on a day by which an account acts for somebody within a scope: of several the last one.
pub fn letter_for(conn: &mut Conn, account: Id, (principal, scope): (Id, &str), day: NaiveDate) -> Result<Option<Letter>> {
    let held = letters_of(conn, account, day)?.into_iter();
    let held = held.filter(|letter| letter.principal_person_id == principal && letter.scope == scope);
    Ok(held.max_by_key(|letter| letter.valid_from))
}

/// Whether what an account began for somebody may still be followed on a day: it is their own, or it holds a letter in force of
/// that scope. What staff began they began for the office.
pub fn acts_for(conn: &mut Conn, account: Id, (person, scope): (Id, &str), day: NaiveDate) -> Result<bool> {
    let own = accounts::table.find(account).select((accounts::person_id, accounts::claimed_id, accounts::roles));
    let own: Option<(Option<Id>, Option<Id>, JsonText)> = each!(conn, c => own.first(c)).optional()?;
    let Some((proven, said, roles)) = own else { return Ok(false) };
    let is_outside = roles.read::<Vec<Role>>()?.iter().all(|role| matches!(role, Role::Citizen | Role::Proxy));
    if !is_outside || [proven, said].contains(&Some(person)) {
        return Ok(true);
    }
    Ok(letter_for(conn, account, (person, scope), day)?.is_some())
}

/// Whether somebody holds a letter in force of that scope, by whichever of their accounts.
pub fn is_entrusted(conn: &mut Conn, proxy: Id, (principal, scope): (Id, &str), day: NaiveDate) -> Result<bool> {
    let theirs: Vec<Id> = accounts::table.filter(accounts::person_id.eq(proxy.to_string())).select(accounts::id).load(conn)?;
    for account in theirs {
        let held = letters_of(conn, account, day)?;
        if held.iter().any(|letter| letter.principal_person_id == principal && letter.scope == scope) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an account is to be used: it is active, and its owner lives as far as the register says.
pub fn may_be_used(conn: &mut Conn, account: Id) -> Result<bool> {
    let active = accounts::table.find(account).filter(accounts::status.eq("ACTIVE"));
    let owner: Option<Option<Id>> = active.select(accounts::person_id).first(conn).optional()?;
    owner.map_or(Ok(false), |owner| has_died(conn, owner).map(|died| !died))
}
