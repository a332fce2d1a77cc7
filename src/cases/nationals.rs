//! What is for nationals with a household registration alone, and what cases make of somebody's nationality.

use serde_json::json;

use super::applicants::ends;
use super::case::Case;
use super::entries::{self, Registration};
use super::fields::{CaseFields, Findings, Form, PartyRole};
use super::hints::{HintKind, RegisterHint};
use super::input::CaseInput;
use super::place::{self, Place};
use super::status::{Matter, Status};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{Fact, FactKind};
use crate::people::{self, Identifier, joins};

const WHY: (&str, &str, &str) = (
    "戶籍法 §4、§15",
    "僅設有戶籍之國民得辦理；持居留證之統一證號者請先辦理初設戶籍登記",
    "this is for nationals with a household registration: whoever has a resident number registers an initial household first",
);

/// What is said of whoever has the nationality no more.
pub const LOST: &str = "LOST";

/// Where a case says since when it holds.
pub const PERMITTED_ON: &str = "/fields/permission/permitted_on";

/// Whether somebody in this part of a case of a type must be a national with a household registration.
pub fn must_be_national(type_code: &str, role: PartyRole) -> bool {
    (is_of_households(type_code) || BY_CODE.contains(&type_code)) && matches!(role, PartyRole::Subject | PartyRole::Member)
}

/// Whether cases of a type are of whoever has a household registration, and of nobody else.
fn is_of_households(type_code: &str) -> bool {
    let form = Form::of_type(type_code);
    let is_moved = matches!(form, Form::MoveIn | Form::MoveOut | Form::MoveWithin | Form::Name);
    is_moved || matches!(form, Form::IdCard | Form::HouseholdCertificate | Form::Seal | Form::SealCertificate)
}

/// Types of the common form, and others, whose subject must have an entry of their own in the register.
const BY_CODE: [&str; 9] = [
    "ASSISTANCE",
    "BIRTHPLACE",
    "GUARDIANSHIP",
    "HEAD_CHANGE",
    "HOUSEHOLD_MERGE",
    "HOUSEHOLD_SPLIT",
    "INDIGENOUS",
    "NAT_LOSS",
    "PARENTAL_RIGHTS",
];

/// Those of a type of whom one must be a national, so that the register has somebody of whom to enter it, and its law.
fn one_of(type_code: &str) -> Option<(&'static [PartyRole], &'static str)> {
    use PartyRole::{Adoptee, Adopter, Father, Mother, Subject};
    match type_code {
        "BIRTH" => Some((&[Mother, Father], "戶籍法 §6；國籍法 §2")),
        "PARENTAGE" => Some((&[Subject, Father, Mother], "戶籍法 §4、§7")),
        "ADOPTION" => Some((&[Adoptee, Adopter], "戶籍法 §4、§8")),
        _ => None,
    }
}

const NEITHER: (&str, &str) = (
    "所列之人均持外國證件或統一證號，無設有戶籍之國民可資登記",
    "all of them have a foreign paper or a resident number: the register has no national of whom to enter it",
);

/// Whether somebody has no household registration, by what they are known by.
pub fn is_outside(known: &Identifier) -> bool {
    known.is_foreign() || known.number().is_some_and(|number| !number.is_national())
}

/// Whether somebody is no national, or one of whom no register of the country has an entry; a Taiwanese passport is a national's.
fn is_foreigner(known: &Identifier) -> bool {
    is_outside(known) && !matches!(known, Identifier::Paper(paper) if paper.country() == "TWN")
}

/// Refuses entries of whom the register has nobody, as the numbers tell. A child of parents who have no nationality is a national.
fn check_one(input: &CaseInput, findings: &mut Findings) {
    let Some((roles, law)) = one_of(&input.type_code) else { return };
    let mut known = input.parties.iter().filter(|party| roles.contains(&party.role)).map(|party| &party.national_id).peekable();
    let is_any = known.peek().is_some();
    let known: Vec<&Identifier> = known.collect();
    let is_stateless = input.type_code == "BIRTH" && known.iter().all(|one| one.is_of_the_stateless());
    if is_any && !is_stateless && known.into_iter().all(is_foreigner) {
        findings.add("/parties", "not_national", law, NEITHER.0, NEITHER.1);
    }
}

