//! How to reach whoever applied: put right, and shown whole to whoever must call.

use actix_web::web::Data;
use actix_web::{post, put};

use super::applications::{self, Application};
use super::policy::{ChangeVolunteerApplicationContact, RevealVolunteerApplicationContact};
use super::view::{VolunteerApplicationView, shown};
use crate::auth::{May, Reach};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::contacts::{self, Matter, NAME_AND_CONTACT};
use crate::people::{ContactChange, Reason, RevealedContact};
use crate::states::require_anothers;
use crate::volunteers::reached;

fn matter<'r>(record: &'r str, row: &Application) -> Matter<'r> {
    let (changed, revealed) = ("volunteer_application.contact_changed", "volunteer_application.contact_revealed");
    Matter { record, person: row.person_id, changed, revealed, shows: NAME_AND_CONTACT, withheld: false }
}

/// Changes how to reach whoever applied to volunteer.
///
/// By whoever sent the application with their account, and by staff with a reason. What is sent takes the place of all that was given
/// before; the history keeps both. Whoever applied sees what they have said themselves.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "change_volunteer_application_contact", params(IdInPath, IfMatchHeader), request_body = ContactChange, responses(
    (status = 200, description = "The application with its contact.", body = VolunteerApplicationView),
    (status = 409, description = "`own_request`: it is of somebody close to the caller; `holder_required`: nobody knows who works with the account."),
))]
#[put("/v1/volunteer-applications/{id}/contact")]
pub async fn change_volunteer_application_contact(
    may: May<ChangeVolunteerApplicationContact>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<ContactChange>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut row = applications::find(tx, by, id.0)?;
        if_match.check(row.version)?;
        require_anothers(tx, by, &[row.person_id])?;
        reached::change(tx, &node, by, &matter(&row.path(), &row), &change)?;
        if by.reach == Reach::Own {
            let mut said = row.said(&node.vault)?;
            said.given_contact = Some(change.contact.clone());
            row.say(&node.vault, &said)?;
        }
        applications::save(tx, &mut row)?;
        shown(tx, &node, by, row)
    })
    .await
}

/// Shows whole how to reach whoever applied to volunteer.
///
/// With the name to ask for, for whoever must call; logged with the reason.
#[utoipa::path(tag = "Volunteer recruitment", operation_id = "reveal_volunteer_application_contact", params(IdInPath), request_body = Reason, responses(
    (status = 200, description = "Whom to call, and how.", body = RevealedContact),
    (status = 409, description = "`own_request`: it is of somebody close to the caller; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteer-applications/{id}:reveal-contact")]
pub async fn reveal_volunteer_application_contact(
    may: May<RevealVolunteerApplicationContact>,
    node: Data<Node>,
    id: PathId,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let row = applications::find(tx, by, id.0)?;
        require_anothers(tx, by, &[row.person_id])?;
        Reply::ok(&contacts::reveal(tx, &node.vault, &matter(&row.path(), &row), &why)?)
    })
    .await
}
