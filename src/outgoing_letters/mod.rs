//! Letters that the office posts or hands over: written with their cause, printed by a clerk, and marked as printed. What is no longer so
//! is stopped ([`stop`]); that a letter went out, or came back, its record notes ([`note`]).
//!
//! Who sees one is decided by the domain of the record that it is about, as for [`mail`](crate::mail).

mod acts;
mod model;
mod page;
mod policy;
mod routes;
mod store;
mod view;

use serde_json::json;

use crate::db::{Id, Texts, Tx};
use crate::domain::{Domain, Operations};
use crate::error::{Language, Result};
use crate::mail::{MailStop, Matters, require_filled, with_plain_ends};
use crate::node::Node;
pub use model::OutgoingLetterAct;
use model::{OutgoingLetterStatus, Written};
use store::OutgoingLetter;
pub use store::forget;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Outgoing letters",
        "Letters to whoever is told by post: printed by whoever may know them, stopped where they are no longer so, and what became of them.",
    )),
    policy: policy::LINES,
    acts: &[OutgoingLetterAct::TABLE],
    routes,
    sealed: &[Texts::of("outgoing_letters", "stop_reason")],
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::list_outgoing_letters)
        .service(routes::get_outgoing_letter_pdf)
        .service(acts::mark_outgoing_letter_printed)
        .service(acts::stop_outgoing_letter)
        .service(acts::print_outgoing_letter_again)
        .service(routes::get_outgoing_letter);
}

/// A letter to be printed.
pub struct Letter<'a> {
    /// The path of the record that it is about, `petitions/{id}`.
    pub about: &'a str,
    pub recipient: &'a str,
    /// Whether it goes to the address for delivery that is kept under that path; else whoever posts it writes where it goes.
    pub to_contact: bool,
    /// In which its text is written.
    pub language: Language,
    /// One line.
    pub subject: &'a str,
    /// Plain text.
    pub text: &'a str,
    /// Words of people that stand in the text.
    pub quoted: &'a [&'a str],
}

/// Writes a letter, in the transaction of its cause.
///
/// # Errors
/// As [`mail::send`](crate::mail::send).
pub fn write(tx: &mut Tx, node: &Node, letter: &Letter<'_>) -> Result<Id> {
    require_filled(letter.subject, letter.text, letter.quoted)?;
    let row = OutgoingLetter::new(node, letter.about, &Written::of(letter), tx.origin().at)?;
    store::insert(tx, &row)?;
    let told = node.part::<Matters>().told(tx, "outgoing_letter.written", letter.about, json!({"letter_id": row.id}))?;
    tx.record(told);
    Ok(row.id)
}

/// Stops a letter that has not gone out: it is printed and posted no more.
pub fn stop(tx: &mut Tx, node: &Node, id: Id, why: MailStop) -> Result<()> {
    let Some(mut letter) = store::by_id(tx, id)? else { return Ok(()) };
    let Some(status) = OutgoingLetterAct::Stop.after(letter.status) else { return Ok(()) };
    (letter.status, letter.stop, letter.stop_reason) = (status, Some(why), None);
    store::save(tx, &mut letter)?;
    acts::tell(tx, node, &letter, OutgoingLetterAct::Stop, "")
}

/// Lets a letter be as its record notes it: gone out, come back, or not gone out after all. One that has gone out keeps to which address,
/// `went_to` where that is not the one of today.
pub fn note(tx: &mut Tx, node: &Node, id: Id, (act, went_to): (OutgoingLetterAct, Option<&str>)) -> Result<()> {
    let Some(mut letter) = store::by_id(tx, id)? else { return Ok(()) };
    let Some(status) = act.after(letter.status) else { return Ok(()) };
    if act != OutgoingLetterAct::Return {
        let is_sent = act == OutgoingLetterAct::Send;
        let written = letter.open(&node.vault)?;
        let address = match went_to.filter(|_| is_sent) {
            Some(address) => Some(address.to_owned()),
            None if is_sent => page::address_of(tx, node, &letter, &written)?,
            None => None,
        };
        letter.put(&node.vault, &Written { address, ..written })?;
        letter.printed_at = letter.printed_at.or(Some(tx.origin().at));
        (letter.stop, letter.stop_reason) = (None, None);
    }
    letter.status = status;
    store::save(tx, &mut letter)?;
    acts::tell(tx, node, &letter, act, "")
}

/// Words a letter that has not gone out otherwise, where it says the same still: what was printed is printed again.
pub fn reword(tx: &mut Tx, node: &Node, id: Id, (subject, text, quoted): (&str, &str, &[&str])) -> Result<()> {
    require_filled(subject, text, quoted)?;
    let Some(letter) = store::by_id(tx, id)?.filter(|letter| !letter.has_gone_out()) else { return Ok(()) };
    let written = letter.open(&node.vault)?;
    rewrite(tx, node, letter, &Written { subject: subject.to_owned(), text: with_plain_ends(text), ..written })
}

/// Puts the right name on a letter that has not gone out. What was printed with another one, or with another address, is printed again;
/// and whoever has printed it and not yet marked it has read another version.
pub fn address(tx: &mut Tx, node: &Node, id: Id, (recipient, has_moved): (&str, bool)) -> Result<()> {
    let Some(letter) = store::by_id(tx, id)?.filter(|letter| !letter.has_gone_out()) else { return Ok(()) };
    let written = letter.open(&node.vault)?;
    if written.recipient == recipient && !has_moved {
        return Ok(());
    }
    rewrite(tx, node, letter, &Written { recipient: recipient.to_owned(), ..written })
}

/// Puts what a letter says: what was printed of it is printed again.
fn rewrite(tx: &mut Tx, node: &Node, mut letter: OutgoingLetter, written: &Written) -> Result<()> {
    letter.put(&node.vault, written)?;
    let is_printed = letter.status == OutgoingLetterStatus::Printed;
    if is_printed {
        letter.status = OutgoingLetterAct::PrintAgain.apply(letter.status)?;
    }
    store::save(tx, &mut letter)?;
    if is_printed { acts::tell(tx, node, &letter, OutgoingLetterAct::PrintAgain, "") } else { Ok(()) }
}
