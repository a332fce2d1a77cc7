//! Who applies for what ties people, and who is named in it, against what is registered: yes, no, or the register cannot tell. Then
//! a paper does.

use chrono::NaiveDate;
use serde_json::json;

use super::entitlement::is_death_unregistered;
use super::fields::{CaseFields, Findings, Form, PartyRole, RelationEvent};
use super::input::CaseInput;
use super::marriages;
use super::parents::{Parents, Part};
use super::place::Place;
use super::relations::{self, Adoption};
use super::representation::living;
use super::rights::Rights;
use super::status::{Matter, Placed, Status};
use super::stepchildren;
use super::types::by_law::{DEATH_UNREGISTERED, GUARDIAN_MARRIES_WARD, PARENTS_LIVE, RELATION_UNKNOWN};
use super::types::model::Relation;
use crate::calendar::PartialDate;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::node::Node;
use crate::people::facts::{Fact, FactKind};
use crate::people::holding::CARE;
use crate::people::wards::{self, Birth};
use crate::people::{self, capacity};

/// What the register says of somebody in an application.
pub(super) enum Answer {
    Yes,
    /// No: the code, the article, and why.
    No(&'static str, &'static str, &'static str, &'static str),
    /// It cannot tell.
    Unknown,
}

use Answer::{No, Unknown, Yes};

/// An application that ties people, or ends a tie.
pub struct Tied<'a> {
    type_code: &'a str,
    relation: Option<Relation>,
    applicant: Option<Id>,
    /// All its parties, also those whom the register does not know.
    parties: Vec<(usize, PartyRole, Option<Id>)>,
    /// Whether it ends what is registered.
    ends: bool,
    /// Whether it changes what is registered.
    changes: bool,
    /// The subject's day of birth, as it is said.
    born: Option<PartialDate>,
    /// Whether it is the adoption of a spouse's child.
    is_stepchild: bool,
    day: NaiveDate,
    of: Option<Id>,
}

/// Whether the fields of an application end a guardianship, an assistance or the rights of a parent.
pub fn ends(fields: &CaseFields) -> bool {
    matches!(fields, CaseFields::Common(common) if common.event == Some(RelationEvent::Revoked))
}

impl<'a> Tied<'a> {
    /// As it is taken.
    pub fn of_input(input: &'a CaseInput, (applicant, known): (Option<Id>, &[Placed]), day: NaiveDate, of: Option<Id>) -> Self {
        let person = |index: usize| known.iter().find(|(place, ..)| *place == index).map(|(_, _, person)| *person);
        let parties = input.parties.iter().enumerate();
        let ruled = input.fields["final_on"].as_str().and_then(|day| day.parse().ok());
        // A marriage begins with its registration, unless it stood without.
        let form = CaseFields::kept(Form::of_type(&input.type_code), &input.fields);
        let is_entered = form.is_ok_and(|form| form.needs_registration(input.event_on));
        Self {
            type_code: &input.type_code,
            relation: Some(input.applicant.relation),
            applicant,
            parties: parties.map(|(index, party)| (index, party.role, person(index))).collect(),
            ends: input.ends(),
            changes: input.fields["event"] == json!(RelationEvent::Changed),
            born: input.parties.iter().find(|party| party.role == PartyRole::Subject).and_then(|party| party.birth_on),
            is_stepchild: input.fields["adopts_spouses_child"] == json!(true),
            day: ruled.or(input.event_on).filter(|_| !is_entered).unwrap_or(day),
            of,
        }
    }

    fn of_matter(matter: &Matter<'a>) -> Self {
        let mut parties: Vec<(usize, PartyRole, Option<Id>)> =
            matter.parties.iter().map(|(index, role, person)| (*index, *role, Some(*person))).collect();
        parties.extend(matter.strangers.iter().map(|(index, party)| (*index, party.role, None)));
        parties.sort_unstable_by_key(|(index, ..)| *index);
        Self {
            type_code: matter.type_code,
            relation: matter.relation,
            applicant: matter.applicant,
            parties,
            ends: ends(matter.fields),
            changes: matches!(matter.fields, CaseFields::Common(common) if common.event == Some(RelationEvent::Changed)),
            born: None,
            is_stepchild: matches!(matter.fields, CaseFields::Adoption(adoption) if adoption.adopts_spouses_child),
            day: matter.day(),
            of: matter.of,
        }
    }

