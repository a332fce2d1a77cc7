//! Operations on the audit log.

use actix_web::get;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::policy::{ListAuditLog, VerifyAuditLog};
use super::store::{self, Filter, about, id_of, told_hash};
use crate::auth::whoever::kept_records;
use crate::auth::{By, May, WITHHELD, told};
use crate::clock::Moment;
use crate::db::journal::Line;
use crate::db::{Conn, Id};
use crate::domain::Domains;
use crate::error::Result;
use crate::http::{Listing, Page, Paging, Params, Reply, ordered_days};
use crate::node::Node;
use crate::people::mask_numbers;
use crate::people::protection::model::MarkAct;
use crate::secrets::vault::Vault;

/// Filters of the audit log.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AuditFilter {
    /// Whose data.
    person_id: Option<Id>,
    /// Who acted: `accounts/{id}`, `clients/{id}`, `bookings/{id}`, `anonymous` or `system`.
    #[param(min_length = 1, max_length = 60)]
    actor: Option<String>,
    /// What was done, such as `booking.created`; or why it was refused: `own_request.refused`, `same_person.refused`,
    /// `holder_required.refused`, `asker_gone.refused`.
    #[param(min_length = 1, max_length = 60)]
    action: Option<String>,
    /// First day, Asia/Taipei.
    from: Option<NaiveDate>,
    /// Last day, Asia/Taipei.
    to: Option<NaiveDate>,
}

/// One line of the audit log.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "6p0Jb1u3Qm8cV2nZ5xKe7tRwA4sLhGdY", "at": "2026-11-23T09:00:00+08:00", "operation": "create_booking", "actor": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f",
    "client": "huzheng", "address": "127.0.0.1", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "action": "booking.created",
    "subject": "bookings/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70", "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71",
    "fields": "", "purpose": "",
    "hash": "q0mS3b2ZkR7xw1nC4vT8aAq0mS3b2ZkR7xw1nC4vT8a"
}))]
pub struct AuditLine {
    /// The same for whoever reads the line, and as long for all: it tells neither which line it is, nor how many stand before it.
    #[schema(min_length = 32, max_length = 32)]
    id: String,
    at: Moment,
    /// `operationId` of the request, or the command that ran.
    #[schema(max_length = 60)]
    operation: String,
    #[schema(max_length = 60)]
    actor: String,
    /// The client through which it came.
    #[schema(max_length = 60)]
    client: String,
    #[schema(max_length = 60)]
    address: String,
    #[schema(max_length = 32)]
    trace_id: String,
    #[schema(max_length = 60)]
    action: String,
    #[schema(max_length = 200)]
    subject: String,
    person_id: Option<Id>,
    /// Names of the fields read or changed.
    #[schema(max_length = 500)]
    fields: String,
    /// The reason given. It may name people: the county, whose records they are not, is told `＊＊＊` where there was one.
    #[schema(max_length = 500)]
    purpose: String,
    /// Binds the line to all before it: it changes when one of these does. It is keyed, so that nobody finds by it what stands before the
    /// line and is not shown to them.
    #[schema(max_length = 43)]
    hash: String,
}

impl AuditLine {
    fn of(vault: &Vault, by: &By, line: Line) -> Result<Self> {
        let said = line.said(|identity, kept| vault.open_text(identity, kept))?;
        let (id, hash) = (id_of(vault, &line), told_hash(vault, &line));
        let Line { at, operation, actor, client, address, trace_id, action, subject, person_id, fields, .. } = line;
        // Of before such texts were refused: the line itself, and its place in the chain, stay as they are.
        let purpose = told(by, mask_numbers(&said));
        Ok(Self { id, at, operation, actor, client, address, trace_id, action, subject, person_id, fields, purpose, hash })
    }

    /// What was done and when, without by whom, from where and why.
    fn without_actor(self) -> Self {
        let hidden = || WITHHELD.to_owned();
        Self { actor: hidden(), client: hidden(), address: hidden(), trace_id: String::new(), purpose: hidden(), ..self }
    }

    /// That something was done, when and by whom, without what it is about.
    fn without_subject(self) -> Self {
        let hidden = || WITHHELD.to_owned();
        Self { subject: hidden(), person_id: None, fields: String::new(), purpose: hidden(), trace_id: String::new(), ..self }
    }
}

