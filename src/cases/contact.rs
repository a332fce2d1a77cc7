//! How to reach the applicant of a case: put right, and shown whole to whoever must call.

use actix_web::web::Data;
use actix_web::{post, put};

use super::case::Case;
use super::counter::require_uninvolved;
use super::faces::Sight;
use super::policy::{ChangeCaseContact, RevealCaseContact};
use super::store;
use super::view::{self, CaseView};
use crate::auth::{By, May, Reach};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::Conn;
use crate::domain::case_path;
use crate::error::{Code, Result};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::contacts::{self, Matter, NAME_AND_CONTACT};
use crate::people::{ContactChange, Reason, RevealedContact, ShownContact};

fn matter<'a>(record: &'a str, case: &Case) -> Matter<'a> {
    Matter {
        record,
        person: case.applicant_id,
        changed: "case.contact_changed",
        revealed: "case.contact_revealed",
        shows: NAME_AND_CONTACT,
        withheld: false,
    }
}

/// Whether the caller is the applicant, or began the case: other parties learn nothing of how to reach the applicant.
fn is_own(conn: &mut Conn, by: &By, case: &Case) -> Result<bool> {
    Ok(by.reach == Reach::Own && contacts::is_own(by, case.applicant_id, &store::begun_by_whom(conn, case)?))
}

/// How to reach the applicant, as the caller sees it; to the county and to other parties nothing.
pub fn shown(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    case: &Case,
    (is_staff, sight): (bool, Sight),
) -> Result<Option<ShownContact>> {
    let is_own = is_own(conn, by, case)?;
    if !is_own && !is_staff {
        return Ok(None);
    }
    let contact = contacts::of(conn, &node.vault, &case_path(case.id))?;
    Ok(contact.map(|contact| contact.shown(is_own || sight == Sight::Whole)))
}

/// Changes how to reach the applicant of a case.
///
/// By the applicant or the account that began it, and by a clerk or a supervisor with a reason; in whichever state it is. What is
/// sent takes the place of all that was given before.
#[utoipa::path(tag = "Cases", operation_id = "change_case_contact", params(IdInPath, IfMatchHeader), request_body = ContactChange, responses(
    (status = 200, description = "The case with its contact.", body = CaseView),
    (status = 409, description = "`own_request`: it is about whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[put("/v1/cases/{id}/contact")]
pub async fn change_case_contact(
    may: May<ChangeCaseContact>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<ContactChange>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut case = store::find(tx, &node, by, id.0)?;
        if_match.check(case.version)?;
        if by.reach != Reach::Own {
            require_uninvolved(tx, &node, by, &case)?;
        } else if !is_own(tx, by, &case)? {
            return Err(Code::FORBIDDEN.into());
        }
        change.put(tx, &node.vault, by, &matter(&case_path(case.id), &case))?;
        // Not an act on the case: what hangs on when that was changed stays.
        let updated_at = case.updated_at;
        store::save(tx, &mut case, updated_at)?;
        Ok(Reply::ok(&view::view(tx, &node, by, &case, Sight::Masked)?)?.version(case.version))
    })
    .await
}

/// Shows whole how to reach the applicant of a case.
///
/// With the name to ask for, for whoever must call; logged with the reason.
#[utoipa::path(tag = "Cases", operation_id = "reveal_case_contact", params(IdInPath), request_body = Reason, responses(
    (status = 200, description = "Whom to call, and how.", body = RevealedContact),
    (status = 409, description = "`own_request`: it is about whoever asks, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/cases/{id}:reveal-contact")]
pub async fn reveal_case_contact(
    may: May<RevealCaseContact>,
    node: Data<Node>,
    id: PathId,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let case = store::find(tx, &node, by, id.0)?;
        require_uninvolved(tx, &node, by, &case)?;
        Reply::ok(&contacts::reveal(tx, &node.vault, &matter(&case_path(case.id), &case), &why)?)
    })
    .await
}
