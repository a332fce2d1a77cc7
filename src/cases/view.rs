//! How cases are shown: places masked as their people are, whole only by `:reveal`.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::allowed::allowed;
use super::case::{Case, Party, ProxyLetter};
use super::change_hints;
use super::changes::proposer;
use super::circumstances;
use super::clock;
use super::contact;
use super::ex_officio::{self, ExOfficioGround};
use super::faces::{ApplicantView, PartyView, ProxyView, Shown, Sight};
use super::fields::{self, CaseFields, Form, PartyRole};
use super::hints::{self, RegisterHint};
use super::named::{self, Names};
use super::online;
use super::outside::{HIDDEN, Outside, applies, without_places};
use super::register::{Faces, People};
use super::restore::letter;
use super::shown_fields::ShownFields;
use super::states::{CaseAct, CaseStatus};
use super::status;
use super::store;
use super::surnames;
use super::types::checklist::{PaperRule, missing};
use super::types::model::CaseType;
use crate::accounts::IdentityLevel;
use crate::agencies::model::Trigger;
use crate::auth::{By, Reach, STAFF, told};
use crate::cases::CaseTypes;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::node::Node;
use crate::people;
use crate::people::ShownContact;
use crate::people::differences::IdentityDifference;
use crate::people::protection::{self, Inquirer};
use crate::people::store::Named;
use crate::scheduling::Plans;
use crate::scheduling::services::Channel;

/// When the office must be done.
#[derive(Serialize, ToSchema)]
pub struct DueView {
    /// The limit of the type: SAME_VISIT, 5_WORKDAYS …
    #[schema(max_length = 40)]
    pub rule: String,
    /// As of now: it moves on while the clock stands still; see `/clock`.
    pub at: Moment,
}

/// Agencies to be told.
#[derive(Serialize, ToSchema)]
pub struct NotificationView {
    pub trigger: Trigger,
    /// Agencies that take notices of this kind; the person chooses and consents.
    #[schema(max_items = 50)]
    pub agencies: Vec<String>,
    /// The notices go out on the day of the consent.
    pub due_on: NaiveDate,
}

/// A case. Other people's data is masked, and so is what `fields` say of anybody; POST /v1/cases/{id}:reveal shows it whole and is logged.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-HEMEI-000001", "type_code": "BIRTH", "type_version": 1,
    "status": "ACCEPTED", "channel": "COUNTER", "service_point": "HEMEI", "off_site": false, "registered_area": null,
    "registered_office": null, "parties": [{"role": "MOTHER", "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "name": "王○美", "national_id": "N20*****04"}],
    "applicant": {"person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "name": "王○美", "national_id": "N20*****04", "relation": "MOTHER"},
    "proxy": null, "contact": null, "event_on": "2026-11-10", "received_at": "2026-11-23T09:00:00+08:00", "accepted_at": "2026-11-23T09:00:00+08:00",
    "due": {"rule": "SAME_VISIT", "at": "2026-11-23T23:59:59+08:00"}, "legal_due_on": "2027-01-11", "late": false,
    "clerk_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "reviewer_id": null,
    "fields": {"kind": "BIRTH", "child_name": "王○安", "sex": "FEMALE", "surname_from": "FATHER", "birth_place": "HOSPITAL",
        "certificate_number": "出字第 1150001 號", "weight_g": 3150, "weeks": 39, "birth_order": 1, "multiple": 1},
    "papers": ["ID_CARD"], "circumstances": [], "missing_papers": [], "fee_twd": null, "notification": null, "registered_at": null,
    "allowed_actions": ["edit", "assign", "one-time-notice", "withdraw", "refuse"], "updated_at": "2026-11-23T09:00:00+08:00"
}))]
pub struct CaseView {
    pub id: Id,
    /// ROC year, service point and running number without gaps; `null` for a draft, and where the service point is hidden.
    #[schema(max_length = 40)]
    pub number: Option<String>,
    #[schema(max_length = 40)]
    pub type_code: String,
    #[schema(minimum = 1)]
    pub type_version: i32,
    pub status: CaseStatus,
    pub channel: Channel,
    /// `***` to a party who is barred from the data of another and does not apply themself (家庭暴力防治法 §14).
    #[schema(max_length = 20)]
    pub service_point: String,
    pub off_site: bool,
    /// Township in which its people are registered, when it is taken off site.
    #[schema(max_length = 100)]
    pub registered_area: Option<String>,
    /// The office that is to be told of it then.
    #[schema(max_length = 110)]
    pub registered_office: Option<String>,
    #[schema(max_items = 30)]
    pub parties: Vec<PartyView>,
    pub applicant: ApplicantView,
    pub proxy: Option<ProxyView>,
    /// Why the office enters it by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ex_officio: Option<ExOfficioGround>,
    /// How to reach the applicant: to them and to whoever began the case whole, to staff masked; `null` to others, and where
    /// nobody has said it.
    pub contact: Option<ShownContact>,
    /// How well the office knows the owner of the account that began it online; to staff only, and absent where staff took it or the
    /// account is nobody's. Of one that is only `DECLARED` whoever accepts it looks at a paper.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub identity_level: Option<IdentityLevel>,
    pub event_on: Option<NaiveDate>,
    pub received_at: Moment,
    pub accepted_at: Option<Moment>,
    pub due: Option<DueView>,
    /// Last day of the applicant's period of law (戶籍法 §48).
    pub legal_due_on: Option<NaiveDate>,
    /// Received after that day.
    pub late: bool,
    /// Account of the clerk in charge; `null` too where the service point is hidden, which it would tell.
    pub clerk_id: Option<Id>,
    /// Account of the reviewer, likewise.
    pub reviewer_id: Option<Id>,
    #[schema(value_type = ShownFields)]
    pub fields: Value,
    /// Codes of the papers that are there.
    #[schema(max_items = 60)]
    pub papers: Vec<String>,
    #[schema(max_items = 60)]
    pub circumstances: Vec<String>,
    /// Papers of the checklist that are not there.
    #[schema(max_items = 60)]
    pub missing_papers: Vec<PaperRule>,
    #[schema(minimum = 0)]
    pub fee_twd: Option<i32>,
    /// Who must hear of it, once it is registered.
    pub notification: Option<NotificationView>,
    pub registered_at: Option<Moment>,
    /// Where it names people otherwise than the office has seen or registered them; told to staff only. Settle it by the paper
    /// (POST /v1/people/{id}:settle) or mend the case: it cannot go to review before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 70, nullable = false)]
    pub identity_differences: Option<Vec<IdentityDifference>>,
    /// What the register does not know and a clerk should look at once more, until the case is registered, and while a correction,
    /// a revocation or a reinstatement of it waits for a decision: of a correction what the corrected entry is told and the one that
    /// stands is not; told to staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 10, nullable = false)]
    pub register_hints: Option<Vec<RegisterHint>>,
    /// What the caller may do now, by the part of the address that follows the case's; `edit` is its PATCH.
    #[schema(value_type = Vec<CaseAct>, max_items = 20)]
    pub allowed_actions: Vec<&'static str>,
    pub updated_at: Moment,
}

