//! Bookings: made, moved, cancelled, checked in; shown to their owners and to staff.

pub mod acts;
pub mod contact;
pub mod lookup;
pub mod model;
pub mod routes;
pub mod store;
pub mod turns;
pub mod view;
