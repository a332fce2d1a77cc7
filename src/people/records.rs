//! The records of people: shown, joined where two are of one human, parted where one is of two, and rid of what rests on a false
//! paper.

use actix_web::web::Data;
use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::dealings::{has_dealings, require_dealings};
use super::facts::{self, Paper, Rank, Strikes, Word};
use super::joins::{self, JoinAsked};
use super::model::{PersonAct, PersonStatus};
use super::papers::RecordPaper;
use super::policy::{GetPerson, JoinPerson, PartPerson, StrikeDocument};
use super::store::{self, Named};
use super::{KnownBy, Name, Note, apart, claims, mask_name, numbers, protection};
use crate::auth::protection::require_open_to;
use crate::auth::whoever::is_owner;
use crate::auth::{By, May};
use crate::calendar::PartialDate;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Record, Tx};
use crate::domain::{Domains, FalsePaper, Joining, Parting};
use crate::error::{Code, Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::identified;
use crate::node::Node;
use crate::states::{Part, in_own_matter, parts_of, require_anothers, require_supervisor};

/// A person's record, masked.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "status": "KEPT", "name": "王○美", "national_id": "N20*****04", "name_rank": "SEEN",
    "birth_rank": "SEEN", "joined_into": null, "joined_records": [], "joins_asked": [], "entered_while_joined": [], "protected": false, "allowed_actions": ["settle", "join", "part", "strike-document"]
}))]
pub struct Person {
    id: Id,
    status: PersonStatus,
    #[schema(max_length = 100)]
    name: String,
    #[serde(flatten)]
    known_by: KnownBy,
    /// How sure the office is of the name.
    name_rank: Rank,
    /// How sure it is of the day of birth; `null` where it knows none.
    birth_rank: Option<Rank>,
    /// The record of the same human to which this one points.
    joined_into: Option<Id>,
    /// Records of the same human that point to this one.
    #[schema(max_items = 100)]
    joined_records: Vec<Id>,
    /// Joins that wait for a second person, of this record or to it.
    #[schema(max_items = 100)]
    joins_asked: Vec<JoinAsked>,
    /// Once it is parted: the cases and certificates that have said something of it while it was joined to another record, or that to it.
    /// Each was kept of the record whose number or paper it names; look whom they mean, and put right by `:correct` of the number, or by
    /// `:part` with `sources`, what names the one and means the other.
    #[schema(max_items = 100, value_type = Vec<String>)]
    entered_while_joined: Vec<String>,
    /// A protection mark stands on the human, in whichever record: see GET /v1/people/{id}/protection-marks.
    protected: bool,
    #[schema(value_type = Vec<PersonAct>, max_items = 4)]
    allowed_actions: Vec<&'static str>,
}

/// A record's state, and the join that was asked for of it.
fn status_of(conn: &mut Conn, id: Id) -> Result<(PersonStatus, Option<JoinAsked>)> {
    if joins::of(conn, id)?.into.is_some() {
        return Ok((PersonStatus::Joined, None));
    }
    let asked = joins::asked(conn, id)?.into_iter().find(|asked| asked.person_id == id);
    Ok((if asked.is_some() { PersonStatus::JoinAsked } else { PersonStatus::Kept }, asked))
}

/// The parts that the caller has in a record.
fn parts(conn: &mut Conn, by: &By, id: Id, asked: Option<&JoinAsked>) -> Result<Vec<Part>> {
    let proposed = asked.map(|asked| (Part::Proposer, asked.asked_by.as_str(), Some(asked.asked_at)));
    let mut parts = parts_of(conn, &by.caller, proposed)?;
    let both = asked.map_or_else(|| vec![id], |asked| vec![asked.person_id, asked.into_person_id]);
    parts.extend(in_own_matter(conn, by, &both)?);
    Ok(parts)
}

fn allowed(conn: &mut Conn, by: &By, id: Id) -> Result<(PersonStatus, Vec<&'static str>)> {
    let (status, asked) = status_of(conn, id)?;
    let parts = parts(conn, by, id, asked.as_ref())?;
    let mut names = Vec::new();
    for act in PersonAct::possible(status) {
        let granted = act.line().is_granted(&by.caller) && (by.caller.supervises() || !takes_supervisor(conn, act, id)?);
        if granted && act.keep_apart(&parts).is_ok() && !names.contains(&act.line().name) {
            names.push(act.line().name);
        }
    }
    Ok((status, names))
}

