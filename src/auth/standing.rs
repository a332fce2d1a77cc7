//! Whether a token's holder still stands at the moment of the act: suspension and revocation work at once.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::caller::{AccountFacts, Caller, ClientFacts};
use super::hands::{has_passed_on, held_since};
use super::policy::{Line, Role};
use super::protection::{barred_outside, protected};
use super::whoever::{account_of, numbers_behind, people_behind, records_of};
use crate::clock::Moment;
use crate::db::{Conn, Id, JsonText};
use crate::each;
use crate::error::{Code, Problem, Result};
use crate::schema::{
    accounts, agency_notices as notices, bookings, cases, clients, facts, identity_proofs as proofs, letters_of_proxy as letters,
    refresh_families, revoked_tokens,
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
        let Ok(id) = booking.parse::<Id>() else { return Ok(None) };
        return Ok(booking_secret_stands(conn, id, now.date())?.then_some(Caller::Booking(id)));
    }
    if let Some(notice) = &claims.notice_id {
        let Ok(id) = notice.parse::<Id>() else { return Ok(None) };
        return Ok(receipt_stands(conn, id, now.date())?.then_some(Caller::Receipt(id)));
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
    if status != "ACTIVE" || epoch != claims.epoch || revoked || !logged_in || has_ended(conn, id)? {
        return Ok(None);
    }
    if must_change && !line.is_public() && !line.before_password_change {
        return Err(Code::PASSWORD_CHANGE_REQUIRED.into());
    }
    let (roles, duties, acr) = (roles.read()?, duties.read()?, claims.acr.clone());
    let held_since = held_since(conn, id)?;
    let facts = AccountFacts { id, roles, duties, person_id, claimed_id, service_point, acr, held_since };
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
    if has_ended(conn, id)? {
        return Ok(None);
    }
    let (roles, duties, held_since) = (roles.read()?, duties.read()?, held_since(conn, id)?);
    Ok(Some(AccountFacts { id, roles, duties, person_id, claimed_id, service_point, acr: None, held_since }))
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

/// When the cases were registered that are the sources of facts, each by its source; none where it is not yet.
pub fn registered_at<'s>(conn: &mut Conn, sources: impl Iterator<Item = &'s str>) -> Result<HashMap<String, Option<Moment>>> {
    let mut ids: Vec<&str> = sources.filter_map(|source| source.strip_prefix("cases/")).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = cases::table.filter(cases::id.eq_any(ids)).select((cases::id, cases::registered_at));
    let found: Vec<(Id, Option<Moment>)> = found.load(conn)?;
    Ok(found.into_iter().map(|(id, at)| (format!("cases/{id}"), at)).collect())
}

/// Those of these people who are under guardianship by a declaration: of all rulings of guardianship and assistance the latest
/// holds, and one that names nobody is their end. A guardian whom somebody has for their age takes no capacity (民法 §13, §1091).
fn wards_of(conn: &mut Conn, people: &[Id]) -> Result<Vec<Id>> {
    let humans = records_of(conn, people)?;
    let records: Vec<Id> = humans.values().flatten().copied().collect();
    let facts = facts::table.filter(facts::person_id.eq_any(records)).filter(facts::rank.eq("REGISTERED"));
    let facts = facts.filter(facts::kind.eq_any(["GUARDIANSHIP", "ASSISTANCE"])).filter(facts::struck_at.is_null());
    type Ruling = (Id, Option<NaiveDate>, String, String, Option<Id>, Option<bool>);
    let found = facts.select((facts::person_id, facts::valid_from, facts::source, facts::kind, facts::other_id, facts::of_minor));
    let found: Vec<Ruling> = found.load(conn)?;
    let registered = registered_at(conn, found.iter().map(|(_, _, source, ..)| source.as_str()))?;
    // Of two of one day that holds which was registered later, and one that is being registered after all.
    let turn = |(_, day, source, ..): &&Ruling| {
        let at = registered.get(source).copied().flatten();
        (*day, at.is_none(), at, source.clone())
    };
    let is_ward = |(_, records): &(Id, Vec<Id>)| {
        let own = found.iter().filter(|(person, ..)| records.contains(person));
        let last = own.max_by_key(turn);
        last.is_some_and(|(_, _, _, kind, guardian, of_minor)| {
            kind == "GUARDIANSHIP" && guardian.is_some() && *of_minor != Some(true)
        })
    };
    Ok(humans.into_iter().filter(is_ward).map(|(person, _)| person).collect())
}

