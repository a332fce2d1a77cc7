//! The addresses that the office answers, as the contract writes them.

use std::collections::{HashMap, HashSet};

use actix_web::dev::ResourceDef;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, PathItem, RefOr};

/// The contract's addresses with their methods, and the query parameters of its operations.
pub struct Routes {
    addresses: Vec<(ResourceDef, Vec<&'static str>)>,
    /// Addresses without variable parts, which need no search.
    exact: HashSet<String>,
    parameters: HashMap<String, Vec<String>>,
}

impl Routes {
    /// Of the contract, and of pages for people, which are no part of it.
    pub fn new(contract: &OpenApi, pages: impl Iterator<Item = &'static str>) -> Self {
        let mut routes: Vec<_> = contract.paths.paths.iter().map(|(path, item)| (path, methods_of(item))).collect();
        // `/things/{id}:act` before `/things/{id}`, which would match it too.
        routes.sort_by_key(|(path, _)| !path.rsplit('/').next().unwrap_or("").contains(':'));
        let mut addresses: Vec<_> =
            routes.into_iter().map(|(path, methods)| (ResourceDef::new(path.as_str()), methods)).collect();
        addresses.extend(pages.map(|page| (ResourceDef::new(page), vec!["GET", "HEAD"])));
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
