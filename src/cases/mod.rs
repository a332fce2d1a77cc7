//! Registration cases, the office's core work: types as data, intake, one-time notices, review by another person,
//! corrections with their record book, clocks and queues.

mod about;
mod acting;
mod acts;
mod adopting;
pub mod again;
mod ages;
mod allowed;
mod applicants;
mod awaited;
mod beside;
mod births;
mod book;
mod calls;
pub mod capacity;
pub mod case;
mod certifiable;
mod certified;
mod chain;
mod change_hints;
mod change_list;
mod change_papers;
mod changes;
mod check;
mod circumstances;
mod clock;
mod contact;
mod contradictions;
mod correctable;
mod corrected;
mod corrections;
mod counter;
mod decisions;
mod descent;
mod duplicates;
mod effects;
pub mod entitlement;
mod entries;
pub mod errors;
mod ex_officio;
mod faces;
mod family;
mod fees;
pub mod fields;
mod former_names;
mod frame;
mod given_once;
mod grounds;
mod guarded;
mod heads;
mod hints;
mod history;
mod households;
mod in_person;
mod in_want;
mod initial;
mod input;
mod intake;
mod joined;
mod jurisdiction;
mod kindred;
mod kinship;
mod life;
mod lineup;
pub mod lineups;
mod listing;
mod mails;
pub mod mandates;
mod marriage_forms;
mod marriages;
mod meant;
mod moved_seals;
mod named;
mod names_once;
mod nationals;
mod notices;
pub mod online;
mod outside;
mod own_rules;
mod own_words;
mod parents;
mod parting;
mod place;
mod policy;
mod posthumous;
mod problems;
mod proposed;
pub mod protected;
mod queues;
mod recount;
mod register;
mod reinstatements;
mod relations;
pub mod representation;
mod residence;
mod resting;
mod restore;
mod returns;
mod reviews;
mod revocations;
mod rights;
mod routes;
mod seals;
mod settings;
mod shown_fields;
mod sights;
mod span;
pub mod states;
mod status;
mod stepchildren;
pub mod store;
mod summary;
mod surnames;
mod telling;
mod together;
pub mod types;
mod unnamed_spouse;
mod view;
mod voided;
mod wedlock;
mod who_applies;

use chrono::NaiveDate;

use crate::agencies;
use crate::auth::Mandates;
use crate::clock::Moment;
use crate::db::{Conn, Mode, Texts, Tx};
use crate::domain::{Domain, Operations, Timer, Turn, schema};
use crate::error::Result;
use crate::mail::Matters;
use crate::people::Lapses;
use crate::secrets::vault::Vault;
use crate::settings::Settings;
pub use about::enters;
pub use acts::{require_applicant, submit};
pub use allowed::allowed;
pub use beside::{all_closed, is_closed, require_open};
pub use book::line_identity;
use case::Case;
pub use certifiable::{MARRIAGE_UNKNOWN, SecondLook, is_recorded, require_entered, require_held, require_here, second_look};
pub use changes::{ChangeKind, ChangeStatus, require_settled};
pub use counter::{letter_ended, own_type, require_uninvolved, take};
pub use entries::{revoked_of, standing_of};
pub use fees::fee;
pub use given_once::{FirstAsked, require_first};
pub use households::says_where;
pub use input::CaseInput;
pub use intake::letter_flaw;
pub use outside::{closed_cases, kept_from};
pub use parting::applied_online;
pub use policy::CreateAgencyNotice;
use queues::{any_untold, tell};
pub use recount::{MovedDeadline, recount};
pub use register::{require_strong_log_in, word};
pub use reinstatements::child as child_of;
pub use reviews::pass;
pub use seals::{had_seal, require_seal};
pub use settings::CaseSettings;
use states::CaseAct;
pub use telling::agencies_told;
use types::model::CaseType;
pub use types::store::CaseTypes;
use view::NotificationView;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Cases",
        "Registrations, cards and certificates: types as data, intake, one-time notices, review, corrections, queues.",
    )),
    policy: policy::LINES,
    acts: &[states::CaseAct::TABLE],
    problems: problems::CODES,
    schemas: &[schema::<contradictions::Contradiction>],
    settings: Some(CaseSettings::TABLE),
    routes,
    follow_part: parting::follow_part,
    judge_join: joined::judge_join,
    judge_part: joined::judge_part,
    follow_join: seals::follow_join,
    calls: calls::of_day,
    involved: calls::involved,
    unseen: outside::unseen,
    deals_with: store::deals_with,
    seed,
    timers: &[Timer { name: "cases", seconds: 5, turn: Turn::Sweep { due: any_untold, sweep: tell, mode: Mode::Shared } }],
    parts: |node| {
        node.give(CaseTypes::new(node.db.failures()));
        let told = node.part_mut::<Mandates>();
        told.add(mandates::of_caller);
        told.tell_consents(representation::told_of_consent);
        node.part_mut::<Matters>().add(mails::MATTER);
        node.part_mut::<Lapses>().add(rights::lapsed);
    },
    sealed: &[
        Texts::of("cases", "proxy"),
        Texts::of("cases", "registered_area"),
        Texts::of("case_history", "reason").by(&["case_id", "line"]),
        Texts::of("case_changes", "reason"),
        Texts::of("case_reviews", "findings"),
        Texts::of("maintenance_records", "reason").by(&["roc_year", "number"]),
        Texts::of("one_time_notices", "items").by(&["case_id"]),
        Texts::of("one_time_notices", "new_fact").by(&["case_id"]),
        Texts::of("one_time_notices", "givings").by(&["case_id"]),
    ],
    ..Domain::EMPTY
};

