//! Who may act for somebody as their legal representative or guardian: yes, no, or the register cannot tell. Then the papers of
//! the type's checklist do, at a counter.

use chrono::NaiveDate;
use serde_json::json;

use super::fields::{Findings, PartyRole, related};
use super::marriages;
use super::relations;
use super::status::{Matter, Placed, Status};
use super::types::model::Relation;
use crate::auth::By;
use crate::db::{Conn, Id};
use crate::error::{Error, Result, Text};
use crate::node::Node;
use crate::people;
use crate::people::capacity::{self, Demand, Manner};
use crate::people::facts::{Fact, FactKind};
use crate::people::holding::CARE;
use crate::people::store::Named;

/// What the register says of a representative.
pub enum Answer {
    Yes,
    /// No: the article, and why.
    No(&'static str, &'static str, &'static str),
    /// It cannot tell.
    Unknown,
}

/// Why nobody represents online whom the register cannot tell to.
const ONLINE: (&str, &str, &str) = (
    "民法 §1086、§1098",
    "線上僅得由已證明身分且依登記可知之法定代理人申請；請持證明文件臨櫃辦理",
    "online whoever is proven and whom the register itself names as the legal representative applies: come with your paper to a counter",
);

/// Whether somebody of this relation acts for the subject; not whoever is to be the guardian by the case itself.
pub fn represents(type_code: &str, relation: Relation) -> bool {
    matches!(relation, Relation::LegalRepresentative | Relation::Guardian) && type_code != "GUARDIANSHIP"
}

/// Those in whose place a representative can act: whom the case is about, and of a divorce either spouse.
fn represented(type_code: &str, parties: &[Placed]) -> Vec<Id> {
    let role = match type_code {
        "ADOPTION" | "ADOPTION_END" => PartyRole::Adoptee,
        "DIVORCE_COURT" => PartyRole::Spouse,
        _ => PartyRole::Subject,
    };
    parties.iter().filter(|(_, one, _)| *one == role).map(|(_, _, person)| *person).collect()
}

/// As what by law a party takes part for another, and as nothing else. Whoever becomes or was a guardian by the case is a party
/// of their own.
pub fn consents_as(type_code: &str, role: PartyRole) -> Option<Relation> {
    match role {
        PartyRole::LegalRepresentative => Some(Relation::LegalRepresentative),
        PartyRole::Guardian if related(type_code).is_none() => Some(Relation::Guardian),
        _ => None,
    }
}

/// For whom of an application somebody acts by law, whatever the order of the parties: of two those to whom the register ties
/// them, if it ties them to any.
pub fn acted_for(
    conn: &mut Conn,
    node: &Node,
    (type_code, parties): (&str, &[Placed]),
    (by, of): (Option<Id>, Option<Id>),
) -> Result<Vec<Id>> {
    let mut all = represented(type_code, parties);
    if all.is_empty() {
        all.extend(parties.iter().filter(|(_, role, _)| role.is_principal()).map(|(_, _, person)| *person));
    }
    all.retain(|one| Some(*one) != by);
    let mut tied = Vec::new();
    for one in all.iter().copied().filter(|_| all.len() > 1) {
        let status = Status::of(conn, node, one, of)?;
        let kinds = [FactKind::Guardianship, FactKind::Custody, FactKind::Parent];
        if by.is_some() && kinds.into_iter().any(|kind| status.of_kind(kind).any(|fact| fact.other_id == by)) {
            tied.push(one);
        }
    }
    Ok(if tied.is_empty() { all } else { tied })
}

/// Somebody who says that they represent a party of a case, on a day.
#[derive(Clone, Copy)]
pub struct Claimant {
    pub by: Option<Id>,
    pub relation: Relation,
    pub day: NaiveDate,
    pub of: Option<Id>,
}

/// What the register says of somebody who acts for a party of a case; `None` where it knows none of those for whom they could.
/// For a child who is adopted no longer whoever will be the representative then acts (民法 §1080).
pub fn of_application(
    conn: &mut Conn,
    node: &Node,
    (type_code, parties): (&str, &[Placed]),
    claimant: Claimant,
) -> Result<Option<Answer>> {
    let Claimant { by, relation, day, of } = claimant;
    let mut said = None;
    for subject in represented(type_code, parties).into_iter().filter(|subject| Some(*subject) != by) {
        let answer = match answer(conn, node, Claim { subject, by, relation, day, of })? {
            Answer::No(..) if type_code == "ADOPTION_END" && is_natural_parent(conn, node, (by, subject), of)? => Answer::Unknown,
            answer => answer,
        };
        said = match (said, answer) {
            (_, Answer::Yes) => return Ok(Some(Answer::Yes)),
            (Some(Answer::Unknown), _) | (_, Answer::Unknown) => Some(Answer::Unknown),
            (Some(no), _) | (None, no) => Some(no),
        };
    }
    Ok(said)
}

fn is_natural_parent(conn: &mut Conn, node: &Node, (by, child): (Option<Id>, Id), of: Option<Id>) -> Result<bool> {
    let status = Status::of(conn, node, child, of)?;
    let mut natural = status.of_kind(FactKind::Parent).filter(|fact| fact.value != json!(PartyRole::Adopter));
    Ok(by.is_some() && natural.any(|fact| fact.other_id == by))
}

/// Somebody who says that they represent the subject, on a day. Whom the office does not know nobody names.
#[derive(Clone, Copy)]
pub struct Claim {
    pub subject: Id,
    pub by: Option<Id>,
    pub relation: Relation,
    pub day: NaiveDate,
    /// The case that is judged: what it registered is no obstacle to it.
    pub of: Option<Id>,
}

/// What the register says: a guardian goes before parents, of a court's word on parental rights and an adoption the later one
/// before parentage (民法 §1055, §1077, §1089), and both end with the first minute of the 18th birthday (民法 §12). A parent is
/// known to act alone where there is no other, or where the two are married to each other. The dead represent nobody, nor does
/// whoever has no capacity.
pub fn answer(conn: &mut Conn, node: &Node, claim: Claim) -> Result<Answer> {
    let Claim { subject, by, relation, day, of } = claim;
    let is_claimant = |person: &Id| by == Some(*person);
    if let Some(by) = by
        && let Manner::Represented(_) = capacity::of(conn, &node.vault, by, day)?.manner(Demand::Duty)
    {
        return Ok(Answer::No("民法 §15、§75", "其本身無行為能力", "the register says that they have no capacity themself"));
    }
    let status = Status::of(conn, node, subject, of)?;
    let named: Vec<Id> = status.latest(&CARE).filter(|fact| is_guardianship(fact)).filter_map(|fact| fact.other_id).collect();
    let guardians = living(conn, node, of, named)?;
    if guardians.iter().any(is_claimant) {
        return Ok(Answer::Yes);
    }
    if !guardians.is_empty() {
        return Ok(Answer::No("民法 §1098", "登記之監護人為他人", "the register names somebody else as the guardian"));
    }
    if relation == Relation::Guardian {
        let is_ended = status.latest(&CARE).any(|fact| fact.other_id.is_none());
        let ended = Answer::No("民法 §14", "登記之監護業已撤銷", "the register says that the guardianship was revoked");
        return Ok(if is_ended { ended } else { Answer::Unknown });
    }
    let age = capacity::is_registered_of_age(conn, &node.vault, subject, day)?;
    if age.is_some_and(|age| age.yes && !age.is_rebuttable) {
        return Ok(Answer::No("民法 §12", "當事人已成年", "the subject is of age"));
    }
    let known = if age.is_some_and(|age| !age.yes && !age.is_rebuttable) { Answer::Yes } else { Answer::Unknown };
    let rulings: Vec<_> =
        status.latest(&[FactKind::Custody]).filter_map(|fact: &Fact| Some((fact.valid_from?, fact.other_id))).collect();
    let adoptions: Vec<_> = relations::adoptions(&status).into_iter().filter(|one| one.span.until.is_none()).collect();
    let adopted_on = adoptions.iter().map(|adoption| adoption.span.from).max();
    if adopted_on > rulings.iter().map(|(from, _)| *from).max() {
        let adopters = living(conn, node, of, adoptions.iter().map(|adoption| adoption.by).collect())?;
        if adopters.iter().any(is_claimant) {
            return Ok(known);
        }
        if !adopters.is_empty() && !is_spouse_of(conn, node, (by, day), &adopters)? {
            return Ok(Answer::No(
                "民法 §1077",
                "登記有收養人，本生父母之權利義務停止",
                "the register names adopters, and the rights of the natural parents are suspended",
            ));
        }
        return Ok(Answer::Unknown);
    }
    let custodians = living(conn, node, of, rulings.into_iter().filter_map(|(_, by)| by).collect())?;
    if custodians.iter().any(is_claimant) {
        return Ok(known);
    }
    if !custodians.is_empty() {
        return Ok(Answer::No(
            "民法 §1089",
            "登記之權利義務行使人為他人",
            "the register names somebody else to exercise the rights of a parent",
        ));
    }
    Ok(if is_known_parent(conn, node, &status, claim)? { known } else { Answer::Unknown })
}

/// Whether the register tells that a parent exercises the rights: the mother who is the one parent, either of two who are
/// married to each other, or whoever has outlived the other (民法 §1089).
fn is_known_parent(conn: &mut Conn, node: &Node, status: &Status, claim: Claim) -> Result<bool> {
    let natural = status.of_kind(FactKind::Parent).filter(|fact| fact.value != json!(PartyRole::Adopter));
    let natural: Vec<(Id, bool)> =
        natural.filter_map(|fact| Some((fact.other_id?, fact.value == json!(PartyRole::Mother)))).collect();
    let Some((own, is_mother)) = natural.iter().copied().find(|(parent, _)| claim.by == Some(*parent)) else {
        return Ok(false);
    };
    let others: Vec<Id> = natural.iter().map(|(parent, _)| *parent).filter(|parent| *parent != own).collect();
    if others.is_empty() {
        return Ok(is_mother);
    }
    let living = living(conn, node, claim.of, others)?;
    Ok(living.is_empty() || is_spouse_of(conn, node, (claim.by, claim.day), &living)?)
}

/// Refuses whom the register says not to represent the subject, online also whom it cannot tell to; and parties of whom the
/// register says that they are no legal representatives, so that they consent to nothing.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let Some(relation) = matter.relation else { return Ok(()) };
    let claim = |by, relation| Claimant { by, relation, day: matter.acts_on, of: matter.of };
    let application = (matter.type_code, matter.parties.as_slice());
    if represents(matter.type_code, relation) {
        let said = match of_application(conn, node, application, claim(matter.applicant, relation))? {
            Some(Answer::Unknown) if matter.is_online => Some(Answer::No(ONLINE.0, ONLINE.1, ONLINE.2)),
            said => said,
        };
        if let Some(Answer::No(law, zh, en)) = said {
            findings.add("/applicant/relation", "not_representative", law, zh, en);
        }
    }
    let consenting = matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::LegalRepresentative);
    for (index, _, person) in consenting.filter(|(_, _, person)| matter.applicant != Some(*person)) {
        let claim = claim(Some(*person), Relation::LegalRepresentative);
        if let Some(Answer::No(law, zh, en)) = of_application(conn, node, application, claim)? {
            findings.add(&format!("/parties/{index}/national_id"), "not_representative", law, zh, en);
        }
    }
    Ok(())
}

