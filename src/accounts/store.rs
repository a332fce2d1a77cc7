//! Accounts, passwords, failures and refresh tokens in the store.

use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;

use super::model::{Account, AccountStatus, Duty, NewAccount};
use crate::auth::Role;
use crate::auth::vault::{Vault, random_secret};
use crate::calendar::Moment;
use crate::db::{Conn, Id, JsonText, Record, Tx};
use crate::each;
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::Paging;
use crate::schema::{accounts, login_failures, password_history, refresh_families, refresh_tokens};

/// Passwords before the present one that may not come back.
const REMEMBERED_PASSWORDS: i64 = 3;

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts)]
struct Row {
    id: Id,
    username: String,
    name: String,
    status: AccountStatus,
    roles: JsonText,
    requested_roles: Option<JsonText>,
    requested_by: Option<String>,
    duties: JsonText,
    service_point: Option<String>,
    person_id: Option<Id>,
    epoch: i64,
    must_change_password: bool,
    created_at: Moment,
    updated_at: Moment,
    version: i32,
}

impl Row {
    fn into_account(self) -> Result<Account> {
        Ok(Account {
            id: self.id,
            username: self.username,
            name: self.name,
            status: self.status,
            roles: self.roles.read::<Vec<Role>>()?,
            requested_roles: self.requested_roles.map(|text| text.read()).transpose()?,
            requested_by: self.requested_by,
            duties: self.duties.read::<Vec<Duty>>()?,
            service_point: self.service_point,
            person_id: self.person_id,
            epoch: self.epoch,
            must_change_password: self.must_change_password,
            created_at: self.created_at,
            updated_at: self.updated_at,
            version: self.version,
        })
    }
}

/// Makes an account; a name or person that has one already is refused.
pub fn create(tx: &mut Tx, new: &NewAccount, now: Moment) -> Result<Id> {
    let id = Id::new(now);
    let row = (
        (
            accounts::id.eq(id),
            accounts::username.eq(&new.username),
            accounts::name.eq(&new.name),
            accounts::password_hash.eq(&new.password_hash),
            accounts::status.eq(new.status),
            accounts::roles.eq(JsonText::of(&new.roles)?),
            accounts::requested_roles.eq(new.requested_roles.as_ref().map(JsonText::of).transpose()?),
            accounts::requested_by.eq(&new.requested_by),
            accounts::duties.eq(JsonText::of(&new.duties)?),
        ),
        accounts::service_point.eq(&new.service_point),
        accounts::person_id.eq(new.person_id),
        accounts::phone.eq(&new.phone),
        accounts::email.eq(&new.email),
        accounts::epoch.eq(1),
        accounts::must_change_password.eq(new.must_change_password),
        accounts::password_changed_at.eq(now),
        accounts::created_at.eq(now),
        accounts::updated_at.eq(now),
        accounts::version.eq(1),
    );
    let conn: &mut Conn = tx;
    let made = each!(conn, c => diesel::insert_into(accounts::table).values(row).on_conflict_do_nothing().execute(c))?;
    if made == 0 {
        return Err(name_or_person_taken(tx, new)?);
    }
    let record = Record::change("user.created", format!("users/{id}"), json!({"roles": new.roles, "status": new.status}));
    tx.record(new.person_id.map_or(record.clone(), |person| record.about(person)));
    Ok(id)
}

fn name_or_person_taken(tx: &mut Tx, new: &NewAccount) -> Result<Error> {
    let same_name: i64 = accounts::table.filter(accounts::username.eq(&new.username)).count().get_result(&mut **tx)?;
    let (pointer, text) = if same_name > 0 {
        ("/username", Text::new("此帳號已有人使用", "the user name is taken"))
    } else {
        ("/national_id", Text::new("此人已有帳號", "this person has an account already"))
    };
    Ok(Problem::new(Code::Conflict).field(pointer, "taken", text).into())
}

pub fn find(conn: &mut Conn, id: Id) -> Result<Account> {
    accounts::table.find(id).select(Row::as_select()).first(conn)?.into_account()
}

/// Whether an account stands, has a role, and serves a service point; the main office serves them all.
pub fn may_work_at(conn: &mut Conn, id: Id, role: Role, service_point: &str) -> Result<bool> {
    let Some(row) = accounts::table.find(id).select(Row::as_select()).first(conn).optional()? else { return Ok(false) };
    let account = row.into_account()?;
    let desk = account.service_point.as_deref();
    let serves = desk == Some(service_point) || desk == Some(crate::office::SERVICE_POINTS[0]);
    Ok(account.status == AccountStatus::Active && account.roles.contains(&role) && serves)
}

/// An account and its password's hash, by user name.
pub fn find_for_login(conn: &mut Conn, username: &str) -> Result<Option<(Account, String)>> {
    let row: Option<(Row, String)> = accounts::table
        .filter(accounts::username.eq(username))
        .select((Row::as_select(), accounts::password_hash))
        .first(conn)
        .optional()?;
    row.map(|(row, hash)| Ok((row.into_account()?, hash))).transpose()
}

