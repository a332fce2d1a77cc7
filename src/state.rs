//! What one node shares among its requests.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ResourceDef;
use utoipa::openapi::{OpenApi, PathItem};

use crate::auth::keys::KeyStore;
use crate::auth::vault::Vault;
use crate::calendar::Clock;
use crate::cases::CaseTypes;
use crate::config::{Config, Switch};
use crate::consultations::LegalConsultation;
use crate::db::Db;
use crate::http::{Limits, Memory, Outbound, metrics::Metrics};
use crate::scheduling::{Plans, Specialties};

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
    /// The contract as text, made once.
    pub contract: String,
}

impl State {
    pub fn new(config: Config, db: Db, clock: Clock, vault: Vault, keys: KeyStore, contract: &OpenApi) -> Self {
        let plans = Plans::new(config.hours.clone());
        let specialties = Specialties::new(vec![Arc::new(LegalConsultation)]);
        let outbound = Outbound::new(&config.outbound_allow, Duration::from_secs(config.outbound_timeout_seconds));
        let on = config.rate_limit == Switch::On;
        Self {
            db,
            clock,
            limits: Limits::new(on.then_some(config.rate_limit_per_minute), on.then_some(config.login_limit_per_minute)),
            config: Arc::new(config),
            vault: Arc::new(vault),
            keys,
            plans,
            specialties,
            case_types: CaseTypes::default(),
            outbound,
            metrics: Metrics::new(),
            memory: Memory::default(),
            routes: Routes::of(contract),
            contract: contract.to_pretty_json().expect("the contract is plain data"),
        }
    }
}

/// The contract's addresses and their methods, to tell a wrong method from a wrong address.
pub struct Routes(Vec<(ResourceDef, Vec<&'static str>)>);

impl Routes {
    fn of(contract: &OpenApi) -> Self {
        let mut routes: Vec<_> = contract.paths.paths.iter().map(|(path, item)| (path, methods_of(item))).collect();
        // `/things/{id}:act` before `/things/{id}`, which would match it too.
        routes.sort_by_key(|(path, _)| !path.rsplit('/').next().unwrap_or("").contains(':'));
        Self(routes.into_iter().map(|(path, methods)| (ResourceDef::new(path.as_str()), methods)).collect())
    }

    /// Methods that the address answers; empty for an address that is not ours.
    pub fn methods(&self, path: &str) -> Vec<&'static str> {
        self.0.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, methods)| methods.clone()).unwrap_or_default()
    }
}

fn methods_of(item: &PathItem) -> Vec<&'static str> {
    [
        ("GET", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, has)| has.then_some(name))
    .collect()
}
