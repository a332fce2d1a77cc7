//! How secret a petition is: anybody who sees it may make it more so; less only its custodian with a reason, and by another's word.

use super::acting::{Open, conflict, others_merged};
use super::concerns::{PetitionPatch, custodians_alone};
use super::group;
use super::model::{PetitionAct, PetitionStatus};
use super::steps::Lifting;
use crate::auth::By;
use crate::db::Conn;
use crate::error::{Code, Error, Result, Text};
use crate::people::Note;
use crate::states::{Part, keep_apart, parts_of};

impl PetitionPatch {
    /// Makes a petition as secret as it is said to be, or proposes that it be less so.
    pub fn put_marks(&self, conn: &mut Conn, by: &By, open: &mut Open) -> Result<()> {
        let lifted = |asked: Option<bool>, is: bool| asked == Some(false) && is;
        let confidential = lifted(self.confidential, open.row.confidential);
        let whistleblower = lifted(self.whistleblower, open.row.whistleblower);
        if confidential || whistleblower {
            require_alone(conn, open)?;
            return self.propose_lifting(by, open, (confidential, whistleblower));
        }
        if self.whistleblower == Some(true) && !open.row.whistleblower {
            open.row.whistleblower = true;
            open.row.confidential = true;
            let is_settled = open.row.concerns_settled && open.sight.has_custody(&open.row);
            if !is_settled {
                quarantine(open);
            }
        }
        if self.confidential == Some(true) {
            open.row.confidential = true;
            // What is secret and not entered yet is its custodian's alone, as where it is taken so.
            open.row.guarded |= open.row.status.is_early();
        }
        Ok(())
    }

    fn propose_lifting(&self, by: &By, open: &mut Open, (confidential, whistleblower): (bool, bool)) -> Result<()> {
        let at = if confidential { "/confidential" } else { "/whistleblower" };
        if !open.sight.has_custody(&open.row) {
            return Err(custodians_alone(at));
        }
        if confidential && open.row.whistleblower && !whistleblower {
            let text = Text::new("揭弊案件一律保密", "what a whistleblower says is confidential");
            return Err(Error::field(at, "not_allowed", text));
        }
        let Some(reason) = &self.reason else {
            return Err(Error::field("/reason", "required", Text::new("請敘明理由", "say why it shall be less secret")));
        };
        let reason = reason.as_str().to_owned();
        let (proposed_by, proposed_at) = (by.caller.name(), by.now);
        open.handling.lifting = Some(Lifting { confidential, whistleblower, reason, proposed_by, proposed_at });
        Ok(())
    }

    /// Decides on what was proposed: a supervisor or another who looks after it, and never whoever has proposed it.
    pub fn decide_on_lifting(&self, conn: &mut Conn, by: &By, open: &mut Open) -> Result<()> {
        let Some(approve) = self.approve_lifting else { return Ok(()) };
        let Some(lifting) = open.handling.lifting.clone() else {
            return Err(conflict("無待決之解密申請", "nobody has proposed that it be less secret"));
        };
        if !by.caller.supervises() && !open.sight.has_custody(&open.row) {
            return Err(Code::FORBIDDEN.into());
        }
        let done = (Part::Proposer, lifting.proposed_by.as_str(), Some(lifting.proposed_at));
        let parts = parts_of(conn, &by.caller, [done])?;
        keep_apart(&parts, &[Part::Unnamed, Part::Proposer])?;
        if approve {
            require_alone(conn, open)?;
            keep_apart(&parts, &[Part::Remaining])?;
            open.row.whistleblower &= !lifting.whistleblower;
            open.row.confidential &= !lifting.confidential;
        }
        open.handling.lifting = None;
        Ok(())
    }

    /// Why, as the history tells it.
    pub fn why(&self) -> String {
        self.reason.as_ref().map(Note::as_str).unwrap_or_default().to_owned()
    }
}

/// Refuses to make one less secret with which others are answered: each petitioner was promised their own.
fn require_alone(conn: &mut Conn, open: &Open) -> Result<()> {
    if group::merged_into(conn, open.row.id)?.is_empty() { Ok(()) } else { Err(others_merged()) }
}

/// Gives a petition to its custodian alone, until it is released, with nothing of what was under way.
pub fn quarantine(open: &mut Open) {
    open.row.guarded = true;
    (open.row.handler, open.row.supplement_until) = (None, None);
    (open.handling.approval, open.handling.filing) = (None, None);
    if open.handling.asked_extension().is_some() {
        open.handling.extension = None;
    }
    // What is over stays over, and is taken up again through quarantine.
    open.row.status = PetitionAct::Quarantine.after(open.row.status).unwrap_or(open.row.status);
    if open.row.status == PetitionStatus::Quarantine {
        open.handling.recalled = open.handling.drafts.len();
    }
}
