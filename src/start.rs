//! From settings to a node that serves: folder, master key, store, signing keys, first data, timers, stop.

mod clocks;
mod first;
mod found;

use std::fs;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::{self, Conn, Db, Mode, Origin};
use crate::domain::{Domains, Turn};
use crate::node::Node;
use crate::secrets::keys::{self, KeyStore};
use crate::secrets::password;
use crate::secrets::vault::Vault;
use crate::{app, contract, demo, domains, edge};

pub use first::{Unused, Welcome};
pub use found::{Checked, check, found, vault};
use found::{in_the_way, listen};

/// Why a node cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot use {what}: {cause}")]
    Io { what: String, cause: io::Error },
    #[error("{0}")]
    Store(#[from] db::OpenError),
    #[error("{0}")]
    Key(#[from] crate::secrets::vault::VaultError),
    #[error("{0}")]
    First(#[from] crate::error::Error),
    #[error("there are data but no master key: put the office's key at {0} (a new one would not open them)")]
    NoKey(String),
    #[error("the master key does not open what the database holds: it is another office's, or an old one")]
    StrangeKey,
    #[error("the audit log is broken at line {0}: lines were changed or are missing")]
    BrokenChain(i64),
    #[error("cannot listen on {address}: {cause}")]
    Listen { address: SocketAddr, cause: io::Error },
    #[error("cannot serve: {0}")]
    Serve(#[from] io::Error),
}

/// The office's clock: the system's, or the demo's own.
pub fn clock(config: &Config) -> Clock {
    let settles_in = Duration::from_secs(60 * u64::from(config.clock_trust_minutes));
    config.clock_start.map_or_else(|| Clock::system(settles_in), Clock::starting_at)
}

/// The same, compared with what the store holds and says.
pub fn sure_clock(config: &Config, conn: &mut Conn) -> Result<Clock, StartError> {
    let clock = clock(config);
    clock.resume(clocks::newest(conn)?, db::store_time(conn)?);
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

/// Fills an empty store: a signing key, the domains' first data, and two administrators, or invented people in a demo.
///
/// Many may do so at once: the first one fills it, the others wait and find it filled.
pub fn first_start(
    domains: Domains,
    conn: &mut Conn,
    config: &Config,
    vault: &Vault,
    clock: &Clock,
) -> Result<Option<Welcome>, StartError> {
    let now = clock.now();
    let origin = Origin::system("first_start", now);
    db::one_start(conn, vault, &origin, |tx| {
        if keys::load(tx, vault, now)?.is_none() {
            keys::rotate(tx, vault, now)?;
        }
        domains.iter().flat_map(|domain| domain.sealed).try_for_each(|texts| texts.seal(tx))?;
        domains.iter().try_for_each(|domain| (domain.seed)(tx, vault, now))
    })?;
    if !config.demo() {
        let first = db::one_start(conn, vault, &origin, |tx| first::administrators(tx, config, now))?;
        return Ok(match first {
            Some(first) => Some(Welcome::Office(first)),
            None => first::unused(conn)?.map(Welcome::Unused),
        });
    }
    let welcome = db::one_start(conn, vault, &origin, |tx| {
        let welcome = demo::seed(domains, tx, config, vault, now)?;
        if welcome.is_some() {
            domains.iter().try_for_each(|domain| (domain.demo)(tx, vault, now))?;
        }
        Ok(welcome)
    })?;
    Ok(welcome.map(Welcome::Demo))
}

/// A whole node, beside whoever else uses the store.
pub fn node(config: Config) -> Result<(Node, Option<Welcome>), StartError> {
    found(&config)?;
    data_folder(&config.data_dir)?;
    made(config)
}

/// A node from settings with which nothing stands in the way.
fn made(config: Config) -> Result<(Node, Option<Welcome>), StartError> {
    password::prepare();
    let vault = vault(&config)?;
    let settings = config.store();
    let mut conn = db::connect(&settings)?;
    db::migrate(&mut conn)?;
    let clock = sure_clock(&config, &mut conn)?;
    let welcome = first_start(domains::ALL, &mut conn, &config, &vault, &clock)?;
    let ring = keys::load(&mut conn, &vault, clock.now())?.expect("the first start makes a signing key");
    drop(conn);
    let vault = Arc::new(vault);
    let db = Db::open(&settings, Arc::<Vault>::clone(&vault))?;
    let contract = Arc::new(contract::of(domains::ALL));
    Ok((app::node(domains::ALL, &contract, config, db, clock, vault, KeyStore::new(ring)), welcome))
}

/// Serves until the process is told to stop; requests under way are answered first.
pub async fn serve(mut config: Config) -> Result<(), StartError> {
    in_the_way(&config)?;
    data_folder(&config.data_dir)?;
    // Held as long as the process lives.
    let _alone = db::serve_alone(&config.store())?;
    let ready = Arc::new(OnceLock::new());
    let shared: Arc<OnceLock<Data<Node>>> = Arc::clone(&ready);
    let serving = move || app::app(shared.get().expect("the workers start after the node is there").clone());
    let mut server = Server::build().shutdown_timeout(30).disable_signals();
    if let Some(workers) = config.workers {
        server = server.workers(workers);
    }
    let listener = listen(&config)?;
    // The address that was really taken is what the tokens' issuer is made of.
    config.listen = listener.local_addr()?;
    let patience = Duration::from_secs(config.request_patience_seconds);
    let server = edge::serve_on(server, listener.try_clone()?, patience, serving)?;
    let (node, welcome) = made(config)?;
    let node = ready.get_or_init(|| Data::new(node)).clone();
    if let Some(welcome) = welcome {
        let _ = writeln!(io::stdout(), "{welcome}");
    }
    let told = told_to_stop()?;
    let address = node.config.listen;
    // Whoever started us may have stopped listening; the office opens all the same.
    let _ = writeln!(io::stdout(), "listening on http://{address}\ndocumentation at http://{address}/docs/");
    let timers = actix_web::rt::spawn(timers(Arc::clone(&node)));
    let server = server.run();
    let stop = actix_web::rt::spawn(stop_when_told(told, listener, server.handle(), node));
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
async fn stop_when_told(told: impl Future<Output = ()>, listener: TcpListener, handle: ServerHandle, node: Data<Node>) {
    told.await;
    node.stopping.store(true, Ordering::Relaxed);
    if let Err(error) = turn_away(&listener) {
        tracing::warn!(%error, "connections made from now on may be cut");
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answers = node.last_answers.load(Ordering::Relaxed);
        tokio::time::sleep(QUIET).await;
        if answers == node.last_answers.load(Ordering::Relaxed) || Instant::now() > deadline {
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

/// Seconds between two rounds of the node's own housekeeping.
const HOUSEKEEPING: u64 = 5;

/// The node's clockwork: its own housekeeping and the domains' timers, one after another.
async fn timers(node: Arc<Node>) {
    let domains = *node.part::<Domains>();
    let mut turn = tokio::time::interval(Duration::from_secs(1));
    turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for count in 0_u64.. {
        turn.tick().await;
        if !node.db.healthy() {
            // A store in doubt is asked every second, so that it recovers without traffic; its refusal is no news.
            let _ = node.db.prove(Origin::system("timer", node.clock.now())).await;
        }
        if count.is_multiple_of(HOUSEKEEPING)
            && let Err(error) = keep_house(&node).await
        {
            tracing::warn!(%error, "the housekeeping failed; the next round tries again");
        }
        for timer in domains.timers().filter(|timer| count.is_multiple_of(timer.seconds)) {
            if let Err(error) = timer.run(&node).await {
                tracing::warn!(%error, timer = timer.name, "a timer's turn failed; the next one tries again");
            }
        }
    }
}

/// One turn of everything that follows the clock in the store.
pub async fn tick(node: &Arc<Node>) -> crate::error::Result<()> {
    keep_house(node).await?;
    for timer in node.part::<Domains>().timers().filter(|timer| matches!(timer.turn, Turn::Sweep { .. })) {
        timer.run(node).await?;
    }
    Ok(())
}

/// Compares the clocks, reads new keys, and forgets what is over: allowances, unused numbers, old answers.
async fn keep_house(node: &Arc<Node>) -> crate::error::Result<()> {
    clocks::compare(node).await?;
    let now = node.clock.now();
    node.limits.tidy();
    let (vault, known) = (Arc::clone(&node.vault), node.keys.ring());
    if let Some(ring) = node.db.read(move |conn| keys::load_unless(conn, &vault, now, known.kids())).await? {
        node.keys.replace(ring);
    }
    // Looked for first: a write that does nothing costs a commit all the same.
    let due = move |conn: &mut Conn| Ok((db::any_unused(conn)?, crate::http::any_old(conn, now)?));
    let (unused, old) = node.db.read(due).await?;
    if unused {
        node.db.write(Origin::system("timer", now), Mode::Shared, db::void_unused).await?;
    }
    if old {
        node.db.write(Origin::system("timer", now), Mode::Shared, move |tx| crate::http::purge(tx, now).map(drop)).await?;
    }
    Ok(())
}
