//! Reading digests: the months, one month, the petitions behind a number, what has changed since a month was frozen, and the page.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, HeaderValue, VARY};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder, get};
use serde::Deserialize;
use utoipa::IntoParams;

use super::changes::{self, DigestChange};
use super::figures::{CountedMonth, counted};
use super::model::{DigestMeasure, DigestStatus, Fact, PendingAge};
use super::month::{Month, MonthInPath};
use super::page;
use super::policy::{
    GetPetitionDigest, GetPetitionDigestPage, GetPetitionDigestPdf, ListDigestedPetitions, ListPetitionDigestChanges,
    ListPetitionDigests,
};
use super::reading::{Reading, earlier, require_sight};
use super::store;
use super::view::{PetitionDigest, PetitionDigestSummary, shown, view};
use crate::auth::May;
use crate::auth::policy::Action;
use crate::clock::Moment;
use crate::db::Id;
use crate::error::{Error, Language, Result};
use crate::http::{Listing, Page, Paging, Params, PathText, Reply, Trace, page_of};
use crate::node::Node;
use crate::petitions::{self, PetitionChannel, PetitionKind, PetitionStatus, PetitionSummary, PetitionTopic};
use crate::print;
use crate::scheduling::Plans;
use crate::text_enum;

/// Filters of the list of digests.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DigestFilter {
    status: Option<DigestStatus>,
}

/// Lists the monthly digests of petitions.
///
/// The newest month first, of those that are over and due, or acted on: for clerks with the duty PETITIONS and supervisors. `status=LIVE`
/// and `status=SUBMITTED` are what waits for clerk and section chief, `status=FROZEN` what waits for the director.
#[utoipa::path(tag = "Petition digests", operation_id = "list_petition_digests", params(DigestFilter, Listing), responses(
    (status = 200, description = "A page of months.", body = Page<PetitionDigestSummary>),
))]
#[get("/v1/digests/petitions")]
pub async fn list_petition_digests(
    may: May<ListPetitionDigests>,
    node: Data<Node>,
    Params(filter): Params<DigestFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        require_sight(conn, by)?;
        let plan = node.part::<Plans>().at(conn)?;
        let page = store::page(conn, filter.status, &paging)?;
        Reply::ok(&page.map(|digest| PetitionDigestSummary::of(&node, &plan.calendar, &digest, by.now)))
    })
    .await
}

/// Which freezing of a month is read.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DigestVersion {
    /// The freezing of that number, also one that was taken back; without it the one that stands, or what is counted now.
    #[param(minimum = 1, maximum = 1000)]
    revision: Option<i32>,
}

/// Shows the digest of a month.
///
/// For clerks with the duty PETITIONS and supervisors. Counted as it stands until a section chief has frozen it, the running month as far
/// as it has gone; from then on as it was frozen. `figures` are of the petitions that everybody sees who sees the digest, so that no
/// difference betrays another; `seen` are of all that the caller sees. A petition that is taken up again is counted as it ended in its
/// month, and by its further period in another one; an end that was a mistake is none, and its period goes on. What was frozen is shown as
/// far as the caller sees its petitions still (`withdrawn`).
#[utoipa::path(tag = "Petition digests", operation_id = "get_petition_digest", params(MonthInPath, DigestVersion), responses(
    (status = 200, description = "The digest.", body = PetitionDigest),
    (status = 404, description = "The month has not begun, is none, or was not frozen that often: `not_found`."),
))]
#[get("/v1/digests/petitions/{month}")]
pub async fn get_petition_digest(
    may: May<GetPetitionDigest>,
    node: Data<Node>,
    month: PathText<Month>,
    Params(version): Params<DigestVersion>,
) -> Result<Reply> {
    may.read(move |conn, by| shown(conn, &node, by, (month.0, version.revision))).await
}

text_enum! {
    /// Of which petitions a number is made up.
    pub enum DigestScope {
        /// Those of `figures`
        Figures = "FIGURES",
        /// Those of `seen`
        Seen = "SEEN",
    }
}

/// A number of a digest.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DigestCell {
    measure: DigestMeasure,
    /// FIGURES where none is given.
    scope: Option<DigestScope>,
    kind: Option<PetitionKind>,
    channel: Option<PetitionChannel>,
    topic: Option<PetitionTopic>,
    /// Those of which no topic was said (`NONE` in `by_topic`), or those of which one was.
    no_topic: Option<bool>,
    /// With CLOSED: the state in which they ended.
    outcome: Option<PetitionStatus>,
    /// With PENDING: for how long.
    age: Option<PendingAge>,
    /// As of the digest.
    #[param(minimum = 1, maximum = 1000)]
    revision: Option<i32>,
}

