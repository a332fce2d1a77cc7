//! One connection: how long a request may be on its way, and from when on nothing more is taken from it.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{io, mem};

use actix_web::dev::{Extensions, ServiceRequest};
use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How long a caller may take nothing of an answer: a phone that changes its cell is back by then.
const STALL: Duration = Duration::from_secs(30);

/// How long a caller whose body is thrown away may pause, before the connection closes.
const PAUSE: Duration = Duration::from_secs(1);
/// How long it is thrown away at most, and how many bytes of it.
const DRAIN: Duration = Duration::from_secs(30);
const DRAIN_LIMIT: usize = 8 * 1024 * 1024;

/// What the requests on one connection know of it.
#[derive(Debug, Default)]
pub(super) struct Connection {
    /// How many requests have come.
    requests: Cell<u64>,
    serving: Cell<bool>,
    draining: Cell<bool>,
    ended: Cell<bool>,
    reader: RefCell<Option<Waker>>,
}

impl Connection {
    /// The connection of a request; none where the application is called without a server of ours.
    pub fn of(request: &ServiceRequest) -> Option<Rc<Self>> {
        request.conn_data::<Rc<Self>>().cloned()
    }

    /// Tells that a request's head has come; until the guard is dropped it is being served.
    pub fn serve(self: &Rc<Self>) -> Serving {
        self.requests.set(self.requests.get() + 1);
        self.serving.set(true);
        Serving(Rc::clone(self))
    }

    /// Takes nothing more from the caller; what is owed is still answered.
    pub fn end(&self) {
        self.ended.set(true);
        self.wake();
    }

    /// Throws away what the caller still sends, then ends.
    pub fn drain(&self) {
        self.draining.set(true);
        self.wake();
    }

    /// Whoever waits for bytes must hear of the end.
    fn wake(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Whether nothing that comes now is another request.
    pub fn takes_no_more(&self) -> bool {
        self.ended.get() || self.draining.get()
    }
}

/// A request that is being served.
pub(super) struct Serving(Rc<Connection>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.serving.set(false);
    }
}

/// A TCP stream that gives up on slow heads and on answers that nobody takes.
///
/// The framework's own limit holds for a connection's first head only.
pub(super) struct Patient {
    stream: TcpStream,
    connection: Rc<Connection>,
    patience: Duration,
    /// Runs from a head's first byte.
    head: Option<Pin<Box<Sleep>>>,
    /// Requests that had come when it began to run.
    before: u64,
    stalled: Option<Pin<Box<Sleep>>>,
    drain: Option<Drain>,
}

/// What a connection has left before it closes, while all that comes is thrown away.
struct Drain {
    until: Instant,
    pause: Pin<Box<Sleep>>,
    thrown: usize,
}

impl Drain {
    fn begin() -> Self {
        Self { until: Instant::now() + DRAIN, pause: Box::pin(sleep(PAUSE)), thrown: 0 }
    }

    /// Ready once the caller has sent all, or enough.
    fn poll(&mut self, stream: &mut TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut space = [0; 16 * 1024];
        while self.thrown < DRAIN_LIMIT {
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.thrown += buffer.filled().len();
                    self.pause.as_mut().reset((Instant::now() + PAUSE).min(self.until));
                }
                Poll::Ready(read) => return Poll::Ready(read),
                Poll::Pending => return self.pause.as_mut().poll(cx).map(Ok),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Patient {
    pub fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, connection: Rc::default(), patience, head: None, before: 0, stalled: None, drain: None }
    }

    /// Lets the requests of this connection find it.
    pub fn introduce(&self, requests: &mut Extensions) {
        requests.insert(Rc::clone(&self.connection));
    }

    fn is_late(&mut self, came: bool, cx: &mut Context<'_>) -> bool {
        let requests = self.connection.requests.get();
        if self.connection.serving.get() || mem::replace(&mut self.before, requests) != requests {
            self.head = None;
        }
        if came && !self.connection.serving.get() {
            let patience = self.patience;
            self.head.get_or_insert_with(|| Box::pin(sleep(patience)));
        }
        self.head.as_mut().is_some_and(|head| head.as_mut().poll(cx).is_ready())
    }
}

impl AsyncRead for Patient {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let line = self.get_mut();
        if line.connection.ended.get() {
            return Poll::Ready(Ok(()));
        }
        if line.connection.draining.get() {
            let drained = line.drain.get_or_insert_with(Drain::begin).poll(&mut line.stream, cx);
            return drained.map_ok(|()| line.connection.end());
        }
        let filled = buffer.filled().len();
        let read = Pin::new(&mut line.stream).poll_read(cx, buffer);
        if line.is_late(buffer.filled().len() > filled, cx) {
            line.connection.end();
            buffer.set_filled(filled);
            return Poll::Ready(Ok(()));
        }
        if read.is_pending() {
            line.connection.reader.replace(Some(cx.waker().clone()));
        }
        read
    }
}

impl AsyncWrite for Patient {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let line = self.get_mut();
        let written = Pin::new(&mut line.stream).poll_write(cx, bytes);
        if written.is_ready() {
            line.stalled = None;
        } else if line.stalled.get_or_insert_with(|| Box::pin(sleep(STALL))).as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
