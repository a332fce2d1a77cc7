//! Surveys of opinion and satisfaction (民眾意見調查、滿意度調查): forms that two people make, tokens, answers that nothing joins to
//! whoever gave them, and results in which nobody can be found.

mod acts;
mod answer;
mod answering;
mod choices;
mod counting;
mod demo;
mod form;
mod invitations;
mod model;
mod page;
mod policy;
mod problems;
mod results;
mod routes;
mod served;
mod settings;
mod shown;
mod store;
pub mod suppression;
mod sweep;
mod tokens;
mod view;

use actix_web::web;

use crate::db::Mode;
use crate::domain::{Domain, Operations, Timer, Turn};
use crate::mail::Matters;
use crate::settings::Settings;
pub use settings::SurveySettings;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Surveys",
        "Surveys of opinion and satisfaction: forms, tokens, anonymous answers, results in which nobody can be found.",
    )),
    policy: policy::LINES,
    acts: &[model::SurveyAct::TABLE],
    settings: Some(SurveySettings::TABLE),
    problems: problems::CODES,
    routes,
    pages: &[("/surveys/answer", || web::get().to(page::page))],
    demo: demo::seed,
    timers: &[Timer {
        name: "surveys",
        seconds: 60,
        turn: Turn::Sweep { due: sweep::any_due, sweep: sweep::sweep, mode: Mode::Alone },
    }],
    parts: |node| node.part_mut::<Matters>().add(invitations::MATTER),
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::list_surveys)
        .service(routes::create_survey)
        .service(acts::open_survey)
        .service(acts::close_survey)
        .service(acts::reopen_survey)
        .service(acts::pause_survey_invitations)
        .service(acts::resume_survey_invitations)
        .service(acts::archive_survey)
        .service(acts::restore_survey)
        .service(tokens::issue_survey_tokens)
        .service(tokens::draw_survey_token)
        .service(answering::answer_survey)
        .service(answering::enter_paper_answer)
        .service(choices::choose_survey_invitations)
        .service(choices::note_survey_choice)
        .service(shown::get_survey_results)
        .service(shown::list_survey_texts)
        .service(routes::get_survey)
        .service(routes::update_survey);
}
