//! What was done with a record, line by line, with both values of what was changed; kept sealed.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::reached;
use crate::clock::Moment;
use crate::db::{Backend, Conn, Id, Tx};
use crate::error::{Error, Result};
use crate::http::{Page, Paging};
use crate::read_page;
use crate::schema::volunteer_history as history;
use crate::secrets::vault::Vault;

/// A member that was changed, with both values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"pointer": "/record_book/number", "before": "第 12 號", "after": "第 21 號"}))]
pub struct VolunteerChange {
    /// JSON Pointer to the member.
    #[schema(max_length = 200)]
    pub pointer: String,
    /// `null` where nothing stood there.
    pub before: Value,
    /// `null` where nothing stands there any more.
    pub after: Value,
}

#[derive(Serialize, Deserialize)]
struct Said {
    reason: Option<String>,
    changes: Vec<VolunteerChange>,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = history)]
struct Line {
    id: Id,
    record: String,
    act: String,
    actor: String,
    at: Moment,
    said: String,
}

/// A line of a history.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "act": "updated", "by": "accounts/019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e71", "at": "2026-11-23T09:00:00+08:00", "reason": "誤植",
    "changes": [{"pointer": "/record_book/number", "before": "第 12 號", "after": "第 21 號"}]
}))]
pub struct VolunteerHistoryLine {
    /// What was done, in the past tense.
    #[schema(max_length = 40)]
    act: String,
    /// Who did it: `accounts/{id}`, or `system`.
    #[schema(max_length = 60)]
    by: String,
    at: Moment,
    #[schema(max_length = 500)]
    reason: Option<String>,
    #[schema(max_items = 1000)]
    changes: Vec<VolunteerChange>,
}

/// A value as it is compared.
pub fn json_of(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|e| Error::internal("a value to be compared is no JSON", e))
}

/// What of one value is otherwise in another, member by member; lists are compared whole.
pub fn changes(before: &Value, after: &Value) -> Vec<VolunteerChange> {
    let mut found = Vec::new();
    compare("", before, after, &mut found);
    found
}

fn compare(at: &str, before: &Value, after: &Value, found: &mut Vec<VolunteerChange>) {
    if before == after {
        return;
    }
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        found.push(VolunteerChange { pointer: at.to_owned(), before: before.clone(), after: after.clone() });
        return;
    };
    let added = new.keys().filter(|name| !old.contains_key(*name));
    for name in old.keys().chain(added) {
        let of = |members: &serde_json::Map<String, Value>| members.get(name).cloned().unwrap_or_default();
        compare(&format!("{at}/{name}"), &of(old), &of(new), found);
    }
}

fn identity(id: Id) -> String {
    format!("volunteer_history/{id}/said")
}

/// Writes a line about a record; who acts, and when, is whose write it is.
pub fn tell(tx: &mut Tx, vault: &Vault, (record, act): (&str, &str), why: &str, changes: Vec<VolunteerChange>) -> Result<()> {
    let (actor, at) = (tx.origin().actor.clone(), tx.origin().at);
    let id = Id::new(at);
    let said = Said { reason: Some(why.to_owned()).filter(|why| !why.is_empty()), changes };
    let said = vault.seal_json(&identity(id), &said)?;
    let line = Line { id, record: record.to_owned(), act: act.to_owned(), actor, at, said };
    diesel::insert_into(history::table).values(&line).execute(&mut **tx)?;
    Ok(())
}

/// A page of the history of a record, the oldest line first.
pub fn list(conn: &mut Conn, vault: &Vault, record: &str, paging: &Paging) -> Result<Page<VolunteerHistoryLine>> {
    let matching = || -> history::BoxedQuery<'_, Backend> { history::table.filter(history::record.eq(record)).into_boxed() };
    let page = read_page!(conn, paging, matching, history::id asc, Line)?;
    page.try_map(|line| {
        let Said { reason, changes } = vault.open_json(&identity(line.id), line.said)?;
        let changes = changes.into_iter().map(reached::masked).collect();
        Ok(VolunteerHistoryLine { act: line.act, by: line.actor, at: line.at, reason, changes })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_values_of_each_member_are_told() {
        let before = json!({"card": null, "profile": {"languages": ["MANDARIN"], "group_name": "甲隊"}});
        let after = json!({"card": {"number": "1"}, "profile": {"languages": ["MANDARIN", "HAKKA"], "group_name": "甲隊"}});
        let change = |pointer: &str, before, after| VolunteerChange { pointer: pointer.to_owned(), before, after };
        let expected = [
            change("/card", Value::Null, json!({"number": "1"})),
            change("/profile/languages", json!(["MANDARIN"]), json!(["MANDARIN", "HAKKA"])),
        ];
        assert_eq!(changes(&before, &after), expected);
        assert!(changes(&after, &after).is_empty());
    }
}
