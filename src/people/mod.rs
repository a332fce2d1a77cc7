//! People: their numbers, how they are reached, and how they are shown to those who need not know all.

pub mod address_signs;
mod apart;
pub mod capacity;
pub mod chosen;
mod claims;
pub mod consents;
mod contact;
pub mod contacts;
mod dealings;
pub mod differences;
pub mod dwelling;
pub mod facts;
pub mod found_by;
pub mod holding;
mod id_number;
mod identifier;
pub mod in_person;
mod input;
pub mod joins;
pub mod likeness;
mod masking;
mod model;
pub mod names;
pub mod numbers;
mod organisations;
pub mod overruled;
pub mod papers;
mod phone;
mod policy;
pub mod problems;
pub mod protection;
mod reason;
mod records;
mod routes;
mod said;
mod shown;
pub mod store;
mod text;
mod townships;
pub mod wards;

pub use contact::{Email, Phone};
pub use contacts::{Contact, ContactChange, RevealedContact, ShownContact};
pub use holding::Lapses;
pub use id_number::{IdNumber, IdNumberError, Sex};
pub use identifier::Identifier;
pub use input::{PersonInput, Representative};
pub use masking::{mask_email, mask_name, mask_numbers};
pub use reason::{OptionalReason, Reason};
pub use said::{ONLY_HUMAN, OtherIdentity, Unidentified, mask_said, only_number, searched};
pub use shown::KnownBy;
pub use text::{Address, Label, Name, Note, RomanisedName, Words};
pub use townships::{Township, is_own_township, is_village, village_name};

use crate::clock::Moment;
use crate::db::{Texts, Tx};
use crate::domain::{Domain, Operations, schema};
use crate::error::Result;
use crate::secrets::vault::Vault;

/// Fills in what is known of people of before there were facts, what finds them and the papers of their joins, and what is told of
/// their guardianships.
fn fill(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<()> {
    facts::fill(tx, vault, now)?;
    joins::fill(tx, vault)?;
    found_by::fill(tx, vault, now)?;
    protection::fill(tx, vault)?;
    wards::fill(tx, vault, now)
}

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some(("People", "What is known of people, with its sources; settled by a paper.")),
    policy: policy::LINES,
    acts: &[model::PersonAct::TABLE, protection::model::MarkAct::TABLE],
    problems: problems::CODES,
    routes,
    schemas: &[schema::<chosen::PersonCandidate>],
    seed: fill,
    sealed: &[Texts::of("person_joins", "reason"), Texts::of("person_joins", "part_reason"), Texts::of("facts", "struck_why")],
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::search_people)
        .service(routes::settle_person)
        .service(routes::list_facts)
        .service(records::join_person)
        .service(records::part_person)
        .service(records::strike_document)
        .service(protection::routes::list_protection_marks)
        .service(protection::routes::create_protection_mark)
        .service(protection::routes::reveal_protection_mark)
        .service(protection::routes::confirm_protection_mark)
        .service(protection::routes::lift_protection_mark)
        .service(protection::routes::keep_protection_mark)
        .service(protection::routes::update_protection_mark)
        .service(protection::routes::get_protection_mark)
        .service(records::get_person);
}
