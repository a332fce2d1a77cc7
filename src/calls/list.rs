//! The list of a day: what the domains have to call about, with names, contacts and what came of earlier calls.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::auth::protection::closed_to;
use crate::auth::{By, Involved};
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::domain::{Call, CallKind, Domains, Whom};
use crate::error::Result;
use crate::node::Node;
use crate::office::desk;
use crate::people::{self, ShownContact, contacts, holding};
use crate::schema::calls;
use crate::states::are_own;
use crate::text_enum;

text_enum! {
    /// What has come of calling somebody about a matter.
    pub enum CallStatus {
        ToCall = "TO_CALL",
        NotReached = "NOT_REACHED",
        Reached = "REACHED",
    }
}

impl CallStatus {
    /// When somebody was called by what was noted at a moment: what takes it back is no call.
    pub fn called_at(self, noted_at: Moment) -> Option<Moment> {
        (self != Self::ToCall).then_some(noted_at)
    }
}

/// Somebody to call.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "kind": "BOOKING", "record": "bookings/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "B115-7K3QX-9M2XA", "service_point": "HEMEI",
    "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "name": "王○明",
    "contact": {"phone": "0912***678", "other_phones": [], "email": null, "address": null, "language": "TAIWANESE", "none_reason": null, "masked": true},
    "about_at": "2026-11-25T09:00:00+08:00", "status": "TO_CALL", "called_at": null, "own_matter": false
}))]
pub struct ListedCall {
    pub kind: CallKind,
    /// The record that it is about: `bookings/{id}`, `waitlist/{id}`, `referrals/{id}`, `cases/{id}`, `certificates/{id}`,
    /// `letters-of-proxy/{id}`, `petitions/{id}`, `inquiries/{id}`, `on-site-complaints/{id}`.
    #[schema(max_length = 80)]
    pub record: String,
    /// What people quote it by; `null` where it has no number.
    #[schema(max_length = 60)]
    pub number: Option<String>,
    #[schema(max_length = 20)]
    pub service_point: String,
    /// `null` where somebody has only said their name, as petitioners do.
    pub person_id: Option<Id>,
    /// Masked, but where the list is revealed; `○` in a matter of the caller's own.
    #[schema(max_length = 100)]
    pub name: String,
    /// How to reach them, in which language, or why not; `null` where nobody has said it, or not of them, and in a matter of the
    /// caller's own.
    pub contact: Option<ShownContact>,
    /// When the booking begins, the slot was lost or settled, the offer ends, the papers are due, the entry was made, the certificate was issued, the
    /// petitioner was to be told; of the dead the beginning of what is booked, else when it came in.
    pub about_at: Moment,
    /// By the last call of them about this matter at this moment.
    pub status: CallStatus,
    /// When somebody called last, as they say it, else when they noted it; `null` where nobody has, or what was noted is taken back.
    pub called_at: Option<Moment>,
    /// Its record names the caller, or their spouse or kin: somebody else calls (行政程序法 §32), and neither name nor contact is shown.
    pub own_matter: bool,
    #[serde(skip)]
    pub withheld: bool,
}

impl ListedCall {
    /// A line of the journal, with whom it is about where the office knows them.
    pub fn told_of(&self, record: Record) -> Record {
        match self.person_id {
            Some(person) => record.about(person),
            None => record,
        }
    }
}

/// The name in a matter of the caller's own.
const NOBODY: &str = "○";

/// What is looked for in a day's list.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub day: NaiveDate,
    pub kind: Option<CallKind>,
    pub service_point: Option<&'a str>,
    pub status: Option<CallStatus>,
    pub record: Option<&'a str>,
    pub person: Option<Id>,
    /// The moment of the matter, where the record stands there about several.
    pub about_at: Option<Moment>,
}

impl Wanted<'_> {
    /// Whether a call is at the service point, about the record, and of the person that are looked for.
    fn is_at(&self, call: &Call) -> bool {
        self.service_point.is_none_or(|point| point == call.service_point)
            && self.record.is_none_or(|record| record == call.record)
            && self.person.is_none_or(|person| call.whom.person() == Some(person))
            && self.about_at.is_none_or(|at| at == call.at)
    }
}