pub fn password_hash(conn: &mut Conn, id: Id) -> Result<String> {
    Ok(accounts::table.find(id).select(accounts::password_hash).first(conn)?)
}

/// A page of accounts by id.
pub fn list(conn: &mut Conn, status: Option<AccountStatus>, paging: &Paging) -> Result<(Vec<Account>, Option<i64>)> {
    let matching = || {
        let mut query = accounts::table.into_boxed();
        if let Some(status) = status {
            query = query.filter(accounts::status.eq(status));
        }
        query
    };
    let total = if paging.include_total { Some(matching().count().get_result(conn)?) } else { None };
    let mut page = matching();
    if let Some(after) = &paging.after {
        page = page.filter(accounts::id.gt(after.clone()));
    }
    let rows: Vec<Row> = page.order(accounts::id).limit(paging.rows()).select(Row::as_select()).load(conn)?;
    Ok((rows.into_iter().map(Row::into_account).collect::<Result<_>>()?, total))
}

/// Writes an account's new state.
pub fn update(tx: &mut Tx, account: &Account) -> Result<()> {
    let changed = diesel::update(accounts::table.find(account.id).filter(accounts::version.eq(account.version - 1)))
        .set((
            accounts::name.eq(&account.name),
            accounts::status.eq(account.status),
            accounts::roles.eq(JsonText::of(&account.roles)?),
            accounts::requested_roles.eq(account.requested_roles.as_ref().map(JsonText::of).transpose()?),
            accounts::requested_by.eq(&account.requested_by),
            accounts::duties.eq(JsonText::of(&account.duties)?),
            accounts::service_point.eq(&account.service_point),
            accounts::epoch.eq(account.epoch),
            accounts::must_change_password.eq(account.must_change_password),
            accounts::updated_at.eq(account.updated_at),
            accounts::version.eq(account.version),
        ))
        .execute(&mut **tx)?;
    if changed == 1 { Ok(()) } else { Err(Code::VersionMismatch.into()) }
}

/// Hashes of the passwords that may not come back, the present one first.
pub fn remembered_passwords(conn: &mut Conn, id: Id) -> Result<Vec<String>> {
    let mut hashes = vec![password_hash(conn, id)?];
    let older: Vec<String> = password_history::table
        .filter(password_history::account_id.eq(id))
        .order(password_history::changed_at.desc())
        .limit(REMEMBERED_PASSWORDS - 1)
        .select(password_history::password_hash)
        .load(conn)?;
    hashes.extend(older);
    Ok(hashes)
}

/// Sets a new password, remembers the old one and ends all log-ins.
pub fn set_password(tx: &mut Tx, id: Id, hash: &str, must_change: bool, now: Moment) -> Result<()> {
    let old = password_hash(tx, id)?;
    let row =
        (password_history::account_id.eq(id), password_history::changed_at.eq(now), password_history::password_hash.eq(old));
    let conn: &mut Conn = tx;
    each!(conn, c => diesel::insert_into(password_history::table).values(row).on_conflict_do_nothing().execute(c))?;
    diesel::update(accounts::table.find(id))
        .set((
            accounts::password_hash.eq(hash),
            accounts::password_changed_at.eq(now),
            accounts::must_change_password.eq(must_change),
            accounts::epoch.eq(accounts::epoch + 1),
            accounts::updated_at.eq(now),
            accounts::version.eq(accounts::version + 1),
        ))
        .execute(&mut **tx)?;
    revoke_families(tx, id, now)?;
    tx.record(Record::change("user.password_changed", format!("users/{id}"), json!({})));
    Ok(())
}

/// Sets a password by user name, from the command line.
pub fn replace_password(tx: &mut Tx, username: &str, hash: &str, now: Moment) -> Result<()> {
    let account = find_for_login(tx, username)?.ok_or(Code::NotFound)?.0;
    set_password(tx, account.id, hash, true, now)
}

/// Until when log-ins of a user name are locked.
pub fn locked_until(conn: &mut Conn, subject: &str, now: Moment) -> Result<Option<Moment>> {
    let until: Option<Option<Moment>> =
        login_failures::table.find(subject).select(login_failures::locked_until).first(conn).optional()?;
    Ok(until.flatten().filter(|until| *until > now))
}

/// Counts a failure; the last one allowed locks the name for a while.
pub fn count_failure(tx: &mut Tx, subject: &str, allowed: i32, lock: Duration, now: Moment) -> Result<()> {
    let row = (login_failures::subject.eq(subject), login_failures::failures.eq(0), login_failures::first_at.eq(now));
    let conn: &mut Conn = tx;
    each!(conn, c => diesel::insert_into(login_failures::table).values(row).on_conflict_do_nothing().execute(c))?;
    let stale = login_failures::table.find(subject).filter(login_failures::first_at.lt(now - lock));
    diesel::update(stale)
        .set((login_failures::failures.eq(0), login_failures::first_at.eq(now), login_failures::locked_until.eq(None::<Moment>)))
        .execute(&mut **tx)?;
    let failures: i32 = diesel::update(login_failures::table.find(subject))
        .set(login_failures::failures.eq(login_failures::failures + 1))
        .returning(login_failures::failures)
        .get_result(&mut **tx)?;
    if failures >= allowed {
        diesel::update(login_failures::table.find(subject))
            .set((
                login_failures::locked_until.eq(Some(now + lock)),
                login_failures::first_at.eq(now),
                login_failures::failures.eq(0),
            ))
            .execute(&mut **tx)?;
        tx.record(Record::read("login.locked", "login".to_owned(), ""));
    }
    Ok(())
}

