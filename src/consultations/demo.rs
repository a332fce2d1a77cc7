//! The invented advisers of a demo.

use super::store::insert_adviser;
use crate::accounts;
use crate::clock::Moment;
use crate::db::Tx;
use crate::error::Result;
use crate::secrets::vault::Vault;

/// Account, name and weekdays: Monday and Friday for the first, Wednesday and Friday for the second.
const ADVISERS: [(&str, &str, [u8; 2]); 2] = [("adviser1", "許律師", [0, 4]), ("adviser2", "曾律師", [2, 4])];

pub fn seed(tx: &mut Tx, _: &Vault, now: Moment) -> Result<()> {
    for (username, name, weekdays) in ADVISERS {
        let account = accounts::id_of(tx, username)?;
        insert_adviser(tx, name, account, &weekdays, now)?;
    }
    Ok(())
}
