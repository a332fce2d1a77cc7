//! Proof of who an account's owner is: a code that lives minutes and is good at a counter only, the paper typed without the
//! claim being shown, and a change of keys. A proof is undone by two people, with a reason.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::Duration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::AccountSettings;
use super::begun;
use super::identity_codes;
use super::model::Account;
use super::passwords::hashing;
use super::policy::{CreateIdentityCode, CreateIdentityProof, GetIdentityProof, ListIdentityProofs, UndoIdentityProof};
use super::problems::{HAS_ACCOUNT, IDENTITY_MISMATCH, PAPER_PROVES_ANOTHER, SEVERAL_HOLDERS};
use super::proof_documents::{self, IdentityPaper, ProofDocument};
use super::proofs::{self, NewProof, ProofAct, ProofMethod, ProofSeen, ProofStatus};
use super::store;
use crate::auth::protection::require_open_to;
use crate::auth::{By, May};
use crate::calendar::PartialDate;
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Conn, Id, Record, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::http::{IfMatch, Listing, Page, Paging, Params, PathId, Reply, Valid};
use crate::identified;
use crate::node::Node;
use crate::people::facts::{FactKind, Rank, Strikes, Word};
use crate::people::protection;
use crate::people::store::{Named, Registered};
use crate::people::{self, Identifier, Name, Phone, Reason, differences, facts, holding, names};
use crate::secrets::password;
use crate::secrets::vault::{random_digits, random_secret};
use crate::states::Part;

/// A code to show at a counter.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"code": "48213907", "expires_at": "2026-11-23T09:10:00+08:00"}))]
pub struct IdentityCode {
    /// Eight digits; good once, at a counter only.
    #[schema(min_length = 8, max_length = 8, pattern = "^[0-9]{8}$")]
    code: String,
    expires_at: Moment,
}

/// Makes a code by which a clerk finds the account.
///
/// For its owner to show at a counter, together with an identity card, within minutes; a new one ends the one before.
/// Never tell it to anybody on the telephone: whoever shows it becomes you.
#[utoipa::path(tag = "Identity", operation_id = "create_identity_code", responses(
    (status = 200, description = "The code, shown this once.", body = IdentityCode),
    (status = 409, description = "`wrong_state`: the account is proven already."),
))]
#[post("/v1/me/identity-code")]
pub async fn create_identity_code(may: May<CreateIdentityCode>, node: Data<Node>) -> Result<Reply> {
    may.write(move |tx, by| {
        let account = by.caller.account().ok_or(Code::FORBIDDEN)?;
        if account.person_id.is_some() || account.claimed_id.is_none() {
            return Err(Error::wrong_state(&[]));
        }
        let code = random_digits(8);
        let expires_at = by.now + Duration::minutes(node.config.of::<AccountSettings>().identity_code_minutes);
        identity_codes::keep_code(tx, &node.vault, account.id, &code, expires_at)?;
        tx.record(Record::change("identity_code.made", format!("users/{}", account.id), json!({})));
        Reply::ok(&IdentityCode { code, expires_at })
    })
    .await
}

identified! {
    /// Whoever stands at the counter, as the paper says: a foreigner by the passport.
    pub struct PersonOnPaper as PersonOnPaperBody {
        pub name: Name,
        pub birth_on: Option<PartialDate>,
    }
}

/// A proof of identity.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "48213907", "document": {"kind": "ID_CARD", "number": "製證字第 1150001234 號"},
    "person": {"name": "王小美", "national_id": "N200000004", "birth_on": "1995-05-04"}, "contact": {"phone": "0912345678"}, "dry_run": true
}))]
pub struct IdentityProofInput {
    /// As the owner of the account shows it.
    #[schema(min_length = 8, max_length = 8, pattern = "^[0-9]{8}$")]
    code: String,
    /// The assurance of the proof follows from its `kind`.
    document: IdentityPaper,
    /// Typed from the paper: the account's own claim is not shown.
    person: PersonOnPaper,
    /// How to reach the person, told at the counter: a notice of the proof goes there and not to the account's own.
    contact: Option<ProofContact>,
    /// Compare and show the account to read out, or why the proof would be refused, and change nothing; the code stays good,
    /// unless it does not fit.
    #[serde(default)]
    dry_run: bool,
}

/// How to reach whoever stands at the counter.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofContact {
    phone: Phone,
}

