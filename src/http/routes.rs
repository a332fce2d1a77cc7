//! The addresses that the office answers, as the contract writes them.

use std::collections::HashMap;

use actix_web::dev::ResourceDef;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, PathItem, RefOr};

use super::body::is_streamed;

/// One address: how it is written, and the methods that it answers.
struct Address {
    pattern: ResourceDef,
    methods: Vec<&'static str>,
    /// Those of them whose bodies go to the operation as they come.
    streams: Vec<&'static str>,
}

/// The contract's addresses with their methods, and the query parameters of its operations.
pub struct Routes {
    addresses: Vec<Address>,
    /// Places of the addresses without variable parts, which need no search.
    exact: HashMap<String, usize>,
    parameters: HashMap<String, Vec<String>>,
}

impl Routes {
    /// Of the contract, and of pages for people, which are no part of it.
    pub fn new(contract: &OpenApi, pages: impl Iterator<Item = &'static str>) -> Self {
        let mut routes: Vec<_> =
            contract.paths.paths.iter().map(|(path, item)| (path, methods_of(item), streams_of(item))).collect();
        // `/things/{id}:act` before `/things/{id}`, which would match it too.
        routes.sort_by_key(|(path, ..)| !path.rsplit('/').next().unwrap_or("").contains(':'));
        let pages = pages.map(|page| (page, vec!["GET", "HEAD"], Vec::new()));
        let all = routes.into_iter().map(|(path, methods, streams)| (path.as_str(), methods, streams)).chain(pages);
        let address = |(path, methods, streams)| Address { pattern: ResourceDef::new::<&str>(path), methods, streams };
        let addresses: Vec<_> = all.map(address).collect();
        let operations = contract.paths.paths.values().flat_map(operations_of).map(|(_, operation)| operation);
        let parameters = operations.map(|o| (o.operation_id.clone().unwrap_or_default(), query_parameters(o))).collect();
        let written =
            addresses.iter().enumerate().filter_map(|(place, address)| Some((address.pattern.pattern()?.to_owned(), place)));
        let exact = written.filter(|(path, _)| !path.contains('{')).collect();
        Self { addresses, exact, parameters }
    }

    /// Query parameters of an operation.
    pub fn parameters(&self, operation: &str) -> &[String] {
        self.parameters.get(operation).map_or(&[], Vec::as_slice)
    }

    fn find(&self, path: &str) -> Option<&Address> {
        let searched = || self.addresses.iter().find(|address| address.pattern.is_match(path));
        self.exact.get(path).map(|place| &self.addresses[*place]).or_else(searched)
    }

    /// The address as the contract writes it, without anybody's ids.
    pub fn pattern(&self, path: &str) -> Option<&str> {
        self.find(path)?.pattern.pattern()
    }

    /// Whether the body of a request goes to its operation as it comes.
    pub fn streams(&self, method: &str, path: &str) -> bool {
        self.find(path).is_some_and(|address| address.streams.contains(&method))
    }

    /// Methods that the address answers; empty for an address that is not ours.
    pub fn methods(&self, path: &str) -> &[&'static str] {
        self.find(path).map_or(&[], |address| &address.methods)
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

/// Methods whose bodies are contents and no text of ours.
fn streams_of(item: &PathItem) -> Vec<&'static str> {
    let takes = |operation: &Operation| match &operation.request_body {
        Some(RefOr::T(body)) => body.content.keys().any(|kind| is_streamed(kind)),
        _ => false,
    };
    operations_of(item).filter(|(_, operation)| takes(operation)).map(|(name, _)| name).collect()
}

fn query_parameters(operation: &Operation) -> Vec<String> {
    let all = operation.parameters.iter().flatten();
    let named = all.filter_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name.clone()),
        _ => None,
    });
    named.collect()
}