/// What is to be called about, by which reason, each record once for each whom it calls; and beside each whom its record names.
/// Nothing that names somebody whose data is closed to the caller.
type Found = (Vec<(CallKind, Call)>, Vec<Involved>);

fn found(conn: &mut Conn, node: &Node, by: &By, wanted: &Wanted<'_>) -> Result<Found> {
    let mut all = node.part::<Domains>().calls(conn, node, by, wanted.day)?;
    let closed = closed_to(conn, by)?;
    for (_, calls) in &mut all {
        calls.retain(|call| desk::sees(by, &call.service_point) && wanted.is_at(call));
    }
    let people: HashSet<Id> = all.iter().flat_map(|(_, calls)| calls).filter_map(|call| call.whom.person()).collect();
    let dead = holding::deceased(conn, &people.into_iter().collect::<Vec<_>>())?;
    let dead: HashSet<Id> = dead.into_iter().collect();
    let is_dead = |call: &Call| call.whom.person().is_some_and(|person| dead.contains(&person));
    let kind = |call: &Call| if is_dead(call) { Some(CallKind::Deceased) } else { call.kind };
    let (mut found, mut involved) = (Vec::new(), Vec::new());
    for (domain, calls) in all {
        let calls = calls.into_iter().filter_map(|call| Some((kind(&call)?, call)));
        let calls: Vec<_> = calls.filter(|(kind, _)| wanted.kind.is_none_or(|one| one == *kind)).collect();
        let named = (domain.involved)(conn, node, &calls.iter().map(|(_, call)| call).collect::<Vec<_>>())?;
        let is_open = |named: &Involved| !named.records.iter().any(|record| closed.contains(record));
        let (open, whom): (Vec<_>, Vec<_>) = calls.into_iter().zip(named).filter(|(_, named)| is_open(named)).unzip();
        found.extend(open);
        involved.extend(whom);
    }
    Ok((found, involved))
}

/// What came of the last call about each matter: by its reason, record and moment, and by whom it was of. Notes of before tell nobody.
type Called = HashMap<(CallKind, String, Moment, Option<Id>), (CallStatus, Moment)>;

