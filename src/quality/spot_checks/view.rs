//! A spot check as it is shown, and what the caller can do with it.

use serde::Serialize;
use utoipa::ToSchema;

use super::super::QualitySettings;
use super::super::model::{SpotCheckAct, SpotCheckStatus};
use super::store::{Row, own};
use crate::auth::whoever::whoever;
use crate::auth::{By, Reach, WITHHELD};
use crate::calendar::Deadline;
use crate::cases;
use crate::cases::case::Case;
use crate::cases::errors::{ErrorSource, Finding};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Error, Result};
use crate::http::{Page, Reply};
use crate::node::Node;
use crate::people::Note;
use crate::scheduling::Plans;
use crate::states::{Part, in_own_matter};

/// A spot check.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "draw_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70",
    "case_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "clerk_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "service_point": "HEMEI",
    "stratum": "type:BIRTH", "status": "FOUND", "checker_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e73",
    "finding": {"error_code": "WRONG_ENTRY", "severity": "MINOR", "cause": "OVERSIGHT", "note": "胎次登載錯誤"},
    "source": "SPOT_CHECK", "rebuttal": null, "ruling": null, "error_id": null, "rebuttal_due_at": "2026-12-10T23:59:59+08:00", "allowed_actions": ["rule-dismiss"],
    "updated_at": "2026-12-01T10:00:00+08:00"
}))]
pub struct SpotCheck {
    pub id: Id,
    pub draw_id: Id,
    pub case_id: Id,
    /// Account of the clerk in charge.
    pub clerk_id: Id,
    #[schema(max_length = 20)]
    pub service_point: String,
    /// What drew it: `clerk:…`, `type:…` or `channel:…`.
    #[schema(max_length = 80)]
    pub stratum: String,
    pub status: SpotCheckStatus,
    /// Account of the checking supervisor.
    pub checker_id: Option<Id>,
    pub finding: Option<Finding>,
    /// How the error came to light.
    pub source: Option<ErrorSource>,
    #[schema(max_length = 500)]
    pub rebuttal: Option<String>,
    #[schema(max_length = 500)]
    pub ruling: Option<String>,
    /// The error that an upheld finding made.
    pub error_id: Option<Id>,
    /// Until when the clerk is heard on the finding; before, it is not upheld without a rebuttal.
    pub rebuttal_due_at: Option<Moment>,
    /// What the caller can do now.
    #[schema(value_type = Vec<SpotCheckAct>, max_items = 5)]
    pub allowed_actions: Vec<&'static str>,
    pub updated_at: Moment,
}

/// What the caller can do, by name.
pub fn allowed(conn: &mut Conn, node: &Node, by: &By, row: &Row) -> Result<Vec<&'static str>> {
    let me = own(by)?;
    // Whoever sees only what is assigned to them does only what the clerk of the case does, and nobody else does that.
    let mine = |reach: Reach| (reach == Reach::Assigned) == (by.reach == Reach::Assigned);
    let mut names = Vec::new();
    for act in SpotCheckAct::possible(row.status) {
        let line = act.line();
        if !line.operation.and_then(|line| line.reach(by.caller.roles())).is_some_and(mine) {
            continue;
        }
        let may = match act {
            SpotCheckAct::Clear | SpotCheckAct::Find => {
                !is_anothers(row, me) && act.keep_apart(&all_parts(conn, node, by, row, me)?).is_ok()
            }
            SpotCheckAct::Uphold | SpotCheckAct::Dismiss => {
                let apart = act.keep_apart(&all_parts(conn, node, by, row, me)?).is_ok();
                apart && (act == SpotCheckAct::Dismiss || is_heard(conn, node, by, row)?)
            }
            SpotCheckAct::HandOver => act.keep_apart(&parts_in_handing_over(conn, node, by, row)?).is_ok(),
            _ => act.keep_apart(&parts(row, me)).is_ok(),
        };
        if may {
            names.push(line.name);
        }
    }
    Ok(names)
}

/// Whether it is somebody else's to check.
pub fn is_anothers(row: &Row, me: Id) -> bool {
    row.checker.is_some_and(|checker| checker != me)
}

/// Until when the clerk is heard on a finding, by the office's days as they are now.
fn rebuttal_due_at(conn: &mut Conn, node: &Node, row: &Row) -> Result<Option<Moment>> {
    let Some(found_at) = row.found_at.filter(|_| row.finding.is_some()) else { return Ok(None) };
    let period = node.config.of::<QualitySettings>().rebuttal_period;
    let plan = node.part::<Plans>().at(conn)?;
    Ok(Some(Deadline::compute(&plan.calendar, found_at.date(), period, &[]).due_at))
}

