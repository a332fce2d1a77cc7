//! Who sees which petitions: the one place that decides it for reads, lists, counts, queues, acts and the audit log. What
//! somebody does not see answers as if it were not there.

use std::collections::HashSet;

use diesel::prelude::*;

use super::custody::{Custody, countys};
use super::group;
use super::model::PetitionStatus;
use super::sources::pieces;
use super::store::{Petition, path, who_stands};
use crate::auth::hands::{Tenure, has_passed_on, tenures};
use crate::auth::protection::numbers_by;
use crate::auth::whoever::{Holder, account_of, kept_records, whoever};
use crate::auth::{AccountFacts, By, Caller, Reach, Role, account_facts};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, JsonText, in_parts};
use crate::error::{Code, Result};
use crate::find;
use crate::node::Node;
use crate::schema::{
    accounts, petition_concerned as concerned, petition_concerns as concerns, petition_history as history,
    petition_people as people, petitions,
};

/// The duty of handling petitions, as accounts keep it.
pub const DUTY: &str = "PETITIONS";
/// The duty of looking after what is secret; of an account of the county, after what accuses everybody of the office.
pub const CUSTODIAN: &str = "PETITION_CUSTODIAN";

/// What the caller sees of all petitions.
#[derive(Debug, Default)]
pub struct Sight {
    account: Option<Id>,
    /// Sees those that are open to the office.
    wide: bool,
    /// Sees confidential ones, once it is settled whom they concern.
    on_duty: bool,
    custody: Custody,
    /// Concern them, whoever works with one of their accounts, or are a matter of their own.
    hidden: Vec<Id>,
    /// Spoken ones that wait to be signed and that they have taken down themselves.
    taken: Vec<Id>,
}

impl Sight {
    pub fn of(conn: &mut Conn, by: &By) -> Result<Self> {
        let Some(account) = by.caller.account() else { return Ok(Self::default()) };
        let Some(mut hidden) = accused(conn, account.id)? else { return Ok(Self::default()) };
        let has = |duty: &str| account.duties.iter().any(|one| one == duty);
        let works = [Role::Clerk, Role::Chief, Role::Director].iter().any(|role| by.caller.has_role(*role));
        let custody = Custody::of(conn, by.now, account)?;
        let own = own_matters(conn, by, account.id)?;
        hidden.extend(own.into_iter().filter(|id| !custody.yielded.contains(id)));
        Ok(Self {
            account: Some(account.id),
            wide: by.caller.supervises() || works && has(DUTY),
            on_duty: by.caller.supervises() && has(DUTY),
            custody,
            hidden,
            taken: unsigned(conn, account.id)?,
        })
    }

    /// The petitions that the caller sees.
    pub fn rows<'a>(&self) -> petitions::BoxedQuery<'a, Backend> {
        let mut rows = self.custody.rows();
        if let Some(account) = self.account {
            let taken = petitions::id.eq_any(self.taken.clone());
            rows = rows.or_filter(petitions::handler.assume_not_null().eq(account));
            rows = rows.or_filter(taken.and(petitions::status.eq(PetitionStatus::AwaitingSignature)));
        }
        if self.wide {
            rows = rows.or_filter(petitions::confidential.eq(false).and(petitions::guarded.eq(false)));
        }
        if self.on_duty {
            rows = rows.or_filter(petitions::guarded.eq(false));
        }
        rows.filter(petitions::id.ne_all(self.hidden.clone()))
    }

    /// Whether the caller sees all that is open to the office.
    pub fn is_wide(&self) -> bool {
        self.wide
    }

    /// Whether a petition that the caller sees is theirs to look after.
    pub fn has_custody(&self, petition: &Petition) -> bool {
        self.custody.has(petition)
    }

    /// Whether the caller reads a petition as it was written: of a confidential one that is its custodian, and whoever takes it down.
    pub fn reads_original(&self, petition: &Petition) -> bool {
        !petition.confidential
            || self.has_custody(petition)
            || petition.status == PetitionStatus::AwaitingSignature && self.taken.contains(&petition.id)
    }

    /// The petitions that are kept from the caller; `None` where all are, since nobody knows who calls.
    pub fn hidden(&self) -> Option<&[Id]> {
        self.account.map(|_| self.hidden.as_slice())
    }

    /// When those who have had a hand in a petition, by their names, were whoever works with the caller's account, by person.
    pub fn own_hands(&self, conn: &mut Conn, hands: &[String]) -> Result<Vec<Tenure>> {
        let Some(account) = self.account else { return Ok(Vec::new()) };
        tenures(conn, account, hands.iter().filter_map(|name| account_of(name)))
    }

    pub fn is_handler(&self, petition: &Petition) -> bool {
        self.account.is_some() && petition.handler == self.account
    }
}

