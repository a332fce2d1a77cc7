//! What every entry of a volunteer goes through: entered, listed, corrected, withdrawn and restored.

use actix_web::web::Data;
use actix_web::{get, post};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::entries::{
    Detail, Grounds, VolunteerAppraisal, VolunteerConsent, VolunteerEntryAct, VolunteerEntryKind, VolunteerIncident,
    VolunteerInsurance, VolunteerServiceCertificate, VolunteerTraining,
};
use super::entry_store::{self, Entry, require_free_number};
use super::entry_view::{VolunteerEntryView, applied, entry_view};
use super::expiring;
use super::history::{self, VolunteerChange, changes, json_of};
use super::model::VolunteerStatus;
use super::policy::{CorrectVolunteerEntry, GetVolunteerEntry, RestoreVolunteerEntry, WithdrawVolunteerEntry};
use super::settings::VolunteerSettings;
use super::store::{self, Volunteer};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Record, Tx};
use crate::error::{Error, Result};
use crate::http::{IfMatch, Paging, PathId, Reply, Valid, coded};
use crate::node::Node;
use crate::people::{self, Note, Reason};
use crate::states::in_own_matter;

/// Tells history and journal of the volunteer.
fn note(
    tx: &mut Tx,
    node: &Node,
    (volunteer, entry): (&Volunteer, &Entry),
    act: VolunteerEntryAct,
    (why, changed): (&str, Vec<VolunteerChange>),
) -> Result<()> {
    // Of which entry each line tells, and that it is one.
    let at = |change: VolunteerChange| VolunteerChange { pointer: format!("/entries/{}{}", entry.id, change.pointer), ..change };
    let changed = changed.into_iter().map(at).collect();
    history::tell(tx, &node.vault, (&volunteer.path(), act.line().journal), why, changed)?;
    let data = json!({"entry_id": entry.id, "kind": entry.kind, "status": entry.status});
    tx.record(Record::change(act.line().journal, volunteer.path(), data).about(volunteer.person_id).because(why));
    Ok(())
}

/// By what an entry of a volunteer is judged.
pub fn grounds(tx: &mut Tx, node: &Node, by: &By, volunteer: &Volunteer) -> Result<Grounds> {
    Ok(Grounds {
        today: by.now.date(),
        born: people::store::birth_on(tx, &node.vault, volunteer.person_id)?,
        member_from: volunteer.member_from,
        insured_up_to_age: node.config.of::<VolunteerSettings>().insured_up_to_age,
    })
}

/// Refuses an entry of a record for which another one stands.
pub fn require_unmerged(volunteer: &Volunteer) -> Result<()> {
    if volunteer.status == VolunteerStatus::Merged { Err(Error::wrong_state(&[])) } else { Ok(()) }
}

/// Enters something of a volunteer.
pub async fn enter<A: Action>(may: May<A>, node: Data<Node>, id: Id, detail: Detail) -> Result<Reply> {
    may.write(move |tx, by| {
        let volunteer = store::find(tx, by, id)?;
        detail.act().keep_apart(&in_own_matter(tx, by, &[volunteer.person_id])?)?;
        require_unmerged(&volunteer)?;
        detail.check("", &grounds(tx, &node, by, &volunteer)?)?;
        require_free_number(tx, "", detail.number().as_deref(), None)?;
        let entry = Entry::new(&node.vault, (by.caller.name(), by.now), volunteer.id, &detail)?;
        entry_store::insert(tx, &entry)?;
        let entered = changes(&json!({}), &json_of(&detail)?);
        note(tx, &node, (&volunteer, &entry), detail.act(), ("", entered))?;
        let address = format!("/v1/{}", entry.path());
        Ok(Reply::created(address, &entry_view(tx, &node.vault, by, entry, volunteer.person_id)?)?.version(1))
    })
    .await
}

/// Lists a volunteer's entries of some kinds.
pub async fn list<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, kinds): (Id, &'static [VolunteerEntryKind]),
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let volunteer = store::find(conn, by, id)?;
        if kinds.contains(&VolunteerEntryKind::Incident) {
            store::require_anothers_record(conn, by, volunteer.person_id)?;
        }
        let page = entry_store::list(conn, volunteer.id, kinds, &paging)?;
        Reply::ok(&page.try_map(|entry| entry_view(conn, &node.vault, by, entry, volunteer.person_id))?)
    })
    .await
}

/// Shows an entry of a volunteer.
///
/// As it stands, or stood before it was withdrawn; the history of the volunteer has what it said before.
#[utoipa::path(tag = "Volunteers", operation_id = "get_volunteer_entry", params(IdInPath), responses((status = 200, description = "The entry.", body = VolunteerEntryView)))]
#[get("/v1/volunteer-entries/{id}")]
pub async fn get_volunteer_entry(may: May<GetVolunteerEntry>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let (entry, volunteer) = entry_store::find(conn, by, id.0)?;
        let version = entry.version;
        Ok(Reply::ok(&entry_view(conn, &node.vault, by, entry, volunteer.person_id)?)?.version(version))
    })
    .await
}

