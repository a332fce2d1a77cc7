//! Whether a token's holder still stands at the moment of the act: suspension and revocation work at once.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::{auto_type, exists, not};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::caller::{AccountFacts, Caller, ClientFacts};
use super::policy::Line;
use crate::clock::Moment;
use crate::db::{Conn, Id, JsonText};
use crate::each;
use crate::error::{Code, Problem, Result};
use crate::schema::{
    accounts, clients, facts, former_id_numbers, letters_of_proxy as letters, people, refresh_families, revoked_tokens,
};
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
    type Row = (String, i64, bool, JsonText, JsonText, Option<Id>, Option<Id>, Option<String>, bool, bool, bool);
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
        owner_died(),
    ));
    let row: Option<Row> = each!(conn, c => account.first(c)).optional()?;
    let Some((status, epoch, must_change, roles, duties, person_id, claimed_id, service_point, revoked, logged_in, died)) = row
    else {
        return Ok(None);
    };
    if status != "ACTIVE" || epoch != claims.epoch || revoked || !logged_in || died {
        return Ok(None);
    }
    if must_change && !line.is_public() && !line.before_password_change {
        return Err(Code::PASSWORD_CHANGE_REQUIRED.into());
    }
    let facts = AccountFacts { id, roles: roles.read()?, duties: duties.read()?, person_id, claimed_id, service_point };
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
        .filter(not(owner_died()))
        .select((accounts::roles, accounts::duties, accounts::person_id, accounts::claimed_id, accounts::service_point))
        .first(conn)
        .optional()?;
    row.map(|(roles, duties, person_id, claimed_id, service_point)| {
        Ok(AccountFacts { id, roles: roles.read()?, duties: duties.read()?, person_id, claimed_id, service_point })
    })
    .transpose()
}

/// Registered facts that stand and end what somebody gave another the right to do for them: death and guardianship (民法 §550).
#[auto_type]
fn ending() -> _ {
    let kinds: [&'static str; 2] = ["DEATH", "GUARDIANSHIP"];
    facts::table.filter(facts::kind.eq_any(kinds)).filter(facts::rank.eq("REGISTERED")).filter(facts::struck_at.is_null())
}

/// Whether a case has registered the death of an account's owner.
#[auto_type]
fn owner_died() -> _ {
    let deaths = facts::table.filter(facts::kind.eq("DEATH")).filter(facts::rank.eq("REGISTERED"));
    exists(deaths.filter(facts::struck_at.is_null()).filter(facts::person_id.nullable().eq(accounts::person_id)))
}

/// Whether an account holds a letter of proxy that is in force on a day.
#[auto_type]
pub fn holds_letter(account: Id, day: NaiveDate) -> _ {
    let held = letters::proxy_account_id.eq(account).and(letters::revoked_at.is_null());
    let owner = accounts::table.filter(accounts::id.eq(account)).select(accounts::person_id);
    let principal_ended = exists(ending().filter(facts::person_id.eq(letters::principal_person_id)));
    let proxy_ended = exists(ending().filter(facts::person_id.nullable().eq_any(owner)));
    held.and(letters::valid_from.le(day)).and(letters::valid_to.ge(day)).and(not(principal_ended)).and(not(proxy_ended))
}

/// Whether an account is to be used: it is active, and its owner lives as far as the register says.
pub fn may_be_used(conn: &mut Conn, account: Id) -> Result<bool> {
    let usable = accounts::table.find(account).filter(accounts::status.eq("ACTIVE")).filter(not(owner_died()));
    Ok(usable.count().get_result::<i64>(conn)? > 0)
}

/// Who works with an account, as it is kept: what was said of them, and by what accounts of one person are known for that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Blind index of their number.
    pub index: String,
    /// Name and number, sealed.
    pub sealed: String,
}

/// The account of a name in the journal.
pub fn account_of(name: &str) -> Option<Id> {
    name.strip_prefix("accounts/").and_then(|id| id.parse().ok())
}

