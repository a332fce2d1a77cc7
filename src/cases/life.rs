//! Life and death: nobody acts once their death is registered, nobody dies twice, and whose death can be entered.

use chrono::NaiveDate;

use super::fields::{CaseFields, DeathFields, Findings, PartyRole, witnessed_by};
use super::in_person::{self, Part, actors};
use super::nationals::is_outside;
use super::posthumous;
use super::representation::consents_as;
use super::status::{Matter, Status};
use super::types::model::Relation;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people;
use crate::people::capacity::{self, Demand, Manner};
use crate::people::facts::FactKind;
use crate::people::joins;

/// Types that say something of the dead, or of what was before: entered late, corrected and certified all the same.
const AFTER_DEATH: [&str; 24] = [
    "ALTERATION",
    "ANNULMENT",
    "BIRTH",
    "BIRTHDATE_CORRECTION",
    "BIRTHPLACE",
    "CERT_DIVORCE",
    "CERT_MARRIAGE",
    "CERT_MARRIAGE_END",
    "CERT_MARRIAGE_RECORD",
    "CERT_MOVE_RECORD",
    "CERT_NAME_RECORD",
    "CORRECTION",
    "KINSHIP",
    "NAME_CORRECTION",
    "OTHER_LAW",
    "PARENTAGE",
    "PARENT_NAME_CORRECTION",
    "PHOTO_FILE",
    "RECORD_COPY",
    "RECORD_VIEW",
    "REVOCATION",
    "TRANSCRIPT_EN",
    "TRANSCRIPT_ZH",
    "UID_CORRECTION",
];

const DECEASED: (&str, &str) = ("此人已登記死亡", "the register says that this person has died");

const PRINCIPAL_DECEASED: (&str, &str) = ("委託人已登記死亡，委任關係消滅", "whoever gave the letter has died, and it has ended");

const MAY_COME_BACK: (&str, &str) = (
    "此人已登記死亡；本人尚生存者，得以本人（SELF）申請撤銷、廢止或更正該登記（戶籍法 §46）",
    "the register says that this person has died; whoever lives applies as SELF to have that entry revoked, annulled or corrected (戶籍法 §46)",
);

/// Where whoever is registered as dead and lives puts that right themselves (戶籍法 §46).
const COMES_BACK: [&str; 3] = ["ANNULMENT", "CORRECTION", "REVOCATION"];

/// The last day on which somebody can have lived, of whom a case says that they died: as late as what is known of it allows, so
/// that nobody is refused what they may still have done, and never after the event or the registration.
pub fn last_day(matter: &Matter<'_>, death: &DeathFields) -> NaiveDate {
    let known = matter.event_on.into_iter().fold(matter.received_at.date(), NaiveDate::min);
    death.died_on.latest().min(known).max(death.died_on.earliest())
}

/// What registered deaths forbid, and what forbids to register a death.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    parties(conn, node, matter, findings)?;
    witnesses(conn, node, matter, findings)?;
    if let CaseFields::Death(death) = matter.fields {
        once_dead(conn, node, matter, last_day(matter, death), findings)?;
        known_abroad(conn, node, matter, findings)?;
    }
    Ok(())
}

/// Whoever applies, comes for somebody or consents lives on the day on which they do (民法 §6), and whoever has sent them on the day
/// on which they come (民法 §550). A death since takes nothing from what was said (民法 §95).
pub fn acting(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    for (part, person) in actors(matter) {
        let comes_back = COMES_BACK.contains(&matter.type_code) && matter.relation == Some(Relation::Oneself);
        if comes_back && matter.applicant == Some(person)
            || !Status::of(conn, node, person, matter.of)?.died_on().is_some_and(|died| matter.is_before_acting(died))
        {
            continue;
        }
        let (pointer, law, (zh, en)) = match part {
            Part::Applies => ("/applicant/national_id".to_owned(), "民法 §6", MAY_COME_BACK),
            Part::Comes => ("/proxy/national_id".to_owned(), "民法 §6", MAY_COME_BACK),
            Part::Consents(index) => (format!("/parties/{index}/national_id"), "民法 §6", DECEASED),
            Part::Sends(index) => (format!("/parties/{index}/national_id"), "民法 §550", PRINCIPAL_DECEASED),
        };
        findings.add(&pointer, "person_deceased", law, zh, en);
    }
    Ok(())
}

