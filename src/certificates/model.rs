//! A certificate: its states, and the right to one.

use super::policy::{CreateCertificate, IssueCertificate, RefuseCertificate};
use crate::cases::types::model::{CaseRules, Relation};
use crate::error::{Error, Result, Text};
use crate::{acts, text_enum};

text_enum! {
    /// States of a certificate: applied for, issued with its serial, or refused.
    pub enum CertificateStatus {
        Requested = "REQUESTED",
        Issued = "ISSUED",
        Refused = "REFUSED",
    }
}

acts! {
    /// Acts on a certificate.
    pub enum CertificateAct on "certificate" CertificateStatus {
        Request "request" [CreateCertificate ""] "requested" Anyone {}
        Issue "issue" [IssueCertificate ":issue"] "issued" Anyone { Requested => Issued }
        Refuse "refuse" [RefuseCertificate ":refuse"] "refused" Anyone { Requested => Refused }
    }
}

text_enum! {
    /// What of the household it shows.
    pub enum CertificateScope {
        Person = "PERSON",
        Part = "PART",
        Whole = "WHOLE",
        Cancelled = "CANCELLED",
    }
}

/// Whether a case type is a certificate that is issued here.
pub fn is_certificate(code: &str, rules: &CaseRules) -> bool {
    matches!(rules.group.as_str(), "CERTIFICATE" | "HOUSEHOLD_CERTIFICATE") || matches!(code, "SEAL_CERT" | "DOOR_CERT")
}

/// Refuses whoever has no right to it (戶籍法 §65): others than the person show their interest.
pub fn require_right(rules: &CaseRules, relation: Relation, has_proof: bool) -> Result<()> {
    if !rules.admits(relation) {
        return Err(Error::field("/applicant/relation", "not_allowed", rules.applicants_in_words()));
    }
    if relation == Relation::InterestedPerson && !has_proof {
        let text = Text::new("利害關係人須附證明（戶籍法 §65）", "an interested person shows proof (戶籍法 §65)");
        return Err(Error::field("/interest_proof", "required", text));
    }
    Ok(())
}
