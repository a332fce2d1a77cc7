//! What many operations have in common, written once: equal parameters and refusals move to the components, under
//! names that come from what they are, and leave a reference behind.

use std::collections::BTreeMap;

use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::{OpenApi, Ref, RefOr, Required, Response};

use super::{operations, problems};
use crate::error::Code;

/// Shares what stands at least twice.
pub(super) fn share(api: &mut OpenApi, codes: &[Code]) {
    let (mut parameters, mut refusals) = (Equals::default(), Equals::default());
    for item in api.paths.paths.values_mut() {
        for (_, operation) in operations(item) {
            for parameter in operation.parameters.iter_mut().flatten() {
                parameters.meet(parameter, name_of_parameter);
            }
            for (status, response) in &mut operation.responses.responses {
                refusals.meet(response, |response| name_of_response(codes, status, response));
            }
        }
    }
    let components = api.components.get_or_insert_default();
    components.parameters = parameters.components("parameters");
    components.responses = refusals.components("responses");
}

/// Things met so far: by the name that each asks for, the different ones with the places where they stand.
struct Equals<'a, T>(BTreeMap<String, Vec<(T, Places<'a, T>)>>);

type Places<'a, T> = Vec<&'a mut RefOr<T>>;

impl<T> Default for Equals<'_, T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<'a, T: Clone + PartialEq + serde::Serialize> Equals<'a, T> {
    /// Notes where a thing stands; what asks for no name stays there.
    fn meet(&mut self, place: &'a mut RefOr<T>, name: impl Fn(&T) -> Option<String>) {
        let RefOr::T(thing) = &*place else { return };
        let (thing, Some(name)) = (thing.clone(), name(thing)) else { return };
        let same_name = self.0.entry(name).or_default();
        match same_name.iter_mut().find(|(known, _)| *known == thing) {
            Some((_, places)) => places.push(place),
            None => same_name.push((thing, vec![place])),
        }
    }

    /// The components, sorted by name; different things of one name are numbered in the order of their text.
    fn components(self, kind: &str) -> BTreeMap<String, RefOr<T>> {
        let mut components = BTreeMap::new();
        for (name, mut different) in self.0 {
            different.retain(|(_, places)| places.len() > 1);
            different.sort_by_cached_key(|(thing, _)| serde_json::to_string(thing).unwrap_or_default());
            for (number, (thing, places)) in (1..).zip(different) {
                let name = if number == 1 { name.clone() } else { format!("{name}{number}") };
                for place in places {
                    *place = RefOr::Ref(Ref::new(format!("#/components/{kind}/{name}")));
                }
                components.insert(name, thing.into());
            }
        }
        components
    }
}

/// `IfMatch`, `Cursor`, `Id`; `AgencyCode` where the description says "The agency's code."
fn name_of_parameter(parameter: &Parameter) -> Option<String> {
    let name = pascal(&parameter.name);
    let description = parameter.description.as_deref().unwrap_or_default();
    let owner = description.strip_prefix("The ").and_then(|rest| rest.split_once("'s ")).map(|(owner, _)| owner);
    let owner = owner.filter(|owner| owner.chars().all(|c| c.is_ascii_lowercase()));
    let required = parameter.required == Required::True;
    Some(match (&parameter.parameter_in, parameter.name.as_str()) {
        (ParameterIn::Header, "If-Match") => name,
        (ParameterIn::Query, "limit" | "include_total") if is_bounded(parameter) => format!("Bounded{name}"),
        (ParameterIn::Header | ParameterIn::Query, _) if required => format!("Required{name}"),
        (ParameterIn::Path, _) => format!("{}{name}", owner.map(pascal).unwrap_or_default()),
        _ => name,
    })
}

/// Whether the parameter pages a list that is given whole unless it is asked for in pages.
fn is_bounded(parameter: &Parameter) -> bool {
    let description = parameter.description.as_deref().unwrap_or_default();
    !description.contains("which takes longer") && !description.ends_with("the page.")
}

/// A refusal by its codes, `WrongStateOrOwnRequest`; what nearly every operation can answer by its status.
fn name_of_response(codes: &[Code], status: &str, response: &Response) -> Option<String> {
    if status == "304" {
        return Some("NotModified".to_owned());
    }
    if !status.starts_with(['4', '5']) {
        return None;
    }
    let codes: Vec<&str> = problems::named_in(codes, &[&response.description], status).iter().map(|code| code.as_str()).collect();
    Some(match codes.as_slice() {
        ["malformed", "invalid_parameter"] => "BadRequest".to_owned(),
        ["malformed", "invalid_parameter", "invalid_cursor"] => "BadListRequest".to_owned(),
        ["unauthenticated"] => "Unauthorized".to_owned(),
        ["forbidden", "insufficient_scope", "password_change_required"] => "Forbidden".to_owned(),
        ["invalid", "idempotency_mismatch"] => "Unprocessable".to_owned(),
        ["overloaded", "store_unavailable"] => "Unavailable".to_owned(),
        codes => codes.iter().map(|code| pascal(code)).collect::<Vec<_>>().join("Or"),
    })
}

/// `If-Match`, `roc_year` and `not_found` as `IfMatch`, `RocYear` and `NotFound`.
pub(super) fn pascal(name: &str) -> String {
    let words = name.split(['-', '_', ' ']);
    words
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
        })
        .collect()
}
