//! What one node shares among its requests.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::dev::ResourceDef;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, PathItem, RefOr};

use crate::auth::keys::KeyStore;
use crate::auth::vault::Vault;
use crate::calendar::Clock;
use crate::cases::CaseTypes;
use crate::config::{Config, Switch};
use crate::consultations::LegalConsultation;
use crate::db::Db;
use crate::http::{Document, Limits, Memory, Outbound, metrics::Metrics};
use crate::scheduling::{Plans, SchedulingSettings, Specialties};

/// One node: its store, clock, keys, settings and figures.
pub struct State {
    pub db: Db,
    pub clock: Clock,
    pub config: Arc<Config>,
    pub vault: Arc<Vault>,
    pub keys: KeyStore,
    pub limits: Limits,
    pub metrics: Metrics,
    /// Public answers, while nothing changes.
    pub memory: Memory,
    pub plans: Plans,
    pub specialties: Specialties,
    pub case_types: CaseTypes,
    /// What goes out to other hosts.
    pub outbound: Outbound,
    pub routes: Routes,
    /// The node has been told to stop: every answer is the last one on its connection.
    pub stopping: AtomicBool,
    /// How many it has given since.
    pub last_answers: AtomicU64,
    /// The contract as it is given to clients, made when it is first asked for.
    pub contract: Published,
    /// The same for the documentation page.
    pub contract_page: Published,
}

impl State {
    pub fn new(config: Config, db: Db, clock: Clock, vault: Vault, keys: KeyStore, contract: &OpenApi) -> Self {
        let plans = Plans::new(config.of::<SchedulingSettings>().hours(), db.failures());
        let specialties = Specialties::new(vec![Arc::new(LegalConsultation)]);
        let outbound = Outbound::new(&config.outbound_allow, Duration::from_secs(config.outbound_timeout_seconds));
        let on = config.rate_limit == Switch::On;
        let case_types = CaseTypes::new(db.failures());
        let public_url = config.public_url.clone();
        Self {
            db,
            clock,
            limits: Limits::new(on.then_some(config.rate_limit_per_minute), on.then_some(config.login_limit_per_minute)),
            config: Arc::new(config),
            vault: Arc::new(vault),
            keys,
            plans,
            specialties,
            case_types,
            outbound,
            metrics: Metrics::new(),
            memory: Memory::default(),
            routes: Routes::of(contract),
            stopping: AtomicBool::new(false),
            last_answers: AtomicU64::new(0),
            contract: published(contract.clone(), public_url.clone(), |contract| contract.to_json()),
            contract_page: published(contract.clone(), public_url, |contract| {
                serde_json::to_string(&crate::contract::for_page(contract))
            }),
        }
    }
}

/// A contract that is made once, by whoever asks first.
pub type Published = LazyLock<Document, Box<dyn FnOnce() -> Document + Send>>;

fn published(contract: OpenApi, public_url: Option<String>, text: fn(&OpenApi) -> serde_json::Result<String>) -> Published {
    LazyLock::new(Box::new(move || {
        let contract = crate::contract::published(contract, public_url.as_deref());
        Document::new("application/json", text(&contract).expect("the contract is plain data"))
    }))
}

/// The contract's addresses with their methods, and the query parameters of its operations.
pub struct Routes {
    addresses: Vec<(ResourceDef, Vec<&'static str>)>,
    /// Addresses without variable parts, which need no search.
    exact: HashSet<String>,
    parameters: HashMap<String, Vec<String>>,
}

/// Pages for people, which are no part of the contract: the front page and its icon, the documentation page and its files.
const PAGES: [&str; 3] = ["/", "/favicon.ico", "/docs/{file:.*}"];

impl Routes {
    fn of(contract: &OpenApi) -> Self {
        let mut routes: Vec<_> = contract.paths.paths.iter().map(|(path, item)| (path, methods_of(item))).collect();
        // `/things/{id}:act` before `/things/{id}`, which would match it too.
        routes.sort_by_key(|(path, _)| !path.rsplit('/').next().unwrap_or("").contains(':'));
        let mut addresses: Vec<_> =
            routes.into_iter().map(|(path, methods)| (ResourceDef::new(path.as_str()), methods)).collect();
        addresses.extend(PAGES.map(|page| (ResourceDef::new(page), vec!["GET", "HEAD"])));
        let operations = contract.paths.paths.values().flat_map(operations_of).map(|(_, operation)| operation);
        let parameters = operations.map(|o| (o.operation_id.clone().unwrap_or_default(), query_parameters(o))).collect();
        let exact = contract.paths.paths.keys().filter(|path| !path.contains('{')).cloned().collect();
        Self { addresses, exact, parameters }
    }

    /// Query parameters of an operation.
    pub fn parameters(&self, operation: &str) -> &[String] {
        self.parameters.get(operation).map_or(&[], Vec::as_slice)
    }

    /// The address as the contract writes it, without anybody's ids.
    pub fn pattern(&self, path: &str) -> Option<&str> {
        let searched = || self.addresses.iter().find(|(pattern, _)| pattern.is_match(path));
        self.exact.get(path).map(String::as_str).or_else(|| searched()?.0.pattern())
    }

    /// Methods that the address answers; empty for an address that is not ours.
    pub fn methods(&self, path: &str) -> Vec<&'static str> {
        self.addresses.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, methods)| methods.clone()).unwrap_or_default()
    }
}

fn operations_of(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("PATCH", &item.patch), ("DELETE", &item.delete)]
        .into_iter()
        .filter_map(|(name, operation)| operation.as_ref().map(|operation| (name, operation)))
}

/// Whoever may GET may ask for the head alone.
fn methods_of(item: &PathItem) -> Vec<&'static str> {
    operations_of(item).flat_map(|(name, _)| if name == "GET" { vec!["GET", "HEAD"] } else { vec![name] }).collect()
}

fn query_parameters(operation: &Operation) -> Vec<String> {
    let all = operation.parameters.iter().flatten();
    let named = all.filter_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name.clone()),
        _ => None,
    });
    named.collect()
}
