//! Who a volunteer is: as a clerk names them, by the paper that they show.

use diesel::prelude::*;

use crate::accounts::staff;
use crate::auth::{By, Role, STAFF};
use crate::calendar::PartialDate;
use crate::db::{Id, JsonText, Tx};
use crate::error::{Error, Result, Text};
use crate::identified;
use crate::node::Node;
use crate::people::chosen::{self, ByRecord};
use crate::people::facts::{Rank, Word};
use crate::people::store::Named;
use crate::people::{self, Name, differences, holding, numbers, protection};
use crate::schema::accounts;
use crate::states::require_anothers;

identified! {
    /// Who volunteers: a human, known by a number or a paper.
    pub struct VolunteerPerson as VolunteerPersonBody {
        pub name: Name,
        /// Day of birth as far as it is known: `1990-05-04`, `1990-05` or `1990`. Whether somebody is a minor goes by it.
        pub birth_on: Option<PartialDate>,
        /// Of several people who truly have that number and name the one who is meant, as `candidates` of `ambiguous_person` lists
        /// them; by a clerk alone.
        pub person_id: Option<Id>,
    }
}

impl VolunteerPerson {
    pub fn named(&self) -> Named<'_> {
        Named { name: self.name.as_str(), number: &self.national_id, birth_on: self.birth_on }
    }

    /// The record of whoever is named, met by a paper that a clerk has seen; `source` is the record that names them.
    pub fn meet(&self, tx: &mut Tx, node: &Node, by: &By, source: String) -> Result<Id> {
        let (vault, number) = (&node.vault, &self.national_id);
        number.require_human("/person")?;
        number.require_found("/person")?;
        numbers::own_numbers(tx, vault, [number])?;
        protection::require_open(tx, vault, by, [number])?;
        let known = chosen::find(tx, vault, (self.named(), "/person"), ByRecord { said: self.person_id, kept: None })?;
        require_anothers(tx, by, &known.iter().map(|known| known.id).collect::<Vec<_>>())?;
        differences::require_known(tx, &[("/person/name", self.name.as_str(), known.as_ref())])?;
        let word = Word { rank: Rank::Seen, source, paper: None, actor: by.caller.name(), now: by.now };
        let person = match known {
            Some(known) => people::store::hear(tx, vault, &word, &known, self.named())?,
            None => people::store::meet(tx, vault, &word, self.named())?.0,
        };
        // One's own by a number that nobody knew a moment ago, too.
        require_anothers(tx, by, &[person])?;
        holding::require_living(tx, person, &number.pointer("/person"))?;
        Ok(person)
    }
}

/// The account of whoever is named to look after a volunteer (志願服務法 §11): one of the office's staff.
pub fn supervisor(tx: &mut Tx, by: &By, named: Option<Id>) -> Result<Option<Id>> {
    let Some(named) = named else { return Ok(None) };
    let roles: Option<JsonText> = accounts::table.find(named).select(accounts::roles).first(&mut **tx).optional()?;
    let roles: Vec<Role> = roles.map_or_else(|| Ok(Vec::new()), |roles| roles.read())?;
    if roles.iter().any(|role| STAFF.contains(role)) {
        return staff::in_charge(tx, by, Some(named), "/supervisor_id").map(Some);
    }
    let text = Text::new("應為本所同仁之帳號", "the account of somebody who works in the office");
    Err(Error::field("/supervisor_id", "not_allowed", text))
}
