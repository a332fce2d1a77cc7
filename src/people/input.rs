//! People as callers name them.

use serde::Deserialize;
use utoipa::ToSchema;

use super::{IdNumber, Name};

/// Somebody who has no account: named by a clerk or a proxy who acts for them.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonInput {
    /// Full name as in the household register.
    pub name: Name,
    pub national_id: IdNumber,
}
