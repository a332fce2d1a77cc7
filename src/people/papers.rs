//! Papers as a clerk has seen them, by what they are shown for: which kinds can show it is part of the contract. Another one is
//! refused where it is read, so that nobody is let through by a paper that says nothing of it.

use crate::text_enum;

/// Defines a paper that is shown for something, of the kinds that can show it.
#[macro_export]
macro_rules! paper_of {
    ($(#[doc = $doc:literal])* #[schema($($schema:tt)*)] pub struct $name:ident as $body:ident of $kind:ident) => {
        $(#[doc = $doc])*
        #[derive(serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema($($schema)*)]
        struct $body {
            kind: $kind,
            number: $crate::people::Label,
            /// Until which day it is good, where it says so, as a passport or a permit does.
            valid_to: Option<chrono::NaiveDate>,
        }

        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            pub kind: $kind,
            paper: $crate::people::facts::Paper,
        }

        impl std::ops::Deref for $name {
            type Target = $crate::people::facts::Paper;

            fn deref(&self) -> &Self::Target {
                &self.paper
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                let body = $body::deserialize(deserializer)?;
                let (kind, number, valid_to) = (body.kind.as_str().to_owned(), body.number, body.valid_to);
                Ok(Self { kind: body.kind, paper: $crate::people::facts::Paper { kind, number, valid_to } })
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                <$body as utoipa::PartialSchema>::schema()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
                <$body as utoipa::ToSchema>::schemas(schemas);
            }
        }
    };
}

text_enum! {
    /// Papers on which somebody says who acts for them.
    pub enum LetterPaperKind {
        /// 委託書
        PowerOfAttorney = "POWER_OF_ATTORNEY",
        /// Attested abroad, or by the forces, a prison or a hospital
        AttestedLetter = "ATTESTED_LETTER",
    }
}

paper_of! {
    /// A letter of proxy.
    #[schema(example = json!({"kind": "POWER_OF_ATTORNEY", "number": "115 年 11 月 20 日委託書"}))]
    pub struct LetterPaper as LetterPaperBody of LetterPaperKind
}

text_enum! {
    /// Papers by which a clerk notes a letter of proxy: the letter itself, or what showed who gave it.
    pub enum GrantPaperKind {
        PowerOfAttorney = "POWER_OF_ATTORNEY",
        AttestedLetter = "ATTESTED_LETTER",
        IdCard = "ID_CARD",
        Passport = "PASSPORT",
        ResidentCert = "RESIDENT_CERT",
        EntryPermit = "ENTRY_PERMIT",
        TravelDocument = "TRAVEL_DOCUMENT",
        IdentityCard = "IDENTITY_CARD",
    }
}

paper_of! {
    /// The paper by which a letter of proxy is noted.
    #[schema(example = json!({"kind": "POWER_OF_ATTORNEY", "number": "115 年 11 月 20 日委託書"}))]
    pub struct GrantPaper as GrantPaperBody of GrantPaperKind
}

text_enum! {
    /// Papers on which a legal representative or assistant consents.
    pub enum ConsentPaperKind {
        LegalRepConsent = "LEGAL_REP_CONSENT",
    }
}

paper_of! {
    /// The consent of a legal representative or assistant.
    #[schema(example = json!({"kind": "LEGAL_REP_CONSENT", "number": "115 年 11 月 20 日同意書"}))]
    pub struct ConsentPaper as ConsentPaperBody of ConsentPaperKind
}

text_enum! {
    /// Papers of a legal representative, guardian or assistant: a consent, and those that show who they are.
    pub enum RepresentativePaperKind {
        /// A consent; it shows nobody to be the representative
        LegalRepConsent = "LEGAL_REP_CONSENT",
        RepresentativeProof = "REPRESENTATIVE_PROOF",
        /// 監護證明文件
        GuardianProof = "GUARDIAN_PROOF",
        /// Ground for a guardian: a will, or a mandate of the parents
        GuardianshipGround = "GUARDIANSHIP_GROUND",
        CourtRuling = "COURT_RULING",
        ParentalAgreement = "PARENTAL_AGREEMENT",
        /// 戶口名簿
        HouseholdCertificate = "HH_CERT",
    }
}

impl RepresentativePaperKind {
    /// Whether it is a consent, and no proof of who the representative is.
    pub fn consents(self) -> bool {
        self == Self::LegalRepConsent
    }
}

paper_of! {
    /// The paper of a legal representative, guardian or assistant.
    #[schema(example = json!({"kind": "COURT_RULING", "number": "115 年度家親聲字第 1 號"}))]
    pub struct RepresentativePaper as RepresentativePaperBody of RepresentativePaperKind
}

text_enum! {
    /// Papers that show somebody to be the legal representative, guardian or assistant.
    pub enum RepresentativeProofKind {
        RepresentativeProof = "REPRESENTATIVE_PROOF",
        /// 監護證明文件
        GuardianProof = "GUARDIAN_PROOF",
        /// Ground for a guardian: a will, or a mandate of the parents
        GuardianshipGround = "GUARDIANSHIP_GROUND",
        CourtRuling = "COURT_RULING",
        ParentalAgreement = "PARENTAL_AGREEMENT",
        /// 戶口名簿
        HouseholdCertificate = "HH_CERT",
    }
}

paper_of! {
    /// The proof that somebody is the legal representative, guardian or assistant.
    #[schema(example = json!({"kind": "HH_CERT", "number": "戶口名簿 1150001234"}))]
    pub struct RepresentativeProof as RepresentativeProofBody of RepresentativeProofKind
}

text_enum! {
    /// Papers that tell who somebody is, or whose a record is.
    pub enum RecordPaperKind {
        IdCard = "ID_CARD",
        OldIdCard = "OLD_ID_CARD",
        Passport = "PASSPORT",
        ResidentCert = "RESIDENT_CERT",
        SettlementPermit = "SETTLEMENT_PERMIT",
        EntryPermit = "ENTRY_PERMIT",
        TravelDocument = "TRAVEL_DOCUMENT",
        IdentityCard = "IDENTITY_CARD",
        /// 戶口名簿
        HouseholdCertificate = "HH_CERT",
        OldHouseholdCertificate = "OLD_HH_CERT",
        BirthCertificate = "BIRTH_CERTIFICATE",
        CourtRuling = "COURT_RULING",
        /// Proof of the wrong entry, as 戶籍法施行細則 §16 lists it
        CorrectionProof = "CORRECTION_PROOF",
        /// Attested, with a translation
        ForeignPapers = "FOREIGN_PAPERS",
    }
}

paper_of! {
    /// A paper that tells who somebody is, or whose a record is.
    #[schema(example = json!({"kind": "ID_CARD", "number": "製證字第 1150001234 號"}))]
    pub struct RecordPaper as RecordPaperBody of RecordPaperKind
}
