//! What every operation shares on the wire: bodies, parameters, pages, versions, retries, limits, the edge.

mod answers;
mod document;
mod edge;
mod limits;
mod memory;
pub mod metrics;
mod outbound;
mod pages;
mod params;
mod reply;
mod sheet;
mod trace;
mod valid;

pub use answers::{Retry, once, purge};
pub use document::Document;
pub use edge::{edge, unknown_address};
pub use limits::{Decision, Limits};
pub use memory::Memory;
pub use outbound::{Failure, Outbound};
pub use pages::{BoundedListing, Listing, Page, Paging, Stretch, page_of};
pub use params::{Params, PathId, PathTail, PathText};
pub use params::{coded, is_plausible, known_only, parameter, plausible_day, span};
pub use reply::{IfMatch, Reply, missing_header};
pub use sheet::Sheet;
pub use trace::{ClientAddress, Trace};
pub use valid::{BodyDigest, FormBody, Valid, read_member};
