//! The caller, and the policy that says who may do what.

mod caller;
pub mod policy;
pub mod standing;

pub use caller::{AccountFacts, By, Caller, May};
pub use policy::{Reach, Role};
pub use standing::{Holder, account_facts, has_holder, is_one_with};
