//! What an improvement has changed: one thing that is measured before and after.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::people::Words;

/// What is measured, before something is made better and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"measure": "平均等候時間", "unit": "分鐘", "before": 18}))]
pub struct ImprovementMeasure {
    /// What is measured.
    pub measure: Words,
    /// In which unit.
    pub unit: Words,
    /// Before, in whole units.
    #[schema(minimum = -1000000000, maximum = 1000000000)]
    pub before: i64,
}

/// The effect of an improvement.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"measure": "平均等候時間", "unit": "分鐘", "before": 18, "after": 11, "change": -7}))]
pub struct ImprovementEffect {
    pub measure: Words,
    pub unit: Words,
    pub before: i64,
    /// Afterwards, in whole units; `null` until it is carried out.
    pub after: Option<i64>,
    /// `after` less `before`.
    pub change: Option<i64>,
}

impl ImprovementEffect {
    pub fn of(measured: ImprovementMeasure, after: Option<i64>) -> Self {
        let ImprovementMeasure { measure, unit, before } = measured;
        Self { measure, unit, before, after, change: after.map(|after| after - before) }
    }
}