    fn with(&self, role: PartyRole) -> impl Iterator<Item = (usize, Option<Id>)> {
        self.parties.iter().filter(move |(_, one, _)| *one == role).map(|(index, _, person)| (*index, *person))
    }

    /// What the register says of whomever it is about, once it knows them.
    fn status(&self, conn: &mut Conn, node: &Node, role: PartyRole) -> Result<Option<Status>> {
        let person = self.with(role).next().and_then(|(_, person)| person);
        person.map(|person| Status::of(conn, node, person, self.of)).transpose()
    }

    fn answers(&self, conn: &mut Conn, node: &Node) -> Result<Vec<(String, Answer)>> {
        match self.type_code {
            "PARENTAL_RIGHTS" => self.of_rights(conn, node),
            "GUARDIANSHIP" | "ASSISTANCE" if self.ends => self.of_care(conn, node),
            "GUARDIANSHIP" | "ASSISTANCE" => {
                let status = self.status(conn, node, PartyRole::Subject)?.map(|status| status.until(self.day));
                Ok(self.changes_what_stands(status.as_ref(), &CARE).into_iter().collect())
            }
            "ADOPTION" => self.of_adopters(conn, node),
            "ADOPTION_END" => self.of_adoption_end(conn, node),
            _ => Ok(Vec::new()),
        }
    }

    /// The rights of a parent are exercised by the parents whom the register has; whoever has them applies for their end (戶籍法 §35; 民法 §1055, §1055-2, §1089).
    fn of_rights(&self, conn: &mut Conn, node: &Node) -> Result<Vec<(String, Answer)>> {
        let status = self.status(conn, node, PartyRole::Subject)?;
        let parents = status.as_ref().map(|status| Parents::of(conn, node, status, (self.day, self.of))).transpose()?;
        let mut found = Vec::new();
        for role in [PartyRole::Father, PartyRole::Mother] {
            for (index, person) in self.with(role) {
                let answer = match parents.as_ref().map_or(Part::Unknown, |parents| parents.part(role, person)) {
                    Part::Theirs => Yes,
                    Part::Rests => RIGHTS_REST,
                    Part::Anothers => No(
                        "party_mismatch",
                        "民法 §1055、§1089",
                        "登記之父或母為他人；由第三人監護者，依法院裁判辦監護登記（GUARDIANSHIP）",
                        "the register names another parent of this part: a third person is a guardian by a court's ruling (GUARDIANSHIP)",
                    ),
                    Part::Unknown => Unknown,
                };
                found.push((format!("/parties/{index}/national_id"), answer));
            }
        }
        let later = ended_after(status.as_ref(), &[FactKind::Custody], self.day);
        let status = status.map(|status| status.until(self.day));
        if self.ends {
            found.extend(later);
            let child = self.with(PartyRole::Subject).find_map(|(_, person)| person);
            let rights = child.zip(status.as_ref());
            let rights = rights.map(|known| Rights::of(conn, node, known, (self.day, self.of))).transpose()?;
            let custodians = rights.map_or_else(Vec::new, |rights| rights.custodians);
            let holders = parents.as_ref().map_or_else(Vec::new, Parents::all);
            let is_whole = !custodians.is_empty() || holders.len() > 1;
            let applicant = self.applicant.filter(|one| self.relation.is_some() && !custodians.contains(one));
            let rests = applicant.zip(parents.as_ref()).is_some_and(|(applicant, parents)| parents.rest_of(applicant));
            let (pointer, answer) = self.applies(&[custodians, holders].concat(), is_whole);
            found.push((pointer, if rests { RIGHTS_REST } else { answer }));
            found.extend(ended_before(status.as_ref(), &[FactKind::Custody], FactKind::Custody));
            found.extend(is_unheld(status.as_ref(), &[FactKind::Custody]).then(|| ("/fields/event".to_owned(), Unknown)));
        }
        found.extend(self.changes_what_stands(status.as_ref(), &[FactKind::Custody]));
        Ok(found)
    }

