//! Letters of proxy (委託書): who may act for whom, for what and how long.

use std::collections::HashMap;

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{Months, NaiveDate};
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::letter_consents::{keep_ground, require_capacity};
use super::letter_status::{self, LetterOfProxy};
use super::policy::{CreateLetterOfProxy, GetLetterOfProxy, ListLettersOfProxy, RevokeLetterOfProxy};
use super::proofs;
use super::store::find_for_login;
use crate::auth::protection::{closed_to, require_open_to};
use crate::auth::{By, May, Reach, Role, is_one_with};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Backend, Conn, Id, Narrow, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid, is_plausible};
use crate::node::Node;
use crate::people::chosen::{self, ByRecord};
use crate::people::facts::{Paper, Rank, Word};
use crate::people::papers::{ConsentPaper, GrantPaper, RepresentativeProof};
use crate::people::protection;
use crate::people::store::Named;
use crate::people::{self, Name, Representative, differences};
use crate::schema::{accounts, identity_proofs, letters_of_proxy as letters};
use crate::states::{Part, keep_apart, require_anothers};
use crate::{find, identified, read_page, text_enum};

text_enum! {
    /// What a letter of proxy covers.
    pub enum ProxyScope {
        Booking = "BOOKING",
        Case = "CASE",
    }
}

/// A letter to note.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "proxy_username": "proxy1", "principal": {"name": "王明華", "national_id": "A123456789"},
    "scope": "BOOKING", "valid_from": "2035-01-01", "valid_to": "2035-06-30"
}))]
pub struct LetterInput {
    /// Account of the proxy, which needs the role PRX and a proven owner.
    #[schema(min_length = 3, max_length = 40)]
    proxy_username: String,
    pub(super) principal: Principal,
    scope: ProxyScope,
    valid_from: NaiveDate,
    /// At most a year after the first day.
    valid_to: NaiveDate,
    /// The paper that a clerk has seen: should it be found false, the letter falls with it.
    pub(super) document: Option<GrantPaper>,
    /// The paper on which the principal's legal representative consents, as a clerk has seen it: required of a principal under
    /// eighteen (民法 §77).
    pub(super) representative_paper: Option<ConsentPaper>,
    /// Whose consent that paper is: refused where the register says that they do not represent the principal
    /// (`not_representative`), and required, by a number or a paper, where a protection mark stands on the principal (家庭暴力防治法
    /// §14, §58-2; 跟蹤騷擾防制法 §12).
    pub(super) representative: Option<Representative>,
    /// The paper that shows the `representative` to be the one to consent: required where the register cannot tell (民法 §1086,
    /// §1098).
    pub(super) representative_proof: Option<RepresentativeProof>,
}

identified! {
    /// The person for whom the proxy acts: a human, known by a number or a paper.
    pub struct Principal as PrincipalBody {
        name: Name,
        /// Of several people who truly have that number and name the one who is meant, as `candidates` of `ambiguous_person` lists
        /// them; by a clerk alone.
        person_id: Option<Id>,
    }
}

/// A letter as it is kept.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = letters)]
pub struct NotedLetter {
    pub id: Id,
    pub proxy_account_id: Id,
    pub principal_person_id: Id,
    pub scope: ProxyScope,
    pub valid_from: NaiveDate,
    pub valid_to: NaiveDate,
    pub revoked_at: Option<Moment>,
    pub created_at: Moment,
}

/// Filters of the list of letters.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LetterFilter {
    /// Letters of which this person is a side, as the principal or by whoever's account holds it, in whichever of their records.
    person_id: Option<Id>,
}

/// What a letter is called: by the journal, and by the facts that were entered with it.
pub fn path(id: Id) -> String {
    format!("letters-of-proxy/{id}")
}

