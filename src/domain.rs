//! What a domain is: all that the application takes from it, with defaults so that a small one is a few lines.

use std::sync::Arc;

use actix_web::Route;
use actix_web::dev::HttpServiceFactory;
use actix_web::web::ServiceConfig;
use chrono::NaiveDate;
use futures_util::future::LocalBoxFuture;
use utoipa::ToSchema;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{OpenApi, RefOr, Tag};
use utoipa_actix_web::OpenApiFactory;

use crate::auth::policy::{self, Line};
use crate::auth::{By, Involved, Role};
use crate::calendar::OfficeCalendar;
use crate::clock::Moment;
use crate::config::NodeSettings;
use crate::db::{Conn, Id, Mode, Origin, Texts, Tx};
use crate::error::{Code, Error, Result};
use crate::node::Node;
use crate::secrets::vault::Vault;
use crate::settings::{Settings, Table};
use crate::states::Table as Acts;
use crate::text_enum;

/// One domain of the office; `domains.rs` lists them all.
pub struct Domain {
    /// Name and description of its chapter in the contract; a domain without one writes in another's.
    pub tag: Option<(&'static str, &'static str)>,
    /// Its lines of the policy: one an operation.
    pub policy: &'static [&'static Line],
    /// What can be done with its records, one table a kind.
    pub acts: &'static [&'static Acts],
    /// What the operator may set for it; handlers read it by `node.config.of::<T>()`.
    pub settings: Option<&'static Table>,
    /// Registers its operations.
    pub routes: fn(&mut Operations),
    /// Pages for people, which are no part of the contract.
    pub pages: &'static [Page],
    /// Schemas that no operation names by itself; see [`schema`].
    pub schemas: &'static [fn(&mut Schemas)],
    /// Codes of its problems, beside those that every domain has.
    pub problems: &'static [Code],
    /// Puts the first data into an empty store, and brings older data up to what the program counts on; at every start, so it
    /// looks first.
    pub seed: fn(&mut Tx, &Vault, Moment) -> Result<()>,
    /// Adds invented data in a demo, once its people are there.
    pub demo: fn(&mut Tx, &Vault, Moment) -> Result<()>,
    /// Its columns of free text that are kept sealed: a start seals what stands there from before.
    pub sealed: &'static [Texts],
    pub timers: &'static [Timer],
    /// Follows a case that was registered, corrected or revoked, within the same transaction: who was told wrong is told right.
    pub follow_case: fn(&mut Tx, &Node, &By, Id) -> Result<()>,
    /// Follows what was said of a person and is found to mean another: moves its own records of that source; whether it had any.
    pub follow_part: fn(&mut Tx, &Node, &By, &Parting<'_>) -> Result<bool>,
    /// Refuses what two records must not say together of whoever has both, before the first of them points to the other.
    pub judge_join: fn(&mut Tx, &Node, &By, (Id, Id)) -> Result<()>,
    /// Refuses to part two records as long as an entry of others stands by what the one held for the other; they are parted already.
    pub judge_part: fn(&mut Tx, &Node, &By, (Id, Id)) -> Result<()>,
    /// Follows two records that were joined, or parted, within the same transaction: who was told or given something of the one as the
    /// other is told right.
    pub follow_join: fn(&mut Tx, &Node, &By, &Joining) -> Result<()>,
    /// Whether a service point has a matter of its own at hand of whoever has one of these records.
    pub deals_with: fn(&mut Conn, &str, &[Id]) -> Result<bool>,
    /// Follows a paper that was found false: ends what rests on it; of whom anything did.
    pub follow_strike: fn(&mut Tx, &Node, &By, &FalsePaper<'_>) -> Result<Vec<Id>>,
    /// Counts its limits anew that end on a day or later, by a calendar that has changed.
    pub recount: fn(&mut Tx, &Node, &OfficeCalendar, NaiveDate) -> Result<()>,
    /// About which of its records somebody must be called on a day.
    pub calls: fn(&mut Conn, &Node, &By, NaiveDate) -> Result<Vec<Call>>,
    /// Follows what has come of a call about one of its records.
    pub follow_call: fn(&mut Tx, &Node, &By, &CallNews<'_>) -> Result<()>,
    /// Everybody whom the records of these calls of its own name, each beside its call: whoever is one of them, or close to one, calls
    /// nobody about it.
    pub involved: fn(&mut Conn, &Node, &[&Call]) -> Result<Vec<Involved>>,
    /// Subjects of lines in the audit log that a reader of it does not see: of records that are kept from them.
    pub unseen: fn(&mut Conn, &Node, &By) -> Result<Vec<String>>,
    /// Subjects of lines in the audit log that tell a reader of it what was done, and not by whom, from where and why.
    pub nameless: fn(&mut Conn, &Node, &By) -> Result<Vec<String>>,
    /// Gives a node what the domain keeps in memory; handlers read it by `node.part::<T>()`.
    pub parts: fn(&mut Node),
}

impl Domain {
    /// A domain that has nothing yet.
    pub const EMPTY: Self = Self {
        tag: None,
        policy: &[],
        acts: &[],
        settings: None,
        routes: |_| {},
        pages: &[],
        schemas: &[],
        problems: &[],
        seed: |_, _, _| Ok(()),
        demo: |_, _, _| Ok(()),
        sealed: &[],
        timers: &[],
        follow_case: |_, _, _, _| Ok(()),
        follow_part: |_, _, _, _| Ok(false),
        judge_join: |_, _, _, _| Ok(()),
        judge_part: |_, _, _, _| Ok(()),
        follow_join: |_, _, _, _| Ok(()),
        deals_with: |_, _, _| Ok(false),
        follow_strike: |_, _, _, _| Ok(Vec::new()),
        recount: |_, _, _, _| Ok(()),
        calls: |_, _, _, _| Ok(Vec::new()),
        follow_call: |_, _, _, _| Ok(()),
        involved: |_, _, calls| Ok(calls.iter().map(|call| Involved::from(call.whom.person().as_slice())).collect()),
        unseen: |_, _, _| Ok(Vec::new()),
        nameless: |_, _, _| Ok(Vec::new()),
        parts: |_| {},
    };
}

/// What was said of one person and means another.
pub struct Parting<'a> {
    pub from: Id,
    pub to: Id,
    /// The record that said it: `cases/{id}` …
    pub source: &'a str,
    pub reason: &'a str,
}

impl Parting<'_> {
    /// Whom a record means that names somebody.
    pub fn moved(&self, person: Id) -> Id {
        if person == self.from { self.to } else { person }
    }
}