/// Those of these accounts that have ended with whoever is behind them, proven or named as a holder: by a death that a case has
/// registered (民法 §6); one that works for the office also as long as they have a guardian by a declaration (民法 §15).
pub fn ended(conn: &mut Conn, all: &[Id]) -> Result<Vec<Id>> {
    let behind = people_behind(conn, all)?;
    if behind.is_empty() {
        return Ok(Vec::new());
    }
    let roles = accounts::table.filter(accounts::id.eq_any(all.iter().copied())).select((accounts::id, accounts::roles));
    let mut staff = Vec::new();
    for (account, roles) in roles.load::<(Id, JsonText)>(conn)? {
        staff.extend((!is_outside(&roles.read::<Vec<Role>>()?)).then_some(account));
    }
    let people: Vec<Id> = behind.iter().map(|(_, person)| *person).collect();
    let of_staff: Vec<Id> = behind.iter().filter(|(account, _)| staff.contains(account)).map(|(_, person)| *person).collect();
    let dead = registered_of(conn, &people, DEATH)?;
    let wards = if of_staff.is_empty() { Vec::new() } else { wards_of(conn, &of_staff)? };
    let is_over = |(account, person): &&(Id, Id)| dead.contains(person) || (staff.contains(account) && wards.contains(person));
    Ok(behind.iter().filter(is_over).map(|(account, _)| *account).collect())
}

fn has_ended(conn: &mut Conn, account: Id) -> Result<bool> {
    ended(conn, &[account]).map(|ended| !ended.is_empty())
}

