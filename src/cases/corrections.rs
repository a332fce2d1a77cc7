//! What a correction changes: members of the case by pointer, judged anew by the rules of its receipt.

use serde_json::json;

use super::about;
use super::ages;
use super::births;
use super::book::Line;
use super::case::{Case, Party};
use super::certified;
use super::change_papers::{self, Shown};
use super::changes::FieldChange;
use super::correctable::{Target, name_alike};
use super::counter;
use super::effects;
use super::fields::{CaseFields, Findings, Form, PartyRole, refuse_corrected};
use super::input::CaseInput;
use super::intake::Judged;
use super::jurisdiction;
use super::marriages;
use super::meant::Meant;
use super::named::{self, Face, Names};
use super::own_rules;
use super::protected;
use super::register::People;
use super::restore::as_registered;
use super::seals;
use super::status::{self, Matter};
use super::store;
use crate::auth::{By, Involved};
use crate::calendar::PartialDate;
use crate::db::{Conn, Id, Tx};
use crate::domain::case_path;
use crate::error::{Code, Error, FieldError, Problem, Result, Text};
use crate::node::Node;
use crate::people::facts::{self, FactKind, Rank, Strikes, Word};
use crate::people::store::{Named, Registered};
use crate::people::{self, Name, contacts, differences, joins, names, numbers};
use crate::states::require_anothers;

/// A case as it stands corrected, and the lines for the record book.
pub struct Corrected {
    input: CaseInput,
    judged: Judged,
    /// How it named its people until now.
    before: Names,
    /// What its subject was called, of a change of name.
    old_name: Option<Name>,
    /// Its papers and circumstances from now on.
    shown: Shown,
    pub lines: Vec<Line>,
}

