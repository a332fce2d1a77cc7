//! Proofs of identity in the store: codes, who is bound to whom, and what a change of keys ends.

use diesel::prelude::*;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::identity_codes;
use super::links::end_everything;
use super::model::Account;
use super::policy::{CreateIdentityProof, UndoIdentityProof};
use super::store::{contact_identity, set_password};
use crate::auth::protection::closed_to;
use crate::auth::{By, is_one_with};
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Narrow, Record, Tx};
use crate::domain::FalsePaper;
use crate::error::{Code, Error, Result};
use crate::http::{Page, Paging};
use crate::node::Node;
use crate::people;
use crate::people::facts::{Paper, Rank, Word};
use crate::people::store::Named;
use crate::schema::{accounts, external_links as links, identity_proofs as proofs, letters_of_proxy as letters};
use crate::secrets::vault::{Sealed, Vault};
use crate::states::{Part, in_own_matter, parts_of};
use crate::{acts, find, read_page, save, text_enum};

text_enum! {
    /// How well the office knows an account's owner.
    pub enum IdentityLevel {
        /// As the owner says
        Declared = "DECLARED",
        /// Shown by a paper at a counter
        Proven = "PROVEN",
    }
}

impl IdentityLevel {
    pub fn of(person: Option<Id>) -> Self {
        if person.is_some() { Self::Proven } else { Self::Declared }
    }
}

text_enum! {
    /// How somebody was proven.
    pub enum ProofMethod {
        Counter = "COUNTER",
        /// Through the external identity provider
        External = "EXTERNAL",
    }
}

text_enum! {
    /// How much a proof is worth.
    pub enum Assurance {
        /// By an electronic identity, as strongly as the office asks for, or in person by an identity card of another country
        Substantial = "SUBSTANTIAL",
        /// In person, with an official paper with a photograph, or by an electronic identity that is worth as much
        High = "HIGH",
    }
}

text_enum! {
    /// States of a proof.
    pub enum ProofStatus {
        Standing = "STANDING",
        /// Somebody has asked to undo it, or has struck the paper on which it rests
        UndoAsked = "UNDO_ASKED",
        Undone = "UNDONE",
    }
}

acts! {
    /// Acts on a proof of identity. It is undone by two people, neither of them whoever made it: a supervisor, or whoever strikes
    /// the paper on which it rests, asks, and another supervisor does it. Neither of them makes the next proof of that person or
    /// account, and nobody acts on a proof of their own. It is asked for anew where whoever asked holds no office any more.
    pub enum ProofAct on "identity_proof" ProofStatus {
        Prove "prove" [CreateIdentityProof ""] "proven" Clerk apart [Unnamed, Supervisor, Subject] {}
        AskUndo "undo" [UndoIdentityProof ":undo"] "undo_asked" Proposer apart [Unnamed, Clerk, Subject] { Standing => UndoAsked }
        AskAnew "undo" [UndoIdentityProof ":undo"] "undo_asked" Proposer apart [Unnamed, Clerk, Subject] { UndoAsked => UndoAsked }
        AskByStrike "strike-document" [] "undo_asked" Proposer apart [Unnamed, Clerk, Subject] { Standing => UndoAsked }
        Undo "undo" [UndoIdentityProof ":undo"] "undone" Supervisor apart [Unnamed, Proposer, Clerk, Subject] {
            UndoAsked => Undone,
        }
    }
}

