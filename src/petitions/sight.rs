//! Who sees which petitions: the one place that decides it for reads, lists, counts, queues, acts and the audit log. What
//! somebody does not see answers as if it were not there.

use diesel::prelude::*;

use super::model::{PetitionKind, PetitionStatus};
use super::store::{Petition, path};
use crate::auth::protection::numbers_by;
use crate::auth::standing::may_be_used;
use crate::auth::whoever::{Holder, kept_records, whoever};
use crate::auth::{By, Caller, Reach, Role, account_facts};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, JsonText};
use crate::error::{Code, Result};
use crate::find;
use crate::node::Node;
use crate::schema::{accounts, petition_concerns as concerns, petition_people as people, petitions};

/// The duty of handling petitions, as accounts keep it.
pub const DUTY: &str = "PETITIONS";
/// The duty of looking after reports of wrongdoing until it is settled whom they concern.
pub const CUSTODIAN: &str = "PETITION_CUSTODIAN";

/// What the caller sees of all petitions.
#[derive(Debug, Default)]
pub struct Sight {
    account: Option<Id>,
    /// Sees those that are open to the office.
    wide: bool,
    /// Sees confidential ones, once it is settled whom they concern.
    on_duty: bool,
    custodian: bool,
    /// Sees these as the deputy of a custodian whom they concern.
    deputy_of: Vec<Id>,
    /// Concern them, whoever works with one of their accounts, or are a matter of their own.
    hidden: Vec<Id>,
}

impl Sight {
    pub fn of(conn: &mut Conn, by: &By) -> Result<Self> {
        let Some(account) = by.caller.account() else { return Ok(Self::default()) };
        let Some(mut hidden) = concerning(conn, account.id)? else { return Ok(Self::default()) };
        hidden.extend(own_matters(conn, by, account.id)?);
        let has = |duty: &str| account.duties.iter().any(|one| one == duty);
        let works = [Role::Clerk, Role::Chief, Role::Director].iter().any(|role| by.caller.has_role(*role));
        let mut sight = Self {
            account: Some(account.id),
            wide: by.caller.supervises() || works && has(DUTY),
            on_duty: by.caller.supervises() && has(DUTY),
            custodian: works && has(CUSTODIAN),
            deputy_of: Vec::new(),
            hidden,
        };
        if by.caller.supervises() && !sight.custodian {
            sight.deputy_of = deputised(conn, by.caller.has_role(Role::Director))?;
        }
        Ok(sight)
    }

    /// The petitions that the caller sees.
    pub fn rows<'a>(&self) -> petitions::BoxedQuery<'a, Backend> {
        let mut rows = petitions::table.filter(petitions::id.eq_any(self.deputy_of.clone())).into_boxed();
        if let Some(account) = self.account {
            let taken = petitions::taken_by.eq(format!("accounts/{account}"));
            rows = rows.or_filter(petitions::handler.assume_not_null().eq(account));
            rows = rows.or_filter(taken.and(petitions::status.eq(PetitionStatus::AwaitingSignature)));
        }
        if self.wide {
            let is_entered = petitions::kind.ne(PetitionKind::Report).or(petitions::status.ne_all(PetitionStatus::EARLY));
            rows = rows.or_filter(petitions::confidential.eq(false).and(is_entered));
        }
        if self.on_duty {
            rows = rows.or_filter(petitions::status.ne_all(PetitionStatus::EARLY));
        }
        if self.custodian {
            rows = rows.or_filter(petitions::confidential.eq(true).or(petitions::kind.eq(PetitionKind::Report)));
        }
        rows.filter(petitions::id.ne_all(self.hidden.clone()))
    }

    /// Whether the caller looks after a petition until it is settled whom it concerns.
    pub fn has_custody(&self, id: Id) -> bool {
        self.custodian || self.deputy_of.contains(&id)
    }

    /// Whether the caller reads a petition as it was written: of a confidential one that is its custodian.
    pub fn reads_original(&self, petition: &Petition) -> bool {
        !petition.confidential
            || self.has_custody(petition.id)
            || petition.status == PetitionStatus::AwaitingSignature
                && self.account.is_some_and(|account| petition.taken_by == format!("accounts/{account}"))
    }

    pub fn is_handler(&self, petition: &Petition) -> bool {
        self.account.is_some() && petition.handler == self.account
    }
}

/// A petition that the caller sees; any other is not there.
pub fn find(conn: &mut Conn, by: &By, id: Id) -> Result<(Petition, Sight)> {
    let found: Option<Petition> = find!(conn, petitions::table.find(id).select(Petition::as_select()))?;
    // Looked up either way, so that the answer takes as long.
    let sight = Sight::of(conn, by)?;
    let seen: i64 = sight.rows().filter(petitions::id.eq(id)).count().get_result(conn)?;
    found.filter(|_| seen == 1).map(|found| (found, sight)).ok_or_else(|| Code::NOT_FOUND.into())
}