/// A proof, and what it changed.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": null, "account_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "account_name": "王○美", "account_created_at": "2026-11-23T08:40:00+08:00",
    "identity_level": "DECLARED", "drafts": [], "bookings": [], "certificates": []
}))]
pub struct IdentityProven {
    /// The proof; `null` in a dry run.
    id: Option<Id>,
    account_id: Id,
    /// To be read out before the account is bound, masked.
    #[schema(max_length = 100)]
    account_name: String,
    account_created_at: Moment,
    identity_level: proofs::IdentityLevel,
    /// Requests that the account began before: the person keeps or drops them.
    #[schema(max_items = 100)]
    drafts: Vec<Id>,
    /// Bookings that the account made before, likewise.
    #[schema(max_items = 100)]
    bookings: Vec<Id>,
    /// Certificates that the account applied for before, likewise: their issue wants the paper still.
    #[schema(max_items = 100)]
    certificates: Vec<Id>,
    /// For the holder on paper, shown this once, good for some hours: the password of before is void, and so is every log-in,
    /// calendar address and letter of proxy of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, nullable = false)]
    initial_password: Option<String>,
}

/// Proves who the owner of an account is.
///
/// At a counter: the owner shows a code and the paper, the clerk types number and name from the paper, and the office
/// compares, with what the account says and with what the office has seen or registered of whoever has that number; read out
/// the account's name first (`dry_run`). A code that does not fit is spent. The proof changes the
/// account's keys: log-ins, password, calendar address and letters of proxy of before end.
#[utoipa::path(tag = "Identity", operation_id = "create_identity_proof", request_body = IdentityProofInput, responses(
    (status = 200, description = "The account to be read out; nothing is changed (`dry_run`).", body = IdentityProven),
    (status = 201, description = "The account is proven.", body = IdentityProven),
    (status = 409, description = "`identity_mismatch`: paper and account differ, and the code is spent, also in a dry run; `identity_unsettled` with `differences`: the office knows whoever has that number by another name or day of birth; settle it by the paper, the code stays good; `has_account`, with the `proof_id` that stands; `paper_proves_another`, with the `proof_id` of the other person: a section chief looks at both; `several_holders`; `same_person`: the caller had a hand in the end of the proof before this one; `own_request`: it is their own; `holder_required`: nobody knows who works with the account."),
))]
#[post("/v1/identity-proofs")]
pub async fn create_identity_proof(
    may: May<CreateIdentityProof>,
    node: Data<Node>,
    Valid(input): Valid<IdentityProofInput>,
) -> Result<Reply> {
    let kind = input.document.kind;
    let new_password = format!("{}-7aA", random_secret(12));
    let text = new_password.clone();
    let hash = hashing(move || password::hash(&text)).await?;
    let reply = may.write(move |tx, by| {
        let unknown =
            || Error::field("/code", "unknown", Text::new("代碼不存在或已逾時", "no account has this code, or it is too old"));
        let account = identity_codes::by_code(tx, &node.vault, &input.code, by.now)?.ok_or_else(unknown)?;
        let account = store::find(tx, account)?;
        people::numbers::own_numbers(tx, &node.vault, [&input.person.national_id])?;
        protection::require_open(tx, &node.vault, by, [&input.person.national_id])?;
        input.person.national_id.require_found("/person")?;
        if !fits(tx, &node, &account, &input.person)? {
            identity_codes::drop_code(tx, account.id)?;
            tx.record(Record::change("identity_proof.refused", format!("users/{}", account.id), json!({})));
            return Ok(Reply::refused());
        }
        check_known(tx, &node, &input.person)?;
        require_own_paper(tx, &node, &input)?;
        keep_apart(tx, &node, by, &account, &input.person.national_id)?;
        let begun = begun::of(tx, &account)?;
        let mut shown = IdentityProven {
            id: None,
            account_id: account.id,
            account_name: account.called(&node.vault)?,
            account_created_at: account.created_at,
            identity_level: proofs::IdentityLevel::of(account.person_id),
            drafts: begun.drafts,
            bookings: begun.bookings,
            certificates: begun.certificates,
            initial_password: None,
        };
        if input.dry_run {
            return Reply::ok(&shown);
        }
        let proof = prove(tx, &node, by, &account, (&input, kind))?;
        let until = node.config.of::<AccountSettings>().temporary_until(by.now);
        proofs::change_keys(tx, &account, &hash, Some(until), by.now)?;
        shown.id = Some(proof);
        shown.identity_level = proofs::IdentityLevel::Proven;
        shown.initial_password = Some(new_password.clone());
        Ok(Reply::created(format!("/v1/identity-proofs/{proof}"), &shown)?.version(1))
    });
    reply.await?.or_refuse(|| Error::from(IDENTITY_MISMATCH))
}

