//! Whom the office means where several people truly have one number and one name: a clerk, who has the paper at hand, says it by the
//! record.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::names;
use super::numbers::{held, is_born_apart, meant};
use super::problems::AMBIGUOUS_PERSON;
use super::store::{self, Named, Registered};
use crate::db::{Conn, Id};
use crate::error::{Error, Problem, Result, Text};
use crate::schema::people;
use crate::secrets::vault::Vault;

/// Somebody who may be meant.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"pointer": "/person/person_id", "person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70"}))]
pub struct PersonCandidate {
    /// JSON Pointer to the member of the request that says who it is.
    #[schema(max_length = 60)]
    pub pointer: String,
    /// Their record: GET /v1/people/{id} and its facts tell who they are.
    pub person_id: Id,
}

/// Whose record is meant, of several people who truly have one number and one name.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"person_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70"}))]
pub struct ChosenRecord {
    /// As `candidates` of `ambiguous_person` lists it.
    pub person_id: Id,
}

/// By which record a request says who is meant.
#[derive(Clone, Copy, Debug, Default)]
pub struct ByRecord {
    /// As the request itself says: nobody else will do.
    pub said: Option<Id>,
    /// As what is kept already says, unless they are called otherwise by now.
    pub kept: Option<Id>,
}

/// Where a member says whose record is meant.
fn pointer(of: &str) -> String {
    format!("{of}/person_id")
}

/// Whom the office means by a number and a name, at a pointer of the request: of several who have them whoever's record is given, or
/// whoever can have been born on the day that is named. What is kept already stays of the record of which it is.
pub fn find(conn: &mut Conn, vault: &Vault, (named, of): (Named<'_>, &str), by: ByRecord) -> Result<Option<Registered>> {
    let holders = held(conn, vault, named.number)?;
    let called = || holders.iter().filter(|holder| names::passes_for(&holder.name, named.name));
    let of_record = |id: Id| called().find(|holder| holder.has(id)).cloned();
    if let Some(said) = by.said {
        let found = of_record(said).ok_or_else(|| nobody(of))?;
        // By the key of the human the number tells which of their records is meant.
        return Ok(Some(if found.records.contains(&said) { found.by(said) } else { found }));
    }
    if let Some((kept, found)) = by.kept.and_then(|kept| Some((kept, of_record(kept)?))) {
        let is_found = found.records.contains(&kept);
        return if is_found { Ok(Some(found.by(kept))) } else { store::record(conn, vault, kept, named.number).map(Some) };
    }
    let born: Vec<Id> = called().filter(|holder| !is_born_apart(holder, named)).map(|holder| holder.id).collect();
    if born.len() > 1 {
        let candidate = |person_id: Id| PersonCandidate { pointer: pointer(of), person_id };
        let candidates: Vec<PersonCandidate> = born.into_iter().map(candidate).collect();
        return Err(Problem::new(AMBIGUOUS_PERSON).with("candidates", candidates).into());
    }
    Ok(meant(holders, named))
}

fn nobody(of: &str) -> Error {
    let text = Text::new("此統一編號及姓名之人並無此代碼", "nobody of this number and name has that key");
    Error::field(pointer(of), "not_found", text)
}

/// Whom the office means by a record at a pointer of the request: by one of somebody whom it knows them, and by what somebody has
/// only said of themselves whoever is found as [`find`] does.
pub fn by_record(conn: &mut Conn, vault: &Vault, (record, of): (Id, &str), said: Option<Id>) -> Result<Option<Registered>> {
    let claimed: Option<String> = people::table.find(record).select(people::claimed_by).first(conn)?;
    let (name, number) = store::open(conn, vault, record)?;
    if claimed.is_none() {
        let is_another = said.is_some_and(|said| said != record);
        return if is_another { Err(nobody(of)) } else { store::record(conn, vault, record, &number).map(Some) };
    }
    let birth_on = store::birth_on(conn, vault, record)?;
    find(conn, vault, (Named { name: &name, number: &number, birth_on }, of), ByRecord { said, kept: None })
}

/// Refuses whoever does not work at the office to say whose record is meant.
pub fn refuse(said: Option<Id>, of: &str) -> Result<()> {
    if said.is_none() {
        return Ok(());
    }
    Err(Error::field(pointer(of), "not_allowed", Text::new("僅供承辦人臨櫃指明", "only a clerk at the counter says it")))
}
