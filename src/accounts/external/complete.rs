//! The way back from the provider: a log-in, or a proof of who an account's owner is, which is a change of keys.

use std::sync::Arc;

use actix_web::post;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::attempts::{self, ExternalPurpose};
use super::links::{self, Link};
use super::policy::CompleteExternal;
use super::problems::{ASSURANCE_TOO_LOW, EXTERNAL_MISMATCH, LINK_ENDED, NOT_LINKED};
use super::provider::{self, Returned, Said};
use super::settings::ExternalSettings;
use crate::accounts::begun::{self, Begun};
use crate::accounts::choice;
use crate::accounts::families::{self, LoginMethod, Means};
use crate::accounts::identity::{PersonOnPaper, fits, sole_holder};
use crate::accounts::model::Account;
use crate::accounts::passwords::hashing;
use crate::accounts::problems::HAS_ACCOUNT;
use crate::accounts::proofs::{self, Assurance, IdentityLevel, NewProof, ProofMethod};
use crate::accounts::sessions::{Tokens, admit, tokens};
use crate::accounts::{AccountSettings, store};
use crate::auth::{By, May};
use crate::calendar::PartialDate;
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Error, Result, Text};
use crate::http::{Reply, Valid, coded};
use crate::node::Node;
use crate::people::facts::{Rank, Word};
use crate::people::store::{Named, Registered};
use crate::people::{self, IdNumber, joins, numbers};
use crate::secrets::keys::OWN_CLIENT;
use crate::secrets::password;

/// What came back from the provider.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"attempt_secret": "q0mS3b2ZkR7xw1nC4vT8aA", "state": "Zk3vT8aAq0mS2bR7xw1nC4", "code": "SplxlOBeZQQYbYS6WxSbIA"}))]
pub struct ExternalCompletion {
    /// From POST /v1/auth/external:start.
    #[schema(min_length = 1, max_length = 100, format = Password)]
    attempt_secret: String,
    /// As it stood in the address to which the person was sent back; so too `code`, and `iss` where it was there.
    #[schema(min_length = 1, max_length = 200)]
    state: String,
    #[schema(min_length = 1, max_length = 4096, format = Password)]
    code: String,
    /// RFC 9207.
    #[schema(min_length = 1, max_length = 200)]
    iss: Option<String>,
    /// With the purpose `PROVE`, and only then: the account's password from now on, by the rules of
    /// POST /v1/auth/password.
    #[schema(min_length = 12, max_length = 128, format = Password)]
    new_password: Option<String>,
}

/// Tokens of a log-in, and with the purpose `PROVE` the proof.
#[derive(Serialize, ToSchema)]
pub struct ExternalCompleted {
    #[serde(flatten)]
    tokens: Tokens,
    /// Absent where nothing was to be proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    proof: Option<ExternalProof>,
}

/// A proof through the external identity provider, and what it changed: the password is the new one, and every log-in,
/// calendar address and letter of proxy of before has ended.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "identity_level": "PROVEN", "assurance": "SUBSTANTIAL", "drafts": [], "bookings": [], "certificates": []}))]
pub struct ExternalProof {
    id: Id,
    identity_level: IdentityLevel,
    assurance: Assurance,
    /// Requests that the account began before: keep or drop them.
    #[schema(max_items = 100)]
    drafts: Vec<Id>,
    /// Bookings that the account made before, likewise.
    #[schema(max_items = 100)]
    bookings: Vec<Id>,
    /// Certificates that the account applied for before, likewise: their issue wants the paper still.
    #[schema(max_items = 100)]
    certificates: Vec<Id>,
}

