//! A certificate: its states, and the right to one.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use super::policy::{
    CreateCertificate, IssueCertificate, RefuseCertificate, ReinstateCertificate, ReopenCertificate, VoidCertificate,
    WithdrawCertificate,
};
use crate::cases::types::model::{CaseRules, Relation};
use crate::db::Id;
use crate::error::{Error, Result, Text};
use crate::scheduling::services::Channel;
use crate::{acts, text_enum};

text_enum! {
    /// States of a certificate: applied for, issued with its serial, refused, withdrawn by whoever applied, or voided after its
    /// issue.
    pub enum CertificateStatus {
        Requested = "REQUESTED",
        Issued = "ISSUED",
        Refused = "REFUSED",
        Withdrawn = "WITHDRAWN",
        Voided = "VOIDED",
    }
}

acts! {
    /// Acts on a certificate. Whoever took the application does not issue one that waits for another, whoever issued it does not
    /// void it, whoever voided it does not reinstate it, and none of it is done for the office by whoever it is about; with a case that is revoked or reinstated, or whose correction takes its person out of it or puts them back, it is voided or valid again; what somebody applied for is theirs to withdraw until it is issued.
    pub enum CertificateAct on "certificate" CertificateStatus {
        Request "request" [CreateCertificate ""] "requested" Anyone apart [Unnamed, Subject] {}
        Issue "issue" [IssueCertificate ":issue"] "issued" Clerk apart [Unnamed, Clerk, Subject] { Requested => Issued }
        Refuse "refuse" [RefuseCertificate ":refuse"] "refused" Anyone apart [Unnamed, Subject] { Requested => Refused }
        Withdraw "withdraw" [WithdrawCertificate ":withdraw"] "withdrawn" Anyone apart [Unnamed, Subject] { Requested => Withdrawn }
        Reopen "reopen" [ReopenCertificate ":reopen"] "reopened" Anyone apart [Unnamed, Subject] { Refused => Requested, Withdrawn => Requested }
        Void "void" [VoidCertificate ":void"] "voided" Supervisor apart [Unnamed, Clerk, Subject] { Issued => Voided }
        VoidWithCase "void-with-case" [] "voided" Supervisor { Issued => Voided }
        ReinstateWithCase "reinstate-with-case" [] "reinstated" Anyone { Voided => Issued }
        Reinstate "reinstate" [ReinstateCertificate ":reinstate"] "reinstated" Anyone apart [Unnamed, Supervisor, Subject] { Voided => Issued }
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

/// Refuses whoever has no right to it: an interested person is given the part that concerns them (戶籍法 §65).
pub fn require_right(rules: &CaseRules, relation: Relation, scope: CertificateScope) -> Result<()> {
    if !rules.admits(relation) {
        return Err(Error::field("/applicant/relation", "not_allowed", rules.applicants_in_words()));
    }
    if relation == Relation::InterestedPerson && scope == CertificateScope::Whole {
        let text = Text::new(
            "利害關係人僅得申請與其有利害關係部分（戶籍法 §65）",
            "an interested person is given the part that concerns them (戶籍法 §65)",
        );
        return Err(Error::field("/scope", "not_allowed", text));
    }
    Ok(())
}

/// Filters of the list of certificates.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CertificateFilter {
    /// Certificates of this kind: the code of a case type of the groups CERTIFICATE and HOUSEHOLD_CERTIFICATE, or SEAL_CERT,
    /// DOOR_CERT.
    #[param(min_length = 1, max_length = 40)]
    pub kind: Option<String>,
    /// Certificates that have this status.
    pub status: Option<CertificateStatus>,
    /// Certificates that rest on this case.
    pub case_id: Option<Id>,
    /// By this channel: mail, telephone and online ones count in K6-1.
    pub channel: Option<Channel>,
    /// First day of the application, Asia/Taipei.
    pub from: Option<NaiveDate>,
    /// Last day of the application, included; not before `from`.
    pub to: Option<NaiveDate>,
}