/// Two records that are one human's from now on, or are no longer.
#[derive(Clone, Copy, Debug)]
pub struct Joining {
    pub record: Id,
    /// The record to which it was joined.
    pub into: Id,
    /// The join that has ended, and since when either held for both; none where it begins.
    pub ended: Option<(Id, Moment)>,
}

/// What a case is called: by the journal, by the facts that rest on it, and by how its applicant is reached.
pub fn case_path(id: Id) -> String {
    format!("cases/{id}")
}

/// A paper that was found false, or somebody else's.
pub struct FalsePaper<'a> {
    /// What finds all that rests on it.
    pub index: &'a str,
    pub reason: &'a str,
}

/// So many working days somebody is on the call list who must be told what has become of an entry of theirs.
pub const ENTRY_WORKDAYS: usize = 7;

text_enum! {
    /// Why somebody is to be called.
    pub enum CallKind {
        /// Something is booked for them on the day
        Booking = "BOOKING",
        /// A slot of theirs is gone, was moved or cancelled by the office, or stands again
        Conflict = "CONFLICT",
        /// A slot is offered to them, and they have no e-mail address
        Offer = "OFFER",
        /// Papers are missing: told that day, or due by the day after
        Papers = "PAPERS",
        /// Something has become of an entry of theirs that they have not applied for: entered ex officio, put right of a mistake of the
        /// office, revoked, void or standing again, or they were added to it or taken out of it, whosever mistake that was; or their
        /// certificate is void since the office had taken two humans for one; they are told of it (戶籍法 §46, §48-1, §48-2; 行政程序法 §110),
        /// from that day on for seven working days
        Entry = "ENTRY",
        /// What they applied for from outside is ready
        Certificate = "CERTIFICATE",
        /// They have petitioned, and are told of it by no other way: from then on until they are reached, or need not be told any more
        Petition = "PETITION",
        /// An inquiry was answered, or answered otherwise than before, and whoever asked has no e-mail address that is theirs, or none that
        /// reaches them: until they are reached
        Answer = "ANSWER",
        /// Whoever complained on the spot is asked whether the matter is settled
        FollowUp = "FOLLOW_UP",
        /// The death of whoever it is for is registered: somebody must decide what becomes of it
        Deceased = "DECEASED",
    }
}

