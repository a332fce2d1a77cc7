//! Petitions and their replies made ready for publication (政府資訊公開法 §18): without what tells who petitions or whom they concern, written by
//! one, published by another, read by all by a key of their own.

mod acts;
mod finding;
mod follow;
mod model;
mod policy;
mod problems;
mod public;
mod redacting;
mod routes;
mod source;
mod store;
mod view;

use crate::db::Texts;
use crate::domain::{Domain, Operations, schema};
pub use follow::follow;
pub use store::forget;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Published petitions",
        "Petitions with their replies as the public reads them: names, numbers, addresses and ways to reach somebody are hidden.",
    )),
    policy: policy::LINES,
    acts: &[model::PublicationAct::TABLE],
    problems: problems::CODES,
    schemas: &[schema::<model::PublicationGround>, schema::<model::PublicationStatus>],
    routes,
    unseen: store::unseen,
    nameless: store::nameless,
    sealed: &[Texts::of("petition_publications", "reason")],
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(public::list_published_petitions)
        .service(public::get_published_petition)
        .service(routes::list_petition_publications)
        .service(routes::create_petition_publication)
        .service(acts::publish_petition_publication)
        .service(acts::withdraw_petition_publication)
        .service(acts::update_petition_publication)
        .service(routes::get_petition_publication);
}
