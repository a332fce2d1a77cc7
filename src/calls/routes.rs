//! Operations on a day's call list.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::list::{CallStatus, ListedCall, Wanted, note, of, position};
use super::policy::{ListCalls, NoteCall, RevealCalls};
use crate::auth::{By, May};
use crate::bounded_list;
use crate::clock::Moment;
use crate::db::{Conn, Id, Record};
use crate::domain::{CallKind, CallNews, Domains};
use crate::error::{Code, Error, Result, Text};
use crate::http::{BoundedListing, Params, Reply, Stretch, Valid, is_plausible, known_code, plausible_day};
use crate::mail::Matters;
use crate::node::Node;
use crate::office::SERVICE_POINTS;
use crate::people::Note;
use crate::people::contacts::NAME_AND_CONTACT;
use crate::states::require_holder;

bounded_list! {
    /// Whom to call on a day.
    pub struct CallList of ListedCall, at most 10000
}

/// Which calls to list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CallQuery {
    /// The day, of Asia/Taipei; today when absent.
    date: Option<NaiveDate>,
    /// Calls for this reason.
    kind: Option<CallKind>,
    /// One service point's calls.
    #[param(min_length = 1, max_length = 20)]
    service_point: Option<String>,
    /// Calls of which this has come so far.
    status: Option<CallStatus>,
}

/// Lists whom to call on a day.
///
/// Everybody about something of theirs: what is booked for them on the day (`BOOKING`); slots that a closure or change has taken,
/// and such of them as the office has moved or cancelled that day or that stand again (`CONFLICT`); offers from the waiting list
/// and of referrals to whoever has no e-mail address (`OFFER`); papers that are missing, told that day or due by the day after
/// (`PAPERS`); what has become in the seven working days before of an entry without their having applied for it (`ENTRY`; 戶籍法 §46, §48-2; 戶籍法施行細則
/// §15; 行政程序法 §110): what the office has entered ex officio or corrected of its own mistake, and whoever was mistaken, an entry that was
/// revoked, is void since another change has shown that, or stands again: told to everybody of whom the entry is, of a minor to the
/// parents whom it names, of the dead to the next of kin, but not to those by whose application it was revoked; each to whoever
/// was entered wrongly or left out, whom a correction adds to it or takes out of it, as a party or as the applicant; and certificates
/// that are void since two humans were parted who had been taken for one, to whoever applied for them;
/// certificates that were not applied for at the counter, issued that day or in the five working days before (`CERTIFICATE`); what a
/// petitioner is to be told by no other way than a call, until they are reached or need not be told any more (`PETITION`): to whoever reads
/// the petition as it was written, at the service point of whoever is in charge; answers to inquiries, and corrections of them, to whoever
/// asked and is reached by no e-mail address, until they are (`ANSWER`); whoever complained on the spot and is to be asked whether the matter is settled
/// (`FOLLOW_UP`). What somebody has booked,
/// waits for, has applied for or given a letter of proxy for, and whose death is registered since, is `DECEASED`: a clerk decides
/// what becomes of it, nothing is cancelled by itself, and it is gone from the list with the revocation of the death. Masked; a
/// branch desk sees its own. In order of the moments; the whole day is given unless `limit` asks for pages.
#[utoipa::path(tag = "Calls", operation_id = "list_calls", params(CallQuery, BoundedListing), responses((status = 200, description = "The calls of the day.", body = CallList)))]
#[get("/v1/call-list")]
pub async fn list_calls(
    may: May<ListCalls>,
    node: Data<Node>,
    Params(query): Params<CallQuery>,
    stretch: Stretch,
) -> Result<Reply> {
    plausible_day("date", query.date)?;
    let point = query.service_point.as_deref();
    known_code("service_point", point.is_none_or(|point| SERVICE_POINTS.contains(&point)))?;
    may.read(move |conn, by| {
        let day = query.date.unwrap_or(by.now.date());
        let wanted = Wanted {
            day,
            kind: query.kind,
            service_point: query.service_point.as_deref(),
            status: query.status,
            record: None,
            person: None,
            about_at: None,
        };
        let page = stretch.page(of(conn, &node, by, &wanted, false)?, position);
        Reply::ok(&CallList::from(page))
    })
    .await
}

