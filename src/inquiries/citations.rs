//! Which knowledge answers an answer rests on: kept beside it, so that it is looked at again where one was wrong.

use diesel::prelude::*;

use super::knowledge::is_wrong;
use super::model::{InquiryStatus, KnowledgeCitation};
use super::store::path;
use crate::clock::Moment;
use crate::db::{Conn, Id, Tx};
use crate::error::{Error, Result, Text};
use crate::petitions::sources;
use crate::schema::{inquiries, inquiry_citations as cited};
use crate::{find, prepared};

/// Refuses what was never published, and what was found wrong.
pub fn check(conn: &mut Conn, cites: &[KnowledgeCitation]) -> Result<()> {
    for (n, one) in cites.iter().enumerate() {
        let at = format!("/cites/{n}");
        if cites.iter().take(n).any(|other| other == one) {
            return Err(Error::field(at, "not_allowed", Text::new("重複引用", "it is cited already")));
        }
        let refused = match is_wrong(conn, one.knowledge_answer_id, one.number)? {
            Some(false) => continue,
            Some(true) => ("not_allowed", Text::new("此版本已確認有誤", "the version was found wrong")),
            None => ("unknown", Text::new("查無此版本", "no such version was published")),
        };
        return Err(Error::field(at, refused.0, refused.1));
    }
    Ok(())
}

/// Puts what an answer cites in the place of what the one before did.
pub fn put(tx: &mut Tx, id: Id, cites: &[KnowledgeCitation]) -> Result<()> {
    diesel::delete(cited::table.filter(cited::inquiry_id.eq(id))).execute(&mut **tx)?;
    for one in cites {
        let row = (cited::inquiry_id.eq(id), cited::answer_id.eq(one.knowledge_answer_id), cited::number.eq(one.number));
        prepared!(&mut **tx, diesel::insert_into(cited::table).values(row), execute)?;
    }
    Ok(())
}

/// Puts every inquiry that was answered by a version into the queue of those to look at again.
pub fn recheck(tx: &mut Tx, (answer, number): (Id, i32), now: Moment) -> Result<()> {
    let citing = cited::table.filter(cited::answer_id.eq(answer)).filter(cited::number.eq(number));
    let citing: Vec<Id> = citing.order(cited::inquiry_id).select(cited::inquiry_id).load(&mut **tx)?;
    for id in citing {
        type Row = (InquiryStatus, Option<Moment>);
        let row: Option<Row> = find!(&mut **tx, inquiries::table.find(id).select((inquiries::status, inquiries::recheck_at)))?;
        let Some((InquiryStatus::Answered | InquiryStatus::Checked, None)) = row else { continue };
        diesel::update(inquiries::table.find(id)).set(inquiries::recheck_at.eq(Some(now))).execute(&mut **tx)?;
        let told = sources::told(tx, "inquiry.to_recheck", path(id), serde_json::json!({}))?;
        tx.record(told);
    }
    Ok(())
}