fn shown(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<Reply> {
    let person = store::records(conn, &node.vault, &[id])?.remove(&id).ok_or(Code::NOT_FOUND)?;
    let (version, joined) = (facts::version_of(conn, id)?, joins::of(conn, id)?);
    let (status, mut allowed_actions) = allowed(conn, by, id)?;
    if !has_dealings(conn, node, by, id)? {
        allowed_actions.clear();
    }
    let shown = Person {
        id,
        status,
        name: mask_name(&person.name),
        known_by: KnownBy::masked(&person.number),
        name_rank: person.name_rank,
        birth_rank: person.birth_on.map(|_| person.birth_rank),
        joined_into: joined.into,
        joined_records: joined.others,
        joins_asked: joins::asked(conn, id)?.into_iter().map(|asked| asked.opened(&node.vault)).collect::<Result<_>>()?,
        entered_while_joined: joins::entered_meanwhile(conn, id)?,
        protected: !protection::protected(conn, &[id], by.now.date())?.is_empty(),
        allowed_actions,
    };
    Ok(Reply::ok(&shown)?.version(version))
}

/// Shows a person.
///
/// Masked, and each look is logged; the `ETag` is what the acts on the record want, and rises with each fact.
#[utoipa::path(tag = "People", operation_id = "get_person", params(IdInPath), responses((status = 200, description = "The person.", body = Person)))]
#[get("/v1/people/{id}")]
pub async fn get_person(may: May<GetPerson>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.write_beside(move |tx, by| {
        require_open_to(tx, by, &[id.0])?;
        claims::require_seen(tx, &node, by, id.0)?;
        let reply = shown(tx, &node, by, id.0)?;
        tx.record(Record::read("person.read", format!("people/{}", id.0), "name,national_id").about(id.0));
        Ok(reply)
    })
    .await
}

/// The record that is acted on, at the version that the caller read, while nobody else acts on its person: of acts of one name
/// the one that its state allows.
pub fn found(tx: &mut Tx, node: &Node, by: &By, id: Id, (if_match, acts): (&IfMatch, &[PersonAct])) -> Result<PersonAct> {
    claims::require_seen(tx, node, by, id)?;
    store::require_record(tx, id)?;
    require_dealings(tx, node, by, id)?;
    numbers::own(tx, &[id])?;
    facts::found(tx, &node.vault, id)?;
    if_match.check(facts::version_of(tx, id)?)?;
    let (status, asked) = status_of(tx, id)?;
    let Some(act) = acts.iter().copied().find(|act| act.after(status).is_some()) else {
        return Err(Error::wrong_state(&allowed(tx, by, id)?.1));
    };
    act.keep_apart(&parts(tx, by, id, asked.as_ref())?)?;
    Ok(act)
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
    /// The court's or another paper that says so.
    document: RecordPaper,
    reason: Note,
}

/// Joins a record to another of the same human.
///
/// By a branch desk only of somebody of whom it has a matter at hand (`forbidden`).
/// By a pointer and a paper: each record keeps what it has, and its number finds the other one from now on. What is registered
/// in either holds for both, and what is entered from now on is kept of the record whose number or paper it names. Accounts, proofs and
/// letters of proxy stay with the record to which they belong; as long as they are joined a letter holds for the human, by whichever number,
/// and the numbers of all of the records, today's and former ones, are the own ones of whoever has an account. `:part` undoes it, and so does `:strike-document` of the paper.
///
/// It takes two people where the records are not alike (names that do not pass for each other, personal numbers or known
/// days of birth that differ), where an account is proven for either, or where a case has registered something of either's
/// status (death, marriage …). The first call then only asks: the record is `JOIN_ASKED`, `joins_asked` of both shows by whom,
/// and nothing holds for the other yet. A section chief or the director, another person, does it by the same call with the same
/// `into_person_id` and `document`, at the new version; `:part` without `sources` takes the asking back.
///
/// What the register says of both together obeys the rules of registration, when it is asked for and when it is confirmed: two
/// marriages at once (民法 §985), one between the two records or of parent and child (§983), a marriage after the death (§6),
/// somebody as their own parent, ancestor or guardian, one human as both parents of a child, two adoptions (§1075), a guardian without a
/// ground beside a parent who lives (§1091); and so do others who
/// become kin by it: the marriage of siblings or cousins (§983), somebody who has adopted their own grandchild (§1073-1). `errors` then
/// name each with its article and the cases: correct or revoke the wrong one of them first.
#[utoipa::path(tag = "People", operation_id = "join_person", params(IdInPath, IfMatchHeader), request_body = PersonJoin, responses(
    (status = 200, description = "The record, which points to the other one, or is asked to.", body = Person),
    (status = 409, description = "`wrong_state`: it is joined already; `conflict`: one of them is of somebody's word alone, the other one is joined itself, others are joined to this one, or one of that was asked for, or with `errors`: the register would contradict itself; `own_request`: it is about the caller, or they asked for it; `holder_required`; `asker_gone`: take the asking back by `:part`."),
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
        let both = [PersonAct::Join, PersonAct::ConfirmJoin];
        let mut act = found(tx, &node, by, from, (&if_match, &both))?;
        if store::records(tx, &node.vault, &[into])?.is_empty() {
            return refused("not_found", "查無此人", "there is no such person");
        }
        store::require_record(tx, into)?;
        act.keep_apart(&in_own_matter(tx, by, &[into])?)?;
        if act == PersonAct::ConfirmJoin {
            require_one_human(tx, &node, by, (from, into))?;
            confirm(tx, &node, by, from, &input)?;
        } else {
            joins::require_ends(tx, from, into)?;
            require_one_human(tx, &node, by, (from, into))?;
            let waits = joins::takes_two(tx, &node.vault, (from, into))?;
            joins::join(tx, &node.vault, by, (from, into, waits), (&input.document, input.reason.as_str()))?;
            act = if waits { PersonAct::AskJoin } else { act };
        }
        if act != PersonAct::AskJoin {
            node.part::<Domains>().follow_join(tx, &node, by, &Joining { record: from, into, ended: None })?;
        }
        tell(tx, act, from, json!({"into_person_id": into}), &input.reason);
        shown(tx, &node, by, from)
    })
    .await
}

