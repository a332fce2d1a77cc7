//! What a clerk should look at once more, since the register does not know it: told, never refused.

use serde::Serialize;
use utoipa::ToSchema;

use super::fields::{CaseFields, PartyRole};
use super::marriages;
use super::status::Matter;
use crate::db::Conn;
use crate::error::Result;
use crate::node::Node;
use crate::text_enum;

text_enum! {
    /// What the register does not know.
    pub enum HintKind {
        /// No marriage of these two, or of this one, that a divorce could end: look for it in the older books
        MarriageUnknown = "MARRIAGE_UNKNOWN",
        /// The other spouse of a divorce by a court is not named
        SpouseNotNamed = "SPOUSE_NOT_NAMED",
    }
}

/// What a clerk should look at once more.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"pointer": "/parties", "kind": "MARRIAGE_UNKNOWN"}))]
pub struct RegisterHint {
    /// JSON Pointer to the member of the case.
    #[schema(max_length = 60)]
    pub pointer: &'static str,
    pub kind: HintKind,
}

/// The hints for an application; `named` are the roles of all its parties, known or not.
pub fn of(conn: &mut Conn, node: &Node, matter: &Matter<'_>, named: &[PartyRole]) -> Result<Vec<RegisterHint>> {
    if !matches!(matter.fields, CaseFields::Divorce(_)) {
        return Ok(Vec::new());
    }
    let alone = named.iter().filter(|role| **role == PartyRole::Spouse).count() < 2;
    let unknown = !marriages::are_known(conn, node, matter)?;
    let kinds = [(unknown, HintKind::MarriageUnknown), (alone, HintKind::SpouseNotNamed)];
    let told = kinds.into_iter().filter(|(holds, _)| *holds);
    Ok(told.map(|(_, kind)| RegisterHint { pointer: "/parties", kind }).collect())
}
