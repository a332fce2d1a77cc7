//! The suite: black-box over HTTP against the real application, on SQLite or, with TEST_DATABASE_URL, PostgreSQL.

mod audit;
mod bookings;
mod calendar;
mod canary;
mod cases;
mod certificates;
mod chaos;
mod consultations;
mod contract;
mod deliveries;
mod exchange;
mod identity;
mod process;
mod promises;
mod quality;
mod races;
mod receipts;
mod receiver;
mod rooms;
mod support;
mod wire;
