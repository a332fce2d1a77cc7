//! From settings to a node that serves: folder, master key, store, signing keys, reference data, timers, stop.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::web::Data;

use crate::auth::keys::{self, KeyStore};
use crate::auth::password;
use crate::auth::vault::{MasterKey, Vault};
use crate::calendar::Clock;
use crate::config::Config;
use crate::db::{self, Conn, Db, Origin};
use crate::exchange::Workers;
use crate::state::State;
use crate::{agencies, app, cases, consultations, contract, demo, exchange, scheduling};

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
    #[error("cannot listen: {0}")]
    Listen(#[from] io::Error),
}

/// The office's clock: the system's, or the demo's own.
pub fn clock(config: &Config) -> Clock {
    config.clock_start.map_or_else(Clock::system, Clock::starting_at)
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

/// The vault of this office; a new master key only where there is no database yet.
pub fn vault(config: &Config) -> Result<Vault, StartError> {
    let key = match &config.master_key {
        Some(text) => MasterKey::from_base64(text)?,
        None => {
            let file = config.key_file();
            if file.exists() { MasterKey::load(&file)? } else { MasterKey::create(&file)? }
        }
    };
    Ok(Vault::new(&key))
}

/// Fills an empty store: signing key and services, and invented people in a demo.
pub fn first_start(conn: &mut Conn, config: &Config, vault: &Vault, clock: &Clock) -> Result<Option<demo::Welcome>, StartError> {
    let now = clock.now();
    let origin = Origin::system("first_start", now);
    db::at_once(conn, &origin, |tx| {
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
    Ok(db::at_once(conn, &origin, |tx| demo::seed(tx, config, vault, now))?)
}

/// A whole node, ready to serve.
pub fn node(config: Config) -> Result<(State, Option<demo::Welcome>), StartError> {
    data_folder(&config.data_dir)?;
    password::prepare();
    let clock = clock(&config);
    let vault = vault(&config)?;
    let settings = config.store();
    let mut conn = db::connect(&settings)?;
    db::migrate(&mut conn)?;
    let welcome = first_start(&mut conn, &config, &vault, &clock)?;
    let ring = keys::load(&mut conn, &vault, clock.now())?.expect("the first start makes a signing key");
    drop(conn);
    let db = Db::open(&settings)?;
    Ok((State::new(config, db, clock, vault, KeyStore::new(ring), &contract()), welcome))
}

/// Serves until the process is told to stop; requests under way are answered first.
pub async fn serve(state: State) -> Result<(), StartError> {
    let state = Data::new(state);
    let (listen, workers) = (state.config.listen, state.config.workers);
    let shared = state.clone();
    let mut server = HttpServer::new(move || app(shared.clone())).shutdown_timeout(30).keep_alive(Duration::from_secs(75));
    if let Some(workers) = workers {
        server = server.workers(workers);
    }
    let server = server.bind(listen)?;
    for address in server.addrs() {
        // Whoever started us may have stopped listening; the office opens all the same.
        let _ = writeln!(io::stdout(), "listening on http://{address}\ndocumentation at http://{address}/docs/");
    }
    let timers = actix_web::rt::spawn(timers(Arc::clone(&state)));
    let outcome = server.run().await;
    timers.abort();
    Ok(outcome?)
}

/// The node's own clockwork; every turn may be missed, repeated or shared by many nodes.
async fn timers(state: Arc<State>) {
    let workers = Workers::default();
    let mut turn = tokio::time::interval(Duration::from_secs(1));
    turn.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for count in 0_u64.. {
        turn.tick().await;
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

/// One turn: offers that ran out go on, old answers are forgotten, new keys are read.
pub async fn tick(state: &Arc<State>) -> crate::error::Result<()> {
    let now = state.clock.now();
    state.limits.tidy();
    let vault = Arc::clone(&state.vault);
    if let Some(ring) = state.db.read(move |conn| keys::load(conn, &vault, now)).await? {
        state.keys.replace(ring);
    }
    let expired = move |conn: &mut Conn| Ok(scheduling::has_expired(conn, now)? || consultations::any_expired(conn, now)?);
    if state.db.read(expired).await? {
        let sweep = move |tx: &mut db::Tx| consultations::expire(tx, now).and_then(|()| scheduling::sweep(tx, now));
        state.db.write(Origin::system("timer", now), sweep).await?;
    }
    let shared = Arc::clone(state);
    if state.db.read(move |conn| cases::any_untold(conn, &shared, now)).await? {
        let shared = Arc::clone(state);
        state.db.write(Origin::system("timer", now), move |tx| cases::tell(tx, &shared, now)).await?;
    }
    state.db.write(Origin::system("timer", now), move |tx| exchange::sweep(tx, now)).await?;
    state.db.write(Origin::system("timer", now), move |tx| crate::http::purge(tx, now).map(drop)).await
}
