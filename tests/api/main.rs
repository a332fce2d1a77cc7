//! The suite: black-box over HTTP against the real application, on SQLite or, with TEST_DATABASE_URL, PostgreSQL.

mod audit;
mod bookings;
mod calendar;
mod canary;
mod case_desk;
mod case_effects;
mod case_intake;
mod cases;
mod certificates;
mod consultations;
mod contract;
mod exchange;
mod identity;
mod process;
mod promises;
mod quality;
mod races;
mod receiver;
mod rooms;
mod support;
mod wire;