impl DigestCell {
    fn takes(&self, fact: &Fact) -> bool {
        self.kind.is_none_or(|kind| fact.kind == kind)
            && self.channel.is_none_or(|channel| fact.channel == channel)
            && self.topic.is_none_or(|topic| fact.topic == Some(topic))
            && self.no_topic.is_none_or(|none| fact.topic.is_none() == none)
            && self.outcome.is_none_or(|outcome| fact.outcome == Some(outcome))
            && self.age.is_none_or(|age| fact.age == Some(age))
    }

    /// The petitions that make up the number, as far as the caller sees them now.
    fn petitions(&self, reading: &Reading) -> Vec<Id> {
        let of_scope = match self.scope {
            Some(DigestScope::Seen) => reading.seen(),
            Some(DigestScope::Figures) | None => reading.open_and_seen(),
        };
        let of_measure = counted(&of_scope, self.measure).into_iter().filter(|fact| self.takes(fact));
        let mut ids: Vec<Id> = of_measure.map(|fact| fact.petition).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// Lists the petitions behind a number of a digest.
///
/// By `measure` and whichever of kind, channel, topic, outcome and age the number is of, as they are shown now; of a frozen month those
/// that were counted then. Whoever does not see a petition any more finds it in no list. A petition with two periods in the month is
/// listed once. There is nothing behind satisfaction.
#[utoipa::path(tag = "Petition digests", operation_id = "list_digested_petitions", params(MonthInPath, DigestCell, Listing), responses(
    (status = 200, description = "A page of petitions.", body = Page<PetitionSummary>),
    (status = 404, description = "The month has not begun, is none, or was not frozen that often: `not_found`."),
))]
#[get("/v1/digests/petitions/{month}/petitions")]
pub async fn list_digested_petitions(
    may: May<ListDigestedPetitions>,
    node: Data<Node>,
    month: PathText<Month>,
    Params(cell): Params<DigestCell>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let reading = Reading::of(conn, &node, by, (month.0, cell.revision))?;
        let page = paged(&paging, cell.petitions(&reading), Id::to_string)?;
        let items = petitions::summaries(conn, &node, &page.items)?;
        Reply::ok(&Page { items, next: page.next, total: page.total })
    })
    .await
}

/// Cuts a page out of a whole list whose positions rise.
fn paged<T>(paging: &Paging, mut items: Vec<T>, position: impl Fn(&T) -> String) -> Result<Page<T>> {
    let total = paging.total(|| Ok::<i64, Error>(i64::try_from(items.len()).unwrap_or(i64::MAX)))?;
    if let Some(after) = &paging.after {
        items.retain(|item| position(item) > *after);
    }
    Ok(page_of(paging, items, total, position))
}

/// Lists what has changed since a month was frozen.
///
/// Each petition that the caller sees and that counts otherwise now: received afterwards for a day of the month, put right, moved to
/// another topic, taken up again since its end was a mistake, or late no more since the office was closed on its last day. Empty for a
/// month that is not frozen.
#[utoipa::path(tag = "Petition digests", operation_id = "list_petition_digest_changes", params(MonthInPath, DigestVersion, Listing), responses(
    (status = 200, description = "A page of changes.", body = Page<DigestChange>),
    (status = 404, description = "The month has not begun, is none, or was not frozen that often: `not_found`."),
))]
#[get("/v1/digests/petitions/{month}/changes")]
pub async fn list_petition_digest_changes(
    may: May<ListPetitionDigestChanges>,
    node: Data<Node>,
    month: PathText<Month>,
    Params(version): Params<DigestVersion>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let reading = Reading::of(conn, &node, by, (month.0, version.revision))?;
        let changes = changes::since(conn, by, &reading)?;
        Reply::ok(&paged(&paging, changes, |change: &DigestChange| format!("{}/{:05}", change.petition_id, change.period))?)
    })
    .await
}

