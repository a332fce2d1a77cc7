//! What a start finds: looked at before anything is written, and refused when it is not this office's or not this
//! program's.

use super::StartError;
use crate::config::Config;
use crate::db::{self, Conn, Tables};
use crate::error::Result;
use crate::secrets::keys;
use crate::secrets::vault::{MasterKey, Vault};

/// The vault of this office; a new master key where there is none yet.
pub fn vault(config: &Config) -> Result<Vault, StartError> {
    let key = match present_key(config)? {
        Some(key) => key,
        None => MasterKey::create(&config.key_file())?,
    };
    Ok(Vault::new(&key))
}

fn present_key(config: &Config) -> Result<Option<MasterKey>, StartError> {
    let file = config.key_file();
    Ok(match &config.master_key {
        Some(text) => Some(MasterKey::from_base64(text)?),
        None if file.exists() => Some(MasterKey::load(&file)?),
        None => None,
    })
}

/// Refuses a store that a newer program has changed, and one whose secrets the master key at hand does not open.
pub fn found(config: &Config) -> Result<Tables, StartError> {
    match db::look(&config.store())? {
        Some(mut conn) => found_in(&mut conn, config),
        None => present_key(config).map(|_| Tables::Missing),
    }
}

/// As [`found`], on a connection that is open already.
pub fn found_in(conn: &mut Conn, config: &Config) -> Result<Tables, StartError> {
    let tables = db::tables(conn)?;
    // Before the key is looked for: a start at the same moment makes the key first, and then what is sealed with it.
    let sealed = tables != Tables::Missing && keys::newest(conn)?.is_some();
    match present_key(config)? {
        None if sealed => Err(StartError::NoKey(config.key_file().display().to_string())),
        Some(key) if sealed && !keys::fits(conn, &Vault::new(&key))? => Err(StartError::StrangeKey),
        _ => Ok(tables),
    }
}

/// Looks at settings, keys and database, changes none of them, and says what a start would say.
pub fn check(config: &Config) -> Result<&'static str, StartError> {
    if config.data_dir.exists() && !config.data_dir.is_dir() {
        let cause = std::io::ErrorKind::NotADirectory.into();
        return Err(StartError::Io { what: format!("the data folder {}", config.data_dir.display()), cause });
    }
    let settings = config.store();
    let Some(mut conn) = db::look(&settings)? else {
        present_key(config)?;
        return Ok("settings are in order; the first start will make the database");
    };
    let tables = found_in(&mut conn, config)?;
    db::examine(&mut conn)?;
    if tables == Tables::Missing {
        return Ok("settings are in order; the first start will make the database");
    }
    if let Some(seq) = db::snapshot(&mut conn, crate::audit::broken_near_end)? {
        return Err(StartError::BrokenChain(seq));
    }
    drop(conn);
    db::refuse_unwritable(&settings)?;
    // Last: whoever looks beside a running office learns the rest first.
    db::refuse_served(&settings)?;
    Ok(match tables {
        Tables::Behind => "settings are in order; the next start will bring the database up to date",
        _ => "settings, keys and database are in order",
    })
}
