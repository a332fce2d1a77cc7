//! A case as those outside the office see it. People of whom they spoke have keys of their own in it, so that nobody learns
//! that two numbers are one human, and whoever is barred from somebody's data (家庭暴力防治法 §14, §58-2; 跟蹤騷擾防制法 §12)
//! sees no place of theirs or of those with whom they live, and nothing that others have said in words. What they have said themselves
//! they see as anybody does, so that nobody learns by it that a mark stands. To a member of staff who is barred there is no such case.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;

use super::beside::{all_closed, living_beside_hidden};
use super::case::{Case, Party};
use super::listing::{self, Filter};
use super::store;
use crate::auth::protection::{barred_account, closed_to};
use crate::auth::{By, Involved, Reach, STAFF};
use crate::db::{Backend, Conn, Id};
use crate::domain::case_path;
use crate::error::Result;
use crate::node::Node;
use crate::people::{self, Identifier, KnownBy, names, protection};
use crate::schema::{case_parties, cases};
use crate::states::are_own;

/// What somebody outside the office sees otherwise in a case.
pub struct Outside {
    /// The caller's own records.
    caller: Vec<Id>,
    /// These, and their principals'.
    own: Vec<Id>,
    /// What the keys of all others go by.
    account: String,
    case: Id,
    /// Whether one of the case's people, or one with whom they live, is hidden from the caller, and others have said what the case
    /// says.
    pub hides_places: bool,
}

/// The name of somebody of whom nothing was kept but who they are today.
pub const NOBODY: &str = "○";

/// Name and number of somebody of whom nothing was kept but who they are today.
pub fn nobody() -> (String, KnownBy) {
    (NOBODY.to_owned(), KnownBy { national_id: Some("**********".to_owned()), ..KnownBy::default() })
}

impl Outside {
    /// `None` for those who work in the office, or check it.
    pub fn of(conn: &mut Conn, node: &Node, by: &By, case: &Case, parties: &[Party]) -> Result<Option<Self>> {
        if by.reach != Reach::Own {
            return Ok(None);
        }
        let own = people::store::represented(conn, by, store::PROXY_SCOPE)?;
        let others: Vec<Id> = case.people(parties).into_iter().filter(|id| !own.contains(id)).collect();
        let hides_places = !has_said(conn, by, case, &own)? && !hidden_of(conn, node, by, &others)?.is_empty();
        Ok(Some(Self { caller: by.caller.own_records(), own, account: by.caller.name(), case: case.id, hides_places }))
    }

    /// Whether somebody is the caller, who sees their own data whole.
    pub fn is_caller(&self, person: Id) -> bool {
        self.caller.contains(&person)
    }

    pub fn is_own(&self, person: Id) -> bool {
        self.own.contains(&person)
    }

    /// The key of somebody: their record's to those who are, or act for, them; else one that is the same for this account
    /// wherever it names the same number and name.
    pub fn key(&self, node: &Node, person: Id, named: Option<&(String, Identifier)>) -> Id {
        if self.is_own(person) {
            return person;
        }
        let said = match named {
            Some((name, number)) => format!("{} {} {}", self.account, number.expose(), names::folded(name)),
            None => format!("{} {} {person}", self.account, self.case),
        };
        Id::standing_for(&node.vault.blind_index("cases/outside", &said))
    }
}

/// Those of these people who are hidden from the caller, who is outside the office: they are barred from them, or from somebody with
/// whom they live. Of what the caller has said themselves nobody asks for them: how long that takes would tell whether the office knows
/// whom they named, and whether a mark stands.
fn hidden_of(conn: &mut Conn, node: &Node, by: &By, people: &[Id]) -> Result<Vec<Id>> {
    let mut hidden = protection::hidden_from(conn, &node.vault, by, people)?;
    hidden.extend(living_beside_hidden(conn, node, by, people)?);
    Ok(hidden)
}

