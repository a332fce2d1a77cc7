//! Uploads: contents that callers send in parts, that are checked, written anew and kept sealed in a folder beside the store, and
//! that other domains attach to their records.
//!
//! An upload is known to nobody but its sender until it is attached, and to nobody but those whom its record is shown from then on:
//! it leaves no line in the journal by itself, by which a record that is kept secret could be guessed.

mod attaching;
mod checking;
mod content;
mod download;
mod folder;
mod images;
mod model;
mod pdf;
mod policy;
mod portion;
mod problems;
mod receiving;
mod routes;
mod scanner;
mod settings;
mod store;
mod stretch;
mod sweep;
mod view;

use crate::db::Texts;
use crate::domain::{Domain, Operations, Timer, Turn};
use crate::settings::Settings;
pub use attaching::{AttachmentInput, Attachments, Held, Holder, Holders, Reading, attach, attach_one, attached, named};
pub use download::of_record;
pub use model::{MediaType, Scan, UploadKind};
pub use settings::{Scanner, Unscanned, UploadSettings};
pub use store::forget;
pub use sweep::{remove_files, turn};

/// The domain.
pub static DOMAIN: Domain = Domain {
    tag: Some((
        "Uploads",
        "Contents to be attached to records, sent in as many parts as a connection allows: checked, written anew, kept sealed.",
    )),
    policy: policy::LINES,
    settings: Some(UploadSettings::TABLE),
    problems: problems::CODES,
    routes,
    timers: &[
        Timer { name: "upload_checks", seconds: 10, turn: Turn::Work(sweep::check_waiting) },
        Timer { name: "uploads", seconds: 60, turn: Turn::Work(sweep::tidy) },
        Timer { name: "upload_files", seconds: 3600, turn: Turn::Work(sweep::tidy_files) },
    ],
    sealed: &[Texts::of("uploads", "name")],
    parts: |node| {
        node.part_mut::<Holders>();
        node.give(checking::Checks::default());
        node.give(sweep::Strays::default());
    },
    ..Domain::EMPTY
};

fn routes(operations: &mut Operations) {
    operations
        .service(routes::create_upload)
        .service(download::get_upload_content)
        .service(receiving::put_upload)
        .service(receiving::append_upload)
        .service(routes::delete_upload)
        .service(routes::get_upload);
}
