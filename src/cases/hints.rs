//! What a clerk should look at once more, since the register does not know it: told, never refused.

use serde::Serialize;
use utoipa::ToSchema;

use super::ages;
use super::case::Case;
use super::circumstances;
use super::descent;
use super::fields::{CaseFields, Facts, PartyFacts, PartyRole};
use super::jurisdiction::left;
use super::marriages;
use super::named;
use super::residence;
use super::status::Matter;
use super::store;
use crate::auth::By;
use crate::db::{Conn, Id};
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::people::store::Named;
use crate::{people, text_enum};

text_enum! {
    /// What the register does not know.
    pub enum HintKind {
        /// No marriage of these two, or of this one, that a divorce could end: look for it in the older books
        MarriageUnknown = "MARRIAGE_UNKNOWN",
        /// The other spouse of a divorce by a court is not named
        SpouseNotNamed = "SPOUSE_NOT_NAMED",
        /// A day of birth is known in part, and the true one could turn a rule of age: a section chief or the director looks at it
        /// and registers the case (民法 §124)
        AgePresumed = "AGE_PRESUMED",
        /// The mother was married when the child was conceived, and her husband, whom the law presumes to be the father, is not
        /// named (民法 §1062, §1063): a paper tells
        HusbandPresumed = "HUSBAND_PRESUMED",
        /// Somebody of this country, name and day of birth is known by another paper (`person_ids`): look whether the passport was
        /// renewed, and join the records by it (POST /v1/people/{id}:join)
        LikelySame = "LIKELY_SAME",
        /// The father had died more than 302 days before the birth (民法 §1062)
        FatherDiedBefore = "FATHER_DIED_BEFORE",
        /// By the last move that it holds, the register has one of those who move at another address of the office's area: it may
        /// not have been told of what came since
        RegisteredElsewhere = "REGISTERED_ELSEWHERE",
    }
}

/// What a clerk should look at once more.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"pointer": "/parties", "kind": "MARRIAGE_UNKNOWN"}))]
pub struct RegisterHint {
    /// JSON Pointer to the member of the case.
    #[schema(max_length = 60)]
    pub pointer: String,
    pub kind: HintKind,
    /// Whose records these likely are, with LIKELY_SAME.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 10)]
    pub person_ids: Vec<Id>,
}

impl RegisterHint {
    pub fn at(pointer: impl Into<String>, kind: HintKind) -> Self {
        Self { pointer: pointer.into(), kind, person_ids: Vec::new() }
    }
}

/// As many hints as are told of one application.
const MOST: usize = 10;

/// Adds whose records parties likely are who are known by a foreign paper: by their places, as they are named, and as whom the
/// register knows them.
pub fn add_likely<'n>(
    conn: &mut Conn,
    node: &Node,
    found: &mut Vec<RegisterHint>,
    parties: impl IntoIterator<Item = (usize, Named<'n>, Option<Id>)>,
) -> Result<()> {
    for (index, named, own) in parties {
        let person_ids = people::likeness::others(conn, &node.vault, named, own)?;
        if !person_ids.is_empty() && found.len() < MOST {
            found.push(RegisterHint { person_ids, ..RegisterHint::at(format!("/parties/{index}"), HintKind::LikelySame) });
        }
    }
    Ok(())
}

/// The hints for an application; `named` are the roles of all its parties, known or not.
pub fn of(conn: &mut Conn, node: &Node, matter: &Matter<'_>, named: &[PartyRole]) -> Result<Vec<RegisterHint>> {
    if left(matter.fields).is_some() {
        return residence::hints(conn, node, matter);
    }
    if !matches!(matter.fields, CaseFields::Divorce(_)) {
        return descent::hints(conn, node, matter, named);
    }
    let alone = named.iter().filter(|role| **role == PartyRole::Spouse).count() < 2;
    let unknown = !marriages::are_known(conn, node, matter)?;
    let kinds = [(unknown, HintKind::MarriageUnknown), (alone, HintKind::SpouseNotNamed)];
    let told = kinds.into_iter().filter(|(holds, _)| *holds);
    Ok(told.map(|(_, kind)| RegisterHint::at("/parties", kind)).collect())
}

/// The hints of rules of age that hang on a day of birth which is known in part.
pub fn presumed(findings: &[String]) -> impl Iterator<Item = RegisterHint> {
    findings.iter().map(|pointer| RegisterHint::at(pointer, HintKind::AgePresumed))
}

/// The same of a case that is kept: by each party's day of birth as the rules of its intake took it.
pub fn presumed_ages(conn: &mut Conn, node: &Node, case: &Case, fields: &CaseFields) -> Result<Vec<RegisterHint>> {
    let kept: Vec<String> = case.circumstances.read()?;
    let names = named::of(conn, node, case.id)?;
    let mut parties = Vec::new();
    for (index, party) in store::parties(conn, case.id)?.iter().enumerate() {
        let said = names.as_ref().and_then(|names| names.parties.get(index)).and_then(|face| face.birth_on);
        let (name, number) = people::store::open(conn, &node.vault, party.person_id)?;
        let known = people::store::record(conn, &node.vault, party.person_id, &number)?;
        parties.push(PartyFacts { role: party.role, name, number, birth_on: circumstances::birth_on(said, Some(&known)) });
    }
    let facts = Facts {
        type_code: &case.type_code,
        relation: case.relation,
        special_changes: 0,
        event_on: case.event_on,
        today: case.received_at.date(),
        parties: &parties,
        by_proxy: case.proxy.is_some(),
        circumstances: &kept,
    };
    Ok(presumed(&ages::judge(fields, &facts).1).collect())
}

/// Lets only a supervisor register what hangs on a day of birth that is known in part.
pub fn require_look(conn: &mut Conn, node: &Node, by: &By, case: &Case, fields: &CaseFields) -> Result<()> {
    if by.caller.supervises() || presumed_ages(conn, node, case, fields)?.is_empty() {
        return Ok(());
    }
    let (zh, en) = (
        "出生日期僅知部分，足以影響年齡規定，須由股長或主任核對後登記（民法 §124）",
        "a day of birth is known in part and could turn a rule of age: a section chief or the director looks at it (民法 §124)",
    );
    Err(Problem::new(Code::FORBIDDEN).detail(zh, en).into())
}
