//! Every table of settings: the only place that names them all.

use super::{Settings, Table};
use crate::accounts::AccountSettings;
use crate::cases::CaseSettings;
use crate::config::NodeSettings;
use crate::consultations::ConsultationSettings;
use crate::exchange::ExchangeSettings;
use crate::office::OfficeSettings;
use crate::office_days::PetitionSettings;
use crate::quality::QualitySettings;
use crate::scheduling::SchedulingSettings;

/// In the order of the lists.
pub const TABLES: &[&Table] = &[
    NodeSettings::TABLE,
    OfficeSettings::TABLE,
    SchedulingSettings::TABLE,
    AccountSettings::TABLE,
    ConsultationSettings::TABLE,
    CaseSettings::TABLE,
    PetitionSettings::TABLE,
    QualitySettings::TABLE,
    ExchangeSettings::TABLE,
];