/// A proof of identity.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = proofs, treat_none_as_null = true)]
#[schema(as = ProofMembers, example = json!({
    "id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "account_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70",
    "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "status": "STANDING", "method": "COUNTER", "assurance": "HIGH", "acr": null,
    "proven_by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e72", "proven_at": "2026-11-23T09:05:00+08:00", "undo_asked_by": null,
    "undo_reason": null, "undone_by": null, "undone_at": null
}))]
pub struct Proof {
    pub id: Id,
    pub account_id: Id,
    pub person_id: Id,
    pub status: ProofStatus,
    pub method: ProofMethod,
    pub assurance: Assurance,
    /// How strongly the person logged in at the external identity provider, in its words.
    #[schema(max_length = 200)]
    pub acr: Option<String>,
    #[schema(max_length = 60)]
    pub proven_by: String,
    pub proven_at: Moment,
    #[schema(max_length = 60)]
    pub undo_asked_by: Option<String>,
    #[schema(max_length = 500)]
    pub undo_reason: Option<String>,
    #[schema(max_length = 60)]
    pub undone_by: Option<String>,
    pub undone_at: Option<Moment>,
    #[serde(skip)]
    pub undo_asked_at: Option<Moment>,
    #[serde(skip)]
    pub version: i32,
}

/// A proof as somebody sees it, with what they can do.
#[derive(Serialize, ToSchema)]
#[schema(as = IdentityProof)]
pub struct ProofSeen {
    #[serde(flatten)]
    proof: Proof,
    #[schema(value_type = Vec<ProofAct>, max_items = 2)]
    allowed_actions: Vec<&'static str>,
}

impl Proof {
    /// The parts that the caller has in it.
    pub fn parts(&self, conn: &mut Conn, by: &By) -> Result<Vec<Part>> {
        let asked = self.undo_asked_by.iter().map(|asker| (Part::Proposer, asker.as_str(), self.undo_asked_at));
        let proven = (Part::Clerk, self.proven_by.as_str(), Some(self.proven_at));
        let mut parts = parts_of(conn, &by.caller, asked.chain([proven]))?;
        parts.extend(in_own_matter(conn, by, &[self.person_id])?);
        Ok(parts)
    }

    /// Takes the first half of its end.
    pub fn ask_undo(&mut self, tx: &mut Tx, by: &By, act: ProofAct, why: &str) -> Result<()> {
        act.keep_apart(&self.parts(tx, by)?)?;
        self.status = act.apply(self.status)?;
        let sealed = tx.seal_text(&identity(self.id, "undo_reason"), why);
        (self.undo_asked_by, self.undo_asked_at, self.undo_reason) = (Some(by.caller.name()), Some(by.now), Some(sealed));
        save_as(tx, self, act, why)
    }

    pub fn allowed(&self, conn: &mut Conn, by: &By) -> Result<Vec<&'static str>> {
        let parts = self.parts(conn, by)?;
        let applies = |act: &ProofAct| match act {
            ProofAct::AskAnew => parts.contains(&Part::Remaining),
            ProofAct::Undo => !parts.contains(&Part::Remaining),
            ProofAct::Prove | ProofAct::AskUndo | ProofAct::AskByStrike => true,
        };
        let may = |act: &ProofAct| applies(act) && act.line().is_granted(&by.caller) && act.keep_apart(&parts).is_ok();
        Ok(ProofAct::possible(self.status).filter(may).map(|act| act.line().name).collect())
    }

    pub fn seen_by(mut self, conn: &mut Conn, vault: &Vault, by: &By) -> Result<ProofSeen> {
        let open = |sealed: &String| vault.open_text(&identity(self.id, "undo_reason"), sealed);
        self.undo_reason = self.undo_reason.as_ref().map(open).transpose()?;
        Ok(ProofSeen { allowed_actions: self.allowed(conn, by)?, proof: self })
    }
}

/// The name under which a member of a proof is sealed.
pub fn identity(id: Id, member: &str) -> String {
    format!("identity_proofs/{id}/{member}")
}

/// How well the office knows an account's owner; `None` where it is nobody's.
pub fn level(conn: &mut Conn, account: Id) -> Result<Option<IdentityLevel>> {
    let owner = accounts::table.find(account).select((accounts::person_id, accounts::claimed_id));
    let (person, claimed): (Option<Id>, Option<Id>) = owner.first(conn)?;
    Ok(person.or(claimed).map(|_| IdentityLevel::of(person)))
}

/// The account that is proven to be a person's.
pub fn account_of(conn: &mut Conn, person: Id) -> Result<Option<Id>> {
    Ok(accounts::table.filter(accounts::person_id.eq(person.to_string())).select(accounts::id).first(conn).optional()?)
}

