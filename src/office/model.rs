//! The office in words: names, service points, contact.

use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::OfficeSettings;
use crate::clock::{Moment, roc_year};
use crate::text_enum;

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

/// What the office is called.
pub fn name() -> Bilingual {
    Bilingual::new("彰化縣和美戶政事務所", "Hemei Household Registration Office, Changhua County")
}

text_enum! {
    /// Whether the process answers, or takes writes.
    pub enum HealthStatus {
        Ok = "ok",
        Unavailable = "unavailable",
    }
}

/// Whether the process answers, or takes writes.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"status": "ok"}))]
pub struct Health {
    pub status: HealthStatus,
}

/// The office: names, places, zone and the running ROC year.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "name": {"zh": "彰化縣和美戶政事務所", "en": "Hemei Household Registration Office, Changhua County"},
    "service_points": [{"code": "HEMEI", "name": {"zh": "和美辦公室（中心所）", "en": "Hemei main office"}, "area_code": "10007030", "postal_code": "508"}],
    "contact": {
        "telephone": "04-7560000", "address": {"zh": "彰化縣和美鎮", "en": "Hemei Township, Changhua County"},
        "documentation": "/docs/", "contract": "/openapi.json"
    },
    "time_zone": "Asia/Taipei", "roc_year": 115, "now": "2026-11-23T09:00:00+08:00"
}))]
pub struct Office {
    pub name: Bilingual,
    #[schema(max_items = 20)]
    pub service_points: Vec<ServicePoint>,
    pub contact: Contact,
    /// Zone in which days are decided (UTC+8, no daylight saving).
    #[schema(max_length = 40)]
    pub time_zone: &'static str,
    /// ROC year of today: the Gregorian year less 1911.
    #[schema(minimum = 1, maximum = 9999)]
    pub roc_year: i32,
    /// The office's clock at the moment of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required, nullable = false)]
    pub now: Option<Moment>,
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

/// How to reach the office, and where to find the contract.
#[derive(Serialize, ToSchema)]
#[schema(as = OfficeContact)]
pub struct Contact {
    #[schema(max_length = 40)]
    pub telephone: String,
    pub address: Bilingual,
    #[schema(max_length = 200)]
    pub documentation: &'static str,
    #[schema(max_length = 200)]
    pub contract: &'static str,
}

/// Codes of the main office and its branch desks.
pub const SERVICE_POINTS: [&str; 3] = ["HEMEI", "XIANXI", "SHENGANG"];

impl Office {
    /// The office on a day, as its settings have it.
    pub fn of(settings: &OfficeSettings, now: Option<Moment>, today: NaiveDate) -> Self {
        let point =
            |code, zh, en, area_code, postal_code| ServicePoint { code, name: Bilingual::new(zh, en), area_code, postal_code };
        Self {
            name: name(),
            service_points: vec![
                point(SERVICE_POINTS[0], "和美辦公室（中心所）", "Hemei main office", "10007030", "508"),
                point(SERVICE_POINTS[1], "線西辦公室", "Xianxi branch desk", "10007040", "507"),
                point(SERVICE_POINTS[2], "伸港辦公室", "Shengang branch desk", "10007050", "509"),
            ],
            contact: Contact {
                telephone: settings.office_telephone.clone(),
                address: Bilingual::new(&settings.office_address, &settings.office_address_en),
                documentation: "/docs/",
                contract: "/openapi.json",
            },
            time_zone: "Asia/Taipei",
            roc_year: roc_year(today.year()),
            now,
        }
    }
}
