//! The office's days over HTTP: the calendar, closures with their undo, days set by hand, previews of deadlines.

mod routes;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the domain's operations.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(routes::list_calendar_days)
        .service(routes::set_calendar_day)
        .service(routes::create_closure)
        .service(routes::delete_closure)
        .service(routes::preview_deadline);
}
