//! A letter on paper: with the name whole, and the address for delivery as it is known now, or was when the letter went out.

use huzheng_print::{Printout, Template};
use serde::Serialize;

use super::model::Written;
use super::store::OutgoingLetter;
use crate::calendar::roc_date;
use crate::db::Conn;
use crate::error::{Language, Result};
use crate::node::Node;
use crate::office::{Bilingual, OfficeSettings};
use crate::people::contacts;
use crate::print;

const TEMPLATE: Template = Template { name: "letter", text: include_str!("letter.typ") };

#[derive(Serialize)]
struct Page {
    office_address: String,
    office_telephone: String,
    recipient: String,
    /// None where it is not known: the letter is handed over, or whoever posts it writes where it goes.
    address: Option<String>,
    on: String,
    text: String,
}

/// Where a letter goes, or went.
pub fn address_of(conn: &mut Conn, node: &Node, letter: &OutgoingLetter, written: &Written) -> Result<Option<String>> {
    if !written.to_contact || letter.has_gone_out() {
        return Ok(written.address.clone());
    }
    Ok(contacts::of(conn, &node.vault, &letter.about)?.and_then(|contact| contact.address))
}

/// The letter, of the moment at which it was written.
pub fn printout(conn: &mut Conn, node: &Node, letter: &OutgoingLetter) -> Result<Printout> {
    let written = letter.open(&node.vault)?;
    let office: &OfficeSettings = node.config.of();
    let (language, day) = (written.language(), letter.created_at.date());
    let said = |text: Bilingual| match language {
        Language::Chinese => text.zh,
        Language::English => text.en,
    };
    let page = Page {
        office_address: said(Bilingual::new(&office.office_address, &office.office_address_en)),
        office_telephone: office.office_telephone.clone(),
        address: address_of(conn, node, letter, &written)?,
        recipient: written.recipient,
        on: said(Bilingual { zh: format!("民國 {}", roc_date(day)), en: day.to_string() }),
        text: written.text,
    };
    print::printout(TEMPLATE, language, written.subject, letter.created_at, &page)
}
