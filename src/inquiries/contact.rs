//! How to reach whoever asked: put right, and shown whole to whoever must call.

use actix_web::web::Data;
use actix_web::{post, put};

use super::acts::Open;
use super::policy::{ChangeInquiryContact, RevealInquiryContact};
use super::store::{self, Inquiry};
use super::telling;
use super::view::{InquiryView, shown};
use crate::auth::May;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id};
use crate::error::{Code, Result};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::contacts::{self, Matter, NAME_AND_CONTACT};
use crate::people::{ContactChange, Reason, RevealedContact};
use crate::petitions::{conflict, sources};
use crate::states::require_anothers;

fn matter<'r>(conn: &mut Conn, record: &'r str, person: Id) -> Result<Matter<'r>> {
    let (changed, revealed) = ("inquiry.contact_changed", "inquiry.contact_revealed");
    let withheld = sources::is_withheld(conn, record)?;
    Ok(Matter { record, person, changed, revealed, shows: NAME_AND_CONTACT, withheld })
}

fn asker(inquiry: &Inquiry) -> Result<Id> {
    inquiry.person_id.ok_or_else(|| conflict("詢問人未具名", "nobody said who asks"))
}

/// Changes how to reach whoever asked.
///
/// With a reason, in whichever state it is. What is sent takes the place of all that was given before; the address counts as theirs
/// from then on. An answer that stands and went by a way that was wrong is told again; what has not gone out is stopped.
#[utoipa::path(tag = "Inquiries", operation_id = "change_inquiry_contact", params(IdInPath, IfMatchHeader), request_body = ContactChange, responses(
    (status = 200, description = "The inquiry with its contact.", body = InquiryView),
    (status = 409, description = "`conflict`: nobody said who asks; `own_request`: it is a matter of the caller's own; `holder_required`: nobody knows who works with the account."),
))]
#[put("/v1/inquiries/{id}/contact")]
pub async fn change_inquiry_contact(
    may: May<ChangeInquiryContact>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(change): Valid<ContactChange>,
) -> Result<Reply> {
    may.read(move |conn, by| store::find(conn, by, id.0).map(drop)).await?;
    may.write(move |tx, by| {
        let mut inquiry = store::find(tx, by, id.0)?;
        if_match.check(inquiry.version)?;
        require_anothers(tx, by, &inquiry.people())?;
        let path = inquiry.path();
        let before = contacts::of(tx, &node.vault, &path)?;
        let matter = matter(tx, &path, asker(&inquiry)?)?;
        change.put(tx, &node.vault, by, &matter)?;
        inquiry.mail_proven = true;
        let mut open = Open { handling: inquiry.handling(&node.vault)?, row: inquiry };
        telling::tell_again(tx, &node, &mut open, (before.as_ref(), &change.contact), by.now)?;
        open.row.put_handling(&node.vault, &open.handling)?;
        store::save(tx, &mut open.row)?;
        shown(tx, &node, by, open.row)
    })
    .await
}

/// Shows whole how to reach whoever asked.
///
/// With the name to ask for, for whoever must call; logged with the reason.
#[utoipa::path(tag = "Inquiries", operation_id = "reveal_inquiry_contact", params(IdInPath), request_body = Reason, responses(
    (status = 200, description = "Whom to call, and how.", body = RevealedContact),
    (status = 409, description = "`own_request`: it is a matter of the caller's own; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/inquiries/{id}:reveal-contact")]
pub async fn reveal_inquiry_contact(
    may: May<RevealInquiryContact>,
    node: Data<Node>,
    id: PathId,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let inquiry = store::find(tx, by, id.0)?;
        require_anothers(tx, by, &inquiry.people())?;
        let person = inquiry.person_id.ok_or(Code::NOT_FOUND)?;
        let path = inquiry.path();
        let matter = matter(tx, &path, person)?;
        Reply::ok(&contacts::reveal(tx, &node.vault, &matter, &why)?)
    })
    .await
}
