//! The papers that prove at a counter who somebody is, and how much a proof by each is worth.

use super::proofs::Assurance;
use crate::error::{Error, Result, Text};
use crate::people::facts::Paper;
use crate::text_enum;

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
    /// The kind of a paper that was shown; another one than these proves nobody.
    pub fn of(paper: &Paper) -> Result<Self> {
        paper.kind.parse().map_err(|_| {
            let kinds: Vec<&str> = Self::ALL.iter().map(|kind| kind.as_str()).collect();
            let kinds = kinds.join(", ");
            let zh = format!("此類文件不足以證明身分，應為：{kinds}");
            Error::field(
                "/document/kind",
                "not_allowed",
                Text::new(zh, format!("it does not prove who somebody is: one of {kinds}")),
            )
        })
    }

    /// How much a proof by it is worth: an identity card of another country is nothing that the office could ask about.
    pub fn assurance(self) -> Assurance {
        if self == Self::IdentityCard { Assurance::Substantial } else { Assurance::High }
    }
}
