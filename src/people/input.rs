//! People as callers name them.

use super::Name;
use crate::identified;

identified! {
    /// Somebody who has no account: named by a clerk or a proxy who acts for them.
    pub struct PersonInput as PersonBody {
        /// Full name as in the household register.
        pub name: Name,
    }
}
