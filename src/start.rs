//! From settings to a node that serves: folder, master key, store, signing keys, reference data, timers, stop.

mod clocks;
mod found;

use std::fs;
use std::io::{self, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;

use crate::auth::keys::{self, KeyStore};
use crate::auth::password;
use crate::auth::vault::Vault;
use crate::calendar::Clock;
use crate::config::Config;
use crate::db::{self, Conn, Db, Mode, Origin};
use crate::exchange::Workers;
use crate::state::State;
use crate::{agencies, app, cases, consultations, contract, demo, exchange, scheduling};

pub use found::{check, found, vault};

/// Why a node cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot use {what}: {cause}")]
    Io { what: String, cause: io::Error },
    #[error("{0}")]
    Store(#[from] db::OpenError),
    #[error("{0}")]
    Key(#[from] crate::auth::vault::VaultError),
    #[error("{0}")]
    First(#[from] crate::error::Error),
    #[error("there are data but no master key: put the office's key at {0} (a new one would not open them)")]
    NoKey(String),
    #[error("the master key does not open what the database holds: it is another office's, or an old one")]
    StrangeKey,
    #[error("the audit log is broken at line {0}: lines were changed or are missing")]
    BrokenChain(i64),
    #[error("cannot listen: {0}")]
    Listen(#[from] io::Error),
}

/// The office's clock: the system's, or the demo's own.
pub fn clock(config: &Config) -> Clock {
    let settles_in = Duration::from_secs(60 * u64::from(config.clock_trust_minutes));
    config.clock_start.map_or_else(|| Clock::system(settles_in), Clock::starting_at)
}

/// The same, compared with what the store holds and says.
pub fn sure_clock(config: &Config, conn: &mut Conn) -> Result<Clock, StartError> {
    let clock = clock(config);
    if let Some(newest) = clocks::newest(conn)? {
        clock.resume(newest);
    }
    if let Some(store) = db::store_time(conn)? {
        clock.compare(store);
    }
    Ok(clock)
}

/// Makes the data folder, readable by the office's account alone.
pub fn data_folder(path: &Path) -> Result<(), StartError> {
    let failed = |cause| StartError::Io { what: format!("the data folder {}", path.display()), cause };
    fs::create_dir_all(path).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

/// Fills an empty store: signing key and services, and invented people in a demo.
///
/// Many may do so at once: the first one fills it, the others wait and find it filled.
pub fn first_start(conn: &mut Conn, config: &Config, vault: &Vault, clock: &Clock) -> Result<Option<demo::Welcome>, StartError> {
    let now = clock.now();
    let origin = Origin::system("first_start", now);
    db::one_start(conn, &origin, |tx| {
        if keys::load(tx, vault, now)?.is_none() {
            keys::rotate(tx, vault, now)?;
        }
        scheduling::seed(tx, now)?;
        cases::seed(tx, now)?;
        agencies::store::seed(tx, now)
    })?;
    if !config.demo() {
        return Ok(None);
    }
    Ok(db::one_start(conn, &origin, |tx| demo::seed(tx, config, vault, now))?)
}

/// A whole node, ready to serve.
pub fn node(config: Config) -> Result<(State, Option<demo::Welcome>), StartError> {
    found(&config)?;
    data_folder(&config.data_dir)?;
    password::prepare();
    let vault = vault(&config)?;
    let settings = config.store();
    let mut conn = db::connect(&settings)?;
    db::migrate(&mut conn)?;
    let clock = sure_clock(&config, &mut conn)?;
    let welcome = first_start(&mut conn, &config, &vault, &clock)?;
    let ring = keys::load(&mut conn, &vault, clock.sure())?.expect("the first start makes a signing key");
    drop(conn);
    let db = Db::open(&settings)?;
    Ok((State::new(config, db, clock, vault, KeyStore::new(ring), &contract()), welcome))
}

/// Serves until the process is told to stop; requests under way are answered first.
pub async fn serve(mut config: Config) -> Result<(), StartError> {
    found(&config)?;
    data_folder(&config.data_dir)?;
    // Held as long as the process lives.
    let _alone = db::serve_alone(&config.store())?;
    let ready = Arc::new(OnceLock::new());
    let shared: Arc<OnceLock<Data<State>>> = Arc::clone(&ready);
    let serving = move || app(shared.get().expect("the workers start after the state is there").clone());
    let mut server = Server::build().shutdown_timeout(30).disable_signals();
    if let Some(workers) = config.workers {
        server = server.workers(workers);
    }
    let listener = TcpListener::bind(config.listen)?;
    // The address that was really taken is what the tokens' issuer is made of.
    config.listen = listener.local_addr()?;
    let patience = Duration::from_secs(config.request_patience_seconds);
    let server = crate::http::serve_on(server, listener.try_clone()?, patience, serving)?;
    let (state, welcome) = node(config)?;
    let state = ready.get_or_init(|| Data::new(state)).clone();
    if let Some(welcome) = welcome {
        let _ = writeln!(io::stdout(), "{welcome}");
    }
    let told = told_to_stop()?;
    let address = state.config.listen;
    // Whoever started us may have stopped listening; the office opens all the same.
    let _ = writeln!(io::stdout(), "listening on http://{address}\ndocumentation at http://{address}/docs/");
    let timers = actix_web::rt::spawn(timers(Arc::clone(&state)));
    let server = server.run();
    let stop = actix_web::rt::spawn(stop_when_told(told, listener, server.handle(), state));
    let outcome = server.await;
    timers.abort();
    stop.abort();
    Ok(outcome?)
}

/// How long nothing must have been answered before what is still connected counts as idle.
const QUIET: Duration = Duration::from_secs(1);

/// How long a stop waits for that.
const PATIENCE: Duration = Duration::from_secs(30);

/// Fails no request: nobody new gets in, every connection ends with its next answer, and then the idle ones are closed.
async fn stop_when_told(told: impl Future<Output = ()>, listener: TcpListener, handle: ServerHandle, state: Data<State>) {
    told.await;
    state.stopping.store(true, Ordering::Relaxed);
    if let Err(error) = turn_away(&listener) {
        tracing::warn!(%error, "connections made from now on may be cut");
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answers = state.last_answers.load(Ordering::Relaxed);
        tokio::time::sleep(QUIET).await;
        if answers == state.last_answers.load(Ordering::Relaxed) || Instant::now() > deadline {
            break;
        }
    }
    drop(listener);
    handle.stop(true).await;
}

/// Lets nobody new in, who is refused once the listener is closed; those already waiting at the door are still served.
///
/// Closing at once would cut the waiting ones off, with requests that they have already sent.
#[cfg(target_os = "linux")]
fn turn_away(listener: &TcpListener) -> io::Result<()> {
    let step = |code, jf, k| socket2::SockFilter::new(code, 0, jf, k);
    // The byte of the TCP header with the flags; a packet with SYN among them is dropped, every other is let through.
    let no_syn = [step(0x30, 0, 13), step(0x45, 1, 0x02), step(0x06, 0, 0), step(0x06, 0, u32::MAX)];
    socket2::SockRef::from(listener).attach_filter(&no_syn)
}

#[cfg(not(target_os = "linux"))]
fn turn_away(_listener: &TcpListener) -> io::Result<()> {
    Ok(())
}

/// Ready when a signal to stop has come; those that come before anybody waits are not lost.
#[cfg(unix)]
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    use futures_util::future::select;
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move { _ = select(Box::pin(terminate.recv()), Box::pin(interrupt.recv())).await })
}

#[cfg(not(unix))]
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async { _ = tokio::signal::ctrl_c().await })
}

/// The node's own clockwork; every turn may be missed, repeated or shared by many nodes.
async fn timers(state: Arc<State>) {
    let workers = Workers::default();
    let mut turn = tokio::time::interval(Duration::from_secs(1));
    turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for count in 0_u64.. {
        turn.tick().await;
        if count == 2 {
            give_back();
        }
        if !state.db.healthy() {
            // A store in doubt is asked every second, so that it recovers without traffic; its refusal is no news.
            let _ = state.db.prove(Origin::system("timer", state.clock.now())).await;
        }
        if let Err(error) = exchange::turn(&state, &workers).await {
            tracing::warn!(%error, "nothing could be sent; the next turn tries again");
        }
        if !count.is_multiple_of(5) {
            continue;
        }
        if let Err(error) = tick(&state).await {
            tracing::warn!(%error, "a timer's turn failed; the next one tries again");
        }
    }
}

/// Gives back the memory that only the start needed: every worker makes the contract while it makes its routes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn give_back() {
    // SAFETY: the call takes no pointer and may be made from any thread at any time.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn give_back() {}

/// One turn: offers that ran out go on, old answers are forgotten, new keys are read. None of it can be undone: all of it
/// goes by the moment that has surely come.
pub async fn tick(state: &Arc<State>) -> crate::error::Result<()> {
    clocks::compare(state).await?;
    let now = state.clock.sure();
    state.limits.tidy();
    let (vault, known) = (Arc::clone(&state.vault), state.keys.ring());
    if let Some(ring) = state.db.read(move |conn| keys::load_unless(conn, &vault, now, known.kids())).await? {
        state.keys.replace(ring);
    }
    let expired = move |conn: &mut Conn| Ok(scheduling::has_expired(conn, now)? || consultations::any_expired(conn, now)?);
    if state.db.read(expired).await? {
        let shared = Arc::clone(state);
        let sweep = move |tx: &mut db::Tx| consultations::expire(tx, now).and_then(|()| scheduling::sweep(tx, &shared, now));
        state.db.write(Origin::system("timer", now), Mode::Alone, sweep).await?;
    }
    let shared = Arc::clone(state);
    if state.db.read(move |conn| cases::any_untold(conn, &shared, now)).await? {
        let shared = Arc::clone(state);
        state.db.write(Origin::system("timer", now), Mode::Alone, move |tx| cases::tell(tx, &shared, now)).await?;
    }
    if state.db.read(move |conn| exchange::anything_due(conn, now)).await? {
        state.db.write(Origin::system("timer", now), Mode::Alone, move |tx| exchange::sweep(tx, now)).await?;
    }
    state.db.write(Origin::system("timer", now), Mode::Shared, db::void_unused).await?;
    state.db.write(Origin::system("timer", now), Mode::Shared, move |tx| crate::http::purge(tx, now).map(drop)).await
}