/// Completes a log-in, a proof or a link at the external identity provider.
///
/// For whoever has the attempt's secret, once: a completion uses the attempt up, also one that fails. `LOGIN` opens the
/// account that this external identity has proven, and no other; a number finds none. `PROVE`, by the account that began,
/// compares number, name and day of birth that the provider tells with what the account says, binds the account to the
/// person and the external identity to the account, and changes its keys as a proof at a counter does. `LINK`, by an account that
/// is proven already, links the external identity where the provider names that very person, as strongly as for a proof; nothing
/// else of the account changes. How strongly the person
/// logged in at the provider stands in the access token as `acr` (RFC 9068).
#[utoipa::path(tag = "Identity", operation_id = "complete_external", request_body = ExternalCompletion, responses(
    (status = 200, description = "Access and refresh token, and the proof where there is one.", body = ExternalCompleted),
    (status = 401, description = "`invalid_credentials`: the account is not to be used; `unauthenticated`: the account that began is not signed in any more."),
    (status = 409, description = "`external_not_set_up`; `external_refused`: the provider's answer cannot be used; `assurance_too_low`. With `LOGIN`: `not_linked`. With `PROVE`: `external_mismatch`; `has_account`; `several_holders`; `link_ended`; `wrong_state`: the account is proven already. With `LINK`: `external_mismatch`: the provider names somebody else; `has_account`: another account has this external identity; `several_holders`; `link_ended`; `wrong_state`."),
    (status = 422, description = "`invalid`: no attempt has this secret, for this state and account, or the new password breaks a rule."),
    (status = 503, description = "`external_unavailable`: the provider cannot be reached."),
))]
#[post("/v1/auth/external:complete")]
pub async fn complete_external(
    may: May<CompleteExternal>,
    node: Data<Node>,
    Valid(input): Valid<ExternalCompletion>,
) -> Result<Reply> {
    node.limits.login(&may.address())?;
    provider::client(&node)?;
    let new = new_password(&may, &node, &input).await?;
    let (vault, secret, state) = (Arc::clone(&node.vault), input.attempt_secret, input.state);
    let taken = may.write_beside(move |tx, by| {
        let caller = by.caller.account().map(|account| account.id);
        attempts::take(tx, &vault, (&secret, &state), caller, by.now)
    });
    let attempt = taken.await?.ok_or_else(unknown)?;
    let (purpose, account) = (attempt.purpose, attempt.account);
    // No transaction is open while the provider is asked.
    let returned = Returned { code: input.code, issuer: input.iss };
    let said = provider::exchange(&node, attempt, returned, may.now().timestamp()).await?;
    let settings = node.config.of::<ExternalSettings>();
    let acr = said.acr.clone().filter(|acr| settings.reaches(purpose, Some(acr))).ok_or(ASSURANCE_TOO_LOW)?;
    let means = Means { method: LoginMethod::External, acr: Some(acr) };
    match (account, new) {
        (None, _) => log_in(&may, node, said, means).await,
        (Some(account), None) => link(&may, node, account, said, means).await,
        (Some(account), Some(new)) => {
            let hash = new.hashed().await?;
            prove(&may, node, Proving { account, said, means, hash }).await
        }
    }
}

fn unknown() -> Error {
    let text = Text::new("代碼不存在、已使用或已逾時", "there is no such attempt for you, or it is over");
    Error::field("/attempt_secret", "unknown", text)
}

/// A new password, and the hashes of those that it must not be.
struct NewPassword {
    text: String,
    remembered: Vec<String>,
}

impl NewPassword {
    /// Its hash. Only whoever the provider has confirmed is told that it is one of the last: anybody else would guess by it.
    async fn hashed(self) -> Result<String> {
        let hash = hashing(move || {
            let reused = self.remembered.iter().any(|hash| password::verify(&self.text, hash));
            (!reused).then(|| password::hash(&self.text))
        });
        hash.await?.ok_or_else(|| Error::field("/new_password", "reused", coded("reused").1))
    }
}

/// The new password, where the attempt is to prove an account: its rules are judged before the attempt is used up.
async fn new_password(may: &May<CompleteExternal>, node: &Data<Node>, input: &ExternalCompletion) -> Result<Option<NewPassword>> {
    let (vault, secret) = (Arc::clone(&node.vault), input.attempt_secret.clone());
    let found = may.read(move |conn, by| {
        if attempts::purpose(conn, &vault, &secret)?.ok_or_else(unknown)? != ExternalPurpose::Prove {
            return Ok(None);
        }
        let account = store::find(conn, by.caller.account().ok_or(Code::UNAUTHENTICATED)?.id)?;
        let owner = store::owner(conn, &vault, &account)?;
        Ok(Some((owner, store::remembered_passwords(conn, account.id)?)))
    });
    let (owner, remembered, text) = match (found.await?, input.new_password.clone()) {
        (None, None) => return Ok(None),
        (None, Some(_)) => {
            let text = Text::new("僅用途為 PROVE 時提供", "only with the purpose PROVE");
            return Err(Error::field("/new_password", "not_allowed", text));
        }
        (Some(_), None) => {
            let text = Text::new("此欄位為必填", "this field is required");
            return Err(Error::field("/new_password", "required", text));
        }
        (Some((owner, remembered)), Some(text)) => (owner, remembered, text),
    };
    choice::checked("/new_password", owner, text.clone()).await?;
    Ok(Some(NewPassword { text, remembered }))
}

