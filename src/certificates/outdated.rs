//! Which certificates show what the register no longer says: an entry that names, or has named, their person was changed since.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::model::CertificateStatus;
use crate::auth::whoever;
use crate::cases::fields::PartyRole;
use crate::cases::states::CaseStatus;
use crate::cases::{ChangeKind, ChangeStatus, enters, says_where};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::people::facts::{FactKind, Rank};
use crate::people::joins::{self, Ended};
use crate::schema::{case_changes, case_lineups, case_parties, cases, certificates, facts};

/// A change of an entry beside somebody who has a part in it.
struct Turn {
    person: Id,
    /// Until when they had the part, where a correction has taken it from them.
    until: Option<Moment>,
    case: Id,
    registered_at: Moment,
    change: Id,
    kind: ChangeKind,
    at: Moment,
}

type TurnRow = (Id, Id, Option<Moment>, Id, ChangeKind, Option<Moment>);

impl Turn {
    fn of((person, case, registered_at, change, kind, at): TurnRow, until: Option<Moment>) -> Option<Self> {
        Some(Self { person, until, case, registered_at: registered_at?, change, kind, at: at? })
    }

    /// Whether it came after a moment, while its person had the part.
    fn is_since(&self, moment: Moment) -> bool {
        self.registered_at <= moment && self.at > moment && self.until.is_none_or(|until| self.at <= until)
    }
}

/// The changes of the entries that name these records, or have named them until a correction.
fn turns(conn: &mut Conn, records: &[Id]) -> Result<Vec<Turn>> {
    let named = case_parties::table
        .inner_join(cases::table.on(cases::id.eq(case_parties::case_id)))
        .inner_join(case_changes::table.on(case_changes::case_id.eq(cases::id)))
        .filter(case_parties::person_id.eq_any(records.iter().copied()))
        .filter(case_changes::status.eq(ChangeStatus::Approved));
    let columns = (
        case_parties::person_id,
        cases::id,
        cases::registered_at,
        case_changes::id,
        case_changes::kind,
        case_changes::decided_at,
    );
    let rows: Vec<TurnRow> = named.select(columns).load(conn)?;
    let mut turns: Vec<Turn> = rows.into_iter().filter_map(|row| Turn::of(row, None)).collect();
    let left = case_lineups::table
        .inner_join(cases::table.on(cases::id.eq(case_lineups::case_id)))
        .inner_join(case_changes::table.on(case_changes::case_id.eq(cases::id)))
        .filter(case_lineups::person_id.eq_any(records.iter().copied()))
        .filter(case_lineups::is_out)
        .filter(case_changes::status.eq(ChangeStatus::Approved));
    let columns = (
        case_lineups::person_id,
        cases::id,
        cases::registered_at,
        case_changes::id,
        case_changes::kind,
        case_changes::decided_at,
    );
    let rows: Vec<(TurnRow, Moment)> = left.select((columns, case_lineups::changed_at)).load(conn)?;
    turns.extend(rows.into_iter().filter_map(|(row, until)| Turn::of(row, Some(until))));
    Ok(turns)
}

/// Whether an entry is another than it was at a moment: a revocation that was undone has changed nothing.
fn have_changed<'t>(turns: impl Iterator<Item = &'t Turn>) -> bool {
    let mut turned: HashMap<Id, HashSet<Id>> = HashMap::new();
    for turn in turns {
        if turn.kind == ChangeKind::Correct {
            return true;
        }
        turned.entry(turn.case).or_default().insert(turn.change);
    }
    turned.values().any(|changes| changes.len() % 2 == 1)
}

/// What a case has registered of somebody, whether it stands or not.
struct Entered {
    person: Id,
    says: (FactKind, String, Option<String>, Option<NaiveDate>),
    recorded_at: Moment,
    struck_at: Option<Moment>,
}

fn entered(conn: &mut Conn, records: &[Id]) -> Result<Vec<Entered>> {
    type Row = (Id, (FactKind, String, Option<String>, Option<NaiveDate>), Moment, Option<Moment>);
    let all = facts::table
        .filter(facts::person_id.eq_any(records.iter().copied()))
        .filter(facts::rank.eq(Rank::Registered))
        .filter(facts::source.like("cases/%"));
    let says = (facts::kind, facts::source, facts::other_id, facts::valid_from);
    let rows: Vec<Row> = all.select((facts::person_id, says, facts::recorded_at, facts::struck_at)).load(conn)?;
    let entered = |(person, says, recorded_at, struck_at)| Entered { person, says, recorded_at, struck_at };
    Ok(rows.into_iter().map(entered).collect())
}

