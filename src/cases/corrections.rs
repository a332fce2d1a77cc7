//! What a correction changes: members of the case by pointer, judged anew by the rules of its receipt.

use serde_json::{Value, json};

use super::ages;
use super::book::Line;
use super::case::Case;
use super::change_papers::Shown;
use super::changes::FieldChange;
use super::correctable::{Target, Whose, name_alike};
use super::corrected::Corrected;
use super::counter;
use super::effects;
use super::fields::{CaseFields, Form, PartyRole, refuse_corrected};
use super::frame::{self, Frame};
use super::input::CaseInput;
use super::intake::Judged;
use super::lineup::{self, Lineup, Settled};
use super::named::Names;
use super::own_rules;
use super::proposed::{People, Proposed};
use super::register;
use super::restore::as_registered;
use super::store;
use crate::auth::{By, Involved};
use crate::calendar::PartialDate;
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Error, FieldError, Problem, Result, Text};
use crate::node::Node;
use crate::people::facts::{self, FactKind, Strikes};
use crate::people::{self, Name, names, numbers};

/// What corrections say.
struct Said {
    input: CaseInput,
    /// Those that change something.
    changing: Vec<FieldChange>,
    lines: Vec<Line>,
    lineup: Lineup,
}

/// As many parties as a case has.
const MOST_PARTIES: usize = 30;

/// Reads corrections of an application; refuses those of what it has not, those that say one thing twice, and those that change nothing.
fn read(before: &CaseInput, settled: &Settled) -> Result<Said> {
    let mut input = before.clone();
    let (mut lines, mut out, mut named) = (Vec::new(), Vec::new(), Vec::with_capacity(settled.changes.len()));
    let mut changing: Vec<FieldChange> = Vec::with_capacity(settled.changes.len());
    for (index, change) in settled.changes.iter().enumerate() {
        let refused = |member: &str, code: &'static str, zh: &'static str, en: &'static str| {
            Error::field(format!("/changes/{index}/{member}"), code, Text::new(zh, en))
        };
        let unknown = || refused("pointer", "unknown_field", "案件無此欄位或不得更正", "there is no such member to correct");
        let staying = || match frame::stays(&change.pointer) {
            Some((zh, en)) => refused("pointer", "unknown_field", zh, en),
            None => unknown(),
        };
        let target = Target::of(&change.pointer).ok_or_else(staying)?;
        let stood = target.value(before).ok_or_else(unknown)?;
        let taken_out = match target {
            Target::Party(place) if settled.adds(place) => None,
            // Of whoever is named the members are corrected one by one.
            Target::Party(_) if !change.value.is_null() || stood.is_null() => return Err(unknown()),
            Target::Party(place) => Some(place),
            _ => None,
        };
        if named.iter().any(|other| *other == target || target.is_part_of(other)) {
            return Err(refused("pointer", "duplicate", "欄位重複", "this member is named twice"));
        }
        if named.iter().any(|other| target.says_as(other)) {
            let text = ("national_id 與 identified_by 擇一", "give national_id or identified_by, not both");
            return Err(refused("pointer", "not_both", text.0, text.1));
        }
        let changed = match taken_out {
            Some(place) => {
                out.push(place);
                vec![Line { pointer: change.pointer.clone(), before: stood, after: Value::Null }]
            }
            None => {
                target.set(&mut input, (&format!("/changes/{index}/value"), &change.value))?;
                target.lines(&change.pointer, before, &input)
            }
        };
        // What stands there already changes nothing beside what does.
        changing.extend((!changed.is_empty()).then(|| change.clone()));
        lines.extend(changed);
        named.push(target);
    }
    if changing.is_empty() {
        return Err(unchanged(settled.changes.len()));
    }
    let alike = name_alike(&named, before, &mut input).map_err(|target| {
        let index = named.iter().position(|other| *other == target).unwrap_or_default();
        let text = Text::new("另一更正使同一人之姓名不同", "another change gives the same person another name");
        Error::field(format!("/changes/{index}/value"), "party_mismatch", text)
    })?;
    lines.extend(alike);
    let lineup = Lineup::of(before, settled, out);
    let input = lineup.left(input);
    if input.parties.len() > MOST_PARTIES {
        let (zh, en) = (format!("至多 {MOST_PARTIES} 項"), format!("at most {MOST_PARTIES} items"));
        return Err(Error::field("/changes", "length", Text::new(zh, en)));
    }
    Ok(Said { input, changing, lines, lineup })
}

