//! Where a member of the office sits, and how far that lets them see.

use super::SERVICE_POINTS;
use crate::auth::{By, Reach};
use crate::error::{Error, Result, Text, one_of};

/// The service point that bounds what the caller sees; `None` for the main office, which is there for the whole
/// area, and for those whose reach is not bound to a desk.
pub fn bound(by: &By) -> Option<&str> {
    if by.reach != Reach::Office {
        return None;
    }
    // Staff without a desk see no desk's records.
    let desk = by.caller.account().and_then(|account| account.service_point.as_deref()).unwrap_or("");
    (desk != SERVICE_POINTS[0]).then_some(desk)
}

/// Whether a record of a service point lies within the caller's bounds.
pub fn sees(by: &By, service_point: &str) -> bool {
    bound(by).is_none_or(|desk| desk == service_point)
}

/// The service point of a new record: the one named, else the caller's own, else the main office.
pub fn chosen(by: &By, named: Option<&str>) -> Result<String> {
    let own = by.caller.account().and_then(|account| account.service_point.as_deref());
    let point = named.or(own).unwrap_or(SERVICE_POINTS[0]);
    if !SERVICE_POINTS.contains(&point) {
        return Err(Error::field("/service_point", "unknown", one_of(&SERVICE_POINTS)));
    }
    if !sees(by, point) {
        return Err(Error::field("/service_point", "not_allowed", Text::new("非您所屬的辦公室", "it is not your service point")));
    }
    Ok(point.to_owned())
}
