//! The records of people: shown, joined where two are of one human, parted where one is of two, and rid of what rests on a false
//! paper.

use actix_web::web::Data;
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::facts::{self, Paper, Rank, Strikes, Word};
use super::joins;
use super::model::{PersonAct, PersonStatus};
use super::policy::{GetPerson, JoinPerson, PartPerson, StrikeDocument};
use super::store::{self, Named};
use super::{IdNumber, Name, Note, mask_name, numbers};
use crate::auth::{By, May};
use crate::calendar::PartialDate;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Record, Tx};
use crate::domain::{Domains, FalsePaper, Parting};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;

/// A person's record, masked.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "status": "KEPT", "name": "王○美", "national_id": "N20*****04", "name_rank": "SEEN",
    "birth_rank": "SEEN", "joined_into": null, "joined_records": [], "allowed_actions": ["settle", "join", "part", "strike-document"]
}))]
pub struct Person {
    id: Id,
    status: PersonStatus,
    #[schema(max_length = 100)]
    name: String,
    #[schema(max_length = 10)]
    national_id: String,
    /// How sure the office is of the name.
    name_rank: Rank,
    /// How sure it is of the day of birth, where it knows one.
    birth_rank: Rank,
    /// The record of the same human to which this one points.
    joined_into: Option<Id>,
    /// Records of the same human that point to this one.
    #[schema(max_items = 100)]
    joined_records: Vec<Id>,
    #[schema(value_type = Vec<PersonAct>, max_items = 4)]
    allowed_actions: Vec<&'static str>,
}

fn allowed(conn: &mut Conn, by: &By, id: Id) -> Result<(PersonStatus, Vec<&'static str>)> {
    let status = if joins::of(conn, id)?.into.is_some() { PersonStatus::Joined } else { PersonStatus::Kept };
    let granted = PersonAct::possible(status).filter(|act| act.line().is_granted(&by.caller));
    Ok((status, granted.map(|act| act.line().name).collect()))
}

/// Refuses an act that a record's state forbids.
fn require(conn: &mut Conn, act: PersonAct, id: Id) -> Result<()> {
    let joined = joins::of(conn, id)?.into.is_some();
    act.apply(if joined { PersonStatus::Joined } else { PersonStatus::Kept }).map(drop)
}

fn shown(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<Reply> {
    let person = store::records(conn, &node.vault, &[id])?.remove(&id).ok_or(Code::NOT_FOUND)?;
    let (version, joined) = (facts::version_of(conn, id)?, joins::of(conn, id)?);
    let (status, allowed_actions) = allowed(conn, by, id)?;
    let shown = Person {
        id,
        status,
        name: mask_name(&person.name),
        national_id: person.number.masked(),
        name_rank: person.name_rank,
        birth_rank: person.birth_rank,
        joined_into: joined.into,
        joined_records: joined.others,
        allowed_actions,
    };
    Ok(Reply::ok(&shown)?.version(version))
}

/// Shows a person.
///
/// Masked; the `ETag` is what the acts on the record want, and rises with each fact.
#[utoipa::path(tag = "People", operation_id = "get_person", params(IdInPath), responses((status = 200, description = "The person.", body = Person)))]
#[get("/v1/people/{id}")]
pub async fn get_person(may: May<GetPerson>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| shown(conn, &node, by, id.0)).await
}

/// The record that is acted on, at the version that the caller read, while nobody else acts on its person.
pub fn found(tx: &mut Tx, node: &Node, id: Id, if_match: &IfMatch, act: PersonAct) -> Result<()> {
    store::require_record(tx, id)?;
    numbers::own(tx, &[id])?;
    facts::found(tx, &node.vault, id)?;
    if_match.check(facts::version_of(tx, id)?)?;
    require(tx, act, id)
}

fn tell(tx: &mut Tx, act: PersonAct, id: Id, event: serde_json::Value, why: &Note) {
    let record = Record::change(act.line().journal, format!("people/{id}"), event);
    tx.record(record.about(id).because(why.as_str()));
}

/// To which record another is joined.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "into_person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "document": {"kind": "COURT_RULING", "number": "115 年度訴字第 1 號"},
    "reason": "居留證與初設戶籍為同一人"
}))]
pub struct PersonJoin {
    into_person_id: Id,
    /// The court's or another paper that says so, where there is one.
    document: Option<Paper>,
    reason: Note,
}

