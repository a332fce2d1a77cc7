//! What happens to a case at the counter: intake, edit, acceptance; one transaction each.

use std::sync::Arc;

use serde_json::json;

use super::CaseSettings;
use super::acting;
use super::again;
use super::capacity;
use super::case::{Case, ProxyLetter};
use super::certified;
use super::corrections;
use super::duplicates::{self, Likeness};
use super::effects;
use super::ex_officio;
use super::family::Family;
use super::fields::{CaseFields, Findings};
use super::frame;
use super::heads;
use super::input::CaseInput;
use super::intake::{Ground, Judged, Stage};
use super::named::{self, Names};
use super::online;
use super::protected;
use super::register::{self, Known, People};
use super::restore::{letter, restored, seal_letter};
use super::sights;
use super::states::{CaseAct, CaseStatus};
use super::status::{self, Matter};
use super::store;
use super::types::by_law::REPRESENTATIVE_UNKNOWN;
use super::types::checklist::PaperRule;
use super::types::model::CaseType;
use crate::auth::{By, Involved, Reach};
use crate::cases::CaseTypes;
use crate::clock::Moment;
use crate::db::{Conn, Id, JsonText, Record, Tx};
use crate::domain::case_path;
use crate::error::{Code, Error, Problem, Result, Text};
use crate::node::Node;
use crate::office::desk;
use crate::people::facts::Paper;
use crate::people::{Identifier, contacts};
use crate::scheduling::Plans;
use crate::scheduling::services::Channel;
use crate::states::require_anothers;

/// The type in force on the day of an application.
pub fn type_for(node: &Node, conn: &mut Conn, by: &By, code: &str) -> Result<Arc<CaseType>> {
    let catalogue = node.part::<CaseTypes>().at(conn)?;
    let unknown = || Error::field("/type_code", "unknown", Text::new("無此案件類別", "there is no such case type"));
    catalogue.on(code, by.now.date()).cloned().ok_or_else(unknown)
}

/// The version of its type that a case began under.
pub fn own_type(node: &Node, conn: &mut Conn, case: &Case) -> Result<Arc<CaseType>> {
    let catalogue = node.part::<CaseTypes>().at(conn)?;
    let gone = || Error::Internal(format!("case {} has a type that is gone", case.id));
    catalogue.version(&case.type_code, case.type_version).cloned().ok_or_else(gone)
}

/// An application that has been looked up and judged, and nothing of it kept.
pub struct Examined {
    pub input: CaseInput,
    pub service_point: String,
    pub known: Known,
    pub judged: Judged,
}

impl Examined {
    /// Everybody whom it names, as far as they are known.
    pub fn people(&self) -> Vec<Id> {
        let input = &self.input;
        let parties = input.parties.iter().map(|party| &party.national_id);
        let others = input.proxy.as_ref().map(|proxy| &proxy.national_id).into_iter().chain([&input.applicant.national_id]);
        parties.chain(others).filter_map(|number| self.known.id(number)).collect()
    }
}

/// What the register knows of those for whom somebody applies by their own account, themself or a principal: whoever does so for another
/// is put into the application with their letter, and whoever may not is refused.
fn known_online(conn: &mut Conn, node: &Node, by: &By, input: &mut CaseInput) -> Result<Known> {
    let mut known = Known::of(conn, node, by, input)?;
    let applicant = known.id(&input.applicant.national_id);
    input.require_own(applicant.is_some())?;
    if let Some(applicant) = applicant {
        register::name_proxy(conn, node, by, input, applicant)?;
        known = Known::of(conn, node, by, input)?;
    }
    online::require(conn, node, by, input, &known)?;
    Ok(known)
}

