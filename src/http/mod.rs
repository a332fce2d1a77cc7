//! What every operation shares on the wire: bodies, parameters, pages, versions, retries, limits, the edge.

mod answers;
mod connection;
mod document;
mod edge;
mod forwarded;
mod incoming;
mod limits;
mod memory;
pub mod metrics;
mod outbound;
mod pages;
mod params;
mod reply;
mod server;
mod sheet;
mod storable;
mod trace;
mod valid;

pub use answers::{Retry, once, purge};
pub use document::Document;
pub use edge::{edge, unknown_address};
pub use forwarded::ClientAddress;
pub use limits::{Decision, Limits};
pub use memory::Memory;
pub use outbound::{Failure, Outbound};
pub use pages::{BoundedListing, Listing, Page, Paging, Stretch, page_of};
pub use params::{Params, PathId, PathTail, PathText};
pub use params::{coded, is_plausible, known_only, parameter, plausible_day, span};
pub use reply::{IfMatch, Reply, missing_header};
pub use server::serve_on;
pub use sheet::Sheet;
pub use storable::is_storable;
pub use trace::{Asked, HeadOnly, Trace};
pub use valid::{BodyDigest, FormBody, Valid, read_member};
