//! Personal status: what registered cases make of people (death, marriage, parentage), and what may not be entered because of
//! it. Only what is registered refuses; what somebody says, or a paper shows, does not.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::about;
use super::acting;
use super::applicants;
use super::births;
use super::capacity::Roles;
use super::case::{Case, Party};
use super::certifiable;
use super::circumstances;
use super::descent;
use super::effects;
use super::fields::{CaseFields, Findings, PartyRole, related};
use super::given_once;
use super::guarded;
use super::in_want;
use super::initial;
use super::input::PartyInput;
use super::kinship;
use super::life;
use super::marriage_forms;
use super::marriages;
use super::named::{self, Names};
use super::names_once;
use super::nationals;
use super::place::Place;
use super::relations;
use super::representation::{consents_as, represents};
use super::residence;
use super::resting;
use super::revocations;
use super::seals;
use super::store;
use super::together;
use super::types::model::Relation;
use super::unnamed_spouse;
use crate::auth::By;
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::db::{Conn, Id, Record, Tx};
use crate::domain::case_path;
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::people::facts::{self, Fact, FactKind, NewFact, Rank, Word};
use crate::people::{self, Identifier};

/// Facts of status that a case enters.
const KINDS: [FactKind; 10] = [
    FactKind::Death,
    FactKind::Marriage,
    FactKind::MarriageEnd,
    FactKind::Parent,
    FactKind::ParentEnd,
    FactKind::Guardianship,
    FactKind::Assistance,
    FactKind::Custody,
    FactKind::Nationality,
    FactKind::Sex,
];

/// A party's place, role and person.
pub type Placed = (usize, PartyRole, Id);

/// An application as the rules of status see it.
#[derive(Clone)]
pub struct Matter<'a> {
    pub type_code: &'a str,
    pub fields: &'a CaseFields,
    pub event_on: Option<NaiveDate>,
    pub received_at: Moment,
    /// Those whom the register knows, each with its place in the application.
    pub parties: Vec<Placed>,
    /// Those whom it does not know, likewise.
    pub strangers: Vec<(usize, &'a PartyInput)>,
    /// Days of birth that the application itself says, by place. Of what is kept the records have them.
    pub said_births: Vec<(usize, PartialDate)>,
    pub applicant: Option<Id>,
    /// What the applicant is to it, where that is judged.
    pub relation: Option<Relation>,
    pub proxy: Option<Id>,
    /// The day on which its people act: that of the acceptance.
    pub acts_on: NaiveDate,
    /// Whether it came without anybody at a counter.
    pub is_online: bool,
    /// Whether its people have acted in it already: it was accepted before.
    pub is_taken: bool,
    /// Whether it is still to be registered; one that is corrected was.
    pub is_new: bool,
    /// Whether it was revoked and is to stand again: judged as at its intake, in its own place among the entries.
    pub is_restored: bool,
    /// The case itself, once it is kept: what it registered is no obstacle to it.
    pub of: Option<Id>,
}

