//! Accounts and their passwords in the store.

use diesel::prelude::*;
use serde_json::json;

use super::choice::Owner;
use super::holder::{self, NamedHolder};
use super::links::end_everything;
use super::model::{Account, AccountAct, AccountStatus, Duty, NewAccount};
use super::requests::Requested;
use super::resets;
use super::roles::{INDISPENSABLE, Indispensable};
use crate::auth::standing::{ended, may_be_used};
use crate::auth::whoever::name_identity;
use crate::auth::{Role, hands};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, JsonText, Narrow, Record, Tx, forget_known, saved};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{Page, Paging};
use crate::people;
use crate::schema::{accounts, password_history};
use crate::secrets::vault::{Sealed, Vault};
use crate::{each, find, read_page};

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
    requested_duties: Option<JsonText>,
    requested_service_point: Option<JsonText>,
    requested_password: Option<String>,
    requested_half: Option<String>,
    requested_name: Option<String>,
    requested_holder: Option<JsonText>,
    requested_status: Option<AccountStatus>,
    requested_at: Option<Moment>,
    duties: JsonText,
    service_point: Option<String>,
    person_id: Option<Id>,
    claimed_id: Option<Id>,
    holder: Option<JsonText>,
    epoch: i64,
    must_change_password: bool,
    password_changed_at: Moment,
    temporary_until: Option<Moment>,
    last_login_at: Option<Moment>,
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
            requested: Requested {
                roles: self.requested_roles.map(|text| text.read()).transpose()?,
                duties: self.requested_duties.map(|text| text.read()).transpose()?,
                service_point: self.requested_service_point.map(|text| text.read()).transpose()?,
                name: self.requested_name,
                holder: self.requested_holder.map(|text| text.read()).transpose()?,
                status: self.requested_status,
                password: self.requested_password,
                half: self.requested_half,
                at: self.requested_at,
                by: self.requested_by.iter().flat_map(|names| names.split(' ')).map(ToOwned::to_owned).collect(),
            },
            duties: self.duties.read::<Vec<Duty>>()?,
            service_point: self.service_point,
            person_id: self.person_id,
            claimed_id: self.claimed_id,
            holder: self.holder.map(|text| text.read()).transpose()?,
            epoch: self.epoch,
            must_change_password: self.must_change_password,
            password_changed_at: self.password_changed_at,
            temporary_until: self.temporary_until,
            last_login_at: self.last_login_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
            version: self.version,
        })
    }
}

/// Makes an account; a name or person that has one already is refused.
pub fn create(tx: &mut Tx, new: &NewAccount, now: Moment) -> Result<Id> {
    let id = new.id.unwrap_or_else(|| Id::new(now));
    let row = (
        (
            accounts::id.eq(id),
            accounts::username.eq(&new.username),
            accounts::name.eq(tx.seal_text(&name_identity(id), &new.name)),
            accounts::password_hash.eq(&new.password_hash),
            accounts::status.eq(new.status),
            accounts::roles.eq(JsonText::of(&new.roles)?),
            accounts::requested_roles.eq(new.requested_roles.as_ref().map(JsonText::of).transpose()?),
            accounts::requested_by.eq(&new.requested_by),
            accounts::requested_half.eq(&new.requested_half),
            accounts::duties.eq(JsonText::of(&new.duties)?),
        ),
        accounts::requested_at.eq(new.requested_by.as_ref().map(|_| now)),
        accounts::service_point.eq(&new.service_point),
        accounts::person_id.eq(new.person_id),
        accounts::claimed_id.eq(new.claimed_id),
        accounts::holder.eq(new.holder.as_ref().map(JsonText::of).transpose()?),
        accounts::phone.eq(&new.phone),
        accounts::email.eq(&new.email),
        accounts::epoch.eq(1),
        accounts::must_change_password.eq(new.temporary_until.is_some()),
        accounts::temporary_until.eq(new.temporary_until),
        accounts::password_changed_at.eq(now),
        accounts::created_at.eq(now),
        accounts::updated_at.eq(now),
        accounts::version.eq(1),
    );
    let conn: &mut Conn = tx;
    forget_known();
    let made = each!(conn, c => diesel::insert_into(accounts::table).values(row).on_conflict_do_nothing().execute(c))?;
    if made == 0 {
        return Err(name_or_person_taken(tx, new)?);
    }
    let record = Record::change(
        AccountAct::Create.line().journal,
        format!("users/{id}"),
        json!({"roles": new.roles, "status": new.status}),
    );
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
    Ok(Problem::new(Code::CONFLICT).field(pointer, "taken", text).into())
}

