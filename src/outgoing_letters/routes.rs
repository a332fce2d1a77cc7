//! Reading letters, and printing them.

use actix_web::get;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::OutgoingLetterStatus;
use super::page;
use super::policy::{GetOutgoingLetter, GetOutgoingLetterPdf, ListOutgoingLetters};
use super::store::{self, Wanted};
use super::view::{OutgoingLetterView, allowed, shown};
use crate::auth::May;
use crate::contract::IdInPath;
use crate::db::Record;
use crate::error::{Error, Result};
use crate::http::{Listing, Page, Paging, Params, PathId, Reply};
use crate::node::Node;
use crate::print;

/// Filters of the list of letters.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OutgoingLetterFilter {
    /// Letters about this record, by its path: `petitions/{id}`.
    #[param(min_length = 1, max_length = 80)]
    about: Option<String>,
    /// TO_PRINT is what waits for a clerk, PRINTED what waits to be posted.
    status: Option<OutgoingLetterStatus>,
}

/// Lists letters.
///
/// Newest first, without texts and with masked names: letters about records that the caller knows whole. Of a confidential petition
/// that is its custodian, since a letter tells who is behind it. `status=TO_PRINT` is the queue of what is to be printed, and
/// `status=PRINTED` of what is to be posted or handed over.
#[utoipa::path(tag = "Outgoing letters", operation_id = "list_outgoing_letters", params(OutgoingLetterFilter, Listing), responses((
    status = 200, description = "A page of letters.", body = Page<OutgoingLetterView>,
)))]
#[get("/v1/outgoing-letters")]
pub async fn list_outgoing_letters(
    may: May<ListOutgoingLetters>,
    node: Data<Node>,
    Params(query): Params<OutgoingLetterFilter>,
    paging: Paging,
) -> Result<Reply> {
    let wanted = Wanted { about: query.about, status: query.status };
    may.read(move |conn, by| {
        let page = store::list(conn, &node, by, &wanted, &paging)?;
        Reply::ok(&page.try_map(|letter| shown(&node, by, &letter))?)
    })
    .await
}

/// Shows a letter.
///
/// To whom, masked, and what about; its text and the address are on paper alone.
#[utoipa::path(tag = "Outgoing letters", operation_id = "get_outgoing_letter", params(IdInPath), responses((
    status = 200, description = "The letter.", body = OutgoingLetterView,
)))]
#[get("/v1/outgoing-letters/{id}")]
pub async fn get_outgoing_letter(may: May<GetOutgoingLetter>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let letter = store::find(conn, &node, by, id.0)?;
        Ok(Reply::ok(&shown(&node, by, &letter)?)?.version(letter.version))
    })
    .await
}

/// Prints a letter.
///
/// A4, in the language of whoever gets it, with their name whole and their address for delivery as it is known now; of one that has gone
/// out as it was then, for the files. The same words as a mail would have had, dated with the day on which it was written. Archivable and
/// readable aloud (PDF/A-2a, PDF/UA-1), with its fonts embedded. Each look is logged; what came out of the printer is marked by
/// `:mark-printed`. One that was stopped is not printed. Only a few are printed at a time: while too many wait, or four of the caller's own, 503 `overloaded`.
#[utoipa::path(tag = "Outgoing letters", operation_id = "get_outgoing_letter_pdf", params(IdInPath), responses(
    (status = 200, description = "The letter.", body = String, content_type = "application/pdf", example = json!("%PDF-1.7 …")),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it was stopped."),
))]
#[get("/v1/outgoing-letters/{id}/letter.pdf")]
pub async fn get_outgoing_letter_pdf(may: May<GetOutgoingLetterPdf>, node: Data<Node>, id: PathId) -> Result<Reply> {
    let (printout, version) = may
        .write_beside(move |tx, by| {
            let letter = store::find(tx, &node, by, id.0)?;
            if letter.status == OutgoingLetterStatus::Stopped {
                return Err(Error::wrong_state(&allowed(by, &letter)));
            }
            tx.record(Record::read("outgoing_letter.read", letter.about.clone(), "recipient,address,letter"));
            Ok((page::printout(tx, &node, &letter)?, letter.version))
        })
        .await?;
    Ok(print::pdf(&may, printout).await?.version(version))
}