impl Matter<'_> {
    /// Its people as the rules of capacity see them, where it is judged who applies.
    pub fn roles(&self) -> Option<Roles<'_>> {
        let relation = self.relation?;
        // Whoever applies as the representative of somebody and is not known is told so as the applicant.
        let is_told = self.applicant.is_none() && represents(self.type_code, relation);
        let known = self.parties.iter().filter(|(_, _, person)| self.applicant != Some(*person));
        let known = known.map(|(index, role, person)| (*index, *role, Some(*person)));
        let strangers = self.strangers.iter().filter(|_| !is_told).map(|(index, party)| (*index, party.role, None));
        let others = known.chain(strangers);
        let together = others.clone().filter(|(_, role, _)| together::by_word_of(self.type_code, relation, *role));
        let together = together.map(|(index, _, person)| (index, person)).collect();
        let consenting = others.filter_map(|(index, role, person)| Some((index, consents_as(self.type_code, role)?, person)));
        Some(Roles {
            type_code: self.type_code,
            relation,
            applicant: self.applicant,
            parties: &self.parties,
            about: self.about(),
            consenting: consenting.collect(),
            together,
            ends: applicants::ends(self.fields),
            day: self.acts_on,
            of: self.of,
        })
    }

    /// When a party was born, as far as the register knows or, where it does not, the application says.
    pub fn birth_on(&self, conn: &mut Conn, node: &Node, person: Id) -> Result<Option<PartialDate>> {
        let known = people::store::records(conn, &node.vault, &[person])?;
        let Some((index, role, _)) = self.parties.iter().find(|(.., one)| *one == person) else {
            return Ok(known.get(&person).and_then(|one| one.birth_on));
        };
        let said = self.said_births.iter().find(|(place, _)| place == index).map(|(_, born)| *born);
        Ok(circumstances::birth_on((self.type_code, *role), said, known.get(&person)))
    }

    /// The place of whom it is about.
    pub fn about(&self) -> usize {
        let known = self.parties.iter().map(|(index, role, _)| (*index, *role));
        about::place(self.type_code, known.chain(self.strangers.iter().map(|(index, party)| (*index, party.role))))
    }

    /// The day on which it takes effect: by registration, or as of its event where it stands without.
    pub fn day(&self) -> NaiveDate {
        self.own_day().unwrap_or_else(|| self.received_at.date())
    }

    /// Whether whoever died on a day did so before they could act in it. Of a death on the very day of the application nobody knows
    /// that once it is taken.
    pub fn is_before_acting(&self, died: NaiveDate) -> bool {
        died < self.acts_on || !self.is_taken
    }

    /// The day of what stands without its registration.
    pub fn own_day(&self) -> Option<NaiveDate> {
        match self.fields {
            CaseFields::Divorce(divorce) if divorce.final_on.is_some() => divorce.final_on,
            CaseFields::Adoption(adoption) => adoption.final_on.or(self.event_on),
            CaseFields::Nationality(nationality) => nationality.permitted_on(),
            CaseFields::Marriage(_) | CaseFields::Divorce(_) => {
                self.event_on.filter(|_| self.fields.stands_by_itself(self.event_on))
            }
            CaseFields::MoveIn(_) | CaseFields::MoveOut(_) | CaseFields::MoveWithin(_) => self.event_on,
            // A court's word, or a will that was declared, holds from its own day on.
            CaseFields::Common(_) if related(self.type_code).is_some() => self.event_on,
            _ => None,
        }
    }
}

/// What the register says of a person's status.
pub struct Status {
    facts: Vec<Fact>,
}

impl Status {
    pub fn of(conn: &mut Conn, node: &Node, person: Id, but: Option<Id>) -> Result<Self> {
        let own = but.map(case_path);
        let mut facts = people::joins::standing(conn, &node.vault, person, &KINDS)?;
        facts.retain(|fact| fact.rank == Rank::Registered && Some(&fact.source) != own.as_ref());
        Ok(Self { facts })
    }

    pub fn of_kind(&self, kind: FactKind) -> impl Iterator<Item = &Fact> {
        self.facts.iter().filter(move |fact| fact.kind == kind)
    }

    /// What a source has entered, `cases/{id}`.
    pub fn of_source(&self, source: Option<&str>) -> impl Iterator<Item = &Fact> {
        self.facts.iter().filter(move |fact| source == Some(fact.source.as_str()))
    }

    /// Of relations of these kinds, which replace each other, those that hold: the latest, or their end.
    pub fn latest<'s>(&'s self, kinds: &'s [FactKind]) -> impl Iterator<Item = &'s Fact> {
        people::holding::latest(&self.facts, kinds)
    }

    /// As it was on a day: what began later left out.
    pub fn until(mut self, day: NaiveDate) -> Self {
        self.facts.retain(|fact| fact.valid_from.is_none_or(|from| from <= day));
        self
    }

    /// As it would be with what a case is to enter.
    pub fn with(mut self, made: impl IntoIterator<Item = Fact>) -> Self {
        self.facts.extend(made);
        self
    }

    /// As it was where an entry stands among those of its day.
    pub fn at(self, conn: &mut Conn, place: &Place) -> Result<Self> {
        let mut facts = Vec::with_capacity(self.facts.len());
        for fact in self.facts {
            let is_before = fact.valid_from.map(|from| place.is_after(conn, from, &fact.source)).transpose()?;
            facts.extend((is_before != Some(false)).then_some(fact));
        }
        Ok(Self { facts })
    }

