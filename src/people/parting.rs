//! A record that is of two humans: parted, with what means the other one; and a join that is undone.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::facts::{self, Paper, Rank, Word};
use super::joins;
use super::model::{PersonAct, PersonStatus};
use super::policy::PartPerson;
use super::records::{Person, allowed, found, require_second, shown, status_of, tell};
use super::store::{self, Named};
use super::{Name, Note, numbers};
use crate::auth::{By, May};
use crate::calendar::PartialDate;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::domain::{Domains, Parting};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::identified;
use crate::node::Node;
use crate::states::require_anothers;

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
                person.national_id.require_human("/person")?;
                let source = format!("people/{from}");
                let word = Word { rank: Rank::Seen, source, paper: self.document.as_ref(), actor: by.caller.name(), now: by.now };
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
/// Without `sources` it undoes `:join` (a section chief, where it took two people), takes back that one was asked for, or notes
/// the `person` who may truly have the same number. A `person` without a number is given with `identified_by` in the place of
/// `national_id`; organisations and agencies are no humans, and refused. With them it moves what these cases and certificates say, and the cases and
/// certificates themselves, to the human whom they mean: somebody with a record, or a new one. A case is parted by its clerk or a supervisor; it names its people anew from then on, and one that is under
/// review goes back to its clerk. A draft is its applicant's and stays, and so does all that an account has applied for online;
/// a certificate that was issued at the counter is moved by a supervisor who has not issued it; a registered case is corrected by two people
/// (`:correct` of `/parties/{n}/name`, `/parties/{n}/national_id` or `/parties/{n}/identified_by`), one that changed a number revoked and entered anew.
#[utoipa::path(tag = "People", operation_id = "part_person", params(IdInPath, IfMatchHeader), request_body = PersonParting, responses(
    (status = 200, description = "The record without what was another's.", body = Person),
    (status = 409, description = "`wrong_state`: it is not joined; `conflict`: a case is a draft, registered or closed, or an account has applied for it online; `same_person`: they have issued the certificate; `assigned_to_other`: somebody else is in charge of a case; `own_request`: it is about the caller."),
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
        if input.sources.is_empty() && input.person.is_none() {
            let act = match status_of(tx, from)?.0 {
                PersonStatus::Joined => PersonAct::Part,
                PersonStatus::JoinAsked => PersonAct::TakeBackJoin,
                PersonStatus::Kept => return Err(Error::wrong_state(&allowed(tx, by, from)?.1)),
            };
            require_second(tx, by, act, from)?;
            joins::part(tx, by, from, input.reason.as_str())?;
            tell(tx, act, from, json!({}), &input.reason);
            return shown(tx, &node, by, from);
        }
        let to = input.other(tx, &node, by, from)?;
        require_anothers(tx, by, &[to])?;
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
