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
mod web_page;

pub use answers::{Retry, any_old, done_before, forget_holding, once, purge};
pub use body::{BODY_LIMIT, STREAMED, gather, is_streamed, refusal};
pub use document::Document;
pub use forwarded::ClientAddress;
pub use limits::{Limits, party, write_allowance};
pub use memory::Memory;
pub use outbound::{Answered, Failure, Outbound, refusal_to_call};
pub use pages::{BoundedListing, Listing, Page, Paging, Stretch, page_of};
pub use params::{Params, PathId, PathTail, PathText};
pub use params::{
    coded, is_plausible, known_code, known_only, of_body, ordered_days, parameter, plausible_day, span, unknown_at,
};
pub use reply::{IfMatch, Reply, missing_header};
pub use routes::Routes;
pub use sheet::Sheet;
pub use storable::is_storable;
pub use trace::{Asked, HeadOnly, Trace};
pub use valid::{BodyDigest, FormBody, Valid, read_member};
pub use web_page::{WebPage, page_policy};
