//! Acts on records as tables: what an act is called, the operation behind it, what it makes of whoever does it, whom it
//! is kept from, and the states between which it leads. Allowed actions, histories and the journal follow from a table.

use crate::auth::policy::Line;
use crate::auth::standing::holds_office;
use crate::auth::whoever::whoever;
use crate::auth::{By, Caller, Involved, Reach, Role, has_holder, is_one_with};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Code, Problem, Result};

/// The part that somebody has in a record by what they did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Took or worked on it.
    Clerk,
    /// Reviewed it.
    Reviewer,
    /// Checked it afterwards.
    Checker,
    /// Decided on it for the office.
    Supervisor,
    /// Asked for what is to be decided.
    Proposer,
    /// Is the person whom it is about, or their spouse or kin; or acts for them, or is its witness.
    Subject,
    /// Wrote the line.
    Author,
    /// Did something that binds nobody.
    Anyone,
    /// Nobody knows who works with their account, or with that of whoever asked: these may be one person.
    Unnamed,
    /// Decides on what somebody has asked for who holds no office any more: two persons would be one.
    Remaining,
    /// Decides on other requests than this.
    Bystander,
}

impl Part {
    /// The role in which the office shows itself to the person.
    pub const fn role(self) -> Role {
        match self {
            Self::Reviewer | Self::Checker => Role::Reviewer,
            Self::Supervisor => Role::Chief,
            Self::Clerk
            | Self::Proposer
            | Self::Subject
            | Self::Author
            | Self::Anyone
            | Self::Unnamed
            | Self::Remaining
            | Self::Bystander => Role::Clerk,
        }
    }
}

/// Four eyes: refuses whoever already has a part in the record that must be another person's.
pub fn keep_apart(parts: &[Part], others: &[Part]) -> Result<()> {
    match others.iter().find(|other| parts.contains(other)) {
        None => Ok(()),
        Some(Part::Proposer | Part::Subject) => Err(Code::OWN_REQUEST.into()),
        Some(Part::Unnamed) => Err(Code::HOLDER_REQUIRED.into()),
        Some(Part::Remaining) => Err(Code::ASKER_GONE.into()),
        Some(Part::Bystander) => Err(Code::FORBIDDEN.into()),
        Some(_) => Err(Code::SAME_PERSON.into()),
    }
}

/// The part of a member of staff in a matter of their own: it names whoever works with their account, by whichever number or
/// record, or is about their spouse or kin (行政程序法 §32 no. 1–4), or about somebody from whose data they are barred. Of an
/// account of which nobody knows who works with it nobody can tell.
pub fn in_own_matter(conn: &mut Conn, by: &By, whom: impl Into<Involved>) -> Result<Vec<Part>> {
    let Some(account) = by.caller.account().filter(|_| by.reach != Reach::Own) else { return Ok(Vec::new()) };
    let me = whoever(conn, account.id, &[])?;
    if me.unnamed.contains(&account.id) {
        return Ok(vec![Part::Unnamed]);
    }
    let own = me.is_concerned(conn, &whom.into(), by.now.date())?;
    Ok(own.then_some(Part::Subject).into_iter().collect())
}

/// Those of these records that are a matter of the caller's own, where they are a member of staff; all of them, where nobody knows
/// who works with their account.
pub fn own_matters(conn: &mut Conn, by: &By, records: &[Id]) -> Result<Vec<Id>> {
    let Some(account) = by.caller.account().filter(|_| by.reach != Reach::Own) else { return Ok(Vec::new()) };
    let me = whoever(conn, account.id, &[])?;
    if me.unnamed.contains(&account.id) { Ok(records.to_vec()) } else { me.concerned(conn, records, by.now.date()) }
}

/// Which of these matters are the caller's own, as [`in_own_matter`]; all of them, where nobody knows who works with their
/// account.
pub fn are_own(conn: &mut Conn, by: &By, matters: &[Involved]) -> Result<Vec<bool>> {
    let none = vec![false; matters.len()];
    let Some(account) = by.caller.account().filter(|_| by.reach != Reach::Own) else { return Ok(none) };
    let me = whoever(conn, account.id, &[])?;
    if me.unnamed.contains(&account.id) {
        return Ok(vec![true; matters.len()]);
    }
    me.concerned_by(conn, matters, by.now.date())
}

/// Refuses a member of staff in a matter of their own, and an account of which nobody knows who works with it in any.
pub fn require_anothers(conn: &mut Conn, by: &By, whom: impl Into<Involved>) -> Result<()> {
    keep_apart(&in_own_matter(conn, by, whom)?, &[Part::Unnamed, Part::Subject])
}

/// Refuses to give work to an account of which nobody knows who works with it.
pub fn require_holder(conn: &mut Conn, account: Id) -> Result<()> {
    if has_holder(conn, &format!("accounts/{account}"))? { Ok(()) } else { Err(Code::HOLDER_REQUIRED.into()) }
}

/// Refuses whoever is no supervisor what only a supervisor does.
pub fn require_supervisor(by: &By) -> Result<()> {
    if by.caller.supervises() {
        return Ok(());
    }
    let (zh, en) = ("須由股長或主任辦理", "a section chief or the director does it");
    Err(Problem::new(Code::FORBIDDEN).detail(zh, en).into())
}

/// What somebody did in a name of the journal, and when; `None` where that is not known.
pub type Done<'n> = (Part, &'n str, Option<Moment>);

