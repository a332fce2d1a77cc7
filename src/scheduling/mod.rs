//! One engine for everything booked: services as data, slots by rule, claims that judge every race,
//! holds, bookings, waiting lists, and the conflicts that closures and changed hours leave behind.

mod accepting;
mod applicants;
pub mod availability;
pub mod bookings;
mod calls;
pub mod claims;
pub mod conflicts;
mod deaths;
pub mod freed;
mod holds;
pub mod ical;
mod kept;
mod leaving;
mod offers;
pub mod plan;
mod plans;
mod policy;
pub mod problems;
mod reserves;
pub mod roster;
mod routes;
pub mod rules;
mod searches;
pub mod services;
mod settings;
mod specialties;
mod suspensions;
mod waitlist;

use crate::clock::Moment;
use crate::db::Texts;
use crate::db::{Conn, Mode, Tx};
use crate::domain::{Domain, Operations, Timer, Turn};
use crate::error::Result;
use crate::node::Node;
use crate::settings::Settings;
pub use plans::{Plans, changed as plan_changed, find_service, save_service};
pub use settings::SchedulingSettings;
pub use specialties::{Asker, Context, Fit, Specialties, Specialty, publish_answers};

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some(("Booking", "Slots, holds, bookings and the waiting list: one engine for everything booked.")),
    policy: policy::LINES,
    acts: &[bookings::model::BookingAct::TABLE, waitlist::WaitAct::TABLE],
    problems: problems::CODES,
    settings: Some(SchedulingSettings::TABLE),
    routes,
    schemas: &[roster::Staffing::places, specialties::no_answers],
    seed: plans::seed,
    follow_case: deaths::follow_case,
    follow_join: deaths::follow_join,
    calls: calls::of_day,
    // Alone: it owns the days of many slots, one after another, and would lock out bookings that own them in their order.
    timers: &[Timer { name: "scheduling", seconds: 5, turn: Turn::Sweep { due: has_expired, sweep, mode: Mode::Alone } }],
    parts: |node| {
        node.give(Plans::new(node.config.of::<SchedulingSettings>().hours(), node.db.failures()));
        node.part_mut::<Specialties>();
    },
    sealed: &[Texts::of("booking_history", "reason").by(&["booking_id", "line"])],
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::list_services)
        .service(routes::get_service)
        .service(routes::update_service)
        .service(routes::list_slots)
        .service(routes::explain_slot)
        .service(holds::create_hold)
        .service(holds::get_hold)
        .service(holds::delete_hold)
        .service(bookings::lookup::look_up_booking)
        .service(bookings::routes::create_booking)
        .service(bookings::routes::list_bookings)
        .service(searches::search_bookings)
        .service(bookings::routes::reschedule_booking)
        .service(bookings::routes::cancel_booking)
        .service(bookings::routes::reinstate_booking)
        .service(bookings::routes::check_in_booking)
        .service(bookings::routes::complete_booking)
        .service(bookings::routes::mark_booking_no_show)
        .service(bookings::routes::take_back_booking)
        .service(bookings::contact::change_booking_contact)
        .service(bookings::contact::reveal_booking_contact)
        .service(bookings::routes::get_booking)
        .service(ical::get_booking_calendar)
        .service(ical::create_calendar_token)
        .service(ical::get_my_calendar)
        .service(waitlist::join_waitlist)
        .service(waitlist::list_waitlist)
        .service(searches::search_waitlist)
        .service(accepting::accept_waitlist_offer)
        .service(accepting::decline_waitlist_offer)
        .service(accepting::change_waitlist_contact)
        .service(accepting::reveal_waitlist_contact)
        .service(leaving::give_up_waitlist_place)
        .service(leaving::reinstate_waitlist_entry)
        .service(waitlist::get_waitlist_entry)
        .service(leaving::leave_waitlist)
        .service(conflicts::list_booking_conflicts);
}

/// Whether holds, offers or rests have run out.
fn has_expired(conn: &mut Conn, _: &Node, now: Moment) -> Result<bool> {
    Ok(claims::any_expired(conn, now)? || !offers::expired(conn, now)?.is_empty() || !offers::past(conn, now)?.is_empty())
}

/// Lets what has run out go on: to the first who waits, the rest to everyone.
fn sweep(tx: &mut Tx, node: &Node, now: Moment) -> Result<()> {
    let plan = node.part::<Plans>().at(tx)?;
    freed::sweep(tx, &Context::of(node, &plan), now)
}
