//! Accounts, tokens, keys, the caller, and the policy that says who may do what.

mod caller;
pub mod keys;
pub mod password;
pub mod policy;
pub mod standing;
pub mod tokens;
pub mod vault;

pub use caller::{AccountFacts, By, Caller, May};
pub use policy::{Reach, Role};
pub use standing::account_facts;
