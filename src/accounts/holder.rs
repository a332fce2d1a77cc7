//! Who works with an account, as colleagues name them, so that accounts of one person count as one. It proves nothing, and
//! opens nothing of theirs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::Holder;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::people::{self, IdNumber, Identifier, Name, mask_name, only_number};
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
    Ok(Holder { index: people::numbers::index(vault, &named.national_id), sealed })
}

fn opened(vault: &Vault, account: Id, holder: &Holder) -> Result<(String, Identifier)> {
    let (name, number): (String, String) = vault.open_json(&identity(account), holder.sealed.clone())?;
    Ok((name, number.parse().map_err(|e| Error::internal("a stored number is wrong", e))?))
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
