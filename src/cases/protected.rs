//! Protection marks in applications: who is barred from somebody's data is told nothing of them, and acts for them in nothing.

use chrono::NaiveDate;

use super::beside::{self, Shows};
use super::capacity::demand;
use super::case::Case;
use super::counter;
use super::fields::PartyRole;
use super::input::CaseInput;
use super::meant::Meant;
use super::representation::{acted_for, consents_as, represents};
use super::status::{self, Placed};
use super::store;
use super::types::model::{CaseType, Group, Relation};
use crate::auth::whoever::account_of;
use crate::auth::{By, account_facts};
use crate::db::{Conn, Id};
use crate::error::{Error, Result, Text};
use crate::node::Node;
use crate::people::capacity;
use crate::people::consents::who_consents;
use crate::people::protection::{self, Bar, Inquirer, bar_of, require_identified};
use crate::people::store::Named;
use crate::people::{Identifier, Name};

/// An application for a case or a certificate as the marks see it: who asks, and whom it opens to them.
pub struct Application<'a> {
    pub type_code: &'a str,
    /// Whether it asks for an entry.
    pub certifies: bool,
    /// Who of a household stands in that.
    pub shows_household: Shows,
    pub relation: Relation,
    pub applicant: Inquirer<'a>,
    /// Whoever comes in the applicant's place.
    pub proxies: Vec<Inquirer<'a>>,
    /// Those of its parties whom the office knows.
    pub parties: Vec<Placed>,
    /// Those who take part for another alone.
    pub consenting: Vec<Consents<'a>>,
    pub of: Option<Id>,
}

/// Whoever takes part for another alone: the pointer to where they are named, who they are, and for whom they do.
pub type Consents<'a> = (String, Inquirer<'a>, Vec<Id>);

/// Those who ask for the data of somebody, each at the pointer that names them.
type Askers<'a> = (Id, Vec<(String, Inquirer<'a>)>);

/// Whether a matter is as much that of others whom it names as the applicant's, such as a divorce, or is reported by duty
/// (戶籍法 §29, §36). All else touches the data of whom the applicant names at their wish alone.
pub(super) fn concerns_others(type_code: &str) -> bool {
    const BY_DUTY_OR_OF_BOTH: [&str; 13] = [
        "BIRTH",
        "PARENTAGE",
        "ADOPTION",
        "ADOPTION_END",
        "MARRIAGE",
        "MARRIAGE_END_748",
        "DIVORCE_AGREED",
        "DIVORCE_COURT",
        "GUARDIANSHIP",
        "ASSISTANCE",
        "PARENTAL_RIGHTS",
        "DEATH",
        "DEATH_PRESUMED",
    ];
    BY_DUTY_OR_OF_BOTH.contains(&type_code)
}

/// Whether an applicant of this relation is no party in their own right, but asks for something of another's.
fn asks_for_others(type_code: &str, relation: Relation) -> bool {
    match relation {
        Relation::Proxy => true,
        Relation::BirthApplicants
        | Relation::Carer
        | Relation::HouseholdHead
        | Relation::InterestedPerson
        | Relation::OriginalApplicant
        | Relation::PremisesOwner
        | Relation::Relative => !matches!(type_code, "BIRTH" | "DEATH" | "DEATH_PRESUMED"),
        _ => false,
    }
}