/// Those that wait to be signed and were taken down by whoever works with an account, by whichever account: a later holder of that has
/// not heard what was said.
fn unsigned(conn: &mut Conn, account: Id) -> Result<Vec<Id>> {
    let rows = petitions::table.inner_join(history::table.on(history::petition_id.eq(petitions::id).and(history::line.eq(1))));
    let rows = rows.filter(petitions::status.eq(PetitionStatus::AwaitingSignature));
    let rows: Vec<(Id, String, Moment)> = rows.select((petitions::id, petitions::taken_by, history::at)).load(conn)?;
    let own = tenures(conn, account, rows.iter().filter_map(|(_, taker, _)| account_of(taker)))?;
    let is_own = |(_, taker, at): &(Id, String, Moment)| own.iter().any(|tenure| tenure.covers(taker, Some(*at)));
    Ok(rows.into_iter().filter(is_own).map(|(id, ..)| id).collect())
}

/// A petition that the caller sees; any other is not there.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<(Petition, Sight)> {
    let found: Option<Petition> = find!(conn, petitions::table.find(id).select(Petition::as_select()))?;
    // Looked up either way, so that the answer takes as long.
    let sight = Sight::of(conn, by)?;
    let seen: i64 = sight.rows().filter(petitions::id.eq(id)).count().get_result(conn)?;
    found.filter(|_| seen == 1).map(|found| (found, sight)).ok_or_else(|| Code::NOT_FOUND.into())
}

/// These petitions and those that are answered together with them, in order: whoever is kept from one is kept from all, since one
/// reply tells of all.
pub fn together(conn: &mut Conn, mut ids: Vec<Id>) -> Result<Vec<Id>> {
    if ids.is_empty() {
        return Ok(ids);
    }
    let merged = petitions::table.filter(petitions::id.eq_any(ids.clone())).filter(petitions::merged_into.is_not_null());
    let mains: Vec<Id> = merged.select(petitions::merged_into.assume_not_null()).load(conn)?;
    ids.extend(mains);
    let others = petitions::table.filter(petitions::merged_into.assume_not_null().eq_any(ids.clone()));
    let others: Vec<Id> = others.select(petitions::id).load(conn)?;
    ids.extend(others);
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Those of some accounts that are of whoever works with an account, by person, and those of some service points at which one of
/// them stands; none where nobody knows who works with it. The rule of who sees nothing of what concerns them goes by it.
pub fn standing_for(
    conn: &mut Conn,
    account: Id,
    (named, points): (Vec<Id>, Vec<String>),
) -> Result<Option<(Vec<Id>, Vec<String>)>> {
    let there = accounts::table.filter(accounts::service_point.assume_not_null().eq_any(points));
    let there: Vec<(Id, String)> = there.select((accounts::id, accounts::service_point.assume_not_null())).load(conn)?;
    // Nobody keeps since when an account is named: all who have held it count.
    let stood: Vec<Id> = concerned::table.select(concerned::account_id).distinct().load(conn)?;
    let others = named.into_iter().chain(stood).chain(there.iter().map(|(id, _)| *id));
    let others: Vec<(Id, Option<Moment>)> = others.map(|id| (id, None)).collect();
    let me = whoever(conn, account, &others)?;
    if me.unnamed.contains(&account) {
        return Ok(None);
    }
    let mine: Vec<String> = there.into_iter().filter(|(id, _)| me.own.contains(id)).map(|(_, point)| point).collect();
    Ok(Some((me.accounts, mine)))
}

/// The petitions that concern whoever works with an account, by person: named by any of their accounts, or by a service point at
/// which one of these stands today or stood when it was named; none where nobody knows who works with it.
pub fn accused(conn: &mut Conn, account: Id) -> Result<Option<Vec<Id>>> {
    let named = concerns::table.filter(concerns::account_id.is_not_null());
    let mut named: Vec<Id> = named.select(concerns::account_id.assume_not_null()).distinct().load(conn)?;
    named.extend(concerned::table.select(concerned::account_id).distinct().load::<Id>(conn)?);
    let points = concerns::table.filter(concerns::service_point.is_not_null());
    let points: Vec<String> = points.select(concerns::service_point.assume_not_null()).distinct().load(conn)?;
    let Some((accounts, points)) = standing_for(conn, account, (named, points))? else { return Ok(None) };
    let theirs = concerns::account_id.assume_not_null().eq_any(accounts.clone());
    let found = concerns::table.filter(theirs.or(concerns::service_point.assume_not_null().eq_any(points)));
    let mut found: Vec<Id> = found.select(concerns::petition_id).distinct().load(conn)?;
    let then = concerned::table.filter(concerned::account_id.eq_any(accounts));
    found.extend(then.select(concerned::petition_id).distinct().load::<Id>(conn)?);
    bound(conn, found).map(Some)
}

/// These petitions and those that are told by one of them: answered together with it, of which it is a piece, and its pieces.
pub fn bound(conn: &mut Conn, ids: Vec<Id>) -> Result<Vec<Id>> {
    let mut all = together(conn, ids)?;
    loop {
        let more = pieces(conn, &all)?;
        if more.is_empty() {
            return Ok(all);
        }
        all.extend(more);
        all = together(conn, all)?;
    }
}

/// Those of these petitions that the caller reads as they were written: an address, and what else the office has of the matter, tells
/// who is behind one.
pub fn known(conn: &mut Conn, by: &By, ids: &[Id]) -> Result<Vec<Id>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sight = Sight::of(conn, by)?;
    known_to(conn, &sight, ids)
}

