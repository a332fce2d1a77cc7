//! Reinstatements: a revocation that was a mistake is undone, by two people; the entry stands again with its own day.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::acts;
use super::again;
use super::ages;
use super::awaited;
use super::case::Case;
use super::changes::{Change, ChangeKind, propose};
use super::decisions;
use super::duplicates;
use super::effects::{self, Effect};
use super::fields::{CaseFields, PartyRole};
use super::grounds;
use super::named;
use super::policy::ReinstateCase;
use super::resting;
use super::revocations;
use super::seals;
use super::status;
use super::store;
use super::view::CaseView;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Tx};
use crate::domain::case_path;
use crate::error::Result;
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::facts::{self, FactKind, NewFact, Rank};
use crate::people::{self, Note, overruled};

/// A reinstatement.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "誤撤他案，原登記無誤", "office_error": true}))]
pub struct ReinstatementInput {
    /// Why the revocation was a mistake.
    reason: Note,
    /// Codes of the checklist's papers that are there for it, beside those that the case has: also those for which the register has given
    /// cause since it was taken, such as the ground of a guardianship beside a parent who was entered later (GUARDIANSHIP_GROUND).
    #[serde(default)]
    #[schema(max_items = 60)]
    papers: Vec<String>,
    /// Once you have looked at the cases that may be the same, which were entered since, and it is another matter.
    #[serde(default)]
    confirm_not_duplicate: bool,
    /// The office made the mistake, and the error counts. Everybody of whom the entry is is told (the call list's ENTRY).
    office_error: bool,
}

/// Reinstates a revoked case.
///
/// For a revocation that was a mistake. As for corrections: it waits for a supervisor other than whoever proposes it
/// (`:approve-change`), with a line in the maintenance record book; `:withdraw-change` takes it back. The entry stands again
/// with its own day, and what followed from it comes back: a name, a number, a seal, a birth's record, a marriage or its end.
/// What the case has shown it is asked for no more: papers that it has, their alternatives, and entries that were revoked already when it
/// was taken. It is judged as at its intake, in its own place among the entries and by what the register says by now of whoever acted in it, its
/// witnesses as well, when it is proposed and when it is approved: another case
/// that may be the same and was entered since is a `possible_duplicate`, unless it is confirmed to be none; a limit that others
/// have used up since is `range`; a number that somebody else has by now is `taken`, a paper for which the register has given cause
/// by now is `documents_missing` unless it is there by `papers`; a parent whom it would bring beside a guardian is `later_entry` (民法
/// §1091); where one of its parties has married since, whoever approves it is shown both marriages
/// (`register_contradicts`). Certificates that were voided with it are valid again where nothing hinders that; agencies that
/// were told of the revocation are told at once what is right, and those whose notice it stopped are told now. The
/// revocation stays in the history.
#[utoipa::path(tag = "Cases", operation_id = "reinstate_case", params(IdInPath, IfMatchHeader), request_body = ReinstatementInput, responses(
    (status = 200, description = "The case as it stands; the proposal waits.", body = CaseView),
    (status = 409, description = "With `allowed_actions`: `wrong_state`: it is not revoked; `conflict`: a change waits for a decision, or the register has come to forbid the entry, with `errors` (`taken`, `person_deceased`, `not_registered` where one is revoked on which it rested, `later_entry` where the application by which it was revoked stands …); `documents_missing` with `missing_papers`; `possible_duplicate` with `matches`; `entry_incomplete`: it is a revocation, and what it revokes stands again; `assigned_to_other`; `own_request`: it is about whoever acts; `protected`: it hands out an entry to somebody who is barred from it by now; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/cases/{id}:reinstate")]
pub async fn reinstate_case(
    may: May<ReinstateCase>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<ReinstatementInput>,
) -> Result<Reply> {
    acts::change(may, node, id.0, if_match, move |tx, node, by, case| {
        let change = Change::proposed(by, ChangeKind::Reinstate, &input.reason, input.office_error);
        let change = Change { papers: input.papers.clone(), ..change };
        let proposed = propose(tx, node, by, case, &change)?;
        duplicates::settle(tx, node, by, case, input.confirm_not_duplicate)?;
        decisions::rehearse(tx, node, by, case, &change)?;
        Ok(proposed)
    })
    .await
}

