//! The body of an act that only needs a reason.

use serde::Deserialize;
use utoipa::ToSchema;

use super::Note;
use crate::auth::{By, Reach};
use crate::error::{Error, Result, Text};

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

/// Why, in the words of whoever acts.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "臨時有事"}))]
pub struct OptionalReason {
    #[schema(value_type = Option<Note>)]
    reason: Option<String>,
}

impl OptionalReason {
    pub fn text(&self) -> &str {
        self.reason.as_deref().unwrap_or("")
    }

    /// The reason, which staff must give: they act for somebody else.
    pub fn of_staff(&self, by: &By) -> Result<&str> {
        if by.reach != Reach::Own && self.text().is_empty() {
            let text = Text::new("代他人辦理時請敘明理由", "say why: it is done for somebody else");
            return Err(Error::field("/reason", "required", text));
        }
        Ok(self.text())
    }
}