impl Application<'_> {
    /// Those whose data it opens to the applicant: all whom it names, in whichever part. Of what concerns others as well, such as a
    /// divorce, only those in whose place they ask, whom they represent, or whom they count in with themselves.
    fn opened(&self, conn: &mut Conn, node: &Node) -> Result<Vec<Id>> {
        let everybody = self.certifies || !concerns_others(self.type_code) || asks_for_others(self.type_code, self.relation);
        let is_own = self.relation == Relation::Oneself;
        let taken_along =
            |(_, role, _): &&Placed| everybody || *role == PartyRole::Member || is_own && *role == PartyRole::Subject;
        let mut opened: Vec<Id> = self.parties.iter().filter(taken_along).map(|(_, _, person)| *person).collect();
        // Who is to be the guardian from now on does not act as one yet.
        if !everybody && represents(self.type_code, self.relation) {
            let by = self.applicant.record(conn, &node.vault)?;
            opened.extend(acted_for(conn, node, (self.type_code, &self.parties), (by, self.of))?);
        }
        Ok(opened)
    }

    /// Whose data it opens to whom. To a proxy, who has no matter of their own in it, it opens everybody. An entry opens those too whom
    /// it shows beside whom it is of, or where they live.
    fn pairs(&self, conn: &mut Conn, node: &Node, day: NaiveDate) -> Result<Vec<Askers<'_>>> {
        let applicant = self.applicant.record(conn, &node.vault)?;
        let everybody: Vec<Id> = self.parties.iter().map(|(_, _, person)| *person).chain(applicant).collect();
        let proxies: Vec<_> = self.proxies.iter().map(|proxy| ("/proxy".to_owned(), *proxy)).collect();
        let mut pairs: Vec<Askers<'_>> =
            everybody.into_iter().filter(|_| !proxies.is_empty()).map(|person| (person, proxies.clone())).collect();
        let applicant = || vec![("/applicant".to_owned(), self.applicant)];
        pairs.extend(self.opened(conn, node)?.into_iter().map(|person| (person, applicant())));
        if self.certifies {
            // Of those who only consent it shows nothing.
            let of = self.parties.iter().filter(|(_, role, _)| consents_as(self.type_code, *role).is_none());
            let of: Vec<Id> = of.map(|(_, _, person)| *person).collect();
            let entry = (self.type_code, self.shows_household, &of[..]);
            for (pointer, asking) in proxies.into_iter().chain(applicant()) {
                let shown = beside::shown(conn, node, day, entry, asking)?;
                pairs.extend(shown.into_iter().map(|person| (person, vec![(pointer.clone(), asking)])));
            }
        }
        for (of, asking, whom) in &self.consenting {
            pairs.extend(whom.iter().map(|person| (*person, vec![(of.clone(), *asking)])));
        }
        Ok(pairs)
    }

    /// The mark that keeps one of those who ask from the data of one whom it opens to them.
    pub fn bar(&self, conn: &mut Conn, node: &Node, day: NaiveDate) -> Result<Option<Bar>> {
        let pairs = self.pairs(conn, node, day)?;
        bar_among(conn, node, &pairs, day)
    }

    /// Refuses staff an application of somebody who needs a consent and is protected, but names nobody who consents.
    fn require_named_consent(&self, conn: &mut Conn, node: &Node, (about, day): (usize, NaiveDate)) -> Result<()> {
        if !self.consenting.is_empty() {
            return Ok(());
        }
        let principal = match self.relation {
            Relation::Proxy => self.parties.iter().find(|(index, ..)| *index == about).map(|(_, _, person)| *person),
            _ => self.applicant.record(conn, &node.vault)?,
        };
        let Some(principal) = principal else { return Ok(()) };
        let text = hangs_on_consent(conn, node, (self.type_code, principal), day)?;
        text.map_or(Ok(()), |text| Err(Error::field("/parties", "required", text)))
    }

    /// Refuses staff an application in which somebody is barred from the data of whom it opens to them, or is known by nothing while a
    /// mark stands on one of these.
    pub fn require_open(&self, conn: &mut Conn, node: &Node, day: NaiveDate) -> Result<()> {
        let pairs = self.pairs(conn, node, day)?;
        if let Some(bar) = bar_among(conn, node, &pairs, day)? {
            return Err(bar.refusal());
        }
        for (whose, askers) in &pairs {
            for (of, asker) in askers {
                require_identified(conn, &node.vault, (of, *asker), &[*whose], day)?;
            }
        }
        Ok(())
    }
}

