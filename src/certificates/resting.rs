//! Which certificates rest on an entry: they are voided with it when it is revoked, or a correction takes their person out of it, and
//! valid again once it is reinstated, or they are put back.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::model::CertificateAct;
use super::parted;
use super::routes::{stand, tell, void};
use super::store::{self, Certificate};
use super::view::{rests_on_nothing, revoked};
use crate::auth::By;
use crate::cases;
use crate::cases::case::Case;
use crate::cases::fields::{Form, PartyRole};
use crate::cases::lineups;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::domain::case_path;
use crate::error::{Code, Error, Problem, Result};
use crate::node::Node;
use crate::people::facts::{self, Fact, FactKind, Rank};
use crate::people::joins;

/// Why a certificate is void that rests on a case.
const REVOKED: &str = "所憑之登記業經撤銷";

/// Why a certificate is void whose person was entered by mistake.
const CORRECTED: &str = "所憑之登記業經更正，與當事人無涉";

/// Voids what rests on a case that was revoked, or is of others by a correction, and takes that back where it was reinstated, or put
/// back: two people have decided on it.
pub fn follow_case(tx: &mut Tx, node: &Node, by: &By, case: Id) -> Result<()> {
    if cases::store::is_revoked(tx, case)? {
        let found = cases::store::find(tx, node, by, case)?;
        let resting = on_case(tx, node, &found)?;
        return void_with(tx, by, (case, REVOKED), resting);
    }
    if !lineups::former(tx, case)?.is_empty() {
        let found = cases::store::find(tx, node, by, case)?;
        let resting = of_former(tx, node, &found)?;
        void_with(tx, by, (case, CORRECTED), resting)?;
    }
    reinstated(tx, node, case)
}