/// The parts that a caller has in a record by what was done in these names. It was done by whoever held the account then: it stays
/// theirs whoever holds it now, and what its next holder does is not theirs. Who asks by one account and approves by another
/// is one person still; where nobody knows who works with the caller's account, or the asker's, that is a part too, and so is
/// that whoever asked holds no office any more, by suspension, because they have died or lost capacity, or because another holds their
/// account since.
pub fn parts_of<'n>(conn: &mut Conn, caller: &Caller, done: impl IntoIterator<Item = Done<'n>>) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut named = has_holder(conn, &caller.name())?;
    for (part, name, at) in done {
        if is_one_with(conn, caller, (name, at))? {
            parts.push(part);
        } else if part == Part::Proposer {
            named = named && has_holder(conn, name)?;
            if !holds_office(conn, (name, at))? {
                parts.push(Part::Remaining);
            }
        }
    }
    if !named {
        parts.push(Part::Unnamed);
    }
    Ok(parts)
}

/// One act on records of a kind.
pub struct Act {
    /// As callers know it, in `allowed_actions`.
    pub name: &'static str,
    /// The operation behind it; none where the office's machines act by themselves.
    pub operation: Option<&'static Line>,
    /// What follows the record's address in that of the operation.
    pub address: &'static str,
    /// How a history tells it; empty where none does.
    pub past: &'static str,
    /// How the journal tells it.
    pub journal: &'static str,
    /// What it makes of whoever does it.
    pub part: Part,
    /// Parts that whoever does it must not have.
    pub apart: &'static [Part],
    /// From which state to which; none for an act that begins a record.
    pub moves: &'static [(&'static str, &'static str)],
}

impl Act {
    /// Whether one of the caller's roles is granted the operation behind it.
    pub fn is_granted(&self, caller: &Caller) -> bool {
        self.operation.is_some_and(|line| caller.may(line))
    }
}

/// The acts on records of one kind.
pub struct Table {
    pub record: &'static str,
    pub acts: &'static [Act],
}

impl Table {
    /// The names that callers meet in `allowed_actions`, each once.
    pub fn actions(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for act in self.acts.iter().filter(|act| act.operation.is_some() && !act.moves.is_empty()) {
            if !names.contains(&act.name) {
                names.push(act.name);
            }
        }
        names
    }

    /// The table for people.
    pub fn print(&self) -> String {
        let mut text = format!("# {}\n", self.record);
        for act in self.acts {
            let operation = act.operation.map_or("-", |line| line.operation);
            let past = if act.past.is_empty() { "-" } else { act.past };
            let apart = if act.apart.is_empty() { String::new() } else { format!("apart from {:?}", act.apart) };
            let line = format!(
                "{:<22} {operation:<22} {:<28} {past:<18} {:<11} {apart}",
                act.name,
                act.address,
                format!("{:?}", act.part)
            );
            text.push_str(&format!("{}\n", line.trim_end()));
            for (from, to) in act.moves {
                text.push_str(&format!("    {from:<20} {to}\n"));
            }
        }
        text
    }
}

/// Defines the acts on records of a kind: `Act "name" [Operation "address"] "past tense" Part apart [Part, …] { From => To,
/// … }`. A refused act is 409 with the acts that are allowed.
#[macro_export]
macro_rules! acts {
    ($(#[doc = $doc:expr])* $vis:vis enum $act:ident on $record:literal $status:ident {
        $($variant:ident $name:literal [$($operation:ident $address:literal)?] $past:literal $part:ident
            $(apart [$($other:ident),+])? { $($from:ident => $to:ident),* $(,)? })+
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $act { $($variant),+ }

        // A table is whole, but not each is asked for everything: places on the waiting list, for one, show no actions.
        #[allow(dead_code)]
        impl $act {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const TABLE: &'static $crate::states::Table = &$crate::states::Table {
                record: $record,
                acts: &[$($crate::states::Act {
                    name: $name,
                    operation: {
                        const BEHIND: &[&$crate::auth::policy::Line] =
                            &[$(<$operation as $crate::auth::policy::Action>::LINE)?];
                        match BEHIND {
                            [line] => Some(*line),
                            _ => None,
                        }
                    },
                    address: concat!($($address)?),
                    past: $past,
                    journal: concat!($record, ".", $past),
                    part: $crate::states::Part::$part,
                    apart: &[$($($crate::states::Part::$other),+)?],
                    moves: &[$(($status::$from.as_str(), $status::$to.as_str())),*],
                }),+],
            };

            /// The act's line.
            pub const fn line(self) -> &'static $crate::states::Act {
                &Self::TABLE.acts[self as usize]
            }

            /// The state that the act leads to; `None` where it is refused.
            pub fn after(self, status: $status) -> Option<$status> {
                match (self, status) {
                    $($((Self::$variant, $status::$from) => Some($status::$to),)*)+
                    #[allow(unreachable_patterns)]
                    _ => None,
                }
            }

            /// What can be asked for in a state.
            pub fn possible(status: $status) -> impl Iterator<Item = Self> {
                Self::ALL.iter().copied().filter(move |act| act.line().operation.is_some() && act.after(status).is_some())
            }

            /// The names of what can be asked for in a state.
            pub fn allowed(status: $status) -> Vec<&'static str> {
                Self::possible(status).map(|act| act.line().name).collect()
            }

            /// The state after the act, or the refusal that names what is allowed.
            pub fn apply(self, status: $status) -> $crate::error::Result<$status> {
                self.after(status).ok_or_else(|| $crate::error::Error::wrong_state(&Self::allowed(status)))
            }

            /// Refuses whoever has a part in the record that the act is kept from.
            pub fn keep_apart(self, parts: &[$crate::states::Part]) -> $crate::error::Result<()> {
                $crate::states::keep_apart(parts, self.line().apart)
            }
        }

        impl utoipa::PartialSchema for $act {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(Self::TABLE.actions()))
                    .description(Some(concat!($($doc),*).trim()))
                    .build()
                    .into()
            }
        }

        impl utoipa::ToSchema for $act {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($act).into()
            }
        }
    };
}