/// Forgets failures after a log-in that worked.
pub fn clear_failures(tx: &mut Tx, subject: &str) -> Result<()> {
    diesel::delete(login_failures::table.find(subject)).execute(&mut **tx)?;
    Ok(())
}

/// Starts a family of refresh tokens: one log-in.
pub fn start_family(tx: &mut Tx, vault: &Vault, account: Id, client: &str, days: i64, now: Moment) -> Result<String> {
    let id = Id::new(now);
    let row = (
        refresh_families::id.eq(id),
        refresh_families::account_id.eq(account),
        refresh_families::client_id.eq(client),
        refresh_families::created_at.eq(now),
        refresh_families::expires_at.eq(now + Duration::days(days)),
    );
    diesel::insert_into(refresh_families::table).values(row).execute(&mut **tx)?;
    add_token(tx, vault, id, now + Duration::days(days), now)
}

fn add_token(tx: &mut Tx, vault: &Vault, family: Id, expires_at: Moment, now: Moment) -> Result<String> {
    let token = random_secret(32);
    let row = (
        refresh_tokens::hash.eq(vault.secret_hash(&token)),
        refresh_tokens::family_id.eq(family),
        refresh_tokens::issued_at.eq(now),
        refresh_tokens::expires_at.eq(expires_at),
    );
    diesel::insert_into(refresh_tokens::table).values(row).execute(&mut **tx)?;
    Ok(token)
}

/// What became of a refresh token.
pub enum Rotation {
    /// The account it belongs to and its successor.
    Next {
        account: Id,
        client: String,
        token: String,
    },
    /// It was used before: somebody else has it. Its family is revoked.
    Reused,
    Unknown,
}

/// Uses a refresh token once; a second use revokes the whole family.
pub fn rotate(tx: &mut Tx, vault: &Vault, token: &str, now: Moment) -> Result<Rotation> {
    let hash = vault.secret_hash(token);
    let found: Option<(Id, Id, String, Moment, Option<Moment>)> = refresh_tokens::table
        .inner_join(refresh_families::table.on(refresh_families::id.eq(refresh_tokens::family_id)))
        .filter(refresh_tokens::hash.eq(&hash))
        .select((
            refresh_families::id,
            refresh_families::account_id,
            refresh_families::client_id,
            refresh_families::expires_at,
            refresh_families::revoked_at,
        ))
        .first(&mut **tx)
        .optional()?;
    let Some((family, account, client, expires_at, revoked_at)) = found else { return Ok(Rotation::Unknown) };
    if revoked_at.is_some() || expires_at <= now {
        return Ok(Rotation::Unknown);
    }
    let unused = refresh_tokens::table.find(&hash).filter(refresh_tokens::used_at.is_null());
    if diesel::update(unused).set(refresh_tokens::used_at.eq(Some(now))).execute(&mut **tx)? == 0 {
        revoke_family(tx, family, now)?;
        tx.record(Record::read("refresh_token.reused", format!("users/{account}"), ""));
        return Ok(Rotation::Reused);
    }
    let token = add_token(tx, vault, family, expires_at, now)?;
    Ok(Rotation::Next { account, client, token })
}

fn revoke_family(tx: &mut Tx, family: Id, now: Moment) -> Result<()> {
    diesel::update(refresh_families::table.find(family)).set(refresh_families::revoked_at.eq(Some(now))).execute(&mut **tx)?;
    Ok(())
}

/// Ends every log-in of an account.
pub fn revoke_families(tx: &mut Tx, account: Id, now: Moment) -> Result<()> {
    let live =
        refresh_families::table.filter(refresh_families::account_id.eq(account)).filter(refresh_families::revoked_at.is_null());
    diesel::update(live).set(refresh_families::revoked_at.eq(Some(now))).execute(&mut **tx)?;
    Ok(())
}

/// Ends the log-in that a refresh token belongs to, when it was made through this client.
pub fn revoke_by_token(tx: &mut Tx, vault: &Vault, token: &str, client: &str, now: Moment) -> Result<()> {
    let family: Option<Id> = refresh_tokens::table
        .inner_join(refresh_families::table.on(refresh_families::id.eq(refresh_tokens::family_id)))
        .filter(refresh_tokens::hash.eq(vault.secret_hash(token)))
        .filter(refresh_families::client_id.eq(client))
        .select(refresh_families::id)
        .first(&mut **tx)
        .optional()?;
    family.map_or(Ok(()), |family| revoke_family(tx, family, now))
}
