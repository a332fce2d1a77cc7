//! Handing mail to the relay by SMTP (RFC 5321), one command after another, so that it is known what was refused: the office, or
//! this mail. What the relay says beside its code is neither kept nor logged: it may repeat the address.

use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;

use super::message::Ready;
use super::model::MailOutcome;
use super::settings::{Relay, RelayTls};

/// How a try ended, and the code of the relay's last answer where there was one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub outcome: MailOutcome,
    pub code: Option<i32>,
}

impl Ended {
    pub fn without_answer(outcome: MailOutcome) -> Self {
        Self { outcome, code: None }
    }

    fn of(error: &Error, outcome: MailOutcome) -> Self {
        Self { outcome, code: error.status().and_then(|code| code.to_string().parse().ok()) }
    }

    /// What an answer to a command about this very mail means.
    fn of_mail(error: &Error) -> Self {
        let outcome = match (error.is_permanent(), error.is_transient()) {
            (true, _) => MailOutcome::Refused,
            (_, true) => MailOutcome::Deferred,
            _ => MailOutcome::NoConnection,
        };
        Self::of(error, outcome)
    }
}

/// Mails that go over one connection, before another is made: relays count them.
const MOST: usize = 50;

/// A connection to the relay, over which mail can be handed.
pub struct Connection {
    smtp: SmtpConnection,
    handed: usize,
}

impl Connection {
    /// Connects, under TLS where that is set, and logs in where there is a user. Nothing is said of any mail before.
    pub fn open(relay: &Relay) -> Result<Self, Ended> {
        let timeout = Some(Duration::from_secs(u64::from(relay.timeout_seconds)));
        let hello = ClientId::Domain(relay.domain().to_owned());
        let no_tls = |error: Error| Ended::of(&error, MailOutcome::NoTls);
        let tls = match relay.tls {
            RelayTls::None => None,
            RelayTls::Starttls | RelayTls::Implicit => Some(TlsParameters::new(relay.host.clone()).map_err(no_tls)?),
        };
        let at_once = tls.as_ref().filter(|_| relay.tls == RelayTls::Implicit);
        let made = SmtpConnection::connect((relay.host.as_str(), relay.port), timeout, &hello, at_once, None);
        let mut smtp = made.map_err(|error| {
            let outcome = if error.is_tls() { MailOutcome::NoTls } else { MailOutcome::NoConnection };
            Ended::of(&error, outcome)
        })?;
        if let (RelayTls::Starttls, Some(tls)) = (relay.tls, &tls) {
            smtp.starttls(tls, &hello).map_err(no_tls)?;
        }
        if let Some((user, password)) = &relay.user {
            let credentials = Credentials::new(user.clone(), password.clone());
            let logged_in = smtp.auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
            logged_in.map_err(|error| Ended::of(&error, MailOutcome::LogInRefused))?;
        }
        Ok(Self { smtp, handed: 0 })
    }

    /// Hands one mail over; what was refused, or broke off, leaves the connection of no more use.
    fn hand(&mut self, mail: &Ready) -> Result<(), Ended> {
        let from = self.smtp.command(Mail::new(Some(mail.from.clone()), Vec::new()));
        from.map_err(|error| {
            let ended = Ended::of_mail(&error);
            // The office is refused, and so would be all that it sends: no fault of this mail's.
            let outcome = if ended.outcome == MailOutcome::Refused { MailOutcome::SenderRefused } else { ended.outcome };
            Ended { outcome, ..ended }
        })?;
        let told = self.smtp.command(Rcpt::new(mail.to.clone(), Vec::new()));
        let told = told.and_then(|_| self.smtp.command(Data)).and_then(|_| self.smtp.message(&mail.text));
        told.map(drop).map_err(|error| Ended::of_mail(&error))
    }

    /// Ends it with a word, where the relay still listens.
    pub fn close(mut self) {
        self.smtp.abort();
    }
}

/// Hands one mail over, by the connection of the mail before where there is one; gives how that ended, and the connection for the
/// next.
pub fn hand_over(relay: &Relay, connection: Option<Connection>, mail: &Ready) -> (Ended, Option<Connection>) {
    let mut connection = match connection.map_or_else(|| Connection::open(relay), Ok) {
        Ok(connection) => connection,
        Err(ended) => return (ended, None),
    };
    match connection.hand(mail) {
        Ok(()) => {
            connection.handed += 1;
            let ended = Ended { outcome: MailOutcome::Accepted, code: None };
            if connection.handed < MOST {
                return (ended, Some(connection));
            }
            connection.close();
            (ended, None)
        }
        Err(ended) => {
            connection.close();
            (ended, None)
        }
    }
}