/// The mark that keeps one of those who ask from the data of whom they ask for.
fn bar_among(conn: &mut Conn, node: &Node, pairs: &[Askers<'_>], day: NaiveDate) -> Result<Option<Bar>> {
    for (of, askers) in pairs {
        let askers: Vec<Inquirer<'_>> = askers.iter().map(|(_, asker)| *asker).collect();
        let bar = bar_of(conn, &node.vault, day, (*of, &askers))?;
        if bar.is_some() {
            return Ok(bar);
        }
    }
    Ok(None)
}

/// Why whoever consents for somebody must be named: they do not act alone on a day, and a mark stands on them.
pub fn hangs_on_consent(
    conn: &mut Conn,
    node: &Node,
    (type_code, principal): (&str, Id),
    day: NaiveDate,
) -> Result<Option<Text>> {
    let manner = capacity::of(conn, &node.vault, principal, day)?.manner(demand(type_code));
    who_consents(conn, (principal, manner), day)
}

/// Somebody whom an application names, with what else it says of a party: the day of birth, and the name in Latin letters.
fn named<'a>(input: &'a CaseInput, known: Option<Id>, (name, number): (&'a Name, &'a Identifier)) -> Inquirer<'a> {
    let party = input.parties.iter().find(|party| party.national_id == *number && party.name.as_str() == name.as_str());
    let said = Named { name: name.as_str(), number, birth_on: party.and_then(|party| party.birth_on) };
    Inquirer::of(known, said).romanised(party.and_then(|party| party.romanised_name.as_ref()))
}

/// Those who take part for another alone, as each asks and with their record where the office knows them, with those for whom they
/// do.
fn consenting<'a>(
    conn: &mut Conn,
    node: &Node,
    (type_code, placed): (&str, &[Placed]),
    parties: impl Iterator<Item = (usize, PartyRole, Inquirer<'a>, Option<Id>)>,
    of: Option<Id>,
) -> Result<Vec<Consents<'a>>> {
    let mut consenting = Vec::new();
    for (index, _, asking, person) in parties.filter(|(_, role, ..)| consents_as(type_code, *role).is_some()) {
        let whom = acted_for(conn, node, (type_code, placed), (person, of))?;
        consenting.push((format!("/parties/{index}"), asking, whom));
    }
    Ok(consenting)
}

/// Who of a household stands in a certificate of this type and scope.
pub fn shows_household(type_code: &str, scope: Option<&str>) -> Shows {
    Shows::of(type_code, scope)
}

/// Refuses to go on with a case as [`obey`] refuses to take it, by the records that it names: a mark may have been entered since.
pub fn obey_still(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<()> {
    let parties = store::parties(conn, case.id)?;
    let placed = status::placed(conn, &parties)?;
    let asking =
        placed.iter().map(|(index, role, person)| (*index, *role, Inquirer::Record(parties[*index].person_id), Some(*person)));
    let fields = store::open_fields(&node.vault, case)?;
    let (applicant, proxy) = status::asking(conn, case)?;
    let application = Application {
        type_code: &case.type_code,
        certifies: counter::own_type(node, conn, case)?.is_certificate(),
        shows_household: shows_household(&case.type_code, fields["scope"].as_str()),
        relation: case.relation,
        applicant: Inquirer::Record(applicant),
        proxies: proxy.map(Inquirer::Record).into_iter().collect(),
        consenting: consenting(conn, node, (&case.type_code, &placed), asking, Some(case.id))?,
        parties: placed,
        of: Some(case.id),
    };
    let (about, today) = (parties.iter().position(|party| party.person_id == case.person_id), by.now.date());
    application.require_open(conn, node, today)?;
    application.require_named_consent(conn, node, (about.unwrap_or_default(), today))
}

/// The reason of a refusal as those outside are told it: where one of its people, or whoever began it, is barred from another's
/// data, or from that of somebody whom the entry would show, none of them learns by it that a mark stands.
pub fn told<'w>(conn: &mut Conn, node: &Node, by: &By, case: &Case, why: &'w str) -> Result<&'w str> {
    let people = store::people_of(conn, case)?;
    let account = account_of(&store::begun_by_whom(conn, case)?);
    let account = account.map(|account| account_facts(conn, account)).transpose()?.flatten();
    let readers: Vec<Id> = people.iter().copied().chain(account.and_then(|account| account.person_id)).collect();
    let case_type = counter::own_type(node, conn, case)?;
    let mut opened = people.clone();
    if case_type.is_certificate() {
        let fields = store::open_fields(&node.vault, case)?;
        let shows = shows_household(&case.type_code, fields["scope"].as_str());
        for reader in &readers {
            let entry = (case.type_code.as_str(), shows, &people[..]);
            opened.extend(beside::shown(conn, node, by.now.date(), entry, Inquirer::Record(*reader))?);
        }
    }
    for person in opened {
        let bar = protection::between(conn, &node.vault, by.now.date(), (person, &readers))?;
        if bar.is_some() {
            let is_certificate = matches!(case_type.rules.group, Group::Certificate | Group::HouseholdCertificate);
            return Ok(protection::told(bar, why, is_certificate));
        }
    }
    Ok(why)
}

