//! Log-in and proof of identity through an external provider, by OpenID Connect, where one is set up.

mod attempts;
mod complete;
mod id_token;
mod links;
mod policy;
mod problems;
mod provider;
mod settings;
mod start;
mod strength;

use crate::db::Mode;
use crate::domain::{Domain, Timer, Turn};
use crate::settings::Settings;
pub use settings::ExternalSettings;
pub use strength::require_strong_log_in;

/// The domain; it writes in the chapter of identity.
pub static DOMAIN: Domain = Domain {
    policy: policy::LINES,
    problems: problems::CODES,
    settings: Some(ExternalSettings::TABLE),
    routes: |operations| _ = operations.service(start::start_external).service(complete::complete_external),
    timers: &[Timer {
        name: "external",
        seconds: 60,
        turn: Turn::Sweep { due: attempts::any_over, sweep: attempts::forget, mode: Mode::Shared },
    }],
    parts: |node| node.give(provider::Provider::default()),
    ..Domain::EMPTY
};
