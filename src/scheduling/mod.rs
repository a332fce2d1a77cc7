//! One engine for everything booked: services as data, slots by rule, claims that judge every race,
//! holds, bookings, waiting lists, and the conflicts that closures and changed hours leave behind.

pub mod availability;
pub mod bookings;
pub mod claims;
pub mod conflicts;
mod holds;
pub mod ical;
pub mod plan;
mod plans;
mod routes;
pub mod services;
mod suspensions;
mod waitlist;

use std::sync::Arc;

use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::vault::Vault;
use crate::calendar::Moment;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use bookings::acts::Wish;
use bookings::model::Booking;
use plan::{Seat, Slot};
pub use plans::{Plans, changed as plan_changed, find_service, save_service};

/// Registers the domain's operations.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(routes::list_services)
        .service(routes::get_service)
        .service(routes::update_service)
        .service(routes::list_slots)
        .service(routes::explain_slot)
        .service(holds::create_hold)
        .service(holds::delete_hold)
        .service(bookings::lookup::look_up_booking)
        .service(bookings::routes::create_booking)
        .service(bookings::routes::list_bookings)
        .service(bookings::routes::reschedule_booking)
        .service(bookings::routes::cancel_booking)
        .service(bookings::routes::check_in_booking)
        .service(bookings::routes::complete_booking)
        .service(bookings::routes::mark_booking_no_show)
        .service(bookings::routes::get_booking)
        .service(ical::get_booking_calendar)
        .service(ical::create_calendar_token)
        .service(ical::get_my_calendar)
        .service(waitlist::join_waitlist)
        .service(waitlist::list_waitlist)
        .service(waitlist::leave_waitlist)
        .service(conflicts::list_booking_conflicts);
}

/// Puts the first services into an empty store.
pub fn seed(tx: &mut Tx, now: Moment) -> Result<()> {
    plans::seed(tx, now)
}

/// Whether holds, offers or rests have run out.
pub fn has_expired(conn: &mut Conn, now: Moment) -> Result<bool> {
    Ok(claims::any_expired(conn, now)? || waitlist::any_expired(conn, now)?)
}

/// Lets what has run out go on: offers to the next in line, the rest to everyone.
pub fn sweep(tx: &mut Tx, now: Moment) -> Result<()> {
    waitlist::pass_on(tx, now)?;
    holds::forget_expired(tx, now)?;
    claims::forget_expired(tx, now)?;
    Ok(())
}

/// What a service of its own kind adds to a booking; registered by its domain at the start.
pub trait Specialty: Send + Sync {
    /// Code of the service.
    fn service(&self) -> &'static str;
    /// Checks and completes the answers of a new booking.
    fn check(&self, answers: serde_json::Value) -> Result<serde_json::Value>;
    /// What of the answers is kept with the booking.
    fn kept(&self, answers: &serde_json::Value) -> serde_json::Value;
    /// Which seats the person may have.
    fn fit(&self, tx: &mut Tx, vault: &Vault, slot: &Slot, wish: &Wish) -> Result<Fit>;
    /// Keeps what belongs to the service.
    fn booked(&self, tx: &mut Tx, vault: &Vault, booking: &Booking, answers: &serde_json::Value) -> Result<()>;
    /// Follows a booking that has moved.
    fn moved(&self, tx: &mut Tx, booking: &Booking) -> Result<()>;
}

/// Seats that a specialty rules out for one person.
#[derive(Debug, Default)]
pub struct Fit {
    barred: Vec<String>,
    refusal: Option<Error>,
}

impl Fit {
    /// Bars resources; the refusal is given when nothing else is left.
    pub fn barring(barred: Vec<String>, refusal: Error) -> Self {
        let refusal = (!barred.is_empty()).then_some(refusal);
        Self { barred, refusal }
    }

    pub fn admits(&self, seat: &Seat) -> bool {
        !self.barred.contains(&seat.resource)
    }

    pub fn refusal(self) -> Option<Error> {
        self.refusal
    }
}

/// The specialties of this build.
#[derive(Clone, Default)]
pub struct Specialties(Vec<Arc<dyn Specialty>>);

impl Specialties {
    pub fn new(all: Vec<Arc<dyn Specialty>>) -> Self {
        Self(all)
    }

    fn of(&self, service: &str) -> Option<&dyn Specialty> {
        self.0.iter().find(|s| s.service() == service).map(|s| &**s)
    }

    /// Checks the answers; services without a specialty take none.
    pub fn check(&self, service: &str, answers: Option<serde_json::Value>) -> Result<serde_json::Value> {
        let answers = answers.unwrap_or_else(|| serde_json::json!({}));
        match self.of(service) {
            Some(specialty) => specialty.check(answers),
            None if answers == serde_json::json!({}) => Ok(answers),
            None => Err(Error::field(
                "/answers",
                "unknown_field",
                crate::error::Text::new("此服務無須填寫 answers", "this service asks for no answers"),
            )),
        }
    }

    pub fn kept(&self, service: &str, answers: &serde_json::Value) -> serde_json::Value {
        self.of(service).map_or_else(|| answers.clone(), |s| s.kept(answers))
    }

    pub fn fit(&self, tx: &mut Tx, vault: &Vault, slot: &Slot, wish: &Wish) -> Result<Fit> {
        self.of(&slot.service_code).map_or_else(|| Ok(Fit::default()), |s| s.fit(tx, vault, slot, wish))
    }

    pub fn booked(&self, tx: &mut Tx, vault: &Vault, booking: &Booking, answers: &serde_json::Value) -> Result<()> {
        self.of(&booking.service_code).map_or(Ok(()), |s| s.booked(tx, vault, booking, answers))
    }

    pub fn moved(&self, tx: &mut Tx, booking: &Booking) -> Result<()> {
        self.of(&booking.service_code).map_or(Ok(()), |s| s.moved(tx, booking))
    }
}
