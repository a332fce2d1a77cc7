//! The caller, and the policy that says who may do what.

mod caller;
pub mod kin;
mod may;
pub mod policy;
pub mod protection;
pub mod standing;
pub mod whoever;

pub use caller::{AccountFacts, By, Caller};
pub use may::May;
pub use policy::{Reach, Role};
pub use standing::account_facts;
pub use whoever::{Holder, Involved, has_holder, is_one_with};