/// A proof to make.
pub struct NewProof<'a> {
    pub id: Id,
    pub account: Id,
    pub person: Id,
    pub method: ProofMethod,
    pub assurance: Assurance,
    pub acr: Option<&'a str>,
    pub paper: Option<&'a Paper>,
    /// How to reach the person, sealed.
    pub contact: Option<String>,
    pub by: String,
}

/// Binds an account to a person.
pub fn insert(tx: &mut Tx, vault: &Vault, new: NewProof<'_>, now: Moment) -> Result<()> {
    let document = new.paper.map(|paper| vault.seal_json(&identity(new.id, "document"), paper)).transpose()?;
    let row = (
        proofs::id.eq(new.id),
        proofs::account_id.eq(new.account),
        proofs::person_id.eq(new.person),
        proofs::status.eq(ProofStatus::Standing),
        proofs::method.eq(new.method),
        proofs::assurance.eq(new.assurance),
        proofs::acr.eq(new.acr),
        proofs::document.eq(document),
        proofs::document_index.eq(new.paper.map(|paper| paper.index(vault))),
        proofs::contact.eq(new.contact),
        proofs::proven_by.eq(new.by),
        proofs::proven_at.eq(now),
        proofs::version.eq(1),
    );
    diesel::insert_into(proofs::table).values(row).execute(&mut **tx)?;
    bind(tx, new.account, Some(new.person))
}

/// Binds an account to a person without a paper: in a demo.
pub fn insert_proof(tx: &mut Tx, account: Id, person: Id, now: Moment) -> Result<()> {
    let row = (
        proofs::id.eq(Id::new(now)),
        proofs::account_id.eq(account),
        proofs::person_id.eq(person),
        proofs::status.eq(ProofStatus::Standing),
        proofs::method.eq(ProofMethod::Counter),
        proofs::assurance.eq(Assurance::High),
        proofs::proven_by.eq("system"),
        proofs::proven_at.eq(now),
        proofs::version.eq(1),
    );
    diesel::insert_into(proofs::table).values(row).execute(&mut **tx)?;
    bind(tx, account, Some(person))
}

fn bind(tx: &mut Tx, account: Id, person: Option<Id>) -> Result<()> {
    let row = accounts::table.find(account);
    let set = (accounts::person_id.eq(person.map(|id| id.to_string())), accounts::epoch.eq(accounts::epoch + 1));
    diesel::update(row).set(set).execute(&mut **tx)?;
    Ok(())
}

/// Ends whatever opened an account before its owner was proven: log-ins, password, addresses, contacts, letters. A password
/// that its owner has not chosen is good until a moment.
pub fn change_keys(tx: &mut Tx, account: &Account, hash: &str, until: Option<Moment>, now: Moment) -> Result<()> {
    identity_codes::drop_code(tx, account.id)?;
    set_password(tx, account.id, hash, until, now)?;
    end_letters(tx, account.id, now)?;
    let none = (accounts::phone.eq(None::<String>), accounts::email.eq(None::<String>));
    diesel::update(accounts::table.find(account.id)).set(none).execute(&mut **tx)?;
    Ok(())
}

/// Unbinds an account from the person whom it was taken for; the external identity that proved it opens nothing any more.
pub fn unbind(tx: &mut Tx, account: Id, now: Moment) -> Result<()> {
    bind(tx, account, None)?;
    let linked = links::table.filter(links::account_id.eq(account)).filter(links::ended_at.is_null());
    diesel::update(linked).set(links::ended_at.eq(Some(now))).execute(&mut **tx)?;
    end_everything(tx, account, now)?;
    end_letters(tx, account, now)
}

/// Ends the letters that an account holds, and those that it gave.
fn end_letters(tx: &mut Tx, account: Id, now: Moment) -> Result<()> {
    let given = letters::given_by.eq(format!("accounts/{account}"));
    revoke(tx, letters::table.filter(letters::proxy_account_id.eq(account).or(given.assume_not_null())).into_boxed(), now)?;
    Ok(())
}