/// A case with all that belongs to it; its people as it named them.
pub fn view(conn: &mut Conn, node: &Node, by: &By, case: &Case, sight: Sight) -> Result<CaseView> {
    let parties = store::parties(conn, case.id)?;
    let names = named::of(conn, node, case.id)?;
    shown(conn, node, by, case, (parties.as_slice(), names.as_ref()), sight)
}

/// A case that has been taken this moment.
pub fn view_new(conn: &mut Conn, node: &Node, by: &By, case: &Case, (people, names): (People, Names)) -> Result<CaseView> {
    shown(conn, node, by, case, (people.parties.as_slice(), Some(&names)), Sight::Masked)
}

fn shown(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    case: &Case,
    (parties, names): (&[Party], Option<&Names>),
    sight: Sight,
) -> Result<CaseView> {
    let catalogue = node.part::<CaseTypes>().at(conn)?;
    let missing_type = || Error::Internal(format!("case {} has a type that is gone", case.id));
    let case_type = catalogue.version(&case.type_code, case.type_version).ok_or_else(missing_type)?;
    let papers: Vec<String> = case.papers.read()?;
    let fields = store::open_fields(&node.vault, case)?;
    let circumstances = circumstances::of(conn, node, case, &case_type.rules, (parties, names, &fields))?;
    let notification = super::notification(conn, case, case_type)?;
    let allowed_actions = allowed(conn, node, by, case)?;
    let due_at = moving_due(conn, node, by, case, case_type)?;
    // The county and citizens see a case as it was made; whoever works in the office, whichever their reach, what is known since.
    let is_staff = STAFF.iter().any(|role| by.reach != Reach::Own && by.caller.has_role(*role));
    let today = if is_staff { named::known(conn, node, case, parties)? } else { HashMap::new() };
    let identity_differences = match (case.registered_at, names) {
        _ if !is_staff => None,
        (None, Some(names)) => Some(named::compared(conn, node, case, names, parties, &today)?),
        _ => Some(Vec::new()),
    };
    let register_hints = match is_staff {
        true => Some(register_hints(conn, node, by, case, (case_type.rules.form, &fields), (parties, names))?),
        false => None,
    };
    let contact = contact::shown(conn, node, by, case, (is_staff, sight))?;
    let identity_level = if is_staff { online::level_of(conn, case)? } else { None };
    let known = names.map_or_else(Faces::new, |names| names.faces(case, parties));
    let outside = Outside::of(conn, node, by, case, parties)?;
    let hides_places = outside.as_ref().is_some_and(|outside| outside.hides_places);
    let hides_office = hides_places && !applies(by, case);
    let protected = match is_staff {
        true => Some(protection::protected(conn, &case.people(parties), by.now.date())?),
        false => None,
    };
    let mut people = Shown { conn, node, sight, known, outside, protected };
    let parties = parties.iter().map(|p| people.party(p, today.get(&p.person_id))).collect::<Result<_>>()?;
    let (name, known_by) = people.face(case.applicant_id)?;
    let applicant = ApplicantView { person_id: people.key(case.applicant_id), name, known_by, relation: case.relation };
    let proxy = case.proxy_id.zip(letter(&node.vault, case)?);
    let why = |reason: String| if hides_places { HIDDEN.to_owned() } else { told(by, reason) };
    let proxy = proxy.map(|(id, letter)| people.proxy(id, ProxyLetter { reason: why(letter.reason), ..letter })).transpose()?;
    let proxy = proxy.map(|proxy| ProxyView { approved_by: proxy.approved_by.filter(|_| !hides_office), ..proxy });
    let area = case.area(&node.vault)?.filter(|_| !hides_places);
    Ok(CaseView {
        id: case.id,
        number: case.number.clone().filter(|_| !hides_office),
        type_code: case.type_code.clone(),
        type_version: case.type_version,
        status: case.status,
        channel: case.channel,
        service_point: if hides_office { HIDDEN.to_owned() } else { case.service_point.clone() },
        off_site: case.off_site,
        registered_office: area.as_ref().map(|area| format!("{area}戶政事務所")),
        registered_area: area,
        parties,
        applicant,
        missing_papers: missing(case_type.rules.papers_for(&circumstances, case.brought_by()), &papers),
        proxy,
        ex_officio: ex_officio::of(conn, node, case)?.filter(|_| !hides_places),
        contact,
        identity_level,
        event_on: case.event_on,
        received_at: case.received_at,
        accepted_at: case.accepted_at,
        due: case.due_rule.clone().zip(due_at).map(|(rule, at)| DueView { rule, at }),
        legal_due_on: case.legal_due_on,
        late: case.late,
        clerk_id: case.clerk.filter(|_| !hides_office),
        reviewer_id: case.reviewer.filter(|_| !hides_office),
        fields: match sight {
            _ if hides_places => without_places(&fields::masked(&fields)),
            Sight::Whole => fields,
            Sight::Masked => fields::masked(&fields),
        },
        papers,
        circumstances,
        fee_twd: case.fee_twd,
        notification,
        registered_at: case.registered_at,
        identity_differences,
        register_hints,
        allowed_actions,
        updated_at: case.updated_at,
    })
}

