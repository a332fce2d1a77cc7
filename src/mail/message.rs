//! A mail as it goes over the wire (RFC 5322, RFC 2045): headers and text in ASCII, whatever they say.

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, SinglePart};
use lettre::{Address, address::Envelope};

use super::model::Letter;
use super::settings::Relay;
use super::store::Outgoing;
use crate::error::Language;
use crate::office;
use crate::people::Email;

/// A mail that is ready to be handed over.
pub struct Ready {
    pub from: Address,
    pub to: Address,
    pub text: Vec<u8>,
}

/// Writes a mail; none, where no mail can be written to its address.
///
/// It is the same at each try of a round: `Message-ID` and `Date` are those of the row.
pub fn write(relay: &Relay, mail: &Outgoing, to: &Email, letter: &Letter) -> Option<Ready> {
    let id = mail.id.to_string();
    let address = |text: &str| text.parse::<Address>().ok();
    let (from, to) = (address(&relay.returns_to(&id))?, address(to.expose())?);
    let office = office::name();
    let name = if letter.language == Language::English.tag() { office.en } else { office.zh };
    let own = |name: &'static str, value: &str| HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned());
    let mut message = Message::builder()
        .message_id(Some(format!("<{id}.{}@{}>", mail.round, relay.domain())))
        .date(mail.asked_at.naive_utc().and_utc().into())
        .from(Mailbox::new(Some(name), address(relay.from.expose())?))
        .to(Mailbox::new(None, to.clone()))
        .subject(letter.subject.as_str())
        // RFC 3834: nobody's machine answers it.
        .raw_header(own("Auto-Submitted", "auto-generated"))
        .raw_header(own("X-Auto-Response-Suppress", "All"))
        .raw_header(own("Content-Language", &letter.language))
        .envelope(Envelope::new(Some(from.clone()), vec![to.clone()]).ok()?);
    if let Some(reply_to) = &relay.reply_to {
        message = message.reply_to(Mailbox::new(None, address(reply_to.expose())?));
    }
    let text = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(letter.text.clone());
    let text = message.singlepart(text).ok()?.formatted();
    Some(Ready { from, to, text })
}