/// A month for handing on, by how it is put on paper.
async fn put_on_paper<A: Action, T: Send + 'static>(
    may: &May<A>,
    month: Month,
    version: DigestVersion,
    put: impl FnOnce(&PetitionDigest, &[(Month, CountedMonth)], Moment) -> Result<T> + Send + 'static,
) -> Result<T> {
    let node = may.node().clone();
    may.read(move |conn, by| {
        let reading = Reading::of(conn, &node, by, (month, version.revision))?.for_all();
        let digest = view(conn, &node, by, &reading)?;
        let earlier = earlier(conn, &node.vault, (reading.month, page::EARLIER), by.now)?;
        put(&digest, &earlier, by.now)
    })
    .await
}

/// The language in which the caller reads.
fn language_of(request: &HttpRequest) -> Language {
    request.extensions().get::<Trace>().map(|trace| trace.language).unwrap_or_default()
}

/// Whether it is told, or told to be as it was.
fn is_told(response: &HttpResponse) -> bool {
    matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED)
}

/// An answer that another caller may get in another language.
fn spoken(reply: Reply, request: &HttpRequest, language: Language) -> HttpResponse {
    let mut response = reply.respond_to(request);
    if is_told(&response) {
        let headers = response.headers_mut();
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        headers.insert(VARY, HeaderValue::from_static("accept-language"));
    }
    response
}

/// Shows the digest of a month as a page.
///
/// A page of HTML for A4 without scripts, in Chinese, or in English by `Accept-Language`: the figures that everybody sees who sees the
/// digest, with charts that a reader for the blind reads as text; nothing of `seen`, and of what was frozen what everybody sees still, since
/// it is for handing on. Of a freezing that was taken back it says so.
#[utoipa::path(tag = "Petition digests", operation_id = "get_petition_digest_page", params(MonthInPath, DigestVersion), responses(
    (status = 200, description = "The page.", body = String, content_type = "text/html", headers(
        ("Content-Language" = String, description = "Language of the page: `zh-TW` or `en`."),
        ("Vary" = String, description = "`accept-language`: another caller may get it in another language.")
    ), example = json!("<!doctype html>\n<html lang=\"zh-TW\">…")),
    (status = 404, description = "The month has not begun, is none, or was not frozen that often: `not_found`."),
))]
#[get("/v1/digests/petitions/{month}/digest.html")]
pub async fn get_petition_digest_page(
    may: May<GetPetitionDigestPage>,
    request: HttpRequest,
    month: PathText<Month>,
    Params(version): Params<DigestVersion>,
) -> Result<HttpResponse> {
    let language = language_of(&request);
    let page = put_on_paper(&may, month.0, version, move |digest, earlier, _| page::page(digest, earlier, language)).await?;
    let mut response = spoken(Reply::text("text/html; charset=utf-8", page), &request, language);
    if is_told(&response) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, page::POLICY.clone());
    }
    Ok(response)
}

/// Prints the digest of a month as PDF.
///
/// The same as its page, with the same charts: A4, in Chinese, or in English by `Accept-Language`, archivable and readable aloud
/// (PDF/A-2a, PDF/UA-1), with its fonts embedded. Of a frozen month it is dated with its freezing; the same digest is the same bytes.
/// Only a few are printed at a time: while too many wait, or four of the caller's own, 503 `overloaded`.
#[utoipa::path(tag = "Petition digests", operation_id = "get_petition_digest_pdf", params(MonthInPath, DigestVersion), responses(
    (status = 200, description = "The digest.", body = String, content_type = "application/pdf", headers(
        ("Content-Language" = String, description = "Language of the digest: `zh-TW` or `en`."),
        ("Vary" = String, description = "`accept-language`: another caller may get it in another language.")
    ), example = json!("%PDF-1.7 …")),
    (status = 404, description = "The month has not begun, is none, or was not frozen that often: `not_found`."),
))]
#[get("/v1/digests/petitions/{month}/digest.pdf")]
pub async fn get_petition_digest_pdf(
    may: May<GetPetitionDigestPdf>,
    request: HttpRequest,
    month: PathText<Month>,
    Params(version): Params<DigestVersion>,
) -> Result<HttpResponse> {
    let language = language_of(&request);
    let put =
        move |digest: &PetitionDigest, earlier: &[(Month, CountedMonth)], now| page::printout(digest, earlier, language, now);
    let printout = put_on_paper(&may, month.0, version, put).await?;
    Ok(spoken(print::pdf(&may, printout).await?, &request, language))
}
