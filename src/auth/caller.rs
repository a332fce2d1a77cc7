//! Who calls: what the store says of them at the moment of the act, and what rules and stores may ask of them.

use super::policy::{Line, Reach, Role};
use super::standing::letters_of;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;

/// Who calls.
#[derive(Clone, Debug)]
pub enum Caller {
    Anonymous,
    Account(AccountFacts),
    Client(ClientFacts),
    /// Somebody who proved to hold the secret of one booking.
    Booking(Id),
    /// Somebody who proved to hold the receipt of one notice to agencies.
    Receipt(Id),
}

/// What the store says of an account at the moment of the act.
#[derive(Clone, Debug)]
pub struct AccountFacts {
    pub id: Id,
    pub roles: Vec<Role>,
    pub duties: Vec<String>,
    /// Who they are, once that is proven.
    pub person_id: Option<Id>,
    /// The record of what they say of themselves.
    pub claimed_id: Option<Id>,
    pub service_point: Option<String>,
    /// How strongly they logged in this time, in the words of the external identity provider; none by a password.
    pub acr: Option<String>,
    /// Since when whoever holds the account does, where others held it before.
    pub held_since: Option<Moment>,
}

/// What the store says of an integration client.
#[derive(Clone, Debug)]
pub struct ClientFacts {
    pub id: Id,
    pub roles: Vec<Role>,
    pub agency_code: Option<String>,
}

impl Caller {
    /// The name in journal and keys: `accounts/{id}`, `clients/{id}`, `bookings/{id}`, `receipts/{id}`, `anonymous`.
    pub fn name(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::Account(account) => format!("accounts/{}", account.id),
            Self::Client(client) => format!("clients/{}", client.id),
            Self::Booking(id) => format!("bookings/{id}"),
            Self::Receipt(id) => format!("receipts/{id}"),
        }
    }

    /// Since when what is done in the caller's name is done by them; always, where nobody else ever went by it.
    pub fn held_since(&self) -> Option<Moment> {
        self.account().and_then(|account| account.held_since)
    }

    /// Whether what was done in a name at a moment was done by the caller in their own: what an account's earlier holder did, sent or began
    /// is none of its next one's.
    pub fn did(&self, (name, at): (&str, Moment)) -> bool {
        self.name() == name && self.held_since().is_none_or(|since| at >= since)
    }

    pub fn account(&self) -> Option<&AccountFacts> {
        match self {
            Self::Account(account) => Some(account),
            _ => None,
        }
    }

    /// Who the caller is, where that is proven.
    pub fn person_id(&self) -> Option<Id> {
        self.account().and_then(|account| account.person_id)
    }

    /// The record under which the caller begins things: the proven person's, else that of what they say of themselves.
    pub fn own_record(&self) -> Option<Id> {
        self.account().and_then(|account| account.person_id.or(account.claimed_id))
    }

    /// The records that are the caller's own.
    pub fn own_records(&self) -> Vec<Id> {
        self.account().into_iter().flat_map(|account| [account.person_id, account.claimed_id]).flatten().collect()
    }

    pub fn roles(&self) -> &[Role] {
        match self {
            Self::Account(account) => &account.roles,
            Self::Client(client) => &client.roles,
            Self::Booking(_) => &[Role::BookingHolder],
            Self::Receipt(_) => &[Role::ReceiptHolder],
            Self::Anonymous => &[],
        }
    }

    pub fn has_role(&self, role: Role) -> bool {
        self.roles().contains(&role)
    }

    /// Whether the caller supervises: section chiefs and the director.
    pub fn supervises(&self) -> bool {
        self.has_role(Role::Chief) || self.has_role(Role::Director)
    }

    /// Whether one of its roles is granted an operation.
    pub fn may(&self, line: &Line) -> bool {
        line.reach(self.roles()).is_some()
    }
}

/// Who acts, how far the policy lets them reach, and when: what rules and stores may ask.
#[derive(Clone, Debug)]
pub struct By {
    pub caller: Caller,
    pub reach: Reach,
    pub now: Moment,
}

impl By {
    /// What decides how far the caller sees: an answer that was given under another standing is not theirs any more.
    pub fn standing(&self, conn: &mut Conn) -> Result<String> {
        let (roles, place) = match &self.caller {
            Caller::Account(account) => (account.roles.as_slice(), account.service_point.as_deref()),
            Caller::Client(client) => (client.roles.as_slice(), client.agency_code.as_deref()),
            Caller::Anonymous | Caller::Booking(_) | Caller::Receipt(_) => (&[][..], None),
        };
        let (duties, person) = self.caller.account().map_or((&[][..], None), |a| (a.duties.as_slice(), a.person_id));
        let letters = match &self.caller {
            Caller::Account(account) if roles.contains(&Role::Proxy) => {
                letters_of(conn, account.id, self.now.date())?.into_iter().map(|letter| letter.id).collect()
            }
            _ => Vec::new(),
        };
        let person = person.map_or_else(|| "-".to_owned(), |person| person.to_string());
        Ok(format!("{:?} {roles:?} {duties:?} {} {person} {letters:?}", self.reach, place.unwrap_or("-")))
    }
}
