//! Who works with an account, as colleagues name them, so that accounts of one person count as one. It proves nothing, and
//! opens nothing of theirs.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{Account, AccountStatus};
use super::{proofs, store};
use crate::auth::hands::records_ever;
use crate::auth::whoever::name_identity;
use crate::auth::{By, Holder};
use crate::clock::Moment;
use crate::db::{Conn, Id, JsonText, Tx};
use crate::error::{Code, Error, Noted, Problem, Result};
use crate::people::capacity::{self, Limit};
use crate::people::found_by::{name_index, names_ever};
use crate::people::store::Named;
use crate::people::{self, IdNumber, Identifier, Name, differences, holding, mask_name, only_number};
use crate::schema::accounts;
use crate::secrets::vault::Vault;

/// Who works with an account.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HolderInput, example = json!({"name": "林承辦", "national_id": "A123456789"}))]
pub struct NamedHolder {
    /// Full name as in the household register.
    pub name: Name,
    #[serde(deserialize_with = "only_number")]
    #[schema(value_type = IdNumber)]
    pub national_id: Identifier,
}

/// Who works with an account, masked.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Holder, example = json!({"name": "林○辦", "national_id": "A12*****89"}))]
pub struct HolderView {
    #[schema(max_length = 100)]
    name: String,
    #[schema(max_length = 10)]
    national_id: String,
}

fn identity(account: Id) -> String {
    format!("accounts/{account}/holder")
}

/// As it is kept of an account.
pub fn sealed(vault: &Vault, account: Id, named: &NamedHolder) -> Result<Holder> {
    let said = (named.name.as_str(), named.national_id.expose());
    let sealed = vault.seal_json(&identity(account), &said)?;
    let name = name_index(vault, named.name.as_str());
    Ok(Holder { index: people::numbers::index(vault, &named.national_id), sealed, name, former: Vec::new() })
}

fn opened(vault: &Vault, account: Id, holder: &Holder) -> Result<(String, Identifier)> {
    let (name, number): (String, String) = vault.open_json(&identity(account), holder.sealed.clone())?;
    Ok((name, number.parse().map_err(|e| Error::internal("a stored number is wrong", e))?))
}