/// A log-in to the account that the external identity has proven.
async fn log_in(may: &May<CompleteExternal>, node: Data<Node>, said: Said, means: Means) -> Result<Reply> {
    let reply = may.write(move |tx, by| {
        let Some(Link::Of(account)) = links::of(tx, &node.vault, &said.subject)? else { return Err(NOT_LINKED.into()) };
        let account = store::find(tx, account)?;
        admit(tx, &node, &account, &means, by.now)
    });
    reply.await?.or_refuse(|| Code::INVALID_CREDENTIALS)
}

/// Links the external identity to the account of the person whom the provider names, who is proven already, and logs in by it.
async fn link(may: &May<CompleteExternal>, node: Data<Node>, account: Id, said: Said, means: Means) -> Result<Reply> {
    let reply = may.write(move |tx, by| {
        let caller = by.caller.account().filter(|caller| caller.id == account).ok_or(Code::UNAUTHENTICATED)?;
        let account = store::find(tx, caller.id)?;
        let standing = account.person_id.zip(proofs::standing(tx, account.id)?);
        let Some((person, (proof, ..))) = standing else { return Err(Error::wrong_state(&[])) };
        let told = told(node.config.of(), &said);
        if !told.map_or(Ok(false), |told| is_named(tx, &node, person, &told))? {
            tx.record(Record::change("external_link.refused", format!("users/{}", account.id), json!({})));
            return Ok(Reply::refused());
        }
        match links::of(tx, &node.vault, &said.subject)? {
            Some(Link::Of(linked)) if linked == account.id => {}
            Some(Link::Ended) => return Err(LINK_ENDED.into()),
            _ if !links::insert(tx, &node.vault, &said.subject, (account.id, proof), by.now)? => return Err(HAS_ACCOUNT.into()),
            _ => {
                let linked = Record::change("external_link.made", format!("users/{}", account.id), json!({"proof_id": proof}));
                tx.record(linked.about(person));
            }
        }
        admit(tx, &node, &account, &means, by.now)
    });
    reply.await?.or_refuse(|| Error::from(EXTERNAL_MISMATCH))
}

/// A proof to be made.
struct Proving {
    account: Id,
    said: Said,
    means: Means,
    /// Of the new password.
    hash: String,
}

async fn prove(may: &May<CompleteExternal>, node: Data<Node>, proving: Proving) -> Result<Reply> {
    let reply = may.write(move |tx, by| {
        let caller = by.caller.account().filter(|caller| caller.id == proving.account).ok_or(Code::UNAUTHENTICATED)?;
        let account = store::find(tx, caller.id)?;
        if account.person_id.is_some() {
            return Err(Error::wrong_state(&[]));
        }
        match links::of(tx, &node.vault, &proving.said.subject)? {
            Some(Link::Of(_)) => return Err(HAS_ACCOUNT.into()),
            Some(Link::Ended) => return Err(LINK_ENDED.into()),
            None => {}
        }
        if let Some(person) = told(node.config.of(), &proving.said)
            && is_theirs(tx, &node, &account, &person)?
        {
            return proven(tx, &node, by, &account, (&person, &proving));
        }
        tx.record(Record::change("identity_proof.refused", format!("users/{}", account.id), json!({})));
        Ok(Reply::refused())
    });
    reply.await?.or_refuse(|| Error::from(EXTERNAL_MISMATCH))
}

/// Whom the provider names, as far as its claims are such as the office knows.
fn told(settings: &ExternalSettings, said: &Said) -> Option<PersonOnPaper> {
    let birth_on = said.text(&settings.birth_claim).and_then(PartialDate::from_register);
    let (name, number) = (said.text(&settings.name_claim)?, said.text(&settings.number_claim)?);
    // A number is all that a provider tells so: what is kept in the place of one is the office's own word.
    let number: IdNumber = number.parse().ok()?;
    Some(PersonOnPaper { name: name.parse().ok()?, national_id: number.into(), birth_on })
}

