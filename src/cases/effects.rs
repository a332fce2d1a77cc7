//! What a registration changes beyond the case: names, numbers, seals; and how it is taken back.

use serde_json::json;

use super::case::Case;
use super::counter;
use super::fields::{CaseFields, PartyRole};
use super::seals;
use super::store;
use crate::auth::By;
use crate::db::{Record, Tx};
use crate::error::{Code, Error, Problem, Result};
use crate::node::Node;
use crate::people::{self, IdNumber, Name, names};

/// What follows from the fields of a case.
#[derive(PartialEq, Eq)]
enum Effect {
    Nothing,
    Rename {
        from: Name,
        to: Name,
    },
    Renumber {
        from: IdNumber,
        to: IdNumber,
    },
    Seal {
        village_code: String,
    },
    /// A seal ends by itself on death and on moving out of the area (印鑑登記辦法 §6).
    EndSeals(&'static [PartyRole]),
    /// Only what is registered can be certified.
    CertifySeal,
}

impl Effect {
    fn of(fields: &CaseFields) -> Self {
        match fields {
            CaseFields::Name(names) => Self::Rename { from: names.old_name.clone(), to: names.new_name.clone() },
            CaseFields::Uid(numbers) => Self::Renumber { from: numbers.old_number.clone(), to: numbers.new_number.clone() },
            CaseFields::Death(_) => Self::EndSeals(&[PartyRole::Deceased]),
            CaseFields::MoveOut(moved) if !moved.abroad => Self::EndSeals(&[PartyRole::Subject, PartyRole::Member]),
            CaseFields::Seal(seal) => Self::Seal { village_code: seal.village_code.clone() },
            CaseFields::SealCertificate(_) => Self::CertifySeal,
            _ => Self::Nothing,
        }
    }

    fn carry_out(&self, tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
        match self {
            Self::Nothing => Ok(()),
            Self::Rename { from, to } => rename(tx, node, case, from, to),
            Self::Renumber { from, to } => {
                require_number(tx, node, case, from)?;
                people::store::change_number(tx, &node.vault, case.person_id, to, case.id, by.now)?;
                tell(tx, case, "person.renumbered");
                Ok(())
            }
            Self::Seal { village_code } => seals::register(tx, case, village_code, by.now),
            Self::EndSeals(roles) => seals::end_of_parties(tx, case, roles, by.now),
            Self::CertifySeal if seals::has_seal(tx, case.person_id)? => Ok(()),
            Self::CertifySeal => Err(contradiction("查無有效之印鑑登記", "no seal of this person is registered")),
        }
    }

    fn take_back(&self, tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
        match self {
            Self::Nothing | Self::CertifySeal => Ok(()),
            Self::Rename { from, to } => rename(tx, node, case, to, from),
            Self::Renumber { from, to } => {
                require_number(tx, node, case, to)?;
                people::store::restore_number(tx, &node.vault, case.person_id, from, case.id, by.now)?;
                tell(tx, case, "person.renumbered");
                Ok(())
            }
            Self::Seal { .. } | Self::EndSeals(_) => seals::take_back(tx, case, by.now),
        }
    }
}

/// What the register holds contradicts what is to be entered.
pub fn contradiction(zh: &'static str, en: &'static str) -> Error {
    Problem::new(Code::CONFLICT).detail(zh, en).into()
}

fn tell(tx: &mut Tx, case: &Case, action: &'static str) {
    tx.record(Record::change(action, format!("people/{}", case.person_id), json!({"case_id": case.id})).about(case.person_id));
}

/// Gives the person another name, as long as the register says what the case takes for the name of now.
fn rename(tx: &mut Tx, node: &Node, case: &Case, from: &Name, to: &Name) -> Result<()> {
    let (name, _) = people::store::open(tx, &node.vault, case.person_id)?;
    if !names::passes_for(&name, from.as_str()) {
        return Err(contradiction("登記之姓名已有變更，無法還原或登載", "the name in the register is another one by now"));
    }
    people::store::rename(tx, &node.vault, case.person_id, to.as_str())?;
    tell(tx, case, "person.renamed");
    Ok(())
}

fn require_number(tx: &mut Tx, node: &Node, case: &Case, number: &IdNumber) -> Result<()> {
    if people::store::is_current(tx, &node.vault, case.person_id, number)? {
        return Ok(());
    }
    Err(contradiction("統一編號已有變更，無法還原或登載", "the number in the register is another one by now"))
}

/// Carries out what follows from a case that has just passed its review.
pub fn registered(tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
    Effect::of(&entered(tx, node, case)?).carry_out(tx, node, by, case)
}

/// Carries out what a correction changes; the case still holds its fields of before.
pub fn corrected(tx: &mut Tx, node: &Node, by: &By, case: &Case, after: &CaseFields) -> Result<()> {
    let (before, after) = (Effect::of(&entered(tx, node, case)?), Effect::of(after));
    if before == after {
        return Ok(());
    }
    before.take_back(tx, node, by, case)?;
    after.carry_out(tx, node, by, case)
}

/// Takes back what followed from a case.
pub fn revoked(tx: &mut Tx, node: &Node, by: &By, case: &Case) -> Result<()> {
    Effect::of(&entered(tx, node, case)?).take_back(tx, node, by, case)
}

fn entered(tx: &mut Tx, node: &Node, case: &Case) -> Result<CaseFields> {
    let case_type = counter::own_type(node, tx, case)?;
    CaseFields::read(case_type.rules.form, &store::open_fields(&node.vault, case)?)
}
