//! The office in words: names, service points, contact.

use serde::Serialize;
use utoipa::ToSchema;

use crate::calendar::Moment;
use crate::error::{Code, Language};

/// A text in Chinese and English.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    #[schema(max_length = 500)]
    pub zh: String,
    #[schema(max_length = 500)]
    pub en: String,
}

impl Bilingual {
    pub fn new(zh: &str, en: &str) -> Self {
        Self { zh: zh.to_owned(), en: en.to_owned() }
    }
}

/// Whether the process answers, or takes writes.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"status": "ok"}))]
pub struct Health {
    /// `ok` or `unavailable`.
    #[schema(max_length = 20)]
    pub status: &'static str,
}

/// The office: names, places, zone and the running ROC year.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "name": {"zh": "彰化縣和美戶政事務所", "en": "Hemei Household Registration Office, Changhua County"},
    "service_points": [{"code": "HEMEI", "name": {"zh": "和美辦公室（中心所）", "en": "Hemei main office"}, "area_code": "10007030", "postal_code": "508"}],
    "contact": {"documentation": "/docs/", "contract": "/openapi.json"},
    "time_zone": "Asia/Taipei", "roc_year": 115, "now": "2026-11-23T09:00:00+08:00"
}))]
pub struct Office {
    pub name: Bilingual,
    #[schema(max_items = 20)]
    pub service_points: Vec<ServicePoint>,
    pub contact: OfficeLinks,
    /// Zone in which days are decided (UTC+8, no daylight saving).
    #[schema(max_length = 40)]
    pub time_zone: &'static str,
    /// ROC year of today: the Gregorian year less 1911.
    #[schema(minimum = 1, maximum = 9999)]
    pub roc_year: i32,
    /// The office's clock.
    pub now: Moment,
}

/// A desk of the office, with the township that it serves.
#[derive(Clone, Serialize, ToSchema)]
pub struct ServicePoint {
    #[schema(max_length = 20)]
    pub code: &'static str,
    pub name: Bilingual,
    /// Code of the township (interior ministry).
    #[schema(max_length = 8)]
    pub area_code: &'static str,
    #[schema(max_length = 6)]
    pub postal_code: &'static str,
}

/// Where to find the contract.
#[derive(Serialize, ToSchema)]
pub struct OfficeLinks {
    #[schema(max_length = 200)]
    pub documentation: &'static str,
    #[schema(max_length = 200)]
    pub contract: &'static str,
}

/// Codes of the main office and its branch desks.
pub const SERVICE_POINTS: [&str; 3] = ["HEMEI", "XIANXI", "SHENGANG"];

impl Office {
    pub fn at(now: Moment) -> Self {
        use chrono::Datelike;
        let point =
            |code, zh, en, area_code, postal_code| ServicePoint { code, name: Bilingual::new(zh, en), area_code, postal_code };
        Self {
            name: Bilingual::new("彰化縣和美戶政事務所", "Hemei Household Registration Office, Changhua County"),
            service_points: vec![
                point(SERVICE_POINTS[0], "和美辦公室（中心所）", "Hemei main office", "10007030", "508"),
                point(SERVICE_POINTS[1], "線西辦公室", "Xianxi branch desk", "10007040", "507"),
                point(SERVICE_POINTS[2], "伸港辦公室", "Shengang branch desk", "10007050", "509"),
            ],
            contact: OfficeLinks { documentation: "/docs/", contract: "/openapi.json" },
            time_zone: "Asia/Taipei",
            roc_year: now.date().year() - 1911,
            now,
        }
    }
}

/// What a problem's code means and what to do.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "code": "slot_taken", "status": 409, "title": {"zh": "該時段已被預約", "en": "The slot is taken"},
    "remedy": {"zh": "alternatives 列出最近的可預約時段。", "en": "`alternatives` lists the nearest free slots."}
}))]
pub struct ProblemMeaning {
    #[schema(max_length = 60)]
    pub code: &'static str,
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    pub title: Bilingual,
    /// What the caller can do about it.
    pub remedy: Bilingual,
}

impl ProblemMeaning {
    /// Finds a code by its name, with hyphens or underscores.
    pub fn of(name: &str) -> Option<Self> {
        let name = name.replace('-', "_");
        let code = Code::ALL.iter().find(|code| code.as_str() == name)?;
        let both = |text: crate::error::Text| Bilingual::new(text.get(Language::Chinese), text.get(Language::English));
        Some(Self { code: code.as_str(), status: code.status().as_u16(), title: both(code.title()), remedy: both(code.remedy()) })
    }
}
