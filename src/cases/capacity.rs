//! Who can do what a case or a certificate asks for: the demand of each type, those who act in an application, and what the
//! register says of each.

use chrono::NaiveDate;

use super::about::is_about;
use super::ages::appoints;
use super::fields::{Findings, PartyRole};
use super::input::CaseInput;
use super::representation::{self, Answer, Claimant, consents_as, represented, represents};
use super::status::{Placed, Status};
use super::together;
use super::types::by_law::{LIMITED_CAPACITY, REPRESENTATIVE_UNKNOWN, UNDER_GUARDIANSHIP};
use super::types::model::Relation;
use crate::calendar::PartialDate;
use crate::db::{Conn, Id};
use crate::error::{FieldError, Result};
use crate::node::Node;
use crate::people::capacity::{self, Demand, Limit, Manner};

/// What a type asks of whoever applies. Certificates are asked for as all else: with capacity.
pub fn demand(type_code: &str) -> Demand {
    match type_code {
        "EDUCATION_NOTE" | "HOME_VISIT" | "ID_LOSS_REPORT" | "MARRIAGE_BOOKING" | "PASSPORT_ID" | "POP_STATS" => Demand::Nothing,
        "BIRTH" | "DEATH" | "DEATH_PRESUMED" | "ID_FIRST" | "ID_REISSUE" | "ID_REPLACE" => Demand::Duty,
        "SEAL_CERT" | "SEAL_CHANGE" | "SEAL_REGISTER" => Demand::Property,
        "ADOPTION_END" | "DIVORCE_AGREED" | "MARRIAGE" | "MARRIAGE_END_748" | "PARENTAGE" => Demand::Understanding,
        _ => Demand::Capacity,
    }
}

/// Whether somebody of this age, as the application itself says, shows a consent: no case need have registered it.
pub fn asks_for_consent(type_code: &str, born: PartialDate, today: NaiveDate) -> bool {
    let asks = !matches!(demand(type_code), Demand::Nothing | Demand::Duty);
    asks && Limit::of_age(born, today).is_some()
}

/// The people of an application as the rules of capacity see them.
pub struct Roles<'a> {
    pub type_code: &'a str,
    pub relation: Relation,
    pub applicant: Option<Id>,
    /// Those of its parties whom the office knows.
    pub parties: &'a [Placed],
    /// The place of whom it is about.
    pub about: usize,
    /// Those who take part to consent, with the office's knowledge of them or without.
    pub consenting: Vec<Consenting>,
    /// Those who take part by the word of whoever applies, likewise.
    pub together: Vec<(usize, Option<Id>)>,
    /// Whether it ends a guardianship or an assistance: the ruling on which it rests gives its SUBJECT capacity (民法 §14, §15-1).
    pub ends: bool,
    /// The day on which they act: that of the acceptance.
    pub day: NaiveDate,
    pub of: Option<Id>,
}

/// Whoever takes part as another's representative alone: their place, as what, and who they are.
pub type Consenting = (usize, Relation, Option<Id>);

