//! What is given once: a card, a household certificate, a place of birth. Whoever has it asks for another, exchanges it, or has what is
//! wrong in it corrected; one rule for cases and for certificates that are issued at once.

use diesel::prelude::*;

use super::entries::{self, Registration};
use super::fields::{CaseFields, Findings, Form, PartyRole};
use super::status::Matter;
use super::types::model::Relation;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Code, Problem, Result};
use crate::node::Node;
use crate::people::joins;
use crate::schema::certificates;

/// What cases of a type give once.
struct Once {
    type_code: &'static str,
    /// Cases and certificates of these types show that it was given.
    given_by: &'static [&'static str],
    /// Whether it is of a household, which has a head.
    is_of_household: bool,
    /// Whether an entry of its people ends it, so that it is given for a first time again.
    ends: fn(&Registration) -> bool,
    law: &'static str,
    zh: &'static str,
    en: &'static str,
}

const ONCE: [Once; 3] = [
    Once {
        type_code: "ID_FIRST",
        given_by: &["ID_FIRST", "ID_REISSUE", "ID_REPLACE"],
        is_of_household: false,
        ends: takes_the_card,
        law: "戶籍法 §57、§58；身分證辦法 §14–§18",
        zh: "此人已領有國民身分證；遺失者請先掛失再申請補領（ID_REISSUE），其他情形請申請換領（ID_REPLACE）",
        en: "this person was given a card already: after its loss was reported ask for another (ID_REISSUE), or exchange it (ID_REPLACE)",
    },
    Once {
        type_code: "HC_FIRST",
        given_by: &["HC_FIRST", "HC_REISSUE", "HC_REPLACE"],
        is_of_household: true,
        ends: makes_another_household,
        law: "戶籍法 §56、§63；身分證辦法 §29",
        zh: "此戶已領有戶口名簿；遺失者請申請補領（HC_REISSUE），其他情形請申請換領（HC_REPLACE）",
        en: "this household was given its certificate already: ask for another (HC_REISSUE), or exchange it (HC_REPLACE)",
    },
    Once {
        type_code: "BIRTHPLACE",
        given_by: &["BIRTHPLACE"],
        is_of_household: false,
        ends: |_| false,
        law: "戶籍法 §20、§22",
        zh: "此人已登記出生地；登記有誤者請辦更正登記",
        en: "the register has this person's place of birth already: correct what is wrong in it",
    },
];

/// With the nationality and with a household that ends abroad a card is given back (戶籍法 §17, §24).
fn takes_the_card(one: &Registration) -> bool {
    match &one.fields {
        CaseFields::MoveOut(moved) => moved.abroad,
        CaseFields::MoveIn(moved) => moved.from_address.township().is_none(),
        _ => one.case.type_code == "NAT_LOSS",
    }
}

/// Whether somebody is of another household since, or the household has another head.
fn makes_another_household(one: &Registration) -> bool {
    let is_move = matches!(Form::of_type(&one.case.type_code), Form::MoveIn | Form::MoveOut | Form::MoveWithin);
    let others = ["HEAD_CHANGE", "HOUSEHOLD_MERGE", "HOUSEHOLD_SPLIT", "INITIAL", "NAT_LOSS"];
    is_move || others.contains(&one.case.type_code.as_str())
}

/// Who asks for it: for whom, at which moment, and by which case or certificate, which is no obstacle to itself.
struct Asked {
    person: Id,
    /// The head of the household that it is of.
    head: Option<Id>,
    at: Moment,
    case: Option<Id>,
    certificate: Option<Id>,
    /// Whether what was given later counts as well.
    is_new: bool,
}

/// The head of a household by whoever asks: the head applies as such, and a proxy for the head.
fn head((relation, applicant): (Relation, Option<Id>), person: Id) -> Option<Id> {
    if relation == Relation::HouseholdHead { applicant } else { Some(person) }
}

/// A certificate: its id, of whom it is, who asked for it and by which relation, when it was issued, and the case on which it rests.
type Issued = (Id, Id, Id, Relation, Option<Moment>, Option<Id>);

