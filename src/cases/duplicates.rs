//! Cases that may be the same as another, and the verdict that they are not.

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::CaseSettings;
use super::case::Case;
use super::certified;
use super::fields::{CaseFields, Form};
use super::intake::Judged;
use super::named;
use super::outside::hidden_among;
use super::problems::POSSIBLE_DUPLICATE;
use super::states::CaseStatus;
use super::store::{self, Match};
use crate::auth::{By, Reach};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::{Problem, Result};
use crate::node::Node;
use crate::people::store::Named;
use crate::people::{self, joins};
use crate::schema::cases;

/// A case that may be the same.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-HEMEI-000001", "status": "ACCEPTED", "received_at": "2026-11-23T09:00:00+08:00"
}))]
pub struct PossibleDuplicate {
    pub id: Id,
    /// `null` of a draft, and to staff who are barred from the data of somebody whom it names, or of whom these live with.
    #[schema(max_length = 40)]
    pub number: Option<String>,
    pub status: CaseStatus,
    pub received_at: Moment,
}

/// An application as it is compared with others.
pub struct Likeness<'a> {
    type_code: &'a str,
    event_on: Option<NaiveDate>,
    received_at: Moment,
    /// The case itself, once it is kept.
    of: Option<Id>,
    /// What it says, as far as it is there.
    said: &'a Value,
    /// The same, read; `None` for a draft that is not yet whole.
    fields: Option<&'a CaseFields>,
}