/// Whether the paper says of its holder what the account says of its owner.
pub fn fits(conn: &mut Conn, node: &Node, account: &Account, paper: &PersonOnPaper) -> Result<bool> {
    let Some(claimed) = account.claimed_id.filter(|_| account.person_id.is_none()) else { return Ok(false) };
    let (name, number) = people::store::open(conn, &node.vault, claimed)?;
    let birth_on = people::store::birth_on(conn, &node.vault, claimed)?;
    let born = paper.birth_on.zip(birth_on).is_none_or(|(shown, said)| shown.says_all_of(said) || said.says_all_of(shown));
    Ok(number == paper.national_id && names::passes_for(&name, paper.name.as_str()) && born)
}

/// Whoever has a number, where anybody is known by it; refused where it is not one person's alone.
pub fn sole_holder(conn: &mut Conn, node: &Node, number: &Identifier) -> Result<Option<Registered>> {
    let holders = people::numbers::held(conn, &node.vault, number)?;
    if holders.len() > 1 || holders.iter().any(|holder| !holder.is_current) {
        return Err(SEVERAL_HOLDERS.into());
    }
    Ok(holders.into_iter().next())
}

/// Refuses a number that is not one person's alone, and of whoever has it the dead (民法 §6), those who have a proven account, and
/// those whom the office has seen or registered otherwise than the paper shows.
fn check_known(conn: &mut Conn, node: &Node, paper: &PersonOnPaper) -> Result<()> {
    let Some(known) = sole_holder(conn, node, &paper.national_id)? else { return Ok(()) };
    holding::require_living(conn, known.id, &paper.national_id.pointer("/person"))?;
    check_free(conn, &known)?;
    let mut differences = Vec::new();
    if known.is_named_otherwise(paper.name.as_str()) {
        differences.push(differences::of(conn, &known, "/person/name".to_owned(), FactKind::Name)?);
    }
    if paper.birth_on.is_some_and(|born| known.is_born_otherwise(born)) {
        differences.push(differences::of(conn, &known, "/person/birth_on".to_owned(), FactKind::BirthOn)?);
    }
    differences::unsettled(differences).map_or(Ok(()), |problem| Err(problem.into()))
}

/// Refuses a paper by which another human is proven: one paper is one person's. Whoever else proves by it waits.
fn require_own_paper(tx: &mut Tx, node: &Node, input: &IdentityProofInput) -> Result<()> {
    let index = input.document.index(&node.vault);
    tx.own([format!("papers/{index}")])?;
    let holder = sole_holder(tx, node, &input.person.national_id)?.map(|known| known.id);
    let own = holder.map_or(Ok(Vec::new()), |holder| people::joins::records(tx, holder))?;
    match proof_documents::by_paper(tx, &index)?.into_iter().find(|(_, person)| !own.contains(person)) {
        Some((proof, _)) => Err(Problem::new(PAPER_PROVES_ANOTHER).with("proof_id", proof).into()),
        None => Ok(()),
    }
}

/// Refuses a person who has a proven account: with the proof that stands, and who can undo it.
fn check_free(conn: &mut Conn, known: &Registered) -> Result<()> {
    let Some(account) = proofs::account_of(conn, known.id)? else { return Ok(()) };
    let problem = Problem::new(HAS_ACCOUNT).detail(
        "proof_id 為現行身分證明；須由股長及另一位主管（股長或主任）先後以 POST /v1/identity-proofs/{id}:undo 撤銷後再辦理。",
        "`proof_id` is the proof that stands: a section chief and another supervisor (a section chief or the director) undo it, \
         one after the other, by POST /v1/identity-proofs/{id}:undo.",
    );
    let standing = proofs::standing(conn, account)?;
    Err(standing.map_or(problem.clone(), |(proof, ..)| problem.with("proof_id", proof)).into())
}

/// Refuses whoever has ended the proof before this one, or is the person themself.
fn keep_apart(conn: &mut Conn, node: &Node, by: &By, account: &Account, number: &Identifier) -> Result<()> {
    let holder = sole_holder(conn, node, number)?.map(|known| known.id);
    let known = holder.map_or(Ok(Vec::new()), |holder| people::joins::records(conn, holder))?;
    let records: Vec<Id> = known.into_iter().chain(account.claimed_id).collect();
    ProofAct::Prove.keep_apart(&proofs::next_parts(conn, by, account.id, &records)?)
}

