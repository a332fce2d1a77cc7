//! Mail: an outbox that is written with its cause and handed to a relay (RFC 5321) by whichever node claims the row; what was
//! refused or came back is told to the office.
//!
//! A mail is handed over once. Only where a node dies, or loses the connection, after the relay has the text and before the row is
//! marked, it is handed over once more each time that this happens, under the same `Message-ID`, by which a mailbox knows it again. What is
//! no longer so is stopped before it is handed over ([`stop`]), which is looked at again as it is taken, and each domain follows what becomes of its mail ([`Matter`]).

mod acts;
mod matters;
mod message;
mod model;
mod policy;
mod relay;
mod routes;
mod sender;
mod settings;
mod store;
mod view;

use serde_json::json;

use crate::db::{Id, Mode, Texts, Tx};
use crate::domain::{Domain, Operations, Timer, Turn};
use crate::error::{Language, Result};
use crate::node::Node;
use crate::people::Email;
use crate::settings::Settings;
pub use matters::{About, LetterNews, MailNews, Matter, Matters};
use model::{Letter, MailAct};
pub use model::{MailStatus, MailStop, require_filled, with_plain_ends};
pub use sender::turn;
pub use settings::{MailSettings, RelayTls};
use store::Outgoing;
pub use store::{empty_text, forget, remove, sent_before, waiting};

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Mail",
        "What the office has sent by e-mail: whether it went out, was refused or came back, and what was done then.",
    )),
    policy: policy::LINES,
    acts: &[model::MailAct::TABLE],
    settings: Some(MailSettings::TABLE),
    routes,
    timers: &[
        Timer { name: "mail", seconds: 1, turn: Turn::Work(sender::send) },
        Timer {
            name: "mail_texts",
            seconds: 60,
            turn: Turn::Sweep { due: store::any_to_empty, sweep: store::empty, mode: Mode::Shared },
        },
        Timer {
            name: "mail_stops",
            seconds: 60,
            turn: Turn::Sweep { due: store::any_abandoned, sweep: sender::stop_abandoned, mode: Mode::Shared },
        },
    ],
    parts: |node| {
        node.part_mut::<Matters>();
        node.give(sender::Sender::default());
    },
    sealed: &[Texts::of("mails", "address"), Texts::of("mails", "bounce_text"), Texts::of("mails", "stop_reason")],
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::list_mails)
        .service(acts::resend_mail)
        .service(acts::stop_mail)
        .service(acts::settle_mail)
        .service(acts::report_bounce)
        .service(routes::get_mail);
}

/// A mail to be sent.
pub struct Mail<'a> {
    pub to: &'a Email,
    /// In which its text is written.
    pub language: Language,
    /// One line.
    pub subject: &'a str,
    /// Plain text.
    pub text: &'a str,
    /// Words of people that stand in the text, and may hold what looks like a placeholder.
    pub quoted: &'a [&'a str],
    /// The path of the record that it is about, `petitions/{id}`: the journal tells of the mail under it, and whoever sees the record
    /// sees that it went out, once its domain has added to [`Matters`] who does.
    pub about: &'a str,
}

/// Puts a mail into the outbox, in the transaction of its cause: it goes out once that is committed, and never if it is not.
///
/// # Errors
/// [`Error::Internal`](crate::error::Error::Internal), which is a fault of whoever wrote the text: a placeholder in it was not
/// filled in, a control character stands in it, or the path is none of a record.
pub fn send(tx: &mut Tx, node: &Node, mail: &Mail<'_>) -> Result<Id> {
    require_filled(mail.subject, mail.text, mail.quoted)?;
    matters::parted(mail.about)?;
    let (now, letter) = (tx.origin().at, Letter::of(mail));
    let outgoing = Outgoing::new(tx, node, (mail.about, mail.to, &letter), now)?;
    store::insert(tx, &outgoing)?;
    let written = node.part::<Matters>().told(tx, "mail.written", mail.about, json!({"mail_id": outgoing.id}))?;
    tx.record(written);
    Ok(outgoing.id)
}

/// Stops a mail that waits, in the transaction of its cause: it is never handed over after that is committed. Whether that was in time,
/// or it has reached nobody: of one that a node holds, the relay may have the text already, and so it counts as gone out; if the relay has not, it is not tried again.
pub fn stop(tx: &mut Tx, node: &Node, id: Id, why: MailStop) -> Result<bool> {
    let Some(mut mail) = store::by_id(tx, id)? else { return Ok(true) };
    if mail.status != MailStatus::Waiting {
        return Ok(matches!(mail.status, MailStatus::Failed | MailStatus::Bounced | MailStatus::Stopped));
    }
    let is_in_time = mail.lease.is_none();
    mail.stop = mail.stop.or(Some(why));
    // One that was held and is no more is stopped by the timer, which the record follows.
    if is_in_time {
        mail.status = MailAct::Stop.apply(mail.status)?;
        sender::tell(tx, node, &mail, MailAct::Stop, "")?;
    }
    store::save(tx, &mut mail)?;
    Ok(is_in_time)
}