/// These petitions and those that are answered together with them: whoever is kept from one is kept from all, since one reply tells
/// of all.
fn together(conn: &mut Conn, mut ids: Vec<Id>) -> Result<Vec<Id>> {
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

/// The petitions that concern whoever works with an account, by person: named by any of their accounts, or by the service point
/// of one; none where nobody knows who works with it.
fn concerning(conn: &mut Conn, account: Id) -> Result<Option<Vec<Id>>> {
    let named = concerns::table.filter(concerns::account_id.is_not_null());
    let named: Vec<Id> = named.select(concerns::account_id.assume_not_null()).distinct().load(conn)?;
    let points = concerns::table.filter(concerns::service_point.is_not_null());
    let points: Vec<String> = points.select(concerns::service_point.assume_not_null()).distinct().load(conn)?;
    let there = accounts::table.filter(accounts::service_point.assume_not_null().eq_any(points));
    let there: Vec<(Id, String)> = there.select((accounts::id, accounts::service_point.assume_not_null())).load(conn)?;
    // Nobody keeps since when an account is named: all who have held it count.
    let others: Vec<(Id, Option<Moment>)> =
        named.into_iter().chain(there.iter().map(|(id, _)| *id)).map(|id| (id, None)).collect();
    let me = whoever(conn, account, &others)?;
    if me.unnamed.contains(&account) {
        return Ok(None);
    }
    let mine: Vec<String> = there.into_iter().filter(|(id, _)| me.own.contains(id)).map(|(_, point)| point).collect();
    let theirs = concerns::account_id.assume_not_null().eq_any(me.accounts);
    let found = concerns::table.filter(theirs.or(concerns::service_point.assume_not_null().eq_any(mine)));
    let found = found.select(concerns::petition_id).distinct().load(conn)?;
    together(conn, found).map(Some)
}

/// The petitions of the caller themself, of their spouse or kin, and of whoever's data is closed to them.
fn own_matters(conn: &mut Conn, by: &By, account: Id) -> Result<Vec<Id>> {
    let kept = kept_records(conn, by)?;
    let mut numbers = numbers_by(conn, &kept)?;
    let holder: Option<JsonText> = accounts::table.find(account).select(accounts::holder).first::<Option<JsonText>>(conn)?;
    if let Some(holder) = holder {
        numbers.push(holder.read::<Holder>()?.index);
    }
    let own = people::table.filter(people::number_index.eq_any(numbers)).select(people::petition_id).distinct().load(conn)?;
    together(conn, own)
}

/// Accounts that may be used and whose column names a word.
fn holding(conn: &mut Conn, duty: Option<&str>) -> Result<Vec<Id>> {
    let active = accounts::table.filter(accounts::status.eq("ACTIVE")).into_boxed();
    let active = match duty {
        Some(duty) => active.filter(accounts::duties.like(format!("%\"{duty}\"%"))),
        None => active.filter(accounts::roles.like(format!("%\"{}\"%", Role::Director))),
    };
    let all: Vec<Id> = active.order(accounts::id).select(accounts::id).load(conn)?;
    let mut usable = Vec::new();
    for one in all {
        if may_be_used(conn, one)? {
            usable.push(one);
        }
    }
    Ok(usable)
}

/// Those of these petitions that concern each of some accounts, so that none of them can look after them.
fn uncared_for(conn: &mut Conn, holders: &[Id], mut among: Vec<Id>) -> Result<Vec<Id>> {
    for holder in holders {
        if let Some(theirs) = concerning(conn, *holder)? {
            among.retain(|id| theirs.contains(id));
        }
    }
    Ok(among)
}

/// The confidential petitions of which every custodian is kept away: they go to the director, and where each director is kept
/// away too to a section chief.
fn deputised(conn: &mut Conn, is_director: bool) -> Result<Vec<Id>> {
    let secret = petitions::confidential.eq(true).or(petitions::kind.eq(PetitionKind::Report));
    let early = petitions::table.filter(secret).filter(petitions::status.eq_any(PetitionStatus::EARLY));
    let early: Vec<Id> = early.select(petitions::id).load(conn)?;
    if early.is_empty() {
        return Ok(early);
    }
    let custodians = holding(conn, Some(CUSTODIAN))?;
    let left = uncared_for(conn, &custodians, early)?;
    if is_director || left.is_empty() {
        return Ok(left);
    }
    let directors = holding(conn, None)?;
    uncared_for(conn, &directors, left)
}

/// Whether a petition concerns whoever works with an account, or nobody knows who does.
pub fn concerns(conn: &mut Conn, account: Id, id: Id) -> Result<bool> {
    Ok(concerning(conn, account)?.is_none_or(|theirs| theirs.contains(&id)))
}

/// Whether a petition is never to end up with an account: it concerns whoever works with it, or is a matter of their own.
pub fn is_kept_from(conn: &mut Conn, now: Moment, account: Id, id: Id) -> Result<bool> {
    let Some(facts) = account_facts(conn, account)? else { return Ok(true) };
    let by = By { caller: Caller::Account(facts), reach: Reach::Any, now };
    Ok(concerns(conn, account, id)? || own_matters(conn, &by, account)?.contains(&id))
}

/// Whether every director is kept away from a petition: another decides in their place.
pub fn has_no_director(conn: &mut Conn, id: Id) -> Result<bool> {
    let directors = holding(conn, None)?;
    Ok(!uncared_for(conn, &directors, vec![id])?.is_empty())
}

/// The subjects of lines of the audit log that the caller does not see: of confidential petitions, and of those that concern
/// them.
pub fn unseen(conn: &mut Conn, _: &Node, by: &By) -> Result<Vec<String>> {
    let sight = Sight::of(conn, by)?;
    let early = petitions::kind.eq(PetitionKind::Report).and(petitions::status.eq_any(PetitionStatus::EARLY));
    let withheld = petitions::table.filter(petitions::confidential.eq(true).or(early));
    let withheld = withheld.or_filter(petitions::id.eq_any(sight.hidden.clone()));
    let withheld: Vec<Id> = withheld.order(petitions::id).select(petitions::id).load(conn)?;
    let seen: Vec<Id> = sight.rows().filter(petitions::id.eq_any(withheld.clone())).select(petitions::id).load(conn)?;
    Ok(withheld.into_iter().filter(|id| !seen.contains(id)).map(path).collect())
}