fn called(conn: &mut Conn, found: &[(CallKind, Call)]) -> Result<Called> {
    type Row = (CallKind, String, Moment, Option<Id>, CallStatus, Moment, Option<Moment>);
    let records: Vec<&str> = found.iter().map(|(_, call)| call.record.as_str()).collect();
    let columns =
        (calls::kind, calls::record, calls::about_at, calls::person_id, calls::status, calls::noted_at, calls::called_at);
    let noted = calls::table.filter(calls::record.eq_any(records)).order((calls::noted_at, calls::id));
    let rows: Vec<Row> = noted.select(columns).load(conn)?;
    let row = |(kind, record, about, person, status, noted_at, at): Row| {
        ((kind, record, about, person), (status, at.unwrap_or(noted_at)))
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The list of a day in order of its moments; whole, but for what is the caller's own matter, where it is revealed.
pub fn of(conn: &mut Conn, node: &Node, by: &By, wanted: &Wanted<'_>, whole: bool) -> Result<Vec<ListedCall>> {
    let (found, involved) = found(conn, node, by, wanted)?;
    let called = called(conn, &found)?;
    let people: HashSet<Id> = found.iter().filter_map(|(_, call)| call.whom.person()).collect();
    let people: Vec<Id> = people.into_iter().collect();
    let own = are_own(conn, by, &involved)?;
    let names = people::store::records(conn, &node.vault, &people)?;
    let reached_by: Vec<String> = found.iter().filter_map(|(_, call)| call.contact.clone()).collect();
    let contacts = contacts::of_all(conn, &node.vault, &reached_by)?;
    let listed = |((kind, call), own_matter): ((CallKind, Call), bool)| {
        let name = match &call.whom {
            Whom::Person(person) => names.get(person).map_or("", |person| person.name.as_str()),
            Whom::Named(name) => name.as_str(),
        };
        let noted = |person: Option<Id>| called.get(&(kind, call.record.clone(), call.at, person));
        let last = noted(call.whom.person()).or_else(|| noted(None));
        ListedCall {
            kind,
            name: match (own_matter, whole) {
                (true, _) => NOBODY.to_owned(),
                (_, true) => name.to_owned(),
                _ => people::mask_name(name),
            },
            contact: call
                .contact
                .as_ref()
                .and_then(|contact| contacts.get(contact))
                .filter(|_| !own_matter)
                .map(|contact| contact.shown(whole)),
            record: call.record,
            number: call.number,
            service_point: call.service_point,
            person_id: call.whom.person(),
            about_at: call.at,
            status: last.map_or(CallStatus::ToCall, |(status, _)| *status),
            called_at: last.and_then(|(status, at)| status.called_at(*at)),
            own_matter,
            withheld: call.withheld,
        }
    };
    let mut listed: Vec<ListedCall> = found.into_iter().zip(own).map(listed).collect();
    listed.retain(|call| wanted.status.is_none_or(|status| status == call.status));
    listed.sort_by_key(position);
    Ok(listed)
}

/// Keeps what has come of a call.
pub fn note(tx: &mut Tx, by: &By, call: &ListedCall) -> Result<()> {
    let row = (
        calls::id.eq(Id::new(by.now)),
        calls::kind.eq(call.kind),
        calls::record.eq(&call.record),
        calls::about_at.eq(call.about_at),
        calls::person_id.eq(call.person_id),
        calls::status.eq(call.status),
        calls::noted_by.eq(by.caller.name()),
        calls::noted_at.eq(by.now),
        calls::called_at.eq(call.called_at),
    );
    diesel::insert_into(calls::table).values(row).execute(&mut **tx)?;
    let noted = if call.withheld {
        Record::read("call.noted", call.record.clone(), "")
    } else {
        Record::change("call.noted", call.record.clone(), json!({"kind": call.kind, "status": call.status}))
    };
    tx.record(call.told_of(noted));
    Ok(())
}

/// Those records of a kind about which somebody was reached on a day, by the last note of each matter, with its moment: on that day they
/// stand in the list still, so that a note by mistake is taken back.
pub fn reached_on(conn: &mut Conn, kind: CallKind, day: NaiveDate) -> Result<Vec<(Id, Moment)>> {
    let noted = calls::table.filter(calls::kind.eq(kind)).filter(calls::noted_at.ge(Moment::start_of(day)));
    let records: Vec<String> =
        noted.filter(calls::noted_at.lt(Moment::end_of(day))).select(calls::record).distinct().load(conn)?;
    let columns = (calls::record, calls::about_at, calls::status, calls::noted_at);
    let noted =
        calls::table.filter(calls::kind.eq(kind)).filter(calls::record.eq_any(records)).order((calls::noted_at, calls::id));
    let mut last: BTreeMap<(String, Moment), (CallStatus, Moment)> = BTreeMap::new();
    for (record, about_at, status, noted_at) in noted.select(columns).load::<(String, Moment, CallStatus, Moment)>(conn)? {
        last.insert((record, about_at), (status, noted_at));
    }
    let is_done = |(_, (status, at)): &(_, (CallStatus, Moment))| *status == CallStatus::Reached && at.date() == day;
    let key = |((record, about_at), _): ((String, Moment), _)| Some((record.rsplit('/').next()?.parse::<Id>().ok()?, about_at));
    Ok(last.into_iter().filter(is_done).filter_map(key).collect())
}

/// Where a call stands in the list.
pub fn position(call: &ListedCall) -> String {
    let person = call.person_id.map_or_else(String::new, |person| person.to_string());
    format!("{} {} {} {person}", call.about_at, call.kind, call.record)
}