/// Writes a letter.
pub fn insert(
    tx: &mut Tx,
    id: Id,
    (proxy, principal): (Id, Id),
    scope: ProxyScope,
    days: (NaiveDate, NaiveDate),
    now: Moment,
) -> Result<NotedLetter> {
    let letter = NotedLetter {
        id,
        proxy_account_id: proxy,
        principal_person_id: principal,
        scope,
        valid_from: days.0,
        valid_to: days.1,
        revoked_at: None,
        created_at: now,
    };
    let row = (
        letters::id.eq(letter.id),
        letters::proxy_account_id.eq(proxy),
        letters::principal_person_id.eq(principal),
        letters::scope.eq(letter.scope),
        letters::valid_from.eq(letter.valid_from),
        letters::valid_to.eq(letter.valid_to),
        letters::created_at.eq(now),
    );
    diesel::insert_into(letters::table).values(row).execute(&mut **tx)?;
    let record = Record::change("letter_of_proxy.created", path(letter.id), json!({}));
    tx.record(record.about(principal));
    Ok(letter)
}

/// Notes a letter of proxy.
///
/// By a clerk who has seen it on paper (戶籍法 §47), or by the principal themself, whose account is proven. Of the same proxy,
/// principal, in whichever of their records, and scope one stands at a time, so that its revocation ends what it opened. It opens nothing any more once the
/// death of either side is registered, or one of them is placed under guardianship, and does not stand again when that ends: a new
/// one is made (民法 §550); it rests too as long as a protection mark bars the proxy from the principal's data, or stands on a
/// principal who gave it by a consent of nobody named, or of somebody whom it bars. Whoever is registered as under guardianship or under seven gives none (422 `no_capacity`), and whoever is under eighteen at a counter alone, with the
/// paper of their legal representative (`representative_paper`; 民法 §75, §77). With the scope `CASE` the proxy applies for cases
/// and certificates, and sees what they began for the principal and cases that name them as the proxy; what else the principal has
/// at the office is not theirs to see.
#[utoipa::path(tag = "Identity", operation_id = "create_letter_of_proxy", request_body = LetterInput, responses(
    (status = 201, description = "The letter is noted.", body = LetterOfProxy),
    (status = 409, description = "`conflict`: such a letter stands on one of the days; `identity_unsettled` with `differences`: the number is somebody's who is called otherwise; `ambiguous_person` with `candidates`: it is several people's who are called so; `own_request`: a clerk is one of its sides; `protected`: the proxy is barred from the data of the principal (家庭暴力防治法 §14, §58-2; 跟蹤騷擾防制法 §12); to staff only; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/letters-of-proxy")]
pub async fn create_letter_of_proxy(
    may: May<CreateLetterOfProxy>,
    node: Data<Node>,
    Valid(input): Valid<LetterInput>,
) -> Result<Reply> {
    let latest = input.valid_from.checked_add_months(Months::new(12));
    if !is_plausible(input.valid_from) || input.valid_to < input.valid_from || latest.is_none_or(|latest| input.valid_to > latest)
    {
        let text = Text::new("不得早於 valid_from，且至多一年", "not before valid_from, and at most a year after it");
        return Err(Error::field("/valid_to", "range", text));
    }
    may.write(move |tx, by| {
        let proxy = find_for_login(tx, &input.proxy_username)?.map(|(account, _)| account);
        let proxy = proxy.filter(|account| account.roles.contains(&Role::Proxy));
        let Some((proxy, owner)) = proxy.and_then(|account| account.person_id.map(|owner| (account, owner))) else {
            let text = Text::new("查無此經證明身分之代理人帳號", "no proxy who is proven has this account");
            return Err(Error::field("/proxy_username", "not_allowed", text));
        };
        let id = Id::new(by.now);
        let principal = principal(tx, &node, by, (&input.principal, input.document.as_deref(), id))?;
        require_unbound(tx, by, proxy.id, &[owner, principal])?;
        require_open(tx, &node, by, principal, Some(owner))?;
        if people::joins::records(tx, owner)?.contains(&principal) {
            let text = Text::new("代理人不得為本人", "nobody is their own proxy");
            return Err(Error::field("/proxy_username", "same_person", text));
        }
        require_capacity(tx, &node, by, &input, (principal, owner))?;
        let days = (input.valid_from, input.valid_to);
        let (standing, dead) = letter_status::overlapping(tx, ((proxy.id, owner), principal), (input.scope, days))?;
        if dead.len() < standing.len() {
            return Err(Problem::new(Code::CONFLICT).field("/valid_from", "overlaps", letter_status::stands_already()).into());
        }
        // Should what ended them be undone, one letter stands nevertheless; what another record gave is another's once they are parted.
        let given = standing.iter().filter(|letter| letter.principal_person_id == principal);
        let dead: Vec<Id> = given.map(|letter| letter.id).filter(|letter| dead.contains(letter)).collect();
        if !dead.is_empty() {
            proofs::revoke(tx, letters::table.filter(letters::id.eq_any(dead)).into_boxed(), by.now)?;
        }
        let letter = insert(tx, id, (proxy.id, principal), input.scope, days, by.now)?;
        keep_ground(tx, &node, by, letter.id, &input)?;
        letter_status::reply(tx, by, letter, true)
    })
    .await
}

