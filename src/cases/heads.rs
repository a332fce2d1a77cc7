//! By which name of its head a move into a household is found: whoever names somebody as the head lives with them, though no entry of
//! that one says so.

use diesel::prelude::*;
use serde_json::Value;

use super::store;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::Result;
use crate::people::names;
use crate::prepared;
use crate::schema::{case_heads, case_parties, cases};
use crate::secrets::vault::Vault;

/// Types that say in whose household somebody lives.
const TYPES: [&str; 2] = ["ADDRESS_CHANGE", "MOVE_IN"];

/// How many rows of before a start fills at once.
const BATCH: i64 = 500;

fn index(vault: &Vault, name: &str) -> String {
    vault.blind_index("cases/household_head", &names::spelled(name))
}

/// Keeps by which head a case is found, in place of what was kept before.
pub fn keep(tx: &mut Tx, vault: &Vault, case: Id, (type_code, fields): (&str, &Value)) -> Result<()> {
    if !TYPES.contains(&type_code) {
        return Ok(());
    }
    let index = fields["household_head"].as_str().map(|name| index(vault, name)).unwrap_or_default();
    let row = (case_heads::case_id.eq(case), case_heads::name_index.eq(Some(&index)));
    let made = prepared!(&mut **tx, diesel::insert_into(case_heads::table).values(row).on_conflict_do_nothing(), execute)?;
    if made == 0 {
        diesel::update(case_heads::table.find(case)).set(case_heads::name_index.eq(Some(&index))).execute(&mut **tx)?;
    }
    Ok(())
}

/// Everybody whom registered moves name that name one of these as the head of the household.
pub fn naming(conn: &mut Conn, vault: &Vault, heads: &[String]) -> Result<Vec<Id>> {
    let mut indexes: Vec<String> = heads.iter().map(|name| index(vault, name)).collect();
    indexes.sort_unstable();
    indexes.dedup();
    let found = case_heads::table.inner_join(cases::table.on(cases::id.eq(case_heads::case_id)));
    let found = found.filter(case_heads::name_index.assume_not_null().eq_any(indexes));
    let found = found.filter(cases::registered_at.is_not_null()).select(case_heads::case_id);
    let named = case_parties::table.filter(case_parties::case_id.eq_any(found));
    Ok(named.select(case_parties::person_id).distinct().load(conn)?)
}

/// Fills in by which head cases of before are found.
pub fn fill(tx: &mut Tx, vault: &Vault, _: Moment) -> Result<()> {
    loop {
        let open = case_heads::table.inner_join(cases::table.on(cases::id.eq(case_heads::case_id)));
        let open = open.filter(case_heads::name_index.is_null()).order(case_heads::case_id).limit(BATCH);
        let open: Vec<(Id, String)> = open.select((case_heads::case_id, cases::type_code)).load(&mut **tx)?;
        if open.is_empty() {
            return Ok(());
        }
        for (id, type_code) in open {
            let fields = store::fields_of(tx, vault, id)?;
            keep(tx, vault, id, (&type_code, &fields))?;
        }
    }
}
