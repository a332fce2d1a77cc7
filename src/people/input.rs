//! People as callers name them.

use super::Name;
use crate::db::Id;
use crate::identified;

identified! {
    /// Somebody who has no account: named by a clerk or a proxy who acts for them.
    pub struct PersonInput as PersonBody {
        /// Full name as in the household register.
        pub name: Name,
        /// Of several people who truly have that number and name the one who is meant, as `candidates` of `ambiguous_person` lists
        /// them; by a clerk at the counter alone.
        pub person_id: Option<Id>,
    }
}
