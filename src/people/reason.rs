//! The body of an act that only needs a reason.

use serde::Deserialize;
use utoipa::ToSchema;

use super::Note;

/// Why, for the record and for whoever is told of the act.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "依當事人書面申請辦理"}))]
pub struct Reason {
    reason: Note,
}

impl Reason {
    pub fn as_str(&self) -> &str {
        self.reason.as_str()
    }
}
