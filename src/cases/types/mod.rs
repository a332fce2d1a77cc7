//! Case types as data: what the office registers and issues, in versions with a first day.

pub mod alternatives;
pub mod by_law;
pub mod checklist;
pub mod model;
pub mod reference;
pub mod routes;
pub mod store;