/// Joins a record to another of the same human.
///
/// By a pointer: each record keeps what it has, and its number finds the other one from now on. What is registered in either
/// holds for both. Accounts, proofs and letters of proxy stay with the record to which they belong. `:part` undoes it.
#[utoipa::path(tag = "People", operation_id = "join_person", params(IdInPath, IfMatchHeader), request_body = PersonJoin, responses(
    (status = 200, description = "The record, which points to the other one.", body = Person),
    (status = 409, description = "`wrong_state`: it is joined already; `conflict`: one of them is of somebody's word alone, the other one is joined itself, or others are joined to this one."),
))]
#[post("/v1/people/{id}:join")]
pub async fn join_person(
    may: May<JoinPerson>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<PersonJoin>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let (from, into) = (id.0, input.into_person_id);
        let refused = |code, zh, en| Err(Error::field("/into_person_id", code, Text::new(zh, en)));
        if from == into {
            return refused("same_person", "不得併入自身", "a record is not joined to itself");
        }
        numbers::own(tx, &[from, into])?;
        found(tx, &node, from, &if_match, PersonAct::Join)?;
        if store::records(tx, &node.vault, &[into])?.is_empty() {
            return refused("not_found", "查無此人", "there is no such person");
        }
        store::require_record(tx, into)?;
        if joins::of(tx, into)?.into.is_some() || !joins::of(tx, from)?.others.is_empty() {
            let (zh, en) = ("請併入最終之紀錄", "join the records to one that points nowhere itself");
            return Err(Problem::new(Code::CONFLICT).detail(zh, en).into());
        }
        joins::join(tx, &node.vault, by, (from, into), (input.document.as_ref(), input.reason.as_str()))?;
        tell(tx, PersonAct::Join, from, json!({"into_person_id": into}), &input.reason);
        shown(tx, &node, by, from)
    })
    .await
}

/// Somebody who has no record yet.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecord {
    name: Name,
    /// It may be the number of the record that is parted: two people can truly have one.
    national_id: IdNumber,
    birth_on: Option<PartialDate>,
}

/// What of a record is another human's.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "sources": ["cases/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"], "person": {"name": "林志明", "national_id": "A123456789", "birth_on": "1970-02-01"},
    "document": {"kind": "ID_CARD", "number": "製證字第 1150001234 號"}, "reason": "統一編號重號，案件屬另一人"
}))]
pub struct PersonParting {
    /// Sources of its facts, `cases/{id}` or `certificates/{id}`, that mean another human; none to undo `:join`, or to note
    /// `person` alone.
    #[serde(default)]
    #[schema(max_items = 50, inline)]
    sources: Vec<Source>,
    /// Whom they mean, where they have a record.
    to_person_id: Option<Id>,
    /// Whom they mean, where they have none yet.
    person: Option<NewRecord>,
    document: Option<Paper>,
    reason: Note,
}

/// A record that says something of a person.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(min_length = 1, max_length = 80, pattern = "^(cases|certificates)/[0-9a-f-]{36}$")]
pub struct Source(String);

impl PersonParting {
    /// The record of whoever is meant.
    fn other(&self, tx: &mut Tx, node: &Node, by: &By, from: Id) -> Result<Id> {
        match (self.to_person_id, &self.person) {
            (Some(to), None) if to != from => {
                let there = !store::records(tx, &node.vault, &[to])?.is_empty();
                let text = || Text::new("查無此人", "there is no such person");
                if there { Ok(()) } else { Err(Error::field("/to_person_id", "not_found", text())) }?;
                store::require_record(tx, to)?;
                numbers::own(tx, &[from, to])?;
                Ok(to)
            }
            (None, Some(person)) => {
                let source = format!("people/{from}");
                let word = Word { rank: Rank::Seen, source, paper: self.document.as_ref(), actor: by.caller.name(), now: by.now };
                let named = Named { name: person.name.as_str(), number: &person.national_id, birth_on: person.birth_on };
                store::note_beside(tx, &node.vault, &word, named)
            }
            _ => {
                let text = Text::new("to_person_id 與 person 擇一，且不得為自身", "give to_person_id or person, and another one");
                Err(Error::field("/to_person_id", "required", text))
            }
        }
    }
}