/// The principal: to the office whoever has the number and the name, on the paper that a clerk has seen; to whoever gives a
/// letter themselves their own person, once that is proven.
fn principal(tx: &mut Tx, node: &Node, by: &By, (named, paper, letter): (&Principal, Option<&Paper>, Id)) -> Result<Id> {
    let (name, number) = (named.name.as_str(), &named.national_id);
    number.require_human("/principal")?;
    number.require_found("/principal")?;
    people::numbers::own_numbers(tx, &node.vault, [number])?;
    let principal = if by.reach == Reach::Own {
        chosen::refuse(named.person_id, "/principal")?;
        let own = by.caller.person_id().ok_or_else(|| {
            let (zh, en) = ("請先臨櫃證明身分", "prove who you are first, at a counter");
            Error::from(Problem::new(Code::FORBIDDEN).detail(zh, en))
        })?;
        let fits = people::numbers::is_of(tx, &node.vault, own, number)? && is_called(tx, node, own, name)?;
        let text = || Text::new("僅得以本人為委託人", "you give a letter in your own name only");
        if fits { Ok(own) } else { Err(Error::field(number.pointer("/principal"), "not_allowed", text())) }?
    } else {
        protection::require_open(tx, &node.vault, by, [number])?;
        let (said, by_record) = (Named { name, number, birth_on: None }, ByRecord { said: named.person_id, kept: None });
        let known = chosen::find(tx, &node.vault, (said, "/principal"), by_record)?;
        differences::require_known(tx, &[("/principal/name", name, known.as_ref())])?;
        let word = Word { rank: Rank::Seen, source: path(letter), paper, actor: by.caller.name(), now: by.now };
        match known {
            Some(known) => people::store::hear(tx, &node.vault, &word, &known, said)?,
            None => people::store::note(tx, &node.vault, &word, said)?.0,
        }
    };
    people::holding::require_living(tx, principal, &number.pointer("/principal"))?;
    Ok(principal)
}

/// Whether one of a human's records can be called so.
fn is_called(conn: &mut Conn, node: &Node, person: Id, name: &str) -> Result<bool> {
    let records = people::joins::records(conn, person)?;
    let records = people::store::records(conn, &node.vault, &records)?;
    Ok(records.values().any(|record| !record.is_named_otherwise(name)))
}

fn is_own(letter: &NotedLetter, by: &By) -> bool {
    let account = by.caller.account().map(|account| account.id);
    by.reach >= Reach::Office
        || account == Some(letter.proxy_account_id)
        || by.caller.person_id() == Some(letter.principal_person_id)
}

