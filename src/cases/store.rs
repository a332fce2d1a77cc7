//! Cases in the store: the only SQL of what is common to all of them.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;

use super::beside;
use super::case::{Case, Party};
use super::fields::{self, PartyRole};
use super::mandates;
use super::states::{CaseAct, CaseStatus};
use super::types::model::Relation;
use crate::auth::standing::acts_for;
use crate::auth::whoever::{account_of, whoever};
use crate::auth::{By, Involved, Reach, Role};
use crate::calendar::Pause;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Result};
use crate::http::Paging;
use crate::node::Node;
use crate::office::desk;
use crate::people::{self, Identifier};
use crate::schema::{case_history, case_parties, case_reviews, case_stops, cases, duplicate_verdicts};
use crate::secrets::vault::Vault;
use crate::states::Part;
use crate::{each, find, prepared, save};

/// What a letter of proxy must cover.
pub const PROXY_SCOPE: &str = "CASE";

/// A case within the caller's reach; others are not there.
pub fn find(conn: &mut Conn, node: &Node, by: &By, id: Id) -> Result<Case> {
    let case: Option<Case> = find!(conn, cases::table.find(id).select(Case::as_select()))?;
    let case = case.ok_or(Code::NOT_FOUND)?;
    if !reaches(conn, node, by, &case)? {
        return Err(Code::NOT_FOUND.into());
    }
    // To whoever is barred from it there is none, wherever it was taken: who works in the office, and sees it or not, would learn that.
    let people = people_of(conn, &case)?;
    if beside::is_closed(conn, node, by, &people)? {
        return Err(Code::NOT_FOUND.into());
    }
    Ok(case)
}

/// A case within the caller's reach, to act on: whoever else acts on it or on its people waits.
pub fn find_to_act(tx: &mut Tx, node: &Node, by: &By, id: Id) -> Result<Case> {
    let case = find(tx, node, by, id)?;
    let people = people_of(tx, &case)?;
    people::numbers::own(tx, &people)?;
    if !tx.is_alone() {
        own_named(tx, &node.vault, &open_fields(&node.vault, &case)?)?;
    }
    Ok(case)
}

/// Makes whoever else acts on those wait whose numbers stand in the fields of a case, such as its witnesses: it is judged by them.
pub fn own_named(tx: &mut Tx, vault: &Vault, fields: &Value) -> Result<()> {
    let named: Vec<Identifier> = fields::numbers(fields).into_iter().map(Identifier::from).collect();
    people::numbers::own_numbers(tx, vault, &named)
}

/// Everybody of whom a case has a record.
pub fn people_of(conn: &mut Conn, case: &Case) -> Result<Vec<Id>> {
    Ok(case.people(&parties(conn, case.id)?))
}

/// Everybody whom a case names: those of whom it has a record, and those whose numbers stand in its fields.
pub fn involved(conn: &mut Conn, vault: &Vault, case: &Case) -> Result<Involved> {
    let records = people_of(conn, case)?;
    Ok(Involved { records, numbers: named_in(vault, &open_fields(vault, case)?), ..Involved::default() })
}

/// Blind indexes of the numbers that stand in the fields of a case.
pub fn named_in(vault: &Vault, fields: &Value) -> Vec<String> {
    let numbers = fields::numbers(fields).into_iter();
    numbers.map(|number| people::numbers::index(vault, &number.into())).collect()
}