/// Refuses to propose a revocation that nobody could approve, as long as other entries rest on the one to revoke.
pub fn foresee_revocation(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<()> {
    effects::foresee(conn, node, by, case, None)?;
    resting::require_none(conn, node, case, by.now.date())
}

/// Refuses to propose what nobody could approve: what the register says by now stands against the entry.
pub fn foresee(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<()> {
    again::require_still_open(conn, node, by, case)?;
    let fields = effects::entered(conn, node, case)?;
    grounds::require(conn, node, case, &fields)?;
    if let Some(problem) = awaited::incomplete(conn, node, case)? {
        return Err(problem.into());
    }
    revocations::require_none(conn, node, case)?;
    seals::require_place(conn, &node.vault, case)?;
    // What it took for the name or the number of before is what its papers showed, whatever was corrected since.
    match Effect::of(&fields) {
        Effect::Renumber { to, .. } => people::numbers::require_free(conn, &node.vault, &to)?,
        Effect::Number { to } => {
            effects::require_unnumbered(conn, node, case)?;
            people::numbers::require_free(conn, &node.vault, &to)?;
        }
        Effect::Nothing | Effect::Rename { .. } | Effect::CertifySeal => {}
    }
    ages::obey_restored(conn, node, case, &fields)?;
    status::check_restored(conn, node, by, case, &fields)
}

/// Carries out anew what followed from a case, with its own day.
pub fn carry_out(tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
    foresee(tx, node, by, case)?;
    duplicates::settle(tx, node, by, case, false)?;
    let fields = effects::entered(tx, node, case)?;
    say_again(tx, node, by, case, &fields)?;
    match Effect::of(&fields) {
        // It was certified on its day, whatever became of the seal since.
        Effect::CertifySeal => {}
        effect => effect.carry_out(tx, node, by, case)?,
    }
    status::restore(tx, node, by, case, &fields)?;
    overruled::stand_with(tx, &node.vault, &case_path(case.id), by.now)?;
    let people = effects::party_ids(tx, case)?;
    seals::follow(tx, &node.vault, (case, true), &people, by.now)
}

/// Says anew what the case has registered of whom it is about: their name and their day of birth. What it has only shown to be
/// on a paper still stands, and what else fell with the revocation stands again after it.
fn say_again(tx: &mut Tx, node: &Node, by: &By, case: &Case, fields: &CaseFields) -> Result<()> {
    let Some(names) = named::of(tx, node, case.id)? else { return Ok(()) };
    let (word, since) = (effects::word(by, case), effects::since(by, case));
    for (party, face) in store::parties(tx, case.id)?.into_iter().zip(&names.parties) {
        let is_registered = |kind| effects::rank(case, party.role, kind) == Rank::Registered;
        let name = effects::called(fields, party.role).unwrap_or(&face.name);
        let name = is_registered(FactKind::Name).then(|| NewFact::name(party.person_id, name.as_str()));
        let born = face.birth_on.filter(|_| is_registered(FactKind::BirthOn));
        let born = born.map(|day| NewFact::birth_on(party.person_id, day));
        for fact in name.into_iter().chain(born) {
            facts::replace_as_of(tx, &node.vault, &word, since, &fact)?;
        }
    }
    Ok(())
}

/// The child whom a birth has entered.
pub fn child(conn: &mut Conn, node: &Node, case: &Case) -> Result<Option<Id>> {
    let source = case_path(case.id);
    for party in store::parties(conn, case.id)?.into_iter().filter(|party| party.role == PartyRole::Subject) {
        if status::is_born_by(conn, node, party.person_id, &source)? {
            return Ok(Some(party.person_id));
        }
    }
    Ok(None)
}
