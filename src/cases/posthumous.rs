//! What the register says that somebody did after the day on which they died: refused whichever of the two is entered first (民法 §6).

use chrono::NaiveDate;

use super::entries::{self, Registration};
use super::fields::{CaseFields, Findings, PartyRole};
use super::hints::{HintKind, RegisterHint};
use super::life;
use super::status::Matter;
use super::types::model::Relation;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::joins;

/// Entries of which somebody had to be alive, on a day after the one on which they died.
pub fn entries(conn: &mut Conn, node: &Node, (human, died_on): (Id, NaiveDate), but: Option<Id>) -> Result<Vec<Registration>> {
    let mut found = after(conn, node, (human, died_on), but)?;
    found.retain(Registration::is_of_status);
    Ok(found)
}

fn after(conn: &mut Conn, node: &Node, (human, died_on): (Id, NaiveDate), but: Option<Id>) -> Result<Vec<Registration>> {
    let records = joins::records(conn, human)?;
    let mut all = entries::naming(conn, node, human, but)?;
    all.retain(|one| one.day() > died_on && one.roles(&records).into_iter().any(|role| lived(one, role)));
    Ok(all)
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

/// What a clerk should look at: papers that were given to the deceased after the day of the death.
pub fn hints(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Vec<RegisterHint>> {
    let CaseFields::Death(death) = matter.fields else { return Ok(Vec::new()) };
    let died_on = life::last_day(matter, death);
    for (_, _, person) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Deceased) {
        if after(conn, node, (*person, died_on), matter.of)?.iter().any(|one| !one.is_of_status()) {
            return Ok(vec![RegisterHint::at("/fields/died_on", HintKind::ActedAfterDeath)]);
        }
    }
    Ok(Vec::new())
}
