//! Retention (檔案法 §12–§13): how long records are kept once they have ended, what is held back, and disposals, by which what they say is
//! erased for good. Each domain gives a [`Keeper`], and keeps the bare row by which figures stay.

mod carrying_out;
mod disposals;
mod due;
mod holds;
mod keepers;
mod model;
mod policy;
mod problems;
mod settings;
mod store;
mod view;

use crate::clock::Moment;
use crate::db::Texts;
use crate::domain::{Domain, Operations, Timer, Turn, schema};
use crate::error::{Code, Problem, Result};
use crate::settings::Settings;
pub use carrying_out::carry_out;
pub use keepers::{Asking, Bound, Ended, Keeper, Keepers, MOST, Offshoots};
pub use model::RetentionCategory;
pub use settings::RetentionSettings;

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Retention",
        "How long petitions, inquiries and complaints are kept; what is held back; and the disposal of what is due, by two people.",
    )),
    policy: policy::LINES,
    acts: &[model::DisposalAct::TABLE, model::HoldAct::TABLE],
    problems: problems::CODES,
    settings: Some(RetentionSettings::TABLE),
    schemas: &[schema::<model::RetentionCategory>, schema::<model::DisposalStatus>],
    routes,
    timers: &[Timer { name: "disposals", seconds: 60, turn: Turn::Work(carry_out) }],
    parts: |node| _ = node.part_mut::<Keepers>(),
    sealed: &[
        Texts::of("retention_holds", "reason"),
        Texts::of("retention_holds", "lifted_because"),
        Texts::of("disposals", "reason"),
    ],
    ..Domain::EMPTY
};

/// Refuses to act on a record of which nothing is left.
pub fn require_kept(erased_at: Option<Moment>) -> Result<()> {
    if erased_at.is_none() {
        return Ok(());
    }
    let (zh, en) = ("保存年限屆滿，內容已銷毀", "its retention has ended, and what it said was erased");
    Err(Problem::new(Code::WRONG_STATE).detail(zh, en).with("allowed_actions", [""; 0]).into())
}

fn routes(operations: &mut Operations) {
    operations
        .service(due::list_due_records)
        .service(holds::list_retention_holds)
        .service(holds::create_retention_hold)
        .service(holds::lift_retention_hold)
        .service(holds::get_retention_hold)
        .service(disposals::list_disposals)
        .service(disposals::create_disposal)
        .service(disposals::approve_disposal)
        .service(disposals::take_back_disposal)
        .service(disposals::get_disposal);
}
