//! The audit log over HTTP: who did or read what, and the proof that no line was changed.

mod end;
mod policy;
mod routes;
mod store;

pub use end::broken_near_end;

use crate::domain::{Domain, Operations};

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some(("Audit", "Who did or read what, when, from where and why; append-only and hash-chained.")),
    policy: policy::LINES,
    seed: store::seal_purposes,
    routes,
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations.service(routes::verify_audit_log).service(routes::list_audit_log);
}
