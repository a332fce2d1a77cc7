//! The one extension: asked for with its reason, approved by another before the limit, and told.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::acting::{Open, change, conflict};
use super::group;
use super::model::PetitionAct;
use super::policy::ExtendPetition;
use super::settings::PetitionSettings;
use super::steps::Extension;
use super::tellings::ToldAbout;
use super::told;
use super::view::PetitionView;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::Note;
use crate::scheduling::Plans;

/// An extension that is asked for, or a word on one.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"days": 15, "reason": "須向他機關調閱資料"}))]
pub struct ExtensionInput {
    /// To ask for one: by how many days.
    #[schema(minimum = 1, maximum = 30)]
    days: Option<u16>,
    /// To ask for one: as the petitioner is told it. With a refusal: why.
    reason: Option<Note>,
    /// To decide on the one that another has asked for.
    approve: Option<bool>,
}

impl ExtensionInput {
    fn check(&self) -> Result<()> {
        let required = |at: &str| Error::field(at, "required", Text::new("此欄位為必填", "this field is required"));
        match (self.approve, self.days, &self.reason) {
            (None, None, _) => Err(required("/days")),
            (None | Some(false), _, None) => Err(required("/reason")),
            (Some(_), Some(_), _) => Err(Error::field("/days", "not_allowed", Text::new("此處不填", "it does not belong here"))),
            _ => Ok(()),
        }
    }
}

/// Extends the limit of a petition.
///
/// Once in a period: whoever is in charge asks for it with `days` and `reason`, and a supervisor who is another person decides with
/// `approve`, before the limit, which tells the petitioner the reason. By at most 30 days, and 60 in all from its receipt
/// (settings); supplements are not counted. Where others are merged into it their limits are extended with it, each for as long as
/// it has not passed and can be, and each petitioner is told.
#[utoipa::path(tag = "Petitions", operation_id = "extend_petition", params(IdInPath, IfMatchHeader), request_body = ExtensionInput, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `conflict`: the limit has passed; `own_request`: whoever asked does not decide; `asker_gone`: whoever asked holds no office any more; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/petitions/{id}:extend")]
pub async fn extend_petition(
    may: May<ExtendPetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<ExtensionInput>,
) -> Result<Reply> {
    input.check()?;
    let approve = input.approve;
    let choose = move |_: &Open| match approve {
        None => PetitionAct::AskExtension,
        Some(true) => PetitionAct::Extend,
        Some(false) => PetitionAct::RefuseExtension,
    };
    change(may, node, id.0, if_match, choose, move |tx, node, by, open| {
        let why = input.reason.as_ref().map(Note::as_str).unwrap_or_default().to_owned();
        match (input.approve, input.days) {
            (Some(false), _) => open.handling.extension = None,
            (Some(true), _) => approve_extension(tx, node, by, open)?,
            (None, days) => ask(tx, node, by, open, (days.unwrap_or_default(), &why))?,
        }
        Ok(why)
    })
    .await
}

fn require_in_time(by: &By, open: &Open) -> Result<()> {
    if open.row.due_at.is_some_and(|due| due < by.now) {
        return Err(conflict("期限已過，不得延長", "the limit has passed, and cannot be extended any more"));
    }
    Ok(())
}

fn ask(conn: &mut Conn, node: &Node, by: &By, open: &mut Open, (days, reason): (u16, &str)) -> Result<()> {
    require_in_time(by, open)?;
    let settings: &PetitionSettings = node.config.of();
    if i64::from(days) > settings.extension_days || !fits(conn, node, open, days)? {
        let (most, longest) = (settings.extension_days, settings.longest_days);
        let text = Text::new(
            format!("延長至多 {most} 日，連同原期間至多 {longest} 日"),
            format!("at most {most} days, and {longest} days in all"),
        );
        return Err(Error::field("/days", "range", text));
    }
    open.handling.extension = Some(Extension {
        days,
        reason: reason.to_owned(),
        asked_by: by.caller.name(),
        asked_at: by.now,
        approved_at: None,
        told_by: None,
        revoked: None,
    });
    Ok(())
}

/// Moves the limit, and tells the petitioner why.
fn approve_extension(tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<()> {
    require_in_time(by, open)?;
    let Some(extension) = open.handling.extension.clone() else { return Ok(()) };
    grant(tx, node, by, open, extension.clone())?;
    group::follow(tx, node, by, (open.row.id, PetitionAct::ShareExtension, &extension.reason), |tx, member| {
        let is_late = member.row.due_at.is_none_or(|due| due < by.now);
        // One that was asked for before it was merged waits for nobody any more.
        let is_extended = member.handling.extension.as_ref().is_some_and(Extension::stands);
        if is_late || is_extended || !fits(tx, node, member, extension.days)? {
            return Ok(false);
        }
        grant(tx, node, by, member, extension.clone())?;
        Ok(true)
    })
}

/// Whether today's period may be longer by so many days.
fn fits(conn: &mut Conn, node: &Node, open: &Open, days: u16) -> Result<bool> {
    let plan = node.part::<Plans>().at(conn)?;
    let longest = u16::try_from(node.config.of::<PetitionSettings>().longest_days).unwrap_or_default();
    let Some(mut extended) = open.handling.periods.last().cloned() else { return Ok(false) };
    extended.extended_by = Some(days);
    extended.is_within(&plan.calendar, longest)
}

fn grant(tx: &mut Tx, node: &Node, by: &By, open: &mut Open, mut extension: Extension) -> Result<()> {
    extension.approved_at = Some(by.now);
    if let Some(period) = open.handling.periods.last_mut() {
        (period.extended_by, period.extended_at) = (Some(extension.days), Some(by.now));
    }
    open.handling.extension = Some(extension);
    told::tell(tx, node, open, (ToldAbout::Extension, 1), by.now).map(drop)
}