/// Which calls to show whole, and why.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"date": "2035-01-03", "kind": "BOOKING", "reason": "電話通知當日預約民眾"}))]
pub struct CallReveal {
    /// The day, of Asia/Taipei; today when absent.
    date: Option<NaiveDate>,
    /// Calls for this reason.
    kind: Option<CallKind>,
    /// One service point's calls.
    #[schema(min_length = 1, max_length = 20)]
    service_point: Option<String>,
    /// Calls of which this has come so far.
    status: Option<CallStatus>,
    /// Why; kept with the log of the read.
    reason: Note,
}

impl CallReveal {
    fn check(&self) -> Result<()> {
        check_day(self.date)?;
        if self.service_point.as_deref().is_some_and(|point| !SERVICE_POINTS.contains(&point)) {
            return Err(Error::field("/service_point", "unknown", Text::new("查無此服務據點", "no such service point")));
        }
        Ok(())
    }
}

fn check_day(day: Option<NaiveDate>) -> Result<()> {
    if day.is_none_or(is_plausible) {
        return Ok(());
    }
    Err(Error::field("/date", "range", Text::new("日期年份超出範圍", "the year of the day is out of range")))
}

/// Shows a day's calls whole.
///
/// As the list, with names and contacts unmasked for whoever calls; the read is logged with its reason for each person. What is a
/// matter of the caller's own stays hidden.
#[utoipa::path(tag = "Calls", operation_id = "reveal_calls", params(BoundedListing), request_body = CallReveal, responses((status = 200, description = "The calls of the day, unmasked.", body = CallList)))]
#[post("/v1/call-list:reveal")]
pub async fn reveal_calls(
    may: May<RevealCalls>,
    node: Data<Node>,
    stretch: Stretch,
    Valid(input): Valid<CallReveal>,
) -> Result<Reply> {
    input.check()?;
    may.write(move |tx, by| {
        let day = input.date.unwrap_or(by.now.date());
        let wanted = Wanted {
            day,
            kind: input.kind,
            service_point: input.service_point.as_deref(),
            status: input.status,
            record: None,
            person: None,
            about_at: None,
        };
        let page = stretch.page(of(tx, &node, by, &wanted, true)?, position);
        for call in page.items.iter().filter(|call| !call.own_matter) {
            let read = call.told_of(Record::read("call_list.revealed", call.record.clone(), NAME_AND_CONTACT));
            tx.record(read.because(input.reason.as_str()));
        }
        Reply::ok(&CallList::from(page))
    })
    .await
}

/// What has come of a call.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "date": "2035-01-03", "kind": "BOOKING", "record": "bookings/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "status": "REACHED"
}))]
pub struct CallNote {
    /// The day on whose list it stands; today when absent.
    date: Option<NaiveDate>,
    kind: CallKind,
    /// As in the list.
    #[schema(min_length = 1, max_length = 80)]
    record: String,
    /// Who was called, as in the list: wanted where several are called about the record for this reason.
    #[serde(default)]
    #[schema(nullable = false)]
    person_id: Option<Id>,
    /// Which matter, as in the list, where the record stands there about several; the latest when absent.
    #[serde(default)]
    #[schema(nullable = false)]
    about_at: Option<Moment>,
    /// `TO_CALL` takes back what was noted by mistake.
    status: CallStatus,
    /// When they were called, where that is not now: on the day of the list or later, and not after now. Not with `TO_CALL`.
    #[serde(default)]
    #[schema(nullable = false)]
    called_at: Option<Moment>,
}

