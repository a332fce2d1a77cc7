//! What a letter of proxy is worth today, why it rests, and what the caller may do with it.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::letters::{NotedLetter, ProxyScope};
use super::policy::{CreateLetterOfProxy, RevokeLetterOfProxy};
use crate::auth::standing::{DEATH, Letter, dead_letters, letters_kept_by_marks, registered_of};
use crate::auth::{By, Reach, is_one_with};
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Result, Text};
use crate::http::Reply;
use crate::people::joins;
use crate::schema::{accounts, letters_of_proxy as letters};
use crate::states::{Part, own_matters};
use crate::{acts, text_enum, view_of};

text_enum! {
    /// What a letter of proxy is worth today: `UPCOMING` until its first day, then `IN_FORCE` and after its last day `EXPIRED`;
    /// `REVOKED`; or `RESTING` where it opens nothing though nobody has revoked it, of which `rests_for` tells staff why.
    pub enum LetterStatus {
        Upcoming = "UPCOMING",
        InForce = "IN_FORCE",
        Resting = "RESTING",
        Expired = "EXPIRED",
        Revoked = "REVOKED",
    }
}

text_enum! {
    /// Why a letter of proxy opens nothing. `DEATH`, `GUARDIANSHIP`: of either side, registered since it was noted; it has ended
    /// for good (民法 §550), unless that is revoked. `PROTECTION_MARK`: it bars the proxy from the principal's data, or stands on a
    /// principal for whom nobody whom it leaves free has consented by name; as long as it stands. `UNPROVEN`: whose the proxy's account
    /// is, is proven no more.
    pub enum RestReason {
        Death = "DEATH",
        Guardianship = "GUARDIANSHIP",
        ProtectionMark = "PROTECTION_MARK",
        Unproven = "UNPROVEN",
    }
}

acts! {
    /// Acts on a letter of proxy, whose state follows from its term and from what is registered.
    pub enum LetterAct on "letter_of_proxy" LetterStatus {
        Note "note" [CreateLetterOfProxy ""] "created" Anyone apart [Unnamed, Subject] {}
        Revoke "revoke" [RevokeLetterOfProxy ":revoke"] "revoked" Anyone apart [Unnamed, Subject] {
            Upcoming => Revoked, InForce => Revoked, Resting => Revoked, Expired => Revoked
        }
    }
}

/// A letter of proxy.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "proxy_account_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70",
    "principal_person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "scope": "BOOKING", "valid_from": "2026-11-23",
    "valid_to": "2027-05-22", "status": "IN_FORCE", "rests_for": [], "revoked_at": null,
    "created_at": "2026-11-23T09:00:00+08:00", "allowed_actions": ["revoke"]
}))]
pub struct LetterOfProxy {
    id: Id,
    proxy_account_id: Id,
    principal_person_id: Id,
    scope: ProxyScope,
    valid_from: NaiveDate,
    /// The last day.
    valid_to: NaiveDate,
    /// As of now. Nobody outside the office is told by it that a protection mark stands.
    status: LetterStatus,
    /// Why it rests; to staff alone, and to none in a matter of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 4, nullable = false)]
    rests_for: Option<Vec<RestReason>>,
    revoked_at: Option<Moment>,
    created_at: Moment,
    /// What the caller may do now.
    #[schema(value_type = Vec<LetterAct>, max_items = 1)]
    allowed_actions: Vec<&'static str>,
}

impl NotedLetter {
    /// Its version: it changes once, when it is revoked.
    pub fn version(&self) -> i32 {
        if self.revoked_at.is_none() { 1 } else { 2 }
    }

    /// Whether nobody has revoked it, and its last day is not over.
    pub fn is_running(&self, day: NaiveDate) -> bool {
        self.revoked_at.is_none() && self.valid_to >= day
    }

    /// As what opens something is judged.
    pub fn standing(&self) -> Letter {
        let (principal_person_id, scope) = (self.principal_person_id, self.scope.as_str().to_owned());
        Letter { id: self.id, principal_person_id, scope, valid_from: self.valid_from }
    }
}

/// Why a second letter is refused, in words.
pub fn stands_already() -> Text {
    Text::new("期間內已有相同委任，請先撤銷", "such a letter stands on one of these days; revoke it first")
}

/// The letters of a proxy from somebody, in whichever of their records, that run on one of some days, and those of them that have ended
/// by themselves.
pub fn overlapping(
    conn: &mut Conn,
    ((proxy, owner), principal): ((Id, Id), Id),
    (scope, (from, to)): (ProxyScope, (NaiveDate, NaiveDate)),
) -> Result<(Vec<Letter>, Vec<Id>)> {
    let standing = letters::table
        .filter(letters::proxy_account_id.eq(proxy))
        .filter(letters::principal_person_id.eq_any(joins::records(conn, principal)?))
        .filter(letters::scope.eq(scope))
        .filter(letters::revoked_at.is_null())
        .filter(letters::valid_from.le(to))
        .filter(letters::valid_to.ge(from));
    let standing: Vec<Letter> = standing.select(Letter::as_select()).load(conn)?;
    let dead = dead_letters(conn, owner, &standing)?;
    Ok((standing, dead))
}

