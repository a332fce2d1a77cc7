//! The papers that prove at a counter who somebody is, and how much a proof by each is worth.

use super::proofs::Assurance;
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
