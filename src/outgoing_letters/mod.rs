//! Letters that the office posts or hands over: written with their cause, printed by a clerk, and marked as printed.
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

use crate::db::Tx;
use crate::domain::{Domain, Operations};
use crate::error::{Language, Result};
use crate::mail::{Matters, require_filled};
use crate::node::Node;
use model::Written;
use store::OutgoingLetter;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Outgoing letters",
        "Letters to whoever is told by post: printed by whoever may know them, and whether they are printed.",
    )),
    policy: policy::LINES,
    acts: &[model::OutgoingLetterAct::TABLE],
    routes,
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::list_outgoing_letters)
        .service(routes::get_outgoing_letter_pdf)
        .service(acts::mark_outgoing_letter_printed)
        .service(acts::settle_outgoing_letter)
        .service(acts::print_outgoing_letter_again)
        .service(routes::get_outgoing_letter);
}

/// A letter to be printed.
pub struct Letter<'a> {
    /// The path of the record that it is about, `petitions/{id}`, under which the address for delivery is kept.
    pub about: &'a str,
    /// Which of those whom the record names in their order it goes to, from 0.
    pub place: i32,
    pub recipient: &'a str,
    /// In which its text is written.
    pub language: Language,
    /// One line.
    pub subject: &'a str,
    /// Plain text.
    pub text: &'a str,
    /// Words of people that stand in the text.
    pub quoted: &'a [&'a str],
}

/// Writes a letter, in the transaction of its cause. One that says the same to the same and still waits is not written twice.
///
/// # Errors
/// As [`mail::send`](crate::mail::send).
pub fn write(tx: &mut Tx, node: &Node, letter: &Letter<'_>) -> Result<()> {
    require_filled(letter.subject, letter.text, letter.quoted)?;
    let written = Written::of(letter);
    for waiting in store::waiting(tx, letter.about)? {
        if waiting.place == letter.place && waiting.open(&node.vault)?.says_the_same(&written) {
            return Ok(());
        }
    }
    let row = OutgoingLetter::new(node, (letter.about, letter.place), &written, tx.origin().at)?;
    store::insert(tx, &row)?;
    let told = node.part::<Matters>().told(tx, "outgoing_letter.written", letter.about, json!({"letter_id": row.id}))?;
    tx.record(told);
    Ok(())
}

/// Puts the right names on letters about a record that are not printed yet: those of whom it names, in their order.
pub fn rename(tx: &mut Tx, node: &Node, about: &str, recipients: &[String]) -> Result<()> {
    for mut row in store::waiting(tx, about)? {
        let Some(name) = usize::try_from(row.place).ok().and_then(|place| recipients.get(place)) else { continue };
        let written = row.open(&node.vault)?;
        if written.recipient != *name {
            row.put(&node.vault, &Written { recipient: name.clone(), ..written })?;
            store::save(tx, &mut row)?;
        }
    }
    Ok(())
}
