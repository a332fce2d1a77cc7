//! An application made of domains: its node, and what answers requests. The server and the tests use the same.

use std::sync::Arc;

use actix_cors::Cors;
use actix_web::App;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use utoipa::openapi::OpenApi;

use crate::clock::Clock;
use crate::config::Config;
use crate::contract;
use crate::db::Db;
use crate::domain::{Domains, Operations};
use crate::edge;
use crate::node::Node;
use crate::secrets::keys::KeyStore;
use crate::secrets::vault::Vault;

/// A node with the parts that its domains keep in memory; `contract` is what these domains make.
pub fn node(
    domains: Domains,
    contract: &Arc<OpenApi>,
    config: Config,
    db: Db,
    clock: Clock,
    vault: Arc<Vault>,
    keys: KeyStore,
) -> Node {
    let contract = contract::served(domains, contract, config.public_url.as_deref());
    let mut node = Node::new(config, db, clock, vault, keys, contract);
    node.give(domains);
    for domain in domains.iter() {
        (domain.parts)(&mut node);
    }
    node
}

/// The application of a node.
pub fn app(
    node: Data<Node>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let (domains, cors) = (*node.part::<Domains>(), cors(&node.config));
    let app = App::new().app_data(node).configure(|config| domains.routes(Operations::Answered(config)));
    let app = domains.pages().fold(app, |app, (address, page)| app.route(address, page()));
    app.default_service(web::to(edge::unknown_address)).wrap(cors).wrap(from_fn(edge::edge))
}

fn cors(config: &Config) -> Cors {
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let cors = Cors::default()
        .allowed_methods(methods)
        .allowed_headers([
            "authorization",
            "content-digest",
            "content-type",
            "accept-language",
            "idempotency-key",
            "if-match",
            "if-none-match",
            "if-range",
            "range",
            "traceparent",
            "upload-complete",
            "upload-offset",
            "upload-secret",
            "x-request-id",
        ])
        .expose_headers(edge::EXPOSED)
        .max_age(3600);
    config.cors_origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