    /// The end of a guardianship or assistance: of one that stands, at the word of whoever is the guardian or assistant, or of whose
    /// it was (戶籍法 §35, §46).
    fn of_care(&self, conn: &mut Conn, node: &Node) -> Result<Vec<(String, Answer)>> {
        let status = self.status(conn, node, PartyRole::Subject)?;
        let ended_later = ended_after(status.as_ref(), &CARE, self.day);
        let status = status.map(|status| status.until(self.day));
        let mut living = Vec::new();
        for guardian in status.iter().flat_map(|status| named(status, &CARE)) {
            if Status::of(conn, node, guardian, self.of)?.died_on().is_none() {
                living.push(guardian);
            }
        }
        let kind = if self.type_code == "GUARDIANSHIP" { FactKind::Guardianship } else { FactKind::Assistance };
        let mut found: Vec<(String, Answer)> =
            ended_before(status.as_ref(), &CARE, kind).into_iter().chain(ended_later).collect();
        if matches!(self.relation, Some(Relation::Guardian | Relation::Assistant)) {
            found.push(self.applies(&living, !living.is_empty()));
        }
        found.extend(is_unheld(status.as_ref(), &CARE).then(|| ("/fields/event".to_owned(), Unknown)));
        Ok(found)
    }

    /// A change is of what stands: a ruling that the register does not know a paper shows, and none follows on its end.
    fn changes_what_stands(&self, status: Option<&Status>, kinds: &[FactKind]) -> Option<(String, Answer)> {
        if !self.changes {
            return None;
        }
        let is_ended = status.is_some_and(|status| status.latest(kinds).any(|fact| fact.other_id.is_none()));
        let answer = match () {
            () if is_ended => No(
                "not_registered",
                "民法 §1055、§1106-1",
                "登記於該日並無此監護、輔助或權利義務之行使負擔，無從改定或變更；其開始者請填 DECLARED",
                "the register says that on that day there is no such guardianship, assistance or exercise of rights that could change: one that begins is DECLARED",
            ),
            () if is_unheld(status, kinds) => Unknown,
            () => return None,
        };
        Some(("/fields/event".to_owned(), answer))
    }

    /// Whether a guardian is named of a child of whom the register has a parent who lives (民法 §1091).
    fn has_parents(&self, conn: &mut Conn, node: &Node) -> Result<bool> {
        let child = self.with(PartyRole::Subject).find_map(|(_, person)| person);
        let Some(child) = child.filter(|_| self.type_code == "GUARDIANSHIP" && !self.ends) else { return Ok(false) };
        let age = capacity::is_registered_of_age(conn, &node.vault, child, self.day)?;
        let is_grown = match age {
            Some(age) => age.yes && !age.is_rebuttable,
            None => {
                let known = people::store::birth_on(conn, &node.vault, child)?;
                self.born.or(known).is_some_and(|born| born.age_on(self.day).reaches(18).yes)
            }
        };
        if is_grown {
            return Ok(false);
        }
        let status = Status::of(conn, node, child, self.of)?;
        let parents = Parents::of(conn, node, &status, (self.day, self.of))?;
        Ok(!living(conn, node, self.of, parents.all())?.is_empty())
    }

    /// Whether the applicant is one of those who may; `is_whole`: whether the register knows them all.
    fn applies(&self, holders: &[Id], is_whole: bool) -> (String, Answer) {
        let answer = match self.applicant {
            // Of one that is registered already it is not judged.
            _ if self.relation.is_none() => Yes,
            Some(applicant) if holders.contains(&applicant) => Yes,
            _ if is_whole => No(
                "party_mismatch",
                "戶籍法 §35",
                "登記之父母、監護人或輔助人為他人",
                "the register names somebody else as the parent, guardian or assistant",
            ),
            _ => Unknown,
        };
        ("/applicant/relation".to_owned(), answer)
    }

