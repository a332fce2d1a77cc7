//! What becomes of a mail that waits: it is stopped; and of one that reached nobody: it is sent again, or told otherwise. And the report
//! that it came back.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::matters::Matters;
use super::model::{MailAct, MailStop};
use super::policy::{ReportBounce, ResendMail, SettleMail, StopMail};
use super::sender::{follow, tell};
use super::store::{self, Outgoing};
use super::view::{MailView, shown};
use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::error::{Code, Error, Problem, Result};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Email, Note, Reason};
use crate::states::{in_own_matter, require_supervisor};

/// Changes one mail: found within reach, at the version that the caller read, by nobody whose own matter it is, saved, told, and followed by
/// the record that it is about. What somebody does not see any more is not shown either by an answer that was kept.
async fn change<A: Action>(
    may: May<A>,
    node: Data<Node>,
    (id, if_match): (Id, IfMatch),
    act: MailAct,
    effect: impl Fn(&mut Tx, &By, &mut Outgoing) -> Result<String> + Send + 'static,
) -> Result<Reply> {
    let shared = node.clone();
    may.read(move |conn, by| store::find(conn, &shared, by, id).map(drop)).await?;
    may.write(move |tx, by| {
        let matters = node.part::<Matters>();
        let about = store::about(tx, id)?.ok_or(Code::NOT_FOUND)?;
        matters.take(tx, &about)?;
        let mut mail = store::find(tx, &node, by, id)?;
        if_match.check(mail.version)?;
        let involved = matters.involved(tx, &node, &mail.about)?;
        act.keep_apart(&in_own_matter(tx, by, involved)?)?;
        mail.status = act.apply(mail.status)?;
        let why = effect(tx, by, &mut mail)?;
        store::save(tx, &mut mail)?;
        tell(tx, &node, &mail, act, &why)?;
        follow(tx, &node, &mail, by.now)?;
        Ok(Reply::ok(&shown(&node, by, &mail)?)?.version(mail.version))
    })
    .await
}

fn conflict(zh: &'static str, en: &'static str) -> Error {
    Problem::new(Code::CONFLICT).detail(zh, en).into()
}

/// Why a mail is sent again, and to which address.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "當事人來電表示未收到"}))]
pub struct MailResend {
    reason: Note,
    /// The right address, where it went to a wrong one; from a section chief or the director alone. Of a record that keeps how to reach
    /// whoever it is about it is the one that the record has.
    to: Option<Email>,
}

/// Sends a mail again.
///
/// To the same address, or to a corrected one, which a section chief or the director gives: whoever gets the mail gets what it lets
/// them into. It begins anew: with all its tries, and a `Message-ID` of its own, so that no mailbox takes it for the one that it had. What
/// it says must still be so: what was taken back, or told anew by a corrected way, is not sent again. A petition and an inquiry keep how
/// to reach whoever wrote them: mail about one goes to no other address, which is put right there, so that whatever is told later
/// goes to the right one too, and a code proves the address to which it went.
#[utoipa::path(tag = "Mail", operation_id = "resend_mail", params(IdInPath, IfMatchHeader), request_body = MailResend, responses(
    (status = 200, description = "The mail, waiting.", body = MailView),
    (status = 403, description = "`forbidden`: a corrected address from a clerk."),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it waits already; `conflict`: its text is emptied, what it says is no longer so, or the record has another address; `own_request`: it is about whoever acts, their spouse or kin, or somebody from whose data they are barred; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/mails/{id}:resend")]