/// Refuses whoever has a resident number (統一證號) or a foreign paper as a party who must be a national.
pub fn check_numbers(input: &CaseInput, findings: &mut Findings) {
    for (index, party) in input.parties.iter().enumerate() {
        // Of some types it is asked already for a number.
        let is_asked = party.national_id.is_foreign() && !BY_CODE.contains(&input.type_code.as_str());
        if is_outside(&party.national_id) && !is_asked && !input.ends() && must_be_national(&input.type_code, party.role) {
            findings.add(&format!("/parties/{index}/national_id"), "not_national", WHY.0, WHY.1, WHY.2);
        }
    }
    check_one(input, findings);
}

/// Refuses whoever has lost the nationality, as a case has registered, as a party who must be a national.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    in_turn(conn, node, matter, findings)?;
    // What was entered of a foreigner can end, and what stands is judged as it was taken alone.
    if matter.relation.is_none() || ends(matter.fields) {
        return Ok(());
    }
    of_nationals(conn, node, matter, findings)?;
    // Whoever has lost the nationality loses it no more, by a rule of its own.
    let is_asked = |role| nationality(matter.type_code).is_none() && must_be_national(matter.type_code, role);
    let place = Place::of(conn, matter.of, matter.day())?;
    for (index, _, person) in matter.parties.iter().filter(|(_, role, _)| is_asked(*role)) {
        let status = Status::of(conn, node, *person, matter.of)?.at(conn, &place)?;
        if has_lost(&status) {
            let (zh, en) = ("此人已登記喪失國籍", "the register says that this person has lost the nationality");
            findings.add(&format!("/parties/{index}/national_id"), "not_national", WHY.0, zh, en);
        } else if matter.type_code != "MOVE_IN" && has_no_household(conn, node, matter, (*person, &status))? {
            let (zh, en) = (
                "此人回復國籍後尚無戶籍：曾設有戶籍者請先辦理遷入登記，未曾設有戶籍者請先辦理初設戶籍登記",
                "since the nationality was restored this person has no household registration: whoever had one moves in first (MOVE_IN), others register an initial household (INITIAL)",
            );
            findings.add(&format!("/parties/{index}/national_id"), "not_national", "戶籍法 §15、§17", zh, en);
        }
    }
    Ok(())
}

/// Whether the register has no household of somebody since their nationality was restored: with its loss the one of before ended
/// (戶籍法 §24).
fn has_no_household(conn: &mut Conn, node: &Node, matter: &Matter<'_>, (person, status): (Id, &Status)) -> Result<bool> {
    let is_lost = |fact: &Fact| fact.value == json!(LOST);
    let Some(latest) = status.of_kind(FactKind::Nationality).max_by_key(|fact| fact.turn()) else { return Ok(false) };
    if is_lost(latest) || !status.of_kind(FactKind::Nationality).any(is_lost) {
        return Ok(false);
    }
    let begins = |case: &Case| matter.of != Some(case.id) && matches!(case.type_code.as_str(), "INITIAL" | "MOVE_IN");
    let households = entries::of_human(conn, &node.vault, person, begins)?;
    Ok(!households.iter().any(|one| Some(one.day()) >= latest.valid_from))
}

/// The nationality is lost by whoever has it, and acquired or restored by whoever has it not, as far as the register tells: no entry
/// follows on one that says the same, or goes before one; and nobody acquires it who is a national from the beginning.
fn in_turn(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let (Some(made), Some(law)) = (nationality(matter.type_code), law(matter.type_code)) else { return Ok(()) };
    let turn = place::turn(conn, matter.of, matter.day())?;
    for (index, _, person) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Subject) {
        let status = Status::of(conn, node, *person, matter.of)?;
        let (before, after): (Vec<&Fact>, Vec<&Fact>) =
            status.of_kind(FactKind::Nationality).partition(|fact| fact.turn() < turn);
        let says_so = |fact: &&Fact| fact.value == json!(made);
        let place = |fact: &&Fact| fact.turn();
        let is_born_so = before.is_empty() && is_registered_as_one(conn, node, matter, *person)?;
        if is_born_so || before.into_iter().max_by_key(place).filter(says_so).is_some() {
            let text = match made {
                LOST => ("此人於該日已登記喪失國籍", "the register says that this person has lost the nationality by then"),
                _ => ("此人於該日已登記具有國籍", "the register says that this person has the nationality by then"),
            };
            findings.add(&format!("/parties/{index}/national_id"), "already_registered", law, text.0, text.1);
        }
        if let Some(next) = after.into_iter().min_by_key(place).filter(says_so) {
            let told = entries::told(conn, std::slice::from_ref(&next.source))?.join("");
            let zh = format!("此人於該日後另有相同之國籍登記；請核對日期，或先更正、撤銷該登記：{told}");
            let en = format!(
                "a later entry says the same of the nationality: look at the day, or correct or revoke that first: {told}"
            );
            findings.add(PERMITTED_ON, "later_entry", law, &zh, &en);
        }
    }
    Ok(())
}