/// Whoever it is about lives on the day on which it takes effect (民法 §6). What takes effect by being registered is too late once a
/// death is registered, on whichever day that was.
fn parties(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    for (index, role, person) in matter.parties.iter().filter(|(_, role, _)| acts(matter.type_code, matter.fields, *role)) {
        let Some(died) = Status::of(conn, node, *person, matter.of)?.died_on() else { continue };
        let is_late = died < matter.day() || matter.is_new && matter.own_day().is_none();
        // Whoever only consents is one of those who act.
        let is_judged = matter.is_new && consents_as(matter.type_code, *role).is_some();
        if is_late && !is_judged && !posthumous::adopts(conn, node, matter, (*role, died))? {
            findings.add(&format!("/parties/{index}/national_id"), "person_deceased", "民法 §6", DECEASED.0, DECEASED.1);
        }
    }
    Ok(())
}

/// Whether whoever has a part in a case of a type does something by it, or something is done for them, that takes somebody alive.
pub fn acts(type_code: &str, fields: &CaseFields, role: PartyRole) -> bool {
    if AFTER_DEATH.contains(&type_code) {
        return false;
    }
    match role {
        // A court ends an adoption after the adopter's death as well (民法 §1080-1), an agreement does not.
        PartyRole::Adopter => type_code != "ADOPTION_END" || is_agreed(fields),
        // Whose rights end may have died.
        PartyRole::Father | PartyRole::Mother => type_code == "PARENTAL_RIGHTS" && !ends(fields),
        PartyRole::Subject
        | PartyRole::Spouse
        | PartyRole::Adoptee
        | PartyRole::Member
        | PartyRole::LegalRepresentative
        | PartyRole::Guardian => true,
        _ => false,
    }
}

/// Whether a relation ends by a case.
fn ends(fields: &CaseFields) -> bool {
    matches!(fields, CaseFields::Common(common) if common.ends())
}

/// Whether the two sides have agreed on the end of an adoption.
fn is_agreed(fields: &CaseFields) -> bool {
    matches!(fields, CaseFields::Adoption(adoption) if adoption.is_agreed())
}

/// Witnesses live on the day that they testify to, and understand what they see.
fn witnesses(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let law = if matches!(matter.fields, CaseFields::Divorce(_)) { witnessed_by(matter.type_code) } else { "民法 §982" };
    let (day, witnesses) = in_person::witnesses(conn, node, matter)?;
    for (index, person) in witnesses {
        let pointer = format!("/fields/witnesses/{index}/national_id");
        if Status::of(conn, node, person, None)?.died_on().is_some_and(|died| died < day) {
            findings.add(&pointer, "person_deceased", law, DECEASED.0, DECEASED.1);
        } else if let Manner::Represented(_) = capacity::of(conn, &node.vault, person, day)?.manner(Demand::Duty) {
            let (zh, en) =
                ("已登記為無行為能力人，不得為證人", "the register says that this person has no capacity: name another witness");
            findings.add(&pointer, "no_capacity", law, zh, en);
        }
    }
    Ok(())
}

/// Nobody dies twice, or before what the register says they have done since.
fn once_dead(conn: &mut Conn, node: &Node, matter: &Matter<'_>, died_on: NaiveDate, findings: &mut Findings) -> Result<()> {
    for (index, _, person) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Deceased) {
        let status = Status::of(conn, node, *person, matter.of)?;
        if status.died_on().is_some() {
            let text =
                ("此人已登記死亡；更正請撤銷或更正原登記", "this death is registered already: correct or revoke that entry");
            findings.add(&format!("/parties/{index}/national_id"), "already_registered", "戶籍法 §14", text.0, text.1);
        }
        posthumous::check(conn, node, matter, (*person, died_on), findings)?;
    }
    Ok(())
}

/// Of whoever is known by a paper of another country or a resident number the register has no entry of their own; it notes the death of those whom it
/// has as a spouse or a parent, which ends what it says of others.
fn known_abroad(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let strangers = matter.strangers.iter().filter(|(_, party)| party.role == PartyRole::Deceased);
    let mut unheld: Vec<usize> = strangers.filter(|(_, party)| is_outside(&party.national_id)).map(|(index, _)| *index).collect();
    for (index, _, person) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Deceased) {
        if is_outside(&people::store::open(conn, &node.vault, *person)?.1) && !is_kin(conn, *person)? {
            unheld.push(*index);
        }
    }
    for index in unheld {
        let text = (
            "持外國證件或統一證號者，僅登記中之配偶或父母得登載其死亡",
            "of whoever is known by a foreign paper or a resident number the death is entered where the register has them as a spouse or a parent",
        );
        findings.add(&format!("/parties/{index}/national_id"), "not_registered", "戶籍法 §4", text.0, text.1);
    }
    Ok(())
}

/// Whether the register has somebody as the spouse or the parent of another.
fn is_kin(conn: &mut Conn, person: Id) -> Result<bool> {
    Ok(!joins::naming(conn, person, &[FactKind::Marriage, FactKind::Parent])?.is_empty())
}