/// What a clerk should look at once more in a case that is not registered yet, or is proposed to stand again, to be corrected or
/// revoked.
fn register_hints(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    case: &Case,
    (form, fields): (Form, &Value),
    (parties, names): (&[Party], Option<&Names>),
) -> Result<Vec<RegisterHint>> {
    let is_to_stand = match case.status {
        CaseStatus::Revoked => proposer(conn, case)?.is_some(),
        _ => case.registered_at.is_none(),
    };
    let Ok(fields) = CaseFields::kept(form, fields) else { return Ok(Vec::new()) };
    if !is_to_stand {
        return change_hints::of(conn, node, by, case, (&fields, parties));
    }
    let named: Vec<PartyRole> = parties.iter().map(|party| party.role).collect();
    let placed = status::placed(conn, parties)?;
    let matter = status::held(case, &fields, case.event_on, placed, by.now);
    let mut found = hints::of(conn, node, &matter, &named)?;
    found.extend(hints::presumed_ages(conn, node, case, &fields)?);
    let faces = names.map_or(&[][..], |names| names.parties.as_slice());
    let named = parties.iter().zip(faces).map(|(party, face)| (party.role, face.name.as_str(), &face.national_id));
    found.extend(surnames::hint(&fields, named));
    let ids: Vec<Id> = parties.iter().map(|party| party.person_id).collect();
    let records = people::store::records(conn, &node.vault, &ids)?;
    let known = parties.iter().enumerate().filter_map(|(index, party)| Some((index, records.get(&party.person_id)?)));
    let named =
        known.map(|(index, one)| (index, Named { name: &one.name, number: &one.number, birth_on: one.birth_on }, Some(one.id)));
    hints::add_likely(conn, node, &mut found, named)?;
    let applicant = Inquirer::Record(case.applicant_id);
    hints::add_orders(conn, node, &mut found, (applicant, &matter.parties, by.now.date()))?;
    Ok(found)
}

/// The office's limit as of now.
fn moving_due(conn: &mut Conn, node: &Node, by: &By, case: &Case, case_type: &CaseType) -> Result<Option<Moment>> {
    if case.status != CaseStatus::AwaitingDocuments {
        return Ok(case.due_at);
    }
    let stops = store::stops(conn, case.id)?;
    let plan = node.part::<Plans>().at(conn)?;
    Ok(clock::due_at(case, &case_type.rules, &stops, &plan.calendar, by.now))
}