/// Corrects members of a case; refuses what changes nothing, what its form forbids, what the register does, and what lacks a paper.
pub fn corrected(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    case: &Case,
    (changes, papers): (&[FieldChange], &[String]),
) -> Result<Corrected> {
    let before = as_registered(conn, node, case)?;
    let changes = &births::of_child(conn, case, before.parties.len(), changes)?;
    let mut input = before.clone();
    let (mut lines, mut named) = (Vec::new(), Vec::with_capacity(changes.len()));
    let mut changing: Vec<FieldChange> = Vec::with_capacity(changes.len());
    for (index, change) in changes.iter().enumerate() {
        let refused = |member: &str, code: &'static str, zh: &'static str, en: &'static str| {
            Error::field(format!("/changes/{index}/{member}"), code, Text::new(zh, en))
        };
        let unknown = || refused("pointer", "unknown_field", "案件無此欄位或不得更正", "there is no such member to correct");
        let target = Target::of(&change.pointer).ok_or_else(unknown)?;
        target.value(&before).filter(|_| !target.is_party_of(&before)).ok_or_else(unknown)?;
        if named.contains(&target) {
            return Err(refused("pointer", "duplicate", "欄位重複", "this member is named twice"));
        }
        if named.iter().any(|other| target.says_as(other)) {
            let text = ("national_id 與 identified_by 擇一", "give national_id or identified_by, not both");
            return Err(refused("pointer", "not_both", text.0, text.1));
        }
        target.set(&mut input, (&format!("/changes/{index}/value"), &change.value))?;
        let changed = target.lines(&change.pointer, &before, &input);
        // What stands there already changes nothing beside what does.
        changing.extend((!changed.is_empty()).then(|| change.clone()));
        lines.extend(changed);
        named.push(target);
    }
    if changing.is_empty() {
        return Err(unchanged(changes.len()));
    }
    let alike = name_alike(&named, &before, &mut input).map_err(|target| {
        let index = named.iter().position(|other| *other == target).unwrap_or_default();
        let text = Text::new("另一更正使同一人之姓名不同", "another change gives the same person another name");
        Error::field(format!("/changes/{index}/value"), "party_mismatch", text)
    })?;
    lines.extend(alike);
    refuse_wrong_fields(case, &input, &changing)?;
    let judged = counter::judge_again(conn, node, by, case, (&input, None))?;
    refuse_wrong_places(judged.form.as_ref(), &changing)?;
    let is_changed = |pointer: &str| lines.iter().any(|line| line.pointer == pointer);
    refuse_corrected(&case.type_code, judged.form.as_ref(), is_changed)?;
    ages::obey(conn, node, case, (&before, &input), judged.form.as_ref())?;
    let old_name = before.fields["old_name"].as_str().map(|name| Name::from_register(name.to_owned()));
    own_rules::renewed(&before, &input)?;
    let corrected = Corrected { input, judged, before: Names::of(&before), old_name, shown: Shown::default(), lines };
    let shown = corrected.obey_register(conn, node, by, case, (&before, papers))?;
    Ok(Corrected { shown, ..corrected })
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
    let named = births::of_child(conn, case, parties, changes)?;
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
    change.pointer.starts_with("/fields/") || matches!(change.pointer.as_str(), "/applicant/relation" | "/event_on")
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
    let before = as_registered(conn, node, case)?;
    let mut input = before.clone();
    for change in &births::of_child(conn, case, before.parties.len(), changes)? {
        if let Some(target) = Target::of(&change.pointer) {
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

/// Refuses addresses that are changed to where another office registers it, or to another kind of move.
fn refuse_wrong_places(form: Option<&CaseFields>, changes: &[FieldChange]) -> Result<()> {
    let mut findings = Findings::default();
    if let Some(form) = form.filter(|_| changes.iter().any(|change| change.pointer.starts_with("/fields/"))) {
        jurisdiction::check(form, &mut findings);
    }
    findings.0.retain(|finding| changes.iter().any(|change| change.pointer == finding.pointer));
    findings.into_result()
}

/// Whom a corrected name and number mean, in place of whom they meant; `None` for somebody whom the office does not know yet. A
/// name tells apart those who truly have one number.
fn whom(conn: &mut Conn, node: &Node, (old, new): (&Face, &Face), current: Id) -> Result<Option<Id>> {
    if old.national_id != new.national_id {
        let named = Named { name: new.name.as_str(), number: &new.national_id, birth_on: new.birth_on };
        let known = numbers::known(conn, &node.vault, named)?;
        return Ok(known.map(|person| person.id));
    }
    if old.name == new.name {
        return Ok(Some(current));
    }
    let holders = numbers::holders(conn, &node.vault, &new.national_id)?;
    let is_called = |holder: &Registered| holder.id != current && names::passes_for(&holder.name, new.name.as_str());
    let other = holders.iter().find(|holder| holders.len() > 1 && is_called(holder));
    Ok(Some(other.map_or(current, |holder| holder.id)))
}

fn named_as(face: &Face) -> Named<'_> {
    Named { name: face.name.as_str(), number: &face.national_id, birth_on: face.birth_on }
}

impl Corrected {
    /// The parties as kept, each in its role of now.
    fn parties(&self, conn: &mut Conn, case: &Case) -> Result<Vec<Party>> {
        let mut parties = store::parties(conn, case.id)?;
        for (party, given) in parties.iter_mut().zip(&self.input.parties) {
            party.role = given.role;
        }
        Ok(parties)
    }

    fn form(&self, case: &Case) -> Result<&CaseFields> {
        self.judged.form.as_ref().ok_or_else(|| Error::Internal(format!("case {} has no form", case.id)))
    }

    /// How each party was named, and is named now, beside the party as kept.
    fn faces<'f>(&'f self, after: &'f Names) -> impl Iterator<Item = (&'f Face, &'f Face)> {
        self.before.parties.iter().zip(&after.parties)
    }

    /// The parties whom it adds, each with its place.
    fn added<'f>(&'f self, after: &'f Names) -> impl Iterator<Item = (usize, &'f Face)> {
        after.parties.iter().enumerate().skip(self.before.parties.len())
    }

    /// Whether somebody else asks for it from now on, or for somebody else, or as something else.
    fn asks_otherwise(&self, conn: &mut Conn, case: &Case, after: &Names) -> Result<bool> {
        let is_another = |(old, new): (&Face, &Face)| old.national_id != new.national_id;
        if self.faces(after).any(is_another) || is_another((&self.before.applicant, &after.applicant)) {
            return Ok(true);
        }
        let roles = store::parties(conn, case.id)?.into_iter().zip(&self.input.parties);
        Ok(case.relation != self.input.applicant.relation || roles.into_iter().any(|(party, given)| party.role != given.role))
    }

    /// Whether somebody is called otherwise from now on: a mark may know them by it.
    fn calls_otherwise(&self, after: &Names) -> bool {
        let called = |face: &Face| (face.name.clone(), face.romanised_name.clone());
        let is_renamed = |(old, new): (&Face, &Face)| called(old) != called(new);
        self.faces(after).any(is_renamed) || is_renamed((&self.before.applicant, &after.applicant))
    }

    /// Refuses what the register's status of the people forbids, people who are known by another name than they are given, and what is
    /// not shown by its papers.
    fn obey_register(
        &self,
        conn: &mut Conn,
        node: &Node,
        by: &By,
        case: &Case,
        (before, papers): (&CaseInput, &[String]),
    ) -> Result<Shown> {
        let (form, after) = (self.form(case)?, Names::of(&self.input));
        let mut parties = self.parties(conn, case)?;
        let (mut unknown, mut named) = (Vec::new(), Vec::new());
        for (index, (party, (old, new))) in parties.iter_mut().zip(self.faces(&after)).enumerate() {
            match whom(conn, node, (old, new), party.person_id)? {
                Some(id) => party.person_id = id,
                None => unknown.push(index),
            }
            if old.national_id != new.national_id {
                let name = effects::called(form, party.role).unwrap_or(&new.name);
                named.push((format!("/parties/{index}/name"), name, &new.national_id));
            }
        }
        for (index, face) in self.added(&after) {
            if marriages::has_divorce(conn, node, case)? {
                let (zh, en) = (
                    "此婚姻之離婚或終止登記仍存；請先撤銷該登記，再以配偶身分補辦",
                    "the end of this marriage stands registered: revoke that entry first, and enter it anew with the spouse",
                );
                return Err(effects::contradiction(zh, en));
            }
            let known = numbers::known(conn, &node.vault, named_as(face))?;
            parties.extend(known.map(|person| Party { role: PartyRole::Spouse, person_id: person.id }));
            named.push((format!("/parties/{index}/name"), &face.name, &face.national_id));
        }
        let applicant = &after.applicant;
        let mut meant: Vec<Id> = parties.iter().map(|party| party.person_id).collect();
        let applies = whom(conn, node, (&self.before.applicant, applicant), case.applicant_id)?;
        meant.extend(applies);
        let mut numbers = store::named_in(&node.vault, &self.judged.fields);
        let beside = after.beside(conn, &node.vault, &self.before)?;
        numbers.extend(beside.numbers);
        require_anothers(conn, by, Involved { records: meant.clone(), numbers, called: beside.called })?;
        let mut placed = status::placed(conn, &parties)?;
        placed.retain(|(index, ..)| !unknown.contains(index));
        let meant_after = Meant { parties: &placed, applicant: applies, proxy: case.proxy_id };
        if self.asks_otherwise(conn, case, &after)? {
            let case_type = counter::own_type(node, conn, case)?;
            protected::obey(conn, node, &case_type, (&self.input, &meant_after), by.now.date())?;
        } else if self.calls_otherwise(&after) {
            let case_type = counter::own_type(node, conn, case)?;
            protected::keep_open(conn, node, &case_type, (&self.input, &meant_after), by.now.date())?;
        }
        if self.before.applicant.national_id != applicant.national_id {
            named.push(("/applicant/name".to_owned(), &applicant.name, &applicant.national_id));
        }
        let named: Vec<_> = named.iter().map(|(pointer, name, number)| (pointer.as_str(), name.as_str(), *number)).collect();
        differences::require_none(conn, &node.vault, &named)?;
        if meant.contains(&case.person_id) {
            effects::foresee(conn, node, by, case, Some(form))?;
        }
        if let CaseFields::Birth(birth) = form {
            births::foresee(conn, node, case, &parties, birth)?;
        }
        let strangers = unknown.into_iter().filter_map(|index| Some((index, self.input.parties.get(index)?)));
        let held = status::held(case, form, self.input.event_on, placed.clone(), by.now);
        status::check_again(conn, node, &Matter { strangers: strangers.collect(), ..held }, Some(&after))?;
        let stood = store::parties(conn, case.id)?;
        let stood = status::placed(conn, &stood)?;
        let meant_before = Meant { parties: &stood, applicant: Some(case.applicant_id), proxy: case.proxy_id };
        let told = ((before, &meant_before), (&self.input, &meant_after));
        change_papers::of_correction(conn, node, by, case, told, papers)
    }

    /// Puts the corrections into the case, the register, and what follows from the case.
    pub fn put_into(&self, tx: &mut Tx, node: &Node, by: &By, case: &mut Case) -> Result<()> {
        let (form, after) = (self.form(case)?, Names::of(&self.input));
        let (parties, applicant) = self.meet(tx, node, by, case, &after)?;
        let mut people = effects::party_ids(tx, case)?;
        let is_moved = (&parties, applicant) != (&store::parties(tx, case.id)?, case.applicant_id);
        let is_redone = match is_moved {
            true => true,
            false => effects::differ(tx, node, case, form)? && !effects::put_right(tx, node, by, case, form)?,
        };
        if is_redone {
            effects::take_back(tx, node, by, case)?;
        }
        if is_moved {
            self.move_to(tx, node, by, case, (&parties, applicant), form)?;
        }
        self.say(tx, node, by, case, (&parties, applicant), &after)?;
        named::keep(tx, node, case.id, &after)?;
        certified::keep(tx, &node.vault, case.id, (&case.type_code, &self.judged.fields))?;
        case.event_on = self.input.event_on;
        case.relation = self.input.applicant.relation;
        case.fields = store::seal_fields(&node.vault, case.id, &self.judged.fields)?;
        self.shown.put_into(case)?;
        case.late = self.judged.late;
        case.legal_due_on = self.judged.legal.as_ref().map(|legal| legal.due_on);
        if is_moved {
            effects::require_place(tx, node, by, case)?;
        }
        if is_redone {
            effects::carry_out(tx, node, by, case)?;
        }
        status::withdraw(tx, node, by, case)?;
        status::enter(tx, node, by, case, (form, false))?;
        people.extend(effects::party_ids(tx, case)?);
        seals::follow(tx, &node.vault, (case, true), &people, by.now)
    }

    /// The parties and the applicant whom the case means now; those whom the office does not know yet are noted.
    fn meet(&self, tx: &mut Tx, node: &Node, by: &By, case: &Case, after: &Names) -> Result<(Vec<Party>, Id)> {
        let word = Word { rank: Rank::Seen, ..effects::word(by, case) };
        let mut parties = self.parties(tx, case)?;
        let mut met = |old: &Face, new: &Face, current: Id| {
            numbers::own_numbers(tx, &node.vault, [&new.national_id])?;
            match whom(tx, node, (old, new), current)? {
                Some(id) => Ok::<_, Error>(id),
                None => {
                    let named = Named { name: new.name.as_str(), number: &new.national_id, birth_on: new.birth_on };
                    people::store::note(tx, &node.vault, &word, named).map(|(id, _)| id)
                }
            }
        };
        for (party, (old, new)) in parties.iter_mut().zip(self.faces(after)) {
            party.person_id = met(old, new, party.person_id)?;
        }
        let applicant = met(&self.before.applicant, &after.applicant, case.applicant_id)?;
        for (index, face) in self.added(after) {
            numbers::own_numbers(tx, &node.vault, [&face.national_id])?;
            let person_id = people::store::meet(tx, &node.vault, &word, named_as(face))?.0;
            parties.push(Party { role: self.input.parties[index].role, person_id });
        }
        Ok((parties, applicant))
    }

    /// Lets the case mean other people, or mean them otherwise: what it says of those whom it named by mistake is struck, and said of the others.
    fn move_to(
        &self,
        tx: &mut Tx,
        node: &Node,
        by: &By,
        case: &mut Case,
        (parties, applicant): (&[Party], Id),
        form: &CaseFields,
    ) -> Result<()> {
        let after = Names::of(&self.input);
        let before = store::parties(tx, case.id)?;
        let named = |id: Id| parties.iter().any(|party| party.person_id == id) || applicant == id || case.proxy_id == Some(id);
        let mut mistaken: Vec<Id> =
            before.iter().map(|party| party.person_id).chain([case.applicant_id]).filter(|id| !named(*id)).collect();
        // In another role it says something else of them.
        let recast = before.iter().zip(parties).filter(|(old, party)| old.role != party.role).map(|(_, party)| party.person_id);
        let recast: Vec<Id> = recast.collect();
        mistaken.extend(&recast);
        effects::unsaid(tx, node, by, case, &mistaken)?;
        store::drop_parties(tx, case.id)?;
        store::replace_parties(tx, case.id, parties)?;
        let (old_applicant, person) = (case.applicant_id, about::person(&case.type_code, parties));
        (case.person_id, case.applicant_id) = (person.unwrap_or(case.person_id), applicant);
        if old_applicant != applicant && !joins::records(tx, applicant)?.contains(&old_applicant) {
            // How to reach the one tells nobody how to reach the other.
            contacts::forget(tx, &case_path(case.id))?;
        }
        for ((old, party), face) in before.iter().zip(parties).zip(&after.parties) {
            if old.person_id != party.person_id || recast.contains(&party.person_id) {
                effects::name_party(tx, node, by, case, (party, face), form)?;
            }
        }
        for (index, face) in self.added(&after) {
            effects::name_party(tx, node, by, case, (&parties[index], face), form)?;
        }
        if old_applicant != applicant && !parties.iter().any(|party| party.person_id == applicant) {
            let party = Party { role: PartyRole::Other, person_id: applicant };
            effects::name_party(tx, node, by, case, (&party, &after.applicant), form)?;
        }
        Ok(())
    }

    /// Says the corrected names, in Latin letters as well, and days of birth of those whom the case means as before.
    fn say(
        &self,
        tx: &mut Tx,
        node: &Node,
        by: &By,
        case: &Case,
        (parties, applicant): (&[Party], Id),
        after: &Names,
    ) -> Result<()> {
        let form = self.form(case)?;
        for (party, (old, new)) in parties.iter().zip(self.faces(after)) {
            if old.national_id != new.national_id {
                continue;
            }
            let whom = (party.person_id, party.role);
            let called = effects::called(form, party.role);
            let (was, is) = self.old_name.as_ref().zip(called).unwrap_or((&old.name, &new.name));
            if was != is {
                effects::said(tx, node, by, case, whom, (FactKind::Name, Some(is.as_str().to_owned())))?;
            }
            if old.birth_on != new.birth_on {
                effects::said(tx, node, by, case, whom, (FactKind::BirthOn, new.birth_on.map(|day| day.to_string())))?;
            }
            if old.romanised_name != new.romanised_name {
                let name = new.romanised_name.as_ref().map(|name| name.as_str().to_owned());
                effects::said(tx, node, by, case, whom, (FactKind::RomanisedName, name))?;
            }
        }
        // What an applicant who is a party is called has been said of the party.
        let (old, new) = (&self.before.applicant, &after.applicant);
        let is_party = parties.iter().any(|party| party.person_id == applicant);
        if !is_party && old.national_id == new.national_id && old.name != new.name {
            let name = Some(new.name.as_str().to_owned());
            effects::said(tx, node, by, case, (applicant, PartyRole::Other), (FactKind::Name, name))?;
        }
        Ok(())
    }
}

/// Strikes what an edited case does not say any more: of those whom it names no longer all of it, of the others the name and the day
/// of birth that stood there before.
pub fn unsaid(tx: &mut Tx, node: &Node, by: &By, case: &Case, (input, people): (&CaseInput, &People)) -> Result<()> {
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