impl<'a> Likeness<'a> {
    pub fn of(
        (type_code, event_on): (&'a str, Option<NaiveDate>),
        received_at: Moment,
        of: Option<Id>,
        judged: &'a Judged,
    ) -> Self {
        Self { type_code, event_on, received_at, of, said: &judged.fields, fields: judged.form.as_ref() }
    }

    /// Cases like it about the same people, but for those that somebody has judged to be another matter.
    pub fn matches(&self, conn: &mut Conn, node: &Node, by: &By, principals: &[Id]) -> Result<Vec<PossibleDuplicate>> {
        let since = self.received_at - Duration::days(node.config.of::<CaseSettings>().duplicate_window_days);
        // The same people by whichever of their numbers: to the office two records that are joined are one human's.
        let records = if by.reach == Reach::Own { principals.to_vec() } else { joins::all_records(conn, principals)? };
        let mut matches = store::same(conn, node, by, self.type_code, &records, since, self.of)?;
        let mut certified = match by.reach {
            // Nobody learns of other people's cases by a number.
            Reach::Own => Vec::new(),
            _ => certified::alike(conn, &node.vault, (self.type_code, self.said), self.of)?,
        };
        if let Some(id) = self.of {
            matches = store::unjudged(conn, id, matches)?;
            certified = store::unjudged(conn, id, certified)?;
        }
        let (mut alike, mut siblings) = (certified, Vec::new());
        for one in matches {
            match self.is_like(conn, node, one.0, principals)? {
                Some(Likely::Same) => alike.push(one),
                Some(Likely::BornTogether) => siblings.push(one),
                None => {}
            }
        }
        // Of twins there are two.
        let is_full = matches!(self.fields, Some(CaseFields::Birth(birth)) if siblings.len() >= usize::from(birth.multiple));
        alike.extend(siblings.into_iter().filter(|_| is_full));
        alike.sort_unstable_by_key(|(id, ..)| *id);
        alike.dedup_by_key(|(id, ..)| *id);
        alike.truncate(MOST);
        // Its number tells at which desk a case was taken.
        let closed = closed_among(conn, node, by, &alike)?;
        let shown = |(id, number, status, received_at): Match| {
            let number = number.filter(|_| !closed.contains(&id));
            PossibleDuplicate { id, number, status, received_at }
        };
        Ok(alike.into_iter().map(shown).collect())
    }

    /// What another case of the type likely is that is about the same people, as far as both name them; `None` where it is plainly
    /// another matter.
    fn is_like(&self, conn: &mut Conn, node: &Node, other: Id, principals: &[Id]) -> Result<Option<Likely>> {
        let parties = store::parties(conn, other)?;
        let theirs: Vec<Id> = parties.iter().filter(|one| one.role.is_principal()).map(|one| one.person_id).collect();
        let (own, theirs) = (joins::last_of(conn, principals)?, joins::last_of(conn, &theirs)?);
        let within = |some: &[Id], all: &[Id]| some.iter().all(|one| all.contains(one));
        if !within(&own, &theirs) && !within(&theirs, &own) {
            return Ok(None);
        }
        let Some(fields) = self.fields else { return Ok(Some(Likely::Same)) };
        let said = store::fields_of(conn, &node.vault, other)?;
        let Ok(said) = CaseFields::kept(Form::of_type(self.type_code), &said) else { return Ok(Some(Likely::Same)) };
        // One has a household for the first time once.
        if self.type_code == "INITIAL" || !fields.is_another_matter(&said) {
            return Ok(Some(Likely::Same));
        }
        let (CaseFields::Birth(one), CaseFields::Birth(twin)) = (fields, &said) else { return Ok(None) };
        let born: Option<NaiveDate> = cases::table.find(other).select(cases::event_on).first(conn)?;
        let is_together = self.event_on.zip(born).is_some_and(|(one, other)| (one - other).num_days().abs() <= LABOUR_DAYS);
        Ok(match is_together {
            false => None,
            true if one.multiple > 1 && one.multiple == twin.multiple => Some(Likely::BornTogether),
            // Somebody is wrong about how many were born.
            true => Some(Likely::Same),
        })
    }
}

/// Those of these cases that are not there to the caller, who works in the office.
fn closed_among(conn: &mut Conn, node: &Node, by: &By, alike: &[Match]) -> Result<Vec<Id>> {
    if by.reach == Reach::Own || alike.is_empty() {
        return Ok(Vec::new());
    }
    let found = cases::table.filter(cases::id.eq_any(alike.iter().map(|(id, ..)| *id)));
    let found: Vec<Case> = found.select(Case::as_select()).load(conn)?;
    hidden_among(conn, node, by, &found)
}

/// Refuses to let a case stand again beside one that may be the same, unless somebody says that it is none, and remembers that.
pub fn settle(tx: &mut Tx, node: &Node, by: &By, case: &Case, confirmed: bool) -> Result<()> {
    let said = store::open_fields(&node.vault, case)?;
    certified::own(tx, &node.vault, (&case.type_code, &said))?;
    let fields = CaseFields::kept(Form::of_type(&case.type_code), &said).ok();
    let names = named::of(tx, node, case.id)?;
    let faces = names.iter().flat_map(|names| &names.parties);
    let mut principals = Vec::new();
    // A birth has named its child nowhere.
    for (party, face) in store::parties(tx, case.id)?.iter().zip(faces).filter(|(party, _)| party.role.is_principal()) {
        principals.push(party.person_id);
        // Of whom nothing was left standing another record may have been made.
        if face.national_id.finds() {
            let named = Named { name: face.name.as_str(), number: &face.national_id, birth_on: face.birth_on };
            principals.extend(people::numbers::known(tx, &node.vault, named)?.map(|known| known.id));
        }
    }
    principals.sort_unstable();
    principals.dedup();
    let likeness = Likeness {
        type_code: &case.type_code,
        event_on: case.event_on,
        received_at: case.received_at,
        of: Some(case.id),
        said: &said,
        fields: fields.as_ref(),
    };
    let matches = likeness.matches(tx, node, by, &principals)?;
    require_new(&matches, confirmed)?;
    remember(tx, by, case.id, &matches)
}

/// What a case of the same people likely is.
enum Likely {
    Same,
    /// Another child of the same birth.
    BornTogether,
}

/// As many days lie between the children of one birth at most, but for rare ones.
const LABOUR_DAYS: i64 = 1;

/// As many matches are shown at most.
const MOST: usize = 20;

/// Refuses what may be a duplicate, unless somebody says that it is none.
pub fn require_new(matches: &[PossibleDuplicate], confirmed: bool) -> Result<()> {
    if matches.is_empty() || confirmed {
        return Ok(());
    }
    Err(Problem::new(POSSIBLE_DUPLICATE).with("matches", matches).into())
}

/// Remembers that a case is none of these.
pub fn remember(tx: &mut Tx, by: &By, id: Id, matches: &[PossibleDuplicate]) -> Result<()> {
    matches.iter().try_for_each(|other| store::remember_verdict(tx, id, other.id, by))
}