/// Voids certificates with what they rest on: a case, or a join that has ended.
pub fn void_with(tx: &mut Tx, by: &By, (base, why): (Id, &'static str), resting: Vec<Certificate>) -> Result<()> {
    for mut one in resting {
        one.status = CertificateAct::VoidWithCase.apply(one.status)?;
        void(tx, by, &mut one, why);
        one.voided_with = Some(base);
        store::save(tx, &mut one)?;
        tell(tx, &one, CertificateAct::VoidWithCase, why);
    }
    Ok(())
}

/// Lets the certificates be valid again that were voided with a case, where the register holds what they certify; one that rests on
/// another case which is revoked waits for that, and one whose person is not in the entry until they are.
fn reinstated(tx: &mut Tx, node: &Node, case: Id) -> Result<()> {
    for mut one in store::voided_with(tx, case)? {
        if let Some(other) = revoked_under(tx, node, &one)? {
            one.voided_with = Some(other);
            store::save(tx, &mut one)?;
            continue;
        }
        let is_held = !rests_on_nothing(tx, &one)? && cases::require_held(tx, node, &one.kind, one.person_id).is_ok();
        if !is_held || is_anothers(tx, node, &one)? {
            continue;
        }
        one.status = CertificateAct::ReinstateWithCase.apply(one.status)?;
        stand(&mut one);
        store::save(tx, &mut one)?;
        tell(tx, &one, CertificateAct::ReinstateWithCase, "所憑之登記業經恢復");
    }
    Ok(())
}

/// The issued certificates that rest on a case: by its number, or since what they certify is its entry.
fn on_case(conn: &mut Conn, node: &Node, case: &Case) -> Result<Vec<Certificate>> {
    let mut resting = store::issued_for(conn, case.id)?;
    let base = Base::of(conn, node, case)?;
    let mut entries = Entries::default();
    for one in base.issued(conn)? {
        if !resting.iter().any(|other| other.id == one.id) && base.bears(conn, node, &one, &mut entries)? {
            resting.push(one);
        }
    }
    Ok(resting)
}

/// The issued certificates that rest on what a case has said of those whom corrections have taken out of it.
fn of_former(conn: &mut Conn, node: &Node, case: &Case) -> Result<Vec<Certificate>> {
    let base = Base::of(conn, node, case)?;
    let mut entries = Entries::default();
    let mut resting = Vec::new();
    for one in base.issued(conn)? {
        if base.is_anothers(conn, node, &one, &mut entries)? {
            resting.push(one);
        }
    }
    Ok(resting)
}

/// Refuses to let a certificate be valid again that rests on a revoked case, or on one that is of others by now, whatever it was
/// voided for, or that was voided since the records are two humans' of which it speaks as of one.
pub fn require_standing(conn: &mut Conn, node: &Node, one: &Certificate) -> Result<()> {
    if revoked_under(conn, node, one)?.is_some() {
        return Err(revoked());
    }
    if one.voided_with.map_or(Ok(false), |join| joins::are_parted_by(conn, join))? {
        return Err(parted::parted());
    }
    if is_anothers(conn, node, one)? { Err(anothers()) } else { Ok(()) }
}

/// That a correction has taken the person of a certificate out of what it rests on.
pub fn anothers() -> Error {
    let en = "a correction has taken the person out of the registration that it rests on";
    Problem::new(Code::CONFLICT).detail(CORRECTED, en).into()
}

/// A revoked case on which a certificate rests.
fn revoked_under(conn: &mut Conn, node: &Node, one: &Certificate) -> Result<Option<Id>> {
    let mut entries = Entries::default();
    for case in cases::revoked_of(conn, one.person_id)? {
        let is_named = one.case_id == Some(case.id);
        if is_named || Base::of(conn, node, &case)?.bears(conn, node, one, &mut entries)? {
            return Ok(Some(case.id));
        }
    }
    Ok(None)
}

/// Whether a certificate rests on an entry out of which a correction has taken its person.
pub fn is_anothers(conn: &mut Conn, node: &Node, one: &Certificate) -> Result<bool> {
    let mut entries = Entries::default();
    for case in lineups::left_by(conn, one.person_id)? {
        if Base::of(conn, node, &case)?.is_anothers(conn, node, one, &mut entries)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A part that somebody has in a case, or had until a correction.
struct PartHeld {
    person: Id,
    role: PartyRole,
    until: Option<Moment>,
}

/// A case as certificates rest on it: whom it names, or has named, in all their records.
pub struct Base<'a> {
    case: &'a Case,
    child: Option<Id>,
    parts: HashMap<Id, Vec<PartHeld>>,
}

impl<'a> Base<'a> {
    pub fn of(conn: &mut Conn, node: &Node, case: &'a Case) -> Result<Self> {
        let today = cases::store::parties(conn, case.id)?.into_iter().map(|party| (party.person_id, party.role, None));
        let former = lineups::former(conn, case.id)?.into_iter().map(|one| (one.person, one.role, Some(one.until)));
        let mut parts: HashMap<Id, Vec<PartHeld>> = HashMap::new();
        for (person, role, until) in today.chain(former) {
            for record in joins::records(conn, person)? {
                parts.entry(record).or_default().push(PartHeld { person, role, until });
            }
        }
        Ok(Self { case, child: cases::child_of(conn, node, case)?, parts })
    }

    /// The issued certificates since its registration of those whom it names, or has named.
    fn issued(&self, conn: &mut Conn) -> Result<Vec<Certificate>> {
        let people: Vec<Id> = self.parts.keys().copied().collect();
        self.case.registered_at.map_or(Ok(Vec::new()), |since| store::issued_since(conn, &people, since))
    }

    fn parts_of(&self, person: Id) -> &[PartHeld] {
        self.parts.get(&person).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a certificate of one of some records certifies an entry of those who are no record of them, and none of their own: what
    /// holds for both while the records of two humans are joined.
    pub fn is_of_others(
        &self,
        conn: &mut Conn,
        node: &Node,
        (one, own): (&Certificate, &[Id]),
        entries: &mut Entries,
    ) -> Result<bool> {
        let (own, others): (Vec<&PartHeld>, Vec<&PartHeld>) =
            self.parts_of(one.person_id).iter().partition(|part| own.contains(&part.person));
        // A birth, a name or a number is theirs alone whom the case gives it: others are named by their own. A record shows all.
        let gives = gives_identity(Form::of_type(&self.case.type_code), &self.case.type_code);
        let is_shown = |part: &&PartHeld| {
            let gives_it = gives && part.role == PartyRole::Subject;
            let is_recorded = cases::is_recorded(&one.kind, &self.case.type_code, part.role);
            Some(part.person) != self.child && (!gives_it || is_recorded)
        };
        let others: Vec<&PartHeld> = others.into_iter().filter(is_shown).collect();
        if one.case_id == Some(self.case.id) && own.is_empty() && !others.is_empty() {
            return Ok(true);
        }
        Ok(self.is_borne(conn, node, one, (others, &mut *entries))? && !self.is_borne(conn, node, one, (own, entries))?)
    }

    /// Whether a certificate was issued while the entry stood and its person had a part in it, and certifies it.
    fn bears(&self, conn: &mut Conn, node: &Node, one: &Certificate, entries: &mut Entries) -> Result<bool> {
        self.is_borne(conn, node, one, (self.parts_of(one.person_id), entries))
    }

    /// Whether a certificate rests on a part that a correction has taken from its person, and on none that they still have. One that
    /// names the case rests on it as long as its person or its applicant is in it.
    fn is_anothers(&self, conn: &mut Conn, node: &Node, one: &Certificate, entries: &mut Entries) -> Result<bool> {
        let (today, former): (Vec<&PartHeld>, Vec<&PartHeld>) =
            self.parts_of(one.person_id).iter().partition(|part| part.until.is_none());
        if former.is_empty() {
            return Ok(false);
        }
        let is_in = |person: &Id| self.parts_of(*person).iter().any(|part| part.until.is_none());
        let applicants = joins::records(conn, self.case.applicant_id)?;
        let is_named = one.people().iter().any(|person| is_in(person) || applicants.contains(person));
        if one.case_id == Some(self.case.id) && !is_named {
            return Ok(true);
        }
        Ok(self.is_borne(conn, node, one, (former, &mut *entries))? && !self.is_borne(conn, node, one, (today, entries))?)
    }

    fn is_borne<'p>(
        &self,
        conn: &mut Conn,
        node: &Node,
        one: &Certificate,
        (parts, entries): (impl IntoIterator<Item = &'p PartHeld>, &mut Entries),
    ) -> Result<bool> {
        let Some(issued_at) = one.issued_at else { return Ok(false) };
        let is_before = self.case.registered_at.is_some_and(|since| since <= issued_at);
        if !is_before || !cases::store::stood_at(conn, self.case.id, issued_at)? {
            return Ok(false);
        }
        for part in parts.into_iter().filter(|part| part.until.is_none_or(|until| until > issued_at)) {
            let (person, kind) = (part.person, (one.kind.as_str(), part.role));
            if Some(person) == self.child || certifies(conn, node, self.case, kind, (person, issued_at), entries)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a case gives whom it is about the name, or the number, by which everything names them since.
fn gives_identity(form: Form, type_code: &str) -> bool {
    matches!(form, Form::Name | Form::Uid) || type_code == "INITIAL"
}

/// Whether a certificate of somebody certifies the entry of a case, or names them as they are called by that entry alone. Others
/// show among other things what has changed: they are outdated.
fn certifies(
    conn: &mut Conn,
    node: &Node,
    case: &Case,
    (kind, role): (&str, PartyRole),
    (person, issued_at): (Id, Moment),
    entries: &mut Entries,
) -> Result<bool> {
    match (Form::of_type(&case.type_code), role, kind) {
        (Form::Marriage, PartyRole::Spouse, "CERT_MARRIAGE") => {
            entries.is_last(conn, node, case, FactKind::Marriage, (person, issued_at))
        }
        (Form::Divorce, PartyRole::Spouse, "CERT_DIVORCE" | "CERT_MARRIAGE_END") => {
            entries.is_last(conn, node, case, FactKind::MarriageEnd, (person, issued_at))
        }
        (Form::Seal, PartyRole::Subject, "SEAL_CERT") => cases::had_seal(conn, (case.id, person), issued_at),
        (form, PartyRole::Subject, _) if gives_identity(form, &case.type_code) => Ok(true),
        _ => Ok(cases::is_recorded(kind, &case.type_code, role)),
    }
}

/// What cases have registered of people, whether it stands or not: read once, however many certificates of theirs are judged by it.
#[derive(Default)]
pub struct Entries(HashMap<Id, Vec<Fact>>);

impl Entries {
    fn of(&mut self, conn: &mut Conn, node: &Node, person: Id) -> Result<&[Fact]> {
        let new = match self.0.entry(person) {
            Entry::Occupied(read) => return Ok(read.into_mut()),
            Entry::Vacant(new) => new,
        };
        let mut all = Vec::new();
        for record in joins::records(conn, person)? {
            all.extend(facts::all(conn, &node.vault, record)?);
        }
        all.retain(|fact| fact.rank == Rank::Registered);
        Ok(new.insert(all))
    }

    /// Whether a case's entry was the last one of its kind when a certificate was issued: that is the one which it certifies.
    fn is_last(
        &mut self,
        conn: &mut Conn,
        node: &Node,
        case: &Case,
        kind: FactKind,
        (person, issued_at): (Id, Moment),
    ) -> Result<bool> {
        let stood = |fact: &&Fact| {
            let stood = fact.recorded_at <= issued_at && fact.struck.as_ref().is_none_or(|strike| strike.at >= issued_at);
            fact.kind == kind && stood
        };
        let held = self.of(conn, node, person)?.iter().filter(stood);
        let last = held.max_by_key(|fact| fact.turn());
        Ok(last.is_some_and(|fact| fact.source == case_path(case.id)))
    }
}