/// Whether the provider names whom the account says, and the office does not know whoever has the number otherwise, by
/// name or day of birth: what differs is settled at a counter.
fn is_theirs(conn: &mut Conn, node: &Node, account: &Account, person: &PersonOnPaper) -> Result<bool> {
    if !fits(conn, node, account, person)? {
        return Ok(false);
    }
    let Some(known) = sole_holder(conn, node, &person.national_id)? else { return Ok(true) };
    let otherwise =
        known.is_named_otherwise(person.name.as_str()) || person.birth_on.is_some_and(|day| known.is_born_otherwise(day));
    Ok(!otherwise && !people::holding::is_deceased(conn, known.id)?)
}

/// Whether the provider names a person as the office knows them, by the number of their own record, whichever it is joined to.
fn is_named(conn: &mut Conn, node: &Node, person: Id, told: &PersonOnPaper) -> Result<bool> {
    let held = numbers::held(conn, &node.vault, &told.national_id)?;
    let human = joins::last(conn, person)?;
    let known = match held.as_slice() {
        [one] if one.id == human && numbers::is_current(conn, &node.vault, person, &told.national_id)? => Some(one.clone()),
        _ => sole_holder(conn, node, &told.national_id)?.filter(|known| known.id == person),
    };
    known.map_or(Ok(false), |known| agrees(conn, &known, told))
}

fn agrees(conn: &mut Conn, known: &Registered, told: &PersonOnPaper) -> Result<bool> {
    let same_name = !known.is_named_otherwise(told.name.as_str());
    let same_day = known.birth_on.zip(told.birth_on).is_some_and(|(known, told)| known.says_all_of(told));
    Ok(!people::holding::is_deceased(conn, known.id)? && (same_name || same_day))
}

/// Binds the account, links the external identity, and changes the keys.
fn proven(tx: &mut Tx, node: &Node, by: &By, account: &Account, (person, proving): (&PersonOnPaper, &Proving)) -> Result<Reply> {
    let id = Id::new(by.now);
    let acr = proving.means.acr.as_deref().unwrap_or_default();
    let assurance = node.config.of::<ExternalSettings>().assurance(acr);
    let begun = begun::of(tx, account)?;
    let source = format!("identity-proofs/{id}");
    let word = Word { rank: Rank::Claimed, source, paper: None, actor: by.caller.name(), now: by.now };
    let named = Named { name: person.name.as_str(), number: &person.national_id, birth_on: person.birth_on };
    let (person_id, _) = people::store::meet(tx, &node.vault, &word, named)?;
    if proofs::account_of(tx, person_id)?.is_some() {
        return Err(HAS_ACCOUNT.into());
    }
    let proof = NewProof {
        id,
        account: account.id,
        person: person_id,
        method: ProofMethod::External,
        assurance,
        acr: Some(acr),
        paper: None,
        contact: None,
        by: by.caller.name(),
    };
    proofs::insert(tx, &node.vault, proof, by.now)?;
    if !links::insert(tx, &node.vault, &proving.said.subject, (account.id, id), by.now)? {
        return Err(HAS_ACCOUNT.into());
    }
    tx.record(Record::change("identity.proven", format!("users/{}", account.id), json!({"proof_id": id})).about(person_id));
    proofs::change_keys(tx, account, &proving.hash, None, by.now)?;
    store::note_login(tx, account.id, false, by.now)?;
    let days = node.config.of::<AccountSettings>().refresh_days;
    let session = families::start(tx, &node.vault, account.id, OWN_CLIENT, &proving.means, days, by.now)?;
    tx.record(Record::read("user.logged_in", format!("users/{}", account.id), ""));
    let account = store::find(tx, account.id)?;
    let Begun { drafts, bookings, certificates } = begun;
    let proof = ExternalProof { id, identity_level: IdentityLevel::Proven, assurance, drafts, bookings, certificates };
    Reply::ok(&ExternalCompleted { tokens: tokens(node, &account, session, by.now)?, proof: Some(proof) })
}
