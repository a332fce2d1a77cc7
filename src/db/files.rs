//! The embedded database as a file: private to its owner, served by one process at a time, copied while in use.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use diesel::prelude::*;

use super::look;
use super::open::{self, Conn, OpenError, Settings};

/// Ending of the file beside the database that its server keeps locked.
const LOCK: &str = ".lock";
/// How often a start asks for that lock: whoever only looks at it has it for a moment, too.
const ATTEMPTS: u32 = 20;

/// The file of an embedded database; `None` for what is kept elsewhere or in memory.
pub fn file(settings: &Settings) -> Option<&Path> {
    named(&settings.url)
}

fn named(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?;
    (path != ":memory:" && !path.starts_with("file:") && !path.is_empty()).then(|| Path::new(path))
}

/// What went wrong with a file.
pub fn failed(file: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let file = file.display().to_string();
    move |cause| OpenError::File { file, cause }
}

/// Makes the file of a database that is not there yet, readable by its owner alone.
///
/// One that is there is never opened here: closing it again would end the locks that this process has on it.
pub fn make_private(url: &str) -> Result<(), OpenError> {
    let Some(path) = named(url) else { return Ok(()) };
    match create_private(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn create_private(path: &Path) -> io::Result<File> {
    private().create_new(true).open(path)
}

/// That this process, and no other, serves an embedded database; over with the process, however it ends.
pub struct Served(#[expect(dead_code, reason = "open files are what holds the lock")] File);

/// Where the lock of a database is: beside the file itself, by whatever way it was named.
fn lock_file(database: &Path) -> PathBuf {
    let mut name = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned()).into_os_string();
    name.push(LOCK);
    PathBuf::from(name)
}

/// Claims the embedded database for this process. Nodes on PostgreSQL share theirs.
pub fn serve_alone(settings: &Settings) -> Result<Option<Served>, OpenError> {
    let Some(database) = file(settings) else { return Ok(None) };
    make_private(&settings.url)?;
    let path = lock_file(database);
    let lock = private().create(true).truncate(false).open(&path).map_err(failed(&path))?;
    for attempt in 1.. {
        match lock.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if attempt < ATTEMPTS => thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::WouldBlock) => return Err(OpenError::Served(database.display().to_string())),
            Err(TryLockError::Error(error)) => return Err(failed(&path)(error)),
        }
    }
    Ok(Some(Served(lock)))
}

/// Refuses an embedded database that a process serves now.
pub fn refuse_served(settings: &Settings) -> Result<(), OpenError> {
    let Some(database) = file(settings) else { return Ok(()) };
    let Ok(lock) = File::open(lock_file(database)) else { return Ok(()) };
    match lock.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Err(OpenError::Served(database.display().to_string())),
        _ => Ok(()),
    }
}

/// Writes a consistent copy of the embedded database while it is in use: a new file, readable by its owner alone.
pub fn backup(settings: &Settings, target: &Path) -> Result<(), OpenError> {
    look::refuse_nothing(settings)?;
    let mut conn = match open::connect(settings)? {
        Conn::Sqlite(conn) => conn,
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => return Err(OpenError::NotEmbedded),
    };
    let made = create_private(target).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => OpenError::Exists(target.display().to_string()),
        _ => failed(target)(error),
    })?;
    let name = target.to_string_lossy();
    let copied = diesel::sql_query("VACUUM INTO ?").bind::<diesel::sql_types::Text, _>(name.as_ref()).execute(&mut conn);
    // The engine leaves it to the system when the copy reaches the disk.
    let kept = copied.map_err(OpenError::from).and_then(|_| sync(&made, target).map_err(failed(target)));
    if kept.is_err() {
        // Half a copy is worse than none; that it cannot even be removed adds nothing to the complaint.
        let _ = fs::remove_file(target);
    }
    kept
}

fn sync(made: &File, target: &Path) -> io::Result<()> {
    made.sync_all()?;
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
