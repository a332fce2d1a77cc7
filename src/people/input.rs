//! People as callers name them.

use serde::Deserialize;
use utoipa::ToSchema;

use super::IdNumber;

/// Somebody who has no account: named by a clerk or a proxy who acts for them.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonInput {
    /// Full name as in the household register.
    #[schema(min_length = 1, max_length = 100, example = "王小明")]
    pub name: String,
    pub national_id: IdNumber,
}