/// Looks up and judges a new application as it would be taken from this caller.
pub fn examine(conn: &mut Conn, node: &Node, by: &By, mut input: CaseInput) -> Result<Examined> {
    input.tell_apart();
    contacts::check(input.contact.as_ref())?;
    let service_point = desk::chosen(by, input.service_point.as_deref())?;
    let known = match by.reach {
        // A check by somebody who is not signed in: the register stays closed.
        Reach::Assigned | Reach::Any => Known::closed(&input)?,
        Reach::Own => known_online(conn, node, by, &mut input)?,
        Reach::Office => Known::of_others(conn, node, by, &input)?,
    };
    if by.reach == Reach::Office {
        known.enter_old_name(&mut input);
    }
    let case_type = type_for(node, conn, by, &input.type_code)?;
    if !input.draft && by.reach == Reach::Office {
        protected::obey(conn, node, &case_type, (&input, &known.meant(&input, &known.placed(&input))), by.now.date())?;
    }
    let subject = input.person().and_then(|party| known.id(&party.national_id));
    let judged = judge(conn, node, by, (&input, Some(&known)), &case_type, (subject, None))?;
    if !input.draft && by.reach == Reach::Office {
        register::require_entry(conn, &case_type, (&input, subject))?;
        obey_status(conn, node, (&input, &known), &judged, (by.now, None))?;
    }
    Ok(Examined { input, service_point, known, judged })
}

/// Refuses what the register's status of the people forbids.
fn obey_status(
    conn: &mut Conn,
    node: &Node,
    (input, known): (&CaseInput, &Known),
    judged: &Judged,
    (at, of): (Moment, Option<&Case>),
) -> Result<()> {
    let Some(matter) = matter((input, known), judged, (at, of)) else { return Ok(()) };
    Names::of(input).pointed(status::findings(conn, node, &matter)?).into_result()
}

/// An application as the rules of status see it, once it is whole, at the moment of its acceptance.
pub fn matter<'a>(
    (input, known): (&'a CaseInput, &Known),
    judged: &'a Judged,
    (at, of): (Moment, Option<&Case>),
) -> Option<Matter<'a>> {
    let applicant = known.id(&input.applicant.national_id);
    let proxy = input.proxy.as_ref().and_then(|proxy| known.id(&proxy.national_id));
    // Whoever is named anew in what was accepted has not acted in it yet.
    let acted_by = |number: &Identifier, record: Id| known.person(number).is_some_and(|person| person.has(record));
    let has_acted = |case: &Case| {
        let by_proxy = match (&input.proxy, case.proxy_id) {
            (Some(proxy), Some(record)) => acted_by(&proxy.national_id, record),
            (proxy, record) => proxy.is_none() && record.is_none(),
        };
        by_proxy && acted_by(&input.applicant.national_id, case.applicant_id)
    };
    let strangers = input.parties.iter().enumerate().filter(|(_, party)| known.id(&party.national_id).is_none());
    let said_births = input.parties.iter().enumerate().filter_map(|(place, party)| Some((place, party.birth_on?)));
    Some(Matter {
        type_code: &input.type_code,
        fields: judged.form.as_ref()?,
        event_on: input.event_on,
        received_at: at,
        parties: known.placed(input),
        strangers: strangers.collect(),
        said_births: said_births.collect(),
        applicant,
        relation: Some(input.applicant.relation),
        proxy,
        acts_on: at.date(),
        is_online: judged.channel == Channel::Online,
        is_taken: of.is_some_and(|case| case.status != CaseStatus::Draft && has_acted(case)),
        is_new: true,
        is_restored: false,
        of: of.map(|case| case.id),
    })
}

/// Judges an application: a new one as of now, a case's as of its receipt; a draft only by its shape.
fn judge(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    (input, known): (&CaseInput, Option<&Known>),
    case_type: &Arc<CaseType>,
    (subject, of): (Option<Id>, Option<&Case>),
) -> Result<Judged> {
    let is_registered = of.is_some_and(|case| case.registered_at.is_some());
    let stage = if is_registered { Stage::Registered } else { Stage::Taken };
    let completed = known.map(|known| known.completed(input));
    let judged = |ground: &Ground<'_>| {
        let input = completed.as_ref().unwrap_or(input);
        if input.draft { input.sketch(ground, by) } else { input.judge(ground, by) }
    };
    on_ground(conn, node, by, (input, known), (case_type, stage), (subject, of), judged)
}