/// The indexes of the numbers, today's, of whoever is behind these accounts: proven to be an owner, or named as a holder.
fn numbers_behind(conn: &mut Conn, all: &[Id]) -> Result<HashMap<Id, Vec<String>>> {
    let rows = accounts::table.filter(accounts::id.eq_any(all.iter().copied()));
    let rows: Vec<(Id, Option<Id>, Option<JsonText>)> =
        rows.select((accounts::id, accounts::person_id, accounts::holder)).load(conn)?;
    let mut named: Vec<(Id, String)> = Vec::new();
    let mut owners: Vec<(Id, Id)> = Vec::new();
    for (account, person, holder) in rows {
        owners.extend(person.map(|person| (account, person)));
        if let Some(holder) = holder {
            named.push((account, holder.read::<Holder>()?.index));
        }
    }
    // Whoever has another number since is the same person still.
    let former = former_id_numbers::table.filter(former_id_numbers::id_number_index.eq_any(named.iter().map(|(_, one)| one)));
    let former: Vec<(String, Id)> = if named.is_empty() {
        Vec::new()
    } else {
        former.select((former_id_numbers::id_number_index, former_id_numbers::person_id)).load(conn)?
    };
    let former: HashMap<String, Id> = former.into_iter().collect();
    let ids: Vec<Id> = owners.iter().map(|(_, person)| *person).chain(former.values().copied()).collect();
    let today: Vec<(Id, String)> = if ids.is_empty() {
        Vec::new()
    } else {
        people::table.filter(people::id.eq_any(ids)).select((people::id, people::id_number_index)).load(conn)?
    };
    let today: HashMap<Id, String> = today.into_iter().collect();
    let mut behind: HashMap<Id, Vec<String>> = HashMap::new();
    for (account, person) in owners {
        behind.entry(account).or_default().extend(today.get(&person).cloned());
    }
    for (account, index) in named {
        let now = former.get(&index).and_then(|person| today.get(person)).cloned();
        behind.entry(account).or_default().push(now.unwrap_or(index));
    }
    Ok(behind)
}

/// Whether it is known who is behind a name in the journal; whatever is no account needs nobody.
pub fn has_holder(conn: &mut Conn, name: &str) -> Result<bool> {
    account_of(name).map_or(Ok(true), |account| numbers_behind(conn, &[account]).map(|behind| !behind.is_empty()))
}

/// Whoever works with an account.
pub struct Whoever {
    /// That account, and those of some others with which they work too.
    pub accounts: Vec<Id>,
    /// Indexes of their numbers.
    numbers: Vec<String>,
}

impl Whoever {
    /// The people who have these numbers.
    pub fn people(&self, conn: &mut Conn) -> Result<Vec<Id>> {
        if self.numbers.is_empty() {
            return Ok(Vec::new());
        }
        Ok(people::table.filter(people::id_number_index.eq_any(&self.numbers)).select(people::id).load(conn)?)
    }
}

/// Whoever works with an account, and with which of some others.
pub fn whoever(conn: &mut Conn, account: Id, others: &[Id]) -> Result<Whoever> {
    let all: Vec<Id> = others.iter().copied().filter(|other| *other != account).chain([account]).collect();
    let mut behind = numbers_behind(conn, &all)?;
    let numbers = behind.remove(&account).unwrap_or_default();
    let is_one = |other: &Id| behind.get(other).is_some_and(|theirs| theirs.iter().any(|number| numbers.contains(number)));
    let accounts = all.into_iter().filter(|other| *other == account || is_one(other)).collect();
    Ok(Whoever { accounts, numbers })
}

/// Whether what was done in a name was done by the caller: by this very account or client, or by another account of the
/// same person.
pub fn is_one_with(conn: &mut Conn, caller: &Caller, name: &str) -> Result<bool> {
    if caller.name() == name {
        return Ok(true);
    }
    let Some((own, other)) = caller.account().map(|own| own.id).zip(account_of(name)) else { return Ok(false) };
    Ok(whoever(conn, own, &[other])?.accounts.contains(&other))
}

/// The letters of proxy in force that an account holds.
pub fn letters_of(conn: &mut Conn, account: Id, today: NaiveDate) -> Result<Vec<Id>> {
    let held = letters::table.filter(holds_letter(account, today));
    Ok(held.order(letters::id).select(letters::id).load(conn)?)
}