/// What of the audit log a caller is told.
fn told_of(conn: &mut Conn, node: &Node, by: &By, query: AuditFilter) -> Result<Filter> {
    let domains = node.part::<Domains>();
    let (unseen, nameless) = (domains.unseen(conn, node, by)?, domains.nameless(conn, node, by)?);
    Ok(Filter {
        person: query.person_id,
        actor: query.actor,
        action: query.action,
        from: query.from.map(Moment::start_of),
        to: query.to.map(Moment::end_of),
        closed: kept_records(conn, by)?,
        told: MarkAct::ALL.iter().map(|act| act.line().journal).collect(),
        unseen: about(conn, unseen)?,
        nameless: about(conn, nameless)?,
    })
}

/// Lists the audit log.
///
/// Newest first, in the order in which it was written; neither the `id` of a line nor a cursor tells how many lines stand between two. Lines are kept for ever and never changed; they name records and fields, never values. Where four eyes or an own
/// matter (行政程序法 §32) kept somebody from an act, a line tells who it was, the operation and the record: of the same refusal one
/// an hour, and of one caller at most 60 an hour. Lines of a matter of the caller's own are left out: of themselves, their spouse or
/// kin, or somebody from whose data they are barred, whichever filter is given; and so are those of petitions that the caller does not
/// see, of the inquiries and complaints out of which these came, and of the holds and disposals of any of them. Of a confidential petition that they do not read as it was written it
/// is told what was done with it, its mail, its attachments, its holds and disposals, and when: by whom, from where and why is `＊＊＊`, and no line of it is found
/// by who acted; its custodian reads in its history who has had it revealed. Of a protection mark in such a matter they are told, where
/// no person is asked for, that it was entered, corrected, confirmed or lifted, when and by whom: what it is about is `＊＊＊`.
#[utoipa::path(tag = "Audit", operation_id = "list_audit_log", params(AuditFilter, Listing), responses((status = 200, description = "A page of lines.", body = Page<AuditLine>)))]
#[get("/v1/audit-log")]
pub async fn list_audit_log(
    may: May<ListAuditLog>,
    node: Data<Node>,
    Params(query): Params<AuditFilter>,
    paging: Paging,
) -> Result<Reply> {
    ordered_days(query.from, query.to)?;
    may.node().db.sealed().await?;
    may.read(move |conn, by| {
        let filter = told_of(conn, &node, by, query)?;
        Reply::ok(&store::list(conn, &node.vault, &filter, &paging)?.try_map(|line| {
            let is_kept = line.person_id.is_some_and(|person| filter.closed.contains(&person));
            let line = AuditLine::of(&node.vault, by, line)?;
            let is_nameless = filter.nameless.contains(&line.subject);
            let line = if is_nameless { line.without_actor() } else { line };
            Ok(if is_kept { line.without_subject() } else { line })
        })?)
    })
    .await
}

/// Whether the audit log is whole.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "intact": true, "whole_to": "6p0Jb1u3Qm8cV2nZ5xKe7tRwA4sLhGdY",
    "head": "q0mS3b2ZkR7xw1nC4vT8aAq0mS3b2ZkR7xw1nC4vT8a"
}))]
pub struct AuditProof {
    /// Whether each line follows from those before it, the last one too; of all lines, also of those that the caller is not shown.
    intact: bool,
    /// `id` of the newest line up to which it is whole, of those that the list shows the caller; `null` where that is none.
    #[schema(min_length = 32, max_length = 32)]
    whole_to: Option<String>,
    /// `hash` of that line: keep both elsewhere, to prove later that nothing before the line was changed.
    #[schema(max_length = 43)]
    head: Option<String>,
}

/// Proves the audit log.
///
/// Recomputes the chain of hashes from the first line to the last. It tells neither how many lines there are, nor of one that the list does
/// not show the caller: where the log is broken, all after `whole_to` may have been changed; the server's own log names the first line that was.
#[utoipa::path(tag = "Audit", operation_id = "verify_audit_log", responses((status = 200, description = "Whether the chain holds, and as far as which line.", body = AuditProof)))]
#[get("/v1/audit-log:verify")]
pub async fn verify_audit_log(may: May<VerifyAuditLog>, node: Data<Node>) -> Result<Reply> {
    may.node().db.sealed().await?;
    may.read(move |conn, by| {
        let broken = store::first_broken(conn, &node.vault)?;
        if let Some(line) = broken {
            tracing::error!(line, "the audit log was changed");
        }
        let filter = told_of(conn, &node, by, AuditFilter::default())?;
        let last = store::newest(conn, &filter, broken)?;
        let whole_to = last.as_ref().map(|line| id_of(&node.vault, line));
        let head = last.as_ref().map(|line| told_hash(&node.vault, line));
        Reply::ok(&AuditProof { intact: broken.is_none(), whole_to, head })
    })
    .await
}
