//! Shifts of volunteers: who is needed where and when; made one by one, from templates over the office's days, or imported, and all of it
//! taken back.

mod acts;
mod batches;
mod changing;
pub mod days;
mod generating;
mod importing;
pub mod model;
mod policy;
mod problems;
mod routes;
pub mod store;
mod template_routes;
mod templates;
pub mod view;

use crate::domain::{Domain, Operations};

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Shifts",
        "Shifts of volunteers: needs by skill, templates, generation over the office's days, imports with a preview, and batches that are undone.",
    )),
    policy: policy::LINES,
    acts: &[model::ShiftAct::TABLE, templates::ShiftTemplateAct::TABLE, batches::ShiftBatchAct::TABLE],
    routes,
    problems: problems::CODES,
    follow_days: days::follow,
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::list_shifts)
        .service(routes::create_shift)
        .service(generating::generate_shifts)
        .service(importing::import_shifts)
        .service(batches::undo_shift_batch)
        .service(routes::list_shift_history)
        .service(changing::update_shift)
        .service(acts::delete_shift)
        .service(acts::cancel_shift)
        .service(acts::restore_shift)
        .service(routes::get_shift)
        .service(template_routes::list_shift_templates)
        .service(template_routes::create_shift_template)
        .service(template_routes::update_shift_template)
        .service(template_routes::end_shift_template)
        .service(template_routes::resume_shift_template)
        .service(template_routes::get_shift_template)
        .service(batches::list_shift_batches)
        .service(batches::get_shift_batch);
}