    /// Two adopt one person as spouses alone (民法 §1074, §1075), and one the child of the other.
    fn of_adopters(&self, conn: &mut Conn, node: &Node) -> Result<Vec<(String, Answer)>> {
        let adopters: Vec<(usize, Option<Id>)> = self.with(PartyRole::Adopter).collect();
        // Whoever died before the ruling was married until then.
        let mut day = self.day;
        for adopter in adopters.iter().filter_map(|(_, adopter)| *adopter) {
            day = Status::of(conn, node, adopter, self.of)?.died_on().into_iter().fold(day, NaiveDate::min);
        }
        if let ([(_, adopter)], true) = (adopters.as_slice(), self.is_stepchild) {
            let child = self.with(PartyRole::Adoptee).next().and_then(|(_, child)| child);
            let answer = stepchildren::answer(conn, node, (*adopter, child), day, self.of)?;
            return Ok(vec![("/fields/adopts_spouses_child".to_owned(), answer)]);
        }
        let [(_, one), (index, other)] = adopters.as_slice() else { return Ok(Vec::new()) };
        let known = match (one, other) {
            (Some(one), other) => marriages::are_known_as_married(conn, node, (*one, *other), day)?,
            (None, Some(other)) => marriages::are_known_as_married(conn, node, (*other, None), day)?,
            (None, None) => None,
        };
        let answer = match known {
            Some(true) => Yes,
            Some(false) => No(
                "not_married",
                "民法 §1074、§1075",
                "除夫妻外，一人不得同時為二人之養子女；登記之配偶非他一收養人",
                "nobody but spouses adopts one person together, and the register says that these two are not married to each other",
            ),
            None => Unknown,
        };
        Ok(vec![(format!("/parties/{index}/national_id"), answer)])
    }