/// Refuses a member of staff who is a side of a letter: one of these records is theirs, or the proxy's account, or another one
/// of theirs is.
pub fn require_unbound(conn: &mut Conn, by: &By, proxy: Id, sides: &[Id]) -> Result<()> {
    require_anothers(conn, by, sides)?;
    let is_proxy = by.reach != Reach::Own && is_one_with(conn, &by.caller, (&format!("accounts/{proxy}"), Some(by.now)))?;
    keep_apart(if is_proxy { &[Part::Subject] } else { &[] }, &[Part::Subject])
}

/// Refuses staff a letter to a proxy who is barred from the principal's data. What the principal themself gives is noted, and
/// rests: nobody is told by it that a mark stands.
pub fn require_open(conn: &mut Conn, node: &Node, by: &By, principal: Id, proxy: Option<Id>) -> Result<()> {
    if by.reach == Reach::Own {
        return Ok(());
    }
    let askers: Vec<Id> = proxy.into_iter().collect();
    let bar = protection::between(conn, &node.vault, by.now.date(), (principal, &askers))?;
    bar.map_or(Ok(()), |bar| Err(bar.refusal()))
}

/// Whoever stands behind the account that acted for each of these people by a letter of that scope, in force or not any more, and
/// whosever it has turned out to be; by account and principal: who they are, or who they say they are.
pub fn proxies(conn: &mut Conn, scope: ProxyScope, given: &[(Id, Id)]) -> Result<HashMap<(Id, Id), Id>> {
    if given.is_empty() {
        return Ok(HashMap::new());
    }
    let held = letters::table.inner_join(accounts::table.on(accounts::id.eq(letters::proxy_account_id)));
    let held = held.filter(letters::scope.eq(scope)).filter(letters::proxy_account_id.eq_any(given.iter().map(|(one, _)| *one)));
    type Row = (Id, Option<Id>, Option<Id>);
    let columns = (letters::proxy_account_id, accounts::person_id, accounts::claimed_id);
    let rows: Vec<Row> = held.select(columns).distinct().load(conn)?;
    let owners: HashMap<Id, [Option<Id>; 2]> =
        rows.into_iter().map(|(account, proven, said)| (account, [proven, said])).collect();
    // What somebody did for themselves stays so, though the account was taken for another's since.
    let proven = identity_proofs::table.filter(identity_proofs::account_id.eq_any(owners.keys().copied()));
    let own: Vec<(Id, Id)> = proven.select((identity_proofs::account_id, identity_proofs::person_id)).load(conn)?;
    let proxy = |(account, principal): &(Id, Id)| {
        let owner = owners.get(account).filter(|owner| !owner.contains(&Some(*principal)))?;
        if own.contains(&(*account, *principal)) {
            return None;
        }
        Some(((*account, *principal), owner.iter().flatten().next().copied()?))
    };
    Ok(given.iter().filter_map(proxy).collect())
}

/// What the accounts of these people are called in the journal: of whoever they are, or say they are.
pub fn names_of(conn: &mut Conn, people: &[Id]) -> Result<Vec<String>> {
    let people: Vec<String> = people.iter().map(Id::to_string).collect();
    let proven = accounts::person_id.assume_not_null().eq_any(people.clone());
    let said = accounts::person_id.is_null().and(accounts::claimed_id.assume_not_null().eq_any(people));
    let held: Vec<Id> = accounts::table.filter(proven.or(said)).select(accounts::id).load(conn)?;
    Ok(held.into_iter().map(|account| format!("accounts/{account}")).collect())
}

