//! The papers that prove at a counter who somebody is, and how much a proof by each is worth.

use diesel::prelude::*;

use super::proofs::{Assurance, ProofStatus};
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::schema::identity_proofs as proofs;
use crate::{paper_of, text_enum};

text_enum! {
    /// Papers that prove at a counter who somebody is: official ones with a photograph.
    pub enum ProofDocument {
        IdCard = "ID_CARD",
        Passport = "PASSPORT",
        /// 居留證
        ResidentCert = "RESIDENT_CERT",
        /// 入出境許可證
        EntryPermit = "ENTRY_PERMIT",
        /// Of refugees and stateless people
        TravelDocument = "TRAVEL_DOCUMENT",
        /// Identity card of another country
        IdentityCard = "IDENTITY_CARD",
    }
}

impl ProofDocument {
    /// How much a proof by it is worth: an identity card of another country is nothing that the office could ask about.
    pub fn assurance(self) -> Assurance {
        if self == Self::IdentityCard { Assurance::Substantial } else { Assurance::High }
    }
}

paper_of! {
    /// A paper that proves who somebody is.
    #[schema(example = json!({"kind": "ID_CARD", "number": "製證字第 1150001234 號"}))]
    pub struct IdentityPaper as IdentityPaperBody of ProofDocument
}

/// The proofs that rest on a paper and are not undone, with whom they prove.
pub fn by_paper(conn: &mut Conn, index: &str) -> Result<Vec<(Id, Id)>> {
    let standing = proofs::table.filter(proofs::document_index.eq(index)).filter(proofs::status.ne(ProofStatus::Undone));
    Ok(standing.order(proofs::id).select((proofs::id, proofs::person_id)).load(conn)?)
}