pub async fn resend_mail(
    may: May<ResendMail>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<MailResend>,
) -> Result<Reply> {
    let shared = node.clone();
    change(may, node, (id.0, if_match), MailAct::Resend, move |tx, by, mail| {
        if mail.letter.is_none() {
            return Err(conflict("郵件內文已逾保存期限", "its text is kept no longer"));
        }
        let is_by_hand = mail.stop.is_none_or(|stop| stop == MailStop::ByHand);
        if !is_by_hand || !shared.part::<Matters>().stands(tx, &shared, (&mail.about, mail.id))? {
            return Err(conflict("郵件所述內容已變更，不得再寄", "what it says is no longer so: it is not sent again"));
        }
        if let Some(to) = &input.to {
            require_supervisor(by)?;
            mail.address_to(tx, &shared.vault, to);
        }
        let to = mail.to(&shared.vault)?;
        if !shared.part::<Matters>().is_address(tx, &shared, (&mail.about, &to))? {
            return Err(conflict(
                "非該案現存之信箱：請先更正其聯絡方式",
                "the record has another address: put right how they are reached there",
            ));
        }
        mail.begin(by.now);
        Ok(input.reason.as_str().to_owned())
    })
    .await
}

/// Stops a mail that waits.
///
/// With the reason, before it goes out; it is not handed over any more. What the record still has to tell is told by the next way: a
/// petitioner by a letter or a call. Stopped by mistake, it is sent again.
#[utoipa::path(tag = "Mail", operation_id = "stop_mail", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The mail, stopped.", body = MailView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it does not wait; `conflict`: it is on its way to the relay; `own_request`: it is about whoever acts, their spouse or kin, or somebody from whose data they are barred; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/mails/{id}:stop")]
pub async fn stop_mail(
    may: May<StopMail>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, (id.0, if_match), MailAct::Stop, move |tx, by, mail| {
        if mail.stop.is_some() || mail.is_on_its_way(by.now) {
            return Err(conflict("郵件已交寄中", "it is on its way to the relay"));
        }
        (mail.lease, mail.leased_until) = (None, None);
        mail.stopped(tx, why.as_str());
        Ok(why.as_str().to_owned())
    })
    .await
}

/// Settles a mail that reached nobody.
///
/// With the reason: a letter was written instead, the person was called, or nobody need be told any more. Settled by mistake, it is
/// sent again, or reported to have come back.
#[utoipa::path(tag = "Mail", operation_id = "settle_mail", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The mail, settled.", body = MailView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: it was neither given up nor came back; `own_request`: it is about whoever acts, their spouse or kin, or somebody from whose data they are barred; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/mails/{id}:settle")]
pub async fn settle_mail(
    may: May<SettleMail>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    change(may, node, (id.0, if_match), MailAct::Settle, move |_, _, _| Ok(why.as_str().to_owned())).await
}

/// That a mail came back.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "5.1.1", "text": "user unknown"}))]
pub struct BounceReport {
    /// Enhanced status code (RFC 3463) of the report that came (RFC 3464); 5.0.0 where it has none.
    #[schema(min_length = 5, max_length = 9, pattern = "^[245]\\.[0-9]{1,3}\\.[0-9]{1,3}$")]
    code: String,
    /// What the other system said; the mail's address in it is masked where it is shown.
    text: Option<Note>,
}

/// Reports that a mail came back.
///
/// By the relay's hook, as an integration client with the scope `mail.report`, to which `If-Match: *` is any version; the id stands
/// in the address to which it came back (`mail.bounces`). Or by a member of staff who has read it. The mail is then `BOUNCED`, in
/// the list and by the event `mail.bounced`, until somebody sends it again or settles it.
#[utoipa::path(tag = "Mail", operation_id = "report_bounce", params(IdInPath, IfMatchHeader), request_body = BounceReport, responses(
    (status = 200, description = "The mail.", body = MailView),
    (status = 409, description = "`wrong_state` with `allowed_actions`: the relay has not taken it, or it was reported before."),
))]
#[post("/v1/mails/{id}:report-bounce")]
pub async fn report_bounce(
    may: May<ReportBounce>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(report): Valid<BounceReport>,
) -> Result<Reply> {
    change(may, node, (id.0, if_match), MailAct::ReportBounce, move |tx, _, mail| {
        mail.bounced(tx, &report.code, report.text.as_ref().map(Note::as_str));
        Ok(String::new())
    })
    .await
}
