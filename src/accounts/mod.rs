//! Accounts, log-ins, integration clients and letters of proxy.

mod attempts;
mod choice;
mod client_acts;
mod client_store;
mod clients;
mod discovery;
pub mod external;
mod families;
mod identity;
mod letters;
mod links;
mod log_ins;
mod me;
mod model;
mod oauth;
mod passwords;
mod policy;
mod problems;
mod proofs;
mod registration;
mod requests;
mod sessions;
mod settings;
mod store;
mod users;
mod view;

use crate::db::Mode;
use crate::domain::{Domain, Operations, Timer, Turn};
use crate::settings::Settings;
pub use choice::{Owner, hash_password};
pub use client_store::{NewClient, create as add_client};
pub use letters::{ProxyScope, insert as insert_letter};
pub use links::{end_everything, make_calendar, of_calendar};
pub use model::NewAccount;
pub use proofs::insert_proof;
pub use settings::AccountSettings;
pub use store::{create, id_of, may_work_at, replace_password};

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some(("Identity", "Log-in, tokens, accounts, integration clients and letters of proxy.")),
    policy: policy::LINES,
    acts: &[model::AccountAct::TABLE, model::ClientAct::TABLE, proofs::ProofAct::TABLE],
    problems: problems::CODES,
    settings: Some(AccountSettings::TABLE),
    routes,
    seed: proofs::declare_unproven,
    timers: &[Timer {
        name: "accounts",
        seconds: 60,
        turn: Turn::Sweep { due: attempts::any_over, sweep: attempts::forget, mode: Mode::Shared },
    }],
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(sessions::login)
        .service(sessions::refresh_login)
        .service(sessions::logout)
        .service(passwords::change_password)
        .service(registration::register_citizen)
        .service(me::get_me)
        .service(log_ins::end_other_sessions)
        .service(log_ins::end_session)
        .service(log_ins::list_sessions)
        .service(oauth::issue_client_token)
        .service(oauth::revoke_token)
        .service(oauth::introspect_token)
        .service(discovery::list_signing_keys)
        .service(discovery::get_authorization_server)
        .service(identity::create_identity_code)
        .service(identity::undo_identity_proof)
        .service(identity::create_identity_proof)
        .service(identity::list_identity_proofs)
        .service(identity::get_identity_proof)
        .service(users::approve_user)
        .service(users::reject_user)
        .service(users::suspend_user)
        .service(users::reinstate_user)
        .service(users::reset_user_password)
        .service(users::list_users)
        .service(users::create_user)
        .service(users::get_user)
        .service(users::update_user)
        .service(client_acts::rotate_client_secret)
        .service(client_acts::approve_client)
        .service(client_acts::reject_client)
        .service(client_acts::revoke_client)
        .service(clients::list_clients)
        .service(clients::create_client_route)
        .service(clients::get_client)
        .service(clients::update_client)
        .service(letters::revoke_letter_of_proxy)
        .service(letters::get_letter_of_proxy)
        .service(letters::list_letters_of_proxy)
        .service(letters::create_letter_of_proxy);
}