/// Whether the clerk was heard on the finding, or has let the time for it pass.
pub fn is_heard(conn: &mut Conn, node: &Node, by: &By, row: &Row) -> Result<bool> {
    Ok(row.status != SpotCheckStatus::Found || rebuttal_due_at(conn, node, row)?.is_none_or(|due_at| by.now > due_at))
}

/// The refusal that names what the caller can do instead.
pub fn refused(conn: &mut Conn, node: &Node, by: &By, row: &Row) -> Result<Error> {
    Ok(Error::wrong_state(&allowed(conn, node, by, row)?))
}

/// The parts that whoever works with an account has in a spot check and in its case, by whichever of their accounts.
pub fn all_parts(conn: &mut Conn, node: &Node, by: &By, row: &Row, account: Id) -> Result<Vec<Part>> {
    let case = cases::store::find(conn, node, by, row.case_id)?;
    let mut all = cases::store::parts(conn, &node.vault, &case, account, by.now.date())?;
    all.extend(held_parts(conn, row, &case, account)?);
    Ok(all)
}

/// The parts that whoever works with an account has in a spot check, by whichever of their accounts: its clerk is whoever had the case,
/// its checker whoever has found something, or is to.
fn held_parts(conn: &mut Conn, row: &Row, case: &Case, account: Id) -> Result<Vec<Part>> {
    let checker = row.checker.map(|checker| (checker, row.found_at.or(Some(row.updated_at))));
    let others: Vec<_> = [Some((row.clerk, Some(case.received_at))), checker].into_iter().flatten().collect();
    Ok(whoever(conn, account, &others)?.accounts.into_iter().flat_map(|own| parts(row, own)).collect())
}

/// The parts of the caller in saying who checks: as the clerk whose case it is, and in a matter of their own.
pub fn parts_in_handing_over(conn: &mut Conn, node: &Node, by: &By, row: &Row) -> Result<Vec<Part>> {
    let case = cases::store::find(conn, node, by, row.case_id)?;
    let whom = cases::store::involved(conn, &node.vault, &case)?;
    let mut all = held_parts(conn, row, &case, own(by)?)?;
    all.extend(in_own_matter(conn, by, whom)?);
    Ok(all)
}

/// The parts that an account has in a spot check, beside those in its case.
pub fn parts(row: &Row, account: Id) -> Vec<Part> {
    let own = [(Some(row.clerk), Part::Clerk), (row.checker, Part::Checker)];
    own.into_iter().filter(|(held, _)| *held == Some(account)).map(|(_, part)| part).collect()
}

/// Spot checks as the caller sees them: without their words where the case is kept from them.
pub fn view_all(conn: &mut Conn, node: &Node, by: &By, page: Page<Row>) -> Result<Page<SpotCheck>> {
    let cases: Vec<Id> = page.items.iter().map(|row| row.case_id).collect();
    let kept = cases::kept_from(conn, node, by, &cases)?;
    page.try_map(|row| {
        let is_kept = kept.contains(&row.case_id);
        view(conn, node, by, (row, is_kept))
    })
}

fn view(conn: &mut Conn, node: &Node, by: &By, (row, is_kept): (Row, bool)) -> Result<SpotCheck> {
    let told = |text: Option<String>| text.map(|text| if is_kept { WITHHELD.to_owned() } else { text });
    let finding = row.found(&node.vault)?;
    let withheld = |found: Finding| Finding { note: Note::from_store(WITHHELD.to_owned()), ..found };
    Ok(SpotCheck {
        allowed_actions: allowed(conn, node, by, &row)?,
        ruling: told(row.open(&node.vault, "ruling", row.ruling.as_ref())?),
        rebuttal: told(row.open(&node.vault, "rebuttal", row.rebuttal.as_ref())?),
        finding: if is_kept { finding.map(withheld) } else { finding },
        rebuttal_due_at: rebuttal_due_at(conn, node, &row)?,
        id: row.id,
        draw_id: row.draw_id,
        case_id: row.case_id,
        clerk_id: row.clerk,
        service_point: row.service_point,
        stratum: row.stratum,
        status: row.status,
        checker_id: row.checker,
        source: row.source,
        error_id: row.error_id,
        updated_at: row.updated_at,
    })
}

/// The answer that shows a spot check.
pub fn shown(conn: &mut Conn, node: &Node, by: &By, row: Row) -> Result<Reply> {
    let version = row.version;
    let is_kept = cases::kept_from(conn, node, by, &[row.case_id])?.contains(&row.case_id);
    Ok(Reply::ok(&view(conn, node, by, (row, is_kept))?)?.version(version))
}