/// Refuses a join after which the register would say of one human what it registers of nobody.
fn require_one_human(tx: &mut Tx, node: &Node, by: &By, records: (Id, Id)) -> Result<()> {
    node.part::<Domains>().judge_join(tx, node, by, records)
}

/// Whether an act on a record wants a supervisor: what another has asked for, what two have done, and what an account was proven
/// by, as whoever proved it and a supervisor are two.
fn takes_supervisor(conn: &mut Conn, act: PersonAct, id: Id) -> Result<bool> {
    match act {
        PersonAct::ConfirmJoin => Ok(true),
        PersonAct::Part => joins::is_confirmed(conn, id),
        PersonAct::Settle => joins::records(conn, id).and_then(|records| is_owner(conn, &records)),
        _ => Ok(false),
    }
}

/// Refuses whoever is no supervisor an act on a record that wants one.
pub fn require_second(conn: &mut Conn, by: &By, act: PersonAct, id: Id) -> Result<()> {
    if takes_supervisor(conn, act, id)? { require_supervisor(by) } else { Ok(()) }
}

/// Does what another person has asked for.
fn confirm(tx: &mut Tx, node: &Node, by: &By, from: Id, input: &PersonJoin) -> Result<()> {
    require_second(tx, by, PersonAct::ConfirmJoin, from)?;
    let asked = status_of(tx, from)?.1.filter(|asked| asked.into_person_id == input.into_person_id);
    let Some(asked) = asked else { return Err(Error::wrong_state(&allowed(tx, by, from)?.1)) };
    joins::confirm(tx, &node.vault, by, (&asked, &input.document))
}

identified! {
    /// Somebody who has no record yet; the number may be that of the record that is parted, as two people can truly have one.
    pub struct NewRecord as NewRecordBody {
        name: Name,
        birth_on: Option<PartialDate>,
    }
}

