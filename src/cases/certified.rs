//! By the number of which certificate a birth or a death is shown: one certificate is of one child, or of one death.

use diesel::prelude::*;
use serde_json::Value;

use super::states::CaseStatus;
use super::store::{self, Match};
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::people::names;
use crate::prepared;
use crate::schema::{case_certificates, cases};
use crate::secrets::vault::Vault;

/// Types of which each case has a certificate of its own.
const TYPES: [&str; 2] = ["BIRTH", "DEATH"];

/// How many rows of before a start fills at once.
const BATCH: i64 = 500;

/// Under which index a case is found by its certificate; `None` of types that have none, empty where no number is said.
fn index(vault: &Vault, type_code: &str, fields: &Value) -> Option<String> {
    let number = fields["certificate_number"].as_str().map(names::folded).unwrap_or_default();
    let index = || vault.blind_index("cases/certificate_number", &format!("{type_code} {number}"));
    TYPES.contains(&type_code).then(|| if number.is_empty() { String::new() } else { index() })
}

/// Makes whoever else acts on the certificate of an application wait, before its other cases are looked up.
pub fn own(tx: &mut Tx, vault: &Vault, (type_code, fields): (&str, &Value)) -> Result<()> {
    let index = index(vault, type_code, fields).filter(|index| !index.is_empty());
    tx.own(index.map(|index| format!("certificates/{index}")))
}

/// Keeps by which certificate a case is found, in place of what was kept before.
pub fn keep(tx: &mut Tx, vault: &Vault, case: Id, (type_code, fields): (&str, &Value)) -> Result<()> {
    let Some(index) = index(vault, type_code, fields) else { return Ok(()) };
    let row = (case_certificates::case_id.eq(case), case_certificates::number_index.eq(Some(&index)));
    let made = prepared!(&mut **tx, diesel::insert_into(case_certificates::table).values(row).on_conflict_do_nothing(), execute)?;
    if made == 0 {
        let kept = case_certificates::table.find(case);
        diesel::update(kept).set(case_certificates::number_index.eq(Some(&index))).execute(&mut **tx)?;
    }
    Ok(())
}

/// Other cases by the same certificate, but for those that came to nothing.
pub fn alike(conn: &mut Conn, vault: &Vault, (type_code, fields): (&str, &Value), but: Option<Id>) -> Result<Vec<Match>> {
    let Some(index) = index(vault, type_code, fields).filter(|index| !index.is_empty()) else { return Ok(Vec::new()) };
    let nothing = [CaseStatus::Withdrawn, CaseStatus::Refused, CaseStatus::Revoked];
    let found = case_certificates::table
        .inner_join(cases::table.on(cases::id.eq(case_certificates::case_id)))
        .filter(case_certificates::number_index.assume_not_null().eq(index))
        .filter(cases::status.ne_all(nothing))
        .order(cases::id)
        .limit(20);
    let mut found: Vec<Match> = found.select((cases::id, cases::number, cases::status, cases::received_at)).load(conn)?;
    found.retain(|(id, ..)| Some(*id) != but);
    Ok(found)
}

/// Fills in by which certificate cases of before are found.
pub fn fill(tx: &mut Tx, vault: &Vault, _: Moment) -> Result<()> {
    loop {
        let open = case_certificates::table.inner_join(cases::table.on(cases::id.eq(case_certificates::case_id)));
        let open = open.filter(case_certificates::number_index.is_null()).order(case_certificates::case_id).limit(BATCH);
        let open: Vec<(Id, String)> = open.select((case_certificates::case_id, cases::type_code)).load(&mut **tx)?;
        if open.is_empty() {
            return Ok(());
        }
        for (id, type_code) in open {
            let fields = store::fields_of(tx, vault, id)?;
            keep(tx, vault, id, (&type_code, &fields))?;
        }
    }
}