fn prove(
    tx: &mut Tx,
    node: &Node,
    by: &By,
    account: &Account,
    (input, kind): (&IdentityProofInput, ProofDocument),
) -> Result<Id> {
    let id = Id::new(by.now);
    let person = &input.person;
    let word = Word {
        rank: Rank::Seen,
        source: format!("identity-proofs/{id}"),
        paper: Some(&input.document),
        actor: by.caller.name(),
        now: by.now,
    };
    let named = Named { name: person.name.as_str(), number: &person.national_id, birth_on: person.birth_on };
    let (person_id, _) = people::store::meet(tx, &node.vault, &word, named)?;
    let contact =
        input.contact.as_ref().map(|contact| node.vault.seal_json(&proofs::identity(id, "contact"), contact)).transpose()?;
    let proof = NewProof {
        id,
        account: account.id,
        person: person_id,
        method: ProofMethod::Counter,
        assurance: kind.assurance(),
        acr: None,
        paper: Some(&input.document),
        contact,
        by: by.caller.name(),
    };
    proofs::insert(tx, &node.vault, proof, by.now)?;
    let record = Record::change("identity.proven", format!("users/{}", account.id), json!({"proof_id": id}));
    tx.record(record.about(person_id));
    Ok(id)
}

/// Filters of the list of proofs.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ProofFilter {
    /// Proofs of this account.
    account_id: Option<Id>,
    /// Proofs of this person.
    person_id: Option<Id>,
}

/// Lists proofs of identity.
///
/// Newest first: who was proven to be whom, by whose eyes.
#[utoipa::path(tag = "Identity", operation_id = "list_identity_proofs", params(ProofFilter, Listing), responses((status = 200, description = "A page of proofs.", body = Page<ProofSeen>)))]
#[get("/v1/identity-proofs")]
pub async fn list_identity_proofs(
    may: May<ListIdentityProofs>,
    node: Data<Node>,
    Params(filter): Params<ProofFilter>,
    paging: Paging,
) -> Result<Reply> {
    let which = (filter.account_id, filter.person_id);
    may.read(move |conn, by| Reply::ok(&proofs::list(conn, &node.vault, by, which, &paging)?)).await
}

/// Shows a proof of identity.
///
/// With what its undoing would have to look at.
#[utoipa::path(tag = "Identity", operation_id = "get_identity_proof", params(IdInPath), responses((status = 200, description = "The proof.", body = ProofSeen)))]
#[get("/v1/identity-proofs/{id}")]
pub async fn get_identity_proof(may: May<GetIdentityProof>, node: Data<Node>, id: PathId) -> Result<Reply> {
    may.read(move |conn, by| {
        let proof = proofs::find(conn, id.0)?;
        require_open_to(conn, by, &[proof.person_id])?;
        let version = proof.version;
        Ok(Reply::ok(&proof.seen_by(conn, &node.vault, by)?)?.version(version))
    })
    .await
}

/// Undoes a proof of identity.
///
/// Two supervisors: the first asks, another one does it by the same call; where the first holds no office any more, it asks anew. Whoever strikes the paper on which the proof rests (POST
/// /v1/people/{id}:strike-document) has asked by that. Neither of them makes the next proof of this person or account. Then the account is `DECLARED` again with all its
/// log-ins and its external identity ended, what rested on the proof is struck, and GET /v1/cases and
/// GET /v1/bookings of its `person_id` show what it did as that person, to be looked through.
#[utoipa::path(tag = "Identity", operation_id = "undo_identity_proof", params(IdInPath, IfMatchHeader), request_body = Reason, responses(
    (status = 200, description = "The proof: asked to be undone, or undone.", body = ProofSeen),
    (status = 409, description = "`wrong_state` with `allowed_actions`; `own_request`: another supervisor undoes it; `same_person`; `holder_required`."),
))]
#[post("/v1/identity-proofs/{id}:undo")]
pub async fn undo_identity_proof(
    may: May<UndoIdentityProof>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(why): Valid<Reason>,
) -> Result<Reply> {
    may.write(move |tx, by| {
        let mut proof = proofs::find(tx, id.0)?;
        if_match.check(proof.version)?;
        let asks = match proof.status {
            ProofStatus::Standing => Some(ProofAct::AskUndo),
            ProofStatus::UndoAsked if proof.parts(tx, by)?.contains(&Part::Remaining) => Some(ProofAct::AskAnew),
            ProofStatus::UndoAsked | ProofStatus::Undone => None,
        };
        if let Some(act) = asks {
            proof.ask_undo(tx, by, act, why.as_str())?;
        } else {
            let act = ProofAct::Undo;
            let Some(next) = act.after(proof.status) else { return Err(Error::wrong_state(&proof.allowed(tx, by)?)) };
            act.keep_apart(&proof.parts(tx, by)?)?;
            let (source, actor) = (format!("identity-proofs/{}", proof.id), by.caller.name());
            facts::strike(tx, &node.vault, &Strikes::Source(&source), (&actor, why.as_str(), by.now))?;
            proofs::end(tx, by, &mut proof)?;
            proof.status = next;
            proofs::save_as(tx, &mut proof, act, why.as_str())?;
        }
        let version = proof.version;
        Ok(Reply::ok(&proof.seen_by(tx, &node.vault, by)?)?.version(version))
    })
    .await
}