/// The same for whoever sees petitions so.
pub fn known_to(conn: &mut Conn, sight: &Sight, ids: &[Id]) -> Result<Vec<Id>> {
    let mut all = Vec::new();
    for some in ids.chunks(1000) {
        let rows = sight.rows().filter(petitions::id.eq_any(some.to_vec())).order(petitions::id);
        let rows: Vec<Petition> = rows.select(Petition::as_select()).load(conn)?;
        all.extend(rows.into_iter().filter(|petition| sight.reads_original(petition)).map(|petition| petition.id));
    }
    Ok(all)
}

/// Whether a petition is seen by the caller and is kept from nobody of the office who handles petitions, nor any of those that are
/// answered together with it: what it says may be told on.
pub fn is_open_to(conn: &mut Conn, by: &By, id: Id) -> Result<bool> {
    let found = Sight::of(conn, by)?.rows().filter(petitions::id.eq(id)).select(Petition::as_select());
    let found: Option<Petition> = found.first(conn).optional()?;
    found.map_or(Ok(false), |petition| Ok(!group::is_withheld(conn, &petition)?))
}

/// Those of these petitions that the caller sees.
pub fn seen(conn: &mut Conn, by: &By, ids: &[Id]) -> Result<HashSet<Id>> {
    let sight = Sight::of(conn, by)?;
    let all: Vec<Id> = in_parts(ids, |some| {
        let rows = sight.rows().filter(petitions::id.eq_any(some.to_vec()));
        Ok(rows.select(petitions::id).load(conn)?)
    })?;
    Ok(all.into_iter().collect())
}

/// Those of these petitions that the caller sees without who petitions: what two of them have in common tells it.
pub fn veiled(conn: &mut Conn, by: &By, ids: &[Id]) -> Result<HashSet<Id>> {
    let sight = Sight::of(conn, by)?;
    let mut all = HashSet::new();
    for some in ids.chunks(1000) {
        let rows = sight.rows().filter(petitions::id.eq_any(some.to_vec())).filter(petitions::confidential.eq(true));
        let rows: Vec<Petition> = rows.select(Petition::as_select()).load(conn)?;
        all.extend(rows.into_iter().filter(|row| !sight.reads_original(row)).map(|row| row.id));
    }
    Ok(all)
}

/// The petitions that are kept from somebody who handles petitions, beside those that are withheld: their own, their spouse's or kin's
/// and those of whoever's data is closed to one of them, and what is answered together with a withheld one. A count that all of them
/// see has none of these.
pub fn kept_from_some(conn: &mut Conn, now: Moment) -> Result<HashSet<Id>> {
    let withheld = merged_and_withheld(conn)?;
    let mut all: HashSet<Id> = together(conn, withheld)?.into_iter().collect();
    for facts in staff(conn)? {
        let account = facts.id;
        let by = By { caller: Caller::Account(facts), reach: Reach::Any, now };
        all.extend(own_matters(conn, &by, account)?);
    }
    Ok(all)
}

/// The accounts that work at the office.
fn staff(conn: &mut Conn) -> Result<Vec<AccountFacts>> {
    let handling = [Role::Clerk, Role::Chief, Role::Director].map(|role| accounts::roles.like(format!("%\"{role}\"%")));
    let [clerks, chiefs, directors] = handling;
    let staff = accounts::table.filter(accounts::status.eq("ACTIVE")).filter(clerks.or(chiefs).or(directors));
    let staff: Vec<Id> = staff.order(accounts::id).select(accounts::id).load(conn)?;
    let mut all = Vec::new();
    for account in staff {
        all.extend(account_facts(conn, account)?);
    }
    Ok(all)
}

/// Those of them that supervise.
pub fn supervisors(conn: &mut Conn) -> Result<Vec<AccountFacts>> {
    let mut all = staff(conn)?;
    all.retain(|facts| facts.roles.iter().any(|role| matches!(role, Role::Chief | Role::Director)));
    Ok(all)
}

