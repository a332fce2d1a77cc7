//! What the register says that somebody did after the day on which they died: refused whichever of the two is entered first (民法 §6).

use chrono::NaiveDate;

use super::entries::{self, Registration};
use super::fields::{CaseFields, Findings, Form, PartyRole};
use super::hints::{HintKind, RegisterHint};
use super::in_person;
use super::life;
use super::status::{Matter, Status};
use super::types::model::Relation;
use crate::calendar::PartialDate;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::{self, joins};

/// Entries of which somebody had to be alive, on a day after the one on which they died.
pub fn entries(conn: &mut Conn, node: &Node, (human, died_on): (Id, NaiveDate), but: Option<Id>) -> Result<Vec<Registration>> {
    let mut found = after(conn, node, (human, died_on), but)?;
    found.retain(stands_against);
    Ok(found)
}

/// Whether an entry says something of the deceased that a death before it denies. A seal ends with the death, whoever brought it
/// since; papers were given.
fn stands_against(one: &Registration) -> bool {
    one.is_of_status() && Form::of_type(&one.case.type_code) != Form::Seal
}

fn after(conn: &mut Conn, node: &Node, (human, died_on): (Id, NaiveDate), but: Option<Id>) -> Result<Vec<Registration>> {
    let records = joins::records(conn, human)?;
    let mut found = Vec::new();
    for one in entries::naming(conn, node, human, but)? {
        let roles = one.roles(&records);
        if one.day() <= died_on || !roles.iter().any(|role| lived(&one, *role)) {
            continue;
        }
        let is_adopter = one.case.type_code == "ADOPTION" && roles.contains(&PartyRole::Adopter);
        if !is_adopter || is_any_grown(conn, node, &one.with(PartyRole::Adoptee), died_on)? {
            found.push(one);
        }
    }
    Ok(found)
}

/// Whether whoever is adopted was no minor any more when an adopter died: of a minor alone a court still approves the adoption
/// (兒童及少年福利與權益保障法 §19). Of whom no day of birth is known the ruling tells.
fn is_grown(born: Option<PartialDate>, died_on: NaiveDate) -> bool {
    born.is_some_and(|born| born.age_on(died_on).reaches(18).yes)
}

/// Whether one of these was.
fn is_any_grown(conn: &mut Conn, node: &Node, children: &[Id], died_on: NaiveDate) -> Result<bool> {
    for child in children {
        if is_grown(people::store::birth_on(conn, &node.vault, *child)?, died_on) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether somebody adopts by a ruling of after their death, as the law lets a court approve it.
pub fn adopts(conn: &mut Conn, node: &Node, matter: &Matter<'_>, (role, died_on): (PartyRole, NaiveDate)) -> Result<bool> {
    let is_ruled = matches!(matter.fields, CaseFields::Adoption(adoption) if !adoption.is_agreed());
    if matter.type_code != "ADOPTION" || role != PartyRole::Adopter || !is_ruled {
        return Ok(false);
    }
    let mut strangers = matter.strangers.iter().filter(|(_, party)| party.role == PartyRole::Adoptee);
    if strangers.any(|(_, child)| is_grown(child.birth_on, died_on)) {
        return Ok(false);
    }
    for (_, _, child) in matter.parties.iter().filter(|(_, one, _)| *one == PartyRole::Adoptee) {
        if is_grown(matter.birth_on(conn, node, *child)?, died_on) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether whoever has a part in an entry was alive on its day.
fn lived(one: &Registration, role: PartyRole) -> bool {
    match (one.case.type_code.as_str(), role, &one.fields) {
        ("BIRTH", PartyRole::Mother, _) => true,
        // After the father's death a court says it (民法 §1067).
        ("PARENTAGE", PartyRole::Father, CaseFields::Common(common)) => {
            one.case.relation == Relation::Acknowledger && !common.is_ruled()
        }
        (type_code, role, fields) => life::acts(type_code, fields, role),
    }
}

/// Refuses a death before what the register says that the deceased did since.
pub fn check(
    conn: &mut Conn,
    node: &Node,
    matter: &Matter<'_>,
    (person, died_on): (Id, NaiveDate),
    findings: &mut Findings,
) -> Result<()> {
    let found = entries(conn, node, (person, died_on), matter.of)?;
    if found.is_empty() {
        return Ok(());
    }
    let (zh, en) = (
        "此人於該日後有其他登記；請核對日期，或先更正、撤銷各該登記",
        "the register has entries of this person after that day: look at the day, or correct or revoke those first",
    );
    // Whoever tells a death from afar is not told what else there is of the deceased.
    if matter.is_online {
        findings.add("/fields/died_on", "later_entry", "民法 §6", zh, en);
        return Ok(());
    }
    let sources: Vec<String> = found.iter().map(Registration::source).collect();
    let told = entries::told(conn, &sources)?;
    let (zh, en) = (format!("{zh}：{}", told.join("、")), format!("{en}: {}", told.join(", ")));
    findings.add("/fields/died_on", "later_entry", "民法 §6", &zh, &en);
    Ok(())
}

/// What a clerk should look at: papers that were given to the deceased after the day of the death, seals that were registered, and all
/// that somebody did in person as them; and whoever adopts by a ruling of after their death.
pub fn hints(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Vec<RegisterHint>> {
    let mut found = Vec::new();
    if let CaseFields::Death(death) = matter.fields {
        let died_on = life::last_day(matter, death);
        for (_, _, person) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Deceased) {
            let given = after(conn, node, (*person, died_on), matter.of)?.iter().any(|one| !stands_against(one));
            if given || in_person::acted_after(conn, node, (*person, died_on), matter.of)? {
                return Ok(vec![RegisterHint::at("/fields/died_on", HintKind::ActedAfterDeath)]);
            }
        }
    }
    for (index, role, person) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Adopter) {
        let died_on = Status::of(conn, node, *person, matter.of)?.died_on();
        if let Some(died_on) = died_on.filter(|died| *died < matter.day())
            && adopts(conn, node, matter, (*role, died_on))?
        {
            found.push(RegisterHint::at(format!("/parties/{index}"), HintKind::AdopterDiedBefore));
        }
    }
    Ok(found)
}