/// An application as the marks see it, with those of its people whom the office knows.
fn application<'a>(
    conn: &mut Conn,
    node: &Node,
    case_type: &'a CaseType,
    (input, meant): (&'a CaseInput, &Meant<'_>),
) -> Result<Application<'a>> {
    let Meant { parties, applicant, proxy } = *meant;
    let asking = input.parties.iter().enumerate().map(|(index, party)| {
        let known = parties.iter().find(|(place, ..)| *place == index).map(|(_, _, person)| *person);
        let said = Named { name: party.name.as_str(), number: &party.national_id, birth_on: party.birth_on };
        (index, party.role, Inquirer::of(known, said).romanised(party.romanised_name.as_ref()), known)
    });
    let one = &input.applicant;
    Ok(Application {
        type_code: &case_type.code,
        certifies: case_type.is_certificate(),
        shows_household: shows_household(&case_type.code, input.fields["scope"].as_str()),
        relation: one.relation,
        applicant: named(input, applicant, (&one.name, &one.national_id)),
        proxies: input.proxy.iter().map(|one| named(input, proxy, (&one.name, &one.national_id))).collect(),
        consenting: consenting(conn, node, (&case_type.code, parties), asking, None)?,
        parties: parties.to_vec(),
        of: None,
    })
}

/// Refuses staff an application in which somebody who is barred asks for an entry of somebody, acts for them, or takes them along.
/// What concerns both, such as a divorce, is entered all the same.
pub fn keep_open(
    conn: &mut Conn,
    node: &Node,
    case_type: &CaseType,
    told: (&CaseInput, &Meant<'_>),
    day: NaiveDate,
) -> Result<()> {
    application(conn, node, case_type, told)?.require_open(conn, node, day)
}

/// Refuses a correction by which somebody comes to stand beside one from whose data they are barred, in what is not as much theirs: the
/// entry would tell them where that one lives, and have them live there too. By the places of those who are new in it.
pub fn keep_off(
    conn: &mut Conn,
    node: &Node,
    (input, parties): (&CaseInput, &[Placed]),
    new: &[usize],
    day: NaiveDate,
) -> Result<()> {
    if concerns_others(&input.type_code) {
        return Ok(());
    }
    let asking = |index: usize| {
        let known = parties.iter().find(|(place, ..)| *place == index).map(|(_, _, person)| *person);
        let party = input.parties.get(index)?;
        Some(named(input, known, (&party.name, &party.national_id)))
    };
    for (index, _, person) in parties {
        let beside = (0..input.parties.len()).filter(|other| other != index && (new.contains(other) || new.contains(index)));
        let askers: Vec<Inquirer<'_>> = beside.filter_map(asking).collect();
        if let Some(bar) = bar_of(conn, &node.vault, day, (*person, &askers))? {
            return Err(bar.refusal());
        }
    }
    Ok(())
}

/// The same as [`keep_open`], and one of somebody who is protected and needs a consent, but names nobody who consents.
pub fn obey(conn: &mut Conn, node: &Node, case_type: &CaseType, told: (&CaseInput, &Meant<'_>), day: NaiveDate) -> Result<()> {
    let application = application(conn, node, case_type, told)?;
    application.require_open(conn, node, day)?;
    application.require_named_consent(conn, node, (told.0.about(), day))
}