impl Once {
    fn of(type_code: &str) -> Option<&'static Self> {
        ONCE.iter().find(|once| once.type_code == type_code)
    }

    /// When it was given already, by cases and by certificates.
    fn given(&self, conn: &mut Conn, node: &Node, asked: &Asked) -> Result<Vec<Moment>> {
        let records = joins::records(conn, asked.person)?;
        let heads = asked.head.map_or(Ok(Vec::new()), |head| joins::records(conn, head))?;
        let is_same = |other: Option<Id>| !self.is_of_household || other.is_some_and(|other| heads.contains(&other));
        let mut found = Vec::new();
        for one in entries::naming(conn, node, asked.person, asked.case)? {
            let case = &one.case;
            let is_given = self.given_by.contains(&case.type_code.as_str()) && one.roles(&records).contains(&PartyRole::Subject);
            if is_given && is_same(head((case.relation, Some(case.applicant_id)), case.person_id)) {
                found.extend(case.registered_at);
            }
        }
        let rows = certificates::table
            .filter(certificates::kind.eq_any(self.given_by.iter().copied()))
            .filter(certificates::status.eq("ISSUED"))
            .filter(certificates::person_id.eq_any(records.iter().copied()))
            .select((
                certificates::id,
                certificates::person_id,
                certificates::applicant_id,
                certificates::relation,
                certificates::issued_at,
                certificates::case_id,
            ));
        let rows: Vec<Issued> = rows.load(conn)?;
        for (id, person, applicant, relation, issued_at, case) in rows {
            // A certificate that rests on a case is what the case has given.
            let is_own = Some(id) == asked.certificate || case.is_some() && case == asked.case;
            if !is_own && is_same(head((relation, Some(applicant)), person)) {
                found.extend(issued_at);
            }
        }
        found.retain(|at| asked.is_new || *at < asked.at);
        Ok(found)
    }

    /// Whether somebody has what was given.
    fn has(&self, conn: &mut Conn, node: &Node, asked: &Asked) -> Result<bool> {
        let given = self.given(conn, node, asked)?;
        if given.is_empty() {
            return Ok(false);
        }
        let mut ended = Vec::new();
        let people = [asked.person].into_iter().chain(asked.head.filter(|head| self.is_of_household && *head != asked.person));
        for person in people {
            let ends = entries::naming(conn, node, person, asked.case)?.into_iter().filter(self.ends);
            ended.extend(ends.filter_map(|one| one.case.registered_at));
        }
        let is_over = |given: &Moment| {
            let (from, until) = if *given < asked.at { (*given, asked.at) } else { (asked.at, *given) };
            ended.iter().any(|end| from <= *end && *end <= until)
        };
        Ok(!given.iter().all(is_over))
    }
}

/// Refuses to give somebody a first one who has one. One that stands is corrected whatever was given since.
pub fn check(conn: &mut Conn, node: &Node, matter: &Matter<'_>, findings: &mut Findings) -> Result<()> {
    let Some(once) = Once::of(matter.type_code) else { return Ok(()) };
    let by = match (matter.relation, matter.of) {
        (Some(relation), _) => (relation, matter.applicant),
        (None, Some(case)) => {
            let case = entries::case(conn, case)?;
            (case.relation, Some(case.applicant_id))
        }
        (None, None) => return Ok(()),
    };
    for (index, _, person) in matter.parties.iter().filter(|(_, role, _)| *role == PartyRole::Subject) {
        if entries::stands_of(conn, matter, (PartyRole::Subject, *person))? {
            continue;
        }
        let asked = Asked {
            person: *person,
            head: head(by, *person),
            at: matter.received_at,
            case: matter.of,
            certificate: None,
            is_new: matter.is_new || matter.is_restored,
        };
        let is_first = !once.has(conn, node, &asked)?;
        let pointer = format!("/parties/{index}/national_id");
        findings.unless(is_first, &pointer, "already_registered", once.law, once.zh, once.en);
    }
    Ok(())
}

/// A certificate that is to be given: of a kind, of whom and by whom it is asked for, and on which case it rests.
pub struct FirstAsked<'a> {
    pub id: Id,
    pub kind: &'a str,
    pub person: Id,
    pub by: (Relation, Id),
    pub case: Option<Id>,
    pub at: Moment,
}

/// Refuses to issue a first certificate to whoever has one.
pub fn require_first(conn: &mut Conn, node: &Node, first: &FirstAsked<'_>) -> Result<()> {
    let Some(once) = Once::of(first.kind) else { return Ok(()) };
    let (relation, applicant) = first.by;
    let asked = Asked {
        person: first.person,
        head: head((relation, Some(applicant)), first.person),
        at: first.at,
        case: first.case,
        certificate: Some(first.id),
        is_new: true,
    };
    if !once.has(conn, node, &asked)? {
        return Ok(());
    }
    let (zh, en) = (format!("{}（{}）", once.zh, once.law), format!("{} ({})", once.en, once.law));
    Err(Problem::new(Code::CONFLICT).detail(zh, en).into())
}
