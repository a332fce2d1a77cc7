//! Accounts, log-ins, integration clients and letters of proxy.

mod attempts;
mod begun;
mod calls;
mod choice;
mod client_acts;
mod client_store;
mod clients;
mod discovery;
pub mod external;
mod families;
mod holder;
mod identity;
mod identity_codes;
mod letter_consents;
mod letter_parting;
mod letter_status;
mod letters;
mod links;
mod log_ins;
mod me;
mod model;
mod oauth;
mod passwords;
mod policy;
mod problems;
mod proof_documents;
mod proofs;
mod registration;
mod requests;
mod resets;
mod roles;
mod sessions;
mod settings;
pub mod staff;
mod store;
mod user_acts;
mod users;
mod view;

use crate::clock::Moment;
use crate::db::Texts;
use crate::db::{Mode, Tx};
use crate::domain::{Domain, Operations, Timer, Turn};
use crate::error::Result;
use crate::secrets::vault::Vault;
use crate::settings::Settings;
pub use begun::{level_under, require_paper};
pub use choice::{Owner, hash_password};
pub use client_store::{NewClient, create as add_client};
pub use holder::{NamedHolder, names_behind, sealed as seal_holder};
pub use letters::{ProxyScope, insert as insert_letter, names_of, proxies};
pub use links::{end_everything, make_calendar, of_calendar};
pub use model::{Duty, NewAccount};
pub use proof_documents::IdentityPaper;
pub use proofs::{IdentityLevel, insert_proof};
pub use settings::AccountSettings;
pub use store::{create, id_of, may_work_at, name_holder, replace_password};

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some(("Identity", "Log-in, tokens, accounts, integration clients and letters of proxy.")),
    policy: policy::LINES,
    acts: &[model::AccountAct::TABLE, model::ClientAct::TABLE, proofs::ProofAct::TABLE, letter_status::LetterAct::TABLE],
    problems: problems::CODES,
    follow_part: letter_parting::follow_part,
    follow_strike: proofs::follow_strike,
    calls: calls::of_day,
    involved: calls::involved,
    settings: Some(AccountSettings::TABLE),
    routes,
    seed,
    timers: &[
        Timer {
            name: "accounts",
            seconds: 60,
            turn: Turn::Sweep { due: attempts::any_over, sweep: attempts::forget, mode: Mode::Shared },
        },
        Timer {
            name: "password_resets",
            seconds: 60,
            turn: Turn::Sweep { due: resets::any_over, sweep: resets::forget, mode: Mode::Shared },
        },
    ],
    sealed: &[
        Texts::of("accounts", "name"),
        Texts::of("accounts", "requested_name").sealed_as("name"),
        Texts::of("identity_proofs", "undo_reason"),
    ],
    ..Domain::EMPTY
};

/// What accounts of before must become.
fn seed(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<()> {
    proofs::declare_unproven(tx, vault, now)?;
    holder::fill(tx, vault)?;
    roles::part_administrators(tx, now)
}

fn routes(operations: &mut Operations) {
    operations
        .service(sessions::login)
        .service(sessions::refresh_login)
        .service(sessions::logout)
        .service(passwords::change_password)
        .service(resets::create_password_reset)
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
        .service(user_acts::approve_user)
        .service(user_acts::reject_user)
        .service(user_acts::suspend_user)
        .service(user_acts::reinstate_user)
        .service(user_acts::reset_user_password)
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