/// The withheld ones among those that are answered together.
fn merged_and_withheld(conn: &mut Conn) -> Result<Vec<Id>> {
    let secret = || petitions::confidential.eq(true).or(petitions::guarded.eq(true)).or(petitions::names_staff.eq(true));
    let merged = || petitions::table.filter(petitions::merged_into.is_not_null());
    let mut withheld: Vec<Id> = merged().filter(secret()).select(petitions::id).load(conn)?;
    let mains: Vec<Id> = merged().select(petitions::merged_into.assume_not_null()).distinct().load(conn)?;
    for some in mains.chunks(1000) {
        let mains = petitions::table.filter(petitions::id.eq_any(some.to_vec())).filter(secret());
        withheld.extend(mains.select(petitions::id).load::<Id>(conn)?);
    }
    Ok(withheld)
}

/// The petitions of the caller themself, of their spouse or kin, and of whoever's data is closed to them.
pub fn own_matters(conn: &mut Conn, by: &By, account: Id) -> Result<Vec<Id>> {
    let kept = kept_records(conn, by)?;
    let mut numbers = numbers_by(conn, &kept)?;
    let holder: Option<JsonText> = accounts::table.find(account).select(accounts::holder).first::<Option<JsonText>>(conn)?;
    if let Some(holder) = holder {
        numbers.push(holder.read::<Holder>()?.index);
    }
    let own = people::table.filter(people::number_index.eq_any(numbers)).select(people::petition_id).distinct().load(conn)?;
    together(conn, own)
}

/// Whether a petition concerns whoever works with an account, or nobody knows who does.
pub fn concerns(conn: &mut Conn, account: Id, id: Id) -> Result<bool> {
    Ok(accused(conn, account)?.is_none_or(|theirs| theirs.contains(&id)))
}

/// Whether a petition concerns whoever did something by an account at a moment, or holds it since: what was done stays with them, and so
/// does what they know by it.
pub fn concerns_whoever_did(conn: &mut Conn, (account, at): (Id, Moment), id: Id) -> Result<bool> {
    if concerns(conn, account, id)? {
        return Ok(true);
    }
    if !has_passed_on(conn, account, Some(at))? {
        return Ok(false);
    }
    let all = bound(conn, vec![id])?;
    let named = concerns::table.filter(concerns::petition_id.eq_any(all.clone()));
    let named: Vec<(Option<Id>, Option<String>)> = named.select((concerns::account_id, concerns::service_point)).load(conn)?;
    let (accused, points): (Vec<Option<Id>>, Vec<Option<String>>) = named.into_iter().unzip();
    let points: Vec<String> = points.into_iter().flatten().collect();
    let stood = concerned::table.filter(concerned::petition_id.eq_any(all)).select(concerned::account_id);
    let stood: Vec<Id> = stood.distinct().load(conn)?;
    let there = who_stands(conn, &points)?.into_iter().map(|(one, _)| one);
    for one in accused.into_iter().flatten().chain(stood).chain(there) {
        if whoever(conn, one, &[(account, Some(at))])?.accounts.contains(&account) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The subjects of lines of the audit log that the caller does not see: of confidential petitions, and of those that concern
/// them. The county is told of those that are left to it.
pub fn unseen(conn: &mut Conn, _: &Node, by: &By) -> Result<Vec<String>> {
    let sight = Sight::of(conn, by)?;
    let withheld = petitions::table.filter(petitions::confidential.eq(true).or(petitions::guarded.eq(true)));
    let withheld = withheld.or_filter(petitions::id.eq_any(sight.hidden.clone()));
    let withheld: Vec<Id> = withheld.order(petitions::id).select(petitions::id).load(conn)?;
    let mut seen: Vec<Id> = sight.rows().filter(petitions::id.eq_any(withheld.clone())).select(petitions::id).load(conn)?;
    if by.caller.has_role(Role::County) {
        seen.extend(countys(conn, by.now)?);
    }
    Ok(withheld.into_iter().filter(|id| !seen.contains(id)).map(path).collect())
}

/// The subjects of lines of the audit log that do not tell who acted, from where and why: of confidential petitions that the caller sees
/// and does not read as they were written. Whatever a line tells of one may tell who brought it.
pub fn nameless(conn: &mut Conn, _: &Node, by: &By) -> Result<Vec<String>> {
    let sight = Sight::of(conn, by)?;
    let secret = sight.rows().filter(petitions::confidential.eq(true)).order(petitions::id);
    let secret: Vec<Id> = secret.select(petitions::id).load(conn)?;
    let own: Vec<Id> = sight.custody.rows().filter(petitions::id.eq_any(secret.clone())).select(petitions::id).load(conn)?;
    Ok(secret.into_iter().filter(|id| !own.contains(id)).map(path).collect())
}
