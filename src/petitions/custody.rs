//! Who looks after a petition: its custodian, in their place the director, a section chief, and at last the county. Each step has
//! those of which nobody is left of the steps before it, so that no petition is hidden from everybody.

use diesel::prelude::*;

use super::model::PetitionKind;
use super::sight::{CUSTODIAN, accused, own_matters};
use super::store::Petition;
use crate::auth::standing::ended;
use crate::auth::{AccountFacts, By, Caller, Reach, Role, account_facts};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, JsonText};
use crate::error::Result;
use crate::schema::{accounts, petitions};

/// Those of which none of some accounts is left; `None` where there are no accounts, and so all of them.
type Left = Option<Vec<Id>>;

/// The accounts that may be used, by the steps of the line.
#[derive(Debug, Default)]
struct Line {
    custodians: Vec<Id>,
    directors: Vec<Id>,
    chiefs: Vec<Id>,
    /// Of the county, with the duty of a custodian: its ethics unit.
    ethics: Vec<Id>,
}

/// Of which petitions somebody has the custody.
#[derive(Debug, Default)]
pub struct Custody {
    /// Of those that are secret: all, or these.
    secret: Secret,
    /// Of these, secret or not.
    left: Vec<Id>,
    /// Of these though they are a matter of their own, by what petitioners have said.
    pub yielded: Vec<Id>,
}

#[derive(Debug, Default)]
enum Secret {
    #[default]
    Nothing,
    Everything,
    These(Vec<Id>),
}

impl From<Left> for Secret {
    fn from(left: Left) -> Self {
        left.map_or(Self::Everything, Self::These)
    }
}

impl Custody {
    pub fn of(conn: &mut Conn, now: Moment, account: &AccountFacts) -> Result<Self> {
        let is = |role: Role| account.roles.contains(&role);
        let has_duty = account.duties.iter().any(|duty| duty == CUSTODIAN);
        let leads = is(Role::Director) || is(Role::Chief);
        let is_custodian = has_duty && (leads || is(Role::Clerk));
        let is_ethics = has_duty && is(Role::County) && !leads && !is(Role::Clerk);
        if !is_custodian && !leads && !is_ethics {
            return Ok(Self::default());
        }
        let line = Line::read(conn)?;
        if is_ethics {
            return Ok(Self { left: line.countys(conn, now)?, ..Self::default() });
        }
        let secret = if is_custodian {
            Secret::Everything
        } else {
            let left = left_by(conn, now, &line.custodians, None)?;
            if is(Role::Director) { left.into() } else { left_by(conn, now, &line.directors, left)?.into() }
        };
        let yielded = line.yielded_to(conn, now, account.id)?;
        let mut left = yielded.clone();
        if is_custodian {
            let unled = left_by(conn, now, &line.directors, None)?;
            left.extend(left_by(conn, now, &line.chiefs, unled)?.unwrap_or_default());
        }
        Ok(Self { secret, left, yielded })
    }

    /// The petitions in this custody.
    pub fn rows<'a>(&self) -> petitions::BoxedQuery<'a, Backend> {
        let rows = petitions::table.filter(petitions::id.eq_any(self.left.clone())).into_boxed();
        let is_secret =
            || petitions::confidential.eq(true).or(petitions::guarded.eq(true)).or(petitions::kind.eq(PetitionKind::Report));
        match &self.secret {
            Secret::Nothing => rows,
            Secret::Everything => rows.or_filter(is_secret()),
            Secret::These(ids) => rows.or_filter(petitions::id.eq_any(ids.clone()).and(is_secret())),
        }
    }

    /// Whether a petition is in it that the caller sees.
    pub fn has(&self, petition: &Petition) -> bool {
        let is_among = match &self.secret {
            Secret::Nothing => false,
            Secret::Everything => true,
            Secret::These(ids) => ids.contains(&petition.id),
        };
        let is_secret = petition.confidential || petition.guarded || petition.kind == PetitionKind::Report;
        self.left.contains(&petition.id) || is_among && is_secret
    }
}

impl Line {
    fn read(conn: &mut Conn) -> Result<Self> {
        let role = |role: Role| format!("%\"{role}\"%");
        let duty = accounts::duties.like(format!("%\"{CUSTODIAN}\"%"));
        let leads = accounts::roles.like(role(Role::Director)).or(accounts::roles.like(role(Role::Chief)));
        let rows = accounts::table.filter(accounts::status.eq("ACTIVE")).filter(duty.or(leads)).order(accounts::id);
        let rows: Vec<(Id, JsonText, JsonText)> = rows.select((accounts::id, accounts::roles, accounts::duties)).load(conn)?;
        let over = ended(conn, &rows.iter().map(|(id, ..)| *id).collect::<Vec<_>>())?;
        let mut line = Self::default();
        for (id, roles, duties) in rows.into_iter().filter(|(id, ..)| !over.contains(id)) {
            let (roles, duties): (Vec<Role>, Vec<String>) = (roles.read()?, duties.read()?);
            let is_director = roles.contains(&Role::Director);
            let leads = is_director || roles.contains(&Role::Chief);
            let works = leads || roles.contains(&Role::Clerk);
            let has_duty = duties.iter().any(|duty| duty == CUSTODIAN);
            line.directors.extend(is_director.then_some(id));
            line.chiefs.extend((leads && !is_director).then_some(id));
            line.custodians.extend((has_duty && works).then_some(id));
            line.ethics.extend((has_duty && !works && roles.contains(&Role::County)).then_some(id));
        }
        Ok(line)
    }

