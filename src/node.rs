//! What one node shares among its requests: its infrastructure, and the parts that domains keep in memory.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crate::clock::Clock;
use crate::config::{Config, Switch};
use crate::db::Db;
use crate::http::{Document, Limits, Memory, Outbound, Routes, metrics::Metrics};
use crate::secrets::keys::KeyStore;
use crate::secrets::vault::Vault;

/// One node: its store, clock, keys, settings and figures.
pub struct Node {
    pub db: Db,
    pub clock: Clock,
    pub config: Arc<Config>,
    pub vault: Arc<Vault>,
    pub keys: KeyStore,
    pub limits: Limits,
    pub metrics: Metrics,
    /// Public answers, while nothing changes.
    pub memory: Memory,
    /// What goes out to other hosts.
    pub outbound: Outbound,
    pub contract: Contract,
    /// The node has been told to stop: every answer is the last one on its connection.
    pub stopping: AtomicBool,
    /// How many it has given since.
    pub last_answers: AtomicU64,
    parts: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
}

/// The contract as a node needs it.
pub struct Contract {
    pub routes: Routes,
    /// As it is given to clients.
    pub document: LazyDocument,
    /// The same for the documentation page.
    pub page: LazyDocument,
}

/// A document that is made once, by whoever asks first.
pub type LazyDocument = LazyLock<Document, Box<dyn FnOnce() -> Document + Send>>;

impl Node {
    /// A node without parts.
    pub fn new(config: Config, db: Db, clock: Clock, vault: Arc<Vault>, keys: KeyStore, contract: Contract) -> Self {
        let on = config.rate_limit == Switch::On;
        Self {
            db,
            clock,
            vault,
            keys,
            limits: Limits::new(on.then_some(config.rate_limit_per_minute), on.then_some(config.login_limit_per_minute)),
            metrics: Metrics::new(),
            memory: Memory::default(),
            outbound: Outbound::new(&config.outbound_allow, Duration::from_secs(config.outbound_timeout_seconds)),
            config: Arc::new(config),
            contract,
            stopping: AtomicBool::new(false),
            last_answers: AtomicU64::new(0),
            parts: HashMap::new(),
        }
    }

    /// Gives the node a part; a domain does so at the start.
    pub fn give<T: Any + Send + Sync>(&mut self, part: T) {
        self.parts.insert(TypeId::of::<T>(), Box::new(part));
    }

    /// A part to be filled by several domains.
    pub fn part_mut<T: Any + Send + Sync + Default>(&mut self) -> &mut T {
        let part = self.parts.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(T::default()));
        part.downcast_mut().expect("parts are kept by their type")
    }

    /// A part that a lower domain has given, for a higher one to add to.
    ///
    /// # Panics
    /// Where no domain has: a fault of ours, found by the first test.
    pub fn given<T: Any + Send + Sync>(&mut self) -> &mut T {
        let part = self.parts.get_mut(&TypeId::of::<T>()).and_then(|part| part.downcast_mut());
        part.unwrap_or_else(|| panic!("no domain gives the node a {}", type_name::<T>()))
    }

    /// A part, where a domain has given one.
    pub fn part_if_given<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.parts.get(&TypeId::of::<T>()).and_then(|part| part.downcast_ref())
    }

    /// A part that a domain has given to the node.
    ///
    /// # Panics
    /// Where no domain has: a fault of ours, found by the first test.
    pub fn part<T: Any + Send + Sync>(&self) -> &T {
        self.part_if_given().unwrap_or_else(|| panic!("no domain gives the node a {}", type_name::<T>()))
    }
}