/// Whether roles are those of people who come to the office, and not of whoever works for it.
pub(super) fn is_outside(roles: &[Role]) -> bool {
    roles.iter().all(|role| matches!(role, Role::Citizen | Role::Proxy))
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

/// The letters of proxy in force on a day that an account holds, once it is proven whose it is: they end with either side's death
/// or guardianship, and rest as long as whoever holds the account is barred from the principal's data.
pub fn letters_of(conn: &mut Conn, account: Id, day: NaiveDate) -> Result<Vec<Letter>> {
    let owner: Option<Option<Id>> = accounts::table.find(account).select(accounts::person_id).first(conn).optional()?;
    let Some(owner) = owner.flatten() else { return Ok(Vec::new()) };
    let held = letters::table.filter(letters::proxy_account_id.eq(account)).filter(letters::revoked_at.is_null());
    let held = held.filter(letters::valid_from.le(day)).filter(letters::valid_to.ge(day));
    let mut held: Vec<Letter> = held.order(letters::id).select(Letter::as_select()).load(conn)?;
    let dead = dead_letters(conn, owner, &held)?;
    held.retain(|letter| !dead.contains(&letter.id));
    let kept = letters_kept_by_marks(conn, account, &held, day)?;
    held.retain(|letter| !kept.contains(&letter.id));
    Ok(held)
}

/// Those of an account's letters that rest for a protection mark on whoever gave them: it bars whoever holds the account, or the
/// letter was given by a consent, and of nobody who was named, or of somebody whom the mark bars.
pub fn letters_kept_by_marks(conn: &mut Conn, account: Id, held: &[Letter], day: NaiveDate) -> Result<Vec<Id>> {
    if held.is_empty() {
        return Ok(Vec::new());
    }
    let principals: Vec<Id> = held.iter().map(|letter| letter.principal_person_id).collect();
    let numbers = numbers_behind(conn, &[account])?.remove(&account).unwrap_or_default();
    let barred = barred_outside(conn, (&[account], &numbers), &principals, day)?;
    let theirs = held.iter().filter(|letter| barred.contains(&letter.principal_person_id));
    let mut kept: Vec<Id> = theirs.map(|letter| letter.id).collect();
    let consented = letters::table.filter(letters::id.eq_any(held.iter().map(|letter| letter.id)));
    let consented = consented.filter(letters::consent_document.is_not_null());
    type Row = (Id, Id, Option<String>);
    let rows = consented.select((letters::id, letters::principal_person_id, letters::representative_index));
    for (letter, principal, number) in rows.load::<Row>(conn)? {
        let is_open = match number {
            Some(number) => barred_outside(conn, (&[], &[number]), &[principal], day)?.is_empty(),
            None => protected(conn, &[principal], day)?.is_empty(),
        };
        kept.extend((!is_open).then_some(letter));
    }
    Ok(kept)
}

/// Those of somebody's letters of proxy that have ended by themselves: by either side's death, or by a guardianship of theirs
/// that was entered since the letter was noted. The mandate has ended for good with its beginning (民法 §550), and does not come
/// back with its end: only where the entry itself is undone was there never any.
pub fn dead_letters(conn: &mut Conn, proxy: Id, held: &[Letter]) -> Result<Vec<Id>> {
    if held.is_empty() {
        return Ok(Vec::new());
    }
    let sides: Vec<Id> = held.iter().map(|letter| letter.principal_person_id).chain([proxy]).collect();
    let mut ended = registered_of(conn, &sides, DEATH)?;
    ended.extend(wards_of(conn, &sides)?);
    let begun = guardianships_of(conn, &sides)?;
    let is_dead = |letter: &&Letter| {
        let sides = [letter.principal_person_id, proxy];
        let has_begun = |(side, entered): &(Id, Id)| sides.contains(side) && *entered > letter.id;
        sides.iter().any(|side| ended.contains(side)) || begun.iter().any(has_begun)
    };
    Ok(held.iter().filter(is_dead).map(|letter| letter.id).collect())
}

/// The guardianships of these people by a declaration that stand, whether they have ended since or not: whose, and the id of the
/// fact by which the case entered it first, which sorts by its moment.
fn guardianships_of(conn: &mut Conn, people: &[Id]) -> Result<Vec<(Id, Id)>> {
    let humans = records_of(conn, people)?;
    let records: Vec<Id> = humans.values().flatten().copied().collect();
    let facts = facts::table.filter(facts::person_id.eq_any(records)).filter(facts::rank.eq("REGISTERED"));
    let facts = facts.filter(facts::kind.eq("GUARDIANSHIP")).filter(facts::other_id.is_not_null()).order(facts::id);
    type Entry = (Id, Id, String, Option<Moment>, Option<bool>);
    let all = facts.select((facts::id, facts::person_id, facts::source, facts::struck_at, facts::of_minor));
    let all: Vec<Entry> = all.load(conn)?;
    let mut begun = Vec::new();
    for (human, records) in humans {
        let own = || all.iter().filter(|(_, person, ..)| records.contains(person));
        for (_, _, source, ..) in own().filter(|(.., struck, of_minor)| struck.is_none() && *of_minor != Some(true)) {
            // A correction enters it anew.
            begun.extend(own().find(|(_, _, other, ..)| other == source).map(|(first, ..)| (human, *first)));
        }
    }
    Ok(begun)
}

/// Whether the secret of a booking, and a token from it, still open it.
pub fn booking_secret_stands(conn: &mut Conn, booking: Id, day: NaiveDate) -> Result<bool> {
    let booked = bookings::table.find(booking).select((bookings::booked_by, bookings::person_id, bookings::created_at));
    let booked: Option<(String, Id, Moment)> = booked.first(conn).optional()?;
    booked.map_or(Ok(false), |(by, person, at)| secret_stands(conn, (&by, at), (person, "BOOKING"), day))
}

/// Whether the receipt of a notice to agencies, and a token from it, still open it.
pub fn receipt_stands(conn: &mut Conn, notice: Id, day: NaiveDate) -> Result<bool> {
    let made = notices::table.find(notice).select((notices::created_by, notices::case_id, notices::created_at));
    let Some((by, case, at)) = made.first::<(String, Id, Moment)>(conn).optional()? else { return Ok(false) };
    let applicant: Id = cases::table.find(case).select(cases::applicant_id).first(conn)?;
    secret_stands(conn, (&by, at), (applicant, "CASE"), day)
}

/// Whether a secret that somebody was given at a moment, of what was done for a person, is good on a day: what the office gave,
/// always; what an account was given, as long as it acts for that person by the right by which it did so. What was done before
/// its owner was proven is opened by the account alone, since whoever prepared that knows the secret; and so is what was done by
/// a proof that was undone.
fn secret_stands(conn: &mut Conn, (by, at): (&str, Moment), (person, scope): (Id, &str), day: NaiveDate) -> Result<bool> {
    let Some(account) = account_of(by) else { return Ok(true) };
    if !acts_for(conn, account, (person, scope), day)? {
        return Ok(false);
    }
    let proven_since = accounts::table.find(account).filter(accounts::person_id.is_not_null());
    let proven_since = proven_since.filter(accounts::claimed_id.eq(person.to_string()));
    let undone = proofs::table.filter(proofs::account_id.eq(account)).filter(proofs::person_id.eq(person));
    let undone = undone.filter(proofs::status.eq("UNDONE")).filter(proofs::undone_at.ge(at));
    let proven_since: i64 = proven_since.count().get_result(conn)?;
    let undone: i64 = undone.count().get_result(conn)?;
    Ok(proven_since + undone == 0)
}

/// The letter of proxy in force on a day by which an account acts for somebody within a scope, whichever of their records gave it: of
/// several the last one.
pub fn letter_for(conn: &mut Conn, account: Id, (principal, scope): (Id, &str), day: NaiveDate) -> Result<Option<Letter>> {
    let records = records_of(conn, &[principal])?.remove(&principal).unwrap_or_default();
    let held = letters_of(conn, account, day)?.into_iter();
    let held = held.filter(|letter| records.contains(&letter.principal_person_id) && letter.scope == scope);
    Ok(held.max_by_key(|letter| letter.valid_from))
}

/// Whether what an account began for somebody may still be followed on a day: it is their own, or it holds a letter in force of
/// that scope. What staff began they began for the office.
pub fn acts_for(conn: &mut Conn, account: Id, (person, scope): (Id, &str), day: NaiveDate) -> Result<bool> {
    let own = accounts::table.find(account).select((accounts::person_id, accounts::claimed_id, accounts::roles));
    let own: Option<(Option<Id>, Option<Id>, JsonText)> = each!(conn, c => own.first(c)).optional()?;
    let Some((proven, said, roles)) = own else { return Ok(false) };
    let records = records_of(conn, &[person])?.remove(&person).unwrap_or_default();
    let is_own = [proven, said].into_iter().flatten().any(|own| own == person || records.contains(&own));
    if is_own || !is_outside(&roles.read::<Vec<Role>>()?) {
        return Ok(true);
    }
    Ok(letter_for(conn, account, (person, scope), day)?.is_some())
}

/// Whether somebody holds a letter in force of that scope, by whichever of their accounts and records, of whichever of the principal's.
pub fn is_entrusted(conn: &mut Conn, proxy: Id, (principal, scope): (Id, &str), day: NaiveDate) -> Result<bool> {
    let records = records_of(conn, &[proxy])?.into_values().flatten().map(|record| record.to_string());
    let theirs = accounts::table.filter(accounts::person_id.eq_any(records.collect::<Vec<String>>())).select(accounts::id);
    let theirs: Vec<Id> = theirs.load(conn)?;
    for account in theirs {
        if letter_for(conn, account, (principal, scope), day)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an account is to be used: it is active, and has not ended with whoever is behind it.
pub fn may_be_used(conn: &mut Conn, account: Id) -> Result<bool> {
    let active = accounts::table.find(account).filter(accounts::status.eq("ACTIVE"));
    let active: i64 = active.count().get_result(conn)?;
    Ok(active > 0 && !has_ended(conn, account)?)
}

/// Whether whoever did something in a name at a moment still holds their office: the account is to be used, and has not passed on to
/// another since. What is no account has none to lose.
pub fn holds_office(conn: &mut Conn, (name, at): (&str, Option<Moment>)) -> Result<bool> {
    let Some(account) = account_of(name) else { return Ok(true) };
    Ok(may_be_used(conn, account)? && !has_passed_on(conn, account, at)?)
}
