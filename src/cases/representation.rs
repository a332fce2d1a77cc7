//! Who may act for somebody as their legal representative or guardian: yes, no, or the register cannot tell. Then the papers of
//! the type's checklist do, at a counter.

use chrono::NaiveDate;
use serde_json::json;

use super::about;
use super::capacity::{Roles, consents};
use super::case::Case;
use super::fields::{Findings, PartyRole, related};
use super::rights::Rights;
use super::status::{self, Matter, Placed, Status};
use super::store;
use super::types::model::Relation;
use crate::auth::{By, Consent};
use crate::db::{Conn, Id};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::node::Node;
use crate::people::capacity::{self, Demand, Manner};
use crate::people::facts::{Fact, FactKind};
use crate::people::holding::CARE;
use crate::people::store::Named;
use crate::people::wards::{self, Birth};
use crate::people::{self, joins};

/// What the register says of a representative.
pub enum Answer {
    Yes,
    /// No: the article, and why.
    No(&'static str, &'static str, &'static str),
    /// No: whom they would act for has died.
    Deceased,
    /// It cannot tell.
    Unknown,
}

impl Answer {
    /// The refusal of whoever does not represent: its code, the article, and why.
    pub fn refusal(&self) -> Option<(&'static str, &'static str, &'static str, &'static str)> {
        match *self {
            Self::No(law, zh, en) => Some(("not_representative", law, zh, en)),
            Self::Deceased => Some(("person_deceased", DECEASED.0, DECEASED.1, DECEASED.2)),
            Self::Yes | Self::Unknown => None,
        }
    }
}

/// Why nobody represents the dead: what a representative, a guardian or a proxy could do for them has ended.
const DECEASED: (&str, &str, &str) = (
    "民法 §6、§550",
    "被代理人已登記死亡，代理權業已消滅；有利害關係者，請以利害關係人申請",
    "the register says that whom they act for has died, and nobody represents the dead: whoever has an interest applies for themselves",
);

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

/// The part of those in whose place a representative can act: whom the case is about, and of a divorce either spouse.
pub(super) fn part_of_represented(type_code: &str) -> PartyRole {
    match type_code {
        "ADOPTION" | "ADOPTION_END" => PartyRole::Adoptee,
        "DIVORCE_COURT" => PartyRole::Spouse,
        _ => PartyRole::Subject,
    }
}

/// Those in whose place a representative can act.
pub(super) fn represented(type_code: &str, parties: &[Placed]) -> Vec<Id> {
    let part = part_of_represented(type_code);
    parties.iter().filter(|(_, role, _)| *role == part).map(|(_, _, person)| *person).collect()
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
    let (mut all, by) = (joins::last_of(conn, &all)?, by.map(|by| joins::last(conn, by)).transpose()?);
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
pub fn of_application(
    conn: &mut Conn,
    node: &Node,
    (type_code, parties): (&str, &[Placed]),
    claimant: Claimant,
) -> Result<Option<Answer>> {
    best(conn, node, (type_code, &represented(type_code, parties)), claimant, answer)
}

/// The same of somebody who consents for one of these.
pub fn of_consent(conn: &mut Conn, node: &Node, (type_code, whom): (&str, &[Id]), claimant: Claimant) -> Result<Option<Answer>> {
    best(conn, node, (type_code, whom), claimant, consent)
}

/// The best of what the register says of somebody for each of these. For a child who is adopted no longer whoever will be the
/// representative then acts (民法 §1080, §1083).
fn best(
    conn: &mut Conn,
    node: &Node,
    (type_code, whom): (&str, &[Id]),
    claimant: Claimant,
    judge: fn(&mut Conn, &Node, Claim) -> Result<Answer>,
) -> Result<Option<Answer>> {
    let Claimant { by, relation, day, of } = claimant;
    let (whom, by) = (joins::last_of(conn, whom)?, by.map(|by| joins::last(conn, by)).transpose()?);
    let mut said = None;
    for subject in whom.into_iter().filter(|subject| Some(*subject) != by) {
        let claim = Claim { subject, by, relation, day, of };
        let answer = match judge(conn, node, claim)? {
            Answer::No(..) if type_code == "ADOPTION_END" && may_be_representative_then(conn, node, claim)? => Answer::Unknown,
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

/// Whether somebody could represent a minor whose adoption has ended: a natural parent, and one whom the register need not have.
fn may_be_representative_then(conn: &mut Conn, node: &Node, claim: Claim) -> Result<bool> {
    let Claim { subject, by, day, of, .. } = claim;
    let age = capacity::is_registered_of_age(conn, &node.vault, subject, day)?;
    if age.is_some_and(|age| age.yes && !age.is_rebuttable) || lacks_capacity(conn, node, by, day)? {
        return Ok(false);
    }
    let status = Status::of(conn, node, subject, of)?;
    let natural = status.of_kind(FactKind::Parent).filter(|fact| fact.value != json!(PartyRole::Adopter));
    let natural: Vec<Id> = natural.filter_map(|fact| fact.other_id).collect();
    Ok(natural.len() < 2 || by.is_some_and(|by| natural.contains(&by)))
}

/// Whether the register says that somebody has no capacity themself.
fn lacks_capacity(conn: &mut Conn, node: &Node, person: Option<Id>, day: NaiveDate) -> Result<bool> {
    let Some(person) = person else { return Ok(false) };
    Ok(matches!(capacity::of(conn, &node.vault, person, day)?.manner(Demand::Duty), Manner::Represented(_)))
}

/// What the register says, by what was so on the day, of somebody who consents for another: of whoever is under assistance the assistant does (民法 §15-2).
pub fn consent(conn: &mut Conn, node: &Node, claim: Claim) -> Result<Answer> {
    let claim = claim.of_humans(conn)?;
    let Claim { subject, by, day, of, .. } = claim;
    let status = Status::of(conn, node, subject, of)?.until(day);
    if status.died_on().is_some() {
        return Ok(Answer::Deceased);
    }
    if by == Some(subject) {
        return Ok(Answer::No("民法 §77", "同意須由其法定代理人或輔助人為之", "nobody consents to what they do themself"));
    }
    let assistance = status.latest(&CARE).filter(|fact| fact.kind == FactKind::Assistance);
    let assistants: Vec<Id> = assistance.filter_map(|fact| fact.other_id).collect();
    if assistants.is_empty() {
        return answer(conn, node, claim);
    }
    let living = living(conn, node, of, assistants)?;
    Ok(match by {
        Some(by) if living.contains(&by) => Answer::Yes,
        _ if living.is_empty() => Answer::Unknown,
        _ => Answer::No("民法 §15-2", "登記之輔助人為他人", "the register names somebody else as the assistant"),
    })
}

impl Answer {
    /// As what is told of a consent.
    pub fn of_consent(self) -> Consent {
        match self.refusal() {
            Some((code, law, zh, en)) => Consent::Anothers(code, Text::new(format!("{zh}（{law}）"), format!("{en} ({law})"))),
            None if matches!(self, Self::Yes) => Consent::Theirs,
            None => Consent::Untold,
        }
    }
}

/// What the register says of somebody who consents for a principal on a day, in no case of theirs.
pub fn told_of_consent(conn: &mut Conn, node: &Node, (subject, by): (Id, Option<Id>), day: NaiveDate) -> Result<Consent> {
    consent(conn, node, Claim { subject, by, relation: Relation::LegalRepresentative, day, of: None }).map(Answer::of_consent)
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

impl Claim {
    /// With both as the register names them, by the records to which theirs were joined.
    fn of_humans(self, conn: &mut Conn) -> Result<Self> {
        let by = self.by.map(|by| joins::last(conn, by)).transpose()?;
        Ok(Self { subject: joins::last(conn, self.subject)?, by, ..self })
    }
}

/// What the register says, by what was so on the day: a guardian goes before parents to whom neither an adoption nor a ruling has given the child since, and
/// the rights of parents ([`Rights`]) end with the first minute of the 18th birthday (民法 §12), as does a guardian, but for one by
/// a declaration. The dead represent nobody and are represented by nobody, and whoever has no capacity represents nobody.
pub fn answer(conn: &mut Conn, node: &Node, claim: Claim) -> Result<Answer> {
    let Claim { subject, by, relation, day, of } = claim.of_humans(conn)?;
    let status = Status::of(conn, node, subject, of)?.until(day);
    if status.died_on().is_some() {
        return Ok(Answer::Deceased);
    }
    if by == Some(subject) {
        return Ok(Answer::No("民法 §106", "不得為自己之代理人", "nobody represents themself"));
    }
    let is_claimant = |person: &Id| by == Some(*person);
    if lacks_capacity(conn, node, by, day)? {
        return Ok(Answer::No("民法 §15、§75", "其本身無行為能力", "the register says that they have no capacity themself"));
    }
    let born = Birth::of(conn, &node.vault, subject)?;
    let named = status.latest(&CARE).filter(|fact| is_guardianship(fact));
    let (over, standing): (Vec<&Fact>, Vec<&Fact>) = named.partition(|fact| wards::has_ended(fact, born, day).is_some());
    let guardians = living(conn, node, of, standing.iter().filter_map(|fact| fact.other_id).collect())?;
    let age = capacity::is_registered_of_age(conn, &node.vault, subject, day)?;
    let (is_minor, is_grown) = match age {
        Some(age) if !age.is_rebuttable => (!age.yes, age.yes),
        _ => (false, false),
    };
    let rights = Rights::of(conn, node, (subject, &status), (day, of))?;
    if rights.replace_guardianship(&status) {
        let is_parent = by.is_some_and(|by| rights.parents.has(by));
        if guardians.iter().any(is_claimant) && !is_parent {
            let replaced = Answer::No(
                "民法 §1077、§1091",
                "監護登記後，已登記由收養人或父母行使負擔權利義務",
                "since the guardianship the register has adopters, or a parent, who exercise the rights of one",
            );
            return Ok(if is_minor && rights.are_exercised(conn, node)? { replaced } else { Answer::Unknown });
        }
    } else if guardians.iter().any(is_claimant) {
        return Ok(Answer::Yes);
    } else if !guardians.is_empty() {
        return Ok(Answer::No("民法 §1098", "登記之監護人為他人", "the register names somebody else as the guardian"));
    }
    if let Some(age) = over.first().and_then(|fact| wards::has_ended(fact, born, day)).filter(|_| relation == Relation::Guardian)
    {
        let ended = Answer::No(
            "民法 §12、§1091",
            "當事人已成年，未成年人之監護已終止",
            "the subject has come of age, and the guardianship is over that was for their age",
        );
        return Ok(if age.is_rebuttable { Answer::Unknown } else { ended });
    }
    if relation == Relation::Guardian {
        let is_ended = status.latest(&CARE).any(|fact| fact.other_id.is_none());
        let ended = Answer::No("民法 §14", "登記之監護業已撤銷", "the register says that the guardianship was revoked");
        return Ok(if is_ended { ended } else { Answer::Unknown });
    }
    if is_grown {
        return Ok(Answer::No("民法 §12", "當事人已成年", "the subject is of age"));
    }
    Ok(match rights.answer(conn, node, by)? {
        Answer::Yes if !is_minor => Answer::Unknown,
        said => said,
    })
}

/// Refuses whom the register says not to represent the subject, online also whom it cannot tell to; and parties of whom the
/// register says that they are no legal representatives, so that they consent to nothing.
pub fn check(conn: &mut Conn, node: &Node, (matter, roles): (&Matter<'_>, &Roles<'_>), findings: &mut Findings) -> Result<()> {
    let relation = roles.relation;
    if represents(matter.type_code, relation) {
        let claimant = Claimant { by: matter.applicant, relation, day: matter.acts_on, of: matter.of };
        let said = match of_application(conn, node, (matter.type_code, &matter.parties), claimant)? {
            // What nobody could tell when it was taken, the office has looked at.
            Some(Answer::Unknown) if matter.is_online && !matter.is_taken => Some(Answer::No(ONLINE.0, ONLINE.1, ONLINE.2)),
            said => said,
        };
        if let Some((code, law, zh, en)) = said.and_then(|said| said.refusal()) {
            findings.add("/applicant/relation", code, law, zh, en);
        }
    }
    check_consents(conn, node, roles, findings)
}

/// Refuses parties of whom the register says that they are no legal representatives, so that they consent to nothing.
pub fn check_consents(conn: &mut Conn, node: &Node, roles: &Roles<'_>, findings: &mut Findings) -> Result<()> {
    for (index, said) in consents(conn, node, roles)? {
        if let Some((code, law, zh, en)) = said.and_then(|said| said.refusal()) {
            findings.add(&format!("/parties/{index}/national_id"), code, law, zh, en);
        }
    }
    Ok(())
}

/// Refuses to register what was applied for in the place of somebody who has died since: nothing is given to whoever acts for them
/// any more.
pub fn require_living(conn: &mut Conn, node: &Node, case: &Case) -> Result<()> {
    let is_proxy = case.relation == Relation::Proxy;
    if !is_proxy && !represents(&case.type_code, case.relation) {
        return Ok(());
    }
    let parties = store::parties(conn, case.id)?;
    let placed = status::placed(conn, &parties)?;
    let about = about::place(&case.type_code, placed.iter().map(|(index, role, _)| (*index, *role)));
    let whom = match is_proxy {
        true => placed.iter().filter(|(index, ..)| *index == about).map(|(_, _, person)| *person).collect(),
        false => represented(&case.type_code, &placed),
    };
    if whom.is_empty() || !living(conn, node, Some(case.id), whom)?.is_empty() {
        return Ok(());
    }
    let mut findings = Findings::default();
    findings.add("/applicant/relation", "person_deceased", DECEASED.0, DECEASED.1, DECEASED.2);
    Err(Problem { errors: findings.0, ..Problem::new(Code::CONFLICT).detail(DECEASED.1, DECEASED.2) }.into())
}

/// Refuses whoever applies online for somebody else as their representative, but for a proven person whom the register names.
/// The refusal is the same whatever the register holds of the other.
pub fn require_online(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    (type_code, relation, applicant): (&str, Relation, Option<Id>),
    subjects: &[Named<'_>],
) -> Result<()> {
    if !represents(type_code, relation) {
        return Ok(());
    }
    let own = by.caller.person_id().filter(|own| applicant == Some(*own));
    for subject in subjects {
        let Some((own, subject)) = own.zip(people::numbers::known(conn, &node.vault, *subject)?) else { continue };
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
pub(super) fn living(conn: &mut Conn, node: &Node, of: Option<Id>, people: Vec<Id>) -> Result<Vec<Id>> {
    let mut living = Vec::with_capacity(people.len());
    for person in people {
        if Status::of(conn, node, person, of)?.died_on().is_none() {
            living.push(person);
        }
    }
    Ok(living)
}
