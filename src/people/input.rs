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

identified! {
    /// The legal representative, guardian or assistant who consents by the `representative_paper`: a human.
    pub struct Representative as RepresentativeBody {
        pub name: Name,
        /// Of several people who truly have that number and name the one who is meant, as `candidates` of `ambiguous_person` lists
        /// them.
        pub person_id: Option<Id>,
    }
}

impl Representative {
    /// As it is kept, sealed: name and number.
    pub fn kept(&self) -> (String, String) {
        (self.name.as_str().to_owned(), self.national_id.expose())
    }
}
