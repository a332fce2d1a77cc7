//! What happens to a case at the counter: intake, edit, acceptance, assignment; one transaction each.

use chrono::Duration;
use serde_json::{Value, json};

use super::case::{Case, Party, ProxyLetter};
use super::fields::CaseFields;
use super::intake::{ApplicantInput, CaseInput, Ground, Judged, PartyInput, ProxyInput};
use super::states::{CaseAct, CaseStatus};
use super::store;
use super::types::model::CaseType;
use crate::auth::{By, Reach, Role};
use crate::counters;
use crate::db::{Conn, Id, JsonText, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::office::desk;
use crate::people::{self, IdNumber, Name, Note};
use crate::state::State;

/// The type in force on the day of an application.
pub fn type_for(state: &State, conn: &mut Conn, by: &By, code: &str) -> Result<std::sync::Arc<CaseType>> {
    let catalogue = state.case_types.at(conn)?;
    let unknown = || Error::field("/type_code", "not_allowed", Text::new("無此案件類別", "there is no such case type"));
    catalogue.on(code, by.now.date()).cloned().ok_or_else(unknown)
}

/// Judges an application against a type.
pub fn judge(state: &State, conn: &mut Conn, by: &By, input: &CaseInput, case_type: &std::sync::Arc<CaseType>) -> Result<Judged> {
    let plan = state.plans.at(conn)?;
    let ground =
        Ground { case_type, calendar: &plan.calendar, listed_online: &state.config.listed_online, received_on: by.now.date() };
    input.judge(&ground, by)
}

/// Fills in days of birth that the office knows already.
fn complete(conn: &mut Conn, state: &State, input: &mut CaseInput) -> Result<()> {
    for party in input.parties.iter_mut().filter(|party| party.birth_on.is_none()) {
        if let Some(id) = people::store::find(conn, &state.vault, &party.national_id)? {
            party.birth_on = people::store::birth_on(conn, &state.vault, id)?;
        }
    }
    Ok(())
}

struct People {
    parties: Vec<Party>,
    applicant: Id,
    proxy: Option<Id>,
}

fn people_of(tx: &mut Tx, state: &State, by: &By, input: &CaseInput) -> Result<People> {
    let vault = &state.vault;
    let find = |tx: &mut Tx, name: &Name, number: &IdNumber, birth| {
        people::store::find_or_create(tx, vault, name.as_str(), number, birth, by.now)
    };
    let mut parties = Vec::with_capacity(input.parties.len());
    for party in &input.parties {
        let person_id = find(tx, &party.name, &party.national_id, party.birth_on)?;
        parties.push(Party { role: party.role, person_id });
    }
    let applicant = find(tx, &input.applicant.name, &input.applicant.national_id, None)?;
    let proxy = input.proxy.as_ref().map(|proxy| find(tx, &proxy.name, &proxy.national_id, None)).transpose()?;
    Ok(People { parties, applicant, proxy })
}

/// Takes an application in one call.
pub fn take(tx: &mut Tx, state: &State, by: &By, mut input: CaseInput) -> Result<Case> {
    let service_point = desk::chosen(by, input.service_point.as_deref())?;
    let own = by.reach == Reach::Own;
    if own {
        // Checked before anybody is noted or looked up.
        let number = people::store::find(tx, &state.vault, &input.applicant.national_id)?;
        let represented = people::store::represented(tx, by, store::PROXY_SCOPE)?;
        input.require_own(number.is_some_and(|id| represented.contains(&id)))?;
    } else {
        complete(tx, state, &mut input)?;
    }
    let case_type = type_for(state, tx, by, &input.type_code)?;
    let judged = judge(state, tx, by, &input, &case_type)?;
    let people = people_of(tx, state, by, &input)?;
    let principals: Vec<Id> = people.parties.iter().filter(|p| p.role.is_principal()).map(|p| p.person_id).collect();
    let id = Id::new(by.now);
    let mut case = Case {
        id,
        number: None,
        type_code: input.type_code.clone(),
        type_version: case_type.version,
        status: CaseStatus::Draft,
        channel: judged.channel,
        service_point,
        off_site: input.off_site,
        person_id: people.parties[0].person_id,
        applicant_id: people.applicant,
        relation: input.applicant.relation,
        proxy_id: people.proxy,
        proxy: judged.proxy.as_ref().map(JsonText::of).transpose()?,
        event_on: input.event_on,
        fields: store::seal_fields(&state.vault, id, &as_json(&judged.fields)?),
        papers: JsonText::of(&input.papers)?,
        circumstances: JsonText::of(&input.circumstances)?,
        received_at: by.now,
        accepted_at: None,
        late: judged.late,
        legal_due_on: judged.legal.as_ref().map(|legal| legal.due_on),
        due_rule: None,
        due_at: None,
        registered_at: None,
        fee_twd: judged.fee_twd,
        clerk: by.caller.account().filter(|_| !own).map(|account| account.id),
        reviewer: None,
        warned_at: None,
        overdue_at: None,
        updated_at: by.now,
        version: 1,
    };
    let accepted = !own && !input.draft;
    if accepted {
        accept_now(tx, state, by, &mut case, &case_type)?;
    }
    let matches = similar(tx, state, by, &case, &principals)?;
    if !matches.is_empty() && !input.confirm_not_duplicate {
        return Err(possible_duplicate(&matches));
    }
    store::insert(tx, &case, &people.parties)?;
    for (other, ..) in &matches {
        store::remember_verdict(tx, case.id, *other, by)?;
    }
    let action = if accepted { "case.accepted" } else { "case.drafted" };
    told(tx, by, &case, action, "")?;
    alarm(tx, &case, &judged.fields);
    Ok(case)
}

fn as_json(fields: &CaseFields) -> Result<Value> {
    serde_json::to_value(fields).map_err(|e| Error::internal("fields cannot be written as JSON", e))
}

/// A photograph that does not match goes to a supervisor at once (S49).
fn alarm(tx: &mut Tx, case: &Case, fields: &CaseFields) {
    if let CaseFields::Passport(check) = fields
        && !check.photo_matches
    {
        let event = json!({"number": case.number, "service_point": case.service_point});
        tx.record(Record::change("passport.photo_mismatch", format!("cases/{}", case.id), event).about(case.person_id));
    }
}

fn similar(tx: &mut Tx, state: &State, by: &By, case: &Case, principals: &[Id]) -> Result<Vec<store::Match>> {
    let since = case.received_at - Duration::days(state.config.duplicate_window_days);
    let matches = store::same(tx, by, &case.type_code, principals, since, Some(case.id))?;
    store::unjudged(tx, case.id, matches)
}

fn possible_duplicate(matches: &[store::Match]) -> Error {
    let shown: Vec<Value> = matches
        .iter()
        .map(|(id, number, status, at)| json!({"id": id, "number": number, "status": status, "received_at": at}))
        .collect();
    Problem::new(Code::PossibleDuplicate).with("matches", shown).into()
}

/// Gives a case its number and starts its clock.
fn accept_now(tx: &mut Tx, state: &State, by: &By, case: &mut Case, case_type: &CaseType) -> Result<()> {
    let year = counters::roc_year(by.now);
    let next = counters::next(tx, &format!("cases/{year}/{}", case.service_point))?;
    case.number = Some(format!("{year}-{}-{next:06}", case.service_point));
    case.accepted_at = Some(by.now);
    case.status = CaseAct::Accept.apply(case.status)?;
    let plan = state.plans.at(tx)?;
    if let Some(due) = case_type.rules.due(&plan.calendar, by.now, &[]) {
        (case.due_rule, case.due_at) = (Some(due.rule.to_owned()), Some(due.at));
    }
    Ok(())
}

/// Writes an act into the case's history and the journal.
pub fn told(tx: &mut Tx, by: &By, case: &Case, action: &'static str, reason: &str) -> Result<()> {
    store::note(tx, case, action.trim_start_matches("case."), &by.caller.name(), reason, by.now)?;
    let event = json!({
        "number": case.number, "type_code": case.type_code, "status": case.status, "service_point": case.service_point,
    });
    tx.record(Record::change(action, format!("cases/{}", case.id), event).about(case.person_id).because(reason));
    Ok(())
}

/// Whether the caller supervises: chiefs and the director may step into anybody's case.
pub fn supervises(by: &By) -> bool {
    by.caller.has_role(Role::Chief) || by.caller.has_role(Role::Director)
}

/// Refuses a clerk who is not in charge; a case without a clerk is taken over by whoever acts.
pub fn in_charge(by: &By, case: &mut Case) -> Result<()> {
    let Some(account) = by.caller.account() else { return Err(Code::Forbidden.into()) };
    match case.clerk {
        Some(clerk) if clerk != account.id && !supervises(by) => {
            Err(Problem::new(Code::AssignedToOther).with("clerk", clerk).into())
        }
        Some(_) => Ok(()),
        None => {
            case.clerk = Some(account.id);
            Ok(())
        }
    }
}

/// The application as it was made, opened, to be judged again.
pub fn restored(conn: &mut Conn, state: &State, case: &Case) -> Result<CaseInput> {
    let broken = |what: &str| Error::Internal(format!("case {}: {what} cannot be read back", case.id));
    let open = |conn: &mut Conn, id| -> Result<(Name, IdNumber)> {
        let (name, number) = people::store::open(conn, &state.vault, id)?;
        Ok((name.parse().map_err(|_| broken("a name"))?, number))
    };
    let mut parties = Vec::new();
    for party in store::parties(conn, case.id)? {
        let (name, national_id) = open(conn, party.person_id)?;
        let birth_on = people::store::birth_on(conn, &state.vault, party.person_id)?;
        parties.push(PartyInput { role: party.role, name, national_id, birth_on });
    }
    let (name, national_id) = open(conn, case.applicant_id)?;
    let applicant = ApplicantInput { name, national_id, relation: case.relation };
    let proxy = match (case.proxy_id, &case.proxy) {
        (Some(id), Some(letter)) => {
            let letter: ProxyLetter = letter.read()?;
            let (name, national_id) = open(conn, id)?;
            let reason: Note = letter.reason.parse().map_err(|_| broken("a reason"))?;
            Some(ProxyInput { name, national_id, reason, dated_on: letter.dated_on })
        }
        _ => None,
    };
    Ok(CaseInput {
        type_code: case.type_code.clone(),
        channel: Some(case.channel),
        service_point: Some(case.service_point.clone()),
        off_site: case.off_site,
        parties,
        applicant,
        proxy,
        event_on: case.event_on,
        fields: store::open_fields(&state.vault, case)?,
        papers: case.papers.read()?,
        circumstances: case.circumstances.read()?,
        draft: false,
        confirm_not_duplicate: false,
    })
}

/// The version of its type that a case began under.
pub fn own_type(state: &State, conn: &mut Conn, case: &Case) -> Result<std::sync::Arc<CaseType>> {
    let catalogue = state.case_types.at(conn)?;
    let gone = || Error::Internal(format!("case {} has a type that is gone", case.id));
    catalogue.version(&case.type_code, case.type_version).cloned().ok_or_else(gone)
}

/// Judges and keeps a changed application.
pub fn edit(tx: &mut Tx, state: &State, by: &By, case: &mut Case, input: &CaseInput) -> Result<()> {
    let case_type = own_type(state, tx, case)?;
    let judged = judge_at_receipt(state, tx, case, input, &case_type, by)?;
    let people = people_of(tx, state, by, input)?;
    let approved: Option<ProxyLetter> = case.proxy.as_ref().map(JsonText::read).transpose()?;
    let same_proxy = people.proxy == case.proxy_id;
    let letter = judged.proxy.map(|mut letter| {
        // An approval belongs to the proxy for whom it was given.
        if let Some(before) = approved.filter(|_| same_proxy) {
            (letter.approved_by, letter.approved_at) = (before.approved_by, before.approved_at);
        }
        letter
    });
    case.person_id = people.parties[0].person_id;
    case.applicant_id = people.applicant;
    case.relation = input.applicant.relation;
    case.proxy_id = people.proxy;
    case.proxy = letter.as_ref().map(JsonText::of).transpose()?;
    case.event_on = input.event_on;
    case.fields = store::seal_fields(&state.vault, case.id, &as_json(&judged.fields)?);
    case.papers = JsonText::of(&input.papers)?;
    case.circumstances = JsonText::of(&input.circumstances)?;
    case.late = judged.late;
    case.legal_due_on = judged.legal.as_ref().map(|legal| legal.due_on);
    case.fee_twd = judged.fee_twd;
    store::drop_parties(tx, case.id)?;
    store::replace_parties(tx, case.id, &people.parties)?;
    alarm(tx, case, &judged.fields);
    Ok(())
}

/// Judges an application as on the day on which it was received.
fn judge_at_receipt(
    state: &State,
    conn: &mut Conn,
    case: &Case,
    input: &CaseInput,
    case_type: &std::sync::Arc<CaseType>,
    by: &By,
) -> Result<Judged> {
    let plan = state.plans.at(conn)?;
    let ground = Ground {
        case_type,
        calendar: &plan.calendar,
        listed_online: &state.config.listed_online,
        received_on: case.received_at.date(),
    };
    input.judge(&ground, by)
}

/// Judges a changed application without keeping it.
pub fn judge_again(state: &State, conn: &mut Conn, by: &By, case: &Case, input: &CaseInput) -> Result<()> {
    let case_type = own_type(state, conn, case)?;
    judge_at_receipt(state, conn, case, input, &case_type, by).map(drop)
}

/// Accepts a draft: judged again, compared with what came in between, numbered.
pub fn accept(tx: &mut Tx, state: &State, by: &By, case: &mut Case, confirm_not_duplicate: bool) -> Result<()> {
    if CaseAct::Accept.after(case.status).is_none() {
        return Err(Error::wrong_state(&CaseAct::allowed(case.status)));
    }
    in_charge(by, case)?;
    let input = restored(tx, state, case)?;
    let case_type = own_type(state, tx, case)?;
    judge_at_receipt(state, tx, case, &input, &case_type, by)?;
    let parties = store::parties(tx, case.id)?;
    let principals: Vec<Id> = parties.iter().filter(|p| p.role.is_principal()).map(|p| p.person_id).collect();
    let matches = similar(tx, state, by, case, &principals)?;
    if !matches.is_empty() && !confirm_not_duplicate {
        return Err(possible_duplicate(&matches));
    }
    for (other, ..) in &matches {
        store::remember_verdict(tx, case.id, *other, by)?;
    }
    accept_now(tx, state, by, case, &case_type)
}
