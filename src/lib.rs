//! Huzheng (戶政): an open API for a household registration office.
//!
//! Modules stand on floors, and every import goes down; `tests/api/rooms.rs` lists the floors and holds each file to
//! them. From the bottom: `characters`, `clock`, `error` and `schema`; `db` keeps the data on SQLite or PostgreSQL;
//! `calendar` counts days, `settings` reads what the operator sets and `config` holds it, `secrets` keeps keys, tokens
//! and personal data; `http` is what all operations share on the wire, `charts` draws figures; `node` is what one process shares; `auth` knows
//! the caller and the policy; `domain` says what a domain is and `states` what can be done with its records; `contract` is the OpenAPI document, `edge` what happens
//! around every request, `app` the application that they make. Then come the domains of the office, one folder each,
//! listed in `domains`; above them `demo` and `start`.

// An example of the contract is one literal.
#![recursion_limit = "256"]
// What cannot fail is shown by its type, and what can is answered; tests may unwrap.
#![warn(clippy::unwrap_used)]

pub mod accounts;
pub mod agencies;
pub mod app;
pub mod audit;
pub mod auth;
pub mod calendar;
pub mod calls;
pub mod cases;
pub mod certificates;
mod characters;
pub mod charts;
pub mod clock;
pub mod config;
pub mod consultations;
pub mod contract;
pub mod db;
pub mod demo;
pub mod digests;
pub mod domain;
pub mod domains;
pub mod edge;
pub mod error;
pub mod exchange;
pub mod http;
pub mod improvements;
pub mod inquiries;
pub mod mail;
pub mod node;
pub mod office;
pub mod office_days;
pub mod outgoing_letters;
pub mod people;
pub mod petitions;
pub mod print;
pub mod quality;
pub mod retention;
pub mod scheduling;
#[rustfmt::skip]
mod schema;
pub mod secrets;
pub mod settings;
pub mod start;
pub mod states;
pub mod surveys;
pub mod uploads;
pub mod volunteers;
