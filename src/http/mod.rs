//! What every operation shares on the wire: bodies, parameters, pages, versions, retries, limits, calls to other hosts.

mod answers;
mod body;
mod bounds;
mod document;
mod forwarded;
mod limits;
mod memory;
pub mod metrics;
mod objects;
mod outbound;
mod pages;
mod params;
pub mod patch;
mod reply;
mod routes;
mod sheet;
mod storable;
mod trace;
mod valid;

pub use answers::{Retry, any_old, done_before, once, purge};
pub use body::{BODY_LIMIT, gather, refusal};
pub use document::Document;
pub use forwarded::ClientAddress;
pub use limits::{Limits, write_allowance};
pub use memory::Memory;
pub use outbound::{Answered, Failure, Outbound, refusal_to_call};
pub use pages::{BoundedListing, Listing, Page, Paging, Stretch, page_of};
pub use params::{Params, PathId, PathTail, PathText};
pub use params::{coded, is_plausible, known_code, known_only, ordered_days, parameter, plausible_day, span};
pub use reply::{IfMatch, Reply, missing_header};
pub use routes::Routes;
pub use sheet::Sheet;
pub use storable::is_storable;
pub use trace::{Asked, HeadOnly, Trace};
pub use valid::{BodyDigest, FormBody, Valid, read_member};