pub fn find(conn: &mut Conn, id: Id) -> Result<Account> {
    let row: Option<Row> = find!(conn, accounts::table.find(id).select(Row::as_select()))?;
    row.ok_or(Code::NOT_FOUND)?.into_account()
}

/// Names who works with an account, from the command line; asked for otherwise, it takes two people. Compared with the register as
/// over HTTP. Whether the account passes on to another: then nothing opens it until a new password is given.
pub fn name_holder(tx: &mut Tx, vault: &Vault, username: &str, named: &NamedHolder, now: Moment) -> Result<bool> {
    holder::require_named_fits(tx, vault, named, now.date())?;
    let id = id_of(tx, username)?.ok_or(Code::NOT_FOUND)?;
    let account = find(tx, id)?;
    let named = holder::sealed(vault, id, named)?;
    let passes_on = hands::is_another(tx, id, &named)?;
    if passes_on {
        holder::require_unproven(&account)?;
        hands::keep(tx, id, now)?;
        holder::change_keys(tx, &account, None, now)?;
    }
    let holder = JsonText::of(&named.in_place_of(account.holder))?;
    forget_known();
    diesel::update(accounts::table.find(id))
        .set((
            accounts::holder.eq(Some(holder)),
            accounts::requested_holder.eq(None::<JsonText>),
            accounts::updated_at.eq(now),
            accounts::version.eq(accounts::version + 1),
        ))
        .execute(&mut **tx)?;
    tx.record(Record::change("user.holder_named", format!("users/{id}"), json!({})));
    Ok(passes_on)
}

/// Whether an account stands, has a role, and serves a service point: one of the whole office or of the main office serves
/// them all.
pub fn may_work_at(conn: &mut Conn, id: Id, role: Role, service_point: &str) -> Result<bool> {
    let Some(row) = accounts::table.find(id).select(Row::as_select()).first(conn).optional()? else { return Ok(false) };
    let account = row.into_account()?;
    let desk = account.service_point.as_deref();
    let serves = desk.is_none_or(|desk| desk == service_point || desk == crate::office::SERVICE_POINTS[0]);
    Ok(account.roles.contains(&role) && serves && may_be_used(conn, id)?)
}

/// The account of this name.
pub fn id_of(conn: &mut Conn, username: &str) -> Result<Option<Id>> {
    Ok(accounts::table.filter(accounts::username.eq(username)).select(accounts::id).first(conn).optional()?)
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

/// What a phone number or an e-mail address of an account is sealed to.
pub fn contact_identity(account: Id, field: &str) -> String {
    format!("accounts/{account}/{field}")
}

/// What is known of an account's holder, which a password of theirs must not be guessed from.
pub fn owner(conn: &mut Conn, vault: &Vault, account: &Account) -> Result<Owner> {
    let mut owner = Owner::new(&account.username, &account.called(vault)?);
    let Some(person) = account.person_id.or(account.claimed_id) else { return Ok(owner) };
    let contact: (Option<String>, Option<String>) =
        accounts::table.find(account.id).select((accounts::phone, accounts::email)).first(conn)?;
    for (field, sealed) in [("phone", contact.0), ("email", contact.1)] {
        let open = |text| vault.open(&contact_identity(account.id, field), &Sealed::from_stored(text));
        let text = sealed.map(open).transpose().map_err(|e| Error::internal("a contact does not open", e))?;
        owner = text.iter().fold(owner, |owner, text| owner.with(text));
    }
    owner = owner.with(&people::store::open(conn, vault, person)?.0);
    Ok(people::store::birth_on(conn, vault, person)?.into_iter().fold(owner, |owner, born| owner.born_on(born.presumed())))
}

/// A page of accounts by id.
pub fn list(conn: &mut Conn, status: Option<AccountStatus>, reset_asked: bool, paging: &Paging) -> Result<Page<Account>> {
    let matching = || -> accounts::BoxedQuery<'_, Backend> {
        accounts::table
            .into_boxed()
            .narrow(status, |status| accounts::status.eq(status))
            .narrow(reset_asked.then_some(()), |()| accounts::id.eq_any(resets::asking()))
    };
    let page = read_page!(conn, paging, matching, accounts::id asc, Row)?;
    page.try_map(Row::into_account)
}