/// Parts a record.
///
/// Without `sources` it undoes `:join`, or notes the `person` who may truly have the same number. With them it moves what these
/// cases and certificates say, and the cases and certificates themselves, to the human whom they mean: somebody with a record,
/// or a new one. A case is parted by its clerk or a supervisor; it names its people anew from then on, and one that is under
/// review goes back to its clerk. A draft is its applicant's and stays; a registered case is corrected by two people
/// (`:correct` of `/parties/{n}/name` or `/parties/{n}/national_id`), one that changed a number revoked and entered anew.
#[utoipa::path(tag = "People", operation_id = "part_person", params(IdInPath, IfMatchHeader), request_body = PersonParting, responses(
    (status = 200, description = "The record without what was another's.", body = Person),
    (status = 409, description = "`wrong_state`: it is not joined; `conflict`: a case is a draft, registered or closed; `assigned_to_other`: somebody else is in charge of a case."),
))]
#[post("/v1/people/{id}:part")]
pub async fn part_person(
    may: May<PartPerson>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<PersonParting>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let from = id.0;
        found(tx, &node, from, &if_match, PersonAct::Part)?;
        if input.sources.is_empty() && input.person.is_none() {
            if joins::of(tx, from)?.into.is_none() {
                return Err(Error::wrong_state(&allowed(tx, by, from)?.1));
            }
            joins::part(tx, by, from, input.reason.as_str())?;
            tell(tx, PersonAct::Part, from, json!({}), &input.reason);
            return shown(tx, &node, by, from);
        }
        let to = input.other(tx, &node, by, from)?;
        let actor = by.caller.name();
        for (index, Source(source)) in input.sources.iter().enumerate() {
            let parting = Parting { from, to, source, reason: input.reason.as_str() };
            if !node.part::<Domains>().follow_part(tx, &node, by, &parting)? {
                let text = Text::new("此來源未提及此人", "this record does not name this person");
                return Err(Error::field(format!("/sources/{index}"), "not_found", text));
            }
            facts::move_source(tx, &node.vault, (&actor, input.reason.as_str(), by.now), &parting)?;
        }
        let sources: Vec<&str> = input.sources.iter().map(|source| source.0.as_str()).collect();
        tell(tx, PersonAct::Part, from, json!({"to_person_id": to, "sources": sources}), &input.reason);
        shown(tx, &node, by, from)
    })
    .await
}

/// A paper that was found false, or somebody else's.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"document": {"kind": "ID_CARD", "number": "製證字第 1150001234 號"}, "reason": "經查為偽造"}))]
pub struct DocumentStrike {
    document: Paper,
    reason: Note,
}

/// Strikes all that rests on a paper.
///
/// In one act, of whomever it says something: facts that were entered by it, proofs of identity (the account is `DECLARED` again
/// and all its log-ins end), letters of proxy. What is true nevertheless is proven or entered anew by a true paper.
#[utoipa::path(tag = "People", operation_id = "strike_document", params(IdInPath, IfMatchHeader), request_body = DocumentStrike, responses(
    (status = 200, description = "The record without what rested on the paper.", body = Person),
))]
#[post("/v1/people/{id}:strike-document")]
pub async fn strike_document(
    may: May<StrikeDocument>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<DocumentStrike>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        found(tx, &node, id.0, &if_match, PersonAct::StrikeDocument)?;
        let (index, reason, actor) = (input.document.index(&node.vault), input.reason.as_str(), by.caller.name());
        let struck = facts::strike(tx, &node.vault, &Strikes::Paper(&index), (&actor, reason, by.now))?;
        let paper = FalsePaper { index: &index, reason };
        let ended = node.part::<Domains>().follow_strike(tx, &node, by, &paper)?;
        if struck.is_empty() && !ended {
            let text = Text::new("查無以此文件為據之資料", "nothing rests on this paper");
            return Err(Error::field("/document/number", "not_found", text));
        }
        tell(tx, PersonAct::StrikeDocument, id.0, json!({"people": struck}), &input.reason);
        shown(tx, &node, by, id.0)
    })
    .await
}
