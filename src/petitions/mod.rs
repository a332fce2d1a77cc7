//! Petitions (人民陳情): taken from anybody, handled within their limits, kept from whom they concern.

mod acting;
mod adoption;
mod alike;
mod attachments;
mod bodies;
mod called;
mod calls;
mod concerns;
mod confirmation;
mod correcting;
mod counting;
mod custody;
mod demo;
mod entering;
mod erasing;
mod extension;
mod filing;
mod ground;
mod group;
mod handling;
mod heard;
mod indexing;
mod intake;
mod judging;
mod letters;
mod listing;
mod mails;
mod marks;
mod merging;
mod model;
mod moving;
mod naming;
mod outcomes;
mod periods;
mod petitioners;
mod policy;
pub mod publications;
mod readers;
mod recounting;
mod redirecting;
mod replies;
mod routes;
mod satisfaction;
mod searching;
mod settings;
mod settled;
mod sight;
mod signs;
mod similar;
pub mod sources;
mod splitting;
mod steps;
mod store;
mod supplements;
mod surveyed;
mod telling;
mod tellings;
mod timers;
mod told;
mod tracking;
mod undoing;
mod veil;
mod view;
mod whom;
mod words;

use actix_web::web;

use crate::db::{Mode, Texts};
use crate::domain::{Domain, Operations, Timer, Turn, schema};
use crate::mail::Matters;
use crate::retention::Keepers;
use crate::settings::Settings;
use crate::uploads::Holders;
pub use acting::conflict;
pub use adoption::tell as tell_of_adoption;
pub use concerns::{ConcernInput, ConcernView, name_staff, read as read_concerns};
pub use counting::{Counted, CountedPetition, PetitionPeriod, adopted, first_received, last_acts, still_open, touching};
pub use erasing::{bound_by_open, with_source};
pub use indexing::keep_up;
pub use intake::{PetitionInput, PetitionTaken, is_reachable};
pub use listing::summaries;
pub use model::{PetitionChannel, PetitionKind, PetitionLanguage, PetitionStatus, PetitionTopic, ToldBy};
pub use naming::take_over as concern_also;
pub use petitioners::{Petitioner, PetitionerInput};
pub use satisfaction::{Rated, rated};
pub use settings::{PetitionSettings, limit};
pub use sight::{Sight, is_open_to, kept_from_some, known, seen, standing_for, together, veiled};
pub use store::{Concern, points_in, who_stands};
pub use surveyed::{Answered, answered_within, is_answered};
pub use view::PetitionSummary;
pub use words::folded;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Petitions",
        "Petitions (人民陳情): intake by anybody, handling and reply within the limits, kept from whom they concern.",
    )),
    policy: policy::LINES,
    acts: &[model::PetitionAct::TABLE],
    settings: Some(PetitionSettings::TABLE),
    schemas: &[schema::<model::PetitionQueue>],
    routes,
    pages: &[("/petitions/confirm", || web::get().to(confirmation::page))],
    demo: demo::seed,
    timers: &[
        Timer {
            name: "petitions",
            seconds: 5,
            turn: Turn::Sweep { due: timers::any_due, sweep: timers::work_off, mode: Mode::Shared },
        },
        Timer { name: "petition_words", seconds: 5, turn: Turn::Work(indexing::keep_up) },
    ],
    recount: recounting::recount,
    calls: calls::of_day,
    follow_call: calls::follow,
    involved: calls::involved,
    unseen: sight::unseen,
    parts: |node| {
        node.part_mut::<Matters>().add(mails::MATTER);
        node.part_mut::<Holders>().add(attachments::HOLDER);
        node.part_mut::<Keepers>().add(erasing::KEEPER);
    },
    nameless: sight::nameless,
    sealed: &[
        Texts::of("petition_history", "reason").by(&["petition_id", "line"]),
        Texts::of("petition_concerns", "words").by(&["petition_id", "place"]),
    ],
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(tracking::track_petition)
        .service(attachments::get_petition_attachment)
        .service(intake::create_petition)
        .service(routes::list_petitions)
        .service(routes::search_petitions)
        .service(entering::confirm_petition)
        .service(entering::sign_petition)
        .service(undoing::unsign_petition)
        .service(entering::screen_petition)
        .service(entering::assign_petition)
        .service(supplements::request_petition_supplement)
        .service(supplements::supplement_petition)
        .service(supplements::correct_petition_supplement_request)
        .service(supplements::strike_petition_supplement)
        .service(letters::note_petition_letters)
        .service(replies::draft_petition_reply)
        .service(replies::approve_petition_reply)
        .service(replies::reply_to_petition)
        .service(extension::extend_petition)
        .service(undoing::revoke_petition_extension)
        .service(moving::transfer_petition)
        .service(moving::transfer_petition_back)
        .service(moving::withdraw_petition)
        .service(moving::reopen_petition)
        .service(moving::close_petition)
        .service(moving::treat_petition_as_appeal)
        .service(filing::file_petition_without_reply)
        .service(merging::merge_petition)
        .service(merging::unmerge_petition)
        .service(splitting::split_petition)
        .service(routes::reveal_petition)
        .service(satisfaction::rate_petition)
        .service(routes::get_petition_history)
        .service(routes::get_petition_deadline)
        .service(similar::get_similar_petitions)
        .service(concerns::update_petition)
        .service(routes::get_petition);
}
