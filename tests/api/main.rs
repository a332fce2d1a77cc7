//! The suite: black-box over HTTP against the real application, on SQLite or, with TEST_DATABASE_URL, PostgreSQL.

mod accounts;
mod audit;
mod bookings;
mod calendar;
mod canary;
mod case_desk;
mod case_effects;
mod case_intake;
mod cases;
mod certificates;
mod conflicts;
mod consultations;
mod contract;
mod edge;
mod exchange;
mod identity;
mod oauth;
mod process;
mod promises;
mod quality;
mod queue;
mod races;
mod receiver;
mod rooms;
mod support;
mod wire;
