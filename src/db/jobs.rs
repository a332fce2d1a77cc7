//! What requests give to the store's threads: reads and writes, each with whoever waits for its answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::faults;
use super::journal::{Head, Origin};
use super::locks::Mode;
#[cfg(feature = "postgres")]
use super::numbers;
use super::open::Conn;
use super::revised::read_once;
use super::sealing::Seals;
use super::threads::{Job, Outcome};
use super::tx::{Attempt, Tx};
use crate::error::{Code, Error, Result};

/// A panic inside a job is that request's 500 and nobody else's.
fn guarded<T>(f: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|_| Err(Error::Panicked))
}

/// How long a job waits for its turn before nobody waits for it any more.
const TURN_DEADLINE: Duration = Duration::from_secs(10);

/// A read and whoever waits for it.
pub struct ReadJob<T, F> {
    f: Option<F>,
    result: Option<Result<T>>,
    answer: Option<oneshot::Sender<Result<T>>>,
    asked_at: Instant,
}

impl<T, F> ReadJob<T, F> {
    pub fn new(f: F, answer: oneshot::Sender<Result<T>>) -> Self {
        Self { f: Some(f), result: None, answer: Some(answer), asked_at: Instant::now() }
    }
}

impl<T, F> Job for ReadJob<T, F>
where
    T: Send,
    F: FnOnce(&mut Conn) -> Result<T> + Send,
{
    fn attempt(&mut self, conn: &mut Conn, _: &mut Head) -> Outcome {
        if let Some(f) = self.f.take() {
            self.result = Some(guarded(|| read_once(|| f(conn))));
        }
        outcome(self.result.as_ref())
    }

    fn answer(&mut self, reachable: bool) {
        send(&mut self.answer, self.result.take().filter(|_| reachable));
    }

    fn is_stale(&self) -> bool {
        self.asked_at.elapsed() > TURN_DEADLINE
    }

    #[cfg(feature = "postgres")]
    fn mode(&self) -> Mode {
        Mode::Shared
    }
}

/// What a job wants done, by what came of it.
fn outcome<T>(result: Option<&Result<T>>) -> Outcome {
    match result {
        Some(Ok(_)) => Outcome::Keep,
        Some(Err(error)) => faults::fault(error).map_or(Outcome::Undo, Outcome::Failed),
        None => Outcome::Undo,
    }
}

/// A write and whoever waits for it.
pub struct WriteJob<T, F> {
    pub f: F,
    pub origin: Origin,
    pub seals: Arc<dyn Seals>,
    pub mode: Mode,
    pub result: Option<Result<T>>,
    pub answer: Option<oneshot::Sender<Result<T>>>,
    pub commits: Option<Arc<AtomicU64>>,
    pub asked_at: Instant,
    #[cfg(feature = "postgres")]
    pub numbers: numbers::Numbers,
}

impl<T, F> Job for WriteJob<T, F>
where
    T: Send,
    F: Fn(&mut Tx) -> Result<T> + Send,
{
    fn attempt(&mut self, conn: &mut Conn, head: &mut Head) -> Outcome {
        let attempt = Attempt {
            origin: &self.origin,
            seals: &*self.seals,
            mode: self.mode,
            #[cfg(feature = "postgres")]
            numbers: Some(&mut self.numbers),
        };
        self.result = Some(guarded(|| read_once(|| attempt.run(conn, &self.f, head))));
        outcome(self.result.as_ref())
    }

    fn answer(&mut self, durable: bool) {
        // Counted before anyone is told: whoever has the answer reads what it says.
        if let Some(count) = &self.commits {
            count.fetch_add(1, Ordering::Release);
        }
        send(&mut self.answer, self.result.take().filter(|_| durable));
    }

    fn is_stale(&self) -> bool {
        self.asked_at.elapsed() > TURN_DEADLINE
    }

    #[cfg(feature = "postgres")]
    fn mode(&self) -> Mode {
        self.mode
    }
}

fn send<T>(answer: &mut Option<oneshot::Sender<Result<T>>>, result: Option<Result<T>>) {
    if let Some(answer) = answer.take() {
        // The client may have hung up; the work stands all the same.
        let _ = answer.send(result.unwrap_or_else(|| Err(Code::STORE_UNAVAILABLE.into())));
    }
}