/// What an entry should say: the member of its kind, in the place of all that it said.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "insurance": {"insurer": "示範產物保險", "policy": "1150001", "from_on": "2026-01-01", "to_on": "2026-12-31"}, "reason": "訖日誤植"
}))]
pub struct VolunteerEntryCorrection {
    training: Option<VolunteerTraining>,
    insurance: Option<VolunteerInsurance>,
    consent: Option<VolunteerConsent>,
    certificate: Option<VolunteerServiceCertificate>,
    appraisal: Option<VolunteerAppraisal>,
    incident: Option<VolunteerIncident>,
    reason: Note,
}

impl VolunteerEntryCorrection {
    /// What is said in the place of an entry: by the same member, and no other.
    fn detail(&self, before: &Detail) -> Result<Detail> {
        let given = [
            self.training.clone().map(Detail::Training),
            self.insurance.clone().map(Detail::Insurance),
            self.consent.clone().map(Detail::Consent),
            self.certificate.clone().map(Detail::Certificate),
            self.appraisal.clone().map(Detail::Appraisal),
            self.incident.clone().map(Detail::Incident),
        ];
        let (wanted, others): (Vec<Detail>, Vec<Detail>) =
            given.into_iter().flatten().partition(|detail| detail.member() == before.member());
        if let Some(other) = others.first() {
            return Err(Error::field(format!("/{}", other.member()), "not_allowed", coded("not_allowed").1));
        }
        let required = || Error::field(format!("/{}", before.member()), "required", coded("required").1);
        wanted.into_iter().next().ok_or_else(required)
    }
}

/// Corrects an entry of a volunteer.
///
/// With a reason; the history keeps both values. A training counts by the day on which it was finished, whenever that is put right.
#[utoipa::path(tag = "Volunteers", operation_id = "correct_volunteer_entry", params(IdInPath, IfMatchHeader), request_body = VolunteerEntryCorrection, responses(
    (status = 200, description = "The entry.", body = VolunteerEntryView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteer-entries/{id}:correct")]
pub async fn correct_volunteer_entry(
    may: May<CorrectVolunteerEntry>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<VolunteerEntryCorrection>,
) -> Result<Reply> {
    change(
        may,
        node,
        (id.0, if_match, VolunteerEntryAct::Correct),
        input.reason.as_str().to_owned(),
        move |tx, node, by, open| {
            let (entry, volunteer) = open;
            let before = entry.detail(&node.vault)?;
            let detail = input.detail(&before)?;
            let at = format!("/{}", detail.member());
            detail.check(&at, &grounds(tx, node, by, volunteer)?)?;
            require_free_number(tx, &at, detail.number().as_deref(), Some(entry.id))?;
            entry.say(&node.vault, &detail)?;
            Ok(changes(&json_of(&before)?, &json_of(&detail)?))
        },
    )
    .await
}

/// Withdraws an entry of a volunteer.
///
/// With a reason: it was wrong, or is somebody else's. It counts no more, on no day, and stays readable.
#[utoipa::path(tag = "Volunteers", operation_id = "withdraw_volunteer_entry", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The withdrawn entry.", body = VolunteerEntryView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteer-entries/{id}:withdraw")]
pub async fn withdraw_volunteer_entry(
    may: May<WithdrawVolunteerEntry>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let act = (id.0, if_match, VolunteerEntryAct::Withdraw);
    change(may, node, act, why.as_str().to_owned(), |_, _, _, _| Ok(Vec::new())).await
}

/// Restores an entry of a volunteer.
///
/// With a reason: one that was withdrawn by mistake.
#[utoipa::path(tag = "Volunteers", operation_id = "restore_volunteer_entry", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The entry, which stands again.", body = VolunteerEntryView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: it is of the caller, or of somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteer-entries/{id}:restore")]
pub async fn restore_volunteer_entry(
    may: May<RestoreVolunteerEntry>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    let act = (id.0, if_match, VolunteerEntryAct::Restore);
    change(may, node, act, why.as_str().to_owned(), |_, _, _, _| Ok(Vec::new())).await
}

/// Changes one entry: at the version that the caller read, judged, saved, told with both values and shown.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match, act): (Id, IfMatch, VolunteerEntryAct),
    why: String,
    effect: impl Fn(&mut Tx, &Node, &By, (&mut Entry, &Volunteer)) -> Result<Vec<VolunteerChange>> + Send + 'static,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let (mut entry, volunteer) = entry_store::find(tx, by, id)?;
        if_match.check(entry.version)?;
        let (before, today) = (entry.status, by.now.date());
        let ends = expiring::open_ends(tx, &node, volunteer.id, today)?;
        entry.status = applied(tx, by, (&entry, volunteer.person_id), act)?;
        let mut changed = effect(tx, &node, by, (&mut entry, &volunteer))?;
        if entry.status != before {
            changed.push(VolunteerChange { pointer: "/status".to_owned(), before: json!(before), after: json!(entry.status) });
        }
        if act == VolunteerEntryAct::Restore {
            require_free_number(tx, "", entry.number.as_deref(), Some(entry.id))?;
            entry.warned_at = None;
        }
        entry_store::save(tx, &mut entry)?;
        expiring::tell_again(tx, &node, (volunteer.id, &ends), today)?;
        note(tx, &node, (&volunteer, &entry), act, (&why, changed))?;
        let version = entry.version;
        Ok(Reply::ok(&entry_view(tx, &node.vault, by, entry, volunteer.person_id)?)?.version(version))
    })
    .await
}
