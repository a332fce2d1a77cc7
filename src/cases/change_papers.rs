//! Papers that a change of a registered case asks for: those whose circumstance it makes true, as the intake would have asked.

use super::case::Case;
use super::circumstances;
use super::counter;
use super::family::Family;
use super::fields::{CaseFields, Form};
use super::input::CaseInput;
use super::meant::Meant;
use super::problems::DOCUMENTS_MISSING;
use super::representation::represents;
use super::restore::as_registered;
use super::sights;
use super::status;
use super::store;
use super::types::by_law::{REPRESENTATIVE_UNKNOWN, is_from_the_register};
use super::types::checklist::{ALWAYS, EACH_PARTY, PROXY_APPLIES, PaperRule, missing as missing_of};
use super::types::model::CaseRules;
use crate::auth::By;
use crate::db::{Conn, Id, JsonText};
use crate::error::{Error, Problem, Result, Text};
use crate::node::Node;
use crate::people;
use crate::scheduling::services::Channel;

/// What a case says, and whom it means by it.
type Told<'a> = (&'a CaseInput, &'a Meant<'a>);

/// The circumstances that hold of what a case says, by what the register says now.
fn circumstances_of(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    (case, rules): (&Case, &CaseRules),
    (input, meant): Told<'_>,
) -> Result<Vec<String>> {
    let parties = meant.parties;
    let ids: Vec<Id> = parties.iter().map(|(_, _, person)| *person).collect();
    let known = people::store::records(conn, &node.vault, &ids)?;
    let mut input = input.clone();
    for (index, _, person) in parties {
        if let Some(party) = input.parties.get_mut(*index) {
            party.birth_on = circumstances::birth_on((&case.type_code, party.role), party.birth_on, known.get(person));
        }
    }
    let (today, of) = (case.received_at.date(), Some(case.id));
    let family = Family { type_code: &case.type_code, is_met: true, parties, event_on: input.event_on, today, of };
    let family = family.circumstances(conn, node, rules)?;
    let form = CaseFields::kept(Form::of_type(&case.type_code), &input.fields).ok();
    let day = case.accepted_at.unwrap_or(by.now).date();
    let mut seen = sights::of(conn, node, (&input, meant), (day, of))?;
    // Whoever applied for somebody else online was named by the register.
    let is_known = case.channel == Channel::Online && represents(&case.type_code, input.applicant.relation);
    seen.retain(|one| !is_known || *one != REPRESENTATIVE_UNKNOWN);
    Ok(input.circumstances_with(rules, form.as_ref(), (family, &seen), today))
}

/// The papers and the circumstances of a case once a change is carried out.
#[derive(Default)]
pub struct Shown {
    papers: Vec<String>,
    circumstances: Vec<String>,
}

impl Shown {
    /// Those of a case, with the papers that were shown: what the register makes of its people ends or begins with the change, and not
    /// otherwise.
    fn of(case: &Case, shown: &[String], (held, holding): (&[String], &[String])) -> Result<Self> {
        let (mut papers, mut circumstances): (Vec<String>, Vec<String>) = (case.papers.read()?, case.circumstances.read()?);
        let new: Vec<String> = shown.iter().filter(|paper| !papers.contains(paper)).cloned().collect();
        papers.extend(new);
        circumstances.retain(|one| !is_from_the_register(one) || !held.contains(one) || holding.contains(one));
        let begun = holding.iter().filter(|one| is_from_the_register(one) && !held.contains(one));
        let begun: Vec<String> = begun.filter(|one| !circumstances.contains(one)).cloned().collect();
        circumstances.extend(begun);
        Ok(Self { papers, circumstances })
    }

    pub fn put_into(&self, case: &mut Case) -> Result<()> {
        case.papers = JsonText::of(&self.papers)?;
        case.circumstances = JsonText::of(&self.circumstances)?;
        Ok(())
    }
}

/// Refuses papers that are not on the checklist.
fn require_listed(rules: &CaseRules, shown: &[String]) -> Result<()> {
    let is_listed = |paper: &String| rules.papers.iter().any(|one| one.document == *paper);
    match shown.iter().position(|paper| !is_listed(paper)) {
        Some(index) => {
            Err(Error::field(format!("/papers/{index}"), "unknown", Text::new("不在應備文件清單", "it is not on the checklist")))
        }
        None => Ok(()),
    }
}

fn require(missing: Vec<PaperRule>) -> Result<()> {
    if missing.is_empty() { Ok(()) } else { Err(Problem::new(DOCUMENTS_MISSING).with("missing_papers", missing).into()) }
}

/// Refuses a correction without the papers whose circumstance it makes true; where it means other people, what the register makes of
/// them is shown by papers of their own.
pub fn of_correction(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    case: &Case,
    (before, after): (Told<'_>, Told<'_>),
    shown: &[String],
) -> Result<Shown> {
    let case_type = counter::own_type(node, conn, case)?;
    let rules = &case_type.rules;
    require_listed(rules, shown)?;
    let is_another = !after.1.is_within(&after.0.parties, before.1);
    let held = circumstances_of(conn, node, by, (case, rules), before)?;
    let holding = circumstances_of(conn, node, by, (case, rules), after)?;
    let is_anew = |paper: &&PaperRule| is_another && is_from_the_register(&paper.when);
    let asked: Vec<PaperRule> = rules.papers_for(&held, before.0.brought_by()).cloned().collect();
    let wanted: Vec<&PaperRule> = rules.papers_for(&holding, after.0.brought_by()).collect();
    let answer = Shown::of(case, shown, (&held, &holding))?;
    let mut missing = missing_of(wanted.iter().copied().filter(is_anew), shown);
    // One that is there meets its alternatives, whichever of them was asked for before.
    let lacking = missing_of(wanted.into_iter(), &answer.papers);
    missing.extend(lacking.into_iter().filter(|paper| !is_anew(&paper) && !asked.contains(paper)));
    require(missing)?;
    Ok(answer)
}

/// Refuses to reinstate a case without the papers for which the register has given cause by now.
pub fn of_reinstatement(conn: &mut Conn, node: &Node, by: &By, case: &Case, shown: &[String]) -> Result<Shown> {
    let case_type = counter::own_type(node, conn, case)?;
    require_listed(&case_type.rules, shown)?;
    let input = as_registered(conn, node, case)?;
    let parties = store::parties(conn, case.id)?;
    let parties = status::placed(conn, &parties)?;
    let (applicant, proxy) = status::asking(conn, case)?;
    let meant = Meant { parties: &parties, applicant: Some(applicant), proxy };
    let holding = circumstances_of(conn, node, by, (case, &case_type.rules), (&input, &meant))?;
    let answer = Shown::of(case, shown, (&[], &holding))?;
    // One that is there meets its alternatives, also where it is asked for always, or was under another circumstance.
    let mut missing = missing_of(case_type.rules.papers_for(&holding, case.brought_by()), &answer.papers);
    let is_met = |paper: &PaperRule| {
        let mut alternatives =
            case_type.rules.papers.iter().filter(|other| paper.one_of.is_some() && other.one_of == paper.one_of);
        alternatives.any(|other| answer.papers.contains(&other.document))
    };
    missing.retain(|paper| ![ALWAYS, EACH_PARTY, PROXY_APPLIES].contains(&paper.when.as_str()) && !is_met(paper));
    require(missing)?;
    Ok(answer)
}