/// A case as it stands, for corrections of it. Where one says again by what somebody is known whom the case means by a record that has
/// never had that number, as by one that another record was joined to meanwhile, they stand as that record is known: whom the number
/// finds is meant from then on.
fn stood(conn: &mut Conn, node: &Node, case: &Case, changes: &[FieldChange]) -> Result<CaseInput> {
    let mut before = as_registered(conn, node, case)?;
    let parties = store::parties(conn, case.id)?;
    for change in changes {
        let target = Target::of(&change.pointer);
        let Some(Target::Identity(whose, said)) = target.filter(|target| target.value(&before).as_ref() == Some(&change.value))
        else {
            continue;
        };
        let record = match whose {
            Whose::Applicant => Some(case.applicant_id),
            Whose::Proxy => case.proxy_id,
            Whose::Party(place) => parties.get(place).map(|party| party.person_id),
        };
        let (Some(record), Some(known)) = (record, whose.known(&before)) else { continue };
        let is_theirs = !known.finds() || numbers::has_had(conn, &node.vault, record, known)?;
        let (_, number) = people::store::open(conn, &node.vault, record)?;
        if !is_theirs && said.says(known) {
            whose.put_known(&mut before, |_| Ok(number))?;
        }
    }
    Ok(before)
}

/// Corrects members of a case; refuses what changes nothing, what its form forbids, what the register does, and what lacks a paper.
pub fn corrected(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    case: &Case,
    (changes, papers): (&[FieldChange], &[String]),
) -> Result<Corrected> {
    let before = stood(conn, node, case, changes)?;
    let settled = lineup::settled(conn, case, before.parties.len(), changes)?;
    let said = read(&before, &settled)?;
    let left = said.lineup.left(before.clone());
    let judged = judge(conn, node, by, case, (&left, &said)).map_err(|e| said.lineup.told(e))?;
    obey_intake(conn, node, by, case, ((&before, &said), papers)).map_err(|e| said.lineup.told(e))?;
    let Said { input, lines, lineup, .. } = said;
    let old_name = before.fields["old_name"].as_str().map(|name| Name::from_register(name.to_owned()));
    let proposed = Proposed { input, lineup, before: Names::of(&left) };
    let corrected = Corrected { proposed, judged, old_name, shown: Shown::default(), lines };
    let told = |e| corrected.proposed.lineup.told(e);
    let shown = corrected.obey_register(conn, node, by, case, (&before, papers)).map_err(told)?;
    Ok(Corrected { shown, ..corrected })
}

/// An application as a proposal would leave it, and whom the office means by it.
pub struct Foreseen {
    pub proposed: Proposed,
    pub form: CaseFields,
    pub people: People,
}