/// Whether something that stood at a moment was struck since, and not entered anew.
fn are_struck(all: &[&Entered], moment: Moment) -> bool {
    let stands = |other: &Entered| all.iter().any(|one| one.struck_at.is_none() && one.says == other.says);
    let is_struck = |one: &&&Entered| one.recorded_at <= moment && one.struck_at.is_some_and(|at| at > moment);
    all.iter().filter(is_struck).any(|one| !stands(one))
}

/// Of whom of these cases say where they live or with whom, which stands in no fact, and since when.
fn placed_by(conn: &mut Conn, records: &[Id]) -> Result<Vec<(Id, Moment)>> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let standing = [CaseStatus::Registered, CaseStatus::Corrected];
    let named = case_parties::table
        .inner_join(cases::table.on(cases::id.eq(case_parties::case_id)))
        .filter(case_parties::person_id.eq_any(records.iter().copied()))
        .filter(cases::status.eq_any(standing));
    let columns = (case_parties::person_id, cases::type_code, case_parties::role, cases::registered_at);
    let rows: Vec<(Id, String, PartyRole, Option<Moment>)> = named.select(columns).load(conn)?;
    let of = |(person, type_code, role, at): (Id, String, PartyRole, Option<Moment>)| {
        Some((person, at?)).filter(|_| says_where(&type_code) && enters(&type_code, role))
    };
    Ok(rows.into_iter().filter_map(of).collect())
}

/// Whether what was registered of somebody else, by these facts or cases, stood at a moment at which a join that has ended made it
/// theirs.
fn shows_another(own: &[Id], ended: &[Ended], (all, placed): (&[Entered], &[(Id, Moment)]), moment: Moment) -> bool {
    let stood = |one: &Entered| one.recorded_at <= moment && one.struck_at.is_none_or(|at| at > moment);
    let mut joined = ended.iter().filter(|join| join.since <= moment && moment < join.until);
    joined.any(|join| {
        let other = match [join.record, join.into].map(|record| own.contains(&record)) {
            [true, false] => join.into,
            [false, true] => join.record,
            _ => return false,
        };
        let is_placed = placed.iter().any(|(person, at)| *person == other && *at <= moment);
        is_placed || all.iter().any(|one| one.person == other && stood(one))
    })
}

/// Those of these certificates that are issued and show a person of whom an entry was corrected or revoked since, in whichever of
/// their records: one that names them, or has named them until a correction took them out of it; or for whom another was taken then,
/// of whom something was registered, since their records were joined.
pub fn among(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Id>> {
    let issued = certificates::table
        .filter(certificates::id.eq_any(ids.iter().copied()))
        .filter(certificates::status.eq(CertificateStatus::Issued));
    let issued: Vec<(Id, Id, Option<Moment>)> =
        issued.select((certificates::id, certificates::person_id, certificates::issued_at)).load(conn)?;
    if issued.is_empty() {
        return Ok(Vec::new());
    }
    let people: Vec<Id> = issued.iter().map(|(_, person, _)| *person).collect();
    let records = whoever::records_of(conn, &people)?;
    let own: Vec<Id> = records.values().flatten().copied().collect();
    let ended = joins::ended(conn, &own)?;
    let parted: Vec<Id> = ended.iter().flat_map(|join| [join.record, join.into]).collect();
    let all: HashSet<Id> = own.iter().chain(&parted).copied().collect();
    let all: Vec<Id> = all.into_iter().collect();
    let (turns, entered, placed) = (turns(conn, &all)?, entered(conn, &all)?, placed_by(conn, &parted)?);
    let is_outdated = |(id, person, issued_at): (Id, Id, Option<Moment>)| {
        let (own, at) = (records.get(&person)?, issued_at?);
        let since = turns.iter().filter(|turn| own.contains(&turn.person) && turn.is_since(at));
        let says: Vec<&Entered> = entered.iter().filter(|one| own.contains(&one.person)).collect();
        let has_shown = shows_another(own, &ended, (&entered, &placed), at);
        (has_shown || have_changed(since) || are_struck(&says, at)).then_some(id)
    };
    Ok(issued.into_iter().filter_map(is_outdated).collect())
}