    pub fn died_on(&self) -> Option<NaiveDate> {
        self.of_kind(FactKind::Death).filter_map(|fact| fact.valid_from).min()
    }
}

/// What of an application the register's status of its people forbids.
pub fn findings(conn: &mut Conn, node: &Node, matter: &Matter<'_>) -> Result<Findings> {
    let mut findings = Findings::default();
    acting::check(conn, node, matter, &mut findings)?;
    life::check(conn, node, matter, &mut findings)?;
    in_want::check(conn, node, matter, &mut findings)?;
    initial::check(conn, node, matter, &mut findings)?;
    given_once::check(conn, node, matter, &mut findings)?;
    nationals::check(conn, node, matter, &mut findings)?;
    relations::check(conn, node, matter, &mut findings)?;
    residence::check(conn, node, matter, &mut findings)?;
    applicants::check(conn, node, matter, &mut findings)?;
    descent::check(conn, node, matter, &mut findings)?;
    marriages::is_the_spouse(conn, node, matter, &mut findings)?;
    resting::check(conn, node, matter, &mut findings)?;
    match matter.fields {
        CaseFields::Marriage(_) => marriages::free_to_marry(conn, node, matter, &mut findings)?,
        CaseFields::Divorce(_) => {
            marriages::married_to_each_other(conn, node, matter, &mut findings)?;
            marriage_forms::ends_by_its_law(conn, node, matter, &mut findings)?;
        }
        CaseFields::Name(names) => names_once::check(conn, node, (matter, names), &mut findings)?,
        CaseFields::Transcript(_) | CaseFields::HouseholdCertificate(_) => certifiable::held(conn, node, matter, &mut findings)?,
        CaseFields::Common(_) => {
            certifiable::held(conn, node, matter, &mut findings)?;
            revocations::check(conn, matter, &mut findings)?;
        }
        _ => {}
    }
    // What is corrected or restored is judged beside the others, by today.
    if matter.is_new {
        guarded::check(conn, node, matter, &mut findings)?;
    }
    // What follows from an entry has its place among the others, and is judged there.
    if matter.is_new && matter.relation.is_some() {
        seals::check(conn, matter, &mut findings)?;
        renumbered(conn, node, matter, &mut findings)?;
    }
    if let Some((number, pointer)) = given(matter.fields) {
        unheld(conn, node, matter, (&number, pointer), &mut findings)?;
    }
    Ok(findings)
}

/// A number in the place of another is, and was, nobody's: told at the counter already.
fn renumbered(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let CaseFields::Uid(numbers) = matter.fields else { return Ok(()) };
    let is_free = people::numbers::held(conn, &node.vault, &numbers.new_number.clone().into())?.is_empty();
    let text = ("此統一編號已屬於他人或曾經使用", "the number is, or was, somebody's");
    let fits = is_free || numbers.new_number == numbers.old_number;
    findings.unless(fits, "/fields/new_number", "taken", "戶籍法 §6", text.0, text.1);
    Ok(())
}

/// The number that a case gives to a new person, or to somebody who had none, and its member.
fn given(fields: &CaseFields) -> Option<(Identifier, &'static str)> {
    match fields {
        CaseFields::Birth(birth) => Some((birth.national_id.clone()?.into(), "/fields/national_id")),
        CaseFields::Common(common) => Some((common.new_number.clone()?.into(), "/fields/new_number")),
        _ => None,
    }
}

pub fn spouses(matter: &Matter<'_>) -> Vec<(usize, Id)> {
    let all = matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Spouse);
    all.map(|(index, _, person)| (*index, *person)).collect()
}

/// A number that is given is nobody's, today or before, but that of whomever the case itself has given it.
fn unheld(
    conn: &mut Conn,
    node: &Node,
    matter: &Matter<'_>,
    (number, pointer): (&Identifier, &str),
    findings: &mut Findings,
) -> Result<()> {
    let own = matter.of.map(case_path);
    // A correction names another subject than the one to whom the case has given the number.
    let given: Vec<Id> = match matter.of {
        Some(case) => with(&store::parties(conn, case)?, PartyRole::Subject),
        None => Vec::new(),
    };
    let named = |id: Id| matter.parties.iter().any(|(_, role, person)| *role == PartyRole::Subject && *person == id);
    let is_subject = |id: Id| given.contains(&id) || named(id);
    for holder in people::numbers::held(conn, &node.vault, number)? {
        if is_subject(holder.id) {
            continue;
        }
        if !own.as_ref().map_or(Ok(false), |own| is_born_by(conn, node, holder.id, own))? {
            findings.add(pointer, "taken", "戶籍法 §6", "此統一編號已屬於他人", "somebody has this number already");
            break;
        }
    }
    Ok(())
}