/// Whether the nationality is to be acquired by somebody whom the register has as a national by then: the birth of a national's child
/// (國籍法 §2), a household, or what is given to nationals with one (§3). One that stands is corrected whatever is found of it since.
fn is_registered_as_one(conn: &mut Conn, node: &Node, matter: &Matter<'_>, person: Id) -> Result<bool> {
    if matter.type_code != "NAT_ACQUIRE" || entries::stands_of(conn, matter, (PartyRole::Subject, person))? {
        return Ok(false);
    }
    let (turn, records) = (place::turn(conn, matter.of, matter.day())?, joins::records(conn, person)?);
    let shows = |one: &Registration| {
        let type_code = one.case.type_code.as_str();
        let is_entered = type_code == "INITIAL" || Form::of_type(type_code) == Form::Birth;
        let is_one = |role: PartyRole| match role {
            PartyRole::Subject => is_entered || is_of_households(type_code),
            PartyRole::Member => type_code == "INITIAL" || is_of_households(type_code),
            _ => false,
        };
        one.turn() < turn && one.roles(&records).into_iter().any(is_one)
    };
    Ok(entries::naming(conn, node, person, matter.of)?.iter().any(shows))
}

/// What a clerk should look at: a nationality is restored of which the register has no loss.
pub fn hints(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Vec<RegisterHint>> {
    if matter.type_code != "NAT_RESTORE" {
        return Ok(Vec::new());
    }
    for (index, _, person) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Subject) {
        let status = Status::of(conn, node, *person, matter.of)?.until(matter.day());
        if status.of_kind(FactKind::Nationality).next().is_none() {
            return Ok(vec![RegisterHint::at(format!("/parties/{index}"), HintKind::LossUnknown)]);
        }
    }
    let strangers = matter.strangers.iter().find(|(_, party)| party.role == PartyRole::Subject);
    Ok(strangers.map(|(index, _)| RegisterHint::at(format!("/parties/{index}"), HintKind::LossUnknown)).into_iter().collect())
}

/// By which article the ministry decides on what a type makes of somebody's nationality.
pub fn law(type_code: &str) -> Option<&'static str> {
    match type_code {
        "NAT_ACQUIRE" => Some("國籍法 §8"),
        "NAT_LOSS" => Some("國籍法 §11"),
        "NAT_RESTORE" => Some("國籍法 §17"),
        _ => None,
    }
}

/// Refuses a birth of whose parents each has lost the nationality before it, or never had it.
fn of_nationals(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let (CaseFields::Birth(_), Some(born)) = (matter.fields, matter.event_on) else { return Ok(()) };
    let is_parent = |role: PartyRole| matches!(role, PartyRole::Mother | PartyRole::Father);
    let strangers = matter.strangers.iter().filter(|(_, party)| is_parent(party.role));
    let mut is_any_lost = false;
    if !strangers.into_iter().all(|(_, party)| is_foreigner(&party.national_id)) {
        return Ok(());
    }
    for (_, _, person) in matter.parties.iter().filter(|(_, role, _)| is_parent(*role)) {
        let status = Status::of(conn, node, *person, matter.of)?.until(born);
        let is_lost = has_lost(&status);
        if !is_lost && !is_foreigner(&people::store::open(conn, &node.vault, *person)?.1) {
            return Ok(());
        }
        is_any_lost |= is_lost;
    }
    if is_any_lost {
        let text = ("父母於出生時均非國民", "neither parent was a national at the birth");
        findings.add("/parties", "not_national", "戶籍法 §6；國籍法 §2", text.0, text.1);
    }
    Ok(())
}

/// Whether the latest that is registered of somebody's nationality is its loss.
pub fn has_lost(status: &Status) -> bool {
    let latest = status.of_kind(FactKind::Nationality).max_by_key(|fact| fact.turn());
    latest.is_some_and(|fact| fact.value == json!(LOST))
}

/// What a type makes of its subject's nationality.
pub fn nationality(type_code: &str) -> Option<&'static str> {
    match type_code {
        "NAT_ACQUIRE" | "NAT_RESTORE" => Some("ROC"),
        "NAT_LOSS" => Some(LOST),
        _ => None,
    }
}