impl CallNote {
    /// When they were called.
    fn at(&self, by: &By, day: NaiveDate) -> Result<Moment> {
        let Some(at) = self.called_at else { return Ok(by.now) };
        if self.status == CallStatus::ToCall {
            let text = Text::new("取消登記時不填", "not where a note is taken back");
            return Err(Error::field("/called_at", "not_allowed", text));
        }
        if at.date() < day || at > by.now {
            let text = Text::new("須在名單之日與現在之間", "from the day of the list on, and not after now");
            return Err(Error::field("/called_at", "range", text));
        }
        Ok(at)
    }
}

/// Notes what has come of a call.
///
/// Of one that stands on the list of the day, where several are called about one record of the one whom `person_id` names (`required`); the last note of a matter counts, and all are kept. A matter that comes up anew, such
/// as a booking that was moved, is to be called about anew. Whoever is reached about a petition or an inquiry is told by it, and stands in
/// the list until the day ends, so that it can be taken back. What they know last goes by when they were called. It is looked at again once
/// nobody else acts upon the record: a call that need not be made any more, or that the caller may not know any more, is `not_found`.
#[utoipa::path(tag = "Calls", operation_id = "note_call", request_body = CallNote, responses(
    (status = 200, description = "The call with what came of it.", body = ListedCall),
    (status = 404, description = "No such call stands on the list of that day: `not_found`."),
    (status = 409, description = "`own_request`: its record names whoever acts, or their spouse or kin; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/call-list:note")]
pub async fn note_call(may: May<NoteCall>, node: Data<Node>, Valid(input): Valid<CallNote>) -> Result<Reply> {
    check_day(input.date)?;
    // Who is called, by an answer that was kept, is told to whoever still knows it.
    let (shared, path) = (node.clone(), input.record.clone());
    let seen = move |conn: &mut Conn, by: &By| -> Result<String> {
        let known = shared.part::<Matters>().seen(conn, &shared, by, &[path.as_str()].into())?;
        Ok(format!(" {known:?}"))
    };
    may.write_seen(seen, move |tx, by| {
        let day = input.date.unwrap_or(by.now.date());
        let (kind, record, person) = (Some(input.kind), Some(input.record.as_str()), input.person_id);
        let wanted = Wanted { day, kind, service_point: None, status: None, record, person, about_at: input.about_at };
        let mut calls = of(tx, &node, by, &wanted, false)?;
        if calls.windows(2).any(|pair| pair[0].person_id != pair[1].person_id) {
            let text = Text::new("此案須通知數人，請填 person_id", "several are called about it: say who was");
            return Err(Error::field("/person_id", "required", text));
        }
        let found = calls.pop().ok_or(Code::NOT_FOUND)?;
        // Whoever has acted upon the record meanwhile may have left nothing to call about, or nobody to know it.
        node.part::<Matters>().take(tx, &found.record)?;
        let wanted = Wanted { person: found.person_id, about_at: Some(found.about_at), ..wanted };
        let call = of(tx, &node, by, &wanted, false)?.pop().ok_or(Code::NOT_FOUND)?;
        let called_at = input.at(by, day)?;
        if call.own_matter {
            // Where nobody knows who works with the account, every matter may be its own.
            by.caller.account().map_or(Ok(()), |account| require_holder(tx, account.id))?;
            return Err(Code::OWN_REQUEST.into());
        }
        let was_reached = call.status == CallStatus::Reached;
        let noted = ListedCall { status: input.status, called_at: input.status.called_at(called_at), ..call };
        note(tx, by, &noted)?;
        let (kind, record, about_at) = (noted.kind, noted.record.as_str(), noted.about_at);
        let news =
            CallNews { kind, record, about_at, at: called_at, was_reached, is_reached: noted.status == CallStatus::Reached };
        node.part::<Domains>().follow_call(tx, &node, by, &news)?;
        Reply::ok(&noted)
    })
    .await
}