/// All that whoever works with an account, or did before, is called: as the account is, as they were named, and as the register has it.
pub fn names_behind(conn: &mut Conn, vault: &Vault, account: Id) -> Result<Vec<String>> {
    let kept = accounts::table.find(account).select((accounts::name, accounts::holder));
    let kept: Option<(String, Option<JsonText>)> = kept.first(conn).optional()?;
    let Some((name, holder)) = kept else { return Ok(Vec::new()) };
    let mut names = vec![vault.open_text(&name_identity(account), &name)?];
    if let Some(holder) = holder {
        names.push(opened(vault, account, &holder.read()?)?.0);
    }
    let records = records_ever(conn, account)?;
    names.extend(names_ever(conn, vault, &records)?);
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Lets those who were named before that was kept be found by their names.
pub fn fill(tx: &mut Tx, vault: &Vault) -> Result<()> {
    let held = accounts::table.filter(accounts::holder.is_not_null().or(accounts::requested_holder.is_not_null()));
    let held = held.order(accounts::id).select((accounts::id, accounts::holder, accounts::requested_holder));
    for (account, holder, requested) in held.load::<(Id, Option<JsonText>, Option<JsonText>)>(&mut **tx)? {
        let account_of = accounts::table.find(account);
        if let Some(holder) = indexed(vault, account, holder)? {
            diesel::update(account_of).set(accounts::holder.eq(Some(holder))).execute(&mut **tx)?;
        }
        if let Some(requested) = indexed(vault, account, requested)? {
            diesel::update(account_of).set(accounts::requested_holder.eq(Some(requested))).execute(&mut **tx)?;
        }
    }
    Ok(())
}

/// A holder with the index of the name, where it was kept without.
fn indexed(vault: &Vault, account: Id, kept: Option<JsonText>) -> Result<Option<JsonText>> {
    let holder = kept.map(|kept| kept.read::<Holder>()).transpose()?.filter(|holder| holder.name.is_empty());
    let Some(holder) = holder else { return Ok(None) };
    let (name, _) = opened(vault, account, &holder)?;
    JsonText::of(&Holder { name: name_index(vault, &name), ..holder }).map(Some)
}

/// Refuses a holder whom the office knows otherwise: another name than it has seen or registered with the number, somebody
/// registered as dead (民法 §6), or as under guardianship or under eighteen (民法 §12, §15).
fn require_known(conn: &mut Conn, vault: &Vault, (name, number): (&str, &Identifier), today: NaiveDate) -> Result<()> {
    const NUMBER: &str = "/holder/national_id";
    differences::require_none(conn, vault, &[("/holder/name", name, number)])?;
    let Some(known) = people::numbers::known(conn, vault, Named { name, number, birth_on: None })? else { return Ok(()) };
    holding::require_living(conn, known.id, NUMBER)?;
    match capacity::of(conn, vault, known.id, today)?.registered() {
        None | Some(Limit::Assistance) => Ok(()),
        Some(limit) => Err(limit.refusal(NUMBER).into()),
    }
}

/// Refuses somebody as the holder of an account whom the office knows otherwise: whoever has the office's key is told what is known.
pub fn require_named_fits(conn: &mut Conn, vault: &Vault, named: &NamedHolder, today: NaiveDate) -> Result<()> {
    require_known(conn, vault, (named.name.as_str(), &named.national_id), today)
}

/// Refuses to approve an account's holder whom the office knows otherwise by now. Whoever may see personal data is told what is
/// known, and it is logged whose record was looked at; an administrator has no personal data, and is told that it does not fit.
pub fn require_fit(conn: &mut Conn, vault: &Vault, by: &By, (account, holder): (Id, Option<&Holder>)) -> Result<()> {
    let Some(holder) = holder else { return Ok(()) };
    let (name, number) = opened(vault, account, holder)?;
    let Err(refusal) = require_known(conn, vault, (&name, &number), by.now.date()) else { return Ok(()) };
    let Error::Problem(told) = refusal else { return Err(refusal) };
    let mut problem = *told;
    if !by.caller.supervises() {
        let (zh, en) = (
            "使用人資料與登記資料不符，請核對姓名及統一編號",
            "the holder does not fit what is registered: check the name and the number",
        );
        problem = Problem::new(Code::CONFLICT).detail(zh, en);
    }
    let person = people::numbers::known(conn, vault, Named { name: &name, number: &number, birth_on: None })?;
    let person = match person {
        Some(person) => Some(person),
        None => people::numbers::holders(conn, vault, &number)?.into_iter().next(),
    };
    problem.noted = person.map(|person| Noted {
        action: "user.holder_refused",
        subject: format!("users/{account}"),
        person: person.id.to_string(),
    });
    Err(problem.into())
}

/// Refuses another holder for an account that is proven to be somebody's, who would stay its owner.
pub fn require_unproven(account: &Account) -> Result<()> {
    if account.person_id.is_none() {
        return Ok(());
    }
    let (zh, en) = (
        "帳號已核驗為他人所有；請先撤銷其身分核驗，再變更使用人",
        "the account is proven to be another's: undo that proof before another holds it",
    );
    Err(Problem::new(Code::CONFLICT).detail(zh, en).into())
}

/// Whether the keys of an account end where another is to hold it: of one that was never open to anybody nobody has any.
pub fn has_keys(account: &Account) -> bool {
    account.status != AccountStatus::Pending || account.has_come()
}

/// Ends all that opened an account for whoever held it until now. Without a first password it stays shut until two people, or the command
/// line, have given one.
pub fn change_keys(tx: &mut Tx, account: &Account, first: Option<(&str, Moment)>, now: Moment) -> Result<()> {
    if !has_keys(account) {
        return Ok(());
    }
    let (hash, until) = match first {
        Some((hash, until)) => (hash.to_owned(), until),
        None => (store::password_hash(tx, account.id)?, now),
    };
    proofs::change_keys(tx, account, &hash, Some(until), now)
}

/// Whether an account's holder is named so already.
pub fn is_named(vault: &Vault, account: Id, holder: &Holder, named: &NamedHolder) -> Result<bool> {
    let (name, number) = opened(vault, account, holder)?;
    Ok(name == named.name.as_str() && number == named.national_id)
}

/// As those see it who need not know more.
pub fn masked(vault: &Vault, account: Id, holder: &Holder) -> Result<HolderView> {
    let (name, number) = opened(vault, account, holder)?;
    Ok(HolderView { name: mask_name(&name), national_id: number.masked() })
}
