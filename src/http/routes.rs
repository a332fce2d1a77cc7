//! The addresses that the office answers, as the contract writes them.

use std::collections::HashMap;

use actix_web::dev::ResourceDef;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, PathItem, RefOr};

/// One address: how it is written, and the methods that it answers.
struct Address {
    pattern: ResourceDef,
    methods: Vec<&'static str>,
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
        let mut routes: Vec<_> = contract.paths.paths.iter().map(|(path, item)| (path, methods_of(item))).collect();
        // `/things/{id}:act` before `/things/{id}`, which would match it too.
        routes.sort_by_key(|(path, _)| !path.rsplit('/').next().unwrap_or("").contains(':'));
        let pages = pages.map(|page| (page, vec!["GET", "HEAD"]));
        let all = routes.into_iter().map(|(path, methods)| (path.as_str(), methods)).chain(pages);
        let addresses: Vec<_> = all.map(|(path, methods)| Address { pattern: ResourceDef::new(path), methods }).collect();
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

fn query_parameters(operation: &Operation) -> Vec<String> {
    let all = operation.parameters.iter().flatten();
    let named = all.filter_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name.clone()),
        _ => None,
    });
    named.collect()
}
