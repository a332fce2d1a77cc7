//! What services of their own kind add to booking, and the context of every act.

use std::sync::Arc;

use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};

use super::bookings::model::Booking;
use super::plan::{Plan, Seat, Slot};
use crate::db::{Conn, Id, Tx};
use crate::domain::{Schemas, schema};
use crate::error::{Error, Problem, Result, Text};
use crate::node::Node;
use crate::secrets::vault::Vault;

/// For whom a seat is looked for.
#[derive(Clone, Copy, Debug)]
pub enum Asker<'a> {
    /// A person, with the answers where they are known yet.
    Person(Id, Option<&'a serde_json::Value>),
    /// The person of a booking, with what was answered then.
    Booking(Id),
}

/// What a service of its own kind adds to a booking; registered by its domain at the start.
pub trait Specialty: Send + Sync {
    /// Code of the service.
    fn service(&self) -> &'static str;
    /// Checks and completes the answers of a new booking.
    fn check(&self, answers: serde_json::Value) -> Result<serde_json::Value>;
    /// What of the answers is kept with the booking.
    fn stored(&self, answers: &serde_json::Value) -> serde_json::Value;
    /// Which seats the asker must not have. To whoever is no staff a seat that is barred is as one that is taken: why it is would tell
    /// what others have booked.
    fn fit(&self, conn: &mut Conn, vault: &Vault, asker: Asker<'_>) -> Result<Fit>;
    /// Keeps what belongs to the service.
    fn booked(&self, tx: &mut Tx, vault: &Vault, booking: &Booking, answers: &serde_json::Value) -> Result<()>;
    /// Follows a booking that has moved.
    fn moved(&self, tx: &mut Tx, booking: &Booking) -> Result<()>;
    /// Follows a booking of which something was taken back.
    fn taken_back(&self, tx: &mut Tx, booking: &Booking) -> Result<()>;
}

/// Seats that a specialty rules out for one asker.
#[derive(Debug, Default)]
pub struct Fit {
    barred: Vec<String>,
    cause: Option<Problem>,
}

impl Fit {
    /// Bars resources, none of them perhaps; staff are told the cause where nothing else is left.
    pub fn barring(barred: Vec<String>, cause: Problem) -> Self {
        Self { barred, cause: Some(cause) }
    }

    pub fn admits(&self, seat: &Seat) -> bool {
        !self.barred.contains(&seat.resource)
    }

    /// Why nothing is given, where these are the seats that are left.
    pub fn cause<'s>(&self, mut left: impl Iterator<Item = &'s Seat>) -> Option<Problem> {
        self.cause.clone().filter(|_| left.any(|seat| !self.admits(seat)))
    }
}

/// The specialties of this build.
#[derive(Clone, Default)]
pub struct Specialties {
    all: Vec<Arc<dyn Specialty>>,
    join_address: Option<fn(Id) -> String>,
}

impl Specialties {
    pub fn add(&mut self, specialty: Arc<dyn Specialty>) {
        self.all.push(specialty);
    }

    /// Says where the link of a booked video meeting is to be had.
    pub fn join_at(&mut self, address: fn(Id) -> String) {
        self.join_address = Some(address);
    }

    pub fn join_url(&self, booking: Id) -> Option<String> {
        self.join_address.map(|address| address(booking))
    }

    pub fn of(&self, service: &str) -> Option<&dyn Specialty> {
        self.all.iter().find(|s| s.service() == service).map(|s| &**s)
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
                Text::new("此服務無須填寫 answers", "this service asks for no answers"),
            )),
        }
    }

    /// Refuses answers that no service takes, before it is known which of them asks.
    pub fn check_shape(&self, answers: Option<&serde_json::Value>) -> Result<()> {
        let Some(answers) = answers.filter(|answers| **answers != serde_json::json!({})) else { return Ok(()) };
        let mut refusal = Ok(());
        for specialty in &self.all {
            match specialty.check(answers.clone()) {
                Ok(_) => return Ok(()),
                Err(error) => refusal = refusal.and(Err(error)),
            }
        }
        refusal
    }

    pub fn stored(&self, service: &str, answers: &serde_json::Value) -> serde_json::Value {
        self.of(service).map_or_else(|| answers.clone(), |s| s.stored(answers))
    }

    pub fn booked(&self, tx: &mut Tx, vault: &Vault, booking: &Booking, answers: &serde_json::Value) -> Result<()> {
        self.of(&booking.service_code).map_or(Ok(()), |s| s.booked(tx, vault, booking, answers))
    }

    pub fn moved(&self, tx: &mut Tx, booking: &Booking) -> Result<()> {
        self.of(&booking.service_code).map_or(Ok(()), |s| s.moved(tx, booking))
    }

    pub fn taken_back(&self, tx: &mut Tx, booking: &Booking) -> Result<()> {
        self.of(&booking.service_code).map_or(Ok(()), |s| s.taken_back(tx, booking))
    }
}

const ANSWERS: &str = "BookingAnswers";

/// What a booking answers: its schema follows from the domains, see [`publish_answers`].
pub fn answers() -> Ref {
    Ref::from_schema_name(ANSWERS)
}

/// The answers where no service asks for any.
pub fn no_answers(all: &mut Schemas) {
    let nothing = ObjectBuilder::new().max_properties(Some(0)).description(Some("The service asks nothing."));
    let one_of = OneOfBuilder::new().item(nothing).description(Some("What the service asks; most ask nothing."));
    all.push((ANSWERS.to_owned(), Schema::from(one_of.build()).into()));
}

/// Adds what a specialty asks to the answers that a booking can have.
pub fn publish_answers<T: ToSchema>(all: &mut Schemas) {
    for (name, known) in all.iter_mut() {
        if name == ANSWERS
            && let RefOr::T(Schema::OneOf(answers)) = known
        {
            answers.items.insert(0, Ref::from_schema_name(T::name()).into());
        }
    }
    schema::<T>(all);
}

/// What every act needs to know.
pub struct Context<'a> {
    pub plan: &'a Plan,
    pub vault: &'a Vault,
    pub specialties: &'a Specialties,
}

impl<'a> Context<'a> {
    pub fn of(node: &'a Node, plan: &'a Plan) -> Self {
        Self { plan, vault: &node.vault, specialties: node.part() }
    }

    /// Makes whoever else acts on the days of these slots wait: who may have a seat, and to whom one goes that comes free,
    /// hangs on what is booked, kept and awaited that day. A specialty's rules look beyond the day, at all its bookings.
    pub fn own_days(&self, tx: &mut Tx, slots: &[&Slot]) -> Result<()> {
        let mut names = Vec::new();
        for slot in slots {
            let group = self.plan.service(&slot.service_code).and_then(|(_, rule)| rule.one_per_day_group.as_deref());
            names.push(format!("bookings/{}/{}", group.unwrap_or(&slot.service_code), slot.starts_at.date()));
            if self.specialties.of(&slot.service_code).is_some() {
                names.push(format!("bookings/{}", slot.service_code));
            }
        }
        tx.own(names)
    }

    /// Which seats of a service the asker must not have.
    pub fn fit(&self, conn: &mut Conn, service: &str, asker: Asker<'_>) -> Result<Fit> {
        self.specialties.of(service).map_or_else(|| Ok(Fit::default()), |s| s.fit(conn, self.vault, asker))
    }
}