/// The first types, what a store of before must become, and by what its cases are found.
fn seed(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<()> {
    moved_seals::restore(tx, vault, now)?;
    types::store::seed(tx, vault, now)?;
    own_words::fill(tx, vault, now)?;
    certified::fill(tx, vault, now)?;
    heads::fill(tx, vault, now)
}

fn routes(operations: &mut Operations) {
    operations
        .service(types::routes::list_case_types)
        .service(types::routes::get_case_type)
        .service(types::routes::list_case_type_versions)
        .service(types::routes::update_case_type)
        .service(check::check_case)
        .service(routes::search_cases)
        .service(routes::create_case)
        .service(routes::list_cases)
        .service(routes::reveal_case)
        .service(acts::accept_case)
        .service(acts::submit_case)
        .service(acts::withdraw_case)
        .service(returns::recall_case)
        .service(returns::reopen_case)
        .service(acts::refuse_case)
        .service(acts::assign_case)
        .service(acts::approve_case_proxy)
        .service(changes::correct_case)
        .service(changes::revoke_case)
        .service(reinstatements::reinstate_case)
        .service(decisions::approve_case_change)
        .service(decisions::reject_case_change)
        .service(decisions::withdraw_case_change)
        .service(change_list::list_case_changes)
        .service(book::reveal_maintenance_record)
        .service(reviews::create_review)
        .service(reviews::list_reviews)
        .service(notices::routes::give_notice)
        .service(notices::routes::receive_paper)
        .service(notices::routes::get_notice)
        .service(notices::routes::get_notice_text)
        .service(notices::routes::get_notice_pdf)
        .service(history::get_case_history)
        .service(history::get_case_clock)
        .service(queues::list_queues)
        .service(contact::change_case_contact)
        .service(contact::reveal_case_contact)
        .service(routes::update_case)
        .service(routes::get_case);
}

/// The day on which notices of a case should go out: that of its registration.
pub fn notices_due_on(case: &Case) -> Option<NaiveDate> {
    case.registered_at.map(crate::clock::Moment::date)
}

/// Who must hear of a registered case, on the person's consent.
fn notification(conn: &mut Conn, case: &Case, case_type: &CaseType) -> Result<Option<NotificationView>> {
    let standing = CaseAct::Notify.after(case.status).is_some();
    let (Some(trigger), Some(due_on), true) = (case_type.rules.notification_trigger, notices_due_on(case), standing) else {
        return Ok(None);
    };
    Ok(Some(NotificationView { trigger, agencies: agencies::store::hearing(conn, trigger)?, due_on }))
}