/// Whether what was said in words of the work on a case is hidden from the caller: they work in the office, and it is a matter of their
/// own.
pub fn hides_words(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<bool> {
    Ok(kept_from(conn, node, by, &[case.id])?.contains(&case.id))
}

/// What stands in the place of what is hidden.
pub const HIDDEN: &str = "***";

/// Whom each of these cases names, of whom it has a record.
fn named_in(conn: &mut Conn, cases: &[Case]) -> Result<Vec<Vec<Id>>> {
    let parties = store::parties_of(conn, &cases.iter().map(|case| case.id).collect::<Vec<_>>())?;
    let named = |case: &Case| {
        let parties = parties.iter().filter(|(of, _)| *of == case.id).map(|(_, person)| *person);
        parties.chain([case.person_id, case.applicant_id]).chain(case.proxy_id).collect()
    };
    Ok(cases.iter().map(named).collect())
}

/// Those of these cases that are a matter of the caller's own, who works in the office: what colleagues have said of the work on
/// them is not told to them.
pub fn kept_from(conn: &mut Conn, node: &Node, by: &By, ids: &[Id]) -> Result<HashSet<Id>> {
    let works = by.reach != Reach::Own && STAFF.iter().any(|role| by.caller.has_role(*role));
    let mut kept = HashSet::new();
    for ids in ids.chunks(500).filter(|_| works) {
        let cases: Vec<Case> = cases::table.filter(cases::id.eq_any(ids.iter().copied())).select(Case::as_select()).load(conn)?;
        let named = named_in(conn, &cases)?;
        let matter = |(case, records): (&Case, Vec<Id>)| {
            let numbers = store::named_in(&node.vault, &store::open_fields(&node.vault, case)?);
            Ok(Involved { records, numbers, ..Involved::default() })
        };
        let matters = cases.iter().zip(named).map(matter).collect::<Result<Vec<_>>>()?;
        let own = are_own(conn, by, &matters)?;
        kept.extend(cases.iter().zip(own).filter(|(_, own)| *own).map(|(case, _)| case.id));
    }
    Ok(kept)
}

/// Those of these cases, each with its parties, of which the caller must not learn where they were taken: one of the people is
/// hidden from them, and they do not apply themselves, nor have begun it. Of staff those that are not there to them.
pub fn hidden_among(conn: &mut Conn, node: &Node, by: &By, cases: &[Case]) -> Result<Vec<Id>> {
    if by.reach == Reach::Own {
        return hidden_outside(conn, node, by, cases);
    }
    let named = named_in(conn, cases)?;
    let everybody = everybody(&named);
    let mut marked = protection::protected(conn, &everybody, by.now.date())?;
    let account = by.caller.account().map(|account| account.id);
    marked = account.map_or(Ok(Vec::new()), |account| barred_account(conn, account, &marked, by.now.date()))?;
    marked.extend(living_beside_hidden(conn, node, by, &everybody)?);
    let is_hidden = |named: &[Id]| named.iter().any(|person| marked.contains(person));
    Ok(cases.iter().zip(&named).filter(|(_, named)| is_hidden(named)).map(|(case, _)| case.id).collect())
}

/// The same of somebody outside the office.
fn hidden_outside(conn: &mut Conn, node: &Node, by: &By, cases: &[Case]) -> Result<Vec<Id>> {
    let own = people::store::represented(conn, by, store::PROXY_SCOPE)?;
    let mut others_said = Vec::new();
    for case in cases {
        if !applies(by, case) && !has_said(conn, by, case, &own)? {
            others_said.push(case.clone());
        }
    }
    if others_said.is_empty() {
        return Ok(Vec::new());
    }
    let named = named_in(conn, &others_said)?;
    let others: Vec<Id> = everybody(&named).into_iter().filter(|person| !own.contains(person)).collect();
    let hidden = hidden_of(conn, node, by, &others)?;
    let is_hidden = |named: &[Id]| named.iter().any(|person| hidden.contains(person));
    Ok(others_said.iter().zip(&named).filter(|(_, named)| is_hidden(named)).map(|(case, _)| case.id).collect())
}

/// Everybody whom cases name, each once.
fn everybody(named: &[Vec<Id>]) -> Vec<Id> {
    named.iter().flatten().copied().collect::<HashSet<_>>().into_iter().collect()
}

/// Lets no filter tell what a case does not show: where it was taken of whom the caller is barred from, by the place itself or by who
/// works on it there; or to those outside the office whose record somebody has. To staff who are barred from somebody there is no case of
/// theirs, nor of whom they live with.
pub fn keep_closed(conn: &mut Conn, node: &Node, by: &By, filter: &mut Filter) -> Result<()> {
    if let Some(person) = filter.person.filter(|_| by.reach == Reach::Own)
        && !people::store::represented(conn, by, store::PROXY_SCOPE)?.contains(&person)
    {
        *filter = Filter { people: Some(Vec::new()), ..Filter::default() };
        return Ok(());
    }
    let tells_place = filter.service_point.is_some() || filter.clerk.is_some() || filter.reviewer.is_some();
    if tells_place || filter.person.is_some() || by.reach != Reach::Own {
        let hidden = hidden(conn, node, by, listing::matching(by, filter))?;
        filter.ended.extend(hidden);
    }
    Ok(())
}

/// The cases that are not there to the caller, who works in the office: whatever tells of them elsewhere, tells where they were taken.
pub fn closed_cases(conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<Id>> {
    if by.reach == Reach::Own { Ok(Vec::new()) } else { hidden(conn, node, by, cases::table.into_boxed()) }
}

/// The same, and whoever lives with those from whose data the caller is barred, as the subjects of lines in the audit log: who did
/// something tells the desk.
pub fn unseen(conn: &mut Conn, node: &Node, by: &By) -> Result<Vec<String>> {
    let (protected, mut beside) = (closed_to(conn, by)?, all_closed(conn, node, by)?);
    beside.retain(|person| !protected.contains(person));
    let cases = closed_cases(conn, node, by)?.into_iter().map(case_path);
    Ok(cases.chain(beside.into_iter().map(|person| format!("people/{person}"))).collect())
}

/// Those of some cases that are hidden from the caller. Outside the office somebody's own are few, and all of them are looked at, whether
/// they name whom a mark protects or not: time tells nobody that they do.
fn hidden(conn: &mut Conn, node: &Node, by: &By, all: cases::BoxedQuery<'_, Backend>) -> Result<Vec<Id>> {
    if by.reach == Reach::Own {
        let own: Vec<Case> = all.select(Case::as_select()).load(conn)?;
        return hidden_among(conn, node, by, &own);
    }
    let marked = all_closed(conn, node, by)?;
    if marked.is_empty() {
        return Ok(Vec::new());
    }
    let named = case_parties::table.filter(case_parties::person_id.eq_any(marked.clone())).select(case_parties::case_id);
    let others = cases::applicant_id.eq_any(marked.clone()).or(cases::person_id.eq_any(marked.clone()));
    let proxies = cases::proxy_id.eq_any(marked.iter().map(ToString::to_string).collect::<Vec<_>>());
    let naming = all.filter(others.or(proxies).or(cases::id.eq_any(named)));
    let naming: Vec<Case> = naming.select(Case::as_select()).load(conn)?;
    hidden_among(conn, node, by, &naming)
}

/// Whether what a case says was said by the caller, who is outside the office, or by whom they act for: they apply for it, or have
/// begun it. Nobody reaches what they began for somebody else once that one's mark bars them.
fn has_said(conn: &mut Conn, by: &By, case: &Case, own: &[Id]) -> Result<bool> {
    Ok(own.contains(&case.applicant_id) || store::is_begun_by(conn, case, by)?)
}

/// Whether the caller is a case's applicant or proxy, who knows where it was taken.
pub fn applies(by: &By, case: &Case) -> bool {
    let own = by.caller.own_records();
    by.reach == Reach::Own && (own.contains(&case.applicant_id) || case.proxy_id.is_some_and(|proxy| own.contains(&proxy)))
}

/// Members of the fields that say something in words of their own, though it may look like a code.
const TEXTS: [&str; 17] = [
    "matter",
    "before",
    "after",
    "ground",
    "place",
    "household_head",
    "new_name",
    "purpose",
    "proxy_reason",
    "interest_proof",
    "village_code",
    "court_ruling",
    "certificate_number",
    "building_permit",
    "loss_report_number",
    "forwarding_number",
    "nationality",
];

/// Members that stand masked: how somebody is called, and their number.
const MASKED: [&str; 8] =
    ["name", "old_name", "child_name", "spouse_name", "old_number", "new_number", "national_id", "identified_by"];

/// Hides all that tells in words where somebody lives, with whom, or what was applied for, from whoever is barred from knowing it:
/// of masked fields there are left codes, days, masked names and numbers.
pub fn without_places(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), left_of(name, member))).collect(),
        Value::Array(items) => items.iter().map(without_places).collect(),
        Value::String(_) => HIDDEN.into(),
        other => other.clone(),
    }
}

fn left_of(name: &str, member: &Value) -> Value {
    let is_code = |text: &str| text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    match member {
        _ if MASKED.contains(&name) => member.clone(),
        Value::String(text) if !TEXTS.contains(&name) && (is_code(text) || text.parse::<NaiveDate>().is_ok()) => member.clone(),
        other => without_places(other),
    }
}