/// Who is behind the accounts that hold these letters, where that is proven.
fn owners(conn: &mut Conn, letters: &[NotedLetter]) -> Result<HashMap<Id, Option<Id>>> {
    let holding: BTreeSet<Id> = letters.iter().map(|letter| letter.proxy_account_id).collect();
    let owners = accounts::table.filter(accounts::id.eq_any(holding)).select((accounts::id, accounts::person_id));
    Ok(owners.load::<(Id, Option<Id>)>(conn)?.into_iter().collect())
}

/// Why each of an account's letters opens nothing on a day; empty of one that opens something.
fn reasons(
    conn: &mut Conn,
    (account, owner): (Id, Option<Id>),
    held: &[&NotedLetter],
    day: NaiveDate,
) -> Result<HashMap<Id, Vec<RestReason>>> {
    let Some(owner) = owner else {
        return Ok(held.iter().map(|letter| (letter.id, vec![RestReason::Unproven])).collect());
    };
    let principals: Vec<Id> = held.iter().map(|letter| letter.principal_person_id).collect();
    let died = registered_of(conn, &principals.iter().copied().chain([owner]).collect::<Vec<_>>(), DEATH)?;
    let letters: Vec<Letter> = held.iter().map(|letter| letter.standing()).collect();
    let ended = dead_letters(conn, owner, &letters)?;
    let kept = letters_kept_by_marks(conn, account, &letters, day)?;
    let of = |letter: &&NotedLetter| {
        let has_died = [letter.principal_person_id, owner].iter().any(|side| died.contains(side));
        let found = [
            (RestReason::Death, has_died),
            (RestReason::Guardianship, !has_died && ended.contains(&letter.id)),
            (RestReason::ProtectionMark, kept.contains(&letter.id)),
        ];
        (letter.id, found.into_iter().filter(|(_, holds)| *holds).map(|(reason, _)| reason).collect())
    };
    Ok(held.iter().map(of).collect())
}

/// What a letter is worth on a day, by what is told of why it rests.
fn status(letter: &NotedLetter, rests_for: &[RestReason], day: NaiveDate) -> LetterStatus {
    match () {
        () if letter.revoked_at.is_some() => LetterStatus::Revoked,
        () if letter.valid_to < day => LetterStatus::Expired,
        () if !rests_for.is_empty() => LetterStatus::Resting,
        () if letter.valid_from > day => LetterStatus::Upcoming,
        () => LetterStatus::InForce,
    }
}

/// Letters as the caller sees them, in their order.
pub fn shown(conn: &mut Conn, by: &By, letters: Vec<NotedLetter>) -> Result<Vec<LetterOfProxy>> {
    let (day, is_outside) = (by.now.date(), by.reach == Reach::Own);
    let (mut why, mut own_account) = (HashMap::new(), HashMap::new());
    let owners = owners(conn, &letters)?;
    for (account, owner) in &owners {
        let held = letters.iter().filter(|letter| letter.proxy_account_id == *account && letter.is_running(day));
        why.extend(reasons(conn, (*account, *owner), &held.collect::<Vec<_>>(), day)?);
        let is_theirs = !is_outside && is_one_with(conn, &by.caller, (&format!("accounts/{account}"), Some(by.now)))?;
        own_account.insert(*account, is_theirs);
    }
    let sides: BTreeSet<Id> =
        letters.iter().map(|letter| letter.principal_person_id).chain(owners.values().copied().flatten()).collect();
    let concerned = own_matters(conn, by, &sides.into_iter().collect::<Vec<_>>())?;
    let view = |letter: NotedLetter| {
        let account = letter.proxy_account_id;
        let owner = owners.get(&account).copied().flatten();
        let is_side = concerned.contains(&letter.principal_person_id) || owner.is_some_and(|owner| concerned.contains(&owner));
        let is_own = is_side || own_account.get(&account) == Some(&true);
        let mut rests_for = why.remove(&letter.id).unwrap_or_default();
        if is_outside || is_own {
            rests_for.retain(|reason| *reason != RestReason::ProtectionMark);
        }
        let status = status(&letter, &rests_for, day);
        let parts = if is_own { vec![Part::Subject] } else { Vec::new() };
        let may = |act: &LetterAct| act.line().is_granted(&by.caller) && act.keep_apart(&parts).is_ok();
        let allowed_actions = LetterAct::possible(status).filter(may).map(|act| act.line().name).collect();
        let rests_for = Some(rests_for).filter(|_| !is_outside && !is_own);
        view_of!(LetterOfProxy, letter {
            id, proxy_account_id, principal_person_id, scope, valid_from, valid_to, revoked_at, created_at,
        } status, rests_for, allowed_actions)
    };
    Ok(letters.into_iter().map(view).collect())
}

/// The answer's content that shows one letter, at its version.
pub fn reply(conn: &mut Conn, by: &By, letter: NotedLetter, made: bool) -> Result<Reply> {
    let (version, address) = (letter.version(), format!("/v1/letters-of-proxy/{}", letter.id));
    let shown = shown(conn, by, vec![letter])?.pop();
    let reply = if made { Reply::created(address, &shown)? } else { Reply::ok(&shown)? };
    Ok(reply.version(version))
}
