//! What is known of people, with its sources: looked up, and settled by a paper.

use std::collections::HashMap;

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::dealings::require_dealings;
use super::facts::{self, Fact, FactKind, NewFact, Paper, Rank, Word};
use super::holding::Ties;
use super::model::PersonAct;
use super::numbers::{self, FoundBy};
use super::papers::RecordPaper;
use super::policy::{ListFacts, SearchPeople, SettlePerson};
use super::protection::protected;
use super::{
    IdNumber, KnownBy, Name, Note, OtherIdentity, RomanisedName, claims, holding, likeness, overruled, records, searched, store,
};
use crate::auth::protection::closed_to;
use crate::auth::{By, May};
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, page_of, parameter};
use crate::node::Node;
use crate::states::require_anothers;

/// Whom to look for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"national_id": "N200000004", "reason": "臨櫃核對身分"}))]
pub struct PersonSearch {
    /// A number that they have, had, or that somebody has named for them.
    national_id: Option<IdNumber>,
    /// In the place of `national_id`: a foreign paper, an organisation or an agency; one of the two is required.
    identified_by: Option<OtherIdentity>,
    /// Why; kept with the log of the read.
    reason: Note,
}

/// A person of a number, masked.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "found_by": "CURRENT", "name": "王○美", "national_id": "N20*****04", "protected": false}))]
pub struct PersonFound {
    person_id: Id,
    found_by: FoundBy,
    #[schema(max_length = 100)]
    name: String,
    #[serde(flatten)]
    known_by: KnownBy,
    /// A protection mark stands on them: see GET /v1/people/{id}/protection-marks.
    protected: bool,
}

/// Looks for the people of a number.
///
/// A number finds people, not one person: whoever has it, whoever had it, and what somebody who is not proven says of
/// themselves, each as a record of its own. A record of which nothing stands any more is shown as `EMPTY`: it is nobody's,
/// and found by nothing else as long as somebody else has the number. What was said within a matter that the caller does not see is
/// neither found nor counted. The number travels in the body, and the look is logged.
#[utoipa::path(tag = "People", operation_id = "search_people", params(Listing), request_body = PersonSearch, responses((status = 200, description = "A page of the people of that number.", body = Page<PersonFound>)))]
#[post("/v1/people:search")]
pub async fn search_people(
    may: May<SearchPeople>,
    node: Data<Node>,
    paging: Paging,
    Valid(input): Valid<PersonSearch>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let known = searched(input.national_id.as_ref(), input.identified_by.as_ref())?;
        let mut all = numbers::of_number(tx, &node.vault, &known)?;
        let mut hidden = closed_to(tx, by)?;
        hidden.extend(claims::unseen(tx, &node, by, &all.iter().map(|(id, _)| *id).collect::<Vec<_>>())?);
        all.retain(|(id, _)| !hidden.contains(id));
        let total = paging.include_total.then(|| i64::try_from(all.len()).unwrap_or(i64::MAX));
        let after = paging.after.clone().unwrap_or_default();
        let rows = usize::try_from(paging.rows()).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        for (id, found_by) in all.into_iter().filter(|(id, _)| id.as_str() > after.as_str()).take(rows) {
            let (name, known_by) = store::masked(tx, &node.vault, id)?;
            let read = Record::read("person.searched", format!("people/{id}"), "name,national_id");
            tx.record(read.about(id).because(input.reason.as_str()));
            let protected = !protected(tx, &[id], by.now.date())?.is_empty();
            found.push(PersonFound { person_id: id, found_by, name, known_by, protected });
        }
        Reply::ok(&page_of(&paging, found, total, |one: &PersonFound| one.person_id.to_string()))
    })
    .await
}

/// A fact as it is shown.
#[derive(Serialize, ToSchema)]
#[schema(as = Fact, example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "kind": "NAME", "rank": "SEEN", "value": "王小美", "other_person_id": null,
    "valid_from": null, "source": "cases/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "document": null,
    "actor": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "recorded_at": "2026-11-23T09:00:00+08:00", "is_todays": true,
    "struck_at": null, "struck_by": null, "struck_reason": null
}))]
pub struct FactView {
    id: Id,
    kind: FactKind,
    rank: Rank,
    /// A name, a day, a sex …; whole.
    value: Value,
    other_person_id: Option<Id>,
    valid_from: Option<NaiveDate>,
    /// Until when it held, where a later entry has ended it or come in its place: a marriage, a relation, a guardianship, a
    /// nationality; or where it has ended by the law: a marriage and a guardianship by the death of either; an agreement of parents on who exercises their rights, by their marriage
    /// (民法 §1089); a guardianship for somebody's age, by an adoption or a ruling that has given these rights to parents since (§1077,
    /// §1091); a ruling on them, by an adoption, or with the parentage on which it rests. How long a paper is good stands in `document`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    valid_to: Option<NaiveDate>,
    /// What it rests on: `cases/{id}`, `identity-proofs/{id}` …
    #[schema(max_length = 80)]
    source: String,
    document: Option<Paper>,
    /// Of whom else the same document was seen, though it is one person's: look at it again, and join or part the records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 10)]
    document_of_others: Vec<Id>,
    /// Who entered it.
    #[schema(max_length = 60)]
    actor: String,
    recorded_at: Moment,
    /// Whether it holds today: the value of today, or a relation that has not ended.
    is_todays: bool,
    struck_at: Option<Moment>,
    #[schema(max_length = 60)]
    struck_by: Option<String>,
    #[schema(max_length = 500)]
    struck_reason: Option<String>,
}

