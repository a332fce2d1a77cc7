//! A request's body on its way in: how slow it may be, how much of it is read, and how its connection goes on.

use std::cell::Cell;
use std::future::ready;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING};
use actix_web::web::Bytes;
use futures_util::Stream;
use futures_util::stream::once;
use tokio::time::{Instant, Sleep, sleep_until};

use super::connection::Connection;
use crate::error::Result;
use crate::http::{BODY_LIMIT, gather, is_streamed, refusal};

/// Bytes a second that a body must bring once its patience is over: what the slowest mobile networks carry.
const LEAST_RATE: usize = 4 * 1024;
/// Within this time a body must be there, whatever its size.
const LONGEST: Duration = Duration::from_secs(60);
/// The same for one that goes to its operation as it comes.
const LONGEST_STREAM: Duration = Duration::from_secs(3600);

/// Reads a body whose end decides over the connection before anything is decided about the request.
///
/// A small one, so that a refusal leaves nothing unread. A chunked one, since the framework takes some badly ended
/// bodies for good: whatever follows it on the connection may be a part of it, and is never run as a request.
pub async fn receive(request: &mut ServiceRequest, connection: Option<&Connection>, patience: Duration) -> Result<()> {
    let chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let length = declared(request.headers());
    if !chunked && length.is_none_or(|length| length == 0) {
        return Ok(());
    }
    if is_too_large(request.headers()) {
        return Err(refusal(&PayloadError::Overflow));
    }
    let mut body = Timed::new(request.take_payload(), patience);
    let whole = gather(&mut body).await;
    if chunked && let Some(connection) = connection {
        connection.end();
    }
    match whole {
        Ok(whole) => request.set_payload(Payload::from(whole.freeze())),
        Err(error @ PayloadError::Overflow) => {
            request.set_payload(Payload::Stream { payload: Box::pin(once(ready(Err(error)))) });
        }
        Err(error) => return Err(refusal(&error)),
    }
    Ok(())
}

/// The length that a body is said to have.
fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.trim().parse().ok())
}

/// Lets a body of stated length go to its operation as it comes, which bounds it: only its pace is judged here. Whether it was
/// read to its end is told afterwards. One without a stated length is received as any other.
pub fn let_through(request: &mut ServiceRequest, patience: Duration) -> Option<Rc<Cell<bool>>> {
    let chunked = request.headers().contains_key(TRANSFER_ENCODING);
    if chunked || declared(request.headers()).is_none_or(|length| length == 0) {
        return None;
    }
    let read = Rc::new(Cell::new(false));
    let mut body = Timed::new(request.take_payload(), patience);
    (body.longest, body.read) = (LONGEST_STREAM, Rc::clone(&read));
    request.set_payload(Payload::Stream { payload: Box::pin(body) });
    Some(read)
}

/// Whether a body may be one that goes to its operation as it comes.
pub fn may_stream(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(is_streamed)
}

/// Whether a body is said to be too large: it is refused before any of it has come.
pub fn is_too_large(headers: &HeaderMap) -> bool {
    declared(headers).is_some_and(|length| length > BODY_LIMIT as u64)
}

/// A body that ends with an error when it is too slow.
struct Timed {
    payload: Payload,
    begun: Instant,
    patience: Duration,
    longest: Duration,
    received: usize,
    deadline: Pin<Box<Sleep>>,
    /// Set once its end has come.
    read: Rc<Cell<bool>>,
}

impl Timed {
    fn new(payload: Payload, patience: Duration) -> Self {
        let begun = Instant::now();
        let deadline = Box::pin(sleep_until(begun + patience));
        Self { payload, begun, patience, longest: LONGEST, received: 0, deadline, read: Rc::default() }
    }
}

impl Stream for Timed {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let body = self.get_mut();
        let chunk = Pin::new(&mut body.payload).poll_next(cx);
        if let Poll::Ready(Some(Ok(chunk))) = &chunk {
            body.received += chunk.len();
            let earned = Duration::from_secs((body.received / LEAST_RATE) as u64);
            body.deadline.as_mut().reset(body.begun + (body.patience + earned).min(body.longest));
        }
        if matches!(chunk, Poll::Ready(None)) {
            body.read.set(true);
        }
        if chunk.is_pending() && body.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))));
        }
        chunk
    }
}
