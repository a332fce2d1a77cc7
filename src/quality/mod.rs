//! Quality: spot checks by a drawn and redrawable sample, the two record books, the error ledger with its rates.

mod books;
mod draws;
mod ledger;
pub mod model;
mod plans;
mod policy;
mod rates;
mod sampling;
mod settings;
mod spot_checks;

use crate::db::Texts;
use crate::domain::{Domain, Operations};
use crate::settings::Settings;
pub use settings::QualitySettings;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some(("Quality", "Spot checks, the two record books, the error ledger.")),
    policy: policy::LINES,
    acts: &[model::SpotCheckAct::TABLE, model::ErrorAct::TABLE],
    settings: Some(QualitySettings::TABLE),
    routes,
    sealed: &[
        Texts::of("spot_checks", "finding"),
        Texts::of("spot_checks", "rebuttal"),
        Texts::of("spot_checks", "ruling"),
        Texts::of("spot_check_entries", "finding").by(&["roc_year", "number"]),
        Texts::of("spot_check_entries", "remedy").by(&["roc_year", "number"]),
    ],
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(plans::create_spot_check_plan)
        .service(plans::list_spot_check_plans)
        .service(plans::get_spot_check_plan)
        .service(draws::create_draw)
        .service(draws::verify_draw)
        .service(draws::get_draw_population)
        .service(draws::get_draw)
        .service(spot_checks::list_spot_checks)
        .service(spot_checks::record_finding)
        .service(spot_checks::hand_over_spot_check)
        .service(spot_checks::rebut_finding)
        .service(spot_checks::rule_on_finding)
        .service(spot_checks::get_spot_check)
        .service(books::maintenance::list_maintenance_records)
        .service(books::maintenance::export_maintenance_csv)
        .service(books::maintenance::export_maintenance_xlsx)
        .service(books::maintenance::strike_maintenance_record)
        .service(books::maintenance::get_maintenance_record)
        .service(books::checks::list_spot_check_entries)
        .service(books::checks::export_spot_checks_csv)
        .service(books::checks::export_spot_checks_xlsx)
        .service(books::checks::strike_spot_check_entry)
        .service(books::checks::get_spot_check_entry)
        .service(ledger::list_errors)
        .service(ledger::confirm_error)
        .service(ledger::dismiss_error)
        .service(ledger::get_error)
        .service(rates::list_error_rates);
}
