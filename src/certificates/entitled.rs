//! What whoever applies for a certificate shows of their right to it, and whether the case that it names is theirs.

use super::store::Certificate;
use crate::cases;
use crate::cases::case::{Case, Party};
use crate::cases::entitlement::Asking;
use crate::cases::types::model::CaseType;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::{Error, Result, Text};
use crate::node::Node;
use crate::people::joins;

const INTEREST_PROOF: &str = "INTEREST_PROOF";

/// The proofs of a right that an application shows.
pub struct Shown<'a> {
    pub papers: &'a [String],
    /// What proves an interest is told in words.
    pub interest: bool,
    pub is_online: bool,
}

impl Shown<'_> {
    /// Refuses papers that are not on the checklist of the kind.
    pub fn check(&self, kind: &CaseType) -> Result<()> {
        let is_listed = |paper: &String| kind.rules.papers.iter().any(|one| one.document == *paper);
        match self.papers.iter().position(|paper| !is_listed(paper)) {
            Some(index) => {
                let text = Text::new("不在應備文件清單", "it is not on the checklist");
                Err(Error::field(format!("/papers/{index}"), "unknown", text))
            }
            None => Ok(()),
        }
    }

    /// Refuses whoever does not prove their right by the papers that a case of the kind asks for. Online nobody shows one.
    pub fn require(&self, conn: &mut Conn, kind: &CaseType, asking: &Asking<'_>, person: Id) -> Result<()> {
        let mut shown = self.papers.to_vec();
        shown.extend(self.interest.then(|| INTEREST_PROOF.to_owned()));
        let Some((paper, law)) = asking.unproven(conn, &kind.rules, (person, &shown))? else { return Ok(()) };
        let name = &paper.name;
        let text = Text::new(format!("須附{}（{law}）", name.zh), format!("to be shown: {} ({law})", name.en));
        Err(if paper.document == INTEREST_PROOF {
            Error::field("/interest_proof", "required", text)
        } else if self.is_online {
            let (zh, en) = (format!("線上無從出示{}（{law}）", name.zh), format!("not shown online: {} ({law})", name.en));
            Error::field("/applicant/relation", "not_allowed", Text::new(zh, en))
        } else {
            Error::field("/papers", "required", text)
        })
    }
}

/// Refuses a registration that is no entry of the certificate's person or applicant: it would be void with what does not concern
/// them. Whoever only applied for it, is only named in it, or takes part in it for somebody else, has no entry by it.
pub fn require_theirs(conn: &mut Conn, case: &Case, one: &Certificate) -> Result<()> {
    let parties = cases::store::parties(conn, case.id)?;
    let is_entered = |party: &&Party| cases::enters(&case.type_code, party.role);
    let entered: Vec<Id> = parties.iter().filter(is_entered).map(|party| party.person_id).collect();
    let entered = joins::all_records(conn, &entered)?;
    if joins::all_records(conn, &[one.person_id, one.applicant_id])?.iter().any(|record| entered.contains(record)) {
        return Ok(());
    }
    let text = Text::new("該登記並非證明之當事人或申請人之登記", "the registration is neither the person's nor the applicant's");
    Err(Error::field("/case_id", "party_mismatch", text))
}

/// Refuses what is given once to whoever has it.
pub fn require_first(conn: &mut Conn, node: &Node, one: &Certificate, at: Moment) -> Result<()> {
    let by = (one.relation, one.applicant_id);
    let asked = cases::FirstAsked { id: one.id, kind: &one.kind, person: one.person_id, by, case: one.case_id, at };
    cases::require_first(conn, node, &asked)
}