/// Writes an account's new state.
pub fn update(tx: &mut Tx, account: &Account) -> Result<()> {
    let asked = &account.requested;
    forget_known();
    let changed = diesel::update(accounts::table.find(account.id).filter(accounts::version.eq(account.version - 1)))
        .set((
            accounts::name.eq(&account.name),
            accounts::status.eq(account.status),
            accounts::roles.eq(JsonText::of(&account.roles)?),
            accounts::requested_roles.eq(asked.roles.as_ref().map(JsonText::of).transpose()?),
            accounts::requested_duties.eq(asked.duties.as_ref().map(JsonText::of).transpose()?),
            accounts::requested_service_point.eq(asked.service_point.as_ref().map(JsonText::of).transpose()?),
            accounts::requested_password.eq(&asked.password),
            accounts::requested_half.eq(&asked.half),
            accounts::requested_by.eq(asked.askers()),
            accounts::requested_at.eq(asked.at.filter(|_| !asked.by.is_empty())),
            accounts::requested_name.eq(&asked.name),
            accounts::requested_holder.eq(asked.holder.as_ref().map(JsonText::of).transpose()?),
            accounts::requested_status.eq(asked.status),
            accounts::holder.eq(account.holder.as_ref().map(JsonText::of).transpose()?),
            accounts::duties.eq(JsonText::of(&account.duties)?),
            accounts::service_point.eq(&account.service_point),
            accounts::epoch.eq(account.epoch),
            accounts::must_change_password.eq(account.must_change_password),
            accounts::updated_at.eq(account.updated_at),
            accounts::version.eq(account.version),
        ))
        .execute(&mut **tx)?;
    saved(changed)
}

/// Notes a log-in, and whether it must go on to a new password.
pub fn note_login(tx: &mut Tx, id: Id, must_change_password: bool, now: Moment) -> Result<()> {
    diesel::update(accounts::table.find(id))
        .set((accounts::last_login_at.eq(Some(now)), accounts::must_change_password.eq(must_change_password)))
        .execute(&mut **tx)?;
    Ok(())
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

/// Sets a new password, remembers the old one and ends all log-ins; one that somebody else sets is good until a moment.
pub fn set_password(tx: &mut Tx, id: Id, hash: &str, temporary_until: Option<Moment>, now: Moment) -> Result<()> {
    let old: Option<String> = find!(&mut **tx, accounts::table.find(id).select(accounts::password_hash))?;
    let old = old.ok_or(Code::NOT_FOUND)?;
    let row =
        (password_history::account_id.eq(id), password_history::changed_at.eq(now), password_history::password_hash.eq(old));
    let conn: &mut Conn = tx;
    each!(conn, c => diesel::insert_into(password_history::table).values(row).on_conflict_do_nothing().execute(c))?;
    diesel::update(accounts::table.find(id))
        .set((
            accounts::password_hash.eq(hash),
            accounts::password_changed_at.eq(now),
            accounts::must_change_password.eq(temporary_until.is_some()),
            accounts::temporary_until.eq(temporary_until),
            accounts::epoch.eq(accounts::epoch + 1),
            accounts::updated_at.eq(now),
            accounts::version.eq(accounts::version + 1),
        ))
        .execute(&mut **tx)?;
    end_everything(tx, id, now)?;
    resets::drop_of(tx, id)?;
    tx.record(Record::change("user.password_changed", format!("users/{id}"), json!({})));
    Ok(())
}

/// Sets a password by user name, from the command line.
pub fn replace_password(tx: &mut Tx, username: &str, hash: &str, until: Moment, now: Moment) -> Result<()> {
    let account = find_for_login(tx, username)?.ok_or(Code::NOT_FOUND)?.0;
    set_password(tx, account.id, hash, Some(until), now)
}

/// The accounts of a kind without which the office cannot be, with which somebody works: they are active, have not ended with
/// whoever is behind them, and are none that was made for somebody who has never come.
pub fn serving(conn: &mut Conn, kind: &Indispensable) -> Result<Vec<Account>> {
    let rows: Vec<Row> = accounts::table
        .filter(accounts::status.eq(AccountStatus::Active))
        .filter(accounts::roles.like("%\"ADM\"%").or(accounts::roles.like("%\"CHF\"%")).or(accounts::roles.like("%\"DIR\"%")))
        .order(accounts::id)
        .select(Row::as_select())
        .load(conn)?;
    let mut serving = rows.into_iter().map(Row::into_account).collect::<Result<Vec<_>>>()?;
    serving.retain(|account| kind.is_one(&account.roles) && account.has_come());
    let ended = ended(conn, &serving.iter().map(|account| account.id).collect::<Vec<_>>())?;
    serving.retain(|account| !ended.contains(&account.id));
    Ok(serving)
}

/// Those whom the office cannot be without, and of whom an account is the only one that serves.
pub fn last_of(conn: &mut Conn, account: &Account) -> Result<Vec<&'static Indispensable>> {
    let mut last = Vec::new();
    for kind in &INDISPENSABLE {
        if matches!(serving(conn, kind)?.as_slice(), [only] if only.id == account.id) {
            last.push(kind);
        }
    }
    Ok(last)
}
