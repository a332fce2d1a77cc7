//! Whoever consents for somebody who does not act alone: named where a protection mark stands on them, known by a number or a paper
//! there, barred from the data of none, and the one who is to consent, as the register has it or a paper shows.

use chrono::NaiveDate;

use super::Identifier;
use super::capacity::Manner;
use super::chosen::{self, ByRecord};
use super::holding::require_living;
use super::protection::{Inquirer, bar_of, protected, require_identified};
use super::store::Named;
use crate::auth::Consent;
use crate::db::{Conn, Id};
use crate::error::{Error, Result, Text};
use crate::secrets::vault::Vault;

/// Where a request names whoever consents.
pub const REPRESENTATIVE: &str = "/representative";
/// Where it says by which paper they are known to be the one.
pub const REPRESENTATIVE_PROOF: &str = "/representative_proof";

/// Somebody who consents, as a request or what is kept names them, and whether a paper shows them to be the one.
#[derive(Clone, Copy)]
pub struct Consenting<'a> {
    pub name: &'a str,
    pub number: &'a Identifier,
    pub person_id: Option<Id>,
    pub is_proven: bool,
}

/// Why whoever consents for somebody must be named: they do not act alone, and a mark stands on them.
pub fn who_consents(conn: &mut Conn, (principal, manner): (Id, Manner), day: NaiveDate) -> Result<Option<Text>> {
    if !matches!(manner, Manner::WithConsent(_)) || protected(conn, &[principal], day)?.is_empty() {
        return Ok(None);
    }
    Ok(Some(Text::new(
        "申請人受註記保護，須載明行使同意權之法定代理人或輔助人（民法 §77、§15-2；家庭暴力防治法 §14、§58-2）",
        "a protection mark stands on the applicant: name the representative or assistant who consents (民法 §77, §15-2; 家庭暴力防治法 §14, §58-2)",
    )))
}

/// Refuses the proof of a representative where there is none.
pub fn refuse_proof(is_shown: bool) -> Result<()> {
    let text = Text::new("未載明法定代理人或輔助人", "no representative or assistant is named whom it could prove");
    if is_shown { Err(Error::field(REPRESENTATIVE_PROOF, "not_allowed", text)) } else { Ok(()) }
}

/// Refuses whoever consents and has died, is barred from the data of one of these, or is known by nothing where a mark stands on one
/// of them, or is not the one to consent; where the register cannot tell, a paper does.
pub fn require(
    conn: &mut Conn,
    vault: &Vault,
    (one, whose): (Consenting<'_>, &[Id]),
    day: NaiveDate,
    judge: impl FnOnce(&mut Conn, Option<Id>) -> Result<Consent>,
) -> Result<()> {
    one.number.require_human(REPRESENTATIVE)?;
    let named = Named { name: one.name, number: one.number, birth_on: None };
    let by_record = ByRecord { said: one.person_id, kept: None };
    let known = chosen::find(conn, vault, (named, REPRESENTATIVE), by_record)?.map(|known| known.id);
    let asking = Inquirer::of(known, named);
    for of in whose {
        if let Some(bar) = bar_of(conn, vault, day, (*of, &[asking]))? {
            return Err(bar.refusal());
        }
    }
    require_identified(conn, vault, (REPRESENTATIVE, asking), whose, day)?;
    if let Some(known) = known {
        require_living(conn, known, &one.number.pointer(REPRESENTATIVE))?;
    }
    match judge(conn, known)? {
        Consent::Anothers(code, text) => Err(Error::field(one.number.pointer(REPRESENTATIVE), code, text)),
        Consent::Untold if !one.is_proven => {
            let text = Text::new(
                "依登記無從得知是否為同意權人，請出示證明文件（民法 §77、§1086、§1098）",
                "the register cannot tell that they are the one to consent: show a paper of it (民法 §77, §1086, §1098)",
            );
            Err(Error::field(REPRESENTATIVE_PROOF, "required", text))
        }
        Consent::Theirs | Consent::Untold => Ok(()),
    }
}