/// Looks up what the judgement of an application rests on, and judges it so.
fn on_ground<T>(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    (input, known): (&CaseInput, Option<&Known>),
    (case_type, stage): (&Arc<CaseType>, Stage),
    (subject, of): (Option<Id>, Option<&Case>),
    judged: impl FnOnce(&Ground<'_>) -> Result<T>,
) -> Result<T> {
    let (plan, settings) = (node.part::<Plans>().at(conn)?, node.config.of::<CaseSettings>());
    let day = of.map_or(by.now, |case| taken_at(by, case)).date();
    let parties = known.map_or_else(Vec::new, |known| known.placed(input));
    // Without a case whoever reaches all is nobody in particular.
    let is_office = by.reach == Reach::Office || of.is_some() && by.reach != Reach::Own;
    let mut seen = match known {
        Some(known) if is_office => {
            sights::of(conn, node, (input, &known.meant(input, &parties)), (day, of.map(|case| case.id)))?
        }
        Some(known) => capacity::circumstances(conn, node, &known.roles(input, &parties, day, of.map(|case| case.id)))?,
        None => Vec::new(),
    };
    let (received_at, of_case) = (of.map_or(by.now, |case| case.received_at), of.map(|case| case.id));
    let (type_code, is_met) = (input.type_code.as_str(), is_office && !input.draft);
    let family =
        Family { type_code, is_met, parties: &parties, event_on: input.event_on, today: received_at.date(), of: of_case };
    let family = family.circumstances(conn, node, &case_type.rules)?;
    // Whoever applies for somebody else online was named by the register, or refused.
    seen.retain(|one| by.reach != Reach::Own || *one != REPRESENTATIVE_UNKNOWN);
    let said = input.parties.iter().enumerate().filter(|(_, party)| party.birth_on.is_some());
    let ground = Ground {
        seen,
        family,
        // What is corrected was judged when it was said.
        said_births: said.filter(|_| known.is_some()).map(|(index, _)| index).collect(),
        case_type,
        calendar: &plan.calendar,
        listed_online: &settings.listed_online,
        letter_days: settings.proxy_letter_days,
        received_at,
        acts_on: day,
        stage,
        special_changes: register::special_changes(conn, node, case_type.rules.form, subject, of)?,
    };
    judged(&ground)
}

/// Judges a case's application as on the day of its receipt; with those whom the register knows, but for a registered one.
pub fn judge_again(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    case: &Case,
    (input, known): (&CaseInput, Option<&Known>),
) -> Result<Judged> {
    let case_type = own_type(node, conn, case)?;
    judge(conn, node, by, (input, known), &case_type, (Some(case.person_id), Some(case)))
}

/// The rules of its intake that a registered case would break if it said this, as on the day of its receipt.
pub fn flaws_of(conn: &mut Conn, node: &Node, by: &By, case: &Case, input: &CaseInput) -> Result<Findings> {
    let (case_type, of) = (own_type(node, conn, case)?, (Some(case.person_id), Some(case)));
    on_ground(conn, node, by, (input, None), (&case_type, Stage::Corrected), of, |ground| input.flaws(ground, by))
}

/// What of the rules of its intake a case that was accepted would break, by what the register has come to say since of the day of its
/// acceptance, and the papers that are not there, for which there is cause by that. What takes effect by being registered is judged of
/// today; and an entry is handed out to nobody who could not ask for it today either.
pub fn judged_since(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<(Findings, Vec<PaperRule>)> {
    let (input, case_type) = (restored(conn, node, case)?, own_type(node, conn, case)?);
    let known = Known::kept(conn, node, &input)?;
    let mut found = Findings::default();
    let judged = found.taking(judge_again(conn, node, by, case, (&input, Some(&known))))?;
    found.taking(register::require_entry(conn, &case_type, (&input, Some(case.person_id))))?;
    let fields = effects::entered(conn, node, case)?;
    let parties = store::parties(conn, case.id)?;
    let held = status::held(case, &fields, case.event_on, status::placed(conn, &parties)?, by.now);
    let matter = Matter { is_new: true, ..acting::as_taken(conn, case, held, by.now)? };
    for one in status::findings(conn, node, &matter)?.0 {
        if !found.has(&one) {
            found.0.push(one);
        }
    }
    if found.0.is_empty() && case_type.is_certificate() {
        let today = Matter { acts_on: by.now.date(), is_taken: false, ..matter };
        acting::check_handed_out(conn, node, today, &mut found)?;
    }
    Ok((found, judged.map_or_else(Vec::new, |judged| judged.missing)))
}

/// When the people of a case act: of one that waits for its acceptance, now.
fn taken_at(by: &By, case: &Case) -> Moment {
    case.accepted_at.filter(|_| case.status != CaseStatus::Draft).unwrap_or(by.now)
}

/// Takes an application in one call; the case, and its people as far as they are known by then.
pub fn take(tx: &mut Tx, node: &Node, by: &By, input: CaseInput) -> Result<(Case, (People, Names))> {
    Known::own(tx, node, &input)?;
    certified::own(tx, &node.vault, (&input.type_code, &input.fields))?;
    let Examined { input, service_point, known, judged } = examine(tx, node, by, input)?;
    register::require_strong_log_in(node, by, &judged.case_type)?;
    let own = by.reach == Reach::Own;
    let id = Id::new(by.now);
    let people = known.people(tx, node, by, &register::word(by, case_path(id), judged.channel), &input)?;
    require_unnamed(tx, node, by, &people, &judged)?;
    let mut case = Case {
        id,
        number: None,
        type_code: input.type_code.clone(),
        type_version: judged.case_type.version,
        status: CaseStatus::Draft,
        channel: judged.channel,
        service_point,
        off_site: input.off_site,
        registered_area: input.registered_area.as_ref().map(|area| tx.seal_text(&Case::area_identity(id), area.as_str())),
        person_id: people.parties[input.about()].person_id,
        applicant_id: people.applicant,
        relation: input.applicant.relation,
        proxy_id: people.proxy,
        proxy: judged.proxy.as_ref().map(|letter| seal_letter(&node.vault, id, letter)).transpose()?,
        event_on: input.event_on,
        fields: store::seal_fields(&node.vault, id, &judged.fields)?,
        papers: JsonText::of(&input.papers)?,
        circumstances: JsonText::of(&judged.kept_circumstances(&input.circumstances))?,
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
    let likeness = Likeness::of((&case.type_code, case.event_on), by.now, None, &judged);
    let matches = likeness.matches(tx, node, by, &people.principals(&input))?;
    duplicates::require_new(&matches, input.confirm_not_duplicate)?;
    let accepted = !own && !input.draft;
    if accepted {
        // Last of all that may refuse: a number that is drawn for nothing must be voided.
        accept_now(tx, node, by, &mut case, &judged.case_type)?;
    }
    store::insert(tx, &case, &people.parties)?;
    let names = Names::of(&input);
    named::keep(tx, node, case.id, &names)?;
    certified::keep(tx, &node.vault, case.id, (&case.type_code, &judged.fields))?;
    heads::keep(tx, &node.vault, case.id, (&case.type_code, &judged.fields))?;
    if input.ex_officio.is_some() {
        ex_officio::keep(tx, node, case.id, input.ex_officio.as_ref())?;
    }
    if let Some(contact) = &input.contact {
        contacts::put(tx, &node.vault, &case_path(case.id), contact)?;
    }
    duplicates::remember(tx, by, case.id, &matches)?;
    record_act(tx, by, &case, if accepted { CaseAct::Accept } else { CaseAct::Draft }, "")?;
    alarm(tx, &case, judged.form.as_ref());
    Ok((case, (people, names)))
}

/// A photograph that does not match goes to a supervisor at once (S49).
fn alarm(tx: &mut Tx, case: &Case, form: Option<&CaseFields>) {
    if let Some(CaseFields::Passport(check)) = form
        && !check.photo_matches
    {
        let event = json!({"number": case.number, "service_point": case.service_point});
        tx.record(Record::change("passport.photo_mismatch", case_path(case.id), event).about(case.person_id));
    }
}

/// Gives a case its number and starts its clock.
fn accept_now(tx: &mut Tx, node: &Node, by: &By, case: &mut Case, case_type: &CaseType) -> Result<()> {
    // One that is taken up again has its number.
    if case.number.is_none() {
        let year = by.now.roc_year();
        let next = tx.next_number(&format!("cases/{year}/{}", case.service_point))?;
        case.number = Some(format!("{year}-{}-{next:06}", case.service_point));
    }
    case.accepted_at = Some(by.now);
    case.status = CaseAct::Accept.apply(case.status)?;
    let plan = node.part::<Plans>().at(tx)?;
    if let Some(due) = case_type.rules.due(&plan.calendar, by.now, &[]) {
        (case.due_rule, case.due_at) = (Some(due.rule.to_owned()), Some(due.at));
    }
    Ok(())
}

/// Writes an act into the case's history and the journal.
pub fn record_act(tx: &mut Tx, by: &By, case: &Case, act: CaseAct, reason: &str) -> Result<()> {
    record_told(tx, by, case, act, (reason, reason))
}

/// The same, where the history tells another reason than the journal.
pub fn record_told(tx: &mut Tx, by: &By, case: &Case, act: CaseAct, (reason, told): (&str, &str)) -> Result<()> {
    store::add_line(tx, case, act.line().past, &by.caller.name(), told, by.now)?;
    let event = json!({
        "number": case.number, "type_code": case.type_code, "status": case.status, "service_point": case.service_point,
    });
    tx.record(Record::change(act.line().journal, case_path(case.id), event).about(case.person_id).because(reason));
    Ok(())
}

/// What a proxy began is not followed once their letter is out of force.
pub fn letter_ended() -> Error {
    let (zh, en) = ("代理權已消滅", "the letter of proxy by which it was applied for is no longer in force");
    Problem::new(Code::CONFLICT).detail(zh, en).into()
}

/// Whether the caller may work on a case: its clerk, a supervisor (who may step into anybody's), anybody where it has no clerk.
pub fn leads(by: &By, case: &Case) -> bool {
    let me = by.caller.account().map(|account| account.id);
    case.clerk.is_none() || case.clerk == me || by.caller.supervises()
}

/// Refuses a member of staff in a case of their own.
pub fn require_uninvolved(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<()> {
    let whom = store::involved(conn, &node.vault, case)?;
    require_anothers(conn, by, whom)
}

/// Refuses a member of staff in an application whose people are known by now.
fn require_unnamed(conn: &mut Conn, node: &Node, by: &By, people: &People, judged: &Judged) -> Result<()> {
    let numbers = store::named_in(&node.vault, &judged.fields);
    require_anothers(conn, by, Involved { records: people.all(), numbers, ..Involved::default() })
}

/// Refuses a clerk who is not in charge, and whoever the case is about; a case without a clerk is taken over by whoever acts.
pub fn in_charge(conn: &mut Conn, node: &Node, by: &By, case: &mut Case) -> Result<()> {
    let account = by.caller.account().ok_or(Code::FORBIDDEN)?;
    require_uninvolved(conn, node, by, case)?;
    if !leads(by, case) {
        return Err(Problem::new(Code::ASSIGNED_TO_OTHER).with("clerk_id", case.clerk).into());
    }
    case.clerk = case.clerk.or(Some(account.id));
    Ok(())
}

/// Judges and keeps a changed application.
pub fn edit(tx: &mut Tx, node: &Node, by: &By, case: &mut Case, input: &mut CaseInput) -> Result<()> {
    input.tell_apart();
    Known::own(tx, node, input)?;
    let known = if by.reach == Reach::Own {
        known_online(tx, node, by, input)?
    } else {
        let known = Known::of_others(tx, node, by, input)?;
        known.enter_old_name(input);
        known
    };
    if by.reach != Reach::Own && !input.draft {
        let case_type = own_type(node, tx, case)?;
        protected::obey(tx, node, &case_type, (input, &known.meant(input, &known.placed(input))), by.now.date())?;
    }
    let judged = judge_again(tx, node, by, case, (input, Some(&known)))?;
    frame::require_way(tx, case, judged.channel)?;
    register::require_strong_log_in(node, by, &judged.case_type)?;
    if !input.draft {
        let subject = input.person().and_then(|party| known.id(&party.national_id));
        register::require_entry(tx, &judged.case_type, (input, subject))?;
        obey_status(tx, node, (input, &known), &judged, (taken_at(by, case), Some(case)))?;
    }
    let people = known.people(tx, node, by, &register::word(by, case_path(case.id), case.channel), input)?;
    require_unnamed(tx, node, by, &people, &judged)?;
    // An approval is of all that the proxy was to do: it falls with any change of it.
    let same = people.proxy == case.proxy_id
        && people.applicant == case.applicant_id
        && input.event_on == case.event_on
        && people.parties == store::parties(tx, case.id)?
        && judged.fields == store::open_fields(&node.vault, case)?;
    let approved = letter(&node.vault, case)?.filter(|_| same);
    if by.reach != Reach::Own {
        corrections::unsaid(tx, node, by, case, (input, &people))?;
    }
    case.person_id = people.parties[input.about()].person_id;
    case.applicant_id = people.applicant;
    case.relation = input.applicant.relation;
    case.proxy_id = people.proxy;
    frame::put_way(tx, case, (input, judged.channel));
    case.event_on = input.event_on;
    case.papers = JsonText::of(&input.papers)?;
    case.circumstances = JsonText::of(&judged.kept_circumstances(&input.circumstances))?;
    put_judged(node, case, &judged, approved)?;
    store::drop_parties(tx, case.id)?;
    store::replace_parties(tx, case.id, &people.parties)?;
    named::keep(tx, node, case.id, &Names::of(input))?;
    certified::keep(tx, &node.vault, case.id, (&case.type_code, &judged.fields))?;
    heads::keep(tx, &node.vault, case.id, (&case.type_code, &judged.fields))?;
    ex_officio::keep(tx, node, case.id, input.ex_officio.as_ref())?;
    alarm(tx, case, judged.form.as_ref());
    Ok(())
}

/// Puts the people whom the office means into a draft: until then it names those of whom the applicant spoke.
fn put_people(tx: &mut Tx, case: &mut Case, (input, people): (&CaseInput, &People)) -> Result<()> {
    case.person_id = people.parties[input.about()].person_id;
    case.applicant_id = people.applicant;
    case.proxy_id = people.proxy;
    store::drop_parties(tx, case.id)?;
    store::replace_parties(tx, case.id, &people.parties)
}

/// Puts what a judgement found into a case; the approval of an unchanged letter stands.
fn put_judged(node: &Node, case: &mut Case, judged: &Judged, approved: Option<ProxyLetter>) -> Result<()> {
    let letter = judged.proxy.clone().map(|mut letter| {
        if let Some(before) = approved.filter(|before| before.reason == letter.reason && before.dated_on == letter.dated_on) {
            (letter.approved_by, letter.approved_at) = (before.approved_by, before.approved_at);
        }
        letter
    });
    case.proxy = letter.as_ref().map(|letter| seal_letter(&node.vault, case.id, letter)).transpose()?;
    case.fields = store::seal_fields(&node.vault, case.id, &judged.fields)?;
    case.late = judged.late;
    case.legal_due_on = judged.legal.as_ref().map(|legal| legal.due_on);
    case.fee_twd = judged.fee_twd;
    Ok(())
}

/// Accepts a draft: judged whole, compared with what came in between, numbered; of somebody who only says who they are by the paper
/// that they have shown.
pub fn accept(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    case: &mut Case,
    (confirm_not_duplicate, document): (bool, Option<&Paper>),
) -> Result<()> {
    CaseAct::Accept.apply(case.status)?;
    in_charge(tx, node, by, case)?;
    if !store::is_brought(tx, case, by.now.date())? {
        return Err(letter_ended());
    }
    online::require_paper(tx, case, document)?;
    let mut input = restored(tx, node, case)?;
    Known::own(tx, node, &input)?;
    certified::own(tx, &node.vault, (&input.type_code, &input.fields))?;
    let known = Known::of_others(tx, node, by, &input)?;
    again::require_meant(tx, node, case, (&input, &known))?;
    known.enter_old_name(&mut input);
    let case_type = own_type(node, tx, case)?;
    protected::obey(tx, node, &case_type, (&input, &known.meant(&input, &known.placed(&input))), by.now.date())?;
    let judged = judge_again(tx, node, by, case, (&input, Some(&known)))?;
    obey_status(tx, node, (&input, &known), &judged, (taken_at(by, case), Some(case)))?;
    let word = register::word(by, case_path(case.id), case.channel);
    let people = known.people(tx, node, by, &word, &input)?;
    require_unnamed(tx, node, by, &people, &judged)?;
    online::see(tx, node, &word, (&input, people.applicant), document)?;
    register::require_entry(tx, &judged.case_type, (&input, Some(people.parties[input.about()].person_id)))?;
    let approved = letter(&node.vault, case)?;
    case.circumstances = JsonText::of(&judged.kept_circumstances(&input.circumstances))?;
    put_judged(node, case, &judged, approved)?;
    put_people(tx, case, (&input, &people))?;
    let likeness = Likeness::of((&case.type_code, case.event_on), case.received_at, Some(case.id), &judged);
    let matches = likeness.matches(tx, node, by, &people.principals(&input))?;
    duplicates::require_new(&matches, confirm_not_duplicate)?;
    duplicates::remember(tx, by, case.id, &matches)?;
    accept_now(tx, node, by, case, &judged.case_type)
}
