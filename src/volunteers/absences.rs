//! A suspension or a retirement that was entered wrongly: of the wrong days, of the wrong kind, or of somebody else.

use actix_web::post;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::binding;
use super::entries::{in_order, not_after};
use super::model::{AbsenceKind, VolunteerAbsence, VolunteerAct, VolunteerStatus};
use super::opened::Open;
use super::policy::CorrectVolunteerAbsence;
use super::store;
use super::view::{VolunteerView, applied, shown};
use crate::auth::May;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::error::{Error, Result};
use crate::http::{IfMatch, PathId, Reply, Valid, coded};
use crate::node::Node;
use crate::people::Note;

/// What an absence should say.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "SUSPENDED", "from_on": "2026-11-20", "until_on": "2026-11-25"}))]
pub struct VolunteerAbsenceInput {
    kind: AbsenceKind,
    /// First day, Asia/Taipei; not after today.
    from_on: NaiveDate,
    /// Last day, included; `null` where none is known yet.
    until_on: Option<NaiveDate>,
}

/// What is wrong with an absence.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "place": 0, "absence": {"kind": "SUSPENDED", "from_on": "2026-11-20", "until_on": "2026-11-25"}, "reason": "起訖日誤植"
}))]
pub struct VolunteerAbsenceCorrection {
    /// Which of the record's own `absences`, counted from 0.
    #[schema(minimum = 0, maximum = 199)]
    place: usize,
    /// What it should say; `null` where it never was.
    absence: Option<VolunteerAbsenceInput>,
    reason: Note,
}

impl VolunteerAbsenceCorrection {
    fn put(&self, absences: &mut Vec<VolunteerAbsence>, today: NaiveDate) -> Result<()> {
        let unknown = || Error::field("/place", "unknown", coded("unknown").1);
        let place = absences.get_mut(self.place).ok_or_else(unknown)?;
        match &self.absence {
            None => {
                absences.remove(self.place);
            }
            Some(said) => {
                not_after("/absence", "from_on", said.from_on, today)?;
                in_order("/absence", "until_on", said.from_on, said.until_on)?;
                *place = VolunteerAbsence { kind: said.kind, from_on: said.from_on, until_on: said.until_on };
            }
        }
        absences.sort_by_key(|absence| (absence.from_on, absence.until_on));
        Ok(())
    }
}

/// The act that a correction is, by the state from which it leads to another.
const fn act(from: VolunteerStatus, to: VolunteerStatus) -> VolunteerAct {
    match (from, to) {
        (VolunteerStatus::Suspended | VolunteerStatus::Retired, VolunteerStatus::Active) => VolunteerAct::CorrectAbsenceToServing,
        (VolunteerStatus::Suspended | VolunteerStatus::Retired, VolunteerStatus::Trainee) => {
            VolunteerAct::CorrectAbsenceToLearning
        }
        (VolunteerStatus::Retired | VolunteerStatus::Active | VolunteerStatus::Trainee, VolunteerStatus::Suspended) => {
            VolunteerAct::CorrectAbsenceToSuspended
        }
        (VolunteerStatus::Suspended | VolunteerStatus::Active | VolunteerStatus::Trainee, VolunteerStatus::Retired) => {
            VolunteerAct::CorrectAbsenceToRetired
        }
        _ => VolunteerAct::CorrectAbsence,
    }
}

/// Corrects a suspension or a retirement of a volunteer.
///
/// With a reason: one of the wrong days or of the wrong kind is put right, and one that was entered of the wrong person is taken away. The
/// state follows; the history keeps both values. An absence of a merged record is corrected there.
#[utoipa::path(tag = "Volunteers", operation_id = "correct_volunteer_absence", params(IdInPath, IfMatchHeader), request_body = VolunteerAbsenceCorrection, responses(
    (status = 200, description = "The volunteer.", body = VolunteerView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict` with `standing_id`: they would be a volunteer by two records; `own_request`: it is the caller, or somebody close to them; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/volunteers/{id}:correct-absence")]
pub async fn correct_volunteer_absence(
    may: May<CorrectVolunteerAbsence>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<VolunteerAbsenceCorrection>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let today = by.now.date();
        let mut open = Open::find(tx, &node, by, (id.0, &if_match))?;
        applied(tx, &node, by, (&open.row, &open.kept), VolunteerAct::CorrectAbsence)?;
        let before = open.row.status;
        input.put(&mut open.kept.absences, today)?;
        binding::follow(tx, &node.vault, (&mut open.row, &open.kept), today)?;
        if before == VolunteerStatus::Retired && open.row.status.is_live() {
            store::require_alone(tx, &open.row)?;
        }
        let act = act(before, open.row.status);
        open.save(tx, &node, act, input.reason.as_str())?;
        shown(tx, &node, by, open.row)
    })
    .await
}
