//! How strongly somebody logged in this time, whoever they were proven to be before.

use super::problems::STRONGER_LOGIN_REQUIRED;
use super::settings::ExternalSettings;
use crate::auth::By;
use crate::error::{Problem, Result};
use crate::node::Node;

/// Refuses what the law ties to the citizen certificate (戶籍法 §28) to a log-in that is weaker: by a password, or by an `acr` that
/// is below the set one or unknown.
pub fn require_strong_log_in(node: &Node, by: &By) -> Result<()> {
    let enough = node.config.of::<ExternalSettings>().to_apply();
    let acr = by.caller.account().and_then(|account| account.acr.as_deref());
    if acr.is_some_and(|acr| enough.contains(&acr)) {
        return Ok(());
    }
    Err(Problem::new(STRONGER_LOGIN_REQUIRED).with("acr_values", enough.join(" ")).into())
}