/// What of a record is another human's.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "sources": ["cases/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f"], "person": {"name": "林志明", "national_id": "A123456789", "birth_on": "1970-02-01"},
    "document": {"kind": "ID_CARD", "number": "製證字第 1150001234 號"}, "reason": "統一編號重號，案件屬另一人"
}))]
pub struct PersonParting {
    /// What means another human: `cases/{id}`, `certificates/{id}` or `letters-of-proxy/{id}`; none to undo `:join`, or to note
    /// `person`, or that `to_person_id` is another human, alone.
    #[serde(default)]
    #[schema(max_items = 50, inline)]
    sources: Vec<Source>,
    /// Papers by which `:settle` has entered something of this record, and that are another human's. What a case, a certificate or a
    /// letter has entered by a paper moves with that.
    #[serde(default)]
    #[schema(max_items = 10)]
    papers: Vec<RecordPaper>,
    /// Whom they mean, where they have a record.
    to_person_id: Option<Id>,
    /// Whom they mean, where they have none yet.
    person: Option<NewRecord>,
    document: Option<RecordPaper>,
    reason: Note,
}

/// A record that says something of a person.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(min_length = 1, max_length = 80, pattern = "^(cases|certificates|letters-of-proxy)/[0-9a-f-]{36}$")]
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
                person.national_id.require_human("/person")?;
                let source = format!("people/{from}");
                let word =
                    Word { rank: Rank::Seen, source, paper: self.document.as_deref(), actor: by.caller.name(), now: by.now };
                let named = Named { name: person.name.as_str(), number: &person.national_id, birth_on: person.birth_on };
                if numbers::has_twin(tx, &node.vault, from, named)? {
                    let text = Text::new(
                        "已有同號同名之紀錄，請改填 to_person_id",
                        "there is such a record already: give its to_person_id",
                    );
                    return Err(Error::field("/person", "taken", text));
                }
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
/// By a branch desk only of somebody of whom it has a matter at hand (`forbidden`).
/// Without `sources` it undoes `:join` (a section chief, where it took two people): each record has what it had, and what was entered
/// by its own number or paper meanwhile (`entered_while_joined`). Certificates that were issued of the one and certify what is registered
/// of the other, or were given to the one as the representative that the other is, are void, and whoever has applied for them is told
/// (the call list's ENTRY); others of that time are `outdated`. Entries of others that stand by the one having been the other go first:
/// a marriage of whoever is married to somebody who lives (民法 §985), a second adoption (§1075), a guardian beside a living parent (§1091).
/// `errors` name each with its case: correct or revoke it, of which whoever it is of is told (行政程序法 §110). It also takes back that a join was asked for, or notes
/// the `person` who may truly have the same number; or, of a record that is not joined, that `to_person_id` is another human
/// (a section chief): whoever works in the office and has that name and day of birth, or whose kin does, is kept from a record without a
/// personal number until then (行政程序法 §32). A `person` without a number is given with `identified_by` in the place of
/// `national_id`; organisations and agencies are no humans, and refused. With them it moves what these cases, certificates and letters of proxy say, and
/// these themselves, to the human whom they mean: somebody with a record, or a new one; with `papers` what `:settle` has entered by them.
/// The same call on the other record moves it back. A letter that its principal's account gave stays, one that the office noted can be
/// moved to whoever could give it today; a proof of identity is undone by two (POST /v1/identity-proofs/{id}:undo) and made anew. A case is parted by its clerk or a supervisor; it names its people anew from then on, and one that is under
/// review goes back to its clerk. A protection mark that is in force protects both from then on: it takes two to lift it of either. A draft is its applicant's and stays, and so does all that an account has applied for online;
/// a certificate that was issued at the counter is moved by a supervisor who has not issued it, also where it rests on a case that
/// moves; how to reach the applicant does not move with either; a registered case is corrected by two people
/// (`:correct` of `/parties/{n}/name`, `/parties/{n}/national_id` or `/parties/{n}/identified_by`), one that changed a number revoked and entered anew.
#[utoipa::path(tag = "People", operation_id = "part_person", params(IdInPath, IfMatchHeader), request_body = PersonParting, responses(
    (status = 200, description = "The record without what was another's.", body = Person),
    (status = 409, description = "`wrong_state`: it is not joined; `conflict`: a case is a draft, registered or closed, or an account has applied for it online or has given the letter, such a letter of the other one's stands, or with `errors`: an entry of others stands by the records having been one human's; `same_person`: they have issued the certificate; `assigned_to_other`: somebody else is in charge of a case; `own_request`: it is about the caller; `holder_required`: nobody knows who works with the account."),
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
        found(tx, &node, by, from, (&if_match, &[PersonAct::Part]))?;
        if input.sources.is_empty() && input.papers.is_empty() && input.person.is_none() {
            let act = match status_of(tx, from)?.0 {
                PersonStatus::Joined => PersonAct::Part,
                PersonStatus::JoinAsked => PersonAct::TakeBackJoin,
                PersonStatus::Kept => {
                    let others = input.to_person_id.filter(|other| *other != from);
                    let Some(other) = others else { return Err(Error::wrong_state(&allowed(tx, by, from)?.1)) };
                    apart::note(tx, &node, by, (from, other), (input.document.as_deref(), input.reason.as_str()))?;
                    tell(tx, PersonAct::Part, from, json!({"to_person_id": other, "sources": []}), &input.reason);
                    return shown(tx, &node, by, from);
                }
            };
            end_join(tx, &node, by, (act, from), &input.reason)?;
            return shown(tx, &node, by, from);
        }
        let to = input.other(tx, &node, by, from)?;
        require_anothers(tx, by, &[to])?;
        let actor = by.caller.name();
        for (index, Source(source)) in input.sources.iter().enumerate() {
            let parting = Parting { from, to, source, reason: input.reason.as_str() };
            let moved = match node.part::<Domains>().follow_part(tx, &node, by, &parting) {
                Err(Error::Problem(problem)) if problem.code == Code::NOT_FOUND => false,
                moved => moved?,
            };
            if !moved {
                let text = Text::new("查無此紀錄，或其未提及此人", "there is no such record, or it does not name this person");
                return Err(Error::field(format!("/sources/{index}"), "not_found", text));
            }
            facts::move_source(tx, &node.vault, (&actor, input.reason.as_str(), by.now), &parting)?;
        }
        move_papers(tx, &node, by, (from, to), &input)?;
        protection::keep_on(tx, &node.vault, by, (from, to))?;
        let sources: Vec<&str> = input.sources.iter().map(|source| source.0.as_str()).collect();
        tell(tx, PersonAct::Part, from, json!({"to_person_id": to, "sources": sources}), &input.reason);
        shown(tx, &node, by, from)
    })
    .await
}