/// A record about which somebody must be called.
pub struct Call {
    /// Why, while whoever it is for lives; a record without a reason is listed once they have died.
    pub kind: Option<CallKind>,
    /// `bookings/{id}` …
    pub record: String,
    /// The record by which it is known how to reach them; none where no record tells it.
    pub contact: Option<String>,
    /// What people quote it by.
    pub number: Option<String>,
    pub service_point: String,
    pub whom: Whom,
    /// The moment of the matter: when it begins, ends or came up.
    pub at: Moment,
    /// Nothing of it goes into the feed, where a gap would tell of it.
    pub withheld: bool,
}

/// What has come of a call.
pub struct CallNews<'a> {
    pub kind: CallKind,
    /// As in the list.
    pub record: &'a str,
    /// The moment of the matter, as in the list.
    pub about_at: Moment,
    /// When they were called.
    pub at: Moment,
    /// Whether somebody was reached, by what was noted before and by what is noted now.
    pub was_reached: bool,
    pub is_reached: bool,
}

impl CallNews<'_> {
    /// The key of its record, where it is a call for this reason.
    pub fn key_of(&self, kind: CallKind) -> Option<Id> {
        self.record.rsplit('/').next().filter(|_| self.kind == kind).and_then(|key| key.parse().ok())
    }
}

/// Whom to call.
pub enum Whom {
    /// A person whom the office knows.
    Person(Id),
    /// Somebody who has only said their name.
    Named(String),
}

impl Whom {
    pub fn person(&self) -> Option<Id> {
        match self {
            Self::Person(person) => Some(*person),
            Self::Named(_) => None,
        }
    }
}

impl Call {
    /// The key of its record.
    pub fn key(&self) -> Result<Id> {
        let key = self.record.rsplit('/').next().and_then(|key| key.parse().ok());
        key.ok_or_else(|| Error::Internal(format!("a call about {} has no key", self.record)))
    }
}

/// What takes the operations of the domains: the server, which answers them, or the contract, which tells of them. Every
/// worker of a server makes its routes; the contract is made once.
pub enum Operations<'a> {
    Answered(&'a mut ServiceConfig),
    Told(&'a mut OpenApi),
}

impl Operations<'_> {
    /// Takes one operation: a handler under its address and method.
    pub fn service(&mut self, operation: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        match self {
            Self::Answered(config) => _ = config.service(operation),
            Self::Told(api) => {
                let mut schemas = Schemas::new();
                operation.schemas(&mut schemas);
                api.components.get_or_insert_default().schemas.extend(schemas);
                api.paths.merge(operation.paths());
            }
        }
        self
    }
}

