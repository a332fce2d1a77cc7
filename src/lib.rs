//! Huzheng (戶政): an open API for a household registration office.
//!
//! The rooms: `settings` reads what the operator sets, `config` holds it; `db` keeps the data on SQLite or PostgreSQL; `error` is the one
//! problem document; `auth` knows the caller and the policy; `http` is what all operations share on the wire;
//! `calendar` counts days; `contract` is the OpenAPI document; every other folder is a domain of the office.

pub mod accounts;
pub mod agencies;
pub mod audit;
pub mod auth;
pub mod calendar;
pub mod cases;
pub mod certificates;
pub mod config;
pub mod consultations;
pub mod contract;
pub mod db;
pub mod demo;
pub mod error;
pub mod exchange;
pub mod http;
pub mod office;
pub mod office_days;
pub mod people;
pub mod quality;
pub mod scheduling;
#[rustfmt::skip]
mod schema;
pub mod settings;
pub mod start;
pub mod state;
pub mod states;

use actix_cors::Cors;
use actix_web::App;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

use state::State;

/// Every route with its documentation.
fn routes(routes: &mut ServiceConfig) {
    routes
        .configure(office::routes)
        .configure(accounts::routes)
        .configure(office_days::routes)
        .configure(scheduling::routes)
        .configure(consultations::routes)
        .configure(cases::routes)
        .configure(certificates::routes)
        .configure(quality::routes)
        .configure(agencies::routes)
        .configure(exchange::routes)
        .configure(audit::routes);
}

/// The contract as the handlers tell it.
pub fn contract() -> OpenApi {
    let (_, api) = App::new().into_utoipa_app().openapi(contract::frame()).configure(routes).split_for_parts();
    contract::complete(api)
}

/// The application: used by the server and by the tests alike.
pub fn app(
    state: Data<State>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let cors = cors(&state);
    let (app, _) = App::new().into_utoipa_app().configure(routes).split_for_parts();
    app.app_data(state)
        .service(web::redirect("/docs", "/docs/"))
        .route("/docs/{file:.*}", web::get().to(office::documentation))
        .route("/", web::get().to(office::front_page))
        .route("/favicon.ico", web::get().to(office::icon))
        .default_service(web::to(http::unknown_address))
        .wrap(cors)
        .wrap(from_fn(http::edge))
}

fn cors(state: &State) -> Cors {
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let cors = Cors::default()
        .allowed_methods(methods)
        .allowed_headers([
            "authorization",
            "content-type",
            "accept-language",
            "idempotency-key",
            "if-match",
            "if-none-match",
            "traceparent",
            "x-request-id",
        ])
        .expose_headers([
            "allow",
            "content-language",
            "etag",
            "location",
            "retry-after",
            "idempotency-replayed",
            "ratelimit",
            "ratelimit-policy",
            "www-authenticate",
            "x-request-id",
        ])
        .max_age(3600);
    state.config.cors_origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