/// Moves what papers have settled of a record to whom they mean: whoever settles of either may do so.
fn move_papers(tx: &mut Tx, node: &Node, by: &By, (from, to): (Id, Id), input: &PersonParting) -> Result<()> {
    for (index, paper) in input.papers.iter().enumerate() {
        [from, to].into_iter().try_for_each(|record| require_second(tx, by, PersonAct::Settle, record))?;
        let (actor, paper) = (by.caller.name(), paper.index(&node.vault));
        if !facts::move_paper(tx, &node.vault, (&actor, input.reason.as_str(), by.now), (&paper, from, to))? {
            let text = Text::new("此紀錄並無以此文件核定之資料", "nothing of this record was settled by this paper");
            return Err(Error::field(format!("/papers/{index}/number"), "not_found", text));
        }
    }
    Ok(())
}

/// Ends a join, or takes back that one was asked for; what took two people to join takes a supervisor. Each record is its own again,
/// with what was entered by its number meanwhile, and who was told or given something of the one as the other is told right. What
/// others have registered since by what the one held for the other goes first.
fn end_join(tx: &mut Tx, node: &Node, by: &By, (act, record): (PersonAct, Id), why: &Note) -> Result<()> {
    require_second(tx, by, act, record)?;
    if let Some(ended) = joins::part(tx, &node.vault, by, record, why.as_str())? {
        node.part::<Domains>().judge_part(tx, node, by, (record, ended.into))?;
        protection::keep_on(tx, &node.vault, by, (record, ended.into))?;
        protection::keep_on(tx, &node.vault, by, (ended.into, record))?;
        let joining = Joining { record, into: ended.into, ended: Some((ended.id, ended.since)) };
        node.part::<Domains>().follow_join(tx, node, by, &joining)?;
    }
    tell(tx, act, record, json!({}), why);
    Ok(())
}

