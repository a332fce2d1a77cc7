//! Settings of retention: years by category, and the grace before a disposal is carried out.

use crate::settings::{count, days};

crate::settings! {
    /// Retention
    /// 檔案保存
    pub struct RetentionSettings;

    /// Calendar years for which suggestions are kept after that in which they ended.
    /// 建議案件自辦結次年起保存之年數。
    suggestion_years as "retention.suggestion_years": u32 = 5, count(["years", "年"], 1..=50);

    /// Calendar years for which petitions that ask about rules are kept after that in which they ended.
    /// 法令查詢案件自辦結次年起保存之年數。
    petition_inquiry_years as "retention.petition_inquiry_years": u32 = 5, count(["years", "年"], 1..=50);

    /// Calendar years for which reports of wrongdoing are kept after that in which they ended.
    /// 舉發違失案件自辦結次年起保存之年數。
    report_years as "retention.report_years": u32 = 10, count(["years", "年"], 1..=50);

    /// Calendar years for which petitions for the protection of rights are kept after that in which they ended.
    /// 權益維護案件自辦結次年起保存之年數。
    rights_years as "retention.rights_years": u32 = 10, count(["years", "年"], 1..=50);

    /// Calendar years for which inquiries are kept after that in which they ended.
    /// 民眾詢問自辦結次年起保存之年數。
    inquiry_years as "retention.inquiry_years": u32 = 3, count(["years", "年"], 1..=50);

    /// Calendar years for which complaints on the spot are kept after that in which they ended.
    /// 現場申訴自辦結次年起保存之年數。
    on_site_years as "retention.on_site_years": u32 = 5, count(["years", "年"], 1..=50);

    /// Days within which the approval of a disposal can be taken back, before it is carried out.
    /// 銷毀核准後得撤回之日數，期滿始執行銷毀。
    disposal_grace_days as "retention.disposal_grace_days": i64 = 30, days(2..=365);
}