    fn steps(&self) -> [&[Id]; 3] {
        [&self.custodians, &self.directors, &self.chiefs]
    }

    /// Those of which nobody of the office is left.
    fn orphans(&self, conn: &mut Conn, now: Moment) -> Result<Vec<Id>> {
        let mut left = None;
        for step in self.steps() {
            left = left_by(conn, now, step, left)?;
        }
        Ok(left.unwrap_or_default())
    }

    /// Those of them that somebody of this step keeps whom they do not accuse: numbers that petitioners have said shut out the last
    /// nobody who is left.
    fn unaccused(conn: &mut Conn, step: &[Id], among: &[Id]) -> Result<Vec<Id>> {
        let mut kept = Vec::new();
        for account in step {
            let Some(theirs) = accused(conn, *account)? else { continue };
            kept.extend(among.iter().copied().filter(|id| !theirs.contains(id)));
        }
        Ok(kept)
    }

    /// Those that an account keeps though they are a matter of its own, since nobody else is left.
    fn yielded_to(&self, conn: &mut Conn, now: Moment, account: Id) -> Result<Vec<Id>> {
        let mut orphans = self.orphans(conn, now)?;
        let mut own = Vec::new();
        for step in self.steps() {
            if orphans.is_empty() {
                break;
            }
            if step.contains(&account) {
                own.extend(Self::unaccused(conn, &[account], &orphans)?);
            }
            let kept = Self::unaccused(conn, step, &orphans)?;
            orphans.retain(|id| !kept.contains(id));
        }
        Ok(own)
    }

    /// Those that accuse everybody of the line: they are the county's.
    fn countys(&self, conn: &mut Conn, now: Moment) -> Result<Vec<Id>> {
        let mut orphans = self.orphans(conn, now)?;
        for step in self.steps() {
            if orphans.is_empty() {
                break;
            }
            let kept = Self::unaccused(conn, step, &orphans)?;
            orphans.retain(|id| !kept.contains(id));
        }
        Ok(orphans)
    }
}

/// Those of some petitions, or of all, of which none of these accounts is left.
fn left_by(conn: &mut Conn, now: Moment, accounts: &[Id], mut left: Left) -> Result<Left> {
    for account in accounts {
        if left.as_ref().is_some_and(Vec::is_empty) {
            break;
        }
        let Some(theirs) = kept_from(conn, now, *account)? else { continue };
        left = Some(match left {
            None => theirs,
            Some(left) => left.into_iter().filter(|id| theirs.contains(id)).collect(),
        });
    }
    Ok(left)
}

/// The petitions that are kept from whoever works with an account; `None` where all of them are.
fn kept_from(conn: &mut Conn, now: Moment, account: Id) -> Result<Option<Vec<Id>>> {
    let Some(facts) = account_facts(conn, account)? else { return Ok(None) };
    let Some(mut theirs) = accused(conn, account)? else { return Ok(None) };
    let by = By { caller: Caller::Account(facts), reach: Reach::Any, now };
    theirs.extend(own_matters(conn, &by, account)?);
    Ok(Some(theirs))
}

/// Whether a petition is never to end up with an account: it concerns whoever works with it, or is a matter of their own.
pub fn is_kept_from(conn: &mut Conn, now: Moment, account: Id, id: Id) -> Result<bool> {
    Ok(kept_from(conn, now, account)?.is_none_or(|theirs| theirs.contains(&id)))
}

/// Whether every director is kept away from a petition: another decides in their place.
pub fn has_no_director(conn: &mut Conn, now: Moment, id: Id) -> Result<bool> {
    let line = Line::read(conn)?;
    Ok(left_by(conn, now, &line.directors, None)?.is_none_or(|left| left.contains(&id)))
}

/// The petitions that accuse everybody of the office who could look after them, so that they are the county's.
pub fn countys(conn: &mut Conn, now: Moment) -> Result<Vec<Id>> {
    Line::read(conn)?.countys(conn, now)
}

/// Whether nobody at all is left of a petition, since the county has nobody who looks after what it leaves to it.
pub fn is_nobodys(conn: &mut Conn, now: Moment, id: Id) -> Result<bool> {
    let line = Line::read(conn)?;
    Ok(line.countys(conn, now)?.contains(&id) && Line::unaccused(conn, &line.ethics, &[id])?.is_empty())
}