/// Whether a case lies within the caller's reach: what somebody began by a mandate of law is theirs as long as that lasts.
pub fn reaches(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<bool> {
    if by.reach != Reach::Own {
        return Ok(desk::sees(by, &case.service_point));
    }
    let begun = begun_by(by).map_or(Ok(false), |name| is_begun_by(conn, case, &name))?;
    if applies(conn, node, by, case)? || begun && !mandates::has_ended(conn, node, case, by.now.date())? {
        return Ok(true);
    }
    let (own, parties) = (by.caller.own_records(), parties(conn, case.id)?);
    for party in parties.iter().filter(|party| own.contains(&party.person_id)) {
        if mandates::sees(conn, node, case, (party, &parties), by.now.date())? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The caller as whoever began cases under what they say of themselves.
pub fn begun_by(by: &By) -> Option<String> {
    let account = by.caller.account()?;
    // Whoever also acts for others would go on seeing theirs.
    (account.claimed_id.is_some() && !account.roles.contains(&Role::Proxy)).then(|| by.caller.name())
}

/// The records of the caller, whose cases they reach; `None` for those who reach more than their own.
pub fn own_people(by: &By) -> Option<Vec<Id>> {
    (by.reach == Reach::Own).then(|| by.caller.own_records())
}

/// In whose name a case was begun.
pub fn begun_by_whom(conn: &mut Conn, case: &Case) -> Result<String> {
    let first = case_history::table.find((case.id, 1)).select(case_history::actor);
    Ok(first.first::<String>(conn).optional()?.unwrap_or_default())
}

/// Whether the caller of that name began the case.
pub fn is_begun_by(conn: &mut Conn, case: &Case, name: &str) -> Result<bool> {
    Ok(begun_by_whom(conn, case)? == name)
}

/// Whether whoever began a case may still do so on a day for its applicant.
pub fn is_brought(conn: &mut Conn, case: &Case, day: NaiveDate) -> Result<bool> {
    let account = account_of(&begun_by_whom(conn, case)?);
    // By the relation PROXY the applicant is the proxy, and whom it is about has given the letter.
    let whose = if case.relation == Relation::Proxy { case.person_id } else { case.applicant_id };
    account.map_or(Ok(true), |account| acts_for(conn, account, (whose, PROXY_SCOPE), day))
}

/// Whether the caller brings the case by a letter in force: it names them as the proxy, or they began it. A letter is for what
/// is applied for by it (戶籍法 §47), and opens nothing else of the principal.
fn brings(conn: &mut Conn, by: &By, case: &Case) -> Result<bool> {
    if !people::store::principals(conn, by, PROXY_SCOPE)?.contains(&case.applicant_id) {
        return Ok(false);
    }
    let is_named = case.proxy_id.is_some_and(|proxy| by.caller.own_records().contains(&proxy));
    Ok(is_named || is_begun_by(conn, case, &by.caller.name())?)
}

/// Whether the caller is, or acts for, the applicant: parties may read a case, but not act on it. What somebody began for
/// themselves before they proved who they are is the applicant's from its acceptance on. Whoever applied by a mandate of law does so
/// until it ends.
pub fn applies(conn: &mut Conn, node: &Node, by: &By, case: &Case) -> Result<bool> {
    let acts = by.caller.own_records().contains(&case.applicant_id) || brings(conn, by, case)?;
    Ok(acts && !mandates::has_ended(conn, node, case, by.now.date())?)
}

/// The parts that whoever works with an account has in a case, by whichever account they hold, or held when it did something: by its history, by its reviews,
/// as its clerk or reviewer, and by being a person whom it names, or of the kin of one whom it is about, or barred from the data
/// of one on a day.
pub fn parts(conn: &mut Conn, vault: &Vault, case: &Case, account: Id, day: NaiveDate) -> Result<Vec<Part>> {
    let lines = case_history::table.filter(case_history::case_id.eq(case.id));
    let told: Vec<(String, String, Moment)> =
        lines.select((case_history::actor, case_history::action, case_history::at)).load(conn)?;
    let reviews = case_reviews::table.filter(case_reviews::case_id.eq(case.id));
    let reviews: Vec<(Id, Moment)> = reviews.select((case_reviews::reviewer, case_reviews::reviewed_at)).load(conn)?;
    let mut done: Vec<(Id, Part)> =
        told.iter().filter_map(|(actor, past, _)| Some((account_of(actor)?, CaseAct::part_of(past)))).collect();
    done.extend(reviews.iter().map(|(reviewer, _)| *reviewer).chain(case.reviewer).map(|reviewer| (reviewer, Part::Reviewer)));
    done.extend(case.clerk.map(|clerk| (clerk, Part::Clerk)));
    // Whoever has it in hand and has done nothing yet has it since its last change.
    let in_hand = case.clerk.into_iter().chain(case.reviewer).map(|account| (account, case.updated_at));
    let acted = told.iter().filter_map(|(actor, past, at)| {
        account_of(actor).filter(|_| CaseAct::part_of(past) != Part::Anyone).map(|account| (account, *at))
    });
    let others: Vec<_> = acted.chain(reviews).chain(in_hand).map(|(account, at)| (account, Some(at))).collect();
    let me = whoever(conn, account, &others)?;
    let own = |(other, part)| me.accounts.contains(&other).then_some(part);
    let mut parts: Vec<Part> = done.into_iter().filter_map(own).collect();
    // Where nobody knows who works with the one account or the other, these may be one person.
    if [Some(account), case.clerk].into_iter().flatten().any(|one| me.unnamed.contains(&one)) {
        parts.push(Part::Unnamed);
    }
    let whom = involved(conn, vault, case)?;
    if me.is_concerned(conn, &whom, day)? {
        parts.push(Part::Subject);
    }
    Ok(parts)
}

/// Whether a service point has taken a case that names one of these records.
pub fn deals_with(conn: &mut Conn, service_point: &str, records: &[Id]) -> Result<bool> {
    let named = case_parties::table.filter(case_parties::person_id.eq_any(records.iter().copied())).select(case_parties::case_id);
    let theirs = cases::applicant_id.eq_any(records.iter().copied()).or(cases::id.eq_any(named));
    let own = cases::table.filter(cases::service_point.eq(service_point)).filter(theirs);
    Ok(own.count().get_result::<i64>(conn)? > 0)
}

/// Ids of the cases that were revoked, for another query's filter.
#[diesel::dsl::auto_type]
pub fn revoked() -> _ {
    let status: CaseStatus = CaseStatus::Revoked;
    cases::table.filter(cases::status.eq(status)).select(cases::id)
}

/// Whether a case was revoked.
pub fn is_revoked(conn: &mut Conn, id: Id) -> Result<bool> {
    let found: i64 = cases::table.find(id).filter(cases::status.eq(CaseStatus::Revoked)).count().get_result(conn)?;
    Ok(found > 0)
}

/// Whether a case was not revoked at a moment, as its history tells.
pub fn stood_at(conn: &mut Conn, id: Id, at: Moment) -> Result<bool> {
    let lines = case_history::table.filter(case_history::case_id.eq(id)).filter(case_history::at.lt(at));
    let last = lines.order(case_history::line.desc()).select(case_history::status);
    Ok(last.first::<CaseStatus>(conn).optional()? != Some(CaseStatus::Revoked))
}

/// When a case was last submitted for review, as its history tells.
pub fn submitted_at(conn: &mut Conn, id: Id) -> Result<Option<Moment>> {
    let lines = case_history::table.filter(case_history::case_id.eq(id));
    let lines = lines.filter(case_history::action.eq(CaseAct::Submit.line().past)).order(case_history::line.desc());
    Ok(lines.select(case_history::at).first(conn).optional()?)
}

/// Parties in their order.
pub fn parties(conn: &mut Conn, id: Id) -> Result<Vec<Party>> {
    let parties = case_parties::table
        .filter(case_parties::case_id.eq(id))
        .order(case_parties::line)
        .select((case_parties::role, case_parties::person_id));
    let rows: Vec<(PartyRole, Id)> = each!(conn, c => parties.load(c))?;
    Ok(rows.into_iter().map(|(role, person_id)| Party { role, person_id }).collect())
}

/// The parties of many cases in their order, each beside its case.
pub fn parties_of(conn: &mut Conn, cases: &[Id]) -> Result<Vec<(Id, Id)>> {
    let parties = case_parties::table.filter(case_parties::case_id.eq_any(cases.iter().copied()));
    let parties = parties.order((case_parties::case_id, case_parties::line));
    Ok(parties.select((case_parties::case_id, case_parties::person_id)).load(conn)?)
}

/// The parts of the parties of many cases, in their order, each beside its case.
pub fn roles_of(conn: &mut Conn, cases: &[Id]) -> Result<Vec<(Id, PartyRole)>> {
    let parties = case_parties::table.filter(case_parties::case_id.eq_any(cases.iter().copied())).order(case_parties::line);
    Ok(parties.select((case_parties::case_id, case_parties::role)).load(conn)?)
}

/// Seals a case's fields for its row.
pub fn seal_fields(vault: &Vault, id: Id, fields: &Value) -> Result<String> {
    vault.seal_json(&Case::identity(id), fields)
}

/// A case's fields, opened.
pub fn open_fields(vault: &Vault, case: &Case) -> Result<Value> {
    vault.open_json(&Case::identity(case.id), case.fields.clone())
}

/// The fields of some case, opened.
pub fn fields_of(conn: &mut Conn, vault: &Vault, id: Id) -> Result<Value> {
    let fields: String = cases::table.find(id).select(cases::fields).first(conn)?;
    vault.open_json(&Case::identity(id), fields)
}

/// Writes a new case with its parties.
pub fn insert(tx: &mut Tx, case: &Case, parties: &[Party]) -> Result<()> {
    prepared!(&mut **tx, diesel::insert_into(cases::table).values(case), execute)?;
    replace_parties(tx, case.id, parties)
}

/// Writes the parties anew.
pub fn replace_parties(tx: &mut Tx, id: Id, parties: &[Party]) -> Result<()> {
    for (line, party) in (1i32..).zip(parties) {
        let row = (
            case_parties::case_id.eq(id),
            case_parties::line.eq(line),
            case_parties::role.eq(party.role),
            case_parties::person_id.eq(party.person_id),
        );
        prepared!(&mut **tx, diesel::insert_into(case_parties::table).values(row), execute)?;
    }
    Ok(())
}

/// Adds a party after the others.
pub fn add_party(tx: &mut Tx, id: Id, party: Party) -> Result<()> {
    let line = i32::try_from(parties(tx, id)?.len()).unwrap_or(0) + 1;
    let row = (
        case_parties::case_id.eq(id),
        case_parties::line.eq(line),
        case_parties::role.eq(party.role),
        case_parties::person_id.eq(party.person_id),
    );
    diesel::insert_into(case_parties::table).values(row).execute(&mut **tx)?;
    Ok(())
}

/// Drops the parties of a case that is being edited.
pub fn drop_parties(tx: &mut Tx, id: Id) -> Result<()> {
    diesel::delete(case_parties::table.filter(case_parties::case_id.eq(id))).execute(&mut **tx)?;
    Ok(())
}

/// Saves a changed case, counting its version up; a change in between is 412.
pub fn save(tx: &mut Tx, case: &mut Case, now: Moment) -> Result<()> {
    case.updated_at = now;
    save!(tx, cases, case)
}

/// Adds a line to a case's history.
pub fn add_line(tx: &mut Tx, case: &Case, action: &str, actor: &str, reason: &str, now: Moment) -> Result<()> {
    let last: Option<i32> = if case.version == 1 {
        None
    } else {
        let lines = case_history::table.filter(case_history::case_id.eq(case.id));
        lines.select(case_history::line).order(case_history::line.desc()).first(&mut **tx).optional()?
    };
    let line = last.unwrap_or(0) + 1;
    let row = (
        case_history::case_id.eq(case.id),
        case_history::line.eq(line),
        case_history::at.eq(now),
        case_history::action.eq(action),
        case_history::status.eq(case.status),
        case_history::actor.eq(actor),
        case_history::reason.eq(tx.seal_text(&format!("case_history/{}/{line}/reason", case.id), reason)),
    );
    prepared!(&mut **tx, diesel::insert_into(case_history::table).values(row), execute)?;
    Ok(())
}

/// One line of a case's history.
pub type HistoryRow = (i32, Moment, String, CaseStatus, String, String);

pub fn history(conn: &mut Conn, vault: &Vault, id: Id, paging: &Paging) -> Result<Vec<HistoryRow>> {
    let columns = (
        case_history::line,
        case_history::at,
        case_history::action,
        case_history::status,
        case_history::actor,
        case_history::reason,
    );
    let rows = case_history::table.filter(case_history::case_id.eq(id)).filter(case_history::line.gt(paging.after_number()));
    let mut rows: Vec<HistoryRow> = rows.order(case_history::line).limit(paging.rows()).select(columns).load(conn)?;
    for (line, .., reason) in &mut rows {
        *reason = vault.open_text(&format!("case_history/{id}/{line}/reason"), reason)?;
    }
    Ok(rows)
}

/// How many lines a case's history has.
pub fn count_history(conn: &mut Conn, id: Id) -> Result<i64> {
    Ok(case_history::table.filter(case_history::case_id.eq(id)).count().get_result(conn)?)
}

/// A stretch in which the clock stood still: from, to, why, article.
pub type Stop = (Moment, Option<Moment>, String, String);

pub fn stops(conn: &mut Conn, id: Id) -> Result<Vec<Stop>> {
    let columns = (case_stops::from_at, case_stops::to_at, case_stops::why, case_stops::article);
    Ok(case_stops::table.filter(case_stops::case_id.eq(id)).order(case_stops::line).select(columns).load(conn)?)
}

/// Stops a case's clock.
pub fn stop_clock(tx: &mut Tx, id: Id, why: &str, article: &str, now: Moment) -> Result<()> {
    let line = i32::try_from(stops(tx, id)?.len()).unwrap_or(0) + 1;
    let row = (
        case_stops::case_id.eq(id),
        case_stops::line.eq(line),
        case_stops::from_at.eq(now),
        case_stops::why.eq(why),
        case_stops::article.eq(article),
    );
    diesel::insert_into(case_stops::table).values(row).execute(&mut **tx)?;
    Ok(())
}

/// Lets a case's clock run again.
pub fn start_clock(tx: &mut Tx, id: Id, now: Moment) -> Result<()> {
    let open = case_stops::table.filter(case_stops::case_id.eq(id)).filter(case_stops::to_at.is_null());
    diesel::update(open).set(case_stops::to_at.eq(Some(now))).execute(&mut **tx)?;
    Ok(())
}

/// Whole days on which the clock stood still: from the day after a stop to the day of going on.
pub fn pauses(stops: &[Stop]) -> Vec<Pause> {
    let whole = |(from, to, _, _): &Stop| Some(Pause { from: from.date().succ_opt()?, to: (*to)?.date() });
    stops.iter().filter_map(whole).filter(|pause| pause.from <= pause.to).collect()
}

/// A case that may be the same as another.
pub type Match = (Id, Option<String>, CaseStatus, Moment);

/// Cases of one type about these records of people since a moment, but for those that came to nothing.
pub fn same(
    conn: &mut Conn,
    node: &Node,
    by: &By,
    type_code: &str,
    people: &[Id],
    since: Moment,
    but: Option<Id>,
) -> Result<Vec<Match>> {
    let nothing = [CaseStatus::Withdrawn, CaseStatus::Refused, CaseStatus::Revoked];
    // The people's few cases first, by the index of parties: ids sort by time.
    let mut theirs: Vec<Id> = Vec::new();
    for person in people {
        let own = case_parties::table
            .filter(case_parties::person_id.eq(person))
            .filter(case_parties::case_id.ge(Id::first(since)))
            .select((case_parties::case_id, case_parties::role));
        let rows: Vec<(Id, PartyRole)> = each!(conn, c => own.load(c))?;
        theirs.extend(rows.into_iter().filter(|(id, role)| role.is_principal() && Some(*id) != but).map(|(id, _)| id));
    }
    if theirs.is_empty() {
        return Ok(Vec::new());
    }
    let query = cases::table
        .filter(cases::id.eq_any(theirs))
        .filter(cases::type_code.eq(type_code))
        .filter(cases::status.ne_all(nothing))
        .into_boxed();
    if by.reach == Reach::Own {
        // Nobody learns of other people's cases by naming them.
        let mut own = Vec::new();
        for case in query.select(Case::as_select()).order(cases::id).load(conn)? {
            if applies(conn, node, by, &case)? {
                own.push((case.id, case.number, case.status, case.received_at));
            }
        }
        own.truncate(20);
        return Ok(own);
    }
    let columns = (cases::id, cases::number, cases::status, cases::received_at);
    Ok(query.select(columns).order(cases::id).limit(20).load(conn)?)
}

/// Those of the matches that nobody has yet judged to be another matter.
pub fn unjudged(conn: &mut Conn, id: Id, matches: Vec<Match>) -> Result<Vec<Match>> {
    let mut judged: Vec<Id> =
        duplicate_verdicts::table.filter(duplicate_verdicts::case_id.eq(id)).select(duplicate_verdicts::other_id).load(conn)?;
    let of_others = duplicate_verdicts::table.filter(duplicate_verdicts::other_id.eq(id));
    judged.extend(of_others.select(duplicate_verdicts::case_id).load::<Id>(conn)?);
    Ok(matches.into_iter().filter(|(other, ..)| !judged.contains(other)).collect())
}

/// Remembers that two cases are not the same.
pub fn remember_verdict(tx: &mut Tx, id: Id, other: Id, by: &By) -> Result<()> {
    let row = (
        duplicate_verdicts::case_id.eq(id),
        duplicate_verdicts::other_id.eq(other),
        duplicate_verdicts::decided_by.eq(by.caller.name()),
        duplicate_verdicts::decided_at.eq(by.now),
    );
    diesel::insert_into(duplicate_verdicts::table).values(row).execute(&mut **tx)?;
    Ok(())
}
