//! People: their numbers, how they are reached, and how they are shown to those who need not know all.

mod contact;
mod id_number;
mod input;
mod masking;
pub mod names;
mod phone;
pub mod store;
mod text;

pub use contact::{Email, Phone};
pub use id_number::{IdNumber, IdNumberError, Sex};
pub use input::PersonInput;
pub use masking::{mask_email, mask_name};
pub use text::{Address, Label, Name, Note, is_village};
