//! Settings of cases.

use super::types::model::CaseType;
use super::types::reference::first_types;
use crate::calendar::Period;
use crate::settings::{days, hours, list, parsed, period};

const TYPE: [&str; 2] = ["the code of a case type, such as BIRTH", "案件類型代碼，如 BIRTH"];

fn case_type(text: &str) -> Option<String> {
    first_types().into_iter().map(|known| known.code).find(|code| code == text)
}

/// All types that are no certificates.
const REGISTRATIONS: &str = "REGISTRATIONS";
/// All types that are certificates.
const CERTIFICATES: &str = "CERTIFICATES";
const TYPES: [&str; 2] = ["REGISTRATIONS, CERTIFICATES or the code of a case type", "REGISTRATIONS、CERTIFICATES 或案件類型代碼"];

fn case_types(text: &str) -> Option<String> {
    case_type(text).or_else(|| [REGISTRATIONS, CERTIFICATES].contains(&text).then(|| text.to_owned()))
}

crate::settings! {
    /// Cases
    /// 案件
    pub struct CaseSettings;

    /// Days in which a case of the same people and type is taken for a possible duplicate.
    /// 幾日內同一人同一類型的案件視為可能重複。
    duplicate_window_days: i64 = 30, days(1..=3650);

    /// Case types that the ministry has announced for online application (戶籍法 §27).
    /// 內政部公告得線上申辦的案件類型（戶籍法 §27）。
    listed_online: Vec<String> = Vec::new(), list(100, parsed("TYPE", TYPE, case_type, Clone::clone));

    /// Case types for which people log in as strongly as external.apply_acr to apply online (戶籍法 §28).
    /// 線上申辦須以 external.apply_acr 之強度登入的案件類型（戶籍法 §28）。
    strong_log_in: Vec<String> = vec![REGISTRATIONS.to_owned()], list(100, parsed("TYPE", TYPES, case_types, Clone::clone));

    /// Period for handing in missing papers.
    /// 補件期間。
    notice_period: Period = Period::WorkingDays(10), period();

    /// Days after which a letter of proxy is too old for a case.
    /// 委託書逾幾日不得用於案件。
    proxy_letter_days: i64 = 365, days(1..=3650);

    /// Hours before the office's limit at which a case is due soon.
    /// 期限前幾小時列為將到期。
    due_soon_hours: i64 = 24, hours(1..=720);
}

impl CaseSettings {
    /// Whether a type is applied for online by a strong log-in only.
    pub fn asks_strong_log_in(&self, case_type: &CaseType) -> bool {
        self.strong_log_in.iter().any(|one| match one.as_str() {
            REGISTRATIONS => !case_type.is_certificate(),
            CERTIFICATES => case_type.is_certificate(),
            code => code == case_type.code,
        })
    }
}