impl FactView {
    /// The facts of a person from the first after `after`, so many of them.
    fn all(
        all: &[Fact],
        (held, ties): &(Vec<Id>, Ties),
        mut others: HashMap<Id, Vec<Id>>,
        (after, rows): (&str, usize),
        today: NaiveDate,
    ) -> Vec<Self> {
        let shown = all.iter().filter(|fact| fact.id.as_str() > after).take(rows);
        let view = |fact: &Fact| Self {
            document_of_others: others.remove(&fact.id).unwrap_or_default(),
            ..Self::of(fact.clone(), ties.ended_on(fact.id, today), held)
        };
        shown.map(view).collect()
    }

    fn of(fact: Fact, valid_to: Option<NaiveDate>, held: &[Id]) -> Self {
        let struck = fact.struck;
        Self {
            is_todays: held.contains(&fact.id),
            id: fact.id,
            kind: fact.kind,
            rank: fact.rank,
            value: fact.value,
            other_person_id: fact.other_id,
            valid_from: fact.valid_from,
            valid_to,
            source: fact.source,
            document: fact.paper,
            document_of_others: Vec::new(),
            actor: fact.actor,
            recorded_at: fact.recorded_at,
            struck_at: struck.as_ref().map(|strike| strike.at),
            struck_by: struck.as_ref().map(|strike| strike.by.clone()),
            struck_reason: struck.map(|strike| strike.why),
        }
    }
}

/// What the audit log is told of a look at somebody's facts.
fn looked_up(person: Id, why: &Note) -> Record {
    Record::read("person.looked_up", format!("people/{person}"), "facts").about(person).because(why.as_str())
}

/// Which facts of a person hold today, and what tells how long others did.
fn held(conn: &mut Conn, node: &Node, person: Id, (all, today): (&[Fact], NaiveDate)) -> Result<(Vec<Id>, Ties)> {
    let standing: Vec<Fact> = all.iter().filter(|fact| fact.struck.is_none()).cloned().collect();
    let ties = Ties::of(conn, node, person, today)?;
    Ok((holding::all(conn, person, (&standing, &ties), today)?, ties))
}

/// Why somebody's facts are looked at.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FactLook {
    /// What the look is for (個資法 §16); logged. Without one nothing is shown.
    #[param(value_type = String, min_length = 1, max_length = 500, example = "釐清姓名不符")]
    purpose: Option<Note>,
}

/// Lists what is known of a person.
///
/// Every fact with its rank, source and paper, struck ones too, in the order of their entry; unmasked, and each look is
/// logged with its `purpose`. The `ETag` is what `:settle` wants. Nobody looks into a matter of their own, and a branch desk
/// only into those of whom it has a case or a certificate (`forbidden`). What was said within an inquiry or a complaint that the caller
/// does not see is not there (404).
#[utoipa::path(tag = "People", operation_id = "list_facts", params(IdInPath, FactLook, Listing), responses(
    (status = 200, description = "A page of facts.", body = Page<FactView>, headers(("ETag" = String, description = "The version of what is known."))),
    (status = 409, description = "`own_request`: it is about the caller."),
))]
#[get("/v1/people/{id}/facts")]
pub async fn list_facts(
    may: May<ListFacts>,
    node: Data<Node>,
    id: PathId,
    Params(look): Params<FactLook>,
    paging: Paging,
) -> Result<Reply> {
    may.write_beside(move |tx, by| {
        store::require(tx, id.0)?;
        claims::require_seen(tx, &node, by, id.0)?;
        let Some(purpose) = &look.purpose else {
            return Err(parameter("purpose", "required", Text::new("請填查閱之目的", "say what the look is for")));
        };
        require_anothers(tx, by, &[id.0])?;
        require_dealings(tx, &node, by, id.0)?;
        facts::found(tx, &node.vault, id.0)?;
        let all = facts::all(tx, &node.vault, id.0)?;
        let version = facts::version_of(tx, id.0)?;
        let held = held(tx, &node, id.0, (&all, by.now.date()))?;
        tx.record(looked_up(id.0, purpose));
        let total = paging.include_total.then(|| i64::try_from(all.len()).unwrap_or(i64::MAX));
        let after = paging.after.clone().unwrap_or_default();
        let rows = usize::try_from(paging.rows()).unwrap_or(usize::MAX);
        let others = likeness::seen_of_others(tx, &node.vault, id.0, &all)?;
        let shown = FactView::all(&all, &held, others, (&after, rows), by.now.date());
        Ok(Reply::ok(&page_of(&paging, shown, total, |fact: &FactView| fact.id.to_string()))?.version(version))
    })
    .await
}

