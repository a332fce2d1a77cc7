//! The contract: what the handlers say of themselves, plus what holds for every operation.
//! Security, preconditions, retries and refusals follow from the policy and from the operation's shape.

mod implied;
mod members;
mod page;
mod parameters;
mod problems;
mod schemas;
mod sharing;
mod who;

use std::collections::BTreeSet;
use std::sync::Arc;

use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes, SecurityScheme};
use utoipa::openapi::{OpenApi, Server};

use crate::domain::{Domains, Operations};
use crate::error::ALLOWED_ACTION;
use crate::http::{Document, Routes};
use crate::node::{Contract, LazyDocument};
pub use page::for_page;
pub use parameters::{IdInPath, IfMatchHeader};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Huzheng 戶政",
        version = "0.2.0",
        description = include_str!("contract.md"),
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        contact(name = "Hemei Household Registration Office 彰化縣和美戶政事務所")
    ),
    servers((url = "/", description = "The office that serves this document"))
)]
struct Frame;

/// The contract of an application: what the handlers of its domains tell, and what holds for all of them.
pub fn of(domains: Domains) -> OpenApi {
    let mut api = frame(domains);
    domains.routes(Operations::Told(&mut api));
    complete(api, domains)
}

/// The contract as a node needs it.
pub fn served(domains: Domains, contract: &Arc<OpenApi>, public_url: Option<&str>) -> Contract {
    let routes = Routes::new(contract, domains.pages().map(|(address, _)| address));
    let later = |text: fn(&OpenApi) -> serde_json::Result<String>| {
        let (contract, public_url) = (Arc::clone(contract), public_url.map(ToOwned::to_owned));
        let make = move || {
            let published = published(domains, &contract, public_url.as_deref());
            Document::new("application/json", text(&published).expect("the contract is plain data"))
        };
        LazyDocument::new(Box::new(make))
    };
    let page = later(|contract| serde_json::to_string(&for_page(contract)));
    Contract { routes, document: later(OpenApi::to_json), page }
}

/// The frame into which the router collects the handlers.
fn frame(domains: Domains) -> OpenApi {
    let mut api = Frame::openapi();
    api.tags = Some(domains.tags());
    let components = api.components.get_or_insert_default();
    components.schemas.extend(domains.schemas());
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("Access token from POST /v1/auth/login: RFC 9068, ES256, at most 15 minutes."))
        .build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let scopes: Scopes = Scopes::from_iter(scopes_in_words(domains));
    let clients = Flow::ClientCredentials(ClientCredentials::new("/v1/oauth/token", scopes));
    let page = Flow::Password(Password::new("/v1/oauth/token", Scopes::new()));
    let words = "Integration clients: `client_credentials` with name and secret. The documentation page alone: user name and password, with `client_id` and `client_secret` left empty; programs log in by POST /v1/auth/login.";
    components.add_security_scheme("oauth2", SecurityScheme::OAuth2(OAuth2::with_description([clients, page], words)));
    api
}

fn scopes_in_words(domains: Domains) -> Vec<(String, String)> {
    let mut scopes: Vec<&str> = domains.policy().map(|line| line.scope).filter(|scope| !scope.is_empty()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    let word = |scope: &str| {
        let (what, how) = scope.split_once('.').unwrap_or((scope, ""));
        let how = match how {
            "read" => "Read",
            "approve" => "Approve",
            _ => "Create and change",
        };
        format!("{how}: {what}")
    };
    scopes.into_iter().map(|scope| (scope.to_owned(), word(scope))).collect()
}

/// Adds to every operation what its shape and the policy imply.
fn complete(mut api: OpenApi, domains: Domains) -> OpenApi {
    let codes = domains.problems();
    for (path, item) in &mut api.paths.paths {
        let has_path_parameter = path.contains('{');
        for (method, operation) in operations(item) {
            let id = operation.operation_id.clone().unwrap_or_default();
            let line = domains.policy().find(|line| line.operation == id);
            let line = line.unwrap_or_else(|| panic!("{id} is in no line of the policy"));
            let acts =
                domains.acts().flat_map(|table| table.acts).filter(|act| act.operation.is_some_and(|of| of.operation == id));
            let description = operation.description.get_or_insert_default();
            description.push_str(&format!("\n\n{}", who::may(line, &acts.collect::<Vec<_>>())));
            implied::add(operation, method, line, has_path_parameter, &codes);
        }
    }
    let components = api.components.get_or_insert_default();
    schemas::write_out_flattened(&mut components.schemas);
    schemas::refer_to_items(&mut components.schemas);
    schemas::share_pages(&mut components.schemas);
    problems::add(components, &codes);
    components.schemas.insert(ALLOWED_ACTION.to_owned(), schemas::allowed_action(domains));
    components.headers = implied::headers().into_iter().map(|(name, header)| (name.to_owned(), header.into())).collect();
    members::say_presence(&mut api);
    schemas::free_bodies(&mut api);
    schemas::files(&mut api);
    let text = serde_json::to_string(&api).expect("the contract is plain data");
    if let Some(components) = &mut api.components {
        let named = text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next());
        let named: BTreeSet<&str> = named.collect();
        components.schemas.retain(|name, _| named.contains(name.as_str()));
    }
    api
}

/// The contract as it is given to clients: what operations have in common is written once, and `server` is where they
/// find the office; by default where they found the document.
pub fn published(domains: Domains, api: &OpenApi, server: Option<&str>) -> OpenApi {
    let mut api = api.clone();
    if let Some(server) = server {
        api.servers = Some(vec![Server::new(server)]);
    }
    sharing::share(&mut api, &domains.problems());
    api
}

/// The contract as a file that people can review: indented, with what fits there on one line.
pub fn text(api: &OpenApi) -> String {
    let pretty = api.to_pretty_json().expect("the contract is plain data");
    let (mut lines, mut open): (Vec<String>, Vec<usize>) = Default::default();
    for line in pretty.lines() {
        lines.push(line.to_owned());
        // A text ends with its quotation mark: these are the brackets of objects and lists.
        if line.ends_with(['{', '[']) {
            open.push(lines.len() - 1);
        } else if line.trim_start().starts_with(['}', ']']) {
            let start = open.pop().expect("each closing bracket has its opening one");
            let whole = on_one_line(&lines[start..]);
            if whole.chars().count() <= WIDTH {
                lines.truncate(start);
                lines.push(whole);
            }
        }
    }
    lines.join("\n") + "\n"
}

/// A bracket, what is in it, and the bracket that closes it.
fn on_one_line(lines: &[String]) -> String {
    let mut whole = lines[0].clone();
    for (n, line) in lines.iter().enumerate().skip(1) {
        if n > 1 && n < lines.len() - 1 {
            whole.push(' ');
        }
        whole.push_str(line.trim_start());
    }
    whole
}

/// Longest line that is made of several.
const WIDTH: usize = 130;

/// The operations of one address with their methods.
pub fn operations(item: &mut PathItem) -> Vec<(&'static str, &mut Operation)> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    [("GET", get), ("POST", post), ("PUT", put), ("PATCH", patch), ("DELETE", delete)]
        .into_iter()
        .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
        .collect()
}