/// Ends joins that rest on a false paper, or takes back that they were asked for, as `:part` does.
fn end_joins(tx: &mut Tx, node: &Node, by: &By, resting: &[(Id, Id)], why: &Note) -> Result<()> {
    let people: Vec<Id> = resting.iter().flat_map(|(record, into)| [*record, *into]).collect();
    numbers::own(tx, &people)?;
    for (record, _) in resting {
        let act = match status_of(tx, *record)?.0 {
            PersonStatus::Joined => PersonAct::Part,
            PersonStatus::JoinAsked => PersonAct::TakeBackJoin,
            PersonStatus::Kept => continue,
        };
        end_join(tx, node, by, (act, *record), why)?;
    }
    Ok(())
}

/// A paper that was found false, or somebody else's.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"document": {"kind": "ID_CARD", "number": "製證字第 1150001234 號"}, "reason": "經查為偽造"}))]
pub struct DocumentStrike {
    /// Of whatever kind it was entered.
    document: Paper,
    /// Whether the paper is true, and was only entered under this record by mistake: then what rests on it is struck of this record
    /// alone, and of no other, joined or not.
    #[serde(default)]
    only_this_record: bool,
    reason: Note,
}

/// Strikes all that rests on a paper.
///
/// By a branch desk only of somebody of whom it has a matter at hand (`forbidden`).
/// In one act, of whomever it says something, where anything of this person, in whichever of their records, rests on it: facts
/// that were entered by it, letters of proxy, and joins of records and notes that two are of two humans, at once; a join that took two
/// people by a section chief, as by `:part`; and out of every certificate that is not issued yet it is taken as a consent, as
/// the proof of a representative and as a letter, so that what it was shown for is shown anew before one is issued. A proof of identity that rests on it stands until another person, a
/// supervisor, completes its end by POST /v1/identity-proofs/{id}:undo: the strike counts as the first half, as if this caller
/// had asked for it. What is true nevertheless is proven or entered anew by a true paper. A true paper that was entered under the wrong
/// record is struck of that alone (`only_this_record`): joins and notes that rest on it stay. `:settle` of the record whose it is, or of
/// this one should that be a mistake, enters it again; `:part` with `papers` moves it there at once.
#[utoipa::path(tag = "People", operation_id = "strike_document", params(IdInPath, IfMatchHeader), request_body = DocumentStrike, responses(
    (status = 200, description = "The record without what rested on the paper.", body = Person),
    (status = 403, description = "`forbidden`: a join rests on it that took two people, and a section chief strikes it; or a branch desk has no matter of this person at hand."),
    (status = 409, description = "`own_request`: it is about the caller, or something of theirs rests on the paper; `same_person`: they have made a proof that rests on it; `conflict` with `errors`: a join rests on it, and an entry of others by that join stands, as by `:part`; `holder_required`."),
    (status = 422, description = "`invalid`, with `not_found` at `/document/number`: nothing of this person rests on the paper."),
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
        found(tx, &node, by, id.0, (&if_match, &[PersonAct::StrikeDocument]))?;
        let (index, reason, actor) = (input.document.index(&node.vault), input.reason.as_str(), by.caller.name());
        let records = joins::records(tx, id.0)?;
        let only = input.only_this_record.then_some(id.0);
        let which = only.map_or(Strikes::Paper(&index), |record| Strikes::PaperOf(&index, record));
        let struck = facts::strike(tx, &node.vault, &which, (&actor, reason, by.now))?;
        let paper = FalsePaper { index: &index, reason, of: only };
        let mut of = node.part::<Domains>().follow_strike(tx, &node, by, &paper)?;
        of.extend(&struck);
        // What says of two records whose they are is no entry of the one of them: `:part` undoes it.
        let resting = if only.is_some() { Vec::new() } else { joins::resting_on(tx, &index)? };
        of.extend(resting.iter().flat_map(|(record, into)| [*record, *into]));
        of.extend(if only.is_some() { Vec::new() } else { joins::strike_notes(tx, &index, by.now)? });
        if !records.iter().any(|record| of.contains(record)) {
            let text = Text::new("此人並無以此文件為據之資料", "nothing of this person rests on this paper");
            return Err(Error::field("/document/number", "not_found", text));
        }
        require_anothers(tx, by, &of)?;
        end_joins(tx, &node, by, &resting, &input.reason)?;
        tell(tx, PersonAct::StrikeDocument, id.0, json!({"people": struck}), &input.reason);
        shown(tx, &node, by, id.0)
    })
    .await
}