impl<'a> Roles<'a> {
    /// Of an application as it is taken.
    pub fn of_input(
        input: &'a CaseInput,
        (applicant, parties): (Option<Id>, &'a [Placed]),
        day: NaiveDate,
        of: Option<Id>,
    ) -> Self {
        let known = |place: usize| parties.iter().find(|(index, ..)| *index == place).map(|(_, _, person)| *person);
        let others = input.parties.iter().enumerate().filter(|(_, party)| party.national_id != input.applicant.national_id);
        let consenting =
            others.clone().filter_map(|(index, party)| Some((index, consents_as(&input.type_code, party.role)?, known(index))));
        let relation = input.applicant.relation;
        let together = others.filter(|(_, party)| together::by_word_of(&input.type_code, relation, party.role));
        Self {
            type_code: &input.type_code,
            relation,
            applicant,
            parties,
            about: input.about(),
            consenting: consenting.collect(),
            together: together.map(|(index, _)| (index, known(index))).collect(),
            ends: input.ends(),
            day,
            of,
        }
    }

    /// Whoever applies as somebody's representative.
    fn claim(&self) -> Claimant {
        Claimant { by: self.applicant, relation: self.relation, day: self.day, of: self.of }
    }

    /// Those whose will it is, at the number that names them: of an application by the relation PROXY whoever gave the letter.
    fn acting(&self) -> Vec<(String, Id)> {
        let party = |(index, _, person): &Placed| (format!("/parties/{index}/national_id"), *person);
        match self.relation {
            Relation::Proxy => self.parties.iter().filter(|(index, ..)| *index == self.about).map(party).collect(),
            Relation::BothParties => {
                self.parties.iter().filter(|(_, role, _)| is_about(self.type_code, *role)).map(party).collect()
            }
            Relation::Oneself | Relation::AssistedPerson if self.ends => Vec::new(),
            // Whether they may is another question than whether they can.
            one if represents(self.type_code, one) => Vec::new(),
            _ => self.applicant.iter().map(|applicant| ("/applicant/national_id".to_owned(), *applicant)).collect(),
        }
    }

    /// How each of them does it; and how whoever represents somebody does: parents who are under age themselves have the rights of
    /// one, and want the consent of their own representative (民法 §77, §1089; 法務部 98.8.10 法律字第 0980027457 號函).
    fn manners(&self, conn: &mut Conn, node: &Node) -> Result<Vec<(Id, Manner)>> {
        let represents = self.applicant.filter(|_| represents(self.type_code, self.relation));
        let all = self.acting().into_iter().map(|(_, person)| person).chain(represents);
        all.map(|person| Ok((person, capacity::of(conn, &node.vault, person, self.day)?.manner(demand(self.type_code)))))
            .collect()
    }
}

/// Circumstances that the register makes: each asks for a paper.
pub fn circumstances(conn: &mut Conn, node: &Node, roles: &Roles<'_>) -> Result<Vec<&'static str>> {
    let mut found = Vec::new();
    for (_, manner) in roles.manners(conn, node)? {
        match manner {
            Manner::WithConsent(_) => found.push(LIMITED_CAPACITY),
            Manner::WithProof => found.push(UNDER_GUARDIANSHIP),
            Manner::Alone | Manner::Represented(_) => {}
        }
    }
    let mut said: Vec<Option<Answer>> = consents(conn, node, roles)?.into_iter().map(|(_, said)| said).collect();
    said.extend(together::answers(conn, node, roles)?.into_iter().map(|(_, said)| said));
    if represents(roles.type_code, roles.relation) {
        said.push(representation::of_application(conn, node, (roles.type_code, roles.parties), roles.claim())?);
    }
    let is_unknown = said.iter().any(|said| matches!(said, None | Some(Answer::Unknown)));
    found.extend(is_unknown.then_some(REPRESENTATIVE_UNKNOWN));
    found.dedup();
    Ok(found)
}

/// What the register says of each who takes part to consent, by their place: for those who act and want a consent, or else for whom
/// the application is about; `None` where it knows none of them.
pub fn consents(conn: &mut Conn, node: &Node, roles: &Roles<'_>) -> Result<Vec<(usize, Option<Answer>)>> {
    if roles.consenting.is_empty() {
        return Ok(Vec::new());
    }
    let manners = roles.manners(conn, node)?.into_iter();
    let mut whom: Vec<Id> =
        manners.filter(|(_, manner)| matches!(manner, Manner::WithConsent(_))).map(|(person, _)| person).collect();
    if whom.is_empty() {
        whom = represented(roles.type_code, roles.parties);
    }
    let mut said = Vec::new();
    for (index, relation, by) in &roles.consenting {
        let claimant = Claimant { by: *by, relation: *relation, day: roles.day, of: roles.of };
        said.push((*index, representation::of_consent(conn, node, (roles.type_code, &whom), claimant)?));
    }
    Ok(said)
}

/// The limit for which somebody does not act at all.
fn lacking(conn: &mut Conn, node: &Node, person: Id, (demand, day): (Demand, NaiveDate)) -> Result<Option<Limit>> {
    Ok(match capacity::of(conn, &node.vault, person, day)?.manner(demand) {
        Manner::Represented(limit) => Some(limit),
        _ => None,
    })
}

/// The refusal of a proxy who has no capacity: what somebody gave them to do has ended (民法 §550).
pub fn proxy_flaw(conn: &mut Conn, node: &Node, (proxy, pointer): (Id, &str), day: NaiveDate) -> Result<Option<FieldError>> {
    let limit = lacking(conn, node, proxy, (Demand::Duty, day))?;
    Ok(limit.map(|limit| with_mandate(limit.refusal(pointer))))
}

/// Refuses a guardian or assistant who is under age, guardianship or assistance, as a case has registered.
pub fn guardian_flaw(
    conn: &mut Conn,
    node: &Node,
    (person, index): (Id, usize),
    day: NaiveDate,
    findings: &mut Findings,
) -> Result<()> {
    let limited = capacity::of(conn, &node.vault, person, day)?.registered().is_some();
    let (zh, en) = (
        "未成年、受監護或輔助宣告之人不得為監護人或輔助人",
        "nobody who is under age, guardianship or assistance is a guardian or assistant",
    );
    findings.unless(!limited, &format!("/parties/{index}/national_id"), "no_capacity", "民法 §1096、§1113-1", zh, en);
    Ok(())
}

fn with_mandate(mut refusal: FieldError) -> FieldError {
    refusal.detail.zh.to_mut().push_str("；委任亦因而消滅（民法 §550）");
    refusal.detail.en.to_mut().push_str("; a mandate has ended by it (民法 §550)");
    refusal
}

/// Refuses whoever acts without capacity, as registered facts say: whose application it is, whoever comes for them, and whoever
/// consents. What a proxy of the relation PROXY was given to do ends with the death of whoever gave it.
pub fn check(conn: &mut Conn, node: &Node, (roles, proxy): (&Roles<'_>, Option<Id>), findings: &mut Findings) -> Result<()> {
    for (pointer, person) in roles.acting() {
        let limit = lacking(conn, node, person, (demand(roles.type_code), roles.day))?;
        let refusal = limit.map(|limit| limit.refusal(pointer.clone()));
        findings.0.extend(if roles.relation == Relation::Proxy { refusal.map(with_mandate) } else { refusal });
        let has_died = Status::of(conn, node, person, roles.of)?.died_on().is_some_and(|died| died <= roles.day);
        if roles.relation == Relation::Proxy && has_died {
            let (zh, en) = ("委託人已登記死亡，委任關係消滅", "whoever gave the letter has died, and it has ended");
            findings.add(&pointer, "person_deceased", "民法 §550", zh, en);
        }
    }
    let comes = roles.applicant.filter(|_| roles.relation == Relation::Proxy).map(|proxy| (proxy, "/applicant/national_id"));
    for (proxy, pointer) in proxy.map(|proxy| (proxy, "/proxy/national_id")).into_iter().chain(comes) {
        findings.0.extend(proxy_flaw(conn, node, (proxy, pointer), roles.day)?);
    }
    for (index, role, person) in roles.parties {
        let pointer = format!("/parties/{index}/national_id");
        match role {
            PartyRole::Guardian if appoints(roles.type_code) => {
                guardian_flaw(conn, node, (*person, *index), roles.day, findings)?;
            }
            role if consents_as(roles.type_code, *role).is_some() && roles.applicant != Some(*person) => {
                let limit = lacking(conn, node, *person, (Demand::Capacity, roles.day))?;
                findings.0.extend(limit.map(|limit| limit.refusal(pointer)));
            }
            _ => {}
        }
    }
    Ok(())
}