/// An address outside the contract and the route that answers it.
pub type Page = (&'static str, fn() -> Route);

/// Schemas by name.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// Adds a type's schema and those that it refers to.
pub fn schema<T: ToSchema>(all: &mut Schemas) {
    T::schemas(all);
    all.push((T::name().into_owned(), T::schema()));
}

/// What a domain does by itself as time passes; a turn may be missed, repeated or shared by many nodes.
pub struct Timer {
    pub name: &'static str,
    /// Seconds between two turns.
    pub seconds: u64,
    pub turn: Turn,
}

/// What is done at a timer's turn.
pub enum Turn {
    /// Looks whether anything is due, and only then does it, in one transaction: beside other writes, and other nodes'
    /// sweeps, where it claims each row that it acts on; else alone.
    Sweep { due: fn(&mut Conn, &Node, Moment) -> Result<bool>, sweep: fn(&mut Tx, &Node, Moment) -> Result<()>, mode: Mode },
    /// Work beside the store.
    Work(fn(Arc<Node>) -> LocalBoxFuture<'static, Result<()>>),
}

impl Timer {
    /// Lets the timer have one turn, where anybody can tell the time.
    pub async fn run(&self, node: &Arc<Node>) -> Result<()> {
        if node.clock.is_lost() {
            return Ok(());
        }
        let (now, shared) = (node.clock.now(), Arc::clone(node));
        match self.turn {
            Turn::Work(work) => work(shared).await,
            Turn::Sweep { due, sweep, mode } => {
                if !node.db.read(move |conn| due(conn, &shared, now)).await? {
                    return Ok(());
                }
                let shared = Arc::clone(node);
                node.db.write(Origin::system("timer", now), mode, move |tx| sweep(tx, &shared, now)).await
            }
        }
    }
}

/// The domains of one application, from the lowest up; a part of its node.
#[derive(Clone, Copy)]
pub struct Domains(pub &'static [&'static Domain]);

impl Domains {
    pub fn iter(self) -> impl DoubleEndedIterator<Item = &'static Domain> {
        self.0.iter().copied()
    }

    /// Every line of the policy.
    pub fn policy(self) -> impl Iterator<Item = &'static Line> {
        self.iter().flat_map(|domain| domain.policy.iter().copied())
    }

    /// Every table of acts.
    pub fn acts(self) -> impl Iterator<Item = &'static Acts> {
        self.iter().flat_map(|domain| domain.acts.iter().copied())
    }

    /// Every scope that these roles can use.
    pub fn scopes(self, roles: &[Role]) -> Vec<&'static str> {
        policy::scopes(self.policy(), roles)
    }

    /// Every code of a problem, by status.
    pub fn problems(self) -> Vec<Code> {
        let own = self.iter().flat_map(|domain| domain.problems);
        let mut all: Vec<Code> = Code::GENERAL.iter().chain(own).copied().collect();
        all.sort_by_key(|code| code.status());
        all
    }

    /// Every table of settings: the node's own first.
    pub fn settings(self) -> Vec<&'static Table> {
        [NodeSettings::TABLE].into_iter().chain(self.iter().filter_map(|domain| domain.settings)).collect()
    }

    /// Registers every operation.
    pub fn routes(self, mut operations: Operations) {
        self.iter().for_each(|domain| (domain.routes)(&mut operations));
    }

    /// Lets every domain follow a case that was registered, corrected or revoked.
    pub fn follow_case(self, tx: &mut Tx, node: &Node, by: &By, case: Id) -> Result<()> {
        self.iter().try_for_each(|domain| (domain.follow_case)(tx, node, by, case))
    }

    /// Lets every domain follow what was said of one person and means another; whether any had something to move.
    pub fn follow_part(self, tx: &mut Tx, node: &Node, by: &By, parting: &Parting<'_>) -> Result<bool> {
        self.iter().try_fold(false, |moved, domain| Ok((domain.follow_part)(tx, node, by, parting)? || moved))
    }

    /// Lets every domain judge what two records say together of whoever has both, before the one is joined to the other.
    pub fn judge_join(self, tx: &mut Tx, node: &Node, by: &By, records: (Id, Id)) -> Result<()> {
        self.iter().try_for_each(|domain| (domain.judge_join)(tx, node, by, records))
    }

    /// Lets every domain judge what others have registered by what either of two records held for both, which are parted.
    pub fn judge_part(self, tx: &mut Tx, node: &Node, by: &By, parted: (Id, Id)) -> Result<()> {
        self.iter().try_for_each(|domain| (domain.judge_part)(tx, node, by, parted))
    }

    /// Lets every domain follow two records that were joined or parted.
    pub fn follow_join(self, tx: &mut Tx, node: &Node, by: &By, joining: &Joining) -> Result<()> {
        self.iter().try_for_each(|domain| (domain.follow_join)(tx, node, by, joining))
    }

    /// Whether a service point has a matter of one of these records at hand, in whichever domain.
    pub fn deals_with(self, conn: &mut Conn, service_point: &str, records: &[Id]) -> Result<bool> {
        self.iter().try_fold(false, |deals, domain| Ok(deals || (domain.deals_with)(conn, service_point, records)?))
    }

    /// Lets every domain end what rests on a false paper; of whom anything did.
    pub fn follow_strike(self, tx: &mut Tx, node: &Node, by: &By, paper: &FalsePaper<'_>) -> Result<Vec<Id>> {
        let mut of = Vec::new();
        for domain in self.iter() {
            of.extend((domain.follow_strike)(tx, node, by, paper)?);
        }
        Ok(of)
    }

    /// Lets every domain count its limits anew that end on a day or later.
    pub fn recount(self, tx: &mut Tx, node: &Node, calendar: &OfficeCalendar, from: NaiveDate) -> Result<()> {
        self.iter().try_for_each(|domain| (domain.recount)(tx, node, calendar, from))
    }

    /// About which records of each domain somebody must be called on a day.
    pub fn calls(self, conn: &mut Conn, node: &Node, by: &By, day: NaiveDate) -> Result<Vec<(&'static Domain, Vec<Call>)>> {
        self.iter().map(|domain| Ok((domain, (domain.calls)(conn, node, by, day)?))).collect()
    }

    /// Lets every domain follow what has come of a call.
    pub fn follow_call(self, tx: &mut Tx, node: &Node, by: &By, news: &CallNews<'_>) -> Result<()> {
        self.iter().try_for_each(|domain| (domain.follow_call)(tx, node, by, news))
    }

    /// Subjects of lines in the audit log that a reader of it does not see.
    pub fn unseen(self, conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<String>> {
        let mut all = Vec::new();
        for domain in self.iter() {
            all.extend((domain.unseen)(conn, node, by)?);
        }
        Ok(all)
    }

    /// Subjects of lines in the audit log that do not tell a reader of it who acted.
    pub fn nameless(self, conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<String>> {
        let mut all = Vec::new();
        for domain in self.iter() {
            all.extend((domain.nameless)(conn, node, by)?);
        }
        Ok(all)
    }

    pub fn pages(self) -> impl Iterator<Item = Page> {
        self.iter().flat_map(|domain| domain.pages.iter().copied())
    }

    /// The chapters of the contract.
    pub fn tags(self) -> Vec<Tag> {
        let tags = self.iter().filter_map(|domain| domain.tag);
        let tag = |(name, description)| {
            let mut tag = Tag::new(name);
            tag.description = Some(String::from(description));
            tag
        };
        tags.map(tag).collect()
    }

    pub fn schemas(self) -> Schemas {
        let mut all = Schemas::new();
        self.iter().flat_map(|domain| domain.schemas).for_each(|add| add(&mut all));
        all
    }

    /// Every timer, from the highest domain down: what one lets go, a lower one passes on in the same turn.
    pub fn timers(self) -> impl Iterator<Item = &'static Timer> {
        self.iter().rev().flat_map(|domain| domain.timers)
    }
}
