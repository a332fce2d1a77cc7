//! What an entry waits for beside papers: the case is taken and worked on without it, and neither submitted nor registered.

use super::case::Case;
use super::effects;
use super::fields::CaseFields;
use super::nationals;
use super::problems::ENTRY_INCOMPLETE;
use super::revocations::{self, Revoked};
use crate::db::Conn;
use crate::error::{Problem, Result, Text};
use crate::node::Node;
use crate::people::{self, IdNumber};

/// What is still to be said of a case: the member, and why.
type Awaited = (&'static str, Text);

/// Refuses to enter what is not there yet.
pub fn incomplete(conn: &mut Conn, node: &Node, case: &Case) -> Result<Option<Problem>> {
    let awaited = match effects::entered(conn, node, case)? {
        CaseFields::Nationality(nationality) if nationality.permission.is_none() => permission(&case.type_code),
        CaseFields::Common(common) if case.type_code == "INITIAL" && common.new_number.is_none() => number(conn, node, case)?,
        CaseFields::Common(common) if case.type_code == "REVOCATION" => revocations::awaited(conn, &common)?.map(revocation),
        _ => None,
    };
    Ok(awaited.map(|(pointer, text)| Problem::new(ENTRY_INCOMPLETE).field(pointer, "required", text)))
}

/// The ministry decides on a nationality, not the office.
fn permission(type_code: &str) -> Option<Awaited> {
    let law = nationals::law(type_code)?;
    let text = Text::new(
        format!("尚待內政部許可，許可後請填許可字號及日期（{law}）"),
        format!("the Ministry of the Interior has yet to permit it: then give number and day of the permission ({law})"),
    );
    Some(("/fields/permission", text))
}

/// Whoever has a household for the first time is given a number with it.
fn number(conn: &mut Conn, node: &Node, case: &Case) -> Result<Option<Awaited>> {
    let (_, known) = people::store::open(conn, &node.vault, case.person_id)?;
    if known.number().is_some_and(IdNumber::is_national) {
        return Ok(None);
    }
    let text = Text::new(
        "初設戶籍登記應配賦統一編號，請填 new_number（身分證辦法 §4）",
        "an initial registration gives a number: say which in new_number (身分證辦法 §4)",
    );
    Ok(Some(("/fields/new_number", text)))
}

fn revocation(awaited: Revoked) -> Awaited {
    let text = match awaited {
        Revoked::NotNamed => Text::new(
            "請填所撤銷登記之案號（revokes）；非本所案件者，請於 before 敘明該登記（戶籍法 §23）",
            "name the case whose entry is revoked in revokes; of an entry that is no case of this office say in before what it is (戶籍法 §23)",
        ),
        Revoked::NotYet => Text::new(
            "該登記尚未撤銷：請先就該案提出撤銷（POST /v1/cases/{id}:revoke），經主管核可後再送審（戶籍法 §23）",
            "that entry still stands: propose its revocation (POST /v1/cases/{id}:revoke) and have a supervisor approve it first (戶籍法 §23)",
        ),
    };
    ("/fields/revokes", text)
}
