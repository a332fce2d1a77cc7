//! A certificate: its states, its fee, and the right to one.

use crate::cases::types::model::{CaseRules, Relation};
use crate::error::{Error, Result, Text};
use crate::{text_enum, transitions};

text_enum! {
    /// States of a certificate: applied for, issued with its serial, or refused.
    pub enum CertificateStatus {
        Requested = "REQUESTED",
        Issued = "ISSUED",
        Refused = "REFUSED",
    }
}

transitions! {
    /// Acts on a certificate.
    pub enum CertificateAct on CertificateStatus {
        Issue "issue" { Requested => Issued }
        Refuse "refuse" { Requested => Refused }
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

/// New Taiwan dollars in all (戶政規費收費標準): a sheet, a copy, or less for further copies.
pub fn fee(code: &str, fee_twd: Option<i32>, copies: i32, sheets: i32) -> i32 {
    const FURTHER_COPY: i32 = 15;
    let one = fee_twd.unwrap_or(0);
    match code {
        "TRANSCRIPT_EN" | "KINSHIP" => one + FURTHER_COPY * (copies - 1),
        "TRANSCRIPT_ZH"
        | "RECORD_COPY"
        | "CERT_MARRIAGE"
        | "CERT_DIVORCE"
        | "CERT_MARRIAGE_END"
        | "CERT_MARRIAGE_RECORD"
        | "CERT_MOVE_RECORD"
        | "CERT_NAME_RECORD" => one * copies * sheets,
        _ => one * copies,
    }
}

/// Refuses whoever has no right to it (戶籍法 §65): others than the person show their interest.
pub fn require_right(rules: &CaseRules, relation: Relation, has_proof: bool) -> Result<()> {
    let allowed =
        rules.applicants.is_empty() || rules.applicants.contains(&Relation::Anyone) || rules.applicants.contains(&relation);
    if !allowed {
        let list = rules.applicants.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(", ");
        let text = Text::new(format!("申請人資格應為 {list}"), format!("the applicant must be one of {list}"));
        return Err(Error::field("/applicant/relation", "not_allowed", text));
    }
    if relation == Relation::InterestedPerson && !has_proof {
        let text = Text::new("利害關係人須附證明（戶籍法 §65）", "an interested person shows proof (戶籍法 §65)");
        return Err(Error::field("/interest_proof", "required", text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_those_of_the_standard() {
        assert_eq!(fee("TRANSCRIPT_ZH", Some(15), 2, 3), 90);
        assert_eq!(fee("TRANSCRIPT_EN", Some(100), 3, 1), 130);
        assert_eq!(fee("HC_REISSUE", Some(30), 2, 5), 60);
        assert_eq!(fee("KINSHIP", Some(30), 2, 1), 45);
    }
}