    /// Whether one of the spouses is the other's guardian where the marriage stands, whoever was so before it or is since.
    fn marries_ward(&self, conn: &mut Conn, node: &Node) -> Result<bool> {
        let place = Place::of(conn, self.of, self.day)?;
        let spouses: Vec<Id> = self.with(PartyRole::Spouse).filter_map(|(_, person)| person).collect();
        for spouse in &spouses {
            let status = Status::of(conn, node, *spouse, self.of)?.at(conn, &place)?;
            let born = Birth::of(conn, &node.vault, *spouse)?;
            let mut care = status.latest(&CARE).filter(|fact| fact.kind == FactKind::Guardianship);
            let stands = |fact: &Fact| wards::has_ended(fact, born, self.day).is_none();
            if care.any(|fact| stands(fact) && fact.other_id.is_some_and(|guardian| spouses.contains(&guardian))) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// An adoption ends that stands on the day.
    fn of_adoption_end(&self, conn: &mut Conn, node: &Node) -> Result<Vec<(String, Answer)>> {
        let status = self.status(conn, node, PartyRole::Adoptee)?;
        let all: Vec<Adoption> = status.iter().flat_map(relations::adoptions).collect();
        let stands = |one: &&Adoption| one.span.from <= self.day && one.span.lasts_beyond(self.day);
        let adopters = self.with(PartyRole::Adopter).map(|(index, person)| {
            let is_theirs = |one: &&Adoption| Some(one.by) == person;
            let has_later_end = |one: &Adoption| is_theirs(&one) && !one.stands();
            let answer = match () {
                () if all.iter().filter(stands).any(has_later_end) => ENDED_LATER,
                () if all.iter().filter(stands).any(|one| is_theirs(&one)) => Yes,
                // They may adopt again: what has begun since tells nothing of what ended before it.
                () if all.iter().any(|one| is_theirs(&one) && one.span.from <= self.day || stands(&one)) => No(
                    "not_adopted",
                    "民法 §1080；戶籍法 §32",
                    "登記於該日並無此收養關係；請核對收養人與日期",
                    "the register says that this adoption does not stand on that day: look at the adopter and at the day",
                ),
                () => Unknown,
            };
            (format!("/parties/{index}/national_id"), answer)
        });
        Ok(adopters.collect())
    }
}

/// What is said of a natural parent while an adoption stands.
const RIGHTS_REST: Answer = No(
    "party_mismatch",
    "民法 §1077",
    "登記有收養人，收養關係存續中，其他人不得行使負擔父母之權利義務",
    "the register names adopters: as long as the adoption stands nobody else exercises the rights of a parent",
);

/// Whom the latest ruling of these kinds names.
fn named(status: &Status, kinds: &[FactKind]) -> Vec<Id> {
    status.latest(kinds).filter_map(|fact| fact.other_id).collect()
}

/// Whether the register has no ruling of these kinds, nor the end of one.
fn is_unheld(status: Option<&Status>, kinds: &[FactKind]) -> bool {
    status.is_none_or(|status| status.latest(kinds).next().is_none())
}

/// What ends once.
const ENDED_LATER: Answer = No(
    "later_entry",
    "戶籍法 §24",
    "登記於該日後已有其終止、廢止；請核對日期，或先更正、撤銷該登記",
    "the register has its end after that day: look at the day, or correct or revoke that entry first",
);

/// The refusal to end before a day what has ended after it by another entry, and begun no more in between.
fn ended_after(status: Option<&Status>, kinds: &[FactKind], day: NaiveDate) -> Option<(String, Answer)> {
    let facts = kinds.iter().flat_map(|kind| status.into_iter().flat_map(|status| status.of_kind(*kind)));
    let later = facts.filter(|fact| fact.valid_from.is_some_and(|from| from > day));
    let next = later.min_by_key(|fact| fact.turn())?;
    next.other_id.is_none().then(|| ("/event_on".to_owned(), ENDED_LATER))
}

/// The refusal to end what has ended, or what the register has as another: `kind` among those that replace each other.
fn ended_before(status: Option<&Status>, kinds: &[FactKind], kind: FactKind) -> Option<(String, Answer)> {
    let latest = status?.latest(kinds).next()?;
    if latest.kind == kind && latest.other_id.is_some() {
        return None;
    }
    let answer = No(
        "not_registered",
        "戶籍法 §24",
        "登記於該日並無此監護、輔助或權利義務之行使負擔，無從廢止",
        "the register says that on that day there is no such guardianship, assistance or exercise of rights that could end",
    );
    Some(("/fields/event".to_owned(), answer))
}

/// Refuses whom the register says not to be what the application has them for.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    for (pointer, answer) in Tied::of_matter(matter).answers(conn, node)? {
        if let No(code, law, zh, en) = answer {
            findings.add(&pointer, code, law, zh, en);
        }
    }
    Ok(())
}

/// Circumstances that the register makes of it: there is something in it of which it cannot tell; a guardian marries their ward, to
/// which the ward's parents consent (民法 §984); somebody becomes the guardian of a child who has parents (§1091); or a relative of
/// the dead asks of whom it has no death.
pub fn circumstances(conn: &mut Conn, node: &Node, tied: &Tied<'_>) -> Result<Vec<&'static str>> {
    let is_unknown = tied.answers(conn, node)?.iter().any(|(_, answer)| matches!(answer, Unknown));
    let marries_ward = tied.type_code == "MARRIAGE" && tied.marries_ward(conn, node)?;
    let has_parents = tied.has_parents(conn, node)?;
    let subject = tied.with(PartyRole::Subject).next().and_then(|(_, person)| person);
    let has_no_death = tied.relation.map_or(Ok(false), |relation| is_death_unregistered(conn, relation, subject))?;
    let found = [
        (is_unknown, RELATION_UNKNOWN),
        (marries_ward, GUARDIAN_MARRIES_WARD),
        (has_parents, PARENTS_LIVE),
        (has_no_death, DEATH_UNREGISTERED),
    ];
    Ok(found.into_iter().filter(|(holds, _)| *holds).map(|(_, circumstance)| circumstance).collect())
}