/// Revokes those of these letters that stand; whose they were.
pub fn revoke(tx: &mut Tx, which: letters::BoxedQuery<'_, Backend>, now: Moment) -> Result<Vec<Id>> {
    let standing = which.filter(letters::revoked_at.is_null()).order(letters::id);
    let ended: Vec<(Id, Id)> = standing.select((letters::id, letters::principal_person_id)).load(&mut **tx)?;
    for (letter, principal) in &ended {
        diesel::update(letters::table.find(letter)).set(letters::revoked_at.eq(Some(now))).execute(&mut **tx)?;
        tx.record(Record::change("letter_of_proxy.revoked", format!("letters-of-proxy/{letter}"), json!({})).about(*principal));
    }
    Ok(ended.into_iter().map(|(_, principal)| principal).collect())
}

/// Ends the letters that rest on a paper that was found false, or was entered under the wrong record, and asks for the end of the proofs;
/// whose they are.
pub fn follow_strike(tx: &mut Tx, _: &Node, by: &By, paper: &FalsePaper<'_>) -> Result<Vec<Id>> {
    let standing = proofs::table.filter(proofs::document_index.eq(paper.index)).filter(proofs::status.ne(ProofStatus::Undone));
    let standing: proofs::BoxedQuery<'_, Backend> = standing.into_boxed();
    let standing = standing.narrow(paper.of, |record| proofs::person_id.eq(record));
    let found: Vec<Proof> = standing.order(proofs::id).select(Proof::as_select()).load(&mut **tx)?;
    let mut of: Vec<Id> = found.iter().map(|proof| proof.person_id).collect();
    for mut proof in found.into_iter().filter(|proof| proof.status == ProofStatus::Standing) {
        proof.ask_undo(tx, by, ProofAct::AskByStrike, paper.reason)?;
    }
    let seen: letters::BoxedQuery<'_, Backend> = letters::table
        .filter(
            letters::document_index
                .eq(paper.index)
                .or(letters::consent_index.eq(paper.index))
                .or(letters::proof_index.eq(paper.index)),
        )
        .into_boxed();
    let seen = seen.narrow(paper.of, |record| letters::principal_person_id.eq(record));
    of.extend(revoke(tx, seen, by.now)?);
    Ok(of)
}

/// The parts that the caller has in the next proof of an account, or of somebody in any of these records: by the end of the one
/// before, and by being the person.
pub fn next_parts(conn: &mut Conn, by: &By, account: Id, records: &[Id]) -> Result<Vec<Part>> {
    let of_account = proofs::table.filter(proofs::account_id.eq(account)).order(proofs::id.desc());
    let of_person = proofs::table.filter(proofs::person_id.eq_any(records.iter().copied())).order(proofs::id.desc());
    let last: [Option<Proof>; 2] = [
        of_account.select(Proof::as_select()).first(conn).optional()?,
        of_person.select(Proof::as_select()).first(conn).optional()?,
    ];
    let mut parts = in_own_matter(conn, by, records)?;
    for proof in last.iter().flatten() {
        for (name, at) in [(&proof.undo_asked_by, proof.undo_asked_at), (&proof.undone_by, proof.undone_at)] {
            let is_own = name.as_ref().map_or(Ok(false), |name| is_one_with(conn, &by.caller, (name, at)))?;
            parts.extend(is_own.then_some(Part::Supervisor));
        }
    }
    Ok(parts)
}

pub fn find(conn: &mut Conn, id: Id) -> Result<Proof> {
    let proof: Option<Proof> = find!(conn, proofs::table.find(id).select(Proof::as_select()))?;
    proof.ok_or_else(|| Code::NOT_FOUND.into())
}

/// Ends what a proof has opened.
pub fn end(tx: &mut Tx, by: &By, proof: &mut Proof) -> Result<()> {
    (proof.undone_by, proof.undone_at) = (Some(by.caller.name()), Some(by.now));
    unbind(tx, proof.account_id, by.now)
}