/// Lists letters of proxy.
///
/// Proxies see those they hold, principals those they gave, staff all, or those of one person.
#[utoipa::path(tag = "Identity", operation_id = "list_letters_of_proxy", params(LetterFilter, Listing), responses((status = 200, description = "A page of letters, in order of noting.", body = Page<LetterOfProxy>)))]
#[get("/v1/letters-of-proxy")]
pub async fn list_letters_of_proxy(
    may: May<ListLettersOfProxy>,
    Params(filter): Params<LetterFilter>,
    paging: Paging,
) -> Result<Reply> {
    may.read(move |conn, by| {
        let sides = filter.person_id.map(|person| sides(conn, person)).transpose()?;
        let closed = closed_to(conn, by)?;
        let matching = || -> letters::BoxedQuery<'_, Backend> {
            let mut query = letters::table.filter(letters::principal_person_id.ne_all(closed.iter().copied())).into_boxed();
            if by.reach == Reach::Own {
                let account = by.caller.account().map(|a| a.id.to_string()).unwrap_or_default();
                let person = by.caller.person_id().map(|id| id.to_string()).unwrap_or_default();
                query = query.filter(letters::proxy_account_id.eq(account).or(letters::principal_person_id.eq(person)));
            }
            query.narrow(sides.as_ref(), |(records, held_by)| {
                let gave = letters::principal_person_id.eq_any(records.iter().copied());
                gave.or(letters::proxy_account_id.eq_any(held_by.iter().copied()))
            })
        };
        let page = read_page!(conn, &paging, matching, letters::id asc, NotedLetter)?;
        let items = letter_status::shown(conn, by, page.items)?;
        Reply::ok(&Page { items, next: page.next, total: page.total })
    })
    .await
}

/// The records of somebody, and the accounts that are proven to be theirs.
fn sides(conn: &mut Conn, person: Id) -> Result<(Vec<Id>, Vec<Id>)> {
    let records = people::joins::records(conn, person)?;
    let theirs = accounts::table.filter(accounts::person_id.eq_any(records.iter().map(Id::to_string).collect::<Vec<_>>()));
    let theirs = theirs.select(accounts::id).load(conn)?;
    Ok((records, theirs))
}

/// A letter that the caller holds, gave or works with.
fn find(conn: &mut Conn, by: &By, id: Id) -> Result<NotedLetter> {
    let letter: Option<NotedLetter> = find!(conn, letters::table.find(id).select(NotedLetter::as_select()))?;
    let letter = letter.filter(|letter| is_own(letter, by)).ok_or(Code::NOT_FOUND)?;
    require_open_to(conn, by, &[letter.principal_person_id])?;
    Ok(letter)
}

/// Shows a letter of proxy.
///
/// To the proxy, the principal and staff.
#[utoipa::path(tag = "Identity", operation_id = "get_letter_of_proxy", params(IdInPath), responses((status = 200, description = "The letter.", body = LetterOfProxy)))]
#[get("/v1/letters-of-proxy/{id}")]
pub async fn get_letter_of_proxy(may: May<GetLetterOfProxy>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let letter = find(conn, by, id.0)?;
        letter_status::reply(conn, by, letter, false)
    })
    .await
}

/// Revokes a letter of proxy.
///
/// At once: the proxy's next request for the principal is refused.
#[utoipa::path(tag = "Identity", operation_id = "revoke_letter_of_proxy", params(IdInPath, IfMatchHeader), responses(
    (status = 200, description = "The letter is revoked.", body = LetterOfProxy),
    (status = 409, description = "`wrong_state`: it is revoked already; `own_request`: for the office nobody revokes a letter of which they are a side; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/letters-of-proxy/{id}:revoke")]
pub async fn revoke_letter_of_proxy(may: May<RevokeLetterOfProxy>, id: PathId, if_match: IfMatch) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut letter = find(tx, by, id.0)?;
        if_match.check(letter.version())?;
        require_unbound(tx, by, letter.proxy_account_id, &[letter.principal_person_id])?;
        let standing = letters::table.find(id.0).filter(letters::revoked_at.is_null());
        if diesel::update(standing).set(letters::revoked_at.eq(Some(by.now))).execute(&mut **tx)? == 0 {
            return Err(Error::wrong_state(&[]));
        }
        letter.revoked_at = Some(by.now);
        let record = Record::change("letter_of_proxy.revoked", path(id.0), json!({}));
        tx.record(record.about(letter.principal_person_id));
        letter_status::reply(tx, by, letter, false)
    })
    .await
}