/// What a proposal would make of a case; `None` where it cannot be read as it was proposed.
pub fn foreseen(conn: &mut Conn, node: &Node, case: &Case, changes: &[FieldChange]) -> Result<Option<Foreseen>> {
    let before = stood(conn, node, case, changes)?;
    let settled = lineup::settled(conn, case, before.parties.len(), changes)?;
    let Ok(Said { input, lineup, .. }) = read(&before, &settled) else { return Ok(None) };
    let Ok(form) = CaseFields::kept(Form::of_type(&case.type_code), &input.fields) else { return Ok(None) };
    let (before, after) = (Names::of(&lineup.left(before)), Names::of(&input));
    let proposed = Proposed { input, lineup, before };
    match proposed.people(conn, node, case, &after) {
        Ok(people) => Ok(Some(Foreseen { proposed, form, people })),
        Err(Error::Problem(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Judges corrections by the rules of the case's receipt.
fn judge(conn: &mut Conn, node: &Node, by: &By, case: &Case, (before, said): (&CaseInput, &Said)) -> Result<Judged> {
    let Said { input, changing, lines, lineup } = said;
    refuse_wrong_fields(case, input, changing)?;
    let judged = counter::judge_again(conn, node, by, case, (input, None))?;
    let is_changed = |pointer: &str| lines.iter().any(|line| line.pointer == pointer);
    refuse_corrected(&case.type_code, judged.form.as_ref(), is_changed)?;
    let kept = lineup.kept(conn, case)?;
    let change = ages::Change { before, after: input, kept: &kept, is_other: lineup.is_other() };
    ages::obey(conn, node, case, &change, judged.form.as_ref())?;
    own_rules::renewed((before, input), lineup.is_other())?;
    Ok(judged)
}

/// Refuses what the intake would have: by the words of the whole application as corrected, at the day of its receipt. What was said
/// then and is not touched stays right.
fn obey_intake(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    case: &Case,
    ((before, said), papers): ((&CaseInput, &Said), &[String]),
) -> Result<()> {
    let stood = said.lineup.carried(counter::flaws_of(conn, node, by, case, before)?);
    let mut after = said.input.clone();
    after.papers.extend(papers.iter().cloned());
    let mut found = counter::flaws_of(conn, node, by, case, &after)?;
    let is_changed = |pointer: &str| said.changing.iter().any(|change| change.pointer == pointer);
    // Papers are told at their places in the correction.
    found.0.retain(|one| !one.pointer.starts_with("/papers/") && (is_changed(&one.pointer) || !stood.has(one)));
    Names::of(&after).pointed(found).into_result()
}

/// So many changes of which none says anything else than what stands.
fn unchanged(changes: usize) -> Error {
    let text = || Text::new("與現有登載相同", "this is what stands there already");
    let pointers = (0..changes).map(|index| format!("/changes/{index}/value"));
    pointers.fold(Problem::new(Code::INVALID), |problem, pointer| problem.field(pointer, "unchanged", text())).into()
}

/// Judges corrections as they are proposed: what is wrong with a member that one of them changes is told at its value, all
/// else by its place in the case.
pub fn proposed(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    case: &Case,
    (changes, papers): (&[FieldChange], &[String]),
) -> Result<()> {
    let parties = as_registered(conn, node, case)?.parties.len();
    let named = lineup::settled(conn, case, parties, changes)?.changes;
    match corrected(conn, node, by, case, (changes, papers)) {
        Err(Error::Problem(mut problem)) => {
            problem.errors.iter_mut().for_each(|error| tell_at_change(error, &named));
            Err(Error::Problem(problem))
        }
        judged => judged.map(drop),
    }
}

fn tell_at_change(error: &mut FieldError, changes: &[FieldChange]) {
    let told = changes.iter().enumerate().find_map(|(index, change)| {
        let within = error.pointer.strip_prefix(change.pointer.as_str())?;
        (within.is_empty() || within.starts_with('/')).then(|| format!("/changes/{index}/value{within}"))
    });
    if let Some(told) = told {
        error.pointer = told;
    }
}

/// Whether a change is of a member by which a case names nobody but whose numbers stand in its value.
fn names_no_party(change: &FieldChange) -> bool {
    let pointer = change.pointer.as_str();
    pointer.starts_with("/fields/") || matches!(pointer, "/applicant/relation" | "/event_on") || Frame::of(pointer).is_some()
}

/// The numbers that stand in the value of a change.
fn numbers_in(node: &Node, change: &FieldChange) -> Vec<String> {
    let member = change.pointer.rsplit('/').next().unwrap_or_default();
    store::named_in(&node.vault, &json!({ member: change.value }))
}

/// Whom corrections name whom the case does not, whether the office knows them or not; the application is read only where its people
/// are changed.
pub fn names_beside(conn: &mut Conn, node: &Node, case: &Case, changes: &[FieldChange]) -> Result<Involved> {
    if changes.iter().all(names_no_party) {
        let numbers = changes.iter().flat_map(|change| numbers_in(node, change)).collect();
        return Ok(Involved { numbers, ..Involved::default() });
    }
    let before = stood(conn, node, case, changes)?;
    let mut input = before.clone();
    for change in &lineup::settled(conn, case, before.parties.len(), changes)?.changes {
        // Who is taken out is named by the case already.
        let is_named = |target: &Target<'_>| matches!(target, Target::Party(_)) && change.value.is_null();
        if let Some(target) = Target::of(&change.pointer).filter(|target| !is_named(target)) {
            target.set(&mut input, (&change.pointer, &change.value))?;
        }
    }
    let mut named = Names::of(&input).beside(conn, &node.vault, &Names::of(&before))?;
    named.numbers.extend(store::named_in(&node.vault, &input.fields));
    Ok(named)
}

/// Refuses members of the fields that do not fit their types as they are changed; what stands there already stays.
fn refuse_wrong_fields(case: &Case, input: &CaseInput, changes: &[FieldChange]) -> Result<()> {
    let Err(Error::Problem(mut problem)) = CaseFields::read(Form::of_type(&case.type_code), &input.fields) else { return Ok(()) };
    let is_changed = |pointer: &str| changes.iter().any(|change| pointer.starts_with(&change.pointer));
    problem.errors.retain(|error| is_changed(&error.pointer));
    if problem.errors.is_empty() { Ok(()) } else { Err(Error::Problem(problem)) }
}

/// Strikes what an edited case does not say any more: of those whom it names no longer all of it, of the others the name and the day
/// of birth that stood there before.
pub fn unsaid(tx: &mut Tx, node: &Node, by: &By, case: &Case, (input, people): (&CaseInput, &register::People)) -> Result<()> {
    let after = Names::of(input);
    let old_name = input.fields["old_name"].as_str().filter(|_| Form::of_type(&input.type_code) == Form::Name);
    let mut said: Vec<(Id, &str, Option<PartialDate>)> = Vec::new();
    for (party, face) in people.parties.iter().zip(&after.parties) {
        said.push((party.person_id, face.name.as_str(), face.birth_on));
        said.extend(old_name.filter(|_| party.role == PartyRole::Subject).map(|name| (party.person_id, name, None)));
    }
    said.push((people.applicant, after.applicant.name.as_str(), None));
    said.extend(people.proxy.zip(after.proxy.as_ref()).map(|(id, face)| (id, face.name.as_str(), None)));
    let before = store::people_of(tx, case)?;
    let gone: Vec<Id> = before.iter().copied().filter(|id| said.iter().all(|(person, ..)| person != id)).collect();
    effects::unsaid(tx, node, by, case, &gone)?;
    let word = effects::word(by, case);
    for person in before.into_iter().filter(|id| !gone.contains(id)) {
        let own = said.iter().filter(|(id, ..)| *id == person);
        let mut facts = facts::standing(tx, &node.vault, person, &[FactKind::Name, FactKind::BirthOn])?;
        facts.retain(|fact| fact.source == word.source);
        for fact in facts {
            let text = fact.value.as_str().unwrap_or_default();
            let stands = own.clone().any(|(_, name, born)| match fact.kind {
                FactKind::Name => names::passes_for(text, name),
                _ => born.is_some_and(|day| day.to_string() == text),
            });
            if !stands {
                facts::strike(tx, &node.vault, &Strikes::One(fact.id), (&word.actor, "案件誤載", by.now))?;
            }
        }
    }
    Ok(())
}