/// Saves a proof after an act, and tells of it.
pub fn save_as(tx: &mut Tx, proof: &mut Proof, act: ProofAct, why: &str) -> Result<()> {
    save!(tx, proofs, &mut *proof)?;
    let record = Record::change(act.line().journal, format!("identity-proofs/{}", proof.id), json!({"status": proof.status}));
    tx.record(record.about(proof.person_id).because(why));
    Ok(())
}

/// A page of proofs, the newest first.
pub fn list(
    conn: &mut Conn,
    vault: &Vault,
    by: &By,
    (account, person): (Option<Id>, Option<Id>),
    paging: &Paging,
) -> Result<Page<ProofSeen>> {
    // A human's, in whichever of their records.
    let records = person.map(|person| people::joins::records(conn, person)).transpose()?;
    let closed = closed_to(conn, by)?;
    let matching = || -> proofs::BoxedQuery<'_, Backend> {
        proofs::table
            .filter(proofs::person_id.ne_all(closed.iter().copied()))
            .into_boxed()
            .narrow(account, |account| proofs::account_id.eq(account))
            .narrow(records.as_ref(), |records| proofs::person_id.eq_any(records.clone()))
    };
    let page = read_page!(conn, paging, matching, proofs::id desc, Proof)?;
    page.try_map(|proof| proof.seen_by(conn, vault, by))
}

/// The proof by which an account is its owner's, how, of what assurance and since when.
pub fn standing(conn: &mut Conn, account: Id) -> Result<Option<(Id, ProofMethod, Assurance, Moment)>> {
    let standing = proofs::table.filter(proofs::account_id.eq(account)).filter(proofs::status.ne(ProofStatus::Undone));
    let columns = (proofs::id, proofs::method, proofs::assurance, proofs::proven_at);
    Ok(standing.order(proofs::id.desc()).select(columns).first(conn).optional()?)
}

/// Citizens' accounts of before there were proofs become declared ones: what they say of their owners is kept as that, and
/// opens nothing of the persons' until a clerk has seen them.
pub fn declare_unproven(tx: &mut Tx, vault: &Vault, now: Moment) -> Result<()> {
    let unproven = accounts::table
        .filter(accounts::person_id.is_not_null())
        .filter(accounts::roles.like("%CIT%"))
        .filter(accounts::id.ne_all(proofs::table.select(proofs::account_id)));
    let found: Vec<(Id, Option<Id>)> = unproven.select((accounts::id, accounts::person_id)).load(&mut **tx)?;
    for (account, person) in found {
        let Some(person) = person else { continue };
        let (name, number) = people::store::open(tx, vault, person)?;
        let birth_on = people::store::birth_on(tx, vault, person)?;
        let owner = format!("accounts/{account}");
        let word = Word { rank: Rank::Claimed, source: owner.clone(), paper: None, actor: owner, now };
        let claim = people::store::claim(tx, vault, &word, &word.actor, Named { name: &name, number: &number, birth_on })?;
        // Contacts were sealed to the person.
        let kept = accounts::table.find(account).select((accounts::phone, accounts::email));
        let (phone, email): (Option<String>, Option<String>) = kept.first(&mut **tx)?;
        let anew = |field: &str, sealed: Option<String>| {
            let open = |text| vault.open(&contact_identity(person, field), &Sealed::from_stored(text));
            let text = sealed.map(open).transpose().map_err(|e| Error::internal("a contact does not open", e))?;
            Ok::<_, Error>(text.map(|text| vault.seal(&contact_identity(account, field), &text).into_stored()))
        };
        let contacts = (accounts::phone.eq(anew("phone", phone)?), accounts::email.eq(anew("email", email)?));
        let row = accounts::table.find(account);
        diesel::update(row).set((accounts::claimed_id.eq(Some(claim.to_string())), contacts)).execute(&mut **tx)?;
        unbind(tx, account, now)?;
        tx.record(Record::change("identity.declared", format!("users/{account}"), json!({})).about(person));
    }
    Ok(())
}
