//! The caller, and the policy that says who may do what.

mod caller;
mod kin;
pub mod policy;
pub mod protection;
pub mod standing;
pub mod whoever;

pub use caller::{AccountFacts, By, Caller, May};
pub use policy::{Reach, Role};
pub use standing::account_facts;
pub use whoever::{Holder, has_holder, is_about, is_one_with};
