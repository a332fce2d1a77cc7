//! A request's body, read within its limit.

use std::io;

use actix_web::error::PayloadError;
use actix_web::web::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};

use crate::error::{Code, Error, Problem};

/// Largest body in bytes.
pub const BODY_LIMIT: usize = 64 * 1024;
/// What is still read and thrown away beyond it, so that the connection can go on.
const DRAIN_LIMIT: usize = 4 * 1024 * 1024;

/// Media types of bodies that go to the operation as they come, and are bounded by it alone: contents, and parts of them.
pub const STREAMED: [&str; 2] = ["application/octet-stream", "application/partial-upload"];

/// Whether a media type, perhaps with parameters, is one of [`STREAMED`].
pub fn is_streamed(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    STREAMED.iter().any(|streamed| streamed.eq_ignore_ascii_case(kind))
}

/// The body within its limit; a larger one is read to its end as far as that is worth while.
pub async fn gather(body: &mut (impl Stream<Item = Result<Bytes, PayloadError>> + Unpin)) -> Result<BytesMut, PayloadError> {
    let (mut whole, mut seen) = (BytesMut::new(), 0);
    while seen <= DRAIN_LIMIT
        && let Some(chunk) = body.next().await
    {
        let chunk = chunk?;
        seen += chunk.len();
        if seen <= BODY_LIMIT {
            whole.extend_from_slice(&chunk);
        }
    }
    if seen > BODY_LIMIT { Err(PayloadError::Overflow) } else { Ok(whole) }
}

/// What a body is refused with that did not come as it should.
pub fn refusal(error: &PayloadError) -> Error {
    match error {
        PayloadError::Overflow => Problem::new(Code::TOO_LARGE)
            .detail(format!("上限為 {BODY_LIMIT} 位元組"), format!("the limit is {BODY_LIMIT} bytes"))
            .into(),
        PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut => Code::REQUEST_TIMEOUT.into(),
        _ => Code::MALFORMED.into(),
    }
}