/// Whether a case has made somebody by registering their birth; what it says of them may be struck for the moment, while it is
/// corrected.
pub fn is_born_by(conn: &mut Conn, node: &Node, person: Id, source: &str) -> Result<bool> {
    let all = facts::all(conn, &node.vault, person)?;
    // Of a foundling it has entered no parent.
    Ok(all.iter().any(|fact| matches!(fact.kind, FactKind::Parent | FactKind::Sex) && fact.source == source))
}

/// A case as the register would hold it from its registration on, by its own people or such as it is to mean.
pub fn held<'a>(
    case: &'a Case,
    fields: &'a CaseFields,
    event_on: Option<NaiveDate>,
    parties: Vec<Placed>,
    now: Moment,
) -> Matter<'a> {
    Matter {
        type_code: &case.type_code,
        fields,
        event_on,
        received_at: case.registered_at.unwrap_or(now),
        parties,
        strangers: Vec::new(),
        said_births: Vec::new(),
        applicant: None,
        relation: None,
        proxy: None,
        acts_on: now.date(),
        is_online: false,
        is_taken: false,
        is_new: false,
        is_restored: false,
        of: Some(case.id),
    }
}

/// Refuses to register, or to correct to, what the register has come to forbid.
pub fn check_again(conn: &mut Conn, node: &Node, matter: &Matter<'_>, names: Option<&Names>) -> Result<()> {
    let found = findings(conn, node, matter)?;
    refuse(found, names)
}

/// Refuses what was found, each at the member by which its people are named.
pub fn refuse(found: Findings, names: Option<&Names>) -> Result<()> {
    let found = match names {
        Some(names) => names.pointed(found),
        None => found,
    };
    if found.0.is_empty() {
        return Ok(());
    }
    let problem = Problem::new(Code::CONFLICT).detail("戶籍登記資料已有變動", "the register has come to say otherwise");
    Err(Problem { errors: found.0, ..problem }.into())
}

/// Enters what a case makes of its people's status, as it is registered or corrected.
pub fn enter(tx: &mut Tx, node: &Node, by: &By, case: &Case, (fields, is_new): (&CaseFields, bool)) -> Result<()> {
    own_given(tx, node, fields)?;
    kinship::own(tx, &case.type_code)?;
    let parties = store::parties(tx, case.id)?;
    let matter = Matter { is_new, ..held(case, fields, case.event_on, placed(tx, &parties)?, by.now) };
    let names = named::of(tx, node, case.id)?;
    check_again(tx, node, &matter, names.as_ref())?;
    make(tx, node, by, case, (&matter, &parties))
}

/// Refuses to restore what the register has come to forbid, of whoever acted in it as well on the day on which they did; marriages that
/// would stand at once are shown to whoever approves it.
pub fn check_restored(conn: &mut Conn, node: &Node, by: &By, case: &Case, fields: &CaseFields) -> Result<()> {
    let parties = store::parties(conn, case.id)?;
    let held = held(case, fields, case.event_on, placed(conn, &parties)?, by.now);
    let taken = acting::as_taken(conn, case, held.clone(), by.now)?;
    let mut found = findings(conn, node, &Matter { is_restored: true, ..taken })?;
    found.0.retain(|one| one.code != "already_married");
    guarded::check(conn, node, &Matter { is_restored: true, ..held }, &mut found)?;
    refuse(found, named::of(conn, node, case.id)?.as_ref())
}

/// Enters anew what a case made of its people's status, since its own day.
pub fn restore(tx: &mut Tx, node: &Node, by: &By, case: &Case, fields: &CaseFields) -> Result<()> {
    own_given(tx, node, fields)?;
    check_restored(tx, node, by, case, fields)?;
    let parties = store::parties(tx, case.id)?;
    let matter = held(case, fields, case.event_on, placed(tx, &parties)?, by.now);
    make(tx, node, by, case, (&matter, &parties))
}