/// What a paper says of its holder: one of the members at least.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "林志明", "birth_on": "1990-05-04", "document": {"kind": "ID_CARD", "number": "製證字第 1150001234 號"},
    "reason": "前次登打錯誤"
}))]
pub struct Settlement {
    name: Option<Name>,
    /// As the passport has it; English certificates print it.
    romanised_name: Option<RomanisedName>,
    /// As far as the paper has it; not in the future.
    birth_on: Option<PartialDate>,
    document: RecordPaper,
    reason: Note,
}

impl Settlement {
    /// What it says, by kind.
    fn values(&self) -> Vec<(FactKind, String)> {
        let name = self.name.as_ref().map(|name| (FactKind::Name, name.as_str().to_owned()));
        let romanised = self.romanised_name.as_ref().map(|name| (FactKind::RomanisedName, name.as_str().to_owned()));
        name.into_iter().chain(romanised).chain(self.birth_on.map(|day| (FactKind::BirthOn, day.to_string()))).collect()
    }

    fn check(&self, today: NaiveDate) -> Result<()> {
        if self.name.is_none() && self.romanised_name.is_none() && self.birth_on.is_none() {
            let text =
                Text::new("name、romanised_name、birth_on 至少擇一", "give the name, the romanised name or the day of birth");
            return Err(Error::field("/name", "required", text));
        }
        if self.birth_on.is_some_and(|day| day.earliest() > today) {
            let text = Text::new("出生日期不得晚於今日", "the birth lies after today");
            return Err(Error::field("/birth_on", "range", text));
        }
        Ok(())
    }
}

/// Settles what somebody is called, in Latin letters as well, or when they were born, by a paper.
///
/// For whoever has the paper at hand: facts that say otherwise are struck with the reason, whoever entered them, and all
/// are kept. What a case has registered is not overruled so: correct that entry, or change the name by a case of its own.
/// What somebody has only said of a person is a record of its own, and nothing to be settled. For whom an account is proven a
/// section chief or the director settles it (`forbidden` for others), and a branch desk settles nothing of whom it has no matter at
/// hand.
#[utoipa::path(tag = "People", operation_id = "settle_person", params(IdInPath, IfMatchHeader), request_body = Settlement, responses(
    (status = 200, description = "What is known of the person now: the first page.", body = Page<FactView>, headers(("ETag" = String, description = "The version of what is known."))),
    (status = 409, description = "`conflict`: a case has registered another value, or the record is of somebody's word alone; `own_request`: it is the caller's own; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/people/{id}:settle")]
pub async fn settle_person(
    may: May<SettlePerson>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<Settlement>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        input.check(by.now.date())?;
        records::found(tx, &node, by, id.0, (&if_match, &[PersonAct::Settle]))?;
        records::require_second(tx, by, PersonAct::Settle, id.0)?;
        settle(tx, &node, by, id.0, &input)?;
        // The answer shows what is known whole.
        tx.record(looked_up(id.0, &input.reason));
        let all = facts::all(tx, &node.vault, id.0)?;
        let version = facts::version_of(tx, id.0)?;
        let held = held(tx, &node, id.0, (&all, by.now.date()))?;
        let others = likeness::seen_of_others(tx, &node.vault, id.0, &all)?;
        let items = FactView::all(&all, &held, others, ("", 100), by.now.date());
        Ok(Reply::ok(&Page { items, next: None, total: None })?.version(version))
    })
    .await
}

fn settle(tx: &mut Tx, node: &Node, by: &By, person: Id, input: &Settlement) -> Result<()> {
    let word = Word {
        rank: Rank::Seen,
        source: format!("people/{person}"),
        paper: Some(&input.document),
        actor: by.caller.name(),
        now: by.now,
    };
    let values = input.values();
    for (kind, value) in &values {
        let standing = facts::standing(tx, &node.vault, person, &[*kind])?;
        let agrees = |fact: &Fact| fact.value.as_str() == Some(value.as_str());
        let is_registered = |fact: &&Fact| fact.rank == Rank::Registered;
        if standing.iter().any(|fact| is_registered(&fact) && !agrees(fact))
            && !holding::todays(&standing, *kind).is_some_and(agrees)
        {
            let (zh, en) = ("已有登記之資料，請循更正登記辦理", "a case has registered another value: correct that entry");
            return Err(Problem::new(Code::CONFLICT).detail(zh, en).into());
        }
        overruled::overrule(tx, &node.vault, (person, *kind, value), (&word.actor, input.reason.as_str(), by.now))?;
        let fact = NewFact { person, kind: *kind, value: json!(value), other: None, valid_from: None };
        facts::enter(tx, &node.vault, &word, &fact)?;
    }
    facts::project(tx, &node.vault, person)?;
    let kinds: Vec<FactKind> = values.into_iter().map(|(kind, _)| kind).collect();
    let record = Record::change(PersonAct::Settle.line().journal, format!("people/{person}"), json!({"kinds": kinds}));
    tx.record(record.about(person).because(input.reason.as_str()));
    Ok(())
}
