//! How to reach a volunteer: put right, and shown whole to whoever must call.

use actix_web::web::Data;
use actix_web::{post, put};

use super::policy::{ChangeVolunteerContact, RevealVolunteerContact};
use super::reached;
use super::store::{self, Volunteer};
use super::view::{VolunteerView, shown};
use crate::auth::{May, Reach};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::contacts::{self, Matter, NAME_AND_CONTACT};
use crate::people::{ContactChange, Reason, RevealedContact};
use crate::states::require_anothers;

fn matter<'r>(record: &'r str, row: &Volunteer) -> Matter<'r> {
    let (changed, revealed) = ("volunteer.contact_changed", "volunteer.contact_revealed");
    Matter { record, person: row.person_id, changed, revealed, shows: NAME_AND_CONTACT, withheld: false }
}

/// Changes how to reach a volunteer.
///
/// By themself, and by staff with a reason. What is sent takes the place of all that was given before; the history keeps both. What staff
/// have learned elsewhere is shown to the volunteer masked.
#[utoipa::path(tag = "Volunteers", operation_id = "change_volunteer_contact", params(IdInPath, IfMatchHeader), request_body = ContactChange, responses(
    (status = 200, description = "The volunteer with their contact.", body = VolunteerView),
    (status = 409, description = "`own_request`: it is of somebody close to the caller; `holder_required`: nobody knows who works with the account."),
))]
#[put("/v1/volunteers/{id}/contact")]
pub async fn change_volunteer_contact(
    may: May<ChangeVolunteerContact>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<ContactChange>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = store::find(tx, by, id.0)?;
        if_match.check(row.version)?;
        require_anothers(tx, by, &[row.person_id])?;
        reached::change(tx, &node, by, &matter(&row.path(), &row), &change)?;
        if by.reach == Reach::Own {
            let mut kept = row.kept(&node.vault)?;
            kept.given_contact = Some(change.contact.clone());
            row.keep(&node.vault, &kept)?;
        }
        store::save(tx, &mut row)?;
        shown(tx, &node, by, row)
    })
    .await
}

/// Shows whole how to reach a volunteer.
///
/// With the name to ask for, for whoever must call; logged with the reason.
#[utoipa::path(tag = "Volunteers", operation_id = "reveal_volunteer_contact", params(IdInPath), request_body = Reason, responses(
    (status = 200, description = "Whom to call, and how.", body = RevealedContact),
    (status = 409, description = "`own_request`: it is of somebody close to the caller; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}:reveal-contact")]
pub async fn reveal_volunteer_contact(
    may: May<RevealVolunteerContact>,
    node: Data<Node>,
    id: PathId,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let row = store::find(tx, by, id.0)?;
        require_anothers(tx, by, &[row.person_id])?;
        Reply::ok(&contacts::reveal(tx, &node.vault, &matter(&row.path(), &row), &why)?)
    })
    .await
}
