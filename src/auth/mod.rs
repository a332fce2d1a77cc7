//! The caller, and the policy that says who may do what.

mod caller;
pub mod deciders;
pub mod hands;
pub mod kin;
mod mandates;
mod may;
mod namesakes;
pub mod policy;
pub mod protection;
pub mod standing;
mod told;
pub mod whoever;

pub use caller::{AccountFacts, By, Caller};
pub use mandates::{Consent, Mandates};
pub use may::May;
pub use policy::{Reach, Role};
pub use standing::account_facts;
pub use told::{STAFF, WITHHELD, told};
pub use whoever::{Holder, Involved, has_holder, is_one_with};
