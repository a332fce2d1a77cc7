//! Two records that look like one human's and are of two: a supervisor notes it.

use super::facts::Paper;
use super::{joins, numbers, store};
use crate::auth::By;
use crate::db::{Id, Tx};
use crate::error::{Code, Error, Problem, Result, Text};
use crate::node::Node;
use crate::states::{require_anothers, require_supervisor};

/// Notes that two records are of two humans; nobody does of their own record, or of a relative's.
pub fn note(tx: &mut Tx, node: &Node, by: &By, (person, other): (Id, Id), (paper, why): (Option<&Paper>, &str)) -> Result<()> {
    require_supervisor(by)?;
    if store::records(tx, &node.vault, &[other])?.is_empty() {
        let text = Text::new("查無此人", "there is no such person");
        return Err(Error::field("/to_person_id", "not_found", text));
    }
    store::require_record(tx, other)?;
    numbers::own(tx, &[person, other])?;
    require_anothers(tx, by, &[other])?;
    if joins::records(tx, person)?.contains(&other) {
        let (zh, en) =
            ("二紀錄已合併，請先由被併入者拆分", "the records are joined: part the one that points to the other first");
        return Err(Problem::new(Code::CONFLICT).detail(zh, en).into());
    }
    joins::note_apart(tx, &node.vault, by, (person, other), (paper, why))
}
