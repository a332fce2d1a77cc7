//! Letters of proxy that the office has noted under the wrong one of two records move to the other.

use diesel::prelude::*;
use serde_json::json;

use super::letter_status;
use super::letters::{self as noted, NotedLetter};
use crate::auth::By;
use crate::auth::whoever::account_of;
use crate::db::{Conn, Id, Record, Tx};
use crate::domain::Parting;
use crate::error::{Code, Error, Problem, Result, Text};
use crate::find;
use crate::node::Node;
use crate::people::capacity::{self, Demand, Manner};
use crate::people::{holding, joins};
use crate::schema::{accounts, letters_of_proxy as letters};

/// Where the request says whom the letter means.
const TO: &str = "/to_person_id";

/// Moves a letter, where it is one of the person's; whether it was. What rests on it follows: the proxy acts for the other one from now
/// on, and not any more for the one.
pub fn follow_part(tx: &mut Tx, node: &Node, by: &By, parting: &Parting<'_>) -> Result<bool> {
    let id = parting.source.strip_prefix("letters-of-proxy/").and_then(|id| id.parse::<Id>().ok());
    let Some(id) = id else { return Ok(false) };
    let letter: Option<NotedLetter> = find!(&mut **tx, letters::table.find(id).select(NotedLetter::as_select()))?;
    let Some(letter) = letter.filter(|letter| letter.principal_person_id == parting.from) else { return Ok(false) };
    noted::require_unbound(tx, by, letter.proxy_account_id, &[parting.from, parting.to])?;
    require_noted_here(tx, &letter)?;
    if letter.is_running(by.now.date()) {
        require_giver(tx, node, by, &letter, parting.to)?;
    }
    let moved = letters::principal_person_id.eq(parting.to);
    diesel::update(letters::table.find(id)).set(moved).execute(&mut **tx)?;
    let told = Record::change("letter_of_proxy.parted", noted::path(id), json!({"to_person_id": parting.to}));
    tx.record(told.about(parting.from).because(parting.reason));
    Ok(true)
}

/// What somebody has given by an account of theirs is their own word.
fn require_noted_here(conn: &mut Conn, letter: &NotedLetter) -> Result<()> {
    let given_by: Option<String> = letters::table.find(letter.id).select(letters::given_by).first(conn)?;
    let Some(account) = given_by.as_deref().and_then(account_of) else { return Ok(()) };
    let own = accounts::table.find(account).filter(accounts::person_id.eq(letter.principal_person_id.to_string()));
    if own.count().get_result::<i64>(conn)? == 0 {
        return Ok(());
    }
    let (zh, en) = ("委任係本人以帳號所為，不得移列", "the letter was given by an account of its principal: it is not moved");
    Err(Problem::new(Code::CONFLICT).detail(zh, en).into())
}

/// Refuses to let a letter be of somebody who could not give it today: the dead, whoever has no capacity, or needs a consent that was
/// not shown (民法 §6, §15, §75, §77), the proxy themself, whoever is protected from the proxy, and whoever has given them such a letter
/// already.
fn require_giver(conn: &mut Conn, node: &Node, by: &By, letter: &NotedLetter, to: Id) -> Result<()> {
    holding::require_living(conn, to, TO)?;
    let owner: Option<Id> = accounts::table.find(letter.proxy_account_id).select(accounts::person_id).first(conn)?;
    noted::require_open(conn, node, by, to, owner)?;
    let consented: Option<String> = letters::table.find(letter.id).select(letters::consent_document).first(conn)?;
    match capacity::of(conn, &node.vault, to, by.now.date())?.manner(Demand::Capacity) {
        Manner::Represented(limit) => return Err(limit.refusal(TO).into()),
        Manner::WithConsent(limit) if consented.is_none() => return Err(limit.without_consent(TO).into()),
        _ => {}
    }
    let Some(owner) = owner else { return Ok(()) };
    if joins::records(conn, owner)?.contains(&to) {
        return Err(Error::field(TO, "same_person", Text::new("代理人不得為本人", "nobody is their own proxy")));
    }
    let days = (letter.valid_from, letter.valid_to);
    let (mut standing, dead) = letter_status::overlapping(conn, ((letter.proxy_account_id, owner), to), (letter.scope, days))?;
    // Of two records of one human the letter itself runs.
    standing.retain(|one| one.id != letter.id && !dead.contains(&one.id));
    if standing.is_empty() {
        return Ok(());
    }
    Err(Problem::new(Code::CONFLICT).field(TO, "overlaps", letter_status::stands_already()).into())
}