fn own_given(tx: &mut Tx, node: &Node, fields: &CaseFields) -> Result<()> {
    // Whose a number is, is judged while nobody else gives it.
    people::numbers::own_numbers(tx, &node.vault, given(fields).as_ref().map(|(number, _)| number))
}

fn make(tx: &mut Tx, node: &Node, by: &By, case: &Case, (matter, parties): (&Matter<'_>, &[Party])) -> Result<()> {
    let fields = matter.fields;
    let (word, day) = (effects::word(by, case), matter.day());
    match fields {
        CaseFields::Birth(birth) => births::enter(tx, node, case, &word, parties, birth),
        CaseFields::Death(death) => {
            let (said, last) = (json!(death.died_on), life::last_day(matter, death));
            each(tx, node, &word, parties, PartyRole::Deceased, |_| vec![(FactKind::Death, said.clone(), None, last)])
        }
        CaseFields::Marriage(marriage) => each(tx, node, &word, parties, PartyRole::Spouse, |others| {
            let foreign = marriage.spouse_name.as_ref().map(|name| json!(name));
            vec![(FactKind::Marriage, foreign.unwrap_or_default(), others.first().copied(), day)]
        }),
        CaseFields::Divorce(_) => unnamed_spouse::enter_end(tx, node, &word, matter, parties),
        CaseFields::Adoption(_) | CaseFields::Common(_) => {
            match relations::made(tx, node, &case.type_code, (fields, parties), day)? {
                Some((role, made)) => each(tx, node, &word, parties, role, |_| made.clone()),
                None => Ok(()),
            }
        }
        _ => match nationals::nationality(&case.type_code) {
            Some(value) => {
                each(tx, node, &word, parties, PartyRole::Subject, |_| vec![(FactKind::Nationality, json!(value), None, day)])
            }
            None => Ok(()),
        },
    }
}

/// A fact of status to enter: its kind, its value, the other person, since when.
pub type NewStatus = (FactKind, Value, Option<Id>, NaiveDate);

/// A case's parties with their places, each as the record to which they were joined.
pub fn placed(conn: &mut Conn, parties: &[Party]) -> Result<Vec<Placed>> {
    let ids: Vec<Id> = parties.iter().map(|party| party.person_id).collect();
    let people = people::joins::last_of(conn, &ids)?;
    Ok(parties.iter().zip(people).enumerate().map(|(index, (party, person))| (index, party.role, person)).collect())
}

/// Whoever applied for a case, and came in their place, likewise.
pub fn asking(conn: &mut Conn, case: &Case) -> Result<(Id, Option<Id>)> {
    let proxy = case.proxy_id.map(|proxy| people::joins::last(conn, proxy)).transpose()?;
    Ok((people::joins::last(conn, case.applicant_id)?, proxy))
}

fn with(parties: &[Party], role: PartyRole) -> Vec<Id> {
    parties.iter().filter(|party| party.role == role).map(|party| party.person_id).collect()
}

/// Enters facts of everybody of a role; `of` is told who else has it.
pub fn each(
    tx: &mut Tx,
    node: &Node,
    word: &Word<'_>,
    parties: &[Party],
    role: PartyRole,
    of: impl Fn(&[Id]) -> Vec<NewStatus>,
) -> Result<()> {
    let all = with(parties, role);
    for person in &all {
        let others: Vec<Id> = all.iter().copied().filter(|other| other != person).collect();
        for (kind, value, other, from) in of(&others) {
            let fact = NewFact { person: *person, kind, value, other, valid_from: Some(from) };
            facts::enter(tx, &node.vault, word, &fact)?;
        }
        people::wards::refresh(tx, &node.vault, *person)?;
        tx.record(
            Record::change("person.status_changed", format!("people/{person}"), json!({"source": word.source})).about(*person),
        );
    }
    Ok(())
}

/// Takes back what a case made of its people's status, before it is corrected.
pub fn withdraw(tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
    let word = effects::word(by, case);
    facts::strike(tx, &node.vault, &facts::Strikes::Kinds(&word.source, &KINDS), (&word.actor, "登記更正", by.now)).map(drop)
}
