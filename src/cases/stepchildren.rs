//! Whether whoever adopts the child of their spouse (民法 §1073 II, §1074) does, as the register has it.

use chrono::NaiveDate;
use serde_json::json;

use super::applicants::Answer;
use super::fields::PartyRole;
use super::marriages;
use super::relations;
use super::status::Status;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::FactKind;
use crate::people::{self, Sex};

const NOT_MARRIED: Answer = Answer::No(
    "not_allowed",
    "民法 §1073、§1074",
    "登記於該日收養人無配偶，非收養配偶之子女",
    "the register says that the adopter is not married on that day: it is no spouse's child",
);
const NOT_THEIRS: Answer = Answer::No(
    "not_allowed",
    "民法 §1073、§1074",
    "登記之父或母非收養人之配偶，非收養配偶之子女",
    "the register names another parent than the adopter's spouse: it is no spouse's child",
);

/// What the register says of a child who is adopted as that of the adopter's spouse.
pub fn answer(
    conn: &mut Conn,
    node: &Node,
    (adopter, child): (Option<Id>, Option<Id>),
    day: NaiveDate,
    of: Option<Id>,
) -> Result<Answer> {
    let (Some(adopter), Some(child)) = (adopter, child) else { return Ok(Answer::Unknown) };
    let spouses = marriages::between(conn, node, adopter, (day, day), of)?;
    if spouses.is_empty() {
        let is_known = !marriages::all_of(conn, node, adopter, of)?.is_empty();
        return Ok(if is_known { NOT_MARRIED } else { Answer::Unknown });
    }
    let status = Status::of(conn, node, child, of)?;
    for spouse in spouses.into_iter().flatten() {
        if relations::is_child_of(&status, spouse, day) {
            return Ok(Answer::Yes);
        }
        let role = match people::store::open(conn, &node.vault, spouse)?.1.sex() {
            Some(Sex::Male) => PartyRole::Father,
            Some(Sex::Female) => PartyRole::Mother,
            None => continue,
        };
        if status.of_kind(FactKind::Parent).any(|parent| parent.value == json!(role)) {
            return Ok(NOT_THEIRS);
        }
    }
    Ok(Answer::Unknown)
}