/// Refuses whoever applies online for somebody else as their representative, but for a proven person whom the register names.
/// The refusal is the same whatever the register holds of the other.
pub fn require_online(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    (type_code, relation, applicant): (&str, Relation, Option<Id>),
    subject: Named<'_>,
) -> Result<()> {
    if !represents(type_code, relation) {
        return Ok(());
    }
    let own = by.caller.person_id().filter(|own| applicant == Some(*own));
    let subject = people::numbers::known(conn, &node.vault, subject)?;
    if let (Some(own), Some(subject)) = (own, subject) {
        let claim = Claim { subject: subject.id, by: Some(own), relation, day: by.now.date(), of: None };
        if matches!(answer(conn, node, claim)?, Answer::Yes) {
            return Ok(());
        }
    }
    Err(Error::field("/applicant/relation", "not_representative", online()))
}

/// Why nobody represents online whom the register cannot tell to, in words.
pub fn online() -> Text {
    Text::new(format!("{}（{}）", ONLINE.1, ONLINE.0), format!("{} ({})", ONLINE.2, ONLINE.0))
}

fn is_guardianship(fact: &Fact) -> bool {
    fact.kind == FactKind::Guardianship && fact.other_id.is_some()
}

/// Those who have not died as far as the register says.
fn living(conn: &mut Conn, node: &Node, of: Option<Id>, people: Vec<Id>) -> Result<Vec<Id>> {
    let mut living = Vec::with_capacity(people.len());
    for person in people {
        if Status::of(conn, node, person, of)?.died_on().is_none() {
            living.push(person);
        }
    }
    Ok(living)
}

/// Whether somebody is married to one of these: a parent whose spouse adopts the child stays one (民法 §1077).
fn is_spouse_of(conn: &mut Conn, node: &Node, (one, day): (Option<Id>, NaiveDate), others: &[Id]) -> Result<bool> {
    let Some(one) = one else { return Ok(false) };
    for other in others {
        if marriages::are_married(conn, node, (one, *other), day)? {
            return Ok(true);
        }
    }
    Ok(false)
}
