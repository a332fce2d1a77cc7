//! What a start finds: looked at before anything is written, and refused when it is not this office's or not this
//! program's.

#[cfg(unix)]
use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::Path;

use super::StartError;
use super::first::{self, Unused};
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

/// What stands in the way of a start that serves, if anything; what is asked here, a start and a check both ask.
pub fn in_the_way(config: &Config) -> Result<Tables, StartError> {
    let tables = found(config)?;
    db::refuse_served(&config.store())?;
    // Last: whoever looks beside a running office learns the rest first.
    listen(config).map(drop)?;
    Ok(tables)
}

/// Takes the address that the settings name.
pub fn listen(config: &Config) -> Result<TcpListener, StartError> {
    TcpListener::bind(config.listen).map_err(|cause| StartError::Listen { address: config.listen, cause })
}

/// Refuses a folder or a store that cannot be used, one that a newer program or somebody else has made, and one whose
/// secrets the master key at hand does not open. Looks only, and makes nothing.
pub fn found(config: &Config) -> Result<Tables, StartError> {
    let settings = config.store();
    usable_folder(&config.data_dir)?;
    db::refuse_unusable(&settings, &config.data_dir)?;
    let tables = match db::look(&settings)? {
        Some(mut conn) => {
            let tables = found_in(&mut conn, config)?;
            db::refuse_unwritable(&mut conn, tables)?;
            tables
        }
        None => present_key(config).map(|_| Tables::Missing)?,
    };
    if tables == Tables::Missing && config.master_key.is_none() {
        usable_place(&config.key_file(), &config.data_dir)?;
    }
    Ok(tables)
}

fn found_in(conn: &mut Conn, config: &Config) -> Result<Tables, StartError> {
    let tables = db::tables(conn)?;
    // Before the key is looked for: a start at the same moment makes the key first, and then what is sealed with it.
    let sealed = tables != Tables::Missing && keys::newest(conn)?.is_some();
    match present_key(config)? {
        None if sealed => Err(StartError::NoKey(config.key_file().display().to_string())),
        Some(key) if sealed && !keys::fits(conn, &Vault::new(&key))? => Err(StartError::StrangeKey),
        _ => Ok(tables),
    }
}

/// Refuses a data folder that this account cannot make, or cannot write and make its own.
fn usable_folder(folder: &Path) -> Result<(), StartError> {
    let failed = |cause| StartError::Io { what: format!("the data folder {}", folder.display()), cause };
    let standing = folder.ancestors().map(or_here).find(|folder| folder.exists()).unwrap_or(Path::new("."));
    if !standing.is_dir() {
        return Err(failed(io::ErrorKind::NotADirectory.into()));
    }
    db::writable(standing).map_err(failed)?;
    if standing == folder { made_private(folder).map_err(failed) } else { Ok(()) }
}

/// Refuses a new file in a folder that cannot be written, unless it is the data folder that the start makes.
fn usable_place(file: &Path, data_folder: &Path) -> Result<(), StartError> {
    let folder = or_here(file.parent().unwrap_or(Path::new("")));
    if file.exists() || (folder == data_folder && !folder.exists()) {
        return Ok(());
    }
    db::writable(folder).map_err(|cause| StartError::Io { what: format!("the folder {}", folder.display()), cause })
}

/// The last part of a path that is not absolute stands where the program does.
fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// Whether the folder's mode can be that of the office's own.
#[cfg(unix)]
fn made_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let owner = fs::metadata(folder)?.uid();
    // SAFETY: the call takes nothing and cannot fail.
    let own = unsafe { libc::geteuid() };
    if own == 0 || own == owner { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

#[cfg(not(unix))]
fn made_private(_: &Path) -> io::Result<()> {
    Ok(())
}

/// What a check finds where nothing stands in the way.
pub struct Checked {
    pub told: &'static str,
    /// The administrators, where none of them has come yet.
    pub unused: Option<Unused>,
}

/// Says what a start would say, and looks deeper into the database; changes nothing.
pub fn check(config: &Config) -> Result<Checked, StartError> {
    let tables = found(config)?;
    let mut unused = None;
    if let Some(mut conn) = db::look(&config.store())? {
        db::examine(&mut conn)?;
        if tables != Tables::Missing {
            db::refuse_altered(&mut conn)?;
        }
        if tables == Tables::Current && !config.demo() {
            unused = first::unused(&mut conn)?;
        }
        if tables != Tables::Missing
            && let Some(key) = present_key(config)?
            && let Some(seq) = db::snapshot(&mut conn, |conn| crate::audit::broken_near_end(conn, &Vault::new(&key)))?
        {
            return Err(StartError::BrokenChain(seq));
        }
    }
    in_the_way(config)?;
    let told = match tables {
        Tables::Missing => "settings are in order; the first start will make the database",
        Tables::Behind => "settings are in order; the next start will bring the database up to date",
        Tables::Current => "settings, keys and database are in order",
    };
    Ok(Checked { told, unused })
}
